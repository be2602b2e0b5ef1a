"""demos/README.md lists every demo with its question, and every demo opens with it."""

import re
from collections import Counter

import pytest

from tests.demos.running import DEMOS

FOLDERS = "calculus", "optimizers", "networks", "data", "jobs"
FILES = [path for path in sorted(DEMOS.glob("*/*.py")) if path.stem != "show"]
README = (DEMOS / "README.md").read_text("utf-8")
LISTED = dict(re.findall(r"^\| \[\w+\]\((.*?\.py)\) \| (.*) \|$", README, re.MULTILINE))


def name(path):
    return path.relative_to(DEMOS).as_posix()


def docstring(path):
    return path.read_text("utf-8").split('"""')[1]


def test_every_demo_is_in_a_folder_of_its_subject():
    assert {path.parent.name for path in FILES} == set(FOLDERS)
    assert {path.stem for path in DEMOS.glob("*.py")} == {
        *("shared", "run_all", "gallery", "errata", "notebooks")
    }


def test_no_two_demos_have_one_name():
    assert Counter(path.stem for path in FILES).most_common(1)[0][1] == 1  # they share demos/out/


@pytest.mark.parametrize("path", [*FILES, DEMOS / "errata.py"], ids=name)
def test_a_demo_opens_with_its_question(path):
    assert path.read_text("utf-8").startswith('"""')
    assert "?" in docstring(path).splitlines()[0]


def test_the_readme_lists_every_demo_with_its_question():
    questions = {name(path): docstring(path).partition("?")[0] + "?" for path in FILES}
    assert {path: asked for path, asked in LISTED.items() if "/" in path} == questions


@pytest.mark.parametrize("link", re.findall(r"\]\((.*?)\)", README))
def test_what_the_readme_links_to_exists(link):
    assert (DEMOS / link).exists()


def test_the_folders_find_the_helpers_in_one_way():
    assert len({(DEMOS / folder / "show.py").read_text("utf-8") for folder in FOLDERS}) == 1


def test_the_demos_of_the_notes_name_their_note():
    page = (DEMOS.parent / "docs" / "notes.md").read_text("utf-8")
    for path in FILES:
        if f"demos/{name(path)}" in page:
            assert re.search(r"\b00[0234]\b", docstring(path)), path

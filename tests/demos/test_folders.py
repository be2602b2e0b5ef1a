"""The README of each folder lists its demos, and every demo opens with its question."""

import re
import shutil
import subprocess
import sys
from collections import Counter

import pytest

from tests.demos.running import DEMOS

FOLDERS = "calculus", "optimizers", "networks", "data", "jobs"
FILES = [path for path in sorted(DEMOS.glob("*/*.py")) if path.stem != "show"]
READMES = [DEMOS / "README.md", *(DEMOS / folder / "README.md" for folder in FOLDERS)]


def name(path):
    return path.relative_to(DEMOS).as_posix()


def docstring(path):
    return path.read_text("utf-8").split('"""')[1]


def chinese(path):
    """The title after 中文, or "" if there is none."""
    found = re.search(r"^中文: (.+)$", docstring(path), re.MULTILINE)
    return found[1] if found else ""


def test_every_demo_is_in_a_folder_of_its_subject():
    assert {path.parent.name for path in FILES} == set(FOLDERS)
    tools = {"shared", "run_all", "gallery", "errata", "claims", "notebooks"}
    assert {path.stem for path in DEMOS.glob("*.py")} == tools


def test_no_two_demos_have_one_name():
    assert Counter(path.stem for path in FILES).most_common(1)[0][1] == 1  # they share demos/out/


@pytest.mark.parametrize("path", [*FILES, DEMOS / "errata.py", DEMOS / "claims.py"], ids=name)
def test_a_demo_opens_with_its_question(path):
    assert path.read_text("utf-8").startswith('"""')
    assert "?" in docstring(path).splitlines()[0]


@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_demo_has_its_title_in_chinese_too(path):
    assert re.search("[一-鿿]|sigmoid|Adagrad|Nesterov", chinese(path))


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_readme_lists_every_demo_of_its_folder_with_its_question(folder):
    text = (DEMOS / folder / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| \[(\w+)\]\(\1\.py\) \| (.*?) \| (.*) \|$", text, re.MULTILINE)
    assert listed == [
        (path.stem, chinese(path), " ".join(docstring(path).partition("?")[0].split()) + "?")
        for path in FILES
        if path.parent.name == folder
    ]
    assert re.match(r"# .+ · .*[一-鿿]", text)


def test_the_readme_of_all_leads_to_every_folder_and_tool():
    links = re.findall(r"\]\((.*?)\)", READMES[0].read_text("utf-8"))
    assert {f"{folder}/README.md" for folder in FOLDERS} <= set(links)
    assert {path.name for path in DEMOS.glob("*.py")} <= set(links)


@pytest.mark.parametrize("readme", READMES, ids=name)
def test_what_a_readme_links_to_exists(readme):
    for link in re.findall(r"\]\((.*?)\)", readme.read_text("utf-8")):
        assert (readme.parent / link).exists(), link


def test_the_lists_are_written_from_the_demos(tmp_path):
    shutil.copytree(
        DEMOS, tmp_path / "demos", ignore=shutil.ignore_patterns("out", "__pycache__", "nist")
    )
    demo = tmp_path / "demos" / "jobs" / "why.py"
    demo.write_text('"""Why?  So.\n\n003.\n\n中文: 为什么\n"""\n', "utf-8")
    command = [sys.executable, "-X", "utf8", "gallery.py", "--readme"]
    subprocess.run(command, cwd=tmp_path / "demos", check=True)
    for folder in FOLDERS:
        written = (tmp_path / "demos" / folder / "README.md").read_text("utf-8")
        row = "| [why](why.py) | 为什么 | Why? |\n"
        assert (row in written) == (folder == "jobs")
        assert written.replace(row, "") == (DEMOS / folder / "README.md").read_text("utf-8")


def test_the_folders_find_the_helpers_in_one_way():
    assert len({(DEMOS / folder / "show.py").read_text("utf-8") for folder in FOLDERS}) == 1


def test_the_demos_of_the_notes_name_their_note():
    page = (DEMOS.parent / "docs" / "notes.md").read_text("utf-8")
    for path in FILES:
        if f"demos/{name(path)}" in page:
            assert re.search(r"\b00[0234]\b", docstring(path)), path

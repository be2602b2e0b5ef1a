"""The page of figures, built from a few demos in a folder of its own, and parsed."""

import importlib.util
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.demos.running import DEMOS, source

ROOT = Path(__file__).parents[2]
VOID = {"meta", "img", "link", "br"}
NAMES = "bowl", "shapes", "reused_variable", "sigmoid", "total_derivative"


class Page(HTMLParser):
    """What the tests look at: ids, links, pictures, and the rows of each article's tables."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.pictures = [], [], [], []
        self.articles, self.rows, self.captions = {}, {}, 0
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "article":
            self.article = attrs["id"]
            self.articles[self.article], self.rows[self.article] = "", []
        if tag == "tr":
            self.cells = []
        if tag in ("td", "th"):
            self.cells.append("")
        if tag == "a":
            self.links.append(attrs["href"])
        if tag == "img":
            self.pictures.append((self.article, attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "tr" and "thead" not in self.open:
            self.rows[self.article].append(self.cells)

    def handle_data(self, data):
        if "article" in self.open:
            self.articles[self.article] += data
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data


def build(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-X", "utf8", "gallery.py", *arguments],
        cwd=folder / "demos",
        capture_output=True,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("a folder")
    shutil.copytree(
        ROOT / "demos", place / "demos", ignore=shutil.ignore_patterns("out", "__pycache__")
    )
    (place / "docs").mkdir()
    for name in ("notes.md", "errata.md"):
        shutil.copy(ROOT / "docs" / name, place / "docs")
    done = build(place, *NAMES, "--docs")
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return place


@pytest.fixture(scope="module")
def text(folder):
    return (folder / "demos" / "out" / "index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


curves = pytest.mark.skipif(
    not importlib.util.find_spec("matplotlib"), reason="the curves need matplotlib"
)


def test_it_needs_no_network(text):
    assert "http" not in text and "<script" not in text and "@import" not in text
    assert "prefers-color-scheme: dark" in text and 'name="viewport"' in text


def test_every_link_leads_somewhere(folder, page):
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        else:
            assert (folder / "demos" / "out" / link).resolve().is_file(), link
    assert {f"../{source(name).relative_to(DEMOS).as_posix()}" for name in page.articles} <= set(
        page.links
    )


def test_every_figure_is_shown_with_its_question(folder, page):
    for name, image in page.pictures:
        question = source(name).read_text("utf-8").split('"""')[1]
        assert image["alt"] == " ".join(question.split("\n\n")[0].split()) and "?" in image["alt"]
        root = ElementTree.parse(folder / "demos" / "out" / image["src"]).getroot()
        assert root.tag.endswith("svg")
        ratio = int(image["width"]) / int(image["height"])
        _, _, width, height = map(float, root.get("viewBox").split())
        assert ratio == pytest.approx(width / height, rel=0.02)
    shown = {image["src"] for _, image in page.pictures}
    assert shown == {path.name for path in (folder / "demos" / "out").glob("*.svg")}


@curves
def test_all_demos_are_there_in_the_order_of_the_notes(page):
    assert list(page.articles) == [
        *("bowl", "sigmoid"),  # 000
        "reused_variable",  # 003
        *("total_derivative", "shapes"),  # 004 has its chain rule in 5.1.2, too
    ]
    assert "000 §2.1-2.4; 002: 偏导数" in page.articles["bowl"]
    assert "004 §5.2.2 (链式法则, chain rule)" in page.articles["total_derivative"]


@curves
def test_its_numbers_are_those_that_the_demos_print(folder, page):
    for name, rows in page.rows.items():
        printed = (folder / "demos" / "out" / f"{name}.txt").read_text("utf-8")
        lines = [" ".join(line.split()) for line in printed.splitlines()]
        tables = printed[re.search(r"notes +ours +difference", printed).end() :]
        assert len(rows) == len(re.findall(r"^  \S.* {2,}-?\d\S*$", tables, re.MULTILINE))
        for what, notes, ours, difference in rows:
            told = [difference.removesuffix(" ≠").replace("−", "-")]
            told = ["0.0e+00"] if told == ["0"] else told
            numbers = [x.replace("−", "-") for x in (notes, ours)] + told
            assert " ".join([what, *filter(None, numbers)]) in lines
            if notes:
                notes, ours = (float(x.replace("−", "-")) for x in (notes, ours))
                assert float(*told) == pytest.approx(ours - notes, rel=0.05, abs=1e-9)


@curves
def test_what_is_misprinted_is_marked(page):
    marked = [row for rows in page.rows.values() for row in rows if row[3].endswith(" ≠")]
    assert marked == [["∂f/∂y = ½(x + 2y³)y²", "2", "48", "4.6e+01 ≠"]]
    assert "4 numbers, 4 beside the notes’; not equal (≠): 1" in page.articles["shapes"]


def test_docs(folder):
    docs = (folder / "docs" / "gallery.md").read_text("utf-8")
    for link in re.findall(r"\]\((.*?)\)", docs):
        assert (folder / "docs" / link).is_file(), link
    assert "(gallery/reused_variable.svg)" in docs and "(gallery/total_derivative.svg)" in docs


def test_the_committed_docs_have_all_their_pictures():
    docs = (ROOT / "docs" / "gallery.md").read_text("utf-8")
    pictures = re.findall(r"!\[.*?\]\(gallery/(.*?)\)", docs)
    assert len(pictures) >= 8
    assert sorted(pictures) == sorted(path.name for path in (ROOT / "docs" / "gallery").iterdir())
    for link in re.findall(r"\]\((.*?)\)", docs):
        assert (ROOT / "docs" / link).is_file(), link
    for path in (ROOT / "docs" / "gallery").glob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")


def test_a_name_that_is_no_demo(folder):
    done = build(folder, "bowls")
    assert done.returncode and b"no demo is called bowls" in done.stderr


def test_a_demo_that_fails_is_told(folder):
    broken = folder / "demos" / "calculus" / "broken.py"
    broken.write_text('"""Does it fail?  Yes.\n\n000.\n"""\nraise SystemExit(3)\n', "utf-8")
    done = build(folder, "broken")
    broken.unlink()
    assert done.returncode == 1 and "FAILED" in done.stdout.decode("utf-8")

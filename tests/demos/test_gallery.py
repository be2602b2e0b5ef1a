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
        self.articles, self.rows, self.cards, self.article = {}, {}, [], None
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
        if tag == "li":
            self.cards.append(["", []])  # its text, its pictures
        if tag == "img" and "li" in self.open:
            self.cards[-1][1].append(attrs)
        elif tag == "img":
            self.pictures.append((self.article, attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == "tr" and "thead" not in self.open:
            self.rows[self.article].append(self.cells)

    def handle_data(self, data):
        if "li" in self.open:
            self.cards[-1][0] += data
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
    for name in ("notes.md", "errata.md", "claims.md"):
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


def finding(path):
    """The title of a figure."""
    root = ElementTree.parse(path).getroot()
    title = root.find(".//{http://purl.org/dc/elements/1.1/}title")
    return root.findtext("{*}title") if title is None else title.text


def test_every_figure_is_shown_with_what_it_shows(folder, page):
    out = folder / "demos" / "out"
    for name, image in page.pictures:
        shown = finding(out / image["src"])
        assert image["alt"] == shown and shown.endswith(".")
        assert shown in page.articles[name]  # it is to be read, too
        root = ElementTree.parse(out / image["src"]).getroot()
        ratio = int(image["width"]) / int(image["height"])
        _, _, width, height = map(float, root.get("viewBox").split())
        assert ratio == pytest.approx(width / height, rel=0.02)
    assert {image["src"] for _, image in page.pictures} == {path.name for path in out.glob("*.svg")}


def test_it_opens_with_a_picture_and_a_finding_for_each_chapter(folder, text, page):
    out = folder / "demos" / "out"
    titles = ["Calculus 微分学", "Neural networks 神经网络"]
    titles += ["Every step, drawn and checked 逐步计算, 作图, 检查"]
    for title, (words, images) in zip(titles, page.cards, strict=True):
        assert words.strip().startswith(title)
        assert finding(out / images[0]["src"]) in words
        assert all(image["alt"] == finding(out / image["src"]) for image in images)
    shown = [image["src"] for _, images in page.cards for image in images]
    assert sorted(shown) == sorted(path.name for path in out.glob("*.svg"))
    assert text.index("<img") < text.index("<main>") < text.index("<article")


def test_a_graph_has_its_live_page(folder, page):
    pages = {path.name for path in (folder / "demos" / "out").glob("*.html")} - {"index.html"}
    assert {"reused_variable.html", "total_derivative.html", "perceptron.html"} <= pages
    assert pages <= set(page.links)
    assert "Step through it." in page.articles["reused_variable"]
    curves = [text for name, text in page.articles.items() if name in ("bowl", "shapes")]
    assert not any("Step through it." in text for text in curves)


@curves
def test_all_demos_are_there_by_chapter_in_the_order_of_the_notes(page):
    assert list(page.articles) == [
        *("bowl", "total_derivative", "shapes"),  # 004 has its chain rule in 5.1.2, too
        "sigmoid",
        "reused_variable",
    ]
    assert "000 §2.1-2.4; 002: 偏导数" in page.articles["bowl"]
    assert "004 §5.2.2 (链式法则, chain rule)" in page.articles["total_derivative"]
    assert "Which way is up on x² + y²?" in page.articles["bowl"]
    assert "偏导数, 梯度与切平面" in page.articles["bowl"]  # the titles stand side by side


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
    opening = docs[: docs.index("\n## ")]
    assert re.findall(r'^\| <img src="gallery/(\w+).svg" width="300"', opening, re.MULTILINE) == [
        *("total_derivative", "reused_variable"),  # of those few that were run
    ]
    assert "[Calculus · 微分学](../demos/calculus/README.md)" in opening
    for link in re.findall(r"\]\((.*?)\)", docs):
        assert (folder / "docs" / link).is_file(), link
    assert "(gallery/reused_variable.svg)" in docs and "(gallery/total_derivative.svg)" in docs


def test_the_committed_docs_have_all_their_pictures():
    docs = (ROOT / "docs" / "gallery.md").read_text("utf-8")
    pictures = re.findall(r"!\[.*?\]\(gallery/(.*?)\)", docs)
    assert len(pictures) >= 8
    leads = re.findall(r'<img src="gallery/(.*?)"', docs)
    assert len(leads) == 5 and set(leads) <= set(pictures)  # a picture for every chapter
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


@curves
def test_every_plot_says_what_it_shows():
    """Each call of save has a finding; that of two_layer_network too, which has its own target."""
    for path in DEMOS.glob("*/*.py"):
        text = path.read_text("utf-8")
        assert text.count("save(figure,") == len(
            re.findall(r"save\(figure, .*, finding\)", text)
        ), path


# ---- the style of plots -------------------------------------------------------------------------


def brightness(rgb):
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


DEFICIENT = {  # what a dichromat sees of linear red, green and blue (Viénot, Brettel, Mollon 1999)
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.112, 0.888, 0), (0.112, 0.888, 0), (0.004, -0.004, 1)),
    "deutan": ((0.293, 0.707, 0), (0.293, 0.707, 0), (-0.022, 0.022, 1)),
}


@curves
def test_the_colours_of_curves_are_told_apart(shared):
    import numpy as np
    from matplotlib.colors import to_rgb

    for name, seen in DEFICIENT.items():
        lab = []
        for color in shared.COLORS:
            linear = np.array([((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)])
            x, y, z = np.cbrt(np.clip(XYZ @ np.array(seen) @ linear, 0, None) / WHITE)
            lab.append((116 * y - 16, 500 * (x - y), 200 * (y - z)))
        apart = [np.linalg.norm(np.subtract(a, b)) for k, a in enumerate(lab) for b in lab[:k]]
        assert min(apart) > 20, (name, min(apart))
    for color in shared.COLORS:
        assert 1.05 / (brightness(to_rgb(color)) + 0.05) >= 3.0
        assert 1.05 / (brightness(shared._ink(color)) + 0.05) >= 4.5


XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)


@pytest.fixture(scope="module")
def shared():
    spec = importlib.util.spec_from_file_location("shared", DEMOS / "shared.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@curves
def test_names_stand_at_their_curves(shared):
    import numpy as np

    plt = shared.pyplot()
    figure, axes = plt.subplots()
    x = np.linspace(0, 1, 50)
    lines = [axes.plot(x, k * x + k, label=f"T{k}")[0] for k in range(7)]
    figure.canvas.draw()
    shared.name_curves(axes)
    assert axes.get_legend() is None
    assert [text.get_text() for text in axes.texts] == ["T₀", "T₁", "T₂", "T₃", "T₄", "T₅", "T₆"]
    boxes = [text.get_window_extent() for text in axes.texts]
    for k, box in enumerate(boxes):
        middle = np.mean(box.get_points(), axis=0)
        distances = [
            np.hypot(*(axes.transData.transform(other.get_xydata()) - middle).T).min()
            for other in lines
        ]
        assert int(np.argmin(distances)) == k
        assert not any(box.overlaps(other) for other in boxes[:k])
        assert axes.get_window_extent().contains(*middle)
    plt.close(figure)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("from -2.0 to x-1", "from −2.0 to x-1"),
        ("slopes -inf, inf", "slopes −∞, ∞"),
        ("η = 1e-03, 5e-05 or -2.5e+10", "η = 10⁻³, 5·10⁻⁵ or −2.5·10¹⁰"),
        ("T20, 1/2, info, e-mail, 3e", "T20, 1/2, info, e-mail, 3e"),
    ],
)
def test_numbers_are_typeset(shared, typed, shown):
    assert shared.typeset_numbers(typed) == shown

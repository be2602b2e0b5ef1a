"""One page of every figure that the demos draw, with their numbers beside those of the notes.

``make gallery`` runs the demos and writes demos/out/index.html: static, and needs no network.
Names of demos as arguments run only these; ``--docs`` writes docs/gallery.md with a few of them,
and ``--readme`` the lists of demos in the folders' READMEs, for which nothing is run.
"""

import re
import shutil
import sys
from dataclasses import dataclass, replace
from html import escape, unescape
from pathlib import PurePosixPath

from run_all import run_all, scripts
from shared import HERE, OUT

ROOT = OUT.parent.parent
CHAPTERS = {  # folder: its title in English and Chinese, the demo whose picture opens it
    "calculus": ("Calculus", "微分学", "corners"),
    "optimizers": ("Gradient descent and Newton’s method", "梯度下降法和牛顿法", "newton_2d"),
    "networks": ("Neural networks", "神经网络", "not_separable"),
    "data": ("On data", "数据", "breast_cancer"),
    "jobs": ("Every step, drawn and checked", "逐步计算, 作图, 检查", "reused_variable"),
}
FEW = (
    "corners",
    "log_series",
    "matrix_identities",
    "sin_cos",
    "total_derivative",
    "newton_2d",
    "printed_rules",
    "tunnel",
    "not_separable",
    "breast_cancer",
    "reused_variable",
)
LIST = "| demo | 标题 | the question it answers |\n|---|---|---|\n"  # above the rows of a README
STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1a1a1a; --soft: #5c5c5c; --line: #d8d8d8;
  --link: #0b57a4; --off: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --back: #16181b; --text: #e6e6e6; --soft: #a6a6a6; --line: #3a3d42; --link: #8ab8f0;
    --off: #ff9a8f; }
  img { filter: invert(0.91) hue-rotate(180deg); }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 3rem; padding-bottom: 0.3rem; border-bottom: 2px solid var(--line); }
.chapters { display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fill, minmax(min(100%,
  21rem), 1fr)); align-items: start; padding: 0; list-style: none; }
.chapters > li { display: flex; flex-direction: column; padding: 0.8rem; border: 1px solid
  var(--line); border-radius: 0.4rem; min-width: 0; }
.chapters h2 { margin: 0 0 0.6rem; padding: 0; border: 0; font-size: 1.15rem; }
.chapters p { margin: 0.6rem 0; }
.lead img { width: 100%; max-height: 15rem; object-fit: contain; }
.strip { display: flex; flex-wrap: wrap; gap: 0.4rem; }
.strip a { border: 1px solid var(--line); }
.strip img { width: 5.9rem; height: 4.2rem; object-fit: contain; }
[lang=zh] { font-weight: normal; color: var(--soft); }
article { display: grid; gap: 0 2rem; padding: 0.5rem 0 2rem;
  border-bottom: 1px solid var(--line); }
article > * { min-width: 0; margin: 0.4rem 0; }
.place, figcaption, caption { color: var(--soft); }
figure { margin: 0 0 1rem; overflow-x: auto; }
img.wide { min-width: 44rem; }
img { display: block; max-width: 100%; height: auto; }
pre { overflow-x: auto; font-size: 0.8rem; overflow-wrap: normal; }
details { overflow-x: auto; }
table { width: 100%; max-width: 44rem; margin: 0.8rem 0 1.2rem; border-collapse: collapse;
  font-size: 0.875rem; }
caption { text-align: left; }
th, td { padding: 0.15rem 0.5rem 0.15rem 0; border-top: 1px solid var(--line); text-align: right;
  vertical-align: top; font-variant-numeric: tabular-nums; }
tr > :first-child { text-align: left; font-weight: normal; overflow-wrap: break-word; }
td, thead th { white-space: nowrap; }
.off { color: var(--off); font-weight: bold; }
@media (max-width: 40rem) { th, td { padding-right: 0.3rem; font-size: 0.75rem; }
  tr > :first-child { width: 34%; } }
@media (min-width: 60rem) { article { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  article > h3, article > .place { grid-column: 1 / -1; }
  article > .wide, .wide + details { grid-column: 1 / -1; }
  article > div:not(.wide) { position: sticky; top: 1rem; align-self: start; } }
"""


@dataclass(frozen=True)
class Demo:
    """Its file in demos/, what it asks, its title, where in the notes, what it printed and drew."""

    path: str
    question: str
    title: str
    place: str
    text: str = ""

    @property
    def name(self):
        """The file's name without folder and ending: that of its outputs."""
        return PurePosixPath(self.path).stem

    @property
    def asked(self):
        """The question alone, without what follows it."""
        return self.question.partition("?")[0] + "?"

    @property
    def chapter(self):
        """The folder it is in; "" beside the folders."""
        return PurePosixPath(self.path).parent.name

    @property
    def pictures(self):
        """The names of its figures."""
        return re.findall(r"^(?:picture|graph): demos/out/(\S+\.svg)$", self.text, re.MULTILINE)

    @property
    def pages(self):
        """The names of its pages."""
        return re.findall(r"^picture: demos/out/(\S+\.html)$", self.text, re.MULTILINE)

    @property
    def tables(self):
        """[(title, [(what, notes, ours, difference)])], the numbers as they were printed."""
        lines, found = self.text.splitlines(), []
        for k, line in enumerate(lines):
            head = re.fullmatch(r"( +)notes +ours +difference", line)
            if head:
                start, rows = len(head[1]) - 11, []  # where show.table ends the labels
                for row in lines[k + 1 :]:
                    numbers = row[start:].split()
                    if len(numbers) not in (1, 3) or not all(map(is_number, numbers)):
                        break
                    numbers = numbers if len(numbers) == 3 else ["", *numbers, ""]
                    rows.append((row[:start].strip(), *numbers))
                found.append((lines[k - 1], rows))
        return found


def read(script):
    """What a script says of itself."""
    docstring = script.read_text(encoding="utf-8").split('"""')[1]
    question, *rest = docstring.split("\n\n")
    titles = [text.removeprefix("中文:") for text in rest if text.startswith("中文:")]
    place = " ".join(text for text in rest if not text.startswith("中文:"))
    words = (" ".join(text.split()) for text in (question, "".join(titles), place))
    return Demo(script.relative_to(HERE).as_posix(), *words)


def ran(script):
    """The demo of a script that has been run."""
    text = (OUT / f"{script.stem}.txt").read_text(encoding="utf-8")
    return replace(read(script), text=text)


def is_number(text):
    return re.fullmatch(r"-?(\d+(\.\d+)?(e[+-]\d+)?|inf|nan)", text)


def differs(notes, ours):
    """Whether our number is more than a unit of the notes' last digit away from theirs."""
    digits, _, exponent = notes.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(float(ours) - float(notes)) > unit


def in_order(demos):
    """Those with a figure, by chapter, and in each in the order of docs/notes.md."""
    page = (ROOT / "docs" / "notes.md").read_text(encoding="utf-8")
    chapters = [*CHAPTERS]

    def key(demo):
        place = page.find(f"demos/{demo.path}")
        return chapters.index(demo.chapter), place < 0, place, demo.name

    return sorted((d for d in demos if d.pictures), key=key)


def by_chapter(demos):
    """[(English title, Chinese title, folder, its demos)], without the chapters that have none."""
    groups = [(*CHAPTERS[c][:2], c, [d for d in demos if d.chapter == c]) for c in CHAPTERS]
    return [group for group in groups if group[3]]


def lead(folder, demos):
    """The demo whose picture opens a chapter: the chosen one, or the first if it was not run."""
    return next((d for d in demos if d.name == CHAPTERS[folder][2]), demos[0])


def minus(number):
    return number.replace("-", "−")


def table(title, rows):
    body = []
    for what, notes, ours, difference in rows:
        mark = ' class="off"' if notes and differs(notes, ours) else ""
        difference = "0" if difference == "0.0e+00" else minus(difference)
        difference += " ≠" if mark else ""
        cells = f"<td>{minus(notes)}</td><td>{minus(ours)}</td><td{mark}>{difference}</td>"
        body.append(f'<tr><th scope="row">{escape(what)}</th>{cells}</tr>')
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("", "printed", "computed", "difference"))
    return (
        f"<table><caption>{escape(title)}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
        + "\n".join(body)
        + "</tbody></table>"
    )


def size(picture):
    """Width and height of an SVG, in pixels."""
    box = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', picture.read_text(encoding="utf-8"))
    return float(box[1]) * 4 / 3, float(box[2]) * 4 / 3


def finding(picture):
    """What is to be seen on a figure, in a sentence: its title."""
    text = (OUT / picture).read_text(encoding="utf-8")
    return unescape(re.search("<(dc:title|title)>(.*?)</\\1>", text)[2])


def image(picture, attributes=""):
    return f'<img src="{picture}"{attributes} alt="{escape(finding(picture))}">'


def both(english, chinese):
    """A title in two languages, side by side."""
    return escape(english) + (f' <span lang="zh">{escape(chinese)}</span>' if chinese else "")


def card(english, chinese, folder, demos):
    """The opening of a chapter: a picture, what it shows, and the others in small."""
    first = lead(folder, demos)
    picture = first.pictures[0]
    small = [
        f'<a href="#{d.name}" title="{escape(d.asked)}">{image(p)}</a>'
        for d in demos
        for p in d.pictures
        if p != picture
    ]
    return "\n".join(
        [
            f'<li><h2><a href="#{folder}">{both(english, chinese)}</a></h2>',
            f'<a class="lead" href="#{first.name}">{image(picture)}</a>',
            f"<p>{escape(finding(picture))}</p>",
            f'<div class="strip">{"".join(small)}</div></li>',
        ]
    )


def article(demo):
    lines = [f'<article id="{demo.name}">', f"<h3>{both(demo.question, demo.title)}</h3>"]
    sizes = {picture: size(OUT / picture) for picture in demo.pictures}
    wide = {picture: " class=wide" * (w > 2 * h) for picture, (w, h) in sizes.items()}
    lines += [f'<p class="place">{escape(demo.place)}</p>', f"<div{max(wide.values())}>"]
    for picture, (width, height) in sizes.items():
        shape = f'{wide[picture]} width="{width:.0f}" height="{height:.0f}"'
        page = f"{PurePosixPath(picture).stem}.html"
        live = f' <a href="{page}">Step through it.</a>' if page in demo.pages else ""
        lines += [f'<figure><a href="{picture}">{image(picture, shape)}</a>']
        lines += [f"<figcaption>{escape(finding(picture))}{live}</figcaption></figure>"]
    links = f'<a href="../{demo.path}">demos/{demo.path}</a>'
    links += f' · <a href="{demo.name}.txt">all it prints</a>'
    lines += [f"<p>{links}</p>", "</div>"]
    rows = [row for _, found in demo.tables for row in found]
    if rows:
        known = [row for row in rows if row[1]]
        off = sum(differs(row[1], row[2]) for row in known)
        counts = f"{len(rows)} numbers" + (f", {len(known)} beside the notes’" if known else "")
        counts += f"; not equal (≠): {off}" if off else ""
        is_open = " open" if known else ""
        lines += [f"<details{is_open}><summary>{counts}</summary>"]
        lines += [*(table(*t) for t in demo.tables), "</details>"]
    else:
        lines += [
            f"<details><summary>Its numbers</summary><pre>{escape(demo.text)}</pre></details>"
        ]
    return "\n".join([*lines, "</article>"])


def page(demos):
    """The gallery as HTML: the chapters' pictures, then every figure with its numbers."""
    chapters = by_chapter(demos)
    body = []
    for english, chinese, folder, group in chapters:
        body += [f'<section id="{folder}"><h2>{both(english, chinese)}</h2>']
        body += [*map(article, group), "</section>"]
    intro = (
        "Each figure was drawn, and each number and sentence computed, by the demo below it. "
        "‘Printed’ is what stands in the notes or follows from their formula; where it is more "
        "than a unit of its last digit away from what was computed, it is marked ≠. All that is "
        'wrong in the notes is in <a href="../../docs/errata.md">the list of errata</a>; which '
        'number shows which of their claims, <a href="../../docs/claims.md">in another</a>.'
    )
    title = "Figures of the lecture notes"
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            f"<header><h1>{both(title, '讲义插图')}</h1></header>",
            '<nav aria-label="Chapters"><ul class="chapters">',
            *(card(*chapter) for chapter in chapters),
            f"</ul></nav>\n<main>\n<p>{intro}</p>",
            *body,
            "</main>\n</body>\n</html>\n",
        ]
    )


def write_docs(demos):
    """docs/gallery.md, with the figures beside it."""
    folder = ROOT / "docs" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    demos = [demo for demo in demos if demo.name in FEW]
    lines = ["# A few figures of the lecture notes · 讲义插图", ""]
    lines += ["`make gallery` draws them all into one page, demos/out/index.html, each with its"]
    lines += ["numbers and, where it is a graph, a page to step through; `python demos/gallery.py"]
    lines += ["--docs` writes this one.  [claims.md](claims.md) has a number for each claim.", ""]
    lines += ["| | |", "|---|---|"]
    for english, chinese, chapter, group in by_chapter(demos):
        picture = lead(chapter, group).pictures[0]
        shown = f'<img src="gallery/{picture}" width="300" alt="{escape(finding(picture))}">'
        found = finding(picture).replace("|", "\\|")
        link = f"[{english} · {chinese}](../demos/{chapter}/README.md)"
        lines += [f"| {shown} | **{link}**<br>{found} |"]
    for english, chinese, _, group in by_chapter(demos):
        lines += ["", f"## {english} · {chinese}"]
        for demo in group:
            lines += ["", f"### {demo.asked} {demo.title}", "", demo.place, ""]
            for picture in demo.pictures:
                shutil.copyfile(OUT / picture, folder / picture)
                shown = finding(picture)
                lines += [f"![{shown}](gallery/{picture})", "", shown, ""]
            lines += [f"Drawn by [demos/{demo.path}](../demos/{demo.path})"]
    (ROOT / "docs" / "gallery.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_readmes():
    """The rows of the lists of demos in the folders' READMEs, from the demos' own words."""
    for folder in CHAPTERS:
        path = HERE / folder / "README.md"
        above, _, rest = path.read_text(encoding="utf-8").partition(LIST)
        below = rest.partition("\n\n")[2]
        demos = [read(p) for p in sorted((HERE / folder).glob("*.py")) if p.stem != "show"]
        rows = [f"| [{d.name}]({d.name}.py) | {d.title} | {d.asked} |\n" for d in demos]
        text = above + LIST + "".join(rows) + ("\n" + below if below else "")
        path.write_text(text, encoding="utf-8")


def main():
    """Run the demos, write the page; the exit status says whether all went well."""
    if "--readme" in sys.argv[1:]:
        write_readmes()
        return 0
    every = [*scripts(), OUT.parent / "networks" / "two_layer_network.py"]
    names = [name for name in sys.argv[1:] if not name.startswith("-")]
    unknown = set(names) - {script.stem for script in every}
    if unknown:
        sys.exit(f"no demo is called {', '.join(sorted(unknown))}")
    chosen = [script for script in every if not names or script.stem in names]
    failures = run_all(chosen)
    demos = in_order([ran(script) for script in chosen if script.parent != HERE])
    (OUT / "index.html").write_text(page(demos), encoding="utf-8")
    print(f"\n{sum(len(d.pictures) for d in demos)} figures: demos/out/index.html")
    if "--docs" in sys.argv[1:]:
        write_docs(demos)
    return failures


if __name__ == "__main__":
    sys.exit(min(main(), 1))

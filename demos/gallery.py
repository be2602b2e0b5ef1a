"""One page of every figure that the demos draw, with their numbers beside those of the notes.

``make gallery`` runs the demos and writes demos/out/index.html: static, and needs no network.
Names of demos as arguments run only these; ``--docs`` writes docs/gallery.md with a few of them.
"""

import re
import shutil
import sys
from dataclasses import dataclass
from html import escape, unescape
from pathlib import PurePosixPath

from errata import TITLES
from run_all import run_all, scripts
from shared import OUT

ROOT = OUT.parent.parent
FEW = (
    "corners",
    "tunnel",
    "newton_2d",
    "reused_variable",
    "sin_cos",
    "log_series",
    "total_derivative",
    "matrix_identities",
)
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
nav ul { columns: 20rem; column-gap: 2rem; padding-left: 1.2rem; }
nav li { break-inside: avoid; }
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
    """Its file in demos/, what it asks, where in the notes, what it printed and drew."""

    path: str
    question: str
    place: str
    text: str

    @property
    def name(self):
        """The file's name without folder and ending: that of its outputs."""
        return PurePosixPath(self.path).stem

    @property
    def note(self):
        """The note it belongs to first; ``None`` if it is none of theirs."""
        found = re.search(r"\b00[0234]\b", self.place)
        return int(found[0]) if found else None

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
    """The demo of a script that has been run."""
    question, _, place = script.read_text(encoding="utf-8").split('"""')[1].partition("\n\n")
    text = (OUT / f"{script.stem}.txt").read_text(encoding="utf-8")
    path = script.relative_to(OUT.parent).as_posix()
    return Demo(path, " ".join(question.split()), " ".join(place.split()), text)


def is_number(text):
    return re.fullmatch(r"-?(\d+(\.\d+)?(e[+-]\d+)?|inf|nan)", text)


def differs(notes, ours):
    """Whether our number is more than a unit of the notes' last digit away from theirs."""
    digits, _, exponent = notes.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(float(ours) - float(notes)) > unit


def in_order(demos):
    """Those with a figure, in the order of docs/notes.md."""
    page = (ROOT / "docs" / "notes.md").read_text(encoding="utf-8")

    def key(demo):
        place = page.find(f"demos/{demo.path}")
        return demo.note is None, demo.note, place < 0, place, demo.name

    return sorted((d for d in demos if d.pictures), key=key)


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


def shows(picture, demo):
    """What is to be seen on a figure: its title, or the demo's question if it has none."""
    drawing = (OUT / picture).read_text(encoding="utf-8")
    # Matplotlib's title; or a drawing's own, which stands before those of its parts.
    found = re.search("<dc:title>(.*?)</dc:title>", drawing) or re.search(
        "<title>(.*?)</title>", drawing
    )
    return unescape(found[1]) if found else demo.question


def article(demo):
    lines = [f'<article id="{demo.name}">', f"<h3>{escape(demo.question)}</h3>"]
    sizes = {picture: size(OUT / picture) for picture in demo.pictures}
    wide = {picture: " class=wide" * (w > 2 * h) for picture, (w, h) in sizes.items()}
    lines += [f'<p class="place">{escape(demo.place)}</p>', f"<div{max(wide.values())}>"]
    for picture, (width, height) in sizes.items():
        lines += [f'<figure><a href="{picture}"><img{wide[picture]} src="{picture}"']
        lines += [
            f'width="{width:.0f}" height="{height:.0f}" alt="{escape(shows(picture, demo))}">'
        ]
        lines += ["</a></figure>"]
    more = [f'<a href="{page}">step through it</a>' for page in demo.pages]
    links = [f'<a href="../{demo.path}">demos/{demo.path}</a>']
    links += [*more, f'<a href="{demo.name}.txt">all it prints</a>']
    lines += [f"<p>{' · '.join(links)}</p>", "</div>"]
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
    """The gallery as HTML."""
    notes = {note: [d for d in demos if d.note == note] for note in (*TITLES, None)}
    titles = {note: f"Note {note:03}, {title}" for note, title in TITLES.items()}
    titles[None] = "Beside the notes"
    nav, body = [], []
    for note, group in notes.items():
        if group:
            asked = [(d.name, escape(d.question.partition("?")[0])) for d in group]
            links = [f'<li><a href="#{name}">{question}?</a></li>' for name, question in asked]
            nav += [f"<h3>{titles[note]}</h3>", f"<ul>{''.join(links)}</ul>"]
            body += [f"<section><h2>{titles[note]}</h2>", *map(article, group), "</section>"]
    intro = (
        "Each figure was drawn, and each number computed, by the demo below it. ‘Printed’ is what "
        "stands in the notes or follows from their formula; where it is more than a unit of its "
        "last digit away from what was computed, it is marked ≠. All that is wrong in the notes "
        'is in <a href="../../docs/errata.md">the list of errata</a>.'
    )
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Figures of the lecture notes</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            f"<header><h1>Figures of the lecture notes</h1>\n<p>{intro}</p></header>",
            f'<nav aria-label="Figures">{"".join(nav)}</nav>\n<main>',
            *body,
            "</main>\n</body>\n</html>\n",
        ]
    )


def write_docs(demos):
    """docs/gallery.md, with the figures beside it."""
    folder = ROOT / "docs" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["# A few figures of the lecture notes", ""]
    lines += ["`make gallery` draws them all into one page, demos/out/index.html, each with its"]
    lines += ["numbers; `python demos/gallery.py --docs` writes this one.", ""]
    for demo in demos:
        if demo.name in FEW:
            lines += [f"## {demo.question}", "", demo.place, ""]
            for picture in demo.pictures:
                shutil.copyfile(OUT / picture, folder / picture)
                lines += [f"![{shows(picture, demo)}](gallery/{picture})", ""]
            lines += [f"Drawn by [demos/{demo.path}](../demos/{demo.path})", ""]
    (ROOT / "docs" / "gallery.md").write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")


def main():
    """Run the demos, write the page; the exit status says whether all went well."""
    every = [*scripts(), OUT.parent / "networks" / "two_layer_network.py"]
    names = [name for name in sys.argv[1:] if not name.startswith("-")]
    unknown = set(names) - {script.stem for script in every}
    if unknown:
        sys.exit(f"no demo is called {', '.join(sorted(unknown))}")
    chosen = [script for script in every if not names or script.stem in names]
    failures = run_all(chosen)
    demos = in_order([read(script) for script in chosen])
    (OUT / "index.html").write_text(page(demos), encoding="utf-8")
    print(f"\n{sum(len(d.pictures) for d in demos)} figures: demos/out/index.html")
    if "--docs" in sys.argv[1:]:
        write_docs(demos)
    return failures


if __name__ == "__main__":
    sys.exit(min(main(), 1))

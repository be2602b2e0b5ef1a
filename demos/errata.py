"""Where are the notes wrong as printed?  Every erratum, with numbers that show it.

000, 002, 003 and 004, in the order of their pages; the list is that of tests/notes/errata_*.py,
where each is tested.  ``--write`` makes docs/errata.md of it, to hand out.
"""

import importlib
import sys
from itertools import groupby
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TITLES = {0: "机器学习--微积分", 2: "微分学与梯度下降法", 3: "Calculus", 4: "向量微积分"}
RIGHT = [
    ("S0-073", "000 §3.4, l. 633", "f_xy for ∂²f/∂x∂y is the convention of many textbooks"),
    (
        "S2-011",
        "002 两边夹定理, l. 96",
        "that f, g and h have limits is supposed: a true theorem, "
        "though the squeeze theorem is the one that finds the limit of g",
    ),
    ("S2-018", "002 常见函数的导数, l. 152", "true for n ∈ ℕ, where xⁿ is a polynomial"),
    ("S2-030", "002 梯度, l. 232", "that f is differentiable is supposed in line 228"),
    ("S3-042", "003 Log loss, l. 310", "this note does not say that heads came seven times"),
    ("S4-007", "004 5.1, l. 42", "the clause on linear f holds; only 去 for 取 is a slip"),
]
COLUMNS = "", "where", "printed", "true", "what the numbers are", "as printed", "in truth"


def errata():
    """All errata of all notes, in the order of the pages."""
    sys.path.insert(0, str(ROOT))
    files = sorted((ROOT / "tests" / "notes").glob("errata_*.py"))
    lists = [importlib.import_module(f"tests.notes.{file.stem}").ERRATA for file in files]
    return sorted((e for each in lists for e in each), key=lambda e: (e.place, e.id))


def shown(x):
    """A number to six digits, a list of them, or yes and no."""
    if isinstance(x, bool | np.bool_ | str):
        return x if isinstance(x, str) else "yes" if x else "no"
    if np.ndim(x):
        return f"({', '.join(map(shown, x))})"
    return f"{float(x) + 0.0:.6g}".replace("-", "−")


def line(cells):
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main():
    found = errata()
    lines = ["# Errata of the lecture notes", ""]
    lines += [f"{len(found)} statements are wrong as printed; the numbers of the last two columns"]
    lines += [
        "show it; a slip of the pen has none. `make errata` computes them and writes this page."
    ]
    lines.append("")
    for note, group in groupby(found, key=lambda e: e.place[0]):
        entries = [*group]
        lines += [f"## Note {note:03}, {TITLES[note]}: {len(entries)}", ""]
        lines += [line(COLUMNS), line(["---"] * len(COLUMNS))]
        for e in entries:
            numbers = map(shown, e.witness()) if e.witness else ("—", "—")
            lines += [line([e.id, e.source[4:], e.printed, e.true, e.what, *numbers])]
        lines.append("")
    lines += ["## Read as errors before, and right as printed", ""]
    lines += [line(["", "where", "why"]), line(["---"] * 3), *map(line, RIGHT), ""]
    print("\n".join(lines), end="")
    if "--write" in sys.argv[1:]:
        (ROOT / "docs" / "errata.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Tables of formulas and numbers: laid out for a terminal, in Markdown, numbers for JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from .labels import columns, fitted
from .terminal import encodable


def laid_out(
    rows: Sequence[Sequence[str]],
    below: Sequence[str],
    align: str,
    width: int,
    encoding: str,
    gap: int = 2,
) -> str:
    """The rows as lines of at most ``width`` columns.

    ``align`` has a letter for each column: < left, > right, = a sign that belongs to the number
    after it, . by the decimal point, and f a formula.  A formula without room goes to a line
    below, where the texts of ``below`` go too.
    """
    rows = [[encodable(cell, encoding) for cell in row] for row in rows]
    below = [encodable(line, encoding) for line in below]
    kept = [k for k in range(len(align)) if any(row[k] for row in rows)]
    align = "".join(align[k] for k in kept)
    cells = [[row[k] for row in rows] for k in kept]
    cells = [_by_points(c) if a == "." else c for a, c in zip(align, cells, strict=True)]
    gaps = ["" if not k else " " * (1 if align[k - 1] == "=" else gap) for k in range(len(align))]
    long = align.find("f")
    widths = [max(map(columns, column)) for column in cells]
    room = width - sum(w for k, w in enumerate(widths) if k != long) - sum(map(len, gaps))
    if long >= 0 and widths[long] > room:
        widths[long] = max(room, len("local"))
        cells[long][0] = cells[long][0] if columns(cells[long][0]) <= room else "local"
    lines = []
    for row, under in zip(zip(*cells, strict=True), below, strict=True):
        line, indent, moved = "", 0, ""
        for k, (text, a) in enumerate(zip(row, align, strict=True)):
            line += gaps[k]
            if k == long:
                indent = columns(line)
                if columns(text) > widths[k]:
                    text, moved = "", text
            space = " " * (widths[k] - columns(text))
            line += space + text if a == ">" else text + space
        lines.append(line.rstrip())
        lines += [" " * indent + fitted(x, width - indent) for x in (moved, under) if x]
    return "\n".join(lines)


def _by_points(column: Sequence[str]) -> list[str]:
    """A heading and numbers, padded so that decimal points stand below each other."""
    heading, *numbers = column
    split = [_at_point(text) for text in numbers]
    left = max((columns(a) for a, _ in split), default=0)
    right = max((columns(b) for _, b in split), default=0)
    padded = [" " * (left - columns(a)) + a + b + " " * (right - columns(b)) for a, b in split]
    wide = max(left + right, columns(heading))
    return [text.rjust(wide) for text in (heading, *padded)]


def _at_point(text: str) -> tuple[str, str]:
    whole, point, rest = text.partition(".")
    if point:
        return whole, point + rest
    mantissa, e, exponent = text.partition("e")
    return mantissa, e + exponent


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    """The rows as a Markdown table; ``align`` has > for each column that is set to the right."""
    rules = ["---:" if a == ">" else "---" for a in align]
    lines = [heads, rules, *([_escaped(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _escaped(text: str) -> str:
    for sign in "\\`*_{}[]<>#|~$!":
        text = text.replace(
            sign, "\\" + sign if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign]
        )
    return text


def json_number(x: float) -> float | str:
    """A number as JSON can hold it: NaN and the infinities, which it does not know, as text."""
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"

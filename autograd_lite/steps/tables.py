"""Both passes as tables: for a terminal, in Markdown, in JSON.

>>> from autograd_lite import Value
>>> w, x = Value(-2.0, label="w"), Value(3.0, label="x")
>>> y = w * x
>>> y.label = "y"
>>> print(backward_table(y))
step  from → to  upstream  local derivative        adds  total
   1  y                    seed                       1      1
   2  y → w             1  x                  3  =    3      3
   3  y → x             1  w                 −2  =   −2     −2
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from ..expr import shown
from ..labels import columns, fitted
from ..number import unwrapped
from ..value import Value
from ..walk import order
from .passes import ForwardStep, Step, all_steps, backward_steps, forward_steps
from .symbols import names_of

# (columns for a name, columns between cells): the first pair with which all lines fit is taken.
TIGHTER = ((10, 2), (7, 2), (7, 1), (4, 1))
HEADING = ("step", "from → to", "upstream", "local derivative", "", "", "adds", "", "total", "")
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_ASCII = {"→": "->", "·": "*", "−": "-", "σ": "s", "∞": "inf", "√": "sqrt", "²": "^2", "∂": "d"}
_ASCII |= {
    "≈": "~",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "⌊": "floor(",
    "⌋": ")",
    "π": "pi",
    "α": "alpha",
}
_ASCII |= {"…": "...", "—": "-", "×": "*", "′": "'"}


def backward_table(
    root: Value,
    *,
    digits: int = 4,
    width: int = 80,
    constants: bool = False,
    start: int = 1,
    encoding: str = "utf-8",
) -> str:
    """The backward pass as a text table.

    Args:
        root: where the gradient starts.
        digits: significant digits.
        width: the most columns that a line takes.
        constants: also the steps towards numbers that stood in a formula.
        start: the first step's index.
        encoding: signs that it lacks are written in ASCII: ∂ as d, → as ->.

    Every step has a line, and one below it where its local derivative has numbers to fill in.
    ``total`` is the operand's gradient so far; ``1/2`` behind it says that a second contribution
    is to come.  Where the numbers as shown do not multiply or add up to the one shown, ≈ stands
    before it instead of =.

    Raises:
        StaleGraphError: an operand's number was changed after the forward pass.
    """
    steps = list(backward_steps(root, constants=constants, start=start))
    below = ["", *(_below(s, digits) for s in steps)]
    for name, gap in TIGHTER:
        rows = [HEADING, *(_backward_row(s, digits, name) for s in steps)]
        text = _laid_out(rows, below, "><.f.=.=.<", width, encoding, gap)
        if max(map(columns, text.splitlines())) <= width:
            break
    return text


def forward_table(root: Value, *, digits: int = 4, width: int = 80, encoding: str = "utf-8") -> str:
    """The forward pass as a text table: every operation in symbols, in numbers, and its value."""
    rows: list[tuple[str, ...]] = [("step", "", "forward", "", "value")]
    below = [""]
    for s in forward_steps(root):
        value, formula = shown(s.value, digits), s.formula
        numbers = s.substituted(digits)
        sign = s.sign(digits) if numbers != value else ""
        rows.append((str(s.index), fitted(s.name, TIGHTER[0][0]), "= " + formula, sign, value))
        below.append("= " + numbers if numbers not in (formula, value) else "")
    return _laid_out(rows, below, "><f=.", width, encoding)


def explain(
    root: Value,
    file: TextIO | None = None,
    *,
    forward: bool = False,
    digits: int = 4,
    color: bool | None = None,
) -> None:
    """Print the backward pass from ``root`` as a table of at most 80 columns.

    Args:
        root: where the gradient starts.
        file: where to print; standard output by default.
        forward: print the forward pass first; steps are then counted from its first.
        digits: significant digits.
        color: by default if ``file`` is a terminal and the environment has no NO_COLOR.

    Signs that the file's encoding lacks are written in ASCII.
    """
    file = file or sys.stdout
    encoding = getattr(file, "encoding", None) or "utf-8"
    start = 1
    tables, root = [], unwrapped(root)
    if forward and any(forward_steps(root)):
        tables.append(forward_table(root, digits=digits, encoding=encoding))
        start += sum(1 for _ in forward_steps(root))
    tables.append(backward_table(root, digits=digits, start=start, encoding=encoding))
    text = "\n\n".join(tables) + "\n"
    if color is None:
        color = file.isatty() and not os.environ.get("NO_COLOR")
    file.write(_coloured(text) if color else text)


def to_markdown(root: Value, *, forward: bool = False, digits: int = 4) -> str:
    """The same steps as a Markdown table (two with ``forward``)."""
    parts, start, root = [], 1, unwrapped(root)
    rows: list[tuple[str, ...]] = []
    if forward and any(forward_steps(root)):
        heads = ("step", "value", "formula", "with numbers", "")
        for s in forward_steps(root):
            end = f"{s.sign(digits)} {shown(s.value, digits)}"
            rows.append((str(s.index), s.name, s.formula, s.substituted(digits), end))
        start += len(rows)
        parts.append(_markdown(heads, rows, ">lll>"))
    titles = ("step", "from → to", "upstream", "local derivative", "with numbers", "adds", "total")
    rows = [_markdown_row(s, digits) for s in backward_steps(root, start=start)]
    parts.append(_markdown(titles, rows, ">l>ll>>"))
    return "\n\n".join(parts) + "\n"


def to_json(root: Value, *, forward: bool = False, indent: int | None = None) -> str:
    """The graph and the steps as JSON: ``{"root", "nodes", "steps"}``.

    Numbers have all their digits; NaN and the infinities, which JSON does not know, are the
    texts "NaN", "Infinity" and "-Infinity".  Nodes are referred to by their ``id``, which is
    the place in ``order(root)`` with an n before it, as in drawings.
    """
    nodes = order(root)
    names, ids = names_of(nodes), {v: f"n{i}" for i, v in enumerate(nodes)}
    told = [
        {
            "id": ids[v],
            "name": names[v],
            "label": str(v.label),
            "op": v.op.name if v.op else None,
            "operands": [ids[x] for x in v.operands],
            "constant": v.is_constant,
            "value": _number(v.data),
        }
        for v in nodes
    ]
    steps = all_steps(root) if forward else backward_steps(root)
    content = {"root": ids[nodes[-1]], "nodes": told, "steps": [_as_data(s, ids) for s in steps]}
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent)
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


# ---- rows ---------------------------------------------------------------------------------------


def _backward_row(s: Step, digits: int, name: int) -> tuple[str, ...]:
    """One step's cells; ``name`` is how many columns a name may take."""
    after, to = shown(s.after, digits), fitted(s.to_name, name)
    if s.node is None:
        return (str(s.index), to, "", "seed", "", "", after, "", after, "")
    local, up, adds = (shown(x, digits) for x in (s.local, s.upstream, s.contribution))
    formula = "" if s.formula == local else str(s.formula)
    product, total = s.product_sign(digits), s.total_sign(digits) if s.k > 1 else ""
    edge = f"{fitted(s.from_name, name)} → {to}"
    of = f"{s.k}/{s.n}" if s.n > 1 else ""
    return (str(s.index), edge, up, formula, local, product, adds, total, after, of)


def _below(s: Step, digits: int) -> str:
    """The local derivative with its numbers filled in, if there are any to fill in."""
    numbers, local = s.substituted(digits), shown(s.local, digits)
    if s.node is None or numbers in (s.formula, local) or s.formula == local:
        return ""
    return f"{s.sign(digits)} {numbers}"


def _markdown_row(s: Step, digits: int) -> tuple[str, ...]:
    if s.node is None:
        return (str(s.index), s.to_name, "", "seed", "", "1", "1")
    total: str = shown(s.after, digits)
    numbers, local = s.substituted(digits), shown(s.local, digits)
    value = local if numbers == local else f"{numbers} {s.sign(digits)} {local}"
    if s.n > 1:
        total = f"{s.total(digits) if s.k > 1 else total} ({s.k} of {s.n})"
    edge, up = f"{s.from_name} → {s.to_name}", shown(s.upstream, digits)
    return (str(s.index), edge, up, s.formula, value, s.product(digits), total)


def _as_data(s: ForwardStep | Step, ids: dict[Value, str]) -> dict[str, Any]:
    if isinstance(s, ForwardStep):
        told: dict[str, Any] = {"index": s.index, "phase": "forward", "node": ids[s.node]}
        told |= {"op": s.op, "formula": s.formula, "substituted": s.substituted()}
        return told | {"value": _number(s.value)}
    told = {"index": s.index, "phase": "backward", "op": s.op}
    told |= {
        "node": None if s.node is None else ids[s.node],
        "position": s.position,
        "operand": ids[s.operand],
    }
    told |= {"formula": s.formula, "substituted": s.substituted(), "k": s.k, "n": s.n}
    for name in ("upstream", "local", "contribution", "before", "after"):
        told[name] = _number(getattr(s, name))
    return told


def _number(x: float) -> float | str:
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


# ---- text ---------------------------------------------------------------------------------------


def _laid_out(
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
    rows = [[_encodable(cell, encoding) for cell in row] for row in rows]
    below = [_encodable(line, encoding) for line in below]
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


def _encodable(text: str, encoding: str) -> str:
    """``text`` with the signs that ``encoding`` lacks written in ASCII, and ? for letters."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        for sign, plain in _ASCII.items():
            text = text.replace(sign, plain)
        return text.encode(encoding, "replace").decode(encoding)
    return text


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


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    rules = ["---:" if a == ">" else "---" for a in align]
    lines = [heads, rules, *([_escaped(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _escaped(text: str) -> str:
    for sign in "\\`*_{}[]<>#|~$!":
        text = text.replace(
            sign, "\\" + sign if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign]
        )
    return text


def _coloured(text: str) -> str:
    """The headings in bold."""
    lines = text.split("\n")
    return "\n".join(f"{_BOLD}{x}{_PLAIN}" if x.startswith("step") else x for x in lines)

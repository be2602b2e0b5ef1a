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
import os
import re
import sys
from typing import Any, TextIO

from ..expr import shown
from ..labels import columns, fitted
from ..number import unwrapped
from ..terminal import encoding_of
from ..text_table import json_number, laid_out, markdown
from ..value import Value, order
from .passes import ForwardStep, Step, all_steps, backward_steps, forward_steps
from .symbols import names_of

# (columns for a name, columns between cells): the first pair with which all lines fit is taken.
TIGHTER = ((10, 2), (7, 2), (7, 1), (4, 1))
HEADING = ("step", "from → to", "upstream", "local derivative", "", "", "adds", "", "total", "")
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


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
        text = laid_out(rows, below, "><.f.=.=.<", width, encoding, gap)
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
    return laid_out(rows, below, "><f=.", width, encoding)


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
    encoding = encoding_of(file)
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
        parts.append(markdown(heads, rows, ">lll>"))
    titles = ("step", "from → to", "upstream", "local derivative", "with numbers", "adds", "total")
    rows = [_markdown_row(s, digits) for s in backward_steps(root, start=start)]
    parts.append(markdown(titles, rows, ">l>ll>>"))
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
            "value": json_number(v.data),
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
        return told | {"value": json_number(s.value)}
    told = {"index": s.index, "phase": "backward", "op": s.op}
    told |= {
        "node": None if s.node is None else ids[s.node],
        "position": s.position,
        "operand": ids[s.operand],
    }
    told |= {"formula": s.formula, "substituted": s.substituted(), "k": s.k, "n": s.n}
    for name in ("upstream", "local", "contribution", "before", "after"):
        told[name] = json_number(getattr(s, name))
    return told


def _coloured(text: str) -> str:
    """The headings in bold."""
    lines = text.split("\n")
    return "\n".join(f"{_BOLD}{x}{_PLAIN}" if x.startswith("step") else x for x in lines)

"""The backward pass as data: one ``Step`` for each edge along which a gradient is pushed.

>>> from autograd_lite import Value
>>> w, x = Value(-2.0, label="w"), Value(3.0, label="x")
>>> y = w * x
>>> y.label = "y"
>>> print(backward_table(y))
step  from → to  upstream  local derivative      adds  total
   1  y                    seed                     1      1
   2  y → w             1  x                  3     3      3
   3  y → x             1  w                 −2    −2     −2
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TextIO

from .engine import Value
from .number import shown
from .ops import Op
from .walk import order


@dataclass(frozen=True)
class Step:
    """One push: upstream × local = contribution; before + contribution = after.

    The first step of a pass is the seed: its ``node`` is ``None`` and its operand is the root.
    """

    index: int  # from 1
    node: Value | None  # the result whose gradient is pushed
    position: int  # which operand, from 0
    operand: Value  # the one that receives
    upstream: float
    local: float
    contribution: float
    before: float
    after: float

    @property
    def op(self) -> str:
        """The name of the operation on this edge; ``"seed"`` for the first step."""
        rule = None if self.node is None else self.node.op
        return "seed" if rule is None else rule.name

    @property
    def formula(self) -> str:
        """The local derivative as the table has it, with the operands' labels.

        >>> from autograd_lite import Value
        >>> z = Value(0.7, label="z")
        >>> list(backward_steps(z.sigmoid()))[1].formula
        'σ(z) · (1 − σ(z))'
        """
        if self.node is None or not isinstance(self.node.op, Op):
            return shown(self.local)
        op, node = self.node.op, self.node
        names = [v.label or shown(v.data) for v in node.operands]
        n = {} if node.parameter is None else {op.parameter: node.parameter}
        y = node.label or (node.formula() if "({a})" in op.shown else "y")
        return op.local_formula(self.position, *names, y=y, **n)


def backward_steps(root: Value, *, constants: bool = False) -> Iterator[Step]:
    """Yield the backward pass from ``root``, edge by edge, in the order of ``backward()``.

    Args:
        root: where the gradient starts, with 1.
        constants: also the steps towards numbers that stood in a formula.

    The ``after`` of the last step towards a Value is the gradient that ``backward()`` gives a
    Value whose gradient was cleared, to the last bit.  No ``grad`` is touched.
    """
    nodes = order(root)
    grads = dict.fromkeys(nodes, 0.0)
    grads[root] = 1.0
    yield Step(1, None, 0, root, 1.0, 1.0, 1.0, 0.0, 1.0)
    index = 1
    for v in reversed(nodes):
        for i, (x, local) in enumerate(zip(v.operands, v.local_gradients, strict=True)):
            before, contribution = grads[x], grads[v] * local
            grads[x] = before + contribution
            if constants or not x.is_constant:
                index += 1
                yield Step(index, v, i, x, grads[v], local, contribution, before, grads[x])


def backward_table(root: Value) -> str:
    """The backward pass as a text table: one line for each step."""
    names = _names(root)
    rows = [("step", "from → to", "upstream", "local derivative", "", "adds", "total")]
    for s in backward_steps(root):
        adds, total = shown(s.contribution), shown(s.after)
        if s.node is None:
            rows.append((str(s.index), names[s.operand], "", "seed", "", adds, total))
            continue
        edge, local = f"{names[s.node]} → {names[s.operand]}", shown(s.local)
        formula = "" if s.formula == local else s.formula
        rows.append((str(s.index), edge, shown(s.upstream), formula, local, adds, total))
    return "\n".join(_aligned(rows))


def explain(root: Value, file: TextIO | None = None) -> None:
    """Print the backward pass from ``root`` as a table, on standard output by default."""
    file = file or sys.stdout
    text = backward_table(root) + "\n"
    try:
        text.encode(getattr(file, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = text.translate(_ASCII).encode("ascii", "replace").decode()
    file.write(text)


_ASCII = str.maketrans(
    {"→": "->", "·": "*", "−": "-", "σ": "s", "∞": "inf", "√": "sqrt", "²": "^2"}
)


def _names(root: Value) -> dict[Value, str]:
    """A name for every node: its label, its number if constant, or v1, v2, … in order."""
    names: dict[Value, str] = {}
    unnamed = count(1)
    for v in order(root):
        names[v] = (
            str(v.label) if v.label else (f"v{next(unnamed)}" if v.operands else shown(v.data))
        )
    return names


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns of one width each; those under a short heading of numbers to the right."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for k, (text, width) in enumerate(zip(row, widths, strict=True)):
            space = " " * (width - _width(text))
            cells.append(text + space if k in (1, 3) else space + text)
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """How many columns a terminal gives it: East Asian characters take two."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )

"""The content of a drawing, before layout: boxes, arrows and frames with their texts and colours.

A picture is made from a graph and a ``Look``.  Graphviz or the built-in layout then give it
positions; either way ids, classes and texts are the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from ..errors import StaleGraphError
from ..expr import shown
from ..labels import clean
from ..number import short, unwrapped
from ..ops import Op
from ..steps.symbols import Names, NamesOnDemand, in_symbols, local_in_symbols, partial, total
from ..value import Value
from . import fonts
from .shape import Edge, Item, Link, Shape, shape_of

Direction = Literal["LR", "TB", "RL", "BT"]
Scopes = Literal["frames", "boxes", "none"] | None
DIRECTIONS = ("LR", "TB", "RL", "BT")
LABEL, FORMULA, TOOLTIP = 24, 44, 20_100  # the longest that is drawn of each
# A sequence of blues that keeps its order for every kind of colour vision, under dark text.
SHADES = ("#ffffff", "#e3eef9", "#c6dbef", "#9ecae1", "#6baed6")


@dataclass(frozen=True)
class Look:
    """How to draw: the options of ``draw_dot``, ``to_dot``, ``to_svg`` and ``render``.

    Args:
        rankdir: the way from the leaves to the root: "LR" (left to right), "TB", "RL" or "BT".
        gradients: show each box's gradient (— while it is not computed).
        formulas: write ``z = w · x`` into a box; else its operation's name alone.
        digits: significant digits of the numbers, 1 to 17.
        local_derivatives: write the local derivative at each arrow.
        color: ``"gradient"`` shades boxes by the size of their gradient, with a legend.
        highlight: a Value, several, or a path of ``chain_rule``: drawn thick and orange.
        scopes: ``"frames"`` around what a ``scope`` or a layer of ``nn`` made, ``"boxes"`` that
            stand for the innermost of them, or ``"none"``; by default frames, and boxes where
            there would be too many.
        collapse: names of scopes to draw as one box each: ``["layer 1"]``.
        repeat_leaves: draw an input or parameter beside each of its uses.
        fold_sums: draw a chain of additions as one sum; by default where it is long, or where
            there would be too many boxes.
        focus: draw only what is at most ``radius`` arrows away from this Value.
        radius: see ``focus``.
        max_nodes: how many boxes at most; where there would be more, sums are folded, then
            scopes, and in the end all is left out but what is near the result; the drawing says
            so.  ``None`` draws all.
        background: a colour such as ``"white"``, or ``"transparent"``.
    """

    rankdir: Direction = "LR"
    gradients: bool = True
    formulas: bool = True
    digits: int = 4
    local_derivatives: bool = False
    color: Literal["gradient"] | None = None
    highlight: Any = ()
    scopes: Scopes = None
    collapse: Sequence[str] = ()
    repeat_leaves: bool = False
    fold_sums: bool | None = None
    focus: Value | None = None
    radius: int = 2
    max_nodes: int | None = 300
    background: str = "white"

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Look:
        """The options among a function's arguments."""
        return cls(**{x.name: arguments[x.name] for x in fields(cls)})

    def __post_init__(self) -> None:
        for name, known in (
            ("rankdir", DIRECTIONS),
            ("scopes", (None, "frames", "boxes", "none")),
            ("color", (None, "gradient")),
        ):
            if getattr(self, name) not in known:
                told = ", ".join(map(str, known))
                raise ValueError(f"{name}={getattr(self, name)!r}: it is one of {told}")
        if not isinstance(self.digits, int) or not 1 <= self.digits <= 17:
            raise ValueError(f"digits={self.digits!r}: a whole number from 1 to 17")
        if not isinstance(self.radius, int) or self.radius < 0:
            raise ValueError(f"radius={self.radius!r}: a whole number of arrows")
        if self.max_nodes is not None and (
            not isinstance(self.max_nodes, int) or self.max_nodes < 1
        ):
            raise ValueError(f"max_nodes={self.max_nodes!r}: a whole number of boxes, or None")
        if isinstance(self.collapse, str):
            raise TypeError(f"collapse={self.collapse!r}: write collapse=[{self.collapse!r}]")
        if not fonts.is_color(self.background):
            raise ValueError(f"background={self.background!r}: a colour such as 'white', '#f6f7f9'")


@dataclass(frozen=True)
class Line:
    """One line of text in a box; ``strong`` is its bold beginning."""

    kind: str  # "head", "value", "grad" or "note"
    text: str
    strong: str = ""

    @property
    def width(self) -> float:
        """Its width in points."""
        return fonts.width(self.strong, bold=True) + fonts.width(self.text)


@dataclass(frozen=True)
class Box:
    """One box: a Value, a collapsed scope, or a stub for what is not drawn."""

    id: str
    kind: str  # "leaf", "op", "constant", "scope", "stub"
    lines: tuple[Line, ...]
    tooltip: str
    values: tuple[Value, ...] = ()
    fill: str = ""
    marks: tuple[str, ...] = ()  # "root", "highlight"
    least: float = 0.0  # room for a text that it will show later

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points."""
        widest = max(self.least, *(line.width for line in self.lines))
        return max(widest + 14, 26), fonts.LINE * len(self.lines) + 8


@dataclass(frozen=True)
class Arrow:
    """One arrow, from an operand to the result."""

    id: str
    tail: int  # places in ``Picture.boxes``
    head: int
    label: str = ""
    tooltip: str = ""
    marks: tuple[str, ...] = ()
    edge: Edge | None = None  # the operand that it stands for, if it is one

    @property
    def label_size(self) -> tuple[float, float] | None:
        """The width and height of its label in points."""
        return (fonts.width(self.label) + 6, fonts.LINE) if self.label else None


@dataclass(frozen=True)
class Frame:
    """A frame around the boxes of one scope."""

    id: str
    title: str
    members: tuple[int, ...]
    parent: int | None  # its place in ``Picture.frames``


@dataclass(frozen=True)
class Picture:
    """Boxes, arrows and frames, in a fixed order."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    frames: tuple[Frame, ...]
    look: Look
    title: str
    legend: tuple[tuple[str, str], ...] = ()  # (colour, what it says)
    names: Names = field(default_factory=dict, repr=False)
    note: str = ""  # what is not drawn, in one line


def picture_of(root: Value, look: Look) -> Picture:
    """The picture of the graph below ``root``.

    Raises:
        CycleError: nodes made by hand form a cycle.
    """
    root = unwrapped(root)
    drawn = shape_of(
        root,
        scopes=look.scopes,
        collapse=look.collapse,
        repeat_leaves=look.repeat_leaves,
        fold_sums=look.fold_sums,
        focus=look.focus,
        radius=look.radius,
        max_nodes=look.max_nodes,
    )
    return _Painter(root, look, drawn).picture()


class _Painter:
    """Writes the texts and chooses the colours of a picture."""

    def __init__(self, root: Value, look: Look, drawn: Shape) -> None:
        self.root, self.look, self.drawn = root, look, drawn
        self.names = NamesOnDemand(drawn.nodes)
        self.highlit = _highlighted(look.highlight)
        self.largest = self._largest_gradient()

    def picture(self) -> Picture:
        boxes = tuple(self._box(item) for item in self.drawn.items)
        arrows = tuple(self._arrow(i, link) for i, link in enumerate(self.drawn.links))
        frames = tuple(
            Frame(f"s{k}", clean(f.scope.name, LABEL) or " ", f.members, f.parent)
            for k, f in enumerate(self.drawn.frames)
        )
        title = f"computation graph of {clean(self.names[self.root], LABEL)}"
        legend, note = self._legend(), self.drawn.note
        return Picture(boxes, arrows, frames, self.look, title, legend, self.names, note)

    # ---- boxes ------------------------------------------------------------------------------

    def _box(self, item: Item) -> Box:
        if item.kind == "stub":
            told = f"{item.count:,} more not drawn"
            return Box(item.id, "stub", (Line("note", f"… {item.count:,}"),), told)
        v = item.values[0]
        marks: tuple[str, ...] = ("root",) if self.root in item.values else ()
        if any(x in self.highlit for x in item.values):
            marks += ("highlight",)
        if item.kind == "scope":
            return self._scope_box(item, marks)
        lines = [*self._head(v, item), Line("value", shown(v.data, self.look.digits))]
        if not v.is_constant and self.look.gradients:
            lines.append(Line("grad", f"grad {self._gradient(v)}"))
        if v.is_constant:
            del lines[0]  # its number says all
        return Box(
            item.id, item.kind, tuple(lines), self._tooltip(v), item.values, self._fill(v), marks
        )

    def _scope_box(self, item: Item, marks: tuple[str, ...]) -> Box:
        name = clean(item.name, LABEL)
        count = "1 node" if len(item.values) == 1 else f"{len(item.values):,} nodes"
        lines = [Line("head", f": {count}", name)]
        told = [f"{clean(item.name, TOOLTIP)}: {count}"]
        fill = ""
        if item.shown:
            (out,) = item.shown
            label = f"{self.names[out]} = " if out.label else ""
            lines.append(Line("value", f"{label}{shown(out.data, self.look.digits)}"))
            if self.look.gradients:
                lines.append(Line("grad", f"grad {self._gradient(out)}"))
            told.append(self._tooltip(out))
            fill = self._fill(out)
        elif item.outputs:
            lines.append(Line("value", f"{len(item.outputs):,} outputs"))
            told += self._ranges(item.outputs)
        return Box(item.id, "scope", tuple(lines), "; ".join(told), item.values, fill, marks)

    def _ranges(self, outputs: Sequence[Value]) -> list[str]:
        """Between what the values and the gradients of several Values lie."""
        grads = [float(v.grad) for v in outputs if v.has_grad]
        told = [f"{len(outputs):,} outputs", f"values {self._range([v.data for v in outputs])}"]
        return [*told, f"gradients {self._range(grads) if grads else '—'}"]

    def _range(self, numbers: Sequence[float]) -> str:
        finite = [x for x in numbers if math.isfinite(x)]
        told = []
        if finite:
            told.append(" … ".join(shown(x, self.look.digits) for x in (min(finite), max(finite))))
        if len(finite) < len(numbers):
            told.append(f"{len(numbers) - len(finite):,} NaN or ∞")
        return ", ".join(told)

    def _head(self, v: Value, item: Item) -> list[Line]:
        name = clean(v.label, LABEL) if v.label else self.names[v]
        if not v.operands:
            return [Line("head", "", name)]
        made = self._made(v, item)
        return [Line("head", f" = {made}", name)]

    def _made(self, v: Value, item: Item) -> str:
        if item.terms:
            few = self.look.formulas and 4 * len(item.terms) - 3 <= FORMULA  # "a + b + …", at least
            told = total([self.names[x] for x in item.terms]) if few else ""
            return told if few and len(told) <= FORMULA else f"Σ of {len(item.terms):,}"
        if self.look.formulas:
            told = in_symbols(v, self.names)
            if len(told) <= FORMULA:
                return told
        return clean(v.op.name or v.op.shown, FORMULA) if v.op else ""

    def _tooltip(self, v: Value) -> str:
        what = (
            "constant" if v.is_constant else "leaf" if not v.operands else in_symbols(v, self.names)
        )
        label = clean(v.label, TOOLTIP) if v.label else self.names[v]
        told = f"{label}, {what}, value {shown(v.data, self.look.digits)}"
        return told if v.is_constant else f"{told}, gradient {self._gradient(v)}"

    def _gradient(self, v: Value) -> str:
        return shown(float(v.grad), self.look.digits) if v.has_grad else "—"

    # ---- arrows -----------------------------------------------------------------------------

    def _arrow(self, i: int, link: Link) -> Arrow:
        label = tooltip = ""
        if link.edge is not None:
            v, position = link.edge
            x = v.operands[position]
            local = _local(v, position)
            number = "?" if local is None else shown(local, self.look.digits)
            formula = _local_formula(v, position, self.names)
            between = f" = {formula}" if formula and formula != number else ""
            tooltip = f"{partial(self.names[v], self.names[x])}{between} = {number}"
            label = number if self.look.local_derivatives and not x.is_constant else ""
        ends = {*self.drawn.items[link.tail].shown, *self.drawn.items[link.head].shown}
        marks = ("highlight",) if len(ends) == 2 and ends <= self.highlit else ()
        return Arrow(f"e{i}", link.tail, link.head, label, tooltip, marks, link.edge)

    # ---- colours ----------------------------------------------------------------------------

    def _largest_gradient(self) -> float:
        shown = (v for item in self.drawn.items for v in item.shown if self._is_shaded(v))
        sizes = (abs(float(v.grad)) for v in shown)
        return max((x for x in sizes if math.isfinite(x)), default=0.0)

    @staticmethod
    def _is_shaded(v: Value) -> bool:
        return v.has_grad and not v.is_constant

    def _fill(self, v: Value) -> str:
        if self.look.color is None or not self._is_shaded(v):
            return ""
        size = abs(float(v.grad))
        if not math.isfinite(size):
            return "#f8d7da"
        part = size / self.largest if self.largest else 0.0
        return SHADES[math.ceil(part * (len(SHADES) - 1))]

    def _legend(self) -> tuple[tuple[str, str], ...]:
        if self.look.color is None:
            return ()
        steps = len(SHADES) - 1
        bounds = [shown(self.largest * k / steps, 2) for k in range(steps + 1)]
        told = [(SHADES[0], "|grad| 0")]
        if self.largest:
            told += [(SHADES[k], f"≤ {bounds[k]}") for k in range(1, steps + 1)]
        wild = any(
            self._is_shaded(v) and not math.isfinite(float(v.grad))
            for item in self.drawn.items
            for v in item.shown
        )
        return (*told, ("#f8d7da", "NaN or ∞")) if wild else tuple(told)


def _highlighted(chosen: Any) -> set[Value]:
    if isinstance(chosen, Value):
        return {chosen}
    chosen = getattr(chosen, "nodes", chosen)  # a path of chain_rule
    chosen = tuple(chosen) if isinstance(chosen, Iterable) else (chosen,)
    for v in chosen:
        if not isinstance(v, Value):
            raise TypeError(f"highlight takes Values, not {short(v)}")
    return set(chosen)


def _local(v: Value, position: int) -> float | None:
    """The local derivative; ``None`` where a ``_backward`` of its own keeps it."""
    if isinstance(v.op, Op) or v.__dict__.get("_custom_backward") is None:
        try:
            return v.local_gradients[position]
        except TypeError:
            return None
    return None


def _local_formula(v: Value, position: int, names: Names) -> str:
    try:
        return local_in_symbols(v, position, names) or ""
    except StaleGraphError:
        return ""

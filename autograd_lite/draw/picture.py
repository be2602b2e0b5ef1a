"""The content of a drawing, before layout: boxes, arrows and frames with their texts and colours.

A picture is made from a graph and a ``Look``.  Graphviz or the built-in layout then give it
positions; either way ids, classes and texts are the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

from ..errors import StaleGraphError
from ..expr import PRODUCT, Typeset, Written, shown
from ..labels import clean, text_of, typeset
from ..number import unwrapped
from ..ops import Op
from ..steps.symbols import (
    Names,
    NamesOnDemand,
    in_symbols,
    local_in_symbols,
    partial,
    sign_of_product,
    total,
)
from ..value import Value, flow
from . import fonts, shading, theme
from .highlight import highlighted
from .shape import Edge, Item, Link, Shape, shape_of
from .theme import Theme, ThemeName

Direction = Literal["LR", "TB", "RL", "BT"]
Scopes = Literal["frames", "boxes", "none"] | None
DIRECTIONS = ("LR", "TB", "RL", "BT")
LABEL, FORMULA, TOOLTIP = 24, 44, 20_100  # the longest that is drawn of each
HATCHED = 8.0  # points beside the text, for a hatched edge


@dataclass(frozen=True)
class Look:
    """How to draw: the options of ``draw_dot``, ``to_dot``, ``to_svg`` and ``render``.

    Args:
        rankdir: the way from the leaves to the root: "LR" (left to right), "TB", "RL" or "BT".
        gradients: show each box's gradient (— while it is not computed).
        formulas: write ``z = w · x`` into a box; else its operation's name alone.
        digits: significant digits of the numbers, 1 to 17.
        local_derivatives: write the local derivative at each arrow.
        color: ``"gradient"`` shades boxes by their gradient, with a legend: blue below 0, orange
            above, on a logarithmic scale; what is NaN or infinite is hatched.
        arrows: ``"gradient"`` colours each arrow by what it adds to its operand's gradient,
            upstream × local, in the same way; the larger, the wider.
        highlight: a Value, a path of ``chain_rule``, or several of them: drawn thick and orange,
            paths with all that lies on them.
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
        background: a colour such as ``"white"``, or ``"transparent"``; by default the theme's.
        theme: ``"light"``, ``"dark"``, or ``"auto"``: an SVG or a page then follows its reader's
            preference, other files are light.  By default pages follow it, and files are light.
    """

    rankdir: Direction = "LR"
    gradients: bool = True
    formulas: bool = True
    digits: int = 4
    local_derivatives: bool = False
    color: Literal["gradient"] | None = None
    arrows: Literal["gradient"] | None = None
    highlight: Any = ()
    scopes: Scopes = None
    collapse: Sequence[str] = ()
    repeat_leaves: bool = False
    fold_sums: bool | None = None
    focus: Value | None = None
    radius: int = 2
    max_nodes: int | None = 300
    background: str | None = None
    theme: ThemeName | None = None

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Look:
        """The options among a function's arguments."""
        return cls(**{x.name: arguments[x.name] for x in fields(cls)})

    def __post_init__(self) -> None:
        for name, known in (
            ("rankdir", DIRECTIONS),
            ("scopes", (None, "frames", "boxes", "none")),
            ("color", (None, "gradient")),
            ("arrows", (None, "gradient")),
            ("theme", (None, *theme.NAMES)),
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
        if self.background is not None and not fonts.is_color(self.background):
            raise ValueError(f"background={self.background!r}: a colour such as 'white', '#f6f7f9'")

    @property
    def is_anywhere(self) -> bool:
        """Whether what is behind the drawing is not the theme's own."""
        own = (None, "white") if self.theme in (None, "light") else (None,)
        return self.background not in own

    @property
    def colors(self) -> Theme:
        """The colours to draw with."""
        colors = theme.theme_of(self.theme or "light", anywhere=self.is_anywhere)
        ground = self.background or ""
        if len(ground) == 4 and ground.startswith("#"):
            ground = "#" + "".join(2 * x for x in ground[1:])
        return theme.seen_on(colors, ground) if ground.startswith("#") else colors


@dataclass(frozen=True)
class Line:
    """One line of text in a box, with marks around indices; ``strong`` is its bold beginning."""

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
    marks: tuple[str, ...] = ()  # "root", "highlight", "wild"
    least: float = 0.0  # room for a text that it will show later

    @cached_property
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
    marks: tuple[str, ...] = ()  # "highlight", "wild"
    edge: Edge | None = None  # the operand that it stands for, if it is one
    color: str = ""  # by the gradient
    width: float = 0.0

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
    legend: tuple[tuple[str, str], ...] = ()  # (colour or "", what it says)
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
        self.root, self.look, self.drawn, self.theme = root, look, drawn, look.colors
        self.names = NamesOnDemand(drawn.nodes, Typeset, look.digits)
        self.highlight = highlighted(look.highlight)
        self.marked = self.highlight.links(drawn.items, drawn.links)
        self.shades = shading.Scale(
            float(v.grad) for item in drawn.items for v in item.shown if self._is_shaded(v)
        )
        pushed = (self._contribution(link) for link in drawn.links)
        self.pushes = shading.Scale(x for x in pushed if x is not None)

    def picture(self) -> Picture:
        boxes = tuple(self._box(i, item) for i, item in enumerate(self.drawn.items))
        arrows = tuple(self._arrow(i, link) for i, link in enumerate(self.drawn.links))
        frames = tuple(
            Frame(f"s{k}", clean(f.scope.name, LABEL) or " ", f.members, f.parent)
            for k, f in enumerate(self.drawn.frames)
        )
        title = f"computation graph of {text_of(self.names[self.root])}"
        names, legend, note = NamesOnDemand(self.drawn.nodes), self._legend(), self.drawn.note
        return Picture(boxes, arrows, frames, self.look, title, legend, names, note)

    # ---- boxes ------------------------------------------------------------------------------

    def _box(self, i: int, item: Item) -> Box:
        if item.kind == "stub":
            told = f"{item.count:,} more not drawn"
            return Box(item.id, "stub", (Line("note", f"… {item.count:,}"),), told)
        v = item.values[0]
        marks: tuple[str, ...] = ("root",) if self.root in item.values else ()
        if self._is_highlit(i, item):
            marks += ("highlight",)
        if any(self._is_shaded(x) and not math.isfinite(float(x.grad)) for x in item.shown):
            marks += ("wild",)
        if item.kind == "scope":
            return self._scope_box(item, marks)
        formula = self._formula(v, item) if v.operands else None
        numbers = self._numbers(v)
        lines = numbers if v.is_constant else [self._head(v, item, formula), *numbers]
        return Box(
            item.id,
            item.kind,
            tuple(lines),
            self._tooltip(v, item, formula, numbers),
            item.values,
            self._fill(v),
            marks,
            HATCHED + max(line.width for line in lines) if "wild" in marks else 0.0,
        )

    def _is_highlit(self, i: int, item: Item) -> bool:
        chosen = self.highlight
        if any(x in chosen.values for x in item.values):
            return True
        if self.look.repeat_leaves and not item.values[0].operands:  # one of several copies
            return any(self.drawn.links[k].tail == i for k in self.marked)
        return any(x in chosen.nodes for x in item.values)

    def _numbers(self, v: Value, label: str = "") -> list[Line]:
        lines = [Line("value", f"{label}{shown(v.data, self.look.digits)}")]
        if not v.is_constant and self.look.gradients:
            lines.append(Line("grad", f"grad {self._gradient(v)}"))
        return lines

    def _scope_box(self, item: Item, marks: tuple[str, ...]) -> Box:
        name = clean(item.name, LABEL)
        count = "1 node" if len(item.values) == 1 else f"{len(item.values):,} nodes"
        lines = [Line("head", f": {count}", name)]
        told = [f"{clean(item.name, TOOLTIP)}: {count}"]
        fill = ""
        if item.shown:
            (out,) = item.shown
            numbers = self._numbers(out, f"{self.names[out]} = " if out.label else "")
            lines += numbers
            told += spoken(numbers)
            fill = self._fill(out)
        elif item.outputs:
            lines.append(Line("value", f"{len(item.outputs):,} outputs"))
            told += self._ranges(item.outputs)
        return Box(item.id, "scope", tuple(lines), "; ".join(told), item.values, fill, marks)

    def _ranges(self, outputs: Sequence[Value]) -> list[str]:
        """Between what the values and the gradients of several Values lie."""
        grads = [float(v.grad) for v in outputs if v.has_grad]
        told = [f"{len(outputs):,} outputs", f"values {self._range([v.data for v in outputs])}"]
        if self.look.gradients:
            told.append(f"gradients {self._range(grads) if grads else '—'}")
        return told

    def _range(self, numbers: Sequence[float]) -> str:
        finite = [x for x in numbers if math.isfinite(x)]
        told = []
        if finite:
            told.append(" … ".join(shown(x, self.look.digits) for x in (min(finite), max(finite))))
        if len(finite) < len(numbers):
            told.append(f"{len(numbers) - len(finite):,} NaN or ∞")
        return ", ".join(told)

    def _head(self, v: Value, item: Item, formula: Written | None) -> Line:
        made = f" = {self._made(v, item, formula, FORMULA)}" if v.operands else ""
        return Line("head", made, self.names[v])

    def _formula(self, v: Value, item: Item) -> Written | None:
        """What made ``v``, if that is to be written, in whatever length."""
        if not self.look.formulas or 4 * len(item.terms) - 3 > TOOLTIP:  # "a + b + …", at least
            return None
        terms = [self.names[x] for x in item.terms]
        return total(terms) if terms else in_symbols(v, self.names, Typeset)

    def _made(self, v: Value, item: Item, formula: Written | None, limit: int) -> str:
        """What made ``v``, in at most so many characters."""
        if formula is not None and len(text_of(formula)) <= limit:
            return formula
        if item.terms:
            return f"Σ of {len(item.terms):,}"
        return clean(v.op.name or v.op.shown, limit) if v.op else ""

    def _tooltip(
        self, v: Value, item: Item, formula: Written | None, numbers: Sequence[Line]
    ) -> str:
        """What the box says, with what is too long for it written out."""
        name = typeset(clean(v.label, TOOLTIP)).text if v.label else text_of(self.names[v])
        if v.operands:
            name += f" = {text_of(self._made(v, item, formula, TOOLTIP))}"
        kind = [] if v.operands else ["constant" if v.is_constant else "leaf"]
        return ", ".join([name, *kind, *spoken(numbers)])

    def _gradient(self, v: Value) -> str:
        return shown(float(v.grad), self.look.digits) if v.has_grad else "—"

    # ---- arrows -----------------------------------------------------------------------------

    def _arrow(self, i: int, link: Link) -> Arrow:
        label = tooltip = color = ""
        width = 0.0
        marks: tuple[str, ...] = ("highlight",) if i in self.marked else ()
        if link.edge is not None:
            v, position = link.edge
            x = v.operands[position]
            local = _local(v, position)
            number = "?" if local is None else shown(local, self.look.digits)
            formula = _local_formula(v, position, self.names)
            between = f" = {formula}" if formula and formula != number else ""
            slope = partial(self.names[v], self.names[x])
            tooltip = text_of(f"{slope}{between} = {number}")
            label = number if self.look.local_derivatives and not x.is_constant else ""
            pushed = self._contribution(link)
            if pushed is not None and local is not None:
                color, width = shading.stroke(self.pushes, pushed, self.theme)
                marks += () if math.isfinite(pushed) else ("wild",)
                tooltip += f"; adds {self._product(float(v.grad), local, pushed)}"
        return Arrow(f"e{i}", link.tail, link.head, label, tooltip, marks, link.edge, color, width)

    def _product(self, upstream: float, local: float, added: float) -> str:
        up, slope, result = (shown(x, self.look.digits) for x in (upstream, local, added))
        return f"{up} × {slope.inside(PRODUCT)} {sign_of_product([up, slope], result)} {result}"

    def _contribution(self, link: Link) -> float | None:
        """What the arrow adds to its operand's gradient; ``None`` if that is not asked or known."""
        if self.look.arrows is None or link.edge is None:
            return None
        v, position = link.edge
        local = _local(v, position)
        if local is None or not v.has_grad or v.operands[position].is_constant:
            return None
        return float(flow(v, float(v.grad), local))

    # ---- colours ----------------------------------------------------------------------------

    def _is_shaded(self, v: Value) -> bool:
        return self.look.color is not None and v.has_grad and not v.is_constant

    def _fill(self, v: Value) -> str:
        if self.look.color is None:
            return ""
        if not self._is_shaded(v):
            return self.theme.panel  # apart from all shades
        return shading.fill(self.shades, float(v.grad), self.theme)

    def _legend(self) -> tuple[tuple[str, str], ...]:
        told = []
        if self.look.color is not None:
            told += shading.legend_of_boxes(self.shades, self.theme)
        if self.look.arrows is not None:
            told += shading.legend_of_arrows(self.pushes, self.theme)
        return tuple(told)


def spoken(numbers: Sequence[Line]) -> list[str]:
    """A box's numbers as a sentence has them."""
    words = {"value": "value ", "grad": "gradient "}
    return [words[x.kind] + text_of(x.text.removeprefix("grad ")) for x in numbers]


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

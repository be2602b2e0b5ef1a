"""A network drawn as people draw them: circles in columns, lines as wide as their weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal
from zlib import crc32

from ..expr import shown
from ..labels import clean, svg_of, text_of, typeset
from ..module import Module
from ..value import Value
from . import fonts, shading
from .network import Edge, Network, Unit, network_of
from .picture import Look
from .sheet import at_size, esc, num, sheet
from .svg import MARGIN

Show = Literal["weights", "gradients"]
WIDEST, NARROWEST = 6.0, 0.3  # points: the line of the largest weight, and the least that is drawn
SMALL = 8  # units in a layer, up to which circles hold their numbers
VISIBLE = 6  # units of a folded layer: the first ones and the last
DENSE = 16  # lines between two layers, from which on weak ones fade
ROW, GAP = 14.0, 44.0  # between circles, and the room of the dots of a folded layer
LETTERS = 11  # the size of the texts at lines
LABELLED = 8  # lines between two layers, at most, whose weights are written beside them
SPARE = 64.0  # points of a line that is seen beside its label
DOTS = "2 4"


def network_svg(
    model: Module,
    look: Look,
    *,
    show: Show = "weights",
    sample: Any = None,
    max_neurons: int = 12,
) -> str:
    """The module as an ``<svg>`` element.

    Args:
        model: a network of ``nn``, or a module made of such.
        look: its ``digits``, ``theme`` and ``background``.
        show: what the lines are: ``"weights"`` or their ``"gradients"``.
        sample: one sample's numbers, to show what each unit makes of it.
        max_neurons: layers of more than these are folded: their first units, how many more, the
            last.

    Raises:
        TypeError: the module cannot be drawn as a network.
        ValueError: an option is none of those; or gradients are asked for and none is computed.
    """
    if show not in ("weights", "gradients"):
        raise ValueError(f"show={show!r}: it is one of weights, gradients")
    if not isinstance(max_neurons, int) or max_neurons < 2:
        raise ValueError(f"max_neurons={max_neurons!r}: a whole number of neurons, at least 2")
    network = network_of(model, sample)
    if show == "gradients" and not any(p.has_grad for p in network.names):
        raise ValueError(
            "show='gradients': no parameter has one yet; compute them first: loss.backward()"
        )
    return _Drawing(network, look, show, max_neurons).svg()


@dataclass(frozen=True)
class _Line:
    """An edge as it is drawn."""

    edge: Edge = field(repr=False)
    head: int
    number: float | None  # its weight or gradient; None if it has none
    name: str  # with marks
    curve: float = 0.0  # how far it is bent downwards, past what lies between


class _Drawing:
    def __init__(self, network: Network, look: Look, show: Show, max_neurons: int) -> None:
        self.network, self.look, self.colors = network, look, look.colors
        self.is_gradients, self.most = show == "gradients", max_neurons
        self.rows = [layer for layer in network.layers if layer]
        self.seen = [self._seen(layer) for layer in self.rows]
        self.is_small = max(len(layer) for layer in self.rows) <= SMALL and len(self.rows) <= SMALL
        self.column = {k: c for c, layer in enumerate(self.rows) for k in layer}
        self.names = self._names()
        self.lines = list(self._lines())
        numbers = [self._number(e.weight) for u in network.units for e in u.edges]
        finite = [abs(x) for x in numbers if x is not None and math.isfinite(x)]
        self.largest = max(finite, default=0.0)
        values = [float(u.value.data) for u in network.units]
        self.shades = shading.Scale(values if network.has_sample else ())
        self.inside = [self._inside(k) for k in range(len(network.units))]
        self.radius = self._radius()
        self.labels = self._labels()
        self.centres, self.gaps, self.size = self._places()
        content = self.lines, self.names, self.inside, self.size  # apart from others on a page
        self.prefix = f"n{crc32(repr(content).encode()):08x}-"

    # ---- what is drawn ----------------------------------------------------------------------

    def _seen(self, layer: Sequence[int]) -> list[int]:
        """The units of a layer that are drawn."""
        if len(layer) <= self.most:
            return list(layer)
        kept = min(VISIBLE, self.most)
        return [*layer[: kept - 1], layer[-1]]

    def _number(self, weight: Value | None) -> float | None:
        if weight is None:
            return None
        if not self.is_gradients:
            return float(weight.data)
        return float(weight.grad) if weight.has_grad else None

    def _shown(self, x: float) -> str:
        return shown(x, self.look.digits)

    def _names(self) -> list[str]:
        """What each unit is called, with marks: its label, or where these are not distinct aₖ."""
        units = self.network.units
        labels = [str(u.value.label) for u in units]
        if not all(labels) or len(set(labels)) < len(labels):
            for c, row in enumerate(self.rows):
                for k, i in enumerate(row, 1):
                    if units[i].z is None and labels[i]:
                        continue
                    place = f"{c}_{k}" if len(self.rows) > 2 else f"{k}"
                    is_last = c == len(self.rows) - 1
                    labels[i] = "yhat" if is_last and len(row) == 1 else f"a{place}"
        return [typeset(clean(x, 24)).marked for x in labels]

    def _lines(self) -> Iterator[_Line]:
        """The edges between the units that are drawn."""
        kept = {k for row in self.seen for k in row}
        found = (e.weight for u in self.network.units for e in u.edges)
        weights = {w for w in found if w is not None}
        named = len({str(w.label) for w in weights} - {""}) == len(weights)
        for head, unit in enumerate(self.network.units):
            if head not in kept:
                continue
            met: dict[int, int] = {}
            for edge in unit.edges:
                if edge.source not in kept:
                    continue
                span = self.column[head] - self.column[edge.source]
                again = met[edge.source] = met.get(edge.source, -1) + 1
                curve = 26.0 * again + (30.0 * span if span > 1 else 0.0)
                number = self._number(edge.weight)
                if number is not None:
                    number *= edge.sign
                yield _Line(edge, head, number, self._name(edge, head, named), curve)

    def _name(self, edge: Edge, head: int, named: bool) -> str:
        """What a weight is called, with marks."""
        if edge.weight is None:
            return ""
        if named:
            return typeset(clean(edge.weight.label, 24)).marked
        if self.column[head] - self.column[edge.source] > 1:
            return typeset("w").marked
        j = 1 + self.rows[self.column[edge.source]].index(edge.source)
        k = 1 + self.rows[self.column[head]].index(head)
        layer = f"{self.column[head]}_" if len(self.rows) > 2 else ""
        return typeset(f"w{layer}{j}_{k}").marked

    def _inside(self, k: int) -> tuple[str, str]:
        """(kind, text) of the number in a circle: activation, bias or the bias's gradient."""
        unit = self.network.units[k]
        if self.network.has_sample and not self.is_gradients:
            return "value", self._shown(float(unit.value.data))
        biases = [self._number(b.weight) for b in unit.biases]
        told = [b.sign * x for b, x in zip(unit.biases, biases, strict=True) if x is not None]
        if len(told) != 1:
            return "", ""
        text = self._shown(told[0])
        if self.is_gradients:
            return "grad", text
        return "value", text if text.startswith(("−", "NaN")) else f"+{text}"

    def _radius(self) -> float:
        if not self.is_small:
            return 11.0
        units = [k for row in self.seen for k in row]
        names = max(fonts.width(self.names[k], bold=True) for k in units)
        widest = max(names, *(fonts.width(self.inside[k][1]) for k in units))
        return max(18.0, math.hypot(widest / 2, 13.0) + 3)

    # ---- where ------------------------------------------------------------------------------

    @property
    def pitch(self) -> float:
        """From one circle of a layer to the next."""
        if not self.is_small:
            return 2 * self.radius + 8
        is_low = max(map(len, self.rows)) <= LABELLED // 2  # room for the texts at its lines
        return 2 * self.radius + (2 * ROW if is_low else ROW)

    def _rows(self, c: int) -> tuple[list[float], float | None]:
        """Heights of a layer's circles, from its middle, and that of its dots."""
        count, folded = len(self.seen[c]), len(self.seen[c]) < len(self.rows[c])
        ys = [k * self.pitch for k in range(count)]
        gap = None
        if folded:
            gap = ys[-1] - self.pitch / 2 + GAP / 2
            ys[-1] += GAP
        middle = (ys[0] + ys[-1]) / 2
        return [y - middle for y in ys], None if gap is None else gap - middle

    def _labels(self) -> dict[int, tuple[float, str]]:
        """Where along their lines weights are written, and what: where all of a layer fit."""
        told: dict[int, tuple[float, str]] = {}
        for c in range(1, len(self.rows)) if self.is_small else ():
            own = [
                k
                for k, line in enumerate(self.lines)
                if self.column[line.head] == c and not line.curve and line.number is not None
            ]
            texts = [self._label(self.lines[k]) for k in own]
            if not 0 < len(own) <= LABELLED:
                continue
            height: dict[int, float] = {}
            for side in (c - 1, c):
                height |= zip(self.seen[side], self._rows(side)[0], strict=True)
            ends = [(height[self.lines[k].edge.source], height[self.lines[k].head]) for k in own]
            wide = max(map(_width, texts))
            first = (self.radius + 4 + wide / 2) / (wide + SPARE + 2 * self.radius)

            def apart(t: float, ends: Sequence[tuple[float, float]] = ends) -> float:
                ys = sorted((1 - t) * y1 + t * y2 for y1, y2 in ends)
                return min((b - a for a, b in pairwise(ys)), default=math.inf)

            # all at the same distance from their sources: the middle, or as near as they fit
            places = [
                0.5,
                *(0.5 - s * (0.5 - first) * k / 9 for k in range(1, 10) for s in (1, -1)),
            ]
            best = next((t for t in places if apart(t) >= 2 * LETTERS), max(places, key=apart))
            if apart(best) >= LETTERS + 7:
                told |= {k: (best, text) for k, text in zip(own, texts, strict=True)}
        return told

    def _label(self, line: _Line) -> str:
        assert line.number is not None
        number = self._shown(line.number)
        return number if self.is_gradients else f"{line.name} = {number}"

    def _places(self) -> tuple[dict[int, tuple[float, float]], dict[int, tuple[float, float]], Any]:
        """Centres of the circles and of the dots, and the drawing's width and height."""
        columns = [self._rows(c) for c in range(len(self.rows))]
        tallest = max(ys[-1] - ys[0] for ys, _ in columns)
        top = MARGIN + fonts.LINE + 8 + self.radius
        bends = max((line.curve for line in self.lines), default=0.0)
        beside = [self._beside(k) for k in self.seen[0]], [self._beside(k) for k in self.seen[-1]]
        left, right = (max((fonts.width(x) for x in side), default=0.0) for side in beside)
        x = MARGIN + max(self.radius + left, fonts.width(self._caption(0)) / 2 - 4)
        centres, gaps = {}, {}
        for c, (ys, gap) in enumerate(columns):
            if c:
                texts = [
                    _width(text)
                    for k, (_, text) in self.labels.items()
                    if self.column[self.lines[k].head] == c
                ]
                room = max(texts) + SPARE if texts else min(max(90.0, 0.45 * tallest), 190.0)
                captions = (fonts.width(self._caption(c - 1)) + fonts.width(self._caption(c))) / 2
                x += max(room + 2 * self.radius, captions + 16)
            for k, y in zip(self.seen[c], ys, strict=True):
                centres[k] = x, top + tallest / 2 + y
            if gap is not None:
                gaps[c] = x, top + tallest / 2 + gap
        end = fonts.width(self._caption(len(columns) - 1)) / 2
        width = x + max(self.radius + right, end - 4) + MARGIN
        height = top + tallest + self.radius + MARGIN + 0.75 * bends
        return centres, gaps, (width, height)

    def _caption(self, c: int) -> str:
        """What stands above a layer."""
        row = [self.network.units[k] for k in self.rows[c]]
        if row[0].z is None and c == 0:
            return "1 input" if len(row) == 1 else f"{len(row)} inputs"
        functions = {u.function for u in row}
        if len(functions) > 1:
            return f"{len(row)} units"
        kind = functions.pop()
        return kind if len(row) == 1 else f"{len(row)} × {kind}"

    def _beside(self, k: int) -> str:
        """The name (and number) beside a small circle of the first or last layer."""
        if self.is_small:
            return ""
        text = self.inside[k][1] if self.network.has_sample else ""
        return f"{self.names[k]} = {text} " if text else f"{self.names[k]} "

    # ---- the drawing ------------------------------------------------------------------------

    def svg(self) -> str:
        """The ``<svg>`` element."""
        width, height = self.size
        legend, right, below = self._legend(width, height)
        width, height = max(width, right + MARGIN), height + below
        title = f"{self.network.kind}: {' → '.join(str(len(row)) for row in self.rows)}"
        parts = ['<g class="network">']
        thin_first = sorted(range(len(self.lines)), key=lambda k: self._stroke(self.lines[k])[1])
        parts += [*map(self._line, thin_first), *self._rest()]
        parts += [self._written(k) for k in self.labels]
        for c, row in enumerate(self.seen):
            (x, _), told = self.centres[row[0]], self._caption(c)
            parts.append(f'<g class="layer" id="{self.prefix}l{c}">')
            parts.append(self._words(told, x, MARGIN + 11, self.colors.dim, kind="note"))
            parts += [self._circle(k) for k in row]
            if c in self.gaps:
                parts.append(self._dots(c))
            parts.append("</g>")
        parts += ["</g>", *legend]
        return sheet((width, height), self.look, title, self._description(), parts)

    def _circle(self, k: int) -> str:
        unit, (x, y) = self.network.units[k], self.centres[k]
        fill, line, pen, kind = self._dress(unit)
        name, (told, text) = self.names[k], self.inside[k]
        parts = [
            f'<g class="node" id="{self.prefix}u{k}">',
            f"<title>{esc(self._tooltip(k))}</title>",
            f'<circle class="{kind}" cx="{num(x)}" cy="{num(y)}" r="{num(self.radius)}" '
            f'fill="{fill}" stroke="{line}" stroke-width="{num(pen)}"/>',
        ]
        if self.is_small:
            ink, up = self.colors.ink, 3.5 if text else -4.0
            parts.append(self._words(name, x, y - up, ink, bold=True))
            if text:
                color = self.colors.grad if told == "grad" else ink
                parts.append(self._words(text, x, y + 11.5, color, kind=told))
        elif self.column[k] == 0:
            at = x - self.radius - 4
            parts.append(
                self._words(self._beside(k).strip(), at, y + 4, self.colors.ink, anchor="end")
            )
        elif self.column[k] == len(self.rows) - 1:
            at = x + self.radius + 4
            parts.append(
                self._words(self._beside(k).strip(), at, y + 4, self.colors.ink, anchor="start")
            )
        return "\n".join([*parts, "</g>"])

    def _dress(self, unit: Unit) -> tuple[str, str, float, str]:
        """A circle's fill, line, the line's width, and its class."""
        colors, kind = self.colors, "hidden"
        fill, line, pen = colors.box, colors.line, 1.0
        if unit.z is None:
            kind, fill, line = "input", colors.leaf, colors.source
        if unit.is_output:
            kind, line, pen = f"{kind} output".removeprefix("hidden "), colors.final, 2.0
        if self.network.has_sample:
            value = float(unit.value.data)
            fill = shading.fill(self.shades, value, colors)
            if not math.isfinite(value):
                line, pen = colors.wild_line, 2.0
        return fill, line, pen, kind

    def _stroke(self, line: _Line) -> tuple[str, float, str, float]:
        """A line's colour, width, dashes and opacity."""
        colors, x = self.colors, line.number
        if x is None:  # without a weight, or its gradient is not computed
            return colors.link, 1.0, "" if line.edge.weight is None else DOTS, 1.0
        if not math.isfinite(x):
            return colors.wild_line, 2.0, "5 3", 1.0
        c = self.column[line.head]
        faint = min(1.0, max(0.3, DENSE / (len(self.seen[c - 1]) * len(self.seen[c]))))
        if not x:
            return colors.link, 1.0, DOTS, faint
        part = abs(x) / self.largest
        color = colors.plus if x > 0 else colors.minus
        return color, max(WIDEST * part, NARROWEST), "", faint + (1 - faint) * part

    def _line(self, k: int) -> str:
        line = self.lines[k]
        color, pen, dash, opacity = self._stroke(line)
        tail, head = self.centres[line.edge.source], self.centres[line.head]
        at = f'x1="{num(tail[0])}" y1="{num(tail[1])}" x2="{num(head[0])}" y2="{num(head[1])}"'
        shape = f"<line {at}"
        if line.curve:
            (x1, y1), (x2, y2) = tail, head
            third, low = (x2 - x1) / 3, max(y1, y2) + line.curve
            path = f"M{num(x1)},{num(y1)}C{num(x1 + third)},{num(low)} {num(x2 - third)},{num(low)}"
            shape = f'<path d="{path} {num(x2)},{num(y2)}" fill="none"'
        look = f'stroke="{color}" stroke-width="{num(pen)}"'
        look += f' stroke-dasharray="{dash}"' if dash else ""
        look += f' stroke-opacity="{num(opacity)}"' if opacity < 1 else ""
        parts = [
            f'<g class="edge {self._sign(line.number)}" id="{self.prefix}w{k}">',
            f"<title>{esc(self._tooltip_of(line))}</title>",
            f"{shape} {look}/>",
        ]
        if pen < 5:  # as wide a place to point at
            wide = 'class="reach" stroke="#000" stroke-opacity="0" stroke-width="7"'
            parts.append(f'{shape} {wide} pointer-events="stroke"/>')
        return "\n".join([*parts, "</g>"])

    def _sign(self, x: float | None) -> str:
        if x is None:
            return "none"
        if not math.isfinite(x):
            return "wild"
        return "plus" if x > 0 else "minus" if x < 0 else "zero"

    def _written(self, k: int) -> str:
        line, (t, text) = self.lines[k], self.labels[k]
        (x1, y1), (x2, y2) = self.centres[line.edge.source], self.centres[line.head]
        x, y, wide = x1 + t * (x2 - x1), y1 + t * (y2 - y1), _width(text) + 6
        plate = f'<rect class="plate" {at_size(x - wide / 2, y - 8, wide, 16)} rx="3" '
        color = self.colors.grad if self.is_gradients else self.colors.ink
        told = self._words(text, x, y + 4, color, kind="local", size=LETTERS, plate=False)
        return f'<g class="label">{plate}fill="{self.colors.box}"/>{told}</g>'

    def _rest(self) -> Iterator[str]:
        """A faint line between a unit and the dots of a folded layer beside it."""
        for c, (x, y) in self.gaps.items():
            for other in (c - 1, c + 1):
                ends = [self.centres[k] for k in self.seen[other]] if self._is_layer(other) else []
                ends += [self.gaps[other]] if other in self.gaps and other > c else []
                for x2, y2 in ends:
                    yield (
                        f'<line class="more" x1="{num(x)}" y1="{num(y)}" x2="{num(x2)}" '
                        f'y2="{num(y2)}" stroke="{self.colors.link}" stroke-width="1" '
                        f'stroke-dasharray="1 5" stroke-opacity="0.6"/>'
                    )

    def _is_layer(self, c: int) -> bool:
        return 0 <= c < len(self.rows)

    def _dots(self, c: int) -> str:
        (x, y), row = self.gaps[c], self.rows[c]
        hidden = [k for k in row if k not in self.centres]
        first, last = row.index(hidden[0]) + 1, row.index(hidden[-1]) + 1
        what = "inputs" if c == 0 else "units"
        told = f"{what} {first} to {last} of {len(row)} are not drawn"
        if self.network.has_sample:
            told += f"; their values: {self._range(hidden)}"
        text, dim = f"… {len(hidden):,} more", self.colors.dim
        wide = fonts.width(text) + 6
        dots = "".join(
            f'<circle cx="{num(x)}" cy="{num(y + d)}" r="1.6" fill="{dim}"/>'
            for d in (-19, -13, 13, 19)
        )
        return (
            f'<g class="more" id="{self.prefix}m{c}"><title>{esc(told)}</title>\n'
            f'<rect class="plate" {at_size(x - wide / 2, y - 8, wide, 16)} rx="3" '
            f'fill="{self.colors.box}"/>\n{dots}'
            f"{self._words(text, x, y + 4, dim, kind='note', plate=False)}</g>"
        )

    def _range(self, units: Sequence[int]) -> str:
        values = [float(self.network.units[k].value.data) for k in units]
        finite = [x for x in values if math.isfinite(x)]
        told = []
        if finite:
            told = [f"from {self._shown(min(finite))} to {self._shown(max(finite))}"]
        if len(finite) < len(values):
            told.append(f"{len(values) - len(finite):,} NaN or ∞")
        return ", ".join(told)

    def _words(
        self,
        text: str,
        x: float,
        y: float,
        color: str,
        *,
        kind: str = "head",
        anchor: str = "middle",
        size: float = fonts.SIZE,
        bold: bool = False,
        plate: bool | None = None,
    ) -> str:
        """A text; outside of circles on a plate where nobody knows the background."""
        wide = fonts.width(text, bold=bold) * size / fonts.SIZE
        before = ""
        if plate is None and self.look.is_anywhere and (kind == "note" or anchor != "middle"):
            left = x - {"middle": wide / 2, "end": wide, "start": 0}[anchor]
            before = f'<rect class="plate" {at_size(left - 2, y - 12, wide + 4, 16)} rx="3" '
            before += f'fill="{self.colors.box}"/>'
        look = ' font-weight="bold"' if bold else ""
        look += f' font-size="{num(size)}"' if size != fonts.SIZE else ""
        return (
            f'{before}<text class="{kind}" x="{num(x)}" y="{num(y)}" text-anchor="{anchor}" '
            f'fill="{color}"{look} xml:space="preserve">{svg_of(text, size)}</text>'
        )

    # ---- in words ---------------------------------------------------------------------------

    def _tooltip(self, k: int) -> str:
        unit, name = self.network.units[k], text_of(self.names[k])
        told = []
        if unit.z is None:
            told.append(f"input {name}")
        elif unit.function != "linear":
            z = typeset(clean(unit.z.label, 24)).text if unit.z.label else "z"
            told.append(f"{name} = {unit.function}({z})")
        else:
            told.append(name)
        if self.network.has_sample:
            told[0] += f" = {self._shown(float(unit.value.data))}"
            if unit.z is not None and unit.function != "linear":
                told.append(f"{z} = {self._shown(float(unit.z.data))}")
        for bias in unit.biases:
            assert bias.weight is not None
            told.append(self._parameter(bias, "bias"))
        return ", ".join(told)

    def _tooltip_of(self, line: _Line) -> str:
        ends = [text_of(self.names[k]) for k in (line.edge.source, line.head)]
        told = [f"{ends[0]} → {ends[1]}"]
        if line.edge.weight is None:
            return f"{told[0]}: without a weight"
        return f"{told[0]}: {self._parameter(line.edge, text_of(line.name))}"

    def _parameter(self, edge: Edge, name: str) -> str:
        """A parameter's name, number and gradient, and what it is called in the module."""
        weight = edge.weight
        assert weight is not None
        if edge.source < 0 and weight.label:
            name = typeset(clean(weight.label, 24)).text
        minus = "−" if edge.sign < 0 else ""
        grad = self._shown(float(weight.grad)) if weight.has_grad else "—"
        told = f"{minus}{name} = {self._shown(edge.sign * float(weight.data))}, gradient {grad}"
        path = self.network.names.get(weight, "")
        return f"{told} ({clean(path, 60)})" if path and path != weight.label else told

    def _description(self) -> str:
        units = [self._tooltip(k) for row in self.seen for k in row]
        told = [*units, *(self._tooltip_of(line) for line in self.lines)]
        more = [f"and {len(told) - 60} more"] if len(told) > 60 else []
        if self.network.unused:
            more.append(f"{self.network.unused} parameters that have no part in the output")
        return "; ".join([*told[:60], *more])

    # ---- legend -----------------------------------------------------------------------------

    def _legend(self, width: float, top: float) -> tuple[list[str], float, float]:
        """The legend, its right edge and its height."""
        parts, x, right = [], float(MARGIN), 0.0
        y = start = top + 6
        room = max(width - MARGIN, 320)
        for group in self._explained():
            wides = [(26 if mark else 0) + fonts.width(told) for mark, told in group]
            whole = sum(wides) + 12 * (len(group) - 1)
            for n, ((mark, told), wide) in enumerate(zip(group, wides, strict=True)):
                if x > MARGIN and x + (wide if n else whole) > room:
                    x, y = float(MARGIN), y + fonts.LINE + 4
                parts.append(mark.format(x=num(x), mid=num(x + 13), end=num(x + 20), y=num(y + 7)))
                at = x + (26 if mark else 0)
                parts.append(self._words(told, at, y + 11, self.colors.ink, anchor="start"))
                right, x = max(right, x + wide), x + wide + 12
            x += 12
        return ['<g class="legend">', *parts, "</g>"], right, y + fonts.LINE + 10 - start + 6

    def _explained(self) -> Iterator[list[tuple[str, str]]]:
        """(a sample, what it stands for), in groups."""
        colors, numbers = self.colors, [line.number for line in self.lines]
        weighted = [line.number for line in self.lines if line.edge.weight is not None]
        told = [("", f"lines, by {'gradient' if self.is_gradients else 'weight'}:")]
        told += [(_sample(colors.minus, 3), "< 0"), (_sample(colors.plus, 3), "> 0")]
        if self.largest:
            most = shading.round_power(math.log10(self.largest))
            for x in (most, most / 5):
                told.append((_sample(colors.link, WIDEST * x / self.largest), self._shown(x)))
        if 0 in numbers:
            told.append((_sample(colors.link, 1, DOTS), "0"))
        if None in weighted:
            told.append((_sample(colors.link, 1, DOTS), "not computed"))
        if len(weighted) < len(numbers):
            told.append((_sample(colors.link, 1), "no weight"))
        if any(x is not None and not math.isfinite(x) for x in numbers):
            told.append((_sample(colors.wild_line, 2, "5 3"), "NaN or ∞"))
        yield told
        kinds = {kind for k in self.centres for kind, text in [self.inside[k]] if text}
        if self.is_small and kinds:
            number = "activation" if self.network.has_sample else "bias"
            number = "gradient of the bias" if kinds == {"grad"} else number
            yield [("", f"in circles: {number}")]
        if self.network.has_sample:
            shades = shading.legend_of_boxes(self.shades, colors)[1:]
            dots = [(_dot(fill, colors.line), text) for fill, text in shades]
            yield [("", "circles, by activation:"), *dots]


def _sample(color: str, pen: float, dash: str = "") -> str:
    dash = f' stroke-dasharray="{dash}"' if dash else ""
    at = 'x1="{x}" y1="{y}" x2="{end}" y2="{y}"'
    return f'<line {at} stroke="{color}" stroke-width="{num(pen)}"{dash}/>'


def _dot(fill: str, line: str) -> str:
    return f'<circle cx="{{mid}}" cy="{{y}}" r="6" fill="{fill}" stroke="{line}"/>'


def _width(label: str) -> float:
    """The width of a text at a line."""
    return fonts.width(label) * LETTERS / fonts.SIZE

"""SVG from a picture and a layout, whichever of the two made it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..labels import svg_of
from . import fonts
from .layered import Layout, Point
from .picture import Arrow, Box, Frame, Line, Picture
from .sheet import at_size, esc, num, sheet
from .theme import Theme

MARGIN = 6  # points around the drawing
LEGEND = 300.0  # points that its lines may take beside a narrower drawing
TIP, WING = 8.0, 3.2  # length and half the width of an arrow's head
# the theme's colours of fill and line, dashes; classes let a page's style sheet overrule them
STYLE = {
    "leaf": ("leaf", "source", ""),
    "op": ("box", "line", ""),
    "constant": ("box", "line", "4 3"),
    "scope": ("panel", "line", ""),
    "stub": ("box", "line", "1 3"),
}


def dressed(box: Box, colors: Theme) -> tuple[str, str, float, str]:
    """A box's fill, the colour and the width of its border, and the border's dashes."""
    fill, line, dashes = STYLE[box.kind]
    pen = 1.0
    for mark, named, wide in (("wild", "wild_line", 2.0), ("root", "final", 2.0)):
        if mark in box.marks:
            line, pen = named, wide
    if "highlight" in box.marks:
        line, pen = "target", 3.0
    return box.fill or getattr(colors, fill), getattr(colors, line), pen, dashes


def drawn(arrow: Arrow, colors: Theme) -> tuple[str, float]:
    """An arrow's colour and width."""
    if "highlight" in arrow.marks:
        return colors.marked, max(2.5, arrow.width)
    return arrow.color or colors.link, arrow.width or 1.0


def write(
    picture: Picture, layout: Layout, *, prefix: str = "", root: str = "", flows: bool = False
) -> str:
    """The drawing as an ``<svg>`` element.

    Args:
        picture: what to draw.
        layout: where.
        prefix: put before every id, so that several drawings can stand on one page.
        root: attributes of the ``<svg>`` element in place of its role and size.
        flows: add to each labelled arrow a thick backward one that carries the label.
    """
    look, colors = picture.look, picture.look.colors
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    legend, right, below = _legend(picture, width, height)
    width, height = max(width, right + MARGIN), height + below
    note: list[str] = []
    if picture.note:
        wide = fonts.width(picture.note)
        plate = [_plate(MARGIN - 2, height - 2, wide + 4, 18, colors)] if look.is_anywhere else []
        text = f'<text class="note" x="{MARGIN}" y="{num(height + 12)}" fill="{colors.dim}">'
        note = [*plate, f"{text}{esc(picture.note)}</text>"]
        width, height = max(width, wide + 2 * MARGIN), height + fonts.LINE + 4
    parts = [f'<g class="graph" transform="translate({MARGIN} {MARGIN})">']
    for frame, place in zip(picture.frames, layout.frames, strict=True):
        parts.append(_frame(frame, place, prefix, colors, plate=look.is_anywhere))
    for arrow, curve, at in zip(picture.arrows, layout.curves, layout.labels, strict=True):
        parts.append(_arrow(arrow, curve, at, prefix, flows, colors))
    for box, centre in zip(picture.boxes, layout.centres, strict=True):
        parts.append(_box(box, centre, prefix, colors))
    return sheet(
        (width, height),
        look,
        picture.title,
        _description(picture),
        [*parts, "</g>", *legend, *note],
        attributes=root,
    )


def _box(box: Box, centre: Point, prefix: str, colors: Theme) -> str:
    fill, line, pen, dashes = dressed(box, colors)
    (w, h), (x, y) = box.size, centre
    left, top = x - w / 2, y - h / 2
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    look = f'rx="5" fill="{fill}" stroke="{line}" stroke-width="{num(pen)}"{dash}'
    parts = [
        f'<g class="node" id="{prefix}{box.id}">',
        f"<title>{esc(box.tooltip)}</title>",
        f'<rect class="{" ".join((box.kind, *box.marks))}" {at_size(left, top, w, h)} {look}/>',
    ]
    if box.kind == "scope":
        at = at_size(left + 3, top + 3, w - 6, h - 6)
        inner = colors.ink if box.fill else line
        parts.append(f'<rect class="inner" {at} rx="3" fill="none" stroke="{inner}"/>')
    if "wild" in box.marks:
        parts += [_hatch(z, top + 4, h - 8, colors) for z in (left + 1, left + w - 6)]
    first = y - fonts.LINE * len(box.lines) / 2 + 12
    for k, told in enumerate(box.lines):
        parts.append(_text(told, x, first + k * fonts.LINE, colors, on_shade=bool(box.fill)))
    return "\n".join([*parts, "</g>"])


def _hatch(x: float, y: float, height: float, colors: Theme) -> str:
    """A hatched strip, 5 points wide."""
    strokes = (f"M{num(x)},{num(y + z + 4)}l5,-4" for z in range(0, int(height) - 3, 4))
    return f'<path class="hatch" d="{"".join(strokes)}" fill="none" stroke="{colors.wild_line}"/>'


def _text(told: Line, x: float, y: float, colors: Theme, *, on_shade: bool) -> str:
    color = {"grad": colors.ink if on_shade else colors.grad, "note": colors.dim}
    text, bold = svg_of(told.text, strong=told.strong), ""
    if told.strong and not told.text:
        text, bold = svg_of(told.strong), ' font-weight="bold"'
    return (
        f'<text class="{told.kind}" x="{num(x)}" y="{num(y)}" text-anchor="middle" '
        f'fill="{color.get(told.kind, colors.ink)}"{bold} xml:space="preserve">{text}</text>'
    )


def _arrow(
    arrow: Arrow, curve: Sequence[Point], at: Point | None, prefix: str, flows: bool, colors: Theme
) -> str:
    color, pen = drawn(arrow, colors)
    dash = ' stroke-dasharray="5 3"' if "wild" in arrow.marks else ""
    parts = [
        f'<g class="edge" id="{prefix}{arrow.id}">',
        *([f"<title>{esc(arrow.tooltip)}</title>"] if arrow.tooltip else []),
        _line(curve, color, pen, min(1.0 + (pen - 1) / 5, 1.6), dash),
    ]
    if arrow.label and at is not None:
        text = (
            f'<text class="local" x="{num(at[0])}" y="{num(at[1] + 4)}" text-anchor="middle" '
            f'font-size="{fonts.SIZE - 1}" fill="{colors.local}">{esc(arrow.label)}</text>'
        )
        if flows:
            parts += _flow(curve, at, arrow, text, colors)
        else:  # the line ends at its label
            w = fonts.width(arrow.label) + 2
            parts += [_plate(at[0] - w / 2, at[1] - 7, w, 14, colors), text]
    return "\n".join([*parts, "</g>"])


def _plate(x: float, y: float, width: float, height: float, colors: Theme) -> str:
    """What a text stands on outside of boxes, whatever is behind the drawing."""
    return f'<rect class="plate" {at_size(x, y, width, height)} rx="3" fill="{colors.box}"/>'


def _flow(curve: Sequence[Point], at: Point, arrow: Arrow, text: str, colors: Theme) -> list[str]:
    """The way back along an arrow, with its label on a chip."""
    w, h = arrow.label_size or (0.0, 0.0)
    chip = (
        f'<rect class="chip" {at_size(at[0] - w / 2, at[1] - h / 2, w, h)} rx="{num(h / 2)}" '
        f'fill="{colors.box}" stroke="{colors.target}"/>'
    )
    back = _line(list(reversed(curve)), colors.target, 5.0, 1.6)
    return ['<g class="flow">', back, chip, text, "</g>"]


def _line(
    curve: Sequence[Point], color: str, pen: float, scale: float = 1.0, dash: str = ""
) -> str:
    line, tip = _with_tip(curve, scale)
    corners = " ".join(f"{num(x)},{num(y)}" for x, y in tip)
    return (
        f'<path d="{_path(line)}" fill="none" stroke="{color}" stroke-width="{num(pen)}"{dash}/>\n'
        f'<polygon points="{corners}" fill="{color}"/>'
    )


def _with_tip(curve: Sequence[Point], scale: float) -> tuple[list[Point], list[Point]]:
    """The curve shortened by the arrow's head, and the head's corners."""
    x, y = curve[-1]
    px, py = next((p for p in reversed(curve[:-1]) if math.dist(p, (x, y)) > 0.5), (x - 1, y))
    length, tip, wing = math.dist((px, py), (x, y)), TIP * scale, WING * scale
    dx, dy = (x - px) / length, (y - py) / length
    bx, by = x - tip * dx, y - tip * dy
    corners = [(x, y), (bx - wing * dy, by + wing * dx), (bx + wing * dy, by - wing * dx)]
    cx, cy = curve[-2]
    return [*curve[:-2], (cx - tip * dx / 2, cy - tip * dy / 2), (bx, by)], corners


def _path(points: Sequence[Point]) -> str:
    (x, y), *rest = points
    curves = (
        "C" + " ".join(f"{num(a)},{num(b)}" for a, b in rest[k : k + 3])
        for k in range(0, len(rest), 3)
    )
    return f"M{num(x)},{num(y)}" + "".join(curves)


def _frame(
    frame: Frame,
    at: tuple[float, float, float, float],
    prefix: str,
    colors: Theme,
    *,
    plate: bool,
) -> str:
    x, y, w, h = at
    width = fonts.width(frame.title) + 2
    return "\n".join(
        [
            f'<g class="cluster" id="{prefix}{frame.id}"><title>{esc(frame.title)}</title>',
            f'<rect {at_size(x, y, w, h)} rx="7" fill="none" stroke="{colors.frame}"/>',
            *([_plate(x + 6, y + 3, width, 15, colors)] if plate else []),
            f'<text class="note" x="{num(x + 8)}" y="{num(y + 14)}" '
            f'font-size="{fonts.SIZE - 1}" fill="{colors.dim}">{esc(frame.title)}</text></g>',
        ]
    )


def _legend(picture: Picture, width: float, top: float) -> tuple[list[str], float, float]:
    """The legend, on lines about as wide as the drawing; its right edge and its height."""
    if not picture.legend:
        return [], 0.0, 0.0
    colors, room = picture.look.colors, max(width, LEGEND)
    parts, x, y, right = [], float(MARGIN), top, 0.0
    for color, told in picture.legend:
        wide = (18 if color else 0) + fonts.width(told)
        if x > MARGIN and x + wide > room:
            x, y = float(MARGIN), y + fonts.LINE + 4
        if color:
            parts.append(f'<rect {at_size(x, y, 14, 14)} fill="{color}" stroke="{colors.line}"/>')
            if color == colors.wild:
                parts.append(_hatch(x + 4.5, y + 1, 12, colors))
        at = x + 18 if color else x
        text = f'<text x="{num(at)}" y="{num(y + 11)}" fill="{colors.ink}">{esc(told)}</text>'
        parts.append(text)
        right, x = max(right, x + wide), x + wide + 14
    height = y + fonts.LINE + 10 - top
    if picture.look.is_anywhere:
        parts.insert(0, _plate(MARGIN - 3, top - 3, right - MARGIN + 6, height - 4, colors))
    return ['<g class="legend">', *parts, "</g>"], right, height


def _description(picture: Picture) -> str:
    return "; ".join([*([picture.note] if picture.note else []), *_told(picture.boxes)])


def _told(boxes: Sequence[Box]) -> Iterator[str]:
    for box in boxes[:60]:
        yield box.tooltip if len(box.tooltip) <= 200 else box.tooltip[:199] + "…"
    if len(boxes) > 60:
        yield f"and {len(boxes) - 60} more"

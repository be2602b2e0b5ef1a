"""SVG from a picture and a layout, whichever of the two made it."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence

from . import fonts
from .layered import Layout, Point
from .picture import Arrow, Box, Frame, Line, Picture

MARGIN = 6  # points around the drawing
TIP, WING = 8.0, 3.2  # length and half the width of an arrow's head
# fill, line, dashes; the classes of the groups let a page's style sheet overrule them
STYLE = {
    "leaf": ("#e8f1fb", "#0b5fa5", ""),
    "op": ("#ffffff", "#8a8f98", ""),
    "constant": ("#ffffff", "#8a8f98", "4 3"),
    "scope": ("#f6f7f9", "#5f6368", ""),
    "stub": ("#ffffff", "#8a8f98", "1 3"),
}
INK, GRADIENT, LINK, ROOT, FRAME = "#1f2328", "#b34700", "#5f6368", "#00664b", "#c4c8ce"
NOTE, LOCAL = "#5f6368", "#0b5fa5"


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
    width, height = layout.width + 2 * MARGIN, layout.height + 2 * MARGIN
    legend = _legend(picture, height)
    if legend:
        height += fonts.LINE + 10
        width = max(width, legend[1] + MARGIN)
    note_at = height + 12
    if picture.note:
        height += fonts.LINE + 4
        width = max(width, fonts.width(picture.note) + 2 * MARGIN)
    size = f'width="{_n(width)}pt" height="{_n(height)}pt" role="img"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'{root or size} font-family="{fonts.FAMILY}" font-size="{fonts.SIZE}">',
        f"<title>{_t(picture.title)}</title>",
        f"<desc>{_t(_description(picture))}</desc>",
    ]
    if picture.look.background != "transparent":
        parts.append(
            f'<rect class="background" width="{_n(width)}" height="{_n(height)}" '
            f'fill="{picture.look.background}"/>'
        )
    parts.append(f'<g class="graph" transform="translate({MARGIN} {MARGIN})">')
    parts += map(_frame, picture.frames, layout.frames, [prefix] * len(picture.frames))
    for arrow, curve, at in zip(picture.arrows, layout.curves, layout.labels, strict=True):
        parts.append(_arrow(arrow, curve, at, prefix, flows))
    for box, centre in zip(picture.boxes, layout.centres, strict=True):
        parts.append(_box(box, centre, prefix))
    parts.append("</g>")
    if legend:
        parts.append(legend[0])
    if picture.note:
        parts.append(
            f'<text class="note" x="{MARGIN}" y="{_n(note_at)}" fill="{NOTE}">'
            f"{_t(picture.note)}</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(box: Box, centre: Point, prefix: str) -> str:
    fill, line, dashes = STYLE[box.kind]
    pen = 1.0
    if "root" in box.marks:
        line, pen = ROOT, 2.0
    if "highlight" in box.marks:
        line, pen = GRADIENT, 3.0
    (w, h), (x, y) = box.size, centre
    dash = f' stroke-dasharray="{dashes}"' if dashes else ""
    at = _at(x - w / 2, y - h / 2, w, h)
    look = f'rx="5" fill="{box.fill or fill}" stroke="{line}" stroke-width="{_n(pen)}"{dash}'
    parts = [
        f'<g class="node" id="{prefix}{box.id}">',
        f"<title>{_t(box.tooltip)}</title>",
        f'<rect class="{" ".join((box.kind, *box.marks))}" {at} {look}/>',
    ]
    if box.kind == "scope":
        at = _at(x - w / 2 + 3, y - h / 2 + 3, w - 6, h - 6)
        parts.append(f'<rect class="inner" {at} rx="3" fill="none" stroke="{line}"/>')
    top = y - fonts.LINE * len(box.lines) / 2 + 12
    for k, told in enumerate(box.lines):
        parts.append(_text(told, x, top + k * fonts.LINE, on_shade=bool(box.fill)))
    return "\n".join([*parts, "</g>"])


def _text(told: Line, x: float, y: float, *, on_shade: bool) -> str:
    color = {"grad": INK if on_shade else GRADIENT, "note": NOTE}.get(told.kind, INK)
    text, bold = _t(told.text), ""
    if told.strong and text:
        text = f'<tspan font-weight="bold">{_t(told.strong)}</tspan>{text}'
    elif told.strong:
        text, bold = _t(told.strong), ' font-weight="bold"'
    return (
        f'<text class="{told.kind}" x="{_n(x)}" y="{_n(y)}" text-anchor="middle" '
        f'fill="{color}"{bold} xml:space="preserve">{text}</text>'
    )


def _arrow(arrow: Arrow, curve: Sequence[Point], at: Point | None, prefix: str, flows: bool) -> str:
    marked = "highlight" in arrow.marks
    color, pen = (GRADIENT, 2.5) if marked else (LINK, 1.0)
    parts = [
        f'<g class="edge" id="{prefix}{arrow.id}">',
        *([f"<title>{_t(arrow.tooltip)}</title>"] if arrow.tooltip else []),
        _line(curve, color, pen),
    ]
    if arrow.label and at is not None:  # the line fades under its label
        halo = "" if flows else ' stroke="#ffffff" stroke-width="5" paint-order="stroke"'
        text = (
            f'<text class="local" x="{_n(at[0])}" y="{_n(at[1] + 4)}" text-anchor="middle" '
            f'font-size="{fonts.SIZE - 1}" fill="{LOCAL}"{halo}>{_t(arrow.label)}</text>'
        )
        parts += _flow(curve, at, arrow, text) if flows else [text]
    return "\n".join([*parts, "</g>"])


def _flow(curve: Sequence[Point], at: Point, arrow: Arrow, text: str) -> list[str]:
    """The way back along an arrow, with its label on a chip."""
    w, h = arrow.label_size or (0.0, 0.0)
    chip = (
        f'<rect class="chip" {_at(at[0] - w / 2, at[1] - h / 2, w, h)} rx="{_n(h / 2)}" '
        f'fill="#ffffff" stroke="{GRADIENT}"/>'
    )
    back = _line(list(reversed(curve)), GRADIENT, 5.0, 1.6)
    return ['<g class="flow">', back, chip, text, "</g>"]


def _line(curve: Sequence[Point], color: str, pen: float, scale: float = 1.0) -> str:
    line, tip = _with_tip(curve, scale)
    corners = " ".join(f"{_n(x)},{_n(y)}" for x, y in tip)
    return (
        f'<path d="{_path(line)}" fill="none" stroke="{color}" stroke-width="{_n(pen)}"/>\n'
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
        "C" + " ".join(f"{_n(a)},{_n(b)}" for a, b in rest[k : k + 3])
        for k in range(0, len(rest), 3)
    )
    return f"M{_n(x)},{_n(y)}" + "".join(curves)


def _frame(frame: Frame, at: tuple[float, float, float, float], prefix: str) -> str:
    x, y, w, h = at
    return (
        f'<g class="cluster" id="{prefix}{frame.id}"><title>{_t(frame.title)}</title>\n'
        f'<rect {_at(x, y, w, h)} rx="7" fill="none" stroke="{FRAME}"/>\n'
        f'<text class="note" x="{_n(x + 8)}" y="{_n(y + 14)}" '
        f'font-size="{fonts.SIZE - 1}" fill="{NOTE}">{_t(frame.title)}</text></g>'
    )


def _legend(picture: Picture, top: float) -> tuple[str, float] | None:
    """The legend and its right edge."""
    if not picture.legend:
        return None
    parts, x = ['<g class="legend">'], float(MARGIN)
    for color, told in picture.legend:
        parts.append(
            f'<rect {_at(x, top, 14, 14)} fill="{color}" stroke="#8a8f98"/>'
            f'<text x="{_n(x + 18)}" y="{_n(top + 11)}" fill="{INK}">{_t(told)}</text>'
        )
        x += 18 + fonts.width(told) + 14
    return "\n".join([*parts, "</g>"]), x


def _description(picture: Picture) -> str:
    return "; ".join([*([picture.note] if picture.note else []), *_told(picture.boxes)])


def _told(boxes: Sequence[Box]) -> Iterator[str]:
    for box in boxes[:60]:
        yield box.tooltip if len(box.tooltip) <= 200 else box.tooltip[:199] + "…"
    if len(boxes) > 60:
        yield f"and {len(boxes) - 60} more"


def _t(text: str) -> str:
    return html.escape(text, quote=False)


def _at(x: float, y: float, width: float, height: float) -> str:
    return f'x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'


def _n(x: float) -> str:
    """A coordinate, to a hundredth of a point."""
    text = f"{x:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text

"""The ``<svg>`` element around a drawing: size, title, description, background, theme."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from . import fonts, theme
from .picture import Look

_SIZE = re.compile(r'viewBox="0 0 (\S+) (\S+)"')


def sheet(
    size: tuple[float, float],
    look: Look,
    title: str,
    description: str,
    parts: Iterable[str],
    *,
    attributes: str = "",
) -> str:
    """A drawing as a whole, of this width and height in points.

    ``attributes`` stand in place of the element's own role and size.
    """
    width, height = map(num, size)
    attributes = attributes or f'width="{width}pt" height="{height}pt" role="img"'
    begin = [f"<title>{esc(title)}</title>", f"<desc>{esc(description)}</desc>"]
    if look.background != "transparent":
        begin.append(
            f'<rect class="background" width="{width}" height="{height}" '
            f'fill="{look.background or look.colors.box}"/>'
        )
    drawing = "\n".join([*begin, *parts])
    scope = rules = ""
    if look.theme == "auto":
        scope = f'class="{theme.SCOPE}" '
        rules = theme.style(drawing, anywhere=look.is_anywhere) + "\n"
    return (
        f'<svg {scope}xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'{attributes} font-family="{fonts.FAMILY}" font-size="{fonts.SIZE}">\n'
        f"{rules}{drawing}\n</svg>\n"
    )


def size_of(drawing: str) -> tuple[float, float]:
    """The width and height of an ``<svg>`` element in points."""
    found = _SIZE.search(drawing)
    assert found is not None
    return float(found[1]), float(found[2])


def esc(text: str) -> str:
    """Text as it can stand in an element."""
    return html.escape(text, quote=False)


def at_size(x: float, y: float, width: float, height: float) -> str:
    """The attributes of a rectangle's place and size."""
    return f'x="{num(x)}" y="{num(y)}" width="{num(width)}" height="{num(height)}"'


def num(x: float) -> str:
    """A coordinate, to a hundredth of a point."""
    text = f"{x:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text

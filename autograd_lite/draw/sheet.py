"""The ``<svg>`` element around a drawing: size, title, description, background, theme."""

from __future__ import annotations

import re
from collections.abc import Iterable

from . import fonts, theme
from .picture import Look
from .svg import _n, _t

_SIZE = re.compile(r'viewBox="0 0 (\S+) (\S+)"')


def sheet(
    size: tuple[float, float], look: Look, title: str, description: str, parts: Iterable[str]
) -> str:
    """A drawing as a whole, of this width and height in points."""
    width, height = map(_n, size)
    begin = [f"<title>{_t(title)}</title>", f"<desc>{_t(description)}</desc>"]
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
        f'width="{width}pt" height="{height}pt" role="img" '
        f'font-family="{fonts.FAMILY}" font-size="{fonts.SIZE}">\n{rules}{drawing}\n</svg>\n'
    )


def size_of(drawing: str) -> tuple[float, float]:
    """The width and height of an ``<svg>`` element in points."""
    found = _SIZE.search(drawing)
    assert found is not None
    return float(found[1]), float(found[2])

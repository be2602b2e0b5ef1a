"""What a notebook shows of an object: HTML or LaTeX beside its text.

Nothing here is a script, and nothing has a colour of its own: it is read in light and dark.
"""

from __future__ import annotations

import html as _html
import re
from collections.abc import Sequence
from typing import Any

from .terminal import with_all_signs

_TABLE = '<table style="border:0;border-collapse:collapse;color:inherit;background:none">'
_CELL = "border:0;padding:1px 8px;vertical-align:baseline;background:none"
_PRE = "margin:0;padding:0;overflow-x:auto;color:inherit;background:none"


def bundle(x: Any, *, html: str = "", latex: str = "", svg: str = "") -> dict[str, str]:
    """What a notebook may choose from; the text of ``x``, as ``print`` writes it, is always there.

    >>> bundle("y = 2")
    {'text/plain': 'y = 2'}
    """
    kinds = {"text/html": html, "text/latex": latex, "image/svg+xml": svg}
    return {"text/plain": str(x)} | {kind: told for kind, told in kinds.items() if told}


def fitted(svg: str) -> str:
    """An SVG that is never wider than its place."""
    return svg.replace("<svg ", '<svg style="max-width:100%;height:auto" ', 1)


def escaped(x: Any) -> str:
    """The text of ``x``, with all its signs, for HTML.

    >>> escaped("a < b")
    'a &lt; b'
    """
    return _html.escape(with_all_signs(x))


def raised(html: str) -> str:
    """HTML of a formula, with its powers raised.

    >>> raised("x^2 + 2^t")
    'x<sup>2</sup> + 2<sup>t</sup>'
    """
    return re.sub(r"\^(\w+)", r"<sup>\1</sup>", html)


def pre(x: Any) -> str:
    """The text of ``x`` with its own lines and spaces."""
    return f'<pre style="{_PRE}">{escaped(x)}</pre>'


def table(rows: Sequence[Sequence[str]], heads: Sequence[str] = (), align: str = "") -> str:
    """A table whose cells are HTML.

    Args:
        rows: a cell for each column.
        heads: the columns' headings, if there are any.
        align: a letter for each column: > for those set to the right.
    """

    def row(cells: Sequence[str], tag: str) -> str:
        told = ""
        for cell, a in zip(cells, align.ljust(len(cells), "<"), strict=True):
            side = "right" if a == ">" else "left"
            told += f'<{tag} style="{_CELL};text-align:{side}">{cell}</{tag}>'
        return f'<tr style="background:none">{told}</tr>'

    head = f"<thead>{row(heads, 'th')}</thead>" if heads else ""
    body = "".join(row(cells, "td") for cells in rows)
    return f'<div style="overflow-x:auto">{_TABLE}{head}<tbody>{body}</tbody></table></div>'


def facts(x: Any, /, **told: Any) -> str:
    """A table of names and what they are, below the text of ``x``."""
    rows = [(escaped(name.replace("_", " ")), escaped(value)) for name, value in told.items()]
    return f"<div><b>{escaped(x)}</b></div>{table(rows)}"

"""Estimate how wide a text is drawn, whichever usual sans-serif font a viewer has."""

from __future__ import annotations

import re
import unicodedata

from ..labels import SMALL, is_marked, pieces

FAMILY = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
SIZE, LINE = 12, 16  # points: of the letters, and from one line to the next
# DejaVu Sans, the widest of the family, from the space to ~, in hundredths of the size.
_WIDTHS = bytes.fromhex(
    "20282e54405f4e1b272732542024202240404040404040404040222254545435644445464d3f3a4d"
    "4b1d1d4238564b4f3c4f453f3d494463453d452722275432323d3f373f3e233f3f1c1c3a1c613f3d"
    "3f3f2934273f3b523b3b3440224054"
)
_COLOR = re.compile(r"[a-zA-Z]+|#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?")


def width(text: str, *, bold: bool = False) -> float:
    """The width in points of ``text``, which may have marks around its indices."""
    parts = pieces(text) if is_marked(text) else [("", text)]
    told = sum(sum(map(_EM.__getitem__, x)) * (SMALL if kind else 1) for kind, x in parts)
    return told * SIZE * (1.12 if bold else 1)


class _Widths(dict[str, float]):
    """The widths of single letters, as parts of the size; each is looked up once."""

    def __missing__(self, c: str) -> float:
        if " " <= c <= "~":
            return self.setdefault(c, _WIDTHS[ord(c) - 32] / 100)
        if unicodedata.category(c) in ("Mn", "Me", "Cf"):
            return self.setdefault(c, 0.0)
        return self.setdefault(c, 1.05 if unicodedata.east_asian_width(c) in "WF" else 0.86)


_EM = _Widths()


def is_color(text: str) -> bool:
    """Whether ``text`` is a colour's name or #rrggbb, and nothing else."""
    return isinstance(text, str) and _COLOR.fullmatch(text) is not None

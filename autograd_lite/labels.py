"""Labels as they can be shown: any text a person may type, made printable, and how wide it is."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Controls, lone surrogates and non-characters, and the marks that would turn a line around.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_VISIBLE = {"\n": "⏎", "\t": "⇥", "\r": "␍"}


def clean(text: object, limit: int = 24) -> str:
    r"""``text`` on one line that any terminal and XML can bear, at most ``limit`` characters long.

    >>> clean("two\nlines"), clean("nul\x00"), clean("x" * 30, 5)
    ('two⏎lines', 'nul�', 'xxxx…')
    """
    text = str(text)
    short = text if len(text) <= limit else _whole(text[: limit - 1]) + "…"
    return _UNPRINTABLE.sub(lambda found: _VISIBLE.get(found[0], "�"), short)


def is_clean(text: str) -> bool:
    """Whether ``clean`` would leave the text as it is."""
    return not _UNPRINTABLE.search(text)


def _whole(text: str) -> str:
    """``text`` without a joiner at its end that would reach for what was cut off."""
    return text.rstrip("\u200d")


def columns(text: str) -> int:
    """How many columns a terminal gives it: East Asian characters take two, accents none.

    >>> columns("权重"), columns("w11")
    (4, 3)
    """
    return sum(_columns(c) for c in text)


@lru_cache(4096)
def _columns(c: str) -> int:
    if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf"):
        return 0
    return 1 + (unicodedata.east_asian_width(c) in "WF")


def fitted(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, with an … where it was cut."""
    if columns(text) <= width:
        return text
    kept, room = "", width - 1
    for c in text:
        room -= _columns(c)
        if room < 0:
            break
        kept += c
    return _whole(kept) + "…"

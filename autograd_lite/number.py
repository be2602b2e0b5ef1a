"""What counts as a number, and what to write instead of what does not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_NUMBERS = (int, float, np.integer, np.floating, np.bool_)


def to_float(x: Any) -> float:
    """An int, a float, a NumPy scalar or a 0-d array as a float.

    Raises:
        TypeError: ``x`` is something else; the message says what to write instead.
    """
    number = number_of(x)
    if number is None:
        raise TypeError(f"Value({short(x)}): a Value holds one number; {advice(x)}.")
    return number


def number_of(x: Any) -> float | None:
    """The float that ``x`` stands for; ``None`` if it is no plain number."""
    if isinstance(x, np.ndarray) and x.ndim == 0:
        x = x.item()
    if isinstance(x, _NUMBERS) and not isinstance(x, np.timedelta64):
        try:
            return float(x)
        except OverflowError:
            raise OverflowError(f"{short(x)} is too large for a float") from None
    return None


def short(x: Any) -> str:
    """The repr of ``x`` on one line, cut to fit an error message."""
    try:
        text = " ".join(repr(x).split())
    except Exception:  # a whole number of more digits than Python writes, say
        text = counted(x) if isinstance(x, int) else f"a {type(x).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def counted(n: int) -> str:
    """A whole number as people read it, however large.

    >>> counted(1_234_567), counted(2**20_000), counted(2**20_000 - 12)
    ('1,234,567', '2^20000', 'about 10^6021')
    """
    if abs(n) < 10**100:
        return f"{n:,}"
    sign, size, power = "-" * (n < 0), abs(n), abs(n).bit_length() - 1
    if size == 1 << power:
        return f"{sign}2^{power}"
    return f"about {sign}10^{round(math.log10(size))}"


def advice(x: Any) -> str:
    """What to write instead of ``x``, which is no plain number."""
    if isinstance(x, np.ndarray) and x.ndim == 0:
        x = x.item()
    if hasattr(x, "local_gradients"):
        return "it is a Value already; use it as it is, or its number: v.data"
    if isinstance(x, str):
        return f"write Value(float({short(x)}))"
    if isinstance(x, complex | np.complexfloating):
        return "use its .real and .imag, one Value each"
    if isinstance(x, list | tuple | np.ndarray):
        return "make one Value of each element: [Value(x) for x in ...]"
    if x is None:
        return "write Value(0.0), or leave it out"
    return "write Value(float(x)) if that is what it stands for"


def shown(x: float, digits: int = 4) -> str:
    """A number as people read it, to ``digits`` significant digits.

    >>> [shown(x) for x in (27.0, -0.40684, 1.5e30, 1e-12, -0.0, float("inf"), float("nan"))]
    ['27', '−0.4068', '1.5e+30', '1e-12', '−0', '∞', 'NaN']
    """
    text = f"{x:.{digits}g}"
    if text in ("nan", "inf", "-inf"):
        return {"nan": "NaN", "inf": "∞", "-inf": "−∞"}[text]
    return "−" + text[1:] if text.startswith("-") else text

"""What counts as a number, and what to write instead of what does not."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
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
    x = unwrapped(x)
    if isinstance(x, _NUMBERS) and not isinstance(x, np.timedelta64):
        try:
            return float(x)
        except OverflowError:
            raise OverflowError(f"{short(x)} is too large for a float") from None
    return None


def unwrapped(x: Any) -> Any:
    """What a 0-d array holds, such as ``np.where`` of Values gives; anything else as it is."""
    return x.item() if isinstance(x, np.ndarray) and x.ndim == 0 else x


def in_order(given: Any, name: str) -> Any:
    """What was given, as a list, tuple or array whose elements are in order, from 0.

    Args:
        given: a list, tuple or array, which are taken as they are; a Series, or a DataFrame's
            rows, by position, whatever their index; or anything else that is gone through in
            order, such as a range or a generator.
        name: what it is called in errors.

    Raises:
        TypeError: a set, a dict, a string, or nothing that has elements.
        ValueError: elements are masked.

    >>> in_order(range(3), "y"), in_order((1, 2), "y")
    ([0, 1, 2], (1, 2))
    """
    if isinstance(given, list | tuple):
        return given
    if np.ma.is_masked(given):
        raise ValueError(f"{name} has masked elements; leave them out, or fill them")
    array = given
    if isinstance(given, np.ndarray) or hasattr(given, "__array__"):
        array = np.asarray(given)
    elif hasattr(given, "to_numpy"):
        array = given.to_numpy()
    if isinstance(array, np.ndarray):
        if array.ndim:
            return array
    elif not isinstance(given, str | bytes | Set | Mapping):
        try:
            elements = iter(given)
        except TypeError:
            pass
        else:
            return list(elements)
    raise TypeError(
        f"{name} is {short(given)} ({type(given).__name__}); give a list, such as [x1, x2], or an "
        "array: something whose elements are in order"
    )


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
    x = unwrapped(x)
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


def check_value(x: Any) -> None:
    """Raise ``TypeError`` unless ``x`` is a Value; the message says what to write instead.

    >>> check_value([1.0])
    Traceback (most recent call last):
    ...
    TypeError: [1.0] is not a Value, so it has no graph: give one Value of them, or their sum.
    """
    if hasattr(type(x), "_a"):
        return
    if x is None:
        way_out = "give the result of a computation; does a function lack its return?"
    elif callable(x):
        way_out = "call it, and give the Value that it returns."
    elif hasattr(x, "__len__") and not isinstance(x, str | bytes):
        way_out = "give one Value of them, or their sum."
    else:
        way_out = "give the result of a computation with Values, such as Value(2.0) * 3."
    raise TypeError(f"{short(x)} is not a Value, so it has no graph: {way_out}")

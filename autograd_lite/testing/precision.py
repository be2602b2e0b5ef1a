"""Gradients that differ by the digits they were given with: single precision, rounded numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

from .comparison import SINGLE, SINGLE_PATHS, Comparison
from .diagnose.search import Explanation
from .numbers_only import constant_ratio
from .report import relative_error

ALIKE = 3e-5  # from here on a difference is no matter of digits


def allow_single_precision(comparison: Comparison) -> list[str]:
    """Accept what differs by the rounding of single precision, and is of that; notes."""
    hand, true = comparison.hand, comparison.true
    differs = comparison.differs & np.isfinite(hand)
    if not differs.any() or comparison.tolerance.rel < 0.05 * SINGLE:
        return []
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(hand), np.abs(true))
        near = np.abs(hand - true) <= np.maximum(SINGLE * size, SINGLE_PATHS * comparison.paths)
    accepted = differs & near & comparison.in_single[:, None]
    accepted &= (near | ~differs).all(axis=1)[:, None]
    comparison.status[accepted] = "equal"
    names = comparison.named(accepted.any(axis=1))
    if not names:
        return []
    return [f"yours towards {', '.join(names[:6])} is in single precision: compared to 5 digits"]


def printed_digits(comparison: Comparison) -> tuple[Explanation, ...]:
    """What to say where plain numbers agree to the digits that they were given with."""
    df = comparison.tolerance.problem.df
    first = ""
    for c, k in np.argwhere(comparison.differs):
        parameter = comparison.components[c].parameter
        number = float(comparison.hand[c, k])
        digits = _digits(df.get(parameter) if isinstance(df, Mapping) else df, number)
        unit = 10.0 ** (math.floor(math.log10(abs(number))) - digits + 1) if digits else 0.0
        if not abs(number - comparison.true[c, k]) <= (0.5 + 1e-9) * unit:
            return ()
        text = repr(number)
        first = first or f'{text} agrees to its {digits} digits: give it as text, "{text}"'
    return (Explanation(first, "digits", comparison.named(comparison.wrong)),)


def few_digits(comparison: Comparison) -> tuple[Explanation, ...]:
    """What to say where all that differs agrees to five digits or so, but not by one factor."""
    hand, true = comparison.hand[comparison.differs], comparison.true[comparison.differs]
    worst = float(relative_error(hand, true).max())
    if not worst <= ALIKE or constant_ratio(comparison) is not None:
        return ()
    same = math.floor(-math.log10(worst))
    text = f"agrees to {same} digits: single precision? use rel=1e-{same - 1}"
    return (Explanation(text, "digits", comparison.named(comparison.wrong)),)


def _digits(df: Any, number: float) -> int:
    """How many digits a number was given with: 2 to 12 of a plain one; else 0."""
    if callable(df) or isinstance(df, str) or not number:
        return 0
    count = len(Decimal(repr(number)).normalize().as_tuple().digits)
    return count if 2 <= count <= 12 else 0

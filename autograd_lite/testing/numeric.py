"""Numeric derivatives: of a plain function, from its values alone, with a bound on the error.

Ridders' method: central differences for steps that are halved again and again, extrapolated to a
step of zero (C. J. F. Ridders, Adv. Eng. Software 4, 1982), with a bound on the error that counts
the rounding of f, its noise, and a kink inside the step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..analysis.extrapolation import EPS, Neville, scatter

HALVINGS, ENOUGH = 26, 5
SINGLE = float(np.finfo(np.float32).eps)


@dataclass(frozen=True)
class NumericDerivative:
    """A derivative as measured, and a bound on how wrong it may be."""

    value: float
    error: float

    def agrees(self, x: float, rel: float = 1e-6) -> bool:
        """Whether ``x`` can be the derivative."""
        return abs(x - self.value) <= max(10 * self.error, rel * abs(x))

    @property
    def is_sure(self) -> bool:
        """Whether its own error is small beside it."""
        return self.error <= 1e-4 * abs(self.value)


def numeric_derivative(
    g: Callable[[float], float],
    size: float = 1.0,
    rounding: float = 0.0,
    *,
    noisy: bool = True,
) -> NumericDerivative:
    """The derivative of g at 0.

    Args:
        g: a plain function; NaN, ∞ or an error of arithmetic where it cannot be computed.
        size: how large a step is large: the size of the number that moves.
        rounding: a bound on the rounding error of g.
        noisy: whether g may jitter by more; that is measured first.

    Returns:
        Value and error bound; the error is ∞ where nothing could be measured.

    >>> import math
    >>> slope = numeric_derivative(lambda s: math.exp(1 + s))
    >>> abs(slope.value - math.e) < slope.error < 1e-9
    True
    """
    h = max(1e-3, 0.1 * size)
    jitter = max(_noise(g, h), rounding) if noisy else rounding
    best = NumericDerivative(math.nan, math.inf)
    scheme, here, before = Neville(), _at(g, 0.0), math.nan
    for _ in range(HALVINGS):
        h /= 2
        right, left = _at(g, h), _at(g, -h)
        if not (math.isfinite(right) and math.isfinite(left)):
            scheme, before = Neville(), math.nan
            continue
        slope, gap = (right - left) / (2 * h), (right - here + left - here) / h
        rounded = EPS * (abs(right) + abs(left) + size * abs(slope))  # of f, and of where it is
        noise = (rounded + 2 * jitter) / (2 * h)
        row = scheme.add(h * h, slope)
        error, value = min(row)
        # The slopes of both sides meet as h does, or a kink between them keeps them apart.
        kink = abs(2 * gap - before) / 2 - 2 * noise
        before = gap
        error = max(error, noise, kink) if math.isfinite(kink) else math.inf
        if error < best.error:
            best = NumericDerivative(value, error)
        if len(row) > ENOUGH and best.error <= 1e-10 * abs(best.value):
            break
    return best


def one_sided_slopes(
    g: Callable[[float], float], size: float = 1.0
) -> tuple[NumericDerivative, NumericDerivative]:
    """The slopes of g to the left and to the right of 0; arguments as ``numeric_derivative``."""
    here, found = _at(g, 0.0), []
    for side in (-1.0, 1.0):
        h = max(1e-3, 0.1 * size)
        best, scheme = NumericDerivative(math.nan, math.inf), Neville()
        for _ in range(HALVINGS):
            h /= 2
            there = _at(g, side * h)
            slope = (there - here) / (side * h)
            if not math.isfinite(slope):
                scheme = Neville()
                continue
            noise = EPS * (abs(there) + abs(here) + size * abs(slope)) / h
            error, value = min(scheme.add(h, slope))
            if max(error, noise) < best.error:
                best = NumericDerivative(value, max(error, noise))
        found.append(best)
    return found[0], found[1]


def _at(g: Callable[[float], float], s: float) -> float:
    try:
        return float(g(s))
    except (ArithmeticError, ValueError):
        return math.nan


def _noise(g: Callable[[float], float], h: float) -> float:
    """How much g jitters beyond the rounding of its result."""
    fine = [_near(g, step * h) for step in (1e-6, 1e-7)]
    coarse = [_near(g, step * h) for step in (1e-3, 3e-4, 1e-4, 3e-5, 1e-5)]
    noise = max(_jitter(fine), _jitter(coarse))
    if not _is_flat(fine[1]) or not all(
        _is_flat(_near(g, 1e-7 * h, side * 0.03 * h)) for side in (-1, 1)
    ):
        return noise
    # Flat everywhere at fine steps: constant, of single precision, or rounded to some digits.
    coarse.append(_near(g, 1e-2 * h))
    steps = [abs(b - a) for ys in coarse for a, b in pairwise(ys) if a != b]
    noise = max(noise, min(steps, default=0.0))
    if len(set(coarse[2])) > 2 and all(y == float(np.float32(y)) for y in coarse[2]):
        noise = max(noise, 4 * SINGLE * max(map(abs, coarse[2])))
    return noise


def _near(g: Callable[[float], float], step: float, at: float = 0.0) -> list[float]:
    return [_at(g, at + k * step) for k in range(-3, 4)]


def _is_flat(ys: Sequence[float]) -> bool:
    return len(set(ys)) <= 3


def _jitter(levels: Sequence[list[float]]) -> float:
    """The noise of samples at several steps, if two of these show some."""
    found = [scatter(ys) if all(map(math.isfinite, ys)) else 0.0 for ys in levels]
    return max(found) if sum(noise > 0 for noise in found) > 1 else 0.0

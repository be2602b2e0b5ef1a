"""``epsilon_delta``: for an ε a δ, as the definition of a limit asks for it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import LimitError
from ..number import to_float
from .differentiability import Probe
from .limits import limit

EVENLY = 1000  # points on each side, between a and a ± δ
CLOSER = 200  # and so many more, each 0.9 times as far as the one before
HALVINGS = 1000


@dataclass(frozen=True)
class EpsilonDelta:
    """What ``epsilon_delta`` returns: |f(x) − limit| < epsilon where 0 < |x − a| < delta."""

    a: float
    limit: float
    epsilon: float
    delta: float
    worst: float  # the largest |f(x) − limit| that was seen within delta
    points: int  # at which that was checked

    def __str__(self) -> str:
        return (
            f"|f(x) − {self.limit:.6g}| < {self.epsilon:g} where 0 < |x − {self.a:g}| < "
            f"{self.delta:.6g}: at {self.points} sampled points it is {self.worst:.3g} at most, "
            "which proves nothing between them"
        )


def epsilon_delta(f: Callable[..., Any], a: float, epsilon: float) -> EpsilonDelta:
    """A δ for an ε, so that |f(x) − L| < ε wherever 0 < |x − a| < δ, and L is the limit at a.

    Args:
        f: takes a Value, or a float as ``math.sin`` does, and returns one; f(a) plays no part.
        a: the point, finite.
        epsilon: how near f(x) is to be to its limit, > 0.

    Returns:
        A record with ``limit, epsilon, delta, worst, points``.  Of the
        δ = max(1, |a|)·½ᵏ the largest that was seen to do, halved to keep something in reserve;
        every smaller δ does as well.  It is checked at 1200 points on each side: not proved.

    Raises:
        LimitError: there is no limit, or an infinite one.
        ValueError: ε is not above 0, or so small that rounding, or how well the limit is known,
            hides whether f keeps to it.

    Source: 002, l. 80 (标准语言), where the notes do not exclude x = a.

    >>> from autograd_lite import sin
    >>> found = epsilon_delta(lambda x: sin(x) / x, 0.0, 0.01)
    >>> found.limit, found.delta, found.worst < 0.01
    (1.0, 0.0625, True)
    """
    a, epsilon = to_float(a), to_float(epsilon)
    if not epsilon > 0 or not math.isfinite(a):
        raise ValueError(f"a = {a!r}, epsilon = {epsilon!r}: a finite number, and one > 0")
    target = limit(f, a)
    if not math.isfinite(target):
        raise LimitError(f"the limit at {a} is {target}: no f(x) is within ε of it", target, target)
    if epsilon < 1e-7 * max(1.0, abs(target)):
        raise ValueError(
            f"epsilon = {epsilon!r}: the limit {target!r} is known to 1e-8 only; take a larger ε"
        )
    probe = Probe(f)
    whole = max(1.0, abs(a))
    for k in range(HALVINGS):
        delta = whole * 0.5**k
        if _worst(probe, a, target, delta, epsilon)[0] < epsilon:
            delta /= 2
            checked = _worst(probe, a, target, delta, epsilon)
            return EpsilonDelta(a, target, epsilon, delta, *checked)
        if delta < 64 * math.ulp(a):
            break
    raise ValueError(f"epsilon = {epsilon!r}: down to |x − {a}| = {delta:.3g}, f(x) leaves it")


def _worst(f: Probe, a: float, target: float, delta: float, epsilon: float) -> tuple[float, int]:
    """The largest |f(x) − target| within δ, as far as it is below ε; infinite without an f(x)."""
    evenly, closer = np.arange(EVENLY - 1, 0, -1) / EVENLY, 0.9 ** np.arange(1, CLOSER)
    away = np.concatenate([[1 - 1e-12], closer, evenly])
    worst, count = 0.0, 0
    with np.errstate(all="ignore"):
        for x in (a + delta * np.ravel(np.transpose([away, -away]))).tolist():
            if 0 < abs(x - a) < delta:
                y = f.quick(x)
                off = math.inf if y is None else abs(y - target)
                if epsilon <= off < math.inf and off - 4 * f.sample(x)[1] < epsilon:
                    continue  # as (eˣ − 1)/x at 1e-14: that is all rounding
                worst, count = max(worst, off), count + 1
                if worst >= epsilon:
                    break
    return worst, count

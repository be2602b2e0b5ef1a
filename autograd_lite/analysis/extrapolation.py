"""What samples tend to as the step goes to 0, and how much of a sample is rounding error.

Neville's scheme evaluates the polynomials through neighbouring samples at t = 0 (for halved steps
this is Richardson's extrapolation, for differences in h² Ridders' method); Aitken's handles
samples that approach their limit by a constant factor, as √h does.  Every estimate comes with the
numbers that bound its error.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ..value import Value, order, pushed_back

EPS = sys.float_info.epsilon


Estimate = tuple[float, float]  # a bound on the error, and the value: the least is the best


class Neville:
    """The polynomials through samples of falling t, evaluated at t = 0.

    >>> scheme = Neville()
    >>> for h in (0.5, 0.25, 0.125):
    ...     row = scheme.add(h, (1 + h) ** 2)
    >>> row[-1]
    (0.125, 1.0)
    """

    def __init__(self, columns: int = 8) -> None:
        self.columns = columns
        self._before: list[tuple[float, float, float]] = []  # t, and the latest row: value, noise

    def add(self, t: float, y: float, noise: float = 0.0) -> list[Estimate]:
        """The estimates that end with a sample: itself, and those by degree 1, 2, … columns.

        The error is the difference from both estimates that one was made of, and their noise.
        """
        value, row, latest = y, [(math.inf, y)], [(t, y, noise)]
        for far_t, far, far_noise in self._before:
            weight = t / (far_t - t)
            near, value = value, value + (value - far) * weight
            noise += (noise + far_noise) * weight
            change, other = abs(value - near), abs(value - far)
            row.append(((other if other > change else change) + noise, value))
            latest.append((far_t, value, noise))
        self._before = latest[: self.columns]
        return row


def aitken(samples: Sequence[tuple[float, float]]) -> list[tuple[int, Estimate]]:
    """By three neighbouring samples (y, noise) each: (the last of them, the estimate)."""
    found = []
    ends: list[float] = []
    for k in range(2, len(samples)):
        (y0, n0), (y1, n1), (y2, n2) = samples[k - 2 : k + 1]
        ratio = (y2 - y1) / (y1 - y0) if y1 != y0 else 0.0
        if abs(ratio) >= 0.99:
            ends.clear()
            continue
        ends.append(y2 + (y2 - y1) * ratio / (1 - ratio))
        if len(ends) > 2:
            noise = 4 * max(n0, n1, n2) / (1 - abs(ratio)) ** 2
            found.append((k, (max(ends[-3:]) - min(ends[-3:]) + noise, ends[-1])))
    return found


def consistent(estimates: Iterable[Estimate], tolerance: float = 0.0) -> list[Estimate]:
    """The estimates, given from the nearest sample outwards, before the first contradiction.

    Nearer samples are trusted: |x| at 0.01 looks like −x from far away.
    """
    kept: list[Estimate] = []
    low, high = -math.inf, math.inf
    for error, value in estimates:
        slack = 10 * error + tolerance * max(1.0, abs(value))
        if value + slack < low or value - slack > high:
            break
        low, high = max(low, value - 10 * error), min(high, value + 10 * error)
        kept.append((error, value))
    return kept


def scatter(ys: Sequence[float | None]) -> float:
    """The noise of one of several neighbouring samples; 0 if they look smooth or one is missing.

    Third differences of a smooth function keep their sign (J. J. Moré, S. M. Wild, SIAM J. Sci.
    Comput. 33, 2011); those of noise do not, and are some four times as large as it.
    """
    diffs = [y for y in ys if y is not None]
    if len(diffs) < len(ys):
        return 0.0
    for _ in range(3):
        diffs = [b - a for a, b in pairwise(diffs)]
    swings = any(a * b < 0 for a, b in pairwise(diffs))
    return max(map(abs, diffs)) / 4 if swings else 0.0


def rounding_of(y: Value, x: Value | None = None, *, constants: bool = True) -> tuple[float, float]:
    """The number of y, and a bound on its rounding error, with that of constants and of x.

    To first order a node v that is off by a part ε of itself makes y wrong by ε·v·∂y/∂v.
    """
    nodes = order(y)
    total = abs(y.data)
    slopes = pushed_back(nodes, 1.0)
    for v, slope in slopes.items():
        if v.operands:
            parts = [abs(v.data)]
            for part, local in zip(v.operands, v.local_gradients, strict=True):
                # 0.1 and log(3) are rounded too
                if constants and part.is_constant and not part.data.is_integer():
                    parts.append(abs(local * part.data))
            total += abs(slope) * sum(parts)
    if x in slopes:
        total += abs(slopes[x] * x.data)
    return y.data, EPS * total if math.isfinite(total) else math.inf

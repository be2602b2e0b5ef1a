"""Limits and orders of infinitesimals: what a function does as x comes near a point.

The function is sampled at a ± h for h halved again and again, and extrapolated to h = 0.  How
much of a sample is rounding error is read off its graph: a node v, wrong by a part ε of itself,
makes the result wrong by ε·v·∂y/∂v.  So 0/0 is told from 0: (1 − cos x)/x² at x = 1e-9 comes out
as 0, and is worth nothing.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

from ..errors import DomainError, LimitError
from ..functions import function
from ..number import to_float
from ..value import Value, order, pushed_back
from .derivatives import as_output

Side = Literal["both", "left", "right"]
Sample = tuple[float, float]  # the value, and how much of it may be rounding
EPS = sys.float_info.epsilon
MISSING: Sample = (0.0, math.inf)
HALVINGS = 50
COLUMNS = 10  # of the extrapolation


def limit(
    f: Callable[..., Any], a: float, *, side: Side = "both", tolerance: float = 1e-8
) -> float:
    """The limit of f(x) as x → a; f(a) itself plays no part.

    Args:
        f: takes one Value, returns one Value.
        a: where; ``math.inf`` and ``-math.inf`` are places too.
        side: ``"left"`` for x < a, ``"right"`` for x > a.
        tolerance: how surely it must be known, as a part of max(1, |limit|).

    Returns:
        The limit; ``inf`` or ``-inf`` where f grows without bound.

    Raises:
        LimitError: the sides differ, f swings, f cannot be computed near a, or it approaches its
            limit too slowly to tell, as 1 / log(x) does at 0.

    The function is seen only down to a few floats from a, and to 1e-15 from 0: this is evidence,
    no proof.
    Source: 002 (limits, 极限): 0 < |x − a| < δ, where the notes do not exclude x = a.

    >>> from autograd_lite import sin
    >>> round(limit(lambda x: sin(x) / x, 0.0), 12), limit(lambda x: 1 / x, 0.0, side="left")
    (1.0, -inf)
    >>> limit(lambda x: abs(x) / x, 0.0)
    Traceback (most recent call last):
    ...
    autograd_lite.errors.LimitError: no limit at 0.0: -1.0 from the left, 1.0 from ...
    """
    a = to_float(a)
    if side not in ("both", "left", "right"):
        raise ValueError(f"side = {side!r}: it is 'both', 'left' or 'right'")
    if math.isnan(a) or not tolerance > 0:
        raise ValueError(f"a = {a!r}, tolerance = {tolerance!r}: a number, and one > 0")
    if math.isinf(a):
        if side != "both":
            raise ValueError(f"x → {a} has one side only; leave side={side!r} out")
        return _one_sided(f, a, tolerance)[0]
    too_small = 0 < abs(a) < sys.float_info.min  # then what is left of a may be left of 0 only
    if side != "both" and not too_small:
        return _one_sided(f, a, tolerance, side)[0]
    found: dict[str, Sample | None] = {}
    reasons = []
    for each in ("left", "right"):
        try:
            found[each] = _one_sided(f, a, tolerance, each)
        except LimitError as error:
            found[each] = None
            reasons.append(str(error))
    left, right = found["left"], found["right"]
    if left and right and agree(left[0], right[0], tolerance):
        return min(left, right, key=lambda sample: sample[1])[0]
    values = [None if sample is None else sample[0] for sample in (left, right)]
    if too_small:
        text = f"cannot tell the limit at {a}: there are too few floats between it and 0"
    elif left and right:
        text = f"no limit at {a}: {left[0]:.10} from the left, {right[0]:.10} from the right"
    else:
        text = "; ".join(reasons)
    raise LimitError(text, *values)


def _one_sided(
    f: Callable[..., Any], a: float, tolerance: float, side: str = "right"
) -> tuple[float, float]:
    """The limit from one side and its uncertainty: two sequences of points must agree on it."""
    where = f"as x → {a}" if math.isinf(a) else f"{side} of {a}"
    ends = []
    for start in (1.0, 393 / 512):  # one alone is deceived by sin(π/x)
        samples = sampled(f, a, start if side == "right" else -start)
        if not samples:
            raise LimitError(f"f cannot be computed {where}")
        end = _end(samples, tolerance)
        if end is None:
            raise LimitError(f"no limit {where}: f does not settle; near by it is {samples[-1][0]}")
        ends.append(end)
    if not agree(ends[0][0], ends[1][0], tolerance):
        raise LimitError(f"no limit {where}: f swings, by {ends[0][0]:.6} and {ends[1][0]:.6}")
    return min(ends, key=lambda sample: sample[1])


def agree(one: float, other: float, tolerance: float) -> bool:
    """Whether two limits are one: the same infinity, or numbers this near."""
    apart = abs(one - other) if math.isfinite(one) and math.isfinite(other) else math.inf
    return one == other or apart <= 10 * tolerance * max(1.0, abs(one)) < math.inf


def sampled(f: Callable[..., Any], a: float, start: float) -> list[Sample]:
    """F on the way to a, from where on it can be computed; empty if that is not near a.

    Behind samples that are worth little one may be missing, as 1/(1 − cos x) is 1/0 at x = 1e-9.
    """
    scale = 2.0 ** math.frexp(max(1.0, abs(a)))[1] / 2 if math.isfinite(a) else 1.0
    found: list[Sample] = []
    finest = HALVINGS
    if a and math.isfinite(a):  # a few floats from a
        finest = max(HALVINGS, int(math.log2(scale) - math.log2(math.ulp(a))) - 2)
    for k in range(finest):
        if HALVINGS <= k < finest - HALVINGS:
            found += [MISSING] if k == HALVINGS else []
            continue
        h = start * math.ldexp(scale, -k)
        x = Value(math.copysign(1.0, a) / abs(h) if math.isinf(a) else a + h)
        try:
            found.append(rounding_of(as_output(f(x)), None if a == 0 else x))
        except (DomainError, OverflowError):
            blurred = any(noise > 0.01 * abs(y) for y, noise in found[-3:])
            found = [*found, MISSING] if blurred else []
    return found if len(found) > 12 else []


def rounding_of(y: Value, x: Value | None = None, *, constants: bool = True) -> Sample:
    """The number of y, and a bound on its rounding error, with that of constants and of x."""
    nodes = order(y)
    total = abs(y.data)
    slopes = pushed_back(nodes, 1.0)
    for v, slope in slopes.items():
        if v.operands:
            parts = [abs(v.data)]
            for part, local in zip(v.operands, v.local_gradients, strict=True):
                if (
                    constants and part.is_constant and not part.data.is_integer()
                ):  # 0.1, log(3): rounded too
                    parts.append(abs(local * part.data))
            total += abs(slope) * sum(parts)
    if x in slopes:
        total += abs(slopes[x] * x.data)
    return y.data, EPS * total if math.isfinite(total) else math.inf


def _end(samples: Sequence[Sample], tolerance: float) -> Sample | None:
    """What the samples tend to, and its uncertainty; ``None`` if that cannot be told."""
    grown = [y for y, noise in samples[-HALVINGS:] if math.isinf(y) or noise < 1e-3 * abs(y)][-12:]
    if len(grown) == 12 and _grows(grown):
        return math.copysign(math.inf, grown[-1]), 0.0
    samples = [s if math.isfinite(s[0]) else MISSING for s in samples]
    ends: dict[int, Sample] = {}  # by the nearest of the samples that lead to it
    for k, value, error in [*_richardson(samples), *_aitken(samples)]:
        if k not in ends or error < ends[k][1]:
            ends[k] = value, error
    best: Sample | None = None
    nearer: list[Sample] = []
    for k in sorted(ends, reverse=True):
        value, error = ends[k]
        slack = tolerance * max(1.0, abs(value))
        # What nearer samples say counts for more: |x| at 0.01 looks like −x from far away.
        if any(abs(value - other) > 10 * (error + blur) + slack for other, blur in nearer):
            break
        nearer.append(ends[k])
        if error <= slack and (best is None or error < best[1]):
            best = ends[k]
    return best


def _grows(ys: Sequence[float]) -> bool:
    """Whether |y| grows by no less each time."""
    sizes = [abs(y) for y in ys]
    if min(ys) < 0 < max(ys):
        return False
    steps = [b - a if a < math.inf else math.inf for a, b in pairwise(sizes)]
    return min(steps) > 0 and all(b >= 0.999 * a for a, b in pairwise(steps))


def _richardson(samples: Sequence[Sample]) -> list[tuple[int, float, float]]:
    """(last sample, value, uncertainty) of the polynomials in h through neighbouring samples."""
    found = []
    above: list[Sample] = []
    for k, sample in enumerate(samples):
        row = [sample]
        for m in range(1, min(k, COLUMNS) + 1):
            (near, noise), (far, far_noise) = row[m - 1], above[m - 1]
            weight = 1 / (2**m - 1)
            row.append((near + (near - far) * weight, noise + (noise + far_noise) * weight))
            error = max(abs(row[m][0] - near), abs(row[m][0] - far)) + row[m][1]
            found.append((k, row[m][0], error))
        if k > 1:
            error = abs(sample[0] - above[0][0]) + abs(sample[0] - samples[k - 2][0]) + sample[1]
            found.append((k, sample[0], error))
        above = row
    return found


def _aitken(samples: Sequence[Sample]) -> list[tuple[int, float, float]]:
    """The same for samples that fall by a constant factor, as √h does."""
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
            found.append((k, ends[-1], max(ends[-3:]) - min(ends[-3:]) + noise))
    return found


def order_of(f: Callable[..., Any], a: float = 0.0, *, h: float | None = None) -> float:
    """The order p of f as x → a from the right: f(a + h) ~ c·hᵖ, the limit of log₂ f(2h)/f(h).

    Args:
        f: takes one Value, returns one Value.
        a: where.
        h: with it, the order as seen between a + h and a + 2h, no limit.

    Returns:
        The order: f is o(hⁿ) for every n below it.  Negative where f grows, ``inf`` where f is 0.

    Raises:
        LimitError: it cannot be told; f has no such order, or x·log(x) is too slow to show it.

    Source: 002 (order of an infinitesimal, 无穷小阶数).

    >>> from autograd_lite import sin
    >>> round(order_of(lambda x: x - sin(x)), 9), round(order_of(lambda x: x - sin(x), h=0.01), 6)
    (3.0, 2.999978)
    """
    log2 = function("log2")
    if h is not None:
        near, far = abs(as_output(f(Value(a + h))).data), abs(as_output(f(Value(a + 2 * h))).data)
        if near == 0:
            raise ValueError(f"order_of: f({a + h!r}) = 0; choose another h")
        return float(log2(far / near))
    a = to_float(a)
    samples = sampled(f, a, 1.0)
    if samples and all(abs(y) <= 4 * noise for y, noise in samples):
        return math.inf

    def seen(x: Value) -> Any:
        return log2(abs(as_output(f(a + 2 * (x - a))) / as_output(f(x))))

    try:
        return limit(seen, a, side="right", tolerance=1e-6)
    except LimitError as error:
        raise LimitError(f"f has no order at {a} that can be told: {error}") from None

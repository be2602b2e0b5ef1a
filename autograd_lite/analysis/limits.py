"""``limit`` and ``order_of``: what a function does as x approaches a point, from its values.

The function is sampled at a ± h for h halved again and again, and extrapolated to h = 0.  How
much of a sample is rounding error is read off its graph; so the sample 0.0 of (1 − cos x)/x² at
x = 1e-9, which is all rounding error, counts for nothing.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any, Literal

from ..errors import DomainError, LimitError
from ..functional import as_output
from ..functions import function
from ..number import to_float
from ..value import Value
from .extrapolation import Estimate, Neville, aitken, consistent, rounding_of

Side = Literal["both", "left", "right"]
Sample = tuple[float, float]  # the value, and how much of it may be rounding
error_of = itemgetter(0)  # of an estimate
MISSING: Sample = (0.0, math.inf)
HALVINGS = 50
COLUMNS = 10  # of the extrapolation: the highest degree of a polynomial


def limit(
    f: Callable[..., Any], a: float, *, side: Side = "both", tolerance: float = 1e-8
) -> float:
    """The limit of f(x) at a point a, as x → a; f(a) itself plays no part.

    Args:
        f: takes one Value, returns one Value.
        a: the point; it may be ``math.inf`` or ``-math.inf``.
        side: ``"left"`` for x < a, ``"right"`` for x > a.
        tolerance: how large its uncertainty may be, as a part of max(1, |limit|).

    Returns:
        The limit; ``inf`` or ``-inf`` where f grows without bound.

    Raises:
        LimitError: the sides differ, f oscillates, f cannot be computed near a, or it approaches
            its limit too slowly to tell, as 1 / log(x) does at 0.

    The function is sampled down to a few floats from a, or to 1e-15 from 0: this is evidence, not
    a proof.
    Source: 002, l. 80 (limits, 极限): 0 < |x − a| < δ, where the notes do not exclude x = a.

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
        return _one_sided(f, a, tolerance)[1]
    too_small = 0 < abs(a) < sys.float_info.min  # then points left of a may all be left of 0
    if side != "both" and not too_small:
        return _one_sided(f, a, tolerance, side)[1]
    found: dict[str, Estimate | None] = {}
    reasons = []
    for each in ("left", "right"):
        try:
            found[each] = _one_sided(f, a, tolerance, each)
        except LimitError as error:
            found[each] = None
            reasons.append(str(error))
    left, right = found["left"], found["right"]
    if left and right and _agree(left, right, tolerance):
        return min(left, right, key=error_of)[1]
    values = [end and end[1] for end in (left, right)]
    if too_small:
        text = f"cannot tell the limit at {a}: there are too few floats between it and 0"
    elif left and right:
        text = f"no limit at {a}: {left[1]:.10} from the left, {right[1]:.10} from the right"
    else:
        text = "; ".join(reasons)
    raise LimitError(text, *values)


def _one_sided(f: Callable[..., Any], a: float, tolerance: float, side: str = "right") -> Estimate:
    """The limit from one side and its error; two sequences of points must agree on it."""
    where = f"as x → {a}" if math.isinf(a) else f"{side} of {a}"
    ends = []
    for start in (1.0, 393 / 512):  # sin(π/x) is 0 on all points of the first
        samples = _sampled(f, a, start if side == "right" else -start)
        if not samples:
            raise LimitError(f"f cannot be computed {where}")
        end = _end(samples, tolerance)
        if end is not None and a and math.isfinite(a) and _swings(samples, end[1]):
            end = None
        if end is None:
            raise LimitError(f"no limit {where}: f does not settle; near by it is {samples[-1][0]}")
        ends.append(end)
    if not _agree(ends[0], ends[1], tolerance):
        raise LimitError(f"no limit {where}: f swings, by {ends[0][1]:.6} and {ends[1][1]:.6}")
    return min(ends, key=error_of)


def _agree(end: Estimate, other_end: Estimate, tolerance: float) -> bool:
    """Whether two limits are the same: one infinity, or numbers within the tolerance."""
    one, other = end[1], other_end[1]
    apart = abs(one - other) if math.isfinite(one) and math.isfinite(other) else math.inf
    return one == other or apart <= 10 * tolerance * max(1.0, abs(one)) < math.inf


def _sampled(f: Callable[..., Any], a: float, start: float) -> list[Sample]:
    """Samples of f towards a, from where on it can be computed; empty if that is not near a.

    After samples that are mostly rounding error one may be missing: 1/(1 − cos x) is 1/0 at
    x = 1e-9.
    """
    scale = 2.0 ** math.frexp(max(1.0, abs(a)))[1] / 2 if math.isfinite(a) else 1.0
    found: list[Sample] = []
    finest = HALVINGS
    if a and math.isfinite(a):  # down to a few floats from a
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


def _end(samples: Sequence[Sample], tolerance: float) -> Estimate | None:
    """What the samples tend to; ``None`` if no estimate is within the tolerance."""
    grown = [y for y, noise in samples[-HALVINGS:] if math.isinf(y) or noise < 1e-3 * abs(y)][-12:]
    if len(grown) == 12 and _grows(grown):
        return 0.0, math.copysign(math.inf, grown[-1])
    samples = [s if math.isfinite(s[0]) else MISSING for s in samples]
    ends: dict[int, Estimate] = {}  # the best, by the nearest of the samples that lead to it
    for k, estimate in [*_neville(samples), *aitken(samples)]:
        if k not in ends or estimate < ends[k]:
            ends[k] = estimate
    kept = consistent((ends[k] for k in sorted(ends, reverse=True)), tolerance)
    known = [(error, value) for error, value in kept if error <= tolerance * max(1.0, abs(value))]
    return min(known, key=error_of, default=None)


def _swings(samples: Sequence[Sample], end: float) -> bool:
    """Whether the samples next to a stay away from a limit that those farther off tend to.

    Far from 0 the nearest floats are no limit's: sin(1/h) is nearly 0 for large h.
    """
    size = max(1.0, abs(end))
    sure = [abs(y - end) for y, noise in samples if math.isfinite(y) and noise < 1e-3 * size][-9:]
    if len(sure) < 9 or not math.isfinite(end):
        return False
    return max(sure[6:]) > max(0.1 * size, 0.75 * max(sure[:6]))


def _grows(ys: Sequence[float]) -> bool:
    """Whether |y| grows, by no less each time."""
    sizes = [abs(y) for y in ys]
    if min(ys) < 0 < max(ys):
        return False
    steps = [b - a if a < math.inf else math.inf for a, b in pairwise(sizes)]
    return min(steps) > 0 and all(b >= 0.999 * a for a, b in pairwise(steps))


def _neville(samples: Sequence[Sample]) -> Iterator[tuple[int, Estimate]]:
    """(last sample, estimate) of the polynomials in h through neighbouring samples.

    A sample is an estimate too, judged by the two before it.
    """
    scheme = Neville(COLUMNS)
    for k, (y, noise) in enumerate(samples):
        row = scheme.add(math.ldexp(1.0, -k), y, noise)
        for estimate in row[1:]:
            yield k, estimate
        if k > 1:
            yield k, (abs(y - samples[k - 1][0]) + abs(y - samples[k - 2][0]) + noise, y)


def order_of(f: Callable[..., Any], a: float = 0.0, *, h: float | None = None) -> float:
    """The order p of f at a point a, from the right: f(a + h) ~ c·hᵖ, the limit of log₂ f(2h)/f(h).

    Args:
        f: takes one Value, returns one Value.
        a: the point.
        h: if given, the order as measured between a + h and a + 2h, instead of the limit.

    Returns:
        The order: f is o(hⁿ) for every n below it.  Negative where f grows, ``inf`` where f is 0.

    Raises:
        LimitError: f has no such order, or approaches it too slowly to tell, as x·log(x) does.

    Source: 002, l. 90 (order of an infinitesimal, 无穷小阶数).

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
    samples = _sampled(f, a, 1.0)
    if samples and all(abs(y) <= 4 * noise for y, noise in samples):
        return math.inf

    def measured(x: Value) -> Any:
        return log2(abs(as_output(f(a + 2 * (x - a))) / as_output(f(x))))

    try:
        return limit(measured, a, side="right", tolerance=1e-6)
    except LimitError as error:
        raise LimitError(f"f has no order at {a} that can be told: {error}") from None

"""What kind of point a function has at x: smooth, a corner, a jump …, seen from its values alone.

f is sampled at x ± h for h halved down to a few rounding units of x.  What the verdict rests on
are exponents at the finest steps that rounding leaves readable: the increment of f goes as h⁰ at a
jump; the change of its quotient from h to h/2 dies where there is a slope, and does not where the
slope is infinite; the gap between the quotients of both sides stays at a corner, dies if smooth.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ..number import to_float
from ..value import Value
from .derivatives import as_output

Kind = Literal[
    "smooth",
    "corner",
    "cusp",
    "jump",
    "vertical tangent",
    "oscillating",
    "domain edge",
    "undefined",
]
EPS = sys.float_info.epsilon
RATIO = 0.45  # of a step to the one before; sin(π/x) and cos(2π log₂ x) hide from a half
STEPS = 80  # from the coarsest step, and as many up to the finest
FINEST = 64  # rounding units of x: the finest step
WINDOW = 8  # steps that must agree on an exponent
SWING = 16  # steps that show a swing
MISSED = 4  # steps in a row where nothing can be read: then it has drowned
STRIDE = 6  # steps from one measurement of the noise of f to the next


@dataclass(frozen=True)
class PointKind:
    """What ``classify_point`` found."""

    kind: Kind
    left: float | None  # the limit of (f(x + h) − f(x)) / h for h < 0, None where there is none
    right: float | None

    def __str__(self) -> str:
        slopes = ["none" if s is None else f"{s:.6g}" for s in (self.left, self.right)]
        return f"{self.kind}: slope {slopes[0]} from the left, {slopes[1]} from the right"


@dataclass(frozen=True)
class _Step:
    """One step to a side: h > 0, the increment f(x ± h) − f(x), and how much of it is rounding."""

    h: float
    rise: float
    noise: float


def classify_point(f: Callable[..., Any], x: float) -> PointKind:
    """What kind of point f has at x, from values of f alone: any Python function will do.

    Where f is made of this package's operations, ``is_differentiable`` reads rounding off the
    graph, and so sees through 0/0 as in (1 − cos x)/x²; it takes no other functions, and longer.

    Args:
        f: takes and returns a float (``math.sin``), or a Value where it needs one (``x.data``).
            A ValueError (so a DomainError), an ArithmeticError, ∞ or NaN: f is not defined there.
        x: where.

    Returns:
        A record with ``kind, left, right``, the one-sided slopes: ``None`` where there is none,
        infinite on a side where f jumps.  "smooth" is differentiable, also if only once; a
        "corner" has two slopes, of which one may be infinite; at a "domain edge" f is defined on
        one side only; "undefined" has no f(x), or f on neither side.

    Raises:
        TypeError: f returns no number, or takes neither a float nor a Value.

    It samples: a jump of 1e-12 beside values of 1 is rounding to it, |x|^0.99 a corner, and a
    function that turns within a few dozen floats cannot be told from one that swings.
    ``python -m tests.bench.kinks`` measures how often it is right.
    Source: 000 §1.4 (导数的存在性).

    >>> import math
    >>> print(classify_point(abs, 0.0))
    corner: slope -1 from the left, 1 from the right
    >>> print(classify_point(math.sqrt, 0.0))
    domain edge: slope none from the left, inf from the right
    >>> classify_point(lambda x: math.tanh(1000 * x), 0.0).kind
    'smooth'
    """
    x = to_float(x)
    with np.errstate(all="ignore"):
        return _classified(_Probe(f), x)


class _Probe:
    """f as a function of floats: None where it is not defined."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.needs_value = False

    def __call__(self, x: float) -> float | None:
        try:
            y = self._called(x)
        except (ValueError, ArithmeticError):
            return None
        return y if y is not None and math.isfinite(y) else None

    def _called(self, x: float) -> float | None:
        if not self.needs_value:
            try:
                y = self.f(x)
            except (TypeError, AttributeError):
                self.needs_value = True
            else:
                if isinstance(y, float):
                    return y
                if isinstance(y, complex):  # (−1) ** 0.5
                    return None
                return as_output(y).data
        return as_output(self.f(Value(x))).data


def _classified(f: _Probe, x: float) -> PointKind:
    here = f(x) if math.isfinite(x) else None
    if here is None:
        return PointKind("undefined", None, None)
    hs = _steps(x)
    left, right = _side(f, x, here, [-h for h in hs]), _side(f, x, here, hs)
    if not left and not right:
        return PointKind("undefined", None, None)
    (left_end, a), (right_end, b) = _end(left), _end(right)
    a = None if a is None else 0.0 - a  # the quotient of a step −h
    if not left or not right:
        return PointKind("domain edge", a, b)
    if "jump" in (left_end, right_end):
        return PointKind("jump", a, b)
    if a is None or b is None:
        return PointKind("oscillating", a, b)
    if left_end == right_end == "infinite":
        return PointKind("vertical tangent" if a == b else "cusp", a, b)
    if "infinite" in (left_end, right_end) or _gap_stays(left, right):
        return PointKind("corner", a, b)
    slope = _extrapolated(_central(left, right))
    return PointKind("smooth", slope, slope)


def _steps(x: float) -> list[float]:
    """The steps h, from coarse to fine, each such that x + h and x − h are exact."""
    size = abs(x)
    start = max(1.0, size) / 8
    count = STEPS
    if size:
        count = int(math.log(FINEST * math.ulp(size) / start, RATIO))
    powers = [k for k in range(count) if k < STEPS or k >= count - STEPS]
    return [(size + start * RATIO**k) - size for k in powers]


def _side(f: _Probe, x: float, here: float, hs: Sequence[float]) -> list[_Step]:
    """The steps on one side, from coarse to fine, from where on f is defined."""
    ys: list[float] = []
    for h in reversed(hs):
        y = f(x + h)
        if y is None:
            break
        ys.append(y)
    if len(ys) < 3:
        return []
    ys.reverse()
    hs = hs[-len(ys) :]
    noise = _noise(f, x, here, hs)
    return [
        _Step(abs(h), y - here, n + math.ulp(y) + math.ulp(here) + EPS * abs(x / h * (y - here)))
        for h, y, n in zip(hs, ys, noise, strict=True)
    ]


def _noise(f: _Probe, x: float, here: float, hs: Sequence[float]) -> list[float]:
    """How much of f(x + h) is rounding, by third differences near every few of the steps.

    Between neighbouring floats f moves by its rounding alone, as far from x as f does not swing.
    Rounding on a coarser scale, (1e6 + x) − 1e6, is small beside f or its increment at first, and
    does not die as h does; what is not so is f that swings.
    """
    levels: list[float] = []
    last = fine = 0.0
    for k, h in enumerate(hs[::STRIDE]):
        at = x + h
        if k % 2 == 0 and abs(h) > 1e6 * math.ulp(x):
            fine = _scatter([f(at + 3 * j * math.ulp(at)) for j in range(7)])
        ys = [f(x + h * (1 + j / 32)) for j in range(7)]
        level = _scatter(ys)
        known = [y for y in ys if y is not None] or [here]
        small = max(1e3 * EPS * max(map(abs, known)), 1e-6 * max(abs(y - here) for y in known))
        last = level if level <= small or 0.3 * last < level < 1e3 * last else 0.0
        levels.append(max(last, fine))
    levels.append(levels[-1])
    return [max(levels[k // STRIDE : k // STRIDE + 2]) for k in range(len(hs))]


def _scatter(ys: Sequence[float | None]) -> float:
    """The noise of one value, from third differences that change sign."""
    diffs = [y for y in ys if y is not None]
    if len(diffs) < len(ys):
        return 0.0
    for _ in range(3):
        diffs = [b - a for a, b in pairwise(diffs)]
    swings = any(a * b < 0 for a, b in pairwise(diffs))
    return max(map(abs, diffs)) / 4 if swings else 0.0


def _end(side: Sequence[_Step]) -> tuple[str, float | None]:
    """What the quotient does as h → 0 ("jump", "infinite", "swing", "finite"), and its limit."""
    if not side:
        return "none", None
    finest = side[-WINDOW:]
    if len(side) > WINDOW and all(
        abs(s.rise) > 8 * s.noise and s.rise * side[-1].rise > 0 for s in finest
    ):
        pairs = pairwise([(s.h, s.rise) for s in finest])
        if max(_exponent(pair) for pair in pairs) < 0.03:
            return "jump", math.copysign(math.inf, side[-1].rise)
    changes = []
    for far, near in pairwise(side):
        change = near.rise / near.h - far.rise / far.h
        changes.append((near.h, change, 20 * (near.noise / near.h + far.noise / far.h)))
    last = _persistent(changes)[-SWING:]
    if len(last) >= 6:
        quarter = max(abs(change) for _, change in last) / 4
        nearer = [change for h, change, noise in changes if h <= last[0][0] and noise < quarter]
        dies = all(abs(change) < quarter for change in nearer[-4:])
        if not dies and _swings(last):
            return "swing", None
        one_sign = len({change > 0 for _, change in last[-WINDOW:]}) == 1
        if one_sign and max(_exponent(last[-WINDOW:]), _exponent(last[-4:])) < 0.02:
            return "infinite", math.copysign(math.inf, last[-1][1])
    return "finite", _extrapolated(side)


def _swings(changes: Sequence[tuple[float, float]]) -> bool:
    """Whether (h, y), coarse to fine, change sign again and again and do not fall like a power."""
    turns = sum(a * b < 0 for (_, a), (_, b) in pairwise(changes[-WINDOW - 2 :]))
    finest = changes[-5:]
    settles = len({y > 0 for _, y in finest}) == 1 and _exponent(finest) > 0.3
    return turns >= 2 and not settles and _exponent(changes) < 0.25


def _persistent(points: Sequence[tuple[float, float, float]]) -> list[tuple[float, float]]:
    """The (h, y) of (h, y, noise), coarse to fine, that can be read, up to where noise drowns y.

    None if y dies before that: what is seen from afar is not there nearer by.
    """
    read: list[int] = []
    for k, (_, y, noise) in enumerate(points):
        if abs(y) > noise:
            read.append(k)
        elif read and k - read[-1] > MISSED:
            break
    if not read:
        return []
    size = abs(points[read[-1]][1]) / 2
    if sum(noise < size for _, _, noise in points[read[-1] + 1 :]) > 2:
        return []
    return [points[k][:2] for k in read]


def _exponent(points: Sequence[tuple[float, float]]) -> float:
    """p of y ~ hᵖ by least squares, from (h, y)."""
    xs = [math.log(h) for h, _ in points]
    ys = [math.log(abs(y)) for _, y in points]
    mean = sum(xs) / len(xs)
    slope = sum((x - mean) * y for x, y in zip(xs, ys, strict=True))
    return slope / sum((x - mean) ** 2 for x in xs)


def _gap_stays(left: Sequence[_Step], right: Sequence[_Step]) -> bool:
    """Whether the gap between the quotients of both sides stays as h → 0."""
    gaps = []
    for a, b in zip(reversed(left), reversed(right), strict=False):
        floor = max(50 * (a.noise + b.noise), 1e-6 * max(abs(a.rise), abs(b.rise)))
        gaps.append((a.h, (a.rise + b.rise) / a.h, floor / a.h))
    last = _persistent(gaps[::-1])[-WINDOW:]
    if len(last) < 5 or len({gap > 0 for _, gap in last}) > 1:
        return False
    return max(abs(_exponent(last)), abs(_exponent(last[-4:]))) < 0.03


def _central(left: Sequence[_Step], right: Sequence[_Step]) -> list[_Step]:
    """(f(x + h) − f(x − h)) / 2 in place of the increments."""
    pairs = list(zip(reversed(left), reversed(right), strict=False))[::-1]
    return [_Step(a.h, (b.rise - a.rise) / 2, (a.noise + b.noise) / 2) for a, b in pairs]


def _extrapolated(side: Sequence[_Step]) -> float:
    """The quotient at h = 0, by polynomials through it (Neville), with the least error."""
    readable = [k for k, s in enumerate(side) if s.noise < 1e-4 * abs(s.rise)]
    end = max(readable[-1] + 7 if readable else 24, 8)
    window = side[max(0, end - 24) : end]
    found: list[tuple[float, float]] = []
    above: list[tuple[float, float]] = []
    for k, step in enumerate(window):
        row = [(step.rise / step.h, step.noise / step.h)]
        best, least = row[0][0], math.inf
        for m in range(1, min(k, 8) + 1):
            (near, noise), (far, far_noise) = row[m - 1], above[m - 1]
            weight = step.h / (window[k - m].h - step.h)
            value, blur = near + (near - far) * weight, noise + (noise + far_noise) * weight
            error = max(abs(value - near), abs(value - far)) + blur
            if error < least:
                best, least = value, error
            row.append((value, blur))
        found.append((least, best))
        above = row
    low, high = -math.inf, math.inf
    kept = []
    for error, value in reversed(found):  # what nearer steps say counts for more
        if value + 10 * error < low or value - 10 * error > high:
            break
        low, high = max(low, value - 10 * error), min(high, value + 10 * error)
        kept.append((error, value))
    return min(kept)[1]

"""``classify_point``: whether f is differentiable at x, has a corner, a jump, a cusp …

If f is made of this package's operations, its graph decides: which ``max`` or ``abs`` stands at a
tie, and how far the others are from one (``one_sided``).  Otherwise f is sampled at x ± h, from
coarse steps down to a few rounding units of x, and what decides is how things scale with h at the
finest steps that rounding leaves readable.  At a jump the increment of f does not shrink with h.
Where the slope is infinite, the change of the difference quotient from one step to the next does
not shrink.  At a corner the gap between the quotients of both sides does not.  Last, the floats
next to x must agree.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ..errors import DomainError
from ..functional import as_output
from ..notebook import bundle, facts
from ..number import to_float
from ..terminal import printed
from ..value import Value
from .extrapolation import EPS, Neville, consistent, rounding_of, scatter
from .one_sided import HiddenError, both_sides

Kind = Literal[
    "differentiable",
    "corner",
    "cusp",
    "jump",
    "vertical tangent",
    "oscillating",
    "domain edge",
    "undefined",
    "cannot tell",
]
RATIO = 0.45  # of a step to the one before; at 1/2, sin(π/x) and cos(2π log₂ x) look constant
STEPS = 80  # at most so many from the coarsest step on, and so many before the finest
FINEST = 64  # rounding units of x: the finest step
WINDOW = 8  # steps that must agree on an exponent
SWING = 16  # steps that show a swing
MISSED = 4  # unreadable steps in a row, after which the rest is rounding error
FAR = 1e11  # from here on floats are 1e-5 and more apart: what lies between, values do not show
NEAREST = (1, 2, 4, 8, 16, 32)  # rounding units of x: where the result is confirmed
STRIDE = 6  # steps from one measurement of the noise of f to the next


@printed
@dataclass(frozen=True)
class PointKind:
    """What ``classify_point`` returns; true in an ``if`` where the derivative exists."""

    kind: Kind
    left: float | None  # the limit of (f(x + h) − f(x)) / h for h < 0, None where there is none
    right: float | None
    reason: str = ""  # where f is not defined on a side: what it said there

    def __bool__(self) -> bool:
        return self.kind == "differentiable"

    def __str__(self) -> str:
        slopes = ["none" if s is None else f"{s:.6g}" for s in (self.left, self.right)]
        told = f"{self.kind}: slope {slopes[0]} from the left, {slopes[1]} from the right"
        return f"{told}. {self.reason}" if self.reason else told

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        slopes = {"slope from the left": self.left, "slope from the right": self.right}
        told = {name: "none" if s is None else f"{s:.6g}" for name, s in slopes.items()}
        told |= {"reason": self.reason} if self.reason else {}
        return bundle(self, html=facts(self.kind, **told))


UNCLEAR = PointKind("cannot tell", None, None)


def classify_point(f: Callable[..., Any], x: float) -> PointKind:
    """What kind of point f has at a point x: from its graph, or from the values of any function.

    ``derivative(f)(x)`` cannot tell: it differentiates the branch that f took at x.

    Args:
        f: takes a Value, or a float as ``math.sin`` does, and returns one.
            A ValueError (so a DomainError), an ArithmeticError, ∞ or NaN: f is not defined there.
        x: the point, exactly: 1e-13 is not 0.

    Returns:
        A record with ``kind, left, right``, the one-sided slopes, ``None`` where there is none and
        infinite on a side where f jumps, and ``reason``; true where f is differentiable.
        "differentiable" says nothing of the second derivative.  A "corner" has two slopes, of
        which one may be infinite; a "cusp" has +∞ and −∞.  At a "domain edge" f is defined on one
        side only; "undefined": not at x, or on neither side.  "cannot tell": rounding, or the
        spacing of floats at x, hides which it is.

    Raises:
        TypeError: f returns no number, or takes neither a float nor a Value.

    Without a graph f is sampled: a jump of 1e-12 beside values of 1 passes for rounding, |x|^0.99
    for a corner, and a function that turns within a few dozen floats for one that oscillates.
    ``python -m tests.bench.kinks`` and ``tests.bench.points`` measure how often it is right.
    Source: 000 §1.4, l. 132-175 (导数的存在性); 003, l. 180-192 (|x|).

    >>> import math
    >>> print(classify_point(abs, 0.0))
    corner: slope -1 from the left, 1 from the right
    >>> print(classify_point(math.sqrt, 0.0))
    domain edge: slope none from the left, inf from the right
    >>> bool(classify_point(lambda x: math.tanh(1000 * x), 0.0))
    True
    """
    x = to_float(x)
    with np.errstate(all="ignore"):
        probe = Probe(f)
        if not math.isfinite(x) or probe(x) is None:
            return PointKind("undefined", None, None, probe.refused)
        found = kind_by_graph(f, x) if probe.has_graph else None
        found = _from_values(probe, x) if found is None else found
        if found.kind in ("domain edge", "undefined"):
            return replace(found, reason=probe.refused)
        return found


def kind_by_graph(f: Callable[..., Any], x: float) -> PointKind | None:
    """The kind by the rules of the table; ``None`` if they do not decide."""
    here = as_output(f(Value(x))).data
    try:
        sides = both_sides(f, x)
    except HiddenError:
        return UNCLEAR
    if sides is None:
        return None
    left, right = sides
    jumps = []
    for side in sides:
        jumps.append(abs(side.limit - here) > 4 * (side.noise + side.spread))
        if side.stepped and not jumps[-1] and (side.noise or side.limit != here):
            return UNCLEAR
    slopes = [0.0 - left.rate, right.rate]
    if any(jumps):
        for k, side in enumerate(sides):
            if jumps[k]:
                slopes[k] = math.copysign(math.inf, (side.limit - here) * (1 if k else -1))
        return PointKind("jump", slopes[0], slopes[1])
    a, b = slopes
    scale, blur = max(left.scale, right.scale), left.blur + right.blur
    if math.isinf(a) and math.isinf(b):
        return PointKind("vertical tangent" if a == b else "cusp", a, b)
    if math.isinf(a - b):
        return PointKind("corner", a, b)
    if blur > 1e-6 * max(abs(a), abs(b)) and blur * max(abs(x), 1e-300) > 1e-9 * abs(here):
        return None
    if a == b:
        return PointKind("differentiable", a, b)
    return PointKind("corner", a, b) if abs(a - b) > 1e-12 * scale + 8 * blur else UNCLEAR


@dataclass(frozen=True)
class _Step:
    """One step to a side: h > 0, the increment f(x ± h) − f(x), and how much of it is rounding."""

    h: float
    rise: float
    noise: float


class Probe:
    """f as a function of one float or several: ``None`` where it is not defined."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.has_graph = True  # until a call returns no Value
        self.refused = ""  # what f said where it is not defined

    def __call__(self, *x: float) -> float | None:
        """f(x)."""
        return self.sample(*x)[0]

    def quick(self, *x: float) -> float | None:
        """f(x) from floats, which is faster, where f takes them."""
        try:
            y = self.f(*x)
        except (TypeError, AttributeError):
            return self(*x)
        except (ValueError, ArithmeticError):
            return None
        if not isinstance(y, float | int):
            return self(*x)
        return y if math.isfinite(y) else None

    def sample(self, *x: float) -> tuple[float | None, float]:
        """f(x), and how much of it is rounding as far as its graph shows."""
        try:
            y, noise = self._called(x)
        except (ValueError, ArithmeticError) as error:
            self.refused = str(error) if isinstance(error, DomainError) else self.refused
            return None, 0.0
        return (y if y is not None and math.isfinite(y) else None), noise

    def _called(self, x: Sequence[float]) -> tuple[float | None, float]:
        if self.has_graph:
            try:
                y = self.f(*map(Value, x))
            except (TypeError, AttributeError):
                self.has_graph = False
            else:
                if isinstance(y, Value):
                    return rounding_of(y, constants=False)
                self.has_graph = False
        y = self.f(*x)
        if isinstance(y, complex):  # (−1) ** 0.5
            self.refused = "f is complex there; a real odd root is cbrt(a) or nthroot(a, 5)."
            return None, 0.0
        return (y if isinstance(y, float) else as_output(y).data), 0.0


def _from_values(f: Probe, x: float) -> PointKind:
    here = f(x)
    if here is None:
        return PointKind("undefined", None, None)
    hs = _steps(x)
    left, right = _side(f, x, here, [-h for h in hs]), _side(f, x, here, hs)
    if left is None or right is None:
        return UNCLEAR
    (left_end, a, left_error), (right_end, b, right_error) = _end(left), _end(right)
    a = None if a is None else 0.0 - a  # the quotient of a step −h
    if not left or not right:
        found = PointKind("domain edge" if left or right else "undefined", a, b)
    elif "jump" in (left_end, right_end):
        found = PointKind("jump", a, b)
    elif a is None or b is None:
        shrinks = all(_shrinks(s) for s in (left, right))
        found = PointKind("oscillating", a, b) if shrinks or not x else UNCLEAR
    elif left_end == right_end == "infinite":
        found = PointKind("vertical tangent" if a == b else "cusp", a, b)
    elif "infinite" in (left_end, right_end) or _gap_stays(left, right):
        found = PointKind("corner", a, b)
    else:
        slope, left_error = _extrapolated(_central(left, right))
        a, b, right_error = slope, slope, left_error
        found = PointKind("differentiable", slope, slope)
        if abs(x) >= FAR:
            return UNCLEAR
    kink = 0.0
    if found.kind == "corner":
        kink = sum(abs(s) for s in (a, b) if s is not None and math.isfinite(s))
    unit = math.ulp(x) if x else 1e-300
    blur = 4 * max(
        scatter([f(x + (math.copysign(8, stride) + k * stride) * unit) for k in range(7)])
        for stride in (-5, -3, -1, 1, 3, 5)
    )
    sure = _next_to(f, x, here, -1.0, left, left_end, a, left_error, kink, blur)
    sure = sure and _next_to(f, x, here, 1.0, right, right_end, b, right_error, kink, blur)
    return found if sure else UNCLEAR


def _shrinks(side: Sequence[_Step]) -> bool:
    """Whether an oscillation shrinks towards x; if not, it may be a smooth function that is fast.

    The sine at 1e13 turns within a few thousand floats, and looks like sin(1/(x − c)) from afar.
    """
    sizes = [abs(s.rise) for s in side]
    return max(sizes[-WINDOW:]) < 0.01 * max(sizes[-3 * WINDOW : -2 * WINDOW], default=0.0)


def _next_to(
    f: Probe,
    x: float,
    here: float,
    direction: float,
    side: Sequence[_Step],
    end: str,
    slope: float | None,
    error: float,
    kink: float,
    blur: float,
) -> bool:
    """Whether the floats next to x, nearer than all steps, confirm what one side does.

    Args:
        kink: the sum of a corner's slopes; the corner may lie between x and the next float.
        blur: the rounding error of f there, by third differences.
    """
    unit = math.ulp(x) if x else 1e-300
    samples = [(k * unit, *f.sample(x + direction * k * unit)) for k in NEAREST]
    if not side:
        return not x or all(y is None for _, y, _ in samples)  # 1e-300 squared is 0
    if slope is None:
        return True
    fine = side[-SWING:]
    most = 16 * EPS * max(abs(here), *(abs(s.rise) for s in fine))  # more is real
    blur = min(blur, most + (2 * EPS * abs(x * slope) if math.isfinite(slope) else 0.0))
    read = []
    for h, y, noise in samples:
        if y is None:
            return not x
        read.append(_Step(h, y - here, max(noise, blur) + 4 * (math.ulp(y) + math.ulp(here))))
    steepest = max(max(abs(s.rise) - s.noise, 0.0) / s.h for s in fine)
    near, far = read[0], read[-1]
    if end == "jump":
        return abs(near.rise) > max(0.5 * abs(far.rise), near.noise)
    if end == "infinite":
        if abs(far.rise) + far.noise < 0.5 * steepest * far.h:
            return False
        clear = [(s.h, s.rise) for s in read if abs(s.rise) > 10 * s.noise]
        if len(clear) < 3:
            return not 0 < abs(x) < sys.float_info.min
        most = 0.95 if 0 < abs(x) < sys.float_info.min else 0.999
        grows = all(1 < b[1] / a[1] < b[0] / a[0] for a, b in pairwise(clear))
        power = _exponent(clear[:3])
        return grows and 0.03 < power < most and abs(power - _exponent(clear[-3:])) < 0.25
    off = [abs(s.rise / s.h - direction * slope) for s in read]
    blurs = [(s.noise + kink * unit) / s.h for s in read]
    error = min(error, 1e-6 * max(abs(s.rise / s.h) for s in side))
    known = 10 * error
    if x:  # at 0 the steps are fine enough
        known = min(known, 0.1 * max(abs(s.rise / s.h) for s in read))
    if all(e <= 1e-4 * abs(slope) + known + n for e, n in zip(off, blurs, strict=True)):
        return True
    dies = all(a <= b + n for (a, b), n in zip(pairwise(off), blurs, strict=False))
    if not dies or off[0] - blurs[0] >= 0.85 * (off[-1] - blurs[-1]):
        return False
    if not x or off[0] <= 10 * blurs[0]:
        return True
    # What is off by a power of h dies; where a corner is hidden, it flattens out next to x.
    powers = [
        _exponent([(a.h, u), (b.h, v)]) for (a, u), (b, v) in pairwise(zip(read, off, strict=True))
    ]
    return powers[0] > 0.5 * powers[-1]


def _steps(x: float) -> list[float]:
    """The steps h, from coarse to fine, each such that x + h and x − h are exact."""
    size = abs(x)
    start = max(1.0, size) / 8
    count = STEPS
    if size:
        count = int(math.log(FINEST * math.ulp(size) / start, RATIO))
    powers = [k for k in range(count) if k < STEPS or k >= count - STEPS]
    return [(size + start * RATIO**k) - size for k in powers]


def _side(f: Probe, x: float, here: float, hs: Sequence[float]) -> list[_Step] | None:
    """The steps on one side, from coarse to fine, from where on f is defined.

    Empty if it is defined nowhere; ``None`` if it is, but not at the finest steps.
    """
    samples = [f.sample(x + h) for h in hs]
    read: list[tuple[float, float]] = []
    for y, own in reversed(samples):
        if y is None:
            break
        read.append((y, own))
    if len(read) < 3:
        return None if any(y is not None for y, _ in samples) else []
    read.reverse()
    hs = hs[-len(read) :]
    return [
        _Step(
            abs(h),
            y - here,
            max(n, own) + math.ulp(y) + math.ulp(here) + EPS * abs(x / h * (y - here)),
        )
        for h, (y, own), n in zip(hs, read, _noise(f, x, here, hs), strict=True)
    ]


def _noise(f: Probe, x: float, here: float, hs: Sequence[float]) -> list[float]:
    """How much of each f(x + h) is rounding error, by third differences near every few steps.

    Between neighbouring floats f moves by its rounding alone, unless it oscillates there.  Coarser
    rounding noise, as of (1e6 + x) − 1e6, is small beside f or its increment where it first
    shows, and does not shrink with h; anything else is real oscillation.
    """
    levels: list[float] = []
    last = fine = 0.0
    for k, h in enumerate(hs[::STRIDE]):
        at = x + h
        if k % 2 == 0 and abs(h) > 1e6 * math.ulp(x):
            fine = scatter([f(at + 3 * j * math.ulp(at)) for j in range(7)])
        ys = [f(x + h * (1 + j / 32)) for j in range(7)]
        level = scatter(ys)
        known = [y for y in ys if y is not None] or [here]
        small = max(1e3 * EPS * max(map(abs, known)), 1e-6 * max(abs(y - here) for y in known))
        last = level if level <= small or 0.3 * last < level < 1e3 * last else 0.0
        levels.append(max(last, fine))
    levels.append(levels[-1])
    return [max(levels[k // STRIDE : k // STRIDE + 2]) for k in range(len(hs))]


def _end(side: Sequence[_Step]) -> tuple[str, float | None, float]:
    """What the quotient does as h → 0 ("jump", "infinite", "swing", "finite"), limit and error.

    "none" if f is not defined on this side.
    """
    if not side:
        return "none", None, 0.0
    finest = side[-WINDOW:]
    if len(side) > WINDOW and all(
        abs(s.rise) > 8 * s.noise and s.rise * side[-1].rise > 0 for s in finest
    ):
        pairs = pairwise([(s.h, s.rise) for s in finest])
        if max(_exponent(pair) for pair in pairs) < 0.03:
            return "jump", math.copysign(math.inf, side[-1].rise), 0.0
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
            return "swing", None, 0.0
        one_sign = len({change > 0 for _, change in last[-WINDOW:]}) == 1
        if one_sign and max(_exponent(last[-WINDOW:]), _exponent(last[-4:])) < 0.02:
            return "infinite", math.copysign(math.inf, last[-1][1]), 0.0
    return ("finite", *_extrapolated(side))


def _swings(changes: Sequence[tuple[float, float]]) -> bool:
    """Whether the y of (h, y), coarse to fine, keep changing sign and do not fall like a power."""
    turns = sum(a * b < 0 for (_, a), (_, b) in pairwise(changes[-WINDOW - 2 :]))
    finest = changes[-5:]
    settles = len({y > 0 for _, y in finest}) == 1 and _exponent(finest) > 0.3
    return turns >= 2 and not settles and _exponent(changes) < 0.25


def _persistent(points: Sequence[tuple[float, float, float]]) -> list[tuple[float, float]]:
    """The readable (h, y) of (h, y, noise), coarse to fine, until noise hides y.

    Discard features that vanish as h shrinks: empty if y is small before noise hides it.
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


def _extrapolated(side: Sequence[_Step]) -> tuple[float, float]:
    """The quotient at h = 0, by polynomials through it, and a bound on its error."""
    readable = [k for k, s in enumerate(side) if s.noise < 1e-4 * abs(s.rise)]
    end = max(readable[-1] + 7 if readable else 24, 8)
    scheme = Neville()
    rows = [scheme.add(s.h, s.rise / s.h, s.noise / s.h) for s in side[max(0, end - 24) : end]]
    error, value = min(consistent(map(min, reversed(rows))))
    return value, error

"""``is_differentiable_on``: at every point of an interval, or else at which points not.

The graph of f tells where to look: ``abs`` and the like have a corner where what they look at
passes 0, ``√`` and ``∛`` have no slope at 0, a quotient none where its denominator is 0, and where
the graph of one x differs from that of the next, an ``if`` of Python's turns over.  These
quantities are sampled, the more densely the more they bend, and what passes or touches 0 is
narrowed down to a float, where ``classify_point`` has the word.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np

from ..expr import compiled
from ..notation import Compare, walk
from ..number import to_float
from ..ops import Op
from ..rows import TOTAL
from ..value import Value, order
from .differentiability import PointKind, Probe, classify_point
from .one_sided import formula_of

Kind = Literal["differentiable", "not differentiable", "cannot tell"]
POINTS = 128  # cells to begin with
MOST = 6000  # calls of f: beyond, the rest of the cells is not looked at
NARROW = 1e-12  # of the interval: in a cell of this width a quantity is taken for straight
STRAIGHT = 0.05  # the bend of a quantity, as a part of its change: then it has one zero at most
TINY = 1e-300  # floats that are nearer to 0, where 1/x overflows, are taken for 0
FEW = 60  # exceptions: beyond, they are not all found
SAMPLED = 96  # points of a function without a graph that are classified
POLES = ("div", "reciprocal", "tan")  # which have no value where their quantity is 0
# Where a row has no slope beside the borders of its conditions, as formulas that are 0 there.
SINGULAR = {"cbrt": ("a",), "tan": ("cos(a)",), "floor": ("sin(pi * a)",)}


@dataclass(frozen=True)
class IntervalKind:
    """What ``is_differentiable_on`` returns; true where the derivative exists at every point."""

    kind: Kind
    exceptions: tuple[tuple[float, PointKind], ...]  # x and what f is like there, in order
    reason: str  # how it is known

    def __bool__(self) -> bool:
        return self.kind == "differentiable"

    def __str__(self) -> str:
        at = [f"\n  at {x:.17g}: {found}" for x, found in self.exceptions]
        return f"{self.kind}. {self.reason}{''.join(at)}"


class _Place(NamedTuple):
    """Where f may have no derivative: at one of these floats, or at a pole between them."""

    floats: tuple[float, ...]
    pole: bool = False


class _Seen(NamedTuple):
    """f at one x: its graph, ``None`` where f is not defined, and the quantities to watch."""

    graph: tuple[Any, ...] | None
    watched: tuple[float, ...]
    poles: tuple[bool, ...] = ()  # which of them are those of a pole


class _TooManyError(ArithmeticError):
    """The calls of f are used up."""


def is_differentiable_on(f: Callable[..., Any], a: float, b: float) -> IntervalKind:
    """Whether f has a derivative at every x with a < x < b, and where it has none.

    Args:
        f: takes a Value, or a float as ``math.sin`` does, and returns one.
        a, b: the ends, finite; f is not asked there, where only one side would count.

    Returns:
        A record with ``kind, exceptions, reason``, true if there is no exception.  An exception is
        an x with its ``PointKind``: a corner, a cusp, a jump, an end of the domain, … where
        rounding hides which, "cannot tell".  Of a root that is no float, as that of x² − 2, it is
        the float next to it.

    With a graph, an exception is found wherever a row or an ``if`` turns over, unless that happens
    twice where a quantity looks straight, or within 1e-12 of the interval.  "cannot tell": the
    quantities bend too much for a few thousand samples, or there are too many exceptions.  Without
    a graph f is seen at samples only, and between them nothing is known; ``reason`` says so.
    Source: 000 §1.4, l. 136-138 (differentiable at an interval).

    >>> print(is_differentiable_on(lambda x: abs(x * x - 1), -2.0, 0.5))
    not differentiable. By its graph, of which 1 quantity was watched.
      at -1: corner: slope -2 from the left, 2 from the right
    >>> bool(is_differentiable_on(abs, 0.0, 5.0))
    True
    """
    a, b = to_float(a), to_float(b)
    if not (math.isfinite(a) and math.isfinite(b) and a < b):
        raise ValueError(f"a = {a!r}, b = {b!r}: an interval needs finite ends, a < b")
    with np.errstate(all="ignore"):
        try:
            look = _Look(f)
            complete, places = _by_graph(look, a, b)
            watched = f"{look.most} {'quantity was' if look.most == 1 else 'quantities were'}"
            reason = f"By its graph, of which {watched} watched."
            if not complete:
                reason = f"Its graph turns over too often for {MOST} samples: there may be more."
        except _NoGraphError:
            complete, places = True, _by_values(Probe(f), a, b)
            reason = f"Seen at {SAMPLED} sampled points only: it has no graph."
        found = [_worst(f, place) for place in places[: 5 * FEW]]
        exceptions = [*_apart([each for each in found if each and a < each[0] < b], b - a)]
        if len(exceptions) > FEW or len(places) > len(found):
            complete, reason = False, f"The first {FEW} of more exceptions:"
            exceptions = exceptions[:FEW]
    unclear = [x for x, found in exceptions if found.kind == "cannot tell"]
    kind: Kind = "differentiable" if complete and not exceptions else "not differentiable"
    if len(exceptions) == len(unclear) and (unclear or not complete):
        kind = "cannot tell"
    return IntervalKind(kind, tuple(exceptions), reason)


class _NoGraphError(Exception):
    """f does not return a Value that depends on x, or its graph differs from x to x."""


@cache
def _quantities(op: Op) -> tuple[Callable[..., float], ...]:
    """What is 0 where a row may have no slope: what its conditions compare, and ``SINGULAR``."""
    formulas = [op.value, *op.derivatives, *([op.domain] if op.domain else [])]
    compared = [part for each in formulas for part in walk(each.tree) if isinstance(part, Compare)]
    sides = {pair for part in compared for pair in pairwise(part.sides)}
    names = (*op.arguments, "y")

    def difference(left: Any, right: Any) -> Callable[..., float]:
        one, other = (compiled(side, names, TOTAL.__getitem__) for side in (left, right))
        return lambda *x: one(*x) - other(*x)

    found = [difference(*pair) for pair in sorted(sides, key=str)]
    for text in SINGULAR.get(op.name, ()):
        found.append(compiled(text, names, TOTAL.__getitem__))
    return tuple(found)


class _Look:
    """f at one x after another, with what is to be watched there."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.calls = 0
        self.most = 0  # quantities that change with x
        self.kept: dict[float, _Seen] = {}

    def __call__(self, x: float) -> _Seen:
        if x not in self.kept:
            self.calls += 1
            if self.calls > MOST:
                raise _TooManyError
            self.kept[x] = self._seen(x)
        return self.kept[x]

    def _seen(self, x: float) -> _Seen:
        at = Value(x)
        try:
            y = self.f(at)
        except (ValueError, ArithmeticError):
            return _Seen(None, ())
        except (TypeError, AttributeError):
            raise _NoGraphError from None
        if not isinstance(y, Value):
            raise _NoGraphError
        nodes = order(y)
        if not math.isfinite(y.data):
            return _Seen(None, ())
        moving = {at}
        watched: list[float] = []
        poles: list[bool] = []
        for v in nodes:
            if not moving.isdisjoint(v.operands):
                moving.add(v)
                if not isinstance(v.op, Op):
                    raise _NoGraphError
                numbers = [u.data for u in v.operands] + ([v.parameter] if v.op.parameter else [])
                watched += [quantity(*numbers, v.data) for quantity in _quantities(v.op)]
                poles += [v.op.name in POLES] * (len(watched) - len(poles))
        self.most = max(self.most, len(watched))
        return _Seen(tuple(formula_of(nodes, [at])), tuple(watched), tuple(poles))


def _by_graph(look: _Look, a: float, b: float) -> tuple[bool, list[_Place]]:
    """Whether all of the interval was seen, and the places to be classified."""
    xs = [x for x in np.linspace(a, b, POINTS + 1).tolist()[1:-1] if a < x < b]
    xs = [math.nextafter(a, b), *xs, math.nextafter(b, a)]
    seen = [look(x) for x in xs]
    changes = sum(one.graph != other.graph for one, other in pairwise(seen))
    if changes > POINTS // 4 or all(one.graph is None for one in seen):
        raise _NoGraphError  # numbers that are computed outside the graph
    places: list[_Place] = []
    cells = [*pairwise(xs)][::-1]
    try:
        while cells:
            lo, hi = cells.pop()
            one, other = look(lo), look(hi)
            mid = _middle(lo, hi)
            if one.graph != other.graph:
                left, right = _narrowed(look, lo, hi, _with_graph_of(one))
                places.append(_Place((left, right)))
                cells += [(right, hi), (lo, left)]
            elif one.graph is None:
                continue
            elif not lo < mid < hi:
                places += [_zero(look, lo, hi, k) for k in _passing(one, other)]
            elif look(mid).graph != one.graph:
                cells += [(mid, hi), (lo, mid)]
            else:
                part, narrow = (mid - lo) / (hi - lo), hi - lo <= NARROW * (b - a)
                three = zip(one.watched, look(mid).watched, other.watched, strict=True)
                verdicts = [_verdict(*ms, part) for ms in three]
                if "split" in verdicts and not narrow:
                    cells += [(mid, hi), (lo, mid)]
                    continue
                near = [k for k, verdict in enumerate(verdicts) if verdict == "split"]
                for k in near:
                    places += _nearest(look, lo, hi, k)
                places += [_zero(look, lo, hi, k) for k in _passing(one, other)]
    except _TooManyError:
        return False, sorted(places)
    return True, sorted(places)


def _verdict(m0: float, m: float, m1: float, part: float) -> str:
    """Whether a quantity is seen well enough in a cell: it passes 0 once, or keeps "away"."""
    if m0 == m == m1 or not (math.isfinite(m0) and math.isfinite(m1) and math.isfinite(m)):
        return "away"
    bend = abs(m - (m0 + part * (m1 - m0)))
    if (m0 > 0) is (m > 0) is (m1 > 0) and 0 not in (m0, m, m1):
        return "away" if min(abs(m0), abs(m), abs(m1)) > 4 * bend else "split"
    return "passes" if bend <= STRAIGHT * abs(m1 - m0) else "split"


def _passing(one: _Seen, other: _Seen) -> list[int]:
    """Which quantities change sign, or are 0 at one of two ends."""
    pairs = enumerate(zip(one.watched, other.watched, strict=True))
    return [k for k, (m0, m1) in pairs if m0 != m1 and (m0 > 0) - (m0 < 0) != (m1 > 0) - (m1 < 0)]


def _middle(lo: float, hi: float) -> float:
    return 0.0 if lo < 0 < hi else lo + (hi - lo) / 2


def _with_graph_of(one: _Seen) -> Callable[[_Seen], bool]:
    return lambda seen: seen.graph == one.graph


def _narrowed(
    look: _Look, lo: float, hi: float, like_lo: Callable[[_Seen], bool]
) -> tuple[float, float]:
    """Neighbouring floats between which a property of lo ends."""
    while True:
        mid = _middle(lo, hi)
        if not lo < mid < hi:
            return lo, hi
        if like_lo(look(mid)):
            lo = mid
        else:
            hi = mid


def _zero(look: _Look, lo: float, hi: float, k: int) -> _Place:
    """The float at which the k-th quantity is 0, or the two between which it passes 0."""
    one, other = look(lo), look(hi)
    for x, seen in ((lo, one), (hi, other)):
        if seen.watched[k] == 0:
            return _Place((x,))
    positive = one.watched[k] > 0

    def before(seen: _Seen) -> bool:
        return (
            seen.graph == one.graph and seen.watched[k] != 0 and (seen.watched[k] > 0) == positive
        )

    left, right = _narrowed(look, lo, hi, before)
    beside = look(right)
    if beside.graph == one.graph and beside.watched[k] == 0:
        return _Place((right,))
    return _Place((left, right), pole=one.poles[k])


def _nearest(look: _Look, lo: float, hi: float, k: int) -> list[_Place]:
    """Where the k-th quantity comes nearest to 0 within a narrow cell, as x² does at 0."""
    graph, ends = look(lo).graph, (lo, hi)

    def size(x: float) -> float:
        seen = look(x)
        return abs(seen.watched[k]) if seen.graph == graph else math.inf

    at_0 = [_Place((x,)) for x in ends if size(x) == 0]
    if at_0:
        return at_0
    while hi - lo > 4 * math.ulp(hi):
        third = (hi - lo) / 3
        if size(lo + third) > size(hi - third):
            lo += third
        else:
            hi -= third
    best = min((lo + j * math.ulp(lo) for j in range(6)), key=size)
    return [_Place((best,))] if ends[0] < best < ends[1] else []


def _worst(f: Callable[..., Any], place: _Place) -> tuple[float, PointKind] | None:
    """The float of a place where f has no derivative, ``None`` where it has one at each."""
    xs = {0.0 if abs(x) < TINY else x for x in place.floats}
    found = [(x, classify_point(f, x)) for x in xs]
    ranks = ("undefined", "cannot tell", "differentiable")
    x, kind = min(
        found,
        key=lambda pair: (
            ranks.index(pair[1].kind) if pair[1].kind in ranks else -1,
            len(repr(pair[0])),  # 0.5, not 0.49999999999999994
        ),
    )
    if place.pole:
        return x, PointKind("undefined", None, None, "The pole is between two floats.")
    return None if kind else (x, kind)


def _apart(
    exceptions: list[tuple[float, PointKind]], width: float
) -> Iterator[tuple[float, PointKind]]:
    """One exception for each cluster of neighbouring floats; of many close by, that it is unclear.

    |x² − 0.6x + 0.09| touches 0 at 0.3, and its rounding makes hundreds of corners about it; that
    of √(1 − cos x) makes two ends of a level piece about 0.
    """
    clusters: list[list[tuple[float, PointKind]]] = []
    last = -math.inf
    for x, found in sorted(exceptions, key=lambda pair: pair[0]):
        near = x - last <= 1e-7 * width
        if not near:
            clusters.append([])
        if not near or x - last > 8 * math.ulp(x) + TINY:
            clusters[-1].append((x, found))
        last = x
    for cluster in clusters:
        steep = any(s is not None and math.isinf(s) for _, e in cluster for s in (e.left, e.right))
        if len(cluster) + steep < 3 or len(cluster) == 1:
            yield from cluster
        else:
            reason = (
                f"{len(cluster)} kinks within {cluster[-1][0] - cluster[0][0]:.1g}, of rounding."
            )
            yield cluster[len(cluster) // 2][0], PointKind("cannot tell", None, None, reason)


def _by_values(f: Probe, a: float, b: float) -> list[_Place]:
    """Places to be classified: samples, ends of the domain, and where the slope turns sharply."""
    xs = np.linspace(a, b, 8 * SAMPLED + 2)[1:-1].tolist()
    ys = [f(x) for x in xs]
    defined = [_Place((x,)) for x, y in zip(xs[3::8], ys[3::8], strict=True) if y is not None]
    places = defined or [_Place((xs[0],))]
    for (x0, y0), (x1, y1) in pairwise(zip(xs, ys, strict=True)):
        if (y0 is None) != (y1 is None):
            places.append(_Place(_end_of_domain(f, x0, x1)))
    turns = [
        0.0 if y0 is None or y is None or y1 is None else abs(y0 - 2 * y + y1)
        for y0, y, y1 in zip(ys, ys[1:], ys[2:], strict=False)
    ]
    for k, turn in enumerate(turns):
        beside = turns[max(0, k - 4) : max(0, k - 1)] + turns[k + 2 : k + 5]
        highest = turn == max(turns[max(0, k - 1) : k + 2])
        if highest and turn > 3 * max(beside, default=0.0):
            places.append(_Place(_sharpest(f, xs[k], xs[k + 2])))
    return sorted(places)


def _end_of_domain(f: Probe, lo: float, hi: float) -> tuple[float, float]:
    inside = f(lo) is not None
    while True:
        mid = _middle(lo, hi)
        if not lo < mid < hi:
            return lo, hi
        if (f(mid) is not None) == inside:
            lo = mid
        else:
            hi = mid


def _sharpest(f: Probe, lo: float, hi: float) -> tuple[float, ...]:
    """Where the slope turns most between lo and hi, with the shortest decimals that are near."""
    for _ in range(100):
        xs = np.linspace(lo, hi, 9).tolist()
        ys = [y for y in map(f, xs) if y is not None]
        if len(ys) < 9 or len({*xs}) < 9:
            break
        turns = [abs(y0 - 2 * y + y1) for y0, y, y1 in zip(ys, ys[1:], ys[2:], strict=False)]
        k = max(range(7), key=turns.__getitem__)
        if turns[k] < 64 * math.ulp(max(map(abs, ys))):
            break
        lo, hi = xs[k], xs[k + 2]
    middle = lo + (hi - lo) / 2
    decimals = [x for x in (round(middle, d) for d in range(17)) if lo <= x <= hi]
    return (*decimals[:2], middle, lo, hi)

"""``is_differentiable``: whether f has a derivative at a point, or a tangent plane.

If every operation of the graph of f stands at a point where it has a slope in each direction, so
has f, and f has a tangent plane just where these slopes are linear in the direction: operations
such as ``abs`` and ``maximum`` are Lipschitz, so that nothing is hidden between straight ways.
Otherwise f is sampled on ever smaller circles, and what is left of f beside the plane must shrink
faster than the circle, on straight ways and on bent ones, such as y = x².
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, overload

import numpy as np

from ..number import to_float
from .differentiability import PointKind, Probe, classify_point
from .one_sided import HiddenError, OneSided, every_way

Kind = Literal[
    "differentiable",
    "no tangent plane",
    "no partial derivative",
    "domain edge",
    "undefined",
    "cannot tell",
]
LEVELS, SHRINK = 24, 1 / 4  # circles, each a part of the one before
APART = 16  # rounding units of the point, by which a way bent like y = x³ is off a straight one
ASIDE = (1.0, 0.5, 0.25, 0.1, 0.03)  # s of the straight ways d + s·e
BENT = [(c, q) for c in (0.5, 1.0, 2.0) for q in (0.5, 1.0, 1.5, 2.0, 3.0)]  # of d + c·t^q·e
SOME = 64  # directions off the axes and diagonals
ZERO = 1e-6  # of the size of the slopes: what is left of f shrinks to nothing
SHRINKS, STAYS = 0.08, 0.02  # exponents p of a remainder ~ tᵖ·t
Way = tuple[float, ...]


@dataclass(frozen=True)
class PlaneKind:
    """What ``is_differentiable`` returns in several variables; true where there is a plane."""

    kind: Kind
    gradient: tuple[float | None, ...]  # the partial derivatives, None where there is none
    reason: str = ""  # how it is known, or where the plane fails

    def __bool__(self) -> bool:
        return self.kind == "differentiable"

    def __str__(self) -> str:
        slopes = ", ".join("none" if s is None else f"{s:.6g}" for s in self.gradient)
        return f"{self.kind}: partial derivatives ({slopes}). {self.reason}"


@overload
def is_differentiable(f: Callable[..., Any], x: float, /) -> PointKind: ...
@overload
def is_differentiable(f: Callable[..., Any], x: float, y: float, /, *more: float) -> PlaneKind: ...
def is_differentiable(f: Callable[..., Any], *point: float) -> PointKind | PlaneKind:
    """Whether f has a derivative at a point x, or a tangent plane at (x, y, …); true where it has.

    Args:
        f: takes as many Values, or floats, as the point has numbers.
        point: one number, or several.

    Returns:
        For one number the record of ``classify_point``.  For several a record with ``kind,
        gradient, reason``.  "no partial derivative": along an axis there is a corner, a jump, …;
        "no tangent plane": there are partial derivatives, but f − f(p) − ∇f·Δ is not o(|Δ|), where
        f jumps too.  "cannot tell": rounding, or a remainder that shrinks too slowly, hides which.

    Without a graph, and where a row has no finite slope, as √ at 0, f is sampled at distances
    down to 1e-15 (1e-5 where the point is not 0), in directions that come as near to the axes and
    diagonals as ways bent like y = x² do: this is evidence, not a proof, and another bent way may
    be missed.
    Source: 000 §1.4, l. 132 (one variable); 002, l. 218-220 (two).

    >>> print(is_differentiable(abs, 0.0))
    corner: slope -1 from the left, 1 from the right
    >>> bool(is_differentiable(abs, 1e-13)), bool(is_differentiable(lambda x, y: x * abs(y), 0, 0))
    (True, True)
    >>> print(is_differentiable(lambda x, y: abs(x) + y, 0.0, 0.0).kind)
    no partial derivative
    """
    if not point:
        raise TypeError("is_differentiable(f, x) or is_differentiable(f, x, y): where is f asked?")
    if len(point) == 1:
        return classify_point(f, point[0])
    p = [to_float(x) for x in point]
    nothing = (None,) * len(p)
    with np.errstate(all="ignore"):
        probe = Probe(f)
        if not all(map(math.isfinite, p)) or probe(*p) is None:
            return PlaneKind("undefined", nothing, probe.refused or "f has no number there.")
        if probe.has_graph:
            try:
                found = _by_graph(f, p)
            except HiddenError:
                hidden = "Rounding hides on which side of a tie an operation stands."
                return PlaneKind("cannot tell", nothing, hidden)
            if found is not None:
                return found
        return _by_values(probe, p)


def _axes(n: int) -> list[Way]:
    return [tuple(float(i == k) for i in range(n)) for k in range(n)]


def _straight(n: int) -> list[Way]:
    """The axes both ways, then the diagonals: of 0, 1 and −1 where these are not too many."""
    axes = _axes(n) + [tuple(-x for x in e) for e in _axes(n)]
    if n > 4:
        return axes + [tuple(s) for s in np.random.default_rng(1).choice([-1.0, 1.0], (SOME, n))]
    return axes + [v for v in product((0.0, 1.0, -1.0), repeat=n) if any(v) and v not in axes]


def _by_graph(f: Callable[..., Any], p: Sequence[float]) -> PlaneKind | None:
    """The kind by the slope in each direction; ``None`` if the graph does not give them."""
    n = len(p)
    random = np.random.default_rng(0).normal(size=(SOME, n))
    ways = [*_straight(n), *map(tuple, random)]
    sides = every_way(f, p, ways)
    if sides is None or any(side.stepped for side in sides):
        return None
    ahead, behind = sides[:n], sides[n : 2 * n]
    slopes: list[float | None] = []
    reason = ""
    for k, (a, b) in enumerate(zip(ahead, behind, strict=True)):
        meets = _meets(a, -b.rate, b)
        if meets is None:
            return None
        slopes.append(a.rate if meets and math.isfinite(a.rate) else None)
        if slopes[-1] is None and not reason:
            rates = f"{0.0 - b.rate:.6g} from below, {a.rate:.6g} from above"
            reason = f"Along variable {k + 1} the slope is {rates}."
    if None in slopes:
        return PlaneKind("no partial derivative", tuple(slopes), reason)
    for way, side in zip(ways, sides, strict=True):
        plane = sum(d * s for d, s in zip(way, slopes, strict=True) if s)
        meets = _meets(side, plane, *ahead)
        if meets is None:
            return None
        if not meets:
            reason = (
                f"Along {_told(way)} the slope is {side.rate:.6g}, that of the plane {plane:.6g}."
            )
            return PlaneKind("no tangent plane", tuple(slopes), reason)
    return PlaneKind("differentiable", tuple(slopes), "By its graph: the slopes are linear.")


def _meets(side: OneSided, slope: float, *others: OneSided) -> bool | None:
    """Whether a one-sided slope is this number; ``None`` if rounding hides it."""
    if not math.isfinite(side.rate) or not math.isfinite(slope):
        return side.rate == slope
    blur = side.blur + sum(other.blur for other in others)
    scale = max(s.scale for s in (side, *others))
    gap = abs(side.rate - slope)
    if gap <= 1e-12 * scale + 8 * blur:
        return True if blur <= 1e-6 * scale else None
    return False


def _told(way: Way) -> str:
    return f"({', '.join(f'{x:.4g}' for x in way)})"


def _by_values(f: Probe, p: Sequence[float]) -> PlaneKind:
    kinds = []
    for k, x in enumerate(p):

        def along(t: Any, k: int = k) -> Any:
            return f.f(*p[:k], t, *p[k + 1 :])

        kinds.append(classify_point(along, x))
    slopes = tuple(found.left if found else None for found in kinds)
    for k, found in enumerate(kinds):
        if not found:
            reason = f"Along variable {k + 1}: {found}"
            if found.kind in ("cannot tell", "domain edge", "undefined"):
                edge: Kind = "cannot tell" if found.kind == "cannot tell" else "domain edge"
                return PlaneKind(edge, slopes, reason)
            return PlaneKind("no partial derivative", slopes, reason)
    gradient = [s or 0.0 for s in slopes]
    left: list[tuple[float, float]] = []  # (t, the largest |remainder|/t on the circle)
    for t, most, way, defined in _circles(f, p, gradient):
        if not defined:
            return PlaneKind("domain edge", slopes, f"Along {_told(way)} f is not defined.")
        left.append((t, most))
        size = max(max(map(abs, gradient)), left[0][1])
        if most <= ZERO * size:
            return _sampled("differentiable", slopes, left)
        worst = way
    if len(left) < 5:
        return PlaneKind("cannot tell", slopes, "Rounding hides what is left beside the plane.")
    half = len(left) // 2
    first, last = _exponent(left[: half + 1]), _exponent(left[half:])
    if min(first, last) > SHRINKS and last > 0.5 * first:
        return _sampled("differentiable", slopes, left)
    if last < STAYS and left[-1][1] > 0.2 * left[half][1]:
        t, most = left[-1]
        reason = f"At distance {t:.2g} along {_told(worst)} f is off the plane by {most:.3g} of it."
        return PlaneKind("no tangent plane", slopes, reason)
    return PlaneKind("cannot tell", slopes, "What is left beside the plane shrinks too slowly.")


def _sampled(
    kind: Kind, slopes: tuple[float | None, ...], left: Sequence[tuple[float, float]]
) -> PlaneKind:
    t, most = left[-1]
    return PlaneKind(kind, slopes, f"Sampled: at distance {t:.2g} it is off by {most:.2g} of it.")


def _circles(
    f: Probe, p: Sequence[float], gradient: Sequence[float]
) -> Iterator[tuple[float, float, Way, bool]]:
    """(distance, largest |remainder|/distance, where, whether f is defined all around).

    From a coarse circle to the finest that rounding leaves readable.
    """
    here = f(*p)
    assert here is not None
    straight = _straight(len(p))
    turns = [
        (way, k)
        for way in straight[: 2 * len(p) + 4 if len(p) > 2 else None]
        for k in range(len(p))
        if way[k] == 0 or sum(map(abs, way)) > 1
    ]
    t = max(1.0, *map(abs, p)) / 8
    least = (APART * math.ulp(max(map(abs, p)))) ** (1 / 3)  # then bent ways look straight
    for _ in range(LEVELS):
        if t < least:
            return
        aside = [*ASIDE, *(c * t**q for c, q in BENT)]
        ways = straight + [
            (*way[:k], way[k] + sign * s, *way[k + 1 :])
            for (way, k), s, sign in product(turns, aside, (1.0, -1.0))
        ]
        most, worst, at = -1.0, ways[0], p
        for way in ways:
            x = [a + t * d for a, d in zip(p, way, strict=True)]
            moved = [a - b for a, b in zip(x, p, strict=True)]
            size = math.hypot(*moved)
            y = f.quick(*x)
            if y is None:
                yield t, math.inf, way, False
                return
            plane = sum(a * b for a, b in zip(gradient, moved, strict=True))
            off = abs(y - here - plane) / size if size else 0.0
            if off > most:
                most, worst, at = off, way, x
        read = f.sample(*at)[1] + math.ulp(here)
        if read / t > 0.1 * max(most, ZERO * max(map(abs, gradient))):
            return
        yield t, most, worst, True
        t *= SHRINK


def _exponent(points: Sequence[tuple[float, float]]) -> float:
    """p of y ~ tᵖ by least squares."""
    xs, ys = np.log([t for t, _ in points]), np.log([max(y, 1e-300) for _, y in points])
    return float(np.polyfit(xs, ys, 1)[0])

"""One-sided slopes of f from its graph: the table's rules, carried through kinks and jumps.

On one side of x every node is its limit plus a rate times t, for t → 0+; the same holds in each
direction from a point of several numbers.  A smooth operation
passes rates on by its local derivatives; ``abs``, ``relu``, ``maximum`` and the like may stand at
a tie, where the side decides; ``sign``, ``step`` and ``floor`` take the value next to it.  If
rounding may have made or hidden a tie, the graph does not decide: the caller gets ``None`` and
looks at the values of f.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from ..notation import Compare, walk
from ..ops import Op
from ..value import Value, order
from .extrapolation import EPS

STEPPED = ("sign", "step", "floor")
HOMOGENEOUS = ("abs", "relu", "leaky_relu", "elu", "hypot")  # g(r·t) ~ t·g′(0; r) at 0
CHOICES = ("maximum", "minimum")
EXACT: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
}
NEVER_ROUNDED = (*STEPPED, *CHOICES, "abs", "neg", "relu")


@dataclass(frozen=True)
class OneSided:
    """What a node does on one side: its limit, its rate away from x, and how certain these are."""

    limit: float
    rate: float
    noise: float = 0.0  # how much of the limit may be rounding
    spread: float = 0.0  # by how much it moves over half a unit in the last place of x
    scale: float = 0.0  # the sum of the sizes of the terms of the rate
    blur: float = 0.0  # how much of the rate may be rounding
    stepped: bool = False  # whether it comes from a jump
    moves: bool = False  # whether it changes with x: the rate of x² at 0 is 0


class HiddenError(ArithmeticError):
    """Rounding hides on which side of a tie an operation stands."""


class _UnclearError(ArithmeticError):
    """The graph does not decide."""


def both_sides(f: Callable[..., Value], x: float) -> tuple[OneSided, OneSided] | None:
    """Limit and slope of f to the left and to the right of x; ``None`` if its graph cannot tell.

    Raises:
        HiddenError: rounding hides on which side of a tie an operation stands.

    >>> left, right = both_sides(lambda x: abs(x - 100), 100.0)
    >>> left.rate, right.rate                                     # away from x
    (1.0, 1.0)
    """
    at = Value(x)
    y = f(at)
    nodes = order(y)
    if at not in nodes:
        return None
    formula = formula_of(nodes, [at])
    near = max(1.0, abs(x)) * 2.0**-45
    for beside in (math.nextafter(x, -math.inf), math.nextafter(x, math.inf), x - near, x + near):
        there = Value(beside)
        try:
            other = f(there)
        except (ValueError, ArithmeticError):
            return None
        if not isinstance(other, Value) or formula_of(order(other), [there]) != formula:
            return None  # an ``if`` of Python's, or a number computed outside the graph
    try:
        left, right = (_walked(nodes, [at], [direction]) for direction in (-1.0, 1.0))
    except _UnclearError:
        return None
    return left, right


def every_way(
    f: Callable[..., Value], point: Sequence[float], directions: Sequence[Sequence[float]]
) -> list[OneSided] | None:
    """Limit and slope of f from a point in each direction; ``None`` if its graph cannot tell.

    Raises:
        HiddenError: rounding hides on which side of a tie an operation stands.

    >>> [side.rate for side in every_way(lambda x, y: abs(x) + y, (0.0, 0.0), [(1, 2), (-1, 2)])]
    [3.0, 3.0]
    """
    leaves = [Value(x) for x in point]
    nodes = order(f(*leaves))
    formula = formula_of(nodes, leaves)
    for direction in directions:
        for step in (2.0**-52, 2.0**-45):
            there = [
                Value(x + d * step * max(1.0, abs(x)))
                for x, d in zip(point, direction, strict=True)
            ]
            try:
                other = f(*there)
            except (ValueError, ArithmeticError):
                return None
            if not isinstance(other, Value) or formula_of(order(other), there) != formula:
                return None
    try:
        return [_walked(nodes, leaves, direction) for direction in directions]
    except _UnclearError:
        return None


def formula_of(nodes: Sequence[Value], leaves: Sequence[Value]) -> list[Any]:
    """The operations of a graph, and its numbers other than its leaves and what depends on them."""
    place = {v: k for k, v in enumerate(nodes)}
    given = {v: k for k, v in enumerate(leaves)}
    return [
        (v.op, v.parameter, *(place[a] for a in v.operands))
        if v.operands
        else (given.get(v), None if v in given else v.data)
        for v in nodes
    ]


def _walked(
    nodes: Sequence[Value], leaves: Sequence[Value], direction: Sequence[float]
) -> OneSided:
    """What the last node does on one side of a point, from what each node before it does."""
    found: dict[Value, OneSided] = {}
    starts = dict(zip(leaves, direction, strict=True))
    for v in nodes:
        if v in starts:
            d = starts[v]
            found[v] = OneSided(v.data, d, 0.0, math.ulp(v.data) / 2, abs(d), moves=d != 0)
        elif not v.operands:
            found[v] = OneSided(v.data, 0.0)
        elif isinstance(v.op, Op):
            parameter = () if v.parameter is None else (v.parameter,)
            found[v] = _handed_on(v.op, [found[a] for a in v.operands], parameter)
        else:
            raise _UnclearError
        if not math.isfinite(found[v].limit) or math.isnan(found[v].rate):
            raise _UnclearError
    return found[nodes[-1]]


def _handed_on(op: Op, parts: Sequence[OneSided], parameter: tuple[float, ...]) -> OneSided:
    """What the result of an operation does, from what its operands do."""
    limits = [p.limit for p in parts]
    if not any(p.moves or p.noise for p in parts):
        y = op.total(*limits, *parameter)
        stepped = any(p.stepped for p in parts)
        return OneSided(y, 0.0, _rounding(op, limits, y), stepped=stepped)
    tie = _tie(op, parts)
    if tie is not None:
        return _at_tie(op, parts, tie, parameter)
    y = op.total(*limits, *parameter)
    local = op.local((*limits, *parameter), y)
    rate = scale = blur = noise = spread = 0.0
    noise = _rounding(op, limits, y)
    for k, (p, d) in enumerate(zip(parts, local, strict=True)):
        if math.isinf(d) and (p.moves or p.noise):
            d = _steep(op, limits, k, parts, parameter, d)
        if p.scale or p.noise:
            rate += d * p.rate if p.scale else 0.0
            scale += abs(d) * p.scale if p.scale else 0.0
            blur += abs(d) * p.blur if p.blur else 0.0
            noise += abs(d) * p.noise if p.noise else 0.0
            spread += abs(d) * p.spread if p.spread else 0.0
    for k, p in enumerate(parts):
        if p.noise:
            moved = [*limits]
            moved[k] += p.noise
            shifted = op.local((*moved, *parameter), op.total(*moved, *parameter))
            blur += sum(
                abs(a - b) * q.scale
                for a, b, q in zip(shifted, local, parts, strict=True)
                if q.scale
            )
    if math.isnan(blur) or math.isnan(noise) or math.isinf(noise):
        raise _UnclearError
    stepped = any(p.stepped for p in parts)
    moves = op.name not in STEPPED and any(p.moves for p in parts)
    return OneSided(y, rate, noise, spread, scale, blur, stepped, moves)


def _rounding(op: Op, limits: Sequence[float], y: float) -> float:
    """The rounding error of one operation, for its operands taken as exact."""
    if op.name in NEVER_ROUNDED:
        return 0.0
    if op.name in EXACT and all(map(math.isfinite, (*limits, y))):
        return float(abs(EXACT[op.name](*map(Fraction, limits)) - Fraction(y)))
    if not any(limits) and y == math.floor(y):  # exp(0), cos(0)
        return 0.0
    return max(EPS * abs(y), math.ulp(0.0)) if y else 0.0


@cache
def _in_pieces(op: Op) -> bool:
    """Whether some local derivative of the row depends on a comparison."""
    return any(isinstance(part, Compare) for d in op.derivatives for part in walk(d.tree))


def _tie(op: Op, parts: Sequence[OneSided]) -> tuple[float, ...] | None:
    """The operands at the tie or jump where an operation stands; ``None`` if it stands at none."""
    limits = [p.limit for p in parts]
    noise, spread = sum(p.noise for p in parts), sum(p.spread for p in parts)
    at: tuple[float, ...]
    if op.name in CHOICES:
        margin, at = abs(limits[0] - limits[1]), (limits[0], limits[0])
    elif op.name == "floor":
        whole = float(math.floor(limits[0] + 0.5))
        margin, at = abs(limits[0] - whole), (whole,)
    elif op.name in (*STEPPED, *HOMOGENEOUS):
        margin, at = max(map(abs, limits)), (0.0,) * len(limits)
    elif op.name == "atan2":
        margin = abs(limits[0]) if limits[1] <= parts[1].noise else math.inf
        if margin <= spread + 4 * noise:
            raise _UnclearError
        return None
    elif _in_pieces(op):
        raise _UnclearError  # a row in pieces: where they meet only values show
    else:
        return None
    if margin > spread + 4 * noise:
        return None
    if margin > spread + noise or noise > 8 * spread:
        raise HiddenError
    if any(math.isinf(p.rate) for p in parts):
        raise _UnclearError
    return at


def _at_tie(
    op: Op, parts: Sequence[OneSided], at: tuple[float, ...], parameter: tuple[float, ...]
) -> OneSided:
    """What the result of an operation at a tie does: a step, or one of its branches."""
    rates = [p.rate for p in parts]
    noise, spread = sum(p.noise for p in parts), sum(p.spread for p in parts)
    scale, blur = max(p.scale for p in parts), sum(p.blur for p in parts)
    if op.name in STEPPED:
        if abs(rates[0]) <= blur + 1e-9 * scale:
            raise _UnclearError
        beside = math.nextafter(at[0], math.copysign(math.inf, rates[0]))
        return OneSided(op.total(beside), 0.0, stepped=True)
    t = 1.0 if op.name in CHOICES else 2.0**-200
    rate = op.total(*(r * t for r in rates), *parameter) / t
    y, stepped = op.total(*at, *parameter), any(p.stepped for p in parts)
    return OneSided(y, rate, noise, spread, scale, blur, stepped, moves=True)


def _steep(
    op: Op,
    limits: Sequence[float],
    k: int,
    parts: Sequence[OneSided],
    parameter: tuple[float, ...],
    d: float,
) -> float:
    """An infinite local derivative d, if there is a vertical tangent and no overflow."""
    p = parts[k]
    if p.noise or abs(p.rate) <= p.blur + 1e-9 * p.scale:
        raise _UnclearError
    moved = [*limits]
    moved[k] = math.nextafter(limits[k], math.copysign(math.inf, p.rate))
    beside = op.local((*moved, *parameter), op.total(*moved, *parameter))[k]
    if not math.isfinite(beside):
        raise _UnclearError
    return d

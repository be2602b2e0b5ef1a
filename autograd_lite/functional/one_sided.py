"""The slopes of f to both sides of a point, from its graph: the rules of the table, at kinks too.

Towards one side every node is its limit plus a rate times t, t → 0+.  A smooth operation hands
rates on by its local derivatives; ``abs``, ``relu``, ``maximum`` and the like stand at a tie or
they do not; ``sign``, ``step`` and ``floor`` step to the value next to it.  What rounding could
have made is not decided here: whoever asks gets ``None``, and has the values of f.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..ops import Op
from ..value import Value, order

EPS = sys.float_info.epsilon
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
    """What f does on one side: its limit, its rate away from x, and how sure that is."""

    limit: float
    rate: float
    noise: float = 0.0  # how much of the limit may be rounding
    spread: float = 0.0  # by how much it moves over half a unit in the last place of x
    scale: float = 0.0  # the sum of the parts of the rate, without signs
    blur: float = 0.0  # how much of the rate may be rounding
    stepped: bool = False  # it comes from a jump
    moves: bool = False  # with x, though its rate may be 0, as that of x²


class HiddenError(ArithmeticError):
    """Rounding hides on which side of a tie an operation stands."""


class _UnclearError(ArithmeticError):
    """The graph does not decide."""


def both_sides(f: Callable[..., Value], x: float) -> tuple[OneSided, OneSided] | None:
    """What the graph of f says of the left and of the right of x; ``None`` where it says nothing.

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
    formula = _formula(nodes, at)
    near = max(1.0, abs(x)) * 2.0**-45
    for beside in (math.nextafter(x, -math.inf), math.nextafter(x, math.inf), x - near, x + near):
        there = Value(beside)
        try:
            other = f(there)
        except (ValueError, ArithmeticError):
            return None
        if not isinstance(other, Value) or _formula(order(other), there) != formula:
            return None  # an ``if`` of Python's, or a number computed beside the graph
    try:
        left, right = (_walked(nodes, at, direction) for direction in (-1.0, 1.0))
    except _UnclearError:
        return None
    return left, right


def _formula(nodes: Sequence[Value], x: Value) -> list[Any]:
    """What was computed, without the numbers that depend on x."""
    place = {v: k for k, v in enumerate(nodes)}
    return [
        (v.op, v.parameter, *(place[a] for a in v.operands))
        if v.operands
        else (v is x, None if v is x else v.data)
        for v in nodes
    ]


def _walked(nodes: Sequence[Value], x: Value, direction: float) -> OneSided:
    found: dict[Value, OneSided] = {}
    for v in nodes:
        if v is x:
            found[v] = OneSided(v.data, direction, 0.0, math.ulp(v.data) / 2, 1.0, moves=True)
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
    """One operation on what its operands do."""
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
    """How far the result is from that of its operands as they stand."""
    if op.name in NEVER_ROUNDED:
        return 0.0
    if op.name in EXACT and all(map(math.isfinite, (*limits, y))):
        return float(abs(EXACT[op.name](*map(Fraction, limits)) - Fraction(y)))
    if not any(limits) and y == math.floor(y):  # exp(0), cos(0)
        return 0.0
    return max(EPS * abs(y), math.ulp(0.0)) if y else 0.0


def _tie(op: Op, parts: Sequence[OneSided]) -> tuple[float, ...] | None:
    """The operands of a tie or a jump on which an operation stands; ``None`` if it does not."""
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
    elif any(sign in text for text in op.derivatives for sign in "<>"):
        raise _UnclearError  # a row of the user's, in pieces: where they meet only values show
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
    """An infinite local derivative, if its tangent is vertical and it is no overflow."""
    p = parts[k]
    if p.noise or abs(p.rate) <= p.blur + 1e-9 * p.scale:
        raise _UnclearError
    moved = [*limits]
    moved[k] = math.nextafter(limits[k], math.copysign(math.inf, p.rate))
    beside = op.local((*moved, *parameter), op.total(*moved, *parameter))[k]
    if not math.isfinite(beside):
        raise _UnclearError
    return d

"""Random graphs, their value and slopes in 50 digits, and how far rounding may lead away.

The bound is a running error analysis, to first order: an operation is wrong by its own rounding,
and by what its operands are wrong by, times its local derivatives.  Own rounding is ``UNIT`` for
arithmetic and square roots, which IEEE 754 rounds correctly, and ``LIBM`` for the functions of C;
an operation that the table builds from others is taken apart.  The gradient is a graph too; the
numbers that its rules put in, such as √(2π) or the exponent n − 1, are rounded as well.
"""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from autograd_lite import DomainError, Value
from autograd_lite.expr import compiled
from autograd_lite.higher import ALGEBRA, HELD
from autograd_lite.notation import names
from autograd_lite.ops import OPS, Op
from autograd_lite.value import order
from tests.program.cases import applied
from tests.test_ops import TABLE, Row, is_smooth, mp

from .harness import Find, Undecided

UNIT = 2.0**-53
LIBM = 8 * UNIT  # glibc promises less than 4 ulp for each of these functions
LEAST = 5e-324
EXACT = {"add", "sub", "mul", "div", "neg", "square", "reciprocal", "sqrt", "abs", "floor"}
EXACT |= {"maximum", "minimum", "relu", "sign", "step", "leaky_relu"}
SLACK = 4  # for what is of second order, and for the float of the exact number


# ---- the bound ----------------------------------------------------------------------------------


@cache
def parts(op: Op) -> Any:
    """The operation as a function of Values made of simpler ones, or None if it is simple."""
    tree = ast.parse(op.value, mode="eval").body
    below = [*ast.iter_child_nodes(tree)]
    simple = all(isinstance(x, ast.Name | ast.Constant | ast.operator | ast.unaryop) for x in below)
    if op.name in names(op.value) or op.name in EXACT or simple:
        return None
    return compiled(op.value, op.arguments, ALGEBRA.__getitem__)


def errors(
    y: Value, given: dict[Value, float] | None = None, least: float = 0.0
) -> dict[Value, float]:
    """By how much each Value below ``y`` may be wrong.

    ``given`` has the errors of leaves; rounding is relative to max(``least``, |v|).
    """
    found = dict(given or {})
    for v in order(y):
        if v not in found:
            below = [found[x] for x in v.operands]
            if v.op is HELD:
                found[v] = _of_held(v, found)
            else:
                found[v] = _error(v, below, least) if below else _of_leaf(v)
    return found


def _of_held(v: Value, found: dict[Value, float]) -> float:
    """A product of a factor and a slope, at a tie of numbers that rounding may have made equal."""
    factor, at = v.operands
    if len({*at.operands}) < len(at.operands) or not any(found[x] for x in at.operands):
        slope = v.data / factor.data if factor.data else math.inf
        return UNIT * abs(v.data) + (abs(slope) * found[factor] if found[factor] else 0.0)
    raise Undecided("a tie by rounding")


def _of_leaf(v: Value) -> float:
    """A leaf is exact; a constant may be √(2π) of a rule, three roundings of its own."""
    return 3 * UNIT * abs(v.data) if v.is_constant and v.data != round(v.data) else 0.0


def _error(v: Value, of_operands: Sequence[float], least: float) -> float:
    op = v.op
    assert isinstance(op, Op)
    split = parts(op)
    if split:
        leaves = [Value(x.data) for x in v.operands]
        inner = split(*leaves, *([] if v.parameter is None else [v.parameter]))
        if isinstance(inner, Value) and inner.operands:
            return errors(inner, dict(zip(leaves, of_operands, strict=True)), least)[inner]
    own = (UNIT if op.name in EXACT else LIBM) * max(least, abs(v.data)) + LEAST
    if op.name == "power" and v.operands[0].data and v.parameter:  # n − 1 is rounded
        own += 3 * UNIT * abs(v.parameter * math.log(abs(v.operands[0].data)) * v.data)
    slopes = zip(v.local_gradients, of_operands, strict=True)
    return own + sum(abs(slope) * e for slope, e in slopes if e)


def compared(case: str, want: Any, got: float, bound: float) -> Find | None:
    """Nothing where ``got`` is within the bound; an infinite bound says nothing."""
    if not math.isfinite(bound) or not mp.isfinite(want) or abs(want) > 1e300:
        raise Undecided("no finite bound")
    if abs(got - want) <= SLACK * bound + LEAST:
        return None
    return Find(case, f"{mp.nstr(want, 20)} ± {SLACK * bound:.2g}", repr(got))


# ---- random graphs ------------------------------------------------------------------------------

ROWS = {name: [row for row in TABLE if row.name == name] for name in [row.name for row in TABLE]}


@dataclass(frozen=True)
class Graph:
    """A function: each step applies a row of the table to what is there; the last is its value."""

    leaves: tuple[float, ...]  # where it is looked at
    steps: tuple[tuple[Row, tuple[int, ...]], ...]  # the places of the operands
    numbers: tuple[float, ...] = ()  # constants, after the leaves

    def __call__(self, *leaves: Any) -> Any:
        made = [*leaves, *map(Value, self.numbers)]
        for row, places in self.steps:
            made.append(applied(OPS[row.name], [made[i] for i in places], row.n))
        return made[-1]

    def __str__(self) -> str:
        start = [*self.leaves, *self.numbers]
        told = [f"v{i} = {x!r}" for i, x in enumerate(start)]
        for k, (row, places) in enumerate(self.steps, len(start)):
            told.append(
                f"v{k} = {row.name}({', '.join([f'v{i}' for i in places] + [*map(repr, row.n)])})"
            )
        return "; ".join(told)

    def shortest(self) -> list[Graph]:
        """Its beginnings, the shortest first: the first that shows a fault is the smallest."""
        return [
            Graph(self.leaves, self.steps[: k + 1], self.numbers) for k in range(len(self.steps))
        ]

    def exact(self) -> tuple[Any, list[Any]]:
        """(value, slopes) in 50 digits, forward; ``Undecided`` beside a kink or an edge."""
        start = [*self.leaves, *self.numbers]
        x: list[Any] = [mp.mpf(v) for v in start]
        dx = [[mp.mpf(i == j) for j in range(len(self.leaves))] for i in range(len(start))]
        rounded = [Value(v) for v in start]
        for row, places in self.steps:
            at = [x[i] for i in places]
            rounded.append(applied(OPS[row.name], [rounded[i] for i in places], row.n))
            near = [rounded[i].data for i in places]
            if not (is_smooth(row, at) and side(row, at) == side(row, near)):
                raise Undecided("on a kink")
            try:
                y = row.exact(at, *len(at) * [0])
                slopes = [
                    row.exact(at, *(int(i == j) for j in range(len(at)))) for i in range(len(at))
                ]
            except (ValueError, ZeroDivisionError):
                raise Undecided("on an edge") from None
            if any(isinstance(each, mp.mpc) for each in (y, *slopes)):
                raise Undecided("outside the domain by rounding")
            if y and not 1e-300 < abs(y) < 1e300:
                raise Undecided("out of the range of floats")
            x.append(y)
            dx.append(
                [
                    sum(s * dx[i][j] for s, i in zip(slopes, places, strict=True))
                    for j in range(len(dx[0]))
                ]
            )
        return x[-1], dx[-1]


def side(row: Row, x: Sequence[Any]) -> Any:
    """On which piece of a function in pieces x is."""
    if row.name == "floor":
        return mp.floor(x[0])
    return [mp.sign(v) for v in (x[0], x[-1], x[-1] - x[0])]


def drawn(rng: random.Random, most: int = 12, leaves: int = 3, size: float = 1e6) -> Graph:
    """A graph of at most so many steps, none of which leaves the domain or grows above ``size``."""
    at = tuple(number(rng) for _ in range(leaves))
    constants = tuple(round(rng.uniform(-3, 3), 2) for _ in range(rng.randrange(3)))
    values = [*at, *constants]
    steps: list[tuple[Row, tuple[int, ...]]] = []
    goal = rng.randint(1, most)
    for _ in range(20 * goal):
        row = rng.choice(ROWS[rng.choice(list(ROWS))])
        recent = max(0, len(values) - 4)
        places = tuple(
            rng.randrange(recent if rng.random() < 0.6 else 0, len(values))
            for _ in range(OPS[row.name].arity)
        )
        try:
            y = OPS[row.name](*(values[i] for i in places), *row.n)
        except DomainError:
            continue
        if y and not 1 / size < abs(y) < size:
            continue
        steps.append((row, places))
        values.append(y)
        if len(steps) == goal:
            break
    if not steps:
        raise Undecided("no graph")
    return Graph(at, tuple(steps), constants)


def number(rng: random.Random) -> float:
    """A number, most often of ordinary size."""
    kind = rng.random()
    if kind < 0.5:
        return rng.uniform(-3, 3)
    if kind < 0.8:
        return round(rng.uniform(-4, 4), 1)
    return rng.choice([-1, 1]) * 10 ** rng.uniform(-6, 4)


def nested(y: Value, x: Sequence[Value], path: Sequence[int]) -> Value:
    """∂…∂y towards the Values at the places in ``path``, one pass through the other."""
    for i in path:
        for v in (*order(y), *x):
            v.grad = None
        y.backward(create_graph=True)
        y = x[i].grad if x[i].has_grad else Value(0.0)
    return y

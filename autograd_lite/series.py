"""Taylor-mode differentiation: all derivatives up to the n-th, in one walk of a recorded graph.

Every node becomes a power series in t, where x + t stands for the input x.  If y = f(a), then
y′ = f′(a) · a′, and f′ is the row's own rule, evaluated on series; so the coefficients of y
follow one by one.  The cost of a product grows with n²; differentiating the graph n times in a
row grows exponentially.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .errors import TieError
from .expr import compiled
from .higher import check_fresh, row_of
from .ops import (
    CONSTANTS,
    Op,
    chained,
    find,
)
from .value import Value, depending_on, gradients, order

SMALLEST = 1e-290  # below, a coefficient may have lost digits


@dataclass
class Run:
    """What all series of one evaluation share.

    Args:
        side: 1 or −1: whether conditions are decided for t just above or just below 0.
        n: the order up to which terms are compared to decide a condition.

    Attributes:
        tie: whether some condition was not decided by the numbers at t = 0 alone.
        lost: whether a product 0 · ∞ came up.
    """

    side: int
    n: int
    tie: bool = False
    lost: bool = False


class Series:
    """The coefficients of a power series in t, each computed when it is first asked for.

    From index ``length`` on they are 0 by construction, so that 0 · ∞ is 0 there.
    """

    def __init__(
        self,
        run: Run,
        first: float,
        following: Callable[[int], float],
        length: float = math.inf,
    ) -> None:
        self.run = run
        self.known = [first]
        self._following = following
        self.length = length
        self.building = False  # while its own rules are being evaluated
        self.results: dict[Any, tuple[Any, Series]] = {}  # of operations on it: sin″ is −sin again

    def __getitem__(self, k: int) -> float:
        while len(self.known) <= k:
            self.known.append(self._following(len(self.known)))
        return self.known[k]

    def __float__(self) -> float:
        return self.known[0]


class Near(float):
    """A number in a condition of a rule; if both sides are equal, their next terms decide."""

    series: Series

    def _above(self, other: float) -> float:
        """The first term by which it differs from ``other`` beside t = 0: its sign decides."""
        if float(self) != float(other):
            return float(self) - float(other)
        theirs = other.series if isinstance(other, Near) else None
        if self.series.building or (theirs and theirs.building):
            raise TieError(f"derivatives where a number becomes {float(self):g} are not known")
        run = self.series.run
        run.tie = True
        for k in range(1, run.n + 1):
            difference = self.series[k] - (theirs[k] if theirs else 0.0)
            if difference:
                return difference if run.side > 0 or k % 2 == 0 else -difference
        return 0.0

    def __lt__(self, other: float) -> bool:
        return self._above(other) < 0

    def __le__(self, other: float) -> bool:
        return self._above(other) <= 0

    def __gt__(self, other: float) -> bool:
        return self._above(other) > 0

    def __ge__(self, other: float) -> bool:
        return self._above(other) >= 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and self._above(other) == 0

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __bool__(self) -> bool:
        return self != 0.0

    __hash__ = float.__hash__


def coefficients(y: Value, x: Value, n: int) -> list[float]:
    """The Taylor coefficients c0 … cn of y = c0 + c1·t + … + cn·tⁿ + …, at x + t in place of x.

    Raises:
        TieError: n ≥ 2, and the two sides of t = 0 have different ones, or 0 · ∞ came up.
        ValueError: n is too large for this function.
        StaleGraphError, HandmadeNodeError: as ``backward(create_graph=True)`` does.

    >>> x = Value(1.0)
    >>> coefficients(x ** 4, x, 5)
    [1.0, 4.0, 6.0, 4.0, 1.0, 0.0]
    """
    found, e = _scaled(y, x, n)
    return [_exact(c, -e * k) for k, c in enumerate(found)]


def nth_derivative(y: Value, x: Value, n: int) -> float:
    """dⁿy/dxⁿ = n! · cn, with cn as of ``coefficients``; raises as that does.

    >>> x = Value(0.0)
    >>> round(nth_derivative(x.exp(), x, 180), 12)  # 1/180! is 0 in floats
    1.0
    """
    found, e = _scaled(y, x, n)
    return _exact(found[n], -e * n, math.factorial(n))


def _exact(c: float, e: int, times: int = 1) -> float:
    """``c · 2ᵉ · times``, rounded once."""
    if (not e and times == 1) or not math.isfinite(c):
        return c
    try:
        return float(Fraction(c) * times * Fraction(2) ** e)
    except OverflowError:
        return math.copysign(math.inf, c)


def _scaled(y: Value, x: Value, n: int) -> tuple[list[float], int]:
    """The coefficients for t in units of 2ᵉ, with e such that floats can hold them; and e."""
    nodes = order(y)
    moving = depending_on([x], nodes)
    for v in nodes:
        if v in moving and v is not x:
            check_fresh(v)
    if y not in moving or not n:
        return [y.data] + n * [0.0], 0
    if n == 1:
        return [y.data, gradients(y, [x])[0]], 0
    nodes = [v for v in nodes if v in moving and v is not x]
    e, reach = 0, 1000
    found, lost = _both_sides(nodes, y, x, n, 1.0)
    if lost:
        raise TieError(f"the derivatives up to order {n} are not known: 0 · ∞ among their terms")
    for _ in range(16):
        fine = [k for k, c in enumerate(found) if k and SMALLEST < abs(c) < math.inf]
        if not fine or all(c == 0 or SMALLEST < abs(c) < math.inf for c in found[1:]):
            break
        more = -round(math.log2(abs(found[fine[-1]])) / fine[-1])
        more = max(-reach, min(more, reach))
        if not more or abs(e + more) > 1000:
            break
        other, _ = _both_sides(nodes, y, x, n, 2.0 ** (e + more))
        if sum(map(math.isfinite, other)) < sum(map(math.isfinite, found)):
            reach = abs(more) // 2  # what is computed on the way grew too large
        else:
            e, found = e + more, other
    return found, e


def _both_sides(
    nodes: list[Value], y: Value, x: Value, n: int, unit: float
) -> tuple[list[float], bool]:
    """The coefficients, if they are the same on both sides of t = 0; whether 0 · ∞ made one NaN."""
    run = Run(1, n)
    try:
        found = _one_side(nodes, y, x, run, unit)
        other = _one_side(nodes, y, x, Run(-1, n), unit) if run.tie else found
    except RecursionError:
        raise ValueError(
            f"derivatives up to order {n} of this function lead through too many others; "
            "ask for a lower order"
        ) from None
    if run.lost and any(map(math.isnan, found)):
        return found, True
    scale = max((abs(c) for c in found if math.isfinite(c)), default=0.0)
    for k, (c, d) in enumerate(zip(found, other, strict=True)):
        same = c == d or (c != c and d != d) or abs(c - d) <= 1e-12 * scale
        if not same:
            raise TieError(
                f"derivatives up to order {n} at a tie (of max, |x|, relu, …): those of order {k} "
                "are not the same on both sides; move the point"
            )
    return found, False


def _one_side(nodes: list[Value], y: Value, x: Value, run: Run, unit: float) -> list[float]:
    series: dict[Value, Any] = {x: Series(run, x.data, lambda k: unit if k == 1 else 0.0, 2)}
    for v in nodes:
        operands = [series.get(operand, operand.data) for operand in v.operands]
        parameter = () if v.parameter is None else (v.parameter,)
        made = _apply(row_of(v), *operands, *parameter)
        if isinstance(made, Series):
            series[v] = made
            made[run.n]  # at once, so that no request recurses along the graph
    return [series[y][k] for k in range(run.n + 1)] if y in series else [y.data] + run.n * [0.0]


def _apply(op: Op, *x: Any) -> Any:
    """An operation on series and numbers; a number if there is no series among them."""
    x = op.filled(x)
    moving = [a for a in x[: op.arity] if isinstance(a, Series)]
    if not moving or all(rule == "0" for rule in op.derivatives):  # floor, sign, step
        return op.total(*map(float, x))
    if op.name == "pow" and len(moving) == 1:
        return _pow(*x)
    key = op, *(id(a) if isinstance(a, Series) else a for a in x)
    results = moving[0].results
    if key not in results:
        results[key] = x, _series(op, x, moving[0].run)  # x is kept, so that no id is used again
    return results[key][1]


def _series(op: Op, x: tuple[Any, ...], run: Run) -> Series:
    """The result of an operation, by the recurrence that fits it."""
    operands = x[: op.arity]
    rules: dict[int, Any] = {}

    def following(k: int) -> float:
        """y' = f'(a) · a', by the row's rule."""
        total = whole = 0.0
        for i, a in enumerate(operands):
            if not isinstance(a, Series):
                continue
            if i not in rules:  # not before: a rule may ask for the same operation again
                y.building = True
                rules[i] = _rule(op, i)(*x, y)
                y.building = False
            rule = rules[i]
            if not isinstance(rule, Series):
                whole += _sum(run, [(rule, a[k])])
            else:
                terms = [(rule[j], (k - j) * a[k - j]) for j in range(k) if k - j < a.length]
                total += _sum(run, terms)
        if not any(isinstance(rule, Series) for rule in rules.values()):  # a linear operation
            y.length = max(operands[i].length for i in rules)
        return whole + total / k

    def quotient(k: int) -> float:
        """y·b = a; the row's −y/b would need a quotient of its own, and so on."""
        a, b = operands
        known = sum(y[j] * b[k - j] for j in range(k) if k - j < b.length)
        return float(((a[k] if isinstance(a, Series) else 0.0) - known) / b[0])

    def power(k: int) -> float:
        """a·y' = n·a'·y; the row's n·aⁿ⁻¹ would need aⁿ⁻², and so on."""
        a, n = x
        terms = [(n * j - (k - j)) * a[j] * y[k - j] for j in range(1, k + 1) if j < a.length]
        return float(sum(terms) / (k * a[0]))

    def exponent(k: int) -> float:
        """y' = (b · log a)' · y."""
        return float(sum(j * inner[j] * y[k - j] for j in range(1, k + 1)) / k)

    rule: Callable[..., float] = following
    base = operands[-1] if op.name == "div" else operands[0]
    regular = isinstance(base, Series) and 0 < abs(base[0]) < math.inf
    if op.name == "div" and regular:
        rule = quotient
    elif op.name == "power" and x[1] >= 0 and x[1] % 1 == 0 and (x[1] <= 64 or not base[0]):
        product = _product(operands[0], int(x[1]))
        rule = product.__getitem__ if isinstance(product, Series) else lambda k: 0.0
    elif op.name == "power" and regular:
        rule = power
    elif op.name == "pow" and regular and base[0] > 0:
        inner = _apply(find("mul"), operands[1], _apply(find("log"), base))
        rule = exponent
    y = Series(run, op.total(*map(float, x)), rule)
    return y


def _product(a: Series, n: int) -> Any:
    """``aⁿ`` for a whole n by products, so that the terms of a polynomial end."""
    if n < 2:
        return a if n else 1.0
    half = _apply(find("power"), a, float(n // 2)) if n > 3 else a
    square = _apply(find("mul"), half, half)
    return _apply(find("mul"), square, a) if n % 2 else square


def _sum(run: Run, terms: list[tuple[float, float]]) -> float:
    total = sum(a * b for a, b in terms)
    if total != total:
        run.lost = run.lost or any(a * b != a * b and chained(a, b) == 0 for a, b in terms)
    return total


_RULES: dict[tuple[Op, int], Callable[..., Any]] = {}


def _rule(op: Op, position: int) -> Callable[..., Any]:
    """A local derivative of the row, as a function of series and numbers."""
    key = op, position
    if key not in _RULES:
        tree = op.derivatives[position].tree
        _RULES[key] = compiled(tree, (*op.arguments, "y"), _lookup)
    return _RULES[key]


def _lookup(name: str) -> Any:
    """What a name in a rule stands for."""
    if name == "number":
        return _near
    if name == "pow":
        return _pow
    return CONSTANTS[name] if name in CONSTANTS else lambda *x: _apply(find(name), *x)


def _near(x: Any) -> float:
    """The number that stands for x in a condition."""
    number = Near(x)
    if isinstance(x, Series):
        number.series = x
        return number
    return float(x)


def _pow(a: Any, b: Any) -> Any:
    """``a ** b``, by the row for a fixed exponent or a fixed base where one of them is a number."""
    if not isinstance(b, Series):
        return _apply(find("power"), a, b)
    return _apply(find("pow"), a, b) if isinstance(a, Series) else _apply(find("exponential"), b, a)

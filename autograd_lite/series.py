"""Power series of recorded functions: all derivatives up to the n-th in one walk of the graph.

If y = f(a) and a is a power series in t, then y' = f'(a) · a', and f' is the row's own rule,
evaluated on series.  So the coefficients of y follow one by one, at a cost that grows with n²
for each product, where differentiating the graph again and again grows exponentially.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .engine import Value, check_fresh, depending_on, row_of
from .formula import compiled
from .ops import CONSTANTS, Op, find
from .walk import order


class Series:
    """The coefficients of a power series in t, each computed when it is first asked for.

    ``length`` is from where on they are 0 by construction, not by the numbers: 0·inf is then 0.
    """

    def __init__(
        self, first: float, following: Callable[[int], float], length: float = math.inf
    ) -> None:
        self._known = [first]
        self._following = following
        self.length = length

    def __getitem__(self, k: int) -> float:
        while len(self._known) <= k:
            self._known.append(self._following(len(self._known)))
        return self._known[k]

    def __float__(self) -> float:
        return self._known[0]


def coefficients(y: Value, x: Value, n: int) -> list[float]:
    """The coefficients c0 … cn of y = c0 + c1·t + … + cn·tⁿ + …, where x was displaced by t.

    Raises:
        StaleGraphError, HandmadeNodeError: as ``backward(create_graph=True)`` does.

    >>> x = Value(1.0)
    >>> coefficients(x ** 4, x, 5)
    [1.0, 4.0, 6.0, 4.0, 1.0, 0.0]
    """
    nodes = order(y)
    moving = depending_on([x], nodes)
    series: dict[Value, Any] = {x: Series(x.data, lambda k: 1.0 if k == 1 else 0.0, 2)}
    for v in nodes:
        if v in moving and v is not x:
            check_fresh(v)
            operands = [series.get(operand, operand.data) for operand in v.operands]
            parameter = () if v.parameter is None else (v.parameter,)
            series[v] = _apply(row_of(v), *operands, *parameter)
            for k in range(n + 1):  # here and now, so that asking never recurses along the graph
                series[v][k]
    if y not in series:
        return [y.data] + n * [0.0]
    return [series[y][k] for k in range(n + 1)]


def _apply(op: Op, *x: Any) -> Any:
    """The operation on series and numbers; a number if there is no series among them."""
    x = op.filled(x)
    operands, parameter = x[: op.arity], x[op.arity :]
    first = op.total(*map(float, x))
    if not any(isinstance(a, Series) for a in operands):
        return first
    rules: dict[int, Any] = {}

    def following(k: int) -> float:
        total = whole = 0.0
        for i, a in enumerate(operands):
            if not isinstance(a, Series):
                continue
            if i not in rules:  # only now: a rule may ask for the same operation again
                rules[i] = _rule(op, i)(*operands, *parameter, y)
            rule = rules[i]
            if not isinstance(rule, Series):
                whole += rule * a[k]
            else:
                total += sum(rule[j] * (k - j) * a[k - j] for j in range(k) if k - j < a.length)
        if not any(isinstance(rule, Series) for rule in rules.values()):  # a linear operation
            y.length = max(operands[i].length for i in rules)
        return whole + total / k

    def quotient(k: int) -> float:
        a, b = operands
        known = sum(y[j] * b[k - j] for j in range(k) if k - j < b.length)
        return float(((a[k] if isinstance(a, Series) else 0.0) - known) / b[0])

    # y·b = a gives yₖ; by the row, −y/b would ask for a quotient of its own, and so on: 2ᵏ of them
    divided = op.name == "div" and isinstance(operands[1], Series)
    regular = divided and 0 < abs(operands[1][0]) < math.inf
    y = Series(first, quotient if regular else following)
    return y


_RULES: dict[tuple[Op, int], Callable[..., Any]] = {}


def _rule(op: Op, position: int) -> Callable[..., Any]:
    key = op, position
    if key not in _RULES:
        _RULES[key] = compiled(op.derivatives[position], (*op.arguments, "y"), _lookup)
    return _RULES[key]


def _lookup(name: str) -> Any:
    if name == "number":
        return float
    if name == "pow":
        return _pow
    return CONSTANTS[name] if name in CONSTANTS else lambda *x: _apply(find(name), *x)


def _pow(a: Any, b: Any) -> Any:
    if not isinstance(b, Series):
        return _apply(find("power"), a, b)
    return _apply(find("pow"), a, b) if isinstance(a, Series) else _apply(find("exponential"), b, a)

"""Names for the nodes of a graph, and arithmetic shown so that it is true."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import reduce
from itertools import count

from ..expr import shown
from ..higher import check_fresh
from ..labels import clean
from ..ops import Op, chained
from ..value import Value

Names = dict[Value, str]


def names_of(nodes: Iterable[Value]) -> Names:
    """A name for every node: its label, its number if constant, or v1, v2, … in order."""
    nodes = list(nodes)
    taken = {str(v.label) for v in nodes}
    free = (name for name in (f"v{i}" for i in count(1)) if name not in taken)
    return {
        v: clean(v.label) if v.label else shown(v.data) if v.is_constant else next(free)
        for v in nodes
    }


def in_symbols(v: Value, names: Names) -> str:
    """The operation that made ``v``, with its operands' names: ``"σ(z)"``; a leaf's own name."""
    if isinstance(v.op, Op):
        return v.op.formula(*(names[x] for x in v.operands), parameter=v.parameter)
    if v.op is None:
        return names[v]
    return f"{clean(v.op.shown)}({', '.join(names[x] for x in v.operands)})"


def in_numbers(v: Value, digits: int = 4) -> str:
    """The operation that made ``v`` with its operands' numbers, as they are shown.

    Raises:
        StaleGraphError: the value of ``v`` no longer follows from them.
    """
    numbers = [shown(x.data, digits) for x in v.operands]
    if isinstance(v.op, Op):
        check_fresh(v)
        return v.op.formula(*numbers, parameter=v.parameter)
    return shown(v.data, digits) if v.op is None else f"{clean(v.op.shown)}({', '.join(numbers)})"


def local_in_symbols(v: Value, position: int, names: Names) -> str:
    """The local derivative of ``v`` towards an operand: ``"a1 · (1 − a1)"``; "" without a rule.

    A label stands for the result; a result without one is written out where it is a call.
    """
    op = v.op
    if not isinstance(op, Op):
        return ""
    if " if " in op.derivatives[position]:
        check_fresh(v)  # the piece that applies is chosen by the numbers
    called = not v.label and op.shown.endswith(")") and not op.shown.startswith("(")
    result = in_symbols(v, names) if called else names[v]
    return _local(v, op, position, [names[x] for x in v.operands], result)


def local_in_numbers(v: Value, position: int, digits: int = 4) -> str:
    """The local derivative with the numbers as they are shown: ``"0.6682 · (1 − 0.6682)"``.

    Raises:
        StaleGraphError: the value of ``v`` no longer follows from its operands.
    """
    if not isinstance(v.op, Op):
        return ""
    check_fresh(v)
    numbers = [shown(x.data, digits) for x in v.operands]
    return _local(v, v.op, position, numbers, shown(v.data, digits))


def _local(v: Value, op: Op, position: int, operands: Sequence[str], result: str) -> str:
    n = {} if v.parameter is None else {op.parameter: v.parameter}
    at = tuple(x.data for x in v.operands)
    return op.local_formula(position, *operands, y=result, at=at, **n)


# ---- is what is shown true? ---------------------------------------------------------------------


def read(text: str) -> float:
    """The number that a shown text says."""
    return float(text.replace("−", "-").replace("∞", "inf"))


def sign_of_product(factors: Iterable[str], product: str) -> str:
    """The sign "=" where the factors, as shown, multiply to the product as shown, or "≈"."""
    return _sign(_exactly("mul", factors), product)


def sign_of_sum(terms: Iterable[str], total: str) -> str:
    """The sign "=" where the terms, as shown, add up to the total as shown, or "≈"."""
    return _sign(_exactly("add", terms), total)


def sign_of_value(v: Value, digits: int = 4) -> str:
    """The sign "=" where the operation on the numbers as shown gives the one shown, or "≈"."""
    if not isinstance(v.op, Op):
        return "="
    return _sign(v.op.total(*_rounded(v, digits)), shown(v.data, digits))


def sign_of_local(v: Value, position: int, local: float, digits: int = 4) -> str:
    """The sign "=" where the rule at the numbers as shown gives the one shown, or "≈"."""
    if not isinstance(v.op, Op):
        return "="
    result = read(shown(v.data, digits))
    return _sign(v.op.local(_rounded(v, digits), result)[position], shown(local, digits))


def _rounded(v: Value, digits: int) -> tuple[float, ...]:
    numbers = tuple(read(shown(x.data, digits)) for x in v.operands)
    return numbers if v.parameter is None else (*numbers, v.parameter)


def _exactly(how: str, parts: Iterable[str]) -> float | Decimal:
    numbers = [read(part) for part in parts]
    if not all(map(math.isfinite, numbers)):
        return reduce(chained, numbers) if how == "mul" else sum(numbers)
    exact = [Decimal(repr(x)) for x in numbers]
    return math.prod(exact, start=Decimal(1)) if how == "mul" else sum(exact, start=Decimal(0))


def _sign(result: float | Decimal, text: str) -> str:
    if isinstance(result, Decimal):
        return "=" if math.isfinite(read(text)) and result == Decimal(repr(read(text))) else "≈"
    told = read(text)
    same = (math.isnan(told) and math.isnan(result)) or told == result
    return "=" if same or math.isclose(told, result, rel_tol=1e-14) else "≈"

"""How a graph's nodes, operations and local derivatives are written, in names and in numbers.

Everything is a ``Written``: text that knows how tightly it binds.  Arithmetic is shown with = only
where it holds for the numbers as they are shown, else with ≈.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import reduce
from itertools import count

from ..expr import ATOM, NEGATIVE, PRODUCT, SUM, Mathematics, Written, read, shown
from ..higher import check_fresh
from ..labels import clean, shortened
from ..notation import If
from ..ops import OPS, Op, chained
from ..value import Value

Names = dict[Value, Written]
Paper = type[Mathematics]  # or expr.Typeset, expr.LaTeX


class NamesOnDemand(Names):
    """The names that ``names_of`` gives; each is written when it is first asked for."""

    def __init__(
        self, nodes: Iterable[Value], printer: Paper = Mathematics, digits: int = 4
    ) -> None:
        nodes = list(nodes)
        taken = {str(v.label) for v in nodes if v.label}
        free = (i for i in count(1) if f"v{i}" not in taken)
        self._paper, self._digits, self._shortened = printer(OPS), digits, shortened(taken)
        self._free = {v: next(free) for v in nodes if not (v.label or v.is_constant)}

    def __missing__(self, v: Value) -> Written:
        if v.is_constant and not v.label:
            name = self._paper.number(v.data, self._digits)
        else:
            label = self._shortened[str(v.label)] if v.label else f"v{self._free[v]}"
            name = self._paper.label(label)
        self[v] = name
        return name


def names_of(nodes: Iterable[Value], printer: Paper = Mathematics, digits: int = 4) -> Names:
    """A name for every node: its label, its number if constant, or v1, v2, … in order.

    ``Typeset`` as the printer gives w11 its index and yhat its hat: see ``labels.typeset``.
    """
    nodes = list(nodes)
    names = NamesOnDemand(nodes, printer, digits)
    return {v: names[v] for v in nodes}


def partial(of: Written, by: Written, d: str = "∂") -> Written:
    """``∂z/∂w``, with brackets around a name that reads as a formula."""
    return Written(f"{d}{of.inside(ATOM)}/{d}{by.inside(ATOM)}")


def product(factors: Sequence[Written], *, signed: bool = False) -> Written:
    """The factors with · between; ``signed``: the first may be a number below 0 as it is."""
    if len(factors) == 1:
        return factors[0]
    told = [x.inside(PRODUCT, right=True) for x in factors]
    return Written(" · ".join([factors[0] if signed else told[0], *told[1:]]), PRODUCT)


def total(terms: Sequence[Written]) -> Written:
    """The terms with + between; the first may begin with a minus."""
    if len(terms) == 1:
        return terms[0]
    first = terms[0].inside(SUM) if terms[0].binds != NEGATIVE else terms[0]
    return Written(" + ".join([first, *(x.inside(SUM, right=True) for x in terms[1:])]), SUM)


def in_symbols(v: Value, names: Names, printer: Paper = Mathematics) -> Written:
    """The operation that made ``v``, with its operands' names: ``"σ(z)"``; a leaf's own name."""
    return _made(v, [names[x] for x in v.operands], printer) if v.op else names[v]


def in_numbers(v: Value, digits: int = 4, printer: Paper = Mathematics) -> Written:
    """The operation that made ``v`` with its operands' numbers, as they are shown.

    Raises:
        StaleGraphError: the value of ``v`` no longer follows from them.
    """
    paper = printer(OPS)
    if v.op is None:
        return paper.number(v.data, digits)
    if isinstance(v.op, Op):
        check_fresh(v)
    return _made(v, [paper.number(x.data, digits) for x in v.operands], printer)


def _made(v: Value, operands: Sequence[Written], printer: Paper) -> Written:
    """The operation that made ``v``; one made by hand is written as a call."""
    if isinstance(v.op, Op):
        return v.op.formula(*operands, parameter=v.parameter, printer=printer)
    assert v.op is not None
    return Written(f"{printer(OPS).label(clean(v.op.shown))}({', '.join(operands)})")


def local_in_symbols(
    v: Value, position: int, names: Names, printer: Paper = Mathematics
) -> Written | None:
    """The local derivative of ``v`` towards an operand: ``"a1 · (1 − a1)"``.

    A label stands for the result; a result without one is written out where it is a call.

    Returns:
        ``None`` for a node made by hand, whose rule is not known.
    """
    op = v.op
    if not isinstance(op, Op):
        return None
    if isinstance(op.derivatives[position].tree, If):
        check_fresh(v)  # the piece that applies is chosen by the numbers
    result = names[v]
    if not v.label and "y" in op.derivatives[position]:
        made = in_symbols(v, names, printer)
        result = made if made.binds == ATOM else result
    return _local(v, op, position, [names[x] for x in v.operands], result, printer)


def local_in_numbers(
    v: Value, position: int, digits: int = 4, printer: Paper = Mathematics
) -> Written | None:
    """The local derivative with the numbers as they are shown: ``"0.6682 · (1 − 0.6682)"``.

    Returns:
        ``None`` for a node made by hand, whose rule is not known.

    Raises:
        StaleGraphError: the value of ``v`` no longer follows from its operands.
    """
    if not isinstance(v.op, Op):
        return None
    check_fresh(v)
    paper = printer(OPS)
    numbers = [paper.number(x.data, digits) for x in v.operands]
    return _local(v, v.op, position, numbers, paper.number(v.data, digits), printer)


def _local(
    v: Value, op: Op, position: int, operands: Sequence[Written], result: Written, printer: Paper
) -> Written:
    n = {} if v.parameter is None else {op.parameter: v.parameter}
    at = tuple(x.data for x in v.operands)
    return op.local_formula(position, *operands, y=result, at=at, printer=printer, **n)


# ---- = or ≈ -------------------------------------------------------------------------------------


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


def _exactly(how: str, parts: Iterable[str]) -> float | Fraction:
    numbers = [read(part) for part in parts]
    if not all(map(math.isfinite, numbers)):
        return reduce(chained, numbers) if how == "mul" else sum(numbers)
    exact = [Fraction(repr(x)) for x in numbers]
    return math.prod(exact, start=Fraction(1)) if how == "mul" else sum(exact, start=Fraction(0))


def _sign(result: float | Fraction, text: str) -> str:
    if isinstance(result, Fraction):
        return "=" if math.isfinite(read(text)) and result == Fraction(repr(read(text))) else "≈"
    told = read(text)
    same = (math.isnan(told) and math.isnan(result)) or told == result
    return "=" if same or math.isclose(told, result, rel_tol=1e-14) else "≈"

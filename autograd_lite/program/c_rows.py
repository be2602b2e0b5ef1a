"""The calculus table in C: every row as functions of ``V``, a double or a vector of doubles.

``head`` has what differs between a double and a vector.  On vectors both sides of a choice are
computed, so what both call is called once, by the argument that is chosen (``called_once``).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..expr import C, Written
from ..notation import Call, Expr, Formula, If, calls, rebuilt, walk
from ..ops import OPS, PRIMITIVES, Op, operands_of
from .c_math import NAMES, VECTORS, WIDTHS

# Python's own: a hypot of its own, and before 3.11 NumPy's cbrt.
_OTHER_IN_C = {"hypot"} if hasattr(math, "cbrt") else {"hypot", "cbrt"}
# What C calls otherwise, or does in one instruction; ⌊−0⌋ is 0 in Python.
_IN_C = {
    "abs": "__builtin_fabs(a)",
    "sqrt": "__builtin_sqrt(a)",
    "floor": "(__builtin_floor(a) + 0.0)",
}


class TableInC(C):
    """Prints formulas that call the C functions below: ``p_exp`` a primitive, ``f_17`` a row.

    Args:
        known: what stands in C for a name.
        vectors: whether the functions are those on vectors, which take ``usual`` too.

    >>> TableInC({"slope": "n"}).text(OPS["leaky_relu"].value.tree)
    'SEL(((a <= K(0.0))), a * n, a)'
    """

    def __init__(
        self, known: Mapping[str, str] = MappingProxyType({}), *, vectors: bool = False
    ) -> None:
        super().__init__(
            lambda name: f"p_{name}" if name in PRIMITIVES else f"f_{tag(OPS[name])}", known
        )
        self.more = [Written("usual")] if vectors else []

    def call(self, name: str, arguments: list[Written]) -> Written:
        """A function of the table, with its parameter's default where that was left out."""
        if name not in PRIMITIVES and len(arguments) < len(OPS[name].arguments):
            default = OPS[name].default
            assert default is not None
            arguments = [*arguments, self.number(default)]
        return super().call(name, [*arguments, *self.more])


def tag(op: Op) -> str:
    """The row's name in C: its number in the table, for a name may be a word of C."""
    return str(list(OPS).index(op.name))


def given(op: Op, *more: str) -> list[str]:
    """What its C functions are called with."""
    return [*op.operands, *(["n"] if op.parameter else []), *more]


def functions(rows: Iterable[Op], *, vectors: bool = False) -> str:
    """The C functions of the rows: f value, d0 and d1 local derivatives, in the domain's mask.

    On vectors they have one argument more: where to clear the lanes that ``c_math`` leaves out.
    """
    rows = {op: None for row in rows for op in (*_called(row), row)}
    return "\n".join(_functions(op, vectors) for op in sorted(rows, key=lambda op: int(tag(op))))


def _functions(op: Op, vectors: bool) -> str:
    printer = TableInC(dict(zip(op.arguments, given(op), strict=True)), vectors=vectors)
    once = called_once if vectors else lambda tree: tree
    kind, mask = ("static FUNCTION", ", M *usual") if vectors else ("static inline", "")
    plain = ", ".join(f"V {x}" for x in given(op))
    lines = [f"/* {op.name} */"]
    for name, more, formula in [
        ("f", "", op.value),
        *((f"d{i}", ", V y", rule) for i, rule in enumerate(op.derivatives)),
    ]:
        body = printer.text(once(formula.tree))
        lines.append(f"{kind} V {name}_{tag(op)}({plain}{more}{mask}) {{ return {body}; }}")
    if op.domain:
        inside = " | ".join(
            [printer.condition(op.domain.tree), *(f"({x} != {x})" for x in given(op))]
        )
        lines.append(f"{kind} M in_{tag(op)}({plain}{mask}) {{ return {inside}; }}")
    return "\n".join(lines)


def as_in_python(rows: Iterable[Op]) -> bool:
    """Whether values and derivatives have the bits that they have in Python."""
    every = [each for row in rows for each in (*_called(row), row)]
    return not any(_OTHER_IN_C.intersection(calls(f.tree)) for op in every for f in _formulas(op))


def _formulas(op: Op) -> list[Formula]:
    return [op.value, *op.derivatives, *([op.domain] if op.domain else [])]


def _called(op: Op) -> list[Op]:
    """The rows that its formulas call, and those that these call; what is called comes first."""
    found = [name for formula in _formulas(op) for name in calls(formula.tree)]
    direct = [OPS[x] for x in found if x not in (*PRIMITIVES, *C.signs, "neg", op.name)]
    return [each for row in direct for each in (*_called(row), row)]


def called_once(tree: Expr) -> Expr:
    """The formula with one call where both sides of a choice have one of the same function.

    The numbers stay the same to the last bit; a sigmoid on vectors takes one exp and one division
    in place of three and two.

    >>> tree = OPS["sigmoid"].value.tree
    >>> calls(tree).count("div"), calls(called_once(tree)).count("div")
    (2, 1)
    """
    if not any(isinstance(x, If) for x in walk(tree)):
        return tree
    return rebuilt(tree, _called_once)


def _called_once(tree: Expr) -> Expr:
    if not isinstance(tree, If):
        return tree
    test, then, other = tree
    for name in _in_both(then, other):
        mine, theirs = _only_call(then, name), _only_call(other, name)
        if mine is not None and theirs is not None:
            pairs = zip(mine.arguments, theirs.arguments, strict=True)
            both = Call(name, tuple(_called_once(If(test, x, y)) for x, y in pairs))
            then, other = _replaced(then, mine, both), _replaced(other, theirs, both)
    return then if repr(then) == repr(other) else If(test, then, other)


def _replaced(tree: Expr, old: Expr, new: Expr) -> Expr:
    """The formula with ``new`` in place of ``old``; 0.0 and −0.0 differ by their text only."""
    return rebuilt(tree, lambda x: new if x == old and repr(x) == repr(old) else x)


def _in_both(then: Expr, other: Expr) -> list[str]:
    """The functions that take their time and stand in both; what is called by others first."""
    found = [x for x in reversed(calls(then)) if x == "div" or x in {*PRIMITIVES} - {*_IN_C}]
    return [x for x in dict.fromkeys(found) if x in calls(other)]


def _only_call(tree: Expr, name: str) -> Call | None:
    """The call of the function, unless there are several at different arguments."""
    found = {repr(x): x for x in walk(tree) if isinstance(x, Call) and x.name == name}
    return next(iter(found.values())) if len(found) == 1 else None


def head(*, vectors: bool = False) -> str:
    """What the functions are written in: a double, or a vector as wide as the machine's."""
    lines = ["#include <stdint.h>"]
    for name in PRIMITIVES:
        if name not in _IN_C:
            lines.append(f"extern double {name}(double{', double' * (operands_of(name) == 2)});")
    lines.append(WIDTHS if vectors else _SCALAR)
    for name in PRIMITIVES:
        if vectors and name in NAMES:
            continue
        arguments = ("a", "b") if operands_of(name) == 2 else ("a",)
        call = _IN_C.get(name) or f"{name}({', '.join(arguments)})"
        body = f"return {call};"
        if vectors:
            each = call
            for x in arguments:
                each = each.replace(f"({x}", f"({x}[i]").replace(f", {x}", f", {x}[i]")
            body = f"V r; for (int i = 0; i < LANES; i++) r[i] = {each}; return r;"
        plain = ", ".join(f"V {x}" for x in arguments) + (", M *usual" if vectors else "")
        lines.append(f"static inline V p_{name}({plain}) {{ {body} }}")
    if vectors:
        lines.append(VECTORS)
    return "\n".join(lines) + "\n"


_SCALAR = """
typedef double V;
typedef int M;
#define K(x) (x)
#define SEL(m, x, y) ((m) ? (x) : (y))
"""

"""The calculus table in C: every row as functions of ``V``, a double or a vector of doubles.

``head`` has what differs between a double and a vector.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ..expr import C, Written
from ..notation import Formula, calls
from ..ops import OPS, PRIMITIVES, Op, operands_of
from .c_math import NAMES, VECTORS

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

    >>> TableInC({"slope": "n"}).text(OPS["leaky_relu"].value.tree)
    'SEL(((a <= K(0.0))), a * n, a)'
    """

    def __init__(self, known: Mapping[str, str] = MappingProxyType({})) -> None:
        super().__init__(
            lambda name: f"p_{name}" if name in PRIMITIVES else f"f_{tag(OPS[name])}", known
        )

    def call(self, name: str, arguments: list[Written]) -> Written:
        """A function of the table, with its parameter's default where that was left out."""
        if name not in PRIMITIVES and len(arguments) < len(OPS[name].arguments):
            default = OPS[name].default
            assert default is not None
            arguments = [*arguments, self.number(default)]
        return super().call(name, arguments)


def tag(op: Op) -> str:
    """The row's name in C: its number in the table, for a name may be a word of C."""
    return str(list(OPS).index(op.name))


def given(op: Op, *more: str) -> list[str]:
    """What its C functions are called with."""
    return [*op.operands, *(["n"] if op.parameter else []), *more]


def functions(rows: Iterable[Op]) -> str:
    """The C functions of the rows: f value, d0 and d1 local derivatives, in the domain's mask."""
    rows = {op: None for row in rows for op in (*_called(row), row)}
    return "\n".join(_functions(op) for op in sorted(rows, key=lambda op: int(tag(op))))


def _functions(op: Op) -> str:
    printer = TableInC(dict(zip(op.arguments, given(op), strict=True)))
    plain = ", ".join(f"V {x}" for x in given(op))
    lines = [f"/* {op.name} */"]
    lines.append(
        f"static inline V f_{tag(op)}({plain}) {{ return {printer.text(op.value.tree)}; }}"
    )
    for i, rule in enumerate(op.derivatives):
        body = f"{{ return {printer.text(rule.tree)}; }}"
        lines.append(f"static inline V d{i}_{tag(op)}({plain}, V y) {body}")
    if op.domain:
        inside = " | ".join(
            [printer.condition(op.domain.tree), *(f"({x} != {x})" for x in given(op))]
        )
        lines.append(f"static inline M in_{tag(op)}({plain}) {{ return {inside}; }}")
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


def head(lanes: int = 1) -> str:
    """What the functions are written in: a double, or a vector of so many."""
    lines = ["#include <stdint.h>"]
    for name in PRIMITIVES:
        if name not in _IN_C:
            lines.append(f"extern double {name}(double{', double' * (operands_of(name) == 2)});")
    if lanes == 1:
        lines += ["typedef double V;", "typedef int M;", "#define K(x) (x)"]
        lines += ["#define SEL(m, x, y) ((m) ? (x) : (y))"]
    else:
        wide = f"__attribute__((vector_size({8 * lanes})))"
        lines += [f"typedef double V {wide};", f"typedef int64_t M {wide};"]
        lines += [f"#define K(x) ((V){{{', '.join(['(x)'] * lanes)}}})"]
        lines += ["#define SEL(m, x, y) ((V)(((M)(x) & (m)) | ((M)(y) & ~(m))))"]
    for name in PRIMITIVES:
        if lanes > 1 and name in NAMES:
            continue
        arguments = ("a", "b") if operands_of(name) == 2 else ("a",)
        call = _IN_C.get(name) or f"{name}({', '.join(arguments)})"
        body = f"return {call};"
        if lanes > 1:
            each = call
            for x in arguments:
                each = each.replace(f"({x}", f"({x}[i]").replace(f", {x}", f", {x}[i]")
            body = f"V r; for (int i = 0; i < {lanes}; i++) r[i] = {each}; return r;"
        plain = ", ".join(f"V {x}" for x in arguments)
        lines.append(f"static inline V p_{name}({plain}) {{ {body} }}")
    if lanes > 1:
        lines.append(VECTORS)
    return "\n".join(lines) + "\n"

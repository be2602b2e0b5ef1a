"""The calculus table in C: every row as functions of ``V``, a double or a vector of doubles.

The text of a row is read a further time here; what differs between a double and a vector stands
in the two heads below.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from ..ops import OPS, PRIMITIVES, Op
from .c_math import NAMES, VECTORS

_SIGNS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE: dict[type, str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_CONSTANTS = {"pi": "0x1.921fb54442d18p+1", "inf": "__builtin_inf()", "nan": '__builtin_nan("")'}
_TWO = ("pow", "atan2", "hypot")
# What C calls otherwise, or does in one instruction; ⌊−0⌋ is 0 in Python.
_IN_C = {
    "abs": "__builtin_fabs(a)",
    "sqrt": "__builtin_sqrt(a)",
    "floor": "(__builtin_floor(a) + 0.0)",
}


def expression(text: str, names: Mapping[str, str]) -> str:
    """A formula as C, with what stands in C for the names in it.

    >>> expression("slope if 0 < a <= 1 else a ** slope", {"a": "a", "slope": "n"})
    'SEL(((K(0.0) < a) & (a <= K(1.0))), n, p_pow(a, n))'
    """
    return _written(ast.parse(text, mode="eval").body, names)


def number(x: float) -> str:
    """A constant in C."""
    if x != x or x in (float("inf"), float("-inf")):
        sign = "-" if x == float("-inf") else ""
        return f"K({sign}{_CONSTANTS['nan' if x != x else 'inf']})"
    return f"K({x!r})"


def _written(node: ast.AST, names: Mapping[str, str]) -> str:
    if isinstance(node, ast.Constant):
        return number(float(node.value))  # type: ignore[arg-type]
    if isinstance(node, ast.Name):
        known = _CONSTANTS.get(node.id)
        return f"K({known})" if known else names[node.id]
    if isinstance(node, ast.UnaryOp):
        return f"(-{_written(node.operand, names)})"
    if isinstance(node, ast.BinOp):
        x, y = _written(node.left, names), _written(node.right, names)
        return f"p_pow({x}, {y})" if isinstance(node.op, ast.Pow) else _binary(node, x, y)
    if isinstance(node, ast.IfExp):
        parts = _mask(node.test, names), _written(node.body, names), _written(node.orelse, names)
        return f"SEL({', '.join(parts)})"
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func)
        arguments = [_written(x, names) for x in node.args]
        if name in PRIMITIVES:
            return f"p_{name}({', '.join(arguments)})"
        op = OPS[name]
        if len(arguments) < len(op.arguments) and op.default is not None:
            arguments.append(number(op.default))
        return f"f_{tag(op)}({', '.join(arguments)})"
    raise TypeError(f"{ast.unparse(node)!r} has no form in C")


def _binary(node: ast.BinOp, x: str, y: str) -> str:
    return f"({x} {_SIGNS[type(node.op)]} {y})"


def _mask(node: ast.AST, names: Mapping[str, str]) -> str:
    if isinstance(node, ast.BoolOp):
        sign = " & " if isinstance(node.op, ast.And) else " | "
        return f"({sign.join(_mask(part, names) for part in node.values)})"
    if not isinstance(node, ast.Compare):
        return f"({_written(node, names)} != K(0.0))"
    sides = [_written(x, names) for x in (node.left, *node.comparators)]
    signs = [_COMPARE[type(sign)] for sign in node.ops]
    pairs = zip(sides, signs, sides[1:], strict=False)
    return f"({' & '.join(f'({x} {sign} {y})' for x, sign, y in pairs)})"


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
    names = dict(zip(op.arguments, given(op), strict=True))
    plain = ", ".join(f"V {x}" for x in given(op))
    lines = [f"/* {op.name} */", f"static inline V f_{tag(op)}({plain})"]
    lines[-1] += f" {{ return {expression(op.value, names)}; }}"
    for i, text in enumerate(op.derivatives):
        lines.append(f"static inline V d{i}_{tag(op)}({plain}, V y)")
        lines[-1] += f" {{ return {expression(text, names | {'y': 'y'})}; }}"
    if op.domain:
        nan = " | ".join(f"({x} != {x})" for x in given(op))
        lines.append(f"static inline M in_{tag(op)}({plain})")
        lines[-1] += (
            f" {{ return {_mask(ast.parse(op.domain, mode='eval').body, names)} | {nan}; }}"
        )
    return "\n".join(lines)


def _called(op: Op) -> list[Op]:
    """The rows that its texts call, and those that these call; what is called comes first."""
    texts = [op.value, *op.derivatives, *([op.domain] if op.domain else [])]
    nodes = [node for text in texts for node in ast.walk(ast.parse(text, mode="eval"))]
    names = [ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)]
    direct = [OPS[name] for name in names if name not in PRIMITIVES and name != op.name]
    return [each for row in direct for each in (*_called(row), row)]


def head(lanes: int = 1) -> str:
    """What the functions are written in: a double, or a vector of so many."""
    lines = ["#include <stdint.h>"]
    for name in PRIMITIVES:
        if name not in _IN_C:
            lines.append(f"extern double {name}(double{', double' * (name in _TWO)});")
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
        arguments = ("a", "b") if name in _TWO else ("a",)
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

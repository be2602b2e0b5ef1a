"""Formulas as text, and three readings of them: fast Python, calls of operations, mathematics.

A formula is an expression in Python's grammar with numbers, names, ``+ - * / **``, calls,
comparisons, ``and``, ``or`` and ``x if condition else z``; anything else is refused.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Container, Mapping
from types import MappingProxyType
from typing import Any

_OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
# How tightly each sign binds, from "if" (0) to a power (6).
_SIGNS = {ast.Add: (" + ", 4), ast.Sub: (" − ", 4), ast.Mult: (" · ", 5), ast.Div: (" / ", 5)}
_WORDS = {ast.Or: (" or ", 1), ast.And: (" and ", 2)}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: " < ",
    ast.LtE: " ≤ ",
    ast.Gt: " > ",
    ast.GtE: " ≥ ",
    ast.Eq: " = ",
    ast.NotEq: " ≠ ",
}
_GREEK = {"pi": "π", "inf": "∞", "nan": "NaN", "alpha": "α"}


def check_text(where: str, text: str, known: Container[str]) -> None:
    """Raise ``ValueError`` unless ``text`` is a formula in the ``known`` names; empty is fine."""
    grammar: tuple[type, ...] = (
        ast.Expression,
        ast.BinOp,
        ast.UnaryOp,
        ast.Call,
        ast.Name,
        ast.Constant,
        ast.IfExp,
    )
    grammar += (ast.Compare, ast.BoolOp, ast.USub, ast.boolop, *_OPERATORS, *_COMPARISONS)
    grammar += (ast.expr_context,)
    try:
        tree = ast.parse(text or "0", mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{where}: {text!r} is not a formula: {error.msg}") from None
    for node in ast.walk(tree):
        if not isinstance(node, grammar):
            raise ValueError(f"{where}: {ast.unparse(node)!r} is not allowed in {text!r}")
        if isinstance(node, ast.Constant) and type(node.value) not in (int, float):
            raise ValueError(f"{where}: {node.value!r} is not a number in {text!r}")
        if isinstance(node, ast.Name) and node.id not in known:
            raise ValueError(f"{where}: unknown name {node.id!r} in {text!r}")


def names(text: str) -> set[str]:
    """The names that a text uses."""
    return {
        node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)
    }


class _Fast(ast.NodeTransformer):
    """Numbers as floats; ``**`` as C's pow, which raises where Python's would turn complex."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Constant(float(node.value))  # type: ignore[arg-type]

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow):
            return ast.Call(ast.Name("pow", ast.Load()), [node.left, node.right], [])
        return node


class _Calls(_Fast):
    """Every operation as a call by name, so that one text serves floats, Values and series."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        name = ast.Name(_OPERATORS[type(node.op)], ast.Load())
        return ast.Call(name, [node.left, node.right], [])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.operand, ast.Constant):
            return ast.Constant(-node.operand.value)  # type: ignore[operator]
        return ast.Call(ast.Name("neg", ast.Load()), [node.operand], [])

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        return ast.IfExp(_Test().visit(node.test), self.visit(node.body), self.visit(node.orelse))


class _Test(_Fast):
    """A condition looks at plain numbers, whatever it is that is being computed on."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Call(ast.Name("number", ast.Load()), [node], [])

    def visit_Call(self, node: ast.Call) -> ast.expr:
        return ast.Call(node.func, [self.visit(argument) for argument in node.args], [])


def fast_source(text: str) -> str:
    """The text as Python source on floats, to be run with the names in ``FAST``."""
    return ast.unparse(_Fast().visit(ast.parse(text, mode="eval")))


def compiled(
    text: str, parameters: tuple[str, ...], lookup: Callable[[str], Any]
) -> Callable[..., Any]:
    """The text as a function in which every operation is a call of ``lookup(its name)``.

    What is looked up decides on what it computes: floats, Values, series …; ``number`` is looked
    up too: it gives the plain number that a condition looks at.
    """
    tree = _Calls().visit(ast.parse(text, mode="eval"))
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {*parameters}
    source = f"lambda {', '.join(parameters)}: {ast.unparse(tree)}"
    function: Callable[..., Any] = eval(source, {name: lookup(name) for name in used})
    return function


def written(
    text: str,
    filled: Mapping[str, str] = MappingProxyType({}),
    rows: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """The text as mathematics on paper.

    Args:
        text: the formula.
        filled: what to write in place of its names.
        rows: the operations that it calls, by name: each with ``arguments`` and ``shown``.

    >>> written("-y / (1 - b)", {"b": "n"})
    '−y / (1 − n)'
    """

    def write(node: ast.expr, tight: int = 0) -> str:  # brackets where it binds less than tight
        if isinstance(node, ast.Name):
            return filled.get(node.id) or _GREEK.get(node.id, node.id)
        if isinstance(node, ast.Constant):
            return atom(node.value)
        if isinstance(node, ast.Call):
            row = rows[ast.unparse(node.func)]
            pairs = zip(row.arguments, node.args, strict=False)
            return str(row.shown.format(**{x: write(y, tight_at(row.shown, x)) for x, y in pairs}))
        if isinstance(node, ast.UnaryOp):
            line, binds = "−" + write(node.operand, 5), 5
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            line, binds = f"{write(node.left, 7)}^{write(node.right, 7)}", 6
        elif isinstance(node, ast.BinOp):
            sign, binds = _SIGNS[type(node.op)]
            after = isinstance(node.op, ast.Sub | ast.Div) or isinstance(node.right, ast.UnaryOp)
            line = write(node.left, binds) + sign
            line += write(node.right, 6 if after and binds == 5 else binds + after)
        elif isinstance(node, ast.IfExp):
            body, test, other = write(node.body, 1), write(node.test), write(node.orelse)
            line, binds = f"{body} if {test} else {other}", 0
        elif isinstance(node, ast.Compare):
            sides = [write(x, 4) for x in node.comparators]
            signs = [_COMPARISONS[type(sign)] for sign in node.ops]
            line, binds = write(node.left, 4), 3
            line += "".join(map("".join, zip(signs, sides, strict=True)))
        elif isinstance(node, ast.BoolOp):
            word, binds = _WORDS[type(node.op)]
            line = word.join(write(x, binds + 1) for x in node.values)
        else:
            raise TypeError(f"{ast.unparse(node)!r} has no written form")
        return f"({line})" if binds < tight else line

    return write(ast.parse(text, mode="eval").body)


def atom(x: object, tight: int = 7) -> str:
    """A label or number as it stands in a formula; a negative number in brackets if ``tight``."""
    if not isinstance(x, int | float):
        return str(x)
    text = f"{x:.6g}".replace("-", "−").replace("inf", "∞")
    return f"({text})" if tight and text.startswith("−") else text


def tight_at(shown: str, x: str) -> int:
    """0 where brackets already stand around the place of ``x``, 7 where they may be needed."""
    return 0 if re.search(rf"([(|⌊]|, )\{{{x}\}}[)|⌋,]", shown) else 7

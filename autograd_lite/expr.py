"""Formulas as text, and four readings of them: fast Python, arrays, calls, mathematics.

A formula is an expression in Python's grammar with numbers, names, ``+ - * / **``, calls,
comparisons, ``and``, ``or`` and ``x if condition else z``; anything else is refused, and so is
what is longer than ``LONGEST`` or nested deeper than ``DEEPEST``: a sum of n terms is n - 1 deep.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Container, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from .number import short

LONGEST = 10_000  # characters
DEEPEST = 100  # operations within operations; Python itself stops at 200 brackets
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


def check_text(
    where: str,
    text: str,
    variables: Container[str],
    functions: Mapping[str, Container[int]],
    *,
    condition: bool = False,
) -> None:
    """Raise ``ValueError`` unless ``text`` is a formula, or with ``condition`` a comparison.

    Args:
        where: what to call it in the message.
        text: the formula.
        variables: the names that may stand for numbers.
        functions: the names that may be called, with how many arguments.
    """
    grammar: tuple[type, ...] = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name)
    grammar += (ast.Constant, ast.IfExp, ast.Compare, ast.BoolOp, ast.USub, ast.boolop)
    grammar += (*_OPERATORS, *_COMPARISONS, ast.expr_context)
    if not isinstance(text, str):
        raise TypeError(f"{where}: {short(text)} is not a formula: it is written as text")
    told = short(text)
    if len(text) > LONGEST:
        raise ValueError(f"{where}: {told} is too long: {len(text):,} characters of {LONGEST:,}")
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise ValueError(f"{where}: {told} is not a formula: {_first(error.msg)}") from None
    except UnicodeError:
        raise ValueError(f"{where}: {told} is not a formula: half of a character") from None
    except ValueError as error:
        raise ValueError(f"{where}: {told} is not a formula: {_first(error)}") from None
    except (RecursionError, MemoryError):
        raise ValueError(f"{where}: {told} is nested too deep") from None
    if _is_deep(tree.body):
        raise ValueError(
            f"{where}: {told} is nested too deep: at most {DEEPEST} operations; take it in parts"
        )
    if condition and not isinstance(tree.body, ast.Compare | ast.BoolOp):
        how = "write a comparison such as 'a > 0', or several joined by 'and' or 'or'"
        raise ValueError(f"{where}: {told} is not a condition; {how}")
    tests: list[ast.AST] = [x.test for x in ast.walk(tree) if isinstance(x, ast.IfExp)]
    tests += [tree] if condition else []
    inside = {id(node) for test in tests for node in ast.walk(test)}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        logic = isinstance(node, ast.Compare | ast.BoolOp)
        if not isinstance(node, grammar) or (logic and id(node) not in inside):
            what = ast.unparse(node) or type(node).__name__
            raise ValueError(f"{where}: {short(what)} is not allowed in {told}")
        if isinstance(node, ast.Constant) and not _is_float(node.value):
            raise ValueError(f"{where}: {short(node.value)} is not a number in {told}")
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in variables:
            raise ValueError(f"{where}: unknown name {short(node.id)} in {told}")
        if isinstance(node, ast.Call):
            counts = functions.get(node.func.id, ()) if isinstance(node.func, ast.Name) else ()
            if not counts:
                what = short(ast.unparse(node))
                raise ValueError(f"{where}: unknown operation {what} in {told}")
            if len(node.args) not in counts or node.keywords:
                what = short(ast.unparse(node))
                raise ValueError(f"{where}: wrong arguments {what} in {told}")


def _is_float(x: Any) -> bool:
    """Whether a constant is a number that a float can hold."""
    try:
        return type(x) in (int, float) and math.isfinite(float(x))
    except OverflowError:
        return False


def _first(message: object) -> str:
    """The first part of what Python says."""
    return str(message).split(": ")[0]


def _is_deep(tree: ast.expr) -> bool:
    """Whether operations stand in each other deeper than ``DEEPEST``."""
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST + 1):
        level = [y for x in level for y in ast.iter_child_nodes(x) if isinstance(y, ast.expr)]
    return bool(level)


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


class _Arrays(_Fast):
    """Every choice as a call of ``where``, every condition as a mask, for arrays of numbers."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        parts = [self._mask(node.test), self.visit(node.body), self.visit(node.orelse)]
        return ast.Call(ast.Name("where", ast.Load()), parts, [])

    def _mask(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.BoolOp):
            sign = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
            return _joined([self._mask(part) for part in node.values], sign)
        if not isinstance(node, ast.Compare):
            zero = ast.Constant(0.0)
            return ast.Compare(self.visit(node), [ast.NotEq()], [zero])
        sides = [self.visit(part) for part in (node.left, *node.comparators)]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        return _joined([ast.Compare(x, [sign], [y]) for x, sign, y in pairs], ast.BitAnd())


def _joined(parts: list[ast.expr], sign: ast.operator) -> ast.expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = ast.BinOp(whole, sign, part)
    return whole


def array_source(text: str, *, condition: bool = False) -> str:
    """The text as Python source on whole arrays, with ``where`` and the functions it calls.

    >>> array_source("1 if 0 < a <= 2 else -a")
    'where((0.0 < a) & (a <= 2.0), 1.0, -a)'
    """
    part = ast.parse(text, mode="eval").body
    return ast.unparse(_Arrays()._mask(part) if condition else _Arrays().visit(part))


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


class _Known(ast.NodeTransformer):
    """Known names as their numbers, and what follows from them: x · 1, x ^ 1, 3 − 1."""

    def __init__(self, known: Mapping[str, float]) -> None:
        self.known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(self.known[node.id]) if node.id in self.known else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        left, right = (getattr(x, "value", None) for x in (node.left, node.right))
        if left is not None and right is not None and isinstance(node.op, ast.Add | ast.Sub):
            return ast.Constant(left + right if isinstance(node.op, ast.Add) else left - right)
        if isinstance(node.op, ast.Mult | ast.Pow | ast.Div) and right == 1:
            return node.left
        if isinstance(node.op, ast.Pow) and right == 0:
            return ast.Constant(1.0)
        return node.right if isinstance(node.op, ast.Mult) and left == 1 else node


def decided(text: str, known: Mapping[str, float], holds: Callable[[str], bool]) -> tuple[str, str]:
    """The branch of a formula that applies, and the condition that chose it, if it is one.

    Args:
        text: the formula.
        known: the names to fill in with numbers.
        holds: whether a condition, given as text, is true.

    A bare name as a condition (``if n``) guards an odd point and is not worth telling.

    >>> decided("n * a ** (n - 1) if n else 0", {"n": 2.0}, lambda condition: True)
    ('2.0 * a', '')
    >>> decided("0 if a <= 0 else 1", {}, lambda condition: True)
    ('0', 'a <= 0')
    """
    part, condition = ast.parse(text, mode="eval").body, ""
    while isinstance(part, ast.IfExp):
        test = ast.unparse(part.test)
        told = any(isinstance(node, ast.Compare) for node in ast.walk(part.test))
        taken = holds(test)
        condition = test if taken and told else ""
        part = part.body if taken else part.orelse
    return ast.unparse(_Known(known).visit(part)), condition


def any_border(text: str) -> str:
    """A condition that is true where some comparison in ``text`` has equal sides.

    >>> any_border("1 if a > b else 0 if a < b else 0.5")
    'a == b or a == b'
    """
    nodes = ast.walk(ast.parse(text, mode="eval"))
    return " or ".join(pair for x in nodes if isinstance(x, ast.Compare) for pair in _equal(x))


def bordering(text: str, holds: Callable[[str], bool]) -> str:
    """The comparison that chooses a piece of a formula and turns out otherwise beside the point.

    Args:
        text: the formula.
        holds: whether a condition, given as text, is true at the point.

    A bare name as a condition (``if n``) guards an odd point of one piece.

    >>> bordering("b if a > 0 else a", lambda test: test == "a == 0")
    'a > 0'
    """

    def outcome(test: ast.expr) -> bool | None:
        """What a test is at the point and beside it; ``None`` if that differs."""
        if isinstance(test, ast.BoolOp):
            found = [outcome(part) for part in test.values]
            strong = isinstance(test.op, ast.Or)
            return strong if strong in found else None if None in found else not strong
        if isinstance(test, ast.Compare) and any(map(holds, _equal(test))):
            return None
        return holds(ast.unparse(test))

    part = ast.parse(text, mode="eval").body
    while isinstance(part, ast.IfExp):
        taken = outcome(part.test)
        if taken is None:
            return ast.unparse(part.test)
        part = part.body if taken else part.orelse
    return ""


def _equal(test: ast.Compare) -> list[str]:
    """That sides of a comparison are equal."""
    sides = [ast.unparse(x) for x in (test.left, *test.comparators)]
    return [f"{x} == {y}" for x, y in pairwise(sides)]


def settled(text: str, known: Mapping[str, float], holds: Callable[[str], bool]) -> str:
    """The formula with the known names filled in, as far as they alone decide on its pieces.

    Args:
        text: the formula.
        known: the names to fill in with numbers.
        holds: whether a condition in known names, given as text, is true.

    >>> settled("n * a ** (n - 1) if n else 0", {"n": 2.0}, lambda condition: True)
    '2.0 * a'
    >>> settled("n ** a", {"n": -2.0}, lambda condition: True)
    '(-2.0) ** a'
    """
    part = ast.parse(text, mode="eval").body
    while isinstance(part, ast.IfExp) and names(ast.unparse(part.test)) <= known.keys():
        part = part.body if holds(ast.unparse(part.test)) else part.orelse
    return ast.unparse(_Signs().visit(_Known(known).visit(part)))


class _Signs(ast.NodeTransformer):
    """A negative number as the minus of a positive one, so that brackets are put around it."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if math.copysign(1.0, float(node.value)) > 0:  # type: ignore[arg-type]
            return node
        return ast.UnaryOp(ast.USub(), ast.Constant(-node.value))  # type: ignore[operator]


def written(
    text: str,
    filled: Mapping[str, object] = MappingProxyType({}),
    rows: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """The text as mathematics on paper.

    Args:
        text: the formula.
        filled: the labels or numbers to write in place of its names.
        rows: the operations that it calls, by name: each with ``arguments`` and ``shown``.

    >>> written("-y / (1 - b)", {"b": "n"})
    '−y / (1 − n)'
    """
    return _written(ast.parse(text, mode="eval").body, 0, filled, rows)


def _written(
    node: ast.expr, tight: int, filled: Mapping[str, object], rows: Mapping[str, Any]
) -> str:
    """One part of a formula; in brackets where it binds less than ``tight``."""

    def write(part: ast.expr, tight: int = 0) -> str:
        return _written(part, tight, filled, rows)

    if isinstance(node, ast.Name):
        return atom(filled.get(node.id, _GREEK.get(node.id, node.id)), tight)
    if isinstance(node, ast.Constant):
        return atom(node.value, tight)
    if isinstance(node, ast.Call):
        row = rows[ast.unparse(node.func)]
        pairs = zip(row.arguments, node.args, strict=False)
        inner = {row.parameter: row.default}  # unless it is written out
        inner |= {x: write(y, tight_at(row.shown, x)) for x, y in pairs}
        line, binds = str(row.shown.format(**inner)), _binding(row.shown)
    elif isinstance(node, ast.UnaryOp):
        line, binds = "−" + write(node.operand, 6), 5
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        line, binds = f"{write(node.left, 7)}^{write(node.right, 7)}", 6
    elif isinstance(node, ast.BinOp):
        sign, binds = _SIGNS[type(node.op)]
        after = binds + isinstance(node.op, ast.Sub | ast.Div)
        after = 6 if isinstance(node.right, ast.UnaryOp) else after
        line = write(node.left, binds) + sign + write(node.right, after)
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


def atom(x: object, tight: int = 7) -> str:
    """A label or number as it stands in a formula; a negative number in brackets if ``tight``."""
    text = str(x)
    if isinstance(x, int | float):
        text = f"{x:.6g}".replace("-", "−").replace("inf", "∞")
    return f"({text})" if tight and text.startswith("−") else text


def tight_at(shown: str, x: str) -> int:
    """0 where brackets already stand around the place of ``x``, 7 where they may be needed."""
    return 0 if re.search(rf"([(|⌊]|, )\{{{x}\}}[)|⌋,]", shown) else 7


def _binding(shown: str) -> int:
    """How tightly a written operation binds: a call or anything in brackets most."""
    bare = re.sub(r"[(|⌊].*[)|⌋]", "", shown)
    for sign, binds in (
        (" + ", 4),
        (" − ", 4),
        (" · ", 5),
        (" / ", 5),
        ("−", 5),
        ("^", 6),
        ("²", 6),
    ):
        if sign in bare:
            return binds
    return 9

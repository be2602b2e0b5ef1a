"""The printers of a formula's tree: Python, NumPy, C, JavaScript, mathematics, LaTeX.

The tree is read in ``notation``.  A printer gives each part of a formula together with how
tightly it binds, so that brackets stand where they are needed and nowhere else.

>>> Python().text(Formula("a ** 2 if a > 0 else -a", {"a"}).tree)
'pow(a, 2.0) if a > 0.0 else -a'
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from string import Formatter
from types import MappingProxyType
from typing import Any

from .labels import is_clean, latex, raised, typeset
from .notation import (
    LONGEST,
    Call,
    Compare,
    Expr,
    If,
    Logic,
    Name,
    Number,
    calls,
    names,
    rebuilt,
    tree_of,
    walk,
)
from .notation import (
    Formula as Formula,
)
from .number import short

# ---- printers -----------------------------------------------------------------------------------

# How tightly a text binds, from "x if c else z" to a single name.
# A quotient stands in a product as it is, but reads better in brackets as a factor among several.
LOOSE, NEGATIVE, OR, AND, COMPARED, SUM, QUOTIENT, PRODUCT, POWER, ATOM = range(10)


class Written(str):
    """Text that knows how tightly it binds, so that brackets are never guessed.

    >>> Written("a + b", SUM).inside(PRODUCT), Written("a · b", PRODUCT).inside(PRODUCT)
    ('(a + b)', 'a · b')
    """

    binds: int

    def __new__(cls, text: str, binds: int = ATOM) -> Written:
        """Text that binds so tightly."""
        self = super().__new__(cls, text)
        self.binds = binds
        return self

    def inside(self, tight: int, *, right: bool = False) -> str:
        """The text, in brackets where what stands around it binds more tightly.

        Args:
            tight: how tightly its place binds.
            right: whether a sign stands before it, after which none may follow.
        """
        signed = right and tight and self[:1] in ("-", "−")
        return f"({self})" if self.binds < tight or signed else str(self)


class Printer:
    """Prints a tree.  A language says how it writes numbers, names, signs, calls and choices."""

    # operation: its sign, how tightly it binds, how tightly its left and right places do
    signs: Mapping[str, tuple[str, int, int, int]] = {
        "add": (" + ", SUM, SUM, PRODUCT),  # of floats, a + (b + c) is not a + b + c
        "sub": (" - ", SUM, SUM, PRODUCT),
        "mul": (" * ", PRODUCT, PRODUCT, POWER),
        "div": (" / ", PRODUCT, PRODUCT, POWER),
    }
    minus = "-"
    compared: Mapping[str, str] = {x: f" {x} " for x in ("<", "<=", ">", ">=", "==", "!=")}
    logic: Mapping[str, str] = {"and": " and ", "or": " or "}

    def text(self, tree: Expr) -> str:
        """The formula in this language."""
        return str(self.write(tree))

    def write(self, tree: Expr) -> Written:
        """A part of the formula, with how tightly it binds."""
        if isinstance(tree, Number):
            return self.number(tree.value)
        if isinstance(tree, Name):
            return self.name(tree.name)
        if isinstance(tree, If):
            return self.choice(tree)
        if isinstance(tree, Compare | Logic):
            return self.condition(tree)
        if tree.name == "neg":
            return Written(self.minus + self.write(tree.arguments[0]).inside(POWER), PRODUCT)
        if tree.name in self.signs and len(tree.arguments) == 2:
            sign, binds, left, right = self.signs[tree.name]
            a, b = map(self.write, tree.arguments)
            return Written(a.inside(left) + sign + b.inside(right, right=True), binds)
        return self.call(tree.name, [self.write(x) for x in tree.arguments])

    def number(self, x: float) -> Written:
        """A number."""
        return Written(repr(x), ATOM if math.copysign(1.0, x) > 0 else NEGATIVE)

    def name(self, name: str) -> Written:
        """A name."""
        return Written(name)

    def call(self, name: str, arguments: list[Written]) -> Written:
        """A function at its arguments."""
        return Written(f"{name}({', '.join(arguments)})")

    def choice(self, tree: If) -> Written:
        """One value or another."""
        then, other = self.write(tree.then).inside(OR), self.write(tree.other)
        return Written(f"{then} if {self.condition(tree.test)} else {other}", LOOSE)

    def condition(self, tree: Expr) -> Written:
        """A condition."""
        if isinstance(tree, Logic):
            binds = AND if tree.word == "and" else OR
            sides = [self.condition(x).inside(binds + 1) for x in tree.parts]
            return Written(self.logic[tree.word].join(sides), binds)
        if isinstance(tree, Compare):
            first, *sides = [self.write(x).inside(SUM) for x in tree.sides]
            pairs = zip(tree.signs, sides, strict=True)
            return Written(first + "".join(self.compared[s] + x for s, x in pairs), COMPARED)
        return self.write(tree)


class Source(Printer):
    """The grammar that is read: what it prints, ``Formula`` reads back to the same tree."""

    signs: Mapping[str, tuple[str, int, int, int]] = {
        **Printer.signs,
        "pow": (" ** ", POWER, ATOM, ATOM),
    }


class Python(Printer):
    """Python on floats: ``**`` as C's pow, which raises where Python's would turn complex."""


class Calls(Printer):
    """Python in which every operation is a call by name, so that one text serves floats, Values
    and series; ``number(x)`` is the plain number that a condition looks at.
    """

    signs: Mapping[str, tuple[str, int, int, int]] = {}

    def write(self, tree: Expr) -> Written:
        """A part of the formula; the minus of a number is a number."""
        if isinstance(tree, Call) and tree.name == "neg":
            (x,) = tree.arguments
            if isinstance(x, Number):
                return self.number(-x.value)
            return self.call("neg", [self.write(x)])
        return super().write(tree)

    def condition(self, tree: Expr) -> Written:
        """A condition, on plain numbers."""
        return _Numbers().condition(tree)


class _Numbers(Python):
    def name(self, name: str) -> Written:
        return Written(f"number({name})")


class NumPy(Source):
    """Python on whole arrays: a choice is a call of ``where``, a condition a mask.

    >>> NumPy().text(Formula("1 if 0 < a <= 2 else -a", {"a"}).tree)
    'where((0.0 < a) & (a <= 2.0), 1.0, -a)'
    """

    def choice(self, tree: If) -> Written:
        """One value or another, element by element."""
        parts = self.condition(tree.test), self.write(tree.then), self.write(tree.other)
        return Written(f"where({', '.join(parts)})")

    def condition(self, tree: Expr) -> Written:
        """A mask; & and | bind more tightly than a comparison."""
        if isinstance(tree, Logic):
            sign = " & " if tree.word == "and" else " | "
            return Written(sign.join(f"({self.condition(x)})" for x in tree.parts), LOOSE)
        if isinstance(tree, Compare):
            sides = [self.write(x).inside(SUM) for x in tree.sides]
            pairs = zip(sides, tree.signs, sides[1:], strict=False)
            each = [f"{x} {sign} {y}" for x, sign, y in pairs]
            return Written(each[0] if len(each) == 1 else " & ".join(f"({x})" for x in each), LOOSE)
        return Written(f"{self.write(tree).inside(SUM)} != 0.0", LOOSE)


class C(Printer):
    """C on ``V``, a double or a vector of doubles; see ``program.c_rows`` for K, SEL and p_exp.

    Args:
        called: what C calls an operation, by its name and how many arguments it is given.
        known: what stands in C for a name.

    >>> text = Formula("s if 0 < a <= 1 else a ** s", {"a", "s"})
    >>> C(lambda name: f"p_{name}", {"s": "n"}).text(text.tree)
    'SEL(((K(0.0) < a) & (a <= K(1.0))), n, p_pow(a, n))'
    """

    constants: Mapping[str, str] = {
        "pi": "0x1.921fb54442d18p+1",
        "inf": "__builtin_inf()",
        "nan": '__builtin_nan("")',
    }

    def __init__(
        self, called: Callable[[str], str], known: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.called, self.known = called, known

    def number(self, x: float) -> Written:
        """A constant, in every lane."""
        if math.isfinite(x):
            return Written(f"K({x!r})")
        sign = "-" if x == -math.inf else ""
        return Written(f"K({sign}{self.constants['nan' if math.isnan(x) else 'inf']})")

    def name(self, name: str) -> Written:
        """A constant or a variable."""
        if name in self.constants:
            return Written(f"K({self.constants[name]})")
        return Written(self.known.get(name, name))

    def call(self, name: str, arguments: list[Written]) -> Written:
        """A function of the table in C."""
        return Written(f"{self.called(name)}({', '.join(arguments)})")

    def choice(self, tree: If) -> Written:
        """One value or another, lane by lane."""
        parts = self.condition(tree.test), self.write(tree.then), self.write(tree.other)
        return Written(f"SEL({', '.join(parts)})")

    def condition(self, tree: Expr) -> Written:
        """A mask, always in brackets of its own."""
        if isinstance(tree, Logic):
            sign = " & " if tree.word == "and" else " | "
            return Written(f"({sign.join(map(self.condition, tree.parts))})")
        if not isinstance(tree, Compare):
            return Written(f"({self.write(tree).inside(SUM)} != K(0.0))")
        sides = [self.write(x).inside(SUM) for x in tree.sides]
        pairs = zip(sides, tree.signs, sides[1:], strict=False)
        return Written(f"({' & '.join(f'({x} {sign} {y})' for x, sign, y in pairs)})")


class JavaScript(Printer):
    """JavaScript on numbers.

    Args:
        called: what JavaScript calls an operation, by its name.
        known: what stands in JavaScript for a name.

    >>> text = Formula("1 if 0 < a <= s or a != a else -a ** 2 if s else 0", {"a", "s"})
    >>> JavaScript(lambda name: f"Math.{name}", {"s": "o.s"}).text(text.tree)
    '0 < a && a <= o.s || a !== a ? 1 : o.s !== 0 ? -Math.pow(a, 2) : 0'
    """

    compared: Mapping[str, str] = {x: f" {x} " for x in ("<", "<=", ">", ">=")} | {
        "==": " === ",
        "!=": " !== ",
    }
    logic: Mapping[str, str] = {"and": " && ", "or": " || "}
    constants: Mapping[str, str] = {"pi": "Math.PI", "inf": "Infinity", "nan": "NaN"}

    def __init__(
        self, called: Callable[[str], str], known: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.called, self.known = called, known

    def number(self, x: float) -> Written:
        """A number: the shortest digits that give it back, as in Python."""
        if not math.isfinite(x):
            return Written("NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity")
        return Written(repr(x).removesuffix(".0"), ATOM if math.copysign(1.0, x) > 0 else NEGATIVE)

    def name(self, name: str) -> Written:
        """A constant or a variable."""
        return Written(self.known.get(name) or self.constants.get(name, name))

    def call(self, name: str, arguments: list[Written]) -> Written:
        """A function at its arguments."""
        return Written(f"{self.called(name)}({', '.join(arguments)})")

    def condition(self, tree: Expr) -> Written:
        """A condition: comparisons one by one, and of a number (NaN too) that it is not 0."""
        if isinstance(tree, Logic):
            return super().condition(tree)
        if not isinstance(tree, Compare):
            return self.condition(Compare(("!=",), (tree, Number(0.0))))
        sides = [self.write(x).inside(SUM) for x in tree.sides]
        pairs = zip(sides, tree.signs, sides[1:], strict=False)
        each = [f"{x}{self.compared[sign]}{y}" for x, sign, y in pairs]
        return Written(" && ".join(each), COMPARED if len(each) == 1 else AND)

    def choice(self, tree: If) -> Written:
        """One value or another; a chain of choices reads from left to right."""
        test, then = self.condition(tree.test).inside(OR), self.write(tree.then).inside(OR)
        return Written(f"{test} ? {then} : {self.write(tree.other)}", LOOSE)


def compiled(
    formula: Expr | str, parameters: tuple[str, ...], lookup: Callable[[str], Any]
) -> Callable[..., Any]:
    """The formula as a function in which every operation is a call of ``lookup(its name)``.

    What is looked up decides on what it computes: floats, Values, series …; ``number`` is looked
    up too: it gives the plain number that a condition looks at.
    """
    tree = tree_of(formula)
    used = (names(tree) - {*parameters}) | {*calls(tree), "number"}
    source = f"lambda {', '.join(parameters)}: {Calls().text(tree)}"
    function: Callable[..., Any] = eval(source, {x: lookup(x) for x in used})
    return function


# ---- mathematics on paper -----------------------------------------------------------------------


def shown(x: float, digits: int = 4) -> Written:
    """A number as people read it, to ``digits`` significant digits.

    >>> [shown(x) for x in (27.0, -0.40684, 1.5e30, 1e-12, -0.0, float("inf"), float("nan"))]
    ['27', '−0.4068', '1.5e+30', '1e-12', '0', '∞', 'NaN']
    """
    if math.isnan(x):
        return Written("NaN")
    text = "∞" if math.isinf(x) else f"{abs(x):.{digits}g}"
    return Written(text) if x >= 0 else Written("−" + text, NEGATIVE)


def read(text: str) -> float:
    """The number that ``shown`` wrote, as a float."""
    return float(text.replace("−", "-").replace("∞", "inf"))


# What binds less than a name in a label that a person typed.
_SIGNS_OF_LABELS: tuple[tuple[str, int], ...] = (
    (r"[=<>≤≥≠,;:⊕±∓]|\bif\b", LOOSE),
    (r"[-+−]", SUM),
    (r"[/÷]", QUOTIENT),
    (r"[·*×]|^\d[\d.]*\s*[^\W\d]", PRODUCT),
    (r"\^|[⁰¹²³⁴-⁹]", POWER),
)
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\|[^|]*\||⌊[^⌊⌋]*⌋")


def label(text: str) -> Written:
    """A name that a person gave, with how tightly it binds if it reads as a formula.

    >>> [label(x).inside(POWER) for x in ("w11", "∂L", "x + y", "-a", "2x", "f(x + y)", "loss-1")]
    ['w11', '∂L', '(x + y)', '(-a)', '(2x)', 'f(x + y)', '(loss-1)']
    """
    symbol = typeset(text)
    if symbol.is_symbol:
        raised = symbol.sup and symbol.sup[0] not in "(′"
        return Written(text, POWER if raised else ATOM)
    bare = text
    while bare != (less := _BRACKETED.sub("x", bare)):
        bare = less
    found = (binds for sign, binds in _SIGNS_OF_LABELS if re.search(sign, bare))
    return Written(text, next(found, ATOM))


class Template(str):
    """How an operation is written: ``"{a} · {b}"``, ``"max({a}, {b})"``, ``"{a}^{n}"``.

    How tightly it binds, and each of its places, is read once, when the row is defined.

    Args:
        text: text on one line with the operands' names in braces.
        arguments: the names that may stand in braces.
        where: what to call it in a message.

    Raises:
        ValueError: it is no such text.

    >>> plus = Template("{a} ⊕ {b}", ("a", "b"))
    >>> plus.write(a=Written("x"), b=plus.write(a=Written("y"), b=Written("z")))
    'x ⊕ (y ⊕ z)'
    """

    # sign: how tightly it binds, and how tightly its left and right places do
    _SIGNS: Mapping[str, tuple[int, int, int]] = {
        "+": (SUM, SUM, SUM),
        "−": (SUM, SUM, QUOTIENT),
        "-": (SUM, SUM, QUOTIENT),
        "·": (PRODUCT, QUOTIENT, QUOTIENT),
        "/": (QUOTIENT, QUOTIENT, POWER),
        "^": (POWER, ATOM, ATOM),
        "²": (POWER, ATOM, ATOM),
    }
    _OPEN, _CLOSE = "([⌊⌈⟨", ")]⌋⌉⟩"
    binds: int
    pieces: list[str | tuple[str, int]]  # literal text, and places: a name, how tightly it binds

    def __new__(cls, text: str, arguments: tuple[str, ...], where: str = "shown") -> Template:
        """Read the text."""
        fields = ", ".join(f"{{{x}}}" for x in arguments)
        problem = ValueError(f"{where}: {short(text)} is not printable text with {fields}")
        try:
            parsed = list(Formatter().parse(text))
        except (TypeError, ValueError):
            raise problem from None
        if not is_clean(text) or len(text) > LONGEST:
            raise problem
        tokens: list[Any] = []  # characters of the text, and places
        for literal, field, spec, conversion in parsed:
            if field is not None and (field not in arguments or spec or conversion):
                raise problem
            tokens += [*literal] if field is None else [*literal, (field,)]
        self = super().__new__(cls, text)
        self.binds, self.pieces = ATOM, []
        self._read(tokens)
        return self

    def _read(self, tokens: list[Any]) -> None:
        depth, bars = 0, False
        signs = [token for token in tokens if token != " "]
        k = -1
        for token in tokens:
            if token == " ":
                self.pieces.append(token)
                continue
            k += 1
            before, after = signs[k - 1] if k else "", (*signs, "")[k + 1]
            if isinstance(token, tuple):
                tight = max(self._place(before, 2), self._place(after, 1))
                self.pieces.append((token[0], tight))
                continue
            self.pieces.append(token)
            if token == "|":
                bars = not bars
            depth += (token in self._OPEN) - (token in self._CLOSE)
            if not depth and not bars and token not in self._CLOSE + "|":
                self.binds = min(self.binds, self._strength(token, before, after))

    def _place(self, beside: Any, side: int) -> int:
        """How tightly a place binds beside this; least where brackets stand."""
        if isinstance(beside, tuple):
            return ATOM
        if beside == "" or beside in self._OPEN + self._CLOSE + "|,":
            return LOOSE
        return self._SIGNS[beside][side] if beside in self._SIGNS else ATOM

    def _strength(self, token: str, before: Any, after: Any) -> int:
        """How tightly a sign outside of brackets makes the whole bind."""
        if token in self._SIGNS:
            return PRODUCT if before == "" else self._SIGNS[token][0]
        if not (token.isalnum() or token in "_'.√∛"):
            return LOOSE  # a sign that nothing is known of
        beside_a_place = isinstance(before, tuple) or isinstance(after, tuple)
        return LOOSE if beside_a_place else ATOM

    def write(self, **operands: Written) -> Written:
        """The operation with its operands filled in, in brackets where they are needed."""
        text = ""
        for piece in self.pieces:
            if isinstance(piece, tuple):
                text += operands[piece[0]].inside(piece[1], right=bool(text.strip()))
            else:
                text += piece
        return Written(text, self.binds)


class Mathematics(Printer):
    """Mathematics as people read it: ``−y / (1 − n)``, ``σ(z) · (1 − σ(z))``.

    Args:
        rows: the operations, by name: each with ``arguments``, ``default`` and ``shown``.
        filled: the labels or numbers to write in place of names.

    >>> Mathematics({}, {"b": "n", "c": "x + y"}).text(
    ...     Formula("-y / (1 - b) * c", {"y", "b", "c"}).tree
    ... )
    '−y / (1 − n) · (x + y)'
    """

    signs: Mapping[str, tuple[str, int, int, int]] = {
        "add": (" + ", SUM, SUM, SUM),
        "sub": (" − ", SUM, SUM, QUOTIENT),
        "mul": (" · ", PRODUCT, QUOTIENT, QUOTIENT),
        "div": (" / ", QUOTIENT, QUOTIENT, POWER),
        "pow": ("^", POWER, ATOM, ATOM),
    }
    minus = "−"
    compared: Mapping[str, str] = {
        "<": " < ",
        "<=": " ≤ ",
        ">": " > ",
        ">=": " ≥ ",
        "==": " = ",
        "!=": " ≠ ",
    }
    greek: Mapping[str, str] = {"pi": "π", "inf": "∞", "nan": "NaN", "alpha": "α"}
    when = " if "

    def __init__(
        self, rows: Mapping[str, Any], filled: Mapping[str, object] = MappingProxyType({})
    ) -> None:
        self.rows, self.filled = rows, filled

    def number(self, x: float, digits: int = 6) -> Written:
        """A number, to so many digits."""
        return shown(x, digits)

    def label(self, text: str) -> Written:
        """A name that a person gave."""
        return label(text)

    def name(self, name: str) -> Written:
        """What is filled in for a name, or the name."""
        if name in self.filled or name not in self.greek:
            return self.atom(self.filled.get(name, name))
        return Written(self.greek[name])

    def atom(self, x: object) -> Written:
        """A number, a label, or what is written already."""
        if isinstance(x, Written):
            return x
        return self.number(x) if isinstance(x, int | float) else self.label(str(x))

    def piece(self, tree: Expr, condition: Expr | None) -> Written:
        """One piece of a formula, with the condition that chose it: ``1 if z > 0``."""
        text = self.write(tree)
        if condition is None:
            return text
        return Written(f"{text.inside(OR)}{self.when}{self.condition(condition)}", LOOSE)

    def call(self, name: str, arguments: list[Written]) -> Written:
        """An operation as its row says, or a function by its name."""
        row = self.rows.get(name)
        if row is None:
            return super().call(name, arguments)
        operands = dict(zip(row.arguments, arguments, strict=False))
        if len(operands) < len(row.arguments):
            operands[row.parameter] = self.number(row.default)
        return self.template(row.shown, operands)

    def template(self, template: Template, operands: Mapping[str, Written]) -> Written:
        """An operation filled in."""
        return template.write(**operands)


class Typeset(Mathematics):
    """Mathematics whose indices and powers have marks around them, for ``labels.svg_of`` and so on.

    >>> from .labels import text_of
    >>> tree = Formula("a * b + c ** 2", {"a", "b", "c"}).tree
    >>> text_of(Typeset({}, {"a": "w11", "b": "x_1", "c": "b"}).text(tree))
    'w₁₁ · x₁ + b²'
    """

    def write(self, tree: Expr) -> Written:
        """A part of the formula."""
        text = super().write(tree)
        return Written(raised(text), text.binds) if text.binds == POWER else text

    def template(self, template: Template, operands: Mapping[str, Written]) -> Written:
        """An operation filled in."""
        text = super().template(template, operands)
        return Written(raised(text), text.binds) if text.binds == POWER else text

    def label(self, text: str) -> Written:
        """A name that a person gave: w11 with an index, yhat with its hat."""
        return Written(typeset(text).marked, label(text).binds)


class LaTeX(Mathematics):
    r"""LaTeX for math mode; a sign that it lacks is ``\letter{its number}{the sign}``.

    >>> tree = Formula("-y / (1 - b) * c ** 2", {"y", "b", "c"}).tree
    >>> print(LaTeX({}, {"y": "yhat", "b": "w11", "c": "x + y"}).text(tree))
    \frac{-\hat{y}}{1 - w_{11}} \cdot (x + y)^{2}
    """

    signs: Mapping[str, tuple[str, int, int, int]] = {
        **Mathematics.signs,
        "sub": (" - ", SUM, SUM, QUOTIENT),
        "mul": (r" \cdot ", PRODUCT, QUOTIENT, QUOTIENT),
    }
    minus = "-"
    compared: Mapping[str, str] = {
        **Mathematics.compared,
        "<=": r" \le ",
        ">=": r" \ge ",
        "!=": r" \ne ",
    }
    logic: Mapping[str, str] = {"and": r" \text{ and } ", "or": r" \text{ or } "}
    greek: Mapping[str, str] = {
        "pi": r"\pi",
        "inf": r"\infty",
        "nan": r"\mathrm{NaN}",
        "alpha": r"\alpha",
    }
    when = r" \text{ if } "

    def number(self, x: float, digits: int = 6) -> Written:
        r"""A number, to so many digits: ``1.5 \cdot 10^{30}``."""
        told = shown(x, digits)
        mantissa, e, exponent = told.partition("e")
        if not e:
            return Written(latex(told).strip(), told.binds)
        power = rf"{latex(mantissa)} \cdot 10^{{{int(exponent)}}}"
        return Written(power, min(told.binds, PRODUCT))

    def label(self, text: str) -> Written:
        """A name that a person gave: w11 with an index, yhat with its hat."""
        symbol = typeset(text)  # LaTeX takes no power of a power without brackets
        return Written(symbol.latex, POWER if symbol.sup else label(text).binds)

    def write(self, tree: Expr) -> Written:
        """A part of the formula; a fraction has a bar unless there is another one within it."""
        if not isinstance(tree, Call) or len(tree.arguments) != 2:
            return super().write(tree)
        a, b = tree.arguments
        if tree.name == "div" and "div" not in (*calls(a), *calls(b)):
            return self._fraction(self.write(a), self.write(b))
        if tree.name == "pow":
            return Written(f"{self.write(a).inside(ATOM)}^{{{self.write(b)}}}", POWER)
        return super().write(tree)

    def _fraction(self, a: Written, b: Written) -> Written:
        return Written(rf"\frac{{{a}}}{{{b}}}", PRODUCT)

    def call(self, name: str, arguments: list[Written]) -> Written:
        """An operation as its row says, or a function by its name."""
        if name in ("sqrt", "cbrt"):
            degree = "[3]" if name == "cbrt" else ""
            return Written(rf"\sqrt{degree}{{{arguments[0]}}}")
        return super().call(name if name in self.rows else latex(name), arguments)

    def template(self, template: Template, operands: Mapping[str, Written]) -> Written:
        """An operation filled in."""
        filled = [
            x if isinstance(x, str) else (operands[x[0]], x[1]) for x in template.pieces if x != " "
        ]
        if len(filled) == 3 and filled[1] == "/":
            a, b = (Written(x) if isinstance(x, str) else x[0] for x in filled[::2])
            return self._fraction(a, b)
        text = literal = ""
        for piece in [*template.pieces, ("", LOOSE)]:
            if isinstance(piece, str):
                literal += piece
                continue
            name, tight = piece
            raised = literal.endswith("^")
            text += latex(literal[:-1] if raised else literal)
            literal = ""
            if raised:
                text += f"^{{{operands[name]}}}"
            elif name:
                text += operands[name].inside(tight, right=bool(text.strip()))
        return Written(text, template.binds)


# ---- what is known of a formula's numbers -------------------------------------------------------


def simplified(tree: Expr, known: Mapping[str, float] = MappingProxyType({})) -> Expr:
    """The tree with known names as numbers, and what follows at once: x · 1, x ^ 1, 3 − 1, −(−x).

    >>> simplified(Formula("n * a ** (n - 1) if n else 0", {"a", "n"}).tree, {"n": 2.0})
    Call('mul', (Number(2.0), Name('a')))
    """

    def change(x: Expr) -> Expr:
        if isinstance(x, Name):
            return Number(known[x.name]) if x.name in known else x
        if isinstance(x, If) and isinstance(x.test, Number):
            return x.then if x.test.value else x.other
        if not isinstance(x, Call) or len(x.arguments) != 2:
            return x
        a, b = x.arguments
        if x.name in ("add", "sub") and isinstance(a, Number) and isinstance(b, Number):
            return Number(a.value + b.value if x.name == "add" else a.value - b.value)
        if x.name in ("mul", "pow", "div") and b == Number(1.0):
            return a
        if x.name == "pow" and b == Number(0.0):
            return Number(1.0)
        return b if x.name == "mul" and a == Number(1.0) else x

    def signed(x: Expr) -> Expr:  # a number below 0 is the minus of one above
        if isinstance(x, Number) and math.copysign(1.0, x.value) < 0:
            return Call("neg", (Number(-x.value),))
        if isinstance(x, Call) and x.name == "neg":
            (inner,) = x.arguments
            return inner.arguments[0] if isinstance(inner, Call) and inner.name == "neg" else x
        return x

    return rebuilt(rebuilt(tree, change), signed)


def chosen(tree: Expr, holds: Callable[[Expr], bool]) -> tuple[Expr, Expr | None]:
    """The piece of a formula in pieces that applies, and the comparison that chose it.

    Args:
        tree: the formula.
        holds: whether a condition is true.

    A bare name as a condition (``if n``) guards an odd point and is not worth telling.

    >>> relu = Formula("0 if a <= 0 else 1 if a > 0 else a", {"a"}).tree
    >>> chosen(relu, lambda test: test.signs == (">",))
    (Number(1.0), Compare(signs=('>',), sides=(Name('a'), Number(0.0))))
    """
    condition = None
    while isinstance(tree, If):
        taken = holds(tree.test)
        told = any(isinstance(x, Compare) for x in walk(tree.test))
        condition = tree.test if taken and told else None
        tree = tree.then if taken else tree.other
    return tree, condition


def border(tree: Expr, holds: Callable[[Expr], bool]) -> Expr | None:
    """The condition that chooses a piece of a formula and turns out otherwise beside the point.

    Args:
        tree: the formula.
        holds: whether a condition is true at the point.

    A bare name as a condition (``if n``) guards an odd point of one piece.

    >>> tree = Formula("b if a > 0 else a", {"a", "b"}).tree
    >>> border(tree, lambda test: test.signs == ("==",))
    Compare(signs=('>',), sides=(Name('a'), Number(0.0)))
    """

    def outcome(test: Expr) -> bool | None:
        """What a test is at the point and beside it; ``None`` if that differs."""
        if isinstance(test, Logic):
            found = [outcome(part) for part in test.parts]
            strong = test.word == "or"
            return strong if strong in found else None if None in found else not strong
        if isinstance(test, Compare) and any(map(holds, ties(test))):
            return None
        return holds(test)

    while isinstance(tree, If):
        taken = outcome(tree.test)
        if taken is None:
            return tree.test
        tree = tree.then if taken else tree.other
    return None


def ties(tree: Expr) -> list[Expr]:
    """That neighbouring sides are equal, for each comparison in the tree."""
    compared = [x for x in walk(tree) if isinstance(x, Compare)]
    return [Compare(("==",), pair) for x in compared for pair in pairwise(x.sides)]


def written(
    formula: Expr | str,
    filled: Mapping[str, object] = MappingProxyType({}),
    rows: Mapping[str, Any] = MappingProxyType({}),
) -> Written:
    """The formula as mathematics on paper; see ``Mathematics``.

    >>> written("-y / (1 - b)", {"b": "n"})
    '−y / (1 − n)'
    """
    return Mathematics(rows, filled).condition(tree_of(formula))

"""The notation: a formula's text, read once into a tree.

A formula is written as in Python (``w * x + b``, ``x ** 2``, ``a if a > 0 else -a``) or as on
paper (``w·x + b``, ``x²``, ``2x(1 − x)``, ``|x|``, ``√(x)``, ``σ(z)``, ``w₁₁``, ``ŷ``); what the
printers of ``expr`` write reads back.  The text is parsed, never evaluated.  The tree has six
kinds of nodes; an operator is a call: ``a * b`` is ``Call("mul", (a, b))``.

>>> Formula("y(1 − y)", {"y"}).tree
Call('mul', (Name('y'), Call('sub', (Number(1.0), Name('y')))))
>>> Formula("|x|² + 2x", {"x"}, {"abs": {1}}).tree == Formula(
...     "abs(x) ** 2 + 2 * x", {"x"}, {"abs": {1}}
... ).tree
True
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise
from keyword import iskeyword
from types import MappingProxyType
from typing import Any, NamedTuple

from .labels import ACCENTS, GREEK, clean, columns
from .number import short

LONGEST = 10_000  # characters of a formula
DEEPEST = 100  # operations within operations; a sum of n terms is n − 1 deep
CONSTANTS = {"pi": math.pi, "inf": math.inf, "nan": math.nan}

# ---- the tree -----------------------------------------------------------------------------------


class Number(NamedTuple):
    """A number in a formula."""

    value: float

    def __repr__(self) -> str:
        return f"Number({self.value!r})"


class Name(NamedTuple):
    """A name in a formula: an operand, the result ``y``, a parameter, a constant such as pi."""

    name: str

    def __repr__(self) -> str:
        return f"Name({self.name!r})"


class Call(NamedTuple):
    """An operation: one of add, sub, mul, div, pow, neg, or a function by its name."""

    name: str
    arguments: tuple[Expr, ...]

    def __repr__(self) -> str:
        return f"Call({self.name!r}, {self.arguments!r})"


class If(NamedTuple):
    """``then if test else other``."""

    test: Expr
    then: Expr
    other: Expr


class Compare(NamedTuple):
    """A chain of comparisons: ``-1 <= a <= 1``."""

    signs: tuple[str, ...]
    sides: tuple[Expr, ...]


class Logic(NamedTuple):
    """``and`` or ``or`` between conditions."""

    word: str
    parts: tuple[Expr, ...]


Expr = Number | Name | Call | If | Compare | Logic


def parts(tree: Expr) -> tuple[Expr, ...]:
    """What a node of the tree is made of, from left to right."""
    if isinstance(tree, Call):
        return tree.arguments
    if isinstance(tree, If):
        return (tree.then, tree.test, tree.other)
    if isinstance(tree, Compare):
        return tree.sides
    return tree.parts if isinstance(tree, Logic) else ()


def walk(tree: Expr) -> Iterator[Expr]:
    """Every node of the tree, the whole first."""
    yield tree
    for part in parts(tree):
        yield from walk(part)


def names(formula: Expr | str) -> set[str]:
    """The names that stand for numbers in it."""
    return {node.name for node in walk(tree_of(formula)) if isinstance(node, Name)}


def calls(tree: Expr) -> list[str]:
    """The operations and functions in it, in the order in which they stand."""
    return [node.name for node in walk(tree) if isinstance(node, Call)]


def rebuilt(tree: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The tree with every node, the innermost first, replaced by what ``change`` makes of it."""
    if isinstance(tree, Call):
        tree = Call(tree.name, tuple(rebuilt(x, change) for x in tree.arguments))
    elif isinstance(tree, If):
        tree = If(*(rebuilt(x, change) for x in tree))
    elif isinstance(tree, Compare):
        tree = Compare(tree.signs, tuple(rebuilt(x, change) for x in tree.sides))
    elif isinstance(tree, Logic):
        tree = Logic(tree.word, tuple(rebuilt(x, change) for x in tree.parts))
    return change(tree)


def substituted(tree: Expr, by: Mapping[str, Expr]) -> Expr:
    """The tree with the names in ``by`` replaced."""
    return rebuilt(tree, lambda x: by.get(x.name, x) if isinstance(x, Name) else x)


# ---- formulas -----------------------------------------------------------------------------------


class Formula(str):
    """The text of a formula, with its tree.

    Args:
        text: the formula.
        variables: the names that may stand for numbers.  ``w11`` may be written ``w₁₁``, ``yhat``
            ``ŷ``, ``theta`` ``θ``.
        functions: the names that may be called, with how many arguments.  A name that is one is
            a call before brackets, any other a factor: ``a(1 − a)``.
        where: what to call it in a message.
        condition: whether it is a condition, such as ``a > 0``, rather than a number.

    Raises:
        ValueError: the text is no such formula; the message says where and why.

    >>> Formula("sin(x) * k", {"x"}, {"sin": {1}}, where="f")
    Traceback (most recent call last):
    ...
    ValueError: f: unknown name 'k'
      sin(x) * k
               ^
    """

    tree: Expr
    in_pieces: bool  # whether there is a choice in it

    def __new__(
        cls,
        text: str,
        variables: Container[str] = (),
        functions: Mapping[str, Container[int]] = MappingProxyType({}),
        *,
        where: str = "formula",
        condition: bool = False,
    ) -> Formula:
        """Parse the text."""
        self = super().__new__(cls, text)
        self.tree = _Reader(text, variables, functions, where).read(condition)
        self.in_pieces = any(isinstance(node, If) for node in walk(self.tree))
        return self


class _Everything:
    """Any name, with any number of arguments."""

    def __contains__(self, x: object) -> bool:
        return True

    def get(self, name: str, default: object = None) -> Any:
        return self


def tree_of(formula: Expr | str) -> Expr:
    """The tree of a formula; one of a row has it already."""
    if isinstance(formula, Formula):
        return formula.tree
    if isinstance(formula, str):
        every: Any = _Everything()
        return _Reader(formula, every, every, "formula").read(None)
    return formula


# ---- from text to tokens ------------------------------------------------------------------------

# A sign of paper, and the one that stands for it here.
_SAME = {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "^": "**"}
_SAME |= {"≤": "<=", "≥": ">=", "≠": "!=", "=": "=="}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n", strict=True))
_SPELLED = {sign: name for name, sign in (GREEK | ACCENTS).items() if name.islower()}
_SPELLED |= {"ϕ": "phi", "ϵ": "epsilon", "ς": "sigma", "ο": "omicron"}
_FUNCTIONS = {"σ": "sigmoid", "sigma": "sigmoid", "ln": "log", "max": "maximum", "min": "minimum"}
_FUNCTIONS |= {f"arc{x}": f"a{x}" for x in ("sin", "cos", "tan", "sinh", "cosh", "tanh")}
_ROOTS = {"√": "sqrt", "∛": "cbrt"}
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<fraction>[¼-¾⅐-⅞])"
    r"|(?P<raised>[⁰¹²³⁴-⁹⁺⁻ⁿ]+)"
    r"|(?P<name>[^\W\d⁰¹²³⁴-⁹ⁿ]"
    r"(?:[^\W⁰¹²³⁴-⁹ⁿ]|[\u0300-\u036f\u20d7]|(?<=_)\{\w+(?:,\w+)*\}|⁽[⁰¹²³⁴-⁹]+⁾)*)"
    r"|(?P<sign>\*\*|//|<=|>=|==|!=|[-−–+*·×⋅∗/÷∕^<>≤≥≠=(),|⌊⌋√∛∞])"
)


class _Token(NamedTuple):
    kind: str  # "number", "fraction", "raised", "name", "sign" or "end"
    text: str
    at: int


def canonical(name: str) -> str:
    """The plain spelling of a name, by which two spellings are told to be the same.

    >>> [canonical(x) for x in ("w₁₁", "w_{11}", "ŷ", "θ", "z⁽²⁾", "y_hat")]
    ['w11', 'w11', 'yhat', 'theta', 'z2', 'yhat']
    """
    text = ""
    for c in unicodedata.normalize("NFD", name):
        text += _SPELLED.get(c, c)
    return re.sub(r"[_{},()]", "", unicodedata.normalize("NFKC", text))


def identifier(name: str) -> str:
    """A name that can be a parameter in Python: its plain spelling, unless that is a word of it.

    >>> identifier("ŷ"), identifier("λ")
    ('yhat', 'lambda_')
    """
    plain = canonical(name)
    return plain + "_" * iskeyword(plain)


def free_names(text: str, functions: Container[str], known: Iterable[str] = ()) -> list[str]:
    """The names in a text that are none of these and no operation's, in plain spelling.

    A name before brackets is one only if it stands elsewhere in the text too.

    >>> free_names("w₁·x + e^(−b) + sin(x) + a(1 − a) + π", {"sin"}, ["x"])
    ['w1', 'b', 'a']
    """
    reader = _Reader(text, (), {}, "text")
    reader.check_length()
    tokens = list(reader.tokenized())
    found: dict[str, bool] = {}
    for token, after in pairwise(tokens):
        name = identifier(token.text) if token.kind == "name" else ""
        called = after.kind == "sign" and after.text == "("
        operation = token.text in functions or name in functions or token.text in _FUNCTIONS
        if not name or token.text in _WORDS or operation:
            continue
        found[name] = found.get(name, False) or not called
    taken = {*map(identifier, known), "pi", "inf", "nan", "NaN", "e"}
    return [name for name, free in found.items() if free and name not in taken]


# ---- from tokens to the tree --------------------------------------------------------------------

# How tightly a sign binds its operands; 0 is a whole formula.
_CHOICE, _OR, _AND, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER = range(8)
_BINDS = {"if": _CHOICE, "or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT}
_BINDS |= {"/": _PRODUCT, "**": _POWER}
_BINDS |= dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), _COMPARISON)
_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow"}
_WORDS = ("if", "else", "and", "or")
_CLOSING = {"(": ")", "|": "|", "⌊": "⌋"}


class _Reader:
    """Reads one text, by precedence climbing; ``refuse`` composes every error."""

    def __init__(
        self,
        text: str,
        variables: Container[str],
        functions: Mapping[str, Container[int]],
        where: str,
    ) -> None:
        self.text, self.variables, self.functions, self.where = text, variables, functions, where
        self.nested = 0  # how deep the place is in brackets and operands
        self.open = ""  # the bracket around it

    def read(self, condition: bool | None) -> Expr:
        self.check_length()
        self.tokens = list(self.tokenized())
        self.k = 0
        try:
            tree = self.expression(_CHOICE)
        except RecursionError:  # the caller has used up most of the stack
            raise self.too_deep() from None
        if self.next.kind != "end":
            raise self.no_formula(f"nothing can follow here but an operator, not {self.told()}")
        if _depth(tree) > DEEPEST:
            raise self.too_deep()
        if condition is False:
            return self.number(tree, 0)
        if condition and not isinstance(tree, Compare | Logic):
            how = "write a comparison such as 'a > 0', or several joined by 'and' or 'or'"
            raise ValueError(f"{self.where}: {short(self.text)} is not a condition; {how}")
        return tree

    def check_length(self) -> None:
        if not isinstance(self.text, str):
            told = short(self.text)
            raise TypeError(f"{self.where}: {told} is not a formula: it is written as text")
        if len(self.text) > LONGEST:
            size = f"{len(self.text):,} characters of {LONGEST:,}"
            raise ValueError(f"{self.where}: {short(self.text)} is too long: {size}")

    # ---- tokens -----------------------------------------------------------------------------

    def tokenized(self) -> Iterator[_Token]:
        at = 0
        while True:
            at += len(self.text[at:]) - len(self.text[at:].lstrip())
            if at == len(self.text):
                break
            found = _TOKEN.match(self.text, at)
            if found is None:
                raise self.unreadable(at)
            assert found.lastgroup is not None
            yield _Token(found.lastgroup, _SAME.get(found[0], found[0]), at)
            at = found.end()
        yield _Token("end", "", len(self.text))

    def unreadable(self, at: int) -> ValueError:
        c = self.text[at]
        why = {
            ".": ": a name has no parts",
            "[": ": brackets are round",
            "{": ": brackets are round",
        }
        if c in ".[]{}'\"":
            return self.refuse(f"{c!r} is not allowed{why.get(c, '')}", at)
        return self.no_formula(f"the character {c!r}", at)

    @property
    def next(self) -> _Token:
        return self.tokens[self.k]

    def told(self) -> str:
        return short(self.next.text) if self.next.text else "the end"

    def takes(self, text: str) -> bool:
        """Whether the next token is this one; then it is passed."""
        if self.next.kind in ("sign", "name") and self.next.text == text:
            self.k += 1
            return True
        return False

    def needs(self, text: str) -> None:
        if not self.takes(text):
            raise self.no_formula(f"{text!r} is missing")

    # ---- the tree ---------------------------------------------------------------------------

    def expression(self, least: int) -> Expr:
        """The longest part from here whose operators bind at least so tightly."""
        self.nested += 1
        if self.nested > 3 * DEEPEST:
            raise self.too_deep()
        start = self.next.at
        tree = self.operand()
        divided = False  # whether the operator before was a division
        while (sign := self.operator(least)) is not None:
            at, binds = self.next.at, _BINDS[sign or "*"]
            if not sign and divided:
                raise self.refuse("write brackets: a / (b c) or (a / b) c", at)
            if not sign and self.next.kind == "number":
                raise self.refuse("write a sign before the number", at)
            self.k += bool(sign)
            if sign == "if":
                tree = self.choice(self.number(tree, start))
            elif binds == _COMPARISON:
                tree = self.comparison(self.number(tree, start), sign)
            elif sign in ("and", "or"):
                tree = self.logic(tree, sign)
            else:
                left, at = self.number(tree, start), self.next.at
                right = self.number(self.expression(_SIGN if sign == "**" else binds + 1), at)
                tree = Call(_OPERATORS[sign or "*"], (left, right))
                if sign == "**" and left == Number(math.e) and self.functions.get("exp"):
                    tree = Call("exp", (right,))
            divided = sign == "/" if binds == _PRODUCT else False
        self.nested -= 1
        return tree

    def operator(self, least: int) -> str | None:
        """The sign that goes on from here, "" for a product without one; ``None`` for none."""
        kind, text, _ = self.next
        if (kind == "name" and text in ("if", "and", "or")) or text in _BINDS:
            return text if _BINDS[text] >= least else None
        begins = kind in ("number", "fraction", "name") or text in ("(", "√", "∛", "∞", "⌊")
        begins |= text == "|" != self.open
        return "" if begins and text not in _WORDS and least <= _PRODUCT else None

    def logic(self, first: Expr, word: str) -> Logic:
        found = [first, self.expression(_BINDS[word] + 1)]
        while self.takes(word):
            found.append(self.expression(_BINDS[word] + 1))
        return Logic(word, tuple(found))

    def choice(self, then: Expr) -> If:
        test = self.expression(_OR)
        self.needs("else")
        at = self.next.at
        return If(test, then, self.number(self.expression(_CHOICE), at))

    def comparison(self, first: Expr, sign: str) -> Compare:
        signs, sides = [sign], [first]
        while True:
            at = self.next.at
            sides.append(self.number(self.expression(_SUM), at))
            if _BINDS.get(self.next.text) != _COMPARISON:
                return Compare(tuple(signs), tuple(sides))
            signs.append(self.next.text)
            self.k += 1

    def operand(self) -> Expr:
        """A number, a name, a call or something in brackets, with its sign and powers."""
        at = self.next.at
        if self.takes("-"):
            return Call("neg", (self.number(self.expression(_SIGN), at),))
        if self.takes("+"):
            return self.number(self.expression(_SIGN), at)
        tree = self.primary()
        while self.next.kind == "raised":
            tree = Call("pow", (self.number(tree, at), self.raised()))
        return tree

    def primary(self) -> Expr:
        kind, text, at = self.next
        self.k += 1
        if kind == "number":
            return self.constant(text, at)
        if kind == "fraction":
            return Number(unicodedata.numeric(text))
        if kind == "name" and text not in _WORDS:
            return self.named(text, at)
        if text == "∞":
            return Name("inf")
        if text in _ROOTS:
            return self.root(text, at)
        if text in _CLOSING:
            inside = self.bracketed(text)
            if text == "(":
                return inside
            return self.called("abs" if text == "|" else "floor", at, [self.number(inside, at)])
        self.k -= 1
        raise self.no_formula(f"a number or a name is missing before {self.told()}")

    def bracketed(self, bracket: str) -> Expr:
        before, self.open = self.open, _CLOSING[bracket]
        inside = self.expression(_CHOICE)
        self.needs(self.open)
        self.open = before
        return inside

    def raised(self) -> Expr:
        """A power in raised digits."""
        text = "".join(_RAISED[c] for c in self.next.text)
        sign, digits = (text[0], text[1:]) if text[0] in "+-" else ("", text)
        if digits != "n" and not digits.isdigit():
            raise self.no_formula("this is not a power")
        at = self.next.at
        self.k += 1
        power = self.variable("n", at) if digits == "n" else self.constant(digits, at)
        return Call("neg", (power,)) if sign == "-" else power

    def root(self, sign: str, at: int) -> Expr:
        bare = self.next.text != "("
        inside = self.number(self.primary(), at)
        if bare and (self.next.kind == "raised" or self.next.text == "**"):
            raise self.refuse(f"write brackets: {sign}(x²) or ({sign}x)²", self.next.at)
        return self.called(_ROOTS[sign], at, [inside])

    def constant(self, text: str, at: int) -> Number:
        try:
            number = float(text)
        except ValueError:
            raise self.no_formula(f"{short(text)} is not a number", at) from None
        if not math.isfinite(number):
            raise self.refuse(f"{short(text)} is not a number: it is too large", at)
        return Number(number)

    def named(self, text: str, at: int) -> Expr:
        """A name: a call of an operation, or a variable."""
        function = self.function(text)
        if function and self.next.text == "(" and self.next.kind == "sign":
            return self.called(function, at, self.arguments())
        if function and self.next.kind == "raised" and text not in self.variables:
            return self.raised_function(function, at)
        known = self.known(text, at)
        if known:
            return known
        if function:
            raise self.refuse(f"{text!r} is an operation: write {text}(…)", at)
        if iskeyword(text):
            raise self.refuse(f"{text!r} is not allowed", at)
        if self.next.text == "(" and self.next.kind == "sign":
            raise self.unknown("operation", text, at)
        raise self.unknown("name", text, at)

    def function(self, text: str) -> str:
        """The operation that is called so, if any."""
        spellings = (text, _FUNCTIONS.get(text, ""), canonical(text))
        return next((x for x in spellings if x and self.functions.get(x)), "")

    def arguments(self) -> list[Expr]:
        self.k += 1
        before, self.open = self.open, ")"
        found: list[Expr] = []
        while not self.takes(")"):
            if found and not self.takes(","):
                raise self.no_formula("')' is missing")
            at = self.next.at
            found.append(self.number(self.expression(_CHOICE), at))
        self.open = before
        return found

    def raised_function(self, name: str, at: int) -> Expr:
        """``sin²(x)``."""
        power = self.raised()
        if not isinstance(power, Number):
            raise self.refuse(f"write a{name}(…) or 1/{name}(…): {name}⁻¹ may mean either", at)
        if self.next.text != "(":
            raise self.no_formula("'(' is missing")
        return Call("pow", (self.called(name, at, self.arguments()), power))

    def called(self, name: str, at: int, arguments: list[Expr]) -> Call:
        counts = self.functions.get(name, ())
        if not counts:
            raise self.unknown("operation", name, at)
        if len(arguments) not in counts:
            taken = " or ".join(map(str, sorted(counts))) if isinstance(counts, set) else "others"
            raise self.refuse(f"wrong arguments: {name} takes {taken}, not {len(arguments)}", at)
        return Call(name, tuple(arguments))

    def known(self, text: str, at: int) -> Expr | None:
        """The variable or constant that is called so, in whichever spelling."""
        if text in self.variables:
            return Name(text)
        plain = canonical(text)
        if isinstance(self.variables, Iterable):
            alike = [x for x in self.variables if canonical(x) == plain]
            if len(alike) > 1:
                raise self.refuse(f"{text!r} may be {' or '.join(sorted(alike))}", at)
            if alike:
                return Name(alike[0])
        if plain == "e" or text == "π":
            return Number(math.e) if plain == "e" else self.variable("pi", at)
        return self.variable("nan", at) if text == "NaN" else None

    def variable(self, name: str, at: int) -> Name:
        if name not in self.variables:
            raise self.unknown("name", name, at)
        return Name(name)

    def number(self, tree: Expr, at: int) -> Expr:
        """The part, which is a number and no condition."""
        if isinstance(tree, Compare | Logic):
            raise self.refuse("not allowed: a condition where a number is needed", at)
        return tree

    # ---- errors -----------------------------------------------------------------------------

    def unknown(self, what: str, name: str, at: int) -> ValueError:
        known = self.functions if what == "operation" else self.variables
        hint = ""
        if isinstance(known, Iterable) and len(name) < 50:
            near = get_close_matches(name, [*known, *_FUNCTIONS] if what == "operation" else known)
            hint = f"; did you mean {near[0]}?" if near else ""
            if found := factors(name, {*known}):
                hint = f"; for a product write {'·'.join(found)}"
        return self.refuse(f"unknown {what} {short(name)}{hint}", at)

    def no_formula(self, why: str, at: int | None = None) -> ValueError:
        return self.refuse(f"{short(self.text)} is not a formula: {why}", at)

    def too_deep(self) -> ValueError:
        how = f"at most {DEEPEST} operations; take it in parts"
        return ValueError(f"{self.where}: {short(self.text)} is nested too deep: {how}")

    def refuse(self, what: str, at: int | None = None) -> ValueError:
        """The error, with the place in the text."""
        at = self.next.at if at is None else at
        first = max(0, min(at - 30, len(self.text) - 60))
        before = clean(("…" if first else "") + self.text[first:at], 80)
        after = clean(self.text[at : first + 60], 80) + ("…" if first + 60 < len(self.text) else "")
        caret = " " * columns(before) + "^"
        return ValueError(f"{self.where}: {what}\n  {before}{after}\n  {caret}")


def factors(name: str, known: set[str]) -> list[str]:
    """The known names that a longer one is put together from; none if it is not."""
    for k in range(len(name) - 1, 0, -1):
        if name[:k] in known:
            rest = [name[k:]] if name[k:] in known else factors(name[k:], known)
            if rest:
                return [name[:k], *rest]
    return []


def _depth(tree: Expr) -> int:
    """How many operations stand within one another."""
    deepest, waiting = 0, [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(part, depth + 1) for part in parts(node)]
    return deepest

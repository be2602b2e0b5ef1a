"""What a row of the calculus table is: ``Op``, and ``define``, which reads its texts once.

The table itself stands in ``ops``.  Rows are run in two ways: ``FAST`` raises at the odd points,
``TOTAL`` has IEEE 754's answer everywhere.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any, NoReturn

import numpy as np

from .errors import DomainError
from .expr import Mathematics, Python, Template, Written, border, chosen, compiled, simplified, ties
from .notation import CONSTANTS, Expr, Formula, Logic, names
from .number import short
from .terminal import printed

TROUBLE = (ArithmeticError, ValueError)  # what Python raises where IEEE 754 has inf or nan


def chained(upstream: float, local: float) -> float:
    """``upstream · local`` as the chain rule takes it: 0 · ∞ is 0, and NaN stays NaN.

    >>> chained(0.0, math.inf), chained(-math.inf, 0.0), chained(0.0, math.nan)
    (0.0, 0.0, nan)
    """
    product = upstream * local
    known = upstream == upstream and local == local  # no NaN went in
    return 0.0 if known and product != product else product


def _floor(x: float) -> float:
    return float(math.floor(x))


def _cbrt(x: float) -> float:
    return float(np.cbrt(x))


# What a backend must supply: Python's function, and NumPy's for the points where Python raises.
PRIMITIVES: dict[str, tuple[Callable[..., float], Callable[..., Any]]] = {
    "pow": (math.pow, np.power),
    "abs": (abs, np.abs),
    "floor": (_floor, np.floor),
    "sqrt": (math.sqrt, np.sqrt),
    "cbrt": (getattr(math, "cbrt", _cbrt), np.cbrt),  # new in Python 3.11
    "exp": (math.exp, np.exp),
    "expm1": (math.expm1, np.expm1),
    "log": (math.log, np.log),
    "log1p": (math.log1p, np.log1p),
    "log2": (math.log2, np.log2),
    "log10": (math.log10, np.log10),
    "sin": (math.sin, np.sin),
    "cos": (math.cos, np.cos),
    "tan": (math.tan, np.tan),
    "asin": (math.asin, np.arcsin),
    "acos": (math.acos, np.arccos),
    "atan": (math.atan, np.arctan),
    "atan2": (math.atan2, np.arctan2),
    "sinh": (math.sinh, np.sinh),
    "cosh": (math.cosh, np.cosh),
    "tanh": (math.tanh, np.tanh),
    "asinh": (math.asinh, np.arcsinh),
    "acosh": (math.acosh, np.arccosh),
    "atanh": (math.atanh, np.arctanh),
    "erf": (math.erf, math.erf),
    "erfc": (math.erfc, math.erfc),
    "hypot": (math.hypot, np.hypot),
}
# What has a meaning in the sources that are written from rows.
RESERVED = {"a", "b", "y", *CONSTANTS, "number", "outside", "where", "guard"}
RESERVED |= {"method", "reflected", "program", "value_and_grad", "chained", "inside"}


def _total(fast: Callable[..., float], ieee: Callable[..., Any]) -> Callable[..., float]:
    """``fast`` where it answers, and IEEE 754's inf or nan where it raises."""

    def function(*x: float) -> float:
        try:
            return fast(*x)
        except TROUBLE:
            with np.errstate(all="ignore"):
                return float(ieee(*x))

    return function


def _outside() -> NoReturn:
    raise ValueError


# Two ways to compute on floats: FAST raises at the odd points, TOTAL has an answer everywhere.
FAST: dict[str, Any] = CONSTANTS | {name: pair[0] for name, pair in PRIMITIVES.items()}
FAST["outside"] = _outside
TOTAL: dict[str, Any] = CONSTANTS | {name: _total(*pair) for name, pair in PRIMITIVES.items()}
TOTAL |= {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
    "div": _total(operator.truediv, np.divide),
    "number": float,
}

OPS: dict[str, Op] = {}
PAPER = Mathematics(OPS)


@printed
@dataclass(frozen=True, eq=False)
class Op:
    """One row of the calculus table.  ``define`` makes and registers it.

    Call it with plain floats (and its parameter, if it has one) for its value.
    """

    name: str
    value: Formula
    derivatives: tuple[Formula, ...]
    shown: Template  # how it is written: "{a} · {b}"
    domain: Formula | None = None  # a condition such as "a > 0"; None: everywhere
    hint: str = ""  # the usual way out of a DomainError
    note: str = ""  # what holds at the odd points
    raises: bool = False  # whether Python itself raises outside the domain
    parameter: str = ""
    default: float | None = None
    aliases: tuple[str, ...] = ()  # NumPy's names, where they differ
    handmade = False
    _run: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def arity(self) -> int:
        """How many operands it has: 1 or 2."""
        return len(self.derivatives)

    @property
    def operands(self) -> tuple[str, ...]:
        """The operands' names in the text: ``("a",)`` or ``("a", "b")``."""
        return ("a", "b")[: self.arity]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The operands' names and the parameter's, in the order of a call."""
        return self.operands + ((self.parameter,) if self.parameter else ())

    @property
    def source(self) -> str:
        """Its value as Python source that raises outside its domain, for the names in ``FAST``."""
        value = Python().text(self.value.tree)
        if self.domain is None or self.raises:
            return value
        return f"({value}) if ({Python().text(self.domain.tree)}) else outside()"

    def __repr__(self) -> str:
        return f"<op {self.name}: {self.value}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return find, (self.name,)  # a row is pickled by its name

    def __call__(self, *arguments: float) -> float:
        """Its value at plain floats.  Raises ``DomainError`` outside its domain."""
        arguments = self.filled(arguments)
        try:
            return float(self._run["fast"](*arguments))
        except TROUBLE:
            self.check(arguments)
            return self.total(*arguments)

    def total(self, *arguments: float) -> float:
        """Its value at plain floats, by IEEE 754 rules outside its domain too."""
        return float(self._run["value"](*self.filled(arguments)))

    def local(self, arguments: tuple[float, ...], y: float) -> tuple[float, ...]:
        """Its local derivatives at plain floats, by IEEE 754 rules at the odd points."""
        return tuple(float(self._run[f"d{x}"](*arguments, y)) for x in self.operands)

    def check(self, arguments: tuple[float, ...], labels: tuple[str, ...] = ("", "")) -> None:
        """Raise ``DomainError`` if the arguments are outside its domain; NaN never is."""
        if (
            self.domain is None
            or self._run["domain"](*arguments)
            or any(map(math.isnan, arguments))
        ):
            return
        named = zip(self.arguments, arguments, (*labels[: self.arity], ""))  # noqa: B905
        given = [
            f"{x} = {value!r}" + (f" ({label!r})" if label else "")
            for x, value, label in named
            if x in names(self.domain)
        ]
        hint = f" {self.hint}" if self.hint else ""
        needs = f"{self.name} needs {PAPER.condition(self.domain.tree)}"
        raise DomainError(f"{self.in_letters} with {', '.join(given)}; {needs}.{hint}")

    @property
    def in_letters(self) -> Written:
        """How it is written, with its arguments' own names: ``"a · b"``."""
        return self.shown.write(**{x: Written(x) for x in self.arguments})

    def formula(
        self,
        *operands: object,
        parameter: float | None = None,
        printer: type[Mathematics] = Mathematics,
    ) -> Written:
        """How it is written, with the operands' labels or numbers filled in.

        Args:
            operands: the operands' labels or numbers.
            parameter: the parameter's number; by default its default.
            printer: ``expr.LaTeX`` for LaTeX.

        >>> OPS["sigmoid"].formula("z"), OPS["mul"].formula("w + v", -2.0)
        ('σ(z)', '(w + v) · (−2)')
        """
        n = (self.default if parameter is None else parameter,) if self.parameter else ()
        paper = printer(OPS)
        filled = [paper.atom(x) for _, x in zip(self.arguments, (*operands, *n), strict=True)]
        return paper.call(self.name, filled)

    def local_formula(
        self,
        position: int,
        *operands: object,
        y: object = "y",
        at: tuple[float, ...] | None = None,
        printer: type[Mathematics] = Mathematics,
        **n: float,
    ) -> Written:
        """The local derivative towards one operand, written out.

        Args:
            position: which operand, from 0.
            operands: the operands' labels or numbers.
            y: the label or the number of the result.
            at: the operands' numbers; a rule in pieces is then written as the piece that applies.
            printer: ``expr.LaTeX`` for LaTeX.
            n: the parameter, by its name.

        >>> OPS["sigmoid"].local_formula(0, "z", y="σ"), OPS["mul"].local_formula(0, "w", 0.5)
        ('σ · (1 − σ)', '0.5')
        >>> OPS["power"].local_formula(0, "x", at=(2.0,), n=3.0)
        '3 · x^2'
        >>> OPS["relu"].local_formula(0, "z", at=(0.7,))
        '1 if z > 0'
        """
        filled = dict(zip((*self.operands, "y"), (*operands, y), strict=True))
        if n.keys() - {self.parameter} or (self.parameter and not n and self.default is None):
            raise TypeError(f"{self.name} takes {', '.join(self.arguments)}; got {[*n]}")
        known: dict[str, Any] = {}
        if self.parameter:
            known = {self.parameter: n.get(self.parameter, self.default)}
        filled |= known
        tree, condition = self.derivatives[position].tree, None
        if at is not None:
            numbers = dict(zip(self.operands, at, strict=True)) | known
            tree, condition = chosen(tree, lambda test: self._holds(test, numbers))
            tree = simplified(tree, known)
        return printer(OPS, filled).piece(tree, condition)

    def _holds(self, test: Expr, numbers: dict[str, Any]) -> bool:
        """Whether a condition in one of its formulas is true at these numbers."""
        if test not in self._run:
            self._run[test] = compiled(test, (*numbers, "y"), TOTAL.__getitem__)
        y = self.total(*numbers.values()) if "y" in names(test) else math.nan
        return bool(self._run[test](*numbers.values(), y))

    def border(self, position: int, arguments: tuple[float, ...], y: float) -> Expr | None:
        """The condition on whose border a local derivative is taken, if it is on one.

        >>> OPS["relu"].border(0, (0.0,), 0.0), OPS["relu"].border(0, (2.0,), 2.0)
        (Compare(signs=('<=',), sides=(Name('a'), Number(0.0))), None)
        """
        tree = self.derivatives[position].tree
        key = "tied", position
        if key not in self._run:
            tied = ties(tree)
            parameters = (*self.arguments, "y")
            test = Logic("or", tuple(tied)) if tied else None
            self._run[key] = test and compiled(test, parameters, TOTAL.__getitem__)
        tied_here = self._run[key]
        if tied_here is None or not tied_here(*arguments, y):
            return None
        numbers = dict(zip(self.arguments, arguments, strict=True))
        return border(tree, lambda test: self._holds(test, numbers))

    def filled(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments of a call, with the parameter's default where it was left out."""
        if self.parameter and len(arguments) == self.arity and self.default is not None:
            arguments += (self.default,)
        if len(arguments) != len(self.arguments):
            raise TypeError(f"{self.name} takes {', '.join(self.arguments)}, got {arguments}")
        return arguments


def find(name: str) -> Op:
    """The row of that name.  Raises ``LookupError`` if the table has none."""
    if name not in OPS:
        raise LookupError(f"no operation {name!r} in the calculus table; define it first")
    return OPS[name]


def _is_name(name: str) -> bool:
    return name.isidentifier() and not iskeyword(name) and not name.startswith("_")


def operands_of(primitive: str) -> int:
    """How many operands a function that a backend supplies has: NumPy's tells."""
    return getattr(PRIMITIVES[primitive][1], "nin", 1)


def arities() -> dict[str, set[int]]:
    """The operations that a text may call, with how many arguments."""
    found = {name: {operands_of(name)} for name in PRIMITIVES}
    for name, op in OPS.items():
        found[name] = {len(op.arguments)} | ({op.arity} if op.default is not None else set())
    return found


def define(
    name: str,
    value: str,
    *,
    da: str,
    db: str | None = None,
    shown: str = "",
    domain: str = "",
    hint: str = "",
    note: str = "",
    parameter: str = "",
    default: float | None = None,
    aliases: tuple[str, ...] = (),
    raises: bool = False,
) -> Op:
    """Add one row to the table.

    Args:
        name: the operation's name; also its method and function.
        value: its value, as text in ``a``, ``b`` and the parameter.
        da, db: its local derivatives towards ``a`` and ``b``, as text that may also use ``y``.
        shown: how it is written, such as ``"σ({a})"``; by default ``name(a, b)``.
        domain: a comparison such as ``"a > 0"``, or several joined by ``and`` or ``or``.
        hint: the usual way out when the condition fails.
        note: what holds at the odd points.
        parameter, default: the name of a plain-number parameter, and its default.
        aliases: further names of the method.
        raises: whether Python itself raises outside the domain, so that nothing is asked first.

    Raises:
        ValueError: the name is taken or no identifier, or a text uses what it may not.
    """
    if name in OPS or name in RESERVED or not _is_name(name):
        raise ValueError(f"{short(name)}: an operation needs a new name that is an identifier")
    if parameter and (
        parameter in RESERVED | FAST.keys() | TOTAL.keys() or not _is_name(parameter)
    ):
        raise ValueError(f"{name}: the parameter {parameter!r} needs a name of its own")
    derivatives = (da,) if db is None else (da, db)
    arguments = ("a", "b")[: len(derivatives)] + ((parameter,) if parameter else ())
    shown = shown or f"{name}({', '.join(f'{{{x}}}' for x in arguments)})"
    functions = arities()

    def read(part: str, text: str, *also: str) -> Formula:
        variables = {*arguments, *CONSTANTS, *also}
        where, condition = f"{name}, {part}", part == "domain"
        return Formula(text, variables, functions, where=where, condition=condition)

    op = Op(
        name,
        read("value", value),
        tuple(read(part, text, "y") for part, text in zip(("da", "db"), derivatives, strict=False)),
        Template(shown, arguments, f"{name}, shown"),
        read("domain", domain) if domain else None,
        hint,
        note,
        raises,
        parameter,
        default,
        aliases,
    )
    op._run["value"] = compiled(op.value, arguments, TOTAL.__getitem__)
    for x, rule in zip(op.operands, op.derivatives, strict=True):
        op._run[f"d{x}"] = compiled(rule, (*arguments, "y"), TOTAL.__getitem__)
    if op.domain is not None:
        op._run["domain"] = compiled(op.domain, arguments, TOTAL.__getitem__)
    op._run["fast"] = eval(f"lambda {', '.join(arguments)}: {op.source}", {**FAST})
    if default is not None:  # which a text that calls the row may leave out
        op._run["fast"].__defaults__ = op._run["value"].__defaults__ = (default,)
    FAST.setdefault(name, op._run["fast"])
    TOTAL.setdefault(name, op._run["value"])
    OPS[name] = op
    return op

"""What the corpus is made of: a function, and the gradients that people derived for it by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Domain = dict[str, Any]  # an interval (0, 1), "positive", or a finite set {0, 1}, by parameter

# Wordings that several mistakes share.
SIGN = r"sign|opposite|negat|minus|[-−]1\b"
TWO = r"(?<![\w.])2(?!\.?\d)|½|0\.5\b|\bhalf\b|twice|doubl"


def lacks(*what: str) -> str:
    """That something is forgotten: said of it, not of the line in which it happens to stand."""
    it = rf"(?<!\w)(?:{'|'.join(what)})(?!\w)"
    verbs = "forgot|missing|left out|dropped|constant|ignored|lost"
    return rf"{it}[^:;]{{0,40}}(?:{verbs})|(?:forgot|missing|without|lacks)[^:;]{{0,30}}{it}"


@dataclass(frozen=True)
class Case:
    """One gradient derived by hand.

    ``f`` takes numbers or NumPy arrays by name, plain or of Values; ``df`` takes the same as plain
    numbers and gives {parameter: gradient}, or just the gradient where ``wrt`` is one parameter.
    """

    function: str
    name: str  # what was done: "forgot 1/n"
    f: Callable[..., Any]
    df: Callable[..., Any]
    wrt: tuple[str, ...]  # the parameters that df differentiates by; the others are data
    domain: Domain
    shapes: dict[str, tuple[int, ...]]
    right: bool
    wrong: tuple[str, ...]  # the parameters whose gradient is wrong
    explained_by: tuple[str, ...]  # an explanation that is correct matches one of them, in any case
    rel: float = 1e-6  # how far apart a user allows the numbers to be: single precision needs more
    abs: float | None = None  # the same, absolutely
    traced: bool = True  # whether f takes Values


@dataclass(frozen=True)
class Problem:
    """A function to differentiate, and what came back.

    >>> @problem("square", wrt="x")
    ... def square(x):
    ...     return x * x
    >>> @square.right("sum of two equal terms")
    ... def _(x):
    ...     return x + x
    >>> @square.wrong("kept the exponent", "x", r"exponent|x²")
    ... def _(x):
    ...     return 2 * x**2
    >>> [(case.name, case.right, case.wrong) for case in square.cases]
    [('sum of two equal terms', True, ()), ('kept the exponent', False, ('x',))]
    """

    function: str
    f: Callable[..., Any]
    wrt: tuple[str, ...]
    domain: Domain
    shapes: dict[str, tuple[int, ...]]
    traced: bool = True
    cases: list[Case] = field(default_factory=list)

    def right(
        self, name: str, *, wrt: str = "", rel: float = 1e-6, abs: float | None = None
    ) -> Callable[..., Any]:
        """A gradient that is right to a tolerance, by all parameters or by those of ``wrt``."""
        return self._add(name, wrt, (), (), rel, abs)

    def wrong(self, name: str, wrong: str, *explained_by: str, wrt: str = "") -> Callable[..., Any]:
        """A gradient that is wrong in the parameters ``wrong``, told apart by spaces."""
        return self._add(name, wrt, tuple(wrong.split()), explained_by)

    def _add(
        self,
        name: str,
        wrt: str,
        wrong: tuple[str, ...],
        explained_by: tuple[str, ...],
        rel: float = 1e-6,
        abs: float | None = None,
    ) -> Callable[..., Any]:
        def add(df: Callable[..., Any]) -> Callable[..., Any]:
            case = Case(
                self.function,
                name,
                self.f,
                df,
                tuple(wrt.split()) or self.wrt,
                self.domain,
                self.shapes,
                right=not wrong,
                wrong=wrong,
                explained_by=explained_by,
                rel=rel,
                abs=abs,
                traced=self.traced,
            )
            self.cases.append(case)
            return df

        return add


def problem(
    function: str,
    *,
    wrt: str,
    domain: Domain | None = None,
    shapes: dict[str, tuple[int, ...]] | None = None,
    traced: bool = True,
) -> Callable[[Callable[..., Any]], Problem]:
    """Make a function a Problem; ``wrt`` names its parameters, told apart by spaces."""
    return lambda f: Problem(function, f, tuple(wrt.split()), domain or {}, shapes or {}, traced)

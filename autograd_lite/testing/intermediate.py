"""Gradients towards intermediate results: ∂f/∂ŷ, ∂f/∂z, what is derived first.

The engine has them: the adjoints of inner nodes.  Their numeric derivatives are those of f with
something added to the result on its way: f runs once more, and the number is changed as it is made.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ..functions import function
from ..ops import Op
from ..value import Value
from .problem import Point, Problem, is_gradient_of
from .tracing import Trace, traced


class Inner(float):
    """The number of an intermediate result, and what was added to it."""

    added: float

    def __new__(cls, x: float, added: float = 0.0) -> Inner:
        """A number to which so much was added."""
        made = super().__new__(cls, x)
        made.added = added
        return made

    def __add__(self, step: float) -> Inner:
        return Inner(float(self) + step, self.added + step)


class IntermediateProblem(Problem):
    """A problem whose gradient is taken towards results inside of f, too."""

    def loss(self, arguments: Mapping[str, Any]) -> tuple[Any, Any]:
        """F at its own arguments."""
        return super().loss({n: x for n, x in arguments.items() if n not in self.inner})

    def number(self, point: Point) -> float:
        """F as a number, with what was added to intermediate results."""
        added = {n: point[n] for n in self.inner if _added(point.get(n, 0.0)).any()}
        if not added:
            return super().number(point)
        own = {n: x for n, x in point.items() if n not in self.inner}
        trace = traced(self, own)
        more: dict[Value, float] = {}
        for name, x in added.items():
            nodes = np.array(self.found(trace, name), dtype=object).ravel()
            for v, a in zip(nodes, _added(x).ravel().tolist(), strict=True):
                more[v] = more.get(v, 0.0) + a
        places = {v: k for k, v in enumerate(trace.made) if v in more}
        try:
            with np.errstate(all="ignore"):
                if len(places) < len(more):  # an argument, or a graph that exists
                    return _computed_again(trace, more)
                return float(traced(self, own, {places[v]: a for v, a in more.items()}).root)
        except (ArithmeticError, ValueError):
            return math.nan

    def hand(self, point: Point, named: Any) -> dict[str, Any]:
        """The gradient by hand; formulas see intermediate results as numbers."""
        plain = {
            n: np.array(x, dtype=float) if isinstance(x, np.ndarray) else float(x)
            for n, x in point.items()
            if n in self.inner
        }
        return super().hand({**point, **plain}, named)

    def completed(self, trace: Trace) -> Trace:
        """A run of f with its intermediate results among the leaves.

        Raises:
            ValueError: f has no result of such a name.
        """
        inner = {n: self.found(trace, n) for n in self.inner}
        return replace(trace, leaves={**trace.leaves, **inner})

    def with_inner(self, point: Point, trace: Trace) -> Point:
        """The point with the numbers of the intermediate results."""
        return {**point, **{n: _inner(trace.leaves[n]) for n in self.inner}}

    def found(self, trace: Trace, name: str) -> Any:
        """The Value, or array of Values, that f calls by that name."""
        known = trace.locals | trace.groups
        alike = [n for n in known if _letters(n) == _letters(name)]
        for each in alike or [n for n in known if is_gradient_of(name, n)]:
            x = known[each]
            inside = [x] if not isinstance(x, np.ndarray) else x.flat
            if all(isinstance(v, Value) for v in inside):
                return x
        results = [n for n in trace.groups if n not in trace.leaves]
        raise ValueError(
            f"wrt: {name!r} is not an argument of f, which has {', '.join(self.arguments)}, and no "
            f"result in it" + (f": these are {', '.join(results[:9])}" if results else "")
        )


def problem_of(f: Any, df: Any, wrt: Any = None) -> Problem:
    """A problem, of the kind that its parameters need."""
    problem = Problem(f, df, wrt)
    return IntermediateProblem(f, df, wrt) if problem.inner else problem


def _inner(x: Any) -> Any:
    """Numbers to which something may be added, in place of Values."""
    if isinstance(x, Value):
        return Inner(float(x))
    made = np.empty(x.shape, dtype=object)
    made.ravel()[:] = [Inner(float(v)) for v in x.flat]
    return made


def _letters(name: str) -> str:
    """Equal for ``yhat``, ``y_hat`` and ŷ."""
    return unicodedata.normalize("NFKD", name).replace("\u0302", "hat").replace("_", "")


def _added(x: Any) -> Any:
    return np.array([getattr(v, "added", 0.0) for v in np.ravel(np.asarray(x, dtype=object))])


def _computed_again(trace: Trace, more: Mapping[Value, float]) -> float:
    """The number of a graph in which some nodes have something added to them."""
    numbers: dict[Value, float] = {}
    for v in trace.nodes:
        moved = any(x in numbers for x in v.operands)
        if moved:
            if not isinstance(v.op, Op):
                return math.nan
            parameter = () if v.parameter is None else (v.parameter,)
            operands = (numbers.get(x, float(x)) for x in v.operands)
            numbers[v] = function(v.op.name)(*operands, *parameter)
        if v in more:
            numbers[v] = numbers.get(v, float(v)) + more[v]
    return numbers.get(trace.root, float(trace.root))

"""A gradient whose shape is not its parameter's, and what it may be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .comparison import Evaluation
from .diagnose.search import Explanation
from .problem import Component, Problem, components_of


def wrong_shape(
    problem: Problem,
    first: Evaluation,
    gradient: Callable[[Sequence[Component]], Sequence[float]],
) -> Explanation | None:
    """The first parameter whose gradient has another shape; ``None`` if there is none.

    Args:
        problem: what is checked.
        first: the gradient by hand at one point.
        gradient: what it should be there.
    """
    for name in problem.wrt:
        want, got = np.shape(first.point[name]), np.shape(first.hand[name])
        if want == got or (not want and np.size(first.hand[name]) == 1):
            continue
        components = components_of([name], first.point)
        true = np.array(gradient(components)).reshape(want)
        why = _other_shape(np.asarray(first.hand[name], dtype=float), true)
        text = f"the gradient towards {name} has the shape {got}, {name} has {want}"
        return Explanation(text + (f": {why}" if why else ""), "shape", (name,))
    return None


def _other_shape(h: Any, true: Any) -> str:
    """How numbers of another shape come out right; "" if they do not."""
    if h.size == true.size:
        if h.shape == true.shape[::-1] and np.allclose(h.T, true):
            return "it is transposed"
        if np.allclose(h.reshape(true.shape), true):
            return f"the numbers are right; write .reshape({true.shape})"
    for axis in range(h.ndim):
        for how, numbers in (("sum", h.sum(axis)), ("mean", h.mean(axis))):
            if numbers.shape == true.shape and np.allclose(numbers, true):
                return f"a {how} over axis {axis} is forgotten"
    return ""

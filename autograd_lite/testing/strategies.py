"""Points for a test's ``parametrize``, and as a strategy of hypothesis."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..terminal import printed
from .comparison import point_text
from .points import PointSource
from .problem import Problem
from .sampling import DOMAINS, ONE_HOT


@printed
class GradPoint(dict[str, Any]):
    """A point of ``grad_points``: a dict of arguments, readable as a test's id."""

    def __str__(self) -> str:
        return point_text(self)


def grad_points(
    f: Callable[..., Any],
    n: int = 8,
    *,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    seed: Any = 0,
) -> list[GradPoint]:
    """Points for pytest's ``parametrize``, each a dict for ``at=`` with a readable id.

    Args:
        f: the function.
        n: how many.
        domain, shapes: see ``check_grad``.
        seed: the same seed gives the same points; it is not the test's name here, since the
            points are drawn before any test runs.

    Raises:
        ValueError: f cannot be computed at so many points.

    >>> [str(point) for point in grad_points(lambda w, x: w * x, 2)]
    ['w=−0.73 x=−0.74', 'w=0.42 x=0.59']
    """
    source = PointSource(Problem(f, {}), domain, shapes, seed)
    found = source.drawn(n)
    if len(found) < n:
        raise ValueError(f"f can be computed at {len(found)} of {n} points: give domain=")
    return [GradPoint(point) for point in found]


def points(
    f: Callable[..., Any],
    *,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
) -> Any:
    """A hypothesis strategy of points for ``at=``, which shrinks to simple numbers.

    Args:
        f: the function; points at which it cannot be computed are left out.
        domain, shapes: see ``check_grad``.

    Raises:
        ImportError: hypothesis is not installed.

    >>> from hypothesis import given
    >>> @given(points(lambda w, x: w * x, domain={"x": "positive"}))
    ... def test(point):
    ...     assert point["x"] > 0
    >>> test()
    """
    st: Any = importlib.import_module("hypothesis.strategies")
    source = PointSource(Problem(f, {}), domain, shapes)

    def number(name: str) -> Any:
        where = source.domain.get(name, "any")
        if isinstance(where, set | frozenset | list | range):
            return st.sampled_from(sorted(map(float, where)))
        low, high = DOMAINS[where] if isinstance(where, str) else where
        low, high = max(low, -10.0), min(high, 10.0)
        least, most = math.floor(low * 100) + 1, math.ceil(high * 100) - 1
        if least > most:
            return st.floats(low, high, exclude_min=True, exclude_max=True)
        return st.integers(least, most).map(lambda k: k / 100)

    def argument(name: str) -> Any:
        if name not in source.shapes:
            return number(name)
        shape = source.shapes[name]
        if source.domain.get(name) == ONE_HOT:
            rows = math.prod(shape[:-1])
            places = st.lists(st.integers(0, shape[-1] - 1), min_size=rows, max_size=rows)
            return places.map(lambda ones: np.eye(shape[-1])[ones].reshape(shape))
        size = math.prod(shape)
        return st.lists(number(name), min_size=size, max_size=size).map(
            lambda numbers: np.array(numbers, dtype=float).reshape(shape)
        )

    names = source.problem.arguments
    found = st.fixed_dictionaries({name: argument(name) for name in names})
    return found.filter(source.is_finite).map(GradPoint)

"""Points of interest: what kind of stationary point one is, and where a function is zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ..number import to_float
from ..ops import DomainError
from ..value import Value
from .derivatives import Array, check_count, grad, hessian, plain_point, value_and_grad


@dataclass(frozen=True)
class StationaryPoint:
    """What ``classify_stationary_point`` found."""

    kind: Literal["minimum", "maximum", "saddle", "inconclusive", "not stationary"]
    gradient: Array
    hessian: Array
    eigenvalues: Array  # ascending

    def __str__(self) -> str:
        values = ", ".join(f"{x + 0.0:.6g}" for x in self.eigenvalues)
        return (
            f"{self.kind}: eigenvalues of the Hessian {values}; |∇f| {abs(self.gradient).max():.3g}"
        )


def classify_stationary_point(
    f: Callable[..., Any], *point: Any, tolerance: float = 1e-9, gradient_tolerance: float = 1e-6
) -> StationaryPoint:
    """Minimum, maximum, saddle or inconclusive, by the eigenvalues of the Hessian.

    Args:
        f: a function of several scalars or of one array.
        point: where.
        tolerance: eigenvalues up to this part of the largest one count as 0.
        gradient_tolerance: a gradient larger than this part of max(1, largest |eigenvalue|)
            makes the point "not stationary".

    A saddle needs eigenvalues of both signs; with one that counts as 0 and the others of one
    sign the second-derivative test says nothing: "inconclusive".
    Source: 000 §3.6, 003, pp. 48-50 (which call a saddle inconclusive; it is not).

    >>> classify_stationary_point(lambda x, y: 2 * x ** 2 - 2 * y ** 2, 0.0, 0.0).kind
    'saddle'
    """
    point = plain_point(point)
    slopes = np.atleast_1d(np.asarray(grad(f)(*point), dtype=float)).ravel()
    h = np.asarray(hessian(f)(*point)).reshape(slopes.size, slopes.size)
    if not (np.isfinite(h).all() and np.isfinite(slopes).all()):
        raise ValueError(f"gradient {slopes} or Hessian {h.tolist()} is not finite at {point}")
    eigenvalues = np.linalg.eigvalsh(h)
    largest = abs(eigenvalues).max()
    up, down = eigenvalues > tolerance * largest, eigenvalues < -tolerance * largest
    kind: Literal["minimum", "maximum", "saddle", "inconclusive", "not stationary"]
    if abs(slopes).max() > gradient_tolerance * max(1.0, largest):
        kind = "not stationary"
    elif up.any() and down.any():
        kind = "saddle"
    elif largest > 0 and (up.all() or down.all()):
        kind = "minimum" if up.all() else "maximum"
    else:
        kind = "inconclusive"
    return StationaryPoint(kind, slopes, h, eigenvalues)


@dataclass(frozen=True)
class Root:
    """What ``newton_root`` found: every iterate, and how it ended."""

    root: float  # the last iterate; a root only if ``converged``
    converged: bool
    verdict: (
        str  # "converged", "zero derivative", "cycle", "diverged", "domain error", "step limit"
    )
    message: str
    iterates: tuple[float, ...]
    values: tuple[float, ...]  # f at each iterate

    def __str__(self) -> str:
        return f"{self.verdict} after {len(self.iterates) - 1} steps: {self.message}"


def newton_root(
    f: Callable[..., Any], x0: float, *, tolerance: float = 1e-14, max_steps: int = 100
) -> Root:
    """Newton's method for a zero of a function of one variable: x ← x − f(x) / f′(x).

    Args:
        f: takes one Value, returns one Value.
        x0: the first iterate.
        tolerance: converged when a step is at most this part of |x|, or f is 0.
        max_steps: after so many steps the verdict is "step limit".

    Returns:
        A record with ``root, converged, verdict, message, iterates, values``; it never raises
        for a failure of the method.

    Source: 000 §3.3, 003, pp. 44-45.

    >>> r = newton_root(lambda x: x ** 2 - 2, 1.0)
    >>> r.root, r.verdict, [round(x, 6) for x in r.iterates[:4]]
    (1.4142135623730951, 'converged', [1.0, 1.5, 1.416667, 1.414216])
    >>> print(newton_root(lambda x: x ** 3 - 2 * x + 2, 0.0))
    cycle after 2 steps: the iterates repeat with period 2: 1, 0
    """
    check_count(max_steps, "max_steps", 1)
    both = value_and_grad(f)
    xs, values = [to_float(x0)], list[float]()

    def ended(verdict: str, message: str) -> Root:
        return Root(xs[-1], verdict == "converged", verdict, message, tuple(xs), tuple(values))

    for k in range(max_steps + 1):
        x = xs[-1]
        try:
            y, slope = both(x)
        except DomainError as error:
            values.append(math.nan)
            return ended("domain error", f"at x = {x!r}: {error}")
        values.append(y)
        if y == 0:
            return ended("converged", f"f({x!r}) = 0")
        if not (math.isfinite(y) and math.isfinite(slope)):
            return ended("diverged", f"f or f′ is not finite at x = {x!r}")
        if slope == 0:
            return ended("zero derivative", f"f′({x!r}) = 0, so the tangent meets no zero")
        following = x - y / slope
        if not math.isfinite(following):
            return ended("diverged", f"the next iterate after x = {x!r} is not finite")
        if abs(following - x) <= tolerance * max(abs(following), 1e-300):
            last = _number_at(f, following)
            if abs(last) < abs(y):  # otherwise rounding alone moves it
                xs.append(following)
                values.append(last)
            return ended("converged", f"the last step was {abs(following - x):.3g}")
        if _running_away(xs, values):
            return ended("diverged", f"|x| and |f| have grown for 20 steps, to x = {x:.6g}")
        period = _period([*xs, following])
        if period > 1:
            xs.append(following)
            values.append(_number_at(f, following))
            loop = ", ".join(f"{v:.6g}" for v in xs[-period:])
            return ended("cycle", f"the iterates repeat with period {period}: {loop}")
        if k < max_steps:
            xs.append(following)
    return ended("step limit", f"no convergence in {max_steps} steps; |f| is {abs(values[-1]):.3g}")


def _number_at(f: Callable[..., Any], x: float) -> float:
    """f(x), or NaN outside its domain."""
    try:
        return float(f(Value(x)))
    except DomainError:
        return math.nan


def _running_away(xs: Sequence[float], values: Sequence[float], steps: int = 20) -> bool:
    pairs = [(abs(x), abs(y)) for x, y in zip(xs, values, strict=True)][-steps - 1 :]
    grows = all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))
    return len(pairs) > steps and grows


def _period(xs: Sequence[float]) -> int:
    """How long ago the last iterate stood here before; 0 if it never did, or only just now."""
    for back in range(1, min(len(xs), 20)):
        if abs(xs[-1] - xs[-1 - back]) <= 1e-12 * abs(xs[-1]):
            return back if back > 1 else 0
    return 0

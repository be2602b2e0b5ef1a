"""Points of interest: what kind of stationary point one is, and where a function is zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from ..errors import DomainError, TieError
from ..number import to_float
from ..value import Value
from .derivatives import (
    Array,
    as_output,
    check_count,
    derivative,
    grad,
    hessian,
    plain_point,
    value_and_grad,
)
from .one_sided import HiddenError, both_sides


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
        gradient_tolerance: "not stationary" is a point where a slope leads, over a distance of
            max(1, |xᵢ|), to more than this part of what f changes within that distance along xᵢ.

    A saddle needs eigenvalues of both signs; with one that counts as 0 and the others of one
    sign the second-derivative test says nothing: "inconclusive".  At a corner along an axis, as
    that of |x| − x² at 0, the slopes to both sides decide instead; of several variables they prove
    a saddle, no minimum.  Where the Hessian is not known, as at a corner, it is NaN.
    Source: 000 §3.6, 003, pp. 48-50 (which call a saddle inconclusive; it is not).

    >>> classify_stationary_point(lambda x, y: 2 * x ** 2 - 2 * y ** 2, 0.0, 0.0).kind
    'saddle'
    >>> classify_stationary_point(lambda x: abs(x) - x ** 2, 0.0).kind
    'minimum'
    """
    point = plain_point(point)
    slopes = np.atleast_1d(np.asarray(grad(f)(*point), dtype=float)).ravel()
    try:
        h = np.asarray(hessian(f)(*point)).reshape(slopes.size, slopes.size)
    except TieError:  # at a corner there is none; the slopes to both sides may decide
        h, eigenvalues = np.full((slopes.size,) * 2, math.nan), np.full(slopes.size, math.nan)
    else:
        if not (np.isfinite(h).all() and np.isfinite(slopes).all()):
            raise ValueError(f"gradient {slopes} or Hessian {h.tolist()} is not finite at {point}")
        eigenvalues = np.linalg.eigvalsh(h)
    largest = abs(eigenvalues).max()
    rises, falls = eigenvalues > tolerance * largest, eigenvalues < -tolerance * largest
    corners: list[str] = []
    curvatures: list[float] = []
    still = True
    for i, slope in enumerate(slopes):
        along, x = _along(f, point, i)
        corner = _corner(along, x)
        if corner:
            corners.append(corner)
            continue
        still = still and _is_flat(along, x, float(slope), gradient_tolerance)
        if math.isnan(largest):
            with suppress(TieError):
                curvatures.append(derivative(along, 2)(x))
    kind: Literal["minimum", "maximum", "saddle", "inconclusive", "not stationary"]
    if not still or "slope" in corners:
        kind = "not stationary"
    elif corners:
        up = "up" in corners or any(c > 0 for c in curvatures)
        down = "down" in corners or any(c < 0 for c in curvatures)
        kind = "saddle" if up and down else "inconclusive"
        if slopes.size == 1 and "flat" not in corners:
            kind = "minimum" if "up" in corners else "maximum"
    elif rises.any() and falls.any():
        kind = "saddle"
    elif largest > 0 and (rises.all() or falls.all()):
        kind = "minimum" if rises.all() else "maximum"
    else:
        kind = "inconclusive"
    return StationaryPoint(kind, slopes, h, eigenvalues)


def _along(f: Callable[..., Any], point: tuple[Any, ...], i: int) -> tuple[Any, float]:
    """F as a function of the i-th number of the point alone, and that number."""
    is_array = np.ndim(point[0]) > 0
    numbers = list(point[0].flat) if is_array else list(point)

    def along(x: Any) -> Value:
        moved = [*numbers[:i], x, *numbers[i + 1 :]]
        if not is_array:
            return as_output(f(*moved))
        array = np.empty(len(moved), dtype=object)
        array[:] = moved
        return as_output(f(array.reshape(point[0].shape)))

    return along, float(numbers[i])


def _corner(along: Callable[[Any], Value], x: float) -> str:
    """What f does at a corner: "up" or "down" to both sides, "flat" if not sure; "" at none."""
    try:
        sides = both_sides(along, x)
    except HiddenError:
        return "flat"
    if sides is None or sides[0].rate == -sides[1].rate:
        return ""
    left, right = sides[0].rate, sides[1].rate
    if left * right <= 0:
        return "slope" if left * right else "flat"
    return "up" if left > 0 else "down"


def _is_flat(along: Callable[[Any], Value], x: float, slope: float, tolerance: float) -> bool:
    """Whether a slope is small beside what f changes near by, to the side where that is less."""
    if slope == 0:
        return True
    reach = max(1.0, abs(x))
    here = along(Value(x)).data
    changes = []
    for direction in (-1, 1):
        ys = (_number_at(along, x + direction * reach * part) for part in (1, 0.6, 0.1, 0.01))
        known = [abs(y - here) for y in ys if math.isfinite(y)]
        changes += [max(known)] if known else []
    rounding = 4 * math.ulp(here)
    return abs(slope) * reach <= tolerance * min(changes, default=0.0) + rounding


@dataclass(frozen=True)
class Root:
    """What ``newton_root`` found: every iterate, and how it ended."""

    root: float  # the last iterate; a root only if ``converged``
    converged: bool
    verdict: (
        str  # "converged", "zero derivative", "cycle", "diverged", "domain error", "step limit",
        # "no root"
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
        tolerance: converged when a step is at most this part of |x| and f is larger to both
            sides, or f is 0; "no root" if f is smaller there, as at the poles of tan.
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
        if y == 0 and not (slope == 0 and _fades(xs)):
            return ended("converged", f"f({x!r}) = 0")
        if y == 0:
            return ended("diverged", f"f fades to 0 by x = {x:.6g}: rounding, and no zero")
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
            if not _is_zero(f, xs[-1], values[-1]):
                return ended(
                    "no root", f"|f| is {abs(values[-1]):.3g} at x = {x!r}, less beside it"
                )
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


def _fades(xs: Sequence[float]) -> bool:
    """Whether the steps do not shrink: exp(−x²) is 0 at 28 because floats end, not at a zero."""
    if len(xs) < 3:
        return False
    return abs(xs[-1] - xs[-2]) > 0.98 * abs(xs[-2] - xs[-3])


def _is_zero(f: Callable[..., Any], x: float, y: float) -> bool:
    """Whether |f| is larger beside x than at x; at a pole it is less."""
    for part in (1e-3, 1e-5, 1e-7):
        beside = [_number_at(f, x * (1 + part)), _number_at(f, x * (1 - part))]
        if not any(abs(other) < abs(y) for other in beside):
            return True
    return False


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

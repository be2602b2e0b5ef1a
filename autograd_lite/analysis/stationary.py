"""``classify_stationary_point``: a minimum, a maximum, a saddle, or none of these."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..errors import TieError
from ..functional import Array, as_output, derivative, grad, hessian, objects, plain_point
from ..notebook import bundle, facts
from ..terminal import printed
from ..value import Value
from .differentiability import kind_by_graph
from .roots import number_at

Kind = Literal["minimum", "maximum", "saddle", "inconclusive", "not stationary"]


@printed
@dataclass(frozen=True)
class StationaryPoint:
    """What ``classify_stationary_point`` returns: the kind, and what it was decided by."""

    kind: Kind
    gradient: Array
    hessian: Array
    eigenvalues: Array  # ascending

    def __str__(self) -> str:
        values = ", ".join(f"{x + 0.0:.6g}" for x in self.eigenvalues)
        return (
            f"{self.kind}: eigenvalues of the Hessian {values}; |∇f| {abs(self.gradient).max():.3g}"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        told = facts(
            self.kind, eigenvalues=self.eigenvalues, Hessian=self.hessian, gradient=self.gradient
        )
        return bundle(self, html=told)


def classify_stationary_point(
    f: Callable[..., Any], *point: Any, tolerance: float = 1e-9, gradient_tolerance: float = 1e-6
) -> StationaryPoint:
    """Whether a point is a minimum, maximum or saddle of f, by the eigenvalues of the Hessian.

    Args:
        f: a function of several scalars or of one array.
        point: several scalars, or one array.
        tolerance: eigenvalues up to this part of the largest one count as 0.
        gradient_tolerance: a point is "not stationary" if a slope, over a distance of
            max(1, |xᵢ|), amounts to more than this part of the change of f within that distance
            along xᵢ.

    A saddle needs eigenvalues of both signs.  If one counts as 0 and the others have one sign, the
    second-derivative test says nothing: "inconclusive".  At a corner along an axis, as that of
    |x| − x² at 0, the slopes to both sides decide instead; for several variables they can prove a
    saddle, but no minimum.  At a jump it is "inconclusive" at best.  Where the Hessian does not
    exist, as at a corner, it is NaN.
    Source: 000 §3.6, l. 705-708; 003, l. 1010-1063 (which call a saddle inconclusive; it is not).

    >>> classify_stationary_point(lambda x, y: 2 * x ** 2 - 2 * y ** 2, 0.0, 0.0).kind
    'saddle'
    >>> classify_stationary_point(lambda x: abs(x) - x ** 2, 0.0).kind
    'minimum'
    """
    point = plain_point(point)
    slopes = np.atleast_1d(np.asarray(grad(f)(*point), dtype=float)).ravel()
    try:
        h = np.asarray(hessian(f)(*point)).reshape(slopes.size, slopes.size)
    except TieError:  # a corner: the slopes to both sides may decide
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
        if corner in ("", "jump"):
            still = still and _is_flat(along, x, float(slope), gradient_tolerance)
        if not corner and math.isnan(largest):
            with suppress(TieError):
                curvatures.append(derivative(along, 2)(x))
    kind: Kind
    if not still or "slope" in corners:
        kind = "not stationary"
    elif corners:
        up = "up" in corners or any(c > 0 for c in curvatures)
        down = "down" in corners or any(c < 0 for c in curvatures)
        kind = "saddle" if up and down else "inconclusive"
        if slopes.size == 1 and (up or down):
            kind = "minimum" if up else "maximum"
    elif rises.any() and falls.any():
        kind = "saddle"
    elif largest > 0 and (rises.all() or falls.all()):
        kind = "minimum" if rises.all() else "maximum"
    else:
        kind = "inconclusive"
    return StationaryPoint(kind, slopes, h, eigenvalues)


def _along(f: Callable[..., Any], point: tuple[Any, ...], i: int) -> tuple[Any, float]:
    """f as a function of the i-th number of the point alone, and that number."""
    is_array = np.ndim(point[0]) > 0
    numbers = list(point[0].flat) if is_array else list(point)

    def along(x: Any) -> Value:
        moved = [*numbers[:i], x, *numbers[i + 1 :]]
        return as_output(f(objects(moved, point[0].shape)) if is_array else f(*moved))

    return along, float(numbers[i])


def _corner(along: Callable[[Any], Value], x: float) -> str:
    """How f leaves a corner: "up" or "down" to both sides, or as a "slope".

    "jump" at a jump, "unclear" if rounding hides which it is or a side is flat, "" elsewhere.
    """
    found = kind_by_graph(along, x)
    if found is None or found.kind == "differentiable":
        return ""
    if found.kind == "jump":
        return "jump"
    if found.kind not in ("corner", "cusp") or not found.left or not found.right:
        return "unclear"
    if found.left * found.right > 0:
        return "slope"
    return "up" if found.right > 0 else "down"


def _is_flat(along: Callable[[Any], Value], x: float, slope: float, tolerance: float) -> bool:
    """Whether a slope is small beside the change of f nearby, on the side where f changes less."""
    if slope == 0:
        return True
    reach = max(1.0, abs(x))
    here = along(Value(x)).data
    changes = []
    for direction in (-1, 1):
        ys = (number_at(along, x + direction * reach * part) for part in (1, 0.6, 0.1, 0.01))
        known = [abs(y - here) for y in ys if math.isfinite(y)]
        changes += [max(known)] if known else []
    rounding = 4 * math.ulp(here)
    return abs(slope) * reach <= tolerance * min(changes, default=0.0) + rounding

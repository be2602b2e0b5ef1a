"""What the derivatives tell of a curve: the slope of its mirror image, and how it bends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..number import to_float
from .derivatives import Scalar, derivative
from .points import newton_root


def inverse_derivative(
    f: Callable[..., Any], *, x: Any = None, y: float | None = None, near: float | None = None
) -> Scalar:
    """The derivative of the inverse function at y = f(x): 1 / f′(x).

    Args:
        f: takes one Value, returns one Value.
        x: the point of f; or
        y: the point of the inverse, with ``near``: where to look for the x of f(x) = y.

    Raises:
        ZeroDivisionError: f′(x) = 0, the inverse has a vertical tangent (or is none) there.
        ValueError: neither x nor y is given, or both; or no x with f(x) = y was found.

    Source: 000 §1.2, property 3 (反函数的性质), which leaves out f′(x) ≠ 0; 003, inverse functions.

    >>> inverse_derivative(lambda x: x ** 2, x=3.0)                     # √′(9)
    0.16666666666666666
    >>> inverse_derivative(lambda x: x ** 2, y=9.0, near=1.0)
    0.16666666666666666
    """
    if (x is None) == (y is None) or (y is None) != (near is None):
        raise ValueError("inverse_derivative: give x=..., or y=... and near=...")
    if y is not None and near is not None:
        height = to_float(y)
        found = newton_root(lambda x: f(x) - height, near)
        if not found.converged:
            raise ValueError(f"no x with f(x) = {height!r} was found from x = {near!r}: {found}")
        x = found.root
    slope = derivative(f)(x)
    if float(slope) == 0:
        raise ZeroDivisionError(
            f"f′({float(x)!r}) = 0: the inverse has no finite slope at f({float(x)!r})"
        )
    return 1.0 / slope


def curvature(f: Callable[..., Any], x: Any) -> Scalar:
    """|f″| / (1 + f′²)^(3/2), one over the radius of the circle that fits best.

    It is |f″| where f′ = 0, and less elsewhere.  Source: 000 §3.4 (曲率), which calls f″ itself
    the curvature.

    >>> curvature(lambda x: x ** 2, 0.0), round(curvature(lambda x: x ** 2, 1.0), 6)
    (2.0, 0.178885)
    """
    slope, bend = derivative(f)(x), derivative(f, 2)(x)
    return abs(bend) / (1 + slope**2) ** 1.5

"""Functions of functions: derivatives, approximations, and what is special about a point."""

from .approximations import (
    LocalModel,
    Polynomial,
    linear_approximation,
    quadratic_approximation,
    tangent_plane,
    taylor,
)
from .derivatives import (
    derivative,
    difference_quotient,
    directional_derivative,
    grad,
    hessian,
    hvp,
    jacobian,
    partial,
    value_and_grad,
)
from .points import Root, StationaryPoint, classify_stationary_point, newton_root

__all__ = [
    "LocalModel",
    "Polynomial",
    "Root",
    "StationaryPoint",
    "classify_stationary_point",
    "derivative",
    "difference_quotient",
    "directional_derivative",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "linear_approximation",
    "newton_root",
    "partial",
    "quadratic_approximation",
    "tangent_plane",
    "taylor",
    "value_and_grad",
]

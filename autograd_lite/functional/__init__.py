"""Functions of functions: derivatives, approximations, and what is special about a point."""

from ..errors import LimitError
from .approximations import (
    LocalModel,
    Polynomial,
    linear_approximation,
    quadratic_approximation,
    reexpand,
    tangent_plane,
    taylor,
)
from .chain import chained_jacobian, total_derivative
from .curves import curvature, inverse_derivative
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
from .kinks import PointKind, classify_point, is_differentiable
from .limits import (
    limit,
    order_of,
)
from .points import Root, StationaryPoint, classify_stationary_point, newton_root

__all__ = [
    "LimitError",
    "LocalModel",
    "PointKind",
    "Polynomial",
    "Root",
    "StationaryPoint",
    "chained_jacobian",
    "classify_point",
    "classify_stationary_point",
    "curvature",
    "derivative",
    "difference_quotient",
    "directional_derivative",
    "grad",
    "hessian",
    "hvp",
    "inverse_derivative",
    "is_differentiable",
    "jacobian",
    "limit",
    "linear_approximation",
    "newton_root",
    "order_of",
    "partial",
    "quadratic_approximation",
    "reexpand",
    "tangent_plane",
    "taylor",
    "total_derivative",
    "value_and_grad",
]

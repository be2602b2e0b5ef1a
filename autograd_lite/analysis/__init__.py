"""What a function is like at one point: limits, kinks, stationary points, zeros.

Every function here takes f and a point, ``limit(f, a)``; what describes f by its derivatives
is in ``functional``.
"""

from ..errors import LimitError
from .differentiability import PointKind, classify_point, is_differentiable
from .limits import limit, order_of
from .roots import Root, inverse_derivative, newton_root
from .stationary import StationaryPoint, classify_stationary_point

__all__ = [
    "LimitError",
    "PointKind",
    "Root",
    "StationaryPoint",
    "classify_point",
    "classify_stationary_point",
    "inverse_derivative",
    "is_differentiable",
    "limit",
    "newton_root",
    "order_of",
]

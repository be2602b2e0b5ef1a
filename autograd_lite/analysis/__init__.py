"""What a function is like at one point: limits, kinks, stationary points, zeros.

Every function here takes f and a point, ``limit(f, a)``; what describes f by its derivatives
is in ``functional``.
"""

from ..errors import LimitError
from .differentiability import PointKind, classify_point
from .epsilon import EpsilonDelta, epsilon_delta
from .intervals import IntervalKind, is_differentiable_on
from .limits import limit, order_of
from .planes import PlaneKind, is_differentiable
from .roots import Root, inverse_derivative, newton_root
from .stationary import StationaryPoint, classify_stationary_point

__all__ = [
    "EpsilonDelta",
    "IntervalKind",
    "LimitError",
    "PlaneKind",
    "PointKind",
    "Root",
    "StationaryPoint",
    "classify_point",
    "classify_stationary_point",
    "epsilon_delta",
    "inverse_derivative",
    "is_differentiable",
    "is_differentiable_on",
    "limit",
    "newton_root",
    "order_of",
]

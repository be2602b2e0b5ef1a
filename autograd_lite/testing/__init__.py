"""Unit-testing gradients that were derived by hand: a verdict, and the reason when one is wrong."""

from ..errors import GradientTestError
from .asserts import (
    GradientMismatch,
    GradientWarning,
    assert_grad,
    assert_hessian,
    assert_jacobian,
    check_jacobian,
)
from .check import check_grad
from .diagnose.search import Explanation
from .layers import assert_layer, check_layer
from .report import Kink, MutationScore, PointResult, Report, Verdict
from .strategies import GradPoint, grad_points, points

__all__ = [
    "Explanation",
    "GradPoint",
    "GradientMismatch",
    "GradientTestError",
    "GradientWarning",
    "Kink",
    "MutationScore",
    "PointResult",
    "Report",
    "Verdict",
    "assert_grad",
    "assert_hessian",
    "assert_jacobian",
    "assert_layer",
    "check_grad",
    "check_jacobian",
    "check_layer",
    "grad_points",
    "points",
]

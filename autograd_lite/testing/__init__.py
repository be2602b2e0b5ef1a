"""Unit-testing gradients that were derived by hand: a verdict, and the reason when one is wrong."""

from .asserting import (
    GradientMismatch,
    GradientTestError,
    GradientWarning,
    assert_grad,
    assert_hessian,
    assert_jacobian,
    check_jacobian,
)
from .judging import check_grad
from .report import Adequacy, Kink, Report, Verdict
from .strategies import GradPoint, grad_points, points
from .why.diagnosis import Explanation

__all__ = [
    "Adequacy",
    "Explanation",
    "GradPoint",
    "GradientMismatch",
    "GradientTestError",
    "GradientWarning",
    "Kink",
    "Report",
    "Verdict",
    "assert_grad",
    "assert_hessian",
    "assert_jacobian",
    "check_grad",
    "check_jacobian",
    "grad_points",
    "points",
]

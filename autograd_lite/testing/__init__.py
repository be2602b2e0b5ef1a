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
from .diagnosis import Explanation
from .judging import check_grad
from .report import Adequacy, Kink, Report, Verdict

__all__ = [
    "Adequacy",
    "Explanation",
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
]

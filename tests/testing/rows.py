"""Rows of the tables: what is checked, what it is called, and what ``assert_grad`` does."""

import re
import warnings
from dataclasses import dataclass, field
from typing import Any

import pytest

from autograd_lite import log, relu, sigmoid, softplus, tanh
from autograd_lite.errors import GradientTestError
from autograd_lite.testing import (
    GradientMismatch,
    GradientWarning,
    Verdict,
    assert_grad,
    check_grad,
)

RIGHT, WRONG, UNTESTED, KINK, BROKEN, UNSTEADY, UNKNOWN = Verdict
DOES = {  # what assert_grad does, by (verdict, ok)
    (RIGHT, True): "passes",
    (UNTESTED, True): GradientWarning,
    (UNTESTED, False): GradientMismatch,
    (KINK, True): GradientWarning,
    (WRONG, False): GradientMismatch,
    (BROKEN, False): GradientTestError,
    (UNSTEADY, False): GradientTestError,
    (UNKNOWN, False): GradientTestError,
}


@dataclass
class Row:
    """F, a gradient, and what is to be said of it."""

    what: str
    f: Any
    df: Any
    verdict: Verdict
    says: str = ""  # a regular expression that the report matches
    ok: bool | None = None  # where the verdict leaves it open
    options: dict[str, Any] = field(default_factory=dict)
    evidence: str = ""  # "engine" or "numeric"


def row(what, f, df, verdict=RIGHT, says="", ok=None, **options):
    """A row, with the options of ``check_grad``."""
    return Row(what, f, df, verdict, says, ok, options)


def by_numbers(what, f, df, verdict=RIGHT, says="", **options):
    """A row of which numeric derivatives alone are to be the judge."""
    return Row(what, f, df, verdict, says, None, options, "numeric")


def does(f, df, **options):
    """What ``assert_grad`` does: "passes", or the class of what it raises or warns of."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            assert_grad(f, df, **options)
        except AssertionError as error:
            assert not said
            return type(error)
    return said[0].category if said else "passes"


def table(*rows):
    """A test for each row."""
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.what)


def holds(row, **options):
    """Assert what a row says."""
    options = row.options | options
    report = check_grad(row.f, row.df, **options)
    ok = row.verdict in (RIGHT, UNTESTED, KINK) if row.ok is None else row.ok
    assert (report.verdict, report.ok) == (row.verdict, ok), report
    assert re.search(row.says, " ".join(str(report).split())), report
    assert does(row.f, row.df, **options) == DOES[row.verdict, ok]
    assert bool(report) is ok and len(str(report).splitlines()) <= 25
    assert str(row.verdict) in report.headline
    assert not row.evidence or report.evidence == row.evidence


# ---- functions -----------------------------------------------------------------------------


def neuron(w, b, x):
    z = w * x + b
    a = sigmoid(z)
    return a  # noqa: RET504, a name that formulas may use


def log_loss(w, b, x, y):
    z = w * x + b
    yhat = sigmoid(z)
    return -y * log(yhat) - (1 - y) * log(1 - yhat)


def logit_loss(w, x, y):
    z = w * x
    return softplus(z) - y * z


def mean_squares(w, X, y):
    r = X @ w - y
    return r @ r / len(y)


def bilinear(A, x, y):
    return y @ (A @ x)


def gated(w, x):
    return relu(w * x)


def branching(w, x):
    z = w * x
    if z > 0:
        return z * z
    return 3 * z


W = {"w": 0.4, "b": -0.3, "x": 1.7}
WX = {"w": 0.4, "x": 1.7}
DATA = {"X": (5, 3), "w": (3,), "y": (5,)}
AXY = {"A": (2, 3), "x": (3,), "y": (2,)}


def two_units(w11, w21, w1, w2, x, y):
    a1 = tanh(w11 * x)
    a2 = tanh(w21 * x)
    yhat = w1 * a1 + w2 * a2
    return (y - yhat) ** 2 / 2

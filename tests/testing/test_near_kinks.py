"""Next to kinks and at the ends of domains: a right gradient is not accused, a wrong one found."""

import math

import numpy as np
import pytest

from autograd_lite import abs as absolute
from autograd_lite import acos, asin, hypot, log, maximum, minimum, relu, sqrt
from autograd_lite.testing import check_grad
from tests.testing.rows import KINK, RIGHT, UNKNOWN, UNTESTED, WRONG, holds, row, table

PASSED = (RIGHT, UNTESTED)
DISTANCES = [10.0**-k for k in (7, 8, 9, 10, 11, 12, 14)]


def by_if(x):
    if x > 0:
        return x * x + x
    return 0 * x


def by_if_of_two(x):
    return x if x < 1 else 2 - x


NEAR = [  # f of a number, its slope, its kink
    ("relu", lambda x: relu(x), lambda x: float(x > 0), 0.0),
    ("max(x, 0)", lambda x: maximum(x, 0), lambda x: float(x > 0), 0.0),
    ("an if", by_if, lambda x: (2 * x + 1) * (x > 0), 0.0),
    ("a tent", by_if_of_two, lambda x: 1.0 if x < 1 else -1.0, 1.0),
    ("hinge", lambda x: maximum(0, 1 - x), lambda x: -float(x < 1), 1.0),
    ("squared hinge", lambda x: maximum(0, 1 - x) ** 2, lambda x: -2 * max(0.0, 1 - x), 1.0),
    ("|x − 3| x", lambda x: absolute(x - 3) * x,
     lambda x: abs(x - 3) + x * math.copysign(1.0, x - 3), 3.0),
    ("clipped", lambda x: minimum(maximum(x, -1), 1) ** 2, lambda x: 2 * x * (abs(x) < 1), 1.0),
    ("5 + 100 relu", lambda x: 5 + 100 * relu(x), lambda x: 100.0 * (x > 0), 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("f", "df", "kink"), [r[1:] for r in NEAR], ids=[r[0] for r in NEAR])
def test_a_kink_near_by_accuses_nobody(f, df, kink):
    for distance in DISTANCES:
        for x in (kink + distance, kink - distance):
            report = check_grad(f, df, at=x, wrt="x")
            assert report.verdict in PASSED, (x, str(report))
            if distance in DISTANCES[::3]:
                array = check_grad(
                    lambda w, f=f: f(w[0]) + w[1] ** 2,
                    lambda w: np.array([df(w[0]), 2 * w[1]]),
                    at={"w": np.array([x, 0.7])},
                    wrt="w",
                )
                assert array.verdict in PASSED, (x, str(array))


@pytest.mark.parametrize(("f", "df", "kink"), [r[1:] for r in NEAR], ids=[r[0] for r in NEAR])
def test_a_kink_near_by_excuses_nobody(f, df, kink):
    for distance in DISTANCES[::3]:
        for x in (kink + distance, kink - distance):
            if abs(df(x)) > 1e-3:
                for factor in (1.01, -1.0):
                    report = check_grad(f, lambda x, q=factor: q * df(x), at=x, wrt="x")
                    assert report.verdict is WRONG, (x, factor, str(report))
            wrong_side = df(2 * kink - x)
            if abs(wrong_side - df(x)) > 1e-3:
                report = check_grad(f, lambda x, s=wrong_side: s, at=x, wrt="x")
                assert report.verdict is WRONG, (x, str(report))


ENDS = [  # f, its slope, the points
    ("log", lambda x: log(x), lambda x: 1 / x, DISTANCES),
    ("√", lambda x: sqrt(x), lambda x: 0.5 / math.sqrt(x), DISTANCES),
    ("x√x", lambda x: x * sqrt(x), lambda x: 1.5 * math.sqrt(x), [0.0, *DISTANCES]),
    ("x^1.5", lambda x: x**1.5, lambda x: 1.5 * math.sqrt(x), [0.0, *DISTANCES]),
    ("√(x³)", lambda x: sqrt(x**3), lambda x: 1.5 * math.sqrt(x), [0.0, *DISTANCES]),
    ("√(x⁴)", lambda x: sqrt(x**4), lambda x: 2 * x, [0.0, *DISTANCES]),
    ("x^2.5", lambda x: x**2.5, lambda x: 2.5 * x**1.5, [0.0, 1e-9]),
    ("x log x", lambda x: x * log(x), lambda x: 1 + math.log(x), DISTANCES),
    ("(1 − x)^1.5", lambda x: (1 - x) * sqrt(1 - x), lambda x: -1.5 * math.sqrt(1 - x),
     [1.0, *(1 - d for d in DISTANCES)]),
    ("asin", lambda x: asin(x), lambda x: 1 / math.sqrt((1 - x) * (1 + x)),
     [s * (1 - d) for d in DISTANCES for s in (1, -1)]),
    ("acos", lambda x: acos(x), lambda x: -1 / math.sqrt((1 - x) * (1 + x)),
     [s * (1 - d) for d in DISTANCES for s in (1, -1)]),
    ("1/x", lambda x: 1 / x, lambda x: -1 / x**2, DISTANCES),
    ("|x|³", lambda x: absolute(x) ** 3, lambda x: 3 * x * abs(x), [0.0, *DISTANCES]),
    ("√(x²)³", lambda x: sqrt(x**2) ** 3, lambda x: 3 * x * abs(x), [0.0, *DISTANCES]),
    ("hypot(x, x)²", lambda x: hypot(x, x) ** 2, lambda x: 4 * x, [0.0, *DISTANCES]),
]  # fmt: skip


@pytest.mark.parametrize(("f", "df", "points"), [r[1:] for r in ENDS], ids=[r[0] for r in ENDS])
def test_at_the_end_of_a_domain(f, df, points):
    for x in points:
        report = check_grad(f, df, at=x, wrt="x")
        assert report.verdict in PASSED, (x, str(report))
        for factor in (1.01, -1.0) if x in points[::3] else ():
            wrong = check_grad(f, lambda x, q=factor: q * df(x) + 1e-3, at=x, wrt="x")
            assert wrong.verdict is WRONG, (x, str(wrong))


def norm_cubed(x):
    return sqrt((x * x).sum()) ** 3


def through_nan(factor):
    def df(x):
        n = np.sqrt((x * x).sum())
        return factor * 3 * n**3 * x / n

    return df


AT_0 = {"x": np.zeros(3)}
UNDEFINED_ROWS = (
    row("0/0 where the engine takes 0·∞ for 0", norm_cubed, lambda x: through_nan(1)(x) / (x @ x)
        * np.sqrt(x @ x), UNKNOWN, "NaN .* not defined there", at=AT_0),
    row("and wrong elsewhere", norm_cubed, through_nan(2), WRONG, at=AT_0),
    row("|x| at 0 by x/|x|", lambda x: absolute(x), lambda x: np.float64(x) / abs(x), UNKNOWN,
        "not defined there", at=0.0),
    row("overflow of a right formula", lambda z: maximum(z, 0) + log(1 + 2.718281828459045 **
        -absolute(z)), lambda z: np.exp(z) / (1 + np.exp(z)), UNKNOWN, "not defined", at=800.0),
    row("at one of the points that are drawn", lambda x, k: absolute(k) * x,
        {"k": lambda x, k: np.float64(k) / np.abs(k) * x}, RIGHT, "not defined there",
        domain={"k": {0.0, 1.5, -2.0}}),
    row("NaN everywhere", lambda x: x * x, lambda x: math.nan, WRONG, at=0.7),
)  # fmt: skip


@table(*UNDEFINED_ROWS)
def test_a_formula_that_is_not_defined_somewhere(row):
    holds(row)


GATED = {"w": 0.0, "x": 1.3}
AT_KINK = (  # a formula is judged next to the kink, too; a number is not
    row("relu, right", lambda w, x: relu(w * x), {"w": "x if w * x > 0 else 0"}, KINK, at=GATED),
    row("relu, the other convention", lambda w, x: relu(w * x),
        {"w": lambda w, x: x * (w * x >= 0)}, KINK, at=GATED),
    row("relu, 1 % off", lambda w, x: relu(w * x), {"w": "1.01 * x if w * x > 0 else 0"}, WRONG,
        "next to it", at=GATED),
    row("relu, no gate", lambda w, x: relu(w * x), {"w": "x"}, WRONG, at=GATED),
    row("|w x|, the sign forgotten", lambda w, x: absolute(w * x), {"w": "x"}, WRONG, at=GATED),
    row("|w x|, in between, as a number", lambda w, x: absolute(w * x), {"w": 0.3}, KINK,
        at=GATED),
    row("|w x|, outside, as a number", lambda w, x: absolute(w * x), {"w": 1.32}, WRONG,
        "outside", at=GATED),
    row("valid near by only", lambda w: maximum(w, 1), lambda w: 1.0 if 1 < w < 3 else 0.0, KINK,
        at=1.0),
)  # fmt: skip


@table(*AT_KINK)
def test_at_a_kink_that_is_given(row):
    holds(row)


def margin_loss(w, x):
    return maximum(0, 1 - w * x)


@pytest.mark.parametrize(("w", "x"), [(0.1, 10.0), (1 / 3, 3.0), (10 / 3, 0.3), (0.7, 1 / 0.7)])
def test_rounding_may_decide_the_side_of_a_kink(w, x):
    for df in (lambda w, x: -x if w * x < 1 else 0.0, lambda w, x: -x if w < 1 / x else 0.0):
        report = check_grad(margin_loss, {"w": df}, at={"w": w, "x": x})
        assert report.ok, str(report)
    for slope in (x, -1.01 * x):
        report = check_grad(margin_loss, {"w": slope}, at={"w": w, "x": x})
        assert report.verdict is WRONG, str(report)

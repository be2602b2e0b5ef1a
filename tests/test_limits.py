"""Limits, orders, differentiability, the inverse's slope, curvature: tables of calculus."""

import math

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import (
    DomainError,
    LimitError,
    Value,
    atan,
    cos,
    curvature,
    derivative,
    exp,
    expm1,
    floor,
    inverse_derivative,
    is_differentiable,
    limit,
    linear_approximation,
    log,
    log2,
    order_of,
    quadratic_approximation,
    relu,
    sign,
    sin,
    sqrt,
    tan,
    taylor,
)

INF, PI = math.inf, math.pi


def cube_root(x):
    return sign(x) * abs(x) ** (1 / 3)


def stairs(x):
    return Value(2.0) if x < -1 else x + 1


def hole(x):
    return Value(5.0) if x.data == 0 else x


def wobble(n):
    """xⁿ·sin(1/x), 0 at 0."""
    return lambda x: 0 * x if x.data == 0 else x**n * sin(1 / x)


LIMITS = [  # f, a, side, limit, rtol
    (lambda x: sin(x) / x, 0, "both", 1, 1e-12),
    (lambda x: expm1(x) / x, 0, "both", 1, 1e-12),
    (lambda x: (exp(x) - 1) / x, 0, "both", 1, 1e-12),  # naive: 0 at x = 1e-17
    (lambda x: (1 - cos(x)) / x**2, 0, "both", 1 / 2, 1e-11),  # naive: 0 at x = 1e-9
    (lambda x: (x - sin(x)) / x**3, 0, "both", 1 / 6, 1e-10),
    (lambda x: (tan(x) - x) / x**3, 0, "both", 1 / 3, 1e-10),
    (lambda x: (x**2 - 1) / (x - 1), 1, "both", 2, 1e-12),
    (lambda x: (x**2 - 1e12) / (x - 1e6), 1e6, "both", 2e6, 1e-12),
    (lambda x: (log(3 + x) - math.log(3)) / x, 0, "both", 1 / 3, 1e-11),
    (lambda n: (1 + 1 / n) ** n, INF, "both", math.e, 1e-12),
    (atan, INF, "both", PI / 2, 1e-12),
    (atan, -INF, "both", -PI / 2, 1e-12),
    (exp, -INF, "both", 0, 1e-12),
    (exp, INF, "both", INF, 0),
    (log, 0, "right", -INF, 0),  # slow, and yet without bound
    (sqrt, 0, "right", 0, 0),
    (lambda x: sqrt(x - 1), 1, "right", 0, 0),
    (lambda x: x * log(x), 0, "right", 0, 0),
    (lambda x: 1 / x, 0, "left", -INF, 0),
    (lambda x: 1 / x**2, 0, "both", INF, 0),
    (lambda x: sin(x) / (1 - cos(x)), 0, "right", INF, 0),
    (stairs, -1, "left", 2, 1e-12),
    (stairs, -1, "right", 0, 0),
    (wobble(2), 0, "both", 0, 0),  # between −x² and x²
    (hole, 0, "both", 0, 0),  # not f(0) = 5
    (lambda x: Value(2.0) if x < -1e-3 else x + 1, 0, "both", 1, 1e-12),  # a step near by
    (lambda x: abs(x - 1e-5), 0, "both", 1e-5, 1e-9),  # a corner near by
    (lambda x: atan(x / 1e-6), 0, "both", 0, 0),  # π/2 it seems from afar
    (lambda x: 3.0, 0, "both", 3, 0),
    (lambda x: abs(x) / x, 1e-16, "both", 1, 0),  # 0 is a kink, 1e-16 is not 0
    (lambda x: abs(x) / x, -1e-300, "both", -1, 0),
    (exp, 9.8e-14, "both", 1, 1e-12),
    (exp, 5e-324, "both", 1, 1e-12),
    (floor, 1e-20, "both", 0, 0),
    (lambda x: 1 / x, 1e-13, "both", 1e13, 1e-12),
    (lambda x: (x - 1e-13) / abs(x - 1e-13), 1e-13, "right", 1, 0),
    (lambda x: (x - 1e10) / abs(x - 1e10), 1e10, "left", -1, 0),
]


@pytest.mark.parametrize(("f", "a", "side", "expected", "rtol"), LIMITS)
def test_limit(f, a, side, expected, rtol):
    assert limit(f, a, side=side) == pytest.approx(expected, rel=rtol, abs=1e-14)


NONE = [  # f, a, side, what the error says
    (lambda x: abs(x) / x, 0, "both", "no limit at 0.0: -1.0 from the left, 1.0 from the right"),
    (lambda x: 1 / x, 0, "both", "-inf from the left, inf from the right"),
    (stairs, -1, "both", "no limit at -1.0: 2.0 from the left, 0.0 from the right"),
    (lambda x: sin(1 / x), 0, "right", "does not settle"),
    (lambda x: sin(PI / x), 0, "right", "does not settle"),  # 0 at every x = 2⁻ᵏ
    (lambda x: cos(4 * PI * log2(x)), 0, "right", "f swings"),  # 1 at every x = 2⁻ᵏ and √½·2⁻ᵏ
    (sin, INF, "both", "no limit as x → inf: f does not settle"),
    (lambda x: 1 / log(x), 0, "right", "does not settle; near by it is -0.029"),  # too slow
    (lambda x: log(-log(x)), 0, "right", "does not settle"),
    (sqrt, 0, "both", "f cannot be computed left of 0.0"),
    (log, -1, "right", "f cannot be computed right of -1.0"),
    (lambda x: log(x - 1e-5), 0, "right", "f cannot be computed right of 0.0"),
    (lambda x: abs(x) / x, 5e-324, "both", "cannot tell the limit at 5e-324: there are too few"),
    (lambda x: abs(x) / x, 1e-310, "left", "cannot tell the limit at 1e-310"),
]


@pytest.mark.parametrize(("f", "a", "side", "text"), NONE)
def test_where_there_is_no_limit(f, a, side, text):
    with pytest.raises(LimitError) as error:
        limit(f, a, side=side)
    assert text in str(error.value)


def test_the_error_holds_what_there_is():
    with pytest.raises(LimitError) as error:
        limit(lambda x: sqrt(x), 0.0)
    assert error.value.left is None and error.value.right == pytest.approx(0, abs=1e-14)


BAD = [
    ({"a": 0.0, "side": "up"}, ValueError, "it is 'both', 'left' or 'right'"),
    ({"a": INF, "side": "left"}, ValueError, "has one side only"),
    ({"a": math.nan}, ValueError, "a = nan"),
    ({"a": 0.0, "tolerance": 0.0}, ValueError, "tolerance = 0.0"),
    ({"a": "0"}, TypeError, "write Value"),
]


@pytest.mark.parametrize(("options", "kind", "text"), BAD)
def test_bad_arguments(options, kind, text):
    with pytest.raises(kind, match="(?s)" + text):
        limit(sin, **options)


@given(st.lists(st.floats(-3, 3), min_size=1, max_size=4), st.floats(-2, 2))
@settings(deadline=None)
def test_a_removable_hole_is_filled(coefficients, a):
    def p(x):
        return sum(c * x**k for k, c in enumerate(coefficients))

    expected = float(p(a))
    assert limit(lambda x: p(x) * (x - a) / (x - a), a) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("f", "referee", "a"),
    [
        (lambda x: (exp(x) - exp(-x)) / sin(x), lambda x: 2 * mpmath.sinh(x) / mpmath.sin(x), 0),
        (lambda x: log(x) / (x - 1), lambda x: mpmath.log(x) / (x - 1), 1),
        (lambda x: (1 - 3 / x) ** x, lambda x: (1 - 3 / x) ** x, INF),
        (
            lambda x: (sin(x) - sin(2)) / (x - 2),
            lambda x: (mpmath.sin(x) - mpmath.sin(2)) / (x - 2),
            2,
        ),
    ],
)
def test_against_mpmath(f, referee, a):
    with mpmath.workdps(40):
        expected = float(mpmath.limit(referee, mpmath.inf if a == INF else a))
    assert limit(f, a) == pytest.approx(expected, rel=1e-9)


ORDERS = [  # f, a, order
    (sin, 0, 1),
    (lambda x: 1 - cos(x), 0, 2),
    (lambda x: x - sin(x), 0, 3),
    (lambda x: exp(x) - 1 - x, 0, 2),
    (sqrt, 0, 0.5),
    (lambda x: 1 / x, 0, -1),
    (exp, 0, 0),
    (lambda x: x - x, 0, INF),
    (lambda x: log(x) - linear_approximation(log, 3.0)(x), 3, 2),
    (lambda x: log(x) - quadratic_approximation(log, 3.0)(x), 3, 3),
    (lambda x: exp(x) - taylor(exp, 0.0, 3)(x), 0, 4),
    (lambda x: x, 1e-13, 0),
    (lambda x: x, -1e-20, 0),
    (lambda x: x - 1e-13, 1e-13, 1),
    (lambda x: x - 1e10, 1e10, 1),
    (lambda x: (x - 1e15) ** 2, 1e15, 2),
]


@pytest.mark.parametrize(("f", "a", "order"), ORDERS)
def test_order_of(f, a, order):
    assert order_of(f, a) == pytest.approx(order, abs=1e-7)


def test_order_at_a_distance():
    assert order_of(sin, h=0.01) == pytest.approx(math.log2(math.sin(0.02) / math.sin(0.01)))
    with pytest.raises(ValueError, match="choose another h"):
        order_of(lambda x: 0 * x, h=0.1)


@pytest.mark.parametrize("f", [wobble(2), lambda x: x * log(x)])
def test_no_order_that_can_be_told(f):
    with pytest.raises(LimitError, match="f has no order at 0"):
        order_of(f)


KINDS = [  # f, x, kind, slope from the left, from the right
    (abs, 0, "corner", -1, 1),
    (relu, 0, "corner", 0, 1),
    (lambda x: abs(x) ** (2 / 3), 0, "cusp", -INF, INF),
    (cube_root, 0, "vertical tangent", INF, INF),
    (lambda x: -cube_root(x), 0, "vertical tangent", -INF, -INF),
    (stairs, -1, "jump", -INF, 1),
    (floor, 2, "jump", INF, 0),
    (hole, 0, "jump", INF, -INF),
    (lambda x: 0 * x if x.data == 0 else 1 / x, 0, "jump", INF, INF),
    (sqrt, 0, "domain edge", None, INF),
    (log, 0, "undefined", None, None),
    (wobble(1), 0, "oscillating", None, None),
    (wobble(2), 0, "differentiable", 0, 0),  # and yet the derivative is not continuous there
    (lambda x: x * abs(x), 0, "differentiable", 0, 0),
    (abs, 1, "differentiable", 1, 1),
    (abs, 0.01, "differentiable", 1, 1),
    (abs, -1e-3, "differentiable", -1, -1),
    (stairs, 1, "differentiable", 1, 1),
    (lambda x: x**3, 2, "differentiable", 12, 12),
    (log, 0.05, "differentiable", 20, 20),
    (sin, 1000, "differentiable", math.cos(1000), math.cos(1000)),
]


@pytest.mark.parametrize(("f", "x", "kind", "left", "right"), KINDS)
def test_is_differentiable(f, x, kind, left, right):
    found = is_differentiable(f, x)
    assert found.kind == kind and bool(found) == (kind == "differentiable")
    for got, expected in ((found.left, left), (found.right, right)):
        assert got is expected or got == pytest.approx(expected, rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("f", [sin, exp, lambda x: x**5 - x, lambda x: x / (1 + x**2)])
@given(st.floats(-3, 3))
@settings(max_examples=25)
def test_smooth_functions_are_differentiable(f, x):
    found = is_differentiable(f, x)
    assert found and found.left == pytest.approx(derivative(f)(x), rel=1e-6, abs=1e-6)


def test_ad_alone_does_not_see_a_jump():
    assert derivative(stairs)(-1.0) == 1.0 and not is_differentiable(stairs, -1.0)


@given(st.floats(0.1, 5))
def test_inverse_derivative(x):
    assert inverse_derivative(exp, x=x) == pytest.approx(derivative(log)(math.exp(x)))
    by_y = inverse_derivative(lambda t: t**3 + t, y=x**3 + x, near=x + 0.1)
    assert by_y == pytest.approx(1 / (3 * x**2 + 1))


def test_inverse_derivative_can_be_differentiated():
    x = Value(2.0)
    inverse_derivative(lambda t: t**2, x=x).backward()
    assert x.grad == pytest.approx(-1 / 8)  # (1/2x)′ = −1/2x²


@pytest.mark.parametrize(
    ("options", "kind", "text"),
    [
        ({"x": 0.0}, ZeroDivisionError, r"f′\(0.0\) = 0"),
        ({}, ValueError, "give x="),
        ({"x": 1.0, "y": 1.0, "near": 1.0}, ValueError, "give x="),
        ({"y": 1.0}, ValueError, "near="),
        ({"y": -1.0, "near": 1.0}, ValueError, "no x with f"),
    ],
)
def test_inverse_derivative_says_what_is_wrong(options, kind, text):
    with pytest.raises(kind, match=text):
        inverse_derivative(lambda x: x**2, **options)


CURVATURES = [  # f, x, curvature
    (lambda x: x**2, 0, 2),
    (lambda x: x**2, 1, 2 / 5**1.5),
    (lambda x: -(x**2), 0, 2),
    (lambda x: 3 * x + 1, 7, 0),
    (lambda x: sqrt(4 - x**2), 1, 1 / 2),  # a circle of radius 2
]


@pytest.mark.parametrize(("f", "x", "expected"), CURVATURES)
def test_curvature(f, x, expected):
    assert curvature(f, x) == pytest.approx(expected, rel=1e-12)


def test_a_domain_error_far_away_is_no_obstacle():
    assert limit(lambda x: log(x) / (x - 1), 1.0) == pytest.approx(1)  # log(x) for x ≤ 0
    with pytest.raises(DomainError):
        log(Value(-1.0))

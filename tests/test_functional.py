"""Functions of functions as a table of calculus: function, point, expected, source."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite
from autograd_lite import (
    DomainError,
    HandmadeNodeError,
    StaleGraphError,
    TieError,
    Value,
    backward_steps,
    chain_rule,
    cos,
    derivative,
    exp,
    explain,
    grad,
    gradients,
    hessian,
    hypot,
    jacobian,
    least_squares,
    linalg,
    log,
    maximum,
    minimize,
    record,
    relu,
    sign,
    sin,
    sqrt,
    tanh,
    taylor,
    trace,
    value_and_grad,
)
from autograd_lite.analysis import (
    classify_point,
    classify_stationary_point,
    inverse_derivative,
    is_differentiable,
    limit,
    newton_root,
    order_of,
)
from autograd_lite.draw import to_dot, to_svg
from autograd_lite.functional import (
    Polynomial,
    chained_jacobian,
    curvature,
    difference_quotient,
    directional_derivative,
    hvp,
    linear_approximation,
    partial,
    quadratic_approximation,
    reexpand,
    tangent_plane,
    total_derivative,
)
from autograd_lite.graph import find_nonfinite
from autograd_lite.linalg import data, values
from autograd_lite.nn import softmax_cross_entropy
from autograd_lite.program import Program
from autograd_lite.steps import to_json, to_latex, to_markdown
from autograd_lite.value import ON_FLOAT, order

MANY = settings(derandomize=True, deadline=None, max_examples=100)


def table(names, *rows):
    """Rows of a table; the last column, their source, is their name."""
    return pytest.mark.parametrize(names, rows, ids=[str(row[-1]) for row in rows])


def near(x, rel=1e-13):
    return pytest.approx(np.array(x, dtype=float), rel=rel, abs=1e-13, nan_ok=True)


def same(x):
    """Equal to the last bit; NaN is NaN."""
    return pytest.approx(x, rel=0, abs=0, nan_ok=True)


def factorial_row(*numbers):
    """Taylor coefficients from derivatives: f⁽ᵏ⁾ / k!."""
    return [x / math.factorial(k) for k, x in enumerate(numbers)]


# ---- one variable --------------------------------------------------------------------------------


@table(
    ("f", "a", "value", "slope", "source"),
    (lambda x: 7.0, 3.0, 7, 0, "003, p. 4: c"),
    (lambda x: 3 * x + 5, 2.0, 11, 3, "003, p. 4: ax + b"),
    (lambda x: x**2, 3.0, 9, 6, "003, p. 4: x²"),
    (lambda x: x**3, 2.0, 8, 12, "003, p. 4: x³"),
    (lambda x: 1 / x, 2.0, 0.5, -0.25, "003, p. 5: 1/x"),
    (lambda x: x**5, 1.5, 7.59375, 25.3125, "003, p. 5: xⁿ"),
    (lambda x: x**-2, 2.0, 0.25, -0.25, "003, p. 5: xⁿ, n < 0"),
    (sqrt, 4.0, 2, 0.25, "003, p. 6: √x"),
    (lambda x: x ** (1 / 3), 8.0, 2, 0.08333333333333333, "003, p. 5: x^(1/3)"),
    (sin, 0.7, 0.644217687237691, 0.7648421872844884, "003, p. 6: sin"),
    (cos, 0.7, 0.7648421872844884, -0.644217687237691, "003, p. 6: cos"),
    (autograd_lite.tan, 0.7, 0.8422883804630794, 1.7094497158631172, "tan"),
    (exp, 1.0, 2.718281828459045, 2.718281828459045, "000 §1.3: eˣ"),
    (exp, -1.0, 0.36787944117144233, 0.36787944117144233, "000 §1.3: eˣ"),
    (log, 3.0, 1.0986122886681098, 0.3333333333333333, "003, p. 8: log x"),
    (lambda x: 2**x, 3.0, 8, 5.545177444479562, "2ˣ"),
    (lambda x: x**x, 2.0, 4, 6.772588722239782, "xˣ"),
    (tanh, 0.5, 0.46211715726000974, 0.7864477329659274, "tanh"),
    (lambda x: 5 * sin(x), 0.7, 3.221088436188455, 3.824210936422442, "003: c · f"),
    (lambda x: 2 * x + x**2, 3.0, 15, 8, "003: sum rule, 004, (5.47)"),
    (lambda x: x * exp(x), 1.0, 2.718281828459045, 5.43656365691809, "003: product rule"),
    (lambda x: x * exp(x), 0.5, 0.8243606353500641, 2.4730819060501923, "004, (5.46)"),
    (lambda x: sin(x) / x, 1.0, 0.8414709848078965, -0.3011686789397568, "quotient rule"),
    (lambda x: exp(2 * x), 0.5, 2.718281828459045, 5.43656365691809, "003: chain rule"),
    (lambda x: exp(2 * x), 1.0, 7.38905609893065, 14.7781121978613, "003: chain rule"),
    (lambda x: (2 * x + 1) ** 4, 1.0, 81, 216, "004, (5.48)"),
    (
        lambda x: sin(exp(x**2)),
        0.5,
        0.9591622435375395,
        0.36319491480172617,
        "003: chain rule of three functions",
    ),
    (lambda x: sin(x**2), 1.3, 0.9929036510941185, -0.30919608017119193, "004, (5.48)"),
    (lambda t: t**3 - 2 * t, 2.0, 4, 10, "003, p. 46: velocity"),
    (lambda t: sin(t) ** 2 + 2 * cos(t), 0.7, None, -0.30298564448692195, "004, (5.50)"),
    (lambda t: sin(t) ** 2 + 2 * cos(t), 1.0, None, -0.7736445427901113, "004, (5.50)"),
    (lambda t: sin(t) ** 2 + 2 * cos(t), 2.0, None, -2.575397348959292, "004, (5.50)"),
    (
        lambda t: 20 * exp(-(0.5 * t + 0.1 * t**2) / 8),
        2.0,
        16.789140415384146,
        -1.8887782967307165,
        "000 §1.5: temperature on a climb",
    ),
)
def test_derivative(f, a, value, slope, source):
    assert derivative(f)(a) == near(slope)
    assert derivative(f, 1)(a) == derivative(f)(a) == grad(f)(a)
    assert value_and_grad(f)(a) == (derivative(f, 0)(a), derivative(f)(a))
    if value is not None:
        assert derivative(f, 0)(a) == near(value)


@table(
    ("f", "a", "expected", "source"),
    (lambda x: x**2, 3.0, [9, 6, 2, 0, 0], "003, p. 46"),
    (lambda x: x**4, 1.0, [1, 4, 12, 24, 24, 0, 0], "004, (5.10)-(5.16)"),
    (lambda x: sin(x) + cos(x), 0.0, [1, 1, -1, -1, 1, 1, -1, -1], "004, example 5.4"),
    (lambda t: t**3 - 2 * t, 2.0, [4, 10, 12, 6, 0], "003, p. 46: acceleration"),
    (lambda x: -(x**2), 0.0, [0, 0, -2, 0], "000 §3.4: maximum"),
    (lambda x: -(x**4), 0.0, [0, 0, 0, 0, -24], "000 §3.4: no verdict"),
    (lambda x: x**4 - 4 * x**2 + x, 0.0, [0, 1, -8, 0, 24], "000 §2.3: two minima"),
    (lambda x: exp(x) - log(x), 1.0, [math.e, math.e - 1, math.e + 1, math.e - 2], "000 §2.3"),
    (lambda x: 1 / x, -2.0, [-0.5, -0.25, -0.25, -0.375, -0.75], "1/x"),
    (lambda x: 7.0, 1.0, [7, 0, 0, 0], "a constant"),
    (lambda x: Value(7.0), 1.0, [7, 0, 0, 0], "a constant Value"),
    (lambda x: x, 5.0, [5, 1, 0, 0], "x itself"),
    (lambda x: x**0, 0.0, [1, 0, 0], "(x⁰)′(0) = 0"),
    (sqrt, 0.0, [0, math.inf, -math.inf], "√′(0) = inf"),
)
def test_nth_derivatives(f, a, expected, source):
    for n, number in enumerate(expected):
        assert derivative(f, n)(a) == near(number)
        assert derivative(f, n)(Value(a)).data == near(number)


@pytest.mark.parametrize("x", [-2.0, -0.3, 0.0, 0.7, 1.0, 3.0])
@pytest.mark.parametrize("n", range(1, 11))
def test_nth_derivative_of_a_product(n, x):
    # (eˣ sin x)⁽ⁿ⁾ = 2^(n/2) eˣ sin(x + nπ/4)
    with mpmath.workdps(40):
        expected = 2 ** mpmath.mpf(n / 2) * mpmath.exp(x) * mpmath.sin(x + n * mpmath.pi / 4)
    got = derivative(lambda x: exp(x) * sin(x), n)(x)
    assert got == pytest.approx(float(expected), rel=1e-13, abs=1e-30)


@pytest.mark.parametrize("x", [-2.0, -0.3, 0.7, 3.0])
@pytest.mark.parametrize("n", range(1, 7))
def test_nth_derivative_by_nesting(n, x):
    nested = exp_sin = lambda x: exp(x) * sin(x)
    for _ in range(n):
        nested = derivative(nested)
    assert nested(x) == pytest.approx(derivative(exp_sin, n)(x), rel=1e-13)


def test_high_derivatives_of_a_polynomial_are_zero():
    assert derivative(lambda x: x**3, 171)(1.0) == 0.0  # 171! is no float


@table(
    ("f", "source"),
    (lambda x: x**2.5, "x^2.5"),
    (lambda x: (-8.0) ** x, "a base below 0"),
    (lambda x: 0.0**x, "base 0"),
)
def test_at_odd_points_the_second_derivative_is_the_derivative_of_the_first(f, source):
    assert derivative(f, 2)(0.0) == same(derivative(derivative(f))(0.0))


@table(
    ("f", "first", "source"),
    (abs, 0.0, "|x|: −1 and 1"),
    (relu, 0.0, "relu: 0 and 1"),
    (lambda x: autograd_lite.leaky_relu(x, 0.2), 0.2, "leaky relu: 0.2 and 1"),
    (autograd_lite.elu, 1.0, "elu: its second derivatives are 1 and 0"),
    (lambda x: relu(x) ** 2, 0.0, "relu²: 0 and 2"),
    (lambda x: x * abs(x), 0.0, "x |x|: −2 and 2"),
    (lambda x: autograd_lite.maximum(x, -x), 0.0, "a tie of max"),
    (lambda x: autograd_lite.minimum(x, 0.0), 0.5, "a tie of min"),
    (lambda x: hypot(x, 0.0), 0.0, "hypot at (0, 0)"),
    (lambda x: hypot(x, 0.0) ** 2, 0.0, "x², but hypot cannot tell"),
    (lambda x: sqrt(x * x), 0.0, "√(x²): 0 · ∞"),
    (lambda x: sqrt(x * x) ** 2, 0.0, "x² by way of 0 · ∞"),
    (lambda x: sign(x) * abs(x) ** (1 / 3), 0.0, "the cube root: 0 · ∞"),
)
def test_no_second_derivative_at_a_tie(f, first, source):
    assert derivative(f)(0.0) == taylor(f, 0.0, 1)[1] == grad(f)(0.0) == first
    for second in (
        derivative(f, 2),
        derivative(derivative(f)),
        hessian(f),
        lambda x: taylor(f, x, 2),
    ):
        with pytest.raises(TieError):
            second(0.0)


@table(
    ("f", "expected", "source"),
    (lambda x: abs(x) ** 2, [0, 0, 1, 0, 0], "|x|² = x²"),
    (lambda x: relu(x * x), [0, 0, 1, 0, 0], "max(0, x²) = x²"),
    (lambda x: autograd_lite.maximum(x, x), [0, 1, 0, 0, 0], "max(x, x) = x"),
    (lambda x: relu(x) - relu(-x), [0, 1, 0, 0, 0], "max(0, x) − max(0, −x) = x"),
    (
        lambda x: autograd_lite.maximum(x, 0.0) + autograd_lite.softplus(-abs(x)),
        [math.log(2), 1 / 2, 1 / 8, 0, -1 / 192],
        "log(1 + eˣ)",
    ),
    (lambda x: abs(x) ** 3, [0, 0, 0], "|x|³, up to the order in which its sides agree"),
)
def test_taylor_where_both_sides_of_a_tie_agree(f, expected, source):
    assert taylor(f, 0.0, len(expected) - 1).coefficients == near(expected)


@table(
    ("f", "source"),
    (lambda x: abs(x) ** 3, "|x|³: its third derivatives are −6 and 6"),
    (lambda x: relu(x) ** 3, "relu³: 0 and 6"),
)
def test_where_the_sides_differ_in_the_third_derivative(f, source):
    assert derivative(f, 2)(0.0) == 0.0
    with pytest.raises(TieError, match="those of order 3 are not the same on both sides"):
        derivative(f, 3)(0.0)


@table(
    ("f", "at", "expected", "source"),
    (lambda a, b: relu(a) + b * b, (-1.0, 2.0), [[0, 0], [0, 2]], "away from the tie"),
    (
        lambda a, b: relu(relu(a) - 1) + b * b,
        (0.0, 2.0),
        [[0, 0], [0, 2]],
        "behind a relu that is off",
    ),
    (lambda a, b: 0 * relu(a) + b * b, (0.0, 2.0), [[0, 0], [0, 2]], "times the number 0"),
    (
        lambda a, b: softmax_cross_entropy(0, [a, b, 0.0]),
        (0.0, -1000.0),
        [[0.25, 0], [0, 0]],
        "equal scores: p (1 − p)",
    ),
    (
        lambda a, b: softmax_cross_entropy(1, [a, b, 1.0]),
        (1.0, 1.0),
        [[2 / 9, -1 / 9], [-1 / 9, 2 / 9]],
        "three equal scores",
    ),
    (autograd_lite.logaddexp, (2.0, 2.0), [[0.25, -0.25], [-0.25, 0.25]], "log(eᵃ + eᵇ)"),
)
def test_hessian_where_no_tie_is_felt(f, at, expected, source):
    assert hessian(f)(*at) == near(np.array(expected, dtype=float))


@table(
    ("f", "n", "x", "expected", "source"),
    (exp, 180, 0.0, 1.0, "1/180! is 0 in floats"),
    (exp, 600, 0.0, 1.0, "and 1/600!"),
    (lambda x: exp(100 * x), 150, 0.0, 1e300, "100¹⁵⁰"),
    (lambda x: exp(100 * x), 160, 0.0, math.inf, "100¹⁶⁰ is no float"),
    (sin, 401, 0.0, 1.0, "cos 0"),
    (sin, 400, 0.0, 0.0, "sin 0"),
    (lambda x: autograd_lite.cosh(x), 300, 0.0, 1.0, "cosh 0"),
    (lambda x: x**-1, 120, 100.0, math.factorial(120) / 1e242, "n! / xⁿ⁺¹"),
    (lambda x: 1 / x, 120, 100.0, math.factorial(120) / 1e242, "n! / xⁿ⁺¹"),
    (lambda x: 1 / x, 300, 0.5, math.inf, "n! / xⁿ⁺¹, beyond the largest float"),
    (log, 100, 2.0, -math.factorial(99) / 2**100, "−(n − 1)! / (−x)ⁿ"),
    (lambda x: x**300, 300, 0.0, math.inf, "300!"),
    (lambda x: (x * 2.0**-1000) ** 2, 2, 0.0, 0.0, "2⁻¹⁹⁹⁹ is no float"),
    (autograd_lite.atan, 2, 1e104, -2e-312, "−2x / (1 + x²)²"),
    (lambda x: 1 / (1 + x**2), 2, 1e77, 6e-308, "(6x² − 2) / (1 + x²)³"),
    (lambda x: autograd_lite.asin(tanh(autograd_lite.floor(x))), 3, -26.2, 0.0, "a constant"),
)
def test_derivatives_of_high_order(f, n, x, expected, source):
    assert derivative(f, n)(x) == pytest.approx(expected, rel=1e-12, abs=0.0)


@table(
    ("f", "x", "expected", "source"),
    (lambda x: x**-1, 2.0, lambda k: (-1) ** k / 2.0 ** (k + 1), "1/x"),
    (lambda x: 1 / x, 2.0, lambda k: (-1) ** k / 2.0 ** (k + 1), "1/x as a quotient"),
    (lambda x: x**0.5, 2.0, lambda k: mpmath.binomial(0.5, k) * mpmath.mpf(2) ** (0.5 - k), "√x"),
    (sqrt, 2.0, lambda k: mpmath.binomial(0.5, k) * mpmath.mpf(2) ** (0.5 - k), "√"),
    (log, 2.0, lambda k: -((-0.5) ** k) / k, "log"),
    (lambda x: x**300, 0.0, lambda k: float(k == 300), "x³⁰⁰"),
)
def test_taylor_of_high_order(f, x, expected, source):
    found = taylor(f, x, 300).coefficients
    for k in (1, 2, 25, 150, 200, 300):
        assert found[k] == pytest.approx(float(expected(k)), rel=1e-11)


def test_an_order_that_is_too_high_is_told():
    with pytest.raises(ValueError, match="up to order 2000 of this function lead"):
        taylor(lambda x: x**2.5, 0.0, 2000)


@table(
    ("f", "expected", "source"),
    (exp, [math.nan] * 3, "eˣ"),
    (tanh, [math.nan] * 3, "tanh"),
    (lambda x: x**3, [math.nan] * 3, "x³"),
    (lambda x: x * x, [math.nan, math.nan, 2.0], "x · x: its second derivative is 2 everywhere"),
    (relu, [math.nan] * 3, "relu"),
    (abs, [math.nan] * 3, "|x|"),
    (lambda x: autograd_lite.maximum(x, 0.0), [math.nan] * 3, "max(x, 0)"),
)
def test_nan_propagates(f, expected, source):
    assert [derivative(f, n)(math.nan) for n in range(3)] == same(expected)


def test_a_power_of_a_negative_base_has_no_derivatives_towards_the_exponent():
    got = hessian(lambda a, b: a**b)(-2.0, 3.0)  # ∂/∂b is NaN, and so is what follows from it
    assert got == same(np.array([[-12.0, math.nan], [math.nan, math.nan]]))


# ---- Taylor polynomials --------------------------------------------------------------------------


def binomials(p, n):
    """The binomial coefficients of any p: p (p − 1) … (p − k + 1) / k!."""
    return [math.prod((p - j) / (j + 1) for j in range(k)) for k in range(n + 1)]


def power_row(p, x0, n):
    """The Taylor coefficients of x^p about x0."""
    return [c * x0 ** (p - k) for k, c in enumerate(binomials(p, n))]


@table(
    ("f", "x0", "expected", "source"),
    (lambda x: x**2, 3.0, [9, 6, 1, 0, 0], "002: x²"),
    (lambda x: x**2, 0.0, [0, 0, 1, 0, 0, 0, 0], "x² about 0"),
    (lambda x: x * x, 0.0, [0, 0, 1, 0, 0], "x · x about 0"),
    (lambda x: x**4, 1.0, [1, 4, 6, 4, 1, 0, 0], "004, (5.17)"),
    (lambda x: x**2.5, 2.0, power_row(2.5, 2.0, 8), "x^2.5"),
    (lambda x: x**2.5, 0.0, [0, 0, 0], "x^2.5 about 0"),
    (lambda x: x**-2, -1.5, power_row(-2, -1.5, 8), "x⁻²"),
    (sqrt, 4.0, power_row(0.5, 4.0, 8), "√x"),
    (lambda x: x**0.5, 0.25, power_row(0.5, 0.25, 8), "x^0.5"),
    (lambda x: 1 / x, 2.0, power_row(-1, 2.0, 8), "1/x"),
    (lambda x: 1 / x, -0.5, power_row(-1, -0.5, 8), "1/x"),
    (lambda x: 1 / (1 - x), 0.0, [1] * 9, "geometric series"),
    (lambda x: (1 + x) ** 7, 0.0, binomials(7, 9), "binomial theorem"),
    (log, 1.0, [0] + [-((-1) ** k) / k for k in range(1, 9)], "log x about 1"),
    (
        log,
        2.0,
        [math.log(2)] + [-((-1) ** k) / k / 2**k for k in range(1, 9)],
        "log x about 2",
    ),
    (exp, 0.0, factorial_row(*[1] * 9), "eˣ"),
    (exp, 1.0, factorial_row(*[math.e] * 9), "eˣ about 1"),
    (lambda x: 2**x, 0.0, factorial_row(*[math.log(2) ** k for k in range(9)]), "2ˣ"),
    (sin, 0.0, factorial_row(0, 1, 0, -1, 0, 1, 0, -1), "004, (5.25e): sin"),
    (cos, 0.0, factorial_row(1, 0, -1, 0, 1, 0, -1, 0), "004, (5.25e): cos"),
    (lambda x: sin(x) + cos(x), 0.0, factorial_row(1, 1, -1, -1, 1, 1, -1, -1), "004, ex. 5.4"),
    (autograd_lite.cosh, 0.0, factorial_row(1, 0, 1, 0, 1, 0, 1), "cosh"),
    (autograd_lite.atan, 0.0, [0, 1, 0, -1 / 3, 0, 1 / 5, 0, -1 / 7], "arctan"),
    (autograd_lite.sigmoid, 0.0, [1 / 2, 1 / 4, 0, -1 / 48, 0, 1 / 480], "sigmoid"),
    (autograd_lite.softplus, 0.0, [math.log(2), 1 / 2, 1 / 8, 0, -1 / 192], "softplus"),
    (relu, 1.5, [1.5, 1, 0, 0], "relu, x > 0"),
    (relu, -1.5, [0, 0, 0, 0], "relu, x < 0"),
    (autograd_lite.leaky_relu, -2.0, [-0.02, 0.01, 0, 0], "leaky relu"),
    (abs, -2.0, [2, -1, 0, 0], "|x|, x < 0"),
    (lambda x: abs(x) * x, -2.0, [-4, 4, -1, 0], "−x², x < 0"),
    (autograd_lite.floor, 2.5, [2, 0, 0], "floor"),
    (lambda x: autograd_lite.maximum(x, x**2), 3.0, [9, 6, 1, 0], "max(x, x²)"),
    (lambda x: x**3 if x > 0 else -x, -1.0, [1, -1, 0, 0], "a Python if"),
    (lambda x: 7.0, 1.0, [7, 0, 0], "a constant"),
    (lambda x: x, 5.0, [5, 1, 0, 0], "x itself"),
    (lambda x: x, 5, [5], "degree 0"),
)
def test_taylor_coefficients(f, x0, expected, source):
    p = taylor(f, x0, len(expected) - 1)
    assert p.coefficients == near(expected)
    assert p.x0 == x0 and len(p) == len(expected)


REFEREED = {
    "tan(x)": 0.4,
    "tanh(x)": -0.8,
    "asin(x)": 0.3,
    "acos(x)": -0.6,
    "atan(x)": 2.0,
    "asinh(x)": -1.1,
    "acosh(x)": 1.7,
    "atanh(x)": 0.4,
    "erf(x)": 0.9,
    "erfc(x)": -0.2,
    "x**x": 1.3,
    "sqrt(1 + x**2)": -0.7,
    "exp(sin(x)) / (2 + cos(x))": 1.9,
    "log(1 + exp(x))": 0.6,
    "1 / (1 + exp(-x))": -1.4,
    "hypot(x, 2)": 0.5,
    "atan2(x, 1 + x)": 0.8,
    "sin(exp(x**2))": 0.5,
    "cosh(x) * sinh(2 * x) - x**3": -0.4,
}
REFEREES = ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh"]
REFEREES += ["atanh", "exp", "log", "sqrt", "erf", "erfc", "hypot", "atan2"]
OURS = {name: getattr(autograd_lite, name) for name in REFEREES}
MPMATHS = {name: getattr(mpmath, name) for name in REFEREES}


def two_readings(text, names="x"):
    """One formula as a function of ours, and as a function of mpmath's numbers."""
    return eval(f"lambda {names}: {text}", OURS), eval(f"lambda {names}: {text}", MPMATHS)


@pytest.mark.parametrize("text", REFEREED)
def test_taylor_coefficients_against_mpmath(text):
    ours, referee = two_readings(text)
    with mpmath.workdps(50):
        expected = [float(c) for c in mpmath.taylor(referee, mpmath.mpf(REFEREED[text]), 10)]
    largest = max(map(abs, expected))
    assert taylor(ours, REFEREED[text], 10).coefficients == pytest.approx(
        np.array(expected), rel=1e-12, abs=1e-13 * largest
    )


@table(
    ("f", "x0", "x", "expected", "source"),
    (lambda x: x**4, 1.0, 2.0, {0: 1, 1: 5, 2: 11, 3: 15, 4: 16, 5: 16, 6: 16}, "004, (5.17a)"),
    (
        lambda x: sin(x) + cos(x),
        0.0,
        1.0,
        {
            0: 1,
            1: 2,
            2: 1.5,
            3: 1.3333333333333333,
            4: 1.375,
            5: 1.3833333333333333,
            10: 1.3817733134920636,
        },
        "004, example 5.4 at 1",
    ),
    (
        lambda x: sin(x) + cos(x),
        0.0,
        -4.0,
        {0: 1, 1: -3, 5: 1.8, 10: -0.024056437389770723},
        "004, example 5.4 at −4",
    ),
    (
        lambda x: sin(x) + cos(x),
        0.0,
        4.0,
        {0: 1, 1: 5, 5: 5.533333333333333, 10: -1.3475132275132276},
        "004, example 5.4 at 4",
    ),
    (
        cos,
        0.0,
        1.0,
        {
            0: 1,
            2: 0.5,
            4: 0.5416666666666666,
            6: 0.5402777777777777,
            10: 0.5403023037918872,
            16: 0.5403023058681399,
        },
        "004, (5.25e): cos 1",
    ),
    (
        sin,
        0.0,
        1.0,
        {
            1: 1,
            3: 0.8333333333333334,
            5: 0.8416666666666667,
            7: 0.841468253968254,
            11: 0.841470984648068,
            17: 0.8414709848078965,
        },
        "004, (5.25e): sin 1",
    ),
    (
        exp,
        0.0,
        0.5,
        {
            0: 1,
            1: 1.5,
            2: 1.625,
            3: 1.6458333333333333,
            4: 1.6484375,
            5: 1.6486979166666667,
            6: 1.6487196180555554,
        },
        "002: e^0.5",
    ),
    (
        log,
        1.0,
        1.5,
        {
            0: 0,
            1: 0.5,
            2: 0.375,
            3: 0.4166666666666667,
            4: 0.4010416666666667,
            5: 0.40729166666666666,
        },
        "002: log 1.5",
    ),
    (sqrt, 4.0, 4.1, {1: 2.025, 2: 2.02484375}, "002: √4.1"),
)
def test_taylor_polynomials_at_a_point(f, x0, x, expected, source):
    for n, value in expected.items():
        assert taylor(f, x0, n)(x) == near(value)


def test_a_polynomial_at_a_number_a_value_and_an_array():
    p = Polynomial([1.0, -2.0, 3.0], 2.0)  # 1 − 2 (x − 2) + 3 (x − 2)²
    x = Value(4.0)
    y = p(x)
    assert type(p(4.0)) is float and p(4.0) == p(4) == y.data == 9.0
    assert gradients(y, [x]) == [10.0]  # −2 + 6 (x − 2)
    np.testing.assert_array_equal(p(np.array([2, 3, 4])), [1.0, 2.0, 9.0])
    np.testing.assert_array_equal(p(np.array([[2.0], [4.0]])), [[1.0], [9.0]])
    np.testing.assert_array_equal(data(p(values([2.0, 3.0]))), [1.0, 2.0])


def test_a_polynomial_of_degree_zero_keeps_the_kind_of_its_argument():
    p = Polynomial([7.0], 1.0)
    assert p(3.0) == 7.0 and p(Value(3.0)).data == 7.0
    np.testing.assert_array_equal(p(np.zeros((2, 3))), np.full((2, 3), 7.0))


def test_a_polynomial_as_a_sequence_of_coefficients():
    p = taylor(exp, 0.0, 2)
    assert list(p) == [1.0, 1.0, 0.5] and len(p) == 3 and p[2] == 0.5
    assert isinstance(p.coefficients, np.ndarray) and p.coefficients.dtype == float
    assert derivative(p, 2)(3.0) == 1.0  # a function like any other


@table(
    ("found", "text"),
    (taylor(exp, 0.0, 3), "1 + x + 0.5·x^2 + 0.166667·x^3"),
    (taylor(lambda x: x**2 - x, 0.0, 2), "−x + x^2"),
    (taylor(lambda x: 1 / x, 1.0, 3), "1 − (x − 1) + (x − 1)^2 − (x − 1)^3"),
    (taylor(lambda x: x**2 - x, -1.0, 3), "2 − 3·(x − (−1)) + (x − (−1))^2"),
    (taylor(lambda x: -(x**2), 0.0, 4), "−x^2"),
    (taylor(lambda x: 2.5 - 0 * x, 0.0, 1), "2.5"),
    (taylor(lambda x: 0 * x, 0.0, 2), "0"),
    (linear_approximation(lambda x: x**2, 3.0), "9 + 6·(x − 3)"),
    (linear_approximation(lambda x: x**2, 0.0), "0"),
    (quadratic_approximation(lambda x: x**2, 3.0), "9 + 6·(x − 3) + (x − 3)^2"),
    (tangent_plane(lambda x, y: x**2 + y**2, 2.0, 3.0), "13 + 4·(x − 2) + 6·(y − 3)"),
    (
        quadratic_approximation(lambda x, y: 2 * x**2 + 3 * y**2 - x * y, 0.0, 0.0),
        "2·x^2 − x·y + 3·y^2",
    ),
    (
        quadratic_approximation(lambda x: -x[0] + x[1] * x[3], np.array([1.0, 0.0, 0.0, 2.0])),
        "−1 − (x1 − 1) + 2·x2 + x2·(x4 − 2)",
    ),
    (
        classify_stationary_point(lambda x, y: 2 * x**2 - 2 * y**2, 0.0, 0.0),
        "saddle: eigenvalues of the Hessian -4, 4; |∇f| 0",
    ),
    (
        newton_root(lambda x: x**2 - 2, 0.0),
        "zero derivative after 0 steps: f′(0.0) = 0, so the tangent meets no zero",
    ),
)
def test_printing(found, text):
    assert str(found) == text


def test_repr_of_a_polynomial():
    assert repr(taylor(exp, 0.0, 1)) == "Polynomial(1 + x)"


@MANY
@given(st.lists(st.integers(-9, 9), max_size=7), st.integers(-5, 5), st.integers(-5, 5))
def test_reexpand_is_the_same_polynomial_about_another_point(c, x0, x1):
    p = Polynomial(c, x0)
    q = reexpand(p, x1)
    assert q.x0 == x1 and len(q) == len(p)
    assert [q(x) for x in range(-3, 4)] == [p(x) for x in range(-3, 4)]  # whole numbers: exactly
    assert list(reexpand(q, x0)) == list(p)


@table(
    ("p", "x0", "expected", "source"),
    (taylor(lambda x: x**4, 1.0, 6), 0.0, [0, 0, 0, 0, 1, 0, 0], "004, (5.17b)"),
    (taylor(exp, 1.0, 1), 0.0, [0, math.e], "e + e(x − 1)"),
    (Polynomial([1.0], 2.0), -7.0, [1], "a constant"),
    (Polynomial([0.0, 0.0, 1.0], 1e8), 0.0, [1e16, -2e8, 1], "(x − 10⁸)²"),
    (Polynomial([0.25, 1.0, 1.0], 0.1), -0.4, [0, 0, 1], "0.1 − (−0.4) is ½, its float is not"),
    (Polynomial([0.0, 0.0, 1.0], 1e200), 0.0, [math.inf, -2e200, 1], "beyond the largest float"),
    (Polynomial([0.0, 0.0, -1.0], 1e200), 0.0, [-math.inf, 2e200, -1], "the other way"),
)
def test_reexpand(p, x0, expected, source):
    assert list(reexpand(p, x0)) == near(expected)


def test_reexpand_rounds_once():
    # (x − 1)³⁰ back from powers of x: the terms that cancel are 10⁸ as large as what is left
    p = reexpand(Polynomial([0.0] * 30 + [1.0], 1.0))
    assert list(p) == [(-1) ** k * math.comb(30, k) for k in range(31)]
    assert list(reexpand(p, 1.0)) == [0.0] * 30 + [1.0]


@table(
    ("p", "x0", "text"),
    (Polynomial([1.0, math.inf], 0.0), 1.0, "reexpand: inf in Polynomial"),
    (Polynomial([1.0, 2.0], math.nan), 0.0, "reexpand: nan in"),
    (Polynomial([1.0, 2.0], 0.0), math.inf, "about inf: no finite number"),
)
def test_reexpand_needs_finite_numbers(p, x0, text):
    with pytest.raises(ValueError, match=text):
        reexpand(p, x0)


# ---- several variables ---------------------------------------------------------------------------


def sauna(x, y):
    return 85 - x**2 * (x - 6) * y**2 * (y - 6) / 90


def newtons_example(x, y):
    return x**4 + 0.8 * y**4 + 4 * x**2 + 2 * y**2 - x * y - 0.2 * x**2 * y


@table(
    ("f", "point", "value", "slopes", "source"),
    (lambda x, y: x**2 + y**2, (2.0, 3.0), 13, [4, 6], "000 §2.2, 003, p. 19"),
    (lambda x, y: 3 * x**2 * y**3, (1.0, 2.0), 24, [48, 36], "003, p. 18"),
    (
        lambda x, y: x**2 * y + exp(x * y),
        (1.0, 0.5),
        2.148721270700128,
        [1.824360635350064, 2.648721270700128],
        "002: gradient",
    ),
    (lambda x, y: (x + 2 * y**3) ** 2, (2.0, 1.0), 16, [8, 48], "004, (5.41)-(5.42)"),
    (lambda x, y: x**2 * y + x * y**3, (2.0, 3.0), 66, [39, 58], "004, (5.43)-(5.44)"),
    (lambda s, t: (s * t) ** 2 + 2 * (s + t**2), (1.5, 0.5), 4.0625, [2.75, 4.25], "004, (5.53)"),
    (lambda x, y: 2 * x**2 + 3 * y**2 - x * y, (1.0, 1.0), 4, [3, 5], "003, p. 47"),
    (lambda x, y: -2 * x**2 - 3 * y**2 - x * y + 15, (1.0, 1.0), 9, [-5, -7], "003, p. 49"),
    (lambda x, y: 2 * x**2 - 2 * y**2, (1.0, 1.0), 0, [4, -4], "003, saddle point"),
    (sauna, (0.5, 0.6), 84.9703, [-0.1134, -0.0935], "000 §2.4, 003: the sauna"),
    (sauna, (0.5, 0.5), None, [-0.08020833333333334, -0.08020833333333334], "003: the sauna"),
    (sauna, (4.0, 4.0), 73.62222222222222, [0, 0], "003: the sauna's coldest place"),
    (newtons_example, (4.0, 4.0), 528, [277.6, 213.6], "003, p. 52"),
    (lambda x, y: 7.0, (1.0, 2.0), 7, [0, 0], "a constant"),
    (lambda x, y: x**2, (3.0, 2.0), 9, [6, 0], "an argument that f ignores"),
    (lambda x, y: hypot(x, y), (0.0, 0.0), 0, [0, 0], "hypot at (0, 0)"),
    (lambda x, y: autograd_lite.maximum(x, y), (2.0, 2.0), 2, [0.5, 0.5], "a tie"),
)
def test_gradients(f, point, value, slopes, source):
    g, array = (lambda v: f(v[0], v[1])), np.array(point)
    assert grad(f)(*point) == near(slopes)
    assert grad(g)(array) == near(slopes)
    assert np.array([partial(f, i)(*point) for i in range(2)]) == near(slopes)
    assert np.array([partial(g, i)(array) for i in range(2)]) == near(slopes)
    for v in [(1.0, 0.0), (3.0, 4.0), (-6.0, 4.0)]:
        along = v[0] * slopes[0] + v[1] * slopes[1]
        assert directional_derivative(f, v)(*point) == near(along)
        assert directional_derivative(g, np.array(v))(array) == near(along)
    y, slopes_again = value_and_grad(f)(*point)
    assert slopes_again == near(slopes)
    assert y == value_and_grad(g)(array)[0] == float(f(*map(Value, point)))
    assert value is None or y == near(value)


@table(
    ("v", "expected", "source"),
    ((1.0, 0.0), 4, "002: a partial derivative"),
    ((0.0, 1.0), 6, "002: a partial derivative"),
    ((3.0, 4.0), 36, "002: v as it is, not normalised"),
    ((0.6, 0.8), 7.2, "002: the same direction, a unit vector"),
    ((math.sqrt(0.5), math.sqrt(0.5)), 7.0710678118654755, "002: towards (1, 1)"),
    ((-4 / math.sqrt(52), -6 / math.sqrt(52)), -7.211102550927978, "002: steepest descent"),
    ((-6 / math.sqrt(52), 4 / math.sqrt(52)), 0, "002: along the contour"),
)
def test_directional_derivatives(v, expected, source):
    assert directional_derivative(lambda x, y: x**2 + y**2, v)(2.0, 3.0) == near(expected)


@table(
    ("f", "point", "expected", "source"),
    (
        lambda x, y: [x * y, sin(x), x**2 + exp(y)],
        (1.0, 2.0),
        [[2, 1], [0.5403023058681398, 0], [2, 7.38905609893065]],
        "004, 5.3",
    ),
    (
        lambda x: np.array([[1, 2, 3], [0, -1, 4]]) @ x,
        (np.array([1.0, -1.0, 2.0]),),
        [[1, 2, 3], [0, -1, 4]],
        "004, 5.3: ∂(Ax)/∂x = A",
    ),
    (
        lambda A: A @ np.array([1, -1, 2]),
        (np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]]),),
        [[[1, -1, 2], [0, 0, 0]], [[0, 0, 0], [1, -1, 2]]],
        "004, 5.4: ∂(Ax)/∂A",
    ),
    (lambda s, t: (s * t, s + t**2), (1.5, 0.5), [[0.5, 1.5], [1, 1]], "004, (5.53)"),
    (lambda x: [x, x**2, x**3], (2.0,), [1, 4, 12], "a curve"),
    (lambda x, y: x * y, (2.0, 3.0), [3, 2], "one output: the gradient"),
    (lambda x: x**3, (2.0,), 12, "one input, one output"),
    (lambda x, y: [x, 5.0], (2.0, 3.0), [[1, 0], [0, 0]], "a constant output"),
    (lambda x, y: [], (2.0, 3.0), np.zeros((0, 2)), "no output"),
    (lambda x: x.reshape(2, 1) ** 2, (np.array([1.0, 2.0]),), [[[2, 0]], [[0, 4]]], "a column"),
)
def test_jacobians(f, point, expected, source):
    got = jacobian(f)(*point)
    assert isinstance(got, np.ndarray) and got.dtype == float
    assert got.shape == np.shape(expected)
    assert got == near(expected)


@table(
    ("f", "point", "expected", "source"),
    (lambda x, y: 2 * x**2 + 3 * y**2 - x * y, (0.0, 0.0), [[4, -1], [-1, 6]], "003, p. 47"),
    (
        lambda x, y: -2 * x**2 - 3 * y**2 - x * y + 15,
        (1.0, 1.0),
        [[-4, -1], [-1, -6]],
        "003, p. 49",
    ),
    (lambda x, y: 2 * x**2 - 2 * y**2, (1.0, 1.0), [[4, 0], [0, -4]], "003, saddle point"),
    (
        lambda x, y, z: x**2 + 2 * y**2 + 3 * z**2 - x * y + 0.5 * y * z,
        (1.0, -2.0, 0.5),
        [[2, -1, 0], [-1, 4, 0.5], [0, 0.5, 6]],
        "000 §3.6, three variables",
    ),
    (
        lambda x, y: x**2 * y + exp(x * y),
        (1.0, 0.5),
        [[1.412180317675032, 4.473081906050192], [4.473081906050192, 1.6487212707001282]],
        "002: gradient",
    ),
    (sauna, (4.0, 4.0), [[4.266666666666667, 0], [0, 4.266666666666667]], "003: the sauna"),
    (sauna, (6.0, 6.0), [[0, -14.4], [-14.4, 0]], "003: the sauna"),
    (newtons_example, (4.0, 4.0), [[198.4, -2.6], [-2.6, 157.6]], "003, p. 52"),
    (newtons_example, (0.0, 0.0), [[8, -1], [-1, 4]], "003, p. 51"),
    (newtons_example, (2.58, 2.62), [[86.8288, -2.032], [-2.032, 69.89824]], "003, p. 52"),
    (lambda x, y: 7.0, (1.0, 2.0), [[0, 0], [0, 0]], "a constant"),
    (lambda x, y: y**3, (1.0, 2.0), [[0, 0], [0, 12]], "an argument that f ignores"),
    (lambda x, y: 3 * x + y, (1.0, 2.0), [[0, 0], [0, 0]], "linear"),
    (lambda x: x**3, (2.0,), 12, "one variable"),
)
def test_hessians(f, point, expected, source):
    g, array = (lambda v: f(*v)), np.array(point)
    assert hessian(f)(*point) == near(expected)
    assert hessian(f)(*point).shape == np.shape(expected)
    assert jacobian(grad(f))(*point) == near(expected)
    v = np.arange(1.0, len(point) + 1)
    product = np.reshape(expected, (len(v), len(v))) @ v
    if len(point) > 1:
        assert hessian(g)(array) == near(expected)
        assert jacobian(grad(g))(array) == near(expected)
        assert hvp(f)(*point, tuple(v)) == near(product)
        assert hvp(g)(array, v) == near(product)
        row = grad(lambda *x: grad(f)(*x)[0])(*point)
        assert row == near(expected[0])
    else:
        assert hvp(f)(*point, 1.0) == near(product[0])


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def rosenbrock_hessian(x):
    """Its closed form: a tridiagonal matrix."""
    diagonal = np.zeros(len(x))
    diagonal[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    beside = -400 * x[:-1]
    return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)


@pytest.mark.parametrize("x", [np.ones(10), np.zeros(10), np.linspace(-1.2, 1.1, 10)])
def test_rosenbrock_in_ten_variables(x):
    h, v = rosenbrock_hessian(x), np.cos(np.arange(10.0))
    assert hessian(rosenbrock)(x) == near(h)
    assert hvp(rosenbrock)(x, v) == pytest.approx(h @ v, rel=1e-12, abs=1e-12 * abs(h).max())
    inner = 200 * (x[1:] - x[:-1] ** 2)
    slopes = np.zeros(10)
    slopes[1:] = inner
    slopes[:-1] += -2 * x[:-1] * inner - 2 * (1 - x[:-1])
    assert grad(rosenbrock)(x) == near(slopes, rel=1e-12)


def test_a_matrix_for_a_point():
    c, x = np.arange(6.0).reshape(2, 3), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

    def f(x):  # Σ c x²
        return (c * x**2).sum()

    second = 2 * np.einsum("ij,ik,jl->ijkl", c, np.eye(2), np.eye(3))
    assert value_and_grad(f)(x)[0] == near((c * x**2).sum())
    assert grad(f)(x) == near(2 * c * x)
    assert partial(f, (1, 2))(x) == near(60.0)
    assert directional_derivative(f, x)(x) == near((2 * c * x**2).sum())
    assert jacobian(lambda x: x.T)(x) == near(np.einsum("il,jk->ijkl", np.eye(3), np.eye(2)))
    assert hessian(f)(x) == near(second)
    assert hvp(f)(x, x) == near(2 * c * x)
    assert linear_approximation(f, x)(2 * x) == near((3 * c * x**2).sum())
    assert quadratic_approximation(f, x)(2 * x) == near((4 * c * x**2).sum())
    assert classify_stationary_point(lambda x: (x**2).sum(), 0 * x).kind == "minimum"


@table(
    ("made", "kind", "source"),
    (lambda: derivative(exp)(1), float, "an int"),
    (lambda: derivative(exp)(np.float64(1)), float, "a NumPy number"),
    (lambda: derivative(exp)(np.array(1.0)), float, "a 0-d array"),
    (lambda: derivative(exp, 2)(1), float, "an int, twice"),
    (lambda: derivative(exp, np.int64(2))(1.0), float, "a NumPy int for n"),
    (lambda: derivative(exp)(Value(1.0)), Value, "a Value"),
    (lambda: derivative(exp, 2)(Value(1.0)), Value, "a Value, twice"),
    (lambda: grad(exp)(1.0), float, "one variable"),
    (lambda: grad(exp)(Value(1.0)), Value, "one variable, a Value"),
    (lambda: value_and_grad(exp)(1.0)[0], float, "value"),
    (lambda: value_and_grad(lambda x: 2)(1.0)[0], float, "a constant value"),
    (lambda: value_and_grad(exp)(Value(1.0))[0], Value, "value at a Value"),
    (lambda: partial(hypot, 0)(3.0, 4.0), float, "partial"),
    (lambda: partial(hypot, 0)(Value(3.0), 4.0), Value, "partial at a Value"),
    (lambda: directional_derivative(hypot, (1, 0))(3, 4), float, "directional"),
    (lambda: directional_derivative(hypot, (1, 0))(3, Value(4.0)), Value, "directional at a Value"),
    (lambda: hvp(exp)(1.0, 2.0), float, "hvp in one variable"),
    (lambda: difference_quotient(exp, 1, 0.5), float, "difference quotient"),
    (lambda: linear_approximation(hypot, 3.0, 4.0)(3.0, 5.0), float, "linear model"),
    (lambda: linear_approximation(exp, 0.0)(1.0), float, "linear model, one variable"),
    (lambda: quadratic_approximation(exp, 0)(1), float, "quadratic model"),
    (lambda: newton_root(lambda x: x**2 - 2, 1).root, float, "root"),
    (lambda: grad(hypot)(3, 4), np.ndarray, "gradient"),
    (lambda: hessian(exp)(1.0), np.ndarray, "Hessian in one variable"),
    (lambda: hvp(hypot)(3.0, 4.0, (1, 0)), np.ndarray, "hvp"),
)
def test_numbers_in_numbers_out(made, kind, source):
    assert type(made()) is kind


def test_the_same_value_for_two_arguments_has_two_partial_derivatives():
    x = Value(3.0)
    slopes = grad(lambda a, b: a**2 * b)(x, x)
    assert data(slopes) == near([18, 9])
    assert data(grad(lambda v: v[0] ** 2 * v[1])(np.array([x, x]))) == near([18, 9])
    assert data(hessian(lambda a, b: a**2 * b)(x, x)) == near([[6, 6], [6, 0]])
    assert data(grad(lambda a: a * x)(x)) == near(3)  # the x that f knows is a constant to it
    assert gradients(slopes[0], [x]) == [12.0]  # outside, a = b = x: 2x² has 4x


# ---- what goes in as a Value can be differentiated again -----------------------------------------


def f3(w):
    return lambda x, y: w * x**2 * y


OUTER = [  # at w, x, y = 2, 3, 5: a result, its value, ∂/∂w, ∂/∂x, ∂/∂y, its name
    (lambda w, x, y: derivative(lambda x: w * x**3 * y)(x), 270, 135, 180, 54, "derivative"),
    (lambda w, x, y: derivative(lambda x: w * x**3 * y, 2)(x), 180, 90, 60, 36, "derivative, 2"),
    (lambda w, x, y: derivative(lambda x: w * x**3 * y, 0)(x), 270, 135, 270, 54, "derivative, 0"),
    (lambda w, x, y: grad(f3(w))(x, y)[1], 18, 9, 12, 0, "grad"),
    (lambda w, x, y: grad(lambda v: f3(w)(*v))(np.array([x, y]))[1], 18, 9, 12, 0, "grad, array"),
    (lambda w, x, y: grad(f3(w))(x, 5.0)[0], 60, 30, 20, 0, "grad, one Value and one number"),
    (lambda w, x, y: value_and_grad(f3(w))(x, y)[0], 90, 45, 60, 18, "value_and_grad, value"),
    (lambda w, x, y: value_and_grad(f3(w))(x, y)[1][0], 60, 30, 20, 12, "value_and_grad, grad"),
    (lambda w, x, y: partial(f3(w), 0)(x, y), 60, 30, 20, 12, "partial"),
    (lambda w, x, y: directional_derivative(f3(w), (3, 4))(x, y), 252, 126, 108, 36, "directional"),
    (
        lambda w, x, y: directional_derivative(lambda a, b: 2 * a**2 * b, [w, y])(3.0, 5.0),
        210,
        60,
        0,
        18,
        "directional, along Values",
    ),
    (lambda w, x, y: jacobian(lambda x, y: [w * x * y, x])(x, y)[0, 0], 10, 5, 0, 2, "jacobian"),
    (lambda w, x, y: hessian(f3(w))(x, y)[0, 1], 12, 6, 4, 0, "hessian"),
    (lambda w, x, y: hvp(f3(w))(x, y, (1, -1))[0], 8, 4, -4, 4, "hvp"),
    (
        lambda w, x, y: hvp(lambda a, b: 2 * a**2 * b)(x, y, np.array([w, 1.0]))[1],
        24,
        12,
        8,
        0,
        "hvp, along Values",
    ),
    (lambda w, x, y: taylor(exp, 0.0, 2)(x), 8.5, 0, 4, 0, "taylor"),
    (lambda w, x, y: linear_approximation(exp, 0.0)(x), 4, 0, 1, 0, "linear model"),
    (lambda w, x, y: quadratic_approximation(exp, 0.0)(x), 8.5, 0, 4, 0, "quadratic model"),
    (
        lambda w, x, y: tangent_plane(lambda a, b: a**2 * b, 1.0, 2.0)(x, y),
        13,
        0,
        4,
        1,
        "tangent plane",
    ),
    (
        lambda w, x, y: quadratic_approximation(lambda v: v[0] ** 2 * v[1], np.array([1.0, 2.0]))(
            np.array([x, y])
        ),
        33,
        0,
        18,
        5,
        "quadratic model, array",
    ),
]


@pytest.mark.parametrize("row", OUTER, ids=[row[-1] for row in OUTER])
def test_results_can_be_differentiated_and_no_grad_is_touched(row):
    result, value, *slopes, _ = row
    w, x, y = Value(2.0), Value(3.0), Value(5.0)
    w.grad = 7.0
    z = result(w, x, y)
    assert isinstance(z, Value) and z.data == near(value)
    assert np.array(gradients(z, [w, x, y])) == near(slopes)
    assert w.grad == 7.0 and not x.has_grad and not y.has_grad
    z.backward()
    assert np.array([w.grad - 7.0, x.grad, y.grad]) == near(slopes)


@table(
    ("call", "source"),
    (lambda f: derivative(f)(2.0), "derivative"),
    (lambda f: derivative(f, 3)(2.0), "derivative, 3"),
    (lambda f: grad(f)(2.0), "grad"),
    (lambda f: value_and_grad(f)(2.0), "value_and_grad"),
    (lambda f: partial(f, 0)(2.0), "partial"),
    (lambda f: directional_derivative(f, 1.0)(2.0), "directional_derivative"),
    (lambda f: jacobian(f)(2.0), "jacobian"),
    (lambda f: hessian(f)(2.0), "hessian"),
    (lambda f: hvp(f)(2.0, 1.0), "hvp"),
    (lambda f: taylor(f, 2.0, 3), "taylor"),
    (lambda f: linear_approximation(f, 2.0), "linear_approximation"),
    (lambda f: quadratic_approximation(f, 2.0), "quadratic_approximation"),
    (lambda f: classify_stationary_point(f, 2.0), "classify_stationary_point"),
    (lambda f: newton_root(f, 2.0), "newton_root"),
    (lambda f: difference_quotient(f, 2.0, 0.5), "difference_quotient"),
)
def test_no_grad_of_a_captured_value_is_touched(call, source):
    fresh, w = Value(3.0), Value(5.0)
    inner = fresh * w
    w.grad = 7.0
    call(lambda x: inner * x**2 - w * x)
    assert w.grad == 7.0
    assert not fresh.has_grad and not inner.has_grad


def test_nesting():
    def cube(x):
        return x**3

    assert derivative(derivative(cube))(2.0) == derivative(cube, 2)(2.0) == 12.0
    assert derivative(derivative(derivative(cube)))(2.0) == derivative(cube, 3)(2.0) == 6.0
    assert grad(grad(cube))(2.0) == 12.0
    # d/dx [x · d/dy (x y²) at y = x] = d/dx [2 x³] = 6 x²: the inner x and y stay apart
    assert derivative(lambda x: x * derivative(lambda y: x * y**2)(x))(2.0) == 24.0
    assert derivative(lambda x: directional_derivative(hypot, (1, 0))(x, 4.0))(3.0) == near(0.128)
    # d/da of d/dx (a x²) at x = 2 is 4; the point is a Value, so what comes out has a graph
    assert derivative(lambda a: derivative(lambda x: a * x**2)(Value(2.0)))(3.0) == 4.0
    # ∂/∂y of ∂/∂x (x² y³) = 6 x y²
    mixed = partial(lambda x, y: partial(lambda x, y: x**2 * y**3, 0)(x, y), 1)
    assert mixed(2.0, 3.0) == 108.0
    # the gradient of |∇f|² is 2 H ∇f
    lengths = grad(lambda v: (grad(rosenbrock)(v) ** 2).sum())
    x = np.array([0.5, -0.3, 0.2])
    expected = 2 * rosenbrock_hessian(x) @ grad(rosenbrock)(x)
    assert lengths(x) == near(expected, rel=1e-12)
    # third derivatives: ∂H/∂x of x² y is constant
    third = jacobian(hessian(lambda v: v[0] ** 2 * v[1]))(np.array([2.0, 3.0]))
    assert third == near([[[0, 2], [2, 0]], [[2, 0], [0, 0]]])


def test_the_total_derivative_is_a_product_of_jacobians():
    # 004, (5.53): df/d(s, t) = df/dx · dx/d(s, t)
    df = jacobian(lambda x1, x2: x1**2 + 2 * x2)(0.75, 1.75)
    dx = jacobian(lambda s, t: [s * t, s + t**2])(1.5, 0.5)
    assert df == near([1.5, 2])
    assert df @ dx == near([2.75, 4.25])


def test_the_derivative_of_the_inverse_function():
    # 000 §1.2, 003, p. 6: g′(f(a)) = 1 / f′(a)
    for f, g, a in [
        (lambda x: x**2, sqrt, 3.0),
        (exp, log, 2.0),
        (sin, autograd_lite.asin, 0.5),
        (tanh, autograd_lite.atanh, -0.4),
    ]:
        assert derivative(g)(f(a)) * derivative(f)(a) == near(1)


# ---- random functions against a referee ----------------------------------------------------------

UNARY = ["sin({})", "cos({})", "atan({})", "tanh({})", "erf({})", "exp(sin({}))", "-{}"]
UNARY += ["log(2 + ({}) ** 2)", "sqrt(1 + ({}) ** 2)", "({}) ** 3", "1.5 ** cos({})"]
BINARY = ["({} + {})", "({} - {})", "({} * {})", "({} / (1 + ({}) ** 2))", "hypot({}, 1 + {})"]


def texts(*names):
    return st.recursive(
        st.sampled_from([*names, "2.0", "0.5", "-1.5"]),
        lambda e: st.one_of(
            st.builds(str.format, st.sampled_from(UNARY), e),
            st.builds(str.format, st.sampled_from(BINARY), e, e),
        ),
        max_leaves=5,
    )


numbers = st.floats(-1.5, 1.5).map(lambda x: round(x, 3))


@MANY
@given(texts("x"), numbers, st.integers(1, 3))
def test_derivatives_of_random_functions(text, x, n):
    ours, referee = two_readings(text)
    with mpmath.workdps(60):
        expected = float(mpmath.diff(referee, mpmath.mpf(x), n))
    assert derivative(ours, n)(x) == pytest.approx(expected, rel=1e-10, abs=1e-10)


@MANY
@given(texts("x", "y"), numbers, numbers)
def test_gradients_and_hessians_of_random_functions(text, x, y):
    ours, referee = two_readings(text, "x, y")
    with mpmath.workdps(60):
        point = mpmath.mpf(x), mpmath.mpf(y)
        fx, fy, fxx, fxy, fyy = (
            float(mpmath.diff(referee, point, orders))
            for orders in [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
        )
    expected = pytest.approx(np.array([[fxx, fxy], [fxy, fyy]]), rel=1e-10, abs=1e-10)
    assert grad(ours)(x, y) == pytest.approx(np.array([fx, fy]), rel=1e-10, abs=1e-10)
    assert hessian(ours)(x, y) == expected
    assert jacobian(grad(ours))(x, y) == expected


whole = st.integers(-9, 9)
coefficients = st.lists(whole, min_size=1, max_size=7)


def polynomial(c):
    return lambda x: sum((ck * x**k for k, ck in enumerate(c)), 0)


def nth(c, n):
    """The coefficients of the n-th derivative of a polynomial."""
    return [math.perm(k, n) * ck for k, ck in enumerate(c)][n:]


@MANY
@given(coefficients, st.integers(-5, 5), st.integers(0, 8))
def test_derivatives_of_whole_polynomials_are_exact(c, x, n):
    p = polynomial(c)
    expected = polynomial(nth(c, n))(x)
    assert derivative(p, n)(x) == expected
    assert taylor(p, x, n)[n] == expected / math.factorial(n)


@MANY
@given(coefficients, coefficients, whole)
def test_derivatives_of_rational_functions(c, d, x):
    # (p / q)′ = (p′ q − p q′) / q² with q = 1 + d², so that q ≥ 1
    p, dp, r, dr = (polynomial(k)(x) for k in (c, nth(c, 1), d, nth(d, 1)))
    q, dq = 1 + r * r, 2 * r * dr
    f = derivative(lambda x: polynomial(c)(x) / (1 + polynomial(d)(x) ** 2))
    size = abs(dp / q) + abs(p * dq / q**2)  # what rounding is relative to
    assert f(x) == pytest.approx((dp * q - p * dq) / q**2, rel=0, abs=1e-13 * size)


@MANY
@given(coefficients, whole, whole)
def test_a_taylor_polynomial_of_full_degree_is_the_polynomial(c, x0, x):
    p, t = polynomial(c), taylor(polynomial(c), x0, len(c) - 1)
    assert t(x) == p(x)


@table(
    ("f", "x", "last", "source"),
    (log, 2.0, -(2.0**-60) / 60, "log"),
    (lambda x: 1 / x, 2.0, 2.0**-61, "1/x"),
    (lambda x: x / (1 - x), 0.5, 2.0**61, "x/(1 − x)"),
)
def test_sixty_derivatives_of_a_quotient_take_no_time(f, x, last, source):
    # one quotient asks for no other: with 2ᵏ of them this would not end
    assert taylor(f, x, 60)[60] == pytest.approx(last, rel=1e-13)


# ---- approximations ------------------------------------------------------------------------------


@table(
    ("model", "point", "expected", "source"),
    (linear_approximation(sqrt, 4.0), (4.1,), 2.025, "002: √4.1"),
    (quadratic_approximation(sqrt, 4.0), (4.1,), 2.02484375, "002: √4.1"),
    (linear_approximation(lambda x: 7.0, 4.0), (5.0,), 7, "a constant"),
    (tangent_plane(lambda x, y: x**2 + y**2, 2.0, 3.0), (2.1, 3.2), 14.6, "000 §2.2"),
    (tangent_plane(lambda x, y: x**2 + y**2, 0.0, 0.0), (2.1, 3.2), 0, "000 §2.2: parallel"),
    (
        quadratic_approximation(lambda x, y: x**2 + y**2, 2.0, 3.0),
        (2.1, 3.2),
        14.65,
        "a quadratic is its own quadratic model",
    ),
    (
        quadratic_approximation(lambda x, y: x * y**2, 1.0, 2.0),
        (1.1, 2.2),
        5.32,  # 4 + 4·0.1 + 4·0.2 + 4·0.1·0.2 + 0.2²
        "x y²",
    ),
    (
        linear_approximation(lambda v: v[0] * v[1] ** 2, np.array([1.0, 2.0])),
        (np.array([1.1, 2.2]),),
        5.2,
        "x y², an array",
    ),
    (
        quadratic_approximation(lambda v: v[0] * v[1] ** 2, np.array([1.0, 2.0])),
        (np.array([1.1, 2.2]),),
        5.32,
        "x y², an array",
    ),
)
def test_approximations(model, point, expected, source):
    assert model(*point) == near(expected)


def test_what_a_model_consists_of():
    model = quadratic_approximation(lambda x, y: x * y**2, 1.0, 2.0)
    assert model.value == 4.0 and type(model.value) is float
    np.testing.assert_array_equal(model.point, [1.0, 2.0])
    np.testing.assert_array_equal(model.gradient, [4.0, 4.0])
    np.testing.assert_array_equal(model.hessian, [[0.0, 4.0], [4.0, 2.0]])
    assert tangent_plane(lambda x, y: x * y, 1.0, 2.0).hessian is None


@table(
    ("f", "x", "quotients", "source"),
    (
        lambda x: x**3,
        2.0,
        {1: 19, 0.1: 12.61, 0.01: 12.0601, 0.001: 12.006001, -1: 7},
        "004, (5.3)",
    ),
    (lambda x: x**5, 2.0, {0.1: 88.4101}, "004, (5.6b)"),
    (
        exp,
        0.0,
        {1: 1.7182818284590453, 0.1: 1.0517091807564762, 0.001: 1.0005001667083417},
        "004, (5.4)",
    ),
    (lambda x: x.exp(), 0.0, {1: 1.7182818284590453}, "f takes a Value, as everywhere"),
    (lambda t: t**3 - 2 * t, 2.0, {0.1: 10.61, 0.001: 10.006001}, "003, p. 3: average velocity"),
    (abs, 0.0, {1: 1, 0.1: 1, 0.001: 1, -1: -1, -0.1: -1, -0.001: -1}, "000 §1.4: a corner"),
    (relu, 0.0, {1: 1, 0.001: 1, -1: 0, -0.001: 0}, "000 §1.4: a corner"),
    (
        lambda x: abs(x) ** (2 / 3),
        0.0,
        {1: 1, 0.1: 2.154434690031884, 0.001: 10, -0.1: -2.154434690031884, -0.001: -10},
        "000 §1.4: a cusp",
    ),
    (
        lambda x: sign(x) * abs(x) ** (1 / 3),
        0.0,
        {1: 1, 0.1: 4.641588833612779, 0.001: 100, -0.1: 4.641588833612779, -0.001: 100},
        "000 §1.4: a vertical tangent",
    ),
    (
        lambda x: 2 if x < -1 else x + 1,
        -1.0,
        {1: 1, 0.1: 1, 0.001: 1, -1: -2, -0.1: -20, -0.001: -2000},
        "000 §1.4: a jump",
    ),
    (lambda x: 7.0, 1.0, {0.5: 0}, "a constant"),
)
def test_difference_quotients(f, x, quotients, source):
    for h, expected in quotients.items():
        assert difference_quotient(f, x, h) == near(expected, rel=1e-11)


# ---- the chain rule with all its indices ---------------------------------------------------------

A = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]])


def bowl(x1, x2):
    return x1**2 + 2 * x2


COMPOSED = [  # f, g, the composition, the point, the shape of ∂f/∂x
    (sin, exp, lambda x: sin(exp(x)), (0.5,), ()),
    (lambda x: [x, x**2], exp, lambda x: [exp(x), exp(2 * x)], (0.5,), (2,)),
    (bowl, lambda s, t: [s * t, s + t**2], None, (1.5, 0.5), (2,)),
    (lambda x, y: [x * y], lambda t: [sin(t), cos(t)], None, (0.7,), (1,)),
    (sin, lambda s, t: s * t, lambda s, t: sin(s * t), (2.0, 0.3), (2,)),
    (sin, lambda s, t: [s * t], lambda s, t: sin(s * t), (2.0, 0.3), (2,)),  # a list of one
    (lambda u: u @ u, lambda x: A @ x, None, (np.array([1.0, -1.0, 2.0]),), (3,)),
    (lambda u: A @ u, lambda x: A.T @ x, None, (np.array([1.0, -1.0]),), (2, 2)),
    (lambda u: u[0], lambda x: A @ x, None, (np.ones(3),), (3,)),  # only one of two is used
    (linalg.inv, lambda X: X @ X.T, None, (A[:, :2],), (2, 2, 2, 2)),
    (linalg.det, lambda X: X @ X.T, None, (A,), (2, 3)),
    (lambda X: X @ A, lambda t: np.array([[t, t**2], [1.0, 3 * t]]), None, (2.0,), (2, 3)),
    (lambda X: X @ A, lambda t: [[t, t**2], [1.0, 3 * t]], None, (2.0,), (2, 3)),
    (lambda x, y: [x + y, 7.0], lambda x: [x, 2.0], None, (3.0,), (2,)),  # constants
]


@pytest.mark.parametrize(("f", "g", "composed", "point", "shape"), COMPOSED)
def test_the_product_is_the_jacobian_of_the_composition(f, g, composed, point, shape):
    got = chained_jacobian(f, g)(*point)
    composed = composed or (
        lambda *x: f(*y) if isinstance(y := g(*x), list) and np.ndim(y) == 1 else f(np.array(y))
    )
    assert got.shape == shape and got.dtype == float
    assert got == near(jacobian(composed)(*point))


def test_a_chain_of_four():
    got = chained_jacobian(sum, lambda u: tanh(u[0]) * u, lambda x: A @ x, lambda t: t * A[0])
    t = 0.1  # sum(tanh(14t)·(14t, 10t)) by t
    assert got(t) == near(14 * (1 - math.tanh(14 * t) ** 2) * 24 * t + math.tanh(14 * t) * 24)


def test_of_one_function_it_is_its_jacobian():
    assert chained_jacobian(bowl)(1.0, 2.0) == near([2, 2])


@MANY
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_linear_maps_are_multiplied(m, n, p, seed):
    rng = np.random.default_rng(seed)
    B, C, x = rng.normal(size=(m, n)), rng.normal(size=(n, p)), rng.normal(size=p)
    assert chained_jacobian(lambda u: B @ u, lambda x: C @ x)(x) == near(B @ C)


def test_it_can_be_differentiated_again():
    # d²/dt² of sin²t + 2 cos t = 2 cos 2t − 2 cos t
    second = derivative(lambda t: total_derivative(bowl, sin, cos)(t))
    assert second(0.7) == near(2 * math.cos(1.4) - 2 * math.cos(0.7))
    t = Value(0.7, label="t")
    slope = total_derivative(bowl, sin, cos)(t)
    slope.backward()
    assert t.grad == near(2 * math.cos(1.4) - 2 * math.cos(0.7))
    assert jacobian(lambda s, t: chained_jacobian(bowl, lambda s, t: [s * t, s + t**2])(s, t))(
        1.5, 0.5
    ) == near([[0.5, 3], [3, 8.5]])  # f = s²t² + 2s + 2t²


def test_the_gradients_of_the_point_are_left_alone():
    t = Value(0.7)
    total_derivative(bowl, sin, cos)(t)
    assert not t.has_grad


@pytest.mark.parametrize(
    ("f", "inner", "t", "expected"),
    [
        (bowl, (sin, cos), (0.7,), -0.30298564448692195),  # 004, (5.50)
        (bowl, (lambda s, t: s * t, lambda s, t: s + t**2), (1.5, 0.5), [2.75, 4.25]),  # (5.53)
        (lambda t, x: t * x, (lambda t: t, exp), (1.0,), 2 * math.e),  # t itself: ∂f/∂t + …
        (exp, (sin,), (0.0,), 1),
        (lambda x, y: 7.0, (sin, cos), (0.7,), 0),
        (lambda x, y: x + 0 * y, (lambda t: 3.0, cos), (0.7,), 0),
        (maximum, (lambda t: t, lambda t: 2 - t), (1.0,), 0),  # a tie: ½ of each
    ],
)
def test_total_derivative(f, inner, t, expected):
    got = total_derivative(f, *inner)(*t)
    assert got == near(expected)
    assert isinstance(got, np.ndarray if np.ndim(expected) else float)
    assert got == near(grad(lambda *t: f(*(x(*t) for x in inner)))(*t))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: chained_jacobian(), TypeError, "a function is needed"),
        (lambda: total_derivative(bowl), TypeError, "functions x₁.t., … .* are missing"),
        (
            lambda: chained_jacobian(lambda x, y, z: x, lambda t: [t, t])(1.0),
            TypeError,
            r"function 1 takes \(x, y, z\), but function 2, inside it, gives 2 numbers",
        ),
        (
            lambda: chained_jacobian(sum, bowl, lambda x: A @ x)(np.ones(3)),
            TypeError,
            r"function 2 takes \(x1, x2\), but function 3, inside it, gives an array of shape \(2,",
        ),
        (
            lambda: chained_jacobian(lambda u: A @ u, lambda x: A @ x)(np.ones(3)),
            ValueError,
            "mismatch",  # NumPy's own
        ),
        (lambda: total_derivative(bowl, sin)(1.0), TypeError, "gives one number"),
        (lambda: total_derivative(log, sin)(0.0), DomainError, "log"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()


# ---- curvature -----------------------------------------------------------------------------------

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


# ---- errors that read like advice ----------------------------------------------------------------


def edited_after_use(x):
    y = 2 * x
    z = y * y
    y.data = 5.0
    return z


def by_hand(x):
    return Value(x.data**2, (x,), (2 * x.data,))


def without_a_rule(x):
    return Value(x.data**2, (x,), "mystery")


def test_a_first_derivative_is_that_of_the_forward_pass():
    assert derivative(edited_after_use)(3.0) == 24.0  # (4x²)′
    assert derivative(by_hand)(3.0) == grad(by_hand)(3.0) == jacobian(by_hand)(3.0) == 6.0


POINT, PAIR = np.array([1.0, 2.0]), [1.0, 2.0]
ADVICE = r"np\.array\(\[1\.0, 2\.0\]\)"

ERRORS = [
    # how often
    (lambda: derivative(exp, -1), ValueError, "n = -1: a whole number ≥ 0"),
    (lambda: derivative(exp, 1.5), ValueError, r"n = 1\.5: a whole number ≥ 0"),
    (lambda: taylor(exp, 0.0, -1), ValueError, "n = -1: a whole number ≥ 0"),
    (lambda: newton_root(exp, 0.0, max_steps=0), ValueError, "max_steps = 0: a whole number ≥ 1"),
    # where
    (lambda: derivative(exp)(), TypeError, "derivative takes a function of one variable"),
    (lambda: derivative(hypot)(1.0, 2.0), TypeError, "derivative takes a function of one variable"),
    (lambda: derivative(exp)(POINT), TypeError, "derivative takes a function of one variable"),
    (lambda: derivative(exp)(PAIR), TypeError, "derivative takes a function of one variable"),
    (lambda: taylor(exp, POINT, 2), TypeError, "taylor takes a function of one variable"),
    (lambda: taylor(exp, PAIR, 2), TypeError, "taylor takes a function of one variable"),
    (lambda: taylor(exp, "0", 2), TypeError, r"float\('0'\)"),
    (lambda: grad(exp)(), TypeError, "a point is needed"),
    (lambda: hvp(exp)(1.0), TypeError, "a point is needed"),
    (lambda: grad(exp)("1"), TypeError, r"float\('1'\)"),
    (lambda: grad(exp)(None), TypeError, "None"),
    (lambda: newton_root(exp, "1"), TypeError, r"float\('1'\)"),
    # lists, and scalars mixed with arrays
    (lambda: grad(sum)(PAIR), TypeError, ADVICE),
    (lambda: grad(sum)((1.0, 2.0)), TypeError, r"np\.array\(\(1\.0, 2\.0\)\)"),
    (lambda: value_and_grad(sum)(PAIR), TypeError, ADVICE),
    (lambda: partial(sum, 0)(PAIR), TypeError, ADVICE),
    (lambda: directional_derivative(sum, PAIR)(PAIR), TypeError, ADVICE),
    (lambda: jacobian(sum)(PAIR), TypeError, ADVICE),
    (lambda: hessian(sum)(PAIR), TypeError, ADVICE),
    (lambda: hvp(sum)(PAIR, PAIR), TypeError, ADVICE),
    (lambda: linear_approximation(sum, PAIR), TypeError, ADVICE),
    (lambda: quadratic_approximation(sum, PAIR), TypeError, ADVICE),
    (lambda: classify_stationary_point(sum, PAIR), TypeError, ADVICE),
    (lambda: grad(hypot)(POINT, 2.0), TypeError, "not a mixture"),
    (lambda: grad(hypot)(2.0, POINT), TypeError, "not a mixture"),
    (lambda: grad(hypot)(POINT, POINT), TypeError, "not a mixture"),
    (lambda: hessian(hypot)(POINT, 2.0), TypeError, "not a mixture"),
    # what f returns
    (lambda: derivative(lambda x: [x])(1.0), TypeError, "one number here, not list; use jacobian"),
    (lambda: derivative(lambda x: (x, x), 2)(1.0), TypeError, "one number here, not tuple"),
    (lambda: grad(exp)(POINT), TypeError, r"one number here, not shape \(2,\); use jacobian"),
    (lambda: hessian(exp)(POINT), TypeError, r"one number here, not shape \(2,\)"),
    (lambda: hvp(exp)(POINT, POINT), TypeError, r"one number here, not shape \(2,\)"),
    (lambda: value_and_grad(lambda x: POINT)(1.0), TypeError, r"not shape \(2,\)"),
    (lambda: taylor(lambda x: [x], 1.0, 2), TypeError, "one number here, not list"),
    (lambda: newton_root(lambda x: [x], 1.0), TypeError, "one number here, not list"),
    (lambda: derivative(lambda x: None)(1.0), TypeError, "None"),
    (lambda: derivative(lambda x: "x")(1.0), TypeError, "'x'"),
    # shapes
    (lambda: partial(hypot, 2)(3.0, 4.0), IndexError, r"no argument 2 .*\(2,\)"),
    (lambda: partial(sum, (0, 1))(POINT), IndexError, r"no argument \(0, 1\) .*\(2,\)"),
    (
        lambda: directional_derivative(hypot, (1, 2, 3))(3.0, 4.0),
        ValueError,
        r"v has shape \(3,\), the point \(2,\)",
    ),
    (lambda: hvp(hypot)(3.0, 4.0, 1.0), ValueError, r"v has shape \(\), the point \(2,\)"),
    (lambda: tangent_plane(hypot, 3.0, 4.0)(1.0), ValueError, r"shape \(2,\) is needed, got \(\)"),
    (lambda: linear_approximation(exp, 0.0)(1.0, 2.0), ValueError, r"shape \(\) is needed"),
    # where f is not defined
    (lambda: difference_quotient(exp, 1.0, 0.0), ValueError, r"0/0.*derivative\(f\)"),
    (lambda: difference_quotient(lambda x: x**0.5, 0.0, -0.1), DomainError, r"a = -0\.1"),
    (lambda: difference_quotient(lambda x: 1 / x, 0.0, 0.1), DomainError, "div needs b ≠ 0"),
    (lambda: derivative(log)(0.0), DomainError, "log needs a > 0"),
    (lambda: hessian(lambda x, y: log(x * y))(1.0, -1.0), DomainError, "log needs a > 0"),
    (lambda: taylor(lambda x: 1 / x, 0.0, 2), DomainError, "div needs b ≠ 0"),
    (lambda: classify_stationary_point(sqrt, 0.0), ValueError, "not finite"),
    # graphs that do not follow the rules
    (lambda: derivative(edited_after_use, 2)(3.0), StaleGraphError, "no longer follows"),
    (lambda: taylor(edited_after_use, 3.0, 2), StaleGraphError, "no longer follows"),
    (lambda: hessian(edited_after_use)(3.0), StaleGraphError, "no longer follows"),
    (lambda: hvp(edited_after_use)(3.0, 1.0), StaleGraphError, "no longer follows"),
    (lambda: derivative(edited_after_use)(Value(3.0)), StaleGraphError, "no longer follows"),
    (lambda: derivative(without_a_rule)(3.0), HandmadeNodeError, "without local gradients"),
    (lambda: jacobian(without_a_rule)(3.0), HandmadeNodeError, "without local gradients"),
    (lambda: derivative(by_hand, 2)(3.0), HandmadeNodeError, "made by hand.*define"),
    (lambda: taylor(by_hand, 3.0, 2), HandmadeNodeError, "made by hand.*define"),
    (lambda: hessian(by_hand)(3.0), HandmadeNodeError, "made by hand.*define"),
    (lambda: hvp(by_hand)(3.0, 1.0), HandmadeNodeError, "made by hand.*define"),
    (lambda: derivative(derivative(by_hand))(3.0), HandmadeNodeError, "made by hand.*define"),
]


@pytest.mark.parametrize(("wrong", "error", "message"), ERRORS)
def test_errors(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


def test_a_function_without_a_return_is_told_so():
    with pytest.raises(TypeError, match="f returned None; does it lack a return"):
        derivative(lambda x: None)(1.0)


# ---- a 0-d array is the number that it holds -----------------------------------------------------


def where(x):
    return np.where(x > 0, x**2, -x)


def boxed(x):
    y = np.empty((), dtype=object)
    y[()] = where(x).item()
    return y


IN_BOXES = [
    where,
    lambda x: np.select([x > 0, x <= 0], [x**2, -x]),
    lambda x: np.piecewise(x, [x > 0, x <= 0], [lambda t: t**2, lambda t: -t]),
    np.vectorize(lambda x: x**2 if x > 0 else -x),
    boxed,
]
TAKEN = [  # what takes f, its result where f(x) = x² for x > 0, −x elsewhere
    (lambda f: derivative(f)(1.5), 3),
    (lambda f: derivative(f)(-1.0), -1),
    (lambda f: derivative(f, 2)(1.5), 2),
    (lambda f: derivative(f)(Value(1.5)).data, 3),
    (lambda f: derivative(f, 0)(1.5), 2.25),
    (lambda f: grad(f)(1.5), 3),
    (lambda f: grad(lambda x: f(x[1]))(np.array([7.0, 1.5])), [0, 3]),
    (lambda f: value_and_grad(f)(1.5), [2.25, 3]),
    (lambda f: partial(lambda x, y: x + f(y), 1)(1.0, 1.5), 3),
    (lambda f: directional_derivative(f, 2.0)(1.5), 6),
    (lambda f: jacobian(f)(1.5), 3),
    (lambda f: jacobian(lambda x: [f(x), x])(1.5), [3, 1]),
    (lambda f: total_derivative(f, f)(1.5), 4 * 1.5**3),
    (lambda f: hessian(f)(1.5), 2),
    (lambda f: hvp(f)(1.5, 3.0), 6),
    (lambda f: taylor(f, 1.5, 2).coefficients, [2.25, 3, 1]),
    (lambda f: quadratic_approximation(f, 1.0)(3.0), 9),
    (lambda f: difference_quotient(f, 3.0, 0.5), 6.5),
    (lambda f: limit(f, 1.5), 2.25),
    (lambda f: order_of(f), 2),
    (lambda f: order_of(f, h=0.1), 2),
    (lambda f: is_differentiable(f, 0.0).left, -1),
    (lambda f: classify_point(f, 0.0).left, -1),
    (lambda f: classify_stationary_point(lambda x: f(1 + x**2), 0.0).hessian, [[4]]),
    (lambda f: newton_root(lambda x: f(x) - 4, 1.0).root, 2),
    (lambda f: inverse_derivative(f, x=1.5), 1 / 3),
    (lambda f: curvature(f, 1.5), 2 / 10**1.5),
    (lambda f: minimize(lambda x: f(1 + x**2), 0.5, method="newton").x, 0),
    (lambda f: minimize(f, 0.5, max_steps=1, lr=0.1).x, 0.4),
    (lambda f: minimize(f, 0.5, max_steps=1, lr=0.1, backend="python").x, 0.4),
    (lambda f: least_squares(lambda x: [f(x) - 9], [2.0]).x, [3]),
    (lambda f: record(f, 2.0, backend="python").value_and_grad(1.5), [2.25, 3]),
    (lambda f: Program.from_graph(f(Value(2.0)), backend="python")(1.5), 2.25),
    (lambda f: record(f, 2.0, backend="python")(np.array(Value(1.5))), 2.25),
    (lambda f: gradients(f(x := Value(1.5)), [x]), [3]),
    (lambda f: chain_rule(f(x := Value(1.5)), x).value, 3),
    (lambda f: [s.after for s in backward_steps(f(Value(1.5)))], [1, 3]),
    (lambda f: len(order(f(Value(1.5)))), 2),
    (lambda f: len(trace(f(Value(1.5)))[1]), 1),
    (lambda f: find_nonfinite(f(Value(math.inf))).node.data, math.inf),
]


@pytest.mark.parametrize("f", IN_BOXES)
def test_a_0_d_array_is_the_number_that_it_holds(f):
    assert np.shape(f(Value(1.5))) == () and not isinstance(f(Value(1.5)), Value)
    for taken, expected in TAKEN:
        assert taken(f) == pytest.approx(np.array(expected, dtype=float), rel=1e-9)


@pytest.mark.parametrize("shown", [to_json, to_latex, to_markdown, to_svg, to_dot, explain])
def test_a_0_d_array_is_shown_as_what_it_holds(shown, capsys):
    texts = []
    for y in (where(Value(1.5)), where(Value(1.5)).item()):
        texts.append((shown(y), capsys.readouterr().out))
    assert texts[0] == texts[1] and any(texts[0])


# ---- numbers that leave the graph by float() -----------------------------------------------------


def written(x):
    slots = np.zeros(2)
    slots[1] = 2 * x  # NumPy asks for the float
    return slots.sum()


def beside(x):
    return Value(2.0) * math.exp(x)


LEFT = [  # f, the source of its line
    (lambda x: math.cosh(x - 1), r"\(lambda x: math\.cosh\(x - 1\)"),
    (lambda x: np.interp(x, [0, 1, 3], [0, 1, 2]), r"\(lambda x: np\.interp\(x"),
    (written, r"slots\[1\] = 2 \* x"),
    (beside, r"return Value\(2\.0\) \* math\.exp\(x\)"),
]
DIFFERENTIATED = [
    lambda f: derivative(f)(0.5),
    lambda f: derivative(f, 2)(0.5),
    lambda f: derivative(f)(Value(0.5)),
    lambda f: grad(f)(0.5),
    lambda f: value_and_grad(f)(0.5),
    lambda f: directional_derivative(f, 1.0)(0.5),
    lambda f: jacobian(f)(0.5),
    lambda f: total_derivative(lambda u: u**2, f)(0.5),
    lambda f: hessian(f)(0.5),
    lambda f: hvp(f)(0.5, 1.0),
    lambda f: taylor(f, 0.5, 3),
    lambda f: quadratic_approximation(f, 0.5),
    lambda f: classify_stationary_point(f, 0.5),
    lambda f: newton_root(f, 0.5),
    lambda f: inverse_derivative(f, x=0.5),
    lambda f: curvature(f, 0.5),
    lambda f: minimize(f, 0.5),
    lambda f: minimize(f, 0.5, method="newton"),
    lambda f: least_squares(lambda x: [f(x)], [0.5]),
]


@pytest.mark.parametrize(("f", "line"), LEFT, ids=["cosh", "interp", "written", "beside"])
def test_a_derivative_is_not_0_because_a_number_left_the_graph(f, line):
    where = r"^f does not depend on x: it leaves the graph at test_functional\.py, line \d+: "
    message = f"{where}.*{line}"
    for differentiated in DIFFERENTIATED:
        with pytest.raises(TypeError, match=message):
            differentiated(f)
    with pytest.raises(TypeError, match=r"at test_functional\.py, line \d+: taylor\(math\.exp, 0"):
        taylor(math.exp, 0.0, 2)


CONSTANT = [
    lambda x: 3.0,
    lambda x: Value(3.0) * 2,
    lambda x: x.data**2,  # taken out by name
    lambda x: 1.0 if x > 0 else 2.0,
    lambda x: max(x, 7.0),
    lambda x: math.floor(x),
    lambda x: 0.0 if f"{x:.3f}" else 1.0,
]


@pytest.mark.parametrize("f", CONSTANT)
def test_the_derivative_of_a_constant_is_0(f):
    assert derivative(f)(0.5) == derivative(f, 2)(0.5) == grad(f)(0.5) == 0.0
    assert jacobian(f)(0.5) == hessian(f)(0.5) == hvp(f)(0.5, 1.0) == 0.0
    assert taylor(f, 0.5, 2).coefficients[1:].tolist() == [0.0, 0.0]
    assert minimize(f, 0.5).stopped == "converged" and minimize(f, 0.5).nit == 0
    assert least_squares(lambda x: [f(x)], [0.5]).jac == [[0.0]]


def test_when_f_is_run_again_and_fails_nobody_listens_to_float_any_more():
    calls = []

    def once(x):
        calls.append(x)
        if len(calls) > 1:
            raise KeyError("the second time")
        return math.exp(x)

    with pytest.raises(KeyError, match="the second time"):
        derivative(once)(0.5)
    assert len(calls) == 2 and not ON_FLOAT
    with pytest.raises(TypeError, match=r"leaves the graph at test_functional\.py"):
        derivative(math.exp)(0.5)
    assert not ON_FLOAT


def test_a_number_that_leaves_the_graph_is_told_while_recording_too():
    with pytest.raises(TypeError, match="f does not depend on x: it leaves the graph at"):
        record(lambda x: x + derivative(lambda t: math.cosh(t))(x), 0.5, allow_numbers=True)


def test_one_argument_of_several_may_leave_the_graph():
    with pytest.raises(TypeError, match="f does not depend on argument 2: it leaves the graph at"):
        grad(lambda x, y: x**2 + math.sin(y))(1.0, 2.0)
    with pytest.raises(TypeError, match="f does not depend on argument 1: it leaves the graph at"):
        jacobian(lambda x, y: [math.sin(x), y])(1.0, 2.0)
    with pytest.raises(TypeError, match="f does not depend on x: it leaves the graph at"):
        grad(lambda x: np.asarray(x, dtype=float).sum())(POINT)
    assert grad(lambda x, y: x**2)(1.0, 2.0).tolist() == [2.0, 0.0]
    # numbers may decide, where the result depends on what they are of
    assert grad(lambda x: x[np.argmax(np.asarray(x, dtype=float))])(POINT).tolist() == [0.0, 1.0]
    assert derivative(lambda x: x**2 if float(x) > 0 else -x)(3.0) == 6.0
    assert derivative(lambda x: 0 * x + math.exp(x))(1.0) == 0.0  # x is in it: no telling


def test_values_alone_need_no_graph():
    assert taylor(math.exp, 0.0, 0).coefficients == [1.0]
    assert derivative(math.exp, 0)(0.0) == difference_quotient(lambda x: 1.0, 0.0, 1.0) + 1 == 1.0
    assert classify_point(math.sqrt, 0.0).kind == "domain edge"


@pytest.mark.parametrize(("f", "x", "order"), [(sqrt, 0.0, 1), (lambda x: x**1.5, 0.0, 2)])
def test_no_series_where_a_derivative_is_infinite(f, x, order):
    with pytest.raises(ValueError, match=f"the derivative of order {order} there is inf"):
        taylor(f, x, 4)
    assert len(taylor(f, x + 1.0, 4)) == 5

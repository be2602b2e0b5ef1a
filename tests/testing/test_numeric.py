"""Numeric derivatives beside mpmath's: the true one lies within the stated error."""

import math
import random

import mpmath
import numpy as np
import pytest

from autograd_lite.testing.numeric import (
    NumericDerivative,
    numeric_derivative,
    one_sided_slopes,
)


def sigmoid(x, m=math):
    return 1 / (1 + m.exp(-x))


FUNCTIONS = [  # f of (x, math or mpmath), x
    ("x²", lambda x, m: x * x, 1.3),
    ("x² far out", lambda x, m: x * x, 1e10),
    ("x² at 0", lambda x, m: x * x, 0.0),
    ("x⁵", lambda x, m: x**5, -0.7),
    ("x¹¹", lambda x, m: x**11, 1.1),
    ("1/x", lambda x, m: 1 / x, 0.05),
    ("1/x near 0", lambda x, m: 1 / x, 1e-3),
    ("√x", lambda x, m: m.sqrt(x), 2.0),
    ("√x near 0", lambda x, m: m.sqrt(x), 1e-3),
    ("exp", lambda x, m: m.exp(x), 1.0),
    ("exp, large", lambda x, m: m.exp(x), 30.0),
    ("exp, small", lambda x, m: m.exp(x), -30.0),
    ("log", lambda x, m: m.log(x), 0.3),
    ("log near 0", lambda x, m: m.log(x), 1e-3),
    ("log 1 + x²", lambda x, m: m.log(1 + x * x), 2.5),
    ("sin", lambda x, m: m.sin(x), 0.7),
    ("sin at its top", lambda x, m: m.sin(x), math.pi / 2),
    ("sin, far out", lambda x, m: m.sin(x), 100.0),
    ("sin 50x", lambda x, m: m.sin(50 * x), 0.3),
    ("cos x²", lambda x, m: m.cos(x * x), 2.2),
    ("tan near its pole", lambda x, m: m.tan(x), 1.57),
    ("atan", lambda x, m: m.atan(x), -3.0),
    ("tanh", lambda x, m: m.tanh(x), 0.4),
    ("tanh, saturated", lambda x, m: m.tanh(x), 12.0),
    ("tanh 1000x", lambda x, m: m.tanh(1000 * x), 3e-4),
    ("σ", lambda x, m: sigmoid(x, m), 0.8),
    ("σ, saturated", lambda x, m: sigmoid(x, m), 25.0),
    ("σ, saturated below", lambda x, m: sigmoid(x, m), -40.0),
    ("log σ", lambda x, m: m.log(sigmoid(x, m)), 3.0),
    ("a narrow bell", lambda x, m: m.exp(-((200 * x) ** 2)), 3e-3),
    ("a bell", lambda x, m: m.exp(-x * x), 1.5),
    ("xˣ", lambda x, m: x**x, 1.7),
    ("offset 10⁶", lambda x, m: 1e6 + m.sin(x), 0.5),
    ("offset 10¹²", lambda x, m: 1e12 + m.exp(x), 0.5),
    ("tiny", lambda x, m: 1e-12 * m.sin(x), 0.5),
    ("huge", lambda x, m: 1e12 * m.cos(x), 0.5),
    ("a difference of squares", lambda x, m: (x + 1e4) ** 2 - x * x, 0.25),
    ("erf", lambda x, m: m.erf(x), 0.9),
    ("constant", lambda x, m: 3.0 + 0 * x, 1.0),
]


@pytest.mark.parametrize(("f", "x"), [row[1:] for row in FUNCTIONS], ids=[r[0] for r in FUNCTIONS])
def test_the_truth_is_within_the_error(f, x):
    with mpmath.workdps(60):
        true = float(mpmath.diff(lambda t: f(t, mpmath.mp), mpmath.mpf(x)))
    found = numeric_derivative(lambda s: f(x + s, math), abs(x))
    assert abs(found.value - true) <= found.error + 1e-15 * abs(true)
    assert found.agrees(true)
    assert not found.agrees(-true) or abs(true) <= 20 * found.error
    assert found.error <= 1e-4 * abs(true) + 1e-10 or not found.is_sure


SMOOTH = [math.sin, math.cos, math.tanh, math.atan, lambda v: v * v, lambda v: v**3 - v]


@pytest.mark.parametrize("seed", range(60))
def test_random_compositions(seed):
    draw = random.Random(seed)
    chain = [
        (draw.choice(SMOOTH), draw.uniform(-1.5, 1.5), draw.uniform(-1, 1))
        for _ in range(draw.randint(1, 4))
    ]
    x, offset = draw.uniform(-2, 2), draw.choice((0.0, 1.0, 1e3))
    names = {math.sin: "sin", math.cos: "cos", math.tanh: "tanh", math.atan: "atan"}

    def f(t, m=None):
        for g, a, b in chain:
            t = a * t + b
            t = getattr(m, names[g])(t) if m and g in names else g(t)
        return offset + t

    with mpmath.workdps(40):
        true = float(mpmath.diff(lambda t: f(t, mpmath.mp), mpmath.mpf(x)))
    found = numeric_derivative(lambda s: f(x + s), max(abs(x), 1e-2))
    assert found.agrees(true), (found, true)
    assert found.error < 1e-3 * max(abs(true), 1e-3)


@pytest.mark.parametrize("size", [1e-9, 1e-6, 1e-3])
def test_noise_is_counted(size):
    noise = random.Random(1)

    def f(s):
        return math.sin(0.7 + s) + noise.uniform(-size, size)

    found = numeric_derivative(f, 0.7)
    assert abs(found.value - math.cos(0.7)) <= 10 * found.error
    assert found.error > size


@pytest.mark.parametrize("distance", [10.0**-k for k in range(3, 17)])
def test_a_kink_inside_the_step_is_no_slope(distance):
    """0.5, the mean of both slopes, is what differences across the kink of relu settle on."""
    for x, slope in ((distance, 1.0), (-distance, 0.0)):
        found = numeric_derivative(lambda s, x=x: max(0.0, x + s), 1e-2)
        assert found.agrees(slope) and (found.is_sure or found.error >= 0.01), found
        assert abs(found.value - slope) <= 10 * found.error


IN_SINGLE = [  # with rounding of 6e-8, in all of f or in a part of it
    (lambda x: np.sin(np.float32(x)), math.cos),
    (lambda x: np.exp(np.float32(x)) * np.float32(x), lambda x: math.exp(x) * (1 + x)),
    (lambda x: np.tanh(np.float32(3 * x)) + x * x, lambda x: 3 / math.cosh(3 * x) ** 2 + 2 * x),
    (lambda x: 7 + float(np.float32(x) ** 3), lambda x: 3 * x * x),
    (lambda x: math.sin(4 * x) + float(np.float32(x / 9)), lambda x: 4 * math.cos(4 * x) + 1 / 9),
]


@pytest.mark.parametrize(("f", "slope"), IN_SINGLE)
def test_single_precision_is_noise(f, slope):
    draw = random.Random(0)
    for _ in range(40):
        x = round(draw.uniform(-1.5, 1.5), 2)
        found = numeric_derivative(lambda s, x=x: float(f(x + s)), max(abs(x), 1e-2))
        assert abs(found.value - slope(x)) <= 10 * found.error, (x, found)
        assert found.error < 0.05 * abs(slope(x)) + 1e-3


@pytest.mark.parametrize("digits", range(3, 12))
def test_rounding_to_some_digits_is_noise(digits):
    for x in (0.37, 1.2, -0.8):
        found = numeric_derivative(lambda s, x=x: round(math.sin(x + s), digits), abs(x))
        assert abs(found.value - math.cos(x)) <= 10 * found.error, (x, found)


ONE_SIDED = [  # f, the slopes at 0
    (abs, -1.0, 1.0),
    (lambda s: max(0.0, s), 0.0, 1.0),
    (lambda s: math.exp(2 * s) if s < 0 else math.cos(s), 2.0, 0.0),
    (math.sin, 1.0, 1.0),
    (lambda s: 1e3 + abs(s - 1e-16), -1.0, 1.0),
]


@pytest.mark.parametrize(("f", "left", "right"), ONE_SIDED)
def test_one_sided_slopes(f, left, right):
    for found, slope in zip(one_sided_slopes(f), (left, right), strict=True):
        assert abs(found.value - slope) <= found.error + 1e-15 and found.error < 1e-6


UNMEASURABLE = {
    "NaN": lambda s: math.nan,
    "an error": lambda s: math.log(-1),
    "one-sided": lambda s: math.sqrt(s),
    "∞": lambda s: math.inf,
    "division by 0": lambda s: 1 / 0,
}


@pytest.mark.parametrize("f", UNMEASURABLE.values(), ids=UNMEASURABLE)
def test_what_cannot_be_measured_has_no_small_error(f):
    found = numeric_derivative(f)
    assert found.error == math.inf and not found.is_sure


def test_the_edge_of_a_domain_is_kept_away_from():
    found = numeric_derivative(lambda s: math.log(0.01 + s), 0.01)
    assert found.value == pytest.approx(100, rel=1e-8) and found.is_sure


@pytest.mark.parametrize(
    ("slope", "x", "agrees"),
    [
        (NumericDerivative(2.0, 1e-9), 2.0, True),
        (NumericDerivative(2.0, 1e-9), 2.000001, True),
        (NumericDerivative(2.0, 1e-9), 2.00001, False),
        (NumericDerivative(2.0, 1e-3), 2.005, True),
        (NumericDerivative(2.0, 1e-3), -2.0, False),
        (NumericDerivative(1e-12, 1e-20), -1e-12, False),
        (NumericDerivative(math.nan, math.inf), 1.0, False),
    ],
)
def test_agreement(slope, x, agrees):
    assert slope.agrees(x) is agrees

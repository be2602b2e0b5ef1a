"""What a function is like at a point, as tables: limits, kinks, stationary points, zeros."""

import cmath
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite as al
from autograd_lite import (
    DomainError,
    LimitError,
    TieError,
    Value,
    atan,
    cos,
    derivative,
    exp,
    expm1,
    floor,
    hessian,
    log,
    log2,
    relu,
    sign,
    sin,
    sqrt,
    step,
    tan,
    taylor,
)
from autograd_lite.analysis import (
    classify_point,
    classify_stationary_point,
    epsilon_delta,
    inverse_derivative,
    is_differentiable,
    is_differentiable_on,
    limit,
    newton_root,
    order_of,
)
from autograd_lite.analysis.extrapolation import Neville, aitken, consistent, scatter
from autograd_lite.functional import linear_approximation, quadratic_approximation
from tests.bench.kinks import FAMILIES, STEEP, at_zero, kinds_found, odd, power
from tests.bench.points import counted
from tests.test_functional import near, newtons_example, sauna, table

INF, PI = math.inf, math.pi


# ---- extrapolation -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "at_0", "rel"),
    [  # f at 0.5, 0.25, …: the last estimate after nine samples
        (lambda h: 3 - 2 * h, 3, 1e-15),
        (lambda h: (1 + h) ** 8, 1, 1e-11),
        (lambda h: math.exp(h), 1, 1e-12),
        (lambda h: math.sin(h) / h, 1, 1e-12),
    ],
)
def test_neville(f, at_0, rel):
    scheme = Neville()
    for k in range(9):
        row = scheme.add(0.5 ** (k + 1), f(0.5 ** (k + 1)))
        assert len(row) == k + 1 and row[0] == (math.inf, f(0.5 ** (k + 1)))
        assert all(abs(value - at_0) <= error + 1e-12 for error, value in row)
    assert row[-1][1] == pytest.approx(at_0, rel=rel)
    assert len(scheme.add(0.5**10, f(0.5**10))) == 9  # degree 8 at most


def test_the_error_of_an_estimate_counts_the_noise_of_its_samples():
    scheme = Neville()
    scheme.add(0.5, 1.0, 1e-3)
    assert scheme.add(0.25, 1.0, 1e-3) == [(math.inf, 1.0), (3e-3, 1.0)]  # 2·near − far


def test_aitken_where_the_distance_falls_by_a_constant_factor():
    samples = [(7 - 0.5 ** (k / 2), 0.0) for k in range(6)]  # √h for h = 1, 1/2, …
    assert [k for k, _ in aitken(samples)] == [4, 5]
    assert all(value == pytest.approx(7, rel=1e-14) for _, (_, value) in aitken(samples))
    assert aitken([(float(k), 0.0) for k in range(6)]) == []  # no limit


@pytest.mark.parametrize(
    ("estimates", "kept"),
    [  # (error, value), the nearest first
        ([(0.01, 1.0), (0.001, 1.05), (0.0, -1.0), (0.0, 1.0)], 2),
        ([(0.01, 1.0), (0.01, 1.3)], 1),
        ([(1e-9, 0.0), (1e-9, 1e-7)], 1),
        ([], 0),
    ],
)
def test_estimates_from_farther_away_may_not_contradict_nearer_ones(estimates, kept):
    assert consistent(estimates) == estimates[:kept]


def test_scatter_is_the_noise_of_neighbouring_samples():
    assert scatter([math.exp(0.01 * k) for k in range(7)]) == 0.0
    assert scatter([1.0, None, 1.0, 1.0, 1.0, 1.0, 1.0]) == 0.0
    noisy = [1 + 1e-9 * (-1) ** k for k in range(7)]
    assert scatter(noisy) == pytest.approx(2e-9, rel=1e-6)  # 8 times 1e-9, over 4


# ---- limits and orders ---------------------------------------------------------------------------


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


def test_a_domain_error_far_away_is_no_obstacle():
    assert limit(lambda x: log(x) / (x - 1), 1.0) == pytest.approx(1)  # log(x) for x ≤ 0
    with pytest.raises(DomainError):
        log(Value(-1.0))


# ---- differentiability ---------------------------------------------------------------------------


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


# ---- an interval ---------------------------------------------------------------------------------

SQRT2 = math.sqrt(2)
ON = [  # f, a, b, {x: kind}: 000 §1.4, l. 136-138, and what it leaves to try
    (lambda x: x**3 - x, -2, 2, {}),
    (al.gelu, -9, 9, {}),
    (lambda x: al.sigmoid(x) + al.softplus(x), -5, 5, {}),  # rows in pieces, and yet smooth
    (abs, -1, 1, {0: "corner"}),
    (abs, 0, 1, {}),  # the ends are not asked
    (abs, -2, -1e-9, {}),
    (lambda x: abs(x - 0.3), 0, 1, {0.3: "corner"}),
    (lambda x: abs(x - 1e-9), -1, 1, {1e-9: "corner"}),
    (lambda x: abs(x * x - 2), -3, 3, {-SQRT2: "corner", SQRT2: "corner"}),
    (lambda x: abs((x - 1) * (x - 1.0001)), -1, 3, {1: "corner", 1.0001: "corner"}),
    (lambda x: x * abs(x), -1, 1, {}),
    (lambda x: abs(x) ** 3, -1, 1, {}),
    (lambda x: abs(x) - abs(x), -1, 1, {}),
    (lambda x: relu(x) - relu(-x), -1, 1, {}),
    (lambda x: al.maximum(x, 1 - x), -1, 2, {0.5: "corner"}),
    (lambda x: al.maximum(x * x, 0 * x), -1, 2, {}),  # they touch
    (lambda x: al.minimum(al.maximum(x, 0), 1), -1, 2, {0: "corner", 1: "corner"}),
    (lambda x: abs(sin(x)), 0.5, 10, {PI: "corner", 2 * PI: "corner", 3 * PI: "corner"}),
    (lambda x: al.leaky_relu(x), -1, 1, {0: "corner"}),
    (lambda x: al.elu(x), -1, 1, {}),
    (lambda x: al.hypot(x, 0 * x), -1, 1, {0: "corner"}),
    (lambda x: al.hypot(x, x - 1), -1, 1, {}),
    (lambda x: al.hypot(sin(x), 1 - cos(x)), -1, 7, {0: "corner", 2 * PI: "corner"}),
    (lambda x: x / abs(x), -1, 1, {0: "undefined"}),
    (lambda x: abs(abs(x) - 1), -3, 3, {-1: "corner", 0: "corner", 1: "corner"}),
    (lambda x: abs(x**3), -1, 1, {}),
    (lambda x: abs((x - 1 / 3) ** 2), 0, 1, {}),
    (lambda x: sqrt((x * x - 2) ** 2), 0, 3, {SQRT2: "corner"}),
    (lambda x: (x * x) ** 1.5, -1, 1, {}),
    (lambda x: (x * x) ** 0.5, -1, 1, {0: "corner"}),
    (lambda x: floor(x) * x, -0.5, 0.5, {0: "corner"}),
    (al.cbrt, -1, 2, {0: "vertical tangent"}),
    (lambda x: al.nthroot(x - 0.7, 5), -1, 1, {0.7: "vertical tangent"}),
    (lambda x: al.cbrt(x - 0.3) ** 2, -1, 2, {0.3: "cusp"}),
    (lambda x: sqrt((x - 0.3) ** 2), -1, 2, {0.3: "corner"}),  # the square touches 0
    (sqrt, -1, 1, {0: "domain edge"}),
    (log, -1, 1, {0: "undefined"}),
    (al.asin, -2, 2, {-1: "domain edge", 1: "domain edge"}),
    (lambda x: 1 / x, -1, 2, {0: "undefined"}),
    (lambda x: 1 / (x * x - 2), 0, 3, {SQRT2: "undefined"}),
    (tan, -3, 3, {-PI / 2: "undefined", PI / 2: "undefined"}),
    (floor, -0.5, 2.5, {0: "jump", 1: "jump", 2: "jump"}),
    (lambda x: al.atan2(x - 0.5, x - 1), -1, 2, {0.5: "jump"}),
    (stairs, -3, 3, {-1: "jump"}),
    (lambda x: x**2 if x < 0 else x**3, -3, 3, {}),  # the branches meet with one slope
    (lambda x: 0 * x if float(x) == 0 else x * x * sin(1 / x), -1, 1, {}),
    (lambda x: math.fabs(x - 0.3), -1, 1, {0.3: "corner"}),  # no graph
    (lambda x: math.fabs(math.sin(x)), 0.5, 7, {PI: "corner", 2 * PI: "corner"}),
    (math.sqrt, -1, 1, {0: "domain edge"}),
    (math.sin, -3, 3, {}),
]


@pytest.mark.parametrize(("f", "a", "b", "expected"), ON)
def test_differentiable_on_an_interval(f, a, b, expected):
    found = is_differentiable_on(f, a, b)
    assert [kind.kind for _, kind in found.exceptions] == [*expected.values()], str(found)
    for (x, _), at in zip(found.exceptions, expected, strict=True):
        assert x == pytest.approx(at, rel=4e-16, abs=1e-300)
    assert bool(found) is not bool(expected) and found.reason


MANY = [  # more than it can find, or tell: f, a, b, kind, a part of its reason
    (floor, -100, 100, "not differentiable", "The first 60 of more"),
    (lambda x: abs(sin(1 / x)), -1, 1, "not differentiable", "The first 60 of more"),
    (lambda x: abs(x**2 - 0.6 * x + 0.09), -1, 1, "cannot tell", "too often"),
    (lambda x: sqrt(1 - cos(x)), -1, 7, "cannot tell", "By its graph"),  # rounding: 0 up to 1e-8
    (lambda x: 1 / (x * x - 2) ** 2, 0, 3, "cannot tell", "By its graph"),
    (lambda x: abs(sin(1e7 * x)), 0.5, 3, "not differentiable", "more"),
]


@pytest.mark.parametrize(("f", "a", "b", "kind", "reason"), MANY)
def test_an_interval_with_too_much_in_it(f, a, b, kind, reason):
    found = is_differentiable_on(f, a, b)
    assert found.kind == kind and not found and reason in found.reason


def test_an_interval_says_how_it_knows():
    assert "no graph" in is_differentiable_on(math.sin, 0, 1).reason
    assert "1 quantity was watched" in is_differentiable_on(abs, 1, 2).reason
    outside = is_differentiable_on(lambda x: Value(float(x)) * x, -1, 1)  # a number taken out
    assert "no graph" in outside.reason


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 1), (0, INF), (-INF, 0), (0, math.nan)])
def test_an_interval_has_two_ends(a, b):
    with pytest.raises(ValueError, match="finite ends"):
        is_differentiable_on(abs, a, b)


# ---- several variables ---------------------------------------------------------------------------


def at_origin(g):
    """g(x, y), and 0 at (0, 0)."""
    return lambda x, y: 0 * x * y if float(x) == 0 == float(y) else g(x, y)


def shifted(g):
    """g from (1, 2) on, and 0 there."""
    f = at_origin(g)
    return lambda x, y: f(x - 1, y - 2)


def r2(x, y):
    return x**2 + y**2


GRAPH, SAMPLED = "By its graph", "Sampled"
PLANES = [  # f, point, kind, partial derivatives, a part of the reason: 002, l. 218-220
    (lambda x, y: exp(x * y) + x, (0, 0), "differentiable", (1, 0), GRAPH),
    (lambda x, y: x**2 / y, (2, 1), "differentiable", (4, -4), GRAPH),
    (at_origin(lambda x, y: x**2 * y / r2(x, y)), (0, 0), "no tangent plane", (0, 0), "off the"),
    (at_origin(lambda x, y: x * y / r2(x, y)), (0, 0), "no tangent plane", (0, 0), "off the"),
    (lambda x, y: sqrt(r2(x, y)), (0, 0), "no partial derivative", (None, None), "corner"),
    (lambda x, y: sqrt(r2(x, y)), (3, 4), "differentiable", (0.6, 0.8), GRAPH),
    (lambda x, y: abs(x) + abs(y), (0, 0), "no partial derivative", (None, None), "-1 from"),
    (lambda x, y: abs(x) + abs(y), (0, 2), "no partial derivative", (None, 1), "variable 1"),
    (lambda x, y: abs(x) + abs(y), (-1, 2), "differentiable", (-1, 1), GRAPH),
    (lambda x, y: x * abs(y), (0, 0), "differentiable", (0, 0), GRAPH),
    (lambda x, y: x * abs(y), (1, 0), "no partial derivative", (0, None), "variable 2"),
    (lambda x, y: abs(x * y), (0, 0), "differentiable", (0, 0), GRAPH),
    (lambda x, y: abs(x * y), (0, 1), "no partial derivative", (None, 0), "variable 1"),
    (al.hypot, (0, 0), "no partial derivative", (None, None), "variable 1"),
    (al.maximum, (1, 1), "no partial derivative", (None, None), "0 from below, 1 from above"),
    (al.maximum, (1, 2), "differentiable", (0, 1), GRAPH),
    (lambda x, y: al.maximum(x**2, y**2), (0, 0), "differentiable", (0, 0), GRAPH),
    (lambda x, y: abs(x - y) - abs(x) - abs(y), (0, 0), "no tangent plane", (0, 0), "is -2"),
    (lambda x, y: relu(x) * y, (0, 0), "differentiable", (0, 0), GRAPH),
    (lambda x, y: abs(x - y) * (x - y), (0.3, 0.3), "differentiable", (0, 0), GRAPH),
    (at_origin(lambda x, y: r2(x, y) * sin(1 / r2(x, y))), (0, 0), "differentiable", (0, 0),
        SAMPLED),
    (at_origin(lambda x, y: r2(x, y) * sin(1 / sqrt(r2(x, y)))), (0, 0), "differentiable", (0, 0),
        SAMPLED),
    (at_origin(lambda x, y: sqrt(r2(x, y)) * sin(1 / r2(x, y))), (0, 0), "no partial derivative",
        (None, None), "oscillating"),
    # 0 along every straight way, and ½ of |Δ| along y = x² and y = x³
    (at_origin(lambda x, y: x**3 * y / (x**4 + y**2)), (0, 0), "no tangent plane", (0, 0), "0.5"),
    (at_origin(lambda x, y: x**4 * y / (x**6 + y**2)), (0, 0), "no tangent plane", (0, 0), "0.5"),
    (at_origin(lambda x, y: x**2 * y / (x**4 + y**2)), (0, 0), "no tangent plane", (0, 0), "off"),
    (shifted(lambda x, y: x**3 * y / (x**4 + y**2)), (1, 2), "no tangent plane", (0, 0), "off"),
    (shifted(lambda x, y: x**4 * y / (x**6 + y**2)), (1, 2), "no tangent plane", (0, 0), "off"),
    (shifted(lambda x, y: x**2 * y / r2(x, y)), (1, 2), "no tangent plane", (0, 0), "off"),
    (shifted(lambda x, y: r2(x, y) * sin(1 / r2(x, y))), (1, 2), "differentiable", (0, 0), SAMPLED),
    (shifted(lambda x, y: x**2 * y**2 / r2(x, y)), (1, 2), "differentiable", (0, 0), SAMPLED),
    (lambda x, y: sqrt(abs(x * y)), (0, 0), "no tangent plane", (0, 0), "0.707"),
    (lambda x, y: al.cbrt(x * y), (0, 0), "no tangent plane", (0, 0), "off"),
    (lambda x, y: al.cbrt(x) + y, (0, 0), "no partial derivative", (None, 1), "inf"),
    (lambda x, y: r2(x, y) ** 1.5, (0, 0), "differentiable", (0, 0), ""),
    (lambda x, y: sqrt(x**4 + y**4), (0, 0), "differentiable", (0, 0), SAMPLED),
    (lambda x, y: step(x) + y, (0, 0), "no partial derivative", (None, 1), "jump"),
    (lambda x, y: sqrt(x) + y, (0, 0), "domain edge", (None, 1), "needs a ≥ 0"),
    (lambda x, y: log(x) + y, (0, 0), "undefined", (None, None), "needs a > 0"),
    (lambda x, y: math.sin(x) * math.cos(y), (0, 0), "differentiable", (1, 0), SAMPLED),
    (math.hypot, (0, 0), "no partial derivative", (None, None), "corner"),
    (lambda x, y, z: x * y * z + abs(z), (1, 2, 0), "no partial derivative", (0, 0, None),
        "1 from"),
    (lambda x, y, z: sqrt(x * x + y * y + z * z) ** 3, (0, 0, 0), "differentiable", (0, 0, 0),
        SAMPLED),
    (lambda x, y: abs(3 * x - 0.3) * y, (0.1, 1), "cannot tell", (None, None), "Rounding"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "point", "kind", "slopes", "reason"), PLANES)
def test_a_tangent_plane(f, point, kind, slopes, reason):
    found = is_differentiable(f, *point)
    assert found.kind == kind and reason in found.reason, str(found)
    assert bool(found) == (kind == "differentiable")
    for got, expected in zip(found.gradient, slopes, strict=True):
        assert got is expected or got == pytest.approx(expected, rel=1e-7, abs=1e-9)


@given(st.floats(-2, 2), st.floats(-2, 2))
@settings(max_examples=25)
def test_a_smooth_function_has_its_gradient_for_a_plane(x, y):
    found = is_differentiable(sauna, x, y)
    assert found and found.gradient == pytest.approx(al.grad(sauna)(x, y), rel=1e-12, abs=1e-12)


def test_a_point_is_asked_for():
    with pytest.raises(TypeError, match="where is f asked"):
        is_differentiable(abs)


# ---- ε and δ -------------------------------------------------------------------------------------

DELTAS = [  # f, a, ε, limit, the largest δ there is: 002, l. 80
    (lambda x: 2 * x, 3, 0.01, 6, 0.005),
    (lambda x: x**2, 0, 0.01, 0, 0.1),
    (lambda x: x**2, 3, 0.01, 9, math.sqrt(9.01) - 3),
    (lambda x: sin(x) / x, 0, 0.01, 1, 0.245),  # √(6ε), about
    (lambda x: (exp(x) - 1) / x, 0, 1e-4, 1, 2e-4),  # and at 1e-14 it is all rounding
    (lambda x: x * sin(1 / x), 0, 1e-3, 0, 1.01e-3),
    (lambda x: sqrt(abs(x)), 0, 1e-4, 0, 1e-8),
    (lambda x: Value(5.0) if float(x) == 0 else x, 0, 0.1, 0, 0.1),  # f(a) plays no part
    (math.cos, 0, 0.1, 1, math.acos(0.9)),
    (lambda x: 1e6 * x, 1e6, 1e6, 1e12, 1),
    (lambda x: 0 * x + 3, 1, 0.1, 3, INF),
]


@pytest.mark.parametrize(("f", "a", "epsilon", "at", "largest"), DELTAS)
def test_a_delta_for_an_epsilon(f, a, epsilon, at, largest):
    found = epsilon_delta(f, a, epsilon)
    assert found.limit == pytest.approx(at, rel=1e-8, abs=1e-8)
    assert min(largest / 8, 0.5 * max(1, abs(a))) <= found.delta < largest
    assert found.worst < epsilon == found.epsilon and found.points > 1000
    assert "proves nothing" in str(found)


NO_DELTA = [  # f, a, ε, error, its text
    (lambda x: abs(x) / x, 0, 0.1, LimitError, "-1.0 from the left, 1.0 from the right"),
    (lambda x: sin(1 / x), 0, 0.1, LimitError, "does not settle"),
    (lambda x: 1 / x**2, 0, 0.1, LimitError, "is inf"),
    (sqrt, 0, 0.1, LimitError, "cannot be computed left"),
    (sin, 0, 0, ValueError, "one > 0"),
    (sin, INF, 0.1, ValueError, "a finite number"),
    (sin, 1, 1e-12, ValueError, "take a larger ε"),
]


@pytest.mark.parametrize(("f", "a", "epsilon", "error", "text"), NO_DELTA)
def test_no_delta(f, a, epsilon, error, text):
    with pytest.raises(error, match=text):
        epsilon_delta(f, a, epsilon)


def python_stairs(x):
    return 2.0 if x < -1 else x + 1


def swing(n, at=0.0, offset=0.0):
    """uⁿ·sin(1/u) with u = x − at, and 0 at 0."""
    g = at_zero(lambda u: u**n * math.sin(1 / u))
    return lambda x: g(x - at) + offset


def huber(x):
    return x * x / 2 if abs(x) < 1 else abs(x) - 0.5


FAST = 1e6 * math.cos(3e5)
SIGMOID = 1 / (1 + math.exp(-25.0)) / (1 + math.exp(25.0))
POINTS = {  # name: f, x, kind, slope from the left, from the right
    # corners
    "|x|": (abs, 0, "corner", -1, 1),
    "relu": (al.relu, 0, "corner", 0, 1),
    "leaky relu": (lambda x: x if x > 0 else 0.01 * x, 0, "corner", 0.01, 1),
    "|x − 1.3| + 1000": (lambda x: abs(x - 1.3) + 1e3, 1.3, "corner", -1, 1),
    "|x − 10¹⁰|": (lambda x: abs(x - 1e10), 1e10, "corner", -1, 1),
    "max(x, x²) at 0": (lambda x: max(x, x * x), 0, "corner", 0, 1),
    "max(x, x²) at 1": (lambda x: max(x, x * x), 1, "corner", 1, 2),
    "|sin x|": (lambda x: abs(math.sin(x)), PI, "corner", -1, 1),
    "exp −|x|": (lambda x: math.exp(-abs(x)), 0, "corner", 1, -1),
    "a weak corner": (lambda x: x * x + 1e-4 * abs(x - 1), 1, "corner", 1.9999, 2.0001),
    "10⁻³⁰⁰·|x|": (lambda x: 1e-300 * abs(x), 0, "corner", -1e-300, 1e-300),
    "10²⁰⁰·|x|": (lambda x: 1e200 * abs(x), 0, "corner", -1e200, 1e200),
    "√max(x, 0)": (lambda x: math.sqrt(max(x, 0.0)), 0, "corner", 0, INF),
    # cusps and vertical tangents
    "|x|^2/3": (power(2 / 3), 0, "cusp", -INF, INF),
    "7 + x − √|x − 2|": (lambda x: 7 + x - abs(x - 2) ** 0.5, 2, "cusp", INF, -INF),
    "|x|^0.8": (power(0.8), 0, "cusp", -INF, INF),
    "∛x": (odd(1 / 3), 0, "vertical tangent", INF, INF),
    "−∛x": (lambda x: -odd(1 / 3)(x), 0, "vertical tangent", -INF, -INF),
    "∛(x − 2) + 5x": (lambda x: odd(1 / 3)(x - 2) + 5 * x, 2, "vertical tangent", INF, INF),
    "odd |x|^0.8": (odd(0.8), 0, "vertical tangent", INF, INF),
    "x log|x|": (at_zero(lambda x: x * math.log(abs(x))), 0, "vertical tangent", -INF, -INF),
    # jumps
    "step": (lambda x: float(x > 0), 0, "jump", 0, INF),
    "2, then x + 1": (python_stairs, -1, "jump", -INF, 1),
    "⌊x⌋": (math.floor, 2, "jump", INF, 0),
    "x mod 1": (lambda x: x % 1, 1, "jump", -INF, 1),
    "x but 5 at 0": (hole, 0, "jump", INF, -INF),
    "1/x but 0 at 0": (at_zero(lambda x: 1 / x), 0, "jump", INF, INF),
    # swings
    "x sin 1/x": (swing(1), 0, "oscillating", None, None),
    "sin 1/x": (swing(0), 0, "oscillating", None, None),
    "x sin 1/x at 2": (swing(1, at=2.0, offset=1.0), 2, "oscillating", None, None),
    "x sin π/x": (at_zero(lambda x: x * math.sin(PI / x)), 0, "oscillating", None, None),
    "√|x|·sin 1/x": (
        at_zero(lambda x: abs(x) ** 0.5 * math.sin(1 / x)),
        0,
        "oscillating",
        None,
        None,
    ),
    "x sin log|x|": (
        at_zero(lambda x: x * math.sin(math.log(abs(x)))),
        0,
        "oscillating",
        None,
        None,
    ),
    "x cos 4π log₂|x|": (  # 1 at every x = 2⁻ᵏ
        at_zero(lambda x: x * math.cos(4 * PI * math.log2(abs(x)))),
        0,
        "oscillating",
        None,
        None,
    ),
    # where f ends
    "√x": (math.sqrt, 0, "domain edge", None, INF),
    "x^1.5": (lambda x: x**1.5, 0, "domain edge", None, 0),  # complex for x < 0
    "x log x": (at_zero(lambda x: x * math.log(x)), 0, "domain edge", None, -INF),
    "asin": (math.asin, 1, "domain edge", INF, None),
    "acos": (math.acos, -1, "domain edge", None, -INF),
    "NumPy's √x": (np.sqrt, 0, "domain edge", None, INF),
    "log": (math.log, 0, "undefined", None, None),
    "log of a Value": (lambda x: Value(x).log(), -1, "undefined", None, None),
    "1/x": (lambda x: 1 / x, 0, "undefined", None, None),
    "√(−x²)": (lambda x: math.sqrt(-x * x), 0, "undefined", None, None),
    "at ∞": (abs, INF, "undefined", None, None),
    "eˣ too large": (math.exp, 710, "undefined", None, None),
    "a complex number": (cmath.sqrt, 1, "undefined", None, None),
    # smooth: steep, narrow, bent, far out, next to a kink
    "|x| at 1": (abs, 1, "differentiable", 1, 1),
    "|x| at 10⁻⁹": (abs, 1e-9, "differentiable", 1, 1),
    "|x| at −10⁻³⁰": (abs, -1e-30, "differentiable", -1, -1),
    "|x − 10⁻⁵|": (lambda x: abs(x - 1e-5), 0, "differentiable", -1, -1),
    "⌊x⌋ at 2.5": (math.floor, 2.5, "differentiable", 0, 0),
    "⌊x⌋ before 2": (math.floor, 2 - 1e-5, "differentiable", 0, 0),
    "x|x|": (odd(2), 0, "differentiable", 0, 0),
    "|x|^1.5": (power(1.5), 0, "differentiable", 0, 0),
    "|x − 3|^1.5 + 8": (lambda x: abs(x - 3) ** 1.5 + 8, 3, "differentiable", 0, 0),
    "|x|³": (power(3), 0, "differentiable", 0, 0),
    "x² sin 1/x": (swing(2), 0, "differentiable", 0, 0),  # f′ is not continuous
    "elu": (lambda x: x if x > 0 else math.expm1(x), 0, "differentiable", 1, 1),
    "huber": (huber, 1, "differentiable", 1, 1),
    "tanh 10³x": (lambda x: math.tanh(1e3 * x), 0, "differentiable", 1e3, 1e3),
    "tanh 10³(x − 0.3) + 50": (
        lambda x: math.tanh(1e3 * (x - 0.3)) + 50,
        0.3,
        "differentiable",
        1e3,
        1e3,
    ),
    "tanh 10⁹x": (lambda x: math.tanh(1e9 * x), 0, "differentiable", 1e9, 1e9),
    "tanh 10⁹(x − 1)": (lambda x: math.tanh(1e9 * (x - 1)), 1, "differentiable", 1e9, 1e9),
    "a narrow bell": (lambda x: math.exp(-((x / 1e-6) ** 2)), 0, "differentiable", 0, 0),
    "a bell on 3": (
        lambda x: math.exp(-(((x - 0.7) / 1e-5) ** 2)) + 3,
        0.7,
        "differentiable",
        0,
        0,
    ),
    "√((x − 1)² + 10⁻²⁰) + 1": (
        lambda x: math.sqrt((x - 1) ** 2 + 1e-20) + 1,
        1,
        "differentiable",
        0,
        0,
    ),
    "x² at 10¹⁰": (lambda x: x * x, 1e10, "differentiable", 2e10, 2e10),
    "log at 10⁻⁸": (math.log, 1e-8, "differentiable", 1e8, 1e8),
    "log at 10⁻³⁰⁰": (math.log, 1e-300, "differentiable", 1e300, 1e300),
    "√x at 10⁻⁶": (math.sqrt, 1e-6, "differentiable", 500, 500),
    "sin 10⁶x": (lambda x: math.sin(1e6 * x), 0.3, "differentiable", FAST, FAST),
    "sin 10⁶x + 1000": (lambda x: math.sin(1e6 * x) + 1e3, 0.3, "differentiable", FAST, FAST),
    "tan at 1.57": (
        math.tan,
        1.57,
        "differentiable",
        1 / math.cos(1.57) ** 2,
        1 / math.cos(1.57) ** 2,
    ),
    "sigmoid at 25": (lambda x: 1 / (1 + math.exp(-x)), 25, "differentiable", SIGMOID, SIGMOID),
    "exp at −700": (math.exp, -700, "differentiable", math.exp(-700), math.exp(-700)),
    "exp at 10⁻²⁰": (math.exp, 1e-20, "differentiable", 1, 1),
    "10³⁰⁰·x": (lambda x: 1e300 * x, 0, "differentiable", 1e300, 1e300),
    "exp −1/x, then 0": (lambda x: math.exp(-1 / x) if x > 0 else 0.0, 0, "differentiable", 0, 0),
    "a constant": (lambda x: 3, 1, "differentiable", 0, 0),
    "cos": (al.cos, 0, "differentiable", 0, 0),
    "x.tanh()": (lambda x: x.tanh(), 0, "differentiable", 1, 1),
}


@pytest.mark.parametrize("name", POINTS)
def test_points(name):
    f, x, kind, left, right = POINTS[name]
    found = classify_point(f, x)
    assert found.kind == kind
    rel = 1e-3 if name == "sigmoid at 25" else 1e-6  # its slope is 1e5 roundings of its value
    for got, expected in ((found.left, left), (found.right, right)):
        assert got is expected or got == pytest.approx(
            expected, rel=rel, abs=1e-7 * abs(expected == 0)
        )
    if kind == "differentiable":
        assert found.left == found.right


def test_the_table_is_long_and_holds_every_kind():
    kinds = {kind for _, _, kind, _, _ in POINTS.values()}
    assert len(POINTS) >= 60 and len(kinds) == 8


def test_smooth_composites_raise_no_alarm():
    found = kinds_found("mild composite", 400, seed=1)[1]
    assert found.keys() <= {"differentiable", "cannot tell"}
    assert found["cannot tell"] <= 2  # it moves by more than 0.01 from one float to the next


SURE = [name for name in FAMILIES if name not in ("u sin 1/u", "sin 1/u", "u log|u|")]


@pytest.mark.parametrize("name", SURE)
def test_families_that_are_always_right(name):
    kind, found, _ = kinds_found(name, 30, seed=1)
    assert found == {kind: 30}


def test_sure_families_hold_all_that_are_smooth():
    assert {name for name, (_, kind) in FAMILIES.items() if kind == "differentiable"} <= set(SURE)
    assert set(STEEP) <= set(SURE)


def test_slopes_are_those_of_the_derivative():
    for name, x in (("tanh", 0.3), ("exp", 2.0), ("log", 0.05), ("atan", -4.0), ("sqrt", 9.0)):
        f = getattr(al, name)
        assert classify_point(f, x).left == pytest.approx(derivative(f)(x), rel=1e-9)


@pytest.mark.parametrize(
    ("f", "x", "text"),
    [
        (abs, 0, "corner: slope -1 from the left, 1 from the right"),
        (math.sqrt, 0, "domain edge: slope none from the left, inf from the right"),
        (math.log, 0, "undefined: slope none from the left, none from the right"),
    ],
)
def test_as_text(f, x, text):
    assert str(classify_point(f, x)) == text


def test_f_is_called_with_values_and_with_floats_if_it_makes_no_graph():
    seen = set()

    def plain(x):
        seen.add(type(x))
        return math.sin(x)

    def of_value(x):
        seen.add(type(x))
        return x.relu()

    assert classify_point(plain, 1.0).kind == "differentiable" and seen == {float, Value}
    seen.clear()
    assert classify_point(of_value, 0.0).kind == "corner" and seen == {Value}


def test_what_f_raises():
    def missing(x):
        return None

    def broken(x):
        raise KeyError("w11")

    def outside(x):
        raise DomainError("nowhere")

    with pytest.raises(TypeError, match="does it lack a return"):
        classify_point(missing, 0.0)
    with pytest.raises(TypeError, match="one number here, not list"):
        classify_point(lambda x: [x], 0.0)
    with pytest.raises(TypeError, match="write Value"):
        classify_point(abs, "0")
    with pytest.raises(KeyError, match="w11"):
        classify_point(broken, 0.0)
    assert classify_point(outside, 0.0).kind == "undefined"


def test_the_graph_sees_through_rounding():
    def f(x):
        return Value(0.5) if x.data == 0 else (1 - al.cos(x)) / x**2  # at 10⁻⁹: 0, not ½

    assert is_differentiable(f, 0.0)
    assert classify_point(f, 0.0)


@pytest.mark.parametrize("x", [5e-324, 1e-310, -1e-300, 1e-100, 1e16, -1e100, 1e300])
def test_points_of_every_size(x):
    assert classify_point(lambda t: abs(t - x), x).kind == "corner"
    assert classify_point(lambda t: t, x).left == pytest.approx(1)
    assert classify_point(lambda t: float(t > x), x).kind == "jump"


AGREED = [  # f, x, kind, slope from the left, from the right: both functions, by graph or values
    (al.exp, 9.8e-14, "differentiable", 1, 1),
    (math.exp, 9.8e-14, "differentiable", 1, 1),
    (abs, 1e-16, "differentiable", 1, 1),
    (lambda x: abs(x - 1e-9), 0.0, "differentiable", -1, -1),
    (lambda x: al.relu(x - 1), 1 + 1e-9, "differentiable", 1, 1),
    (lambda x: abs(x - 1e7), math.nextafter(1e7, 2e7), "differentiable", 1, 1),
    (lambda x: al.log(x), 5e5, "differentiable", 2e-6, 2e-6),
    (al.sin, 1e13, "differentiable", math.cos(1e13), math.cos(1e13)),
    (math.sin, 1e15, "cannot tell", None, None),  # it turns within a few dozen floats
    (lambda x: abs((x + 1) - 1), 0.0, "corner", -1, 1),
    (lambda x: abs((x + 1) - 1), 1e-17, "cannot tell", None, None),  # x is lost in x + 1
    (lambda x: abs(al.sin(x)), PI, "corner", -1, 1),  # the float next to π
    (lambda x: 1 + 1e-17 * al.sign(x), 0.0, "cannot tell", None, None),
    (lambda x: x * al.sign(x), 0.0, "corner", -1, 1),
    (lambda x: al.maximum(al.sin(x), x), 0.0, "differentiable", 1, 1),  # a tie, and no corner
    (lambda x: al.sqrt(al.hypot(x, 0.0)), 0.0, "cusp", -INF, INF),
    (lambda x: al.sqrt(x * x), 0.0, "corner", -1, 1),  # ∞·0
    (lambda x: (x * x) ** 0.25, 0.0, "cusp", -INF, INF),
    (lambda x: al.sqrt(x**4), 0.0, "differentiable", 0, 0),
    (lambda x: al.asin(al.sin(x)), 1.0, "differentiable", 1, 1),
    (lambda x: al.floor(x) * 0 + x, 2.0, "differentiable", 1, 1),
]


@pytest.mark.parametrize(("f", "x", "kind", "left", "right"), AGREED)
def test_rounding_makes_no_claim(f, x, kind, left, right):
    found = classify_point(f, x)
    assert found == is_differentiable(f, x) and found.kind == kind
    assert bool(found) == (kind == "differentiable")
    for got, expected in ((found.left, left), (found.right, right)):
        assert got is expected or got == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("c", [30.0, 100.0, 1234.5, 1e5, 1e6 / 3, 1e7, -77.7, 1e10, 1e15])
@pytest.mark.parametrize(
    ("f", "left", "right"),
    [(abs, -1, 1), (al.relu, 0, 1), (lambda u: al.hypot(u, 0.0), -1, 1)],
)
def test_kinks_far_out(f, left, right, c):
    for g in (f, lambda u: float(f(u))):  # by its graph, and by values alone
        found = is_differentiable(lambda x, g=g: g(x - c), c)
        assert (found.kind, found.left, found.right) == ("corner", left, pytest.approx(right))


@pytest.mark.parametrize("group", ["ordinary", "tiny", "beside a kink", "denormal"])
def test_no_wrong_claim_at_points_of_any_size(group):
    counts = counted(group, 60, seed=7)
    assert counts["wrong"] == 0 and counts["right"] >= 54


def test_no_wrong_claim_where_floats_are_far_apart():
    counts = counted("huge", 100, seed=7)  # "cannot tell" where only values could
    assert counts["wrong"] == 0 and counts["right"] >= 85


# ---- stationary points ---------------------------------------------------------------------------

SQRT2 = math.sqrt(2)


@table(
    ("f", "point", "kind", "eigenvalues", "source"),
    (
        lambda x, y: 2 * x**2 + 3 * y**2 - x * y,
        (0.0, 0.0),
        "minimum",
        [5 - SQRT2, 5 + SQRT2],
        "003, l. 1008-1023",
    ),
    (
        lambda x, y: -2 * x**2 - 3 * y**2 - x * y + 15,
        (0.0, 0.0),
        "maximum",
        [-5 - SQRT2, -5 + SQRT2],
        "003, l. 1037-1051",
    ),
    (
        lambda x, y: 2 * x**2 - 2 * y**2,
        (0.0, 0.0),
        "saddle",
        [-4, 4],
        "003, l. 1055-1063, saddle point",
    ),
    (newtons_example, (0.0, 0.0), "minimum", [3.76393202250021, 8.23606797749979], "003, l. 1095"),
    (sauna, (4.0, 4.0), "minimum", [4.266666666666667] * 2, "003, l. 519: the coldest place"),
    (sauna, (6.0, 6.0), "saddle", [-14.4, 14.4], "003, l. 519: the sauna"),
    (sauna, (0.0, 3.0), "inconclusive", [-3.6, 0], "003, l. 519: the sauna's wall"),
    (
        lambda x, y, z: x**2 + 2 * y**2 + 3 * z**2 - x * y + 0.5 * y * z,
        (0.0, 0.0, 0.0),
        "minimum",
        [1.5773649610041003, 4.29037799875188, 6.13225704024402],
        "000 §3.6, l. 708, three variables",
    ),
    (lambda x, y, z: x**2 + y**2 - z**2, (0.0, 0.0, 0.0), "saddle", [-2, 2, 2], "three variables"),
    (lambda x, y, z: -(x**2) - y**2 - z**2, (0.0,) * 3, "maximum", [-2] * 3, "three variables"),
    (lambda x, y, z: x**2 - y**2 + z**4, (0.0,) * 3, "saddle", [-2, 0, 2], "signs decide"),
    (lambda x, y, z: x**2 + y**2 + z**4, (0.0,) * 3, "inconclusive", [0, 2, 2], "one is 0"),
    (lambda x, y: x**4 + y**4, (0.0, 0.0), "inconclusive", [0, 0], "000 §3.6, l. 708: a minimum"),
    (
        lambda x, y: -(x**4) - y**4,
        (0.0, 0.0),
        "inconclusive",
        [0, 0],
        "000 §3.6, l. 708: a maximum",
    ),
    (lambda x, y: x**3 + y**2, (0.0, 0.0), "inconclusive", [0, 2], "000 §3.6, l. 708: neither"),
    (lambda x, y: x**2 + y**4, (0.0, 0.0), "inconclusive", [0, 2], "000 §3.6, l. 708: a minimum"),
    (lambda x, y: x**2 - y**4, (0.0, 0.0), "inconclusive", [0, 2], "000 §3.6, l. 708: a saddle"),
    (lambda x, y: x**2, (0.0, 1.0), "inconclusive", [0, 2], "an argument that f ignores"),
    (lambda x, y: 7.0, (1.0, 2.0), "inconclusive", [0, 0], "a constant"),
    (lambda x: x**2, (0.0,), "minimum", [2], "000 §3.4, l. 656"),
    (lambda x: -(x**2), (0.0,), "maximum", [-2], "000 §3.4, l. 656"),
    (lambda x: x**4, (0.0,), "inconclusive", [0], "000 §3.4, l. 656"),
    (lambda x: -(x**4), (0.0,), "inconclusive", [0], "000 §3.4, l. 656"),
    (lambda x: x**3, (0.0,), "inconclusive", [0], "000 §3.4, l. 656"),
    (
        lambda x: x**4 - 4 * x**2 + x,
        (-1.4729976011140302,),
        "minimum",
        [18.03666319465225],
        "000 §2.3, l. 407",
    ),
    (
        lambda x: x**4 - 4 * x**2 + x,
        (0.1260001925862561,),
        "maximum",
        [-7.809487417618716],
        "000 §2.3, l. 407",
    ),
    (
        lambda x: exp(x) - log(x),
        (0.5671432904097838,),
        "minimum",
        [4.872177597931833],
        "000 §2.3, l. 335; 003, l. 469: the omega constant",
    ),
    (lambda x, y: x**2 + y**2, (2.0, 3.0), "not stationary", [2, 2], "003, l. 405"),
    (lambda x: x, (0.0,), "not stationary", [0], "a line"),
    (lambda x, y: 1e8 * (x**2 + y**2), (0.0, 0.0), "minimum", [2e8, 2e8], "large figures"),
    (lambda x, y: 1e-8 * (x**2 - y**2), (0.0, 0.0), "saddle", [-2e-8, 2e-8], "small figures"),
    (lambda x, y: x**3 - 3 * x * y**2, (0.0, 0.0), "inconclusive", [0, 0], "a monkey saddle"),
    (exp, (-30.0,), "not stationary", [math.exp(-30)], "flat beside 1, not beside itself"),
    (lambda x: 1e-8 * (x - 1) ** 2, (0.0,), "not stationary", [2e-8], "small figures"),
    (lambda x: 1e-300 * (x - 1) ** 2, (0.0,), "not stationary", [2e-300], "smaller ones"),
    (lambda x: 1e-12 * (x - 2) ** 2, (2 + 1e-9,), "minimum", [2e-12], "a minimizer's result"),
    (lambda x: 1e12 * (x - 2) ** 2, (2 + 1e-9,), "minimum", [2e12], "a minimizer's result"),
    (lambda x: 1e12 * (x - 2) ** 2, (1.9,), "not stationary", [2e12], "large figures"),
    (lambda x: (x - 1e6) ** 2, (1e6 + 1e-4,), "minimum", [2], "far out"),
    (lambda x: cos(2 * math.pi * x), (1e-12,), "maximum", [-4 * math.pi**2], "one period is 1"),
    (lambda x: exp(50 * x) - 50 * x, (-0.3,), "not stationary", [2500 * math.exp(-15)], "steep"),
    (sin, (math.pi / 2,), "maximum", [-1], "a slope of 6e-17"),
    (lambda x, y: 1e8 * x**2 + 1e-3 * y, (0.0, 0.0), "not stationary", [0, 2e8], "towards y"),
    (lambda x: abs(x) - x**2, (0.0,), "minimum", [math.nan], "a corner upwards"),
    (lambda x: -abs(x) + x**2, (0.0,), "maximum", [math.nan], "a corner downwards"),
    (lambda x: 2 * x + abs(x), (0.0,), "not stationary", [math.nan], "a corner on a slope"),
    (al.relu, (0.0,), "inconclusive", [math.nan], "flat to one side"),
    (lambda x: sign(x) + x**2, (0.0,), "inconclusive", [2], "less to the left: a jump"),
    (lambda x: cos(x) + sign(x), (0.0,), "inconclusive", [-1], "more to the right: a jump"),
    (lambda x: sign(x) + exp(x), (0.0,), "not stationary", [1], "a jump on a slope"),
    (lambda x: sign(x) + 1e-3 * abs(x), (0.0,), "inconclusive", [math.nan], "a jump and a corner"),
    (
        lambda x, y: abs(x) - y**2,
        (0.0, 0.0),
        "saddle",
        [math.nan, math.nan],
        "a corner up, a parabola down",
    ),
    (
        lambda x, y: abs(x) + y**2,
        (0.0, 0.0),
        "inconclusive",
        [math.nan, math.nan],
        "the axes prove no minimum",
    ),
)
def test_classify_stationary_point(f, point, kind, eigenvalues, source):
    found = classify_stationary_point(f, *point)
    assert found.kind == kind
    assert found.eigenvalues == near(eigenvalues)
    if math.isnan(eigenvalues[0]):  # at a corner there is no Hessian
        with pytest.raises(TieError):
            hessian(f)(*point)
        assert np.isnan(found.hessian).all()
    else:
        assert found.hessian == near(np.reshape(hessian(f)(*point), (len(point), len(point))))
    assert found.gradient.shape == (len(point),)
    if len(point) > 1:
        array = classify_stationary_point(lambda v: f(*v), np.array(point))
        assert array.kind == kind and array.eigenvalues == near(eigenvalues)


def test_the_tolerances_of_classify_are_relative():
    def f(x, y):
        return x**2 + 1e-6 * y**2 + 1e-4 * x

    assert classify_stationary_point(f, 0.0, 0.0).kind == "not stationary"
    assert classify_stationary_point(f, 0.0, 0.0, gradient_tolerance=1e-3).kind == "minimum"
    loose = classify_stationary_point(f, 0.0, 0.0, gradient_tolerance=1e-3, tolerance=1e-5)
    assert loose.kind == "inconclusive"


# ---- Newton's method for roots -------------------------------------------------------------------


@table(
    ("f", "x0", "iterates", "source"),
    (
        lambda x: x**2 - 2,
        1.0,
        [
            1,
            1.5,
            1.4166666666666667,
            1.4142156862745099,
            1.4142135623746899,
            1.4142135623730951,
        ],
        "000 §3.3, l. 596: √2",
    ),
    (
        lambda x: exp(x) - 1 / x,
        0.05,
        [
            0.05,
            0.09724764704478504,
            0.1831766667839309,
            0.32051968955024274,
            0.47729765238609506,
            0.5578497670878261,
            0.567059890228799,
            0.5671432838411802,
            0.5671432904097838,
        ],
        "000 §3.3, l. 612; 003, l. 948-958: omega",
    ),
    (
        lambda x: exp(x) - 1 / x,
        2.0,
        [
            2,
            1.098179669096158,
            0.5526822326177031,
            0.5669388602197535,
            0.5671432509315752,
            0.5671432904097824,
            0.5671432904097838,
        ],
        "000 §3.3, l. 596: omega from 2",
    ),
    (lambda x: 3 * x - 6, 10.0, [10, 2], "a line: one step"),
    (lambda x: x**2 - 4, 2.0, [2], "at a root already"),
    (lambda x: -sin(x), 0.5, [0.5, -0.04630248984379051, 3.31180213263868e-05], "(cos x)′ = 0"),
    (lambda x: 1e-12 * (x**2 - 2), 1.0, [1, 1.5], "small figures"),
    (lambda x: 1e12 * (x**2 - 2), 1.0, [1, 1.5], "large figures"),
    (lambda x: x**2 - 1e20, 1e10 + 1, [1e10 + 1, 1e10], "far out"),
    (lambda x: (x - 1) ** 2, 3.0, [3, 2, 1.5], "a double root"),
    (lambda x: x**2 - 2 * x + 1, 3.0, [3, 2, 1.5], "a double root, rounded"),
    (lambda x: (x - 1) * (x - 1.00001), 3.0, [3], "two roots side by side"),
    (al.relu, 1.0, [1, 0], "where f is 0, and its slope"),
    (tan, 3.0, [3], "tan at π"),
)
def test_newton_root_converges(f, x0, iterates, source):
    r = newton_root(f, x0)
    assert r.success and r.reason == "converged"
    assert list(r.iterates[: len(iterates)]) == pytest.approx(iterates, rel=1e-12)
    assert r.root == r.iterates[-1]
    assert len(r.iterates) == len(r.values)
    assert list(r.values) == [float(f(Value(x))) for x in r.iterates]


@table(
    ("f", "x0", "reason", "iterates", "source"),
    (lambda x: x**2 - 2, 0.0, "zero derivative", [0], "000 §3.3, l. 596: f′ = 0"),
    (lambda x: 7.0, 1.0, "zero derivative", [1], "a constant"),
    (lambda x: x**2 + 1, 1.0, "zero derivative", [1, 0], "no root: to the minimum"),
    (lambda x: x**3 - 2 * x + 2, 0.0, "cycle", [0, 1, 0], "000 §3.3, l. 596: a 2-cycle"),
    (
        lambda x: sign(x) * abs(x) ** (1 / 3),
        0.1,
        "diverged",
        [0.1, -0.2, 0.4, -0.8],
        "000 §3.3, l. 596: x ← −2x",
    ),
    (lambda x: x * math.nan, 1.0, "diverged", [1], "NaN"),
    (log, 3.0, "domain error", [3, -0.295836866004329], "log leaves its domain"),
    (log, -1.0, "domain error", [-1], "log, from outside"),
    (
        lambda x: sqrt(x - 1) * sqrt(x - 1) + sqrt(x - 1),
        2.0,
        "domain error",
        [2, 2 - 2 / 1.5],
        "√ leaves its domain",
    ),
    (exp, 0.0, "step limit", [0, -1, -2, -3], "e^x has no zero"),
    (lambda x: 1 - al.tanh(x) ** 2, 1.65, "diverged", [1.65], "0 by rounding only"),
    (lambda x: exp(-(x**2)), 27.0, "diverged", [27], "0 by underflow only"),
    (tan, math.pi / 2, "no root", [math.pi / 2], "f changes its sign at a pole"),
    (lambda x: 1 / x, 1.0, "step limit", [1, 2, 4], "1/x has no zero"),
    (sign, 0.5, "zero derivative", [0.5], "f jumps across 0"),
)
def test_newton_root_fails_with_a_reason(f, x0, reason, iterates, source):
    r = newton_root(f, x0)
    assert (r.reason, r.success) == (reason, False)
    assert list(r.iterates[: len(iterates)]) == pytest.approx(iterates, rel=1e-12)
    assert r.root == r.iterates[-1]
    assert len(r.iterates) == len(r.values)
    assert str(r) == f"{reason} after {len(r.iterates) - 1} steps: {r.message}"


def test_newton_root_does_not_take_an_infinite_step_for_the_last():
    r = newton_root(lambda x: x**3 + 1, 1e-160)  # f / f′ is beyond all floats, f is 1
    assert not r.success


def test_newton_root_does_not_raise_at_the_edge_of_a_domain():
    r = newton_root(al.acosh, 1 + 1e-15)  # the step is small enough, but ends below 1
    assert r.reason in ("converged", "domain error")
    assert r.iterates[0] == 1 + 1e-15 and len(r.iterates) == len(r.values)


def test_newton_root_within_a_step_limit_and_a_tolerance():
    r = newton_root(lambda x: x**2 - 2, 1.0, max_steps=3)
    assert r.reason == "step limit" and len(r.iterates) == len(r.values) == 4
    assert r.root == near(1.4142156862745099)
    r = newton_root(lambda x: x**2 - 2, 1.0, tolerance=1e-5)
    assert r.reason == "converged" and len(r.iterates) == len(r.values) == 5


def test_newton_s_method_for_a_minimum_is_newton_on_the_derivative():
    r = newton_root(derivative(lambda x: exp(x) - log(x)), 0.05)
    assert r.success and r.root == near(0.5671432904097838)


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


@pytest.mark.parametrize(
    ("kink", "a", "k"),  # smaller than the spacing of the steps; each was "differentiable"
    [
        (lambda h: max(h, 0.0), 1e12, 0.00164),
        (lambda h: max(h, 0.0), -1e10, 0.00062),
        (abs, 1e11, 0.00088),
        (abs, 1e10, 0.0003),
    ],
)
def test_a_small_kink_far_out_is_not_called_differentiable(kink, a, k):
    assert not classify_point(lambda x: k * kink(float(x) - a) + (float(x) - a) ** 2, a)
    smooth = classify_point(lambda x: (float(x) - a) ** 2, a)  # values cannot tell from 1e11 on
    assert smooth.kind == ("cannot tell" if abs(a) >= 1e11 else "differentiable")


@pytest.mark.parametrize(
    ("a", "k", "c", "side"),  # each was c
    [
        (-1e12, 3.86, 3.9, "right"),
        (-1e12, 4.7, 1e-8, "both"),
        (-1e10, 2.17, 1e-8, "left"),
        (1e11, 3.9, 1e-8, "left"),
    ],
)
def test_what_swings_next_to_a_point_far_out_has_no_limit(a, k, c, side):
    with pytest.raises(LimitError, match="does not settle"):
        limit(lambda x: c + sin(k / (x - a)), a, side=side)
    assert limit(lambda x: c + (x - a) * 1e-9, a, side=side) == pytest.approx(c, abs=1e-6)


def test_a_small_step_far_out_is_not_called_differentiable():
    def f(x):
        return -0.00031 * step(x + 1e12) - 2 * (x + 1e12)

    assert classify_point(f, -1e12).kind == "cannot tell"

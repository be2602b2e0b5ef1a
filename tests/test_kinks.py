"""classify_point: a table of named points, smooth functions without false alarm, families."""

import cmath
import math

import numpy as np
import pytest

import autograd_lite as al
from autograd_lite import DomainError, Value, classify_point, derivative, is_differentiable
from tests.bench.kinks import FAMILIES, STEEP, at_zero, kinds_found, odd, power
from tests.bench.points import counted

INF, PI = math.inf, math.pi


def stairs(x):
    return 2.0 if x < -1 else x + 1


def hole(x):
    return Value(5.0) if x.data == 0 else x


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
    "2, then x + 1": (stairs, -1, "jump", -INF, 1),
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
    for counter in counted(group, 60, seed=7).values():
        assert counter["wrong"] == 0 and counter["right"] >= 54


def test_nearly_no_wrong_claim_where_floats_are_far_apart():
    for counter in counted("huge", 100, seed=7).values():
        assert counter["wrong"] == 0 and counter["right"] >= 88

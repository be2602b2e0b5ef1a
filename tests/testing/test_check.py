"""Verdicts, as tables: right, wrong, below rounding, at kinks, saturated."""

import math
import re

import numpy as np
import pytest

from autograd_lite import Value, exp, floor, maximum, relu, sqrt
from autograd_lite import abs as absolute
from autograd_lite.testing import check_grad, grad_points
from tests.testing.rows import (
    AXY,
    DATA,
    KINK,
    RIGHT,
    UNKNOWN,
    UNTESTED,
    WRONG,
    WX,
    W,
    bilinear,
    branching,
    by_numbers,
    gated,
    holds,
    log_loss,
    logit_loss,
    mean_squares,
    neuron,
    row,
    table,
)


def by_loops(w, X, y):
    g = np.zeros(len(w))
    for i, j in np.ndindex(X.shape):
        g[j] += 2 * X[i, j] * (X[i] @ w - y[i]) / len(y)
    return g


# ---- right, in many forms ------------------------------------------------------------------------

RIGHT_ROWS = (
    row("text with names of results", neuron, {"w": "a * (1 - a) * x", "b": "a - a**2"}),
    row("a function of the arguments", neuron, lambda w, b, x: x / (2 + 2 * math.cosh(w * x + b)),
        wrt="w"),
    row("a function of names of results", neuron, lambda a, x: a * (1 - a) * x, wrt="w"),
    row("a dict from a function", neuron, lambda w, b, x: {"b": 0.5 / (1 + math.cosh(w * x + b))}),
    row("a tuple in the order of wrt", lambda u, v: u * v * v, lambda u, v: (v * v, 2 * u * v),
        wrt=["u", "v"]),
    row("an array in the order of wrt", lambda u, v: u * v, lambda u, v: np.array([v, u]),
        wrt=["u", "v"]),
    row("one argument needs no wrt", lambda t: t**3, lambda t: 3 * t * t),
    row("a mixed dict", neuron, {"w": "a*(1-a)*x", "x": lambda w, a: w * a * (1 - a)}),
    row("a NumPy array", lambda x: (x * x).sum(), lambda x: 2 * x, shapes={"x": (4,)}),
    row("shape of at", lambda x: x @ x, lambda x: 2 * x, at={"x": np.array([0.3, -1.2])}),
    row("matrix form", mean_squares, lambda w, X, y: 2 / len(y) * X.T @ (X @ w - y), wrt="w",
        shapes=DATA),
    row("the same by loops", mean_squares, by_loops, wrt="w", shapes=DATA),
    row("outer product", bilinear, {"A": lambda A, x, y: np.outer(y, x)}, shapes=AXY),
    row("log loss, short", log_loss, {"w": "(yhat - y) * x", "b": "yhat - y"},
        domain={"y": {0, 1}}),
    row("log loss, every factor", log_loss,
        {"w": "(-y / yhat + (1 - y) / (1 - yhat)) * yhat * (1 - yhat) * x"}, domain={"y": "unit"}),
    row("numpy.float64 and int", lambda t, n: t**n, lambda t, n: np.float64(n * t ** (n - 1)),
        wrt="t", domain={"t": "positive", "n": {2, 3}}),
    row("both branches", branching, lambda w, x: (2 * w * x if w * x > 0 else 3) * x, wrt="w"),
    row("both sides of a relu", gated, lambda w, x: x * (w * x > 0), wrt="w"),
    row("text with a condition on both sides", gated, "x if w * x > 0 else 0", wrt="w"),
    row("a default that df takes too", lambda w, k=3.0: k * w, lambda w, k=3.0: k),
    row("zero, and w not in f", lambda w, x: x * x, {"w": 0}, at=WX),
    row("zero: a step is flat", lambda w, x: floor(w) * x, {"w": lambda w, x: 0.0}),
    row("labels name results", lambda u, v: labelled(u * v, "p") ** 2, {"u": "2 * p * v"}),
    row("a bound on the relative error", lambda t: exp(t), lambda t: 1.001 * math.exp(t), rel=0.01),
    row("a bound on the absolute error", lambda t: exp(t), lambda t: math.exp(t) + 1e-3, abs=0.01),
    row("returns (number, cache)", lambda w, x: (w * x, (w, x)), lambda cache: {"w": cache[1]}),
)  # fmt: skip


def labelled(v, name):
    """V with a label, where it can bear one."""
    if isinstance(v, Value):
        v.label = name
    return v


@table(*RIGHT_ROWS)
def test_right_in_many_forms(row):
    holds(row)


# ---- wrong ---------------------------------------------------------------------------------------

TINY = tuple(
    row(f"{name} at |g| = {g:g}", lambda w, x, g=g: g * w * x, lambda w, x, s=s, g=g: s * g * x,
        verdict, says, wrt="w")
    for g in (1e-6, 1e-12, 1e-20, 1e-200)
    for name, s, verdict, says in [
        ("right", 1, RIGHT, ""),
        ("wrong sign", -1, WRONG, "sign is flipped"),
        ("a millionth too large", 1.00001, WRONG, ""),
    ]
)  # fmt: skip

WRONG_ROWS = (
    row("one of two", neuron, {"w": "a * (1 - a)", "b": "a * (1 - a)"}, WRONG, "wrong: w right: b"),
    row("at a point that shows it", neuron, {"b": "a"}, WRONG, "checked at 1 point", at=W),
    row("at one of two points", gated, lambda w, x: x, WRONG, "2 points", wrt="w",
        at=[{"w": 0.4, "x": 1.7}, {"w": -0.4, "x": 1.7}]),
    row("off by three in the sixth digit", lambda t: t * t, lambda t: 2.000006 * t, WRONG),
    row("wrong on one branch", branching, lambda w, x: 2 * w * x * x, WRONG, wrt="w"),
    row("the gate of a relu forgotten", gated, lambda w, x: x, WRONG, "relu", wrt="w"),
    row("not finite", lambda t: t * t, lambda t: math.nan, WRONG, "not finite"),
    row("infinite", lambda t: t * t, lambda t: math.inf, WRONG, "not finite"),
    row("where the truth is 0", lambda w, x: x * x, {"w": "x"}, WRONG),
    row("0 where the truth is not", neuron, {"w": "0"}, WRONG),
    row("one element of a matrix", bilinear,
        {"A": lambda A, x, y: np.outer(y, x) + 1e-3 * (np.arange(6) == 4).reshape(2, 3)}, WRONG,
        r"A\[1, 1\]", shapes=AXY),
)  # fmt: skip


@table(*TINY, *WRONG_ROWS)
def test_wrong_however_small(row):
    holds(row)


# ---- below rounding: never right, never wrong ----------------------------------------------------


def cancelling(w, x):
    return x * w + 1e-14 * w - x * w


BELOW = (
    row("it cancels, right", cancelling, {"w": lambda w, x: 1e-14}, UNKNOWN,
        "rounding"),
    row("it cancels, −", cancelling, {"w": lambda w, x: -1e-14}, UNKNOWN, "rounding"),
    row("it cancels, 0", cancelling, {"w": lambda w, x: 0.0}, UNKNOWN, "rounding"),
    row("x − x", lambda w, x: x * w - x * w, {"w": lambda w, x: 0.0}, UNKNOWN, "rounding"),
    row("smaller than abs", neuron, {"w": "a * (1 - a) * x"}, UNKNOWN, "rounding", abs=10.0),
)  # fmt: skip


@table(*BELOW)
def test_below_rounding_is_inconclusive(row):
    holds(row)


def first_cancels(x, y):
    return (x[0] * y[0] - y[0] * x[0]) + (x[1:] * x[1:] * y[1:]).sum()


def d_first_cancels(factor, first=0.0):
    return {"x": lambda x, y: np.concatenate([[first], factor * x[1:] * y[1:]])}


CANCELS = (  # one element is 0, the others show whether the formula is right
    row("others right", first_cancels, d_first_cancels(2), RIGHT, "x.0. is 0: its paths cancel",
        shapes={"x": (3,), "y": (3,)}),
    row("others wrong", first_cancels, d_first_cancels(3), WRONG, shapes={"x": (3,), "y": (3,)}),
    row("not 0", first_cancels, d_first_cancels(2, 1e-9), WRONG, shapes={"x": (3,), "y": (3,)}),
)  # fmt: skip


@table(*CANCELS)
def test_an_element_whose_paths_cancel(row):
    holds(row)


# ---- kinks ---------------------------------------------------------------------------------------

AT0 = {"w": 0.0, "x": 1.3}  # w · x has the slope 1.3


def kink(what, f, slope, ok, says="corner", at=AT0):
    """A number for the gradient towards the first argument, at a point."""
    first = next(iter(at))
    return row(what, f, {first: slope}, KINK if ok else WRONG, says, at=at)


def hinge(w, x):
    if w > 0:
        return w * x
    return 3 * w * x


def broken_line(w, x):
    if w > 0:
        return w * x
    return 1 + w * x


def cube_root(t):
    if t < 0:
        return -((-t) ** (1 / 3))
    return t ** (1 / 3)


def larger(u, v):
    return maximum(u, v)


TIE = {"u": 0.7, "v": 0.7}
KINK_ROWS = (
    kink("|w|, the left slope", lambda w, x: absolute(w * x), -1.3, True),
    kink("|w|, between", lambda w, x: absolute(w * x), 0.4, True),
    kink("|w|, the right slope", lambda w, x: absolute(w * x), 1.3, True),
    kink("|w|, outside", lambda w, x: absolute(w * x), 1.4, False, "outside"),
    kink("relu, 0", gated, 0.0, True),
    kink("relu, its slope", gated, 1.3, True, "slope 0 from the left, 1.3 from the right"),
    kink("relu, wrong sign", gated, -1.3, False, "outside"),
    kink("python if, left", hinge, 3.9, True),
    kink("python if, right", hinge, 1.3, True),
    kink("python if, outside", hinge, 0.0, False, "outside"),
    kink("max of a tie, one", larger, 1.0, True, "corner", TIE),
    kink("max of a tie, half each", larger, 0.5, True, "corner", TIE),
    kink("max of a tie, outside", larger, 2.0, False, "outside", TIE),
    kink("jump, the slope of one side", broken_line, 1.3, True, "jump"),
    kink("jump, outside", broken_line, 2.0, False, "jump"),
    kink("floor", lambda t: floor(t), 0.0, True, "jump", {"t": 2.0}),
    kink("cusp", lambda t: sqrt(absolute(t)), 0.0, True, "cusp", {"t": 0.0}),
    kink("vertical tangent", cube_root, math.inf, True, "vertical tangent", {"t": 0.0}),
    kink("vertical tangent, a finite slope", cube_root, 1.0, False, "vertical", {"t": 0.0}),
    kink("domain edge", lambda t: sqrt(t), math.inf, True, "domain edge", {"t": 0.0}),
)  # fmt: skip


@table(*KINK_ROWS)
def test_kinks(row):
    holds(row)


SMOOTH_AFTER_ALL = (
    row("x|x| at 0", lambda t: t * absolute(t), lambda t: 2 * abs(t), UNTESTED, at={"t": 0.0}),
    row("relu² at 0", lambda t: relu(t) ** 2, lambda t: 2 * max(t, 0.0), UNTESTED, at={"t": 0.0}),
    row("relu(x) − relu(−x) at 0", lambda t: relu(t) - relu(-t), lambda t: 1.0, UNTESTED,
        "f is smooth", at={"t": 0.0}),
    row("relu(x) − relu(−x) at 0, wrong", lambda t: relu(t) - relu(-t), lambda t: 0.0, WRONG,
        "f is smooth", at={"t": 0.0}),
    row("a kink that no point meets", lambda t: absolute(t - 0.123456789), "sign(t - 0.123456789)"),
)  # fmt: skip


@table(*SMOOTH_AFTER_ALL)
def test_no_kink(row):
    holds(row)


@pytest.mark.parametrize("seed", range(3))
def test_a_point_drawn_on_a_kink_accuses_nobody(seed):
    """A threshold may be one of the short decimals that are drawn."""
    at = [point["x"] for point in grad_points(lambda x: x * x, 8, seed=seed)]
    for c in at:
        below = check_grad(lambda x, c=c: np.minimum(x, c) ** 2, seed=seed,
                           df=lambda x, c=c: 2 * x if x < c else 0.0, wrt="x")  # fmt: skip
        assert below.verdict in (RIGHT, UNTESTED), str(below)
        beyond = check_grad(lambda x, c=c: np.minimum(x, c) ** 2, seed=seed,
                            df=lambda x, c=c: 2 * x if x < c else 7.0, wrt="x")  # fmt: skip
        assert beyond.verdict is WRONG


# ---- saturation: |z| = 40 ------------------------------------------------------------------------

SLOPE = {  # of sigmoid(z), times x: the same in other words
    "a (1 − a)": "a * (1 - a) * x",
    "a − a²": "(a - a**2) * x",
    "σ(z) σ(−z)": "sigmoid(z) * sigmoid(-z) * x",
    "exp(−z) / (1 + exp(−z))²": "exp(-z) / (1 + exp(-z))**2 * x",
    "exp(z) / (1 + exp(z))²": "exp(z) / (1 + exp(z))**2 * x",
    "1 / (2 + exp z + exp −z)": "x / (2 + exp(z) + exp(-z))",
    "(1 − tanh²(z/2)) / 4": "(1 - tanh(z / 2)**2) / 4 * x",
}
NOT_SLOPE = {
    "wrong sign": "-a * (1 - a) * x",
    "x forgotten": "a * (1 - a)",
    "twice": "2 * a * (1 - a) * x",
    "of tanh": "(1 - a**2) * x",
}
DELTA = {  # of softplus(z) − y z
    "σ(z) − y": "(sigmoid(z) - y) * x",
    "1 − σ(−z) − y": "(1 - sigmoid(-z) - y) * x",
    "1/(1 + exp(−z)) − y": "(1 / (1 + exp(-z)) - y) * x",
    "exp(z)/(1 + exp(z)) − y": "(exp(z) / (1 + exp(z)) - y) * x",
}
FAR = {"+40": {"w": 20.0, "b": 0.25, "x": 1.9875}, "−40": {"w": -20.0, "b": -0.25, "x": 1.9875}}
LOGIT = {"+40": {"w": 20.0, "x": 2.0}, "−40": {"w": -20.0, "x": 2.0}}
RIGHT_BY_ANY_NAME = (RIGHT, UNTESTED)


@pytest.mark.parametrize("z", FAR)
@pytest.mark.parametrize("form", SLOPE)
def test_saturated_and_right(form, z):
    report = check_grad(neuron, {"w": SLOPE[form]}, at=FAR[z])
    assert report.verdict in RIGHT_BY_ANY_NAME and report.ok, report


@pytest.mark.parametrize("z", FAR)
@pytest.mark.parametrize("form", NOT_SLOPE)
def test_saturated_and_wrong(form, z):
    report = check_grad(neuron, {"w": NOT_SLOPE[form]}, at=FAR[z])
    assert report.verdict is WRONG, report
    assert "right formula" not in str(report)


@pytest.mark.parametrize("z", LOGIT)
@pytest.mark.parametrize("form", DELTA)
def test_a_saturated_loss(form, z):
    at = {**LOGIT[z], "y": 0.3}
    assert check_grad(logit_loss, {"w": DELTA[form]}, at=at).ok
    wrong = check_grad(logit_loss, {"w": f"-({DELTA[form]})"}, at=at)
    assert wrong.verdict is WRONG and "sign is flipped" in wrong.headline


def test_what_loses_digits_is_right_and_says_where():
    report = check_grad(neuron, {"w": SLOPE["σ(z) σ(−z)"]}, at=FAR["+40"])
    assert report.verdict is RIGHT
    assert re.search(r"right formula, loses precision where \|z\| = 40", str(report))


# ---- what a more lenient check would let pass ----------------------------------------------------


def squares(at_fault):
    """Σ x², with one square that leaves the graph: the engine sees half of its slope."""

    def f(x):
        y = sum(each * each for k, each in enumerate(x) if k != at_fault)
        return y + x[at_fault] * float(x[at_fault])

    return f, lambda x: x * np.where(np.arange(len(x)) == at_fault, 1, 2)


def asked_of(size, at_fault):
    f, df = squares(at_fault)
    return by_numbers(f"number {at_fault} of {size} leaves the graph", f, {"x": df}, WRONG,
                      rf"wrong: x\[{at_fault}\] ", shapes={"x": (size,)})  # fmt: skip


def off_by(part, more=0.0):
    """A slope of which a part leaves the graph, beside large numbers."""
    return lambda w: w * w + part * float(w) ** 2 + more


OTHERS_RIGHT = {"w": lambda w, u: 2 * w, "u": lambda w, u: 2 * u}
ASKED_ROWS = (
    *(asked_of(5, k) for k in range(5)),
    *(asked_of(60, k) for k in (0, 23, 24, 30, 59)),
    by_numbers("the second of two points", lambda w: w * w if w > 0 else w * float(w),
               {"w": lambda w: 2 * w if w > 0 else w}, WRONG, at=[{"w": 0.5}, {"w": -0.5}]),
    by_numbers("a hundredth of a percent", off_by(1e-4), {"w": "2 * w"}, WRONG),
    by_numbers("beside a hundred million", off_by(1e-3, 1e8), {"w": "2 * w"}, WRONG,
               at={"w": 1.7}),
    by_numbers("beside paths that cancel", lambda w: 1e7 * w - 1e7 * w + off_by(1e-4)(w),
               {"w": "2 * w"}, WRONG),
    by_numbers("yours wrong in one, the engine in another", lambda w, u: w * w + u * float(u),
               {"w": "10 * w", "u": "2 * u"}, WRONG, "wrong: w right: u",
               at={"w": 0.4, "u": 1.7}),
    by_numbers("the engine wrong in one of two", lambda w, u: w * float(w) + u * u, OTHERS_RIGHT,
               says=r"takes float\(v\)"),
    by_numbers("cannot be traced, right", lambda w, x: float.fromhex(w.hex()) * x * x,
               {"w": "x * x", "x": "2 * w * x"}),
    by_numbers("cannot be traced, the second wrong", lambda w, x: float.fromhex(w.hex()) * x * x,
               {"w": "x * x", "x": "w * x"}, WRONG, "wrong: x right: w"),
    by_numbers("cannot be traced, a little wrong", lambda w, x: float.fromhex(w.hex()) * x * x,
               {"w": "1.001 * x * x", "x": "2 * w * x"}, WRONG, "wrong: w right: x"),
)  # fmt: skip


@table(*ASKED_ROWS)
def test_the_engine_is_asked_about_every_component(row):
    holds(row)


def steep(w, more=0.0):
    """W², with a rounding of 1e-8 inside; ``more`` drowns what f's own numbers say."""
    return ((w + 1e8) - 1e8) ** 2 + more


EXCUSE_ROWS = (
    row("f too large to tell, wrong", lambda w, x: 1e14 + w * x, {"w": "-x"}, WRONG, at=WX),
    row("f too large to tell, right", lambda w, x: 1e14 + w * x, {"w": "x"}, at=WX),
    row("rounding does that much", lambda w: steep(w, 1e12), {"w": lambda w: 2 * w},
        at={"w": 1.7}),
    row("rounding does less", lambda w: steep(w, 1e12), {"w": lambda w: 2.00004 * w}, WRONG,
        at={"w": 1.7}),
    row("f tells, though rounding might", lambda w: steep(w), {"w": lambda w: 2.00004 * w}, WRONG),
    row("paths that cancel do less", lambda w, x: 1e6 * w * x - 1e6 * w * x + w * x + 1e13,
        {"w": lambda w, x: 1.0001 * x}, WRONG, at=WX),
    row("saturated, and wrong there only", neuron, {"w": "a*(1-a)*x + (0.1 if w > 9 else 0)"},
        WRONG, at=FAR["+40"]),
    row("saturated, and a little wrong", neuron, {"w": "a*(1-a)*x + (1e-10 if w > 9 else 0)"},
        WRONG, at=FAR["+40"]),
    row("saturated, and a trillionth wrong", neuron,
        {"w": "a*(1-a)*x + (1e-12 if w > 9 else 0)"}, WRONG, at=FAR["+40"]),
    row("wrong at large numbers only", lambda w: w * w,
        {"w": lambda w: 2 * w if abs(w) < 3 else 3 * w}, WRONG),
    row("printed, half a unit off", lambda w, x: w * x, {"w": "1.70"},
        at={"w": 0.4, "x": 1.7049}),
    row("printed, more than half a unit off", lambda w, x: w * x, {"w": "1.70"}, WRONG,
        at={"w": 0.4, "x": 1.7051}),
    row("digits=3, more than half a unit off", lambda w, x: w * x, {"w": 1.70}, WRONG,
        at={"w": 0.4, "x": 1.7051}, digits=3),
    kink("|w|, a ten-thousandth outside", lambda w, x: absolute(w * x), 1.30013, False, "outside"),
    kink("|w|, a billionth outside", lambda w, x: absolute(w * x), 1.3 + 1e-9, True),
)  # fmt: skip


@table(*EXCUSE_ROWS)
def test_no_excuse_reaches_far(row):
    holds(row)


@pytest.mark.parametrize(
    ("factor", "verdict"),
    [(0.5, RIGHT), (1.0, RIGHT), (1.0001, WRONG), (9.0, WRONG), (-0.1, WRONG)],
)
def test_a_point_drawn_on_a_kink_pardons_what_is_between_the_slopes(factor, verdict):
    """Min(x, c)² has the slopes 2c and 0 at c; everywhere else yours is right."""
    c = grad_points(lambda x: x * x, 8, seed=0)[3]["x"]

    def df(x):
        return factor * 2 * c if x == c else 2 * x if x < c else 0.0

    report = check_grad(lambda x: np.minimum(x, c) ** 2, df, wrt="x", seed=0)
    assert report.verdict in ((RIGHT, UNTESTED) if verdict is RIGHT else (WRONG,)), str(report)


AT_C = grad_points(lambda x: x * x, 8, seed=0)[3]["x"]  # one of the points that are drawn
DRAWN_KINKS = (  # f, its slope, what is said of the slope at C, and whether that is right
    row("smooth after all", lambda x: relu(x - AT_C) - relu(AT_C - x), (1.0, 1.0), RIGHT),
    row("smooth after all, wrong", lambda x: relu(x - AT_C) - relu(AT_C - x), (1.0, 3.0), WRONG),
    row("vertical tangent", lambda x: cube_root(x - AT_C), ("root", math.inf), RIGHT),
    row("vertical tangent, finite", lambda x: cube_root(x - AT_C), ("root", 1.0), WRONG),
    row("jump", lambda x: 2 * floor(x - AT_C) + x, (1.0, 1.0), RIGHT),
    row("corner", lambda x: absolute(x - AT_C), ("sign", 0.7), RIGHT),
    row("corner, outside", lambda x: absolute(x - AT_C), ("sign", 1.7), WRONG),
)


@table(*DRAWN_KINKS)
def test_every_kind_of_kink_may_be_drawn(row):
    slope, at_c = row.df
    slopes = {"root": lambda x: abs(x) ** (-2 / 3) / 3, "sign": lambda x: math.copysign(1.0, x)}
    report = check_grad(
        row.f,
        lambda x: at_c if x == AT_C else slopes.get(slope, lambda x: slope)(x - AT_C),
        wrt="x",
        seed=0,
    )
    assert report.verdict in ((RIGHT, UNTESTED) if row.verdict is RIGHT else (WRONG,)), str(report)


def test_every_number_that_rounding_would_excuse_is_looked_at():
    """The paths of 75 turns excuse anything; f's own numbers are asked of every component."""

    def f(w):
        x = w * 0.0
        for _ in range(75):
            x = x - 0.5 * (x - w)
        return x.sum()

    options = {"wrt": "w", "shapes": {"w": (6,)}, "seed": 0, "points": 4}
    assert check_grad(f, lambda w: np.ones(6), **options).ok
    report = check_grad(f, lambda w: np.full(6, 1.05), **options)
    assert report.verdict is WRONG and report.wrong == ("w",), str(report)

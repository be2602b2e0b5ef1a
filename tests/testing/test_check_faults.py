"""Verdicts, as tables: where the test is at fault, or sees too little."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from autograd_lite import Value, exp, floor, functions, log, maximum, sign, sin
from autograd_lite.testing import check_grad
from tests.testing.rows import (
    BROKEN,
    KINK,
    RIGHT,
    UNKNOWN,
    UNSTEADY,
    UNTESTED,
    WRONG,
    WX,
    W,
    branching,
    by_numbers,
    gated,
    holds,
    log_loss,
    row,
    table,
    two_units,
)

# ---- the trace is broken -------------------------------------------------------------------------


def by_float(w, x):
    return x * w * float(w)


def by_math(w, x):
    return w * math.exp(w * x)


def by_data(w, x):
    return x * w * (w.data if isinstance(w, Value) else w)


def by_numpy(w, x):
    return x * w * np.float64(w)


def by_floats_alone(w, x):
    return x * float(w) ** 2


def by_copy(x):
    return (np.array([float(v) for v in x]) ** 2).sum()


SQUARE = {"right": lambda w, x: 2 * w * x, "what the graph says": lambda w, x: w * x,
          "wrong both ways": lambda w, x: 5 * w * x}  # fmt: skip
SQUARES = tuple(
    by_numbers(f"{f.__name__}, {name}", f, {"w": df}, RIGHT if name == "right" else WRONG, says)
    for f, says in [
        (by_float, r"takes float\(v\)"),
        (by_data, "takes v.data"),
        (by_numpy, "no part of the graph"),
        (by_floats_alone, "no part of the graph"),
    ]
    for name, df in SQUARE.items()
)
BROKEN_ROWS = (
    by_numbers("math.exp, right", by_math, {"w": lambda w, x: (1 + w * x) * math.exp(w * x)},
               says=r"for math.exp \(write autograd_lite.exp\)"),
    by_numbers("math.exp, as the graph", by_math, {"w": lambda w, x: math.exp(w * x)}, WRONG),
    by_numbers("an array of floats, right", by_copy, lambda x: 2 * x, says="float",
               shapes={"x": (3,)}),
    by_numbers("an array of floats, wrong", by_copy, lambda x: x, WRONG, "float",
               shapes={"x": (3,)}),
    by_numbers("not for Values, right", lambda w, x: fsum([w * x, w]), {"w": "x + 1"},
               says="floats only"),
    by_numbers("not for Values, wrong", lambda w, x: fsum([w * x, w]), {"w": "x"}, WRONG),
)  # fmt: skip


def log_of_product(u, v):
    return math.log(u * v)


def fsum(numbers):
    if any(isinstance(x, Value) for x in numbers):
        raise TypeError("floats only")
    return math.fsum(numbers)


@table(*SQUARES, *BROKEN_ROWS)
def test_a_broken_trace_is_not_the_students_fault(row):
    holds(row)


@table(*SQUARES, *BROKEN_ROWS)
def test_strict_wants_the_whole_graph(row):
    holds(replace(row, verdict=BROKEN, ok=False), strict=True)


@pytest.fixture
def wrong_cube(ops_as_before):
    """An operation of one's own, with a wrong rule."""
    return functions.define("test_wrong_cube", "a * a * a", da="2 * a * a")


@pytest.mark.parametrize("df", ["3 * t * t", "2 * t * t", "-t"])
def test_a_wrong_rule_of_ones_own(wrong_cube, df):
    verdict = BROKEN if df != "-t" else UNKNOWN
    holds(row("a wrong rule", lambda t: wrong_cube(t), {"t": df}, verdict, "numeric"))


# ---- numbers only --------------------------------------------------------------------------------


FLOATS = np.zeros(2), np.zeros((2, 3)), np.zeros(3), np.zeros(14)  # made outside f: of floats only


def stored(w, b):
    a = FLOATS[0].copy()
    a[0] = w * w
    a[1] = b
    return a[0] * 2 + b * b


def stored_by_slice(x):
    a = FLOATS[1].copy()
    a[1, :] = x * x
    a[0, :] = 1.0
    return (a[1] * a[0]).sum()


def added(x):
    a = FLOATS[2].copy()
    a += x * x
    return a.sum()


def made_inside(w, b):
    a = np.zeros(2)
    a[0] = w * w
    a[1] = b
    return a[0] * 2 + b * b


def of_objects(w, b):
    a = np.zeros(2, dtype=object)
    a[0] = w * w
    a[1] = b
    return a[0] * 2 + b * b


def fourteen(x):
    a = FLOATS[3].copy()
    for i in range(14):
        a[i] = x[i] ** 2
    return a.sum()


def inverse(M):
    return np.linalg.inv(M)[0, 1]


def d_inverse(M):
    inv = np.linalg.inv(M)
    return -np.outer(inv[0], inv[:, 1])


def log_sum(a, b):
    z = np.logaddexp(a, b)
    return z * z


def power_of_spectrum(x):
    return (np.abs(np.fft.fft(x)) ** 2).sum()


def kinked(x):
    return np.interp(x, [-9.0, 1.0, 9.0], [-9.0, 1.0, 25.0])


def in_single(x):
    return float(np.sin(np.float32(x)))


def many(x):
    return float(np.sum(np.linalg.norm(np.linalg.inv(np.eye(12) * 9 + x))))


def d_many(x):
    inv = np.linalg.inv(np.eye(12) * 9 + x)
    return -inv.T @ inv @ inv.T / np.linalg.norm(inv)


def off_in(index, df, factor=-1.0):
    """A gradient with one number wrong."""

    def changed(x):
        g = np.array(df(x))
        g[index] *= factor
        return g

    return changed


X14 = {"shapes": {"x": (14,)}}
NUMBERS_ONLY = (
    by_numbers("stored in an array of floats", stored, {"w": "4 * w", "b": "2 * b"},
               says="stores a Value in an array of floats.* make it with dtype=object"),
    by_numbers("and the other parameter wrong", stored, {"w": "4 * w", "b": "b"}, WRONG,
               "wrong: b right: w .*stores a Value"),
    by_numbers("and both wrong", stored, {"w": "w", "b": "b"}, WRONG, "dstored/dw, b is WRONG"),
    by_numbers("stored by slices", stored_by_slice, lambda x: 2 * x, says="array of floats",
               shapes={"x": (3,)}),
    by_numbers("added in place", added, lambda x: 2 * x, says="adds Values to an array of floats",
               shapes={"x": (3,)}),
    row("stored in an array that f makes", made_inside, {"w": "4 * w", "b": "2 * b"}),
    row("and wrong", made_inside, {"w": "4 * w", "b": "b"}, WRONG, "factor 2 is missing"),
    row("stored in an array of objects", of_objects, {"w": "4 * w", "b": "2 * b"}),
    *(by_numbers(f"number {k} of fourteen has the wrong sign", fourteen,
                 off_in(k, lambda x: 2 * x), WRONG, rf"dfourteen/dx\[{k}\] is WRONG", **X14)
      for k in (0, 11, 12, 13)),
    by_numbers("all of fourteen right", fourteen, lambda x: 2 * x, **X14),
    by_numbers("144 numbers, right", many, d_many, shapes={"x": (12, 12)}),
    *(by_numbers(f"144 numbers, {index} wrong by {factor}", many, off_in(index, d_many, factor),
                 WRONG, r"dmany/dx\[{}, {}\] is WRONG".format(*index), shapes={"x": (12, 12)})
      for index, factor in [((0, 0), -1.0), ((11, 3), 1.01), ((5, 6), 0.0)]),
    by_numbers("linalg.inv", inverse, d_inverse, says=r"\(write autograd_lite.linalg.inv",
               shapes={"M": (2, 2)}),
    by_numbers("linalg.inv, transposed", inverse, lambda M: d_inverse(M).T, WRONG,
               shapes={"M": (2, 2)}),
    by_numbers("linalg.solve", lambda A, b: np.linalg.solve(A, b).sum(),
               {"b": lambda A, b: np.linalg.solve(A.T, np.ones(2))},
               says=r"\(write autograd_lite.linalg.solve", shapes={"A": (2, 2), "b": (2,)}),
    by_numbers("linalg.det", lambda A: np.linalg.det(A),
               lambda A: np.linalg.det(A) * np.linalg.inv(A).T,
               says=r"\(write autograd_lite.linalg.det", shapes={"A": (3, 3)}),
    by_numbers("eigenvalues", lambda A: np.linalg.eigvalsh(A + A.T)[0],
               lambda A: 2 * np.outer(*2 * [np.linalg.eigh(A + A.T)[1][:, 0]]),
               says="np.linalg.eigvalsh", shapes={"A": (3, 3)}),
    by_numbers("names of results", log_sum, {"a": "2 * z * sigmoid(a - b)"},
               says=r"np.logaddexp \(write autograd_lite.logaddexp"),
    by_numbers("names of results, wrong", log_sum, {"a": "2 * z * sigmoid(b - a)"}, WRONG),
    by_numbers("fft", power_of_spectrum, lambda x: 2 * len(x) * x, says="np.fft.fft",
               shapes={"x": (5,)}),
    by_numbers("fft, the length forgotten", power_of_spectrum, lambda x: 2 * x, WRONG,
               "0.2 times", shapes={"x": (5,)}),
    by_numbers("math.erf", lambda x: math.erf(x), "2 / sqrt(pi) * exp(-x * x)",
               says=r"math.erf \(write autograd_lite.erf", wrt="x"),
    by_numbers("a shape is told", many, lambda x: d_many(x)[0], WRONG, r"has the shape \(12,\)",
               shapes={"x": (12, 12)}),
    by_numbers("at a kink", kinked, lambda x: 1.0 if x < 1 else 3.0, KINK,
               "slope 1 from the left, 3", at=1.0),
    by_numbers("at a kink, outside", kinked, lambda x: 3.5 if x == 1 else 1.0 if x < 1 else 3.0,
               WRONG, "outside", at=1.0),
    by_numbers("at a kink, wrong next to it", kinked, lambda x: 1.0, WRONG, at=1.0),
    by_numbers("single precision", in_single, "cos(x)", says="vouch for .e-0[345] of a number",
               wrt="x"),
    by_numbers("single precision, 1 % off", in_single, "1.01 * cos(x)", WRONG, wrt="x"),
    by_numbers("rounded to a few digits", lambda x: round(math.sin(x), 5), "cos(x)", UNKNOWN,
               "too coarse", wrt="x"),
    by_numbers("rounded to a few digits, wrong", lambda x: round(math.sin(x), 9), "-cos(x)",
               WRONG, wrt="x"),
    row("outside the domain of math.log", lambda t: math.log(t) + math.exp(t),
               "1 / t + exp(t)", UNKNOWN, "cannot be computed", wrt="t",
               at=[{"t": 2.0}, {"t": -1.0}]),
    by_numbers("f needs Values, and a number is read", lambda t: t.exp() * float(t) + abs(t - 1),
               {"t": lambda t: math.exp(t) * (1 + t) + (1.0 if t > 1 else -1.0)}, KINK,
               at={"t": 1.0}),
    by_numbers("equal numbers hide a swap", log_of_product, {"u": "v / (u * v)"}, UNTESTED,
               "u = v at all points", at={"u": 0.7, "v": 0.7}),
    row("a number read for a condition only", lambda w: w * w if float(w) > 0 else -w * w,
        {"w": lambda w: 2 * abs(w)}),
)  # fmt: skip


@table(*NUMBERS_ONLY)
def test_numbers_alone_judge_all_of_a_gradient(row):
    holds(row)


# ---- not deterministic, inconclusive -------------------------------------------------------------


def counting(g):
    """G, and one more with every call."""
    counter = itertools.count()
    return lambda w: g(w) + next(counter)


UNSTEADY_ROWS = (
    row("f", counting(lambda w: w * w), {"w": "2 * w"}, UNSTEADY, "f gave .* then"),
    row("f, and df is wrong", counting(lambda w: w * w), {"w": "w"}, UNSTEADY, "f gave"),
    row("df", lambda w: w * w, {"w": counting(lambda w: 2 * w)}, UNSTEADY, "df gave two"),
)  # fmt: skip
UNKNOWN_ROWS = (
    row("outside the domain", lambda t: log(t), "1 / t", UNKNOWN, "log needs a > 0", wrt="t",
        at={"t": -1.0}),
    row("division by 0", lambda t: 1 / t, {"t": "-1 / t**2"}, UNKNOWN, "b ≠ 0", at={"t": 0.0}),
    row("defined nowhere", lambda t: log(t) + log(-t), {"t": "0 * t"}, UNKNOWN, "give domain="),
    row("defined where points are not drawn", lambda t: log(t - 7), {"t": "1 / (t - 7)"}, UNKNOWN,
        "give domain="),
    row("always NaN", lambda t: t * math.nan, {"t": "t"}, UNKNOWN, "cannot be computed"),
)  # fmt: skip


@table(*UNSTEADY_ROWS, *UNKNOWN_ROWS)
def test_the_test_is_at_fault(row):
    holds(row)


DOMAIN_ROWS = (
    row("positive is found out", lambda t: log(t), {"t": "1 / t"}),
    row("(0, 1) is found out", lambda p: log(p) + log(1 - p), {"p": "1 / p - 1 / (1 - p)"}),
    row("an interval", lambda t: log(t - 7), {"t": "1 / (t - 7)"}, domain={"t": (7, 9)}),
    row("negative", lambda t: log(-t), {"t": "1 / t"}, domain={"t": "negative"}),
    row("a set", lambda w, n: w**n, {"w": "n * w**(n - 1)"}, domain={"n": {2, 3}}),
)  # fmt: skip


@table(*DOMAIN_ROWS)
def test_domains(row):
    holds(row)


# ---- right, but untested -------------------------------------------------------------------------

LOSS = {"w": "(yhat - y) * x", "b": "yhat - y"}


TWO = {"w11": "-(y - yhat) * w1 * (1 - a1**2) * x", "w1": "-(y - yhat) * a1"}
ZERO_INIT = {"w11": 0, "w21": 0, "w1": 0, "w2": 0, "x": 1.7, "y": 0.3}


def positive(*names):
    return {"domain": dict.fromkeys(names, "positive")}


BLIND_ROWS = (
    row("relu was never inactive", gated, {"w": lambda w, x: x}, UNTESTED,
        "relu in line .* was active at all points", **positive("w", "x")),
    row("relu, one point", gated, {"w": lambda w, x: x}, UNTESTED, "active", at=WX),
    row("if went one way", branching, {"w": "2 * w * x * x"}, UNTESTED, "came out one way", at=WX),
    row("max was one branch", lambda u, v: maximum(u, v), {"u": lambda u, v: 1.0}, UNTESTED,
        "on one branch", at={"u": 2.0, "v": 1.5}),
    row("y = 1", log_loss, LOSS, UNTESTED, "y = 1 hides a missing y", at={**W, "y": 1.0}),
    row("all ones", log_loss, LOSS, UNTESTED, r"\d+ of \d+ common mistakes .*x = 1 hides",
        at={"w": 1, "b": 1, "x": 1, "y": 1}),
    row("zero init", two_units, TWO, UNTESTED, "w1 = 0 hides what it multiplies", at=ZERO_INIT),
    row("zero init, wrong", two_units, {"w11": "-(y - yhat) * w1 * x"}, UNTESTED, at=ZERO_INIT),
    row("equal weights", two_units, TWO, UNTESTED, "w1 = w2",
        at={"w11": 0.5, "w21": 0.5, "w1": 0.5, "w2": 0.5, "x": 1.7, "y": 0.3}),
)  # fmt: skip


def crossed(W, x):
    return ((W @ x) ** 2).sum()


def branch_of_two(u, v):
    if u * v > 0:
        return u * v
    return u * u * v


X3 = {"x": np.array([0.3, -0.4, 1.2])}
SYMMETRIC = {"x": np.array([0.3, -0.4]), "W": np.array([[0.3, 0.2], [0.2, 0.5]])}
TAKEN_FOR_ANOTHER = (  # right by chance: equal numbers at every point
    *(row(f"u for v, at {len(at)} points", lambda u, v: u * v, {"u": "u", "v": "u"}, UNTESTED,
          "u = v", at=at)
      for at in ([{"u": 0.7, "v": 0.7}], [{"u": x, "v": x} for x in (0.7, -0.3)],
                 [{"u": x, "v": x} for x in (0.7, -0.3, 1.2, 2.5, -1.7)])),
    row("w for u of three", lambda u, v, w: u * v * w + u, {"v": "w * w"}, UNTESTED, "u = w",
        at={"u": 0.7, "v": 0.2, "w": 0.7}),
    row("v for u of four", lambda a, u, v, w: a * u + sin(v) * w, {"a": "w", "w": "sin(v)"},
        UNTESTED, "u = w", at={"a": 0.3, "u": 0.7, "v": -0.2, "w": 0.7}),
    row("in a nonlinear rule", lambda u, v: exp(u) * v, {"v": "exp(v)"}, UNTESTED, "u = v",
        at={"u": 0.7, "v": 0.7}),
    row("on two branches", branch_of_two, {"u": lambda u, v: u if u * v > 0 else 2 * u * u},
        UNTESTED, at=[{"u": 0.7, "v": 0.7}, {"u": 0.3, "v": 0.3}]),
    row("results", two_units, {"w1": "-(y - yhat) * a2"}, UNTESTED, "a1 = a2|w1 = w2",
        at={"w11": 0.5, "w21": 0.5, "w1": 0.4, "w2": 0.9, "x": 1.7, "y": 0.3}),
    row("elements", lambda x: x[0] * x[1] * x[2],
        lambda x: np.array([x[1] * x[2], x[1] * x[2], x[0] * x[1]]), UNTESTED,
        r"x\[0\] = x\[1\]", at={"x": np.array([0.5, 0.5, 0.9])}),
    row("all elements", lambda x: (x * x).sum(), lambda x: 2 * x[::-1], UNTESTED,
        at={"x": np.full(3, 0.4)}),
    row("a matrix for its transpose", crossed, {"x": lambda W, x: 2 * W @ (W @ x)}, UNTESTED,
        "W is symmetric", at=SYMMETRIC),
    row("one array for another", lambda a, b: (a * a * b).sum(), {"b": lambda a, b: a * b},
        UNTESTED, "a = b", at={"a": X3["x"], "b": X3["x"]}),
    row("a sum over the wrong axis", lambda X, w: (w * X.sum(0)).sum(),
        {"w": lambda X, w: X.sum(1)}, UNTESTED, "X",
        at={"X": np.array([[0.3, 0.2], [0.2, 0.5]]), "w": np.array([0.3, 0.9])}),
    row("one gradient for another", lambda u, v, x: sin(u * x) + sin(v * x),
        {"u": "x * cos(v * x)"}, UNTESTED, "u = v", at={"u": 0.4, "v": 0.4, "x": 1.2}),
)  # fmt: skip
DUPLICATES = np.array([[0.1, 0.2, -0.3], [0.2, 0.5, 0.1], [0.5, 0.7, 0.2], [-0.3, 0.2, 0.9]])
SEEN_APART = (  # the numbers differ at one point at least, or are no variables
    row("equal at one of two points", lambda u, v: u * v, {"u": "v", "v": "u"},
        at=[{"u": 0.7, "v": 0.7}, {"u": 0.3, "v": -0.4}]),
    row("u for v where they differ", lambda u, v: u * v, {"u": "u", "v": "u"}, WRONG,
        at=[{"u": 0.7, "v": 0.7}, {"u": 0.3, "v": -0.4}]),
    row("data in which numbers recur", lambda w, X: ((X @ w) ** 2).sum(),
        {"w": lambda w, X: 2 * X.T @ (X @ w)}, at={"w": np.array([0.3, -0.24, 0.7]),
                                                   "X": DUPLICATES}),
    row("labels", lambda w, X, y: ((X @ w - y) ** 2).sum(),
        {"w": lambda w, X, y: 2 * X.T @ (X @ w - y)},
        at={"w": np.array([0.31, -0.24]), "X": np.array([[0.5, 1.2], [-0.7, 0.3], [0.9, -1.4]]),
            "y": np.array([0.0, 1.0, 1.0])}),
    row("a weight and a datum of one size", lambda W, x: (W @ x).sum(),
        {"x": lambda W, x: W.sum(0)},
        at={"W": np.array([[0.3, 0.2], [0.25, 0.5]]), "x": np.array([0.3, 0.9])}),
)  # fmt: skip


@table(*TAKEN_FOR_ANOTHER, *SEEN_APART)
def test_equal_numbers_hide_what_is_taken_for_another(row):
    holds(row)


TESTED_ROWS = (
    row("a telling point", log_loss, LOSS, at={**W, "y": 0.2}),
    row("y = 1 and y = 0", log_loss, LOSS, at=[{**W, "y": 1.0}, {**W, "y": 0.0}],
        domain={"y": {0, 1}}),
    row("both sides of the relu", gated, {"w": lambda w, x: x * (w > 0)},
        at=[{"w": 0.4, "x": 1.7}, {"w": -0.4, "x": 1.6}]),
    row("a slope of 0, which nobody divides by", lambda u, v: u * v + floor(v),
        {"u": "v", "v": "u"}, at={"u": 2.0, "v": 2.5}),
    row("the slope of sign", lambda u, v: u * sign(v) + v, {"u": "sign(v)", "v": "1"},
        at={"u": 2.0, "v": -1.5}),
)  # fmt: skip


@table(*BLIND_ROWS, *TESTED_ROWS)
def test_what_the_points_do_not_see(row):
    holds(row)


@table(*BLIND_ROWS)
def test_strict(row):
    holds(replace(row, ok=False), strict=True)


# ---- labels that are compared by == --------------------------------------------------------------


def by_label(w, x, y):
    return w * x if y == 1 else w * w * x


def by_labels(w, x, y):
    return np.where(y == 1, w * x, w * w * x).sum()


def near_label(w, x, y):
    return w * x if abs(y - 1) < 0.5 else w * w * x


def near_labels(w, x, y):
    return np.where(abs(y - 1) < 0.5, w * x, w * w * x).sum()


@pytest.mark.parametrize(
    ("f", "advised", "shapes"),
    [(by_label, near_label, {}), (by_labels, near_labels, {"w": 3, "x": 3, "y": 3})],
)
def test_what_is_advised_for_labels_takes_numbers_values_and_arrays(f, advised, shapes):
    def slope(w, x, y):
        return np.where(y == 1, x, 2 * w * x)

    options = {"wrt": "w", "shapes": shapes, "domain": {"y": {0, 1}}, "seed": 0}
    report = check_grad(f, slope, **options)
    assert report.ok and report.evidence == "numeric"
    assert any("for y == 1 write abs(y - 1) < 0.5" in note for note in report.notes)
    assert not any(".data" in note for note in report.notes)
    report = check_grad(advised, slope, **options)
    assert report.ok and report.evidence == "engine" and not report.notes

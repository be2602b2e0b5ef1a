"""Verdicts, as tables: where the test is at fault, or sees too little."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from autograd_lite import Value, functions, log, maximum
from tests.testing.rows import (
    BROKEN,
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
    return (np.asarray(x, dtype=float) ** 2).sum()


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
TESTED_ROWS = (
    row("a telling point", log_loss, LOSS, at={**W, "y": 0.2}),
    row("y = 1 and y = 0", log_loss, LOSS, at=[{**W, "y": 1.0}, {**W, "y": 0.0}],
        domain={"y": {0, 1}}),
    row("both sides of the relu", gated, {"w": lambda w, x: x * (w > 0)},
        at=[{"w": 0.4, "x": 1.7}, {"w": -0.4, "x": 1.6}]),
)  # fmt: skip


@table(*BLIND_ROWS, *TESTED_ROWS)
def test_what_the_points_do_not_see(row):
    holds(row)


@table(*BLIND_ROWS)
def test_strict(row):
    holds(replace(row, ok=False), strict=True)

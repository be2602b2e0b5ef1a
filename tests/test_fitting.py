"""``minimize`` and ``least_squares``: what they find, and how a search ends."""

import itertools
import json
import math
import re
import sys
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from autograd_lite import (
    DomainError,
    Value,
    exp,
    grad,
    jacobian,
    least_squares,
    log,
    maximum,
    minimize,
    relu,
    sqrt,
)
from autograd_lite import abs as absolute
from autograd_lite.labels import columns
from autograd_lite.nn import log_loss_from_logit
from autograd_lite.optim import (
    SGD,
    GradientDescent,
    Newton,
    cosine,
    time_based,
)
from tests.labelled import Frame, Series

MOST = sys.float_info.max
OMEGA = 0.5671432904097838  # e^x = 1/x
LINE = ((1.0, 2.0), (2.0, 5.0), (3.0, 3.0))  # 003, l. 439


def table(names, *rows):
    """Rows of a table; the last column, their source, is their name."""
    names_of_rows = [str(row[-1]).split(" at 0x")[0] for row in rows]
    return pytest.mark.parametrize(names, rows, ids=names_of_rows)


def near(x, rel=1e-12):
    return pytest.approx(np.array(x, dtype=float), rel=rel, abs=1e-14)


def hard(x):
    return exp(x) - log(x)


def leaves(*numbers):
    return [Value(x) for x in numbers]


# ---- minimize ------------------------------------------------------------------------------------


def bowl(x, y):
    return x**2 + y**2


def valley(x, y):
    return (x + y) ** 2


AT_943 = 0.5671432903896342  # on e^x − log x, the first iterate with a slope below 1e-10


@table(
    ("f", "x0", "options", "stopped", "nit", "x", "message"),
    (hard, 0.05, {"lr": 0.005, "tolerance": 1e-10}, "converged", 943, AT_943, "no slope is above"),
    (hard, 0.05, {"method": "newton"}, "converged", 8, OMEGA, "no slope is above 1e-08"),
    (bowl, (2, 3), {"method": Newton}, "converged", 1, [0, 0], "no slope"),
    (bowl, (0, 0), {}, "converged", 0, [0, 0], "no slope"),
    (lambda x: Value(3.0), 1, {}, "converged", 0, 1, "no slope"),
    (lambda x: 3, 1, {}, "converged", 0, 1, "no slope"),
    (bowl, (2, 3), {"lr": 0.1, "max_steps": 3}, "step limit", 3, [1.024, 1.536], "above 1e-08"),
    (bowl, (2, 3), {"max_steps": 0}, "step limit", 0, [2, 3], "above 1e-08 still"),
    (hard, 0.05, {"lr": 0.5}, "domain error", 2, 9.524364451811987, "at step 2, x = -6835.03663"),
    (hard, 0.05, {"lr": 1.0}, "domain error", 2, 18.998728903623977, "at step 2, x = -178255557"),
    (hard, -1.0, {}, "domain error", 0, -1, r"at step 0, x = -1.0: log\(a\) with a = -1.0"),
    (lambda x: x**4, 10.0, {"lr": 1e200}, "diverged", 1, -4e203, "not finite"),
    (lambda x: x**2, MOST, {}, "diverged", 0, MOST, "not finite"),
    (lambda x: x**2, math.nan, {}, "diverged", 0, math.nan, "not finite"),
    (lambda x: -x, MOST, {"lr": 1e308}, "diverged", 0, MOST, "the next value of .* is inf"),
    (bowl, (2, 3), {"lr": 0.5, "tolerance": 0.0}, "converged", 1, [0, 0], "no slope is above 0"),
    (valley, (1, 2), {"method": "newton"}, "singular Hessian", 0, [1, 2], "Hessian is singular"),
)
def test_how_a_search_ends(f, x0, options, stopped, nit, x, message):
    found = minimize(f, x0, **options)
    assert (found.stopped, found.nit) == (stopped, nit)
    assert found.success == (stopped == "converged")
    assert found.x == pytest.approx(x, rel=1e-12, abs=1e-12, nan_ok=True)
    assert re.search(message, found.message)
    assert len(found.path) == nit + 1
    steps = "1 step" if nit == 1 else f"{nit} steps"
    assert str(found).startswith(f"{stopped} after {steps} at x = ")


def test_a_minimum_is_recorded_with_its_way():
    seen = []
    found = minimize(bowl, (2, 3), lr=0.1, max_steps=2, callback=lambda *at: seen.append(at))
    assert found.path == near([[2, 3], [1.6, 2.4], [1.28, 1.92]])  # 000 §2.4, l. 450
    assert found.fun == near(5.3248)
    assert found.jac == near([2.56, 3.84])
    assert [k for k, _, _ in seen] == [0, 1, 2]
    assert [x for _, x, _ in seen] == [near([2, 3]), near([1.6, 2.4]), near([1.28, 1.92])]
    assert [y for *_, y in seen] == near([13, 8.32, 5.3248])


@table(
    ("f", "x0", "shape"),
    (lambda x: (x - 1) ** 2, 3.0, None),
    (lambda x: (x - 1) ** 2, 3, None),
    (lambda x: (x - 1) ** 2, np.float64(3), None),
    (lambda x: (x - 1) ** 2, [3.0], (1,)),
    (lambda x, y: (x - 1) ** 2 + (y - 1) ** 2, (3.0, 2), (2,)),
    (lambda v: ((v - 1) ** 2).sum(), np.array([3.0, 2.0, 0.0]), (3,)),
    (lambda m: ((m - 1) ** 2).sum(), np.array([[3.0, 2.0], [0.0, 5.0]]), (2, 2)),
    (lambda v: ((v - 1) ** 2).sum(), Series([3.0, 2.0, 0.0]), (3,)),
    (lambda m: ((m - 1) ** 2).sum(), Frame([[3.0, 2.0], [0.0, 5.0]]), (2, 2)),
    (lambda x, y: (x - 1) ** 2 + (y - 1) ** 2, range(2, 4), (2,)),
)
@pytest.mark.parametrize("method", ["gradientdescent", "newton", "bfgs"])
def test_the_answer_has_the_shape_of_the_question(f, x0, shape, method):
    found = minimize(f, x0, method=method, **({"lr": 0.5} if method == "gradientdescent" else {}))
    for ours, expected in ((found.x, 1.0), (found.jac, 0.0)):
        assert isinstance(ours, float) if shape is None else ours.shape == shape
        assert ours == pytest.approx(np.full(shape or (), expected), abs=1e-8)
    assert found.path.shape == (found.nit + 1, *(shape or ()))
    assert found.nit == 1 or method == "bfgs"
    assert found.stopped == "converged"


@table(
    ("method", "options"),
    ("gradientdescent", {"lr": 0.1}),
    ("Gradient Descent", {"lr": 0.1}),
    ("gradient_descent", {"lr": 0.1}),
    (GradientDescent, {"lr": 0.1}),
    ("momentum", {"lr": 0.05, "momentum": 0.5}),
    ("nesterov", {"lr": 0.05}),
    ("nesterov", {"lr": 0.05, "variant": "torch"}),
    ("adagrad", {"lr": 1.0}),
    ("rmsprop", {"lr": time_based(0.1, 0.1)}),
    ("adadelta", {"eps": 1e-3}),
    ("adam", {"lr": 0.05, "betas": (0.8, 0.99)}),
    ("newton", {"line_search": True, "damping": "auto"}),
)
def test_every_method_finds_the_minimum(method, options):
    found = minimize(hard, 0.3, method=method, max_steps=5000, tolerance=1e-9, **options)
    assert found.stopped == "converged"
    assert found.x == pytest.approx(OMEGA, abs=1e-9)  # slope 1e-9, f″ = 4.9


def test_a_descent_that_follows_a_cosine_to_its_end():
    found = minimize(bowl, (2, 3), lr=cosine(0.3, 20), max_steps=30)
    assert found.stopped == "step limit"
    assert found.path[20:] == near([found.x] * 11)


@table(
    ("call", "error", "message"),
    (lambda: minimize(bowl, (1, 1), method="adamm"), ValueError, "method 'adamm': it is a rule, o"),
    (
        lambda: minimize(bowl, (1, 1), method=3),
        ValueError,
        "method 3: it is a rule, or one of bfgs",
    ),
    (lambda: minimize(bowl, (1, 1), method="sgd"), ValueError, "no samples .*'gradientdescent'"),
    (lambda: minimize(bowl, (1, 1), method="SGD", lr=0.1), ValueError, "for samples: train.fit"),
    (lambda: minimize(bowl, (1, 1), method=SGD), ValueError, "sgd is gradient descent"),
    (lambda: minimize(bowl, (1, 1), method="bfgs", lr=0.1), TypeError, "bfgs has no option lr; ch"),
    (lambda: minimize(bowl, {1.0, 2.0}), TypeError, r"x0 is \{.*\} \(set\); give a list, such as"),
    (lambda: minimize(bowl, {"x": 1.0}), TypeError, r"x0 is \{'x': 1.0\} \(dict\); give a list"),
    (lambda: minimize(bowl, Value(1.0)), TypeError, "it is a Value already; use .* v.data"),
    (lambda: minimize(bowl, None), TypeError, "a Value holds one number"),
    (lambda: minimize(sum, np.array(["1"])), TypeError, r"write Value\(float\("),
    (lambda: minimize(sum, np.array([1j])), TypeError, "use its .real and .imag"),
    (lambda: minimize(bowl, "12"), TypeError, r"x0 is '12' \(str\); give a list, such as"),
    (lambda: minimize(bowl, [[1.0], [2.0, 3.0]]), TypeError, "a Value holds one number"),
    (lambda: minimize(bowl, np.ma.masked_equal([1.0, 2.0], 2.0)), ValueError, "x0 has masked elem"),
    (lambda: minimize(bowl, (1, 1), max_steps=-1), ValueError, "max_steps = -1"),
    (lambda: minimize(bowl, (1, 1), tolerance=-1e-9), ValueError, "tolerance = -1e-09"),
    (lambda: minimize(bowl, (1, 1), tolerance=math.nan), ValueError, "tolerance = nan"),
    (lambda: minimize(bowl, (1, 1), lr=-1), ValueError, "lr = -1"),
    (lambda: minimize(bowl, (1, 1), momentum=0.5), TypeError, "momentum"),
    (lambda: minimize(bowl, ()), ValueError, "no parameters"),
    (lambda: minimize(bowl, ("1", "2")), TypeError, "a Value holds one number"),
    (lambda: minimize(bowl, (1, 1, 1)), TypeError, "argument"),
    (lambda: minimize(lambda x: [x, x], 1.0), TypeError, "for a list of residuals: least_squares"),
    (lambda: minimize(lambda x: None, 1.0), TypeError, "f returned None"),
    (lambda: minimize(lambda x: "a", 1.0), TypeError, "a Value holds one number"),
)
def test_a_wrong_question_is_an_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


def raising(error, at):
    """A callback that raises at a step."""

    def callback(step, x, y):
        if step == at:
            raise error

    return callback


@pytest.mark.parametrize(
    ("error", "stopped"), [(StopIteration, "stopped"), (KeyboardInterrupt, "interrupted")]
)
def test_a_callback_may_end_the_search(error, stopped):
    found = minimize(bowl, (2, 3), lr=0.1, callback=raising(error, 2))
    assert (found.stopped, found.nit, found.success) == (stopped, 2, False)
    assert found.x == near([1.28, 1.92])
    assert (found.fun, *found.jac) == (near(5.3248), near(2.56), near(3.84))
    with pytest.raises(RuntimeError):
        minimize(bowl, (2, 3), callback=raising(RuntimeError, 2))


@table(
    ("method", "options", "quantities"),
    ("gradientdescent", {"lr": 0.03}, "g theta change"),
    ("momentum", {"lr": 0.03}, "g v theta change"),
    ("nesterov", {"lr": 0.03}, "ahead g v theta change"),
    ("nesterov", {"lr": 0.03, "variant": "torch"}, "g v theta change"),
    ("adagrad", {"lr": 0.5}, "g G theta change"),
    ("rmsprop", {"lr": 0.05}, "g E theta change"),
    ("adadelta", {}, "g E delta D theta change"),
    ("adam", {"lr": 0.1}, "g m v m_hat v_hat theta change"),
    ("adam", {"lr": 0.1, "bias_correction": False}, "g m v theta change"),
    ("newton", {"damping": 1.0}, "g theta change"),
    ("bfgs", {}, "g theta change"),
)
@pytest.mark.parametrize("backend", [None, "python"])
def test_the_history_of_a_search_is_its_path(method, options, quantities, backend):
    def f(x, y):
        return (x - 1) ** 4 + 10 * (y - x) ** 2

    search = partial(minimize, f, (3.0, 1.0), method=method, max_steps=3, backend=backend)
    found, plain = search(history=True, **options), search(**options)
    assert plain.history is None and found.path.tolist() == plain.path.tolist()
    assert len(found.history) == found.nit == 3
    told = json.loads(found.history.to_json())
    for k, one in enumerate(told):
        values = {q["name"]: q["value"] for q in one["quantities"]}
        step, i = k // 2 + 1, k % 2
        assert (one["step"], one["parameter"], " ".join(values)) == (step, f"θ{i + 1}", quantities)
        assert values["theta"] == found.path[step, i]
        assert values["change"] == found.path[step, i] - found.path[step - 1, i]
        if method != "nesterov" or "variant" in options:
            assert values["g"] == pytest.approx(grad(f)(*found.path[step - 1])[i], rel=1e-12)
    table = found.history
    rows = table.to_markdown().splitlines()
    assert len(rows) == 2 + 6 * len(quantities.split())
    assert all(columns(line) <= 80 for line in table.text().splitlines())
    assert [len(table[:2]), len(table[-1]), table[2].moves] == [2, 1, table.moves[-2:]]


def test_the_history_of_a_search_that_took_no_step():
    assert str(minimize(bowl, (0, 0), history=True).history) == "no step has been taken"
    found = minimize(hard, 0.05, lr=0.5, history=True)  # it leaves the domain with its second step
    assert (found.stopped, len(found.history)) == ("domain error", 2)
    assert "θ ← θ − η · g" in found.history.text()


def called(f, at, error):
    """f, which raises when it is called for the so-manieth time."""
    count = iter(range(1, at + 1))

    def raising(*x):
        if next(count) == at:
            raise error
        return f(*x)

    return raising


@pytest.mark.parametrize(
    ("calls", "nit", "x", "fun", "jac"),
    [
        (4, 1, [1.6, 2.4], 8.32, [3.2, 4.8]),  # within the second step: at a known point
        (5, 2, [1.6, 2.4], 8.32, [3.2, 4.8]),  # at a point not yet evaluated
        (1, 0, [2, 3], math.nan, [math.nan, math.nan]),  # at the start
    ],
)
def test_a_search_that_is_interrupted_is_at_the_last_point_it_knows(calls, nit, x, fun, jac):
    found = minimize(called(bowl, calls, KeyboardInterrupt), (2, 3), lr=0.1)
    assert (found.stopped, found.nit) == ("interrupted", nit)
    assert found.x == near(x)
    known = pytest.approx([fun, *jac], rel=1e-12, nan_ok=True)
    assert [found.fun, *found.jac] == known


def test_a_search_that_left_the_domain_is_at_the_last_point_within():
    """e^x − log x at η = 0.5 steps to 9.5, then to −6835; value and slope are those at 9.5."""
    found = minimize(hard, 0.05, lr=0.5)
    assert found.path == near([0.05, 9.524364451811987, -6835.03663652874])
    assert [found.x, found.fun, found.jac] == near(
        [found.path[1], 13686.97314264881, 13689.122001961103]
    )


@table(
    ("f", "x0", "message", "method", "options"),
    (valley, (1.0, 2.0), "damping='auto' takes a step all the same", "newton", {"damping": "auto"}),
    (
        lambda x, y: absolute(x + y),
        (1.0, 2.0),
        "only gradient descent leads on",
        "gradientdescent",
        {"lr": 1.5},
    ),
)
def test_what_a_singular_hessian_advises_leads_on(f, x0, message, method, options):
    assert re.search(message, minimize(f, x0, method="newton").message)
    assert minimize(f, x0, method=method, max_steps=1, **options).nit == 1


# ---- the default method --------------------------------------------------------------------------


def rosenbrock(*x):
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def beale(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def powell(a, b, c, d):
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def wood(a, b, c, d):
    far = 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1)
    return rosenbrock(a, b) + 90 * (d - c * c) ** 2 + (1 - c) ** 2 + far


def logistic(w, b):
    """The log loss of four samples that no line separates, as 003, l. 732."""
    return sum(log_loss_from_logit(y, w * x + b) for x, y in ((-1, 0), (0, 1), (1, 0), (2, 1)))


LOGIT = 0.9081842625600951  # 3σ(−3w/2) = σ(w/2), by mpmath
TURNED = np.linalg.qr(np.random.default_rng(0).normal(size=(10, 10)))[0]
ILL = TURNED @ np.diag(np.logspace(0, 6, 10)) @ TURNED.T  # condition 10⁶
MORE = "J. Moré, B. Garbow, K. Hillstrom, ACM TOMS 7 (1981)"


@table(
    ("f", "x0", "x", "within", "calls", "source"),
    (rosenbrock, (-1.2, 1.0), [1, 1], 1e-7, 100, MORE),
    (rosenbrock, (10.0, -50.0), [1, 1], 1e-7, 150, "far away"),
    (rosenbrock, [-1.2, 1.0] * 5, [1] * 10, 1e-7, 150, "in 10 dimensions"),
    (wood, (-3.0, -1.0, -3.0, -1.0), [1] * 4, 1e-7, 100, MORE),
    (beale, (1.0, 1.0), [3, 0.5], 1e-7, 40, MORE),
    (powell, (3.0, -1.0, 0.0, 1.0), [0] * 4, 2e-3, 150, "singular Hessian; " + MORE),
    (
        lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        (0, 0),
        [3, 2],
        1e-7,
        40,
        "Himmelblau",
    ),
    (lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2, (0, 0), [1, 3], 1e-7, 40, "Booth"),
    (
        lambda x, y: (x - 1e6) ** 2 + (y - 2e-6) ** 2 + (x * y - 2) ** 2,
        (1, 1),
        [1e6, 2e-6],
        1e-7,
        80,
        "Brown, badly scaled; " + MORE,
    ),
    (lambda x: (x - 2) ** 4, 10.0, 2, 2e-3, 80, "a quartic"),
    (lambda v: 0.5 * (v @ (ILL @ v)), np.ones(10), [0] * 10, 1e-7, 200, "condition 10⁶"),
    (lambda v: ((v - 1) ** 2).sum(), np.arange(200.0), [1] * 200, 1e-7, 40, "200 parameters"),
    (
        lambda x, y: 1e6 + (x - 1) ** 2 + 10 * (y - 2) ** 2,
        (0, 0),
        [1, 2],
        1e-7,
        80,
        "f of 6 digits more",
    ),
    (logistic, (0, 0), [LOGIT, -LOGIT / 2], 1e-7, 40, "b = −w/2 by symmetry"),
    (hard, 0.05, OMEGA, 1e-7, 40, "e^x − log x, from beside its wall"),
    (lambda x: x - log(x), 1e-6, 1, 1e-7, 150, "from beside the wall"),
    (lambda x: x - log(x), 1e6, 1, 1e-7, 150, "past the wall"),
    (lambda x: absolute(x - 3), 0.0, 3, 0.0, 150, "a kink"),
    (lambda x: absolute(x - math.pi) + 5, 0.0, math.pi, 0.0, 150, "a kink at no short number"),
    (
        lambda x, y: absolute(x - 1) + absolute(y + math.pi),
        (5, 5),
        [1, -math.pi],
        0.0,
        300,
        "two kinks",
    ),
    (lambda x: relu(x), 2.0, 0, 2.0, 80, "a flat half"),
)
@pytest.mark.parametrize("backend", [None, "python"])
def test_the_default_finds_the_minimum(f, x0, x, within, calls, source, backend):
    count = itertools.count()

    def counted(*given):
        next(count)
        return f(*given)

    found = minimize(counted, x0, backend=backend)
    assert (found.stopped, found.success) == ("converged", True)
    assert np.abs(found.x - np.array(x)).max() <= within
    assert next(count) <= calls
    assert found.path[-1].tolist() == np.array(found.x).tolist()


@table(
    ("f", "x0", "stopped", "message", "source"),
    (lambda x: -x, 0.0, "diverged", "f falls without end along a straight line", "no minimum"),
    (lambda x: -x * x, 1.0, "diverged", "falls without end", "no minimum"),
    (lambda x: sqrt(x), 1.0, "no progress", "a kink, or its rounding", "lowest at its wall"),
    (
        lambda x, y: maximum(x * x + y * y, (x - 2) ** 2 + y * y) + absolute(y - 0.3),
        (5.0, 5.0),
        "no progress",
        "a kink, or its rounding",
        "a valley of two kinks: right, (1, 0.3), but no slope tells so",
    ),
    (lambda x: log(x), -1.0, "domain error", r"at step 0, x = -1.0: log\(a\)", "outside"),
)
def test_the_default_says_where_it_cannot_tell(f, x0, stopped, message, source):
    found = minimize(f, x0)
    assert (found.stopped, found.success) == (stopped, False)
    assert re.search(message, found.message)


def test_the_default_knows_when_f_is_lowest_to_its_rounding():
    """Misra1a of NIST: its sum of squares has no slope below 1e-8 that rounding lets one see."""
    x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1]
    y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47]
    x, y = [*x, 760.0], [*y, 81.78]

    def squares(a, b):
        return sum((a * (1 - exp(-b * u)) - v) ** 2 for u, v in zip(x, y, strict=True))

    found = minimize(squares, (250.0, 0.0005))
    assert (found.stopped, found.message) == (
        "converged",
        "a step changes f by no more than its rounding",
    )
    assert found.x == pytest.approx([2.3894212918e02, 5.5015643181e-04], rel=1e-9)


def test_a_learning_rate_asks_for_gradient_descent():
    by_name = minimize(bowl, (2, 3), method="gradientdescent", lr=0.1, max_steps=5)
    assert minimize(bowl, (2, 3), lr=0.1, max_steps=5).path.tolist() == by_name.path.tolist()


# ---- Ctrl-C anywhere -----------------------------------------------------------------------------


ROOMS = ("fitting.py", "optim.py", "update_rule.py")


def interrupted_at(k, call):
    """What ``call`` returns if Ctrl-C is pressed at the k-th line of ``ROOMS``; whether it was."""
    count = itertools.count(1)

    def trace(frame, event, argument):
        if Path(frame.f_code.co_filename).name not in ROOMS:
            return None
        if event == "line" and next(count) == k:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        found = call()
    except KeyboardInterrupt:
        found = None  # before it began, or when it was done
    finally:
        sys.settrace(before)
    return found, next(count) > k


@pytest.mark.parametrize("method", ["bfgs", "adam", "newton"])
def test_ctrl_c_at_any_line_of_minimize_leaves_one_point(method):
    caught = 0
    for k in itertools.count(1, 7):
        call = partial(minimize, beale, (1.0, 1.0), method=method, max_steps=4)
        found, pressed = interrupted_at(k, call)
        if not pressed:
            break
        if found is not None and math.isfinite(found.fun):
            caught += found.stopped == "interrupted"
            assert found.x.tolist() in found.path.tolist()
            assert found.fun == float(beale(*found.x))
            assert found.jac.tolist() == grad(beale)(*found.x).tolist()
    assert caught > 10


def test_ctrl_c_at_any_line_of_least_squares_leaves_one_point():
    def residuals(a, b):
        return [10 * (b - a * a), 1 - a]

    caught = 0
    for k in itertools.count(1, 7):
        call = partial(least_squares, residuals, (-1.2, 1.0), max_steps=4)
        fit, pressed = interrupted_at(k, call)
        if not pressed:
            break
        if fit is not None:
            caught += fit.stopped == "interrupted"
            assert fit.fun.tolist() == [float(r) for r in residuals(*fit.x)]
            assert fit.jac.tolist() == jacobian(residuals)(*fit.x).tolist()
            assert fit.cost <= 12.1
    assert caught > 10


# ---- least squares -------------------------------------------------------------------------------


def line_through(points):
    return lambda m, b: [m * x + b - y for x, y in points]


def solved_exactly(rows, y):
    """(solution, standard errors, Σ r²) of a linear problem, by the normal equations in ℚ."""
    rows, y = [[Fraction(v) for v in row] for row in rows], [Fraction(v) for v in y]
    n = len(rows[0])
    normal = [[sum(r[i] * r[j] for r in rows) for j in range(n)] for i in range(n)]
    right = [[sum(r[i] * v for r, v in zip(rows, y, strict=True))] for i in range(n)]
    m = [normal[i] + right[i] + [Fraction(i == j) for j in range(n)] for i in range(n)]
    for i in range(n):
        m[i] = [v / m[i][i] for v in m[i]]
        for k in range(n):
            if k != i:
                m[k] = [a - m[k][i] * b for a, b in zip(m[k], m[i], strict=True)]
    x = [row[n] for row in m]
    left = (sum(a * b for a, b in zip(r, x, strict=True)) - v for r, v in zip(rows, y, strict=True))
    squares = sum(v * v for v in left)
    variance = squares / (len(rows) - n)
    return x, [math.sqrt(variance * m[i][n + 1 + i]) for i in range(n)], squares


def test_the_line_of_the_notes():
    """003, l. 451-455: m = 1/2, b = 7/3, Σ r² = 25/6."""
    fit = least_squares(line_through(LINE), (0.0, 0.0))
    assert fit.x == near([1 / 2, 7 / 3], 1e-10)
    assert fit.cost == near(25 / 12)
    assert fit.fun == near([5 / 6, -5 / 3, 5 / 6], 1e-10)
    assert fit.jac == near([[1, 1], [2, 1], [3, 1]])
    assert fit.standard_errors == near([math.sqrt(25 / 12), math.sqrt(175 / 18)], 1e-10)
    assert (fit.success, fit.stopped) == (True, "converged")
    assert str(fit).startswith(f"converged after {fit.nit} steps: Σ r² = 4.166666667. ")


@pytest.mark.parametrize("seed", range(8))
def test_linear_problems_agree_with_exact_fractions(seed):
    draw = np.random.default_rng(seed)
    rows = draw.integers(-9, 10, (7, 3)) / 4
    y = draw.integers(-20, 21, 7) / 8
    x, errors, squares = solved_exactly(rows, y)
    fit = least_squares(lambda *p: list(rows @ np.array(p) - y), (1.0, 1.0, 1.0))
    assert fit.stopped == "converged"
    assert fit.x == near([float(v) for v in x], 1e-9)
    assert fit.standard_errors == near(errors, 1e-9)
    assert 2 * fit.cost == near(float(squares))


@table(
    ("points", "x", "source"),
    (((-1, 1), (0, -2), (1, 1)), [0, 0], "both parameters are 0"),
    (((-2, 4), (-1, 1), (1, 1), (2, 4.5)), [0.1, 2.625], "neither"),
    (((-2, 1), (-1, -1), (1, -1), (2, 1.0)), [0, 0], "both again"),
    (((-1, -1), (0, 0), (1, 1), (2, 2)), [1, 0], "through the origin"),
)
def test_a_parameter_that_is_zero_is_determined_all_the_same(points, x, source):
    """An error that is large beside the parameter tells nothing of a parameter that is 0."""
    fit = least_squares(line_through(points), (0.3, 0.7))
    assert fit.x == pytest.approx(x, abs=1e-9)
    assert (fit.stopped, fit.success) == ("converged", True)


@table(
    ("residuals", "x0", "x", "source"),
    (lambda a, b: [10 * (b - a * a), 1 - a], (-1.2, 1.0), [1, 1], "Rosenbrock's valley"),
    (
        lambda a, b: [a * exp(-b * x) - 2 * math.exp(-0.5 * x) for x in range(5)],
        (1.0, 1.0),
        [2, 0.5],
        "a decay without noise",
    ),
    (lambda x: [log(x) - 1], (100.0,), [math.e], "past a point outside the domain"),
    (lambda x: [x - 3, 2 * x - 6], (1e6,), [3], "from far away"),
    (lambda x: np.array([x - 3, x - 5], dtype=object), (0.0,), [4], "an array"),
    (lambda a, b: Series([a - 1, b - 2]), Series([0.0, 0.0]), [1, 2], "by position"),
    (lambda a, b: (p - k for k, p in enumerate((a, b), 1)), range(2), [1, 2], "gone through once"),
    (lambda x: [x - 3, 0.0], (1.0,), [3], "a residual that is a number"),
)
def test_fits(residuals, x0, x, source):
    fit = least_squares(residuals, x0)
    assert fit.stopped == "converged"
    assert fit.x == near(x, 1e-9)


def test_with_as_many_residuals_as_parameters_errors_are_unknown():
    fit = least_squares(lambda a, b: [a + b - 3, a - b - 1], (0.0, 0.0))
    assert fit.x == near([2, 1])
    assert np.isnan(fit.standard_errors).all()


@table(
    ("residuals", "x0", "stopped", "message", "source"),
    (
        lambda a, b: [a * x - y for x, y in LINE],
        (1.0, 1.0),
        "undetermined",
        r"do not use parameter 1; leave it out",
        "parameter 1 is not there",
    ),
    (
        lambda a, b: [exp(-b * x) * a - y for x, y in LINE],
        (1.0, 800.0),
        "undetermined",
        "try another start",
        "flat at the start",
    ),
    (
        lambda x: [abs(x) + 1, 0.0 * x],
        (1.0,),
        "no progress",
        "damping|no step",
        "a corner at the minimum",
    ),
)
def test_what_is_no_fit_is_no_success(residuals, x0, stopped, message, source):
    fit = least_squares(residuals, x0)
    assert (fit.stopped, fit.success) == (stopped, False)
    assert re.search(message, fit.message)


@table(
    ("steps", "nit"),
    (0, 0),
    (1, 1),
    (5, 5),
)
def test_the_step_limit(steps, nit):
    fit = least_squares(lambda a, b: [10 * (b - a * a), 1 - a], (-1.2, 1.0), max_steps=steps)
    assert (fit.stopped, fit.success, fit.nit) == ("step limit", False, nit)
    assert fit.cost <= 12.1  # that of the start


def test_a_fit_that_is_interrupted_keeps_the_best_point():
    plain = [least_squares(line_through(LINE), (0.0, 0.0), max_steps=k) for k in (0, 1)]
    fit = least_squares(called(line_through(LINE), 3, KeyboardInterrupt), (0.0, 0.0))
    assert (fit.stopped, fit.success) == ("interrupted", False)
    assert fit.x.tolist() == plain[1].x.tolist()
    assert fit.cost == plain[1].cost < plain[0].cost


def test_without_damping_a_step_that_is_too_long_is_not_the_end():
    """Gauss and Newton's step for arctan x = 0 from 10 leads to −138, and from there further."""
    fit = least_squares(called(lambda x: [x.atan()], 5000, RuntimeError), (10.0,), damping=0.0)
    assert fit.success == (abs(fit.x[0]) < 1e-9)
    assert fit.cost <= math.atan(10) ** 2 / 2


@table(
    ("call", "error", "message"),
    (
        lambda: least_squares(lambda a, b: [a + b], (1.0, 1.0)),
        ValueError,
        "1 residuals do not determine 2 parameters",
    ),
    (lambda: least_squares(lambda a: [], (1.0,)), ValueError, "0 residuals"),
    (lambda: least_squares(lambda a: [log(a)], (-1.0,)), DomainError, r"log\(a\) with a = -1"),
    (lambda: least_squares(lambda a: [exp(a)], (1e3,)), ValueError, r"not finite at x0 = \[1000"),
    (lambda: least_squares(lambda a: [a], (math.nan,)), ValueError, "not finite at x0"),
    (lambda: least_squares(lambda a: [a], ("1",)), TypeError, "a Value holds one number"),
    (lambda: least_squares(lambda a: [a], {1.0}), TypeError, r"x0 is \{1.0\} \(set\); give a list"),
    (
        lambda: least_squares(lambda a: {a}, (1.0,)),
        TypeError,
        "what the residuals return is .* .set",
    ),
    (lambda: least_squares(lambda a: a, (1.0,)), TypeError, "what the residuals return is Value"),
    (lambda: least_squares(lambda a: [None], (1.0,)), TypeError, "a Value holds one number"),
    (lambda: least_squares(lambda a: [a], (1.0,), damping=-1.0), ValueError, "damping"),
    (lambda: least_squares(lambda a: [a], (1.0,), damping=math.nan), ValueError, "damping"),
    (lambda: least_squares(lambda a: [a], (1.0,), tolerance=-1.0), ValueError, "tolerance"),
    (lambda: least_squares(lambda a: [a], (1.0,), max_steps=-1), ValueError, "max_steps"),
)
def test_a_wrong_fit_is_an_error(call, error, message):
    with pytest.raises(error, match=message):
        call()

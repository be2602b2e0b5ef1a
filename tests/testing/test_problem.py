"""What may be given for a gradient, what may not, and what comes back."""

import math
import pickle

import numpy as np
import pytest

from autograd_lite import cos, sigmoid, sin
from autograd_lite.errors import GradientTestError
from autograd_lite.testing import (
    GradientMismatch,
    assert_grad,
    assert_hessian,
    assert_jacobian,
    check_grad,
    check_jacobian,
)
from tests.testing.rows import RIGHT, UNTESTED, WRONG, WX, W, holds, neuron, row, table, two_units

# ---- printed numbers -----------------------------------------------------------------------------

AT = {"w11": 0.5, "w21": -0.4, "w1": 0.7, "w2": 0.6, "x": 1.7, "y": 0.3}  # ∂/∂w11 = −0.106409…
PRINTED = [  # as printed, digits, verdict
    ("-0.106", None, RIGHT),
    ("−0.106", None, RIGHT),  # a minus as it is printed
    ("-0.1064", None, RIGHT),
    ("-1.06e-1", None, RIGHT),
    ("-0.107", None, WRONG),
    ("-0.105", None, WRONG),
    ("-0.1063", None, WRONG),
    ("0.106", None, WRONG),
    ("-0.1", None, UNTESTED),  # so few digits hide some mistakes
    (-0.106, 3, RIGHT),
    (-0.107, 3, WRONG),
    (-0.10640919, 8, RIGHT),
    (-0.106, None, WRONG),  # a float is exact
]


@pytest.mark.parametrize(("number", "digits", "verdict"), PRINTED)
def test_printed_digits(number, digits, verdict):
    report = check_grad(two_units, {"w11": number}, at=AT, digits=digits)
    assert report.verdict is verdict, report


WHOLE = (
    row("a whole number is exact", lambda w, b, x: w * x + 1.3 * b, {"w": "x", "b": "1"}, WRONG,
        "b"),
    row("and may stand for a formula", lambda w, b, x: w * x + b, {"w": "x", "b": "1"}),
    row("also alone", lambda w, x: w + x, "1", wrt="w"),
    row("so is a decimal, without a point", lambda w, b: w * w + 0.52 * b,
        {"w": "2 * w", "b": "0.5"}, WRONG, "b"),
    row("zeros count", lambda t: t * t, "0.00", UNTESTED, at={"t": 0.001}),
    row("zeros that are too many", lambda t: t * t, "0.0000", WRONG, at={"t": 0.001}),
)  # fmt: skip


@table(*WHOLE)
def test_numbers_as_text(row):
    holds(row)


# ---- formulas as text ----------------------------------------------------------------------------

FORBIDDEN = [  # text, what the message says
    ("__import__('os').system('true')", '"\'" is not allowed'),
    ("open('f')", "not allowed"),
    ("exec('1')", "not allowed"),
    ("eval", "unknown name 'eval'"),
    ("__builtins__", "unknown name"),
    ("w.__class__", "not allowed"),
    ("w.data", "not allowed"),
    ("w[0]", "not allowed"),
    ("(lambda: 0)()", "not a formula"),
    ("[x for x in (1, 2)]", "not allowed"),
    ("{w}", "not allowed"),
    ("f'{w}'", "not allowed"),
    ("x := 3", "not a formula"),
    ("w; x", "not a formula"),
    ("w if", "not a formula"),
    ("", "not a formula"),
    ("'a'", "not allowed"),
    ("True", "not allowed"),
    ("q * x", "unknown name 'q'"),
    ("sinus(w)", "unknown operation"),
    ("sigmoid(w, x)", "wrong arguments"),
    ("x" + " + 0" * 10**6, "too long: 4,000,001 characters of 10,000"),
    ("x" + " + 0" * 2000, "nested too deep"),
    ("-" * 9000 + "x", "nested too deep"),
    ("9" * 400 + " * x", "not a number"),
    ("9" * 5000 + " * x", "not a number"),
    ("x + \x00", "not a formula"),
    ("x + \ud800", "not a formula"),
    ("q" * 5000, "unknown name 'qqq"),
]


@pytest.mark.parametrize(("text", "message"), FORBIDDEN)
def test_a_text_that_is_no_formula(text, message):
    with pytest.raises(ValueError, match=message) as caught:
        check_grad(lambda w, x: w * x, {"w": text})
    assert len(str(caught.value)) < 300 and len(str(caught.value).split("\n")) in (1, 3)


# ---- forward and backward pass -------------------------------------------------------------------

BATCH = {"X": (4, 3), "W": (3, 2), "b": (2,), "y": (4, 2)}


def forward(X, W, b, y):
    a = sigmoid(X @ W + b)
    r = a - y
    return (r * r).sum() / len(y), {"X": X, "W": W, "a": a, "r": r}


def backward(cache):
    dz = 2 * cache["r"] / len(cache["r"]) * cache["a"] * (1 - cache["a"])
    return {
        "W": cache["X"].T @ dz,
        "b": dz.sum(
            0,
        ),
        "X": dz @ cache["W"].T,
    }


def forward_in_place(X, W, b, y):
    a = np.tanh(X @ W + b)
    return ((a - y) ** 2).sum() / len(y), (X, a, a - y)


def backward_in_place(cache):
    X, a, r = cache
    r *= 2 / len(r)
    r *= 1 - a * a
    return {
        "W": X.T @ r,
        "b": r.sum(
            0,
        ),
    }


def with_change(**changes):
    """The backward pass, with some of its results changed."""

    def changed(cache):
        found = backward(cache)
        return found | {n: change(found[n], cache) for n, change in changes.items()}

    return changed


PAIRS = (
    row("a pair with a cache", forward, backward),
    row("NumPy's own functions, in place", forward_in_place, backward_in_place),
    row("only some parameters", forward, backward, wrt=["b"]),
    row("the cache and an argument", forward,
        lambda X, cache: {"W": X.T @ (2 / len(X) * cache["r"] * cache["a"] * (1 - cache["a"]))}),
    row("the mean forgotten", forward, with_change(W=lambda g, _: 4 * g), WRONG,
        r"d\w+/dW is WRONG: a factor 4 \(the length of X's axis 0\) too many"),
    row("transposed", forward, with_change(W=lambda g, _: g.T), WRONG, "it is transposed"),
    row("a sum over an axis forgotten", forward,
        with_change(b=lambda g, c: 0.5 * c["r"] * c["a"] * (1 - c["a"])), WRONG,
        r"shape \(4, 2\), b has \(2,\): a sum over axis 0 is forgotten"),
    row("a row for a vector", forward, with_change(b=lambda g, _: g[None]), WRONG,
        r"the numbers are right; write .reshape\(\(2,\)\)"),
    row("a number for a matrix", forward, with_change(W=lambda g, _: 1.0), WRONG, "shape"),
    row("another size", forward, with_change(b=lambda g, _: g[:1]), WRONG, "shape"),
)  # fmt: skip


@table(*PAIRS)
def test_forward_and_backward_pass(row):
    holds(row, shapes=BATCH)


# ---- what is called wrongly ----------------------------------------------------------------------


def product(w, x):
    return w * x


CALLS = [  # what is called, error, message
    (lambda: check_grad(3, "x"), TypeError, "a function"),
    (lambda: check_grad(product, "x"), ValueError, "write wrt='w', or return a dict"),
    (lambda: check_grad(product, "x", wrt="v"), ValueError, "'v' is not an argument of f"),
    (lambda: check_grad(product, {"v": "x"}), ValueError, "'v' is not an argument of f"),
    (lambda: check_grad(product, {}), ValueError, "df is empty"),
    (lambda: check_grad(product, {"w": "x"}, wrt=["w", "x"]), ValueError, "lacks 'x'; it has w"),
    (lambda: check_grad(product, lambda w, x: {"v": x}), ValueError, r"df returned \['v'\]"),
    (lambda: check_grad(product, lambda w, q: q, wrt=["w"], at={"w": 1.0}), ValueError,
     "at: missing: x"),
    (lambda: check_grad(product, lambda q, r, s: q, wrt="w"), TypeError, "df takes q, r, s"),
    (lambda: check_grad(product, lambda w, x: (1, 2, 3), wrt=["w", "x"]), ValueError,
     "for 2 parameters"),
    (lambda: check_grad(product, lambda w, x: None, wrt="w"), TypeError, "towards w is None"),
    (lambda: check_grad(product, lambda w, x: "x", wrt="w"), TypeError, "towards w is 'x'"),
    (lambda: check_grad(product, lambda w, x: 1j, wrt="w"), TypeError, "numbers are needed"),
    (lambda: check_grad(product, {"w": 0.4}), ValueError, "at is needed"),
    (lambda: check_grad(product, {"w": "0.4"}), ValueError, "at is needed"),
    (lambda: check_grad(product, {"w": "x"}, at={"w": 1.0}), ValueError, "at: missing: x"),
    (lambda: check_grad(product, {"w": "x"}, at={"w": 1, "x": 1, "q": 1}), ValueError,
     "at: unknown: q; f has w, x"),
    (lambda: check_grad(product, {"w": "x"}, at=[]), ValueError, "empty"),
    (lambda: check_grad(product, {"w": "x"}, domain={"q": "unit"}), ValueError, "domain: 'q'"),
    (lambda: check_grad(product, {"w": "x"}, domain={"w": "big"}), ValueError,
     "one of positive, negative"),
    (lambda: check_grad(product, {"w": "x"}, domain={"w": (2, 1)}), ValueError, "in this order"),
    (lambda: check_grad(product, {"w": "x"}, domain={"w": set()}), ValueError, "domain"),
    (lambda: check_grad(product, {"w": "x"}, domain={"w": 3}), ValueError, "an interval"),
    (lambda: check_grad(product, {"w": "x"}, shapes={"q": (3,)}), ValueError, "shapes: 'q'"),
    (lambda: check_grad(product, {"w": "x"}, rel=0), ValueError, "rel = 0"),
    (lambda: check_grad(product, {"w": "x"}, rel=1), ValueError, "rel = 1"),
    (lambda: check_grad(product, {"w": "x"}, abs=-1), ValueError, "abs ≥ 0"),
    (lambda: check_grad(product, {"w": "x"}, points=0), ValueError, "points = 0"),
    (lambda: check_grad(product, {"w": "0.3"}, digits=0, at=WX), ValueError, "digits = 0"),
    (lambda: check_grad(lambda w: None, {"w": "w"}), TypeError, "does it lack a return"),
    (lambda: check_grad(lambda w: w * np.ones(3,), {"w": "w"}), TypeError, "use assert_jacobian"),
    (lambda: check_grad(lambda x: x[5], {"x": "x"}), TypeError, "give shapes="),
    (lambda: check_grad(lambda w: w.weight, {"w": "w"}), AttributeError, "weight"),
    (lambda: check_jacobian(product, [1, 2], wrt="w"), TypeError, "use assert_grad"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), CALLS)
def test_a_wrong_call_says_so(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ---- Jacobian and Hessian ------------------------------------------------------------------------


def polar(r, t):
    return [r * (1 - t * t), r * r * t]


def polar_jacobian(r, t):
    return {"r": [1 - t * t, 2 * r * t], "t": [-2 * r * t, r * r]}


def quadratic(x):
    return x[0] ** 2 * x[1] + x[1] ** 3


def quadratic_hessian(x):
    return np.array([[2 * x[1], 2 * x[0]], [2 * x[0], 6 * x[1]]])


def test_a_jacobian():
    assert_jacobian(polar, polar_jacobian)
    with pytest.raises(GradientMismatch, match=r"dpolar\[1\]/dr is WRONG"):
        assert_jacobian(polar, lambda r, t: {"r": [1 - t * t, r * t], "t": [-2 * r * t, r * r]})
    reports = check_jacobian(polar, polar_jacobian, at={"r": 1.7, "t": 0.3})
    assert [report.verdict for report in reports] == [RIGHT, RIGHT]


def test_a_hessian():
    assert_hessian(quadratic, quadratic_hessian, shapes={"x": (2,)})
    with pytest.raises(GradientMismatch, match=r"\[1\]/dx"):
        assert_hessian(quadratic, lambda x: quadratic_hessian(x) * [[1, 1], [1, 2]],
                       shapes={"x": (2,)})  # fmt: skip
    with pytest.raises(GradientMismatch, match="WRONG"):
        assert_hessian(lambda u, v: u * u * v, lambda u, v: [[2 * v, 2 * u], [u, 0.0]])
    assert_hessian(lambda u, v: u * u * v, lambda u, v: [[2 * v, 2 * u], [2 * u, 0]])


@pytest.mark.parametrize(
    "form", [lambda h: h, lambda h: [h], lambda h: [[h]], lambda h: np.array(h)]
)
def test_a_hessian_of_one_number(form):
    (report,) = assert_hessian(lambda x: x**3, lambda x: form(6 * x))
    assert report.verdict is RIGHT
    assert_hessian(lambda x: x**3, {"x": lambda x: form(6 * x)})
    assert_hessian(lambda x: x**3, form(10.2), at={"x": 1.7})
    assert_hessian(lambda x: np.where(x > 0, x**3, -(x**3)), lambda x: form(6 * abs(x)))
    assert_jacobian(lambda x: [x**2], lambda x: form(2 * x))
    with pytest.raises(GradientMismatch, match=r"df\[0\]/dx is WRONG"):
        assert_hessian(lambda x: x**3, lambda x: form(5 * x))


def test_a_hessian_towards_a_matrix():
    def f(x):
        return (x**3).sum() + x[0, 0] * x[1, 2]

    def by_hand(x):
        h = np.einsum("ij,ik,jl->ijkl", 6 * x, np.eye(2), np.eye(3))
        h[0, 0, 1, 2] = h[1, 2, 0, 0] = 1
        return h

    assert len(assert_hessian(f, by_hand, shapes={"x": (2, 3)})) == 6
    with pytest.raises(GradientMismatch, match=r"df\[5\]/dx\[0, 0\] is WRONG"):
        assert_hessian(f, lambda x: np.tril(by_hand(x).reshape(6, 6).T).T.reshape(6, 2, 3),
                       shapes={"x": (2, 3)})  # fmt: skip


@pytest.mark.parametrize(
    ("f", "jacobian", "rows"),
    [
        (lambda x: [x**2, x**3], lambda x: 2 * x, "1 rows, and f 2"),
        (lambda x: [x**2, x**3], lambda x: [2 * x], "1 rows, and f 2"),
        (lambda x: [x**2], lambda x: [2 * x, 1.0], "2 rows, and f 1"),
        (lambda x: [x**2], {"x": lambda x: [2 * x, 1.0]}, "2 rows, and f 1"),
    ],
)
def test_a_jacobian_has_a_row_for_each_element(f, jacobian, rows):
    with pytest.raises(ValueError, match=f"the matrix has {rows} elements"):
        assert_jacobian(f, jacobian)


def test_a_0_d_array_is_the_number_that_it_holds():
    def f(w, x):
        return np.where(w > 0, w**2 * x, -w * x)

    assert assert_grad(f, lambda w, x: np.where(w > 0, 2 * w * x, -x), wrt="w").verdict is RIGHT
    with pytest.raises(GradientMismatch, match="df/dw is WRONG"):
        assert_grad(f, lambda w, x: np.where(w > 0, w * x, -x), wrt="w")


# ---- the report ----------------------------------------------------------------------------------


def test_a_report_shows_what_was_found():
    report = check_grad(neuron, {"w": "a * (1 - a)", "b": "a * (1 - a)"}, at=W)
    assert (report.verdict, report.wrong, report.right) == (WRONG, ("w",), ("b",))
    assert not report and repr(report).startswith("<gradient of neuron: dneuron/dw is WRONG")
    first = report.table[0]
    a = 1 / (1 + math.exp(-0.38))
    assert (first.component, first.point) == ("w", "w=0.4 b=−0.3 x=1.7")
    assert first.yours == pytest.approx(a * (1 - a)) and first.status == "differs"
    assert first.true == pytest.approx(a * (1 - a) * 1.7)
    assert first.numeric == pytest.approx(first.true, rel=1e-9)
    assert [row.status for row in report.table] == ["differs", "equal"]


def batch_loss(W, x, b):
    return ((W @ x + b) ** 2).sum()


def test_all_points_can_be_had():
    def df(W, x, b):
        g = np.outer(2 * (W @ x + b), x)
        g[1, 0] *= 1 + abs(x[0])
        return {"W": g, "b": 2 * (W @ x + b)}

    shapes = {"W": (2, 3), "x": (3,), "b": (2,)}
    report = check_grad(batch_loss, df, shapes=shapes, seed=0)
    assert report.count == len(report.points) == 8 and report.evidence == "engine"
    assert [p.worst for p in report.points] == sorted(p.worst for p in report.points)[::-1]
    for point in report.points:
        assert point.wrong == ("W[1, 0]",) and set(point.arguments) == {"W", "x", "b"}
        true = np.outer(2 * (point.arguments["W"] @ point.arguments["x"] + point.arguments["b"]),
                        point.arguments["x"])  # fmt: skip
        assert np.allclose(point.expected["W"], true, rtol=1e-12)
        x0 = abs(point.arguments["x"][0])
        assert point.errors["W"][1, 0] == pytest.approx(x0 / (1 + x0)) == point.worst
        assert np.count_nonzero(point.errors["W"] > 1e-9) == 1 and (point.errors["b"] < 1e-9).all()
    assert "W[1, 0] wrong" in str(report.points[0])
    shown = [line for line in str(report).splitlines() if line.startswith("  W[1, 0]")]
    ratios = [float(line.split()[4]) for line in shown]
    assert ratios == sorted(ratios)[::-1] and ratios[0] == pytest.approx(
        1 / (1 - report.points[0].worst), rel=1e-5
    )
    right = check_grad(batch_loss, lambda W, x, b: 2 * (W @ x + b), wrt="b", shapes=shapes)
    assert not any(p.wrong or p.worst for p in right.points) and len(right.points) == 8


def test_a_report_can_be_pickled():
    f = lambda w, x: w * w * x  # noqa: E731, a lambda cannot be pickled
    report = pickle.loads(pickle.dumps(check_grad(f, {"w": "w * x"}, seed=0)))
    assert report.verdict is WRONG and len(report.points) == report.count == 8


def squares_of(w, X, y):
    return ((X @ w - y) ** 2).mean()


def in_single(w, X, y):
    X, y, w = (a.astype(np.float32) for a in (X, y, w))
    return X.T @ (X @ w - y) * np.float32(2 / 5)


def rough(size):
    """A gradient whose numbers are off by about so much, to either side."""

    def df(w, X, y):
        return 2 / 5 * X.T @ (X @ w - y) * (1 + size * np.sin(1e4 * X[: len(w), 0]))

    return df


SQUARES = {"w": (3,), "X": (5, 3), "y": (5,)}
DIGITS = (
    row("single precision", squares_of, {"w": in_single}, RIGHT, shapes=SQUARES),
    row("single precision, as floats", squares_of,
        {"w": lambda w, X, y: in_single(w, X, y).tolist()}, RIGHT, shapes=SQUARES),
    row("single precision, wrong", squares_of, {"w": lambda w, X, y: -in_single(w, X, y)}, WRONG,
        "sign is flipped", shapes=SQUARES),
    row("single precision, one in 5,000", squares_of,
        {"w": lambda w, X, y: in_single(w, X, y) * np.float32(1.0002)}, WRONG, shapes=SQUARES),
    row("rounded on the way", squares_of, {"w": rough(5e-6)}, WRONG,
        r"agrees to 5 digits: single precision\? use rel=1e-4", shapes=SQUARES),
    row("rounded on the way, and allowed", squares_of, {"w": rough(5e-6)}, RIGHT, shapes=SQUARES,
        rel=1e-4),
    row("off by more than digits", squares_of, {"w": rough(1e-3)}, WRONG, shapes=SQUARES),
    row("five digits", neuron, {"w": 0.41002, "b": 0.24119}, WRONG,
        '0.41002 agrees to its 5 digits: give it as text, "0.41002"', at=W),
    row("four digits as text", neuron, {"w": "0.4102", "b": "0.2412"}, WRONG, at=W),
    row("three digits, one of them wrong", neuron, {"w": 0.41, "b": 0.246}, WRONG,
        "dneuron/d", at=W),
)  # fmt: skip


@table(*DIGITS)
def test_digits_are_told_from_mistakes(row):
    holds(row)


def test_the_engine_is_not_the_truth_where_it_is_cut_off():
    report = check_grad(half, {"w": "w"}, seed=0)
    assert report.verdict is WRONG and report.evidence == "numeric"
    head = next(line for line in str(report).splitlines() if "yours/" in line)
    assert head.split() == ["yours", "numeric", "yours/numeric", "at"]
    strict = check_grad(half, {"w": "w"}, seed=0, strict=True)
    assert "true" not in str(strict).replace("takes", "")


def test_the_first_line_of_an_error_is_the_verdict():
    with pytest.raises(GradientMismatch) as caught:
        assert_grad(neuron, {"w": "a * (1 - a)"})
    assert str(caught.value).startswith("dneuron/dw is WRONG: ")
    assert caught.value.report.wrong == ("w",)
    with pytest.raises(GradientTestError, match=r"^the gradient of half: TRACE BROKEN: "):
        assert_grad(half, {"w": "2 * w"}, strict=True)
    assert issubclass(GradientMismatch, AssertionError)
    assert issubclass(GradientTestError, AssertionError)


def half(w):
    return w * float(w)


def test_nothing_that_is_given_is_changed():
    at = {"X": np.ones((4, 3)), "W": np.full((3, 2), 0.3), "b": [0.1, -0.2], "y": np.zeros((4, 2))}
    before = {n: np.copy(x) for n, x in at.items()}
    check_grad(forward_in_place, backward_in_place, at=at)
    assert all(np.array_equal(at[n], before[n]) for n in at) and isinstance(at["b"], list)


SOURCE = "def inner(z):\n    if z > 0:\n        return z * z\n    return -z\n"


def made_anew(w, x):
    space = {}
    exec(compile(SOURCE, "user.py", "exec"), space)
    return space["inner"](w * x)


def test_code_that_every_call_makes_anew_is_one_place():
    report = check_grad(
        made_anew, {"w": lambda w, x: 2 * w * x * x if w * x > 0 else -x}, seed=1, strict=True
    )
    assert report.verdict is RIGHT, str(report)


def test_a_lambda_may_name_a_result():
    assert check_grad(lambda w, x: (z := w * x) * z, {"w": "2 * z * x"}, seed=1)


def doubled(w, x):
    a = w * x
    return a * a


def misread(w, x):
    u = w * x
    assert u is not None
    return w * w * x


def test_names_of_a_gradient_come_before_their_order():
    for df in (lambda a, x: 2 * a * x, lambda x, a: 2 * a * x, lambda *, a, x: 2 * a * x):
        assert check_grad(doubled, {"w": df}, seed=0)
    assert check_grad(doubled, {"w": lambda one, other: 2 * one * other * other}, seed=0)
    assert check_grad(misread, {"w": lambda u, x: 2 * u * x}, seed=0).verdict is WRONG
    with pytest.raises(TypeError, match="df takes q, which f does not have"):
        check_grad(doubled, {"w": lambda a, q, x: a}, seed=0)


def halving(n):
    def f(w):
        x = 0.0
        for _ in range(n):
            x = x - 0.5 * (x - w)
        return x

    return f


def kepler(n, sign=-1):
    def f(M, e):
        E = M
        for _ in range(n):
            E = E - (E - e * sin(E) - M) / (1 - e * cos(E))
        return E

    return f, lambda M, e: 1 / (1 + sign * e * np.cos(f(M, e)))


@pytest.mark.parametrize("n", [20, 40, 100])
def test_loops_whose_paths_grow_are_no_excuse(n):
    """Each turn multiplies the sum of all paths by 1.5 and more; the slope stays 1."""
    assert check_grad(halving(n), {"w": lambda w: 1.0}, seed=0).verdict is RIGHT
    for wrong in (1.00001, 1.05, -1.0):
        report = check_grad(halving(n), {"w": lambda w, wrong=wrong: wrong}, seed=0)
        assert report.verdict is WRONG
        assert not report.explanations or wrong == -1.0
    domain = {"M": (0.3, 2.5), "e": (0.1, 0.6)}
    f, right = kepler(n)
    assert check_grad(f, {"M": right}, domain=domain, seed=0).verdict is RIGHT
    _, wrong = kepler(n, sign=1)
    assert check_grad(f, {"M": wrong}, domain=domain, seed=0).verdict is WRONG


def newton_root(a):
    x = a
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


def test_the_condition_of_a_loop_is_one_place():
    report = check_grad(newton_root, {"a": lambda a: 0.5 / a**0.5}, domain={"a": (0.5, 5)}, seed=0)
    assert report.verdict is RIGHT, str(report)

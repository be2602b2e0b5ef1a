"""Why a gradient is wrong, as tables: the mistake, and what is said of it."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograd_lite import Value, cos, exp, log, relu, sigmoid, sin, sqrt, tanh
from autograd_lite import abs as absolute
from autograd_lite.testing import Verdict, assert_grad, check_grad
from tests.testing.chance import explained
from tests.testing.corpus import is_named, is_right, judged, said
from tests.testing.mistakes import CASES, FAMILIES, UNTRACED, cases


@dataclass
class Mistake:
    """F, a wrong gradient, and what the first explanation says."""

    what: str
    f: Any
    df: Any
    says: str  # a regular expression; "" for silence
    parameters: tuple[str, ...] | None  # that it explains; None for all that are wrong
    line: str  # a piece of the line of f that it points to
    options: dict[str, Any]


def mistake(what, f, df, says, parameters=None, line="", **options):
    return Mistake(
        what,
        f,
        df,
        says,
        parameters and tuple(parameters.split("|") if "[" in parameters else parameters.split()),
        line,
        options,
    )


def table(rows):
    return pytest.mark.parametrize("row", rows, ids=lambda row: row.what)


def holds(row):
    """Assert what a row says."""
    report = check_grad(row.f, row.df, **row.options)
    assert report.verdict is Verdict.WRONG, report
    if not row.says:
        assert not report.explanations and "no explanation found" in report.headline, report
        return
    first = report.explanations[0]
    assert re.search(row.says, first.text), report
    assert first.parameters == (row.parameters or report.wrong), report
    assert report.headline.endswith(first.text)
    if row.line:
        with open(row.f.__code__.co_filename, encoding="utf-8") as source:
            lines = source.read().splitlines()
        assert row.line in lines[first.line - 1], (first.line, report)


# ---- the notes' network -------------------------------------------------------------------------


def network(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    z1 = w11 * x1 + w21 * x2 + b1
    a1 = sigmoid(z1)
    z2 = w12 * x1 + w22 * x2 + b2
    a2 = sigmoid(z2)
    z = w1 * a1 + w2 * a2 + b
    yhat = sigmoid(z)
    return -y * log(yhat) - (1 - y) * log(1 - yhat)


BY_HAND = {
    "w11": "(yhat - y) * w1 * a1 * (1 - a1) * x1",
    "w21": "(yhat - y) * w1 * a1 * (1 - a1) * x2",
    "b1": "(yhat - y) * w1 * a1 * (1 - a1)",
    "w12": "(yhat - y) * w2 * a2 * (1 - a2) * x1",
    "w22": "(yhat - y) * w2 * a2 * (1 - a2) * x2",
    "b2": "(yhat - y) * w2 * a2 * (1 - a2)",
    "w1": "(yhat - y) * a1",
    "w2": "(yhat - y) * a2",
    "b": "(yhat - y)",
}
ALL = " ".join(BY_HAND)
UNIT_1 = "w11 w21 b1"


def changed(parameters, old, new):
    """The notes' gradient with something put for something else, for some parameters."""
    out = dict(BY_HAND)
    for name in parameters.split():
        out[name] = out[name].replace(old, new)
        assert out[name] != BY_HAND[name]
    return out


def scaled(parameters, form):
    return BY_HAND | {n: form.format(f"({BY_HAND[n]})") for n in parameters.split()}


def net(what, df, says, parameters=None, line=""):
    return mistake(what, network, df, says, parameters, line)


NETWORK = [
    net("sign of one", scaled("w11", "-{}"), "the sign is flipped"),
    net("sign of all", scaled(ALL, "-{}"), "the sign is flipped"),
    net("twice", scaled("w11", "2 * {}"), "a factor 2 too many"),
    net("half", scaled("w11", "{} / 2"), "a factor 2 is missing"),
    net("log10 for ln", scaled(ALL, "{} / log(10)"), "a factor ln 10 is missing"),
    net("no 1 − a1", changed("w11", "a1 * (1 - a1)", "a1"), r"a factor \(1 − a1\) is missing"),
    net("no a1", changed("w11", "a1 * (1 - a1)", "(1 - a1)"), "a factor a1 is missing"),
    net("no σ′", changed("w11", "* a1 * (1 - a1)", ""), r"factor a1 · \(1 − a1\) is missing"),
    net("no σ′ in unit 1", changed(UNIT_1, "* a1 * (1 - a1)", ""),
        r"a1 = σ\(z1\): the local derivative is forgotten; ∂a1/∂z1 is a1 · \(1 − a1\), not 1",
        None, "a1 = sigmoid(z1)"),
    net("the rule of tanh", changed(UNIT_1, "a1 * (1 - a1)", "(1 - a1 * a1)"),
        "the rule of tanh; ∂a1/∂z1 is", None, "a1 = sigmoid(z1)"),
    net("z1 (1 − z1)", changed(UNIT_1, "a1 * (1 - a1)", "z1 * (1 - z1)"), "z1 stands where a1"),
    net("σ′ once more", changed(ALL, "yhat - y", "(yhat - y) * yhat * (1 - yhat)"),
        r"an extra factor yhat · \(1 − yhat\)"),
    net("no x1", changed("w11", " * x1", ""), "this is the gradient towards b1, not w11"),
    net("no w1", changed(UNIT_1, "* w1", ""), "the factor w1 is forgotten", None, "z = w1 * a1"),
    net("w2 for w1", changed("w11", "w1", "w2"), "w2 stands where w1 belongs"),
    net("a2 for a1", changed("w11", "a1", "a2"), "a2 stands where a1 belongs"),
    net("x2 for x1", changed("w11", "x1", "x2"), "this is the gradient towards w21, not w11"),
    net("the other unit's", BY_HAND | {"w11": BY_HAND["w12"]}, "gradient towards w12, not w11"),
    net("second term of the loss", changed(ALL, "(yhat - y)", "(-y * (1 - yhat))")
        | {"b": "-y * (1 - yhat)"}, "the path through yhat is forgotten here", None, "return -y"),
    net("stopped at z1", changed("w21", " * x2", "") | {"w11": BY_HAND["b1"]},
        "stopped early: this is the derivative towards z1"),
    net("stopped at a1", changed("w11", " * a1 * (1 - a1) * x1", ""), "derivative towards a1"),
    net("z1 held constant", BY_HAND | dict.fromkeys(UNIT_1.split(), "0"), "z1 was held constant"),
    net("a term too many", scaled("w11", "{} + w11"), "an extra term w11"),
    net("|yhat − y|", changed(ALL, "yhat - y", "abs(yhat - y)"),
        "where y > yhat: the sign is flipped"),
    net("2 and w2", changed("w11", "w1", "2 * w2"),
        "two mistakes: w2 stands where w1 belongs; and a factor 2 too many"),
    net("sign and 1 − a1", changed("w11", "* a1 * (1 - a1)", "* -a1"),
        r"a factor −\(1 − a1\) is missing"),
    net("nonsense", changed("w11", "a1 * (1 - a1)", "a1**1.37"), ""),
    net("other nonsense", BY_HAND | {"w11": "sin(w11) + 3.21 * x2"}, ""),
    net("one in ten thousand", scaled("w11", "1.0001 * {}"), ""),
    net("one", BY_HAND | {"w11": "1"}, ""),
]  # fmt: skip


@table(NETWORK)
def test_the_notes_network(row):
    holds(row)


def test_two_parameters_with_two_mistakes():
    df = BY_HAND | {"w11": BY_HAND["w12"], "w12": BY_HAND["w11"], "b": "y - yhat"}
    report = check_grad(network, df)
    found = {e.parameters: e.text for e in report.explanations}
    assert report.wrong == ("w11", "w12", "b")
    assert set(report.right) == set(BY_HAND) - {"w11", "w12", "b"}
    assert found["w11",] == "this is the gradient towards w12, not w11"
    assert found["w12",] == "this is the gradient towards w11, not w12"
    assert "the sign is flipped" in found["b",]


# ---- rules of calculus ----------------------------------------------------------------------


def product(w, x):
    p = w * x * exp(w)
    q = sin(w) / x
    return p * q


def quotient(t):
    u = sin(t)
    v = t * t + 1
    return u / v


def two_paths(a, x):
    b = a * x
    c = sin(b)
    return c * b + a


RULES = [
    mistake("a product's second term", product, {"w": "(x * exp(w) + w * x * exp(w)) * q"},
            "the path through q is forgotten: q was held constant"),
    mistake("a product's first term", product, {"w": "x * exp(w) * q + p * cos(w) / x"},
            r"the path through w is forgotten here", None, "p = w * x * exp(w)"),
    mistake("(p q)′ = p′ q′", product, {"w": "(x * exp(w) + p) * cos(w) / x"},
            "the product of the derivatives stands for that of the product", None, "return p * q"),
    mistake("a quotient's second term", quotient, {"t": "cos(t) / v"},
            "the path through v is forgotten: v was held constant"),
    mistake("a quotient with plus", quotient, {"t": "(cos(t) * v + u * 2 * t) / v**2"},
            r"quotient rule is lost; its local derivative is −\(u / v\) / v, not u / v / v$"),
    mistake("a quotient turned round", quotient, {"t": "(u * 2 * t - cos(t) * v) / v**2"},
            "the sign is flipped"),
    mistake("a quotient over v", quotient, {"t": "(cos(t) * v - u * 2 * t) / v"},
            "an extra factor v"),
    mistake("(u/v)′ = u′/v′", quotient, {"t": "cos(t) / (2 * t)"},
            "the quotient of the derivatives stands for that of the quotient"),
    mistake("forgot the path through b", two_paths, {"a": "cos(b) * x * b + 1"},
            "the path through b is forgotten here", None, "return c * b + a"),
    mistake("forgot the direct path", two_paths, {"a": "(cos(b) * b + c) * x"},
            "the path through a is forgotten here", None, "return c * b + a"),
    mistake("inner derivative", lambda t: exp(2 * t), {"t": "exp(2 * t)"}, "factor 2 is missing"),
    mistake("inner derivative of log", lambda t: log(t * t + 1), {"t": "1 / (t * t + 1)"},
            r"a factor 2 · t is missing"),
    mistake("tⁿ itself", lambda t: t**3, {"t": "t**3"}, "the value stands for the derivative"),
    mistake("exponent kept", lambda t: t**3, {"t": "3 * t**3"}, "not 3 · t\\^3"),
    mistake("coefficient", lambda t: t**3, {"t": "t**2"}, "a factor 3 is missing"),
    mistake("power rule for exp", lambda t: exp(t), {"t": "t * exp(t - 1)"},
            "the power rule for an exponential"),
    mistake("√", lambda t: sqrt(t), {"t": "1 / sqrt(t)"}, "a factor 2 too many",
            domain={"t": "positive"}),
    mistake("cos′ = sin", lambda t: cos(t), {"t": "sin(t)"}, "the sign is flipped"),
    mistake("tanh′ = 1 − tanh", lambda t: tanh(t) + t, {"t": "2 - tanh(t)"},
            r"tanh\(t\) stands for its square"),
    mistake("no relu", lambda w, x: relu(w * x) ** 2, {"w": "2 * w * x * x"}, "relu left out"),
    mistake("no sign of |r|", lambda w, x: absolute(w * x), {"w": lambda w, x: x},
            r"not 1|left out|where"),
]  # fmt: skip


@table(RULES)
def test_rules_of_calculus(row):
    holds(row)


# ---- arrays -------------------------------------------------------------------------------------

SIZES = {"X": (5, 3), "w": (3,), "y": (5,), "W": (3, 2), "A": (3, 3), "B": (3, 3), "v": (3,)}


def mean_squares(X, w, y):
    r = X @ w - y
    return (r * r).sum() / len(y)


def ridge(X, w, y, lam):
    r = X @ w - y
    return (r * r).sum() / len(y) + lam * (w * w).sum()


def bilinear(A, w, v):
    return v @ (A @ w)


def both(A, B):
    return (A * B).sum() + (A * A * B).sum()


def layer(X, W):
    a = tanh(X @ W)
    return (a * a).sum()


def unrolled(w, u, v):
    h = 0.0
    for t in range(3):
        h = tanh(w * h + u * v[t])
    return h


def unrolled_by_hand(w, u, v, slope=lambda h: 1 - h * h):
    h = dw = du = 0.0
    for t in range(3):
        z = w * h + u * v[t]
        dw, du, h = h + w * dw, v[t] + w * du, np.tanh(z)
        dw, du = slope(h) * dw, slope(h) * du
    return {"w": dw, "u": du}


def truncated(w, u, v):
    h = [0.0]
    for t in range(3):
        h.append(np.tanh(w * h[-1] + u * v[t]))
    return {"w": (1 - h[3] ** 2) * h[2], "u": (1 - h[3] ** 2) * v[2]}


def residual(X, w, y):
    return X.T @ (X @ w - y)


def arrays(what, f, df, says, parameters=None, line=""):
    names = f.__code__.co_varnames[: f.__code__.co_argcount]
    shapes = {n: SIZES[n] for n in names if n in SIZES and not (f is unrolled and n == "w")}
    return mistake(what, f, df, says, parameters, line, shapes=shapes)


def rectified(A, B, w, v):
    z = A @ w
    h = np.maximum(z, 0)
    e = B @ h - v
    return (e * e).sum()


def rectified_by_hand(A, B, w, v, gate=lambda z: z > 0, read=lambda z, h: h):
    z = A @ w
    h = np.maximum(z, 0)
    e = B @ h - v
    return {"A": np.outer(gate(z) * (B.T @ (2 * e)), w), "B": 2 * np.outer(e, read(z, h))}


def clipped(w, v):
    c = np.clip(w * v, -1, 1)
    return (c * c).sum()


MEANS = {
    "no 1/n": (2.0, "a factor 5 .the length of X's axis 0. too many"),
    "1/n twice": (2 / 25, "a factor 5 .the length of X's axis 0. is missing"),
    "n − 1 for n": (2 / 4, r"a factor n/\(n − 1\) with n = 5"),
    "no 2": (1 / 5, "a factor 2 is missing"),
    "neither": (1.0, "a factor 5/2, with 5"),
    "sign": (-2 / 5, "the sign is flipped"),
    "log10": (2 / 5 / np.log(10), "a factor ln 10 is missing"),
    "nonsense": (0.7391 * 2 / 5, ""),
}
ARRAYS = [
    *(
        arrays(what, mean_squares, {"w": lambda X, w, y, c=c: c * residual(X, w, y)}, says)
        for what, (c, says) in MEANS.items()
    ),
    arrays("regulariser forgotten", ridge, {"w": lambda X, w, y: 2 / 5 * residual(X, w, y)},
           "the path through .* is forgotten", None, "lam * (w * w)"),
    arrays("regulariser halved", ridge,
           {"w": lambda X, w, y, lam: 2 / 5 * residual(X, w, y) + lam * w},
           r"lam .*a factor 2 is missing", None, "lam * (w * w)"),
    arrays("n − 1 in one term", ridge,
           {"w": lambda X, w, y, lam: 2 / 4 * residual(X, w, y) + 2 * lam * w},
           r"X @ w in r: .*n/\(n − 1\) with n = 5", None, "r = X @ w - y"),
    arrays("a transposed gradient", bilinear, {"A": lambda A, w, v: np.outer(w, v)},
           "the gradient towards A is transposed"),
    arrays("A for its transpose", bilinear, {"w": lambda A, w, v: A @ v},
           "A stands where its transpose belongs"),
    arrays("w for v", bilinear, {"w": lambda A, w, v: A.T @ w}, "w stands where v belongs"),
    arrays("another matrix's gradient", both,
           {"A": lambda A, B: A + A * A, "B": lambda A, B: A + A * A},
           "this is the gradient towards B, not A", "A"),
    arrays("no tanh′ in a batch", layer, {"W": lambda X, W: X.T @ (2 * np.tanh(X @ W))},
           r"1 − a · a, not 1 \(at all 10 places\)", None, "a = tanh(X @ W)"),
    arrays("1 − a in a batch", layer,
           {"W": lambda X, W: X.T @ (2 * np.tanh(X @ W) * (1 - np.tanh(X @ W)))},
           r"a stands for its square.*\(at all 10 places\)", None, "a = tanh(X @ W)"),
    arrays("no tanh′ in a loop", unrolled,
           lambda w, u, v: unrolled_by_hand(w, u, v, lambda h: 1), r"not 1 \(at all 3 places\)",
           None, "h = tanh("),
    arrays("only the last step", unrolled, truncated, "h#2 was held constant"),
    arrays("no gate", rectified, lambda *a: rectified_by_hand(*a, gate=lambda z: 1),
           r"h = max\(z, 0\): the gate is forgotten.*\(at all 3 places\)", "A", "h = np.max"),
    arrays("the other gate", rectified, lambda *a: rectified_by_hand(*a, gate=lambda z: z <= 0),
           r"h = max\(z, 0\): the branches are exchanged", "A", "h = np.max"),
    arrays("before the gate", rectified, lambda *a: rectified_by_hand(*a, read=lambda z, h: z),
           "z stands where h belongs", "B"),
    arrays("no gate of clip", clipped, {"w": lambda w, v: 2 * np.clip(w * v, -1, 1) * v},
           r"min\(.*the gate is forgotten|a gate .* is forgotten"),
    mistake("no gate of clip on numbers", lambda w, x: np.clip(w * x, -1, 1) ** 2,
            {"w": lambda w, x: 2 * np.clip(w * x, -1, 1) * x},
            r"where f does not depend on it yours is not 0: a gate \(max, clip, …\) is forgotten"),
    mistake("no penalty", lambda w, x, y, lam: (y - w * x) ** 2 + lam * w * w,
            {"w": "-2 * (y - w * x) * x"}, "the path through .*lam · w.* · w is forgotten"),
]  # fmt: skip


@table(ARRAYS)
def test_arrays(row):
    holds(row)


@pytest.mark.parametrize(("rows", "both"), [(2, True), (4, False)])
def test_a_factor_2_that_may_be_a_length_is_told_as_both(rows, both):
    def doubled(X, w, y):
        return 2 * 2 * X.T @ (X @ w - y) / len(y)

    shapes = {"X": (rows, 3), "w": (3,), "y": (rows,)}
    report = check_grad(mean_squares, doubled, wrt="w", shapes=shapes, seed=0)
    words = [text for e in report.explanations for text in (e.text, *e.also)]
    assert report.wrong == ("w",) and any("a factor 2" in text for text in words)
    told = "a factor 2 (or the length of X's axis 0: cannot tell which) too many"
    assert any(told in text for text in words) == both


# ---- what is done to arrays, and to functions that are written out ------------------------------


def ridge_with_bias(X, w, b, y, lam):
    r = X @ w + b - y
    return (r * r).mean() + lam * (w * w).sum()


def ridge_by_hand(X, w, b, y, lam):
    r = X @ w + b - y
    return {"w": 2 / 5 * X.T @ r + 2 * lam * w, "b": 2 * r.mean() + 2 * lam * b}


def softmaxed(z, c):
    e = exp(z)
    p = e / e.sum()
    return (p * c).sum()


def softmaxed_by_hand(jacobian):
    def df(z, c):
        p = np.exp(z) / np.exp(z).sum()
        return c @ jacobian(p)

    return {"z": df}


def attention(Q, K, V, G):
    S = Q @ K.T
    E = exp(S)
    A = E / E.sum(axis=1, keepdims=True)
    O = A @ V  # noqa: E741
    return (O * G).sum()


def attention_by_hand(Q, K, V, G, how):
    E = np.exp(Q @ K.T)
    A = E / E.sum(axis=1, keepdims=True)
    dA = G @ V.T
    dS = A * (dA - (A * dA).sum(axis=1, keepdims=True))
    if how == "diagonal":
        dS = dA * A * (1 - A)
    dQ = dS.T @ K if how == "dS.T for dS" else dS @ K
    dK = dS @ Q if how == "dS for dS.T" else dS.T @ Q
    return {"Q": dQ, "K": dK, "V": A.T @ G}


def classes(X, W, y):
    Z = X @ W
    shifted = Z - Z.max(axis=1, keepdims=True)
    P = exp(shifted)
    P = P / P.sum(axis=1, keepdims=True)
    return -log(P[np.arange(4), y]).mean()


def classes_by_hand(X, W, y, rows=lambda: np.arange(4), shift=0, less=1):
    P = np.exp(X @ W)
    P /= P.sum(axis=1, keepdims=True)
    P[rows(), (y + shift) % 3] -= less
    return X.T @ P / 4


def written(w, x, y):
    z = w * x
    a = 1 / (1 + exp(-z))
    return (a - y) ** 2


def written_by_hand(slope):
    def df(w, x, y):
        a = 1 / (1 + np.exp(-w * x))
        return 2 * (a - y) * slope(a) * x

    return {"w": df}


def three_turns(w, u, x1, x2, x3):
    h1 = tanh(u * x1)
    h2 = tanh(w * h1 + u * x2)
    h3 = tanh(w * h2 + u * x3)
    return h3 * h3


def three_turns_by_hand(w, u, x1, x2, x3, one=False):
    h1 = np.tanh(u * x1)
    h2 = np.tanh(w * h1 + u * x2)
    h3 = np.tanh(w * h2 + u * x3)
    g3, g2, g1 = (1 - h * h for h in ((h3, h2, h1) if one else (h3, h3, h3)))
    d3 = 2 * h3 * g3
    d2 = d3 * w * (1 if one else g2)
    d1 = d2 * w * g1
    return {"w": d3 * h2 + d2 * h1, "u": d3 * x3 + d2 * x2 + d1 * x1}


def own_value(x):
    u = x**3
    return exp(u) * x


def added(x):
    u = x**2
    v = sin(x)
    return u + v


def weighted(w, x, m):
    r = x - m
    return (w * r * r).sum()


def half_squares(w, x, y):
    yhat = w * x
    return (y - yhat) ** 2 / 2 + w * w


def log_loss(w, x, y):
    p = sigmoid(w * x)
    return -y * log(p) - (1 - y) * log(1 - p)


def sized(what, f, df, says, parameters=None, line="", **shapes):
    options = {"domain": {"y": {0, 1, 2}}, "wrt": ["W"]} if f is classes else {}
    return mistake(what, f, df, says, parameters, line, shapes=shapes, **options)


BATCH = {"X": (4, 3), "W": (3, 3), "y": (4,)}
HEADS = dict.fromkeys("QKVG", (3, 2))
MASK = np.array([2.0, 0.0, 2.0, 0.0, 0.0, 2.0])
PICKED = [0, 2, 2, 1, 2]


def masked(x, c):
    h = tanh(x)
    out = h * MASK
    return (out * c).sum()


def rectified(x, c):
    return (np.maximum(0, x) * c).sum()


def picked(w, c):
    rows = w[PICKED]
    return (rows * c).sum()


def d_picked(w, c):
    dw = np.zeros(3)
    dw[PICKED] += c
    return dw


def sigmoid_by_hand(x, c):
    out = 1 / (1 + np.exp(-x))
    return (out * c).sum()


def d_sigmoid_by_hand(x, c):
    out = 1 / (1 + np.exp(-x))
    return c * out * (1 + out)


def filtered(x, w, c):
    total = 0.0
    for i in range(3):
        for j in range(3):
            total = total + c[i, j] * (x[i : i + 2, j : j + 2] * w).sum()
    return total


def d_filtered(x, w, c):
    dx = np.zeros((4, 4))
    for i in range(3):
        for j in range(3):
            dx[i : i + 2, j : j + 2] += c[i, j] * w[::-1, ::-1]
    return dx


KINDS = [
    sized("decay of the bias", ridge_with_bias, ridge_by_hand, "^an extra term 2 · b · lam$", "b",
          X=(5, 3), w=(3,), y=(5,)),
    sized("diagonal of softmax", softmaxed, softmaxed_by_hand(lambda p: np.diag(p * (1 - p))),
          "^only the diagonal of ∂p/∂z is there", z=(4,), c=(4,)),
    sized("off it as on it", softmaxed,
          softmaxed_by_hand(lambda p: np.repeat((p * (1 - p))[:, None], 4, axis=1)),
          r"^p · \(1 − p\), the diagonal of ∂p/∂z, stands for its cross terms", z=(4,), c=(4,)),
    sized("cross terms with plus", softmaxed,
          softmaxed_by_hand(lambda p: np.diag(p * (1 - p)) + np.outer(p, p) * (1 - np.eye(4))),
          "^the cross terms of ∂p/∂z have the wrong sign", z=(4,), c=(4,)),
    sized("only one entry", softmaxed, {"z": lambda z, c: softmaxed_by_hand(
            lambda p: np.diag(p) - np.outer(p, p))["z"](z, c) * np.eye(4)[2]},
          r"there at z\[2\] alone", "z[0]|z[1]|z[3]", z=(4,), c=(4,)),
    sized("diagonal in attention", attention, lambda *a: attention_by_hand(*a, "diagonal"),
          "^only the diagonal of ∂A/∂S is there", "Q K", **HEADS),
    sized("dS.T for dS", attention, lambda *a: attention_by_hand(*a, "dS.T for dS"),
          "^the derivative towards S is transposed", "Q", **HEADS),
    sized("dS for dS.T", attention, lambda *a: attention_by_hand(*a, "dS for dS.T"),
          "^the derivative towards S is transposed", "K", **HEADS),
    sized("an outer product transposed", lambda A, w, v: v @ tanh(A @ w),
          {"A": lambda A, w, v: np.outer(w, v * (1 - np.tanh(A @ w) ** 2))},
          "^the gradient towards A is transposed$",
          "A[0, 1]|A[0, 2]|A[1, 0]|A[1, 2]|A[2, 0]|A[2, 1]",
          A=(3, 3), w=(3,), v=(3,)),
    sized("p[:, y]", classes, lambda *a: classes_by_hand(*a, rows=lambda: slice(None)),
          r"^Z\[:, y\] stands where Z\[arange\(n\), y\] belongs$", **BATCH),
    sized("no one-hot target", classes, lambda *a: classes_by_hand(*a, less=0),
          r"^the 1 of the right class is not subtracted at Z\[arange\(n\), y\]$", **BATCH),
    sized("classes from 1", classes, lambda *a: classes_by_hand(*a, shift=1),
          r"^y \+ 1 stands where y belongs in Z\[arange\(n\), y\]$", **BATCH),
    mistake("tanh′ for a σ written out", written, written_by_hand(lambda a: 1 - a * a),
            r"^a as a function of z: 1 − a², the rule of tanh, stands where its slope belongs$"),
    mistake("no slope of a σ written out", written, written_by_hand(lambda a: a),
            "^a as a function of z: a itself stands where its slope belongs$"),
    mistake("tanh′ at h3 in every turn", three_turns, three_turns_by_hand,
            "^h3, the last, stands for every h in the slope of it: h3 where h1 belongs, "
            "h3 where h2 belongs$"),
    mistake("no tanh′ in one turn", three_turns, lambda *a: three_turns_by_hand(*a, one=True),
            "^line .*, h2 = tanh.*: the .* is forgotten;", None, "h2 = tanh"),
    mistake("f′(u′) · u′", own_value, {"x": "exp(3 * x**2) * 3 * x**3 + exp(x**3)"},
            "exp′ is taken at the derivative of u, not at u$", None, "return exp(u)"),
    mistake("u′ · v′ for u′ + v′", added, {"x": "2 * x * cos(x)"},
            "the derivatives of the terms are multiplied, not added$", None, "return u + v"),
    sized("weights squared", weighted, {"m": lambda w, x, m: -2 * (w * w * (x - m)).sum()},
          "an extra factor w: w is squared$", w=(4,), x=(4,)),
    mistake("x · xˣ⁻¹", lambda x: x**x, {"x": "x * x ** (x - 1)"},
            "through the exponent x is forgotten here: the rule of a power alone",
            domain={"x": "positive"}),
    mistake("ln x · xˣ", lambda x: x**x, {"x": "x**x * log(x)"},
            "through the base x is forgotten here: the rule of an exponential alone",
            domain={"x": "positive"}),
    mistake("y − p for p − y in a term", half_squares, {"w": "(y - yhat) * x + 2 * w"},
            "y − yhat: the sign is lost, as if it were yhat − y; its local derivative is −1, not 1",
            None, "(y - yhat) ** 2"),
    mistake("y − p for p − y", log_loss, {"w": "(y - p) * x"},
            "^the sign is flipped: y − p stands where p − y belongs$", domain={"y": "unit"}),
    mistake("2 too many, simplified", lambda w, x: w**2 * x + w, {"w": "4 * w * x + 1"},
            r"; ∂w\^2/∂w is 2 · w, not 2 · 2 · w$"),
    mistake("a rate that fits by chance", lambda w, lam: lam * w * w, {"w": "1.7 * lam * w"}, ""),
    sized("a mask forgotten", masked, {"x": lambda x, c: c * (1 - np.tanh(x) ** 2)},
          r"the factor \(0 or 2\) is forgotten; ∂out/∂h is \(0 or 2\), not 1", x=(6,), c=(6,)),
    sized("x for relu′", rectified, {"x": lambda x, c: c * x}, "x itself stands for the gate",
          x=(4,), c=(4,)),
    sized("an index that comes twice", picked, {"w": d_picked},
          r"used several times, only the last use counts: .*np\.add\.at", w=(3,), c=(5,)),
    sized("1 + out", sigmoid_by_hand, {"x": d_sigmoid_by_hand}, r"out · \(1 \+ out\), a sign lost",
          x=(4,), c=(4,)),
    sized("a filter turned round", filtered, {"x": d_filtered}, "w stands in reverse order",
          x=(4, 4), w=(2, 2), c=(3, 3)),
    mistake("u′ · v′, an exponent that is a Value", lambda x: x ** Value(2.0) * sin(x),
            {"x": "2 * x * cos(x)"}, "the product of the derivatives stands for that"),
    mistake("a gate without its label", lambda w, x, y, m: np.maximum(0, m - y * w * x),
            {"w": lambda w, x, y, m: -y * x * (w * x < m)}, "", domain={"y": {-1, 1}},
            wrt=["w"]),
]  # fmt: skip


@table(KINDS)
def test_kinds(row):
    holds(row)


# ---- how long is searched -----------------------------------------------------------------------


def test_the_search_can_be_left_out_or_cut_short():
    df = scaled("w11", "(1 + sin(x1)) * {}")
    none = check_grad(network, df, explain=False)
    assert none.verdict is Verdict.WRONG and not none.explanations
    assert "cut short" not in str(none) and "WRONG: the numbers differ" in none.headline
    assert "no explanation was looked for: explain=False" in none.notes
    short = check_grad(network, df, explain=1e-6)
    assert short.verdict is Verdict.WRONG
    assert "search for an explanation was cut short after 1e-06 s; explain=" in str(short)
    assert "cut short" not in str(check_grad(network, df, explain=60))
    with pytest.raises(ValueError, match="explain = -1"):
        check_grad(network, df, explain=-1)
    with pytest.raises(AssertionError, match="the numbers differ"):
        assert_grad(network, scaled("w11", "-{}"), explain=False)


def test_each_formula_has_a_line():
    report = check_grad(network, changed(UNIT_1, "* a1 * (1 - a1)", ""))
    lines = str(report).splitlines()
    assert lines[0].endswith("a1 = σ(z1): the local derivative is forgotten")
    assert lines[1].strip() == "∂a1/∂z1 is a1 · (1 − a1), not 1"


def test_chance_is_no_reason():
    tried, said = explained(24)
    assert tried >= 22 and not said


def test_loops_by_hand_are_right():
    assert check_grad(unrolled, unrolled_by_hand, wrt=["w", "u"], shapes={"v": (3,)}).ok


# ---- a wording for each -------------------------------------------------------------------------


def test_equal_wordings_are_one_explanation():
    report = check_grad(network, scaled("w11", "-{}"))
    (only,) = report.explanations
    assert only.text == "the sign is flipped" and len(only.also) == 2
    assert all("sign" in words for words in only.also)
    assert "or, the same numbers: line" in str(report)


def test_names_come_from_labels_too():
    def f(u, v):
        return square_of(labelled(u * v, "area"))

    report = check_grad(f, {"u": "2 * v"})
    assert "area" in report.headline


def labelled(x, name):
    if hasattr(x, "label"):
        x.label = name
    return x


def square_of(x):
    return x * x


# ---- the corpus ---------------------------------------------------------------------------------

SILENT = {  # wrong, but no explanation is found: the list may only become shorter
    ("log-sum-exp", "the shift by the largest counted once more"),
    ("log-sum-exp", "each entry left out of its own sum"),
    ("layer norm, weighted sum", "corrected over the batch as in batch norm"),
    ("layer norm, weighted sum", "scale applied after the correction"),
    ("RMS norm", "correction of layer norm, mean and all"),
    (
        "Gaussian negative log-likelihood of a sample, by log sigma",
        "variance about the sample mean, not mu",
    ),
    (
        "logistic regression on a batch, with weight decay",
        "targets of -1 and 1 in a formula for 0 and 1",
    ),
    ("GELU unit", "slope of the tanh approximation's cousin z·σ(1.702z)"),
    ("smoothed lasso", "sizes divided by the norm of all of w"),
    ("½‖Ax − b‖²", "data left untouched by A"),
    ("cosine similarity", "second term with the other vector"),
    ("log of a ratio of means", "mean of logs for log of the mean"),
    ("polynomial regression", "square of the mean for the mean of squares"),
    ("softmax regression on a batch", "normalised over the samples, not the classes"),
    ("Huber loss of a line", "threshold the wrong way round"),
    ("batch norm, half squared error", "plus for both corrections"),
    (
        "Gaussian negative log-likelihood of a sample, by log sigma",
        "variance about the sample mean, not mu",
    ),
    (
        "logistic regression on a batch, with weight decay",
        "targets of -1 and 1 in a formula for 0 and 1",
    ),
    (
        "softmax loss of a batch, shifted by the maximum",
        "keepdims forgotten: row sums divide the columns",
    ),
    ("softmax loss of a batch, shifted by the maximum", "1 taken off at the predicted class"),
    ("multiclass SVM with a penalty", "all other classes counted at the label"),
    ("self-attention of three tokens", "mean by the weights taken down the columns"),
    ("self-attention of three tokens", "keepdims forgotten in the mean"),
    ("additive attention", "paths of the keys multiplied where they add"),
    ("recurrent unit, the sigmoid written out", "σ′ at the last state in every step"),
    ("tanh network over four steps", "states one step late"),
    ("correlation with a kernel", "windows overwritten where they overlap"),
    ("mean of 2×2 blocks, then weights", "tiled where it should be repeated"),
    ("ratings factorised, with gaps", "E for Eᵀ"),
    ("ratings factorised, with gaps", "mean rating for the sum"),
    ("batch norm of a matrix", "scale summed over the features"),
    ("layer norm of a matrix", "keepdims forgotten in the means"),
    ("layer norm of a matrix", "means over the samples, as in batch norm"),
    ("rows at length 1", "Jacobian's diagonal alone"),
    ("Weibull lifetimes", "power rule for the exponent"),
    ("Weibull lifetimes", "scale's log forgotten"),
    ("Weibull lifetimes", "1/lam² for −1/lam² of the ratio"),
    ("bivariate normal", "y for x in the cross term"),
    ("mixture of two normals", "weights left out of the responsibilities"),
    ("mixture of two normals", "other component's responsibility"),
    ("normal with a covariance by its factor", "precision's diagonal alone"),
    ("normal with a covariance by its factor", "LLᵀ for LᵀL"),
    ("REINFORCE with a baseline", "an action taken twice counted once"),
    ("linear quadratic control", "costate one step late"),
    ("mass pushed to a goal", "one step too many left"),
    ("elastic net of four weights", "mix and 1 − mix exchanged"),
    ("group lasso", "one length for all rows"),
    ("group lasso", "lengths of the columns"),
    ("KL of a diagonal normal to the standard one", "log of the variance taken for that of σ"),
    ("xˣ", "both, multiplied"),
    ("sine of a polynomial", "inner derivative added, not multiplied"),
    ("tanh inside exp, twice over", "product's derivatives multiplied where they add"),
    ("product of three", "product of the derivatives"),
    ("polar coordinates", "angle's derivatives swapped"),
    ("learning rate through three steps of descent", "slopes at the weights after the step"),
    ("logistic map, three times", "slopes added where they multiply"),
    ("characters predicted from states", "p[target] -= 1: rows for columns"),
    ("characters predicted from states", "classes the other way round"),
    ("perceptron criterion on a batch", "gate by the score, without the label"),
    ("hidden sigmoids written out", "outer product transposed, then reshaped"),
    ("two ReLU layers", "upper gate used for both layers"),
}


def name(case):
    return f"{case.function}: {case.name}"


def some(family):
    """Every second of the right ones; of the wrong ones, whose reasons take time, every sixth.

    ``python -m tests.testing.corpus`` judges all of them, at as many seeds as you like.
    """
    every = cases((family,))
    return [c for c in every if c.right][::2] + [c for c in every if not c.right][::6]


@pytest.mark.parametrize("case", [case for family in FAMILIES for case in some(family)], ids=name)
def test_the_corpus(case):
    report = judged(case, seed=0)
    assert is_right(case, report), report
    if not case.right and (not case.explained_by or (case.function, case.name) in SILENT):
        assert not said(report), report
    elif not case.right:
        assert is_named(case, report), report


@pytest.mark.parametrize("case", cases(UNTRACED), ids=name)
def test_what_cannot_be_traced(case):
    report = judged(case, seed=0)
    assert is_right(case, report) and report.evidence == "numeric", report


def test_little_of_the_corpus_is_left_unexplained():
    wrong = [case for case in CASES if case.wrong and case.explained_by]
    assert not SILENT - {(case.function, case.name) for case in wrong}
    assert len(SILENT) <= 0.16 * len(wrong)

"""Attention, recurrent units, a gate, a convolution: weights that are used more than once."""

import numpy as np

from autograd_lite import exp, sigmoid, sqrt, tanh
from tests.testing.mistakes.case import SIGN, problem


@problem(
    "attention of one query",
    wrt="q K V",
    shapes={"q": (3,), "K": (4, 3), "V": (4, 2), "u": (2,)},
)
def attention(q, K, V, u):
    scores = K @ q / sqrt(3.0)
    e = exp(scores)
    weights = e / e.sum()
    out = weights @ V
    return (u * out).sum()


ROOT = np.sqrt(3)
SCALE = r"√|sqrt|\broot\b|(?<![\w.])3(?!\.?\d)|1\.73|0\.577|scores"
JACOBIAN = r"softmax|\be\b|\bsum|weights|cross|Jacobian"


def attended(q, K, V, u):
    """The weights, and ∂L/∂weights."""
    e = np.exp(K @ q / ROOT)
    return e / e.sum(), V @ u


def asked(ds, q, K, a, u):
    return {"q": K.T @ ds, "K": np.outer(ds, q), "V": np.outer(a, u)}


@attention.right("values' deviation from the output")
def _(q, K, V, u):
    a, da = attended(q, K, V, u)
    return asked(a * (da - a @ da) / ROOT, q, K, a, u)


@attention.right("with the softmax Jacobian and einsum")
def _(q, K, V, u):
    a, _ = attended(q, K, V, u)
    J = np.diag(a) - np.einsum("i,j->ij", a, a)
    return {
        "q": np.einsum("ij,ik,kl,l->j", K, J, V, u) / ROOT,
        "K": np.einsum("ki,il,l,j->kj", J, V, u, q) / ROOT,
        "V": np.einsum("k,l->kl", a, u),
    }


@attention.wrong("forgot 1/√d", "q K", SCALE)
def _(q, K, V, u):
    a, da = attended(q, K, V, u)
    return asked(a * (da - a @ da), q, K, a, u)


@attention.wrong("1/d for 1/√d", "q K", SCALE)
def _(q, K, V, u):
    a, da = attended(q, K, V, u)
    return asked(a * (da - a @ da) / 3, q, K, a, u)


@attention.wrong("cross terms of the softmax missing", "q K", JACOBIAN)
def _(q, K, V, u):
    a, da = attended(q, K, V, u)
    return asked(a * (1 - a) * da / ROOT, q, K, a, u)


@attention.wrong("softmax's sum taken as constant", "q K", JACOBIAN)
def _(q, K, V, u):
    a, da = attended(q, K, V, u)
    return asked(a * da / ROOT, q, K, a, u)


@attention.wrong("values weighted by the scores", "V", r"scores|weights|softmax|\be\b")
def _(q, K, V, u):
    a, da = attended(q, K, V, u)
    return {**asked(a * (da - a @ da) / ROOT, q, K, a, u), "V": np.outer(K @ q / ROOT, u)}


@attention.wrong("all mass on the best key", "q K V")
def _(q, K, V, u):
    _, da = attended(q, K, V, u)
    a = 0.9 * (np.arange(4) == np.argmax(K @ q)) + 0.025
    return asked(a * (da - a @ da) / ROOT, q, K, a, u)


@problem("recurrent unit, three steps", wrt="w u b")
def recurrent(w, u, b, h0, x1, x2, x3, y):
    h1 = tanh(w * h0 + u * x1 + b)
    h2 = tanh(w * h1 + u * x2 + b)
    h3 = tanh(w * h2 + u * x3 + b)
    return 0.5 * (h3 - y) ** 2


def unrolled(w, u, b, h0, x1, x2, x3, y):
    """h1, h2, h3, and ∂L by the sum under each tanh."""
    h1 = tanh(w * h0 + u * x1 + b)
    h2 = tanh(w * h1 + u * x2 + b)
    h3 = tanh(w * h2 + u * x3 + b)
    d3 = (h3 - y) * (1 - h3**2)
    d2 = d3 * w * (1 - h2**2)
    return h1, h2, h3, d2 * w * (1 - h1**2), d2, d3


@recurrent.right("backward through time")
def _(w, u, b, h0, x1, x2, x3, y):
    h1, h2, _, d1, d2, d3 = unrolled(w, u, b, h0, x1, x2, x3, y)
    return {
        "w": d1 * h0 + d2 * h1 + d3 * h2,
        "u": d1 * x1 + d2 * x2 + d3 * x3,
        "b": d1 + d2 + d3,
    }


@recurrent.right("forward, with the sensitivities carried along")
def _(w, u, b, h0, x1, x2, x3, y):
    h, dw, du, db = h0, 0.0, 0.0, 0.0
    for x in (x1, x2, x3):
        new = tanh(w * h + u * x + b)
        slope = 1 - new**2
        dw, du, db = slope * (h + w * dw), slope * (x + w * du), slope * (1 + w * db)
        h = new
    return {"w": (h - y) * dw, "u": (h - y) * du, "b": (h - y) * db}


@recurrent.wrong("only the last step counted", "w u b", r"\bh[012]\b|last|time step")
def _(w, u, b, h0, x1, x2, x3, y):
    _, h2, _, _, _, d3 = unrolled(w, u, b, h0, x1, x2, x3, y)
    return {"w": d3 * h2, "u": d3 * x3, "b": d3}


@recurrent.wrong("first time step forgotten", "w u b", r"\bh[01]\b|\bx1\b|first")
def _(w, u, b, h0, x1, x2, x3, y):
    h1, h2, _, _, d2, d3 = unrolled(w, u, b, h0, x1, x2, x3, y)
    return {"w": d2 * h1 + d3 * h2, "u": d2 * x2 + d3 * x3, "b": d2 + d3}


@recurrent.wrong("each step with its own output state", "w", r"h0|h1|h2|h3|state|time step")
def _(w, u, b, h0, x1, x2, x3, y):
    h1, h2, h3, d1, d2, d3 = unrolled(w, u, b, h0, x1, x2, x3, y)
    dw = d1 * h1 + d2 * h2 + d3 * h3
    return {"w": dw, "u": d1 * x1 + d2 * x2 + d3 * x3, "b": d1 + d2 + d3}


@recurrent.wrong("inputs in reverse order", "u", r"x1|x3|order|revers")
def _(w, u, b, h0, x1, x2, x3, y):
    h1, h2, _, d1, d2, d3 = unrolled(w, u, b, h0, x1, x2, x3, y)
    du = d1 * x3 + d2 * x2 + d3 * x1
    return {"w": d1 * h0 + d2 * h1 + d3 * h2, "u": du, "b": d1 + d2 + d3}


@recurrent.wrong("recurrent weight forgotten between the steps", "w u b", r"\bw\b")
def _(w, u, b, h0, x1, x2, x3, y):
    h1, h2, _, _, _, d3 = unrolled(w, u, b, h0, x1, x2, x3, y)
    d2 = d3 * (1 - h2**2)
    d1 = d2 * (1 - h1**2)
    return {
        "w": d1 * h0 + d2 * h1 + d3 * h2,
        "u": d1 * x1 + d2 * x2 + d3 * x3,
        "b": d1 + d2 + d3,
    }


@recurrent.wrong("slope of the middle step forgotten", "w u b", r"h2|tanh")
def _(w, u, b, h0, x1, x2, x3, y):
    h1, h2, _, _, _, d3 = unrolled(w, u, b, h0, x1, x2, x3, y)
    d2 = d3 * w
    d1 = d2 * w * (1 - h1**2)
    return {
        "w": d1 * h0 + d2 * h1 + d3 * h2,
        "u": d1 * x1 + d2 * x2 + d3 * x3,
        "b": d1 + d2 + d3,
    }


@problem("gated memory cell", wrt="wf wi c0")
def cell(wf, wi, c0, x, y):
    keep = sigmoid(wf * x)
    new = tanh(wi * x)
    c = keep * c0 + (1 - keep) * new
    return 0.5 * (c - y) ** 2


def gated(wf, wi, c0, x, y):
    keep, new = sigmoid(wf * x), tanh(wi * x)
    return keep, new, keep * c0 + (1 - keep) * new - y


@cell.right("difference of old and new times the gate's slope")
def _(wf, wi, c0, x, y):
    keep, new, d = gated(wf, wi, c0, x, y)
    return {
        "wf": d * (c0 - new) * keep * (1 - keep) * x,
        "wi": d * (1 - keep) * (1 - new * new) * x,
        "c0": d * keep,
    }


@cell.wrong("gate the wrong way round", "wi c0", r"keep|gate|1 [-−]")
def _(wf, wi, c0, x, y):
    keep, new, d = gated(wf, wi, c0, x, y)
    return {
        "wf": d * (c0 - new) * keep * (1 - keep) * x,
        "wi": d * keep * (1 - new * new) * x,
        "c0": d * (1 - keep),
    }


@cell.wrong("gate's second use forgotten", "wf", r"\bkeep\b|gate|\bnew\b")
def _(wf, wi, c0, x, y):
    keep, new, d = gated(wf, wi, c0, x, y)
    return {
        "wf": d * c0 * keep * (1 - keep) * x,
        "wi": d * (1 - keep) * (1 - new * new) * x,
        "c0": d * keep,
    }


@cell.wrong("old and new added where they compete", "wf", SIGN, r"keep|gate|new")
def _(wf, wi, c0, x, y):
    keep, new, d = gated(wf, wi, c0, x, y)
    return {
        "wf": d * (c0 + new) * keep * (1 - keep) * x,
        "wi": d * (1 - keep) * (1 - new * new) * x,
        "c0": d * keep,
    }


@problem("convolution, one channel", wrt="x k", shapes={"x": (5,), "k": (3,), "u": (3,)})
def convolution(x, k, u):
    out = [x[i] * k[0] + x[i + 1] * k[1] + x[i + 2] * k[2] for i in range(3)]
    return u[0] * out[0] + u[1] * out[1] + u[2] * out[2]


@convolution.right("correlation for k, full convolution for x")
def _(x, k, u):
    return {"x": np.convolve(u, k), "k": np.correlate(x, u, "valid")}


@convolution.wrong("kernel flipped on the way back", "x", r"flip|k\[|k0|k1|revers|order|transpos")
def _(x, k, u):
    return {"x": np.convolve(u, k[::-1]), "k": np.correlate(x, u, "valid")}


@convolution.wrong(
    "kernel taken as used at the first place only", "k", r"\bout\b|\bsum|place|used|once"
)
def _(x, k, u):
    return {"x": np.convolve(u, k), "k": u[0] * x[:3]}

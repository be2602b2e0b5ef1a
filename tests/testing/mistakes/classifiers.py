"""Small classifiers from beginning to end: labels as integers or signs, units written out."""

import numpy as np

from autograd_lite import exp, log, maximum, relu
from tests.testing.mistakes.case import SIGN, lacks, problem


@problem(
    "characters predicted from states",
    wrt="H V",
    shapes={"H": (4, 2), "V": (3, 2), "target": (4,)},
    domain={"target": {0, 1, 2}},
)
def characters(H, V, target):
    logits = H @ V.T
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    logp = shifted - log(exp(shifted).sum(axis=1, keepdims=True))
    return -logp[np.arange(4), target].mean()


def predicted(H, V):
    z = H @ V.T
    return np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True))


@characters.right("in place at the targets")
def _(H, V, target):
    d = predicted(H, V)
    d[np.arange(4), target] -= 1
    d /= 4
    return {"H": d @ V, "V": d.T @ H}


@characters.right("mean embedding less the target's, state by state")
def _(H, V, target):
    p = predicted(H, V)
    dV = np.zeros_like(V)
    for h, row, k in zip(H, p, target, strict=True):
        dV += np.outer(row, h) / 4
        dV[k] -= h / 4
    return {"H": (p @ V - V[target]) / 4, "V": dV}


@characters.right("flat indices, np.put")
def _(H, V, target):
    d = predicted(H, V).ravel()
    places = np.ravel_multi_index((np.arange(4), target), (4, 3))
    np.put(d, places, d[places] - 1)
    d = d.reshape(4, 3) * 0.25
    return {"H": np.einsum("nk,kj->nj", d, V), "V": np.einsum("nk,nj->kj", d, H)}


@characters.wrong(
    "p[:, target] -= 1: in every row",
    "H V",
    r"\[:, ?target\]|arange|one-hot|(own|every|each|all) (row|sample|state)|index",
)
def _(H, V, target):
    d = predicted(H, V)
    d[:, target] -= 1
    d /= 4
    return {"H": d @ V, "V": d.T @ H}


@characters.wrong("p[target] -= 1: rows for columns", "H V", r"arange|one-hot|\brows?\b|index|axis")
def _(H, V, target):
    d = predicted(H, V)
    d[target] -= 1
    d /= 4
    return {"H": d @ V, "V": d.T @ H}


@characters.wrong("classes the other way round", "V", r"transpos|ᵀ|order|swapped|revers|V\[::-1\]")
def _(H, V, target):
    d = predicted(H, V)
    d[np.arange(4), target] -= 1
    return {"H": d @ V / 4, "V": d[:, ::-1].T @ H / 4}


@problem(
    "perceptron criterion on a batch",
    wrt="w b",
    shapes={"X": (4, 2), "w": (2,), "y": (4,)},
    domain={"y": {-1, 1}},
)
def criterion(X, w, b, y):
    score = X @ w + b
    return maximum(0, -y * score).sum()


@criterion.right("samples on the wrong side")
def _(X, w, b, y):
    missed = y * (X @ w + b) < 0
    return {"w": -(y[missed] @ X[missed]), "b": float(-y[missed].sum())}


@criterion.right("half the difference of signs")
def _(X, w, b, y):
    d = (np.sign(X @ w + b) - y) / 2
    return {"w": X.T @ d, "b": d.sum()}


@criterion.wrong(
    "gate by the score, without the label",
    "w b",
    r"(gate|mask|condition|open|active|step)[^:;]*(label|(?<!\w)y\b)",
    lacks("label"),
)
def _(X, w, b, y):
    missed = X @ w + b < 0
    return {"w": -((missed * y) @ X), "b": -(missed * y).sum()}


@criterion.wrong("label only in the gate", "w b", lacks(r"[-−]?y", "label"), r"factor y\b")
def _(X, w, b, y):
    missed = y * (X @ w + b) < 0
    return {"w": -(missed @ X), "b": -float(missed.sum())}


@problem(
    "hidden sigmoids written out",
    wrt="W v",
    shapes={"W": (3, 2), "v": (3,), "x": (2,)},
    domain={"y": {0, 1}},
)
def hidden(W, v, x, y):
    z = W @ x
    h = 1 / (1 + exp(-z))
    out = (v * h).sum()
    p = 1 / (1 + exp(-out))
    return -(y * log(p) + (1 - y) * log(1 - p))


def fired(W, v, x, y):
    h = 1 / (1 + np.exp(-(W @ x)))
    return h, 1 / (1 + np.exp(-(v @ h))) - y


@hidden.right("outer product of errors and inputs")
def _(W, v, x, y):
    h, d = fired(W, v, x, y)
    return {"W": np.outer(d * v * h * (1 - h), x), "v": d * h}


@hidden.right("slopes as e⁻ᶻ/(1 + e⁻ᶻ)²")
def _(W, v, x, y):
    e = np.exp(-(W @ x))
    d = -y + 1 / (1 + np.exp(-(v / (1 + e)).sum()))
    return {"W": (d * v * e / (1 + e) ** 2)[:, None] * x, "v": d / (1 + e)}


@hidden.right("single precision", rel=1e-4, abs=1e-5)
def _(W, v, x, y):
    W, v, x = (a.astype(np.float32) for a in (W, v, x))
    h, d = fired(W, v, x, y)
    return {"W": np.outer(d * v * h * (1 - h), x), "v": d * h}


@hidden.wrong("tanh′ = 1 − h² for σ′", "W", r"tanh|1 [-−] h · h|h²")
def _(W, v, x, y):
    h, d = fired(W, v, x, y)
    return {"W": np.outer(d * v * (1 - h**2), x), "v": d * h}


@hidden.wrong("outer product transposed, then reshaped", "W", r"transpos|ᵀ|reshap|order|swapped")
def _(W, v, x, y):
    h, d = fired(W, v, x, y)
    return {"W": np.outer(x, d * v * h * (1 - h)).reshape(3, 2), "v": d * h}


@hidden.wrong("y − p for p − y", "W v", SIGN)
def _(W, v, x, y):
    h, d = fired(W, v, x, y)
    return {"W": np.outer(-d * v * h * (1 - h), x), "v": -d * h}


@problem(
    "two ReLU layers",
    wrt="A B c",
    shapes={"x": (2,), "A": (3, 2), "B": (3, 3), "c": (3,)},
)
def rectified(x, A, B, c, y):
    h = relu(A @ x)
    g = relu(B @ h)
    return 0.5 * ((c * g).sum() - y) ** 2


def layers(x, A, B, c, y):
    h = np.maximum(A @ x, 0)
    g = np.maximum(B @ h, 0)
    return h, g, c @ g - y


@rectified.right("gates from the activations")
def _(x, A, B, c, y):
    h, g, r = layers(x, A, B, c, y)
    dg = r * c * (g > 0)
    return {"A": np.outer(B.T @ dg * (h > 0), x), "B": np.outer(dg, h), "c": r * g}


@rectified.right("a product of diagonal and full matrices")
def _(x, A, B, c, y):
    D1 = np.diag((A @ x > 0) * 1.0)
    D2 = np.diag((B @ D1 @ A @ x > 0) * 1.0)
    r = c @ D2 @ B @ D1 @ A @ x - y
    row = r * c @ D2
    return {
        "A": np.outer(row @ B @ D1, x),
        "B": np.outer(row, D1 @ A @ x),
        "c": r * D2 @ B @ D1 @ A @ x,
    }


@rectified.wrong("sigmoid's gate for ReLU's below", "A", r"sigmoid|σ|h · \(1 [-−] h\)")
def _(x, A, B, c, y):
    h, g, r = layers(x, A, B, c, y)
    dg = r * c * (g > 0)
    return {"A": np.outer(B.T @ dg * h * (1 - h), x), "B": np.outer(dg, h), "c": r * g}


@rectified.wrong(
    "upper gate used for both layers", "A", r"\bg\b[^:;]*stands|gate[^:;]*(other|upper|g\b)"
)
def _(x, A, B, c, y):
    h, g, r = layers(x, A, B, c, y)
    dg = r * c * (g > 0)
    return {"A": np.outer(B.T @ dg * (g > 0), x), "B": np.outer(dg, h), "c": r * g}


@rectified.wrong("B for its transpose", "A", r"transpos|ᵀ|\.T\b")
def _(x, A, B, c, y):
    h, g, r = layers(x, A, B, c, y)
    dg = r * c * (g > 0)
    return {"A": np.outer(B @ dg * (h > 0), x), "B": np.outer(dg, h), "c": r * g}

"""Networks with a hidden layer: the notes' 2-2-1 network, a batch through tanh, skips and ties."""

import numpy as np

from autograd_lite import log, sigmoid, tanh
from tests.testing.mistakes.case import SIGN, TWO, problem


@problem("2-2-1 network, log loss", wrt="w11 w21 b1 w12 w22 b2 w1 w2 b", domain={"y": {0, 1}})
def notes(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    z1 = x1 * w11 + x2 * w21 + b1
    a1 = sigmoid(z1)
    z2 = x1 * w12 + x2 * w22 + b2
    a2 = sigmoid(z2)
    z = a1 * w1 + a2 * w2 + b
    yhat = sigmoid(z)
    return -y * log(yhat) - (1 - y) * log(1 - yhat)


def forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    """z1, a1, z2, a2 and ∂L/∂z."""
    z1 = x1 * w11 + x2 * w21 + b1
    z2 = x1 * w12 + x2 * w22 + b2
    a1, a2 = sigmoid(z1), sigmoid(z2)
    return z1, a1, z2, a2, sigmoid(a1 * w1 + a2 * w2 + b) - y


def filled(dz1, dz2, dw1, dw2, dz, x1, x2):
    first = {"w11": dz1 * x1, "w21": dz1 * x2, "b1": dz1}
    second = {"w12": dz2 * x1, "w22": dz2 * x2, "b2": dz2}
    return {**first, **second, "w1": dw1, "w2": dw2, "b": dz}


FIRST, SECOND = "w11 w21 b1", "w12 w22 b2"


@notes.right("layer by layer")
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    _, a1, _, a2, dz = forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y)
    return filled(dz * w1 * a1 * (1 - a1), dz * w2 * a2 * (1 - a2), dz * a1, dz * a2, dz, x1, x2)


@notes.right("as matrices")
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    W, x, v = np.array([[w11, w21], [w12, w22]]), np.array([x1, x2]), np.array([w1, w2])
    a = 0.5 * (1 + np.tanh((W @ x + [b1, b2]) / 2))
    dz = float(1 / (1 + np.exp(-(v @ a + b)))) - y
    delta = (a - a * a) * v * dz
    (g11, g21), (g12, g22) = np.outer(delta, x)
    names = ["w11", "w21", "b1", "w12", "w22", "b2", "w1", "w2", "b"]
    return dict(zip(names, [g11, g21, delta[0], g12, g22, delta[1], *(dz * a), dz], strict=True))


@notes.wrong(
    "off-diagonal weights swapped",
    "w21 w12",
    r"w12.*w21|w21.*w12|transpos|swap|\bx1\b.*\bx2\b|\bx2\b.*\bx1\b",
)  # the matrix was stored the other way round
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    _, a1, _, a2, dz = forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y)
    dz1, dz2 = dz * w1 * a1 * (1 - a1), dz * w2 * a2 * (1 - a2)
    g = filled(dz1, dz2, dz * a1, dz * a2, dz, x1, x2)
    return {**g, "w12": g["w21"], "w21": g["w12"]}


@notes.wrong(
    "the output weights were updated before the hidden layer was reached",
    f"{FIRST} {SECOND}",
    r"\bw1\b|\bw2\b",
)
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    _, a1, _, a2, dz = forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y)
    dw1, dw2 = dz * a1, dz * a2
    w1, w2 = w1 - 0.1 * dw1, w2 - 0.1 * dw2
    return filled(dz * w1 * a1 * (1 - a1), dz * w2 * a2 * (1 - a2), dw1, dw2, dz, x1, x2)


@notes.wrong("slope of the second unit at the first unit's output", SECOND, r"a1|a2")
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    _, a1, _, a2, dz = forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y)
    return filled(dz * w1 * a1 * (1 - a1), dz * w2 * a1 * (1 - a1), dz * a1, dz * a2, dz, x1, x2)


@notes.wrong("sums z1, z2 in place of the activations", "w1 w2", r"z1|a1|z2|a2")
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    z1, a1, z2, a2, dz = forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y)
    return filled(dz * w1 * a1 * (1 - a1), dz * w2 * a2 * (1 - a2), dz * z1, dz * z2, dz, x1, x2)


@notes.wrong("slope of the first unit forgotten", FIRST, r"a1|z1|sigmoid|σ")
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    _, a1, _, a2, dz = forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y)
    return filled(dz * w1, dz * w2 * a2 * (1 - a2), dz * a1, dz * a2, dz, x1, x2)


@notes.wrong("error sent back through the wrong output weight", f"{FIRST} {SECOND}", r"w1\b|w2\b")
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    _, a1, _, a2, dz = forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y)
    return filled(dz * w2 * a1 * (1 - a1), dz * w1 * a2 * (1 - a2), dz * a1, dz * a2, dz, x1, x2)


@notes.wrong("slope of a unit as a power of no meaning", FIRST)
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    _, a1, _, a2, dz = forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y)
    return filled(dz * w1 * a1**1.37, dz * w2 * a2 * (1 - a2), dz * a1, dz * a2, dz, x1, x2)


@notes.wrong("x2 forgotten in w22, and 1 + a1 for 1 - a1", f"{FIRST} w22", r"x2", r"a1|sigmoid|σ")
def _(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    _, a1, _, a2, dz = forward(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y)
    dz2 = dz * w2 * a2 * (1 - a2)
    g = filled(dz * w1 * a1 * (1 + a1), dz2, dz * a1, dz * a2, dz, x1, x2)
    return {**g, "w22": dz2}


@problem(
    "tanh network on a batch, mean squared error",
    wrt="W1 b1 W2 b2",
    shapes={"X": (4, 2), "y": (4,), "W1": (2, 3), "b1": (3,), "W2": (3,)},
)
def batch(X, y, W1, b1, W2, b2):
    Z1 = X @ W1 + b1
    A1 = tanh(Z1)
    yhat = A1 @ W2 + b2
    return ((yhat - y) ** 2).mean()


def batched(X, y, W1, b1, W2, b2):
    """Z1, A1 and ∂L/∂ŷ."""
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    return Z1, A1, 2 * (A1 @ W2 + b2 - y) / len(y)


def packed(X, A1, dZ1, dyhat):
    return {"W1": X.T @ dZ1, "b1": dZ1.sum(0), "W2": A1.T @ dyhat, "b2": dyhat.sum()}


@batch.right("with einsum")
def _(X, y, W1, b1, W2, b2):
    _, A1, d = batched(X, y, W1, b1, W2, b2)
    slope = 1 - A1**2
    return {
        "W1": np.einsum("ni,n,j,nj->ij", X, d, W2, slope),
        "b1": np.einsum("n,j,nj->j", d, W2, slope),
        "W2": np.einsum("nj,n->j", A1, d),
        "b2": np.einsum("n->", d),
    }


@batch.right("one sample at a time")
def _(X, y, W1, b1, W2, b2):
    g = {"W1": np.zeros((2, 3)), "b1": np.zeros(3), "W2": np.zeros(3), "b2": 0.0}
    for x, target in zip(X, y, strict=True):
        a = np.tanh(x @ W1 + b1)
        d = (a @ W2 + b2 - target) * 2
        g["W1"] += np.outer(x, d * W2 / np.cosh(x @ W1 + b1) ** 2) / len(y)
        g["b1"] += d * W2 * (1 - a) * (1 + a) / len(y)
        g["W2"] += d * a / len(y)
        g["b2"] += d / len(y)
    return g


@batch.wrong(
    "summed over the batch, not averaged",
    "W1 b1 W2 b2",
    r"1 ?/ ?n|(?<![\w.])4(?!\.?\d)|¼|0\.25|batch|\bmean\b",
)
def _(X, y, W1, b1, W2, b2):
    _, A1, d = batched(X, y, W1, b1, W2, b2)
    d = d * len(y)
    return packed(X, A1, np.outer(d, W2) * (1 - A1**2), d)


@batch.wrong(
    "averaged over the batch twice in the biases",
    "b1 b2",
    r"1 ?/ ?n|(?<![\w.])4(?!\.?\d)|¼|0\.25|\bmean\b",
)
def _(X, y, W1, b1, W2, b2):
    _, A1, d = batched(X, y, W1, b1, W2, b2)
    dZ1 = np.outer(d, W2) * (1 - A1**2)
    return {**packed(X, A1, dZ1, d), "b1": dZ1.mean(0), "b2": d.mean()}


@batch.wrong("bias gradient of the last sample only", "b1", r"\bsum|sample|\brow|batch|Z1\[")
def _(X, y, W1, b1, W2, b2):
    _, A1, d = batched(X, y, W1, b1, W2, b2)
    dZ1 = np.outer(d, W2) * (1 - A1**2)
    return {**packed(X, A1, dZ1, d), "b1": dZ1[-1]}


@batch.wrong("tanh applied again inside its slope", "W1 b1", r"tanh|A1|Z1")
def _(X, y, W1, b1, W2, b2):
    _, A1, d = batched(X, y, W1, b1, W2, b2)
    return packed(X, A1, np.outer(d, W2) * (1 - np.tanh(A1) ** 2), d)


@batch.wrong("slope of the sigmoid for tanh", "W1 b1", r"tanh|sigmoid|σ|A1")
def _(X, y, W1, b1, W2, b2):
    _, A1, d = batched(X, y, W1, b1, W2, b2)
    return packed(X, A1, np.outer(d, W2) * A1 * (1 - A1), d)


@batch.wrong("sums Z1 in place of the activations", "W2", r"Z1|A1|tanh")
def _(X, y, W1, b1, W2, b2):
    Z1, A1, d = batched(X, y, W1, b1, W2, b2)
    return {**packed(X, A1, np.outer(d, W2) * (1 - A1**2), d), "W2": Z1.T @ d}


@batch.wrong("W2 stepped in place before W1's turn", "W1 b1", r"W2")
def _(X, y, W1, b1, W2, b2):
    _, A1, d = batched(X, y, W1, b1, W2, b2)
    dW2 = A1.T @ d
    W2 -= 0.05 * dW2
    return {**packed(X, A1, np.outer(d, W2) * (1 - A1**2), d), "W2": dW2}


@problem("skip connection", wrt="w v x")
def skip(w, v, x, t):
    h = tanh(w * x)
    out = x + v * h
    return (out - t) ** 2


def skipped(w, v, x, t):
    h = tanh(w * x)
    return h, 2 * (x + v * h - t)


@skip.right("both paths")
def _(w, v, x, t):
    h, d = skipped(w, v, x, t)
    return {"w": d * v * (1 - h**2) * x, "v": d * h, "x": d * (1 + v * w * (1 - h**2))}


@skip.wrong("forgot the path around the unit", "x", r"skip|around|direct|identity|x \+|\bout\b")
def _(w, v, x, t):
    h, d = skipped(w, v, x, t)
    return {"w": d * v * (1 - h**2) * x, "v": d * h, "x": d * v * w * (1 - h**2)}


@skip.wrong("forgot the path through the unit", "x", r"\bh\b|tanh")
def _(w, v, x, t):
    h, d = skipped(w, v, x, t)
    return {"w": d * v * (1 - h**2) * x, "v": d * h, "x": d}


@problem("tied autoencoder", wrt="w b")
def tied(w, b, x):
    code = sigmoid(w * x + b)
    xhat = w * code
    return 0.5 * (xhat - x) ** 2


@tied.right("w twice")
def _(w, b, x):
    a = sigmoid(w * x + b)
    r = w * a - x
    return {"w": r * a * (1 + w * x * (1 - a)), "b": r * w * a * (1 - a)}


@tied.wrong("w counted in the decoder only", "w", r"\bcode\b|once|encoder|sigmoid|σ")
def _(w, b, x):
    a = sigmoid(w * x + b)
    r = w * a - x
    return {"w": r * a, "b": r * w * a * (1 - a)}


@tied.wrong("w counted in the encoder only", "w", r"\bxhat\b|once|decoder|\bcode\b")
def _(w, b, x):
    a = sigmoid(w * x + b)
    r = w * a - x
    return {"w": r * w * a * (1 - a) * x, "b": r * w * a * (1 - a)}


@tied.wrong("residual turned, and the loss's half taken for a whole", "w b", SIGN, TWO)
def _(w, b, x):
    a = sigmoid(w * x + b)
    r = 2 * (x - w * a)
    return {"w": r * a * (1 + w * x * (1 - a)), "b": r * w * a * (1 - a)}

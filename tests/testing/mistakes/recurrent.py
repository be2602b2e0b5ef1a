"""Recurrent units over several steps: the sigmoid written out, states in matrices."""

import numpy as np

from autograd_lite import exp, tanh
from tests.testing.mistakes.case import SIGN, problem


def s(z):
    """The sigmoid, of complex numbers too."""
    return 1 / (1 + np.exp(-z))


@problem("recurrent unit, the sigmoid written out", wrt="w u b", shapes={"x": (3,)})
def written_out(w, u, b, x, y):
    h0 = 0.5
    h1 = 1 / (1 + exp(-(w * h0 + u * x[0] + b)))
    h2 = 1 / (1 + exp(-(w * h1 + u * x[1] + b)))
    h3 = 1 / (1 + exp(-(w * h2 + u * x[2] + b)))
    return 0.5 * (h3 - y) ** 2


def states(w, u, b, x):
    h = [0.5]
    for value in x:
        h.append(s(w * h[-1] + u * value + b))
    return h


def through_time(w, u, b, x, y, slope):
    """Backward through time; ``slope(h, t)`` is the unit's slope in step t."""
    h = states(w, u, b, x)
    dw = du = db = 0.0
    dh = h[3] - y
    for t in (3, 2, 1):
        dz = dh * slope(h, t)
        dw, du, db, dh = dw + dz * h[t - 1], du + dz * x[t - 1], db + dz, dz * w
    return {"w": dw, "u": du, "b": db}


@written_out.right("backward through time")
def _(w, u, b, x, y):
    return through_time(w, u, b, x, y, lambda h, t: h[t] * (1 - h[t]))


@written_out.right("a step of 1e-30 along the imaginary axis")
def _(w, u, b, x, y):
    def loss(w, u, b):
        return 0.5 * (states(w, u, b, x)[3] - y) ** 2

    i = 1e-30j
    return {
        "w": loss(w + i, u, b).imag / 1e-30,
        "u": loss(w, u + i, b).imag / 1e-30,
        "b": loss(w, u, b + i).imag / 1e-30,
    }


@written_out.right("sensitivities in one vector, recursively")
def _(w, u, b, x, y):
    h = states(w, u, b, x)

    def sensitivity(t):
        if t == 0:
            return np.zeros(3)
        return h[t] * (1 - h[t]) * (np.array([h[t - 1], x[t - 1], 1]) + w * sensitivity(t - 1))

    return dict(zip("wub", (h[3] - y) * sensitivity(3), strict=True))


@written_out.wrong("tanh′ for σ′", "w u b", r"tanh|1 [-−] h|square|h\d?²|\*\*")
def _(w, u, b, x, y):
    return through_time(w, u, b, x, y, lambda h, t: 1 - h[t] ** 2)


@written_out.wrong("σ′ at the last state in every step", "w u b", r"\bh3\b[^:;]*stands|\blast\b")
def _(w, u, b, x, y):
    return through_time(w, u, b, x, y, lambda h, t: h[3] * (1 - h[3]))


@written_out.wrong(
    "inner minus of exp(−z) forgotten", "w u b", r"^(?!two mistakes)" + f".*(?:{SIGN})"
)
def _(w, u, b, x, y):
    return through_time(w, u, b, x, y, lambda h, t: -h[t] * (1 - h[t]))


@written_out.wrong("σ′ at the derivative's own value", "w u b")
def _(w, u, b, x, y):
    def slope(h, t):
        d = h[t] * (1 - h[t])
        return d * (1 - d)

    return through_time(w, u, b, x, y, slope)


@problem("tanh network over four steps", wrt="W U", shapes={"W": (2, 2), "U": (2, 3), "X": (4, 3)})
def matrix_rnn(W, U, X, y):
    h = np.zeros(2)
    for x in X:
        h = tanh(W @ h + U @ x)
    return 0.5 * ((h - y) ** 2).sum()


def unrolled(W, U, X):
    hs = [np.zeros(2)]
    for x in X:
        hs.append(np.tanh(W @ hs[-1] + U @ x))
    return hs


def backwards(W, U, X, y, slope=lambda hs, t: 1 - hs[t] ** 2, back=lambda W: W.T):
    hs = unrolled(W, U, X)
    dW, dU, dh = np.zeros_like(W), np.zeros_like(U), hs[4] - y
    for t in (4, 3, 2, 1):
        dz = dh * slope(hs, t)
        dW += np.outer(dz, hs[t - 1])
        dU += np.outer(dz, X[t - 1])
        dh = back(W) @ dz
    return {"W": dW, "U": dU}


@matrix_rnn.right("outer products added in place")
def _(W, U, X, y):
    return backwards(W, U, X, y)


@matrix_rnn.right("all errors first, then one product")
def _(W, U, X, y):
    hs = np.array(unrolled(W, U, X))
    D = np.zeros((4, 2))
    D[3] = (hs[4] - y) * (1 - hs[4] ** 2)
    for t in (2, 1, 0):
        D[t] = (D[t + 1] @ W) * (1 - hs[t + 1] ** 2)
    return {"W": D.T @ hs[:-1], "U": np.einsum("ti,tj->ij", D, X)}


@matrix_rnn.right("real-time recurrent learning: a tensor carried forward")
def _(W, U, X, y):
    h, P, R = np.zeros(2), np.zeros((2, 2, 2)), np.zeros((2, 2, 3))
    for x in X:
        new = np.tanh(W @ h + U @ x)
        g = 1 - new**2
        P = g[:, None, None] * (
            np.einsum("ik,kab->iab", W, P) + np.einsum("ia,b->iab", np.eye(2), h)
        )
        R = g[:, None, None] * (
            np.einsum("ik,kab->iab", W, R) + np.einsum("ia,b->iab", np.eye(2), x)
        )
        h = new
    return {"W": np.tensordot(h - y, P, 1), "U": np.tensordot(h - y, R, 1)}


@matrix_rnn.wrong("W for Wᵀ on the way back", "W U", r"transpos|ᵀ|\.T\b|W\[|swapped")
def _(W, U, X, y):
    return backwards(W, U, X, y, back=lambda W: W)


@matrix_rnn.wrong("tanh′ at the last state in every step", "W U", r"last|\bh4\b|final")
def _(W, U, X, y):
    return backwards(W, U, X, y, slope=lambda hs, t: 1 - hs[4] ** 2)


@matrix_rnn.wrong("outer product transposed", "W", r"transpos|ᵀ|\.T\b|W\[|swapped|gradient towards")
def _(W, U, X, y):
    g = backwards(W, U, X, y)
    return {**g, "W": g["W"].T}


@matrix_rnn.wrong(
    "states one step late", "W", r"time step|\blate\b|stale|updated|\bh(#?\d)? stands"
)
def _(W, U, X, y):
    hs = np.array(unrolled(W, U, X))
    D = np.zeros((4, 2))
    D[3] = (hs[4] - y) * (1 - hs[4] ** 2)
    for t in (2, 1, 0):
        D[t] = (D[t + 1] @ W) * (1 - hs[t + 1] ** 2)
    return {"W": D.T @ hs[1:], "U": D.T @ X}

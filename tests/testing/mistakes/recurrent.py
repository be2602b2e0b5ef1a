"""Recurrent cells over several steps: gates, the sigmoid written out, states in matrices."""

import numpy as np

from autograd_lite import exp, sigmoid, tanh
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


@written_out.wrong("σ′ at the last state in every step", "w u b", r"\bh3\b|last")
def _(w, u, b, x, y):
    return through_time(w, u, b, x, y, lambda h, t: h[3] * (1 - h[3]))


@written_out.wrong("inner minus of exp(−z) forgotten", "w u b", SIGN)
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
        P = g[:, None, None] * (np.einsum("ik,kab->iab", W, P) + np.einsum("ia,b", np.eye(2), h))
        R = g[:, None, None] * (np.einsum("ik,kab->iab", W, R) + np.einsum("ia,b", np.eye(2), x))
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


@matrix_rnn.wrong("states one step late", "W", r"\bh\b|\bh\d|state|step|stale|tanh")
def _(W, U, X, y):
    hs = np.array(unrolled(W, U, X))
    D = np.zeros((4, 2))
    D[3] = (hs[4] - y) * (1 - hs[4] ** 2)
    for t in (2, 1, 0):
        D[t] = (D[t + 1] @ W) * (1 - hs[t + 1] ** 2)
    return {"W": D.T @ hs[1:], "U": D.T @ X}


@problem("gated recurrent unit", wrt="wz uz wr ur wn un h")
def gru(wz, uz, wr, ur, wn, un, h, x, y):
    z = sigmoid(wz * x + uz * h)
    r = sigmoid(wr * x + ur * h)
    n = tanh(wn * x + un * (r * h))
    new = (1 - z) * n + z * h
    return 0.5 * (new - y) ** 2


def gates(wz, uz, wr, ur, wn, un, h, x, y):
    """z, r, n, and ∂L by the sums under them and by the new state."""
    z, r = s(wz * x + uz * h), s(wr * x + ur * h)
    n = np.tanh(wn * x + un * r * h)
    d = (1 - z) * n + z * h - y
    dn = d * (1 - z) * (1 - n * n)
    return z, r, n, d * (h - n) * z * (1 - z), dn * un * h * r * (1 - r), dn, d


def collected(z, r, uz, ur, un, dz, dr, dn, d, h, x):
    return {
        **{"wz": dz * x, "uz": dz * h, "wr": dr * x, "ur": dr * h, "wn": dn * x, "un": dn * r * h},
        "h": d * z + dz * uz + dr * ur + dn * un * r,
    }


@gru.right("gate by gate")
def _(wz, uz, wr, ur, wn, un, h, x, y):
    z, r, n, dz, dr, dn, d = gates(wz, uz, wr, ur, wn, un, h, x, y)
    return collected(z, r, uz, ur, un, dz, dr, dn, d, h, x)


@gru.right("slopes of the gates from tanh of half the sum")
def _(wz, uz, wr, ur, wn, un, h, x, y):
    tz, tr = np.tanh((wz * x + uz * h) / 2), np.tanh((wr * x + ur * h) / 2)
    z, r = (1 + tz) / 2, (1 + tr) / 2
    v = wn * x + un * r * h
    d = n_to_h(np.tanh(v), h, z) - y
    dn = d * (1 - tz) / 2 / np.cosh(v) ** 2
    dz, dr = d * (h - np.tanh(v)) * (1 - tz**2) / 4, dn * un * h * (1 - tr**2) / 4
    return collected(z, r, uz, ur, un, dz, dr, dn, d, h, x)


def n_to_h(n, h, z):
    """From the candidate to the old state, by z."""
    return n + z * (h - n)


@gru.wrong("old state's path through the reset gate forgotten", "h", r"\br\b|\bur\b|reset")
def _(wz, uz, wr, ur, wn, un, h, x, y):
    z, r, n, dz, dr, dn, d = gates(wz, uz, wr, ur, wn, un, h, x, y)
    return collected(z, r, uz, 0, un, dz, dr, dn, d, h, x)


@gru.wrong("σ′ for tanh′ in the candidate", "wr ur wn un h", r"σ|sigmoid|\bn\b.*\(1 [-−] n\)")
def _(wz, uz, wr, ur, wn, un, h, x, y):
    z, r, n, dz, dr, dn, d = gates(wz, uz, wr, ur, wn, un, h, x, y)
    k = n * (1 - n) / (1 - n * n)
    return collected(z, r, uz, ur, un, dz, dr * k, dn * k, d, h, x)


@gru.wrong("update gate's sign: (n − h) for (h − n)", "wz uz h", SIGN)
def _(wz, uz, wr, ur, wn, un, h, x, y):
    z, r, n, dz, dr, dn, d = gates(wz, uz, wr, ur, wn, un, h, x, y)
    return collected(z, r, uz, ur, un, -dz, dr, dn, d, h, x)


@problem("LSTM cell, two steps", wrt="w u b", shapes={"w": (4,), "u": (4,), "b": (4,), "x": (2,)})
def lstm(w, u, b, x, y):
    h, c = 0.0, 0.5
    for t in range(2):
        a = w * x[t] + u * h + b
        i, f, o = sigmoid(a[0]), sigmoid(a[1]), sigmoid(a[2])
        g = tanh(a[3])
        c = f * c + i * g
        h = o * tanh(c)
    return 0.5 * (h - y) ** 2


def cell(w, u, b, x):
    caches, h, c = [], 0.0, 0.5
    for value in x:
        a = w * value + u * h + b
        i, f, o, g = *s(a[:3]), np.tanh(a[3])
        caches.append((i, f, o, g, c, f * c + i * g, h, value))
        c = f * c + i * g
        h = o * np.tanh(c)
    return caches, h


def lstm_back(w, u, b, x, y, carry=1.0, candidate=lambda g: 1 - g * g, squash=lambda t: 1 - t * t):
    caches, h = cell(w, u, b, x)
    dw, du, db, dh, dc = np.zeros(4), np.zeros(4), np.zeros(4), h - y, 0.0
    for i, f, o, g, before, c, h, value in reversed(caches):
        dc = dc * carry + dh * o * squash(np.tanh(c))
        gate = [dc * g * i * (1 - i), dc * before * f * (1 - f), dh * np.tanh(c) * o * (1 - o)]
        da = np.array([*gate, dc * i * candidate(g)])
        dw += da * value
        du += da * h
        db += da
        dh, dc = u @ da, dc * f
    return {"w": dw, "u": du, "b": db}


@lstm.right("caches unwound")
def _(w, u, b, x, y):
    return lstm_back(w, u, b, x, y)


@lstm.right("imaginary steps, one parameter after the other")
def _(w, u, b, x, y):
    theta = np.array([w, u, b], dtype=complex)
    out = np.zeros((3, 4))
    for k in np.ndindex(3, 4):
        theta[k] += 1e-40j
        out[k] = (0.5 * (cell(*theta, x)[1] - y) ** 2).imag / 1e-40
        theta[k] = theta[k].real
    return dict(zip("wub", out, strict=True))


@lstm.wrong("cell's own path from step to step dropped", "w u b", r"\bc\b|cell|carr|path|\bf\b")
def _(w, u, b, x, y):
    return lstm_back(w, u, b, x, y, carry=0.0)


@lstm.wrong("σ′ for tanh′ in the candidate", "w u b", r"σ|sigmoid|g · \(1 − g\)")
def _(w, u, b, x, y):
    return lstm_back(w, u, b, x, y, candidate=lambda g: g * (1 - g))


@lstm.wrong("tanh′ of the cell forgotten", "w u b", r"tanh|\bc\b.*slope|local derivative")
def _(w, u, b, x, y):
    return lstm_back(w, u, b, x, y, squash=lambda t: 1.0)

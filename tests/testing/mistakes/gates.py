"""Gated recurrent cells."""

import numpy as np

from autograd_lite import sigmoid, tanh
from tests.testing.mistakes.case import SIGN, lacks, problem


def s(z):
    """The sigmoid, of complex numbers too."""
    return 1 / (1 + np.exp(-z))


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
        "wz": dz * x,
        "uz": dz * h,
        "wr": dr * x,
        "ur": dr * h,
        "wn": dn * x,
        "un": dn * r * h,
        "h": d * z + dz * uz + dr * ur + dn * un * r,
    }


@gru.right("gate by gate")
def _(wz, uz, wr, ur, wn, un, h, x, y):
    z, r, _, dz, dr, dn, d = gates(wz, uz, wr, ur, wn, un, h, x, y)
    return collected(z, r, uz, ur, un, dz, dr, dn, d, h, x)


@gru.right("slopes of the gates from tanh of half the sum")
def _(wz, uz, wr, ur, wn, un, h, x, y):
    tz, tr = np.tanh((wz * x + uz * h) / 2), np.tanh((wr * x + ur * h) / 2)
    z, r = (1 + tz) / 2, (1 + tr) / 2
    v = wn * x + un * r * h
    d = np.tanh(v) + z * (h - np.tanh(v)) - y
    dn = d * (1 - tz) / 2 / np.cosh(v) ** 2
    dz, dr = d * (h - np.tanh(v)) * (1 - tz**2) / 4, dn * un * h * (1 - tr**2) / 4
    return collected(z, r, uz, ur, un, dz, dr, dn, d, h, x)


@gru.wrong(
    "old state's path through the reset gate forgotten",
    "h",
    lacks(r"\bh\b", r"\br\b", r"\bur\b", r"reset"),
)
def _(wz, uz, wr, ur, wn, un, h, x, y):
    z, r, _, dz, dr, dn, d = gates(wz, uz, wr, ur, wn, un, h, x, y)
    return collected(z, r, uz, 0, un, dz, dr, dn, d, h, x)


@gru.wrong("σ′ for tanh′ in the candidate", "wr ur wn un h", r"σ|sigmoid|\bn\b.*\(1 [-−] n\)")
def _(wz, uz, wr, ur, wn, un, h, x, y):
    z, r, n, dz, dr, dn, d = gates(wz, uz, wr, ur, wn, un, h, x, y)
    k = n * (1 - n) / (1 - n * n)
    return collected(z, r, uz, ur, un, dz, dr * k, dn * k, d, h, x)


@gru.wrong("update gate's sign: (n − h) for (h − n)", "wz uz h", SIGN)
def _(wz, uz, wr, ur, wn, un, h, x, y):
    z, r, _, dz, dr, dn, d = gates(wz, uz, wr, ur, wn, un, h, x, y)
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


@lstm.wrong(
    "cell's own path from step to step dropped",
    "w b",
    lacks(r"\bc(#\d)?\b", r"\bf(#\d)?\b", r"cell", r"carr"),
)
def _(w, u, b, x, y):
    return lstm_back(w, u, b, x, y, carry=0.0)


@lstm.wrong("σ′ for tanh′ in the candidate", "w u b", r"σ|sigmoid|g · \(1 − g\)")
def _(w, u, b, x, y):
    return lstm_back(w, u, b, x, y, candidate=lambda g: g * (1 - g))


@lstm.wrong(
    "tanh′ of the cell forgotten", "w u b", lacks(r"tanh(\(c#?\d?\))?", r"local derivative")
)
def _(w, u, b, x, y):
    return lstm_back(w, u, b, x, y, squash=lambda t: 1.0)

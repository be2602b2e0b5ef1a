"""Potentials, springs, oscillations, rates: formulas that are fitted or moved along."""

import math

import numpy as np

from autograd_lite import cos, exp, sqrt
from tests.testing.mistakes.case import SIGN, TWO, lacks, problem


@problem(
    "Lennard-Jones potential",
    wrt="r sigma eps",
    domain={"r": (0.9, 2), "sigma": (0.8, 1.2), "eps": "positive"},
)
def lennard_jones(r, sigma, eps):
    s6 = (sigma / r) ** 6
    return 4 * eps * (s6**2 - s6)


@lennard_jones.right("one sixth power")
def _(r, sigma, eps):
    q = math.pow(sigma / r, 6)
    force = 24 * eps * q * (2 * q - 1)
    return {"r": -force / r, "sigma": force / sigma, "eps": 4 * q * (q - 1)}


@lennard_jones.right("cubes, in place")
def _(r, sigma, eps):
    c = sigma / r
    c *= c * c
    c *= c
    d = np.array([-1 / r, 1 / sigma])
    d *= 48 * eps * c * (c - 0.5)
    return {"r": d[0], "sigma": d[1], "eps": 4 * c * c - 4 * c}


@lennard_jones.wrong("force for slope", "r", SIGN)
def _(r, sigma, eps):
    q = (sigma / r) ** 6
    force = 24 * eps * q * (2 * q - 1)
    return {"r": force / r, "sigma": force / sigma, "eps": 4 * q * (q - 1)}


@lennard_jones.wrong("2 of the twelfth power forgotten", "r sigma", TWO)
def _(r, sigma, eps):
    q = (sigma / r) ** 6
    force = 24 * eps * q * (q - 1)
    return {"r": -force / r, "sigma": force / sigma, "eps": 4 * q * (q - 1)}


@problem("chain of springs", wrt="x k", shapes={"x": (5,), "k": (4,)}, domain={"rest": "positive"})
def chain(x, k, rest):
    stretch = x[1:] - x[:-1] - rest
    return 0.5 * (k * stretch**2).sum()


@chain.right("tensions, and their differences")
def _(x, k, rest):
    s = np.diff(x) - rest
    return {"x": -np.diff(k * s, prepend=0, append=0), "k": s**2 / 2}


@chain.right("tridiagonal matrix")
def _(x, k, rest):
    D = np.eye(4, 5, 1) - np.eye(4, 5)
    s = D @ x - rest
    return {"x": D.T @ np.diag(k) @ D @ x - rest * D.T @ k, "k": 0.5 * s * s}


@chain.right("each spring pulls at both ends")
def _(x, k, rest):
    dx, dk = np.zeros(5), np.zeros(4)
    for i in range(4):
        s = x[i + 1] - x[i] - rest
        dx[i + 1] += k[i] * s
        dx[i] -= k[i] * s
        dk[i] = s * s / 2
    return {"x": dx, "k": dk}


@chain.wrong(
    "each spring pulls at its right end only", "x", lacks(r"\bx(\[\S+\])?"), r"both ends|left end"
)
def _(x, k, rest):
    s = np.diff(x) - rest
    return {"x": np.concatenate([[0], k * s]), "k": s**2 / 2}


@chain.wrong("length at rest forgotten", "x", lacks(r"\brest\b"), r"taken at x")
def _(x, k, rest):
    s = np.diff(x)
    return {"x": -np.diff(k * s, prepend=0, append=0), "k": (s - rest) ** 2 / 2}


@chain.wrong("stiffness squared", "x", r"(extra|squar|twice).*\bk\b|\bk\b.*(squar|twice)|k²|k\*\*2")
def _(x, k, rest):
    s = np.diff(x) - rest
    return {"x": -np.diff(k * k * s, prepend=0, append=0), "k": s**2 / 2}


@problem(
    "Michaelis–Menten rates, least squares",
    wrt="top half",
    shapes={"s": (5,), "v": (5,)},
    domain={"top": "positive", "half": "positive", "s": "positive", "v": "positive"},
)
def menten(top, half, s, v):
    rate = top * s / (half + s)
    return ((rate - v) ** 2).sum()


@menten.right("share of the enzyme that is bound")
def _(top, half, s, v):
    bound = s / (half + s)
    r = 2 * (top * bound - v)
    return {"top": r @ bound, "half": -top / half * r @ (bound * (1 - bound))}


@menten.right("columns of a Jacobian")
def _(top, half, s, v):
    J = np.column_stack([s / (half + s), -top * s * (half + s) ** -2.0])
    g = 2 * J.T @ (top * J[:, 0] - v)
    return {"top": g[0], "half": g[1]}


@menten.wrong(
    "denominator not squared", "half", r"division by half|squar|half \+ s[^:;]*(forgot|missing)"
)
def _(top, half, s, v):
    r = 2 * (top * s / (half + s) - v)
    return {"top": r @ (s / (half + s)), "half": -r @ (top * s / (half + s))}


@menten.wrong("quotient's minus forgotten", "half", SIGN)
def _(top, half, s, v):
    r = 2 * (top * s / (half + s) - v)
    return {"top": r @ (s / (half + s)), "half": r @ (top * s / (half + s) ** 2)}


@menten.wrong("sum of the residuals times the sum of the slopes", "top half")
def _(top, half, s, v):
    r = 2 * (top * s / (half + s) - v).sum()
    return {"top": r * (s / (half + s)).sum(), "half": -r * (top * s / (half + s) ** 2).sum()}


@problem(
    "damped oscillation",
    wrt="A g w",
    domain={"A": "positive", "g": (0.1, 1), "w": (1, 3), "t": (0.5, 2)},
)
def damped(A, g, w, t):
    envelope = A * exp(-g * t)
    swing = cos(w * t)
    return envelope * swing


@damped.right("complex exponential")
def _(A, g, w, t):
    z = np.exp(complex(-g, w) * t)
    return {"A": z.real, "g": -t * A * z.real, "w": -t * A * z.imag}


@damped.right("product rule")
def _(A, g, w, t):
    e, c, s = math.exp(-g * t), math.cos(w * t), math.sin(w * t)
    return {"A": e * c, "g": A * c * e * -t, "w": A * e * (-s * t)}


@damped.wrong("time forgotten outside", "g w", lacks(r"(?<![\w′'])t\b"))
def _(A, g, w, t):
    e, c, s = math.exp(-g * t), math.cos(w * t), math.sin(w * t)
    return {"A": e * c, "g": -A * e * c, "w": -A * e * s}


@damped.wrong(
    "sine at the derivative's own value",
    "w",
    r"own (value|derivative)|taken at t\b|at its derivative|t stands where w",
)
def _(A, g, w, t):
    e = math.exp(-g * t)
    c = e * math.cos(w * t)
    return {"A": c, "g": -A * c * t, "w": -A * e * math.sin(t) * t}


@damped.wrong("minus of cos′ forgotten", "w", SIGN)
def _(A, g, w, t):
    e, c, s = math.exp(-g * t), math.cos(w * t), math.sin(w * t)
    return {"A": e * c, "g": -A * e * c * t, "w": A * e * s * t}


@problem("Arrhenius rate, relative error", wrt="k Ea", domain={"k": "positive", "T": (1, 3)})
def arrhenius(k, Ea, T, y):
    rate = k * exp(-Ea / T)
    return 0.5 * (rate - y) ** 2


@arrhenius.right("in logs")
def _(k, Ea, T, y):
    log_rate = math.log(k) - Ea / T
    d = (math.exp(log_rate) - y) * math.exp(log_rate)
    return {"k": d / k, "Ea": -d / T}


@arrhenius.wrong("1/T forgotten", "Ea", lacks(r"(?<![\w′'])T\b"), r"division by T")
def _(k, Ea, T, y):
    rate = k * math.exp(-Ea / T)
    return {"k": (rate - y) * rate / k, "Ea": -(rate - y) * rate}


@arrhenius.wrong("derivative by T", "Ea", r"towards T\b|by T\b|factor[^:;]*Ea ?/ ?T")
def _(k, Ea, T, y):
    rate = k * math.exp(-Ea / T)
    return {"k": (rate - y) * rate / k, "Ea": (rate - y) * rate * Ea / T**2}


@arrhenius.wrong("rate not subtracted: y − rate", "k Ea", SIGN)
def _(k, Ea, T, y):
    rate = k * math.exp(-Ea / T)
    return {"k": (y - rate) * rate / k, "Ea": -(y - rate) * rate / T}


@problem("gravity between three bodies", wrt="P m", shapes={"P": (3, 2), "m": (3,)},
         domain={"m": "positive"})  # fmt: skip
def gravity(P, m):
    energy = 0
    for i, j in [(0, 1), (0, 2), (1, 2)]:
        d = P[i] - P[j]
        energy = energy - m[i] * m[j] / sqrt((d * d).sum() + 0.1)
    return energy


def between(P):
    d = P[:, None] - P[None, :]
    near = 1 / np.sqrt((d**2).sum(-1) + 0.1)
    np.fill_diagonal(near, 0)
    return d, near


@gravity.right("all pairs at once")
def _(P, m):
    d, near = between(P)
    return {"P": np.einsum("i,j,ij,ijk->ik", m, m, near**3, d), "m": -near @ m}


@gravity.right("Laplacian of the weighted graph")
def _(P, m):
    _, near = between(P)
    W = np.outer(m, m) * near**3
    return {"P": np.diag(W.sum(1)) @ P - W @ P, "m": -(near * m).sum(1)}


@gravity.wrong(
    "inverse square: the third power forgotten", "P", r"division by √|power|exponent|cube|³"
)
def _(P, m):
    d, near = between(P)
    return {"P": np.einsum("i,j,ij,ijk->ik", m, m, near**2, d), "m": -near @ m}


@gravity.wrong("own mass forgotten", "P", lacks(r"\bm(\[\d\])?", r"mass"))
def _(P, m):
    d, near = between(P)
    return {"P": np.einsum("j,ij,ijk->ik", m, near**3, d), "m": -near @ m}

"""Sums over samples, tables and pairs: the same gradient, computed in many ways."""

import math

import numpy as np

from autograd_lite import cos, sin, sqrt
from tests.testing.mistakes.case import SIGN, TWO, lacks, problem


@problem("sample variance over n − 1", wrt="x", shapes={"x": (5,)})
def variance(x):
    mean = x.sum() / 5
    return ((x - mean) ** 2).sum() / 4


@variance.right("deviations, halved")
def _(x):
    return (x - x.mean()) / 2


@variance.right("moments: 2x less twice the mean")
def _(x):
    return 0.5 * x - x.sum() / 10


@variance.right("all pairs of differences")
def _(x):
    return np.subtract.outer(x, x).sum(axis=1) / 10


@variance.right("centring matrix")
def _(x):
    return (np.eye(5) - np.full((5, 5), 0.2)) @ x * (2 / 4)


@variance.right("Welford's running mean")
def _(x):
    mean = 0.0
    for n, value in enumerate(x, 1):
        mean += (value - mean) / n
    g = x.copy()
    g -= mean
    g *= 0.5
    return g


@variance.wrong(
    "divided by n, not n − 1", "x", r"(?<![\w.])[45](?!\.?\d)|0\.8|1\.25|⅘|n [-−] 1|\bmean\b"
)
def _(x):
    return 2 * (x - x.mean()) / 5


@variance.wrong("2 of the square forgotten", "x", TWO)
def _(x):
    return (x - x.mean()) / 4


@problem("waves in a table", wrt="a phase", shapes={"a": (3,)}, domain={"k": {0, 1, 2, 3}})
def waves(a, phase, k):
    angle = phase + math.pi / 2 * k
    return (a[0] * sin(angle) + a[1] * cos(angle) + a[2]) ** 2


@waves.right("quarter turns looked up")
def _(a, phase, k):
    s, c = math.sin(phase), math.cos(phase)
    sin_, cos_ = [(s, c), (c, -s), (-s, -c), (-c, s)][int(k)]
    out = 2 * (a[0] * sin_ + a[1] * cos_ + a[2])
    return {"a": out * np.array([sin_, cos_, 1]), "phase": out * (a[0] * cos_ - a[1] * sin_)}


@waves.right("sine from the unit circle of complex numbers")
def _(a, phase, k):
    z = np.exp(1j * phase) * 1j ** int(k)
    out = 2 * ((a[1] - 1j * a[0]) * z).real + 2 * a[2]
    slope = ((a[1] - 1j * a[0]) * 1j * z).real
    return {"a": out * np.array([z.imag, z.real, 1]), "phase": out * slope}


@waves.right("angle sums")
def _(a, phase, k):
    q = math.pi / 2 * k
    s = math.sin(phase) * math.cos(q) + math.cos(phase) * math.sin(q)
    c = math.cos(phase) * math.cos(q) - math.sin(phase) * math.sin(q)
    inner = a @ [s, c, 1]
    return {"a": 2 * inner * np.array([s, c, 1]), "phase": 2 * inner * (a[:2] @ [c, -s])}


@waves.wrong("table of cosines without their sign", "phase", SIGN)
def _(a, phase, k):
    s, c = math.sin(phase + math.pi / 2 * k), math.cos(phase + math.pi / 2 * k)
    out = 2 * (a[0] * s + a[1] * c + a[2])
    return {"a": out * np.array([s, c, 1]), "phase": out * (a[0] * c + a[1] * s)}


@waves.wrong(
    "square's outer derivative forgotten",
    "a phase",
    r"(outer|local) derivative",
    lacks(r"square", r"outer", r"power"),
)
def _(a, phase, k):
    s, c = math.sin(phase + math.pi / 2 * k), math.cos(phase + math.pi / 2 * k)
    return {"a": np.array([s, c, 1]), "phase": a[0] * c - a[1] * s}


@problem("distances of all pairs", wrt="P", shapes={"P": (4, 2)})
def stress(P):
    total = 0
    for i in range(4):
        for j in range(i):
            d = P[i] - P[j]
            total = total + (sqrt((d * d).sum() + 0.01) - 1) ** 2
    return total


def pairs(P):
    d = P[:, None] - P
    return d, np.sqrt((d * d).sum(-1) + 0.01)


@stress.right("broadcast differences")
def _(P):
    d, r = pairs(P)
    return (2 * (1 - 1 / r)[:, :, None] * d).sum(axis=1)


@stress.right("Laplacian, built in place")
def _(P):
    _, r = pairs(P)
    L = 2 / r - 2
    L[np.diag_indices(4)] = 0
    L[np.diag_indices(4)] = -L.sum(axis=1)
    return L @ P


@stress.right("lower triangle, np.add.at")
def _(P):
    i, j = np.tril_indices(4, -1)
    d = P[i] - P[j]
    pull = (2 - 2 / np.sqrt((d**2).sum(1) + 0.01))[:, None] * d
    g = np.zeros_like(P)
    np.add.at(g, i, pull)
    np.subtract.at(g, j, pull)
    return g


@stress.right("Gram matrix for the squares")
def _(P):
    G = P @ P.T
    sq = np.diag(G)
    r = np.sqrt(np.maximum(sq[:, None] + sq - 2 * G, 0) + 0.01)
    W = 2 * (1 - 1 / r)
    return W.sum(1)[:, None] * P - W @ P


@stress.wrong(
    "each pair at its first point only", "P", r"through P\b.*forgotten", r"second point|\bboth\b"
)
def _(P):
    i, j = np.tril_indices(4, -1)
    d = P[i] - P[j]
    g = np.zeros_like(P)
    np.add.at(g, i, (2 - 2 / np.sqrt((d**2).sum(1) + 0.01))[:, None] * d)
    return g


@stress.wrong("pairs counted twice", "P", TWO)
def _(P):
    d, r = pairs(P)
    return (4 * (1 - 1 / r)[:, :, None] * d).sum(axis=1)

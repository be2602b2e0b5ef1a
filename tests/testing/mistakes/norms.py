"""Normalising layers on batches in matrices: over samples, over features, over lengths."""

import numpy as np

from autograd_lite import sqrt
from tests.testing.mistakes.case import TWO, lacks, problem

EPS = 0.01
BATCH = {"X": (4, 3), "gamma": (3,), "beta": (3,), "G": (4, 3)}


@problem("batch norm of a matrix", wrt="X gamma beta", shapes=BATCH)
def batch_norm(X, gamma, beta, G):
    mu = X.mean(axis=0)
    centred = X - mu
    var = (centred**2).mean(axis=0)
    std = sqrt(var + EPS)
    out = gamma * centred / std + beta
    return (G * out).sum()


def normed(X, axis=0):
    std = np.sqrt(X.var(axis=axis, keepdims=True) + EPS)
    return (X - X.mean(axis=axis, keepdims=True)) / std, std


def scaled(dX, xhat, G):
    return {"X": dX, "gamma": (G * xhat).sum(axis=0), "beta": G.sum(axis=0)}


@batch_norm.right("projections off the ones and off x̂")
def _(X, gamma, beta, G):
    xhat, std = normed(X)
    D = G * gamma
    return scaled((D - D.mean(0) - xhat * (D * xhat).mean(0)) / std, xhat, G)


@batch_norm.right("stage by stage, as the course's graph has it")
def _(X, gamma, beta, G):
    xhat, std = normed(X)
    centred, D = X - X.mean(0), G * gamma
    dvar = (D * centred).sum(0) * -0.5 * (X.var(0) + EPS) ** -1.5
    dmu = -(D / std).sum(0) + dvar * -2 * centred.mean(0)
    return scaled(D / std + dvar * 2 * centred / 4 + dmu / 4, xhat, G)


@batch_norm.right("Jacobian of each column")
def _(X, gamma, beta, G):
    xhat, std = normed(X)
    J = np.eye(4)[:, :, None] - 0.25 - np.einsum("ik,jk->ijk", xhat, xhat) / 4
    return scaled(np.einsum("ijk,ik->jk", J, G * gamma) / std, xhat, G)


@batch_norm.right("in single precision", rel=1e-4, abs=1e-5)
def _(X, gamma, beta, G):
    X, G = X.astype(np.float32), G.astype(np.float32)
    xhat, std = normed(X)
    D = G * gamma.astype(np.float32)
    return scaled((D - D.mean(0) - xhat * (D * xhat).mean(0)) / std, xhat, G)


@batch_norm.wrong(
    "mean and variance taken as constants",
    "X",
    r"(\bmu\b|\bmean\b)[^:;]*(constant|forgot).*(\bvar\b|\bstd\b|variance)[^:;]*(constant|forgot)",
    r"(\bvar\b|\bstd\b|variance)[^:;]*(constant|forgot).*(\bmu\b|\bmean\b)[^:;]*(constant|forgot)",
    r"statistics",
)
def _(X, gamma, beta, G):
    xhat, std = normed(X)
    return scaled(G * gamma / std, xhat, G)


@batch_norm.wrong(
    "path through the variance forgotten", "X", lacks(r"\bvar\b", r"variance", r"\bstd\b")
)
def _(X, gamma, beta, G):
    xhat, std = normed(X)
    D = G * gamma
    return scaled((D - D.mean(0)) / std, xhat, G)


@batch_norm.wrong(
    "scale summed over the features", "gamma", r"axis|row|\bsum\b|feature|sample|transpos"
)
def _(X, gamma, beta, G):
    xhat, std = normed(X)
    D = G * gamma
    g = scaled((D - D.mean(0) - xhat * (D * xhat).mean(0)) / std, xhat, G)
    return {**g, "gamma": (G * xhat).sum(axis=1)[:3]}


@batch_norm.wrong("variance's 2 forgotten", "X", TWO)
def _(X, gamma, beta, G):
    xhat, std = normed(X)
    D = G * gamma
    return scaled((D - D.mean(0) - 0.5 * xhat * (D * xhat).mean(0)) / std, xhat, G)


@problem("layer norm of a matrix", wrt="X gamma beta", shapes={**BATCH, "X": (3, 3), "G": (3, 3)})
def layer_norm(X, gamma, beta, G):
    mu = X.mean(axis=1, keepdims=True)
    centred = X - mu
    var = (centred**2).mean(axis=1, keepdims=True)
    xhat = centred / sqrt(var + EPS)
    return (G * (gamma * xhat + beta)).sum()


@layer_norm.right("compact, row by row")
def _(X, gamma, beta, G):
    xhat, std = normed(X, 1)
    D = G * gamma
    mean = D.mean(1, keepdims=True)
    return scaled((D - mean - xhat * (D * xhat).mean(1, keepdims=True)) / std, xhat, G)


@layer_norm.right("one row at a time, by matrices")
def _(X, gamma, beta, G):
    dX = np.empty_like(X)
    xhat, std = normed(X, 1)
    for i in range(3):
        J = (np.eye(3) - np.ones((3, 3)) / 3 - np.outer(xhat[i], xhat[i]) / 3) / std[i]
        dX[i] = J @ (gamma * G[i])
    return scaled(dX, xhat, G)


@layer_norm.wrong("Jacobian's diagonal alone", "X", r"diagonal|cross terms|off-diagonal")
def _(X, gamma, beta, G):
    xhat, std = normed(X, 1)
    return scaled((1 - 1 / 3 - xhat**2 / 3) / std * G * gamma, xhat, G)


@layer_norm.wrong(
    "keepdims forgotten in the means", "X", r"axis|keepdims|broadcast|transpos|row|column"
)
def _(X, gamma, beta, G):
    xhat, std = normed(X, 1)
    D = G * gamma
    return scaled((D - D.mean(1) - xhat * (D * xhat).mean(1)) / std, xhat, G)


@layer_norm.wrong(
    "means over the samples, as in batch norm", "X", r"axis|batch|row|column|transpos"
)
def _(X, gamma, beta, G):
    xhat, std = normed(X, 1)
    D = G * gamma
    return scaled((D - D.mean(0) - xhat * (D * xhat).mean(0)) / std, xhat, G)


@layer_norm.wrong("path through the mean forgotten", "X", lacks(r"\bmu\b", r"\bmean\b"))
def _(X, gamma, beta, G):
    xhat, std = normed(X, 1)
    D = G * gamma
    return scaled((D - xhat * (D * xhat).mean(1, keepdims=True)) / std, xhat, G)


@layer_norm.wrong("gamma forgotten on the way back", "X", lacks(r"gamma", r"γ"))
def _(X, gamma, beta, G):
    xhat, std = normed(X, 1)
    mean = G.mean(1, keepdims=True)
    return scaled((G - mean - xhat * (G * xhat).mean(1, keepdims=True)) / std, xhat, G)


@layer_norm.wrong(
    "beta averaged over the samples", "beta", r"(?<![\w.])3(?!\.?\d)|⅓|0\.333|\bmean\b|\bsum"
)
def _(X, gamma, beta, G):
    xhat, std = normed(X, 1)
    D = G * gamma
    mean = D.mean(1, keepdims=True)
    g = scaled((D - mean - xhat * (D * xhat).mean(1, keepdims=True)) / std, xhat, G)
    return {**g, "beta": G.mean(axis=0)}


@problem("rows at length 1", wrt="X", shapes={"X": (3, 2), "G": (3, 2)})
def unit_rows(X, G):
    length = sqrt((X * X).sum(axis=1, keepdims=True))
    return (G * X / length).sum()


@unit_rows.right("part at right angles")
def _(X, G):
    n = np.linalg.norm(X, axis=1, keepdims=True)
    U = X / n
    return (G - (G * U).sum(1, keepdims=True) * U) / n


@unit_rows.right("turned by a right angle, as the plane allows")
def _(X, G):
    turned = np.stack([-X[:, 1], X[:, 0]], axis=1)
    along = np.einsum("ij,ij->i", G, turned) / np.einsum("ij,ij->i", X, X) ** 1.5
    return along[:, None] * turned


@unit_rows.right("angles: cosine and sine of each row")
def _(X, G):
    phi, r = np.arctan2(X[:, 1], X[:, 0]), np.hypot(*X.T)
    c, s = np.cos(phi), np.sin(phi)
    slope = (G[:, 1] * c - G[:, 0] * s) / r
    return np.c_[-s * slope, c * slope]


@unit_rows.wrong("length taken as constant", "X", lacks(r"length", r"norm"))
def _(X, G):
    return G / np.linalg.norm(X, axis=1, keepdims=True)


@unit_rows.wrong("Jacobian's diagonal alone", "X", r"diagonal|cross terms|off-diagonal")
def _(X, G):
    n = np.linalg.norm(X, axis=1, keepdims=True)
    return G * (1 - (X / n) ** 2) / n


@unit_rows.wrong(
    "length not cubed in the second term",
    "X",
    r"division by length|length[^:;]*(squar|cube|power|expon)",
)
def _(X, G):
    n = np.linalg.norm(X, axis=1, keepdims=True)
    return G / n - (G * X).sum(1, keepdims=True) * X / n**2

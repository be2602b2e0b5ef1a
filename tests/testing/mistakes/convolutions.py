"""Convolution and pooling, in one dimension and in two."""

import numpy as np

from autograd_lite import maximum, relu
from tests.testing.mistakes.case import SIGN, lacks, problem

FLIP = r"flip|revers|turned|\[::-1\]|mirror|convol|correlat|k\[\d\].*k\[\d\]|order"


@problem("correlation with a kernel", wrt="x k b", shapes={"x": (6,), "k": (3,), "t": (4,)})
def correlation(x, k, b, t):
    y = k[0] * x[:4] + k[1] * x[1:5] + k[2] * x[2:] + b
    return 0.5 * ((y - t) ** 2).sum()


def residual(x, k, b, t):
    return np.correlate(x, k, "valid") + b - t


@correlation.right("full convolution back, correlation for the kernel")
def _(x, k, b, t):
    d = residual(x, k, b, t)
    return {"x": np.convolve(d, k, "full"), "k": np.correlate(x, d, "valid"), "b": d.sum()}


@correlation.right("as a Toeplitz matrix")
def _(x, k, b, t):
    T = sum(k[j] * np.eye(4, 6, j) for j in range(3))
    d = T @ x + b - t
    return {"x": T.T @ d, "k": np.array([d @ np.eye(4, 6, j) @ x for j in range(3)]), "b": sum(d)}


@correlation.right("windows, and np.add.at on their places")
def _(x, k, b, t):
    places = np.arange(4)[:, None] + np.arange(3)
    d = x[places] @ k + b - t
    dx = np.zeros(6)
    np.add.at(dx, places, d[:, None] * k)
    return {"x": dx, "k": x[places].T @ d, "b": d @ np.ones(4)}


@correlation.wrong("kernel not turned round on the way back", "x", FLIP)
def _(x, k, b, t):
    d = residual(x, k, b, t)
    return {"x": np.correlate(d, k, "full"), "k": np.correlate(x, d, "valid"), "b": d.sum()}


@correlation.wrong("kernel's gradient the wrong way round", "k", FLIP)
def _(x, k, b, t):
    d = residual(x, k, b, t)
    return {"x": np.convolve(d, k), "k": np.correlate(x, d, "valid")[::-1], "b": d.sum()}


@correlation.wrong("windows overwritten where they overlap", "x", r"overwr|overlap|window")
def _(x, k, b, t):
    d = residual(x, k, b, t)
    dx = np.zeros(6)
    for i in range(4):
        dx[i : i + 3] = d[i] * k
    return {"x": dx, "k": np.correlate(x, d, "valid"), "b": d.sum()}


@correlation.wrong(
    "bias averaged over the places", "b", r"(?<![\w.])4(?!\.?\d)|¼|0\.25|\bmean\b|\bsum\b"
)
def _(x, k, b, t):
    d = residual(x, k, b, t)
    return {"x": np.convolve(d, k), "k": np.correlate(x, d, "valid"), "b": d.mean()}


@problem(
    "2×2 convolution of an image, ReLU",
    wrt="X K",
    shapes={"X": (3, 4), "K": (2, 2), "G": (2, 3)},
)
def image(X, K, G):
    Z = K[0, 0] * X[:2, :3] + K[0, 1] * X[:2, 1:] + K[1, 0] * X[1:, :3] + K[1, 1] * X[1:, 1:]
    A = relu(Z)
    return (G * A).sum()


def maps(X, K, G):
    """∂L/∂Z and the windows of X, one for each place."""
    windows = np.lib.stride_tricks.sliding_window_view(X, (2, 2))
    Z = np.einsum("pqij,ij->pq", windows, K)
    return Z, np.where(Z > 0, G, 0.0), windows


@image.right("windows and einsum, padded and turned kernel")
def _(X, K, G):
    _, dZ, windows = maps(X, K, G)
    padded = np.lib.stride_tricks.sliding_window_view(np.pad(dZ, 1), (2, 2))
    dX = np.einsum("pqij,ij->pq", padded, K[::-1, ::-1])
    return {"X": dX, "K": np.einsum("pq,pqij->ij", dZ, windows)}


@image.right("im2col")
def _(X, K, G):
    _, dZ, windows = maps(X, K, G)
    cols = windows.reshape(6, 4)
    dcols = np.outer(dZ.ravel(), K.ravel())
    dX = np.zeros((3, 4))
    for row, (p, q) in zip(dcols, np.ndindex(2, 3), strict=True):
        dX[p : p + 2, q : q + 2] += row.reshape(2, 2)
    return {"X": dX, "K": (dZ.ravel() @ cols).reshape(2, 2)}


@image.right("shifted images, single precision", rel=1e-4, abs=1e-5)
def _(X, K, G):
    X, K, G = (a.astype(np.float32) for a in (X, K, G))
    Z = sum(K[i, j] * X[i : i + 2, j : j + 3] for i in (0, 1) for j in (0, 1))
    dZ = G * (Z > 0)
    dX, dK = np.zeros((3, 4), np.float32), np.zeros((2, 2), np.float32)
    for i, j in np.ndindex(2, 2):
        dX[i : i + 2, j : j + 3] += K[i, j] * dZ
        dK[i, j] = np.vdot(dZ, X[i : i + 2, j : j + 3])
    return {"X": dX, "K": dK}


@image.wrong("kernel's gradient transposed", "K", r"transpos|ᵀ|\.T\b|swapped|K\[")
def _(X, K, G):
    _, dZ, windows = maps(X, K, G)
    dX = sum(np.pad(K[i, j] * dZ, ((i, 1 - i), (j, 1 - j))) for i in (0, 1) for j in (0, 1))
    return {"X": dX, "K": np.einsum("pq,pqij->ji", dZ, windows)}


@image.wrong("gate forgotten for the kernel", "K", lacks(r"gate", r"relu", r"mask"))
def _(X, K, G):
    _, dZ, windows = maps(X, K, G)
    dX = sum(np.pad(K[i, j] * dZ, ((i, 1 - i), (j, 1 - j))) for i in (0, 1) for j in (0, 1))
    return {"X": dX, "K": np.einsum("pq,pqij->ij", G, windows)}


@image.wrong(
    "gate by the upstream gradient's sign", "X K", r"\bG\b[^:;]*(stands|sign|> ?0|positive)"
)
def _(X, K, G):
    _, _, windows = maps(X, K, G)
    dZ = np.where(G > 0, G, 0.0)
    dX = sum(np.pad(K[i, j] * dZ, ((i, 1 - i), (j, 1 - j))) for i in (0, 1) for j in (0, 1))
    return {"X": dX, "K": np.einsum("pq,pqij->ij", dZ, windows)}


@problem("largest of each pair", wrt="x w", shapes={"x": (6,), "w": (3,)})
def pooled(x, w, y):
    top = maximum(x[0::2], x[1::2])
    return 0.5 * ((w * top).sum() - y) ** 2


def winners(x, w, y):
    pairs = x.reshape(3, 2)
    return pairs, pairs.argmax(axis=1), w @ pairs.max(axis=1) - y


@pooled.right("put at the places of the largest")
def _(x, w, y):
    pairs, best, r = winners(x, w, y)
    dx = np.zeros((3, 2))
    np.put_along_axis(dx, best[:, None], (r * w)[:, None], axis=1)
    return {"x": dx.ravel(), "w": r * pairs.max(axis=1)}


@pooled.right("mask of what equals the largest, repeated")
def _(x, w, y):
    top = x.reshape(3, 2).max(axis=1)
    r = w @ top - y
    return {"x": np.repeat(r * w, 2) * (x == np.repeat(top, 2)), "w": r * top}


@pooled.right("half the sum and half the difference")
def _(x, w, y):
    a, b = x[::2], x[1::2]
    top = (a + b) / 2 + np.abs(a - b) / 2
    r, side = w @ top - y, np.sign(a - b) / 2
    return {"x": np.c_[r * w * (0.5 + side), r * w * (0.5 - side)].ravel(), "w": r * top}


@pooled.wrong(
    "both of a pair, not the larger alone",
    "x",
    r"towards top|\bboth\b",
    lacks(r"gate", r"mask", r"max(imum)?", r"∂top"),
)
def _(x, w, y):
    pairs, _, r = winners(x, w, y)
    return {"x": np.repeat(r * w, 2), "w": r * pairs.max(axis=1)}


@pooled.wrong(
    "shared out in halves, as for the mean",
    "x",
    r"\bmean\b|average|\bhalf\b|halves|factor 2|½|\b0\.5\b",
)
def _(x, w, y):
    pairs, _, r = winners(x, w, y)
    return {"x": np.repeat(r * w, 2) / 2, "w": r * pairs.max(axis=1)}


@pooled.wrong(
    "smaller for larger",
    "x",
    r"exchanged|swapped|\bmin\b|smaller|other branch|gate[^:;]*(wrong|revers)",
)
def _(x, w, y):
    pairs, best, r = winners(x, w, y)
    dx = np.zeros((3, 2))
    dx[np.arange(3), 1 - best] = r * w
    return {"x": dx.ravel(), "w": r * pairs.max(axis=1)}


@problem("mean of 2×2 blocks, then weights", wrt="X w", shapes={"X": (4, 4), "w": (2, 2)})
def averaged(X, w, y):
    blocks = (X[0::2, 0::2] + X[0::2, 1::2] + X[1::2, 0::2] + X[1::2, 1::2]) / 4
    out = (w * blocks**2).sum()
    return (out - y) ** 2


def means(X, w, y):
    blocks = X.reshape(2, 2, 2, 2).mean(axis=(1, 3))
    return blocks, 2 * ((w * blocks**2).sum() - y)


@averaged.right("Kronecker product")
def _(X, w, y):
    blocks, r = means(X, w, y)
    return {"X": np.kron(r * w * 2 * blocks, np.full((2, 2), 0.25)), "w": r * blocks**2}


@averaged.right("repeated along both axes, in place")
def _(X, w, y):
    blocks, r = means(X, w, y)
    d = r * w
    d *= blocks
    d /= 2
    return {"X": d.repeat(2, axis=0).repeat(2, axis=1), "w": r * np.square(blocks)}


@averaged.wrong("not divided among the four", "X", r"(?<![\w.])4(?!\.?\d)|¼|0\.25|\bmean\b")
def _(X, w, y):
    blocks, r = means(X, w, y)
    return {"X": np.kron(r * w * 2 * blocks, np.ones((2, 2))), "w": r * blocks**2}


@averaged.wrong("weights squared", "X", r"\bw\b[^:;]*(twice|square)|extra factor w\b|w²|w · w\b")
def _(X, w, y):
    blocks, r = means(X, w, y)
    return {"X": np.kron(r * w**2 * 2 * blocks, np.full((2, 2), 0.25)), "w": r * blocks**2}


@averaged.wrong("residual turned", "X w", SIGN)
def _(X, w, y):
    blocks, r = means(X, w, y)
    return {"X": -np.kron(r * w * 2 * blocks, np.full((2, 2), 0.25)), "w": -r * blocks**2}


@averaged.wrong("tiled where it should be repeated", "X", r"tile|repeat|order|place|index|X\[")
def _(X, w, y):
    blocks, r = means(X, w, y)
    return {"X": np.tile(r * w * blocks / 2, (2, 2)), "w": r * blocks**2}

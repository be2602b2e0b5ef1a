"""Functions that cannot take Values: they are judged by numbers alone."""

import math

import numpy as np

from tests.testing.mistakes.case import SIGN, TWO, problem

TRANSPOSE = r"transpos|ᵀ|\.T\b|swapped"


@problem("log-determinant by LU", wrt="A", shapes={"A": (3, 3)}, traced=False)
def log_det(A):
    return np.linalg.slogdet(A + 6 * np.eye(3))[1]


@log_det.right("transposed inverse")
def _(A):
    return np.linalg.inv(A + 6 * np.eye(3)).T


@log_det.right("cofactors over the determinant")
def _(A):
    M = A + 6 * np.eye(3)
    rows = [np.cross(M[1], M[2]), np.cross(M[2], M[0]), np.cross(M[0], M[1])]
    return np.array(rows) / (M[0] @ rows[0])


@log_det.wrong("inverse not transposed", "A", TRANSPOSE)
def _(A):
    return np.linalg.inv(A + 6 * np.eye(3))


@problem("solution of a linear system", wrt="A b", shapes={"A": (3, 3), "b": (3,), "c": (3,)},
         traced=False)  # fmt: skip
def solved(A, b, c):
    return c @ np.linalg.solve(A + 6 * np.eye(3), b)


@solved.right("adjoint system")
def _(A, b, c):
    M = A + 6 * np.eye(3)
    lam = np.linalg.solve(M.T, c)
    return {"A": -np.outer(lam, np.linalg.solve(M, b)), "b": lam}


@solved.right("inverse and einsum")
def _(A, b, c):
    P = np.linalg.inv(A + 6 * np.eye(3))
    return {"A": -np.einsum("k,ki,jl,l->ij", c, P, P, b), "b": c @ P}


@solved.wrong("minus of the inverse's derivative forgotten", "A", SIGN)
def _(A, b, c):
    M = A + 6 * np.eye(3)
    lam = np.linalg.solve(M.T, c)
    return {"A": np.outer(lam, np.linalg.solve(M, b)), "b": lam}


@solved.wrong("A for its transpose in the adjoint system", "A b", TRANSPOSE)
def _(A, b, c):
    M = A + 6 * np.eye(3)
    lam = np.linalg.solve(M, c)
    return {"A": -np.outer(lam, np.linalg.solve(M, b)), "b": lam}


@problem("power spectrum", wrt="x w", shapes={"x": (4,), "w": (4,)}, traced=False)
def spectrum(x, w):
    X = np.fft.fft(x)
    return float(w @ np.abs(X) ** 2)


@spectrum.right("back by the inverse transform")
def _(x, w):
    X = np.fft.fft(x)
    return {"x": 8 * np.fft.ifft(w * X).real, "w": X.real**2 + X.imag**2}


@spectrum.right("cosines of all lags")
def _(x, w):
    lag = np.subtract.outer(np.arange(4), np.arange(4))
    C = np.cos(2 * np.pi / 4 * np.multiply.outer(np.arange(4), lag))
    return {"x": 2 * np.einsum("f,fij,j->i", w, C, x), "w": np.einsum("i,fij,j->f", x, C, x)}


@spectrum.wrong("inverse transform's 1/n not undone", "x", r"1 ?/ ?n|(?<![\w.])4(?!\.?\d)|¼|0\.25")
def _(x, w):
    X = np.fft.fft(x)
    return {"x": 2 * np.fft.ifft(w * X).real, "w": np.abs(X) ** 2}


@problem("normal distribution function", wrt="x mu", traced=False)
def phi(x, mu):
    return 0.5 * math.erfc((float(mu) - float(x)) / math.sqrt(2))


@phi.right("density")
def _(x, mu):
    d = math.exp(-((x - mu) ** 2) / 2) / math.sqrt(2 * math.pi)
    return {"x": d, "mu": -d}


@phi.wrong("root of 2π forgotten", "x mu", r"π|\bpi\b|2\.50|0\.398")
def _(x, mu):
    d = math.exp(-((x - mu) ** 2) / 2)
    return {"x": d, "mu": -d}


@problem("sum of the singular values", wrt="A", shapes={"A": (3, 2)}, traced=False)
def nuclear(A):
    return np.linalg.norm(A, "nuc")


@nuclear.right("U Vᵀ")
def _(A):
    U, _, Vt = np.linalg.svd(A, full_matrices=False)
    return U @ Vt


@nuclear.wrong("Frobenius norm's", "A", r"Frobenius|norm")
def _(A):
    return A / np.linalg.norm(A)


@problem("log-sum-exp by a library", wrt="z", shapes={"z": (4,)}, traced=False)
def reduced(z):
    return np.logaddexp.reduce(np.asarray(z, float)) ** 2


@reduced.right("softmax times twice the value")
def _(z):
    total = np.logaddexp.reduce(z)
    return 2 * total * np.exp(z - total)


@reduced.wrong("2 forgotten", "z", TWO)
def _(z):
    total = np.logaddexp.reduce(z)
    return total * np.exp(z - total)

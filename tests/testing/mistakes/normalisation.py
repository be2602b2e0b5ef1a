"""Batch norm, layer norm, RMS norm, standardising: every output depends on every input."""

import numpy as np

from autograd_lite import sqrt
from tests.testing.mistakes.case import SIGN, TWO, problem

EPS = 0.01
MEAN = r"\bmu\b|μ|\bmean\b|average"
VAR = r"\bvar\b|σ²|variance|\bstd\b|spread"


@problem(
    "batch norm, half squared error",
    wrt="x gamma beta",
    shapes={"x": (5,), "t": (5,)},
)
def batchnorm(x, gamma, beta, t):
    mu = x.mean()
    centred = x - mu
    var = (centred**2).mean()
    std = sqrt(var + EPS)
    xhat = centred / std
    y = gamma * xhat + beta
    return 0.5 * ((y - t) ** 2).sum()


def normed(x, gamma, beta, t):
    """x̂, the standard deviation, ∂L/∂y."""
    std = np.sqrt(x.var() + EPS)
    xhat = (x - x.mean()) / std
    return xhat, std, gamma * xhat + beta - t


def scaled(dx, xhat, dy):
    return {"x": dx, "gamma": dy @ xhat, "beta": dy.sum()}


@batchnorm.right("the compact form")
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    n = len(x)
    dx = gamma / (n * std) * (n * dy - dy.sum() - xhat * (dy @ xhat))
    return scaled(dx, xhat, dy)


@batchnorm.right("one arrow of the graph at a time")
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    dxhat = dy * gamma
    dvar = (dxhat * (x - x.mean())).sum() * -0.5 * std**-3
    dmu = -(dxhat / std).sum() + dvar * -2 * (x - x.mean()).mean()
    return scaled(dxhat / std + dvar * 2 * (x - x.mean()) / 5 + dmu / 5, xhat, dy)


@batchnorm.right("through the whole Jacobian")
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    jacobian = (np.eye(5) - 1 / 5 - np.outer(xhat, xhat) / 5) / std
    return scaled(jacobian @ dy * gamma, xhat, dy)


@batchnorm.wrong("mean and variance taken as constants", "x", MEAN, VAR)
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    return scaled(gamma * dy / std, xhat, dy)


@batchnorm.wrong("forgot the path through the mean", "x", MEAN)
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    return scaled(gamma / std * (dy - xhat * (dy @ xhat) / 5), xhat, dy)


@batchnorm.wrong("forgot the path through the variance", "x", VAR)
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    return scaled(gamma / std * (dy - dy.mean()), xhat, dy)


@batchnorm.wrong("half of the root's slope missing in the variance path", "x", VAR, TWO, r"sqrt|√")
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    dx = gamma / std * (dy - dy.mean() - 2 * xhat * (dy @ xhat) / 5)
    return scaled(dx, xhat, dy)


@batchnorm.wrong(
    "n - 1 in the variance path", "x", VAR, r"n [-−] 1|n[-−]1|(?<![\w.])[45](?!\.?\d)|1\.25|0\.8"
)
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    return scaled(gamma / std * (dy - dy.mean() - xhat * (dy @ xhat) / 4), xhat, dy)


@batchnorm.wrong("scale forgotten on the way to x", "x", r"gamma|γ")
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    return scaled((dy - dy.mean() - xhat * (dy @ xhat) / 5) / std, xhat, dy)


@batchnorm.wrong(
    "scale's gradient with x in place of xhat", "gamma", r"xhat|x̂|\bx\b|centred|\bstd\b|\bmu\b"
)
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    dx = gamma / std * (dy - dy.mean() - xhat * (dy @ xhat) / 5)
    return {**scaled(dx, xhat, dy), "gamma": dy @ x}


@batchnorm.wrong("plus for both corrections", "x", MEAN, VAR, SIGN)
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    return scaled(gamma / std * (dy + dy.mean() + xhat * (dy @ xhat) / 5), xhat, dy)


@batchnorm.wrong("the error shuffled by one place", "x")
def _(x, gamma, beta, t):
    xhat, std, dy = normed(x, gamma, beta, t)
    moved = np.roll(dy, 1)
    return scaled(gamma / std * (moved - dy.mean() - xhat * (moved @ xhat) / 5), xhat, dy)


@problem(
    "layer norm, weighted sum",
    wrt="x gamma beta",
    shapes={"x": (2, 4), "gamma": (4,), "beta": (4,), "u": (2, 4)},
)
def layernorm(x, gamma, beta, u):
    mu = x.mean(axis=1, keepdims=True)
    centred = x - mu
    var = (centred**2).mean(axis=1, keepdims=True)
    xhat = centred / sqrt(var + EPS)
    out = gamma * xhat + beta
    return (u * out).sum()


def normed_rows(x):
    std = np.sqrt(x.var(axis=1, keepdims=True) + EPS)
    return (x - x.mean(axis=1, keepdims=True)) / std, std


def corrected(d, xhat, std, axis=1):
    mean = d.mean(axis=axis, keepdims=True)
    return (d - mean - xhat * (d * xhat).mean(axis=axis, keepdims=True)) / std


@layernorm.right("the compact form")
def _(x, gamma, beta, u):
    xhat, std = normed_rows(x)
    return {"x": corrected(u * gamma, xhat, std), "gamma": (u * xhat).sum(0), "beta": u.sum(0)}


@layernorm.right("row by row with einsum")
def _(x, gamma, beta, u):
    xhat, std = normed_rows(x)
    J = (np.eye(4) - 1 / 4 - np.einsum("ni,nj->nij", xhat, xhat) / 4) / std[:, :, None]
    dx = np.einsum("nij,nj,j->ni", J, u, gamma)
    return {"x": dx, "gamma": np.einsum("ni,ni->i", u, xhat), "beta": np.ones(2) @ u}


@layernorm.wrong(
    "corrected over the batch as in batch norm", "x", r"axis|\brow|batch|\bmu\b|\bvar\b|\bmean\b"
)
def _(x, gamma, beta, u):
    xhat, std = normed_rows(x)
    return {"x": corrected(u * gamma, xhat, std, 0), "gamma": (u * xhat).sum(0), "beta": u.sum(0)}


@layernorm.wrong("scale applied after the correction", "x", r"gamma|γ")
def _(x, gamma, beta, u):
    xhat, std = normed_rows(x)
    dx = gamma * corrected(u, xhat, std)
    return {"x": dx, "gamma": (u * xhat).sum(0), "beta": u.sum(0)}


@layernorm.wrong("mean term of the correction missing", "x", MEAN)
def _(x, gamma, beta, u):
    xhat, std = normed_rows(x)
    d = u * gamma
    dx = (d - xhat * (d * xhat).mean(axis=1, keepdims=True)) / std
    return {"x": dx, "gamma": (u * xhat).sum(0), "beta": u.sum(0)}


@layernorm.wrong(
    "scale and shift averaged over the rows", "gamma beta", r"\bsum|\bmean\b|average|\brow", TWO
)
def _(x, gamma, beta, u):
    xhat, std = normed_rows(x)
    dx = corrected(u * gamma, xhat, std)
    return {"x": dx, "gamma": (u * xhat).mean(0), "beta": u.mean(0)}


@problem("RMS norm", wrt="x", shapes={"x": (4,), "u": (4,)})
def rmsnorm(x, u):
    power = (x**2).mean()
    rms = sqrt(power + EPS)
    out = x / rms
    return (u * out).sum()


@rmsnorm.right("projection")
def _(x, u):
    rms = np.sqrt(np.mean(x**2) + EPS)
    return u / rms - x * (u @ x) / (4 * rms**3)


@rmsnorm.wrong("correction of layer norm, mean and all", "x", MEAN, r"extra")
def _(x, u):
    rms = np.sqrt(np.mean(x**2) + EPS)
    xhat = x / rms
    return (u - u.mean() - xhat * (u @ xhat) / 4) / rms


@rmsnorm.wrong("denominator taken as constant", "x", r"\brms\b|power|denominator|quotient")
def _(x, u):
    return u / np.sqrt(np.mean(x**2) + EPS)


@rmsnorm.wrong(
    "1/n forgotten in the second term", "x", r"1 ?/ ?n|(?<![\w.])4(?!\.?\d)|¼|0\.25|\bmean\b|power"
)
def _(x, u):
    rms = np.sqrt(np.mean(x**2) + EPS)
    return u / rms - x * (u @ x) / rms**3


@rmsnorm.wrong("rms squared, not cubed", "x", r"\brms\b|power|denominator|quotient|squar|cub")
def _(x, u):
    rms = np.sqrt(np.mean(x**2) + EPS)
    return u / rms - x * (u @ x) / (4 * rms**2)


@problem("variance of a sample", wrt="x", shapes={"x": (4,)})
def variance(x):
    mu = x.mean()
    return ((x - mu) ** 2).sum() / (len(x) - 1)


@variance.right("the mean's own path adds up to nothing")
def _(x):
    return 2 * (x - x.mean()) / 3


@variance.right("by the shift formula")
def _(x):
    return (2 * x - 2 * x.sum() / 4) / 3


@variance.wrong(
    "divided by n", "x", r"n [-−] 1|n[-−]1|n ?/|(?<![\w.])[34](?!\.?\d)|4/3|3/4|¾|0\.75|1\.33"
)
def _(x):
    return (x - x.mean()) / 2


@variance.wrong(
    "mean's path through the one sample only",
    "x",
    MEAN,
    r"n [-−] 1|(?<![\w.])[34](?!\.?\d)|¾|0\.75",
)
def _(x):
    return 2 * (x - x.mean()) * (1 - 1 / 4) / 3


@variance.wrong("derivative of the second moment", "x", MEAN)
def _(x):
    return 2 * x / 3

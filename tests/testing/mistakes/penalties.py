"""Regularisers and priors, alone and beside a loss."""

import numpy as np

from autograd_lite import abs as absolute
from autograd_lite import exp, log, sigmoid, sqrt
from tests.testing.mistakes.case import SIGN, TWO, lacks, problem

SURPLUS = r"(extra|surplus|additional).*\bb\b|\bb\b.*(extra|surplus|penal|regular)|weight decay"


@problem(
    "logistic regression with weight decay",
    wrt="w b",
    shapes={"X": (4, 2), "w": (2,), "y": (4,)},
    domain={"y": {0, 1}, "lam": "positive"},
)
def decayed(X, w, b, y, lam):
    z = X @ w + b
    p = sigmoid(z)
    loss = -(y * log(p) + (1 - y) * log(1 - p)).mean()
    return loss + 0.5 * lam * (w * w).sum()


def fit(X, w, b, y):
    e = (1 / (1 + np.exp(-(X @ w + b))) - y) / 4
    return X.T @ e, e.sum()


@decayed.right("with a column of ones and a mask of the penalty")
def _(X, w, b, y, lam):
    A, theta = np.c_[X, np.ones(4)], np.append(w, b)
    g = A.T @ (1 / (1 + np.exp(-A @ theta)) - y) / 4 + lam * np.array([1, 1, 0]) * theta
    return {"w": g[:2], "b": g[2]}


@decayed.right("each label its own branch, in place")
def _(X, w, b, y, lam):
    dw, db = lam * w, 0.0
    for x, label in zip(X, y, strict=True):
        z = x @ w + b
        e = -1 / (1 + np.exp(z)) if label else np.exp(z) / (1 + np.exp(z))
        dw += e * x / 4
        db += e / 4
    return {"w": dw, "b": db}


@decayed.right("in single precision", rel=1e-4, abs=1e-5)
def _(X, w, b, y, lam):
    X, w, y = (a.astype(np.float32) for a in (X, w, y))
    e = (1 / (1 + np.exp(-(X @ w + np.float32(b)))) - y) / np.float32(4)
    return {"w": X.T @ e + np.float32(lam) * w, "b": e.sum()}


@decayed.wrong("bias decays too", "b", SURPLUS)
def _(X, w, b, y, lam):
    dw, db = fit(X, w, b, y)
    return {"w": dw + lam * w, "b": db + lam * b}


@decayed.wrong(
    "penalty forgotten", "w", lacks(r"lam", r"w\[0\].*", r"penalty", r"regular", r"decay")
)
def _(X, w, b, y, lam):
    dw, db = fit(X, w, b, y)
    return {"w": dw, "b": db}


@decayed.wrong("penalty taken off", "w", SIGN)
def _(X, w, b, y, lam):
    dw, db = fit(X, w, b, y)
    return {"w": dw - lam * w, "b": db}


@decayed.wrong(
    "penalty averaged with the loss", "w", r"(?<![\w.])4(?!\.?\d)|¼|0\.25|\bmean\b|1 ?/ ?n"
)
def _(X, w, b, y, lam):
    dw, db = fit(X, w, b, y)
    return {"w": dw + lam * w / 4, "b": db}


@problem(
    "elastic net of four weights",
    wrt="w",
    shapes={"w": (4,)},
    domain={"mix": (0.1, 0.9), "lam": "positive"},
)
def elastic(w, lam, mix):
    lasso = absolute(w).sum()
    ridge = 0.5 * (w**2).sum()
    return lam * (mix * lasso + (1 - mix) * ridge)


@elastic.right("sign and weight")
def _(w, lam, mix):
    return lam * (mix * np.sign(w) + (1 - mix) * w)


@elastic.right("w over its size, in place")
def _(w, lam, mix):
    g = w / np.sqrt(w * w)
    g -= w
    g *= mix
    g += w
    return g * lam


@elastic.wrong(
    "mix and 1 − mix exchanged", "w", r"mix[^:;]*(stands|exchang|swap)|(exchang|swap)[^:;]*mix"
)
def _(w, lam, mix):
    return lam * ((1 - mix) * np.sign(w) + mix * w)


@elastic.wrong("sign forgotten", "w", lacks(r"sign", r"gate", r"abs", r"\|w\|"))
def _(w, lam, mix):
    return lam * (mix + (1 - mix) * w)


@problem("group lasso", wrt="W", shapes={"W": (3, 2)}, domain={"lam": "positive"})
def groups(W, lam):
    norms = sqrt((W**2).sum(axis=1) + 0.01)
    return lam * norms.sum()


@groups.right("rows over their lengths")
def _(W, lam):
    return lam * W / np.sqrt((W * W).sum(axis=1, keepdims=True) + 0.01)


@groups.right("a diagonal matrix in front")
def _(W, lam):
    return lam * np.diag(1 / np.hypot(np.hypot(W[:, 0], W[:, 1]), 0.1)) @ W


@groups.wrong("one length for all rows", "W", r"axis|\brow\b|Frobenius|all rows")
def _(W, lam):
    return lam * W / np.sqrt((W * W).sum() + 0.01)


@groups.wrong("lengths of the columns", "W", r"axis|column|transpos")
def _(W, lam):
    return lam * W / np.sqrt((W * W).sum(axis=0) + 0.01)


@groups.wrong("root's half and the 2 of the square kept apart: 2W", "W", TWO)
def _(W, lam):
    return 2 * lam * W / np.sqrt((W * W).sum(axis=1, keepdims=True) + 0.01)


@problem("smoothed signal", wrt="x", shapes={"x": (6,), "y": (6,)}, domain={"lam": "positive"})
def smoothed(x, y, lam):
    d = x[1:] - x[:-1]
    return 0.5 * ((x - y) ** 2).sum() + lam * sqrt(d**2 + 0.01).sum()


@smoothed.right("divergence of the normalised slope")
def _(x, y, lam):
    d = np.diff(x)
    n = d / np.sqrt(d * d + 0.01)
    return x - y - lam * np.diff(np.pad(n, 1))


@smoothed.right("ends and the inside apart")
def _(x, y, lam):
    d = np.diff(x)
    n = lam * d / np.hypot(d, 0.1)
    g = x - y
    g[0] -= n[0]
    g[-1] += n[-1]
    g[1:-1] += n[:-1] - n[1:]
    return g


@smoothed.wrong(
    "right neighbour forgotten", "x", lacks(r"\bx(\[\S+\])?", r"\bd\b"), r"neighbour|both ends"
)
def _(x, y, lam):
    d = np.diff(x)
    return x - y + lam * np.concatenate([[0], d / np.sqrt(d * d + 0.01)])


@smoothed.wrong(
    "slope of the root without its root", "x", r"division by √", lacks(r"sqrt", r"√", r"root")
)
def _(x, y, lam):
    return x - y - lam * np.diff(np.pad(np.diff(x), 1))


@problem("KL of a diagonal normal to the standard one", wrt="mu s", shapes={"mu": (3,), "s": (3,)})
def kl(mu, s):
    return 0.5 * (exp(s) + mu**2 - 1 - s).sum()


@kl.right("the mean, and half of expm1")
def _(mu, s):
    return {"mu": mu, "s": np.expm1(s) / 2}


@kl.right("by the standard deviation")
def _(mu, s):
    sigma = np.sqrt(np.exp(s))
    return {"mu": mu.copy(), "s": (sigma - 1 / sigma) * sigma / 2}


@kl.wrong(
    "log of the variance taken for that of σ",
    "s",
    r"^(?!two mistakes).*(2 · s|2s|twice|exp\(2|its double|σ|sigma)",
)
def _(mu, s):
    return {"mu": mu, "s": np.exp(2 * s) - 1}


@kl.wrong("half forgotten", "mu s", TWO)
def _(mu, s):
    return {"mu": 2 * mu, "s": np.exp(s) - 1}


@kl.wrong(
    "averaged over the dimensions", "mu s", r"(?<![\w.])3(?!\.?\d)|⅓|0\.333|\bmean\b|\bsum\b|1/n"
)
def _(mu, s):
    return {"mu": mu / 3, "s": (np.exp(s) - 1) / 6}


@problem("log barrier", wrt="x", shapes={"x": (3,)}, domain={"x": (0.1, 0.9), "t": "positive"})
def barrier(x, t):
    return t * (x * x).sum() - log(x).sum() - log(1 - x).sum()


@barrier.right("both walls on one denominator")
def _(x, t):
    return 2 * t * x + (2 * x - 1) / (x * (1 - x))


@barrier.right("hyperbolic: through the logit")
def _(x, t):
    z = np.log(x) - np.log1p(-x)
    return 2 * t * x + 4 * np.cosh(z / 2) ** 2 * np.tanh(z / 2)


@barrier.wrong("upper wall's inner minus forgotten", "x", SIGN)
def _(x, t):
    return 2 * t * x - 1 / x - 1 / (1 - x)


@barrier.wrong("lower wall forgotten", "x", lacks(r"log\(x\)", r"\blog", r"\bx(\[\d\])?"))
def _(x, t):
    return 2 * t * x + 1 / (1 - x)

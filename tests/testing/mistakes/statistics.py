"""Likelihoods of a statistics course: samples, mixtures, covariances, survival."""

import numpy as np

from autograd_lite import exp, log, logaddexp
from tests.testing.mistakes.case import SIGN, TWO, lacks, problem

LOGARITHM = r"\blog|\bln\b|power rule|exponent|base|x ?\*\* ?x|a\^"


@problem(
    "Weibull lifetimes",
    wrt="k lam",
    shapes={"x": (4,)},
    domain={"k": (0.7, 2), "lam": "positive", "x": "positive"},
)
def weibull(k, lam, x):
    ratio = x / lam
    power = ratio**k
    return (power - log(k) + k * log(lam) - (k - 1) * log(x)).mean()


@weibull.right("in logs throughout")
def _(k, lam, x):
    l = np.log(x) - np.log(lam)  # noqa: E741
    grown = np.expm1(k * l)  # the power minus 1
    return {"k": np.mean(grown * l) - 1 / k, "lam": -k / lam * grown.mean()}


@weibull.right("sums cached once")
def _(k, lam, x):
    p, l = (x / lam) ** k, np.log(x)  # noqa: E741
    S0, S1, S2 = p.sum(), p @ l, l.sum()
    return {
        "k": (S1 - np.log(lam) * S0 - S2) / 4 + np.log(lam) - 1 / k,
        "lam": k * (4 - S0) / 4 / lam,
    }


@weibull.wrong("power rule for the exponent", "k", LOGARITHM)
def _(k, lam, x):
    r = x / lam
    dk = (k * r ** (k - 1) - 1 / k + np.log(lam) - np.log(x)).mean()
    return {"k": dk, "lam": k / lam * (1 - (r**k).mean())}


@weibull.wrong("scale's log forgotten", "lam", lacks(r"log\(lam\)", r"\blam\b", r"\blog\b"))
def _(k, lam, x):
    r = x / lam
    return {"k": np.mean((r**k - 1) * np.log(r)) - 1 / k, "lam": -k / lam * (r**k).mean()}


@weibull.wrong("1/lam² for −1/lam² of the ratio", "lam", SIGN)
def _(k, lam, x):
    r = x / lam
    return {"k": np.mean((r**k - 1) * np.log(r)) - 1 / k, "lam": k / lam * (1 + (r**k).mean())}


@problem("bivariate normal", wrt="x y rho", domain={"rho": (-0.8, 0.8)})
def binormal(x, y, rho):
    left = 1 - rho**2
    q = (x**2 - 2 * rho * x * y + y**2) / left
    return 0.5 * log(left) + 0.5 * q


@binormal.right("conditional residuals")
def _(x, y, rho):
    left = (1 - rho) * (1 + rho)
    u, v = (x - rho * y) / left, (y - rho * x) / left
    return {"x": u, "y": v, "rho": -rho / left - u * v}


@binormal.right("inverse covariance, written out")
def _(x, y, rho):
    P = np.array([[1, -rho], [-rho, 1]]) / (1 - rho * rho)
    dx, dy = P @ [x, y]
    outer = np.outer([dx, dy], [dx, dy])
    return {"x": dx, "y": dy, "rho": P[0, 1] - outer[0, 1]}


@binormal.wrong(
    "off-diagonal of the covariance ignored",
    "x y",
    lacks(r"rho( · x · y)?", r"· x · y", r"cross", r"off-diagonal"),
    r"diagonal",
)
def _(x, y, rho):
    left = 1 - rho**2
    u, v = (x - rho * y) / left, (y - rho * x) / left
    return {"x": x / left, "y": y / left, "rho": -rho / left - u * v}


@binormal.wrong("determinant's term forgotten", "rho", lacks(r"log\(left\)", r"\bleft\b", r"log"))
def _(x, y, rho):
    left = 1 - rho**2
    u, v = (x - rho * y) / left, (y - rho * x) / left
    return {"x": u, "y": v, "rho": -u * v}


@binormal.wrong("y for x in the cross term", "y", r"\by\b stands where x\b")
def _(x, y, rho):
    left = 1 - rho**2
    u, v = (x - rho * y) / left, (y - rho * x) / left
    return {"x": u, "y": (y - rho * y) / left, "rho": -rho / left - u * v}


@problem("mixture of two normals", wrt="m1 m2 logit", shapes={"x": (4,)})
def mixture(m1, m2, logit, x):
    log1 = -log(1 + exp(-logit)) - 0.5 * (x - m1) ** 2
    log2 = -log(1 + exp(logit)) - 0.5 * (x - m2) ** 2
    return -logaddexp(log1, log2).sum()


def responsibilities(m1, m2, logit, x):
    d = logit - 0.5 * (x - m1) ** 2 + 0.5 * (x - m2) ** 2
    return 1 / (1 + np.exp(-d))


@mixture.right("responsibilities held constant, as in EM")
def _(m1, m2, logit, x):
    r = responsibilities(m1, m2, logit, x)
    weight = 1 / (1 + np.exp(-logit))
    return {"m1": r @ (m1 - x), "m2": (1 - r) @ (m2 - x), "logit": 4 * weight - r.sum()}


@mixture.right("densities and their quotient")
def _(m1, m2, logit, x):
    w = np.exp(logit) / (1 + np.exp(logit))
    a, b = w * np.exp(-((x - m1) ** 2) / 2), (1 - w) * np.exp(-((x - m2) ** 2) / 2)
    total = a + b
    dlogit = -((a * (1 - w) - b * w) / total).sum()
    return {
        "m1": -(a * (x - m1) / total).sum(),
        "m2": -(b * (x - m2) / total).sum(),
        "logit": dlogit,
    }


@mixture.wrong(
    "weights left out of the responsibilities",
    "m1 m2 logit",
    lacks(r"weights?", r"prior", r"logit"),
)
def _(m1, m2, logit, x):
    r = responsibilities(m1, m2, 0, x)
    weight = 1 / (1 + np.exp(-logit))
    return {"m1": r @ (m1 - x), "m2": (1 - r) @ (m2 - x), "logit": 4 * weight - r.sum()}


@mixture.wrong("each point given to the nearer mean", "m1 m2 logit")
def _(m1, m2, logit, x):
    r = (responsibilities(m1, m2, logit, x) > 0.5).astype(float)
    weight = 1 / (1 + np.exp(-logit))
    return {"m1": r @ (m1 - x), "m2": (1 - r) @ (m2 - x), "logit": 4 * weight - r.sum()}


@mixture.wrong(
    "other component's responsibility",
    "m2",
    r"log1[^:;]*stands where log2|swapped|exchanged|other component",
)
def _(m1, m2, logit, x):
    r = responsibilities(m1, m2, logit, x)
    weight = 1 / (1 + np.exp(-logit))
    return {"m1": r @ (m1 - x), "m2": r @ (m2 - x), "logit": 4 * weight - r.sum()}


@problem(
    "weighted logistic regression",
    wrt="w b",
    shapes={"X": (4, 2), "w": (2,), "y": (4,), "weight": (4,)},
    domain={"y": {0, 1}, "weight": "positive"},
)
def weighted(X, w, b, y, weight):
    z = X @ w + b
    p = 1 / (1 + exp(-z))
    loss = -(y * log(p) + (1 - y) * log(1 - p))
    return (weight * loss).sum() / weight.sum()


def lines(X, d):
    return {"w": d @ X, "b": d.sum()}


def errors(X, w, b, y):
    return 1 / (1 + np.exp(-(X @ w + b))) - y


@weighted.right("np.average of the errors times the inputs")
def _(X, w, b, y, weight):
    e = 0.5 * np.tanh((X @ w + b) / 2) + 0.5 - y
    return {
        "w": np.average(e[:, None] * X, axis=0, weights=weight),
        "b": np.average(e, weights=weight),
    }


@weighted.right("labels as signs, in log-space")
def _(X, w, b, y, weight):
    sign = 2 * y - 1
    d = -sign * np.exp(-np.logaddexp(0, sign * (X @ w + b)) + np.log(weight)) / weight.sum()
    return lines(X, d)


@weighted.wrong(
    "weights squared", "w b", r"weight[^:;]*(twice|square)|extra factor weight|weight · weight"
)
def _(X, w, b, y, weight):
    return lines(X, weight**2 * errors(X, w, b, y) / weight.sum())


@weighted.wrong(
    "divided by the size, not the weights' sum",
    "w b",
    r"(?<![\w.])4(?!\.?\d)[^:;]*stands|¼|division by[^:;]*weight|weight\.sum|sum of weight",
)
def _(X, w, b, y, weight):
    return lines(X, weight * errors(X, w, b, y) / 4)


@weighted.wrong("y − p for p − y", "w b", SIGN)
def _(X, w, b, y, weight):
    return lines(X, -weight * errors(X, w, b, y) / weight.sum())


@problem(
    "normal with a covariance by its factor",
    wrt="mu L",
    shapes={"x": (3,), "mu": (3,), "L": (3, 3)},
)
def whitened(x, mu, L):
    r = x - mu
    white = L @ r
    return 0.5 * (white**2).sum()


@whitened.right("precision LᵀL")
def _(x, mu, L):
    r = x - mu
    return {"mu": -(L.T @ L) @ r, "L": np.einsum("ij,j,k->ik", L, r, r)}


@whitened.right("row by row")
def _(x, mu, L):
    r = x - mu
    dmu = np.zeros(3)
    dL = []
    for row in L:
        dmu -= (row @ r) * row
        dL.append((row @ r) * r)
    return {"mu": dmu, "L": np.array(dL)}


@whitened.wrong("precision's diagonal alone", "mu", r"diagonal|off|cross")
def _(x, mu, L):
    r = x - mu
    return {"mu": -np.diag(L.T @ L) * r, "L": np.outer(L @ r, r)}


@whitened.wrong("outer product transposed", "L", r"transpos|ᵀ|\.T\b|swapped|gradient towards L")
def _(x, mu, L):
    r = x - mu
    return {"mu": -(L.T @ L) @ r, "L": np.outer(r, L @ r)}


@whitened.wrong("LLᵀ for LᵀL", "mu", r"transpos|ᵀ|\.T\b|swapped")
def _(x, mu, L):
    r = x - mu
    return {"mu": -(L @ L.T) @ r, "L": np.outer(L @ r, r)}


@problem("Student's t", wrt="mu nu", shapes={"x": (3,)}, domain={"nu": (2, 6)})
def student(mu, nu, x):
    tail = log(1 + (x - mu) ** 2 / nu)
    return 0.5 * ((nu + 1) * tail).sum() + 1.5 * log(nu)


@student.right("robust weights")
def _(mu, nu, x):
    r2 = (x - mu) ** 2
    w = (nu + 1) / (nu + r2)
    dnu = 0.5 * (np.log1p(r2 / nu) - w * r2 / nu).sum() + 1.5 / nu
    return {"mu": (w * (mu - x)).sum(), "nu": dnu}


@student.wrong(
    "product rule: one of its terms only", "nu", lacks(r"\bnu\b", r"\btail\b"), r"product rule"
)
def _(mu, nu, x):
    r2 = (x - mu) ** 2
    w = (nu + 1) / (nu + r2)
    return {"mu": (w * (mu - x)).sum(), "nu": 0.5 * np.log1p(r2 / nu).sum() + 1.5 / nu}


@student.wrong("2 of the square forgotten", "mu", TWO)
def _(mu, nu, x):
    r2 = (x - mu) ** 2
    w = (nu + 1) / (nu + r2)
    dnu = 0.5 * (np.log1p(r2 / nu) - w * r2 / nu).sum() + 1.5 / nu
    return {"mu": 0.5 * (w * (mu - x)).sum(), "nu": dnu}

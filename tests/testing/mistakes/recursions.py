"""Recursions: steps unrolled, and the same sums computed in many ways."""

import math

import numpy as np

from autograd_lite import log
from tests.testing.mistakes.case import lacks, problem


@problem("learning rate through three steps of descent", wrt="lr w0", domain={"lr": (0.05, 0.4)})
def tuned(lr, w0, a, y):
    w = w0
    for _ in range(3):
        w = w - lr * a * (a * w - y)
    return 0.5 * (a * w - y) ** 2


def trained(lr, w0, a, y):
    w = [w0]
    for _ in range(3):
        w.append(w[-1] - lr * a * (a * w[-1] - y))
    return w


@tuned.right("residual shrinks by a power")
def _(lr, w0, a, y):
    r, shrink = a * w0 - y, 1 - lr * a * a
    return {"lr": r * r * shrink**5 * 3 * -a * a, "w0": r * a * shrink**6}


@tuned.right("backward through the steps")
def _(lr, w0, a, y):
    w, dlr = trained(lr, w0, a, y), 0.0
    d = a * (a * w[3] - y)
    for t in (2, 1, 0):
        dlr -= d * a * (a * w[t] - y)
        d -= lr * d * a * a
    return {"lr": dlr, "w0": d}


@tuned.wrong(
    "first order: the steps' slopes held constant", "lr w0", lacks(r"\bw0?(#\d)?"), r"first.order"
)
def _(lr, w0, a, y):
    w = trained(lr, w0, a, y)
    d = a * (a * w[3] - y)
    return {"lr": -sum(d * a * (a * w[t] - y) for t in range(3)), "w0": d}


@tuned.wrong("slopes at the weights after the step", "lr", r"updat|stale|after|\bw\S* stands")
def _(lr, w0, a, y):
    w, dlr = trained(lr, w0, a, y), 0.0
    d = a * (a * w[3] - y)
    for t in (2, 1, 0):
        dlr -= d * a * (a * w[t + 1] - y)
        d -= lr * d * a * a
    return {"lr": dlr, "w0": d}


@problem("logistic map, three times", wrt="r x", domain={"r": (1, 3.5), "x": (0.1, 0.9)})
def logistic_map(r, x):
    x1 = r * x * (1 - x)
    x2 = r * x1 * (1 - x1)
    return r * x2 * (1 - x2)


def orbit(r, x):
    x1 = r * x * (1 - x)
    return x1, r * x1 * (1 - x1)


@logistic_map.right("dual numbers")
def _(r, x):
    out = {}
    for name, seed in (("r", (1.0, 0.0)), ("x", (0.0, 1.0))):
        v, (dr, d) = x, seed
        for _ in range(3):
            v, d = r * v * (1 - v), dr * v * (1 - v) + r * d * (1 - 2 * v)
        out[name] = d
    return out


@logistic_map.right("recursion from the outside")
def _(r, x):
    def slopes(n):
        """The value after n steps, and its derivatives by r and x."""
        if n == 0:
            return x, 0.0, 1.0
        v, by_r, by_x = slopes(n - 1)
        k = r * (1 - v - v)
        return r * v * (1 - v), v - v * v + k * by_r, k * by_x

    _, by_r, by_x = slopes(3)
    return {"r": by_r, "x": by_x}


@logistic_map.wrong("slopes added where they multiply", "x", r"\badd|\bsum\b|multipl|product")
def _(r, x):
    x1, x2 = orbit(r, x)
    k0, k1, k2 = (r * (1 - 2 * v) for v in (x, x1, x2))
    dr = x2 * (1 - x2) + k2 * (x1 * (1 - x1) + k1 * x * (1 - x))
    return {"r": dr, "x": k0 + k1 + k2}


@logistic_map.wrong(
    "second factor of each product held constant",
    "r x",
    r"1 [-−] x1\b.*1 [-−] x2\b|product rule|second factor",
)
def _(r, x):
    x1, x2 = orbit(r, x)
    k0, k1, k2 = (r * (1 - v) for v in (x, x1, x2))
    dr = x2 * (1 - x2) + k2 * (x1 * (1 - x1) + k1 * x * (1 - x))
    return {"r": dr, "x": k0 * k1 * k2}


@logistic_map.wrong("r of the last step only", "r", lacks(r"\bx[12]", r"\br\b"), r"\blast\b")
def _(r, x):
    x1, x2 = orbit(r, x)
    return {"r": x2 * (1 - x2), "x": r**3 * (1 - 2 * x) * (1 - 2 * x1) * (1 - 2 * x2)}


@problem("polynomial by Horner's scheme", wrt="c x", shapes={"c": (5,)})
def horner(c, x):
    value = 0
    for k in range(4, -1, -1):
        value = value * x + c[k]
    return value


@horner.right("powers, and the derived coefficients")
def _(c, x):
    return {"c": x ** np.arange(5.0), "x": np.arange(1, 5) @ (c[1:] * x ** np.arange(4.0))}


@horner.right("both values in one sweep")
def _(c, x):
    value, slope, powers = 0.0, 0.0, [1.0]
    for coefficient in c[::-1]:
        value, slope = value * x + coefficient, slope * x + value
    while len(powers) < 5:
        powers.append(powers[-1] * x)
    return {"c": np.array(powers), "x": slope}


@horner.right("cumulative products, np.polyder")
def _(c, x):
    powers = np.cumprod(np.r_[1.0, np.full(4, x)])
    return {"c": powers, "x": np.polyval(np.polyder(c[::-1]), x)}


@horner.right("companion of a shifted polynomial")
def _(c, x):
    # c(x + h) by Pascal's triangle: the coefficient of h
    pascal = [[math.comb(n, k) * x ** (n - k) if k <= n else 0.0 for n in range(5)] for k in (0, 1)]
    return {"c": np.array(pascal[0]), "x": float(np.dot(pascal[1], c))}


@horner.wrong("exponents not lowered", "x", r"exponent|power|extra factor x|· x stands")
def _(c, x):
    return {"c": x ** np.arange(5.0), "x": np.arange(5) @ (c * x ** np.arange(5.0))}


@horner.wrong("coefficients the other way round", "c", r"revers|order|turned|flip|\[::-1\]|c\[")
def _(c, x):
    return {"c": x ** np.arange(4.0, -1, -1), "x": np.polyval(np.polyder(c[::-1]), x)}


@problem("discounted sum of logs", wrt="c beta", shapes={"c": (4,)},
         domain={"c": "positive", "beta": (0.3, 0.95)})  # fmt: skip
def discounted(c, beta):
    total = 0
    for t in range(4):
        total = total + beta**t * log(c[t])
    return total


@discounted.right("geometric weights")
def _(c, beta):
    t = np.arange(4)
    return {"c": beta**t / c, "beta": (t * beta ** (t - 1.0) * np.log(c)).sum()}


@discounted.right("recursion of the value to come")
def _(c, beta):
    def ahead(t):
        """The value from t on, and its slope by beta."""
        if t == 4:
            return 0.0, 0.0
        value, slope = ahead(t + 1)
        return math.log(c[t]) + beta * value, value + beta * slope

    weights = np.cumprod([1, beta, beta, beta])
    return {"c": np.divide(weights, c), "beta": ahead(0)[1]}


@discounted.right("weights from a table of logs")
def _(c, beta):
    table = {t: math.exp(t * math.log(beta)) for t in range(4)}
    dc = [table[t] / c[t] for t in range(4)]
    return {"c": np.array(dc), "beta": sum(t * table[t - 1] * math.log(c[t]) for t in (1, 2, 3))}


@discounted.wrong("weights squared", "c", r"beta\S*[^:;]*(twice|square)|extra factor beta|β²")
def _(c, beta):
    t = np.arange(4)
    return {"c": beta ** (2 * t) / c, "beta": (t * beta ** (t - 1.0) * np.log(c)).sum()}


@discounted.wrong("exponential rule for the discount", "beta", r"\blog|\bln\b|power|exponent|base")
def _(c, beta):
    t = np.arange(4)
    return {"c": beta**t / c, "beta": (beta**t * np.log(beta) * np.log(c)).sum()}

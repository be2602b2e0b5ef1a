"""Losses on distances, and powers with the variable above and below."""

import math

import numpy as np

from autograd_lite import log, maximum, sqrt
from tests.testing.mistakes.case import SIGN, TWO, problem


@problem("distance to a station", wrt="x y", domain={"px": (4, 6), "py": (4, 6)})
def station(x, y, px, py, measured):
    d = sqrt((x - px) ** 2 + (y - py) ** 2)
    return (d - measured) ** 2


@station.right("unit vector")
def _(x, y, px, py, measured):
    d = math.hypot(x - px, y - py)
    return {"x": 2 * (1 - measured / d) * (x - px), "y": 2 * (1 - measured / d) * (y - py)}


@station.wrong("towards the station, not away", "x y", SIGN)
def _(x, y, px, py, measured):
    d = math.hypot(x - px, y - py)
    return {"x": 2 * (d - measured) * (px - x) / d, "y": 2 * (d - measured) * (py - y) / d}


@station.wrong("not divided by the distance", "x y", r"(?<!\w)d\b|sqrt|√|distance")
def _(x, y, px, py, measured):
    d = math.hypot(x - px, y - py)
    return {"x": 2 * (d - measured) * (x - px), "y": 2 * (d - measured) * (y - py)}


@station.wrong("root's slope as 1/√ without the half", "x y", TWO)
def _(x, y, px, py, measured):
    d = math.hypot(x - px, y - py)
    return {"x": 4 * (d - measured) * (x - px) / d, "y": 4 * (d - measured) * (y - py) / d}


@problem("cosine similarity", wrt="u v", shapes={"u": (3,), "v": (3,)})
def cosine(u, v):
    dot = (u * v).sum()
    nu = (u * u).sum() ** 0.5
    nv = (v * v).sum() ** 0.5
    return dot / (nu * nv)


def turned(u, v):
    """Both vectors at length 1, their cosine, both lengths."""
    nu, nv = np.linalg.norm(u), np.linalg.norm(v)
    return u / nu, v / nv, u @ v / (nu * nv), nu, nv


@cosine.right("the other one's part that stands upright")
def _(u, v):
    a, b, c, nu, nv = turned(u, v)
    return {"u": (b - c * a) / nu, "v": (a - c * b) / nv}


@cosine.right("quotient rule")
def _(u, v):
    _, _, _, nu, nv = turned(u, v)
    both = (nu * nv) ** 2
    return {
        "u": (v * nu * nv - (u @ v) * u * nv / nu) / both,
        "v": (u * nu * nv - (u @ v) * v * nu / nv) / both,
    }


@cosine.wrong("second term dropped", "u v", r"\bnu\b|\bnv\b|norm|length|quotient|denominator")
def _(u, v):
    _, _, _, nu, nv = turned(u, v)
    return {"u": v / (nu * nv), "v": u / (nu * nv)}


@cosine.wrong("second term over the length, not its square", "u", r"\bnu\b|norm|length|power|squar")
def _(u, v):
    a, b, c, nu, nv = turned(u, v)
    return {"u": b / nu - c * u / nu, "v": (a - c * b) / nv}


@cosine.wrong("second term with the other vector", "u v", r"\bu\b|\bv\b")
def _(u, v):
    a, b, c, nu, nv = turned(u, v)
    return {"u": (b - c * b) / nu, "v": (a - c * a) / nv}


@problem(
    "triplet loss",
    wrt="a p n",
    shapes={"a": (2,), "p": (2,), "n": (2,)},
    domain={"a": (-1, 1), "p": (-1, 1), "n": (-1, 1), "m": (0.5, 1.5)},
)
def triplet(a, p, n, m):
    near = ((a - p) ** 2).sum()
    far = ((a - n) ** 2).sum()
    return maximum(0, near - far + m)


def violated(a, p, n, m):
    return (a - p) @ (a - p) - (a - n) @ (a - n) + m > 0


@triplet.right("differences of the other two")
def _(a, p, n, m):
    on = 2.0 * violated(a, p, n, m)
    return {"a": on * (n - p), "p": on * (p - a), "n": on * (a - n)}


@triplet.wrong("negative pulled, not pushed", "n a", SIGN, r"\bfar\b|\bn\b")
def _(a, p, n, m):
    on = 2.0 * violated(a, p, n, m)
    return {"a": on * (2 * a - p - n), "p": on * (p - a), "n": on * (n - a)}


@triplet.wrong("anchor's path to the negative forgotten", "a", r"\bfar\b|\bn\b")
def _(a, p, n, m):
    on = 2.0 * violated(a, p, n, m)
    return {"a": on * (a - p), "p": on * (p - a), "n": on * (a - n)}


@triplet.wrong("margin forgotten in the gate", "a p n", r"(?<![\w'’])m\b|margin|\bmax")
def _(a, p, n, m):
    on = 2.0 * violated(a, p, n, 0)
    return {"a": on * (n - p), "p": on * (p - a), "n": on * (a - n)}


@problem(
    "contrastive loss of a pair",
    wrt="u v",
    shapes={"u": (2,), "v": (2,)},
    domain={"same": {0, 1}, "m": (1, 2.5)},
)
def contrastive(u, v, same, m):
    d = sqrt(((u - v) ** 2).sum())
    push = maximum(0, m - d)
    return 0.5 * (same * d**2 + (1 - same) * push**2)


def spread(u, v):
    return u - v, float(np.linalg.norm(u - v))


@contrastive.right("pull or push along the difference")
def _(u, v, same, m):
    e, d = spread(u, v)
    g = e if same else -max(0, m - d) / d * e
    return {"u": g, "v": -g}


@contrastive.wrong("different pairs pulled together", "u v", SIGN, r"\bsame\b|push")
def _(u, v, same, m):
    e, d = spread(u, v)
    g = e if same else max(0, m - d) / d * e
    return {"u": g, "v": -g}


@contrastive.wrong("both points moved the same way", "v", SIGN)
def _(u, v, same, m):
    e, d = spread(u, v)
    g = e if same else -max(0, m - d) / d * e
    return {"u": g, "v": g}


@contrastive.wrong("push not divided by the distance", "u v", r"(?<!\w)d\b|sqrt|√|distance")
def _(u, v, same, m):
    e, d = spread(u, v)
    g = e if same else -max(0, m - d) * e
    return {"u": g, "v": -g}


@contrastive.wrong("push also beyond the margin", "u v", r"\bmax|push|margin")
def _(u, v, same, m):
    e, d = spread(u, v)
    g = e if same else -(m - d) / d * e
    return {"u": g, "v": -g}


@problem("power tower x^(ax)", wrt="x a", domain={"x": (0.5, 2)})
def tower(x, a):
    exponent = a * x
    return x**exponent


@tower.right("logarithmic differentiation")
def _(x, a):
    y = math.exp(a * x * math.log(x))
    return {"x": y * a * (1 + math.log(x)), "a": y * x * math.log(x)}


@tower.wrong("power rule only", "x", r"\blog|\bln\b|exponent")
def _(x, a):
    return {"x": a * x * x ** (a * x - 1), "a": x ** (a * x) * x * math.log(x)}


@tower.wrong("exponential rule only", "x", r"\bbase\b|\bpow|\*\*|path through x is")
def _(x, a):
    y = x ** (a * x)
    return {"x": y * a * math.log(x), "a": y * x * math.log(x)}


@problem("gravitation with a soft core", wrt="x y", domain={"eps": "positive"})
def gravity(x, y, eps):
    r2 = x**2 + y**2 + eps**2
    return -1 / r2**0.5


@gravity.right("inverse cube")
def _(x, y, eps):
    r = math.sqrt(x * x + y * y + eps * eps)
    return {"x": x / r**3, "y": y / r**3}


@gravity.wrong("inverse square along the coordinate", "x y", r"r2|r²|power|sqrt|√|expon|distance")
def _(x, y, eps):
    r2 = x * x + y * y + eps * eps
    return {"x": x / r2, "y": y / r2}


@gravity.wrong("soft core forgotten in the slope", "x y", r"\beps\b|ε|\br2\b")
def _(x, y, eps):
    r = math.hypot(x, y)
    return {"x": x / r**3, "y": y / r**3}


@problem(
    "log of a ratio of means",
    wrt="x y",
    shapes={"x": (3,), "y": (4,)},
    domain={"x": "positive", "y": "positive"},
)
def response(x, y):
    above = x.mean()
    below = y.mean()
    return log(above / below)


@response.right("one over each sum")
def _(x, y):
    return {"x": np.full(3, 1 / x.sum()), "y": np.full(4, -1 / y.sum())}


@response.wrong("mean of logs for log of the mean", "x y", r"\bmean\b|\blog|above|below")
def _(x, y):
    return {"x": 1 / (3 * x), "y": -1 / (4 * y)}


@response.wrong(
    "sizes of the samples swapped",
    "x y",
    r"(?<![\w.])[34](?!\.?\d)|4/3|3/4|¾|0\.75|1\.33|\bn\b|\bmean\b",
)
def _(x, y):
    return {"x": np.full(3, 1 / (4 * x.mean())), "y": np.full(4, -1 / (3 * y.mean()))}

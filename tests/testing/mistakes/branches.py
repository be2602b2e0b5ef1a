"""Losses and units that change their formula from place to place."""

import math

import numpy as np

from autograd_lite import abs as absolute
from autograd_lite import gelu, leaky_relu, maximum, relu, sigmoid, softplus, sqrt, tanh
from tests.testing.mistakes.case import SIGN, TWO, problem


@problem("Huber loss of a line", wrt="w b", domain={"delta": (0.5, 1.5)})
def huber(w, b, x, y, delta):
    r = w * x + b - y
    size = absolute(r)
    if size <= delta:
        return 0.5 * r**2
    return delta * (size - 0.5 * delta)


def line(d, x):
    return {"w": d * x, "b": d}


@huber.right("clipped residual")
def _(w, b, x, y, delta):
    return line(min(max(w * x + b - y, -delta), delta), x)


@huber.right("two cases")
def _(w, b, x, y, delta):
    r = w * x + b - y
    return line(r if abs(r) <= delta else math.copysign(delta, r), x)


@huber.wrong("no sign far away", "w b", SIGN, r"abs|\|r\||size")
def _(w, b, x, y, delta):
    r = w * x + b - y
    return line(r if abs(r) <= delta else delta, x)


@huber.wrong("delta forgotten far away", "w b", r"delta|δ")
def _(w, b, x, y, delta):
    r = w * x + b - y
    return line(r if abs(r) <= delta else np.sign(r), x)


@huber.wrong("never clipped", "w b", r"clip|delta|δ|\bsize\b|\babs\b|\|r\|")
def _(w, b, x, y, delta):
    return line(w * x + b - y, x)


@huber.wrong("threshold the wrong way round", "w b", r"delta|δ|\bsize\b|\|r\|")
def _(w, b, x, y, delta):
    r = w * x + b - y
    return line(r if abs(r) > delta else math.copysign(delta, r), x)


@huber.wrong("double inside, right outside", "w b", TWO)
def _(w, b, x, y, delta):
    r = w * x + b - y
    return line(2 * r if abs(r) <= delta else math.copysign(delta, r), x)


@problem("hinge loss with a penalty", wrt="w1 w2 b", domain={"y": {-1, 1}, "C": "positive"})
def hinge(w1, w2, b, x1, x2, y, C):
    margin = y * (w1 * x1 + w2 * x2 + b)
    slack = maximum(0, 1 - margin)
    return 0.5 * (w1**2 + w2**2) + C * slack


@hinge.right("active or not")
def _(w1, w2, b, x1, x2, y, C):
    active = y * (w1 * x1 + w2 * x2 + b) < 1
    return {"w1": w1 - active * C * y * x1, "w2": w2 - active * C * y * x2, "b": -active * C * y}


@hinge.wrong("active at a positive margin, not below 1", "w1 w2 b", r"slack|margin|\bmax")
def _(w1, w2, b, x1, x2, y, C):
    active = y * (w1 * x1 + w2 * x2 + b) < 0
    return {"w1": w1 - active * C * y * x1, "w2": w2 - active * C * y * x2, "b": -active * C * y}


@hinge.wrong("gate missing", "w1 w2 b", r"slack|margin|\bmax")
def _(w1, w2, b, x1, x2, y, C):
    return {"w1": w1 - C * y * x1, "w2": w2 - C * y * x2, "b": -C * y}


@hinge.wrong("label forgotten in w1 and w2", "w1 w2", r"\by\b|label|margin")
def _(w1, w2, b, x1, x2, y, C):
    active = y * (w1 * x1 + w2 * x2 + b) < 1
    return {"w1": w1 - active * C * x1, "w2": w2 - active * C * x2, "b": -active * C * y}


@problem("ReLU network", wrt="w v c", shapes={"w": (3,), "v": (3,), "c": (3,)})
def rectified(w, v, c, x, y):
    z = w * x + c
    h = relu(z)
    return 0.5 * ((v * h).sum() - y) ** 2


def fired(w, v, c, x, y):
    z = w * x + c
    return z, np.where(z > 0, z, 0), v @ np.maximum(z, 0) - y


@rectified.right("a mask")
def _(w, v, c, x, y):
    z, h, r = fired(w, v, c, x, y)
    d = np.where(z > 0, r * v, 0)
    return {"w": d * x, "v": r * h, "c": d}


@rectified.wrong("mask of the weights, not of z", "w c", r"relu|mask|\bz\b")
def _(w, v, c, x, y):
    _, h, r = fired(w, v, c, x, y)
    d = np.where(w > 0, r * v, 0)
    return {"w": d * x, "v": r * h, "c": d}


@rectified.wrong("mask inverted", "w c", r"relu|mask|invert|\bz\b")
def _(w, v, c, x, y):
    z, h, r = fired(w, v, c, x, y)
    d = np.where(z > 0, 0, r * v)
    return {"w": d * x, "v": r * h, "c": d}


@rectified.wrong("ReLU itself for its slope", "w c", r"relu|\bz\b|\bh\b|slope|gate")
def _(w, v, c, x, y):
    _, h, r = fired(w, v, c, x, y)
    return {"w": r * v * h * x, "v": r * h, "c": r * v * h}


@problem("leaky ReLU unit", wrt="w", domain={})
def leaky(w, x):
    z = w * x
    a = leaky_relu(z, slope=0.1)
    return a**2


@leaky.right("slope squared below 0")
def _(w, x):
    return 2 * w * x**2 * (1 if w * x > 0 else 0.01)


@leaky.wrong("slope once below 0", "w", r"leaky|0\.1|(?<![\w.])10(?!\.?\d)|\bz\b|w [·*] x")
def _(w, x):
    return 2 * w * x**2 * (1 if w * x > 0 else 0.1)


@leaky.wrong("flat below 0", "w", r"leaky|relu|zero|\bz\b|w [·*] x")
def _(w, x):
    return 2 * w * x**2 * (w * x > 0)


@problem("quantile loss", wrt="q", shapes={"y": (5,)}, domain={"tau": (0, 1)})
def pinball(q, y, tau):
    r = y - q
    return maximum(tau * r, (tau - 1) * r).mean()


@pinball.right("share below minus tau")
def _(q, y, tau):
    return np.mean(y < q) - tau


@pinball.wrong("tau on the wrong side", "q", r"tau|τ|swap|\bmax|\br\b")
def _(q, y, tau):
    return np.mean(y < q) - (1 - tau)


@pinball.wrong("slope by r, not q", "q", SIGN)
def _(q, y, tau):
    return tau - np.mean(y < q)


@problem("SiLU unit with a rate", wrt="beta x", domain={"beta": "positive"})
def swish(beta, x):
    gate = sigmoid(beta * x)
    return x * gate


@swish.right("product rule")
def _(beta, x):
    g = sigmoid(beta * x)
    return {"x": g + beta * x * g * (1 - g), "beta": x * x * g * (1 - g)}


@swish.wrong("gate taken as constant", "x", r"gate|product rule|sigmoid|σ")
def _(beta, x):
    g = sigmoid(beta * x)
    return {"x": g, "beta": x * x * g * (1 - g)}


@swish.wrong("rate forgotten inside", "x", r"beta|β")
def _(beta, x):
    g = sigmoid(beta * x)
    return {"x": g + x * g * (1 - g), "beta": x * x * g * (1 - g)}


@problem("GELU unit", wrt="w b")
def normal(w, b, x):
    z = w * x + b
    return gelu(z)


@normal.right("Φ + zφ")
def _(w, b, x):
    z = w * x + b
    d = 0.5 * (1 + math.erf(z / math.sqrt(2))) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return {"w": d * x, "b": d}


@normal.wrong("slope of the tanh approximation's cousin z·σ(1.702z)", "w b", r"gelu")
def _(w, b, x):
    z = w * x + b
    s = sigmoid(1.702 * z)
    d = s + 1.702 * z * s * (1 - s)
    return {"w": d * x, "b": d}


@normal.wrong("density's part forgotten", "w b", r"gelu|density|φ")
def _(w, b, x):
    d = 0.5 * math.erfc(-(w * x + b) / math.sqrt(2))
    return {"w": d * x, "b": d}


@problem("softplus of a line, squared", wrt="w", domain={"k": "positive"})
def soft(w, x, k):
    z = k * w * x
    return softplus(z) ** 2 / k


@soft.right("sigmoid with tanh")
def _(w, x, k):
    z = k * w * x
    return 2 * np.logaddexp(0, z) * (1 + tanh(z / 2)) / 2 * x


@soft.wrong("slope of softplus taken as that of the sigmoid", "w", r"softplus|sigmoid|σ")
def _(w, x, k):
    s = sigmoid(k * w * x)
    return 2 * softplus(k * w * x) * s * (1 - s) * x


@soft.wrong("k counted inside, its division forgotten", "w", r"\bk\b")
def _(w, x, k):
    return 2 * softplus(k * w * x) * sigmoid(k * w * x) * x * k


@problem(
    "smoothed lasso",
    wrt="w",
    shapes={"X": (4, 3), "y": (4,), "w": (3,)},
    domain={"lam": "positive"},
)
def lasso(X, y, w, lam):
    r = X @ w - y
    size = sqrt(w**2 + 0.01)
    return 0.5 * (r**2).sum() + lam * size.sum()


@lasso.right("w over its size")
def _(X, y, w, lam):
    return X.T @ (X @ w - y) + lam * w / np.hypot(w, 0.1)


@lasso.wrong("sign of w, as if it had a corner", "w", r"\bsize\b|\bsign|sqrt|√|0\.01")
def _(X, y, w, lam):
    return X.T @ (X @ w - y) + lam * np.sign(w)


@lasso.wrong("half left over from the root", "w", TWO)
def _(X, y, w, lam):
    return X.T @ (X @ w - y) + lam * w / (2 * np.hypot(w, 0.1))


@lasso.wrong("sizes divided by the norm of all of w", "w", r"\bsum|norm|\bsize\b|sqrt|√")
def _(X, y, w, lam):
    return X.T @ (X @ w - y) + lam * w / np.sqrt(w @ w + 0.01)

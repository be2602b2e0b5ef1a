"""One unit: the notes' perceptron with each of its losses."""

import math

from autograd_lite import exp, log, sigmoid, tanh
from tests.testing.mistakes.case import SIGN, TWO, problem


@problem("perceptron, half squared error", wrt="w1 w2 b")
def perceptron(w1, w2, b, x1, x2, y):
    yhat = w1 * x1 + w2 * x2 + b
    return 0.5 * (y - yhat) ** 2


@perceptron.right("the notes' result")
def _(w1, w2, b, x1, x2, y):
    delta = -(y - (w1 * x1 + w2 * x2 + b))
    return {"w1": delta * x1, "w2": delta * x2, "b": delta}


@perceptron.right("multiplied out")
def _(w1, w2, b, x1, x2, y):
    return {
        "w1": w1 * x1**2 + w2 * x1 * x2 + b * x1 - x1 * y,
        "w2": w2 * x2**2 + w1 * x1 * x2 + b * x2 - x2 * y,
        "b": w1 * x1 + w2 * x2 + b - y,
    }


@perceptron.wrong("residual the wrong way round", "w1 w2 b", SIGN)
def _(w1, w2, b, x1, x2, y):
    r = y - (w1 * x1 + w2 * x2 + b)
    return {"w1": r * x1, "w2": r * x2, "b": r}


@perceptron.wrong("kept the half of the loss", "w1 w2 b", TWO)
def _(w1, w2, b, x1, x2, y):
    r = (w1 * x1 + w2 * x2 + b) - y
    return {"w1": 0.5 * r * x1, "w2": 0.5 * r * x2, "b": 0.5 * r}


@perceptron.wrong("x1 copied into the row of w2", "w2", r"\bx1\b|\bx2\b")
def _(w1, w2, b, x1, x2, y):
    r = (w1 * x1 + w2 * x2 + b) - y
    return {"w1": r * x1, "w2": r * x1, "b": r}


@perceptron.wrong("differentiated by the inputs", "w1 w2", r"w([12]).*x\1|x([12]).*w\2")
def _(w1, w2, b, x1, x2, y):
    r = (w1 * x1 + w2 * x2 + b) - y
    return {"w1": r * w1, "w2": r * w2, "b": r}


@perceptron.wrong("bias left out of the prediction", "w1 w2 b", r"\bb\b|bias")
def _(w1, w2, b, x1, x2, y):
    r = w1 * x1 + w2 * x2 - y
    return {"w1": r * x1, "w2": r * x2, "b": r}


@perceptron.wrong(
    "each weight with the error of its own term",
    "w1 w2",
    r"w[12] ?[·*×] ?x[12]|x[12] ?[·*×] ?w[12]",
)
def _(w1, w2, b, x1, x2, y):
    return {
        "w1": (w1 * x1 + b - y) * x1,
        "w2": (w2 * x2 + b - y) * x2,
        "b": w1 * x1 + w2 * x2 + b - y,
    }


@perceptron.wrong("bias multiplied by the cosine of nothing in particular", "b")
def _(w1, w2, b, x1, x2, y):
    r = (w1 * x1 + w2 * x2 + b) - y
    return {"w1": r * x1, "w2": r * x2, "b": r * math.cos(1 + b * y)}


@problem("perceptron, log loss", wrt="w1 w2 b", domain={"y": {0, 1}})
def classifier(w1, w2, b, x1, x2, y):
    z = w1 * x1 + w2 * x2 + b
    yhat = sigmoid(z)
    return -y * log(yhat) - (1 - y) * log(1 - yhat)


def classified(w1, w2, b, x1, x2):
    return sigmoid(w1 * x1 + w2 * x2 + b)


def along(dz, x1, x2):
    return {"w1": dz * x1, "w2": dz * x2, "b": dz}


@classifier.right("the short form")
def _(w1, w2, b, x1, x2, y):
    return along(classified(w1, w2, b, x1, x2) - y, x1, x2)


@classifier.right("every factor of the chain")
def _(w1, w2, b, x1, x2, y):
    z = w1 * x1 + w2 * x2 + b
    yhat = 1 / (1 + exp(-z))
    dyhat = -y / yhat + (1 - y) / (1 - yhat)
    return along(dyhat * exp(-z) / (1 + exp(-z)) ** 2, x1, x2)


@classifier.right("with tanh in place of the sigmoid")
def _(w1, w2, b, x1, x2, y):
    return along(0.5 + 0.5 * tanh((w1 * x1 + w2 * x2 + b) / 2) - y, x1, x2)


@classifier.wrong("target minus prediction", "w1 w2 b", SIGN)
def _(w1, w2, b, x1, x2, y):
    return along(y - classified(w1, w2, b, x1, x2), x1, x2)


@classifier.wrong(
    "slope of the sigmoid counted although it cancels", "w1 w2 b", r"yhat|ŷ|sigmoid|σ"
)
def _(w1, w2, b, x1, x2, y):
    yhat = classified(w1, w2, b, x1, x2)
    return along((yhat - y) * yhat * (1 - yhat), x1, x2)


@classifier.wrong(
    "forgot the inner minus of 1 - yhat", "w1 w2 b", SIGN, r"1 [-−] (yhat|ŷ|y)", r"y = 0|y is 0"
)
def _(w1, w2, b, x1, x2, y):
    yhat = classified(w1, w2, b, x1, x2)
    return along((-y / yhat - (1 - y) / (1 - yhat)) * yhat * (1 - yhat), x1, x2)


@classifier.wrong(
    "second term of the loss forgotten",
    "w1 w2 b",
    r"second|1 [-−] (y|ŷ)|log\(1|y = 0|y is 0",
)
def _(w1, w2, b, x1, x2, y):
    yhat = classified(w1, w2, b, x1, x2)
    return along(-y * (1 - yhat), x1, x2)


@classifier.wrong("slope of tanh used for the sigmoid", "w1 w2 b", r"sigmoid|σ|tanh|yhat|ŷ")
def _(w1, w2, b, x1, x2, y):
    yhat = classified(w1, w2, b, x1, x2)
    dyhat = (yhat - y) / (yhat * (1 - yhat))
    return along(dyhat * (1 - yhat**2), x1, x2)


@classifier.wrong("sigmoid taken a second time in its slope", "w1 w2 b", r"sigmoid|σ|yhat|ŷ")
def _(w1, w2, b, x1, x2, y):
    yhat = classified(w1, w2, b, x1, x2)
    dyhat = (yhat - y) / (yhat * (1 - yhat))
    return along(dyhat * sigmoid(yhat) * (1 - sigmoid(yhat)), x1, x2)


@classifier.wrong("the prediction rounded to a class first", "w1 w2 b")
def _(w1, w2, b, x1, x2, y):
    return along((classified(w1, w2, b, x1, x2) > 0.5) - y, x1, x2)


@problem("sigmoid unit, half squared error", wrt="w b")
def unit(w, b, x, y):
    z = w * x + b
    a = sigmoid(z)
    return 0.5 * (a - y) ** 2


@unit.right("slope as σ(z)·σ(−z)")
def _(w, b, x, y):
    z = w * x + b
    delta = (sigmoid(z) - y) * sigmoid(z) * sigmoid(-z)
    return {"w": delta * x, "b": delta}


@unit.right("slope by the hyperbolic cosine")
def _(w, b, x, y):
    z = w * x + b
    delta = (1 / (1 + math.exp(-z)) - y) / (4 * math.cosh(z / 2) ** 2)
    return {"w": delta * x, "b": delta}


@unit.wrong(
    "slope of the sigmoid forgotten, as with the log loss", "w b", r"sigmoid|σ|a\b.*1 [-−] a"
)
def _(w, b, x, y):
    delta = sigmoid(w * x + b) - y
    return {"w": delta * x, "b": delta}


@unit.wrong("slope of the sigmoid taken as z(1 - z)", "w b", r"sigmoid|σ|\bz\b")
def _(w, b, x, y):
    z = w * x + b
    delta = (sigmoid(z) - y) * z * (1 - z)
    return {"w": delta * x, "b": delta}


@unit.wrong("slope taken where the target is", "w b", r"sigmoid|σ|\by\b")
def _(w, b, x, y):
    a = sigmoid(w * x + b)
    delta = (a - y) * y * (1 - y)
    return {"w": delta * x, "b": delta}


@unit.wrong("input missing in w, and the residual turned in b", "w b", r"\bx\b", SIGN)
def _(w, b, x, y):
    a = sigmoid(w * x + b)
    delta = (a - y) * a * (1 - a)
    return {"w": delta, "b": -delta}


@unit.wrong("a power of no meaning for the slope", "w b")
def _(w, b, x, y):
    a = sigmoid(w * x + b)
    delta = (a - y) * a**1.37
    return {"w": delta * x, "b": delta}

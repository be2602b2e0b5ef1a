"""Softmax and what is built on it."""

import numpy as np

from autograd_lite import exp, log, sigmoid
from tests.testing.mistakes.case import SIGN, problem


def softmax(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@problem("softmax cross-entropy of logits", wrt="z", shapes={"z": (4,)})
def entropy(z):
    e = exp(z)
    p = e / e.sum()
    return -log(p[1])  # the second class is right


CLASS = np.array([0.0, 1.0, 0.0, 0.0])


@entropy.right("p minus one-hot")
def _(z):
    return softmax(z) - CLASS


@entropy.right("through the Jacobian of softmax")
def _(z):
    p = softmax(z)
    jacobian = np.diag(p) - np.outer(p, p)
    return jacobian @ (-CLASS / p)


@entropy.right("by differences of logits")
def _(z):
    return np.array([1 / np.exp(z - z[i]).sum() - (i == 1) for i in range(4)])


@entropy.wrong("one-hot minus p", "z", SIGN)
def _(z):
    return CLASS - softmax(z)


@entropy.wrong(
    "only the right class's own entry", "z", r"\bsum\b|\be\b|\bp\b|cross|off-diagonal|z\[|zero"
)
def _(z):
    return CLASS * (softmax(z) - 1)


@entropy.wrong("stopped at the probabilities", "z", r"softmax|\bp\b|Jacobian|\be\b")
def _(z):
    return -CLASS / softmax(z)


@entropy.wrong("the normalising sum taken as constant", "z", r"\bsum\b|\be\b|denominator")
def _(z):
    return -CLASS


@entropy.wrong("the other classes' entries squared", "z")
def _(z):
    p = softmax(z)
    return np.where(CLASS > 0, p - 1, p**2)


@problem("softmax, one output", wrt="z1 z2 z3")
def component(z1, z2, z3):
    e1, e2, e3 = exp(z1), exp(z2), exp(z3)
    total = e1 + e2 + e3
    return e1 / total


@component.right("p1(1 - p1), -p1 p2, -p1 p3")
def _(z1, z2, z3):
    p1, p2, p3 = softmax(np.array([z1, z2, z3]))
    return {"z1": p1 * (p2 + p3), "z2": -p1 * p2, "z3": -p1 * p3}


@component.right("as a sigmoid of the difference to the rest")
def _(z1, z2, z3):
    rest = np.logaddexp(z2, z3)
    slope = sigmoid(z1 - rest) * sigmoid(rest - z1)
    return {"z1": slope, "z2": -slope * sigmoid(z2 - z3), "z3": -slope * sigmoid(z3 - z2)}


@component.wrong("diagonal of the Jacobian only", "z2 z3", r"\btotal\b|\be2\b|\be3\b|cross|zero")
def _(z1, z2, z3):
    p1, _, _ = softmax(np.array([z1, z2, z3]))
    return {"z1": p1 * (1 - p1), "z2": 0.0, "z3": 0.0}


@component.wrong("denominator taken as constant for z1", "z1", r"\btotal\b|quotient|denominator")
def _(z1, z2, z3):
    p1, p2, p3 = softmax(np.array([z1, z2, z3]))
    return {"z1": p1, "z2": -p1 * p2, "z3": -p1 * p3}


@component.wrong("p1(1 - p2) off the diagonal", "z2 z3")
def _(z1, z2, z3):
    p1, p2, p3 = softmax(np.array([z1, z2, z3]))
    return {"z1": p1 * (1 - p1), "z2": p1 * (1 - p2), "z3": p1 * (1 - p3)}


@component.wrong("cross terms without the minus", "z2 z3", SIGN)
def _(z1, z2, z3):
    p1, p2, p3 = softmax(np.array([z1, z2, z3]))
    return {"z1": p1 * (1 - p1), "z2": p1 * p2, "z3": p1 * p3}


@component.wrong(
    "denominator not squared in the quotient rule", "z1 z2 z3", r"total|quotient|squar|e1"
)
def _(z1, z2, z3):
    e1, e2, e3 = np.exp([z1, z2, z3])
    total = e1 + e2 + e3
    return {"z1": e1 * (e2 + e3) / total, "z2": -e1 * e2 / total, "z3": -e1 * e3 / total}


@problem("softmax regression on a batch", wrt="W b", shapes={"X": (5, 2), "W": (2, 3), "b": (3,)})
def regression(X, W, b):
    Z = X @ W + b
    E = exp(Z)
    P = E / E.sum(axis=1, keepdims=True)
    return -(ONE_HOT * log(P)).sum() / len(X)


ONE_HOT = np.eye(3)[[0, 2, 1, 1, 0]]  # the classes of the five samples


@regression.right("matrices")
def _(X, W, b):
    D = (softmax(X @ W + b) - ONE_HOT) / 5
    return {"W": X.T @ D, "b": D.sum(0)}


@regression.right("one sample and one class at a time")
def _(X, W, b):
    dW, db = np.zeros((2, 3)), np.zeros(3)
    for x, label in zip(X, [0, 2, 1, 1, 0], strict=True):
        for k, p in enumerate(softmax(x @ W + b)):
            dW[:, k] += 0.2 * (p - (k == label)) * x
            db[k] += 0.2 * (p - (k == label))
    return {"W": dW, "b": db}


@regression.wrong("forgot 1/n", "W b", r"1 ?/ ?n|(?<![\w.])5(?!\.?\d)|0\.2|⅕|batch|\bmean\b|len")
def _(X, W, b):
    D = softmax(X @ W + b) - ONE_HOT
    return {"W": X.T @ D, "b": D.sum(0)}


@regression.wrong(
    "normalised over the samples, not the classes", "W b", r"axis|\bsum|softmax|\bE\b|\bP\b"
)
def _(X, W, b):
    E = np.exp(X @ W + b)
    D = (E / E.sum(axis=0) - ONE_HOT) / 5
    return {"W": X.T @ D, "b": D.sum(0)}


@regression.wrong(
    "averaged over samples and classes", "W b", r"(?<![\w.])3(?!\.?\d)|⅓|1/3|0\.333|\bmean\b|class"
)
def _(X, W, b):
    D = (softmax(X @ W + b) - ONE_HOT) / ONE_HOT.size
    return {"W": X.T @ D, "b": D.sum(0)}


@regression.wrong(
    "bias gradient not summed over the samples",
    "b",
    r"\bsum|\bmean\b|(?<![\w.])5(?!\.?\d)|0\.2|1 ?/ ?n|sample",
)
def _(X, W, b):
    D = (softmax(X @ W + b) - ONE_HOT) / 5
    return {"W": X.T @ D, "b": D.mean(0)}


@problem("softmax with temperature", wrt="z T", shapes={"z": (3,)}, domain={"T": "positive"})
def tempered(z, T):
    s = z / T
    e = exp(s)
    total = e.sum()
    return log(total) - s[0]


@tempered.right("expected logit minus the right one, over T squared")
def _(z, T):
    p = softmax(z / T)
    return {"z": (p - [1, 0, 0]) / T, "T": (z[0] - p @ z) / T**2}


@tempered.wrong("temperature forgotten outside", "z", r"(?<!['’])\bT\b")
def _(z, T):
    p = softmax(z / T)
    return {"z": p - [1, 0, 0], "T": (z[0] - p @ z) / T**2}


@tempered.wrong(
    "1/T for 1/T² and the minus with it",
    "T",
    r"1 ?/ ?T|T²|T\*\*2|\bfactor.*\bT\b|\bT\b.*\bfactor",
    SIGN,
)
def _(z, T):
    p = softmax(z / T)
    return {"z": (p - [1, 0, 0]) / T, "T": (p @ z - z[0]) / T}


@problem("log-sum-exp", wrt="x", shapes={"x": (4,)})
def lse(x):
    e = exp(x)
    return log(e.sum())


@lse.right("softmax")
def _(x):
    return 1 / np.exp(x[None, :] - x[:, None]).sum(1)


@lse.wrong("inner derivative forgotten", "x", r"\bexp\b|\be\b|inner")
def _(x):
    return np.full(4, 1 / np.exp(x).sum())


@lse.wrong("the shift by the largest counted once more", "x", r"\bmax|largest|extra|x\[")
def _(x):
    return softmax(x) + (x == x.max())


@lse.wrong("each entry left out of its own sum", "x", r"\bsum\b|\be\b|denominator")
def _(x):
    e = np.exp(x)
    return e / (e.sum() - e)


@lse.wrong("log of the sum as the sum of the logs", "x", r"\blog\b|\bsum|\be\b|\bexp\b")
def _(x):
    return np.ones(4)


@problem("focal loss", wrt="z gamma", domain={"gamma": (1, 3)})
def focal(z, gamma):
    p = sigmoid(z)
    weight = (1 - p) ** gamma
    return -weight * log(p)


@focal.right("collected")
def _(z, gamma):
    p, q = sigmoid(z), sigmoid(-z)
    return {"z": q**gamma * (gamma * p * np.log(p) - q), "gamma": -np.log(q) * q**gamma * np.log(p)}


@focal.wrong("weight taken as constant", "z", r"weight|product rule|1 [-−] p")
def _(z, gamma):
    p, q = sigmoid(z), sigmoid(-z)
    return {"z": -(q**gamma) * q, "gamma": -np.log(q) * q**gamma * np.log(p)}


@focal.wrong("inner minus of 1 - p forgotten", "z", SIGN, r"1 [-−] p")
def _(z, gamma):
    p, q = sigmoid(z), sigmoid(-z)
    dz = -(q**gamma) * (gamma * p * np.log(p) + q)
    return {"z": dz, "gamma": -np.log(q) * q**gamma * np.log(p)}


@focal.wrong(
    "power rule used for the exponent", "gamma", r"power|expon|\blog|\bln\b|\*\*|weight|\^"
)
def _(z, gamma):
    p, q = sigmoid(z), sigmoid(-z)
    return {
        "z": q**gamma * (gamma * p * np.log(p) - q),
        "gamma": -gamma * q ** (gamma - 1) * np.log(p),
    }

"""Layers as assignments have them: batches, losses with integer labels, margins, dropout."""

import numpy as np

from autograd_lite import exp, log, maximum, relu
from tests.testing.mistakes.case import TWO, lacks, problem

SURPLUS_B = r"(extra|surplus|additional).*\bb\b|\bb\b.*(extra|surplus|penal|regular)|weight decay"
LABELS = r"\[:, ?y\]|arange|one-hot|label|(own|every|each|all) (row|sample|class|column)|index"


@problem(
    "softmax loss of a batch, shifted by the maximum",
    wrt="W b",
    shapes={"X": (3, 2), "W": (2, 3), "b": (3,), "y": (3,)},
    domain={"y": {0, 1, 2}},
)
def softmax_loss(X, W, b, y):
    scores = X @ W + b
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    e = exp(shifted)
    p = e / e.sum(axis=1, keepdims=True)
    return -log(p[np.arange(3), y]).sum() / 3


def probabilities(X, W, b):
    e = np.exp(X @ W + b)
    return e / e.sum(axis=1, keepdims=True)


def spread(dscores, X):
    return {"W": X.T @ dscores, "b": dscores.sum(axis=0)}


@softmax_loss.right("in place, 1 taken off at the labels")
def _(X, W, b, y):
    dscores = probabilities(X, W, b)
    dscores[np.arange(3), y] -= 1
    dscores /= 3
    return spread(dscores, X)


@softmax_loss.right("log-probabilities, and np.subtract.at")
def _(X, W, b, y):
    scores = X @ W + b
    dscores = np.exp(scores - np.logaddexp.reduce(scores, axis=1)[:, None])
    np.subtract.at(dscores, (np.arange(3), y), 1.0)
    return spread(dscores * (1 / 3), X)


@softmax_loss.right("expected input minus the class's inputs, class by class")
def _(X, W, b, y):
    p = probabilities(X, W, b)
    columns = [(p[:, k, None] * X).mean(0) - X[y == k].sum(0) / 3 for k in range(3)]
    return {"W": np.stack(columns, axis=1), "b": p.mean(0) - np.bincount(y, minlength=3) / 3}


@softmax_loss.right("in single precision", rel=1e-4, abs=1e-5)
def _(X, W, b, y):
    p = probabilities(*(a.astype(np.float32) for a in (X, W, b)))
    p[np.arange(3), y] -= np.float32(1)
    return spread(p / np.float32(3), X.astype(np.float32))


@softmax_loss.wrong("p[:, y] -= 1: the labels' columns in every row", "W b", LABELS)
def _(X, W, b, y):
    dscores = probabilities(X, W, b)
    dscores[:, y] -= 1
    return spread(dscores / 3, X)


@softmax_loss.wrong(
    "keepdims forgotten: row sums divide the columns", "W b", r"axis|keepdims|broadcast|transpos"
)
def _(X, W, b, y):
    e = np.exp(X @ W + b)
    dscores = e / e.sum(axis=1)
    dscores[np.arange(3), y] -= 1
    return spread(dscores / 3, X)


@softmax_loss.wrong(
    "1 taken off at the predicted class", "W b", r"argmax|predict|largest|label|one-hot"
)
def _(X, W, b, y):
    dscores = probabilities(X, W, b)
    dscores[np.arange(3), dscores.argmax(axis=1)] -= 1
    return spread(dscores / 3, X)


@problem(
    "multiclass SVM with a penalty",
    wrt="W",
    shapes={"X": (4, 2), "W": (2, 3), "y": (4,)},
    domain={"y": {0, 1, 2}, "reg": "positive"},
)
def svm(X, W, y, reg):
    scores = X @ W
    right = scores[np.arange(4), y][:, None]
    margins = maximum(0, scores - right + 1)
    return margins.sum() / 4 - 1 + reg * (W * W).sum()


def over(X, W, y):
    """Whether a class is over the margin, as 1.0 or 0.0; the right one never is."""
    scores = X @ W
    mask = (scores - scores[np.arange(4), y][:, None] + 1 > 0).astype(float)
    mask[np.arange(4), y] = 0
    return mask


@svm.right("mask, minus its row sums at the labels")
def _(X, W, y, reg):
    mask = over(X, W, y)
    mask[np.arange(4), y] = -mask.sum(axis=1)
    return X.T @ mask / 4 + 2 * reg * W


@svm.right("samples and classes in loops, in place")
def _(X, W, y, reg):
    dW = np.zeros_like(W)
    for x, label in zip(X, y, strict=True):
        for k in range(3):
            if k != label and x @ W[:, k] - x @ W[:, label] + 1 > 0:
                dW[:, k] += x
                dW[:, label] -= x
    dW /= 4
    dW += 2 * reg * W
    return dW


@svm.wrong(
    "the right class's column forgotten",
    "W",
    lacks(r"\bright\b", r"label", r"scores\[\w+, ?y\]", "cross terms"),
)
def _(X, W, y, reg):
    return X.T @ over(X, W, y) / 4 + 2 * reg * W


@svm.wrong(
    "all other classes counted at the label",
    "W",
    r"(gate|mask|max|count|condition|active|margins).*(right|label)|(right|label).*(gate|mask|max)",
)
def _(X, W, y, reg):
    mask = over(X, W, y)
    mask[np.arange(4), y] = -2
    return X.T @ mask / 4 + 2 * reg * W


@svm.wrong("penalty without its 2", "W", TWO)
def _(X, W, y, reg):
    mask = over(X, W, y)
    mask[np.arange(4), y] = -mask.sum(axis=1)
    return X.T @ mask / 4 + reg * W


@svm.wrong("penalty divided by n as well", "W", r"1 ?/ ?n|(?<![\w.])4(?!\.?\d)|¼|0\.25|\bmean\b")
def _(X, W, y, reg):
    mask = over(X, W, y)
    mask[np.arange(4), y] = -mask.sum(axis=1)
    return (X.T @ mask + 2 * reg * W) / 4


@problem(
    "soft-margin SVM on a batch",
    wrt="w b",
    shapes={"X": (4, 2), "w": (2,), "y": (4,)},
    domain={"y": {-1, 1}, "C": "positive"},
)
def margin_loss(X, w, b, y, C):
    score = X @ w + b
    margin = y * score
    slack = maximum(0, 1 - margin)
    return 0.5 * (w * w).sum() + C * slack.mean()


@margin_loss.right("only the samples inside the margin")
def _(X, w, b, y, C):
    inside = np.flatnonzero(y * (X @ w + b) < 1)
    return {"w": w - C / 4 * y[inside] @ X[inside], "b": -C / 4 * y[inside].sum()}


@margin_loss.right("Heaviside's step, einsum")
def _(X, w, b, y, C):
    on = np.heaviside(1 - y * (X @ w + b), 0.0)
    return {"w": w - C * np.einsum("i,i,ij->j", on, y, X) / 4, "b": -C * np.mean(on * y)}


@margin_loss.wrong(
    "the gate lacks the label",
    "w b",
    r"(gate|mask|condition|open|active|step)[^:;]*(label|margin|(?<!\w)y\b)",
    r"score stands where (y|margin)",
    lacks(r"label"),
)
def _(X, w, b, y, C):
    on = X @ w + b < 1
    return {"w": w - C * (on * y) @ X / 4, "b": -C * (on * y).mean()}


@margin_loss.wrong("L2 on the bias too", "b", SURPLUS_B)
def _(X, w, b, y, C):
    on = y * (X @ w + b) < 1
    return {"w": w - C * (on * y) @ X / 4, "b": b - C * (on * y).mean()}


@margin_loss.wrong("labels forgotten in the sum", "w b", lacks(r"(?<!\w)y\b", r"label"))
def _(X, w, b, y, C):
    on = y * (X @ w + b) < 1
    return {"w": w - C * on @ X / 4, "b": -C * on.mean()}


@problem(
    "hidden layer with dropout",
    wrt="W1 b1 W2",
    shapes={"X": (3, 2), "W1": (2, 4), "b1": (4,), "W2": (4,), "mask": (3, 4), "t": (3,)},
    domain={"mask": {0, 1}},
)
def dropout(X, W1, b1, W2, mask, t):
    z = X @ W1 + b1
    h = relu(z)
    dropped = h * mask / 0.8
    out = dropped @ W2
    return 0.5 * ((out - t) ** 2).sum()


def thinned(X, W1, b1, W2, mask, t):
    """z, the hidden layer after dropout, ∂L/∂out."""
    z = X @ W1 + b1
    h = np.maximum(z, 0) * mask / 0.8
    return z, h, h @ W2 - t


def lower(dz, X, h, dout):
    return {"W1": X.T @ dz, "b1": dz.sum(0), "W2": h.T @ dout}


@dropout.right("in place: scaled, masked, gated")
def _(X, W1, b1, W2, mask, t):
    z, h, dout = thinned(X, W1, b1, W2, mask, t)
    dh = np.outer(dout, W2)
    dh *= mask
    dh /= 0.8
    dh[z <= 0] = 0
    return lower(dh, X, h, dout)


@dropout.right("gate and mask in one, by where the output is not 0, einsum")
def _(X, W1, b1, W2, mask, t):
    _, h, dout = thinned(X, W1, b1, W2, mask, t)
    on = 1.25 * (h != 0)
    dW1 = np.einsum("n,k,nk,nj->jk", dout, W2, on, X)
    return {"W1": dW1, "b1": W2 * (dout @ on), "W2": np.einsum("nk,n->k", h, dout)}


@dropout.wrong("mask missing on the way back", "W1 b1", lacks(r"mask", r"dropout"))
def _(X, W1, b1, W2, mask, t):
    z, h, dout = thinned(X, W1, b1, W2, mask, t)
    return lower(np.outer(dout, W2) * (z > 0) / 0.8, X, h, dout)


@dropout.wrong("mask not scaled on the way back", "W1 b1", r"keep|0\.8|1\.25|⅘|4/5|5/4|scale")
def _(X, W1, b1, W2, mask, t):
    z, h, dout = thinned(X, W1, b1, W2, mask, t)
    return lower(np.outer(dout, W2) * mask * (z > 0), X, h, dout)


@dropout.wrong(
    "output weights see the layer before dropout",
    "W2",
    lacks(r"mask", r"dropout"),
    r"\bh\b[^:;]*dropped|before dropout",
)
def _(X, W1, b1, W2, mask, t):
    z, h, dout = thinned(X, W1, b1, W2, mask, t)
    g = lower(np.outer(dout, W2) * mask * (z > 0) / 0.8, X, h, dout)
    return {**g, "W2": np.maximum(z, 0).T @ dout}


@dropout.wrong(
    "sigmoid's gate h(1 − h) for ReLU's", "W1 b1", r"sigmoid|σ|logistic|[zh] · \(1 [-−] [zh]\)"
)
def _(X, W1, b1, W2, mask, t):
    z, h, dout = thinned(X, W1, b1, W2, mask, t)
    a = np.maximum(z, 0)
    return lower(np.outer(dout, W2) * mask / 0.8 * a * (1 - a), X, h, dout)

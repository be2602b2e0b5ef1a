"""A classifier of two half moons, as a notebook for a scalar engine trains it."""

import random

import numpy as np

from autograd_lite import Value
from autograd_lite.nn import MLP

np.random.seed(1337)
random.seed(1337)

# two half moons, 30 samples with some noise
angle = np.linspace(0, np.pi, 15)
upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
X = np.vstack([upper, lower]) + np.random.normal(0, 0.1, (30, 2))
y = np.repeat([-1, 1], 15)

model = MLP(2, [8, 8, 1])
number_of_parameters = len(model.parameters())


def loss(batch_size=None):
    if batch_size is None:
        Xb, yb = X, y
    else:
        ri = np.random.permutation(X.shape[0])[:batch_size]
        Xb, yb = X[ri], y[ri]
    inputs = [list(map(Value, xrow)) for xrow in Xb]

    # forward the model to get scores
    scores = list(map(model, inputs))

    # "max-margin" loss of a support vector machine
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(yb, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    # L2 regularisation
    alpha = 1e-4
    reg_loss = alpha * sum(p * p for p in model.parameters())
    total_loss = data_loss + reg_loss

    accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(yb, scores)]
    return total_loss, sum(accuracy) / len(accuracy)


history = []
for k in range(20):
    total_loss, acc = loss()

    # backward
    model.zero_grad()
    total_loss.backward()

    # stochastic gradient descent with a rate that falls
    learning_rate = 1.0 - 0.9 * k / 100
    for p in model.parameters():
        p.data -= learning_rate * p.grad
    history.append((total_loss.data, acc))

# the border between the classes
h = 0.5
x_min, x_max = X[:, 0].min() - 1, X[:, 0].max() + 1
y_min, y_max = X[:, 1].min() - 1, X[:, 1].max() + 1
xx, yy = np.meshgrid(np.arange(x_min, x_max, h), np.arange(y_min, y_max, h))
Xmesh = np.c_[xx.ravel(), yy.ravel()]
inputs = [list(map(Value, xrow)) for xrow in Xmesh]
scores = list(map(model, inputs))
Z = np.array([s.data > 0 for s in scores])
Z = Z.reshape(xx.shape)
batch_loss, _ = loss(batch_size=10)

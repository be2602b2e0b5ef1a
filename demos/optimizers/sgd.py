"""All samples, one, or a few at a time?  Batch, stochastic and mini-batch gradient descent.

002, 随机梯度下降法 (stochastic gradient descent), 为什么不用牛顿法 (why not Newton's method).  The
samples (1, 2), (2, 5), (3, 3) are those behind 003's E(m, b).

中文: 随机梯度下降法
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import hessian, jacobian, linalg
from autograd_lite.nn import Perceptron, half_squared_error
from autograd_lite.optim import SGD, time_based
from autograd_lite.train import fit

X = [[1.0], [2.0], [3.0]]
Y = [2.0, 5.0, 3.0]
KINDS = {"all three (批)": 3, "one (随机)": 1, "two, then one (小批量)": 2}


def losses(m, b):
    """J₁, J₂, J₃, of which J is the sum."""
    return [half_squared_error(y, m * x + b) for (x,), y in zip(X, Y, strict=True)]


def path(size, epochs, lr, shuffle=True):
    """(m, b) after every epoch from (0, 0), the samples taken ``size`` at a time."""
    line = Perceptron(1)
    line.load_state_dict({"w1": 0.0, "b": 0.0})
    seen = [(0.0, 0.0)]
    fit(
        line,
        X,
        Y,
        loss=half_squared_error,
        optimizer=SGD(line.parameters(), lr=lr),
        epochs=epochs,
        batch_size=size,
        shuffle=shuffle,
        seed=0,
        callback=lambda epoch, history: seen.append((line.w1.data, line.b.data)),
    )
    return np.array(seen)


def main():
    each = jacobian(losses)(0.0, 0.0)[:, 0]
    table(
        "J = J₁ + J₂ + J₃ at (0, 0)",
        [
            *[(f"∂J/∂m of sample {i + 1}", None, slope) for i, slope in enumerate(each)],
            ("of their sum", None, each.sum()),
            ("variance: one sample", None, each.var()),
            ("variance: the mean of two", None, ((each.sum() - each) / 2).var()),
        ],
    )
    once = [(name, path(size, 1, 0.05, shuffle=False)[1]) for name, size in KINDS.items()]
    table(
        "One epoch from (0, 0) in order, η = 0.05: a step for each batch's mean",
        [(f"{name}: {'mb'[i]}", None, end[i]) for name, end in once for i in (0, 1)],
    )
    falling = {name: path(size, 300, time_based(0.1, 0.005)) for name, size in KINDS.items()}
    table(
        "300 epochs, η = 0.1/(1 + t/200) (逐渐缩小学习率)",
        [(f"{name}: m, best is 1/2", None, p[-1, 0]) for name, p in falling.items()],
    )
    H = [hessian(lambda m, b, i=i: losses(m, b)[i])(0.0, 0.0) for i in range(len(X))]
    table(
        "One sample has no Newton step",
        [
            *[(f"det H of sample {i + 1}", 0, linalg.det(h) + 0.0) for i, h in enumerate(H)],
            ("det H of all", None, linalg.det(sum(H))),
        ],
    )
    if plt := pyplot():
        figure, axes = plt.subplots()
        for (name, p), style in zip(falling.items(), ("-", ":", "--"), strict=True):
            axes.plot(*p.T, style, linewidth=0.8, label=f"batches of {KINDS[name]}")
        axes.plot(1 / 2, 7 / 3, "k*", markersize=12)
        axes.set(xlabel="m", ylabel="b", title="300 epochs with a falling learning rate")
        finding = (
            "Whole batches go smoothly to the best line, batches of one or two jump about it, "
            "in ever smaller steps as the learning rate falls."
        )
        save(figure, "sgd.svg", finding)


if __name__ == "__main__":
    main()

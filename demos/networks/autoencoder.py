"""How much of four lengths fits into two numbers?  An auto-encoder, by the chain rule.

004, l. 4 (自编码器用于降维和数据压缩 … 反复应用链式法则来最小化重建误差): Fisher's flowers,
four lengths in, two numbers between, four lengths out.  The best linear one is known: principal
components.

中文: 自编码器: 用链式法则最小化重建误差
"""

import csv
import random

import numpy as np
from show import DATA, pyplot, save, table

from autograd_lite import Value, chain_rule
from autograd_lite.nn import DeepNetwork, half_mean_squared_error
from autograd_lite.optim import Adam
from autograd_lite.train import fit

EPOCHS = 60


def read():
    """(X, species) in a random order: four lengths, each of mean 0 and variance 1."""
    with open(DATA / "iris.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    random.Random(0).shuffle(rows)
    lengths = np.array([row[:4] for row in rows], dtype=float)
    return (lengths - lengths.mean(axis=0)) / lengths.std(axis=0), [row[4] for row in rows]


def reconstruction(net, X):
    """The mean square of what is lost, of all lengths."""
    return float(
        np.mean([[(float(b) - a) ** 2 for a, b in zip(x, net(x), strict=True)] for x in X])
    )


def main():
    X, species = read()
    singular = np.linalg.svd(X, compute_uv=False) ** 2 / X.size
    best = {k: float(singular[k:].sum()) for k in (1, 2)}
    nets, before = {}, {}
    for k in (1, 2):
        nets[k] = DeepNetwork([4, k, 4], activation=None, output=None, seed=1)
        before[k] = reconstruction(nets[k], X)
        fit(
            nets[k],
            X.tolist(),
            X.tolist(),
            loss=half_mean_squared_error,
            optimizer=Adam(nets[k].parameters(), lr=0.02),
            epochs=EPOCHS,
            batch_size=10,
            seed=0,
        )
    after = {k: reconstruction(nets[k], X) for k in nets}
    rows = []
    for k in nets:
        rows += [
            (f"{k} between: lost before training", None, before[k]),
            (f"  after {EPOCHS} epochs", None, after[k]),
            ("  by principal components, the least", None, best[k]),
        ]
    table("Reconstruction error (重建误差), a part of the variance 1", rows)
    net = nets[2]
    inputs = [Value(v, label=f"x{i}") for i, v in enumerate(X[0].tolist(), 1)]
    loss = half_mean_squared_error(X[0].tolist(), net(inputs))
    loss.label = "E"
    loss.backward()
    found = chain_rule(loss, net.w1_1_1)
    print(f"\nOne weight of the encoder, through every output (链式法则):\n{found}")
    if plt := pyplot():
        figure, axes = plt.subplots()
        codes = np.array([[a.data for a in encoded(net, x)] for x in X.tolist()])
        for name, mark in zip(("setosa", "versicolor", "virginica"), "o^s", strict=True):
            mine = np.array(species) == name
            axes.plot(*codes[mine].T, mark, fillstyle="none", label=name)
        axes.set(xlabel="a1_1", ylabel="a1_2", title="150 flowers in two numbers")
        finding = (
            f"Two numbers keep all but {after[2]:.1%} of the variance of four lengths, where the "
            f"least is {best[2]:.1%}; setosa lies apart, though the net was told of no species."
        )
        save(figure, "autoencoder.svg", finding)


def encoded(net, x):
    """The two numbers between, of one flower."""
    named = net.named_parameters()
    return [
        sum(named[f"w1_{j}_{k}"] * v for j, v in enumerate(x, 1)) + named[f"b1_{k}"] for k in (1, 2)
    ]


if __name__ == "__main__":
    main()

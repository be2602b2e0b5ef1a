"""Which of three species is it?  A network of four inputs and three outputs on Fisher's flowers.

003, back propagation in deeper networks, with three outputs in place of one: softmax, and the
log loss −log ŷ of the right species.

中文: 三分类: 鸢尾花
"""

import csv
import random

import numpy as np
from show import DATA, pyplot, save

from autograd_lite.nn import DeepNetwork, softmax_cross_entropy
from autograd_lite.optim import Momentum
from autograd_lite.train import accuracy, evaluate, fit

SPECIES = "setosa", "versicolor", "virginica"


def read():
    """(X, y) in a random order: four lengths in cm, and the number of the species."""
    with open(DATA / "iris.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    random.Random(0).shuffle(rows)
    lengths = np.array([row[:4] for row in rows], dtype=float)
    return lengths, [SPECIES.index(row[4]) for row in rows]


def main():
    cm, y = read()
    n = 100
    X = ((cm - cm[:n].mean(axis=0)) / cm[:n].std(axis=0)).tolist()  # by the training rows alone
    held = X[n:], y[n:]
    net = DeepNetwork([4, 4, 3], activation="tanh", output=None, seed=0)
    history = fit(
        net,
        X[:n],
        y[:n],
        loss=softmax_cross_entropy,
        optimizer=Momentum(net.parameters(), lr=0.05),
        epochs=20,
        batch_size=10,
        seed=0,
        validation=held,
    )
    print(f"{net} with {len(net.parameters())} parameters, {n} of {len(X)} flowers, {history}")
    guesses = [int(np.argmax([z.data for z in net(x)])) for x in held[0]]
    print(f"\nHeld-out rows ({len(guesses)}): how many of a species are taken for which")
    print("  " + "".join(f"{name:>12}" for name in ("", *SPECIES)))
    for k, name in enumerate(SPECIES):
        taken = [g for g, t in zip(guesses, held[1], strict=True) if t == k]
        print(f"  {name:>12}" + "".join(f"{taken.count(j):12}" for j in range(3)))
    common = max(range(3), key=y[:n].count)
    loss = evaluate(*held, loss=softmax_cross_entropy, predict=net)
    print(f"  accuracy {accuracy(*held, predict=net):.1%}, log loss {loss:.4f}")
    print(f"  (always {SPECIES[common]}: {held[1].count(common) / len(guesses):.1%})")
    print("  (One split of the rows; another gives a few percent more or less.)")
    if plt := pyplot():
        figure, axes = plt.subplots()
        length, width = cm[n:, 2], cm[n:, 3]
        for k, mark in enumerate("o^s"):
            mine = np.array(held[1]) == k
            axes.plot(length[mine], width[mine], mark, fillstyle="none", label=SPECIES[k])
        wrong = np.array(guesses) != held[1]
        axes.plot(length[wrong], width[wrong], "kx", markersize=12, label="taken for another")
        axes.set(xlabel="petal length, cm", ylabel="petal width, cm", title="Held-out flowers")
        finding = (
            f"Setosa lies apart, versicolor and virginica touch; of {len(guesses)} held-out "
            f"flowers {int(wrong.sum())} are taken for another species, all where these two meet."
        )
        save(figure, "iris.svg", finding)


if __name__ == "__main__":
    main()

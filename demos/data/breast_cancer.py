"""Malignant or benign, by six measurements?  One sigmoid neuron on a real table, held-out rows.

000 §3.1 and 003, classification with a perceptron: ŷ = σ(w1·x1 + … + w6·x6 + b), log loss; the
rule is 002's mini-batch Adam.

中文: 二分类: 肿瘤
"""

import csv
import random

import numpy as np
from show import DATA, pyplot, save

from autograd_lite.nn import Perceptron, log_loss, log_loss_from_logit
from autograd_lite.optim import Adam
from autograd_lite.train import accuracy, evaluate, fit

FEATURES = (
    "worst_radius",
    "worst_texture",
    "worst_smoothness",
    "worst_concave_points",
    "worst_symmetry",
    "error_area",
)


def read():
    """(X, y) in a random order: the six measurements, and 1 for malignant."""
    with open(DATA / "breast_cancer.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    random.Random(0).shuffle(rows)
    X = np.array([[float(row[name]) for name in FEATURES] for row in rows])
    return X, [int(row["diagnosis"] == "malignant") for row in rows]


def main():
    X, y = read()
    n = len(X) * 2 // 3
    X = ((X - X[:n].mean(axis=0)) / X[:n].std(axis=0)).tolist()  # by the training rows alone
    held = X[n:], y[n:]
    net = Perceptron(len(FEATURES), "sigmoid", seed=0)
    history = fit(
        net,
        X[:n],
        y[:n],
        loss=log_loss_from_logit,
        predict=net.logit,
        optimizer=Adam(net.parameters(), lr=0.05),
        epochs=20,
        batch_size=32,
        seed=0,
        validation=held,
    )
    print(f"{n} of {len(X)} tumours, {len(FEATURES)} features, {history}")
    for name, w in zip(FEATURES, net.parameters(), strict=False):
        print(f"  {w.label} = {w.data:6.3f}   {name}")
    print(f"  b  = {net.b.data:6.3f}")
    chances = [net(x).data for x in held[0]]
    missed = sum(p <= 0.5 and t for p, t in zip(chances, held[1], strict=True))
    share = sum(y[:n]) / n
    baseline = evaluate(*held, loss=log_loss, predict=lambda x: share)
    loss = evaluate(*held, loss=log_loss_from_logit, predict=net.logit)
    right = accuracy(*held, predict=net)
    print(f"\nHeld-out rows ({len(held[0])})      accuracy   log loss")
    print(f"  the perceptron           {right:6.1%}     {loss:.4f}")
    print(f"  always benign            {held[1].count(0) / len(chances):6.1%}     {baseline:.4f}")
    print(f"  malignant, called benign: {missed} of {sum(held[1])}")
    print(f"  ('Always benign': the log loss is that of a constant ŷ = {share:.3f}.)")
    print("  (One split of the rows; another gives a percent or so more or less.)")
    if plt := pyplot():
        figure, axes = plt.subplots()
        epochs = range(1, len(history.loss) + 1)
        axes.plot(epochs, history.loss, "k-", label="training rows, during the epoch")
        axes.plot(epochs, history.validation, "--", label="held-out rows, after it")
        axes.axhline(baseline, color="k", linestyle=":", label="constant ŷ, held-out rows")
        axes.set(title="Six measurements", xlabel="epoch", ylabel="mean log loss")
        axes.set(xticks=range(0, 21, 5), ylim=(0, None))
        finding = (
            "The loss of training and of held-out rows falls from epoch to epoch together, to "
            f"{loss:.3f} on held-out rows, far below the constant guess at {baseline:.3f}."
        )
        save(figure, "breast_cancer.svg", finding)


if __name__ == "__main__":
    main()

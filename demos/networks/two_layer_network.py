"""Which of nine weights is to blame, and by how much?  The two-layer network of the notes.

One sample: the forward pass, all nine gradients beside the formulas derived by hand (003,
pp. 38-41), the backward pass step by step, the graph as a picture and as a page to step through.
Then the same network learns to tell malignant from benign tumours by two measurements of their
cell nuclei.
"""

import csv
import math
import random
import time

from show import DATA, OUT, pyplot, save

from autograd_lite import chain_rule, explain, render
from autograd_lite.nn import TwoLayerNetwork, log_loss, log_loss_from_logit
from autograd_lite.optim import GradientDescent
from autograd_lite.value import order

WEIGHTS = {
    "w11": 0.1,
    "w21": -0.2,
    "b1": 0.05,
    "w12": 0.4,
    "w22": 0.3,
    "b2": -0.1,
    "w1": 0.7,
    "w2": -0.5,
    "b": 0.2,
}
FORWARD = {  # 003, p. 38
    "z1": "x1·w11 + x2·w21 + b1",
    "a1": "σ(z1)",
    "z2": "x1·w12 + x2·w22 + b2",
    "a2": "σ(z2)",
    "z": "a1·w1 + a2·w2 + b",
    "yhat": "σ(z)",
    "L": "−y·log(ŷ) − (1 − y)·log(1 − ŷ)",
}
FEATURES = "worst_radius", "worst_concave_points"


def gradients_by_hand(p, x, y):
    """The nine formulas of the notes, in plain numbers."""
    x1, x2 = x
    a1 = 1 / (1 + math.exp(-(x1 * p["w11"] + x2 * p["w21"] + p["b1"])))
    a2 = 1 / (1 + math.exp(-(x1 * p["w12"] + x2 * p["w22"] + p["b2"])))
    yhat = 1 / (1 + math.exp(-(a1 * p["w1"] + a2 * p["w2"] + p["b"])))
    return {
        "w11": ("−x1·w1·a1(1 − a1)(y − ŷ)", -x1 * p["w1"] * a1 * (1 - a1) * (y - yhat)),
        "w21": ("−x2·w1·a1(1 − a1)(y − ŷ)", -x2 * p["w1"] * a1 * (1 - a1) * (y - yhat)),
        "b1": ("−w1·a1(1 − a1)(y − ŷ)", -p["w1"] * a1 * (1 - a1) * (y - yhat)),
        "w12": ("−x1·w2·a2(1 − a2)(y − ŷ)", -x1 * p["w2"] * a2 * (1 - a2) * (y - yhat)),
        "w22": ("−x2·w2·a2(1 − a2)(y − ŷ)", -x2 * p["w2"] * a2 * (1 - a2) * (y - yhat)),
        "b2": ("−w2·a2(1 − a2)(y − ŷ)", -p["w2"] * a2 * (1 - a2) * (y - yhat)),
        "w1": ("−a1(y − ŷ)", -a1 * (y - yhat)),
        "w2": ("−a2(y − ŷ)", -a2 * (y - yhat)),
        "b": ("−(y − ŷ)", -(y - yhat)),
    }


def one_sample():
    """Forward, nine gradients, every step of the backward pass, and the picture."""
    x, y = (0.5, -1.0), 1
    net = TwoLayerNetwork()
    net.load_state_dict(WEIGHTS)
    yhat = net(x)
    loss = log_loss(y, yhat)
    loss.label = "L"
    print(f"One sample: x1 = {x[0]}, x2 = {x[1]}, y = {y}\n\nForward")
    values = {v.label: v.data for v in order(loss)}
    for name, formula in FORWARD.items():
        print(f"  {name:4} = {formula:31} = {values[name]: .10f}")
    loss.backward()
    print("\nGradients: ours beside the formulas derived by hand (003, pp. 38-41)")
    by_hand = gradients_by_hand(WEIGHTS, x, y)
    for name, p in net.named_parameters().items():
        formula, number = by_hand[name]
        difference = p.grad - number
        print(
            f"  ∂L/∂{name:3} = {p.grad: .10f}   {formula:25} = {number: .10f}   {difference: .0e}"
        )
    print("  (The update list on p. 40 has w12 and w21 interchanged; the formulas here are right.)")
    print("\nThe backward pass, edge by edge")
    explain(loss)
    print(f"\nThe chain rule for one weight\n{chain_rule(loss, net.w11)}")
    OUT.mkdir(parents=True, exist_ok=True)
    return [render(loss, OUT / f"two_layer_network.{suffix}") for suffix in ("svg", "html")]


def tumours():
    """(features, 1 if malignant) of each tumour, features scaled to mean 0 and deviation 1."""
    with open(DATA / "breast_cancer.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = []
    for name in FEATURES:
        column = [float(row[name]) for row in rows]
        mean = sum(column) / len(column)
        deviation = math.sqrt(sum((c - mean) ** 2 for c in column) / len(column))
        columns.append([(c - mean) / deviation for c in column])
    return [
        (list(x), int(row["diagnosis"] == "malignant"))
        for *x, row in zip(*columns, rows, strict=True)
    ]


def measured(net, rows):
    """(mean log loss, accuracy) on some rows."""
    logits = [(net.logit(x).data, y) for x, y in rows]
    loss = sum(log_loss_from_logit(y, z).data for z, y in logits) / len(rows)
    return loss, sum((z > 0) == (y == 1) for z, y in logits) / len(rows)


def training(steps=75, lr=3.0):
    """Gradient descent on the mean log loss of two thirds of the rows."""
    rows = tumours()
    random.Random(0).shuffle(rows)
    kept = rows[: len(rows) * 2 // 3]
    held_back = rows[len(rows) * 2 // 3 :]
    net = TwoLayerNetwork(seed=0)
    rule = GradientDescent(net.parameters(), lr=lr)
    print(f"\nTraining on {len(kept)} of {len(rows)} tumours by {' and '.join(FEATURES)}")
    history = []
    start = time.perf_counter()
    for step in range(steps + 1):
        loss = sum(log_loss_from_logit(y, net.logit(x)) for x, y in kept) / len(kept)
        history.append(loss.data)
        if step % 25 == 0:
            print(f"  step {step:4}   mean log loss {loss.data:.4f}", flush=True)
        if step < steps:
            rule.zero_grad()
            loss.backward()
            rule.step()
    seconds = time.perf_counter() - start
    final, accuracy = measured(net, held_back)
    benign = sum(y == 0 for _, y in held_back) / len(held_back)
    print(f"  {steps} steps in {seconds:.1f} s")
    print(f"Held-back rows ({len(held_back)}): log loss {final:.4f}, accuracy {accuracy:.1%}")
    print(f"  (calling every tumour benign: {benign:.1%})")
    return history


def main():
    """Run both parts and say where the pictures are."""
    pictures = one_sample()
    history = training()
    if plt := pyplot():
        figure, axes = plt.subplots(figsize=(6, 3.5))
        axes.plot(history, "k-")
        axes.set(xlabel="step of gradient descent", ylabel="mean log loss", ylim=(0, None))
        finding = (
            f"The mean log loss of the training rows falls from {history[0]:.2f} to "
            f"{history[-1]:.2f}."
        )
        save(figure, "training.svg", finding)
    for path in pictures:
        print(f"picture: {path.relative_to(OUT.parent.parent)}")


if __name__ == "__main__":
    main()

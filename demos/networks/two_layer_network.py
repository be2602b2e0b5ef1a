"""Which of nine weights is to blame, and by how much?  The two-layer network of the notes.

003, l. 800-880; 000 §3.2.  One sample: the forward pass, all nine gradients as they are derived by
hand, the backward pass step by step, the graph as a picture and as a page to step through.  Then
the same network learns to tell malignant from benign tumours by two measurements of their cell
nuclei.

中文: 两层神经网络的反向传播
"""

import csv
import math
import random
import time

from show import DATA, derivation, draw, pyplot, save, written

from autograd_lite import Value, chain_rule, explain, log, sigmoid
from autograd_lite.nn import TwoLayerNetwork, log_loss, log_loss_from_logit
from autograd_lite.optim import GradientDescent
from autograd_lite.testing import check_grad
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
FORWARD = {  # 003, l. 806-815
    "z1": "x1·w11 + x2·w21 + b1",
    "a1": "σ(z1)",
    "z2": "x1·w12 + x2·w22 + b2",
    "a2": "σ(z2)",
    "z": "a1·w1 + a2·w2 + b",
    "yhat": "σ(z)",
    "L": "−y·log(ŷ) − (1 − y)·log(1 − ŷ)",
}
LOCAL = {  # ∂/∂, as the notes derive it: 003, l. 762-766 and 822-864
    "L/yhat": "-(y - yhat)/(yhat*(1 - yhat))",
    "yhat/z": "yhat*(1 - yhat)",
    "z/a1": "w1",
    "z/a2": "w2",
    "z/w1": "a1",
    "z/w2": "a2",
    "z/b": "1",
    "a1/z1": "a1*(1 - a1)",
    "a2/z2": "a2*(1 - a2)",
    "z1/w11": "x1",
    "z1/w21": "x2",
    "z1/b1": "1",
    "z2/w12": "x1",
    "z2/w22": "x2",
    "z2/b2": "1",
}
BY_HAND = {  # parameter: the product of its factors, where it stands
    "w11": ("-x1*w1*a1*(1 - a1)*(y - yhat)", "003, l. 822-824"),
    "w21": ("-x2*w1*a1*(1 - a1)*(y - yhat)", "003, l. 845, printed as w12"),
    "b1": ("-w1*a1*(1 - a1)*(y - yhat)", "003, l. 833-837"),
    "w12": ("-x1*w2*a2*(1 - a2)*(y - yhat)", "003, l. 849, printed as w21"),
    "w22": ("-x2*w2*a2*(1 - a2)*(y - yhat)", "003, l. 851"),
    "b2": ("-w2*a2*(1 - a2)*(y - yhat)", "003, l. 853"),
    "w1": ("-a1*(y - yhat)", "003, l. 860-864"),
    "w2": ("-a2*(y - yhat)", "003, l. 860-864"),
    "b": ("-(y - yhat)", "003, l. 875"),
}
FEATURES = "worst_radius", "worst_concave_points"


def loss(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    """The notes' network as a function, for ``check_grad``."""
    z1 = x1 * w11 + x2 * w21 + b1
    a1 = sigmoid(z1)
    z2 = x1 * w12 + x2 * w22 + b2
    a2 = sigmoid(z2)
    z = a1 * w1 + a2 * w2 + b
    yhat = sigmoid(z)
    return -y * log(yhat) - (1 - y) * log(1 - yhat)


def one_sample():
    """Forward, nine gradients, each derived, every step of the backward pass, and the picture."""
    x, y = (0.5, -1.0), 1
    net = TwoLayerNetwork()
    net.load_state_dict(WEIGHTS)
    yhat = net(x)
    L = log_loss(Value(y, label="y"), yhat)
    L.label = "L"
    print(f"One sample: x1 = {x[0]}, x2 = {x[1]}, y = {y}\n\nForward")
    values = {v.label: v.data for v in order(L)}
    for name, formula in FORWARD.items():
        print(f"  {name:4} = {formula:31} = {values[name]: .10f}")
    L.backward()
    print("\nThe first step of every derivation")
    print(f"  ∂L/∂ŷ = {written(LOCAL['L/yhat'])}, pushed back: {yhat.grad:.10f}")
    print("\nGradients, factor by factor: the notes' derivation beside the chain rule's numbers")
    by_hand = {
        name: derivation(L, p, LOCAL, *BY_HAND[name]) for name, p in net.named_parameters().items()
    }
    print("\nGradients: ours beside the formulas derived by hand (003, l. 821-875)")
    for name, p in net.named_parameters().items():
        formula, number = written(BY_HAND[name][0]), by_hand[name]
        print(
            f"  ∂L/∂{name:3} = {p.grad: .10f}   {formula:27} = {number: .10f}   "
            f"{p.grad - number: .0e}"
        )
    print(
        "  (The update list, l. 843-853, has w12 and w21 interchanged; these formulas are right.)"
    )
    formulas = {"yhat": LOCAL["L/yhat"]} | {name: line for name, (line, _) in BY_HAND.items()}
    report = check_grad(loss, formulas, domain={"y": {0, 1}}, seed=0)
    print(f"check_grad, at random points, towards {', '.join(formulas)}: {report.verdict}")
    print("\nThe backward pass, edge by edge")
    explain(L)
    print(f"\nThe chain rule for one weight\n{chain_rule(L, net.w11)}")
    least, *_, most = sorted(net.parameters(), key=lambda p: abs(p.grad))
    finding = (
        "The notes' two-layer network and its whole log loss as a graph: of the nine parameters "
        f"{most.label} has the largest gradient, {most.grad:.3f}, and {least.label} the smallest, "
        f"{least.grad:.3f}."
    )
    draw(L, "two_layer_network", finding)
    circles = (
        f"The notes' two-layer network as circles and lines: x = {x} leads by two neurons to "
        f"ŷ = {yhat.data:.3f}."
    )
    draw(net, "two_layer_as_circles", circles, sample=x)
    before = L.data
    GradientDescent(net.parameters(), lr=0.5).step()
    print(f"One step, α = 0.5: L falls from {before:.4f} to {log_loss(y, net(x)).data:.4f}.")


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
    one_sample()
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


if __name__ == "__main__":
    main()

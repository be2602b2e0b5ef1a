"""Which way does one sample push the weights?  A perceptron for numbers, and one for classes.

000 §3.1.1 and §3.1.2; 003, l. 580-798.  For both, ∂L/∂wᵢ = −xᵢ(y − ŷ) and ∂L/∂b = −(y − ŷ).

中文: 感知机
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, sigmoid
from autograd_lite.nn import Perceptron, half_squared_error, log_loss
from autograd_lite.optim import GradientDescent

REGRESSION = {"activation": None, "loss": half_squared_error, "alpha": 0.1}
CLASSIFICATION = {"activation": "sigmoid", "loss": log_loss, "alpha": 0.5}
CASES = [  # title, weights and bias, x, y, what is done
    ("Regression (平方损失)", (0.5, 0.25, 0.1), (1.5, -2), 2, REGRESSION),
    ("Regression with three inputs", (0.1, -0.2, 0.3, 0.05), (1, 2, -1), 1, REGRESSION),
    ("Classification (sigmoid, 对数损失)", (0.4, 0.3, -0.1), (1, -2), 1, CLASSIFICATION),
    ("Classification (sigmoid, 对数损失)", (0.4, 0.3, -0.1), (1, -2), 0, CLASSIFICATION),
]


def one_update(title, weights, x, y, activation, loss, alpha):
    """Print ŷ, L and its gradient, and the perceptron after one step; return ŷ before and after."""
    net = Perceptron(len(x), activation)
    net.load_state_dict(dict(zip(net.state_dict(), weights, strict=True)))
    rule = GradientDescent(net.parameters(), lr=alpha)
    yhat = net(x)
    L = loss(y, yhat)
    named = net.named_parameters().items()
    L.backward()
    rows = [
        ("ŷ", None, yhat.data),
        ("L(y, ŷ)", None, L.data),
        ("∂L/∂ŷ", None, yhat.grad),
        *[(f"∂L/∂{name}", None, p.grad) for name, p in named],
    ]
    differences = [
        p.grad + x_i * (y - yhat.data) for (_, p), x_i in zip(named, [*x, 1], strict=True)
    ]
    rule.step()
    rows += [(f"{name} after the step", None, p.data) for name, p in named]
    rows.append(("ŷ after it", None, net(x).data))
    rows.append(("L after it", None, loss(y, net(x)).data))
    table(f"{title}: x = {x}, y = {y}, α = {alpha}", rows)
    print(
        f"The formulas −xᵢ(y − ŷ) and −(y − ŷ) differ by {max(map(abs, differences)):.0e} at most."
    )
    return yhat.data, net(x).data


def main():
    yhats = [one_update(title, weights, x, y, **kind) for title, weights, x, y, kind in CASES]
    table(
        "dσ/dz = σ(z)(1 − σ(z))",
        [(f"dσ/dz at z = {z}", None, derivative(sigmoid)(z)) for z in (-0.3, 0.0, 2.0)],
    )
    print("Erratum (000): the heading of 3.1.1 is 分类问题 (classification); it is regression.")
    print("Erratum (003): dŷ/dy = ŷ(1 − ŷ) is dŷ/dz, L(ŷ, ŷ) is L(y, ŷ), and dy/db is dŷ/db.")
    print("Erratum (003, l. 699): the exponent −2 − 1 in the slope of (1 + e^−z)^−1 is −1 − 1.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        p = np.linspace(0.02, 0.98, 200)
        for y, style, (before, after) in ((1, "-", yhats[2]), (0, "--", yhats[3])):
            axes.plot(p, [log_loss(y, p_i).data for p_i in p], style, label=f"y = {y}")
            axes.plot(before, log_loss(y, before).data, "ko", markerfacecolor="white", ms=8)
            axes.plot(after, log_loss(y, after).data, "ko", ms=8)
        axes.set(xlabel="ŷ", ylabel="L(y, ŷ)", title="Log loss before (○) and after (●) a step")
        finding = "One step moves ŷ towards y, and the log loss down, on both of its branches."
        save(figure, "perceptrons.svg", finding)


if __name__ == "__main__":
    main()

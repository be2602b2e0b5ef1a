"""Which way does one sample push the weights?  A perceptron for numbers, and one for classes.

000 §3.1.1 and §3.1.2; 003, pp. 28-34.  For both, ∂L/∂wᵢ = −xᵢ(y − ŷ) and ∂L/∂b = −(y − ŷ).
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, sigmoid
from autograd_lite.nn import Perceptron, half_squared_error, log_loss
from autograd_lite.optim import GradientDescent

HALF, W = half_squared_error, (0.4, 0.3, -0.1)
CASES = [  # weights and bias, x, y, activation, loss, α
    ("Regression (平方损失)", (0.5, 0.25, 0.1), (1.5, -2), 2, None, HALF, 0.1),
    ("Regression with three inputs", (0.1, -0.2, 0.3, 0.05), (1, 2, -1), 1, None, HALF, 0.1),
    ("Classification (sigmoid, 对数损失)", W, (1, -2), 1, "sigmoid", log_loss, 0.5),
    ("Classification (sigmoid, 对数损失)", W, (1, -2), 0, "sigmoid", log_loss, 0.5),
]


def one_update(title, weights, x, y, activation, loss, alpha):
    """Print ŷ, L and its gradient, and the perceptron after one step; return ŷ before and after."""
    net = Perceptron(len(x), activation)
    net.load_state_dict(dict(zip(net.state_dict(), weights, strict=True)))
    rule, yhat = GradientDescent(net.parameters(), lr=alpha), net(x)
    L, named = loss(y, yhat), net.named_parameters().items()
    L.backward()
    rows = [("ŷ", None, yhat.data), ("L(y, ŷ)", None, L.data), ("∂L/∂ŷ", None, yhat.grad)]
    rows += [(f"∂L/∂{name}", None, p.grad) for name, p in named]
    off = [p.grad + x_i * (y - yhat.data) for (_, p), x_i in zip(named, [*x, 1], strict=True)]
    rule.step()
    rows += [(f"{name} after the step", None, p.data) for name, p in named]
    rows += [("ŷ after it", None, net(x).data), ("L after it", None, loss(y, net(x)).data)]
    table(f"{title}: x = {x}, y = {y}, α = {alpha}", rows)
    print(f"The formulas −xᵢ(y − ŷ) and −(y − ŷ) differ by {max(map(abs, off)):.0e} at most.")
    return yhat.data, net(x).data


def main():
    yhats = [one_update(*case) for case in CASES]
    rows = [(f"dσ/dz at z = {z}", None, derivative(sigmoid)(z)) for z in (-0.3, 0.0, 2.0)]
    table("dσ/dz = σ(z)(1 − σ(z))", rows)
    print("Erratum (000): the heading of 3.1.1 is 分类问题 (classification); it is regression.")
    print("Erratum (003): dŷ/dy = ŷ(1 − ŷ) is dŷ/dz, L(ŷ, ŷ) is L(y, ŷ), and dy/db is dŷ/db.")
    print("Erratum (003, p. 32): the exponent −2 − 1 in the derivative of (1 + e^−z)^−1 is −1 − 1.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        p = np.linspace(0.02, 0.98, 200)
        for y, style, (before, after) in ((1, "-", yhats[2]), (0, "--", yhats[3])):
            axes.plot(p, [log_loss(y, p_i).data for p_i in p], f"k{style}", label=f"y = {y}")
            axes.plot(before, log_loss(y, before).data, "ko", markerfacecolor="white", ms=8)
            axes.plot(after, log_loss(y, after).data, "ko", ms=8)
        axes.set(xlabel="ŷ", ylabel="L(y, ŷ)", title="Log loss before (○) and after (●) a step")
        axes.legend(loc="upper center")
        save(figure, "perceptrons.svg")


if __name__ == "__main__":
    main()

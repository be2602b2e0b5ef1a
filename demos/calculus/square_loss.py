"""Where should the house stand so that its cables cost least?  Square loss and the mean.

000 §1.6; 003, "Two power line problem" to "The square loss".  The house stands at x; its cable to
the tower at a costs (x − a)².

中文: 平方损失优化
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, minimize
from autograd_lite.analysis import newton_root

a, b, c = 1.0, 4.0, 10.0
A = a, b, c, 3.5, -2.0


def two(x):
    return (x - a) ** 2 + (x - b) ** 2


def three(x):
    return (x - a) ** 2 + (x - b) ** 2 + (x - c) ** 2


def many(x):
    return sum((x - a_i) ** 2 for a_i in A)


def main():
    for title, cost, mean in [
        ("Two power lines (平方损失, square loss): a = 1, b = 4", two, (a + b) / 2),
        ("Three power lines: a = 1, b = 4, c = 10", three, (a + b + c) / 3),
        ("In general: aᵢ = 1, 4, 10, 3.5, −2", many, sum(A) / len(A)),
    ]:
        lowest = minimize(cost, 0.0, method="newton")
        table(
            title,
            [
                ("slope of the cost at x = the mean", 0, derivative(cost)(mean)),
                ("x of the lowest cost", None, lowest.x),
                ("the lowest cost", None, lowest.fun),
                ("slope of the cost at 0", None, derivative(cost)(0.0)),
                ("second derivative: 2n", None, derivative(cost, 2)(0.0)),
            ],
        )
    x = newton_root(lambda x: 2 * x - a + 2 * x - 2 * b + 2 * x - 2 * c, 0.0).root
    print("\nErratum (003): 2x − a + 2x − 2b + 2x − 2c = 0 must begin with 2x − 2a; as printed it")
    print(f"  gives x = {x:.4f}, where the slope of the cost is {derivative(three)(x):.4f}.")
    path = minimize(three, 0.0, lr=0.1, max_steps=12).path
    table(
        "Three power lines by gradient descent (梯度下降) from 0, α = 0.1",
        [(f"x after step {k}", None, path[k]) for k in (1, 2, 3, 12)],
    )
    if plt := pyplot():
        figure, axes = plt.subplots()
        x = np.linspace(-0.5, 10.5, 200)
        axes.plot(x, two(x), "--", label="two towers")
        axes.plot(x, three(x), "k-", label="three towers")
        axes.plot(path, three(path), "ko", markersize=4, label="gradient descent, α = 0.1")
        axes.plot([a, b, c], [0, 0, 0], "k^", markersize=9, label="towers a, b, c")
        axes.set(xlabel="x, where the house stands", ylabel="cost", title="The mean costs least")
        finding = (
            f"The cost of three towers is a parabola, lowest at their mean, {(a + b + c) / 3:g}; "
            f"gradient descent has come to {path[-1]:.3f} after {len(path) - 1} steps."
        )
        save(figure, "square_loss.svg", finding)


if __name__ == "__main__":
    main()

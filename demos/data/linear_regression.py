"""Which line y = m·x + b fits three points best?  By algebra, and by gradient descent.

000 §2.5; 003, l. 439-455 and l. 548-566, "Linear Regression: Gradient Descent".

中文: 梯度下降法应用于线性回归
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import linalg, minimize
from autograd_lite.functional import quadratic_approximation
from autograd_lite.nn import half_mean_squared_error

# The points whose E(m, b) the notes print.
X = np.array([1.0, 2.0, 3.0])
Y = np.array([2.0, 5.0, 3.0])


def E(m, b):  # the notes' name
    return ((m * X + b - Y) ** 2).sum()


def L(m, b):  # the notes' name
    return half_mean_squared_error(Y, m * X + b)


def main():
    model = quadratic_approximation(E, 0.0, 0.0)
    H, (E_m, E_b) = model.hessian, model.gradient
    table(
        "E(m, b) (平方损失, square loss): the numbers before",
        [
            ("m²", 10, H[0, 0] / 2),
            ("b²", 3, H[1, 1] / 2),
            ("1", 38, model.value),
            ("m·b", 12, H[0, 1]),
            ("m", -92, E_m),
            ("b", None, E_b),
        ],
    )
    print("Erratum (003, l. 439): 10m², 92m, 2ab are 14m², 42m, 20b; further on, 72b is 12b.  E is")
    print(f"  {model}, with x for m and y for b.")
    m, b = linalg.solve(H, -model.gradient)
    table(
        "∇E = 0",
        [
            ("m in 2 ∂E/∂b − ∂E/∂m = −4m + 2", -4, 2 * H[1, 0] - H[0, 0]),
            ("1 in it", 2, 2 * E_b - E_m),
            ("m = 1/2", 1 / 2, m),
            ("b = 7/3", 7 / 3, b),
            ("E(1/2, 7/3)", 4.167, E(m, b)),
        ],
    )
    at_once = minimize(E, (0.0, 0.0), method="newton", max_steps=1).path[1]
    table(
        "Newton's method (牛顿法) from (0, 0): E is its own quadratic approximation",
        [("m after 1", 1 / 2, at_once[0]), ("b after 1", 7 / 3, at_once[1])],
    )
    on_E = minimize(E, (0.0, 0.0), lr=0.01, max_steps=1000).path
    on_L = minimize(L, (0.0, 0.0), lr=0.1, max_steps=3).path
    rows = []
    for J, path, steps in ("E", on_E, (1, 2, 100, 1000)), ("L", on_L, (1, 2, 3)):
        for k in steps:
            m, b = path[k]
            rows += [(f"on {J}: m after {k}", None, m), ("      b", None, b)]
    table("Gradient descent (梯度下降) from (0, 0) on E, α = 0.01, and on L = E/2n, α = 0.1", rows)
    print("Erratum (000 §2.5): the 2m below L is 2n, for n points; the last bracket lacks + b.")
    if plt := pyplot():
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
        left.plot(X, Y, "ko")
        for k, style in (1, ":"), (10, "-."), (100, "--"), (1000, "-"):
            left.plot(X, on_E[k] @ [X, X**0], style, label=f"after {k}")
        left.set(xlabel="x", ylabel="y", title="The line y = m·x + b", xticks=X)
        m, b = np.meshgrid(np.linspace(-0.3, 2, 40), np.linspace(-0.3, 2.9, 40))
        right.contour(m, b, np.vectorize(E)(m, b), [4.5, 6, 10, 20, 38], colors="0.6")
        right.plot(*on_E.T, ".-", markersize=4, linewidth=0.8)
        right.set(xlabel="m", ylabel="b", title="The way down on E(m, b)")
        finding = (
            "The line turns towards the three points, while (m, b) drops quickly into the "
            "valley of E and then creeps along it."
        )
        save(figure, "linear_regression.svg", finding)


if __name__ == "__main__":
    main()

"""How does a change of the weights reach the loss of a linear regression?  Through the errors.

004, introduction (线性回归), figure 5.1 (a), and §5.3: L = ‖e‖², e = y − Bθ, ∂L/∂θ = ∂L/∂e·∂e/∂θ.

中文: 线性回归与链式法则
"""

import math

import numpy as np
from show import draw_array, pyplot, save, table

from autograd_lite import jacobian, minimize
from autograd_lite.functional import chained_jacobian

B = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]])
y = np.array([2.0, 5.0, 3.0])


def e(theta):
    return y - B @ theta


def L(e):  # the note's name; in [ ], so that its derivative is a row
    return [e @ e]


def surprise(b, m):
    """−log of the likelihood of the weights, the errors being normal with σ = 1."""
    error = e(np.array([b, m]))
    return error @ error / 2 + len(y) * math.log(2 * math.pi) / 2


def main():
    theta = np.array([1.0, 1.0])
    dL_de = jacobian(L)(e(theta))
    de_dtheta = jacobian(e)(theta)
    dL_dtheta = chained_jacobian(L, e)(theta)
    print(f"∂L/∂e = 2eᵀ, 1 × 3:\n{dL_de}\n∂e/∂θ = −B, 3 × 2:\n{de_dtheta}")
    rows = list(zip(("∂L/∂θ₁", "∂L/∂θ₂"), (-2 * e(theta) @ B), dL_dtheta[0], strict=True))
    table("∂L/∂θ at θ = (1, 1), beside −2(y − Bθ)ᵀB", rows)
    best = minimize(surprise, (1.0, 1.0), method="newton")
    table(
        "The most likely weights (最大似然)",
        [
            ("θ₁, of the least squares", 7 / 3, best.x[0]),
            ("θ₂", 1 / 2, best.x[1]),
            ("∂L/∂θ₁ there", 0, chained_jacobian(L, e)(best.x)[0, 0]),
            ("−log likelihood", None, best.fun),
        ],
    )
    if plt := pyplot():
        figure, (left, *panels) = plt.subplots(1, 4, figsize=(11, 3.2), width_ratios=(2, 1.4, 1, 1))
        left.plot(B[:, 1], y, "ko")
        t = np.array([0.8, 3.2])
        for name, (b, m), style in ("θ = (1, 1)", theta, "--"), ("best", best.x, "-"):
            left.plot(t, b + m * t, style, label=name)
        left.vlines(B[:, 1], B @ theta, y, colors="C0", linestyles=":", label="e")
        left.set(xlabel="x", ylabel="y", title="(a) regression")
        arrays = {"∂L/∂e  ·": dL_de, "∂e/∂θ  =": de_dtheta, "∂L/∂θ": dL_dtheta}
        for axes, (name, array) in zip(panels, arrays.items(), strict=True):
            draw_array(axes, array, f"{name}\n{array.shape}")
        finding = (
            f"The line of least squares, {best.x[0]:.3g} + {best.x[1]:.3g}·x, beside the first "
            "guess with its errors; the gradient is a row of three times a matrix of three rows."
        )
        save(figure, "regression_chain.svg", finding)


if __name__ == "__main__":
    main()

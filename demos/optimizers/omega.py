"""Where is e^x − log(x) lowest?  No formula tells; gradient descent and Newton's method do.

000 §2.3, §3.3 and §3.7; 003, l. 459-503.

中文: 一元梯度下降: Omega 常数
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, exp, log, minimize


def f(x):
    return exp(x) - log(x)


def main():
    slope, x0 = derivative(f), 0.05
    descent = minimize(f, x0, lr=0.005, tolerance=1e-10)
    newton = minimize(f, x0, method="newton", tolerance=1e-10)
    x1, x2 = descent.path[1:3]
    table(
        "Gradient descent (梯度下降) from x₀ = 0.05, learning rate (学习率) α = 0.005",
        [
            ("f′(0.05)", -18.9, slope(x0)),
            ("x₁ = x₀ − α f′(x₀)", 0.1447, x1),
            ("f′(0.1447)", -5.7552, slope(0.1447)),
            ("f′(x₁)", None, slope(x1)),
            ("x₂ = x₁ − α f′(x₁)", 0.1735, x2),
            (f"x after {descent.nit}", 0.5671, descent.x),
        ],
    )
    print("Erratum (003): f = e^{−log(x)}, f′ = e^{−1/x} stand for e^x − log(x) and e^x − 1/x;")
    print("  0.144J is 0.1447, and −5.7552 the slope at x₁ rounded to that.")
    table(
        "Newton's method (牛顿方法) from x₀ = 0.05: x − f′(x) / f″(x)",
        [
            *[(f"x after {k}", None, x) for k, x in enumerate(newton.path[:-1])],
            (f"x after {newton.nit}: Ω", 0.5671, newton.x),
            ("f(Ω)", None, newton.fun),
            ("f″(Ω)", None, derivative(f, 2)(newton.x)),
        ],
    )
    print("Erratum (000 §3.3): a zero of f′ need not be a minimum; this one is, as f″(Ω) > 0.")
    if plt := pyplot():
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
        x = np.linspace(0.03, 1.1, 300)
        hollow = {"markerfacecolor": "white", "linestyle": ""}
        left.plot(x, f(x), "k-", linewidth=0.8)
        left.plot(descent.path, f(descent.path), "C0.", label="gradient descent, α = 0.005")
        left.plot(newton.path, f(newton.path), "C1D", **hollow, label="Newton")
        left.set(xlabel="x", ylabel="f(x)", title="f(x) = eˣ − log(x)")
        right.plot(abs(descent.path - newton.x), "C0-", label="gradient descent")
        right.plot(abs(newton.path[:-1] - newton.x), "C1D", **hollow, label="Newton")
        right.set(xlabel="step", ylabel="distance to Ω", title="How far from Ω")
        right.set(xscale="log", yscale="log")
        finding = (
            f"Newton's method reaches Ω = {newton.x:.4f} in {newton.nit} steps, gradient descent "
            f"needs {descent.nit}."
        )
        save(figure, "omega.svg", finding)


if __name__ == "__main__":
    main()

"""Which two bells do the data come from?  A Gaussian mixture, its likelihood made largest.

004, introduction (高斯混合模型), figure 5.1 (b), density estimation: position, shape and weight.

中文: 分布密度估计
"""

import math

import numpy as np
from show import pyplot, save, table

from autograd_lite import exp, grad, log, minimize, sigmoid

rng = np.random.default_rng(4)
DATA = np.concatenate([rng.normal(-2, 0.5, 30), rng.normal(1, 1.0, 20)])  # these are to be found


def bell(x, mu, log_sigma):
    z = (x - mu) / exp(log_sigma)
    return exp(-(z**2) / 2 - log_sigma) / math.sqrt(2 * math.pi)


def density(x, mu1, log_sigma1, mu2, log_sigma2, logit):
    p = sigmoid(logit)
    return p * bell(x, mu1, log_sigma1) + (1 - p) * bell(x, mu2, log_sigma2)


def surprise(*theta):
    """The mean of −log likelihood."""
    return -sum(log(density(x, *theta)) for x in DATA) / len(DATA)


def main():
    start = (-1.0, 0.0, 0.5, 0.0, 0.0)
    found = minimize(surprise, start, method="momentum", lr=0.1, max_steps=150)
    mu1, log_sigma1, mu2, log_sigma2, logit = found.x
    table(
        "Gradient descent on −log likelihood (似然)",
        [
            ("μ₁ (drawn with −2)", None, mu1),
            ("σ₁ (with 0.5)", None, math.exp(log_sigma1)),
            ("μ₂ (with 1)", None, mu2),
            ("σ₂ (with 1)", None, math.exp(log_sigma2)),
            ("weight of the first (0.6)", None, sigmoid(logit)),
            ("−log likelihood, at the start", None, surprise(*start)),
            ("found", None, found.fun),
        ],
    )
    table(
        "Where it ended",
        [
            ("its largest slope", None, abs(grad(surprise)(*found.x)).max()),
        ],
    )
    if plt := pyplot():
        figure, axes = plt.subplots()
        axes.hist(DATA, bins=20, density=True, color="0.85", label="50 numbers")
        x = np.linspace(-4, 4, 300)
        for name, theta, style in ("start", start, "--"), ("found", found.x, "-"):
            axes.plot(x, [float(density(t, *theta)) for t in x], style, label=name)
        axes.set(xlabel="x", ylabel="density", title="(b) density estimation")
        finding = (
            f"From one broad hump descent finds the two of the data, at {mu1:.2f} and {mu2:.2f}."
        )
        save(figure, "density.svg", finding)


if __name__ == "__main__":
    main()

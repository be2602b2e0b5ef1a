"""What is left of a product of very many small numbers?  Nothing; of its logarithm, everything.

000 §1.7, "Product of lots of tiny things is tiny" (为什么要取对数, why take logarithms).

中文: 为什么要取对数
"""

from math import prod

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, log


def product(k):
    """p·p·…·p, k times."""
    return lambda p: prod([p] * k)


def logs(k):
    """log p + log p + … + log p, k times."""
    return lambda p: sum([log(p)] * k)


def main():
    counts = (100, 300, 323, 324, 1000)
    table(
        "The product of factors 0.1",
        [(f"of {k} factors", None, derivative(product(k), 0)(0.1)) for k in counts],
    )
    table(
        "The sum of their logarithms (取对数)",
        [(f"of {k} terms", None, derivative(logs(k), 0)(0.1)) for k in counts],
    )
    table(
        "So gradient ascent on the product stands still, and on its log does not",
        [
            ("slope of the product of 1000", None, derivative(product(1000))(0.1)),
            ("slope of the sum of 1000 logs: 1000/p", None, derivative(logs(1000))(0.1)),
        ],
    )
    table(
        "The other way: too large",
        [
            ("9.5⁵⁰⁰", None, derivative(product(500), 0)(9.5)),
            ("500 log 9.5", None, derivative(logs(500), 0)(9.5)),
        ],
    )
    table(
        "Where exactly it ends",
        [
            ("0.5¹⁰⁷⁴, the smallest float", None, derivative(lambda p: p**1074, 0)(0.5)),
            ("0.5¹⁰⁷⁵", None, derivative(lambda p: p**1075, 0)(0.5)),
        ],
    )
    if plt := pyplot():
        figure, axes = plt.subplots()
        k = np.arange(1, 501)
        value = np.cumprod(np.full(500, 0.1))
        axes.plot(k[value > 0], np.log10(value[value > 0]), "k-", linewidth=4, alpha=0.4)
        axes.plot(k, k * log(0.1) / np.log(10), "--", label="the sum of their logs")
        axes.plot([], [], "k-", linewidth=4, alpha=0.4, label="the product, until it is 0")
        axes.plot(323, -323, "ko")
        axes.annotate("324 factors: 0", (323, -323), xytext=(12, 4), textcoords="offset points")
        axes.set(xlabel="number of factors 0.1", ylabel="log₁₀", title="Underflow")
        finding = (
            "The product of k factors 0.1 falls to exactly 0 at 324 factors, while the sum of "
            "their logarithms goes on along a straight line."
        )
        save(figure, "tiny_products.svg", finding)


if __name__ == "__main__":
    main()

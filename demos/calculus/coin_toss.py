"""Which coin gives seven heads and three tails most often?  And why take logarithms?

000 §1.7; 003, "optimization of log loss".

中文: 对数损失优化
"""

from math import comb, prod

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, log
from autograd_lite.analysis import newton_root
from autograd_lite.nn import log_loss


def g(p):
    return p**7 * (1 - p) ** 3


def G(p):  # the notes' name
    return 7 * log(p) + 3 * log(1 - p)


def f(p):
    return p**6 * (1 - p) ** 2 * (3 - p) ** 9 * (p - 4) ** 13 * (10 - p) ** 500


def log_f(p):
    factors = [(6, p), (2, 1 - p), (9, 3 - p), (13, p - 4), (500, 10 - p)]
    return sum(n * log(abs(u)) for n, u in factors)


def main():
    p = newton_root(derivative(G), 0.5).root
    mean = sum(log_loss(y, p) for y in [1] * 7 + [0] * 3) / 10
    table(
        "Seven heads, three tails (对数损失, log loss): g = p⁷(1 − p)³, G = log g",
        [
            ("g′(0.7) = p⁶(1 − p)²(7 − 10p)", 0, derivative(g)(0.7)),
            ("p where G′ = 0", 0.7, p),
            ("g(p), in one order", None, g(p)),
            ("120 g(p), in any", None, comb(10, 7) * g(p)),
            ("−G(p)", None, -G(p)),
            ("ten times the mean log loss", None, 10 * mean.data),
        ],
    )
    print("Erratum (000): p⁷(1 − p)³ is the chance of one order of the tosses; winning has 120 g.")
    print(f"Erratum (003): not log(P⁷(1 − P)³) = {G(p):.4f} is 0, but its derivative.")
    print("Erratum (003): P⁷·3(1 − P)(−1) is P⁷·3(1 − P)²(−1).")
    rows = []
    for x in (6.5, 0.5):
        rows.append((f"f′ at p = {x}", None, derivative(f)(x)))
        rows.append((f"d/dp log |f| at p = {x}", None, derivative(log_f)(x)))
    table("Products are hard, sums are easy: f = p⁶(1 − p)²(3 − p)⁹(p − 4)¹³(10 − p)⁵⁰⁰", rows)
    print("Erratum (000): d/dp log f is d/dp log |f|; for p < 4 the factor (p − 4)¹³ is negative.")
    thousand = {
        "product of 1000 g(p)": lambda p: prod([g(p)] * 1000),
        "sum of 1000 log g(p)": lambda p: sum([log(g(p))] * 1000),
    }
    table(
        "Product of lots of tiny things is tiny (取对数, take the logarithm)",
        [
            *[(f"{name}, p = 0.7", None, derivative(h, 0)(0.7)) for name, h in thousand.items()],
            *[
                (f"slope of the {name}, p = 0.5", None, derivative(h)(0.5))
                for name, h in thousand.items()
            ],
        ],
    )
    if plt := pyplot():
        figure, panels = plt.subplots(1, 2, figsize=(8, 3.5))
        x = np.linspace(0.02, 0.98, 200)
        curves = [("g", g, "g = p⁷(1 − p)³"), ("G", G, "G = log g")]
        for axes, (name, curve, title) in zip(panels, curves, strict=True):
            axes.plot(x, curve(x), "k-", p, curve(p), "ko")
            axes.set(xlabel="p, the chance of heads", ylabel=name, title=title)
        finding = (
            f"The likelihood p⁷(1 − p)³ and its logarithm are highest at the same p = {p:.4g}."
        )
        save(figure, "coin_toss.svg", finding)


if __name__ == "__main__":
    main()

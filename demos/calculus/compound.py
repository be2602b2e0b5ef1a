"""What does a deposit of 1 grow to, if interest is paid ever more often?  To e, and no further.

000 §1.3, 银行存款中的应用 ("Bank at the End of the Universe"); 002, important limits (重要极限).

中文: 欧拉数: 银行存款中的应用
"""

import math

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, exp
from autograd_lite.analysis import limit

PRINTED = {1: 2, 10: 2.594, 100: 2.705, 1000: 2.717}  # 000's table
BANK = {"once a year": 1, "twice": 2, "three times": 3, "every month": 12, "every day": 365}


def compound(n):
    return (1 + 1 / n) ** n


def main():
    rows = [(f"n = {n}", notes, compound(n)) for n, notes in PRINTED.items()]
    e = limit(compound, math.inf)
    table("(1 + 1/n)ⁿ (欧拉数, Euler's number)", [*rows, ("n → ∞", 2.71828182, e)])
    table(
        "1 at 100 % a year, after one year",
        [
            *[(f"{often}, n = {n}", None, compound(n)) for often, n in BANK.items()],
            ("all the time", None, exp(1.0)),
        ],
    )
    table(
        "What is missing, times n: it tends to e/2",
        [
            *[(f"n = {n}", None, n * (e - compound(n))) for n in (1, 10, 100, 1000)],
            ("e/2", None, e / 2),
        ],
    )
    table(
        "f(x) = eˣ, f′(x) = eˣ: interest of 100 % on what there is",
        [
            *[(f"(eˣ)′ at {x:g}", None, derivative(exp)(x)) for x in (-1.0, 0.0, 1.0)],
            ("eˣ at 1", None, exp(1.0)),
        ],
    )
    if plt := pyplot():
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
        t = np.linspace(0, 1, 400)
        for n, style in (1, ":"), (2, "-."), (4, "--"):
            paid = np.floor(n * t + 1e-12)  # how often so far
            left.plot(t, (1 + 1 / n) ** paid, style, linewidth=1, label=f"n = {n}")
        left.plot(t, exp(t), "k-", label="n → ∞: eᵗ")
        left.set(xlabel="t, years", ylabel="deposit", title="100 % a year, paid n times")
        n = np.array([1, 2, 3, 5, 10, 12, 20, 50, 100, 365, 1000])
        right.plot(n, compound(n), "o-", markersize=4, label="(1 + 1/n)ⁿ")
        right.axhline(e, color="k", linestyle=":", label="e")
        right.set(xlabel="n", xscale="log", title="Towards e")
        finding = (
            "Paid more often, the deposit comes closer to eᵗ; (1 + 1/n)ⁿ rises from 2 towards e "
            f"= {e:.4f}."
        )
        save(figure, "compound.svg", finding)


if __name__ == "__main__":
    main()

"""Which simple function stands for a complicated one?  A constant, a line, an exponential.

002, 函数逼近 (approximation): 人均GDP, 平均速度, 年化收益率.  The numbers are ours.

中文: 函数逼近
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, minimize, sqrt
from autograd_lite.analysis import newton_root
from autograd_lite.functional import difference_quotient, linear_approximation

INCOMES = np.array([1.0, 2.0, 3.0, 10.0])


def spread(c):
    return ((c - INCOMES) ** 2).sum()


def s(t):
    return t**2


def annual(start, end, years):
    return newton_root(lambda r: start * (1 + r) ** years - end, 0.0).root


def main():
    found = minimize(spread, 0.0, method="newton")
    table(
        "A constant for incomes 1, 2, 3, 10 (人均GDP, GDP per head): their mean",
        [
            ("c of the least Σ (c − income)²", None, found.x),
            ("that sum", None, found.fun),
            ("its slope at the mean", 0, derivative(spread)(4.0)),
            ("the zero of its slope", None, newton_root(derivative(spread), 0.0).root),
            ("by gradient descent", None, minimize(spread, 0.0, lr=0.1, tolerance=1e-12).x),
        ],
    )
    v = difference_quotient(s, 1.0, 2.0)
    table(
        "A line for s = t² (平均速度, average speed)",
        [
            ("Δs/Δt on [1, 3]", None, v),
            ("at t = 2", None, s(1.0) + v),
            ("s(2)", None, s(2.0)),
        ],
    )
    r = annual(100.0, 150.0, 4)
    table(
        "An exponential for a return (年化收益率, annualised): V = V₀·(1 + r)ᵗ",
        [
            ("100 to 133.1 in 3 years: r", None, annual(100.0, 133.1, 3)),
            ("100 to 150 in 4 years: r", None, r),
            ("the second after 2.5 years", None, 100 * (1 + r) ** 2.5),
        ],
    )
    near = linear_approximation(sqrt, 4.0)(4.1)
    table(
        "Near a point (局部逼近, local approximation): √x",
        [
            ("the tangent at 4", None, near),
            ("√4.1", None, sqrt(4.1)),
        ],
    )
    if plt := pyplot():
        figure, (left, middle, right) = plt.subplots(1, 3, figsize=(11, 3.4))
        left.bar(range(1, 5), INCOMES, color="0.7")
        left.axhline(found.x, color="k", linestyle="--")
        left.set(title="constant: the mean", xlabel="person", ylabel="income", xticks=range(1, 5))
        t = np.linspace(0.8, 3.2, 100)
        middle.plot(t, s(t), "k-", [1, 3], [1, 9], "o--")
        middle.set(title=f"line: {v:g} a second", xlabel="t", ylabel="s")
        year = np.linspace(0, 4, 100)
        right.plot(range(5), [100, 118, 107, 141, 150], ".-", year, 100 * (1 + r) ** year, "--")
        right.set(title=f"exponential: {r:.2%} a year", xlabel="year", ylabel="value")
        finding = (
            f"Three approximations: the mean income {found.x:g}, the secant of {v:g} a second, "
            f"and growth of {r:.2%} a year through the first and the last value."
        )
        save(figure, "approximation.svg", finding)


if __name__ == "__main__":
    main()

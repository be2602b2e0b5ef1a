"""Which slopes has |x| at 0?  Every one from −1 to 1, and 0 among them tells the minimum.

004, l. 29 (次梯度, sub-differentials: continuous, and at some points not differentiable).  The
example is ours: the sum of the distances to 1, 2 and 6, which is least at their median.

中文: 次梯度
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, minimize
from autograd_lite.analysis import classify_point

TOWERS = 1.0, 2.0, 6.0


def cost(x):
    return sum(abs(x - tower) for tower in TOWERS)


def lies_below(f, x, slope):
    """Whether the line of this slope through (x, f(x)) is nowhere above f, on a grid."""
    around = x + np.linspace(-9, 9, 1801)
    return all(float(f(t)) >= float(f(x)) + slope * (t - x) - 1e-12 for t in around.tolist())


def main():
    for name, f, x in (("|x| at 0", abs, 0.0), ("the cost at 1", cost, 1.0),
                       ("the cost at 2", cost, 2.0)):  # fmt: skip
        found = classify_point(f, x)
        middle, outside = (found.left + found.right) / 2, found.right + 0.01
        rows = [("from", None, found.left), ("to", None, found.right)]
        rows.append(("derivative()", None, derivative(f)(x)))
        table(f"{name}: the subgradients", rows)
        inside = [lies_below(f, x, s) for s in (found.left, middle, found.right)]
        print(f"  below f: {all(inside)}, and with {outside:g}: {lies_below(f, x, outside)}")
        print(f"  0 is one: {found.left <= 0 <= found.right}")
    falling = minimize(cost, 6.0, lr=lambda t: 1 / (1 + t), max_steps=2000)
    fixed = minimize(cost, 6.0, lr=0.3, max_steps=2000)
    table(
        "Subgradient descent (次梯度下降) from 6; the median is 2",
        [
            ("η = 1/(1 + t): x after 2000", None, falling.x),
            ("η = 0.3, fixed: the last ten, apart", None, float(np.ptp(fixed.path[-10:]))),
        ],
    )
    if plt := pyplot():
        figure, axes = plt.subplots()
        x = np.linspace(-1.0, 5.0, 300)
        axes.plot(
            x, [float(cost(t)) for t in x.tolist()], "k-", label="|x − 1| + |x − 2| + |x − 6|"
        )
        for slope in (-1.0, -0.5, 0.0, 0.5, 1.0):
            axes.plot(x, cost(2.0) + slope * (x - 2), linewidth=0.8, label=f"slope {slope:g}")
        axes.set(xlabel="x", ylabel="cost", ylim=(0, 12))
        finding = (
            f"At 2, the median, every line with a slope from {classify_point(cost, 2.0).left:g} to "
            f"{classify_point(cost, 2.0).right:g} lies below the curve, the level one too: the "
            f"minimum, {cost(2.0):g}."
        )
        save(figure, "subgradients.svg", finding)


if __name__ == "__main__":
    main()

"""Does gradient descent find the lowest point?  The start decides.

000 §2.3 (local minima); 003, the curve with minima A to E.  Both curves are lost; ours is
f(x) = x⁴ − 4x² + x.

中文: 局部最小值
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, minimize
from autograd_lite.analysis import classify_stationary_point, newton_root

STARTS = {-2.0: "<", 0.1: "s", 0.2: "D", 2.0: ">"}


def f(x):
    return x**4 - 4 * x**2 + x


def main():
    rows = []
    for x0 in (-1.5, 0.0, 1.5):
        x = newton_root(derivative(f), x0).root
        kind = classify_stationary_point(f, x).kind
        rows += [
            (f"x of the {kind} near {x0}", None, x),
            ("  f(x)", None, f(x)),
            ("  f′(x)", 0, derivative(f)(x)),
            ("  f″(x)", None, derivative(f, 2)(x)),
        ]
    table("Where the slope is 0", rows)
    print("Erratum (003): 'slope = 0 in A, B, C & D and E' has E struck out, which is yet called a")
    print("  local minimum; the slope is 0 at every minimum inside, where there is a slope.")
    walks = {x0: minimize(f, x0, lr=0.01) for x0 in STARTS}
    lowest = min(walks.values(), key=lambda walk: walk.fun)
    table(
        "Gradient descent (梯度下降), α = 0.01 (初始位置的选取很重要)",
        [
            *[(f"from {x0}: x after {walk.nit}", None, walk.x) for x0, walk in walks.items()],
            ("the lowest of them: x", None, lowest.x),
            ("  f(x)", None, lowest.fun),
        ],
    )
    if plt := pyplot():
        figure, axes = plt.subplots()
        x = np.linspace(-2.25, 2.15, 300)
        axes.plot(x, f(x), "k-", linewidth=0.8)
        for (x0, mark), walk in zip(STARTS.items(), walks.values(), strict=True):
            face = "white" if walk is walks[0.2] else None
            axes.plot(walk.path, f(walk.path), mark, mfc=face, ms=5, label=f"from {x0}")
        axes.set(xlabel="x", ylabel="f(x)", title="f(x) = x⁴ − 4x² + x")
        finding = (
            "From four starts gradient descent rolls into one of two valleys of x⁴ − 4x² + x; "
            f"only the left one, at x = {lowest.x:.3f}, is the lowest."
        )
        save(figure, "local_minima.svg", finding)


if __name__ == "__main__":
    main()

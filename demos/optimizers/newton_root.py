"""Where does the tangent meet zero?  Newton's method for roots, where it works and where not.

000 §3.3, 牛顿方法原本是用来找函数零点的 (Newton's method was meant for roots); 003, l. 898-958.

中文: 牛顿方法: 找零点
"""

from itertools import pairwise

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, exp, log, minimize, sign, sqrt
from autograd_lite.analysis import newton_root


def f(x):
    return x**2 - 2


def loop(x):
    return x**3 - 2 * x + 2


def cube_root(x):
    return sign(x) * abs(x) ** (1 / 3)


def g(x):
    return exp(x) - log(x)


def main():
    found = newton_root(f, 1.0)
    table(
        "x² − 2 from 1: 3/2, 17/12, 577/408, …: the correct digits double",
        [
            *[(f"x after {k}", None, x) for k, x in enumerate(found.iterates)],
            *[(f"error after {k}", None, x - sqrt(2.0)) for k, x in enumerate(found.iterates[:4])],
        ],
    )
    print("\nWhere it does not work")
    for name, h, x0 in [("x² − 2", f, 0.0), ("x³ − 2x + 2", loop, 0.0), ("∛x", cube_root, 0.1)]:
        print(f"  {name} from {x0:g}: {newton_root(h, x0)}")
    roots = newton_root(derivative(g), 0.05).iterates[:9]
    minima = minimize(g, 0.05, method="newton", max_steps=8, tolerance=0).path
    table(
        "For a minimum, f ↦ g′ and f′ ↦ (g′)′: g = eˣ − log(x) from 0.05",
        [
            *[(f"x after {k}", None, x) for k, x in enumerate(minima)],
            ("newton_root(g′), minimize(g): they differ by", 0, abs(minima - roots).max()),
        ],
    )
    print("Erratum (000): 'repeat until you find the root' is, for a minimum, until g′ = 0.")
    if plt := pyplot():
        figure, panels = plt.subplots(1, 3, figsize=(11, 3.6))
        shown = [
            ("x² − 2 from 1", f, 1.0, 0.8, 1.7),
            ("∛x from 0.1", cube_root, 0.1, -0.9, 0.5),
            ("x³ − 2x + 2 from 0", loop, 0.0, -0.4, 1.4),
        ]
        for axes, (name, h, x0, low, high) in zip(panels, shown, strict=True):
            x = np.linspace(low, high, 400)
            axes.plot(x, h(x), "k-", linewidth=0.8)
            axes.axhline(0, color="k", linewidth=0.5)
            for a, b in pairwise(newton_root(h, x0).iterates[:4]):
                axes.plot([a, a, b], [0, h(a), 0], "C0o--", markersize=3, linewidth=0.8)
            axes.set(title=name, xlabel="x")
        finding = (
            "Newton's tangents find √2, run away from the root of ∛x, and go round in a circle "
            "between 0 and 1."
        )
        save(figure, "newton_root.svg", finding)


if __name__ == "__main__":
    main()

"""Does a Taylor series always reach its function?  That of log about 1 does up to 2, not at 3.

004 §5.1.1 (Taylor 级数), (5.8): T∞, where the note says nothing of convergence.

中文: 泰勒级数的收敛
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import log, taylor

DEGREES = 1, 2, 5, 10, 20, 40
T = {n: taylor(log, 1.0, n) for n in DEGREES}


def main():
    print(f"T₅ = {T[5]}")
    for x in (1.5, 2.0, 3.0):
        table(
            f"at {x:g}",
            [
                *[(f"T{n}({x:g})", None, p(x)) for n, p in T.items()],
                (f"log {x:g}", None, log(x)),
            ],
        )
    rows = []
    for x in (0.0, 1.5, 2.0, 3.0):
        rows += [(f"term {n} at {x:g}", None, T[n][n] * (x - 1) ** n) for n in (10, 20, 40)]
    table("Its terms (−1)ⁿ⁺¹(x − 1)ⁿ/n: a sum whose terms grow has no limit", rows)
    table(
        "The radius of convergence, lim |cₙ/cₙ₊₁| = 1: 0 < x ≤ 2",
        [(f"|c{n}/c{n + 1}|, n = {n}", None, abs(p[n] / p[n + 1])) for n, p in beyond()],
    )
    print("At 0 the terms −1/n shrink too, and yet T∞(0) = −∞, as log 0 is; at 2, log 2, slowly.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        x = np.linspace(0.02, 3.2, 300)
        axes.axvspan(0, 2, color="C2", alpha=0.12, label="0 < x ≤ 2: converges")
        axes.plot(x, log(x), "k-", linewidth=2, label="log x")
        for n, style in (1, ":"), (2, "-."), (5, "--"), (10, "-"), (20, "-"):
            axes.plot(x, T[n](x), style, linewidth=1.2, label=f"T{n}")
        axes.plot(1, 0, "ko")
        axes.set(xlim=(0, 3.2), ylim=(-4, 3), xlabel="x", title="log about 1")
        finding = (
            "Up to x = 2 the polynomials follow log x more and more closely; beyond it they "
            f"leave it the faster the higher their degree: T₂₀(3) is {T[20](3.0):.0f}."
        )
        save(figure, "log_series.svg", finding)


def beyond():
    """n, and a polynomial that reaches one degree further."""
    return [(n, taylor(log, 1.0, n + 1)) for n in (1, 10, 40)]


if __name__ == "__main__":
    main()

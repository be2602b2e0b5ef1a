"""How far does a Taylor polynomial follow sin x + cos x?  T₀, T₁, T₅ and T₁₀ about 0, on [−4, 4].

004 §5.1.1 (Taylor 级数), Example 5.4 and figure 5.4, of which only the two series are left.

中文: 泰勒级数: sin x + cos x
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import cos, derivative, sin, taylor


def f(x):
    return sin(x) + cos(x)


T = {n: taylor(f, 0.0, n) for n in (0, 1, 2, 3, 4, 5, 10)}


def last_good(n):
    """How far from 0 |Tₙ − f| stays below 0.1."""
    t = np.linspace(0, 4, 4001)
    good = (abs(T[n](t) - f(t)) < 0.1) & (abs(T[n](-t) - f(-t)) < 0.1)
    return t[-1] if good.all() else t[good.argmin() - 1]


def main():
    table(
        "1, 1, −1, −1 and over again",
        [(f"f⁽{k}⁾(0)", None, derivative(f, k)(0.0)) for k in range(8)],
    )
    for x in (1.0, -4.0, 4.0):
        table(
            f"at {x:g}",
            [
                *[(f"T{n}({x:g})", None, p(x)) for n, p in T.items()],
                (f"f({x:g})", None, f(x)),
            ],
        )
    table(
        "How far",
        [(f"T{n}: x up to which |Tₙ − f| < 0.1", None, last_good(n)) for n in (0, 1, 5, 10)],
    )
    rows = []
    for K in (0, 1, 2, 3, 5, 8):
        rows += [
            (f"Σ (−1)ᵏ x²ᵏ/(2k)!, k ≤ {K}", None, taylor(cos, 0.0, 2 * K)(1.0)),
            (f"Σ (−1)ᵏ x²ᵏ⁺¹/(2k + 1)!, k ≤ {K}", None, taylor(sin, 0.0, 2 * K + 1)(1.0)),
        ]
    rows += [("cos 1", None, cos(1.0)), ("sin 1", None, sin(1.0))]
    table("The power series (5.25e) at 1", rows)
    print("\nErratum (004): 'where we used the power series …' belongs here, not to x⁴.")
    print("Erratum (004): (5.25e) is cos x + sin x itself; the series are (5.26), (5.27).")
    print(f"T₅ = {T[5]}")
    if plt := pyplot():
        figure, axes = plt.subplots()
        t = np.linspace(-4, 4, 400)
        axes.plot(t, f(t), "k-", linewidth=2, label="sin x + cos x")
        for n, style in (0, ":"), (1, "-."), (5, "--"), (10, "-"):
            axes.plot(t, T[n](t), style, label=f"T{n}")
        axes.set(xlim=(-4, 4), ylim=(-4, 4), xlabel="x", title="Taylor polynomials about 0")
        finding = (
            "Taylor polynomials about 0 follow sin x + cos x further and further: T₁₀ to within "
            f"0.1 up to x = {last_good(10):.3g}, T₅ up to {last_good(5):.3g}."
        )
        save(figure, "sin_cos.svg", finding)


if __name__ == "__main__":
    main()

"""What becomes of a secant when its second point moves to the first?  The tangent.

004 §5.1, figure 5.3 (lost), and Example 5.2: every line from (5.5a) to (5.6d), for x⁵ at 2.

中文: 差商
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, taylor
from autograd_lite.analysis import is_differentiable, limit
from autograd_lite.functional import difference_quotient


def f(x):
    return x**5


# (x + h)ⁿ for x = 2, n = 5, in powers of h: Cᵢ = C(n, i)·xⁿ⁻ⁱ.
C = taylor(lambda h: (2 + h) ** 5, 0.0, 5)


def terms(h, first):
    """Σ Cᵢ·hⁱ, from i = first on."""
    return sum(C[i] * h**i for i in range(first, 6))


def terms_over_h(h, first):
    """Σ Cᵢ·hⁱ⁻¹, from i = first on: nothing is divided by h."""
    return sum(C[i] * h ** (i - 1) for i in range(first, 6))


LINES = {
    "(5.5a) (f(x + h) − f(x))/h": lambda h: (f(2 + h) - f(2)) / h,
    "(5.5b) ((x + h)ⁿ − xⁿ)/h": lambda h: ((2 + h) ** 5 - 2**5) / h,
    "(5.5c) (Σ₀ C(n, i)·xⁿ⁻ⁱ·hⁱ − xⁿ)/h": lambda h: (terms(h, 0) - 2**5) / h,
    "(5.6a) Σ₁ C(n, i)·xⁿ⁻ⁱ·hⁱ/h": lambda h: terms(h, 1) / h,
    "(5.6b) Σ₁ C(n, i)·xⁿ⁻ⁱ·hⁱ⁻¹": lambda h: terms_over_h(h, 1),
    "(5.6c) C(n, 1)·xⁿ⁻¹ + Σ₂ …": lambda h: C[1] + terms_over_h(h, 2),
}


def main():
    table(
        "δy/δx (差商, difference quotient)",
        [
            *[(f"δx = {h:g}", None, difference_quotient(f, 2.0, h)) for h in (1, 0.5, 0.1, 0.001)],
            ("df/dx", None, derivative(f)(2.0)),
        ],
    )
    table("The lines of Example 5.2, h = 0.1", [(what, None, q(0.1)) for what, q in LINES.items()])
    table(
        "and h → 0",
        [
            *[(f"{what}, h → 0", None, limit(q, 0.0)) for what, q in LINES.items()],
            ("(5.6d) n!/(1!(n − 1)!)·xⁿ⁻¹ = n·xⁿ⁻¹", None, C[1]),
            ("Σ₂ …, → 0", None, limit(lambda h: terms_over_h(h, 2), 0.0)),
        ],
    )
    print("\nErratum (004): xⁿ = C(n, i)·xⁿ⁻⁰·h⁰ is so for i = 0 only.")
    print("Erratum (004): with h > 0 alone (5.4), |x| would have a slope at 0, where it has a")
    print(f"  {is_differentiable(abs, 0.0)}")
    if plt := pyplot():
        figure, axes = plt.subplots()
        t = np.linspace(0.9, 2.65, 200)
        axes.plot(t, f(t), "k-", label="x⁵")
        for h, style in (0.6, ":"), (0.4, "-."), (0.15, "--"):
            secant = f(2) + difference_quotient(f, 2.0, h) * (t - 2)
            axes.plot(t, secant, style, label=f"secant, δx = {h}")
            axes.plot(2 + h, f(2 + h), "ko", fillstyle="none")
        axes.plot(t, f(2) + derivative(f)(2.0) * (t - 2), "-", label="tangent")
        axes.plot(2, f(2), "ko")
        axes.set(xlabel="x", title="From x₀ = 2 to x₀ + δx", ylim=(-60, 130))
        finding = (
            "As δx shrinks from 0.6 to 0.15 the secants of x⁵ at 2 turn into the tangent, of "
            f"slope {derivative(f)(2.0):g}."
        )
        save(figure, "secants.svg", finding)


if __name__ == "__main__":
    main()

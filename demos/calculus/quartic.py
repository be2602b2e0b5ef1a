"""What does T₆ of x⁴ about 1 come to, multiplied out?  To x⁴ itself, as T₄ and T₅ do.

004 §5.1.1 (Taylor 级数), Example 5.3: f⁽ᵏ⁾(1), (5.10)-(5.16), and T₆, (5.17a)-(5.18b).

中文: 泰勒级数: x⁴ 的 T₆
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, taylor
from autograd_lite.functional import Polynomial, reexpand

PRINTED = 1, 4, 12, 24, 24, 0, 0  # f⁽ᵏ⁾(1)
BRACKETS = [(1, -4, 6, -4, 1), (4, -12, 12, -4), (6, -12, 6), (4, -4), (1,)]  # (5.17b)


def f(x):
    return x**4


def main():
    table(
        "The derivatives of x⁴ at 1",
        [(f"f⁽{k}⁾(1)", p, derivative(f, k)(1.0)) for k, p in enumerate(PRINTED)],
    )
    print("Erratum (004): the first of them is printed f⁽¹⁾ = 1; that is f(1), and f⁽¹⁾(1) is 4.")
    T6 = taylor(f, 1.0, 6)
    print(f"\nT₆ in powers of x − 1: {T6}")
    print("Erratum (004): this is (5.17b), lost; what bears that label is (5.18a), multiplied out:")
    terms = [reexpand(Polynomial([0.0] * k + [c], 1.0)) for k, c in enumerate(T6)]
    for power, bracket in enumerate(BRACKETS):
        rows = []
        for k, printed in enumerate(bracket, start=power):
            rows.append((f"of {T6[k]:g}(x − 1)^{k}", printed, terms[k][power]))
        rows.append(("their sum", sum(bracket), reexpand(T6)[power]))
        table(f"The coefficient of x^{power}", rows)
    print(f"\nT₆(x) = {reexpand(T6)} = f(x)")
    table(
        "Each term brings it nearer to 2⁴, up to T₄",
        [
            *[(f"T{n}(2)", None, taylor(f, 1.0, n)(2.0)) for n in range(7)],
            ("f(2)", None, f(2.0)),
        ],
    )
    table("T₆", [(f"T6({x:g})", None, T6(x)) for x in (-0.5, 3.0)])
    if plt := pyplot():
        figure, axes = plt.subplots()
        x = np.linspace(-1.2, 2.2, 200)
        for n, style in (1, ":"), (2, "-."), (3, "--"):
            axes.plot(x, taylor(f, 1.0, n)(x) + 0 * x, style, linewidth=1, label=f"T{n}")
        axes.plot(x, T6(x), "-", linewidth=4, alpha=0.5, label="T₄ = T₅ = T₆")
        axes.plot(x, f(x), "k-", label="x⁴")
        axes.plot(1, 1, "ko")
        axes.set(xlabel="x", ylim=(-6, 16), title="Taylor polynomials of x⁴ about 1")
        finding = (
            "T₁, T₂ and T₃ touch x⁴ at 1 ever more closely, and from T₄ on the polynomial is x⁴ "
            "itself."
        )
        save(figure, "quartic.svg", finding)


if __name__ == "__main__":
    main()

"""What is the slope of the inverse?  The mirror image in y = x: (a, b) becomes (b, a), m 1/m.

000 §1.2, the three properties of inverse functions (反函数的性质); the figure is lost.

中文: 反函数
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, exp, log, sqrt
from autograd_lite.analysis import inverse_derivative


def square(x):
    return x**2


PAIRS = [("x²", square, "√x", sqrt, 2.0), ("eˣ", exp, "ln x", log, 1.0)]


def main():
    for name, f, inverse, g, a in PAIRS:
        b, m = f(a), derivative(f)(a)
        table(
            f"f = {name} and g = {inverse} (反函数, inverse function)",
            [
                (f"1: g(f({a:g})) = {a:g}", a, g(b)),
                (f"2: b = f({a:g})", None, b),
                ("   the point (b, a) on g: g(b)", None, g(b)),
                (f"3: m = f′({a:g})", None, m),
                ("   1/m", None, inverse_derivative(f, x=a)),
                ("   g′(b)", None, derivative(g)(b)),
            ],
        )
    table(
        "√(x²) = x for x > 0 only; else it is |x|",
        [(f"g(f({x:g}))", None, sqrt(square(x))) for x in (0.5, -3.0)],
    )
    try:
        inverse_derivative(square, x=0.0)
    except ZeroDivisionError as error:
        print(f"Erratum (000): the slope 1/m needs m ≠ 0.  x² at 0: {error}.")
    if plt := pyplot():
        figure, panels = plt.subplots(1, 2, figsize=(9, 4.4))
        for axes, (name, f, inverse, g, a) in zip(panels, PAIRS, strict=True):
            low, high = (0.0, 4.6) if f is square else (-2.0, 4.6)
            x = np.linspace(low, high, 300)
            b, m = f(a), derivative(f)(a)
            axes.plot(x, f(x), "k-", label=f"f = {name}")
            y = np.linspace(0.02, high, 300)
            axes.plot(y, g(y), "--", label=f"g = {inverse}")
            axes.plot(x, x, ":", linewidth=0.8, label="y = x")
            axes.plot([a, b], [b, a], "ko:", linewidth=0.8)
            t = np.array([-0.6, 0.6])
            axes.plot(a + t / m, b + t, "-", linewidth=3, alpha=0.6, label=f"slope m = {m:.4g}")
            axes.plot(b + t, a + t / m, "--", linewidth=3, alpha=0.6, label="slope 1/m")
            axes.annotate("(a, b)", (a, b), xytext=(-36, 0), textcoords="offset points")
            axes.annotate("(b, a)", (b, a), xytext=(0, -16), textcoords="offset points")
            axes.set(xlabel="x", ylabel="y", xlim=(low, high), ylim=(low, high), aspect="equal")
        finding = (
            "A function and its inverse mirror each other in the line y = x; at mirrored points "
            "their slopes are m and 1/m."
        )
        save(figure, "inverse.svg", finding)


if __name__ == "__main__":
    main()

"""How fast does a small quantity go to zero?  Limits, the squeeze, and the order of it.

002, 极限 (limits), 无穷小 (infinitesimals), 两边夹定理 (squeeze theorem), 重要极限.

中文: 极限与无穷小
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import LimitError, cos, derivative, exp, expm1, sin
from autograd_lite.analysis import limit, order_of

SMALL = {
    "sin x": sin,
    "1 − cos x": lambda x: 1 - cos(x),
    "x − sin x": lambda x: x - sin(x),
    "eˣ − 1 − x": lambda x: exp(x) - 1 - x,
}


def main():
    quotients = {"sin x / x": lambda x: sin(x) / x, "(eˣ − 1)/x": lambda x: (exp(x) - 1) / x}
    for name, f in quotients.items():
        table(
            f"{name} (重要极限)",
            [
                *[(f"at x = {x:g}", None, derivative(f, 0)(x)) for x in (1.0, 0.1, 0.01, 0.001)],
                ("limit as x → 0", 1, limit(f, 0.0)),
            ],
        )
    table(
        "Cancellation, at x = 1e-16",
        [
            ("(eˣ − 1)/x in floats", None, derivative(quotients["(eˣ − 1)/x"], 0)(1e-16)),
            ("expm1(x)/x", None, expm1(1e-16) / 1e-16),
        ],
    )
    table(
        "Squeezed (两边夹定理), at x = 0.01",
        [
            ("−x² ", None, -1e-4),
            ("x² sin(1/x)", None, 0.01**2 * sin(100.0)),
            ("x²", None, 1e-4),
            ("its limit as x → 0", None, limit(lambda x: x**2 * sin(1 / x), 0.0) + 0.0),
        ],
    )
    try:
        limit(lambda x: sin(1 / x), 0.0, side="right")
    except LimitError as error:
        print(f"sin(1/x), between −1 and 1: {error}")
    print("f < g < h alone gives g no limit; lim f = lim h = L does, and then lim g = L.")
    print("Erratum (002): 0 < |x* − a| < δ; with x* = a the limit of sin x / x would not exist.")
    small = SMALL.items()
    table(
        "The order (无穷小阶数), by halving h",
        [
            *[
                (f"{name}: log₂ f(2h)/f(h), h = 0.01", None, order_of(f, h=0.01))
                for name, f in small
            ],
            *[(f"{name}: as h → 0", None, order_of(f)) for name, f in small],
        ],
    )
    table(
        "x − sin x is o(x²), not o(x³): the limits as x → 0",
        [
            ("(x − sin x)/x²", None, limit(lambda x: (x - sin(x)) / x**2, 0.0)),
            ("(x − sin x)/x³", None, limit(lambda x: (x - sin(x)) / x**3, 0.0)),
        ],
    )
    if plt := pyplot():
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
        x = np.linspace(-0.2, 0.2, 2000)  # 0 is not among them
        left.plot(x, x**2, "C0--", x, -(x**2), "C0--", x, x**2 * sin(1 / x), "k-", linewidth=0.8)
        left.set(title="x² sin(1/x) between −x² and x²", xlabel="x")
        h = 2.0 ** -np.arange(1, 14)
        for (name, f), mark in zip(SMALL.items(), "os^x", strict=True):
            right.plot(h, [derivative(f, 0)(v) for v in h], f"{mark}-", markersize=4, label=name)
        right.set(title="Slope = order", xlabel="x", xscale="log", yscale="log")
        finding = (
            "x² sin(1/x) swings between −x² and x² and is squeezed to 0; on logarithmic axes "
            "the slopes of four small functions are their orders, 1 to 3."
        )
        save(figure, "limits.svg", finding)


if __name__ == "__main__":
    main()

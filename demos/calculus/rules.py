"""What is the slope of each function?  Those of the note beside the rule that is printed for it.

003, "Derivative" to "Properties of derivative": constant, line, powers, inverse, sin and cos,
eˣ, log, and the rules for c·g, g + h, g·h, g(h).

中文: 导数的性质
"""

import math

import numpy as np
from show import pyplot, save, table

from autograd_lite import cos, derivative, exp, log, sin, sqrt
from autograd_lite.analysis import limit

RULES = [  # f, f, where, f′ as the note prints it
    ("7", lambda x: 7.0, 3.0, lambda x: 0.0),
    ("3x + 5", lambda x: 3 * x + 5, 2.0, lambda x: 3.0),
    ("x²", lambda x: x**2, 3.0, lambda x: 2 * x),
    ("x³", lambda x: x**3, 2.0, lambda x: 3 * x**2),
    ("1/x", lambda x: 1 / x, 2.0, lambda x: -1 / x**2),
    ("xⁿ, n = 5", lambda x: x**5, 1.5, lambda x: 5 * x**4),
    ("√x", sqrt, 4.0, lambda x: 1 / (2 * math.sqrt(x))),
    ("sin x", sin, 0.7, math.cos),
    ("cos x", cos, 0.7, lambda x: -math.sin(x)),
    ("eˣ", exp, 1.0, math.exp),
    ("log x", log, 3.0, lambda x: 1 / x),
    ("c·g: 5 sin x", lambda x: 5 * sin(x), 0.7, lambda x: 5 * math.cos(x)),
    ("g + h: 2x + x²", lambda x: 2 * x + x**2, 3.0, lambda x: 2 + 2 * x),
    ("g·h: x·eˣ", lambda x: x * exp(x), 0.5, lambda x: math.exp(x) + x * math.exp(x)),
    ("g(h): e^(2x)", lambda x: exp(2 * x), 0.5, lambda x: math.exp(2 * x) * 2),
    ("f(g(h)): sin(e^(x²))", lambda x: sin(exp(x**2)), 0.5, None),
]


def main():
    table("f′", [(f"{name} at {x:g}", r and r(x), derivative(f)(x)) for name, f, x, r in RULES])
    bent = derivative(lambda x: 5 * derivative(sin)(x))(0.7)
    print(f"Erratum (003): f = c·g′ is printed for f = c·g; then f′ at 0.7 would be {bent:.6f}.")
    print("Erratum (003): x·eˣ + (x·eˣ) is a slip on the way; the last line, eˣ + x·eˣ, is right.")
    table(
        "(1 + 1/n)ⁿ",
        [
            *[(f"n = {n}", p, (1 + 1 / n) ** n) for n, p in ((1, 2), (10, 2.592), (100, 2.712))],
            ("n → ∞: e", 2.71828182, limit(lambda n: (1 + 1 / n) ** n, math.inf)),
        ],
    )
    print("Erratum (003): 2592 and 2712 are to be 2.594 and 2.705; the fractions are a table.")
    if plt := pyplot():
        figure, panels = plt.subplots(2, 3, figsize=(10, 5.6))
        shown = "x²", "1/x", "eˣ", "sin x", "cos x", "log x"
        rules = (rule for rule in RULES if rule[0] in shown)
        for axes, (name, f, at, _) in zip(panels.flat, rules, strict=True):
            lowest = 0.2 if name in ("1/x", "log x") else -4
            x = np.linspace(lowest, 4, 200)
            tangent = f(at) + derivative(f)(at) * (x - at)
            axes.plot(x, f(x), "k-", x, [derivative(f)(v) for v in x.tolist()], "--")
            axes.plot(at, f(at), "ko", x, tangent, ":", linewidth=0.8)
            axes.set(title=f"{name} (—), its slope (--)", ylim=(-3, 3) if "s" in name else (-4, 10))
        finding = (
            "Six functions, each with its slope as a second curve, and a tangent at one point "
            "that has this slope."
        )
        save(figure, "rules.svg", finding)


if __name__ == "__main__":
    main()

"""How good is a tangent?  From secants to the line, the parabola, and Newton's step.

002, 求导数 (derivative), 泰勒级数 (Taylor; n = 2 is 牛顿法的基础, the basis of Newton's method);
000 §1.4, 切线可以看做一小段曲线的近似 (a tangent stands for a short arc).

中文: 求导数: 线性逼近, 二次逼近
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, exp, log, minimize, sqrt, taylor
from autograd_lite.analysis import order_of
from autograd_lite.functional import difference_quotient


def f(x):
    return exp(x) - log(x)


def cube(x):
    return x**3


def main():
    table(
        "Secants of x³ at 2",
        [
            *[(f"Δ = {h:g}", None, difference_quotient(cube, 2.0, h)) for h in (1.0, 0.1, 0.01)],
            ("Δ → 0: f′(2)", 12, derivative(cube)(2.0)),
        ],
    )
    line = taylor(sqrt, 4.0, 1)
    parabola = taylor(sqrt, 4.0, 2)
    table(
        "√x about 4, at 4.1",
        [
            ("line", None, line(4.1)),
            ("parabola", None, parabola(4.1)),
            ("√4.1", None, sqrt(4.1)),
            ("df = f′(4)·dx, dx = 0.1", None, derivative(sqrt)(4.0) * 0.1),
            ("f(4.1) − f(4)", None, sqrt(4.1) - 2),
        ],
    )
    share = {h: (sqrt(4 + h) - line(4 + h)) / h for h in (0.1, 0.05, 0.025)}
    table(
        "o(Δ) and o(Δ²): Δ is halved",
        [
            *[(f"remainder/Δ, Δ = {h:g}", None, part) for h, part in share.items()],
            ("order of the line's remainder", None, order_of(lambda x: sqrt(x) - line(x), 4.0)),
            ("of the parabola's", None, order_of(lambda x: sqrt(x) - parabola(x), 4.0)),
        ],
    )
    x0 = 0.25
    bowl = taylor(f, x0, 2)
    step = -derivative(f)(x0) / derivative(f, 2)(x0)
    lowest = minimize(bowl, x0, lr=0.04, tolerance=1e-13).x
    newton = minimize(f, x0, method="newton", max_steps=1).path[1]
    table(
        f"f = eˣ − log(x) about {x0}",
        [
            ("−f′/f″", None, step),
            ("to the parabola's lowest point", None, lowest - x0),
            ("Newton's step", None, newton - x0),
        ],
    )
    if plt := pyplot():
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
        x = np.linspace(0.6, 3.2, 100)
        left.plot(x, cube(x), "k-", x, taylor(cube, 2.0, 1)(x), "--")
        for h in (1.0, 0.5):
            secant = 8 + difference_quotient(cube, 2.0, h) * (x - 2)
            left.plot(x, secant, "C1:", 2 + h, cube(2 + h), "k.")
        left.set(title="x³: secants (⋯) and the tangent at 2 (--)", xlabel="x", ylim=(-5, 32))
        x = np.linspace(0.06, 1.1, 200)
        curves = ("eˣ − log(x)", f, "-"), ("line", taylor(f, x0, 1), ":"), ("parabola", bowl, "--")
        for name, curve, style in curves:
            right.plot(x, curve(x), style, label=name)
        right.plot(x0, f(x0), "ko", x0 + step, bowl(x0 + step), "kD")
        right.set(title="Newton goes to the parabola's lowest point", xlabel="x", ylim=(1, 4.5))
        finding = (
            "Secants of x³ turn into the tangent at 2; a parabola that touches eˣ − log(x) at "
            f"{x0} is lowest at {x0 + step:.3f}, where Newton goes."
        )
        save(figure, "tangent.svg", finding)


if __name__ == "__main__":
    main()

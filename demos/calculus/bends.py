"""Does a curve rise or fall, and how does it bend?  The signs of f′ and f″, and the curvature.

000 §3.4 (二阶导数, second derivative): 一阶导数反映单调性，二阶导数反映凹凸性.

中文: 二阶导数: 单调性与凹凸性
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, exp, log, taylor
from autograd_lite.analysis import classify_stationary_point
from autograd_lite.functional import curvature

SIGNS = {
    "f′ > 0, f″ > 0: eˣ": exp,
    "f′ > 0, f″ < 0: log(x + 1)": lambda x: log(x + 1),
    "f′ < 0, f″ > 0: e⁻ˣ": lambda x: exp(-x),
    "f′ < 0, f″ < 0: −eˣ": lambda x: -exp(x),
}
POWERS = {
    "x²": lambda x: x**2,
    "−x²": lambda x: -(x**2),
    "x⁴": lambda x: x**4,
    "−x⁴": lambda x: -(x**4),
    "x³": lambda x: x**3,
}


def square(x):
    return x**2


def main():
    rows = []
    for name, f in SIGNS.items():
        slope = derivative(f)(0.0)
        bend = derivative(f, 2)(0.0)
        rows += [(f"{name}: f′(0)", None, slope), ("  f″(0)", None, bend)]
    table("单调性 (monotonicity) and 凹凸性 (concavity) at 0", rows)
    print("000 calls f″ > 0 凹; the word for it elsewhere is convex, 凸函数, or concave up.")
    print("\nf′(0) = 0: what f″(0) says")
    for name, f in POWERS.items():
        found = classify_stationary_point(f, 0.0)
        print(f"  {name:4} f″(0) = {derivative(f, 2)(0.0):g}: {found.kind}")
    print("Erratum (000): 反之 (otherwise) 局部最大值 is f″ < 0; for f″ = 0 anything is possible.")
    table(
        "曲率 (curvature) of x²: |f″|/(1 + f′²)^(3/2), which is f″ only where f′ = 0",
        [
            ("f″, anywhere", None, derivative(square, 2)(1.0)),
            *[(f"curvature at {x:g}", None, curvature(square, x)) for x in (0.0, 0.5, 1.0)],
        ],
    )
    print("Erratum (000): 'the second derivative is the curvature' leaves out the slope.")
    if plt := pyplot():
        figure, panels = plt.subplots(1, 5, figsize=(14, 3.2))
        x = np.linspace(-0.9, 0.9, 100)
        for axes, (name, f) in zip(panels, SIGNS.items(), strict=False):
            tangent = taylor(f, 0.0, 1)
            axes.plot(x, f(x), "k-", x, tangent(x), "--")
            axes.set(title=name, xlabel="x")
        t = np.linspace(-1.4, 1.9, 200)
        turn = np.linspace(0, 2 * np.pi, 200)
        panels[4].plot(t, square(t), "k-")
        for a in (0.0, 1.0):
            radius = 1 / curvature(square, a)
            m = derivative(square)(a)
            across = radius / np.sqrt(1 + m**2) * np.array([-m, 1])  # towards the inside
            circle = np.array([a, square(a)]) + across + radius * np.c_[np.cos(turn), np.sin(turn)]
            panels[4].plot(*circle.T, "--", linewidth=0.8)
        panels[4].set(title="circles of radius 1/κ", xlim=(-2, 2.6), ylim=(-0.3, 3.4), aspect=1)
        finding = (
            "Four curves bend away from their tangents, upwards where f″ > 0 and downwards "
            "where f″ < 0; on a parabola the circle of its curvature grows with the slope."
        )
        save(figure, "bends.svg", finding)


if __name__ == "__main__":
    main()

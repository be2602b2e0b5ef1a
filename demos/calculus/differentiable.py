"""Is it differentiable everywhere in between, and in two variables?  Where not, and why.

000 §1.4, l. 136-138 (differentiable at an interval, 区间上可微), l. 175, and §2.2, l. 320 (切平面);
002, l. 218-220 (多元可微函数).  The functions are ours.

中文: 区间上可微, 多元可微函数
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import cbrt, maximum, minimum, sin, sqrt
from autograd_lite.analysis import is_differentiable, is_differentiable_on


def bent(x, y):
    r = x**2 + y**2
    return 0 * x if float(r) == 0 else x**2 * y / r


LINES = {  # name: (f, a, b)
    "|x² − 1|": (lambda x: abs(x**2 - 1), -2.0, 2.0),
    "∛(x − 1)²": (lambda x: cbrt(x - 1) ** 2, -2.0, 2.0),
    "max(0, min(x, 1))": (lambda x: maximum(0, minimum(x, 1)), -2.0, 2.0),
    "1/x": (lambda x: 1 / x, -2.0, 2.0),
    "x|x|": (lambda x: x * abs(x), -2.0, 2.0),
    "|sin x|, from 0 to π": (lambda x: abs(sin(x)), 0.0, np.pi),
}
PLANES = {
    "x² + y²": lambda x, y: x**2 + y**2,
    "x|y|": lambda x, y: x * abs(y),
    "√(x² + y²)": lambda x, y: sqrt(x**2 + y**2),
    "|x| + |y|": lambda x, y: abs(x) + abs(y),
    "x²y/(x² + y²), and 0 at 0": bent,
}


def main():
    print("For every point of the interval (区间):")
    for name, (f, a, b) in LINES.items():
        print(f"{name}: {is_differentiable_on(f, a, b)}")
    print("\nAt (0, 0), in two variables:")
    for name, f in PLANES.items():
        print(f"{name}: {is_differentiable(f, 0.0, 0.0)}")
    slopes = [(f"along ({a}, {b})", None, bent(1e-6 * a, 1e-6 * b) / 1e-6)
              for a, b in ((1, 0), (0, 1), (1, 1))]  # fmt: skip
    table("x²y/(x² + y²): its slopes from (0, 0)", slopes)
    print("Erratum (000, l. 320): both partial derivatives are 0, and they span the plane z = 0;")
    print("  but along (1, 1) the slope is ½, not 0: two tangents do not make a tangent plane.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        angle = np.linspace(0, 2 * np.pi, 361)
        ways = np.transpose([np.cos(angle), np.sin(angle)])
        axes.plot(np.degrees(angle), [bent(*way) for way in ways.tolist()], label="x²y/(x² + y²)")
        axes.plot(np.degrees(angle), 0 * angle, "k--", label="its partial derivatives' plane")
        axes.set(xlabel="direction, degrees", ylabel="slope at (0, 0)")
        largest = max(bent(*way) for way in ways.tolist())
        finding = (
            "Along the axes x²y/(x² + y²) has the slope 0, as the plane through both tangents; in "
            f"between it is up to {largest:.3f}: there is no tangent plane."
        )
        save(figure, "differentiable.svg", finding)


if __name__ == "__main__":
    main()

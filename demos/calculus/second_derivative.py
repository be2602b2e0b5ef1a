"""Bowl, dome or saddle?  The signs of the Hessian's eigenvalues tell, unless one is zero.

003, l. 981-1063, and 000 §3.4-3.6: the second-derivative test (海森矩阵和凹凸性).

中文: 海森矩阵和凹凸性
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative
from autograd_lite.analysis import classify_stationary_point

PRINTED = {  # name: (f, its eigenvalues as 003 prints them, ascending)
    "2x² + 3y² − xy": (lambda x, y: 2 * x**2 + 3 * y**2 - x * y, (3.55, 6.447)),
    "−2x² − 3y² − xy + 15": (lambda x, y: -2 * x**2 - 3 * y**2 - x * y + 15, (-6.41, -3.59)),
    "2x² − 2y²": (lambda x, y: 2 * x**2 - 2 * y**2, (-4, 4)),
}
OTHERS = {  # name: (number of variables, f)
    "x² + 2y² + 3z² − xy + yz/2": (
        3,
        lambda x, y, z: x**2 + 2 * y**2 + 3 * z**2 - x * y + 0.5 * y * z,
    ),
    "x² + y² − z²": (3, lambda x, y, z: x**2 + y**2 - z**2),
    "x⁴ + y⁴ (a minimum)": (2, lambda x, y: x**4 + y**4),
    "x³ + y² (neither)": (2, lambda x, y: x**3 + y**2),
    "x² − y⁴ (a saddle)": (2, lambda x, y: x**2 - y**4),
}
POWERS = {
    "x²": lambda x: x**2,
    "−x²": lambda x: -(x**2),
    "x⁴": lambda x: x**4,
    "−x⁴": lambda x: -(x**4),
    "x³": lambda x: x**3,
}


def main():
    for name, (f, printed) in PRINTED.items():
        point = classify_stationary_point(f, 0.0, 0.0)
        rows = list(zip(("λ1", "λ2"), printed, point.eigenvalues, strict=True))
        table(f"{name} at (0, 0): {point.kind}, H = {point.hessian.tolist()}", rows)
    print("\n003 prints 6.447 and 3.55 for 5 ± √2: their sum is the trace, 10, not 9.997.")
    print("003 prints the gradient of the second as a 2×2 array: it is (−4x − y, −x − 6y).")
    print("003 prints (4 − λ)(4 − λ) for (4 − λ)(−4 − λ), whose zeros are ±4.")
    print("003 prints 'we can not conclude anything': both signs are conclusive, a saddle.")
    print("\nMore than two variables, and zeros (all at the origin)")
    for name, (n, f) in OTHERS.items():
        print(f"  {name:27}{classify_stationary_point(f, *[0.0] * n)}")
    table(
        "One variable: f″(0) (二阶导数)",
        [(name, None, derivative(f, n=2)(0.0)) for name, f in POWERS.items()],
    )
    print("000 prints 反之, otherwise, for f″ < 0: x⁴, −x⁴ and x³ all have f″(0) = 0.")
    print("000 prints 凹 (concave) for f″ > 0: what is meant is concave up, that is, convex.")
    if plt := pyplot():
        figure, panels = plt.subplots(1, 3, sharey=True, figsize=(9, 3.6))
        x, y = np.meshgrid(np.linspace(-1, 1, 50), np.linspace(-1, 1, 50))
        for axes, (name, (f, _)) in zip(panels, PRINTED.items(), strict=True):
            axes.clabel(axes.contour(x, y, f(x, y), 7, colors="k"), fontsize="small")
            axes.set(title=f"{classify_stationary_point(f, 0.0, 0.0).kind}\n{name}", xlabel="x")
        panels[0].set(ylabel="y")
        kinds = [classify_stationary_point(f, 0.0, 0.0).kind for f, _ in PRINTED.values()]
        finding = (
            f"The level curves about a {kinds[0]}, a {kinds[1]} and a {kinds[2]}: "
            "closed about the first two, and crossing at the saddle."
        )
        save(figure, "second_derivative.svg", finding)


if __name__ == "__main__":
    main()

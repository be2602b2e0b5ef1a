"""Where in the sauna is it coldest?  Gradient descent on a surface that is flat at two walls.

000 §2.4; 003, l. 421-437 and l. 505-546, "Idea for gradient descent".  The room is 0 ≤ x, y ≤ 5.

中文: 二元梯度下降: 桑拿房
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import grad, minimize
from autograd_lite.analysis import classify_stationary_point


def T(x, y):  # the notes' name
    return 85 - 1 / 90 * x**2 * (x - 6) * y**2 * (y - 6)


def misprinted(x, y):
    return 85 - 1 / 90 * x**2 * (3 * x - 12) * y**2 * (y - 6)


def main():
    walk = minimize(T, (0.5, 0.6), lr=0.05)
    slope = grad(T)
    wrong = grad(misprinted)(0.5, 0.6)
    T_x, T_y = slope(0.5, 0.6)
    x1, y1 = walk.path[1]
    table(
        "Gradient descent (梯度下降) from (0.5, 0.6), learning rate (学习率) 0.05",
        [
            ("∂T/∂x", -0.2134, T_x),
            ("∂T/∂y", -0.0935, T_y),
            ("x₁", 0.5057, x1),
            ("y₁", 0.6047, y1),
            (f"x after {walk.nit}", None, walk.x[0]),
            (f"y after {walk.nit}", None, walk.x[1]),
            ("T there", None, walk.fun),
        ],
    )
    print("Erratum (003): −0.2134 is −0.1134, which gives the printed 0.5057; the start is printed")
    print("  (0.5, 0.5), used as (0.5, 0.6); the 72 in (3x − 72), (8y − 72) is 12, the 8 is 3.")
    print(
        "Erratum (003, l. 421): T is printed with (3x − 12), from ∂T/∂x, in the place of (x − 6);"
    )
    print(f"  its gradient would be ({wrong[0]:.4f}, {wrong[1]:.4f}).")
    print("Erratum (003): ∇f is the direction of greatest ascent; only −∇f is that of descent.")
    places = (0.0, 3.0), (6.0, 3.0), (3.0, 0.0), (3.0, 4.0)
    table(
        "x = 0, x = 6, y = 0 and y = 4",
        [
            *[(f"∂T/∂y at ({x:g}, {y:g})", 0, slope(x, y)[1]) for x, y in places],
            *[(f"∂T/∂x at ({x:g}, {y:g})", None, slope(x, y)[0]) for x, y in places],
        ],
    )
    print(
        "Erratum (003, l. 437): they solve one equation.  Both hold on the axes and at two points:"
    )
    for point in (4.0, 4.0), (6.0, 6.0), (0.0, 3.0):
        print(f"  {point} is {classify_stationary_point(T, *point)}")
    print(f"Gradient descent from the wall: {minimize(T, (0.0, 3.0), lr=0.05)}")
    if plt := pyplot():
        figure, axes = plt.subplots(figsize=(6, 5))
        x, y = np.meshgrid(np.linspace(-0.3, 6.6, 200), np.linspace(-0.3, 6.6, 200))
        axes.clabel(axes.contour(x, y, T(x, y), range(74, 90, 2), colors="0.6"), fontsize="small")
        axes.plot([0, 5, 5, 0, 0], [0, 0, 5, 5, 0], "--", label="the room")
        axes.plot(*walk.path.T, ".-", linewidth=0.8, markersize=4, label="gradient descent")
        axes.plot(4, 4, "k*", markersize=14, label="coldest point (4, 4)")
        axes.plot(6, 6, "kX", markersize=9, label="saddle (6, 6)")
        axes.set(xlabel="x", ylabel="y", title="Temperature in the sauna")
        finding = (
            "Gradient descent walks from a corner of the room straight to its coldest point, to "
            f"({walk.x[0]:.2f}, {walk.x[1]:.2f})."
        )
        save(figure, "sauna.svg", finding)


if __name__ == "__main__":
    main()

"""Which way is up on x² + y²?  Slices, the tangent plane, and the gradient at (2, 3).

000 §2.1-2.4; 002: 偏导数 (partial derivative), 梯度 (gradient), 切平面 (tangent plane), 方向导数.

中文: 偏导数, 梯度与切平面
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, grad, minimize
from autograd_lite.analysis import limit
from autograd_lite.functional import directional_derivative, partial, tangent_plane


def f(x, y):
    return x**2 + y**2


def bent(x, y):
    if x.data == y.data == 0:
        return 0 * x
    return x**2 * y / (x**2 + y**2)


def slope_at_origin(f, v):
    """That of f from (0, 0) along v, for an f that is 0 there."""
    return limit(lambda t: f(v[0] * t, v[1] * t) / t, 0.0)


def main():
    table(
        "Slices (偏导数, partial derivatives)",
        [
            ("∂f/∂x at (2, 3), y is a constant", 4, partial(f, 0)(2.0, 3.0)),
            ("∂f/∂y at (2, 3), x is a constant", 6, partial(f, 1)(2.0, 3.0)),
            ("slope of the slice f(x, 4) at x = 2", None, derivative(lambda x: f(x, 4.0))(2.0)),
            ("slope of the slice f(2, y) at y = 4", None, derivative(lambda y: f(2.0, y))(4.0)),
        ],
    )
    plane = tangent_plane(f, 2.0, 3.0)
    g = grad(f)(2.0, 3.0)
    table(
        f"Tangent plane (切平面) at (2, 3): z = {plane}",
        [
            ("the plane at (2.1, 3.2)", None, plane(2.1, 3.2)),
            ("f there", None, f(2.1, 3.2)),
        ],
    )
    uphill = g / np.hypot(*g)
    rows = [("|∇f|, along ∇f/|∇f|", None, directional_derivative(f, uphill)(2.0, 3.0))]
    for v in (1, 0), (0.6, 0.8), (3, 4), (-6, 4):
        rows.append((f"along {v}", None, directional_derivative(f, v)(2.0, 3.0)))
    table("Directional derivatives (方向导数) v·∇f, v as it is", rows)
    table(
        "x²y/(x² + y²) at (0, 0): no plane touches it, and v·∇f is wrong for (1, 1)",
        [
            (f"the slope along {v}", None, slope_at_origin(bent, v))
            for v in ((1, 0), (0, 1), (1, 1))
        ],
    )
    path = minimize(f, (2.0, 3.0), lr=0.1, max_steps=20).path
    table(
        "Down again: (x, y) − α∇f, α = 0.1 (梯度下降, gradient descent)",
        [(f"{'xy'[i]} after {k}", None, path[k, i]) for k in (1, 2, 3) for i in (0, 1)],
    )
    if plt := pyplot():
        figure = plt.figure(figsize=(11, 4))
        slices = figure.add_subplot(1, 3, 1)
        way = figure.add_subplot(1, 3, 3)
        surface = figure.add_subplot(1, 3, 2, projection="3d")
        t = np.linspace(-4, 4, 41)
        slices.plot(t, f(t, 3), "k-", t, f(2, t), "--", [2, 3], [13, 13], "ko")
        slices.set(title="f(x, 3) (—) and f(2, y) (--)", xlabel="x or y")
        x, y = np.meshgrid(t, t)
        near = slice(31, 40), slice(26, 35)
        surface.plot_wireframe(x, y, f(x, y), color="0.7", linewidth=0.4)
        surface.plot_surface(x[near], y[near], (4 * x + 6 * y - 13)[near], color="0.3")
        surface.set(title="the tangent plane", xlabel="x", ylabel="y")
        way.contour(x, y, f(x, y), 10, colors="0.7", linewidths=0.7)
        way.plot(*path.T, ".-")
        way.annotate("", (2.8, 4.2), (2, 3), arrowprops={"arrowstyle": "->"})
        way.set(title="∇f (arrow), and the way down", xlabel="x", ylabel="y", ylim=(-4, 5))
        finding = (
            "Slices of a bowl through (2, 3), its tangent plane there, and the gradient, "
            f"uphill; 20 steps of descent lead straight to ({path[-1][0]:.2g}, "
            f"{path[-1][1]:.2g})."
        )
        save(figure, "bowl.svg", finding)


if __name__ == "__main__":
    main()

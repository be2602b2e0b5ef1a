"""How fast does Newton fall into the bowl?  Every iterate from (4, 4), beside the printed ones.

003, l. 1065-1118, and 000 §3.7, Newton's method in two variables: θ ← θ − H⁻¹·∇f.

中文: 牛顿方法用于两个变量的函数
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import grad, hessian, minimize


def f(x, y, a=0.8):
    return x**4 + a * y**4 + 4 * x**2 + 2 * y**2 - x * y - 0.2 * x**2 * y


def at(point, printed, f=f):
    """The gradient and the Hessian at a point, as rows."""
    fx, fy = grad(f)(*point)
    (fxx, fxy), (_, fyy) = hessian(f)(*point)
    names = ("f_x", "f_y", "f_xx", "f_xy", "f_yy")
    return list(zip(names, printed, (fx, fy, fxx, fxy, fyy), strict=True))


def walks(start):
    """Newton's method and gradient descent from (start, start) to a slope of 1e-8."""
    slow = minimize(f, (start, start), lr=0.005, tolerance=1e-8, max_steps=3000)
    return minimize(f, (start, start), method="newton", tolerance=1e-8), slow


def main():
    found = minimize(f, (4.0, 4.0), method="newton", tolerance=1e-12)
    path = found.path
    printed = (277.6, 213.6, 198.4, -2.6, 157.6)
    table("At (4, 4) (梯度 gradient, 海森矩阵 Hessian)", at(path[0], printed))
    table("The same of 0.9 y⁴", at(path[0], printed, lambda x, y: f(x, y, a=0.9)))
    print("003 prints 0.9 y⁴ and f_yy = 10.8 y² + 4; its numbers are those of 0.8 y⁴, 9.6 y² + 4.")
    table("First step", [("x1", 2.56, path[1, 0]), ("y1", 2.62, path[1, 1])])
    print("003 prints x1 = 2.56 for 2.58, and its f_xx and f_xy below are those of (2.58, 2.62).")
    printed = (89.29, 63.9, 86.83, -2.032, 69.39)
    table("At (x1, y1)", at(path[1], printed))
    table("At (2.58, 2.62)", at((2.58, 2.62), printed))
    print("003 prints f_x = 89.29 for 84.25, f_y = 63.9 for 64.20, f_yy = 69.39 for 69.96.")
    table("Second step", [("x2", 1.59, path[2, 0]), ("y2", 1.67, path[2, 1])])
    print("003 leaves out '(2.58, 2.62) −' in front of H⁻¹·∇f.")
    print("\nEvery iterate")
    for k, (x, y) in enumerate(path):
        print(f"  {k}  {x:17.10g} {y:17.10g}   f = {f(x, y):.10g}")
    table(
        "The last iterate",
        [
            ("steps", 3, found.nit),
            ("x", 0.175, path[-1, 0]),
            ("y", -0.205, path[-1, 1]),
        ],
    )
    newton, descent = walks(4.0)
    table(
        "Steps until the slope is 1e-8",
        [("Newton", None, newton.nit), ("gradient descent, η = 0.005", None, descent.nit)],
    )
    print("003 prints 3 steps to (1.75e-1, −2.05e-1): they are 8, and the exponents are −17.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        x, y = np.meshgrid(np.linspace(-1.5, 4.5, 200), np.linspace(-1.5, 4.5, 200))
        lines = axes.contour(x, y, f(x, y), [0.3, 2, 8, 25, 80, 200], colors="0.6")
        axes.clabel(lines, fmt="%g")
        axes.plot(*path.T, "o-", markersize=4)
        for k in range(5):
            axes.annotate(f"{k}", path[k], xytext=(6, -10), textcoords="offset points")
        axes.set(xlabel="x", ylabel="y", title="Newton's steps from (4, 4)", aspect="equal")
        finding = (
            f"From (4, 4) to the floor of a curved bowl Newton's method needs {newton.nit} steps, "
            f"gradient descent {descent.nit}."
        )
        save(figure, "newton_2d.svg", finding)


if __name__ == "__main__":
    main()

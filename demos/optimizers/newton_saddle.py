"""Where does Newton go from beside a saddle?  Not where gradient descent goes.

002, why not Newton's method (为什么不用牛顿法): f = x⁴/4 − x²/2 + y²/2 from (0.3, 1), cos from 0.5.

中文: 为什么不用牛顿法
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import Value, cos, minimize
from autograd_lite.analysis import classify_stationary_point
from autograd_lite.optim import Newton


def f(x, y):
    return x**4 / 4 - x**2 / 2 + y**2 / 2


def newton(g, start, steps, **options):
    """The path of Newton's method; prints every iterate, and what H was before the step."""
    point = [Value(x) for x in start]
    rule = Newton(point, **options)
    path = [start]
    for _ in range(steps):
        rule.step(lambda: g(*point))
        path.append([p.data for p in point])
        numbers = "".join(f"{x:17.10g}" for x in path[-1])
        print(f"  {rule.steps:2}{numbers}   H was {rule.kind}")
    return np.array(path)


def main():
    for x in (0.0, 1.0):
        print(f"({x:g}, 0) is a {classify_stationary_point(f, x, 0.0)}")
    print("\nNewton (牛顿法) on f: to the saddle (鞍点)")
    straight = newton(f, [0.3, 1.0], 4)
    print("The same with damping='auto', every eigenvalue by its size: to the minimum")
    damped = newton(f, [0.3, 1.0], 8, damping="auto")
    print("Newton on cos x: to the maximum")
    newton(cos, [0.5], 4)
    descent = minimize(f, (0.3, 1.0), method="gradientdescent", lr=0.1).path
    paths = {"gradient descent, η = 0.1": descent, "Newton": straight}
    paths |= {"Newton, damping='auto'": damped}
    table("x after one step", [(name, None, path[1, 0]) for name, path in paths.items()])
    table("x at the end", [(name, None, path[-1, 0]) for name, path in paths.items()])
    print("\n002 prints 收到 for 受到, 'is attracted'; the sentence is right, as the paths show.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        x, y = np.meshgrid(np.linspace(-0.4, 1.6, 200), np.linspace(-0.5, 1.1, 200))
        axes.contour(x, y, f(x, y), 14, colors="0.75", linewidths=0.7, linestyles="-")
        axes.plot(*straight.T, "s-", label="Newton")
        axes.plot(*descent.T, ".:", label="gradient descent")
        axes.plot(*damped.T, "^--", label="Newton, damping='auto'")
        axes.set(xlabel="x", ylabel="y", title="(0, 0) is a saddle, (1, 0) a minimum")
        finding = (
            f"Newton's method walks into the saddle at ({straight[-1][0]:.2g}, 0); with damping, "
            "and by gradient descent, the way leads to the minimum at (1, 0)."
        )
        save(figure, "newton_saddle.svg", finding)


if __name__ == "__main__":
    main()

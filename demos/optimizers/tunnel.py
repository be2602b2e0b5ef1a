"""Does momentum swing less in a tunnel?  Gradient descent between two walls, and a heavy ball.

002, the difficulties of SGD, momentum, Nesterov: f falls slowly to the right between steep walls.
"""

from itertools import pairwise

import numpy as np
from show import pyplot, save, table

from autograd_lite import grad, minimize


def f(x, y):
    return -0.1 * x + 12.5 * y**2


def walk(method, **options):
    """The path of 60 steps from (0, 1)."""
    return minimize(f, (0.0, 1.0), method=method, max_steps=60, **options).path


def sign_changes(y):
    return sum(before * after < 0 for before, after in pairwise(y))


MEASURES = {  # title: a number for the x and y of a path
    "Sign changes of y in 60 steps (动量法, momentum)": lambda x, y: sign_changes(y),
    "x after them": lambda x, y: x[-1],
    "The largest |y| of steps 50 to 60": lambda x, y: abs(y[50:]).max(),
    "The 60th step of x; on the floor it tends to 0.1·η / (1 − γ)": lambda x, y: x[-1] - x[-2],
}


def main():
    g = grad(lambda x, y: 0.5 * (x**2 + 25 * y**2))(1.0, 1.0)
    angle = np.degrees(np.arccos(g.sum() / np.linalg.norm(g) / np.sqrt(2)))
    table("½(x² + 25y²) at (1, 1)", [("degrees from −∇f to the minimum", None, angle)])
    paths = {}
    for eta in (0.07, 0.05):
        paths[f"η = {eta}, without momentum"] = walk("gradientdescent", lr=eta)
        paths[f"η = {eta}, momentum 0.9"] = walk("momentum", lr=eta, momentum=0.9)
    paths["η = 0.05, Nesterov 0.9"] = walk("nesterov", lr=0.05, momentum=0.9)
    for title, measure in MEASURES.items():
        table(title, [(name, None, measure(*path.T)) for name, path in paths.items()])
    print("\n002 prints 测次数 for 的次数: the swings become fewer. They die out later.")
    if plt := pyplot():
        figure, panels = plt.subplots(2, sharex=True, sharey=True)
        x, y = np.meshgrid(np.linspace(-0.1, 3.7, 200), np.linspace(-1.15, 1.15, 200))
        for axes, (name, path) in zip(panels, paths.items(), strict=False):
            axes.contour(x, y, f(x, y), 12, colors="0.75", linewidths=0.7, linestyles="-")
            axes.plot(*path.T, ".-", linewidth=0.8, markersize=4)
            axes.set(title=name, xlabel="x", ylabel="y")
            axes.label_outer()
        finding = (
            "In a long narrow valley gradient descent swings across and creeps along; momentum "
            "swings less and gets through."
        )
        save(figure, "tunnel.svg", finding)


if __name__ == "__main__":
    main()

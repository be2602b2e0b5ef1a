"""Does momentum swing less in a tunnel?  Gradient descent between two walls, and a heavy ball.

002, l. 321-322 and 345-372, momentum: f falls slowly to the right between steep walls.

中文: 动量法 (适用于隧道型曲面)
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
    "The way sideways, the sum of |Δy|": lambda x, y: sideways(y),
    "The way sideways for each 1 forward": lambda x, y: sideways(y) / x[-1],
    "The largest |y| of steps 50 to 60": lambda x, y: abs(y[50:]).max(),
    "The 60th step of x; on the floor it tends to 0.1·η / (1 − γ)": lambda x, y: x[-1] - x[-2],
}


def sideways(y):
    return abs(np.diff(y)).sum()


def main():
    g = grad(lambda x, y: 0.5 * (x**2 + 25 * y**2))(1.0, 1.0)
    angle = np.degrees(np.arccos(g.sum() / np.linalg.norm(g) / np.sqrt(2)))
    table("½(x² + 25y²) at (1, 1)", [("degrees from −∇f to the minimum", None, angle)])
    paths = {}
    for eta in (0.079, 0.05):
        paths[f"η = {eta}, without momentum"] = walk("gradientdescent", lr=eta)
        paths[f"η = {eta}, momentum 0.9"] = walk("momentum", lr=eta, momentum=0.9)
    paths["η = 0.05, Nesterov 0.9"] = walk("nesterov", lr=0.05, momentum=0.9)
    for title, measure in MEASURES.items():
        table(title, [(name, None, measure(*path.T)) for name, path in paths.items()])
    rows = []
    for eta in (0.07, 0.075, 0.077, 0.079):
        for kind, momentum in (("without", 0.0), ("momentum", 0.9)):
            y = walk("momentum", lr=eta, momentum=momentum)[:, 1]
            rows.append((f"η = {eta}: sum of |Δy|, {kind}", None, sideways(y)))
    table("Where the swings of gradient descent die out, momentum's are the longer", rows)
    print("From y = 1 they die out by |1 − 25η| a step: at η = 0.079 by 0.975, at 0.07 by 0.75.")
    print("Momentum's turns are fewer, and its way forward is longer, at each of these η.")
    print("\n002 prints 测次数 for 的次数: the swings become fewer. They die out later.")
    if plt := pyplot():
        figure, panels = plt.subplots(2, sharex=True, sharey=True)
        x, y = np.meshgrid(np.linspace(-0.1, 4.2, 200), np.linspace(-1.15, 1.15, 200))
        for axes, (name, path) in zip(panels, paths.items(), strict=False):
            axes.contour(x, y, f(x, y), 12, colors="0.75", linewidths=0.7, linestyles="-")
            axes.plot(*path.T, ".-", linewidth=0.8, markersize=4)
            axes.set(title=name, xlabel="x", ylabel="y")
            axes.label_outer()
        (x0, y0), (x1, y1) = (path.T for name, path in paths.items() if "0.079" in name)
        finding = (
            f"Between walls gradient descent swings {sign_changes(y0)} times, {sideways(y0):.1f} "
            f"sideways, for {x0[-1]:.2f} forward; momentum {sign_changes(y1)} times, "
            f"{sideways(y1):.1f} sideways, for {x1[-1]:.2f} forward."
        )
        save(figure, "tunnel.svg", finding)


if __name__ == "__main__":
    main()

"""Which of five minima is the lowest?  The slope is 0 at each, at maxima too; starts decide.

003, the curve with A to E: "slope = 0 in A, B, C & D", "D is global minimum", "A, B, C and E are
local minima".  The curve is lost; ours is f(x) = (x − 4)²/10 − cos 2πx.

中文: 五个极小值
"""

import math

import numpy as np
from show import pyplot, save, table

from autograd_lite import cos, derivative, minimize
from autograd_lite.analysis import classify_stationary_point, newton_root

STARTS = np.linspace(0.7, 5.3, 12).tolist()


def f(x):
    return (x - 4) ** 2 / 10 - cos(2 * math.pi * x)


def main():
    flat = {name: newton_root(derivative(f), k).root for k, name in enumerate("ABCDE", 1)}
    rows = []
    for name, x in flat.items():
        kind = classify_stationary_point(f, x).kind
        rows += [
            (f"{name}, a {kind}: x", None, x),
            ("  f′(x)", 0, derivative(f)(x)),
            ("  f(x)", None, f(x)),
        ]
    table("Where the slope is 0", rows)
    lowest = min(flat, key=lambda name: f(flat[name]))
    print(f"{lowest} is the global minimum, the others are local minima.")
    print("Erratum (003): E is struck out of 'slope = 0 in A, B, C & D', and called a minimum;")
    print("  inside, every minimum of a function that has a slope has the slope 0.")
    top = newton_root(derivative(f), 4.5).root
    kind = classify_stationary_point(f, top).kind
    table(f"0 is not enough: between D and E, a {kind}", [("f′", 0, derivative(f)(top))])
    ends = [minimize(f, x0, lr=0.02).x for x0 in STARTS]
    rows = []
    for x0, x in zip(STARTS, ends, strict=True):
        distances = {name: abs(minimum - x) for name, minimum in flat.items()}
        nearest = min(distances, key=distances.get)
        rows.append((f"from {x0:g} to {nearest}: x", None, x))
    table("Gradient descent (梯度下降), α = 0.02, from many places: take the best", rows)
    best = min(ends, key=f)
    print(f"The best of {len(ends)} is x = {best:.6f}, f = {f(best):.6f}: D.")
    if plt := pyplot():
        figure, axes = plt.subplots(figsize=(7, 4))
        x = np.linspace(0.5, 5.5, 400)
        axes.plot(x, f(x), "k-", linewidth=0.8)
        for name, x in flat.items():
            axes.plot(x, f(x), "ko", mfc="k" if name == lowest else "w")
            axes.annotate(name, (x, f(x)), xytext=(-4, -16), textcoords="offset points")
        axes.plot(STARTS, [f(x0) for x0 in STARTS], "kx", markersize=5)
        axes.set(xlabel="x", ylabel="f(x)", ylim=(-1.4, 2.6))
        axes.set(title="five minima, D the global one; starts ×")
        finding = (
            f"A curve with five minima; from {len(STARTS)} starts gradient descent finds those "
            f"nearby, the lowest is {lowest}."
        )
        save(figure, "five_minima.svg", finding)


if __name__ == "__main__":
    main()

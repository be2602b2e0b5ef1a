"""How large a step?  Learning rates too small, good, too large, none at all, and falling ones.

000 §2.3, whose two figures are lost; 002, gradient descent: θ_n = θ_{n−1} − η_{n−1} ∇J(θ_{n−1}).

中文: 学习率的选择
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative, exp, log, minimize
from autograd_lite.optim import exponential_decay, step_decay, time_based

RATES = {  # name: (α, steps)
    "too small": (0.001, 100),
    "good": (0.1, 30),
    "one step": (0.5, 30),
    "swings": (0.9, 30),
    "swings for ever": (1.0, 30),
    "too large": (1.3, 10),
}
FALLING = {
    "0.1 / (1 + 0.5 t)": time_based(0.1, 0.5),
    "0.1·0.5^⌊t/10⌋": step_decay(0.1, 0.5, 10),
    "0.1·e^(−0.1 t)": exponential_decay(0.1, 0.1),
}


def square(x):
    return x**2


def f(x):
    return exp(x) - log(x)


def main():
    walks = {n: minimize(square, 1.0, lr=lr, max_steps=k) for n, (lr, k) in RATES.items()}
    table(
        "x² from 1 (学习率选择过小会导致算法收敛太慢, 过大容易导致算法不收敛)",
        [(f"α = {RATES[n][0]}, {n}: x after {w.nit}", None, w.x) for n, w in walks.items()],
    )
    print(f"It converges for 0 < α < 2/f″ = {2 / derivative(square, 2)(1.0):g}.")
    found = {a: minimize(f, 0.05, lr=a, max_steps=100) for a in (1e-5, 0.005, 0.5, 1.0)}
    table(
        "e^x − log(x) from 0.05; with α = 1, new point = old point − slope",
        [(f"α = {a:g}: x after {walk.nit}", None, walk.path[-1]) for a, walk in found.items()],
    )
    for a in 0.5, 1.0:
        print(f"α = {a}: {found[a].stopped} {found[a].message.split('. ')[0]}.")
    path = minimize(square, 1.0, lr=time_based(0.4, 0.5), max_steps=3).path
    rows = [(f"η = 0.4 / (1 + 0.5 t): x after {k}", None, path[k]) for k in (1, 2, 3)]
    for name, eta in FALLING.items():
        x = minimize(square, 1.0, lr=eta, max_steps=300).path
        rows.append((f"η = {name}, at t = 10", None, eta(10)))
        rows += [(f"  x after {k}", None, x[k]) for k in (100, 300)]
    table("x² from 1, a learning rate for each step (学习率衰减法)", rows)
    print("The last two fall too fast: Σ η is finite, and x stops before it arrives.")
    if plt := pyplot():
        figure, panels = plt.subplots(2, 2, sharex=True, sharey=True, figsize=(7, 5))
        shown = "too small", "good", "swings", "too large"
        x = np.linspace(-3, 3, 200)
        for axes, name in zip(panels.flat, shown, strict=True):
            path = walks[name].path
            title = f"α = {RATES[name][0]}: {name}"
            axes.plot(x, x**2, "k-", linewidth=0.5)
            axes.plot(path, path**2, "o--", linewidth=0.8, markersize=4)
            axes.set(xlabel="x", ylabel="x²", title=title, xlim=(-3, 3), ylim=(-0.5, 9))
            axes.label_outer()
        ends = [f"{abs(walks[name].path[-1]):.3g}" for name in shown]
        finding = (
            f"On x² from 1 a learning rate of 0.001 has come to {ends[0]} in 100 steps, 0.1 to "
            f"{ends[1]} in 30; 0.9 swings down to {ends[2]}, 1.3 away to {ends[3]} in 10."
        )
        save(figure, "learning_rate.svg", finding)


if __name__ == "__main__":
    main()

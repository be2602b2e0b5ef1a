"""What does each rule make of the same slopes?  Three steps of all of them on one ravine.

002, momentum to Adam: f = ½(x² + 25y²) from (1, 1), in the notes' form and in PyTorch's.

中文: 究竟如何选择算法
"""

from math import log10

from show import pyplot, save, table

from autograd_lite import minimize
from autograd_lite.optim import time_based

TORCH = {"variant": "torch"}
HALVED = {"lr": lambda t: 0.03 / 2**t}
RULES = {
    "gradient descent": {"method": "gradientdescent", "lr": 0.03},
    "  η / (1 + t/2)": {"method": "gradientdescent", "lr": time_based(0.03, 0.5)},
    "momentum": {"method": "momentum", "lr": 0.03},
    "  η / 2ᵗ, notes": {"method": "momentum"} | HALVED,
    "  η / 2ᵗ, torch": {"method": "momentum"} | HALVED | TORCH,
    "Nesterov, notes": {"method": "nesterov", "lr": 0.03},
    "Nesterov, torch": {"method": "nesterov", "lr": 0.03} | TORCH,
    "Adagrad, notes": {"method": "adagrad", "lr": 0.5},
    "Adagrad, torch": {"method": "adagrad", "lr": 0.5} | TORCH,
    "RMSprop, notes": {"method": "rmsprop", "lr": 0.05},
    "RMSprop, torch": {"method": "rmsprop", "lr": 0.05, "rho": 0.9} | TORCH,
    "Adadelta, printed": {"method": "adadelta", "eps": 0.0},
    "Adadelta": {"method": "adadelta"},
    "Adam, printed": {"method": "adam", "lr": 0.1, "bias_correction": False},
    "Adam": {"method": "adam", "lr": 0.1},
}
SHOWN = ["gradient descent", "momentum", "Nesterov, notes", "Adam", "Adagrad, notes"]
SHOWN += ["RMSprop, notes", "Adadelta"]


def f(x, y):
    return 0.5 * (x**2 + 25 * y**2)


def run(name, steps):
    return minimize(f, (1.0, 1.0), max_steps=steps, tolerance=0, **RULES[name])


def main():
    print("The first three iterates (动量法 momentum, 学习率 learning rate η)")
    for name in RULES:
        xs, ys = run(name, 3).path[1:].T
        print(f"  {name:18}x", *[f"{x:16.10g}" for x in xs])
        print(f"  {'':18}y", *[f"{y:16.10g}" for y in ys])
    print("\n002 prints Adadelta's √E[Δθ] without square and ε: without ε it never moves.")
    print("002 prints Adam's step without the 无偏估计 it names: the first is 3.16 η, not η.")
    long = {name: run(name, 200) for name in SHOWN}
    table(
        "f after 200 steps (one function and one η each: no ranking)",
        [(name, None, found.fun) for name, found in long.items()],
    )
    if plt := pyplot():
        figure, axes = plt.subplots()
        for name, found in long.items():
            axes.plot(f(*found.path.T), label=name)
        axes.set(xlabel="step", ylabel="f", yscale="log", ylim=(1e-16, 30), title="½(x² + 25y²)")
        last = {name: found.fun for name, found in long.items()}
        best, worst = min(last, key=last.get), max(last, key=last.get)
        finding = (
            f"After 200 steps f is smallest for {best}, 10 to the {log10(last[best]):.0f}, and "
            f"largest for {worst}, {last[worst]:.2g}; momentum and Adam swing on their way down."
        )
        save(figure, "optimizers.svg", finding)


if __name__ == "__main__":
    main()

"""Who escapes the saddle, and after how many steps?  Every rule from a millionth beside its axis.

002, the difficulties of SGD (鞍点, saddle points); f is the saddle of 003, l. 1053-1063.

中文: 鞍点
"""

from show import pyplot, save, table

from autograd_lite import minimize
from autograd_lite.analysis import classify_stationary_point

RULES = {
    "gradient descent, η = 0.1": ("-", {"method": "gradientdescent", "lr": 0.1}),
    "momentum, η = 0.1": ("--", {"method": "momentum", "lr": 0.1}),
    "Nesterov, η = 0.1": (":", {"method": "nesterov", "lr": 0.1}),
    "Adagrad, η = 0.5": ("-.", {"method": "adagrad", "lr": 0.5}),
    "RMSprop, η = 0.05": ("-", {"method": "rmsprop", "lr": 0.05}),
    "Adadelta": ("--", {"method": "adadelta"}),
    "Adam, η = 0.1": ("-", {"method": "adam", "lr": 0.1}),
    "Newton": ("", {"method": "newton"}),
}


def f(x, y):
    return 2 * x**2 - 2 * y**2


def escape(name, y0):
    """What the rule does from (1, y0) until |y| > 1, for 200 steps at most."""

    def watch(step, point, value):
        if abs(point[1]) > 1:
            raise StopIteration

    return minimize(f, (1.0, y0), max_steps=200, callback=watch, **RULES[name][1])


def main():
    print(f"f = 2x² − 2y² at (0, 0) is a {classify_stationary_point(f, 0.0, 0.0)}")
    beside = {name: escape(name, 1e-6) for name in RULES}
    away = {name: found for name, found in beside.items() if found.stopped == "stopped"}
    table(
        "From (1, 1e-6): steps until |y| > 1 (鞍点, saddle)",
        [(name, None, found.nit) for name, found in away.items()],
    )
    for name in beside.keys() - away.keys():
        print(f"  {name}: never; {beside[name]}")
    on = [abs(escape(name, 0.0).path[:, 1]).max() for name in RULES]
    table("From (1, 0)", [("largest |y| of all rules in 200 steps", None, max(on))])
    print("\nAdagrad, RMSprop and Adam divide by the slope: a flat start does not slow them down.")
    print("003 prints 'we can not conclude anything'; eigenvalues of both signs are conclusive.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        for name, found in away.items():
            axes.plot(abs(found.path[:, 1]), RULES[name][0], markersize=4, label=name)
        axes.set(xlabel="step", ylabel="|y|", yscale="log", title="Leaving the saddle")
        finding = (
            "All leave the saddle but at very different times: "
            f"{min(away, key=lambda n: away[n].nit)} after {min(w.nit for w in away.values())} "
            f"steps, {max(away, key=lambda n: away[n].nit)} after "
            f"{max(w.nit for w in away.values())}."
        )
        save(figure, "saddle.svg", finding)


if __name__ == "__main__":
    main()

"""How fast does it get colder on the way up a hill?  The chain rule, by differences and as a limit.

000 §1.5 (链式法则, chain rule): Δt → Δh → ΔT.  The notes print the finite form only; the climb,
T(h) = 20·e^(−h/8) and h(t) = 0.5 t + 0.1 t², is ours.

中文: 链式法则
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import Value, derivative, exp
from autograd_lite.analysis import limit
from autograd_lite.functional import difference_quotient
from autograd_lite.steps import backward_table


def h(t):
    return 0.5 * t + 0.1 * t**2


def T(h):  # the notes' name
    return 20 * exp(-h / 8)


def both(t):
    return T(h(t))


def main():
    t, dt = 2.0, 0.1
    dh = h(t + dt) - h(t)
    climbing = difference_quotient(h, t, dt)
    cooling = difference_quotient(T, h(t), dh)
    table(
        "Differences, Δt = 0.1 from t = 2: ΔT/Δt = ΔT/Δh · Δh/Δt, whatever Δt is",
        [
            ("Δh/Δt", None, climbing),
            ("ΔT/Δh", None, cooling),
            ("their product", None, climbing * cooling),
            ("ΔT/Δt", None, difference_quotient(both, t, dt)),
        ],
    )
    dh_dt = derivative(h)(t)
    dT_dh = derivative(T)(h(t))
    table(
        "The limit, Δt → 0: dT/dt = dT/dh · dh/dt",
        [
            ("dh/dt", None, dh_dt),
            ("dT/dh", None, dT_dh),
            ("their product", None, dh_dt * dT_dh),
            ("dT/dt", None, derivative(both)(t)),
            ("lim ΔT/Δt", None, limit(lambda d: (both(t + d) - both(t)) / d, 0.0)),
        ],
    )
    clock = Value(t, label="t")
    height = h(clock)
    height.label = "h"
    temperature = T(height)
    temperature.label = "T"
    print("\nThe same, edge by edge (反向传播, back propagation):")
    print(backward_table(temperature))
    if plt := pyplot():
        figure, panels = plt.subplots(1, 3, figsize=(11, 3.4))
        x = np.linspace(0, 4, 100)
        curves = [
            (x, h(x), "t", "h", (t, h(t)), derivative(h)(t)),
            (h(x), T(h(x)), "h", "T", (h(t), T(h(t))), derivative(T)(h(t))),
            (x, both(x), "t", "T", (t, both(t)), derivative(both)(t)),
        ]
        for axes, (a, b, xlabel, ylabel, (p, q), slope) in zip(panels, curves, strict=True):
            near = np.array([-0.8, 0.8])
            axes.plot(a, b, "k-", p, q, "ko")
            axes.plot(p + near, q + slope * near, "--")
            axes.set(xlabel=xlabel, ylabel=ylabel, title=f"d{ylabel}/d{xlabel} = {slope:.4f}")
        finding = (
            f"The slopes multiply along the chain: {dh_dt:.4f} of height by time and {dT_dh:.4f} "
            f"of temperature by height give {dh_dt * dT_dh:.4f}."
        )
        save(figure, "climb.svg", finding)


if __name__ == "__main__":
    main()

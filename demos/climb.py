"""How fast does it get colder on the way up?  The chain rule, with differences and in the limit.

000 §1.5 (链式法则, chain rule): Δt → Δh → ΔT.  The notes print the finite form only; the climb,
T(h) = 20·e^(−h/8) and h(t) = 0.5 t + 0.1 t², is ours.
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import Value, backward_table, derivative, difference_quotient, exp, limit


def h(t):
    return 0.5 * t + 0.1 * t**2


def T(h):  # the notes' name
    return 20 * exp(-h / 8)


def both(t):
    return T(h(t))


def main():
    t, dt = 2.0, 0.1
    dh = h(t + dt) - h(t)
    rows = [("Δh/Δt", None, difference_quotient(h, t, dt))]
    rows += [("ΔT/Δh", None, difference_quotient(T, h(t), dh))]
    rows += [("their product", None, rows[0][2] * rows[1][2])]
    rows += [("ΔT/Δt", None, difference_quotient(both, t, dt))]
    table("Differences, Δt = 0.1 from t = 2: ΔT/Δt = ΔT/Δh · Δh/Δt, whatever Δt is", rows)
    rows = [("dh/dt", None, derivative(h)(t)), ("dT/dh", None, derivative(T)(h(t)))]
    rows += [("their product", None, rows[0][2] * rows[1][2])]
    rows += [("dT/dt", None, derivative(both)(t))]
    rows += [("lim ΔT/Δt", None, limit(lambda d: (both(t + d) - both(t)) / d, 0.0))]
    table("The limit, Δt → 0: dT/dt = dT/dh · dh/dt", rows)
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
        curves = [(x, h(x), "t", "h", (t, h(t)), derivative(h)(t))]
        curves += [(h(x), T(h(x)), "h", "T", (h(t), T(h(t))), derivative(T)(h(t)))]
        curves += [(x, both(x), "t", "T", (t, both(t)), derivative(both)(t))]
        for axes, (a, b, xlabel, ylabel, (p, q), slope) in zip(panels, curves, strict=True):
            near = np.array([-0.8, 0.8])
            axes.plot(a, b, "k-", p, q, "ko")
            axes.plot(p + near, q + slope * near, "k--")
            axes.set(xlabel=xlabel, ylabel=ylabel, title=f"d{ylabel}/d{xlabel} = {slope:.4f}")
        save(figure, "climb.svg")


if __name__ == "__main__":
    main()

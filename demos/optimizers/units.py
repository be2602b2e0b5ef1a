"""Do a rule's steps depend on the unit of x?  The same function in x and in φ = x / 10.

002, Adadelta (the units of slope and parameter do not match): f = eˣ − log x from x = 0.5.

中文: Adadelta: 单位
"""

from show import pyplot, save, table

from autograd_lite import exp, log, minimize


def f(x):
    return exp(x) - log(x)


def in_x(method, steps, **options):
    return minimize(f, 0.5, method=method, max_steps=steps, tolerance=0, **options).path


def in_phi(method, steps, unit_of_f=1, **options):
    """The iterates of φ, as x = 10φ."""

    def f_of_phi(phi):
        return f(10 * phi) / unit_of_f

    found = minimize(f_of_phi, 0.05, method=method, max_steps=steps, tolerance=0, **options)
    return 10 * found.path


def main():
    x, phi = in_x("newton", 2), in_phi("newton", 2)
    table(
        "Newton: the same iterates (牛顿法)",
        [(f"{a}{k}", None, p[k]) for k in (1, 2) for a, p in (("x", x), ("10φ", phi))],
    )
    x = in_x("gradientdescent", 1, lr=0.1)
    phi = in_phi("gradientdescent", 1, lr=0.1)
    table(
        "Gradient descent, η = 0.1: other iterates (梯度下降法)",
        [
            ("x1", None, x[1]),
            ("10φ1", None, phi[1]),
            ("step in φ / step in x", None, (phi[1] - phi[0]) / (x[1] - x[0])),
        ],
    )
    x = in_x("adadelta", 15, eps=1e-6)
    others = {
        "the same ε = 1e-6": in_phi("adadelta", 15, eps=1e-6),
        "ε / 100": in_phi("adadelta", 15, eps=1e-8),
        "ε / 100 and f / 100": in_phi("adadelta", 15, unit_of_f=100, eps=1e-8),
    }
    table(
        "Adadelta: the largest |10φ − x| of 15 steps",
        [(name, None, abs(phi - x).max()) for name, phi in others.items()],
    )
    print("\nε is added to E[Δθ²], 100 times smaller in φ, and to E[g²], 100 times larger.")
    print("ε / 100 suits the first alone; where g² ≫ ε, the second needs none: nearly equal.")
    print("In f / 100 both are 100 times smaller, and ε / 100 suits both: equal.")
    print("002 prints √E[Δθ] for √(E[Δθ²] + ε): without the square the units do not match either.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        axes.plot(x, "-", label="x, ε")
        axes.plot(others["the same ε = 1e-6"], "^:", label="10φ, the same ε")
        axes.plot(others["ε / 100"], "o", fillstyle="none", label="10φ, ε / 100")
        axes.set(xlabel="step", ylabel="x", title="Adadelta in two units")
        finding = (
            "In other units Adadelta with the same ε runs away from the first curve; with ε / "
            "100 it follows it."
        )
        save(figure, "units.svg", finding)


if __name__ == "__main__":
    main()

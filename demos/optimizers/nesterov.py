"""Which step brakes before the valley floor?  Momentum's arrows beside Nesterov's.

002, Nesterov: 预判自己下一步的位置, the slope where the ball will be; Figure 3 is lost.
The surface is ours, ½(x² + 25y²), with η = 0.03 and γ = 0.9.

中文: Nesterov: 动量法的改进
"""

from show import pyplot, save, table

from autograd_lite import grad, minimize

ETA, GAMMA = 0.03, 0.9


def f(x, y):
    return 0.5 * (x**2 + 25 * y**2)


def run(method, steps):
    return minimize(
        f, (1.0, 1.0), method=method, lr=ETA, momentum=GAMMA, max_steps=steps, tolerance=0
    )


def main():
    before, theta = run("momentum", 1).path  # the first step is the same for both
    v = before - theta
    ahead = theta - GAMMA * v
    here = -ETA * grad(f)(*theta)
    there = -ETA * grad(f)(*ahead)
    table(
        "From θ = (0.97, 0.25), v = (0.03, 0.75) (动量法, momentum)",
        [
            ("y of θ − γv − η∇f(θ)", None, (ahead + here)[1]),
            ("momentum's second step", None, run("momentum", 2).path[2, 1]),
            ("y of θ − γv − η∇f(θ − γv)", None, (ahead + there)[1]),
            ("Nesterov's second step", None, run("nesterov", 2).path[2, 1]),
        ],
    )
    table(
        "f after 200 steps (刹车, it brakes)",
        [(name, None, run(name, 200).fun) for name in ("momentum", "nesterov")],
    )
    if plt := pyplot():
        figure, axes = plt.subplots()
        arrows = [
            (theta, -GAMMA * v, "0.45", "−γv, as the last step"),
            (ahead, here, "C1", "−η∇f(θ): momentum"),
            (ahead, there, "C0", "−η∇f(θ − γv): Nesterov"),
        ]
        in_data = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.008}
        for start, step, color, name in arrows:
            axes.quiver(*start, *step, color=color, label=name, **in_data)
        for name, point in ("θ", theta), ("θ − γv", ahead):
            axes.plot(*point, "ko", fillstyle="none")
            axes.annotate(name, point, xytext=(8, 0), textcoords="offset points")
        axes.axhline(0, color="k", linewidth=0.5)
        axes.set(xlabel="x", ylabel="y", xlim=(0.87, 1.0), ylim=(-0.75, 0.4))
        axes.set(title="The floor is at y = 0")
        finding = (
            "Momentum takes the slope where it stands and would go on downhill; Nesterov takes "
            "it one step ahead, past the floor, and turns back up."
        )
        save(figure, "nesterov.svg", finding)


if __name__ == "__main__":
    main()

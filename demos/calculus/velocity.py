"""How fast is a car at this very moment?  Average velocities close in on dx/dt; dv/dt comes after.

003, "Derivative" (slope = rise/run, Δx/Δt → dx/dt, the tangent at Q), "The second derivative".
Ours is x = t³ − 2t, and Q is at t = 2.

中文: 瞬时速度
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import derivative
from autograd_lite.analysis import classify_stationary_point, limit
from autograd_lite.functional import difference_quotient
from autograd_lite.functional import linear_approximation as tangent_line


def x(t):
    return t**3 - 2 * t


def main():
    t = 2.0
    v = derivative(x)
    a = derivative(x, n=2)
    table(
        "Average velocity from t = 2",
        [
            *[(f"Δx/Δt, Δt = {h:g}", None, difference_quotient(x, t, h)) for h in (1, 0.1, 0.001)],
            ("its limit", None, limit(lambda h: (x(t + h) - x(t)) / h, 0.0)),
            ("dx/dt", None, v(t)),
        ],
    )
    print(f"The tangent at Q: x = {str(tangent_line(x, t)).replace('x', 't')}")
    table(
        "Distance, velocity, acceleration at t = 2",
        [
            ("x, distance", None, x(t)),
            ("v = dx/dt, velocity", None, v(t)),
            ("a = dv/dt", None, derivative(v)(t)),
            ("a = d²x/dt², acceleration", None, a(t)),
        ],
    )
    still = (2 / 3) ** 0.5
    table(
        "At t = √(2/3) the car stands still and turns round",
        [
            ("v", 0, v(still)),
            ("a", None, a(still)),
        ],
    )
    print(f"d²x/dt² > 0, concave up (convex): {classify_stationary_point(x, still).kind}")
    print(f"d²x/dt² < 0, concave down: {classify_stationary_point(x, -still).kind}")
    more = [classify_stationary_point(f, 0.0).kind for f in (lambda t: t**3, lambda t: t**4)]
    print(f"d²x/dt² = 0, need more information: t³ and t⁴ at 0 are {more[0]}, {more[1]}")
    if plt := pyplot():
        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
        s = np.linspace(0.4, 3.1, 200)
        left.plot(s, x(s), "k-", s, x(t) + v(t) * (s - t), "--")
        for h in (1.0, 0.5):
            secant = x(t) + difference_quotient(x, t, h) * (s - t)
            left.plot(s, secant, "C1:", t + h, x(t + h), "k.")
        left.plot(t, x(t), "ko")
        left.annotate("Q", (t, x(t)), xytext=(-14, 4), textcoords="offset points")
        left.set(title="the tangent (--) and two secants (⋯) at Q", xlabel="t", ylim=(-3, 24))
        s = np.linspace(-1.6, 1.6, 200)
        for name, f, style in (("x", x, "-"), ("v = dx/dt", v, "--"), ("a = dv/dt", a, ":")):
            right.plot(s, [f(float(s_k)) for s_k in s], style, label=name)
        right.set(title="distance, velocity, acceleration", xlabel="t", ylim=(-6, 6))
        finding = (
            f"Two secants and the tangent of a path at t = {t:g}; velocity {v(t):g} there, "
            f"acceleration {a(t):g}."
        )
        save(figure, "velocity.svg", finding)


if __name__ == "__main__":
    main()

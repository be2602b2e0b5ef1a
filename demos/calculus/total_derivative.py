"""How fast does f change along a path?  Every variable of f carries its share: df/dt.

004 §5.2.2 (链式法则, chain rule), (5.49)-(5.53): f = x₁² + 2x₂, which the note does not print.

中文: 链式法则: 全导数
"""

from show import draw, table

from autograd_lite import Value, chain_rule, cos, derivative, jacobian, sin
from autograd_lite.functional import chained_jacobian, partial, total_derivative


def f(x1, x2):
    return x1**2 + 2 * x2


def x(s, t):
    return [s * t, s + t**2]


def main():
    x1, x2 = sin(0.7), cos(0.7)
    table(
        "(5.49): x₁ = sin t, x₂ = cos t, at t = 0.7",
        [
            ("∂f/∂x₁", None, partial(f, 0)(x1, x2)),
            ("dx₁/dt", None, derivative(sin)(0.7)),
            ("∂f/∂x₂", None, partial(f, 1)(x1, x2)),
            ("dx₂/dt", None, derivative(cos)(0.7)),
            ("df/dt", None, total_derivative(f, sin, cos)(0.7)),
        ],
    )
    rows = []
    for t in (0.7, 1.0, 2.0):
        by_hand = 2 * sin(t) * (cos(t) - 1)
        rows.append((f"t = {t}", by_hand, total_derivative(f, sin, cos)(t)))
    table("(5.50c): df/dt, beside 2 sin t·(cos t − 1)", rows)
    J_f = jacobian(lambda *x: [f(*x)])(0.75, 1.75)
    J_x = jacobian(x)(1.5, 0.5)
    print("\n(5.53) at (s, t) = (1.5, 0.5): a row times a matrix, (1 × 2)(2 × 2) = 1 × 2")
    print(f"  {J_f.tolist()} · {J_x.tolist()} = {(J_f @ J_x).tolist()}")
    df_ds, df_dt = chained_jacobian(f, x)(1.5, 0.5)
    table("(5.51), (5.52)", [("∂f/∂s", None, df_ds), ("∂f/∂t", None, df_dt)])
    print("Errata (004): df/ds, t is df/d(s, t); the line (5.50a) is (5.50b).")
    t = Value(0.7, label="t")
    a, b = sin(t), cos(t)
    a.label, b.label = "x1", "x2"
    y = f(a, b)
    y.label = "f"
    y.backward()
    print(f"\nOne way to t by x1, another by x2:\n{chain_rule(y, t)}")
    finding = (
        "t reaches f by two ways, through x₁ = sin t and x₂ = cos t; the sum of both is df/dt = "
        f"{t.grad:.3f}."
    )
    draw(y, "total_derivative", finding, local_derivatives=True)


if __name__ == "__main__":
    main()

"""What is the slope of a product, a sum, a function of a function?  (5.46), (5.47), (5.48).

004 §5.2.1, l. 121-127 (偏导数的基本法则): in several variables the factors are rows and matrices,
and their order counts.  The functions are ours.

中文: 偏导数的基本法则: 乘法, 加法, 链式法则
"""

import numpy as np
from show import OUT, table

from autograd_lite import Value, chain_rule, exp, jacobian, render, sin
from autograd_lite.functional import chained_jacobian

AT = 0.7, -0.4


def f(x, y):
    return x**2 + y


def g(x, y):
    return sin(x) * y


def outer(u, v):
    return [u * v, u + v**2]


def inner(x, y):
    return [x * y, exp(x) - y]


def row(h):
    """The gradient as 004 writes it, a row."""
    return jacobian(lambda *x: [h(*x)])(*AT)[0]


def main():
    product = row(f) * g(*AT) + f(*AT) * row(g)
    added = row(f) + row(g)
    whole = jacobian(lambda x, y: outer(*inner(x, y)))(*AT)
    J_f, J_g = jacobian(inner)(*AT), jacobian(outer)(*inner(*AT))
    rows = []
    for k, x in enumerate("xy"):
        rows.append((f"(5.46) ∂(f·g)/∂{x}", product[k], row(lambda *x: f(*x) * g(*x))[k]))
        rows.append((f"(5.47) ∂(f + g)/∂{x}", added[k], row(lambda *x: f(*x) + g(*x))[k]))
    for i, j in np.ndindex(2, 2):
        rows.append((f"(5.48) [{i + 1}, {j + 1}] of ∂g/∂f·∂f/∂x", (J_g @ J_f)[i, j], whole[i, j]))
    table(f"By the rules, and of the whole, at {AT}", rows)
    turned = abs(J_f @ J_g - whole).max()
    table("(5.48), ∂f/∂x·∂g/∂f in the other order", [("off by", None, turned)])
    same = np.array_equal(chained_jacobian(outer, inner)(*AT), J_g @ J_f)
    print(f"  chained_jacobian(outer, inner) is the product of both: {same}")
    print("Errata (004, l. 121, 122): the left sides carry a ′ too many: (f′g + fg′)′ is (f·g)″.")
    x = Value(0.7, label="x")
    u, v = x**2, sin(x)
    u.label, v.label = "f", "g"
    y = u * v
    y.label = "f·g"
    y.backward()
    print(f"\nTwo ways to x, one through each factor:\n{chain_rule(y, x)}")
    OUT.mkdir(parents=True, exist_ok=True)
    path = render(y, OUT / "product_rules.svg", local_derivatives=True)
    print(f"picture: {path.relative_to(OUT.parent.parent)}")


if __name__ == "__main__":
    main()

"""Where does a curve have no slope?  At a corner or cusp, at a jump, at a vertical tangent.

000 §1.4, existence of the derivative (导数的存在性), whose three figures are lost; 003, |x|.

中文: 导数的存在性
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import Value, derivative, sign
from autograd_lite.analysis import classify_point
from autograd_lite.functional import difference_quotient


def cusp(x):
    return abs(x) ** (2 / 3)


def stairs(x):
    return Value(2.0) if x < -1 else x + 1


def cube_root(x):
    return sign(x) * abs(x) ** (1 / 3)


def joined(x):
    return x * abs(x)


CURVES = {  # name: (f, where)
    "|x| at 0 (角, corner)": (abs, 0.0),
    "x^(2/3) at 0 (尖, cusp)": (cusp, 0.0),
    "2 for x < −1, else x + 1, at −1 (不连续, jump)": (stairs, -1.0),
    "∛x at 0 (垂直切线, vertical tangent)": (cube_root, 0.0),
    "x|x| at 0 (可微, differentiable)": (joined, 0.0),
}


def main():
    for name, (f, x) in CURVES.items():
        rows = []
        for h in (-0.1, -0.001, 0.001, 0.1):
            slope = difference_quotient(f, x, h)
            rows.append((f"(f({x:g} + h) − f({x:g}))/h, h = {h}", None, slope))
        table(name, rows)
        print(f"  {classify_point(f, x)}")
    print(f"\nderivative() alone would say {derivative(stairs)(-1.0):g} at the jump: it follows")
    print("the branch that was taken, and the other one is not in its graph.")
    print("'The entire function is non-differentiable': |x| fails at 0 alone; at ±2 it is")
    print(f"  {classify_point(abs, -2.0)}\n  {classify_point(abs, 2.0)}")
    if plt := pyplot():
        figure, panels = plt.subplots(1, 4, figsize=(12, 3.4))
        t = np.linspace(-1.26, 1.26, 401) ** 3  # dense at 0
        for axes, (f, x) in zip(panels, CURVES.values(), strict=False):
            at = t + x
            for part in (at[at < x], at[at >= x]):
                axes.plot(part, [float(f(Value(p))) for p in part], "k-")
            axes.plot(x, float(f(Value(x))), "ko")
            if f is stairs:
                axes.plot(x, 2, "ko", fillstyle="none")
            found = classify_point(f, x)
            axes.set(title=f"{found.kind}\nslopes {found.left:.3g}, {found.right:.3g}", xlabel="x")
        kinds = [classify_point(f, x).kind for f, x in CURVES.values()][: len(panels)]
        finding = f"Four curves without a slope at a point: {', '.join(kinds)}."
        save(figure, "corners.svg", finding)


if __name__ == "__main__":
    main()

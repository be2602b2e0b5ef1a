"""How near must x be to a?  As near as δ, for the ε that is asked.

002, l. 80 (标准语言, the definition of a limit), l. 105 and 111 (重要极限); the definition needs
0 < |x − a|, which the notes leave out.

中文: 极限的 ε–δ 定义
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import LimitError, exp, sin
from autograd_lite.analysis import epsilon_delta


def sinc(x):
    return sin(x) / x


CASES = {  # name: (f, a)
    "sin x / x at 0": (sinc, 0.0),
    "(eˣ − 1)/x at 0": (lambda x: (exp(x) - 1) / x, 0.0),
    "x² at 3": (lambda x: x**2, 3.0),
    "x·sin(1/x) at 0": (lambda x: x * sin(1 / x), 0.0),
}
EPSILONS = 0.1, 0.01, 0.001
DRAWN = 0.01


def main():
    for name, (f, a) in CASES.items():
        found = [epsilon_delta(f, a, epsilon) for epsilon in EPSILONS]
        rows = [(f"ε = {each.epsilon}: δ", None, each.delta) for each in found]
        rows.append(("  and |f(x) − L| within it, at most", None, found[-1].worst))
        table(f"{name}, the limit L = {round(found[0].limit, 9) + 0.0:g}", rows)
    print(f"\n{epsilon_delta(sinc, 0.0, DRAWN)}")
    print(
        "Erratum (002, l. 80): with x* = a allowed, sin x / x would have no limit at 0: no value."
    )
    for name, f in (("sin(1/x)", lambda x: sin(1 / x)), ("|x|/x", lambda x: abs(x) / x)):
        try:
            epsilon_delta(f, 0.0, 0.1)
        except LimitError as error:
            print(f"  no δ for {name}: {error}")
    if plt := pyplot():
        figure, axes = plt.subplots()
        found = epsilon_delta(sinc, 0.0, DRAWN)
        x = np.linspace(-0.5, 0.5, 401)
        x = x[x != 0]
        low, high = found.limit - DRAWN, found.limit + DRAWN
        axes.axhspan(low, high, alpha=0.15)
        axes.axvspan(-found.delta, found.delta, alpha=0.15, color="C2")
        axes.plot(x, [sinc(t) for t in x.tolist()], "k-", label="sin x / x")
        axes.plot(0, 1, "ko", fillstyle="none")
        axes.set(xlabel="x", ylim=(0.955, 1.015), title=f"ε = {DRAWN}, δ = {found.delta}")
        finding = (
            f"Within δ = {found.delta} of 0, sin x / x is within {found.worst:.2g} of its limit 1, "
            f"where ε = {DRAWN} is asked; at 0 itself there is a hole."
        )
        save(figure, "epsilon_delta.svg", finding)


if __name__ == "__main__":
    main()

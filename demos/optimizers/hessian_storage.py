"""How large is a Hessian?  n² numbers where the gradient has n.

002, l. 336: 在高维特征情形下这个矩阵非常巨大, 计算和存储都成问题 (why not Newton's method).
The function is ours, of ever more variables.

中文: 海森矩阵的计算和存储
"""

from itertools import pairwise

import numpy as np
from show import pyplot, save, table

from autograd_lite import grad, hessian
from autograd_lite.functional import hvp
from autograd_lite.optim import Adam, Newton

SIZES = 5, 10, 20, 40
LARGE = {"a layer of 1000 × 1000": 1_001_000, "GPT-2, 124 million": 124_439_808}


def f(x):
    """A function of an array, in which every variable meets the next."""
    return sum((b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def main():
    rows, bytes_of = [], {}
    for n in SIZES:
        at = np.full(n, 0.5)
        g, h = grad(f)(at), hessian(f)(at)
        bytes_of[n] = g.nbytes, h.nbytes
        rows += [(f"n = {n}: bytes of ∇f", 8 * n, g.nbytes), ("  of H", 8 * n * n, h.nbytes)]
        rows.append(("  H not 0, of its numbers", None, np.count_nonzero(h) / h.size))
    table("8 bytes a number: 8n and 8n²", rows)
    rows = []
    for name, n in LARGE.items():
        rows += [(f"{name}: H, in GB", None, 8 * n * n / 1e9)]
        rows += [("  its gradient, in GB", None, 8 * n / 1e9)]
    table("As many parameters as networks have", rows)
    at, way = np.full(SIZES[-1], 0.5), np.arange(SIZES[-1]) / SIZES[-1]
    apart = abs(hvp(f)(at, way) - hessian(f)(at) @ way).max()
    table(
        "What does without it",
        [
            ("hvp(f)(x, v) and H·v differ by", None, apart),
            ("bytes of H·v", 8 * SIZES[-1], hvp(f)(at, way).nbytes),
        ],
    )
    print(f"  {Newton.__name__} solves with H at every step; {Adam.__name__} keeps m and v, 2n.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        axes.plot([*bytes_of], [h for _, h in bytes_of.values()], "ko-", label="H")
        axes.plot([*bytes_of], [g for g, _ in bytes_of.values()], "ks--", label="∇f")
        axes.set(xlabel="n, parameters", ylabel="bytes", xscale="log", yscale="log")
        n = SIZES[-1]
        finding = (
            f"Of {n} variables the Hessian takes {bytes_of[n][1]:,} bytes, the gradient "
            f"{bytes_of[n][0]}; twice the variables, four times the Hessian."
        )
        save(figure, "hessian_storage.svg", finding)


if __name__ == "__main__":
    main()

"""Which feature gets the larger steps, the frequent or the rare one?  Adagrad's rate of each.

002, the difficulties of SGD (sparse features) and Adagrad: η / √(G + ε), where G is the sum of g².

中文: Adagrad: 稀疏数据
"""

import math

from show import pyplot, save, table

from autograd_lite import Value, minimize
from autograd_lite.optim import Adagrad, GradientDescent

SAMPLES = [("frequent", "rare") if k in (2, 7) else ("frequent",) for k in range(10)]


def over_the_samples(samples):
    """η / √G after each of the samples; a weight is touched where its feature occurs."""
    w = {"frequent": Value(0.0), "rare": Value(0.0)}
    rule = Adagrad(w.values(), lr=1.0, eps=0.0)
    rates = []
    for sample in samples:
        rule.zero_grad()
        sum(w[feature] for feature in sample).backward()
        rule.step()
        memory = [s["G"] for s in rule.state_dict()["state"]]
        rates.append([1.0 / math.sqrt(G) if G else math.nan for G in memory])
    return rates


def loss(frequent, rare):
    """½ Σ (w − 3)² over 48 samples with the one feature and 2 with the other."""
    return 0.5 * (48 * (frequent - 3) ** 2 + 2 * (rare - 3) ** 2)


def main():
    rates = over_the_samples(SAMPLES)
    table(
        "Adagrad's learning rate η / √G, η = 1 (稀疏数据, sparse data)",
        [
            ("frequent: in 10 of 10 samples", None, rates[-1][0]),
            ("rare: in 2 of 10 samples", None, rates[-1][1]),
        ],
    )
    path = minimize(lambda x: 0.5 * x**2, 1.0, method=Adagrad, lr=0.5, max_steps=3).path
    table(
        "It decays by itself: −Δx / g on ½x² from 1, η = 0.5",
        [(f"step {k + 1}", None, (path[k] - path[k + 1]) / path[k]) for k in range(3)],
    )
    for kind, lr in ((GradientDescent, 1 / 48), (Adagrad, 1.0)):
        w = minimize(loss, (0.0, 0.0), method=kind, lr=lr, max_steps=20).x
        table(
            f"{kind.__name__}: 20 steps from 0 towards 3",
            [
                ("frequent weight", None, w[0]),
                ("rare weight", None, w[1]),
            ],
        )
    print("\n002 says that G sums 每次更新, every update; its formula sums squared slopes.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        axes.plot(range(1, 11), [r for r, _ in rates], "o-", label="frequent")
        axes.plot(range(1, 11), [r for _, r in rates], "s--", label="rare")
        axes.set(xlabel="samples seen", ylabel="η / √G", ylim=(0, 1.05), title="Adagrad, η = 1")
        finding = (
            f"Adagrad's rate for a frequent feature falls to {rates[-1][0]:.2f} in ten samples, "
            f"that for a rare one only to {rates[-1][1]:.2f}."
        )
        save(figure, "sparse_features.svg", finding)


if __name__ == "__main__":
    main()

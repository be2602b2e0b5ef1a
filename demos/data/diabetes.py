"""One step, and done?  Newton's method on a linear regression, beside NumPy's least squares.

000 §2.5 and 003, linear regression; 002, Newton: J = Σ ½ (y − ŷ)² is its own quadratic
approximation, so θ − H⁻¹·∇J is its minimum, from wherever θ starts.

中文: 线性回归: 牛顿法一步
"""

import csv

import numpy as np
from show import DATA, pyplot, save

from autograd_lite.nn import Perceptron, half_squared_error
from autograd_lite.optim import Newton


def read():
    """(names, X, y): ten features of 442 patients, standardised; the disease a year later."""
    with open(DATA / "diabetes.csv", newline="", encoding="utf-8") as file:
        names, *rows = csv.reader(file)
    X = np.array(rows, dtype=float)
    features = X[:, :-1]
    return names[:-1], (features - features.mean(axis=0)) / features.std(axis=0), X[:, -1]


def main():
    names, X, y = read()
    net = Perceptron(len(names), seed=0)
    parameters = net.parameters()
    samples = list(zip(X.tolist(), y.tolist(), strict=True))

    def cost():
        return sum(half_squared_error(target, net(x)) for x, target in samples)

    start = net.state_dict()
    rule = Newton(parameters)
    before = rule.step(cost).data
    after = cost()
    after.backward()
    slope = max(abs(p.grad) for p in parameters)
    print(f"J: {before:.10g} at random weights, {after.data:.10g} after one step of Newton")
    print(f"H is {rule.kind}; the largest slope after the step is {slope:.1e}")
    end = net.state_dict()
    net.load_state_dict({name: 2 * start[name] - end[name] for name in end})
    print(f"002 prints Δθ = H⁻¹·∇J, without the minus: J rises to {cost().data:.10g}")
    net.load_state_dict(end)
    ours = np.array([p.data for p in parameters])
    theirs = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
    print(f"\n{'':18}{'Newton, one step':>18}{'numpy.lstsq':>18}{'difference':>12}")
    for row in zip([*names, "b"], ours, theirs, ours - theirs, strict=True):
        print("  {:16}{:18.10f}{:18.10f}{:12.1e}".format(*row))
    print(f"largest relative difference: {(abs(ours - theirs) / abs(theirs)).max():.1e}")
    explained = 1 - 2 * after.data / ((y - y.mean()) ** 2).sum()
    print(f"R² on the same rows, the explained share of the variance: {explained:.4f}")
    if plt := pyplot():
        figure, axes = plt.subplots()
        axes.plot([net(x).data for x, _ in samples], y, "k.", markersize=4)
        axes.plot([25, 346], [25, 346], "--", linewidth=0.8, label="ŷ = y")
        axes.set(xlabel="ŷ, predicted", ylabel="y, measured", title="Disease progression")
        finding = (
            "Predicted against measured progression: a broad cloud along the diagonal, of which "
            f"the line explains {explained:.0%} of the variance."
        )
        save(figure, "diabetes.svg", finding)


if __name__ == "__main__":
    main()

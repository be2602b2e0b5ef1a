"""Can noise lead out of a local minimum?  Sample by sample, with a falling rate.

002, l. 304-305: 增加了跳出当前的局部最小值的潜力, and 有与批梯度下降法类似的收敛速度.
f = x⁴ − 4x² + x, as the mean of four samples f ± 16x; and Σ ½(θ − y)² for y = 2, 5, 3.

中文: 随机梯度下降法: 跳出局部最小值, 收敛速度
"""

import numpy as np
from show import pyplot, save, table

from autograd_lite import Value, derivative, minimize
from autograd_lite.analysis import newton_root
from autograd_lite.nn import half_squared_error
from autograd_lite.optim import SGD, GradientDescent, minibatches, time_based

RUNS = 12
SAMPLES = 2.0, 5.0, 3.0
PASSES = 1, 5, 20, 80


def f(x):
    return x**4 - 4 * x**2 + x


START = newton_root(derivative(f), 1.3).root  # the upper of both minima


def walk(seed, noise=16.0, epochs=100):
    """x after every step, from the upper minimum."""
    x = Value(START)
    rule, path = SGD([x], lr=time_based(0.05, 0.02)), [x.data]
    for epoch in range(epochs):
        for (i,) in minibatches(4, 1, seed=1000 * seed + epoch):
            rule.zero_grad()
            (f(x) + (noise if i < 2 else -noise) * x).backward()
            rule.step()
            path.append(x.data)
    return np.array(path)


def off(rule, batches):
    """How far θ is from the mean of the samples, after each batch of them."""
    [theta] = rule.parameters
    seen = []
    for ys in batches:
        rule.zero_grad()
        (sum(half_squared_error(y, theta) for y in ys) / len(ys)).backward()
        rule.step()
        seen.append(theta.data - np.mean(SAMPLES))
    return np.array(seen)


def whole(lr, passes):
    """How far θ is from the mean after each pass over all samples."""
    return off(GradientDescent([Value(0.0)], lr=lr), [SAMPLES] * passes)


def single(passes, runs=50):
    """The same after each sample, drawn at random, η = 1/t: √ of the mean square of the runs."""
    found = []
    for seed in range(runs):
        drawn = np.random.default_rng(seed).integers(3, size=3 * passes)
        rule = SGD([Value(0.0)], lr=time_based(1.0, 1.0))
        found.append(off(rule, [(SAMPLES[k],) for k in drawn]))
    return np.sqrt(np.mean(np.square(found), axis=0))


def main():
    batch = minimize(f, START, lr=0.05, max_steps=400, tolerance=0)
    walks = [walk(seed) for seed in range(RUNS)]
    left = sum(minimize(f, path[-1], lr=0.01).x < 0 for path in walks)
    quiet = sum(minimize(f, walk(seed, 2.0)[-1], lr=0.01).x < 0 for seed in range(RUNS))
    table(
        f"From the upper minimum, x = {START:.6f} (局部最小值)",
        [
            ("all samples at once: x after 400 steps", None, batch.x),
            (f"one at a time: of {RUNS} runs leave for the lower", None, left),
            ("  with samples f ± 2x, an eighth of the noise", None, quiet),
        ],
    )
    all_at_once, one_by_one = whole(0.5, PASSES[-1]), single(PASSES[-1])
    rows = [(f"all samples, η = ½: {n} passes", None, abs(all_at_once[n - 1])) for n in PASSES]
    rows += [(f"one at a time, η = 1/t: {n} passes", None, one_by_one[3 * n - 1]) for n in PASSES]
    table("How far from the mean of 2, 5, 3; of 50 runs, √ of the mean square (收敛速度)", rows)
    print("Erratum (002, l. 305): the rates are not alike.  The batch halves what is left at every")
    print("  step; one sample at a time halves it when the steps are four times as many.")
    if plt := pyplot():
        figure, axes = plt.subplots()
        gone = next((path for path in walks if path[-1] < 0), walks[0])
        axes.plot(gone, linewidth=0.8, label="one sample at a time")
        axes.plot(batch.path, "k--", label="all samples at once")
        axes.set(xlabel="step", ylabel="x", title="x⁴ − 4x² + x, from the upper minimum")
        finding = (
            f"All samples at once stay at {batch.x:.3f}; one sample at a time, {left} of {RUNS} "
            f"runs leave for the lower minimum, this one to end at {gone[-1]:.3f}."
        )
        save(figure, "escape.svg", finding)


if __name__ == "__main__":
    main()

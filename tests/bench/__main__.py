"""Speed and memory of the engine beside micrograd, measured in one run: ``make bench``.

The workload is micrograd's own demonstration: the loss of MLP(2, [16, 16, 1]) on 100 samples,
65,818 nodes, forward and backward.  Engines take turns; medians of the repeats are reported, with
the cyclic garbage collector as a user has it and, beside it, off.  Losses and gradients are
compared before any time is believed.
"""

import gc
import platform
import random
import statistics
import sys
import time
import tracemalloc
from itertools import pairwise

import numpy

import autograd_lite
from autograd_lite import Value, derivative, exp, order, sin

REPEATS = 7
SAMPLES = 100


def network(kind):
    """Weights and data, the same for every engine."""
    draw = random.Random(1337)
    sizes = [2, 16, 16, 1]
    layers = [
        [([kind(draw.uniform(-1, 1)) for _ in range(n)], kind(0.0)) for _ in range(m)]
        for n, m in pairwise(sizes)
    ]
    samples = [([draw.uniform(-1, 1), draw.uniform(-1, 1)], draw.choice((-1, 1)))] * SAMPLES
    samples = [([draw.uniform(-1, 1), draw.uniform(-1, 1)], y) for _, y in samples]
    return layers, samples


def svm_loss(kind, layers, samples):
    """The max-margin loss with L2 penalty of micrograd's demonstration."""

    def score(x):
        for k, layer in enumerate(layers):
            z = [sum((w * v for w, v in zip(ws, x, strict=True)), b) for ws, b in layer]
            x = z if k == len(layers) - 1 else [v.relu() for v in z]
        return x[0]

    losses = [(1 + -y * score([kind(v) for v in x])).relu() for x, y in samples]
    penalty = sum(w * w for layer in layers for ws, b in layer for w in [*ws, b])
    return sum(losses) * (1.0 / len(losses)) + 1e-4 * penalty


def parameters(layers):
    """All weights and biases."""
    return [w for layer in layers for ws, b in layer for w in [*ws, b]]


def timed(kind, layers, samples):
    """(seconds forward, seconds backward, loss, gradients) of one step."""
    for p in parameters(layers):
        p.grad = 0.0
    gc.collect()
    start = time.perf_counter()
    loss = svm_loss(kind, layers, samples)
    middle = time.perf_counter()
    loss.backward()
    end = time.perf_counter()
    return middle - start, end - middle, loss.data, [p.grad for p in parameters(layers)]


def measured(kinds, collector):
    """Median (forward, backward) seconds of each engine, taking turns."""
    networks = {name: network(kind) for name, kind in kinds.items()}
    times = {name: [] for name in kinds}
    results = {}
    for _ in range(REPEATS):
        for name, kind in kinds.items():
            if not collector:
                gc.disable()
            try:
                forward, backward, *results[name] = timed(kind, *networks[name])
            finally:
                gc.enable()
            times[name].append((forward, backward))
    first, *others = results.values()
    for other in others:
        assert abs(first[0] - other[0]) < 1e-12, "the engines disagree on the loss"
        assert numpy.allclose(first[1], other[1], rtol=1e-9, atol=1e-12), "… on a gradient"
    return {
        name: tuple(statistics.median(column) for column in zip(*rows, strict=True))
        for name, rows in times.items()
    }


def memory(kind):
    """Bytes a node of the live graph, before and after backward, by tracemalloc."""
    layers, samples = network(kind)
    gc.collect()
    tracemalloc.start()
    loss = svm_loss(kind, layers, samples)
    before = tracemalloc.get_traced_memory()[0]
    loss.backward()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return before / 65_818, after / 65_818


def chain(length):
    """Microseconds an operation of a chain: forward and backward; the median of the repeats."""
    times = []
    for _ in range(REPEATS if length < 1_000_000 else 1):
        x = Value(1.0)
        gc.collect()
        start = time.perf_counter()
        y = x
        for _ in range(length // 2):
            y = y * x + x
        y.backward()
        times.append((time.perf_counter() - start) / length * 1e6)
        del y
    return statistics.median(times)


def main():
    """Print the tables."""
    kinds = {"autograd_lite": Value}
    try:
        from micrograd.engine import Value as Micrograd

        kinds["micrograd"] = Micrograd
    except ImportError:
        print("micrograd is not installed, so there is nothing to compare with")
    print(f"Python {platform.python_version()}, NumPy {numpy.__version__}, {platform.machine()}")
    print(f"autograd_lite {autograd_lite.__version__}; medians of {REPEATS}, engines taking turns")
    nodes = len(order(svm_loss(Value, *network(Value))))
    print(f"\nmicrograd's demonstration: one loss and its gradient, {nodes:,} nodes")
    print(f"{'collector':10}{'engine':15}{'forward':>10}{'backward':>10}{'a node':>10}{'ratio':>8}")
    for collector in (True, False):
        times = measured(kinds, collector)
        ours = sum(times["autograd_lite"])
        for name, (forward, backward) in times.items():
            total = forward + backward
            print(
                f"{'on' if collector else 'off':10}{name:15}{forward * 1e3:7.1f} ms"
                f"{backward * 1e3:7.1f} ms{total / nodes * 1e9:7.0f} ns{total / ours:7.1f}×"
            )
    print(f"\n{'memory':25}{'before backward':>17}{'after':>12}")
    for name, kind in kinds.items():
        before, after = memory(kind)
        print(f"{name:25}{before:15.0f} B{after:10.0f} B   a node")
    print("\na chain of operations, forward and backward: time an operation")
    for length in (1_000, 10_000, 100_000, 1_000_000):
        print(f"{length:>12,}{chain(length):8.2f} µs")
    print("\nthe n-th derivative of exp(x)·sin(x): time of one call")
    for n in range(1, 11):
        f = derivative(lambda x: exp(x) * sin(x), n)
        start = time.perf_counter()
        for _ in range(20):
            f(0.7)
        print(f"{n:>12}{(time.perf_counter() - start) / 20 * 1e3:8.2f} ms")


if __name__ == "__main__":
    sys.exit(main())

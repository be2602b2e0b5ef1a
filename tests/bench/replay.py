"""Programs beside what else computes the same loss and gradient: ``python -m tests.bench.replay``.

The workload is micrograd's demonstration: the loss of MLP(2, [16, 16, 1]) on 100 samples and its
gradient towards all 337 parameters, in float64.  Every way is first compared with the engine;
then they take turns, and medians are reported, with the time of micrograd (its cyclic garbage
collector off) divided by them.
"""

import gc
import importlib.util
import os
import platform
import statistics
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from autograd_lite import Program, Value, hessian, record
from autograd_lite.replay import compiler
from tests.bench.__main__ import SAMPLES, network, parameters, svm_loss

REPEATS = 7
LAYERS, DATA = network(float)
SIZES = [(len(layer[0][0]), len(layer)) for layer in LAYERS]  # inputs and outputs of each layer
W = np.array(parameters(LAYERS))
X = np.array([x for x, _ in DATA])
Y = np.array([float(y) for _, y in DATA])


def layered(w):
    """The parameters as ``svm_loss`` wants them: [([weights], bias) for each neuron]."""
    rest = iter(w)
    return [[([next(rest) for _ in range(n)], next(rest)) for _ in range(m)] for n, m in SIZES]


def whole_loss(w):
    """The loss on all samples, as micrograd writes it."""
    return svm_loss(Value, layered(w), DATA)


def sample_loss(w, x, y):
    """The loss of one sample, without the penalty."""
    for k, layer in enumerate(layered(w)):
        z = [sum((a * v for a, v in zip(ws, x, strict=True)), b) for ws, b in layer]
        x = z if k == len(SIZES) - 1 else [v.relu() for v in z]
    return (1 + -y * x[0]).relu()


def with_penalty(value, slopes):
    """The penalty on the parameters added."""
    return value + 1e-4 * (W @ W), slopes + 2e-4 * W


def matrices():
    """[(weights, biases) of each layer], as arrays."""
    start, found = 0, []
    for n, m in SIZES:
        block = W[start : start + m * (n + 1)].reshape(m, n + 1)
        found.append((np.ascontiguousarray(block[:, :n]), block[:, n].copy()))
        start += m * (n + 1)
    return found


def flat(pairs):
    """Gradients of the matrices in the order of the parameters."""
    return np.concatenate([np.column_stack(pair).ravel() for pair in pairs])


# ---- the ways ---------------------------------------------------------------------------------


def by_micrograd():
    from micrograd.engine import Value as Micrograd

    layers, data = network(Micrograd)
    ps = parameters(layers)

    def step():
        for p in ps:
            p.grad = 0.0
        gc.disable()
        try:
            loss = svm_loss(Micrograd, layers, data)
            loss.backward()
        finally:
            gc.enable()
        return loss.data, np.array([p.grad for p in ps])

    return step


def by_engine():
    leaves = [Value(x) for x in W]

    def step():
        for p in leaves:
            p.grad = None
        loss = whole_loss(leaves)
        loss.backward()
        return loss.data, np.array([p.grad for p in leaves])

    return step


def by_whole(backend, check=True):
    program = record(whole_loss, W, backend=backend).on(backend, check=check)
    return lambda: program.value_and_grad(W)


def by_batch(backend):
    program = record(sample_loss, W, X[0], Y[0], wrt=0, backend=backend)
    return lambda: with_penalty(*program.batch(W, X, Y, reduce="mean"))


def by_loop():
    program = record(sample_loss, W, X[0], Y[0], wrt=0, backend="python")
    w = W.tolist()

    def step():
        found = [program.value_and_grad(w, x, float(y)) for x, y in zip(X, Y, strict=True)]
        value = sum(value for value, _ in found) / SAMPLES
        return with_penalty(value, sum(slopes for _, slopes in found) / SAMPLES)

    return step


def by_numpy():
    (w1, b1), (w2, b2), (w3, b3) = matrices()

    def step():
        z1 = X @ w1.T + b1
        a1 = np.maximum(z1, 0)
        z2 = a1 @ w2.T + b2
        a2 = np.maximum(z2, 0)
        margin = 1 - Y * (a2 @ w3.T + b3)[:, 0]
        loss = np.maximum(margin, 0).sum() / SAMPLES
        ds = (-Y * (margin > 0) / SAMPLES)[:, None]
        dz2 = ds @ w3 * (z2 > 0)
        dz1 = dz2 @ w2 * (z1 > 0)
        pairs = (dz1.T @ X, dz1.sum(0)), (dz2.T @ a1, dz2.sum(0)), (ds.T @ a2, ds.sum(0))
        return with_penalty(loss, flat(pairs))

    return step


def by_torch():
    import torch

    torch.set_num_threads(1)
    ps = [torch.tensor(x, requires_grad=True) for pair in matrices() for x in pair]
    x, y = torch.tensor(X), torch.tensor(Y)

    def step():
        for p in ps:
            p.grad = None
        a = torch.relu(x @ ps[0].T + ps[1])
        a = torch.relu(a @ ps[2].T + ps[3])
        score = (a @ ps[4].T + ps[5])[:, 0]
        loss = torch.relu(1 - y * score).mean() + 1e-4 * sum((p * p).sum() for p in ps)
        loss.backward()
        return loss.item(), [p.grad for p in ps]

    def checked():
        value, grads = step()
        grads = [g.numpy() for g in grads]
        return value, flat(zip(grads[::2], grads[1::2], strict=True))

    return checked, step


def by_jax():
    import jax

    jax.config.update("jax_enable_x64", True)
    relu = jax.nn.relu

    def loss(pairs):
        a = X
        for k, (w, b) in enumerate(pairs):
            z = a @ w.T + b
            a = z if k == 2 else relu(z)
        penalty = sum((w * w).sum() + (b * b).sum() for w, b in pairs)
        return relu(1 - Y * a[:, 0]).mean() + 1e-4 * penalty

    run = jax.jit(jax.value_and_grad(loss))
    pairs = [tuple(map(jax.numpy.asarray, pair)) for pair in matrices()]

    def checked():
        value, grads = run(pairs)
        return float(value), flat([(np.asarray(w), np.asarray(b)) for w, b in grads])

    return checked, lambda: jax.block_until_ready(run(pairs))


def by_casadi():
    import casadi

    w, x, y = casadi.SX.sym("w", len(W)), casadi.SX.sym("x", 2), casadi.SX.sym("y")
    rest, a = iter(range(len(W))), [x[0], x[1]]
    for k, (n, m) in enumerate(SIZES):
        z = []
        for _ in range(m):
            terms = [w[next(rest)] * a[i] for i in range(n)]
            z.append(sum(terms, w[next(rest)]))
        a = z if k == 2 else [casadi.fmax(v, 0) for v in z]
    loss = casadi.fmax(1 - y * a[0], 0)
    one = casadi.Function("one", [w, x, y], [loss, casadi.gradient(loss, w)])
    many = one.map("many", "serial", SAMPLES, [0], [])
    wd, xd, yd = casadi.DM(W), casadi.DM(X.T), casadi.DM(Y).T

    def step():
        values, slopes = many(wd, xd, yd)
        value, slopes = casadi.sum2(values) / SAMPLES, casadi.sum2(slopes) / SAMPLES
        return with_penalty(float(value), np.array(slopes).ravel())

    return step


WAYS = {
    "micrograd, collector off": (by_micrograd, "micrograd"),
    "the engine, a graph each time": (by_engine, None),
    "one sample → Python, looped over": (by_loop, None),
    "whole graph → NumPy by levels": (lambda: by_whole("numpy"), None),
    "one sample → NumPy, one batch": (lambda: by_batch("numpy"), None),
    "CasADi SX, mapped": (by_casadi, "casadi"),
    "PyTorch tensors, 1 thread": (by_torch, "torch"),
    "whole graph → table in C": (lambda: by_whole("c"), None),
    "whole graph → table in C, unchecked": (lambda: by_whole("c", check=False), None),
    "hand-written NumPy": (by_numpy, None),
    "JAX jit": (by_jax, "jax"),
    "one sample → C, on vectors": (lambda: by_batch("c"), None),
}
# (ours, theirs, so many times as fast)
GOALS = [
    ("whole graph → table in C", "micrograd, collector off", 250),
    ("whole graph → table in C, unchecked", "micrograd, collector off", 250),
    ("whole graph → table in C", "PyTorch tensors, 1 thread", 2),
    ("one sample → NumPy, one batch", "PyTorch tensors, 1 thread", 0.8),
    ("one sample → C, on vectors", "hand-written NumPy", 5),
    ("one sample → C, on vectors", "JAX jit", 5),
    ("one sample → C, on vectors", "CasADi SX, mapped", 20),
]


def measured(steps):
    """Median and extremes of the seconds of a step, by name; the ways take turns."""
    counts = {}
    for name, step in steps.items():
        start = time.perf_counter()
        step()
        counts[name] = max(1, min(500, int(0.05 / (time.perf_counter() - start))))
    times = {name: [] for name in steps}
    for _ in range(REPEATS):
        for name, step in steps.items():
            step()  # what the others have pushed out of the caches comes back
            start = time.perf_counter()
            for _ in range(counts[name]):
                step()
            times[name].append((time.perf_counter() - start) / counts[name])
    return {name: (statistics.median(each), min(each), max(each)) for name, each in times.items()}


def demonstration():
    """Print the table and the goals; returns {name: seconds}."""
    expected = by_engine()()
    steps = {}
    for name, (make, module) in WAYS.items():
        if module and importlib.util.find_spec(module) is None:
            print(f"left out: {name}: {module} is not installed")
            continue
        if "in C" in name and not compiler.compiler():
            print(f"left out: {name}: there is no C compiler")
            continue
        made = make()
        checked, step = made if isinstance(made, tuple) else (made, made)
        value, slopes = checked()
        assert abs(value - expected[0]) < 1e-12, f"{name}: another loss"
        assert np.allclose(slopes, expected[1], rtol=1e-9, atol=1e-12), f"{name}: another gradient"
        steps[name] = step
    times = measured(steps)
    slowest = times.get("micrograd, collector off", (0, 0, 0))[0]
    print(f"\n{'one loss and its gradient':38}{'median':>12}{'from':>11}{'to':>11}{'ratio':>10}")
    for name, (median, least, most) in times.items():
        row = "".join(f"{x * 1e3:8.4f} ms" for x in (median, least, most))
        print(f"{name:38} {row}{slowest / median:9,.0f}×")
    print()
    for ours, theirs, goal in GOALS:
        if ours in times and theirs in times:
            ratio = times[theirs][0] / times[ours][0]
            said = "reached" if ratio >= goal else "MISSED"
            print(f"{ours} / {theirs}: {ratio:.1f}× (goal {goal}×, {said})")


def recording():
    """Print what recording, compiling and keeping a program costs."""
    leaves, eager, times = [Value(x) for x in W], [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        loss = whole_loss(leaves)
        middle = time.perf_counter()
        del loss
        again = time.perf_counter()
        program = record(whole_loss, W, backend="c")
        eager.append(middle - start)
        times.append(time.perf_counter() - again)
    ratio = statistics.median(times) / statistics.median(eager)
    print(f"\nrecording {program.size:,} operations: {ratio:.1f} × an eager forward pass")
    if not compiler.compiler():
        return
    table, listing = program._point(), program.listing
    kept = [listing.code, listing.a, listing.b, listing.c, listing.checked]
    kept += [table._code, table._v, table._g]
    print(f"memory of its replay: {sum(x.nbytes for x in kept) / program.size:.1f} B an operation")
    for length in (250, 500, 1000):

        def chain(w, x, length=length):
            y = x
            for _ in range(length // 2):
                y = y * w + x
            return y

        cached = record(chain, 0.9, time.time(), wrt=0, backend="c")
        fresh = f"/* {time.time()} */"
        start = time.perf_counter()
        from autograd_lite.replay.lanes import Lanes

        lanes = Lanes(cached.listing, (False, True), each=False, gradient=True, check=True)
        compiler.load(lanes.source + fresh, "-march=native")
        print(f"compiling {length:5,} operations: {time.perf_counter() - start:.2f} s")


def rosenbrock(x):
    return sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def hessians():
    """Print how much faster a Hessian is replayed than computed on graphs."""
    x = np.linspace(-1.2, 1.3, 10)
    eager = hessian(rosenbrock)
    ways = {"on graphs": lambda: eager(x)}
    for backend in ("python", "c") if compiler.compiler() else ("python",):
        program = record(eager, np.ones(10), backend=backend)
        assert (program(x) == eager(x)).all()
        ways[f"replayed, {backend}"] = lambda program=program: program(x)
    times = measured(ways)
    print("\nthe Hessian of Rosenbrock's function in 10 variables")
    for name, (median, _, _) in times.items():
        print(f"{name:20}{median * 1e3:9.4f} ms{times['on graphs'][0] / median:8.1f}×")


def main():
    """Print the tables."""
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {platform.machine()}")
    loss = whole_loss([Value(x) for x in W])
    print(f"{Program.from_graph(loss).size:,} operations, {len(W)} parameters, {SAMPLES} samples")
    demonstration()
    recording()
    hessians()


if __name__ == "__main__":
    sys.exit(main())

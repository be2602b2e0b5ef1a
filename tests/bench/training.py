"""Training the notes' 2-2-1 network to tell tumours: gradient descent on the mean log loss.

Each run starts at other parameters.  The batches are those of the rows in order, the same in every
epoch.  ``fit`` does all that it does for a user in each run: it looks at the samples, records the
loss, finds what was compiled.
"""

import csv
import ctypes
from pathlib import Path

import numpy

from autograd_lite.nn import TwoLayerNetwork, log_loss
from autograd_lite.optim import GradientDescent
from autograd_lite.program import record
from autograd_lite.program.simd import Job
from autograd_lite.train import fit

from . import peers
from .harness import At, Contestant, Workload
from .notes import P, numba_log_loss, of

FEATURES = "worst_radius", "worst_concave_points"
LR = 0.5


def tumours():
    """The two measurements of each tumour, mean 0 and deviation 1, and 1 where it is malignant."""
    table = Path(__file__).parents[2] / "demos" / "data" / "breast_cancer.csv"
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    x = numpy.array([[float(row[name]) for name in FEATURES] for row in rows])
    y = numpy.array([float(row["diagnosis"] == "malignant") for row in rows])
    return (x - x.mean(axis=0)) / x.std(axis=0), y


X, Y = tumours()
STARTS = [(P + dp,) for dp in numpy.random.default_rng(0).normal(scale=0.1, size=(16, len(P)))]


def network(start):
    net = TwoLayerNetwork()
    for v, number in zip(net.parameters(), start, strict=True):
        v.data = float(number)
    return net


class StepByStep(GradientDescent):
    """A rule with a ``step`` of its own, which ``fit`` therefore calls for every batch."""

    def step(self, closure=None):
        return super().step(closure)


def fitted(rule, backend, size, epochs):
    def make():
        if backend == "c":
            peers.needs_c()
        x, y = X.tolist(), Y.tolist()

        def run(start):
            net = network(start)
            options = {"epochs": epochs, "batch_size": size, "shuffle": False, "backend": backend}
            history = fit(net, x, y, loss=log_loss, optimizer=rule(net, lr=LR), **options)
            return history.loss[-1], [v.data for v in net.parameters()]

        return At(run, STARTS)

    return make


def batches(size):
    """Slices of the rows."""
    return [slice(start, start + size) for start in range(0, len(X), size)]


class Segment(ctypes.Structure):
    """Samples of a batch that one program runs on."""

    _fields_ = (
        ("run", ctypes.c_void_p),
        ("job", Job),
        ("value", ctypes.c_long),
        ("at", ctypes.c_void_p),
        ("batch", ctypes.c_long),  # the size of the batch that ends here, or 0
    )


def looped(size, epochs):
    """The programs' C alone, in a loop by hand: what ``fit`` could reach."""

    def make():
        peers.needs_c()
        descend = peers.by_hand().descend_by_programs
        descend.restype = ctypes.c_double
        p, kept, segments = numpy.empty(9), [], []  # kept: what C has pointers to
        programs = {
            y: record(lambda m, x, y=y: log_loss(y, m(x)), network(P), X[0], wrt=0, backend="c")
            for y in (0.0, 1.0)
        }
        for rows in batches(size):
            x, y = X[rows], Y[rows]
            for target in dict.fromkeys(y.tolist()):
                backend = programs[target].simd(network(P), X[:1])
                columns = numpy.ascontiguousarray(x[y == target].T)
                at = numpy.array([g.at for g in backend.code.grads], dtype=numpy.intc)
                sums = numpy.empty(backend.code.sums)
                addresses = [a.ctypes.data for a in (p, columns, sums, sums, backend.memory)]
                job = Job(columns.shape[1], *addresses, 1.0)
                run = ctypes.cast(backend.run, ctypes.c_void_p)
                value = backend.code.outputs[0].at
                segments.append(Segment(run, job, value, at.ctypes.data, 0))
                kept += [backend, columns, at, sums]
            segments[-1].batch = len(y)
        array = (Segment * len(segments))(*segments)
        given = [peers.pointer(p), ctypes.byref(array), *map(ctypes.c_long, (len(array), epochs))]

        def run(start):
            p[:] = start
            return descend(*given, ctypes.c_double(LR)), p, kept[:0]

        return At(run, STARTS)

    return make


def c_by_hand(size, epochs):
    def make():
        descend = peers.by_hand().descend
        descend.restype = ctypes.c_double
        x1, x2 = (numpy.ascontiguousarray(x) for x in X.T)
        p = numpy.empty(9)
        given = [peers.pointer(each) for each in (p, x1, x2, Y)]
        given += [ctypes.c_long(n) for n in (len(Y), size, epochs)]

        def run(start):
            p[:] = start
            return descend(*given, ctypes.c_double(LR)), p

        return At(run, STARTS)

    return make


def numpy_by_hand(size, epochs):
    def make():
        parts = [(*numpy.ascontiguousarray(X[rows].T), Y[rows]) for rows in batches(size)]

        def sigmoid(z):
            return 1 / (1 + numpy.exp(-z))

        def run(start):
            p, n = start.copy(), len(Y)
            for _ in range(epochs):
                total = 0.0
                for x1, x2, y in parts:
                    a1 = sigmoid(x1 * p[0] + x2 * p[1] + p[2])
                    a2 = sigmoid(x1 * p[3] + x2 * p[4] + p[5])
                    yhat = sigmoid(a1 * p[6] + a2 * p[7] + p[8])
                    total -= numpy.log(numpy.where(y > 0.5, yhat, 1 - yhat)).sum()
                    e = yhat - y
                    e1, e2 = e * p[6] * a1 * (1 - a1), e * p[7] * a2 * (1 - a2)
                    g = [e1 @ x1, e1 @ x2, e1.sum(), e2 @ x1, e2 @ x2, e2.sum(), e @ a1, e @ a2]
                    p -= LR / len(y) * numpy.array([*g, e.sum()])
            return total / n, p

        return At(run, STARTS)

    return make


def numba_by_hand(size, epochs):
    def make():
        log_loss = numba_log_loss()

        @peers.njit()
        def run(start, x1, x2, y):
            p, total = start.copy(), 0.0
            for _ in range(epochs):
                total = 0.0
                for at in range(0, y.size, size):
                    end = min(at + size, y.size)
                    value, g = log_loss(p, x1[at:end], x2[at:end], y[at:end])
                    total += value
                    p -= LR / (end - at) * g
            return total / y.size, p

        x1, x2 = (numpy.ascontiguousarray(x) for x in X.T)
        return At(lambda start: run(start, x1, x2, Y), STARTS)

    return make


def torch(size, epochs):
    def make():
        torch = peers.torch()
        loss = of(torch)
        parts = [(torch.tensor(X[rows]), torch.tensor(Y[rows])) for rows in batches(size)]

        def run(start):
            p = torch.tensor(start, requires_grad=True)
            for _ in range(epochs):
                total = 0.0
                for x, y in parts:
                    value = loss(p, x, y)
                    (g,) = torch.autograd.grad(value, p)
                    with torch.no_grad():
                        p -= LR / len(y) * g
                    total += value.item()
            return total / len(Y), p

        return At(run, STARTS)

    return make


def jax(size, epochs):
    """Whole epochs in one call, too: a scan over the batches, and what is left of the rows."""

    def make():
        jax = peers.jax()
        both = jax.value_and_grad(of(jax.numpy))
        whole = len(X) // size * size
        many = X[:whole].reshape(-1, size, 2), Y[:whole].reshape(-1, size)

        def step(p, rows):
            value, g = both(p, *rows)
            return p - LR / rows[1].size * g, value

        @jax.jit
        def run(p):
            def epoch(_, state):
                p, values = jax.lax.scan(step, state[0], many)
                total = values.sum()
                if whole < len(X):
                    p, value = step(p, (X[whole:], Y[whole:]))
                    total += value
                return p, total / len(Y)

            p, loss = jax.lax.fori_loop(0, epochs, epoch, (p, 0.0))
            return loss, p

        starts = [(jax.numpy.array(start),) for (start,) in STARTS]
        return At(lambda start: jax.block_until_ready(run(start)), starts)

    return make


def workload(key, title, size, epochs, *more):
    how = size, epochs
    return Workload(
        key,
        f"training the notes' network on 569 tumours: {epochs:,} epochs, {title}",
        (
            Contestant("program: fit in C", fitted(GradientDescent, "c", *how)),
            *more,
            Contestant("JAX jit", jax(*how), "jax"),
            Contestant("Numba by hand", numba_by_hand(*how), "numba"),
            Contestant("C by hand", c_by_hand(*how), "numpy"),
            Contestant("the program's C in a loop by hand", looped(*how)),
        ),
        base="program: fit in C",
        parts=epochs * -(-len(X) // size),
        part="step",
    )


WHOLE = len(X), 1_000
WORKLOADS = [
    workload(
        "training",
        "each one step",
        *WHOLE,
        Contestant("program: fit step by step, C", fitted(StepByStep, "c", *WHOLE), slow=True),
        Contestant("PyTorch", torch(*WHOLE), "torch", slow=True),
        Contestant("NumPy by hand", numpy_by_hand(*WHOLE), "numpy"),
    ),
    workload("training-1", "a step for each tumour (SGD)", 1, 200),
]

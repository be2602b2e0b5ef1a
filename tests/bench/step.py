"""micrograd's demonstration: the loss of MLP(2, [16, 16, 1]) on 100 samples and its gradient.

The max-margin loss with L2 penalty, all 337 parameters, 65,818 nodes; in every contestant the
parameters are laid out as W1, b1, W2, b2, W3, b3.  They are others in each run, as in training; the
samples stay.
"""

import copy
import math
import pickle
import random
from itertools import pairwise

import numpy

import autograd_lite
from autograd_lite import record
from autograd_lite.program import Program

from . import closures_free, peers
from .harness import At, Kept

SAMPLES, MANY, ALPHA = 100, 10_000, 1e-4
draw = random.Random(1337)
SHAPES = [shape for n, m in pairwise([2, 16, 16, 1]) for shape in ((m, n), (m,))]  # W1, b1, …
SIZES = [math.prod(shape) for shape in SHAPES]


def weights():
    """Parameters in one row."""
    bounds = [1.0 if len(shape) == 2 else 0.1 for shape in SHAPES]
    numbers = zip(SIZES, bounds, strict=True)
    return numpy.array([draw.uniform(-b, b) for size, b in numbers for _ in range(size)])


PS = [weights() for _ in range(8)]
P = PS[0]
FEW = PS[:2]  # where each point is a graph of its own
X = numpy.array([[draw.uniform(-1, 1) for _ in range(2)] for _ in range(MANY)])
Y = numpy.array([float(draw.choice((-1, 1))) for _ in range(MANY)])


def score(layers, x):
    """The network's output, on any kind of numbers; layers are W1, b1, W2, …"""
    for k in range(0, len(layers), 2):
        rows = zip(layers[k], layers[k + 1], strict=True)
        z = [sum((w * v for w, v in zip(ws, x, strict=True)), b) for ws, b in rows]
        x = [v.relu() for v in z] if k < len(layers) - 2 else z
    return x[0]


def numbers(kind, p):
    """(layers, samples) made of a kind of numbers."""
    layers = [numpy.vectorize(kind, otypes=[object])(w).tolist() for w in cut_arrays(p)]
    samples = [
        ([kind(v) for v in x], y)
        for x, y in zip(X[:SAMPLES].tolist(), Y[:SAMPLES].tolist(), strict=True)
    ]
    return layers, samples


def parameters(layers):
    """All of them in one list."""
    return [
        w for layer in layers for row in layer for w in (row if isinstance(row, list) else [row])
    ]


def whole(layers, samples):
    """The loss, as one graph."""
    losses = [(1 + -y * score(layers, x)).relu() for x, y in samples]
    penalty = sum(w * w for w in parameters(layers))
    return sum(losses) * (1.0 / len(losses)) + ALPHA * penalty


def cut(p):
    """W1, b1, … from all parameters in one array."""
    return [w.tolist() for w in cut_arrays(p)]


def cut_arrays(p):
    """The same as arrays, which are parts of ``p``."""
    parts = zip(numpy.split(p, numpy.cumsum(SIZES)[:-1]), SHAPES, strict=True)
    return [part.reshape(shape) for part, shape in parts]


def hinge(p, x, y):
    """The loss of one sample, without penalty: what is recorded."""
    return (1 + -y * score(cut(p), x)).relu()


def engine(find, points=PS):
    """A contestant that builds the graph in every run; ``find`` gives its class."""

    def make():
        kind = find()

        def run(layers, samples, found):
            return pushed(whole(layers, samples), found)

        return At(run, [made(kind, p) for p in points])

    return make


def made(kind, p):
    """(layers, samples, parameters) made of a kind of numbers."""
    layers, samples = numbers(kind, p)
    return layers, samples, parameters(layers)


def pushed(loss, found):
    """The loss and its gradient, the latter computed now."""
    for p in found:
        p.grad = 0.0
    loss.backward()
    return loss.data, [p.grad for p in found]


def forward(find, points=PS):
    """The graph alone."""

    def make():
        def run(layers, samples, found):
            loss = whole(layers, samples)
            return Kept(lambda: pushed(loss, found), loss)

        kind = find()
        return At(run, [made(kind, p) for p in points])

    return make


def alive(find, *, backward):
    """The graph, which stays alive."""

    def make():
        kind = find()

        def run():
            layers, samples = numbers(kind, P)
            loss = whole(layers, samples)
            if backward:
                loss.backward()
            return Kept(loss.data, loss)

        return run

    return make


def graphs():
    """Graphs that are there: (loss, parameters) of each."""
    found = [made(autograd_lite.Value, p) for p in FEW]
    return [(whole(layers, samples), parameters) for layers, samples, parameters in found]


def ours():
    return autograd_lite.Value


def backward_alone():
    """The backward pass of a graph that is there."""
    return At(pushed, graphs())


def walk_alone():
    """The order that the backward pass walks by."""

    def run(loss, found):
        nodes = autograd_lite.value.order(loss)
        return Kept(lambda: pushed(nodes[-1], found), nodes)

    return At(run, graphs())


def copied(how):
    """A copy of a graph that is there, and its backward pass compared."""

    def make():
        def run(loss, found):
            again, theirs = how((loss, found))
            return Kept(lambda: pushed(again, theirs), again)

        return At(run, graphs())

    return make


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle and back": lambda graph: pickle.loads(pickle.dumps(graph)),
}


def graph_program():
    """The program of the whole graph."""
    layers, samples, found = made(autograd_lite.Value, P)
    return Program.from_graph(whole(layers, samples), inputs=[numpy.array(found, dtype=object)])


def whole_program(backend, *, check=True):
    """The whole graph, recorded once."""

    def make():
        if backend == "c":
            peers.needs_c()
        program = graph_program().on(backend, check=check)
        return At(program.value_and_grad, [(p,) for p in PS])

    return make


def keep_program():
    """What a program of the whole graph takes, with its arrays for one run."""
    peers.needs_c()
    layers, samples, found = made(autograd_lite.Value, P)
    inputs = numpy.array(found, dtype=object)
    loss = whole(layers, samples)

    def run():
        program = Program.from_graph(loss, inputs=[inputs]).on("c")
        return Kept(program.value_and_grad(P)[0], program)

    return run


def with_penalty(p, value, slopes):
    """The penalty's part added to a mean and its gradient."""
    return value + ALPHA * (p @ p), slopes + 2 * ALPHA * p


def looped():
    """One sample recorded, and its Python run for each."""
    program = record(hinge, P, X[0], Y[0], wrt=0).on("python")

    def run(p):
        value, slopes = 0.0, numpy.zeros(p.size)
        for x, y in zip(X[:SAMPLES], Y[:SAMPLES], strict=True):
            loss, g = program.value_and_grad(p, x, y)
            value += loss
            slopes += g
        return with_penalty(p, value / SAMPLES, slopes / SAMPLES)

    return At(run, [(p,) for p in PS])


def batched(backend, count=SAMPLES, *, check=True):
    """One sample recorded, and all run at once."""

    def make():
        if backend == "c":
            peers.needs_c()
        program = record(hinge, P, X[0], Y[0], wrt=0).on(backend, check=check)
        x, y = X[:count], Y[:count]
        return At(
            lambda p: with_penalty(p, *program.batch(p, x, y, reduce="mean")), [(p,) for p in PS]
        )

    return make


def recording():
    """A program of the whole loss, from the function on; compared by running it, untimed."""
    samples = list(zip(X[:SAMPLES].tolist(), Y[:SAMPLES].tolist(), strict=True))

    def run(p):
        program = record(lambda p: whole(cut(p), samples), p)
        return Kept(lambda: program.value_and_grad(p), program)

    return At(run, [(p,) for p in PS])


def micrograd():
    return peers.library("micrograd.engine").Value


ENGINES = {
    "eager": ("autograd_lite", ours),
    "micrograd": ("micrograd", micrograd),
    "Value without closures": ("closures_free", lambda: closures_free.Value),
}

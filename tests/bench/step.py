"""micrograd's demonstration: the loss of MLP(2, [16, 16, 1]) on 100 samples and its gradient.

The max-margin loss with L2 penalty, all 337 parameters, 65,818 nodes; in every contestant the
parameters are laid out as W1, b1, W2, b2, W3, b3.
"""

import random
from itertools import pairwise

import numpy

import autograd_lite
from autograd_lite import record
from autograd_lite.program import Program

from . import closures_free, peers
from .harness import Kept

SAMPLES, MANY, ALPHA = 100, 10_000, 1e-4
draw = random.Random(1337)
WEIGHTS = []  # W1, b1, …
for n, m in pairwise([2, 16, 16, 1]):
    WEIGHTS += [numpy.array([[draw.uniform(-1, 1) for _ in range(n)] for _ in range(m)])]
    WEIGHTS += [numpy.array([draw.uniform(-0.1, 0.1) for _ in range(m)])]
P = numpy.concatenate([w.ravel() for w in WEIGHTS])
X = numpy.array([[draw.uniform(-1, 1) for _ in range(2)] for _ in range(MANY)])
Y = numpy.array([float(draw.choice((-1, 1))) for _ in range(MANY)])


def score(layers, x):
    """The network's output, on any kind of numbers; layers are W1, b1, W2, …"""
    for k in range(0, len(layers), 2):
        rows = zip(layers[k], layers[k + 1], strict=True)
        z = [sum((w * v for w, v in zip(ws, x, strict=True)), b) for ws, b in rows]
        x = [v.relu() for v in z] if k < len(layers) - 2 else z
    return x[0]


def numbers(kind):
    """(layers, samples) made of a kind of numbers."""
    layers = [numpy.vectorize(kind, otypes=[object])(w).tolist() for w in WEIGHTS]
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
    ends = numpy.cumsum([w.size for w in WEIGHTS])
    parts = zip(numpy.split(p, ends[:-1]), WEIGHTS, strict=True)
    return [part.reshape(w.shape) for part, w in parts]


def hinge(p, x, y):
    """The loss of one sample, without penalty: what is recorded."""
    return (1 + -y * score(cut(p), x)).relu()


def engine(find):
    """A contestant that builds the graph in every run; ``find`` gives its class."""

    def make():
        kind = find()
        layers, samples = numbers(kind)
        found = parameters(layers)

        def run():
            return pushed(whole(layers, samples), found)

        return run

    return make


def pushed(loss, found):
    """The loss and its gradient, the latter computed now."""
    for p in found:
        p.grad = 0.0
    loss.backward()
    return loss.data, [p.grad for p in found]


def forward(find):
    """The graph alone."""

    def make():
        layers, samples = numbers(find())
        found = parameters(layers)

        def run():
            loss = whole(layers, samples)
            return Kept(lambda: pushed(loss, found), loss)

        return run

    return make


def alive(find, *, backward):
    """The graph, which stays alive."""

    def make():
        kind = find()

        def run():
            layers, samples = numbers(kind)
            loss = whole(layers, samples)
            if backward:
                loss.backward()
            return Kept(loss.data, loss)

        return run

    return make


def again(what):
    """A part of the backward pass, of a graph that is there."""

    def make():
        layers, samples = numbers(autograd_lite.Value)
        found, loss = parameters(layers), whole(layers, samples)

        def walk():
            nodes = autograd_lite.value.order(loss)
            return Kept(lambda: pushed(nodes[-1], found), nodes)

        return walk if what == "order" else lambda: pushed(loss, found)

    return make


def graph_program():
    """The program of the whole graph."""
    layers, samples = numbers(autograd_lite.Value)
    inputs = numpy.array(parameters(layers), dtype=object)
    return Program.from_graph(whole(layers, samples), inputs=[inputs])


def replay_whole(backend, *, check=True):
    """The whole graph, recorded once."""

    def make():
        if backend == "c":
            peers.needs_c()
        program = graph_program().on(backend, check=check)
        return lambda: program.value_and_grad(P)

    return make


def keep_replay():
    """What a program of the whole graph takes, with its arrays for one run."""
    peers.needs_c()
    layers, samples = numbers(autograd_lite.Value)
    inputs = numpy.array(parameters(layers), dtype=object)
    loss = whole(layers, samples)

    def run():
        program = Program.from_graph(loss, inputs=[inputs]).on("c")
        return Kept(program.value_and_grad(P)[0], program)

    return run


def with_penalty(value, slopes):
    """The penalty's part added to a mean and its gradient."""
    return value + ALPHA * (P @ P), slopes + 2 * ALPHA * P


def looped():
    """One sample recorded, and its Python run for each."""
    program = record(hinge, P, X[0], Y[0], wrt=0).on("python")

    def run():
        value, slopes = 0.0, numpy.zeros(P.size)
        for x, y in zip(X[:SAMPLES], Y[:SAMPLES], strict=True):
            loss, g = program.value_and_grad(P, x, y)
            value += loss
            slopes += g
        return with_penalty(value / SAMPLES, slopes / SAMPLES)

    return run


def batched(backend, count=SAMPLES, *, check=True):
    """One sample recorded, and all run at once."""

    def make():
        if backend == "c":
            peers.needs_c()
        program = record(hinge, P, X[0], Y[0], wrt=0).on(backend, check=check)
        x, y = X[:count], Y[:count]
        return lambda: with_penalty(*program.batch(P, x, y, reduce="mean"))

    return make


def recording():
    """A program of the whole loss, from the function on; compared by running it, untimed."""
    samples = list(zip(X[:SAMPLES].tolist(), Y[:SAMPLES].tolist(), strict=True))

    def run():
        program = record(lambda p: whole(cut(p), samples), P)
        return Kept(lambda: program.value_and_grad(P), program)

    return run


def micrograd():
    return peers.library("micrograd.engine").Value


ENGINES = {
    "eager": ("autograd_lite", lambda: autograd_lite.Value),
    "micrograd": ("micrograd", micrograd),
    "Value without closures": ("closures_free", lambda: closures_free.Value),
}

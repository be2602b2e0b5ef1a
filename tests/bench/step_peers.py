"""micrograd's demonstration in the other libraries, on arrays."""

import ctypes

import numpy

import autograd_lite

from . import peers
from .harness import Contestant, Workload
from .step import (
    ALPHA,
    ENGINES,
    MANY,
    SAMPLES,
    WEIGHTS,
    P,
    X,
    Y,
    again,
    alive,
    batched,
    cut_arrays,
    engine,
    forward,
    keep_replay,
    looped,
    recording,
    replay_whole,
    with_penalty,
)


def loss_of(np):
    """The loss on arrays, for a module like NumPy."""

    def loss(weights, X, Y):
        W1, b1, W2, b2, W3, b3 = weights
        a1 = np.maximum(X @ W1.T + b1, 0.0)
        a2 = np.maximum(a1 @ W2.T + b2, 0.0)
        s = a2 @ W3[0] + b3[0]
        penalty = sum((w * w).sum() for w in weights)
        return np.maximum(1 - Y * s, 0.0).mean() + ALPHA * penalty

    return loss


def hips(x, y):
    autograd = peers.library("autograd")
    both = autograd.value_and_grad(loss_of(peers.library("autograd.numpy")))
    return lambda: both(WEIGHTS, x, y)


def jax(x, y):
    jax = peers.jax()
    both = jax.jit(jax.value_and_grad(loss_of(jax.numpy)))
    arrays = [jax.numpy.array(w) for w in WEIGHTS], jax.numpy.array(x), jax.numpy.array(y)
    return lambda: jax.block_until_ready(both(*arrays))


def torch(x, y):
    torch = peers.torch()
    weights = [torch.tensor(w, requires_grad=True) for w in WEIGHTS]
    x, y = torch.tensor(x), torch.tensor(y)

    def run():
        W1, b1, W2, b2, W3, b3 = weights
        s = torch.relu(torch.relu(x @ W1.T + b1) @ W2.T + b2) @ W3[0] + b3[0]
        penalty = sum((w * w).sum() for w in weights)
        loss = torch.relu(1 - y * s).mean() + ALPHA * penalty
        return loss, torch.autograd.grad(loss, weights)

    return run


def casadi(x, y):
    ca = peers.library("casadi")
    columns = ca.DM(P), ca.DM(x.T), ca.DM(y[None])
    count, p, x, y = len(y), ca.SX.sym("p", P.size), ca.SX.sym("x", 2), ca.SX.sym("y")
    a, at = x, 0
    for k in range(0, 6, 2):
        m, n = WEIGHTS[k].shape
        W = ca.reshape(p[at : at + m * n], n, m).T
        a = W @ a + p[at + m * n : at + m * n + m]
        a = ca.fmax(a, 0) if k < 4 else a
        at += m * n + m
    loss = ca.fmax(1 - y * a, 0)
    one = ca.Function("one", [p, x, y], [loss, ca.gradient(loss, p)])
    many = one.map("many", "serial", count, [0], [0, 1])  # p is shared, the results are added

    def run():
        value, slopes = many(*columns)
        return with_penalty(float(value) / count, slopes.full().ravel() / count)

    return run


def numpy_by_hand(x, y):
    W1, b1, W2, b2, W3, b3 = cut_arrays(P)
    g = numpy.zeros(P.size)
    gW1, gb1, gW2, gb2, gW3, gb3 = cut_arrays(g)

    def run():
        a1 = numpy.maximum(x @ W1.T + b1, 0.0)
        a2 = numpy.maximum(a1 @ W2.T + b2, 0.0)
        losses = numpy.maximum(1 - y * (a2 @ W3[0] + b3[0]), 0.0)
        d3 = (losses > 0) * y / -len(y)
        d2 = d3[:, None] * W3 * (a2 > 0)
        d1 = d2 @ W2 * (a1 > 0)
        numpy.matmul(d1.T, x, out=gW1)
        d1.sum(0, out=gb1)
        numpy.matmul(d2.T, a1, out=gW2)
        d2.sum(0, out=gb2)
        numpy.matmul(d3, a2, out=gW3[0])
        gb3[0] = d3.sum()
        return with_penalty(losses.mean(), g)

    return run


def c_by_hand(x, y):
    hinge = peers.by_hand().hinge
    hinge.restype = ctypes.c_double
    x1, x2 = (numpy.ascontiguousarray(column) for column in x.T)
    g = numpy.zeros(P.size)
    inputs = [peers.pointer(each) for each in (P, x1, x2, y)]

    def run():
        value = hinge(*inputs, ctypes.c_long(len(y)), peers.pointer(g))
        return with_penalty(value / len(y), g / len(y))

    return run


def others(count):
    """The peers on so many samples."""
    found = {
        "CasADi": (casadi, "casadi"),
        "HIPS autograd": (hips, "autograd"),
        "PyTorch": (torch, "torch"),
        "JAX jit": (jax, "jax"),
        "NumPy by hand": (numpy_by_hand, "numpy"),
        "C by hand": (c_by_hand, "numpy"),
    }
    return [
        Contestant(name, lambda make=make: make(X[:count], Y[:count]), home)
        for name, (make, home) in found.items()
    ]


def engines(make):
    """The engines that build a graph in every run."""
    return [Contestant(name, make(find), home) for name, (home, find) in ENGINES.items()]


STEP = Workload(
    "step",
    "micrograd's demonstration, MLP(2, [16, 16, 1]) on 100 samples: loss and gradient",
    (
        *engines(engine),
        Contestant("replay: a sample, Python", looped),
        Contestant("replay: all, NumPy levels", replay_whole("numpy")),
        Contestant("replay: all, C table", replay_whole("c")),
        Contestant("replay: all, C table, no checks", replay_whole("c", check=False)),
        Contestant("replay: a sample, NumPy batch", batched("numpy")),
        Contestant("replay: a sample, SIMD C", batched("c")),
        Contestant("replay: a sample, SIMD C, no checks", batched("c", check=False)),
        *others(SAMPLES),
    ),
    base="micrograd",
    parts=65_818,
    part="node",
)
STEP_MANY = Workload(
    f"step-{MANY}",
    "the same network on 10,000 samples: loss and gradient",
    (
        Contestant("replay: NumPy batch", batched("numpy", MANY)),
        Contestant("replay: SIMD C", batched("c", MANY)),
        *others(MANY),
    ),
    base="NumPy by hand",
    parts=MANY,
    part="sample",
)
FORWARD = Workload(
    "forward",
    "the same graph, only built; and recorded as a program",
    (*engines(forward), Contestant("replay: recording", recording)),
    base="eager",
    parts=65_818,
    part="node",
)


def memory(when):
    """The bytes of a node before or after the backward pass."""
    return Workload(
        f"memory-{when}",
        f"the same graph in memory, {when} the backward pass",
        (
            *engines(lambda find: alive(find, backward=when == "after")),
            *([Contestant("replay: all, C table", keep_replay)] if when == "after" else []),
        ),
        base="eager",
        parts=65_818,
        part="node",
        bytes=True,
    )


PARTS = Workload(
    "parts",
    "the same graph, eager: where the time goes",
    (
        Contestant("forward and backward", engine(lambda: autograd_lite.Value)),
        Contestant("the graph, built and freed", forward(lambda: autograd_lite.Value)),
        Contestant("backward of a graph that is there", again("backward")),
        Contestant("order, which backward walks by", again("order")),
    ),
    base="forward and backward",
    parts=65_818,
    part="node",
    note="What is left: allocating one object a node, of 128 bytes and 24 for its number; the "
    "garbage collector, which looks at all of them in its youngest generation (the difference "
    "between the columns); and one visit of each node for the order and another for its "
    "gradients. None of the four is calculus: the local derivatives are computed while the graph "
    "is built, in the same expression as the value.",
)
WORKLOADS = [STEP, STEP_MANY, FORWARD, PARTS, memory("before"), memory("after")]

"""micrograd's demonstration in the other libraries, on arrays."""

import ctypes
import functools

import numpy

from . import closures_free, peers
from .harness import At, Contestant, Workload
from .step import (
    ALPHA,
    COPIES,
    ENGINES,
    FEW,
    MANY,
    PS,
    SAMPLES,
    SHAPES,
    X,
    Y,
    alive,
    backward_alone,
    batched,
    copied,
    cut_arrays,
    engine,
    forward,
    keep_program,
    looped,
    ours,
    recording,
    walk_alone,
    whole_program,
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
    return At(both, [(cut_arrays(p), x, y) for p in PS])


def jax(x, y):
    jax = peers.jax()
    both = jax.jit(jax.value_and_grad(loss_of(jax.numpy)))
    array = jax.numpy.array
    x, y = array(x), array(y)
    return At(
        lambda weights: jax.block_until_ready(both(weights, x, y)),
        [([array(w) for w in cut_arrays(p)],) for p in PS],
    )


def torch(x, y):
    torch = peers.torch()
    x, y = torch.tensor(x), torch.tensor(y)

    def run(*weights):
        W1, b1, W2, b2, W3, b3 = weights
        s = torch.relu(torch.relu(x @ W1.T + b1) @ W2.T + b2) @ W3[0] + b3[0]
        penalty = sum((w * w).sum() for w in weights)
        loss = torch.relu(1 - y * s).mean() + ALPHA * penalty
        return loss, torch.autograd.grad(loss, weights)

    return At(run, [[torch.tensor(w, requires_grad=True) for w in cut_arrays(p)] for p in PS])


def casadi(x, y):
    ca = peers.library("casadi")
    columns = ca.DM(x.T), ca.DM(y[None])
    count, p, x, y = len(y), ca.SX.sym("p", PS[0].size), ca.SX.sym("x", 2), ca.SX.sym("y")
    a, at = x, 0
    for m, n in SHAPES[::2]:
        W = ca.reshape(p[at : at + m * n], n, m).T
        a = W @ a + p[at + m * n : at + m * n + m]
        at += m * n + m
        a = ca.fmax(a, 0) if at < PS[0].size else a
    loss = ca.fmax(1 - y * a, 0)
    one = ca.Function("one", [p, x, y], [loss, ca.gradient(loss, p)])
    many = one.map("many", "serial", count, [0], [0, 1])  # p is shared, the results are added

    def run(p, given):
        value, slopes = many(given, *columns)
        return with_penalty(p, float(value) / count, slopes.full().ravel() / count)

    return At(run, [(p, ca.DM(p)) for p in PS])


def numpy_by_hand(x, y):
    g = numpy.zeros(PS[0].size)
    gW1, gb1, gW2, gb2, gW3, gb3 = cut_arrays(g)

    def run(p, W1, b1, W2, b2, W3, b3):
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
        return with_penalty(p, losses.mean(), g)

    return At(run, [(p, *cut_arrays(p)) for p in PS])


@functools.cache
def hinge_of_numba():
    """As by_hand.c: the samples, 32 at a time, in the inner loops."""
    H, B = SHAPES[0][0], 32

    @peers.njit()
    def hinge(W1, b1, W2, b2, W3, b3, x1, x2, y):
        a1, a2, d1 = numpy.empty((H, B)), numpy.empty((H, B)), numpy.empty((H, B))
        d, z = numpy.empty(B), numpy.empty(B)
        gW1, gb1, gW2 = numpy.zeros((H, 2)), numpy.zeros(H), numpy.zeros((H, H))
        gb2, gW3, gb3, total = numpy.zeros(H), numpy.zeros(H), 0.0, 0.0
        for at in range(0, y.size, B):
            m = min(B, y.size - at)
            for i in range(H):
                for k in range(m):
                    a1[i, k] = max(0.0, W1[i, 0] * x1[at + k] + W1[i, 1] * x2[at + k] + b1[i])
            d[:] = b3[0]
            for i in range(H):
                z[:] = b2[i]
                for j in range(H):
                    for k in range(m):
                        z[k] += W2[i, j] * a1[j, k]
                for k in range(m):
                    a2[i, k] = max(0.0, z[k])
                    d[k] += W3[0, i] * a2[i, k]
            for k in range(m):
                loss = 1 - y[at + k] * d[k]
                total += max(0.0, loss)
                d[k] = -y[at + k] if loss > 0 else 0.0
                gb3 += d[k]
            d1[:] = 0.0
            for i in range(H):
                s = b = 0.0
                for k in range(m):
                    s += d[k] * a2[i, k]
                    z[k] = d[k] * W3[0, i] if a2[i, k] > 0 else 0.0
                    b += z[k]
                gW3[i] += s
                gb2[i] += b
                for j in range(H):
                    s = 0.0
                    for k in range(m):
                        s += z[k] * a1[j, k]
                        d1[j, k] += z[k] * W2[i, j]
                    gW2[i, j] += s
            for i in range(H):
                b = s = t = 0.0
                for k in range(m):
                    e = d1[i, k] if a1[i, k] > 0 else 0.0
                    b += e
                    s += e * x1[at + k]
                    t += e * x2[at + k]
                gb1[i] += b
                gW1[i, 0] += s
                gW1[i, 1] += t
        g = numpy.empty(W1.size + W2.size + W3.size + 2 * H + 1)
        g[: 2 * H], g[2 * H : 3 * H] = gW1.ravel(), gb1
        g[3 * H : 3 * H + H * H], g[3 * H + H * H : 4 * H + H * H] = gW2.ravel(), gb2
        g[-H - 1 : -1], g[-1] = gW3, gb3
        return total / y.size, g / y.size

    return hinge


def numba_by_hand(x, y):
    hinge = hinge_of_numba()
    x1, x2 = (numpy.ascontiguousarray(column) for column in x.T)

    def run(p, *weights):
        return with_penalty(p, *hinge(*weights, x1, x2, y))

    return At(run, [(p, *cut_arrays(p)) for p in PS])


def c_by_hand(x, y):
    hinge = peers.by_hand().hinge
    hinge.restype = ctypes.c_double
    x1, x2 = (numpy.ascontiguousarray(column) for column in x.T)
    g, count = numpy.zeros(PS[0].size), len(y)
    rest = [*map(peers.pointer, (x1, x2, y)), ctypes.c_long(count), peers.pointer(g)]

    def run(p, pointer):
        value = hinge(pointer, *rest)
        return with_penalty(p, value / count, g / count)

    return At(run, [(p, peers.pointer(p)) for p in PS])


def others(count):
    """The peers on so many samples."""
    found = {
        "CasADi": (casadi, "casadi"),
        "HIPS autograd": (hips, "autograd"),
        "PyTorch": (torch, "torch"),
        "JAX jit": (jax, "jax"),
        "NumPy by hand": (numpy_by_hand, "numpy"),
        "Numba by hand": (numba_by_hand, "numba"),
        "C by hand": (c_by_hand, "numpy"),
    }
    return [
        Contestant(name, lambda make=make: make(X[:count], Y[:count]), home)
        for name, (make, home) in found.items()
    ]


def engines(make, slow=()):
    """The engines that build a graph in every run."""
    return [
        Contestant(name, make(find), home, slow=name in slow)
        for name, (home, find) in ENGINES.items()
    ]


STEP = Workload(
    "step",
    "micrograd's demonstration, MLP(2, [16, 16, 1]) on 100 samples: loss and gradient",
    (
        *engines(engine),
        Contestant("program: NumPy", whole_program("numpy")),
        Contestant("program: C", whole_program("c")),
        Contestant("program: C, no checks", whole_program("c", check=False)),
        Contestant("program of a sample: Python", looped),
        Contestant("program of a sample: NumPy", batched("numpy")),
        Contestant("program of a sample: C", batched("c")),
        Contestant("program of a sample: C, no checks", batched("c", check=False)),
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
        Contestant("program of a sample: NumPy", batched("numpy", MANY)),
        Contestant("program of a sample: C", batched("c", MANY)),
        *others(MANY),
    ),
    base="NumPy by hand",
    parts=MANY,
    part="sample",
)
SLOW = ("micrograd", "Value without closures")  # up to a second a run, and more for its memory
FORWARD = Workload(
    "forward",
    "the same graph, only built; and recorded as a program",
    (*engines(forward, SLOW), Contestant("program: recording", recording)),
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
            *engines(lambda find: alive(find, backward=when == "after"), SLOW),
            *([Contestant("program: C", keep_program)] if when == "after" else []),
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
        Contestant("eager: forward and backward", engine(ours, FEW)),
        Contestant("eager: built and freed", forward(ours, FEW), slow=True),
        Contestant("eager: backward alone", backward_alone),
        Contestant("eager: the order of backward alone", walk_alone, slow=True),
        Contestant(
            "Value without closures: forward and backward",
            engine(lambda: closures_free.Value, FEW),
            "closures_free",
        ),
    ),
    base="eager: forward and backward",
    ours="eager: backward alone",
    parts=65_818,
    part="node",
    note="What is left: allocating one object a node, of 128 bytes and 24 for its number; the "
    "garbage collector, which looks at all of them in its youngest generation (the difference "
    "between the columns); and one visit of each node for the order and another for its "
    "gradients. None of the four is calculus: the local derivatives are computed while the graph "
    "is built, in the same expression as the value.",
)
COPYING = Workload(
    "copying",
    "the same graph copied, beside building it",
    (
        Contestant("eager: building", forward(ours, FEW)),
        *(
            Contestant(f"eager: {name}", copied(how), slow=name != "deepcopy")
            for name, how in COPIES.items()
        ),
    ),
    base="eager: building",
    ours="eager: deepcopy",
    parts=65_818,
    part="node",
)
WORKLOADS = [STEP, STEP_MANY, FORWARD, PARTS, COPYING, memory("before"), memory("after")]

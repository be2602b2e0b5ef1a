"""The notes' 2-2-1 network: log loss and the gradient of nine parameters."""

import ctypes

import numpy

from autograd_lite import log, record, sigmoid
from autograd_lite.nn import TwoLayerNetwork, log_loss

from . import peers
from .harness import Contestant, Workload

P = numpy.array([0.1, -0.2, 0.05, 0.4, 0.3, -0.1, 0.7, -0.5, 0.2])  # w11 w21 b1 … w1 w2 b
random = numpy.random.default_rng(0)
X = random.normal(size=(10_000, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(float)


def loss(p, x, y):
    """Of one sample, from the parameters in one array."""
    w11, w21, b1, w12, w22, b2, w1, w2, b = p
    a1 = sigmoid(x[0] * w11 + x[1] * w21 + b1)
    a2 = sigmoid(x[0] * w12 + x[1] * w22 + b2)
    yhat = sigmoid(a1 * w1 + a2 * w2 + b)
    return -(y * log(yhat) + (1 - y) * log(1 - yhat))


def eager(count):
    def make():
        network = TwoLayerNetwork()
        for v, number in zip(network.parameters(), P, strict=True):
            v.data = float(number)
        samples = list(zip(X[:count].tolist(), Y[:count].tolist(), strict=True))

        def run():
            network.zero_grad()
            total = 0.0
            for x, y in samples:
                one = log_loss(y, network(x))
                one.backward()
                total += one.data
            return total, [v.grad for v in network.parameters()]

        return run

    return make


def program(backend, check=True):
    """Of one sample, recorded."""
    if backend == "c":
        peers.needs_c()
    return record(loss, P, X[0], Y[0], wrt=0).on(backend, check=check)


def one(backend):
    def make():
        run = program(backend).value_and_grad
        return lambda: run(P, X[0], Y[0])

    return make


def many(backend, *, check=True):
    def make():
        run = program(backend, check).batch
        return lambda: run(P, X, Y)

    return make


def of(np, X, Y):
    """The sum of losses on arrays."""

    def loss(p):
        def sigmoid(z):
            return 1 / (1 + np.exp(-z))

        a1 = sigmoid(X[:, 0] * p[0] + X[:, 1] * p[1] + p[2])
        a2 = sigmoid(X[:, 0] * p[3] + X[:, 1] * p[4] + p[5])
        yhat = sigmoid(a1 * p[6] + a2 * p[7] + p[8])
        return -(Y * np.log(yhat) + (1 - Y) * np.log(1 - yhat)).sum()

    return loss


def hips(count):
    def make():
        autograd = peers.library("autograd")
        both = autograd.value_and_grad(of(peers.library("autograd.numpy"), X[:count], Y[:count]))
        return lambda: both(P)

    return make


def jax(count):
    def make():
        jax = peers.jax()
        x, y, p = (jax.numpy.array(each) for each in (X[:count], Y[:count], P))
        both = jax.jit(lambda p, x, y: jax.value_and_grad(of(jax.numpy, x, y))(p))
        return lambda: jax.block_until_ready(both(p, x, y))

    return make


def torch(count):
    def make():
        torch = peers.torch()
        value = of(torch, torch.tensor(X[:count]), torch.tensor(Y[:count]))
        p = torch.tensor(P, requires_grad=True)

        def run():
            loss = value(p)
            return loss, torch.autograd.grad(loss, p)[0]

        return run

    return make


def casadi(count):
    def make():
        ca = peers.library("casadi")
        p, x, y = ca.SX.sym("p", 9), ca.SX.sym("x", 1, 2), ca.SX.sym("y")
        value = -of_one(ca, p, x, y)
        run = ca.Function("one", [p, x, y], [value, ca.gradient(value, p)])
        if count > 1:
            run = run.map("many", "serial", count, [0], [0, 1])
        columns = ca.DM(P), ca.DM(X[:count].reshape(1, -1)), ca.DM(Y[None, :count])
        return lambda: run(*columns)

    return make


def of_one(ca, p, x, y):
    """The log likelihood of one sample in CasADi."""

    def sigmoid(z):
        return 1 / (1 + ca.exp(-z))

    a1 = sigmoid(x[0] * p[0] + x[1] * p[1] + p[2])
    a2 = sigmoid(x[0] * p[3] + x[1] * p[4] + p[5])
    yhat = sigmoid(a1 * p[6] + a2 * p[7] + p[8])
    return y * ca.log(yhat) + (1 - y) * ca.log(1 - yhat)


def numpy_by_hand(count):
    def make():
        x1, x2 = (numpy.ascontiguousarray(x) for x in X[:count].T)
        y = Y[:count]

        def sigmoid(z):
            return 1 / (1 + numpy.exp(-z))

        def run():
            a1 = sigmoid(x1 * P[0] + x2 * P[1] + P[2])
            a2 = sigmoid(x1 * P[3] + x2 * P[4] + P[5])
            yhat = sigmoid(a1 * P[6] + a2 * P[7] + P[8])
            e = yhat - y
            e1, e2 = e * P[6] * a1 * (1 - a1), e * P[7] * a2 * (1 - a2)
            loss = -numpy.log(numpy.where(y > 0.5, yhat, 1 - yhat)).sum()
            slopes = [e1 @ x1, e1 @ x2, e1.sum(), e2 @ x1, e2 @ x2, e2.sum(), e @ a1, e @ a2]
            return loss, [*slopes, e.sum()]

        return run

    return make


def c_by_hand(count):
    def make():
        log_loss = peers.by_hand().log_loss
        log_loss.restype = ctypes.c_double
        x1, x2 = (numpy.ascontiguousarray(x) for x in X[:count].T)
        g = numpy.zeros(9)
        given = [*(peers.pointer(each) for each in (P, x1, x2, Y)), ctypes.c_long(count)]
        given.append(peers.pointer(g))
        return lambda: (log_loss(*given), g)

    return make


def others(count):
    """The peers."""
    return (
        Contestant("CasADi", casadi(count), "casadi"),
        Contestant("HIPS autograd", hips(count), "autograd"),
        Contestant("PyTorch", torch(count), "torch"),
        Contestant("JAX jit", jax(count), "jax"),
        Contestant("NumPy by hand", numpy_by_hand(count), "numpy"),
        Contestant("C by hand", c_by_hand(count), "numpy"),
    )


TITLE = "the notes' 2-2-1 network, {} of log loss: value and gradient"
WORKLOADS = [
    Workload(
        "notes-1",
        TITLE.format("one sample"),
        (
            Contestant("eager", eager(1)),
            Contestant("replay: Python", one("python")),
            Contestant("replay: NumPy levels", one("numpy")),
            Contestant("replay: C table", one("c")),
            *others(1),
        ),
        base="eager",
    ),
    Workload(
        "notes-10000",
        TITLE.format("10,000 samples"),
        (
            Contestant("eager", eager(10_000)),
            Contestant("replay: NumPy batch", many("numpy")),
            Contestant("replay: SIMD C", many("c")),
            Contestant("replay: SIMD C, no checks", many("c", check=False)),
            *others(10_000),
        ),
        base="eager",
        parts=10_000,
        part="sample",
    ),
]

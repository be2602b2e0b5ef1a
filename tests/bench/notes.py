"""The notes' 2-2-1 network: log loss and the gradient of nine parameters."""

import ctypes

import numpy

from autograd_lite import log, record, sigmoid
from autograd_lite.nn import TwoLayerNetwork, log_loss

from . import peers
from .harness import At, Contestant, Workload

P = numpy.array([0.1, -0.2, 0.05, 0.4, 0.3, -0.1, 0.7, -0.5, 0.2])  # w11 w21 b1 … w1 w2 b
SETS, EACH = 4, 256  # the parameters change after so many samples, as after a step of training
random = numpy.random.default_rng(0)
PARAMETERS = P + random.normal(scale=0.1, size=(SETS, 9))


def samples(count):
    """So many: (x, y)."""
    x = random.normal(size=(count, 2))
    return x, (x[:, 0] * x[:, 1] > 0).astype(float)


ONE = [(p, *samples(1)) for p in PARAMETERS for _ in range(EACH)]
MANY = [(p, *samples(10_000)) for p in PARAMETERS]


def loss(p, x, y):
    """Of one sample, from the parameters in one array."""
    w11, w21, b1, w12, w22, b2, w1, w2, b = p
    a1 = sigmoid(x[0] * w11 + x[1] * w21 + b1)
    a2 = sigmoid(x[0] * w12 + x[1] * w22 + b2)
    yhat = sigmoid(a1 * w1 + a2 * w2 + b)
    return -(y * log(yhat) + (1 - y) * log(1 - yhat))


def loss_of_model(net, x, y):
    """The same from a model."""
    yhat = net(x)
    return -(y * log(yhat) + (1 - y) * log(1 - yhat))


def networks():
    """The network of a set of parameters: one for each of them, found by its numbers."""
    found = {}
    for p in PARAMETERS:
        found[p.tobytes()] = network = TwoLayerNetwork()
        for v, number in zip(network.parameters(), p, strict=True):
            v.data = float(number)
    return lambda p: found[p.tobytes()]


def eager(points):
    def make():
        network = networks()

        def run(network, samples):
            network.zero_grad()
            total = 0.0
            for x, y in samples:
                one = log_loss(y, network(x))
                one.backward()
                total += one.data
            return total, [v.grad for v in network.parameters()]

        return At(
            run,
            [(network(p), list(zip(x.tolist(), y.tolist(), strict=True))) for p, x, y in points],
        )

    return make


def one(backend):
    def make():
        if backend == "c":
            peers.needs_c()
        points = [(p, x[0], float(y[0])) for p, x, y in ONE]
        return At(record(loss, *points[0], wrt=0).on(backend).value_and_grad, points)

    return make


def one_of_model(backend):
    def make():
        if backend == "c":
            peers.needs_c()
        network = networks()
        points = [(network(p), x[0].tolist(), float(y[0])) for p, x, y in ONE]
        return At(record(loss_of_model, *points[0], wrt=0).on(backend).value_and_grad, points)

    return make


def many(backend, *, check=True):
    def make():
        if backend == "c":
            peers.needs_c()
        p, x, y = MANY[0]
        return At(record(loss, p, x[0], y[0], wrt=0).on(backend, check=check).batch, MANY)

    return make


def of(np):
    """The sum of losses on arrays, for a module like NumPy."""

    def loss(p, x, y):
        def sigmoid(z):
            return 1 / (1 + np.exp(-z))

        a1 = sigmoid(x[:, 0] * p[0] + x[:, 1] * p[1] + p[2])
        a2 = sigmoid(x[:, 0] * p[3] + x[:, 1] * p[4] + p[5])
        yhat = sigmoid(a1 * p[6] + a2 * p[7] + p[8])
        return -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)).sum()

    return loss


def hips(points):
    def make():
        autograd = peers.library("autograd")
        return At(autograd.value_and_grad(of(peers.library("autograd.numpy"))), points)

    return make


def jax(points):
    def make():
        jax = peers.jax()
        both = jax.jit(jax.value_and_grad(of(jax.numpy)))
        return At(
            lambda *point: jax.block_until_ready(both(*point)),
            [tuple(map(jax.numpy.array, point)) for point in points],
        )

    return make


def torch(points):
    def make():
        torch = peers.torch()
        value = of(torch)

        def run(p, x, y):
            loss = value(p, x, y)
            return loss, torch.autograd.grad(loss, p)[0]

        return At(
            run,
            [
                (torch.tensor(p, requires_grad=True), torch.tensor(x), torch.tensor(y))
                for p, x, y in points
            ],
        )

    return make


def casadi(points):
    def make():
        ca = peers.library("casadi")
        count = len(points[0][2])
        p, x, y = ca.SX.sym("p", 9), ca.SX.sym("x", 1, 2), ca.SX.sym("y")
        value = -of_one(ca, p, x, y)
        run = ca.Function("one", [p, x, y], [value, ca.gradient(value, p)])
        if count > 1:
            run = run.map("many", "serial", count, [0], [0, 1])
        return At(run, [(ca.DM(p), ca.DM(x.reshape(1, -1)), ca.DM(y[None])) for p, x, y in points])

    return make


def of_one(ca, p, x, y):
    """The log likelihood of one sample in CasADi."""

    def sigmoid(z):
        return 1 / (1 + ca.exp(-z))

    a1 = sigmoid(x[0] * p[0] + x[1] * p[1] + p[2])
    a2 = sigmoid(x[0] * p[3] + x[1] * p[4] + p[5])
    yhat = sigmoid(a1 * p[6] + a2 * p[7] + p[8])
    return y * ca.log(yhat) + (1 - y) * ca.log(1 - yhat)


def columns(points):
    """The points with x by its columns, as one lays them out by hand."""
    return [(p, *(numpy.ascontiguousarray(column) for column in x.T), y) for p, x, y in points]


def numpy_by_hand(points):
    def make():
        def sigmoid(z):
            return 1 / (1 + numpy.exp(-z))

        def run(p, x1, x2, y):
            a1 = sigmoid(x1 * p[0] + x2 * p[1] + p[2])
            a2 = sigmoid(x1 * p[3] + x2 * p[4] + p[5])
            yhat = sigmoid(a1 * p[6] + a2 * p[7] + p[8])
            e = yhat - y
            e1, e2 = e * p[6] * a1 * (1 - a1), e * p[7] * a2 * (1 - a2)
            loss = -numpy.log(numpy.where(y > 0.5, yhat, 1 - yhat)).sum()
            slopes = [e1 @ x1, e1 @ x2, e1.sum(), e2 @ x1, e2 @ x2, e2.sum(), e @ a1, e @ a2]
            return loss, [*slopes, e.sum()]

        return At(run, columns(points))

    return make


def numba_log_loss():
    """The sum of losses and its gradient, in a loop over the samples."""
    exp, log = numpy.exp, numpy.log

    @peers.njit()
    def run(p, x1, x2, y):
        total = g0 = g1 = g2 = g3 = g4 = g5 = g6 = g7 = g8 = 0.0
        for k in range(y.size):
            a1 = 1 / (1 + exp(-(x1[k] * p[0] + x2[k] * p[1] + p[2])))
            a2 = 1 / (1 + exp(-(x1[k] * p[3] + x2[k] * p[4] + p[5])))
            q = 1 / (1 + exp(-(a1 * p[6] + a2 * p[7] + p[8])))
            e = q - y[k]
            e1 = e * p[6] * a1 * (1 - a1)
            e2 = e * p[7] * a2 * (1 - a2)
            total -= log(q if y[k] > 0.5 else 1 - q)
            g0 += e1 * x1[k]
            g1 += e1 * x2[k]
            g2 += e1
            g3 += e2 * x1[k]
            g4 += e2 * x2[k]
            g5 += e2
            g6 += e * a1
            g7 += e * a2
            g8 += e
        return total, numpy.array([g0, g1, g2, g3, g4, g5, g6, g7, g8])

    return run


def numba_by_hand(points):
    return lambda: At(numba_log_loss(), columns(points))


def c_by_hand(points):
    def make():
        log_loss = peers.by_hand().log_loss
        log_loss.restype = ctypes.c_double
        g = numpy.zeros(9)
        count, slopes = ctypes.c_long(len(points[0][2])), peers.pointer(g)
        return At(
            lambda *given: (log_loss(*given), g),
            [(*map(peers.pointer, point), count, slopes) for point in columns(points)],
        )

    return make


def others(points):
    """The peers."""
    return (
        Contestant("CasADi", casadi(points), "casadi"),
        Contestant("HIPS autograd", hips(points), "autograd"),
        Contestant("PyTorch", torch(points), "torch"),
        Contestant("JAX jit", jax(points), "jax"),
        Contestant("NumPy by hand", numpy_by_hand(points), "numpy"),
        Contestant("Numba by hand", numba_by_hand(points), "numba"),
        Contestant("C by hand", c_by_hand(points), "numpy"),
    )


TITLE = "the notes' 2-2-1 network, {} of log loss: value and gradient"
WORKLOADS = [
    Workload(
        "notes-1",
        TITLE.format("one sample"),
        (
            Contestant("eager", eager(ONE)),
            Contestant("program: Python", one("python")),
            Contestant("program: NumPy", one("numpy")),
            Contestant("program: C", one("c")),
            Contestant("program: auto", one("auto")),
            Contestant("program of a model: Python", one_of_model("python")),
            Contestant("program of a model: C", one_of_model("c")),
            *others(ONE),
        ),
        base="eager",
        note="A *program of a model* is called with the model, a list and a number, the others "
        "with arrays. The parameters change after every 256 samples, as after a step of training.",
    ),
    Workload(
        "notes-10000",
        TITLE.format("10,000 samples"),
        (
            Contestant("program: NumPy", many("numpy")),
            Contestant("program: C", many("c")),
            Contestant("program: C, no checks", many("c", check=False)),
            Contestant("eager", eager(MANY), slow=True),
            *others(MANY),
        ),
        base="NumPy by hand",
        parts=10_000,
        part="sample",
    ),
]

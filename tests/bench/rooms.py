"""Drawing, checking and higher derivatives: what is waited for elsewhere."""

import math
import random
import shutil

import numpy

from autograd_lite import Value, derivative, exp, log, record, sigmoid, sin, stepper
from autograd_lite.draw import to_svg
from autograd_lite.nn import MLP
from autograd_lite.testing import check_grad

from . import peers
from .harness import At, Contestant, Skipped, Workload

BOXES = 1_393
ORDER = 10
ATS = [(random.Random(k).uniform(0.4, 1.0),) for k in range(64)]
NAMES = ["w11", "w21", "b1", "w12", "w22", "b2", "w1", "w2", "b", "x1", "x2"]


def drawing(engine):
    """The number of boxes drawn is what is compared."""

    def make():
        if engine == "dot" and not shutil.which("dot"):
            raise Skipped("Graphviz is not installed")
        losses = [MLP(8, [16, 16, 1], seed=seed)([0.1] * 8) for seed in (1, 2)]
        for loss in losses:
            loss.backward()

        def run(loss):
            picture = to_svg(loss, engine=engine, max_nodes=None, fold_sums=False)
            return picture.count('class="node"')

        return At(run, [(loss,) for loss in losses])

    return make


def stepping(engine):
    def make():
        if engine == "dot" and not shutil.which("dot"):
            raise Skipped("Graphviz is not installed")
        losses = [small_loss(x) for x in (2.0, 2.25, 2.5, 2.75)]
        return At(
            lambda loss: stepper(loss, engine=engine).html.count('class="node"'),
            [(loss,) for loss in losses],
        )

    return make


def small_loss(x):
    """A graph of 15 values, after the backward pass."""
    w1, w2, b = Value(0.5, label="w1"), Value(-1.0, label="w2"), Value(0.2, label="b")
    x1, x2 = Value(x, label="x1"), Value(3.0, label="x2")
    loss = (sigmoid(w1 * x1 + w2 * x2 + b) - 1.0) ** 2 + w1 * w2
    loss.backward()
    return loss


def loss(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    """The notes' 2-2-1 network and its log loss."""
    a1 = sigmoid(x1 * w11 + x2 * w21 + b1)
    a2 = sigmoid(x1 * w12 + x2 * w22 + b2)
    yhat = sigmoid(a1 * w1 + a2 * w2 + b)
    return -(y * log(yhat) + (1 - y) * log(1 - yhat))


def slopes(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    """Its gradient by hand, which is right."""

    def s(z):
        return 1 / (1 + math.exp(-z))

    a1, a2 = s(x1 * w11 + x2 * w21 + b1), s(x1 * w12 + x2 * w22 + b2)
    e = s(a1 * w1 + a2 * w2 + b) - y
    e1, e2 = e * w1 * a1 * (1 - a1), e * w2 * a2 * (1 - a2)
    return {
        "w11": e1 * x1,
        "w21": e1 * x2,
        "b1": e1,
        "w12": e2 * x1,
        "w22": e2 * x2,
        "b2": e2,
        "w1": e * a1,
        "w2": e * a2,
        "b": e,
    }


def checking():
    domain = {"y": (0, 1)}
    return At(
        lambda seed: bool(check_grad(loss, slopes, domain=domain, seed=seed)),
        [(seed,) for seed in range(8)],
    )


def differences():
    """What one writes without it: central differences at one point, and a tolerance."""

    def run(*point):
        given, h = dict(zip(NAMES, point, strict=True), y=1.0), 1e-6
        right = True
        for name, slope in slopes(**given).items():
            x = given[name]
            up, down = (loss_of_floats(**{**given, name: x + dx}) for dx in (h, -h))
            right &= bool(numpy.isclose((up - down) / (2 * h), slope, rtol=1e-5, atol=1e-8))
        return right

    return At(run, numpy.random.default_rng(0).normal(size=(8, len(NAMES))).tolist())


def loss_of_floats(w11, w21, b1, w12, w22, b2, w1, w2, b, x1, x2, y):
    """The loss without a graph."""

    def s(z):
        return 1 / (1 + math.exp(-z))

    a1, a2 = s(x1 * w11 + x2 * w21 + b1), s(x1 * w12 + x2 * w22 + b2)
    yhat = s(a1 * w1 + a2 * w2 + b)
    return -(y * math.log(yhat) + (1 - y) * math.log(1 - yhat))


def wave(x):
    return exp(x) * sin(x)


def higher():
    return At(derivative(wave, ORDER), ATS)


def higher_recorded(backend):
    def make():
        if backend == "c":
            peers.needs_c()
        return At(record(derivative(wave, ORDER), *ATS[0]).on(backend), ATS)

    return make


def higher_jax():
    jax = peers.jax()
    f = lambda x: jax.numpy.exp(x) * jax.numpy.sin(x)  # noqa: E731
    for _ in range(ORDER):
        f = jax.grad(f)
    run = jax.jit(f)
    return At(lambda x: jax.block_until_ready(run(x)), [(jax.numpy.array(x),) for (x,) in ATS])


def formula():
    """The n-th derivative of exp(x) sin(x) is 2^(n/2) exp(x) sin(x + n π/4)."""
    return At(lambda x: 2 ** (ORDER / 2) * math.exp(x) * math.sin(x + ORDER * math.pi / 4), ATS)


WORKLOADS = [
    Workload(
        "higher",
        f"the {ORDER}th derivative of exp(x)·sin(x)",
        (
            Contestant("eager", higher),
            Contestant("program: Python", higher_recorded("python")),
            Contestant("program: C", higher_recorded("c")),
            Contestant("JAX jit", higher_jax, "jax", slow=True),  # it compiles for 10 s
            Contestant("formula by hand", formula, "numpy"),
        ),
        base="eager",
    ),
    Workload(
        "drawing",
        f"drawing {BOXES:,} values",
        (
            Contestant("own layout", drawing("builtin")),
            Contestant("Graphviz's dot", drawing("dot")),
        ),
        base="own layout",
        expected=(BOXES,),
        slow=True,
    ),
    Workload(
        "stepper",
        "a stepper through 15 values",
        (
            Contestant("own layout", stepping("builtin")),
            Contestant("Graphviz's dot", stepping("dot")),
        ),
        base="own layout",
        expected=(15,),
    ),
    Workload(
        "checking",
        "check_grad of a right gradient of nine parameters",
        (
            Contestant("check_grad", checking),
            Contestant("central differences by hand", differences, "numpy"),
        ),
        base="check_grad",
        expected=(True,),
        note="check_grad draws its points, from another seed in each run, and looks at limits, "
        "domains and kinks; the differences are those of one point.",
    ),
]

"""Drawing, checking and higher derivatives: what is waited for elsewhere."""

import math
import shutil

from autograd_lite import Value, derivative, exp, log, record, sigmoid, sin, stepper
from autograd_lite.draw import to_svg
from autograd_lite.nn import MLP
from autograd_lite.testing import check_grad

from . import peers
from .harness import Contestant, Skipped, Workload

BOXES = 1_393
ORDER = 10
AT = 0.7


def drawing(engine):
    """The number of boxes drawn is what is compared."""

    def make():
        if engine == "dot" and not shutil.which("dot"):
            raise Skipped("Graphviz is not installed")
        loss = MLP(8, [16, 16, 1], seed=1)([0.1] * 8)
        loss.backward()
        return lambda: to_svg(loss, engine=engine, max_nodes=None, fold_sums=False).count(
            'class="node"'
        )

    return make


def stepping(engine):
    def make():
        if engine == "dot" and not shutil.which("dot"):
            raise Skipped("Graphviz is not installed")
        w1, w2, b = Value(0.5, label="w1"), Value(-1.0, label="w2"), Value(0.2, label="b")
        x1, x2 = Value(2.0, label="x1"), Value(3.0, label="x2")
        loss = (sigmoid(w1 * x1 + w2 * x2 + b) - 1.0) ** 2 + w1 * w2
        loss.backward()
        return lambda: stepper(loss, engine=engine).html.count('class="node"')

    return make


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
    return lambda: bool(check_grad(loss, slopes, domain=domain, seed=0))


def wave(x):
    return exp(x) * sin(x)


def higher():
    f = derivative(wave, ORDER)
    return lambda: f(AT)


def higher_replay():
    program = record(derivative(wave, ORDER), AT).on("python")
    return lambda: program(AT)


def higher_jax():
    jax = peers.jax()
    f = lambda x: jax.numpy.exp(x) * jax.numpy.sin(x)  # noqa: E731
    for _ in range(ORDER):
        f = jax.grad(f)
    run, at = jax.jit(f), jax.numpy.array(AT)
    return lambda: jax.block_until_ready(run(at))


def formula():
    """The n-th derivative of exp(x) sin(x) is 2^(n/2) exp(x) sin(x + n π/4)."""
    return lambda: 2 ** (ORDER / 2) * math.exp(AT) * math.sin(AT + ORDER * math.pi / 4)


WORKLOADS = [
    Workload(
        "higher",
        f"the {ORDER}th derivative of exp(x)·sin(x)",
        (
            Contestant("eager", higher),
            Contestant("replay: Python", higher_replay),
            Contestant("JAX jit", higher_jax, "jax"),
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
        (Contestant("check_grad", checking),),
        base="check_grad",
        expected=(True,),
    ),
]

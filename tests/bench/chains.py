"""A chain y = y·x + x of n operations, and its derivative: is the time of one operation flat?"""

import numpy

from autograd_lite import Value, record
from autograd_lite.program import Program

from . import peers
from .harness import Contestant, Skipped, Workload
from .step import ENGINES

AT = 0.5
MANY = numpy.random.default_rng(0).uniform(-1, 1, 1_000)
MICROGRAD = 100_000  # longer ones take minutes
STRAIGHT = 10_000  # so many operations, and Python's compiler takes its time


def chain(x, length):
    y = x
    for _ in range(length // 2):
        y = y * x + x
    return y


def engine(find, length):
    def make():
        kind = find()
        if kind is not Value and length > MICROGRAD:
            raise Skipped(f"left out above {MICROGRAD:,} operations, where it takes seconds a run")

        def run():
            x = kind(AT)
            y = chain(x, length)
            y.backward()
            return y.data, x.grad

        return run

    return make


def replay(backend, length):
    def make():
        if backend == "python" and length > STRAIGHT:
            raise Skipped(f"left out above {STRAIGHT:,} operations, for Python compiles them")
        if backend == "numpy" and length > STRAIGHT:
            raise Skipped(f"left out above {STRAIGHT:,} operations: a level has but one of them")
        if backend == "c":
            peers.needs_c()
        x = Value(AT)
        program = Program.from_graph(chain(x, length), inputs=[x]).on(backend)
        return lambda: program.value_and_grad(AT)

    return make


def casadi(length):
    def make():
        ca = peers.library("casadi")
        x = ca.SX.sym("x")
        y = chain(x, length)
        run = ca.Function("both", [x], [y, ca.gradient(y, x)])
        return lambda: run(AT)

    return make


def torch(length):
    def make():
        torch = peers.torch()
        if length > MICROGRAD:
            raise Skipped(f"left out above {MICROGRAD:,} operations, where it takes seconds a run")
        x = torch.tensor(AT, requires_grad=True)

        def run():
            y = chain(x, length)
            return y, torch.autograd.grad(y, x)[0]

        return run

    return make


def workload(length):
    return Workload(
        f"chain-{length}",
        f"a chain of {length:,} operations: value and derivative",
        (
            *(
                Contestant(name, engine(find, length), home)
                for name, (home, find) in ENGINES.items()
            ),
            Contestant("replay: Python", replay("python", length)),
            Contestant("replay: NumPy levels", replay("numpy", length)),
            Contestant("replay: C table", replay("c", length)),
            Contestant("CasADi", casadi(length), "casadi"),
            Contestant("PyTorch, scalars", torch(length), "torch"),
        ),
        base="eager",
        parts=length,
        part="op",
    )


def of_two(w, x):
    """The chain y = y·w + x of 1,000 operations, which differs from sample to sample by x."""
    y = x
    for _ in range(500):
        y = y * w + x
    return y


def many(backend):
    def make():
        if backend == "c":
            peers.needs_c()
        program = record(of_two, AT, AT, wrt=0).on(backend)
        return lambda: program.batch(AT, MANY)

    return make


def many_casadi():
    ca = peers.library("casadi")
    w, x = ca.SX.sym("w"), ca.SX.sym("x")
    y = of_two(w, x)
    one = ca.Function("one", [w, x], [y, ca.gradient(y, w)])
    run, row = one.map("many", "serial", MANY.size, [0], [0, 1]), ca.DM(MANY[None])
    return lambda: run(AT, row)


def many_jax():
    jax = peers.jax()

    def total(w, x):  # a loop of JAX: unrolled, it compiles for more than a minute
        return jax.lax.scan(lambda y, _: (y * w + x, None), x, length=500)[0].sum()

    run = jax.jit(jax.value_and_grad(total))
    w, x = jax.numpy.array(AT), jax.numpy.array(MANY)
    return lambda: jax.block_until_ready(run(w, x))


def many_by_hand():
    def run():
        y, slope = MANY, numpy.zeros(MANY.size)
        for _ in range(500):
            slope = slope * AT + y
            y = y * AT + MANY
        return y.sum(), slope.sum()

    return run


SAMPLES = Workload(
    "chain-samples",
    "a chain of 1,000 operations on 1,000 samples: sum and derivative; the set-up is compiling",
    (
        Contestant("replay: NumPy batch", many("numpy")),
        Contestant("replay: SIMD C", many("c")),
        Contestant("CasADi", many_casadi, "casadi"),
        Contestant("JAX jit, scan", many_jax, "jax"),
        Contestant("NumPy by hand", many_by_hand, "numpy"),
    ),
    base="NumPy by hand",
    parts=1_000_000,
    part="op",
)
WORKLOADS = [SAMPLES, *map(workload, (1_000, 10_000, 100_000, 1_000_000))]

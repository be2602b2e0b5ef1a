"""A chain y = y·x + x of n operations, and its derivative: is the time of one operation flat?

And one of constants, y = y + 10⁻⁹.
"""

import numpy

from autograd_lite import Value, record
from autograd_lite.program import Program

from . import peers
from .harness import At, Contestant, Kept, Skipped, Workload
from .step import ENGINES

random = numpy.random.default_rng(0)
ATS = [(x,) for x in random.uniform(0.3, 0.7, 64).tolist()]
AT = ATS[0][0]
MANY = random.uniform(-1, 1, 1_000)
LARGE = 100_000  # from so many operations on, it is left out of a quick run
CONSTANTS, STEP = 100_000, 1e-9
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

        def run(at):
            x = kind(at)
            y = chain(x, length)
            y.backward()
            return y.data, x.grad

        return At(run, ATS)

    return make


def recorded(backend, length):
    def make():
        if backend == "python" and length > STRAIGHT:
            raise Skipped(f"left out above {STRAIGHT:,} operations, for Python compiles them")
        if backend == "numpy" and length > STRAIGHT:
            raise Skipped(f"left out above {STRAIGHT:,} operations: a level has but one of them")
        if backend == "c":
            peers.needs_c()
        x = Value(AT)
        program = Program.from_graph(chain(x, length), inputs=[x]).on(backend)
        return At(program.value_and_grad, ATS)

    return make


def casadi(length):
    def make():
        ca = peers.library("casadi")
        x = ca.SX.sym("x")
        y = chain(x, length)
        return At(ca.Function("both", [x], [y, ca.gradient(y, x)]), ATS)

    return make


def torch(length):
    def make():
        torch = peers.torch()
        if length > MICROGRAD:
            raise Skipped(f"left out above {MICROGRAD:,} operations, where it takes seconds a run")

        def run(x):
            y = chain(x, length)
            return y, torch.autograd.grad(y, x)[0]

        return At(run, [(torch.tensor(x, requires_grad=True),) for (x,) in ATS])

    return make


def numba_by_hand(length):
    def make():
        @peers.njit()
        def run(x):
            y, slope = x, 1.0
            for _ in range(length // 2):
                slope = slope * x + y + 1.0
                y = y * x + x
            return y, slope

        return At(run, ATS)

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
            Contestant("program: Python", recorded("python", length)),
            Contestant("program: NumPy", recorded("numpy", length), slow=length > 1_000),
            Contestant("program: C", recorded("c", length)),
            Contestant("CasADi", casadi(length), "casadi"),
            Contestant("PyTorch, scalars", torch(length), "torch", slow=length > 1_000),
            Contestant("Numba by hand", numba_by_hand(length), "numba"),
        ),
        base="eager",
        parts=length,
        part="op",
        slow=length >= LARGE,
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
        return At(lambda w: program.batch(w, MANY), ATS)

    return make


def many_casadi():
    ca = peers.library("casadi")
    w, x = ca.SX.sym("w"), ca.SX.sym("x")
    y = of_two(w, x)
    one = ca.Function("one", [w, x], [y, ca.gradient(y, w)])
    run, row = one.map("many", "serial", MANY.size, [0], [0, 1]), ca.DM(MANY[None])
    return At(lambda w: run(w, row), ATS)


def many_jax():
    jax = peers.jax()

    def total(w, x):  # a loop of JAX: unrolled, it compiles for more than a minute
        return jax.lax.scan(lambda y, _: (y * w + x, None), x, length=500)[0].sum()

    run, x = jax.jit(jax.value_and_grad(total)), jax.numpy.array(MANY)
    return At(lambda w: jax.block_until_ready(run(w, x)), [(jax.numpy.array(w),) for (w,) in ATS])


def many_by_hand():
    def run(w):
        y, slope = MANY, numpy.zeros(MANY.size)
        for _ in range(500):
            slope = slope * w + y
            y = y * w + MANY
        return y.sum(), slope.sum()

    return At(run, ATS)


def many_numba():
    """The samples in the inner loop, as compilers make vectors of it."""

    @peers.njit()
    def run(w, x):
        y, slope = x.copy(), numpy.zeros(x.size)
        for _ in range(500):
            for k in range(x.size):
                slope[k] = slope[k] * w + y[k]
                y[k] = y[k] * w + x[k]
        return y.sum(), slope.sum()

    return At(lambda w: run(w, MANY), ATS)


def constants(find):
    """y + 10⁻⁹ again and again: the constants need no gradient."""

    def make():
        kind = find()

        def run(at):
            x = y = kind(at)
            for _ in range(CONSTANTS):
                y = y + STEP
            y.backward()
            return y.data, x.grad

        return At(run, ATS)

    return make


def constants_alive(find):
    """The same, which stays alive."""

    def make():
        kind = find()

        def run():
            y = kind(AT)
            for _ in range(CONSTANTS):
                y = y + STEP
            return Kept(y.data, y)

        return run

    return make


def of_constants(key, title, make, **more):
    return Workload(
        key,
        title,
        tuple(
            Contestant(name, make(find), home, slow=name == "micrograd")
            for name, (home, find) in ENGINES.items()
        ),
        base="eager",
        parts=CONSTANTS,
        part="op",
        **more,
    )


SAMPLES = Workload(
    "chain-samples",
    "a chain of 1,000 operations on 1,000 samples: sum and derivative; the set-up is compiling",
    (
        Contestant("program of a sample: NumPy", many("numpy")),
        Contestant("program of a sample: C", many("c")),
        Contestant("CasADi", many_casadi, "casadi"),
        Contestant("JAX jit, scan", many_jax, "jax"),
        Contestant("NumPy by hand", many_by_hand, "numpy"),
        Contestant("Numba by hand", many_numba, "numba"),
    ),
    base="NumPy by hand",
    parts=1_000_000,
    part="op",
)
CHAIN = f"a chain of {CONSTANTS:,} sums y + 10⁻⁹"
WORKLOADS = [
    SAMPLES,
    *map(workload, (1_000, 10_000, 100_000, 1_000_000)),
    of_constants("constants", f"{CHAIN}: value and derivative", constants),
    of_constants("constants-memory", f"{CHAIN} in memory", constants_alive, bytes=True),
]

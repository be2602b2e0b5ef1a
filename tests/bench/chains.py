"""A chain y = y·x + x of n operations, and its derivative: is the time of one operation flat?"""

from autograd_lite import Program, Value, record

from . import closures_free, peers
from .harness import Contestant, Skipped, Workload
from .step import ENGINES

AT = 0.5
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


WORKLOADS = [workload(length) for length in (1_000, 10_000, 100_000, 1_000_000)]

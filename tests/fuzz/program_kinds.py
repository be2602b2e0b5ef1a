"""Programs on every backend against ``Value``: to the bit, or as near as docs/programs.md says."""

from __future__ import annotations

import importlib.util
import math
import random
from typing import Any

import numpy as np

from autograd_lite import Value, record
from autograd_lite.ops import OPS
from autograd_lite.program import c_compiler as compiler
from tests.program.cases import OTHER_IN_C, PARAMETERS, POINTS, applied, by_program, eager, in_table

from .graphs import SLACK, Graph, drawn, errors, nested, number
from .harness import Find, Undecided, first, smallest

SAMPLES = 5
COMPILED = 0.1  # as often as this, as each is compiled anew


def to_the_bit(rng: random.Random) -> Find | None:
    """Any operations at any points, also outside domains: Python's program, the table and C."""
    ops = [op for op in OPS.values() if not op.name.startswith(("doc_", "test_"))]
    steps = []
    for k in range(rng.randint(1, 10)):
        op = rng.choice(ops)
        places = [rng.randrange(k + 3) for _ in range(op.arity)]
        steps.append((op, places, (rng.choice(PARAMETERS),) if op.parameter else ()))

    def f(*leaves: Any) -> Any:
        made = [*leaves]
        for op, places, n in steps:
            made.append(applied(op, [made[i] for i in places], n))
        return sum(made[3:], made[-1])  # of what leads nowhere a program knows no errors

    def known(numbers: Any) -> Any:
        found = eager(f, numbers)
        return found[0] if isinstance(found[0], type) else found  # an error's text has other names

    example = [rng.choice([0.1, 0.4, 1.3, 2.0]) for _ in range(3)]
    if isinstance(known(example), type):
        raise Undecided("outside the domain while recording")
    told = "; ".join(
        f"v{3 + k} = {op.name}{(*places, *n)}" for k, (op, places, n) in enumerate(steps)
    )
    program = record(f, *example, backend="python")
    programs = {"python": program}
    if compiler.compiler() and not OTHER_IN_C.intersection(op.name for op, _, _ in steps):
        programs["table"] = in_table(program)
        if rng.random() < COMPILED:
            programs["c"] = program.on("c")
    for _ in range(4):
        at = [rng.choice(POINTS) if rng.random() < 0.5 else number(rng) for _ in range(3)]
        want = known(at)
        for backend, each in programs.items():
            got = by_program(each, at)
            got = got[0] if isinstance(got[0], type) else got
            if got != want:
                return Find(f"{backend} at {at} of {told}", want, got)
    return None


def within(what: str, graph: Graph, got: Any, least: float = 1.0) -> Find | None:
    """Whether (value, gradient) are the engine's, but for rounding relative to max(least, |v|)."""
    leaves = [Value(x) for x in graph.leaves]
    y = graph(*leaves)
    wanted, bounds = [y.data], [errors(y, least=least)[y]]
    for i in range(len(leaves)):
        g = nested(y, leaves, [i])
        wanted.append(g.data)
        bounds.append(errors(g, least=least)[g])
    if not all(map(math.isfinite, [*wanted, *bounds])):
        raise Undecided("no finite bound")
    for name, want, each, bound in zip("y012", wanted, [got[0], *got[1]], bounds, strict=True):
        if not abs(float(each) - want) <= 2 * SLACK * bound:
            return Find(f"{what}, {name}, of {graph}", f"{want!r} ± {2 * SLACK * bound:.2g}", each)
    return None


def rounded(rng: random.Random) -> Find | None:
    """NumPy, batches, C on vectors and JAX: the engine's numbers but for rounding."""
    graph = drawn(rng)
    backends = ["numpy", "numpy batch"]
    if compiler.compiler():
        backends += ["table"] + ["c", "c batch"] * (rng.random() < COMPILED)
    if importlib.util.find_spec("jax"):
        backends += ["jax"] * (rng.random() < 0.2)
    return first(
        smallest(graph, lambda each, backend=backend: run(each, backend)) for backend in backends
    )


def run(graph: Graph, backend: str) -> Find | None:
    """One backend; a batch has the point of the graph in its middle."""
    name = {"jax": "python", "table": "c"}.get(backend, backend.split()[0])
    program = record(graph, *graph.leaves, backend=name)
    if backend == "table":
        program = in_table(program)
    if backend == "jax":
        import jax

        jax.config.update("jax_enable_x64", True)
        value, slopes = program.value_and_grad(*map(jax.numpy.float64, graph.leaves))
    elif "batch" in backend:
        rows = [np.full(SAMPLES, x) for x in graph.leaves]
        value, slopes = program.batch(*rows, reduce=None)
        value, slopes = value[SAMPLES // 2], slopes[SAMPLES // 2]
    else:
        value, slopes = program.value_and_grad(*graph.leaves)
    return within(backend, graph, (value, slopes))


def programs(rng: random.Random) -> Find | None:
    return to_the_bit(rng) if rng.random() < 0.5 else rounded(rng)

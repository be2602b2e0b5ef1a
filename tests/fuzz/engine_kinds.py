"""Operations, graphs, power series and steps."""

from __future__ import annotations

import math
import random

from autograd_lite import Value, backward_steps, chain_rule, derivative, taylor
from autograd_lite.ops import OPS
from autograd_lite.value import order
from tests.program.cases import applied, bits
from tests.test_ops import TABLE, Row, ends, is_smooth, mp

from .graphs import UNIT, Graph, compared, drawn, errors, nested
from .harness import Find, Undecided, first, smallest


def point(rng: random.Random, row: Row) -> tuple[float, ...]:
    """A point of a row: near those of the test, or of any size."""
    start = rng.choice(row.points)
    x = [float(v) for v in (start if isinstance(start, tuple) else (start,))]
    for i, (low, high) in enumerate(ends(row)):
        wide = high >= 1e20 and rng.random() < 0.3
        x[i] *= 10 ** rng.uniform(-80, 80) if wide else rng.uniform(0.2, 5)
        x[i] = x[i] if wide and low <= -1e20 else max(x[i], low)
        x[i] = x[i] if wide else min(x[i], high)
    if not is_smooth(row, tuple(x)) or not all(map(math.isfinite, x)):
        raise Undecided("on a kink")
    return tuple(x)


def operations(rng: random.Random) -> Find | None:
    """A derivative of order 0 to 3 of one row: by nested passes, and by power series."""
    row = rng.choice(TABLE)
    x = point(rng, row)
    path = [rng.randrange(len(x)) for _ in range(rng.randrange(4))]
    what = f"{row} at {x}, towards {path}"
    want = row.exact(x, *(path.count(i) for i in range(len(x))))
    leaves = [Value(v) for v in x]
    y = nested(applied(OPS[row.name], leaves, row.n), leaves, path)
    bound = errors(y)[y]
    find = compared(what, want, y.data, bound)
    if not find and len(set(path)) == 1:
        by_series = derivative(lambda v: row(*x[: path[0]], v, *x[path[0] + 1 :]), len(path))
        find = compared(f"derivative of {what}", want, by_series(x[path[0]]), bound)
    return find


def slopes(graph: Graph) -> Find | None:
    """Value and gradient of a graph: ``backward()``, and with ``create_graph``."""
    want, wanted = graph.exact()
    leaves = [Value(x) for x in graph.leaves]
    y = graph(*leaves)
    if any(e > 1e-6 * abs(v.data) for v, e in errors(y).items()):
        raise Undecided("hardly a digit is left")
    finds = [compared(f"the value of {graph}", want, y.data, errors(y)[y])]
    y.backward()
    found = [x.grad for x in leaves]
    y.zero_grad()
    for i in range(len(leaves)):
        g = nested(y, leaves, [i])
        bound = errors(g)[g]
        finds.append(compared(f"∂/∂v{i} of {graph}", wanted[i], found[i], bound))
        finds.append(compared(f"∂/∂v{i} (create_graph) of {graph}", wanted[i], g.data, bound))
    return first(finds)


def graphs(rng: random.Random) -> Find | None:
    """Value and gradient of a random graph against 50 digits."""
    graph = drawn(rng)
    return smallest(graph, slopes)


def series(rng: random.Random) -> Find | None:
    """``taylor`` of a short composition against mpmath's."""
    graph = drawn(rng, most=3, leaves=1, size=1e3)
    graph.exact()  # whether it is beside a kink
    x = Value(graph.leaves[0])
    y = graph(x)
    found = taylor(graph, graph.leaves[0], 3).coefficients

    def referee(t: mp.mpf) -> mp.mpf:
        made = [t, *map(mp.mpf, graph.numbers)]
        for row, places in graph.steps:
            made.append(row.referee(*(made[i] for i in places)))
        return made[-1]

    with mp.workdps(400):  # mp.taylor is wrong by 1e-400: below all floats
        want = [+c for c in mp.taylor(referee, mp.mpf(graph.leaves[0]), 3, chop=False)]
    for k in range(4):
        d = nested(y, [x], k * [0])
        bound = errors(d)[d] / math.factorial(k)
        find = compared(f"coefficient {k} of {graph}", want[k], float(found[k]), 2 * bound)
        if find:
            return find
    return None


def steps(rng: random.Random) -> Find | None:
    """Exhausted steps are ``backward()`` to the bit; the chain rule's paths sum to the gradient."""
    graph = drawn(rng)
    leaves = [Value(x) for x in graph.leaves]
    y = graph(*leaves)
    last = {step.operand: step.after for step in backward_steps(y, constants=True)}
    y.backward()
    nodes = order(y)
    for v in nodes:
        if bits(last.get(v, 0.0)) != bits(v.grad):
            return Find(f"the last step towards {v!r} in {graph}", v.grad, last.get(v))
    for i, leaf in enumerate(leaves):
        rule = chain_rule(y, leaf, every_node=True, max_paths=500)
        if leaf not in nodes or rule.count > len(rule.paths):
            continue
        if rule.value != leaf.grad and not math.isnan(leaf.grad):
            return Find(f"chain_rule(y, v{i}).value of {graph}", leaf.grad, rule.value)
        products = [p.value for p in rule.paths]
        size = sum(map(abs, products))
        allowed = 2 * UNIT * (len(nodes) + len(products)) * size + 1e-300
        if not math.isfinite(size):
            raise Undecided("infinite products")
        if abs(sum(products) - leaf.grad) > allowed:
            return Find(f"the sum of the paths to v{i} of {graph}", leaf.grad, sum(products))
    return None

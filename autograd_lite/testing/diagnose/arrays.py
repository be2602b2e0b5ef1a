"""Mistakes with whole arrays on the way: transposed, only their diagonal, wrongly indexed.

Such a mistake adds something to the derivative towards an array inside f; from there on the
backward pass is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .adjoints import ADDED, BATCH, Change
from .case import Case
from .graph import Graph, Hypothesis

Array = npt.NDArray[np.float64]


def added(places: Any, numbers: Array) -> Change:
    """What is added to the derivative towards each element of an array."""
    flat = np.ravel(places)
    rows = np.asarray(numbers).reshape(len(flat), -1)
    return {(int(i), ADDED): row for i, row in zip(flat, rows, strict=True)}


def arrays(case: Case) -> Iterator[Hypothesis]:
    """An array's derivative transposed, without its cross terms, or with the wrong entries."""
    adjoints, graph = case.adjoints, case.graph
    inside = {
        name: places
        for name, places in graph.groups.items()
        if np.ndim(places) and int(np.ravel(places)[0]) in graph.reached
    }
    for name, places in inside.items():
        line = graph.lines.get(int(np.ravel(places)[0]), 0)
        square = places.ndim == 2 and places.shape[0] == places.shape[1] > 1
        if square and name not in case.blocks:
            adj = adjoints.adjoint[places]
            make = partial(added, places, np.swapaxes(adj, 0, 1) - adj)
            text = f"the derivative towards {name} is transposed on the way"
            yield Hypothesis(("turned", name), "transposed", 3.4, lambda t=text: t, line, make)
        for index, numbers in case.indices.items():
            yield from _indexed(case, name, places, index, numbers)
    yield from _jacobians(graph, inside)


def _jacobians(graph: Graph, inside: dict[str, Any]) -> Iterator[Hypothesis]:
    """The derivative of one array by another, such as softmax's, with wrong cross terms."""
    adjoints = graph.adjoints
    for name, places in inside.items():
        size = np.size(places)
        if size < 2 or len(adjoints.nodes) * size * adjoints.count > BATCH:
            continue
        later = {
            other: its
            for other, its in inside.items()
            if other != name and np.shape(its) == np.shape(places)
        }
        if not later:
            continue
        tangents = adjoints.tangents_from([int(i) for i in places.flat])
        for other, its in later.items():
            jacobian = tangents[its.ravel()]  # (of other, by name, points)
            cross = jacobian.copy()
            cross[np.arange(size), np.arange(size)] = 0.0
            if not cross.any():
                continue
            adj, y = adjoints.adjoint[its.ravel()], adjoints.values[its.ravel()]
            named = f"∂{other}/∂{name}"
            own = np.where(cross != 0, (y * (1 - y))[:, None], 0.0)
            for what, change, text in (
                (
                    "diagonal",
                    -cross,
                    f"only the diagonal of {named} is there: the cross terms are forgotten",
                ),
                ("cross", -2 * cross, f"the cross terms of {named} have the wrong sign"),
                (
                    "own",
                    own - cross,
                    f"{other} · (1 − {other}), the diagonal of {named}, stands in the cross terms, too",
                ),
            ):
                make = partial(added, places, (adj[:, None] * change).sum(0))
                yield Hypothesis(
                    ("jacobian", name, other, what), "diagonal", 3.3, lambda t=text: t, make=make
                )


def _indexed(case: Case, name: str, places: Any, index: str, numbers: Any) -> Iterator[Hypothesis]:
    """An entry of each row, such as that of its class, taken for a column, or alone."""
    shape, at = np.shape(places), np.atleast_1d(np.asarray(numbers))
    rows = np.reshape(places, (-1, shape[-1]))
    if at.ndim != 1 or len(at) != len(rows) or at.min() < 0 or at.max() >= shape[-1]:
        return
    one = np.zeros(rows.shape)
    one[np.arange(len(at)), at] = 1.0
    adj = case.adjoints.adjoint[rows]
    here = f"{name}[{'arange(n), ' if len(shape) > 1 else ''}{index}]"
    line = case.graph.lines.get(int(rows[0, 0]), 0)

    def made(what: str, text: str, numbers: Array) -> Hypothesis:
        make = partial(added, rows, numbers)
        key = ("index", name, index, what)
        return Hypothesis(key, "index", 3.6, lambda: text, line, make)

    alone = f"the derivative towards {name} is there at {here} alone: the other entries are 0"
    yield made("alone", alone, adj * (one - 1)[..., None])
    yield made("lost", f"the derivative towards {name} lacks {here}", adj * -one[..., None])


def index_patterns(case: Case) -> Iterator[tuple[Any, str, Change]]:
    """(key, words, change of the derivative) of entries that a one-hot target may be put in.

    How large the entry is has to be fitted: it is a row's share of the loss.
    """
    for name, places in case.graph.groups.items():
        shape = np.shape(places)
        if not shape or int(np.ravel(places)[0]) not in case.graph.reached:
            continue
        rows = np.reshape(places, (-1, shape[-1]))
        for index, numbers in case.indices.items():
            at = np.atleast_1d(np.asarray(numbers))
            if at.ndim != 1 or len(at) != len(rows) or at.min() < 0 or at.max() >= shape[-1]:
                continue
            n, k = np.arange(len(at)), shape[-1]
            one = np.zeros(rows.shape)
            one[n, at] = 1.0
            here = f"{name}[{'arange(n), ' if len(shape) > 1 else ''}{index}]"
            column = np.zeros(rows.shape)
            column[:, at] = 1.0
            patterns = [
                (f"{name}[:, {index}] stands where {here} belongs", column - one),
                (f"the 1 of the right class is not subtracted at {here}", -one),
            ]
            for step, word in ((1, f"{index} + 1"), (-1, f"{index} − 1")):
                shifted = np.zeros(rows.shape)
                shifted[n, (at + step) % k] = 1.0
                patterns.append((f"{word} stands where {index} belongs in {here}", shifted - one))
            if len(n) == k and len(shape) > 1:
                patterns.append(
                    (f"{name}[{index}, arange(n)] stands where {here} belongs", one.T - one)
                )
            for text, pattern in patterns:
                spread = np.repeat(pattern[..., None], case.adjoints.count, axis=-1)
                yield ("pattern", name, index, text), text, added(rows, spread)


def written_out(graph: Graph) -> Iterator[Hypothesis]:
    """A wrong rule for a function that f writes out: tanh′ for σ′ where σ is 1 / (1 + exp(−z))."""
    adjoints = graph.adjoints
    for name, places in graph.groups.items():
        nodes = [int(i) for i in np.ravel(places)]
        inner = [_only_input(graph, i) for i in nodes]
        if None in inner:
            continue
        word = graph.group_of.get(int(inner[0] or 0), ("", ()))[0] or graph.word(
            int(inner[0] or 0), whole=True
        )
        for rule, what in (
            (lambda y, z: 1 - y * y, f"1 − {name}², the rule of tanh,"),
            (lambda y, z: y * (1 - y), f"{name} · (1 − {name}), the rule of σ,"),
            (lambda y, z: y, f"{name} itself"),
            (lambda y, z: 1 - y, f"1 − {name}"),
            (lambda y, z: z * (1 - z), f"{word} · (1 − {word})"),
            (lambda y, z: np.ones_like(y), "1"),
        ):
            yield Hypothesis(
                ("written out", name, what),
                "rule",
                3.9,
                lambda n=name,
                w=word,
                t=what: f"{n} as a function of {w}: {t} stands where ∂{n}/∂{w} belongs",
                graph.lines.get(nodes[0], 0),
                partial(_replaced, graph, nodes, inner, rule),
            )


def _only_input(graph: Graph, i: int) -> int | None:
    """The one named node that an elementwise function of several operations is a function of."""
    adjoints = graph.adjoints
    seen, stack = {i}, [*adjoints.operands[i]]
    found: set[int] = set()
    while stack and len(seen) < 12:
        j = stack.pop()
        if j in adjoints.names or not adjoints.operands[j]:
            if j in graph.reached:
                found.add(j)
        elif j not in seen:
            seen.add(j)
            stack += adjoints.operands[j]
    if stack or len(found) != 1 or len(seen) < 2 or i not in graph.reached:
        return None
    return found.pop()


def _replaced(
    graph: Graph, nodes: Sequence[int], inner: Sequence[int], rule: Callable[..., Array]
) -> Change:
    """The change of the derivative towards the inner nodes if a rule gives the slopes."""
    adjoints = graph.adjoints
    change: dict[tuple[int, int], Array] = {}
    for i, j in zip(nodes, inner, strict=True):
        slope = _slope(graph, i, j)
        with np.errstate(all="ignore"):
            wrong = rule(adjoints.values[i], adjoints.values[j])
            more = adjoints.adjoint[i] * (wrong - slope)
        change[j, ADDED] = change.get((j, ADDED), 0.0) + more
    return change


def _slope(graph: Graph, i: int, j: int) -> Array:
    """∂i/∂j, by the few operations between them."""
    adjoints = graph.adjoints
    slopes: dict[int, Array] = {i: np.ones(adjoints.count)}
    out = np.zeros(adjoints.count)
    for at in range(i, j, -1):
        if at in slopes:
            for k, x in enumerate(adjoints.operands[at]):
                step = slopes[at] * adjoints.local[at, k]
                if x == j:
                    out = out + step
                elif x not in adjoints.names or x == i:
                    slopes[x] = slopes.get(x, 0.0) + step
    return out

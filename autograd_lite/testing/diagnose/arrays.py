"""Mistakes with whole arrays on the way: transposed, only their diagonal, wrongly indexed.

Such a mistake adds something to the derivative towards an array inside f; from there on the
backward pass is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ...notation import tree_of
from .adjoints import ADDED, BATCH, Change, on_arrays
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
            yield Hypothesis(("turned", name), "transposed", 3.4, text, line, make)
    yield from _jacobians(graph, inside)
    for name, index, rows, one, here in _indexed(case):
        adj, line = adjoints.adjoint[rows], graph.lines.get(int(rows[0, 0]), 0)
        towards = f"the derivative towards {name}"
        for what, text, numbers in (
            ("alone", f"{towards} is there at {here} alone: elsewhere it is 0", one - 1),
            ("lost", f"{towards} lacks {here}", -one),
        ):
            make = partial(added, rows, adj * numbers[..., None])
            yield Hypothesis(("index", name, index, what), "index", 3.6, text, line, make)


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
            own, named = (y * (1 - y))[:, None], f"∂{other}/∂{name}"
            wrong = [
                (-cross, f"only the diagonal of {named} is there: the cross terms are forgotten"),
                (-2 * cross, f"the cross terms of {named} have the wrong sign"),
            ]
            if np.allclose(jacobian - cross, own * np.eye(size)[..., None], rtol=1e-9, atol=0):
                text = (
                    f"{other} · (1 − {other}), the diagonal of {named}, stands for its cross terms"
                )
                wrong.append((np.where(cross != 0, own, 0.0) - cross, text))
            for k, (change, text) in enumerate(wrong):
                make = partial(added, places, (adj[:, None] * change).sum(0))
                key = ("jacobian", name, other, k)
                yield Hypothesis(key, "diagonal", 3.3, text, make=make)


def _indexed(case: Case) -> Iterator[tuple[str, str, Any, Array, str]]:
    """(array, index, its rows of nodes, 1 at the entry of each row, words) of whole numbers.

    Where an argument holds an index for each row of an array, as the classes of a batch are.
    """
    for name, places in case.graph.groups.items():
        shape = np.shape(places)
        if not shape or int(np.ravel(places)[0]) not in case.graph.reached:
            continue
        rows = np.reshape(places, (-1, shape[-1]))
        for index, numbers in case.indices.items():
            at = np.atleast_1d(np.asarray(numbers))
            if at.ndim == 1 and len(at) == len(rows) and 0 <= at.min() <= at.max() < shape[-1]:
                one = np.eye(shape[-1])[at]
                here = f"{name}[{'arange(n), ' if len(shape) > 1 else ''}{index}]"
                yield name, index, rows, one, here


def index_patterns(case: Case) -> Iterator[tuple[Any, str, Change]]:
    """(key, words, change of the derivative) of entries that a one-hot target may be put in.

    How large the entry is has to be fitted: it is a row's share of the loss.
    """
    for name, index, rows, one, here in _indexed(case):
        patterns = [
            (f"the 1 of the right class is not subtracted at {here}", -one),
            (f"{index} + 1 stands where {index} belongs in {here}", np.roll(one, 1, axis=1) - one),
            (f"{index} − 1 stands where {index} belongs in {here}", np.roll(one, -1, axis=1) - one),
        ]
        if len(rows) > 1:
            column = np.broadcast_to(one.max(axis=0), one.shape)
            text = f"{name}[:, {index}] stands where {here} belongs"
            patterns.insert(0, (text, column - one))
        if len(rows) == one.shape[1]:
            patterns.append(
                (f"{name}[{index}, arange(n)] stands where {here} belongs", one.T - one)
            )
        for text, pattern in patterns:
            spread = np.repeat(pattern[..., None], case.adjoints.count, axis=-1)
            yield ("pattern", name, index, text), text, added(rows, spread)


def written_out(graph: Graph) -> Iterator[Hypothesis]:
    """A wrong rule for a function that f writes out: tanh′ for σ′ where σ is 1 / (1 + exp(−z)).

    For one result, and for all that are written alike.
    """
    alike: dict[Any, list[tuple[str, list[int], list[int]]]] = {}
    for name, places in graph.groups.items():
        nodes = [int(i) for i in np.ravel(places)]
        inner = [j for i in nodes if (j := _inner(graph, i)) is not None]
        if len(inner) == len(nodes):
            line = [
                getattr(graph.adjoints.nodes[i].op, "name", "") for i in _chain(graph, nodes[0])
            ]
            alike.setdefault(tuple(line), []).append((name, nodes, inner))
    for found in alike.values():
        for some in [[one] for one in found] + [found] * (len(found) > 1):
            nodes = [i for _, its, _ in some for i in its]
            inner = [j for _, _, its in some for j in its]
            name, word = some[0][0], str(graph.word(inner[0], whole=True))
            if len(some) > 1:
                name, word = ", ".join(n for n, _, _ in some), "what is inside"
            y = name if len(some) == 1 else "each"
            for rule, what in (
                ("1 - y * y", f"1 − {y}², the rule of tanh,"),
                ("y * (1 - y)", f"{y} · (1 − {y}), the rule of σ,"),
                ("-y * (1 - y)", f"−{y} · (1 − {y}), a sign lost,"),
                ("y * (1 + y)", f"{y} · (1 + {y}), a sign lost,"),
                ("y", f"{y} itself"),
                ("1 - y", f"1 − {y}"),
                ("z * (1 - z)", f"{word} · (1 − {word})"),
                ("1", "1"),
            ):
                text = f"{name} as a function of {word}: {what} stands where its slope belongs"
                make = partial(_replaced, graph, nodes, inner, rule)
                key = ("written out", name, what)
                cost = 3.9 + 0.1 * (len(some) > 1)
                yield Hypothesis(key, "rule", cost, text, graph.lines.get(nodes[0], 0), make)


def _chain(graph: Graph, i: int) -> list[int]:
    """The operations down to the first that has several operands that vary, or a name."""
    out = [i]
    while True:
        operands = graph.adjoints.operands[out[-1]]
        varying = [j for j in operands if j in graph.reached]
        if len(varying) != 1 or (len(out) > 1 and out[-1] in graph.adjoints.names):
            return out
        out.append(varying[0])


def _inner(graph: Graph, i: int) -> int | None:
    """What a node is an elementwise function of, by several operations; ``None`` if by one."""
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
    if i not in graph.reached:
        return None
    if not stack and len(found) == 1 and len(seen) > 1:
        return found.pop()
    chain = _chain(graph, i)
    return chain[-1] if len(chain) > 2 else None


def _replaced(graph: Graph, nodes: Sequence[int], inner: Sequence[int], rule: str) -> Change:
    """The change of the slopes of the outermost operations if a rule gives those of the whole."""
    adjoints = graph.adjoints
    change: dict[tuple[int, int], Array] = {}
    for i, j in zip(nodes, inner, strict=True):
        with np.errstate(all="ignore"):
            wrong = on_arrays(tree_of(rule), ("y", "z"))(adjoints.values[i], adjoints.values[j])
            times = wrong / _slope(graph, i, j)
            for k, x in enumerate(adjoints.operands[i]):
                if x in graph.reached:
                    change[i, k] = adjoints.local[i, k] * times
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

"""One variable taken for another, turned round, or a turn of the loop too late."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...ops import Op
from .flows import Edge
from .graph import NOTHING, Graph, Hypothesis

Array = npt.NDArray[np.float64]


def swapped(graph: Graph) -> Iterator[Hypothesis]:
    """One variable taken for another, or turned round, in one rule or in all."""
    flows = graph.flows
    named = [(n, p) for n, p in flows.groups.items() if p is not None and np.min(p) >= 0]
    if len(named) > 40 or sum(map(len, graph.sites.values())) > 3000:
        return
    readers: dict[str, list[tuple[Any, Edge, str, int]]] = {}
    for site, edges in graph.sites.items():
        for i, k in edges:
            op = flows.nodes[i].op
            if not isinstance(op, Op):
                continue
            nodes = dict(zip(op.operands, flows.operands[i], strict=True)) | {"y": i}
            for x, j in nodes.items():
                if j in graph.group_of and re.search(rf"\b{x}\b", op.derivatives[k]):
                    place = site[:2] if len(site) == 3 else site[:1]
                    readers.setdefault(graph.group_of[j][0], []).append((place, (i, k), x, j))

    def read_as(name: str, instead: Any) -> dict[Any, dict[Edge, Array]]:
        by_site: dict[Any, dict[Edge, Array]] = {}
        for site, (i, k), x, j in readers.get(name, []):
            u = int(instead[graph.group_of[j][1]]) if np.ndim(instead) else int(instead)
            op = flows.nodes[i].op
            assert isinstance(op, Op)
            numbers = flows.evaluated(i, op.derivatives[k], {x: flows.values[u]})
            by_site.setdefault(site, {})[i, k] = numbers
        return by_site

    yield from _shifted(dict(named), readers, read_as)
    for name, places in named:
        if name not in readers:
            continue
        for other, instead, words, cost in _instead_of(name, places, named):
            by_site = read_as(name, instead)
            change = {e: x for part in by_site.values() for e, x in part.items()}
            yield Hypothesis(("swap", name, other), "variable", words, cost, NOTHING, 0, change)
            if len(by_site) > 1:
                for site, part in by_site.items():
                    i = next(iter(part))[0]
                    yield Hypothesis(
                        ("swap", name, other, site),
                        "variable",
                        f"{graph.at(i, whole=True)}: {words}",
                        cost + 0.3,
                        NOTHING,
                        graph.lines.get(i, 0),
                        part,
                    )


def _shifted(
    named: Mapping[str, Any],
    readers: Mapping[str, Any],
    read_as: Callable[[str, Any], dict[Any, dict[Edge, Array]]],
) -> Iterator[Hypothesis]:
    """A variable of a loop taken a turn too late or too early: h(t) for h(t − 1)."""
    for base in {n.split("#")[0] for n in named if "#" in n}:
        for step, words in ((1, "next"), (-1, "previous")):
            change: dict[Edge, Array] = {}
            for name, places in named.items():
                if name.split("#")[0] != base or name not in readers:
                    continue
                k = int(name.split("#")[1]) if "#" in name else 0
                other = f"{base}#{k + step}" if f"{base}#{k + step}" in named else base
                if other in named and other != name and np.shape(named[other]) == np.shape(places):
                    for part in read_as(name, named[other]).values():
                        change |= part
            if change:
                text = f"in each turn of the loop the {words} {base} stands for its own"
                yield Hypothesis(("shifted", base, step), "variable", text, 4.4, NOTHING, 0, change)


def _instead_of(
    name: str, places: Any, named: Sequence[tuple[str, Any]]
) -> Iterator[tuple[str, Any, str, float]]:
    """(key, nodes, words, cost) of what may stand in a variable's place."""
    for other, instead in named:
        if other != name and np.shape(instead) == np.shape(places):
            yield other, instead, f"{other} stands where {name} belongs", 4.0
    if np.ndim(places) == 1 and len(places) > 1:
        yield "reversed", places[::-1], f"{name} stands in reverse order", 4.2
        yield (
            "ahead",
            np.roll(places, -1),
            f"the next element of {name} stands in the place of each",
            4.6,
        )
        yield (
            "behind",
            np.roll(places, 1),
            f"the element before stands in the place of each of {name}",
            4.6,
        )
    if np.ndim(places) == 2 and places.shape[0] == places.shape[1] > 1:
        yield (
            "transposed",
            places.T,
            f"{name} stands where its transpose belongs, or the reverse",
            3.9,
        )
    if np.ndim(places) == 2 and min(places.shape) > 1:
        yield "flipped", places[::-1, ::-1], f"{name} stands in reverse order", 4.3


def elementwise(graph: Graph) -> Iterator[Hypothesis]:
    """What flows through each element of an array, multiplied or divided by another's element."""
    flows = graph.flows
    named = [(n, p) for n, p in flows.groups.items() if np.ndim(p) and np.min(p) >= 0]
    for name, places in named:
        edges = [(index, int(i)) for index, i in np.ndenumerate(places) if flows.operands[int(i)]]
        for other, instead in named:
            if not edges or np.shape(instead) != np.shape(places) or len(named) > 30:
                continue
            for divided, words in ((False, "an extra factor"), (True, "divided by")):
                change: dict[Edge, Array] = {}
                with np.errstate(all="ignore"):
                    for index, i in edges:
                        q = flows.values[int(instead[index])]
                        for k in range(len(flows.operands[i])):
                            change[i, k] = (
                                flows.local[i, k] / q if divided else flows.local[i, k] * q
                            )
                text = f"on the paths through {name}: {words} {other}, element by element"
                yield Hypothesis(
                    ("elementwise", name, other, divided), "factor", text, 4.8, NOTHING, 0, change
                )

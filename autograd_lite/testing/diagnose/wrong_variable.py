"""Mistakes in which one variable stands for another, reversed, or from another turn of a loop."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from ...expr import names
from ...ops import Op
from .adjoints import Edge
from .graph import NOTHING, Graph, Hypothesis
from .quantities import FACTORS

Array = npt.NDArray[np.float64]


def swapped(graph: Graph) -> Iterator[Hypothesis]:
    """One variable taken for another, or turned round, in one rule or in all."""
    adjoints = graph.adjoints
    named = [(n, p) for n, p in adjoints.groups.items() if p is not None and np.min(p) >= 0]
    if len(named) > 40 or sum(map(len, graph.sites.values())) > 3000:
        return
    readers: dict[str, list[tuple[Any, Edge, str, int]]] = {}
    for site, edges in graph.sites.items():
        for i, k in edges:
            op = adjoints.nodes[i].op
            if not isinstance(op, Op):
                continue
            nodes = dict(zip(op.operands, adjoints.operands[i], strict=True)) | {"y": i}
            for x, j in nodes.items():
                if j in graph.group_of and x in names(op.derivatives[k]):
                    place = site[:2] if len(site) == 3 else site[:1]
                    readers.setdefault(graph.group_of[j][0], []).append((place, (i, k), x, j))

    def read_as(name: str, instead: Any, results: bool = True) -> dict[Any, dict[Edge, Array]]:
        by_site: dict[Any, dict[Edge, Array]] = {}
        for site, (i, k), x, j in readers.get(name, []):
            if x == "y" and not results:
                continue
            u = int(instead[graph.group_of[j][1]]) if np.ndim(instead) else int(instead)
            op = adjoints.nodes[i].op
            assert isinstance(op, Op)
            numbers = adjoints.evaluated(i, op.derivatives[k], {x: adjoints.values[u]})
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
    read_as: Callable[..., dict[Any, dict[Edge, Array]]],
) -> Iterator[Hypothesis]:
    """A variable of a loop taken a turn too late or too early: h(t) for h(t − 1)."""
    turns: dict[str, dict[int, str]] = {}
    for name in named:
        found = re.fullmatch(r"(.*?)#?(\d+)", name)
        if found:
            turns.setdefault(found.group(1), {})[int(found.group(2))] = name
        else:
            turns.setdefault(name, {})[0] = name
    for base, at in turns.items():
        for step, results in product((1, -1), (True, False)):
            words = "next" if step == 1 else "previous"
            change: dict[Edge, Array] = {}
            pairs: list[str] = []
            for k, name in at.items():
                other = at.get(k + step, "")
                if other and name in readers and np.shape(named[other]) == np.shape(named[name]):
                    pairs.append(f"{other} where {name} belongs")
                    for part in read_as(name, named[other], results).values():
                        change |= part
            if change:
                text = f"in each turn the {words} {base} stands for its own: {', '.join(pairs)}"
                key = ("shifted", base, step, results)
                yield Hypothesis(key, "variable", text, 4.4, NOTHING, 0, change)


def elementwise(graph: Graph) -> Iterator[Hypothesis]:
    """A gradient multiplied or divided, element by element of an array, by another array."""
    adjoints = graph.adjoints
    named = [(n, p) for n, p in adjoints.groups.items() if np.ndim(p) and np.min(p) >= 0]
    for name, places in named:
        edges = [
            (index, int(i)) for index, i in np.ndenumerate(places) if adjoints.operands[int(i)]
        ]
        for other, instead in named:
            if not edges or np.shape(instead) != np.shape(places) or len(named) > 30:
                continue
            for form, function in FACTORS.items():
                with np.errstate(all="ignore"):
                    factor = {i: function(adjoints.values[int(instead[x])]) for x, i in edges}
                word = form.format(q=other)
                for divided in (False, True):
                    change: dict[Edge, Array] = {}
                    for i, q in factor.items():
                        for k in range(len(adjoints.operands[i])):
                            with np.errstate(all="ignore"):
                                local = adjoints.local[i, k]
                                change[i, k] = local / q if divided else local * q
                    what = f"a factor {word} is missing" if divided else f"an extra factor {word}"
                    text = f"on the paths through {name}: {what}, element by element"
                    key = ("elementwise", name, word, divided)
                    yield Hypothesis(key, "factor", text, 4.8, NOTHING, 0, change)


def taken_inside(graph: Graph) -> Iterator[Hypothesis]:
    """A rule taken at a part of its operand: cos(x) for cos(k · x)."""
    adjoints = graph.adjoints
    by_site: dict[Any, tuple[dict[Edge, Array], int, int, int]] = {}
    for site, edges in graph.sites.items():
        for i, k in edges:
            op = adjoints.nodes[i].op
            if not isinstance(op, Op):
                continue
            for x, j in zip(op.operands, adjoints.operands[i], strict=True):
                if x not in names(op.derivatives[k]) or len(adjoints.operands[j]) < 2:
                    continue
                for part, u in enumerate(adjoints.operands[j]):
                    numbers = adjoints.evaluated(i, op.derivatives[k], {x: adjoints.values[u]})
                    change, *_ = by_site.setdefault((site, x, part), ({}, i, j, u))
                    change[i, k] = numbers
    for key, (change, i, j, u) in by_site.items():
        words = (
            f"the rule is taken at {graph.word(u, whole=True)}, not at {graph.word(j, whole=True)}"
        )
        text = f"{graph.at(i, whole=len(change) > 1)}: {words}"
        line = graph.lines.get(i, 0)
        yield Hypothesis(("inside", *key), "rule", text, 4.4, NOTHING, line, change)


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

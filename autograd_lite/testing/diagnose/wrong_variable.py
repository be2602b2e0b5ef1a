"""Mistakes in which one variable stands for another, reversed, or from another turn of a loop."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from ...notation import names
from ...ops import Op
from .adjoints import Change, Edge
from .graph import Graph, Hypothesis
from .quantities import FACTORS

Array = npt.NDArray[np.float64]


def swapped(graph: Graph) -> Iterator[Hypothesis]:
    """One variable taken for another, or turned round, in one rule or in all."""
    adjoints = graph.adjoints
    named = [*graph.groups.items()]
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

    def read_as(name: str, instead: Any, letters: str = "aby", only: Any = None) -> Change:
        alike: dict[Any, tuple[list[Edge], list[int]]] = {}
        for site, (i, k), x, j in readers.get(name, []):
            if x in letters and only in (None, site):
                u = int(instead[graph.group_of[j][1]]) if np.ndim(instead) else int(instead)
                edges, others = alike.setdefault((adjoints.nodes[i].op, k, x), ([], []))
                edges.append((i, k))
                others.append(u)
        change: dict[Edge, Array] = {}
        for (op, k, x), (edges, others) in alike.items():
            there = np.where(np.array(others)[:, None] < 0, 0.0, adjoints.values[others])
            numbers = adjoints.at_all([i for i, _ in edges], op.derivatives[k], {x: there})
            if op.name in ("maximum", "minimum"):  # of x and x: nobody's rule
                same = [u in adjoints.operands[i] for (i, _), u in zip(edges, others, strict=True)]
                numbers[same] = np.nan
            change.update(zip(edges, numbers, strict=True))
        return change

    yield from _shifted(dict(named), readers, read_as)
    for name, places in named:
        if name not in readers:
            continue
        sites = {site: edge[0] for site, edge, _, _ in readers[name]}
        for other, instead, words, cost in _instead_of(name, places, named):
            make = partial(read_as, name, instead)
            yield Hypothesis(("swap", name, other), "variable", cost, words, make=make)
            for site, i in sites.items() if len(sites) > 1 else ():
                yield Hypothesis(
                    ("swap", name, other, site),
                    "variable",
                    cost + 0.3,
                    partial(_at, graph, i, words),
                    graph.lines.get(i, 0),
                    partial(read_as, name, instead, only=site),
                )


def _at(graph: Graph, i: int, words: str) -> str:
    return f"{graph.at(i, whole=True)}: {words}"


def _shifted(
    named: Mapping[str, Any], readers: Mapping[str, Any], read_as: Callable[..., Change]
) -> Iterator[Hypothesis]:
    """A variable of a loop from another turn: h(t) for h(t − 1), or the last one in every turn."""
    turns: dict[str, dict[int, str]] = {}
    for name in named:
        found = re.fullmatch(r"(.*?)#?(\d+)", name)
        if found:
            turns.setdefault(found.group(1), {})[int(found.group(2))] = name
        else:
            turns.setdefault(name, {})[0] = name
    for base, at in turns.items():
        instead: dict[Any, dict[str, str]] = {}
        for step, words in ((1, "next"), (-1, "previous")):
            text = f"in each turn the {words} {base} stands for its own"
            instead[text] = {n: at[k + step] for k, n in at.items() if k + step in at}
        if len(at) > 2:
            back = dict(zip(sorted(at), sorted(at, reverse=True), strict=True))
            instead[f"the {base} stand in reverse order"] = {
                n: at[back[k]] for k, n in at.items() if back[k] != k
            }
            for one in at.values():
                last = ", the last," if one == at[max(at)] else ""
                text = f"{one}{last} stands for every {base}"
                instead[text] = {n: one for n in at.values() if n != one}
        for text, pairs in instead.items():
            alike = {
                name: other
                for name, other in pairs.items()
                if name in readers and np.shape(named[other]) == np.shape(named[name])
            }
            said = ", ".join(f"{other} where {name} belongs" for name, other in alike.items())
            for letters, where in (("aby", ""), ("ab", ""), ("y", " in the slope of it")):

                def make(pairs: Mapping[str, str] = alike, letters: str = letters) -> Change:
                    change: dict[Edge, Array] = {}
                    for name, other in pairs.items():
                        change.update(read_as(name, named[other], letters))
                    return change

                if alike:
                    words = f"{text}{where}: {said}"
                    key = ("shifted", text, letters)
                    yield Hypothesis(key, "variable", 4.4, words, make=make)


def elementwise(graph: Graph) -> Iterator[Hypothesis]:
    """A gradient multiplied or divided, element by element of an array, by another array."""
    adjoints = graph.adjoints
    named = [(n, p) for n, p in graph.groups.items() if np.ndim(p)]
    multiplied = {
        (graph.group_of[i][0], graph.group_of[j][0])
        for v, pair in zip(adjoints.nodes, adjoints.operands, strict=True)
        if getattr(v.op, "name", "") == "mul" and graph.group_of.keys() >= {*pair}
        for i, j in (pair, pair[::-1])
    }
    for (name, places), (other, instead) in product(named, named if len(named) <= 30 else []):
        index = [x for x, i in np.ndenumerate(places) if adjoints.operands[int(i)]]
        if not index or np.shape(instead) != np.shape(places):
            continue
        nodes, factors = ([int(of[x]) for x in index] for of in (places, instead))
        for (form, function), divided in product(FACTORS.items(), (False, True)):

            def make(
                nodes: Sequence[int] = nodes,
                factors: Sequence[int] = factors,
                function: Any = function,
                divided: bool = divided,
            ) -> Change:
                change: dict[Edge, Array] = {}
                with np.errstate(all="ignore"):
                    for i, j in zip(nodes, factors, strict=True):
                        q = function(adjoints.values[j])
                        for k in range(len(adjoints.operands[i])):
                            local = adjoints.local[i, k]
                            change[i, k] = local / q if divided else local * q
                return change

            word = form.format(q=other)
            what = f"a factor {word} is missing" if divided else f"an extra factor {word}"
            twice = (name, other) in multiplied and (form, divided) == ("{q}", False)
            more = f": {other} is squared" if twice else ", element by element"
            text = f"on the paths through {name}: {what}{more}"
            key = ("elementwise", name, word, divided)
            yield Hypothesis(key, "factor", 4.8, text, make=make)


def taken_inside(graph: Graph) -> Iterator[Hypothesis]:
    """A rule taken at a part of its operand: cos(x) for cos(k · x)."""
    adjoints = graph.adjoints
    by_site: dict[Any, dict[Edge, tuple[str, int, int]]] = {}
    for site, edges in graph.sites.items():
        for i, k in edges:
            op = adjoints.nodes[i].op
            if not isinstance(op, Op):
                continue
            for x, j in zip(op.operands, adjoints.operands[i], strict=True):
                if x in names(op.derivatives[k]):
                    for part, u in enumerate(adjoints.operands[j]):
                        by_site.setdefault((site, x, part), {})[i, k] = x, j, u
    for key, places in by_site.items():

        def make(places: Mapping[Edge, tuple[str, int, int]] = places) -> Change:
            change: dict[Edge, Array] = {}
            for (i, k), (x, _, u) in places.items():
                op = adjoints.nodes[i].op
                assert isinstance(op, Op)
                change[i, k] = adjoints.evaluated(i, op.derivatives[k], {x: adjoints.values[u]})
            return change

        def text(places: Mapping[Edge, tuple[str, int, int]] = places) -> str:
            (i, _), (_, j, u) = next(iter(places.items()))
            taken, belongs = graph.word(u, whole=True), graph.word(j, whole=True)
            at = graph.at(i, whole=len(places) > 1)
            return f"{at}: the rule is taken at {taken}, not at {belongs}"

        line = graph.lines.get(next(iter(places))[0], 0)
        yield Hypothesis(("inside", *key), "rule", 4.4, text, line, make)


def _instead_of(
    name: str, places: Any, named: Sequence[tuple[str, Any]]
) -> Iterator[tuple[str, Any, str, float]]:
    """(key, nodes, words, cost) of what may stand in a variable's place; node −1 is a 0."""
    for other, instead in named:
        if other != name and np.shape(instead) == np.shape(places):
            yield other, instead, f"{other} stands where {name} belongs", 4.0
    if np.ndim(places) == 1 and len(places) > 1:
        yield "reversed", places[::-1], f"{name} stands in reverse order", 4.2
    if np.ndim(places) and len(places) > 1:
        what = "element" if np.ndim(places) == 1 else "row"
        instead = f"of {name} stands in the place of each"
        yield "ahead", np.roll(places, -1, axis=0), f"the next {what} {instead}", 4.6
        yield "behind", np.roll(places, 1, axis=0), f"the {what} before {instead}", 4.6
    if np.ndim(places) == 2 and places.shape[0] == places.shape[1] > 1:
        yield (
            "transposed",
            places.T,
            f"{name} stands where its transpose belongs, or the reverse",
            3.9,
        )
        alone = np.where(np.eye(len(places), dtype=bool), places, -1)
        yield "diagonal", alone, f"only the diagonal of {name} is read", 4.2
    if np.ndim(places) >= 2 and min(places.shape[-2:]) > 1:
        yield "flipped", places[..., ::-1, ::-1], f"{name} stands in reverse order", 4.3

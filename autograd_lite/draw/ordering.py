"""Layers, and an order within each, for the drawing of an acyclic graph: few crossings.

After Sugiyama, Tagawa and Toda (1981): every edge leads from a layer to the next one, through
dummy vertices where it is longer; sweeps sort each layer by where its neighbours are.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any

Edge = tuple[int, int]
SMALL, LARGE = 70, 800  # up to so many vertices, random starts are tried too; two starts


@dataclass
class Layers:
    """Vertices in layers: first the given ones, then the dummies of long edges."""

    given: int  # how many of the vertices are no dummies
    rank: list[int]
    chains: list[list[int]]  # each edge's vertices, from its tail to its head
    before: list[list[int]]  # each vertex's neighbours in the layer before
    after: list[list[int]]
    paths: list[tuple[int, ...]]  # each vertex's groups, from the outermost inwards
    order: list[list[int]] = field(default_factory=list)
    rounds: dict[Any, tuple[list[list[int]], int]] = field(default_factory=dict)  # see ``_sweep``

    def __post_init__(self) -> None:
        self.members: dict[tuple[int, ...], list[int]] = {}  # of each group, by the way to it
        for v, path in enumerate(self.paths):
            for k in range(1, len(path) + 1):
                self.members.setdefault(path[:k], []).append(v)

    @property
    def place(self) -> list[int]:
        """Each vertex's place in its layer."""
        return self.places_in(self.order)

    def places_in(self, order: Sequence[Sequence[int]]) -> list[int]:
        """Each vertex's place in its layer of another order."""
        place = [0] * len(self.rank)
        for layer in order:
            for k, v in enumerate(layer):
                place[v] = k
        return place


def ordered(count: int, edges: Sequence[Edge], paths: Sequence[tuple[int, ...]]) -> Layers:
    """The layers of a graph, each in an order with few crossings.

    Args:
        count: how many vertices there are.
        edges: pairs of them, without loops or cycles.
        paths: the groups around each vertex; they stay together, beside each other in the order
            of their numbers.
    """
    found: list[tuple[int, int, int, Layers]] = []
    for k, late in enumerate((0, -1)):
        layers = _proper(count, edges, _ranks(count, edges, paths, late), list(paths))
        crossings = _arranged(layers)
        found.append((crossings, len(layers.rank), k, layers))
        if not crossings or len(layers.rank) > SMALL:
            break
    layers = min(found, key=lambda x: x[:3])[3]
    if not any(paths) and _against(layers) > 0:  # the mirror image has as many crossings
        layers.order = [layer[::-1] for layer in layers.order]
    return layers


def _against(layers: Layers) -> int:
    """Inversions minus non-inversions of neighbours in a layer, against the input order."""
    pairs = [(u, v) for layer in layers.order for u, v in pairwise(layer)]
    return sum((u > v) - (u < v) for u, v in pairs if max(u, v) < layers.given)


def _arranged(layers: Layers) -> int:
    """Set the best order found from several starts, and return its number of crossings."""
    size = len(layers.rank)
    starts = _starts(layers)[: 2 if size <= LARGE else 1]
    tries = len(starts) + (200 // size if 0 < size <= SMALL else 0)
    draw = random.Random(0)
    best, fewest = starts[0], -1
    for k in range(tries):
        if k < len(starts):
            layers.order = starts[k]
        else:
            value = [draw.random() for _ in layers.rank]
            layers.order = _sorted(layers, layers.order, value)
        crossings = _sweep(layers, 24 if size <= LARGE else 8)
        if fewest < 0 or crossings < fewest:
            best, fewest = layers.order, crossings
        if not fewest:
            break
    layers.order = best
    return fewest


def _ranks(
    count: int, edges: Sequence[Edge], paths: Sequence[tuple[int, ...]], late: int
) -> list[int]:
    """Longest paths from the sources; then every vertex moves to where its edges are short.

    Those with at least ``late`` more edges out than in move towards the last layer.

    A group begins in a layer after those of the groups beside it that lead into it, if it can.
    """
    groups = max((g + 1 for path in paths for g in path), default=0)
    steps = [(tail, head, 1) for tail, head in edges]
    borders = []  # of group g: count + 2g at its beginning, count + 2g + 1 at its end
    for v, path in enumerate(paths):
        if path:
            g = count + 2 * path[-1]
            borders += [(g, v, 0), (v, g + 1, 0)]
        for outer, inner in pairwise(path):
            borders += [(count + 2 * outer, count + 2 * inner, 0)]
            borders += [(count + 2 * inner + 1, count + 2 * outer + 1, 0)]
    entries, made = [], {head for _, head in edges}
    for tail, head in edges:
        k = len(_common(paths[tail], paths[head]))
        if k < min(len(paths[tail]), len(paths[head])):
            borders.append((count + 2 * paths[tail][k] + 1, count + 2 * paths[head][k], 1))
        elif k < len(paths[head]) and tail in made:  # a leaf may stand beside the group
            entries.append((tail, count + 2 * paths[head][k], 1))
    for more in (dict.fromkeys([*borders, *entries]), dict.fromkeys(borders)):
        rank = _longest(count + 2 * groups, [*steps, *more], late)
        if rank:
            return rank[:count]
    return _longest(count, steps, late)


def _longest(count: int, steps: Sequence[tuple[int, int, int]], late: int) -> list[int]:
    """The layer of every vertex, for steps (from, to, least distance); empty if they loop."""
    before: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    after: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    for tail, head, distance in steps:
        after[tail].append((head, distance))
        before[head].append((tail, distance))
    missing = [len(tails) for tails in before]
    order = [v for v in range(count) if not missing[v]]
    for v in order:  # grows
        for head, _ in after[v]:
            missing[head] -= 1
            if not missing[head]:
                order.append(head)
    if len(order) < count:
        return []
    rank = [0] * count
    for v in order:
        rank[v] = max((rank[t] + d for t, d in before[v]), default=0)
    pull = [len({h for h, d in after[v] if d}) - len({t for t, d in before[v] if d}) for v in order]
    for _ in range(4):
        for v, more in zip(reversed(order), reversed(pull), strict=True):
            if after[v] and more >= late:
                rank[v] = min(rank[h] - d for h, d in after[v])
        for v, more in zip(order, pull, strict=True):
            if before[v] and more < late:
                rank[v] = max(rank[t] + d for t, d in before[v])
    lowest = min(rank, default=0)
    return [r - lowest for r in rank]


def _proper(
    count: int, edges: Sequence[Edge], rank: list[int], paths: list[tuple[int, ...]]
) -> Layers:
    """The graph with a chain of dummies for each long edge, and one in a group's empty layers."""
    chains = []
    ends: dict[int, tuple[int, int]] = {}  # the first and the last layer of each group
    for v, path in enumerate(paths):
        for g in path:
            first, last = ends.get(g, (rank[v], rank[v]))
            ends[g] = min(first, rank[v]), max(last, rank[v])
    for tail, head in edges:
        chain = [tail]
        shared = len(_common(paths[tail], paths[head]))
        for r in range(rank[tail] + 1, rank[head]):  # within a frame as far as that reaches
            inside = paths[head] if _reach(paths[head], shared, ends, r) else paths[tail]
            chain.append(len(rank))
            rank.append(r)
            paths.append(inside[: shared + _reach(inside, shared, ends, r)])
        chains.append([*chain, head])
    spans: dict[tuple[int, ...], set[int]] = {}
    for v, path in enumerate(paths):
        for k in range(len(path)):
            spans.setdefault(path[: k + 1], set()).add(rank[v])
    for path, ranks in sorted(spans.items()):
        for r in sorted(set(range(min(ranks), max(ranks))) - ranks):
            rank.append(r)
            paths.append(path)
    before: list[list[int]] = [[] for _ in rank]
    after: list[list[int]] = [[] for _ in rank]
    for chain in chains:
        for a, b in pairwise(chain):
            after[a].append(b)
            before[b].append(a)
    return Layers(count, rank, chains, before, after, paths)


def _reach(path: tuple[int, ...], shared: int, ends: dict[int, tuple[int, int]], r: int) -> int:
    """How many of the groups after the first ``shared`` are there in layer ``r``."""
    k = shared
    while k < len(path) and ends[path[k]][0] <= r <= ends[path[k]][1]:
        k += 1
    return k - shared


def _common(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    k = 0
    while k < min(len(one), len(other)) and one[k] == other[k]:
        k += 1
    return one[:k]


def _starts(layers: Layers) -> list[list[list[int]]]:
    """Depth-first from the last layer back, and the same from the other side."""
    height = max(layers.rank, default=-1) + 1
    given: list[list[int]] = [[] for _ in range(height)]
    for v, r in enumerate(layers.rank):
        given[r].append(v)
    starts = []
    for down, first in ((layers.before, reversed(given)), (layers.after, given)):
        value = [0.0] * len(layers.rank)
        seen: set[int] = set()
        waiting = [v for layer in reversed(list(first)) for v in reversed(layer)]
        while waiting:
            v = waiting.pop()
            if v not in seen:
                value[v] = float(len(seen))
                seen.add(v)
                waiting += reversed(down[v])
        starts.append(_sorted(layers, given, value))
    return starts


def _sorted(
    layers: Layers, order: Sequence[Sequence[int]], value: Sequence[float]
) -> list[list[int]]:
    """Each layer by value, with groups together: a group's value is the mean of its members'."""
    around = _around(layers, value)
    return [_by_value(layers, layer, value, around) for layer in order]


Around = dict[tuple[int, ...], list[tuple[float, int]]]  # what the groups of a path sort by


def _around(layers: Layers, value: Sequence[float]) -> Around:
    means: dict[tuple[int, ...], float] = {}
    for path, members in layers.members.items():
        total = 0.0
        for v in members:
            total += value[v]
        means[path] = total / len(members)
    beside: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for path in sorted(means):
        beside.setdefault(path[:-1], []).append(path)
    for siblings in beside.values():  # the first neuron stands first, whatever it costs
        means |= zip(siblings, sorted(means[path] for path in siblings), strict=True)
    return {
        path: [(means[path[:k]], -1 - path[k - 1]) for k in range(1, len(path) + 1)]
        for path in means
    }


def _by_value(
    layers: Layers, layer: Sequence[int], value: Sequence[float], around: Around
) -> list[int]:
    """The vertices of a layer by their groups and value; ties stay in the order they are in."""
    if not around:
        return sorted(layer, key=value.__getitem__)
    paths = layers.paths
    return sorted(layer, key=lambda v: [*around.get(paths[v], ()), (value[v], 0)])


def _sweep(layers: Layers, rounds: int) -> int:
    """Sweep forward and backward to an order with few crossings; returns how many these are."""
    best, fewest = layers.order, _crossings(layers, layers.order, layers.place)
    idle = 0
    for k in range(rounds):
        forward = k % 2 == 0
        # Starts end in one and the same order, and stay there: half of a small drawing's time.
        key = forward, *chain.from_iterable(layers.order)
        if key not in layers.rounds:
            layers.rounds[key] = _round(layers, forward)
        layers.order, crossings = layers.rounds[key]
        idle += 1
        if crossings < fewest:
            best, fewest, idle = layers.order, crossings, 0
        if not fewest or idle == 6:
            break
    layers.order = best
    return fewest


def _round(layers: Layers, forward: bool) -> tuple[list[list[int]], int]:
    """Each layer sorted by the mean place of its neighbours, one after the other.

    Returns:
        The order, and its number of crossings; that of the layers stays.
    """
    near, far = layers.before, layers.after
    if not forward:
        near, far = far, near
    order = list(layers.order)
    value = _relative(layers, order)
    around = _around(layers, value)
    for r in range(len(order)) if forward else reversed(range(len(order))):
        for v in order[r]:
            if near[v] or far[v]:  # a leaf has neighbours on one side only
                found = [value[u] for u in near[v] or far[v]]
                value[v] = sum(found) / len(found)
        order[r] = _by_value(layers, order[r], value, around)
        for i, v in enumerate(order[r]):
            value[v] = (i + 0.5) / len(order[r])
    place = layers.places_in(order)
    _switch(layers, order, place)
    return order, _crossings(layers, order, place)


def _relative(layers: Layers, order: Sequence[Sequence[int]]) -> list[float]:
    value = [0.0] * len(layers.rank)
    for layer in order:
        for k, v in enumerate(layer):
            value[v] = (k + 0.5) / len(layer)
    return value


def _switch(layers: Layers, order: Sequence[list[int]], place: list[int]) -> None:
    """Swap neighbours in a layer wherever that saves crossings."""
    waiting = set(range(len(order)))  # a layer that stays, between layers that stay, is done
    for _ in range(10 if len(layers.rank) <= 4 * SMALL else 2):
        for r, layer in enumerate(order):
            if r not in waiting:
                continue
            waiting.discard(r)
            near = [
                (_places(layers.before[v], place), _places(layers.after[v], place))
                for v in (layer if len(layer) > 1 else ())
            ]
            improved = False
            for i in range(len(layer) - 1):
                u, v = layer[i], layer[i + 1]
                if layers.paths[u] == layers.paths[v] and _saved(near[i], near[i + 1]) > 0:
                    layer[i], layer[i + 1] = v, u
                    near[i], near[i + 1] = near[i + 1], near[i]
                    improved = True
            if improved:
                waiting.update(x for x in (r - 1, r, r + 1) if 0 <= x < len(order))
                for i, v in enumerate(layer):
                    place[v] = i
        if not waiting:
            break


Near = tuple[list[int], list[int]]  # the places of a vertex's neighbours, before and after


def _places(vertices: Sequence[int], place: Sequence[int]) -> list[int]:
    """The places of some vertices in their layer, in order; of a dummy's neighbour it is one."""
    if len(vertices) == 1:
        return [place[vertices[0]]]
    return sorted([place[u] for u in vertices])


def _saved(u: Near, v: Near) -> int:
    """How many crossings are saved by moving ``u`` from before ``v`` to after it."""
    saved = 0
    for us, vs in zip(u, v, strict=True):
        for p in us if vs else ():
            saved += bisect_left(vs, p) - len(vs) + bisect_right(vs, p)
    return saved


def _crossings(layers: Layers, order: Sequence[Sequence[int]], place: Sequence[int]) -> int:
    """The crossings between all neighbouring layers."""
    found = 0
    for layer in order:
        seen: list[int] = []  # the places that lines so far end at, sorted
        for v in layer:
            for p in _places(layers.before[v], place):
                k = bisect_right(seen, p)
                found += len(seen) - k
                seen.insert(k, p)
    return found

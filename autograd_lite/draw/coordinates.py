"""Coordinates within the layers: edges as straight as possible, boxes and frames apart.

After Brandes and Köpf, "Fast and simple horizontal coordinate assignment" (2001): vertices are
aligned with their median neighbours in four ways, each packed, and the four balanced.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .ordering import Layers

Rims = Sequence[tuple[float, float]]
SWEEPS, ROUNDS = 16, 40
SPRAWL = 1.2  # how many times the tallest layer a drawing may be high before it is made compact


def placed(
    layers: Layers, heights: Sequence[float], gap: float, rims: Rims, least: Sequence[float]
) -> list[float]:
    """The coordinate of every vertex within its layer.

    Args:
        layers: in their order.
        heights: how much of its layer each vertex takes.
        gap: between neighbours.
        rims: what a group's frame needs before and after its members.
        least: what it needs in all.
    """
    if not layers.rank:
        return []
    if rims:
        return _Constraints(layers, heights, gap, rims, least).settled(_pulled(layers))
    y = _balanced(layers, heights, gap, rims)
    if max(y) - min(y) > SPRAWL * _tallest(layers, heights, gap):
        y = _compact(layers, heights, gap, _pulled(layers))
    return y


def _pulled(layers: Layers) -> list[list[tuple[int, float]]]:
    """The neighbours of each vertex, and how strongly each draws it towards itself.

    What has one neighbour follows it rather than draw it aside, so that a chain of operations
    that each take one more number stays straight; a long edge is straight between its ends.
    """
    given, found = layers.given, []
    for before, after in zip(layers.before, layers.after, strict=True):
        found.append([*before, *after])
    single = [len(set(near)) == 1 for near in found]
    return [
        [
            (u, (4.0 if min(u, v) >= given else 1.0) * (0.01 if single[u] or single[v] else 1.0))
            for u in near
        ]
        for v, near in enumerate(found)
    ]


def _distance(
    layers: Layers, heights: Sequence[float], gap: float, rims: Rims, u: int, v: int
) -> float:
    """The least distance between the middles of two neighbours in a layer, frames included."""
    p, q = layers.paths[u], layers.paths[v]
    k = 0
    while k < min(len(p), len(q)) and p[k] == q[k]:
        k += 1
    frames = sum(rims[g][1] for g in p[k:]) + sum(rims[g][0] for g in q[k:])
    between = gap if max(u, v) < layers.given else gap * 0.7
    return (heights[u] + heights[v]) / 2 + between + frames


# ---- Brandes and Köpf ---------------------------------------------------------------------------


def _balanced(layers: Layers, heights: Sequence[float], gap: float, rims: Rims) -> list[float]:
    if not layers.rank:
        return []
    crossed = _crossed(layers)
    ways = []
    for down in (True, False):
        for mirrored in (False, True):
            root = _aligned(layers, crossed, down=down, mirrored=mirrored)
            sign = -1 if mirrored else 1
            order = [layer[::sign] for layer in layers.order]
            y = _packed(layers, order, root, heights, gap, rims)
            ways.append([sign * at for at in y])
    spans = [max(y) - min(y) for y in ways]
    narrow = ways[spans.index(min(spans))]
    for k, y in enumerate(ways):
        end = max if k % 2 else min
        shift = end(narrow) - end(y)
        ways[k] = [at + shift for at in y]
    return [sum(sorted(four)[1:3]) / 2 for four in zip(*ways, strict=True)]


def _crossed(layers: Layers) -> set[tuple[int, int]]:
    """Segments that cross one between two dummies, which is to be straight."""
    place, found = layers.place, set()
    for upper, lower in pairwise(layers.order):
        last, k = -1, 0
        for i, v in enumerate(lower):
            inner = [u for u in layers.before[v] if u >= layers.given and v >= layers.given]
            if not inner and i < len(lower) - 1:
                continue
            end = place[inner[0]] if inner else len(upper)
            for w in lower[k : i + 1]:
                for u in layers.before[w]:
                    straight = u >= layers.given and w >= layers.given
                    if not straight and not last <= place[u] <= end:
                        found.add((u, w))
            last, k = end, i + 1
    return found


def _aligned(
    layers: Layers, crossed: set[tuple[int, int]], *, down: bool, mirrored: bool
) -> list[int]:
    """For every vertex the first of the block that it is aligned with."""
    sign = -1 if mirrored else 1
    place = [sign * k for k in layers.place]
    near = layers.before if down else layers.after
    root = list(range(len(layers.rank)))
    linked = [False] * len(root)  # to a vertex of the next layer already
    for layer in layers.order if down else reversed(layers.order):
        last = None
        for v in layer[::sign]:
            found = sorted(set(near[v]), key=place.__getitem__)
            half = len(found) // 2
            middle = (
                found[half : half + 1] if len(found) % 2 else found[max(half - 1, 0) : half + 1]
            )
            for u in middle:
                pair = (u, v) if down else (v, u)
                free = not linked[u] and (last is None or last < place[u])
                if free and pair not in crossed:
                    linked[u] = True
                    root[v] = root[u]
                    last = place[u]
                    break
    return root


def _packed(
    layers: Layers,
    order: Sequence[Sequence[int]],
    root: Sequence[int],
    heights: Sequence[float],
    gap: float,
    rims: Rims,
) -> list[float]:
    """Pack the blocks towards the start, then move each as far towards the end as possible."""
    after: dict[int, dict[int, float]] = {}
    coming = dict.fromkeys(root, 0)
    mirrored = order != layers.order
    for layer in order:
        for u, v in pairwise(layer):
            a, b = root[u], root[v]
            one, other = (v, u) if mirrored else (u, v)
            apart = _distance(layers, heights, gap, rims, one, other)
            if b not in after.setdefault(a, {}):
                coming[b] += 1
            after[a][b] = max(after[a].get(b, 0.0), apart)
    ready = [v for v, n in coming.items() if not n]
    at = dict.fromkeys(coming, 0.0)
    for a in ready:  # grows
        for b, apart in after.get(a, {}).items():
            at[b] = max(at[b], at[a] + apart)
            coming[b] -= 1
            if not coming[b]:
                ready.append(b)
    for a in reversed(ready):
        room = min((at[b] - apart for b, apart in after.get(a, {}).items()), default=at[a])
        at[a] = max(at[a], room)
    return [at[r] for r in root]


# ---- compact --------------------------------------------------------------------------------


def _tallest(layers: Layers, heights: Sequence[float], gap: float) -> float:
    """The height of the layer that needs most."""
    return max(
        sum(_distance(layers, heights, gap, (), u, v) for u, v in pairwise(layer))
        for layer in layers.order
    )


def _compact(
    layers: Layers,
    heights: Sequence[float],
    gap: float,
    near: Sequence[Sequence[tuple[int, float]]],
) -> list[float]:
    """All layers about one middle; then each as near to its neighbours as it can be, repeatedly.

    The least squares of the distances to the neighbours, in the layer's order: Best and
    Chakravarti, "Active set algorithms for isotonic regression" (1990).
    """
    pull = [sum(w for _, w in found) for found in near]
    apart = [
        [0.0, *(_distance(layers, heights, gap, (), u, v) for u, v in pairwise(layer))]
        for layer in layers.order
    ]
    y = [0.0] * len(layers.rank)
    for layer, distances in zip(layers.order, apart, strict=True):
        middle, at = sum(distances) / 2, 0.0
        for v, distance in zip(layer, distances, strict=True):
            at += distance
            y[v] = at - middle
    for k in range(SWEEPS):
        rows = range(len(layers.order))
        for r in rows if k % 2 else reversed(rows):
            offset, blocks = 0.0, list[tuple[float, float, int]]()  # mean, weight, how many
            for v, distance in zip(layers.order[r], apart[r], strict=True):
                offset += distance
                weight = pull[v] or 0.01
                mean = sum([w * y[u] for u, w in near[v]]) / weight if near[v] else y[v]
                mean, count = mean - offset, 1
                while blocks and blocks[-1][0] >= mean:
                    other, more, n = blocks.pop()
                    mean = (mean * weight + other * more) / (weight + more)
                    weight, count = weight + more, count + n
                blocks.append((mean, weight, count))
            offset, place = 0.0, iter(zip(layers.order[r], apart[r], strict=True))
            for mean, _, count in blocks:
                for _ in range(count):
                    v, distance = next(place)
                    offset += distance
                    y[v] = mean + offset
    return y


# ---- frames -------------------------------------------------------------------------------------


class _Constraints:
    """The least distances between vertices and borders of frames."""

    def __init__(
        self,
        layers: Layers,
        heights: Sequence[float],
        gap: float,
        rims: Rims,
        least: Sequence[float],
    ) -> None:
        n, m = len(layers.rank), len(rims)
        self.n, self.layers, self.heights, self.rims = n, layers, heights, rims
        apart: dict[tuple[int, int], float] = {}

        def need(a: int, b: int, distance: float) -> None:
            apart[a, b] = max(apart.get((a, b), 0.0), distance)

        for g in range(m):  # borders: n + 2g before, n + 2g + 1 after
            need(n + 2 * g, n + 2 * g + 1, least[g])
        for layer in layers.order:
            walk: list[tuple[int, float, float]] = []  # (variable, half size before, after)
            path: tuple[int, ...] = ()
            for v in [*layer, -1]:
                now = layers.paths[v] if v >= 0 else ()
                k = 0
                while k < min(len(path), len(now)) and path[k] == now[k]:
                    k += 1
                walk += [(n + 2 * g + 1, rims[g][1], 0.0) for g in reversed(path[k:])]
                walk += [(n + 2 * g, 0.0, rims[g][0]) for g in now[k:]]
                if v >= 0:
                    walk.append((v, heights[v] / 2, heights[v] / 2))
                path = now
            for (a, _, after), (b, before, _) in pairwise(walk):
                inside = self._opens(a) or self._closes(b)
                need(a, b, after + before + (0.0 if inside else gap))
        self.after: list[list[tuple[int, float]]] = [[] for _ in range(n + 2 * m)]
        coming = [0] * (n + 2 * m)
        for (a, b), distance in apart.items():
            self.after[a].append((b, distance))
            coming[b] += 1
        self.order = [v for v, c in enumerate(coming) if not c]
        for a in self.order:  # grows
            for b, _ in self.after[a]:
                coming[b] -= 1
                if not coming[b]:
                    self.order.append(b)

    def _opens(self, x: int) -> bool:
        return x >= self.n and (x - self.n) % 2 == 0

    def _closes(self, x: int) -> bool:
        return x >= self.n and (x - self.n) % 2 == 1

    def settled(self, near: Sequence[Sequence[tuple[int, float]]]) -> list[float]:
        """Coordinates in the least height, near to the neighbours' as far as the distances let.

        The mean of the earliest and the latest places keeps every distance; then each vertex
        moves to where its neighbours draw it, as far as it may, again and again.  Borders give
        way outwards in one round and close in on what is inside in the next.
        """
        size = len(self.after)
        early = [0.0] * size
        for a in self.order:
            for b, distance in self.after[a]:
                early[b] = max(early[b], early[a] + distance)
        bottom = max(early)
        late = [bottom] * size
        before: list[list[tuple[int, float]]] = [[] for _ in range(size)]
        for a in reversed(self.order):
            for b, distance in self.after[a]:
                late[a] = min(late[a], late[b] - distance)
                before[b].append((a, distance))
        y = [(a + b) / 2 for a, b in zip(early, late, strict=True)]
        pull = [sum(w for _, w in found) for found in near]
        opens = [self._opens(v) for v in range(size)]
        rounds = max(8, min(ROUNDS, 40_000 // size))
        for k in range(rounds):
            outwards = k % 4 < 2 and k < rounds - 4
            for v in self.order if k % 2 else reversed(self.order):
                low, high = 0.0, bottom
                for u, distance in before[v]:  # max and min, called, take twice as long
                    at = y[u] + distance
                    if at > low:
                        low = at
                for u, distance in self.after[v]:
                    at = y[u] - distance
                    if at < high:
                        high = at
                if v >= self.n:
                    y[v] = low if opens[v] == outwards else high
                elif near[v]:
                    wanted = 0.0
                    for u, w in near[v]:
                        wanted += w * y[u]
                    y[v] = min(max(wanted / pull[v], low), high)
        return y[: self.n]

"""Edges and boxes that are drawn as one: full layers through a hub, many terms as a block.

The layout sees a hub, or one large box; afterwards every box has its place in the block, and every
edge runs through its hub.  No edge is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]  # x, y, width, height
FULL = 3  # as many tails and heads, each joined to each, run through a hub
MANY = 9  # as many leaves of one box stand in a block
ACROSS, ALONG, FAN = 12.0, 22.0, 34.0  # in a block: between rows, between columns, to its end


@dataclass
class _Block:
    """Leaves that lead into one box alone, in rows and columns."""

    members: list[int]
    places: list[Rectangle] = field(default_factory=list)  # of the members
    lanes: dict[int, float] = field(default_factory=dict)  # how far aside each leads out
    size: tuple[float, float] = (0.0, 0.0)


class Bundles:
    """A graph in which hubs and blocks stand for what they bundle.

    Args:
        sizes: width and height of each box, as if all edges led to the right.
        edges: pairs of boxes.
        paths: the groups around each box.
        labelled: whether each edge has a label, which bundles would hide.
        rankdir: how blocks are read: their first member stands at the top left.
    """

    def __init__(
        self,
        sizes: Sequence[tuple[float, float]],
        edges: Sequence[tuple[int, int]],
        paths: Sequence[tuple[int, ...]],
        labelled: Sequence[bool],
        rankdir: str,
    ) -> None:
        self.given, self.drawn = len(sizes), edges
        self.blocks = _blocks(sizes, edges, paths, labelled, rankdir)
        self.hubs = full_layers(edges, labelled)
        block_of = {v: k for k, block in enumerate(self.blocks) for v in block.members}
        keys: list[tuple[float, int, int]] = []  # (its place in the order, kind, number)
        keys += [(v, 0, v) for v in range(len(sizes)) if v not in block_of]
        keys += [(block.members[0], 1, k) for k, block in enumerate(self.blocks)]
        keys += [(max(tails) + 0.5, 2, k) for k, (tails, _) in enumerate(self.hubs)]
        self.place: dict[tuple[int, int], int] = {}
        self.sizes: list[tuple[float, float]] = []
        self.paths: list[tuple[int, ...]] = []
        for i, (_, kind, k) in enumerate(sorted(keys)):
            self.place[kind, k] = i
            if kind == 2:
                tails, heads = self.hubs[k]
                self.sizes.append((0.0, 2.0))
                self.paths.append(_shared([paths[v] for v in (*tails, *heads)]))
            else:
                self.sizes.append(sizes[k] if kind == 0 else self.blocks[k].size)
                self.paths.append(paths[k if kind == 0 else self.blocks[k].members[0]])
        self.edges: list[tuple[int, int]] = []
        self.origin: list[int | None] = []  # the one edge that each stands for
        self.ways: list[list[int]] = []  # for each edge given, the edges that it runs along
        hub_of = {
            (t, h): k for k, (tails, heads) in enumerate(self.hubs) for t in tails for h in heads
        }
        known: dict[tuple[int, int], int] = {}
        for e, (tail, head) in enumerate(edges):
            ends = [(1, block_of[tail]) if tail in block_of else (0, tail), (0, head)]
            if (tail, head) in hub_of:
                ends.insert(1, (2, hub_of[tail, head]))
            bundled = len(ends) == 3 or tail in block_of
            way = []
            for pair in pairwise(self.place[end] for end in ends):
                if pair not in known or not bundled:
                    known[pair] = len(self.edges)
                    self.edges.append(pair)
                    self.origin.append(None if bundled else e)
                way.append(known[pair])
            self.ways.append(way)

    def boxes(self, found: Sequence[Rectangle]) -> list[Rectangle]:
        """Where the boxes are, from where the layout put what stands for them."""
        boxes = [(0.0, 0.0, 0.0, 0.0)] * self.given
        for (kind, k), i in self.place.items():
            if kind == 0:
                boxes[k] = found[i]
            elif kind == 1:
                block, (x, y, _, _) = self.blocks[k], found[i]
                for v, (a, b, w, h) in zip(block.members, block.places, strict=True):
                    boxes[v] = (x + a, y + b, w, h)
        return boxes

    def curves(self, found: Sequence[list[Point]], boxes: Sequence[Rectangle]) -> list[list[Point]]:
        """The edges, from those of the layout."""
        curves = []
        lanes = {v: lane for block in self.blocks for v, lane in block.lanes.items()}
        for (tail, _), way in zip(self.drawn, self.ways, strict=True):
            curve = list(found[way[0]])
            if len(way) == 2:
                first, second = curve, found[way[1]]
                end = second[0]
                curve = [*first[:-2], (first[-2][0], end[1]), end, *second[1:]]
            elif tail in lanes:
                curve = [*_way_out(boxes[tail], lanes[tail], curve[0]), *curve[1:]]
            curves.append(curve)
        return curves


def _way_out(box: Rectangle, lane: float, end: Point) -> list[Point]:
    """The way from a member to the end of its block."""
    x, y, w, h = box
    points = [(x + w, y + h / 2)]
    if lane:
        points += _bend(points[-1], (x + w + ALONG * 0.8, y + h / 2 + lane))
    if end[0] - FAN > points[-1][0]:
        points += _bend(points[-1], (end[0] - FAN, points[-1][1]))
    return points + _bend(points[-1], end)


def _bend(start: Point, end: Point) -> list[Point]:
    """From a point, level, to another, level."""
    (a, b), (c, d) = start, end
    return [((a + c) / 2, b), ((a + c) / 2, d), (c, d)]


def _shared(paths: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    first = min(paths, key=len)
    k = 0
    while k < len(first) and all(path[k] == first[k] for path in paths):
        k += 1
    return first[:k]


def full_layers(
    edges: Sequence[tuple[int, int]], labelled: Sequence[bool]
) -> list[tuple[list[int], list[int]]]:
    """Tails and heads, at least ``FULL`` of each, that are each joined to each."""
    tails: dict[int, list[int]] = {}
    for (tail, head), has_label in zip(edges, labelled, strict=True):
        tails.setdefault(head, []).append(-1 if has_label else tail)
    alike: dict[tuple[int, ...], list[int]] = {}
    for head, found in tails.items():
        distinct = tuple(sorted(set(found)))
        if len(distinct) == len(found) >= FULL and distinct[0] >= 0:
            alike.setdefault(distinct, []).append(head)
    return [([*found], sorted(heads)) for found, heads in alike.items() if len(heads) >= FULL]


def _blocks(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    paths: Sequence[tuple[int, ...]],
    labelled: Sequence[bool],
    rankdir: str,
) -> list[_Block]:
    out: dict[int, list[int]] = {}
    for (tail, head), has_label in zip(edges, labelled, strict=True):
        out.setdefault(tail, []).append(-1 if has_label else head)
    inner = {head for _, head in edges}
    found: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for v, heads in sorted(out.items()):
        if len(heads) == 1 and heads[0] >= 0 and v not in inner:
            found.setdefault((heads[0], paths[v]), []).append(v)
    blocks = [_Block(vs) for vs in found.values() if len(vs) >= MANY]
    for block in blocks:
        _arrange(block, sizes, rankdir)
    return blocks


def _arrange(block: _Block, sizes: Sequence[tuple[float, float]], rankdir: str) -> None:
    """Put the members of a block into rows and columns, about as wide as high."""
    n = len(block.members)
    width = max(sizes[v][0] for v in block.members) + ALONG
    height = max(sizes[v][1] for v in block.members) + ACROSS
    columns = max(1, min(n // 2, round(math.sqrt(n * height / width))))
    rows = math.ceil(n / columns)
    columns = math.ceil(n / rows)
    for k, v in enumerate(block.members):
        i, j = (k // rows, k % rows) if rankdir in ("TB", "BT") else (k % columns, k // columns)
        if rankdir in ("RL", "BT"):
            i = columns - 1 - i
        w, h = sizes[v]
        x = (i + 1) * width - ALONG - w  # at the end of its column, where it leads out
        y = j * height + (height - ACROSS - h) / 2
        block.places.append((x, y, w, h))
        lane = height / 2 if j < rows - 1 else -height / 2
        block.lanes[v] = 0.0 if i == columns - 1 else lane
    block.size = columns * width - ALONG + FAN, rows * height - ACROSS

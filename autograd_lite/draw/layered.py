"""The built-in layout: layers, straight long edges, smooth curves; nothing but Python needed.

After Sugiyama, Tagawa and Toda (1981) and, for the places within the layers, Brandes and Köpf
(2001).  Everything is computed as for "LR", where layers are columns, and turned in the end.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .bundles import Bundles, Rectangle
from .coordinates import placed
from .ordering import Layers, ordered

Point = tuple[float, float]
PAD = 8.0  # between a frame and what is in it
WIDE, GUTTER, CARRIED = 1500.0, 30.0, 2  # a drawing to be cut; between rows; edges over a cut
PAGE = 1.6  # width by height of a screen or a slide
CELL = 80.0  # points: in which boxes are looked up
SPOTS = sorted(  # for labels: how far along their curve, and beside it; the best first
    (
        (step, aside)
        for step in (0.0, 0.12, -0.12, 0.24, -0.24, 0.36, -0.36)
        for aside in (0, -0.6, 0.6, -1.1, 1.1, -1.7, 1.7, -2.4, 2.4, -3.2, 3.2)
    ),
    key=lambda spot: abs(spot[0]) * 3 + abs(spot[1]),
)


@dataclass(frozen=True)
class Layout:
    """Where everything is, in points; y grows downwards."""

    width: float
    height: float
    centres: list[Point]  # of the boxes
    curves: list[list[Point]]  # an edge's cubic Bézier curves: 1 + 3k points
    labels: list[Point | None]  # the centres of the edges' labels
    frames: list[tuple[float, float, float, float]]  # x, y, width, height


@dataclass(frozen=True)
class Group:
    """Boxes that are drawn in a frame of their own."""

    members: tuple[int, ...]
    parent: int | None  # the place of the group around it
    header: float  # height of its title
    width: float  # least width, for the title


def layered(
    sizes: Sequence[tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    *,
    rankdir: str = "LR",
    node_gap: float = 14.0,
    rank_gap: float = 30.0,
    label_sizes: Sequence[tuple[float, float] | None] = (),
    groups: Sequence[Group] = (),
) -> Layout:
    """Lay out an acyclic graph.

    Args:
        sizes: width and height of each box.
        edges: pairs of boxes, from operand to result; several may join the same two.
        rankdir: the way that the edges lead: "LR", "TB", "RL" or "BT".
        node_gap: between boxes of a layer.
        rank_gap: between layers, at least.
        label_sizes: width and height of each edge's label, or ``None``.
        groups: the frames, outer ones before inner ones.
    """
    upright = rankdir in ("TB", "BT")
    turned = [(h, w) if upright else (w, h) for w, h in sizes]
    labels = [size and (size[::-1] if upright else size) for size in label_sizes]
    labels = labels or [None] * len(edges)
    given = [label is not None for label in labels]
    bundles = Bundles(turned, edges, _paths(len(sizes), groups), given, rankdir)
    layers = ordered(len(bundles.sizes), bundles.edges, bundles.paths)
    drawn = _Drawing(bundles, layers, labels, groups, rankdir, node_gap, rank_gap)
    return drawn.layout()


def _paths(count: int, groups: Sequence[Group]) -> list[tuple[int, ...]]:
    """The groups around each box, from the outermost inwards."""
    around: list[tuple[int, ...]] = [()] * count
    for k, group in enumerate(groups):
        for v in group.members:
            around[v] = (*around[v], k)
    return around


class _Drawing:
    def __init__(
        self,
        bundles: Bundles,
        layers: Layers,
        labels: Sequence[tuple[float, float] | None],
        groups: Sequence[Group],
        rankdir: str,
        node_gap: float,
        rank_gap: float,
    ) -> None:
        self.bundles, self.edges = bundles, bundles.edges
        self.layers, self.groups = layers, groups
        self.labels = [None if e is None else labels[e] for e in bundles.origin]
        self.rankdir, self.rank_gap = rankdir, rank_gap
        self.upright = rankdir in ("TB", "BT")
        self.count = len(bundles.sizes)
        dummies = len(layers.rank) - self.count
        self.sizes = [*bundles.sizes, *[(0.0, 2.0)] * dummies]
        self.members: list[list[int]] = [[] for _ in groups]
        for v, path in enumerate(layers.paths):
            for g in path:
                self.members[g].append(v)
        self.y = placed(layers, [h for _, h in self.sizes], node_gap, self._rims(), self._least())
        self.left, self.right = self._columns()
        self.rows = _Rows(self)

    def _rims(self) -> list[tuple[float, float]]:
        """What each frame needs between its border and its members, before and after."""
        header = [0.0 if self.upright else g.header for g in self.groups]
        return [(PAD + h, PAD) for h in header]

    def _least(self) -> list[float]:
        """What each frame needs across the layers, for its title."""
        return [g.width if self.upright else 0.0 for g in self.groups]

    def _columns(self) -> tuple[list[float], list[float]]:
        """Where each layer begins and ends."""
        height = len(self.layers.order)
        widths = [
            max((self.sizes[v][0] for v in layer), default=0.0) for layer in self.layers.order
        ]
        gaps = [self.rank_gap] * height  # after each layer
        for chain in self.layers.chains:  # no curve too steep
            for u, v in pairwise(chain):
                r = self.layers.rank[u]
                gaps[r] = max(gaps[r], min(0.2 * abs(self.y[u] - self.y[v]), 2 * self.rank_gap))
        for chain, label in zip(self.layers.chains, self.labels, strict=True):
            if label:
                r = self._label_gap(chain)
                gaps[r] = max(gaps[r], label[0] + 18)
        opening, closing = [0.0] * (height + 1), [0.0] * (height + 1)
        for g, members in enumerate(self.members):
            ranks = [self.layers.rank[v] for v in members]
            header = self.groups[g].header if self.upright else 0.0
            opening[min(ranks)] += PAD + (header if self.rankdir == "TB" else 0)
            closing[max(ranks)] += PAD + (header if self.rankdir == "BT" else 0)
            if not self.upright:  # room for the title
                span = sum(widths[min(ranks) : max(ranks) + 1])
                span += sum(gaps[min(ranks) : max(ranks)])
                closing[max(ranks)] += max(0.0, self.groups[g].width - span - 2 * PAD)
        left, right, x = [], [], 0.0
        for r in range(height):
            x += opening[r]
            left.append(x)
            x += widths[r]
            right.append(x)
            x += gaps[r] + closing[r]
        return left, right

    def _label_gap(self, chain: Sequence[int]) -> int:
        """The layer after which an edge's label stands: in the middle of the edge."""
        return self.layers.rank[chain[(len(chain) - 1) // 2]]

    # ---- edges ------------------------------------------------------------------------------

    def _ports(self) -> tuple[list[float], list[float]]:
        """The offset from its box's middle at which each edge leaves and arrives."""
        leaving, arriving = [0.0] * len(self.edges), [0.0] * len(self.edges)
        for end, offsets in ((0, leaving), (-1, arriving)):
            at: dict[int, list[int]] = {}
            for e, chain in enumerate(self.layers.chains):
                at.setdefault(chain[end], []).append(e)
            near = 1 if end == 0 else -2
            for v, found in at.items():
                found.sort(key=lambda e: (self.y[self.layers.chains[e][near]], e))
                room = min(0.5 * self.sizes[v][1], 14.0 * (len(found) - 1))
                for k, e in enumerate(found):
                    if len(found) > 1 and (end == -1 or self._twins(found)):
                        offsets[e] = room * (k / (len(found) - 1) - 0.5)
        return leaving, arriving

    def _twins(self, found: Sequence[int]) -> bool:
        heads = [self.edges[e][1] for e in found]
        return len(set(heads)) < len(heads)

    def _curve(self, chain: Sequence[int], leaving: float, arriving: float) -> list[Point]:
        """Level through the layers, in an S from one to the next."""
        tail, head = chain[0], chain[-1]
        rank, row, rows = self.layers.rank, self.rows.of, self.rows
        x, y = self._x(tail) + self.sizes[tail][0] / 2, self.y[tail] + leaving
        points = [rows.moved((x, y), row[tail])]

        def lead(r: int, *to: Point) -> None:
            points.extend(rows.moved(p, r) for p in to)

        def level(to: float, r: int) -> None:
            if to - x > 0.01:
                lead(r, (x + (to - x) / 3, y), (to - (to - x) / 3, y), (to, y))

        for u, v in pairwise(chain):
            level(self.right[rank[u]], row[u])
            x = self.right[rank[u]]
            if row[v] != row[u]:
                points.extend(rows.back(points[-1], rows.moved((x, y), row[v]), u))
            to, below = self.left[rank[v]], self.y[v] + (arriving if v == head else 0.0)
            middle = (x + to) / 2
            lead(row[v], (middle, y), (middle, below), (to, below))
            x, y = to, below
        level(self._x(head) - self.sizes[head][0] / 2, row[head])
        return points

    def _x(self, v: int) -> float:
        r = self.layers.rank[v]
        return (self.left[r] + self.right[r]) / 2

    # ---- labels -----------------------------------------------------------------------------

    def _placed_labels(self, curves: Sequence[Sequence[Point]]) -> list[Point | None]:
        """Place each label on its curve, between layers, where it covers nothing."""
        taken = _Taken(self._box(v) for v in range(self.count))
        found: list[Point | None] = []
        for chain, label, curve in zip(self.layers.chains, self.labels, curves, strict=True):
            if label is None:
                found.append(None)
                continue
            w, h = label
            least, best = float("inf"), (0.0, 0.0)
            for x, y in self._spots(self._piece(chain, curve), w, h):
                covered = taken.under((x - w / 2, y - h / 2, w, h))
                if covered < least:
                    least, best = covered, (x, y)
                if not covered:
                    break
            found.append(best)
            taken.add((best[0] - w / 2, best[1] - h / 2, w, h))
        return found

    def _piece(self, chain: Sequence[int], curve: Sequence[Point]) -> Sequence[Point]:
        """The part of a curve in the gap where its label stands."""
        k = (len(chain) - 1) // 2
        row = self.rows.of[chain[k + 1]]
        start, _ = self.rows.moved((self.right[self._label_gap(chain)], 0.0), row)
        low, high = self.rows.bands[row]
        return next(
            curve[i : i + 4]
            for i in range(0, len(curve) - 1, 3)
            if curve[i][0] >= start - 1 and low <= curve[i][1] <= high
        )

    def _spots(self, piece: Sequence[Point], width: float, height: float) -> Iterator[Point]:
        """Points on and beside a curve, between the layers, the best first."""
        first, last = piece[0][0] + width / 2 + 1, piece[-1][0] - width / 2 - 1
        for step, aside in SPOTS:
            x, y = at(piece, 0.5 + step)
            yield max(first, min(x, last)), y + aside * height

    def _box(self, v: int) -> tuple[float, float, float, float]:
        (w, h), (x, y) = self.sizes[v], self.rows.moved((self._x(v), self.y[v]), self.rows.of[v])
        return x - w / 2, y - h / 2, w, h

    # ---- all together -----------------------------------------------------------------------

    def layout(self) -> Layout:
        leaving, arriving = self._ports()
        curves = [
            self._curve(chain, a, b)
            for chain, a, b in zip(self.layers.chains, leaving, arriving, strict=True)
        ]
        placed = self._placed_labels(curves)
        frames = self._frames([self._box(v) for v in range(self.count)])
        boxes = self.bundles.boxes([self._box(v) for v in range(self.count)])
        curves = self.bundles.curves(curves, boxes)
        labels: list[Point | None] = [None] * len(curves)
        corners = [*boxes, *frames]
        for e, at, size in zip(self.bundles.origin, placed, self.labels, strict=True):
            if e is not None and at and size:
                labels[e] = at
                corners.append((at[0] - size[0] / 2, at[1] - size[1] / 2, *size))
        ends = [p for curve in curves for p in curve]
        x0 = min([x for x, *_ in corners] + [x for x, _ in ends], default=0.0)
        x1 = max([x + w for x, _, w, _ in corners] + [x for x, _ in ends], default=0.0)
        y0 = min([y for _, y, *_ in corners] + [y for _, y in ends], default=0.0)
        y1 = max([y + h for _, y, _, h in corners] + [y for _, y in ends], default=0.0)
        width, height = x1 - x0, y1 - y0

        mirrored, upright = self.rankdir in ("RL", "BT"), self.upright

        def turn(x: float, y: float) -> Point:
            x, y = x - x0, y - y0
            x = width - x if mirrored else x
            return (y, x) if upright else (x, y)

        def turn_box(x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
            (a, b), (c, d) = turn(x, y), turn(x + w, y + h)
            return min(a, c), min(b, d), abs(a - c), abs(b - d)

        size = (height, width) if self.upright else (width, height)
        return Layout(
            *size,
            [turn(x + w / 2, y + h / 2) for x, y, w, h in boxes],
            [[turn(*p) for p in curve] for curve in curves],
            [None if at is None else turn(*at) for at in labels],
            [turn_box(*frame) for frame in frames],
        )

    def _frames(
        self, boxes: Sequence[tuple[float, float, float, float]]
    ) -> list[tuple[float, float, float, float]]:
        """Around the members and the frames within, the innermost first."""
        frames: dict[int, tuple[float, float, float, float]] = {}
        for g in reversed(range(len(self.groups))):
            group = self.groups[g]
            own = [v for v in self.members[g] if v < self.count]
            inside = [boxes[v] for v in own if self.layers.paths[v][-1] == g]
            inside += [frames[k] for k in frames if self.groups[k].parent == g]
            dummies = [v for v in self.members[g] if v >= self.count]
            x0, x1 = min(x for x, *_ in inside), max(x + w for x, _, w, _ in inside)
            y0 = min([y for _, y, *_ in inside] + [self.y[v] for v in dummies])
            y1 = max([y + h for _, y, _, h in inside] + [self.y[v] for v in dummies])
            top = 0.0 if self.upright else group.header
            first = group.header if self.rankdir == "TB" else 0.0
            last = group.header if self.rankdir == "BT" else 0.0
            x0, x1, y0, y1 = x0 - PAD - first, x1 + PAD + last, y0 - PAD - top, y1 + PAD
            if self.upright:
                lack = max(0.0, group.width - (y1 - y0))
                y0, y1 = y0 - lack / 2, y1 + lack / 2
            else:
                x1 = max(x1, x0 + group.width)
            frames[g] = (x0, y0, x1 - x0, y1 - y0)
        return [frames[g] for g in range(len(self.groups))]


class _Rows:
    """The rows into which a long and low drawing is cut, like the lines of a text.

    It is cut between two layers where an edge or two lead on, which then run back to the start of
    the next row.  A leaf before a cut whose uses are behind it stands in the next row.
    """

    def __init__(self, drawing: _Drawing) -> None:
        self.layers, self.left, self.right = drawing.layers, drawing.left, drawing.right
        self.y, self.sizes, self.upright = drawing.y, drawing.sizes, drawing.upright
        carried = [] if drawing.groups else self._carried()
        self.cuts = self._chosen(carried)
        self.of = [0] * len(self.y)
        self.offset, self.bands = [(0.0, 0.0)], [(float("-inf"), float("inf"))]
        if not self.cuts:
            return
        self.lane = {u: k for r in self.cuts for k, u in enumerate(carried[r])}
        starts = [self.left[0], *(self.right[r] for r in self.cuts)]
        low, high = [float("inf")] * len(starts), [float("-inf")] * len(starts)
        for v, r in enumerate(self.layers.rank):
            row = bisect_left(self.cuts, r)
            leaf = self.layers.after[v] and not self.layers.before[v]
            if leaf and row < len(self.cuts) and r == self.cuts[row]:
                row += 1
                starts[row] = self.left[r]
            self.of[v] = row
            low[row] = min(low[row], self.y[v] - self.sizes[v][1] / 2)
            high[row] = max(high[row], self.y[v] + self.sizes[v][1] / 2)
        for row, r in enumerate(self.cuts, 1):  # what leads on comes in at its own height
            for u in carried[r]:
                low[row] = min(low[row], self.y[u] - self.sizes[u][1] / 2)
                high[row] = max(high[row], self.y[u] + self.sizes[u][1] / 2)
        self.offset, self.bands, top = [], [], 0.0
        for row, start in enumerate(starts):
            self.offset.append((-start, top - low[row]))
            self.bands.append((top, top + high[row] - low[row]))
            top = self.bands[-1][1] + GUTTER

    def _carried(self) -> list[list[int]]:
        """For each layer, the vertices whose edges would lead over a cut after it."""
        carried = []
        for layer in self.layers.order:
            inside = [v for v in layer if self.layers.after[v]]
            carried.append([v for v in inside if self.layers.before[v]])
        return carried

    def _chosen(self, carried: Sequence[Sequence[int]]) -> list[int]:
        """The layers after which to cut, so that the drawing is about as wide as a page."""
        if not carried:
            return []
        width = self.right[-1]
        height = max(y + h / 2 for y, (_, h) in zip(self.y, self.sizes, strict=True))
        height -= min(y - h / 2 for y, (_, h) in zip(self.y, self.sizes, strict=True))
        if width < max(WIDE, 4 * height):
            return []
        page = 1 / PAGE if self.upright else PAGE
        rows = round(math.sqrt(width / (page * (height + GUTTER))))
        cuts: list[int] = []
        for k in range(1, rows):
            ideal = width * k / rows
            free = [
                r
                for r in range(cuts[-1] + 2 if cuts else 1, len(carried) - 2)
                if 0 < len(carried[r]) <= CARRIED
                and abs(self.right[r] - ideal) < 0.5 * width / rows
            ]
            if free:
                cuts.append(min(free, key=lambda r: abs(self.right[r] - ideal)))
        return cuts

    def moved(self, at: Point, row: int) -> Point:
        """Where a point of the uncut drawing is, as part of a row."""
        x, y = self.offset[row]
        return at[0] + x, at[1] + y

    def back(self, end: Point, start: Point, u: int) -> list[Point]:
        """The way from the end of a row to the start of the next, between the two."""
        row, k = self.of[u], self.lane[u]
        level, out = self.bands[row][1] + GUTTER * (k + 1) / (CARRIED + 1), 18.0 + 8 * k
        entry = min(start[0], 0.0)
        points = [(end[0] + out, end[1]), (end[0] + out, level), (end[0], level)]
        points += [(end[0] * 2 / 3, level), (end[0] / 3, level), (entry, level)]
        points += [(entry - out, level), (entry - out, start[1]), (entry, start[1])]
        if start[0] > entry:
            step = (start[0] - entry) / 3
            points += [(entry + step, start[1]), (start[0] - step, start[1]), start]
        return points


def at(piece: Sequence[Point], t: float) -> Point:
    """The point of a cubic Bézier curve at ``t``."""
    a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
    x, y = (sum(k * p[i] for k, p in zip((a, b, c, d), piece, strict=True)) for i in (0, 1))
    return x, y


class _Taken:
    """Boxes on the plane, found by where they are."""

    def __init__(self, boxes: Iterable[Rectangle]) -> None:
        self.cells: dict[tuple[int, int], list[Rectangle]] = {}
        for box in boxes:
            self.add(box)

    def add(self, box: Rectangle) -> None:
        for cell in self._cells(box):
            self.cells.setdefault(cell, []).append(box)

    def under(self, box: Rectangle) -> float:
        """The area of a box that others cover."""
        x, y, w, h = box
        total = 0.0
        for a, b, c, d in {
            other for cell in self._cells(box) for other in self.cells.get(cell, ())
        }:
            across = min(x + w, a + c) - max(x, a)
            if across > 0:
                total += across * max(0.0, min(y + h, b + d) - max(y, b))
        return round(total, 6)

    @staticmethod
    def _cells(box: Rectangle) -> Iterator[tuple[int, int]]:
        x, y, w, h = box
        for i in range(int(x // CELL), int((x + w) // CELL) + 1):
            for j in range(int(y // CELL), int((y + h) // CELL) + 1):
                yield i, j

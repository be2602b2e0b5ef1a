"""The choice between the two layouts: Graphviz's ``dot``, and the one built in."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Literal

from ..errors import DotFailedError, GraphvizMissingError
from . import dot, fonts
from .dot import INSTALL
from .layered import CELL, PAGE, Group, Layout, Point, at, layered
from .picture import Picture

Engine = Literal["auto", "dot", "builtin"]
MEASURED = 400  # boxes; of more than that ``dot`` is not asked for a layout to compare


def layout_of(picture: Picture, engine: Engine = "auto") -> Layout:
    """Where the parts of the picture go.

    Args:
        picture: what to draw.
        engine: ``"dot"`` (Graphviz), ``"builtin"``, or ``"auto"``: the better of the two, by
            ``disorder`` and ``cost``, if ``dot`` is there and answers in time; with a warning
            where it failed.

    Raises:
        GraphvizMissingError, DotFailedError: with ``engine="dot"``.
    """
    if engine not in ("auto", "dot", "builtin"):
        raise ValueError(f"engine={engine!r}: it is one of auto, dot, builtin")
    if engine == "builtin" or (engine == "auto" and len(picture.boxes) > MEASURED):
        return _built_in(picture)
    try:
        theirs = dot.layout(picture)
    except (GraphvizMissingError, DotFailedError) as error:
        if engine == "dot":
            raise advised(error) from None
        if isinstance(error, DotFailedError):  # not to have it is no fault
            warnings.warn(f"{error}; drawn with the built-in layout", stacklevel=4)
        return _built_in(picture)
    if engine == "dot":
        return theirs
    ours = _built_in(picture)
    wrong, their_wrong = disorder(picture, ours), disorder(picture, theirs)
    if wrong != their_wrong:
        return min((wrong, ours), (their_wrong, theirs), key=lambda found: found[0])[1]
    much_better = cost(theirs) < 0.9 * cost(ours)  # else what every machine draws
    return theirs if much_better else ours


def cost(layout: Layout) -> float:
    """What a layout costs its reader in room, crossings and length.

    The room is the page that the drawing fills, for a strip of 10,000 × 50 has little area and
    can be read on none; crossings count by the edge, since many lines cross anyhow; and of the
    length the root is taken, because the room says half of it.  What is drawn on top of each
    other, in a bundle, is one line.
    """
    pieces = {
        tuple(curve[k : k + 4]): None
        for curve in layout.curves
        for k in range(0, len(curve) - 1, 3)
    }
    lines = [_line(piece) for piece in pieces]
    length = sum(math.dist(a, b) for line in lines for a, b in pairwise(line))
    crossings = _crossings(lines)
    width, height = layout.width + 1, layout.height + 1
    page = max(width, PAGE * height) * max(height, width / PAGE)
    return page * math.sqrt(length + 1) * (1 + crossings / (len(layout.curves) + 1))


def _line(piece: Sequence[Point]) -> list[Point]:
    """A curve as four straight lines."""
    a, b, c, d = piece
    if abs(a[1] - b[1]) + abs(b[1] - c[1]) + abs(c[1] - d[1]) < 0.01:
        return [a, d]
    return [at(piece, k / 4) for k in range(5)]


def _crossings(lines: Sequence[Sequence[Point]]) -> int:
    """How many of the lines cross, but for those that begin or end together."""
    cells: dict[tuple[int, int], list[int]] = {}
    pieces = [(a, b, n) for n, line in enumerate(lines) for a, b in pairwise(line)]
    for k, (a, b, _) in enumerate(pieces):
        for i in range(int(min(a[0], b[0]) // CELL), int(max(a[0], b[0]) // CELL) + 1):
            for j in range(int(min(a[1], b[1]) // CELL), int(max(a[1], b[1]) // CELL) + 1):
                cells.setdefault((i, j), []).append(k)
    found: set[tuple[int, int]] = set()
    ends = [(line[0], line[-1]) for line in lines]
    for inside in cells.values():
        for k, one in enumerate(inside):
            a, b, n = pieces[one]
            for other in inside[:k]:
                c, d, m = pieces[other]
                if n == m or (m, n) in found or set(ends[n]) & set(ends[m]):
                    continue
                if _cross(a, b, c, d):
                    found.add((m, n))
    return len(found)


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def disorder(picture: Picture, layout: Layout) -> int:
    """How many pairs of frames, or of collapsed scopes, in the same frame are in the wrong order.

    Neurons in another order than their numbers mislead, so that this counts before any cost.
    Beside each other, the first is to be above; and one that leads into another is to end before
    that begins.
    """
    flow = picture.look.rankdir in ("TB", "BT")  # the axis along the edges
    sign = -1 if picture.look.rankdir in ("RL", "BT") else 1
    around: list[list[int]] = [[] for _ in picture.boxes]  # the frames, outer ones first
    for k, frame in enumerate(picture.frames):
        for i in frame.members:
            around[i].append(k)
    wheres = list(layout.frames)
    siblings: dict[tuple[str, int | None], list[int]] = {}  # places in ``wheres``
    for k, frame in enumerate(picture.frames):
        siblings.setdefault(("frame", frame.parent), []).append(k)
    for i, (box, (x, y)) in enumerate(zip(picture.boxes, layout.centres, strict=True)):
        if box.kind == "scope":
            inside = around[i][-1] if around[i] else None
            siblings.setdefault(("box", inside), []).append(len(wheres))
            wheres.append((x - box.size[0] / 2, y - box.size[1] / 2, *box.size))
    leads: set[tuple[int, int]] = set()
    for arrow in picture.arrows:
        pairs = zip(around[arrow.tail], around[arrow.head], strict=False)
        leads.update([(k, m) for k, m in pairs if k != m][:1])
    found = 0
    for places in siblings.values():
        for k, m in combinations(places, 2):
            one, other = wheres[k], wheres[m]
            beside = (
                one[flow] < other[flow] + other[2 + flow]
                and other[flow] < one[flow] + one[2 + flow]
            )
            if (k, m) in leads:
                start, end = (other, one) if sign > 0 else (one, other)
                found += start[flow] < end[flow] + end[2 + flow]
            else:
                found += beside and one[not flow] > other[not flow]
    return found


def _built_in(picture: Picture) -> Layout:
    return layered(
        [box.size for box in picture.boxes],
        [(arrow.tail, arrow.head) for arrow in picture.arrows],
        rankdir=picture.look.rankdir,
        label_sizes=[arrow.label_size for arrow in picture.arrows],
        groups=[
            Group(f.members, f.parent, fonts.LINE + 2.0, fonts.width(f.title) + 16)
            for f in picture.frames
        ],
    )


def advised(error: RuntimeError) -> RuntimeError:
    """The error with the ways out of it."""
    if isinstance(error, GraphvizMissingError):
        return GraphvizMissingError(
            f"{error}.\n{INSTALL}\nor write an .svg or .html file, which needs no program"
        )
    return error

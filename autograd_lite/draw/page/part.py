"""Of a graph that is too large for one page, the part near its result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...errors import GraphTooLarge
from ...graph import excerpt
from ...number import check_value
from ...steps.symbols import names_of
from ...value import Value, order


@dataclass(frozen=True)
class Part:
    """What a page steps through: a whole graph, or a part of it as a graph of its own."""

    root: Value
    total: int  # Values in the whole graph
    given: frozenset[Value] = frozenset()  # leaves of the part that were computed
    uses: dict[Value, int] = field(default_factory=dict)  # in the whole graph
    twins: dict[Value, Value] = field(default_factory=dict)  # of the whole graph's Values

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return not self.given and len(self.twins) == self.total


def part_of(
    root: Value, *, boxes: int, steps: int, focus: Value | None = None, radius: int = 2
) -> Part:
    """The part of a graph that a page shows.

    A Value is computed in it only where all that uses it is, so that every gradient of one is
    complete; what it was made from is there too, computed or given.

    Args:
        root: the result.
        boxes: how many Values the part may have.
        steps: how many steps.
        focus: the ways from this Value to the result, and what is at most ``radius`` arrows
            below it; by default, what is nearest to the result.
        radius: see ``focus``.

    Raises:
        GraphTooLarge: the ways from ``focus`` alone are more than that.
        ValueError: ``focus`` is not in the graph.
    """
    nodes = order(root)
    uses = Counter(x for v in nodes for x in v.operands)
    if focus is None and len(nodes) <= boxes and _steps(nodes) <= steps:
        return Part(root, len(nodes), uses={v: uses[v] for v in nodes}, twins={v: v for v in nodes})
    if focus is None:
        computed, shown = _chosen(nodes, _by_distance(nodes), boxes, steps)
    else:
        computed, shown = _around(nodes, focus, radius, boxes, steps)
    near = [v for v in nodes if v in shown]
    twins = excerpt(near, computed)
    names = names_of(nodes)
    for v, twin in twins.items():
        if twin is not v and not v.label:
            twin.label = str(names[v])
    given = frozenset(twins[v] for v in near if v.operands and v not in computed)
    counted = {twins[v]: uses[v] for v in near}
    return Part(twins[root], len(nodes), given, counted, twins)


def _steps(nodes: list[Value]) -> int:
    return 1 + sum(map(_cost, nodes))


def _cost(v: Value) -> int:
    """Its forward step, and a backward step towards each operand."""
    return bool(v.operands) + sum(not x.is_constant for x in v.operands)


def _by_distance(nodes: list[Value]) -> list[Value]:
    """The Values by the longest way to the result, so that all that uses one is before it."""
    far = dict.fromkeys(nodes, 0)
    for v in reversed(nodes):
        for x in v.operands:
            far[x] = max(far[x], far[v] + 1)
    found = nodes[::-1]
    found.sort(key=far.__getitem__)
    return found


def _chosen(
    nodes: list[Value], candidates: list[Value], boxes: int, steps: int
) -> tuple[set[Value], set[Value]]:
    """(computed, computed or given): as many of the candidates, from the first on, as fit."""
    root = nodes[-1]
    used_by: dict[Value, list[Value]] = {v: [] for v in nodes}
    for v in nodes:
        for x in v.operands:
            used_by[x].append(v)
    computed: set[Value] = set()
    shown = {root}
    steps -= 1
    for v in candidates:
        if not v.operands or not all(u in computed for u in used_by[v]):
            continue
        if "_custom_backward" in v.__dict__:
            continue  # it pushes to its own operands, not to those of a copy
        more = {x for x in v.operands if x not in shown}
        if v is not root and (len(shown) + len(more) > boxes or _cost(v) > steps):
            continue
        computed.add(v)
        shown |= more
        steps -= _cost(v)
    if root.operands and root not in computed:
        raise GraphTooLarge(
            f"{len(nodes):,} Values are too many for one page, and the result is a node made by "
            "hand, whose part cannot be cut out; step through stepper(v) of a Value v on the way"
        )
    return computed, shown


def _around(
    nodes: list[Value], focus: Value, radius: int, boxes: int, steps: int
) -> tuple[set[Value], set[Value]]:
    check_value(focus)
    if focus not in set(nodes):
        raise ValueError(f"focus={focus!r} is not in the graph of {nodes[-1]!r}")
    above = {focus}
    for v in nodes:
        if not above.isdisjoint(v.operands):
            above.add(v)
    above.remove(focus)
    wanted = above.union(_below(focus, radius))
    ordered = _by_distance(nodes)
    computed, shown = _chosen(nodes, [v for v in ordered if v in wanted], boxes, steps)
    missing = sum(bool(v.operands) and v not in computed for v in above)
    if missing:
        raise GraphTooLarge(
            f"between focus={focus!r} and the result stand {len(above):,} Values, more than fit "
            "on one page; step through what is below it: stepper(v) of that Value v"
        )
    return computed, shown


def _below(focus: Value, radius: int) -> Iterator[Value]:
    edge = [focus]
    for _ in range(radius):
        yield from edge
        edge = [x for v in dict.fromkeys(edge) for x in v.operands]

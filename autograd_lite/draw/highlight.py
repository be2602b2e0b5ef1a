"""What ``highlight=`` marks: Values, and whole paths of ``chain_rule`` with every edge on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..number import short
from ..steps.chain import ChainRule, Factor, Path
from ..value import Value, order
from .shape import Edge, Item, Link


@dataclass
class Highlight:
    """The Values named one by one, and the nodes and edges of the paths."""

    values: set[Value] = field(default_factory=set)
    nodes: set[Value] = field(default_factory=set)
    edges: set[Edge] = field(default_factory=set)

    def links(self, items: list[Item], links: list[Link]) -> set[int]:
        """The arrows, by their places, that lie on a path or between two of the Values."""
        owner = {v: k for k, item in enumerate(items) for v in item.values if v.operands}
        user = {v.operands[i]: v for v, i in self.edges}
        across: set[tuple[int | None, Value]] = set()  # box, and the operand that it takes
        for v, i in self.edges:
            top: Value | None = v
            while top is not None and top not in owner:  # folded into the sum that uses it
                top = user.get(top)
            across.add((None if top is None else owner[top], v.operands[i]))
        marked = set()
        for k, link in enumerate(links):
            tail, head = items[link.tail], items[link.head]
            if link.edge is not None:
                on_path = link.edge in self.edges
            else:
                on_path = any((link.head, x) in across for x in tail.values)
            ends = {*tail.values[:1], *head.values[:1]}
            if on_path or (len(ends) == 2 and ends <= self.values):
                marked.add(k)
        return marked


def highlighted(chosen: Any) -> Highlight:
    """What was given as ``highlight=``: a Value, a path, a ChainRule, or several of them.

    Raises:
        TypeError: something else.
    """
    found = Highlight()
    several = isinstance(chosen, Iterable) and not isinstance(chosen, str)
    for each in chosen if several else (chosen,):
        if isinstance(each, Value):
            found.values.add(each)
        elif isinstance(each, Path | ChainRule):
            for path in [each] if isinstance(each, Path) else each.paths:
                edges = {edge for factor in path.factors for edge in _edges(factor)}
                found.edges |= edges
                found.nodes.update(path.nodes, *((v, v.operands[i]) for v, i in edges))
        else:
            raise TypeError(f"highlight takes Values and paths of chain_rule, not {short(each)}")
    return found


def _edges(factor: Factor) -> Iterator[Edge]:
    """The edges of a factor; where it does not keep every way, all that lie between its ends."""
    if factor.count == len(factor.ways):
        for way in factor.ways:
            yield from way
        return
    leading: dict[Value, list[Edge]] = {factor.operand: []}
    for v in order(factor.node):
        edges = [(v, i) for i, x in enumerate(v.operands) if x in leading]
        if edges and v not in leading and (v is factor.node or not v.label):
            leading[v] = edges
    waiting, seen = [factor.node], {factor.node}
    while waiting:
        for v, i in leading[waiting.pop()]:
            yield v, i
            x = v.operands[i]
            if x not in seen:
                seen.add(x)
                waiting.append(x)

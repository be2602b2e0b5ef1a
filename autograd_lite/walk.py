"""``order``: the one walk of the graph that backward, copying, drawing and replay all follow."""

from __future__ import annotations

from typing import Any, TypeVar

Node = TypeVar("Node", bound=Any)


class CycleError(ValueError):
    """A node made by hand is its own ancestor, so there is no order to walk."""


def order(root: Node, seen: set[Node] | None = None) -> list[Node]:
    """The Values from the leaves to ``root``, operands before results, each once.

    Args:
        root: where the walk starts; it is the last of the list.
        seen: Values to leave out, with all below them; those of the result are added to it.

    Raises:
        CycleError: nodes made by hand form a cycle.
    """
    seen = set() if seen is None else seen
    nodes: list[Node] = []
    path: list[Node] = []  # from the root down, not yet in nodes
    v = root
    while True:
        while v not in seen:  # down, first operands first
            a = v._a
            if type(a) is tuple:
                seen.difference_update(nodes, path)
                return _order_by_hand(root, seen)
            seen.add(v)
            if a is None:
                nodes.append(v)
                break
            path.append(v)
            v = a
        while path:  # up, until a second operand waits
            b = path[-1]._b
            if b is not None and b not in seen:
                v = b
                break
            nodes.append(path.pop())
        else:
            return nodes


def _order_by_hand(root: Node, seen: set[Node]) -> list[Node]:
    """``order`` for graphs with nodes made by hand; only these can close a cycle."""
    nodes: list[Node] = []
    path: list[tuple[Node, Any]] = []
    on_path: set[Node] = set()
    v = root
    while True:
        if v in on_path:
            raise CycleError(f"{v.label or 'a node made by hand'} is its own ancestor")
        if v not in seen:
            path.append((v, iter(v.operands)))
            on_path.add(v)
        while path:
            last, rest = path[-1]
            below = next(rest, None)
            if below is not None:
                v = below
                break
            path.pop()
            on_path.remove(last)
            seen.add(last)
            nodes.append(last)
        else:
            return nodes

"""``order``: the one walk of the graph that backward, copying, drawing and replay all follow."""

from __future__ import annotations

from typing import Any, TypeVar

from .errors import CycleError
from .number import short, unwrapped

Node = TypeVar("Node", bound=Any)


def check_value(x: Any) -> None:
    """Raise ``TypeError`` unless ``x`` is a Value; the message says what to write instead.

    >>> check_value([1.0])
    Traceback (most recent call last):
    ...
    TypeError: [1.0] is not a Value, so it has no graph: give one Value of them, or their sum.
    """
    if hasattr(type(x), "_a"):
        return
    if x is None:
        way_out = "give the result of a computation; does a function lack its return?"
    elif callable(x):
        way_out = "call it, and give the Value that it returns."
    elif hasattr(x, "__len__") and not isinstance(x, str | bytes):
        way_out = "give one Value of them, or their sum."
    else:
        way_out = "give the result of a computation with Values, such as Value(2.0) * 3."
    raise TypeError(f"{short(x)} is not a Value, so it has no graph: {way_out}")


def order(root: Node, seen: set[Node] | None = None) -> list[Node]:
    """The Values from the leaves to ``root``, operands before results, each once.

    Args:
        root: where the walk starts, a Value or a 0-d array of one; it is the last of the list.
        seen: Values to leave out, with all below them; those of the result are added to it.

    Raises:
        TypeError: ``root`` is no Value.
        CycleError: nodes made by hand form a cycle.
    """
    root = unwrapped(root)
    check_value(root)
    seen = set() if seen is None else seen
    nodes: list[Node] = []
    path: list[Node] = []  # from the root down, not yet in nodes
    if root in seen:
        return nodes
    v = root
    while True:  # v has not been seen
        a, b = v._a, v._b
        if type(a) is tuple:
            seen.difference_update(nodes, path)
            return _order_by_hand(root, seen)
        seen.add(v)
        if a is not None and a not in seen:  # down, first operands first
            path.append(v)
            v = a
            continue
        if b is not None and b not in seen:
            path.append(v)
            v = b
            continue
        nodes.append(v)
        while path:  # up, until a second operand waits
            v = path.pop()
            b = v._b
            if b is not None and b not in seen:
                path.append(v)
                v = b
                break
            nodes.append(v)
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

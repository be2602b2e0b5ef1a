"""What scripts for micrograd and microgpt expect: their names of things, nodes made by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .errors import CycleError
from .number import to_float
from .value import Node, Value, flow

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "relu": "ReLU"}
_SIGNS |= {"power": "**{n}", "exponential": "{n}**"}  # as micrograd writes them


@dataclass(frozen=True, eq=False)
class Handmade:
    """Stands in the place of a row for a node that was made by hand."""

    name: str
    # What flows back where the local derivative is no number: see ``higher``.
    felt: Callable[[Value, float], float] | None = None
    handmade: ClassVar[bool] = True

    @property
    def shown(self) -> str:
        """Its name, or that it has none."""
        return self.name or "by hand"


def _make_by_hand(v: Value, op: str, children: Any, local_grads: Sequence[float] | None) -> None:
    """A node with these operands and local derivatives; without children, a leaf with a name."""
    for child in children or ():
        if not isinstance(child, Value):
            raise TypeError(f"a child of a node is a Value, not {child!r}")
    if local_grads is not None and len(local_grads):
        if len(local_grads) != len(children):
            raise ValueError(f"{len(children)} children, {len(local_grads)} local gradients")
        local_grads = tuple(map(to_float, local_grads))
    v._rule = Handmade(op)
    if children is not None:
        v._a, v._b, v._da = children, None, local_grads or None


def _get_backward(v: Value) -> Callable[[], None]:
    """Push this node's gradient to its operands, once; may be assigned for a custom op."""
    custom: Callable[[], None] | None = v.__dict__.get("_custom_backward")
    if custom is not None or (type(v._a) is tuple and v._da is None):
        return custom or (lambda: _push(v, v.local_gradients))
    local_gradients = v.local_gradients  # of now: another _backward may be assigned later
    return lambda: _push(v, local_gradients)


def _set_backward(v: Value, function: Callable[[], None]) -> None:
    if type(v._a) is not tuple:
        _make_by_hand(v, _op(v), v.operands, None)
    v._custom_backward = function  # type: ignore[attr-defined]


def _push(v: Value, local_gradients: Sequence[float]) -> None:
    """One node of the backward pass, by hand."""
    g = v.grad
    for x, local in zip(v.operands, local_gradients, strict=True):
        x.grad = x.grad + flow(v, g, local)


def _op(v: Value) -> str:
    """The sign of the operation, as micrograd writes it."""
    name, n = getattr(v._rule, "name", ""), v.parameter
    n = int(n) if n is not None and n.is_integer() else n
    return _SIGNS.get(name, name).format(n=n)


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


for _name, _what in {
    "_make_by_hand": _make_by_hand,
    "_order_by_hand": staticmethod(_order_by_hand),
    "_backward": property(_get_backward, _set_backward),
    "_prev": property(lambda v: v.operands),
    "_children": property(lambda v: v.operands),
    "_local_grads": property(lambda v: v.local_gradients),
    "_op": property(_op),
}.items():
    setattr(Value, _name, _what)

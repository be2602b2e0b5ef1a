"""Whole graphs: copies and pickles of any depth, without recursion; where NaN began."""

from __future__ import annotations

import copy
import math
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from .compat import Handmade
from .errors import HandmadeNodeError
from .ops import chained
from .terminal import printed
from .value import Value, order


def _copy(v: Value) -> Any:
    operands = v.operands  # first: a number among them is a node from now on
    twin = restored(type(v), _made(v), operands)
    _set_state(twin, _state(v))
    return twin


def _deepcopy(root: Value, memo: dict[int, Any]) -> Any:
    seen = memo.setdefault(id(order), set())  # beside the ids of what was copied
    nodes = order(root, seen)
    for v in nodes:
        memo[id(v)] = restored(type(v), _made(v), [memo[id(x)] for x in v.operands])
    for v in nodes:
        grad, free = _state(v)
        free = copy.deepcopy(free, memo) if free else free
        _set_state(memo[id(v)], (copy.deepcopy(grad, memo), free))
    return memo[id(root)]


def _reduce(root: Value) -> tuple[Any, ...]:
    if root._a is None:
        return restored, (type(root), _made(root), ()), _on_floats(_state(root))
    nodes = order(root)
    place = {v: i for i, v in enumerate(nodes)}
    graph = [
        v
        if v._a is None  # a leaf goes in as itself, so that one pickle keeps its identity
        else (type(v), _made(v), [place[x] for x in v.operands])
        for v in nodes
    ]
    states = [None if v._a is None else _on_floats(_state(v)) for v in nodes]
    return _restored_graph, (graph,), states, None, None, _set_states


def _made(v: Value) -> tuple[Any, float, Any, Any, Any]:
    """What the forward pass left in a node, but for its operands."""
    if type(v._a) is tuple and "_custom_backward" in v.__dict__:
        raise HandmadeNodeError(f"{v!r} has a _backward of its own, which cannot be copied")
    da, db = getattr(v, "_da", None), getattr(v, "_db", None)
    return v._rule, v._data, da, db, getattr(v, "_n", None)


def _state(v: Value) -> tuple[Any, dict[str, Any]]:
    """What has happened to a node since: its gradient, its label and free attributes."""
    return getattr(v, "_grad", None), v.__dict__


def _set_state(v: Value, state: tuple[Any, dict[str, Any]]) -> None:
    v._grad = state[0]
    v.__dict__.update(state[1])


def restored(kind: Any, made: Sequence[Any], operands: Sequence[Any]) -> Any:
    """A Value put together from its parts; ``made`` is what ``_made`` gave."""
    v: Any = object.__new__(kind)
    v._rule, v._data, v._da, v._db, n = made
    v._grad = None
    v._a, v._b = (*operands, None, None)[:2]
    if isinstance(v._rule, Handmade):
        v._a, v._b = tuple(operands) or None, None
    if n is not None:
        v._n = n
    return v


def excerpt(nodes: Sequence[Value], computed: Container[Value]) -> dict[Value, Value]:
    """A part of a graph as a graph of its own.

    Args:
        nodes: the Values of the part, operands before results.
        computed: those of them that are made as they were; the others are given.

    Returns:
        The Value that stands for each: leaves for themselves, the others copied.
    """
    part: dict[Value, Value] = {}
    for v in nodes:
        if v._a is None:
            part[v] = v
            continue
        kept = v in computed
        made = _made(v) if kept else (None, v._data, None, None, None)
        part[v] = restored(type(v), made, [part[x] for x in v.operands] if kept else ())
        grad, free = _state(v)
        _set_state(part[v], (grad, {k: x for k, x in free.items() if k != "_custom_backward"}))
    return part


def _restored_graph(graph: list[Any]) -> Any:
    nodes: list[Any] = []
    for entry in graph:
        if not isinstance(entry, Value):
            kind, made, places = entry
            entry = restored(kind, made, [nodes[i] for i in places])
        nodes.append(entry)
    return nodes[-1]


def _set_states(root: Any, states: Sequence[Any]) -> None:
    """The last act of unpickling: a free attribute may lead back up the graph."""
    for v, state in zip(order(root), states, strict=True):
        if state is not None:
            _set_state(v, state)


def _on_floats(state: tuple[Any, dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
    """A recorded gradient's number alone: its graph would lead back here without end."""
    grad, free = state
    return (grad._data if isinstance(grad, Value) else grad), free


for _name, _what in {
    "__copy__": _copy,
    "__deepcopy__": _deepcopy,
    "__reduce__": _reduce,
    "__setstate__": _set_state,
}.items():
    setattr(Value, _name, _what)


@printed
@dataclass(frozen=True)
class NonFinite:
    """What ``find_nonfinite`` found: a node whose value or gradient is NaN or infinite.

    Where a product of the backward pass is the first, ``node`` is the operation that pushed it,
    and ``upstream`` and ``local`` are its factors; else they are ``None``.
    """

    node: Value
    what: str  # "value" or "gradient"
    upstream: float | None = None
    local: float | None = None

    @property
    def operands(self) -> tuple[Value, ...]:
        """The Values that the node was made from."""
        return self.node.operands

    def __str__(self) -> str:
        made = ", ".join(map(repr, self.operands)) or "none: it is a leaf"
        name = self.node.formula()
        if self.upstream is not None and self.local is not None:
            product = chained(self.upstream, self.local)
            step = f"upstream {self.upstream} × local {self.local} = {product}"
            return f"the gradient pushed back by {name} is {step}; its operands: {made}"
        number = self.node.data if self.what == "value" else float(self.node.grad)
        return f"the {self.what} of {name} is {number}; its operands: {made}"


def find_nonfinite(root: Value) -> NonFinite | None:
    """The first NaN or infinity on the way from the leaves to ``root``, then back.

    Returns:
        The first node, in forward order, whose value is NaN or infinite; if there is none, the
        first operation, in backward order, that turned a finite gradient into NaN or infinity;
        then the first node where a sum did; if there is none either, ``None``.

    >>> x = Value(800.0, label="x")
    >>> print(find_nonfinite(x.exp() - x.exp()))
    the value of exp(x) is inf; its operands: Value(data=800.0, label='x')
    >>> y = (x - 800.0).sqrt() / 2
    >>> y.backward()
    >>> print(find_nonfinite(y))  # doctest: +ELLIPSIS
    the gradient pushed back by √(0) is upstream 0.5 × local inf = inf; its operands: Value(...)
    """
    nodes = order(root)
    for v in nodes:
        if not math.isfinite(v._data):
            return NonFinite(v, "value")
    for v in reversed(nodes):
        g = float(v.grad)
        if not math.isfinite(g):
            return NonFinite(v, "gradient")
        if type(v._a) is tuple and (v._da is None or "_custom_backward" in v.__dict__):
            continue  # made by hand: its products are its own
        for x, local in zip(v.operands, v.local_gradients, strict=True):
            if not math.isfinite(x.grad) and not math.isfinite(chained(g, local)):
                return NonFinite(v, "gradient", g, local)
    return None

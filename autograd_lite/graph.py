"""Whole graphs: copies and pickles of any depth, without recursion; where NaN began."""

from __future__ import annotations

import copy
import math
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

from .compat import Handmade
from .errors import HandmadeNodeError
from .methods import WithNumber
from .ops import Op, chained
from .terminal import printed
from .value import Value, order


def _copy(v: Value) -> Any:
    operands = v.operands  # first: a number among them is a node from now on
    twin = restored(type(v), _made(v), operands)
    twin._grad = v._grad
    twin.__dict__.update(v.__dict__)
    return twin


def _deepcopy(root: Value, memo: dict[int, Any]) -> Any:
    seen = memo.setdefault(id(order), set())  # beside the ids of what was copied
    more = []  # those that carry more than numbers, which may lead back to any of the others
    for v in order(root, seen, constants=False):
        a, b = v._a, v._b
        if type(a) is tuple:
            a = tuple([memo[id(x)] for x in a])
        elif a is not None:
            a = memo[id(a)]
            b = None if b is None else memo[id(b)]
        twin = memo[id(v)] = _node(type(v), *_made(v), a, b)
        if v.__dict__ or isinstance(v._grad, Value):
            more.append((v, twin))
        else:
            twin._grad = v._grad
    for v, twin in more:
        twin._grad = copy.deepcopy(v._grad, memo)
        twin.__dict__.update(copy.deepcopy(v.__dict__, memo))
    return memo[id(root)]


def _reduce(root: Value) -> tuple[Any, ...]:
    if root._a is None:
        return restored, (type(root), _made(root), ()), (_on_float(root._grad), root.__dict__)
    nodes = order(root, constants=False)
    leaves = [v for v in nodes if v._a is None]  # go in as themselves: one pickle keeps who is who
    computed = [v for v in nodes if v._a is not None]
    place = {v: i for i, v in enumerate(leaves + computed)}
    for v in computed:
        if type(v._a) is tuple:
            _made(v)  # raises if it cannot be copied
    with_n = {r for r in {v._rule for v in computed} if _keeps_number(r)}
    columns = [  # a tuple for each node would keep the collector busy: twice the time
        [type(v) for v in computed],
        [v._rule for v in computed],
        [v._data for v in computed],
        [v._da for v in computed],
        [None if v._b is None and type(v._rule) is not WithNumber else v._db for v in computed],
        [v._n if v._rule in with_n else None for v in computed],
        [place[a] if type(a := v._a) is not tuple else [place[x] for x in a] for v in computed],
        [None if v._b is None else place[v._b] for v in computed],
        [_on_float(v._grad) for v in computed],
    ]
    free = {i: v.__dict__ for i, v in enumerate(computed) if v.__dict__}
    return _restored_graph, (leaves, columns), free or None, None, None, _set_free


def _restored_graph(leaves: list[Any], columns: Sequence[Sequence[Any]]) -> Any:
    nodes = [*leaves]
    for kind, rule, data, da, db, n, a, b, grad in zip(*columns, strict=True):
        first = (tuple([nodes[i] for i in a]) or None) if type(a) is list else nodes[a]
        v = _node(kind, rule, data, da, db, n, first, None if b is None else nodes[b])
        v._grad = grad
        nodes.append(v)
    return nodes[-1]


def _set_free(root: Any, free: dict[int, Any]) -> None:
    """The last act of unpickling: a free attribute may lead back up the graph."""
    computed = [v for v in order(root, constants=False) if v._a is not None]
    for i, attributes in free.items():
        computed[i].__dict__.update(attributes)


def _set_state(v: Value, state: tuple[Any, dict[str, Any]]) -> None:
    v._grad = state[0]
    v.__dict__.update(state[1])


def _on_float(grad: Any) -> Any:
    """A recorded gradient's number alone: its graph would lead back here without end."""
    return grad._data if isinstance(grad, Value) else grad


def _made(v: Value) -> tuple[Any, float, Any, Any, Any]:
    """What the forward pass left in a node, but for its operands."""
    a, rule = v._a, v._rule
    if a is None:
        return rule, v._data, None, None, None
    if type(a) is tuple:
        if "_custom_backward" in v.__dict__:
            raise HandmadeNodeError(f"{v!r} has a _backward of its own, which cannot be copied")
        return rule, v._data, v._da, None, None
    db = None if v._b is None and type(rule) is not WithNumber else v._db
    return rule, v._data, v._da, db, v._n if _keeps_number(rule) else None


def _keeps_number(rule: Any) -> bool:
    """Whether a node of this row keeps a number: an operand or a parameter."""
    return type(rule) is WithNumber or bool(isinstance(rule, Op) and rule.parameter)


def restored(kind: Any, made: Sequence[Any], operands: Sequence[Any]) -> Any:
    """A Value put together from its parts; ``made`` is what ``_made`` gave."""
    if isinstance(made[0], Handmade):
        a, b = tuple(operands) or None, None
    else:
        a, b = (*operands, None, None)[:2]
    rule, data, da, db, n = made
    return _node(kind, rule, data, da, db, n, a, b)


def _node(kind: Any, rule: Any, data: float, da: Any, db: Any, n: Any, a: Any, b: Any) -> Any:
    v: Any = object.__new__(kind)
    v._rule, v._data, v._da, v._db, v._n = rule, data, da, db, n
    v._a, v._b, v._grad = a, b, None
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
        free = {k: x for k, x in v.__dict__.items() if k != "_custom_backward"}
        _set_state(part[v], (v._grad, free))
    return part


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

"""Copying and pickling of graphs of any depth, without recursion."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .errors import HandmadeNodeError
from .walk import order


@dataclass(frozen=True, eq=False)
class Handmade:
    """Stands in the place of a row for a node that was made by hand."""

    name: str
    handmade: ClassVar[bool] = True

    @property
    def shown(self) -> str:
        """Its name, or that it has none."""
        return self.name or "by hand"


class Copied:
    """What ``Value`` inherits so that ``copy``, ``deepcopy`` and ``pickle`` take a whole graph."""

    __slots__ = ()

    if TYPE_CHECKING:
        _a: Any
        _data: float
        _rule: Any
        operands: Any

    def __copy__(self) -> Any:
        twin = restored(type(self), self._made(), self.operands)
        twin.__setstate__(self._lived())
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        seen = memo.setdefault(id(order), set())  # beside the ids of what was copied
        nodes = order(self, seen)
        for v in nodes:
            operands = [memo[id(x)] for x in v.operands]
            memo[id(v)] = restored(type(v), v._made(), operands)
        for v in nodes:
            grad, free = v._lived()
            free = copy.deepcopy(free, memo) if free else free
            memo[id(v)].__setstate__((copy.deepcopy(grad, memo), free))
        return memo[id(self)]

    def __reduce__(self) -> tuple[Any, ...]:
        if self._a is None:
            return restored, (type(self), self._made(), ()), _on_floats(self._lived())
        nodes = order(self)
        place = {v: i for i, v in enumerate(nodes)}
        graph = [
            v
            if v._a is None  # a leaf goes in as itself, so that one pickle keeps its identity
            else (type(v), v._made(), [place[x] for x in v.operands])
            for v in nodes
        ]
        lived = [None if v._a is None else _on_floats(v._lived()) for v in nodes]
        return _restored_graph, (graph,), lived, None, None, _set_lived

    def _made(self) -> tuple[Any, float, Any, Any, Any]:
        """What the forward pass left in it, but for its operands."""
        if type(self._a) is tuple and "_custom_backward" in self.__dict__:
            raise HandmadeNodeError(f"{self!r} has a _backward of its own, which cannot be copied")
        da, db = getattr(self, "_da", None), getattr(self, "_db", None)
        return self._rule, self._data, da, db, getattr(self, "_n", None)

    def _lived(self) -> tuple[Any, dict[str, Any]]:
        """What has happened to it since: its gradient, its label and free attributes."""
        return getattr(self, "_grad", None), self.__dict__

    def __setstate__(self, lived: tuple[Any, dict[str, Any]]) -> None:
        self._grad = lived[0]  # type: ignore[misc]
        self.__dict__.update(lived[1])


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


def _restored_graph(graph: list[Any]) -> Any:
    nodes: list[Any] = []
    for entry in graph:
        if not isinstance(entry, Copied):
            kind, made, places = entry
            entry = restored(kind, made, [nodes[i] for i in places])
        nodes.append(entry)
    return nodes[-1]


def _set_lived(root: Any, lived: Sequence[Any]) -> None:
    """The last act of unpickling: a free attribute may lead back up the graph."""
    for v, state in zip(order(root), lived, strict=True):
        if state is not None:
            v.__setstate__(state)


def _on_floats(lived: tuple[Any, dict[str, Any]]) -> tuple[Any, dict[str, Any]]:
    """A recorded gradient's number alone: its graph would lead back here without end."""
    grad, free = lived
    return (grad._data if isinstance(grad, Copied) else grad), free

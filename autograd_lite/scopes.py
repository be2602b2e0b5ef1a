"""Named parts of a graph: ``with scope("layer 1"):`` marks what is computed inside.

A mark is one free attribute of a node, so a graph that uses no scopes pays nothing for them;
drawings read the marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from .terminal import printed

OPEN: list[Scope] = []  # the scopes of all with-blocks that are running, in any thread or task
_innermost: ContextVar[Scope | None] = ContextVar("scope", default=None)  # of this thread or task


@printed
class Scope:
    """One named part of a graph; made by ``scope`` and by the layers of ``nn``.

    It stands where it was made.  Entered elsewhere, it gives a scope of the same name there.
    """

    __slots__ = ("name", "parent", "whole")

    def __init__(self, name: str, parent: Scope | None = None, *, whole: bool = False) -> None:
        self.name, self.parent = name, parent
        self.whole = whole  # whether unmarked nodes that lead only here belong to it too

    def __enter__(self) -> Scope:
        around = open_scope()
        inside = self if self.parent is around else Scope(self.name, around, whole=self.whole)
        OPEN.append(inside)
        _innermost.set(inside)
        return inside

    def __exit__(self, *_: object) -> None:
        last = inside = _innermost.get()
        while inside is not None and (inside.name != self.name or inside not in OPEN):
            inside = inside.parent
        inside = inside or self  # an async generator may end in another task than it began in
        if inside in OPEN:
            OPEN.remove(inside)
        if inside is last:
            _innermost.set(inside.parent)

    @property
    def path(self) -> tuple[Scope, ...]:
        """The scopes around it and itself, from the outermost inwards."""
        around = () if self.parent is None else self.parent.path
        return (*around, self)

    def __repr__(self) -> str:
        return f"<scope {' / '.join(s.name for s in self.path)}>"


def open_scope() -> Scope | None:
    """The innermost with-block that is running in this thread or async task."""
    inside = _innermost.get()
    while inside is not None and inside not in OPEN:  # a task outlives the block it began in
        inside = inside.parent
    return inside


def mark(v: Any) -> None:
    """Note in which scope ``v`` was computed; called only while one is open somewhere."""
    inside = _innermost.get()
    if inside not in OPEN:
        inside = open_scope()
    if inside is not None:
        v.scope = inside


def scope(name: str) -> Scope:
    """A block whose nodes are drawn together, in a frame with that name.

    A block is open in its own thread or async task, and in the tasks that are started inside.

    Raises:
        TypeError: the name is no text.

    >>> from autograd_lite import Value
    >>> x = Value(2.0, label="x")
    >>> with scope("square and shift"):
    ...     y = x * x + 1
    >>> y.scope, x.scope
    (<scope square and shift>, None)
    """
    if not isinstance(name, str):
        raise TypeError(f"scope({name!r}): a scope's name is a text; write scope({str(name)!r})")
    return Scope(name, open_scope())


def enclose(
    name: str, inputs: Iterable[Any], outputs: Sequence[Any], *, part: str = "neuron"
) -> None:
    """Put what lies between ``inputs`` and ``outputs`` into a scope, each output in one of its own.

    Args:
        name: the scope's name, such as ``"layer 1"``.
        inputs: what the outputs were computed from; Values among them stay outside.
        outputs: one Value for each part.
        part: the parts' name; they are numbered from 1.  A single one is not named.
    """
    for v in inputs:
        if hasattr(v, "sealed"):
            v.sealed = True
    around = Scope(name, open_scope(), whole=True)
    single = len(outputs) == 1
    for k, v in enumerate(outputs, 1):
        v.scope = around if single else Scope(f"{part} {k}", around, whole=True)


def scopes_of(
    nodes: Sequence[Any], users: Mapping[Any, Sequence[Any]]
) -> dict[Any, tuple[Scope, ...]]:
    """The path of scopes of every node.

    Args:
        nodes: an ``order``.
        users: for each node, the nodes made from it.

    A leaf is where all its users are, and so is any node as far as these scopes are ``whole``;
    but for the inputs of ``enclose``.
    """
    paths: dict[Any, tuple[Scope, ...]] = {}
    for v in reversed(nodes):
        own = () if v.scope is None else v.scope.path
        around = () if v.sealed else _common([paths[u] for u in users[v]])
        while around and v.operands and not around[-1].whole:
            around = around[:-1]
        deeper = len(around) > len(own) and around[: len(own)] == own
        paths[v] = around if deeper else own
    return paths


def _common(paths: Sequence[tuple[Scope, ...]]) -> tuple[Scope, ...]:
    """The longest path that all of ``paths`` begin with."""
    if not paths:
        return ()
    first = min(paths, key=len)
    for k, s in enumerate(first):
        if any(path[k] is not s for path in paths):
            return first[:k]
    return first

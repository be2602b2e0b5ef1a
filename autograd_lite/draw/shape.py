"""Which boxes and arrows are drawn for a graph; ``picture`` says what they look like.

This is where sums are folded, scopes collapsed, leaves repeated and neighbourhoods cut out.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ..errors import GraphTooLarge
from ..number import check_value
from ..scopes import Scope, scopes_of
from ..value import Value, order

Edge = tuple[Value, int]  # a result, and which of its operands
HOPELESS = 30_000  # a graph of more nodes stays too large however much is folded


@dataclass(frozen=True)
class Item:
    """One box to draw."""

    id: str
    kind: str  # "leaf", "op", "constant", "scope" or "stub"
    values: tuple[Value, ...] = ()  # what it stands for, the one that it shows first
    terms: tuple[Value, ...] = ()  # of a folded sum
    path: tuple[Scope, ...] = ()  # the frames around it
    name: str = ""  # of a collapsed scope
    count: int = 0  # of what a stub stands for


@dataclass(frozen=True)
class Link:
    """One arrow to draw, between places in ``Shape.items``."""

    tail: int
    head: int
    edge: Edge | None = None  # the operand that it stands for, if it is one


@dataclass(frozen=True)
class Enclosure:
    """One frame to draw, around ``members`` and within the frame ``parent``."""

    scope: Scope
    members: tuple[int, ...]
    parent: int | None


@dataclass
class Shape:
    """Everything to draw, in a fixed order."""

    nodes: Sequence[Value]  # the whole graph's
    items: list[Item] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    frames: list[Enclosure] = field(default_factory=list)


def shape_of(
    root: Value,
    *,
    scopes: str = "frames",
    collapse: Iterable[str] = (),
    repeat_leaves: bool = False,
    fold_sums: bool = False,
    focus: Value | None = None,
    radius: int = 2,
    max_nodes: int = 300,
) -> Shape:
    """What to draw of the graph below ``root``; the options are those of ``Look``.

    Raises:
        GraphTooLarge: that would be more than ``max_nodes`` boxes.
        ValueError: ``focus`` is not in the graph, or no scope has a name in ``collapse``.
    """
    nodes = order(root)
    root = nodes[-1]
    reduced = fold_sums or scopes == "boxes" or collapse
    if focus is None and (not reduced or len(nodes) > HOPELESS):
        _check_size(len(nodes), len(nodes), max_nodes)  # an early answer for a graph of any size
    users: dict[Value, list[Value]] = {v: [] for v in nodes}
    for v in nodes:
        for x in v.operands:
            users[x].append(v)
    if focus is not None:
        check_value(focus)
    if focus is not None and focus not in users:
        raise ValueError(f"focus={focus!r} is not in the graph of {root!r}")
    whole = nodes
    if focus is not None and not reduced:
        near = _near(focus, radius + 1, users)
        nodes = [v for v in nodes if v in near]
        users = {v: [u for u in users[v] if u in near] for v in nodes}
    paths: dict[Value, tuple[Scope, ...]] = dict.fromkeys(nodes, ())
    if any(v.scope is not None for v in nodes):
        paths = scopes_of(nodes, users)
    folded = _folded(nodes, users, paths, {root, focus}) if fold_sums else set()
    closed = _closed(paths, scopes, set(collapse))
    while True:
        shape = _assembled(nodes, whole, paths, folded, closed, repeat_leaves)
        looped = _in_loops(shape)
        if not looped:
            break
        closed -= {shape.items[i].path[-1] for i in looped if shape.items[i].kind == "scope"}
    if focus is not None:
        _cut(shape, focus, radius)
    _check_size(len(shape.items), len(whole), max_nodes)
    shape.nodes = whole
    _strip(shape, closed)
    if scopes != "none":
        shape.frames = _frames(shape.items)
    return shape


def _check_size(count: int, total: int, max_nodes: int) -> None:
    if count <= max_nodes:
        return
    of = f", for a graph of {total:,} nodes," if total != count else ""
    raise GraphTooLarge(
        f"{count:,} boxes{of} are more than max_nodes={max_nodes}. Draw less: "
        'scopes="boxes" draws one box for each neuron (or innermost scope), '
        'collapse=["layer 1"] one for each scope named; fold_sums=True one for a chain of +; '
        f"focus=v what is near the Value v. Or all of it: max_nodes={count}."
    )


def _near(focus: Value, radius: int, users: dict[Value, list[Value]]) -> set[Value]:
    """The Values at most ``radius`` arrows away, in either direction."""
    near, edge = {focus}, [focus]
    for _ in range(radius):
        edge = [x for v in edge for x in (*v.operands, *users[v]) if x not in near]
        near.update(edge)
    return near


def _folded(
    nodes: Sequence[Value],
    users: dict[Value, list[Value]],
    paths: dict[Value, tuple[Scope, ...]],
    kept: set[Value | None],
) -> set[Value]:
    """The sums that are drawn as part of the sum that uses them."""
    return {
        v
        for v in nodes
        if _is_sum(v) and not v.label and v not in kept and len(users[v]) == 1
        if _is_sum(users[v][0]) and paths[v] == paths[users[v][0]]
    }


def _is_sum(v: Value) -> bool:
    return v.op is not None and v.op.name == "add" and not v.op.handmade


def _terms(v: Value, folded: set[Value]) -> Iterator[Edge]:
    """The edges that lead into ``v`` and into the sums folded into it, in written order."""
    waiting = [(v, i) for i in reversed(range(len(v.operands)))]
    while waiting:
        u, i = waiting.pop()
        x = u.operands[i]
        if x in folded:
            waiting += [(x, k) for k in reversed(range(len(x.operands)))]
        else:
            yield u, i


def _closed(paths: dict[Value, tuple[Scope, ...]], scopes: str, names: set[str]) -> set[Scope]:
    """The scopes that are drawn as one box each."""
    found = {s for path in paths.values() for s in path}
    unknown = names - {s.name for s in found}
    if unknown:
        known = ", ".join(sorted({repr(s.name) for s in found})) or "none: the graph has no scopes"
        raise ValueError(f"collapse: no scope is named {sorted(unknown)[0]!r}; there are {known}")
    closed = {s for s in found if s.name in names}
    return closed | (found - {s.parent for s in found} if scopes == "boxes" else set())


def _assembled(
    nodes: Sequence[Value],
    whole: Sequence[Value],
    paths: dict[Value, tuple[Scope, ...]],
    folded: set[Value],
    closed: set[Scope],
    repeat_leaves: bool,
) -> Shape:
    """Boxes and arrows for ``nodes``, which are all of ``whole`` or some."""
    shape = Shape(nodes)
    place = {v: i for i, v in enumerate(whole)}
    box = {v: next((s for s in paths[v] if s in closed), None) for v in nodes}
    inside: dict[Scope, list[Value]] = {}
    for v, s in box.items():
        if s is not None:
            inside.setdefault(s, []).append(v)
    where: dict[Value | Scope, int] = {}
    copies: Counter[Value] = Counter()
    joined: set[tuple[int, int]] = set()  # a box has one arrow from another, however many uses

    def add(item: Item) -> int:
        shape.items.append(item)
        return len(shape.items) - 1

    def copy_of(x: Value, path: tuple[Scope, ...]) -> int:
        copies[x] += 1
        again = f"-{copies[x]}" if copies[x] > 1 else ""
        return add(Item(f"n{place[x]}{again}", _kind(x), (x,), path=path))

    for v in nodes:
        s = box[v]
        if v in folded or (repeat_leaves and not v.operands and s is None and v is not nodes[-1]):
            continue
        edges = list(_terms(v, folded))
        if s is None:
            summed = len(edges) > len(v.operands)
            terms = tuple(u.operands[i] for u, i in edges) if summed else ()
            head = where[v] = add(Item(f"n{place[v]}", _kind(v), (v,), terms, paths[v]))
        elif s not in where:
            path = paths[v][: paths[v].index(s) + 1]
            head = where[s] = add(
                Item(
                    f"b{sum(s in where for s in inside)}",
                    "scope",
                    tuple(reversed(inside[s])),
                    path=path,
                    name=s.name,
                )
            )
        else:
            head = where[s]
        for u, i in edges:
            x = u.operands[i]
            if x not in box:
                continue  # beyond what is near the focus
            tail = where.get(x if box[x] is None else box[x])  # type: ignore[arg-type]
            if tail is None:
                tail = copy_of(x, shape.items[head].path[: -1 if s else None])
            if s is None and box[x] is None:
                shape.links.append(Link(tail, head, (u, i)))
            elif tail != head and (tail, head) not in joined:
                joined.add((tail, head))
                shape.links.append(Link(tail, head))
    return shape


def _kind(v: Value) -> str:
    return "op" if v.operands else "constant" if v.is_constant else "leaf"


def _in_loops(shape: Shape) -> list[int]:
    """The items on a loop of arrows or behind one, which only collapsing can make."""
    coming = Counter(link.head for link in shape.links)
    heads: dict[int, list[int]] = {}
    for link in shape.links:
        heads.setdefault(link.tail, []).append(link.head)
    ready = [i for i in range(len(shape.items)) if not coming[i]]
    for i in ready:  # grows as items become ready
        for head in heads.get(i, ()):
            coming[head] -= 1
            if not coming[head]:
                ready.append(head)
    return sorted(set(range(len(shape.items))) - set(ready))


def _cut(shape: Shape, focus: Value, radius: int) -> None:
    """Keep what is at most ``radius`` arrows away; a stub says how much there is beyond."""
    near: dict[int, set[int]] = {}
    for link in shape.links:
        near.setdefault(link.tail, set()).add(link.head)
        near.setdefault(link.head, set()).add(link.tail)
    far = {i: 0 for i, item in enumerate(shape.items) if focus in item.values}
    waiting = deque(far)
    while waiting:
        i = waiting.popleft()
        for j in near.get(i, ()):
            if far[i] < radius and j not in far:
                far[j] = far[i] + 1
                waiting.append(j)
    kept = sorted(far)
    now = {i: k for k, i in enumerate(kept)}
    items = [shape.items[i] for i in kept]
    links: list[Link] = []
    for link in shape.links:
        if link.tail in now and link.head in now:
            links.append(Link(now[link.tail], now[link.head], link.edge))
    for i in kept:
        before = len({link.tail for link in shape.links if link.head == i} - far.keys())
        after = len({link.head for link in shape.links if link.tail == i} - far.keys())
        for count, name in ((before, "before"), (after, "after")):
            if count:
                stub, here = len(items), now[i]
                items.append(Item(f"{name}-{shape.items[i].id}", "stub", count=count))
                links.append(Link(stub, here) if name == "before" else Link(here, stub))
    shape.items, shape.links = items, links


def _strip(shape: Shape, closed: set[Scope]) -> None:
    """A collapsed scope is no frame around its own box."""
    for k, item in enumerate(shape.items):
        if item.path and item.path[-1] in closed:
            shape.items[k] = replace(item, path=item.path[:-1])


def _frames(items: Sequence[Item]) -> list[Enclosure]:
    """The frames around the items, outer ones before inner ones."""
    members: dict[Scope, list[int]] = {}
    for k, item in enumerate(items):
        for s in item.path:
            members.setdefault(s, []).append(k)
    found = sorted(members, key=lambda s: (len(s.path), members[s][0]))
    place = {s: k for k, s in enumerate(found)}
    return [
        Enclosure(s, tuple(members[s]), None if s.parent is None else place[s.parent])
        for s in found
    ]

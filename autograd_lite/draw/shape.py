"""Which boxes and arrows are drawn for a graph; ``picture`` says what they look like.

This is where sums are folded, scopes collapsed, leaves repeated and neighbourhoods cut out; as
far as nobody asked for anything else, so that a picture of any graph can be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..labels import clean
from ..number import check_value
from ..scopes import Scope, scopes_of
from ..value import Value, order

Edge = tuple[Value, int]  # a result, and which of its operands
Part = Value | Scope  # what stands for a Value in the drawing: itself, its sum or its scope
LONG = 12  # a sum of more terms is one box, unless told otherwise


@dataclass(frozen=True)
class Item:
    """One box to draw."""

    id: str
    kind: str  # "leaf", "op", "constant", "scope" or "stub"
    values: tuple[Value, ...] = ()  # what it stands for, the last in the graph's order first
    terms: tuple[Value, ...] = ()  # of a folded sum
    path: tuple[Scope, ...] = ()  # the frames around it
    name: str = ""  # of a collapsed scope
    outputs: tuple[Value, ...] = ()  # of a collapsed scope: what leads out of it
    count: int = 0  # of what a stub stands for

    @property
    def shown(self) -> tuple[Value, ...]:
        """The Value whose number and gradient stand in the box, if it is one."""
        return self.values[:1] if self.kind != "scope" else self.outputs * (len(self.outputs) == 1)


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
    note: str = ""  # what was folded or left out without being asked for


def shape_of(
    root: Value,
    *,
    scopes: str | None = None,
    collapse: Iterable[str] = (),
    repeat_leaves: bool = False,
    fold_sums: bool | None = None,
    focus: Value | None = None,
    radius: int = 2,
    max_nodes: int | None = 300,
) -> Shape:
    """What to draw of the graph below ``root``; the options are those of ``Look``.

    While that would be more than ``max_nodes`` boxes, it folds more of what the options leave
    open: sums, then the innermost scopes, then those around them; in the end it leaves out all
    but what is near.  ``Shape.note`` says what it did.

    Raises:
        ValueError: ``focus`` is not in the graph, or no scope has a name in ``collapse``.
    """
    graph = _Graph(root, focus, repeat_leaves)
    centre, far = (graph.nodes[-1], None) if focus is None else (focus, radius)
    for folding in _foldings(graph, scopes, set(collapse), fold_sums):
        folded, closed, told = folding
        parts = graph.parts(folded, closed)
        if focus is None and max_nodes is not None and graph.count(parts) > max_nodes:
            continue
        shape = _drawn(graph, parts, folded, closed, centre, far)
        if max_nodes is None or len(shape.items) <= max_nodes:  # else scopes in loops were opened
            break
    else:
        far = len(graph.nodes) if far is None else far
        shape = _drawn(graph, parts, folded, closed, centre, far, max_nodes)
        told = f"only what is near {'the result' if focus is None else 'the focus'} is drawn"
    if told.startswith("sums") and not any(item.terms for item in shape.items):
        told = ""  # they are within scopes
    if told:
        way = (
            "fold_sums=False draws each +"
            if told.startswith("sums")
            else "max_nodes=None draws all"
        )
        shape.note = f"{len(graph.nodes):,} nodes: {told} ({way})"
    _strip(shape, closed)
    if scopes != "none":
        shape.frames = _frames(shape.items)
    return shape


def _foldings(
    graph: _Graph, scopes: str | None, names: set[str], fold_sums: bool | None
) -> Iterator[tuple[set[Value], set[Scope], str]]:
    """What is folded as asked for, then ever more of what the options leave open.

    Yields:
        The sums that are part of another, the scopes that are one box each, and what of this
        nobody asked for, in words.
    """
    found = {s for path in graph.paths.values() for s in path}
    unknown = names - {s.name for s in found}
    if unknown:
        known = ", ".join(sorted({repr(s.name) for s in found})) or "none: the graph has no scopes"
        raise ValueError(f"collapse: no scope is named {sorted(unknown)[0]!r}; there are {known}")
    closed = {s for s in found if s.name in names}
    innermost = found - {s.parent for s in found}
    if scopes == "boxes":
        closed |= innermost
    told = ""
    folded = set() if fold_sums is False else graph.sums(1 if fold_sums else LONG)
    if fold_sums is None and folded:
        told = f"sums of more than {LONG} terms are one box"
    yield folded, closed, told
    if fold_sums is None:
        every = graph.sums()
        folded = every if len(every) > len(folded) else folded
        told = "each sum is one box"
        yield folded, closed, told
    if scopes is None and found:
        sums = "each sum and " if fold_sums is None else "each "
        levels = [innermost]
        for depth in reversed(range(1, max(len(s.path) for s in found))):
            levels.append({s for s in found if len(s.path) == depth})
        for level in levels:
            closed = closed | level
            first = min(level, key=lambda s: (-len(s.path), s.name)).name
            yield folded, closed, f"{sums}scope such as {clean(first, 24)} is one box"


class _Graph:
    """A graph, and what can be told of a drawing of it before anything is drawn."""

    def __init__(self, root: Value, focus: Value | None, repeat_leaves: bool) -> None:
        self.nodes = order(root)
        self.repeat_leaves = repeat_leaves
        self.users: dict[Value, list[Value]] = {v: [] for v in self.nodes}
        for v in self.nodes:
            for x in v.operands:
                self.users[x].append(v)
        if focus is not None:
            check_value(focus)
            if focus not in self.users:
                raise ValueError(f"focus={focus!r} is not in the graph of {root!r}")
        self.kept = {self.nodes[-1], focus}  # whatever is folded
        self.paths: dict[Value, tuple[Scope, ...]] = dict.fromkeys(self.nodes, ())
        if any(v.scope is not None for v in self.nodes):
            self.paths = scopes_of(self.nodes, self.users)

    @cached_property
    def _part_of(self) -> dict[Value, Value]:
        """The sum that each sum can be drawn as part of."""
        users, paths = self.users, self.paths
        sums = {v for v in self.nodes if _is_sum(v)}
        found: dict[Value, Value] = {}
        for v in reversed(self.nodes):
            if v in sums and len(users[v]) == 1 and not v.label and v not in self.kept:
                (u,) = users[v]
                if u in sums and paths[v] == paths[u]:
                    found[v] = found.get(u, u)
        return found

    def sums(self, least: int = 1) -> set[Value]:
        """The sums that are drawn as part of another one, if it has more than ``least`` terms."""
        additions = Counter(self._part_of.values())
        return {v for v, u in self._part_of.items() if additions[u] + 2 > least}

    def parts(self, folded: set[Value], closed: set[Scope]) -> dict[Value, Part]:
        """What stands for each Value."""
        parts: dict[Value, Part] = dict(zip(self.nodes, self.nodes, strict=True))
        for v in reversed(self.nodes) if folded or closed else ():
            around = next((s for s in self.paths[v] if s in closed), None) if closed else None
            if around is not None:
                parts[v] = around
            elif v in folded:
                parts[v] = parts[self.users[v][0]]
        return parts

    def count(self, parts: dict[Value, Part]) -> int:
        """How many boxes there would be."""
        found = len(set(parts.values()))
        if self.repeat_leaves:
            bare = (v for v in self.nodes[:-1] if not v.operands and parts[v] is v)
            found += sum(len(self.users[v]) - 1 for v in bare)
        return found

    def near(
        self, parts: dict[Value, Part], centre: Value, radius: int, most: int | None
    ) -> tuple[list[Part], list[tuple[Part, str, int]]]:
        """The boxes at most ``radius`` arrows away, and how many are missing before and after each.

        With ``most``, the radius shrinks until these are no more boxes; a ring that is too much
        is kept in part if it is the first.  From the result the way is towards the operands
        alone: a parameter that is used everywhere brings nothing near.
        """
        inside: dict[Part, list[Value]] = {}
        for v in self.nodes:
            part = parts[v]
            if part is not v:
                inside.setdefault(part, []).append(v)

        def beside(part: Part) -> tuple[dict[Part, None], dict[Part, None]]:
            own = [*inside.get(part, ()), *([part] if isinstance(part, Value) else [])]
            before = dict.fromkeys(parts[x] for v in own for x in v.operands)
            if self.repeat_leaves and isinstance(part, Value) and not part.operands:
                return before, {}
            after = dict.fromkeys(parts[u] for v in own for u in self.users[v])
            before.pop(part, None)
            after.pop(part, None)
            return before, after

        down = centre is self.nodes[-1]
        far = {parts[centre]: 0}
        sides = {}
        kept = list(far)
        for part in kept:  # grows
            sides[part] = before, after = beside(part)
            if far[part] < radius:
                for other in before if down else {**before, **after}:
                    if other not in far and (most is None or len(far) < 2 * most):
                        far[other] = far[part] + 1
                        kept.append(other)

        def missing() -> list[tuple[Part, str, int]]:
            found = set(kept)
            return [
                (part, name, count)
                for part in kept
                for name, side in zip(("before", "after"), sides[part], strict=True)
                if (count := len(side.keys() - found))
            ]

        while most is not None and 1 < len(kept) > most - len(missing()):
            last = far[kept[-1]]
            shorter = [part for part in kept if far[part] < last]
            kept = shorter if last > 1 else kept[: max(1, min(most, len(kept) * 9 // 10))]
        return kept, missing()


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


def _drawn(
    graph: _Graph,
    parts: dict[Value, Part],
    folded: set[Value],
    closed: set[Scope],
    centre: Value,
    radius: int | None,
    most: int | None = None,
) -> Shape:
    """The boxes and arrows: all, or what ``_Graph.near`` finds, with stubs for what is missing.

    A scope that would stand on a loop of arrows is taken out of ``closed``.
    """
    nodes, stubs = graph.nodes, list[tuple[Part, str, int]]()
    while True:
        if radius is not None:
            kept, stubs = graph.near(parts, centre, radius, most)
            near = set(kept)
            nodes = [v for v in graph.nodes if parts[v] in near]
        shape = _assembled(graph, nodes, parts, folded)
        looped = _in_loops(shape)
        if not looped:
            break
        closed -= {shape.items[i].path[-1] for i in looped if shape.items[i].kind == "scope"}
        parts = graph.parts(folded, closed)
    place = {parts[item.values[0]]: i for i, item in enumerate(shape.items)}
    for part, name, count in sorted(stubs, key=lambda stub: place[stub[0]]):
        here, stub = place[part], len(shape.items)
        shape.items.append(Item(f"{name}-{shape.items[here].id}", "stub", count=count))
        shape.links.append(Link(stub, here) if name == "before" else Link(here, stub))
    return shape


def _assembled(
    graph: _Graph, nodes: Sequence[Value], parts: dict[Value, Part], folded: set[Value]
) -> Shape:
    """Boxes and arrows for ``nodes``, which are all of the graph's or those in some boxes."""
    shape = Shape(graph.nodes)
    place = {v: i for i, v in enumerate(graph.nodes)}
    inside: dict[Part, list[Value]] = {}
    for v in nodes:
        inside.setdefault(parts[v], []).append(v)
    where: dict[Part, int] = {}
    copies: Counter[Value] = Counter()
    scopes = 0
    joined: set[tuple[int, int]] = set()  # a box has one arrow from another, however many uses

    def add(item: Item) -> int:
        shape.items.append(item)
        return len(shape.items) - 1

    def copy_of(x: Value, path: tuple[Scope, ...]) -> int:
        copies[x] += 1
        again = f"-{copies[x]}" if copies[x] > 1 else ""
        return add(Item(f"n{place[x]}{again}", _kind(x), (x,), path=path))

    for v in nodes:
        part, path = parts[v], graph.paths[v]
        repeated = graph.repeat_leaves and not v.operands and part is v and v is not graph.nodes[-1]
        if repeated or (v in folded and not isinstance(part, Scope)):
            continue
        edges = [(v, i) for i in range(len(v.operands))]
        if not isinstance(part, Scope):
            edges = list(_terms(v, folded))
            summed = len(edges) > len(v.operands)
            terms = tuple(u.operands[i] for u, i in edges) if summed else ()
            values = tuple(reversed(inside[v]))
            head = where[v] = add(Item(f"n{place[v]}", _kind(v), values, terms, path))
        elif part not in where:
            own = inside[part]
            outputs = [
                x
                for x in own
                if x is graph.nodes[-1] or any(parts[u] is not part for u in graph.users[x])
            ]
            item = Item(f"b{scopes}", "scope", tuple(reversed(own)), outputs=tuple(outputs))
            path = path[: path.index(part) + 1]
            head = where[part] = add(replace(item, path=path, name=part.name))
            scopes += 1
        else:
            head = where[part]
        for u, i in edges:
            x = u.operands[i]
            if parts[x] not in inside:
                continue  # beyond what is near
            tail = where.get(parts[x])
            if tail is None:
                outside = isinstance(part, Scope)
                tail = copy_of(x, shape.items[head].path[: -1 if outside else None])
            if isinstance(part, Value) and isinstance(parts[x], Value):
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

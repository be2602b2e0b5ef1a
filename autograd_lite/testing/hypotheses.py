"""What may have gone wrong, each with the gradient that it would give.

A hypothesis about a local derivative is a change of the graph's own backward pass, so one
mistake explains every parameter that it reaches.  The others compare the gradient as a whole:
with a multiple of the true one, with another parameter's, with a derivative on the way.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formula import written
from ..number import shown
from ..ops import OPS, Op
from .flows import Change, Edge, Flows
from .problem import Component
from .slips import Slip, slips

Array = npt.NDArray[np.float64]
FACTORS = {  # how a quantity q may be a factor: name -> its numbers
    "{q}": lambda q: q,
    "{q}²": lambda q: q * q,
    "(1 − {q})": lambda q: 1 - q,
    "(1 + {q})": lambda q: 1 + q,
    "{q} · (1 − {q})": lambda q: q * (1 - q),
    "(1 − {q}²)": lambda q: 1 - q * q,
    "√{q}": lambda q: np.sqrt(np.abs(q)),
}


@dataclass(frozen=True)
class Hypothesis:
    """A possible mistake.  Those with one key are one mistake, seen in several components."""

    key: tuple[Any, ...]
    kind: str
    text: str
    cost: float
    predicted: Array  # (components, points); NaN where it says nothing
    line: int = 0
    change: Change | None = None


class Graph:
    """The flows with words for them: what a node is called, which edges one line made."""

    def __init__(self, flows: Flows) -> None:
        self.flows = flows
        self.lines = {i: m.line for i, m in flows.made.items()}
        self.sites: dict[tuple[Any, ...], list[Edge]] = {}
        reached = self._reaching_a_component()
        for i, operands in enumerate(flows.operands):
            made = flows.made.get(i)
            for k, j in enumerate(operands):
                if j not in reached:
                    continue
                site = (made.site, flows.nodes[i].op, k) if made else (i, k)
                self.sites.setdefault(site, []).append((i, k))
        self.group_of: dict[int, tuple[str, tuple[int, ...]]] = {}
        for name, places in flows.groups.items():
            if isinstance(places, int):
                self.group_of[places] = name, ()
            elif places is not None:
                for index, i in np.ndenumerate(places):
                    self.group_of.setdefault(int(i), (name, index))

    def _reaching_a_component(self) -> set[int]:
        found = {i for i in self.flows.leaf if i is not None}
        for i, operands in enumerate(self.flows.operands):
            if not found.isdisjoint(operands):
                found.add(i)
        return found

    def word(self, i: int, *, whole: bool = False, deep: int = 2) -> str:
        """What a node is called: its name, its number, or how it was made."""
        if i in self.flows.names:
            name = self.flows.names[i]
            return re.sub(r"\[[\d, ]*\]$", "", name) if whole else name
        v = self.flows.nodes[i]
        if v.is_constant or not isinstance(v.op, Op):
            return shown(v.data)
        if not deep:
            return "…"
        words = [self.word(j, whole=whole, deep=deep - 1) for j in self.flows.operands[i]]
        text = v.op.formula(*(f"({w})" if " " in w else w for w in words), parameter=v.parameter)
        return text if len(text) <= 48 else f"{v.op.name}(…)"

    def at(self, i: int, *, whole: bool = False) -> str:
        """Where a node was made, and as what: ``line 7, a1 = σ(z1)``."""
        v = self.flows.nodes[i]
        line = f"line {self.lines[i]}, " if self.lines.get(i) else ""
        if not isinstance(v.op, Op):
            return line + self.word(i, whole=whole)
        words = [self.word(j, whole=whole) for j in self.flows.operands[i]]
        formula = v.op.formula(*(f"({w})" if " " in w else w for w in words), parameter=v.parameter)
        formula = formula if len(formula) <= 60 else f"{v.op.name}(…)"
        if i in self.flows.names:
            return f"{line}{self.word(i, whole=whole)} = {formula}"
        part_of = self.part_of(i, whole=whole)
        return f"{line}{formula}" + (f" in {part_of}" if part_of else "")

    def part_of(self, i: int, *, whole: bool = False) -> str:
        """The name of the result that an unnamed node goes into, made by the same line."""
        for later in range(i + 1, len(self.flows.nodes)):
            if i in self.flows.operands[later] and self.lines.get(later) == self.lines.get(i):
                i = later
                if i in self.flows.names:
                    return self.word(i, whole=whole)
        return ""

    def rule(self, i: int, text: str, *, whole: bool = False) -> str:
        """A rule's text with the words of a node filled in."""
        v = self.flows.nodes[i]
        assert isinstance(v.op, Op)
        filled: dict[str, Any] = dict(
            zip(
                v.op.operands,
                (self.word(j, whole=whole) for j in self.flows.operands[i]),
                strict=True,
            )
        )
        filled = {n: f"({w})" if " " in str(w) else w for n, w in filled.items()}
        result = self.word(i, whole=whole)
        filled["y"] = f"({result})" if " " in result else result
        if v.op.parameter:
            filled[v.op.parameter] = v.parameter
        tidy = text.replace("1.0 * ", "").replace(" * 1.0", "").replace(" / 1.0", "")
        return written(tidy, filled, OPS)


def hypotheses(graph: Graph, sizes: Mapping[str, int], *, simple: bool = False) -> list[Hypothesis]:
    """Everything that can be predicted without looking at the gradient in question."""
    found = [*_other_gradients(graph)]
    changes = [*_slips(graph), *_cuts(graph)]
    if not simple:
        changes += [*_swaps(graph), *altered(graph), *_elementwise(graph)]
        found += _of_products(graph)
    predicted = graph.flows.predicted([c.change for c in changes if c.change is not None])
    return found + [
        Hypothesis(c.key, c.kind, c.text, c.cost, p, c.line, c.change)
        for c, p in zip(changes, predicted, strict=True)
    ]


_NONE = np.zeros((0, 0))


def _slips(graph: Graph) -> Iterator[Hypothesis]:
    """A slip of the pen at every edge that one place in the code made, and at each edge alone."""
    flows = graph.flows
    for site, edges in graph.sites.items():
        i, k = edges[0]
        op = flows.nodes[i].op
        if not isinstance(op, Op):
            continue
        alone = len(edges) == 1
        for slip in slips(op, k):
            change = {(e, k): flows.evaluated(e, slip.text) for e, _ in edges}
            if all(np.array_equal(change[e], flows.local[e]) for e in edges):
                continue
            text = _said(graph, i, k, slip, whole=not alone, places=len(edges))
            yield Hypothesis(
                ("slip", site, slip.text),
                "rule",
                text,
                slip.cost,
                _NONE,
                graph.lines.get(i, 0),
                change,
            )
            if alone or len(edges) > 64:
                continue
            for edge in edges:
                text = _said(graph, edge[0], k, slip, whole=False, places=1)
                yield Hypothesis(
                    ("slip", site, slip.text, edge),
                    "rule",
                    text,
                    slip.cost + 0.5,
                    _NONE,
                    graph.lines.get(i, 0),
                    {edge: change[edge]},
                )


def _said(graph: Graph, i: int, k: int, slip: Slip, *, whole: bool, places: int) -> str:
    op = graph.flows.nodes[i].op
    assert isinstance(op, Op)
    operand, result = (graph.word(x, whole=whole) for x in (graph.flows.operands[i][k], i))
    used = graph.rule(i, slip.text, whole=whole)
    right = graph.rule(i, _unguarded(op, k), whole=whole)
    words = {
        n: graph.word(j, whole=whole)
        for n, j in zip(op.operands, graph.flows.operands[i], strict=True)
    }
    words |= {"y": result, "factor": graph.rule(i, slip.part, whole=whole) if slip.part else ""}
    what = slip.what.format(**words)
    every = f" (at all {places} places)" if places > 1 else ""
    if slip.text == "0":
        return f"{graph.at(i, whole=whole)}: the path through {operand} is forgotten here{every}"
    named = f"∂{result}/∂{operand}" if " " not in result + operand else "its local derivative"
    return f"{graph.at(i, whole=whole)}: {what}; {named} is {right}, not {used}{every}"


def _unguarded(op: Op, k: int) -> str:
    """The rule without its guards at odd points: ``0 if a <= 0 else 1`` for relu."""
    part: ast.expr = ast.parse(op.derivatives[k], mode="eval").body
    pieces: list[tuple[str, str]] = []
    while isinstance(part, ast.IfExp):
        pieces.append((ast.unparse(part.body), ast.unparse(part.test)))
        part = part.orelse
    pieces = [(body, test) for body, test in pieces if "nan" not in body and "==" not in test]
    if not pieces:
        return ast.unparse(part)
    if len(pieces) == 1 and not re.search("[<>]", pieces[0][1]):
        return pieces[0][0]
    if len(pieces) == 1:
        return f"{pieces[0][0]} if {pieces[0][1]} else {ast.unparse(part)}"
    *first, (last, _) = pieces
    return "".join(f"{body} if {test} else " for body, test in first) + last


def _cuts(graph: Graph) -> Iterator[Hypothesis]:
    """A named result held constant: every path through it is lost."""
    flows = graph.flows
    leaves = {i for i in flows.leaf if i is not None}
    uses: dict[int, list[Edge]] = {}
    for edges in graph.sites.values():
        for i, k in edges:
            uses.setdefault(flows.operands[i][k], []).append((i, k))
    zero = np.zeros(flows.count)
    for name, places in flows.groups.items():
        inside = [int(i) for i in np.ravel(places)] if places is not None else []
        inside = [i for i in inside if i in uses and i not in leaves]
        change = {edge: zero for i in inside for edge in uses[i]}
        if change:
            text = f"the path through {name} is forgotten: {name} was held constant"
            line = graph.lines.get(inside[0], 0)
            yield Hypothesis(("cut", name), "cut", text, 2.7, _NONE, line, change)


def _swaps(graph: Graph) -> Iterator[Hypothesis]:
    """One variable taken for another, or turned round, in one rule or in all."""
    flows = graph.flows
    named = [(n, p) for n, p in flows.groups.items() if p is not None and np.min(p) >= 0]
    if len(named) > 40 or sum(map(len, graph.sites.values())) > 3000:
        return
    readers: dict[str, list[tuple[Any, Edge, str, int]]] = {}
    for site, edges in graph.sites.items():
        for i, k in edges:
            op = flows.nodes[i].op
            if not isinstance(op, Op):
                continue
            nodes = dict(zip(op.operands, flows.operands[i], strict=True)) | {"y": i}
            for x, j in nodes.items():
                if j in graph.group_of and re.search(rf"\b{x}\b", op.derivatives[k]):
                    place = site[:2] if len(site) == 3 else site[:1]
                    readers.setdefault(graph.group_of[j][0], []).append((place, (i, k), x, j))

    def read_as(name: str, instead: Any) -> dict[Any, dict[Edge, Array]]:
        by_site: dict[Any, dict[Edge, Array]] = {}
        for site, (i, k), x, j in readers.get(name, []):
            u = int(instead[graph.group_of[j][1]]) if np.ndim(instead) else int(instead)
            op = flows.nodes[i].op
            assert isinstance(op, Op)
            numbers = flows.evaluated(i, op.derivatives[k], other={x: flows.values[u]})
            by_site.setdefault(site, {})[i, k] = numbers
        return by_site

    yield from _shifted(dict(named), readers, read_as)
    for name, places in named:
        if name not in readers:
            continue
        for other, instead, words, cost in _instead_of(name, places, named):
            by_site = read_as(name, instead)
            change = {e: x for part in by_site.values() for e, x in part.items()}
            yield Hypothesis(("swap", name, other), "variable", words, cost, _NONE, 0, change)
            if len(by_site) > 1:
                for site, part in by_site.items():
                    i = next(iter(part))[0]
                    yield Hypothesis(
                        ("swap", name, other, site),
                        "variable",
                        f"{graph.at(i, whole=True)}: {words}",
                        cost + 0.3,
                        _NONE,
                        graph.lines.get(i, 0),
                        part,
                    )


def _shifted(
    named: Mapping[str, Any],
    readers: Mapping[str, Any],
    read_as: Callable[[str, Any], dict[Any, dict[Edge, Array]]],
) -> Iterator[Hypothesis]:
    """A variable of a loop taken a turn too late or too early: h(t) for h(t − 1)."""
    for base in {n.split("#")[0] for n in named if "#" in n}:
        for step, words in ((1, "next"), (-1, "previous")):
            change: dict[Edge, Array] = {}
            for name, places in named.items():
                if name.split("#")[0] != base or name not in readers:
                    continue
                k = int(name.split("#")[1]) if "#" in name else 0
                other = f"{base}#{k + step}" if f"{base}#{k + step}" in named else base
                if other in named and other != name and np.shape(named[other]) == np.shape(places):
                    for part in read_as(name, named[other]).values():
                        change |= part
            if change:
                text = f"in each turn of the loop the {words} {base} stands for its own"
                yield Hypothesis(("shifted", base, step), "variable", text, 4.4, _NONE, 0, change)


def _elementwise(graph: Graph) -> Iterator[Hypothesis]:
    """What flows through each element of an array, multiplied or divided by another's element."""
    flows = graph.flows
    named = [(n, p) for n, p in flows.groups.items() if np.ndim(p) and np.min(p) >= 0]
    for name, places in named:
        edges = [(index, int(i)) for index, i in np.ndenumerate(places) if flows.operands[int(i)]]
        for other, instead in named:
            if not edges or np.shape(instead) != np.shape(places) or len(named) > 30:
                continue
            for divided, words in ((False, "an extra factor"), (True, "divided by")):
                change: dict[Edge, Array] = {}
                with np.errstate(all="ignore"):
                    for index, i in edges:
                        q = flows.values[int(instead[index])]
                        for k in range(len(flows.operands[i])):
                            change[i, k] = (
                                flows.local[i, k] / q if divided else flows.local[i, k] * q
                            )
                text = f"on the paths through {name}: {words} {other}, element by element"
                yield Hypothesis(
                    ("elementwise", name, other, divided), "factor", text, 4.8, _NONE, 0, change
                )


def _instead_of(
    name: str, places: Any, named: Sequence[tuple[str, Any]]
) -> Iterator[tuple[str, Any, str, float]]:
    """(key, nodes, words, cost) of what may stand in a variable's place."""
    for other, instead in named:
        if other != name and np.shape(instead) == np.shape(places):
            yield other, instead, f"{other} stands where {name} belongs", 4.0
    if np.ndim(places) == 1 and len(places) > 1:
        yield "reversed", places[::-1], f"{name} stands in reverse order", 4.2
        yield (
            "ahead",
            np.roll(places, -1),
            f"the next element of {name} stands in the place of each",
            4.6,
        )
        yield (
            "behind",
            np.roll(places, 1),
            f"the element before stands in the place of each of {name}",
            4.6,
        )
    if np.ndim(places) == 2 and places.shape[0] == places.shape[1] > 1:
        yield (
            "transposed",
            places.T,
            f"{name} stands where its transpose belongs, or the reverse",
            3.9,
        )
    if np.ndim(places) == 2 and min(places.shape) > 1:
        yield "flipped", places[::-1, ::-1], f"{name} stands in reverse order", 4.3


def _of_products(graph: Graph) -> list[Hypothesis]:
    """The derivative of a product as the product of the derivatives; of a quotient likewise."""
    flows = graph.flows
    places = [
        i
        for i, v in enumerate(flows.nodes)
        if isinstance(v.op, Op) and v.op.name in ("mul", "div") and flows.adjoint[i].any()
    ]
    if len(places) * len(flows.components) > 2000:
        return []
    found = []
    tangents = [flows.tangents(c) for c in range(len(flows.components))]
    for i in places:
        a, b = flows.operands[i]
        predicted = np.full(flows.true.shape, np.nan)
        with np.errstate(all="ignore"):
            for c, tangent in enumerate(tangents):
                if tangent[a].any() and tangent[b].any():
                    wrong = (
                        tangent[a] * tangent[b]
                        if flows.nodes[i].op.name == "mul"
                        else tangent[a] / tangent[b]
                    )  # type: ignore[union-attr]
                    predicted[c] = flows.true[c] + flows.adjoint[i] * (wrong - tangent[i])
        if np.isfinite(predicted).any():
            what = "product" if flows.nodes[i].op.name == "mul" else "quotient"  # type: ignore[union-attr]
            text = f"{graph.at(i)}: the {what} of the derivatives stands for the derivative of the {what}"
            found.append(
                Hypothesis((what, i), f"{what} rule", text, 3.5, predicted, graph.lines.get(i, 0))
            )
    return found


def altered(graph: Graph) -> Iterator[Hypothesis]:
    """The gradient of another function: one operation of f read as something else.

    From the altered operation on, all numbers are computed anew, and the local derivatives taken
    at these.
    """
    flows = graph.flows
    if len(flows.nodes) > 800:
        return
    places: dict[Any, list[int]] = {}
    for i, v in enumerate(flows.nodes):
        if isinstance(v.op, Op) and i != len(flows.nodes) - 1:
            made = flows.made.get(i)
            places.setdefault((made.site, v.op) if made else (i,), []).append(i)
    for site, where in places.items():
        i = where[0]
        for read, words in _readings(graph, i, whole=len(where) > 1):
            change = _recomputed(flows, where, read)
            if change:
                text = (
                    f"{graph.at(i, whole=len(where) > 1)}: this is the gradient of f with {words}"
                )
                yield Hypothesis(
                    ("altered", site, read),
                    "another function",
                    text,
                    5.0,
                    _NONE,
                    graph.lines.get(i, 0),
                    change,
                )


def _readings(graph: Graph, i: int, *, whole: bool) -> Iterator[tuple[str, str]]:
    """(formula in a and b, words) of what an operation may have been read as."""
    op = graph.flows.nodes[i].op
    assert isinstance(op, Op)
    a, *rest = (graph.word(j, whole=whole) for j in graph.flows.operands[i])
    b = rest[0] if rest else ""
    if op.name == "add":
        yield "a", f"{b} left out"
        yield "b", f"{a} left out"
        yield "a - b", f"− {b} for + {b}"
    elif op.name == "sub":
        yield "a", f"{b} left out"
        yield "-b", f"{a} left out"
        yield "a + b", f"+ {b} for − {b}"
    elif op.name == "mul":
        yield "a", f"the factor {b} left out"
        yield "b", f"the factor {a} left out"
    elif op.name == "div":
        yield "a", f"the division by {b} left out"
    elif op.name in ("maximum", "minimum"):
        yield "a", f"{op.name} left out: {a} everywhere"
        yield "b", f"{op.name} left out: {b} everywhere"
    elif op.arity == 1:
        yield "a", f"{op.name} left out"


def _recomputed(flows: Flows, where: Sequence[int], read: str) -> dict[Edge, Array]:
    """The local derivatives that differ once some nodes are computed in another way."""
    values: dict[int, Array] = {}
    change: dict[Edge, Array] = {}
    chosen = set(where)
    for i in range(min(where), len(flows.nodes)):
        op = flows.nodes[i].op
        if not isinstance(op, Op):
            continue
        inside = dict(zip(op.operands, flows.operands[i], strict=True))
        other = {x: values[j] for x, j in inside.items() if j in values}
        if i in chosen:
            values[i] = flows.evaluated(i, read, other=other)
            for k, x in enumerate(op.operands):
                change[i, k] = flows.slope(i, read, x, other)
            continue
        if not other:
            continue
        values[i] = flows.evaluated(i, op.value, other=other)
        other["y"] = values[i]
        for k, d in enumerate(op.derivatives):
            numbers = flows.evaluated(i, d, other=other)
            if not np.array_equal(numbers, flows.local[i, k]):
                change[i, k] = numbers
    return change


def _other_gradients(graph: Graph) -> Iterator[Hypothesis]:
    """Another parameter's gradient, a transposed one, or a derivative on the way."""
    flows = graph.flows
    true, parts = flows.true, flows.components
    shape = true.shape
    blocks: dict[str, list[int]] = {}
    for c, part in enumerate(parts):
        blocks.setdefault(part.parameter, []).append(c)
    shapes = {n: _shape([parts[c].index for c in cs]) for n, cs in blocks.items()}

    def filled(cs: Sequence[int], numbers: Array) -> Array:
        out = np.full(shape, np.nan)
        out[list(cs)] = numbers
        return out

    for name, cs in blocks.items():
        block = true[cs].reshape(*shapes[name], -1)
        if len(shapes[name]) == 2 and shapes[name][0] == shapes[name][1] > 1:
            turned = np.swapaxes(block, 0, 1).reshape(len(cs), -1)
            yield Hypothesis(
                ("transposed", name),
                "transposed",
                f"the gradient towards {name} is transposed",
                1.5,
                filled(cs, turned),
            )
        if len(shapes[name]) == 1 and len(cs) > 1:
            yield Hypothesis(
                ("reversed", name),
                "order",
                f"the gradient towards {name} stands in reverse order",
                2.5,
                filled(cs, true[cs][::-1]),
            )
            total = np.broadcast_to(true[cs].sum(0), (len(cs), flows.count))
            yield Hypothesis(
                ("summed", name),
                "order",
                f"every element of {name} has the sum of the gradient",
                3.0,
                filled(cs, total),
            )
            yield Hypothesis(
                ("mean", name),
                "order",
                f"every element of {name} has the mean of the gradient",
                3.0,
                filled(cs, total / len(cs)),
            )
        for other, theirs in blocks.items():
            if other != name and shapes[other] == shapes[name]:
                for sign, word, cost in ((1, "", 2.0), (-1, " with the sign flipped", 3.2)):
                    yield Hypothesis(
                        ("other", name, other, sign),
                        "another gradient",
                        f"this is the gradient towards {other}, not {name}{word}",
                        cost,
                        filled(cs, sign * true[theirs]),
                    )
            elif other != name and shapes[other] == shapes[name][::-1] and len(shapes[name]) == 2:
                turned = np.swapaxes(true[theirs].reshape(*shapes[other], -1), 0, 1)
                yield Hypothesis(
                    ("other", name, other, "T"),
                    "another gradient",
                    f"this is the transposed gradient towards {other}, not {name}",
                    2.6,
                    filled(cs, turned.reshape(len(cs), -1)),
                )
    yield from _neighbours(parts, true, blocks, shapes)
    if len(flows.nodes) * len(parts) > 40_000:
        return
    root = len(flows.nodes) - 1
    for c, part in enumerate(parts):
        tangent = flows.tangents(c)
        for i in flows.names.keys() | {root}:
            if i == flows.leaf[c] or not tangent[i].any():
                continue
            word = graph.word(i)
            if i != root:
                yield Hypothesis(
                    ("adjoint", graph.word(i, whole=True)),
                    "stopped early",
                    f"stopped early: this is the derivative towards {word}, "
                    f"without ∂{word}/∂{part}",
                    3.6,
                    filled([c], flows.adjoint[i]),
                )
                yield Hypothesis(
                    ("tangent", graph.word(i, whole=True)),
                    "outer derivative",
                    f"the outer derivative is forgotten: this is ∂{word}/∂{part}",
                    3.6,
                    filled([c], tangent[i]),
                )


def _neighbours(
    parts: Sequence[Component],
    true: Array,
    blocks: Mapping[str, list[int]],
    shapes: Mapping[str, tuple[int, ...]],
) -> Iterator[Hypothesis]:
    """One element that has another's gradient."""
    for name, cs in blocks.items():
        if 1 < len(cs) <= 24:
            for c in cs:
                for d in cs:
                    if c != d:
                        out = np.full(true.shape, np.nan)
                        out[c] = true[d]
                        yield Hypothesis(
                            ("element", c, d),
                            "another gradient",
                            f"this is the gradient towards {parts[d]}, not {parts[c]}",
                            2.8,
                            out,
                        )


def _shape(indices: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(max(axis) + 1 for axis in zip(*indices, strict=True))


# ---- what the gradient itself suggests ------------------------------------------------------------


def constants(graph: Graph, sizes: Mapping[str, int]) -> dict[float, str]:
    """Numbers that a gradient is off by, with their names: 2, n, π, ln 10, those in the code."""
    table: dict[float, str] = {}

    def add(number: float, name: str) -> None:
        for x, word in (
            (number, name),
            (1 / number if number else 0.0, f"1/{name}" if " " not in name else f"1/({name})"),
        ):
            if math.isfinite(x) and x and abs(x) != 1:
                table.setdefault(x, word)

    add(2.0, "2")
    for word, n in sizes.items():
        add(float(n), word)
        if n > 2:
            add(n - 1.0, f"({word.split(' ')[0]} − 1)")
            add(n / (n - 1), f"n/(n − 1) with {word}")
        add(2.0 * n, f"2·{word}")
        for other, m in sizes.items():
            if n > m > 1:
                add(n / m, f"{n}/{m}, with {word} and {other}")
    add(3.0, "3")
    add(4.0, "4")
    for i, v in enumerate(graph.flows.nodes):
        if (v.is_constant or (v.is_leaf and i not in graph.flows.names)) and v.data:
            add(abs(v.data), f"{shown(abs(v.data))} (a number in the code)")
            add(2 * abs(v.data), f"2 · {shown(abs(v.data))} (a number in the code)")
        elif v.parameter:
            add(abs(v.parameter), f"{shown(abs(v.parameter))} (an exponent in the code)")
    for number, word in (
        (math.log(10), "ln 10"),
        (math.log(2), "ln 2"),
        (math.pi, "π"),
        (180 / math.pi, "180/π"),
        (2 * math.pi, "2π"),
        (math.sqrt(2), "√2"),
        (math.sqrt(2 * math.pi), "√(2π)"),
        (math.e, "e"),
        (100.0, "100"),
    ):
        add(number, word)
    return table


def named_constant(x: float, table: Mapping[float, str], slack: float) -> str | None:
    """What a constant factor is: ``the sign is flipped``, ``a factor 2 too many`` …"""
    if abs(x + 1) <= slack:
        return "the sign is flipped"
    for number, word in table.items():
        for sign, more in ((1, ""), (-1, ", and the sign is flipped")):
            if abs(x - sign * number) <= slack * abs(number):
                if word.startswith("1/"):
                    return f"a factor {word[2:]} is missing{more}"
                return f"a factor {word} too many{more}"
    return None


def quantities(graph: Graph, *, limit: int = 120) -> Iterator[tuple[str, Array]]:
    """(name, numbers) of what may be a factor or a term: everything with a name, and functions."""
    flows = graph.flows
    named = [i for i in flows.names if flows.names[i]]
    rest = [
        i
        for i, v in enumerate(flows.nodes)
        if i not in flows.names and not v.is_constant and isinstance(v.op, Op)
    ]
    with np.errstate(all="ignore"):
        for i in (named + rest)[:limit]:
            word = graph.word(i)
            word = f"({word})" if " " in word else word
            for form, function in FACTORS.items():
                if i in flows.names or form == "{q}":
                    yield form.format(q=word), function(flows.values[i])

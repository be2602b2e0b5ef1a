"""The gradient of another function: an operation of f read as something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...ops import Op
from .adjoints import Edge, Flows
from .graph import NOTHING, Graph, Hypothesis

Array = npt.NDArray[np.float64]


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
            change = _recomputed(flows, {}, where, read)
            if change:
                text = (
                    f"{graph.at(i, whole=len(where) > 1)}: this is the gradient of f with {words}"
                )
                yield Hypothesis(
                    ("altered", site, read),
                    "another function",
                    text,
                    5.0,
                    NOTHING,
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


def replaced(graph: Graph) -> Iterator[Hypothesis]:
    """The gradient at other numbers: one variable taken for another, in all that follows."""
    flows = graph.flows
    named = [(n, p) for n, p in flows.groups.items() if p is not None and np.min(p) >= 0]
    if len(named) > 20 or len(flows.nodes) > 400:
        return
    for name, places in named:
        for other, instead in named:
            if other == name or np.shape(instead) != np.shape(places):
                continue
            pairs = zip(np.ravel(places), np.ravel(instead), strict=True)
            change = _recomputed(flows, {int(i): flows.values[int(u)] for i, u in pairs})
            if change:
                text = f"{other} stands where {name} belongs, and in all that follows from it"
                key = ("replaced", name, other)
                yield Hypothesis(key, "variable", text, 4.2, NOTHING, 0, change)


def _recomputed(
    flows: Flows, values: dict[int, Array], where: Sequence[int] = (), read: str = ""
) -> dict[Edge, Array]:
    """The local derivatives that differ once some nodes have other numbers.

    Args:
        flows: the graph.
        values: numbers of some nodes.
        where: nodes that are computed by another formula.
        read: that formula.
    """
    values = dict(values)
    given, chosen = set(values), set(where)
    change: dict[Edge, Array] = {}
    for i in range(min(given | chosen), len(flows.nodes)):
        op = flows.nodes[i].op
        if not isinstance(op, Op):
            continue
        inside = dict(zip(op.operands, flows.operands[i], strict=True))
        other = {x: values[j] for x, j in inside.items() if j in values}
        if i in chosen:
            values[i] = flows.evaluated(i, read, other)
            for k, x in enumerate(op.operands):
                change[i, k] = flows.slope(i, read, x, other)
            continue
        if not other and i not in given:
            continue
        if i not in given:
            values[i] = flows.evaluated(i, op.value, other)
        other["y"] = values[i]
        for k, d in enumerate(op.derivatives):
            numbers = flows.evaluated(i, d, other)
            if not np.array_equal(numbers, flows.local[i, k]):
                change[i, k] = numbers
    return change


def of_products(graph: Graph) -> list[Hypothesis]:
    """The derivative of a product as the product of the derivatives; of a quotient likewise."""
    flows = graph.flows
    words = {"mul": "product", "div": "quotient"}
    places = [
        (i, words[v.op.name])
        for i, v in enumerate(flows.nodes)
        if isinstance(v.op, Op) and v.op.name in words and flows.adjoint[i].any()
    ]
    if len(places) * len(flows.components) > 2000:
        return []
    found = []
    tangents = [flows.tangents(c) for c in range(len(flows.components))]
    for i, what in places:
        a, b = flows.operands[i]
        cost = 3.5 + 2.0 * (a == b)
        predicted = np.full(flows.true.shape, np.nan)
        with np.errstate(all="ignore"):
            for c, t in enumerate(tangents):
                if t[a].any() and t[b].any():
                    wrong = t[a] * t[b] if what == "product" else t[a] / t[b]
                    predicted[c] = flows.true[c] + flows.adjoint[i] * (wrong - t[i])
        if np.isfinite(predicted).any():
            text = f"{graph.at(i)}: the {what} of the derivatives stands for that of the {what}"
            line = graph.lines.get(i, 0)
            found.append(Hypothesis((what, i), f"{what} rule", text, cost, predicted, line))
    return found

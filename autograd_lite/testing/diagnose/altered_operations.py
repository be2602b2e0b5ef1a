"""Mistakes that give the gradient of another function: an operation of f read as another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...ops import Op
from .adjoints import Adjoints, Edge
from .graph import NOTHING, Graph, Hypothesis

Array = npt.NDArray[np.float64]


Linear = tuple[float, float]  # c, d: c · a + d · b stands in the place of an operation


def altered(graph: Graph) -> Iterator[Hypothesis]:
    """The gradient of another function: one operation of f read as something else.

    From the altered operation on, all numbers are computed anew, and the local derivatives taken
    at these.
    """
    adjoints = graph.adjoints
    if len(adjoints.nodes) > 800:
        return
    places: dict[Any, list[int]] = {}
    for i, v in enumerate(adjoints.nodes):
        if isinstance(v.op, Op) and i != len(adjoints.nodes) - 1:
            made = adjoints.made.get(i)
            places.setdefault((made.site, v.op) if made else (i,), []).append(i)
    for site, where in places.items():
        i, whole = where[0], len(where) > 1
        line, at = graph.lines.get(i, 0), graph.at(i, whole=whole)
        for other, words in _alterations(graph, i, whole=whole):
            change = _recomputed(adjoints, where, other)
            if change:
                text = f"{at}: this is the gradient of f with {words}"
                key = ("altered", site, other)
                yield Hypothesis(key, "another function", text, 5.0, NOTHING, line, change)


def _alterations(graph: Graph, i: int, *, whole: bool) -> Iterator[tuple[Linear, str]]:
    """(c and d, words) of what an operation may have been read as."""
    op = graph.adjoints.nodes[i].op
    assert isinstance(op, Op)
    words = graph.operand_words(i, whole=whole)
    a, b = words["a"], words.get("b", "")
    if op.name == "add":
        yield (1, 0), f"{b} left out"
        yield (0, 1), f"{a} left out"
        yield (1, -1), f"− {b} for + {b}"
    elif op.name == "sub":
        yield (1, 0), f"{b} left out"
        yield (0, -1), f"{a} left out"
        yield (1, 1), f"+ {b} for − {b}"
    elif op.name == "mul":
        yield (1, 0), f"the factor {b} left out"
        yield (0, 1), f"the factor {a} left out"
    elif op.name == "div":
        yield (1, 0), f"the division by {b} left out"
    elif op.name in ("maximum", "minimum"):
        yield (1, 0), f"{op.name} left out: {a} everywhere"
        yield (0, 1), f"{op.name} left out: {b} everywhere"
    elif op.arity == 1:
        yield (1, 0), f"{op.name} left out"


def _recomputed(
    adjoints: Adjoints, altered: Sequence[int], coefficients: Linear
) -> dict[Edge, Array]:
    """The local derivatives that differ once some nodes are another function of their operands.

    Args:
        adjoints: the graph.
        altered: nodes that are a linear function of their operands instead.
        coefficients: those of that function.
    """
    values: dict[int, Array] = {}
    linear = set(altered)
    change: dict[Edge, Array] = {}
    for i in range(min(linear), len(adjoints.nodes)):
        op = adjoints.nodes[i].op
        if not isinstance(op, Op):
            continue
        operands = adjoints.operands[i]
        if i in linear:
            terms = [
                c * values.get(j, adjoints.values[j])
                for c, j in zip(coefficients, operands, strict=False)
                if c
            ]
            values[i] = np.sum(terms, axis=0)
            for k, _ in enumerate(operands):
                change[i, k] = np.full(adjoints.count, float(coefficients[k]))
            continue
        other = {x: values[j] for x, j in zip(op.operands, operands, strict=True) if j in values}
        if not other:
            continue
        values[i] = other["y"] = adjoints.evaluated(i, op.value, other)
        for k, d in enumerate(op.derivatives):
            numbers = adjoints.evaluated(i, d, other)
            if not np.array_equal(numbers, adjoints.local[i, k]):
                change[i, k] = numbers
    return change


def of_products(graph: Graph) -> list[Hypothesis]:
    """The derivative of a product as the product of the derivatives; of a quotient likewise."""
    adjoints = graph.adjoints
    words = {"mul": "product", "div": "quotient"}
    places = [
        (i, words[v.op.name])
        for i, v in enumerate(adjoints.nodes)
        if isinstance(v.op, Op) and v.op.name in words and adjoints.adjoint[i].any()
    ]
    if len(places) * len(adjoints.components) > 2000:
        return []
    found = []
    tangents = [adjoints.tangents(c) for c in range(len(adjoints.components))]
    for i, what in places:
        a, b = adjoints.operands[i]
        cost = 3.5 + 2.0 * (a == b)
        predicted = np.full(adjoints.true.shape, np.nan)
        with np.errstate(all="ignore"):
            for c, t in enumerate(tangents):
                if t[a].any() and t[b].any():
                    wrong = t[a] * t[b] if what == "product" else t[a] / t[b]
                    predicted[c] = adjoints.true[c] + adjoints.adjoint[i] * (wrong - t[i])
        if np.isfinite(predicted).any():
            text = f"{graph.at(i)}: the {what} of the derivatives stands for that of the {what}"
            line = graph.lines.get(i, 0)
            found.append(Hypothesis((what, i), f"{what} rule", text, cost, predicted, line))
    return found

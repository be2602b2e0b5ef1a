"""Mistakes that give the gradient of another function: an operation of f read as another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ...ops import Op
from .adjoints import Adjoints, Edge
from .graph import Graph, Hypothesis

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
    gated = any(_decides(adjoints, i) for i in range(len(adjoints.nodes)))
    for site, where in places.items():
        i, whole = where[0], len(where) > 1
        line = graph.lines.get(i, 0)
        for other, words in _alterations(graph, i, whole=whole):
            yield Hypothesis(
                ("altered", site, other),
                "another function",
                5.0,
                partial(_text, graph, i, whole, words),
                line,
                partial(_recomputed, adjoints, where, other),
            )
            if gated and not _decides(adjoints, i):
                yield Hypothesis(
                    ("gate", site, other),
                    "gate",
                    4.0,
                    partial(_gate_text, graph, i, whole, words),
                    line,
                    partial(_gates, adjoints, where, other),
                )


def _text(graph: Graph, i: int, whole: bool, words: str) -> str:
    return f"{graph.at(i, whole=whole)}: this is the gradient of f with {words}"


def _gate_text(graph: Graph, i: int, whole: bool, words: str) -> str:
    return f"{graph.at(i, whole=whole)}: the gate is decided with {words}"


def _gates(adjoints: Adjoints, where: Sequence[int], other: Linear) -> dict[Edge, Array]:
    """As ``_recomputed``, but only where a comparison decides."""
    change = _recomputed(adjoints, where, other)
    return {e: x for e, x in change.items() if e[0] not in where and _decides(adjoints, e[0])}


def _decides(adjoints: Adjoints, i: int) -> bool:
    op = adjoints.nodes[i].op
    return isinstance(op, Op) and op.name in ("maximum", "minimum", "relu", "abs")


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
    elif op.arity == 1 and op.name != "neg":
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


def of_derivatives(graph: Graph) -> Iterator[Hypothesis]:
    """Derivatives put together as the operands are: (u · v)′ = u′ · v′, f(u)′ = f′(u′) · u′."""
    adjoints, t = graph.adjoints, graph.adjoints.tangents
    if t is None:
        return
    words = {"mul": "product", "div": "quotient"}
    places: dict[Any, list[int]] = {}
    for i, v in enumerate(adjoints.nodes):
        if isinstance(v.op, Op) and graph.reached.issuperset(adjoints.operands[i]):
            made = adjoints.made.get(i)
            places.setdefault((made.site, v.op) if made else (i,), []).append(i)
    for site, where in places.items():
        op = adjoints.nodes[where[0]].op
        assert isinstance(op, Op)
        twin = 2.0 * (len(set(adjoints.operands[where[0]])) < op.arity)
        if op.name in words:
            what = words[op.name]
            said = f"the {what} of the derivatives stands for that of the {what}"
        elif op.name in ("add", "sub"):
            said, what = "the derivatives of the terms are multiplied, not added", "sum"
        elif op.arity == 1:
            said = "{name} is taken at the derivative of {a}, not at {a}"
            what = "own value"
        else:
            continue

        def text(said: str = said, i: int = where[0], whole: bool = len(where) > 1) -> str:
            words = graph.operand_words(i, whole=whole)
            name = f"{graph.adjoints.nodes[i].op.name}′"
            return f"{graph.at(i, whole=whole)}: {said.format(name=name, **words)}"

        yield Hypothesis(
            (what, site),
            f"{what} rule",
            3.5 + twin + 0.5 * (op.name not in words),
            text,
            graph.lines.get(where[0], 0),
            predict=partial(_put_together, adjoints, where, t),
        )


def _put_together(adjoints: Adjoints, where: Sequence[int], t: Array) -> Array:
    """The gradient if at some nodes the derivatives of the operands are put together."""
    predicted: Array = adjoints.true.copy()
    with np.errstate(all="ignore"):
        for i in where:
            op, (a, *b) = adjoints.nodes[i].op, adjoints.operands[i]
            assert isinstance(op, Op)
            flows = t[a].any(axis=-1) & (t[b[0]].any(axis=-1) if b else True)
            if op.name in ("add", "sub"):  # 1 · 1 is what 1 + 1 counted once is
                flows &= (np.ptp(t[a], axis=-1) > 0) | (np.ptp(t[b[0]], axis=-1) > 0)
            if op.arity == 1:
                there = {"a": t[a][:, None]}
                there["y"] = adjoints.at_all([i], op.value, there)
                wrong = adjoints.at_all([i], op.derivatives[0], there)[:, 0] * t[a]
            else:
                wrong = t[a] / t[b[0]] if op.name == "div" else t[a] * t[b[0]]
            predicted += np.where(flows[:, None], adjoints.adjoint[i] * (wrong - t[i]), 0.0)
    return predicted

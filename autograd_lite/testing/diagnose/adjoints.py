"""One graph at several points at once: numbers, gradients, and what a changed rule would give."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ...expr import compiled
from ...ops import TOTAL, Op
from ...value import Value
from ..problem import Component
from ..tracing import Made, Trace

Array = npt.NDArray[np.float64]
Edge = tuple[int, int]  # (place of the result among the nodes, which operand)
Change = Mapping[Edge, Array]  # local derivatives in place of the true ones
BATCH = 2_000_000  # numbers that one batch of changes may hold
_RULES: dict[tuple[str, tuple[str, ...]], Any] = {}


def structure(trace: Trace) -> tuple[Any, ...]:
    """Equal for two runs of f that did the same operations on the same things."""
    place = {v: i for i, v in enumerate(trace.nodes)}
    return tuple(
        (v.op.name if v.op is not None else v.label, v.parameter, *(place[x] for x in v.operands))
        for v in trace.nodes
    )


class Flows:
    """The graphs of one structure, each number an array over the points.

    Args:
        traces: runs of f with the same structure.
        components: the numbers of the gradient, in order.
    """

    def __init__(self, traces: Sequence[Trace], components: Sequence[Component]) -> None:
        first = traces[0]
        self.count, self.components = len(traces), list(components)
        self.nodes: list[Value] = first.nodes
        self.place = {v: i for i, v in enumerate(first.nodes)}
        self.names: dict[int, str] = {
            self.place[v]: n for v, n in first.names.items() if v in self.place
        }
        self.made: dict[int, Made] = {
            self.place[v]: m for v, m in first.made.items() if v in self.place
        }
        self.groups: dict[str, Any] = {n: self._places(x) for n, x in first.groups.items()}
        self.operands = [tuple(self.place[x] for x in v.operands) for v in first.nodes]
        self.values = np.array([[v.data for v in t.nodes] for t in traces]).T
        self.local: dict[Edge, Array] = {}
        for i, v in enumerate(first.nodes):
            for k in range(len(v.operands)):
                told = [t.nodes[i].local_gradients[k] for t in traces]
                self.local[i, k] = np.array(told)
        self.leaf = [self._leaf(first, c) for c in components]
        self.adjoint = self._pushed({})[:, 0]
        self.true = self.towards(self.adjoint)

    def _places(self, x: Any) -> Any:
        if isinstance(x, Value):
            return self.place.get(x)
        found = [self.place.get(v, -1) for v in x.flat]
        return np.array(found).reshape(x.shape)

    def _leaf(self, trace: Trace, c: Component) -> int | None:
        x = trace.leaves[c.parameter]
        return self.place.get(x[c.index] if c.index else x)

    def towards(self, adjoint: Array) -> Array:
        """The rows of an array over nodes that belong to the components."""
        nothing = np.zeros(adjoint.shape[1:])
        return np.array([nothing if i is None else adjoint[i] for i in self.leaf])

    def predicted(self, changes: Sequence[Change]) -> Array:
        """What each change makes of the gradient: (changes, components, points)."""
        size = max(1, BATCH // (len(self.nodes) * self.count))
        parts = [
            np.moveaxis(self.towards(self._pushed_together(changes[k : k + size])), 0, 1)
            for k in range(0, len(changes), size)
        ]
        shape = (0, len(self.components), self.count)
        return np.concatenate(parts) if parts else np.zeros(shape)

    def _pushed_together(self, changes: Sequence[Change]) -> Array:
        over: dict[Edge, list[tuple[int, Array]]] = {}
        for row, change in enumerate(changes):
            for edge, numbers in change.items():
                over.setdefault(edge, []).append((row, numbers))
        return self._pushed(over, len(changes))

    def _pushed(self, over: Mapping[Edge, list[tuple[int, Array]]], rows: int = 1) -> Array:
        """The backward pass of all changes at once: (nodes, changes, points)."""
        adjoint: Array = np.zeros((len(self.nodes), rows, self.count))
        adjoint[-1] = 1.0
        with np.errstate(all="ignore"):
            for i in range(len(self.nodes) - 1, -1, -1):
                for k, j in enumerate(self.operands[i]):
                    local = self.local[i, k]
                    adjoint[j] += adjoint[i] * local
                    for row, numbers in over.get((i, k), ()):
                        adjoint[j, row] += adjoint[i, row] * (numbers - local)
        return adjoint

    def tangents(self, c: int) -> Array:
        """The derivative of every node towards one component: (nodes, points)."""
        tangent: Array = np.zeros(self.values.shape)
        leaf = self.leaf[c]
        if leaf is None:
            return tangent
        tangent[leaf] = 1.0
        with np.errstate(all="ignore"):
            for i, operands in enumerate(self.operands):
                for k, j in enumerate(operands):
                    tangent[i] += self.local[i, k] * tangent[j]
        return tangent

    def magnitudes(self, *, rounded: bool = False) -> Array:
        """Σ |path products| towards each component: what rounding is measured by.

        With ``rounded`` a local derivative counts with the size of the terms it is made of, so
        that y · (1 − y) counts as |y| · (1 + |y|): what an equal formula may lose.
        """
        adjoint = np.zeros_like(self.values)
        adjoint[-1] = 1.0
        with np.errstate(all="ignore"):
            for i in range(len(self.nodes) - 1, -1, -1):
                for k, j in enumerate(self.operands[i]):
                    size = np.abs(self.local[i, k])
                    if rounded:
                        size = np.maximum(size, self.terms(i, k))
                    adjoint[j] += adjoint[i] * size
        return self.towards(adjoint)

    def terms(self, i: int, k: int) -> Array:
        """The size of what a local derivative is made of: |y| · (1 + |y|) for y · (1 − y)."""
        op = self.nodes[i].op
        if not isinstance(op, Op):
            return np.zeros(self.count)
        sizes: Array = np.abs(self.evaluated(i, sizes_of(op.derivatives[k]), size=True))
        return sizes

    def evaluated(
        self, i: int, text: str, other: Mapping[str, Array] | None = None, *, size: bool = False
    ) -> Array:
        """A formula in a, b, y and the row's parameter, at the numbers of a node.

        Args:
            i: the node.
            text: the formula.
            other: numbers to use in place of some.
            size: at the sizes of these numbers.
        """
        v = self.nodes[i]
        op = v.op
        assert isinstance(op, Op)
        numbers = dict(zip(op.operands, (self.values[j] for j in self.operands[i]), strict=True))
        numbers["y"] = self.values[i]
        numbers |= other or {}
        if op.parameter:
            numbers[op.parameter] = np.full(self.count, v.parameter)
        names = tuple(numbers)
        if (text, names) not in _RULES:
            _RULES[text, names] = compiled(text, names, TOTAL.__getitem__)
        rule = _RULES[text, names]
        rows = (np.abs(x) if size and n != op.parameter else x for n, x in numbers.items())
        with np.errstate(all="ignore"):
            return np.array([float(rule(*map(float, at))) for at in zip(*rows, strict=True)])

    def slope(self, i: int, text: str, x: str, other: Mapping[str, Array]) -> Array:
        """The derivative of a simple formula, ``a``, ``-b``, ``a + b``, by one of its names."""
        text = {
            "a - b": {"a": "1", "b": "-1"},
            "a + b": {"a": "1", "b": "1"},
            "-b": {"b": "-1"},
        }.get(text, {text: "1"}).get(x, "0")
        return self.evaluated(i, text, other)


@cache
def sizes_of(text: str) -> str:
    """The formula with every subtraction an addition: the size of what it is made of."""
    return ast.unparse(ast.fix_missing_locations(_Sizes().visit(ast.parse(text, mode="eval"))))


class _Sizes(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        if isinstance(node.op, ast.Pow):
            return node  # an exponent such as n − 1 is exact
        self.generic_visit(node)
        sign = ast.Add() if isinstance(node.op, ast.Sub) else node.op
        return ast.BinOp(node.left, sign, node.right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        return node.operand

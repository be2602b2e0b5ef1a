"""The reverse sweep of one graph at several points at once, with local derivatives changed.

``value.pushed_back`` sweeps over one graph of floats; here every number is an array over the
points, and a thousand changed copies of the graph are swept together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ...expr import compiled
from ...notation import Call, Expr, If, tree_of
from ...ops import OPS, TOTAL, Op
from ...program.arrays import function_of, numpys_functions
from ...value import Value
from ..problem import Component
from ..tracing import Made, Trace

Array = npt.NDArray[np.float64]
Edge = tuple[int, int]  # (place of the result among the nodes, which operand)
Change = Mapping[Edge, Array]  # local derivatives in place of the true ones
ADDED = -1  # in the place of an operand: see ``Adjoints._sweep``
BATCH = 2_000_000  # numbers that one batch of changes may hold
_RULES: dict[tuple[Any, ...], Any] = {}


class Adjoints:
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
                self.local[i, k] = np.array([t.nodes[i].local_gradients[k] for t in traces])
        self.leaf = [self._leaf(first, c) for c in components]
        self._latest: tuple[list[int], dict[str, Array]] = ([], {})

    @cached_property
    def adjoint(self) -> Array:
        """The derivative towards each node: (nodes, points)."""
        return self._pushed({})[:, 0]

    @cached_property
    def true(self) -> Array:
        """The derivative towards each component: (components, points)."""
        return self.towards(self.adjoint)

    def _places(self, x: Any) -> Any:
        if isinstance(x, Value):
            return self.place.get(x)
        found = [self.place.get(v, -1) for v in x.flat]
        return np.array(found).reshape(x.shape)

    def _leaf(self, trace: Trace, c: Component) -> int | None:
        x = trace.leaves[c.parameter]
        return self.place.get(x[c.index] if c.index else x)

    def without_what_cancels(self) -> Adjoints:
        """Without the paths that add up to 0, such as through the shift by the maximum in softmax.

        Nobody differentiates these, so a mistake elsewhere does not bring them back.
        """
        together: dict[Any, list[Edge]] = {}
        for i, k in self.local:
            if i in self.made:
                place = self.made[i].site, self.nodes[i].op, k, self.operands[i][k]
                together.setdefault(place, []).append((i, k))
        for edges in together.values():
            parts = np.array([self.adjoint[i] * self.local[i, k] for i, k in edges])
            paths = np.abs(parts).sum(axis=0)
            if (
                len(edges) > 1
                and (np.abs(parts.sum(axis=0)) <= 1e-11 * paths).all()
                and paths.all()
            ):
                for edge in edges:
                    self.local[edge] = np.zeros(self.count)
        return self

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
        """The reverse sweep of all changes at once: (nodes, changes, points)."""
        return self._sweep((len(self.nodes), rows, self.count), self.local.__getitem__, over)

    def _sweep(
        self,
        shape: tuple[int, ...],
        local: Callable[[Edge], Array],
        over: Mapping[Edge, list[tuple[int, Array]]],
    ) -> Array:
        """A reverse sweep over arrays; ``over`` has other local derivatives for some rows.

        At (i, ADDED) it has what is added to the derivative towards node i.
        """
        adjoint: Array = np.zeros(shape)
        adjoint[-1] = 1.0
        with np.errstate(all="ignore"):
            for i in range(len(self.nodes) - 1, -1, -1):
                for row, numbers in over.get((i, ADDED), ()):
                    adjoint[i, row] += numbers
                for k, j in enumerate(self.operands[i]):
                    slope = local((i, k))
                    adjoint[j] += adjoint[i] * slope
                    for row, numbers in over.get((i, k), ()):
                        adjoint[j, row] += adjoint[i, row] * (numbers - slope)
        return adjoint

    @cached_property
    def tangents(self) -> Array | None:
        """The derivative of every node towards each component: (nodes, components, points).

        ``None`` if that is too much to hold.
        """
        if len(self.nodes) * len(self.components) * self.count > BATCH:
            return None
        return self.tangents_from(self.leaf)

    def tangents_from(self, seeds: Sequence[int | None]) -> Array:
        """The derivative of every node towards some nodes: (nodes, seeds, points)."""
        tangent: Array = np.zeros((len(self.nodes), len(seeds), self.count))
        for row, i in enumerate(seeds):
            if i is not None:
                tangent[i, row] = 1.0
        held = {i for i in seeds if i is not None}
        with np.errstate(all="ignore"):
            for i, operands in enumerate(self.operands):
                if i not in held:
                    for k, j in enumerate(operands):
                        if tangent[j].any():  # of a constant exponent the slope may be NaN
                            tangent[i] += self.local[i, k] * tangent[j]
        return tangent

    def magnitudes(self) -> Array:
        """Σ |path products| towards each component: what rounding is measured by."""
        return self.towards(
            self._sweep(self.values.shape, lambda edge: np.abs(self.local[edge]), {})
        )

    def evaluated(
        self,
        i: int,
        formula: Expr | str,
        other: Mapping[str, Array] | None = None,
    ) -> Array:
        """A formula in a, b, y and the row's parameter, at the numbers of a node.

        Args:
            i: the node.
            formula: the formula: one of a row, or its tree.
            other: numbers to use in place of some.
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
        if (formula, names) not in _RULES:
            _RULES[formula, names] = compiled(formula, names, TOTAL.__getitem__)
        rule = _RULES[formula, names]
        rows = zip(*numbers.values(), strict=True)
        with np.errstate(all="ignore"):
            return np.array([float(rule(*map(float, at))) for at in rows])

    def inside(self, places: Sequence[int]) -> dict[str, npt.NDArray[np.int_]]:
        """The operands and results of several nodes of one operation, by their names in its row."""
        op = self.nodes[places[0]].op
        assert isinstance(op, Op)
        operands = np.array([self.operands[i] for i in places])
        named = {x: operands[:, k] for k, x in enumerate(op.operands)}
        return named | {"y": np.array(places)}

    def at_all(
        self,
        places: Sequence[int],
        formula: Expr | str,
        other: Mapping[str, Array] | None = None,
    ) -> Array:
        """As ``evaluated`` for several nodes of one operation at once: (places, points).

        ``other`` may have any axes before the last two.
        """
        if self._latest[0] != places:  # mistakes at one place follow each other
            self._latest = [*places], self._numbers_at(places)
        numbers = self._latest[1] | dict(other or {})
        rule = on_arrays(tree_of(formula), tuple(numbers))
        with np.errstate(all="ignore"):
            found = rule(*numbers.values())
        shape: tuple[int, ...] = (len(places), self.count)
        if other:
            shape = np.broadcast_shapes(*(n.shape for n in numbers.values()))
        found = found if np.shape(found) == shape else np.broadcast_to(found, shape)
        return np.array(found, dtype=float)

    def _numbers_at(self, places: Sequence[int]) -> dict[str, Array]:
        """The numbers that the rule of several nodes of one operation is in, by name."""
        op = self.nodes[places[0]].op
        assert isinstance(op, Op)
        numbers = {x: self.values[nodes] for x, nodes in self.inside(places).items()}
        if op.parameter:
            parameters = [float(self.nodes[i].parameter or 0.0) for i in places]
            numbers[op.parameter] = np.array(parameters)[:, None]
        return numbers


def on_arrays(tree: Expr, names: tuple[str, ...]) -> Callable[..., Any]:
    """A formula as a function of NumPy's arrays."""
    key = tree, names, "arrays"
    if key not in _RULES:
        _RULES[key] = function_of(tree, names, _functions(len(OPS)))
    rule: Callable[..., Any] = _RULES[key]
    return rule


@cache
def _functions(count: int) -> dict[str, Any]:
    """What a formula on arrays may call, once the table has so many rows."""
    return numpys_functions()


@cache
def sizes_of(formula: Expr | str) -> Expr:
    """The formula with every subtraction an addition: the size of what it is made of.

    >>> sizes_of("y * (1 - y)")
    Call('mul', (Name('y'), Call('add', (Number(1.0), Name('y')))))
    """
    tree = tree_of(formula)
    if isinstance(tree, If):
        return If(tree.test, sizes_of(tree.then), sizes_of(tree.other))
    if not isinstance(tree, Call) or tree.name == "pow":  # an exponent such as n − 1 is exact
        return tree
    arguments = tuple(map(sizes_of, tree.arguments))
    if tree.name == "neg":
        return arguments[0]
    return Call("add" if tree.name == "sub" else tree.name, arguments)

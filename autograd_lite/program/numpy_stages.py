"""The groups of a listing on arrays of one shape: what every run needs is bound once.

Most steps then are one call of a NumPy function, from views into a view: fresh memory and the
looking up of slices cost more than the arithmetic.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ..ops import Op

Array = npt.NDArray[Any]
Where = slice | Array
Step = Callable[[], Any]
_UFUNCS: dict[type, Any] = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply}
_UFUNCS |= {ast.Div: np.divide, ast.USub: np.negative}


@dataclass(frozen=True)
class Edges:
    """Where the gradients of a group go, towards one of its operands."""

    position: int
    local: float | None  # the local derivative where it is the same everywhere
    lines: Array | None  # which of the group's lines, those towards one slot side by side; all
    slots: Where  # each once
    starts: Array | None  # where each slot's lines begin; None if each has but one


@dataclass(frozen=True)
class Group:
    """Lines of one operation that do not wait for each other."""

    op: Op
    arguments: tuple[Where, ...]  # the slots of the operands and of the parameter
    out: slice
    edges: tuple[Edges, ...]


@dataclass(frozen=True)
class Function:
    """A formula on arrays; ``ufunc`` where it is one call of a ufunc on all its arguments."""

    run: Callable[..., Any]
    ufunc: Any = None
    argument: int | None = None  # it is this one of its arguments


def function_of(text: str, names: Sequence[str], space: dict[str, Any], source: str) -> Function:
    """A formula of the table: its text, its arguments' names, and its source on arrays."""
    run = eval(f"lambda {', '.join(names)}: {source}", space)
    part = ast.parse(text, mode="eval").body
    inside: list[ast.expr] = []
    ufunc = None
    if isinstance(part, ast.BinOp):
        ufunc, inside = _UFUNCS.get(type(part.op)), [part.left, part.right]
    elif isinstance(part, ast.UnaryOp):
        ufunc, inside = _UFUNCS.get(type(part.op)), [part.operand]
    elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
        ufunc, inside = space.get(part.func.id), part.args
    used = [x.id for x in inside if isinstance(x, ast.Name)]
    direct = isinstance(ufunc, np.ufunc) and used == [*names] and len(used) == len(inside)
    argument = None
    if isinstance(part, ast.Name) and part.id in names:
        argument = [*names].index(part.id)
    return Function(run, ufunc if direct else None, argument)


class Stages:
    """A forward and a backward pass over arrays that are kept.

    Args:
        groups: in order.
        functions: for each operation its value, and its local derivatives.
        shape: how many slots there are, then the samples' axis, if there is one.
        root: the slot of the output that is differentiated.
        wanted: slots whose gradients are wanted.
        summed: slots whose gradients are wanted as sums over the samples.

    Attributes:
        v: the number in every slot.
        g: the gradient in every slot that is wanted, after ``backward()``.
        sums: those that are wanted as sums, one number for each slot.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        functions: dict[Op, tuple[Function, ...]],
        shape: tuple[int, ...],
        root: int,
        wanted: Where,
        summed: Where,
    ) -> None:
        self.groups, self.functions, self.shape, self.root = groups, functions, shape, root
        self.v = np.empty(shape)
        self._wanted, self._summed = np.zeros((2, shape[0]), dtype=bool)
        self._wanted[wanted] = self._summed[summed] = True
        self._scratch: dict[str, Array] = {}
        self._values = [self._value(group) for group in groups]
        self._slopes: dict[bool, list[Step]] = {}  # by whether they are careful
        self._times: Callable[..., Any] = np.multiply

    def forward(self) -> Array:
        """Compute every slot from the inputs and constants in ``v``."""
        for step in self._values:
            step()
        return self.v

    def backward(self, *, careful: bool = False) -> Array:
        """Compute the gradients of the root from ``v``; returns ``g``.

        Args:
            careful: take 0 · ∞ as 0, as the engine does; slower.
        """
        if careful not in self._slopes:
            self._times = _chained if careful else np.multiply
            self._slopes[careful] = self._prepared()
        for zero in self._zeros:
            self.g[zero] = 0.0
        self.sums.fill(0.0)
        self.g[self.root] = 1.0
        for step in self._slopes[careful]:
            step()
        if len(self._late):
            self.sums[self._late] += self.g[self._late].sum(axis=1)
        return self.g

    # ---- forward --------------------------------------------------------------------------------

    def _value(self, group: Group) -> Step:
        f, v, out = self.functions[group.op][0], self.v, self.v[group.out]
        reads = [self._read(v, x, k) for k, x in enumerate(group.arguments)]
        if f.ufunc is not None and all(isinstance(r, np.ndarray) for r in reads):
            return partial(f.ufunc, *reads, out)
        run = f.run if f.ufunc is None else f.ufunc

        def step() -> None:
            given = [r if isinstance(r, np.ndarray) else r() for r in reads]
            if f.ufunc is not None:
                run(*given, out)
            else:
                out[...] = run(*given)

        return step

    def _read(self, array: Array, where: Where, k: int) -> Array | Callable[[], Array]:
        """Some rows: a view, or what copies them together."""
        if isinstance(where, slice):
            return array[where]
        room = self._room(f"read {k}", len(where))
        return partial(np.take, array, where, axis=0, out=room, mode="clip")

    def _room(self, name: str, rows: int) -> Array:
        """Memory for what lasts one step."""
        if name not in self._scratch or len(self._scratch[name]) < rows:
            self._scratch[name] = np.empty((rows, *self.shape[1:]))
        return self._scratch[name][:rows]

    # ---- backward -------------------------------------------------------------------------------

    def _prepared(self) -> list[Step]:
        """The steps back; what they write to is the same for all."""
        if not self._slopes:
            self.g = np.empty(self.shape)
            self.sums = np.zeros(self.shape[0])
        fresh = np.ones(self.shape[0], dtype=bool)  # not written so far
        fresh[self.root] = False
        cleared = np.zeros(self.shape[0], dtype=bool)
        slopes: list[Step] = []
        for group in reversed(self.groups):
            for edges in group.edges:
                if len(self.shape) > 1 and self._summed[edges.slots].all():
                    slopes.append(self._sum(group, edges))
                    continue
                first = bool(fresh[edges.slots].all())
                if not first:
                    cleared[edges.slots] |= fresh[edges.slots]
                fresh[edges.slots] = False
                slopes.append(self._slope(group, edges, first))
            if group.edges:
                cleared[group.out] |= fresh[group.out]  # no line above leads there
        cleared |= fresh & self._wanted
        self._late = np.flatnonzero(self._summed & ~fresh)  # not all of whose edges are summed
        ends = np.flatnonzero(np.diff(cleared.astype(int), prepend=0, append=0)).reshape(-1, 2)
        self._zeros = [slice(int(start), int(end)) for start, end in ends]
        return slopes

    def _slope(self, group: Group, edges: Edges, first: bool) -> Step:
        """What adds the terms of these edges to the gradients, or sets them."""
        g, slots, starts = self.g, edges.slots, edges.starts
        up = g[group.out]
        view = g[slots] if isinstance(slots, slice) else None
        if edges.lines is None and starts is None and view is not None:
            if edges.local == 1:
                return partial(np.copyto, view, up) if first else partial(np.add, view, up, view)
            term = self._term(group, edges, up, view if first else None)
            return term if first else lambda: np.add(view, term(), view)
        term = self._term(group, edges, up, None)
        lines = edges.lines
        chosen = None if lines is None else self._room("chosen", len(lines))

        def step() -> None:
            terms = term()
            if lines is not None:
                terms = np.take(terms, lines, axis=0, out=chosen, mode="clip")
            if starts is not None:
                terms = np.add.reduceat(terms, starts, axis=0)
            if first:
                g[slots] = terms
            else:
                g[slots] += terms

        return step

    def _term(
        self, group: Group, edges: Edges, up: Array, out: Array | None
    ) -> Callable[[], Array]:
        """What multiplies the gradients from above by the local derivatives."""
        if out is None:
            out = self._room("terms", len(up))
        if edges.local is not None:
            if edges.local == 1:
                return lambda: up
            return partial(self._times, up, edges.local, out)
        local, times = self._local(group, edges.position), self._times
        if isinstance(local, np.ndarray):
            return partial(times, up, local, out)
        return lambda: times(up, local(), out)

    def _local(self, group: Group, position: int) -> Array | Callable[[], Array]:
        """The local derivatives of a group's lines: a view, or what computes them."""
        f = self.functions[group.op][1 + position]
        where = (*group.arguments, group.out)
        if f.argument is not None:
            return self._read(self.v, where[f.argument], f.argument)
        reads = [self._read(self.v, x, k) for k, x in enumerate(where)]
        return lambda: f.run(*[r if isinstance(r, np.ndarray) else r() for r in reads])

    def _sum(self, group: Group, edges: Edges) -> Step:
        """What adds up the terms of these edges over the samples."""
        up, sums, starts = self.g[group.out], self.sums, edges.starts
        local = self._local(group, edges.position) if edges.local is None else edges.local
        times = self._times

        def step() -> None:
            if isinstance(local, float) and times is np.multiply:
                rows = up.sum(axis=1) * local
            else:
                slopes = local() if callable(local) else local
                if np.shape(slopes) != up.shape:
                    slopes = np.broadcast_to(slopes, up.shape)
                if times is _chained:
                    rows = _chained(up, slopes, np.empty(up.shape)).sum(axis=1)
                else:
                    rows = np.einsum("ij,ij->i", up, slopes)
            if edges.lines is not None:
                rows = rows[edges.lines]
            sums[edges.slots] += rows if starts is None else np.add.reduceat(rows, starts)

        return step


def _chained(up: Array, local: Array | float, out: Array) -> Array:
    """``ops.chained`` on arrays."""
    np.multiply(up, local, out)
    out[np.isnan(out) & ~np.isnan(up) & ~np.isnan(local)] = 0.0
    return out

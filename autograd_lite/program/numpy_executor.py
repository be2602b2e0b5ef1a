"""NumPy: the lines of a tape run in groups, each by one call on whole arrays.

A group holds lines of one operation of which none needs another's result.  NumPy's own functions
differ from Python's in the last bits, and what is summed is summed in another order;
``docs/programs.md`` says by how much.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..notation import Call, Compare, Logic, Name, Number
from ..ops import Op
from . import interpreter
from .arrays import function_of, numpys_functions
from .batch import Reduce, Samples, explain
from .pytree import array_row
from .tape import Tape
from .tracer import COMPARE

Array = npt.NDArray[Any]
Slots = slice | Array
_UFUNCS: dict[str, Any] = {"add": np.add, "sub": np.subtract, "mul": np.multiply}
_UFUNCS |= {"div": np.divide, "neg": np.negative}
SHAPES, ROOM = 16, 1 << 24  # arrays of so many shapes are kept, and values of so many bytes
BLOCK = 1 << 20  # bytes for the values of so many samples at a time: the processor's cache


@dataclass(frozen=True)
class Edges:
    """The edges from a group to one of its operands, along which gradients flow back."""

    local: Callable[..., Any]  # the local derivatives, from the arguments and the results
    one: bool  # whether they are all 1
    lines: Array | None  # which of the group's lines, those to one slot side by side; None: all
    slots: Slots  # where they lead, each once
    starts: Array | None  # where each slot's lines begin; None if each has but one


@dataclass(frozen=True)
class Group:
    """Lines of one operation that do not wait for each other."""

    value: Callable[..., Any]
    arguments: tuple[Slots, ...]  # of the operands and the parameter
    out: slice
    edges: tuple[Edges, ...]


class NumPyBackend:
    """One point, or many samples.

    Args:
        tape: what to compute.
        names: not used; the inputs' names.
        check: whether to check domains; guards are always checked.

    With samples every slot is a row of one number for each.
    """

    name = "numpy"
    reads = staticmethod(array_row)

    def __init__(self, tape: Tape, names: Sequence[str] = (), check: bool = True) -> None:
        self.tape, self.check = tape, check
        # Slots are numbered anew, group after group, so that most of them are slices.
        together = _together(tape)
        self._place = np.arange(tape.base + tape.size)
        for first, lines in zip(np.cumsum([0, *map(len, together)]), together, strict=False):
            self._place[lines + tape.base] = np.arange(len(lines)) + first + tape.base
        functions = numpys_functions()
        made = {op: _compiled(op, functions) for op in tape.rows}
        self.groups = [_group(tape, lines, self._place, made) for lines in together]
        self._inside = _domains(tape, functions, self._place) if check else []
        self._wrt = np.array(tape.wrt, dtype=np.intp)  # inputs keep their slots
        self._none = np.zeros(len(tape.wrt), dtype=bool)
        self._outputs = self._place[tape.outputs]
        self._kept: dict[Any, Passes] = {}
        self._lock = threading.Lock()  # of what is kept

    def _passes(self, samples: tuple[int, ...], summed: Array) -> Passes:
        """The passes over arrays for so many samples, kept for the next time."""
        key = samples, summed.tobytes()
        if key not in self._kept:
            sizes = [passes.v.nbytes for passes in self._kept.values()]
            while len(sizes) >= SHAPES or sum(sizes) > ROOM:
                sizes.pop(0)
                del self._kept[next(iter(self._kept))]
            shape = (self.tape.base + self.tape.size, *samples)
            passes = Passes(self.groups, shape, int(self._outputs[0]), self._wrt[summed])
            passes.v[self.tape.inputs : self.tape.base].T[...] = self.tape.constants
            self._kept[key] = passes
        return self._kept[key]

    def _all_hold(self, v: Array) -> bool:
        """Whether all guards hold and all operations are inside their domains."""
        for g in self.tape.guards:
            left, right = v[self._place[g.left]], v[self._place[g.right]]
            if not (COMPARE[g.sign](left, right) == g.held).all():
                return False
        return all(f(*(v[x] for x in columns)).all() for f, columns in self._inside)

    # ---- one point, many samples ----------------------------------------------------------------

    def outputs(self, numbers: Array) -> list[float]:
        """The outputs at one point."""
        with self._lock, np.errstate(all="ignore"):
            return [float(x) for x in self._at(numbers).v[self._outputs]]

    def value_and_grad(self, numbers: Array) -> tuple[float, Array]:
        """The output and its gradient at one point."""
        with self._lock, np.errstate(all="ignore"):
            passes = self._at(numbers)
            grads, _ = passes.backward(self._wrt)
            return float(passes.v[self._outputs[0]]), grads

    def _at(self, numbers: Array) -> Passes:
        passes = self._passes((), self._none)
        v = passes.forward([numbers])
        if not self._all_hold(v):
            interpreter.check(self.tape, v[self._place].tolist(), domains=self.check)
        return passes

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        tape, count = self.tape, samples.count
        step = max(16, BLOCK // (8 * (tape.base + tape.size)))
        values = np.empty((len(tape.outputs), count))
        varies = np.array(samples.varies, dtype=bool)[self._wrt] | (reduce is None)
        wanted = _sliced(self._wrt[varies])
        each = np.empty((int(varies.sum()), count))
        sums = np.zeros(len(varies) - len(each))
        for start in range(0, count, step):
            block = slice(start, min(start + step, count))
            with self._lock, np.errstate(all="ignore"):
                passes = self._passes((block.stop - start,), ~varies)
                v = passes.forward(samples.part(start, block.stop))
                if not self._all_hold(v):
                    explain(tape, samples.chunks, start, block.stop)
                values[:, block] = v[self._outputs]
                if gradient:
                    each[:, block], more = passes.backward(wanted)
                    sums += more
        outputs = values if reduce is None else getattr(np, reduce)(values, axis=1)
        scale = 1.0 / count if reduce == "mean" else 1.0
        if not gradient:
            return list(outputs), None
        if not varies.any():
            return list(outputs), sums * scale
        if varies.all():
            return list(outputs), each * scale
        rows, numbers = iter(each * scale), iter(sums * scale)
        return list(outputs), [next(rows) if own else next(numbers) for own in varies]


class Passes:
    """Both passes over arrays of one shape.

    Views are bound once and memory is kept: to look slices up and to ask for fresh memory costs
    more than the arithmetic.

    Args:
        groups: in order.
        shape: how many slots there are, then the samples' axis, if there is one.
        root: the slot of the output that is differentiated.
        summed: slots whose gradients are wanted as sums over the samples.

    Attributes:
        v, g: the number and the gradient in every slot.
    """

    def __init__(
        self, groups: Sequence[Group], shape: tuple[int, ...], root: int, summed: Array
    ) -> None:
        self.v, self.g, self.root, self._summed = np.zeros(shape), np.zeros(shape), root, summed
        self._sums = np.zeros(shape[0])
        self._is_summed = np.zeros(shape[0], dtype=bool)
        self._is_summed[summed] = len(shape) > 1
        self._in_rows = np.zeros(shape[0], dtype=bool)  # what gradients of single samples reach
        self._in_rows[root] = True
        self._times: list[Callable[..., Any]] = [np.multiply]  # for steps that do not hold self
        self._steps = [self._value(group) for group in groups]
        self._steps_back = [self._gradient(g, edges) for g in groups[::-1] for edges in g.edges]
        self._late = np.flatnonzero(self._is_summed & self._in_rows)

    def forward(self, given: Sequence[Array]) -> Array:
        """The number in every slot, from chunks of the inputs in their order."""
        v, start = self.v, 0
        for chunk in given:
            rows = v[start : start + len(chunk)]
            rows[...] = chunk[:, None] if v.ndim > chunk.ndim else chunk
            start += len(chunk)
        for step in self._steps:
            step()
        return v

    def backward(self, wanted: Slots) -> tuple[Array, Array]:
        """The gradients in the wanted slots, and the sums of those in the summed ones."""
        rows, sums = self._backward(np.multiply, wanted)
        if _has_nan(rows) or _has_nan(sums):  # 0 · ∞ is one of the reasons
            rows, sums = self._backward(_chained, wanted)
        return rows, sums

    def _backward(self, times: Callable[[Any, Any], Any], wanted: Slots) -> tuple[Array, Array]:
        self._times[0] = times
        self.g.fill(0.0)
        self.g[self.root] = 1.0
        self._sums.fill(0.0)
        for step in self._steps_back:
            step()
        if self._late.size:
            self._sums[self._late] += self.g[self._late].sum(axis=1)
        return self.g[wanted] + 0.0, self._sums[self._summed]  # a copy, without −0.0

    def _bound(self, f: Callable[..., Any], slots: Sequence[Slots]) -> Callable[[], Any]:
        """The function at the numbers in these slots: views of them, where that is possible."""
        v = self.v
        if all(isinstance(x, slice) for x in slots):
            return partial(f, *[v[x] for x in slots])
        return lambda: f(*[v[x] for x in slots])

    def _value(self, group: Group) -> Callable[[], Any]:
        """The step that computes the values of a group."""
        out = self.v[group.out]
        if isinstance(group.value, np.ufunc):
            return self._bound(group.value, (*group.arguments, group.out))
        values = self._bound(group.value, group.arguments)
        return lambda: np.copyto(out, values())

    def _gradient(self, group: Group, edges: Edges) -> Callable[[], Any]:
        """The step that adds the terms of these edges to the gradients, or to the sums."""
        up, g, slots, times = self.g[group.out], self.g, edges.slots, self._times
        lines, starts = edges.lines, edges.starts
        local = self._bound(edges.local, (*group.arguments, group.out))
        if self._is_summed[slots].all():
            return self._sum(up, local, edges)
        first = not self._in_rows[slots].any()
        self._in_rows[slots] = True
        if isinstance(slots, slice) and lines is starts is None:
            view = g[slots]
            if edges.one:
                return partial(np.copyto, view, up) if first else partial(np.add, view, up, view)
            if first:  # nothing to add to: that takes half the time
                return lambda: times[0](up, local(), view)
            return lambda: np.add(view, times[0](up, local()), view)

        def step() -> None:
            terms = up if edges.one else times[0](up, local())
            if lines is not None:
                terms = terms[lines]
            if starts is not None:
                terms = np.add.reduceat(terms, starts, axis=0)
            g[slots] += terms

        return step

    def _sum(self, up: Array, local: Callable[[], Any], edges: Edges) -> Callable[[], Any]:
        """The step that adds the terms of these edges over the samples."""
        lines, starts, sums, times = edges.lines, edges.starts, self._sums, self._times

        def step() -> None:
            slopes = 1.0 if edges.one else local()
            if times[0] is np.multiply and np.shape(slopes) == up.shape:
                terms = np.einsum("ij,ij->i", up, slopes)  # without an array of the products
            else:
                terms = times[0](up, slopes).sum(axis=1)
            if lines is not None:
                terms = terms[lines]
            sums[edges.slots] += terms if starts is None else np.add.reduceat(terms, starts)

        return step


def _has_nan(grads: Any) -> bool:
    """Whether there may be a NaN in a row of gradients, and so 0 · ∞ in what they are sums of."""
    largest = np.maximum.reduce(grads, axis=None, initial=0.0)  # NaN if there is one
    return bool(largest != largest)


def _chained(up: Array, local: Array | float, out: Array | None = None) -> Array:
    """``ops.chained`` on arrays."""
    terms = np.multiply(up, local, out)
    terms[np.isnan(terms) & ~np.isnan(up) & ~np.isnan(local)] = 0.0
    return terms


# ---- from the tape to groups --------------------------------------------------------------------


def _compiled(op: Op, functions: dict[str, Any]) -> list[Callable[..., Any]]:
    """An operation's value, a ufunc if it is one, and its local derivatives."""
    tree = op.value.tree
    value = function_of(tree, op.arguments, functions)
    if isinstance(tree, Call) and tree.arguments == tuple(map(Name, op.arguments)):
        ufunc = _UFUNCS.get(tree.name) or functions.get(tree.name)
        value = ufunc if isinstance(ufunc, np.ufunc) else value
    derivatives = [function_of(x.tree, (*op.arguments, "y"), functions) for x in op.derivatives]
    return [value, *derivatives]


def _together(tape: Tape) -> list[Array]:
    """The lines of each group; a line is one level above the highest of its operands."""
    level = [0] * (tape.base + tape.size)
    base, rows = tape.base, tape.rows
    two = [op.arity == 2 for op in rows]
    columns = zip(tape.code.tolist(), tape.a.tolist(), tape.b.tolist(), strict=True)
    for k, (code, a, b) in enumerate(columns, base):
        below = level[a]
        if two[code >> 2] and level[b] > below:
            below = level[b]
        level[k] = below + 1
    keys = np.array(level[base:], dtype=np.int64) * len(rows) + (tape.code >> 2)
    by_key = np.argsort(keys, kind="stable")
    bounds = np.flatnonzero(np.diff(keys[by_key], prepend=-1, append=-1))
    return [by_key[i:j] for i, j in pairwise(bounds)]


def _columns(tape: Tape, lines: Array, place: Array) -> list[Array]:
    """The slots of the arguments of some lines of one operation."""
    op = tape.rows[int(tape.code[lines[0]]) >> 2]
    columns = [place[tape.a[lines]]]
    if op.arity == 2:
        columns.append(place[tape.b[lines]])
    if op.parameter:
        columns.append(place[(tape.b if op.arity == 1 else tape.c)[lines]])
    return columns


def _group(
    tape: Tape, lines: Array, place: Array, made: dict[Op, list[Callable[..., Any]]]
) -> Group:
    op = tape.rows[int(tape.code[lines[0]]) >> 2]
    value, *derivatives = made[op]
    columns = _columns(tape, lines, place)
    edges = []
    reached = lines < tape.reach
    for i, local in enumerate(derivatives):
        which = np.flatnonzero((tape.code[lines] >> i & 1).astype(bool) & reached)
        if not which.size:
            continue
        slots, starts, kept = columns[i][which], None, None
        if len(np.unique(slots)) < len(slots):
            kept = which[np.argsort(slots, kind="stable")]
            slots, starts = np.unique(columns[i][kept], return_index=True)
        elif len(which) < len(lines):
            kept = which
        one = op.derivatives[i].tree == Number(1.0)
        edges.append(Edges(local, one, kept, _sliced(slots), starts))
    out = place[lines + tape.base]  # side by side, for so they were numbered
    arguments = tuple(map(_sliced, columns))
    return Group(value, arguments, slice(int(out[0]), int(out[-1]) + 1), tuple(edges))


def _sliced(slots: Array) -> Slots:
    """The slots as a slice where they are evenly apart: a view in place of a copy."""
    steps = np.diff(slots)
    step = int(steps[0]) if len(steps) else 1
    if len(slots) and step > 0 and (steps == step).all():
        return slice(int(slots[0]), int(slots[-1]) + 1, step)
    return slots


def _domains(
    tape: Tape, functions: dict[str, Any], place: Array
) -> list[tuple[Callable[..., Any], list[Array]]]:
    """For each operation with a domain, its condition and the slots to check."""
    rows = tape.code[tape.checked] >> 2
    found = []
    for k in np.unique(rows):
        op = tape.rows[int(k)]
        assert op.domain is not None
        nan = [Compare(("!=",), (Name(x), Name(x))) for x in op.arguments]
        inside = Logic("or", (op.domain.tree, *nan))
        condition = function_of(inside, op.arguments, functions)
        found.append((condition, _columns(tape, tape.checked[rows == k], place)))
    return found

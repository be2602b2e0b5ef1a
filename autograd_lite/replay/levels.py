"""NumPy: operations of one kind that do not wait for each other run together.

NumPy's own functions differ from Python's in the last bits, and what is summed is summed in
another order; ``docs/replay.md`` says by how much.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formula import array_source
from ..ops import Op
from . import careful
from .arrays import numpy_space
from .batch import Reduce, Samples, explain
from .listing import Listing
from .recording import COMPARE
from .structure import array_row

Array = npt.NDArray[Any]
_CACHE = 1 << 20  # bytes for the values of a block of samples


@dataclass(frozen=True)
class _Edges:
    """Where the gradients of a group go, towards one of its operands."""

    position: int
    local: float | None  # the local derivative where it is the same everywhere
    lines: Array | None  # which of the group's lines, those towards one slot side by side; all
    slots: slice | Array  # each once
    starts: Array | None  # where each slot's lines begin; None if each has but one

    def add(self, g: Array, terms: Array) -> None:
        """Add the lines' terms to the gradients."""
        terms = terms if self.lines is None else terms[self.lines]
        g[self.slots] += (
            terms if self.starts is None else np.add.reduceat(terms, self.starts, axis=0)
        )


@dataclass(frozen=True)
class _Group:
    """Lines of one operation and one level."""

    op: Op
    arguments: tuple[slice | Array, ...]  # the slots of the operands and of the parameter
    out: slice | Array
    edges: tuple[_Edges, ...]


class LevelBackend:
    """One point, or many samples, by NumPy on the groups.

    With samples every slot is a row of one number for each; so many samples at a time that the
    rows stay in the processor's cache.
    """

    name = "numpy"
    reads = staticmethod(array_row)

    def __init__(self, listing: Listing, names: Sequence[str] = (), check: bool = True) -> None:
        self.listing, self.check = listing, check
        # Slots are numbered anew, group after group, so that most indices are slices.
        together = _together(listing)
        self._place = np.arange(listing.base + listing.size)
        if together:
            self._place[np.concatenate(together) + listing.base] = self._place[listing.base :]
        self.groups = [_group(listing, lines, self._place) for lines in together]
        space = numpy_space()
        self._run: dict[Op, tuple[Callable[..., Any], ...]] = {}
        for op in listing.rows:
            texts = [(op.value, ())] + [(text, ("y",)) for text in op.derivatives]
            self._run[op] = tuple(
                eval(f"lambda {', '.join((*op.arguments, *more))}: {array_source(text)}", space)
                for text, more in texts
            )
        self._inside = _domains(listing, space, self._place) if check else []
        self._wrt = _index(np.array(listing.wrt, dtype=np.intp))
        self._outputs = self._place[listing.outputs]
        self._kept: dict[str, Array] = {}
        self._lock = threading.Lock()

    def _forward(self, given: Sequence[Any], samples: tuple[int, ...] = ()) -> Array:
        """The number in every slot; ``given`` are chunks of the inputs, in their order."""
        listing = self.listing
        v = self._space("v", samples)
        start = 0
        for chunk in given:
            rows = v[start : start + len(chunk)]
            rows[...] = chunk[:, None] if samples and chunk.ndim == 1 else chunk
            start += len(chunk)
        v[start : listing.base].T[...] = listing.constants
        for group in self.groups:
            v[group.out] = self._run[group.op][0](*(v[x] for x in group.arguments))
        return v

    def _space(self, name: str, samples: tuple[int, ...]) -> Array:
        """An array of all slots, kept for the next time: fresh memory costs more than the work."""
        shape = (self.listing.base + self.listing.size, *samples)
        if name not in self._kept or self._kept[name].shape != shape:
            self._kept[name] = np.empty(shape)
        return self._kept[name]

    def _check(self, v: Array) -> bool:
        """Whether all guards hold and all domains are kept."""
        for g in self.listing.guards:
            left, right = v[self._place[g.left]], v[self._place[g.right]]
            if not (COMPARE[g.sign](left, right) == g.held).all():
                return False
        return all(f(*(v[x] for x in group.arguments)).all() for f, group in self._inside)

    def _slopes(self, v: Array) -> Array:
        """The gradients towards ``wrt``."""
        g = self._space("g", v.shape[1:])
        g.fill(0.0)
        g[self._outputs[0]] = 1.0
        for group in reversed(self.groups):
            if not group.edges:
                continue
            up = g[group.out]
            known: list[Array] = []
            for edges in group.edges:
                if edges.local is not None:
                    edges.add(g, up if edges.local == 1 else up * edges.local)
                    continue
                known = known or [v[x] for x in (*group.arguments, group.out)]
                edges.add(g, up * self._run[group.op][1 + edges.position](*known))
        return np.array(g[self._wrt])  # a copy: g is kept

    def outputs(self, numbers: Array) -> list[float]:
        """The outputs at one point."""
        with self._lock, np.errstate(all="ignore"):
            v = self._at(numbers)
            return [float(x) for x in v[self._outputs]]

    def value_and_grad(self, numbers: Array) -> tuple[float, Array]:
        """The output and its gradient at one point."""
        with self._lock, np.errstate(all="ignore"):
            v = self._at(numbers)
            return float(v[self._outputs[0]]), self._slopes(v)

    def _at(self, numbers: Array) -> Array:
        v = self._forward([numbers])
        if not self._check(v):
            careful.check(self.listing, v[self._place].tolist(), domains=self.check)
        return v

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        listing = self.listing
        step = max(16, _CACHE // (8 * (listing.base + listing.size)))
        values: list[Array] = []
        slopes: list[Array] = []
        moving = samples.varies
        varies = np.array([moving[k] for k in listing.wrt], dtype=bool)
        total = np.zeros(len(listing.wrt))
        for start in range(0, samples.count, step):
            chunks = samples.part(start, start + step)
            count = min(step, samples.count - start)
            with self._lock, np.errstate(all="ignore"):
                v = self._forward(chunks, (count,))
                if not self._check(v):
                    explain(listing, samples.chunks, start, start + count)
                values.append(v[self._outputs])
                if gradient:
                    found = self._slopes(v)
                    if reduce is not None:
                        total += found.sum(axis=1)
                    slopes.append(found if reduce is None else found[varies])
        outputs: Any = np.concatenate(values, axis=1)
        if reduce is not None:
            outputs = getattr(np, reduce)(outputs, axis=1)
        grads: Any = None
        if gradient:
            scale = 1.0 / samples.count if reduce == "mean" else 1.0
            each = np.concatenate(slopes, axis=1) * scale
            if reduce is None:
                grads = each
            elif not varies.any():
                grads = total * scale
            else:
                rows = iter(each)
                grads = [
                    next(rows) if row else x for row, x in zip(varies, total * scale, strict=True)
                ]
        return list(outputs), grads


def _domains(
    listing: Listing, space: dict[str, Any], place: Array
) -> list[tuple[Callable[..., Any], _Group]]:
    """For each operation with a domain, its condition and the lines to check."""
    rows = listing.code[listing.checked] >> 2
    found = []
    for k in np.unique(rows):
        op = listing.rows[int(k)]
        nan = "".join(f" | ({x} != {x})" for x in op.arguments)
        text = f"({array_source(op.domain, condition=True)}){nan}"
        condition = eval(f"lambda {', '.join(op.arguments)}: {text}", space)
        found.append((condition, _group(listing, listing.checked[rows == k], place)))
    return found


def _together(listing: Listing) -> list[Array]:
    """The lines of each group; a line is one level above the highest of its operands."""
    level = [0] * (listing.base + listing.size)
    base, rows = listing.base, listing.rows
    two = [op.arity == 2 for op in rows]
    columns = zip(listing.code.tolist(), listing.a.tolist(), listing.b.tolist(), strict=True)
    for k, (code, a, b) in enumerate(columns, base):
        below = level[a]
        if two[code >> 2] and level[b] > below:
            below = level[b]
        level[k] = below + 1
    keys = np.array(level[base:], dtype=np.int64) * len(rows) + (listing.code >> 2)
    by_key = np.argsort(keys, kind="stable")
    bounds = np.flatnonzero(np.diff(keys[by_key], prepend=-1, append=-1))
    return [by_key[i:j] for i, j in pairwise(bounds)]


def _group(listing: Listing, lines: Array, place: Array) -> _Group:
    op = listing.rows[int(listing.code[lines[0]]) >> 2]
    columns = [place[listing.a[lines]]]
    if op.arity == 2:
        columns.append(place[listing.b[lines]])
    if op.parameter:
        columns.append(place[(listing.b if op.arity == 1 else listing.c)[lines]])
    edges = []
    reached = lines < listing.reach
    for i in range(op.arity):
        which = np.flatnonzero(((listing.code[lines] >> i) & 1).astype(bool) & reached)
        if which.size:
            slots, starts, kept = columns[i][which], None, None
            if len(np.unique(slots)) < len(slots):
                kept = which[np.argsort(slots, kind="stable")]
                slots, starts = np.unique(columns[i][kept], return_index=True)
            elif len(which) < len(lines):
                kept = which
            local = _constant(op.derivatives[i])
            edges.append(_Edges(i, local, kept, _index(slots), starts))
    where = tuple(map(_index, columns))
    return _Group(op, where, _index(place[lines + listing.base]), tuple(edges))


def _index(slots: Array) -> slice | Array:
    """The slots as a slice where they are evenly apart: a view in place of a copy."""
    if not len(slots):
        return slots
    steps = np.diff(slots)
    step = int(steps[0]) if len(steps) else 1
    if step > 0 and (steps == step).all():
        return slice(int(slots[0]), int(slots[-1]) + 1, step)
    return slots


def _constant(text: str) -> float | None:
    """The number that a rule is, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None

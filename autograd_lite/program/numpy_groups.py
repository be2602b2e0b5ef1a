"""NumPy: operations of one kind that do not wait for each other run together.

NumPy's own functions differ from Python's in the last bits, and what is summed is summed in
another order; ``docs/programs.md`` says by how much.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..expr import array_source
from ..ops import Op
from . import interpreter
from .arrays import numpy_space
from .batch import Reduce, Samples, explain
from .numpy_stages import Edges, Function, Group, Stages, Where, function_of
from .pytree import array_row
from .tape import Listing
from .tracer import COMPARE

Array = npt.NDArray[Any]
_CACHE = 1 << 20  # bytes for the values of a block of samples
_STAGES, _KEPT = 16, 1 << 24  # so many blocks, or bytes of their values, are kept ready


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
            new = np.arange(listing.base, listing.base + listing.size)
            self._place[np.concatenate(together) + listing.base] = new
        self.groups = [_group(listing, lines, self._place) for lines in together]
        space = numpy_space()
        self._functions: dict[Op, tuple[Function, ...]] = {}
        for op in listing.rows:
            texts = [(op.value, ())] + [(text, ("y",)) for text in op.derivatives]
            self._functions[op] = tuple(
                function_of(text, (*op.arguments, *more), space, array_source(text))
                for text, more in texts
            )
        self._inside = _domains(listing, space, self._place) if check else []
        self._wrt = np.array(listing.wrt, dtype=np.intp)
        self._each = np.ones(len(self._wrt), dtype=bool)
        self._outputs = self._place[listing.outputs]
        self._stages: dict[Any, Stages] = {}
        self._kinds: dict[Any, tuple[Array, Array, Where]] = {}
        self._lock = threading.Lock()

    def _ready(self, samples: tuple[int, ...], varies: Array) -> Stages:
        """The stages for so many samples; fresh memory costs more than the work.

        Args:
            samples: (count,), or () for one point.
            varies: for each of ``wrt``, whether the gradient of each sample is wanted, not sums.
        """
        key = samples, varies.tobytes()
        if key not in self._stages:
            kept = [stages.v.nbytes for stages in self._stages.values()]
            while kept and (len(kept) >= _STAGES or sum(kept) > _KEPT):
                kept.pop(0)
                del self._stages[next(iter(self._stages))]
            shape = (self.listing.base + self.listing.size, *samples)
            root, wrt = int(self._outputs[0]), self._wrt
            made = Stages(self.groups, self._functions, shape, root, wrt[varies], wrt[~varies])
            made.v[self.listing.inputs : self.listing.base].T[...] = self.listing.constants
            self._stages[key] = made
        return self._stages[key]

    def _forward(self, stages: Stages, given: Sequence[Any]) -> Array:
        """The number in every slot; ``given`` are chunks of the inputs, in their order."""
        v, start = stages.v, 0
        for chunk in given:
            rows = v[start : start + len(chunk)]
            rows[...] = chunk[:, None] if v.ndim > chunk.ndim else chunk
            start += len(chunk)
        return stages.forward()

    def _check(self, v: Array) -> bool:
        """Whether all guards hold and all domains are kept."""
        for g in self.listing.guards:
            left, right = v[self._place[g.left]], v[self._place[g.right]]
            if not (COMPARE[g.sign](left, right) == g.held).all():
                return False
        return all(f(*(v[x] for x in columns)).all() for f, columns in self._inside)

    def outputs(self, numbers: Array) -> list[float]:
        """The outputs at one point."""
        with self._lock, np.errstate(all="ignore"):
            v = self._at(numbers)
            return [float(x) for x in v[self._outputs]]

    def value_and_grad(self, numbers: Array) -> tuple[float, Array]:
        """The output and its gradient at one point."""
        with self._lock, np.errstate(all="ignore"):
            v = self._at(numbers)
            stages, wrt = self._ready((), self._each), _index(self._wrt)
            grads = stages.backward()[wrt] + 0.0  # a copy, without −0.0
            if interpreter.has_nan(grads):
                grads = stages.backward(careful=True)[wrt] + 0.0
            return float(v[self._outputs[0]]), grads

    def _at(self, numbers: Array) -> Array:
        v = self._forward(self._ready((), self._each), [numbers])
        if not self._check(v):
            interpreter.check(self.listing, v[self._place].tolist(), domains=self.check)
        return v

    def _wanted(self, samples: Samples, reduce: Reduce) -> tuple[Array, Array, Where]:
        """For each of ``wrt`` whether each sample's is wanted; the others' slots, and theirs."""
        key = samples.key, reduce is None
        if key not in self._kinds:
            varies = np.array(samples.varies, dtype=bool)[self._wrt] | (reduce is None)
            self._kinds[key] = varies, self._wrt[~varies], _index(self._wrt[varies])
        return self._kinds[key]

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        listing = self.listing
        step = max(16, _CACHE // (8 * (listing.base + listing.size)))
        values: list[Array] = []
        slopes: list[Array] = []  # of what varies, or of everything if each sample's is wanted
        varies, summed, each = self._wanted(samples, reduce)
        total = np.zeros(len(summed))
        for start in range(0, samples.count, step):
            chunks = samples.part(start, start + step)
            count = min(step, samples.count - start)
            with self._lock, np.errstate(all="ignore"):
                stages = self._ready((count,), varies)
                v = self._forward(stages, chunks)
                if not self._check(v):
                    explain(listing, samples.chunks, start, start + count)
                values.append(v[self._outputs])
                if gradient:
                    g = stages.backward()
                    if interpreter.has_nan(g[each]) or interpreter.has_nan(stages.sums[summed]):
                        g = stages.backward(careful=True)
                    total += stages.sums[summed]
                    slopes.append(np.array(g[each]))
        outputs: Any = np.concatenate(values, axis=1)
        if reduce is not None:
            outputs = getattr(np, reduce)(outputs, axis=1)
        if not gradient:
            return list(outputs), None
        scale = 1.0 / samples.count if reduce == "mean" else 1.0
        if not varies.any():
            return list(outputs), total * scale + 0.0
        rows = np.concatenate(slopes, axis=1) * scale + 0.0
        if varies.all():
            return list(outputs), rows
        found, sums = iter(rows), iter(total * scale + 0.0)
        return list(outputs), [next(found) if own else next(sums) for own in varies]


def _domains(
    listing: Listing, space: dict[str, Any], place: Array
) -> list[tuple[Callable[..., Any], list[Array]]]:
    """For each operation with a domain, its condition and the slots to check."""
    rows = listing.code[listing.checked] >> 2
    found = []
    for k in np.unique(rows):
        op = listing.rows[int(k)]
        assert op.domain is not None
        nan = "".join(f" | ({x} != {x})" for x in op.arguments)
        text = f"({array_source(op.domain, condition=True)}){nan}"
        condition = eval(f"lambda {', '.join(op.arguments)}: {text}", space)
        found.append((condition, _columns(listing, listing.checked[rows == k], place)))
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


def _columns(listing: Listing, lines: Array, place: Array) -> list[Array]:
    """The slots of the arguments of some lines of one operation."""
    op = listing.rows[int(listing.code[lines[0]]) >> 2]
    columns = [place[listing.a[lines]]]
    if op.arity == 2:
        columns.append(place[listing.b[lines]])
    if op.parameter:
        columns.append(place[(listing.b if op.arity == 1 else listing.c)[lines]])
    return columns


def _group(listing: Listing, lines: Array, place: Array) -> Group:
    op = listing.rows[int(listing.code[lines[0]]) >> 2]
    columns = _columns(listing, lines, place)
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
            edges.append(Edges(i, local, kept, _index(slots), starts))
    where = tuple(map(_index, columns))
    out = place[lines + listing.base]  # side by side, for so they were numbered
    return Group(op, where, slice(int(out[0]), int(out[-1]) + 1), tuple(edges))


def _index(slots: Array) -> Where:
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

"""Running straight-line C on many samples."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .batch import Reduce, Samples, explain
from .c_compiler import load
from .numpy_groups import LevelBackend
from .simd import LANES, Lanes, Place
from .tape import Listing

Array = npt.NDArray[Any]


class LanesBackend:
    """Samples of one kind: the same inputs vary, and the same results are wanted."""

    name = "c"

    def __init__(
        self, listing: Listing, varies: Sequence[bool], *, each: bool, gradient: bool, check: bool
    ) -> None:
        self.listing, self.check = listing, check
        self.lanes = Lanes(listing, varies, each=each, gradient=gradient, check=check)
        self._library = load(self.lanes.source, "-march=native")
        self._library.run.restype = ctypes.c_long
        self.run = self._library.run
        memory = np.empty(self.lanes.room + LANES)
        start = -memory.ctypes.data // 8 % LANES  # vectors begin at multiples of their size
        self.memory = memory[start:]
        self.lock = threading.Lock()  # C runs while other threads do
        self.orders = [self._order(self.lanes.outputs), self._order(self.lanes.grads)]

    @staticmethod
    def _order(places: Sequence[Place]) -> slice | Array | None:
        """Where results are that are all sums."""
        if not places or not all(place.summed for place in places):
            return None
        at = np.array([place.at for place in places])
        return slice(at[0], at[-1] + 1) if (np.diff(at) == 1).all() else at

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        room = self.room(samples)
        sums, y, nan = room.run(room.targets, samples.chunks, reduce)
        if gradient and nan:
            return LevelBackend(self.listing, check=self.check).batch(samples, reduce, gradient)
        return self.results(sums, y)

    def room(self, samples: Samples) -> Room:
        """Arrays for so many samples."""
        return Room(self, samples)

    def results(self, sums: Array, y: Array) -> tuple[Any, Any]:
        """(values, gradients) out of sums over samples and rows of samples."""
        found: list[Any] = []
        places: Sequence[Place]
        for places, order in zip((self.lanes.outputs, self.lanes.grads), self.orders, strict=True):
            if order is not None:
                found.append(sums[order])
            else:
                found.append([(sums if p.summed else y)[p.at] for p in places])
        return found[0], found[1]


class _Job(ctypes.Structure):
    """What C is told, as in ``lanes.py``."""

    _fields_ = (
        ("n", ctypes.c_long),
        *((name, ctypes.c_void_p) for name in ("s", "x", "y", "sums", "room")),
        ("scale", ctypes.c_double),
    )


class Room:
    """The arrays that C reads and writes for batches of one shape, kept from batch to batch."""

    def __init__(self, backend: LanesBackend, samples: Samples) -> None:
        lanes = backend.lanes
        self.backend, self.count = backend, samples.count
        shared, x = np.empty(lanes.shared), np.empty((lanes.rows, samples.count))
        self._y, self._sums = np.empty((lanes.columns, samples.count)), np.empty(lanes.sums)
        arrays = (shared, x, self._y, self._sums, backend.memory)
        self._job = _Job(self.count, *[array.ctypes.data for array in arrays], 1.0)
        self._told = ctypes.byref(self._job)
        self.targets: list[Array] = []  # where each chunk goes
        at = [0, 0, 0]
        for chunk in samples.chunks:
            start, end = at[chunk.ndim], at[chunk.ndim] + len(chunk)
            self.targets.append((shared if chunk.ndim == 1 else x)[start:end])
            at[chunk.ndim] = end

    def run(
        self, targets: Sequence[Array], chunks: Sequence[Array], reduce: Reduce
    ) -> tuple[Array, Array, bool]:
        """(sums over samples, rows of samples, whether there is a NaN among them)."""
        backend, job = self.backend, self._job
        with backend.lock:
            for target, chunk in zip(targets, chunks, strict=True):
                target[...] = chunk
            job.scale = 1.0 / self.count if reduce == "mean" else 1.0
            bad = backend.run(self._told)
            sums, y = self._sums.copy(), self._y.copy() if self._y.size else self._y
        if bad >= 0:
            explain(backend.listing, self.targets, bad, min(bad + LANES, self.count))
        return sums, y, bad == -2


class Ready:
    """A room for arrays of certain shapes, which need no looking into before they are copied.

    Args:
        room: where they go.
        arguments: arrays of these shapes.
        reduce: what the samples are reduced by.
        shape: of the gradient, if it is one array.
        lay_out: how gradients are laid out else.
    """

    def __init__(
        self,
        room: Room,
        arguments: Sequence[Array],
        reduce: Reduce,
        shape: tuple[int, ...] | None,
        lay_out: Callable[[Any], Any],
    ) -> None:
        self.room, self.reduce, self.lay_out = room, reduce, lay_out
        self.shapes = [x.shape for x in arguments]
        self.targets = [  # laid out as the arguments: samples first
            target.T if target.ndim == x.ndim == 2 else target.reshape(x.shape)
            for target, x in zip(room.targets, arguments, strict=True)
        ]
        self.value = room.backend.lanes.outputs[0]
        grads = room.backend.orders[1]
        self.grads = grads if shape and isinstance(grads, slice) and self.value.summed else None
        self.shape = shape

    def run(self, arguments: Sequence[Any]) -> Any:
        """(value, gradients), or ``None`` where the arguments are not such arrays, or NaN comes."""
        if len(arguments) != len(self.shapes):
            return None
        for x, shape in zip(arguments, self.shapes, strict=True):
            if type(x) is not np.ndarray or x.shape != shape or x.dtype.kind not in "fiub":
                return None
        sums, y, nan = self.room.run(self.targets, arguments, self.reduce)
        if nan:
            return None
        if self.grads is None:
            values, grads = self.room.backend.results(sums, y)
            return float(values[0]), self.lay_out(grads)
        return sums.item(self.value.at), sums[self.grads].reshape(self.shape)

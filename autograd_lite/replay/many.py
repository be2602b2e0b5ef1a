"""Running straight-line C on many samples."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .batch import Reduce, Samples, explain
from .compiler import load
from .lanes import LANES, Lanes, Place
from .listing import Listing

Array = npt.NDArray[Any]


class LanesBackend:
    """Samples of one kind: the same inputs vary, and the same results are wanted."""

    name = "c"

    def __init__(
        self, listing: Listing, varies: Sequence[bool], *, each: bool, gradient: bool, check: bool
    ) -> None:
        self.listing = listing
        self.lanes = Lanes(listing, varies, each=each, gradient=gradient, check=check)
        self._library = load(self.lanes.source, "-march=native")
        self._library.run.argtypes = [ctypes.c_long] + [ctypes.c_void_p] * 5
        self._library.run.restype = ctypes.c_long
        self.run = self._library.run
        memory = np.empty(self.lanes.room + LANES)
        start = -memory.ctypes.data // 8 % LANES  # vectors begin at multiples of their size
        self.memory = memory[start:]
        self.lock = threading.Lock()  # C runs while other threads do
        self._orders = [self._order(self.lanes.outputs), self._order(self.lanes.grads)]

    @staticmethod
    def _order(places: Sequence[Place]) -> slice | Array | None:
        """Where results are that are all sums."""
        if not places or not all(place.summed for place in places):
            return None
        at = np.array([place.at for place in places])
        return slice(at[0], at[-1] + 1) if (np.diff(at) == 1).all() else at

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        return self.room(samples).run(samples.chunks, reduce)

    def room(self, samples: Samples) -> Room:
        """Arrays for so many samples."""
        return Room(self, samples)

    def results(self, sums: Array, y: Array) -> tuple[Any, Any]:
        """(values, gradients) out of sums over samples and rows of samples."""
        found: list[Any] = []
        places: Sequence[Place]
        for places, order in zip((self.lanes.outputs, self.lanes.grads), self._orders, strict=True):
            if order is not None:
                found.append(sums[order])
            else:
                found.append([(sums if p.summed else y)[p.at] for p in places])
        return found[0], found[1]


class Room:
    """The arrays that C reads and writes for batches of one shape, kept from batch to batch."""

    def __init__(self, backend: LanesBackend, samples: Samples) -> None:
        lanes = backend.lanes
        self.backend, self.count = backend, samples.count
        shared, x = np.empty(lanes.shared), np.empty((lanes.rows, samples.count))
        self._y, self._sums = np.empty((lanes.columns, samples.count)), np.empty(lanes.sums)
        arrays = (shared, x, self._y, self._sums, backend.memory)
        self._pointers = [array.ctypes.data for array in arrays]
        self.targets: list[Array] = []  # where each chunk goes
        at = [0, 0, 0]
        for chunk in samples.chunks:
            start, end = at[chunk.ndim], at[chunk.ndim] + len(chunk)
            self.targets.append((shared if chunk.ndim == 1 else x)[start:end])
            at[chunk.ndim] = end

    def run(self, chunks: Sequence[Array], reduce: Reduce) -> tuple[Any, Any]:
        """(values, gradients) of the samples in ``chunks``, one for each of ``targets``."""
        backend = self.backend
        scale = 1.0 / self.count if reduce == "mean" else 1.0
        with backend.lock:
            for target, chunk in zip(self.targets, chunks, strict=True):
                target[...] = chunk
            bad = backend.run(self.count, *self._pointers)
            sums, y = self._sums * scale, self._y * scale if self._y.size else self._y
        if bad >= 0:
            explain(backend.listing, self.targets, bad, min(bad + LANES, self.count))
        return backend.results(sums, y)

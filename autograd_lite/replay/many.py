"""Running many samples in C: straight-line code on vectors where it is short, else the table."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import explain
from .batch import Reduce, Samples
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
        self._shared, self._sums = np.empty(self.lanes.shared), np.empty(self.lanes.sums)
        room = np.empty(self.lanes.room + LANES)
        start = -room.ctypes.data // 8 % LANES  # vectors begin at whole multiples of their size
        self._room = room[start:]
        self._x = self._y = np.empty((0, 0))
        self._pointers: list[int] = []
        self._lock = threading.Lock()  # C runs while other threads do
        self._orders = [self._order(self.lanes.outputs), self._order(self.lanes.grads)]

    def _make_room(self, count: int) -> None:
        """Arrays for so many samples, kept for the next time."""
        if self._pointers and self._x.shape[1] == count:
            return
        self._x = np.empty((self.lanes.rows, count))
        self._y = np.empty((self.lanes.columns, count))
        arrays = (self._shared, self._x, self._y, self._sums, self._room)
        self._pointers = [each.ctypes.data for each in arrays]

    @staticmethod
    def _order(places: Sequence[Place]) -> Array | None:
        """The indices of results that are all sums."""
        if places and all(place.summed for place in places):
            return np.array([place.at for place in places])
        return None

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        lanes, count = self.lanes, samples.count
        with self._lock:
            self._make_room(count)
            at = [0, 0, 0]
            for chunk in samples.chunks:
                start, end = at[chunk.ndim], at[chunk.ndim] + len(chunk)
                (self._shared if chunk.ndim == 1 else self._x)[start:end] = chunk
                at[chunk.ndim] = end
            bad = self._library.run(count, *self._pointers)
            y, sums = self._y.copy(), self._sums.copy()
        if bad >= 0:
            columns = samples.columns()
            for sample in range(bad, min(bad + LANES, count)):
                explain(self.listing, columns, sample)
            raise AssertionError("the careful run found nothing wrong")
        if reduce == "mean":
            sums /= count
            y /= count
        found = []
        for places, order in zip((lanes.outputs, lanes.grads), self._orders, strict=True):
            if order is not None:
                found.append(sums[order])
            else:
                found.append([(sums if p.summed else y)[p.at] for p in places])
        return found[0], found[1] if gradient else None

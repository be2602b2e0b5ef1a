"""Running straight-line C on many samples."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

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
        self._x = np.empty((self.lanes.rows, count))
        self._y = np.empty((self.lanes.columns, count))
        arrays = (self._shared, self._x, self._y, self._sums, self._room)
        self._pointers = [each.ctypes.data for each in arrays]

    @staticmethod
    def _order(places: Sequence[Place]) -> slice | Array | None:
        """Where results are that are all sums."""
        if not places or not all(place.summed for place in places):
            return None
        at = np.array([place.at for place in places])
        return slice(at[0], at[-1] + 1) if (np.diff(at) == 1).all() else at

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        lanes, count = self.lanes, samples.count
        with self._lock:
            if self._x.shape[1] != count or not self._pointers:
                self._make_room(count)
            shared, x = 0, 0
            for chunk in samples.chunks:
                n = len(chunk)
                if chunk.ndim == 1:
                    self._shared[shared : shared + n] = chunk
                    shared += n
                else:
                    self._x[x : x + n] = chunk
                    x += n
            bad = self._library.run(count, *self._pointers)
            scale = 1.0 / count if reduce == "mean" else 1.0
            sums, y = self._sums * scale, self._y * scale if lanes.columns else self._y
        if bad >= 0:
            samples.explain(self.listing, bad, bad + LANES)
        found: list[Any] = []
        for places, order in zip((lanes.outputs, lanes.grads), self._orders, strict=True):
            if order is not None:
                found.append(sums[order])
            else:
                found.append([(sums if p.summed else y)[p.at] for p in places])
        return found[0], found[1] if gradient else None

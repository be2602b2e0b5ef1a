"""Arrays of Values on which ``np.maximum``, ``np.minimum`` and ``np.clip`` are operations.

Of plain object arrays NumPy compares the elements and picks one of them; the branch that was not
taken would then leave nothing in the graph.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import function

_maximum, _minimum = function("maximum"), function("minimum")
_OPERATIONS: dict[str, Any] = {
    "maximum": _maximum,
    "minimum": _minimum,
    "clip": lambda x, low, high: _minimum(_maximum(x, low), high),
}


class ValueArray(np.ndarray):
    """An array of Values as f receives it; whatever NumPy computes from it is one, too."""

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        given = [_plain(x) for x in inputs]
        operation = _OPERATIONS.get(ufunc.__name__) if method == "__call__" else None
        if out is not None:
            options["out"] = tuple(map(_plain, out))
        if operation is not None and not options:
            found = operation(*(np.asarray(x) if isinstance(x, list) else x for x in given))
        else:
            found = getattr(ufunc, method)(*given, **options)
        if out is not None:
            return out[0]
        return found.view(ValueArray) if isinstance(found, np.ndarray) else found


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, ValueArray) else x

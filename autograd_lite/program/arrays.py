"""The calculus table on arrays: the names that a formula uses, as functions of whole arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..expr import array_source
from ..ops import CONSTANTS, OPS, PRIMITIVES

Array = npt.NDArray[Any]
_NUMPYS = {"pow": "power", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}
_NUMPYS |= {"atan2": "arctan2", "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"}


def space_of(primitive: Callable[[str], Any], where: Any) -> dict[str, Any]:
    """The names that a program on arrays uses: the primitives, and every row on top of them."""
    space: dict[str, Any] = {"where": where, **CONSTANTS}
    space |= {name: primitive(name) for name in PRIMITIVES}
    for name, op in OPS.items():
        if name not in space:
            text = f"lambda {', '.join(op.arguments)}: {array_source(op.value)}"
            function = eval(text, space)
            if op.default is not None:
                function.__defaults__ = (op.default,)
            space[name] = function
    return space


def _numpys(name: str) -> Any:
    if name in ("erf", "erfc"):  # NumPy has none
        return np.vectorize(PRIMITIVES[name][0], otypes=[float])
    if name == "floor":
        return lambda x: np.floor(x) + 0.0  # ⌊−0⌋ is 0 in Python
    return PRIMITIVES[name][1]


def numpy_space() -> dict[str, Any]:
    """The names that a program on NumPy's arrays uses."""
    return space_of(_numpys, np.where)

"""The calculus table on arrays: formulas as functions of NumPy's arrays, JAX's or PyTorch's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..expr import NumPy
from ..notation import Expr
from ..ops import CONSTANTS, OPS, PRIMITIVES


def function_of(
    tree: Expr, parameters: Sequence[str], functions: dict[str, Any]
) -> Callable[..., Any]:
    """A formula as a function of arrays, given the functions that it may call."""
    made: Callable[..., Any] = eval(
        f"lambda {', '.join(parameters)}: {NumPy().text(tree)}", functions
    )
    return made


def functions_on(primitive: Callable[[str], Any], where: Any) -> dict[str, Any]:
    """What a formula on arrays may call: the primitives, and every row of the table."""
    functions: dict[str, Any] = {"where": where, **CONSTANTS}
    functions |= {name: primitive(name) for name in PRIMITIVES}
    for name, op in OPS.items():
        if name not in functions:
            functions[name] = function_of(op.value.tree, op.arguments, functions)
            if op.default is not None:
                functions[name].__defaults__ = (op.default,)
    return functions


def _numpys(name: str) -> Any:
    if name in ("erf", "erfc"):  # NumPy has none
        return np.vectorize(PRIMITIVES[name][0], otypes=[float])
    if name == "floor":
        return lambda x: np.floor(x) + 0.0  # ⌊−0⌋ is 0 in Python
    return PRIMITIVES[name][1]


def numpys_functions() -> dict[str, Any]:
    """What a formula on NumPy's arrays may call."""
    return functions_on(_numpys, np.where)

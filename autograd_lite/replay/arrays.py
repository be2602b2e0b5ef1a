"""Straight-line programs on whole arrays: NumPy's, and those of JAX and PyTorch.

NumPy's own functions differ from Python's in the last bits, and a sum over samples is taken
pairwise; see ``docs/replay.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formula import array_source
from ..ops import CONSTANTS, OPS, PRIMITIVES
from . import careful
from .batch import Reduce, Samples, reduced
from .listing import Listing
from .straight import ARRAYS, Straight

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


class ArrayBackend:
    """Many samples at a time, by straight-line NumPy."""

    name = "numpy"

    def __init__(self, listing: Listing, names: Sequence[str], check: bool = True) -> None:
        self.listing, self.names, self.check = listing, names, check
        self._made: dict[bool, Callable[..., Any]] = {}

    def source(self, gradient: bool) -> str:
        """The source of the program on arrays."""
        name = "value_and_grad" if gradient else "program"
        return Straight(self.listing, self.names, ARRAYS, checks=self.check).function(
            name, gradient
        )

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        values = self.run(samples.columns(), gradient)
        grads: Any = None
        if gradient:
            value, rows = values
            moving = samples.varies
            varies = [moving[k] for k in self.listing.wrt]
            grads = reduced(rows, varies, samples.count, reduce)
            values = [value]
        elif not isinstance(values, tuple):
            values = [values]
        outputs = [np.broadcast_to(x, samples.count) for x in values]
        if reduce is not None:
            outputs = [getattr(np, reduce)(x) for x in outputs]
        return [x if x.ndim else float(x) for x in outputs], grads

    def run(self, columns: Sequence[Any], gradient: bool) -> Any:
        """Outputs, or (output, gradients): each an array over the samples, or one number.

        Args:
            columns: for each input an array over the samples, or a NumPy scalar.
            gradient: whether to compute gradients too.

        Raises:
            GuardError, DomainError: for the first sample where it is so, by its number.
        """
        if gradient not in self._made:
            space = numpy_space()
            space |= {"guard": self._guard, "inside": self._inside}
            exec(self.source(gradient), space)
            self._made[gradient] = space["value_and_grad" if gradient else "program"]
        try:
            with np.errstate(all="ignore"):
                return self._made[gradient](*columns)
        except _Doubt as doubt:
            self._explain(columns, doubt.sample)
            raise AssertionError("the careful run found nothing wrong") from None

    def _guard(self, k: int, mask: Any) -> None:
        held = np.asarray(mask) == self.listing.guards[k].held
        if not held.all():
            raise _Doubt(int(np.argmin(held)) if held.ndim else 0)

    def _inside(self, k: int, mask: Any) -> None:
        inside = np.asarray(mask)
        if not inside.all():
            raise _Doubt(int(np.argmin(inside)) if inside.ndim else 0)

    def _explain(self, columns: Sequence[Any], sample: int) -> None:
        explain(self.listing, columns, sample)


def explain(listing: Listing, columns: Sequence[Any], sample: int) -> None:
    """Run one sample with care, so that the error that it raises tells its number."""
    numbers = [float(x[sample]) if np.ndim(x) else float(x) for x in columns]
    try:
        careful.values(listing, numbers)
    except (careful.GuardError, ValueError) as error:
        raise type(error)(f"sample {sample}: {error}") from None


class _Doubt(Exception):  # noqa: N818 – a turn of the road, never seen outside
    def __init__(self, sample: int) -> None:
        self.sample = sample

"""A program as a function of JAX's arrays or PyTorch's tensors.

The functions are looked up by NumPy's names in ``jax.numpy`` or ``torch``, so a program runs
under ``jax.jit`` and ``jax.vmap``, and its result can be differentiated by those libraries too.
Domains are not checked there: under ``jit`` there are no numbers to look at.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import GuardError
from ..expr import NumPy
from ..ops import PRIMITIVES, chained
from .arrays import functions_on
from .batch import Reduce
from .codegen import CodeWriter
from .tape import Tape

# Where it is not called as here: array libraries follow NumPy, PyTorch knows both.
_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2"}
_NAMES |= {"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh"}
_LIBRARIES = {"jax": "jax", "jaxlib": "jax", "torch": "torch"}


def library_of(arguments: Iterable[Any]) -> str:
    """``"jax"`` or ``"torch"`` if an argument, however nested, is an array of it; else empty."""
    for x in arguments:
        if isinstance(x, float | int | np.ndarray | str):
            continue
        found = _LIBRARIES.get(type(x).__module__.partition(".")[0], "")
        if not found and isinstance(x, dict | list | tuple):
            found = library_of(x.values() if isinstance(x, dict) else x)
        if found:
            return found
    return ""


def elements(x: Any, shape: tuple[int, ...], where: str) -> list[Any]:
    """The numbers of ``x`` by position, each over whatever axes come before those of ``shape``."""
    if not shape:
        return [x]
    given = tuple(np.shape(x))
    if given[len(given) - len(shape) :] != shape:
        raise ValueError(f"{where} has shape {given}; the program takes (…, *{shape})")
    x = np.asarray(x) if isinstance(x, list | tuple) else x
    return [x[(..., *at)] for at in np.ndindex(*shape)]


class LibraryBackend:
    """The program on arrays of ``"jax"`` or ``"torch"``, of any shape, element by element.

    Raises:
        GuardError: the program holds for one branch only, which cannot be checked there.
    """

    def __init__(self, library: str, tape: Tape, names: Sequence[str]) -> None:
        if tape.guards:
            raise GuardError(
                f"the program is valid for one branch only, by {len(tape.guards)} comparisons, "
                f"and these cannot be checked on arrays of {library}; use where or maximum"
            )
        self._torch, self._wrt = library == "torch", tape.wrt
        self._module: Any = importlib.import_module("torch" if self._torch else "jax.numpy")
        self._special = importlib.import_module("torch" if self._torch else "jax.scipy.special")
        self._functions = functions_on(self._primitive, self._where) | {"chained": self._chained}
        code = CodeWriter(tape, names, NumPy(), product="chained")
        exec(code.function("program", False), self._functions)
        if len(tape.outputs) == 1:
            exec(code.function("value_and_grad", True), self._functions)

    def _array(self, x: Any) -> Any:
        """A plain number as an array, which PyTorch insists on."""
        return self._module.as_tensor(x, dtype=self._module.float64) if self._torch else x

    def _where(self, condition: Any, x: Any, y: Any) -> Any:
        condition = self._module.as_tensor(condition) if self._torch else condition
        return self._module.where(condition, x, y)

    def _chained(self, upstream: Any, local: Any) -> Any:
        """``ops.chained`` on arrays."""
        if isinstance(upstream, float) and isinstance(local, float):
            return chained(upstream, local)
        product = upstream * local
        # NaN, though neither factor is, comes of 0 · ∞; 1.3 times as fast as comparing with both.
        made = (product != product) & (upstream == upstream) & (local == local)
        return self._where(made, 0.0, product)

    def _primitive(self, name: str) -> Callable[..., Any]:
        plain = PRIMITIVES[name][0]
        module = self._special if name in ("erf", "erfc") else self._module
        found = getattr(module, _NAMES.get(name, name), None) or self._cbrt  # PyTorch has none

        def function(*x: Any) -> Any:
            if all(isinstance(v, float) for v in x):
                return plain(*x)
            return found(*(self._array(v) if isinstance(v, float) else v for v in x))

        return function

    def _cbrt(self, x: Any) -> Any:
        return self._module.sign(x) * abs(x) ** (1 / 3)

    def _taken(self, columns: Sequence[Any]) -> list[Any]:
        """The inputs; those of NumPy, as a model's numbers are, as the library's own."""
        return [self._array(x) if isinstance(x, np.ndarray | np.generic) else x for x in columns]

    def outputs(self, columns: Sequence[Any]) -> list[Any]:
        """The outputs."""
        out = self._functions["program"](*self._taken(columns))
        return list(out) if isinstance(out, tuple) else [out]

    def value_and_grad(self, columns: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The output and its gradients."""
        value, grads = self._functions["value_and_grad"](*self._taken(columns))
        return value, list(grads)

    def batch(
        self, columns: Sequence[Any], reduce: Reduce, gradient: bool
    ) -> tuple[list[Any], list[Any]]:
        """The outputs and the gradients of many samples, as ``Program.batch`` returns them.

        Each gradient is summed before they are laid out in one array: after that XLA would write
        the whole backward pass once for each of them (337 gradients: 160 s of compiling, not 4).
        """
        fronts = {tuple(np.shape(x)) for x in columns} - {()}
        if not fronts:
            raise ValueError("no argument has an axis of samples; call the program instead")
        if len(fronts) > 1:
            counts = " and of ".join(str(front[0]) for front in sorted(fronts))
            raise ValueError(f"arrays of {counts} samples")
        (front,) = fronts
        count = math.prod(front)
        if not count:
            raise ValueError("a batch needs one sample at least")
        scale = 1.0 / count if reduce == "mean" else 1.0

        def each(x: Any) -> Any:
            return self._module.broadcast_to(self._array(x), front)

        grads: list[Any] = []
        if gradient:
            value, grads = self.value_and_grad(columns)
            outputs = [value]
        else:
            outputs = self.outputs(columns)
        if reduce is None:
            return [each(y) for y in outputs], [each(x) for x in grads]
        varies = [np.ndim(columns[k]) for k in self._wrt]
        slopes = [
            (each(x) if varying else each(x).sum()) * scale
            for x, varying in zip(grads, varies, strict=True)
        ]
        return [each(y).sum() * scale for y in outputs], slopes

    def pack_batch(self, flat: Sequence[Any], shape: tuple[int, ...]) -> Any:
        """What ``batch`` found, laid out; numbers of which some vary stay apart."""
        if len({np.ndim(x) for x in flat}) > 1:
            return tuple(flat)
        return self.pack(flat, shape)

    def pack(self, flat: Sequence[Any], shape: tuple[int, ...]) -> Any:
        """Elements laid out; the axes of ``shape`` come last."""
        if not shape:
            return flat[0]
        if self._torch:
            arrays = self._module.broadcast_tensors(*(self._array(x) for x in flat))
            whole = self._module.stack(arrays, dim=-1)
        else:
            arrays = self._module.broadcast_arrays(*flat)
            whole = self._module.stack(arrays, axis=-1)
        return whole.reshape((*whole.shape[:-1], *shape))

"""Flattening arguments and results, as JAX's pytrees: numbers, arrays, lists, dicts and models.

A program computes on a flat row of numbers.  A spec is taken once, from the example; later
arguments must have the same one.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..number import to_float, unwrapped
from ..value import Value
from .models import Memory, is_model

Array = npt.NDArray[Any]
Read = Callable[[Any, tuple[int, ...], str], Sequence[Any]]  # (what, shape, where) → elements
Make = Callable[[float, str], Value]
Pack = Callable[[Any, tuple[int, ...]], Any]  # (elements, shape) → one result


@dataclass(frozen=True)
class Spec:
    """One number, shape (), or one array of them."""

    shape: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """How many numbers."""
        return math.prod(self.shape)

    def elements(self, x: Any, read: Read, where: str) -> Sequence[Any]:
        """The numbers in ``x``, flat, as ``read`` finds them.  Raises if its layout is another."""
        return read(x, self.shape, where)

    def packed(self, flat: Sequence[Any], pack: Pack) -> Any:
        """The flat numbers laid out again."""
        return pack(flat, self.shape)

    def traced(
        self, x: Any, flat: Sequence[Any], names: Sequence[str], make: Make
    ) -> tuple[Any, list[Value]]:
        """What a function is handed in the place of ``x``, and the leaves in it."""
        leaves = [make(_plain(v), name) for v, name in zip(flat, names, strict=True)]
        if not self.shape:
            return leaves[0], leaves
        whole = np.empty(len(leaves), dtype=object)
        whole[:] = leaves
        return whole.reshape(self.shape), leaves

    def names(self, name: str) -> list[str]:
        """A name for each number: ``x``, or ``x1 x2 …``, ``x11 x12 …`` as in the notes."""
        if not self.shape:
            return [name]
        between = "_" if max(self.shape, default=0) > 9 else ""
        return [name + between.join(str(i + 1) for i in at) for at in np.ndindex(*self.shape)]


@dataclass(frozen=True)
class ModelSpec(Spec):
    """The parameters of a model, in the order of ``parameters()``."""

    parameters: tuple[str, ...] = ()
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def elements(self, x: Any, read: Read, where: str) -> Sequence[Any]:
        """Those of a model, of its ``state_dict()``, or of a flat array."""
        if is_model(x):
            x = [p._data for p in self.memory.parameters(x)]
        elif isinstance(x, Mapping):
            if tuple(x) != self.parameters:
                raise ValueError(f"{where}: parameters {[*x]}, recorded were {[*self.parameters]}")
            if any(np.ndim(v) for v in x.values()):  # an axis of samples in each
                return [each for key, v in x.items() for each in read(v, (), f"{where}[{key!r}]")]
            x = [*x.values()]
        return read(x, self.shape, where)

    def traced(
        self, x: Any, flat: Sequence[Any], names: Sequence[str], make: Make
    ) -> tuple[Any, list[Value]]:
        """The model itself: its parameters are the leaves."""
        return x, list(flat)

    def names(self, name: str) -> list[str]:
        """The parameters' own names."""
        return list(self.parameters)


@dataclass(frozen=True)
class ContainerSpec(Spec):
    """A list, tuple or dict of further specs."""

    kind: Any = list
    keys: tuple[Any, ...] = ()
    parts: tuple[Spec, ...] = ()

    @property
    def size(self) -> int:
        """How many numbers, in all parts."""
        return sum(part.size for part in self.parts)

    @property
    def flat(self) -> bool:
        """Whether it is a row of plain numbers, which an array may stand for."""
        return not issubclass(self.kind, dict) and all(
            type(p) is Spec and not p.shape for p in self.parts
        )

    def elements(self, x: Any, read: Read, where: str) -> Sequence[Any]:
        """Those of its parts, one after the other."""
        if self.flat and (read is not floats or isinstance(x, np.ndarray)):
            return read(x, (len(self.parts),), where)
        named = isinstance(x, Mapping)
        if named != issubclass(self.kind, dict) or isinstance(x, str) or not hasattr(x, "__len__"):
            raise TypeError(f"{where}: a {type(x).__name__}, recorded was a {self.kind.__name__}")
        keys = tuple(x) if named else tuple(range(len(x)))
        if keys != self.keys:
            raise ValueError(f"{where} has parts {[*keys]}, recorded were {[*self.keys]}")
        found: list[Any] = []
        for key, part in zip(keys, self.parts, strict=True):
            found += part.elements(x[key], read, f"{where}[{key!r}]")
        return found

    def packed(self, flat: Sequence[Any], pack: Pack) -> Any:
        """A list, tuple or dict as it was."""
        made, start = [], 0
        for part in self.parts:
            made.append(part.packed(flat[start : start + part.size], pack))
            start += part.size
        return self.whole(made)

    def whole(self, made: list[Any]) -> Any:
        """A list, tuple or dict as it was, of its parts."""
        if issubclass(self.kind, dict):
            return dict(zip(self.keys, made, strict=True))
        return self.kind(*made) if hasattr(self.kind, "_fields") else self.kind(made)

    def traced(
        self, x: Any, flat: Sequence[Any], names: Sequence[str], make: Make
    ) -> tuple[Any, list[Value]]:
        """The same list, tuple or dict of what its parts are handed."""
        made, leaves, start = [], list[Value](), 0
        for key, part in zip(self.keys, self.parts, strict=True):
            end = start + part.size
            inner, there = part.traced(x[key], flat[start:end], names[start:end], make)
            made.append(inner)
            leaves += there
            start = end
        return self.whole(made), leaves

    def names(self, name: str) -> list[str]:
        """Those of the parts, after the name of the whole."""
        named = issubclass(self.kind, dict)
        marks = [f"_{key}" if named else str(key + 1) for key in self.keys]
        pairs = zip(self.parts, marks, strict=True)
        return [each for part, mark in pairs for each in part.names(name + mark)]


def spec_of(x: Any, where: str) -> tuple[Spec, list[Any]]:
    """The spec of ``x``, and its numbers (or Values) in one row.

    Raises:
        TypeError: something in it is neither a number nor a Value.
    """
    if is_model(x):
        named = dict(x.named_parameters())
        names = tuple(p.label or readable(name) for name, p in named.items())
        if len(set(names)) < len(names):
            names = tuple(readable(name) for name in named)
        return ModelSpec((len(named),), names), list(named.values())
    if isinstance(x, np.ndarray) and x.ndim:
        if x.dtype.kind not in "fiubO":
            raise TypeError(f"{where}: an array of {x.dtype}; a program computes on real numbers")
        flat = list(x.flat) if x.dtype.kind == "O" else x.astype(float).ravel().tolist()
        return Spec(x.shape), [_number(each, where) for each in flat]
    if isinstance(x, Mapping | list | tuple):
        keys = tuple(x) if isinstance(x, Mapping) else tuple(range(len(x)))
        found = [spec_of(x[key], f"{where}[{key!r}]") for key in keys]
        kind = dict if isinstance(x, Mapping) else type(x)
        parts = tuple(spec for spec, _ in found)
        return ContainerSpec((), kind, keys, parts), [each for _, flat in found for each in flat]
    return Spec(), [_number(x, where)]


def _number(x: Any, where: str) -> Any:
    x = unwrapped(x)
    if isinstance(x, Value):
        return x
    try:
        return to_float(x)
    except TypeError as error:
        raise TypeError(f"{where}: {str(error).removeprefix('Value')}") from None


def _plain(x: Any) -> float:
    return float(x._data) if isinstance(x, Value) else float(x)


def floats(x: Any, shape: tuple[int, ...], where: str) -> list[float]:
    """``x``, a number or an array of that shape, as plain floats."""
    if not shape:
        if type(x) is float:
            return [x]
        if isinstance(x, np.ndarray) and x.ndim:
            raise ValueError(f"{where} has shape {x.shape}; the program was recorded with a number")
        x = _number(x, where)
        return [x.data if isinstance(x, Value) else x]
    return [float(each) for each in array(x, where, shape, (0,)).ravel().tolist()]


def array_row(x: Any, shape: tuple[int, ...], where: str) -> list[Array]:
    """``x``, a number or an array of that shape, as one flat array."""
    return [array(x, where, shape, (0,)).reshape(-1)]


def array(x: Any, where: str, shape: tuple[int, ...], more: tuple[int, ...] = (0, 1)) -> Array:
    """``x`` as a float array of that shape, with one of ``more`` numbers of axes before it."""
    found = np.asarray(x)
    kind = found.dtype.char
    if kind == "d":
        pass
    elif kind == "O":
        flat = [v.data if isinstance(v, Value) else _number(v, where) for v in found.flat]
        found = np.array(flat, dtype=float).reshape(found.shape)
    elif found.dtype.kind not in "fiub":
        raise TypeError(f"{where}: an array of {found.dtype}; a program computes on real numbers")
    ahead = found.ndim - len(shape)
    if ahead not in more or found.shape[ahead:] != shape:
        wanted = " or ".join(str(("N",) * n + shape).replace("'", "") for n in more)
        raise ValueError(f"{where} has shape {found.shape}; the program takes {wanted}")
    return found if kind == "d" else found.astype(float)


def plain(flat: Any, shape: tuple[int, ...]) -> Any:
    """Flat floats as a float, or an array of that shape."""
    return np.array(flat, dtype=float).reshape(shape) if shape else float(flat[0])


def readable(name: str) -> str:
    """A name such as ``layers.0.neurons.1.b`` as an identifier; empty if nothing is left of it."""
    name = unicodedata.normalize("NFKC", name)
    kept = "".join(c if c.isidentifier() or c.isalnum() else "_" for c in name).strip("_")
    kept = f"_{kept}" if kept[:1].isdigit() else kept
    return kept if kept.isidentifier() else ""

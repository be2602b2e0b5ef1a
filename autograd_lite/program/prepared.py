"""Batches in C without detours: Python made for one layout of the arguments.

As in ``readers``: it takes what it was made for, any number of samples, and leaves all else to the
backend, errors too.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from .batch import Array, Reduce, Samples
from .models import is_model
from .pytree import ContainerSpec, ModelSpec, Spec
from .readers import AT_MOST, NUMBERS, Layout, Reader, function, with_buffer, written_out
from .simd import RIGHT, Job, SimdBackend

_KINDS = {np.ndarray, list, *NUMBERS}
_FLOAT = np.dtype(float)
_HEAD = object.__basicsize__  # an array begins as any object; the address of its numbers is next


@dataclass(frozen=True)
class _Varies(Spec):
    """An array with an axis of samples before the others."""


def layout(arguments: Sequence[Any], samples: Samples, whole: ContainerSpec) -> Spec | None:
    """How such arguments are read; ``None`` if there is nothing quicker than ``Samples``."""
    parts: list[Spec] = []
    # What comes in several chunks is none of these.
    for x, part, row in zip(arguments, whole.parts, samples.chunks, strict=False):
        flat = not isinstance(part, ContainerSpec) or part.flat
        if isinstance(part, ModelSpec) and is_model(x):
            parts.append(part)
        elif flat and type(x) in _KINDS:
            shape = (part.size,) if isinstance(part, ContainerSpec) else part.shape
            parts.append(_Varies(shape) if row.ndim == 2 else Spec(shape))
        else:
            return None
    found = ContainerSpec((), tuple, tuple(range(len(parts))), tuple(parts))
    return found if written_out(found) <= AT_MOST else None


class _Reader(Reader):
    """Reads what all samples share; ``varies`` are the arrays with an axis of samples."""

    def __init__(self, arguments: Spec) -> None:
        self.varies: list[tuple[str, Spec]] = []
        super().__init__(arguments)
        self.space |= {"FLOAT": _FLOAT, "converted": converted}

    def _part(self, spec: Spec, x: str) -> None:
        varies = isinstance(spec, _Varies)
        if varies or (spec.shape and not isinstance(spec, ModelSpec)):
            usual = f"{x}.__class__ is ndarray and {x}.dtype is FLOAT"
            ready = f"{usual} and {x}.flags.carray" if varies else usual
            self.lines.append(f"if not ({ready}): {x} = converted({x})")
        if not varies:
            super()._part(spec, x)
            return
        if not self.varies:
            self.lines.append(f"count = len({x})")
        self.varies.append((x, spec))
        self._only(f"{x}.shape == (count, {''.join(f'{n}, ' for n in spec.shape)})")


def converted(x: Any) -> Array:
    """An array, or a list of plain numbers, as float64 in C order.

    Raises:
        TypeError: it is something else.
    """
    if x.__class__ is list and NUMBERS.issuperset(map(type, x)):
        return np.array(x, dtype=float)
    if x.__class__ is not np.ndarray or x.dtype.kind not in "fiub":
        raise TypeError
    return np.require(x, _FLOAT, ["C", "A"])


@cache
def addresses_are_known() -> bool:
    """Whether an array's address is where ``_HEAD`` says: ``ctypes.data`` takes 1 µs for each."""
    x = np.empty(1)
    return sys.implementation.name == "cpython" and (
        ctypes.c_void_p.from_address(id(x) + _HEAD).value == x.ctypes.data
    )


def prepared(
    backend: SimdBackend,
    arguments: Spec,
    reduce: Reduce,
    results: Sequence[Spec],
    laid_out: Callable[[Any, Any], Any],
    least: int,
) -> Callable[[Any], Any]:
    """A function of a program's arguments that reads, computes and lays out.

    Args:
        backend: what computes.
        arguments: their layout, of ``layout``.
        reduce: what the samples are reduced by.
        results: the layouts of the gradient's parts; empty if there is none.
        laid_out: lays out values and gradients where they are not such sums.
        least: so many samples at least.

    Returns:
        what gives the result, or ``None`` where the arguments are laid out otherwise, or the
        backend must be asked.

    Other threads run while C does: a batch may take long, and to give the interpreter away and take
    it again takes 50 ns.
    """
    code, reader = backend.code, _Reader(arguments)
    sums = backend.orders[1]
    start = code.shared + (sums.start if isinstance(sums, slice) else 0)
    value = code.outputs[0]
    made_of_sums = bool(results) and isinstance(sums, slice) and not code.columns
    shown = Layout(start)
    result = shown.texts(results) if made_of_sums else ""
    views, reads = reader.writes()
    widths = np.array([spec.size for _, spec in reader.varies], dtype=ctypes.c_long)

    def made() -> tuple[Any, ...]:
        row, room = np.empty(code.shared + code.sums), backend.room()
        memory, given = memoryview(row.data), np.empty(len(widths), dtype=np.uintp)
        job = Job(1, row.ctypes.data, 0, 0, row[code.shared :].ctypes.data, room.ctypes.data, 1.0)
        job.arrays, job.widths, job.given = len(widths), widths.ctypes.data, given.ctypes.data
        inputs = [memory[at : at + size] for _, at, size in views]
        kept = widths, room
        whole = row, memory, job, ctypes.byref(job), given.data, kept
        return (*whole, *inputs, *shown.arrays(row))

    names = ["row", "memory", "job", "pointer", "given", "kept"]
    names += [*(name for name, *_ in views), *shown.names]
    if made_of_sums:
        rows = list[str]()
        lay_out = [*shown.lines, f"return memory[{code.shared + value.at}], {result}"]
    else:
        rows = [f"y = empty(({code.columns}, count))", "job.y = y.ctypes.data"]
        lay_out = [f"return laid_out(*results(row[{code.shared}:].copy(), y))"]
    scale = "1.0 / count" if reduce == "mean" else "1.0"
    lines = [
        *reads,
        f"if job.n != count: job.n, job.scale = count, {scale}",
        f"place(given, 0, {', '.join(f'id({x}) + {_HEAD}' for x, _ in reader.varies)})",
        *rows,
        "if backend.run(pointer) != RIGHT: return None",
        *lay_out,
    ]
    within, space = with_buffer(made, names, lines)
    space |= reader.space | shown.space | {"backend": backend, "RIGHT": RIGHT, "empty": np.empty}
    space |= {"results": backend.results, "laid_out": laid_out}
    space["place"] = struct.Struct(f"{len(widths)}P").pack_into
    return function([*reader.lines, f"if count < {least}: return None", *within], space)

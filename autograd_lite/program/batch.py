"""Batches: arrays of samples in, values and gradients summed, averaged or for each sample out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NoReturn

import numpy as np
import numpy.typing as npt

from ..errors import GuardError
from .interpreter import (
    values,
)
from .pytree import ContainerSpec, array
from .tape import Tape

Array = npt.NDArray[Any]
Reduce = Literal["sum", "mean"] | None


class Samples:
    """The arguments of a batch: for each input one number, or a row of one number per sample.

    Attributes:
        chunks: arrays of shape (inputs,) or (inputs, samples), in the order of the inputs.
        count: the number of samples.
        key: equal where the same inputs vary.
    """

    def __init__(self, arguments: Sequence[Any], parts: ContainerSpec) -> None:
        if len(arguments) != len(parts.parts):
            raise TypeError(f"the program takes {len(parts.parts)} arguments, got {len(arguments)}")
        self.chunks: list[Array] = []
        count = -1
        for k, (x, part) in enumerate(zip(arguments, parts.parts, strict=True)):
            self.chunks += part.elements(x, chunk, f"argument {k}")
        for x in self.chunks:
            if x.ndim == 2:
                if count not in (-1, x.shape[1]):
                    raise ValueError(f"arrays of {count} and of {x.shape[1]} samples")
                count = x.shape[1]
        if count < 1:
            raise ValueError(
                "no argument has an axis of samples; call the program instead"
                if count
                else "a batch needs one sample at least"
            )
        self.count = count
        self.key = tuple([(x.ndim, len(x)) for x in self.chunks])

    @property
    def varies(self) -> tuple[bool, ...]:
        """For each input whether it differs from sample to sample."""
        return tuple(x.ndim == 2 for x in self.chunks for _ in range(len(x)))

    def part(self, start: int, end: int) -> list[Array]:
        """The chunks of some of the samples."""
        return [x if x.ndim == 1 else x[:, start:end] for x in self.chunks]

    def columns(self) -> list[Any]:
        """For each input an array of no axes, or one over the samples."""
        return [x[k, ...] for x in self.chunks for k in range(len(x))]


def chunk(x: Any, shape: tuple[int, ...], where: str) -> list[Array]:
    """``x``, of that shape or with an axis of samples before it, as one array of rows."""
    found = array(x, where, shape)
    if found.ndim == len(shape):
        return [found if found.ndim == 1 else found.reshape(-1)]
    return [found.T if found.ndim == 2 else found.reshape(len(found), math.prod(shape)).T]


def explain(tape: Tape, chunks: Sequence[Array], start: int, end: int) -> NoReturn:
    """Interpret samples of which one fails; its error is raised with the sample's number."""
    for k in range(start, end):
        rows = [x[:, k] if x.ndim == 2 else x for x in chunks]
        try:
            values(tape, np.concatenate(rows).tolist())
        except (GuardError, ValueError) as error:
            raise type(error)(f"sample {k}: {error}") from None
    raise AssertionError("the interpreter found nothing wrong")


def reduced(rows: Sequence[Any], varies: Sequence[bool], count: int, reduce: Reduce) -> Any:
    """Gradients as ``batch`` returns them.

    Args:
        rows: for each input an array over the samples, or one number.
        varies: for each of them whether its input differs from sample to sample.
        count: the number of samples.
        reduce: what the samples' outputs were reduced by.
    """
    if reduce is None:
        return [np.broadcast_to(row, count) for row in rows]
    scale = 1.0 / count if reduce == "mean" else 1.0
    wide = [k for k, row in enumerate(rows) if not varies[k] and np.ndim(row)]
    made: list[Any] = [None] * len(rows)
    if wide:
        sums = np.array([rows[k] for k in wide]).sum(axis=1)
        if len(wide) == len(rows):
            return sums * scale
        for k, x in zip(wide, sums, strict=True):
            made[k] = x * scale
    for k, row in enumerate(rows):
        if varies[k]:
            made[k] = np.broadcast_to(row, count) * scale
        elif made[k] is None:
            made[k] = row * (count * scale)
    return made


def pack(flat: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Rows laid out: a number or (samples,), an array of ``shape`` or (samples, *shape)."""
    if not shape:
        return flat[0] if np.ndim(flat[0]) else float(flat[0])
    if isinstance(flat, np.ndarray) and flat.ndim == 1:
        return flat.reshape(shape)
    if len({np.ndim(row) for row in flat}) > 1:  # numbers of which some vary
        return tuple(flat)
    whole = np.array(flat, dtype=float)
    return whole.T.reshape((*whole.shape[1:], *shape))

"""Readers and layers-out made for one layout: Python without loops over specs or numbers.

A reader takes exactly the types that it was made for, and leaves anything else, errors too, to
the specs in ``pytree``.

>>> import numpy as np
>>> from autograd_lite.program.pytree import spec_of
>>> reader = Reader(spec_of(([0.5, 2.0], np.ones(2), 3.0), "argument")[0])
>>> read = reader.floats()
>>> read(([1.0, 2.0], np.array([3.0, 4.0]), 5)), read(("1", 2, 3)), read(())
([1.0, 2.0, 3.0, 4.0, 5.0], None, None)
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, groupby
from typing import Any, NamedTuple

import numpy as np

from .pytree import ContainerSpec, ModelSpec, Spec

NUMBERS = frozenset((float, int, np.float64))  # of a list or by themselves
AT_MOST = 2000  # pieces; a reader of more is long to make and no faster than a loop
# What a reader raises where the layout is another; the specs say what is wrong.
NOT_MINE = (TypeError, ValueError, OverflowError, AttributeError, struct.error)


class Piece(NamedTuple):
    """Some of the numbers: one, or an array of them."""

    name: str
    how: str  # its numbers are read, after the name
    size: int
    shape: tuple[int, ...]

    @property
    def text(self) -> str:
        """How its numbers are read."""
        return self.name + self.how


class Reader:
    """What reads arguments of one layout, in Python's words.

    Args:
        arguments: their layout.

    Attributes:
        lines: take the arguments apart, and return ``None`` unless they are of the right types;
            a wrong number of parts is a ``ValueError``.
        pieces: the numbers in order.
        space: what the lines mention.
    """

    def __init__(self, arguments: Spec) -> None:
        self.lines: list[str] = []
        self.pieces: list[Piece] = []
        self.space: dict[str, Any] = {"NUMBERS": NUMBERS, "ndarray": np.ndarray}
        self._names = map("a{}".format, count())
        assert isinstance(arguments, ContainerSpec)
        self._parts(arguments.parts, "arguments")

    def _parts(self, parts: tuple[Spec, ...], given: str) -> None:
        names = [next(self._names) for _ in parts]
        self.lines.append(f"[{', '.join(names)}] = {given}")
        for name, part in zip(names, parts, strict=True):
            self._part(part, name)

    def _part(self, spec: Spec, x: str) -> None:
        if isinstance(spec, ContainerSpec):
            if issubclass(spec.kind, dict):
                keys = self._called([*spec.keys])
                self._only(f"{x}.__class__ is dict and [*{x}] == {keys}")
                self._parts(spec.parts, f"{x}.values()")
            else:
                also = {spec.kind} if hasattr(spec.kind, "_fields") else set()
                kinds = self._called(frozenset({list, tuple} | also))
                self._only(f"{x}.__class__ in {kinds}")
                self._parts(spec.parts, x)
        elif isinstance(spec, ModelSpec):
            names = [next(self._names) for _ in range(spec.size)]
            parameters = self._called(spec.memory.parameters)
            self.lines.append(f"[{', '.join(names)}] = {parameters}({x})")
            self.pieces += [Piece(name, "._data", 1, ()) for name in names]
        elif spec.shape:
            self._only(f"{x}.__class__ is ndarray")
            if len(spec.shape) > 1:
                self._only(f"{x}.shape == {spec.shape}")
            how = ".ravel()" if len(spec.shape) > 1 else ""
            self.pieces.append(Piece(x, how, spec.size, spec.shape))
        else:
            self._only(f"{x}.__class__ in NUMBERS")
            self.pieces.append(Piece(x, "", 1, ()))

    def _only(self, condition: str) -> None:
        self.lines.append(f"if not ({condition}): return None")

    def _called(self, thing: Any) -> str:
        """A name for something."""
        name = f"known{len(self.space)}"
        self.space[name] = thing
        return name

    def runs(self) -> Iterator[tuple[int, list[Piece]]]:
        """Pieces that are read at once, after where their numbers begin: an array, or numbers."""
        start = 0
        for _, group in groupby(self.pieces, lambda piece: piece.shape and id(piece)):
            run = [*group]
            yield start, run
            start += sum(piece.size for piece in run)

    def writes(self) -> tuple[list[tuple[str, int, int]], list[str]]:
        """What puts the numbers into a row called ``memory``.

        Returns:
            name, start and size of the views of the row that are written to; and the lines.
        """
        views, lines = [], list[str]()
        for k, (start, run) in enumerate(self.runs()):
            if run[0].shape:
                views.append((f"m{k}", start, run[0].size))
                lines.append(f"m{k}[:] = {run[0].text}")
            else:  # of 11 numbers in half the time that it takes one by one
                self.space[f"pack{k}"] = struct.Struct(f"{len(run)}d").pack_into
                given = ", ".join(piece.text for piece in run)
                lines.append(f"pack{k}(memory, {8 * start}, {given})")
        return views, lines

    def floats(self) -> Callable[[Any], list[float] | None]:
        """A function of the arguments: their numbers in one list, or ``None``."""
        lines, found = [*self.lines], []
        for piece in self.pieces:
            x = piece.name
            if piece.shape:  # of other shapes and types, too, tolist() would give numbers
                lines.append(f"if {x}.dtype.char != 'd' or {x}.shape != {piece.shape}: return None")
                found.append(f"*{piece.text}.tolist()")
            else:
                found.append(piece.text if piece.how else f"float({x})")
        lines.append(f"return [{', '.join(found)}]")
        return function(lines, self.space)


def function(lines: list[str], space: dict[str, Any]) -> Callable[..., Any]:
    """The function of ``arguments`` with these lines; what is not its layout gives ``None``."""
    body = "\n        ".join(lines)
    source = f"def read(arguments):\n    try:\n        {body}\n    except not_mine:\n        return"
    space = {**space, "not_mine": NOT_MINE}
    exec(source, space)
    made: Callable[..., Any] = space.pop("read")  # no cycle for the collector
    return made


def with_buffer(
    made: Callable[[], tuple[Any, ...]], names: Iterable[str], lines: Iterable[str]
) -> tuple[list[str], dict[str, Any]]:
    """Lines that have the parts of a buffer under these names, and what they mention.

    Each call takes a buffer out of a pool, or has one made, so that neither threads nor a call
    within a call share one; what ends a call in the middle leaves nothing behind.
    """
    pool: list[Any] = []
    whole = [
        "try:",
        "    buffer = pop()",
        "except IndexError:",
        "    buffer = made()",
        "try:",
        f"    {', '.join(names)} = buffer",
        *(f"    {line}" for line in lines),
        "finally:",
        "    push(buffer)",
    ]
    return whole, {"pop": pool.pop, "push": pool.append, "made": made}


class Layout:
    """How results are laid out, in Python's words.

    Args:
        start: where results begin in the row of numbers, which is called ``memory``.

    Attributes:
        views: start and shape of each array in the row, which is called ``r0``, ``r1`` …
        lines: put lists, tuples and dicts together.
        space: what the lines mention.
    """

    def __init__(self, start: int) -> None:
        self.at = start
        self.views: list[tuple[int, tuple[int, ...]]] = []
        self.lines: list[str] = []
        self.space: dict[str, Any] = {}

    def text(self, spec: Spec) -> str:
        """The next results, as ``spec.packed`` lays them out."""
        if isinstance(spec, ContainerSpec):
            made = f"[{', '.join([self.text(part) for part in spec.parts])}]"
            name = f"whole{len(self.lines)}"
            if spec.kind is not list:
                self.space[f"as_{name}"] = spec.whole
                made = f"as_{name}({made})"
            self.lines.append(f"{name} = {made}")
            return name
        if not spec.shape:
            self.at += 1
            return f"memory[{self.at - 1}]"
        self.views.append((self.at, spec.shape))
        self.at += spec.size
        return f"{self.names[-1]}.copy()"

    def texts(self, specs: Sequence[Spec]) -> str:
        """One result, or a tuple of several."""
        parts = [self.text(spec) for spec in specs]
        return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"

    @property
    def names(self) -> list[str]:
        """What the arrays are called."""
        return [f"r{k}" for k in range(len(self.views))]

    def arrays(self, row: Any) -> list[Any]:
        """These arrays, as views of a row."""
        return [row[start : start + math.prod(shape)].reshape(shape) for start, shape in self.views]


def written_out(spec: Spec) -> int:
    """How many numbers and arrays are written one by one for a layout."""
    if isinstance(spec, ContainerSpec):
        return 1 + sum(map(written_out, spec.parts))
    return spec.size if isinstance(spec, ModelSpec) else 1

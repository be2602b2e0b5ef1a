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

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from .pytree import ContainerSpec, ModelSpec, Spec

NUMBERS = frozenset((float, int, np.float64))  # of a list or by themselves
NOT_MINE = "(TypeError, ValueError, OverflowError, AttributeError)"  # the specs say what is wrong


class Piece(NamedTuple):
    """Some of the numbers: one, or an array of them."""

    text: str  # how it is read
    size: int
    shape: tuple[int, ...]


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
        self._names = (f"a{k}" for k in range(1 << 62))
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
            self.pieces += [Piece(f"{name}._data", 1, ()) for name in names]
        elif spec.shape:
            self._only(f"{x}.__class__ is ndarray")
            if len(spec.shape) > 1:
                self._only(f"{x}.shape == {spec.shape}")
                x += ".ravel()"
            self.pieces.append(Piece(x, spec.size, spec.shape))
        else:
            self._only(f"{x}.__class__ in NUMBERS")
            self.pieces.append(Piece(x, 1, ()))

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

    def floats(self) -> Callable[[Any], list[float] | None]:
        """A function of the arguments: their numbers in one list, or ``None``."""
        lines, found = [*self.lines], []
        for piece in self.pieces:
            if piece.shape:
                name = piece.text.partition(".")[0]
                lines.append(f"if {name}.dtype.char != 'd' or {name}.shape != {piece.shape}:")
                lines.append("    return None")
                found.append(f"*{piece.text}.tolist()")
            else:
                found.append(piece.text if piece.text.endswith("_data") else f"float({piece.text})")
        lines.append(f"return [{', '.join(found)}]")
        return function("arguments", lines, self.space)


def function(given: str, lines: list[str], space: dict[str, Any]) -> Callable[..., Any]:
    """The function of these lines; what is not its layout gives ``None``."""
    body = "\n        ".join(lines)
    source = (
        f"def read({given}):\n    try:\n        {body}\n    except {NOT_MINE}:\n        return None"
    )
    space = {**space}
    exec(source, space)
    made: Callable[..., Any] = space.pop("read")  # no cycle for the collector
    return made


class Layout:
    """How results are laid out, in Python's words.

    Args:
        memory: what the row of numbers is called.
        start: where results begin in it.

    Attributes:
        views: start and shape of each array, which is called ``r0``, ``r1`` …
        space: what the texts mention.
    """

    def __init__(self, memory: str, start: int) -> None:
        self.memory, self.at = memory, start
        self.views: list[tuple[int, tuple[int, ...]]] = []
        self.space: dict[str, Any] = {}

    def text(self, spec: Spec) -> str:
        """The next results, as ``spec.packed`` lays them out."""
        if isinstance(spec, ContainerSpec):
            inside = f"[{', '.join([self.text(part) for part in spec.parts])}]"
            if spec.kind is list:
                return inside
            name = f"whole{len(self.space)}"
            self.space[name] = spec.whole
            return f"{name}({inside})"
        if not spec.shape:
            self.at += 1
            return f"{self.memory}[{self.at - 1}]"
        self.views.append((self.at, spec.shape))
        self.at += spec.size
        return f"r{len(self.views) - 1}.copy()"

"""The tape (Wengert list) of a recorded graph, in columns of numbers that every backend reads.

Slots are numbered: first the inputs, then the constants, then one for the result of each line.
A line says which row of the calculus table is applied to which slots.  Constants are folded and
dead nodes dropped; equal lines are kept, because each has a gradient of its own: ``shared`` says
which of them have the same value.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..higher import check_fresh, row_of
from ..methods import WithNumber
from ..ops import OPS, Op
from ..value import CONSTANT, Value, order

Column = npt.NDArray[Any]
_COLUMNS = ("code", "a", "b", "c", "checked")
_LONG = 2000  # lines, from which on packing saves more than a program takes anyway
_OF_ONE = {"mul": 0, "div": 1}  # x by 1 is x; from which operand on the 1 may stand


@dataclass(frozen=True)
class Compared:
    """A comparison made while recording."""

    left: Any  # a Value; in a tape, its slot
    sign: str  # one of < <= > >= == !=
    right: Any
    held: bool
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Line:
    """One operation: the row, its operands' slots, the parameter's slot (−1: none), its result's.

    ``towards`` says to which operands gradients flow: 1 to the first, 2 to the second, 3 to both.
    """

    op: Op
    operands: tuple[int, ...]
    parameter: int
    slot: int
    towards: int

    @property
    def arguments(self) -> tuple[int, ...]:
        """The slots of the operands and of the parameter, in the order of a call."""
        return self.operands if self.parameter < 0 else (*self.operands, self.parameter)


@dataclass(frozen=True, eq=False)
class Tape:
    """What a program computes; see the head of this file."""

    inputs: int
    constants: list[float]
    rows: list[Op]
    code: Column  # 4 · row + towards, for each line
    a: Column  # the slot of the first operand
    b: Column  # of the second, or of a unary operation's parameter, or 0
    c: Column  # of the parameter of a binary operation; empty if there is none
    outputs: list[int]
    reach: int  # so many lines, the first ones, lead to the one output
    wrt: list[int]  # the inputs' slots towards which gradients are wanted
    guards: list[Compared]
    checked: Column  # the lines whose domain is to be checked
    labels: dict[int, str] = field(default_factory=dict)  # by slot
    size: int = field(init=False)  # the number of lines

    def __post_init__(self) -> None:
        vars(self)["size"] = len(self.code)

    def pack(self) -> None:
        """Keep long columns compressed, and nothing made of them, until they are asked for."""
        kept = vars(self)
        if self.size < _LONG:
            return
        if "packed" not in kept:
            kept["packed"] = {name: _packed(getattr(self, name)) for name in _COLUMNS}
        for name in (*_COLUMNS, "lines", "shared", "domains"):
            kept.pop(name, None)

    if not TYPE_CHECKING:  # which would take every other name for an attribute, too

        def __getattr__(self, name: str) -> Column:
            """A packed column, which is kept from now on: errors may ask for it at every call."""
            if name not in _COLUMNS or "packed" not in vars(self):
                raise AttributeError(f"a tape has no {name!r}", name=name, obj=self)
            column = vars(self)[name] = _unpacked(*self.packed[name])
            return column

    @property
    def base(self) -> int:
        """The slot of the first line."""
        return self.inputs + len(self.constants)

    def line(self, k: int) -> Line:
        """The k-th line."""
        code, a, b = int(self.code[k]), int(self.a[k]), int(self.b[k])
        op = self.rows[code >> 2]
        parameter = -1
        if op.parameter:
            parameter = b if op.arity == 1 else int(self.c[k])
        return Line(op, (a, b)[: op.arity], parameter, self.base + k, code & 3)

    @cached_property
    def lines(self) -> list[Line]:
        """All lines; made when first asked for, so that large graphs need not pay for them."""
        return [self.line(k) for k in range(self.size)]

    def pushes(self) -> Iterator[tuple[Line, int, int]]:
        """(line, which operand, its slot) wherever a gradient flows, in ``backward()``'s order."""
        for line in reversed(self.lines[: self.reach]):
            for i, x in enumerate(line.operands):
                if line.towards >> i & 1:
                    yield line, i, x

    @cached_property
    def shared(self) -> list[int]:
        """For each slot, the first slot that has the same value by the same operation."""
        same = list(range(self.base + self.size))
        one = self.constants.index(1.0) + self.inputs if 1.0 in self.constants else -1
        first: dict[Any, int] = {}
        for line in self.lines:
            given = [same[x] for x in line.arguments]
            if line.op.name in _OF_ONE and one in given[_OF_ONE[line.op.name] :]:
                same[line.slot] = given[1] if given[0] == one else given[0]
            else:
                same[line.slot] = first.setdefault((line.op, *given), line.slot)
        return same

    @property
    def distinct(self) -> int:
        """The number of lines, those with the same value counted once."""
        return len({*self.shared[self.base :]})

    @cached_property
    def content(self) -> tuple[Any, ...]:
        """Equal where tapes compute the same to the last bit; what they are called does not count.

        It holds the calculus table too, whose rows call one another by name.
        """
        columns = (self.code, self.a, self.b, self.c, self.checked, np.array(self.constants))
        numbers = self.inputs, self.reach, tuple(self.outputs), tuple(self.wrt)
        guards = [(g.left, g.sign, g.right, g.held) for g in self.guards]
        rows = tuple(self.rows), tuple(OPS.values())
        return (*numbers, tuple(guards), *rows, *[x.tobytes() for x in columns])

    @cached_property
    def domains(self) -> frozenset[int]:
        """``checked``, to look up in."""
        return frozenset(self.checked.tolist())


def _packed(x: Column) -> tuple[Any, bytes]:
    """A column's type, and its differences, byte after byte of all, compressed."""
    steps = np.diff(x, prepend=x.dtype.type(0))
    planes = steps.view(np.uint8).reshape(-1, x.itemsize).T  # a third of the bytes of whole numbers
    return x.dtype, zlib.compress(planes.tobytes(), 1)


def _unpacked(kind: Any, packed: bytes) -> Column:
    planes = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(kind.itemsize, -1)
    return np.cumsum(planes.T.copy().view(kind), dtype=kind)


def tape_of(
    outputs: Sequence[Value],
    inputs: Sequence[Value],
    wrt: Iterable[int],
    guards: Sequence[Compared] = (),
    *,
    fresh: bool = False,
    captured: dict[Value, int] | None = None,
) -> Tape:
    """The tape of the graph between ``inputs`` and ``outputs``.

    Args:
        outputs: the Values to compute; gradients are those of the first, if it is the only one.
        inputs: leaves; what does not depend on them is folded into constants.
        wrt: which of the inputs gradients are wanted of, by position.
        guards: comparisons to be checked, between Values and numbers.
        fresh: check first that every value follows from its operands.
        captured: is given the leaves that are neither inputs nor numbers in a formula, with the
            number of times that the graph holds each.

    Raises:
        HandmadeNodeError: a node was made by hand, so there is no row to run again.
        StaleGraphError: with ``fresh``, a value no longer follows from its operands.
    """
    # While building, a constant's slot is negative: −1 for the first.
    slot: dict[Value, int] = {}
    for k, v in enumerate(inputs):
        slot.setdefault(v, k)
    wrt = [slot[inputs[k]] for k in wrt]
    moving = [0] * len(inputs)  # by slot: whether gradients flow through it
    for k in wrt:
        moving[k] = 1
    pool = _Pool()
    constant = pool.slot
    leaves: dict[Value, int] = {} if captured is None else captured
    rows: dict[Any, tuple[int, bool, bool]] = {}
    code: list[int] = []
    first: list[int] = []
    second: list[int] = []
    third: dict[int, int] = {}
    checked: list[int] = []
    labels: dict[int, str] = {k: v.label for k, v in enumerate(inputs) if v.label}
    seen: set[Value] = set()
    count = len(inputs)
    sides = [v for g in guards for v in (g.left, g.right) if isinstance(v, Value)]
    reach = 0
    for place, root in enumerate([*outputs, *sides]):
        if place == len(outputs):
            reach = len(code)
        for v in order(root, seen, constants=False):
            a, b, rule = v._a, v._b, v._rule
            if a is None:
                if v not in slot:
                    slot[v] = constant(v._data)
                    if rule is not CONSTANT:
                        leaves[v] = 0
                continue
            with_number = type(rule) is WithNumber
            op = rule.op if with_number else rule
            if op not in rows:
                row_of(v)
                rows[op] = 4 * len(rows), bool(op.parameter), bool(op.domain)
            number, has_parameter, has_domain = rows[op]
            if fresh:
                check_fresh(v)
            sa = slot[a]
            if sa >= 0:
                towards = moving[sa]
            else:
                towards = 0
                if a in leaves:
                    leaves[a] += 1
            if with_number:
                sb = constant(v._n)
                if rule.first:
                    sa, sb, towards = sb, sa, 2 * towards
                if sa < 0 and sb < 0:
                    slot[v] = constant(v._data)
                    continue
            elif b is not None:
                sb = slot[b]
                if sb >= 0:
                    towards += 2 * moving[sb]
                elif b in leaves:
                    leaves[b] += 1
                if sa < 0 and sb < 0:
                    slot[v] = constant(v._data)
                    continue
                if has_parameter:
                    third[len(code)] = constant(v._n)
            elif sa < 0:
                slot[v] = constant(v._data)
                continue
            else:
                sb = constant(v._n) if has_parameter else 0
            if has_domain and not getattr(v, "unchecked", False):
                checked.append(len(code))
            code.append(number + towards)
            first.append(sa)
            second.append(sb)
            moving.append(1 if towards else 0)
            slot[v] = count
            if v.label:
                labels[count] = v.label
            count += 1
    reach = reach if sides else len(code)
    compared = []
    for g in guards:
        left, right = (
            slot[v] if isinstance(v, Value) else constant(float(v)) for v in (g.left, g.right)
        )
        if left >= 0 or right >= 0:
            compared.append((g, left, right))
    placed = _Placed(len(inputs), len(pool.numbers))
    return Tape(
        inputs=len(inputs),
        constants=pool.numbers,
        rows=list(rows),
        code=np.array(code, dtype=np.uint16),
        a=placed.all(first),
        b=placed.all(second),
        c=placed.all([third.get(k, 0) for k in range(len(code))] if third else []),
        outputs=[placed(slot[v]) for v in outputs],
        reach=reach,
        wrt=wrt,
        guards=[
            Compared(placed(left), g.sign, placed(right), g.held, g.file, g.line)
            for g, left, right in compared
        ],
        checked=np.array(checked, dtype=np.int32),
        labels={placed(k): label for k, label in labels.items()},
    )


class _Pool:
    """The constants, each once, −0.0 beside 0.0."""

    def __init__(self) -> None:
        self.numbers: list[float] = []
        self._found: dict[Any, int] = {}

    def slot(self, x: float) -> int:
        key = x if x else math.copysign(1.0, x).hex()
        if key not in self._found:
            self.numbers.append(x)
            self._found[key] = -len(self.numbers)
        return self._found[key]


@dataclass
class _Placed:
    """From slots as they are while building to slots as they stay."""

    inputs: int
    constants: int

    def __call__(self, slot: int) -> int:
        if slot < 0:
            return self.inputs - 1 - slot
        return slot if slot < self.inputs else slot + self.constants

    def all(self, slots: list[int]) -> Column:
        x = np.array(slots, dtype=np.int64)
        later = np.where(x < self.inputs, x, x + self.constants)
        return np.where(x < 0, self.inputs - 1 - x, later).astype(np.int32)

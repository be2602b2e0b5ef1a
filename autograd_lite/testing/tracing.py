"""One run of f on Values, traced: which line computed each node, and the name it was given."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from types import CodeType, FrameType
from typing import Any

import numpy as np

from .. import methods
from ..caller import LIBRARIES
from ..functional import objects
from ..methods import METHODS, REFLECTED
from ..value import Value, order, pushed_back
from .problem import Point, Problem, lifted
from .ways_out import is_library, number_taken

_COMPARE = Value._compare.__code__
_READS = {Value.__float__.__code__: "float(v)", Value.data.fget.__code__: "v.data"}  # type: ignore[attr-defined]
_COMPREHENSIONS = ("<genexpr>", "<listcomp>", "<dictcomp>", "<setcomp>")
_NUMBERS: dict[CodeType, int] = {}
Site = tuple[Any, ...]  # a place in the code: functions, and the instructions in them


@dataclass
class Made:
    """How a Value came to be."""

    site: Site
    line: int = 0  # of the user's code
    file: str = ""


@dataclass
class Trace:
    """What one run of f left behind."""

    leaves: dict[str, Any]  # by argument: a Value or an array of Values
    root: Any = None
    nodes: list[Value] = field(default_factory=list)
    names: dict[Value, str] = field(default_factory=dict)
    groups: dict[str, Any] = field(default_factory=dict)  # name -> a Value or an array of Values
    made: dict[Value, Made] = field(default_factory=dict)
    choices: list[tuple[Site, int, bool]] = field(default_factory=list)  # comparisons
    margins: list[tuple[Site, float]] = field(default_factory=list)  # how far apart their sides
    ties: list[int] = field(default_factory=list)  # lines that compared equal numbers
    locals: dict[str, Any] = field(default_factory=dict)  # of f at its end
    compared: list[tuple[Any, Any]] = field(default_factory=list)  # the two sides
    reads: list[str] = field(default_factory=list)  # where a number was taken out of the graph
    piecewise: list[Value] | None = None  # what ``branches`` looks for in the nodes

    def numbers(self) -> dict[str, Any]:
        """The numbers of everything with a name."""
        return {n: _numbers(x) for n, x in (self.locals | self.groups).items()}

    @cached_property
    def structure(self) -> tuple[Any, ...]:
        """Equal for two runs of f that did the same operations on the same things."""
        place = {v: i for i, v in enumerate(self.nodes)}
        return tuple(
            (v.op.name if v.op is not None else v.label, v.parameter, *map(place.get, v.operands))
            for v in self.nodes
        )

    @cached_property
    def gradient(self) -> dict[Value, float]:
        """The derivative of the result towards each node."""
        return pushed_back(self.nodes, 1.0)

    @cached_property
    def path_sums(self) -> dict[Value, float]:
        """For each node the sum, over all paths to it, of |products of local derivatives|.

        Only nodes that the result depends on have one above 0.
        """
        sums = {self.root: 1.0}
        for v in reversed(self.nodes):
            above, operands = sums.get(v), v.operands
            if above and operands:
                for x, local in zip(operands, v.local_gradients, strict=True):
                    sums[x] = sums.get(x, 0.0) + above * abs(local)
        return sums


def _numbers(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return np.array([float(v) for v in x.flat]).reshape(x.shape)
    return float(x)


def traced(problem: Problem, point: Point, added: Mapping[int, float] | None = None) -> Trace:
    """F on Values at the point; see ``watched``.  Whatever f raises goes through."""
    return watched(problem, *lifted(point), added)


def watched(
    problem: Problem,
    arguments: Mapping[str, Any],
    leaves: dict[str, Any],
    added: Mapping[int, float] | None = None,
) -> Trace:
    """F on arguments that hold these leaves.  Whatever f raises goes through.

    Args:
        problem: of f.
        arguments: Values, arrays of them, and data.
        leaves: by argument.
        added: what to add to the k-th number that is made; its derivatives are then not f's.
    """
    trace = Trace(leaves)
    if problem.code is None:
        problem.code = _Code()
    watch = _Watch(trace, sys._getframe(), added or {}, problem.code)
    before = sys.getprofile()
    sys.setprofile(watch.saw)
    try:
        root, _ = problem.loss(arguments)
    finally:
        if before is None or callable(before):
            sys.setprofile(before)
        else:  # a profiler in C, such as cProfile's
            before.enable()
    trace.root = root if isinstance(root, Value) else Value(float(root))
    trace.nodes = order(trace.root)
    for name, x in leaves.items():
        if isinstance(x, Value) or (isinstance(x, np.ndarray) and x.dtype == object):
            trace.groups[name] = x
            for v in [x] if isinstance(x, Value) else x.flat:
                trace.names[v] = v.label
    inputs = set(trace.names)
    watch.name_all()
    for v in trace.nodes:  # a label is the user's own word
        if v.label and v not in inputs:
            trace.names[v] = v.label
            trace.groups.setdefault(v.label, v)
    return trace


class _Code:
    """What is known of the code that f runs, kept from run to run (a fifth of a check's time).

    By the code's identity: its hash takes long.
    """

    def __init__(self) -> None:
        self.roles: dict[int, str] = {}
        self.places: dict[Site, Made] = {}
        self.numbers: dict[int, int] = {}
        self.kept: list[CodeType] = []  # alive, so that identities stay unique

    def role(self, code: CodeType) -> str:
        """What the return of a function that was not met so far means; see ``_role``."""
        self.kept.append(code)
        return self.roles.setdefault(id(code), _role(code))

    def number(self, code: CodeType) -> int:
        """The same for equal code in every trace, even if it is made anew by every call."""
        found = self.numbers.get(id(code))
        if found is None:
            found = self.numbers[id(code)] = _NUMBERS.setdefault(code, len(_NUMBERS))
            self.kept.append(code)
        return found


class _Watch:
    """``saw`` is the profile function: it sees every return from a Python function."""

    def __init__(
        self, trace: Trace, outside: FrameType, added: Mapping[int, float], code: _Code
    ) -> None:
        self.trace, self.outside, self.added, self.code = trace, outside, added, code
        self.seen: dict[str, list[Any]] = {}  # local name -> what it held, in order
        self.ids: set[tuple[str, int]] = set()
        self.looked: dict[int, tuple[int, int]] = {}  # frame -> the line and instruction, then
        self.taken: set[tuple[int, int]] = set()  # where numbers left the graph
        self.held: dict[str, Any] = {}  # what was last seen under a name
        self.caller: FrameType | None = None  # who made the last node, by which instruction
        self.instruction, self.last = -1, Made(())

    def saw(self, frame: FrameType, event: str, result: Any) -> None:
        """An event; a method, as an object that can be called takes a third longer."""
        if event != "return":
            return
        code = frame.f_code
        role = self.code.roles.get(id(code))
        if role is None:
            role = self.code.role(code)
        if role == "made":
            if isinstance(result, Value):
                self._made(frame, result)
        elif role == "theirs":
            self._look(frame, last=True)
            self.trace.locals |= _local_numbers(frame)
        elif role == "compared":
            self._compared(frame, result)
        elif role:
            user = frame.f_back
            while user is not None and not _of_the_package(user) and is_library(user.f_code):
                user = user.f_back
            if user is not None and not _of_the_package(user):
                self._number_taken(user, role)

    def _made(self, frame: FrameType, v: Value) -> None:
        caller = frame.f_back
        while caller is not None and caller.f_code.co_filename.startswith(methods.__file__):
            caller = caller.f_back  # the reflected twin of an operator
        if caller is None or v in self.trace.made:
            return
        if caller is self.caller and caller.f_lasti == self.instruction:
            # NumPy goes through an array for us: half the time of the nodes' search for a line.
            self._keep(v, self.last)
            return
        user = self._user(caller)
        if user is None:  # made between the user's function and ours, by no line of the user's
            return
        # In the user's code and in ours: sigmoid(z1) and sigmoid(z2) are two places.
        site = (
            self.code.number(caller.f_code),
            caller.f_lasti,
            self.code.number(user.f_code),
            user.f_lasti,
        )
        made = self.code.places.get(site)
        if made is None:
            made = self.code.places[site] = Made(site, user.f_lineno, user.f_code.co_filename)
        self._keep(v, made)
        if caller is not user:  # the user's own may be in a loop, with other names for each turn
            self.caller, self.instruction, self.last = caller, caller.f_lasti, made
        line, instruction = self.looked.get(id(user), (0, 0))
        self.looked[id(user)] = made.line, user.f_lasti
        if line != made.line or instruction >= user.f_lasti:  # another statement, or once more
            self._look(user)

    def _keep(self, v: Value, made: Made) -> None:
        if self.added:
            v._data += self.added.get(len(self.trace.made), 0.0)
        self.trace.made[v] = made

    def _number_taken(self, user: FrameType, how: str) -> None:
        place = (id(user.f_code), user.f_lasti)
        if place not in self.taken:
            self.taken.add(place)
            self.code.kept.append(user.f_code)
            self.trace.reads.append(number_taken(user, how))

    def _user(self, frame: FrameType | None) -> FrameType | None:
        """The innermost frame from here on that is the user's; ``None`` outside of f."""
        while frame is not None and frame is not self.outside:
            code = frame.f_code
            if self.code.roles.get(id(code)) == "theirs" or not _is_ours(code):
                return frame
            frame = frame.f_back
        return None

    def _compared(self, frame: FrameType, result: Any) -> None:
        user = self._user(frame.f_back)
        if user is None or not isinstance(result, bool):
            return
        one, other = frame.f_locals["self"], frame.f_locals["other"]
        sides = [float(x) for x in (one, other)]
        if sides[0] == sides[1]:
            self.trace.ties.append(user.f_lineno)
        site = (self.code.number(user.f_code), *_position(user))
        self.trace.compared.append((one, other))
        self.trace.margins.append((site, sides[0] - sides[1]))
        self.trace.choices.append((site, user.f_lineno, result))

    def _look(self, frame: FrameType, *, last: bool = False) -> None:
        if frame.f_code.co_name.startswith("<"):  # a lambda or a comprehension names nothing
            return
        for name, x in frame.f_locals.items():
            if self.held.get(name) is x:
                continue
            if last and isinstance(x, list) and x and all(isinstance(v, Value) for v in x):
                x = objects(x, (len(x),))
            elif not isinstance(x, Value) and not (isinstance(x, np.ndarray) and x.dtype == object):
                continue
            if (name, id(x)) not in self.ids:
                self.ids.add((name, id(x)))
                self.seen.setdefault(name, []).append(x)  # kept alive, so that ids stay unique
            self.held[name] = x

    def name_all(self) -> None:
        """Names for what the locals held: ``h``, or ``h#1``, ``h#2`` … where one was reused."""
        names, groups = self.trace.names, self.trace.groups
        inside = set(self.trace.nodes)
        for name, held in self.seen.items():
            fresh = []
            for x in held:
                elements = [x] if isinstance(x, Value) else list(x.flat)
                new = all(isinstance(v, Value) and v not in names for v in elements)
                if new and not inside.isdisjoint(elements):
                    fresh.append(x)
                    names |= dict.fromkeys(elements, name)
            for k, x in enumerate(fresh, 1):
                word = name if len(fresh) == 1 and name not in groups else f"{name}#{k}"
                groups[word] = x
                if isinstance(x, Value):
                    names[x] = word
                    continue
                for v, index in zip(x.flat, np.ndindex(x.shape), strict=True):
                    names[v] = f"{word}[{', '.join(map(str, index))}]"


def _local_numbers(frame: FrameType) -> dict[str, Any]:
    """The plain numbers, Values and arrays among the locals of a function that returns."""
    out: dict[str, Any] = {}
    for name, x in frame.f_locals.items():
        number = isinstance(x, Value | float | int | np.number) and not isinstance(x, bool)
        array = isinstance(x, np.ndarray) and all(isinstance(v, Value | float) for v in x.flat)
        if number or array:
            out[name] = x
    return out


def _position(frame: FrameType) -> tuple[Any, ...]:
    """Where in the source a frame is: a loop's condition is compiled twice."""
    positions = getattr(frame.f_code, "co_positions", None)
    if positions is not None:
        place = next(islice(positions(), frame.f_lasti // 2, None))
        if None not in place:
            return tuple(place)
    return (frame.f_lasti,)


def _role(code: CodeType) -> str:
    """What the return of a function means: a Value was "made" or "compared", or a number taken.

    "theirs" for a function of the user's; "" for one that does not matter.
    """
    if not _is_ours(code):  # a comprehension names nothing
        return "" if code.co_name in _COMPREHENSIONS else "theirs"
    if any(code is m.__code__ for m in (*METHODS.values(), *REFLECTED.values()) if m):
        return "made"
    return "compared" if code is _COMPARE else _READS.get(code, "")


def _of_the_package(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(LIBRARIES[0])


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(LIBRARIES)

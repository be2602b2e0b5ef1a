"""Tracing: a function is run once on Values that note comparisons and numbers that are taken out.

``Tracer`` is a subclass of ``Value`` with methods made from the same table; ``Value`` knows
nothing of it.  It notes comparisons, for they decide which way a function goes, and
numbers that are taken out of the graph, for what is computed with them stays as it was.
"""

from __future__ import annotations

import operator
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from ..caller import place, user_frame
from ..errors import RecordingError
from ..functions import install
from ..number import number_of, to_float
from ..ops import OPS
from ..value import Value, operand
from .tape import Compared

# Where this package and NumPy are.
_SIGNS: dict[Any, str] = {
    float.__lt__: "<",
    float.__le__: "<=",
    float.__gt__: ">",
    float.__ge__: ">=",
}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
Result = TypeVar("Result")
_active = threading.local()
_recorded: dict[int, set[Value]] = {}  # parameters that are Tracers now, by recording
_lock = threading.Lock()  # of _recorded


@dataclass
class Recorder:
    """What is noted during one recording."""

    allow_numbers: bool = False
    compared: list[Compared] = field(default_factory=list)

    def note(self, left: Any, sign: str, right: Any, held: bool) -> None:
        """Note a comparison, with the user's line that made it."""
        frame = user_frame()
        self.compared.append(
            Compared(left, sign, right, held, frame.f_code.co_filename, frame.f_lineno)
        )


def _recorder() -> Recorder | None:
    """The innermost recording of this thread."""
    stack = getattr(_active, "stack", None)
    return stack[-1] if stack else None


class Tracer(Value):
    """A Value that is being recorded.  Its operations give Tracers."""

    __slots__ = ()
    unchecked: bool = False  # made by a derivative's rule, which has no domain errors

    def _compare(self, other: Any, compare: Callable[[float, float], bool]) -> bool:
        held = super()._compare(other, compare)
        recorder = _recorder()
        if recorder is not None and held is not NotImplemented:
            right = other if isinstance(other, Value) else number_of(other)
            recorder.note(self, _SIGNS[compare], right, held)
        return held

    def _decides(self) -> Any:
        return _Deciding(self)

    def _leave(self, what: str) -> None:
        recorder = _recorder()
        if recorder is not None and not recorder.allow_numbers:
            frame = user_frame()
            where = place(frame.f_code.co_filename, frame.f_lineno)
            raise RecordingError(
                f"{what} takes the number of {self.formula()} out of the graph ({where}), and what "
                "is computed with it would stay as recorded; compute on the Value itself, or "
                "allow it with record(..., allow_numbers=True)"
            )

    @property
    def data(self) -> float:
        """Its number, which leaves the graph."""
        self._leave(".data")
        return self._data

    @data.setter
    def data(self, data: float) -> None:
        if _recorder() is not None:
            raise RecordingError(f".data of {self.formula()} cannot be assigned while recording")
        self._data = to_float(data)

    @property
    def grad(self) -> Any:
        """Its gradient; as a number it leaves the graph."""
        grad = getattr(self, "_grad", None)
        if grad is not None and not isinstance(grad, Value):
            self._leave(".grad, after a backward() without create_graph=True,")
        return 0.0 if grad is None else grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad if grad is None or isinstance(grad, Value) else to_float(grad)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | float):
            raise RecordingError(
                f"{self.formula()} == {other!r} compares a node with a number; write "
                f"{other!r} <= v <= {other!r}, which is kept as a guard"
            )
        return super().__eq__(other)

    __hash__ = Value.__hash__

    def __bool__(self) -> NoReturn:
        raise RecordingError(
            f"{self.formula()} has no truth value; compare it, as in `if v > 0`, which is kept "
            "as a guard"
        )

    def __copy__(self) -> Any:
        if _recorder() is None:
            return super().__copy__()  # type: ignore[misc]
        self._leave("copy.copy()")
        return Value(self._data)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if _recorder() is None:
            return super().__deepcopy__(memo)  # type: ignore[misc]
        self._leave("copy.deepcopy()")
        return Value(self._data)

    def __float__(self) -> float:
        self._leave("float()")
        return super().__float__()

    def __int__(self) -> int:
        self._leave("int()")
        return super().__int__()

    __trunc__ = __int__

    def __round__(self, digits: int | None = None) -> float:
        self._leave("round()")
        return super().__round__(digits)

    def __floor__(self) -> int:
        self._leave("math.floor(), which is not the operation floor(v),")
        return super().__floor__()

    def __ceil__(self) -> int:
        self._leave("math.ceil()")
        return super().__ceil__()

    def __pow__(self, exponent: Any) -> Any:
        if isinstance(exponent, Value):
            return _method("pow")(self, exponent)
        n = operand(exponent)
        return n if n is NotImplemented else _method("power")(self, n)

    def __rpow__(self, base: Any) -> Any:
        if isinstance(base, Value):
            return _method("pow")(base, self)
        n = operand(base)
        return n if n is NotImplemented else _method("exponential")(self, n)


def _method(name: str) -> Callable[..., Any]:
    """The Tracer's own method of an operation."""
    method: Callable[..., Any] = vars(Tracer)[name]
    return method


class _Deciding:
    """A recorded number in the condition of a rule, where ``==`` compares and 0 is false."""

    def __init__(self, v: Tracer) -> None:
        self.v = v

    def _compare(self, sign: str, other: Any) -> bool:
        right = other.v if isinstance(other, _Deciding) else float(other)
        number = right._data if isinstance(right, Value) else right
        held = bool(COMPARE[sign](self.v._data, number))
        recorder = _recorder()
        if recorder is not None:
            recorder.note(self.v, sign, right, held)
        return held

    def __lt__(self, other: Any) -> bool:
        return self._compare("<", other)

    def __le__(self, other: Any) -> bool:
        return self._compare("<=", other)

    def __gt__(self, other: Any) -> bool:
        return self._compare(">", other)

    def __ge__(self, other: Any) -> bool:
        return self._compare(">=", other)

    def __eq__(self, other: object) -> bool:
        return self._compare("==", other)

    def __ne__(self, other: object) -> bool:
        return self._compare("!=", other)

    def __bool__(self) -> bool:
        return self._compare("!=", 0.0)

    __hash__ = None  # type: ignore[assignment]


def tracer(x: float, label: str = "") -> Tracer:
    """A leaf to be recorded from."""
    v = Tracer(x)
    if label:
        v.label = label
    return v


def recorded(run: Callable[[], Result], leaves: Sequence[Value], recorder: Recorder) -> Result:
    """What ``run`` returns; meanwhile ``leaves`` are Tracers, and ``recorder`` is told of them.

    Only this thread records; in others a leaf computes as ever.  It is a Value again when the last
    thread that records it has ended.
    """
    for op in [*OPS.values()]:
        if op.name not in vars(Tracer):  # defined since
            install(op, Tracer)
    stack = _active.__dict__.setdefault("stack", [])
    depth, mine = len(stack), set[Value]()

    def ended() -> None:  # twice, if a Ctrl-C comes while it does it
        del stack[depth:]
        with _lock:
            _recorded.pop(id(recorder), None)
            for v in mine.difference(*_recorded.values()):
                v.__class__ = Value

    try:
        with _lock:
            theirs = set[Value]().union(*_recorded.values())
            mine.update(v for v in leaves if type(v) is Value or v in theirs)
            _recorded[id(recorder)] = mine
            for v in mine:
                v.__class__ = Tracer
        stack.append(recorder)
        result = run()
        ended()
    except BaseException:
        ended()
        raise
    return result


def held_elsewhere(captured: dict[Value, int]) -> set[Value]:
    """Those of the leaves that somebody else holds than the graph; all where none can tell.

    Args:
        captured: for each leaf, the number of times that the graph holds it.
    """
    count = getattr(sys, "getrefcount", None)
    if count is None:
        return set(captured)
    probe = Value(0.0)
    captured[probe] = 0
    del probe  # held by the dict alone, as the others are if the graph alone holds them
    held = [(count(v) - uses, v) for v, uses in captured.items()]
    least, _ = held[-1]
    del captured[held.pop()[1]]
    return {v for n, v in held if n > least}

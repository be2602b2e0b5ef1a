"""The backends, and which of them runs a program of a given size on one point or on many."""

from __future__ import annotations

import sys
from typing import Any

from ..errors import CompilerError
from .batch import Samples
from .c_compiler import (
    available,
    tell,
)
from .c_point import PointBackend
from .c_rows import as_in_python
from .c_table import TableBackend
from .codegen import PythonBackend
from .numpy_executor import NumPyBackend
from .simd import SimdBackend
from .tape import Tape

BACKENDS = ("auto", "python", "numpy", "c")
POINT: dict[str, Any] = {
    "python": PythonBackend,
    "numpy": NumPyBackend,
    "c": PointBackend,
    "table": TableBackend,
}
# Operations in a tape:
PYTHON_FIRST = 150  # so many at most: generated Python is done before NumPy or the table is called
GENERATED_AT_MOST = 1000  # C generated for one tape compiles in a few seconds
LOOKED_THROUGH = 20_000  # whether they are the same few, as in derivatives of derivatives
PYTHON_AT_MOST = 3000  # generated Python is faster than groups in NumPy
COMPILE_FROM = 20_000  # operations times samples: compiling is worth its while
# Calls one by one, after which as much time has gone into them as compiling takes:
COMPILE_AFTER = 10_000  # of small graphs
COMPILE_AFTER_EACH = 60  # for each operation of larger ones, which the table is quicker with


def check_backend(backend: str) -> None:
    """Raise ``ValueError`` if there is no backend of that name."""
    if backend not in BACKENDS:
        raise ValueError(f"backend = {backend!r}: it is one of {', '.join(map(repr, BACKENDS))}")


def compiles_batches(tape: Tape) -> bool:
    """Whether ``"c"`` generates C for batches of this tape."""
    return tape.size <= GENERATED_AT_MOST and available()


def point_backend(backend: str, tape: Tape, names: Any, check: bool) -> Any:
    """What runs one point at a time.  A missing or failing compiler is told of, once."""
    if backend == "auto":
        small = tape.size <= PYTHON_FIRST
        fallback = "python" if tape.size <= PYTHON_AT_MOST else "numpy"
        backend = "python" if small else "table" if available() else fallback
    elif backend == "c" and not _is_short(tape, tape.size):
        backend = "table"
    try:
        return POINT[backend](tape, names, check)
    except CompilerError as error:
        tell(error)
        return NumPyBackend(tape, names, check)


def compile_at(backend: str, size: int) -> int:
    """The call with which C is generated for one point; 0 for never."""
    if backend == "auto":
        return max(COMPILE_AFTER, COMPILE_AFTER_EACH * min(size, GENERATED_AT_MOST))
    return int(backend == "c")


def _is_short(tape: Tape, operations: int) -> bool:
    """Whether C for so many operations, and for the results, compiles in a few seconds."""
    return max(operations, len(tape.wrt) + len(tape.outputs)) <= GENERATED_AT_MOST


def code_backend(
    backend: str, tape: Tape, check: bool, gradient: bool, made: dict[Any, Any]
) -> PointBackend | None:
    """C generated for one point, kept in ``made``; ``None`` if it is too long or not to be had.

    With ``"auto"``, which begins in Python, also where C has not Python's bits.
    """
    if not available() or (backend == "auto" and not as_in_python(tape.rows)):
        return None
    whole = _is_short(tape, tape.size)
    again = not whole and not gradient and tape.size <= LOOKED_THROUGH
    if not whole and not (again and _is_short(tape, tape.distinct)):
        return None
    try:
        if "code" not in made:
            made["code"] = PointBackend(tape, (), check, gradient=whole)
    except CompilerError as error:
        tell(error, "NumPy" if backend == "c" else "Python")
        return None
    if backend == "c" and whole:
        made["point"] = made["code"]
    return made["code"]  # type: ignore[no-any-return]


def compiles_from(backend: str, tape: Tape) -> int:
    """So many samples at least, for which C is generated."""
    if backend == "auto":
        return -(-COMPILE_FROM // tape.size) if tape.size else sys.maxsize
    return 1


def batch_backend(
    backend: str,
    tape: Tape,
    samples: Samples,
    wanted: tuple[bool, bool],
    made: dict[Any, Any],
    names: Any,
    check: bool,
) -> Any:
    """What runs many samples at a time; what was made is kept in ``made``.

    Args:
        wanted: whether results are wanted for each sample, and whether gradients are.
    """
    if backend == "auto":
        worthwhile = samples.count >= compiles_from(backend, tape)
        backend = "c" if worthwhile and available() else "numpy"
    each, gradient = wanted
    key: Any = "numpy"
    if backend == "c":
        key = (samples.key, each, gradient) if tape.size <= GENERATED_AT_MOST else "c"
    if key not in made:
        try:
            if key == "c":
                made[key] = TableBackend(tape, names, check)
            elif key != "numpy":
                made[key] = SimdBackend(
                    tape, samples.varies, each=each, gradient=gradient, check=check
                )
        except CompilerError as error:
            tell(error)
        if key not in made:
            made[key] = made.setdefault("numpy", NumPyBackend(tape, names, check))
    return made[key]

"""The backends, and which of them runs a program of a given size on one point or on many."""

from __future__ import annotations

from typing import Any

from ..errors import CompilerError
from .batch import Samples
from .c_compiler import (
    available,
    tell,
)
from .c_table import TableBackend
from .codegen import PythonBackend
from .numpy_executor import NumPyBackend
from .simd import SimdBackend
from .tape import Tape

BACKENDS = ("auto", "python", "numpy", "c")
POINT: dict[str, Any] = {"python": PythonBackend, "numpy": NumPyBackend, "c": TableBackend}
# Operations in a tape:
PYTHON_FIRST = 150  # so many at most: generated Python is done before NumPy or C are called
SIMD_AT_MOST = 1000  # C generated for one tape compiles in a few seconds
PYTHON_AT_MOST = 3000  # generated Python is faster than groups in NumPy
COMPILE_FROM = 20_000  # operations times samples: compiling is worth its while


def check_backend(backend: str) -> None:
    """Raise ``ValueError`` if there is no backend of that name."""
    if backend not in BACKENDS:
        raise ValueError(f"backend = {backend!r}: it is one of {', '.join(map(repr, BACKENDS))}")


def compiles_batches(tape: Tape) -> bool:
    """Whether ``"c"`` generates C for batches of this tape."""
    return tape.size <= SIMD_AT_MOST and available()


def point_backend(backend: str, tape: Tape, names: Any, check: bool) -> Any:
    """What runs one point at a time.  A missing or failing compiler is told of, once."""
    if backend == "auto":
        small = tape.size <= PYTHON_FIRST
        fallback = "python" if tape.size <= PYTHON_AT_MOST else "numpy"
        backend = "python" if small else "c" if available() else fallback
    try:
        return POINT[backend](tape, names, check)
    except CompilerError as error:
        tell(error)
        return NumPyBackend(tape, names, check)


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
        worthwhile = samples.count * tape.size >= COMPILE_FROM
        backend = "c" if worthwhile and available() else "numpy"
    each, gradient = wanted
    key: Any = "numpy"
    if backend == "c":
        key = (samples.key, each, gradient) if tape.size <= SIMD_AT_MOST else "c"
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

"""Which backends there are, and which one is meant."""

from __future__ import annotations

from typing import Any

from .arrays import ArrayBackend
from .batch import Samples
from .careful import PythonBackend
from .compiler import CompilerError, available, tell
from .levels import LevelBackend
from .listing import Listing
from .table import TableBackend

BACKENDS = ("auto", "python", "numpy", "c")
POINT: dict[str, Any] = {"python": PythonBackend, "numpy": LevelBackend, "c": TableBackend}
MANY: dict[str, Any] = {"numpy": ArrayBackend}
SMALL = 150  # up to so many operations, Python is done before NumPy or C are called
STRAIGHT = 3000  # up to so many, Python is faster than NumPy on levels


def check_backend(backend: str) -> None:
    """Raise ``ValueError`` if there is no backend of that name."""
    if backend not in BACKENDS:
        raise ValueError(f"backend = {backend!r}: it is one of {', '.join(map(repr, BACKENDS))}")


def point_backend(backend: str, listing: Listing, names: Any, check: bool) -> Any:
    """What runs one point at a time.  A missing or failing compiler is told of, once."""
    if backend == "auto":
        small = listing.size <= SMALL
        fallback = "python" if listing.size <= STRAIGHT else "numpy"
        backend = "python" if small else "c" if available() else fallback
    try:
        return POINT[backend](listing, names, check)
    except CompilerError as error:
        tell(error)
        return LevelBackend(listing, names, check)


def many_backend(
    backend: str, listing: Listing, samples: Samples, made: dict[Any, Any], names: Any, check: bool
) -> Any:
    """What runs many samples at a time; what was made is kept in ``made``."""
    if "many" not in made:
        made["many"] = ArrayBackend(listing, names, check)
    return made["many"]

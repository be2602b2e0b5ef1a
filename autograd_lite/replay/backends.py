"""Which backends there are, and which one ``"auto"`` means."""

from __future__ import annotations

from typing import Any

from .careful import PythonBackend
from .listing import Listing
from .table import TableBackend

BACKENDS = ("auto", "python", "numpy", "c")
POINT: dict[str, Any] = {"python": PythonBackend, "c": TableBackend}


def chosen(backend: str, listing: Listing) -> str:
    """The backend for one point.  Raises ``ValueError`` if there is none of that name."""
    if backend not in BACKENDS:
        raise ValueError(f"backend = {backend!r}: it is one of {', '.join(map(repr, BACKENDS))}")
    return "python" if backend == "auto" else backend

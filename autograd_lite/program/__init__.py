"""Record once, run many: a graph becomes a program.

``record`` runs a function once and keeps its graph as a ``Program``; ``Program.from_graph`` takes
a graph that exists.  A program computes value and gradient for new numbers, by straight-line
Python, NumPy or C.
"""

from ..errors import GuardError, RecordingError
from .backends import check_backend
from .program import Program
from .recorder import record

__all__ = ["GuardError", "Program", "RecordingError", "check_backend", "record"]

"""Record a function once, run it many times: graphs become programs in Python, NumPy and C.

``record`` traces a function into a ``Program``; ``Program.from_graph`` takes a graph that exists.
A program computes values and gradients for new numbers.  The files, in the order of their work:

* ``tracer``, ``recorder``: run the function, note its comparisons; ``pytree`` flattens arguments;
* ``tape``: the graph as columns of numbers, which all that follows reads;
* ``interpreter``: line by line, with every check; ``codegen``: as generated Python;
* ``numpy_executor``, on ``arrays``; ``jax_torch``; ``c_table``, ``simd``, on ``c_rows``, ``c_math``
  and ``c_compiler``: as their names say; ``backends`` chooses;
* ``batch``: arrays of samples in and out; ``program``: what the user calls.
"""

from ..errors import GuardError, RecordingError
from .backends import check_backend, compiles_batches
from .program import Program
from .recorder import record

__all__ = ["GuardError", "Program", "RecordingError", "check_backend", "compiles_batches", "record"]

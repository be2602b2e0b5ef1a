"""One point in C: a tape as data, run by one small loop of computed gotos.

The loop is compiled once, for all tapes.  Values and gradients are those of
``Value`` to the last bit, as far as C's mathematical functions are those that Python calls
(``hypot`` is not).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import GuardError
from ..ops import OPS, Op
from .batch import Reduce, Samples, reduced
from .c_compiler import load
from .c_rows import functions, given, head, tag
from .interpreter import (
    check_guard,
    gradients,
)
from .pytree import array_row
from .tape import Tape

_BUILT_IN = tuple(OPS)


class TableBackend:
    """One point, or many samples one after the other, by the table.

    Args:
        tape: what to compute.
        names: not used; the inputs' names.
        check: whether to check domains; guards are always checked.

    A node takes 28 bytes: what it computes from what, its value, its gradient.
    """

    name = "c"
    reads = staticmethod(array_row)

    def __init__(self, tape: Tape, names: Sequence[str] = (), check: bool = True) -> None:
        self.tape, self.check = tape, check
        own = [op for op in tape.rows if op.name not in _BUILT_IN]
        rows = [*(OPS[name] for name in _BUILT_IN), *own]
        self._library = load(source(rows), "-ffp-contract=off")
        place = np.array([rows.index(op) for op in tape.rows], dtype=np.uint16)
        code = tape.code
        end = 4 * len(rows)  # before the first line and behind the last
        inside = (place[code >> 2] * 4 + (code & 3)).astype(np.uint16)
        self._code = np.concatenate([[end], inside, [end]]).astype(np.uint16)
        slots = tape.base + tape.size
        self._v = np.zeros(slots)
        self._v[tape.inputs : tape.base] = tape.constants
        self._g = np.zeros(slots)
        self._columns = [x.ctypes.data for x in (self._code[1:], tape.a, tape.b, tape.c, self._v)]
        self._lock = threading.Lock()  # C runs while other threads do
        self._wrt = np.array(tape.wrt, dtype=np.intp)
        self._outputs = np.array(tape.outputs, dtype=np.intp)
        for name, pointers in (("forward", 5), ("backward", 6), ("outside", 6)):
            function = getattr(self._library, name)
            function.argtypes = [ctypes.c_long] * 2 + [ctypes.c_void_p] * pointers
            function.restype = ctypes.c_long

    def outputs(self, numbers: Any) -> list[float]:
        """The outputs at one point."""
        with self._lock:
            self._forward(numbers)
            found: list[float] = self._v[self._outputs].tolist()
            return found

    def value_and_grad(self, numbers: Any) -> tuple[float, Any]:
        """The output and its gradient at one point."""
        tape = self.tape
        root = tape.outputs[0]
        with self._lock:
            self._forward(numbers)
            self._g.fill(0.0)
            self._g[root] = 1.0
            nan = self._library.backward(tape.reach, tape.base, *self._columns, self._g.ctypes.data)
            grads = np.array(gradients(tape, self._v.tolist())) if nan else self._g[self._wrt]
            return float(self._v[root]), grads

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        tape, count = self.tape, samples.count
        points = np.column_stack([np.broadcast_to(x, count) for x in samples.columns()])
        values = np.empty((len(tape.outputs), count))
        slopes = np.empty((len(tape.wrt), count))
        for k, point in enumerate(points):
            try:
                if gradient:
                    values[0, k], slopes[:, k] = self.value_and_grad(point)
                else:
                    values[:, k] = self.outputs(point)
            except (GuardError, ValueError) as error:
                raise type(error)(f"sample {k}: {error}") from None
        moving = samples.varies
        grads = reduced([*slopes], [moving[k] for k in tape.wrt], count, reduce)
        outputs = values if reduce is None else getattr(np, reduce)(values, axis=1)
        return list(outputs), grads if gradient else None

    def _forward(self, numbers: Any) -> None:
        tape, v = self.tape, self._v
        v[: tape.inputs] = numbers
        self._library.forward(tape.size, tape.base, *self._columns)
        for g in tape.guards:
            check_guard(tape, g, float(v[g.left]), float(v[g.right]))
        if self.check and tape.checked.size:
            checked = tape.checked
            k = self._library.outside(len(checked), tape.base, *self._columns, checked.ctypes.data)
            if k >= 0:
                line = tape.line(int(checked[k]))
                labels = [tape.labels.get(x, "") for x in line.operands]
                line.op.check(tuple(float(v[x]) for x in line.arguments), (labels[0], labels[-1]))


_COLUMNS = "const uint16_t *code, const int32_t *a, const int32_t *b, const int32_t *c, double *v"


def source(rows: Sequence[Op]) -> str:
    """The loops for these rows, in C; a line's code is 4 · (place in ``rows``) + towards."""
    forward, backward, outside = [], [], []
    for k, op in enumerate(rows):
        call = f"({', '.join(_operands(op))})"
        value = f"r[i] = f_{tag(op)}{call}; NEXT"
        forward.append(f"{_labels(k, range(4))} {value}")
        for towards in (1, 2, 3)[: 1 if op.arity == 1 else 3]:
            terms = [
                f"g[{x}[i]] += up * d{j}_{tag(op)}{call[:-1]}, r[i]);"
                for j, x in enumerate(op.operands)
                if towards >> j & 1
            ]
            backward.append(f"L{4 * k + towards}: up = h[i]; {' '.join(terms)} NEXT")
        inside = f"in_{tag(op)}{call}" if op.domain else "1"
        outside.append(f"case {k}: if (!({inside})) return k; break;")
    still = [4 * k + t for k, op in enumerate(rows) for t in ((0,) if op.arity > 1 else (0, 2, 3))]
    jumps = ", ".join(f"&&L{k}" for k in range(4 * len(rows) + 1))
    end = f"L{4 * len(rows)}:"
    nan = "for (long k = 0; k < base; k++) if (g[k] != g[k]) return 1;"
    jump = f"static const void *const go[] = {{{jumps}}};"
    lines = [
        head(),
        functions(rows),
        f"long forward(long n, long base, {_COLUMNS}) {{",
        f"double *r = v + base; long i = -1; {jump}",
        "#define NEXT goto *go[code[++i]];",
        "NEXT",
        *forward,
        f"{end} return 0;",
        "}",
        "#undef NEXT",
        f"long backward(long n, long base, {_COLUMNS}, double *g) {{",
        f"double *r = v + base, *h = g + base, up; long i = n; {jump}",
        "#define NEXT goto *go[code[--i]];",
        "NEXT",
        f"{' '.join(f'L{k}:' for k in still)} NEXT",
        *backward,
        f"{end} {nan} return 0;",
        "}",
        f"long outside(long n, long base, {_COLUMNS}, const int32_t *checked) {{",
        "for (long k = 0; k < n; k++) { long i = checked[k]; switch (code[i] >> 2) {",
        *outside,
        "} } return -1; }",
    ]
    return "\n".join(lines)


def _labels(k: int, kinds: range) -> str:
    return " ".join(f"L{4 * k + towards}:" for towards in kinds)


def _operands(op: Op) -> list[str]:
    """Where the row's arguments are found, in the order of its C functions."""
    columns = dict(zip(given(op), ("a", "b", "c") if op.arity == 2 else ("a", "b"), strict=False))
    return [f"v[{column}[i]]" for column in columns.values()]

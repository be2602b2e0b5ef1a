"""One point in C: instructions as data, run by two small loops of computed gotos.

The loops are compiled once, for all tapes; ``chains`` makes a tape into instructions.  Values and
gradients are those of ``Value`` to the last bit, as far as C's mathematical functions are those
that Python calls (``hypot`` is not).
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
from .chains import CHAINS, SOURCE, instructions
from .interpreter import check_guard, gradients
from .pytree import array_row
from .tape import Tape

_BUILT_IN = tuple(OPS)


class TableBackend:
    """One point, or many samples one after the other, by the table.

    Args:
        tape: what to compute.
        names: not used; the inputs' names.
        check: whether to check domains; guards are always checked.
    """

    name = "c"
    reads = staticmethod(array_row)

    def __init__(self, tape: Tape, names: Sequence[str] = (), check: bool = True) -> None:
        self.tape, self.check = tape, check
        own = [op for op in tape.rows if op.name not in _BUILT_IN]
        self._rows = [*(OPS[name] for name in _BUILT_IN), *own]
        self._library = load(source(self._rows), "-O3", "-march=native", "-ffp-contract=off")
        made = instructions(tape, self._rows, self._library, check)
        base = tape.base
        ends = np.zeros((4, 1), dtype=np.int32)
        end = len(made.shapes)  # before the first instruction and behind the last
        ends[0] = end
        self._columns = np.concatenate([ends, made.columns, ends], axis=1)
        last = np.zeros((1, 12), dtype=np.int32)
        last[0, 0] = 16 * (len(self._rows) + len(CHAINS))
        self._shapes = np.concatenate([made.shapes, last])
        self._lists = made.lists
        self._v = np.zeros(made.size + len(made.copies))
        self._v[tape.inputs : base] = tape.constants
        self._v[base] = -0.0
        self._v[made.size :] = self._v[made.copies]
        self._g = np.zeros_like(self._v)
        self._wrt = np.array(tape.wrt, dtype=np.int32)
        self._outputs = made.place[tape.outputs]
        self._guards = [(int(made.place[g.left]), int(made.place[g.right])) for g in tape.guards]
        at = [x.ctypes.data for x in (self._shapes, *self._columns, self._lists, self._v, self._g)]
        code, *others = at[1:5]
        self._program = _Program(
            made.columns.shape[1], base + 1, made.size, len(self._g), len(self._wrt),
            int(self._outputs[0]), at[0], *(x + 4 for x in (code, *others)), *at[5:], self._wrt.ctypes.data,
        )
        self._at = ctypes.byref(self._program)
        self._lock = threading.Lock()  # C runs while other threads do
        self._library.backward.argtypes = [ctypes.c_void_p] * 2

    @property
    def nbytes(self):
        return sum(x.nbytes for x in (self._columns, self._shapes, self._lists, self._v, self._g, self._wrt))

    def outputs(self, numbers: Any) -> list[float]:
        """The outputs at one point."""
        with self._lock:
            self._forward(numbers)
            found: list[float] = self._v[self._outputs].tolist()
            return found

    def value_and_grad(self, numbers: Any) -> tuple[float, Any]:
        """The output and its gradient at one point."""
        grads = np.empty(len(self._wrt))
        with self._lock:
            self._forward(numbers)
            if self._library.backward(self._at, grads.ctypes.data):
                grads = np.array(gradients(self.tape, self._all_values()))
            return float(self._v[self._outputs[0]]), grads

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
        outside = self._library.forward(self._at)
        for g, (left, right) in zip(tape.guards, self._guards, strict=True):
            check_guard(tape, g, float(v[left]), float(v[right]))
        if outside:
            found = self._all_values()
            for k in tape.checked.tolist():
                line = tape.line(k)
                labels = [tape.labels.get(x, "") for x in line.operands]
                line.op.check(tuple(found[x] for x in line.arguments), (labels[0], labels[-1]))

    def _all_values(self) -> list[float]:
        """The number in every slot of the tape; those that are not stored are computed anew."""
        tape = self.tape
        place = instructions(tape, self._rows, self._library, self.check).place
        found: list[float] = np.where(place < 0, np.nan, self._v[place]).tolist()
        for k in np.flatnonzero(place < 0).tolist():
            line = tape.line(k - tape.base)
            found[k] = line.op.total(*(found[x] for x in line.arguments))
        return found


_LONGS = "count first size room wanted root".split()
_INTS = "code a b c lists".split()


class _Program(ctypes.Structure):
    """``Program`` in the source below."""

    _fields_ = [
        *((name, ctypes.c_long) for name in _LONGS),
        *((name, ctypes.c_void_p) for name in ("shapes", *_INTS, "v", "g", "wrt")),
    ]


_LOOPS = r"""
/* Whether the compiler may take the turns of the next loop side by side. */
static inline void axpy(long n, double up, const double *restrict x, double *restrict g) {
    for (long k = 0; k < n; k++) g[k] += up * x[k];
}
static inline double *dots(const Shape *t, const double *A, const double *B, const double *C, double *o) {
    for (long s = 0; s < t->s; s++)
        for (long j = 0; j < t->m; j++) {
            const double *a = A + s * t->sa + j * t->ja, *b = B + s * t->sb + j * t->jb;
            double sum = C[s * t->sc + j * t->jc];
            for (long k = 0; k < t->n; k++) sum += a[k * t->da] * b[k * t->db];
            *o++ = sum;
        }
    return o;
}
"""


def source(rows: Sequence[Op]) -> str:
    """The loops for these rows, in C; see ``chains`` for an instruction's code."""
    forward, backward = [], []
    for k, op in enumerate(rows):
        for many in (0, 8):
            turns = "EACH" if many else ""
            call = f"({', '.join(_operands(op))})"
            for checked in (0, 4)[: 1 + bool(op.domain)]:
                flows = range(2 if op.arity == 1 else 4)
                labels = " ".join(f"L{16 * k + many + checked + flow}:" for flow in flows)
                check = f"outside |= !in_{tag(op)}{call};" if checked else ""
                forward.append(f"{labels} {turns} {{ {check} *o++ = f_{tag(op)}{call}; }} NEXT")
                still = f"L{16 * k + many + checked}:"
                backward.append(f"{still} o -= t->m * t->s; NEXT")
            for flow in (1, 2, 3)[: 1 if op.arity == 1 else 3]:
                terms = [
                    f"g[{_AT[x]}] += up * d{j}_{tag(op)}{call[:-1]}, *o);"
                    for j, x in enumerate(op.operands)
                    if flow >> j & 1
                ]
                labels = " ".join(
                    f"L{16 * k + many + checked + flow}:" for checked in (0, 4)[: 1 + bool(op.domain)]
                )
                turns = "BACK" if many else ""
                backward.append(
                    f"{labels} {turns} {{ o--; double up = o[room]; {' '.join(terms)} }} NEXT"
                )
    first = 16 * len(rows)
    def chain(name, text, flows=range(4)):
        k = first + 16 * CHAINS.index(name)
        return " ".join(f"L{k + many + flow}:" for many in (0, 8) for flow in flows) + text
    forward += [
        chain("DOT", " o = dots(t, v + a[i], v + b[i], v + c[i], o); NEXT"),
        chain("DOT_STEPS", " o = dots(t, v + a[i], v + b[i], v + c[i], o); NEXT"),
        chain("DOT_LIST", """ EACH {
            const int32_t *x = lists + ATA, *y = x + t->n; double sum = v[ATC];
            for (long k = 0; k < t->n; k++) sum += v[x[k]] * v[y[k]];
            *o++ = sum; } NEXT"""),
        chain("SUM", """ EACH { double sum = v[ATC]; const double *x = v + ATA;
            for (long k = 0; k < t->n; k++) sum += x[k * t->da];
            *o++ = sum; } NEXT"""),
        chain("SUM_LIST", """ EACH { double sum = v[ATC]; const int32_t *x = lists + ATA;
            for (long k = 0; k < t->n; k++) sum += v[x[k]];
            *o++ = sum; } NEXT"""),
    ]
    for name in CHAINS:
        backward.append(chain(name, " o -= t->m * t->s; NEXT", [0]))
    for flow in (1, 2, 3):
        both = [f"axpy(t->n, up, v + {y}, g + {x});" for j, (x, y) in enumerate([("ATA", "ATB"), ("ATB", "ATA")]) if flow >> j & 1]
        one = ["g[x] += up * v[y];", "g[y] += up * v[x];"]
        terms = " ".join(one[j] for j in (0, 1) if flow >> j & 1)
        start = "o--; double up = o[room];"
        last = "if (k == 0) g[ATC] += up;"
        back = "for (long k = t->n; k--;)"
        backward += [
            chain("DOT", f" BACK {{ {start} g[ATC] += up; {' '.join(both)} }} NEXT", [flow]),
            chain("DOT_STEPS", f" BACK {{ {start} {back} {{ {last} long x = ATA + k * t->da, y = ATB + k * t->db; {terms} }} }} NEXT", [flow]),
            chain("DOT_LIST", f" BACK {{ {start} const int32_t *l = lists + ATA; {back} {{ {last} long x = l[k], y = l[t->n + k]; {terms} }} }} NEXT", [flow]),
            chain("SUM", f" BACK {{ {start} {back} g[ATA + k * t->da] += up; g[ATC] += up; }} NEXT", [flow]),
            chain("SUM_LIST", f" BACK {{ {start} const int32_t *l = lists + ATA; {back} g[l[k]] += up; g[ATC] += up; }} NEXT", [flow]),
        ]
    end = first + 16 * len(CHAINS)
    known = set()
    import re
    labels = set(re.findall(r"L(\d+):", " ".join(forward)))
    jumps = ", ".join(f"&&L{k}" if str(k) in labels or k == end else f"&&L{end}" for k in range(end + 1))
    blabels = set(re.findall(r"L(\d+):", " ".join(backward)))
    bjumps = ", ".join(f"&&L{k}" if str(k) in blabels or k == end else f"&&L{end}" for k in range(end + 1))
    state = f"""
    const Shape *shapes = p->shapes, *t; const int32_t *code = p->code, *a = p->a, *b = p->b, *c = p->c, *lists = p->lists;
    double *v = p->v, *g = p->g; const long room = g - v;"""
    return "\n".join([
        head(), functions(rows), SOURCE, _LOOPS,
        f"typedef struct {{ long {', '.join(_LONGS)}; Shape *shapes; int32_t *{', *'.join(_INTS)}; double *v, *g; int32_t *wrt; }} Program;",
        "#define ATA (a[i] + s * t->sa + j * t->ja)",
        "#define ATB (b[i] + s * t->sb + j * t->jb)",
        "#define ATC (c[i] + s * t->sc + j * t->jc)",
        "#define EACH for (long s = 0; s < t->s; s++) for (long j = 0; j < t->m; j++)",
        "#define BACK for (long s = t->s; s--;) for (long j = t->m; j--;)",
        "long forward(const Program *p) {", state,
        f"static const void *const go[] = {{{jumps}}};",
        "long i = -1, outside = 0; const long s = 0, j = 0; double *o = v + p->first;",
        "#define NEXT { t = shapes + code[++i]; goto *go[t->code]; }",
        "NEXT", *forward, f"L{end}: return outside; }}",
        "#undef NEXT",
        "long backward(const Program *p, double *grads) {", state,
        f"static const void *const go[] = {{{bjumps}}};",
        "memset(g, 0, sizeof *g * p->room); g[p->root] = 1.0;",
        "long i = p->count; const long s = 0, j = 0; double *o = v + p->size;",
        "#define NEXT { t = shapes + code[--i]; goto *go[t->code]; }",
        "NEXT", *backward,
        f"L{end}: {{ long nan = 0; for (long k = 0; k < p->wanted; k++) {{ double x = g[p->wrt[k]]; grads[k] = x; nan |= x != x; }} return nan; }} }}",
    ])


_AT = {"a": "ATA", "b": "ATB"}


def _operands(op: Op) -> list[str]:
    """Where the row's arguments are found, in the order of its C functions."""
    columns = ("a", "b", "c") if op.arity == 2 else ("a", "b")
    return [f"v[AT{column.upper()}]" for column, _ in zip(columns, given(op), strict=False)]

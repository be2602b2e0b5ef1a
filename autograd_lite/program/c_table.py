"""One point in C: instructions as data, run by two small loops of computed gotos.

The loops are compiled once, for all tapes; ``chains`` makes a tape into instructions.  Values and
gradients are those of ``Value`` to the last bit, as far as C's mathematical functions are those
that Python calls (``hypot`` is not).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..errors import GuardError
from ..notation import calls
from ..ops import OPS, Op
from .batch import Reduce, Samples, reduced
from .c_compiler import load
from .c_rows import functions, given, head, tag
from .c_chains import CHAINS, LOOPS, ONE_BACKWARD, ONE_FORWARD
from .chains import SOURCE, instructions
from .interpreter import check_guard, gradients
from .pytree import array_row
from .tape import Tape

_BUILT_IN = tuple(OPS)
_FLAGS = (
    "-march=native",
    "-ffp-contract=off",
    "-ftree-vectorize",
    "-fvect-cost-model=dynamic",
    "-fno-trapping-math",
)


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
        self._library = load(source(self._rows), *_FLAGS)
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
        self._v, self._g = np.zeros((2, made.size + len(made.copies)))
        self._v[tape.inputs : base] = tape.constants
        self._v[base] = -0.0
        self._v[made.size :] = self._v[made.copies]
        self._wrt = _places(tape.wrt)
        self._outputs = made.place[tape.outputs]
        self._guards = [(g, int(made.place[g.left]), int(made.place[g.right])) for g in tape.guards]
        at = [x.ctypes.data for x in (self._shapes, *self._columns, self._lists, self._v, self._g)]
        code, *others = at[1:5]
        self._program = _Program(
            made.columns.shape[1], base + 1, made.size, len(self._g),
            int(self._outputs[0]), tape.inputs, at[0], *(x + 4 for x in (code, *others)), *at[5:],
        )
        self._root = int(self._outputs[0])
        at = ctypes.byref(self._program)
        self._run_forward = partial(self._library.forward, at)
        self._backward = partial(self._library.backward, at)
        self._lock = threading.Lock()  # C runs while other threads do

    @property
    def nbytes(self):
        return sum(x.nbytes for x in (self._columns, self._shapes, self._lists, self._v, self._g))

    def outputs(self, numbers: Any) -> list[float]:
        """The outputs at one point."""
        with self._lock:
            self._forward(numbers)
            found: list[float] = self._v[self._outputs].tolist()
            return found

    def value_and_grad(self, numbers: Any) -> tuple[float, Any]:
        """The output and its gradient at one point."""
        with self._lock:
            self._forward(numbers)
            nan = self._backward()
            grads = self._g[self._wrt].copy()
            if nan and np.isnan(grads).any():  # 0 · ∞ is one of the reasons
                grads = np.array(gradients(self.tape, self._all_values()))
            return float(self._v[self._root]), grads

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
        outside = self._run_forward()
        for g, left, right in self._guards:
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


def _places(slots: Sequence[int]) -> Any:
    """The slots as a slice, which is read faster, where they are side by side."""
    first = slots[0] if slots else 0
    if list(slots) == list(range(first, first + len(slots))):
        return slice(first, first + len(slots))
    return np.array(slots, dtype=np.intp)


_LONGS = "count first size room root inputs".split()
_INTS = "code a b c lists".split()


class _Program(ctypes.Structure):
    """``Program`` in the source below."""

    _fields_ = [
        *((name, ctypes.c_long) for name in _LONGS),
        *((name, ctypes.c_void_p) for name in ("shapes", *_INTS, "v", "g")),
    ]


def source(rows: Sequence[Op]) -> str:
    """The loops for these rows, in C; see ``chains`` for an instruction's code."""
    forward: dict[int, str] = {}
    backward: dict[int, str] = {}
    many: list[str] = []
    for k, op in enumerate(rows):
        columns = ("a", "b", "c")[: len(given(op))]
        one, each = (
            ", ".join(f"v[{slot.format(x)}]" for x in columns) for slot in ("{}[i]", "AT({})")
        )
        f, code = tag(op), 16 * k
        for checked in (0, 4)[: 1 + bool(op.domain)]:
            check = f"outside |= !in_{f}(ARGUMENTS); " if checked else ""
            text = f"{check}*o++ = f_{f}(ARGUMENTS);"
            run = f"many_{code + checked}({_GIVEN})"
            many.append(
                f"{_MANY}long many_{code + checked}(GIVEN) {{ double *v = p->v; long outside = 0; "
                + (f"if (t->ja == 1 && t->s == 1) {{ const double *restrict x = v + a; double *restrict y = o; for (long j = 0; j < t->m; j++) y[j] = f_{f}({', '.join(['x[j]', 'v[b]'][:len(columns)])}); return 0; }}" if op.arity == 1 and not checked and not calls(op.value.tree) else "") +
                f"EACH {{ {text.replace('ARGUMENTS', each)} }} return outside; }}"
            )
            for flow in range(4):
                forward[code + checked + flow] = text.replace("ARGUMENTS", one)
                forward[code + checked + flow + 8] = f"outside |= {run}; {_ON}"
            backward |= {code + checked: "o--;", code + checked + 8: _BACK}
        terms = [f"g[{{{j}}}] += up * d{j}_{f}({{2}}, *o);" for j in range(op.arity)]
        pushes = " ".join(f"if (flow & {j + 1}) {term}" for j, term in enumerate(terms))
        many.append(
            f"{_MANY}void back_{code}(GIVEN, int flow) {{ double *v = p->v, *g = p->g; "
            + (f"if (t->ja == 1 && t->s == 1) {{ const double *restrict x = v + a, *restrict y = o - t->m, *restrict up = y + p->room; double *restrict gx = g + a; for (long j = 0; j < t->m; j++) gx[j] += up[j] * d0_{f}({', '.join(['x[j]', 'v[b]'][:len(columns)])}, y[j]); return; }}" if op.arity == 1 and not calls(op.derivatives[0].tree) else "") +
            f"BACK {{ double up = UP; {pushes.format('AT(a)', 'AT(b)', each)} }} }}"
        )
        for flow in (1, 2, 3)[: 1 if op.arity == 1 else 3]:
            pushed = " ".join(term for j, term in enumerate(terms) if flow >> j & 1)
            for checked in (0, 4)[: 1 + bool(op.domain)]:
                text = f"{{ double up = UP; {pushed.format('a[i]', 'b[i]', one)} }}"
                backward[code + checked + flow] = text
                backward[code + checked + flow + 8] = f"back_{code}({_GIVEN}, {flow}); {_BACK}"
    first = 16 * len(rows)
    for code, name in enumerate(CHAINS, len(rows)):
        for k in (0, 8):
            forward |= {16 * code + k + flow: f"{name}_forward({_GIVEN}); {_ON}" for flow in range(4)}
            backward[16 * code + k] = _BACK
            backward |= {16 * code + k + flow: f"{name}_backward({_GIVEN}, {flow}); {_BACK}" for flow in (1, 2, 3)}
        if name in ("DOT", "DOT_STEPS", "SUM"):
            kind = name[:3]
            forward |= {16 * code + flow: ONE_FORWARD[kind] for flow in range(4)}
            for flow in (1, 2, 3):
                terms = ("g[x] += up * v[y];", "g[y] += up * v[x];")
                term = " ".join(x for j, x in enumerate(terms) if flow >> j & 1)
                long = f"if (t->n > 8) {{ {backward[16 * code + flow]} }} else " if name == "DOT" else ""
                backward[16 * code + flow] = long + ONE_BACKWARD[kind].replace("PUSH_TERM", term)
    end = first + 16 * len(CHAINS)
    state = "const Shape *t; double *v = p->v; const int32_t *code = p->code, *a = p->a, *b = p->b, *c = p->c;"
    parts = [
        head(), functions(rows), SOURCE, 
        f"typedef struct {{ long {', '.join(_LONGS)}; Shape *shapes; int32_t *{', *'.join(_INTS)}; double *v, *g; }} Program;",
        LOOPS, *many,
        "long forward(const Program *p) {", state,
        "long i = -1, outside = 0; double *o = v + p->first;",
        "#define NEXT { t = p->shapes + code[++i]; goto *go[t->code]; }",
        _loop(forward, end, "return outside;"), "}",
        "#undef NEXT",
        "long backward(const Program *p) {", state,
        "double *g = p->g; memset(g, 0, sizeof *g * p->room); g[p->root] = 1.0;",
        "long i = p->count; double *o = v + p->size;",
        "#define NEXT { t = p->shapes + code[--i]; goto *go[t->code]; }",
        _loop(backward, end, "{ long nan = 0; for (long k = 0; k < p->inputs; k++) nan |= g[k] != g[k]; return nan; }"), "}",
    ]
    return "\n".join(parts)


_MANY = "static __attribute__((noinline)) "
_GIVEN = "p, t, a[i], b[i], c[i], o"
_ON, _BACK = "o += t->m * t->s;", "o -= t->m * t->s;"


def _loop(texts: dict[int, str], end: int, last: str) -> str:
    labels: dict[str, list[int]] = {}
    for code, text in texts.items():
        labels.setdefault(text, []).append(code)
    jumps = ", ".join(f"&&L{k if k in texts else end}" for k in range(end + 1))
    lines = [f"{' '.join(f'L{k}:' for k in codes)} {text} NEXT" for text, codes in labels.items()]
    return "\n".join([f"static const void *const go[] = {{{jumps}}};", "NEXT", *lines, f"L{end}: {last}"])

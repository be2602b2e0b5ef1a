"""One point in C: instructions as data, run by two small loops of computed gotos.

The loops are compiled once, for all tapes; ``chains`` makes a tape into instructions.  Values and
gradients are those of ``Value`` to the last bit, as far as C's mathematical functions are those
that Python calls (``hypot`` is not).
"""

from __future__ import annotations

import ctypes
import platform
import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..errors import GuardError
from ..expr import C
from ..notation import calls
from ..ops import OPS, Op
from .batch import Reduce, Samples, reduced
from .c_chains import CHAINS, CHECKED, CODES, LOOPS, MANY, ONE
from .c_compiler import load
from .c_rows import functions, given, head, tag
from .chains import SOURCE, instructions
from .interpreter import check_guard, gradients
from .pytree import array_row
from .tape import Tape

_BUILT_IN = tuple(OPS)
# Products are rounded before they are added, so that vectors have the bits of single numbers.
_FLAGS = ["-ffp-contract=off", "-ftree-vectorize"]
if platform.machine() in ("x86_64", "AMD64"):
    _FLAGS += ["-march=native"]  # 4 times as fast where there is AVX-512


class TableBackend:
    """One point, or many samples one after the other, by the table.

    Args:
        tape: what to compute.
        names: not used; the inputs' names.
        check: whether to check domains; guards are always checked.

    What is kept beside the tape is a value and a gradient for each instruction's result, and 16
    bytes for an instruction or for many that are alike.
    """

    name = "c"
    reads = staticmethod(array_row)

    def __init__(self, tape: Tape, names: Sequence[str] = (), check: bool = True) -> None:
        self.tape, self.check = tape, check
        every = all(op.name in _BUILT_IN for op in tape.rows)
        self._rows = [OPS[name] for name in _BUILT_IN] if every else tape.rows
        self._library = load(source(self._rows), *_FLAGS)
        made = instructions(tape, self._rows, self._library, check)
        base, count = tape.base, made.columns.shape[1]
        self._shapes = np.pad(made.shapes, ((0, 1), (0, 0)))
        self._shapes[-1, 0] = CODES * (len(self._rows) + len(CHAINS))  # of the ends
        self._columns = np.pad(made.columns, ((0, 0), (1, 1)))
        self._columns[0, [0, -1]] = len(made.shapes)
        self._lists = made.lists
        self._v, self._g = np.zeros((2, made.size + len(made.copies)))
        self._v[tape.inputs : base], self._v[base] = tape.constants, -0.0
        self._v[made.size :] = self._v[made.copies]
        self._inputs = _places(made.place[: tape.inputs])
        self._wrt = _places(made.place[tape.wrt])
        self._outputs, self._root = made.place[tape.outputs], int(made.place[tape.outputs[0]])
        self._guards = [(g, made.place[g.left], made.place[g.right]) for g in tape.guards]
        arrays = (self._shapes, *self._columns[:, 1:], self._lists, self._v, self._g)
        sizes = (count, base + 1, made.size, len(self._v), self._root, tape.inputs)
        self._program = _Program(*sizes, *(x.ctypes.data for x in arrays))
        at = ctypes.byref(self._program)
        self._run = partial(self._library.forward, at)
        self._run_back = partial(self._library.backward, at)
        self._lock = threading.Lock()  # C runs while other threads do
        tape.pack()  # 5 times as small, for 65,000 lines in 3 ms

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
            nan = self._run_back()
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
        v[self._inputs] = numbers
        outside = self._run()
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


def _places(places: Any) -> Any:
    """The places as a slice, which is read faster, where they are side by side."""
    first = int(places[0]) if len(places) else 0
    if (places == np.arange(first, first + len(places))).all():
        return slice(first, first + len(places))
    return places.astype(np.intp)


_SIZES = ("count", "first", "size", "room", "root", "inputs")
_COLUMNS = ("code", "a", "b", "c")
# Rows with loops of their own: up to 1.7 times as fast, backward, as by the loops for all.  With
# such loops for every row, a user's first program would wait another 0.7 s for the compiler.
_QUICK = ("add", "sub", "mul", "neg", "relu", "exp", "tanh", "sigmoid", "softplus", "silu")


class _Program(ctypes.Structure):
    """``Program`` in C: the instructions and the memory that they work in."""

    _fields_ = (
        *((name, ctypes.c_long) for name in _SIZES),
        *((name, ctypes.c_void_p) for name in ("shapes", *_COLUMNS, "lists", "v", "g")),
    )


_PROGRAM = f"""
typedef struct {{
    long {", ".join(_SIZES)};
    Shape *shapes;
    int32_t *{", *".join(_COLUMNS)}, *lists;
    double *v, *g;
}} Program;
"""
# GCC's passes that take a quarter of its time and gain nothing here.
_QUICKLY = """
#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize ("no-tree-vrp", "no-thread-jumps", "no-tree-pre", "no-schedule-insns2")
#pragma GCC optimize ("no-gcse", "no-tree-tail-merge")
#endif
"""
_EACH = """
#define ROW (t->code / CODES)
FORWARD(EACH) {
    const double *v = p->v;
    EACH *o++ = f[ROW](v[AT(a)], v[AT(b)], v[AT(c)], 0);
    return 0;
}
FORWARD(CHECKED) {
    const double *v = p->v;
    long outside = 0;
    EACH outside |= !in[ROW](v[AT(a)], v[AT(b)], v[AT(c)], 0);
    return EACH_forward(p, t, a, b, c, o) | outside;
}
BACKWARD(EACH) {
    double *v = p->v, *g = p->g;
    BACK {
        const double up = UP, x = v[AT(a)], y = v[AT(b)], z = v[AT(c)];
        if (flow & 1) g[AT(a)] += up * d0[ROW](x, y, z, *o);
        if (flow & 2) g[AT(b)] += up * d1[ROW](x, y, z, *o);
    }
}
"""
_RUN = r"""
#define STATE \
    const Shape *t; \
    const int32_t *code = p->code, *a = p->a, *b = p->b, *c = p->c; \
    double *v = p->v, *g = p->g;
long forward(const Program *p) {
    STATE
    static long (*const many[])(GIVEN) = {MANY_FORWARD};
    static const void *const go[] = {LABELS_FORWARD};
    long i = -1, outside = 0;
    double *o = v + p->first;
    #define NEXT { t = p->shapes + code[++i]; goto *go[t->code]; }
    NEXT
    LINES_FORWARD
    MANY: outside |= many[t->code >> 2](p, t, a[i], b[i], c[i], o); o += t->m * t->s; NEXT
    #undef NEXT
    END: return outside;
}
long backward(const Program *p) {
    STATE
    static void (*const many[])(GIVEN, int flow) = {MANY_BACKWARD};
    static const void *const go[] = {LABELS_BACKWARD};
    long i = p->count, nan = 0;
    double *o = v + p->size;
    memset(g, 0, sizeof *g * p->room);
    g[p->root] = 1.0;
    #define NEXT { t = p->shapes + code[--i]; goto *go[t->code]; }
    NEXT
    LINES_BACKWARD
    MANY: many[t->code >> 2](p, t, a[i], b[i], c[i], o, t->code & 3); o -= t->m * t->s; NEXT
    NONE: o -= t->m * t->s; NEXT
    END: for (long k = 0; k < p->inputs; k++) nan |= g[k] != g[k];
    return nan;
}
"""


class _Texts:
    """The texts of all instructions in C, forward and backward.

    Attributes:
        one: for its code, a single instruction.
        many: for every four codes, the names of the functions that do many at once.
        functions: these functions, but for those of chains and of all rows.
        tables: of each kind of a row's functions, those that the loops for all rows call.
    """

    def __init__(self, rows: Sequence[Op]) -> None:
        self.functions: list[str] = []
        self.tables: dict[str, list[str]] = {x: ["0"] for x in ("f", "d0", "d1", "in")}
        self.many: list[tuple[str, str]] = []
        self.one: dict[int, tuple[str, str]] = {}
        for op in rows:
            self._row(op)
        for name in CHAINS:
            code = 4 * len(self.many)
            if name in ONE:
                forward, backward = ONE[name]
                # from nine terms on, vectors are worth a call
                backward = f"if (t->n > 8) goto MANY; {backward}"
                for flow in range(4):
                    self.one[code + flow] = forward, backward.replace("FLOW", str(flow))
            self.many += [(f"{name}_forward", f"{name}_backward")] * 4

    def _row(self, op: Op) -> None:
        """Add a row, with loops of its own or called by those for all."""
        f, code, own = tag(op), 4 * len(self.many), op.name in _QUICK
        columns = ("a", "b", "c")[: len(given(op))]
        every = (op.value, *op.derivatives)
        inline = own or all({*calls(x.tree)} <= {*C.signs, "neg"} for x in every)
        if own:
            self._loops(op, f, columns)
        else:
            self._called(op, f, len(columns))

        def call(name: str, *out: str) -> str:
            if inline:
                return f"{name}_{f}({', '.join([*[f'v[{x}[i]]' for x in columns], *out])})"
            return f"{name}[ROW](v[a[i]], v[b[i]], v[c[i]], {(*out, '0')[0]})"

        pushes = [f"g[{x}[i]] += up * {call(f'd{j}', '*o')};" for j, x in enumerate("ab")]
        for checked in (0, CHECKED)[: 1 + bool(op.domain)]:
            look = f"outside |= !{call('in')}; " if checked else ""
            for flow in range(2**op.arity):
                terms = [push for j, push in enumerate(pushes) if flow >> j & 1]
                back = f"{{ double up = UP; {' '.join(terms)} }}"
                self.one[code + checked + flow] = f"{look}*o++ = {call('f')};", back
        names = (f"many_{f}", f"back_{f}") if own else ("EACH_forward", "EACH_backward")
        looked = ("CHECKED_forward", names[1]) if op.domain else names
        self.many += [names, looked] * 2

    def _called(self, op: Op, f: str, arguments: int) -> None:
        """A row's functions, each compiled once, and all with the same arguments."""
        for name in ("f", *("d0", "d1")[: op.arity], *(["in"] if op.domain else [])):
            known = ["x", "y", "z"][:arguments] + ["out"] * (name[0] == "d")
            self.functions.append(
                f"TIMES({'M' if name == 'in' else 'V'}) one_{name}_{f}(V x, V y, V z, V out) "
                f"{{ return {name}_{f}({', '.join(known)}); }}"
            )
            self.tables[name].append(f"[{len(self.many) // 4}] = one_{name}_{f}")

    def _loops(self, op: Op, f: str, columns: Sequence[str]) -> None:
        """A row's own loops; in vectors where its one operand lies side by side."""
        each = ", ".join(f"v[AT({x})]" for x in columns)
        beside = ", ".join(("x[j]", "v[b]")[: len(columns)])
        terms = [
            f"if (flow & {j + 1}) g[AT({x})] += up * d{j}_{f}({each}, *o);"
            for j, x in enumerate(columns[: op.arity])
        ]
        turns, back_turns = (
            op.arity == 1 and not calls(x.tree) for x in (op.value, op.derivatives[0])
        )
        in_vectors = f"TURNS(y[j] = f_{f}({beside});)" if turns else ""
        back_in_vectors = (
            f"BACK_TURNS(gx[j] += up[j] * d0_{f}({beside}, y[j]);)" if back_turns else ""
        )
        self.functions += [
            f"TIMES(long) many_{f}(GIVEN) {{ double *v = p->v; {in_vectors} "
            f"EACH {{ *o++ = f_{f}({each}); }} return 0; }}",
            f"TIMES(void) back_{f}(GIVEN, int flow) {{ double *v = p->v, *g = p->g; "
            f"{back_in_vectors} BACK {{ double up = UP; {' '.join(terms)} }} }}",
        ]

    def loop(self, back: int) -> dict[str, str]:
        """What goes into the loop forward, or with 1 into the loop backward."""
        codes: dict[str, list[int]] = {}  # equal texts are there once
        labels = []
        for code in range(4 * len(self.many)):
            single = code in self.one and not code & MANY
            if back and not code & 3:
                labels.append("&&NONE")
            elif single:
                codes.setdefault(self.one[code][back], []).append(code)
                labels.append(f"&&L{codes[self.one[code][back]][0]}")
            else:
                labels.append("&&MANY")
        lines = [f"L{each[0]}: {text} NEXT" for text, each in codes.items()]
        return {
            "MANY": ", ".join(pair[back] for pair in self.many),
            "LABELS": ", ".join([*labels, "&&END"]),
            "LINES": "\n".join(lines),
        }


def source(rows: Sequence[Op]) -> str:
    """The loops for these rows, in C; ``c_chains`` says what an instruction's code is."""
    texts, run = _Texts(rows), _RUN
    for back, direction in enumerate(("FORWARD", "BACKWARD")):
        for name, text in texts.loop(back).items():
            run = run.replace(f"{name}_{direction}", text)
    for name, entries in texts.tables.items():
        kind = "M" if name == "in" else "V"
        table = f"static {kind} (*const {name}[])(V, V, V, V) = {{{', '.join(entries)}}};"
        texts.functions.append(table)
    parts = (_QUICKLY, head(), functions(rows), SOURCE, _PROGRAM, LOOPS)
    return "\n".join([*parts, *texts.functions, _EACH, run])

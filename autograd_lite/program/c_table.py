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
from itertools import product
from typing import Any

import numpy as np

from ..errors import GuardError
from ..notation import calls
from ..ops import OPS, Op
from .batch import Reduce, Samples, reduced
from .c_compiler import load
from .c_rows import functions, given, head, tag
from .c_chains import CHAINS, CHECKED, CODES, LOOPS, MANY, ONE
from .chains import SOURCE, instructions
from .interpreter import check_guard, gradients
from .pytree import array_row
from .tape import Tape

_BUILT_IN = tuple(OPS)
# Without fused multiplications a vector's lane has the bits of a single double; whether an
# instruction sets a trap flag is nobody's business, and ReLU then needs no branch.
_FLAGS = ("-march=native", "-ffp-contract=off", "-ftree-vectorize", "-fno-trapping-math")


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
        base, end = tape.base, np.zeros((4, 1), dtype=np.int32)
        end[0] = len(made.shapes)  # the shape of what is before the first and behind the last
        self._columns = np.concatenate([end, made.columns, end], axis=1)
        self._shapes = np.zeros((len(made.shapes) + 1, made.shapes.shape[1]), dtype=np.int32)
        self._shapes[:-1], self._shapes[-1, 0] = made.shapes, CODES * (len(self._rows) + len(CHAINS))
        self._lists = made.lists
        self._v, self._g = np.zeros((2, made.size + len(made.copies)))
        self._v[tape.inputs : base], self._v[base] = tape.constants, -0.0
        self._v[made.size :] = self._v[made.copies]
        self._wrt = _places(tape.wrt)
        self._outputs, self._root = made.place[tape.outputs], int(made.place[tape.outputs[0]])
        self._guards = [(g, made.place[g.left], made.place[g.right]) for g in tape.guards]
        arrays = (self._shapes, *self._columns[:, 1:], self._lists, self._v, self._g)
        count = made.columns.shape[1]
        sizes = (count, base + 1, made.size, len(self._v), self._root, tape.inputs)
        self._program = _Program(*sizes, *(x.ctypes.data for x in arrays))
        at = ctypes.byref(self._program)
        self._run = partial(self._library.forward, at)
        self._run_back = partial(self._library.backward, at)
        self._lock = threading.Lock()  # C runs while other threads do

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
        v[: tape.inputs] = numbers
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


def _places(slots: Sequence[int]) -> Any:
    """The slots as a slice, which is read faster, where they are side by side."""
    first = slots[0] if slots else 0
    if list(slots) == list(range(first, first + len(slots))):
        return slice(first, first + len(slots))
    return np.array(slots, dtype=np.intp)


_SIZES = ("count", "first", "size", "room", "root", "inputs")
_COLUMNS = ("code", "a", "b", "c")


class _Program(ctypes.Structure):
    """``Program`` in C: the instructions and the memory that they work in."""

    _fields_ = [
        *((name, ctypes.c_long) for name in _SIZES),
        *((name, ctypes.c_void_p) for name in ("shapes", *_COLUMNS, "lists", "v", "g")),
    ]


_PROGRAM = f"""
typedef struct {{
    long {", ".join(_SIZES)};
    Shape *shapes;
    int32_t *{", *".join(_COLUMNS)}, *lists;
    double *v, *g;
}} Program;
"""
_CALL = "(p, t, a[i], b[i], c[i], o)"
_ON, _BACK = "o += t->m * t->s;", "o -= t->m * t->s;"
_STATE = """
    const Shape *t;
    const int32_t *code = p->code, *a = p->a, *b = p->b, *c = p->c;
    double *v = p->v, *g = p->g;
"""
_RUN = f"""
long forward(const Program *p) {{ {_STATE}
    long i = -1, outside = 0;
    double *o = v + p->first;
    FORWARD_LOOP
    return outside;
}}
long backward(const Program *p) {{ {_STATE}
    long i = p->count, nan = 0;
    double *o = v + p->size;
    memset(g, 0, sizeof *g * p->room);
    g[p->root] = 1.0;
    BACKWARD_LOOP
    for (long k = 0; k < p->inputs; k++) nan |= g[k] != g[k];
    return nan;
}}
"""


def source(rows: Sequence[Op]) -> str:
    """The loops for these rows, in C; ``chains`` says what an instruction's code is."""
    forward: dict[int, str] = {}
    backward: dict[int, str] = {}
    many = [_row(op, CODES * k, forward, backward) for k, op in enumerate(rows)]
    for k, name in enumerate(CHAINS, len(rows)):
        for code, flow in product((CODES * k, CODES * k + MANY), range(4)):
            forward[code + flow] = f"{name}_forward{_CALL}; {_ON}"
            back = f"{name}_backward{_CALL[:-1]}, {flow}); {_BACK}" if flow else _BACK
            backward[code + flow] = back
            if name in ONE and code == CODES * k:
                one, one_back = ONE[name]
                forward[code + flow] = one
                if flow:
                    pushed = one_back.replace("FLOW", str(flow))
                    backward[code + flow] = f"if (t->n > 8) {{ {back} }} else {pushed}"
    run = _RUN.replace("FORWARD_LOOP", _loop(forward, "++i"))
    run = run.replace("BACKWARD_LOOP", _loop(backward, "--i"))
    return "\n".join([head(), functions(rows), SOURCE, _PROGRAM, LOOPS, *many, run])


def _row(op: Op, code: int, forward: dict[int, str], backward: dict[int, str]) -> str:
    """The texts of a row's instructions by their codes; the functions for many at once."""
    columns = ("a", "b", "c")[: len(given(op))]
    one = ", ".join(f"v[{x}[i]]" for x in columns)
    each = ", ".join(f"v[AT({x})]" for x in columns)
    beside = ", ".join(("x[j]", "v[b]")[: len(columns)])  # a unary operation's, side by side
    f, lines = tag(op), []
    value = f"*o++ = f_{f}(ARGUMENTS);"
    for checked in (0, CHECKED)[: 1 + bool(op.domain)]:
        text = f"outside |= !in_{f}(ARGUMENTS); {value}" if checked else value
        at = code + checked
        forward |= dict.fromkeys(range(at, at + 4), text.replace("ARGUMENTS", one))
        forward |= dict.fromkeys(
            range(at + MANY, at + MANY + 4), f"outside |= many_{at}{_CALL}; {_ON}"
        )
        quick = op.arity == 1 and not checked and not calls(op.value.tree)
        lines.append(
            f"TIMES(long) many_{at}(GIVEN) {{ double *v = p->v; long outside = 0;"
            + (f" if (BESIDE) {{ TURNS(y[j] = f_{f}({beside});) return 0; }}" if quick else "")
            + f" EACH {{ {text.replace('ARGUMENTS', each)} }} return outside; }}"
        )
    terms = [f"g[SLOT{j}] += up * d{j}_{f}(ARGUMENTS, *o);" for j in range(op.arity)]
    for checked, flow in product((0, CHECKED), range(2**op.arity)):
        at = code + checked + flow
        pushed = " ".join(term for j, term in enumerate(terms) if flow >> j & 1)
        for j, x in enumerate(("a[i]", "b[i]")):
            pushed = pushed.replace(f"SLOT{j}", x)
        pushed = pushed.replace("ARGUMENTS", one)
        backward[at] = f"{{ double up = UP; {pushed} }}" if flow else "o--;"
        backward[at + MANY] = f"back_{code}{_CALL[:-1]}, {flow}); {_BACK}" if flow else _BACK
    quick = op.arity == 1 and not calls(op.derivatives[0].tree)
    pushes = " ".join(f"if (flow & {j + 1}) {term}" for j, term in enumerate(terms))
    for j, x in enumerate(("AT(a)", "AT(b)")):
        pushes = pushes.replace(f"SLOT{j}", x)
    pushes = pushes.replace("ARGUMENTS", each)
    lines.append(
        f"TIMES(void) back_{code}(GIVEN, int flow) {{ double *v = p->v, *g = p->g;"
        + (f" if (BESIDE) {{ BACK_TURNS(gx[j] += up[j] * d0_{f}({beside}, y[j]);) return; }}" if quick else "")
        + f" BACK {{ double up = UP; {pushes} }} }}"
    )
    return "\n".join(lines)


def _loop(texts: dict[int, str], step: str) -> str:
    """One instruction after another; equal texts are there once."""
    labels: dict[str, list[int]] = {}
    for code, text in texts.items():
        labels.setdefault(text, []).append(code)
    end = max(texts) // CODES * CODES + CODES
    jumps = ", ".join(f"&&L{k if k in texts else end}" for k in range(end + 1))
    lines = [f"{' '.join(f'L{k}:' for k in codes)} {text} NEXT" for text, codes in labels.items()]
    return "\n".join(
        [
            f"#define NEXT {{ t = p->shapes + code[{step}]; goto *go[t->code]; }}",
            f"static const void *const go[] = {{{jumps}}};",
            "NEXT",
            *lines,
            "#undef NEXT",
            f"L{end}:;",
        ]
    )


def _places(slots: Sequence[int]) -> Any:
    """The slots as a slice, which is read faster, where they lie side by side."""
    first = slots[0] if slots else 0
    if list(slots) == list(range(first, first + len(slots))):
        return slice(first, first + len(slots))
    return np.array(slots, dtype=np.intp)

"""Many samples in C: code for one tape, each statement on vectors of several samples (SIMD).

For graphs of up to about a thousand operations.  The code is written in pieces, each a function
of its own, so that the time to compile grows with the length and not with its square; what one
piece leaves to another goes through memory.  Multiplication and addition may be fused, and x² is
x · x: results differ from those of ``Value`` in the last bits.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..notation import Call, Compare, Expr, Name, Number, rebuilt
from .batch import Reduce, Samples, explain
from .c_compiler import load
from .c_rows import TableInC, functions, head, tag
from .codegen import ONE, filled, local_derivative, product, with_parameter
from .numpy_executor import NumPyBackend
from .tape import Line, Tape

Array = npt.NDArray[Any]
LANES = 8  # numbers in a vector
PIECE = 120  # statements in one function


class Place(NamedTuple):
    """Where a result is found: summed over the samples, or in a row with one for each."""

    summed: bool
    at: int


class SimdCode:
    """Writes a tape as C, for samples in which some of the inputs vary.

    Args:
        tape: what to compute.
        varies: for each input, whether it differs from sample to sample.
        each: whether results are wanted for each sample, not their sum.
        gradient: whether to compute gradients too.
        check: whether to check domains.

    Attributes:
        outputs, grads: where the results are found.
        shared, rows: how many inputs are the same for all samples, how many vary.
        sums, columns: how many results are summed, how many are stored for each sample.
        source: the C.
    """

    def __init__(
        self, tape: Tape, varies: Sequence[bool], *, each: bool, gradient: bool, check: bool
    ) -> None:
        self.tape, self.varies, self.each, self.check = tape, varies, each, check
        self.shared = self.rows = self.sums = self.columns = 0
        self._inputs: list[str] = []
        for moving in varies:
            if moving:
                self._inputs.append(f"LOAD(x + {self.rows} * xs)")
                self.rows += 1
            else:
                self._inputs.append(f"K(s[{self.shared}])")
                self.shared += 1
        self._text = TableInC().text
        self._statements: list[str] = []  # statements, with variables in braces
        self._forward()
        self.outputs = [self._store(self._read(k), not each) for k in tape.outputs]
        self.grads = self._backward() if gradient else []
        self.source = self._source()

    def _read(self, slot: int) -> Expr:
        """How a value is read: a number, or a name that is C's text."""
        tape = self.tape
        slot = tape.shared[slot]
        if slot < tape.inputs:
            return Name(self._inputs[slot])
        if slot < tape.base:
            return Number(tape.constants[slot - tape.inputs])
        return Name(f"{{t{slot}}}")

    def _filled(self, tree: Expr, line: Line) -> Expr:
        """A formula of the row with the line's values in it."""
        return filled(line, rebuilt(tree, _without_pow), self._read)

    def _forward(self) -> None:
        tape = self.tape
        for line in tape.lines:
            arguments = ", ".join(self._text(self._read(x)) for x in line.arguments)
            if self.check and line.slot - tape.base in tape.domains:
                self._statements.append(f"*bad |= ~in_{tag(line.op)}({arguments});")
            if tape.shared[line.slot] == line.slot:
                value = f"f_{tag(line.op)}({arguments})"
                if line.parameter >= 0:
                    tree = with_parameter(tape, line, line.op.value.tree)
                    value = self._text(self._filled(tree, line))
                self._statements.append(f"{{t{line.slot}}} = {value};")
        for g in tape.guards:
            test = self._text(Compare((g.sign,), (self._read(g.left), self._read(g.right))))
            self._statements.append(f"*bad |= {'~' if g.held else ''}{test};")

    def _backward(self) -> list[Place]:
        """Write the backward pass; where the gradients of ``wrt`` are."""
        tape = self.tape
        root = tape.outputs[0]
        grads: dict[int, Expr] = {root: ONE}
        summed = [k for k in dict.fromkeys(tape.wrt) if not self.each and not self.varies[k]]
        sums = {k: Place(True, self.sums + i) for i, k in enumerate(summed)}
        self.sums += len(sums)
        for line in reversed(tape.lines[: tape.reach]):
            for i, x in enumerate(line.operands):
                if not line.towards >> i & 1:
                    continue
                local = self._filled(local_derivative(tape, line, i), line)
                term = product(grads[line.slot], local)
                if x in sums:
                    self._statements.append(f"a[{sums[x].at}] += {self._text(term)};")
                    continue
                total = Call("add", (grads[x], term)) if x in grads else term
                grads[x] = Name(f"{{d{x}}}")
                self._statements.append(f"{{d{x}}} = {self._text(total)};")
        if root in sums:  # an input that is the output
            self._statements.append(f"a[{sums[root].at}] += {self._text(ONE)};")
        zero = Number(0.0)
        return [sums.get(k) or self._store(grads.get(k, zero), False) for k in tape.wrt]

    def _store(self, value: Expr, summed: bool) -> Place:
        text = self._text(value)
        if summed:
            self._statements.append(f"a[{self.sums}] += {text};")
            self.sums += 1
            return Place(True, self.sums - 1)
        self._statements.append(f"STORE(y + {self.columns} * ys, {text});")
        self.columns += 1
        return Place(False, self.columns - 1)

    # ---- the pieces -----------------------------------------------------------------------------

    def _source(self) -> str:
        said = self._statements
        pieces = [said[k : k + PIECE] for k in range(0, len(said), PIECE)]
        used = [{x for line in piece for x in re.findall(r"\{(\w+)\}", line)} for piece in pieces]
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for k, names in enumerate(used):
            for x in names:
                first.setdefault(x, k)
                last[x] = k
        apart = sorted(x for x in first if first[x] != last[x])
        cells = {x: k for k, x in enumerate(apart)}
        lines = [head(LANES), functions(self.tape.rows), _TOOLS]
        for k, (piece, names) in enumerate(zip(pieces, used, strict=True)):
            lines.append(f"static __attribute__((noinline)) void piece{k}({_SIGNATURE}) {{")
            for x in sorted(names):
                begun = first[x] < k
                lines.append(f"V {x} = v[{cells[x]}];" if begun else f"V {x};")
            lines += [line.replace("{", "").replace("}", "") for line in piece]
            lines += [f"v[{cells[x]}] = {x};" for x in sorted(names) if x in cells and last[x] > k]
            lines.append("}")
        calls = " ".join(f"piece{k}(s, x, xs, v, a, y, ys, bad);" for k in range(len(pieces)))
        sizes = {"SHARED": self.shared, "ROWS": self.rows, "SUMS": self.sums}
        sizes |= {"COLUMNS": self.columns, "LANES": LANES, "CELLS": len(apart)}
        lines += [f"enum {{ {', '.join(f'{k} = {n}' for k, n in sizes.items())} }};"]
        lines += [f"static void group({_SIGNATURE}) {{ {calls} }}", JOB, _LOOP]
        self.memory = (len(apart) + self.sums + self.rows + self.columns) * LANES
        return "\n".join(lines)


def _without_pow(tree: Expr) -> Expr:
    """A square or cube of a value as a product; a call of pow is slow."""
    if isinstance(tree, Call) and tree.name == "pow":
        x, n = tree.arguments
        if isinstance(x, Name) and n in (Number(2.0), Number(3.0)):
            square = Call("mul", (x, x))
            return square if n == Number(2.0) else Call("mul", (square, x))
    return tree


_SIGNATURE = (
    "const double *restrict s, const double *restrict x, long xs, V *restrict v, V *restrict a, "
    "double *restrict y, long ys, M *restrict bad"
)
_TOOLS = """
typedef double U __attribute__((vector_size(sizeof(V)), aligned(8)));
#define LOAD(p) ((V)*(const U *)(p))
#define STORE(p, r) (*(U *)(p) = (U)(r))
"""
JOB = "typedef struct { long n; double *s, *x, *y, *sums, *room, scale; } Job;"
# Samples stand side by side in the rows of x and y.  Those that do not fill a vector come first,
# filled up with the last one, whose sums are then taken out again.
# Returns a sample in whose group a guard or a domain was left, or −1; −2 if there is a NaN.
_LOOP = """
long run(const Job *job) {
    long n = job->n;
    const double *s = job->s, *x = job->x;
    double *y = job->y, *sums = job->sums;
    V *v = (V *)job->room, *a = v + CELLS;
    double *xt = (double *)(a + SUMS), *yt = xt + ROWS * LANES;
    M bad = {0}, last = {0}, kept;
    long full = n - n % LANES, rest = n - full;
    for (long k = 0; k < SUMS; k++) a[k] = K(0.0);
    if (rest) {
        for (long k = 0; k < ROWS; k++)
            for (long j = 0; j < LANES; j++)
                xt[k * LANES + j] = x[k * n + full + (j < rest ? j : rest - 1)];
        group(s, xt, LANES, v, a, yt, LANES, &last);
        for (long k = 0; k < COLUMNS; k++)
            for (long j = 0; j < rest; j++) y[k * n + full + j] = yt[k * LANES + j];
        for (long j = 0; j < LANES; j++) kept[j] = -(j < rest);
        for (long k = 0; k < SUMS; k++) a[k] = (V)((M)a[k] & kept);
    }
    for (long i = 0; i < full; i += LANES) {
        group(s, x + i, n, v, a, y + i, n, &bad);
        for (long j = 0; j < LANES; j++)
            if (bad[j]) return i;
    }
    for (long j = 0; j < LANES; j++)
        if (last[j]) return full;
    for (long k = 0; k < SUMS; k++) {
        double total = 0.0;
        for (long j = 0; j < LANES; j++) total += a[k][j];
        sums[k] = total * job->scale;
    }
    if (job->scale != 1.0)
        for (long k = 0; k < COLUMNS * n; k++) y[k] *= job->scale;
    long nan = 0;
    for (long k = 0; k < SUMS; k++) nan |= sums[k] != sums[k];
    for (long k = 0; k < COLUMNS * n; k++) nan |= y[k] != y[k];
    return nan ? -2 : -1;
}
"""


class SimdBackend:
    """Batches in which the same inputs vary and the same results are wanted.

    Args: see ``SimdCode``; ``check``: whether to check domains.
    """

    name = "c"

    def __init__(
        self, tape: Tape, varies: Sequence[bool], *, each: bool, gradient: bool, check: bool
    ) -> None:
        self.tape, self.check = tape, check
        self.code = SimdCode(tape, varies, each=each, gradient=gradient, check=check)
        self._library = load(self.code.source, "-march=native")
        self._library.run.restype = ctypes.c_long
        self.run = self._library.run
        memory = np.empty(self.code.memory + LANES)
        start = -memory.ctypes.data // 8 % LANES  # vectors begin at multiples of their size
        self.memory = memory[start:]
        self.lock = threading.Lock()  # C runs while other threads do
        self.orders = [self._order(self.code.outputs), self._order(self.code.grads)]

    @staticmethod
    def _order(places: Sequence[Place]) -> slice | Array | None:
        """Where the results are in the sums, if all of them are sums."""
        if not places or not all(place.summed for place in places):
            return None
        at = np.array([place.at for place in places])
        return slice(at[0], at[-1] + 1) if (np.diff(at) == 1).all() else at

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        buffers = self.buffers(samples)
        sums, y, nan = buffers.run(buffers.targets, samples.chunks, reduce)
        if gradient and nan:
            return NumPyBackend(self.tape, check=self.check).batch(samples, reduce, gradient)
        return self.results(sums, y)

    def buffers(self, samples: Samples) -> Buffers:
        """Arrays for so many samples."""
        return Buffers(self, samples)

    def results(self, sums: Array, y: Array) -> tuple[Any, Any]:
        """(values, gradients) out of sums over samples and rows of samples."""
        found: list[Any] = []
        places: Sequence[Place]
        for places, order in zip((self.code.outputs, self.code.grads), self.orders, strict=True):
            if order is not None:
                found.append(sums[order])
            else:
                found.append([(sums if p.summed else y)[p.at] for p in places])
        return found[0], found[1]


class Job(ctypes.Structure):
    """The arguments of ``run``, as C has them."""

    _fields_ = (
        ("n", ctypes.c_long),
        *((name, ctypes.c_void_p) for name in ("s", "x", "y", "sums", "room")),
        ("scale", ctypes.c_double),
    )


class Buffers:
    """The arrays that C reads and writes for batches of one shape, kept from batch to batch."""

    def __init__(self, backend: SimdBackend, samples: Samples) -> None:
        code = backend.code
        self.backend, self.count = backend, samples.count
        shared, x = np.empty(code.shared), np.empty((code.rows, samples.count))
        self._y, self._sums = np.empty((code.columns, samples.count)), np.empty(code.sums)
        arrays = (shared, x, self._y, self._sums, backend.memory)
        self._job = Job(self.count, *[array.ctypes.data for array in arrays], 1.0)
        self._pointer = ctypes.byref(self._job)
        self.targets: list[Array] = []  # where each chunk goes
        at = [0, 0, 0]
        for chunk in samples.chunks:
            start, end = at[chunk.ndim], at[chunk.ndim] + len(chunk)
            self.targets.append((shared if chunk.ndim == 1 else x)[start:end])
            at[chunk.ndim] = end

    def run(
        self, targets: Sequence[Array], chunks: Sequence[Array], reduce: Reduce
    ) -> tuple[Array, Array, bool]:
        """(sums over samples, rows of samples, whether there is a NaN among them)."""
        backend, job = self.backend, self._job
        with backend.lock:
            for target, chunk in zip(targets, chunks, strict=True):
                target[...] = chunk
            job.scale = 1.0 / self.count if reduce == "mean" else 1.0
            bad = backend.run(self._pointer)
            sums, y = self._sums.copy(), self._y.copy() if self._y.size else self._y
        if bad >= 0:
            explain(backend.tape, self.targets, bad, min(bad + LANES, self.count))
        return sums, y, bad == -2


class PreparedBatch:
    """Buffers for arrays of known shapes, which are copied without further checks.

    Args:
        buffers: where they are copied to.
        arguments: arrays of these shapes.
        reduce: what the samples are reduced by.
        shape: the gradient's, if it is one array.
        shaped: lays out other gradients.
    """

    def __init__(
        self,
        buffers: Buffers,
        arguments: Sequence[Array],
        reduce: Reduce,
        shape: tuple[int, ...] | None,
        shaped: Callable[[Any], Any],
    ) -> None:
        self.buffers, self.reduce, self.shaped = buffers, reduce, shaped
        self.shapes = [x.shape for x in arguments]
        self.targets = [  # laid out as the arguments: samples first
            target.T if target.ndim == x.ndim == 2 else target.reshape(x.shape)
            for target, x in zip(buffers.targets, arguments, strict=True)
        ]
        self.value = buffers.backend.code.outputs[0]
        grads = buffers.backend.orders[1]
        self.grads = grads if shape and isinstance(grads, slice) and self.value.summed else None
        self.shape = shape

    def run(self, arguments: Sequence[Any]) -> Any:
        """(value, gradients), or ``None`` where the arguments are not such arrays, or NaN comes."""
        if len(arguments) != len(self.shapes):
            return None
        for x, shape in zip(arguments, self.shapes, strict=True):
            if type(x) is not np.ndarray or x.shape != shape or x.dtype.kind not in "fiub":
                return None
        sums, y, nan = self.buffers.run(self.targets, arguments, self.reduce)
        if nan:
            return None
        if self.grads is None:
            values, grads = self.buffers.backend.results(sums, y)
            return float(values[0]), self.shaped(grads)
        return sums.item(self.value.at), sums[self.grads].reshape(self.shape)

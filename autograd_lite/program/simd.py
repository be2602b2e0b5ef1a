"""Many samples in C: code for one tape, each statement on vectors of several samples (SIMD).

For graphs of up to about a thousand operations.  The code is written in pieces, each a function
of its own that goes through a strip of samples, so that the time to compile grows with the length
and not with its square; what one piece leaves to another goes through memory.  The sums over
samples, of which a network has one for each weight, come last, a few at a time, so that they stay
in registers.  A graph of one piece is short of work to do side by side: several vectors of samples
are computed at once.  Multiplication and addition may be fused, and x² is x · x: results differ
from those of ``Value`` in the last bits.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..errors import CompilerError
from ..notation import Call, Expr, Name, Number, walk
from .batch import Reduce, Samples, explain
from .c_compiler import load, tell
from .c_math import NAMES
from .c_rows import TableInC, called_once, functions, head
from .c_statements import StatementsInC
from .codegen import ONE
from .numpy_executor import NumPyBackend
from .tape import Line, Tape

Array = npt.NDArray[Any]
LANES = 8  # numbers in a vector, at most
PIECE = 120  # statements in one function
SUMS = 12  # sums in one function, as many as fit in 16 registers
STRIP = 32 * LANES  # samples that a piece goes through, at most
# Two thirds of the time of a 2-2-1 network: several vectors side by side, in place of waiting.
SIDE_BY_SIDE = 8  # so many at most
WEIGHT = 1200  # statements in all, an exp or log counting for 20
SLOW = 30  # so many of them at most are written where they are called
NEAR = 384  # vectors that one piece leaves to another, at most: three quarters of the nearest cache


class Place(NamedTuple):
    """Where a result is found: summed over the samples, or in a row with one for each."""

    summed: bool
    at: int


class SimdCode(StatementsInC):
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
        memory: how many numbers it needs room for.
        source: the C.
    """

    def __init__(
        self, tape: Tape, varies: Sequence[bool], *, each: bool, gradient: bool, check: bool
    ) -> None:
        self.varies, self.each = varies, each
        self.shared = self.rows = self.sums = self.columns = 0
        inputs: list[str] = []
        for moving in varies:
            if moving:
                inputs.append(f"LOAD(x + {self.rows} * xs + @)")
                self.rows += 1
            else:
                inputs.append(f"K(s[{self.shared}])")
                self.shared += 1
        # Statements have variables in braces, and @ for the sample's place in the strip.
        super().__init__(tape, inputs, check=check)
        self._printer = TableInC(vectors=True)
        self._added: list[tuple[int, str]] = []  # statements for sums, and where they may stand
        self._sums: dict[int, Place] = {}  # of gradients that are summed over the samples
        self._slow = 0  # calls of exp and its kin
        self.forward()
        self.outputs = [self._store(self.read(k), not each) for k in tape.outputs]
        self.grads = self._gradients() if gradient else []
        self.source = self._source()

    def text(self, tree: Expr) -> str:
        """The formula in C."""
        return super().text(called_once(tree))

    def changed(self, tree: Expr) -> Expr:
        """A square or cube of a value as a product; a call of pow is slow."""
        if isinstance(tree, Call) and tree.name == "pow":
            x, n = tree.arguments
            if isinstance(x, Name) and n in (Number(2.0), Number(3.0)):
                square = Call("mul", (x, x))
                return square if n == Number(2.0) else Call("mul", (square, x))
        return tree

    def filled(self, tree: Expr, line: Line) -> Expr:
        """A formula of the row with the line's values in it."""
        nodes = walk(called_once(tree))
        self._slow += len({repr(x) for x in nodes if isinstance(x, Call) and x.name in NAMES})
        return super().filled(tree, line)

    def arguments(self, line: Line) -> str:
        """What the row's functions in C are called with."""
        return f"{super().arguments(line)}, usual"

    def stop(self, condition: str, when: bool) -> None:
        """Note that a condition has turned out so for one of the samples."""
        self.statements.append(f"good &= {'~' if when else ''}{condition};")

    def added(self, slot: int, term: Expr) -> bool:
        """Add a term of what is summed over the samples."""
        if slot in self._sums:
            self._add(self._sums[slot].at, term)
        return slot in self._sums

    def _gradients(self) -> list[Place]:
        """Write the backward pass; where the gradients of ``wrt`` are."""
        tape = self.tape
        summed = [k for k in dict.fromkeys(tape.wrt) if not self.each and not self.varies[k]]
        self._sums = {k: Place(True, self.sums + i) for i, k in enumerate(summed)}
        self.sums += len(summed)
        grads = self.backward()
        self.added(tape.outputs[0], ONE)  # an input that is the output
        zero = Number(0.0)
        return [self._sums.get(k) or self._store(grads.get(k, zero), False) for k in tape.wrt]

    def _add(self, at: int, term: Expr) -> None:
        """Add to a sum, at the end; what is added is kept till then, or the factors of it."""
        factors = term.arguments if isinstance(term, Call) and term.name == "mul" else (term,)
        if not all(isinstance(x, Name | Number) for x in factors):
            name = Name(f"{{p{len(self._added)}}}")
            self.statements.append(f"{name.name} = {self.text(term)};")
            term = name
        self._added.append((len(self.statements), f"sum{at} += {self.text(term)};"))

    def _store(self, value: Expr, summed: bool) -> Place:
        if summed:
            self._add(self.sums, value)
            self.sums += 1
            return Place(True, self.sums - 1)
        self.statements.append(f"STORE(y + {self.columns} * ys + @, {self.text(value)});")
        self.columns += 1
        return Place(False, self.columns - 1)

    # ---- the pieces -----------------------------------------------------------------------------

    def _in_order(self) -> tuple[list[list[str]], list[str]]:
        """The pieces, and what is added to sums at the end: to those that one term is added to."""
        sums = Counter(text.split()[0] for _, text in self._added)
        short = len(self.statements) + len(self._added) <= PIECE
        soon, late = [], []
        for place, text in self._added:
            if short or sums[text.split()[0]] > 1:
                soon.append((place, 1, text))
            else:
                late.append(text)
        every = sorted([*((k, 0, x) for k, x in enumerate(self.statements, 1)), *soon])
        said = [text for *_, text in every]
        return [said[k : k + PIECE] for k in range(0, len(said), PIECE)] or [[]], late

    def _source(self) -> str:
        pieces, late = self._in_order()
        pieces += [late[k : k + SUMS] for k in range(0, len(late), SUMS)]
        careful = len(pieces) > 1 or self._slow > SLOW
        weight = 1 + len(self.statements) + 20 * self._slow
        side_by_side = 1 if len(pieces) > 1 else max(1, min(SIDE_BY_SIDE, WEIGHT // weight))
        used = [dict.fromkeys(_VARIABLE.findall("".join(piece))) for piece in pieces]
        first: dict[str, int] = {}
        last: dict[str, int] = {}
        for k, names in enumerate(used):
            for x in names:
                first.setdefault(x, k)
                last[x] = k
        cells = {x: k for k, x in enumerate(x for x in first if first[x] != last[x])}
        strip = max(2 * LANES, min(STRIP, NEAR // max(1, len(cells)) * LANES))
        sizes = {"SHARED": self.shared, "ROWS": self.rows, "SUMS": self.sums}
        sizes |= {"COLUMNS": self.columns, "CELLS": len(cells), "STRIP": strip}
        self.memory = (self.sums + self.columns) * LANES + (self.rows + len(cells)) * strip
        lines = ["#define CAREFUL"] if careful else []
        lines += [head(vectors=True), functions(self.tape.rows, vectors=True), _TOOLS]
        lines += [f"enum {{ {', '.join(f'{k} = {n}' for k, n in sizes.items())} }};"]
        for k, piece in enumerate(pieces):
            begun = {x for x in used[k] if first[x] < k}
            left = {x: cells[x] for x in used[k] if last[x] > k}
            kept = list(dict.fromkeys(re.findall(r"\bsum(\d+) ", "".join(piece))))
            lines.append(f"static __attribute__((noinline)) void piece{k}({_SIGNATURE}) {{")
            lines.append("M good = lanes[0], mask = lanes[1], *usual = &mask; long i = 0;")
            lines += [f"V sum{at} = a[{at}];" for at in kept]
            for times in sorted({1, side_by_side}, reverse=True):
                lines.append(f"for (; i + {times} * LANES <= m; i += {times} * LANES) {{")
                if len(pieces) > 1:
                    lines.append(_READ_AGAIN)
                lines += _statements(piece, begun, cells, left, times)
                lines.append("}")
            lines += [f"a[{at}] = sum{at};" for at in kept]
            lines.append("lanes[0] = good; lanes[1] = mask; }")
        calls = " ".join(f"piece{k}(m, s, x, xs, v, a, y, ys, lanes);" for k in range(len(pieces)))
        lines += [f"static void strip({_SIGNATURE}) {{ {calls} }}", JOB, _LOOP]
        return "\n".join(lines)


class _ByContent:
    """A tape, equal to others that compute the same."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape

    def __hash__(self) -> int:
        return hash(self.tape.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByContent) and self.tape.content == other.tape.content


@lru_cache(maxsize=64)  # else half of a training of a small network that was trained before
def _written(
    same: _ByContent, varies: tuple[bool, ...], each: bool, gradient: bool, check: bool
) -> SimdCode:
    return SimdCode(same.tape, varies, each=each, gradient=gradient, check=check)


def _statements(
    piece: Sequence[str],
    begun: set[str],
    cells: dict[str, int],
    left: dict[str, int],
    times: int,
) -> list[str]:
    """A piece's statements for so many vectors of samples, variables declared where they begin.

    Args:
        begun: the variables that another piece has left in their cells.
        cells, left: the variables' cells, all of them and those to be left to another piece.
    """
    lines: list[str] = []
    targets = [found[1] if (found := _ASSIGNED.match(line)) else "" for line in piece]
    ends = {x: k for k, x in enumerate(targets)}
    places = [f"i + {n} * LANES" if n else "i" for n in range(times)]
    seen: set[str] = set()
    for k, (line, target) in enumerate(zip(piece, targets, strict=True)):
        for x in _VARIABLE.findall(line) if begun else ():
            if x in begun and x not in seen:
                lines.append(f"V {x} = CELL({cells[x]});")
                seen.add(x)
        declared = "V " if target and target not in seen else ""
        seen.add(target)
        text = declared + line.replace("{", "")
        for n, place in enumerate(places):
            lines.append(text.replace("}", f"_{n}" if times > 1 else "").replace("@", place))
        if target in left and ends[target] == k:
            lines.append(f"CELL({left[target]}) = {target};")
    return lines


_VARIABLE = re.compile(r"\{(\w+)\}")
_ASSIGNED = re.compile(r"\{(\w+)\} =")
_SIGNATURE = (
    "long m, const double *restrict s, const double *restrict x, long xs, double *restrict v, "
    "V *restrict a, double *restrict y, long ys, M *restrict lanes"
)
_TOOLS = """
typedef double U __attribute__((vector_size(sizeof(V)), aligned(8)));
#define LOAD(p) ((V)*(const U *)(p))
#define STORE(p, r) (*(U *)(p) = (U)(r))
#define CELL(k) (*(V *)(c + (k) * STRIP))
"""
# Else GCC spreads a piece's hundred weights over vectors on the stack before its loop: a fifth.
# And it would weigh one address against another for seconds.
_READ_AGAIN = 'double *c = v + i; __asm__("" : "+r"(s), "+r"(c));'
# Samples stand side by side in the rows of x and y.  Those that do not fill a vector come first,
# filled up with the last one, whose sums are then taken out again.  Where arrays are given in place
# of x, sample after sample, a strip of them is laid into rows right before it is used: a tenth of a
# 2-2-1 network on 10,000 samples, which else are read and written once more.
# Returns the first sample of a strip in which a guard or a domain was left, or −1; −2 if there is
# a NaN; −3 if there was a number that only CAREFUL functions are right for.
JOB = """
typedef struct {
    long n;
    double *s, *x, *y, *sums, *room, scale;
    long arrays;                        /* that are given, or 0; */
    const long *widths;                 /* the numbers of a sample in each, */
    const double *const *const *given;  /* and where the address of its first number is */
} Job;
"""
# With widths that are known, GCC turns samples in registers at its third level: a tenth of a 2-2-1
# network on 10,000 samples.
_LOOP = """
#define TURNED __attribute__((noinline, optimize("O3")))
static inline __attribute__((always_inline)) void in_rows(
    const double *restrict from, long width, long m, double *restrict to, long apart) {
    for (long k = 0; k < width; k++)
        for (long j = 0; j < m; j++) to[k * apart + j] = from[j * width + k];
}
TURNED static void take(const Job *job, long i, long m, double *to, long apart) {
    for (long a = 0; a < job->arrays; a++) {
        long width = job->widths[a];
        const double *from = *job->given[a] + i * width;
        if (width == 1) in_rows(from, 1, m, to, apart);
        else if (width == 2) in_rows(from, 2, m, to, apart);
        else if (width == 3) in_rows(from, 3, m, to, apart);
        else if (width == 4) in_rows(from, 4, m, to, apart);
        else in_rows(from, width, m, to, apart);
        to += width * apart;
    }
}
static int some_clear(M m) {
    int64_t found = -1;
    for (int j = 0; j < LANES; j++) found &= m[j];
    return !found;
}
long run(const Job *job) {
    long n = job->n;
    const double *s = job->s, *x = job->x;
    double *y = job->y, *sums = job->sums;
    V *a = (V *)job->room;
    double *v = (double *)(a + SUMS), *xt = v + CELLS * STRIP, *yt = xt + ROWS * STRIP;
    const M all = (M)K(0.0) == 0;
    M lanes[2] = {all, all}, kept;
    long full = n - n % LANES, rest = n - full, last = -1;
    for (long k = 0; k < SUMS; k++) a[k] = K(0.0);
    if (rest) {
        take(job, full, rest, xt, LANES);
        for (long k = 0; k < ROWS; k++) {
            double *to = xt + k * LANES;
            if (job->arrays) {
                for (long j = rest; j < LANES; j++) to[j] = to[rest - 1];
                continue;
            }
            *(V *)to = K(x[k * n + n - 1]);  /* for one sample 0.7 of the time */
            for (long j = 0; j < rest - 1; j++) to[j] = x[k * n + full + j];
        }
        strip(LANES, s, xt, LANES, v, a, yt, LANES, lanes);
        for (long k = 0; k < COLUMNS; k++)
            for (long j = 0; j < rest; j++) y[k * n + full + j] = yt[k * LANES + j];
        if (full) {
            for (long j = 0; j < LANES; j++) kept[j] = -(j < rest);
            for (long k = 0; k < SUMS; k++) a[k] = (V)((M)a[k] & kept);
        }
        if (some_clear(lanes[0])) last = full;
        lanes[0] = all;
    }
    for (long i = 0; i < full; i += STRIP) {
        long m = full - i < STRIP ? full - i : STRIP;
        take(job, i, m, xt, STRIP);
        if (job->arrays) strip(m, s, xt, STRIP, v, a, y + i, n, lanes);
        else strip(m, s, x + i, n, v, a, y + i, n, lanes);
        if (some_clear(lanes[1])) return -3;
        if (some_clear(lanes[0])) return i;
    }
    if (some_clear(lanes[1])) return -3;
    if (last >= 0) return last;
    long nan = 0;
    for (long k = 0; k < SUMS; k++) {
        double total = 0.0;
        if (full) for (long j = 0; j < LANES; j++) total += a[k][j];
        else for (long j = 0; j < rest; j++) total += a[k][j];
        sums[k] = total * job->scale;
        nan |= sums[k] != sums[k];
    }
    if (job->scale != 1.0)
        for (long k = 0; k < COLUMNS * n; k++) y[k] *= job->scale;
    for (long k = 0; k < COLUMNS * n; k++) nan |= y[k] != y[k];
    return nan ? -2 : -1;
}
"""
RIGHT, NAN, RARE = -1, -2, -3  # what run returns beside a sample


class SimdBackend:
    """Batches in which the same inputs vary and the same results are wanted.

    Args: see ``SimdCode``; ``check``: whether to check domains.
    """

    name = "c"

    def __init__(
        self, tape: Tape, varies: Sequence[bool], *, each: bool, gradient: bool, check: bool
    ) -> None:
        self.tape, self.check = tape, check
        self.code = _written(_ByContent(tape), tuple(varies), each, gradient, check)
        self.run = self._compiled()
        self.memory = self.room()
        self.lock = threading.Lock()  # C runs while other threads do
        self.orders = [self._order(self.code.outputs), self._order(self.code.grads)]

    def _compiled(self, *flags: str) -> Callable[[Any], int]:
        run = load(self.code.source, "-march=native", *flags).run
        run.restype = ctypes.c_long
        return run

    def room(self) -> Array:
        """Memory for ``run`` to work in."""
        memory = np.empty(self.code.memory + LANES)
        start = -memory.ctypes.data // 8 % LANES  # vectors begin at multiples of their size
        return memory[start:]

    def done(self, job: Any) -> int:
        """What ``run`` returns for this job; after a rare number, of functions that are careful."""
        found = self.run(job)
        if found == RARE:
            try:
                self.run = self._compiled("-DCAREFUL")
            except CompilerError as error:
                tell(error)
            else:
                found = self.run(job)
        return found

    @staticmethod
    def _order(places: Sequence[Place]) -> slice | Array | None:
        """Where the results are in the sums, if all of them are sums."""
        if not places or not all(place.summed for place in places):
            return None
        at = np.array([place.at for place in places])
        return slice(at[0], at[-1] + 1) if (np.diff(at) == 1).all() else at

    def batch(self, samples: Samples, reduce: Reduce, gradient: bool) -> tuple[Any, Any]:
        """(values, gradients), one entry for each output and for each slot in ``wrt``."""
        code, count = self.code, samples.count
        s, x = np.empty(code.shared), np.empty((code.rows, count))
        y, sums = np.empty((code.columns, count)), np.empty(code.sums)
        for given, axes in ((s, 1), (x, 2)):
            chunks = [chunk for chunk in samples.chunks if chunk.ndim == axes]
            if chunks:
                np.concatenate(chunks, out=given)
        with self.lock:
            addresses = [array.ctypes.data for array in (s, x, y, sums, self.memory)]
            scale = 1.0 / count if reduce == "mean" else 1.0
            found = self.done(ctypes.byref(Job(count, *addresses, scale)))
        if found >= 0:
            explain(self.tape, samples.chunks, found, count)
        if found == RARE or (gradient and found == NAN):
            return NumPyBackend(self.tape, check=self.check).batch(samples, reduce, gradient)
        return self.results(sums, y)

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
        ("arrays", ctypes.c_long),
        *((name, ctypes.c_void_p) for name in ("widths", "given")),
    )

"""Many samples in C: straight-line code on vectors, several samples in the lanes of each.

For graphs of up to about a thousand operations.  The code is written in pieces, each a function
of its own, so that the time to compile grows with the length and not with its square; what one
piece leaves to another goes through memory.  Multiplication and addition may be fused, and x² is
x · x: results differ from the engine's in the last bits.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import NamedTuple

from .c_rows import expression, functions, head, number, tag
from .codegen import settled_text
from .tape import Line, Listing

LANES = 8
PIECE = 120  # so many statements in one function
_ONE = number(1.0)


class Place(NamedTuple):
    """Where a result is found: summed over the samples, or in a row with one for each."""

    summed: bool
    at: int


class Lanes:
    """The C of a listing, for samples of which some inputs vary.

    Args:
        listing: what to compute.
        varies: for each input, whether it differs from sample to sample.
        each: whether results are wanted for each sample, not their sum.
        gradient: whether to compute gradients too.

    Attributes:
        outputs, grads: where the results are found.
        shared, rows: how many inputs are the same for all samples, how many vary.
        sums, columns: how many results are summed, how many are stored for each sample.
        source: the C.
    """

    def __init__(
        self, listing: Listing, varies: Sequence[bool], *, each: bool, gradient: bool, check: bool
    ) -> None:
        self.listing, self.varies, self.each, self.check = listing, varies, each, check
        self.shared = self.rows = self.sums = self.columns = 0
        self._inputs: list[str] = []
        for moving in varies:
            if moving:
                self._inputs.append(f"LOAD(x + {self.rows} * xs)")
                self.rows += 1
            else:
                self._inputs.append(f"K(s[{self.shared}])")
                self.shared += 1
        self._said: list[str] = []  # statements, with variables in braces
        self._forward()
        self.outputs = [self._store(self._read(k), not each) for k in listing.outputs]
        self.grads = self._backward() if gradient else []
        self.source = self._written()

    def _read(self, slot: int) -> str:
        """How a value is read."""
        listing = self.listing
        slot = listing.shared[slot]
        if slot < listing.inputs:
            return self._inputs[slot]
        if slot < listing.base:
            return number(listing.constants[slot - listing.inputs])
        return f"{{t{slot}}}"

    def _filled(self, text: str, line: Line) -> str:
        """A formula of the row in C, with the line's values in it."""
        slots = zip((*line.op.arguments, "y"), (*line.arguments, line.slot), strict=True)
        names = {name: self._read(slot) for name, slot in slots}
        settled = settled_text(self.listing, line, text)
        return _product(settled, names) or expression(settled, names)

    def _forward(self) -> None:
        listing = self.listing
        for line in listing.lines:
            arguments = ", ".join(self._read(x) for x in line.arguments)
            if self.check and line.slot - listing.base in listing.domains:
                self._said.append(f"*bad |= ~in_{tag(line.op)}({arguments});")
            if listing.shared[line.slot] == line.slot:
                value = f"f_{tag(line.op)}({arguments})"
                value = self._filled(line.op.value, line) if line.parameter >= 0 else value
                self._said.append(f"{{t{line.slot}}} = {value};")
        for g in listing.guards:
            test = f"({self._read(g.left)} {g.sign} {self._read(g.right)})"
            self._said.append(f"*bad |= {'~' if g.held else ''}{test};")

    def _backward(self) -> list[Place]:
        """Say the backward pass; where the gradients of ``wrt`` are."""
        listing = self.listing
        root = listing.outputs[0]
        grads = {root: _ONE}
        summed = [k for k in dict.fromkeys(listing.wrt) if not self.each and not self.varies[k]]
        sums = {k: Place(True, self.sums + i) for i, k in enumerate(summed)}
        self.sums += len(sums)
        for line in reversed(listing.lines[: listing.reach]):
            for i, x in enumerate(line.operands):
                if not line.towards >> i & 1:
                    continue
                term = self._term(grads[line.slot], line, i)
                if x in sums:
                    self._said.append(f"a[{sums[x].at}] += {term};")
                    continue
                before = f"{grads[x]} + " if x in grads else ""
                grads[x] = f"{{d{x}}}"
                self._said.append(f"{grads[x]} = {before}{term};")
        if root in sums:  # an input that is the output
            self._said.append(f"a[{sums[root].at}] += {_ONE};")
        zero = number(0.0)
        return [sums.get(k) or self._store(grads.get(k, zero), False) for k in listing.wrt]

    def _term(self, up: str, line: Line, position: int) -> str:
        local = settled_text(self.listing, line, line.op.derivatives[position])
        if local in ("1", "1.0", "-1", "-1.0"):
            return f"-{up}" if local.startswith("-") else up
        text = self._filled(local, line)
        return text if up == _ONE else f"{up} * {text}"

    def _store(self, text: str, summed: bool) -> Place:
        if summed:
            self._said.append(f"a[{self.sums}] += {text};")
            self.sums += 1
            return Place(True, self.sums - 1)
        self._said.append(f"STORE(y + {self.columns} * ys, {text});")
        self.columns += 1
        return Place(False, self.columns - 1)

    # ---- the pieces -----------------------------------------------------------------------------

    def _written(self) -> str:
        said = self._said
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
        lines = [head(LANES), functions(self.listing.rows), _TOOLS]
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
        lines += [f"static void group({_SIGNATURE}) {{ {calls} }}", _LOOP]
        self.room = (len(apart) + self.sums + self.rows + self.columns) * LANES
        return "\n".join(lines)


def _product(text: str, names: dict[str, str]) -> str:
    """A square or cube as a product, if that is what the text is; a call of pow is slow."""
    node = ast.parse(text, mode="eval").body
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Pow):
        return ""
    if not isinstance(node.left, ast.Name) or not isinstance(node.right, ast.Constant):
        return ""
    x = names[node.left.id]
    return {2.0: f"({x} * {x})", 3.0: f"({x} * {x} * {x})"}.get(node.right.value, "")  # type: ignore[arg-type]


_SIGNATURE = (
    "const double *restrict s, const double *restrict x, long xs, V *restrict v, V *restrict a, "
    "double *restrict y, long ys, M *restrict bad"
)
_TOOLS = """
typedef double U __attribute__((vector_size(sizeof(V)), aligned(8)));
#define LOAD(p) ((V)*(const U *)(p))
#define STORE(p, r) (*(U *)(p) = (U)(r))
"""
# Samples stand side by side in the rows of x and y.  Those that do not fill a vector come first,
# filled up with the last one, whose sums are then taken out again.
# Returns a sample in whose group a guard or a domain was left, or −1; −2 if there is a NaN.
_LOOP = """
typedef struct { long n; double *s, *x, *y, *sums, *room, scale; } Job;
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

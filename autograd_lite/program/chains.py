"""From a tape to the instructions of the table in C: few loops over ranges in place of many lines.

1. Chains.  A sum ``s + a·b + c·d + …`` whose products and partial sums are used nowhere else is one
   instruction.  It adds up in the recorded order, stores the sum alone, and pushes its upstream to
   all its operands, the last term's first.
2. Levels.  An instruction comes as early as its operands allow, but the users of a slot stay in the
   order of their lines, and with them the terms of its gradient.
3. Places.  What instructions store is numbered in their order, so that what others read mostly lies
   evenly apart; where it does not, they have a list.
4. Counts.  Like instructions evenly apart are one with a count: the rows of a matrix, and once
   more its samples.

The steps are in C (``SOURCE``), for each is a loop where every turn depends on those before.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..ops import OPS, Op
from .c_chains import CHAINS, CHECKED, CODES, MANY
from .tape import Tape

Array = npt.NDArray[Any]
FEW = 4  # for fewer instructions than so many a shape of their own takes more than it saves


@dataclass
class Instructions:
    """What the loops of the table run.

    Attributes:
        shapes: what instructions share; see ``Shape`` in ``SOURCE``.
        columns: for each instruction its shape, and the places of its a, b and c.
        lists: the places of operands that are not evenly apart.
        copies: which constants are there once more, behind all other places.
        place: for each slot of the tape its place; −1 where nothing is stored.
        size: the number of places without the copies.
    """

    shapes: Array
    columns: Array
    lists: Array
    copies: Array
    place: Array
    size: int


def instructions(tape: Tape, rows: Sequence[Op], library: Any, check: bool) -> Instructions:
    """The instructions of a tape.

    Args:
        tape: what to compute.
        rows: the rows in the library, in their order there.
        library: compiled from ``SOURCE``, among others.
        check: whether domains are to be checked.
    """
    n, base = tape.size, tape.base
    row = tape.code >> 2
    fused = {OPS["add"]: 1, OPS["mul"]: 2}
    facts = [(rows.index(op), op.arity == 2, fused.get(op, 0)) for op in tape.rows]
    number, two, what = np.array(facts, dtype=np.int32).reshape(-1, 3).T[:, row]
    uses = np.bincount(tape.a, minlength=base + n)
    uses += np.bincount(tape.b[two > 0], minlength=base + n)
    uses[[*tape.outputs, *(x for g in tape.guards for x in (g.left, g.right))]] += 2
    checked = np.zeros(n, dtype=np.int32)
    checked[tape.checked] = check
    flow = np.where(np.arange(n) < tape.reach, tape.code & 3, 0)
    given = {
        "row": number,
        "two": two,
        "what": what,
        "once": uses[base:] == 1,
        "flow": flow,
        "checked": checked,
        "a": tape.a,
        "b": tape.b,
        "c": tape.c if tape.c.size else checked * 0,
    }
    arrays = {name: np.ascontiguousarray(x, dtype=np.int32) for name, x in given.items()}
    room = {"dot": n, "cut": n, "parent": n, "root": n, "place": base + n, "level": base + n}
    room |= dict.fromkeys(("slots", "flows", "lists", "copies"), 2 * n + 2)
    arrays |= {name: np.zeros(size, dtype=np.int32) for name, size in room.items()}
    arrays |= {name: np.zeros(base + n, dtype=np.int64) for name in ("key", "last")}
    work = _Work(n, base, tape.inputs, len(rows), 0, 0, *(arrays[x].ctypes.data for x in _ARRAYS))
    at = ctypes.byref(work)
    library.chained(at)
    library.levelled(at)
    lines = np.flatnonzero(arrays["root"] == np.arange(n))
    lines = lines[np.argsort(arrays["key"][lines], kind="stable")].astype(np.int32)
    place, count = arrays["place"], len(lines)
    place[:base], place[base:] = np.arange(base), -1
    sizes = np.array([count, 2 << (2 * count).bit_length(), 0], dtype=np.int64)
    library.placed(at, *(_pointer(x) for x in (sizes, lines)))
    place[base + lines] = np.arange(count) + base + 1  # at base is the −0.0 that sums start from
    records = np.zeros((count, 16), dtype=np.int32)
    library.recorded(at, *(_pointer(x) for x in (sizes, lines, records)))
    shapes, columns = np.zeros((count, 12), dtype=np.int32), np.zeros((4, count), dtype=np.int32)
    hashes = np.full(sizes[1], -1, dtype=np.int32)
    library.packed(*(_pointer(x) for x in (sizes, records, shapes, columns, hashes)))
    return Instructions(
        shapes[: sizes[2]].copy(),
        columns[:, : sizes[0]].copy(),
        arrays["lists"][: work.listed].copy(),
        arrays["copies"][: work.copied].copy(),
        place,
        base + 1 + count,
    )


def _pointer(x: Array) -> ctypes.c_void_p:
    return ctypes.c_void_p(x.ctypes.data)


_COUNTS = ("lines", "base", "inputs", "rows", "listed", "copied")
_WIDE = ("key", "last")
_NARROW = (
    *("row", "two", "what", "once", "flow", "checked", "a", "b", "c"),
    *("dot", "cut", "parent", "root", "place", "level", "slots", "flows", "lists", "copies"),
)
_ARRAYS = (*_NARROW, *_WIDE)


class _Work(ctypes.Structure):
    """``Work`` in ``SOURCE``: the tape, and what is found out about it."""

    _fields_ = (
        *((name, ctypes.c_long) for name in _COUNTS),
        *((name, ctypes.c_void_p) for name in _ARRAYS),
    )


SOURCE = (
    f"""
#include <string.h>
enum {{ OTHER, ADD, MUL }};  /* what a line is */
enum {{ {", ".join(CHAINS)} }};
typedef struct {{
    long {", ".join(_COUNTS)};
    int32_t *{", *".join(_NARROW)};
    int64_t *{", *".join(_WIDE)};
}} Work;
/* What instructions share: the length of its chains and the steps from term to term; how many times
   they are done, and the steps from time to time; and all that once more, as samples. */
typedef struct {{ int32_t code, n, da, db, m, ja, jb, jc, s, sa, sb, sc; }} Shape;
typedef struct {{ int32_t level; Shape shape; int32_t a, b, c; }} Record;  /* 16 numbers */
enum {{ CODES = {CODES}, CHECKED = {CHECKED}, MANY = {MANY}, FEW = {FEW} }};
"""
    + r"""
/* The line whose result is in the slot, if it is of that kind and may become part of its user. */
static long within(const Work *w, long slot, int what) {
    long k = slot - w->base;
    return k >= 0 && w->what[k] == what && w->once[k] && !w->cut[k] ? k : -1;
}
/* Whether the slot's line is part of line k's instruction, by that line. */
static int part(const Work *w, long slot, long k) {
    return slot >= w->base && w->parent[slot - w->base] == k;
}

/* root: the line whose instruction each line is part of.

   A chain's terms are pushed when its root is.  For each slot, its users' roots must be in the
   order of the users' lines, or its gradient is not added up in the order of backward().  Where
   they are not, the chain is cut behind the term; if that is the last, its product becomes a line
   again. */
void chained(Work *w) {
    for (int again = 1; again;) {
        again = 0;
        for (long k = 0; k < w->lines; k++) {
            w->parent[k] = k;
            if (w->what[k] != ADD) continue;
            long sum = within(w, w->a[k], ADD);
            long x = within(w, w->a[k], MUL), y = within(w, w->b[k], MUL);
            w->dot[k] = x >= 0 || y >= 0;
            if (sum >= 0 && w->dot[sum] == w->dot[k]) w->parent[sum] = k;
            if (x >= 0) w->parent[x] = k;
            if (y >= 0) w->parent[y] = k;
        }
        for (long k = w->lines; k--;) w->root[k] = w->parent[k] == k ? k : w->root[w->parent[k]];
        memset(w->last, 0, sizeof *w->last * (w->base + w->lines));
        for (long k = 0; k < w->lines; k++)
            for (int side = 0; side <= w->two[k]; side++) {
                long x = side ? w->b[k] : w->a[k];
                if (!(w->flow[k] >> side & 1) || part(w, x, k)) continue;
                long add = w->what[k] == MUL ? w->parent[k] : k;
                int64_t turn = (int64_t)w->root[k] << 32 | add;
                if (turn >= w->last[x]) {
                    w->last[x] = turn, w->level[x] = k;
                    continue;
                }
                long late = w->level[x];
                add = w->what[late] == MUL ? w->parent[late] : late;
                w->cut[add != w->root[late] ? add : late] = 1;
                again = 1;
            }
    }
}

/* What line k's instruction reads: `terms` of `each` slots, the first one first, with their flows,
   and the slot that its sum starts from, or -1, with its flow.  They lie at the ends of w's slots
   and flows, as they are found from the last one on.  kind: the chain's, or -1. */
typedef struct { long kind, terms, each, start, pushed; int32_t *slots, *flows; } Reads;
static void found(Reads *r, long slot, int flow) {
    *--r->slots = slot, *--r->flows = flow & 1;
}
static void product(const Work *w, Reads *r, long slot) {
    long p = slot - w->base;
    found(r, w->b[p], w->flow[p] >> 1), found(r, w->a[p], w->flow[p]);
    r->terms++;
}
static Reads reads(const Work *w, long k) {
    Reads r = {-1, 0, 1 + w->two[k], -1, 0};
    r.slots = w->slots + 2 * w->lines + 2, r.flows = w->flows + 2 * w->lines + 2;
    if (w->what[k] != ADD || !(w->dot[k] || part(w, w->a[k], k))) {
        if (w->two[k]) found(&r, w->b[k], w->flow[k] >> 1);
        found(&r, w->a[k], w->flow[k]);
        r.terms = 1;
        return r;
    }
    r.kind = w->dot[k] ? DOT : SUM, r.each = w->dot[k] ? 2 : 1;
    for (long a;; k = a - w->base) {
        a = w->a[k];
        long b = w->b[k], left = part(w, a, k), right = part(w, b, k);
        if (right) product(w, &r, b);
        else if (r.kind == SUM) found(&r, b, w->flow[k] >> 1), r.terms++;
        if (left && w->what[a - w->base] == ADD) continue;  /* down to the sum before */
        if (left) product(w, &r, a);
        if (!left || !right) r.start = left ? b : a, r.pushed = w->flow[k] >> left & 1;
        return r;
    }
}

/* key: each instruction's level, then its kind, so that like ones follow one another.  A user comes
   behind the last one of the same slot, which has pushed to it later. */
void levelled(Work *w) {
    memset(w->last, 0, sizeof *w->last * (w->base + w->lines));
    memset(w->level, 0, sizeof *w->level * (w->base + w->lines));
    for (long k = 0; k < w->lines; k++) {
        if (w->root[k] != k) continue;
        Reads r = reads(w, k);
        long kind = r.kind < 0 ? w->row[k] : w->rows + r.kind, level = 0;
        long count = r.terms * r.each;
        if (r.start >= 0) found(&r, r.start, r.pushed), count++;
        for (long i = 0; i < count; i++) {
            long x = r.slots[i], users = w->last[x] >> 16;
            if (level <= w->level[x]) level = w->level[x] + 1;
            if (!r.flows[i]) continue;
            users += (w->last[x] & 65535) > kind;
            if (level < users) level = users;
        }
        w->level[w->base + k] = level;
        w->key[k] = (int64_t)level << 16 | kind;
        for (long i = 0; i < count; i++)
            if (r.flows[i]) w->last[r.slots[i]] = w->key[k];
    }
}

/* Where chains read inputs in steps, as columns of a matrix, the inputs are placed in the order in
   which chains read them: 2.8 times as fast for X @ W.  Else they stay as they are given. */
void placed(Work *w, const int64_t *count, const int32_t *lines) {
    for (int again = 0, next = 0, steps = 0; again < 2; again++) {
        for (long i = 0; i < *count; i++) {
            Reads r = reads(w, lines[i]);
            if (r.kind != DOT) continue;
            for (int which = 0; which < 2; which++)
                for (long j = 0; j < r.terms; j++) {
                    long x = r.slots[2 * j + which], before = j ? r.slots[2 * j - 2 + which] : x;
                    if (x >= w->inputs || before >= w->inputs) continue;
                    steps |= x > before + 1;
                    if (again && w->place[x] < 0) w->place[x] = next++;
                }
        }
        if (!steps) return;
        for (long x = 0; x < w->inputs; x++)
            if (!again) w->place[x] = -1;
            else if (w->place[x] < 0) w->place[x] = next++;
    }
}
/* The places of one side of a chain's terms: from `at` on by steps.  Where they are not evenly
   apart they are listed, or if they are constants copied, once for the chains that follow and read
   them too. */
typedef struct { int32_t at, step, listed; } Side;
typedef struct { int32_t *at; long count; } Copies;
static Side side(Work *w, const Reads *r, int which, int32_t *list, long size, Copies *last) {
    long n = r->terms, constant = 1, even = 1;
    for (long j = 0; j < n; j++) {
        long x = r->slots[j * r->each + which];
        list[j] = w->place[x];
        constant &= x >= w->inputs && x < w->base;
        even &= j < 2 || list[j] - list[j - 1] == list[1] - list[0];
    }
    if (even) return (Side){list[0], n > 1 ? list[1] - list[0] : 1, 0};
    if (!constant) return (Side){0, 0, 1};
    /* 1.7 times as fast where data are zeros and ones, which are there but once */
    if (last->count != n || memcmp(last->at, list, n * sizeof *list)) {
        *last = (Copies){w->copies + w->copied, n};
        memcpy(last->at, list, n * sizeof *list);
        w->copied += n;
    }
    return (Side){size + (last->at - w->copies), 1, 0};
}
/* One record for each instruction, in the order of lines. */
void recorded(Work *w, const int64_t *count, const int32_t *lines, Record *made) {
    Copies copies = {0, 0};
    for (long i = 0; i < *count; i++) {
        long k = lines[i], flow = 0;
        Reads r = reads(w, k);
        Record *to = made + i;
        to->level = w->key[k] >> 16;
        to->shape = (Shape){.n = 1, .m = 1, .s = 1};
        to->shape.code = CODES * w->row[k] + CHECKED * w->checked[k] + w->flow[k];
        to->a = w->place[w->a[k]], to->b = w->place[w->b[k]], to->c = w->place[w->c[k]];
        if (r.kind < 0) continue;
        int32_t *list = w->lists + w->listed;
        long n = r.terms, size = w->base + 1 + *count;
        Side x = side(w, &r, 0, list, size, &copies), y = {0, 0, 0};
        if (r.each == 2) y = side(w, &r, 1, list + n, size, &copies);
        to->c = r.start < 0 ? w->base : w->place[r.start];
        to->shape.n = n;
        int kind = r.kind;
        if (x.listed || y.listed) {
            to->a = w->listed, to->b = 0;
            w->listed += n * r.each;
            kind += kind == SUM ? SUM_LIST - SUM : DOT_LIST - DOT;
        } else {
            to->a = x.at, to->b = y.at, to->shape.da = x.step, to->shape.db = y.step;
            long a = x.at, b = y.at, c = to->c;
            int in_a = c >= a && c < a + n, in_b = c >= b && c < b + n;
            int apart = (a + n <= b || b + n <= a) && !in_a && !in_b;
            if (kind == DOT && (x.step != 1 || y.step != 1 || !apart)) kind = DOT_STEPS;
        }
        for (long j = 0; j < n * r.each; j++) flow |= r.flows[j] << j % r.each;
        /* where no product's upstream goes on, the start's may */
        to->shape.code = CODES * (w->rows + kind) + (flow ? flow : w->flow[k] != 0);
    }
}

/* Like records evenly apart become one, with their number and steps from field `at` on. */
static int evenly(const int32_t *x, const int32_t *y, const int32_t *z, long at) {
    for (int i = 13; i < 16; i++)
        if (z[i] - y[i] != y[i] - x[i]) return 0;
    return !memcmp(y, z, 4 * at);
}
static long folded(long n, int32_t (*r)[16], long at) {
    long kept = 0;
    for (long i = 0, j; i < n; i = j, kept++) {
        j = i + 1;
        if (j < n && !memcmp(r[i], r[j], 4 * at)) {
            for (j++; j < n && evenly(r[j - 2], r[j - 1], r[j], at); j++);
            if (j == i + 2 && j + 1 < n && evenly(r[i + 1], r[j], r[j + 1], at)) j = i + 1;
        }
        memmove(r[kept], r[i], sizeof *r);
        r[kept][at] = j - i;
        for (int c = 1; c < 4; c++)
            r[kept][at + c] = j > i + 1 ? r[i + 1][12 + c] - r[kept][12 + c] : 0;
    }
    return kept;
}

/* The number of a shape among those made so far; hashes say where to look. */
static int32_t number(Shape shape, Shape *shapes, int32_t *hashes, int64_t *sizes) {
    uint32_t hash = 0;
    for (int i = 0; i < 12; i++) {
        hash = (hash ^ ((int32_t *)&shape)[i]) * 0x9e3779b1;
        hash ^= hash >> 15;
    }
    long last = sizes[1] - 1, at = hash & last;
    while (hashes[at] >= 0 && memcmp(shapes + hashes[at], &shape, sizeof shape)) at = at + 1 & last;
    if (hashes[at] < 0) shapes[hashes[at] = sizes[2]++] = shape;
    return hashes[at];
}
/* Columns and shapes, each once, from records.  sizes: so many records, of which so many
   instructions become; so many hashes; so many shapes. */
void packed(int64_t *sizes, int32_t (*r)[16], Shape *shapes, int32_t *columns, int32_t *hashes) {
    long room = sizes[0], n = folded(folded(room, r, 5), r, 9), done = 0;
    for (long i = 0; i < n; i++) {
        const Record *one = (const Record *)r[i];
        Shape shape = one->shape;
        long few = shape.m * shape.s < FEW, samples = few ? shape.s : 1, rows = few ? shape.m : 1;
        if (few) shape = (Shape){shape.code, shape.n, shape.da, shape.db, .m = 1, .s = 1};
        else shape.code += MANY;
        int32_t code = number(shape, shapes, hashes, sizes);
        for (long s = 0; s < samples; s++)
            for (long j = 0; j < rows; j++, done++) {
                columns[done] = code;
                columns[room + done] = one->a + s * one->shape.sa + j * one->shape.ja;
                columns[2 * room + done] = one->b + s * one->shape.sb + j * one->shape.jb;
                columns[3 * room + done] = one->c + s * one->shape.sc + j * one->shape.jc;
            }
    }
    sizes[0] = done;
}
"""
)

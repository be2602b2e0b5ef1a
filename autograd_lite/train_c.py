"""Training in C: many batches in one call, with the numbers of ``Rule.step`` to the last bit.

A loop in C calls the C of the loss (``program.simd``) batch by batch, and the C that the update
rule's row is printed as.  It stops before a batch that it cannot do as Python does: where a guard
or a domain is left, a number is not finite, or a target is new.  Python takes that one step, or
raises, and the loop goes on.

>>> for line in RuleInC(Form("v = momentum * v + lr * g; theta = theta - v")).source.splitlines():
...     if line.strip().startswith(("s0", "theta")):
...         print(line.strip())
s0 = o[1] * s0 + o[0] * g;
theta = theta - s0;
"""

from __future__ import annotations

import ctypes
import math
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from types import FunctionType, SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import CompilerError
from .expr import C, Written
from .notation import (
    CONSTANTS,
    Call,
    Expr,
    If,
    Name,
    names,
    rebuilt,
    substituted,
    walk,
)
from .ops import OPS, PRIMITIVES
from .optim import minibatches
from .program import Program
from .program.c_compiler import load
from .program.c_rows import head
from .program.simd import JOB, Job
from .update_rule import Form, Rule
from .value import Value, put_grads

Array = npt.NDArray[Any]
BLOCK = 0.05  # seconds in C, about, before Ctrl-C is heard
AHEAD = 4096  # epochs in one call, where nothing looks at the model between them
_LARGEST = 500  # parts of a statement

# ---- the update rule ----------------------------------------------------------------------------


class NotInC(Exception):  # noqa: N818 – never seen outside
    """C would not give the numbers that Python gives."""


class RuleInC:
    """A form of an update rule as C: functions ``step`` and ``ahead`` over all parameters.

    Attributes:
        options: the options' names, in the order of the numbers that C is given.
        source: the C.

    Raises:
        NotInC: its numbers would not be Python's to the last bit.
    """

    def __init__(self, form: Form) -> None:
        self.form, self.options = form, sorted(form.options | {"lr", "weight_decay"})
        self._places = {x: f"o[{k}]" for k, x in enumerate(self.options)}
        self._places |= {x: f"s{k}" for k, x in enumerate(form.state)}
        self._places |= {x: x for x in ("theta", "g", "t")}
        self._fixed = {*self.options, "t", *CONSTANTS}  # the same for all parameters
        self._once: dict[Expr, Name] = {}  # what is computed of them
        lines, lead = list[str](), "theta"
        for s in form.statements:
            if s is form.ahead:
                if not names(s.tree) <= {"theta", *form.state, *self._fixed}:
                    raise NotInC
                lead = self._text(_in_primitives(s.tree))
                continue
            text = self._text(self._taken_out(_in_primitives(s.tree)))
            new = "" if s.name in self._places else "double "
            place = self._places.setdefault(s.name, f"x{len(self._places)}")
            lines.append(f"{new}{place} = {text};")
        self.source = self._source(form, lines, lead)

    def _text(self, tree: Expr) -> str:
        if not names(tree) <= {*self._places, *CONSTANTS}:
            raise NotInC  # a name is read that only another statement assigns: Python raises
        return _Noting(lambda name: f"p_{name}", self._places).text(tree)

    def _taken_out(self, tree: Expr) -> Expr:
        """The formula with names for what is computed once for all parameters.

        Adam's two pow take longer than the rest of its step.  What stands in a choice stays there,
        where it is not computed unless it is chosen.
        """
        if isinstance(tree, Call | If) and names(tree) <= self._fixed:
            name = self._once.setdefault(tree, Name(f"once {len(self._once)}"))
            self._places[name.name] = f"c{list(self._once).index(tree)}"
            return name
        if isinstance(tree, Call):
            return Call(tree.name, tuple(map(self._taken_out, tree.arguments)))
        return tree

    def _source(self, form: Form, lines: list[str], lead: str) -> str:
        states = {k: f"s{k - 1}" for k in range(1, len(form.state) + 1)}
        sizes = {"OPTIONS": len(self.options), "STATES": len(states)}
        sizes |= {"LR": self.options.index("lr"), "LOOKS_AHEAD": int(form.ahead is not None)}
        once = [
            f"const double {self._places[name.name]} = {self._text(tree)};"
            for tree, name in self._once.items()
        ]
        given = [
            "double theta = now[i];",
            *(f"double {s} = now[{k} * m + i];" for k, s in states.items()),
        ]
        slope = f"next[{len(states) + 1} * m + all->to[i]]"
        results = [
            "next[i] = all->s[all->to[i]] = theta;",
            *(f"next[{k} * m + i] = {s};" for k, s in states.items()),
        ]
        finite = " + ".join(f"({x} - {x})" for x in ("g", "theta", *states.values()))
        step = [*given, f"double g = {slope} + {self._places['weight_decay']} * theta;", *lines]
        return "\n".join(
            [
                f"enum {{ {', '.join(f'{name} = {n}' for name, n in sizes.items())} }};",
                *_function(
                    "step(const Training *all, const double *now, double *next)",
                    ["const double t = all->times[k] + 1.0;", *once],
                    [*step, *results, f"bad += {finite};"],
                ),
                *_function(
                    "ahead(const Training *all, const double *now)",
                    ["const double t = all->times[k];"],
                    [*given, f"all->s[all->to[i]] = {lead};"],
                ),
            ]
        )


class _Noting(C):
    """C that notes where a quotient or a function is not finite: there Python may raise."""

    def write(self, tree: Expr) -> Written:
        """A part of the formula."""
        text = super().write(tree)
        exact = not isinstance(tree, Call) or tree.name in ("add", "sub", "mul", "neg")
        return text if exact else Written(f"noted({text}, &bad)")


def _in_primitives(tree: Expr) -> Expr:
    """The formula with the rows that it calls written out, as Python computes them."""

    def change(x: Expr) -> Expr:
        if not isinstance(x, Call) or x.name in ("neg", *C.signs):
            return x
        if x.name in PRIMITIVES:
            if x.name == "hypot":  # Python has one of its own
                raise NotInC
            return x
        op = OPS[x.name]
        value = op.value.tree
        if op.domain is not None and not op.raises:
            value = If(op.domain.tree, value, Name("nan"))
        given = dict(zip(op.arguments, op.filled(x.arguments), strict=True))
        written = substituted(rebuilt(value, change), given)
        if sum(1 for _ in walk(written)) > _LARGEST:
            raise NotInC
        return written

    return rebuilt(tree, change)


def _function(signature: str, before: list[str], lines: list[str]) -> list[str]:
    """A C function that does this for each parameter; it returns NaN where Python may raise."""
    return [
        f"static double {signature}",
        "{",
        "    const long m = all->moved;",
        "    double bad = 0.0;",
        "    for (long k = 0; k < all->runs; k++) {",
        "        const double *o = all->options + k * OPTIONS;",
        *(f"        {line}" for line in before),
        "        for (long i = all->starts[k]; i < all->starts[k + 1]; i++) {",
        *(f"            {line}" for line in lines),
        "        }",
        "    }",
        "    return bad;",
        "}",
    ]


# ---- the loop -----------------------------------------------------------------------------------

_LAYOUT = f"""
{JOB}
/* A program of the loss, for the samples of one target or for all. */
typedef struct {{
    long (*run)(const Job *);
    Job job;
    long value;         /* the place of the loss among the job's sums, */
    const int32_t *at;  /* and of each gradient */
    double *fill;
}} Part;
typedef struct {{
    /* how many samples, numbers of each, samples of a batch; whether their losses are averaged,
       the order is another one in each epoch, the learning rate follows a schedule */
    long samples, width, size, mean, shuffled, scheduled;
    /* how many programs, parameters, parameters that move, runs of those with like options */
    long parts, model, moved, runs;
    long batches, until, taken;   /* to take in this call, before which epoch; taken */
    long gathered;                /* the parts of a batch of all samples in one order, or 0 */
    long first, epoch, start;     /* the epoch of losses[0], this one, its next sample */
    long drawn;                   /* whether this epoch has its order */
    long long seed;
    double loss;                  /* of this epoch so far */
    const double *data;           /* sample after sample */
    const int32_t *part_of;       /* the program of each sample, or -1 */
    int32_t *order, *turn;        /* the samples in order; the programs of a batch in order */
    Part *part;
    double *x, *s;                /* a batch; the parameters, where the gradient is wanted */
    double *now, *before, *next;  /* theta, states, gradients: of two steps and the next */
    const int32_t *to, *starts;   /* the place in s of each that moves; where each run starts */
    double *times, *options;      /* the steps taken, and the options, of each run */
    const double *rates;          /* the learning rate of each step and run */
    double *losses;
}} Training;
static inline double noted(double x, double *bad) {{ *bad += x - x; return x; }}
"""
# The generator is MT19937 (Matsumoto and Nishimura, 1998), seeded and drawn from as Python's
# ``random.Random(seed).shuffle``, which takes 190 µs for 569 samples; this takes 9, an epoch 9.
_LOOP = """
typedef struct { uint32_t begun[624], word[624], drawn[624]; } Generator;

static void begun(Generator *r)
{
    uint32_t *w = r->begun;
    w[0] = 19650218u;
    for (int k = 1; k < 624; k++) w[k] = 1812433253u * (w[k - 1] ^ w[k - 1] >> 30) + k;
}

static void seeded(Generator *r, uint64_t seed)
{
    uint32_t *w = r->word, key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t last = r->begun[0];
    int two = key[1] > 0, j = 0;
    for (int k = 0; k < 624; k++) w[k] = r->begun[k];
    int i = 1;
    for (int k = 0; k < 624; k++) {
        last = w[i] = (w[i] ^ (last ^ last >> 30) * 1664525u) + key[j] + j;
        j ^= two;
        if (++i == 624) w[0] = last, i = 1;
    }
    for (int k = 0; k < 623; k++) {
        last = w[i] = (w[i] ^ (last ^ last >> 30) * 1566083941u) - i;
        if (++i == 624) w[0] = last, i = 1;
    }
    w[0] = 0x80000000u;
}

static void draw(Generator *r)
{
    uint32_t *w = r->word;
    for (int k = 0; k < 624; k++) {
        int next = k < 623 ? k + 1 : 0, far = k < 227 ? k + 397 : k - 227;
        uint32_t y = (w[k] & 0x80000000u) | (w[next] & 0x7fffffffu);
        y = w[k] = w[far] ^ y >> 1 ^ (-(y & 1) & 0x9908b0dfu);
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c5680u;
        y ^= y << 15 & 0xefc60000u;
        r->drawn[k] = y ^ y >> 18;
    }
}

/* From the end on each place is exchanged with one before it, drawn anew while it is none. */
static void shuffle(Generator *r, int32_t *order, long n, long long seed)
{
    seeded(r, seed < 0 ? 0 - (uint64_t)seed : (uint64_t)seed);
    for (long i = 0; i < n; i++) order[i] = i;
    int at = 624;
    for (long i = n - 1; i > 0;) {  /* no branch where a number is too large: twice as fast */
        if (at == 624) draw(r), at = 0;
        long j = r->drawn[at++] >> __builtin_clz((uint32_t)i + 1);
        int taken = j <= i;
        j = taken ? j : i;
        int32_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
        i -= taken;
    }
}

/* The next n samples, those of each program together; how many programs, or -1. */
static long gathered(Training *all, long n)
{
    if (all->gathered) return all->gathered;  /* always the same: a sixth of such a step */
    const int32_t *order = all->order + all->start;
    const long width = all->width;
    long parts = 0;
    for (long k = 0; k < all->parts; k++) all->part[k].job.n = 0;
    for (long j = 0; j < n; j++) {
        long k = all->part_of[order[j]];
        if (k < 0) return -1;
        if (all->part[k].job.n++ == 0) all->turn[parts++] = k;
    }
    double *x = all->x;
    for (long k = 0; k < parts; k++) {
        Part *part = all->part + all->turn[k];
        part->fill = part->job.x = x;
        x += part->job.n * width;
    }
    for (long j = 0; j < n; j++) {
        Part *part = all->part + all->part_of[order[j]];
        const double *sample = all->data + order[j] * width;
        for (long k = 0; k < width; k++) part->fill[k * part->job.n] = sample[k];
        part->fill++;
    }
    if (n == all->samples && !all->shuffled) all->gathered = parts;
    return parts;
}

/* Whether the next batch was done; if not, all but s is as before it. */
static int taken(Training *all, Generator *r)
{
    long left = all->samples - all->start, n = left < all->size ? left : all->size;
    if (!all->drawn) shuffle(r, all->order, all->samples, all->seed + all->epoch);
    all->drawn = 1;
    if (all->scheduled)
        for (long k = 0; k < all->runs; k++)
            all->options[k * OPTIONS + LR] = all->rates[all->taken * all->runs + k];
    if (LOOKS_AHEAD && ahead(all, all->now) != 0.0) return 0;
    long parts = gathered(all, n);
    if (parts < 0) return 0;
    double *next = all->next, *slopes = next + (STATES + 1) * all->moved, loss = 0.0;
    for (long i = 0; i < all->model; i++) slopes[i] = 0.0;
    for (long k = 0; k < parts; k++) {
        const Part *part = all->part + all->turn[k];
        if (part->run(&part->job) != -1) return 0;
        loss += part->job.sums[part->value];
        for (long i = 0; i < all->model; i++) slopes[i] += part->job.sums[part->at[i]];
    }
    double scale = all->mean ? 1.0 / n : 1.0, weight = all->mean ? (double)n / all->samples : 1.0;
    for (long i = 0; i < all->model; i++) slopes[i] *= scale;
    if (step(all, all->now, next) != 0.0) return 0;
    all->next = all->before;
    all->before = all->now;
    all->now = next;
    for (long k = 0; k < all->runs; k++) all->times[k] += 1.0;
    all->loss += weight * (loss * scale);
    all->start += n;
    return 1;
}

/* Whether nothing stood in the way. */
long train(Training *all)
{
    Generator r;
    if (all->shuffled) begun(&r);
    for (; all->taken < all->batches && all->epoch < all->until; all->taken++) {
        if (!taken(all, &r)) return 0;
        if (all->start == all->samples) {
            all->losses[all->epoch++ - all->first] = all->loss;
            all->loss = all->start = 0;
            all->drawn = !all->shuffled;
        }
    }
    return 1;
}
"""


class _Part(ctypes.Structure):
    """``Part`` in C."""

    _fields_ = (
        ("run", ctypes.c_void_p),
        ("job", Job),
        ("value", ctypes.c_long),
        ("at", ctypes.c_void_p),
        ("fill", ctypes.c_void_p),
    )


class _Training(ctypes.Structure):
    """``Training`` in C."""

    _fields_ = (
        *((x, ctypes.c_long) for x in ("samples", "width", "size")),
        *((x, ctypes.c_long) for x in ("mean", "shuffled", "scheduled")),
        *((x, ctypes.c_long) for x in ("parts", "model", "moved", "runs")),
        *((x, ctypes.c_long) for x in ("batches", "until", "taken")),
        ("gathered", ctypes.c_long),
        *((x, ctypes.c_long) for x in ("first", "epoch", "start", "drawn")),
        ("seed", ctypes.c_longlong),
        ("loss", ctypes.c_double),
        *((x, ctypes.c_void_p) for x in ("data", "part_of", "order", "turn", "part", "x", "s")),
        *((x, ctypes.c_void_p) for x in ("now", "before", "next", "to", "starts")),
        *((x, ctypes.c_void_p) for x in ("times", "options", "rates", "losses")),
    )


# ---- from Python to C and back ------------------------------------------------------------------


class _LossInC:
    """The programs of the loss and the samples, as C reads them.

    Args:
        programs: the loss of one sample by its target, or under ``None`` that of all targets.
        model: whose parameters the programs take first.
        arrays: what they take next, sample by sample.
        targets: of each sample.
        size: the samples of a batch.

    Raises:
        NotInC: it is not C that runs them.
    """

    def __init__(
        self,
        programs: Mapping[Any, Program],
        model: Any,
        arrays: Sequence[Array],
        targets: Sequence[Any],
        size: int,
    ) -> None:
        if any(x.dtype.kind not in "fiub" for x in arrays):
            raise NotInC
        data = np.hstack([x.reshape(len(x), -1).astype(float) for x in arrays])
        self.count, self.s = len(programs), np.empty(len(model.parameters()))
        parts, batch = (_Part * self.count)(), np.empty(size * data.shape[1])
        places = {target: k for k, target in enumerate(programs)}
        which = [0] * len(data) if None in programs else [places.get(t, -1) for t in targets]
        part_of, turn = np.array(which, dtype=np.int32), np.empty(self.count, dtype=np.int32)
        pointed = {"data": data, "x": batch, "s": self.s, "part_of": part_of, "turn": turn}
        self.fields = {name: x.ctypes.data for name, x in pointed.items()}
        self.fields |= {"parts": self.count, "part": ctypes.addressof(parts)}
        self.fields |= {"model": len(self.s), "width": data.shape[1], "gathered": 0}
        self._kept: list[Any] = [pointed]
        self._backends: list[Any] = []
        self._parts = parts
        for part, program in zip(parts, programs.values(), strict=True):
            backend = program.simd(self.s, *(x[:1] for x in arrays))
            if program.backend != "c" or backend is None:
                raise NotInC
            code = backend.code
            if (code.shared, code.rows, code.columns) != (len(self.s), data.shape[1], 0):
                raise NotInC
            sums, at = np.empty(code.sums), np.array([g.at for g in code.grads], dtype=np.int32)
            part.value, part.at = code.outputs[0].at, at.ctypes.data
            part.job.s, part.job.sums = self.s.ctypes.data, sums.ctypes.data
            part.job.room, part.job.scale = backend.memory.ctypes.data, 1.0
            self._kept += [sums, at]
            self._backends.append(backend)

    def renew(self) -> None:
        """Run what the backends run by now: after a rare number, functions that are careful."""
        for part, backend in zip(self._parts, self._backends, strict=True):
            part.run = ctypes.cast(backend.run, ctypes.c_void_p)


class _Steps:
    """The numbers that some steps start from, as C reads and writes them.

    Args:
        rule, in_c: the rule, and its form in C.
        options: for each group of parameters the options of the first step.
        parameters: the model's, in order.
        most: so many steps at most.

    Raises:
        NotInC: there is something else than plain numbers.
    """

    def __init__(
        self,
        rule: Rule,
        in_c: RuleInC,
        options: Sequence[Any],
        parameters: Sequence[Value],
        most: int,
    ) -> None:
        self.rule, self.form, self.parameters = rule, in_c.form, parameters
        self.steps = rule.steps  # before them
        places = {p: k for k, p in enumerate(parameters)}
        groups = zip(rule.groups, options, strict=True)
        moved = [(p, o, group["lr"]) for group, o in groups for p in o.params if p in places]
        if not moved or any(o.form is not self.form for _, o, _ in moved):
            raise NotInC
        self.moved, self.options = [p for p, *_ in moved], [o for _, o, _ in moved]
        self.states = [vars(rule._state[p]) for p in self.moved]
        # A run: parameters, one after the other, that have their options and t in common.
        times = [state.get("t", 0) for state in self.states]
        alike = [(id(o), t) for o, t in zip(self.options, times, strict=True)]
        self.starts = [k for k in range(len(moved)) if k == 0 or alike[k] != alike[k - 1]]
        rows = [[getattr(self.options[k], name) for name in in_c.options] for k in self.starts]
        if not all(map(_plain, [*rows, *(state.values() for state in self.states)])):
            raise NotInC
        self.rates = self._rates([moved[k][2] for k in self.starts], most)
        self.to = [places[p] for p in self.moved]
        theta = [p.data for p in self.moved]
        states = [[state[name] for state in self.states] for name in self.form.state]
        now = [x for row in (theta, *states, [0.0] * len(parameters)) for x in row]
        m, self.length = len(moved), len(now)
        self.numbers = (ctypes.c_double * (3 * self.length))(*now)
        arrays: dict[str, Any] = {"now": self.numbers, "to": (ctypes.c_int32 * m)(*self.to)}
        arrays["starts"] = (ctypes.c_int32 * (len(self.starts) + 1))(*self.starts, m)
        arrays["times"] = (ctypes.c_double * len(self.starts))(*(times[k] for k in self.starts))
        arrays["options"] = (ctypes.c_double * (len(rows) * len(rows[0])))(*chain(*rows))
        rates = [*chain(*self.rates)]
        arrays["rates"] = (ctypes.c_double * len(rates))(*rates)
        self._kept = arrays
        start, size = ctypes.addressof(self.numbers), 8 * self.length
        self.fields = {x: ctypes.addressof(a) for x, a in arrays.items()}
        self.fields |= {"before": start + size, "next": start + 2 * size}
        self.fields |= {"moved": m, "runs": len(rows), "scheduled": len(rates) > 0}
        self.fields["batches"] = len(self.rates) or most

    def _rates(self, schedules: Sequence[Any], most: int) -> list[list[float]]:
        """Learning rates, a row for each step and in it one for each run, if they change."""
        if not any(map(callable, schedules)):
            return []
        rates = [[self.options[k].lr for k in self.starts]]
        for t in range(self.steps + 1, self.steps + most):
            try:
                row = [lr(t) if callable(lr) else lr for lr in schedules]
            except Exception:  # that step will raise it
                break
            if not _plain(row) or min(row) < 0:
                break
            rates.append(row)
        return rates

    def assign(self, c: _Training) -> None:
        """Assign what C has computed: all of it, or nothing."""
        if not c.taken:
            return
        m, start = c.moved, ctypes.addressof(self.numbers)
        places = ((x - start) // 8 for x in (c.now, c.before))
        now, before = (self.numbers[k : k + self.length] for k in places)
        slopes = now[m * (1 + len(self.form.state)) :]
        if self.rates:
            for k, lr in zip(self.starts, self.rates[c.taken - 1], strict=True):
                self.options[k].lr = lr
        after = zip(now[:m], self._states(now, c.taken), [slopes[k] for k in self.to], strict=True)
        moves = [(p, *x, o) for p, x, o in zip(self.moved, after, self.options, strict=True)]
        last = list(zip(self.moved, before[:m], self._states(before, c.taken - 1), strict=True))
        put_grads(self.rule.parameters, repeat(None))
        put_grads(self.parameters, slopes)
        self.rule._commit(moves, c.taken, last)

    def _states(self, row: list[float], steps: int) -> list[Any]:
        """What the rule remembers of each parameter after so many steps."""
        made = [SimpleNamespace(**state) for state in self.states]
        for k, name in enumerate(self.form.state, 1):
            deque(map(setattr, made, repeat(name), row[k * len(made) :]), maxlen=0)
        if self.form.counts:
            for s in made:
                s.t += steps
        return made


def _plain(numbers: Iterable[Any]) -> bool:
    """Whether all are finite numbers that C has too."""
    return all(isinstance(x, int | float) and math.isfinite(x) and float(x) == x for x in numbers)


def _steps_as_rules_do(rule: Rule) -> bool:
    """Whether neither its class nor the rule itself overrides how ``Rule`` takes a step."""
    made = {x: f for x, f in vars(Rule).items() if isinstance(f, FunctionType | property)}
    return not any(
        x in vars(rule) or getattr(type(rule), x) is not f
        for x, f in made.items()
        if not x.startswith("__")
    )


class EpochsInC:
    """Epochs of training: batches in C, and by ``step`` those that C cannot do.

    Args:
        model, rule: what is trained, and how.
        programs: the loss of one sample by its target, or under ``None`` that of all targets;
            ``step`` may add further ones.
        X, y: the samples and their targets.
        step: takes a step in Python, given the numbers of its samples; returns its loss.
        size, mean: the samples of a batch, and whether its loss is their mean, not their sum.
        shuffle, seed: the order of the samples.
        epochs: how many there will be.
        watched: whether the model is looked at after each of them, and
        touched: whether the samples may be other ones by then.
    """

    def __init__(
        self,
        model: Any,
        rule: Rule,
        programs: Mapping[Any, Program],
        X: Sequence[Any],
        y: Sequence[Any],
        step: Callable[[Sequence[int]], float],
        *,
        size: int,
        mean: bool,
        shuffle: bool,
        seed: int | None,
        epochs: int,
        watched: bool,
        touched: bool,
    ) -> None:
        self.model, self.rule, self.programs, self.X, self.y = model, rule, programs, X, y
        self.step, self.size, self.shuffle, self.seed = step, min(size, len(X)), shuffle, seed
        self.epochs, self.touched = epochs, touched
        # C draws the order itself, except for seeds that are no such numbers.
        self.draws = seed is None or (type(seed) is int and abs(seed) < 2**62)
        self.ahead = max(1, min(epochs, AHEAD)) if self.draws and not watched else 1
        self.order, self.losses = np.empty(len(X), dtype=np.int32), np.empty(self.ahead)
        self.safe = 0  # so many epochs are done and were assigned
        self.batches = 1  # so many in the next call
        self.able = _steps_as_rules_do(rule)
        self.arrays: list[Array] = []
        self.loss: _LossInC | None = None
        self.steps: _Steps | None = None
        self.rules: dict[Form, tuple[RuleInC, Any]] = {}  # with the loop
        base = int.from_bytes(os.urandom(7), "big") if seed is None else seed
        self.c = _Training(samples=len(X), size=self.size, mean=mean, shuffled=shuffle)
        self.c.seed = base if self.draws else 0
        self.c.order, self.c.losses = self.order.ctypes.data, self.losses.ctypes.data

    def loss_of(self, epoch: int) -> float:
        """The mean or sum of an epoch's losses; they are asked for one after the other."""
        c = self.c
        while self.safe <= epoch:
            if c.until <= epoch:
                c.first, c.until = epoch, min(epoch + self.ahead, self.epochs)
                if self.touched:
                    self.arrays, self.loss = [], None
            self._advance()
        return self.losses.item(epoch - c.first)

    def rest(self, epoch: int) -> list[float]:
        """After Ctrl-C, the losses of the epochs from this one on that are done."""
        if self.steps and self.rule.steps == self.steps.steps + self.c.taken:
            self.safe = self.c.epoch
        first = self.c.first
        found: list[float] = self.losses[epoch - first : self.safe - first].tolist()
        return found

    def _advance(self) -> None:
        """Take some steps: in C, or one in Python."""
        c = self.c
        if not c.drawn and not self.draws:
            self._draw()
        if self.able and self.programs and self._in_c():
            return
        if not c.drawn:
            self._draw()
        batch = self.order[c.start : c.start + self.size].tolist()
        c.loss += (len(batch) / c.samples if c.mean else 1.0) * self.step(batch)
        c.start += len(batch)
        if c.start == c.samples:
            self.losses[c.epoch - c.first] = c.loss
            c.loss, c.start, c.drawn, c.epoch = 0.0, 0, not self.shuffle, c.epoch + 1
            self.safe = c.epoch

    def _draw(self) -> None:
        seed = None if self.seed is None else self.seed + self.c.epoch
        batches = minibatches(len(self.X), self.size, shuffle=self.shuffle, seed=seed)
        self.order[:] = [i for batch in batches for i in batch]
        self.c.drawn = 1

    def _in_c(self) -> bool:
        """Take steps in C; whether nothing stood in the way."""
        c = self.c
        if self.rule.noted is not None:  # each step is to be noted
            return False
        options = [self.rule._options(group) for group in self.rule.groups]
        try:
            if self.loss is None or self.loss.count < len(self.programs):
                self.loss = self._loss()
                self._hand_over(self.loss.fields)
            rule, train = self._compiled(options[0].form)
        except (NotInC, CompilerError):
            self.able = False
            return False
        left = (c.until - c.epoch) * -(-c.samples // c.size) - c.start // c.size
        start, parameters = time.perf_counter(), self.model.parameters()
        epoch, first = c.epoch, c.start
        if len(parameters) != c.model:
            return False
        try:
            self.steps = _Steps(self.rule, rule, options, parameters, min(self.batches, left))
        except NotInC:
            return False
        self._hand_over(self.steps.fields)
        self.loss.s[:] = [p.data for p in parameters]
        self.loss.renew()
        c.taken = 0
        try:
            free = train(ctypes.byref(c))
        finally:
            self.steps.assign(c)
        self.safe = c.epoch
        done = (c.epoch - epoch) * c.samples + c.start - first  # a last batch may be a small one
        most = BLOCK * done / c.size / (time.perf_counter() - start)
        self.batches = max(1, int(most)) if free else 1
        return bool(free)

    def _loss(self) -> _LossInC:
        if not self.arrays:
            self.arrays = [np.array(self.X), *([np.array(self.y)] if None in self.programs else [])]
        return _LossInC(self.programs, self.model, self.arrays, self.y, self.size)

    def _hand_over(self, fields: Mapping[str, Any]) -> None:
        for name, x in fields.items():
            setattr(self.c, name, x)

    def _compiled(self, form: Form | None) -> tuple[RuleInC, Any]:
        """The rule in C and the loop."""
        if form is None:
            raise NotInC
        if form not in self.rules:
            rule = RuleInC(form)
            library = load("\n".join([head(), _LAYOUT, rule.source, _LOOP]), "-ffp-contract=off")
            library.train.restype = ctypes.c_long
            self.rules[form] = rule, library.train
        return self.rules[form]

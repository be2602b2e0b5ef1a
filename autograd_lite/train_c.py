"""Training in C: many batches in one call, with the numbers of ``Rule.step`` to the last bit.

A loop in C calls the C of the loss (``program.simd``) batch by batch, and the C that the update
rule's row is printed as.  It stops before a batch that it cannot do as Python does: where a guard
or a domain is left, a number is not finite, or a target is new.  Python takes that one step, or
raises, and the loop goes on.

>>> form = Form("v = momentum * v + lr * g; theta = theta - v")
>>> [line.strip() for line in RuleInC(form).source.splitlines() if "v" in line or "theta =" in line]
"""

from __future__ import annotations

import ctypes
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from types import FunctionType, SimpleNamespace
from typing import Any, NamedTuple

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
            text = self._text(rebuilt(_in_primitives(s.tree), self._taken_out))
            new = "" if s.name in self._places else "double "
            place = self._places.setdefault(s.name, f"x{len(self._places)}")
            lines.append(f"{new}{place} = {text};")
        self.source = self._source(form, lines, lead)

    def _text(self, tree: Expr) -> str:
        if not names(tree) <= {*self._places, *CONSTANTS}:
            raise NotInC  # a name is read that only another statement assigns: Python raises
        return _Noting(lambda name: f"p_{name}", self._places).text(tree)

    def _taken_out(self, tree: Expr) -> Expr:
        """A name for what is computed once for all parameters: pow is most of Adam's step."""
        if not isinstance(tree, Call) or not names(tree) <= self._fixed:
            return tree
        if tree not in self._once:
            name = f"once {len(self._once)}"
            self._places[name] = f"c{len(self._once)}"
            self._fixed.add(name)
            self._once[tree] = Name(name)
        return self._once[tree]

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
        results = ["next[i] = theta;", *(f"next[{k} * m + i] = {s};" for k, s in states.items())]
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


def _function(head: str, before: list[str], lines: list[str]) -> list[str]:
    """A C function that does this for each parameter; it returns NaN where Python may raise."""
    return [
        f"static double {head}",
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
    long samples, width, size, mean, shuffled;
    long parts, model, moved, runs;  /* programs, parameters, of these moved, alike in options */
    long batches, until, taken;      /* to take, the epoch before which to stop, taken */
    long first, epoch, start, drawn; /* of losses; at which sample of which epoch; in which order */
    long long seed;
    double loss;                     /* of this epoch so far */
    const double *data;              /* sample after sample */
    const int32_t *part_of;          /* the program of each sample, or -1 */
    int32_t *order, *turn;
    Part *part;
    double *x, *s;                   /* a batch; the model's parameters, where the loss is wanted */
    double *now, *before, *next;     /* theta, states, gradients: of two steps and the next */
    const int32_t *to, *starts;      /* of those moved the place in s; where each run starts */
    double *times, *options;
    const double *rates;             /* of a schedule, for each step and run */
    double *losses;
}} Training;
static inline double noted(double x, double *bad) {{ *bad += x - x; return x; }}
"""
# The generator is MT19937 (Matsumoto and Nishimura, 1998), seeded and drawn from as Python's
# ``random.Random(seed).shuffle``: there it takes as long as a hundred epochs of a small table.
_LOOP = """
typedef struct { uint32_t word[624]; int at; } Generator;

static void seeded(Generator *r, uint64_t seed)
{
    uint32_t *w = r->word, key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    int length = key[1] ? 2 : 1, i = 1, j = 0;
    w[0] = 19650218u;
    for (int k = 1; k < 624; k++) w[k] = 1812433253u * (w[k - 1] ^ w[k - 1] >> 30) + k;
    for (int k = 0; k < 624 + 623; k++) {
        uint32_t mixed = w[i - 1] ^ w[i - 1] >> 30;
        if (k < 624) {
            w[i] = (w[i] ^ mixed * 1664525u) + key[j] + j;
            j = (j + 1) % length;
        } else
            w[i] = (w[i] ^ mixed * 1566083941u) - i;
        if (++i == 624) w[0] = w[623], i = 1;
    }
    w[0] = 0x80000000u;
    r->at = 624;
}

static uint32_t drawn_word(Generator *r)
{
    uint32_t *w = r->word;
    if (r->at == 624) {
        for (int k = 0; k < 624; k++) {
            uint32_t y = (w[k] & 0x80000000u) | (w[(k + 1) % 624] & 0x7fffffffu);
            w[k] = w[(k + 397) % 624] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
        }
        r->at = 0;
    }
    uint32_t y = w[r->at++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

static void shuffle(int32_t *order, long n, long long seed)
{
    Generator r;
    seeded(&r, seed < 0 ? 0 - (uint64_t)seed : (uint64_t)seed);
    for (long i = 0; i < n; i++) order[i] = i;
    for (long i = n - 1; i > 0; i--) {
        int bits = 0;
        while (i + 1 >> bits) bits++;
        uint32_t j;
        do j = drawn_word(&r) >> (32 - bits);
        while (j > i);
        int32_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

/* The next n samples, those of each program together; how many programs, or -1. */
static long gathered(const Training *all, long n)
{
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
    return parts;
}

/* Whether the next batch was done; if not, all is as before it. */
static int taken(Training *all)
{
    long left = all->samples - all->start, n = left < all->size ? left : all->size;
    if (!all->drawn) shuffle(all->order, all->samples, all->seed + all->epoch);
    all->drawn = 1;
    if (all->rates)
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
    for (long i = 0; i < all->moved; i++) all->s[all->to[i]] = next[i];
    for (long k = 0; k < all->runs; k++) all->times[k] += 1.0;
    all->loss += weight * (loss * scale);
    all->start += n;
    return 1;
}

/* Whether nothing stood in the way. */
long train(Training *all)
{
    for (; all->taken < all->batches && all->epoch < all->until; all->taken++) {
        if (!taken(all)) return 0;
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
    _fields_ = (
        ("run", ctypes.c_void_p),
        ("job", Job),
        ("value", ctypes.c_long),
        ("at", ctypes.c_void_p),
        ("fill", ctypes.c_void_p),
    )


class _Training(ctypes.Structure):
    _fields_ = (
        *((x, ctypes.c_long) for x in ("samples", "width", "size", "mean", "shuffled")),
        *((x, ctypes.c_long) for x in ("parts", "model", "moved", "runs")),
        *((x, ctypes.c_long) for x in ("batches", "until", "taken")),
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
        model: whose parameters the programs take first.
        programs: the loss of one sample by its target, or under ``None`` that of all targets.
        X, y: the samples and their targets.
        size: the samples of a batch.

    Raises:
        NotInC: it is not C that runs them.
    """

    def __init__(
        self, model: Any, programs: Mapping[Any, Program], X: Any, y: Any, size: int
    ) -> None:
        arrays = [np.array(X), *([np.array(y)] if None in programs else [])]
        if any(x.dtype.kind not in "fiub" for x in arrays):
            raise NotInC
        data = np.hstack([x.reshape(len(X), -1).astype(float) for x in arrays])
        self.count, self.s = len(programs), np.empty(len(model.parameters()))
        parts, batch = (_Part * self.count)(), np.empty(size * data.shape[1])
        places = {target: k for k, target in enumerate(programs)}
        which = [0 if None in programs else places.get(target, -1) for target in y]
        part_of, turn = np.array(which, dtype=np.int32), np.empty(self.count, dtype=np.int32)
        self._kept: list[Any] = [data, parts, batch, part_of, turn]
        for part, program in zip(parts, programs.values(), strict=True):
            backend = program.simd(model, *(x[:1] for x in arrays))
            if program.backend != "c" or backend is None:
                raise NotInC
            code = backend.code
            if (code.shared, code.rows, code.columns) != (len(self.s), data.shape[1], 0):
                raise NotInC
            sums, at = np.empty(code.sums), np.array([g.at for g in code.grads], dtype=np.int32)
            part.run = ctypes.cast(backend.run, ctypes.c_void_p)
            part.value, part.at = code.outputs[0].at, at.ctypes.data
            part.job.s, part.job.sums = self.s.ctypes.data, sums.ctypes.data
            part.job.room, part.job.scale = backend.memory.ctypes.data, 1.0
            self._kept += [backend, sums, at]
        self.fields = {"parts": self.count, "part": ctypes.addressof(parts)}
        self.fields |= {"model": len(self.s), "width": data.shape[1]}
        arrays = [data, batch, self.s, part_of, turn]
        names = ("data", "x", "s", "part_of", "turn")
        self.fields |= {x: a.ctypes.data for x, a in zip(names, arrays, strict=True)}


class _Run(NamedTuple):
    """Parameters, from the so-manieth on, that are alike in their options and in t."""

    start: int
    t: int
    options: Any
    lr: Any  # a number or a schedule


class _Steps:
    """The numbers that some steps start from, as C reads and writes them.

    Args:
        rule, in_c: the rule, and its form in C.
        parameters: the model's, in order.
        most: so many steps at most.

    Raises:
        NotInC: there is something else than plain numbers.
    """

    def __init__(self, rule: Rule, in_c: RuleInC, parameters: Sequence[Value], most: int) -> None:
        self.rule, self.form, self.parameters = rule, in_c.form, parameters
        self.taken = rule.steps  # before them
        places = {p: k for k, p in enumerate(parameters)}
        self.moved: list[tuple[Value, dict[str, Any]]] = []
        self.runs: list[_Run] = []
        for group in rule.groups:
            o = rule._options(group)
            if o.form is not self.form:
                raise NotInC
            for p in filter(places.__contains__, group["params"]):
                state = vars(rule._state[p])
                t = state.get("t", 0)
                if not self.runs or self.runs[-1].options is not o or self.runs[-1].t != t:
                    self.runs.append(_Run(len(self.moved), t, o, group["lr"]))
                self.moved.append((p, state))
        options = [[getattr(run.options, name) for name in in_c.options] for run in self.runs]
        states = [[state[name] for _, state in self.moved] for name in self.form.state]
        if not options or not all(map(_plain, [*options, *(s.values() for _, s in self.moved)])):
            raise NotInC
        self.rates = self._rates(most)
        m, model = len(self.moved), len(parameters)
        self.numbers = np.empty((3, m * (1 + len(states)) + model))
        self.numbers[0, :-model] = np.ravel([[p.data for p, _ in self.moved], *states])
        starts = [*(run.start for run in self.runs), m]
        arrays = {
            "to": np.array([places[p] for p, _ in self.moved], dtype=np.int32),
            "starts": np.array(starts, dtype=np.int32),
            "times": np.array([float(run.t) for run in self.runs]),
            "options": np.array(options, dtype=float),
        }
        if self.rates is not None:
            arrays["rates"] = self.rates
        self._kept = arrays
        now, before, after = (row.ctypes.data for row in self.numbers)
        self.fields = {name: array.ctypes.data for name, array in arrays.items()}
        self.fields |= {"now": now, "before": before, "next": after, "moved": m}
        self.fields |= {"runs": len(self.runs), "rates": self.fields.get("rates")}
        self.fields["batches"] = most if self.rates is None else len(self.rates)

    def _rates(self, most: int) -> Array | None:
        """The learning rates of the next steps, as far as there are any, if they change."""
        if not any(callable(run.lr) for run in self.runs):
            return None
        rates: list[list[float]] = []
        for k in range(self.taken, self.taken + most):
            try:
                row = [run.lr(k) if callable(run.lr) else run.lr for run in self.runs]
            except Exception:  # the step will raise it
                break
            if not _plain(row) or min(row) < 0:
                break
            rates.append(row)
        if not rates:
            raise NotInC
        return np.array(rates, dtype=float)

    def assign(self, c: _Training) -> None:
        """Assign what C has computed: all of it, or nothing."""
        if not c.taken:
            return
        start, stride = self.numbers.ctypes.data, self.numbers.strides[0]
        now, before = (self.numbers[(x - start) // stride].tolist() for x in (c.now, c.before))
        m = c.moved
        moves, last = [], []
        for run, end in zip(self.runs, self._kept["starts"][1:].tolist(), strict=True):
            if self.rates is not None:
                k = self.runs.index(run)
                run.options.lr = float(self.rates[c.taken - 1, k])
            for i in range(run.start, end):
                p, state = self.moved[i]
                places = {name: k * m + i for k, name in enumerate(self.form.state, 1)}
                after = {**state, **{name: now[k] for name, k in places.items()}}
                ahead = {**state, **{name: before[k] for name, k in places.items()}}
                if self.form.counts:
                    after["t"], ahead["t"] = run.t + c.taken, run.t + c.taken - 1
                slope = now[m * (1 + len(places)) + int(self._kept["to"][i])]
                moves.append((p, now[i], SimpleNamespace(**after), slope, run.options))
                last.append((p, before[i], SimpleNamespace(**ahead)))
        put_grads(self.rule.parameters, repeat(None))
        put_grads(self.parameters, now[m * (1 + len(self.form.state)) :])
        self.rule._commit(moves, c.taken, last)


def _plain(numbers: Iterable[Any]) -> bool:
    """Whether all are finite numbers that C has too."""
    return all(isinstance(x, int | float) and math.isfinite(x) and float(x) == x for x in numbers)


def _steps_as_rules_do(rule: Rule) -> bool:
    """Whether nothing of how ``Rule`` takes a step is overridden, in its class or in itself."""
    own = [x for x, f in vars(Rule).items() if isinstance(f, FunctionType | property)]
    steps = [x for x in own if not x.startswith("__") and x not in vars(rule)]
    every = [x for x in own if not x.startswith("__")]
    return steps == every and all(getattr(type(rule), x) is vars(Rule)[x] for x in steps)


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
        watched: whether the model is looked at after each of them.
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
    ) -> None:
        self.model, self.rule, self.programs, self.X, self.y = model, rule, programs, X, y
        self.step, self.size, self.shuffle, self.seed = step, min(size, len(X)), shuffle, seed
        self.epochs = epochs
        # C draws the order itself, except for seeds that are no such numbers.
        self.draws = seed is None or (type(seed) is int and abs(seed) < 2**62)
        self.ahead = max(1, min(epochs, AHEAD)) if self.draws and not watched else 1
        self.order, self.losses = np.empty(len(X), dtype=np.int32), np.empty(self.ahead)
        self.given = self.safe = 0  # losses given out, of those kept; epochs that were assigned
        self.batches = 1  # so many in the next call
        self.able = _steps_as_rules_do(rule)
        self.loss: _LossInC | None = None
        self.steps: _Steps | None = None
        self.rules: dict[Form, tuple[RuleInC, Any]] = {}  # with the loop
        base = int.from_bytes(os.urandom(7), "big") if seed is None else seed
        self.c = _Training(samples=len(X), size=self.size, mean=mean, shuffled=shuffle)
        self.c.seed = base if self.draws else 0
        self.c.order, self.c.losses = self.order.ctypes.data, self.losses.ctypes.data
        self.c.until = self.ahead

    def next(self) -> float:
        """The loss of the next epoch, which may have been computed before."""
        c = self.c
        while c.epoch - c.first == self.given:
            if self.given:
                c.first, self.given = c.epoch, 0
                c.until = min(c.epoch + self.ahead, self.epochs)
            self._advance()
        self.given += 1
        return float(self.losses[self.given - 1])

    def rest(self) -> list[float]:
        """After Ctrl-C, the losses of epochs that are done and were not given out."""
        if self.steps and self.rule.steps == self.steps.taken + self.c.taken:
            self.safe = self.c.epoch
        found: list[float] = self.losses[self.given : self.safe - self.c.first].tolist()
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
        form = self.rule._options(self.rule.groups[0]).form
        try:
            if self.loss is None or self.loss.count < len(self.programs):
                self.loss = _LossInC(self.model, self.programs, self.X, self.y, self.size)
                self._hand_over(self.loss.fields)
            rule, train = self._compiled(form)
        except (NotInC, CompilerError):
            self.able = False
            return False
        left = (c.until - c.epoch) * -(-c.samples // c.size) - c.start // c.size
        parameters = self.model.parameters()
        try:
            self.steps = _Steps(self.rule, rule, parameters, min(self.batches, left))
        except NotInC:
            return False
        self._hand_over(self.steps.fields)
        self.loss.s[:] = [p.data for p in parameters]
        c.taken = 0
        start = time.perf_counter()
        try:
            free = train(ctypes.byref(c))
        finally:
            self.steps.assign(c)
        self.safe = c.epoch
        most = BLOCK * c.taken / (time.perf_counter() - start)
        self.batches = max(1, min(8 * self.batches, int(most))) if free else 1
        return bool(free)

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

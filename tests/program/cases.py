"""What the tests of programs have in common: points for every operation, and random graphs."""

import itertools
import math
import struct

import numpy as np
import pytest
from hypothesis import strategies as st

from autograd_lite import Value
from autograd_lite.ops import OPS
from autograd_lite.program import interpreter
from autograd_lite.program.c_table import TableBackend

POINTS = (-1.5, -1.0, -0.3, -0.0, 0.0, 0.4, 1.0, 2.0, 3.7, 700.0, math.inf, math.nan)
PARAMETERS = (-1.0, 0.0, 0.5, 2.0, 3.0)


def bits(x):
    """The bits of a float, with one NaN for all."""
    return "nan" if math.isnan(x) else struct.pack("<d", x)


def arguments(op):
    """Points for an operation, inside its domain and outside."""
    firsts = [(x,) for x in POINTS]
    if op.arity == 2:
        firsts = [(x, y) for x in POINTS for y in (-1.5, 0.0, 0.4, 2.0, math.inf)]
    return [(*x, n) for x in firsts for n in PARAMETERS] if op.parameter else firsts


def applied(op, leaves, parameter=()):
    return getattr(leaves[0], op.name)(*leaves[1:], *parameter)


def eager(f, numbers):
    """(value, gradients) by the engine, or the error's type and text."""
    leaves = [Value(x) for x in numbers]
    try:
        y = f(*leaves)
        y.backward()
    except (ValueError, ArithmeticError) as error:
        return type(error), str(error)
    return bits(y.data), [bits(v.grad) for v in leaves]


def by_program(program, numbers):
    """The same by a program."""
    try:
        value, grads = program.value_and_grad(*numbers)
    except (ValueError, ArithmeticError) as error:
        return type(error), str(error)
    return bits(value), [bits(g) for g in ([grads] if len(numbers) == 1 else grads)]


# 0 · ∞ in the chain rule: function, points; the last point is an ordinary one.
ZERO_TIMES_INFINITY = [
    (lambda a, b: ((a * a + b * b) ** 0.5) ** 2, [(0.0, 0.0), (3.0, 4.0)]),
    (lambda a, b: (a * a + b * b).sqrt(), [(0.0, 0.0), (3.0, 4.0)]),
    (
        lambda a, b: (((a - (a + b) / 2) ** 2 + (b - (a + b) / 2) ** 2) / 2).sqrt(),
        [(3.0, 3.0), (1.0, 2.0)],
    ),
    (lambda a, b: (a.sqrt() - 1).relu() + b, [(0.0, 2.0), (4.0, 2.0)]),
    (lambda a, b: a * a.sqrt() + b, [(0.0, 2.0), (4.0, 2.0)]),
    (lambda a, b: 3 * a.sqrt() + b, [(0.0, 2.0), (4.0, 2.0)]),  # inf is a gradient
    (lambda a, b: a**b * (b - 3), [(-2.0, 3.0), (2.0, 2.0)]),  # 0 · NaN is NaN
]

# Python has a hypot of its own; these are it, or have it in their rules.
OTHER_IN_C = {"hypot", "asinh", "atan2"}
if not hasattr(math, "cbrt"):  # Python 3.10 has NumPy's
    OTHER_IN_C |= {"cbrt"}


def same_or_near(found, expected, name):
    """The same bits; for the operations where C's function is another, 1e-15 relative."""
    if name not in OTHER_IN_C or isinstance(expected[0], type):
        assert found == expected
        return
    for x, y in zip([found[0], *found[1]], [expected[0], *expected[1]], strict=True):
        if x != y:
            a, b = (struct.unpack("<d", bits)[0] for bits in (x, y))
            assert a == pytest.approx(b, rel=1e-15)


def in_table(program):
    """The same program in C's table, which is for graphs that are too long to be compiled."""
    twin = program.on("c")
    twin._made["point"], twin._calls = TableBackend(twin.tape, check=twin.check), [1, 1]
    return twin


SMOOTH = [op for op in OPS.values() if not op.domain and op.arity == 1]
BOTH = [op for op in OPS.values() if not op.domain and op.arity == 2]


@st.composite
def graphs(draw):
    """A function of three Values: each step applies an operation to what is there."""
    steps = draw(
        st.lists(
            st.tuples(
                st.sampled_from(SMOOTH + 3 * BOTH),
                st.integers(0, 99),
                st.integers(0, 99),
                st.sampled_from(PARAMETERS),
                st.booleans(),
            ),
            min_size=1,
            max_size=25,
        )
    )

    def f(*leaves):
        made = [*leaves]
        for op, i, j, n, constant in steps:
            x = made[i % len(made)]
            y = 0.7 if constant else made[j % len(made)]
            n = (n,) if op.parameter else ()
            made.append(applied(op, [x, y][: op.arity], n))
        return sum(made[3:], made[-1])

    return f


# ---- how far two right executions may be apart --------------------------------------------------

UNIT = 8 * 2.0**-52  # relative, of one operation: NumPy's and C's functions are good to 4 units
LEAST = 1e-322  # absolute, where numbers have fewer digits


def bounded(program, numbers):
    """(value and gradients, by how much each may be off), if each operation is off by ``UNIT``.

    The bound is carried along, from operands to results and from gradients above to those below,
    so that it follows the largest number on the way and not what is left after cancelling.  Where
    an operand is so uncertain that an operation jumps, the jump is part of it.
    """
    tape = program.tape
    v = interpreter.values(tape, numbers, domains=False)
    off = [0.0] * len(v)
    units = [UNIT * abs(x) for x in v]
    slopes = {}  # of a line: its local derivatives, and by how much each is off
    for line in tape.lines:
        op, y, given = line.op, v[line.slot], [v[x] for x in line.arguments]
        local = op.local(given, y)
        moved = [(x, op.total(*x)) for x in around(line, v, off)]
        far = [op.local(x, z) for x, z in moved]
        near = [op.local(x, y) for x in around(line, v, units)]
        near += [op.local(given, y * (1 + UNIT)), op.local(given, y * (1 - UNIT))]
        slopes[line.slot] = (
            local,
            [
                spread(d, far, i) + spread(d, near, i) + UNIT * abs(d) + LEAST
                for i, d in enumerate(local)
            ],
        )
        carried, own = (
            sum(abs(d) * by[x] for d, x in zip(local, line.operands, strict=True))
            for by in (off, units)
        )
        off[line.slot] = max(carried, spread(y, moved, 1)) + own + units[line.slot] + LEAST
    root = tape.outputs[0]
    g, g_off = [0.0] * len(v), [0.0] * len(v)
    g[root] = 1.0
    for line in reversed(tape.lines[: tape.reach]):
        up, up_off = g[line.slot], g_off[line.slot]
        for i, (x, d, d_off) in enumerate(zip(line.operands, *slopes[line.slot], strict=True)):
            if line.towards >> i & 1:
                g[x] += up * d
                g_off[x] += up_off * (abs(d) + d_off) + abs(up) * d_off + LEAST
                g_off[x] += 2 * UNIT * abs(up * d)  # of the product, and of its place in any sum
    return (
        np.array([v[root], *(g[x] for x in tape.wrt)]),
        np.array([off[root], *(g_off[x] for x in tape.wrt)]),
    )


def around(line, v, off):
    """The line's arguments where its operands are off by so much, and at 0 if that is between."""
    steps = {x: [-off[x], off[x]] + [-v[x]] * (abs(v[x]) < off[x]) for x in line.operands}
    for chosen in itertools.product(*steps.values()):
        step = dict(zip(steps, chosen, strict=True))
        parameter = line.arguments[line.op.arity :]
        yield (*(v[x] + step[x] for x in line.operands), *(v[x] for x in parameter))


def spread(x, found, i):
    """The largest distance from x of what is found at place i; infinite if one is no number."""
    apart = [abs(each[i] - x) for each in found]
    return math.inf if any(map(math.isnan, apart)) else max(apart)


def within(found, program, numbers):
    """Whether (value, gradients) are as near to the engine's numbers as ``bounded`` tells."""
    expected, off = bounded(program, numbers)
    fine = np.isfinite(expected) & np.isfinite(off)
    found = np.append(*found)
    return (abs(found[fine] - expected[fine]) <= off[fine]).all()

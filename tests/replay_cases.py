"""What the tests of replay have in common: points for every operation, and random graphs."""

import math
import struct

from hypothesis import strategies as st

from autograd_lite import OPS, Value

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


def replayed(program, numbers):
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

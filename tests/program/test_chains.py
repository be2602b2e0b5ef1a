"""Chains, levels, places and counts: the table in C beside the engine, bit by bit."""

import math
import pickle
import random

import numpy as np
import pytest

from autograd_lite import DomainError, GuardError, Value, record
from autograd_lite.program import Program
from autograd_lite.program.c_table import TableBackend
from tests.program.cases import bits, in_table

pytestmark = pytest.mark.compiler

ODD = (0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -2e-310, 1e-200, 1e200, -1.7e308)


def dot(a, b, start=None):
    """s + a·b + c·d …, or a·b + c·d … without a start."""
    total = start
    for x, y in zip(a, b, strict=True):
        total = x * y if total is None else total + x * y
    return total


def plain(terms):
    first, *rest = terms
    for term in rest:
        first = first + term
    return first


# ---- functions of a list of numbers, drawn by r; each has a name for what it is meant to meet ----


def tied(r, p):
    """The same weights at several places, also inside what a sum waits for."""
    x, w = p[:3], p[3:6]
    for _ in range(r.randrange(1, 4)):
        x = [(dot(w, x, r.choice([None, p[6]])) * 0.5).tanh() if r.random() < 0.5 else v for v in x]
        x[r.randrange(3)] = dot(w, x, x[r.randrange(3)])
    return plain(x) + dot(w, w)


def nested(r, p):
    """A chain whose later terms use, further down, what its earlier terms have used."""
    total = p[0] * p[1] if r.random() < 0.5 else p[2]
    for _ in range(r.randrange(1, 5)):
        a, b, c = (r.choice(p) for _ in range(3))
        inner = dot([a, b], [r.choice(p), c], r.choice([None, total, p[3]]))
        total = total + r.choice([a, p[4]]) * r.choice([inner, inner.relu()])
        if r.random() < 0.3:
            total = total * p[5] + total
    return total


def residual(r, p):
    x = p[:4]
    for k in range(3):
        w = p[4 + k : 8 + k]  # ranges that overlap
        x = [v + dot(w, x).relu() if r.random() < 0.7 else dot(x, w, v) for v in x]
    return plain(x)


def shifted(r, p):
    """Operands whose ranges are the same, overlap, run backwards or stay where they are."""
    n = r.choice([2, 3, 5, 9, 12])
    total = p[r.randrange(len(p))]
    for _ in range(3):
        i, j, step = r.randrange(5), r.randrange(5), r.choice([1, 1, 2, -1])
        a, b = p[i : i + n], p[j : j + n][::step]
        total = dot(a[: len(b)], b, r.choice([None, total, a[0], b[-1]])) + total
    return total + dot(p, p[::-1])


def mlp(r, p):
    n, m, samples = r.choice([(1, 1, 6), (2, 5, 5), (3, 17, 4), (5, 4, 9), (9, 3, 2), (19, 4, 5)])
    weights = [[p[(i + j * n) % len(p)] * (1 + j) for i in range(n)] for j in range(m)]
    if r.random() < 0.7:  # leaves of one array, where rows lie side by side
        weights = [[r.choice(p) if r.random() < 0.02 else p[(i + j * n) % len(p)] for i in range(n)]
                   for j in range(m)]  # fmt: skip
    bias, act = r.choice([None, p[:m]]), r.choice(["relu", "tanh", "sigmoid", "exp", "abs"])
    losses = []
    for _ in range(samples):
        x = [r.choice([0.5, 1.0, r.uniform(-1, 1)]) for _ in range(n)]
        x = [Value(v) for v in x] if r.random() < 0.5 else x
        z = [dot(w, x, bias[j % len(bias)] if bias else None) for j, w in enumerate(weights)]
        h = [v if isinstance(v, float) else getattr(v, act)() for v in z]
        losses.append((1 + -dot(p[-m:] if m <= len(p) else [p[0]] * m, h, p[2])).relu())
    return plain(losses) * (1.0 / samples) + 1e-4 * dot(p, p)


def columns(r, p):
    """W[k][j] summed over k: rows of a matrix far apart."""
    m, n = 4, 5
    w = [p[k * m : k * m + m] for k in range(n)]
    out = []
    for _ in range(5):
        x = [r.choice(p) * r.uniform(-1, 1) for _ in range(n)]
        out.append(plain([dot([w[k][j] for k in range(n)], x).relu() for j in range(m)]))
    return plain(out)


def convolution(r, p):
    width, kernel = 9, p[: r.randrange(2, 5)]
    x = [p[(5 + k) % len(p)] for k in range(width)]
    for _ in range(2):
        x = [dot(kernel, x[i : i + len(kernel)], r.choice([None, p[4]]))
             for i in range(len(x) - len(kernel) + 1)]  # fmt: skip
        x = [v.relu() for v in x]
    return plain(x)


def channels(r, p):
    """Several kernels over the same windows, which overlap; also from the last to the first."""
    n, places, x = r.randrange(2, 4), [*range(5)], p[:8]
    if r.random() < 0.5:
        places.reverse()
    out = [
        dot(p[9 + n * c : 9 + n * c + n], x[i : i + n], r.choice([None, p[8]]))
        for c in range(3)
        for i in places
    ]
    return dot(out, out[::-1]) + dot(x, x)


def staggered(r, p):
    """A row's sum starts from a number of the next row, of the one before, or its own."""
    n, m, ahead = 3, 4, r.choice([3, 4, -1, 2])
    w, out = p[3 : 3 + n * m + 2], []
    for k in range(r.randrange(1, 6)):
        x = [v * (k + 1.5) for v in p[:n]]
        out += [dot(w[n * j : n * j + n], x, p[3 + n * j + ahead]) for j in range(m)]
    return dot(out, out) + dot(p, p)


def attention(r, p):
    tokens = [[p[(t * 4 + i) % len(p)] for i in range(4)] for t in range(4)]
    w = [[p[(7 * j + i) % len(p)] for i in range(4)] for j in range(4)]
    keys, out = [], []
    for x in tokens:
        keys.append([dot(row, x) for row in w])
        query = [dot(row, x, p[0]) for row in w[::-1]]
        powers = [(dot(query, k) * 0.5).exp() for k in keys]
        below = plain(powers) ** -1 if len(powers) > 1 else powers[0] ** -1
        mixed = [dot([v * below for v in powers], [k[i] for k in keys]) for i in range(4)]
        out.append(dot(mixed, x, x[0]))
    return plain(out)


def recurrent(r, p):
    """Each step needs the one before, though all look alike."""
    y, w = p[0], p[1:4]
    state = p[4:7]
    for _ in range(r.randrange(4, 12)):
        y = y * p[7] + p[8]
        state = [dot(w, state, y) if r.random() < 0.9 else v + y for v in state]
    return plain(state) + y


def anything(r, p):
    made = [*p]
    for _ in range(r.randrange(1, 60)):
        a, b, c, d = (r.choice(made[-r.choice([4, 20, 200]) :]) for _ in range(4))
        made.append(
            r.choice(
                [
                    lambda a, b, c, d: a + b,
                    lambda a, b, c, d: a * b,
                    lambda a, b, c, d: a + b * c,
                    lambda a, b, c, d: b * c + a,
                    lambda a, b, c, d: a * b + c * d,
                    lambda a, b, c, d: a + b + c + d,
                    lambda a, b, c, d: 0.3 + a * 2.0 + b * -1.0,
                    lambda a, b, c, d: a - b,
                    lambda a, b, c, d: a.relu(),
                    lambda a, b, c, d: a.tanh() + b.maximum(c),
                    lambda a, b, c, d: (a * a + b * b + 1.0).sqrt(),
                ]
            )(a, b, c, d)
        )
    return plain(made[-r.randrange(1, 30) :]) + made[len(p)]


MAKERS = (
    *(tied, nested, residual, shifted, mlp),
    *(columns, convolution, channels, staggered, attention, recurrent, anything),
)


def by_engine(maker, seed, numbers):
    """(value, gradients), or the error's type."""
    leaves = [Value(x) for x in numbers]
    try:
        y = maker(random.Random(seed), leaves)
        y.backward()
    except (ValueError, ArithmeticError) as error:
        return type(error)
    return [bits(y.data), *(bits(v.grad) for v in leaves)]


def by_table(table, numbers):
    try:
        value, grads = table.value_and_grad(np.array(numbers))
    except (ValueError, ArithmeticError) as error:
        return type(error)
    return [bits(value), *map(bits, grads.tolist())]


def compared(maker, seed, count, odd):
    """Whether the table gives the engine's bits at so many points, some numbers of them odd."""
    r = random.Random(1000 + seed)
    leaves = [Value(r.uniform(0.1, 1)) for _ in range(20)]
    root = maker(random.Random(seed), leaves)
    wrt = leaves if seed % 3 else [v for v in leaves if r.random() < 0.7] or leaves
    inputs = [np.array(wrt)]
    program = in_table(Program.from_graph(root, inputs=inputs))
    table = program._point()
    assert isinstance(table, TableBackend)
    fixed = [v.data for v in leaves]
    for _ in range(count):
        drawn = [r.choice(ODD) if r.random() < odd else r.gauss(0, 1) for _ in wrt]
        every = dict(zip(wrt, drawn, strict=True))
        numbers = [every.get(v, x) for v, x in zip(leaves, fixed, strict=True)]
        expected = by_engine(maker, seed, numbers)
        if isinstance(expected, list):
            towards = zip(leaves, expected[1:], strict=True)
            expected = [expected[0], *(g for v, g in towards if v in every)]
        assert by_table(table, drawn) == expected, (maker.__name__, seed, drawn)
    return table


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_the_bits_of_structured_graphs(maker):
    for seed in range(25):
        compared(maker, seed, 2, 0.0)
        compared(maker, seed, 3, 0.1)


def alternating(p):
    """A sum of 40 equal terms after large ones: its last bits tell in which order it was made."""
    return plain([p[0] * 1e16, *[p[1]] * 40, p[0] * -1e16])


FINE = 1 + 2.0**-30  # its square is not a double


@pytest.mark.parametrize(
    ("f", "points"),
    [
        # the chain waits for tanh, which pushes to p0 before its first term does
        (lambda p: p[0] * p[1] + p[2] * (p[0] * p[3]).tanh() + p[0] * p[2], []),
        (lambda p: p[3] + p[0] * p[1] + p[2] * (p[0] * p[3] + p[0] * p[2]) + p[0] * p[0], []),
        (lambda p: p[0] * p[1] + (p[0] * p[2] + p[3] * p[0]) * p[1], []),
        # the start is among the operands
        (lambda p: p[0] + p[0] * p[1] + p[1] * p[0], []),
        (lambda p: p[0] * p[1] + p[0], []),
        (lambda p: p[1] + p[0] + p[1] + p[1] + p[0], []),
        # a sum without a start begins at −0
        (lambda p: p[0] * p[1] + p[2] * p[3], [(-0.0, 1.0, -0.0, 1.0), (-0.0, 1.0, 0.0, 1.0)]),
        (lambda p: p[0] * 1.0 + p[1] * 1.0 + p[2] * 1.0, [(-0.0, -0.0, -0.0, 0.0)]),
        # products are rounded before they are added
        (lambda p: p[0] * p[0] + p[1], [(FINE, -FINE * FINE, 0.0, 0.0)]),
        (lambda p: (p[0] * p[0] + p[1]) * p[2] + p[3] * p[2], [(FINE, -FINE * FINE, FINE, 1e-9)]),
        # the same range twice, and ranges that overlap
        (lambda p: dot(p, p) + alternating(p), []),
        (lambda p: dot(p[:3], p[1:]) + dot(p[1:], p[:3]) + p[1] * 1e16, []),
        (lambda p: dot(p, p[::-1]) + dot([p[2]] * 4, p), []),
        (lambda p: dot([p[1], p[3], p[0]], [p[3], p[3], p[1]], p[3]) * p[3], []),
        # no branch, and yet the right one
        (lambda p: plain([v.relu() * p[0] for v in p * 4]), [(0.0, -0.0, math.nan, math.inf)]),
        (lambda p: dot(p, [v.relu() for v in p[::-1]]), [(-0.0, 5e-324, -math.inf, 1.0)]),
        # every step waits for the one before
        (lambda p: [p := [p[1], p[2], p[3], p[0] * 0.5 + p[1]] for _ in range(20)][-1][3], []),
        # a sum is also used elsewhere
        (lambda p: (s := p[0] * p[1] + p[2]) * s + s * p[3] + s, []),
        (lambda p: (t := p[0] * p[1]) + t * p[2] + p[3] * t, []),
        # constants that are not evenly apart
        (lambda p: plain([dot(p, [c, 2.0, c, 9.0 * k]) for k in range(5) for c in (0.5, 2.0)]), []),
    ],
)  # fmt: skip
def test_a_trap(f, points):
    r = random.Random(4)
    program = in_table(record(lambda *p: f([*p]), *[0.5] * 4))
    for scale in (1.0, 1e8, 1e160):
        points = [
            *points,
            *([r.gauss(0, 1) * scale ** r.uniform(-1, 1) for _ in "abcd"] for _ in range(40)),
        ]
    for point in points:
        found, expected = by_table(program._point(), point), by_engine(lambda _, p: f(p), 0, point)
        assert found == expected, point


def test_what_is_looked_at_is_stored():
    """Operands of outputs, of comparisons and of checks of domains, within what would be chains."""

    def several(a, b, c):
        product = a * b
        partial = product + b * c
        return [product, partial, partial + c * a, partial + a + b, partial + a + b + c]

    table = in_table(record(several, 1.0, 2.0, 3.0))
    for point in ((0.1, 0.2, 0.3), (-0.0, 1.0, 0.0), (math.inf, 0.0, 1.0)):
        found = table(*point)
        assert [*map(bits, found)] == [bits(v.data) for v in several(*map(Value, point))]

    def guarded(a, b, c):
        product = a * b
        total = product + b * c
        return total + a * c if product > 1 and total < 9 else a

    table = in_table(record(guarded, 1.0, 2.0, 3.0))
    assert table(1.0, 2.0, 3.0) == 11.0
    with pytest.raises(GuardError, match=r"1.0 > 1 is False"):
        table(0.5, 2.0, 3.0)
    with pytest.raises(GuardError, match=r"10.0 < 9 is False"):
        table.value_and_grad(2.0, 2.0, 3.0)

    def checked(a, b, c):
        return (a * b + b * c).log() + (a * b + 1.0).sqrt() * (1.0 / (a + b + c)) + a * b

    table = in_table(record(checked, 1.0, 2.0, 3.0))
    for point in ((1.0, 2.0, 3.0), (1.0, -2.0, 3.0), (1.0, 1.0, -2.0), (-3.0, 1.0, 5.0)):
        expected = by_engine(lambda _, p: checked(*p), 0, point)
        assert by_table(table._point(), point) == expected
    with pytest.raises(DomainError, match=r"log\(a\) with a = -8.0"):
        table(1.0, -2.0, 3.0)
    assert math.isnan(table.on("c", check=False)(1.0, -2.0, 3.0))


def test_many_alike_are_one_instruction():
    """Two layers over 30 samples, and the bytes that a node takes beside the tape."""
    r = random.Random(0)
    rows = [[r.gauss(0, 1) for _ in range(8)] for _ in range(30)]

    def loss(w, u, b):
        hidden = [[dot(w[j], x, b[j]).relu() for j in range(12)] for x in rows]
        return plain([dot(u, h).tanh() for h in hidden])

    draw = np.random.default_rng(0)
    at = draw.normal(size=(12, 8)), draw.normal(size=12), draw.normal(size=12)
    program = in_table(record(loss, *at))
    table = program._point()
    assert program.size == 30 * (12 * 17 + 24) + 29
    assert table._columns.shape[1] <= 12
    arrays = (table._columns, table._shapes, table._lists, table._v, table._g)
    assert sum(x.nbytes for x in arrays) / program.size < 3
    value, slopes = program.value_and_grad(*at)
    leaves = [np.array([Value(x) for x in a.ravel()]).reshape(a.shape) for a in at]
    root = loss(*leaves)
    root.backward()
    assert value == root.data
    for found, given in zip(slopes, leaves, strict=True):
        assert found.ravel().tolist() == [v.grad for v in given.ravel()]


def test_a_node_that_is_like_no_other_takes_sixteen_bytes():
    def f(x):
        y = x
        for _ in range(1000):
            y = y.sin() * 0.999 + x
        return y

    table = in_table(record(f, 1.0))._point()
    arrays = (table._columns, table._shapes, table._lists, table._v, table._g)
    assert sum(x.nbytes for x in arrays) / 3000 < 24


def test_a_tape_that_the_table_runs_is_packed_until_asked_for():
    """Every column comes back with its type; an error unpacks once, not at each call."""
    r = random.Random(0)
    order = [(r.randrange(20), r.randrange(20)) for _ in range(1500)]

    def f(x):
        y = x[0]
        for j, k in order:
            y = x[j].log() + (y * 0.5 + r.choice([x[k] * x[j], x[k] ** x[j]]).tanh())
        return y

    x = np.linspace(0.5, 1.5, 20)
    program = record(f, x).on("c")
    tape, names = program.tape, ("code", "a", "b", "c", "checked")
    before = {name: vars(tape)[name] for name in names}
    assert before["checked"].size
    expected = program.on("python").value_and_grad(x)
    found = program.value_and_grad(x)
    assert found[0] == expected[0] and found[1].tolist() == expected[1].tolist()
    assert not {*names, "lines", "shared"} & {*vars(tape)}
    assert sum(len(packed) for _, packed in tape.packed.values()) < 4 * tape.size
    twin = pickle.loads(pickle.dumps(program))
    assert twin.value_and_grad(x)[0] == expected[0]
    kept = []
    for _ in range(2):
        with pytest.raises(DomainError, match=r"log\(a\) with a = -0\.5"):
            program.value_and_grad([-0.5] * 20)
        kept.append([vars(tape)[name] for name in names])
    for first, second, column in zip(*kept, before.values(), strict=True):
        assert first is second and first.dtype == column.dtype
        assert first.tolist() == column.tolist()

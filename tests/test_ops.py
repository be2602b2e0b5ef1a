"""The calculus table, row by row, against mpmath at 50 digits.

The referee below says what each operation is in mpmath's words; its derivatives are mpmath's,
by differences at hundreds of bits, so that nothing expected is computed by what is tested.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import autograd_lite
from autograd_lite import DomainError, Value, define, derivative, higher, methods, taylor
from autograd_lite.expr import written
from autograd_lite.ops import OPS, RESERVED, TOTAL

mp = mpmath.mp.clone()  # our own digits: mpmath.mp belongs to everyone
mp.dps = 50
INF, NAN = math.inf, math.nan

# ---- where: at least 20 points each, of both signs, small and large, and near the edges ---------

POSITIVE = [1e-40, 1e-20, 1e-8, 1e-5, 1e-3, 0.02, 0.1, 0.25, 0.5, 0.7, 0.99, 1.0]
POSITIVE += [1.01, 1.5, 2.0, 2.718, 3.3, 5.0, 7.5, 10.0, 31.4, 100.0, 1e4, 1e8, 1e20, 1e40]
NONZERO = [-x for x in POSITIVE] + POSITIVE
REAL = [*NONZERO, 0.0]
MIDDLE = [x for x in REAL if abs(x) <= 12]
GROWTH = [-600.0, -200.0, -50.0, *MIDDLE, 50.0, 200.0, 600.0]
WAVES = [*REAL, 1e5, -3e5, math.pi, math.pi / 2, -3 * math.pi / 2]
BETWEEN = [s * x for s in (-1, 1) for x in (1e-20, 1e-8, 1e-4, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)]
BETWEEN += [s * (1 - gap) for s in (-1, 1) for gap in (1e-3, 1e-6, 1e-9, 1e-12)] + [0.0]
ABOVE_1 = [1 + gap for gap in (1e-12, 1e-9, 1e-6, 1e-4, 0.01, 0.1, 0.3, 0.5, 0.75, 1.0, 1.5)]
ABOVE_1 += [3.0, 5.0, 8.0, 10.0, 25.0, 100.0, 1e3, 1e5, 1e8, 1e20]
ABOVE_MINUS_1 = [-1 + 1e-12, -1 + 1e-6, *[x for x in REAL if x > -1]]
KINK = [x for x in GROWTH[1:] if x]  # all but the kink; what holds there is a convention, below
PAIRS = [(a, b) for a in (-3e4, -2.5, -1e-5, 0.3, 1.0, 40.0) for b in (-1e3, -0.7, 1e-6, 1.3, 6.0)]
POWERS = [(a, b) for a in (1e-9, 0.02, 0.4, 0.999, 1.7, 30.0) for b in (-12.0, -0.7, 0.0, 0.5, 3.0)]

# ---- what: the operation's name, mpmath's formula, the points -----------------------------------


@dataclass(frozen=True)
class Row:
    """An operation in mpmath's words.

    Where a derivative is a sum that may cancel, ``terms`` is the same sum with every term made
    positive: the rounding of a sum is relative to its terms.  It is 0 where nothing cancels.
    """

    name: str
    referee: Callable[..., Any]
    points: Sequence[Any]
    n: tuple[float, ...] = ()
    terms: Callable[..., Any] = lambda *_: 0

    def __repr__(self) -> str:
        return " ".join([self.name, *map("{:.3g}".format, self.n)])

    def __call__(self, *x: Any) -> Any:
        """The operation under test."""
        return getattr(autograd_lite, self.name)(*x, *self.n)

    def exact(self, x: tuple[float, ...], *order: int) -> Any:
        """The referee's derivative, of the given order in each operand."""
        point = [mp.mpf(v) for v in x]
        if not any(order):
            return self.referee(*point)
        size = [int(mp.mag(v)) for v in point if v]
        h, bits = mp.ldexp(1, min([0, *size]) - 100), 180 + max(map(abs, size), default=0)
        where = (point, order) if len(x) > 1 else (*point, *order)
        found = mp.diff(self.referee, *where, h=h, addprec=bits)
        if abs(found) < mp.ldexp(abs(self.referee(*point)), -800):  # f is too flat for these
            found = mp.diff(self.referee, *where, h=h, addprec=bits + 350)
        return found

    def error(self, x: tuple[float, ...], order: tuple[int, ...], *got: float) -> float:
        """The largest relative error of the derivative; a subnormal number has no digits."""
        want = self.exact(x, *order)
        size = max(abs(want), self.terms(*map(mp.mpf, x), *order), 2.3e-308)
        errors = [0.0 if v == float(want) else float(abs(v - want) / size) for v in got]
        return max(errors, key=lambda e: INF if math.isnan(e) else e)


def sigma(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def root(degree: int) -> Callable[[Any], Any]:
    return lambda x: mp.sign(x) * mp.root(abs(x), int(degree))


UNARY = [
    Row("neg", lambda x: -x, REAL),
    Row("square", lambda x: x * x, REAL),
    Row("reciprocal", lambda x: 1 / x, NONZERO),
    Row("sqrt", mp.sqrt, POSITIVE),
    Row("cbrt", root(3), NONZERO),
    Row("nthroot", root(5), NONZERO, (5.0,)),
    Row("nthroot", root(-3), NONZERO, (-3.0,)),
    Row("exp", mp.exp, GROWTH),
    Row("exp2", lambda x: mp.mpf(2) ** x, GROWTH),
    Row("expm1", mp.expm1, GROWTH[1:]),
    Row("log", mp.log, POSITIVE),
    Row("log1p", mp.log1p, ABOVE_MINUS_1),
    Row("log2", lambda x: mp.log(x) / mp.log(2), POSITIVE),
    Row("log10", lambda x: mp.log(x) / mp.log(10), POSITIVE),
    Row("sin", mp.sin, WAVES),
    Row("cos", mp.cos, WAVES),
    Row("tan", mp.tan, WAVES),
    # The derivative of (1 − a)(1 + a) is (1 − a) − (1 + a), which cancels at 0.
    Row("asin", mp.asin, BETWEEN, terms=lambda x, k: (1 - x * x) ** (0.5 - k) if k > 1 else 0),
    Row("acos", mp.acos, BETWEEN, terms=lambda x, k: (1 - x * x) ** (0.5 - k) if k > 1 else 0),
    Row("atanh", mp.atanh, BETWEEN, terms=lambda x, k: 2 * (1 - x * x) ** -k if k > 1 else 0),
    # (6a² − 2) / (1 + a²)³, (2a² − 1) / √(1 + a²)⁵, ±(4a² − 2) · 2 / √π · exp(−a²) change sign.
    Row("atan", mp.atan, REAL, terms=lambda x, k: 6 * (1 + x * x) ** -2 if k > 2 else 0),
    Row("asinh", mp.asinh, REAL, terms=lambda x, k: 2 * (1 + x * x) ** -1.5 if k > 2 else 0),
    Row("erf", mp.erf, [*MIDDLE, -26.0], terms=lambda x, k: 4 * mp.exp(-x * x) if k > 2 else 0),
    Row("erfc", mp.erfc, MIDDLE, terms=lambda x, k: 4 * mp.exp(-x * x) if k > 2 else 0),
    Row("acosh", mp.acosh, ABOVE_1),
    Row("sinh", mp.sinh, GROWTH),
    Row("cosh", mp.cosh, GROWTH),
    # 1 − y² cancels where tanh is near ±1, y(1 − y) where the sigmoid is near 1.
    Row("tanh", mp.tanh, MIDDLE, terms=lambda x, k: (0, 2, 4 * abs(mp.tanh(x)), 8)[k]),
    Row("sigmoid", sigma, GROWTH, terms=lambda x, k: sigma(x) if k > 0 else 0),
    Row("softplus", lambda x: mp.log1p(mp.exp(x)), GROWTH, terms=lambda x, k: (k > 1) * sigma(x)),
    # Left of the minimum, at −1.28 or −0.75, the slope is the difference of two terms.
    Row("silu", lambda x: x * sigma(x), GROWTH, terms=lambda x, k: k and sigma(x) * (1 + abs(x))),
    Row(
        "gelu",
        lambda x: x * mp.ncdf(x),
        MIDDLE,
        terms=lambda x, k: k and mp.npdf(x) * (1 + abs(x)) ** k,
    ),
    Row("abs", lambda x: x if x > 0 else -x, NONZERO),
    Row("sign", lambda x: mp.mpf(1 if x > 0 else -1), NONZERO),
    Row("step", lambda x: mp.mpf(1 if x > 0 else 0), NONZERO),
    Row("floor", mp.floor, [x for x in REAL if x != round(x)]),
    Row("relu", lambda x: x if x > 0 else mp.mpf(0), NONZERO),
]
UNARY += [
    Row("leaky_relu", lambda x, slope=slope: x if x > 0 else slope * x, NONZERO, (slope,))
    for slope in (0.01, 0.2, 1.0, -0.5)
]
UNARY += [
    Row("elu", lambda x, alpha=alpha: x if x > 0 else alpha * mp.expm1(x), KINK, (alpha,))
    for alpha in (1.0, 0.5, 1.67)
]
UNARY += [
    Row("power", lambda x, n=n: x ** mp.mpf(n), NONZERO if n == int(n) else POSITIVE, (n,))
    for n in (0.0, 1.0, 2.0, 3.0, 5.0, -1.0, -2.0, 0.5, -0.5, 1.5, 2.7, -1.3, 1 / 3)
]
UNARY += [
    Row("exponential", lambda x, n=n: mp.mpf(n) ** x, [x for x in REAL if abs(x) <= 100], (n,))
    for n in (2.0, 0.5, math.e, 10.0, 0.01, 1.0)
]


def radius(a: Any, b: Any) -> Any:
    return mp.sqrt(a * a + b * b)


def hypot_terms(a: Any, b: Any, i: int, j: int) -> Any:
    """1/r − a²/r³ and its like; the third derivatives are odd in one of the two."""
    r, odd = radius(a, b), abs(a if i % 2 else b)
    return {(2, 0): 2 / r, (0, 2): 2 / r}.get((i, j), 6 * odd / r**3 if i + j == 3 else 0)


def atan2_terms(a: Any, b: Any, i: int, j: int) -> Any:
    """1/r² − 2b²/r⁴ and its like; the third derivatives are odd in one of the two."""
    r, odd = radius(a, b), abs(b if i % 2 else a)
    return {(1, 1): 3 / r**2}.get((i, j), 14 * odd / r**4 if i + j == 3 else 0)


def pow_terms(a: Any, b: Any, i: int, j: int) -> Any:
    """aᵇ⁻¹ (b log a + 1) and its like: the mixed derivatives are sums."""
    size = abs(mp.log(a))
    sums = {
        (1, 1): abs(b) * size + 1,
        (1, 2): abs(b) * size**2 + 2 * size,
        (2, 1): abs(b * (b - 1)) * size + abs(b) + abs(b - 1),
    }
    return sums.get((i, j), 0) * a ** (b - i)


def logsumexp(a: Any, b: Any) -> Any:
    """log(eᵃ + eᵇ)."""
    return max(a, b) + mp.log1p(mp.exp(-abs(a - b)))


def logaddexp_terms(a: Any, b: Any, i: int, j: int) -> Any:
    """σ(a − b) · (1 − σ(a − b)): near 1, what σ differs by from 1 is rounded."""
    return 1 if i + j > 1 else 0


BINARY = [
    Row("add", lambda a, b: a + b, PAIRS),
    Row("sub", lambda a, b: a - b, PAIRS),
    Row("mul", lambda a, b: a * b, PAIRS),
    Row("div", lambda a, b: a / b, PAIRS),
    Row("pow", lambda a, b: a**b, POWERS, terms=pow_terms),
    Row("hypot", radius, [*PAIRS, (0.0, 2.0), (-3.0, 0.0)], terms=hypot_terms),
    Row("atan2", mp.atan2, [*PAIRS, (0.0, 2.0), (2.0, 0.0), (-3.0, 1e-20)], terms=atan2_terms),
    Row("logaddexp", logsumexp, [*PAIRS, (2.0, 2.0), (-700.0, 3.0)], terms=logaddexp_terms),
    Row("maximum", lambda a, b: a if a > b else b, PAIRS),
    Row("minimum", lambda a, b: a if a < b else b, PAIRS),
]
TABLE = UNARY + BINARY
ROUGH = {"abs", "sign", "step", "relu", "leaky_relu", "elu"}  # at 0
ROUGH |= {"reciprocal", "div", "power", "cbrt", "nthroot"}
UP_TO_3 = [(i, k - i) for k in range(4) for i in range(k, -1, -1)]


def nested(f: Callable[..., Value], at: tuple[float, ...], path: Sequence[int]) -> float:
    """∂…∂f towards the operands in ``path``, one backward pass through the other."""
    x = [Value(v) for v in at]
    y = f(*x)
    for i in path:
        y.backward(create_graph=True)
        slope = x[i].grad if x[i].has_grad else Value(0.0)
        y.zero_grad()
        y = slope
    return y.data


# ---- values and derivatives ---------------------------------------------------------------------


def test_the_referee_knows_every_operation():
    mine = ("doc_", "test_")  # what doctests and tests define
    assert {row.name for row in TABLE} == {name for name in OPS if not name.startswith(mine)}
    assert min(len(row.points) for row in TABLE) >= 20


@pytest.mark.parametrize("row", UNARY, ids=repr)
def test_three_derivatives(row):
    for x in row.points:
        for k in range(4):
            by_nesting, by_series = nested(row, (x,), k * [0]), derivative(row, k)(x)
            assert row.error((x,), (k,), by_nesting, by_series) <= 1e-13, (k, x)


@pytest.mark.parametrize("row", BINARY, ids=repr)
def test_partial_derivatives(row):
    for a, b in row.points:
        for i, j in UP_TO_3:
            got = [nested(row, (a, b), path) for path in (i * [0] + j * [1], j * [1] + i * [0])]
            if j == 0:
                got.append(derivative(lambda v, b=b: row(v, b), i)(a))
            if i == 0:
                got.append(derivative(lambda v, a=a: row(a, v), j)(b))
            assert row.error((a, b), (i, j), *got) <= 1e-13, (i, j, a, b)


def ends(row: Row) -> list[tuple[float, float]]:
    """The least and the largest value of each operand."""
    points = [x if isinstance(x, tuple) else (x,) for x in row.points]
    return [(min(xs), max(xs)) for xs in zip(*points, strict=True)]


def is_smooth(row: Row, x: tuple[float, ...]) -> bool:
    """Whether ``x`` is off the kinks and poles."""
    if row.name == "floor":
        return x[0] != round(x[0])
    if row.name in ("maximum", "minimum"):
        return x[0] != x[1]
    if row.name in ("hypot", "atan2"):
        return any(x) and not x[0] == 0 > x[1]
    return row.name not in ROUGH or x[-1] != 0


def anywhere(row: Row) -> st.SearchStrategy[tuple[float, ...]]:
    """Points between those of the row, and at every scale that they have."""
    points = [x if isinstance(x, tuple) else (x,) for x in row.points]

    def moved(x: tuple[float, ...], *by: float) -> tuple[float, ...]:
        pairs = zip(x, by, ends(row), strict=True)
        return tuple(min(max(v * t, low), high) for v, t, (low, high) in pairs)

    near = st.builds(moved, st.sampled_from(points), *len(points[0]) * [st.floats(0.2, 5.0)])
    between = st.tuples(*(st.floats(*end, allow_subnormal=False) for end in ends(row)))
    return (near | between).filter(lambda x: is_smooth(row, x))


def short(row: Row) -> st.SearchStrategy[tuple[float, ...]]:
    """Points of at most three digits, none 0 and no two equal: what a formula prints in full."""
    hundredths = [(max(math.ceil(100 * a), -900), min(int(100 * b), 900)) for a, b in ends(row)]
    points = st.tuples(*(st.integers(*end).map(lambda v: v / 100) for end in hundredths))
    return points.filter(lambda x: all(x) and len({*x}) == len(x) and is_smooth(row, x))


@pytest.mark.parametrize("row", TABLE, ids=repr)
@settings(derandomize=True, deadline=None, max_examples=30)
@given(data=st.data())
def test_slopes_at_random_points(row, data):
    x = data.draw(anywhere(row))
    leaves = [Value(v) for v in x]
    y = row(*leaves)
    y.backward()
    assert row.error(x, (0,) * len(x), y.data) <= 1e-13
    for i, leaf in enumerate(leaves):
        assert row.error(x, tuple(int(i == j) for j in range(len(x))), leaf.grad) <= 1e-13


# ---- the very bits of Python --------------------------------------------------------------------

NUMBERS = st.floats(allow_nan=False) | st.integers(-4, 4).map(float)
SIGNS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


@pytest.mark.parametrize("sign", SIGNS)
@settings(derandomize=True, deadline=None, max_examples=300)
@given(a=NUMBERS, b=NUMBERS)
def test_operators_give_the_bits_of_python(sign, a, b):
    try:
        want = sign(a, b)
    except OverflowError:
        want = -INF if a < 0 and b % 2 == 1 else INF
        want = 0j if a < 0 and not b.is_integer() else want  # too large a complex number
    except ZeroDivisionError:
        want = 0j
    for x, y in [(Value(a), Value(b)), (Value(a), b), (a, Value(b))]:
        if isinstance(want, complex):
            with pytest.raises(DomainError):
                sign(x, y)
        else:
            assert sign(x, y).data.hex() == want.hex()


MATHS = "sqrt exp expm1 log log1p log2 log10 sin cos tan asin acos atan sinh cosh tanh asinh acosh"
MATHS += " atanh erf erfc floor"


@pytest.mark.parametrize("name", MATHS.split())
@settings(derandomize=True, deadline=None)
@given(x=NUMBERS | st.floats(-1, 1) | st.floats(1, 700))
def test_functions_give_the_bits_of_math(name, x):
    assume(name != "sqrt" or x != 0)  # √(−0.0) is 0.0 here, so that its slope is +inf
    try:
        want = float(getattr(math, name)(x))
    except (ValueError, OverflowError):
        assume(False)
    function = getattr(autograd_lite, name)
    assert function(Value(x)).data.hex() == function(x).hex() == want.hex()
    assert float(function(np.array([x]))[0]).hex() == OPS[name](x).hex() == want.hex()


@pytest.mark.parametrize("name", ["atan2", "hypot"])
@settings(derandomize=True, deadline=None)
@given(a=NUMBERS, b=NUMBERS)
def test_functions_of_two_give_the_bits_of_math(name, a, b):
    function, want = getattr(autograd_lite, name), getattr(math, name)(a, b)
    assert function(Value(a), Value(b)).data.hex() == function(a, b).hex() == want.hex()


@settings(derandomize=True, deadline=None)
@given(x=NUMBERS)
def test_abs_and_neg_give_the_bits_of_python(x):
    assert abs(Value(x)).data.hex() == abs(x).hex()
    assert (-Value(x)).data.hex() == (-x).hex()


# ---- conventions at special points --------------------------------------------------------------

CONVENTIONS = [  # call, at, value, slopes
    # the odd points
    ("x ** 0", (0.0,), 1.0, (0.0,)),
    ("x ** 1", (0.0,), 0.0, (1.0,)),
    ("x ** 2", (0.0,), 0.0, (0.0,)),
    ("x ** 0.5", (0.0,), 0.0, (INF,)),
    ("x ** 1.5", (0.0,), 0.0, (0.0,)),
    ("0 ** x", (0.0,), 1.0, (0.0,)),
    ("0 ** x", (2.0,), 0.0, (0.0,)),
    ("(-2) ** x", (3.0,), -8.0, (NAN,)),
    ("x ** z", (0.0, 0.0), 1.0, (0.0, 0.0)),
    ("x ** z", (0.0, 2.0), 0.0, (0.0, 0.0)),
    ("x ** z", (0.0, 1.0), 0.0, (1.0, 0.0)),
    ("x ** z", (0.0, 0.5), 0.0, (INF, 0.0)),
    ("x ** z", (-2.0, 3.0), -8.0, (12.0, NAN)),
    ("x ** z", (-2.0, -2.0), 0.25, (0.25, NAN)),
    ("sqrt(x)", (0.0,), 0.0, (INF,)),
    ("sqrt(x)", (-0.0,), 0.0, (INF,)),
    ("abs(x)", (0.0,), 0.0, (0.0,)),
    ("relu(x)", (0.0,), 0.0, (0.0,)),
    ("leaky_relu(x)", (0.0,), 0.0, (0.01,)),
    ("leaky_relu(x, 0.2)", (0.0,), 0.0, (0.2,)),
    ("elu(x)", (0.0,), 0.0, (1.0,)),
    ("elu(x, 0.5)", (0.0,), 0.0, (0.5,)),
    ("sign(x)", (0.0,), 0.0, (0.0,)),
    ("step(x)", (0.0,), 0.0, (0.0,)),
    ("floor(x)", (-2.0,), -2.0, (0.0,)),
    ("hypot(x, z)", (0.0, 0.0), 0.0, (0.0, 0.0)),
    ("atan2(x, z)", (0.0, 0.0), 0.0, (0.0, 0.0)),
    ("atan2(x, z)", (2.0, 0.0), math.pi / 2, (0.0, -0.5)),
    ("atan2(x, z)", (-2.0, 0.0), -math.pi / 2, (0.0, 0.5)),
    ("atan2(x, z)", (0.0, 2.0), 0.0, (0.5, 0.0)),
    ("atan2(x, z)", (0.0, -2.0), math.pi, (-0.5, 0.0)),
    ("maximum(x, z)", (2.0, 2.0), 2.0, (0.5, 0.5)),
    ("minimum(x, z)", (2.0, 2.0), 2.0, (0.5, 0.5)),
    ("maximum(x, 2)", (2.0,), 2.0, (0.5,)),
    ("maximum(x, x)", (2.0,), 2.0, (1.0,)),
    ("asin(x)", (1.0,), math.pi / 2, (INF,)),
    ("acos(x)", (1.0,), 0.0, (-INF,)),
    ("acosh(x)", (1.0,), 0.0, (INF,)),
    ("atanh(x)", (1.0,), INF, (INF,)),
    ("atanh(x)", (-1.0,), -INF, (INF,)),
    # overflow is infinity
    ("exp(x)", (1000.0,), INF, (INF,)),
    ("expm1(x)", (1000.0,), INF, (INF,)),
    ("exp2(x)", (5000.0,), INF, (INF,)),
    ("cosh(x)", (-1000.0,), INF, (-INF,)),
    ("sinh(x)", (-1000.0,), -INF, (INF,)),
    ("2 ** x", (5000.0,), INF, (INF,)),
    ("x * z", (1e200, 1e200), INF, (1e200, 1e200)),
    ("x + z", (1.7e308, 1.7e308), INF, (1.0, 1.0)),
    ("x / z", (1e200, 1e-200), INF, (1e200, -INF)),
    ("x ** 3", (1e200,), INF, (INF,)),
    ("x ** 3", (-1e200,), -INF, (INF,)),
    ("x ** z", (1e200, 3.0), INF, (INF, INF)),
    ("square(x)", (-1e200,), INF, (-2e200,)),
    # what must not overflow, nor become NaN on the way
    ("sigmoid(x)", (1e308,), 1.0, (0.0,)),
    ("sigmoid(x)", (-1e308,), 0.0, (0.0,)),
    ("sigmoid(x)", (-709.5,), math.exp(-709.5), (math.exp(-709.5),)),
    ("sigmoid(x)", (-740.0,), math.exp(-740.0), (math.exp(-740.0),)),  # e^740 is no float
    ("tanh(x)", (1e308,), 1.0, (0.0,)),
    ("tanh(x)", (-1e308,), -1.0, (0.0,)),
    ("softplus(x)", (1e308,), 1e308, (1.0,)),
    ("softplus(x)", (-1e308,), 0.0, (0.0,)),
    ("silu(x)", (1e308,), 1e308, (1.0,)),
    ("silu(x)", (-1e308,), 0.0, (0.0,)),
    ("gelu(x)", (1e308,), 1e308, (1.0,)),
    ("gelu(x)", (-1e308,), 0.0, (0.0,)),
    ("elu(x)", (1e308,), 1e308, (1.0,)),
    ("elu(x)", (-1e308,), -1.0, (0.0,)),
    ("erf(x)", (1e308,), 1.0, (0.0,)),
    ("atan(x)", (1e308,), math.pi / 2, (0.0,)),
    ("asinh(x)", (-1e200,), -float(mp.asinh(mp.mpf(1e200))), (1e-200,)),
    ("acosh(x)", (1e200,), float(mp.acosh(mp.mpf(1e200))), (1e-200,)),
    ("hypot(x, z)", (3e200, 4e200), 5e200, (0.6, 0.8)),
    ("atan2(x, z)", (1e-200, -1e-200), 0.75 * math.pi, (-5e199, -5e199)),
    # infinity and NaN
    ("sin(x)", (INF,), NAN, (NAN,)),
    ("cos(x)", (-INF,), NAN, (NAN,)),
    ("tan(x)", (INF,), NAN, (NAN,)),
    ("exp(x)", (-INF,), 0.0, (0.0,)),
    ("log(x)", (INF,), INF, (0.0,)),
    ("sqrt(x)", (INF,), INF, (0.0,)),
    ("relu(x)", (NAN,), NAN, (NAN,)),
    ("abs(x)", (NAN,), NAN, (NAN,)),
    ("x + z", (NAN, 2.0), NAN, (1.0, 1.0)),
    ("x - z", (2.0, NAN), NAN, (1.0, -1.0)),
    ("x * z", (NAN, 2.0), NAN, (2.0, NAN)),
    ("x / z", (NAN, 2.0), NAN, (0.5, NAN)),
    ("x / z", (2.0, NAN), NAN, (NAN, NAN)),
    ("x ** 2", (NAN,), NAN, (NAN,)),
    ("2 ** x", (NAN,), NAN, (NAN,)),
    ("x ** z", (NAN, 2.0), NAN, (NAN, NAN)),
    ("x ** z", (2.0, NAN), NAN, (NAN, NAN)),
    ("hypot(x, z)", (NAN, 2.0), NAN, (NAN, NAN)),
    ("atan2(x, z)", (2.0, NAN), NAN, (NAN, NAN)),
    ("maximum(x, z)", (NAN, 2.0), NAN, (NAN, NAN)),
    ("maximum(x, z)", (2.0, NAN), NAN, (NAN, NAN)),
    ("minimum(x, z)", (NAN, 2.0), NAN, (NAN, NAN)),
    ("minimum(x, z)", (2.0, NAN), NAN, (NAN, NAN)),
]


def call(text: str, *x: Any) -> Any:
    """A row's call of x and z, as one would write it."""
    names = {name: getattr(autograd_lite, name) for name in OPS}
    return eval(text, names, dict(zip("xz", x, strict=False)))


@pytest.mark.parametrize("create_graph", [False, True], ids=["floats", "Values"])
@pytest.mark.parametrize(("text", "at", "value", "slopes"), CONVENTIONS)
def test_convention(text, at, value, slopes, create_graph):
    x = [Value(v) for v in at]
    y = call(text, *x)
    y.backward(create_graph=create_graph)
    got = [y.data, *(float(v.grad) for v in x)]
    np.testing.assert_allclose(got, [value, *slopes], rtol=1e-15, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", sorted({row.name for row in UNARY}))
def test_nan_comes_through(name):
    x, n = Value(NAN), (2.0,) if OPS[name].parameter else ()
    y = getattr(autograd_lite, name)(x, *n)
    y.backward()
    constant = {"neg": -1.0, "sign": 0.0, "step": 0.0, "floor": 0.0}  # slopes that ask no operand
    assert_array_equal([y.data, x.grad], [NAN, constant.get(name, NAN)])


IN_PIECES = ["abs(x)", "relu(x)", "leaky_relu(x)", "elu(x)"]
IN_PIECES += ["maximum(x, 2)", "maximum(2, x)", "minimum(x, 2)", "minimum(2, x)"]


@pytest.mark.parametrize("text", IN_PIECES)
def test_nan_comes_through_at_every_order(text):
    def f(x: Value) -> Value:
        return call(text, x)

    for k in range(4):
        assert math.isnan(derivative(f, k)(NAN)) and math.isnan(nested(f, (NAN,), k * [0]))


@pytest.mark.parametrize("name", ["relu", "step"])
def test_no_minus_zero_where_it_is_flat(name):
    assert math.copysign(1.0, OPS[name](-0.0)) == 1.0


HIGHER = [  # call (with z = 2), at, the value and the first derivatives
    ("x ** 2", 0.0, (0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0)),
    ("x ** z", 0.0, (0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0)),
    ("x ** Value(z)", 0.0, (0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0)),
    ("square(x)", 0.0, (0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0)),
    ("x ** 3", 0.0, (0.0, 0.0, 0.0, 6.0, 0.0, 0.0)),
    ("x ** 1", 0.0, (0.0, 1.0, 0.0, 0.0)),
    ("x ** 0", 0.0, (1.0, 0.0, 0.0, 0.0)),
    ("x ** 2", -3.0, (9.0, -6.0, 2.0, 0.0, 0.0)),
    ("x ** -1", -1.0, (-1.0, -1.0, -2.0, -6.0, -24.0)),
    ("step(x)", 0.0, (0.0, 0.0, 0.0, 0.0)),
    ("sign(x)", 0.0, (0.0, 0.0, 0.0, 0.0)),
    ("floor(x)", 2.0, (2.0, 0.0, 0.0, 0.0)),
    ("sigmoid(x)", 1e308, (1.0, 0.0, 0.0, 0.0)),
    ("sigmoid(x)", -1e308, (0.0, 0.0, 0.0, 0.0)),
    ("tanh(x)", -1e308, (-1.0, 0.0, 0.0, 0.0)),
    ("softplus(x)", 1e308, (1e308, 1.0, 0.0, 0.0)),
    ("softplus(x)", -1e308, (0.0, 0.0, 0.0, 0.0)),
]


@pytest.mark.parametrize(("text", "at", "want"), HIGHER)
def test_higher_derivatives_at_special_points(text, at, want):
    def f(x: Value) -> Value:
        return call(text.replace("Value(z)", "z"), x, Value(2.0) if "Value" in text else 2.0)

    assert_array_equal([nested(f, (at,), k * [0]) for k in range(len(want))], want)
    assert_array_equal([derivative(f, k)(at) for k in range(len(want))], want)


def test_taylor_of_a_square_about_zero():
    assert list(taylor(lambda x: x**2, 0, 6)) == [0, 0, 1, 0, 0, 0, 0]


# ---- docs/semantics.md, "Precision of saturated functions" ---------------------------------------


def sech2(x: Any) -> Any:
    """1 / cosh²."""
    return mp.sech(mp.mpf(x)) ** 2


FAR_OUT = [  # call, order, sign of x, the referee, {x: the relative error is up to}
    ("sigmoid(x)", 1, 1, lambda x: sech2(x / 2) / 4, {10: 1e-11, 20: 1e-7, 30: 1e-2, 37: 1.0}),
    ("softplus(x)", 2, 1, lambda x: sech2(x / 2) / 4, {10: 1e-11, 20: 1e-7, 30: 1e-2, 37: 1.0}),
    ("tanh(x)", 1, 1, sech2, {5: 1e-11, 10: 1e-7, 16: 1e-2, 19.1: 1.0}),
    ("tanh(x)", 1, -1, sech2, {5: 1e-11, 10: 1e-7, 16: 1e-2, 19.1: 1.0}),
    ("sigmoid(x)", 1, -1, lambda x: sech2(x / 2) / 4, {40: 1e-15}),
    ("softplus(x)", 2, -1, lambda x: sech2(x / 2) / 4, {40: 1e-15}),
    ("1 - sigmoid(-x)", 1, 1, lambda x: sech2(x / 2) / 4, {40: 1e-15}),
    ("x + softplus(-x)", 2, 1, lambda x: sech2(x / 2) / 4, {40: 1e-15}),
    ("1 - 2 * sigmoid(-2 * x)", 1, 1, sech2, {40: 1e-15}),
]


@pytest.mark.parametrize(("text", "order", "sign", "referee", "errors"), FAR_OUT)
def test_digits_far_out(text, order, sign, referee, errors):
    def worst(end):
        points = [sign * end * k / 1000 for k in range(980, 1001)]
        exact = [float(referee(x)) for x in points]
        slopes = [derivative(lambda x: call(text, x), order)(x) for x in points]
        return max(abs(a / b - 1) for a, b in zip(slopes, exact, strict=True))

    for end, error in errors.items():
        assert worst(end) <= error and (error <= 1e-15 or worst(end) > error / 20)


# ---- outside the domain -------------------------------------------------------------------------

BETWEEN_1 = "needs −1 ≤ a ≤ 1"
FRACTIONAL = "A fractional power needs a ≥ 0, a negative one a ≠ 0; a real odd root is cbrt(a)"
WHOLE = "A base below zero needs a whole exponent, a base of zero an exponent ≥ 0."
DENOMINATOR = "Keep the denominator away from zero"
LOG_LOSS = "Keep a above 0; of a probability, take the log loss of the logit z instead."
OUTSIDE = [  # call, at, what the message says: the operation, the operands, the need, a way out
    ("log(x)", (0.0,), ("log(a)", "a = 0.0 ('x')", "log needs a > 0", LOG_LOSS)),
    ("log(x)", (-0.3,), ("log(a)", "a = -0.3 ('x')", "log needs a > 0", LOG_LOSS)),
    ("log2(x)", (0.0,), ("log2(a)", "a = 0.0 ('x')", "log2 needs a > 0", LOG_LOSS)),
    ("log10(x)", (-1.0,), ("log10(a)", "a = -1.0 ('x')", "log10 needs a > 0", LOG_LOSS)),
    ("log1p(x)", (-1.0,), ("log(1 + a)", "a = -1.0 ('x')", "log1p needs a > −1")),
    ("sqrt(x)", (-1e-9,), ("√(a)", "a = -1e-09 ('x')", "sqrt needs a ≥ 0", "under the root")),
    ("x / z", (1.0, 0.0), ("a / b", "b = 0.0 ('z')", "div needs b ≠ 0", DENOMINATOR)),
    ("x / z", (0.0, 0.0), ("a / b", "b = 0.0 ('z')", "div needs b ≠ 0", DENOMINATOR)),
    ("x / 0", (1.0,), ("a / b", "b = 0.0;", "div needs b ≠ 0", DENOMINATOR)),
    ("2 / x", (0.0,), ("a / b", "b = 0.0 ('x')", "div needs b ≠ 0", DENOMINATOR)),
    ("reciprocal(x)", (0.0,), ("1 / a", "a = 0.0 ('x')", "reciprocal needs a ≠ 0")),
    ("x ** -1", (0.0,), ("a^n", "a = 0.0 ('x'), n = -1.0", "power needs", FRACTIONAL)),
    ("x ** 0.5", (-2.0,), ("a^n", "a = -2.0 ('x'), n = 0.5", "power needs", FRACTIONAL)),
    ("x ** z", (-8.0, 0.3), ("a^b", "a = -8.0 ('x'), b = 0.3 ('z')", "pow needs", FRACTIONAL)),
    ("x ** z", (0.0, -2.0), ("a^b", "a = 0.0 ('x'), b = -2.0 ('z')", "pow needs", FRACTIONAL)),
    ("(-2) ** x", (0.5,), ("n^a", "a = 0.5 ('x')", "n = -2.0", "exponential needs", WHOLE)),
    ("0 ** x", (-1.0,), ("n^a", "a = -1.0 ('x')", "n = 0.0", "exponential needs", WHOLE)),
    ("nthroot(x, 2)", (-4.0,), ("nthroot(a, n)", "a = -4.0 ('x')", "n ≠ 2", "odd degree only")),
    ("nthroot(x, -3)", (0.0,), ("nthroot(a, n)", "a = 0.0 ('x')", "n > 0", "odd degree only")),
    ("asin(x)", (2.0,), ("asin(a)", "a = 2.0 ('x')", f"asin {BETWEEN_1}")),
    ("acos(x)", (-1.5,), ("acos(a)", "a = -1.5 ('x')", f"acos {BETWEEN_1}")),
    ("atanh(x)", (2.0,), ("atanh(a)", "a = 2.0 ('x')", f"atanh {BETWEEN_1}")),
    ("acosh(x)", (0.5,), ("acosh(a)", "a = 0.5 ('x')", "acosh needs a ≥ 1")),
]

TINY = 5e-324
INSIDE = [  # operation, operands and parameter: at the edge of the domain, and still in it
    ("div", (1.0, TINY)),
    ("div", (0.0, -TINY)),
    ("reciprocal", (-TINY,)),
    ("power", (0.0, 0.0)),
    ("power", (0.0, TINY)),
    ("power", (TINY, 0.5)),
    ("power", (-TINY, 3.0)),
    ("power", (-2.0, -1.0)),
    ("exponential", (0.0, 0.0)),
    ("exponential", (TINY, 0.0)),
    ("exponential", (0.5, TINY)),
    ("exponential", (3.0, -TINY)),
    ("exponential", (-1.0, -2.0)),
    ("pow", (0.0, 0.0)),
    ("pow", (0.0, TINY)),
    ("pow", (TINY, 0.5)),
    ("pow", (-TINY, 3.0)),
    ("pow", (-2.0, -1.0)),
    ("log", (TINY,)),
    ("log2", (TINY,)),
    ("log10", (TINY,)),
    ("log1p", (-1 + 2.0**-53,)),
    ("sqrt", (0.0,)),
    ("sqrt", (-0.0,)),
    ("sqrt", (TINY,)),
    ("nthroot", (0.0, 2.0)),
    ("nthroot", (-TINY, 3.0)),
    ("nthroot", (-2.0, -1.0)),
    *((name, (x,)) for name in ("asin", "acos", "atanh") for x in (-1.0, 0.0, 1.0)),
    ("acosh", (1.0,)),
    ("acosh", (1.5,)),
]


@pytest.mark.parametrize(("name", "x"), INSIDE)
def test_the_edge_of_a_domain_belongs_to_it(name, x):
    OPS[name].check(x)  # what programs ask at every point, and the engine where Python raises
    assert not math.isnan(getattr(autograd_lite, name)(*x))


@pytest.mark.parametrize(("text", "at", "fragments"), OUTSIDE)
def test_domain_error(text, at, fragments):
    with pytest.raises(DomainError) as error:
        call(text, *(Value(v, label=label) for v, label in zip(at, "xz", strict=False)))
    assert [part for part in fragments if part not in str(error.value)] == []
    assert isinstance(error.value, ValueError)


IN_ARRAYS = [
    (lambda: autograd_lite.log(-1.0), "log(a) with a = -1.0; log needs a > 0"),
    (lambda: autograd_lite.log(0), "log(a) with a = 0.0; log needs a > 0"),
    (lambda: autograd_lite.acosh(np.float64(0.5)), "acosh(a) with a = 0.5; acosh needs a ≥ 1"),
    (lambda: autograd_lite.div(1.0, 0.0), "a / b with b = 0.0; div needs b ≠ 0"),
    (lambda: autograd_lite.power(-2.0, 0.5), "a^n with a = -2.0, n = 0.5; power needs"),
    (lambda: autograd_lite.pow(-2.0, 0.5), "a^b with a = -2.0, b = 0.5; pow needs"),
    (lambda: autograd_lite.log(np.array([[1.0], [-2.0]])), "log(a) with a = -2.0; log needs"),
    (lambda: autograd_lite.div(np.ones(2), np.array([1, 0])), "a / b with b = 0.0; div needs"),
    (lambda: autograd_lite.sqrt(at_9_and_minus_4()), "√(a) with a = -4.0 ('x'); sqrt needs a ≥ 0"),
    (lambda: np.log(at_9_and_minus_4()), "log(a) with a = -4.0 ('x'); log needs a > 0"),
    (lambda: np.sqrt(at_9_and_minus_4()), "√(a) with a = -4.0 ('x'); sqrt needs a ≥ 0"),
    (lambda: np.arccosh(at_9_and_minus_4()), "acosh(a) with a = -4.0 ('x'); acosh needs a ≥ 1"),
    (lambda: 1 / (at_9_and_minus_4() + 4), "a / b with b = 0.0; div needs b ≠ 0"),
    (lambda: at_9_and_minus_4() ** 0.5, "a^n with a = -4.0 ('x'), n = 0.5; power needs"),
]


def at_9_and_minus_4() -> Any:
    return np.array([Value(9.0), Value(-4.0, label="x")])


@pytest.mark.parametrize(("call", "message"), IN_ARRAYS)
def test_domain_error_of_plain_floats_and_in_arrays(call, message):
    with pytest.raises(DomainError, match=re.escape(message)):
        call()


# ---- one statement, one operation ---------------------------------------------------------------


def test_one_statement_defines_an_operation(ops_as_before):
    softsign = define("test_softsign", "a / (1 + abs(a))", da="1 / (1 + abs(a)) ** 2")
    row = Row("test_softsign", lambda x: x / (1 + abs(x)), NONZERO)
    assert softsign is autograd_lite.test_softsign
    assert softsign.op is OPS["test_softsign"] and "test_softsign" in dir(autograd_lite)
    for x in NONZERO:
        assert softsign(x) == Value(x).test_softsign().data == x / (1 + abs(x))
        for k in range(4):
            by_nesting, by_series = nested(softsign, (x,), k * [0]), derivative(softsign, k)(x)
            assert row.error((x,), (k,), by_nesting, by_series) <= 1e-13, (k, x)
    assert softsign(np.array([-3.0, 0.0, 1.0])).tolist() == [-0.75, 0.0, 0.5]
    assert [v.data for v in softsign(np.array([Value(-3.0), Value(1.0)]))] == [-0.75, 0.5]
    assert softsign.op.formula(-2.0) == "test_softsign(−2)"
    assert softsign.op.local_formula(0, "z") == "1 / (1 + |z|)^2"
    assert Value(3.0, label="z").test_softsign().formula() == "test_softsign(z)"


def test_define_an_operation_of_two(ops_as_before):
    mean = define(
        "test_mean",
        "sqrt(a * b)",
        da="b / (2 * y)",
        db="a / (2 * y)",
        shown="√({a} · {b})",
        domain="a > 0 and b > 0",
        aliases=("test_geometric_mean",),
    )
    points = [(a, b) for a in (1e-8, 0.3, 2.0, 1e8) for b in (1e-3, 0.7, 3.0, 1e6)]
    row = Row("test_mean", lambda a, b: mp.sqrt(a * b), points)
    for at in points:
        for i, j in UP_TO_3:
            assert row.error(at, (i, j), nested(mean, at, i * [0] + j * [1])) <= 1e-13, (i, j, at)
    p, q = Value(8.0, label="p"), Value(2.0, label="q")
    assert p.test_geometric_mean(q).data == p.test_mean(2).data == mean(8.0, 2.0) == 4.0
    assert mean(8, q).data == 4.0 and mean(p, np.array([2.0, 0.5]))[1].data == 2.0
    assert mean(p, q).formula() == "√(p · q)"
    assert mean.op.local_formula(1, "p", "q", y="m") == "p / (2 · m)"
    message = "√(a · b) with a = 8.0 ('p'), b = -2.0; test_mean needs a > 0 and b > 0"
    with pytest.raises(DomainError, match=re.escape(message)):
        mean(p, -2.0)


def test_define_an_operation_with_a_parameter_an_alias_and_a_domain(ops_as_before):
    box_cox = define(
        "test_box_cox",
        "(a ** lam - 1) / lam",
        da="a ** (lam - 1)",
        shown="({a}^{lam} − 1) / {lam}",
        parameter="lam",
        default=0.5,
        domain="a > 0",
        hint="Shift the data.",
        aliases=("test_bc",),
    )
    x = Value(4.0, label="x")
    assert x.test_box_cox().data == x.test_bc(0.5).data == box_cox(4.0, lam=0.5) == 2.0
    assert box_cox(x, -1).data == box_cox(4.0, lam=-1.0) == 0.75
    for lam in (0.5, -1.0, 3.0):
        row = Row("test_box_cox", lambda x, lam=lam: (x**lam - 1) / lam, POSITIVE[6:-2], (lam,))
        for v in row.points:
            for k in range(1, 4):
                by_nesting, by_series = nested(row, (v,), k * [0]), derivative(row, k)(v)
                assert row.error((v,), (k,), by_nesting, by_series) <= 1e-13, (k, v)
    assert x.test_box_cox(3).formula() == "(x^3 − 1) / 3"
    assert box_cox.op.local_formula(0, "x", lam=3.0) == "x^(3 − 1)"
    message = "(a^lam − 1) / lam with a = -4.0 ('x'); test_box_cox needs a > 0. Shift the data."
    with pytest.raises(DomainError, match=re.escape(message)):
        Value(-4.0, label="x").test_box_cox()


@pytest.mark.parametrize("x", [-0.5, 1.5])
def test_a_domain_holds_where_the_formula_would_go_on(ops_as_before, x):
    logistic = define("test_logistic", "a * (1 - a)", da="1 - 2 * a", domain="0 <= a <= 1")
    assert logistic(0.0) == 0.0 and logistic(Value(0.25)).data == 0.1875
    for outside in (x, Value(x), np.array([0.5, x])):
        with pytest.raises(DomainError, match=f"a = {x}.*; test_logistic needs 0 ≤ a ≤ 1"):
            logistic(outside)


@pytest.mark.parametrize("parameter", ["k", "n", "alpha", "p", "q", "out", "slope"])
def test_a_parameter_may_have_any_name(ops_as_before, parameter):
    times = define("test_times", f"{parameter} * a", da=parameter, parameter=parameter)
    x = Value(2.0, label="x")
    y = times(x, 3.0)
    y.backward()
    assert (y.data, x.grad, times(2.0, **{parameter: 3.0})) == (6.0, 3.0, 6.0)
    assert y.parameter == 3.0 and y.formula() == "test_times(x, 3)"


def test_a_text_may_leave_out_the_default_of_a_row_that_it_calls(ops_as_before):
    f = define(
        "test_steep", "leaky_relu(a) * a", da="2 * leaky_relu(a)", domain="leaky_relu(a) > -5"
    )
    assert [f(2.0), f(-2.0), f(Value(-2.0)).data] == [4.0, 0.04, 0.04]
    assert taylor(f, -2.0, 2).coefficients.tolist() == [0.04, -0.04, 0.01]
    with pytest.raises(DomainError, match="test_steep needs leaky_relu"):
        f(-501.0)


BAD = [  # what differs from define("test_bad", "2 * a", da="2"), and what the message names
    ({"name": "exp"}, "'exp'"),
    ({"name": "arcsin"}, "'arcsin'"),
    ({"name": "data"}, "'data'"),
    ({"name": "grad"}, "'grad'"),
    ({"name": "backward"}, "'backward'"),
    ({"name": "two words"}, "'two words'"),
    ({"name": ""}, "''"),
    ({"name": "pi"}, "'pi'"),
    ({"name": "number"}, "'number'"),
    ({"name": "derivative"}, "'derivative'"),
    *(({"name": name}, repr(name)) for name in sorted(RESERVED)),
    ({"aliases": ("exp",)}, "'exp'"),
    ({"aliases": ("test_fine", "label")}, "'label'"),
    ({"value": "2 * c"}, "'c'"),
    ({"value": "a * b"}, "'b'"),
    ({"value": "n * a"}, "'n'"),
    ({"value": "y"}, "'y'"),
    ({"value": "__import__('os')"}, "__import__"),
    ({"value": "a + __builtins__"}, "'__builtins__'"),
    ({"value": "a +"}, "'a +'"),
    ({"value": ""}, "''"),
    ({"value": "a.__class__"}, "'.' is not allowed: a name has no parts"),
    ({"value": "a[0]"}, "'[' is not allowed: brackets are round"),
    ({"value": "'a' * a"}, "'a'"),
    ({"value": "f'{a}'"}, "f'{a}'"),
    ({"value": "lambda: a"}, "'lambda: a'"),
    ({"value": "(a := 1)"}, "'(a := 1)'"),
    ({"value": "[a for a in a]"}, "[a for a in a]"),
    ({"value": "sin(*a)"}, "a number or a name is missing before '*'"),
    ({"value": "sin(a=1)"}, "a=1"),
    ({"value": "a % 2"}, "'a % 2'"),
    ({"value": "True * a"}, "True"),
    ({"value": "1j * a"}, "1j"),
    ({"value": "a + sin"}, "sin"),
    ({"value": "hypot(a)"}, "hypot(a)"),
    ({"da": "c"}, "'c'"),
    ({"da": "b"}, "'b'"),
    ({"da": "2 *"}, "'2 *'"),
    ({"da": ""}, "''"),
    ({"da": "a.data"}, "'.' is not allowed"),
    ({"db": "c"}, "'c'"),
    ({"domain": "c > 0"}, "'c'"),
    ({"domain": "y > 0"}, "'y'"),
    ({"domain": "a >"}, "'a >'"),
    ({"domain": "a is a"}, "'is' is not allowed"),
    ({"domain": "1 if a > 0 else 0"}, "is not a condition; write a comparison such as 'a > 0'"),
    ({"domain": "not a > 0"}, "'not' is not allowed"),
    ({"domain": "a"}, "'a' is not a condition"),
    ({"shown": "{c}"}, "{c}"),
    ({"shown": "f({a"}, "f({a"),
    ({"parameter": "a"}, "'a'"),
    ({"parameter": "y"}, "'y'"),
    ({"parameter": "two words"}, "'two words'"),
    ({"name": "x" * 10**6 + "!"}, "xxx..."),
    # great length and depth
    ({"value": "a" + " + a" * 10**6}, "too long: 4,000,001 characters of 10,000"),
    ({"value": "+".join("a" * 102)}, "nested too deep: at most 100 operations"),
    ({"value": "+".join("a" * 5000)}, "nested too deep"),
    ({"value": "-" * 9000 + "a"}, "nested too deep"),
    ({"value": "exp(" * 101 + "a" + ")" * 101}, "nested too deep"),
    ({"value": "a**" * 101 + "a"}, "nested too deep"),
    ({"value": "a if a > 0 else " * 101 + "a"}, "nested too deep"),
    ({"value": "a" + ".b" * 4000}, "'.' is not allowed"),
    ({"value": "(" * 4000 + "a" + ")" * 4000}, "nested too deep"),
    ({"value": "[" * 9000}, "'[' is not allowed"),
    ({"value": "f" * 5000 + "(a)"}, "unknown operation 'fff"),
    ({"value": "f" * 5000}, "unknown name 'fff"),
    ({"da": "+".join("a" * 5000)}, "nested too deep"),
    ({"domain": "a > " + "+".join("a" * 500)}, "nested too deep"),
    # numbers that no float holds
    ({"value": "9" * 400 + " * a"}, "is not a number"),
    ({"value": "9" * 5000 + " * a"}, "is not a number: it is too large"),
    ({"value": "0x" + "f" * 5000}, "unknown name 'xfff"),
    ({"value": "1e400"}, "'1e400' is not a number: it is too large"),
    # characters that cannot be
    ({"value": "a\x00"}, "is not a formula"),
    ({"value": "\ud800"}, "is not a formula"),
    ({"value": "a + \ufffe"}, "is not a formula"),
    ({"shown": "{a.nope}"}, "'{a.nope}' is not printable text with {a}"),
    ({"shown": "{a.__class__}"}, "{a.__class__}"),
    ({"shown": "{a[0]}"}, "{a[0]}"),
    ({"shown": "{a!r}"}, "{a!r}"),
    ({"shown": "{a:10}"}, "{a:10}"),
    ({"shown": "{a:1000000000}"}, "{a:1000000000}"),
    ({"shown": "{a:{a}}"}, "{a:{a}}"),
    ({"shown": "{}"}, "'{}'"),
    ({"shown": "{0}"}, "'{0}'"),
    ({"shown": "}"}, "'}'"),
    ({"shown": "{y}"}, "'{y}'"),
    ({"shown": "f\x00({a})"}, r"'f\x00({a})'"),
    ({"shown": "f({a})\n"}, r"'f({a})\n'"),
    ({"shown": "\ud800{a}"}, r"'\ud800{a}'"),
    ({"shown": "\ufffe{a}"}, r"'\ufffe{a}'"),
    ({"shown": "\x1b[31m{a}"}, r"'\x1b[31m{a}'"),
    ({"shown": "f" * 10**6 + "({a})"}, "fff..."),
    ({"shown": 3}, "3 is not printable text"),
    *(
        ({"parameter": name}, repr(name))
        for name in ("exp", "pi", "where", "add", "number", "guard")
    ),
]


def everything() -> list[Any]:
    """What a failed definition must leave as it was."""
    tables = [dict(each) for each in (OPS, methods.METHODS, higher.ALGEBRA)]
    return [*tables, set(dir(Value)), set(dir(autograd_lite))]


@pytest.mark.parametrize(("change", "named"), BAD)
def test_a_bad_definition_changes_nothing(ops_as_before, change, named):
    before = everything()
    with pytest.raises(ValueError, match=re.escape(named)) as caught:
        define(**{"name": "test_bad", "value": "2 * a", "da": "2", **change})
    assert len(str(caught.value)) < 300 and len(str(caught.value).split("\n")) in (1, 3)
    assert everything() == before


@pytest.mark.parametrize("text", [3, None, b"a", ["a"]])
def test_a_formula_is_text(ops_as_before, text):
    before = everything()
    with pytest.raises(TypeError, match=r"test_bad, value: .* is not a formula"):
        define("test_bad", text, da="1")
    assert everything() == before


@pytest.mark.parametrize(
    "text",
    [
        "+".join("a" * 101),
        "a + " * 40 + "a" + " * a" * 40,
        "-" * 99 + "(-a)",
        "exp(" * 100 + "a" + ")" * 100,
        "a ** " * 99 + "a",
        "a if a > 9 else " * 98 + "a",
    ],
)
def test_a_formula_as_deep_as_it_may_be(ops_as_before, text):
    """It is defined, runs, is differentiated twice, drawn and compiled, deep in the stack too."""
    define("test_deep", text, da=text, shown="⟦{a}⟧")

    def run(depth: int) -> Any:
        if depth:
            return run(depth - 1)
        x = Value(0.25)
        y = x.test_deep() * 1.0
        y.backward(create_graph=True)
        x.grad.backward()
        return y

    y = run(200)
    assert y.operands[0].formula() == "⟦0.25⟧"
    assert y.data == eval(text, {"a": 0.25, "exp": TOTAL["exp"]})


def test_a_name_is_taken_once(ops_as_before):
    define("test_twice", "2 * a", da="2")
    with pytest.raises(ValueError, match="'test_twice'"):
        define("test_twice", "3 * a", da="3")
    assert Value(1.0).test_twice().data == 2.0


# ---- how it is written --------------------------------------------------------------------------

WRITTEN = [  # operation, operands, parameter, formula
    ("add", ("a", "b"), None, "a + b"),
    ("add", ("a", -1.5), None, "a + (−1.5)"),
    ("sub", ("a", "b"), None, "a − b"),
    ("sub", (2.0, -1.0), None, "2 − (−1)"),
    ("mul", ("w1", -2.0), None, "w1 · (−2)"),
    ("div", ("a", -0.5), None, "a / (−0.5)"),
    ("neg", ("x",), None, "−x"),
    ("neg", (-3.0,), None, "−(−3)"),
    ("power", ("x",), 2.0, "x^2"),
    ("power", (-3.0,), 2.0, "(−3)^2"),
    ("power", ("x",), -1.0, "x^(−1)"),
    ("exponential", ("x",), 2.0, "2^x"),
    ("exponential", (-1.0,), 0.5, "0.5^(−1)"),
    ("pow", (-2.0, "n"), None, "(−2)^n"),
    ("exp", ("z",), None, "exp(z)"),
    ("exp", (-2.0,), None, "exp(−2)"),
    ("expm1", ("x",), None, "(exp(x) − 1)"),
    ("log", ("ŷ",), None, "log(ŷ)"),
    ("log1p", ("x",), None, "log(1 + x)"),
    ("log1p", (-0.5,), None, "log(1 + (−0.5))"),
    ("sqrt", ("x",), None, "√(x)"),
    ("square", (-3.0,), None, "(−3)²"),
    ("reciprocal", (-4.0,), None, "1 / (−4)"),
    ("abs", (-2.0,), None, "|−2|"),
    ("floor", (-2.5,), None, "⌊−2.5⌋"),
    ("sigmoid", ("z",), None, "σ(z)"),
    ("maximum", (-1.0, "b"), None, "max(−1, b)"),
    ("hypot", ("a", -1.0), None, "hypot(a, −1)"),
    ("leaky_relu", ("z",), 0.1, "leaky_relu(z, 0.1)"),
    ("leaky_relu", ("z",), None, "leaky_relu(z, 0.01)"),
    ("exp", (0.1 + 0.2,), None, "exp(0.3)"),
    ("exp", (1e-10,), None, "exp(1e-10)"),
    ("exp", (-INF,), None, "exp(−∞)"),
]
LOCAL = [  # operation, towards, operands, the result, parameter, local derivative
    ("add", 0, ("a", "b"), "y", {}, "1"),
    ("sub", 1, ("a", "b"), "y", {}, "−1"),
    ("mul", 0, ("w", "x"), "y", {}, "x"),
    ("mul", 0, ("w", 0.5), "y", {}, "0.5"),
    ("div", 0, ("a", "b"), "y", {}, "1 / b"),
    ("div", 1, ("a", "b"), "y", {}, "−y / b"),
    ("div", 1, (3.0, -2.0), -1.5, {}, "−(−1.5) / (−2)"),
    ("neg", 0, ("a",), "y", {}, "−1"),
    ("exp", 0, ("x",), "y", {}, "y"),
    ("exp2", 0, ("x",), "y", {}, "y · log(2)"),
    ("expm1", 0, ("x",), "y", {}, "exp(x)"),
    ("expm1", 0, (-2.0,), "y", {}, "exp(−2)"),
    ("log", 0, ("p",), "y", {}, "1 / p"),
    ("log1p", 0, ("x",), "y", {}, "1 / (1 + x)"),
    ("log10", 0, ("x",), "y", {}, "1 / (x · log(10))"),
    ("sqrt", 0, ("x",), "r", {}, "1 / (2 · r)"),
    ("square", 0, (-3.0,), 9.0, {}, "2 · (−3)"),
    ("reciprocal", 0, ("x",), "y", {}, "−y / x"),
    ("sin", 0, ("t",), "y", {}, "cos(t)"),
    ("sin", 0, (-1.5,), "y", {}, "cos(−1.5)"),
    ("cos", 0, ("t",), "y", {}, "−sin(t)"),
    ("tan", 0, ("t",), "y", {}, "1 + y · y"),
    ("asin", 0, ("x",), "y", {}, "1 / √((1 − x) · (1 + x))"),
    ("acos", 0, ("x",), "y", {}, "−1 / √((1 − x) · (1 + x))"),
    ("atan", 0, ("x",), "y", {}, "1 / (1 + x · x)"),
    ("tanh", 0, ("z",), "h", {}, "1 − h · h"),
    ("sigmoid", 0, ("z",), "σ", {}, "σ · (1 − σ)"),
    ("sigmoid", 0, ("z",), 0.25, {}, "0.25 · (1 − 0.25)"),
    ("softplus", 0, ("z",), "y", {}, "σ(z)"),
    ("softplus", 0, (-1.0,), "y", {}, "σ(−1)"),
    ("silu", 0, ("z",), "y", {}, "σ(z) · (1 + z · σ(−z))"),
    ("erf", 0, ("x",), "y", {}, "2 / √(π) · exp(−x · x)"),
    ("gelu", 0, ("x",), "y", {}, "0.5 · erfc(−x / √(2)) + x · exp(−x · x / 2) / √(2 · π)"),
    ("atanh", 0, ("x",), "y", {}, "1 / ((1 − x) · (1 + x))"),
    ("acosh", 0, ("x",), "y", {}, "1 / (√(x − 1) · √(x + 1))"),
]
PRECEDENCE = [  # text, on paper: brackets where mathematics needs them, and nowhere else
    ("a - (b - c)", "a − (b − c)"),
    ("(a - b) - c", "a − b − c"),
    ("a + (b - c)", "a + b − c"),
    ("a / (b / c)", "a / (b / c)"),
    ("(a / b) / c", "a / b / c"),
    ("a / (b * c)", "a / (b · c)"),
    ("a * (b + c)", "a · (b + c)"),
    ("-(a + b)", "−(a + b)"),
    ("-a * b", "−a · b"),
    ("a * -b", "a · (−b)"),
    ("a / -b", "a / (−b)"),
    ("a - -b", "a − (−b)"),
    ("a + -b", "a + (−b)"),
    ("1 - -2", "1 − (−2)"),
    ("-a ** 2", "−a^2"),
    ("(-a) ** 2", "(−a)^2"),
    ("(a ** b) ** c", "(a^b)^c"),
    ("a ** b ** c", "a^(b^c)"),
    ("2 ** -a", "2^(−a)"),
    ("a ** (b + 1)", "a^(b + 1)"),
    ("(a * b) ** 2", "(a · b)^2"),
    ("sqrt(a) ** 2", "√(a)^2"),
    ("abs(a - b) ** 2", "|a − b|^2"),
    ("exp2(a - 1)", "2^(a − 1)"),
    ("exp2(a) ** 2", "(2^a)^2"),
    ("square(-a)", "(−a)²"),
    ("neg(a) ** 2", "(−a)^2"),
    ("a / reciprocal(b)", "a / (1 / b)"),
    ("add(a, b) * 2", "(a + b) · 2"),
    ("a - sub(b, c)", "a − (b − c)"),
    ("pi * alpha", "π · α"),
    ("1 if 0 <= a < 1 else inf", "1 if 0 ≤ a < 1 else ∞"),
    ("(1 if a != 0 else 2) * b", "(1 if a ≠ 0 else 2) · b"),
    ("1 if a > 0 and (b > 0 or c == 0) else nan", "1 if a > 0 and (b > 0 or c = 0) else NaN"),
]


@pytest.mark.parametrize(("name", "operands", "parameter", "paper"), WRITTEN)
def test_formula(name, operands, parameter, paper):
    assert OPS[name].formula(*operands, parameter=parameter) == paper


@pytest.mark.parametrize(("name", "position", "operands", "y", "n", "paper"), LOCAL)
def test_local_formula(name, position, operands, y, n, paper):
    assert OPS[name].local_formula(position, *operands, y=y, **n) == paper


@pytest.mark.parametrize(("text", "paper"), PRECEDENCE)
def test_brackets(text, paper):
    assert written(text, rows=OPS) == paper


NODES = [  # call, formula of the node; x is labelled and is 2, z is not and is −3
    ("x * z", "x · (−3)"),
    ("x - 1", "x − 1"),
    ("1 - x", "1 − x"),
    ("z ** 2", "(−3)^2"),
    ("2 ** x", "2^x"),
    ("x ** z", "x^(−3)"),
    ("abs(z)", "|−3|"),
    ("-x", "−x"),
    ("(x + z).sigmoid()", "σ(−1)"),
    ("x / (x * z)", "x / (−6)"),
    ("x", "x"),
]


@pytest.mark.parametrize(("text", "paper"), NODES)
def test_formula_of_a_node(text, paper):
    assert call(text, Value(2.0, label="x"), Value(-3.0)).formula() == paper


# On paper → for Python, so that what is printed can be computed again, independently.
SIGNS_OF_PAPER = [(r"\|([^|]*)\|", r"abs(\1)"), ("⌊", "floor("), ("⌋", ")"), ("√", "sqrt")]
SIGNS_OF_PAPER += [("∛", "cbrt"), ("∞", "inf")]
SIGNS_OF_PAPER += [("²", "**2"), (r"\^", "**"), ("·", "*"), ("−", "-"), ("π", "pi"), ("σ", "sigma")]
SIGNS_OF_PAPER += [("≤", "<="), ("≥", ">="), ("≠", "!="), (" = ", " == "), ("NaN", "nan")]
NAMES = {name: getattr(mp, name) for name in dir(mp) if not name.startswith("_")}
NAMES |= {row.name: row.referee for row in UNARY if not row.n} | {"sigma": sigma, "hypot": radius}
NAMES |= {"log2": lambda x: mp.log(x, 2), "abs": abs, "max": max, "min": min, "nan": NAN}
NAMES |= {"nthroot": lambda x, n: root(n)(x)}
NAMES |= {"leaky_relu": lambda x, slope: x if x > 0 else slope * x}
NAMES |= {"elu": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x)}


def python(paper: str) -> str:
    for sign, word in SIGNS_OF_PAPER:
        paper = re.sub(sign, word, paper)
    return paper


PRINTED = [row for row in TABLE if all(v == float(f"{v:.6g}") for v in row.n)]


@pytest.mark.parametrize("row", PRINTED, ids=repr)
@settings(derandomize=True, deadline=None, max_examples=12)
@given(data=st.data())
def test_what_is_printed_is_true(row, data):
    x, op = data.draw(short(row)), OPS[row.name]
    n = dict(zip([op.parameter], row.n, strict=False))
    known = {**NAMES, "y": row.exact(x), "a": mp.mpf(x[0]), "b": mp.mpf(x[-1])}
    for operands in (op.operands, x):
        paper = op.formula(*operands, parameter=n.get(op.parameter))
        assert row.error(x, (0,) * len(x), eval(python(paper), known)) <= 1e-13, paper
        for i in range(len(x)):
            slope = tuple(int(i == j) for j in range(len(x)))
            paper = op.local_formula(i, *operands, **n)
            assert row.error(x, slope, eval(python(paper), known)) <= 1e-13, paper


def sums(calls: bool) -> st.SearchStrategy[str]:
    """Random texts with fractional values, fully bracketed; with ``calls``, as calls too."""
    forms = ["({} + {})", "({} - {})", "({} * {})", "({} / {})", "(-{})", "({} ** 2)", "({} ** 3)"]
    if calls:
        forms += ["add({}, {})", "sub({}, {})", "mul({}, {})", "div({}, {})", "neg({})"]
        forms += ["square({})", "reciprocal({})", "abs({})"]
    texts = st.sampled_from(["a", "b", "2", "3", "10"])
    for _ in range(3):
        texts = texts | st.builds(str.format, st.sampled_from(forms), texts, texts)
    return texts


RATIONAL = {"a": Fraction(2, 3), "b": Fraction(-5, 7), "abs": abs, "F": Fraction}
RATIONAL |= {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "neg": operator.neg}
RATIONAL |= {"div": operator.truediv, "square": lambda x: x * x, "reciprocal": lambda x: 1 / x}


@pytest.mark.parametrize("calls", [False, True], ids=["signs", "signs and calls"])
@settings(derandomize=True, deadline=None, max_examples=120)
@given(data=st.data())
def test_brackets_keep_the_meaning(calls, data):
    text = data.draw(sums(calls))
    paper = written(text, rows=OPS)
    assume(paper.count("|") <= 2)  # ||a| · b| may be read in two ways
    exact = [re.sub(r"\d+", r"F(\g<0>)", each) for each in (text, python(paper))]
    try:
        want = eval(exact[0], RATIONAL)
    except ZeroDivisionError:
        assume(False)
    assert eval(exact[1], RATIONAL) == want, paper

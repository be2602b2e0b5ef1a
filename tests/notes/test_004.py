"""Note 004, 向量微积分 (vector calculus), as a table that runs.

Every item S4-001 … S4-057 of the chapter is computed by the library's public functions, or says why
there is nothing to compute.  The expected numbers were worked out to 60 digits, elsewhere.

The gradient of a scalar is a row, 1 × n, in this note and a column in the others.  ``grad`` gives
neither: it has the shape of the point.  The row is ``jacobian`` of a list of one, ``[f(x)]``.
"""

import math
from itertools import pairwise

import numpy as np
import pytest

from autograd_lite import (
    cos,
    derivative,
    exp,
    grad,
    hessian,
    jacobian,
    linalg,
    log,
    maximum,
    minimize,
    relu,
    sign,
    sin,
    taylor,
    value_and_grad,
)
from autograd_lite.analysis import is_differentiable, limit, newton_root
from autograd_lite.functional import (
    Polynomial,
    chained_jacobian,
    difference_quotient,
    directional_derivative,
    partial,
    reexpand,
    total_derivative,
)
from tests.notes.errata_004 import ERRATA, cube, inner, mean_slope, mixed, nested, outer, quartic
from tests.notes.rows import Reason, Row, check, check_covered, check_erratum, names, raised, rows

X = np.array([[2.0, 1.0], [-1.0, 3.0]])
M = np.array([[1.0, 2.0], [0.0, -1.0]])
a, b = np.array([1.0, 2.0]), np.array([3.0, -1.0])
x3, a3, b3 = np.array([1.0, -2.0, 0.5]), np.array([3.0, 1.0, -4.0]), np.array([2.0, 0.0, -1.0])
Y0 = np.array([[1.0, 0.0, 2.0], [-1.0, 1.0, 3.0]])  # any 2 × 3
B = np.array([[1.0, 2.0, 0.0], [-1.0, 3.0, 4.0], [2.0, 0.0, -2.0]])
A, s0 = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]]), np.array([0.5, -1.0])
W = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 4.0]])
SKEW = np.array([[2.0, 1.0, 0.0], [5.0, 3.0, -1.0], [0.0, 2.0, 4.0]])  # not symmetric
C, c3 = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]]), np.array([1.0, -1.0, 2.0])
DESIGN, TARGET = np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]), np.array([2.0, 5.0, 3.0])
RANK_1 = np.array([[1.0, 2.0], [2.0, 4.0]])


def at(f, *x):
    """The value of f(x)."""
    return derivative(f, 0)(*x)


def squares(x1, x2):
    """Example 5.1: xᵀx."""
    return x1**2 + x2**2


def fifth(x):
    return x**5


def wave(x):
    return sin(x) + cos(x)


def row(f):
    """∂f/∂x as the note has it, 1 × n: (5.45), (5.53)."""
    return jacobian(lambda *x: [f(*x)])


def vector(x1, x2):
    return [x1 * x2, sin(x1), x1**2 + exp(x2)]


def uphill(t):
    """The slope of xᵀx at (2, 3) in the direction of the angle t."""
    return directional_derivative(squares, (math.cos(t), math.sin(t)))(2.0, 3.0)


def power(h):
    """(2 + h)⁵, the blue part of (5.5b)."""
    return (2 + h) ** 5


BINOMIAL = taylor(power, 0.0, 5)  # its coefficients are C(5, i)·2⁵⁻ⁱ


def sum_from(first, over=0):
    """Σ C(5, i)·2⁵⁻ⁱ·hⁱ⁻ᵒᵛᵉʳ from i = first, as a function of h."""
    return lambda h: sum(BINOMIAL[i] * h ** (i - over) for i in range(first, 6))


LINES = {  # of Example 5.2, n = 5, x = 2: what stands behind lim
    "(5.5a)": lambda h: (fifth(2 + h) - fifth(2.0)) / h,
    "(5.5b)": lambda h: (power(h) - 2.0**5) / h,
    "(5.5c)": lambda h: (sum_from(0)(h) - 2.0**5) / h,
    "(5.6a)": lambda h: sum_from(1)(h) / h,
    "(5.6b)": sum_from(1, over=1),
    "(5.6c)": lambda h: BINOMIAL[1] + sum_from(2, over=1)(h),
}


def sums(f, x, degrees, x0=0.0):
    """The Taylor series about x0, at x, cut off after each of the degrees."""
    return [taylor(f, x0, n)(x) for n in degrees]


def terms_of_log(x, *k):
    """The k-th terms of the series of log about 1, at x."""
    return [taylor(log, 1.0, n)[n] * (x - 1) ** n for n in k]


def multiplied_out(p):
    """What each term of p contributes to each power of x: the brackets of (5.17b)."""
    each = [reexpand(Polynomial([0.0] * k + [c], p.x0)) for k, c in enumerate(p)]
    return [[q[power] for q in each[power:]] for power in range(len(p))]


def f(X):
    """A matrix of a matrix: XMX."""
    return X @ M @ X


def transposed(tensor):
    """∂f/∂X with ᵀ on f: its first two indices."""
    return np.swapaxes(tensor, 0, 1)


def between(left, tensor, right):
    """Left · ∂f/∂X_kl · right for each k, l."""
    return np.einsum("ia,abkl,bj->ijkl", left, tensor, right)


def weighted(W):
    """(x − As)ᵀW(x − As)."""

    def loss(s):
        r = x3 - A @ s
        return r @ W @ r

    return loss


def half_right(W):
    """−2(x − As)ᵀWA, the right side of (5.108), which is for W = Wᵀ."""
    return -2 * (x3 - A @ s0) @ W @ A


def in_general(W):
    return -(x3 - A @ s0) @ (W + W.T) @ A


def residual(theta):
    return TARGET - DESIGN @ theta


def squared(e):
    return [e @ e]


def surprise(b, m):
    """−log likelihood of the line b + m·x with normal errors, σ = 1."""
    e = residual(np.array([b, m]))
    return 0.5 * (e @ e) + 1.5 * math.log(2 * math.pi)


# fmt: off
CALCULUS = {
    "引言 / introduction": [
        Row("S4-001", "线性回归: the most likely line through (1, 2), (2, 5), (3, 3): b and m",
            lambda: minimize(surprise, (1.0, 1.0), method="newton").x, (7 / 3, 1 / 2),
            "004 引言, l. 3"),
        Row("S4-002", "像集 (image) of xᵀx: [0, ∞), not all of ℝ; its least value",
            lambda: minimize(squares, (2.0, 3.0), method="newton").fun, 0, "004 引言, l. 8"),
        Row("S4-002", "−1 is in the codomain (陪域), not in the image: no x with x² = −1 is found",
            lambda: newton_root(lambda x: x**2 + 1, 2.0).success, False, "004 引言, l. 8"),
        Row("S4-003", "(5.1a) from ℝᴰ to ℝ: one slope for each of D = 1, 2, 5 inputs",
            lambda: [jacobian(lambda x: x @ x)(np.ones(D)).shape for D in (1, 2, 5)],
            [(1,), (2,), (5,)], "004 (5.1), l. 19"),
        Row("S4-004", "xᵀx at (2, 3)",
            lambda: value_and_grad(lambda x: linalg.dot(x, x))(np.array([2.0, 3.0]))[0], 13,
            "004 示例 5.1, l. 26"),
        Row("S4-004", "its gradient, a row; and H",
            lambda: (row(squares)(2.0, 3.0), hessian(squares)(2.0, 3.0)),
            ([[4, 6]], [[2, 0], [0, 2]]), "004 示例 5.1, l. 26"),
        Row("S4-005", "最陡峭方向: the slope of xᵀx at (2, 3) in the direction of (4, 6)",
            lambda: uphill(math.atan2(6, 4)), 7.211102550927978, "004 引言, l. 29"),
        Row("S4-005", "no direction is steeper",
            lambda: max(map(uphill, np.linspace(0, 2 * math.pi, 361))) <= 7.211102550927978, True,
            "004 引言, l. 29"),
        Row("S4-005", "次梯度 (subgradients) at 0, from … to: of |x|, of relu",
            lambda: [(is_differentiable(f, 0.0).left, is_differentiable(f, 0.0).right)
                for f in (abs, relu)],
            [(-1, 1), (0, 1)], "004 引言, l. 29"),
        Row("S4-005", "the one chosen here: of |x|, of relu, of max(x, y) at a tie",
            lambda: (derivative(abs)(0.0), derivative(relu)(0.0), grad(maximum)(1.0, 1.0)),
            (0, 0, (0.5, 0.5)), "004 引言, l. 29"),
    ],
    "5.1 一元函数的微分 / differentiation of functions of one variable": [
        Row("S4-006", "差商 (5.3) of x³ at 2, δx = 1, 0.1, 0.01, 0.001",
            lambda: [difference_quotient(cube, 2.0, h) for h in (1, 0.1, 0.01, 0.001)],
            [19, 12.61, 12.0601, 12.006001], "004 定义 5.1, l. 39"),
        Row("S4-007", "the average slope of x³ from 2 to 2 + δx: the mean of f′",
            lambda: [mean_slope(cube, 2.0, h) for h in (1, 0.1, 0.01, 0.001)],
            [19, 12.61, 12.0601, 12.006001], "004 5.1, l. 42"),
        Row("S4-007", "3x + 1, a line: one slope, whatever δx",
            lambda: [difference_quotient(lambda x: 3 * x + 1, 2.0, h) for h in (1, 0.5, 0.25)],
            [3, 3, 3], "004 5.1, l. 42"),
        Row("S4-007", "取极限: the tangent of x³ at 2",
            lambda: limit(lambda h: ((2 + h)**3 - 8) / h, 0.0), 12, "004 5.1, l. 42"),
        Row("S4-008", "导数 (5.4) of x³ at 2", lambda: derivative(cube)(2.0), 12,
            "004 定义 5.2, l. 45"),
        Row("S4-008", "|x| at 0: the limit for h > 0, and for h < 0",
            lambda: [limit(lambda h: abs(h) / h, 0.0, side=s) for s in ("right", "left")], [1, -1],
            "004 定义 5.2, l. 45"),
        Row("S4-008", "so there is none for both",
            lambda: raised(lambda: limit(lambda h: abs(h) / h, 0.0)), "LimitError",
            "004 定义 5.2, l. 45"),
        Row("S4-009", "x² at −1: f′, and its sign, the way up",
            lambda: (derivative(lambda x: x**2)(-1.0), sign(derivative(lambda x: x**2)(-1.0))),
            (-2, -1), "004 5.1, l. 48"),
        Row("S4-009", "x² goes up from −1 to the left, down to the right",
            lambda: [at(lambda x: x**2, -1 + h) > 1 for h in (-0.1, 0.1)], [True, False],
            "004 5.1, l. 48"),
        Row("S4-010", "C(5, i)·2⁵⁻ⁱ·hⁱ, h = 0.1",
            lambda: [c * 0.1**i for i, c in enumerate(BINOMIAL)], [32, 8, 0.8, 0.04, 0.001, 1e-5],
            "004 (5.5c), l. 52"),
        Row("S4-010", "their sum, and 2.1⁵", lambda: (at(sum_from(0), 0.1), at(power, 0.1)),
            (40.84101, 40.84101), "004 (5.5c), l. 52"),
        Row("S4-010", "(5.5a), (5.5b), (5.5c) at h = 0.1",
            lambda: [at(LINES[line], 0.1) for line in ("(5.5a)", "(5.5b)", "(5.5c)")],
            [88.4101] * 3, "004 (5.5), l. 52"),
        Row("S4-010", "each as h → 0",
            lambda: [limit(LINES[line], 0.0) for line in ("(5.5a)", "(5.5b)", "(5.5c)")], [80] * 3,
            "004 (5.5), l. 52"),
        Row("S4-011", "xⁿ is the term of i = 0", lambda: BINOMIAL[0], 32, "004 示例 5.2, l. 53"),
        Row("S4-011", "(5.6a), (5.6b), (5.6c) at h = 0.1",
            lambda: [at(LINES[line], 0.1) for line in ("(5.6a)", "(5.6b)", "(5.6c)")],
            [88.4101] * 3, "004 (5.6), l. 53"),
        Row("S4-011", "the terms of (5.6b)",
            lambda: [BINOMIAL[i] * 0.1 ** (i - 1) for i in range(1, 6)],
            [80, 8, 0.4, 0.01, 0.0001], "004 (5.6b), l. 53"),
        Row("S4-011", "each as h → 0",
            lambda: [limit(LINES[line], 0.0) for line in ("(5.6a)", "(5.6b)", "(5.6c)")], [80] * 3,
            "004 (5.6), l. 53"),
        Row("S4-011", "(5.6c): what is underbraced, as h → 0",
            lambda: limit(sum_from(2, over=1), 0.0), 0, "004 (5.6c), l. 53"),
        Row("S4-011", "(5.6d): C(5, 1)·2⁴, and f′(2)",
            lambda: (BINOMIAL[1], derivative(fifth)(2.0)), (80, 80), "004 (5.6d), l. 53"),
        Row("S4-011", "n·2ⁿ⁻¹ for n = 0 … 6",
            lambda: [derivative(lambda x, n=n: x**n)(2.0) for n in range(7)],
            [0, 1, 4, 12, 32, 80, 192], "004 (5.6d), l. 53"),
    ],
    "5.1.1 Taylor 级数 / Taylor series": [
        Row("S4-012", "T₀ … T₆ (5.7) of eˣ about 0, at 0.5", lambda: sums(exp, 0.5, range(7)),
            [1, 1.5, 1.625, 1.6458333333333333, 1.6484375, 1.6486979166666667, 1.6487196180555554],
            "004 (5.7), l. 58"),
        Row("S4-012", "T₀ … T₅ of log about 1, at 1.5",
            lambda: sums(log, 1.5, range(6), 1.0),
            [0, 0.5, 0.375, 0.4166666666666667, 0.4010416666666667, 0.40729166666666666],
            "004 (5.7), l. 58"),
        Row("S4-012", "its coefficients are f⁽ᵏ⁾(x₀)/k!",
            lambda: [derivative(log, k)(1.0) / math.factorial(k) for k in range(6)],
            [0, 1, -1 / 2, 1 / 3, -1 / 4, 1 / 5], "004 (5.7), l. 58"),
        Row("S4-013", "T_∞ (5.8) of log about 1, at 1.5: T₄₀, and log 1.5",
            lambda: (*sums(log, 1.5, [40], 1.0), log(1.5)), [0.4054651081081644] * 2,
            "004 (5.8), l. 62"),
        Row("S4-013", "at 3 it diverges: T₁₀, T₂₀, and log 3",
            lambda: (*sums(log, 3.0, (10, 20), 1.0), log(3.0)),
            (-64.82539682539682, -34359.708092114284, 1.0986122886681098), "004 (5.8), l. 62"),
        Row("S4-013", "its 10th and 20th terms at 3 grow, at 2 they shrink",
            lambda: [terms_of_log(x, 10, 20) for x in (3, 2)],
            [[-102.4, -52428.8], [-0.1, -0.05]], "004 (5.8), l. 62"),
        Row("S4-013", "at 0 it is −1 − ½ − ⅓ − …: T₁₀, T₂₀",
            lambda: sums(log, 0.0, (10, 20), 1.0), [-2.9289682539682538, -3.597739657143682],
            "004 (5.8), l. 62"),
        Row("S4-014", "示例 5.3, lost: T₆ at x₀ = 1 of the f with the derivatives printed",
            lambda: str(reexpand(Polynomial([1, 4, 12 / 2, 24 / 6, 24 / 24, 0, 0], 1.0))), "x^4",
            "004 5.1.1, l. 65"),
        Row("S4-015", "(5.10): f, printed f⁽¹⁾ of x⁴ at 1", lambda: derivative(quartic, 0)(1.0), 1,
            "004 (5.10), l. 67"),
        Row("S4-016", "(5.11): f′ of x⁴ at 1", lambda: derivative(quartic, 1)(1.0), 4,
            "004 (5.11), l. 68"),
        Row("S4-017", "(5.12): f″ of x⁴ at 1", lambda: derivative(quartic, 2)(1.0), 12,
            "004 (5.12), l. 69"),
        Row("S4-018", "(5.13): f⁽³⁾ of x⁴ at 1", lambda: derivative(quartic, 3)(1.0), 24,
            "004 (5.13), l. 70"),
        Row("S4-019", "(5.14): f⁽⁴⁾ of x⁴ at 1", lambda: derivative(quartic, 4)(1.0), 24,
            "004 (5.14), l. 71"),
        Row("S4-020", "(5.15): f⁽⁵⁾ of x⁴ at 1", lambda: derivative(quartic, 5)(1.0), 0,
            "004 (5.15), l. 72"),
        Row("S4-021", "(5.16): f⁽⁶⁾ of x⁴ at 1", lambda: derivative(quartic, 6)(1.0), 0,
            "004 (5.16), l. 73"),
        Row("S4-022", "T₆ (5.17a): coefficients of (x − 1)ᵏ", lambda: taylor(quartic, 1.0, 6),
            [1, 4, 6, 4, 1, 0, 0], "004 (5.17a), l. 78"),
        Row("S4-022", "T₀ … T₆ at 2", lambda: sums(quartic, 2.0, range(7), 1.0),
            [1, 5, 11, 15, 16, 16, 16], "004 (5.17a), l. 78"),
        Row("S4-023", "(5.17b): the brackets, power after power",
            lambda: multiplied_out(taylor(quartic, 1.0, 6)),
            [[1, -4, 6, -4, 1, 0, 0], [4, -12, 12, -4, 0, 0], [6, -12, 6, 0, 0], [4, -4, 0, 0],
                [1, 0, 0], [0, 0], [0]],
            "004 (5.17b), l. 82"),
        Row("S4-023", "T₆ multiplied out: coefficients of xᵏ",
            lambda: reexpand(taylor(quartic, 1.0, 6)), [0, 0, 0, 0, 1, 0, 0],
            "004 (5.17b), l. 82"),
        Row("S4-024", "T₆ at −0.5 and 3", lambda: list(map(taylor(quartic, 1.0, 6), (-0.5, 3.0))),
            [0.0625, 81], "004 (5.18b), l. 86"),
        Row("S4-024", "T₄ = T₅ = T₆ = x⁴, and T₃ is not: at 2",
            lambda: ([str(reexpand(taylor(quartic, 1.0, n))) for n in (4, 5, 6)],
                taylor(quartic, 1.0, 3)(2.0)),
            (["x^4"] * 3, 15), "004 (5.18b), l. 86"),
        Row("S4-025", "where the power series are used: T₇ of sin x + cos x is their sum",
            lambda: (taylor(wave, 0.0, 7),
                taylor(cos, 0.0, 7).coefficients + taylor(sin, 0.0, 7).coefficients),
            [[1, 1, -1 / 2, -1 / 6, 1 / 24, 1 / 120, -1 / 720, -1 / 5040]] * 2,
            "004 (5.18b), l. 91"),
        Row("S4-026", "cos 1: Σ to k = 0, 1, 2, 3, 5, 8",
            lambda: sums(cos, 1.0, [2 * k for k in (0, 1, 2, 3, 5, 8)]),
            [1, 0.5, 0.5416666666666666, 0.5402777777777777, 0.5403023037918872,
                0.5403023058681399],
            "004 (5.25e), l. 95"),
        Row("S4-026", "its coefficients", lambda: taylor(cos, 0.0, 6),
            [1, 0, -1 / 2, 0, 1 / 24, 0, -1 / 720], "004 (5.25e), l. 95"),
        Row("S4-027", "sin 1: Σ to k = 0, 1, 2, 3, 5, 8",
            lambda: sums(sin, 1.0, [2 * k + 1 for k in (0, 1, 2, 3, 5, 8)]),
            [1, 0.8333333333333334, 0.8416666666666667, 0.841468253968254, 0.841470984648068,
                0.8414709848078965],
            "004 (5.25e), l. 95"),
        Row("S4-027", "its coefficients", lambda: taylor(sin, 0.0, 7),
            [0, 1, 0, -1 / 6, 0, 1 / 120, 0, -1 / 5040], "004 (5.25e), l. 95"),
        Row("S4-028", "示例 5.4, lost: sin x + cos x, f⁽ᵏ⁾(0) for k = 0 … 7",
            lambda: [derivative(wave, k)(0.0) for k in range(8)], [1, 1, -1, -1, 1, 1, -1, -1],
            "004 5.1.1, l. 91"),
        Row("S4-028", "T₀ … T₅, T₁₀ at 1, and f",
            lambda: (sums(wave, 1.0, (0, 1, 2, 3, 4, 5, 10)), at(wave, 1.0)),
            ([1, 2, 1.5, 1.3333333333333333, 1.375, 1.3833333333333333, 1.3817733134920636],
                1.3817732906760363),
            "004 5.1.1, l. 91"),
        Row("S4-028", "T₀, T₁, T₅, T₁₀ at −4, and f",
            lambda: (sums(wave, -4.0, (0, 1, 5, 10)), at(wave, -4.0)),
            ([1, -3, 1.8, -0.024056437389770723], 0.10315887444431633), "004 5.1.1, l. 91"),
        Row("S4-028", "T₀, T₁, T₅, T₁₀ at 4, and f",
            lambda: (sums(wave, 4.0, (0, 1, 5, 10)), at(wave, 4.0)),
            ([1, 5, 5.533333333333333, -1.3475132275132276], -1.4104461161715403),
            "004 5.1.1, l. 91"),
    ],
    "5.1.2 微分法则 / differentiation rules (a heading; the rules are supplied)": [
        Row("S4-029", "product: (x·eˣ)′ at 1, and f′g + fg′",
            lambda: (derivative(lambda x: x * exp(x))(1.0),
                derivative(lambda x: x)(1.0) * exp(1.0) + 1.0 * derivative(exp)(1.0)),
            [5.43656365691809] * 2, "004 5.1.2, l. 98"),
        Row("S4-029", "quotient: (sin x/x)′ at 1, and (f′g − fg′)/g²",
            lambda: (derivative(lambda x: sin(x) / x)(1.0),
                (derivative(sin)(1.0) * 1.0 - sin(1.0) * derivative(lambda x: x)(1.0)) / 1.0**2),
            [-0.3011686789397568] * 2, "004 5.1.2, l. 98"),
        Row("S4-029", "sum: (x² + sin x)′ at 0.7, and f′ + g′",
            lambda: (derivative(lambda x: x**2 + sin(x))(0.7),
                derivative(lambda x: x**2)(0.7) + derivative(sin)(0.7)),
            [2.1648421872844885] * 2, "004 5.1.2, l. 98"),
        Row("S4-029", "chain: ((2x + 1)⁴)′ at 1, and g′(f)·f′",
            lambda: (derivative(lambda x: (2 * x + 1) ** 4)(1.0),
                total_derivative(quartic, lambda x: 2 * x + 1)(1.0)),
            [216] * 2, "004 5.1.2, l. 98"),
    ],
}
PARTIALS = {
    "5.2 偏导数和梯度 / partial derivatives and gradients": [
        Row("S4-030", "(5.39) of x₁²x₂ + x₁x₂³ at (2, 3): both limits",
            lambda: [limit(lambda h, i=i: (mixed(2 + h * (1 - i), 3 + h * i) - 66) / h, 0.0)
                for i in (0, 1)],
            [39, 58], "004 (5.39), l. 103"),
        Row("S4-030", "and both partial derivatives",
            lambda: [partial(mixed, i)(2.0, 3.0) for i in (0, 1)], [39, 58], "004 (5.39), l. 103"),
        Row("S4-031", "f = (x + 2y³)² at (2, 1): f, and ∂f/∂x = 2(x + 2y³)",
            lambda: (value_and_grad(nested)(2.0, 1.0)[0], partial(nested, 0)(2.0, 1.0)), (16, 8),
            "004 (5.41), l. 108"),
        Row("S4-032", "∂f/∂y = 12(x + 2y³)y²", lambda: partial(nested, 1)(2.0, 1.0), 48,
            "004 (5.42), l. 109"),
        Row("S4-033", "f = x₁²x₂ + x₁x₂³ at (2, 3): ∂f/∂x₁ = 2x₁x₂ + x₂³",
            lambda: partial(mixed, 0)(2.0, 3.0), 39, "004 (5.43), l. 114"),
        Row("S4-034", "∂f/∂x₂ = x₁² + 3x₁x₂²", lambda: partial(mixed, 1)(2.0, 3.0), 58,
            "004 (5.44), l. 114"),
        Row("S4-035", "行向量: df/dx as a row, 1 × 2, lost (5.45)", lambda: row(mixed)(2.0, 3.0),
            [[39, 58]], "004 5.2, l. 114"),
        Row("S4-035", "000, 002, 003 write it as a column, 2 × 1",
            lambda: row(mixed)(2.0, 3.0).T, [[39], [58]], "004 5.2, l. 114"),
        Row("S4-035", "shapes of the row, the column; grad is neither",
            lambda: (row(mixed)(2.0, 3.0).shape, row(mixed)(2.0, 3.0).T.shape,
                grad(mixed)(2.0, 3.0).shape),
            ((1, 2), (2, 1), (2,)), "004 5.2, l. 114"),
    ],
    "5.2.1 偏导数的基本法则 / basic rules of partial differentiation": [
        Row("S4-036", "product (5.46): f = x²y, g = eˣʸ at (1, ½), by x; and f_x·g + f·g_x",
            lambda: (partial(lambda x, y: x**2 * y * exp(x * y), 0)(1.0, 0.5),
                partial(lambda x, y: x**2 * y, 0)(1.0, 0.5) * exp(0.5)
                + 0.5 * partial(lambda x, y: exp(x * y), 0)(1.0, 0.5)),
            [2.06090158837516] * 2, "004 (5.46), l. 121"),
        Row("S4-036", "f = x, g = eˣ at 1", lambda: derivative(lambda x: x * exp(x))(1.0),
            5.43656365691809, "004 (5.46), l. 121"),
        Row("S4-036", "of matrices, in this order: (X + tM)(M + tX) at t = 1",
            lambda: (jacobian(lambda t: (X + t * M) @ (M + t * X))(1.0),
                jacobian(lambda t: X + t * M)(1.0) @ (M + X)
                + (X + M) @ jacobian(lambda t: M + t * X)(1.0)),
            [[[4, 19], [-3, 3]]] * 2, "004 (5.46), l. 121"),
        Row("S4-036", "g·∂f/∂t + f·∂g/∂t is not it",
            lambda: (M + X) @ jacobian(lambda t: X + t * M)(1.0)
                + (X + M) @ jacobian(lambda t: M + t * X)(1.0),
            [[6, 15], [-5, 1]], "004 (5.46), l. 121"),
        Row("S4-037", "sum (5.47): x² + sin x at 0.7",
            lambda: derivative(lambda x: x**2 + sin(x))(0.7), 2.1648421872844885,
            "004 (5.47), l. 122"),
        Row("S4-038", "chain (5.48): sin(x²) at 1.3; and ∂g/∂f·∂f/∂x",
            lambda: (derivative(lambda x: sin(x**2))(1.3),
                total_derivative(sin, lambda x: x**2)(1.3)),
            [-0.30919608017119193] * 2, "004 (5.48), l. 127"),
    ],
    "5.2.2 链式法则 / chain rule": [
        Row("S4-039", "∂f/∂x₁, dx₁/dt, ∂f/∂x₂, dx₂/dt: f = x₁² + 2x₂ of (sin t, cos t) at 0.7",
            lambda: [factor for i, x in enumerate((sin, cos))
                for factor in (partial(outer, i)(sin(0.7), cos(0.7)), derivative(x)(0.7))],
            [1.288435374475382, 0.7648421872844884, 2, -0.644217687237691], "004 (5.49), l. 133"),
        Row("S4-039", "the sum of their products, and the total derivative",
            lambda: (sum(partial(outer, i)(sin(0.7), cos(0.7)) * derivative(x)(0.7)
                for i, x in enumerate((sin, cos))), total_derivative(outer, sin, cos)(0.7)),
            [-0.30298564448692195] * 2, "004 (5.49), l. 133"),
        Row("S4-040", "(5.50) at t = 0.7, 1, 2",
            lambda: [total_derivative(outer, sin, cos)(t) for t in (0.7, 1.0, 2.0)],
            [-0.30298564448692195, -0.7736445427901113, -2.575397348959292], "004 (5.50), l. 138"),
        Row("S4-040", "without the chain rule: (sin² t + 2 cos t)′",
            lambda: [derivative(lambda t: sin(t) ** 2 + 2 * cos(t))(t) for t in (0.7, 1.0, 2.0)],
            [-0.30298564448692195, -0.7736445427901113, -2.575397348959292], "004 (5.50), l. 139"),
        Row("S4-040", "2 sin t(cos t − 1) is 0 at 0 and 2π",
            lambda: [total_derivative(outer, sin, cos)(t) for t in (0.0, 2 * math.pi)], [0, 0],
            "004 (5.50c), l. 139"),
        Row("S4-041", "(5.51): ∂f/∂s of f(st, s + t²) at (1.5, 0.5)",
            lambda: total_derivative(outer, lambda s: s * 0.5, lambda s: s + 0.25)(1.5), 2.75,
            "004 (5.51), l. 145"),
        Row("S4-042", "(5.52): ∂f/∂t",
            lambda: total_derivative(outer, lambda t: 1.5 * t, lambda t: 1.5 + t**2)(0.5), 4.25,
            "004 (5.52), l. 146"),
        Row("S4-043", "(5.53): ∂f/∂x, 1 × 2; ∂x/∂(s, t), 2 × 2",
            lambda: (row(outer)(0.75, 1.75), jacobian(inner)(1.5, 0.5)),
            ([[1.5, 2]], [[0.5, 1.5], [1, 1]]), "004 (5.53), l. 151"),
        Row("S4-043", "their product, the row on the left",
            lambda: linalg.dot(row(outer)(0.75, 1.75), jacobian(inner)(1.5, 0.5)), [[2.75, 4.25]],
            "004 (5.53), l. 151"),
        Row("S4-043", "and of the functions; f itself",
            lambda: (chained_jacobian(lambda x1, x2: [outer(x1, x2)], inner)(1.5, 0.5),
                value_and_grad(outer)(0.75, 1.75)[0]),
            ([[2.75, 4.25]], 4.0625), "004 (5.53), l. 151"),
        Row("S4-043", "(2 × 2)(1 × 2), and 2 functions for an f of 3, do not fit",
            lambda: (raised(lambda: linalg.dot(jacobian(inner)(1.5, 0.5), row(outer)(0.75, 1.75))),
                raised(lambda: chained_jacobian(lambda x1, x2, x3: x1, inner)(1.5, 0.5))),
            ("ValueError", "TypeError"), "004 (5.53), l. 151"),
    ],
}
MATRICES = {
    "5.3 向量函数的梯度 / gradients of vector-valued functions (a heading; supplied)": [
        Row("S4-044", "J of (x₁x₂, sin x₁, x₁² + e^x₂) at (1, 2), 3 × 2: rows are outputs",
            lambda: jacobian(vector)(1.0, 2.0),
            [[2, 1], [0.5403023058681398, 0], [2, 7.38905609893065]], "004 5.3, l. 154"),
        Row("S4-044", "Ax, and ∂(Ax)/∂x = A, at (1, −1, 2)",
            lambda: (linalg.dot(C, c3), jacobian(lambda x: C @ x)(c3)),
            ([5, 9], [[1, 2, 3], [0, -1, 4]]), "004 5.3, l. 154"),
        Row("S4-044", "least squares: ∂L/∂e, 1 × 3; ∂e/∂θ, 3 × 2; their product, 1 × 2",
            lambda: (jacobian(squared)(residual(np.ones(2))), jacobian(residual)(np.ones(2)),
                chained_jacobian(squared, residual)(np.ones(2))),
            ([[0, 4, -2]], [[-1, -1], [-1, -2], [-1, -3]], [[-2, -2]]), "004 5.3, l. 154"),
    ],
    "5.4 矩阵的梯度 / gradients of matrices (a heading; supplied)": [
        Row("S4-045", "∂(Ax)ᵢ/∂A, 2 × (2 × 3)", lambda: jacobian(lambda A: A @ c3)(C),
            [[[1, -1, 2], [0, 0, 0]], [[0, 0, 0], [1, -1, 2]]], "004 5.4, l. 157"),
        Row("S4-045", "of a matrix by a matrix, four indices: ∂(XMX)ᵢⱼ/∂X_kl",
            lambda: jacobian(f)(X),
            [[[[2, 1], [3, 0]], [[7, -1], [0, 3]]], [[[-1, 0], [-5, 1]], [[0, -1], [7, -8]]]],
            "004 5.4, l. 157"),
    ],
    "5.5 常用梯度恒等式 / useful identities for computing gradients": [
        Row("S4-046", "(5.99): ∂f(X)ᵀ/∂X, f = XMX; and (∂f/∂X)ᵀ",
            lambda: (jacobian(lambda X: f(X).T)(X), transposed(jacobian(f)(X))),
            [[[[[2, 1], [3, 0]], [[-1, 0], [-5, 1]]], [[[7, -1], [0, 3]], [[0, -1], [7, -8]]]]] * 2,
            "004 (5.99), l. 164"),
        Row("S4-047", "(5.100): ∂ tr f/∂X; tr ∂f/∂X; (MX + XM)ᵀ",
            lambda: (jacobian(lambda X: linalg.trace(f(X)))(X), linalg.trace(jacobian(f)(X)),
                (linalg.dot(M, X) + linalg.dot(X, M)).T),
            [[[2, 0], [10, -8]]] * 3, "004 (5.100), l. 165"),
        Row("S4-048", "det f, and (5.101): ∂ det f/∂X; det f·tr(f⁻¹·∂f/∂X)",
            lambda: (linalg.det(f(X)), jacobian(lambda X: linalg.det(f(X)))(X),
                linalg.det(f(X)) * linalg.trace(
                    between(linalg.inv(f(X)), jacobian(f)(X), np.eye(2)))),
            (-49, *[[[-42, -14], [14, -28]]] * 2), "004 (5.101), l. 166"),
        Row("S4-048", "f = X: ∂ det X/∂X; det X·X⁻ᵀ",
            lambda: (grad(linalg.det)(X), linalg.det(X) * linalg.inv(X).T),
            [[[3, 1], [-1, 2]]] * 2, "004 (5.101), l. 166"),
        Row("S4-049", "(5.102): ∂f⁻¹/∂X; −f⁻¹·∂f/∂X·f⁻¹",
            lambda: (jacobian(lambda X: linalg.inv(f(X)))(X),
                -between(linalg.inv(f(X)), jacobian(f)(X), linalg.inv(f(X)))),
            [[[[[-96 / 343, -25 / 343], [-17 / 343, -8 / 343]],
                [[-17 / 343, -29 / 343], [22 / 343, -23 / 343]]],
                [[[-25 / 343, -6 / 343], [-29 / 343, -5 / 343]],
                [[-8 / 343, -5 / 343], [-23 / 343, 4 / 343]]]]] * 2,
            "004 (5.102), l. 167"),
        Row("S4-049", "f = X: ∂(X⁻¹)ᵢⱼ/∂X_kl = −(X⁻¹)ᵢₖ(X⁻¹)ₗⱼ: times 49, for i = j = 1",
            lambda: 49 * jacobian(linalg.inv)(X)[0, 0], [[-9, -3], [3, 1]],
            "004 (5.102), l. 167"),
        Row("S4-050", "(5.103): aᵀX⁻¹b",
            lambda: a @ linalg.solve(X, b), 1.7142857142857142, "004 (5.103), l. 168"),
        Row("S4-050", "its gradient, of X's shape; −X⁻ᵀabᵀX⁻ᵀ",
            lambda: (grad(lambda X: a @ linalg.inv(X) @ b)(X),
                -linalg.inv(X).T @ linalg.outer(a, b) @ linalg.inv(X).T),
            [[[-50 / 49, -5 / 49], [-30 / 49, -3 / 49]]] * 2, "004 (5.103), l. 168"),
        Row("S4-051", "(5.104): xᵀa, and its gradient aᵀ, a row",
            lambda: (linalg.dot(x3, a3), jacobian(lambda x: [x @ a3])(x3)), (-1, [[3, 1, -4]]),
            "004 (5.104), l. 169"),
        Row("S4-052", "(5.105): aᵀx, and its gradient aᵀ, a row",
            lambda: (linalg.dot(a3, x3), jacobian(lambda x: [a3 @ x])(x3)), (-1, [[3, 1, -4]]),
            "004 (5.105), l. 170"),
        Row("S4-053", "(5.106): ∂aᵀXb/∂X, X 2 × 3; abᵀ",
            lambda: (grad(lambda X: a @ X @ b3)(Y0), linalg.outer(a, b3)),
            [[[2, 0, -1], [4, 0, -2]]] * 2, "004 (5.106), l. 171"),
        Row("S4-053", "baᵀ does not have X's shape", lambda: linalg.outer(b3, a).shape, (3, 2),
            "004 (5.106), l. 171"),
        Row("S4-054", "(5.107), B not symmetric: xᵀBx; its gradient; xᵀ(B + Bᵀ)",
            lambda: (x3 @ B @ x3, jacobian(lambda x: [x @ B @ x])(x3), [x3 @ (B + B.T)]),
            (7.5, *[[[1, -9, -8]]] * 2), "004 (5.107), l. 172"),
        Row("S4-054", "2xᵀB only for symmetric B: for this B, and for W",
            lambda: [bool((grad(lambda x, S=S: x @ S @ x)(x3) == 2 * x3 @ S).all())
                for S in (B, W)],
            [False, True], "004 (5.107), l. 172"),
        Row("S4-055", "(5.108), W symmetric: x − As, the value",
            lambda: (x3 - linalg.dot(A, s0), value_and_grad(weighted(W))(s0)[0]),
            ([2.5, -1, -2], 22.5), "004 (5.108), l. 173"),
        Row("S4-055", "its gradient, a row; −2(x − As)ᵀWA",
            lambda: (jacobian(lambda s: [weighted(W)(s)])(s0), [half_right(W)]),
            [[[34, -33]]] * 2, "004 (5.108), l. 173"),
        Row("S4-055", "W not symmetric: the value",
            lambda: value_and_grad(weighted(SKEW))(s0)[0], 18.5, "004 (5.108), l. 173-174"),
        Row("S4-055", "the gradient; −(x − As)ᵀ(W + Wᵀ)A; what (5.108) would give",
            lambda: (grad(weighted(SKEW))(s0), in_general(SKEW), half_right(SKEW)),
            ([47, -32], [47, -32], [42, -5]), "004 (5.108), l. 173-174"),
        Row("S4-056", "layouts: (5.104), (5.105), (5.107), (5.108) are rows",
            lambda: [jacobian(lambda v, g=g: [g(v)])(v).shape for g, v in (
                (lambda x: x @ a3, x3), (lambda x: a3 @ x, x3), (lambda x: x @ B @ x, x3),
                (weighted(W), s0))],
            [(1, 3), (1, 3), (1, 3), (1, 2)], "004 5.5, l. 169"),
        Row("S4-056", "(5.100), (5.101), (5.103), (5.106) have X's shape, (5.99), (5.102) f's too",
            lambda: [jacobian(g)(Z).shape for g, Z in (
                (lambda X: linalg.trace(f(X)), X), (lambda X: linalg.det(f(X)), X),
                (lambda X: a @ linalg.inv(X) @ b, X), (lambda X: a @ X @ b3, Y0),
                (lambda X: f(X).T, X), (lambda X: linalg.inv(f(X)), X))],
            [(2, 2), (2, 2), (2, 2), (2, 3), (2, 2, 2, 2), (2, 2, 2, 2)], "004 5.5, l. 164"),
        Row("S4-056", "(5.101)-(5.103) need an inverse; ∂ det X/∂X is there without one",
            lambda: (raised(lambda: linalg.inv(RANK_1)), grad(linalg.det)(RANK_1)),
            ("LinAlgError", [[4, -2], [-2, 1]]), "004 5.5, l. 166"),
        Reason("S4-057", "Three pictures whose links lead nowhere; docs/notes.md says which demo "
               "draws which.  5.2 is a map of chapters."),
    ],
}
# fmt: on
TABLE = CALCULUS | PARTIALS | MATRICES
ROWS = rows(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_row(row):
    check(row)


def test_every_item_is_here():
    check_covered(TABLE, "S4", 57)


@pytest.mark.parametrize("erratum", ERRATA, ids=[e.id for e in ERRATA])
def test_erratum(erratum):
    check_erratum(erratum)


def test_every_erratum_is_here():
    wrong = (2, 3, 4, 7, 8, 11, 15, 23, 25, 26, 27, 31, 32, 33, 36, 37, 40, 43)
    assert [e.id for e in ERRATA] == [f"S4-{k:03}" for k in wrong]
    assert all(a.place <= b.place for a, b in pairwise(ERRATA))

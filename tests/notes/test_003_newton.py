"""Note 003, "Calculus", as a table that runs: Newton's method, second derivatives, the Hessian.

The items S3-113 … S3-135, pages 44 to 52; and a look whether all items and errata of the note are
somewhere.  The expected numbers were worked out to 60 digits, elsewhere.
"""

from itertools import pairwise

import numpy as np
import pytest

from autograd_lite import derivative, grad, hessian, linalg, minimize, taylor
from autograd_lite.analysis import classify_stationary_point, limit, newton_root
from autograd_lite.functional import (
    difference_quotient,
    linear_approximation,
    partial,
    quadratic_approximation,
)
from tests.notes import test_003_calculus, test_003_networks
from tests.notes.errata_003 import ERRATA
from tests.notes.functions_003 import dome, hard, newton, position, quartic, saddle, square, tilted
from tests.notes.rows import Reason, Row, check, check_covered, check_erratum, names, rows

OMEGA = 0.5671432904097838
FROM_005 = [0.05, 0.09724764704478504, 0.1831766667839309, 0.32051968955024274]
FROM_005 += [0.47729765238609506, 0.5578497670878261, 0.567059890228799, 0.5671432838411802, OMEGA]
FROM_2 = [2, 1.098179669096158, 0.5526822326177031, 0.5669388602197535, 0.5671432509315752]
FROM_2 += [0.5671432904097824, OMEGA]
POWERS = [square, lambda x: -(x**2), lambda x: x**4, lambda x: -(x**4), lambda x: x**3]
POINTS = [(4.0, 4.0), (1.0, 2.0), (-1.5, 0.5), (0.0, 0.0)]


def two(x):
    """Its root is √2."""
    return x**2 - 2


def characteristic(f):
    """det(H − λI) of f at (0, 0), a polynomial in λ: its coefficients, λ² first."""
    h = hessian(f)(0.0, 0.0)
    p = taylor(lambda eigenvalue: linalg.det(h - eigenvalue * np.eye(2)), 0.0, 2)
    return p.coefficients[::-1]


def minors(f):
    """The determinants of the upper left corners of H."""
    h = hessian(f)(0.0, 0.0)
    return [linalg.det(h[:k, :k]) for k in (1, 2)]


def at_origin(f):
    found = classify_stationary_point(f, 0.0, 0.0)
    return found.kind, found.eigenvalues


def step_at(*point):
    """H⁻¹∇f of the quartic."""
    return linalg.solve(hessian(quartic)(*point), grad(quartic)(*point))


def off(derivatives, printed):
    """The largest difference from a printed formula at some points."""
    return max(abs(np.array(derivatives(*p)) - np.array(printed(*p))).max() for p in POINTS)


def steps_until_zero(f, x0, small):
    """How many Newton steps until |x| and |y| are below ``small``."""
    return int(np.argmax(abs(newton(f, x0, 12)).max(axis=1) < small))


# fmt: off
TABLE = {
    "Newton's method": [
        Row("S3-113", "x² − 2 from x₀ = 1: where the tangent meets zero",
            lambda: newton_root(linear_approximation(two, 1.0), 1.0).root, 1.5,
            "003 Newton, l. 906"),
        Row("S3-113", "f(x₀)/(x₀ − x₁), and f′(x₀)",
            lambda: (derivative(two, 0)(1.0) / (1 - newton_root(two, 1.0).iterates[1]),
                derivative(two)(1.0)),
            (2, 2), "003 Newton, l. 902"),
        Row("S3-113", "x₁, x₂, x₃: exactly 3/2, 17/12, 577/408",
            lambda: newton_root(two, 1.0).iterates[1:4], [3 / 2, 17 / 12, 577 / 408],
            "003 Newton, l. 906"),
        Row("S3-114", "NM: until the root", lambda: newton_root(two, 1.0).iterates[:6],
            [1, 1.5, 1.4166666666666667, 1.4142156862745099, 1.4142135623746899,
                1.4142135623730951],
            "003 Newton, l. 936"),
        Row("S3-114", "NMO on eˣ − log x: until the candidate for minimum",
            lambda: newton(hard, 0.05, 8), FROM_005, "003 Newton, l. 940"),
        Row("S3-114", "f ↦ g′, f′ ↦ (g′)′: NM on g′",
            lambda: newton_root(derivative(hard), 0.05).iterates[:9], FROM_005,
            "003 Newton, l. 922"),
        Row("S3-114", "the two differ by",
            lambda: abs(newton(hard, 0.05, 8)
                - newton_root(derivative(hard), 0.05).iterates[:9]).max(),
            0, "003 Newton, l. 922"),
        Row("S3-114", "a candidate: −g″ > 0 there tells that it is a maximum of −g",
            lambda: [classify_stationary_point(f, OMEGA).kind for f in (hard, lambda x: -hard(x))],
            ["minimum", "maximum"], "003 Newton, l. 946"),
        Row("S3-115", "x − (eˣ − 1/x)/(eˣ + 1/x²) from 2", lambda: newton(hard, 2.0, 6), FROM_2,
            "003 Newton, l. 958"),
        Row("S3-115", "eˣ − 1/x and eˣ + 1/x² at 0.05",
            lambda: [derivative(hard, n)(0.05) for n in (1, 2)],
            [-18.948728903623977, 401.0512710963760], "003 Newton, l. 956"),
    ],
    "The second derivative": [
        Row("S3-116", "d/dx of df/dx, and f″: x³ at 2",
            lambda: (derivative(derivative(lambda x: x**3))(2.0),
                derivative(lambda x: x**3, 2)(2.0)),
            (12, 12), "003 Second derivative, l. 963"),
        Row("S3-117", "x, v, a of x = t³ − 2t at 2",
            lambda: [derivative(position, n)(2.0) for n in (0, 1, 2)], [4, 10, 12],
            "003 Second derivative, l. 969"),
        Row("S3-117", "a as the limit of Δv/Δt",
            lambda: limit(lambda t: (derivative(position)(t) - 10) / (t - 2), 2.0), 12,
            "003 Second derivative, l. 971"),
        Row("S3-117", "Δx/Δt on [2, 2.1]", lambda: difference_quotient(position, 2.0, 0.1), 10.61,
            "003 Second derivative, l. 970"),
        Row("S3-118", "f″(0) of x², −x², x⁴, −x⁴, x³",
            lambda: [derivative(f, 2)(0.0) for f in POWERS], [2, -2, 0, 0, 0],
            "003 Second derivative, l. 975"),
        Row("S3-118", "concave up, concave down, and three that need more information",
            lambda: [classify_stationary_point(f, 0.0).kind for f in POWERS],
            ["minimum", "maximum", *["inconclusive"] * 3], "003 Second derivative, l. 979"),
    ],
    "The Hessian": [
        Row("S3-119", "one variable, x³ at 2: f′ and f″",
            lambda: [derivative(lambda x: x**3, n)(2.0) for n in (1, 2)], [12, 12],
            "003 Hessian, l. 984"),
        Row("S3-119", "two variables: ∇f and H of 2x² + 3y² − xy at (1, 1)",
            lambda: (grad(tilted)(1.0, 1.0), hessian(tilted)(1.0, 1.0)),
            ([3, 5], [[4, -1], [-1, 6]]), "003 Hessian, l. 985"),
        Row("S3-120", "f_x = 4x − y and f_y = 6y − x",
            lambda: [str(linear_approximation(partial(tilted, k), 0.0, 0.0)) for k in (0, 1)],
            ["4·x − y", "−x + 6·y"], "003 Hessian, l. 990"),
        Row("S3-120", "f_xx, f_yy, f_xy, f_yx",
            lambda: [partial(partial(tilted, i), j)(0.0, 0.0)
                for i, j in ((0, 0), (1, 1), (0, 1), (1, 0))],
            [4, 6, -1, -1], "003 Hessian, l. 996"),
        Row("S3-121", "det(H − λI) = λ² − 10λ + 23", lambda: characteristic(tilted), [1, -10, 23],
            "003 Hessian, l. 1010"),
        Row("S3-121", "λ, printed 6.447 and 3.55",
            lambda: classify_stationary_point(tilted, 0.0, 0.0).eigenvalues,
            [3.585786437626905, 6.414213562373095], "003 Hessian, l. 1016"),
        Row("S3-121", "their sum and product, trace and determinant of H",
            lambda: (linalg.trace(hessian(tilted)(0.0, 0.0)),
                linalg.det(hessian(tilted)(0.0, 0.0))),
            (10, 23), "003 Hessian, l. 1014"),
        Row("S3-122", "positive definite: leading minors, both > 0", lambda: minors(tilted),
            [4, 23], "003 Hessian, l. 1018"),
        Row("S3-122", "so (0, 0) is a", lambda: at_origin(tilted)[0], "minimum",
            "003 Hessian, l. 1023"),
        Row("S3-122", "concave up: above its tangent planes",
            lambda: min(tilted(x, y) - linear_approximation(tilted, 1.0, 1.0)(x, y)
                for x in (-2.0, 0.0, 2.0) for y in (-2.0, 0.0, 2.0)) > 0,
            True, "003 Hessian, l. 1022"),
        Row("S3-123", "−2x² − 3y² − xy + 15: ∇f, a vector, as formulas and at (1, 1)",
            lambda: ([str(linear_approximation(partial(dome, k), 0.0, 0.0)) for k in (0, 1)],
                grad(dome)(1.0, 1.0)),
            (["−4·x − y", "−x − 6·y"], [-5, -7]), "003 Hessian, l. 1041"),
        Row("S3-123", "H, and f at (0, 0)",
            lambda: (hessian(dome)(0.0, 0.0), derivative(lambda t: dome(t, t), 0)(0.0)),
            ([[-4, -1], [-1, -6]], 15), "003 Hessian, l. 1037"),
        Row("S3-124", "det(H − λI) = λ² + 10λ + 23", lambda: characteristic(dome), [1, 10, 23],
            "003 Hessian, l. 1049"),
        Row("S3-124", "λ, both < 0: a maximum", lambda: at_origin(dome),
            ("maximum", [-6.414213562373095, -3.585786437626905]), "003 Hessian, l. 1049"),
        Row("S3-125", "2x² − 2y²: ∇f at (1, 1), H",
            lambda: (grad(saddle)(1.0, 1.0), hessian(saddle)(0.0, 0.0)),
            ([4, -4], [[4, 0], [0, -4]]), "003 Hessian, l. 1057"),
        Row("S3-125", "det(H − λI) = (4 − λ)(−4 − λ) = λ² − 16", lambda: characteristic(saddle),
            [1, 0, -16], "003 Hessian, l. 1061"),
        Row("S3-126", "λ = −4, +4: a saddle, for certain", lambda: at_origin(saddle),
            ("saddle", [-4, 4]), "003 Hessian, l. 1063"),
        Row("S3-126", "f at (0.1, 0), (0, 0), (0, 0.1)",
            lambda: [quadratic_approximation(saddle, 0.0, 0.0)(*at)
                for at in ((0.1, 0.0), (0.0, 0.0), (0.0, 0.1))],
            [0.02, 0, -0.02], "003 Hessian, l. 1063"),
    ],
    "Newton's method in two variables": [
        Row("S3-127", "x − f″⁻¹·f′ from 0.05, written out and by the method",
            lambda: (0.05 - derivative(hard, 2)(0.05) ** -1 * derivative(hard)(0.05),
                newton(hard, 0.05, 1)[1]),
            (0.09724764704478504,) * 2, "003 Newton 2, l. 1071"),
        Row("S3-127", "(4, 4) − H⁻¹·∇f, written out and by the method",
            lambda: (np.array([4.0, 4.0]) - linalg.dot(linalg.inv(hessian(quartic)(4.0, 4.0)),
                grad(quartic)(4.0, 4.0)), newton(quartic, (4.0, 4.0), 1)[1]),
            ([2.5827386641792285, 2.621288835830368],) * 2, "003 Newton 2, l. 1075"),
        Row("S3-128", "f(4, 4), with 0.8 y⁴", lambda: quartic(4.0, 4.0), 528,
            "003 Newton 2, l. 1081"),
        Row("S3-129", "4x³ + 8x − y − 0.4xy, 3.2y³ + 4y − x − 0.2x²: off by",
            lambda: off(grad(quartic), lambda x, y: (4 * x**3 + 8 * x - y - 0.4 * x * y,
                3.2 * y**3 + 4 * y - x - 0.2 * x**2)),
            0, "003 Newton 2, l. 1083"),
        Row("S3-129", "∇f(4, 4)", lambda: grad(quartic)(4.0, 4.0), [277.6, 213.6],
            "003 Newton 2, l. 1103"),
        Row("S3-130", "12x² + 8 − 0.4y, −1 − 0.4x, 9.6y² + 4: off by",
            lambda: off(hessian(quartic), lambda x, y: ((12 * x**2 + 8 - 0.4 * y, -1 - 0.4 * x),
                (-1 - 0.4 * x, 9.6 * y**2 + 4))),
            0, "003 Newton 2, l. 1087"),
        Row("S3-130", "H(4, 4)", lambda: hessian(quartic)(4.0, 4.0),
            [[198.4, -2.6], [-2.6, 157.6]], "003 Newton 2, l. 1103"),
        Row("S3-130", "H(0, 0), which the general one is called",
            lambda: hessian(quartic)(0.0, 0.0), [[8, -1], [-1, 4]], "003 Newton 2, l. 1095"),
        Row("S3-131", "the first step from (4, 4); printed (2.56, 2.62)",
            lambda: newton(quartic, (4.0, 4.0), 1)[1], [2.5827386641792285, 2.621288835830368],
            "003 Newton 2, l. 1107"),
        Row("S3-132", "∇f and H there",
            lambda: (grad(quartic)(2.5827386641792285, 2.621288835830368),
                hessian(quartic)(2.5827386641792285, 2.621288835830368)),
            ([84.24561488888052, 64.2044122773058], [[86.99795255502353, -2.0330954656716913],
                [-2.0330954656716913, 69.96308954414968]]),
            "003 Newton 2, l. 1111"),
        Row("S3-132", "∇f and H at (2.58, 2.62), the rounded point",
            lambda: (grad(quartic)(2.58, 2.62), hessian(quartic)(2.58, 2.62)),
            ([84.010208, 64.1198496], [[86.8288, -2.032], [-2.032, 69.89824]]),
            "003 Newton 2, l. 1111"),
        Row("S3-133", "the second step; printed (1.59, 1.67)",
            lambda: newton(quartic, (4.0, 4.0), 2)[2], [1.5922569140896436, 1.6748161076576502],
            "003 Newton 2, l. 1115"),
        Row("S3-133", "from the rounded point: H⁻¹∇f, and (2.58, 2.62) − H⁻¹∇f",
            lambda: (step_at(2.58, 2.62), newton(quartic, (2.58, 2.62), 1)[1]),
            ([0.9896795494664603, 0.9461021972014724], [1.5903204505335398, 1.6738978027985276]),
            "003 Newton 2, l. 1115"),
        Row("S3-134", "the third to the sixth", lambda: newton(quartic, (4.0, 4.0), 6)[3:],
            [[0.8705891680079106, 1.0018210705961592], [0.335194310717441, 0.4939762284264713],
                [0.041235850143326334, 0.1254590349261596],
                [0.00019466378462615065, 0.0030102867235147117]],
            "003 Newton 2, l. 1118", 1e-9),
        Row("S3-134", "steps until |x|, |y| < 1e-15", lambda: steps_until_zero(quartic, (4.0, 4.0),
            1e-15), 8, "003 Newton 2, l. 1118"),
        Row("S3-134", "the last zero: (0, 0) is a",
            lambda: (classify_stationary_point(quartic, 0.0, 0.0).kind,
                minimize(quartic, (4.0, 4.0), method="newton", tolerance=1e-12).stopped),
            ("minimum", "converged"), "003 Newton 2, l. 1118"),
    ],
    "Figures": [
        Reason("S3-135", "Two dozen lost pictures; docs/notes.md says which demo draws which."),
    ],
}
# fmt: on
ROWS = rows(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_row(row):
    check(row)


def test_every_item_is_here():
    check_covered(test_003_calculus.TABLE | test_003_networks.TABLE | TABLE, "S3", 135)


@pytest.mark.parametrize("erratum", ERRATA, ids=[e.id for e in ERRATA])
def test_erratum(erratum):
    check_erratum(erratum)


def test_every_erratum_is_here():
    wrong = (2, 17, 21, 23, 25, 26, 29, 33, 37, 39, 41, 43, 47, 56, 58, 59, 60, 61, 66, 67, 68)
    wrong += (70, 72, 83, 84, 85, 89, 91, 97, 98, 100, 102, 105, 107, 108, 110, 111, 112, 115, 119)
    wrong += (121, 123, 124, 125, 126, 128, 130, 131, 132, 133, 134)
    assert len(wrong) == 51
    assert [e.id for e in ERRATA] == [f"S3-{k:03}" for k in wrong]
    assert all(a.place <= b.place for a, b in pairwise(ERRATA))

"""Note 003, "Calculus", as a table that runs: derivatives, minima, gradient descent.

The items S3-001 … S3-072, pages 1 to 27; the others are in test_003_networks.py and
test_003_newton.py.  The expected numbers were worked out to 60 digits, elsewhere.
"""

import math

import numpy as np
import pytest

from autograd_lite import cbrt, cos, derivative, exp, grad, linalg, log, minimize, sin, sqrt
from autograd_lite.analysis import (
    classify_stationary_point,
    inverse_derivative,
    is_differentiable,
    limit,
    newton_root,
)
from autograd_lite.functional import (
    difference_quotient,
    directional_derivative,
    linear_approximation,
    partial,
    quadratic_approximation,
    tangent_plane,
)
from autograd_lite.nn import log_loss, log_loss_from_logit
from autograd_lite.train import accuracy
from tests.notes.functions_003 import (
    HAPPY,
    WORDS,
    E,
    L,
    bowl,
    cables,
    compound,
    cube,
    five_wells,
    g,
    hard,
    leaf,
    log_g,
    position,
    sauna,
    sentiment,
    square,
    walk,
)
from tests.notes.rows import Reason, Row, check, names, raised, rows
from tests.notes.test_000 import log_product, product

EULER, OMEGA, INF = 2.718281828459045, 0.5671432904097838, math.inf


def stairs(x):
    return 0 * x + 2 if x < -1 else x + 1


def both(f, x):
    """f(x) and f′(x)."""
    return derivative(f, 0)(x), derivative(f)(x)


def mood_loss(w1, w2, b, reduction=4):
    """The log loss of all sentences."""
    terms = [
        log_loss_from_logit(y, ya * w1 + na * w2 + b)
        for (ya, na), y in zip(WORDS, HAPPY, strict=True)
    ]
    return sum(terms[1:], terms[0]) / reduction


def well(k):
    """The stationary point of the five wells near k."""
    return newton_root(derivative(five_wells), k).root


def kinds(f, points):
    return [classify_stationary_point(f, x).kind for x in points]


def lowest(f, x0=0.0):
    found = minimize(f, x0, method="newton")
    return found.x, found.fun


def one_sided(f, x):
    found = is_differentiable(f, x)
    return found.kind, found.left, found.right


def ends(f, starts, **options):
    return [minimize(f, start, **options).x for start in starts]


def first_close(f, x0, target, lr):
    """The first step at which no coordinate is further than 1e-6 from the target."""
    distance = abs(walk(f, x0, lr, 3000) - np.array(target)).max(axis=1)
    return int(np.argmax(distance < 1e-6))


def off(f, printed, points):
    """The largest difference of ∇f and a printed gradient at some points."""
    return max(abs(grad(f)(*p) - np.array(printed(*p))).max() for p in points)


POINTS = [(0.5, 0.6), (1.0, 2.0), (5.0, 3.0), (-1.0, 7.0)]
AXES = [(0.0, 1.0), (0.0, 5.0), (1.0, 0.0), (5.0, 0.0)]
WELLS = [1.0151442989605188, 2.0100877662914503, 3.005041362347665, 4.0, 4.994958637652335]

# fmt: off
PROBLEMS = {
    "Two problems": [
        Row("S3-001", "A linear regression problem: m and b for (1, 2), (2, 5), (3, 3)",
            lambda: minimize(E, (0.0, 0.0), method="newton").x, [0.5, 7 / 3], "003 Models, l. 9"),
        Row("S3-002", "Ya and Na in each sentence", lambda: WORDS, [(3, 0), (0, 2), (2, 1), (1, 3)],
            "003 Models, l. 17"),
        Row("S3-002", "happy, sad, happy, sad", lambda: HAPPY, [1, 0, 1, 0], "003 Models, l. 17"),
        Row("S3-003", "mean log loss of w = 0, b = 0", lambda: sentiment(0)[1][0],
            0.6931471805599453, "003 Models, l. 15"),
        Row("S3-003", "its gradient, of the mean and of the sum",
            lambda: [grad(lambda *w, n=n: mood_loss(*w, n))(0.0, 0.0, 0.0) for n in (4, 1)],
            [[-0.5, 0.5, 0], [-2, 2, 0]], "003 Models, l. 15"),
        Row("S3-003", "w_Ya, w_Na, b after 1, 2, 3 steps, α = 0.1",
            lambda: [list(sentiment(k)[0].state_dict().values()) for k in (1, 2, 3)],
            [[0.05, -0.05, 0],
                [0.09719237146198177, -0.09719003647723776, 7.783282480019773e-07],
                [0.14176075009724104, -0.14174177466638588, 6.329962508586033e-06]],
            "003 Models, l. 15", 1e-11),
        Row("S3-003", "after 10 and 100",
            lambda: [list(sentiment(k)[0].state_dict().values()) for k in (10, 100)],
            [[0.3954529627249442, -0.39347183744089054, 0.0006670734272893104],
                [1.5191947799363414, -1.3656705211295868, 0.056297818262440194]],
            "003 Models, l. 15"),
        Row("S3-003", "the loss after 1, 2, 3, 10, 100",
            lambda: [sentiment(100)[1][k] for k in (1, 2, 3, 10, 100)],
            [0.6445525039874901, 0.6012562419706458, 0.5626391270394725, 0.3828624257493457,
                0.07928253906779682],
            "003 Models, l. 15"),
        Row("S3-003", "ŷ of each sentence after 100",
            lambda: [sentiment(100)[0](x).data for x in WORDS],
            [0.9901840493857407, 0.0644621590880597, 0.8492866222850702, 0.07436332197805809],
            "003 Models, l. 15"),
        Row("S3-003", "sentences classified rightly after 0, 1, 2 steps",
            lambda: [4 * accuracy(WORDS, HAPPY, predict=sentiment(k)[0]) for k in (0, 1, 2)],
            [2, 4, 4], "003 Models, l. 15"),
        Row("S3-003", "a line separates them: as w = (t, −t) grows, the loss goes to 0 …",
            lambda: limit(lambda t: mood_loss(t, -t, 0.0), INF), 0, "003 Models, l. 15"),
        Row("S3-003", "… and falls in every step, with no minimum",
            lambda: bool((np.diff(sentiment(100)[1]) < 0).all()), True, "003 Models, l. 15"),
        Reason("S3-004", "A list of concepts and of two models."),
    ],
    "Derivative": [
        Row("S3-005", "Δx/Δt of x = t³ − 2t on [2, 2.1] and [2, 2.001]",
            lambda: [difference_quotient(position, 2.0, dt) for dt in (0.1, 0.001)],
            [10.61, 10.006001], "003 Derivative, l. 45"),
        Row("S3-005", "Δx/Δt → dx/dt",
            lambda: limit(lambda t: (position(t) - 4) / (t - 2), 2.0), 10,
            "003 Derivative, l. 47"),
        Row("S3-006", "the instantaneous velocity at t = 2", lambda: derivative(position)(2.0), 10,
            "003 Derivative, l. 43"),
        Row("S3-007", "the slope of the tangent of x² at 3",
            lambda: float(linear_approximation(square, 3.0).gradient), 6, "003 Derivative, l. 52"),
        Row("S3-007", "the tangent", lambda: str(linear_approximation(square, 3.0)),
            "9 + 6·(x − 3)", "003 Derivative, l. 52"),
        Row("S3-008", "f′(2) of x³ (Lagrange)", lambda: derivative(cube)(2.0), 12,
            "003 Derivative, l. 64"),
        Row("S3-008", "dy/dx of x³ at 2 (Leibniz), pushed back from y", lambda: leaf(cube, 2.0),
            [12], "003 Derivative, l. 68"),
        Row("S3-009", "f = 7 at 3", lambda: both(lambda x: 7.0, 3.0), (7, 0),
            "003 Derivative, l. 74"),
        Row("S3-010", "f = 3x + 5 at 2", lambda: both(lambda x: 3 * x + 5, 2.0), (11, 3),
            "003 Derivative, l. 78"),
        Row("S3-011", "f = x² at 3", lambda: both(square, 3.0), (9, 6), "003 Derivative, l. 83"),
        Row("S3-012", "f = x³ at 2", lambda: both(cube, 2.0), (8, 12), "003 Derivative, l. 88"),
        Row("S3-013", "f = 1/x = x⁻¹ at 2",
            lambda: [both(f, 2.0) for f in (lambda x: 1 / x, lambda x: x**-1)],
            [(0.5, -0.25)] * 2, "003 Derivative, l. 94"),
        Row("S3-014", "xⁿ: x⁵ at 1.5", lambda: both(lambda x: x**5, 1.5), (7.59375, 25.3125),
            "003 Derivative, l. 100"),
        Row("S3-014", "x⁻² at 2, x^½ at 4, x^⅓ at 8",
            lambda: [both(lambda x, n=n: x**n, a)
                for n, a in ((-2, 2.0), (0.5, 4.0), (1 / 3, 8.0))],
            [(0.25, -0.25), (2, 0.25), (2, 0.08333333333333333)], "003 Derivative, l. 100"),
        Row("S3-014", "x¹ and x² at 0", lambda: [both(lambda x, n=n: x**n, 0.0) for n in (1, 2)],
            [(0, 1), (0, 0)], "003 Derivative, l. 100"),
    ],
    "Inverse function": [
        Row("S3-015", "g(f(3)), f = x² and g = √", lambda: sqrt(square(3.0)), 3,
            "003 Inverse function, l. 105"),
        Row("S3-015", "for x > 0 only: g(f(−3))", lambda: sqrt(square(-3.0)), 3,
            "003 Inverse function, l. 105"),
        Row("S3-015", "g(9), as the zero of f(x) − 9 above 0",
            lambda: newton_root(lambda x: square(x) - 9, 1.0).root, 3,
            "003 Inverse function, l. 109"),
        Row("S3-016", "g = √y: g′ at 4 and 2", lambda: [derivative(sqrt)(y) for y in (4.0, 2.0)],
            [0.25, 0.35355339059327376], "003 Inverse function, l. 117"),
        Row("S3-017", "f′(3) and g′(f(3))",
            lambda: (derivative(square)(3.0), inverse_derivative(square, x=3.0)), (6, 1 / 6),
            "003 Inverse function, l. 120"),
        Row("S3-017", "f′(0) = 0: g has no slope at 0",
            lambda: raised(lambda: inverse_derivative(square, x=0.0)), "ZeroDivisionError",
            "003 Inverse function, l. 120"),
        Row("S3-017", "√′(9)", lambda: derivative(sqrt)(9.0), 0.16666666666666666,
            "003 Inverse function, l. 120"),
    ],
    "Trigonometry": [
        Row("S3-018", "sin and sin′ = cos at 0.7", lambda: both(sin, 0.7),
            (0.644217687237691, 0.7648421872844884), "003 Inverse function, l. 125"),
        Row("S3-019", "cos and cos′ = −sin at 0.7", lambda: both(cos, 0.7),
            (0.7648421872844884, -0.644217687237691), "003 Inverse function, l. 129"),
    ],
    "Euler's number": [
        Row("S3-020", "e, printed 2.71828182", lambda: exp(1.0), EULER, "003 Euler, l. 134"),
        Row("S3-020", "as the limit of (1 + 1/n)ⁿ", lambda: limit(compound, INF), EULER,
            "003 Euler, l. 134"),
        Row("S3-021", "(1 + 1/n)ⁿ, n = 1, 10, 100, 1000",
            lambda: [derivative(compound, 0)(n) for n in (1, 10, 100, 1000)],
            [2, 2.5937424601, 2.7048138294215263, 2.7169239322358925], "003 Euler, l. 136"),
        Row("S3-022", "(eˣ)′ at 1 and −1", lambda: [derivative(exp)(x) for x in (1.0, -1.0)],
            [EULER, 0.36787944117144233], "003 Euler, l. 140"),
    ],
    "Logarithm": [
        Row("S3-023", "e^? = 3", lambda: newton_root(lambda x: exp(x) - 3, 1.0).root,
            1.0986122886681098, "003 Logarithm, l. 150"),
        Row("S3-023", "log(3), the natural one", lambda: log(3.0), 1.0986122886681098,
            "003 Logarithm, l. 150"),
        Row("S3-024", "e^(log 3), log(e^2.5)", lambda: (exp(log(3.0)), log(exp(2.5))), (3, 2.5),
            "003 Logarithm, l. 162"),
        Row("S3-025", "1/f′(f⁻¹(y)): eˣ, y = 3; sin, y = sin 0.5",
            lambda: (inverse_derivative(exp, y=3.0, near=1.0),
                inverse_derivative(sin, y=0.479425538604203, near=0.4)),
            (0.3333333333333333, 1.139493927324549), "003 Logarithm, l. 168"),
        Row("S3-026", "d/dy log(y) = 1/e^log(y) at 3, by the rule and by log",
            lambda: (inverse_derivative(exp, x=log(3.0)), derivative(log)(3.0)), (1 / 3, 1 / 3),
            "003 Logarithm, l. 173"),
    ],
    "Non-differentiable functions": [
        Row("S3-027", "|x| at 0", lambda: one_sided(abs, 0.0), ("corner", -1, 1),
            "003 Non-differentiable, l. 180"),
        Row("S3-027", "quotients of |x| at 0, h = ∓0.001",
            lambda: [difference_quotient(abs, 0.0, h) for h in (-0.001, 0.001)], [-1, 1],
            "003 Non-differentiable, l. 182"),
        Row("S3-028", "corner, cusp; jump discontinuity; vertical tangent",
            lambda: [is_differentiable(f, x).kind for f, x in ((abs, 0.0),
                (lambda x: cbrt(x) ** 2, 0.0), (stairs, -1.0), (cbrt, 0.0))],
            ["corner", "cusp", "jump", "vertical tangent"], "003 Non-differentiable, l. 190"),
    ],
    "Properties of derivative": [
        Row("S3-029", "c·g: 5 sin x at 0.7", lambda: both(lambda x: 5 * sin(x), 0.7),
            (3.221088436188455, 3.824210936422442), "003 Properties, l. 198"),
        Row("S3-030", "g + h: sin x + x² at 0.7, and g′ + h′",
            lambda: (derivative(lambda x: sin(x) + x**2)(0.7),
                derivative(sin)(0.7) + derivative(square)(0.7)),
            (2.1648421872844883, 2.1648421872844883), "003 Properties, l. 211"),
        Row("S3-031", "2x + x² at 3", lambda: both(lambda x: 2 * x + x**2, 3.0), (15, 8),
            "003 Properties, l. 211"),
        Row("S3-031", "2 + 2x, at any x",
            lambda: str(linear_approximation(derivative(lambda x: 2 * x + x**2), 0.0)), "2 + 2·x",
            "003 Properties, l. 211"),
        Row("S3-032", "g·h: x·eˣ at 1, and g′h + gh′",
            lambda: (derivative(lambda x: x * exp(x))(1.0),
                derivative(lambda x: x)(1.0) * exp(1.0) + 1.0 * derivative(exp)(1.0)),
            (5.43656365691809, 5.43656365691809), "003 Properties, l. 223"),
        Row("S3-033", "x·eˣ at 0.5", lambda: both(lambda x: x * exp(x), 0.5),
            (0.8243606353500641, 2.4730819060501923), "003 Properties, l. 227"),
        Row("S3-034", "g(h(t)): sin(t²) at 1.3, and g′(h)·h′",
            lambda: (derivative(lambda t: sin(t**2))(1.3),
                derivative(sin)(1.3**2) * derivative(square)(1.3)),
            (-0.30919608017119193, -0.30919608017119193), "003 Properties, l. 231"),
        Row("S3-035", "f(g(h(t))): sin(e^(t²)) at 0.5", lambda: both(lambda t: sin(exp(t**2)), 0.5),
            (0.9591622435375395, 0.36319491480172617), "003 Properties, l. 236"),
        Row("S3-035", "f′(g(h))·g′(h)·h′",
            lambda: derivative(sin)(exp(0.25)) * derivative(exp)(0.25) * derivative(square)(0.5),
            0.36319491480172617, "003 Properties, l. 238"),
        Row("S3-036", "e^(2x)·2 at 0.5 and 1",
            lambda: [derivative(lambda x: exp(2 * x))(x) for x in (0.5, 1.0)],
            [5.43656365691809, 14.7781121978613], "003 Properties, l. 244"),
    ],
}

MINIMA = {
    "Local and global minima": [
        Row("S3-037", "A, B, C, D, E of (x − 4)²/10 − cos 2πx",
            lambda: [well(k) for k in range(1, 6)], WELLS, "003 Optimisation, l. 248"),
        Row("S3-037", "each of them, E too, is a minimum",
            lambda: kinds(five_wells, map(well, range(1, 6))), ["minimum"] * 5,
            "003 Optimisation, l. 253"),
        Row("S3-037", "between them: maxima",
            lambda: kinds(five_wells, [well(k + 0.5) for k in range(1, 5)]), ["maximum"] * 4,
            "003 Optimisation, l. 253"),
        Row("S3-037", "the global one is D",
            lambda: "ABCDE"[int(np.argmin([five_wells(well(k)) for k in range(1, 6)]))], "D",
            "003 Optimisation, l. 250"),
        Row("S3-037", "x⁴ − 4x² + x: where it is flat",
            lambda: [newton_root(derivative(lambda x: x**4 - 4 * x**2 + x), x).root
                for x in (-1.5, 0.0, 1.5)],
            [-1.4729976011140302, 0.1260001925862561, 1.346997408527774],
            "003 Optimisation, l. 248"),
        Row("S3-037", "f there: a global minimum, a maximum, a local minimum",
            lambda: [derivative(lambda x: x**4 - 4 * x**2 + x, 0)(x)
                for x in (-1.4729976011140302, 0.1260001925862561, 1.346997408527774)],
            [-5.444192066610897, 0.06274804737614482, -2.6185559807652474],
            "003 Optimisation, l. 250"),
    ],
    "Power lines, square loss": [
        Row("S3-038", "lines to 1 and 4: x = (a + b)/2, and the cost", lambda: lowest(cables(1, 4)),
            (2.5, 4.5), "003 Power lines, l. 281"),
        Row("S3-038", "the slope 4x − 2a − 2b",
            lambda: str(linear_approximation(derivative(cables(1, 4)), 0.0)), "−10 + 4·x",
            "003 Power lines, l. 279"),
        Row("S3-039", "to 1, 4 and 10: x = (a + b + c)/3", lambda: lowest(cables(1, 4, 10)),
            (5, 42), "003 Power lines, l. 297"),
        Row("S3-039", "the slope 6x − 2(a + b + c)",
            lambda: str(linear_approximation(derivative(cables(1, 4, 10)), 0.0)), "−30 + 6·x",
            "003 Power lines, l. 293"),
        Row("S3-040", "to 1, 4, 10, 3.5, −2: the mean",
            lambda: lowest(cables(1, 4, 10, 3.5, -2)), (3.3, 78.8), "003 Square loss, l. 303"),
        Row("S3-040", "as the zero of the slope",
            lambda: newton_root(derivative(cables(1, 4, 10, 3.5, -2)), 0.0).root, 3.3,
            "003 Square loss, l. 303"),
        Row("S3-040", "by gradient descent",
            lambda: minimize(cables(1, 4, 10, 3.5, -2), 0.0, lr=0.09, tolerance=1e-12).x, 3.3,
            "003 Square loss, l. 303"),
    ],
    "Log loss": [
        Row("S3-041", "d/dP of P⁷(1 − P)³ at 0.5 and 0.7",
            lambda: [derivative(g)(p) for p in (0.5, 0.7)], [0.0078125, 0], "003 Log loss, l. 312"),
        Row("S3-041", "7P⁶(1 − P)³ + P⁷·3(1 − P)²(−1) at 0.5, term by term",
            lambda: [derivative(lambda p: p**7 * 0.5**3)(0.5),
                derivative(lambda p: 0.5**7 * (1 - p) ** 3)(0.5)],
            [0.013671875, -0.005859375], "003 Log loss, l. 314"),
        Row("S3-041", "what is left over P⁶(1 − P)²: 7 − 10P at 0.2, 0.5, 0.8",
            lambda: [derivative(g)(p) / (p**6 * (1 - p) ** 2) for p in (0.2, 0.5, 0.8)],
            [5, 2, -1], "003 Log loss, l. 316"),
        Row("S3-041", "P = 0.7", lambda: minimize(lambda p: -g(p), 0.6, method="newton",
            tolerance=1e-15).x, 0.7, "003 Log loss, l. 318"),
        Row("S3-042", "P of heads, seven of ten",
            lambda: newton_root(derivative(log_g), 0.5).root, 0.7, "003 Log loss, l. 310"),
        Row("S3-042", "P of tails, three of ten",
            lambda: newton_root(derivative(lambda q: log_g(1 - q)), 0.5).root, 0.3,
            "003 Log loss, l. 310"),
        Row("S3-043", "G(0.7) = 7 log P + 3 log(1 − P)", lambda: derivative(log_g, 0)(0.7),
            -6.108643020548935, "003 Log loss, l. 328"),
        Row("S3-043", "log(g(0.7)), as a product", lambda: log(derivative(g, 0)(0.7)),
            -6.108643020548935, "003 Log loss, l. 324"),
        Row("S3-043", "−G is the log loss of seven ones and three zeros",
            lambda: sum(log_loss(y, 0.7).data for y in [1] * 7 + [0] * 3), 6.108643020548935,
            "003 Log loss, l. 305"),
        Row("S3-044", "G′ at 0.5, 0.2, 0.7",
            lambda: [derivative(log_g)(p) for p in (0.5, 0.2, 0.7)], [8, 31.25, 0],
            "003 Log loss, l. 332"),
        Row("S3-044", "(7(1 − P) − 3P)/(P(1 − P)): the upper half",
            lambda: [derivative(log_g)(p) * p * (1 - p) for p in (0.5, 0.2)], [2, 5],
            "003 Log loss, l. 334"),
        Row("S3-044", "G′(P) = 0", lambda: newton_root(derivative(log_g), 0.5).root, 0.7,
            "003 Log loss, l. 342"),
        Row("S3-044", "a maximum", lambda: kinds(log_g, [0.7]), ["maximum"],
            "003 Log loss, l. 320"),
        Row("S3-045", "p⁶(1 − p)²(3 − p)⁹(p − 4)¹³(10 − p)⁵⁰⁰: (log |f|)′ at 6.5, a sum",
            lambda: derivative(log_product)(6.5), -133.799000999001, "003 Log loss, l. 346"),
        Row("S3-045", "f′/f, of the product",
            lambda: derivative(product)(6.5) / derivative(product, 0)(6.5), -133.799000999001,
            "003 Log loss, l. 344"),
        Row("S3-045", "a thousand times ten tosses, P = 0.7: the product is 0, the sum is not",
            lambda: (derivative(lambda p: g(p) ** 1000, 0)(0.7) == 0,
                derivative(lambda p: 1000 * log_g(p), 0)(0.7)),
            (True, -6108.643020548935), "003 Log loss, l. 346"),
    ],
    "Tangent planes": [
        Row("S3-046", "z of x² + y² at (2, 3) and (2, 4)",
            lambda: [str(tangent_plane(bowl, 2.0, y)) for y in (3.0, 4.0)],
            ["13 + 4·(x − 2) + 6·(y − 3)", "20 + 4·(x − 2) + 8·(y − 4)"],
            "003 Tangent planes, l. 349"),
        Row("S3-046", "in powers of x and y",
            lambda: [str(linear_approximation(tangent_plane(bowl, 2.0, y), 0.0, 0.0))
                for y in (3.0, 4.0)],
            ["−13 + 4·x + 6·y", "−20 + 4·x + 8·y"], "003 Tangent planes, l. 349"),
    ],
    "Partial derivative": [
        Row("S3-047", "y = 4 fixed: d/dx f(x, 4) at 2",
            lambda: derivative(lambda x: bowl(x, 4.0))(2.0), 4, "003 Partial derivative, l. 357"),
        Row("S3-048", "x = 2 fixed: d/dy f(2, y) at 4",
            lambda: derivative(lambda y: bowl(2.0, y))(4.0), 8, "003 Partial derivative, l. 361"),
        Row("S3-049", "a slope of a slice is the partial derivative: the sauna at (1, 2)",
            lambda: [(partial(sauna, 0)(1.0, 2.0), derivative(lambda x: sauna(x, 2.0))(1.0)),
                (partial(sauna, 1)(1.0, 2.0), derivative(lambda y: sauna(1.0, y))(2.0))],
            [(-1.6, -1.6), (-0.6666666666666666, -0.6666666666666666)],
            "003 Partial derivative, l. 363"),
        Row("S3-050", "3x²y³: 6y³x and 9x²y² at (1, 2)",
            lambda: [partial(lambda x, y: 3 * x**2 * y**3, k)(1.0, 2.0) for k in (0, 1)], [48, 36],
            "003 Partial derivative, l. 370"),
    ],
    "Gradient": [
        Row("S3-051", "∇f = [2x, 2y] at (2, 3): a vector of both",
            lambda: (grad(bowl)(2.0, 3.0), grad(bowl)(2.0, 3.0).shape), ([4, 6], (2,)),
            "003 Gradient, l. 380"),
        Row("S3-052", "the slopes of the two tangent lines in the plane at (2, 3)",
            lambda: [tangent_plane(bowl, 2.0, 3.0)(*at) - 13 for at in ((3.0, 3.0), (2.0, 4.0))],
            [4, 6], "003 Gradient, l. 389"),
        Row("S3-052", "the tangent lines of the slices",
            lambda: [str(linear_approximation(f, a))
                for f, a in ((lambda x: bowl(x, 3.0), 2.0), (lambda y: bowl(2.0, y), 3.0))],
            ["13 + 4·(x − 2)", "13 + 6·(x − 3)"], "003 Gradient, l. 389"),
        Row("S3-053", "∇f at (2, 3), and pushed back from f",
            lambda: (grad(bowl)(2.0, 3.0), leaf(bowl, 2.0, 3.0)), ([4, 6], [4, 6]),
            "003 Gradient, l. 405"),
        Row("S3-054", "the tangent plane at the minimum: parallel to the floor",
            lambda: (str(tangent_plane(bowl, 0.0, 0.0)), tangent_plane(bowl, 0.0, 0.0)(5.0, -7.0)),
            ("0", 0), "003 Gradient, l. 409"),
        Row("S3-054", "necessary, not enough: so it is at a saddle",
            lambda: (str(tangent_plane(lambda x, y: x**2 - y**2, 0.0, 0.0)),
                classify_stationary_point(lambda x, y: x**2 - y**2, 0.0, 0.0).kind),
            ("0", "saddle"), "003 Gradient, l. 411"),
        Row("S3-055", "2x = 0 and 2y = 0: where, and f there",
            lambda: (minimize(bowl, (2.0, 3.0), method="newton").x,
                minimize(bowl, (2.0, 3.0), method="newton").fun),
            ([0, 0], 0), "003 Gradient, l. 419"),
    ],
}

SAUNA = {
    "The sauna": [
        Row("S3-056", "T at (0.5, 0.6)", lambda: sauna(0.5, 0.6), 84.9703, "003 Sauna, l. 421"),
        Row("S3-057", "∇T at (0.5, 0.6) and (1, 2)",
            lambda: [grad(sauna)(*at) for at in ((0.5, 0.6), (1.0, 2.0))],
            [[-0.1134, -0.0935], [-1.6, -0.6666666666666666]], "003 Sauna, l. 425"),
        Row("S3-057", "−x(3x − 12)y²(y − 6)/90 and −x²(x − 6)y(3y − 12)/90: off by",
            lambda: off(sauna, lambda x, y: (-x * (3 * x - 12) * y**2 * (y - 6) / 90,
                -(x**2) * (x - 6) * y * (3 * y - 12) / 90), POINTS),
            0, "003 Sauna, l. 427"),
        Row("S3-058", "T_x on x = 0, x = 4, y = 0, y = 6",
            lambda: [partial(sauna, 0)(*at) for at in ((0, 3), (4, 3), (3, 0), (3, 6))],
            [0, 0, 0, 0], "003 Sauna, l. 431"),
        Row("S3-058", "T_y on x = 0, x = 6, y = 0, y = 4, the four listed",
            lambda: [partial(sauna, 1)(*at) for at in ((0, 3), (6, 3), (3, 0), (3, 4))],
            [0, 0, 0, 0], "003 Sauna, l. 437"),
        Row("S3-058", "both: on the whole axes, T = 85; ∇T at (0, 1), (0, 5), (1, 0), (5, 0)",
            lambda: [(sauna(*at), grad(sauna)(*at)) for at in AXES], [(85, [0, 0])] * 4,
            "003 Sauna, l. 437"),
        Row("S3-058", "there the second derivatives tell nothing",
            lambda: [classify_stationary_point(sauna, *at).kind for at in AXES],
            ["inconclusive"] * 4, "003 Sauna, l. 437"),
        Row("S3-058", "and at (4, 4): ∇T, T, λ",
            lambda: (grad(sauna)(4.0, 4.0), sauna(4.0, 4.0),
                classify_stationary_point(sauna, 4.0, 4.0).eigenvalues),
            ([0, 0], 73.62222222222222, [4.266666666666667] * 2), "003 Sauna, l. 429"),
        Row("S3-058", "a minimum", lambda: classify_stationary_point(sauna, 4.0, 4.0).kind,
            "minimum", "003 Sauna, l. 429"),
        Row("S3-058", "and at (6, 6), outside of the room: ∇T, λ, a saddle",
            lambda: (grad(sauna)(6.0, 6.0), classify_stationary_point(sauna, 6.0, 6.0).eigenvalues,
                classify_stationary_point(sauna, 6.0, 6.0).kind),
            ([0, 0], [-14.4, 14.4], "saddle"), "003 Sauna, l. 429"),
        Row("S3-058", "from nine places inside the room: to (4, 4)",
            lambda: ends(sauna, [(x, y) for x in (1.0, 2.5, 4.5) for y in (1.0, 2.5, 4.5)],
                lr=0.05, tolerance=1e-12),
            [[4, 4]] * 9, "003 Sauna, l. 429"),
    ],
    "Linear regression": [
        Row("S3-059", "E(m, b), x for m and y for b",
            lambda: str(quadratic_approximation(E, 0.0, 0.0)),
            "38 − 42·x − 20·y + 14·x^2 + 12·x·y + 3·y^2", "003 Linear regression, l. 439"),
        Row("S3-059", "E at (0, 0), (½, 7/3), (1, 1)",
            lambda: [E(0.0, 0.0), E(1 / 2, 7 / 3), E(1.0, 1.0)], [38, 4.166666666666667, 5],
            "003 Linear regression, l. 439"),
        Row("S3-060", "E_m and E_b, x for m and y for b",
            lambda: [str(linear_approximation(partial(E, k), 0.0, 0.0)) for k in (0, 1)],
            ["−42 + 28·x + 12·y", "−20 + 12·x + 6·y"], "003 Linear regression, l. 441"),
        Row("S3-060", "at (0, 0) and (1, 1)", lambda: [grad(E)(a, a) for a in (0.0, 1.0)],
            [[-42, -20], [-2, -2]], "003 Linear regression, l. 441"),
        Row("S3-061", "2 E_b − E_m: b is gone",
            lambda: str(linear_approximation(lambda m, b: 2 * partial(E, 1)(m, b)
                - partial(E, 0)(m, b), 0.0, 0.0)),
            "2 − 4·x", "003 Linear regression, l. 449"),
        Row("S3-062", "m = 1/2, b = 7/3",
            lambda: linalg.solve(quadratic_approximation(E, 0.0, 0.0).hessian,
                -grad(E)(0.0, 0.0)),
            [0.5, 2.3333333333333335], "003 Linear regression, l. 453"),
        Row("S3-062", "E there, printed 4.167",
            lambda: minimize(E, (0.0, 0.0), method="newton").fun, 4.166666666666667,
            "003 Linear regression, l. 455"),
    ],
    "Gradient descent": [
        Row("S3-063", "eˣ − 1/x = 0, printed 0.5671",
            lambda: newton_root(derivative(hard), 0.5).root, OMEGA, "003 Gradient descent, l. 469"),
        Row("S3-063", "eˣ = 1/x there", lambda: exp(OMEGA) - 1 / OMEGA, 0,
            "003 Gradient descent, l. 467"),
        Row("S3-064", "x₁ = x₀ − α f′(x₀), x₀ = 0.05, α = 0.005",
            lambda: walk(hard, 0.05, 0.005, 1)[1], 0.14474364451811988,
            "003 Gradient descent, l. 475"),
        Row("S3-065", "x_k = x_{k−1} − α f′(x_{k−1})", lambda: walk(hard, 0.05, 0.005, 3)[1:],
            [0.14474364451811988, 0.1735087592998671, 0.19637839272461702],
            "003 Gradient descent, l. 485"),
        Row("S3-065", "until close enough: |f′| < 1e-10 after so many steps",
            lambda: minimize(hard, 0.05, lr=0.005, tolerance=1e-10).nit, 943,
            "003 Gradient descent, l. 489"),
        Row("S3-066", "f′(0.05), printed −18.9", lambda: derivative(hard)(0.05),
            -18.948728903623977, "003 Gradient descent, l. 495"),
        Row("S3-066", "f′(x₁); f′(0.1447), printed −5.7552",
            lambda: (derivative(hard)(walk(hard, 0.05, 0.005, 1)[1]), derivative(hard)(0.1447)),
            (-5.753022956349439, -5.7551572241407305), "003 Gradient descent, l. 501"),
        Row("S3-066", "x₂, and from 0.1447; both printed 0.1735",
            lambda: (walk(hard, 0.05, 0.005, 2)[2], walk(hard, 0.1447, 0.005, 1)[1]),
            (0.1735087592998671, 0.17347578612070366), "003 Gradient descent, l. 503"),
        Row("S3-067", "(x₀, y₀) − α∇f: x² + y² from (2, 3), α = 0.1",
            lambda: walk(bowl, (2.0, 3.0), 0.1, 1)[1], [1.6, 2.4], "003 Gradient descent, l. 513"),
        Row("S3-067", "f along ∇f and along −∇f: up and down by |∇f|²",
            lambda: [directional_derivative(bowl, s * grad(bowl)(2.0, 3.0))(2.0, 3.0)
                for s in (1, -1)],
            [52, -52], "003 Gradient descent, l. 509"),
        Row("S3-068", "∇T(0.5, 0.6)", lambda: grad(sauna)(0.5, 0.6), [-0.1134, -0.0935],
            "003 Gradient descent, l. 531"),
        Row("S3-068", "x₁, y₁, printed 0.5057, 0.6047; two more steps",
            lambda: walk(sauna, (0.5, 0.6), 0.05, 3)[1:],
            [[0.50567, 0.604675], [0.511479536604329, 0.609482300079554],
                [0.5174343884320833, 0.6144275435388192]],
            "003 Gradient descent, l. 539"),
        Row("S3-069", "many times: after 10, 50, 100 steps",
            lambda: walk(sauna, (0.5, 0.6), 0.05, 100)[[10, 50, 100]],
            [[0.5637489770798096, 0.6534561659363534], [1.2876155028421914, 1.325053573996534],
                [3.9992731805214032, 3.9992805980608632]],
            "003 Gradient descent, l. 546"),
        Row("S3-069", "steps until (4, 4) is within 1e-6",
            lambda: first_close(sauna, (0.5, 0.6), (4, 4), 0.05), 128,
            "003 Gradient descent, l. 546"),
        Row("S3-069", "from the wall, (0, 3): it never moves",
            lambda: (minimize(sauna, (0.0, 3.0), lr=0.05).x,
                minimize(sauna, (0.0, 3.0), lr=0.05).fun),
            ([0, 3], 85),
            "003 Gradient descent, l. 546"),
    ],
    "Linear regression: gradient descent": [
        Row("S3-070", "∇E at (0, 0), and its eigenvalues",
            lambda: (grad(E)(0.0, 0.0), np.linalg.eigvalsh(quadratic_approximation(E, 0.0,
                0.0).hessian)),
            ([-42, -20], [0.7211794039002936, 33.278820596099706]),
            "003 Regression by descent, l. 550"),
        Row("S3-070", "(m, b) on E after 1, 2, 3 steps, α = 0.01",
            lambda: walk(E, (0.0, 0.0), 0.01, 3)[1:],
            [[0.42, 0.2], [0.6984, 0.3376], [0.882336, 0.433536]],
            "003 Regression by descent, l. 565"),
        Row("S3-070", "after 10, 100, 1000",
            lambda: walk(E, (0.0, 0.0), 0.01, 1000)[[10, 100, 1000]],
            [[1.2021960436749726, 0.6764085645120952], [0.8777177012567315, 1.4746922159538696],
                [0.5005599066720117, 2.3320605338619695]],
            "003 Regression by descent, l. 565"),
        Row("S3-070", "steps until the solution is within 1e-6",
            lambda: first_close(E, (0.0, 0.0), (1 / 2, 7 / 3), 0.01), 1988,
            "003 Regression by descent, l. 565"),
        Row("S3-070", "some random points to start from, of seeds 0, 1, 2: all to one line",
            lambda: ends(E, [np.random.default_rng(k).uniform(-5, 5, 2).tolist() for k in range(3)],
                lr=0.05, max_steps=1500, tolerance=1e-13),
            [[0.5, 7 / 3]] * 3, "003 Regression by descent, l. 561"),
        Row("S3-070", "stable below α = 2/λ",
            lambda: 2 / classify_stationary_point(E, 0.5, 7 / 3).eigenvalues[-1],
            0.0600982836583578, "003 Regression by descent, l. 565"),
        Row("S3-070", "α = 0.060 comes down, 0.0602 goes up",
            lambda: [E(*walk(E, (0.0, 0.0), lr, 2000)[-1]) < 38 for lr in (0.06, 0.0602)],
            [True, False], "003 Regression by descent, l. 565"),
        Row("S3-071", "L at (0, 0)", lambda: L(0.0, 0.0).data, 6.333333333333333,
            "003 Regression by descent, l. 574"),
        Row("S3-071", "∇L there, and ∇E over 2n = 6",
            lambda: (grad(L)(0.0, 0.0), grad(E)(0.0, 0.0) / 6),
            ([-7, -3.3333333333333335],) * 2, "003 Regression by descent, l. 574"),
        Row("S3-072", "on L, α = 0.1", lambda: walk(L, (0.0, 0.0), 0.1, 3),
            [[0, 0], [0.7, 0.3333333333333333], [1.0066666666666666, 0.49333333333333335],
                [1.1382222222222222, 0.576]],
            "003 Regression by descent, l. 578"),
        Row("S3-072", "on E with α/6: the same",
            lambda: walk(E, (0.0, 0.0), 0.1 / 6, 3)[3], [1.1382222222222222, 0.576],
            "003 Regression by descent, l. 578"),
    ],
}
# fmt: on
TABLE = PROBLEMS | MINIMA | SAUNA
ROWS = rows(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_row(row):
    check(row)

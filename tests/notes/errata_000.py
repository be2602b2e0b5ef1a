"""What is wrong in note 000 as printed, with witnesses, in the order of its lines."""

from math import comb

import numpy as np

from autograd_lite import DomainError, cos, derivative, grad, log, minimize, sqrt
from autograd_lite.analysis import classify_stationary_point, inverse_derivative, limit, newton_root
from autograd_lite.functional import curvature
from autograd_lite.nn import Perceptron, half_mean_squared_error, half_squared_error
from tests.notes.rows import Erratum, raised

X, Y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 5.0, 3.0])


def square(x):
    return x**2


def quartic(x):
    return x**4


def cost(m, b):
    return half_mean_squared_error(Y, m * X + b)


def as_printed(m, b):
    """000 §2.5 read literally: 2m below, and no b in the last bracket."""
    inside = [*(m * X[:2] + b - Y[:2]), m * X[2] - Y[2]]
    return sum(r**2 for r in inside) / (2 * m)


def output(activation):
    """ŷ of the notes' perceptron at one sample, with or without a sigmoid."""
    net = Perceptron(2, activation)
    net.load_state_dict({"w1": 0.5, "w2": 0.25, "b": 0.1})
    return net([1.5, -2.0]).data


def fitted():
    """ŷ of the perceptron of §3.1.1 trained on its sample, whose y is 2."""
    net = Perceptron(2)
    net.load_state_dict({"w1": 0.5, "w2": 0.25, "b": 0.1})

    def loss(w1, w2, b):
        return half_squared_error(2, 1.5 * w1 - 2.0 * w2 + b)

    w1, w2, b = minimize(loss, (0.5, 0.25, 0.1), lr=0.1, tolerance=1e-14).x
    net.load_state_dict({"w1": w1, "w2": w2, "b": b})
    return net([1.5, -2.0]).data


def log_product(p):
    """log f read literally, for f = p⁶(1 − p)²(3 − p)⁹(p − 4)¹³(10 − p)⁵⁰⁰."""
    return 6 * log(p) + 2 * log(1 - p) + 9 * log(3 - p) + 13 * log(p - 4) + 500 * log(10 - p)


def log_of_sizes(p):
    factors = [(6, p), (2, 1 - p), (9, 3 - p), (13, p - 4), (500, 10 - p)]
    return sum(n * log(abs(u)) for n, u in factors)


def real(f, x):
    try:
        f(x)
    except DomainError:
        return False
    return True


def bent(x, y):
    r = x**2 + y**2
    return 0 * x if float(r) == 0 else x**2 * y / r


ERRATA = [
    Erratum(
        "S0-001",
        "ŷ of one sample by §3.1.1 and §3.1.2, which bear one heading",
        "contents: 3.1.1 分类问题, 3.1.2 分类问题; Newtown's Method",
        "3.1.1 回归问题 (regression), 3.1.2 分类问题 (classification); Newton's Method",
        lambda: (output("sigmoid"), output(None)),
        "000 contents, l. 39-45",
        (0.5866175789173301, 0.35),
    ),
    Erratum(
        "S0-007",
        "m = 0, for x² at 0: does g = √x have the slope 1/m at 0?  For x² at 2: does it?",
        "the slope of the inverse at b is 1/m",
        "… provided m ≠ 0; else its tangent is vertical",
        lambda: (
            raised(lambda: inverse_derivative(square, x=0.0)) == "nothing",
            inverse_derivative(square, x=2.0) == derivative(sqrt)(4.0),
        ),
        "000 §1.2, l. 101",
    ),
    Erratum(
        "S0-024",
        "chances of winning at p = 0.7",
        "p⁷(1 − p)³, one order of the tosses",
        "C(10, 7) = 120 times that; p = 0.7 is best for both",
        lambda: (
            derivative(lambda p: p**7 * (1 - p) ** 3, 0)(0.7),
            derivative(lambda p: comb(10, 7) * p**7 * (1 - p) ** 3, 0)(0.7),
        ),
        "000 §1.7, l. 224",
        (0.0022235661, 0.266827932),
    ),
    Erratum(
        "S0-029",
        "is it a real number at p = ½, where f < 0?",
        "d/dp log f = 6/p − 2/(1 − p) − …",
        "d/dp log |f|, which is f′/f; (p − 4)¹³ is negative below 4",
        lambda: (real(derivative(log_product), 0.5), real(derivative(log_of_sizes), 0.5)),
        "000 §1.7, l. 274",
    ),
    Erratum(
        "S0-036",
        "x²y/(x² + y²), 0 at (0, 0), along (1, 1): the slope of what both tangents span, and of f",
        "二元函数在某一点处的两个切线（偏导数）构成了切平面: both tangents make the tangent plane",
        "… where f is differentiable; else what they span may touch f along the axes only",
        lambda: (
            sum(limit(lambda t, a=a: bent(a * t, (1 - a) * t) / t, 0.0) for a in (1, 0)),
            limit(lambda t: bent(t, t) / t, 0.0),
        ),
        "000 §2.2, l. 320",
        (0, 0.5),
    ),
    Erratum(
        "S0-051",
        "L(1, 1) of the points (1, 2), (2, 5), (3, 3)",
        "1/(2m)·[(m·x₁ + b − y₁)² + … + (m·xₙ − yₙ)²]",
        "1/(2n)·Σ (m·xᵢ + b − yᵢ)²: n points, and b in the last bracket too",
        lambda: (as_printed(1.0, 1.0), cost(1.0, 1.0).data),
        "000 §2.5, l. 460",
        (2.0, 0.8333333333333334),
    ),
    Erratum(
        "S0-052",
        "the slope by which (0, 0) moves: of the loss L₁ of one point, and of L",
        "θ_N = θ_{N−1} − α∇L₁(θ_{N−1})",
        "θ_N = θ_{N−1} − α∇L(θ_{N−1})",
        lambda: (
            grad(lambda m, b: half_squared_error(Y[0], m * X[0] + b))(0.0, 0.0),
            grad(cost)(0.0, 0.0),
        ),
        "000 §2.5, l. 462",
        ((-2, -2), (-7, -10 / 3)),
    ),
    Erratum(
        "S0-053",
        "ŷ after training: is it the chance of a class?  The number y = 2 itself?",
        "heading 3.1.1 分类问题 (classification)",
        "回归问题 (regression): square loss, no activation",
        lambda: (fitted() < 1, abs(fitted() - 2) < 1e-12),
        "000 §3.1.1, l. 469",
    ),
    Erratum(
        "S0-070",
        "cos from 0.5: is what is found a root of g?  A zero of g′?",
        "for optimisation: repeat until you find the root",
        "… until g′ = 0; then see that g″ > 0",
        lambda: (
            abs(derivative(cos, 0)(newton_root(derivative(cos), 0.5).root)) < 1e-12,
            abs(derivative(cos)(newton_root(derivative(cos), 0.5).root)) < 1e-12,
        ),
        "000 §3.3, l. 614",
    ),
    Erratum(
        "S0-071",
        "cos at 0, where its slope is 0",
        "找最小值点, 相当于找 g′ 的零点: a zero of g′ is a minimum",
        "a minimum inside is a zero of g′, but a zero may be a maximum",
        lambda: ("minimum", classify_stationary_point(cos, 0.0).kind),
        "000 §3.3, l. 616",
        ("minimum", "maximum"),
    ),
    Erratum(
        "S0-074",
        "x² at 1",
        "f″ is the curvature",
        "|f″| / (1 + f′²)^(3/2); f″ alone where f′ = 0",
        lambda: (derivative(square, 2)(1.0), curvature(square, 1.0)),
        "000 §3.4, l. 636",
        (2, 0.17888543819998318),
    ),
    Erratum(
        "S0-077",
        "x⁴ at 0, f″ = 0: is 0 a maximum, that is x⁴ ≤ 0 near by?  Does the test say nothing?",
        "f″ > 0: 局部最小值; 反之 (otherwise) 局部最大值",
        "f″ < 0: maximum; f″ = 0: the test says nothing",
        lambda: (
            all(derivative(quartic, 0)(h) <= derivative(quartic, 0)(0.0) for h in (-0.1, 0.1)),
            classify_stationary_point(quartic, 0.0).kind == "inconclusive",
        ),
        "000 §3.4, l. 656",
    ),
    Erratum(
        "S0-080",
        "2x² − 2y² at (0, 0)",
        "eigenvalues of both signs: need more information",
        "a saddle, for certain; only λ = 0 without mixed signs needs more",
        lambda: (
            "inconclusive",
            classify_stationary_point(lambda x, y: 2 * x**2 - 2 * y**2, 0.0, 0.0).kind,
        ),
        "000 §3.6, l. 708",
        ("inconclusive", "saddle"),
    ),
]

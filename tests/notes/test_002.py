"""Note 002, 微分学与梯度下降法 (differential calculus and gradient descent), as a table that runs.

Every item S2-001 … S2-073 of the slides is computed by the library's public functions, or says why
there is nothing to compute.  The expected numbers were worked out to 60 digits, elsewhere.
"""

import math
from itertools import pairwise

import numpy as np
import pytest

from autograd_lite import (
    Value,
    cos,
    derivative,
    exp,
    expm1,
    grad,
    hessian,
    linalg,
    log,
    minimize,
    sin,
    sqrt,
    tan,
    taylor,
)
from autograd_lite.analysis import (
    classify_stationary_point,
    is_differentiable,
    limit,
    newton_root,
    order_of,
)
from autograd_lite.functional import (
    difference_quotient,
    directional_derivative,
    hvp,
    linear_approximation,
    partial,
    quadratic_approximation,
)
from autograd_lite.nn import Perceptron, half_squared_error
from autograd_lite.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Momentum,
    RMSprop,
    exponential_decay,
    minibatches,
    step_decay,
    time_based,
)
from autograd_lite.train import fit
from tests.notes.errata_002 import ERRATA
from tests.notes.rows import Reason, Row, check, check_covered, check_erratum, names, raised, rows

E, INF = 2.718281828459045, math.inf
POINTS = list(zip((1.0, 2.0, 3.0), (2.0, 5.0, 3.0), strict=True))
INCOMES = (1.0, 2.0, 3.0, 10.0)
DECADES = (1.0, 0.1, 0.01, 0.001, 0.0001)
UNITS = [np.array(v) / np.hypot(*v) for v in ((1, 1), (-4, -6), (-6, 4))]
ANGLE = 42.70938995736147  # degrees, between −∇f and the way to the minimum


def spread(c):
    """Σ (c − income)², what a constant c leaves unexplained."""
    return sum((c - x) ** 2 for x in INCOMES)


def motion(t):
    return t**2


def cube(x):
    return x**3


def mixed(x, y):
    return x**2 * y + exp(x * y)


def bowl(x, y):
    return x**2 + y**2


def tilted(x, y):
    return 2 * x**2 + 3 * y**2 - x * y


def ravine(x, y):
    return 0.5 * (x**2 + 25 * y**2)


def tunnel(x, y):
    return -0.1 * x + 12.5 * y**2


def saddle(x, y):
    return 2 * x**2 - 2 * y**2


def two_valleys(x, y):
    return x**4 / 4 - x**2 / 2 + y**2 / 2


def hard(x):
    return exp(x) - log(x)


def wells(x):
    return x**4 - 4 * x**2 + x


def flat_quotient(x, y):
    """xy/(x² + y²): both partial derivatives at (0, 0) exist, and it is not even continuous."""
    r = x**2 + y**2
    return 0 * x if float(r) == 0 else x * y / r


def bent(x, y):
    """x²y/(x² + y²): every directional derivative at (0, 0) exists, yet no plane touches it."""
    r = x**2 + y**2
    return 0 * x if float(r) == 0 else x**2 * y / r


def sample(i):
    """½ (m·xᵢ + b − yᵢ)², the loss of one point."""
    x, y = POINTS[i]
    return lambda m, b: half_squared_error(y, m * x + b)


def batch(*indices, reduction="sum"):
    def loss(m, b):
        total = sum((sample(i)(m, b) for i in indices[1:]), sample(indices[0])(m, b))
        return total / len(indices) if reduction == "mean" else total

    return loss


def along(f, a, b, t):
    """F at (ta, tb)."""
    return f(t * a, t * b)


def path(f, x0, method="gradientdescent", steps=3, **options):
    """The iterates of a rule, the first the start."""
    return minimize(f, x0, method=method, max_steps=steps, tolerance=0, **options).path


def on_ravine(method, **options):
    return path(ravine, (1.0, 1.0), method, **options)


def states(rule_class, *names_of_state, steps=3, **options):
    """What a rule remembers after each step on the ravine, as [(of x, of y), …] for each name."""
    x, y = Value(1.0), Value(1.0)
    rule, seen = rule_class([x, y], **options), []
    for _ in range(steps):
        rule.zero_grad()
        ravine(x, y).backward()
        rule.step()
        seen.append([[s[name] for s in rule.state_dict()["state"]] for name in names_of_state])
    return seen


def by_samples(batches, lr=0.05):
    """(m, b) after each step of mini-batch SGD from (0, 0), a step for each batch (its mean)."""
    line = Perceptron(1)
    line.load_state_dict({"w1": 0.0, "b": 0.0})
    rule, seen = SGD(line.parameters(), lr=lr), [[0.0, 0.0]]
    for indices in batches:
        rule.zero_grad()
        losses = [half_squared_error(POINTS[i][1], line([POINTS[i][0]])) for i in indices]
        (sum(losses[1:], losses[0]) / len(losses)).backward()
        rule.step()
        seen.append(list(line.state_dict().values()))
    return seen


def of_the_ravine(batches, reduction="sum", lr=0.06):
    """(x, y) after each step of mini-batch SGD from (1, 1), the ravine as a sum of four losses."""
    x, y = Value(1.0), Value(1.0)
    parts = [lambda: x**2 / 8, lambda: 3 * x**2 / 8, lambda: 5 * y**2, lambda: 7.5 * y**2]
    rule, seen = SGD([x, y], lr=lr), [[1.0, 1.0]]
    for indices in batches:
        rule.zero_grad()
        total = sum((parts[i]() for i in indices[1:]), parts[indices[0]]())
        (total / len(indices) if reduction == "mean" else total).backward()
        rule.step()
        seen.append([x.data, y.data])
    return seen


def decaying_sgd():
    """(m, b) after 3000 epochs of SGD, one sample a step, with a falling learning rate."""
    line = Perceptron(1)
    line.load_state_dict({"w1": 0.0, "b": 0.0})
    rule = SGD(line.parameters(), lr=time_based(0.1, 0.01))
    X, Y = [[x] for x, _ in POINTS], [y for _, y in POINTS]
    fit(line, X, Y, loss=half_squared_error, optimizer=rule, epochs=3000, batch_size=1, seed=0)
    return np.array(list(line.state_dict().values()))


def escaped():
    """How many of 12 runs of SGD leave the upper minimum of the wells for the lower one.

    Its four samples have the losses f ± 16x, so that f is their mean; the learning rate falls.
    """
    ends = []
    for run in range(12):
        x = Value(1.346997408527774)
        rule = SGD([x], lr=time_based(0.05, 0.02))
        for epoch in range(100):
            for (i,) in minibatches(4, 1, seed=1000 * run + epoch):
                rule.zero_grad()
                (wells(x) + (16 if i < 2 else -16) * x).backward()
                rule.step()
        ends.append(minimize(wells, x.data, lr=0.01).x)
    return sum(end < 0 for end in ends)


def angle():
    """Degrees between −∇f at (1, 1) of the ravine and the way to its minimum (0, 0)."""
    g, way = -grad(ravine)(1.0, 1.0), np.array([-1.0, -1.0])
    return math.degrees(math.acos(linalg.dot(g, way) / np.linalg.norm(g) / np.linalg.norm(way)))


def sign_changes(method, **options):
    y = path(tunnel, (0.0, 1.0), method, steps=60, **options)[:, 1]
    return sum(a * b < 0 for a, b in pairwise(y))


def steps_until(f, x0, small, **options):
    """How many steps until f is below ``small``."""

    def watch(step, x, value):
        if value < small:
            raise StopIteration

    return minimize(f, x0, max_steps=2000, tolerance=0, callback=watch, **options).nit


def steps_to_leave_the_saddle(y0):
    def watch(step, x, value):
        if abs(x[1]) > 1:
            raise StopIteration

    return minimize(saddle, (1.0, y0), lr=0.1, max_steps=100, tolerance=0, callback=watch).nit


def adagrad_rates():
    """η/√G after ten samples: of a weight touched each time, and of one touched twice."""
    w = [Value(0.0), Value(0.0)]
    rule = Adagrad(w, lr=1.0, eps=0.0)
    for k in range(10):
        rule.zero_grad()
        (w[0] + w[1] if k in (2, 7) else 1 * w[0]).backward()
        rule.step()
    return [1 / sqrt(s["G"]) for s in rule.state_dict()["state"]]


def rate_of_each_step(method, **options):
    """−Δx/g on ½x²: the learning rate that a rule makes of its own."""
    x = path(lambda x: 0.5 * x**2, 1.0, method, **options)
    return -np.diff(x) / x[:-1]


def in_unit(f, x0, unit, method, steps, **options):
    """The iterates of x when the rule is given φ = x/unit."""
    return unit * path(lambda phi: f(unit * phi), x0 / unit, method, steps=steps, **options)


def after_200(method, **options):
    return minimize(ravine, (1.0, 1.0), method=method, max_steps=200, tolerance=0, **options).fun


def best_constant():
    found = minimize(spread, 0.0, method="newton")
    return found.x, found.fun


def annual_return(start, end, years):
    """The r of start·(1 + r)^years = end."""
    return newton_root(lambda r: start * (1 + r) ** years - end, 0.0).root


def far_and_wide(method, **options):
    walked = path(tunnel, (0.0, 1.0), method, steps=60, **options)
    return walked[-1, 0], abs(walked[50:, 1]).max()


SMALL = [sin, lambda x: 1 - cos(x), lambda x: x - sin(x), lambda x: exp(x) - 1 - x]
CHOICE = {"gradientdescent": 0.03, "momentum": 0.03, "nesterov": 0.03, "adagrad": 0.5}
CHOICE |= {"rmsprop": 0.05, "adadelta": 1.0, "adam": 0.1}

# fmt: off
BASICS = {
    "主要内容 / contents": [
        Reason("S2-001", "A contents list of the slides."),
        Reason("S2-002", "Where mathematics is used: words only."),
    ],
    "函数逼近 / approximation by simple functions": [
        Row("S2-003", "人均GDP, GDP per head: the best constant for 1, 2, 3, 10", best_constant,
            (4, 50), "002 函数逼近, l. 59"),
        Row("S2-003", "the slope of Σ (c − income)² at the mean", lambda: derivative(spread)(4.0),
            0, "002 函数逼近, l. 59"),
        Row("S2-004", "平均速度, average speed of s = t² on [1, 3]",
            lambda: difference_quotient(motion, 1.0, 2.0), 4, "002 函数逼近, l. 60"),
        Row("S2-004", "at t = 2: the linear model, and s",
            lambda: (derivative(motion, 0)(1.0) + difference_quotient(motion, 1.0, 2.0) * 1,
                derivative(motion, 0)(2.0)),
            (5, 4), "002 函数逼近, l. 60"),
        Row("S2-005", "年化收益率, annualised return: 100 to 133.1 in 3 years, to 150 in 4",
            lambda: [annual_return(100.0, v, t) for v, t in ((133.1, 3), (150.0, 4))],
            [0.1, 0.10668191970032159], "002 函数逼近, l. 61"),
        Row("S2-005", "the exponential model of the second after 2.5 years",
            lambda: derivative(lambda t: 100 * (1 + annual_return(100.0, 150.0, 4)) ** t, 0)(2.5),
            128.84187516294858, "002 函数逼近, l. 61"),
        Row("S2-006", "√4.1: linear, quadratic, exact",
            lambda: [linear_approximation(sqrt, 4.0)(4.1), taylor(sqrt, 4.0, 2)(4.1), sqrt(4.1)],
            [2.025, 2.02484375, 2.024845673131659], "002 函数逼近, l. 65"),
    ],
    "极限 / limits": [
        Row("S2-007", "(x² − 1)/(x − 1) as x → 1",
            lambda: limit(lambda x: (x**2 - 1) / (x - 1), 1.0), 2, "002 极限, l. 78"),
        Row("S2-007", "from the left and the right",
            lambda: [limit(lambda x: (x**2 - 1) / (x - 1), 1.0, side=s)
                for s in ("left", "right")],
            [2, 2], "002 极限, l. 78"),
        Row("S2-008", "3x + 1 at 2: the largest δ for ε = 0.01",
            lambda: newton_root(lambda d: 3 * (2 + d) + 1
                - (limit(lambda x: 3 * x + 1, 2.0) + 0.01), 0.1).root,
            0.0033333333333333335, "002 极限, l. 80", 1e-11),
        Row("S2-008", "sin x / x at 0: δ = √(6ε) keeps it within ε = 0.01 of 1, x = 0 left out",
            lambda: all(abs(derivative(lambda x: sin(x) / x, 0)(x) - 1) < 0.01
                for x in np.linspace(-0.2449489742783178, 0.2449489742783178, 40)),
            True, "002 极限, l. 80"),
        Row("S2-008", "at x = 0 there is no value",
            lambda: raised(lambda: derivative(lambda x: sin(x) / x, 0)(0.0)), "DomainError",
            "002 极限, l. 80"),
        Row("S2-008", "and a limit all the same", lambda: limit(lambda x: sin(x) / x, 0.0), 1,
            "002 极限, l. 80"),
        Row("S2-009", "无穷小: x − sin x → 0", lambda: limit(lambda x: x - sin(x), 0.0), 0,
            "002 无穷小, l. 86"),
        Row("S2-009", "at 0.01", lambda: derivative(lambda x: x - sin(x), 0)(0.01),
            1.6666583333531747e-07, "002 无穷小, l. 86", 1e-11),
        Row("S2-010", "阶数 of sin x, 1 − cos x, x − sin x, eˣ − 1 − x, from h = 0.02 and 0.01",
            lambda: [order_of(f, h=0.01) for f in SMALL],
            [0.9999278640456776, 1.999963932473696, 2.9999783595615055, 2.004821018379275],
            "002 无穷小, l. 90", 1e-9),
        Row("S2-010", "as h → 0", lambda: [order_of(f) for f in SMALL], [1, 2, 3, 2],
            "002 无穷小, l. 90", 1e-9),
        Row("S2-010", "x − sin x is o(x²), not o(x³)",
            lambda: [limit(lambda x, n=n: (x - sin(x)) / x**n, 0.0) for n in (2, 3)], [0, 1 / 6],
            "002 无穷小, l. 90", 1e-9),
        Row("S2-011", "x² sin(1/x) at 0.01, between −1e-4 and 1e-4",
            lambda: derivative(lambda x: x**2 * sin(1 / x), 0)(0.01), -5.063656411097588e-05,
            "002 两边夹定理, l. 98"),
        Row("S2-011", "−x², x² sin(1/x), x² as x → 0",
            lambda: [limit(f, 0.0)
                for f in (lambda x: -(x**2), lambda x: x**2 * sin(1 / x), lambda x: x**2)],
            [0, 0, 0], "002 两边夹定理, l. 98"),
    ],
    "重要极限 / important limits": [
        Row("S2-012", "sin x / x as x → 0", lambda: limit(lambda x: sin(x) / x, 0.0), 1,
            "002 重要极限, l. 105"),
        Row("S2-012", "at 1, 0.1, …, 0.0001",
            lambda: [derivative(lambda x: sin(x) / x, 0)(x) for x in DECADES],
            [0.8414709848078965, 0.9983341664682815, 0.9999833334166665, 0.9999998333333416,
                0.9999999983333333],
            "002 重要极限, l. 105"),
        Row("S2-012", "between cos x and 1",
            lambda: all(cos(x) <= sin(x) / x <= 1 for x in DECADES), True, "002 重要极限, l. 105"),
        Row("S2-013", "(1 + 1/n)ⁿ as n → ∞", lambda: limit(lambda n: (1 + 1 / n) ** n, INF), E,
            "002 重要极限, l. 108"),
        Row("S2-013", "at n = 1, 10, 100, 1000, 10⁶",
            lambda: [derivative(lambda n: (1 + 1 / n) ** n, 0)(n)
                for n in (1, 10, 100, 1000, 10**6)],
            [2, 2.5937424601, 2.7048138294215263, 2.7169239322358925, 2.7182804693193767],
            "002 重要极限, l. 108", 1e-9),
        Row("S2-014", "(eˣ − 1)/x as x → 0",
            lambda: [limit(f, 0.0) for f in (lambda x: (exp(x) - 1) / x, lambda x: expm1(x) / x)],
            [1, 1], "002 重要极限, l. 111"),
        Row("S2-014", "at 1, 0.1, …, 0.0001",
            lambda: [derivative(lambda x: expm1(x) / x, 0)(x) for x in DECADES],
            [1.7182818284590453, 1.0517091807564762, 1.0050167084168058, 1.0005001667083417,
                1.0000500016667084],
            "002 重要极限, l. 111"),
        Row("S2-014", "cancellation at 1e-16: with eˣ − 1, and with expm1",
            lambda: [derivative(f, 0)(1e-16)
                for f in (lambda x: (exp(x) - 1) / x, lambda x: expm1(x) / x)],
            [0, 1], "002 重要极限, l. 111"),
    ],
    "求导数 / derivatives": [
        Row("S2-015", "(f(2 + Δ) − f(2))/Δ of x³, Δ = 1, 0.1, 0.01, 0.001",
            lambda: [difference_quotient(cube, 2.0, h) for h in DECADES[:4]],
            [19, 12.61, 12.0601, 12.006001], "002 求导数, l. 121", 1e-11),
        Row("S2-015", "the limit, and the derivative",
            lambda: (limit(lambda h: ((2 + h) ** 3 - 8) / h, 0.0), derivative(cube)(2.0)), (12, 12),
            "002 求导数, l. 121", 1e-11),
        Row("S2-016", "√ at 4: remainder of the line, divided by Δ = 0.1, 0.01",
            lambda: [(sqrt(4 + h) - linear_approximation(sqrt, 4.0)(4 + h)) / h
                for h in (0.1, 0.01)],
            [-0.0015432686834130668, -0.00015605499214272302], "002 求导数, l. 134", 1e-9),
        Row("S2-016", "the remainder is o(Δ): of order 2",
            lambda: order_of(lambda x: sqrt(x) - linear_approximation(sqrt, 4.0)(x), 4.0), 2,
            "002 求导数, l. 134", 1e-8),
        Row("S2-016", "remainder/Δ → 0",
            lambda: limit(lambda h: (sqrt(4 + h) - linear_approximation(sqrt, 4.0)(4 + h)) / h,
                0.0),
            0, "002 求导数, l. 134"),
        Row("S2-017", "df = f′(4)·dx for dx = 0.1, and the increment of √",
            lambda: (derivative(sqrt)(4.0) * 0.1, sqrt(4.1) - sqrt(4.0)),
            (0.025, 0.024845673131658693), "002 求导数, l. 144"),
        Row("S2-018", "x⁵ at 1.5, x⁻² at 2, x^(1/3) at 8",
            lambda: [derivative(lambda x, n=n: x**n)(a)
                for n, a in ((5, 1.5), (-2, 2.0), (1 / 3, 8.0))],
            [25.3125, -0.25, 0.08333333333333333], "002 常见函数的导数, l. 154"),
        Row("S2-019", "三角函数: sin′, cos′ and tan′ at 0.7 (the formula is lost)",
            lambda: [derivative(f)(0.7) for f in (sin, cos, tan)],
            [0.7648421872844884, -0.644217687237691, 1.7094497158631172],
            "002 常见函数的导数, l. 156"),
        Row("S2-020", "(eˣ)′ at 1", lambda: derivative(exp)(1.0), E, "002 常见函数的导数, l. 160"),
    ],
    "泰勒级数 / Taylor series": [
        Row("S2-021", "f⁽ᵏ⁾(2) of x⁵, k = 0 … 6",
            lambda: [derivative(lambda x: x**5, k)(2.0) for k in range(7)],
            [32, 80, 160, 240, 240, 120, 0], "002 泰勒级数, l. 170"),
        Row("S2-021", "n阶导数的导数就是n+1阶导数",
            lambda: derivative(derivative(lambda x: x**5, 3))(2.0), 240, "002 泰勒级数, l. 170"),
        Row("S2-022", "eˣ about 0, at 0.5, n = 0 … 6",
            lambda: [taylor(exp, 0.0, n)(0.5) for n in range(7)],
            [1, 1.5, 1.625, 1.6458333333333333, 1.6484375, 1.6486979166666667, 1.6487196180555554],
            "002 泰勒级数, l. 182"),
        Row("S2-022", "o(Δⁿ): the remainder is of order n + 1",
            lambda: [order_of(lambda x, n=n: exp(x) - taylor(exp, 0.0, n)(x)) for n in range(4)],
            [1, 2, 3, 4], "002 泰勒级数, l. 182", 1e-7),
        Row("S2-023", "sin + cos about 0: its derivatives, k = 0 … 7",
            lambda: [derivative(lambda x: sin(x) + cos(x), k)(0.0) for k in range(8)],
            [1, 1, -1, -1, 1, 1, -1, -1], "002 泰勒级数, l. 184"),
        Row("S2-023", "and those of its polynomial",
            lambda: [derivative(taylor(lambda x: sin(x) + cos(x), 0.0, 7), k)(0.0)
                for k in range(8)],
            [1, 1, -1, -1, 1, 1, -1, -1], "002 泰勒级数, l. 184"),
        Row("S2-024", "n = 2: √ about 4 at 4.1, cos about 0 at 0.1",
            lambda: [quadratic_approximation(f, a)(x)
                for f, a, x in ((sqrt, 4.0, 4.1), (cos, 0.0, 0.1))],
            [2.02484375, 0.995], "002 泰勒级数, l. 194"),
        Row("S2-024", "exact", lambda: (sqrt(4.1), cos(0.1)),
            (2.024845673131659, 0.9950041652780258), "002 泰勒级数, l. 194"),
        Row("S2-024", "牛顿法的基础: where the parabola about 0.05 is lowest, and Newton's step",
            lambda: (newton_root(derivative(quadratic_approximation(hard, 0.05)), 0.05).root,
                path(hard, 0.05, "newton", steps=1)[1]),
            (0.09724764704478504,) * 2, "002 泰勒级数, l. 196"),
    ],
    "多元函数的梯度 / gradient": [
        Row("S2-025", "∂f/∂x, ∂f/∂y of x²y + e^(xy) at (1, ½)",
            lambda: [partial(mixed, k)(1.0, 0.5) for k in (0, 1)],
            [1.824360635350064, 2.648721270700128], "002 偏导数, l. 204"),
        Row("S2-025", "as limits",
            lambda: [limit(lambda h: (mixed(1 + h, 0.5) - mixed(1.0, 0.5)) / h, 0.0),
                limit(lambda h: (mixed(1.0, 0.5 + h) - mixed(1.0, 0.5)) / h, 0.0)],
            [1.824360635350064, 2.648721270700128], "002 偏导数, l. 204", 1e-9),
        Row("S2-026", "方向导数 of x² + y² at (2, 3), v as it is",
            lambda: [directional_derivative(bowl, v)(2.0, 3.0)
                for v in ((1, 0), (0, 1), (3, 4), (0.6, 0.8))],
            [4, 6, 36, 7.2], "002 方向导数, l. 210"),
        Row("S2-026", "along (1, 1)/√2, against ∇f, across it",
            lambda: [directional_derivative(bowl, v)(2.0, 3.0) for v in UNITS],
            [7.0710678118654755, -7.211102550927978, 0], "002 方向导数, l. 210"),
        Row("S2-026", "as a limit, v = (3, 4)",
            lambda: limit(lambda t: (bowl(2 + 3 * t, 3 + 4 * t) - 13) / t, 0.0), 36,
            "002 方向导数, l. 210", 1e-11),
        Row("S2-027", "along the axes: the partial derivatives",
            lambda: [directional_derivative(bowl, v)(2.0, 3.0) - partial(bowl, k)(2.0, 3.0)
                for k, v in enumerate(((1, 0), (0, 1)))],
            [0, 0], "002 方向导数, l. 212"),
        Row("S2-028", "L_x, L_y of x² + y² at (2, 3)",
            lambda: linear_approximation(bowl, 2.0, 3.0).gradient, [4, 6], "002 可微, l. 220"),
        Row("S2-028", "the remainder at Δ = (0.1, 0.2)",
            lambda: bowl(2.1, 3.2) - linear_approximation(bowl, 2.0, 3.0)(2.1, 3.2), 0.05,
            "002 可微, l. 220", 1e-11),
        Row("S2-028", "it is o(|Δx| + |Δy|)", lambda: bool(is_differentiable(bowl, 2.0, 3.0)),
            True, "002 可微, l. 220"),
        Row("S2-028", "xy/(x² + y²) at 0: both partial derivatives, as limits",
            lambda: [limit(lambda h, v=v: along(flat_quotient, *v, h) / h, 0.0)
                for v in ((1, 0), (0, 1))],
            [0, 0], "002 可微, l. 220"),
        Row("S2-028", "and ½ all along the diagonal",
            lambda: limit(lambda t: along(flat_quotient, 1, 1, t), 0.0), 0.5, "002 可微, l. 220"),
        Row("S2-028", "so the remainder is not o(|Δx| + |Δy|)",
            lambda: is_differentiable(flat_quotient, 0.0, 0.0).kind, "no tangent plane",
            "002 可微, l. 220"),
        Row("S2-029", "∇f of x² + y² at (2, 3)", lambda: grad(bowl)(2.0, 3.0), [4, 6],
            "002 梯度, l. 228"),
        Row("S2-030", "v·∇f for v = (3, 4): x² + y² at (2, 3), x²y + e^(xy) at (1, ½)",
            lambda: [directional_derivative(bowl, (3, 4))(2.0, 3.0),
                directional_derivative(mixed, (3, 4))(1.0, 0.5)],
            [36, 16.067966988850706], "002 梯度, l. 234"),
        Row("S2-030", "x²y/(x² + y²) at 0, all partial derivatives 0: along (1, 1) it is",
            lambda: limit(lambda t: along(bent, 1, 1, t) / t, 0.0), 0.5, "002 梯度, l. 234"),
        Row("S2-030", "no plane touches it there",
            lambda: is_differentiable(bent, 0.0, 0.0).kind, "no tangent plane", "002 梯度, l. 234"),
        Row("S2-031", "the largest of 3600 unit directions at (2, 3)",
            lambda: max(directional_derivative(bowl, (math.cos(a), math.sin(a)))(2.0, 3.0)
                for a in np.linspace(0, 2 * math.pi, 3600)),
            7.211102550927978, "002 梯度, l. 236", 1e-6),
        Row("S2-031", "along ∇f/|∇f|",
            lambda: directional_derivative(bowl,
                grad(bowl)(2.0, 3.0) / np.linalg.norm(grad(bowl)(2.0, 3.0)))(2.0, 3.0),
            7.211102550927978, "002 梯度, l. 236"),
    ],
}
DESCENT = {
    "梯度下降法 / gradient descent": [
        Row("S2-032", "½(x² + 25y²) at (1, 1), Δ = (0.01, 0.01): model and J",
            lambda: (linear_approximation(ravine, 1.0, 1.0)(1.01, 1.01), ravine(1.01, 1.01)),
            (13.26, 13.2613), "002 梯度下降法, l. 247"),
        Row("S2-033", "the angle from −∇J to the minimum", angle, ANGLE, "002 梯度下降法, l. 249"),
        Row("S2-034", "η = 0.03", lambda: on_ravine("gradientdescent", lr=0.03),
            [[1, 1], [0.97, 0.25], [0.9409, 0.0625], [0.912673, 0.015625]],
            "002 梯度下降法, l. 251"),
        Row("S2-034", "η_n = 0.4/(1 + n/2), on x²",
            lambda: path(lambda x: x**2, 1.0, lr=lambda n: 0.4 / (1 + n / 2)),
            [1, 0.2, 0.09333333333333334, 0.056], "002 梯度下降法, l. 251"),
        Row("S2-034", "η_n = 0.03/(1 + n/2), on the ravine",
            lambda: on_ravine("gradientdescent", lr=time_based(0.03, 0.5)),
            [[1, 1], [0.97, 0.25], [0.9506, 0.125], [0.936341, 0.078125]],
            "002 梯度下降法, l. 251"),
        Row("S2-039", "∇ of each point's loss at (0, 0)",
            lambda: [grad(sample(i))(0.0, 0.0) for i in range(3)], [[-2, -2], [-10, -5], [-9, -3]],
            "002 困难 1, l. 281"),
        Row("S2-039", "∇ of the sum", lambda: grad(batch(0, 1, 2))(0.0, 0.0), [-21, -10],
            "002 困难 1, l. 281"),
        Row("S2-040", "学习率: 0 < η < 2/λ on the ravine, and on E(m, b)",
            lambda: [2 / np.linalg.eigvalsh(h).max()
                for h in (hessian(ravine)(0.0, 0.0), 2 * hessian(batch(0, 1, 2))(0.0, 0.0))],
            [0.08, 0.0600982836583578], "002 困难 2, l. 289"),
        Row("S2-040", "η = 0.0801: y grows by 1.0025 each step",
            lambda: abs(on_ravine("gradientdescent", lr=0.0801, steps=1000)[1000, 1]) ** 1e-3,
            1.0025, "002 困难 2, l. 289"),
        Row("S2-040", "η = 0.0799: it shrinks",
            lambda: abs(on_ravine("gradientdescent", lr=0.0799, steps=1000)[1000, 1]) ** 1e-3,
            0.9975, "002 困难 2, l. 289"),
    ],
    "牛顿法 / Newton's method": [
        Row("S2-035", "直接估计函数的极小值点: ½(x² + 25y²) from (1, 1) in one step",
            lambda: on_ravine("newton", steps=1)[1], [0, 0], "002 牛顿法, l. 259"),
        Row("S2-036", "2x² + 3y² − xy at (1, 1), Δ = (0.1, −0.2): J and its model",
            lambda: (tilted(1.1, 0.8), quadratic_approximation(tilted, 1.0, 1.0)(1.1, 0.8)),
            (3.46, 3.46), "002 牛顿法, l. 261"),
        Row("S2-036", "o(|Δ|²): the remainder for x²y + e^(xy) is of order 3",
            lambda: order_of(lambda t: mixed(1 + t, 0.5 + 2 * t)
                - quadratic_approximation(mixed, 1.0, 0.5)(1 + t, 0.5 + 2 * t)),
            3, "002 牛顿法, l. 261", 1e-6),
        Row("S2-037", "梯度 of the model by Δ, and ∇J + H·Δ",
            lambda: (grad(quadratic_approximation(tilted, 1.0, 1.0))(1.1, 0.8),
                grad(tilted)(1.0, 1.0) + hvp(tilted)(1.0, 1.0, (0.1, -0.2))),
            ([3.6, 3.7], [3.6, 3.7]), "002 牛顿法, l. 265"),
        Row("S2-038", "H⁻¹∇J at (1, 1)",
            lambda: linalg.solve(hessian(tilted)(1.0, 1.0), grad(tilted)(1.0, 1.0)), [1, 1],
            "002 牛顿法, l. 269"),
        Row("S2-038", "the step with its minus ends at",
            lambda: path(tilted, (1.0, 1.0), "newton", steps=1)[1], [0, 0], "002 牛顿法, l. 269"),
    ],
    "随机梯度下降法 / stochastic gradient descent": [
        Row("S2-041", "批梯度下降法, η = 0.05, the mean of all points",
            lambda: by_samples([(0, 1, 2)] * 3),
            [[0, 0], [0.35, 1 / 6], [0.6016666666666667, 0.29], [0.7822777777777777, 0.382]],
            "002 三种类型, l. 301"),
        Row("S2-042", "SGD: one sample a step, 1, 2, 3", lambda: by_samples([(0,), (1,), (2,)]),
            [[0, 0], [0.1, 0.1], [0.57, 0.335], [0.71325, 0.38275]], "002 三种类型, l. 303"),
        Row("S2-042", "the ravine as a sum of four, x²/8, 3x²/8, 5y², 7.5y²: samples 1, 3, 4",
            lambda: of_the_ravine([(0,), (2,), (3,)]),
            [[1, 1], [0.985, 1], [0.985, 0.4], [0.985, 0.04]], "002 三种类型, l. 303"),
        Row("S2-043", "增加了跳出局部最小值的潜力: where batch descent stays, SGD leaves",
            lambda: (minimize(wells, 1.346997408527774, lr=0.05).x, escaped() > 6),
            (1.346997408527774, True), "002 三种类型, l. 304", 1e-7),
        Row("S2-043", "逐渐缩小学习率: SGD too comes to (1/2, 7/3)",
            lambda: bool(abs(decaying_sgd() - (1 / 2, 7 / 3)).max() < 0.05), True,
            "002 三种类型, l. 305"),
        Row("S2-044", "小批量 {1, 2}, {3}: the mean of each, the last one short",
            lambda: by_samples([(0, 1), (2,)]), [[0, 0], [0.3, 0.175], [0.58875, 0.27125]],
            "002 三种类型, l. 308"),
        Row("S2-044", "samples 1 and 3, 2 and 4, 1 and 4 of the ravine: the mean of each",
            lambda: of_the_ravine([(0, 2), (1, 3), (0, 3)], "mean"),
            [[1, 1], [0.9925, 0.7], [0.97016875, 0.385], [0.962892484375, 0.21175]],
            "002 三种类型, l. 308"),
        Row("S2-044", "the sum of each", lambda: of_the_ravine([(0, 2), (1, 3), (0, 3)]),
            [[1, 1], [0.985, 0.4], [0.940675, 0.04], [0.926564875, 0.004]], "002 三种类型, l. 308"),
        Row("S2-045", "variance of ∂/∂m at (0, 0) over the samples",
            lambda: np.var([partial(sample(i), 0)(0.0, 0.0) for i in range(3)]), 12.666666666666666,
            "002 三种类型, l. 310"),
        Row("S2-045", "over all batches of two: a quarter",
            lambda: np.var([partial(batch(*b, reduction="mean"), 0)(0.0, 0.0)
                for b in ((0, 1), (0, 2), (1, 2))]),
            3.1666666666666665, "002 三种类型, l. 310"),
    ],
    "随机梯度下降法的困难 / difficulties of SGD": [
        Row("S2-046", "局部梯度的反方向: so far from the way down", angle, ANGLE,
            "002 SGD的困难 1, l. 321"),
        Row("S2-047", "0.1/(1 + t/2) at t = 0, 1, 2, 10, 100",
            lambda: [time_based(0.1, 0.5)(t) for t in (0, 1, 2, 10, 100)],
            [0.1, 0.06666666666666667, 0.05, 0.016666666666666666, 0.00196078431372549],
            "002 SGD的困难 2, l. 323"),
        Row("S2-047", "0.1·½^⌊t/10⌋ at t = 0, 9, 10, 25",
            lambda: [step_decay(0.1, 0.5, 10)(t) for t in (0, 9, 10, 25)], [0.1, 0.1, 0.05, 0.025],
            "002 SGD的困难 2, l. 323"),
        Row("S2-047", "0.1·e^(−t/10) at t = 0, 1, 2, 10",
            lambda: [exponential_decay(0.1, 0.1)(t) for t in (0, 1, 2, 10)],
            [0.1, 0.09048374180359596, 0.08187307530779818, 0.036787944117144235],
            "002 SGD的困难 2, l. 323"),
        Row("S2-047", "x² from 1 with 0.4/(1 + t/2)",
            lambda: path(lambda x: x**2, 1.0, lr=time_based(0.4, 0.5)),
            [1, 0.2, 0.09333333333333334, 0.056], "002 SGD的困难 2, l. 323"),
        Row("S2-048", "稀疏数据: η/√G of a weight in 10 of 10 samples, and in 2", adagrad_rates,
            [0.31622776601683794, 0.7071067811865476], "002 SGD的困难 3, l. 325"),
        Row("S2-049", "鞍点 of 2x² − 2y²: from (1, ½)", lambda: path(saddle, (1.0, 0.5), lr=0.1),
            [[1, 0.5], [0.6, 0.7], [0.36, 0.98], [0.216, 1.372]], "002 SGD的困难 4, l. 327"),
        Row("S2-049", "from (1, 0) straight to it", lambda: path(saddle, (1.0, 0.0), lr=0.1),
            [[1, 0], [0.6, 0], [0.36, 0], [0.216, 0]], "002 SGD的困难 4, l. 327"),
        Row("S2-049", "from (1, 1e-6): steps until |y| > 1",
            lambda: steps_to_leave_the_saddle(1e-6), 42, "002 SGD的困难 4, l. 327"),
        Row("S2-049", "Newton goes to it at once",
            lambda: path(saddle, (1.0, 0.5), "newton", steps=1)[1], [0, 0],
            "002 SGD的困难 4, l. 327"),
    ],
    "为什么不用牛顿法 / why not Newton's method": [
        Row("S2-050", "bytes of H for 10 and 20 parameters: 8n²",
            lambda: [hessian(lambda x: (x**2).sum())(np.zeros(n)).nbytes for n in (10, 20)],
            [800, 3200], "002 为什么不用牛顿法, l. 336"),
        Row("S2-050", "so for 10⁶: 8 TB",
            lambda: hessian(lambda x: (x**2).sum())(np.zeros(10)).nbytes * 1e5**2, 8e12,
            "002 为什么不用牛顿法, l. 336"),
        Row("S2-051", "det H of each single point's loss",
            lambda: [linalg.det(hessian(sample(i))(0.0, 0.0)) for i in range(3)], [0, 0, 0],
            "002 为什么不用牛顿法, l. 337"),
        Row("S2-051", "so there is no step",
            lambda: minimize(sample(0), (0.0, 0.0), method="newton").stopped, "singular Hessian",
            "002 为什么不用牛顿法, l. 337"),
        Row("S2-051", "H of the batch {1, 2}, and its det",
            lambda: (hessian(batch(0, 1))(0.0, 0.0), linalg.det(hessian(batch(0, 1))(0.0, 0.0))),
            ([[5, 3], [3, 2]], 1), "002 为什么不用牛顿法, l. 337"),
        Row("S2-051", "H of all points, and its det",
            lambda: (hessian(batch(0, 1, 2))(0.0, 0.0),
                linalg.det(hessian(batch(0, 1, 2))(0.0, 0.0))),
            ([[14, 6], [6, 3]], 6), "002 为什么不用牛顿法, l. 337"),
        Row("S2-052", "x⁴/4 − x²/2 + y²/2 from (0.3, 1): Newton",
            lambda: path(two_valleys, (0.3, 1.0), "newton", steps=2),
            [[0.3, 1], [-0.07397260273972603, 0], [0.0008230593781538222, 0]],
            "002 为什么不用牛顿法, l. 338", 1e-9),
        Row("S2-052", "ends in the saddle (0, 0)",
            lambda: (path(two_valleys, (0.3, 1.0), "newton", steps=5)[-1],
                classify_stationary_point(two_valleys, 0.0, 0.0).kind),
            ([0, 0], "saddle"), "002 为什么不用牛顿法, l. 338"),
        Row("S2-052", "gradient descent, η = 0.1: k = 1, 2, 3, 10",
            lambda: path(two_valleys, (0.3, 1.0), lr=0.1, steps=10)[[1, 2, 3, 10]],
            [[0.3273, 0.9], [0.3565237892583, 0.81], [0.3876444223819936, 0.729],
                [0.6434753734742832, 0.3486784401]],
            "002 为什么不用牛顿法, l. 338"),
        Row("S2-052", "ends in the minimum (1, 0)",
            lambda: (path(two_valleys, (0.3, 1.0), lr=0.1, steps=300)[300],
                classify_stationary_point(two_valleys, 1.0, 0.0).kind),
            ([1, 1.873927703884794e-14], "minimum"), "002 为什么不用牛顿法, l. 338", 1e-11),
        Row("S2-052", "cos from 0.5: to the maximum",
            lambda: (path(cos, 0.5, "newton", steps=2), path(cos, 0.5, "newton", steps=4)[4]),
            ([0.5, -0.04630248984379051, 3.31180213263868e-05], 0), "002 为什么不用牛顿法, l. 338",
            1e-9),
    ],
}
RULES = {
    "动量法 / momentum": [
        Row("S2-053", "隧道 −0.1x + 12.5y² from (0, 1), η = 0.07",
            lambda: path(tunnel, (0.0, 1.0), lr=0.07)[1:],
            [[0.007, -0.75], [0.014, 0.5625], [0.021, -0.421875]], "002 动量法, l. 349"),
        Row("S2-053", "x after 60 steps, the largest |y| of the last",
            lambda: far_and_wide("gradientdescent", lr=0.07), (0.42, 5.663216564269376e-07),
            "002 动量法, l. 351", 1e-9),
        Row("S2-053", "sign changes of y in 60 steps",
            lambda: sign_changes("gradientdescent", lr=0.07), 60, "002 动量法, l. 351"),
        Row("S2-054", "v ← γv + η∇J, θ ← θ − v on the ravine, η = 0.03",
            lambda: on_ravine("momentum", lr=0.03),
            [[1, 1], [0.97, 0.25], [0.9139, -0.6125], [0.835993, -0.929375]], "002 动量法, l. 367"),
        Row("S2-054", "v after each step", lambda: states(Momentum, "v", lr=0.03),
            [[[0.03, 0.75]], [[0.0561, 0.8625]], [[0.077907, 0.316875]]], "002 动量法, l. 367"),
        Row("S2-054", "η halved each step: the notes keep η in v",
            lambda: on_ravine("momentum", lr=lambda t: 0.03 / 2**t)[3], [0.884091625, -1.113359375],
            "002 动量法, l. 367"),
        Row("S2-054", "PyTorch does not",
            lambda: on_ravine("momentum", lr=lambda t: 0.03 / 2**t, variant="torch")[3],
            [0.922262875, -0.341328125], "002 动量法, l. 367"),
        Row("S2-055", "主体方向: the step of x tends to η·0.1/(1 − γ), tenfold",
            lambda: float(np.diff(path(tunnel, (0.0, 1.0), "momentum", steps=400, lr=0.05)[-2:,
                0])[0] / 0.005),
            10, "002 动量法, l. 370", 1e-9),
        Row("S2-055", "x after 60 steps without and with it, η = 0.07",
            lambda: [far_and_wide(method, lr=0.07)[0]
                for method in ("gradientdescent", "momentum")],
            [0.42, 3.571132116488946], "002 动量法, l. 370"),
        Row("S2-056", "震荡的次数: sign changes without and with it, η = 0.07",
            lambda: [sign_changes(method, lr=0.07) for method in ("gradientdescent", "momentum")],
            [60, 29], "002 动量法, l. 372"),
        Row("S2-056", "with η = 0.05: momentum, Nesterov",
            lambda: [sign_changes(method, lr=0.05) for method in ("momentum", "nesterov")],
            [24, 60], "002 动量法, l. 372"),
        Row("S2-056", "½(x² + 100y²): steps to f < 1e-6, each with its best η",
            lambda: [steps_until(lambda x, y: 0.5 * (x**2 + 100 * y**2), (1.0, 1.0), 1e-6, **o)
                for o in ({"lr": 2 / 101},
                {"method": "momentum", "lr": (2 / 11) ** 2, "momentum": (9 / 11) ** 2})],
            [444, 69], "002 动量法, l. 372"),
    ],
    "Nesterov accelerated gradient": [
        Row("S2-057", "the slope at θ − γv, η = 0.03", lambda: on_ravine("nesterov", lr=0.03),
            [[1, 1], [0.97, 0.25], [0.91471, -0.10625], [0.83900053, -0.10671875]],
            "002 Nesterov, l. 392"),
        Row("S2-057", "PyTorch keeps θ − γv instead of θ",
            lambda: on_ravine("nesterov", lr=0.03, variant="torch"),
            [[1, 1], [0.943, -0.425], [0.864949, -0.426875], [0.770862007, -0.107140625]],
            "002 Nesterov, l. 392"),
        Row("S2-058", "刹车, it brakes: f after 200 steps of momentum, of Nesterov",
            lambda: [after_200(m, lr=0.03) for m in ("momentum", "nesterov")],
            [3.071537157075977e-09, 7.083411244446969e-15], "002 Nesterov, l. 388", 1e-8),
    ],
    "Adagrad (稀疏数据 / sparse data)": [
        Row("S2-059", "学习率自动衰减: −Δx/g on ½x², η = 0.5, the third step",
            lambda: rate_of_each_step("adagrad", lr=0.5)[2], 0.4341440549950132,
            "002 Adagrad, l. 409"),
        Row("S2-059", "it falls in every step",
            lambda: bool((np.diff(rate_of_each_step("adagrad", lr=0.5, steps=9)) < 0).all()), True,
            "002 Adagrad, l. 409"),
        Row("S2-059", "更新频繁 frequent: small; 不频繁 rare: large", lambda: adagrad_rates(),
            [0.31622776601683794, 0.7071067811865476], "002 Adagrad, l. 410"),
        Row("S2-060", "η/√(G + ε), η = 0.5, ε = 1e-8", lambda: on_ravine("adagrad", lr=0.5),
            [[1, 1], [0.5000000025, 0.500000000004], [0.276393204750021, 0.27639320225402103],
                [0.15639873806677995, 0.1563987360274801]],
            "002 Adagrad, l. 427"),
        Row("S2-060", "η/(√G + ε), ε = 1e-10, as PyTorch has it",
            lambda: on_ravine("adagrad", lr=0.5, variant="torch"),
            [[1, 1], [0.50000000005, 0.500000000002], [0.2763932023021325, 0.2763932022521055],
                [0.15639873606768326, 0.15639873602595086]],
            "002 Adagrad, l. 427"),
        Row("S2-060", "outside, ε = 1e-8",
            lambda: on_ravine("adagrad", lr=0.5, eps=1e-8, variant="torch")[3],
            [0.15639874037133578, 0.15639873619809697], "002 Adagrad, l. 427"),
        Row("S2-060", "G after three steps", lambda: states(Adagrad, "G", lr=0.5)[2][0],
            [1.326393206131987, 828.9957514101451], "002 Adagrad, l. 423"),
    ],
    "Adadelta (移动平均 / moving average)": [
        Row("S2-061", "E[g²] after each of three steps", lambda: states(RMSprop, "E", lr=0.05),
            [[[0.1, 62.5]], [[0.16087722472945495, 100.54826462527876]],
                [[0.19909721481470713, 124.4357575352617]]],
            "002 Adadelta, l. 440"),
        Row("S2-062", "the first version, η = 0.05", lambda: on_ravine("rmsprop", lr=0.05),
            [[1, 1], [0.8418861248972745, 0.8418861170042301],
                [0.7369376673654134, 0.7369376567662783],
                [0.6543589455482449, 0.6543589334942799]],
            "002 Adadelta, l. 444"),
        Row("S2-062", "with ε outside the root",
            lambda: on_ravine("rmsprop", lr=0.05, rho=0.9, variant="torch"),
            [[1, 1], [0.8418861219915809, 0.841886117191581],
                [0.7369376640171499, 0.7369376570400068], [0.654358942158387, 0.6543589338222996]],
            "002 Adadelta, l. 444"),
        Row("S2-062", "PyTorch's γ = 0.99",
            lambda: on_ravine("rmsprop", lr=0.05, variant="torch")[3],
            [0.154843726456496, 0.15484368464793], "002 Adadelta, l. 444"),
        Row("S2-062", "no bias correction: the first step is η/√(1 − γ) = 3.16 η",
            lambda: (1 - on_ravine("rmsprop", lr=0.05, eps=0.0)[1, 0]) / 0.05, 3.1622776601683795,
            "002 Adadelta, l. 444"),
        Row("S2-063", "√(E[Δθ²] + ε)/√(E[g²] + ε), ε = 1e-6", lambda: on_ravine("adadelta"),
            [[1, 1], [0.9968377381511013, 0.9968377223651298],
                [0.9935981984076517, 0.9935981660203655],
                [0.9903090828008376, 0.9903090333562766]],
            "002 Adadelta, l. 456"),
        Row("S2-063", "both accumulators", lambda: states(Adadelta, "E", "D"),
            [[[0.1, 62.5], [9.99990000099999e-07, 9.999999840000003e-07]],
                [[0.18936854762022037, 118.35534029563124],
                [1.9494527750289427e-06, 1.9494725166902547e-06]],
                [[0.26915543084609145, 168.22213848600774],
                [2.8363356450248696e-06, 2.836364633218903e-06]]],
            "002 Adadelta, l. 456"),
        Row("S2-063", "without ε it never moves", lambda: on_ravine("adadelta", eps=0.0),
            [[1, 1]] * 4, "002 Adadelta, l. 456"),
        Row("S2-064", "RMSprop is Adadelta with η for √(E[Δθ²] + ε): first steps",
            lambda: [np.diff(on_ravine("adadelta", steps=1)[:, k])[0]
                / np.diff(on_ravine("rmsprop", lr=1e-3, eps=1e-6, steps=1)[:, k])[0]
                for k in (0, 1)],
            [1, 1], "002 Adadelta, l. 458", 1e-9),
        Row("S2-065", "单位, units: Newton on eˣ − log x, in x and in φ = x/10",
            lambda: [in_unit(hard, 0.5, unit, "newton", 2)[1:] for unit in (1, 10)],
            [[0.5621873008891325, 0.5671198190361408]] * 2, "002 Adadelta, l. 452"),
        Row("S2-065", "gradient descent, α = 0.1: other iterates",
            lambda: [in_unit(hard, 0.5, unit, "gradientdescent", 1, lr=0.1)[1]
                for unit in (1, 10)],
            [0.5351278729299872, 4.012787292998719], "002 Adadelta, l. 452"),
        Row("S2-065", "its step is 100 times longer",
            lambda: (in_unit(hard, 0.5, 10, "gradientdescent", 1, lr=0.1)[1] - 0.5)
                / (in_unit(hard, 0.5, 1, "gradientdescent", 1, lr=0.1)[1] - 0.5),
            100, "002 Adadelta, l. 452"),
        Row("S2-065", "Adadelta on f, and in φ on f/100 with ε/100: the same iterates",
            lambda: bool(np.allclose(in_unit(hard, 0.5, 1, "adadelta", 9, eps=1e-6),
                in_unit(lambda x: hard(x) / 100, 0.5, 10, "adadelta", 9, eps=1e-8), rtol=1e-13,
                atol=0)),
            True, "002 Adadelta, l. 452"),
    ],
    "Adam": [
        Row("S2-066", "m and v without 无偏估计, η = 0.1",
            lambda: states(Adam, "m", "v", lr=0.1, bias_correction=False),
            [[[0.1, 2.5], [0.001, 0.625]],
                [[0.15837723339831306, 3.959430594957905],
                [0.0014665446047207376, 0.9165902958978137]],
                [[0.16956012696714876, 4.239002475387396],
                [0.0015380894339285113, 0.9613057490081416]]],
            "002 Adam, l. 470"),
        Row("S2-067", "η/(√v + ε)·m, as printed",
            lambda: on_ravine("adam", lr=0.1, bias_correction=False),
            [[1, 1], [0.6837723339831304, 0.683772237983162],
                [0.2702061690866702, 0.27020597597011264],
                [-0.16214120740030916, -0.16214146817729955]],
            "002 Adam, l. 490"),
        Row("S2-067", "its first step: η·0.1/√0.001 = 3.16 η",
            lambda: (1 - on_ravine("adam", lr=0.1, bias_correction=False, eps=0.0)[1, 0]) / 0.1,
            3.1622776601683795, "002 Adam, l. 490"),
        Row("S2-068", "无偏估计: m/(1 − β₁ᵗ), v/(1 − β₂ᵗ)", lambda: on_ravine("adam", lr=0.1),
            [[1, 1], [0.900000001, 0.90000000004], [0.8004122297123374, 0.8004122277528906],
                [0.7015862745044142, 0.7015862715123157]],
            "002 Adam, l. 492"),
        Row("S2-068", "its first step: η·sign(g)",
            lambda: (1 - on_ravine("adam", lr=0.1, eps=0.0)[1]) / 0.1, [1, 1], "002 Adam, l. 492"),
        Reason("S2-069", "The same slide a second time."),
    ],
    "究竟如何选择算法 / how to choose": [
        Row("S2-070", "f after 200 steps, each rule with one η: no ranking",
            lambda: [after_200(m, lr=lr) for m, lr in CHOICE.items()],
            [2.5566054526433623e-06, 3.071537157075977e-09, 7.083411244446969e-15,
                6.505778138902442e-97, 0.00790890293872895, 1.426530533118817,
                6.772889681276771e-10],
            "002 如何选择, l. 506", 1e-8),
        Reason("S2-071", "Five references."),
        Reason("S2-072", "Fifteen exercises, by page and number only (p142: 2, 3, 7, 8; p143: 3, "
               "4, 6; p148: 2, 3, 6; p176: 8, 11; p210: 4, 5; p211: 6); none is invented here."),
        Reason("S2-073", "Some ten lost pictures; docs/notes.md says which demo draws which."),
    ],
}
# fmt: on
TABLE = BASICS | DESCENT | RULES
ROWS = rows(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_row(row):
    check(row)


def test_every_item_is_here():
    check_covered(TABLE, "S2", 73)


@pytest.mark.parametrize("erratum", ERRATA, ids=[e.id for e in ERRATA])
def test_erratum(erratum):
    check_erratum(erratum)


def test_every_erratum_is_here():
    wrong = (8, 9, 13, 20, 23, 33, 36, 37, 38, 41, 43, 52, 56, 57, 60, 62, 63, 66)
    assert [e.id for e in ERRATA] == [f"S2-{k:03}" for k in wrong]
    assert all(a.place <= b.place for a, b in pairwise(ERRATA))

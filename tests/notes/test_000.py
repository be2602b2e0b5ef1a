"""Note 000, 机器学习--微积分 (calculus for machine learning), as a table that runs.

Every item S0-001 … S0-085 of the note is computed by the library's public functions, or says why
there is nothing to compute.  The expected numbers were worked out to 60 digits, elsewhere.
"""

import math
from functools import partial as with_
from itertools import pairwise

import numpy as np
import pytest

from autograd_lite import (
    Value,
    cbrt,
    cos,
    derivative,
    exp,
    grad,
    hessian,
    linalg,
    log,
    minimize,
    sigmoid,
    sin,
    sqrt,
)
from autograd_lite.analysis import (
    classify_stationary_point,
    inverse_derivative,
    is_differentiable,
    limit,
    newton_root,
    order_of,
)
from autograd_lite.errors import SingularHessianError
from autograd_lite.functional import (
    curvature,
    difference_quotient,
    directional_derivative,
    linear_approximation,
    partial,
    tangent_plane,
)
from autograd_lite.nn import (
    Perceptron,
    TwoLayerNetwork,
    half_mean_squared_error,
    half_squared_error,
    log_loss,
    log_loss_from_logit,
)
from autograd_lite.optim import (
    GradientDescent,
    Newton,
)
from tests.notes.errata_000 import ERRATA
from tests.notes.rows import Reason, Row, check, check_covered, check_erratum, names, raised, rows

E, OMEGA = 2.718281828459045, 0.5671432904097838
GRADIENT_NORM = 7.211102550927978  # √52
INF = math.inf
TOWERS = (1.0, 4.0, 10.0, 3.5, -2.0)
POINTS = np.array([1.0, 2.0, 3.0]), np.array([2.0, 5.0, 3.0])
FACTORS = [(6, lambda p: p), (2, lambda p: 1 - p), (9, lambda p: 3 - p)]
FACTORS += [(13, lambda p: p - 4), (500, lambda p: 10 - p)]
NETWORK = {"w11": 0.1, "w21": -0.2, "b1": 0.05, "w12": 0.4, "w22": 0.3, "b2": -0.1}
NETWORK |= {"w1": 0.7, "w2": -0.5, "b": 0.2}


def square(x):
    return x**2


def cube(x):
    return x**3


def compound(n):
    """One unit at 100 % a year, compounded n times."""
    return (1 + 1 / n) ** n


def stairs(x):
    return Value(2.0) if x < -1 else x + 1


def cusp(x):
    return cbrt(x) ** 2


def height(t):
    return 0.5 * t + 0.1 * t**2


def temperature(h):
    return 20 * exp(-h / 8)


def cables(x, towers=TOWERS):
    return sum((x - a) ** 2 for a in towers)


def g(p):
    return p**7 * (1 - p) ** 3


def log_g(p):
    return 7 * log(p) + 3 * log(1 - p)


def product(p, moving=None):
    """p⁶(1 − p)²(3 − p)⁹(p − 4)¹³(10 − p)⁵⁰⁰; with ``moving``, the other factors stand still."""
    result = 1.0
    for k, (n, u) in enumerate(FACTORS):
        result = result * u(p if moving in (None, k) else float(p)) ** n
    return result


def log_product(p):
    return sum(n * log(abs(u(p))) for n, u in FACTORS)


def bowl(x, y):
    return x**2 + y**2


def hard(x):
    return exp(x) - log(x)


def wells(x):
    return x**4 - 4 * x**2 + x


def cost(m, b):
    return half_mean_squared_error(POINTS[1], m * POINTS[0] + b)


def quartic(x, y):
    return x**4 + 0.8 * y**4 + 4 * x**2 + 2 * y**2 - x * y - 0.2 * x**2 * y


def mixed(x, y):
    return x**2 * y + exp(x * y)


def twisted(x, y):
    """Its mixed partial derivatives at (0, 0) differ."""
    r = x**2 + y**2
    return 0 * x if float(r) == 0 else x * y * (x**2 - y**2) / r


def tilted(x, y):
    return 2 * x**2 + 3 * y**2 - x * y


def three(x, y, z):
    return x**2 + 2 * y**2 + 3 * z**2 - x * y + 0.5 * y * z


def walk(f, x0, lr, steps):
    """The iterates of gradient descent."""
    return minimize(f, x0, lr=lr, max_steps=steps, tolerance=0).path


def newton(f, x0, steps):
    """The iterates of Newton's method for a minimum."""
    return minimize(f, x0, method="newton", max_steps=steps, tolerance=0).path


def perceptron(weights, x, y, lr, activation=None, loss=half_squared_error):
    """(ŷ, L, ∂L/∂ŷ, gradients, parameters after a step, ŷ and L after it)."""
    net = Perceptron(len(x), activation)
    net.load_state_dict(dict(zip(net.state_dict(), weights, strict=True)))
    yhat = net(x)
    loss_before = loss(y, yhat)
    loss_before.backward()
    slopes = [p.grad for p in net.parameters()]
    GradientDescent(net.parameters(), lr=lr).step()
    after = list(net.state_dict().values())
    now = net(x)
    return yhat.data, loss_before.data, yhat.grad, slopes, after, (now.data, loss(y, now).data)


regression = with_(perceptron, (0.5, 0.25, 0.1), (1.5, -2.0), 2, 0.1)
classification = with_(perceptron, (0.4, 0.3, -0.1), (1.0, -2.0))


def classified(y):
    return classification(y, 0.5, activation="sigmoid", loss=log_loss)


def network(y=1):
    """(the labelled nodes of the forward pass, the gradients)."""
    net = TwoLayerNetwork()
    net.load_state_dict(NETWORK)
    yhat = net([0.5, -1.0])
    loss = log_loss(y, yhat)
    loss.backward()
    a1, a2 = (yhat.operands[0].operands[0].operands[k].operands[0] for k in (0, 1))
    nodes = [a1.operands[0], a1, a2.operands[0], a2, yhat.operands[0], yhat]
    assert [v.label for v in nodes] == ["z1", "a1", "z2", "a2", "z", "yhat"]
    return [v.data for v in nodes], {name: p.grad for name, p in net.named_parameters().items()}


def kind(f, *at):
    return classify_stationary_point(f, *at).kind


def steepest():
    """The unit direction, in whole degrees, along which the bowl rises fastest at (2, 3)."""
    around = [(math.cos(math.radians(d)), math.sin(math.radians(d))) for d in range(360)]
    slopes = [directional_derivative(bowl, v)(2.0, 3.0) for v in around]
    return int(np.argmax(slopes))


def bends(f, x):
    """Monotonicity and concavity at x, by the signs of f′ and f″."""
    slope, bend = derivative(f)(x), derivative(f, 2)(x)
    first = "increasing" if slope > 0 else "decreasing"
    return first, "concave up" if bend > 0 else "concave down" if bend < 0 else "flat"


def dy_dx(f, x):
    x = Value(x, label="x")
    y = f(x)
    y.backward()
    return x.grad


def one_sided(f, x):
    found = is_differentiable(f, x)
    return found.kind, found.left, found.right


def rates():
    """Δh/Δt and ΔT/Δh of a climb from t = 2 to 2.1."""
    rise = height(Value(2.1)).data - height(Value(2.0)).data
    return difference_quotient(height, 2.0, 0.1), difference_quotient(temperature, 1.4, rise)


def lowest(f):
    found = minimize(f, 0.0, method="newton")
    return found.x, found.fun


def eigen(f, n):
    found = classify_stationary_point(f, *[0.0] * n)
    return found.kind, found.eigenvalues


POWERS = [square, lambda x: -(x**2), lambda x: x**4, lambda x: -(x**4), cube]
UNDECIDED = [lambda x, y: x**4 + y**4, lambda x, y: -(x**4) - y**4, lambda x, y: x**3 + y**2]
UNDECIDED += [lambda x, y: x**2 + y**4, lambda x, y: x**2 - y**4]
AFTER_Y1 = [0.6872212584058295, -0.274442516811659, 0.18722125840582948]
NINE = {"w11": -0.034809756699935794, "w21": 0.06961951339987159, "b1": -0.06961951339987159}
NINE |= {"w12": 0.02517517087272634, "w22": -0.05035034174545268, "b2": 0.05035034174545268}
NINE |= {"w1": -0.23370860963120543, "w2": -0.1831474299208818, "b": -0.40684420597619325}


# fmt: off
WEEK_1 = {
    "目录 / contents": [
        Reason("S0-001", "A contents list; its wrong headings are in the errata."),
        Reason("S0-084", "Three links, all empty; the homework itself is not in the note."),
    ],
    "1.1 导数的表示方法 / derivative notation": [
        Row("S0-002", "f′(2) of x³", lambda: derivative(cube)(2.0), 12, "000 §1.1, l. 68"),
        Row("S0-003", "dy/dx of x³ at 2, pushed back from y", lambda: dy_dx(cube, 2.0), 12,
            "000 §1.1, l. 70"),
    ],
    "1.2 反函数 / inverse function": [
        Row("S0-004", "√(x²) at ½ and 3", lambda: [sqrt(square(x)) for x in (0.5, 3.0)], [0.5, 3],
            "000 §1.2, l. 93"),
        Row("S0-004", "√(x²) at −3 is |x|", lambda: sqrt(square(Value(-3.0))).data, 3,
            "000 §1.2, l. 93"),
        Row("S0-005", "ln(e^2.5)", lambda: log(exp(2.5)), 2.5, "000 §1.2 性质1, l. 99"),
        Row("S0-005", "e^(ln 3)", lambda: exp(log(3.0)), 3, "000 §1.2 性质1, l. 99"),
        Row("S0-006", "(2, 4) on x²: (4, 2) on √x", lambda: (square(2.0), sqrt(square(2.0))),
            (4, 2), "000 §1.2 性质2, l. 100"),
        Row("S0-006", "(1, e) on eˣ: (e, 1) on ln x", lambda: (exp(1.0), log(exp(1.0))), (E, 1),
            "000 §1.2 性质2, l. 100"),
        Row("S0-007", "slope 1/m of the inverse of x² at 1, 4, 9",
            lambda: [inverse_derivative(square, x=x) for x in (1.0, 2.0, 3.0)],
            [1 / 2, 1 / 4, 1 / 6], "000 §1.2 性质3, l. 101"),
        Row("S0-007", "m · slope of √ at b = a²",
            lambda: [derivative(square)(a) * derivative(sqrt)(a**2) for a in (1.0, 2.0, 3.0)],
            [1, 1, 1], "000 §1.2 性质3, l. 101"),
        Row("S0-007", "m = 0: no slope", lambda: raised(lambda: inverse_derivative(square, x=0.0)),
            "ZeroDivisionError", "000 §1.2 性质3, l. 101"),
        Row("S0-008", "√′(4), by the inverse and by √",
            lambda: (inverse_derivative(square, y=4.0, near=1.0), derivative(sqrt)(4.0)),
            (0.25, 0.25), "000 §1.2, l. 105"),
        Row("S0-009", "ln′(e) and ln′(e²), by the inverse",
            lambda: [inverse_derivative(exp, x=a) for a in (1.0, 2.0)],
            [0.36787944117144233, 0.1353352832366127], "000 §1.2, l. 107"),
        Row("S0-009", "the same by ln", lambda: [derivative(log)(exp(a)) for a in (1.0, 2.0)],
            [0.36787944117144233, 0.1353352832366127], "000 §1.2, l. 107"),
    ],
    "1.3 欧拉数 / Euler's number": [
        Row("S0-010", "e as a limit; printed 2.71828182", lambda: limit(compound, INF), E,
            "000 §1.3, l. 111"),
        Row("S0-011", "(1 + 1/n)ⁿ, n = 1, 10, 100, 1000",
            lambda: [compound(Value(n)).data for n in (1, 10, 100, 1000)],
            [2, 2.5937424601, 2.7048138294215263, 2.7169239322358925], "000 §1.3, l. 117"),
        Row("S0-011", "as printed, to three decimals",
            lambda: [round(compound(Value(n)), 3) for n in (1, 10, 100, 1000)],
            [2, 2.594, 2.705, 2.717], "000 §1.3, l. 117"),
        Row("S0-011", "n·(e − value) tends to e/2",
            lambda: limit(lambda n: n * (E - compound(n)), INF, tolerance=1e-6), E / 2,
            "000 §1.3, l. 117", 1e-6),
        Row("S0-012", "(eˣ)′ at 0, 1, −1", lambda: [derivative(exp)(x) for x in (0.0, 1.0, -1.0)],
            [1, E, 0.36787944117144233], "000 §1.3, l. 121"),
        Row("S0-013", "a deposit of 1 at 100 %, n = 1, 2, 3, 12, 365",
            lambda: [compound(Value(n)).data for n in (1, 2, 3, 12, 365)],
            [2, 2.25, 2.3703703703703702, 2.613035290224678, 2.714567482021874],
            "000 §1.3, l. 123"),
        Row("S0-013", "compounded all the time", lambda: limit(compound, INF), E,
            "000 §1.3, l. 123"),
    ],
    "1.4 导数的存在性 / existence of the derivative": [
        Row("S0-014", "x² on an interval: at every point",
            lambda: all(is_differentiable(square, x) for x in np.linspace(-2, 2, 9)), True,
            "000 §1.4, l. 138"),
        Row("S0-014", "|x|: wherever x is not 0",
            lambda: [bool(is_differentiable(abs, x)) for x in (-1.0, -0.01, 0.0, 0.01, 1.0)],
            [True, True, False, True, True], "000 §1.4, l. 134"),
        Row("S0-015", "|x| at 0 (角, corner): slopes", lambda: one_sided(abs, 0.0),
            ("corner", -1, 1), "000 §1.4, l. 141"),
        Row("S0-015", "x^(2/3) at 0 (尖, cusp): quotients at h = ∓0.001",
            lambda: [difference_quotient(cusp, 0.0, h) for h in (-0.001, 0.001)], [-10, 10],
            "000 §1.4, l. 141"),
        Row("S0-015", "x^(2/3) at 0: slopes", lambda: one_sided(cusp, 0.0), ("cusp", -INF, INF),
            "000 §1.4, l. 141"),
        Row("S0-016", "|x|: only at 0, elsewhere ∓1",
            lambda: [(derivative(abs)(x), bool(is_differentiable(abs, x))) for x in (-2.0, 2.0)],
            [(-1, True), (1, True)], "000 §1.4, l. 147"),
        Row("S0-016", "one such point makes |x| not differentiable on [−2, 2]",
            lambda: all(is_differentiable(abs, x) for x in np.linspace(-2, 2, 5)), False,
            "000 §1.4, l. 147"),
        Row("S0-017", "f(−1), and f from the left",
            lambda: (stairs(Value(-1.0)).data, limit(stairs, -1.0, side="left")), (0, 2),
            "000 §1.4, l. 156"),
        Row("S0-017", "f′ left and right of −1",
            lambda: (derivative(stairs)(-1.5), derivative(stairs)(-0.5)), (0, 1),
            "000 §1.4, l. 156"),
        Row("S0-017", "quotients at h = ∓0.001",
            lambda: [difference_quotient(stairs, -1.0, h) for h in (-0.001, 0.001)], [-2000, 1],
            "000 §1.4, l. 156", 1e-9),
        Row("S0-017", "what f is at −1", lambda: one_sided(stairs, -1.0), ("jump", -INF, 1),
            "000 §1.4, l. 158"),
        Row("S0-017", "the derivative of the branch taken says nothing of it",
            lambda: derivative(stairs)(-1.0), 1, "000 §1.4, l. 158"),
        Row("S0-018", "∛x at 0: quotients at h = 1e-3, 1e-6",
            lambda: [difference_quotient(cbrt, 0.0, h) for h in (1e-3, 1e-6)], [100, 10000],
            "000 §1.4, l. 170"),
        Row("S0-018", "∛x at 0: slopes", lambda: one_sided(cbrt, 0.0),
            ("vertical tangent", INF, INF), "000 §1.4, l. 170"),
        Row("S0-019", "secants of x² at 1, h = 0.1, 0.01",
            lambda: [difference_quotient(square, 1.0, h) for h in (0.1, 0.01)], [2.1, 2.01],
            "000 §1.4, l. 172"),
        Row("S0-019", "the arc is the tangent, up to o(h)",
            lambda: order_of(lambda x: x**2 - linear_approximation(square, 1.0)(x), 1.0), 2,
            "000 §1.4, l. 172", 1e-9),
        Row("S0-020", "有尖点, 不连续, 有垂直切线",
            lambda: [is_differentiable(f, x).kind
                for f, x in ((abs, 0), (cusp, 0), (stairs, -1), (cbrt, 0))],
            ["corner", "cusp", "jump", "vertical tangent"], "000 §1.4, l. 175"),
    ],
    "1.5 链式法则 / chain rule": [
        Row("S0-021", "h and T at t = 2",
            lambda: (height(Value(2.0)).data, temperature(height(Value(2.0))).data),
            (1.4, 16.789140415384146), "000 §1.5, l. 195"),
        Row("S0-021", "Δh/Δt, ΔT/Δh for Δt = 0.1", lambda: rates(), (0.91, -2.0867516514455775),
            "000 §1.5, l. 198"),
        Row("S0-021", "ΔT/Δt is their product",
            lambda: (difference_quotient(lambda t: temperature(height(t)), 2.0, 0.1),
                math.prod(rates())),
            (-1.8989440028154754,) * 2, "000 §1.5, l. 198"),
        Row("S0-021", "dh/dt, dT/dh",
            lambda: (derivative(height)(2.0), derivative(temperature)(1.4)),
            (0.9, -2.0986425519230183), "000 §1.5, l. 198"),
        Row("S0-021", "dT/dt of the composition, and as the limit of ΔT/Δt",
            lambda: (derivative(lambda t: temperature(height(t)))(2.0),
                limit(lambda t: (temperature(height(t)) - temperature(1.4)) / (t - 2), 2.0)),
            (-1.8887782967307165,) * 2, "000 §1.5, l. 198", 1e-9),
    ],
    "1.6 平方损失优化 / square loss": [
        Row("S0-022", "towers at 1, 4, 10: where, and what it costs",
            lambda: lowest(with_(cables, towers=(1.0, 4.0, 10.0))), (5, 42), "000 §1.6, l. 202"),
        Row("S0-023", "five towers: lowest point and cost", lambda: lowest(cables), (3.3, 78.8),
            "000 §1.6, l. 214"),
        Row("S0-023", "the slope at the mean is 0", lambda: derivative(cables)(sum(TOWERS) / 5), 0,
            "000 §1.6, l. 214"),
        Row("S0-023", "as the zero of the derivative",
            lambda: newton_root(derivative(cables), 0.0).root, 3.3, "000 §1.6, l. 214"),
        Row("S0-023", "by gradient descent", lambda: minimize(cables, 0.0, lr=0.09).x, 3.3,
            "000 §1.6, l. 214", 1e-8),
        Row("S0-023", "f″ = 2n", lambda: derivative(cables, 2)(0.7), 10, "000 §1.6, l. 214"),
    ],
    "1.7 对数损失优化 / log loss": [
        Row("S0-024", "p* = 0.7",
            lambda: minimize(lambda p: -g(p), 0.6, method="newton", tolerance=1e-15).x, 0.7,
            "000 §1.7, l. 226"),
        Row("S0-024", "g(0.7), in one order and in any",
            lambda: (derivative(g, 0)(0.7), math.comb(10, 7) * derivative(g, 0)(0.7)),
            (0.0022235661, 0.266827932), "000 §1.7, l. 224"),
        Row("S0-025", "g′ at 0.5, 0.7, 0.8", lambda: [derivative(g)(p) for p in (0.5, 0.7, 0.8)],
            [0.0078125, 0, -0.01048576], "000 §1.7, l. 236"),
        Row("S0-025", "p⁶(1 − p)²(7 − 10p) there",
            lambda: [derivative(g)(p) / (p**6 * (1 - p) ** 2) for p in (0.5, 0.8)], [2, -1],
            "000 §1.7, l. 236"),
        Row("S0-025", "the crossed-out zeros, 0 and 1",
            lambda: [derivative(g)(p) for p in (0.0, 1.0)], [0, 0], "000 §1.7, l. 239"),
        Row("S0-025", "g″(0.7)", lambda: derivative(g, 2)(0.7), -0.1058841, "000 §1.7, l. 239"),
        Row("S0-026", "G(0.7)", lambda: derivative(log_g, 0)(0.7), -6.108643020548935,
            "000 §1.7, l. 247"),
        Row("S0-026", "G′ at 0.5, 0.2, 0.7",
            lambda: [derivative(log_g)(p) for p in (0.5, 0.2, 0.7)], [8, 31.25, 0],
            "000 §1.7, l. 251"),
        Row("S0-026", "G′ = g′/g", lambda: derivative(g)(0.5) / g(0.5), 8, "000 §1.7, l. 251"),
        Row("S0-026", "G″(0.7)", lambda: derivative(log_g, 2)(0.7), -47.61904761904762,
            "000 §1.7, l. 254"),
        Row("S0-026", "p where G′ = 0", lambda: newton_root(derivative(log_g), 0.5).root, 0.7,
            "000 §1.7, l. 254"),
        Row("S0-027", "the log losses of 7 ones and 3 zeros add up to −G",
            lambda: sum(log_loss(y, 0.7).data for y in [1] * 7 + [0] * 3), 6.108643020548935,
            "000 §1.7, l. 247"),
        Row("S0-027", "their mean",
            lambda: sum(log_loss(y, 0.7).data for y in [1] * 7 + [0] * 3) / 10, 0.6108643020548935,
            "000 §1.7, l. 247"),
        Row("S0-027", "−G(0.7)", lambda: -derivative(log_g, 0)(0.7), 6.108643020548935,
            "000 §1.7, l. 247"),
    ],
    "为什么要取对数 / why take logarithms": [
        Row("S0-028", "f and f′ at 6.5",
            lambda: (derivative(product, 0)(6.5), derivative(product)(6.5)),
            (-2.8977452718056015e288, 3.877154225171681e290), "000 §1.7, l. 263"),
        Row("S0-028", "the five terms at 6.5",
            lambda: [derivative(with_(product, moving=k))(6.5) for k in range(5)],
            [-2.674841789359017e288, -1.0537255533838551e288, -7.451344984642975e288,
                -1.5068275413389128e289, 4.139636102579431e290],
            "000 §1.7, l. 264"),
        Row("S0-028", "at 0.5 f is beyond the floats", lambda: derivative(product, 0)(0.5), -INF,
            "000 §1.7, l. 263"),
        Row("S0-028", "log |f| at 0.5 and 6.5",
            lambda: [derivative(log_product, 0)(p) for p in (0.5, 6.5)],
            [1144.6332570360753, 664.2084397243927], "000 §1.7, l. 274"),
        Row("S0-029", "d/dp log |f| at 0.5 and 6.5",
            lambda: [derivative(log_product)(p) for p in (0.5, 6.5)],
            [-51.945864661654134, -133.799000999001], "000 §1.7, l. 274"),
        Row("S0-029", "its five terms at 0.5",
            lambda: [n * derivative(lambda p, u=u: log(abs(u(p))))(0.5) for n, u in FACTORS],
            [12, -4, -3.6, -3.7142857142857144, -52.63157894736842], "000 §1.7, l. 274"),
        Row("S0-029", "f′/f at 6.5", lambda: derivative(product)(6.5) / derivative(product, 0)(6.5),
            -133.799000999001, "000 §1.7, l. 274"),
        Row("S0-029", "log f at 0.5, where f < 0",
            lambda: raised(lambda: derivative(lambda p: sum(n * log(u(p))
                for n, u in FACTORS))(0.5)),
            "DomainError", "000 §1.7, l. 274"),
        Row("S0-030", "0.5¹⁰⁷⁵ is 0; 1075 log 0.5",
            lambda: (float(Value(0.5) ** 1075) == 0, 1075 * log(0.5)), (True, -745.1332191019412),
            "000 §1.7, l. 279"),
        Row("S0-030", "0.1 · 0.1 · …, 1000 times, is 0; the sum of logs",
            lambda: (float(math.prod([Value(0.1)] * 1000)) == 0, sum([log(0.1)] * 1000)),
            (True, -2302.5850929940457), "000 §1.7, l. 279"),
        Row("S0-030", "g(0.7)¹⁰⁰⁰ is 0; 1000 G(0.7)",
            lambda: (derivative(lambda p: g(p) ** 1000, 0)(0.7) == 0,
                derivative(lambda p: 1000 * log_g(p), 0)(0.7)),
            (True, -6108.643020548935), "000 §1.7, l. 279"),
        Row("S0-030", "the other way: 9.5⁵⁰⁰, and 500 log 9.5",
            lambda: (Value(9.5) ** 500, 500 * log(9.5)), (INF, 1125.6458993032477),
            "000 §1.7, l. 279"),
    ],
}


WEEK_2 = {
    "2.1 偏导数 / partial derivatives": [
        Row("S0-031", "∂(x² + y²)/∂x at (2, 3), y held fixed", lambda: partial(bowl, 0)(2.0, 3.0),
            4, "000 §2.1, l. 292"),
        Row("S0-032", "∂(x² + y²)/∂y at (2, 3), x held fixed", lambda: partial(bowl, 1)(2.0, 3.0),
            6, "000 §2.1, l. 299"),
        Row("S0-033", "slope of the slice f(x, 4) at x = 2",
            lambda: derivative(lambda x: bowl(x, 4.0))(2.0), 4, "000 §2.1, l. 301"),
        Row("S0-033", "slope of the slice f(2, y) at y = 4",
            lambda: derivative(lambda y: bowl(2.0, y))(4.0), 8, "000 §2.1, l. 302"),
    ],
    "2.2 梯度 / gradient": [
        Row("S0-034", "∇f = [2x, 2y] at (2, 3)", lambda: grad(bowl)(2.0, 3.0), [4, 6],
            "000 §2.2, l. 310"),
        Row("S0-035", "TASK: ∇f(2, 3)", lambda: grad(bowl)(2.0, 3.0), [4, 6], "000 §2.2, l. 318"),
        Row("S0-035", "its length", lambda: np.linalg.norm(grad(bowl)(2.0, 3.0)), GRADIENT_NORM,
            "000 §2.2, l. 318"),
        Row("S0-036", "切平面 at (2, 3)", lambda: str(tangent_plane(bowl, 2.0, 3.0)),
            "13 + 4·(x − 2) + 6·(y − 3)", "000 §2.2, l. 320"),
        Row("S0-036", "plane and surface at (2.1, 3.2)",
            lambda: (tangent_plane(bowl, 2.0, 3.0)(2.1, 3.2), bowl(2.1, 3.2)), (14.6, 14.65),
            "000 §2.2, l. 320"),
        Row("S0-036", "two tangents span it: one step in x, one in y",
            lambda: [tangent_plane(bowl, 2.0, 3.0)(*at) - 13 for at in ((3.0, 3.0), (2.0, 4.0))],
            [4, 6], "000 §2.2, l. 320"),
        Row("S0-037", "∇ = (∂x, ∂y)",
            lambda: [partial(mixed, k)(1.0, 0.5) - grad(mixed)(1.0, 0.5)[k] for k in (0, 1)],
            [0, 0], "000 §2.2, l. 321"),
        Row("S0-038", "the steepest of 360 directions, in degrees", steepest, 56,
            "000 §2.2, l. 322"),
        Row("S0-038", "along ∇f/|∇f|, and against it",
            lambda: [directional_derivative(bowl, s * grad(bowl)(2.0, 3.0) / GRADIENT_NORM)(2.0,
                3.0) for s in (1, -1)],
            [GRADIENT_NORM, -GRADIENT_NORM], "000 §2.2, l. 322"),
        Row("S0-038", "its angle", lambda: math.atan2(*grad(bowl)(2.0, 3.0)[::-1]),
            0.982793723247329, "000 §2.2, l. 322"),
    ],
    "2.3 一元梯度下降 / gradient descent in one variable": [
        Row("S0-039", "eˣ = 1/x at Ω, printed 0.5671",
            lambda: newton_root(derivative(hard), 0.5).root, OMEGA, "000 §2.3, l. 335"),
        Row("S0-039", "f(Ω), f″(Ω)", lambda: [derivative(hard, n)(OMEGA) for n in (0, 2)],
            [2.3303661247616807, 4.872177597931833], "000 §2.3, l. 335"),
        Row("S0-040", "new point = old point − slope, from 0.05", lambda: walk(hard, 0.05, 1.0, 2),
            [0.05, 18.998728903623977, -178255557.83048984], "000 §2.3, l. 352"),
        Row("S0-040", "how that ends", lambda: minimize(hard, 0.05, lr=1.0).stopped, "domain error",
            "000 §2.3, l. 352"),
        Row("S0-041", "f′(0.2) < 0, f′(1.5) > 0", lambda: [derivative(hard)(x) for x in (0.2, 1.5)],
            [-3.7785972418398304, 3.815022403671398], "000 §2.3, l. 357"),
        Row("S0-041", "so x grows, and falls",
            lambda: [float(np.sign(np.diff(walk(hard, x, 0.01, 1))[0])) for x in (0.2, 1.5)],
            [1, -1], "000 §2.3, l. 358"),
        Row("S0-042", "the step is |slope|: 陡峭 steep, 平坦 flat",
            lambda: [abs(np.diff(minimize(hard, x, lr=1.0, max_steps=1).path)[0])
                for x in (0.05, 0.5)],
            [18.948728903623977, 0.35127872929987186], "000 §2.3, l. 359"),
        Row("S0-043", "x₁ = x₀ − α f′(x₀), α = 0.005", lambda: walk(hard, 0.05, 0.005, 1)[1],
            0.14474364451811988, "000 §2.3, l. 374"),
        Row("S0-044", "学习率 too large: x² with α = 1.1, x₁₀",
            lambda: walk(square, 1.0, 1.1, 10)[10], 6.1917364224, "000 §2.3, l. 384"),
        Row("S0-044", "x² with α = 1 swings for ever", lambda: walk(square, 1.0, 1.0, 4),
            [1, -1, 1, -1, 1], "000 §2.3, l. 384"),
        Row("S0-044", "eˣ − log x with α = 0.5", lambda: walk(hard, 0.05, 0.5, 2),
            [0.05, 9.524364451811987, -6835.03663652874], "000 §2.3, l. 384"),
        Row("S0-044", "how that ends", lambda: minimize(hard, 0.05, lr=0.5).stopped, "domain error",
            "000 §2.3, l. 384"),
        Row("S0-044", "stable for 0 < α < 2/f″", lambda: 2 / derivative(square, 2)(1.0), 1,
            "000 §2.3, l. 384"),
        Row("S0-045", "学习率 too small: x² with α = 0.001, x₁₀₀",
            lambda: walk(square, 1.0, 0.001, 100)[100], 0.8185668046884278, "000 §2.3, l. 388"),
        Row("S0-045", "eˣ − log x with α = 1e-5, x₁₀₀", lambda: walk(hard, 0.05, 1e-5, 100)[100],
            0.0661721005540774, "000 §2.3, l. 388"),
        Row("S0-046", "x_k = x_{k−1} − α f′(x_{k−1}), k = 1 … 5",
            lambda: walk(hard, 0.05, 0.005, 5)[1:],
            [0.14474364451811988, 0.1735087592998671, 0.19637839272461702, 0.21575450575035912,
                0.2327250041382221],
            "000 §2.3, l. 407"),
        Row("S0-046", "k = 10, 50, 100, 200, 500",
            lambda: walk(hard, 0.05, 0.005, 500)[[10, 50, 100, 200, 500]],
            [0.29675934456965974, 0.4868886312614803, 0.5451214640451186, 0.5653102952041639,
                0.5671421705820746],
            "000 §2.3, l. 411"),
        Row("S0-046", "close enough: |f′| < 1e-10 after so many steps",
            lambda: minimize(hard, 0.05, lr=0.005, tolerance=1e-10).nit, 943, "000 §2.3, l. 411"),
        Row("S0-047", "局部最小值: where x⁴ − 4x² + x is flat",
            lambda: [newton_root(derivative(wells), x).root for x in (-1.5, 0.0, 1.5)],
            [-1.4729976011140302, 0.1260001925862561, 1.346997408527774], "000 §2.3, l. 413"),
        Row("S0-047", "f there",
            lambda: [derivative(wells, 0)(newton_root(derivative(wells), x).root)
                for x in (-1.5, 0.0, 1.5)],
            [-5.444192066610897, 0.06274804737614482, -2.6185559807652474], "000 §2.3, l. 413"),
        Row("S0-047", "from 2 and from −2: the start decides",
            lambda: [minimize(wells, x, lr=0.01, tolerance=1e-12).x for x in (2.0, -2.0)],
            [1.346997408527774, -1.4729976011140302], "000 §2.3, l. 413"),
    ],
    "2.4 二元梯度下降 / gradient descent in two variables": [
        Row("S0-048", "±∇f at (2, 3): greatest ascent, descent",
            lambda: [s * grad(bowl)(2.0, 3.0) for s in (1, -1)], [[4, 6], [-4, -6]],
            "000 §2.4, l. 424"),
        Row("S0-049", "(x₀, y₀) − α∇f, α = 0.1", lambda: walk(bowl, (2.0, 3.0), 0.1, 1)[1],
            [1.6, 2.4], "000 §2.4, l. 426"),
        Row("S0-050", "three steps", lambda: walk(bowl, (2.0, 3.0), 0.1, 3),
            [[2, 3], [1.6, 2.4], [1.28, 1.92], [1.024, 1.536]], "000 §2.4, l. 450"),
        Row("S0-050", "every step by 0.8", lambda: walk(bowl, (2.0, 3.0), 0.1, 50)[50],
            [2.85449538541192e-05, 4.28174307811788e-05], "000 §2.4, l. 450"),
    ],
    "2.5 线性回归 / linear regression": [
        Row("S0-051", "L at (0, 0), three points", lambda: cost(0.0, 0.0).data, 6.333333333333333,
            "000 §2.5, l. 460"),
        Row("S0-051", "∇L at (0, 0)", lambda: grad(cost)(0.0, 0.0), [-7, -3.3333333333333335],
            "000 §2.5, l. 460"),
        Row("S0-051", "the lowest L", lambda: minimize(cost, (0.0, 0.0), method="newton").fun,
            0.6944444444444444, "000 §2.5, l. 460"),
        Row("S0-052", "gradient descent on L, α = 0.1", lambda: walk(cost, (0.0, 0.0), 0.1, 3),
            [[0, 0], [0.7, 1 / 3], [1.0066666666666666, 0.49333333333333335],
                [1.1382222222222222, 0.576]],
            "000 §2.5, l. 462"),
    ],
}

WEEK_3 = {
    "3.1.1 感知机, 回归 / perceptron, regression": [
        Reason("S0-053", "A heading, and a wrong one: see the errata."),
        Row("S0-054", "ŷ = w1·x1 + w2·x2 + b", lambda: regression()[0], 0.35, "000 §3.1.1, l. 479"),
        Row("S0-055", "L = ½(y − ŷ)², ∂L/∂ŷ", lambda: regression()[1:3], (1.36125, -1.65),
            "000 §3.1.1, l. 483"),
        Row("S0-056", "less error after a step, α = 0.1", lambda: regression()[5][1], 0.10294453125,
            "000 §3.1.1, l. 487"),
        Row("S0-057", "∂L/∂b", lambda: regression()[3][2], -1.65, "000 §3.1.1, l. 501"),
        Row("S0-058", "∂L/∂w1", lambda: regression()[3][0], -2.475, "000 §3.1.1, l. 503"),
        Row("S0-059", "∂L/∂w2", lambda: regression()[3][1], 3.3, "000 §3.1.1, l. 505"),
        Row("S0-060", "w1, w2, b after a step", lambda: regression()[4], [0.7475, -0.08, 0.265],
            "000 §3.1.1, l. 520"),
        Row("S0-060", "ŷ and L after it", lambda: regression()[5], (1.54625, 0.10294453125),
            "000 §3.1.1, l. 524"),
    ],
    "3.1.2 感知机, 分类 / perceptron, classification": [
        Row("S0-061", "ŷ = σ(w1·x1 + w2·x2 + b)", lambda: classified(1)[0], 0.425557483188341,
            "000 §3.1.2, l. 529"),
        Row("S0-062", "σ at 0 and 2", lambda: [sigmoid(z) for z in (0.0, 2.0)],
            [0.5, 0.8807970779778824], "000 §3.1.2, l. 542"),
        Row("S0-062", "σ′ at −1, 0, 2", lambda: [derivative(sigmoid)(z) for z in (-1.0, 0.0, 2.0)],
            [0.19661193324148185, 0.25, 0.10499358540350652], "000 §3.1.2, l. 544"),
        Row("S0-062", "σ at −3, −0.3, 0.5, 10",
            lambda: [sigmoid(z) for z in (-3.0, -0.3, 0.5, 10.0)],
            [0.04742587317756678, 0.425557483188341, 0.6224593312018546, 0.9999546021312976],
            "000 §3.1.2, l. 542"),
        Row("S0-062", "σ′ there", lambda: [derivative(sigmoid)(z) for z in (-3.0, -0.3, 0.5, 10.0)],
            [0.04517665973091213, 0.24445831169074586, 0.2350037122015945, 4.5395807735951673e-05],
            "000 §3.1.2, l. 544", 1e-11),
        Row("S0-062", "far out", lambda: [sigmoid(z) for z in (-1000.0, 1000.0)], [0, 1],
            "000 §3.1.2, l. 542"),
        Row("S0-063", "对数损失 of y = 1 and y = 0", lambda: [classified(y)[1] for y in (1, 0)],
            [0.8543552444685271, 0.5543552444685271], "000 §3.1.2, l. 557"),
        Row("S0-063", "of y = 1 and ŷ = 0: no NaN", lambda: raised(lambda: log_loss(1, 0.0)),
            "DomainError", "000 §3.1.2, l. 557"),
        Row("S0-063", "of y = 1 and ŷ = σ(−1000), from the logit",
            lambda: log_loss_from_logit(1, -1000.0).data, 1000, "000 §3.1.2, l. 557"),
        Row("S0-064", "less error after a step, α = 0.5, y = 1 and 0",
            lambda: [classified(y)[5][1] for y in (1, 0)], [0.215845817941587, 0.18785756506488],
            "000 §3.1.2, l. 562"),
        Row("S0-065", "反向传播: ∂L/∂w1, ∂L/∂w2, ∂L/∂b for y = 1", lambda: classified(1)[3],
            [-0.574442516811659, 1.148885033623318, -0.574442516811659], "000 §3.1.2, l. 565"),
        Row("S0-065", "for y = 0", lambda: classified(0)[3],
            [0.425557483188341, -0.851114966376682, 0.425557483188341], "000 §3.1.2, l. 565"),
        Row("S0-065", "and the step they lead to, y = 1", lambda: classified(1)[4], AFTER_Y1,
            "000 §3.1.2, l. 565"),
    ],
    "3.2 神经网络 / neural network": [
        Row("S0-066", "z1, a1, z2, a2, z, ŷ", lambda: network()[0],
            [0.3, 0.574442516811659, -0.2, 0.4501660026875221, 0.37702676042440025,
                0.5931557940238068],
            "000 §3.2, l. 569"),
        Row("S0-067", "nine gradients", lambda: [network()[1][name] for name in NINE],
            list(NINE.values()), "000 §3.2, l. 574"),
    ],
    "3.3 牛顿方法 / Newton's method": [
        Row("S0-068", "牛顿方法原本是用来找函数零点的: √2 from 1",
            lambda: newton_root(lambda x: x**2 - 2, 1.0).iterates[:5],
            [1, 1.5, 1.4166666666666667, 1.4142156862745099, 1.4142135623746899],
            "000 §3.3, l. 580"),
        Row("S0-069", "x_{k+1} = x_k − f(x_k)/f′(x_k): exactly 3/2, 17/12, 577/408",
            lambda: newton_root(lambda x: x**2 - 2, 1.0).iterates[1:4], [3 / 2, 17 / 12, 577 / 408],
            "000 §3.3, l. 596"),
        Row("S0-069", "the root", lambda: newton_root(lambda x: x**2 - 2, 1.0).root,
            1.4142135623730951, "000 §3.3, l. 598"),
        Row("S0-069", "from 0: f′ = 0", lambda: newton_root(lambda x: x**2 - 2, 0.0).reason,
            "zero derivative", "000 §3.3, l. 596"),
        Row("S0-069", "x³ − 2x + 2 from 0: back and forth",
            lambda: (newton_root(lambda x: x**3 - 2 * x + 2, 0.0).reason,
                newton_root(lambda x: x**3 - 2 * x + 2, 0.0).iterates),
            ("cycle", [0, 1, 0]), "000 §3.3, l. 598"),
        Row("S0-069", "∛x from 0.1: each iterate is −2 times the last",
            lambda: (newton_root(cbrt, 0.1).reason,
                newton_root(cbrt, 0.1).iterates[:4]),
            ("diverged", [0.1, -0.2, 0.4, -0.8]), "000 §3.3, l. 598"),
        Row("S0-070", "x − g′/g″ on eˣ − log x from 0.05", lambda: newton(hard, 0.05, 8),
            [0.05, 0.09724764704478504, 0.1831766667839309, 0.32051968955024274,
                0.47729765238609506, 0.5578497670878261, 0.567059890228799, 0.5671432838411802,
                OMEGA],
            "000 §3.3, l. 612"),
        Row("S0-070", "from 2", lambda: newton(hard, 2.0, 6),
            [2, 1.098179669096158, 0.5526822326177031, 0.5669388602197535, 0.5671432509315752,
                0.5671432904097824, OMEGA],
            "000 §3.3, l. 612"),
        Row("S0-070", "f(x) ↦ g′(x): the root finder walks the same",
            lambda: newton_root(derivative(hard), 0.05).iterates[:9],
            [0.05, 0.09724764704478504, 0.1831766667839309, 0.32051968955024274,
                0.47729765238609506, 0.5578497670878261, 0.567059890228799, 0.5671432838411802,
                OMEGA],
            "000 §3.3, l. 606"),
        Row("S0-071", "cos from 0.5", lambda: newton(cos, 0.5, 2),
            [0.5, -0.04630248984379051, 3.31180213263868e-05], "000 §3.3, l. 616", 1e-9),
        Row("S0-071", "goes to 0, a zero of g′ …",
            lambda: (newton(cos, 0.5, 4)[-1], derivative(cos)(0.0)), (0, 0), "000 §3.3, l. 616"),
        Row("S0-071", "… and no minimum", lambda: kind(cos, 0.0), "maximum", "000 §3.3, l. 616"),
    ],
    "3.4 二阶导数 / second derivative": [
        Row("S0-072", "f″(2) of x³, at once and as d/dx of df/dx",
            lambda: (derivative(cube, 2)(2.0), derivative(derivative(cube))(2.0)), (12, 12),
            "000 §3.4, l. 623"),
        Row("S0-073", "f_xx, f_xy; f_yx, f_yy of x²y + e^(xy) at (1, ½)",
            lambda: hessian(mixed)(1.0, 0.5),
            [[1.412180317675032, 4.473081906050192], [4.473081906050192, 1.6487212707001282]],
            "000 §3.4, l. 631"),
        Row("S0-073", "f_x by y, then f_y by x: equal here",
            lambda: (partial(partial(mixed, 0), 1)(1.0, 0.5),
                partial(partial(mixed, 1), 0)(1.0, 0.5)),
            (4.473081906050192,) * 2, "000 §3.4, l. 633"),
        Row("S0-073", "xy(x² − y²)/(x² + y²) at (0, 0): not equal",
            lambda: (limit(lambda y: partial(twisted, 0)(0.0, y) / y, 0.0),
                limit(lambda x: partial(twisted, 1)(x, 0.0) / x, 0.0)),
            (-1, 1), "000 §3.4, l. 633"),
        Row("S0-074", "曲率 of x² at 0 and 1", lambda: [curvature(square, x) for x in (0.0, 1.0)],
            [2, 0.17888543819998318], "000 §3.4, l. 636"),
        Row("S0-074", "f″ at both", lambda: [derivative(square, 2)(x) for x in (0.0, 1.0)], [2, 2],
            "000 §3.4, l. 636"),
        Row("S0-075", "f″ > 0, the notes' 凹: above its tangents, that is convex",
            lambda: [min(x**2 - linear_approximation(square, a)(x) for x in (-2.0, -1.0, 2.0)) > 0
                for a in (0.0, 1.0)],
            [True, True], "000 §3.4, l. 641"),
        Row("S0-076", "f″(0) of x² and −x²",
            lambda: [derivative(f, 2)(0.0) for f in (square, lambda x: -(x**2))], [2, -2],
            "000 §3.4, l. 647"),
        Row("S0-077", "f″(0) of x², −x², x⁴, −x⁴, x³",
            lambda: [derivative(f, 2)(0.0) for f in POWERS], [2, -2, 0, 0, 0], "000 §3.4, l. 656"),
        Row("S0-077", "what the test says", lambda: [kind(f, 0.0) for f in POWERS],
            ["minimum", "maximum", *["inconclusive"] * 3], "000 §3.4, l. 656"),
        Row("S0-078", "eˣ, −x and log x at 1",
            lambda: [bends(f, 1.0) for f in (exp, lambda x: -x, log)],
            [("increasing", "concave up"), ("decreasing", "flat"), ("increasing", "concave down")],
            "000 §3.4, l. 659"),
    ],
    "3.5 海森矩阵 / Hessian matrix": [
        Row("S0-079", "H of 2x² + 3y² − xy", lambda: hessian(tilted)(0.0, 0.0), [[4, -1], [-1, 6]],
            "000 §3.5, l. 701"),
        Row("S0-079", "the left column: f, f′, f″ of 3x² at 2",
            lambda: [derivative(lambda x: 3 * x**2, n)(2.0) for n in (0, 1, 2)], [12, 12, 6],
            "000 §3.5, l. 700"),
        Row("S0-079", "∇f at (1, 1)", lambda: grad(tilted)(1.0, 1.0), [3, 5], "000 §3.5, l. 700"),
    ],
    "3.6 海森矩阵和凹凸性 / Hessian and convexity": [
        Row("S0-080", "2x² + 3y² − xy: λ and what it is", lambda: eigen(tilted, 2),
            ("minimum", [3.585786437626905, 6.414213562373095]), "000 §3.6, l. 706"),
        Row("S0-080", "−2x² − 3y² − xy + 15",
            lambda: eigen(lambda x, y: -2 * x**2 - 3 * y**2 - x * y + 15, 2),
            ("maximum", [-6.414213562373095, -3.585786437626905]), "000 §3.6, l. 707"),
        Row("S0-080", "2x² − 2y²: 鞍点, conclusive",
            lambda: eigen(lambda x, y: 2 * x**2 - 2 * y**2, 2), ("saddle", [-4, 4]),
            "000 §3.6, l. 708"),
        Row("S0-080", "three variables", lambda: eigen(three, 3),
            ("minimum", [1.5773649610041003, 4.29037799875188, 6.13225704024402]),
            "000 §3.6, l. 706"),
        Row("S0-080", "three variables, a saddle",
            lambda: eigen(lambda x, y, z: x**2 + y**2 - z**2, 3), ("saddle", [-2, 2, 2]),
            "000 §3.6, l. 708"),
        Row("S0-080", "some λ = 0: a minimum, a maximum, neither, a minimum, a saddle",
            lambda: [kind(f, 0.0, 0.0) for f in UNDECIDED], ["inconclusive"] * 5,
            "000 §3.6, l. 708"),
        Row("S0-080", "one variable: f″ > 0, < 0, = 0", lambda: [kind(f, 0.0) for f in POWERS[:3]],
            ["minimum", "maximum", "inconclusive"], "000 §3.6, l. 706"),
    ],
    "3.7 牛顿方法用于两个变量的函数 / Newton's method in two variables": [
        Row("S0-081", "x₁ = x₀ − f″(x₀)⁻¹ f′(x₀) from 0.05", lambda: newton(hard, 0.05, 1)[1],
            0.09724764704478504, "000 §3.7, l. 716"),
        Row("S0-081", "written out",
            lambda: 0.05 - derivative(hard, 2)(0.05) ** -1 * derivative(hard)(0.05),
            0.09724764704478504, "000 §3.7, l. 716"),
        Row("S0-082", "θ − H⁻¹∇f from (4, 4)", lambda: newton(quartic, (4.0, 4.0), 3),
            [[4, 4], [2.5827386641792285, 2.621288835830368],
                [1.5922569140896436, 1.6748161076576502],
                [0.8705891680079106, 1.0018210705961592]],
            "000 §3.7, l. 720"),
        Row("S0-083", "H⁻¹∇f at (4, 4)",
            lambda: linalg.solve(hessian(quartic)(4.0, 4.0), grad(quartic)(4.0, 4.0)),
            [1.4172613358207713, 1.378711164169632], "000 §3.7, l. 722"),
        Row("S0-083", "形状: (2, 2)·(2, 1)",
            lambda: linalg.dot(linalg.inv(hessian(quartic)(4.0, 4.0)),
                grad(quartic)(4.0, 4.0).reshape(2, 1)).shape,
            (2, 1), "000 §3.7, l. 722"),
        Row("S0-083", "∇f·H⁻¹ does not fit",
            lambda: raised(lambda: linalg.dot(grad(quartic)(4.0, 4.0).reshape(2, 1),
                linalg.inv(hessian(quartic)(4.0, 4.0)))),
            "ValueError", "000 §3.7, l. 722"),
        Row("S0-083", "no H⁻¹, no step",
            lambda: minimize(lambda x, y: (x + y) ** 2, (1.0, 1.0), method="newton").stopped,
            "singular Hessian", "000 §3.7, l. 720"),
    ],
    "图 / figures": [
        Reason("S0-085", "Some thirty lost pictures; docs/notes.md says which demo draws which."),
    ],
}
# fmt: on
TABLE = WEEK_1 | WEEK_2 | WEEK_3
ROWS = rows(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_row(row):
    check(row)


def test_every_item_is_here():
    check_covered(TABLE, "S0", 85)


@pytest.mark.parametrize("erratum", ERRATA, ids=[e.id for e in ERRATA])
def test_erratum(erratum):
    check_erratum(erratum)


def test_every_erratum_is_here():
    wrong = (1, 7, 24, 29, 36, 51, 52, 53, 70, 71, 74, 77, 80)
    assert [e.id for e in ERRATA] == [f"S0-{k:03}" for k in wrong]
    assert all(a.place <= b.place for a, b in pairwise(ERRATA))


@pytest.mark.parametrize("x0", [0.05, 2.0])
def test_the_minimiser_and_the_root_finder_are_one(x0):
    steps = newton(hard, x0, 6)
    assert steps == pytest.approx(newton_root(derivative(hard), x0).iterates[:7], rel=1e-15)


def test_newton_leaves_nothing_moved_where_the_hessian_is_singular():
    x, y = Value(1.0), Value(1.0)
    with pytest.raises(SingularHessianError):
        Newton([x, y]).step(lambda: (x + y) ** 2)
    assert (x.data, y.data) == (1.0, 1.0)


def test_the_sine_at_least_has_an_inverse_too():
    assert inverse_derivative(sin, x=0.5) == pytest.approx(1.139493927324549, rel=1e-12)

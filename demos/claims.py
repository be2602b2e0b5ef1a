"""Does each number that a demo shows support the note's claim, and would it at other settings?

000, 002, 003 and 004: their claims, each measured by the demo's own functions at its setting and
at settings 5, 10 and 20 percent below and above.  ``--write`` makes docs/claims.md of it.
"""

import importlib
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from autograd_lite import (
    Value,
    cos,
    derivative,
    exp,
    expm1,
    grad,
    jacobian,
    minimize,
    sigmoid,
    sin,
    sqrt,
    taylor,
)
from autograd_lite.analysis import classify_point, classify_stationary_point, newton_root, order_of
from autograd_lite.functional import (
    curvature,
    difference_quotient,
    directional_derivative,
    partial,
    total_derivative,
)
from autograd_lite.nn import DeepNetwork, Perceptron, TwoLayerNetwork, half_squared_error, log_loss
from autograd_lite.optim import Adagrad, Adam, GradientDescent

HERE = Path(__file__).resolve().parent
FACTORS = 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2


@dataclass(frozen=True)
class Claim:
    """What a note says, and the numbers of a demo that show it.

    Args:
        where: note and line.
        says: the claim.
        demo: whose number it is.
        setting: what is varied, and its value in the demo.
        measure: the numbers, at a value of the setting.
        holds: whether these numbers support the claim.
        shown: how to write them.
        adjusted: what was changed in the demo, and why.
    """

    where: str
    says: str
    demo: str
    setting: tuple[str, float]
    measure: Callable[[float], tuple]
    holds: Callable[..., bool]
    shown: str
    adjusted: str = ""


@cache
def tried(claim):
    """[whether it holds], at each of the factors."""
    return [bool(claim.holds(*claim.measure(claim.setting[1] * k))) for k in FACTORS]


@cache
def demo(name):
    """A demo as a module."""
    [path] = HERE.glob(f"*/{name}.py")
    for folder in (str(HERE), str(path.parent)):
        if folder not in sys.path:
            sys.path.append(folder)
    return importlib.import_module(name)


def near(a, b, within=1e-9):
    return abs(a - b) <= within * max(1.0, abs(a), abs(b))


# ---- the measurements: a setting goes in, numbers come out --------------------------------------


def inverse_slopes(a):
    square = demo("inverse").square
    return derivative(square)(a), derivative(sqrt)(square(a))


def short_of_e(n):
    return tuple(math.e - demo("compound").compound(k) for k in (n, 2 * n))


def secants(name, f, x, *steps):
    """The slopes of the secants of a demo's function from x on."""
    return tuple(difference_quotient(getattr(demo(name), f), x, h) for h in steps)


def downhill(alpha):
    f = demo("bowl").f
    return tuple(f(*point) for point in minimize(f, (2.0, 3.0), lr=alpha, max_steps=2).path)


def slopes_along(x, v):
    """The directional derivative at (x, 3), by its limit's formula and as v·∇f."""
    f = demo("bowl").f
    return derivative(lambda t: f(x + t * v[0], 3.0 + t * v[1]))(0.0), v @ grad(f)(x, 3.0)


def along_a_path(t):
    df_dt = total_derivative(demo("total_derivative").f, sin, cos)(t)
    return df_dt, 2 * math.sin(t) * (math.cos(t) - 1)


def one_sided(height):
    """The kind of jump from height·2 to x + 1 at −1."""
    found = classify_point(lambda x: Value(2.0 * height) if x < -1 else x + 1, -1.0)
    return (found.kind,)


def chain_differences(dt):
    climb = demo("climb")
    dh = climb.h(2 + dt) - climb.h(2.0)
    product = difference_quotient(climb.T, climb.h(2.0), dh) * dh / dt
    return product, difference_quotient(climb.both, 2.0, dt)


def mean_is_best(c):
    def cost(x):
        return (x - 1.0) ** 2 + (x - 4.0) ** 2 + (x - c) ** 2

    return minimize(cost, 0.0, method="newton").x, (5 + c) / 3


def best_coin(start):
    """Where the likelihood and its log are highest, from a start."""
    toss = demo("coin_toss")
    p = np.linspace(0.001, 0.999, 9981)
    return newton_root(derivative(toss.G), start).root, p[np.argmax(toss.g(p))]


def log_slope(p):
    toss = demo("coin_toss")
    return derivative(toss.f)(p), derivative(toss.log_f)(p)


def tiny(p):
    return derivative(demo("tiny_products").product(1000), 0)(p), 1000 * math.log(p)


def steepest(x):
    """The slope along ∇f, and the largest of 360 other directions, at (x, 3)."""
    f, g = demo("bowl").f, grad(demo("bowl").f)(x, 3.0)
    others = [
        directional_derivative(f, (math.cos(t), math.sin(t)))(x, 3.0)
        for t in np.linspace(0, 2 * np.pi, 90)
    ]
    return directional_derivative(f, g / np.hypot(*g))(x, 3.0), max(others)


def omega(start):
    f = demo("omega").f
    newton = minimize(f, start, method="newton", tolerance=1e-10)
    descent = minimize(f, start, lr=0.005, tolerance=1e-10)
    return newton.x, newton.nit, descent.x, descent.nit


def step_lengths(alpha):
    """At a steep place of e^x − log(x), and at a flat one."""
    f = demo("omega").f
    return tuple(abs(minimize(f, x, lr=alpha, max_steps=1).path[1] - x) for x in (0.05, 0.4))


def rate(alpha, steps):
    return abs(minimize(demo("learning_rate").square, 1.0, lr=alpha, max_steps=steps).path[-1])


def valleys(start):
    """Where descent ends from the right, and f there and in the left valley."""
    f = demo("local_minima").f
    right, left = minimize(f, start, lr=0.01), minimize(f, -2.0, lr=0.01)
    return right.x, right.fun, left.fun


def one_update(net, weights, x, y, loss, alpha):
    net.load_state_dict(weights)
    before = loss(y, net(x))
    before.backward()
    GradientDescent(net.parameters(), lr=alpha).step()
    return before.data, loss(y, net(x)).data


def neuron_step(alpha):
    weights = demo("single_neuron").WEIGHTS
    return one_update(Perceptron(2, "sigmoid"), weights, (1.0, -2.0), 1, log_loss, alpha)


def regression_step(alpha):
    layer = demo("single_layer")
    return one_update(Perceptron(3), layer.WEIGHTS, layer.x, 1.0, half_squared_error, alpha)


def network_step(alpha):
    weights = demo("two_layer_network").WEIGHTS
    return one_update(TwoLayerNetwork(), weights, (0.5, -1.0), 1, log_loss, alpha)


def hand_derivations(x1):
    """The largest difference of the nine gradients from their formulas, and of ∂L/∂ŷ."""
    two = demo("two_layer_network")
    net = TwoLayerNetwork()
    net.load_state_dict(two.WEIGHTS)
    yhat = net((x1, -1.0))
    log_loss(Value(1, label="y"), yhat).backward()
    p = two.WEIGHTS
    known = p | {"x1": x1, "x2": -1.0, "y": 1, "yhat": yhat.data}
    for k, (u, v) in enumerate((("w11", "w21"), ("w12", "w22")), 1):
        known[f"a{k}"] = sigmoid(x1 * p[u] - p[v] + p[f"b{k}"])
    off = [v.grad - eval(two.BY_HAND[n][0], known) for n, v in net.named_parameters().items()]
    return max(map(abs, off)), yhat.grad, -(1 - yhat.data) / (yhat.data * (1 - yhat.data))


def three_layers(x):
    """∂L/∂w1 of the chain, by its six factors and as pushed back."""
    three = demo("three_layers")
    net = DeepNetwork([1, 1, 1, 1])
    net.load_state_dict(three.WEIGHTS)
    log_loss(Value(1, label="y"), net([x])).backward()
    known, a = dict(three.WEIGHTS) | {"x1": x, "y": 1}, x
    for k in (1, 2, 3):
        a = known[f"a{k}"] = sigmoid(a * known[f"w{k}"] + known[f"b{k}"])
    return net.w1.grad, eval(three.BY_HAND["w1"], known), net.w3.grad


def exclusive_or(lr):
    xor = demo("not_separable")
    return xor.trained(Perceptron(2, "sigmoid", seed=0), lr / 3)[-1], xor.trained(
        TwoLayerNetwork(seed=4), lr
    )[-1]


def root_of_two(start):
    found = newton_root(demo("newton_root").f, start)
    errors = [abs(x - math.sqrt(2)) for x in found.iterates]
    return errors[1], errors[2], errors[3]


def to_the_bowl(start):
    walks = demo("newton_2d").walks(start)
    return tuple(walk.nit for walk in walks)


def sum_of_squares(c):
    return classify_stationary_point(lambda x: c * x**2, 0.0).kind, classify_stationary_point(
        lambda x: -c * x**2, 0.0
    ).kind


def eigenvalues(a, b, c):
    found = classify_stationary_point(lambda x, y: a * x**2 + b * y**2 - c * x * y, 0.0, 0.0)
    return found.kind, *found.eigenvalues


def taylor_orders(x):
    return tuple(order_of(lambda t, n=n: sqrt(t) - taylor(sqrt, x, n)(t), x) for n in (1, 2))


def parabola(x):
    f = demo("tangent").f
    lowest = minimize(taylor(f, x, 2), x, method="newton").x
    return lowest, minimize(f, x, method="newton", max_steps=1).path[1]


def one_newton_step(start):
    E = demo("linear_regression").E
    end = minimize(E, (start, start), method="newton", max_steps=1).path[1]
    return abs(grad(E)(*end)).max(), abs(grad(E)(start, start)).max()


def regression(alpha):
    path = minimize(demo("linear_regression").E, (0.0, 0.0), lr=alpha, max_steps=1000).path
    return path[-1][0], path[-1][1]


def batch_variance(y2):
    """Of ∂J/∂m of one sample, and of the mean of two, at (0, 0), for (1, 2), (2, y2), (3, 3)."""
    points = [(1.0, 2.0), (2.0, y2), (3.0, 3.0)]
    each = jacobian(lambda m: [half_squared_error(y, m * x) for x, y in points])(0.0)
    return each.var(), ((each.sum() - each) / 2).var()


def falling_rate(eta):
    """How far from the mean after 20 passes: whole batches, one sample at a time with η = 1/t."""
    escape = demo("escape")
    return abs(escape.whole(eta, 20)[-1]), escape.single(20)[-1]


def tunnel(measure):
    def both(eta):
        walk = demo("tunnel").walk
        paths = walk("gradientdescent", lr=eta), walk("momentum", lr=eta, momentum=0.9)
        return tuple(measure(*path.T) for path in paths)

    return both


def braking(eta):
    """The second step's y of momentum and Nesterov, and f after 200 steps of each."""
    f = demo("nesterov").f

    def run(method, steps):
        return minimize(
            f, (1.0, 1.0), method=method, lr=eta, momentum=0.9, max_steps=steps, tolerance=0
        )

    seconds = (run(m, 2).path[2, 1] for m in ("momentum", "nesterov"))
    return *seconds, *(run(m, 200).fun for m in ("momentum", "nesterov"))


def adagrad_rates(samples):
    """η/√G of a weight touched in every sample, and of one touched in every fifth, η = 1."""
    sparse = demo("sparse_features")
    rows = [("frequent", "rare") if k % 5 == 2 else ("frequent",) for k in range(round(samples))]
    return tuple(sparse.over_the_samples(rows)[-1])


def adagrad_decay(eta):
    path = minimize(lambda x: 0.5 * x**2, 1.0, method=Adagrad, lr=eta, max_steps=3).path
    return tuple((path[k] - path[k + 1]) / path[k] for k in range(3))


def rare_weight(factor):
    """How far the rare weight still has to go: gradient descent at factor / 48, Adagrad."""
    loss = demo("sparse_features").loss
    kinds = (GradientDescent, factor / 48), (Adagrad, factor)
    return tuple(
        abs(3 - minimize(loss, (0.0, 0.0), method=kind, lr=lr, max_steps=20).x[1])
        for kind, lr in kinds
    )


def saddle(eta):
    """Steps until |y| > 1: gradient descent, momentum, Adam, all of this η."""
    f = demo("saddle").f

    def watch(step, point, value):
        if abs(point[1]) > 1:
            raise StopIteration

    return tuple(
        minimize(f, (1.0, 1e-6), method=method, lr=eta, max_steps=400, callback=watch).nit
        for method in ("gradientdescent", "momentum", "adam")
    )


def drawn_to_the_saddle(x):
    f = demo("newton_saddle").f
    newton = minimize(f, (x, 1.0), method="newton", max_steps=8).path[-1, 0]
    return newton, minimize(f, (x, 1.0), lr=0.1).x[0]


def constant_slope(steps):
    return demo("printed_rules").constant_slope(round(steps))


def unit_of_descent(eta):
    units = demo("units")
    x, phi = units.in_x("gradientdescent", 1, lr=eta), units.in_phi("gradientdescent", 1, lr=eta)
    return ((phi[1] - phi[0]) / (x[1] - x[0]),)


def unit_of_adadelta(eps):
    units = demo("units")
    x = units.in_x("adadelta", 15, eps=eps)
    same = units.in_phi("adadelta", 15, eps=eps)
    scaled = units.in_phi("adadelta", 15, unit_of_f=100, eps=eps / 100)
    return abs(scaled - x).max(), abs(same - x).max()


def printed(name):
    def path(start):
        rules = demo("printed_rules")
        _, _, kind, options = rules.RULES[name]
        theta = Value(start)
        rule = kind([theta], **options)
        seen = [start]
        for _ in range(4):
            rules.step(rule, theta)
            seen.append(theta.data)
        return tuple(seen)

    return path


def adam_first(eta):
    """The first step over η: as printed, and unbiased."""
    theta = [Value(2.0), Value(2.0)]
    for p, corrected in zip(theta, (False, True), strict=True):
        p.grad = 4.0
        Adam([p], lr=eta, bias_correction=corrected).step()
    return tuple((2.0 - p.data) / eta for p in theta)


def ravine(eta):
    """f of ½(x² + 25y²) after 200 steps: gradient descent, momentum, Nesterov."""
    f = demo("optimizers").f
    return tuple(
        minimize(f, (1.0, 1.0), method=m, lr=eta, max_steps=200, tolerance=0).fun
        for m in ("gradientdescent", "momentum", "nesterov")
    )


def series(x):
    errors = [abs(taylor(cos, 0.0, 2 * K)(x) - math.cos(x)) for K in (0, 1, 2, 3)]
    return tuple(errors)


def weighted(entry):
    """(5.108): the difference of both sides, for a symmetric W and for one with w₁₂ changed."""
    t = demo("matrix_identities")
    told = []
    for change in (0.0, entry):
        W = t.SYMMETRIC.copy()
        W[0, 1] += change
        ours = grad(t.weighted_square(W))(t.s)
        told.append(abs(ours + 2 * (t.x - t.A @ t.s) @ W @ t.A).max())
    return tuple(told)


def five_minima(alpha):
    t = demo("five_minima")
    ends = [minimize(t.f, x0, lr=alpha).x for x0 in t.STARTS]
    return len({round(x) for x in ends}), min(ends, key=t.f)


def moods(steps):
    _, losses = demo("sentiment").trained([(3, 0), (0, 2), (2, 1), (1, 3)], round(steps))
    return losses[0], losses[-1]


def sauna(alpha):
    t = demo("sauna")
    path = minimize(t.T, (0.5, 0.6), lr=alpha, max_steps=400).path
    return t.T(*path[0]), t.T(*path[1]), *path[-1]


# ---- the claims ---------------------------------------------------------------------------------

# fmt: off
CLAIMS = [
    Claim(
        "000 l. 101", "性质 3: the inverse has the slope 1/m", "inverse", ("a", 2.0),
        inverse_slopes, lambda m, s: near(m * s, 1), "m = {0:.4g}, the other {1:.4g}",
    ),
    Claim(
        "000 l. 117", "(1 + 1/n)ⁿ comes to e", "compound", ("n", 1000.0),
        short_of_e,
        lambda a, b: 0 < b < 0.6 * a, "e − {0:.2g}; for 2n e − {1:.2g}",
    ),
    Claim(
        "000 l. 121", "(eˣ)′ = eˣ", "compound", ("x", 1.0),
        lambda x: (derivative(exp)(x), math.exp(x)), near, "{0:.6g}, {1:.6g}",
    ),
    Claim(
        "000 l. 141", "no derivative at a corner (角)", "corners", ("slope", 1.0),
        lambda c: (lambda p: (p.left, p.right))(classify_point(lambda x: c * abs(x), 0.0)),
        lambda left, right: left < right, "slopes {0:.3g} and {1:.3g}",
    ),
    Claim(
        "000 l. 149", "不连续的函数是不可微的", "corners", ("height", 1.0),
        one_sided, lambda kind: kind == "jump", "{0}",
    ),
    Claim(
        "000 l. 162", "a vertical tangent is no derivative", "corners", ("h", 1e-3),
        lambda h: secants("corners", "cube_root", 0.0, 100 * h, h),
        lambda far, close: close > 10 * far, "secant slope {0:.3g}, nearer by {1:.3g}",
    ),
    Claim(
        "000 l. 172", "切线可以看做一小段曲线的近似", "tangent", ("Δ", 0.1),
        lambda h: tuple(abs(sqrt(4 + d) - taylor(sqrt, 4.0, 1)(4 + d)) for d in (h, h / 2)),
        lambda a, b: 3.5 < a / b < 4.5, "error {0:.2g}; of half the arc {1:.2g}",
    ),
    Claim(
        "000 l. 198", "ΔT/Δt = ΔT/Δh · Δh/Δt", "climb", ("Δt", 0.1),
        chain_differences, near, "{0:.6g}, {1:.6g}",
    ),
    Claim(
        "000 l. 214", "the mean makes the square loss least", "square_loss", ("c", 10.0),
        mean_is_best, near, "{0:.4g}, the mean {1:.4g}",
    ),
    Claim(
        "000 l. 243", "最大化 g(p) 相当于最大化 log g(p)", "coin_toss", ("start", 0.5),
        best_coin, lambda a, b: near(a, 0.7) and near(a, b, 1e-3), "p = {0:.4g} and {1:.4g}",
    ),
    Claim(
        "000 l. 260-276", "the derivative of a product is hard, of a sum easy", "coin_toss",
        ("p", 0.5),
        log_slope, lambda f, logs: not math.isfinite(f) and math.isfinite(logs),
        "f′ = {0:g}, of the logs {1:.4f}",
    ),
    Claim(
        "000 l. 279", "一堆很小的数字相乘, 计算机可能无法处理", "tiny_products", ("factor", 0.1),
        tiny, lambda p, s: p == 0 and -1e4 < s < -1e3, "product {0:g}, log {1:.1f}",
    ),
    Claim(
        "000 l. 292", "∂f/∂x = 2x, y as a constant", "bowl", ("x", 2.0),
        lambda x: (partial(demo("bowl").f, 0)(x, 3.0), 2 * x), near, "{0:g}, {1:g}",
    ),
    Claim(
        "000 l. 322, 002 l. 236, 004 l. 29", "梯度的方向是函数值增长最快的方向", "bowl", ("x", 2.0),
        steepest, lambda g, others: g >= others > 0.99 * g, "{0:.4f}; of 90 others at most {1:.4f}",
    ),
    Claim(
        "000 l. 335", "e^x − log(x) is lowest at 0.5671", "omega", ("x₀", 0.05),
        lambda x: omega(x)[::2], lambda a, b: near(a, 0.5671433, 1e-6) and near(a, b, 1e-6),
        "Newton {0:.4f}, descent {1:.4f}",
    ),
    Claim(
        "000 l. 359", "越陡峭的地方移动的距离越大", "omega", ("α", 0.005),
        step_lengths, lambda steep, flat: steep > 10 * flat, "{0:.3g}, where it is flat {1:.3g}",
    ),
    Claim(
        "000 l. 382, 002 l. 289", "学习率太小, 收敛太慢", "learning_rate", ("α", 0.001),
        lambda a: (rate(a, 100), rate(100 * a, 30)), lambda small, good: small > 100 * good,
        "x = {0:.3g} after 100 steps; α = 0.1: {1:.2g} after 30",
    ),
    Claim(
        "000 l. 384, 002 l. 289", "学习率过大, 不收敛", "learning_rate", ("α", 1.3),
        lambda a: (rate(a, 10),), lambda x: x > 1, "|x| = {0:.3g} after 10 steps",
        "α from 1.1, which converges at −10 %, to 1.3",
    ),
    Claim(
        "000 l. 413", "单一的初始位置可能陷入局部最小值", "local_minima", ("x₀", 2.0),
        valleys, lambda x, f, left: x > 0 and f > left + 1,
        "to {0:.3f}, f = {1:.3g}; elsewhere {2:.3g}",
    ),
    Claim(
        "000 l. 424", "−∇f leads down", "bowl", ("α", 0.1),
        downhill,
        lambda *f: all(b < a for a, b in pairwise(f)), "f = {0:.4g}, {1:.4g}, {2:.4g}",
    ),
    Claim(
        "000 l. 462, 003 l. 565", "descent finds the line, m = 1/2, b = 7/3", "linear_regression",
        ("α", 0.01), regression, lambda m, b: near(m, 0.5, 0.01) and near(b, 7 / 3, 0.01),
        "m = {0:.4f}, b = {1:.4f}",
    ),
    Claim(
        "000 l. 544", "σ′ = σ(1 − σ)", "sigmoid", ("z", 2.0),
        lambda z: (derivative(sigmoid)(z), sigmoid(z) * (1 - sigmoid(z))), near, "{0:.6f}, {1:.6f}",
    ),
    Claim(
        "000 l. 569", "two layers do what one cannot", "not_separable", ("α", 3.0),
        exclusive_or, lambda one, two: one > 0.69 and two < 0.1, "loss {0:.3f} and {1:.3f}",
    ),
    Claim(
        "000 l. 616", "a minimum of g is a zero of g′", "newton_root", ("x₀", 0.05),
        lambda x: (newton_root(derivative(demo("newton_root").g), x).root, omega(x)[0]), near,
        "{0:.6f}, {1:.6f}",
    ),
    Claim(
        "000 l. 636", "二阶导数可以用于衡量曲率", "bends", ("x", 1.0),
        lambda x: (curvature(demo("bends").square, 0.0), curvature(demo("bends").square, x)),
        lambda top, side: near(top, 2) and side < 1, "of x²: f″ = {0:g} at 0, not at 1: {1:.3f}",
    ),
    Claim(
        "000 l. 656, 003 l. 975", "f″ > 0: minimum; f″ < 0: maximum", "bends", ("c of ±c·x²", 1.0),
        sum_of_squares, lambda a, b: "minimum" in a and "maximum" in b, "{0}, {1}",
    ),
    Claim(
        "000 l. 706, 003 l. 1023", "λ₁, λ₂ > 0: a minimum", "second_derivative",
        ("c of −c·xy", 1.0),
        lambda c: eigenvalues(2, 3, c), lambda kind, a, b: "minimum" in kind and 0 < a < b,
        "{0}: {1:.3f}, {2:.3f}",
    ),
    Claim(
        "000 l. 707, 003 l. 1051", "λ₁, λ₂ < 0: a maximum", "second_derivative",
        ("c of −c·xy", 1.0),
        lambda c: eigenvalues(-2, -3, c), lambda kind, a, b: "maximum" in kind and a < b < 0,
        "{0}: {1:.3f}, {2:.3f}",
    ),
    Claim(
        "000 l. 708, 003 l. 1053", "both signs: a saddle point", "second_derivative",
        ("a of a·x²", 2.0),
        lambda a: eigenvalues(a, -2, 0), lambda kind, a, b: "saddle" in kind and a < 0 < b,
        "{0}: {1:.3f}, {2:.3f}",
    ),
    Claim(
        "002 l. 90", "x − sin x is o(x²)", "limits", ("h", 0.01),
        lambda h: ((h - math.sin(h)) / h**2, (h - math.sin(h)) / h**3),
        lambda a, b: a < 0.01 and b > 0.1, "over x² {0:.2g}, over x³ {1:.3g}",
    ),
    Claim(
        "002 l. 98", "两边夹定理: x² sin(1/x) → 0", "limits", ("x", 0.01),
        lambda x: (abs(x**2 * math.sin(1 / x)), x**2), lambda a, b: a <= b, "{0:.2g} ≤ {1:.2g}",
    ),
    Claim(
        "002 l. 105", "sin x / x → 1", "limits", ("x", 1e-3),
        lambda x: (1 - math.sin(x) / x, 1 - math.sin(x / 2) / (x / 2)),
        lambda a, b: 0 < b < 0.3 * a, "1 − {0:.2g}; at x/2 1 − {1:.2g}",
    ),
    Claim(
        "002 l. 111", "(eˣ − 1)/x → 1", "limits", ("x", 1e-3),
        lambda x: (expm1(x) / x - 1, expm1(x / 2) / (x / 2) - 1),
        lambda a, b: 0 < b < 0.6 * a, "1 + {0:.2g}; at x/2 1 + {1:.2g}",
    ),
    Claim(
        "002 l. 182", "the remainder of Tₙ is o(Δⁿ)", "tangent", ("x₀", 4.0),
        taylor_orders, lambda a, b: near(a, 2, 0.01) and near(b, 3, 0.01),
        "of order {0:.3f} for the line, {1:.3f} for the parabola",
    ),
    Claim(
        "002 l. 194-196", "the parabola is the basis of Newton's method", "tangent", ("x₀", 0.25),
        parabola, lambda a, b: near(a, b, 1e-8), "lowest at {0:.6f}, Newton's step to {1:.6f}",
    ),
    Claim(
        "002 l. 212", "偏导数就是沿着坐标轴方向的方向导数", "bowl", ("x", 2.0),
        lambda x: slopes_along(x, (1, 0)),
        near, "{0:g}, {1:g}",
    ),
    Claim(
        "002 l. 234", "∇ᵥf = v·∇f", "bowl", ("x", 2.0),
        lambda x: slopes_along(x, (0.6, 0.8)),
        near, "{0:.4g}, {1:.4g}",
    ),
    Claim(
        "002 l. 259", "牛顿法 estimates the minimum at once", "linear_regression", ("start", 1.0),
        one_newton_step, lambda after, before: after < 1e-9 < before,
        "slope {1:.3g}, after one step {0:.1g}",
    ),
    Claim(
        "002 l. 305", "收敛速度: SGD with a falling η is not as fast as whole batches (S2-043)",
        "escape", ("η", 0.5), falling_rate, lambda batch, one: batch < one / 100,
        "off by {0:.2g} after 20 passes; one by one, η = 1/t, by {1:.2g}",
        "said to be as fast, and shown so after few steps; the numbers say otherwise",
    ),
    Claim(
        "002 l. 310", "小批量: 梯度计算比单样本更加稳定", "sgd", ("y₂", 5.0),
        batch_variance, lambda one, two: two < one / 2,
        "variance {0:.3g}, of the mean of two {1:.3g}",
    ),
    Claim(
        "002 l. 322", "隧道型曲面: 梯度下降表现不佳", "tunnel", ("η", 0.079),
        tunnel(lambda x, y: x[-1]), lambda gd, momentum: gd < momentum / 5,
        "x = {0:.2f} after 60 steps, with momentum {1:.2f}",
        "η from 0.07 to 0.079: x from 0.42 to 0.47, with momentum from 3.6 to 4.0",
    ),
    Claim(
        "002 l. 326", "稀疏: 不同特征采取不同的学习率", "sparse_features", ("η", 1.0),
        rare_weight, lambda gd, adagrad: adagrad < gd / 3,
        "the rare weight is {0:.2f} off, with Adagrad {1:.2f}",
    ),
    Claim(
        "002 l. 327", "梯度下降法容易被困在鞍点附近", "saddle", ("η", 0.1),
        saddle, lambda gd, momentum, adam: gd > momentum > adam,
        "{0} steps to leave, momentum {1}, Adam {2}",
    ),
    Claim(
        "002 l. 338", "牛顿法更容易受到鞍点的吸引", "newton_saddle", ("x₀", 0.3),
        drawn_to_the_saddle, lambda n, gd: abs(n) < 1e-3 and near(gd, 1, 1e-3),
        "Newton to x = {0:.1g}, descent to {1:.4f}",
    ),
    Claim(
        "002 l. 351", "梯度下降法会在隧道两侧频繁震荡", "tunnel", ("η", 0.079),
        lambda e: tunnel(lambda x, y: demo("tunnel").sign_changes(y))(e)[:1], lambda n: n == 60,
        "{0} turns in 60 steps",
    ),
    Claim(
        "002 l. 370", "主体方向的更新得到了更大的保留", "tunnel", ("η", 0.079),
        tunnel(lambda x, y: x[-1] - x[-2]), lambda gd, m: m > 9 * gd,
        "the 60th step forward: {0:.4f}, with momentum {1:.4f}",
    ),
    Claim(
        "002 l. 372", "两侧震荡的次数越来越少", "tunnel", ("η", 0.079),
        tunnel(lambda x, y: demo("tunnel").sign_changes(y)), lambda gd, m: m < 0.6 * gd,
        "{1} turns, without momentum {0}", "η from 0.07 to 0.079",
    ),
    Claim(
        "002 l. 372", "the same, as the way sideways for each 1 forward", "tunnel", ("η", 0.079),
        tunnel(lambda x, y: demo("tunnel").sideways(y) / x[-1]), lambda gd, m: m < gd,
        "{1:.1f}, without momentum {0:.1f}", "new: it holds from η = 0.063 on",
    ),
    Claim(
        "002 l. 372", "the same, as the whole way sideways", "tunnel", ("η", 0.079),
        tunnel(lambda x, y: demo("tunnel").sideways(y)), lambda gd, m: m < gd,
        "{1:.1f}, without momentum {0:.1f}",
        "η from 0.07, where it was 21.3 and 7.0; below 0.077 the demo says so",
    ),
    Claim(
        "002 l. 388", "Nesterov 可以在到达底部之前刹车", "nesterov", ("η", 0.03),
        braking, lambda m, n, fm, fn: abs(n) < abs(m) and fn < fm,
        "y = {0:.3g}, Nesterov {1:.3g}; f after 200 steps {2:.1g}, Nesterov {3:.1g}",
    ),
    Claim(
        "002 l. 409", "Adagrad: 学习率自动衰减", "sparse_features", ("η", 0.5),
        adagrad_decay, lambda a, b, c: a > b > c, "{0:.3f}, {1:.3f}, {2:.3f}",
    ),
    Claim(
        "002 l. 410-411", "更新频繁的参数, 学习率较小", "sparse_features", ("samples", 10.0),
        adagrad_rates, lambda often, rare: often < rare, "{0:.3f}, of the rare one {1:.3f}",
    ),
    Claim(
        "002 l. 435-437", "Adagrad's rate only falls; a moving average keeps it", "printed_rules",
        ("steps", 50.0), constant_slope, lambda a, r: a < 0.2 and r > 0.95,
        "under a constant slope {0:.3f} η; with the average {1:.3f} η",
    ),
    Claim(
        "002 l. 452", "梯度与参数的单位不匹配", "units", ("η", 0.1),
        unit_of_descent, lambda ratio: near(ratio, 10, 1e-6) or near(ratio, 100, 1e-6),
        "in another unit the step is {0:.4g} times as long",
    ),
    Claim(
        "002 l. 454", "Adadelta has the unit of θ, if ε has, too", "units", ("ε", 1e-6),
        unit_of_adadelta, lambda scaled, same: scaled < 1e-9 < 0.01 < same,
        "differs by {0:.1g}; with the same ε by {1:.2g}",
    ),
    Claim(
        "002 l. 456", "Adadelta as printed: it never moves", "printed_rules", ("θ₀", 2.0),
        printed("Adadelta, as printed"), lambda *path: len(set(path)) == 1,
        "θ = {0:g}, {4:g} after 4 steps",
        "new: shown, where it was said",
    ),
    Claim(
        "002 l. 456", "Adadelta with squares and ε: it moves down", "printed_rules", ("θ₀", 2.0),
        printed("Adadelta, with squares and ε"), lambda *p: all(b < a for a, b in pairwise(p)),
        "θ = {0:g}, {4:.4f} after 4 steps", "new",
    ),
    Claim(
        "002 l. 269", "Newton's step as printed: it climbs", "printed_rules", ("θ₀", 2.0),
        printed("Newton, as printed (牛顿法)"), lambda *p: all(b > a for a, b in pairwise(p)),
        "θ = {0:g}, {4:g} after 4 steps", "new: shown step by step, where one number told it",
    ),
    Claim(
        "002 l. 490", "Adam as printed: the first step is 3.16 η", "printed_rules", ("η", 0.1),
        adam_first, lambda a, b: near(a, 10**0.5, 1e-6) and near(b, 1, 1e-6),
        "{0:.4f} η; unbiased {1:.4f} η",
    ),
    Claim(
        "002 l. 502", "动量法与 Nesterov: 图像崎岖", "optimizers", ("η", 0.03),
        ravine, lambda gd, m, n: m < gd / 10 and n < gd / 10,
        "f = {0:.1g} after 200 steps, momentum {1:.1g}, Nesterov {2:.1g}",
    ),
    Claim(
        "003 l. 43-47", "Δx/Δt → dx/dt", "velocity", ("Δt", 0.1),
        lambda h: tuple(s - 10 for s in secants("velocity", "x", 2.0, h, h / 2)),
        lambda a, b: b < 0.55 * a, "off by {0:.3g}; with half of Δt by {1:.3g}",
    ),
    Claim(
        "003 l. 17-21", "a perceptron tells moods apart", "sentiment", ("steps", 100.0),
        moods, lambda a, b: near(a, math.log(2)) and b < 0.5 * a,
        "loss {0:.3f}, after 100 steps {1:.3f}",
    ),
    Claim(
        "003 l. 250-253", "D is the global minimum of five", "five_minima", ("α", 0.02),
        five_minima, lambda n, best: n == 5 and near(best, 4, 0.01),
        "{0} minima found; the best at {1:.3f}",
    ),
    Claim(
        "003 l. 533-546", "descent in the sauna comes to (4, 4)", "sauna", ("α", 0.05),
        sauna, lambda a, b, x, y: b < a and near(x, 4, 0.01) and near(y, 4, 0.01),
        "T = {0:.4f}, {1:.4f}, …; ({2:.2f}, {3:.2f})",
    ),
    Claim(
        "003 l. 674-679", "an update makes the square loss smaller", "single_layer", ("α", 0.1),
        regression_step, lambda a, b: b < a, "L = {0:.4f}, then {1:.4f}",
    ),
    Claim(
        "003 l. 736", "L is large if y and ŷ are far from each other", "perceptrons", ("ŷ", 0.4),
        lambda p: (log_loss(1, p).data, log_loss(1, 2 * p).data), lambda a, b: a > 2 * b,
        "for y = 1 {0:.3f}; {1:.3f} at 2ŷ",
    ),
    Claim(
        "003 l. 766", "∂L/∂ŷ = −(y − ŷ)/(ŷ(1 − ŷ))", "two_layer_network", ("x1", 0.5),
        lambda x: hand_derivations(x)[1:], near, "{0:.6f}, {1:.6f}",
        "new: the whole log loss is drawn, with y",
    ),
    Claim(
        "003 l. 794-798", "an update makes the log loss smaller", "single_neuron", ("α", 0.5),
        neuron_step, lambda a, b: b < a, "L = {0:.4f}, then {1:.4f}", "new",
    ),
    Claim(
        "003 l. 822-864", "the nine gradients", "two_layer_network", ("x1", 0.5),
        lambda x: hand_derivations(x)[:1], lambda off: off < 1e-14, "off by {0:.0e} at most",
    ),
    Claim(
        "003 l. 843-853", "the updates of both layers make L smaller", "two_layer_network",
        ("α", 0.5),
        network_step, lambda a, b: b < a, "L = {0:.4f}, then {1:.4f}",
    ),
    Claim(
        "003 l. 893", "back propagation multiplies the layers' slopes", "three_layers", ("x", 0.8),
        three_layers, lambda a, b, last: near(a, b) and abs(a) < abs(last),
        "∂L/∂w1 = {0:.5f}, by hand {1:.5f}; ∂L/∂w3 = {2:.5f}",
    ),
    Claim(
        "003 l. 900-906", "the tangent leads to the zero", "newton_root", ("x₀", 1.0),
        root_of_two, lambda a, b, c: b < a**2 and c < b**2, "errors {0:.2g}, {1:.2g}, {2:.2g}",
    ),
    Claim(
        "003 l. 958", "Newton's steps to Ω are few", "omega", ("x₀", 0.05),
        lambda x: omega(x)[1::2], lambda newton, descent: newton < descent / 20,
        "{0}; gradient descent needs {1}",
    ),
    Claim(
        "003 l. 1105-1118", "Newton comes to the bowl in a few steps", "newton_2d",
        ("x₀ = y₀", 4.0),
        to_the_bowl, lambda newton, descent: newton < descent / 20,
        "{0}; gradient descent, η = 0.005, needs {1}", "new: beside gradient descent",
    ),
    Claim(
        "004 l. 42", "the secant's slope becomes the tangent's", "secants", ("δx", 0.15),
        lambda h: tuple(s - 80 for s in secants("secants", "f", 2.0, h, h / 2)),
        lambda a, b: b < 0.55 * a, "off by {0:.3g}; with half of δx by {1:.3g}",
    ),
    Claim(
        "004 l. 86", "T₆(x) = x⁴", "quartic", ("x", 3.0),
        lambda x: (taylor(demo("quartic").f, 1.0, 6)(x), x**4), near, "{0:g}, {1:g}",
    ),
    Claim(
        "004 l. 95", "the power series of cos", "sin_cos", ("x", 1.0),
        series, lambda *e: all(b < a / 5 for a, b in pairwise(e)),
        "off by {0:.1g}, {1:.1g}, {2:.1g}, {3:.1g}",
    ),
    Claim(
        "004 l. 139", "df/dt = 2 sin t (cos t − 1)", "total_derivative", ("t", 0.7),
        along_a_path,
        near, "{0:.6f}, {1:.6f}",
    ),
    Claim(
        "004 l. 173", "(5.108), for symmetric W", "matrix_identities", ("change of w₁₂", 1.0),
        weighted, lambda yes, no: yes < 1e-12 and no > 0.1,
        "off by {0:.0e}; W not symmetric: {1:.3g}",
    ),
]
# fmt: on


def line(cells):
    return f"| {' | '.join(cells)} |"


def rows():
    """A row of the table for each claim; the numbers are those of this run."""
    for claim in CLAIMS:
        name, value = claim.setting
        shown = claim.shown.format(*claim.measure(value)).replace("|", "\\|")
        around = "".join("✓" if ok else "·" for ok in tried(claim))
        [path] = HERE.glob(f"*/{claim.demo}.py")
        link = f"[{claim.demo}](../demos/{path.parent.name}/{path.name})"
        setting = f"{name} = {value:g}"
        cells = [claim.where, claim.says, shown, link, setting, around, claim.adjusted]
        yield [cell.replace("-inf", "−∞") for cell in cells]


def main():
    found = list(rows())
    steady = sum(row[5] == "✓" * len(FACTORS) for row in found)
    changed = sum(bool(row[6]) for row in found)
    lines = ["# Claims of the lecture notes, and the numbers that show them", ""]
    lines += [
        f"{len(found)} claims; `python demos/claims.py --write` measures them and writes this"
    ]
    lines += [
        "page. Each is measured by the demo's functions at its setting and at 0.8, 0.9, 0.95,"
    ]
    lines += [
        "1, 1.05, 1.1 and 1.2 times that; ✓ says that the number supports the claim there, · that"
    ]
    lines += [
        f"it does not. {steady} hold at all seven; for {changed} of them the demos were changed."
    ]
    lines += ["", line(["where", "claim", "shown now", "demo", "setting", "around it", "changed"])]
    lines += [line(["---"] * 7), *map(line, found)]
    print("\n".join(lines))
    if "--write" in sys.argv[1:]:
        page = HERE.parent / "docs" / "claims.md"
        page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What is wrong in note 002 as printed, with witnesses, in the order of its lines."""

import math
from itertools import pairwise

import numpy as np

from autograd_lite import (
    Value,
    derivative,
    exp,
    grad,
    hessian,
    linalg,
    minimize,
    sin,
    taylor,
)
from autograd_lite.analysis import limit, order_of
from autograd_lite.functional import quadratic_approximation
from autograd_lite.nn import half_squared_error
from autograd_lite.optim import SGD, Adagrad, Adam, GradientDescent, RMSprop, time_based
from tests.notes.rows import SLIP, Erratum


def sinc(x):
    return sin(x) / x


def near(f, a, target, epsilon, delta, *, leave_out):
    """Whether |f(x) − target| < ε at x = a (unless left out) and around it within δ."""
    points = [a + delta * k / 20 for k in range(-19, 20) if k or not leave_out]
    try:
        return all(abs(derivative(f, 0)(x) - target) < epsilon for x in points)
    except ValueError:  # it has no value there
        return False


def tilted(x, y):
    return 2 * x**2 + 3 * y**2 - x * y


def bowl(x, y):
    return x**2 + y**2


def ravine(x, y):
    return 0.5 * (x**2 + 25 * y**2)


def two_valleys(x, y):
    return x**4 / 4 - x**2 / 2 + y**2 / 2


def model(f):
    """What is printed on the right: f and its slopes at (1, 1), at Δ = (0.1, −0.2)."""
    return quadratic_approximation(f, 1.0, 1.0)(1.1, 0.8)


def newton_step(sign):
    """Where (1, 1) is moved by sign·H⁻¹∇J, J = 2x² + 3y² − xy."""
    step = linalg.solve(hessian(tilted)(1.0, 1.0), grad(tilted)(1.0, 1.0))
    return np.array([1.0, 1.0]) + sign * step


def remembered(rule_class, **options):
    """What the rule keeps of x and of y after two steps on the ravine, and the slopes and steps."""
    x, y = Value(1.0), Value(1.0)
    rule, slopes, moves = rule_class([x, y], **options), [], []
    for _ in range(2):
        before = x.data
        rule.zero_grad()
        ravine(x, y).backward()
        slopes.append(x.grad)
        rule.step()
        moves.append(x.data - before)
    return rule.state_dict()["state"], slopes, moves


def adagrad_sums():
    """Of x: the sum of squared updates, the sum of squared slopes, and G."""
    states, slopes, moves = remembered(Adagrad, lr=0.5)
    return sum(m**2 for m in moves), sum(g**2 for g in slopes), states[0]["G"]


def sums_and_moments():
    """Of x: the sums of g² and of g; E[g²] of Adadelta's first version and m of Adam."""
    states, slopes, _ = remembered(Adam, lr=0.1, bias_correction=False)
    squares, first, _ = remembered(RMSprop)
    return (sum(g**2 for g in first), sum(slopes)), (squares[0]["E"], states[0]["m"])


def compound(n):
    return (1 + 1 / n) ** n


SAMPLES = (2.0, 5.0, 3.0)


def walked(rule, seen):
    """How far θ is from the samples' mean after a step on each list of samples."""
    [theta] = rule.parameters
    for ys in seen:
        rule.zero_grad()
        (sum(half_squared_error(y, theta) for y in ys) / len(ys)).backward()
        rule.step()
    return theta.data - 10 / 3


def batch_after(steps):
    return abs(walked(GradientDescent([Value(0.0)], lr=0.5), [SAMPLES] * steps))


def sgd_after(steps, runs=50):
    """√ of the mean square over the runs, which draw their samples by seeds 0, 1, …"""
    off = []
    for seed in range(runs):
        drawn = np.random.default_rng(seed).integers(3, size=steps)
        rule = SGD([Value(0.0)], lr=time_based(1.0, 1.0))
        off.append(walked(rule, [(SAMPLES[k],) for k in drawn]))
    return math.sqrt(np.mean(np.square(off)))


ERRATA = [
    Erratum(
        "S2-008",
        "lim sin x / x = 1 at 0, ε = 0.01, δ = √(6ε): does the definition hold?",
        "any x* in (a − δ, a + δ): |f(x*) − L| < ε",
        "0 < |x* − a| < δ: x* = a is left out",
        lambda: (
            near(sinc, 0.0, 1.0, 0.01, math.sqrt(0.06), leave_out=False),
            near(sinc, 0.0, 1.0, 0.01, math.sqrt(0.06), leave_out=True),
        ),
        "002 极限, l. 80",
    ),
    Erratum(
        "S2-009",
        "x² and x at 0: do their limits tell which is the smaller?  Do their orders?",
        "一般把趋于零的极限称为无穷小: an infinitesimal is a limit that tends to 0",
        "… is a quantity whose limit is 0: a limit is one number, here 0, and tends to nothing",
        lambda: (
            limit(lambda x: x**2, 0.0) < limit(lambda x: x, 0.0),
            order_of(lambda x: x**2, 0.0) > order_of(lambda x: x, 0.0),
        ),
        "002 无穷小, l. 86",
    ),
    Erratum(
        "S2-013",
        "(1 + 1/n)ⁿ, n ≤ 1000: have the bounds 2 and 3 one limit?  Does it rise, and stay below 3?",
        "两边夹定理应用: e = lim (1 + 1/n)ⁿ as a use of the squeeze theorem",
        "it rises and is bounded, so it has a limit, called e; to squeeze it, that is to be known",
        lambda: (
            limit(lambda n: 0 * n + 2, math.inf) == limit(lambda n: 0 * n + 3, math.inf),
            all(a < b < 3 for a, b in pairwise(derivative(compound, 0)(n) for n in range(1, 1001))),
        ),
        "002 重要极限, l. 102",
    ),
    Erratum(
        "S2-020",
        "at 1: the differential d eˣ for dx = 0.1, and the derivative",
        "d_x eˣ = eˣ",
        "d/dx eˣ = eˣ",
        lambda: (derivative(exp)(1.0) * 0.1, derivative(exp)(1.0)),
        "002 常见函数的导数, l. 160",
        (0.2718281828459045, 2.718281828459045),
    ),
    Erratum(
        "S2-023",
        "sin x and 1 + sin x about 0, n = 5: the same first 5 derivatives; the same polynomial?",
        "n 阶 Taylor 级数 (series): the polynomial with the same first n derivatives",
        "… polynomial, with the same value and the same first n derivatives",
        lambda: (
            taylor(sin, 0.0, 5)(0.5) == taylor(lambda x: 1 + sin(x), 0.0, 5)(0.5),
            all(
                taylor(sin, 0.0, 5)[k] == derivative(sin, k)(0.0) / math.factorial(k)
                for k in range(6)
            ),
        ),
        "002 泰勒级数, l. 184",
    ),
    Erratum(
        "S2-033",
        "½(x² + 25y²) at (1, 1): degrees between −∇J and the minimum",
        "他只能告诉我们极值点在什么方向: the direction of the extremum",
        "the direction in which J falls fastest just here",
        lambda: (
            0.0,
            math.degrees(math.acos(grad(ravine)(1.0, 1.0).sum() / math.sqrt(2 * 626))),
        ),
        "002 梯度下降法, l. 249",
        (0, 42.70938995736147),
    ),
    Erratum(
        "S2-036",
        "f = x² + y² and J = 2x² + 3y² − xy, Δ = (0.1, −0.2) from (1, 1): do both sides agree?",
        "f(θ₀ + Δ) = f(θ₀) + Δᵀ∇J + ½ΔᵀHJΔ + …",
        "J(θ₀ + Δ) = J(θ₀) + Δᵀ∇J + ½ΔᵀHJΔ + …: J everywhere",
        lambda: (
            abs(bowl(1.1, 0.8) - (bowl(1.0, 1.0) + model(tilted) - tilted(1.0, 1.0))) < 1e-12,
            abs(tilted(1.1, 0.8) - model(tilted)) < 1e-12,
        ),
        "002 牛顿法, l. 261",
    ),
    Erratum(
        "S2-037",
        SLIP,
        "关于 Δ 的剃度 (剃, to shave)",
        "梯度 (gradient)",
        None,
        "002 牛顿法, l. 263",
    ),
    Erratum(
        "S2-038",
        "J = 2x² + 3y² − xy, 4 at (1, 1), after the step",
        "Δ = H⁻¹∇J",
        "Δ = −H⁻¹∇J",
        lambda: (tilted(*newton_step(1)), tilted(*newton_step(-1))),
        "002 牛顿法, l. 269",
        (16, 0),
    ),
    Erratum(
        "S2-041",
        SLIP,
        "桃梯度下降法 (桃, peach)",
        "批梯度下降法 (batch gradient descent)",
        None,
        "002 三种类型, l. 301",
    ),
    Erratum(
        "S2-043",
        "the mean of 2, 5, 3 by Σ ½(θ − yᵢ)² from 0, each sample seen 20 times on average: how far "
        "off is the whole batch, η = ½, and one sample at a time, η = 1/t (50 runs, √ of the mean "
        "square)?",
        "逐渐缩小学习率…有与批梯度下降法类似的收敛速度: SGD converges as fast as the batch",
        "the batch is off by a part ρᵏ, SGD by some 1/√t: ahead at first, far behind in the end",
        lambda: (batch_after(20), sgd_after(60)),
        "002 三种类型, l. 305",
        (3.178914388168863e-06, 0.16593171286204866),
        1e-9,
    ),
    Erratum(
        "S2-052",
        SLIP,
        "更容易收到…的吸引 (收到, to receive)",
        "更容易受到…的吸引 (to be attracted)",
        None,
        "002 为什么不用牛顿法, l. 338",
    ),
    Erratum(
        "S2-056",
        SLIP,
        "震荡测次数就会越来越少 (测, to measure)",
        "震荡的次数就会越来越少",
        None,
        "002 动量法, l. 372",
    ),
    Erratum(
        "S2-057",
        SLIP,
        "主题下降方向 (主题, topic)",
        "主体下降方向 (the main direction of descent)",
        None,
        "002 Nesterov, l. 390",
    ),
    Erratum(
        "S2-060",
        "½(x² + 25y²) from (1, 1), two steps: is G of x the sum of squared updates?  Slopes?",
        "对每个参数历史上的每次更新进行叠加; g = ∇J(θ_i)",
        "squared slopes g = ∂J/∂θ_i are summed up, the present one too",
        lambda: tuple(abs(s - adagrad_sums()[2]) < 1e-12 for s in adagrad_sums()[:2]),
        "002 Adagrad, l. 419",
    ),
    Erratum(
        "S2-062",
        "indices needed to name one entry of E[g²]",
        "E[g²]_{t,ii}",
        "E[g²]_{t,i}: a vector, one entry for each parameter",
        lambda: (2, np.ndim([s["E"] for s in remembered(RMSprop)[0]])),
        "002 Adadelta, l. 444",
        (2, 1),
    ),
    Erratum(
        "S2-063",
        "x after three steps from (1, 1) on ½(x² + 25y²), without ε, and with ε = 1e-6",
        "θ − √E[Δθ]/√(E[g²] + ε)·g",
        "θ − √(E[Δθ²] + ε)/√(E[g²] + ε)·g, E[Δθ²] ← γE[Δθ²] + (1 − γ)Δθ²",
        lambda: tuple(
            minimize(ravine, (1.0, 1.0), method="adadelta", max_steps=3, eps=eps).x[0]
            for eps in (0.0, 1e-6)
        ),
        "002 Adadelta, l. 456",
        (1, 0.9903090828008376),
    ),
    Erratum(
        "S2-066",
        "½(x² + 25y²) from (1, 1), two steps: of x the sums of g² and of g, and "
        "what Adadelta and Adam keep",
        "Adamdelta; 梯度的平方和看成是二阶矩, 梯度自身的求和就是一阶矩: the sums of g² and of g",
        "Adadelta; v = β₂v + (1 − β₂)g², m = β₁m + (1 − β₁)g, moving averages",
        sums_and_moments,
        "002 Adam, l. 466",
        ((1.9377544498589097, 1.6837723339831304), (0.18377544498589093, 0.15837723339831306)),
    ),
]

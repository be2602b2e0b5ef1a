"""What is wrong in note 002 as printed, with witnesses, in the order of its lines."""

import math
from itertools import pairwise

import numpy as np

from autograd_lite import (
    LimitError,
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
from autograd_lite.analysis import limit
from autograd_lite.functional import quadratic_approximation
from autograd_lite.optim import Adagrad, Adam, RMSprop
from tests.notes.rows import Erratum
from tests.notes.terms import TERMS


def sinc(x):
    return sin(x) / x


def near(f, a, target, epsilon, delta, *, leave_out):
    """Whether |f(x) − target| < ε at x = a (unless left out) and around it within δ."""
    points = [a + delta * k / 20 for k in range(-19, 20) if k or not leave_out]
    try:
        return all(abs(derivative(f, 0)(x) - target) < epsilon for x in points)
    except ValueError:  # it has no value there
        return False


def has_limit(f, a):
    try:
        limit(f, a)
    except LimitError:
        return False
    return True


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


def bent(x, y):
    r = x**2 + y**2
    return 0 * x if float(r) == 0 else x**2 * y / r


def newton_step(sign):
    """Where (1, 1) is moved by sign·H⁻¹∇J, J = 2x² + 3y² − xy."""
    step = linalg.solve(hessian(tilted)(1.0, 1.0), grad(tilted)(1.0, 1.0))
    return np.array([1.0, 1.0]) + sign * step


def sign_changes(method):
    def tunnel(x, y):
        return -0.1 * x + 12.5 * y**2

    path = minimize(tunnel, (0.0, 1.0), method=method, lr=0.07, max_steps=60).path
    return sum(a * b < 0 for a, b in pairwise(path[:, 1]))


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


def adam_first_moment():
    """Of x: the sum of the slopes, and m."""
    states, slopes, _ = remembered(Adam, lr=0.1, bias_correction=False)
    return sum(slopes), states[0]["m"]


def term(word, meant):
    """Whether each of two words is one of the notes' terms."""
    return word in TERMS, meant in TERMS


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
        "S2-011",
        "has g a limit at 0?  −2 < sin(1/x) < 2; and −x² ≤ x² sin(1/x) ≤ x²",
        "f < g < h: lim f ≤ lim g ≤ lim h",
        "f ≤ g ≤ h and lim f = lim h = L: g has a limit, and it is L",
        lambda: (
            has_limit(lambda x: sin(1 / x), 0.0),
            has_limit(lambda x: x**2 * sin(1 / x), 0.0),
        ),
        "002 两边夹定理, l. 96",
    ),
    Erratum(
        "S2-018",
        "f⁗(8): of a polynomial of degree 3 or less, and of x^(1/3)",
        "多项式函数 (polynomial): d_dx xⁿ = n·xⁿ⁻¹",
        "幂函数 (power function): d/dx xⁿ = n·xⁿ⁻¹, for n = −2 or 1/3 too",
        lambda: (
            derivative(taylor(lambda x: x ** (1 / 3), 8.0, 3), 4)(8.0),
            derivative(lambda x: x ** (1 / 3), 4)(8.0),
        ),
        "002 常见函数的导数, l. 152",
        (0, -80 / 81 / 2048),
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
        "S2-030",
        "x²y/(x² + y²) at (0, 0) along (1, 1): v·∇f, and the derivative along v",
        "任意方向的偏导数 = v·∇f",
        "方向导数 (directional derivative) = v·∇f where f is differentiable",
        lambda: (
            # ∇f(0, 0) from its definition: both slopes along the axes
            sum(limit(lambda t, a=a: bent(a * t, (1 - a) * t) / t, 0.0) for a in (1, 0)),
            limit(lambda t: bent(t, t) / t, 0.0),
        ),
        "002 梯度, l. 232",
        (0, 0.5),
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
        "is the word a term?",
        "关于 Δ 的剃度 (剃, to shave)",
        "梯度 (gradient)",
        lambda: term("剃度", "梯度"),
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
        "is the word a term?",
        "桃梯度下降法 (桃, peach)",
        "批梯度下降法 (batch gradient descent)",
        lambda: term("桃梯度下降法", "批梯度下降法"),
        "002 三种类型, l. 301",
    ),
    Erratum(
        "S2-052",
        "is the word a term?",
        "更容易收到…的吸引 (收到, to receive)",
        "更容易受到…的吸引 (to be attracted)",
        lambda: term("收到", "受到"),
        "002 为什么不用牛顿法, l. 338",
    ),
    Erratum(
        "S2-056",
        "is the word a term?  (What is counted: 60 sign changes without momentum, 29 with it)",
        "震荡测次数就会越来越少 (测, to measure)",
        "震荡的次数就会越来越少",
        lambda: ("测次数" in TERMS, "次数" in TERMS and sign_changes("momentum") == 29),
        "002 动量法, l. 372",
    ),
    Erratum(
        "S2-057",
        "is the word a term?",
        "主题下降方向 (主题, topic)",
        "主体下降方向 (the main direction of descent)",
        lambda: term("主题方向", "主体方向"),
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
        "½(x² + 25y²) from (1, 1), two steps: the sum of the slopes of x, and m",
        "Adamdelta; 梯度自身的求和就是一阶矩 (the sum of the slopes)",
        "Adadelta; m = β₁m + (1 − β₁)g, a moving average",
        adam_first_moment,
        "002 Adam, l. 466",
        (1.6837723339831304, 0.15837723339831306),
    ),
]

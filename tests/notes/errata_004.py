"""What is wrong in note 004 as printed, with witnesses, in the order of its lines."""

from autograd_lite import Value, cos, derivative, exp, minimize, sin, taylor
from autograd_lite.analysis import is_differentiable, limit
from autograd_lite.functional import chained_jacobian, partial, reexpand, total_derivative
from tests.notes.rows import SLIP, Erratum


def cube(x):
    return x**3


def quartic(x):
    return x**4


def squares(x1, x2):
    return x1**2 + x2**2


def nested(x, y):
    """(5.41), (5.42); the note does not print it."""
    return (x + 2 * y**3) ** 2


def mixed(x1, x2):
    """(5.43), (5.44); the note does not print it."""
    return x1**2 * x2 + x1 * x2**3


def outer(x1, x2):
    """(5.50)-(5.53); the note does not print it."""
    return x1**2 + 2 * x2


def inner(s, t):
    """x₁ and x₂ of (5.51)-(5.53)."""
    return [s * t, s + t**2]


def mean_slope(f, x, h):
    """The mean of f′ between x and x + h, by Simpson's rule: exact for f up to degree 4."""
    df = derivative(f)
    return (df(x) + 4 * df(x + h / 2) + df(x + h)) / 6


def both_series(x):
    """Σ (−1)ᵏ x²ᵏ/(2k)! + Σ (−1)ᵏ x²ᵏ⁺¹/(2k + 1)!, cut off where it no longer matters."""
    return taylor(cos, 0.0, 24)(x) + taylor(sin, 0.0, 25)(x)


def term(n, i, x, power):
    """C(n, i)·x^power, C(n, i) from (1 + h)ⁿ."""
    return taylor(lambda h: (1 + h) ** n, 0.0, n)[i] * x**power


ERRATA = [
    Erratum(
        "S4-002",
        "x₁² + x₂²: is −1 among the numbers it maps into, ℝ?  Is it a value of f?",
        "本证; f(x) 所在的集合被称为像集（image）或陪域（codomain）: image and codomain are one",
        "本章; the codomain is ℝ of (5.1a), the image the set of the values, here from 0 up",
        lambda: (isinstance(-1.0, float), minimize(squares, (2.0, 3.0)).fun <= -1.0),
        "004 引言, l. 8",
        (True, False),
    ),
    Erratum(
        "S4-003",
        "f = x₁x₂ at (2, 3): what (5.2b) assigns to it, and what (5.1b) does",
        "(5.2b) 指的是 f 将每一个输入 x 对应于 f(x): (5.2b) is the assignment",
        "(5.1b) is; (5.2b) is that of Example 5.1 alone",
        lambda: tuple(float(f(Value(2.0), Value(3.0))) for f in (squares, lambda x1, x2: x1 * x2)),
        "004 引言, l. 23",
        (13, 6),
    ),
    Erratum(
        "S4-004",
        SLIP,
        "点积是一种特殊地内积 (地, -ly)",
        "特殊的内积 (a special inner product)",
        None,
        "004 示例 5.1, l. 26",
    ),
    Erratum(
        "S4-007",
        SLIP,
        "去极限 (to remove the limit)",
        "取极限 (to take the limit)",
        None,
        "004 5.1, l. 42",
    ),
    Erratum(
        "S4-008",
        "|x| at 0: has it a derivative?  By h > 0 alone it would be 1",
        "对正实数 h > 0: df/dx := lim (f(x + h) − f(x))/h",
        "h → 0 from both sides, h ≠ 0",
        lambda: (
            limit(lambda h: abs(h) / h, 0.0, side="right") == 1,
            bool(is_differentiable(abs, 0.0)),
        ),
        "004 定义 5.2, l. 45",
        (True, False),
    ),
    Erratum(
        "S4-011",
        "n = 5, x = 2: the right side for i = 1; and 2⁵ with i = 0",
        "xⁿ = C(n, i)·xⁿ⁻⁰·h⁰",
        "xⁿ = C(n, 0)·xⁿ⁻⁰·h⁰",
        lambda: tuple(term(5, i, 2.0, 5) for i in (1, 0)),
        "004 示例 5.2, l. 53",
        (160, 32),
    ),
    Erratum(
        "S4-015",
        "x⁴ at 1: f⁽¹⁾, the first derivative; f itself",
        "f⁽¹⁾ = 1 (5.10)",
        "f(1) = 1; f⁽¹⁾(1) = f′(1) = 4 is (5.11)",
        lambda: (derivative(quartic, 1)(1.0), derivative(quartic, 0)(1.0)),
        "004 5.1.1, l. 67",
        (4, 1),
    ),
    Erratum(
        "S4-023",
        "coefficients of T₆ in powers of x, and in powers of x − 1, as (5.17a) leads to",
        "(5.17b): (1 − 4 + 6 − 4 + 1) + x(4 − 12 + 12 − 4) + … + x⁴",
        "that is (5.18a); (5.17b) is 1 + 4(x − 1) + 6(x − 1)² + 4(x − 1)³ + (x − 1)⁴ + 0",
        lambda: (reexpand(taylor(quartic, 1.0, 6)).coefficients, taylor(quartic, 1.0, 6)),
        "004 5.1.1, l. 82",
        ([0, 0, 0, 0, 1, 0, 0], [1, 4, 6, 4, 1, 0, 0]),
    ),
    Erratum(
        "S4-025",
        "the two power series added, at 0.7: are they x⁴?  Are they sin x + cos x?",
        "T₆(x) = x⁴ = f(x), where we used the power series representations",
        "those of cos and sin serve T∞ of sin x + cos x (Example 5.4); (5.18b) stands here twice",
        lambda: tuple(
            abs(both_series(0.7) - derivative(f, 0)(0.7)) < 1e-12
            for f in (quartic, lambda x: sin(x) + cos(x))
        ),
        "004 5.1.1, l. 91",
    ),
    Erratum(
        "S4-026",
        "at 1: the series of cos, and T∞ of sin x + cos x",
        "(5.25e): cos x = Σ (−1)ᵏ x²ᵏ/(2k)!",
        "(5.26); (5.25e) is the end of Example 5.4, T∞ = cos x + sin x",
        lambda: (taylor(cos, 0.0, 24)(1.0), both_series(1.0)),
        "004 5.1.1, l. 95",
        (0.5403023058681398, 1.3817732906760363),
    ),
    Erratum(
        "S4-027",
        "at 1: the series of sin, and T∞ of sin x + cos x",
        "(5.25e): sin x = Σ (−1)ᵏ x²ᵏ⁺¹/(2k + 1)!",
        "(5.27); (5.25e) is the end of Example 5.4, T∞ = cos x + sin x",
        lambda: (taylor(sin, 0.0, 25)(1.0), both_series(1.0)),
        "004 5.1.1, l. 95",
        (0.8414709848078965, 1.3817732906760363),
    ),
    Erratum(
        "S4-031",
        "(x + 2y³)² at (2, 1): its slope by an x₁ of its own, and by x",
        "∂f/∂x₁ = 2(x + 2y³), …; f is not printed",
        "∂f/∂x = 2(x + 2y³)·1, of f(x, y) = (x + 2y³)²",
        lambda: (
            partial(lambda x, y, x1: nested(x, y), 2)(2.0, 1.0, 3.0),
            partial(nested, 0)(2.0, 1.0),
        ),
        "004 5.2, l. 108",
        (0, 8),
    ),
    Erratum(
        "S4-032",
        "at (2, 1)",
        "∂f/∂y = ½(x + 2y³)y²",
        "∂f/∂y = 2(x + 2y³)·6y² = 12(x + 2y³)y²",
        lambda: (
            # what is printed is the slope of 1/24 of f
            partial(lambda x, y: nested(x, y) / 24, 1)(2.0, 1.0),
            partial(nested, 1)(2.0, 1.0),
        ),
        "004 5.2, l. 109",
        (2, 48),
    ),
    Erratum(
        "S4-033",
        "at (2, 3), with an x₃ = 1 that f does not have",
        "∂f/∂x₁ = 2x₁x₂ + x₃²",
        "∂f/∂x₁ = 2x₁x₂ + x₂³, of f(x₁, x₂) = x₁²x₂ + x₁x₂³",
        lambda: (
            partial(lambda x1, x2, x3: x1**2 * x2 + x1 * x3**2, 0)(2.0, 3.0, 1.0),
            partial(mixed, 0)(2.0, 3.0),
        ),
        "004 5.2, l. 114",
        (13, 39),
    ),
    Erratum(
        "S4-036",
        "f = x, g = eˣ at 1: the left side, which is (fg)″, and the right side, (fg)′",
        "(∂f/∂x·g + f·∂g/∂x)′ = ∂f/∂x·g + f·∂g/∂x",
        "∂/∂x (f·g) = ∂f/∂x·g + f·∂g/∂x, the factors in this order for matrices",
        lambda: tuple(derivative(lambda x: x * exp(x), n)(1.0) for n in (2, 1)),
        "004 5.2.1, l. 121",
        (8.154845485377136, 5.43656365691809),
    ),
    Erratum(
        "S4-037",
        "f = x², g = sin x at 0.7: the left side, which is f″ + g′, and the right side, f′ + g′",
        "(∂f/∂x + g(x))′ = ∂f/∂x + ∂g/∂x",
        "∂/∂x (f(x) + g(x)) = ∂f/∂x + ∂g/∂x",
        lambda: (
            derivative(lambda x: derivative(lambda x: x**2)(x) + sin(x))(0.7),
            derivative(lambda x: x**2 + sin(x))(0.7),
        ),
        "004 5.2.1, l. 122",
        (2.764842187284489, 2.1648421872844885),
    ),
    Erratum(
        "S4-040",
        "f = x₁x₂ of (sin t, cos t) at 0.7: what is printed for any f, and df/dt",
        "(5.50a): df/dt = 2 sin t·(sin t)′ + 2(cos t)′; f is not printed",
        "that is (5.50b), of f = x₁² + 2x₂; (5.50a) is ∂f/∂x₁·dx₁/dt + ∂f/∂x₂·dx₂/dt",
        lambda: tuple(total_derivative(f, sin, cos)(0.7) for f in (outer, lambda x1, x2: x1 * x2)),
        "004 5.2.2, l. 138",
        (-0.30298564448692195, 0.16996714290024104),
    ),
    Erratum(
        "S4-043",
        "x₁² + 2x₂ of (st, s + t²) at (1.5, 0.5): df/ds and a t; the row of both slopes",
        "df/ds, t = ∂f/∂x·[∂x/∂s ∂x/∂t]",
        "df/d(s, t) = ∂f/∂x·∂x/∂(s, t): 1 × 2 = (1 × 2)(2 × 2)",
        lambda: (
            (total_derivative(outer, lambda s: 0.5 * s, lambda s: s + 0.25)(1.5), 0.5),
            chained_jacobian(outer, inner)(1.5, 0.5),
        ),
        "004 5.2.2, l. 151",
        ((2.75, 0.5), (2.75, 4.25)),
    ),
]

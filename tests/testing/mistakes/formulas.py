"""Formulas of a calculus course, of physics and of money; distances and what is built on them."""

import math

import numpy as np

from autograd_lite import cos, exp, log10, sin
from tests.testing.mistakes.case import SIGN, TWO, problem


@problem("Rosenbrock", wrt="x y")
def rosenbrock(x, y):
    slow = (1 - x) ** 2
    steep = 100 * (y - x**2) ** 2
    return slow + steep


@rosenbrock.right("multiplied out")
def _(x, y):
    return {"x": 400 * x**3 - 400 * x * y + 2 * x - 2, "y": 200 * y - 200 * x**2}


@rosenbrock.wrong("inner slope of x² without its 2", "x", TWO, r"x²|x\*\*2|steep")
def _(x, y):
    return {"x": -2 * (1 - x) - 200 * x * (y - x**2), "y": 200 * (y - x**2)}


@rosenbrock.wrong("minus of 1 - x forgotten", "x", SIGN, r"1 [-−] x")
def _(x, y):
    return {"x": 2 * (1 - x) - 400 * x * (y - x**2), "y": 200 * (y - x**2)}


@rosenbrock.wrong("slow valley forgotten", "x", r"slow|1 [-−] x")
def _(x, y):
    return {"x": -400 * x * (y - x**2), "y": 200 * (y - x**2)}


@problem("polynomial regression", wrt="c0 c1 c2", shapes={"x": (5,), "y": (5,)})
def polynomial(c0, c1, c2, x, y):
    yhat = c0 + c1 * x + c2 * x**2
    return ((yhat - y) ** 2).sum() / (2 * len(x))


@polynomial.right("powers of x against the residual")
def _(c0, c1, c2, x, y):
    g = np.vander(x, 3, increasing=True).T @ (np.polyval([c2, c1, c0], x) - y) / 5
    return {"c0": g[0], "c1": g[1], "c2": g[2]}


@polynomial.wrong("differentiated by x", "c0 c1 c2", r"c0|c1|c2|\bx\b")
def _(c0, c1, c2, x, y):
    r = np.polyval([c2, c1, c0], x) - y
    return {"c0": 0.0, "c1": (r * c1).mean(), "c2": (r * 2 * c2 * x).mean()}


@polynomial.wrong("exponent brought down in front", "c2", TWO)
def _(c0, c1, c2, x, y):
    r = np.polyval([c2, c1, c0], x) - y
    return {"c0": r.mean(), "c1": (r * x).mean(), "c2": (r * 2 * x**2).mean()}


@polynomial.wrong("square of the mean for the mean of squares", "c2", r"x²|x\*\*2|\bmean\b|\bsum")
def _(c0, c1, c2, x, y):
    r = np.polyval([c2, c1, c0], x) - y
    return {"c0": r.mean(), "c1": (r * x).mean(), "c2": r.mean() * (x**2).mean()}


@problem("pendulum energy", wrt="theta omega l", domain={"m": "positive", "l": "positive"})
def pendulum(theta, omega, l, m):  # noqa: E741
    speed = l * omega
    height = l * (1 - cos(theta))
    return 0.5 * m * speed**2 + m * 9.81 * height


@pendulum.right("with the half angle")
def _(theta, omega, l, m):  # noqa: E741
    torque = 2 * m * 9.81 * l * math.sin(theta / 2) * math.cos(theta / 2)
    stretch = m * (l * omega**2 + 2 * 9.81 * math.sin(theta / 2) ** 2)
    return {"theta": torque, "omega": m * l * l * omega, "l": stretch}


@pendulum.wrong("cosine's slope without its minus", "theta", SIGN)
def _(theta, omega, l, m):  # noqa: E741
    dl = m * l * omega**2 + m * 9.81 * (1 - math.cos(theta))
    return {"theta": -m * 9.81 * l * math.sin(theta), "omega": m * l**2 * omega, "l": dl}


@pendulum.wrong(
    "angle taken to be in degrees", "theta", r"degree|radian|180|57\.|0\.017|π|\bpi\b|\bcos|\bsin"
)
def _(theta, omega, l, m):  # noqa: E741
    dl = m * l * omega**2 + m * 9.81 * (1 - math.cos(theta))
    torque = m * 9.81 * l * math.sin(math.radians(theta))
    return {"theta": torque, "omega": m * l**2 * omega, "l": dl}


@pendulum.wrong("length in the height only", "l", r"speed|omega|ω")
def _(theta, omega, l, m):  # noqa: E741
    dl = m * 9.81 * (1 - math.cos(theta))
    return {"theta": m * 9.81 * l * math.sin(theta), "omega": m * l**2 * omega, "l": dl}


@problem(
    "range of a throw, angle in degrees", wrt="v angle", domain={"v": (5, 30), "angle": (20, 70)}
)
def throw(v, angle):
    alpha = angle * (math.pi / 180)
    return v**2 * sin(2 * alpha) / 9.81


@throw.right("in degrees throughout")
def _(v, angle):
    two = math.radians(2 * angle)
    return {"v": 2 * v * math.sin(two) / 9.81, "angle": v * v * math.cos(two) * math.pi / 90 / 9.81}


@throw.wrong("derivative by radians", "angle", r"degree|radian|180|57\.|0\.017|π|\bpi\b")
def _(v, angle):
    two = math.radians(2 * angle)
    return {"v": 2 * v * math.sin(two) / 9.81, "angle": 2 * v * v * math.cos(two) / 9.81}


@throw.wrong("inner 2 of the double angle forgotten", "angle", TWO)
def _(v, angle):
    two = math.radians(2 * angle)
    return {"v": 2 * v * math.sin(two) / 9.81, "angle": v**2 * math.cos(two) * math.pi / 180 / 9.81}


@problem("lens equation", wrt="f s", domain={"f": (1, 2), "s": (3, 6)})
def lens(f, s):
    power = 1 / f - 1 / s
    return 1 / power  # the distance of the image


@lens.right("squares of the magnifications")
def _(f, s):
    return {"f": (s / (s - f)) ** 2, "s": -((f / (s - f)) ** 2)}


@lens.wrong("distance of the object with the focal length's sign", "s", SIGN)
def _(f, s):
    return {"f": (s / (s - f)) ** 2, "s": (f / (s - f)) ** 2}


@lens.wrong("outer reciprocal forgotten", "f s", r"\bpower\b|reciprocal|outer")
def _(f, s):
    return {"f": -1 / f**2, "s": 1 / s**2}


@problem("compound interest", wrt="P r", domain={"P": "positive", "r": (0.01, 0.2), "n": (3, 20)})
def interest(P, r, n):
    growth = (1 + r) ** n
    return P * growth


@interest.right("amount over growth factor")
def _(P, r, n):
    amount = P * math.exp(n * math.log1p(r))
    return {"P": amount / P, "r": n * amount / (1 + r)}


@interest.wrong("exponent not lowered", "r", r"growth|power|expon|1 \+ r|n [-−] 1")
def _(P, r, n):
    return {"P": (1 + r) ** n, "r": P * n * (1 + r) ** n}


@interest.wrong("simple interest", "r", r"growth|power|1 \+ r")
def _(P, r, n):
    return {"P": (1 + r) ** n, "r": P * n}


@interest.wrong("rule of the exponential for the power", "r", r"growth|power|expon|\blog|\bln\b")
def _(P, r, n):
    return {"P": (1 + r) ** n, "r": P * (1 + r) ** n * math.log(1 + r)}


@problem("sound level in decibels", wrt="p", domain={"p": "positive"})
def decibel(p):
    ratio = p / 0.02
    return 20 * log10(ratio)


@decibel.right("20 / (p ln 10)")
def _(p):
    return 20 / (p * math.log(10))


@decibel.wrong("ln for log10", "p", r"ln ?10|log10|log\(10\)|2\.30|0\.434")
def _(p):
    return 20 / p


@decibel.wrong("ln 10 on the wrong side", "p", r"ln ?10|log10|log\(10\)|2\.30|0\.434|5\.30|0\.188")
def _(p):
    return 20 * math.log(10) / p


@problem("quotient x²/(x² + c²)", wrt="x c", domain={"c": "positive"})
def hill(x, c):
    top = x**2
    bottom = x**2 + c**2
    return top / bottom


@hill.right("collected")
def _(x, c):
    s = (x * x + c * c) ** 2
    return {"x": 2 * x * c * c / s, "c": -2 * c * x * x / s}


@hill.wrong("terms of the quotient rule the wrong way round", "x", SIGN)
def _(x, c):
    top, bottom = x**2, x**2 + c**2
    return {"x": (top * 2 * x - 2 * x * bottom) / bottom**2, "c": -2 * c * top / bottom**2}


@hill.wrong("quotient of the derivatives", "x", r"quotient|bottom|denominator")
def _(x, c):
    return {"x": 2 * x / (2 * x), "c": -2 * c * x**2 / (x**2 + c**2) ** 2}


@problem("damped wave", wrt="t k", domain={"k": "positive"})
def damped(t, k):
    envelope = exp(-k * t)
    wave = sin(3 * t)
    return envelope * wave


@damped.right("as one bracket")
def _(t, k):
    e = math.exp(-k * t)
    return {"t": e * (3 * math.cos(3 * t) - k * math.sin(3 * t)), "k": -t * e * math.sin(3 * t)}


@damped.wrong("product of the derivatives", "t", r"product rule|envelope|wave")
def _(t, k):
    e = math.exp(-k * t)
    return {"t": -k * e * 3 * math.cos(3 * t), "k": -t * e * math.sin(3 * t)}


@damped.wrong(
    "frequency forgotten, and time's minus in k", "t k", r"(?<![\w.])3(?!\.?\d)|wave|\bsin\b", SIGN
)
def _(t, k):
    e = math.exp(-k * t)
    return {"t": e * (math.cos(3 * t) - k * math.sin(3 * t)), "k": t * e * math.sin(3 * t)}


@damped.wrong("hyperbolic slope of a sine", "t")
def _(t, k):
    e = math.exp(-k * t)
    wrong = 3 * math.cosh(0.4 * t) - k * math.sin(3 * t) ** 3
    return {"t": e * wrong, "k": -t * e * math.sin(3 * t)}

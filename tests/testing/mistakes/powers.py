"""Powers, compositions and products of a calculus course."""

import cmath
import math

import numpy as np

from autograd_lite import atan2, cos, exp, log, sin, sqrt, tanh
from tests.testing.mistakes.case import SIGN, lacks, problem

LOGARITHM = r"\blog|\bln\b|power rule|exponent|base|exponential rule"
OWN_VALUE = r"own (value|derivative)|at the derivative|evaluated at|argument|inner|u′|∂u"
MULTIPLIED = r"multipl|product|add|sum of"


@problem("xˣ", wrt="x", domain={"x": "positive"})
def tower(x):
    return x**x


@tower.right("through the logarithm")
def _(x):
    return math.exp(x * math.log(x)) * math.log(math.e * x)


@tower.right("as base and as exponent, added")
def _(x):
    return x * x ** (x - 1) + np.log(x) * x**x


@tower.right("in extended steps of a complex number")
def _(x):
    z = x + 1e-30j
    return cmath.exp(z * cmath.log(z)).imag / 1e-30


@tower.wrong(
    "power rule alone",
    "x",
    r"power rule|itself stands",
    lacks(r"\bx\b", r"\blog(\(x\))?", r"exponent"),
)
def _(x):
    return x * x ** (x - 1)


@tower.wrong(
    "exponential rule alone",
    "x",
    lacks(r"\bx\b", r"base"),
    r"exponential rule|rule of an exponential",
)
def _(x):
    return x**x * math.log(x)


@tower.wrong("both, multiplied", "x", MULTIPLIED)
def _(x):
    return x * x ** (x - 1) * math.log(x) * x**x


@problem("aˣ + xᵃ", wrt="a x", domain={"a": (1.2, 3), "x": (0.4, 2.5)})
def two_powers(a, x):
    growth = a**x
    power = x**a
    return growth + power


@two_powers.right("each rule at its place")
def _(a, x):
    return {
        "a": x / a * a**x + x**a * math.log(x),
        "x": a**x * math.log(a) + a / x * x**a,
    }


@two_powers.right("bases e and 2")
def _(a, x):
    la, lx = math.log2(a), math.log2(x)
    growth, power = 2 ** (x * la), 2 ** (a * lx)
    ln2 = math.log(2)
    return {"a": growth * x / a + power * lx * ln2, "x": growth * la * ln2 + power * a / x}


@two_powers.wrong("power rule for aˣ by x", "x", LOGARITHM)
def _(a, x):
    return {"a": x * a ** (x - 1) + x**a * math.log(x), "x": x * a ** (x - 1) + a * x ** (a - 1)}


@two_powers.wrong(
    "log of the exponent, not of the base",
    "a x",
    r"\b[ax] stands where [ax] belongs|log\(x\)[^:;]*log\(a\)|(base|exponent)[^:;]*(swap|exchang)",
)
def _(a, x):
    return {
        "a": x * a ** (x - 1) + x**a * math.log(a),
        "x": a**x * math.log(x) + a * x ** (a - 1),
    }


@two_powers.wrong("no logarithm at all", "a x", lacks(r"log(\([ax]\))?", r"\bln\b"))
def _(a, x):
    return {"a": x * a ** (x - 1) + x**a, "x": a**x + a * x ** (a - 1)}


@problem("sine of a polynomial", wrt="x c")
def wave(x, c):
    u = c * x**2 + x
    return sin(u)


@wave.right("chain rule")
def _(x, c):
    outer = math.cos(x * (c * x + 1))
    return {"x": outer * (2 * c * x + 1), "c": outer * x * x}


@wave.right("Euler's formula, and Horner's")
def _(x, c):
    outer = cmath.exp(1j * (c * x + 1) * x).real
    return {"x": outer * np.polyval([2 * c, 1], x), "c": outer * np.polyval([1, 0, 0], x)}


@wave.wrong("cos at the derivative's own value: cos(u′)·u′", "x c", OWN_VALUE)
def _(x, c):
    slope, by_c = 2 * c * x + 1, x * x
    return {"x": math.cos(slope) * slope, "c": math.cos(by_c) * by_c}


@wave.wrong("cos(x)·u′", "x c", r"x stands where u|taken at x\b")
def _(x, c):
    return {"x": math.cos(x) * (2 * c * x + 1), "c": math.cos(x) * x * x}


@wave.wrong(
    "inner derivative added, not multiplied", "x c", r"\badd|\bplus\b|\bsum\b|multipl|product"
)
def _(x, c):
    outer = math.cos(c * x**2 + x)
    return {"x": outer + 2 * c * x + 1, "c": outer + x * x}


@problem("tanh inside exp, twice over", wrt="x y")
def nested(x, y):
    u = tanh(x * y)
    v = exp(u)
    return v * x


@nested.right("product and chain rule")
def _(x, y):
    u = math.tanh(x * y)
    v = math.exp(u)
    inner = v * (1 - u) * (1 + u)
    return {"x": v + x * inner * y, "y": x * inner * x}


@nested.right("logarithmic derivative")
def _(x, y):
    value = x * math.exp(math.tanh(x * y))
    slope = 1 / math.cosh(x * y) ** 2
    return {"x": value * (1 / x + y * slope), "y": value * x * slope}


@nested.wrong("tanh′ at tanh's own slope", "x y")
def _(x, y):
    u = math.tanh(x * y)
    slope = 1 - (1 - u * u) ** 2
    v = math.exp(u)
    return {"x": v + x * v * slope * y, "y": x * x * v * slope}


@nested.wrong("product's derivatives multiplied where they add", "x", MULTIPLIED)
def _(x, y):
    u = math.tanh(x * y)
    v = math.exp(u)
    inner = v * (1 - u * u)
    return {"x": v * x * inner * y, "y": x * x * inner}


@nested.wrong(
    "exp kept as it is: its inner slope forgotten", "x y", lacks(r"1 [-−] u · u", r"tanh", r"\bu\b")
)
def _(x, y):
    v = math.exp(math.tanh(x * y))
    return {"x": v + x * v * y, "y": x * x * v}


@problem("product of three", wrt="x")
def triple(x):
    a = sin(x)
    b = exp(-x)
    c = x**2 + 1
    return a * b * c


@triple.right("three terms")
def _(x):
    s, k, e, c = math.sin(x), math.cos(x), math.exp(-x), x * x + 1
    return k * e * c - s * e * c + 2 * x * s * e


@triple.right("collected over the exponential")
def _(x):
    return (
        (x * x + 1) * math.sqrt(2) * math.cos(x + math.pi / 4) + 2 * x * math.sin(x)
    ) / math.exp(x)


@triple.wrong("product of the derivatives", "x", MULTIPLIED)
def _(x):
    return math.cos(x) * -math.exp(-x) * 2 * x


@triple.wrong("minus of exp(−x) lost", "x", SIGN)
def _(x):
    s, k, e, c = math.sin(x), math.cos(x), math.exp(-x), x * x + 1
    return k * e * c + s * e * c + 2 * x * s * e


@triple.wrong("last factor taken as constant", "x", lacks(r"\bc\b", r"x²", r"third factor"))
def _(x):
    s, k, e, c = math.sin(x), math.cos(x), math.exp(-x), x * x + 1
    return k * e * c - s * e * c


@problem("polar coordinates", wrt="x y", domain={"x": (0.3, 2), "y": (0.3, 2)})
def polar(x, y):
    r = sqrt(x**2 + y**2)
    phi = atan2(y, x)
    return r * phi


@polar.right("rotated basis")
def _(x, y):
    phi = math.atan2(y, x)
    return {"x": math.cos(phi) * phi - math.sin(phi), "y": math.sin(phi) * phi + math.cos(phi)}


@polar.right("a complex logarithm")
def _(x, y):
    z = complex(x, y)
    d = z.conjugate() * cmath.log(z).imag / abs(z)
    turn = 1j * z / abs(z)
    return {"x": d.real + turn.real, "y": -d.imag + turn.imag}


@polar.wrong(
    "angle's derivatives swapped",
    "x y",
    r"swap|exchang|\bx\b stands where y|\by\b stands where x|sign[^:;]*phi|phi[^:;]*sign",
)
def _(x, y):
    r, phi = math.hypot(x, y), math.atan2(y, x)
    return {"x": x / r * phi + x / r, "y": y / r * phi - y / r}


@polar.wrong("angle held constant", "x y", lacks(r"phi", r"φ", r"atan2", r"angle"))
def _(x, y):
    r, phi = math.hypot(x, y), math.atan2(y, x)
    return {"x": x / r * phi, "y": y / r * phi}


@problem("logarithm to a base", wrt="a b", domain={"a": (1.5, 4), "b": (1.5, 4)})
def to_base(a, b):
    ratio = log(a) / log(b)
    return cos(ratio)


@to_base.right("quotient rule")
def _(a, b):
    la, lb = math.log(a), math.log(b)
    s = math.sin(la / lb)
    return {"a": -s / (a * lb), "b": s * la / (b * lb**2)}


@to_base.right("from log2, all of it")
def _(a, b):
    ratio = math.log2(a) / math.log2(b)
    unit = -math.sin(ratio) / math.log(b)
    return {"a": unit / a, "b": -unit * ratio / b}


@to_base.wrong(
    "log of the base not squared",
    "b",
    r"division by log\(b\)|quotient rule|log\(b\)[^:;]*squar",
)
def _(a, b):
    la, lb = math.log(a), math.log(b)
    s = math.sin(la / lb)
    return {"a": -s / (a * lb), "b": s * la / (b * lb)}


@to_base.wrong("sine at the ratio's own derivative", "a", OWN_VALUE)
def _(a, b):
    la, lb = math.log(a), math.log(b)
    d = 1 / (a * lb)
    return {"a": -math.sin(d) * d, "b": math.sin(la / lb) * la / (b * lb**2)}

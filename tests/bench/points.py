"""How often classify_point is wrong, by the size of the point.

``python -m tests.bench.points [how many [seed [verdict to print]]]``.  Each case is a function, a
point and what is true there by construction; a claim is wrong if it names another kind or another
slope.  "cannot tell" is no claim.  Half of the functions are made of this package's operations,
the others of Python's, ``math`` and NumPy.
"""

import collections
import math
import random
import sys

import numpy as np

import autograd_lite as al
from autograd_lite import Value
from autograd_lite.analysis import classify_point

INF = math.inf
UNARY = ["sin", "cos", "tan", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "asin"]
UNARY += ["acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"]
UNARY += ["sigmoid", "softplus", "silu", "gelu", "reciprocal", "elu", "relu", "abs", "leaky_relu"]
FLOATS = ["sin", "cos", "tan", "exp", "log", "sqrt", "atan", "tanh", "asinh", "sinh", "expm1"]
INNER = ["sin", "cos", "tanh", "atan", "sigmoid", "softplus", "erf", "asinh"]


def _size(group, draw):
    """A point's size, or a kink's place."""
    low, high = {
        "ordinary": (-3, 3),
        "tiny": (-16, -10),
        "huge": (6, 15),
        "beside a kink": (-3, 3),
        "denormal": (-322, -308),
    }[group]
    return draw.choice([-1, 1]) * 10 ** draw.uniform(low, high)


def _smooth(group, draw):
    """A smooth function where it is smooth, and its slope by the table's rules."""
    x = _size(group, draw)
    kind = draw.randrange(5)
    if kind == 0:
        name = draw.choice(UNARY)
        f = g = getattr(al, name)
    elif kind == 1:
        name = draw.choice(FLOATS)
        f, g = getattr(math, name), getattr(al, name)
    elif kind == 2:
        name = draw.choice(["sin", "cos", "tanh", "exp", "arctan", "sqrt", "log"])
        f = getattr(np, name)
        g = getattr(al, name.replace("arc", "a"))
    elif kind == 3:
        one, two = draw.choice(INNER), draw.choice(INNER)
        a, b = draw.uniform(-2, 2), draw.uniform(-1, 1)
        name = f"{two}({a:.3g}·{one}(x) + {b:.3g})·x"
        one, two = getattr(al, one), getattr(al, two)

        def g(x):
            return two(a * one(x) + b) * x

        f = g if draw.random() < 0.5 else lambda x: float(g(x))
    else:
        n = draw.choice([2, 3, -1, 0.5, 1.5])
        name = f"|x|^{n}"

        def g(x):
            return al.abs(x) ** n

        f = g if draw.random() < 0.5 else lambda x: abs(x) ** n
    try:
        v = Value(x)
        y = g(v)
        y.backward()
        slope = v.grad
    except (ValueError, ArithmeticError):
        return None
    if not (math.isfinite(slope) and math.isfinite(y.data)):
        return None
    if name in ("asin", "acos", "atanh", "tan") and abs(slope) > 1e3:
        return None
    return name, f, x, "differentiable", slope, slope


KINKS = [  # of u = x − c; kind, slopes from the left and the right
    ("|u|", lambda u: al.abs(u), lambda u: abs(u), "corner", -1, 1),
    ("relu", lambda u: al.relu(u), lambda u: max(u, 0.0), "corner", 0, 1),
    ("leaky", lambda u: al.leaky_relu(u), lambda u: u if u > 0 else 0.01 * u, "corner", 0.01, 1),
    ("hypot(u, 0)", lambda u: al.hypot(u, 0.0), lambda u: math.hypot(u, 0.0), "corner", -1, 1),
    ("max(u, 3u)", lambda u: al.maximum(u, 3 * u), lambda u: max(u, 3 * u), "corner", 1, 3),
    ("min(u, −u)", lambda u: al.minimum(u, -u), lambda u: min(u, -u), "corner", 1, -1),
    ("sign", lambda u: al.sign(u), lambda u: float(np.sign(u)), "jump", INF, INF),
    ("step", lambda u: al.step(u), lambda u: float(u > 0), "jump", 0, INF),
    ("if", lambda u: u if u > 0 else 2 * u, lambda u: u if u > 0 else 2 * u, "corner", 2, 1),
    ("if, jump", lambda u: u if u > 0 else 0 * u + 2, lambda u: u if u > 0 else 2.0, "jump", 0, 0),
    ("u|u|", lambda u: u * abs(u), lambda u: u * abs(u), "differentiable", 0, 0),
    ("|u|^1.5", lambda u: abs(u) ** 1.5, lambda u: abs(u) ** 1.5, "differentiable", 0, 0),
    ("u²", lambda u: u**2, lambda u: u * u, "differentiable", 0, 0),
    ("√u", lambda u: al.sqrt(u), lambda u: math.sqrt(u), "domain edge", None, INF),
    ("|u|^⅔", lambda u: abs(u) ** (2 / 3), lambda u: abs(u) ** (2 / 3), "cusp", -INF, INF),
    (
        "∛u",
        lambda u: al.sign(u) * abs(u) ** (1 / 3),
        lambda u: math.copysign(abs(u) ** (1 / 3), u),
        "vertical tangent",
        INF,
        INF,
    ),
    (
        "u sin 1/u",
        lambda u: u * al.sin(1 / u) if u.data else 0 * u,
        lambda u: u * math.sin(1 / u) if u else 0.0,
        "oscillating",
        None,
        None,
    ),
]


def _kink(group, draw):
    """A kink at c, with a smooth function beside it, and a point on it or near it."""
    name, f, g, kind, left, right = draw.choice(KINKS)
    beside = group == "beside a kink"
    c = (
        0.0
        if draw.random() < 0.3 and group in ("ordinary", "beside a kink")
        else _size(group, draw)
    )
    if draw.random() < 0.3:
        c = float(round(c))
    x = c
    if beside:
        x = c + draw.choice([-1, 1]) * 10 ** draw.uniform(-9.5, -8.5)
        u = Value(x - c)
        if u.data == 0 or name == "u sin 1/u":
            return None
        try:
            f(u).backward()
        except ValueError:
            return None
        kind, left, right = "differentiable", u.grad, u.grad
    a = draw.choice([0.0, 0.0, draw.uniform(-2, 2)])
    if kind == "jump":
        left = right = "any"
    elif a:
        left, right = (None if s is None else s + a for s in (left, right))
    if draw.random() < 0.5:
        return f"{name} + {a:.3g}u", lambda x: f(x - c) + a * (x - c), x, kind, left, right
    return (
        f"{name} + {a:.3g}u, floats",
        lambda x: g(float(x) - c) + a * (float(x) - c),
        x,
        kind,
        left,
        right,
    )


def case(group, draw):
    """(name, f, x, kind, slope from the left, from the right)."""
    while True:
        found = (_kink if group == "beside a kink" or draw.random() < 0.5 else _smooth)(group, draw)
        if found:
            return found


def judged(found, kind, left, right):
    """ "right", "cannot tell" or "wrong"."""
    if found.kind == "cannot tell":
        return "cannot tell"
    if found.kind != kind:
        return "wrong"
    for got, expected in ((found.left, left), (found.right, right)):
        if expected == "any":
            continue
        if (got is None) != (expected is None):
            return "wrong"
        if (
            got is not None
            and got != expected
            and not abs(got - expected) <= 1e-4 * abs(expected) + 1e-6
        ):
            return "wrong"
    return "right"


GROUPS = ["ordinary", "tiny", "huge", "beside a kink", "denormal"]


def counted(group, count, seed=0, tell=False):
    """How often it was right, wrong or could not tell; ``tell`` prints the cases of one verdict."""
    draw = random.Random(f"{group} {seed}")
    counts = collections.Counter()
    for _ in range(count):
        name, f, x, kind, left, right = case(group, draw)
        found = classify_point(f, x)
        verdict = judged(found, kind, left, right)
        counts[verdict] += 1
        if verdict == tell or (tell and verdict == "wrong"):
            print(f"  {verdict}: {name} at {x!r} is {found}; expected {kind} {left} {right}")
    return counts


def main(count=1000, seed=0, tell=""):
    """Print a row for each group."""
    for group in GROUPS:
        counts = counted(group, count, seed, tell)
        row = ", ".join(f"{counts[v]} {v}" for v in ("right", "cannot tell", "wrong"))
        print(f"{group:14} {row}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]), *sys.argv[3:])

"""How often classify_point is right: ``python -m tests.bench.kinks [how many of each]``.

Each family is s·g(x − x₀) on a smooth background, with x₀ = 0 or up to 100 away, s from 0.01 to
100 of either sign, and an offset up to 100.  Composites are sums and products of chains of smooth
functions with an offset up to 10⁶: mild ones are chains of at most 3 near 0; wild ones, of 4 with
factors up to 10 and x up to 10⁴, may turn within a few floats, as sin(10²⁰·x) does.
"""

import collections
import math
import random
import statistics
import sys
import time

from autograd_lite.analysis import classify_point

SIGN = math.copysign


def at_zero(g):
    """G, and 0 at 0."""
    return lambda u: g(u) if u else 0.0


def power(p):
    return lambda u: abs(u) ** p


def odd(p):
    return lambda u: SIGN(abs(u) ** p, u)


FAMILIES = {  # name: g, kind; g(u, w) has a steepness w of 10³ to 10⁸
    "step": (lambda u: float(u > 0), "jump"),
    "|u|": (abs, "corner"),
    "leaky relu": (lambda u: u if u > 0 else 0.1 * u, "corner"),
    "|u|^1/3": (power(1 / 3), "cusp"),
    "|u|^1/2": (power(1 / 2), "cusp"),
    "|u|^2/3": (power(2 / 3), "cusp"),
    "|u|^0.8": (power(0.8), "cusp"),
    "|u|^0.9": (power(0.9), "cusp"),
    "odd ^1/3": (odd(1 / 3), "vertical tangent"),
    "odd ^1/2": (odd(1 / 2), "vertical tangent"),
    "odd ^0.8": (odd(0.8), "vertical tangent"),
    "odd ^0.9": (odd(0.9), "vertical tangent"),
    "u log|u|": (at_zero(lambda u: u * math.log(abs(u))), "vertical tangent"),
    "u sin 1/u": (at_zero(lambda u: u * math.sin(1 / u)), "oscillating"),
    "sin 1/u": (at_zero(lambda u: math.sin(1 / u)), "oscillating"),
    "sqrt u": (math.sqrt, "domain edge"),
    "|u|^1.1": (power(1.1), "differentiable"),
    "|u|^1.5": (power(1.5), "differentiable"),
    "|u|^3": (power(3), "differentiable"),
    "u|u|": (odd(2), "differentiable"),
    "odd ^1.1": (odd(1.1), "differentiable"),
    "u² sin 1/u": (at_zero(lambda u: u * u * math.sin(1 / u)), "differentiable"),
    "tanh wu": (lambda u, w: math.tanh(w * u), "differentiable"),
    "exp −(wu)²": (lambda u, w: math.exp(-((w * u) ** 2)), "differentiable"),
    "sin wu": (lambda u, w: math.sin(w * u), "differentiable"),
    "background": (lambda u: 0.0, "differentiable"),
}
STEEP = ("tanh wu", "exp −(wu)²", "sin wu")
SMOOTH = [
    math.sin,
    math.cos,
    math.tanh,
    math.exp,
    math.atan,
    lambda v: v * v,
    lambda v: v**3,
    lambda v: v**5 - v,
    lambda v: math.log(1 + v * v),
    lambda v: math.sqrt(1 + v * v),
    lambda v: 1 / (1 + math.exp(-v)),
    lambda v: 1 / (2 + math.cos(v)),
    lambda v: math.exp(-v * v),
]


def member(name, draw):
    """One function of a family, the point, and what it is there."""
    g, kind = FAMILIES[name]
    a, b, c = (draw.uniform(-2, 2) for _ in range(3))
    w, phase, offset = draw.uniform(0.3, 3), draw.uniform(0, 6), draw.choice([0, 0, 1, -3, 10, 100])
    at = draw.choice([0.0, draw.uniform(-3, 3), draw.uniform(-100, 100)])
    scale = SIGN(10 ** draw.uniform(-2, 2), draw.uniform(-1, 1))
    if name in STEEP:
        steep, aside = 10 ** draw.uniform(3, 8), draw.uniform(-1, 1)

        def h(u):
            return g(u + aside / steep, steep)
    else:
        h = g

    def f(x):
        return offset + a * x + b * math.sin(w * x + phase) + c * x * x / 20 + scale * h(x - at)

    return f, at, kind


def composite(draw, *, wild=False):
    """A smooth function, and a point."""
    chains = [
        [
            (
                draw.choice(SMOOTH),
                SIGN(10 ** draw.uniform(-1, 1 if wild else 0.3), draw.uniform(-1, 1)),
                draw.uniform(-2, 2),
            )
            for _ in range(draw.randint(1, 4 if wild else 3))
        ]
        for _ in range(draw.randint(1, 3))
    ]
    weights = [SIGN(10 ** draw.uniform(-3, 3), draw.uniform(-1, 1)) for _ in chains]
    offset, product = draw.choice([0, 0, 1, -1e3, 1e6]), draw.random() < 0.3

    def f(x):
        terms = []
        for weight, chain in zip(weights, chains, strict=True):
            y = x
            for g, a, b in chain:
                y = g(a * y + b)
            terms.append(weight * y)
        return offset + (math.prod(terms) if product else sum(terms))

    at = [0.0, draw.uniform(-3, 3), float(draw.randint(-3, 3))]
    if wild:
        at += [draw.uniform(-100, 100), draw.choice([1e-8, 1e4, -1e-3])]
    return f, draw.choice(at)


def kinds_found(name, count, seed=0):
    """(what it is, how often each kind was found, the milliseconds of each call)."""
    draw = random.Random(f"{name} {seed}")
    found, times, kind = collections.Counter(), [], "differentiable"
    while sum(found.values()) < count:
        if name in FAMILIES:
            f, x, kind = member(name, draw)
        else:
            f, x = composite(draw, wild=name == "wild composite")
            try:
                f(x)
            except OverflowError:
                continue
        start = time.perf_counter()
        found[classify_point(f, x).kind] += 1
        times.append(1e3 * (time.perf_counter() - start))
    return kind, found, times


def main(count):
    """Print a row for each family."""
    print(f"{count} functions each; % of the right kind, % told smooth or not, ms a call (median)")
    for name in [*FAMILIES, "mild composite", "wild composite"]:
        kind, found, times = kinds_found(name, count)
        told = sum(
            n for k, n in found.items() if (k == "differentiable") == (kind == "differentiable")
        )
        others = ", ".join(f"{k} {n}" for k, n in found.items() if k != kind)
        row = f"{name:15} {kind:17} {100 * found[kind] / count:7.2f} {100 * told / count:7.2f}"
        print(f"{row} {statistics.median(times):6.2f}  {others}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)

"""Limits and differentiability: truths by construction; "cannot tell" is never wrong."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from autograd_lite import LimitError, Value, cos, exp, log1p, maximum, sign, sin, sqrt, step, tanh
from autograd_lite import abs as absolute
from autograd_lite.analysis import classify_point, is_differentiable, limit

from .harness import Find, Undecided

INF = math.inf


def place(rng: random.Random) -> float:
    """A point: 0, ordinary, tiny or huge."""
    ordinary = round(rng.uniform(-5, 5), 3)
    size = 10.0 ** rng.randint(-12, 12)
    return rng.choice([0.0, 0.0, ordinary, ordinary, size, -size])


def limits(rng: random.Random) -> Find | None:
    """Known limits of 0/0, poles, jumps and swings, moved to a point and scaled."""
    a, k = place(rng), round(rng.uniform(0.2, 5), 2) * rng.choice([-1, 1])
    c = rng.choice([0.0, round(rng.uniform(-9, 9), 1), 1e8, 1e-8])
    known: dict[str, tuple[Callable[[Any], Any], float, float]] = {  # of h: from left, from right
        "sin(k·h)/h": (lambda h: sin(k * h) / h, k, k),
        "(exp(k·h) − 1)/h": (lambda h: (exp(k * h) - 1) / h, k, k),
        "(1 − cos(k·h))/h²": (lambda h: (1 - cos(k * h)) / h**2, k * k / 2, k * k / 2),
        "log1p(k·h)/h": (lambda h: log1p(k * h) / h, k, k),
        "(√(1 + h) − 1)/h": (lambda h: (sqrt(1 + h) - 1) / h, 0.5, 0.5),
        "tanh(h)·k/h": (lambda h: k * tanh(h) / h, k, k),
        "(h³ + k·h)/h": (lambda h: (h**3 + k * h) / h, k, k),
        "h·sin(1/h)": (lambda h: h * sin(1 / h), 0.0, 0.0),
        "k·|h|/h": (lambda h: k * absolute(h) / h, -k, k),
        "1/h": (lambda h: k / h, -math.copysign(INF, k), math.copysign(INF, k)),
        "k/h²": (lambda h: k / h**2, math.copysign(INF, k), math.copysign(INF, k)),
        "step(h)": (lambda h: k * step(h), 0.0, k),
        "sin(1/h)": (lambda h: sin(k / h), math.nan, math.nan),
        "k·h": (lambda h: k * h, 0.0, 0.0),
    }
    name = rng.choice(list(known))
    f, left, right = known[name]
    side = rng.choice(["both", "left", "right"])
    if side != "both":
        left = right = left if side == "left" else right
    told = f"limit of c + {name}, h = x − {a!r}, k = {k}, c = {c!r}, side {side}"
    exists = left == right
    try:
        got = limit(lambda x: c + f(x - a), a, side=side)
    except LimitError:
        raise Undecided("cannot tell") from None
    if not exists:
        gap = 2.0 if math.isnan(left) else abs(right - left)
        if gap <= 1e-6 * abs(c):  # limit's tolerance is relative
            raise Undecided("within the tolerance")
        return Find(told, "no limit", got)
    want = c + right
    apart = 0.0 if got == want else abs(got - want)
    return None if apart <= 1e-6 * max(1.0, abs(want)) else Find(told, want, got)


def differentiability(rng: random.Random) -> Find | None:
    """A smooth function, plus at most one fault at a known point."""
    a = place(rng)
    k = round(rng.uniform(0.2, 5), 2) * rng.choice([-1, 1]) * 10.0 ** rng.choice([0, 0, -3, 3])
    faults: dict[str, tuple[Callable[[Any], Any], bool]] = {
        "0": (lambda h: 0 * h, True),
        "k·|h|": (lambda h: k * absolute(h), False),
        "k·h·|h|": (lambda h: k * h * absolute(h), True),
        "k·max(h, 0)": (lambda h: k * maximum(h, 0.0), False),
        "k·max(h, 0)²": (lambda h: k * maximum(h, 0.0) ** 2, True),
        "k·√|h|": (lambda h: k * absolute(h) ** 0.5, False),
        "k·sign(h)·√|h|": (lambda h: k * sign(h) * absolute(h) ** 0.5, False),
        "k·|h|^1.5": (lambda h: k * absolute(h) ** 1.5, True),
        "k·step(h)": (lambda h: k * step(h), False),
        "k·h³": (lambda h: k * h**3, True),
        "k·tanh(h)": (lambda h: k * tanh(h), True),
    }
    smooth: dict[str, Callable[[Any], Any]] = {
        "0": lambda h: 0.0,
        "sin(h)": lambda h: sin(h),
        "h²": lambda h: h * h,
        "3": lambda h: 3.0,
        "−2h": lambda h: -2 * h,
    }
    fault, rest = rng.choice(list(faults)), rng.choice(list(smooth))
    f, is_smooth = faults[fault]

    def whole(x: Any) -> Any:
        return f(x - a) + smooth[rest](x - a)

    told = f"{fault} + {rest}, h = x − {a!r}, k = {k!r}"
    if rng.random() < 0.5:
        found = is_differentiable(whole, a)
        if found.kind in ("no one-sided slope", "cannot tell"):
            raise Undecided("cannot tell")
        right = bool(found) == is_smooth
        return None if right else Find(f"is_differentiable of {told}", is_smooth, str(found))
    kind = classify_point(lambda x: float(whole(Value(float(x)))), a)
    if kind.kind in ("oscillating", "cannot tell"):
        raise Undecided("cannot tell")
    right = bool(kind) == is_smooth
    return None if right else Find(f"classify_point of {told}", is_smooth, str(kind))

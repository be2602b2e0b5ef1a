"""``newton_root``: where a function is zero; ``inverse_derivative``: the slope of its inverse."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..errors import DomainError
from ..functional import Scalar, check_count, derivative, value_and_grad
from ..notebook import bundle, escaped, table
from ..number import to_float
from ..terminal import printed
from ..value import Value


@printed
@dataclass(frozen=True)
class Root:
    """What ``newton_root`` returns: every iterate, and how it ended."""

    root: float  # the last iterate; a zero of f only if ``success``
    success: bool
    # "converged", "zero derivative", "cycle", "diverged", "domain error", "step limit", "no root"
    reason: str
    message: str  # the reason with its numbers
    iterates: tuple[float, ...]
    values: tuple[float, ...]  # f at each iterate

    def __str__(self) -> str:
        return f"{self.reason} after {len(self.iterates) - 1} steps: {self.message}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        rows = [
            (str(k), escaped(repr(x)), escaped(f"{y:.6g}"))
            for k, (x, y) in enumerate(zip(self.iterates, self.values, strict=True))
        ]
        told = f"<div><b>{escaped(self)}</b></div>{table(rows, ('step', 'x', 'f(x)'), '><<')}"
        return bundle(self, html=told)


def newton_root(
    f: Callable[..., Any], x0: float, *, tolerance: float = 1e-14, max_steps: int = 100
) -> Root:
    """A zero of f by Newton's method from a point x0: x ← x − f(x) / f′(x), in one variable.

    Args:
        f: takes one Value, returns one Value.
        x0: the first iterate.
        tolerance: converged when a step is at most this part of |x| and f is larger to both
            sides, or f is 0; "no root" if f is smaller there, as at the poles of tan.
        max_steps: after so many steps the reason is "step limit".

    Returns:
        A record with ``root, success, reason, message, iterates, values``; it never raises
        for a failure of the method.

    Source: 000 §3.3, l. 596; 003, l. 902-946.

    >>> r = newton_root(lambda x: x ** 2 - 2, 1.0)
    >>> r.root, r.reason, [round(x, 6) for x in r.iterates[:4]]
    (1.4142135623730951, 'converged', [1.0, 1.5, 1.416667, 1.414216])
    >>> print(newton_root(lambda x: x ** 3 - 2 * x + 2, 0.0))
    cycle after 2 steps: the iterates repeat with period 2: 1, 0
    """
    check_count(max_steps, "max_steps", 1)
    both = value_and_grad(f)
    xs, values = [to_float(x0)], list[float]()

    def ended(reason: str, message: str) -> Root:
        return Root(xs[-1], reason == "converged", reason, message, tuple(xs), tuple(values))

    for k in range(max_steps + 1):
        x = xs[-1]
        try:
            y, slope = both(x)
        except DomainError as error:
            values.append(math.nan)
            return ended("domain error", f"at x = {x!r}: {error}")
        values.append(y)
        if y == 0 and not (slope == 0 and _fades(xs)):
            return ended("converged", f"f({x!r}) = 0")
        if y == 0:
            return ended("diverged", f"f fades to 0 by x = {x:.6g}: rounding, and no zero")
        if not (math.isfinite(y) and math.isfinite(slope)):
            return ended("diverged", f"f or f′ is not finite at x = {x!r}")
        if slope == 0:
            return ended("zero derivative", f"f′({x!r}) = 0, so the tangent meets no zero")
        following = x - y / slope
        if not math.isfinite(following):
            return ended("diverged", f"the next iterate after x = {x!r} is not finite")
        if abs(following - x) <= tolerance * max(abs(following), 1e-300):
            last = number_at(f, following)
            if abs(last) < abs(y):  # otherwise rounding alone moves it
                xs.append(following)
                values.append(last)
            if not _is_zero(f, xs[-1], values[-1]):
                return ended(
                    "no root", f"|f| is {abs(values[-1]):.3g} at x = {x!r}, less beside it"
                )
            return ended("converged", f"the last step was {abs(following - x):.3g}")
        if _running_away(xs, values):
            return ended("diverged", f"|x| and |f| have grown for 20 steps, to x = {x:.6g}")
        period = _period([*xs, following])
        if period > 1:
            xs.append(following)
            values.append(number_at(f, following))
            loop = ", ".join(f"{v:.6g}" for v in xs[-period:])
            return ended("cycle", f"the iterates repeat with period {period}: {loop}")
        if k < max_steps:
            xs.append(following)
    return ended("step limit", f"no convergence in {max_steps} steps; |f| is {abs(values[-1]):.3g}")


def number_at(f: Callable[..., Any], x: float) -> float:
    """f(x), or NaN outside its domain."""
    try:
        return float(f(Value(x)))
    except DomainError:
        return math.nan


def _fades(xs: Sequence[float]) -> bool:
    """Whether the steps do not shrink: exp(−x²) is 0 at 28 by underflow; it has no zero."""
    if len(xs) < 3:
        return False
    return abs(xs[-1] - xs[-2]) > 0.98 * abs(xs[-2] - xs[-3])


def _is_zero(f: Callable[..., Any], x: float, y: float) -> bool:
    """Whether |f| is larger beside x than at x; at a pole it is smaller."""
    for part in (1e-3, 1e-5, 1e-7):
        beside = [number_at(f, x * (1 + part)), number_at(f, x * (1 - part))]
        if not any(abs(other) < abs(y) for other in beside):
            return True
    return False


def _running_away(xs: Sequence[float], values: Sequence[float], steps: int = 20) -> bool:
    """Whether |x| and |f| have grown in each of the last steps."""
    pairs = [(abs(x), abs(y)) for x, y in zip(xs, values, strict=True)][-steps - 1 :]
    grows = all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(pairs))
    return len(pairs) > steps and grows


def _period(xs: Sequence[float]) -> int:
    """After how many steps the iterates repeat; 0 if they do not, or stand still."""
    for back in range(1, min(len(xs), 20)):
        if abs(xs[-1] - xs[-1 - back]) <= 1e-12 * abs(xs[-1]):
            return back if back > 1 else 0
    return 0


def inverse_derivative(
    f: Callable[..., Any], *, x: Any = None, y: float | None = None, near: float | None = None
) -> Scalar:
    """The derivative of the inverse function at a point y = f(x): 1 / f′(x).

    Args:
        f: takes one Value, returns one Value.
        x: the point of f; or
        y: the point of the inverse, with ``near``: where to look for the x of f(x) = y.

    Raises:
        ZeroDivisionError: f′(x) = 0, the inverse has a vertical tangent (or is none) there.
        ValueError: neither x nor y is given, or both; or no x with f(x) = y was found.

    Source: 000 §1.2, l. 101 (反函数的性质 3), which leaves out f′(x) ≠ 0; 003, l. 119-121.

    >>> inverse_derivative(lambda x: x ** 2, x=3.0)                     # √′(9)
    0.16666666666666666
    >>> inverse_derivative(lambda x: x ** 2, y=9.0, near=1.0)
    0.16666666666666666
    """
    if (x is None) == (y is None) or (y is None) != (near is None):
        raise ValueError("inverse_derivative: give x=..., or y=... and near=...")
    if y is not None and near is not None:
        height = to_float(y)
        found = newton_root(lambda x: f(x) - height, near)
        if not found.success:
            raise ValueError(f"no x with f(x) = {height!r} was found from x = {near!r}: {found}")
        x = found.root
    slope = derivative(f)(x)
    if float(slope) == 0:
        raise ZeroDivisionError(
            f"f′({float(x)!r}) = 0: the inverse has no finite slope at f({float(x)!r})"
        )
    return 1.0 / slope

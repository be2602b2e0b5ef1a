"""Whether a function has a derivative at a point, and what is in the way if not."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ..number import to_float
from ..ops import DomainError
from ..value import Value
from .derivatives import as_output
from .limits import LimitError, Side, agree, limit, sampled


@dataclass(frozen=True)
class Differentiability:
    """What ``is_differentiable`` found; true in an ``if`` where the derivative exists."""

    kind: Literal[
        "differentiable",
        "corner",
        "cusp",
        "vertical tangent",
        "jump",
        "discontinuous",
        "end of the domain",
        "undefined",
        "no one-sided slope",
    ]
    left: float | None  # the limit of (f(x + h) − f(x)) / h for h < 0, None where there is none
    right: float | None

    def __bool__(self) -> bool:
        return self.kind == "differentiable"

    def __str__(self) -> str:
        slopes = ["none" if s is None else f"{s:.6g}" for s in (self.left, self.right)]
        return f"{self.kind}: slope {slopes[0]} from the left, {slopes[1]} from the right"


def is_differentiable(
    f: Callable[..., Any], x: float, *, tolerance: float = 1e-6
) -> Differentiability:
    """Whether f has a derivative at x, by the limits of the quotients from the left and the right.

    ``derivative(f)(x)`` cannot tell: it differentiates the branch that f took at x.  The limits
    read rounding off the graph of f; for a function of floats, ``math.sqrt``, or to have the name
    of a point in a millisecond, there is ``classify_point``, which sees values only.

    Args:
        f: takes one Value, returns one Value; an ``if`` inside is fine.
        x: where.
        tolerance: slopes that differ by less than this part of max(1, |slope|) are one.

    Returns:
        A record with ``kind, left, right``, true or false as the answer is.  The kinds of 000:
        "corner" and "cusp" (slopes +∞ and −∞), "jump", "vertical tangent" (both +∞ or both −∞).

    Source: 000 §1.4 (导数的存在性), 003 (|x|).

    >>> print(is_differentiable(abs, 0.0))
    corner: slope -1 from the left, 1 from the right
    >>> bool(is_differentiable(abs, 1.0))
    True
    """
    x = to_float(x)
    try:
        here = as_output(f(Value(x))).data
    except DomainError:
        return Differentiability("undefined", None, None)

    def quotient(h: Value) -> Any:
        return (as_output(f(x + h)) - here) / h

    def ended(g: Callable[..., Any], a: float, side: Side) -> float | None:
        try:
            return limit(g, a, side=side, tolerance=tolerance)
        except LimitError:
            return None

    left, right = ended(quotient, 0.0, "left"), ended(quotient, 0.0, "right")
    sides = ended(f, x, "left"), ended(f, x, "right")
    if not sampled(f, x, -1.0) or not sampled(f, x, 1.0):
        return Differentiability("end of the domain", left, right)
    if None in sides or not all(agree(s, here, tolerance) for s in sides if s is not None):
        finite = [s for s in sides if s is not None and math.isfinite(s)]
        jump = len(finite) == 2 and finite[0] != finite[1]
        return Differentiability("jump" if jump else "discontinuous", left, right)
    if left is None or right is None:
        return Differentiability("no one-sided slope", left, right)
    if math.isinf(left) and math.isinf(right):
        kind: Literal["vertical tangent", "cusp"] = "vertical tangent" if left == right else "cusp"
        return Differentiability(kind, left, right)
    smooth = math.isfinite(left - right) and agree(left, right, tolerance)
    return Differentiability("differentiable" if smooth else "corner", left, right)

"""``least_squares``: fit parameters to data, on the exact Jacobian."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..functional import check_depends
from ..number import in_order, to_float
from ..value import Value, as_value, gradients, order

Array = npt.NDArray[Any]


@dataclass
class Fit:
    """What ``least_squares`` found."""

    x: Array
    cost: float  # ½ Σ r²
    fun: Array  # the residuals
    jac: Array  # ∂r/∂x, a row for each residual
    standard_errors: Array  # √(diagonal of s²·(JᵀJ)⁻¹), s² = Σ r² / (residuals − parameters)
    nit: int
    success: bool
    stopped: str  # "converged", "undetermined", "no progress", "step limit", "interrupted"
    message: str

    def __str__(self) -> str:
        return f"{self.stopped} after {self.nit} steps: Σ r² = {2 * self.cost:.10g}. {self.message}"


def least_squares(
    residuals: Callable[..., Sequence[Any]],
    x0: Sequence[float] | Array,
    *,
    max_steps: int = 2000,
    tolerance: float = 1e-12,
    damping: float = 1e-3,
) -> Fit:
    """Minimise ½ Σ r(x)² by Levenberg and Marquardt's method, with the exact Jacobian.

    Each step solves (JᵀJ + λ·diag(JᵀJ))·δ = −Jᵀr; λ falls where the sum falls, and grows where it
    does not; λ = 0 is Gauss and Newton's step.

    Args:
        residuals: takes the parameters as Values, one argument each, and returns the residuals.
        x0: where to start, one number for each parameter: a list, an array, a Series …
        max_steps: stop after so many Jacobians.
        tolerance: converged when a step would change no parameter by more than this part of it,
            or the residuals are orthogonal to every column of J to this cosine.
        damping: the first λ.

    Raises:
        ValueError: there are fewer residuals than parameters.
        DomainError: the residuals cannot be computed at x0.

    Source: Marquardt, SIAM J. Appl. Math. 11 (1963); Nielsen, IMM-REP-1999-05, for λ.

    >>> x, y = (1.0, 2.0, 3.0), (2.0, 5.0, 3.0)
    >>> line = least_squares(lambda m, b: [m * u + b - v for u, v in zip(x, y)], (0.0, 0.0))
    >>> line.x.round(10).tolist(), round(2 * line.cost, 10)
    ([0.5, 2.3333333333], 4.1666666667)
    """
    if not (damping >= 0 and math.isfinite(damping) and tolerance >= 0 and max_steps >= 0):
        given = f"damping = {damping!r}, tolerance = {tolerance!r}, max_steps = {max_steps!r}"
        raise ValueError(f"{given}: each is a number ≥ 0")
    x = np.array([to_float(p) for p in in_order(x0, "x0")])
    r, j = _residuals(residuals, x)
    if len(r) < len(x):
        raise ValueError(f"{len(r)} residuals do not determine {len(x)} parameters")
    if not (np.isfinite(r).all() and np.isfinite(j).all()):
        raise ValueError(f"the residuals or their slopes are not finite at x0 = {x.tolist()}")
    weight, growth, step = damping, 2.0, 0
    best, scale = (x, r, j), np.zeros(len(x))
    stopped, message = "step limit", f"{max_steps} Jacobians"
    try:
        for step in range(max_steps + 1):
            best = x, r, j
            scale = np.maximum(scale, np.linalg.norm(j, axis=0))
            cosine = _cosine(r, j)
            if cosine <= tolerance:
                stopped, message = "converged", f"residuals orthogonal to J within {cosine:.1g}"
                break
            if step == max_steps:
                break
            while True:
                delta = _damped_step(j, r, weight, scale)
                if (abs(delta) <= tolerance * abs(x)).all():
                    stopped, message = "converged", "a step changes no parameter any more"
                    if weight > 1 and cosine > 1e-6:  # damping alone has made the step small
                        stopped, message = "no progress", f"with damping {weight:.1g} still"
                    break
                following = _tried(residuals, x + delta)
                if following is not None:
                    promised = -np.dot(j @ delta, 2 * r + j @ delta)
                    with np.errstate(over="ignore"):
                        fallen = np.dot(r - following[0], r + following[0])
                    # Below the rounding of the sum of squares, the slope alone can tell.
                    level = promised <= 1e-12 * np.dot(r, r) and _cosine(*following) < cosine
                    if (fallen > 0 and promised > 0) or level:
                        x, (r, j) = x + delta, following
                        gain = 1.0 if level else fallen / promised
                        weight *= max(1 / 3, 1 - (2 * gain - 1) ** 3)
                        growth = 2.0
                        break
                weight, growth = max(weight, 1e-12) * growth, growth * 2
                if weight > 1e30:
                    stopped, message = "no progress", "no step lowers the sum of squares"
                    break
            if stopped != "step limit":
                break
    except KeyboardInterrupt:
        stopped, message = "interrupted", "stopped by the user; x is the best so far"
        x, r, j = best
    lost = np.flatnonzero(np.linalg.norm(j, axis=0) <= 1e-10 * np.maximum(scale, 1e-300))
    if stopped == "converged" and lost.size:
        stopped = "undetermined"
        unused = [k for k in lost if k in _unused(residuals, x)]
        which = ", ".join(map(str, unused or lost))
        message = f"the residuals do not depend on parameter {which} here; try another start"
        if unused:
            message = f"the residuals do not use parameter {which}; leave it out"
    return Fit(
        x=x,
        cost=float(np.dot(r, r)) / 2,
        fun=r,
        jac=j,
        standard_errors=_standard_errors(r, j),
        nit=step,
        success=stopped == "converged",
        stopped=stopped,
        message=message,
    )


def _residuals(residuals: Callable[..., Sequence[Any]], x: Array) -> tuple[Array, Array]:
    """(r, ∂r/∂x) at x."""
    leaves = [Value(p) for p in x]
    outputs = [as_value(y) for y in in_order(residuals(*leaves), "what the residuals return")]
    slopes = [slope for y in outputs for slope in gradients(y, leaves)]
    check_depends(lambda: [*residuals(*leaves)], [[v] for v in leaves], outputs, slopes)
    return np.array([y.data for y in outputs]), np.reshape(slopes, (-1, len(leaves)))


def _unused(residuals: Callable[..., Sequence[Any]], x: Array) -> set[int]:
    """The parameters that no residual is computed from."""
    leaves = [Value(p) for p in x]
    used = {v for y in residuals(*leaves) if isinstance(y, Value) for v in order(y)}
    return {k for k, leaf in enumerate(leaves) if leaf not in used}


def _tried(residuals: Callable[..., Sequence[Any]], x: Array) -> tuple[Array, Array] | None:
    """``_residuals``, or ``None`` where they cannot be computed."""
    try:
        r, j = _residuals(residuals, x)
    except (ValueError, ArithmeticError):
        return None
    return (r, j) if np.isfinite(r).all() and np.isfinite(j).all() else None


def _cosine(r: Array, j: Array) -> float:
    """The largest |cosine| between the residuals and a column of J; 0 at a minimum."""
    lengths = np.linalg.norm(j, axis=0) * np.linalg.norm(r)
    return float((abs(j.T @ r) / np.where(lengths > 0, lengths, 1.0)).max())


def _damped_step(j: Array, r: Array, weight: float, scale: Array) -> Array:
    """The least-squares solution of [J; √λ·D]·δ = [−r; 0], by QR rather than by JᵀJ."""
    d = np.where(scale > 0, scale, 1.0)
    stacked = np.vstack([j / d, math.sqrt(weight) * np.eye(len(d))])
    right = np.concatenate([-r, np.zeros(len(d))])
    return np.asarray(np.linalg.lstsq(stacked, right, rcond=None)[0] / d)


def _standard_errors(r: Array, j: Array) -> Array:
    """Of the parameters, from the Jacobian; NaN where there is no freedom left."""
    freedom = len(r) - j.shape[1]
    if freedom <= 0:
        return np.full(j.shape[1], math.nan)
    lengths = np.linalg.norm(j, axis=0)
    lengths = np.where(lengths > 0, lengths, 1.0)
    _, upper = np.linalg.qr(j / lengths)
    try:
        inverse = np.linalg.inv(upper)
    except np.linalg.LinAlgError:
        return np.full(j.shape[1], math.inf)
    sigma = math.sqrt(float(np.dot(r, r)) / freedom)
    return np.asarray(sigma * np.linalg.norm(inverse, axis=1) / lengths)

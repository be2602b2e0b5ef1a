"""Newton's method for minima: θ ← θ − H⁻¹·∇J, with the exact Hessian."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import NonFiniteGradientError, SingularHessianError
from ..functional import slopes_and_hessian
from ..number import unwrapped
from ..value import Value
from .rules import (
    Rule,
    away,
)

Array = npt.NDArray[Any]


class Newton(Rule):
    """θ ← θ − η·(H + λI)⁻¹·∇J, in one dimension x ← x − g′(x) / g″(x).

    Args:
        parameters: the Values to move.
        lr: η, 1 for the full step.
        damping: λ ≥ 0; or ``"auto"``: the eigenvalues of H by their absolute value, so that every
            step leads down (Dauphin et al., arXiv:1406.2572); it is Newton's own step where H is
            positive definite.
        line_search: halve the step until J falls enough (Armijo), at most 40 times.

    ``step(closure)`` takes a closure that computes and returns the loss, without ``backward()``;
    or (loss, gradient, Hessian) as numbers, where something else knows them, such as a program.
    Afterwards ``hessian``, ``eigenvalues`` and ``kind`` ("positive definite", "negative
    definite", "indefinite" or "singular") tell where it stood: where the Hessian is not positive
    definite, Newton's method is drawn to saddle points and maxima.

    Source: 000 §3.3-3.7, 002 (Newton; printed with the wrong sign), 003, pp. 50-52.

    >>> x, y = Value(4.0), Value(4.0)
    >>> rule = Newton([x, y])
    >>> f = lambda: x**4 + 0.8 * y**4 + 4 * x**2 + 2 * y**2 - x * y - 0.2 * x**2 * y
    >>> for _ in range(8):
    ...     loss = rule.step(f)
    >>> abs(x.data) < 1e-12, rule.kind
    (True, 'positive definite')
    """

    hessian: Array
    eigenvalues: Array
    kind: str = ""
    differentiates = True

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1.0,
        *,
        damping: float | Literal["auto"] = 0.0,
        line_search: bool = False,
    ) -> None:
        options = {"damping": damping, "line_search": line_search}
        super().__init__(parameters, lr=lr, **options)
        if len(self.groups) > 1:
            raise ValueError("Newton moves all parameters by one Hessian; it takes no groups")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move all parameters once; returns the loss before the step.

        Raises:
            SingularHessianError: there is no step; try ``damping``.
            NonFiniteGradientError: the gradient or the Hessian is not finite.
            TypeError: there is no closure, or it returned no Value.
        """
        if closure is None:
            raise TypeError("Newton needs the loss itself: step(closure)")
        parameters, o = self.parameters, self._options(self.groups[0])
        found = closure()
        gradient, hessian = _derivatives(found, parameters)
        loss = _loss(found)
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            raise NonFiniteGradientError("the gradient or Hessian is not finite; nothing was moved")
        eigenvalues = np.linalg.eigvalsh(hessian)
        told = {"hessian": hessian, "eigenvalues": eigenvalues, "kind": _kind(eigenvalues)}
        vars(self).update(told)  # one call: no Ctrl-C comes between
        direction = -self._solved(hessian, gradient, o.damping)
        start = np.array([p.data for p in parameters])
        scale = o.lr
        if o.line_search:
            direction, scale = scale * direction, 1.0
            search = partial(_armijo, closure, parameters, start, direction, gradient, float(loss))
            scale = away(parameters, search)
        with np.errstate(over="ignore", invalid="ignore"):
            moved = (start + scale * direction).tolist()
        if not np.isfinite(moved).all():
            raise NonFiniteGradientError("the step leads to infinity; nothing was moved")
        state = self._state
        self._commit([(p, theta, state[p]) for p, theta in zip(parameters, moved, strict=True)])
        return loss

    def _solved(self, hessian: Array, gradient: Array, damping: float | str) -> Array:
        if damping == "auto":
            damped = hessian
            if self.kind != "positive definite":
                sizes, axes = np.linalg.eigh(hessian)
                sizes = np.maximum(abs(sizes), 1e-8 * abs(sizes).max())
                damped = (axes * sizes) @ axes.T
        else:
            damped = hessian + float(damping) * np.eye(len(hessian))
        values = np.linalg.eigvalsh(damped)
        if abs(values).min() <= len(hessian) * np.finfo(float).eps * abs(values).max():
            cure = "damping='auto' takes a step all the same"
            if not hessian.any():
                cure = "It is 0: only gradient descent leads on, where there is a slope"
            raise SingularHessianError(
                f"the Hessian is singular (eigenvalues {values.tolist()}); "
                f"nothing was moved. {cure}"
            )
        return np.asarray(np.linalg.solve(damped, gradient))


def _loss(found: Any) -> Any:
    """The loss that a closure returned, alone or with its derivatives."""
    return found[0] if isinstance(found, tuple) else found


def _derivatives(found: Any, parameters: list[Value]) -> tuple[Array, Array]:
    """(gradient, Hessian), from the loss's graph where the closure returned that."""
    n = len(parameters)
    if isinstance(found, tuple) and len(found) == 3:
        _, slopes, rows = found
    elif isinstance(found := unwrapped(found), Value):
        slopes, rows = slopes_and_hessian(found, parameters)
    else:
        raise TypeError(f"the closure returns the loss as a Value, not {found!r}")
    gradient = np.array([float(g) for g in np.ravel(slopes)])
    return gradient, np.array(rows, dtype=float).reshape(n, n)


def _kind(eigenvalues: Array) -> str:
    tolerance = 1e-12 * abs(eigenvalues).max()
    if (abs(eigenvalues) <= tolerance).any():
        return "singular"
    if (eigenvalues > 0).all():
        return "positive definite"
    return "negative definite" if (eigenvalues < 0).all() else "indefinite"


def _armijo(
    closure: Callable[[], Any],
    parameters: list[Value],
    start: Array,
    direction: Array,
    gradient: Array,
    before: float,
) -> float:
    """The first of 1, ½, ¼ … for which the loss falls by 1e-4 of what its slope promises.

    0 if none of 40 does: then it stays where it is.  It leaves the parameters where it tried.
    """
    promised = min(float(gradient @ direction), 0.0)
    scale = 1.0
    for _ in range(40):
        for p, theta in zip(parameters, start + scale * direction, strict=True):
            p.data = theta
        try:
            if float(_loss(closure())) <= before + 1e-4 * scale * promised:
                return scale
        except (ArithmeticError, ValueError):
            pass  # outside the domain: too far
        scale /= 2
    return 0.0

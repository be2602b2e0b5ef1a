"""``minimize``: run BFGS or an update rule until it is done, and say why it stopped."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import NonFiniteGradientError, SingularHessianError
from ..functional import as_output, check_depends, objects, slopes_and_hessian
from ..linalg import data, values
from ..number import in_order, number_of, to_float
from ..program import Program, check_backend, record
from ..value import Value, gradients
from .bfgs import BFGS, StuckError
from .newton import (
    Newton,
)
from .rules import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    Rule,
)

Array = npt.NDArray[Any]
METHODS: dict[str, Any] = {
    kind.__name__.lower(): kind
    for kind in (BFGS, GradientDescent, SGD, Momentum, Nesterov, Adagrad, RMSprop, Adadelta, Adam)
} | {"newton": Newton}


@dataclass
class Minimum:
    """What ``minimize`` found, by SciPy's names, and how it came there."""

    x: Any  # the last point where f could be computed: a float, or an array
    fun: float
    jac: Any  # the gradient there, shaped like x
    nit: int
    success: bool  # only if it converged
    stopped: str  # "converged", "no progress", "step limit", "diverged", "domain error", …
    message: str
    path: Array = field(repr=False)  # every iterate, the first row the start

    def __str__(self) -> str:
        where = f"x = {self.x}, f = {self.fun!r}"
        steps = "1 step" if self.nit == 1 else f"{self.nit} steps"
        return f"{self.stopped} after {steps} at {where}. {self.message}"


def minimize(
    f: Callable[..., Any],
    x0: Any,
    *,
    method: str | type[Rule] | None = None,
    lr: Any = None,
    max_steps: int = 1000,
    tolerance: float = 1e-8,
    callback: Callable[[int, Any, float], object] | None = None,
    backend: str | None = None,
    **options: Any,
) -> Minimum:
    """Minimise a function, step by step.

    Args:
        f: takes one Value, several, or one array of Values, as ``x0`` is a number, a list (tuple,
            iterator) of numbers, or an array (Series, DataFrame).
        x0: where to start.
        method: ``"bfgs"``, which learns the curvature and chooses its steps by itself; or an
            update rule, or its name: ``"gradientdescent"``, ``"adam"``, ``"newton"`` …  By default
            ``"bfgs"``; where ``lr`` is given, ``"gradientdescent"``.
        lr: the learning rate of a rule, a number or a schedule; by default the rule's own.
        max_steps: stop after so many.
        tolerance: converged when no component of the gradient is larger than this.
        callback: called with (step, x, f) at every iterate; it may raise ``StopIteration``.
        backend: record f once and run the program instead, by ``"python"``, ``"numpy"``, ``"c"``
            or ``"auto"``; see ``record``.
        options: further options of the rule, such as ``momentum`` or ``damping``.

    Returns:
        A record; a failure of the method does not raise, ``stopped`` and ``message`` tell of it.
        ``success`` is true only where the slopes are within ``tolerance``, or a step would change
        f by no more than its rounding; at the foot of a kink it is false ("no progress").

    Raises:
        ValueError, TypeError: a bad argument, an ``f`` that returns no number, or one that does
            not depend on x because ``float()`` took its number out, as ``math.exp`` does.

    >>> found = minimize(lambda x, y: (1 - x) ** 2 + 100 * (y - x * x) ** 2, (-1.2, 1.0))
    >>> found.stopped, found.x.round(6).tolist()
    ('converged', [1.0, 1.0])
    >>> found = minimize(lambda x, y: (x - 1) ** 2 + 10 * y ** 2, (3.0, 1.0), method="newton")
    >>> found.stopped, found.x.tolist(), found.nit
    ('converged', [1.0, 0.0], 1)
    """
    if max_steps < 0 or not tolerance >= 0:
        raise ValueError(f"max_steps = {max_steps!r} and tolerance = {tolerance!r} are ≥ 0")
    kind = _kind(method, lr)
    settings = options if lr is None else {**options, "lr": lr}
    single = number_of(x0) is not None or not isinstance(x0, Iterable)
    x0 = to_float(x0) if single else in_order(x0, "x0")
    is_array = isinstance(x0, np.ndarray)
    leaves = values(data(x0) if is_array else [to_float(x) for x in ([x0] if single else x0)])
    parameters = list(leaves.ravel())

    def loss() -> Value:
        return _one_number(f(leaves) if is_array else f(*leaves))

    def with_gradient() -> Value:
        rule.zero_grad()
        if program:
            value, found, _ = program(point())  # a rule may ask ahead of where it stands
            for leaf, slope in zip(parameters, np.ravel(found), strict=True):
                leaf.grad = slope
            return Value(value)
        y = loss()
        y.backward()
        return y

    def whole() -> Any:
        """What a rule that differentiates needs: the graph, or what a program made of it."""
        return program(point()) if program else loss()

    def looked() -> tuple[float, Any]:
        if program:
            value, found, _ = program(point())
            return value, np.reshape(found, leaves.shape)
        root = loss()
        slopes = gradients(root, parameters)
        towards = [parameters] if is_array else [[v] for v in parameters]
        check_depends(loss, towards, [root], slopes)
        return root.data, objects(slopes, leaves.shape)

    def point() -> Any:
        return float(leaves[0].data) if single else data(leaves)

    if kind is BFGS and settings:
        unknown = ", ".join(settings)
        raise TypeError(f"bfgs has no option {unknown}; choose a rule that has: method=...")
    rule: Any = kind(parameters, **settings)
    look: Callable[[], tuple[float, Any]] = looked
    closure: Callable[[], Any] = with_gradient
    if kind is BFGS:
        look, closure = partial(rule.look, looked), looked
    elif rule.differentiates:
        closure = whole
    program = None
    if backend is not None:
        program = _Recorded(f, x0, backend, second=closure is whole)
    path: list[Any] = []
    best = point(), math.nan, np.full(leaves.shape, math.nan)
    stopped, message = "step limit", f"the gradient is above {tolerance:g} still"
    step = 0
    try:
        for step in range(max_steps + 1):
            path.append(point())
            best = path[-1], *look()
            x, y, slopes = best
            if callback is not None:
                callback(step, x, y)
            if not (math.isfinite(y) and np.isfinite(slopes).all()):
                stopped, message = "diverged", "f or its gradient is not finite there"
                break
            if abs(slopes).max(initial=0.0) <= tolerance:
                stopped, message = "converged", f"no slope is above {tolerance:g}"
                break
            if step < max_steps:
                rule.step(closure)
    except KeyboardInterrupt:
        stopped, message = "interrupted", "stopped by the user"
    except StopIteration:
        stopped, message = "stopped", "the callback asked for it"
    except NonFiniteGradientError as error:
        stopped, message = "diverged", str(error)
    except SingularHessianError as error:
        stopped, message = "singular Hessian", str(error)
    except StuckError as error:
        stopped, message = error.stopped, str(error)
    except (ValueError, ArithmeticError) as error:
        stopped, message = "domain error", f"at step {step}, x = {point()}: {error}"
    x, y, slopes = best
    return Minimum(
        x=x,
        fun=y,
        jac=float(slopes[0]) if single else slopes,
        nit=step,
        success=stopped == "converged",
        stopped=stopped,
        message=message,
        path=np.array(path),
    )


class _Recorded:
    """f as a program, recorded where it is first asked for; x is as ``minimize`` hands it out."""

    def __init__(self, f: Callable[..., Any], x0: Any, backend: str, *, second: bool) -> None:
        check_backend(backend)
        self.f, self.backend, self.second = f, backend, second
        self.spread = isinstance(x0, list | tuple)  # f takes several numbers
        self.program: Program | None = None
        self.last: tuple[Any, tuple[float, Any, Any]] | None = None

    def __call__(self, x: Any) -> tuple[float, Any, Any]:
        """(f, gradient, Hessian if wanted) at x; the last is kept: a step asks where it stands."""
        if self.last is None or not np.array_equal(self.last[0], x):
            given = [*x] if self.spread else [x]
            if self.program is None:
                f = self._with_derivatives if self.second else self._value
                self.program = record(f, *given, backend=self.backend, guards="record")
            if self.second:
                y, *more = self.program(*given)
                n = np.size(x)
                self.last = x, (y, np.array(more[:n]), np.array(more[n:]).reshape(n, n))
            else:
                y, slopes = self.program.value_and_grad(*given)
                self.last = x, (y, slopes, None)
        return self.last[1]

    def _value(self, *x: Any) -> Value:
        return _one_number(self.f(*x))

    def _with_derivatives(self, *x: Any) -> list[Value]:
        y = self._value(*x)
        slopes, rows = slopes_and_hessian(y, [*np.ravel(np.array(x))], record=True)
        return [y, *slopes, *rows]


def _one_number(y: Any) -> Value:
    return as_output(y, "; for a list of residuals: least_squares")


def _kind(method: str | type[Rule] | None, lr: Any) -> Any:
    """BFGS, or a rule; a learning rate alone asks for gradient descent."""
    if method is None:
        return BFGS if lr is None else GradientDescent
    if isinstance(method, type) and issubclass(method, Rule):
        return method
    name = str(method).lower().replace("_", "").replace(" ", "")
    if name not in METHODS:
        raise ValueError(f"method {method!r}: it is a rule, or one of {', '.join(METHODS)}")
    return METHODS[name]

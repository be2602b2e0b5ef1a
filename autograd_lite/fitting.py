"""``minimize`` a function, and fit its parameters to data with ``least_squares``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import NonFiniteGradientError, SingularHessianError
from .functional import as_output, check_depends, objects, slopes_and_hessian
from .linalg import data, values
from .notebook import bundle, facts
from .number import in_order, number_of, to_float
from .optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    Newton,
    RMSprop,
    Rule,
)
from .program import Program, check_backend, record
from .step_table import StepTable
from .terminal import printed
from .update_rule import Move
from .value import Value, as_value, gradients, order, put_grads

__all__ = ["Fit", "Minimum", "least_squares", "minimize"]

Array = npt.NDArray[Any]
Found = tuple[float, Array]  # f and its gradient
ENOUGH, FLATTER = 1e-4, 0.9  # Wolfe's conditions: f falls by so much, its slope to so much
ROUNDING = 1e-14  # of f, relative: a smaller difference tells nothing
TRIES = 60  # points on one line
LEVEL = 100  # steps on which f falls no more than its rounding


# ---- minimize ------------------------------------------------------------------------------------


@printed
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
    history: StepTable | None = field(default=None, repr=False)  # where it was asked for

    def __str__(self) -> str:
        where = f"x = {self.x}, f = {self.fun!r}"
        steps = "1 step" if self.nit == 1 else f"{self.nit} steps"
        return f"{self.stopped} after {steps} at {where}. {self.message}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        told = facts(
            self.stopped, x=self.x, f=self.fun, gradient=self.jac, steps=self.nit, how=self.message
        )
        return bundle(self, html=told)


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
    history: bool = False,
    **options: Any,
) -> Minimum:
    """Minimise a function, step by step.

    Args:
        f: takes one Value, several, or one array of Values, as ``x0`` is a number, a list (tuple,
            iterator) of numbers, or an array (Series, DataFrame).
        x0: where to start.
        method: ``"bfgs"``, which learns the curvature and chooses its steps by itself; or an
            update rule, or its name: ``"gradientdescent"``, ``"adam"``, ``"newton"`` …  By default
            ``"bfgs"``; where ``lr`` is given, ``"gradientdescent"``.  Not ``"sgd"``, which takes
            samples from a loss: ``train.fit``.
        lr: the learning rate of a rule, a number or a schedule; by default the rule's own.
        max_steps: stop after so many.
        tolerance: converged when no component of the gradient is larger than this.
        callback: called with (step, x, f) at every iterate; it may raise ``StopIteration``.
        backend: record f once and run the program instead, by ``"python"``, ``"numpy"``, ``"c"``
            or ``"auto"``; see ``record``.
        history: note every step, in ``history``: g, what the rule remembers, θ, as a table.
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

    def run() -> Any:
        """The program where the parameters stand, which may be ahead of the last iterate."""
        assert program is not None
        found = program(point())
        if kind is not BFGS and rule.differentiates:
            return found
        put_grads(parameters, np.ravel(found[1]).tolist())
        return Value(found[0])

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
    moves: list[Move] = rule.note() if history else []
    program = None
    if backend is not None:
        second = kind is not BFGS and rule.differentiates
        program = _Recorded(f, x0, backend, second=second)
    look: Callable[[], tuple[float, Any]] = looked
    closure: Callable[[], Any]
    if kind is BFGS:
        look, closure = partial(rule.look, looked), looked
    else:
        closure = objective(rule, loss, run if program else None)
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
        history=StepTable(moves) if history else None,
    )


def objective(
    rule: Rule,
    loss: Callable[[], Value],
    run: Callable[[], Any] | None = None,
    says: str = "",
) -> Callable[[], Any]:
    """What ``rule.step`` is to call: it computes the loss, and the gradients of the parameters.

    Args:
        rule: one that differentiates by itself is given the graph of the loss.
        loss: computes the graph.
        run: computes instead by a program, sets the gradients, and returns the loss.
        says: what does not depend on what, where the loss depends on no parameter.
    """

    def closure() -> Any:
        if rule.differentiates:
            return run() if run else loss()
        rule.zero_grad()
        if run:
            return run()
        y, parameters = loss(), rule.parameters
        y.backward()
        check_depends(loss, [parameters], [y], [p.grad for p in parameters], says)
        return y

    return closure


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
    name = str(method).lower().replace("_", "").replace(" ", "")
    if method is SGD or name in ("sgd", "stochasticgradientdescent"):
        raise ValueError(
            "minimize has the whole f and no samples to draw from, where sgd is gradient descent: "
            "method='gradientdescent'; for samples: train.fit(..., optimizer=optim.SGD(...))"
        )
    if isinstance(method, type) and issubclass(method, Rule):
        return method
    if name not in METHODS:
        raise ValueError(f"method {method!r}: it is a rule, or one of {', '.join(METHODS)}")
    return METHODS[name]


# ---- BFGS ----------------------------------------------------------------------------------------


class StuckError(ArithmeticError):
    """No step leads down; ``stopped`` tells what that means, in ``Minimum``'s words."""

    def __init__(self, stopped: str, message: str) -> None:
        super().__init__(message)
        self.stopped = stopped


class BFGS:
    """θ ← θ − t·H·g, where H, the inverse of the Hessian, is learnt on the way.

    H ← (I − s·yᵀ/sᵀy)·H·(I − y·sᵀ/sᵀy) + s·sᵀ/sᵀy, of the last step s and the change y of the
    gradient.  t is halved or doubled until f falls enough and its slope shrinks (Wolfe), which
    needs no second derivative, and passes kinks and points where f cannot be computed.

    Source: Nocedal and Wright, Numerical Optimization (2006), algorithm 6.1; Lewis and Overton,
    Math. Programming 141 (2013), algorithm 2.6, for t; Hager and Zhang, SIAM J. Optim. 16 (2005),
    for what is lower where f is known to its rounding only.
    """

    symbols = "θ − t · H⁻¹ · ∇J"

    def __init__(self, parameters: Sequence[Value]) -> None:
        if not parameters:
            raise ValueError("there are no parameters to move")
        self.parameters = parameters
        self.steps = 0
        self.noted: list[Move] | None = None
        self.inverse: Array | None = None
        self.lowest = math.inf  # that f has been, and for how many steps
        self.level = 0
        self._known: Found | None = None

    def note(self) -> list[Move]:
        """Every step from now on, as of a ``Rule``."""
        self.noted = []
        return self.noted

    def look(self, f: Callable[[], Found]) -> Found:
        """F and its gradient where the parameters stand; known after a step."""
        if self._known is None:
            self._known = f()
        return self._known

    def step(self, f: Callable[[], Found]) -> None:
        """Move all parameters once.

        Args:
            f: (value, gradient) where the parameters stand; it may raise where there is none.

        Raises:
            StuckError: no step leads down; the parameters stay.
        """
        start = np.array([p.data for p in self.parameters])
        y, g = self.look(f)[0], np.ravel(self.look(f)[1])
        self.level = 0 if y < self.lowest else self.level + 1
        self.lowest = min(self.lowest, y)

        def at(t: float, direction: Array) -> Found | None:
            self._move(start + t * direction)
            try:
                found = f()
            except (ArithmeticError, ValueError):  # outside the domain: too far
                return None
            return found if np.isfinite(found[0]) and np.isfinite(found[1]).all() else None

        moved = start
        try:
            direction = -g if self.inverse is None else -self.inverse @ g
            promised = float(g @ direction)
            if self.level > LEVEL:
                raise _stuck(start, y, g, promised)
            t, found = self._searched(at, direction, y, g)
            if found is None and self.inverse is not None:
                self.inverse = None  # what was learnt elsewhere may mislead here
                direction = -g
                t, found = self._searched(at, direction, y, g)
            if found is None:
                raise _stuck(start, y, g, promised)
            moved, self._known = start + t * direction, found
        finally:
            self._move(moved)
        self._learn(moved - start, np.ravel(found[1]) - g)
        self.steps += 1
        if self.noted is not None:
            for k, numbers in enumerate(zip(start, g, moved, strict=True), start=1):
                theta, slope, after = map(float, numbers)
                name = "θ" if len(start) == 1 else f"θ{k}"
                known = {"theta": theta, "slope": slope}
                self.noted.append(Move(self.steps, name, None, self.symbols, known, after))

    def _move(self, x: Array) -> None:
        for p, number in zip(self.parameters, x.tolist(), strict=True):
            p.data = number

    def _searched(
        self, at: Callable[[float, Array], Found | None], direction: Array, y: float, g: Array
    ) -> tuple[float, Found | None]:
        """A t that meets Wolfe's conditions, and what f is there; else the lowest point tried."""
        promised = float(g @ direction)
        if not promised < 0:
            return 0.0, None
        t = 1.0 if self.inverse is not None else min(1.0, 1 / float(abs(g).max()))
        low, high = 0.0, math.inf
        lowest: Found | None = None
        for _ in range(TRIES):
            found = at(t, direction)
            slope = math.nan if found is None else float(np.ravel(found[1]) @ direction)
            if found is None or not self._is_lower(found[0], slope, y, t, promised):
                high = t
            elif slope < FLATTER * promised:
                low, lowest = t, found
            else:
                return t, found
            t = 2 * low if high == math.inf else (low + high) / 2
            if not low < t < high:
                break
        if high == math.inf:
            raise StuckError("diverged", "f falls without end along a straight line")
        return low, lowest

    def _is_lower(self, y: float, slope: float, before: float, t: float, promised: float) -> bool:
        """Whether f has fallen enough; below its rounding, the slope alone can tell."""
        if y <= before + ENOUGH * t * promised and y < before:
            return True
        level = y <= self.lowest + ROUNDING * abs(self.lowest)
        return level and abs(slope) < FLATTER * abs(promised)

    def _learn(self, s: Array, change: Array) -> None:
        curvature = float(s @ change)
        if not 0 < curvature < math.inf:
            return
        h = self.inverse
        with np.errstate(all="ignore"):
            if h is None:
                h = curvature / (change @ change) * np.eye(len(s))
            h_change = h @ change
            cross = np.outer(s, h_change)
            along = (1 + change @ h_change / curvature) * np.outer(s, s)
            h = h + (along - cross - cross.T) / curvature
        self.inverse = h if np.isfinite(h).all() else None


def _stuck(x: Array, y: float, g: Array, promised: float) -> StuckError:
    """Why no step leads down: f is lowest to its rounding, or nobody can tell."""
    flat = float(abs(g * x).max()) <= 1e-6 * abs(y)
    if flat and abs(promised) <= ROUNDING * abs(y):
        return StuckError("converged", "a step changes f by no more than its rounding")
    return StuckError("no progress", "no step along the slope lowers f: a kink, or its rounding")


METHODS: dict[str, Any] = {
    kind.__name__.lower(): kind
    for kind in (BFGS, GradientDescent, Momentum, Nesterov, Adagrad, RMSprop, Adadelta, Adam)
} | {"newton": Newton}


# ---- least squares -------------------------------------------------------------------------------


@printed
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

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        told = facts(
            self.stopped,
            x=self.x,
            standard_errors=self.standard_errors,
            **{"Σ r²": 2 * self.cost},
            steps=self.nit,
            how=self.message,
        )
        return bundle(self, html=told)


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
    outputs = [y for y in residuals(*leaves) if isinstance(y, Value)]
    used = {v for y in outputs for v in order(y, constants=False)}
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

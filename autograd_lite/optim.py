"""The update rules of the notes as formulas; learning-rate schedules; Newton's method.

In a formula ``theta`` is one parameter θ, ``g`` its gradient ∂J/∂θ, ``lr`` the learning rate η
(books call it also α), ``t`` the number of the step.  What a formula reads before it assigns it,
such as ``v``, is remembered from step to step, and 0 at first.  ``formula`` is the notes' form;
``torch`` is PyTorch's, where it differs: ``variant="torch"``.

>>> x = Value(3.0)
>>> rule = GradientDescent([x], lr=0.1)
>>> for _ in range(2):
...     rule.zero_grad()
...     (x ** 2).backward()
...     rule.step()
>>> round(x.data, 12)                     # 3 · 0.8²
1.92

A rule of one's own is a class with a formula:

>>> class SignDescent(Rule):
...     formula = "theta = theta - lr * sign(g)"
>>> SignDescent([x], lr=0.5).step()
>>> round(x.data, 12)
1.42
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .errors import NonFiniteGradientError, SingularHessianError
from .functional import slopes_and_hessian
from .number import in_order, unwrapped
from .step_table import StepTable
from .update_rule import Form, Rate, Rule, away
from .value import Value

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "Form",
    "GradientDescent",
    "Momentum",
    "Nesterov",
    "Newton",
    "NonFiniteGradientError",
    "RMSprop",
    "Rule",
    "SingularHessianError",
    "StepTable",
    "cosine",
    "explain",
    "exponential_decay",
    "minibatches",
    "step_decay",
    "time_based",
    "warm_up",
]

Array = npt.NDArray[Any]
Schedule = Callable[[int], float]
Variant = Literal["notes", "torch"]

# ---- the rules of the notes ---------------------------------------------------------------------


class GradientDescent(Rule):
    """Down the gradient."""

    formula = "theta = theta - lr * g"
    source = "000 §2.3, l. 407, §2.4, l. 450; 002, 梯度下降法, l. 251; 003, l. 481-489"

    def __init__(
        self, parameters: Iterable[Any], lr: Rate = 0.01, *, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, lr=lr, weight_decay=weight_decay)


class SGD(GradientDescent):
    """Gradient descent on the loss of one sample, or of a batch: see ``minibatches``.

    Whether a batch counts as the mean or the sum of its losses is up to the loss; the sum is the
    mean with η times the batch's size.
    """

    source = "002, 随机梯度下降法, l. 295-313"


class Momentum(Rule):
    """Each step keeps a part of the one before.

    The notes keep η inside v; PyTorch does not, which differs where η changes from step to step.
    """

    formula = """
        v = momentum * v + lr * g
        theta = theta - v
    """
    torch = """
        v = momentum * v + g
        theta = theta - lr * v
    """
    source = "002, 动量法, l. 367-368"

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 0.01,
        *,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        variant: Variant = "notes",
    ) -> None:
        options = {"momentum": momentum, "weight_decay": weight_decay, "variant": variant}
        super().__init__(parameters, lr=lr, **options)


class Nesterov(Momentum):
    """Momentum with the gradient at the point where momentum leads.

    ``step`` needs a closure, to compute the gradient there.  PyTorch's form stores the look-ahead
    point instead, and needs none.
    """

    formula = """
        ahead = theta - momentum * v
        v = momentum * v + lr * g
        theta = theta - v
    """
    torch = """
        v = momentum * v + g
        theta = theta - lr * (g + momentum * v)
    """
    source = "002, Nesterov accelerated gradient, l. 392"


class Adagrad(Rule):
    """The more a parameter has moved, the smaller its rate.

    PyTorch (and the paper) have ε outside the root, by default 1e-10 instead of 1e-8.
    """

    formula = """
        G = G + g ** 2
        theta = theta - lr / sqrt(G + eps) * g
    """
    torch = """
        G = G + g ** 2
        theta = theta - lr / (sqrt(G) + eps) * g
    """
    source = "002, Adagrad, l. 427; Duchi et al., JMLR 12 (2011)"

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 0.01,
        *,
        eps: float | None = None,
        weight_decay: float = 0.0,
        variant: Variant = "notes",
    ) -> None:
        eps = (1e-10 if variant == "torch" else 1e-8) if eps is None else eps
        super().__init__(parameters, lr=lr, eps=eps, weight_decay=weight_decay, variant=variant)


class RMSprop(Rule):
    """Adagrad with a moving average of g² instead of its sum.

    ``rho`` is γ.  PyTorch has ε outside the root, and γ = 0.99 instead of 0.9 by default.
    """

    formula = """
        E = rho * E + (1 - rho) * g ** 2
        theta = theta - lr / sqrt(E + eps) * g
    """
    torch = """
        E = rho * E + (1 - rho) * g ** 2
        theta = theta - lr / (sqrt(E) + eps) * g
    """
    source = "002, Adadelta (first version), l. 440-444; Hinton, lecture 6e"

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 0.01,
        *,
        rho: float | None = None,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        variant: Variant = "notes",
    ) -> None:
        rho = (0.99 if variant == "torch" else 0.9) if rho is None else rho
        options = {"eps": eps, "weight_decay": weight_decay, "variant": variant}
        super().__init__(parameters, lr=lr, rho=rho, **options)


class Adadelta(Rule):
    """RMSprop with the moving average of the steps in place of η, which gives Δ the unit of θ.

    ``rho`` is γ; ``lr`` multiplies Δ at the end.  The notes print √E[Δθ] without square and ε:
    that would never move.
    """

    formula = """
        E = rho * E + (1 - rho) * g ** 2
        delta = -sqrt(D + eps) / sqrt(E + eps) * g
        D = rho * D + (1 - rho) * delta ** 2
        theta = theta + lr * delta
    """
    source = "002, Adadelta, l. 456, corrected; Zeiler, arXiv:1212.5701"

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 1.0,
        *,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay)


class Adam(Rule):
    """Momentum and RMSprop together, each an unbiased estimate, as the notes advise in words.

    With ``bias_correction=False`` the formula as the notes print it: the first step is 3.16 η.
    """

    formula = """
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g ** 2
        m_hat = m / (1 - beta1 ** t)
        v_hat = v / (1 - beta2 ** t)
        theta = theta - lr / (sqrt(v_hat) + eps) * m_hat
    """
    printed = """
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g ** 2
        theta = theta - lr / (sqrt(v) + eps) * m
    """
    source = "002, Adam, l. 484-492; Kingma and Ba, arXiv:1412.6980, algorithm 1"

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        bias_correction: bool = True,
        weight_decay: float = 0.0,
    ) -> None:
        options = {"bias_correction": bias_correction, "weight_decay": weight_decay}
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, **options)


def explain(
    rule: Rule | type[Rule],
    gradients: Sequence[float] = (),
    *,
    start: float = 0.0,
    **options: Any,
) -> StepTable:
    """The steps of a rule as a table: g, what the rule remembers, θ, in symbols and in numbers.

    Args:
        rule: a rule, for its last step, if it has taken one, and all its steps from now on; or a
            class of rules, for what it makes of given gradients.
        gradients: for a class, the gradient of each step (of Nesterov's, at the point ahead).
        start: for a class, θ at first.
        options: for a class, its options.

    Returns:
        A table to print, with ``to_markdown()``, ``to_latex()``, ``to_json()``.

    >>> print(explain(Momentum, [4.0, 3.2], start=2.0, lr=0.1).text())
    step     quantity             with numbers             value
       1  θ  g ← ∂J/∂θ                                      4
             v ← γ · v + η · g  = 0.9 · 0 + 0.1 · 4      =  0.4
             θ ← θ − v          = 2 − 0.4                =  1.6
             Δθ                                            −0.4
       2  θ  g ← ∂J/∂θ                                      3.2
             v ← γ · v + η · g  = 0.9 · 0.4 + 0.1 · 3.2  =  0.68
             θ ← θ − v          = 1.6 − 0.68             =  0.92
             Δθ                                            −0.68
    """
    if isinstance(rule, Rule):
        if len(gradients) or options:
            raise TypeError(f"{rule!r} has its own gradients and options; give its class instead")
        return StepTable(rule.note())
    p = Value(start)
    made = rule([p], **options)
    if made.differentiates:
        raise TypeError(f"{rule.__name__} differentiates the loss itself: gradients do not suffice")
    table = StepTable(made.note())
    for g in in_order(gradients, "gradients"):
        made.step(partial(setattr, p, "grad", g))
    return table


# ---- learning rates that change -----------------------------------------------------------------


def time_based(lr: float, decay: float) -> Schedule:
    """η₀ / (1 + decay · t).

    >>> [time_based(0.03, 0.5)(t) for t in range(3)]
    [0.03, 0.02, 0.015]
    """
    return lambda t: lr / (1 + decay * t)


def step_decay(lr: float, factor: float, every: int) -> Schedule:
    """η₀ · factor^⌊t / every⌋.

    >>> [step_decay(1.0, 0.5, every=2)(t) for t in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return lambda t: lr * factor ** (t // every)


def exponential_decay(lr: float, rate: float) -> Schedule:
    """η₀ · e^(−rate · t)."""
    return lambda t: lr * math.exp(-rate * t)


def cosine(lr: float, steps: int, minimum: float = 0.0) -> Schedule:
    """From η₀ to ``minimum`` along half a cosine in so many steps, then ``minimum``.

    Source: Loshchilov and Hutter, arXiv:1608.03983.

    >>> [round(cosine(1.0, 4, 0.1)(t), 4) for t in (0, 2, 4, 9)]
    [1.0, 0.55, 0.1, 0.1]
    """
    span = (lr - minimum) / 2
    return lambda t: minimum + span * (1 + math.cos(math.pi * min(t / steps, 1.0)))


def warm_up(after: float | Schedule, steps: int) -> Schedule:
    """Rise in equal parts to where ``after`` begins, then follow it.

    >>> [warm_up(0.4, 4)(t) for t in range(6)]
    [0.1, 0.2, 0.30000000000000004, 0.4, 0.4, 0.4]
    """
    follow = after if callable(after) else lambda t: after
    return lambda t: follow(0) * (t + 1) / steps if t < steps else follow(t - steps)


def minibatches(
    n: int, size: int, *, shuffle: bool = True, seed: int | None = None, drop_last: bool = False
) -> Iterator[list[int]]:
    """The indices 0 … n − 1 in batches, each once: one epoch of mini-batch SGD.

    Args:
        n: how many samples there are.
        size: how many make a batch; the last one is shorter where they do not come out even.
        shuffle: in random order.
        seed: the same seed gives the same order.
        drop_last: leave a shorter last batch out.

    Source: 002, l. 306-311 (mini-batch SGD).

    >>> list(minibatches(5, 2, shuffle=False))
    [[0, 1], [2, 3], [4]]
    """
    if n < 1 or size < 1:
        raise ValueError(f"minibatches: n = {n!r} and size = {size!r} are whole numbers ≥ 1")
    order = list(range(n))
    if shuffle:
        random.Random(seed).shuffle(order)
    for start in range(0, n - (size - 1 if drop_last else 0), size):
        yield order[start : start + size]


# ---- Newton's method ----------------------------------------------------------------------------


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

    >>> x, y = Value(4.0), Value(4.0)
    >>> rule = Newton([x, y])
    >>> f = lambda: x**4 + 0.8 * y**4 + 4 * x**2 + 2 * y**2 - x * y - 0.2 * x**2 * y
    >>> for _ in range(8):
    ...     loss = rule.step(f)
    >>> abs(x.data) < 1e-12, rule.kind
    (True, 'positive definite')
    """

    symbols = "θ − η · (H + λI)⁻¹ · ∇J"
    source = (
        "000 §3.3, l. 612, §3.7, l. 720; 002, 牛顿法, l. 269 (printed with the wrong sign); "
        "003, l. 1067-1120"
    )
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
        found_out = {"hessian": hessian, "eigenvalues": eigenvalues, "kind": _kind(eigenvalues)}
        vars(self).update(found_out)  # one call: no Ctrl-C comes between
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
        slopes, state = gradient.tolist(), self._state
        told = zip(parameters, moved, slopes, strict=True)
        self._commit([(p, theta, state[p], slope, o) for p, theta, slope in told])
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

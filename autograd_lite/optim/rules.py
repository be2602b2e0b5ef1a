"""First-order update rules: each ``update`` reads like its formula in the notes.

In the formulas θ is one parameter, g = ∂J/∂θ, η the learning rate; books call η also α.

>>> from autograd_lite import Value
>>> x = Value(3.0)
>>> rule = GradientDescent([x], lr=0.1)
>>> for _ in range(2):
...     rule.zero_grad()
...     (x ** 2).backward()
...     rule.step()
>>> round(x.data, 12)                     # 3 · 0.8²
1.92
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from itertools import repeat
from math import sqrt
from types import SimpleNamespace
from typing import Any, ClassVar

from ..errors import NonFiniteGradientError
from ..number import in_order, to_float
from ..value import Value, put_grads

Rate = float | Callable[[int], float]  # a number, or a schedule: step (from 0) → number


class Rule:
    """What every update rule has in common.

    Args:
        parameters: the Values to move, in order; or groups, each a mapping with
            ``"params"`` and options of its own: ``[{"params": w}, {"params": b, "lr": 0.1}]``.
        lr: the learning rate η: a positive number, or a schedule that gives one for each step.
        weight_decay: adds this times θ to the gradient, the gradient of ½·decay·θ².
        variant: ``"notes"`` for the form of the lecture notes, ``"torch"`` for PyTorch's.

    Raises:
        ValueError: no parameters, one given twice, or an option out of its range.
        TypeError: a parameter is not a Value, or an option is unknown.

    All parameters are moved together or, where anything raises, none is.
    """

    differentiates = False  # whether ``step``'s closure is to leave ``backward()`` to the rule
    start: ClassVar[dict[str, float]] = {}  # what is remembered of each parameter, at first

    def __init__(self, parameters: Iterable[Any], **options: Any) -> None:
        self.steps = 0
        self.groups: list[dict[str, Any]] = []
        given = list(in_order(parameters, "parameters"))
        for group in given if given and isinstance(given[0], Mapping) else [{"params": given}]:
            self._add(group, options)
        if not self.parameters:
            raise ValueError("there are no parameters to move")
        if len(set(self.parameters)) < len(self.parameters):
            raise ValueError("a parameter is given twice; it would move twice")
        self._state = {p: SimpleNamespace(**self.start) for p in self.parameters}

    def _add(self, group: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        params = list(in_order(group["params"], "params"))
        own = {k: v for k, v in group.items() if k != "params"}
        if not own.keys() <= options.keys():
            unknown = ", ".join(own.keys() - options.keys())
            raise TypeError(f"{type(self).__name__} has no option {unknown}")
        for p in params:
            if not isinstance(p, Value):
                raise TypeError(f"a parameter is a Value, not {p!r}")
        made = {"params": params, **options, **own}
        _check_options(made)
        self.groups.append(made)

    @property
    def parameters(self) -> list[Value]:
        """All parameters, group after group."""
        return [p for group in self.groups for p in group["params"]]

    def zero_grad(self) -> None:
        """Forget the parameters' gradients."""
        put_grads(self.parameters, repeat(None))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter once.

        Args:
            closure: clears the gradients, computes the loss, calls ``backward()`` and returns the
                loss; without one, the gradients are taken as they stand.

        Returns:
            What the closure returned.

        Raises:
            NonFiniteGradientError: a gradient, or a parameter after the step, is NaN or infinite.
            RuntimeError: no parameter has a gradient.

        A parameter without a gradient stays where it is.
        """
        loss = None if closure is None else closure()
        moves = []
        for group in self.groups:
            o = self._options(group)
            for p in group["params"]:
                if p.has_grad:
                    s = copy(self._state[p])
                    self._check_finite(p, float(p.grad), "gradient", None)
                    theta = self._next(p, s, o)
                    self._check_finite(p, theta, "next value", o)
                    for x in vars(s).values():
                        self._check_finite(p, x, "state", o)
                    moves.append((p, theta, s))
        if not moves:
            raise RuntimeError("no parameter has a gradient; call loss.backward() before step()")
        self._commit(moves)
        return loss

    def _commit(self, moves: list[tuple[Value, float, Any]]) -> None:
        before, steps = [(p, p.data, self._state[p]) for p, _, _ in moves], self.steps
        try:
            for p, theta, s in moves:
                p.data, self._state[p] = theta, s
            self.steps = steps + 1
        except BaseException:  # a Ctrl-C in the middle
            for p, theta, s in before:
                p.data, self._state[p] = theta, s
            self.steps = steps
            raise

    def _next(self, p: Value, s: Any, o: Any) -> float:
        try:
            return self.update(p.data, float(p.grad) + o.weight_decay * p.data, s, o)
        except ArithmeticError:  # 0/0 with eps = 0, or an overflow
            return math.nan

    def update(self, theta: float, g: float, s: Any, o: Any) -> float:
        """The parameter after one step; ``s`` is its state, changed in place, ``o`` the options."""
        raise NotImplementedError

    def _options(self, group: Mapping[str, Any]) -> SimpleNamespace:
        lr = group["lr"](self.steps) if callable(group["lr"]) else group["lr"]
        o = SimpleNamespace(**{**group, "lr": lr, "t": self.steps + 1})
        if lr != 0 or not callable(group["lr"]):  # a schedule may end at 0
            _check_options(vars(o))
        return o

    def _check_finite(self, p: Value, x: float, what: str, o: Any) -> None:
        if not math.isfinite(x):
            name = p.label or f"parameter {self.parameters.index(p)}"
            cure = "find_nonfinite(loss) names the node where it began"
            if o is not None:
                cure = self._cure(p, o)
            elif self.steps:
                cure += "; if the steps before led there, take a smaller lr"
            raise NonFiniteGradientError(f"the {what} of {name} is {x}; nothing was moved. {cure}")

    def _cure(self, p: Value, o: Any) -> str:
        """The option that would make the step finite, each tried out."""
        if not math.isfinite(p.data):
            return f"It is {p.data} before the step: give it a number"
        for option, x, advice in _CURES:
            if option in vars(o):
                s = copy(self._state[p])
                theta = self._next(p, s, SimpleNamespace(**{**vars(o), option: x}))
                if all(map(math.isfinite, (theta, *vars(s).values()))):
                    return advice.format(vars(o)[option])
        return f"Its gradient, {p.grad:.3g}, is too large to be squared or added up: scale the loss"

    def state_dict(self) -> dict[str, Any]:
        """What the rule remembers, in plain numbers: steps, and the state of each parameter."""
        return {"steps": self.steps, "state": [dict(vars(self._state[p])) for p in self.parameters]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up where ``state_dict`` was made.

        Raises:
            ValueError: it was made for another rule or number of parameters; nothing changes.
        """
        states = [SimpleNamespace(**s) for s in state["state"]]
        if [vars(s).keys() for s in states] != [self.start.keys() for _ in self.parameters]:
            raise ValueError(f"this state does not fit {self!r}")
        for s in states:
            vars(s).update({name: to_float(x) for name, x in vars(s).items()})
        steps, loaded = int(state["steps"]), dict(zip(self.parameters, states, strict=True))
        vars(self).update(_state=loaded, steps=steps)  # one call: no Ctrl-C comes between

    def __repr__(self) -> str:
        options = {k: v for k, v in self.groups[0].items() if k != "params"}
        shown = ", ".join(f"{k}={v!r}" for k, v in options.items())
        return f"{type(self).__name__}({len(self.parameters)} parameters, {shown})"


def away(parameters: Sequence[Value], run: Callable[[], Any]) -> Any:
    """What ``run`` returns, which may move the parameters: they are back when it ends or raises."""
    before = [p.data for p in parameters]

    def back() -> None:
        for p, theta in zip(parameters, before, strict=True):
            p.data = theta

    try:
        result = run()
        back()
    except BaseException:  # a Ctrl-C on the way back, too
        back()
        raise
    return result


_RANGES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "lr": (lambda x: callable(x) or x > 0, "a positive number or a schedule"),
    "momentum": (lambda x: 0 <= x < 1, "a number from 0 to below 1"),
    "rho": (lambda x: 0 <= x < 1, "a number from 0 to below 1"),
    "betas": (lambda x: len(x) == 2 and all(0 <= b < 1 for b in x), "two numbers below 1"),
    "eps": (lambda x: x >= 0, "a number ≥ 0"),
    "weight_decay": (lambda x: x >= 0, "a number ≥ 0"),
    "damping": (lambda x: x == "auto" or x >= 0, "a number ≥ 0, or 'auto'"),
    "variant": (lambda x: x in ("notes", "torch"), "'notes' or 'torch'"),
}


_CURES = (  # options, what to try in their places, and what to say if that helps
    ("eps", 1e-8, "eps = {!r} is too small here: take a larger one, such as 1e-8"),
    ("weight_decay", 0.0, "weight_decay = {!r} is too large here: take a smaller one"),
    ("lr", 1e-300, "lr = {!r} is too large here: take a smaller one"),
)


def _check_options(options: Mapping[str, Any]) -> None:
    for name, (fits, what) in _RANGES.items():
        if name not in options:
            continue
        x = options[name]
        try:
            fine = fits(x) and (not hasattr(x, "__float__") or math.isfinite(x))
        except TypeError:
            raise TypeError(f"{name} = {x!r}: it is {what}") from None
        if not fine:
            raise ValueError(f"{name} = {x!r}: it is {what}")


class GradientDescent(Rule):
    """θ ← θ − η·g.  Source: 000 §2.3-2.4, 002 (gradient descent), 003, p. 24."""

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 0.01,
        *,
        weight_decay: float = 0.0,
        variant: str = "notes",
    ) -> None:
        super().__init__(parameters, lr=lr, weight_decay=weight_decay, variant=variant)

    def update(self, theta: float, g: float, s: Any, o: Any) -> float:
        """θ − η·g."""
        return float(theta - o.lr * g)


class SGD(GradientDescent):
    """Gradient descent on the loss of one sample, or of a batch: see ``minibatches``.

    Whether a batch counts as the mean or the sum of its losses is up to the loss; the sum is the
    mean with η times the batch's size.  Source: 002 (SGD, mini-batch SGD).
    """


class Momentum(Rule):
    """v ← γ·v + η·g;  θ ← θ − v.

    ``momentum`` is γ.  The notes keep η inside v; PyTorch has v ← γ·v + g; θ ← θ − η·v, which
    differs where η changes from step to step.  Source: 002 (momentum).
    """

    start: ClassVar[dict[str, float]] = {"v": 0.0}

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 0.01,
        *,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        variant: str = "notes",
    ) -> None:
        options = {"momentum": momentum, "weight_decay": weight_decay, "variant": variant}
        super().__init__(parameters, lr=lr, **options)

    def update(self, theta: float, g: float, s: Any, o: Any) -> float:
        """θ − v."""
        if o.variant == "torch":
            s.v = o.momentum * s.v + g
            return float(theta - o.lr * s.v)
        s.v = o.momentum * s.v + o.lr * g
        return float(theta - s.v)


class Nesterov(Momentum):
    """v ← γ·v + η·∇J(θ − γ·v);  θ ← θ − v: the gradient at the point where momentum leads.

    ``step`` needs a closure, to compute the gradient there.  PyTorch's form stores the look-ahead
    point instead: v ← γ·v + g; θ ← θ − η·(g + γ·v), and needs none.
    Source: 002 (Nesterov accelerated gradient).
    """

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter once; see ``Rule.step``.

        Raises:
            TypeError: the notes' form was called without a closure.
        """
        ahead = [g["variant"] == "notes" for g in self.groups for _ in g["params"]]
        if not any(ahead):
            return super().step(closure)
        if closure is None:
            raise TypeError(
                "Nesterov's gradient is that of the look-ahead point: call step(closure), where "
                "the closure computes the loss and its gradient; or choose variant='torch'"
            )

        def ahead_of_them() -> Any:
            for group in self.groups:
                for p in group["params"] if group["variant"] == "notes" else []:
                    p.data = p.data - group["momentum"] * self._state[p].v
            return closure()

        loss = away(self.parameters, ahead_of_them)
        super().step()
        return loss

    def update(self, theta: float, g: float, s: Any, o: Any) -> float:
        """θ − v, where g is the gradient at the look-ahead point."""
        if o.variant == "torch":
            s.v = o.momentum * s.v + g
            return float(theta - o.lr * (g + o.momentum * s.v))
        return super().update(theta, g, s, o)


class Adagrad(Rule):
    """G ← G + g²;  θ ← θ − η / √(G + ε) · g.

    PyTorch (and the paper) have ε outside the root: η / (√G + ε), by default 1e-10 instead of
    1e-8.  Source: 002 (Adagrad); Duchi et al., JMLR 12 (2011).
    """

    start: ClassVar[dict[str, float]] = {"G": 0.0}

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 0.01,
        *,
        eps: float | None = None,
        weight_decay: float = 0.0,
        variant: str = "notes",
    ) -> None:
        eps = (1e-10 if variant == "torch" else 1e-8) if eps is None else eps
        super().__init__(parameters, lr=lr, eps=eps, weight_decay=weight_decay, variant=variant)

    def update(self, theta: float, g: float, s: Any, o: Any) -> float:
        """θ − η / √(G + ε) · g."""
        s.G = s.G + g * g
        return float(theta - o.lr / _root(s.G, o) * g)


class RMSprop(Rule):
    """E ← γ·E + (1 − γ)·g²;  θ ← θ − η / √(E + ε) · g.

    ``rho`` is γ.  PyTorch has ε outside the root, and γ = 0.99 instead of 0.9 by default.
    Source: 002 (Adadelta, first version); Hinton, Neural Networks for Machine Learning, 6e.
    """

    start: ClassVar[dict[str, float]] = {"E": 0.0}

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 0.01,
        *,
        rho: float | None = None,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        variant: str = "notes",
    ) -> None:
        rho = (0.99 if variant == "torch" else 0.9) if rho is None else rho
        options = {"eps": eps, "weight_decay": weight_decay, "variant": variant}
        super().__init__(parameters, lr=lr, rho=rho, **options)

    def update(self, theta: float, g: float, s: Any, o: Any) -> float:
        """θ − η / √(E + ε) · g."""
        s.E = o.rho * s.E + (1 - o.rho) * g * g
        return float(theta - o.lr / _root(s.E, o) * g)


def _root(accumulated: float, o: Any) -> float:
    """√(G + ε) in the notes, √G + ε in PyTorch."""
    return sqrt(accumulated) + o.eps if o.variant == "torch" else sqrt(accumulated + o.eps)


class Adadelta(Rule):
    """E ← γ·E + (1 − γ)·g²;  Δ = −√(D + ε) / √(E + ε) · g;  D ← γ·D + (1 − γ)·Δ²;  θ ← θ + Δ.

    ``rho`` is γ.  Δ has the unit of θ, so no learning rate is needed: ``lr`` (1 by default)
    multiplies it at the end.  The notes print √E[Δθ] without square and ε: that would never move.
    Source: 002 (Adadelta); Zeiler, arXiv:1212.5701.
    """

    start: ClassVar[dict[str, float]] = {"E": 0.0, "D": 0.0}

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 1.0,
        *,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        variant: str = "notes",
    ) -> None:
        options = {"eps": eps, "weight_decay": weight_decay, "variant": variant}
        super().__init__(parameters, lr=lr, rho=rho, **options)

    def update(self, theta: float, g: float, s: Any, o: Any) -> float:
        """θ + η·Δ."""
        s.E = o.rho * s.E + (1 - o.rho) * g * g
        delta = -sqrt(s.D + o.eps) / sqrt(s.E + o.eps) * g
        s.D = o.rho * s.D + (1 - o.rho) * delta * delta
        return float(theta + o.lr * delta)


class Adam(Rule):
    """m ← β₁·m + (1 − β₁)·g;  v ← β₂·v + (1 − β₂)·g²;  θ ← θ − η / (√v̂ + ε) · m̂.

    With ``bias_correction`` m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ), as in the paper and in
    PyTorch; the notes give it in words only, and without it the first step is 3.16 η.
    Source: 002 (Adam); Kingma and Ba, arXiv:1412.6980, algorithm 1.
    """

    start: ClassVar[dict[str, float]] = {"m": 0.0, "v": 0.0, "t": 0}

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: Rate = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        bias_correction: bool = True,
        weight_decay: float = 0.0,
        variant: str = "notes",
    ) -> None:
        options = {"bias_correction": bias_correction, "weight_decay": weight_decay}
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, variant=variant, **options)

    def update(self, theta: float, g: float, s: Any, o: Any) -> float:
        """θ − η / (√v̂ + ε) · m̂."""
        beta1, beta2 = o.betas
        s.t += 1
        s.m = beta1 * s.m + (1 - beta1) * g
        s.v = beta2 * s.v + (1 - beta2) * g * g
        m, v = s.m, s.v
        if o.bias_correction:
            m, v = m / (1 - beta1**s.t), v / (1 - beta2**s.t)
        return float(theta - o.lr / (sqrt(v) + o.eps) * m)

"""Update rules: each ``step`` reads like its formula in the notes.

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
from collections.abc import Iterable

from .engine import Value


class NonFiniteGradientError(ArithmeticError):
    """A gradient is NaN or infinite; no parameter has been moved."""


class GradientDescent:
    """θ ← θ − α · ∇L.

    Args:
        parameters: the Values to move, in any iterable.
        lr: the learning rate α, a positive number.

    Raises:
        ValueError: there are no parameters, or ``lr`` is not positive and finite.
        TypeError: a parameter is not a Value.

    Source: 000 §2.3, 002 (gradient descent), 003, p. 24.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        self.parameters = list(parameters)
        self.lr = lr
        if not self.parameters:
            raise ValueError("there are no parameters to move")
        for p in self.parameters:
            if not isinstance(p, Value):
                raise TypeError(f"a parameter is a Value, not {p!r}")
        if not (lr > 0 and math.isfinite(lr)):
            raise ValueError(f"lr = {lr!r}: the learning rate is a positive number")

    def zero_grad(self) -> None:
        """Forget the parameters' gradients."""
        for p in self.parameters:
            p.grad = None

    def step(self) -> None:
        """Move every parameter once, against its gradient.

        Raises:
            NonFiniteGradientError: a gradient is NaN or infinite; nothing has moved.
        """
        for i, p in enumerate(self.parameters):
            if not math.isfinite(p.grad):
                name = p.label or f"parameter {i}"
                raise NonFiniteGradientError(
                    f"the gradient of {name} is {float(p.grad)}; nothing was moved. "
                    "find_nonfinite(loss) names the node where it began"
                )
        for p in self.parameters:
            p.data = p.data - self.lr * float(p.grad)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters)} parameters, lr={self.lr!r})"

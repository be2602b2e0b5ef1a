"""Broyden, Fletcher, Goldfarb and Shanno's method: curvature learnt from gradients alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..value import Value

Array = npt.NDArray[Any]
Found = tuple[float, Array]  # f and its gradient
ENOUGH, FLATTER = 1e-4, 0.9  # Wolfe's conditions: f falls by so much, its slope to so much
ROUNDING = 1e-14  # of f, relative: a smaller difference tells nothing
TRIES = 60  # points on one line
LEVEL = 100  # steps on which f falls no more than its rounding


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

    def __init__(self, parameters: Sequence[Value]) -> None:
        if not parameters:
            raise ValueError("there are no parameters to move")
        self.parameters = parameters
        self.inverse: Array | None = None
        self.lowest = math.inf  # that f has been, and for how many steps
        self.level = 0
        self._known: Found | None = None

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

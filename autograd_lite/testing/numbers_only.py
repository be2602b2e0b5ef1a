"""A gradient judged by the numbers of f alone, where f cannot be run on Values.

Each number of a gradient of up to 64 has its own numeric derivative; of a larger one, those of
about one size are looked at together, along a random direction, and one by one where that
disagrees.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .comparison import Comparison
from .numeric import NumericDerivative, numeric_derivative
from .numeric_check import NumericCheck
from .problem import at_component
from .report import Kink

BLOCKS = 64  # at a point where a gradient is looked at number by number
WHOLE = 2  # directions in which the gradient at each further point is looked at
NOTHING = 1e-9  # of f: what a number is off that is said to be 0
COARSE = 1e-3  # an error of this part of the derivative is the largest that decides anything


class NumbersOnly:
    """Marks every number of a comparison by what numeric derivatives say of it.

    Args:
        numeric: evaluates f.
        comparison: made without the engine; its ``true`` and ``status`` are filled in.
        given: whether the points are the caller's, so that a kink there is to be told.
        seed: of the directions.
    """

    def __init__(
        self, numeric: NumericCheck, comparison: Comparison, *, given: bool, seed: str
    ) -> None:
        self.numeric, self.comparison, self.given = numeric, comparison, given
        self.kinks: list[Kink] = []
        self.sure_to = 0.0  # how far a number that was accepted may be off, as a part of it
        self._random = random.Random(seed)
        count = len(comparison.components)
        each = min(count, BLOCKS)
        number_by_number = max(2, 2 * BLOCKS // max(each, 1))
        for k in range(len(comparison.evaluations)):
            self._steps = self._steps_at(k)
            size = np.abs(comparison.hand[:, k] * self._steps)
            order = np.argsort(np.where(np.isfinite(size), size, -1.0), kind="stable")
            self._size = max(
                abs(numeric.problem.number(comparison.evaluations[k].point)),
                float(np.nansum(size[np.isfinite(size)])),
            )
            if k < number_by_number:
                for block in np.array_split(order, each):
                    self._look(k, block)
            else:
                rest = order[~comparison.wrong[order]]  # what is known to be wrong would hide more
                for _ in range(WHOLE if len(rest) else 0):
                    self._steps = self._steps_at(k)
                    self._look(k, rest)

    def _steps_at(self, k: int) -> npt.NDArray[np.float64]:
        point = self.comparison.evaluations[k].point
        sizes = [max(abs(at_component(point, c)), 0.1) for c in self.comparison.components]
        return np.array(
            [self._random.choice((-1, 1)) * self._random.uniform(0.5, 1) * x for x in sizes]
        )

    def _look(self, k: int, block: npt.NDArray[np.int_]) -> None:
        """Mark these numbers: together if they agree along a direction, else half by half."""
        if len(block) == 1:
            if self.comparison.status[block[0], k] in ("not measured", "equal"):
                self._look_at_one(int(block[0]), k)
            return
        terms = (self.comparison.hand[:, k] * self._steps)[block]
        if np.isfinite(terms).all():
            chosen = {self.comparison.components[c]: float(self._steps[c]) for c in block}
            point = self.comparison.evaluations[k].point
            n = numeric_derivative(self.numeric.along(point, chosen), 1.0)
            size = float(np.abs(terms).sum())
            allowed = max(10 * n.error, self.comparison.tolerance.rel * size)
            # The smallest is to be seen, too.
            seen = min(size, 100 * float(np.abs(terms[terms != 0]).min(initial=math.inf)))
            agrees = abs(float(terms.sum()) - n.value) <= allowed
            if agrees and self._is_sure(n, seen, 1.0):
                self._accept(n, size)
                self.comparison.status[block, k] = "equal"
                return
        for half in np.array_split(block, 2):
            self._look(k, half)

    def _is_sure(self, n: NumericDerivative, size: float, step: float) -> bool:
        """Whether the error is small beside the number, or of 0 beside f and the step."""
        return 10 * n.error <= (COARSE * size if size else NOTHING * self._size / step)

    def _accept(self, n: NumericDerivative, size: float) -> None:
        if size and 10 * n.error <= COARSE * size:
            self.sure_to = max(self.sure_to, 10 * n.error / size)

    def _look_at_one(self, c: int, k: int) -> None:
        comparison, tolerance = self.comparison, self.comparison.tolerance
        component = comparison.components[c]
        n = self.numeric.derivative(comparison.evaluations[k].point, component)
        yours = float(comparison.hand[c, k])
        step = max(abs(at_component(comparison.evaluations[k].point, component)), 0.1)
        if not math.isfinite(n.error):
            self._look_for_a_kink(c, k)
            return
        size = max(abs(yours), abs(n.value)) if math.isfinite(yours) else abs(n.value)
        allowed = max(10 * n.error, tolerance.rel * size)
        allowed += float(comparison.slack[c, k]) + (tolerance.absolute or 0.0)
        if not self._is_sure(n, size if abs(n.value) > 10 * n.error else abs(yours), step):
            comparison.status[c, k] = "below rounding"
            self._look_for_a_kink(c, k)
            return
        comparison.true[c, k] = comparison.numeric[c, k] = n.value
        if abs(yours - n.value) <= allowed:
            comparison.status[c, k] = "equal"
            self._accept(n, size)
        else:
            comparison.status[c, k] = "differs"

    def _look_for_a_kink(self, c: int, k: int) -> None:
        if not self.given:
            return
        _, kink = self.numeric.kink(self.comparison, c, k)
        if kink is not None:
            self.kinks.append(kink)
            if not kink.accepted:
                self.comparison.status[c, k] = "differs"


def constant_ratio(comparison: Comparison) -> Any:
    """The factor by which yours is off everywhere; ``None`` if it is not one factor."""
    with np.errstate(all="ignore"):
        ratio = (comparison.hand / comparison.true)[comparison.wrong]
    known: Sequence[float] = ratio[~np.isnan(ratio)]
    if len(known) > 1 and np.isfinite(known).all() and np.ptp(known) <= 1e-6 * abs(known[0]):
        return float(known[0])
    return None

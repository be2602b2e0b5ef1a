"""The third opinion: numeric derivatives of f decide where yours and the engine's differ."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..analysis import PointKind, classify_point
from ..expr import shown
from .branches import at_a_switch
from .comparison import Comparison, Evaluation
from .numeric import NumericDerivative, numeric_derivative, one_sided_slopes
from .problem import Component, Point, Problem, at_component, moved
from .report import Kink, Verdict
from .rounding import value_error
from .ways_out import way_out

ASKED = 24  # components of which f is asked one by one
NOT_A_KINK = ("differentiable", "cannot tell")


class Outcome(NamedTuple):
    """A verdict that numeric derivatives lead to, and why."""

    verdict: Verdict
    note: str = ""
    kinks: tuple[Kink, ...] = ()


class NumericCheck:
    """What the numbers of f say about its derivatives."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    def derivative(self, point: Point, c: Component, error: float = 0.0) -> NumericDerivative:
        """The numeric derivative of f towards a component.

        Args:
            point: where.
            c: the component.
            error: how wrong the value of f is known to be.
        """
        size = max(abs(at_component(point, c)), 1e-2)
        return numeric_derivative(self.along(point, {c: 1.0}), size, error)

    def gradient(self, point: Point, components: Sequence[Component]) -> list[float]:
        """The numeric derivatives towards some components."""
        return [self.derivative(point, c).value for c in components]

    def kind(self, evaluation: Evaluation, c: Component) -> Any:
        """What f is like towards a component; steps are taken in the number itself, unrounded."""
        x = at_component(evaluation.point, c)
        f = self.along(moved(evaluation.point, {c: 1.0}, -x), {c: 1.0})
        return classify_point(f, x)

    def kink(self, comparison: Comparison, c: int, k: int) -> tuple[str, Kink | None]:
        """What f is like at a point, and the kink if it is one; marks the number.

        The derivative at the end of a domain is that of the side where f is defined, if it is a
        number.  A gradient that is NaN where there is none is undefined, too.
        """
        evaluation, component = comparison.evaluations[k], comparison.components[c]
        kind, yours = self.kind(evaluation, component), float(comparison.hand[c, k])
        if kind.kind in ("differentiable", "undefined", "cannot tell"):
            return kind.kind, None
        size = max(abs(at_component(evaluation.point, component)), 1.0)
        f = self.along(evaluation.point, {component: 1e-3 * size})
        rises = [abs(f(s) - f(0.0)) / (1e-3 * size) for s in (-1.0, 1.0)]
        steep = max((x for x in rises if math.isfinite(x)), default=0.0)
        kink = kink_of(kind, component, evaluation, yours, 1e-9 * steep)
        if math.isnan(yours):
            comparison.status[c, k] = "undefined"
            return "undefined", None
        if kind.kind == "domain edge" and kink.accepted and math.isfinite(yours):
            comparison.status[c, k] = "equal"
            return kind.kind, None
        comparison.status[c, k] = "kink"
        return kind.kind, kink

    def kink_within_rounding(self, comparison: Comparison, c: int, k: int) -> Kink | None:
        """A kink so close that rounding decides the side, if yours is between its slopes."""
        evaluation, component = comparison.evaluations[k], comparison.components[c]
        size = max(abs(at_component(evaluation.point, component)), 1e-2)
        left, right = one_sided_slopes(self.along(evaluation.point, {component: 1.0}), size)
        if not (left.is_sure or left.error < 1e-6) or not (right.is_sure or right.error < 1e-6):
            return None
        kind = PointKind("corner", left.value, right.value)
        yours = float(comparison.hand[c, k])
        kink = kink_of(kind, component, evaluation, yours, 10 * (left.error + right.error))
        return kink if kink.accepted else None

    def says(self, comparison: Comparison, c: int, k: int) -> str:
        """Whether yours is "equal" or "differs", by f's numbers; "" where these are too coarse."""
        n = self.derivative(comparison.evaluations[k].point, comparison.components[c])
        if not n.is_sure or not n.agrees(comparison.true[c, k]):
            return ""
        return "equal" if n.agrees(comparison.hand[c, k]) else "differs"

    def who_is_wrong(self, comparison: Comparison) -> tuple[Outcome | None, str]:
        """Where yours and the engine's differ, which of the two is wrong.

        Returns:
            (an outcome unless yours is wrong, a note).
        """
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(comparison.true), 1e-300)
            gap = np.abs(comparison.hand - comparison.true) / size
        gap = np.nan_to_num(np.where(comparison.differs, gap, -1), nan=1e300, posinf=1e300)
        unsure: list[tuple[int, int, NumericDerivative]] = []
        confirmed = False
        cut = any(evaluation.trace.reads for evaluation in comparison.evaluations)
        for flat in self._worst(gap, ASKED if cut else 4):
            c, k = (int(i) for i in np.unravel_index(flat, gap.shape))
            evaluation = comparison.evaluations[k]
            error = value_error(evaluation.trace)
            n = self.derivative(evaluation.point, comparison.components[c], error)
            if gap[c, k] < 0 or not math.isfinite(n.error):
                continue
            comparison.numeric[c, k] = n.value
            yours, ours = n.agrees(comparison.hand[c, k]), n.agrees(comparison.true[c, k])
            if yours and not ours:
                return self._engine_is_wrong(comparison, c, k), ""
            confirmed |= ours and not yours
            if not ours and not yours and n.is_sure:
                unsure.append((c, k, n))
        if unsure and cut:  # where f leaves the graph the engine may be right elsewhere
            return Outcome(Verdict.TRACE_BROKEN), ""
        if confirmed:
            return None, "a numeric derivative of f agrees with the engine"
        return (self._all_differ(comparison, *unsure[0]) if unsure else None), ""

    @staticmethod
    def _worst(gap: npt.NDArray[np.float64], most: int) -> list[int]:
        """The places of the largest gaps; those of other components first, if many are asked."""
        places: list[int] = np.argsort(-gap, axis=None).tolist()
        if most <= 4:
            return places[:most]
        first = {place // gap.shape[1]: place for place in reversed(places)}
        return [place for place in places if first[place // gap.shape[1]] == place][:most]

    def agrees_with(self, comparison: Comparison, *, given: bool, seed: str) -> Outcome | None:
        """Yours and the engine's agree: a directional derivative of f must, too.

        Returns:
            ``None`` if it does.
        """
        draw = random.Random(seed)
        smooth = (
            k
            for k, evaluation in enumerate(comparison.evaluations)
            if given or not at_a_switch(evaluation.trace)
        )
        cut = any(evaluation.trace.reads for evaluation in comparison.evaluations)
        for k in smooth if cut else islice(smooth, 2):
            point = comparison.evaluations[k].point
            steps = np.array(
                [
                    draw.choice((-1, 1)) * max(abs(at_component(point, c)), 0.1)
                    for c in comparison.components
                ]
            )
            if not np.isfinite(comparison.true[:, k] * steps).all():
                continue
            asked = np.arange(len(steps))
            if not self._contradicts(comparison, k, steps, asked):
                continue
            while len(asked) > ASKED:  # a half that is contradicted has one at fault
                half, rest = np.array_split(asked, 2)
                asked = half if self._contradicts(comparison, k, steps, half) else rest
            for c in asked.tolist():
                outcome = self._both_are_wrong(comparison, c, k)
                if outcome is not None:
                    return outcome
        return None

    def along(self, point: Point, direction: Mapping[Component, float]) -> Callable[[float], float]:
        """F along a line through a point."""
        return lambda s: self.problem.number(moved(point, direction, float(s)))

    def _contradicts(
        self,
        comparison: Comparison,
        k: int,
        steps: npt.NDArray[np.float64],
        chosen: npt.NDArray[np.int_],
    ) -> bool:
        """Whether f, along these steps in the chosen components, has another slope."""
        evaluation = comparison.evaluations[k]
        direction = {comparison.components[c]: float(steps[c]) for c in chosen.tolist()}
        line, error = self.along(evaluation.point, direction), value_error(evaluation.trace)
        terms = (comparison.true[:, k] * steps)[chosen]
        lost = 1e-12 * float((comparison.paths[:, k] * np.abs(steps))[chosen].sum())
        slack = max(1e-6 * float(np.abs(terms).sum()), lost)
        for noisy in (False, True):  # its noise is measured only where it could decide
            n = numeric_derivative(line, 1.0, error, noisy=noisy)
            apart = abs(float(terms.sum()) - n.value)
            if not math.isfinite(n.error) or apart <= max(10 * n.error, slack):
                return False
        return True

    def _at_kink(self, comparison: Comparison, c: int, k: int) -> Outcome | None:
        evaluation, component = comparison.evaluations[k], comparison.components[c]
        kind = self.kind(evaluation, component)
        if kind.kind in NOT_A_KINK:
            return None
        kink = kink_of(kind, component, evaluation, float(comparison.hand[c, k]))
        return Outcome(Verdict.KINK, kinks=(kink,))

    def _engine_is_wrong(self, comparison: Comparison, c: int, k: int) -> Outcome:
        yours, ours = float(comparison.hand[c, k]), float(comparison.true[c, k])
        note = (
            f"yours towards {comparison.components[c]}, {shown(yours, 6)}, agrees with a "
            f"numeric derivative of f, the engine's, {shown(ours, 6)}, does not; "
        )
        return Outcome(Verdict.TRACE_BROKEN, note + way_out(comparison.evaluations[k].trace.reads))

    def _all_differ(self, comparison: Comparison, c: int, k: int, n: NumericDerivative) -> Outcome:
        at_kink = self._at_kink(comparison, c, k)
        if at_kink is not None:
            return at_kink
        evaluation = comparison.evaluations[k]
        yours, ours = float(comparison.hand[c, k]), float(comparison.true[c, k])
        note = (
            f"all three differ towards {comparison.components[c]}: yours {shown(yours, 6)}, the "
            f"engine {shown(ours, 6)}, numeric {shown(n.value, 6)}; "
        )
        verdict = Verdict.TRACE_BROKEN if evaluation.trace.reads else Verdict.INCONCLUSIVE
        return Outcome(verdict, note + way_out(evaluation.trace.reads))

    def _both_are_wrong(self, comparison: Comparison, c: int, k: int) -> Outcome | None:
        """One component in which yours and the engine's agree, if f's numbers contradict both."""
        evaluation, component = comparison.evaluations[k], comparison.components[c]
        t = float(comparison.true[c, k])
        n = self.derivative(evaluation.point, component, value_error(evaluation.trace))
        unseen = comparison.status[c, k] == "below rounding"
        if n.agrees(t) or not math.isfinite(n.error) or unseen:
            return None
        comparison.numeric[c, k] = n.value
        at_kink = self._at_kink(comparison, c, k)
        if at_kink is not None or not n.is_sure:
            return at_kink
        note = (
            f"yours and the engine's towards {component} agree, {shown(t, 6)}, but a numeric "
            f"derivative of f is {shown(n.value, 6)}; "
        )
        return Outcome(Verdict.TRACE_BROKEN, note + way_out(evaluation.trace.reads))


def kink_of(
    kind: Any, c: Component, evaluation: Evaluation, yours: float, error: float = 0.0
) -> Kink:
    """A kink, and whether a gradient there lies between the one-sided slopes.

    Args:
        kind: what ``classify_point`` found.
        c, evaluation: where.
        yours: the gradient by hand.
        error: how wrong the slopes may be.
    """
    slopes = [s for s in (kind.left, kind.right) if s is not None]
    low, high = (min(slopes), max(slopes)) if slopes else (math.nan, math.nan)
    slack = error + 1e-6 * max((abs(s) for s in slopes if math.isfinite(s)), default=0.0)
    accepted = low - slack <= yours <= high + slack
    return Kink(str(c), str(evaluation), kind.kind, kind.left, kind.right, yours, bool(accepted))

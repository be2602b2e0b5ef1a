"""The gradient by hand beside the engine's, at several points, within a tolerance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..expr import shown
from .problem import Component, Point, Problem, named, unit_of
from .report import PointResult, Row, relative_error
from .rounding import gradient_error, widest
from .tracing import Trace

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SINGLE = 1e-5  # how far apart numbers of single precision may be, as a part of the larger
SINGLE_PATHS = 1e-6  # and as a part of the sum of all paths


@dataclass(frozen=True)
class Evaluation:
    """One point: the run of f there, and the gradient by hand."""

    point: Point
    trace: Trace
    hand: Mapping[str, Any]

    def __str__(self) -> str:
        return point_text(self.point)


def point_text(point: Point, most: int = 60) -> str:
    """A point in one line: ``x=0.5 w=[0.3, −1.2, …]``."""
    words = []
    for name, x in point.items():
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            few = ", ".join(shown(float(e), 3) for e in x.flat[:2])
            words.append(f"{name}=[{few}{', …' if x.size > 2 else ''}]")
        else:
            words.append(f"{name}={shown(x, 6) if isinstance(x, float) else x}")
    text = " ".join(words)
    return text if len(text) <= most else text[: most - 2] + "…"


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may be apart: a part of the larger, rounding, and printed digits."""

    problem: Problem
    rel: float
    absolute: float | None = None
    digits: int | None = None
    printed: bool = True  # whether a number as text is rounded, not a formula

    def slack(self, hand: Array, components: Sequence[Component]) -> Array:
        """Half a unit in the last digit of each number that was printed; 0 for the others."""
        out = np.zeros_like(hand)
        df = self.problem.df
        for row, part in enumerate(components):
            one = df.get(part.parameter) if isinstance(df, Mapping) else df
            unit = unit_of(one) if self.printed else None
            if self.digits:
                size = np.floor(np.log10(np.maximum(np.abs(hand[row]), 1e-300)))
                unit = 10.0 ** (size - self.digits + 1)
            if unit is not None:
                out[row] = 0.5 * unit * (1 + 1e-9)
        return out


class Comparison:
    """Yours and the engine's gradient: arrays of (components, points).

    ``status`` says of each number: "equal", "differs", or "below rounding" where it is smaller
    than what rounding leaves of the sum of its paths; ``allowances`` add "rounding", "kink" and
    "undefined".  Without the engine ``true`` and ``status`` are left to ``numbers_only``.  Where
    only differences count, ``look_at_zeros=False`` saves a sixth of a check.
    """

    def __init__(
        self,
        found: Sequence[Evaluation],
        components: Sequence[Component],
        tolerance: Tolerance,
        *,
        by_engine: bool = True,
        look_at_zeros: bool = True,
    ) -> None:
        self.evaluations, self.components, self.tolerance = list(found), list(components), tolerance
        self.hand = np.array([hand_gradient(f.hand, components) for f in found]).T
        self.slack = tolerance.slack(self.hand, components)
        self.numeric: dict[tuple[int, int], float] = {}  # derivatives, where they were taken
        if not by_engine:
            self.true, self.paths = np.full(self.hand.shape, np.nan), np.zeros(self.hand.shape)
            self.status = np.full(self.hand.shape, "not measured", dtype=object)
            return
        columns = [engine_gradient(f.trace, components) for f in found]
        self.true = np.array([c[0] for c in columns]).T.reshape(self.hand.shape)
        self.paths = np.array([c[1] for c in columns]).T.reshape(self.hand.shape)
        self.status = self._status()
        if look_at_zeros:
            self._look_at_zeros()

    def _status(self) -> npt.NDArray[Any]:
        size = np.maximum(np.abs(self.hand), np.abs(self.true))
        absolute = self.tolerance.absolute
        floor = 1e-12 * self.paths if absolute is None else np.full(self.hand.shape, absolute)
        with np.errstate(all="ignore"):
            gap = np.abs(self.hand - self.true)
            close = (gap <= self.tolerance.rel * size + floor + self.slack) & np.isfinite(gap)
        near = np.asarray(close | (self.hand == self.true))
        out = np.where(near, "equal", "differs").astype(object)
        out[near & (size <= floor) & (self.paths > 0)] = "below rounding"
        return out

    def _look_at_zeros(self) -> None:
        """Whether what is 0 at every point is 0, or rounded to 0."""
        nothing = (self.hand == 0) & (self.true == 0) & (self.paths == 0)
        flat = np.flatnonzero(nothing.all(axis=1))
        for k, evaluation in enumerate(self.evaluations if flat.size else ()):
            error = gradient_error(evaluation.trace, [self.components[c] for c in flat])
            self.status[flat[error > 0], k] = "below rounding"

    @property
    def differs(self) -> Mask:
        """Where yours is a different number: (components, points)."""
        found: Mask = np.array(self.status == "differs", dtype=bool)
        return found

    @property
    def wrong(self) -> Mask:
        """The components that differ at some point."""
        found: Mask = np.asarray(self.differs.any(axis=1))
        return found

    @property
    def unseen(self) -> Mask:
        """The components that are below rounding at every point."""
        found: Mask = ~(self.status == "equal").any(axis=1)
        return found

    @property
    def in_single(self) -> Mask:
        """The components that are numbers of single precision at every point.

        One of double precision has fewer than 25 significant bits by chance once in 5e8; 0.5 and
        the like have few in any precision.
        """
        with np.errstate(all="ignore"):
            single = self.hand.astype(np.float32).astype(float) == self.hand
        whole = self.hand == np.round(self.hand, 4)
        found: Mask = single.all(axis=1) & ~whole.all(axis=1)
        return found

    def negligible(self) -> Array:
        """For each component, how large rounding errors are at points like these."""
        found: Array = 1e-12 * np.median(self.paths, axis=1)
        return found

    def named(self, chosen: Mask) -> tuple[str, ...]:
        """The chosen components; a parameter all of which is chosen by its name alone."""
        return named(self.components, [int(c) for c in np.flatnonzero(chosen)])

    @property
    def doubtful(self) -> Mask:
        """Where only the tolerance for rounding makes them equal."""
        size = np.maximum(np.abs(self.hand), np.abs(self.true))
        with np.errstate(all="ignore"):
            apart = np.abs(self.hand - self.true) > self.tolerance.rel * size + self.slack
        found: Mask = apart & np.isin(self.status, ("equal", "below rounding"))
        return found

    def precision_note(self, c: int, k: int) -> str:
        """What to say where a right formula loses its digits, or the engine's does."""
        yours, ours = float(self.hand[c, k]), float(self.true[c, k])
        who = "the engine's" if ours == 0 != yours else "yours"
        where = widest(self.evaluations[k].trace)
        return (
            f"right formula, loses precision where {where} ({who} does): "
            f"towards {self.components[c]} yours is {shown(yours)}, the engine's {shown(ours)}"
        )


def rows(comparison: Comparison) -> tuple[Row, ...]:
    """Every number of a comparison, by component and point."""
    points = [str(evaluation) for evaluation in comparison.evaluations]
    hand, true, status = (x.tolist() for x in (comparison.hand, comparison.true, comparison.status))
    return tuple(
        Row(str(c), point, hand[i][k], true[i][k], status[i][k], comparison.numeric.get((i, k)))
        for i, c in enumerate(comparison.components)
        for k, point in enumerate(points)
    )


def results(comparison: Comparison) -> tuple[PointResult, ...]:
    """What a comparison found at each of its points, the worst first."""
    return tuple(
        sorted(
            (_result(comparison, k) for k in range(len(comparison.evaluations))),
            key=lambda result: -result.worst,
        )
    )


def _result(comparison: Comparison, k: int) -> PointResult:
    evaluation = comparison.evaluations[k]
    arrays = {
        c.parameter: np.full(np.shape(evaluation.point[c.parameter]), np.nan)
        for c in comparison.components
    }
    for c, component in enumerate(comparison.components):
        arrays[component.parameter][component.index] = comparison.true[c, k]
    expected = {n: x if x.ndim else float(x) for n, x in arrays.items()}
    yours = {n: evaluation.hand[n] for n in expected}
    gaps = {n: relative_error(yours[n], x) for n, x in expected.items()}
    differs = comparison.differs[:, k]
    errors = relative_error(comparison.hand[:, k], comparison.true[:, k])[differs]
    return PointResult(
        evaluation.point,
        yours,
        expected,
        {n: x if np.ndim(x) else float(x) for n, x in gaps.items()},
        comparison.named(differs),
        float(np.nan_to_num(errors, nan=np.inf).max(initial=0.0)),
    )


def hand_gradient(hand: Mapping[str, Any], components: Sequence[Component]) -> list[float]:
    """A gradient by hand as a row of numbers, one for each component."""
    return [_number(hand[c.parameter], c) for c in components]


def _number(h: Any, c: Component) -> float:
    array = np.asarray(h, dtype=float)
    return float(array[c.index]) if c.index else float(array.reshape(-1)[0])


def engine_gradient(
    trace: Trace, components: Sequence[Component]
) -> tuple[list[float], list[float]]:
    """(∂f/∂component, Σ |path products|) for each component of one run."""
    gradient, paths = trace.gradient, trace.path_sums
    leaves = [trace.leaves[c.parameter] for c in components]
    chosen = [x[c.index] if c.index else x for x, c in zip(leaves, components, strict=True)]
    return [gradient.get(x, 0.0) for x in chosen], [paths.get(x, 0.0) for x in chosen]

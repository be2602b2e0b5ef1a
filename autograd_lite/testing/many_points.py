"""Hundreds of points: f is recorded as a program, and traced only where yours differs from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..errors import GuardError, RecordingError
from ..program import Program, record
from .comparison import Array, Comparison, Evaluation, Tolerance, hand_gradient
from .points import OUTSIDE, PointSource
from .problem import Point, components_of
from .tracing import watched

TRACED = 8  # points that are traced before a program takes over
WORST = 8  # points that are traced after it


def check_many(
    source: PointSource, points: Sequence[Point], tolerance: Tolerance
) -> list[Evaluation]:
    """F traced where yours is not the program's number.

    Only at the worst of these points, if yours is wrong there; at all where f cannot be recorded.

    Raises:
        UntraceableError, UndefinedError: as ``PointSource.evaluate``; what f and df raise goes
            through.
    """
    try:
        scores = _all_scores(source, points, tolerance)
    except (GuardError, RecordingError, *OUTSIDE, TypeError, AttributeError):
        return [source.evaluate(point) for point in points]
    doubtful = [k for k in np.argsort(-scores, kind="stable").tolist() if scores[k] > 1]
    traced = [source.evaluate(points[k]) for k in doubtful[:WORST]]
    if traced:
        components = components_of(source.problem.wrt, points[0])
        if not Comparison(traced, components, tolerance).wrong.any():
            traced += [source.evaluate(points[k]) for k in doubtful[WORST:]]
    return traced


def _moves(x: Any) -> bool:
    """Whether an argument varies from point to point; a class by its number does not."""
    return isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")


def _all_scores(source: PointSource, points: Sequence[Point], tolerance: Tolerance) -> Array:
    """For each point how far yours is from the program's; a program for each set of plain data."""
    alike: dict[Any, list[int]] = {}
    for k, point in enumerate(points):
        fixed = {n: x for n, x in point.items() if not _moves(x)}
        key = tuple((n, x.tobytes() if isinstance(x, np.ndarray) else x) for n, x in fixed.items())
        alike.setdefault(key, []).append(k)
    scores = np.zeros(len(points))
    for group in alike.values():
        scores[group] = _scores(source, [points[k] for k in group], tolerance)
    return scores


def _scores(source: PointSource, points: Sequence[Point], tolerance: Tolerance) -> Array:
    """For each point, the largest gap between yours and the program's, in tolerances."""
    problem, first = source.problem, points[0]
    fixed = {n: x for n, x in first.items() if not _moves(x)}
    moving = {n: x for n, x in first.items() if _moves(x)}

    def f(arguments: Mapping[str, Any]) -> Any:
        return problem.loss({**fixed, **arguments})[0]

    def intermediate(arguments: Mapping[str, Any]) -> dict[str, Any]:
        trace = watched(problem, {**fixed, **arguments}, dict(arguments))
        return {**trace.locals, **trace.groups}

    program = record(f, moving, backend="numpy", guards="record")
    _, slopes = program.batch({n: np.array([p[n] for p in points]) for n in moving}, reduce=None)
    named: list[Program] = []  # for the numbers inside of f, once a formula asks for them

    def by_hand(point: Point) -> list[float]:
        return hand_gradient(problem.hand(point, cache(lambda: numbers(point))), components)

    def numbers(point: Point) -> Mapping[str, Any]:
        if not named:
            named.append(
                record(intermediate, moving, backend="python", guards="record", allow_numbers=True)
            )
        found: Mapping[str, Any] = named[0]({n: point[n] for n in moving})
        return found

    components = components_of(problem.wrt, first)
    true = np.array([slopes[c.parameter][(slice(None), *c.index)] for c in components])
    hand = np.array([by_hand(p) for p in points]).T
    size = np.maximum(np.abs(hand), np.abs(true))
    floor = np.repeat(1e-12 * np.median(size, axis=1)[:, None], len(points), axis=1)
    allowed = (
        tolerance.rel * size + floor + (tolerance.absolute or 0) + tolerance.slack(hand, components)
    )
    with np.errstate(all="ignore"):
        scores = np.abs(hand - true) / allowed
    scores[hand == true] = 0.0
    found: Array = np.nan_to_num(scores, nan=np.inf, posinf=np.inf).max(axis=0)
    return found

"""Many points by a program: f is recorded once, and only where yours differs is it traced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..replay import GuardError, Program, RecordingError, record
from .places import OUTSIDE, Places, UndefinedError, UntraceableError
from .problem import Point, components
from .tracing import watched
from .witnesses import Array, Here, Tolerance, numbers_at

TRACED = 8  # points that are traced before a program takes over
WORST = 8  # points that are traced after it


def swept(
    places: Places, points: Sequence[Point], tolerance: Tolerance, backend: str
) -> list[Here]:
    """The worst of those points at which yours is not the program's number, traced.

    Where f cannot be recorded, all points are traced.
    """
    alike: dict[Any, list[Point]] = {}
    for point in points:
        fixed = {n: x for n, x in point.items() if not _moves(x)}
        key = tuple((n, x.tobytes() if isinstance(x, np.ndarray) else x) for n, x in fixed.items())
        alike.setdefault(key, []).append(point)
    scored: list[tuple[float, Point]] = []
    for group in alike.values():
        try:
            scores = _scores(places, group, tolerance, backend)
        except (GuardError, RecordingError, *OUTSIDE, TypeError, AttributeError):
            return _traced(places, points)
        scored += [(s, p) for s, p in zip(scores.tolist(), group, strict=True) if s > 1]
    scored.sort(key=lambda pair: -pair[0])
    return _traced(places, [point for _, point in scored[:WORST]])


def _moves(x: Any) -> bool:
    """Whether an argument varies from point to point; a class by its number does not."""
    return isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")


def _traced(places: Places, points: Sequence[Point]) -> list[Here]:
    found = []
    for point in points:
        try:
            found.append(places.here(point))
        except (UndefinedError, UntraceableError, *OUTSIDE):
            continue
    return found


def _scores(places: Places, points: Sequence[Point], tolerance: Tolerance, backend: str) -> Array:
    """For each point, the largest gap between yours and the program's, in tolerances."""
    problem, first = places.problem, points[0]
    fixed = {n: x for n, x in first.items() if not _moves(x)}
    moving = {n: x for n, x in first.items() if _moves(x)}

    def f(arguments: Mapping[str, Any]) -> Any:
        return problem.loss({**fixed, **arguments})[0]

    def intermediate(arguments: Mapping[str, Any]) -> dict[str, Any]:
        trace = watched(problem, {**fixed, **arguments}, dict(arguments))
        return {**trace.locals, **trace.groups}

    program = record(f, moving, backend=backend, guards="record")
    _, slopes = program.batch({n: np.array([p[n] for p in points]) for n in moving}, reduce=None)
    named: list[Program] = []  # for the numbers inside of f, once a formula asks for them

    def by_hand(point: Point) -> list[float]:
        return numbers_at(problem.hand(point, cache(lambda: numbers(point))), parts)

    def numbers(point: Point) -> Mapping[str, Any]:
        if not named:
            named.append(
                record(intermediate, moving, backend="python", guards="record", allow_numbers=True)
            )
        found: Mapping[str, Any] = named[0]({n: point[n] for n in moving})
        return found

    parts = components(problem.wrt, first)
    true = np.array([slopes[c.parameter][(slice(None), *c.index)] for c in parts])
    hand = np.array([by_hand(p) for p in points]).T
    size = np.maximum(np.abs(hand), np.abs(true))
    floor = np.repeat(1e-12 * np.median(size, axis=1)[:, None], len(points), axis=1)
    allowed = (
        tolerance.rel * size + floor + (tolerance.absolute or 0) + tolerance.slack(hand, parts)
    )
    with np.errstate(all="ignore"):
        scores = np.abs(hand - true) / allowed
    scores[hand == true] = 0.0
    found: Array = np.nan_to_num(scores, nan=np.inf, posinf=np.inf).max(axis=0)
    return found

"""The mutation score of a test's points: how many of the usual mistakes would pass there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from ..expr import shown
from .comparison import Comparison
from .diagnose.adjoints import Adjoints, structure
from .diagnose.graph import Graph
from .diagnose.hypotheses import mutated
from .problem import Point
from .report import MutationScore
from .tracing import Trace

MOST = 3000  # edges of the largest graph that is examined


def score_points(comparison: Comparison, fresh: Sequence[Trace]) -> MutationScore | None:
    """How many mistakes in single rules would go unnoticed at the points of a comparison.

    Args:
        comparison: the gradient beside the true one at the test's points.
        fresh: runs at drawn points, where nothing hides.
    """
    kind = structure(comparison.evaluations[0].trace)
    there = [t for t in fresh if structure(t) == kind]
    traces = [e.trace for e in comparison.evaluations]
    if not there or any(structure(t) != kind for t in traces):
        return None
    ours = Graph(Adjoints(traces, comparison.components))
    others = Graph(Adjoints(there, comparison.components))
    if len(ours.adjoints.local) > MOST:
        return None
    mistakes = {h.key: h for h in mutated(ours) if len(h.key) == 3}
    elsewhere = {h.key: h for h in mutated(others) if len(h.key) == 3}
    keys = list(elsewhere)
    changes = [elsewhere[k].change or {} for k in keys]
    real = _visible(others.adjoints, changes, 1e-6, 0.0)
    size = max(float(np.abs(others.adjoints.true).max()), 1e-300)
    distinct: dict[bytes, Any] = {}  # equal numbers are one mistake
    for k, visible, p in zip(keys, real, others.adjoints.predicted(changes), strict=True):
        if visible:
            distinct.setdefault(np.round(p / size, 9).tobytes(), k)
    keys = list(distinct.values())
    if not keys:
        return None
    changed = [(mistakes[k].change or {}) if k in mistakes else {} for k in keys]
    noticed = _visible(ours.adjoints, changed, comparison.tolerance.rel, comparison.slack)
    hidden = [k for k, visible in zip(keys, noticed, strict=True) if not visible]
    texts = [elsewhere[k].text for k in hidden]
    hiding = [
        words
        for words, name in _odd([e.point for e in comparison.evaluations])
        if any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts)
    ]
    return MutationScore(len(keys), len(hidden), tuple(texts[:3]), tuple(hiding))


def _visible(
    adjoints: Adjoints, changes: Sequence[Any], rel: float, slack: Any
) -> npt.NDArray[np.bool_]:
    """For each change whether the gradient that it gives differs at some point."""
    predicted = adjoints.predicted(changes)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(predicted), np.abs(adjoints.true))
        far = np.abs(predicted - adjoints.true) > rel * size + 1e-12 * adjoints.magnitudes() + slack
    return np.asarray((far | ~np.isfinite(predicted)).any(axis=(1, 2)))


def _odd(points: Sequence[Point]) -> list[tuple[str, str]]:
    """(words, name) of numbers that hide something at every point: 0, ±1, one number twice."""
    out = []
    first = points[0]
    same = {n: x for n, x in first.items() if all(np.array_equal(p[n], x) for p in points)}
    scalars = {n: x for n, x in same.items() if isinstance(x, float)}
    for name, x in same.items():
        if isinstance(x, float) and x in (0.0, 1.0, -1.0):
            what = "what it multiplies" if x == 0 else f"a missing {name}"
            out.append((f"{name} = {shown(x)} hides {what}", name))
        if isinstance(x, np.ndarray) and x.dtype.kind == "f" and np.isin(x, (0.0, 1.0, -1.0)).any():
            out.append((f"{name} holds 0 or ±1", name))
    for one, other in combinations(scalars, 2):
        if scalars[one] == scalars[other] and abs(scalars[one]) not in (0.0, 1.0):
            out.append((f"{one} = {other}", one))
    return out

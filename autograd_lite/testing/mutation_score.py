"""What the points of a test cannot see: the usual mistakes that would pass there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from ..expr import shown
from .comparison import Comparison
from .diagnose.adjoints import Flows, structure
from .diagnose.graph import Graph
from .diagnose.hypotheses import slipped
from .problem import Point
from .report import Adequacy
from .tracing import Trace

MOST = 3000  # edges of a graph that is looked at


def adequacy_of(seen: Comparison, fresh: Sequence[Trace]) -> Adequacy | None:
    """How many slips in single rules would go unnoticed at the points of a comparison.

    Args:
        seen: the gradient beside the true one at the test's points.
        fresh: runs at drawn points, where nothing hides.
    """
    kind = structure(seen.found[0].trace)
    there = [t for t in fresh if structure(t) == kind]
    traces = [f.trace for f in seen.found]
    if not there or any(structure(t) != kind for t in traces):
        return None
    ours, others = Graph(Flows(traces, seen.parts)), Graph(Flows(there, seen.parts))
    if len(ours.flows.local) > MOST:
        return None
    mistakes = {h.key: h for h in slipped(ours) if len(h.key) == 3}
    elsewhere = {h.key: h for h in slipped(others) if len(h.key) == 3}
    keys = list(elsewhere)
    changes = [elsewhere[k].change or {} for k in keys]
    real = _seen(others.flows, changes, 1e-6, 0.0)
    size = max(float(np.abs(others.flows.true).max()), 1e-300)
    distinct: dict[bytes, Any] = {}  # equal numbers are one mistake
    for k, told, p in zip(keys, real, others.flows.predicted(changes), strict=True):
        if told:
            distinct.setdefault(np.round(p / size, 9).tobytes(), k)
    keys = list(distinct.values())
    if not keys:
        return None
    changed = [(mistakes[k].change or {}) if k in mistakes else {} for k in keys]
    noticed = _seen(ours.flows, changed, seen.tolerance.rel, seen.slack)
    hidden = [k for k, told in zip(keys, noticed, strict=True) if not told]
    texts = [elsewhere[k].text for k in hidden]
    hiding = [
        words
        for words, name in _odd([f.point for f in seen.found])
        if any(re.search(rf"\b{re.escape(name)}\b", text) for text in texts)
    ]
    return Adequacy(len(keys), len(hidden), tuple(texts[:3]), tuple(hiding))


def _seen(flows: Flows, changes: Sequence[Any], rel: float, slack: Any) -> npt.NDArray[np.bool_]:
    predicted = flows.predicted(changes)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(predicted), np.abs(flows.true))
        far = np.abs(predicted - flows.true) > rel * size + 1e-12 * flows.magnitudes() + slack
    seen: npt.NDArray[np.bool_] = (far | ~np.isfinite(predicted)).any(axis=(1, 2))
    return seen


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

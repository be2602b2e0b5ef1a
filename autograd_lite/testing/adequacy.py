"""What the points of a test cannot see: the usual mistakes that would pass there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..number import shown
from .flows import Flows, structure
from .hypotheses import Graph, _slips
from .problem import Component, Point
from .report import Adequacy
from .tracing import Trace

MOST = 3000  # edges of a graph that is looked at


def adequacy_of(
    traces: Sequence[Trace],
    points: Sequence[Point],
    fresh: Sequence[Trace],
    parts: Sequence[Component],
    slack: npt.NDArray[np.float64],
    rel: float,
) -> Adequacy | None:
    """How many slips in single rules would go unnoticed at these points.

    Args:
        traces, points: the runs of the test, and where.
        fresh: runs at drawn points, where nothing hides.
        parts: the numbers of the gradient.
        slack: how far a gradient may be off besides ``rel``, (components, points).
        rel: the test's tolerance.
    """
    kind = structure(traces[0])
    here = [k for k, t in enumerate(traces) if structure(t) == kind]
    there = [t for t in fresh if structure(t) == kind]
    if not there or len(here) != len(traces):
        return None
    ours, others = Graph(Flows([traces[k] for k in here], parts)), Graph(Flows(there, parts))
    if len(ours.flows.local) > MOST:
        return None
    mistakes = {h.key: h for h in _slips(ours) if len(h.key) == 3}
    elsewhere = {h.key: h for h in _slips(others) if len(h.key) == 3}
    keys = [k for k in elsewhere]
    real = _seen(others.flows, [elsewhere[k].change or {} for k in keys], 1e-6, 0.0)
    keys = [k for k, seen in zip(keys, real, strict=True) if seen]
    if not keys:
        return None
    noticed = _seen(
        ours.flows, [(mistakes[k].change or {}) if k in mistakes else {} for k in keys], rel, slack
    )
    hidden = [k for k, seen in zip(keys, noticed, strict=True) if not seen]
    examples = tuple(elsewhere[k].text for k in hidden[:3])
    return Adequacy(len(keys), len(hidden), examples, tuple(_odd(points)) if hidden else ())


def _seen(flows: Flows, changes: Sequence[Any], rel: float, slack: Any) -> npt.NDArray[np.bool_]:
    predicted = flows.predicted(changes)
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(predicted), np.abs(flows.true))
        far = np.abs(predicted - flows.true) > rel * size + 1e-12 * flows.magnitudes() + slack
    seen: npt.NDArray[np.bool_] = (far | ~np.isfinite(predicted)).any(axis=(1, 2))
    return seen


def _odd(points: Sequence[Point]) -> list[str]:
    """Numbers that hide something: 0, ±1, and one number in two places, at every point."""
    out = []
    first = points[0]
    scalars = {n: x for n, x in first.items() if isinstance(x, float)}
    for name, x in first.items():
        same = all(np.array_equal(p[name], x) for p in points)
        if same and isinstance(x, float) and x in (0.0, 1.0, -1.0):
            out.append(
                f"{name} = {shown(x)} hides {'what it multiplies' if x == 0 else f'a missing {name}'}"
            )
        if same and isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.size:
            if np.isin(x, (0.0, 1.0, -1.0)).any():
                out.append(f"{name} holds 0 or ±1")
    names = list(scalars)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if scalars[one] == scalars[other] not in (0.0, 1.0, -1.0):
                out.append(f"{one} = {other}")
    return out

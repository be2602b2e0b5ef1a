"""The mutation score of a test's points: how many of the usual mistakes would pass there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
import numpy.typing as npt

from ..expr import shown
from ..ops import Op
from .comparison import Comparison, Evaluation, engine_gradient
from .diagnose.adjoints import Adjoints, Edge
from .diagnose.graph import Graph
from .diagnose.hypotheses import mutated
from .problem import Component, Point, at_component, components_of, moved
from .report import MutationScore
from .tracing import Trace

MOST = 3000  # edges of the largest graph that is examined
PAIRS = 25  # pairs of equal numbers that are looked at
FEW = 9  # elements of an array of which each is a variable of its own
Run = tuple[Point, Trace]


@dataclass(frozen=True)
class _Mistake:
    """A mistake that shows where nothing hides."""

    text: str
    hidden: bool  # at the test's points
    why: str = ""  # what hides it, as far as it is known


def score_points(
    comparison: Comparison, fresh: Sequence[Run], run: Callable[[Point], Trace]
) -> MutationScore | None:
    """How many mistakes would go unnoticed at the points of a comparison.

    Mistakes in single rules, and variables, elements or gradients that are taken for each other.

    Args:
        comparison: the gradient beside the true one at the test's points.
        fresh: drawn points, where nothing hides, and runs there.
        run: runs f at a point.
    """
    kinds: dict[Any, list[int]] = {}
    for k, e in enumerate(comparison.evaluations):
        kinds.setdefault(e.trace.structure, []).append(k)
    pairs = equal_numbers(comparison.evaluations)
    found: list[_Mistake] = []
    for kind, ks in kinds.items():
        there = [trace for _, trace in fresh if trace.structure == kind]
        traces = [comparison.evaluations[k].trace for k in ks]
        if not there or sum(len(v.operands) for v in traces[0].nodes) > MOST:
            continue
        ours = Graph(Adjoints(traces, comparison.components))
        others = Graph(Adjoints(there, comparison.components))
        found += _in_rules(comparison, ks, ours, others)
        found += _taken_for_another(ours, others, pairs)
    found += _arguments_taken_for_another(comparison, fresh[:2], run, pairs)
    found += _gradients(comparison, [trace for _, trace in fresh])
    if not found:
        return None
    found = [*{m.text: m for m in sorted(found, key=lambda m: m.hidden)}.values()]
    hidden = [m for m in found if m.hidden]
    hiding = [
        words
        for words, name in _odd([e.point for e in comparison.evaluations])
        if any(re.search(rf"\b{re.escape(name)}\b", m.text) for m in hidden)
    ]
    hiding += [m.why for m in hidden if m.why]
    examples = tuple(m.text for m in hidden[:3])
    return MutationScore(len(found), len(hidden), examples, tuple(dict.fromkeys(hiding)))


def _in_rules(
    comparison: Comparison, ks: Sequence[int], ours: Graph, others: Graph
) -> list[_Mistake]:
    """Mistakes in single rules of a graph."""
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
    changed = [(mistakes[k].change or {}) if k in mistakes else {} for k in keys]
    slack = comparison.slack[:, list(ks)]
    noticed = _visible(ours.adjoints, changed, comparison.tolerance.rel, slack)
    return [_Mistake(elsewhere[k].text, not v) for k, v in zip(keys, noticed, strict=True)]


def equal_numbers(evaluations: Sequence[Evaluation]) -> list[tuple[str, str]]:
    """The variables, results, and elements of one array that are one number at each of the points.

    Of large arrays, and of 0s and 1s, such as labels, some elements are equal by chance: they
    count if all of them are equal.
    """
    numbers: dict[str, list[float]] = {}
    for e in evaluations:
        named = {str(c): at_component(e.point, c) for c in components_of(_moving(e.point), e.point)}
        named |= {name: v.data for v, name in e.trace.names.items()}
        for name, x in named.items():
            numbers.setdefault(name, []).append(x)
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, xs in numbers.items():
        if len(xs) == len(evaluations):
            alike.setdefault(tuple(f"{x:.12e}" for x in xs), []).append(name)
    pairs: list[tuple[str, str]] = []
    for key, names in alike.items():
        plain = {float(x) for x in key} <= {0.0, 1.0, -1.0}
        arrays: dict[str, list[str]] = {}  # "" for what is no element
        for name in names:
            arrays.setdefault(name.partition("[")[0] * ("[" in name), []).append(name)
        for array, inside in arrays.items():
            if len(inside) == 1:
                continue
            size = sum(n.startswith(f"{array}[") for n in numbers) if array else 0
            if len(inside) == size:
                pairs.append((inside[0], inside[1]))
            elif not array or (not plain and size <= FEW):
                pairs += pairwise(inside)
    return pairs


def _moving(point: Point) -> list[str]:
    """The arguments that are numbers or arrays of them."""
    return [
        n
        for n, x in point.items()
        if isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")
    ]


def _taken_for_another(
    ours: Graph, others: Graph, pairs: Sequence[tuple[str, str]]
) -> list[_Mistake]:
    """Results that are one number at all points of the test, each read for the other."""
    leaves = {i for i, operands in enumerate(others.adjoints.operands) if not operands}
    place = {name: i for i, name in others.adjoints.names.items() if i not in leaves}
    known = [pair for pair in pairs if place.keys() >= {*pair}][:PAIRS]
    swaps = [
        (f"{b} where {a} belongs", f"{one} = {other}", {place[a]: place[b]})
        for one, other in known
        for a, b in ((one, other), (other, one))
    ]
    changes = [_read_as(others.adjoints, instead) for _, _, instead in swaps]
    visible = _visible(others.adjoints, changes, 1e-6, 0.0)
    return [
        _Mistake(text, True, why) for (text, why, _), v in zip(swaps, visible, strict=True) if v
    ]


def _arguments_taken_for_another(
    comparison: Comparison,
    fresh: Sequence[Run],
    run: Callable[[Point], Trace],
    pairs: Sequence[tuple[str, str]],
) -> list[_Mistake]:
    """Arguments that are equal at all points of the test, each read for the other; arrays turned.

    The gradient is then the true one at a point where the one is set to the other.
    """
    points = [e.point for e in comparison.evaluations]
    inside = {str(c): c for c in components_of(_moving(points[0]), points[0])}
    swaps = [
        (f"{b} where {a} belongs", f"{one} = {other}", {inside[a]: inside[b]})
        for one, other in [p for p in pairs if inside.keys() >= {*p}][:PAIRS]
        for a, b in ((one, other), (other, one))
    ]
    arrays = [n for n in _moving(points[0]) if np.ndim(points[0][n])]
    for one, other in product(arrays, repeat=2):
        if all(np.array_equal(p[one], p[other].T) for p in points):
            words = f"{one} is symmetric" if one == other else f"{one} = {other}"
            text = f"{other}{' transposed' if one == other else ''} where {one} belongs"
            turned = {
                Component(one, i): Component(other, i[::-1])
                for i in np.ndindex(points[0][one].shape)
            }
            swaps += [(text, words, turned)] if any(a != b for a, b in turned.items()) else []
    found = []
    for text, why, instead in swaps:
        if any(_differs(comparison, point, trace, run, instead) for point, trace in fresh):
            found.append(_Mistake(text, True, why))
    return found


def _differs(
    comparison: Comparison,
    point: Point,
    trace: Trace,
    run: Callable[[Point], Trace],
    instead: Mapping[Component, Component],
) -> bool:
    """Whether the gradient is another where some numbers are set to others."""
    there = moved(
        point, {a: at_component(point, b) - at_component(point, a) for a, b in instead.items()}, 1.0
    )
    try:
        read = engine_gradient(run(there), comparison.components)[0]
    except Exception:  # f is not defined there
        return False
    return not np.allclose(read, engine_gradient(trace, comparison.components)[0], 1e-6, 0)


def _read_as(adjoints: Adjoints, instead: Mapping[int, int]) -> dict[Edge, Any]:
    """The local derivatives in which the numbers of some nodes are read from others."""
    change = {}
    for i, operands in enumerate(adjoints.operands):
        op = adjoints.nodes[i].op
        if not isinstance(op, Op) or instead.keys().isdisjoint((i, *operands)):
            continue
        inside = dict(zip(op.operands, operands, strict=True)) | {"y": i}
        other = {x: adjoints.values[instead[j]] for x, j in inside.items() if j in instead}
        for k in range(len(operands)):
            change[i, k] = adjoints.evaluated(i, op.derivatives[k], other)
    return change


def _gradients(comparison: Comparison, fresh: Sequence[Trace]) -> list[_Mistake]:
    """Gradients that are equal at all points of the test, each given for the other."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for c, row in enumerate(comparison.true):
        if row.any():
            alike.setdefault(tuple(f"{x:.12e}" for x in row), []).append(c)
    pairs = [pair for cs in alike.values() for pair in pairwise(cs)][:PAIRS]
    if not pairs:
        return []
    there = np.array([engine_gradient(t, comparison.components)[0] for t in fresh]).T
    found = []
    for one, other in pairs:
        names = comparison.components[one], comparison.components[other]
        if len(fresh) and not np.allclose(there[one], there[other], rtol=1e-6, atol=0):
            text = f"the gradient towards {names[1]} where that towards {names[0]} belongs"
            found.append(_Mistake(text, True, f"{names[0]} and {names[1]} have one gradient"))
    return found


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
    """(words, name) of numbers that hide something at every point: 0, ±1."""
    out = []
    first = points[0]
    same = {n: x for n, x in first.items() if all(np.array_equal(p[n], x) for p in points)}
    for name, x in same.items():
        if isinstance(x, float) and x in (0.0, 1.0, -1.0):
            what = "what it multiplies" if x == 0 else f"a missing {name}"
            out.append((f"{name} = {shown(x)} hides {what}", name))
        if isinstance(x, np.ndarray) and x.dtype.kind == "f" and np.isin(x, (0.0, 1.0, -1.0)).any():
            out.append((f"{name} holds 0 or ±1", name))
    return out

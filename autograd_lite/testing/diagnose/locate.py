"""Where a gradient is wrong: at all points, or only where a condition holds; then why."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ..comparison import Comparison, Mask
from ..points import PointSource
from .adjoints import Adjoints, structure
from .case import Case
from .graph import Graph
from .search import Explanation, explained

MOST, FEW = 200, 40  # components that are examined; of more than MOST, FEW wrong and FEW right ones
MANY = 32  # points that tell a condition from chance


def diagnose(
    source: PointSource, comparison: Comparison, *, given: bool
) -> tuple[Explanation, ...]:
    """Explanations of what is wrong, the best first; empty if none was found.

    Args:
        source: where to find further points.
        comparison: the gradient beside the true one.
        given: the points are the caller's, so that more are drawn, unless the gradient is a
            printed number, which holds at one point only.
    """
    printed = bool(comparison.slack.any()) or source.problem.is_printed
    if given and not printed:
        more = source.more(8, "reasons")
        both = Comparison(
            [*comparison.evaluations, *more], comparison.components, comparison.tolerance
        )
        comparison = both if np.isfinite(both.hand).all() else comparison
    if not np.isfinite(comparison.hand).all():
        return ()
    few = bool(comparison.slack.any()) or (printed and len(comparison.evaluations) == 1)
    out = _at_all(source, comparison, few=few)
    partly = (comparison.wrong & (comparison.status == "equal").any(axis=1)).any()
    return out if out or not partly or printed else _where(source, comparison)


def _at_all(
    source: PointSource, comparison: Comparison, *, few: bool = False, only: Mask | None = None
) -> tuple[Explanation, ...]:
    """Explanations in the graph that most of the wrong points share.

    Args:
        source: for the lengths of arrays.
        comparison: the gradient beside the true one.
        few: the numbers have few digits.
        only: the points to look at.
    """
    kinds: dict[object, list[int]] = {}
    for k, f in enumerate(comparison.evaluations):
        if not (comparison.status[:, k] == "kink").any() and (only is None or only[k]):
            kinds.setdefault(structure(f.trace), []).append(k)
    differs = comparison.differs
    groups = sorted(
        ((kind, ks) for kind, ks in kinds.items() if differs[:, ks].any()),
        key=lambda group: -differs[:, group[1]].sum(),
    )
    for kind, ks in groups[:2]:
        found = _in_one_graph(source, comparison, kind, ks, few=few)
        if found:
            right = [k for k in range(len(comparison.evaluations)) if not differs[:, k].any()]
            apart = _choice(comparison, ks, right) if only is None and len(kinds) > 1 else None
            return _prefixed(f"where {apart}", found) if apart else tuple(found)
    return ()


def _in_one_graph(
    source: PointSource, comparison: Comparison, kind: object, ks: list[int], *, few: bool
) -> list[Explanation]:
    """Explanations at the points that share one graph, and at some more such points."""
    if len(ks) < 4 and not few and not source.problem.is_printed:
        more = [f for f in source.more(100, "alike") if structure(f.trace) == kind]
        chosen = [comparison.evaluations[k] for k in ks] + more[: 6 - len(ks)]
        both = Comparison(chosen, comparison.components, comparison.tolerance)
        if np.isfinite(both.hand).all():
            comparison, ks = both, list(range(len(chosen)))
    differs = comparison.differs
    some = _some(differs[:, ks])
    adjoints = Adjoints(
        [comparison.evaluations[k].trace for k in ks], [comparison.components[c] for c in some]
    )
    hand, wrong = comparison.hand[some][:, ks], differs[some][:, ks]
    slack = 2e-12 * np.maximum(np.abs(hand), np.abs(adjoints.true))
    # Cap the rounding allowance at 0.1 % of the error: path sums grow with every turn of a loop.
    rounded = np.minimum(1e-14 * adjoints.magnitudes(), 1e-3 * np.abs(hand - adjoints.true) + slack)
    slack = slack + rounded + comparison.slack[some][:, ks]
    return explained(Case(adjoints, hand, wrong, slack, source.sizes()), few=few)


def _choice(comparison: Comparison, bad: Sequence[int], good: Sequence[int]) -> str | None:
    """A comparison of f's that came out one way at the bad points, the other way at the good."""
    if not good or not bad:
        return None
    outcomes = []
    for k in (*bad, *good):
        sides: dict[Any, set[tuple[int, bool]]] = {}
        for site, line, result in comparison.evaluations[k].trace.choices:
            sides.setdefault(site, set()).add((line, result))
        outcomes.append({site: next(iter(ways)) for site, ways in sides.items() if len(ways) == 1})
    evaluation, there = outcomes[: len(bad)], outcomes[len(bad) :]
    for site, (line, result) in evaluation[0].items():
        same = all(o.get(site) == (line, result) for o in evaluation)
        if same and all(o.get(site) == (line, not result) for o in there):
            return f"the comparison in line {line} is {'true' if result else 'false'}"
    return None


def _some(differs: Mask) -> list[int]:
    """The components to look at: of a large array some that are wrong and some that are right."""
    if len(differs) <= MOST:
        return list(range(len(differs)))
    out: set[int] = set()
    for chosen in (differs.any(axis=1), ~differs.any(axis=1)):
        of = np.flatnonzero(chosen)
        out |= {int(of[k]) for k in np.linspace(0, len(of) - 1, FEW).astype(int) if len(of)}
    return sorted(out)


def _where(source: PointSource, comparison: Comparison) -> tuple[Explanation, ...]:
    """Wrong at some points only: what tells them apart, and what is wrong there."""
    found = source.more(MANY, "where")
    many = (
        Comparison(found, comparison.components, comparison.tolerance)
        if len(found) >= 20
        else comparison
    )
    if many is comparison or not np.isfinite(many.hand).all():
        return ()
    bad = np.asarray(many.differs.any(axis=0))
    if not bad.any() or bad.all():
        return ()
    same = len({structure(f.trace) for f in found}) == 1
    positions = np.arange(len(bad))
    if same:
        test = condition(Adjoints([f.trace for f in found], many.components), bad)
    else:
        test = _choice(many, positions[bad].tolist(), positions[~bad].tolist())
    why = _at_all(source, many, only=bad)
    if not why and test is not None and not many.true[many.wrong][:, bad].any():
        text = f"where {test} the gradient is 0: the gate is forgotten"
        return (Explanation(text, "where", many.named(many.wrong)),)
    if not why and test is not None:
        return (Explanation(f"wrong exactly where {test}", "where", many.named(many.wrong)),)
    true = many.true[many.wrong]
    if not why and not true[:, bad].any() and true[:, ~bad].any(axis=0).all():
        text = "where f does not depend on it yours is not 0: a gate (max, clip, …) is forgotten"
        return (Explanation(text, "where", many.named(many.wrong)),)
    if test is None and same:
        return ()
    where = f"where {test}" if test is not None else "on one branch only"
    return _prefixed(where, why)


def _prefixed(where: str, why: Sequence[Explanation]) -> tuple[Explanation, ...]:
    return tuple(
        Explanation(f"{where}: {e.text}", "where", e.parameters, e.line, e.also) for e in why
    )


def condition(adjoints: Adjoints, bad: Mask) -> str | None:
    """A test of one or two named numbers that is true exactly at the bad points; or ``None``.

    Four points on each side at least, and twenty in all, so that chance does not find one.
    """
    if len(bad) < 20 or min(bad.sum(), (~bad).sum()) < 4:
        return None
    graph = Graph(adjoints)
    named = [(graph.word(i), adjoints.values[i]) for i in adjoints.names]
    for word, x in named:
        for test, holds in ((">", x > 0), ("<", x < 0)):
            if np.array_equal(holds, bad):
                return f"{word} {test} 0"
    for (one, x), (other, y) in combinations(named[:30], 2):
        for test, holds in ((">", x > y), ("<", x < y)):
            if np.array_equal(holds, bad):
                return f"{one} {test} {other}"
    for word, x in named:
        for name, size in ((f"|{word}|", np.abs(x)), (word, x)):
            inside, outside = size[bad], size[~bad]
            for c in (0.5, 1.0, 2.0):
                if inside.min() > c >= outside.max():
                    return f"{name} > {c:g}"
                if inside.max() < c <= outside.min():
                    return f"{name} < {c:g}"
    return None

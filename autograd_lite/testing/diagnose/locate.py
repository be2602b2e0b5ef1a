"""Where a gradient is wrong: at all points, or only where a condition holds; then why."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ..comparison import SINGLE_PATHS, Comparison, Evaluation, Mask
from ..points import PointSource
from .adjoints import Adjoints
from .case import Budget, Case
from .graph import Graph
from .search import Explanation, Search, everything

MOST, FEW = 200, 40  # components that are examined; of more than MOST, FEW wrong and FEW right ones
MANY = 40  # points that tell a condition from chance
SEARCHED, CHECKED = 8, 24  # points of one graph at which is searched, and at which it is verified
GRAPHS = 16  # graphs of f in which an explanation is verified


def diagnose(
    source: PointSource, comparison: Comparison, budget: Budget
) -> tuple[Explanation, ...]:
    """Explanations of what is wrong, the best first; empty if none was found.

    Args:
        source: where to find further points: a printed number holds at one point only, all else
            has to be explained there, too.
        comparison: the gradient beside the true one.
        budget: the time that may be taken.
    """
    printed = bool(comparison.slack.any()) or source.problem.is_printed
    if not np.isfinite(comparison.hand).all():
        return ()
    few = bool(comparison.slack.any()) or (printed and len(comparison.evaluations) == 1)
    partly = (comparison.wrong & (comparison.status == "equal").any(axis=1)).any()
    more = [] if printed else _fresh(source, MANY if partly else SEARCHED, "reasons", budget)
    every = _with(comparison, more)
    out = _at_all(source, every, budget, few=few)
    return out if out or not partly or printed else _where(source, comparison, budget)


def _fresh(source: PointSource, count: int, salt: str, budget: Budget) -> list[Evaluation]:
    """Further points, fewer where f takes long."""
    start = time.process_time()
    first = source.more(2, salt)
    took = max(time.process_time() - start, 1e-6) / 2
    more = min(count - 2, int(0.2 * budget.seconds / took))
    return first + (source.more(more, f"more {salt}") if more > 0 else [])


def _with(comparison: Comparison, more: Sequence[Evaluation]) -> Comparison:
    """The points of a comparison that are no kinks, and further ones."""
    ks = [k for k in range(len(comparison.evaluations)) if "kink" not in comparison.status[:, k]]
    chosen = [comparison.evaluations[k] for k in ks]
    for evaluations in ([*chosen, *more], chosen):
        both = Comparison(evaluations, comparison.components, comparison.tolerance)
        if np.isfinite(both.hand).all():
            break
    both.status[:, : len(ks)] = comparison.status[:, ks]
    return both


def _at_all(
    source: PointSource,
    comparison: Comparison,
    budget: Budget,
    *,
    few: bool = False,
    only: Mask | None = None,
) -> tuple[Explanation, ...]:
    """Explanations in the graph that most of the wrong points share, true at all points.

    Args:
        source: for the lengths of arrays.
        comparison: the gradient beside the true one.
        budget: the time that may be taken.
        few: the numbers have few digits.
        only: the points to look at.
    """
    kinds: dict[object, list[int]] = {}
    for k, f in enumerate(comparison.evaluations):
        if only is None or only[k]:
            kinds.setdefault((f.trace.structure, _indices_text(f)), []).append(k)
    differs = comparison.differs
    groups = sorted(kinds.items(), key=lambda group: -int(differs[:, group[1]].any(axis=0).sum()))
    if not groups or not differs[:, groups[0][1]].any():
        return ()
    right = [k for k in range(len(comparison.evaluations)) if not differs[:, k].any()]
    bad = [k for k in range(len(comparison.evaluations)) if differs[:, k].any()]
    apart = _choice(comparison, bad, right) if only is None and len(kinds) > 1 else None
    if apart:
        groups = [(kind, ks) for kind, ks in groups if differs[:, ks].any()]
    found = _in_graphs(source, comparison, groups, budget, few=few)
    return _prefixed(f"where {apart}", found) if apart else tuple(found)


def _in_graphs(
    source: PointSource,
    comparison: Comparison,
    groups: Sequence[tuple[Any, list[int]]],
    budget: Budget,
    *,
    few: bool,
) -> list[Explanation]:
    """Explanations found at the points of the first graph, verified at those of the others."""
    (kind, ks), *others = groups
    if len(ks) < 4 and not few and not source.problem.is_printed and budget.is_left(0.5):
        more = [f for f in source.more(60, "alike") if f.trace.structure == kind[0]]
        count = len(comparison.evaluations)
        both = Comparison(
            [*comparison.evaluations, *more], comparison.components, comparison.tolerance
        )
        if np.isfinite(both.hand).all():
            both.status[:, :count] = comparison.status
            comparison, ks = (
                both,
                ks + [count + k for k, f in enumerate(more) if _indices_text(f) == kind[1]],
            )
    some = _some(comparison.differs)
    bad = [k for k in ks if comparison.differs[:, k].any()]
    first = (bad[: SEARCHED - 2] + [k for k in ks if k not in bad] + bad[SEARCHED - 2 :])[:SEARCHED]
    ks = sorted(first) + [k for k in ks if k not in first]
    case = _case(source, comparison, some, ks[:SEARCHED])
    rest = [(kind, ks[SEARCHED:][:CHECKED])] if ks[SEARCHED:] else []
    checks = [
        _case(source, comparison, some, its[:CHECKED]) for _, its in (*rest, *others[:GRAPHS])
    ]
    case.to_explain = [
        n for n in case.blocks if any(n in each.to_explain for each in (case, *checks))
    ]
    for check in checks:
        check.to_explain = case.to_explain
    return Search(case, checks, budget, few=few).run()


def _case(
    source: PointSource, comparison: Comparison, some: Sequence[int], ks: Sequence[int]
) -> Case:
    """What is to be explained of some components at some points of one graph."""
    adjoints = Adjoints(
        [comparison.evaluations[k].trace for k in ks], [comparison.components[c] for c in some]
    )
    hand, wrong = comparison.hand[some][:, ks], comparison.differs[some][:, ks]
    slack = 2e-12 * np.maximum(np.abs(hand), np.abs(adjoints.true))
    # Cap the rounding allowance at 0.1 % of the error: path sums grow with every turn of a loop.
    rounded = np.minimum(1e-14 * adjoints.magnitudes(), 1e-3 * np.abs(hand - adjoints.true) + slack)
    slack = slack + rounded + comparison.slack[some][:, ks]
    slack += comparison.in_single[some, None] * SINGLE_PATHS * comparison.paths[some][:, ks]
    indices = _indices(comparison.evaluations[ks[0]])
    adjoints = adjoints.without_what_cancels()
    return Case(adjoints, hand, wrong, slack, source.sizes(), indices, everything)


def _indices(evaluation: Evaluation) -> dict[str, Any]:
    """Whole numbers among the arguments, which may be indices."""
    found = {}
    for name, x in evaluation.point.items():
        if np.asarray(x).dtype.kind in "iu" and not isinstance(x, bool):
            found[name] = x
    return found


def _indices_text(evaluation: Evaluation) -> str:
    return str({n: np.asarray(x).tolist() for n, x in _indices(evaluation).items()})


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


def _where(source: PointSource, comparison: Comparison, budget: Budget) -> tuple[Explanation, ...]:
    """Wrong at some points only: what tells them apart, and what is wrong there."""
    found = source.more(MANY, "where") if budget.is_left() else []
    if len(found) < 20:
        return ()
    many = Comparison(found, comparison.components, comparison.tolerance)
    if not np.isfinite(many.hand).all():
        return ()
    bad = np.asarray(many.differs.any(axis=0))
    if not bad.any() or bad.all():
        return ()
    same = len({f.trace.structure for f in found}) == 1
    positions = np.arange(len(bad))
    if same:
        test = condition(Adjoints([f.trace for f in found], many.components), bad)
    else:
        test = _choice(many, positions[bad].tolist(), positions[~bad].tolist())
    why = _at_all(source, many, budget, only=bad)
    if not why and test is not None and not many.true[many.wrong][:, bad].any():
        text = f"where {test} the gradient is 0: the gate is forgotten"
        return (Explanation(text, "where", many.named(many.wrong)),)
    if not why and test is not None and many.true[many.wrong][:, ~bad].any():
        return (Explanation(f"wrong exactly where {test}", "where", many.named(many.wrong)),)
    true = many.true[many.wrong]
    if not why and not true[:, bad].any() and true[:, ~bad].any(axis=0).all():
        text = "where f does not depend on it yours is not 0: a gate (max, clip, …) is forgotten"
        return (Explanation(text, "where", many.named(many.wrong)),)
    kinds = [f.trace.structure for f in found]
    if test is None and {kinds[k] for k in positions[bad]} & {kinds[k] for k in positions[~bad]}:
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

"""Why a gradient is wrong: at all points, or only where something holds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from ..comparison import Comparison, Mask
from ..points import Places
from .adjoints import Flows, structure
from .case import Case
from .graph import Graph
from .search import Explanation, explained

MOST, FEW = 200, 40  # components that are looked at; of more, so many wrong and right ones
MANY = 32  # points that tell a condition from chance


def reasons(places: Places, seen: Comparison, *, given: bool) -> tuple[Explanation, ...]:
    """Explanations of what is wrong, the best first; empty if none was found.

    Args:
        places: where to find further points.
        seen: the gradient beside the true one.
        given: the points are the caller's, so that more are drawn, unless the gradient is a
            printed number, which holds at one point only.
    """
    printed = bool(seen.slack.any()) or places.problem.is_printed
    if given and not printed:
        more = places.more(8, "reasons")
        both = Comparison([*seen.found, *more], seen.parts, seen.tolerance)
        seen = both if np.isfinite(both.hand).all() else seen
    if not np.isfinite(seen.hand).all():
        return ()
    few = bool(seen.slack.any()) or (printed and len(seen.found) == 1)
    out = _at_all(places, seen, few=few)
    partly = (seen.wrong & (seen.status == "equal").any(axis=1)).any()
    return out if out or not partly or printed else _where(places, seen)


def _at_all(
    places: Places, seen: Comparison, *, few: bool = False, only: Mask | None = None
) -> tuple[Explanation, ...]:
    """Explanations in the graph that most of the wrong points share.

    Args:
        places: for the lengths of arrays.
        seen: the gradient beside the true one.
        few: the numbers have few digits.
        only: the points to look at.
    """
    kinds: dict[object, list[int]] = {}
    for k, f in enumerate(seen.found):
        if not (seen.status[:, k] == "kink").any() and (only is None or only[k]):
            kinds.setdefault(structure(f.trace), []).append(k)
    differs = seen.differs
    groups = sorted(
        ((kind, ks) for kind, ks in kinds.items() if differs[:, ks].any()),
        key=lambda group: -differs[:, group[1]].sum(),
    )
    for kind, ks in groups[:2]:
        found = _in_one_graph(places, seen, kind, ks, few=few)
        if found:
            right = [k for k in range(len(seen.found)) if not differs[:, k].any()]
            apart = _choice(seen, ks, right) if only is None and len(kinds) > 1 else None
            return _prefixed(f"where {apart}", found) if apart else tuple(found)
    return ()


def _in_one_graph(
    places: Places, seen: Comparison, kind: object, ks: list[int], *, few: bool
) -> list[Explanation]:
    """Explanations at the points that share one graph, and at some more such points."""
    if len(ks) < 4 and not few and not places.problem.is_printed:
        more = [f for f in places.more(100, "alike") if structure(f.trace) == kind]
        chosen = [seen.found[k] for k in ks] + more[: 6 - len(ks)]
        both = Comparison(chosen, seen.parts, seen.tolerance)
        if np.isfinite(both.hand).all():
            seen, ks = both, list(range(len(chosen)))
    differs = seen.differs
    some = _some(differs[:, ks])
    flows = Flows([seen.found[k].trace for k in ks], [seen.parts[c] for c in some])
    hand, wrong = seen.hand[some][:, ks], differs[some][:, ks]
    slack = 2e-12 * np.maximum(np.abs(hand), np.abs(flows.true))
    # The sizes of all paths grow with every turn of a loop: no excuse for as much as the error.
    rounded = np.minimum(1e-14 * flows.magnitudes(), 1e-3 * np.abs(hand - flows.true) + slack)
    slack = slack + rounded + seen.slack[some][:, ks]
    return explained(Case(flows, hand, wrong, slack, places.sizes()), few=few)


def _choice(seen: Comparison, bad: Sequence[int], good: Sequence[int]) -> str | None:
    """A comparison of f's that came out one way at the bad points, the other way at the good."""
    if not good or not bad:
        return None
    outcomes = []
    for k in (*bad, *good):
        told: dict[Any, set[tuple[int, bool]]] = {}
        for site, line, result in seen.found[k].trace.choices:
            told.setdefault(site, set()).add((line, result))
        outcomes.append({site: next(iter(ways)) for site, ways in told.items() if len(ways) == 1})
    here, there = outcomes[: len(bad)], outcomes[len(bad) :]
    for site, (line, result) in here[0].items():
        same = all(o.get(site) == (line, result) for o in here)
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


def _where(places: Places, seen: Comparison) -> tuple[Explanation, ...]:
    """Wrong at some points only: what tells them apart, and what is wrong there."""
    found = places.more(MANY, "where")
    many = Comparison(found, seen.parts, seen.tolerance) if len(found) >= 20 else seen
    if many is seen or not np.isfinite(many.hand).all():
        return ()
    bad = np.asarray(many.differs.any(axis=0))
    if not bad.any() or bad.all():
        return ()
    same = len({structure(f.trace) for f in found}) == 1
    points = np.arange(len(bad))
    if same:
        test = condition(Flows([f.trace for f in found], many.parts), bad)
    else:
        test = _choice(many, points[bad].tolist(), points[~bad].tolist())
    why = _at_all(places, many, only=bad)
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


def condition(flows: Flows, bad: Mask) -> str | None:
    """A test of one or two named numbers that is true exactly at the bad points; or ``None``.

    Four points on each side at least, and twenty in all, so that chance does not find one.
    """
    if len(bad) < 20 or min(bad.sum(), (~bad).sum()) < 4:
        return None
    graph = Graph(flows)
    named = [(graph.word(i), flows.values[i]) for i in flows.names]
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

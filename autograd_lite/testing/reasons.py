"""Why a gradient is wrong: at all points, or only where something holds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from .places import Places
from .why.case import Case
from .why.diagnosis import Explanation, explained
from .why.flows import Flows, structure
from .why.graph import Graph
from .witnesses import Comparison, Mask

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
    out = _at_all(places, seen, few=bool(seen.slack.any()))
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
        (ks for ks in kinds.values() if differs[:, ks].any()), key=lambda ks: -differs[:, ks].sum()
    )
    for ks in groups[:2]:
        some = _some(differs[:, ks])
        flows = Flows([seen.found[k].trace for k in ks], [seen.parts[c] for c in some])
        hand, wrong = seen.hand[some][:, ks], differs[some][:, ks]
        slack = 2e-12 * np.maximum(np.abs(hand), np.abs(flows.true))
        slack = slack + 1e-14 * flows.magnitudes() + seen.slack[some][:, ks]
        found = explained(Case(flows, hand, wrong, slack, places.sizes()), few=few)
        if found:
            return tuple(found)
    return ()


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
    test = condition(Flows([f.trace for f in found], many.parts), bad) if same else None
    why = _at_all(places, many, only=bad)
    if not why and test is not None:
        return (Explanation(f"wrong exactly where {test}", "where", many.named(many.wrong)),)
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

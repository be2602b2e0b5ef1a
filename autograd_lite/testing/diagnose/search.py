"""Choosing explanations: the hypotheses that predict the wrong gradient exactly, or none.

A hypothesis is accepted only if what it predicts is the gradient in question at every point, to
a millionth of the error that it is to explain: |predicted − yours| ≤ 1e-6 |yours − true| plus
rounding.  Equal predictions are one explanation in several wordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from ..problem import named
from .case import Case
from .factors import ratios, scaled, terms, updated
from .graph import Hypothesis
from .hypotheses import hypotheses
from .quantities import named_constant

Array = npt.NDArray[np.float64]

PLAIN = 3.7  # the cost up to which a mistake is common enough to be one of two
PAIRS = 90  # mistakes that are tried two by two


@dataclass(frozen=True)
class Explanation:
    """One mistake that explains what is wrong with some parameters."""

    text: str
    kind: str
    parameters: tuple[str, ...]  # the components that it explains
    line: int = 0  # of f's source, 0 if it has no one place
    also: tuple[str, ...] = ()  # other wordings of the same mistake

    def __str__(self) -> str:
        return self.text


@dataclass
class _Found:
    """Hypotheses of one key: what they explain, and whether they leave the rest right."""

    best: Hypothesis
    covers: set[int]
    spoils: int


def explained(case: Case, *, few: bool = False) -> list[Explanation]:
    """The likeliest explanations, the first the best; empty if none was found.

    Args:
        case: what is wrong.
        few: the numbers have few digits, at one point: only the simplest mistakes are considered.
    """
    every = hypotheses(case.graph, case.sizes, simple=few)
    accepted = _accepted(case, every)
    if not few:
        accepted += [*scaled(case, every), *updated(case)]
    else:
        accepted += ratios(case)
    chosen = _chosen(case, accepted)
    left = set(case.to_explain) - {c for e in chosen for c in e[1]}
    if left and not few:
        more = _accepted(case, [*_pairs(case, every, left)])
        chosen += _chosen(case, more, left)
        left -= {c for e in chosen for c in e[1]}
    if left and not few:
        chosen += _chosen(case, terms(case, left), left)
    return [e for e, covers in chosen if not _is_small_part(case, covers, chosen)]


def _is_small_part(
    case: Case, covers: set[int], chosen: Sequence[tuple[Explanation, set[int]]]
) -> bool:
    """Whether more of the same arrays is unexplained than explained: then it fits by chance."""
    components = case.adjoints.components
    names = {components[c].parameter for c in covers}
    left = set(case.to_explain).difference(*(found for _, found in chosen))
    return len(covers) < sum(components[c].parameter in names for c in left)


def _accepted(case: Case, every: Sequence[Hypothesis]) -> list[Hypothesis]:
    if not every:
        return []
    fits = case.fits(np.array([h.predicted for h in every]))
    some = np.asarray(fits[:, case.to_explain].any(axis=1))
    return [h for h, yes in zip(every, some, strict=True) if yes]


def _chosen(
    case: Case, accepted: Sequence[Hypothesis], left: set[int] | None = None
) -> list[tuple[Explanation, set[int]]]:
    """Explanations that together cover what is wrong, the widest and simplest first."""
    found: dict[tuple[Any, ...], _Found] = {}
    for h in accepted:
        fits: npt.NDArray[np.bool_] = np.asarray(case.fits(h.predicted))
        covers = {c for c in case.to_explain if fits[c]}
        silent = np.asarray(np.isnan(h.predicted).all(axis=-1))
        spoils = sum(not (fits[c] or silent[c]) for c in range(len(fits)))
        if h.key in found:
            old = found[h.key]
            old.covers |= covers
            old.spoils = min(old.spoils, spoils)
        elif covers:
            found[h.key] = _Found(h, covers, spoils)
    found = {key: f for key, f in found.items() if _tells(case, f) and not _alone(case, f)}
    left = set(case.to_explain) if left is None else set(left)
    out = []
    while left:
        open_ = [f for f in found.values() if f.covers & left]
        dropped = [f.covers & left for f in open_ if f.best.effect == "dropped"]
        ranked = sorted(
            open_,
            key=lambda f: (
                -len(f.covers & left),
                min(f.spoils, 1),
                # Half of λ · w · w turned round is nobody's mistake: the term is dropped.
                f.best.cost + (f.best.effect == "sign lost" and f.covers & left in dropped),
            ),
        )
        if not ranked:
            break
        first = ranked[0]
        same = [
            f.best.text
            for f in ranked[1:]
            if f.covers & left == first.covers & left
            and min(f.spoils, 1) <= min(first.spoils, 1)
            and f.best.cost <= first.best.cost + 2.5
            and (f.best.kind, first.best.kind) != ("ratio", "ratio")
            and f.best.key[:2] != first.best.key[:2]  # else another wording of the same mistake
        ]
        names = named(case.adjoints.components, first.covers & left)
        text, h = first.best.text, first.best
        out.append(
            (
                Explanation(text, h.kind, names, h.line, tuple(dict.fromkeys(same))[:3]),
                first.covers & left,
            )
        )
        left -= first.covers
    return out


def _alone(case: Case, f: _Found) -> bool:
    """Whether it explains one element of an array of which more are wrong: that is chance."""
    components = case.adjoints.components
    if len(f.covers) > 1 or f.best.kind in ("another gradient", "order", "transposed"):
        return False
    name = components[next(iter(f.covers))].parameter
    others = [c for c in case.to_explain if components[c].parameter == name and case.hand[c].any()]
    return len(others) > 1


def _tells(case: Case, f: _Found) -> bool:
    """Whether agreement says something: a zero agrees with every path that may be forgotten.

    Zeros are explained only where they are a whole parameter's gradient, and as lost paths.
    """
    components = case.adjoints.components
    if any(case.hand[c].any() for c in f.covers):
        return True
    names = {components[c].parameter for c in f.covers}
    whole = f.covers >= {c for c, part in enumerate(components) if part.parameter in names}
    return whole and (f.best.kind in ("cut", "two mistakes") or f.best.effect == "dropped")


def _pairs(case: Case, every: Sequence[Hypothesis], left: set[int]) -> list[Hypothesis]:
    """Two mistakes at once: two changes of the graph, or one and a constant factor."""
    cs = sorted(left)
    single = [h for h in every if h.change is not None]
    found = []
    with np.errstate(all="ignore"):
        for h in single + [h for h in every if h.change is None]:
            if h.cost > 4.5:
                continue
            for c in cs:
                ratio = case.hand[c] / h.predicted[c]
                if not np.isfinite(ratio).all():
                    continue
                r = float(np.median(ratio))
                if not (np.abs(ratio - r) <= 1e-6 * abs(r)).all() or abs(r - 1) < 1e-6:
                    continue
                text = named_constant(r, case.table, 1e-6)
                if text and np.ptp(ratio) <= 1e-6 * abs(r):
                    predicted = np.full(case.hand.shape, np.nan)
                    predicted[c] = r * h.predicted[c]
                    found.append(
                        Hypothesis(
                            ("two", h.key, text),
                            "two mistakes",
                            f"two mistakes: {h.text}; and {text}",
                            h.cost + 6,
                            predicted,
                            h.line,
                        )
                    )
    distinct: dict[bytes, Hypothesis] = {}
    size = max(float(np.abs(case.true[cs]).max()), 1e-300)
    for h in sorted(single, key=lambda h: h.cost):
        predicted = h.predicted[cs]
        if (
            h.cost <= PLAIN
            and np.isfinite(predicted).all()
            and not np.allclose(predicted, case.true[cs], rtol=1e-9, atol=0)
        ):
            distinct.setdefault(np.round(predicted / size, 9).tobytes(), h)
    few = list(distinct.values())[:PAIRS]
    both = [
        (a, b)
        for a, b in combinations(few, 2)
        if a.change and b.change and not set(a.change) & set(b.change)
    ]
    changes = [{**(a.change or {}), **(b.change or {})} for a, b in both]
    if len(case.adjoints.local) * len(changes) * case.adjoints.count > 60_000_000:
        return found
    for (a, b), predicted in zip(both, case.adjoints.predicted(changes), strict=True):
        if case.fits(predicted)[cs].any():
            found.append(
                Hypothesis(
                    ("two", a.key, b.key),
                    "two mistakes",
                    f"two mistakes: {a.text}; and {b.text}",
                    a.cost + b.cost + 5,
                    predicted,
                    a.line,
                )
            )
    return found

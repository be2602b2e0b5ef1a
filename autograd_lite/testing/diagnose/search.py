"""Choosing explanations: the hypotheses that predict the wrong gradient exactly, or none.

A hypothesis is accepted only if what it predicts is the gradient in question, to a millionth of
the error that it is to explain: |predicted − yours| ≤ 1e-6 |yours − true| plus rounding.  That
holds for all numbers of a parameter at all points, those of other graphs of f and further ones
too.  Equal predictions are one explanation in several wordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, islice
from typing import Any

import numpy as np
import numpy.typing as npt

from ...terminal import printed
from ..problem import named
from .arrays import index_patterns
from .case import Budget, Case
from .factors import constant, exactly, fitted, ratios, scaled, telling, terms, updated
from .graph import Hypothesis
from .hypotheses import further, mutated_in_part, plain
from .quantities import named_constant

Array = npt.NDArray[np.float64]

PLAIN = 3.7  # the cost up to which a mistake is common enough to be one of two
PAIRS = 90  # mistakes that are tried two by two
ENOUGH = 3  # wrong numbers that an explanation has to predict


@printed
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
    """A hypothesis, the parameters that it explains, and whether it leaves the rest right."""

    best: Hypothesis
    covers: set[str]
    spoils: bool


def everything(case: Case) -> Iterator[Hypothesis]:
    """Every hypothesis that can be made without looking at the gradient in question."""
    yield from plain(case)
    yield from further(case)
    yield from mutated_in_part(case.graph)


class Search:
    """One search for the mistakes that a gradient was made with.

    Args:
        case: what is wrong.
        checks: the same at other points, at which an explanation has to hold, too.
        budget: the time that may be taken.
        few: the numbers have few digits, at one point: only the simplest mistakes are considered.
    """

    def __init__(self, case: Case, checks: Sequence[Case], budget: Budget, *, few: bool) -> None:
        self.case, self.checks, self.budget, self.few = case, checks, budget, few
        self.found: list[_Found] = []
        self.every: list[Hypothesis] = []
        self.predicted: Array = np.zeros((0, *case.true.shape))

    def run(self) -> list[Explanation]:
        """The likeliest explanations, the first the best; empty if none was found."""
        case, budget = self.case, self.budget
        self._fit(ratios(case))
        self._try(plain(case))
        if self.few:
            return self._chosen()
        self._fit(indexed(case))
        if budget.is_left():
            self._try(further(case))
            self._fit(scaled(case, self.every, self.predicted, budget))
            self._fit(updated(case))
        far = min((f.best.cost for f in self.found), default=0.0) > 5
        if (self._left() or far) and budget.is_left():
            self._try(mutated_in_part(case.graph))
        if self._left() and budget.is_left():
            self._fit(terms(case, self._left()))
        if self._left() and budget.is_left():
            self._fit(self._times_a_constant())
            self._fit(self._pairs())
        return self._chosen()

    def _left(self) -> set[str]:
        """The parameters that nothing explains yet."""
        return set(self.case.to_explain).difference(*(f.covers for f in self.found))

    # ---- what is accepted -------------------------------------------------------------------

    def _try(self, hypotheses: Iterable[Hypothesis]) -> None:
        """Accept what explains something, of hypotheses that are kept."""
        more = iter(hypotheses)
        while some := [*islice(more, 500)]:
            if self.every and not self.budget.is_left():
                return
            predicted = self.case.predicted(some)
            self.every += some
            self.predicted = np.concatenate([self.predicted, predicted])
            self._accept(some, predicted)

    def _fit(self, hypotheses: Iterable[Hypothesis]) -> None:
        """Accept what explains something, of hypotheses that were made for this gradient."""
        some = [*hypotheses]
        self._accept(some, self.case.predicted(some))

    def _accept(self, some: Sequence[Hypothesis], predicted: Array) -> None:
        case = self.case
        fits, silent = case.fits(predicted), np.isnan(predicted).all(axis=-1)
        wrong = sorted({c for n in case.to_explain for c in case.blocks[n]})
        agrees = np.asarray(fits | silent)
        new = []
        for m in np.flatnonzero(np.asarray(fits[:, wrong].any(axis=1))) if some else ():
            covers = case.covered(fits[m])
            if covers:
                right = [c for n in case.blocks if n not in covers for c in case.blocks[n]]
                spoils = not bool(agrees[m, right].all())
                new.append(_Found(some[int(m)], covers, spoils))
        for check in self.checks if new else ():
            for f, numbers in zip(new, self._elsewhere(check, [f.best for f in new]), strict=True):
                fits = check.fits(numbers)
                f.covers = {n for n in f.covers if fits[check.blocks[n]].all()}
        self.found += [f for f in new if f.covers and self._tells(f)]

    def _elsewhere(self, check: Case, hypotheses: Sequence[Hypothesis]) -> Array:
        """What the same mistakes give at the points of another case.

        What has no place in its graph leaves it as it is; what cannot be said there is NaN.
        """
        out: Array = np.full((len(hypotheses), *check.true.shape), np.nan)
        there = []
        for k, h in enumerate(hypotheses):
            if h.again is not None:
                out[k] = h.again(check)
            elif h.key in check.known:
                there.append(k)
            elif h.make is not None:
                out[k] = check.true
        if there:
            out[there] = check.predicted([check.known[hypotheses[k].key] for k in there])
        return out

    def _tells(self, f: _Found) -> bool:
        """Whether agreement says something: a zero agrees with every path that may be forgotten.

        Zeros are explained only as lost paths, and a few numbers agree by chance.
        """
        every = (self.case, *self.checks)
        numbers = [(case, c) for case in every for n in f.covers for c in case.blocks[n]]
        if not any(case.hand[c].any() for case, c in numbers):
            return f.best.kind in ("cut", "two mistakes") or f.best.effect == "dropped"
        if f.best.kind == "index" and self.few is False:
            index = f.best.key[2]
            drawn = [np.atleast_1d(np.asarray(case.indices[index])) for case in every]
            several = min(4, np.shape(self.case.graph.groups[f.best.key[1]])[-1])
            if len(drawn[0]) == 1 and len({int(x[0]) for x in drawn}) < several:
                return False  # a whole number, which need not be an index of this
        return self.few or sum(int(case.wrong[c].sum()) for case, c in numbers) >= ENOUGH

    # ---- two mistakes -----------------------------------------------------------------------

    def _times_a_constant(self) -> Iterator[Hypothesis]:
        """A mistake, and a constant factor beside it."""
        case = self.case
        for name in sorted(self._left()):
            for h, predicted in zip(self.every, self.predicted, strict=True):
                if h.cost > 4.5 or not self.budget.is_left():
                    continue
                c, usable = telling(case, name, predicted)
                with np.errstate(all="ignore"):
                    r = constant(case.hand[c] / predicted[c]) if usable.all() else None
                text = None if r is None else named_constant(r, case.table, 1e-6)
                if text is None or r is None or r == 1:
                    continue
                common = (0.5, 1.0, 2.0, *case.sizes.values())
                if not np.isclose(abs(r), [*common, *(1 / n for n in common)]).any():
                    continue
                if "sign" in text and h.effect == "sign lost":
                    continue
                again = partial(self._multiple, h, exactly(r, case.table))
                words = f"two mistakes: {h.text}; and {text}"
                key = ("two", h.key, text)
                yield fitted(case, name, key, "two mistakes", h.cost + 6, words, again, h.line)

    def _multiple(self, h: Hypothesis, r: float, case: Case) -> Array:
        return np.asarray(r * self._elsewhere(case, [h])[0])

    def _pairs(self) -> Iterator[Hypothesis]:
        """One mistake made at two places.  Of two kinds, too many pairs agree by algebra alone."""
        case = self.case
        cs = sorted(c for n in self._left() for c in case.blocks[n])
        if not cs or not self.budget.is_left():
            return
        distinct: dict[bytes, Hypothesis] = {}
        size = max(float(np.abs(case.true[cs]).max()), 1e-300)
        ranked = sorted(range(len(self.every)), key=lambda k: self.every[k].cost)
        for k in ranked:
            h, predicted = self.every[k], self.predicted[k][cs]
            with np.errstate(all="ignore"):
                whole = constant(np.ravel(predicted / case.true[cs])) is not None
            usable = h.cost <= PLAIN and h.change and np.isfinite(predicted).all() and not whole
            if usable and not np.allclose(predicted, case.true[cs], rtol=1e-9, atol=0):
                distinct.setdefault(np.round(predicted / size, 9).tobytes(), h)
        few = list(distinct.values())[:PAIRS]
        for a, b in combinations(few, 2):
            if a.sort == b.sort != "" and not set(a.change or ()) & set(b.change or ()):
                yield Hypothesis(
                    ("two", a.key, b.key),
                    "two mistakes",
                    a.cost + b.cost + 5,
                    partial(_two, a, b),
                    a.line,
                    partial(dict, {**(a.change or {}), **(b.change or {})}),
                    effect="dropped" if a.effect == "dropped" or a.kind == "cut" else "",
                    sort="pair",
                    again=partial(self._both, a, b),
                )

    def _both(self, a: Hypothesis, b: Hypothesis, case: Case) -> Array:
        change: dict[Any, Any] = {}
        for h in (a, b):
            if h.key in case.known:
                change.update(case.known[h.key].change or {})
        return np.asarray(case.adjoints.predicted([change])[0])

    # ---- what is said -----------------------------------------------------------------------

    def _chosen(self) -> list[Explanation]:
        """Explanations that together cover what is wrong, the widest and simplest first."""
        case = self.case
        found: dict[Any, _Found] = {}
        pairs = [f for f in self.found if f.best.sort == "pair"]
        for name in case.to_explain:
            mine = [f for f in pairs if name in f.covers]
            lost = [f for f in mine if f.best.effect == "dropped"]  # which add up as they are
            shared = set.intersection(*({*f.best.key[1:]} for f in mine)) if mine else set()
            for f in mine:  # which two is not known if those that fit share none
                if f not in lost and (lost or (len(mine) > 1 and not shared)):
                    f.covers -= {name}
        for f in self.found:
            key = f.best.key[:-1] if f.best.each else f.best.key
            if key in found:  # the same mistake in another parameter
                found[key].covers |= f.covers
                found[key].spoils |= f.spoils
            else:
                found[key] = f
        left, out = set(case.to_explain), list[Explanation]()
        while True:
            open_ = [f for f in found.values() if f.covers & left]
            if not open_:
                return out
            dropped = [f.covers & left for f in open_ if f.best.effect == "dropped"]

            def rank(f: _Found, dropped: Any = dropped, left: Any = left) -> tuple[float, ...]:
                here = f.covers & left
                # Half of λ · w · w turned round is nobody's mistake: the term is dropped.
                lost = f.best.effect == "sign lost" and here in dropped
                unnamed = 0.3 * ("…" in f.best.text)
                wide = sum(len(case.blocks[n]) for n in here)
                return -wide, f.spoils, f.best.cost + 1.3 * lost + unnamed

            first, *rest = sorted(open_, key=rank)
            covers, best = first.covers & left, first.best
            same = [
                f.best.text
                for f in rest
                if f.covers & left == covers
                and f.spoils <= first.spoils
                and f.best.cost <= best.cost + 2.5
                and (f.best.kind, best.kind) != ("ratio", "ratio")
                and f.best.key[:2] != best.key[:2]  # else another wording of the same mistake
                and "…" not in f.best.text
            ]
            wrong = np.any([each.wrong.any(axis=1) for each in (case, *self.checks)], axis=0)
            cs = [c for n in covers for c in case.blocks[n] if wrong[c]]
            names = named(case.adjoints.components, cs)
            also = tuple(dict.fromkeys(same))[:3]
            out.append(Explanation(best.text, best.kind, names, best.line, also))
            left -= covers


def _two(a: Hypothesis, b: Hypothesis) -> str:
    return f"two mistakes: {a.text}; and {b.text}"


def indexed(case: Case) -> Iterator[Hypothesis]:
    """A one-hot target put in the wrong entries; how large it is has to be fitted."""
    patterns = list(index_patterns(case))
    if not patterns:
        return
    effects = case.adjoints.predicted([change for _, _, change in patterns]) - case.true
    for (key, text, _), effect in zip(patterns, effects, strict=True):
        for name in case.to_explain:
            c, usable = telling(case, name, effect)
            with np.errstate(all="ignore"):
                r = constant(((case.hand[c] - case.true[c]) / effect[c])[usable])
            if r and (abs(abs(r) - 1) < 1e-6 or named_constant(r, case.table, 1e-6)):
                again = partial(_indexed_again, key, exactly(r, case.table))
                yield fitted(case, name, (*key, r > 0), "index", 2.7, text, again)


def _indexed_again(key: Any, r: float, case: Case) -> Array:
    for other, _, change in index_patterns(case):
        if other == key:
            effect = case.adjoints.predicted([change])[0] - case.true
            return np.asarray(case.true + r * effect)
    return np.full(case.true.shape, np.nan)

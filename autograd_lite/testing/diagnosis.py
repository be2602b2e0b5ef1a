"""Why a gradient is wrong: hypotheses judged against the size of the error, and honest silence.

A hypothesis is accepted only if what it predicts is the gradient in question at every point, to
a millionth of the error that it is to explain: |predicted − yours| ≤ 1e-6 |yours − true| plus
rounding.  Equal predictions are one explanation in several wordings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from ..ops import Op
from .flows import Flows
from .hypotheses import Graph, Hypothesis, constants, hypotheses, named_constant, quantities

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


class Case:
    """The gradient in question beside the true one, at the points of one graph.

    Args:
        flows: the graph.
        hand: yours, (components, points).
        wrong: where it differs, by component.
        slack: how far apart two equal numbers may be: rounding, or the printed digits.
        sizes: lengths that a mean may divide by, by name.
    """

    def __init__(
        self,
        flows: Flows,
        hand: Array,
        wrong: npt.NDArray[np.bool_],
        slack: Array,
        sizes: Mapping[str, int],
    ) -> None:
        self.flows, self.graph = flows, Graph(flows)
        self.hand, self.wrong, self.slack, self.sizes = hand, wrong, slack, sizes
        self.true = flows.true
        self.bound = 1e-6 * np.abs(hand - self.true) + slack
        self.components = [c for c in range(len(hand)) if wrong[c].any()]
        self.table = constants(self.graph, sizes)

    def fits(self, predicted: Array) -> npt.NDArray[np.bool_]:
        """For each component, whether a prediction is the gradient in question at every point."""
        with np.errstate(all="ignore"):
            near: npt.NDArray[np.bool_] = np.abs(predicted - self.hand) <= self.bound
        return near.all(axis=-1)


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
        few: the numbers have few digits, at one point: only the simplest mistakes are told.
    """
    every = hypotheses(case.graph, case.sizes, simple=few)
    accepted = _accepted(case, every)
    if not few:
        accepted += [*_scaled(case, every), *_updated(case)]
    else:
        accepted += _ratios(case)
    chosen = _chosen(case, accepted)
    left = set(case.components) - {c for e in chosen for c in e[1]}
    if left and not few:
        more = _accepted(case, [*_pairs(case, every, left)])
        chosen += _chosen(case, more, left)
        left -= {c for e in chosen for c in e[1]}
    if left and not few:
        chosen += _chosen(case, _terms(case, left), left)
    return [e for e, _ in chosen]


def _accepted(case: Case, every: Sequence[Hypothesis]) -> list[Hypothesis]:
    if not every:
        return []
    fits = case.fits(np.array([h.predicted for h in every]))
    return [h for h, row in zip(every, fits, strict=True) if row[case.components].any()]


def _chosen(
    case: Case, accepted: Sequence[Hypothesis], left: set[int] | None = None
) -> list[tuple[Explanation, set[int]]]:
    """Explanations that together cover what is wrong, the widest and simplest first."""
    found: dict[tuple[Any, ...], _Found] = {}
    for h in accepted:
        fits = case.fits(h.predicted)
        covers = {c for c in case.components if fits[c]}
        silent = np.isnan(h.predicted).all(axis=-1)
        spoils = sum(not (fits[c] or silent[c]) for c in range(len(fits)))
        if h.key in found:
            old = found[h.key]
            old.covers |= covers
            old.spoils = min(old.spoils, spoils)
        elif covers:
            found[h.key] = _Found(h, covers, spoils)
    found = {key: f for key, f in found.items() if _tells(case, f.covers)}
    left = set(case.components) if left is None else set(left)
    out = []
    while left:
        ranked = sorted(
            (f for f in found.values() if f.covers & left),
            key=lambda f: (-len(f.covers & left), min(f.spoils, 1), f.best.cost),
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
            and f.best.key[:2] != first.best.key[:2]  # else another wording of the same slip
        ]
        names = tuple(str(case.flows.components[c]) for c in sorted(first.covers & left))
        text, h = first.best.text, first.best
        out.append(
            (
                Explanation(text, h.kind, names, h.line, tuple(dict.fromkeys(same))[:3]),
                first.covers & left,
            )
        )
        left -= first.covers
    return out


def _tells(case: Case, covers: set[int]) -> bool:
    """Whether agreement says something: a zero agrees with every path that may be forgotten.

    A gradient of zeros is told only where it is a whole parameter's.
    """
    parts = case.flows.components
    if any(case.hand[c].any() for c in covers):
        return True
    names = {parts[c].parameter for c in covers}
    return covers >= {c for c, part in enumerate(parts) if part.parameter in names}


def _ratios(case: Case) -> list[Hypothesis]:
    """A constant factor on the whole gradient of each parameter."""
    found = []
    for c in case.components:
        with np.errstate(all="ignore"):
            ratio = case.hand[c] / case.true[c]
        usable = np.isfinite(ratio) & (case.true[c] != 0)
        if not usable.any():
            continue
        r = float(np.median(ratio[usable]))
        width = float((case.slack[c][usable] / np.abs(case.true[c][usable])).max())
        text = named_constant(r, case.table, max(1e-6, width))
        predicted = np.full(case.hand.shape, np.nan)
        predicted[c] = r * case.true[c]
        if text and case.fits(predicted)[c]:
            cost = 1.0 if "sign" in text and "factor" not in text else 1.4
            found.append(Hypothesis(("ratio", text), "ratio", text, cost, predicted))
    return found


def _scaled(case: Case, every: Sequence[Hypothesis]) -> list[Hypothesis]:
    """A factor, constant or not, on the whole gradient or on what flows through one place."""
    found = _ratios(case)
    flows, graph = case.flows, case.graph
    known = [(word, numbers) for word, numbers in quantities(graph)]
    if not known:
        return found
    words = [w for w, _ in known]
    multiples = {1.0: "", -1.0: "−", 2.0: "2 · ", -2.0: "−2 · ", 0.5: "½ · ", -0.5: "−½ · "}
    with np.errstate(all="ignore"):
        numbers = np.array([n for _, n in known])
        factors = np.concatenate([numbers, 1 / numbers])
    cuts: list[tuple[str, Any, Array, int]] = [("", "whole", np.zeros_like(case.true), 0)]
    for h in every:
        if h.kind == "rule" and h.key[-1] == "0":
            site = graph.sites[h.key[1]]
            where = graph.at(site[0][0], whole=len(site) > 1)
            operand = graph.word(flows.operands[site[0][0]][site[0][1]], whole=len(site) > 1)
            cuts.append((f"{where}: on the way to {operand} ", h.key[1], h.predicted, h.line))
        elif h.kind == "cut":
            cuts.append((f"on the paths through {h.key[1]} ", h.key, h.predicted, h.line))
    for where, site, without, line in cuts:
        flow = case.true - without
        for c in case.components:
            if not flow[c].any():
                continue
            with np.errstate(all="ignore"):
                alpha = 1 + (case.hand[c] - case.true[c]) / flow[c]
            usable = flow[c] != 0
            if not np.isfinite(alpha[usable]).all() or usable.sum() < 2:
                continue
            scale = 1e-6 * np.abs(alpha - 1) + case.slack[c] / np.abs(np.where(usable, flow[c], 1))

            def told(text: str, kind: str, cost: float, factor: Array, c: int = c) -> None:
                predicted = np.full(case.hand.shape, np.nan)
                predicted[c] = without[c] + factor * flow[c]
                if case.fits(predicted)[c]:
                    key = (kind, site, text)
                    found.append(Hypothesis(key, kind, where + text, cost, predicted, line))

            middle = float(np.median(alpha[usable]))
            if (np.abs(alpha - middle) <= scale)[usable].all():
                if where and (text := named_constant(middle, case.table, 1e-6)):
                    told(text, "ratio", 3.2, np.full(alpha.shape, middle))
                continue
            for multiple, sign in multiples.items():
                with np.errstate(all="ignore"):
                    gap = np.abs(multiple * factors - alpha)
                for m in np.flatnonzero((gap <= scale)[:, usable].all(axis=1)):
                    word = words[m % len(words)]
                    if m < len(words):
                        text = f"an extra factor {sign}{word}"
                    else:
                        inverse = {2.0: "½ · ", -2.0: "−½ · ", 0.5: "2 · ", -0.5: "−2 · "}
                        text = f"a factor {inverse.get(multiple, sign)}{word} is missing"
                    cost = (5.0 if not where else 6.0) + 0.02 * len(word) + 0.3 * (multiple != 1.0)
                    told(text, "factor", cost, multiple * factors[m])
    return found


def _updated(case: Case) -> list[Hypothesis]:
    """A parameter that was moved by its own gradient before it was used: w ← w − η · dw."""
    flows, graph = case.flows, case.graph
    found = []
    if len(flows.local) > 3000:
        return found
    names = {c.parameter for c in flows.components}
    for name in names:
        moved = {
            i: flows.true[c]
            for c, i in enumerate(flows.leaf)
            if i is not None and flows.components[c].parameter == name
        }
        change = {}
        for edges in graph.sites.values():
            for i, k in edges:
                op = flows.nodes[i].op
                if not isinstance(op, Op):
                    continue
                inside = dict(zip(op.operands, flows.operands[i], strict=True))
                other = {x: flows.values[j] + moved[j] for x, j in inside.items() if j in moved}
                if other and any(x in op.derivatives[k] for x in other):
                    change[i, k] = flows.evaluated(i, op.derivatives[k], other=other)
        if not change:
            continue
        effect = flows.predicted([change])[0] - case.true
        for c in case.components:
            if not effect[c].all():
                continue
            rate = (case.hand[c] - case.true[c]) / effect[c]
            r = float(np.median(rate))
            if -10 < r < 0 and (np.abs(rate - r) <= 1e-6 * abs(r)).all():
                predicted = np.full(case.hand.shape, np.nan)
                predicted[c] = case.true[c] + r * effect[c]
                text = f"{name} was updated, by −{-r:.4g} · its gradient, before it was used here"
                found.append(Hypothesis(("updated", name), "order", text, 4.5, predicted))
    return [h for h in found if case.fits(h.predicted)[case.components].any()]


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
        told = h.predicted[cs]
        if (
            h.cost <= PLAIN
            and np.isfinite(told).all()
            and not np.allclose(told, case.true[cs], rtol=1e-9, atol=0)
        ):
            distinct.setdefault(np.round(told / size, 9).tobytes(), h)
    few = list(distinct.values())[:PAIRS]
    both = [
        (a, b)
        for a, b in combinations(few, 2)
        if a.change and b.change and not set(a.change) & set(b.change)
    ]
    changes = [{**(a.change or {}), **(b.change or {})} for a, b in both]
    if len(case.flows.local) * len(changes) * case.flows.count > 60_000_000:
        return found
    for (a, b), predicted in zip(both, case.flows.predicted(changes), strict=True):
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


def _terms(case: Case, left: set[int]) -> list[Hypothesis]:
    """A term too many: the error is a named number, or a product of two."""
    named = [(w, n) for w, n in quantities(case.graph) if "(" not in w and "√" not in w][:60]
    found = []
    for c in left:
        error = case.hand[c] - case.true[c]
        if (error == 0).any():
            continue
        products = [(w, n) for w, n in named]
        products += [(f"{v} · {w}", m * n) for (v, m), (w, n) in combinations(named, 2)]
        for word, numbers in products:
            with np.errstate(all="ignore"):
                ratio = error / numbers
            if not np.isfinite(ratio).all():
                continue
            r = float(np.median(ratio))
            text = {1.0: word, -1.0: f"−{word}", 2.0: f"2 · {word}", -2.0: f"−2 · {word}"}.get(
                round(r, 7)
            )
            if text and (np.abs(ratio - r) <= 1e-6 * abs(r)).all():
                predicted = np.full(case.hand.shape, np.nan)
                predicted[c] = case.true[c] + round(r, 7) * numbers
                found.append(
                    Hypothesis(
                        ("term", text),
                        "extra term",
                        f"an extra term {text}",
                        7.0 + 0.02 * len(text),
                        predicted,
                    )
                )
    return [h for h in found if case.fits(h.predicted)[sorted(left)].any()]


# ---- wrong only where something holds ---------------------------------------------------------------


def condition(flows: Flows, bad: npt.NDArray[np.bool_]) -> str | None:
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

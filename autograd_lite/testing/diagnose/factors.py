"""A factor on the whole gradient or on the paths through one place, and a term too many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from ...expr import names
from ...ops import Op
from .case import Case
from .graph import Graph, Hypothesis
from .quantities import named_constant, quantities

Array = npt.NDArray[np.float64]


def ratios(case: Case) -> list[Hypothesis]:
    """A constant factor on the whole gradient of each parameter."""
    found = []
    for c in case.to_explain:
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


def scaled(case: Case, every: Sequence[Hypothesis]) -> list[Hypothesis]:
    """A factor, constant or not, on the whole gradient or on the paths through one place."""
    found = ratios(case)
    factors = _factors(case.graph)
    for place in _places(case, every):
        flow = case.true - place.without
        for c in case.to_explain:
            if np.count_nonzero(flow[c]) < 2:
                continue
            for text, kind, cost, factor in _fitting(case, place, flow[c], c, factors):
                predicted = np.full(case.hand.shape, np.nan)
                predicted[c] = place.without[c] + factor * flow[c]
                if case.fits(predicted)[c]:
                    key = (kind, place.key, text)
                    words = place.words + text
                    found.append(Hypothesis(key, kind, words, cost, predicted, place.line))
    return found


@dataclass(frozen=True)
class _Place:
    """Somewhere in the graph, and the gradient without the paths through it."""

    key: Any
    words: str
    without: Array
    line: int = 0


def _places(case: Case, every: Sequence[Hypothesis]) -> Iterator[_Place]:
    """The whole graph, and every place at which a hypothesis cuts it."""
    graph = case.graph
    yield _Place("whole", "", np.zeros_like(case.true))
    for h in every:
        if h.effect == "dropped":
            edges = graph.sites[h.key[1]]
            (i, k), whole = edges[0], len(edges) > 1
            if len(set(case.adjoints.operands[i])) < len(case.adjoints.operands[i]):
                continue  # one half of x · x
            operand = graph.word(case.adjoints.operands[i][k], whole=whole)
            words = f"{graph.at(i, whole=whole)}: on the way to {operand} "
            yield _Place(h.key[1], words, h.predicted, h.line)
        elif h.kind == "cut":
            yield _Place(h.key, f"on the paths through {h.key[1]} ", h.predicted, h.line)


Factor = tuple[str, float, Array]  # what is said of it, how far-fetched it is, its numbers


def _factors(graph: Graph) -> list[Factor]:
    """What a factor may be: a named quantity or one over it, times ±1, ±2 or ±½."""
    out: list[Factor] = []
    words = {1.0: "", -1.0: "−", 2.0: "2 · ", -2.0: "−2 · ", 0.5: "½ · ", -0.5: "−½ · "}
    for word, numbers in quantities(graph):
        for multiple, sign in words.items():
            cost = 5.0 + 0.02 * len(word) + 0.3 * (multiple != 1.0)
            with np.errstate(all="ignore"):
                extra, missing = multiple * numbers, 1 / (multiple * numbers)
            out.append((f"an extra factor {sign}{word}", cost, extra))
            out.append((f"a factor {sign}{word} is missing", cost, missing))
    return out


def _fitting(
    case: Case, place: _Place, flow: Array, c: int, factors: Sequence[Factor]
) -> Iterator[tuple[str, str, float, Array]]:
    """(text, kind, cost, numbers) of factors on a flow that make the true gradient yours."""
    usable = flow != 0
    with np.errstate(all="ignore"):
        alpha = 1 + (case.hand[c] - case.true[c])[usable] / flow[usable]
        scale = 1e-6 * np.abs(alpha - 1) + case.slack[c][usable] / np.abs(flow[usable])
    if not np.isfinite(alpha).all():
        return
    middle = float(np.median(alpha))
    if (np.abs(alpha - middle) <= scale).all():
        text = named_constant(middle, case.table, 1e-6) if place.words else None
        if text:
            yield text, "ratio", 3.6, np.full(flow.shape, middle)
        return
    if not factors:
        return
    with np.errstate(all="ignore"):
        near = np.abs(np.array([f[2][usable] for f in factors]) - alpha) <= scale
    for m in np.flatnonzero(near.all(axis=1)):
        text, cost, numbers = factors[int(m)]
        yield text, "factor", cost + bool(place.words), numbers


def updated(case: Case) -> list[Hypothesis]:
    """A parameter that was moved by its own gradient before it was used: w ← w − η · dw."""
    adjoints, graph = case.adjoints, case.graph
    found: list[Hypothesis] = []
    if len(adjoints.local) > 3000:
        return found
    for name in dict.fromkeys(c.parameter for c in adjoints.components):
        moved = {
            i: adjoints.true[c]
            for c, i in enumerate(adjoints.leaf)
            if i is not None and adjoints.components[c].parameter == name
        }
        change = {}
        for edges in graph.sites.values():
            for i, k in edges:
                op = adjoints.nodes[i].op
                if not isinstance(op, Op):
                    continue
                inside = dict(zip(op.operands, adjoints.operands[i], strict=True))
                other = {x: adjoints.values[j] + moved[j] for x, j in inside.items() if j in moved}
                if not names(op.derivatives[k]).isdisjoint(other):
                    change[i, k] = adjoints.evaluated(i, op.derivatives[k], other)
        if not change:
            continue
        effect = adjoints.predicted([change])[0] - case.true
        for c in case.to_explain:
            if not effect[c].all() or len(effect[c]) < 3:
                continue
            rate = (case.hand[c] - case.true[c]) / effect[c]
            r = float(np.median(rate))
            if -10 < r < 0 and (np.abs(rate - r) <= 1e-6 * abs(r)).all():
                predicted = np.full(case.hand.shape, np.nan)
                predicted[c] = case.true[c] + r * effect[c]
                text = f"{name} was updated, by −{-r:.4g} · its gradient, before it was used here"
                found.append(Hypothesis(("updated", name), "order", text, 4.5, predicted))
    return [h for h in found if case.fits(h.predicted)[case.to_explain].any()]


def terms(case: Case, left: set[int]) -> list[Hypothesis]:
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

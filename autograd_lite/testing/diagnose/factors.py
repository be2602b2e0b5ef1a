"""What is fitted to the gradient in question: a factor on it or on some paths, a term too many.

A factor or a rate is proposed by one element of a parameter, and has to hold for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np
import numpy.typing as npt

from ...notation import names
from ...ops import Op
from .adjoints import Change
from .case import Budget, Case
from .graph import Hypothesis
from .quantities import FACTORS, forms, named_constant, quantities

Array = npt.NDArray[np.float64]
Predict = Callable[["Case"], Array]


def fitted(
    case: Case,
    name: str,
    key: Any,
    kind: str,
    cost: float,
    text: str | Callable[[], str],
    again: Predict,
    line: int = 0,
) -> Hypothesis:
    """A mistake with a number or a factor in it that was fitted to one parameter.

    ``again`` gives the gradient at the points of any case.
    """

    def only(other: Case) -> Array:
        out: Array = np.full(other.true.shape, np.nan)
        out[other.blocks[name]] = again(other)[other.blocks[name]]
        return out

    return Hypothesis(
        (*key, name),
        kind,
        cost,
        text,
        line,
        predict=lambda: only(case),
        again=only,
        each=True,
    )


def constant(ratio: Array, slack: float = 1e-6) -> float | None:
    """The number that all these are, if they are one."""
    if not ratio.size or not np.isfinite(ratio).all():
        return None
    if ratio.size > 1 and abs(ratio[1] - ratio[0]) > 2 * slack * abs(ratio[0]):
        return None
    middle = float(np.median(ratio))
    return middle if (np.abs(ratio - middle) <= slack * abs(middle)).all() else None


def telling(case: Case, name: str, flow: Array) -> tuple[int, npt.NDArray[np.bool_]]:
    """The element of a parameter, and its points, at which a flow is seen best."""
    cs = case.blocks[name]
    seen = np.abs(flow[cs]) > 1e-9 * np.abs(flow[cs]).max(initial=0.0)
    c = cs[int(seen.sum(axis=1).argmax())]
    return c, np.asarray(seen[cs.index(c)])


def ratios(case: Case) -> Iterator[Hypothesis]:
    """A constant factor on the whole gradient of a parameter."""
    for name in case.to_explain:
        c, usable = telling(case, name, case.true)
        if not usable.any():
            continue
        with np.errstate(all="ignore"):
            ratio = (case.hand[c] / case.true[c])[usable]
        width = float((case.slack[c][usable] / np.abs(case.true[c][usable])).max())
        r = constant(ratio, max(1e-6, 2 * width))
        text = named_constant(r, case.table, max(1e-6, width)) if r else None
        if text and r:
            cost = 1.0 if "sign" in text and "factor" not in text else 1.4
            again = partial(_times, exactly(r, case.table))
            key = ("ratio", text)
            every = cost == 1.0 and np.allclose(case.hand, -case.true, rtol=1e-6, atol=0)
            said = partial(_turned, case, text) if every else text
            yield fitted(case, name, key, "ratio", cost, said, again)


def _turned(case: Case, text: str) -> str:
    """With a difference that the gradient is made of, if it has one: y − p for p − y."""
    groups = [(n, p) for n, p in case.graph.groups.items() if n not in case.blocks][:20]
    inside = [(n, p) for n, p in groups if int(np.ravel(p)[0]) in case.graph.reached]
    nodes = sorted(case.graph.reached.difference(case.adjoints.leaf))[-100:]
    for z in [*(p for _, p in reversed(inside)), *reversed(nodes)]:
        slope = case.adjoints.adjoint[z]
        for (u, one), (v, other) in product(inside, groups):
            if u != v and np.shape(one) == np.shape(other) == np.shape(z):
                with np.errstate(all="ignore"):
                    difference = case.adjoints.values[one] - case.adjoints.values[other]
                    r = constant(np.ravel(slope / difference))
                if r is not None:
                    u, v = (v, u) if r < 0 else (u, v)
                    return f"{text}: {v} − {u} stands where {u} − {v} belongs"
    return text


def _times(r: float, case: Case) -> Array:
    return r * case.true


def exactly(r: float, table: Mapping[float, str]) -> float:
    """The number of the table that was fitted."""
    return float(min([1.0, *table], key=lambda x: abs(abs(r) - x)) * np.sign(r))


@dataclass(frozen=True)
class Place:
    """Somewhere in the graph, and the gradient without the paths through it."""

    key: Any  # of the hypothesis that forgets them
    words: str
    without: Array
    line: int = 0


def places(case: Case, every: Sequence[Hypothesis], predicted: Array) -> Iterator[Place]:
    """The whole graph, and every place at which a hypothesis cuts it."""
    graph = case.graph
    yield Place(None, "", np.zeros_like(case.true))
    for h, without in zip(every, predicted, strict=True):
        if h.kind == "cut":
            yield Place(h.key, f"on the paths through {h.key[1]} ", without, h.line)
        elif h.effect == "dropped":
            edges = graph.sites[h.key[1]]
            (i, k), whole = edges[0], len(edges) > 1
            if len(set(case.adjoints.operands[i])) == len(case.adjoints.operands[i]):
                operand = graph.word(case.adjoints.operands[i][k], whole=whole)
                words = f"{graph.at(i, whole=whole)}: on the way to {operand} "
                yield Place(h.key, words, without, h.line)


MULTIPLES = {1.0: "", -1.0: "−", 2.0: "2 · ", -2.0: "−2 · ", 0.5: "½ · ", -0.5: "−½ · "}


@dataclass(frozen=True)
class Factor:
    """A named quantity or one over it, times ±1, ±2 or ±½."""

    word: str
    quantity: str
    form: str
    multiple: float
    missing: bool

    @property
    def text(self) -> str:
        """What is said of it."""
        word = MULTIPLES[self.multiple] + self.word
        return f"a factor {word} is missing" if self.missing else f"an extra factor {word}"

    @property
    def cost(self) -> float:
        """How far-fetched it is."""
        return 5.0 + 0.02 * len(self.word) + 0.3 * (self.multiple != 1.0)

    def of(self, numbers: Array) -> Array:
        """The factor, given the numbers of its quantity."""
        with np.errstate(all="ignore"):
            x = self.multiple * FACTORS[self.form](numbers)
            return 1 / x if self.missing else x


def _numbers(case: Case, name: str, quantity: str) -> Array:
    """The numbers of a quantity, for each component: (components, points) or (1, points)."""
    found = quantities(case.graph, case.shapes.get(name, ()))
    if quantity not in found:
        return np.full((1, case.adjoints.count), np.nan)
    numbers = np.zeros(case.true.shape)
    at = case.adjoints.values[found[quantity]]
    if name in case.shapes:
        cs = case.blocks[name]
        numbers[cs] = np.broadcast_to(at, (*case.shapes[name], at.shape[-1])).reshape(len(cs), -1)
        return numbers
    return at[None] if at.ndim == 1 else np.full((1, at.shape[-1]), np.nan)


def _factors(case: Case, name: str, c: int) -> tuple[list[Factor], Array]:
    """The possible factors of a parameter, and their numbers at one component."""
    shape = case.shapes.get(name, ())
    index = case.adjoints.components[c].index
    out, rows = [], []
    for quantity, nodes in quantities(case.graph, shape).items():
        i = np.broadcast_to(nodes, shape)[index] if name in case.shapes else nodes
        if np.ndim(i):
            continue
        at = case.adjoints.values[int(i)]
        for word, form in forms(case.graph, quantity, nodes):
            for multiple in MULTIPLES:
                for missing in (False, True):
                    factor = Factor(word, quantity, form, multiple, missing)
                    out.append(factor)
                    rows.append(factor.of(at))
    return out, np.array(rows).reshape(len(rows), case.adjoints.count)


def scaled(
    case: Case, every: Sequence[Hypothesis], predicted: Array, budget: Budget
) -> Iterator[Hypothesis]:
    """A factor, constant or not, on the whole gradient or on the paths through one place."""
    made: dict[int, tuple[list[Factor], Array]] = {}
    for place in places(case, every, predicted):
        if not budget.is_left():
            return
        flow = case.true - place.without
        for name in case.to_explain:
            c, usable = telling(case, name, flow)
            if usable.sum() < 2:
                continue
            error = (case.hand[c] - case.true[c])[usable]
            with np.errstate(all="ignore"):
                alpha = 1 + error / flow[c][usable]
                scale = 1e-6 * np.abs(alpha - 1) + case.slack[c][usable] / np.abs(flow[c][usable])
            if not np.isfinite(alpha).all():
                continue
            middle = float(np.median(alpha))
            if (np.abs(alpha - middle) <= scale).all():
                text = named_constant(middle, case.table, 1e-6) if place.key else None
                if text:
                    r = exactly(middle, case.table)
                    again = partial(_on, place.key, partial(_same, r))
                    key = ("ratio", place.key, text)
                    words = place.words + text
                    yield fitted(case, name, key, "ratio", 3.6, words, again, place.line)
                continue
            if c not in made:
                made[c] = _factors(case, name, c)
            factors, rows = made[c]
            if not factors:
                continue
            with np.errstate(all="ignore"):
                near = (np.abs(rows[:, usable] - alpha) <= scale).all(axis=1)
            for m in np.flatnonzero(near):
                factor = factors[int(m)]
                again = partial(_on, place.key, partial(_factor, factor, name))
                key = ("factor", place.key, factor.text)
                cost = factor.cost + bool(place.key)
                words = place.words + factor.text
                yield fitted(case, name, key, "factor", cost, words, again, place.line)


def _same(r: float, case: Case) -> Array:
    return np.full((1, 1), r)


def _factor(factor: Factor, name: str, case: Case) -> Array:
    return factor.of(_numbers(case, name, factor.quantity))


def _on(key: Any, factor: Predict, case: Case) -> Array:
    """The gradient with a factor on the paths that the hypothesis of this key forgets."""
    without = np.zeros_like(case.true) if key is None else case.without(key)
    with np.errstate(all="ignore"):
        flow = case.true - without
        return np.asarray(without + np.where(flow == 0, 0.0, factor(case) * flow))


def updated(case: Case) -> Iterator[Hypothesis]:
    """A parameter that was moved by its own gradient before it was used: w ← w − η · dw.

    The rate is one for all, has two digits at most, and shows in the gradient other than as a
    constant factor.
    """
    if len(case.adjoints.local) > 3000:
        return
    for moved in case.blocks:
        effect = case.adjoints.predicted([moved_by_itself(case, moved, 1.0)])[0] - case.true
        for name in case.to_explain:
            c, usable = telling(case, name, effect)
            with np.errstate(all="ignore"):
                rate = ((case.hand[c] - case.true[c]) / effect[c])[usable]
                steady = constant((effect[c] / case.true[c])[usable])
            r = constant(rate)
            if r is None or steady is not None or usable.sum() < 3 or not -10 < r < 0:
                continue
            r = float(f"{r:.2g}")
            again = partial(_after_a_step, moved, r)
            text = f"{moved} was updated, by −{-r:.4g} · its gradient, before it was used here"
            key = ("updated", moved, r)
            yield fitted(case, name, key, "order", 4.5, text, again)


def _after_a_step(name: str, rate: float, case: Case) -> Array:
    return np.asarray(case.adjoints.predicted([moved_by_itself(case, name, rate)])[0])


def moved_by_itself(case: Case, name: str, rate: float) -> Change:
    """The local derivatives once a parameter has gone a step along its gradient."""
    adjoints, graph = case.adjoints, case.graph
    there = {
        i: adjoints.values[i] + rate * case.true[c]
        for c in case.blocks[name]
        if (i := adjoints.leaf[c]) is not None
    }
    change = {}
    for edges in graph.sites.values():
        for i, k in edges:
            op = adjoints.nodes[i].op
            if not isinstance(op, Op):
                continue
            inside = zip(op.operands, adjoints.operands[i], strict=True)
            other = {x: there[j] for x, j in inside if j in there}
            if other and not names(op.derivatives[k]).isdisjoint(other):
                change[i, k] = adjoints.evaluated(i, op.derivatives[k], other)
    return change


def terms(case: Case, left: set[str]) -> Iterator[Hypothesis]:
    """A term too many: the error is a named number, or a product of two, times a constant."""
    for name in sorted(left):
        c, usable = telling(case, name, case.hand - case.true)
        if not usable.all():
            continue
        error = case.hand[c] - case.true[c]
        shape, index = case.shapes.get(name, ()), case.adjoints.components[c].index
        found = {}
        for word, nodes in quantities(case.graph, shape).items():
            i = np.broadcast_to(nodes, shape)[index] if name in case.shapes else nodes
            if not np.ndim(i) and "(" not in word:
                found[word] = case.adjoints.values[int(i)]
        words = [*found][:60]
        pairs = [(w,) for w in words] + list(combinations_with_replacement(words, 2))
        if not pairs:
            continue
        rows = np.array([np.prod([found[w] for w in pair], axis=0) for pair in pairs])
        with np.errstate(all="ignore"):
            ratio = error / rows.reshape(len(pairs), -1)
            middle = np.median(ratio, axis=1)
            near = np.abs(ratio - middle[:, None]) <= 1e-6 * np.abs(middle[:, None])
        for m in np.flatnonzero(near.all(axis=1) & np.isfinite(middle)):
            r = exactly(float(middle[m]), case.table)
            if abs(middle[m] - r) > 1e-6 * abs(r) or not _plain(r, case):
                continue
            pair = pairs[int(m)]

            def again(
                case: Case, pair: tuple[str, ...] = pair, r: float = r, n: str = name
            ) -> Array:
                product = np.prod([_numbers(case, n, w) for w in pair], axis=0)
                return np.asarray(case.true + r * product)

            factor = "" if abs(r) == 1 else f"{_word(abs(r), case)} · "
            product = f"{pair[0]}²" if len(set(pair)) < len(pair) else " · ".join(pair)
            text = f"an extra term {'−' if r < 0 else ''}{factor}{product}"
            cost = 7.0 + 0.02 * len(text)
            yield fitted(case, name, ("term", text), "extra term", cost, text, again)


def _plain(r: float, case: Case) -> bool:
    return abs(r) == 1 or abs(r) in case.table


def _word(r: float, case: Case) -> str:
    return {0.5: "½"}.get(r, case.table.get(r, "").split(" ")[0])

"""``check_grad``: a gradient derived by hand beside the engine's and a numeric one.

Two that agree against the third say which of the three is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..expr import shown
from ..terminal import with_all_signs
from ..value import Value
from .allowances import (
    allow_kinks,
    allow_rounding,
    allow_saturation,
    check_what_rounding_hides,
    kinks_of,
    wrong_by_more_than_rounding,
)
from .branches import at_a_switch, branches, one_sided
from .comparison import (
    Array,
    Comparison,
    Evaluation,
    Mask,
    Tolerance,
    engine_gradient,
    results,
    rows,
)
from .diagnose.case import Budget
from .diagnose.locate import diagnose
from .diagnose.search import Explanation
from .graphs import GraphFunction
from .intermediate import problem_of
from .many_points import TRACED, check_many
from .mutation_score import equal_numbers, score_points
from .nested import Call, flattened
from .numbers_only import NumbersOnly, constant_ratio
from .numeric_check import NumericCheck, Outcome
from .points import PointSource, UndefinedError, UntraceableError
from .precision import allow_single_precision, few_digits, printed_digits
from .problem import Component, Point, Problem, components_of
from .report import UNEXPLAINED, Kink, MutationScore, Report, Verdict
from .shapes import wrong_shape
from .ways_out import way_out

MANY = 100  # from so many drawn points on, a program computes the engine's gradient
LARGE, FEW = 20_000, 3  # numbers that f computes from which on so many drawn points will do


def check_grad(
    f: Callable[..., Any] | Value,
    df: Any,
    *,
    wrt: str | Sequence[str] | None = None,
    at: Any = None,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    rel: float = 1e-6,
    abs: float | None = None,
    digits: int | None = None,
    points: int = 8,
    seed: Any = None,
    strict: bool = False,
    explain: bool | float = True,
) -> Report:
    """Whether a gradient derived by hand is right, and if not, why.

    Args:
        f: a function of named scalars and arrays that returns one number, or (number, cache).
            It is called with Values and with plain floats.  Or a Value: a graph that exists, as a
            function of its labelled leaves.
        df: the gradient: a function of the same arguments (or of some of them, or of ``cache``)
            that returns a number, an array or a dict by parameter; or a formula as text, such as
            ``"-(y - yhat) * x1"``, that may use the names of intermediate results of f; or a
            number; or a dict of these, by parameter, or by intermediate result; or a list, one
            for each argument.
        wrt: the parameters; not needed where df returns or is a dict.
        at: where: a dict of arguments, a tuple of them in order, an array or a number for a
            function of one argument, or a list of dicts; by default points are drawn.
        domain: where an argument may be drawn from: ``(lowest, highest)``, a set, "positive",
            "negative", "unit" or "one-hot".
        shapes: of the arguments that are arrays, where ``at`` does not show them; where f
            cannot take single numbers, some shapes are tried.
        rel: how far two numbers may be apart, as a part of the larger.
        abs: the same, absolutely; by default 1e-12 of the sum of the sizes of all paths.
        digits: how many significant digits a printed number has; a number as text knows.
        points: how many points to draw; of eight or fewer three will do where f computes more
            than 20,000 numbers, and the report says so.  Of 100 and more, the first eight are
            traced, and those where yours differs from what f, recorded as a program, gives.
        seed: of the points; by default the name of the test that runs.
        strict: whether "right but untested" is not ok, nor an f that the engine does not see all
            of.
        explain: whether to look for the mistake in a wrong gradient; or how many seconds of the
            processor's time the search may take: by default some 0.7 for a gradient of 100 numbers,
            1.6 for one of 1,000.

    Returns:
        A report with ``ok, verdict, wrong, right, explanations, kinks, mutation_score, table,
        points, notes``, and ``evidence``: "engine", or "numeric" where f cannot be run on Values
        or leaves the graph, so that numeric derivatives alone judge.

    Raises:
        TypeError, ValueError: the call itself is wrong.  What f or df raise goes through.

    >>> from autograd_lite import sigmoid
    >>> def loss(w, b, x):
    ...     z = w * x + b
    ...     a = sigmoid(z)
    ...     return a
    >>> bool(check_grad(loss, {"w": "a * (1 - a) * x", "b": "a * (1 - a)"}))
    True
    >>> print(check_grad(loss, {"w": "a * (1 - a)", "b": "a * (1 - a)"}).explanations[0])
    this is the gradient towards b, not w
    """
    if not 0 < rel < 1 or (abs is not None and not abs >= 0):
        raise ValueError(f"rel = {rel!r}, abs = {abs!r}: 0 < rel < 1 and abs ≥ 0")
    if points < 1 or (digits is not None and digits < 1):
        raise ValueError(f"points = {points!r}, digits = {digits!r}: at least one")
    if explain < 0:
        raise ValueError(f"explain = {explain!r}: True, False, or how many seconds")
    if isinstance(df, Mapping) and not df:
        raise ValueError("df is empty: a gradient for each parameter is needed")
    if isinstance(f, Value):
        return _check_graph(
            f,
            df,
            at,
            wrt=wrt,
            domain=domain,
            rel=rel,
            abs=abs,
            digits=digits,
            points=points,
            seed=seed,
            strict=strict,
            explain=explain,
        )
    f, df, wrt, at, domain, shapes = flattened(Call(f, df, wrt, at, domain, shapes))
    problem = problem_of(f, df, wrt)
    source = PointSource(problem, domain, shapes, seed)
    given = source.several(at)
    if at is not None and not given:
        raise ValueError("at: an empty list; without at=, points are drawn")
    tolerance = Tolerance(problem, rel, abs, digits, printed=bool(given))
    check = _Check(problem, source, tolerance, strict, explain)
    with np.errstate(all="ignore"):  # what overflows is compared, not warned of
        return check.run([source.given(p) for p in given], points)


def _check_graph(root: Value, df: Any, at: Any, *, seed: Any, **options: Any) -> Report:
    """The check of a graph that exists, as a function of its labelled leaves."""
    graph = GraphFunction(root)
    if at is not None:
        return check_grad(graph, df, at=at, seed=seed, **options)
    if Problem(graph, df).is_printed:  # numbers hold at the graph's own
        return check_grad(graph, df, at=graph.numbers, seed=seed, **options)
    report = check_grad(graph, df, at=graph.points(seed), seed=seed, **options)
    if report.verdict is Verdict.WRONG and graph.classes():  # a formula may be right for these only
        points = graph.points(seed, still=graph.classes())
        again = check_grad(graph, df, at=points, seed=seed, **options)
        report = again if again.ok else report
    report.notes = (*report.notes, graph.note())
    return report


class _Check:
    """One call of ``check_grad``: which points, what is compared, and the verdict."""

    def __init__(
        self,
        problem: Problem,
        source: PointSource,
        tolerance: Tolerance,
        strict: bool,
        explain: bool | float,
    ) -> None:
        self.explain = explain
        self.problem, self.source, self.tolerance = problem, source, tolerance
        self.numeric = NumericCheck(problem)
        self.strict, self.given, self.by_program = strict, False, 0
        self.few, self.fewer = False, ""  # whether f is so large that fewer runs have to do; a note
        self.evidence = "engine"
        self.notes: list[str] = []

    def run(self, given: Sequence[Point], count: int) -> Report:
        self.given = bool(given)
        if self.problem.is_printed and not given:
            raise ValueError("at is needed: a number is the gradient at one point")
        try:
            points = list(given) or self.source.drawn(count)
        except TypeError as error:
            if self.source.shapes or "'Value'" not in str(error):
                raise
            raise TypeError(f"{error}; where an argument is an array, give shapes=") from error
        if not points:
            return self._cannot_tell("f cannot be computed at any drawn point: give domain= or at=")
        many = points[TRACED:] if not given and count >= MANY and not self.problem.inner else []
        try:
            evaluations = [self.source.evaluate(points[0])]
            points = self._enough(points, evaluations[0])
            further = points[1 : len(points) - len(many)]
            evaluations += [self.source.evaluate(p) for p in further]
            misshapen = self._wrong_shape(evaluations[0])
            doubtful = []
            if many and misshapen is None:
                doubtful = check_many(self.source, many, self.tolerance)
                self.by_program = len(many) - len(doubtful)
        except UntraceableError as error:
            return self._untraceable(points, str(error))
        except UndefinedError as error:
            return self._cannot_tell(str(error))
        unsteady = self._unsteady(evaluations[0])
        if unsteady:
            return self._report(Verdict.NOT_DETERMINISTIC, note=unsteady)
        if misshapen is not None:
            wrong = misshapen.parameters
            return self._report(Verdict.WRONG, wrong=wrong, explanations=(misshapen,))
        if not given:
            evaluations += self.source.other_branches(evaluations)
            evaluations += self.source.near_switches(evaluations, 6 if self.few else 24)
        return self._compared(evaluations + doubtful)

    def _enough(self, points: list[Point], first: Evaluation) -> list[Point]:
        """The points, or some of the drawn ones where f is so large that each takes a second."""
        size = len(first.trace.nodes)
        self.few = not self.given and len(points) <= 8 and size > LARGE
        if not self.few or len(points) <= FEW:
            return points
        told = f"{FEW} points are drawn, not {len(points)}; from points=9 on all are"
        self.fewer = f"f computes {size:,} numbers: {told}"
        return points[:FEW]

    def _compared(self, evaluations: list[Evaluation]) -> Report:
        """The verdict on a gradient of the right shape."""
        components = components_of(self.problem.wrt, evaluations[0].point)
        comparison = Comparison(evaluations, components, self.tolerance)
        kinks, notes = kinks_of(comparison, self.numeric) if self.given else ([], [])
        notes += allow_kinks(comparison, self.numeric)
        check_what_rounding_hides(comparison, self.numeric)
        self.notes += notes + allow_rounding(comparison, self.numeric)
        if self.given and comparison.wrong.any():
            self.notes += self._allow_saturation(comparison)
        undefined = self._allow_undefined(comparison)
        self.notes += allow_single_precision(comparison)
        if comparison.wrong.any():
            return self._differs(comparison)
        if undefined and self.given:
            return self._cannot_tell(undefined, comparison)
        self.notes += [undefined] if undefined else []
        if kinks:
            return self._at_kinks(comparison, kinks)
        outcome = self.numeric.agrees_with(comparison, given=self.given, seed=self.source.seed)
        if outcome is not None:
            return self._outcome(outcome, comparison)
        if comparison.unseen.any():
            report = self._below_rounding(comparison)
            if report is not None:
                return report
        if not self.given:
            wrong = self._at_large_numbers(components, comparison.negligible())
            if wrong:
                return self._compared([*evaluations, *wrong])
        untested = one_sided(branches(e.trace for e in evaluations))
        score = None
        if self.given and not comparison.unseen.any():
            score = self._mutation_score(comparison)
        unnoticed = score is not None and score.unseen > 0
        verdict = Verdict.UNTESTED if untested or unnoticed else Verdict.RIGHT
        return self._report(verdict, comparison, untested=tuple(untested), mutation_score=score)

    def _differs(self, comparison: Comparison) -> Report:
        """Yours is not the engine's: it is wrong unless a numeric derivative agrees with it."""
        outcome, note = self.numeric.who_is_wrong(comparison)
        if outcome is None and _reads(comparison) and not note:  # nothing confirms the engine
            outcome = Outcome(Verdict.TRACE_BROKEN)
        if outcome is not None:
            return self._outcome(outcome, comparison)
        self.notes += [note] if note else []
        self.notes = [note for note in self.notes if "precision" not in note]
        if not np.isfinite(comparison.hand).all():
            self.notes.append("your gradient is not finite at some of the points")
        why = printed_digits(comparison)
        why = why or self._why(comparison) or few_digits(comparison)
        ratio = None if why else constant_ratio(comparison)
        if ratio is not None:
            self.notes.append(f"yours is {shown(ratio, 6)} times the true one at every point")
        wrong = comparison.named(comparison.wrong)
        return self._report(Verdict.WRONG, comparison, wrong=wrong, explanations=why)

    def _outcome(self, outcome: Outcome, comparison: Comparison) -> Report:
        """What numeric derivatives led to; where f is seen to leave the graph, they decide all."""
        reads = _reads(comparison)
        if outcome.verdict is Verdict.TRACE_BROKEN and reads:
            self.notes.clear()
            return self._by_numbers(comparison.evaluations, way_out(reads))
        if outcome.verdict is Verdict.KINK:
            return self._at_kinks(comparison, outcome.kinks)
        return self._report(outcome.verdict, comparison, outcome.note)

    def _at_kinks(self, comparison: Comparison, kinks: Sequence[Kink]) -> Report:
        """F has no derivative at a given point: yours is to be between the slopes there."""
        outside = [kink for kink in kinks if not kink.accepted]
        if outside:
            names = tuple(dict.fromkeys(kink.component for kink in outside))
            self.notes.clear()
            return self._report(
                Verdict.WRONG,
                comparison,
                wrong=names,
                right=tuple(str(c) for c in comparison.components if str(c) not in names),
                explanations=(Explanation(with_all_signs(outside[0]), "kink", names),),
                kinks=tuple(kinks),
            )
        if not self.problem.is_printed and not comparison.slack.any():
            beside = [p for e in comparison.evaluations for p in self.source.around(e.point)]
            near = self._allowed(self.source.all_of(beside), comparison)
            reads = _reads(comparison)
            if near is not None and near.wrong.any() and reads:
                return self._by_numbers(comparison.evaluations, way_out(reads))
            if near is not None and near.wrong.any():
                note = f"f has no derivative at {kinks[0].point}; these points are next to it"
                return self._wrong_where_drawn(near, near.wrong, note)
        return self._report(Verdict.KINK, comparison, kinks=tuple(kinks))

    def _why(self, comparison: Comparison) -> tuple[Explanation, ...]:
        """Explanations of what is wrong, as far as they are found in time."""
        seconds = float(self.explain)
        if self.explain is True:
            seconds = 0.7 + 0.001 * max(0, len(comparison.components) - 100)
        if not seconds:
            self.notes.append(UNEXPLAINED)
            return ()
        budget = Budget(seconds)
        why = diagnose(self.source, comparison, budget)
        if budget.spent and not why:
            text = f"the search for an explanation was cut short after {seconds:.3g} s"
            self.notes.append(f"{text}; explain={max(10, 10 * round(seconds))} gives it more time")
        return why

    def _unsteady(self, first: Evaluation) -> str:
        """What two calls at one point disagree about; "" if nothing."""
        y, again = self.problem.number(first.point), self.problem.number(first.point)
        if y != again and not (math.isnan(y) and math.isnan(again)):
            return f"f gave {y!r}, then {again!r} at the same point; fix its random numbers"
        hand = self.problem.hand(first.point, first.trace.numbers)
        for name, x in first.hand.items():
            if not np.array_equal(x, hand[name], equal_nan=True):
                return f"df gave two gradients towards {name} at the same point"
        return ""

    def _wrong_shape(self, first: Evaluation) -> Explanation | None:
        if self.evidence == "numeric":
            return wrong_shape(
                self.problem, first, lambda cs: self.numeric.gradient(first.point, cs)
            )
        return wrong_shape(self.problem, first, lambda cs: engine_gradient(first.trace, cs)[0])

    def _untraceable(self, points: Sequence[Point], why: str) -> Report:
        try:
            evaluations = [self.source.on_floats(p) for p in points]
        except UndefinedError as error:
            return self._cannot_tell(str(error))
        return self._by_numbers(evaluations, why)

    def _by_numbers(self, evaluations: list[Evaluation], why: str) -> Report:
        """F cannot be traced, or leaves the graph: numeric derivatives alone decide."""
        self.evidence = "numeric"
        unsteady = self._unsteady(evaluations[0])
        if unsteady:
            return self._report(Verdict.NOT_DETERMINISTIC, note=unsteady)
        misshapen = self._wrong_shape(evaluations[0])
        components = components_of(self.problem.wrt, evaluations[0].point)
        found: dict[str, Any] = {}
        comparison = None
        if misshapen is not None:
            verdict = Verdict.WRONG
            found = {"wrong": misshapen.parameters, "explanations": (misshapen,)}
        else:
            comparison = Comparison(evaluations, components, self.tolerance, by_engine=False)
            judged = NumbersOnly(self.numeric, comparison, given=self.given, seed=self.source.seed)
            verdict, found = self._verdict_of(comparison, judged)
        if verdict is Verdict.KINK and not self.problem.is_printed:
            beside = [p for e in evaluations for p in self.source.around(e.point)]
            self.given = False
            report = self._untraceable(beside, why) if beside else None
            if report is not None and report.wrong:
                return report
            self.given = True
            self.notes.clear()
        cut = f"the engine does not see all of f: {why}"
        if self.strict:
            self.notes.insert(0, f"by numeric derivatives yours is {verdict}")
            return self._report(Verdict.TRACE_BROKEN, comparison, cut, **found)
        self.notes.append(cut)
        return self._report(verdict, comparison, **found)

    def _verdict_of(
        self, comparison: Comparison, judged: NumbersOnly
    ) -> tuple[Verdict, dict[str, Any]]:
        """The verdict by numbers alone, and what is to be told."""
        if comparison.wrong.any():
            ratio = constant_ratio(comparison)
            if ratio is not None:
                self.notes.append(f"yours is {shown(ratio, 6)} times the numeric one everywhere")
            outside = [kink for kink in judged.kinks if not kink.accepted][:1]
            why = tuple(
                Explanation(with_all_signs(kink), "kink", (kink.component,)) for kink in outside
            )
            wrong = comparison.named(comparison.wrong)
            return Verdict.WRONG, {"wrong": wrong, "explanations": why, "kinks": outside}
        if judged.kinks:
            return Verdict.KINK, {"kinks": tuple(judged.kinks)}
        if comparison.unseen.any():
            unseen = ", ".join(comparison.named(comparison.unseen)[:6])
            self.notes.append(f"numeric derivatives of f are too coarse to tell towards {unseen}")
            return Verdict.INCONCLUSIVE, {}
        sure = max(judged.sure_to, self.tolerance.rel)
        self.notes.append(f"judged by numeric derivatives, which vouch for {sure:.0e} of a number")
        untested = one_sided(branches(e.trace for e in comparison.evaluations))
        if self.given and not self.problem.is_printed:
            untested += [
                f"{one} = {other} at all points: one may stand for the other"
                for one, other in equal_numbers(comparison.evaluations)
            ]
        return Verdict.UNTESTED if untested else Verdict.RIGHT, {"untested": tuple(untested)}

    # ---- further points -------------------------------------------------------------------------

    def _drawn(self, comparison: Comparison) -> Comparison | None:
        """The comparison at drawn points; ``None`` where these would say nothing."""
        if self.problem.is_printed or comparison.slack.any():
            return None
        return self._allowed(self.source.more(8, "second look"), comparison)

    def _allowed(self, found: list[Evaluation], like: Comparison) -> Comparison | None:
        """A comparison at further points, with its allowances; ``None`` of fewer than four."""
        if len(found) < 4:
            return None
        out = Comparison(found, like.components, self.tolerance)
        allow_kinks(out, self.numeric)
        allow_rounding(out, self.numeric)
        return out

    def _allow_undefined(self, comparison: Comparison) -> str:
        """Mark where yours is NaN or infinite and right elsewhere; what to say of that."""
        undefined = ~np.isfinite(comparison.hand) & np.isin(
            comparison.status, ("differs", "undefined")
        )
        comparison.status[undefined] = "differs"
        elsewhere = "elsewhere"
        if self.given and undefined.any():
            drawn = self._drawn(comparison)
            if drawn is None:
                return ""
            undefined &= ~drawn.wrong[:, None]
            elsewhere = f"at {len(drawn.evaluations)} drawn points"
        elif undefined.any():
            undefined &= np.array([at_a_switch(e.trace) for e in comparison.evaluations])
        if not undefined.any():
            return ""
        comparison.status[undefined] = "undefined"
        c, k = np.argwhere(undefined)[0]
        return (
            f"yours towards {comparison.components[c]} is {shown(float(comparison.hand[c, k]))} at "
            f"{comparison.evaluations[k]}: it is not defined there, and right {elsewhere}"
        )

    def _allow_saturation(self, comparison: Comparison) -> list[str]:
        """Accept a right formula that loses its digits at given points; notes."""
        drawn = self._drawn(comparison)
        return [] if drawn is None else allow_saturation(comparison, drawn)

    def _below_rounding(self, comparison: Comparison) -> Report | None:
        """Some components are below rounding at the given points: drawn ones decide."""
        unseen = comparison.unseen
        names = ", ".join(comparison.named(unseen)[:6])
        finite = np.isfinite(comparison.hand[unseen]).all()
        what = "smaller than rounding can tell" if finite else "not finite"
        note = f"the gradient towards {names} is {what}"
        if not self.given and self._cancels(comparison, unseen):
            self.notes.append(f"the gradient towards {names} is 0: its paths cancel at every point")
            return None
        fresh = self.source.more(8, "second look")
        if not self.given or self.problem.is_printed or comparison.slack.any() or not fresh:
            return self._cannot_tell(note, comparison)
        drawn = Comparison(fresh, comparison.components, self.tolerance)
        allow_rounding(drawn, self.numeric)
        wrong = unseen & drawn.wrong
        if wrong.any():
            return self._wrong_where_drawn(drawn, wrong, f"at the given point {note}")
        if (unseen & drawn.unseen).any() and not self._cancels(drawn, unseen & drawn.unseen):
            return self._cannot_tell(note, comparison)
        self.notes.append(f"at the given point {note}; it is right at {len(fresh)} drawn points")
        return None

    def _cancels(self, comparison: Comparison, chosen: Mask) -> bool:
        """Whether some elements of arrays are 0 by yours, by f's own slopes and by the engine.

        The formula of an array is tested by its other elements; a number alone could be anything
        that small.
        """
        paths = comparison.paths[chosen]
        small = np.abs(comparison.hand[chosen]) <= 1e-14 * paths
        seen = {c.parameter for c, un in zip(comparison.components, chosen, strict=True) if not un}
        inside = {c.parameter for c, un in zip(comparison.components, chosen, strict=True) if un}
        if len(comparison.evaluations) < 4 or not inside <= seen or not (small & (paths > 0)).all():
            return False
        for c in np.flatnonzero(chosen).tolist():
            for k in range(2):
                n = self.numeric.derivative(
                    comparison.evaluations[k].point, comparison.components[c]
                )
                if not abs(n.value) <= max(10 * n.error, 1e-9 * comparison.paths[c, k]):
                    return False
        return True

    def _wrong_where_drawn(self, drawn: Comparison, wrong: Mask, note: str) -> Report:
        """The given points do not tell, drawn ones do."""
        self.given = False
        reads = _reads(drawn)
        if reads:
            return self._by_numbers(drawn.evaluations, way_out(reads))
        return self._report(
            Verdict.WRONG,
            drawn,
            note,
            wrong=drawn.named(wrong),
            right=drawn.named(~wrong),
            explanations=self._why(drawn),
        )

    def _at_large_numbers(
        self, components: Sequence[Component], negligible: Array
    ) -> list[Evaluation]:
        """Points with large numbers at which yours is wrong by more than rounding."""
        wrong: list[Evaluation] = []
        for evaluation in self.source.with_large_numbers(2 if self.few else 3):
            comparison = Comparison([evaluation], components, self.tolerance, look_at_zeros=False)
            allow_kinks(comparison, self.numeric)
            if not comparison.wrong.any() or not np.isfinite(comparison.true).all():
                continue
            is_wrong, note = wrong_by_more_than_rounding(comparison, self.numeric, negligible)
            if is_wrong:
                wrong.append(evaluation)
            if note and not self.notes:
                self.notes.append(note)
        return wrong

    def _mutation_score(self, comparison: Comparison) -> MutationScore | None:
        if self.problem.is_printed:
            fresh = [(p, self.source.run(p)) for p in self.source.drawn(6, "mutation score")]
        else:
            fresh = [(e.point, e.trace) for e in self.source.more(6, "mutation score")]
        return score_points(comparison, fresh, self.source.run)

    # ---- the report -----------------------------------------------------------------------------

    def _cannot_tell(self, note: str, comparison: Comparison | None = None) -> Report:
        return self._report(Verdict.INCONCLUSIVE, comparison, note)

    def _report(
        self, verdict: Verdict, comparison: Comparison | None = None, note: str = "", **found: Any
    ) -> Report:
        notes = tuple(n for n in (note, *self.notes, self.fewer) if n)
        if verdict is Verdict.WRONG:
            notes = tuple(n for n in notes if not n.startswith("right formula"))
        if comparison is not None:
            found.setdefault("right", comparison.named(~comparison.wrong))
            found["table"] = rows(comparison)
            found["find_points"] = partial(results, comparison)
        return Report(
            verdict,
            self.problem.name,
            strict=self.strict,
            seed=self.source.seed,
            given=self.given,
            by_program=self.by_program,
            evidence=self.evidence,
            count=self.by_program + (0 if comparison is None else len(comparison.evaluations)),
            notes=notes,
            **found,
        )


def _reads(comparison: Comparison) -> list[str]:
    """Where f took numbers out of the graph."""
    return [read for e in comparison.evaluations for read in e.trace.reads]

"""``check_grad``: a gradient derived by hand beside the engine's and a numeric one.

Two that agree against the third say which of the three is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..expr import shown
from .allowances import (
    allow_kinks,
    allow_rounding,
    allow_saturation,
    check_what_rounding_hides,
    kinks_of,
    wrong_by_more_than_rounding,
)
from .branches import branches, one_sided
from .comparison import Array, Comparison, Evaluation, Tolerance
from .diagnose.case import Budget
from .diagnose.locate import diagnose
from .diagnose.search import Explanation
from .many_points import TRACED, check_many
from .mutation_score import score_points
from .numeric_check import NumericCheck
from .points import PointSource, UndefinedError, UntraceableError
from .problem import Component, Point, Problem, components_of
from .report import MutationScore, Report, Row, Verdict
from .shapes import wrong_shape

MANY = 100  # from so many drawn points on, a program computes the engine's gradient


def check_grad(
    f: Callable[..., Any],
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
            It is called with Values and with plain floats.
        df: the gradient: a function of the same arguments (or of some of them, or of ``cache``)
            that returns a number, an array or a dict by parameter; or a formula as text, such as
            ``"-(y - yhat) * x1"``, that may use the names of intermediate results of f; or a
            number; or a dict of these.
        wrt: the parameters; not needed where df returns or is a dict.
        at: where: a dict of arguments, a tuple of them in order, an array or a number for a
            function of one argument, or a list of dicts; by default points are drawn.
        domain: where an argument may be drawn from: ``(lowest, highest)``, a set, "positive",
            "negative" or "unit".
        shapes: of the arguments that are arrays, where ``at`` does not show them; where f
            cannot take single numbers, some shapes are tried.
        rel: how far two numbers may be apart, as a part of the larger.
        abs: the same, absolutely; by default 1e-12 of the sum of the sizes of all paths.
        digits: how many significant digits a printed number has; a number as text knows.
        points: how many points to draw.  Of 100 and more, the first eight are traced, and those
            where yours differs from what f, recorded as a program, gives.
        seed: of the points; by default the name of the test that runs.
        strict: whether "right but untested" is not ok.
        explain: whether to look for the mistake in a wrong gradient; or how many seconds of the
            processor's time the search may take: by default some 0.7 for a gradient of 100 numbers,
            2.5 for one of 1,000.

    Returns:
        A report with ``ok, verdict, wrong, right, explanations, kinks, mutation_score, table,
        notes``.

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
    problem = Problem(f, df, wrt)
    source = PointSource(problem, domain, shapes, seed)
    given = source.several(at)
    if at is not None and not given:
        raise ValueError("at: an empty list; without at=, points are drawn")
    tolerance = Tolerance(problem, rel, abs, digits, printed=bool(given))
    check = _Check(problem, source, tolerance, strict, explain)
    with np.errstate(all="ignore"):  # what overflows is compared, not warned of
        return check.run([source.given(p) for p in given], points)


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
        many = points[TRACED:] if not given and count >= MANY else []
        try:
            evaluations = [self.source.evaluate(p) for p in points[: len(points) - len(many)]]
            misshapen = wrong_shape(self.problem, evaluations[0])
            doubtful = []
            if many and misshapen is None:
                doubtful = check_many(self.source, many, self.tolerance)
                self.by_program = len(many) - len(doubtful)
        except UntraceableError as error:
            return self._untraceable(error, points[0])
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
            evaluations += self.source.near_switches(evaluations)
        return self._compared(evaluations + doubtful)

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
        if comparison.wrong.any():
            return self._differs(comparison)
        if kinks:
            self.notes.clear()
            return self._report(Verdict.KINK, comparison, kinks=tuple(kinks))
        outcome = self.numeric.agrees_with(comparison, given=self.given, seed=self.source.seed)
        if outcome is not None:
            return self._report(outcome.verdict, comparison, outcome.note, kinks=outcome.kinks)
        if comparison.unseen.any():
            report = self._at_drawn_points(comparison)
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
        if outcome is not None:
            return self._report(outcome.verdict, comparison, outcome.note, kinks=outcome.kinks)
        self.notes += [note] if note else []
        self.notes = [note for note in self.notes if "precision" not in note]
        if not np.isfinite(comparison.hand).all():
            self.notes.append("your gradient is not finite at some of the points")
        why = self._why(comparison)
        self.notes += [] if why else _constant_ratio(comparison)
        wrong = comparison.named(comparison.wrong)
        return self._report(Verdict.WRONG, comparison, wrong=wrong, explanations=why)

    def _why(self, comparison: Comparison) -> tuple[Explanation, ...]:
        """Explanations of what is wrong, as far as they are found in time."""
        seconds = float(self.explain)
        if self.explain is True:
            seconds = 0.7 + 0.002 * max(0, len(comparison.components) - 100)
        if not seconds:
            return ()
        budget = Budget(seconds)
        why = diagnose(self.source, comparison, budget)
        if budget.spent:
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

    def _untraceable(self, error: UntraceableError, point: Point) -> Report:
        """F runs on floats and not on Values: only numeric derivatives are left."""
        hand = self.problem.hand(point, dict)
        components = components_of(self.problem.wrt, point)[:12]
        agrees = self.numeric.without_a_trace(hand, point, components)
        how = "agrees with a numeric derivative" if agrees else "differs from a numeric one, too"
        note = f"f cannot be run on Values ({str(error)[:150]}); your gradient {how}; "
        note += "write f with the operations of autograd_lite"
        return self._report(Verdict.TRACE_BROKEN, note=note)

    # ---- further points -------------------------------------------------------------------------

    def _allow_saturation(self, comparison: Comparison) -> list[str]:
        """Accept a right formula that loses its digits at given points; notes."""
        if self.problem.is_printed or comparison.slack.any():
            return []
        fresh = self.source.more(8, "second look")
        if len(fresh) < 4:
            return []
        drawn = Comparison(fresh, comparison.components, self.tolerance)
        allow_rounding(drawn, self.numeric)
        return allow_saturation(comparison, drawn)

    def _at_drawn_points(self, comparison: Comparison) -> Report | None:
        """Some components are below rounding at the given points: drawn ones decide."""
        unseen = comparison.unseen
        names = ", ".join(comparison.named(unseen)[:6])
        finite = np.isfinite(comparison.hand[unseen]).all()
        what = "smaller than rounding can tell" if finite else "not finite"
        note = f"the gradient towards {names} is {what}"
        fresh = self.source.more(8, "second look")
        if not self.given or self.problem.is_printed or comparison.slack.any() or not fresh:
            return self._cannot_tell(note, comparison)
        drawn = Comparison(fresh, comparison.components, self.tolerance)
        allow_rounding(drawn, self.numeric)
        wrong = unseen & drawn.wrong
        if wrong.any():
            self.given = False
            return self._report(
                Verdict.WRONG,
                drawn,
                f"at the given point {note}",
                wrong=drawn.named(wrong),
                right=drawn.named(~wrong),
                explanations=self._why(drawn),
            )
        if (unseen & drawn.unseen).any():
            return self._cannot_tell(note, comparison)
        self.notes.append(f"at the given point {note}; it is right at {len(fresh)} drawn points")
        return None

    def _at_large_numbers(
        self, components: Sequence[Component], negligible: Array
    ) -> list[Evaluation]:
        """Points with large numbers at which yours is wrong by more than rounding."""
        wrong: list[Evaluation] = []
        for evaluation in self.source.with_large_numbers():
            comparison = Comparison([evaluation], components, self.tolerance)
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
            fresh = [self.source.run(point) for point in self.source.drawn(6, "mutation score")]
        else:
            fresh = [e.trace for e in self.source.more(6, "mutation score")]
        return score_points(comparison, fresh)

    # ---- the report -----------------------------------------------------------------------------

    def _cannot_tell(self, note: str, comparison: Comparison | None = None) -> Report:
        return self._report(Verdict.INCONCLUSIVE, comparison, note)

    def _report(
        self, verdict: Verdict, comparison: Comparison | None = None, note: str = "", **found: Any
    ) -> Report:
        notes = (note, *self.notes) if note else tuple(self.notes)
        if verdict is Verdict.WRONG:
            notes = tuple(n for n in notes if not n.startswith("right formula"))
        if comparison is not None:
            found.setdefault("right", comparison.named(~comparison.wrong))
            found["table"] = tuple(
                Row(
                    str(component),
                    str(evaluation),
                    float(comparison.hand[c, k]),
                    float(comparison.true[c, k]),
                    str(comparison.status[c, k]),
                    comparison.numeric.get((c, k)),
                )
                for c, component in enumerate(comparison.components)
                for k, evaluation in enumerate(comparison.evaluations)
            )
        return Report(
            verdict,
            self.problem.name,
            strict=self.strict,
            seed=self.source.seed,
            given=self.given,
            by_program=self.by_program,
            notes=notes,
            **found,
        )


def _constant_ratio(comparison: Comparison) -> list[str]:
    """What can be said of a gradient that is off by one factor at all points, of no known name."""
    with np.errstate(all="ignore"):
        ratio = (comparison.hand / comparison.true)[comparison.wrong]
    if (
        ratio.shape[1] > 1
        and np.isfinite(ratio).all()
        and np.ptp(ratio) <= 1e-6 * abs(ratio.flat[0])
    ):
        return [f"yours is {shown(float(ratio.flat[0]), 6)} times the true one at every point"]
    return []

"""Differences that are no mistakes: at a kink, by rounding, where a formula is saturated."""

from __future__ import annotations

import numpy as np

from .branches import at_a_switch, within_rounding
from .comparison import Array, Comparison
from .numeric_check import NumericCheck
from .report import Kink
from .rounding import gradient_error, gradient_errors, value_errors

LOOKS = 12  # numbers for which f is evaluated where rounding could explain the difference


def kinks_of(comparison: Comparison, numeric: NumericCheck) -> tuple[list[Kink], list[str]]:
    """(given points at which f has no derivative, notes).

    The graph says where to look, the numbers of f decide.
    """
    kinks, notes = [], []
    for k, evaluation in enumerate(comparison.evaluations):
        at_switch = at_a_switch(evaluation.trace)
        for c, component in enumerate(comparison.components if at_switch else ()):
            kind, kink = numeric.kink(comparison, c, k)
            if kink is not None:
                kinks.append(kink)
            elif kind == "differentiable":
                notes += _smooth_after_all(comparison, numeric, c, k)
            elif kind == "domain edge":
                notes.append(
                    f"towards {component} {evaluation} is at the end of f's domain: "
                    "yours is the slope from the side where f is defined"
                )
        kinks += _within_rounding(comparison, numeric, k)
    return kinks, notes


def _within_rounding(comparison: Comparison, numeric: NumericCheck, k: int) -> list[Kink]:
    """Where rounding decides the side of a kink, yours may be the slope of the other."""
    differs = np.flatnonzero(comparison.differs[:, k] & np.isfinite(comparison.hand[:, k]))
    trace = comparison.evaluations[k].trace
    if not differs.size or not within_rounding(trace, value_errors):
        return []
    kinks = []
    for c in differs.tolist():
        kink = numeric.kink_within_rounding(comparison, c, k)
        if kink is not None:
            comparison.status[c, k] = "kink"
            kinks.append(kink)
    return kinks


def _smooth_after_all(comparison: Comparison, numeric: NumericCheck, c: int, k: int) -> list[str]:
    """Where f is smooth although its operations are not, as relu(x) − relu(−x) at 0.

    The engine adds up what each takes for a derivative there; the numeric derivative replaces it.
    """
    evaluation, component = comparison.evaluations[k], comparison.components[c]
    n = numeric.derivative(evaluation.point, component)
    if not n.is_sure or n.agrees(comparison.true[c, k]):
        return []
    comparison.numeric[c, k] = comparison.true[c, k] = n.value
    comparison.status[c, k] = "equal" if n.agrees(comparison.hand[c, k]) else "differs"
    what = f"f is smooth towards {component} at {evaluation}, though its operations are not"
    return [f"{what}: a numeric derivative stands for the engine's"]


def allow_kinks(comparison: Comparison, numeric: NumericCheck) -> list[str]:
    """Accept what lies between the one-sided slopes at drawn points that happen to be kinks.

    Returns:
        Notes.
    """
    notes = []
    for k, evaluation in enumerate(comparison.evaluations):
        at_kink = comparison.differs[:, k].any() and at_a_switch(evaluation.trace)
        for c in np.flatnonzero(comparison.differs[:, k]).tolist() if at_kink else ():
            kind, kink = numeric.kink(comparison, c, k)
            if kind == "differentiable":
                notes += _smooth_after_all(comparison, numeric, c, k)
            elif kink is not None and not kink.accepted:
                comparison.status[c, k] = "differs"
        _within_rounding(comparison, numeric, k)
    return notes


def check_what_rounding_hides(comparison: Comparison, numeric: NumericCheck) -> None:
    """Where rounding could explain the difference, or hide the gradient, use finite differences.

    The tolerance there is the sum of all paths, which may be far from what rounding does.
    """
    if comparison.tolerance.absolute is not None:  # the caller's own tolerance
        return
    nothing = (comparison.status == "below rounding") & comparison.unseen[:, None]
    numbers = np.argwhere(comparison.doubtful | nothing & (comparison.true != 0))
    for c, k in numbers[:: max(1, len(numbers) // LOOKS)][:LOOKS]:
        said = numeric.says(comparison, int(c), int(k))
        comparison.status[c, k] = said or comparison.status[c, k]


def allow_rounding(comparison: Comparison, numeric: NumericCheck) -> list[str]:
    """Accept differences that rounding alone can explain; a note for each component.

    Unless f's own numbers say that yours is wrong: bounds on rounding grow with every turn of a
    loop, errors need not.
    """
    notes = {}
    ks = np.flatnonzero(comparison.differs.any(axis=0))
    error = gradient_errors([comparison.evaluations[k].trace for k in ks], comparison.components)
    with np.errstate(all="ignore"):
        near = np.abs(comparison.hand - comparison.true)[:, ks] <= 4 * error
    for c, n in np.argwhere(comparison.differs[:, ks] & near).tolist():
        k = int(ks[n])
        if numeric.says(comparison, c, k) != "differs":
            comparison.status[c, k] = "rounding"
            notes[c] = comparison.precision_note(c, k)
    return list(notes.values())


def allow_saturation(comparison: Comparison, drawn: Comparison) -> list[str]:
    """Accept a right formula that loses its digits at given points; a note for each component.

    Accept if correct at the sampled points and the error here is negligible.
    """
    right = ~drawn.wrong & ~drawn.unseen
    near = np.abs(comparison.hand - comparison.true) <= drawn.negligible()[:, None]
    notes = {}
    for c, k in np.argwhere(comparison.differs & near & right[:, None]):
        comparison.status[c, k] = "rounding"
        notes[c] = comparison.precision_note(int(c), int(k))
    return list(notes.values())


def wrong_by_more_than_rounding(
    comparison: Comparison, numeric: NumericCheck, negligible: Array
) -> tuple[bool, str]:
    """(whether yours is wrong at the one point of a comparison, else a note of digits lost).

    Args:
        comparison: at one point with large numbers.
        numeric: decides.
        negligible: for each component, what rounding leaves of it at usual points.
    """
    (evaluation,) = comparison.evaluations
    note = ""
    error = gradient_error(evaluation.trace, comparison.components)
    for c in np.flatnonzero(comparison.differs[:, 0]):
        yours, true = float(comparison.hand[c, 0]), float(comparison.true[c, 0])
        n = numeric.derivative(evaluation.point, comparison.components[int(c)])
        sure = n.is_sure or n.error < 1e-4 * abs(yours)
        beyond = abs(yours - true) > max(1e3 * error[c], negligible[c])
        engine = n.agrees(true, 1e-5)
        if sure and beyond and engine and not n.agrees(yours, 1e-4):
            return True, note
        if sure and beyond and not engine and evaluation.trace.reads:  # it does not see all of f
            return True, note
        note = note or comparison.precision_note(int(c), 0)
    return False, note

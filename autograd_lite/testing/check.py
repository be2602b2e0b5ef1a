"""``check_grad``: three witnesses, one verdict.

The gradient by hand is held beside the engine's and, where it matters, beside a numeric referee
that knows nothing of either.  Two that agree against the third say whose fault it is.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..analysis import classify_point
from ..expr import shown
from ..program import check_backend
from .branches import at_a_switch, branches, one_sided
from .comparison import Array, Comparison, Here, Tolerance, blur_of, numbers_of, rounding
from .diagnose.locate import reasons
from .diagnose.search import Explanation
from .mutation_score import adequacy_of
from .numeric import Slope, measured
from .points import Places, UndefinedError, UntraceableError
from .problem import Component, Point, Problem, at_component, components, moved
from .report import Adequacy, Kink, Report, Row, Verdict
from .sweep import TRACED, swept


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
    backend: str | None = None,
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
        points: how many points to draw.
        seed: of the points; by default the name of the test that runs.
        strict: whether "right but untested" is not ok.
        backend: for many drawn points: record f as a program, by ``"python"``, ``"numpy"``,
            ``"c"`` or ``"auto"``, and trace it at the first eight points, and where yours differs.

    Returns:
        A report with ``ok, verdict, wrong, right, explanations, kinks, adequacy, table, notes``.

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
    if isinstance(df, Mapping) and not df:
        raise ValueError("df is empty: a gradient for each parameter is needed")
    if backend is not None:
        check_backend(backend)
    problem = Problem(f, df, wrt)
    places = Places(problem, domain, shapes, seed)
    given = places.several(at)
    if at is not None and not given:
        raise ValueError("at: an empty list; without at=, points are drawn")
    tolerance = Tolerance(problem, rel, abs, digits, printed=bool(given))
    judge = _Judge(problem, places, tolerance, strict, backend)
    with np.errstate(all="ignore"):  # what overflows is judged, not warned of
        return judge.report([places.given(p) for p in given], points)


ASKED = 24  # components of which f is asked one by one
LOOKS = 12  # numbers of which f is asked where rounding may be an excuse


class _Judge:
    def __init__(
        self,
        problem: Problem,
        places: Places,
        tolerance: Tolerance,
        strict: bool,
        backend: str | None = None,
    ) -> None:
        self.problem, self.places, self.tolerance = problem, places, tolerance
        self.strict, self.backend, self.given, self.swept = strict, backend, False, 0
        self.notes: list[str] = []
        self.numeric: dict[tuple[int, int], float] = {}

    def report(self, given: Sequence[Point], count: int) -> Report:
        self.given = bool(given)
        if self.problem.is_printed and not given:
            raise ValueError("at is needed: a number is the gradient at one point")
        try:
            points = list(given) or self.places.drawn(count)
        except TypeError as error:
            if self.places.shapes or "'Value'" not in str(error):
                raise
            raise TypeError(f"{error}; where an argument is an array, give shapes=") from error
        if not points:
            return self._cannot_tell("f cannot be computed at any drawn point: give domain= or at=")
        many = points[TRACED:] if self.backend and not given else []
        try:
            found = [self.places.here(p) for p in points[: len(points) - len(many)]]
            looked_at = self._swept(many, found[0])
        except UntraceableError as error:
            return self._untraceable(error, points[0])
        except UndefinedError as error:
            return self._cannot_tell(str(error))
        unsteady = self._unsteady(found[0])
        if unsteady:
            return self._told(Verdict.NOT_DETERMINISTIC, None, unsteady)
        if not given:
            found += self.places.other_branches(found)
            found += self.places.near_switches(found)
        misshapen = self._misshapen(found[0])
        if misshapen is not None:
            return misshapen
        return self._judged(found + looked_at)

    def _swept(self, many: Sequence[Point], first: Here) -> list[Here]:
        """Those of many points that a program cannot vouch for, traced."""
        if not many or self.backend is None or self._misshapen(first) is not None:
            return []
        found = swept(self.places, many, self.tolerance, self.backend)
        self.swept = len(many) - len(found)
        return found

    # ---- how a verdict is told ------------------------------------------------------------------

    def _told(
        self, verdict: Verdict, seen: Comparison | None = None, note: str = "", **more: Any
    ) -> Report:
        notes = (note, *self.notes) if note else tuple(self.notes)
        if verdict is Verdict.WRONG:
            notes = tuple(n for n in notes if not n.startswith("right formula"))
        if seen is not None:
            more.setdefault("right", seen.named(~seen.wrong))
            more["table"] = tuple(
                Row(
                    str(part),
                    str(f),
                    float(seen.hand[c, k]),
                    float(seen.true[c, k]),
                    str(seen.status[c, k]),
                    self.numeric.get((c, k)),
                )
                for c, part in enumerate(seen.parts)
                for k, f in enumerate(seen.found)
            )
        return Report(
            verdict,
            self.problem.name,
            strict=self.strict,
            seed=self.places.seed,
            given=self.given,
            swept=self.swept,
            notes=notes,
            **more,
        )

    def _cannot_tell(self, note: str, seen: Comparison | None = None) -> Report:
        return self._told(Verdict.INCONCLUSIVE, seen, note)

    # ---- the verdict ----------------------------------------------------------------------------

    def _judged(self, found: list[Here]) -> Report:
        parts = components(self.problem.wrt, found[0].point)
        seen = Comparison(found, parts, self.tolerance)
        kinks = self._kinks(seen) if self.given else []
        self._pardon_kinks(seen)
        self._look_closer(seen)
        self.notes += self._pardoned(seen)
        if self.given and seen.wrong.any():
            self.notes += self._pardon_saturation(seen)
        if seen.wrong.any():
            ended = self._whose_fault(seen)
            if ended is not None:
                return ended
            self.notes = [note for note in self.notes if "precision" not in note]
            if not np.isfinite(seen.hand).all():
                self.notes.append("your gradient is not finite at some of the points")
            why = reasons(self.places, seen, given=self.given)
            self.notes += [] if why else _constant_ratio(seen)
            return self._told(Verdict.WRONG, seen, wrong=seen.named(seen.wrong), explanations=why)
        if kinks:
            self.notes.clear()
            return self._told(Verdict.KINK, seen, kinks=tuple(kinks))
        ended = self._agreed(seen)
        if ended is None and seen.unseen.any():
            ended = self._second_look(seen)
        if ended is not None:
            return ended
        if not self.given:
            bad = self._stress(parts, seen.next_to_nothing())
            if bad:
                return self._judged([*found, *bad])
        untested = one_sided(branches(f.trace for f in found))
        adequacy = self._adequacy(seen) if self.given and not seen.unseen.any() else None
        hidden = adequacy is not None and adequacy.unseen > 0
        verdict = Verdict.UNTESTED if untested or hidden else Verdict.RIGHT
        return self._told(verdict, seen, untested=tuple(untested), adequacy=adequacy)

    def _unsteady(self, first: Here) -> str:
        """What two calls at one point disagree about; "" if nothing."""
        y, again = self.problem.number(first.point), self.problem.number(first.point)
        if y != again and not (math.isnan(y) and math.isnan(again)):
            return f"f gave {y!r}, then {again!r} at the same point; fix its random numbers"
        hand = self.problem.hand(first.point, first.trace.numbers)
        for name, x in first.hand.items():
            if not np.array_equal(x, hand[name], equal_nan=True):
                return f"df gave two gradients towards {name} at the same point"
        return ""

    def _misshapen(self, first: Here) -> Report | None:
        """A gradient whose shape is not its parameter's, with what it may be."""
        for name in self.problem.wrt:
            want, got = np.shape(first.point[name]), np.shape(first.hand[name])
            if want == got or (not want and np.size(first.hand[name]) == 1):
                continue
            parts = components([name], first.point)
            true = np.array(numbers_of(first.trace, parts)[0]).reshape(want)
            why = _other_shape(np.asarray(first.hand[name], dtype=float), true)
            text = f"the gradient towards {name} has the shape {got}, {name} has {want}"
            e = Explanation(text + (f": {why}" if why else ""), "shape", (name,))
            return self._told(Verdict.WRONG, wrong=(name,), explanations=(e,))
        return None

    # ---- the third witness ----------------------------------------------------------------------

    def _line(self, point: Point, direction: Mapping[Component, float]) -> Callable[[float], float]:
        """F along a line through a point."""
        return lambda s: self.problem.number(moved(point, direction, float(s)))

    def _kind(self, here: Here, part: Component) -> Any:
        """What f is towards a component, by steps in the number itself: none is rounded off."""
        x = at_component(here.point, part)
        f = self._line(moved(here.point, {part: 1.0}, -x), {part: 1.0})
        return classify_point(f, x)

    def _along(self, point: Point, c: Component, blur: float = 0.0) -> Slope:
        size = max(abs(at_component(point, c)), 1e-2)
        return measured(self._line(point, {c: 1.0}), size, blur)

    def _whose_fault(self, seen: Comparison) -> Report | None:
        """Where yours and the engine's differ: the referee decides; ``None`` if yours is wrong."""
        with np.errstate(all="ignore"):
            size = np.maximum(np.abs(seen.true), 1e-300)
            gap = np.where(seen.differs, np.abs(seen.hand - seen.true) / size, -1)
        gap = np.nan_to_num(gap, nan=1e300, posinf=1e300)
        unsure: list[tuple[int, int, Slope]] = []
        confirmed = False
        for flat in np.argsort(-gap, axis=None)[:4]:
            c, k = (int(i) for i in np.unravel_index(flat, gap.shape))
            n = self._along(seen.found[k].point, seen.parts[c], blur_of(seen.found[k].trace))
            if gap[c, k] < 0 or not math.isfinite(n.error):
                continue
            self.numeric[c, k] = n.value
            yours, ours = n.agrees(seen.hand[c, k]), n.agrees(seen.true[c, k])
            if yours and not ours:
                return self._broken(seen, c, k)
            confirmed |= ours and not yours
            if not ours and not yours and n.is_sure:
                unsure.append((c, k, n))
        if confirmed:
            self.notes.append("a numeric derivative of f agrees with the engine")
        elif unsure:
            return self._three_differ(seen, *unsure[0])
        return None

    def _broken(self, seen: Comparison, c: int, k: int) -> Report:
        note = (
            f"yours towards {seen.parts[c]}, {shown(float(seen.hand[c, k]), 6)}, agrees with a "
            f"numeric derivative of f, the engine's, {shown(float(seen.true[c, k]), 6)}, does not; "
        )
        return self._told(Verdict.TRACE_BROKEN, seen, note + _way_out(seen.found[k]))

    def _three_differ(self, seen: Comparison, c: int, k: int, n: Slope) -> Report:
        here, part = seen.found[k], seen.parts[c]
        kind = self._kind(here, part)
        if kind.kind not in ("differentiable", "cannot tell"):
            kink = _kink(kind, part, here, float(seen.hand[c, k]))
            return self._told(Verdict.KINK, seen, kinks=(kink,))
        note = (
            f"all three differ towards {part}: yours {shown(float(seen.hand[c, k]), 6)}, the "
            f"engine {shown(float(seen.true[c, k]), 6)}, numeric {shown(n.value, 6)}; "
        )
        verdict = Verdict.TRACE_BROKEN if here.trace.reads else Verdict.INCONCLUSIVE
        return self._told(verdict, seen, note + _way_out(here))

    def _agreed(self, seen: Comparison) -> Report | None:
        """Yours and the engine's agree: a directional derivative of f must, too."""
        draw = random.Random(self.places.seed)
        smooth = [
            k for k, here in enumerate(seen.found) if self.given or not at_a_switch(here.trace)
        ]
        for k in smooth[:2]:
            here = seen.found[k]
            point = here.point
            direction = {
                c: draw.choice((-1, 1)) * max(abs(at_component(point, c)), 0.1) for c in seen.parts
            }
            steps = np.array(list(direction.values()))
            if not np.isfinite(seen.true[:, k] * steps).all():
                continue
            asked = np.arange(len(steps))
            if not self._contradicts(seen, k, steps, asked):
                continue
            while len(asked) > ASKED:  # a half that is contradicted has one at fault
                half, rest = np.array_split(asked, 2)
                asked = half if self._contradicts(seen, k, steps, half) else rest
            for c in asked.tolist():
                ended = self._disagreeing(seen, c, k)
                if ended is not None:
                    return ended
        return None

    def _contradicts(self, seen: Comparison, k: int, steps: Array, chosen: Any) -> bool:
        """Whether f, along these steps in the chosen components, has another slope than told."""
        here = seen.found[k]
        direction = {seen.parts[c]: float(steps[c]) for c in chosen.tolist()}
        n = measured(self._line(here.point, direction), 1.0, blur_of(here.trace))
        terms = (seen.true[:, k] * steps)[chosen]
        lost = 1e-12 * float((seen.paths[:, k] * np.abs(steps))[chosen].sum())
        slack = max(10 * n.error, 1e-6 * float(np.abs(terms).sum()), lost)
        return math.isfinite(n.error) and abs(float(terms.sum()) - n.value) > slack

    def _disagreeing(self, seen: Comparison, c: int, k: int) -> Report | None:
        """One component that agrees with the engine's: is it what f's numbers say?"""
        here, part, t = seen.found[k], seen.parts[c], float(seen.true[c, k])
        n = self._along(here.point, part, blur_of(here.trace))
        if n.agrees(t) or not math.isfinite(n.error) or seen.status[c, k] == "below rounding":
            return None
        self.numeric[c, k] = n.value
        kind = self._kind(here, part)
        if kind.kind not in ("differentiable", "cannot tell"):
            kink = _kink(kind, part, here, float(seen.hand[c, k]))
            return self._told(Verdict.KINK, seen, kinks=(kink,))
        if not n.is_sure:
            return None
        note = (
            f"yours and the engine's towards {part} agree, {shown(t, 6)}, but a numeric "
            f"derivative of f is {shown(n.value, 6)}; "
        )
        return self._told(Verdict.TRACE_BROKEN, seen, note + _way_out(here))

    def _untraceable(self, error: UntraceableError, point: Point) -> Report:
        """F runs on floats and not on Values: the referee alone is left."""
        hand = self.problem.hand(point, dict)
        parts = components(self.problem.wrt, point)[:12]
        shaped = all(np.shape(hand[c.parameter]) == np.shape(point[c.parameter]) for c in parts)
        agrees = shaped and all(
            self._along(point, c).agrees(at_component(hand, c), 1e-5) for c in parts
        )
        how = "agrees with a numeric derivative" if agrees else "differs from a numeric one, too"
        note = f"f cannot be run on Values ({str(error)[:150]}); your gradient {how}; "
        return self._told(
            Verdict.TRACE_BROKEN, None, note + "write f with the operations of autograd_lite"
        )

    # ---- kinks, rounding, what is not seen ------------------------------------------------------

    def _kinks(self, seen: Comparison) -> list[Kink]:
        """Given points at which f has no derivative, as the graph suspects and f's numbers say."""
        out = []
        for k, here in enumerate(seen.found):
            for c, part in enumerate(seen.parts if at_a_switch(here.trace) else ()):
                kind = self._kind(here, part)
                if kind.kind not in ("differentiable", "undefined", "cannot tell"):
                    out.append(_kink(kind, part, here, float(seen.hand[c, k])))
                    seen.status[c, k] = "kink"
                elif kind.kind == "differentiable":
                    self._by_convention(seen, c, k)
        return out

    def _pardon_kinks(self, seen: Comparison) -> None:
        """Take back "differs" at drawn points that chance put on a kink, between its slopes."""
        for k, here in enumerate(seen.found):
            at_kink = seen.differs[:, k].any() and at_a_switch(here.trace)
            for c in np.flatnonzero(seen.differs[:, k]) if at_kink else ():
                part = seen.parts[int(c)]
                kind = self._kind(here, part)
                if kind.kind in ("corner", "cusp", "jump"):
                    kink = _kink(kind, part, here, float(seen.hand[c, k]))
                    seen.status[c, k] = "kink" if kink.accepted else "differs"

    def _pardoned(self, seen: Comparison) -> list[str]:
        return seen.pardon_rounding(lambda c, k: self._verdict_of_f(seen, c, k) == "differs")

    def _verdict_of_f(self, seen: Comparison, c: int, k: int) -> str:
        """What f's own numbers say of yours, where they say something: "equal" or "differs"."""
        n = self._along(seen.found[k].point, seen.parts[c])
        if not n.is_sure or not n.agrees(seen.true[c, k]):
            return ""
        return "equal" if n.agrees(seen.hand[c, k]) else "differs"

    def _look_closer(self, seen: Comparison) -> None:
        """Where rounding is an excuse for a difference, or for seeing nothing: f's numbers decide.

        The excuse is the sum of all paths, which may be far from what rounding does.
        """
        if self.tolerance.absolute is not None:  # the caller's own excuse
            return
        nothing = (seen.status == "below rounding") & seen.unseen[:, None]
        places = np.argwhere(seen.doubtful | nothing & (seen.true != 0))
        for c, k in places[:: max(1, len(places) // LOOKS)][:LOOKS]:
            told = self._verdict_of_f(seen, int(c), int(k))
            seen.status[c, k] = told or seen.status[c, k]

    def _by_convention(self, seen: Comparison, c: int, k: int) -> None:
        """Where f is smooth although its operations are not, as relu(x) − relu(−x) at 0.

        The engine adds up what each takes for a derivative there: f's own numbers decide.
        """
        n = self._along(seen.found[k].point, seen.parts[c])
        if not n.is_sure or n.agrees(seen.true[c, k]):
            return
        self.numeric[c, k] = n.value
        seen.true[c, k] = n.value
        seen.status[c, k] = "equal" if n.agrees(seen.hand[c, k]) else "differs"
        self.notes.append(
            f"f is smooth towards {seen.parts[c]} at {seen.found[k]}, though its operations are "
            "not: a numeric derivative stands for the engine's"
        )

    def _second_look(self, seen: Comparison) -> Report | None:
        """Some components show nothing but rounding at the given points: drawn ones decide."""
        names = ", ".join(seen.named(seen.unseen)[:6])
        finite = np.isfinite(seen.hand[seen.unseen]).all()
        what = "smaller than rounding can tell" if finite else "not finite"
        note = f"the gradient towards {names} is {what}"
        fresh = self.places.more(8, "second look")
        if not self.given or self.problem.is_printed or seen.slack.any() or not fresh:
            return self._cannot_tell(note, seen)
        again = Comparison(fresh, seen.parts, self.tolerance)
        self._pardoned(again)
        bad = seen.unseen & again.wrong
        if bad.any():
            self.given = False
            why = reasons(self.places, again, given=False)
            right = again.named(~bad)
            note = f"at the given point {note}"
            return self._told(
                Verdict.WRONG, again, note, wrong=again.named(bad), right=right, explanations=why
            )
        if (seen.unseen & again.unseen).any():
            return self._cannot_tell(note, seen)
        self.notes.append(f"at the given point {note}; it is right at {len(fresh)} drawn points")
        return None

    def _pardon_saturation(self, seen: Comparison) -> list[str]:
        """Take back "differs" at given points where a formula that is right loses its digits.

        Right it is if it is right at drawn points, and next to nothing what it is off here.
        """
        if self.problem.is_printed or seen.slack.any():
            return []
        fresh = self.places.more(8, "second look")
        if len(fresh) < 4:
            return []
        again = Comparison(fresh, seen.parts, self.tolerance)
        self._pardoned(again)
        right = ~again.wrong & ~again.unseen
        near = np.abs(seen.hand - seen.true) <= again.next_to_nothing()[:, None]
        notes = {}
        for c, k in np.argwhere(seen.differs & near & right[:, None]):
            seen.status[c, k] = "rounding"
            notes[c] = seen.lost(int(c), int(k))
        return list(notes.values())

    def _stress(self, parts: Sequence[Component], nothing: Array) -> list[Here]:
        """Points with large numbers at which yours is wrong, by the referee, not by rounding.

        What only loses digits there is worth a note.
        """
        bad: list[Here] = []
        for here in self.places.stressed():
            seen = Comparison([here], parts, self.tolerance)
            self._pardon_kinks(seen)
            if not seen.wrong.any() or not np.isfinite(seen.true).all():
                continue
            error = rounding(here.trace, parts)
            for c in np.flatnonzero(seen.differs[:, 0]):
                h, t = float(seen.hand[c, 0]), float(seen.true[c, 0])
                n = self._along(here.point, parts[int(c)])
                sure = n.is_sure or n.error < 1e-4 * abs(h)
                beyond = abs(h - t) > max(1e3 * error[c], nothing[c])
                if sure and beyond and n.agrees(t, 1e-5) and not n.agrees(h, 1e-4):
                    bad.append(here)
                    break
                if not self.notes:
                    self.notes.append(seen.lost(int(c), 0))
        return bad

    def _adequacy(self, seen: Comparison) -> Adequacy | None:
        fresh = self.places.more(6, "adequacy") if not self.problem.is_printed else []
        traces = [f.trace for f in fresh]
        if self.problem.is_printed:
            for point in self.places.drawn(6, "adequacy"):
                traces.append(self.places.run(point))
        return adequacy_of(seen, traces)


def _other_shape(h: Any, true: Any) -> str:
    """How numbers of another shape come out right; "" if they do not."""
    if h.size == true.size:
        if h.shape == true.shape[::-1] and np.allclose(h.T, true):
            return "it is transposed"
        if np.allclose(h.reshape(true.shape), true):
            return f"the numbers are right; write .reshape({true.shape})"
    for axis in range(h.ndim):
        for how, numbers in (("sum", h.sum(axis)), ("mean", h.mean(axis))):
            if numbers.shape == true.shape and np.allclose(numbers, true):
                return f"a {how} over axis {axis} is forgotten"
    return ""


def _constant_ratio(seen: Comparison) -> list[str]:
    """What can be said of a gradient that is off by one factor at all points, of no known name."""
    with np.errstate(all="ignore"):
        ratio = (seen.hand / seen.true)[seen.wrong]
    if (
        ratio.shape[1] > 1
        and np.isfinite(ratio).all()
        and np.ptp(ratio) <= 1e-6 * abs(ratio.flat[0])
    ):
        return [f"yours is {shown(float(ratio.flat[0]), 6)} times the true one at every point"]
    return []


def _way_out(here: Here) -> str:
    """Where f leaves the graph, as far as that was seen."""
    reads = [f"line {line} takes {what}" for line, what in dict.fromkeys(here.trace.reads)]
    if reads:
        return f"{', '.join(reads[:3])}, which is no part of the graph"
    return "f leaves the graph somewhere (float(v), math.*, a custom rule)"


def _kink(kind: Any, part: Component, here: Here, h: float) -> Kink:
    slopes = [s for s in (kind.left, kind.right) if s is not None]
    low, high = (min(slopes), max(slopes)) if slopes else (math.nan, math.nan)
    slack = 1e-6 * max((abs(s) for s in slopes if math.isfinite(s)), default=0.0)
    accepted = low - slack <= h <= high + slack
    return Kink(str(part), str(here), kind.kind, kind.left, kind.right, h, bool(accepted))

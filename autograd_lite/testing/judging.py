"""``check_grad``: three witnesses, one verdict.

The gradient by hand is held beside the engine's and, where it matters, beside a numeric referee
that knows nothing of either.  Two that agree against the third say whose fault it is.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..functional import classify_point
from ..number import shown
from ..ops import DomainError, Op
from .adequacy import adequacy_of
from .diagnosis import Case, Explanation, condition, explained
from .flows import Flows, structure
from .problem import (
    Component,
    Point,
    Problem,
    at_component,
    components,
    digits_of,
    moved,
    plain,
)
from .referee import EPS, Slope, measured
from .report import Kink, Report, Row, Verdict
from .sampling import MODES, Sampler, check_domain, seed_of
from .tracing import Trace, traced

Array = npt.NDArray[np.float64]
OUTSIDE = (DomainError, ArithmeticError, ValueError)
TRIES = 400


def check_grad(
    f: Callable[..., Any],
    df: Any,
    *,
    wrt: str | Sequence[str] | None = None,
    at: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    rel: float = 1e-6,
    abs: float | None = None,
    digits: int | None = None,
    points: int = 8,
    seed: Any = None,
    strict: bool = False,
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
        at: where: a dict of arguments, or several; by default points are drawn.
        domain: where an argument may be drawn from: ``(lowest, highest)``, a set, "positive",
            "negative" or "unit".
        shapes: of the arguments that are arrays, where ``at`` does not show them.
        rel: how far two numbers may be apart, as a part of the larger.
        abs: the same, absolutely; by default 1e-12 of the sum of the sizes of all paths.
        digits: how many significant digits a printed number has; a number as text knows.
        points: how many points to draw.
        seed: of the points; by default the name of the test that runs.
        strict: whether "right but untested" is not ok.

    Returns:
        A report with ``ok, verdict, wrong, right, explanations, kinks, adequacy, table, notes``.

    Raises:
        TypeError, ValueError: the call itself is wrong; what f or df raise at the given points.

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
    problem = Problem(f, df, wrt)
    judge = _Judge(problem, domain or {}, shapes or {}, rel, abs, digits, seed)
    given = [] if at is None else [at] if isinstance(at, Mapping) else list(at)
    return judge.report(given, points, strict)


class _At:
    """One point with what the three witnesses say there."""

    def __init__(self, point: Point, trace: Trace, hand: Mapping[str, Any]) -> None:
        self.point, self.trace, self.hand = point, trace, hand

    def __str__(self) -> str:
        parts = []
        for name, x in self.point.items():
            if isinstance(x, np.ndarray):
                flat = (
                    ", ".join(shown(float(e), 3) for e in x.flat[:2])
                    if x.dtype.kind == "f"
                    else "…"
                )
                parts.append(f"{name}=[{flat}{', …' if x.size > 2 else ''}]")
            else:
                parts.append(f"{name}={shown(x, 6) if isinstance(x, float) else x}")
        text = " ".join(parts)
        return text if len(text) <= 60 else text[:58] + "…"


class _Judge:
    def __init__(
        self,
        problem: Problem,
        domain: Mapping[str, Any],
        shapes: Mapping[str, tuple[int, ...]],
        rel: float,
        absolute: float | None,
        digits: int | None,
        seed: Any,
    ) -> None:
        if not 0 < rel < 1 or (absolute is not None and not absolute >= 0):
            raise ValueError(f"rel = {rel!r}, abs = {absolute!r}: 0 < rel < 1 and abs ≥ 0")
        known = [*problem.arguments, *problem.defaults]
        check_domain(domain, known)
        self.problem, self.domain, self.shapes = problem, domain, dict(shapes)
        self.rel, self.absolute, self.digits = rel, absolute, digits
        self.seed = seed_of(problem.name, seed)
        self.notes: list[str] = []
        self.numeric: dict[tuple[int, int], float] = {}
        self.printed = _is_printed(problem.df)

    # ---- the whole ----------------------------------------------------------------------------

    def report(self, given: Sequence[Mapping[str, Any]], count: int, strict: bool) -> Report:
        if self.printed and not given:
            raise ValueError("at is needed: a number is the gradient at one point")
        places = [self._given(p) for p in given] or self._drawn(count)
        if not places:
            return self._ended(
                Verdict.INCONCLUSIVE,
                "no point was found where f can be computed; give domain= or at=",
            )
        try:
            found = [self._at(p) for p in places]
        except _Untraceable as error:
            return self._untraceable(error, places)
        except _Undefined as error:
            return self._ended(Verdict.INCONCLUSIVE, str(error))
        twice = self._unsteady(found[0])
        if twice:
            return self._ended(Verdict.NOT_DETERMINISTIC, twice)
        if not given:
            found += self._other_branches(found)
        return self._judged(found, bool(given), strict)

    def _ended(self, verdict: Verdict, note: str, **more: Any) -> Report:
        return Report(verdict, self.problem.name, notes=(note, *self.notes), seed=self.seed, **more)

    # ---- points ---------------------------------------------------------------------------------

    def _given(self, p: Mapping[str, Any]) -> Point:
        unknown = [n for n in p if n not in (*self.problem.arguments, *self.problem.defaults)]
        missing = [n for n in self.problem.arguments if n not in p]
        if unknown or missing:
            what = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
            raise ValueError(f"at: {what}; f has {', '.join(self.problem.arguments)}")
        point = {n: plain(x) for n, x in p.items()}
        for n, x in point.items():
            if isinstance(x, np.ndarray):
                self.shapes.setdefault(n, x.shape)
        return point

    def _sampler(self, salt: str, fixed: Mapping[str, Any] | None = None) -> Sampler:
        names = self.problem.arguments + [n for n in self.domain if n in self.problem.defaults]
        return Sampler(names, self.shapes, self.domain, fixed or {}, f"{self.seed}{salt}")

    def _drawn(
        self, count: int, salt: str = "", fixed: Mapping[str, Any] | None = None
    ) -> list[Point]:
        """So many points where f is finite; tried as numbers of any sign, positive, in (0, 1)."""
        sampler = self._sampler(salt, fixed)
        found: list[Point] = []
        for k in range(TRIES):
            if len(found) == count:
                break
            mode = MODES[k % 3] if not found and k > 20 else "signed" if k < 100 else MODES[k % 3]
            point = sampler.draw(mode)
            y = self.problem.number(point)
            if math.isfinite(y) and abs(y) < 1e8:
                found.append(point)
        return found

    def _at(self, point: Point) -> _At:
        trace = self._trace(point)
        _numbers(trace, [])
        hand = self.problem.hand(point, trace.numbers)
        return _At(point, trace, hand)

    def _trace(self, point: Point) -> Trace:
        try:
            return traced(self.problem, point)
        except OUTSIDE as error:
            if math.isfinite(self.problem.number(point)):
                raise _Untraceable(error) from error
            raise _Undefined(
                f"f cannot be computed at {_At(point, Trace({}), {})}: {error}"
            ) from error
        except (TypeError, AttributeError, IndexError) as error:
            try:
                y = self.problem.number(point)
            except (TypeError, AttributeError, IndexError):
                raise error from None
            if math.isfinite(y):
                raise _Untraceable(error) from error
            raise

    def _unsteady(self, first: _At) -> str:
        """What two calls at one point disagree about; "" if nothing."""
        y, again = self.problem.number(first.point), self.problem.number(first.point)
        if y != again and not (math.isnan(y) and math.isnan(again)):
            return f"f gave {y!r}, then {again!r} at the same point; fix its random numbers"
        hand = self.problem.hand(first.point, first.trace.numbers)
        for name, x in first.hand.items():
            if not np.array_equal(np.asarray(x), np.asarray(hand[name]), equal_nan=True):
                return f"df gave two gradients towards {name} at the same point"
        return ""

    def _other_branches(self, found: Sequence[_At]) -> list[_At]:
        """Further points that take a branch which none has taken so far."""
        seen = _branches(f.trace for f in found)
        if not any(sides != {True, False} for _, sides in seen.values()):
            return []
        sampler = self._sampler("branches")
        more: list[_At] = []
        for k in range(60):
            point = sampler.draw(MODES[k % 3] if k % 2 else "signed", spread=(1.0, 3.0, 0.3)[k % 3])
            if not math.isfinite(self.problem.number(point)):
                continue
            try:
                here = self._at(point)
            except (_Undefined, _Untraceable):
                continue
            now = _branches([here.trace])
            fresh = [k for k, (_, sides) in now.items() if not sides <= seen.get(k, ("", set()))[1]]
            if fresh:
                more.append(here)
                for key in fresh:
                    seen.setdefault(key, (now[key][0], set()))[1].update(now[key][1])
            if all(sides == {True, False} for _, sides in seen.values()):
                break
        return more

    # ---- the verdict ------------------------------------------------------------------------------

    def _judged(self, found: list[_At], given: bool, strict: bool) -> Report:
        shape_error = self._misshapen(found[0])
        if shape_error is not None:
            return shape_error
        parts = components(self.problem.wrt, found[0].point)
        hand = self._hand_numbers(found, parts)
        sides = _Sides(found, parts, hand, self.rel, self.absolute)
        slack = self._printed_slack(hand)
        status = sides.status(slack)
        kinks = self._kinks(found, parts, hand, status, white_box=given)
        self._pardon_rounding(found, parts, sides, status)
        table = self._table(found, parts, hand, sides.true, status)
        bad = (status == "differs").any(axis=1)
        right, wrong = _named(parts, ~bad), _named(parts, bad)
        told: dict[str, Any] = {
            "strict": strict,
            "right": right,
            "table": table,
            "seed": self.seed,
            "given": given,
            "kinks": tuple(kinks),
        }
        if wrong:
            ended = self._whose_fault(found, parts, hand, sides, status, told)
            if ended is not None:
                return ended
            explanations = self._why(found, parts, hand, sides, status, given)
            return Report(
                Verdict.WRONG,
                self.problem.name,
                wrong=wrong,
                explanations=explanations,
                notes=tuple(self.notes),
                **told,
            )
        if kinks:
            return Report(Verdict.KINK, self.problem.name, notes=tuple(self.notes), **told)
        ended = self._agreed(found, parts, sides, status, told)
        if ended is not None:
            return ended
        unseen_parts = ~(status == "equal").any(axis=1)
        blind = list(_named(parts, unseen_parts))
        if blind and not self.printed:
            ended = self._second_look(parts, unseen_parts, told, given)
            if ended is not None:
                return ended
        elif blind:
            note = f"the gradient towards {', '.join(blind)} is smaller than rounding can tell"
            return self._ended(Verdict.INCONCLUSIVE, note, **_without(told, "seed"))
        untested = tuple(
            text
            for text, sides_seen in _branches(f.trace for f in found).values()
            if len(sides_seen) == 1
        )
        seen_here = given and not unseen_parts.any()
        told["adequacy"] = self._adequacy(found, parts, slack) if seen_here else None
        if not given:
            bad, _ = self._stress(parts)
            if bad:
                return self._judged([*found, *bad], given, strict)
        unseen = told["adequacy"] is not None and told["adequacy"].unseen > 0
        verdict = Verdict.UNTESTED if untested or unseen else Verdict.RIGHT
        untested = tuple(dict.fromkeys(untested))
        return Report(
            verdict, self.problem.name, untested=untested, notes=tuple(self.notes), **told
        )

    def _misshapen(self, first: _At) -> Report | None:
        """A gradient whose shape is not its parameter's, with what it may be."""
        for name in self.problem.wrt:
            x, h = first.point.get(name), first.hand[name]
            if name not in first.point:
                continue
            want, got = np.shape(x), np.shape(h)
            if want == got:
                continue
            true = np.asarray(_gradient_of(first.trace, name, want))
            h = np.asarray(h, dtype=float)
            why = ""
            if h.size == true.size and h.shape == true.shape[::-1] and np.allclose(h.T, true):
                why = "it is transposed"
            elif h.size == true.size and np.allclose(h.reshape(true.shape), true):
                why = f"the numbers are right; write .reshape({want})"
                if not want:
                    continue
            else:
                for axis in range(h.ndim):
                    for how, number in (("sum", h.sum(axis)), ("mean", h.mean(axis))):
                        if number.shape == want and np.allclose(number, true):
                            why = f"a {how} over axis {axis} is forgotten"
            text = f"the gradient towards {name} has the shape {got}, {name} has {want}"
            text += f": {why}" if why else ""
            e = Explanation(text, "shape", (name,))
            return Report(
                Verdict.WRONG,
                self.problem.name,
                wrong=(name,),
                explanations=(e,),
                seed=self.seed,
                notes=tuple(self.notes),
            )
        return None

    def _hand_numbers(self, found: Sequence[_At], parts: Sequence[Component]) -> Array:
        rows = []
        for c in parts:
            told = []
            for f in found:
                h = f.hand[c.parameter]
                if isinstance(h, str):
                    h = float(h.replace("−", "-"))
                h = np.asarray(h, dtype=float)
                told.append(float(h[c.index]) if c.index else float(h.reshape(-1)[0]))
            rows.append(told)
        return np.array(rows)

    def _printed_slack(self, hand: Array) -> Array:
        """Half a unit in the last digit that was printed."""
        out = np.zeros_like(hand)
        names = self.problem.wrt
        df = self.problem.df
        for row, name in enumerate(names if len(names) == len(hand) else []):
            one = df.get(name) if isinstance(df, Mapping) else df
            digits = self.digits or digits_of(one)
            if digits:
                size = np.floor(np.log10(np.maximum(np.abs(hand[row]), 1e-300)))
                out[row] = 0.5 * 10.0 ** (size - digits + 1) * (1 + 1e-9)
        if self.digits and len(names) != len(hand):
            size = np.floor(np.log10(np.maximum(np.abs(hand), 1e-300)))
            out = 0.5 * 10.0 ** (size - self.digits + 1) * (1 + 1e-9)
        return out

    def _table(
        self,
        found: Sequence[_At],
        parts: Sequence[Component],
        hand: Array,
        true: Array,
        status: npt.NDArray[Any],
    ) -> tuple[Row, ...]:
        words = [str(f) for f in found]
        return tuple(
            Row(
                str(part),
                words[k],
                float(hand[c, k]),
                float(true[c, k]),
                str(status[c, k]),
                self.numeric.get((c, k)),
            )
            for c, part in enumerate(parts)
            for k in range(len(found))
        )

    # ---- the third witness --------------------------------------------------------------------------

    def _measured(self, point: Point, direction: Mapping[Component, float], size: float) -> Slope:
        return measured(lambda s: self.problem.number(moved(point, direction, s)), size)

    def _along(self, point: Point, c: Component) -> Slope:
        return self._measured(point, {c: 1.0}, max(np.abs(at_component(point, c)), 1e-2))

    def _whose_fault(
        self,
        found: Sequence[_At],
        parts: Sequence[Component],
        hand: Array,
        sides: _Sides,
        status: npt.NDArray[Any],
        told: dict[str, Any],
    ) -> Report | None:
        """Where yours and the engine's differ: the referee decides; ``None`` if yours is wrong."""
        differs = status == "differs"
        with np.errstate(all="ignore"):
            gap = np.where(
                differs, np.abs(hand - sides.true) / np.maximum(np.abs(sides.true), 1e-300), -1
            )
        gap = np.nan_to_num(gap, nan=1e300, posinf=1e300)
        broken, unsure, confirmed = [], [], 0
        for flat in np.argsort(-gap, axis=None)[:4]:
            c, k = (int(i) for i in np.unravel_index(flat, gap.shape))
            if not differs[c, k]:
                continue
            n = self._along(found[k].point, parts[c])
            self.numeric[c, k] = n.value
            t, h = float(sides.true[c, k]), float(hand[c, k])
            if not math.isfinite(n.error):
                continue
            if n.agrees(t) and not n.agrees(h):
                confirmed += 1
            elif n.agrees(h) and not n.agrees(t):
                broken.append((c, k))
            elif not n.agrees(t) and not n.agrees(h) and n.is_sure:
                unsure.append((c, k, n))
        numbers = self._table(found, parts, hand, sides.true, status)
        told = {**told, "table": numbers}
        if broken:
            c, k = broken[0]
            return self._ended(
                Verdict.TRACE_BROKEN,
                self._broken(found[k], parts[c], hand[c, k], sides.true[c, k]),
                **_without(told, "seed"),
            )
        if unsure and not confirmed:
            c, k, n = unsure[0]
            t, h = float(sides.true[c, k]), float(hand[c, k])
            kind = classify_point(
                lambda s: self.problem.number(moved(found[k].point, {parts[c]: 1.0}, s)), 0.0
            )
            if kind.kind != "smooth":
                kink = _kink(kind, parts[c], found[k], h)
                return Report(
                    Verdict.KINK,
                    self.problem.name,
                    notes=tuple(self.notes),
                    **{**told, "kinks": (kink,)},
                )
            text = f"all three differ towards {parts[c]}: yours {shown(h, 6)}, the engine {shown(t, 6)}, numeric {shown(n.value, 6)}"
            if found[k].trace.reads:
                text += "; " + self._broken(found[k], parts[c], h, t)
                return self._ended(Verdict.TRACE_BROKEN, text, **_without(told, "seed"))
            return self._ended(Verdict.INCONCLUSIVE, text, **_without(told, "seed"))
        if confirmed:
            self.notes.append("a numeric derivative of f agrees with the engine")
        return None

    def _broken(self, here: _At, c: Component, h: float, t: float) -> str:
        reads = [f"line {line} takes {what}" for line, what in dict.fromkeys(here.trace.reads)]
        cause = (
            f"; {', '.join(reads[:3])}, which is no part of the graph"
            if reads
            else ("; f leaves the graph somewhere (float(v), math.*, a custom rule)")
        )
        return (
            f"yours towards {c}, {shown(float(h), 6)}, agrees with a numeric derivative of f, "
            f"the engine's, {shown(float(t), 6)}, does not{cause}"
        )

    def _agreed(
        self,
        found: Sequence[_At],
        parts: Sequence[Component],
        sides: _Sides,
        status: npt.NDArray[Any],
        told: dict[str, Any],
    ) -> Report | None:
        """Yours and the engine's agree: a directional derivative of f must, too."""
        draw = random.Random(self.seed)
        for k in range(min(2, len(found))):
            point = found[k].point
            direction = {
                c: draw.choice((-1, 1)) * max(np.abs(at_component(point, c)), 0.1) for c in parts
            }
            steps = np.array(list(direction.values()))
            terms = sides.true[:, k] * steps
            if not np.isfinite(terms).all():
                continue
            n = self._measured(point, direction, 1.0)
            slack = max(10 * n.error, 1e-6 * float(np.abs(terms).sum()))
            if not math.isfinite(n.error) or np.abs(terms.sum() - n.value) <= slack:
                continue
            for c, part in enumerate(parts[:24]):
                one, t = self._along(point, part), float(sides.true[c, k])
                if one.agrees(t) or not math.isfinite(one.error):
                    continue
                self.numeric[c, k] = one.value

                def g(s: float, part: Component = part, point: Point = point) -> float:
                    return self.problem.number(moved(point, {part: 1.0}, s))

                kind = classify_point(g, 0.0)
                h = float(sides.hand[c, k])
                if kind.kind == "smooth" and one.is_sure:
                    reads = [
                        f"line {line} takes {what}"
                        for line, what in dict.fromkeys(found[k].trace.reads)
                    ]
                    text = (
                        f"yours and the engine's towards {part} agree, {shown(t, 6)}, but a numeric "
                        f"derivative of f is {shown(one.value, 6)}"
                    )
                    text += (
                        f"; {', '.join(reads[:3])}, which is no part of the graph" if reads else ""
                    )
                    return self._ended(Verdict.TRACE_BROKEN, text, **_without(told, "seed"))
                if kind.kind != "smooth":
                    return Report(
                        Verdict.KINK,
                        self.problem.name,
                        notes=tuple(self.notes),
                        **{**told, "kinks": (_kink(kind, part, found[k], h),)},
                    )
        return None

    def _untraceable(self, error: _Untraceable, places: Sequence[Point]) -> Report:
        """F runs on floats and not on Values: the referee alone is left."""
        cause = error.__cause__
        what = f"f cannot be run on Values ({type(cause).__name__}: {str(cause)[:120]})"
        point = places[0]
        hand = self.problem.hand(point, dict)
        parts = components(self.problem.wrt, point)
        agreed = 0
        for c in parts[:12]:
            h = np.asarray(hand[c.parameter], dtype=float)
            if h.shape != np.shape(point[c.parameter]):
                break
            n = self._along(point, c)
            agreed += n.agrees(float(h[c.index]), 1e-5)
        where = (
            "yours agrees with a numeric derivative"
            if agreed == len(parts[:12])
            else ("yours differs from a numeric derivative too")
        )
        return self._ended(
            Verdict.TRACE_BROKEN, f"{what}; {where}; write f with this library's operations"
        )

    # ---- kinks and rounding ---------------------------------------------------------------------------

    def _kinks(
        self,
        found: Sequence[_At],
        parts: Sequence[Component],
        hand: Array,
        status: npt.NDArray[Any],
        *,
        white_box: bool,
    ) -> list[Kink]:
        out = []
        for k, f in enumerate(found):
            if not white_box or not _at_a_switch(f.trace):
                continue
            for c, part in enumerate(parts):

                def g(s: float, part: Component = part, f: _At = f) -> float:
                    return self.problem.number(moved(f.point, {part: 1.0}, s))

                kind = classify_point(g, 0.0)
                if kind.kind in ("smooth", "undefined"):
                    continue
                out.append(_kink(kind, part, f, float(hand[c, k])))
                status[c, k] = "kink"
        return out

    def _pardon_rounding(
        self,
        found: Sequence[_At],
        parts: Sequence[Component],
        sides: _Sides,
        status: npt.NDArray[Any],
    ) -> None:
        """Where yours differs by no more than rounding may do, it is no mistake."""
        for k in sorted({int(k) for k in np.nonzero(status == "differs")[1]}):
            error = rounding(found[k].trace, parts)
            for c in np.flatnonzero(status[:, k] == "differs"):
                if np.abs(sides.hand[c, k] - sides.true[c, k]) <= 4 * error[c]:
                    status[c, k] = "rounding"
                    where = _largest(found[k].trace)
                    self.notes.append(
                        f"right formula, loses precision towards {parts[c]} where {where}: yours "
                        f"{shown(float(sides.hand[c, k]))}, the engine's {shown(float(sides.true[c, k]))}"
                    )

    def _second_look(
        self,
        parts: Sequence[Component],
        blind: npt.NDArray[np.bool_],
        told: dict[str, Any],
        given: bool,
    ) -> Report | None:
        """The given points show nothing but rounding: drawn ones decide."""
        names = ", ".join(_named(parts, blind)[:6])
        note = f"the gradient towards {names} is smaller than rounding can tell"
        fresh: list[_At] = []
        if given:
            try:
                fresh = [self._at(p) for p in self._drawn(8, "second look")]
            except (_Untraceable, _Undefined):
                fresh = []
        if fresh:
            hand = self._hand_numbers(fresh, parts)
            sides = _Sides(fresh, parts, hand, self.rel, self.absolute)
            status = sides.status(np.zeros_like(hand))
            self._pardon_rounding(fresh, parts, sides, status)
            bad = blind & (status == "differs").any(axis=1)
            if bad.any():
                why = self._why(fresh, parts, hand, sides, status, False)
                table = self._table(fresh, parts, hand, sides.true, status)
                told = {**told, "table": table, "given": False, "right": _named(parts, ~bad)}
                notes = (f"at the given point {note}", *self.notes)
                return Report(
                    Verdict.WRONG,
                    self.problem.name,
                    wrong=_named(parts, bad),
                    explanations=why,
                    notes=notes,
                    **told,
                )
            if (status == "equal").any(axis=1)[blind].all():
                self.notes.append(f"at the given point {note}; it is right at 8 drawn points")
                return None
        return self._ended(Verdict.INCONCLUSIVE, note, **_without(told, "seed"))

    def _stressed(self) -> list[_At]:
        """Points with larger numbers, at which a formula may fail or lose digits."""
        out = []
        for spread, count in ((3.0, 1), (20.0, 2)):
            sampler = self._sampler(f"spread {spread}")
            for _ in range(count):
                point = sampler.draw(spread=spread)
                try:
                    if math.isfinite(self.problem.number(point)):
                        out.append(self._at(point))
                except (_Undefined, _Untraceable, *OUTSIDE):
                    continue
        return out

    def _stress(self, parts: Sequence[Component]) -> tuple[list[_At], bool]:
        """Whether it holds there too; what only loses digits is worth a note.

        Returns:
            The points at which yours differs by more than rounding, surely by the referee.
        """
        bad: list[_At] = []
        told = False
        for here in self._stressed():
            hand = self._hand_numbers([here], parts)
            sides = _Sides([here], parts, hand, self.rel, self.absolute)
            status = sides.status(np.zeros_like(hand))
            if not (status == "differs").any() or not np.isfinite(sides.true).all():
                continue
            error = rounding(here.trace, parts)
            for c in np.flatnonzero(status[:, 0] == "differs"):
                h, t = float(hand[c, 0]), float(sides.true[c, 0])
                n = self._along(here.point, parts[c])
                sure = n.is_sure or n.error < 1e-4 * abs(h)
                if (
                    sure
                    and n.agrees(t, 1e-5)
                    and not n.agrees(h, 1e-4)
                    and np.abs(h - t) > 1e3 * error[c]
                ):
                    bad.append(here)
                    break
                if not told:
                    self.notes.append(
                        f"right formula, loses precision where {_largest(here.trace)}: towards "
                        f"{parts[c]} yours {shown(h)}, the engine's {shown(t)}"
                    )
                    told = True
        return bad, told

    # ---- why ----------------------------------------------------------------------------------------------

    def _why(
        self,
        found: Sequence[_At],
        parts: Sequence[Component],
        hand: Array,
        sides: _Sides,
        status: npt.NDArray[Any],
        given: bool,
    ) -> tuple[Explanation, ...]:
        if not np.isfinite(hand).all():
            self.notes.append("your gradient is not finite at some of the points")
            return ()
        slack = self._printed_slack(hand)
        found = list(found)
        if given and not self.printed:
            try:
                more = [self._at(p) for p in self._drawn(8, "why")]
                both = self._hand_numbers(more, parts) if more else None
            except (_Untraceable, _Undefined, *OUTSIDE):
                more, both = [], None
            if both is not None and np.isfinite(both).all():
                found, hand = found + more, np.concatenate([hand, both], axis=1)
                sides = _Sides(found, parts, hand, self.rel, self.absolute)
                slack = np.zeros_like(hand)
                status = sides.status(slack)
        few = self.printed and bool(slack.any())
        out = self._explained(found, parts, hand, status, slack, few=few)
        partly = ((status == "differs").any(axis=1) & (status == "equal").any(axis=1)).any()
        if not out and partly and not self.printed:
            out = self._where(parts)
        return out

    def _explained(
        self,
        found: Sequence[_At],
        parts: Sequence[Component],
        hand: Array,
        status: npt.NDArray[Any],
        slack: Array,
        *,
        few: bool = False,
        groups: int = 2,
    ) -> tuple[Explanation, ...]:
        """Explanations in the graph that most of the wrong points share."""
        kinds: dict[Any, list[int]] = {}
        for k, f in enumerate(found):
            if not (status[:, k] == "kink").any():
                kinds.setdefault(structure(f.trace), []).append(k)
        wrong = status == "differs"
        usable = sorted(
            (ks for ks in kinds.values() if wrong[:, ks].any()), key=lambda ks: -wrong[:, ks].sum()
        )
        for ks in usable[:groups]:
            flows = Flows([found[k].trace for k in ks], parts)
            rounding_slack = 2e-12 * np.maximum(np.abs(hand[:, ks]), np.abs(flows.true))
            rounding_slack = rounding_slack + 1e-14 * flows.magnitudes() + slack[:, ks]
            case = Case(flows, hand[:, ks], wrong[:, ks], rounding_slack, self._sizes())
            out = explained(case, few=few)
            if out:
                return tuple(out)
        return ()

    def _where(self, parts: Sequence[Component]) -> tuple[Explanation, ...]:
        """Wrong at some points only: what tells them apart, and what is wrong there."""
        try:
            found = [self._at(p) for p in self._drawn(32, "where")]
            hand = self._hand_numbers(found, parts)
        except (_Untraceable, _Undefined, *OUTSIDE):
            return ()
        if len(found) < 20 or not np.isfinite(hand).all():
            return ()
        status = _Sides(found, parts, hand, self.rel, self.absolute).status(np.zeros_like(hand))
        bad = (status == "differs").any(axis=0)
        if not bad.any() or bad.all():
            return ()
        test = None
        if len({structure(f.trace) for f in found}) == 1:
            test = condition(Flows([f.trace for f in found], parts), bad)
        chosen = [k for k in range(len(found)) if bad[k]]
        why = self._explained(
            [found[k] for k in chosen],
            parts,
            hand[:, chosen],
            status[:, chosen],
            np.zeros((len(parts), len(chosen))),
        )
        if why and test is not None:
            return tuple(
                Explanation(f"where {test}: {e.text}", "where", e.parameters, e.line, e.also)
                for e in why
            )
        if why and len({structure(f.trace) for f in found}) > 1:
            return tuple(
                Explanation(f"on one branch only: {e.text}", "where", e.parameters, e.line, e.also)
                for e in why
            )
        if test is not None:
            names = _named(parts, (status == "differs").any(axis=1))
            return (Explanation(f"wrong exactly where {test}", "where", names),)
        return ()

    def _sizes(self) -> dict[str, int]:
        """The lengths that a mean may divide by."""
        out: dict[str, int] = {}
        for name, shape in self.shapes.items():
            for axis, n in enumerate(shape):
                if n > 1:
                    out.setdefault(f"n = {n} (the length of {name}'s axis {axis})", n)
        seen: dict[int, str] = {}
        for word, n in out.items():
            seen.setdefault(n, word)
        return {word: n for n, word in seen.items()}

    def _adequacy(self, found: Sequence[_At], parts: Sequence[Component], slack: Array) -> Any:
        try:
            fresh = [self._trace(p) for p in self._drawn(6, "adequacy")]
        except (_Untraceable, _Undefined):
            return None
        return adequacy_of(
            [f.trace for f in found], [f.point for f in found], fresh, parts, slack, self.rel
        )


class _Untraceable(Exception):
    """F runs on floats, but not on Values."""


class _Undefined(Exception):
    """F cannot be computed at a given point."""


class _Sides:
    """Yours and the engine's: (components, points)."""

    def __init__(
        self,
        found: Sequence[_At],
        parts: Sequence[Component],
        hand: Array,
        rel: float,
        absolute: float | None,
    ) -> None:
        self.hand, self.rel = hand, rel
        columns = [_numbers(f.trace, parts) for f in found]
        self.true = np.array([c[0] for c in columns]).T.reshape(hand.shape)
        self.paths = np.array([c[1] for c in columns]).T.reshape(hand.shape)
        self.floor = 1e-12 * self.paths if absolute is None else np.full(hand.shape, absolute)
        self.zero = self.paths == 0

    def status(self, slack: Array) -> npt.NDArray[Any]:
        """For each number: equal, differs, or below rounding."""
        size = np.maximum(np.abs(self.hand), np.abs(self.true))
        with np.errstate(all="ignore"):
            gap = np.abs(self.hand - self.true)
            near = (gap <= self.rel * size + self.floor + slack) | (self.hand == self.true)
        near &= ~(np.isinf(gap) & (self.hand != self.true))
        out = np.where(near, "equal", "differs").astype(object)
        out[near & (size <= self.floor) & ~self.zero] = "below rounding"
        return out


def _numbers(trace: Trace, parts: Sequence[Component]) -> tuple[list[float], list[float]]:
    """(∂f/∂component, Σ |path products|) for each component of one run."""
    gradient = trace.gradient = {trace.root: 1.0}
    paths = {trace.root: 1.0}
    for v in reversed(trace.nodes):
        g = gradient.get(v)
        if g is None:
            continue
        p = paths[v]
        for x, local in zip(v.operands, v.local_gradients, strict=True):
            gradient[x] = gradient.get(x, 0.0) + (g * local if g or math.isfinite(local) else 0.0)
            paths[x] = paths.get(x, 0.0) + p * abs(local)
    leaves = [trace.leaves[c.parameter] for c in parts]
    chosen = [x[c.index] if c.index else x for x, c in zip(leaves, parts, strict=True)]
    return [gradient.get(x, 0.0) for x in chosen], [paths.get(x, 0.0) for x in chosen]


def _gradient_of(trace: Trace, name: str, shape: tuple[int, ...]) -> Any:
    parts = [Component(name, index) for index in np.ndindex(shape)] if shape else [Component(name)]
    return np.array(_numbers(trace, parts)[0]).reshape(shape)


def rounding(trace: Trace, parts: Sequence[Component]) -> Array:
    """A bound on how far two right formulas may be apart at one point, by rounding alone.

    Every node is wrong by a rounding and by what its operands are wrong by; a local derivative
    by what that does to its rule.
    """
    flows = Flows([trace], parts)
    blur = np.zeros(len(flows.nodes))
    values = flows.values[:, 0]
    for i, operands in enumerate(flows.operands):
        with np.errstate(all="ignore"):
            blur[i] = EPS * abs(values[i]) * bool(operands)
            blur[i] += sum(abs(flows.local[i, k][0]) * blur[j] for k, j in enumerate(operands))
    adjoint, error = np.zeros(len(values)), np.zeros(len(values))
    adjoint[-1] = 1.0
    with np.errstate(all="ignore"):
        for i in range(len(values) - 1, -1, -1):
            op = flows.nodes[i].op
            for k, j in enumerate(flows.operands[i]):
                local = abs(flows.local[i, k][0])
                off = EPS * max(local, float(flows._terms(i, k)[0]))
                if isinstance(op, Op):
                    inside = dict(zip(op.operands, flows.operands[i], strict=True)) | {"y": i}
                    for x, m in inside.items():
                        if blur[m]:
                            there = flows.evaluated(
                                i, op.derivatives[k], other={x: flows.values[m] + blur[m]}
                            )
                            off += abs(float(there[0]) - float(flows.local[i, k][0]))
                error[j] += error[i] * local + adjoint[i] * off
                adjoint[j] += adjoint[i] * local
    found = np.array([0.0 if i is None else error[i] for i in flows.leaf])
    return np.nan_to_num(found, nan=0.0, posinf=0.0)


def _named(parts: Sequence[Component], chosen: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    """The chosen components; a parameter all of which is chosen by its name alone."""
    whole = {p.parameter for p in parts} - {
        p.parameter for p, yes in zip(parts, chosen, strict=True) if not yes
    }
    names = (
        p.parameter if p.parameter in whole else str(p)
        for p, yes in zip(parts, chosen, strict=True)
        if yes
    )
    return tuple(dict.fromkeys(names))


def _is_printed(df: Any) -> bool:
    """Whether the gradient is plain numbers, which hold at one point only."""
    if isinstance(df, Mapping):
        return all(_is_printed(x) for x in df.values())
    return digits_of(df) is not None or (not callable(df) and not isinstance(df, str))


def _without(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {n: x for n, x in told.items() if n not in names}


def _kink(kind: Any, part: Component, f: _At, h: float) -> Kink:
    slopes = [s for s in (kind.left, kind.right) if s is not None]
    low, high = (min(slopes), max(slopes)) if slopes else (math.nan, math.nan)
    slack = 1e-6 * max([abs(s) for s in slopes if math.isfinite(s)], default=0.0)
    accepted = low - slack <= h <= high + slack
    return Kink(str(part), str(f), kind.kind, kind.left, kind.right, h, bool(accepted))


def _at_a_switch(trace: Trace) -> bool:
    """Whether some operation of the run stands where its rule changes."""
    if trace.ties:
        return True
    for v in trace.nodes:
        op = v.op
        if not isinstance(op, Op):
            continue
        if not all(map(math.isfinite, v.local_gradients)):
            return True
        xs = [x.data for x in v.operands]
        piecewise = any(s in d for d in op.derivatives for s in ("<", ">")) or op.name in (
            "sign",
            "step",
            "hypot",
            "atan2",
        )
        if piecewise and (xs[0] == 0 if len(xs) == 1 else xs[0] == xs[1]):
            return True
        if op.name == "floor" and xs[0] == v.data:
            return True
        if op.name == "hypot" and v.data == 0:
            return True
    return False


def _branches(traces: Iterable[Trace]) -> dict[Any, tuple[str, set[bool]]]:
    """Every branch of the runs: what it is called, and which of its sides were taken."""
    out: dict[Any, tuple[str, set[bool]]] = {}
    for trace in traces:
        for site, line, _, result in trace.choices:
            text = f"the comparison in line {line} had one outcome at all points: the other is untested"
            out.setdefault(("if", site), (text, set()))[1].add(result)
        for v in trace.nodes:
            op = v.op
            if not isinstance(op, Op) or not any(
                s in d for d in op.derivatives for s in ("<", ">")
            ):
                continue
            if all(x.is_constant or x.is_leaf and not x.label for x in v.operands):
                continue
            xs = [x.data for x in v.operands]
            side = xs[0] > (xs[1] if len(xs) > 1 else 0.0)
            made = trace.made.get(v)
            where = f" in line {made.line}" if made else ""
            word = "active" if side else "inactive"
            text = f"{op.name}{where} was {word} at all points: its other branch is untested"
            key = (op.name, made.site if made else "")
            out.setdefault(key, (text, set()))[1].add(side)
    return out


def _largest(trace: Trace) -> str:
    """Where the numbers are large: the widest operand of an exponential or the like."""
    worst, word = 0.0, "numbers are large"
    for v in trace.nodes:
        if isinstance(v.op, Op) and len(v.operands) == 1 and v.op.name != "neg":
            x = v.operands[0]
            if abs(x.data) > worst:
                worst, name = abs(x.data), trace.names.get(x, f"the operand of {v.op.name}")
                word = f"|{name}| = {shown(worst, 3)}"
    return word

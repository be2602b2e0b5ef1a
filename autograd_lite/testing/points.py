"""Where a gradient is checked: points that are given, or drawn so that they take every branch."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np

from ..errors import DomainError
from .branches import branches, margins
from .comparison import Evaluation, point_text
from .problem import (
    Point,
    Problem,
    SeveralNumbersError,
    at_component,
    components_of,
    copied,
    lifted,
    moved,
    plain,
)
from .sampling import MODES, Sampler, check_domain, seed_of
from .tracing import Trace, traced, watched
from .ways_out import where_it_failed

OUTSIDE = (DomainError, ArithmeticError, ValueError)
SHAPES: tuple[tuple[int, ...], ...] = ((), (3,), (2,), (3, 3), (2, 2))  # that are tried
TRIES = 400  # points that are tried until enough are found


class UntraceableError(Exception):
    """F runs on floats, but not on Values."""


class UndefinedError(Exception):
    """F cannot be computed at a given point."""


class PointSource:
    """Finds points at which to check a gradient; the same seed gives the same points."""

    def __init__(
        self,
        problem: Problem,
        domain: Mapping[str, Any] | None = None,
        shapes: Mapping[str, tuple[int, ...]] | None = None,
        seed: Any = None,
    ) -> None:
        self.problem, self.domain = problem, domain or {}
        self.shapes = {n: _shape(n, x) for n, x in (shapes or {}).items() if _shape(n, x)}
        known = [*problem.arguments, *problem.defaults]
        check_domain(self.domain, known)
        for name in shapes or ():
            if name not in known:
                raise ValueError(f"shapes: {name!r} is not an argument of f, which has {known}")
        self.seed = seed_of(problem.name, seed)
        self.fixed: dict[str, Any] = {}  # arguments with defaults, as they were given
        self.whole: set[str] = set()  # arguments that f takes as ints only

    def guess_shapes(self) -> None:
        """Shapes under which f is one number and the gradient has them, if numbers will not do.

        Raises:
            TypeError: none of those that are tried do; what f said of single numbers goes along.
        """
        names = [n for n in self.problem.arguments if n not in self.shapes]
        known = dict(self.shapes)
        ints = {n for n, where in self.domain.items() if self._may_be_whole(n, where)}
        refused: list[Exception] = []
        callable_ = False  # with single numbers, though f is nowhere finite
        for shapes, self.whole in product(_combinations(len(names)), [set(), ints]):
            self.shapes = known | {n: s for n, s in zip(names, shapes, strict=True) if s}
            sampler = self.sampler("shapes")
            try:
                tried = (sampler.draw(mode) for mode in MODES * 9)
                point = next((p for p in tried if self.is_finite(p)), None)
                if point is not None and (not any(shapes) or self._shaped_alike(point)):
                    return
                callable_ |= not any(shapes)
            except (TypeError, ValueError, LookupError, AttributeError, UntraceableError) as error:
                refused.append(error)
                if isinstance(error, SeveralNumbersError) and not any(shapes):
                    break
        self.shapes, self.whole = known, set()
        if refused and not callable_:
            raise self._refusal(refused, names)

    def _refusal(self, refused: Sequence[Exception], names: Sequence[str]) -> Exception:
        """What to say where f could not be called: its own word, or that shapes are needed."""
        first = refused[0]
        lacking = {e.name for e in refused if isinstance(e, AttributeError)}
        everywhere = all(isinstance(e, AttributeError) for e in refused) and len(lacking) == 1
        if isinstance(first, SeveralNumbersError) or everywhere:
            return first
        shapes = ", ".join(f"{n!r}: (3,)" for n in names)
        return TypeError(
            f"{self.problem.name} cannot be called with single numbers ({first}): give "
            f"shapes={{{shapes}}} or at=, and domain={{'y': {{0, 1, 2}}}} where y is an index"
        )

    def _may_be_whole(self, name: str, where: Any) -> bool:
        """Whether an argument may be a class by its number, and no parameter."""
        if isinstance(where, int | np.integer | np.ndarray):
            ints = np.asarray(where).dtype.kind in "iu"
        else:
            ints = isinstance(where, set | frozenset | list | range) and all(
                isinstance(x, int) for x in where
            )
        return ints and not self.problem.has_parameter(name)

    def _shaped_alike(self, point: Point) -> bool:
        try:
            evaluation = self.evaluate(point)
        except UntraceableError:
            evaluation = self.on_floats(point)
        point = evaluation.point
        return all(np.shape(x) == np.shape(point[n]) for n, x in evaluation.hand.items())

    def several(self, at: Any) -> list[Mapping[str, Any]]:
        """The points of ``at=``, each a dict by argument."""
        names = self.problem.arguments
        if at is None:
            return []
        if isinstance(at, Mapping):
            return [at]
        if isinstance(at, list) and all(isinstance(p, Mapping) for p in at):
            return at
        if not isinstance(at, tuple):
            at = (at,)
        if len(at) != len(names):
            raise ValueError(
                f"at = {at!r}: {len(at)} for the arguments {', '.join(names)}; write a dict"
            )
        return [dict(zip(names, at, strict=True))]

    def given(self, p: Mapping[str, Any]) -> Point:
        """A point of the caller's, checked."""
        problem = self.problem
        unknown = [n for n in p if n not in (*problem.arguments, *problem.defaults)]
        missing = [n for n in problem.arguments if n not in p]
        if unknown or missing:
            what = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
            raise ValueError(f"at: {what}; f has {', '.join(problem.arguments)}")
        problem.tensors |= {n for n, x in p.items() if hasattr(x, "detach")}
        point = {n: plain(x) for n, x in p.items()}
        ints = {n for n, x in p.items() if self._may_be_whole(n, x)}
        try:
            self.problem.number(point)
        except (TypeError, IndexError):
            self.whole = ints
        point |= {n: p[n] for n in self.whole}
        self.shapes |= {n: x.shape for n, x in point.items() if isinstance(x, np.ndarray)}
        self.fixed |= {n: x for n, x in point.items() if n in problem.defaults}
        return point

    def sampler(self, salt: str = "") -> Sampler:
        """A source of points; another salt gives others."""
        names = self.problem.arguments + [n for n in self.domain if n in self.problem.defaults]
        return Sampler(names, self.shapes, self.domain, f"{self.seed}{salt}", self.whole)

    def drawn(self, count: int, salt: str = "") -> list[Point]:
        """So many points where f is finite; numbers of any sign first, then positive, in (0, 1)."""
        if not salt:
            self.guess_shapes()
        sampler = self.sampler(salt)
        found: list[Point] = []
        for k in range(TRIES + 2 * count):
            if len(found) == count:
                break
            lost = (not found and k > 20) or k > 100
            point = sampler.draw(MODES[k % 3] if lost else "signed") | self.fixed
            if self.is_finite(point):
                found.append(point)
        return found

    def is_finite(self, point: Point) -> bool:
        """Whether f is a number of sensible size there."""
        return abs(self.problem.number(point)) < 1e8  # not true of NaN

    def evaluate(self, point: Point) -> Evaluation:
        """F and the gradient by hand at a point.

        Raises:
            UntraceableError: f runs on floats only.
            UndefinedError: f cannot be computed there.
        """
        return self._beside(point, self.run(point))

    def _beside(self, point: Point, trace: Trace) -> Evaluation:
        """A run of f at a point, and the gradient by hand."""
        hand = self.problem.hand(point, trace.numbers)
        return Evaluation(self.problem.with_inner(point, trace), trace, hand)

    def on_floats(self, point: Point) -> Evaluation:
        """F run on floats, if it can be, and the gradient by hand.

        Raises:
            UndefinedError: f cannot be computed there.
        """
        arguments = lifted(point)[0] if self.problem.needs_values else copied(point)
        try:
            trace = watched(self.problem, arguments, {})
        except OUTSIDE as error:
            where = point_text(point)
            raise UndefinedError(f"f cannot be computed at {where}: {error}") from error
        return self._beside(point, trace)

    def _tried(self, point: Point) -> Evaluation | None:
        """As ``evaluate``; ``None`` where f or the gradient by hand cannot be computed."""
        try:
            return self.evaluate(point)
        except (UntraceableError, UndefinedError, *OUTSIDE):
            return None

    def run(self, point: Point) -> Trace:
        """F at a point; raises as ``evaluate`` does."""
        trace: Trace = self.problem.completed(self._traced(point))
        return trace

    def _traced(self, point: Point) -> Trace:
        try:
            return traced(self.problem, point)
        except Exception as error:
            try:
                y = self.problem.number(point)
            except Exception:  # f cannot be run on floats, either
                raise error from None
            if math.isfinite(y):
                raise UntraceableError(where_it_failed(error)) from error
            if not isinstance(error, OUTSIDE):
                raise
            where = point_text(point)
            raise UndefinedError(f"f cannot be computed at {where}: {error}") from error

    def more(self, count: int, salt: str) -> list[Evaluation]:
        """Some further points, as many of them as can be had."""
        return self.all_of(self.drawn(count, salt))

    def all_of(self, points: Iterable[Point]) -> list[Evaluation]:
        """Those of the points at which f and the gradient by hand can be computed."""
        tried = map(self._tried, points)
        return [evaluation for evaluation in tried if evaluation is not None]

    def around(self, point: Point, count: int = 8) -> list[Point]:
        """Points close to a given one, where the parameters are a little off."""
        draw = random.Random(f"{self.seed} around")
        found: list[Point] = []
        for _ in range(4 * count):
            direction = {
                c: draw.choice((-1, 1))
                * draw.uniform(0.02, 0.1)
                * max(abs(at_component(point, c)), 0.1)
                for c in components_of(self.problem.wrt, point)
            }
            there = moved(point, direction, 1.0)
            if len(found) < count and self.is_finite(there):
                found.append(there)
        return found

    def near_switches(self, found: Sequence[Evaluation], draws: int) -> list[Evaluation]:
        """Further points close to where a branch changes, on either side of it, of so many drawn.

        A forgotten margin, or a threshold a little off, is wrong there only.
        """
        if not margins(found[0].trace):
            return []
        nearest: dict[tuple[Any, bool], tuple[float, int]] = {}
        runs: list[tuple[Point, Trace]] = []
        for point in self.drawn(draws, "switches"):
            try:
                trace = self.run(point)
            except (UntraceableError, UndefinedError, *OUTSIDE):
                continue
            for site, margin in margins(trace).items():
                key = site, margin > 0
                if key not in nearest or abs(margin) < nearest[key][0]:
                    nearest[key] = abs(margin), len(runs)
            runs.append((point, trace))
        out = []
        for k in [*dict.fromkeys(k for _, k in nearest.values())][:6]:
            with suppress(*OUTSIDE):  # of the gradient by hand
                out.append(self._beside(*runs[k]))
        return out

    def other_branches(self, found: Sequence[Evaluation]) -> list[Evaluation]:
        """Further points that take a branch which none has taken so far."""
        seen = branches(f.trace for f in found)
        sampler = self.sampler("branches")
        out: list[Evaluation] = []
        for k in range(60):
            if all(len(sides) == 2 for _, sides in seen.values()):
                break
            point = sampler.draw(MODES[k % 3] if k % 2 else "signed", spread=(1.0, 3.0, 0.3)[k % 3])
            evaluation = self._tried(point) if self.is_finite(point) else None
            if evaluation is None:
                continue
            now = branches([evaluation.trace])
            if any(not sides <= seen.get(key, ("", set()))[1] for key, (_, sides) in now.items()):
                out.append(evaluation)
                for key, (text, sides) in now.items():
                    seen.setdefault(key, (text, set()))[1].update(sides)
        return out

    def with_large_numbers(self, most: int) -> list[Evaluation]:
        """Points with larger numbers, where a formula may fail or lose digits; three at most."""
        out: list[Evaluation] = []
        for spread in (3.0, 20.0, 20.0)[:most]:
            point = self.sampler(f"stress {len(out)}").draw(spread=spread) | self.fixed
            evaluation = self._tried(point) if self.is_finite(point) else None
            if evaluation is not None:
                out.append(evaluation)
        return out

    def sizes(self) -> dict[str, int]:
        """The lengths that a mean may divide by, by name."""
        out: dict[int, str] = {}
        for name, shape in self.shapes.items():
            for axis, n in enumerate(shape):
                if n > 1:
                    out.setdefault(n, f"{n} (the length of {name}'s axis {axis})")
        return {word: n for n, word in out.items()}


def _shape(name: str, shape: Any) -> tuple[int, ...]:
    if isinstance(shape, int):
        return (shape,)
    if isinstance(shape, tuple | list) and all(isinstance(n, int) for n in shape):
        return tuple(shape)
    raise ValueError(f"shapes[{name!r}] = {shape!r}: a tuple of lengths is needed, such as (3,)")


def _combinations(count: int) -> list[tuple[tuple[int, ...], ...]]:
    """Shapes to try for so many arguments, the fewest numbers first."""
    if count <= 3:
        found = product(SHAPES, repeat=count)
        return sorted(found, key=lambda shapes: sum(map(len, shapes)))
    return [(shape,) * count for shape in SHAPES]

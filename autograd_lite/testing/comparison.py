"""The gradient by hand beside the engine's, at several points, and how far rounding goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analysis.extrapolation import EPS
from ..expr import shown
from ..ops import Op
from .diagnose.adjoints import Flows
from .problem import Component, Point, Problem, named, unit_of
from .tracing import Trace

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Here:
    """One point: the run of f there, and the gradient by hand."""

    point: Point
    trace: Trace
    hand: Mapping[str, Any]

    def __str__(self) -> str:
        return point_text(self.point)


def point_text(point: Point, most: int = 60) -> str:
    """A point in one line: ``x=0.5 w=[0.3, −1.2, …]``."""
    parts = []
    for name, x in point.items():
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            few = ", ".join(shown(float(e), 3) for e in x.flat[:2])
            parts.append(f"{name}=[{few}{', …' if x.size > 2 else ''}]")
        else:
            parts.append(f"{name}={shown(x, 6) if isinstance(x, float) else x}")
    text = " ".join(parts)
    return text if len(text) <= most else text[: most - 2] + "…"


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers may be apart: a part of the larger, rounding, and printed digits."""

    problem: Problem
    rel: float
    absolute: float | None = None
    digits: int | None = None
    printed: bool = True  # whether a number as text is rounded, not a formula

    def slack(self, hand: Array, parts: Sequence[Component]) -> Array:
        """Half a unit in the last digit of each number that was printed; 0 for the others."""
        out = np.zeros_like(hand)
        df = self.problem.df
        for row, part in enumerate(parts):
            one = df.get(part.parameter) if isinstance(df, Mapping) else df
            unit = unit_of(one) if self.printed else None
            if self.digits:
                size = np.floor(np.log10(np.maximum(np.abs(hand[row]), 1e-300)))
                unit = 10.0 ** (size - self.digits + 1)
            if unit is not None:
                out[row] = 0.5 * unit * (1 + 1e-9)
        return out


class Comparison:
    """Yours and the engine's: arrays of (components, points).

    ``status`` says of each number: "equal", "differs", or "below rounding" where it is smaller
    than what rounding leaves of the sum of its paths; a judge may add "rounding" and "kink".
    """

    def __init__(
        self, found: Sequence[Here], parts: Sequence[Component], tolerance: Tolerance
    ) -> None:
        self.found, self.parts, self.tolerance = list(found), list(parts), tolerance
        self.hand = np.array([numbers_at(f.hand, parts) for f in found]).T
        columns = [numbers_of(f.trace, parts) for f in found]
        self.true = np.array([c[0] for c in columns]).T.reshape(self.hand.shape)
        self.paths = np.array([c[1] for c in columns]).T.reshape(self.hand.shape)
        self.slack = tolerance.slack(self.hand, parts)
        self.status = self._status()

    def _status(self) -> npt.NDArray[Any]:
        size = np.maximum(np.abs(self.hand), np.abs(self.true))
        absolute = self.tolerance.absolute
        floor = 1e-12 * self.paths if absolute is None else np.full(self.hand.shape, absolute)
        with np.errstate(all="ignore"):
            gap = np.abs(self.hand - self.true)
            close = (gap <= self.tolerance.rel * size + floor + self.slack) & np.isfinite(gap)
        near = np.asarray(close | (self.hand == self.true))
        out = np.where(near, "equal", "differs").astype(object)
        out[near & (size <= floor) & (self.paths > 0)] = "below rounding"
        flat = np.flatnonzero((size == 0).all(axis=1) & (self.paths == 0).all(axis=1))
        for k, here in enumerate(self.found if flat.size else ()):  # 0, or rounded to 0?
            error = rounding(here.trace, [self.parts[c] for c in flat])
            out[flat[error > 0], k] = "below rounding"
        return out

    @property
    def differs(self) -> Mask:
        """Where yours is another number: (components, points)."""
        found: Mask = np.array(self.status == "differs", dtype=bool)
        return found

    @property
    def wrong(self) -> Mask:
        """The components that differ at some point."""
        found: Mask = np.asarray(self.differs.any(axis=1))
        return found

    @property
    def unseen(self) -> Mask:
        """The components of which no point shows more than rounding."""
        found: Mask = ~(self.status == "equal").any(axis=1)
        return found

    def next_to_nothing(self) -> Array:
        """For each component, what rounding leaves of it at a point that is like these."""
        found: Array = 1e-12 * np.median(self.paths, axis=1)
        return found

    def named(self, chosen: Mask) -> tuple[str, ...]:
        """The chosen components; a parameter all of which is chosen by its name alone."""
        return named(self.parts, [int(c) for c in np.flatnonzero(chosen)])

    @property
    def doubtful(self) -> Mask:
        """Where they are further apart than the relative tolerance, and rounding is the excuse."""
        size = np.maximum(np.abs(self.hand), np.abs(self.true))
        with np.errstate(all="ignore"):
            apart = np.abs(self.hand - self.true) > self.tolerance.rel * size + self.slack
        found: Mask = apart & np.isin(self.status, ("equal", "below rounding"))
        return found

    def pardon_rounding(self, contradicted: Callable[[int, int], bool]) -> list[str]:
        """Take back "differs" where rounding alone may do as much; a note for each component.

        Args:
            contradicted: whether f's own numbers say that the one in question is wrong: bounds
                on rounding grow with every turn of a loop, errors need not.
        """
        notes = {}
        for k in np.flatnonzero(self.differs.any(axis=0)):
            error = rounding(self.found[k].trace, self.parts)
            for c in np.flatnonzero(self.differs[:, k]):
                near = np.abs(self.hand[c, k] - self.true[c, k]) <= 4 * error[c]
                if near and not contradicted(int(c), int(k)):
                    self.status[c, k] = "rounding"
                    notes[c] = self.lost(int(c), int(k))
        return list(notes.values())

    def lost(self, c: int, k: int) -> str:
        """What a formula that is right loses at one point, or the engine's beside it."""
        yours, ours = float(self.hand[c, k]), float(self.true[c, k])
        who = "the engine's" if ours == 0 != yours else "yours"
        return (
            f"right formula, loses precision where {widest(self.found[k].trace)} ({who} does): "
            f"towards {self.parts[c]} yours is {shown(yours)}, the engine's {shown(ours)}"
        )


def numbers_at(hand: Mapping[str, Any], parts: Sequence[Component]) -> list[float]:
    """A gradient by hand as a row of numbers, one for each component."""
    return [_number(hand[c.parameter], c) for c in parts]


def _number(h: Any, c: Component) -> float:
    array = np.asarray(h, dtype=float)
    return float(array[c.index]) if c.index else float(array.reshape(-1)[0])


def numbers_of(trace: Trace, parts: Sequence[Component]) -> tuple[list[float], list[float]]:
    """(∂f/∂component, Σ |path products|) for each component of one run."""
    gradient = {trace.root: 1.0}
    paths = {trace.root: 1.0}
    for v in reversed(trace.nodes):
        g = gradient.get(v)
        if g is None:
            continue
        p = paths[v]
        for x, local in zip(v.operands, v.local_gradients, strict=True):
            # As in backward(), but 0 · ∞ is a path that is not taken.
            gradient[x] = gradient.get(x, 0.0) + (g * local if g or math.isfinite(local) else 0.0)
            paths[x] = paths.get(x, 0.0) + p * abs(local)
    leaves = [trace.leaves[c.parameter] for c in parts]
    chosen = [x[c.index] if c.index else x for x, c in zip(leaves, parts, strict=True)]
    return [gradient.get(x, 0.0) for x in chosen], [paths.get(x, 0.0) for x in chosen]


def rounding(trace: Trace, parts: Sequence[Component]) -> Array:
    """A bound on how far two right formulas may be apart at one point, by rounding alone.

    Every node is wrong by a rounding and by what its operands are wrong by; a local derivative
    by what that does to its rule.
    """
    flows = Flows([trace], parts)
    blur = _blur(flows)
    adjoint, error = np.zeros(len(blur)), np.zeros(len(blur))
    adjoint[-1] = 1.0
    with np.errstate(all="ignore"):
        for i in range(len(blur) - 1, -1, -1):
            for k, j in enumerate(flows.operands[i]):
                local = abs(flows.local[i, k][0])
                error[j] += error[i] * local + adjoint[i] * _blurred(flows, i, k, blur)
                adjoint[j] += adjoint[i] * local
    found: Array = np.array([0.0 if i is None else error[i] for i in flows.leaf])
    found[~np.isfinite(found)] = 0.0
    return found


def blur_of(trace: Trace) -> float:
    """A bound on how wrong f's own value is by rounding."""
    blur = float(_blur(Flows([trace], []))[-1])
    return blur if math.isfinite(blur) else 0.0


def _blur(flows: Flows) -> Array:
    """How wrong each node is by rounding."""
    values = flows.values[:, 0]
    blur = np.zeros(len(values))
    with np.errstate(all="ignore"):
        for i, operands in enumerate(flows.operands):
            blur[i] = EPS * abs(values[i]) * bool(operands)
            blur[i] += sum(abs(flows.local[i, k][0]) * blur[j] for k, j in enumerate(operands))
    return blur


def _blurred(flows: Flows, i: int, k: int, blur: Array) -> float:
    """How wrong one local derivative may be: its own rounding, and its rule at blurred numbers."""
    op, local = flows.nodes[i].op, float(flows.local[i, k][0])
    off = EPS * max(abs(local), float(flows.terms(i, k)[0]))
    if isinstance(op, Op):
        inside = dict(zip(op.operands, flows.operands[i], strict=True)) | {"y": i}
        for x, m in inside.items():
            if blur[m]:
                there = flows.evaluated(i, op.derivatives[k], {x: flows.values[m] + blur[m]})
                off += abs(float(there[0]) - local)
    return off


def widest(trace: Trace) -> str:
    """Where the numbers are large: the largest operand of an exponential or the like."""
    worst, word = 0.0, "numbers are large"
    for v in trace.nodes:
        if isinstance(v.op, Op) and len(v.operands) == 1 and v.op.name != "neg":
            x = v.operands[0]
            if abs(x.data) > worst:
                worst, name = abs(x.data), trace.names.get(x, f"the operand of {v.op.name}")
                word = f"|{name}| = {shown(worst, 3)}"
    return word

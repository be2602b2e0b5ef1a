"""What is to be explained: a wrong gradient beside the true one, at the points of one graph."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .adjoints import Adjoints
from .graph import Graph, Hypothesis
from .quantities import constants

Array = npt.NDArray[np.float64]
Key = tuple[Any, ...]


class Budget:
    """The processor time that a search may take; ``spent`` once something was left out for it."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.until, self.spent = seconds, time.process_time() + seconds, False

    def is_left(self, part: float = 1.0) -> bool:
        """Whether less than a part of the time is gone."""
        left = time.process_time() < self.until - (1 - part) * self.seconds
        self.spent |= not left
        return left


class Case:
    """The gradient in question beside the true one, at the points of one graph.

    A mistake is made in the formula of a whole parameter, so a hypothesis explains a parameter if
    it predicts all of its elements at all points, the right ones too, or it does not.

    Args:
        adjoints: the graph.
        hand: yours, (components, points).
        wrong: where it differs.
        slack: how far apart two equal numbers may be: rounding, or the printed digits.
        sizes: lengths that a mean may divide by, by name.
        indices: whole numbers among the arguments, which may be indices, by name.
        generate: makes all hypotheses of a case.
    """

    def __init__(
        self,
        adjoints: Adjoints,
        hand: Array,
        wrong: npt.NDArray[np.bool_],
        slack: Array,
        sizes: Mapping[str, int],
        indices: Mapping[str, Any],
        generate: Callable[[Case], Iterable[Hypothesis]],
    ) -> None:
        self.adjoints, self.graph = adjoints, Graph(adjoints)
        self.hand, self.wrong, self.slack, self.sizes = hand, wrong, slack, sizes
        self.true, self.indices, self.generate = adjoints.true, indices, generate
        self.bound = 1e-6 * np.abs(hand - self.true) + slack
        self.blocks: dict[str, list[int]] = {}
        for c, part in enumerate(adjoints.components):
            self.blocks.setdefault(part.parameter, []).append(c)
        self.to_explain = [n for n, cs in self.blocks.items() if wrong[cs].any()]

    @cached_property
    def table(self) -> dict[float, str]:
        """The constants that a gradient may be off by."""
        return constants(self.graph, self.sizes)

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters; of a large array only some elements are looked at."""
        out = {}
        for name, cs in self.blocks.items():
            index = [self.adjoints.components[c].index for c in cs]
            shape = tuple(max(axis) + 1 for axis in zip(*index, strict=True))
            if len(cs) == math.prod(shape):
                out[name] = shape
        return out

    def fits(self, predicted: Array) -> npt.NDArray[np.bool_]:
        """For each component, whether a prediction is the gradient in question at every point."""
        with np.errstate(all="ignore"):
            near = np.abs(predicted - self.hand) <= self.bound
            unchanged = np.abs(predicted - self.true) <= 1e-3 * np.abs(self.hand - self.true)
            near &= ~(self.wrong & unchanged)  # the true gradient is no reason
        return np.asarray(near.all(axis=-1))

    def covered(self, fits: npt.NDArray[np.bool_]) -> set[str]:
        """The wrong parameters of which everything fits."""
        return {n for n in self.to_explain if fits[self.blocks[n]].all()}

    def predicted(self, hypotheses: Sequence[Hypothesis]) -> Array:
        """What each hypothesis makes of the gradient: (hypotheses, components, points)."""
        out: Array = np.full((len(hypotheses), *self.true.shape), np.nan)
        changes = []
        for k, h in enumerate(hypotheses):
            if h.predict is not None:
                out[k] = h.predict()
            elif h.change is not None:
                changes.append(k)
        if changes:
            out[changes] = self.adjoints.predicted([hypotheses[k].change or {} for k in changes])
        return out

    def filled(self, name: str, numbers: Array) -> Array:
        """A prediction for one parameter: its numbers, of its shape and then the points."""
        out: Array = np.full(self.true.shape, np.nan)
        cs = self.blocks[name]
        out[cs] = np.broadcast_to(numbers, (*self.shapes[name], self.adjoints.count)).reshape(
            len(cs), -1
        )
        return out

    @cached_property
    def known(self) -> dict[Key, Hypothesis]:
        """Every hypothesis that can be made without looking at the gradient in question."""
        return {h.key: h for h in self.generate(self)}

    def without(self, key: Key) -> Array:
        """The gradient that the hypothesis of a key gives; the true one if it has no place here."""
        h = self.known.get(key)
        return self.true if h is None else self.predicted([h])[0]

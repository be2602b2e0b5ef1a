"""What is to be explained: a wrong gradient beside the true one, at the points of one graph."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from .adjoints import Adjoints
from .graph import Graph
from .quantities import constants

Array = npt.NDArray[np.float64]


class Case:
    """The gradient in question beside the true one, at the points of one graph.

    Args:
        adjoints: the graph.
        hand: yours, (components, points).
        wrong: where it differs, by component.
        slack: how far apart two equal numbers may be: rounding, or the printed digits.
        sizes: lengths that a mean may divide by, by name.
    """

    def __init__(
        self,
        adjoints: Adjoints,
        hand: Array,
        wrong: npt.NDArray[np.bool_],
        slack: Array,
        sizes: Mapping[str, int],
    ) -> None:
        self.adjoints, self.graph = adjoints, Graph(adjoints)
        self.hand, self.wrong, self.slack, self.sizes = hand, wrong, slack, sizes
        self.true = adjoints.true
        self.bound = 1e-6 * np.abs(hand - self.true) + slack
        self.to_explain = [c for c in range(len(hand)) if wrong[c].any()]
        self.table = constants(self.graph, sizes)

    def fits(self, predicted: Array) -> npt.NDArray[np.bool_]:
        """For each component, whether a prediction is the gradient in question at every point."""
        with np.errstate(all="ignore"):
            near = np.abs(predicted - self.hand) <= self.bound
        return np.asarray(near.all(axis=-1))

"""A graph that exists as a function of its labelled leaves."""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Mapping
from typing import Any

from ..errors import StaleGraphError
from ..functions import function
from ..ops import Op
from ..value import Value, order

CLASS = re.compile(r"y|t\d*$|label|target|class", re.I)
NEAR = 8  # further points, so close that Python's ``if`` will have gone the same way


class GraphFunction:
    """The operations of a graph, done again on other numbers.

    Leaves without a label are constants.  A node that was made by hand has no rule: near its
    number it is taken as linear, and the graph holds at its own numbers only.

    Raises:
        ValueError: two leaves have one label.
        StaleGraphError: a number was changed since.
    """

    def __init__(self, root: Value) -> None:
        self.nodes = order(root)
        self.__name__ = root.label or "f"
        leaves = [v for v in self.nodes if v.is_leaf and v.label and not v.is_constant]
        self.numbers = {v.label: v.data for v in leaves}
        for v in leaves:
            if sum(v.label == other.label for other in leaves) > 1:
                raise ValueError(f"two leaves of the graph are called {v.label!r}")
        if not leaves:
            raise ValueError("no leaf of the graph has a label: write Value(0.5, label='w')")
        self.argument_names = [*self.numbers]
        self.by_hand = [v for v in self.nodes if not (v.is_leaf or isinstance(v.op, Op))]
        if float(self(**self.numbers)) != root.data:
            raise StaleGraphError("the graph's numbers do not follow from its leaves any more")

    def __call__(self, **leaves: Any) -> Any:
        """The result at other numbers or Values of the leaves."""
        done: dict[Value, Any] = {}
        for v in self.nodes:
            if v.is_leaf:
                done[v] = leaves.get(v.label, v.data) if v.label else v.data
                continue
            operands = [done[x] for x in v.operands]
            if isinstance(v.op, Op):
                parameter = () if v.parameter is None else (v.parameter,)
                done[v] = function(v.op.name)(*operands, *parameter)
            else:
                steps = (x - old.data for x, old in zip(operands, v.operands, strict=True))
                done[v] = sum(
                    (d * s for d, s in zip(v.local_gradients, steps, strict=True)), v.data
                )
            if v.label and isinstance(done[v], Value):
                done[v].label = v.label
        return done[self.nodes[-1]]

    def points(self, seed: Any, *, still: Collection[str] = ()) -> list[Mapping[str, float]]:
        """The graph's own numbers, and some within 1 %; those that are ``still`` stay."""
        draw = random.Random(str(seed))
        near = [
            {
                n: x if n in still else x + draw.choice((-1, 1)) * draw.uniform(2e-3, 1e-2) * size
                for n, x, size in ((n, x, abs(x) or 1.0) for n, x in self.numbers.items())
            }
            for _ in range(0 if self.by_hand else NEAR)
        ]
        return [self.numbers, *near]

    def classes(self) -> list[str]:
        """Leaves that are classes, 0 or 1, to judge by what they are called."""
        return [n for n, x in self.numbers.items() if x.is_integer() and CLASS.match(n)]

    def note(self) -> str:
        """At which numbers it was judged, and why not at others."""
        if self.by_hand:
            name = self.by_hand[0].label or "a node"
            return f"judged at the graph's own numbers only: {name} was made by hand"
        return (
            "judged at the graph's own numbers and within 1 % of them: a graph does not tell which "
            "way Python's if would go elsewhere"
        )

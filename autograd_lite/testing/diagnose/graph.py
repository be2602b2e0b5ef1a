"""A graph with words for it, and what a possible mistake is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...expr import Written, label, shown, written
from ...ops import OPS, Op
from .adjoints import Change, Edge, Flows

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Hypothesis:
    """A possible mistake.  Those with one key are one mistake, seen in several components."""

    key: tuple[Any, ...]
    kind: str
    text: str
    cost: float
    predicted: Array  # (components, points); NaN where it says nothing
    line: int = 0
    change: Change | None = None

    @property
    def sign_is_lost(self) -> bool:
        """Whether it turns the sign of one local derivative."""
        return self.kind == "rule" and str(self.key[2]).startswith("-(")


NOTHING: Array = np.zeros((0, 0))  # not predicted yet


class Graph:
    """The flows with words for them: what a node is called, which edges one line made."""

    def __init__(self, flows: Flows) -> None:
        self.flows = flows
        self.lines = {i: m.line for i, m in flows.made.items()}
        self.sites: dict[tuple[Any, ...], list[Edge]] = {}
        self.reached = reached = self._reaching_a_component()
        for i, operands in enumerate(flows.operands):
            made = flows.made.get(i)
            for k, j in enumerate(operands):
                if j not in reached:
                    continue
                site = (made.site, flows.nodes[i].op, k) if made else (i, k)
                self.sites.setdefault(site, []).append((i, k))
        self.group_of: dict[int, tuple[str, tuple[int, ...]]] = {}
        for name, places in flows.groups.items():
            if isinstance(places, int):
                self.group_of[places] = name, ()
            elif places is not None:
                for index, i in np.ndenumerate(places):
                    self.group_of.setdefault(int(i), (name, index))

    def _reaching_a_component(self) -> set[int]:
        found = {i for i in self.flows.leaf if i is not None}
        for i, operands in enumerate(self.flows.operands):
            if not found.isdisjoint(operands):
                found.add(i)
        return found

    def word(self, i: int, *, whole: bool = False, deep: int = 2) -> Written:
        """What a node is called: its name, its number, or how it was made."""
        if i in self.flows.names:
            name = self.flows.names[i]
            return label(re.sub(r"\[[\d, ]*\]$", "", name) if whole else name)
        v = self.flows.nodes[i]
        if v.is_constant or not isinstance(v.op, Op):
            return shown(v.data)
        if not deep:
            return Written("…")
        words = [self.word(j, whole=whole, deep=deep - 1) for j in self.flows.operands[i]]
        text = v.op.formula(*words, parameter=v.parameter)
        return text if len(text) <= 48 else Written(f"{v.op.name}(…)")

    def at(self, i: int, *, whole: bool = False) -> str:
        """Where a node was made, and as what: ``line 7, a1 = σ(z1)``."""
        v = self.flows.nodes[i]
        line = f"line {self.lines[i]}, " if self.lines.get(i) else ""
        if not isinstance(v.op, Op):
            return line + self.word(i, whole=whole)
        words = [self.word(j, whole=whole) for j in self.flows.operands[i]]
        formula: str = v.op.formula(*words, parameter=v.parameter)
        formula = formula if len(formula) <= 60 else f"{v.op.name}(…)"
        if i in self.flows.names:
            return f"{line}{self.word(i, whole=whole)} = {formula}"
        part_of = self.part_of(i, whole=whole)
        return f"{line}{formula}" + (f" in {part_of}" if part_of else "")

    def part_of(self, i: int, *, whole: bool = False) -> str:
        """The name of the result that an unnamed node goes into, made by the same line."""
        for later in range(i + 1, len(self.flows.nodes)):
            if i in self.flows.operands[later] and self.lines.get(later) == self.lines.get(i):
                i = later
                if i in self.flows.names:
                    return self.word(i, whole=whole)
        return ""

    def rule(self, i: int, text: str, *, whole: bool = False) -> str:
        """A rule's text with the words of a node filled in."""
        v = self.flows.nodes[i]
        assert isinstance(v.op, Op)
        filled: dict[str, Any] = dict(
            zip(
                v.op.operands,
                (self.word(j, whole=whole) for j in self.flows.operands[i]),
                strict=True,
            )
        )
        filled["y"] = self.word(i, whole=whole)
        if v.op.parameter:
            filled[v.op.parameter] = v.parameter
        tidy = text.replace("1.0 * ", "").replace(" * 1.0", "").replace(" / 1.0", "")
        return written(tidy, filled, OPS)

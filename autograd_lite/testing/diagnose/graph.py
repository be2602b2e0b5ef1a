"""The words that a diagnosis uses for the nodes of f's graph, and what a possible mistake is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...expr import Expr, Mathematics, Number, Written, calls, label, rebuilt, shown, simplified
from ...ops import OPS, Op
from ...rule_mutations import unguarded
from .adjoints import Adjoints, Change, Edge

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
    effect: str = ""  # "dropped" or "sign lost", of one local derivative


NOTHING: Array = np.zeros((0, 0))  # not predicted yet


class Graph:
    """The graph with words for it: what a node is called, which edges one line made."""

    def __init__(self, adjoints: Adjoints) -> None:
        self.adjoints = adjoints
        self._words: dict[tuple[int, bool, int], Written] = {}
        self.lines = {i: m.line for i, m in adjoints.made.items()}
        self.sites: dict[tuple[Any, ...], list[Edge]] = {}
        self.reached = reached = self._reaching_a_component()
        for i, operands in enumerate(adjoints.operands):
            made = adjoints.made.get(i)
            for k, j in enumerate(operands):
                if j not in reached:
                    continue
                site = (made.site, adjoints.nodes[i].op, k) if made else (i, k)
                self.sites.setdefault(site, []).append((i, k))
        self.group_of: dict[int, tuple[str, tuple[int, ...]]] = {}
        for name, places in adjoints.groups.items():
            if isinstance(places, int):
                self.group_of[places] = name, ()
            elif places is not None:
                for index, i in np.ndenumerate(places):
                    self.group_of.setdefault(int(i), (name, index))

    def _reaching_a_component(self) -> set[int]:
        found = {i for i in self.adjoints.leaf if i is not None}
        for i, operands in enumerate(self.adjoints.operands):
            if not found.isdisjoint(operands):
                found.add(i)
        return found

    def word(self, i: int, *, whole: bool = False, deep: int = 2) -> Written:
        """What a node is called: its name, its number, or how it was made."""
        key = i, whole, deep
        if key not in self._words:
            self._words[key] = self._word(i, whole, deep)
        return self._words[key]

    def _word(self, i: int, whole: bool, deep: int) -> Written:
        if i in self.adjoints.names:
            name = self.adjoints.names[i]
            return label(re.sub(r"\[[\d, ]*\]$", "", name) if whole else name)
        v = self.adjoints.nodes[i]
        if v.is_constant or not isinstance(v.op, Op):
            return shown(v.data)
        if not deep:
            return Written("…")
        words = [self.word(j, whole=whole, deep=deep - 1) for j in self.adjoints.operands[i]]
        text = v.op.formula(*words, parameter=v.parameter)
        return text if len(text) <= 48 else Written(f"{v.op.name}(…)")

    def at(self, i: int, *, whole: bool = False) -> str:
        """Where a node was made, and as what: ``line 7, a1 = σ(z1)``."""
        v = self.adjoints.nodes[i]
        line = f"line {self.lines[i]}, " if self.lines.get(i) else ""
        if not isinstance(v.op, Op):
            return line + self.word(i, whole=whole)
        words = self.operand_words(i, whole=whole).values()
        formula: str = v.op.formula(*words, parameter=v.parameter)
        formula = formula if len(formula) <= 60 else f"{v.op.name}(…)"
        if i in self.adjoints.names:
            return f"{line}{self.word(i, whole=whole)} = {formula}"
        part_of = self.part_of(i, whole=whole)
        return f"{line}{formula}" + (f" in {part_of}" if part_of else "")

    def part_of(self, i: int, *, whole: bool = False) -> str:
        """The name of the result that an unnamed node goes into, made by the same line."""
        for later in range(i + 1, len(self.adjoints.nodes)):
            if i in self.adjoints.operands[later] and self.lines.get(later) == self.lines.get(i):
                i = later
                if i in self.adjoints.names:
                    return self.word(i, whole=whole)
        return ""

    def rule(self, i: int, rule: Expr, *, whole: bool = False, part: bool = False) -> str:
        """A rule with the words of a node filled in, without the guards of odd points.

        Args:
            i: the node.
            rule: the rule, or a part of one.
            whole: whether an array stands for each of its elements.
            part: whether it is a part that is pointed at: of n − 1 no number is made then.
        """
        v = self.adjoints.nodes[i]
        assert isinstance(v.op, Op)
        filled: dict[str, Any] = self.operand_words(i, whole=whole)
        filled["y"] = self.word(i, whole=whole)
        if v.op.parameter:
            filled[v.op.parameter] = v.parameter
        known = {v.op.parameter: float(v.parameter)} if v.parameter is not None else {}
        simple = rebuilt(simplified(rule, known), unguarded)
        if part and isinstance(simple, Number) and calls(rule):
            simple = rule
        return Mathematics(OPS, filled).text(simple)

    def operand_words(self, i: int, *, whole: bool = False) -> dict[str, Written]:
        """What the operands of a node are called, by their names in its row."""
        op = self.adjoints.nodes[i].op
        assert isinstance(op, Op)
        words = (self.word(j, whole=whole) for j in self.adjoints.operands[i])
        return dict(zip(op.operands, words, strict=True))

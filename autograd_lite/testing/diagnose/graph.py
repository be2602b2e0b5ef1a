"""The words that a diagnosis uses for the nodes of f's graph, and what a possible mistake is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ...expr import PRODUCT, SUM, Mathematics, Written, label, shown, simplified
from ...notation import Call, Expr, Number, calls, rebuilt
from ...ops import OPS, Op
from ...rule_mutations import unguarded
from .adjoints import Adjoints, Change, Edge

Array = npt.NDArray[np.float64]


@dataclass(eq=False)
class Hypothesis:
    """A possible mistake: what is said of it, and the gradient that it would give.

    ``key`` says the same mistake in every graph of f; words and numbers are made when asked for.
    """

    key: tuple[Any, ...]
    kind: str
    cost: float  # how far-fetched it is
    say: str | Callable[[], str]
    line: int = 0
    make: Callable[[], Change] | None = None  # local derivatives in place of the true ones
    predict: Callable[[], Array] | None = None  # or (components, points); NaN: it says nothing
    effect: str = ""  # "dropped" or "sign lost", of one local derivative
    sort: str = ""  # what was done, wherever it was
    again: Callable[[Any], Array] | None = None  # of a fitted one: its prediction for another case
    each: bool = False  # it was made for one parameter, which ends its key

    @cached_property
    def text(self) -> str:
        """What is said of it."""
        return self.say if isinstance(self.say, str) else self.say()

    @cached_property
    def change(self) -> Change | None:
        """The local derivatives that it changes, if it is that."""
        return self.make() if self.make is not None else None


class Graph:
    """The graph with words for it: what a node is called, which edges one line made."""

    def __init__(self, adjoints: Adjoints) -> None:
        self.adjoints = adjoints
        self._words: dict[tuple[int, bool, int], Written] = {}
        self._at: dict[tuple[int, bool], str] = {}  # these two are asked for each mistake at a node
        self._operand_words: dict[tuple[int, bool], dict[str, Written]] = {}
        self.lines = {i: m.line for i, m in adjoints.made.items()}
        self.numbers = self._numbers_of_a_place()
        self.sites: dict[tuple[Any, ...], list[Edge]] = {}
        self.reached = reached = self._reaching_a_component()
        for i, operands in enumerate(adjoints.operands):
            made = adjoints.made.get(i)
            for k, j in enumerate(operands):
                if j not in reached:
                    continue
                site = (made.site, adjoints.nodes[i].op, k) if made else (i, k)
                self.sites.setdefault(site, []).append((i, k))
        self.users: dict[int, list[int]] = {}
        for i, operands in enumerate(adjoints.operands):
            for j in operands:
                self.users.setdefault(j, []).append(i)
        self.group_of: dict[int, tuple[str, tuple[int, ...]]] = {}
        self.groups: dict[str, Any] = {}  # names of numbers and of whole arrays -> nodes
        self.in_part: dict[str, Any] = {}  # of arrays of which f uses some; −1 for the others
        for name, places in adjoints.groups.items():
            if places is None or np.size(places) == 0:
                continue
            if np.min(places) < 0:
                if np.max(places) >= 0:
                    self.in_part[name] = places
            elif all(bare(adjoints.names.get(int(i), "")) == name for i in np.ravel(places)):
                self.groups[name] = places
                for index, i in np.ndenumerate(places):
                    self.group_of.setdefault(int(i), (name, index))

    def _reaching_a_component(self) -> set[int]:
        found = {i for i in self.adjoints.leaf if i is not None}
        for i, operands in enumerate(self.adjoints.operands):
            if not found.isdisjoint(operands):
                found.add(i)
        return found

    def _numbers_of_a_place(self) -> dict[int, Written]:
        """What numbers are called of which one place in the code has several: those of a mask."""
        nodes, together = self.adjoints.nodes, dict[Any, list[int]]()
        for i, made in self.adjoints.made.items():
            for k, j in enumerate(self.adjoints.operands[i]):
                if nodes[j].is_constant and j not in self.adjoints.names:
                    together.setdefault((made.site, nodes[i].op, k), []).append(j)
        out = dict[int, Written]()
        for js in together.values():
            several = sorted({nodes[j].data for j in js})
            if len(several) > 1:
                few = " or ".join(map(shown, several)) if len(several) == 2 else ""
                word = few or f"{shown(several[0], 3)} … {shown(several[-1], 3)}"
                out |= dict.fromkeys(js, Written(f"({word})"))
        return out

    def word(self, i: int, *, whole: bool = False, deep: int = 2) -> Written:
        """What a node is called: its name, its number, or how it was made."""
        key = i, whole, deep
        if key not in self._words:
            self._words[key] = self._word(i, whole, deep)
        return self._words[key]

    def _word(self, i: int, whole: bool, deep: int) -> Written:
        if i in self.adjoints.names:
            name = self.adjoints.names[i]
            return label(bare(name) if whole else name)
        v = self.adjoints.nodes[i]
        if whole and i in self.numbers:
            return self.numbers[i]
        if v.is_constant or not isinstance(v.op, Op):
            return shown(v.data)
        if not deep:
            return Written("…")
        text = self._sum(i, deep)
        if text is None:
            words = [self.word(j, whole=whole, deep=deep - 1) for j in self.adjoints.operands[i]]
            text = v.op.formula(*words, parameter=v.parameter)
        return text if len(text) <= 48 else Written(f"{v.op.name}(…)")

    def _sum(self, i: int, deep: int) -> Written | None:
        """A matrix product or a sum over an array as one: ``X @ w``, ``Σ r²``; else ``None``."""
        terms = self._terms(i)
        if len(terms) < 2:
            return None
        alike: dict[Any, list[int]] = {}
        for j in terms:
            alike.setdefault(self._factors(j) or self.word(j, whole=True, deep=deep), []).append(j)
        if len(alike) == len(terms):
            return None
        words = [self._summed(of, js, deep) for of, js in alike.items()]
        text = " + ".join(word.inside(SUM) for word in words)
        return Written(text, SUM) if len(words) > 1 else words[0]

    def _terms(self, i: int) -> list[int]:
        """What the sum of unnamed partial sums adds up, in order."""
        out, stack, line = [], [i], self.lines.get(i)
        while stack:
            j = stack.pop()
            inside = j == i or (j not in self.adjoints.names and self.lines.get(j) == line)
            if inside and getattr(self.adjoints.nodes[j].op, "name", "") == "add":
                stack += reversed(self.adjoints.operands[j])
            else:
                out.append(j)
        return out

    def _factors(self, j: int) -> tuple[str, str] | None:
        """The arrays of whose elements an unnamed node is the product."""
        operands = self.adjoints.operands[j]
        if j in self.adjoints.names or getattr(self.adjoints.nodes[j].op, "name", "") != "mul":
            return None
        groups = [self.group_of.get(x, ("", ())) for x in operands]
        return (groups[0][0], groups[1][0]) if all(index for _, index in groups) else None

    def _summed(self, of: Any, js: list[int], deep: int) -> Written:
        """The words of some terms of one kind."""
        word = self.word(js[0], whole=True, deep=deep)
        if len(js) == 1:
            return word
        if isinstance(of, tuple) and self._is_matmul(js[0]):
            places = [[self.group_of[x][1] for x in self.adjoints.operands[j]] for j in js]
            sides = []
            for k, name in enumerate(of):
                first, second = places[0][k], places[1][k]
                runs = [
                    axis for axis, (a, b) in enumerate(zip(first, second, strict=True)) if a != b
                ]
                turned = len(first) == 2 and runs == [k]  # of X @ Y the inner axes run: 1 and 0
                sides.append(f"{name}.T" if turned else name)
            return Written(" @ ".join(sides), PRODUCT)
        return Written(f"Σ {word.inside(PRODUCT)}", SUM)

    def _is_matmul(self, j: int) -> bool:
        """Whether a product is added up by the very instruction that made it."""
        made = self.adjoints.made
        later = [made[x] for x in self.users.get(j, []) if x in made]
        return j in made and any(x.site[2:] == made[j].site[2:] for x in later)

    def _whole(self, i: int) -> int:
        """The end of the matrix product that a node is inside of; else the node."""
        if i in self.adjoints.names or self._factors(i) is None or not self._is_matmul(i):
            return i
        site = self.adjoints.made[i].site[2:]
        while i not in self.adjoints.names:
            later = [x for x in self.users.get(i, []) if x in self.adjoints.made]
            same = [x for x in later if self.adjoints.made[x].site[2:] == site]
            if not same:
                break
            i = same[0]
        return i

    def at(self, i: int, *, whole: bool = False) -> str:
        """Where a node was made, and as what: ``line 7, a1 = σ(z1)``."""
        if (i, whole) not in self._at:
            self._at[i, whole] = self._made_at(i, whole)
        return self._at[i, whole]

    def _made_at(self, i: int, whole: bool) -> str:
        v = self.adjoints.nodes[i]
        top = self._whole(i)
        if top != i:
            line, end = f"line {self.lines[i]}, ", self.part_of(top, whole=whole)
            if top in self.adjoints.names:
                end = self.word(top, whole=whole)
            return f"{line}{self._sum(top, 2)}" + (f" in {end}" if end else "")
        line = f"line {self.lines[i]}, " if self.lines.get(i) else ""
        if not isinstance(v.op, Op):
            return line + self.word(i, whole=whole)
        words = self.operand_words(i, whole=whole).values()
        formula: str = self._sum(i, 2) or v.op.formula(*words, parameter=v.parameter)
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
        filled: dict[str, Any] = {**self.operand_words(i, whole=whole)}
        filled["y"] = self.word(i, whole=whole)
        if v.op.parameter:
            filled[v.op.parameter] = v.parameter
        known = {v.op.parameter: float(v.parameter)} if v.parameter is not None else {}
        for x, j in zip(v.op.operands, self.adjoints.operands[i], strict=True):
            number = self.adjoints.nodes[j]
            if whole and j in self.numbers:
                continue
            if number.is_constant and (number.data.is_integer() or (v.op.name, x) == ("pow", "b")):
                known[x] = number.data
        simple = _plain(rule, tuple((x, repr(float(n))) for x, n in known.items()))
        if part and isinstance(simple, Number) and calls(rule):
            simple = rule
        return Mathematics(OPS, filled).text(simple)

    def operand_words(self, i: int, *, whole: bool = False) -> dict[str, Written]:
        """What the operands of a node are called, by their names in its row."""
        if (i, whole) not in self._operand_words:
            op = self.adjoints.nodes[i].op
            assert isinstance(op, Op)
            words = (self.word(j, whole=whole) for j in self.adjoints.operands[i])
            self._operand_words[i, whole] = dict(zip(op.operands, words, strict=True))
        return self._operand_words[i, whole]


def bare(name: str) -> str:
    """The name of an array, of that of its element."""
    return re.sub(r"\[[\d, ]*\]$", "", name)


@lru_cache(maxsize=10_000)  # rules are few, nodes many: a quarter of a mutation score's time
def _plain(rule: Expr, known: tuple[tuple[str, str], ...]) -> Expr:
    """A rule at known numbers, as text (−0.0 is not 0.0), without the guards of odd points."""
    numbers = {x: float(n) for x, n in known}
    return rebuilt(rebuilt(simplified(rule, numbers), unguarded), _flat)


def _flat(x: Expr) -> Expr:
    """2 · (2 · w) as 2 · 2 · w, and −(−y / v) as y / v."""
    if not isinstance(x, Call):
        return x
    first = x.arguments[0]
    if x.name == "mul" and isinstance(x.arguments[1], Call) and x.arguments[1].name == "mul":
        a, b = x.arguments[1].arguments
        return Call("mul", (_flat(Call("mul", (first, a))), b))
    if x.name == "neg" and isinstance(first, Call) and first.name in ("mul", "div"):
        inner = first.arguments[0]
        if isinstance(inner, Call) and inner.name == "neg":
            return Call(first.name, (inner.arguments[0], first.arguments[1]))
    return x

"""The result of a check, and its text of 25 lines or fewer."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

import numpy as np

from ..expr import shown
from ..notebook import bundle, escaped, pre
from ..terminal import printed, with_all_signs
from .diagnose.search import Explanation

WIDTH, LINES = 100, 25


def relative_error(yours: Any, expected: Any) -> Any:
    """|yours − expected| as a part of the larger of the two; NaN where either is."""
    with np.errstate(all="ignore"):
        gap = np.abs(np.subtract(yours, expected))
        size = np.maximum(np.abs(yours), np.abs(expected))
        return np.where(np.equal(yours, expected), 0.0, gap / size)[()]


UNEXPLAINED = "no explanation was looked for: explain=False"  # the note that says so


class Verdict(str, Enum):
    """The seven ways in which a check can end; each equals its text, ``"RIGHT"`` and so on."""

    RIGHT = "RIGHT"
    WRONG = "WRONG"
    UNTESTED = "RIGHT BUT UNTESTED"
    KINK = "KINK"
    TRACE_BROKEN = "TRACE BROKEN"
    NOT_DETERMINISTIC = "NOT DETERMINISTIC"
    INCONCLUSIVE = "INCONCLUSIVE"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Row:
    """One number of the gradient at one point."""

    component: str
    point: str
    yours: float
    true: float
    status: str  # "equal", "differs", "kink", "below rounding", "rounding"
    numeric: float | None = None  # by finite differences, where these were taken

    @property
    def error(self) -> float:
        """|yours − true| as a part of the larger, to six digits; 0 where it is not known."""
        error = relative_error(self.yours, self.true)
        return math.inf if math.isnan(self.yours) else 0.0 if np.isnan(error) else round(error, 6)


@printed
@dataclass(frozen=True)
class PointResult:
    """What was found at one point: numbers and arrays by parameter."""

    arguments: Mapping[str, Any]
    yours: Mapping[str, Any]
    expected: Mapping[str, Any]  # by the engine, or numeric derivatives; NaN: not measured singly
    errors: Mapping[str, Any]  # |yours − expected|, as a part of the larger of the two
    wrong: tuple[str, ...] = ()  # the components that differ
    worst: float = 0.0  # the largest error of these

    def __str__(self) -> str:
        where = " ".join(
            f"{n}={shown(x, 6) if isinstance(x, float) else x}" for n, x in self.arguments.items()
        )
        return f"{where}: {_list(self.wrong) or 'nothing'} wrong, by {shown(self.worst, 3)}"


@printed
@dataclass(frozen=True)
class Kink:
    """A point where f has no derivative towards a component."""

    component: str
    point: str
    kind: str
    left: float | None
    right: float | None
    yours: float
    accepted: bool

    def __str__(self) -> str:
        slopes = [shown(s) if s is not None else "none" for s in (self.left, self.right)]
        where = "between" if self.accepted else "outside"
        return (
            f"{self.kind} towards {self.component} at {self.point}: slope {slopes[0]} from the "
            f"left, {slopes[1]} from the right; yours, {shown(self.yours)}, is {where}"
        )


@printed
@dataclass(frozen=True)
class MutationScore:
    """How many of the usual mistakes the points of a test would show."""

    total: int
    unseen: int
    examples: tuple[str, ...] = ()
    hiding: tuple[str, ...] = ()  # such as "x1 = 1"

    def __str__(self) -> str:
        where = f" ({', '.join(self.hiding[:4])})" if self.hiding and self.unseen else ""
        return f"{self.unseen} of {self.total} common mistakes would go unnoticed{where}"


@printed
@dataclass
class Report:
    """The result of ``check_grad``; true in an ``if`` where the gradient is accepted."""

    verdict: Verdict
    name: str
    strict: bool = False
    wrong: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    kinks: tuple[Kink, ...] = ()
    mutation_score: MutationScore | None = None
    untested: tuple[str, ...] = ()  # branches that no point visited
    notes: tuple[str, ...] = ()
    table: tuple[Row, ...] = ()
    seed: str = ""
    given: bool = False  # the points were the caller's
    by_program: int = 0  # further points, computed by a program
    evidence: str = "engine"  # "numeric" where f cannot be traced
    count: int = 0  # points it was checked at, those by a program among them
    find_points: Callable[[], tuple[PointResult, ...]] = field(default=tuple, repr=False)
    data: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def ok(self) -> bool:
        """Whether ``assert_grad`` passes."""
        if self.verdict is Verdict.UNTESTED:
            return not self.strict
        return self.verdict in (Verdict.RIGHT, Verdict.KINK)  # outside of the slopes it is WRONG

    @cached_property
    def points(self) -> tuple[PointResult, ...]:
        """What was found at each point, the worst first; those of a program are not kept."""
        return self.find_points()

    def __bool__(self) -> bool:
        return self.ok

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "points": self.points, "find_points": tuple}  # f stays here

    def __repr__(self) -> str:
        return f"<gradient of {self.name}: {self.headline}>"

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        v = self.verdict
        if v is Verdict.WRONG:
            numeric = self.evidence == "numeric"
            why = "numeric derivatives differ" if numeric else "no explanation found"
            why = "the numbers differ" if UNEXPLAINED in self.notes else why
            if self.explanations:
                e = self.explanations[0]
                partly = set(e.parameters) != set(self.wrong)
                why = f"{_list(e.parameters, 4)}: {e.text}" if partly else e.text
            return f"d{self.name}/d{_list(self.wrong, 4)} is WRONG: {why}"
        if v is Verdict.UNTESTED:
            what = self.untested[0] if self.untested else with_all_signs(self.mutation_score)
            return f"the gradient of {self.name} is RIGHT BUT UNTESTED: {what}"
        if v is Verdict.KINK:
            return f"the gradient of {self.name} is at a KINK: {with_all_signs(self.kinks[0])}"
        if v is Verdict.RIGHT:
            how = " by numeric derivatives" if self.evidence == "numeric" else ""
            return f"the gradient of {self.name} is RIGHT at {_points(self.count)}{how}"
        return f"the gradient of {self.name}: {v}: {self.notes[0] if self.notes else ''}".rstrip(
            ": "
        )

    def __str__(self) -> str:
        lines = _formulas(self.headline, "", 2)
        if self.right and self.wrong:
            lines.append(f"  wrong: {_list(self.wrong)}   right: {_list(self.right)}")
        for e in self.explanations:
            if len(self.explanations) > 1:
                lines += _formulas(f"{_list(e.parameters, 6)}: {e.text}", "  ", 3)
            for other in e.also[:2]:
                lines += _formulas(f"or, the same numbers: {other}", "    ", 2)
        skip = (
            0
            if self.verdict in (Verdict.WRONG, Verdict.KINK, Verdict.RIGHT, Verdict.UNTESTED)
            else 1
        )
        for note in self.notes[skip:]:
            lines += _wrapped(note, "  ", 3)
        shown_rows = self._rows()
        if shown_rows:
            lines += shown_rows
        for kink in self.kinks[:3]:
            if (told := with_all_signs(kink)) not in lines[0]:
                lines += _wrapped(told, "  ", 2)
        for text in self.untested[:3]:
            if text not in lines[0]:
                lines += _wrapped(text, "  ", 2)
        if (
            self.mutation_score is not None
            and self.mutation_score.unseen
            and self.verdict is not Verdict.WRONG
        ):
            if with_all_signs(self.mutation_score) not in lines[0]:
                where = "this point" if self.given else "these points"
                lines.append(f"  at {where} {with_all_signs(self.mutation_score)}")
            lines += [f"    such as: {e}" for e in self.mutation_score.examples[:2]]
        if self.count:
            how = "given" if self.given else f"drawn (seed {self.seed!r})"
            many = f", {_points(self.by_program)} of them by a program" if self.by_program else ""
            lines.append(f"  checked at {_points(self.count)}, {how}{many}")
        return "\n".join(line[:220] for line in lines[:LINES])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        first, *rest = with_all_signs(self).split("\n")
        told = f"<div><b>{escaped(first)}</b></div>" + (pre("\n".join(rest)) if rest else "")
        return bundle(self, html=told)

    def _rows(self) -> list[str]:
        """The worst numbers, one row for each wrong component, and a second point of the first."""
        bad = [r for r in self.table if r.status in ("differs", "kink")]
        if not bad or self.verdict in (Verdict.RIGHT, Verdict.UNTESTED):
            return []
        picked: list[Row] = []
        for name in dict.fromkeys(r.component for r in bad):
            mine = sorted((r for r in bad if r.component == name), key=lambda r: -r.error)
            picked += mine[: 3 if len(set(self.wrong)) <= 1 else 1]
        picked = sorted(picked, key=lambda r: -r.error)[:6]
        expected = "numeric" if self.evidence == "numeric" else "engine"
        if expected == "engine" and self.verdict is Verdict.WRONG:
            expected = "true"
        head = ("", "yours", expected, f"yours/{expected}", "at")
        rows = [head]
        for r in picked:
            known = r.true and not math.isnan(r.true)
            true = "—" if math.isnan(r.true) else shown(r.true, 6)
            ratio = shown(r.yours / r.true, 6) if known else "—"
            rows.append((r.component, shown(r.yours, 6), true, ratio, r.point))
        widths = [max(len(row[k]) for row in rows) for k in range(4)]
        lines = [
            "  "
            + "  ".join(
                [row[0].ljust(widths[0]), *(row[k].rjust(widths[k]) for k in (1, 2, 3)), row[4]]
            )
            for row in rows
        ]
        return [line.rstrip()[: WIDTH + 20] for line in lines]


def _points(count: int) -> str:
    return f"{count:,} point{'s' * (count != 1)}"


def _wrapped(text: str, indent: str, most: int) -> list[str]:
    lines = textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
    return lines[:most]


def _formulas(text: str, indent: str, most: int) -> list[str]:
    """The lines of an explanation: what was done, and below it what it says of a derivative."""
    first, *rest = re.split(r"; (?=∂|its local derivative|and )", text)
    lines = textwrap.wrap(first, 160, initial_indent=indent, subsequent_indent=indent + "  ")
    return lines[:most] + [f"{indent}    {x}" for x in rest]


def _list(names: Sequence[str], most: int = 9) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

"""Cases by turns, for some minutes, and what was found."""

from __future__ import annotations

import random
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Find:
    """What a case shows to be wrong."""

    case: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.case}: expected {self.expected}, got {self.got}"


class Undecided(Exception):  # noqa: N818
    """Nothing can be said about this case."""


Case = Callable[[random.Random], "Find | None"]


def first(finds: Iterable[Find | None]) -> Find | None:
    """The first that is one: the rest is not computed."""
    return next((find for find in finds if find), None)


def smallest(whole: Any, check: Callable[[Any], Find | None]) -> Find | None:
    """What a graph shows, by the shortest of its beginnings that shows something."""
    find = check(whole)
    if not find:
        return None
    for part in whole.shortest():
        try:
            find = check(part) or find
        except Undecided:
            continue
        if find.case.endswith(str(part)):
            break
    return find


def ran(case: Case, seed: str) -> Find | None:
    """One case; an unexpected exception or warning is a find."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return case(random.Random(seed))
    except Undecided:
        raise
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"
        return Find("raised", "no exception", text)


def fuzz(
    kinds: dict[str, Case], seconds: float, seed: int, tell: Callable[[str], object] = print
) -> int:
    """Run the kinds by turns, with equal time for each; return the number of finds.

    The n-th case of a kind has the seed ``"seed.n"``: ``--case KIND:SEED.N`` runs it again.
    """
    cases: Counter[str] = Counter()
    undecided: Counter[str] = Counter()
    finds: Counter[str] = Counter()
    spent = dict.fromkeys(kinds, 0.0)
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        kind = min(spent, key=spent.__getitem__)
        name = f"{seed}.{cases[kind]}"
        cases[kind] += 1
        before = time.monotonic()
        try:
            find = ran(kinds[kind], name)
        except Undecided:
            undecided[kind] += 1
            find = None
        spent[kind] += time.monotonic() - before
        if find:
            finds[kind] += 1
            tell(f"FIND --case {kind}:{name}  {find}")
    counts = (f"{k} {cases[k]} ({undecided[k]} undecided, {finds[k]} finds)" for k in kinds)
    tell(f"seed {seed}: " + ", ".join(counts))
    return finds.total()

"""What the tables of the lecture notes are made of: rows, reasons and errata.

A table is a dict: a title with the Chinese and the English term, and below it rows and reasons.
An item of a note has an id: S0-023 is the 23rd of note 000.  Several rows may share one.

>>> row = Row("S0-002", "(x³)′ at 2", lambda: 3 * 2.0**2, 12, "000 §1.1, l. 68")
>>> check(row)
>>> agrees((4.0, "saddle", [1, 2]), (4, "saddle", (1, 2)), 1e-12)
True
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """One statement of a note, computed: ``call()`` must agree with ``expected``."""

    id: str
    what: str
    call: Callable[[], Any]
    expected: Any  # a number, text, truth value, or (nested) sequence; never computed by ``call``
    source: str  # "000 §2.3, l. 371"
    rtol: float = 1e-12


@dataclass(frozen=True)
class Reason:
    """Why an item of a note holds nothing to compute."""

    id: str
    why: str


SLIP = "a slip of the pen, of which nothing follows"


@dataclass(frozen=True)
class Erratum:
    """A statement of a note that is wrong as printed.

    ``witness()`` gives what the printed statement leads to, and what is true; the two must agree
    with ``expected`` and differ.  By default it tells whether each of the two statements holds.
    A wrong character that no number can show has no witness: ``SLIP`` and ``None``.
    """

    id: str
    what: str  # what the two numbers of the witness are
    printed: str
    true: str
    witness: Callable[[], tuple[Any, Any]] | None
    source: str
    expected: tuple[Any, Any] = (False, True)
    rtol: float = 1e-12

    @property
    def place(self) -> tuple[int, int]:
        """(note, line), the order of the pages."""
        found = re.match(r"(\d{3})\b.*?\bl\. ?(\d+)", self.source)
        if not found:
            raise ValueError(f"{self.id}: source {self.source!r} is not like '000 §2.5, l. 460'")
        return int(found[1]), int(found[2])


def agrees(got: Any, expected: Any, rtol: float) -> bool:
    """Whether ``got`` is ``expected``: a number within ``rtol`` of it, and of 0 within 1e-12.

    Sequences must agree in length and element by element; text and truth values must be equal.
    """
    if isinstance(expected, list | tuple | np.ndarray):
        if not hasattr(got, "__len__") or isinstance(got, str) or len(got) != len(expected):
            return False
        return all(agrees(g, e, rtol) for g, e in zip(got, expected, strict=True))
    if isinstance(expected, str | bool | np.bool_ | None):
        kinds = str if isinstance(expected, str) else bool | np.bool_
        return (
            got is expected
            if expected is None
            else isinstance(got, kinds) and bool(got == expected)
        )
    if isinstance(got, str | bool | np.bool_ | None) or hasattr(got, "__len__"):
        return False
    got, expected = float(got), float(expected)
    if not np.isfinite(expected):
        return got == expected or bool(np.isnan(got) and np.isnan(expected))
    return abs(got - expected) <= (rtol * abs(expected) if expected else 1e-12)


def check(row: Row) -> None:
    """Compute a row and compare."""
    got = row.call()
    assert agrees(got, row.expected, row.rtol), (
        f"{row.id}, {row.what}: {got!r}, expected {row.expected!r} ({row.source})"
    )


def check_erratum(e: Erratum) -> None:
    """The printed statement is false, the true one holds, and they differ in the numbers told."""
    assert e.printed != e.true and e.place and (e.what == SLIP) is (e.witness is None)
    if e.witness is None:
        return
    got = e.witness()
    assert agrees(got, e.expected, e.rtol), f"{e.id}, {e.what}: {got!r}, not {e.expected!r}"
    assert not agrees(got[0], got[1], e.rtol), f"{e.id}, {e.what}: {got!r} tells no difference"


def raised(call: Callable[[], Any]) -> str:
    """The name of the error that a call raises; "nothing" if it raises none.

    >>> raised(lambda: 1 / 0), raised(lambda: 1 / 1)
    ('ZeroDivisionError', 'nothing')
    """
    try:
        call()
    except Exception as error:
        return type(error).__name__
    return "nothing"


def rows(table: dict[str, list[Row | Reason]]) -> list[Row]:
    """The rows of all groups, one after another."""
    return [item for group in table.values() for item in group if isinstance(item, Row)]


def reasons(table: dict[str, list[Row | Reason]]) -> list[Reason]:
    """The reasons of all groups."""
    return [item for group in table.values() for item in group if isinstance(item, Reason)]


def names(items: list[Row]) -> list[str]:
    """A name for each row: its id, with a letter where several share it.

    >>> names([Row(i, "", int, 0, "") for i in ("S0-001", "S0-002", "S0-002")])
    ['S0-001', 'S0-002a', 'S0-002b']
    """
    many, seen, made = Counter(item.id for item in items), Counter[str](), []
    for item in items:
        made.append(item.id + (chr(ord("a") + seen[item.id]) if many[item.id] > 1 else ""))
        seen[item.id] += 1
    return made


def check_covered(table: dict[str, list[Row | Reason]], note: str, count: int) -> None:
    """Every id of a note has rows or else a reason, not both, and there is no other id."""
    expected = {f"{note}-{k:03}" for k in range(1, count + 1)}
    computed, explained = {r.id for r in rows(table)}, {r.id for r in reasons(table)}
    assert not expected - computed - explained, (
        f"missing: {sorted(expected - computed - explained)}"
    )
    assert computed | explained == expected, f"unknown: {sorted((computed | explained) - expected)}"
    assert not computed & explained, f"computed, so no reason is due: {computed & explained}"

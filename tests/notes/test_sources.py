"""Every source names lines of a note that exist, hold text, and fit the section or number it names.

``000 §2.5, l. 460``, ``003, l. 119-121``, ``004, l. 133-151 (5.49)-(5.53)``, ``004 (5.7), l. 58``.
"""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.notes.lines import NUMBERED, SECTIONS, TEXT

ROOT = Path(__file__).parents[2]
MADE_UP = ("test_rows.py", "test_sources.py")  # whose sources are examples
FILES = [
    path
    for pattern in ("autograd_lite/**/*.py", "tests/**/*.py", "demos/**/*.py", "docs/*.md")
    for path in sorted(ROOT.glob(pattern))
    if path.name not in MADE_UP
]
# A note, then what may stand between it and the lines: a section, a title, an equation's number.
SOURCE = re.compile(r"\b(00[0234])\b((?:(?!\b00[0234]\b)[^\"\n;|]){0,60}?),? l\. ?(\d+)(?:-(\d+))?")


def numbers(text):
    """1-3 7 as {1, 2, 3, 7}."""
    for run in text.split():
        first, _, last = run.partition("-")
        yield from range(int(first), int(last or first) + 1)


HELD = {note: set(numbers(text)) for note, text in TEXT.items()}


def sources(text):
    """(note, between, after, first, last) of every source in a text."""
    for found in SOURCE.finditer(text):
        note, between, first, last = found.groups()
        after = text[found.end() : found.end() + 20]
        yield note, between, after, int(first), int(last or first)


def fault(note, between, after, first, last):
    """What is wrong with a source, "" if nothing."""
    if not HELD[note] & set(range(first, last + 1)) or first > last or last > max(HELD[note]):
        return f"{note} has no text at {first}-{last}"
    if first not in HELD[note] or last not in HELD[note]:
        return f"{note} is empty at line {first} or {last}"
    section = re.search(r"§(\d(?:\.\d){1,2})(?:-(\d(?:\.\d){1,2}))?", between)
    if note == "000" and section and first > 59:
        order = list(SECTIONS)
        one, other = section[1], section[2] or section[1]
        within = [s for s in order if one <= s <= other or s.startswith(f"{other}.")]
        following = order.index(within[-1]) + 1
        end = SECTIONS[order[following]] if following < len(order) else 10**6
        if not SECTIONS[one] <= first <= last < end:
            return f"000 §{section[1]} is not at {first}-{last}"
    numbered = re.search(r"\((5\.\d+[a-z]?)\)", between) or re.match(r" \((5\.\d+[a-z]?)\)", after)
    if note == "004" and numbered:
        places = [
            k for tag, lines in NUMBERED.items() for k in lines if tag.startswith(numbered[1])
        ]
        if not any(first <= k <= last for k in places):
            return f"004 ({numbered[1]}) is not at {first}-{last}"
    return ""


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("000 §2.5, l. 460", ""),
        ("000 §2.4, l. 460", "§2.4 is not at"),
        ("000 §3.1, l. 479-565", ""),
        ("002 极限, l. 80", ""),
        ("002, l. 81", "no text"),
        ("002, l. 80-81", "empty at line"),
        ("003, l. 1121", "no text"),
        ("003, l. 119-121", ""),
        ("004 (5.7), l. 58", ""),
        ("004, l. 58 (5.7)", ""),
        ("004 (5.7), l. 62", "(5.7) is not at"),
        ("004, l. 133-151 (5.49)-(5.53)", ""),
    ],
)
def test_a_wrong_source_is_noticed(text, wrong):
    [source] = sources(text)
    assert bool(fault(*source)) is bool(wrong) and wrong in fault(*source)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_lines_that_are_named_are_there(path):
    found = [*sources(path.read_text("utf-8"))]
    assert not [why for why in (fault(*source) for source in found) if why]


def test_there_are_sources():
    counts = [len([*sources(path.read_text("utf-8"))]) for path in FILES]
    assert sum(counts) > 1000


@pytest.mark.parametrize("folder", ["autograd_lite", "tests", "docs"])
def test_no_page_of_the_handwriting_is_named(folder):
    named = [
        (path.name, line)
        for path in FILES
        if path.is_relative_to(ROOT / folder) and path.name != "gallery.md"
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\b003,? pp?\. ?\d", line)
    ]
    assert named == []


def test_the_lines_are_in_order():
    for text in TEXT.values():
        assert all(a < b for a, b in pairwise(numbers(text)))

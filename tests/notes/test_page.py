"""docs/notes.md leads from each section of a note to rows, demos and functions that exist."""

import re
from functools import reduce
from pathlib import Path

import pytest

import autograd_lite

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "notes.md").read_text("utf-8")
ROWS = [
    line.strip("| \n").split(" | ") for line in PAGE.splitlines() if re.match(r"\| .*S\d-", line)
]
COUNTS = {"S0": 85, "S2": 73, "S3": 135, "S4": 57}


def ids(text):
    """S0-004…006, S0-084 as (S0, 4), (S0, 5), (S0, 6), (S0, 84)."""
    for note, first, last in re.findall(r"(S\d)-(\d{3})(?:…(\d{3}))?", text):
        yield from ((note, k) for k in range(int(first), int(last or first) + 1))


@pytest.mark.parametrize("note", sorted({note for row in ROWS for note, _ in ids(row[1])}))
def test_every_item_has_its_place(note):
    places = [k for row in ROWS for n, k in ids(row[1]) if n == note]
    assert sorted(places) == list(range(1, COUNTS[note] + 1))


def test_every_note_is_here():
    assert {"S0", "S2", "S3", "S4"} <= {note for row in ROWS for note, _ in ids(row[1])}


def test_what_it_links_to_exists():
    links = re.findall(r"\]\((.*?)\)", PAGE)
    assert len(links) > 60
    assert not [link for link in links if not (ROOT / "docs" / link).exists()]


def test_what_it_names_exists():
    named = {name for row in ROWS for name in re.findall(r"`([\w.]+)`", row[-1])}
    assert len(named) > 30
    rooms = [autograd_lite, autograd_lite.analysis, autograd_lite.functional, autograd_lite.steps]
    for name in named:
        first, *rest = name.split(".")
        room = next((room for room in rooms if hasattr(room, first)), autograd_lite)
        assert callable(reduce(getattr, rest, getattr(room, first))), name

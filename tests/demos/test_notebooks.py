"""The notebooks: every cell runs, and gives what is stored."""

import importlib.util
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "demos" / "notebooks"
NUMBER = re.compile(r"[-−]?\d+\.?\d*(?:e[-+]?\d+)?")
spec = importlib.util.spec_from_file_location("notebooks", FOLDER.with_suffix(".py"))
build = importlib.util.module_from_spec(spec)
spec.loader.exec_module(build)
NAMES = ["backprop_step_by_step", "check_your_homework", "optimizers_race"]


def stored(name):
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))


class Parts(HTMLParser):
    """The tags and texts of SVG or HTML, without places and sizes, which a font may change."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(text)
        self.close()
        self.tags.sort()
        self.texts.sort()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, *sorted(name for name, _ in attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def assert_same_text(told, kept):
    """Equal, but for the last digits of numbers."""
    assert NUMBER.sub("#", told) == NUMBER.sub("#", kept)
    for x, y in zip(NUMBER.findall(told), NUMBER.findall(kept), strict=True):
        x, y = (float(s.replace("−", "-")) for s in (x, y))
        assert math.isclose(x, y, rel_tol=1e-6, abs_tol=1e-9)


def texts(data, kind):
    """The texts of an output of this kind, to compare."""
    text = "".join(data[kind])
    if kind not in ("text/html", "image/svg+xml"):
        return [text]
    parts = Parts(text)
    return [repr(parts.tags), *parts.texts]


@pytest.mark.parametrize("name", NAMES)
def test_the_outputs_are_those_that_the_cells_give(name):
    kept = stored(name)
    made = build.built(kept)
    assert len(made["cells"]) in range(10, 21)
    for cell, old in zip(made["cells"], kept["cells"], strict=True):
        for mine, theirs in zip(cell.get("outputs", []), old.get("outputs", []), strict=True):
            assert mine["output_type"] == theirs["output_type"]
            mine, theirs = (o.get("data") or {"text": o["text"]} for o in (mine, theirs))
            assert mine.keys() == theirs.keys()
            for kind in mine:
                for told, was in zip(texts(mine, kind), texts(theirs, kind), strict=True):
                    assert_same_text(told, was)


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_as_the_command_writes_it(name):
    """LF, ids that stay, the format's version, and no time or machine."""
    content = (FOLDER / f"{name}.ipynb").read_bytes()
    kept = stored(name)
    assert content == build.text_of(kept).encode() and b"\r" not in content
    assert (kept["nbformat"], kept["nbformat_minor"]) == (4, 5)
    assert kept["metadata"] == build.METADATA
    ids = [cell["id"] for cell in kept["cells"]]
    assert ids == [f"cell-{k:02}" for k in range(1, len(ids) + 1)]
    assert all(cell["metadata"] == {} for cell in kept["cells"])
    assert "<script" not in re.sub('srcdoc="[^"]*"', "", content.decode().replace('\\"', '"'))


def test_these_are_all():
    assert [path.stem for path in build.notebooks()] == NAMES


def test_an_error_names_its_cell():
    broken = {"cells": [{"cell_type": "code", "source": ["1 / 0"]}]}
    with pytest.raises(RuntimeError, match=r"cell 1:(.|\n)*ZeroDivisionError"):
        build.built(broken)

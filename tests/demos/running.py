"""Running the demos as a user does, with matplotlib and without, and reading what they print."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEMOS = Path(__file__).parents[2] / "demos"
MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
NUMBER = r"[-−]?\d+(?:\.\d+)?(?:e[-+]\d+)?"
PICTURES = {"three_layers": "three_layers_training"}  # curves that do not bear the demo's name


def source(demo):
    """The file of a demo, whichever folder it is in."""
    [path] = DEMOS.glob(f"*/{demo}.py")
    return path


class Demos:
    """Copies of the demos, so that what they write is theirs: from ``bare``, matplotlib is hidden.

    Where it is not installed, ``full`` is the same copy.
    """

    def __init__(self, folder):
        self.bare = folder / "bare" / "demos"
        self.full = folder / "full" / "demos" if MATPLOTLIB else self.bare
        for copy in {self.full, self.bare}:
            shutil.copytree(DEMOS, copy, ignore=shutil.ignore_patterns("out", "__pycache__"))
        self.hidden = folder / "hidden"
        self.hidden.mkdir()
        (self.hidden / "matplotlib.py").write_text("raise ImportError('hidden')\n", "utf-8")
        self.texts = {}

    def start(self, copy, demo, **changes):
        """The demo as a process, started from the folder above the demos."""
        env = {**os.environ, "PYTHONIOENCODING": "utf-8", **changes}
        if copy == self.bare:
            paths = [str(self.hidden), env.get("PYTHONPATH", "")]
            env["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        command = [sys.executable, Path("demos") / source(demo).relative_to(DEMOS)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=copy.parent, env=env, stdout=pipe, stderr=pipe)

    def run(self, demo, **changes):
        """What it prints with matplotlib, if that is installed."""
        return finished(self.start(self.full, demo, **changes))

    def printed(self, demo):
        """What it prints without matplotlib; with it, it prints the same and draws its curves."""
        if demo not in self.texts:
            self.texts[demo] = self._printed(demo)
        return self.texts[demo]

    def _printed(self, demo):
        processes = {copy: self.start(copy, demo) for copy in {self.full, self.bare}}
        texts = {copy: finished(process) for copy, process in processes.items()}
        full, bare = texts[self.full], texts[self.bare]
        for path in re.findall(r"^(?:picture|graph): (\S+)$", full, re.MULTILINE):
            drawn = (self.full.parent / path).read_text("utf-8").rstrip()
            assert drawn.endswith(("</svg>", "</html>"))
        if "pyplot" not in source(demo).read_text("utf-8"):
            assert full == bare
            return bare
        assert "no curves: matplotlib is not installed" in bare
        assert full.splitlines()[:-1] == bare.splitlines()[:-1]
        picture = f"{PICTURES.get(demo, demo)}.svg"
        assert not (self.bare / "out" / picture).exists()
        if MATPLOTLIB:
            assert full.endswith(f"picture: demos/out/{picture}\n")
            assert (self.full / "out" / picture).read_text("utf-8").count("<path") > 10
        return bare


def finished(process):
    out, error = process.communicate()
    assert process.returncode == 0, error.decode("utf-8", "replace")
    return out.decode("utf-8").replace("\r\n", "\n")


def rows(text):
    """label: [(notes as printed or None, ours)], of every row of every table."""
    found, inside = {}, False
    for line in text.splitlines():
        row = re.fullmatch(r"  +(\S.*?)  +(?:(\S+) +)?(\S+)(?(2) +\S+)", line)
        if re.fullmatch(r" +notes +ours +difference", line):
            inside = True
        elif inside and row and re.fullmatch(r"-?(\d.*|inf|nan)", row[3]):
            found.setdefault(row[1], []).append((row[2], float(row[3])))
        else:
            inside = False
    return found


def check(found, ours, misprints=(), exact=False):
    """The rows of a demo against ``{label: our numbers}``; and against what the notes print.

    A number of the notes agrees to half a unit of its last digit, a whole number entirely, and
    where ``exact`` says that the demo computes it from the notes' formula, to all that is printed.
    Those that do not agree are ``misprints``: (label, number).
    """
    for label, expected in ours.items():
        numbers = [number for _, number in found[label]]
        assert numbers == pytest.approx(expected, rel=1e-9, abs=1e-13), label
    off = set()
    for label, pairs in found.items():
        for notes, number in pairs:
            if notes and not agree(float(notes), number, None if exact else unit(notes)):
                off.add((label, float(notes)))
    assert off == set(misprints)


def check_text(text, ours, *, misprints=(), notes=None, said=(), exact=False):
    """A demo's numbers, what the notes print of them, and its sentences."""
    found = rows(text)
    check(found, ours, misprints, exact=exact)
    for label, printed in (notes or {}).items():
        assert float(found[label][0][0]) == printed
    for words in said:
        assert words in text


def unit(notes):
    """That of the last digit of a number as printed; ``None`` for a whole number."""
    digits, _, exponent = notes.partition("e")
    decimals = len(digits.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals) if decimals else None


def agree(notes, ours, unit):
    return ours == pytest.approx(notes, rel=1e-9, abs=1e-12 if unit is None else unit / 2)


def after(text, label):
    """The numbers behind a label, for each line that begins with it."""
    lines = re.findall(rf"^ *{re.escape(label)} +(.*)$", text, re.MULTILINE)
    return [[float(x) for x in re.findall(NUMBER, line)] for line in lines]


def near(*numbers):
    """To the ten digits that are printed."""
    return pytest.approx(list(numbers), rel=1e-9)

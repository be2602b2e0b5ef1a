"""The pytest plugin, as a user meets it: pytest runs in a folder of its own."""

import functools
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

from autograd_lite.testing.sampling import SEED

HEAD = """
import numpy as np
import pytest
from autograd_lite import relu, sigmoid, tanh
from autograd_lite.testing import assert_grad, check_grad, grad_points, points

def neuron(w, b, x):
    z = w * x + b
    a = sigmoid(z)
    return a

RIGHT = {"w": "a * (1 - a) * x", "b": "a * (1 - a)"}
"""
FAILS = (
    HEAD
    + """
def test_neuron():
    assert_grad(neuron, {"w": "a * x", "b": "a"})
"""
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run pytest on a test file, with options: (exit status, what it prints)."""
    kept = {n: x for n, x in os.environ.items() if not n.startswith(("PYTEST_", "AUTOGRAD_"))}
    kept |= {"COLUMNS": "160", "PY_COLORS": "0"}

    @functools.cache
    def run(text, *options):
        folder = tmp_path_factory.mktemp("session")
        (folder / "test_mine.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-X", "utf8", "-m", "pytest", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *options, "test_mine.py"],
            cwd=folder,
            env=kept,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


def verdict_in_summary(out):
    """The line of the short summary."""
    (line,) = [line for line in out.splitlines() if line.startswith("FAILED")]
    return line


@pytest.mark.parametrize("options", [("-q",), ("-v", "--tb=line")])
def test_the_summary_shows_the_verdict(run, options):
    status, out = run(FAILS, *options)
    assert status == 1
    assert re.search(r"test_neuron - dneuron/dw, b is WRONG: .*1 − a", verdict_in_summary(out)), out
    assert "GradientMismatch" not in verdict_in_summary(out)


def test_a_failure_is_short_and_says_where(run):
    _, out = run(FAILS, "-q")
    error = [line for line in out.splitlines() if line.startswith("E  ")]
    assert 3 <= len(error) <= 25 and max(map(len, error)) <= 230
    text = "\n".join(error)
    assert "dneuron/dw, b is WRONG: line 9, a = σ(z)" in text
    assert "∂a/∂z is a · (1 − a), not a" in text
    assert re.search(r"yours +true +yours/true +at\n", text)
    assert "checked at 8 points, drawn (seed 'test_mine.py::test_neuron')" in text
    assert "check.py" not in out and "asserts.py:" not in "\n".join(out.splitlines()[:-3])


MANY = (
    HEAD
    + """
def deep(W, X, y):
    return ((tanh(X @ W) - y) ** 2).sum()

def test_deep():
    shapes = {"W": (6, 5), "X": (4, 6), "y": (4, 5)}
    assert_grad(deep, {"W": lambda W, X, y: np.cos(W) * X.sum() + W.cumsum(0)}, shapes=shapes)
"""
)


def test_a_large_failure_is_short_too(run):
    _, out = run(MANY, "-q")
    error = [line for line in out.splitlines() if line.startswith("E  ")]
    assert len(error) <= 25 and "ddeep/dW is WRONG: no explanation found" in error[0]


def test_the_seed_is_the_tests_name_or_that_of_the_option(run):
    drawn = {}
    for seed in (None, "1", "2"):
        status, out = run(FAILS, "-q", *([f"--grad-seed={seed}"] if seed else []))
        assert status == 1
        point = re.search(r"(w=\S+ b=\S+ x=\S+)", out)[1]
        drawn[seed] = point
        name = "test_mine.py::test_neuron"
        assert f"seed '{seed}:{name}'" in out if seed else f"seed '{name}'" in out
    assert len(set(drawn.values())) == 3


@pytest.mark.parametrize("before", [None, "7"])
def test_the_seed_leaves_no_trace_in_the_environment(before, monkeypatch, tmp_path):
    """Sessions of one process, as an editor runs them, one after the other."""
    monkeypatch.delenv(SEED, raising=False)
    if before:
        monkeypatch.setenv(SEED, before)
    seen = []
    watch = SimpleNamespace(pytest_sessionstart=lambda: seen.append(os.environ.get(SEED)))
    options = ["--grad-seed=1", "-p", "no:cacheprovider", "-c", os.devnull, "-q"]
    pytest.main([*options, f"--rootdir={tmp_path}", str(tmp_path)], plugins=[watch])
    assert seen == ["1"] and os.environ.get(SEED) == before


IDS = """
@pytest.mark.parametrize("at", grad_points(neuron, 3))
def test_points(at):
    assert_grad(neuron, RIGHT, at=at)
"""


def test_two_workers_of_xdist(run):
    """The summary shows the verdict, the seed reaches the workers, and all draw the same ids."""
    status, out = run(FAILS + IDS, "-v", "-n", "2", "--grad-seed=1")
    assert status == 1
    assert re.search(r"test_neuron - dneuron/dw, b is WRONG: .*1 − a", verdict_in_summary(out)), out
    alone = run(FAILS, "-q", "--grad-seed=1")[1]
    points = [re.search(r"(w=\S+ b=\S+ x=\S+)$", text, re.MULTILINE)[1] for text in (alone, out)]
    assert points[0] == points[1] and "seed '1:test_mine.py::test_neuron'" in out
    ids = set(re.findall(r"PASSED test_mine.py::test_points\[(.*?)\]", out))
    assert len(ids) == 3
    assert all(re.fullmatch(r"w=-?[\d.]+ b=-?[\d.]+ x=-?[\d.]+", id) for id in ids)


SHRINKS = (
    HEAD
    + """
from hypothesis import given, settings

@given(at=points(lambda w, x: relu(w * x)))
@settings(deadline=None, database=None, derandomize=True)
def test_gate(at):
    report = check_grad(lambda w, x: relu(w * x), {"w": lambda w, x: x}, at=at)
    assert report.verdict.name != "WRONG", at
"""
)


def test_hypothesis_shrinks_to_simple_numbers(run):
    status, out = run(SHRINKS, "-q")
    assert status == 1
    falsified = re.findall(r"at=(?:GradPoint\()?\{'w': (\S+), 'x': (\S+)\}", out)
    assert falsified, out
    w, x = map(float, falsified[-1])
    assert w * x <= 0 and abs(w) <= 0.01 and abs(x) <= 0.01


KINDS = (
    HEAD
    + """
def test_right():
    assert_grad(neuron, RIGHT)

def test_untested():
    assert_grad(lambda w, x: relu(w * x), {"w": "x"}, at={"w": 0.4, "x": 1.7})

def test_strict():
    assert_grad(lambda w, x: relu(w * x), {"w": "x"}, at={"w": 0.4, "x": 1.7}, strict=True)

def test_broken():
    assert_grad(lambda w, x: w * float(w) * x, {"w": "2 * w * x"}, strict=True)
"""
)


def test_each_verdict_in_a_session(run):
    status, out = run(KINDS)
    assert status == 1 and "2 failed, 2 passed, 1 warning" in out
    assert re.search(r"GradientWarning: the gradient of f is RIGHT BUT UNTESTED: relu in line", out)
    assert re.search(r"FAILED \S+test_strict - the gradient of f is RIGHT BUT UNTESTED: relu", out)
    assert re.search(
        r"FAILED \S+test_broken - the gradient of f: TRACE BROKEN: the engine does not see", out
    )


def test_a_warning_can_be_made_an_error(run):
    status, out = run(KINDS, "-q", "-W", "error", "-k", "untested")
    assert status == 1 and "GradientWarning" in verdict_in_summary(out)


UNITTEST = (
    HEAD
    + """
import unittest

class Gradients(unittest.TestCase):
    def test_right(self):
        assert_grad(neuron, RIGHT)

    def test_wrong(self):
        assert_grad(neuron, {"w": "a * x"})

if __name__ == "__main__":
    unittest.main()
"""
)


def test_from_unittest_under_pytest(run):
    status, out = run(UNITTEST, "-q")
    assert status == 1 and "1 failed, 1 passed" in out
    assert "dneuron/dw is WRONG" in verdict_in_summary(out)


def python(tmp_path, text):
    """What a script prints; pytest cannot be imported."""
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-X", "utf8", "mine.py"],
        cwd=tmp_path,
        env={n: x for n, x in os.environ.items() if not n.startswith("PYTEST_")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(("pytest", "_pytest", "hypothesis")))  # importing them fails
"""


def test_from_unittest_alone(tmp_path):
    done = python(tmp_path, WITHOUT + UNITTEST.replace("import pytest\n", "").lstrip())
    assert done.returncode == 1
    assert "FAILED (failures=1)" in done.stderr and "Ran 2 tests" in done.stderr
    assert "GradientMismatch: dneuron/dw is WRONG: " in done.stderr


def test_without_pytest(tmp_path):
    script = "print(check_grad(neuron, RIGHT))\nassert_grad(neuron, {'w': 'a * x'})\n"
    done = python(tmp_path, WITHOUT + HEAD.replace("import pytest\n", "") + script)
    assert done.stdout.startswith("the gradient of neuron is RIGHT at 8 points\n")
    assert done.returncode == 1 and "GradientMismatch: dneuron/dw is WRONG: " in done.stderr

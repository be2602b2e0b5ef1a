"""What a machine may lack is said in one line; in CI, lacking it is a failure."""

import gc
import importlib.util
import os
import shutil
from collections import Counter
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import Value, functions, higher, methods, ops
from autograd_lite.program.c_compiler import compiler
from autograd_lite.program.tracer import Tracer

NEEDED = {
    "browser": (
        shutil.which("chromium") and shutil.which("chromedriver"),
        "Chromium and its driver (apt install chromium chromium-driver)",
    ),
    "compiler": (compiler() or None, "a C compiler (apt install gcc libc6-dev)"),
    "graphviz": (shutil.which("dot"), "Graphviz (apt install graphviz)"),
    "torch": (importlib.util.find_spec("torch"), "PyTorch (pip install '.[torch]')"),
    "jax": (importlib.util.find_spec("jax"), "JAX (pip install '.[jax]')"),
}
LACKING = {mark: how for mark, (found, how) in NEEDED.items() if found is None}
left_out = Counter()

# The same examples for everyone, each time; `make fuzz` draws anew.
settings.register_profile("same each time", derandomize=True, database=None, deadline=None)
settings.load_profile("same each time")


@given(st.none())
def started(_):
    """Hypothesis registers its random numbers: what is frozen it would not find."""


def pytest_collection_finish():
    started()
    gc.collect()
    gc.freeze()  # what was collected stays: a test that collects garbage need not walk it


def pytest_collection_modifyitems(items):
    for item in items:
        for mark, how in LACKING.items():
            if item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=f"needs {how}"))


def pytest_runtest_logreport(report):
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        left_out.update([reason] if reason.startswith("needs ") else [])


def pytest_terminal_summary(terminalreporter):
    for reason, count in left_out.items():
        terminalreporter.write_line(f"{count} tests were left out: {reason}")


def pytest_sessionfinish(session):
    if left_out and os.environ.get("CI") == "true":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@contextmanager
def definitions_kept():
    """All that a definition may change, put back afterwards as it was."""
    kept = [ops.OPS, ops.FAST, ops.TOTAL, methods.METHODS, higher.ALGEBRA, functions._MADE]
    before, kinds = [dict(each) for each in kept], {kind: {*vars(kind)} for kind in (Value, Tracer)}
    try:
        yield
    finally:
        for each, was in zip(kept, before, strict=True):
            each.clear()
            each.update(was)
        for kind, attributes in kinds.items():
            for name in {*vars(kind)} - attributes:
                delattr(kind, name)


@pytest.fixture
def ops_as_before():
    """``definitions_kept`` around a test."""
    with definitions_kept():
        yield

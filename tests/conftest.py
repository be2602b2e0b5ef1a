"""What a machine may lack is said in one line; in CI, lacking it is a failure."""

import importlib.util
import os
import shutil

import pytest

NEEDED = {
    "graphviz": (shutil.which("dot"), "Graphviz (apt install graphviz)"),
    "torch": (importlib.util.find_spec("torch"), "PyTorch (pip install '.[torch]')"),
}
missing = {mark: how for mark, (found, how) in NEEDED.items() if found is None}
left_out = []


def pytest_collection_modifyitems(items):
    for item in items:
        for mark, how in missing.items():
            if item.get_closest_marker(mark):
                left_out.append((how, item.nodeid))
                item.add_marker(pytest.mark.skip(reason=f"needs {how}"))


def pytest_terminal_summary(terminalreporter):
    for how in missing.values():
        count = sum(name == how for name, _ in left_out)
        if count:
            terminalreporter.write_line(f"{count} tests were left out: they need {how}")


def pytest_sessionfinish(session):
    if left_out and os.environ.get("CI") == "true":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

"""The pytest plugin: ``--grad-seed``, and readable ids for points."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from ..errors import GradientTestError
from .asserts import (
    GradientMismatch,
)
from .sampling import SEED
from .strategies import GradPoint

ASCII = str.maketrans({"−": "-", "…": "...", "∞": "inf"})


def pytest_addoption(parser: Any) -> None:
    """``--grad-seed=N`` draws other points than those of the tests' names."""
    group = parser.getgroup("autograd_lite", "gradients derived by hand")
    group.addoption(
        "--grad-seed",
        metavar="SEED",
        help="draw the points of assert_grad from this seed, not from the test's name",
    )


def pytest_configure(config: Any) -> None:
    """The seed goes by the environment, so that the workers of pytest-xdist have it too."""
    seed = config.getoption("--grad-seed")
    if seed is not None:
        environment = pytest.MonkeyPatch()
        environment.setenv(SEED, seed)
        config.add_cleanup(environment.undo)


def pytest_make_parametrize_id(val: Any) -> str | None:
    """A point's numbers as its test's id, in ASCII: pytest would write the rest as codes."""
    return str(val).translate(ASCII) if isinstance(val, GradPoint) else None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(call: Any) -> Generator[None, Any, None]:
    """The verdict itself in the summary, not the long name of its class."""
    outcome = yield
    report = outcome.get_result()
    value = call.excinfo.value if call.excinfo is not None else None
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None and isinstance(value, GradientMismatch | GradientTestError):
        crash.message = str(value)

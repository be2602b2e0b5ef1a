"""What the examples of the documentation write and define is theirs alone."""

import pytest

from tests.conftest import definitions_kept


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder of its own for each document, and the operations that it defines."""
    monkeypatch.chdir(tmp_path)
    with definitions_kept():
        yield

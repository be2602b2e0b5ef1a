"""What the examples of the documentation write goes into a folder of their own."""

import pytest


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """A folder of its own for each example."""
    monkeypatch.chdir(tmp_path)

"""The demos in a folder of their own."""

import pytest

from tests.demos.running import Demos


@pytest.fixture(scope="session")
def demos(tmp_path_factory):
    return Demos(tmp_path_factory.mktemp("a folder"))

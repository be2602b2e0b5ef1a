"""What the documentation shows is what happens."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("build", ROOT / "docs" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_prints_what_the_readme_shows(build):
    code, shown = build.EXAMPLE.search(README).groups()
    assert len([line for line in code.splitlines() if line]) <= 15
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, check=True
    )
    assert done.stdout.decode().replace("\r\n", "\n") == shown


def test_the_table_of_operations_is_the_calculus_table():
    """In a process of its own: tests and examples define operations, too."""
    code = "import build; text = open('../README.md', encoding='utf-8').read(); "
    code += "assert build.operations() in text and build.readme(text) == text"
    subprocess.run([sys.executable, "-X", "utf8", "-c", code], cwd=ROOT / "docs", check=True)


def test_the_picture_is_what_the_command_above_it_draws(build, tmp_path, monkeypatch):
    import autograd_lite

    (command,) = re.findall(r"made by `(.*)`:\n\n!\[[^]]*\]\(docs/two_layer_network.svg\)", README)
    monkeypatch.chdir(tmp_path)
    path = eval(command, {"render": autograd_lite.render, "loss": build.example()})
    fresh = path.read_text("utf-8")
    assert fresh == (ROOT / "docs" / "two_layer_network.svg").read_text("utf-8")
    assert fresh.count("<text") > 60


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)|`make (\w+)`", README, re.MULTILINE))
def test_every_target_that_is_named_exists(target):
    name = "".join(target)
    assert re.search(rf"^{name}:.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE), name


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https)([^)#]+)\)", README))
def test_every_link_leads_somewhere(link):
    assert (ROOT / link).exists()

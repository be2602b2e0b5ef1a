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


def test_what_is_written_by_a_program_is_up_to_date():
    """In a process of its own: tests and examples define operations, too."""
    code = "import build, pathlib; read = lambda name: pathlib.Path(name).read_text('utf-8'); "
    code += "text = read('../README.md'); assert build.readme(text) == text; "
    code += "text = read('operations.md'); assert build.table_of_operations(text) == text; "
    code += "assert build.reference() == read('api.md'), 'run make docs'"
    subprocess.run([sys.executable, "-X", "utf8", "-c", code], cwd=ROOT / "docs", check=True)


def test_the_picture_is_what_the_command_beside_it_gives(build):
    """In a process of its own, and so large where it is shown, 880 pixels wide, that it is read."""
    code = (
        "import build; file, drawn = build.picture(open('../README.md', encoding='utf-8').read());"
    )
    code += "print(file); assert file.read_bytes() == drawn"
    run = [sys.executable, "-X", "utf8", "-c", code]
    done = subprocess.run(run, cwd=ROOT / "docs", capture_output=True, check=True)
    drawing = Path(done.stdout.decode().strip()).read_text("utf-8")
    assert drawing.count('class="node"') == 8
    width = float(re.search(r'viewBox="0 0 (\S+) ', drawing)[1])
    smallest = min(map(float, re.findall(r'font-size="([\d.]+)"', drawing)))
    assert min(880 / width, 4 / 3) * smallest >= 11


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)|`make (\w+)`", README, re.MULTILINE))
def test_every_target_that_is_named_exists(target):
    name = "".join(target)
    assert re.search(rf"^{name}:.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE), name


DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "demos").rglob("*.md")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\((?!https?:)([^)#\s]+)[^)]*\)", text):
        assert (path.parent / link).exists(), link


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_transcript_shows_a_slip_of_its_own(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"^(ImportError|NameError|SyntaxError):", text, re.MULTILINE)
    assert "/home/" not in text and "/work/" not in text

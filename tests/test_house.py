"""The shape of the house: imports go one way, and none is hidden in a function."""

import ast
import importlib.util
import inspect
import re
import subprocess
import sys
import types
from pathlib import Path

import pytest

import autograd_lite
from autograd_lite import Value, errors
from autograd_lite.ops import OPS

ROOT = Path(autograd_lite.__file__).parent
# A room may import only from rooms above it.
FLOORS = [
    "terminal",
    "errors",
    "number",
    "caller",
    "labels",
    "notebook",
    "notation",
    "expr",
    "rows",
    "ops",
    "rule_mutations",
    "scopes",
    "methods",
    "value",
]
FLOORS += ["compat", "graph", "higher", "functions", "series", "linalg", "functional", "analysis"]
FLOORS += ["program", "module", "nn", "text_table", "update_rule", "step_table", "optim"]
FLOORS += ["fitting", "train_c", "train", "steps", "draw", "testing", "cli", "__main__"]
FILES = sorted(ROOT.rglob("*.py"))


def room(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(tree, path):
    """(room, whether at the top of the file) of each import from this package."""
    typing = [node for node in tree.body if isinstance(node, ast.If)]  # if TYPE_CHECKING
    top = set(tree.body).union(*(node.body for node in typing))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            parent = path.parents[node.level - 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                target = (parent / name.replace(".", "/")).relative_to(ROOT).parts[0]
                yield target, node in top


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for target, at_top in imports(tree, path):
        assert at_top, f"{path.name} imports {target} inside a function"
        if room(path) not in ("__init__", target):
            assert FLOORS.index(target) < FLOORS.index(room(path)), target
            assert {target, room(path)} != {"nn", "optim"}, "they meet in train"


def test_every_room_has_its_floor():
    assert {room(path) for path in FILES} - {"__init__"} == set(FLOORS)


def code(path):
    return re.sub(r"\s", "", path.read_text(encoding="utf-8"))


def test_only_one_room_parses_formulas():
    parsing = [path for path in FILES if re.search(r"ast\.parse|importast|tokenized", code(path))]
    assert parsing == [ROOT / "notation.py"]


def test_no_language_has_a_rule_of_its_own():
    texts = {re.sub(r"\s", "", t): op for op in OPS.values() for t in (op.value, *op.derivatives)}
    rules = {text: op for text, op in texts.items() if len(text) >= 10}
    assert len(rules) > 40
    # Their own text, examples of formulas, and the rules of others that are taken by mistake.
    apart = {"ops.py", "expr.py", "rule_mutations.py"}
    sources = [*FILES, *ROOT.rglob("*.js")]
    written = {str(path.relative_to(ROOT)): code(path) for path in sources}
    twins = [
        (name, op.name)
        for name, text in written.items()
        for rule, op in rules.items()
        if name not in apart and rule in text
    ]
    assert twins == []


def test_an_import_reads_the_engine_only():
    script = "import sys, autograd_lite; print(*sorted(n for n in sys.modules if 'autograd' in n))"
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    rooms = {name.split(".")[1] for name in found if name.count(".")}
    assert rooms <= set(FLOORS[: FLOORS.index("functions") + 1])
    for heavy in ("urllib.request", "http.client", "graphviz"):
        script = f"import sys, autograd_lite.draw; sys.exit({heavy!r} in sys.modules)"
        assert subprocess.run([sys.executable, "-c", script]).returncode == 0, heavy


@pytest.mark.parametrize("name", autograd_lite.__all__)
def test_no_public_name_is_that_of_two_things(name):
    module = importlib.util.find_spec(f"autograd_lite.{name}")
    assert (module is None) != isinstance(getattr(autograd_lite, name), types.ModuleType)


@pytest.mark.parametrize("name", [name for name in dir(errors) if name[0].isupper()])
def test_every_error_is_of_the_package_and_of_a_built_in(name):
    kind = getattr(errors, name)
    if not isinstance(kind, type) or kind.__module__ != errors.__name__:
        return
    assert issubclass(kind, errors.AutogradError) and getattr(autograd_lite, name) is kind
    built_in = [base for base in kind.__mro__ if base.__module__ == "builtins"]
    assert name == "AutogradError" or built_in[0] not in (Exception, BaseException, object)


def test_every_operation_is_named_in_the_class_body():
    body = inspect.getsource(Value)
    for name in (x for x in OPS if not x.startswith("test_")):  # which tests define
        assert re.search(rf"^    {name}\b.* = ", body, re.MULTILINE), name

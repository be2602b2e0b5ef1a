"""The shape of the house: imports go one way, and none is hidden in a function."""

import ast
from pathlib import Path

import pytest

import autograd_lite

ROOT = Path(autograd_lite.__file__).parent
# A room may import only from rooms above it.
FLOORS = ["errors", "number", "caller", "labels", "expr", "ops", "scopes", "methods", "value"]
FLOORS += ["compat", "graph", "higher", "functions", "series", "linalg", "functional", "analysis"]
FLOORS += ["program", "module", "nn", "text_table", "update_rule", "step_table", "optim"]
FLOORS += ["fitting", "train", "steps", "draw", "testing"]
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

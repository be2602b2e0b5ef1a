"""Which mistakes would the tests not notice?  One at a time is made, and the tests are run.

    python -m tests.mutations                        every row of the table
    python -m tests.mutations --sample 60 value walk update_rule program/tape

A mutant is the package, in a copy, with one small change: a sign, a factor, swapped operands, a
comparison moved or turned, a term or a branch dropped, a constant moved, a ``not``.  Survivors
are printed: each is a missing test, or equivalent and listed with its reason in ``EQUIVALENT``.
It takes long.  What is known is kept in ``.mutations.jsonl`` (``--log``), and not run again until
the file that is mutated changes or ``--again`` asks for the survivors.
"""

from __future__ import annotations

import argparse
import ast
import copy
import hashlib
import importlib
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
SECONDS = 240  # a mutant that runs longer has an endless loop: it is noticed

PROGRAMS = ["tests/program"]
TESTS = {  # by the beginning of the file's name: the longest that fits
    "": ["tests/test_value.py", "tests/test_functions.py", "autograd_lite"],
    "value": ["tests/test_value.py", "tests/steps/test_passes.py", "tests/test_dropin.py"],
    "walk": ["tests/test_value.py", "tests/test_value_scale.py", "tests/steps/test_passes.py"],
    "optim": ["tests/test_optim.py", "autograd_lite/optim.py"],
    "update_rule": ["tests/test_optim.py", "autograd_lite/update_rule.py"],
    "step_table": ["tests/test_optim.py", "autograd_lite/optim.py"],
    "fitting": ["tests/test_fitting.py", "autograd_lite/fitting.py", "tests/demos"],
    "program": [*PROGRAMS, "docs/programs.md", "autograd_lite/program"],
    "steps": ["autograd_lite/steps", "tests/steps/test_passes.py", "tests/steps/test_tables.py"],
    "functional": ["autograd_lite/functional", "tests/test_functional.py", "tests/test_kinks.py"],
}
POINTS = "three_derivatives or partial_derivatives"

# What no test can tell from the original: rows or files, a pattern of the change, the reason.
EQUIVALENT = [
    ("logaddexp", r"→ .*(maximum\(b, a\)|abs\(b - a\))", "it is symmetric"),
    ("logaddexp", r"→ maximum\(a, b\)", "log 2 at a tie, by either piece"),
    ("abs maximum minimum relu leaky_relu elu", r"nan( \* a)? / [ab]", "NaN by either operation"),
    ("hypot asinh atan2", r"hypot\((b, a|a, 1)\)", "hypot is symmetric"),
    ("sign step floor", r"→ (-|2 \* )\(0\)$", "0 is 0 with any sign or factor"),
    ("step relu leaky_relu elu", r"if a <= 0 else 1 if a >= 0 else", "0 has been taken already"),
    ("maximum minimum", r"→ a if a [<>]= b or", "either operand of a tie is the result"),
    ("leaky_relu elu", r"→ .* if a < 0 else a$", "both pieces are 0 at 0"),
    ("sigmoid", r"→ 1 / .* if a >(= 1| 0) else", "both pieces are σ(a); they differ far out only"),
    ("softplus", r"→ a \+ .* if a >(= 0| 1) else", "both pieces are log(1 + exp(a)) near 0"),
    ("update_rule", r"^float \| Callable", "a type, for readers"),
]


@dataclass(frozen=True)
class Mutant:
    """One change of one file of the package."""

    file: str  # "update_rule"
    line: int
    old: str
    new: str
    source: str  # the whole changed file
    row: str = ""  # the row of the table that is changed

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.row + ': ' if self.row else ''}{self.old} → {self.new}"
        )

    @property
    def key(self) -> str:
        return hashlib.sha256(self.source.encode()).hexdigest()[:20]

    @property
    def reason(self) -> str:
        """Why it is equivalent, or ""."""
        change = f"{self.old} → {self.new}"
        for where, pattern, reason in EQUIVALENT:
            if (self.row or self.file) in where.split() and re.search(pattern, change):
                return reason
        return ""

    def runs(self) -> list[list[str]]:
        """Arguments of pytest, the tests that should notice first."""
        if self.row:
            rows = ["tests/test_ops.py", "-k"]
            programs = [*PROGRAMS[:3], "-k", f"every_operation and {self.row}"]
            return [[*rows, f"not ({POINTS})"], programs, TESTS[""], [*rows, self.row]]
        return [
            [test] for test in TESTS[max((k for k in TESTS if self.file.startswith(k)), key=len)]
        ]


# ---- changes of an expression -------------------------------------------------------------------

ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
COMPARED = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


def changed(node: ast.expr) -> Iterator[ast.expr]:
    """The node with one change at its top."""
    match node:
        case ast.BinOp(left, op, right):
            if type(op) in ARITHMETIC:
                yield ast.BinOp(left, ARITHMETIC[type(op)](), right)
            if isinstance(op, ast.Sub | ast.Div | ast.Pow):
                yield ast.BinOp(right, op, left)
            yield left
            if isinstance(op, ast.Add | ast.Sub):
                yield ast.UnaryOp(ast.USub(), right) if isinstance(op, ast.Sub) else right
        case ast.Compare(left, ops, others):
            for i, op in enumerate(ops):
                for other in COMPARED[type(op)]:
                    yield ast.Compare(left, [*ops[:i], other(), *ops[i + 1 :]], others)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for i in range(len(values)):
                rest = values[:i] + values[i + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(ast.USub() | ast.Not(), operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.Call(f, [a, b], []):
            yield ast.Call(f, [b, a], [])
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
            yield body
            yield orelse


def inside(tree: ast.AST) -> Iterator[ast.expr]:
    """The expressions in a tree that are computed: no annotations, docstrings, f-strings."""
    for name, below in ast.iter_fields(tree):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        if isinstance(tree, ast.keyword) and tree.arg == "strict":  # of zip: a check, no meaning
            continue
        for node in below if isinstance(below, list) else [below]:
            if isinstance(node, ast.JoinedStr) or not isinstance(node, ast.AST):
                continue
            if isinstance(node, ast.expr):
                yield node
            yield from inside(node)


def of_text(text: str) -> Iterator[str]:
    """The changes of a formula of the table: each of ``changed``, a sign, a factor 2."""
    tree = ast.Expression(ast.parse(text, mode="eval").body)
    nodes = list(inside(tree))
    for i, node in enumerate(nodes):
        for new in changed(node):
            other = copy.deepcopy(tree)
            old = list(inside(other))[i]
            yield ast.unparse(_replaced(other, old, new))
    if not any(isinstance(n, ast.Compare | ast.BoolOp) for n in (tree.body,)):
        yield from (f"-({text})", f"2 * ({text})")


def _replaced(tree: ast.AST, old: ast.AST, new: ast.AST) -> ast.AST:
    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is old else self.generic_visit(node)

    return ast.fix_missing_locations(Put().visit(tree))


# ---- changes of a file --------------------------------------------------------------------------


def spliced(source: str, node: ast.expr, text: str) -> str:
    """The source with ``text`` in the place of a node."""
    lines = source.encode().splitlines(keepends=True)  # columns are counted in bytes
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = b"".join(lines[:first]) + lines[first][: node.col_offset]
    after = lines[last][node.end_col_offset :] + b"".join(lines[last + 1 :])
    return (before + text.encode() + after).decode()


def of_table() -> Iterator[Mutant]:
    """Every change of a value, a derivative or a domain of the table."""
    source = (ROOT / "autograd_lite/ops.py").read_text()
    tree = ast.parse(source)
    known = {
        s.targets[0].id: s.value.value
        for s in tree.body
        if isinstance(s, ast.Assign)
        and isinstance(s.targets[0], ast.Name)
        and isinstance(s.value, ast.Constant)
    }
    for row in tree.body:
        call = row.value if isinstance(row, ast.Expr) else None
        if not isinstance(call, ast.Call) or ast.unparse(call.func) != "define":
            continue
        name = ast.literal_eval(call.args[0])
        parts = [k.value for k in call.keywords if k.arg in ("da", "db", "domain")]
        for node in (call.args[1], *parts):
            text = known[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)
            for new in of_text(text):
                mutated = spliced(source, node, repr(new))
                yield Mutant("ops", node.lineno, text, new, mutated, name)


def of_file(name: str) -> Iterator[Mutant]:
    """Every change of an expression of a module."""
    source = (ROOT / f"autograd_lite/{name}.py").read_text()
    tree = ast.parse(source)
    for node in inside(tree):
        for new in changed(node):
            old, text = ast.unparse(node), f"({ast.unparse(ast.fix_missing_locations(new))})"
            mutated = spliced(source, node, text)
            try:
                ast.parse(mutated)
            except SyntaxError:  # inside a pattern, or another place where brackets may not stand
                continue
            yield Mutant(name, node.lineno, old, text[1:-1], mutated)
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While) and not isinstance(node.test, ast.Compare):
            old = ast.unparse(node.test)
            if old != "TYPE_CHECKING":
                new = f"not ({old})"
                yield Mutant(name, node.lineno, old, new, spliced(source, node.test, new))


# ---- running the tests --------------------------------------------------------------------------


def noticed(mutant: Mutant, run: list[str], folder: Path) -> bool:
    """Whether a run of tests fails for the mutant."""
    file = folder / f"autograd_lite/{mutant.file}.py"
    before = file.read_text()
    file.write_text(mutant.source)
    try:
        passed = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        return _forked(run, folder) not in passed
    finally:
        file.write_text(before)


POINTS_RUN = "in this process"


def at_points(mutants: list[Mutant], log: Path) -> None:
    """Log which changed rows ``check_row`` notices.

    In a child that has imported the package, a row is exchanged in a millisecond; what other
    rows make of it is left to the runs of pytest.
    """
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    test_ops = importlib.import_module("tests.test_ops")
    with log.open("a") as file:
        for m in mutants:
            grandchild = os.fork()
            if grandchild == 0:
                signal.alarm(SECONDS)
                code = 1
                try:
                    exchange(m)
                    check_row(m.row, test_ops)
                    code = 0
                finally:
                    os._exit(code)
            dead = os.waitpid(grandchild, 0)[1] != 0
            entry = {"key": m.key, "run": POINTS_RUN, "noticed": dead, "mutant": str(m)}
            file.write(json.dumps(entry) + "\n")
            file.flush()
    os._exit(0)


def check_row(name: str, test_ops: Any) -> None:
    """What ``test_ops`` says of a row without pytest: odd points, errors, its own points."""
    if test_ops.OPS[name].arity == 1:
        test_ops.test_nan_comes_through(name)
    for text in test_ops.IN_PIECES:
        if text.startswith(f"{name}("):
            test_ops.test_nan_comes_through_at_every_order(text)
    for convention in test_ops.CONVENTIONS:
        test_ops.test_convention(*convention, create_graph=False)
        test_ops.test_convention(*convention, create_graph=True)
    for higher in test_ops.HIGHER:
        test_ops.test_higher_derivatives_at_special_points(*higher)
    for outside in test_ops.OUTSIDE:
        test_ops.test_domain_error(*outside)
    for inside in test_ops.INSIDE:
        test_ops.test_the_edge_of_a_domain_belongs_to_it(*inside)
    for row in test_ops.TABLE:
        if row.name == name and row in test_ops.UNARY:
            test_ops.test_three_derivatives(row)
        elif row.name == name:
            test_ops.test_partial_derivatives(row)


def exchange(mutant: Mutant) -> None:
    """Put the changed row in the place of the row, in this process."""
    package = importlib.import_module("autograd_lite")
    ops, functions = package.ops, importlib.import_module("autograd_lite.functions")
    old = ops.OPS.pop(mutant.row)
    for known in (ops.FAST, ops.TOTAL):
        if known[mutant.row] in old._run.values():
            del known[mutant.row]
    calls = [s.value for s in ast.parse(mutant.source).body if isinstance(s, ast.Expr)]
    [call] = [c for c in calls if f"{ast.unparse(c)},".startswith(f"define({mutant.row!r},")]
    exec(ast.unparse(call), vars(ops))
    functions.install(ops.OPS[mutant.row])
    getattr(package, mutant.row).op = ops.OPS[mutant.row]


def read(log: Path) -> dict[tuple[str, str], bool]:
    """(mutant, run) → whether it was noticed."""
    entries = map(json.loads, log.read_text().splitlines() if log.exists() else [])
    return {(entry["key"], entry["run"]): entry["noticed"] for entry in entries}


def survivors(mutants: list[Mutant], log: Path, again: bool) -> list[Mutant]:
    """Those that no run notices; the quick runs first, for all of them."""
    known = read(log)
    at_points(
        [m for m in mutants if m.row and (m.key, POINTS_RUN) not in known],
        log,
    )
    known = read(log)
    alive = [m for m in mutants if not known.get((m.key, POINTS_RUN))]
    print(f"{len(alive)} of {len(mutants)} alive in this process", flush=True)
    with tempfile.TemporaryDirectory() as folder, log.open("a") as file:
        place = copied(folder)
        sys.dont_write_bytecode = False  # once, so that only what is mutated is compiled again
        if _forked(mutants[0].runs()[0], place):
            sys.exit(f"without a mutant:\n{(place / 'output').read_text()}")
        sys.dont_write_bytecode = True  # a mutant may be as long and as old as what it replaces
        for k in range(max(len(m.runs()) for m in mutants)):
            for m in list(alive):
                run = " ".join(m.runs()[k]) if k < len(m.runs()) else ""
                dead = known.get((m.key, run), False if not run else None)
                if dead is None or (again and run and not dead):
                    dead = noticed(m, m.runs()[k], place)
                    entry = {"key": m.key, "run": run, "noticed": dead, "mutant": str(m)}
                    file.write(json.dumps(entry) + "\n")
                    file.flush()
                if dead:
                    alive.remove(m)
            print(f"{len(alive)} of {len(mutants)} alive after {k + 1} runs", flush=True)
    return alive


def _forked(run: list[str], folder: Path) -> int:
    """pytest's exit code, in a child that has pytest and its like imported already."""
    child = os.fork()
    if child == 0:
        code = 70  # where pytest itself fails
        try:
            code = _pytest(run, folder)
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status)


def _pytest(run: list[str], folder: Path) -> int:
    signal.alarm(SECONDS)
    os.chdir(folder)
    output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.path[:] = [str(folder), *(p for p in sys.path if Path(p or ".").resolve() != ROOT)]
    options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", f"--rootdir={folder}"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # for what is imported before
    return pytest.main([*options, *run])


def copied(folder: str) -> Path:
    """A copy of the project to be changed."""
    new = Path(folder) / "project"
    skip = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, new, ignore=skip)
    return new


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("files", nargs="*", help="modules, such as update_rule; else the table")
    parser.add_argument("--sample", type=int, help="only so many, drawn")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--row", help="only this row of the table")
    parser.add_argument("--log", type=Path, default=ROOT / ".mutations.jsonl")
    parser.add_argument("--again", action="store_true", help="run known survivors again")
    o = parser.parse_args()
    mutants = [m for name in o.files for m in of_file(name)] if o.files else list(of_table())
    mutants = list({m.key: m for m in mutants if not o.row or m.row == o.row}.values())
    if o.sample:
        mutants = random.Random(o.seed).sample(mutants, min(o.sample, len(mutants)))
    different = [m for m in mutants if not m.reason]
    alive = survivors(different, o.log, o.again) if different else []
    for m in alive:
        print(f"survived: {m}")
    killed, equal = len(different) - len(alive), len(mutants) - len(different)
    print(f"{len(mutants)} mutants: {killed} killed, {len(alive)} survived, {equal} equivalent")
    return 1 if alive else 0


if __name__ == "__main__":
    # Imported once, before the children are forked; none of it may import the package.
    import hypothesis
    import mpmath
    import numpy

    assert hypothesis and mpmath and numpy and "autograd_lite" not in sys.modules
    sys.exit(main())

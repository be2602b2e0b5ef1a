"""The command line: in this process for what it prints, as a subprocess for pipes and exits."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_lite.cli import main

ROOT = Path(__file__).resolve().parents[1]
NEURON = "z = w*x + b; a = σ(z); −(y·log(a) + (1−y)·log(1−a))"
POINT = ("w=0.5", "x=2", "b=-0.3", "y=1")


def run(capsys, *argv):
    """(exit status, standard output, standard error)."""
    status = main(argv)
    told = capsys.readouterr()
    return status, told.out, told.err


# ---- what each command prints --------------------------------------------------------------------

PRINTED = [  # arguments, lines that stand in the output
    (("grad", NEURON, *POINT), ["f = 0.4032", "∂f/∂w = −0.6636", "∂f/∂b = −0.3318"]),
    (("grad", "x²·sin(x)", "x=1/2"), ["f = 0.1199", "∂f/∂x = 0.6988"]),
    (("grad", "-x*y", "x=-2", "y=3", "--digits", "6"), ["f = 6", "∂f/∂x = −3", "∂f/∂y = 2"]),
    (("grad", "L = 2θ", "θ=2π"), ["L = 12.57", "∂L/∂theta = 2"]),
    (("grad", "λ²", "λ=3"), ["∂f/∂lambda_ = 6"]),
    (("grad", "f + 1", "f=3"), ["L = 4", "∂L/∂f = 1"]),
    (("explain", NEURON, *POINT), ["   2  z  = v1 + b", "step  from → to  upstream"]),
    (("chain-rule", NEURON, *POINT, "--of", "w"), ["∂f/∂w", "≈ −0.6636"]),
    (("chain-rule", NEURON, *POINT, "--of", "z"), ["∂f/∂z"]),
    (("taylor", "exp(x)·sin(x)", "--at", "0", "--order", "6"),
     ["x + x^2 + 0.333333·x^3 − 0.0333333·x^5 − 0.0111111·x^6"]),
    (("taylor", "a·log(x)", "a=2", "--at", "1", "--order", "2"), ["2·(x − 1) − (x − 1)^2"]),
    (("minimize", "(x − 1)² + 10(y + 2)²", "x=3", "y=1"), ["x = 1", "y = −2", "converged"]),
    (("minimize", "(x − a)²", "x=3", "a=1", "--wrt", "x", "--method", "adam", "--lr", "0.1",
      "--steps", "2", "--explain"), ["m ← β₁ · m + (1 − β₁) · g", "step limit after 2 steps"]),
    (("ops", "sigmoid", "log"), ["sigmoid    σ(a)    y · (1 − y)", "a > 0"]),
    (("demo",), ["tunnel", "two_layer_network"]),
    (("check", "x²·sin(x)", "--claim", "x=2x·sin(x) + x²·cos(x)"), ["is RIGHT at"]),
    (("check", "x²·sin(x)", "--claim", "2x·sin(x) + x²·cos(x)"), ["is RIGHT at"]),
    (("check", "w·x", "w=2", "x=3", "--claim", "w=x", "--claim", "x=w"), ["RIGHT"]),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "lines"), PRINTED, ids=lambda x: " ".join(x)[:40])
def test_what_is_printed(capsys, argv, lines):
    status, out, err = run(capsys, *argv)
    assert (status, err) == (0, "")
    squeezed = re.sub(" +", " ", out)
    for line in lines:
        assert re.sub(" +", " ", line).strip() in squeezed, out


def test_the_ops_are_the_table(capsys):
    from autograd_lite.ops import OPS

    _, out, _ = run(capsys, "ops")
    assert [line.split()[0] for line in out.splitlines()[1:]] == list(OPS)


def test_a_wrong_claim_is_explained(capsys):
    status, out, _ = run(capsys, "check", "a = σ(z); (a − y)²", "--claim", "z=2(a − y)·a")
    assert status == 1 and "1 − a" in out and "WRONG" in out


# ---- JSON ----------------------------------------------------------------------------------------

JSON = [  # arguments, a key, what it holds
    (("grad", "x²", "x=3"), "gradient", {"x": 6.0}),
    (("grad", "1/x", "x=1e-320"), "value", "Infinity"),
    (("explain", "x²", "x=3"), "root", "n2"),
    (("chain-rule", "x² + x", "x=3", "--of", "x"), "value", 7.0),
    (("taylor", "exp(x)", "--order", "2"), "coefficients", [1.0, 1.0, 0.5]),
    (("check", "x²", "--claim", "2x"), "verdict", "RIGHT"),
    (("check", "x²", "--claim", "x"), "wrong", ["x"]),
    (("minimize", "(x−1)²", "x=3"), "x", {"x": 1.0}),
    (("ops", "exp"), 0, None),
    (("demo",), 0, None),
]


@pytest.mark.parametrize(("argv", "key", "held"), JSON, ids=lambda x: str(x)[:40])
def test_json(capsys, argv, key, held):
    _, out, _ = run(capsys, *argv, "--json")
    found = json.loads(out)[key]
    assert found == (pytest.approx(held) if isinstance(held, dict) else held) or held is None


# ---- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["svg", "html", "dot"])
def test_drawings(capsys, tmp_path, suffix):
    path = tmp_path / f"graph.{suffix}"
    status, out, _ = run(capsys, "draw", NEURON, *POINT, "-o", str(path))
    assert status == 0 and f"wrote {path}" in out and path.stat().st_size > 1000


def test_a_page_stands_where_it_is_said(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = run(capsys, "page", NEURON, *POINT)
    assert status == 0 and "wrote page.html" in out and (tmp_path / "page.html").exists()


# ---- what is refused -----------------------------------------------------------------------------

REFUSED = [  # arguments, what the line says
    ((), "the following arguments are required: COMMAND"),
    (("expl",), "'expl': no such command; did you mean explain?"),
    (("gradient", "x"), "did you mean grad?"),
    (("it's", "x"), "no such command"),
    (("grad",), "required: TEXT"),
    (("grad", ""), "the text has no formula"),
    (("grad", ";"), "the text has no formula"),
    (("grad", "x*y", "x=2"), "no number for y: add y=…"),
    (("grad", "x", "x=1", "q=2"), "q does not stand in the text; it has x"),
    (("grad", "x", "x"), "'x': numbers are given as name=number"),
    (("grad", "x", "x=1", "x=2"), "x is given twice"),
    (("grad", "x", "x=one"), "x: unknown name 'one'"),
    (("grad", "x", "x="), "x has no number: write x=0.5, without spaces"),
    (("grad", "x + 1; x", "x=1"), "'x + 1': a statement before the last is name = formula"),
    (("grad", "x = 1; x = 2; x"), "x has a value already before 'x = 2'"),
    (("grad", "z + z; z = 1", "z=1"), "a statement before the last is name = formula"),
    (("grad", "sinn(x)", "x=1"), "text: unknown operation 'sinn'; did you mean sin?"),
    (("grad", "log(k", "k=1"), "')' is missing"),
    (("grad", "x.__class__", "x=1"), "'.' is not allowed: a name has no parts"),
    (("grad", "__import__('os').system('true')"), "is not allowed"),
    (("grad", "log(x)", "x=-1"), "log needs a > 0"),
    (("grad", "9" * 10**7), "is too long"),
    (("grad", "(" * 9000), "is nested too deep"),
    (("chain-rule", "x", "x=1", "--of", "q"), "--of q: no such name; the text has x"),
    (("check", "x*y", "--claim", "2x"), "'2x': a claim is name=formula, for one of x, y"),
    (("check", "x", "--claim", "x=1", "--claim", "x=2"), "there are two claims for x"),
    (("taylor", "x*y"), "x, y have no number"),
    (("taylor", "x", "--at", "a"), "--at: unknown name 'a'"),
    (("minimize", "x²"), "no number for x"),
    (("minimize", "x²", "x=1", "--wrt", "q"), "--wrt q: the text has x"),
    (("minimize", "x²", "x=1", "--method", "adm"), "adm"),
    (("ops", "sinn"), "sinn: no such operation"),
    (("demo", "nope"), "nope: no such demo"),
    (("draw", "x", "x=1", "-o", "a.txt"), "'a.txt': the file's suffix is one of"),
    (("draw", "x", "x=1", "-o", "no/folder/a.svg"), "no/folder/a.svg: the folder is not there"),
    (("grad", "x", "x=1", "--digits", "99"), "--digits"),
]


@pytest.mark.parametrize(("argv", "line"), REFUSED, ids=lambda x: " ".join(x)[:40])
def test_what_is_refused(capsys, argv, line):
    status, out, err = run(capsys, *argv)
    assert (status, out) == (2, "") and line in err
    assert err.startswith("autograd-lite: ") and len(err.splitlines()) in (1, 3) and len(err) < 400


# ---- as a program --------------------------------------------------------------------------------


def program(*argv, **options):
    return subprocess.run(
        [sys.executable, "-m", "autograd_lite", *argv], capture_output=True, cwd=ROOT, **options
    )


def test_exit_status_and_streams():
    right = program("check", "x²", "--claim", "2x")
    wrong = program("check", "x²", "--claim", "x")
    usage = program("check", "x²")
    assert [x.returncode for x in (right, wrong, usage)] == [0, 1, 2]
    assert not usage.stdout and not right.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_terminals_that_lack_signs(encoding):
    told = program(
        "chain-rule", NEURON, *POINT, "--of", "w", env={**os.environ, "PYTHONIOENCODING": encoding}
    )
    assert told.returncode == 0 and b"0.6636" in told.stdout.replace(b"\r", b"")
    told.stdout.decode(encoding)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has this device")
def test_a_full_disk():
    with open("/dev/full", "wb") as full:
        told = subprocess.run(
            [sys.executable, "-m", "autograd_lite", "ops"], stdout=full, stderr=subprocess.PIPE
        )
    assert told.returncode == 2
    assert told.stderr.decode() == "autograd-lite: No space left on device\n"


@pytest.mark.skipif(os.name == "nt", reason="pipes close otherwise there")
def test_a_reader_that_goes_away():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        told = subprocess.run(
            [sys.executable, "-m", "autograd_lite", "ops"], stdout=closed, stderr=subprocess.PIPE
        )
    assert (told.returncode, told.stderr) == (0, b"")


def test_a_demo_runs(tmp_path):
    told = program("demo", "secants", env={**os.environ, "PYTHONIOENCODING": "utf-8"})
    assert told.returncode == 0 and told.stdout


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")
def test_every_package_is_installed():
    import tomllib

    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = settings["tool"]["setuptools"]["packages"]
    inits = (ROOT / "autograd_lite").rglob("__init__.py")
    packages = {".".join(x.parent.relative_to(ROOT).parts) for x in inits}
    folders = {x.parent for x in (ROOT / "demos").rglob("*.py")} | {ROOT / "demos/data/nist"}
    packages |= {".".join(("autograd_lite", *x.relative_to(ROOT).parts)) for x in folders}
    assert set(listed) == packages

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
    (("grad", "|x|", "x=0"), ["∂f/∂x = 0", "f is not differentiable here: corner: slope -1"]),
    (("chain-rule", "z²", "--of", "z", "z=3"), ["∂f/∂z"]),
    (("minimize", "−x²", "x=0"), ["the start is a stationary point already"]),
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
    (("check", "w·x", "--claim", "∂f/∂w = x", "--claim", "df/dx=w"), ["RIGHT"]),
    (("check", "x²", "--claim", "f′(x) = 2x"), ["RIGHT"]),
    (("check", "x²", "--claim", "f' = 2x", "--points", "20"), ["RIGHT at 20 points"]),
    (("check", "θ²", "--claim", "θ=2θ", "--explain", "none"), ["RIGHT"]),
    (("grad", "权*x；", "权＝２", "x=-1"), ["f = −2", "∂f/∂权 = −1"]),
    (("grad", "x + y", "x=1, y = -2"), ["f = −1"]),
    (("grad", "x + y", "x = 1 y=1e-3"), ["f = 1.001"]),
    (("grad", "-h*x", "h=2", "x=1"), ["∂f/∂h = −1"]),
    (("grad", "-o*x", "o=2", "x=1"), ["∂f/∂o = −1"]),
    (("grad", "--", "-x", "x=-2"), ["f = 2"]),
    (("taylor", "exp(x)", "--at", "-1", "--order", "0"), ["0.367879"]),
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
    (
        ("check", "x²", "x=3", "--claim", "x"),
        "worst",
        {"at": {"x": 3.0}, "wrong": ["x"], "error": 0.5},
    ),
    (("check", "x²", "--claim", "2x"), "worst", None),
    (("check", "x²", "x=3", "--claim", "x", "--explain", "none"), "explanations", []),
    (("minimize", "(x−1)²", "x=3"), "x", {"x": 1.0}),
    (("ops", "exp"), 0, None),
    (("demo",), 0, None),
]


@pytest.mark.parametrize(("argv", "key", "held"), JSON, ids=lambda x: str(x)[:40])
def test_json(capsys, argv, key, held):
    _, out, _ = run(capsys, *argv, "--json")
    found = json.loads(out)[key]
    flat = isinstance(held, dict) and "at" not in held
    assert found == (pytest.approx(held) if flat else held) or held is None


# ---- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["svg", "html", "dot"])
def test_drawings(capsys, tmp_path, suffix):
    path = tmp_path / f"graph.{suffix}"
    status, out, _ = run(capsys, "draw", NEURON, *POINT, "-o", str(path))
    assert status == 0 and f"wrote {path}" in out and path.stat().st_size > 1000


LOOKS = [  # options, what the drawing has, what it has not
    ((), ["0.6636"], ['stroke-width="3']),
    (("--no-gradients",), ["gradient —"], ["0.6636"]),
    (("--theme", "dark"), ["#e9ebee"], ["prefers-color"]),
    (("--theme", "auto"), ["prefers-color-scheme: dark"], []),
    (("--background", "transparent"), ["0.6636"], ['class="background"']),
    (("--max-nodes", "3"), [], ["0.6636"]),
    (("--focus", "w"), ["0.6636"], []),
    (("--digits", "2"), ["0.66"], ["0.6636"]),
]


@pytest.mark.parametrize(("options", "has", "lacks"), LOOKS, ids=lambda x: " ".join(x))
def test_looks(capsys, tmp_path, options, has, lacks):
    path = tmp_path / "图 of a graph.svg"
    argv = ("draw", NEURON, *POINT, "-o", str(path), "--engine", "builtin", *options)
    status, _, err = run(capsys, *argv)
    drawing = path.read_text(encoding="utf-8")
    assert (status, err) == (0, "")
    assert [x for x in has if x not in drawing] == [x for x in lacks if x in drawing] == []


def test_highlight_and_repeated_leaves_change_the_drawing(capsys, tmp_path):
    drawings = set()
    for options in ((), ("--highlight", "w", "--highlight", "b"), ("--repeat-leaves",)):
        path = tmp_path / "g.svg"
        run(capsys, "draw", "w·x + w·b", *POINT[:3], "-o", str(path), *options)
        drawings.add(path.read_text(encoding="utf-8"))
    assert len(drawings) == 3


def test_a_page_that_trains_over_samples(capsys, tmp_path):
    path = tmp_path / "page.html"
    argv = ("page", "z = w·x + b; (z − y)²", "w=1", "b=0", "--wrt", "w,b")
    argv += ("--samples", "x=0.5,2.25", "y=0,1", "-o", str(path), "--theme", "dark")
    status, out, err = run(capsys, *argv)
    page = path.read_text(encoding="utf-8")
    assert (status, err) == (0, "") and "wrote" in out
    assert "2.25" in page and 'data-theme="dark"' in page


def test_frames_are_written_into_a_folder(capsys, tmp_path):
    argv = ("frames", "w·x", "w=1", "x=2", "-o", str(tmp_path / "slides"), "--no-pdf")
    status, out, _ = run(capsys, *argv, "--start", "1", "--stop", "3")
    assert status == 0 and "wrote 2 frames in" in out
    _, out, _ = run(capsys, *argv, "--json")
    told = json.loads(out)
    assert told["pdf"] is None and all(Path(x).is_file() for x in told["paths"])
    assert len(told["paths"]) == len(list((tmp_path / "slides").iterdir()))


@pytest.mark.parametrize("argv", [("help", "grad"), ("grad", "--help"), ("grad", "-h")])
def test_help(capsys, argv):
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: autograd-lite grad [-h]")


def test_the_worst_point_is_told(capsys):
    status, out, _ = run(capsys, "check", "x²", "x=3", "--claim", "x")
    assert status == 1 and out.endswith("worst at x=3: x wrong, by 0.5\n")


def test_a_page_stands_where_it_is_said(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = run(capsys, "page", NEURON, *POINT)
    assert status == 0 and "wrote page.html" in out and (tmp_path / "page.html").exists()


# ---- what is refused -----------------------------------------------------------------------------

REFUSED = [  # arguments, what the line says
    ((), "the following arguments are required: COMMAND"),
    (("expl",), "'expl': no such command; did you mean explain?"),
    (("gradient", "x"), "did you mean grad?"),
    (("ops", "relux"), "no such operation; did you mean relu?"),
    (("demo", "secant"), "no such demo; did you mean secants?"),
    (("grad", "sin x", "x=1"), "'sin' is an operation: write sin(…)"),
    (("grad", "f(x) = x²", "x=1"), "'f(x) = x²': a name alone stands before =: f = x²"),
    (("grad", "x", "x=1,5"), "x: write a decimal point: 1.5"),
    (("grad", "x", "x=", "2"), "x has no number: write x=0.5, without spaces"),
    (("grad", "x", "-x=2"), "'-x=2': no dash stands before a name"),
    (("grad", "x", "--x=2"), "numbers have no dashes, as in x=2"),
    (("check", "x²", "--claim", "q=2x"), "'q=2x': q does not stand in the text; it has x"),
    (("check", "x²", "--claim", "x=2x", "--explain", "-1"), "'-1': seconds from 0, or none"),
    (("check", "x²", "--claim", "x=2x", "--explain", "soon"), "'soon': seconds from 0, or none"),
    (("check", "x²", "--claim", "x=2x", "--points", "0"), "at least one"),
    (("taylor", "x²", "--order", "-1"), "'-1': a whole number from 0 is needed"),
    (("draw", "x", "x=1", "-o", "a.svg", "--highlight", "q"), "--highlight q: no such name"),
    (("draw", "x", "x=1", "-o", "a.svg", "--focus", "q"), "--focus q: no such name; the text has"),
    (("draw", "x", "x=1", "-o", "a.svg", "--theme", "blue"), "invalid choice: 'blue'"),
    (("draw", "x", "x=1", "-o", "a.svg", "--max-nodes", "few"), "'few': a whole number from 0"),
    (("page", "x", "x=1", "--wrt", "q"), "--wrt q: the text has x"),
    (("page", "x", "--samples", "x"), "--samples 'x': a name and its numbers, once"),
    (("page", "x", "--samples", "x=1,a"), "--samples x: unknown name 'a'"),
    (("page", "x", "--samples", "x=1", "x=2"), "--samples 'x=2': a name and its numbers, once"),
    (("page", "x", "--samples", "q=1"), "q does not stand in the text; it has x"),
    (("frames", "x", "x=1"), "required: -o/--output"),
    (("frames", "x", "x=1", "-o", "no/where", "--start", "99"), "start=99"),
    (("it's", "x"), "no such command"),
    (("grad",), "required: TEXT"),
    (("grad", ""), "the text has no formula"),
    (("grad", ";"), "the text has no formula"),
    (("grad", "x*y", "x=2"), "no number for y: add y=…"),
    (
        ("grad", "xy", "x=1", "y=2"),
        "x does not stand in the text; it has xy; for a product write x·y",
    ),
    (("check", "w·x", "w=1", "--claim", "w=x"), "w is held at a number, so it has no gradient"),
    (("grad", "x", "x=1", "--nope"), "unrecognized arguments: --nope"),
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


def test_json_keeps_what_a_terminal_lacks():
    argv = ("chain-rule", NEURON, *POINT, "--of", "w", "--json")
    told = program(*argv, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert json.loads(told.stdout)["name"] == "∂f/∂w"


CARETS = [("权*σ(x", "  ?*sigmoid(x", 13), ("σ(x) + y.z", "  sigmoid(x) + y.z", 16)]


@pytest.mark.parametrize(("text", "told", "place"), CARETS)
def test_the_caret_is_below_its_place_in_ascii(text, told, place):
    found = program("grad", text, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    _, line, caret = found.stderr.decode("ascii").splitlines()
    assert (line, caret) == (told, " " * place + "^")


@pytest.mark.skipif(os.name == "nt", reason="arguments are no bytes there")
def test_a_locale_that_cannot_read_its_arguments():
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    told = program("grad", "权·σ(x)", "权=2", "x=0", env={**os.environ, **locale})
    assert told.returncode == 0 and told.stdout.startswith(b"f = 1")


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

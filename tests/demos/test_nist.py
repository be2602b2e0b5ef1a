"""NIST's 27 nonlinear regression problems, from both starts: right, or said to be a failure."""

import importlib.util
import math
import re
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "demos" / "data" / "nist.py"
HARD = {("BoxBOD", 0), ("MGH10", 0)}  # where no fit is found
# Lanczos1 is three exponentials to 14 digits: what is left, 1e-25, is the rounding of the data.
EXACT = {"Lanczos1"}


def loaded():
    spec = importlib.util.spec_from_file_location("nist", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


nist = loaded()
RUNS = [(name, start) for name in nist.MODELS for start in (0, 1)]


@pytest.fixture(scope="module")
def solved():
    """(fit, digits of the parameters, digits of the standard deviations) of every run."""
    return {run: nist.solved(*run) for run in RUNS}


def test_all_27_problems_are_there():
    assert len(nist.MODELS) == 27
    assert {path.stem for path in nist.DATA.glob("*.dat")} == set(nist.MODELS)


@pytest.mark.parametrize("name", nist.MODELS)
def test_a_file_is_read_as_it_describes_itself(name):
    text = (nist.DATA / f"{name}.dat").read_text(encoding="ascii")
    p = nist.problem(name)
    observations, parameters = len(p.y), len(p.certified)
    assert observations == int(re.search(r"(\d+) Observations", text)[1]) == len(p.x)
    assert parameters == int(re.search(r"(\d+) Parameters", text)[1]) == len(p.deviations)
    assert [len(start) for start in p.starts] == [parameters] * 2
    freedom = observations - parameters  # the file of Rat43 says 9 for 11
    deviation = float(re.search(r"Residual Standard Deviation:\s+(\S+)", text)[1])
    assert deviation == pytest.approx(math.sqrt(p.sum_of_squares / freedom), rel=1e-9)
    squares = sum(r**2 for r in p.residuals(*p.certified))
    wanted = 0.1 if name in EXACT else 1e-9
    assert float(squares) == pytest.approx(p.sum_of_squares, rel=wanted)


def test_the_first_file():
    p = nist.problem("Misra1a")
    assert p.starts == [[500.0, 0.0001], [250.0, 0.0005]]
    assert p.certified == [238.94212918, 5.5015643181e-04]
    assert p.deviations == [2.7070075241, 7.2668688436e-06]
    assert p.sum_of_squares == 1.2455138894e-01
    assert (p.x[0], p.y[0], p.x[-1], p.y[-1]) == (77.6, 10.07, 760.0, 81.78)


@pytest.mark.parametrize(
    ("ours", "certified", "digits"),
    [
        ([1.0], [1.0], 11),
        ([1.001], [1.0], 3),
        ([-2.0, 1.000001], [-2.0, 1.0], 6),
        ([2.0, 200.0], [2.0, 2.0], -1.9956351945975500),
        ([math.inf], [1.0], -math.inf),
    ],
)
def test_digits_are_those_of_the_worst(ours, certified, digits):
    assert nist.digits(ours, certified) == pytest.approx(digits, rel=1e-9)


@pytest.mark.parametrize("ours", [[math.nan], [1.0, math.nan], [math.nan, 1.0]])
def test_a_number_that_is_none_has_no_digits(ours):
    assert not nist.digits(ours, [1.0] * len(ours)) > 0


@pytest.mark.parametrize(("start", "wanted"), [(0, 22), (1, 25)])
def test_how_many_are_right(solved, start, wanted):
    """To 6 digits of every parameter, and 4 of every standard deviation."""
    runs = [solved[name, start] for name in nist.MODELS]
    assert sum(fit.success and b >= 6 and s >= 4 for fit, b, s in runs) >= wanted


@pytest.mark.parametrize("run", RUNS, ids=[f"{name} {start + 1}" for name, start in RUNS])
def test_a_fit_is_right_or_says_that_it_is_not(solved, run):
    fit, b, s = solved[run]
    p = nist.problem(run[0])
    if fit.success:
        assert fit.stopped == "converged"
        assert b >= 6
        if run[0] not in EXACT:
            assert s >= 4
            assert 2 * fit.cost == pytest.approx(p.sum_of_squares, rel=1e-9)
    else:
        assert run in HARD
        assert fit.stopped in ("undetermined", "no progress", "step limit")
        assert len(fit.message) > 10
        assert 2 * fit.cost > 1.5 * p.sum_of_squares


def test_the_table_that_is_printed(solved, monkeypatch, capsys):
    monkeypatch.setattr(nist, "solved", lambda name, start: solved[name, start])
    nist.main()
    lines = capsys.readouterr().out.splitlines()
    rows = {(line.split()[0], int(line.split()[1]) - 1): line for line in lines[1:55]}
    assert list(rows) == RUNS
    for run, (fit, b, s) in solved.items():
        assert rows[run].split()[2:5] == [str(fit.nit), f"{b:.1f}", f"{s:.1f}"]
        assert rows[run].endswith(f"{fit.stopped}: {fit.message}")
    good = [int(n) for n in re.findall(r"from start [12]: (\d+) of 27", lines[-1])]
    assert good[0] >= 22 and good[1] >= 25

"""The fuzzer itself: its kinds run, and each finds a fault that is planted."""

import itertools

import pytest

from autograd_lite import Value, higher, series
from autograd_lite.ops import OPS
from autograd_lite.optim import Adam
from tests.fuzz.__main__ import main
from tests.fuzz.harness import Undecided, fuzz, ran
from tests.fuzz.kinds import KINDS

SOON = 300  # cases until a planted fault must be found


def decided(kind, seeds):
    """What the cases that can be decided find."""
    for seed in seeds:
        try:
            yield ran(KINDS[kind], f"test.{seed}")
        except Undecided:
            continue


@pytest.mark.parametrize("kind", KINDS)
def test_a_few_cases_of_each_kind(kind):
    assert [str(find) for find in decided(kind, range(4)) if find] == []


def doubled(operation):
    def wrong(*x):
        y = operation(*x)
        y._da *= 2
        return y

    return wrong


def doubled_slope(monkeypatch, *names):
    for name in names or ("mul",):
        monkeypatch.setattr(Value, name, doubled(getattr(Value, name)))


def doubled_slopes(monkeypatch):
    doubled_slope(monkeypatch, *OPS)


def doubled_rule(monkeypatch):
    for rules in (higher._RULES, series._RULES):
        for name in ("exp", "mul", "sin"):
            monkeypatch.setitem(rules, (OPS[name], 0), lambda *x: 2.0)


def crooked_step(monkeypatch):
    right = Adam.update
    monkeypatch.setattr(Adam, "update", lambda *x: right(*x) * (1 + 1e-9))


PLANTED = [
    ("graphs", doubled_slope),
    ("programs", doubled_slopes),
    ("operations", doubled_rule),
    ("series", doubled_rule),
    ("optimizers", crooked_step),
]


@pytest.mark.parametrize(("kind", "plant"), PLANTED)
def test_a_planted_fault_is_found(monkeypatch, kind, plant):
    plant(monkeypatch)
    assert any(decided(kind, range(SOON)))


def test_a_find_names_its_case_and_fails_the_run(monkeypatch, capsys):
    doubled_slope(monkeypatch)
    told = []
    clock = itertools.count()
    monkeypatch.setattr("tests.fuzz.harness.time.monotonic", lambda: next(clock))
    assert fuzz({"graphs": KINDS["graphs"]}, 200, 1, told.append) >= 1
    case = told[0].split()[2]
    monkeypatch.setattr("sys.argv", ["fuzz", "--case", case])
    assert main() == 1
    assert told[0].split("  ", 1)[1] in capsys.readouterr().out
    assert told[-1].startswith("seed 1: graphs ")


def test_an_unexpected_exception_is_a_find():
    find = ran(lambda rng: [][0], "x")
    assert "IndexError" in str(find)

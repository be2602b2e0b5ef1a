"""Samples on vectors in C: every width, every number of samples, numbers that are rare."""

import math
import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograd_lite import DomainError, Value, exp, log, record, relu, sigmoid, softplus, tanh
from autograd_lite.errors import CompilerError
from autograd_lite.expr import compiled
from autograd_lite.nn import MLP
from autograd_lite.notation import Call, walk
from autograd_lite.ops import OPS, TOTAL
from autograd_lite.program import c_compiler, simd
from autograd_lite.program.c_rows import called_once

pytestmark = pytest.mark.compiler
DRAW = np.random.default_rng(3)
ENDS = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1.7e308, -1.7e308, 710.0, -746.0]


def small(w, v, x):
    """One piece, several vectors side by side."""
    return log(1 + sigmoid(w * x) * relu(v - x)) + softplus(x) * v


def large(w, v, x):
    """Several pieces and strips."""
    y = x
    for k in range(70):
        y = tanh(w * y) + x * (k / 100) - v
    return y


def engine(f, w, v, xs):
    """The sums over the samples."""
    total = np.zeros(3)
    for x in xs.tolist():
        a, b = Value(w), Value(v)
        y = f(a, b, Value(x))
        y.backward()
        total += y.data, a.grad, b.grad
    return total


@pytest.mark.parametrize("f", [small, large])
def test_every_number_of_samples(f):
    samples = DRAW.normal(size=600)
    one = record(f, 0.4, 0.3, 1.0, wrt=(0, 1), backend="c")
    each = [engine(f, 0.4, 0.3, samples[k : k + 1]) for k in range(600)]
    for n in [*range(1, 75), 127, 128, 255, 256, 257, 320, 599, 600]:
        value, slopes = one.batch(0.4, 0.3, samples[:n])
        np.testing.assert_allclose([value, *slopes], sum(each[:n]), rtol=1e-12, atol=1e-12)
        values, _ = one.batch(0.4, 0.3, samples[:n], reduce=None)
        np.testing.assert_allclose(values, [x[0] for x in each[:n]], rtol=1e-12, atol=1e-12)


def compared(x):
    """Only the guard says how it turned out."""
    bool(x > 0.5)
    return x * x


def named(v, label):
    v.label = label
    return v


# Programs that differ in nothing but this.
ALIKE = {
    "sign of zero": [lambda x: x * 0.0, lambda x: x * -0.0],
    "number": [lambda x: x * 0.1, lambda x: x * 0.2],
    "operation": [lambda x: exp(x) * x, lambda x: tanh(x) * x],
    "operands": [lambda x: x**2.0 - x, lambda x: x - x**2.0],
    "parameter": [lambda x: x**2.0, lambda x: x**3.0],
    "guard": [compared, compared],  # at 0.7 and at 0.3
}


@pytest.mark.parametrize("pair", ALIKE.values(), ids=ALIKE)
def test_tapes_share_code_only_where_they_compute_the_same(pair):
    xs = np.array([0.7, 0.6])
    made = [(f, x, xs if x > 0.5 else xs / 2) for f, x in zip(pair, (0.7, 0.3), strict=True)]
    found = []
    for f, x, samples in made:
        for label in ("", "z"):  # what they are called makes no difference
            program = record(lambda v, f=f, label=label: named(f(v), label), x, backend="c")
            found.append(program.simd(samples).code)
            for value, at in zip(program.batch(samples, reduce=None)[0], samples, strict=True):
                expected = f(Value(at)).data
                assert (value, math.copysign(1, value)) == pytest.approx(
                    (expected, math.copysign(1, expected)), rel=1e-14
                )
    assert found[0] is found[1]
    assert found[2] is found[3]
    assert found[0] is not found[2]
    program = record(pair[0], 0.7, backend="c")
    assert program.on("c", check=False).simd(made[0][2]).code is not found[0]


def test_the_text_is_the_same_in_every_process():
    """Else what was compiled would not be found again."""
    code = (
        "from autograd_lite import record\n"
        "from tests.program.test_simd import large\n"
        "program = record(large, 0.4, 0.3, 1.0, wrt=(0, 1), backend='c')\n"
        "print(program.simd(0.4, 0.3, [1.0, 2.0]).code.source)"
    )
    texts = []
    for seed in ("0", "1"):
        given = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, check=True, env=given)
        texts.append(done.stdout)
    assert texts[0] == texts[1]


WIDTHS = {"-march=x86-64": "sse2", "-mavx2 -mfma": "avx2"}


@pytest.mark.parametrize("flags", WIDTHS)
@pytest.mark.parametrize("f", [small, large])
def test_vectors_of_every_width(f, flags, monkeypatch):
    """What narrower machines run, so far as this one can."""
    info = Path("/proc/cpuinfo")
    if platform.machine() != "x86_64" or not info.exists() or WIDTHS[flags] not in info.read_text():
        pytest.skip("another machine")
    load = simd.load
    monkeypatch.setattr(simd, "load", lambda text, _, *more: load(text, *flags.split(), *more))
    samples = DRAW.normal(size=109)
    value, slopes = record(f, 0.4, 0.3, 1.0, wrt=(0, 1), backend="c").batch(0.4, 0.3, samples)
    np.testing.assert_allclose([value, *slopes], engine(f, 0.4, 0.3, samples), rtol=1e-12)


RARE = [
    (exp, [1.0, -740.0, 2.0], False),
    (exp, [1.0, 720.0], False),
    (tanh, [0.5, 400.0, -400.0, -0.0], True),
    (sigmoid, [0.5, 800.0, -720.0], True),
    (log, [2.0, 5e-324, 1e-310], True),
    (softplus, [1.0, 740.0, -740.0], True),
]


@pytest.mark.parametrize(("f", "x", "checked"), RARE)
@pytest.mark.parametrize("compiler", [True, False], ids=["careful", "no compiler any more"])
def test_rare_numbers(f, x, checked, compiler, monkeypatch, recwarn):
    program = record(lambda v, a: v * f(a), 1.0, 1.0, backend="c").on("c", check=checked)
    usual = DRAW.uniform(0.5, 2, 100)
    before = program.batch(2.0, usual, reduce=None)
    if not compiler:

        def failing(*_):
            raise CompilerError("none")

        monkeypatch.setattr(simd, "load", failing)
        monkeypatch.setattr(c_compiler, "_told", set())
    samples = np.concatenate([usual, x, usual])
    values, slopes = program.batch(2.0, samples, reduce=None)
    alone = program.batch(2.0, samples, reduce=None, gradient=False)
    for k in range(len(usual), len(usual) + len(x)):
        v, a = Value(2.0), Value(samples[k])
        with np.errstate(all="ignore"):
            (v * f(a)).backward()
        expected = [2.0 * f(Value(samples[k])).data, v.grad, a.grad]
        found = [values[k], *slopes[k]]
        np.testing.assert_allclose(found, expected, rtol=1e-13)
        assert alone[k] == pytest.approx(expected[0], rel=1e-13, abs=0)
    again = program.batch(2.0, usual, reduce=None)
    np.testing.assert_allclose(again[0], before[0], rtol=1e-14)


def test_a_rare_number_does_not_fail_a_guard_that_holds():
    program = record(lambda a: exp(a) + 1 if exp(a) < 5 else a, 0.5, backend="c")
    assert program.batch(np.array([0.5, -730.0, -1000.0]), reduce=None)[0][1:].tolist() == [1, 1]


@pytest.mark.parametrize("count", [3, 100, 700])
@pytest.mark.parametrize("f", [small, large])
def test_errors_name_the_first_sample(f, count):
    program = record(lambda v, x: f(v, 0.3, log(x)), 0.4, 1.0, wrt=0, backend="c")
    samples = abs(DRAW.normal(size=count)) + 0.1
    for at in {0, count // 2, count - 1}:
        wrong = samples.copy()
        wrong[at:] = -1.0
        for _ in range(2):  # also with buffers that are ready
            with pytest.raises(DomainError, match=rf"^sample {at}: "):
                program.batch(0.4, wrong)
        program.batch(0.4, samples)


def formulas(op):
    return [op.value, *op.derivatives]


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_what_is_called_once_gives_the_same_bits(op):
    given = (*op.arguments, "y")
    points = DRAW.normal(size=(300, len(given))) * 10.0 ** DRAW.integers(-3, 3, (300, len(given)))
    points[:150][DRAW.random((150, len(given))) < 0.4] = DRAW.choice(ENDS)
    points = [*points.tolist(), *([x] * len(given) for x in ENDS)]
    for formula in formulas(op):
        one, other = (
            compiled(tree, given, {**TOTAL, "number": float}.__getitem__)
            for tree in (formula.tree, called_once(formula.tree))
        )
        for point in points:
            assert repr(one(*point)) == repr(other(*point)), (formula, point)


def test_a_sigmoid_has_one_exp_and_one_division():
    tree = called_once(OPS["sigmoid"].value.tree)
    calls = {repr(x): x.name for x in walk(tree) if isinstance(x, Call)}
    assert sorted(calls.values()) == ["add", "div", "exp", "neg"]


def test_a_network_beside_the_engine():
    net = MLP(2, [16, 16, 1], seed=1)
    x = DRAW.normal(size=(101, 2))
    program = record(lambda net, x: relu(1 - net(x)), net, [0.5, 1.0], wrt=0)
    (a, da), (b, db) = (program.on(k).batch(net, x, reduce="mean") for k in ("numpy", "c"))
    assert a == pytest.approx(b, rel=1e-12)
    np.testing.assert_allclose(da, db, rtol=1e-11, atol=1e-13)

"""The table in C and the groups in NumPy beside the engine; the compiler and its cache."""

import copy
import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite
from autograd_lite import (
    DomainError,
    GuardError,
    Value,
    atan2,
    exp,
    grad,
    hessian,
    log,
    maximum,
    record,
    sigmoid,
    sin,
)
from autograd_lite.nn import MLP
from autograd_lite.notation import tree_of
from autograd_lite.ops import OPS
from autograd_lite.program import Program, c_compiler, c_rows, numpy_executor
from autograd_lite.program.numpy_executor import NumPyBackend
from tests.program.cases import (
    OTHER_IN_C,
    applied,
    arguments,
    bounded,
    by_program,
    eager,
    graphs,
    in_table,
    same_or_near,
    within,
)

NUMBER = st.floats(-3, 3)
c = pytest.mark.compiler


@c
@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_operation_in_the_table_to_the_last_bit(op):
    draw = np.random.default_rng(len(op.name))
    points = [(*p, *n) for p in draw.normal(0, 2, (60, op.arity)) for n in ([0.7], [3.0])]
    points = [p[: len(op.arguments)] for p in points] + arguments(op)
    by_parameter = {}
    for point in points:
        numbers, n = tuple(map(float, point[: op.arity])), point[op.arity :]
        if n not in by_parameter:
            by_parameter[n] = in_table(record(lambda *v, n=n: applied(op, v, n), *[1.0] * op.arity))
        expected = eager(lambda *v, n=n: applied(op, v, n), numbers)
        found = by_program(by_parameter[n], numbers)
        if expected[0] is DomainError:  # the text names the arguments; see test_program
            assert found[0] is DomainError
        else:
            same_or_near(found, expected, op.name)


@c
@settings(max_examples=100, deadline=None)
@given(graphs(), st.tuples(NUMBER, NUMBER, NUMBER))
def test_random_graphs_in_the_table(f, point):
    table = in_table(record(f, 0.1, 0.2, 0.3))
    python = table.on("python")
    if not OTHER_IN_C.intersection(op.name for op in table.tape.rows):
        assert by_program(table, point) == by_program(python, point) == eager(f, point)
    else:
        assert within(table.value_and_grad(*point), python, point)


def no_group_reads_what_it_writes(numpys):
    """So that nothing depends on how NumPy copies within one array."""
    slots = np.arange(len(numpys._place))
    assert sorted(numpys._place) == slots.tolist()
    known = numpys.tape.base
    for group in numpys.groups:
        assert group.out.start == known and group.out.stop > known
        for where in (*group.arguments, *(edges.slots for edges in group.edges)):
            assert (slots[where] < known).all()
        known = group.out.stop


def test_groups_that_are_numbered_otherwise_than_recorded():
    program = record(lambda w, x: w * x + w * w * x + sin(x), 1.0, 1.0, backend="numpy")
    value, slopes = program.value_and_grad(3.0, 2.0)
    assert value == pytest.approx(24 + np.sin(2), rel=1e-15)
    np.testing.assert_allclose(slopes, [14.0, 12 + np.cos(2)], rtol=1e-15)
    no_group_reads_what_it_writes(program._point())


@settings(max_examples=60, deadline=None)
@given(graphs(), st.tuples(NUMBER, NUMBER, NUMBER))
def test_random_graphs_in_numpy(f, point):
    numpys = record(f, 0.1, 0.2, 0.3, backend="numpy")
    point_backend = numpys._point()
    assert isinstance(point_backend, NumPyBackend)
    no_group_reads_what_it_writes(point_backend)
    assert within(numpys.value_and_grad(*point), numpys, point)


@pytest.mark.parametrize(
    ("f", "point", "least", "most"),  # between which the bound of the value is
    [
        (lambda x: x * 3, 2.0, 1e-15, 1e-13),
        (lambda x: exp(sin(x) * x), 2.0, 1e-15, 1e-12),
        (lambda x: (x + 1e16) - 1e16, 2.0, 8.0, 200.0),  # follows what was on the way
        (lambda x: x.floor() * 5, 2.0, 1e-15, 1e-13),  # is exact
        (lambda x: ((x * 3) ** 0.5).floor() * 5, 3.0, 5.0, 5.1),  # may be 2 or 3
        (lambda x: 1 / ((x + 1e16) - 1e16), 2.0, np.inf, np.inf),  # may divide by 0
    ],
)
def test_a_bound_follows_the_numbers_on_the_way(f, point, least, most):
    _, (value, _) = bounded(record(f, point), [point])
    assert least <= value <= most


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=c)])
def test_what_cancels_may_differ_by_what_was_on_the_way(backend):
    """∂/∂x of the terms are ±1e271 here, and cancel but for their last digits."""

    def f(x, y):
        return atan2(x, x) + atan2(x, y) - atan2(x, y * 1.0000001) + atan2(y, x)

    point = 2.9e-272, 3.1e-272
    program = record(f, 1.0, 2.0, backend=backend)
    assert within(program.value_and_grad(*point), program, point)
    expected, off = bounded(program, point)
    assert (off[1:] < 1e-11 * 1e272).all() and (expected[1:] != 0).all()


def whole_loss(parameters, x=((0.5, -1.0), (0.3, 0.8), (-1.5, 0.2)), y=(1, -1, 1)):
    net = MLP(2, [5, 4, 1], seed=1)
    rest = iter(parameters)
    for layer in net.layers:
        for neuron in layer.neurons:
            neuron.w = [next(rest) for _ in neuron.w]
            neuron.b = next(rest)
    losses = [(1 + -t * net(row)).relu() for row, t in zip(x, y, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in net.parameters())


@pytest.mark.parametrize("backend", ["python", pytest.param("c", marks=c), "numpy", "auto"])
def test_a_whole_loss_on_every_backend(backend):
    w = np.array([p.data for p in MLP(2, [5, 4, 1], seed=3).parameters()])
    leaves = [Value(x) for x in w]
    root = whole_loss(leaves)
    root.backward()
    program = record(whole_loss, np.zeros(len(w)) + 0.1, backend=backend)
    exact = backend in ("python", "c") or (backend == "auto" and c_compiler.available())
    value, slopes = program.value_and_grad(w)
    assert value == pytest.approx(root.data, rel=0 if exact else 1e-14)
    np.testing.assert_allclose(slopes, [p.grad for p in leaves], rtol=0 if exact else 1e-12)
    again = Program.from_graph(root, inputs=[np.array(leaves)], backend=backend)
    assert again.value_and_grad(w)[0] == value


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=c)])
def test_guards_and_domains_on_every_backend(backend):
    program = record(lambda x, y: log(x) * y if y > 1 else x, 2.0, 3.0, backend=backend)
    assert program(1.0, 2.0) == 0.0
    with pytest.raises(GuardError, match=r"y = 0.5 > 1 is False"):
        program.value_and_grad(-1.0, 0.5)
    with pytest.raises(DomainError, match=r"log\(a\) with a = -1.0 \('x'\)"):
        program(-1.0, 2.0)
    assert np.isnan(program.on(backend, check=False)(-1.0, 2.0))
    assert np.isnan(program(float("nan"), 2.0))


@pytest.mark.parametrize("backend", ["numpy", pytest.param("c", marks=c)])
def test_operations_of_ones_own_with_two_operands_and_a_parameter(ops_as_before, backend):
    blend = autograd_lite.define(
        "own_blend",
        "int * a + (1 - int) * b",
        da="int",
        db="1 - int",
        parameter="int",
        default=0.5,
    )

    def f(x, y):
        return blend(exp(x), y, 0.25) * blend(x, y)

    program = record(f, 1.0, 1.0, backend=backend)
    value, slopes = program.value_and_grad(0.3, 0.4)
    expected = eager(f, (0.3, 0.4))
    if backend == "c":
        assert by_program(program, (0.3, 0.4)) == expected
    leaves = Value(0.3), Value(0.4)
    y = f(*leaves)
    y.backward()
    assert value == pytest.approx(y.data, rel=1e-15)
    np.testing.assert_allclose(slopes, [v.grad for v in leaves], rtol=1e-14)


@pytest.mark.parametrize("backend", ["python", "numpy", pytest.param("c", marks=c)])
@pytest.mark.parametrize(
    ("value", "da", "domain"),  # a domain that ends at 6
    [
        ("1 if a > 5 else a", "0 if a > 5 else 1", "a < 6"),
        ("a", "1", "a < 6 and (0 if a == 0.5 else 1)"),
        ("a if a < 9 or (1 if a > 9 else 0) else 1", "1", "a < 6 or (1 if a < 0 else 0) > 2"),
    ],
)
def test_the_texts_of_a_row_stay_apart(ops_as_before, value, da, domain, backend):
    ends = autograd_lite.define("own_ends", value, da=da, domain=domain)
    program = record(lambda x: ends(x) * x, 2.0, backend=backend)
    for x in (3.0, 5.5):
        assert program(x) == program.batch([x, x], reduce=None)[0][1] == ends(x) * x
    for run in (ends, lambda x: ends(Value(x)), program, lambda x: program.batch([3.0, x])):
        with pytest.raises(DomainError, match=r"own_ends\(a\) with a = 10.0"):
            run(10.0)


@c
def test_rosenbrocks_hessian_in_c():
    def rosenbrock(x):
        return sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

    x = np.linspace(-1.2, 1.3, 10)
    program = record(hessian(rosenbrock), np.ones(10), backend="c")
    assert (program(x) == hessian(rosenbrock)(x)).all()


@c
def test_rules_in_c_have_no_domain_errors():
    assert record(grad(lambda x: x.sqrt()), 2.0, backend="c")(0.0) == np.inf


@c
def test_threads_do_not_disturb_each_other():
    program = record(whole_loss, np.full(44, 0.1), backend="c")
    points = np.random.default_rng(0).normal(size=(8, 44))
    expected = [program.value_and_grad(w)[1] for w in points]
    wrong = []

    def work(w, slopes):
        for _ in range(100):
            if not (program.value_and_grad(w)[1] == slopes).all():
                wrong.append(w)

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(points, expected, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("leaky_relu(a)", "f_{leaky_relu}(a, K(0.01))"),
        ("leaky_relu(a, 3)", "f_{leaky_relu}(a, K(3.0))"),
        ("elu(-inf)", "f_{elu}(-K(__builtin_inf()), K(1.0))"),
        ("sigmoid(tanh(elu(a))) * exp(nan)", "f_{sigmoid}(p_tanh(f_{elu}(a, K(1.0)))) * "
         'p_exp(K(__builtin_nan("")))'),
        ("maximum(a, pi)", "f_{maximum}(a, K(0x1.921fb54442d18p+1))"),
    ],
)  # fmt: skip
def test_formulas_in_c(text, expected):
    tags = {name: c_rows.tag(op) for name, op in OPS.items()}
    assert c_rows.TableInC().text(tree_of(text)) == expected.format(**tags)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (-0.0, "K(-0.0)"),
        (1e-300, "K(1e-300)"),
        (np.inf, "K(__builtin_inf())"),
        (-np.inf, "K(-__builtin_inf())"),
        (np.nan, 'K(__builtin_nan(""))'),
    ],
)
def test_constants_in_c(x, text):
    assert c_rows.TableInC().number(float(x)) == text


@c
def test_rows_that_call_rows_that_call_rows(ops_as_before):
    """Defaults, −∞ and what is called three rows deep, in the table and on vectors."""
    inner = "leaky_relu(a) + elu(a)"
    autograd_lite.define("own_inner", inner, da="1 if a > 0 else 0.01")
    define = autograd_lite.define
    define("own_middle", "own_inner(a) * silu(a)", da="own_inner(a)", domain="gelu(a) < 9")
    outer = define("own_outer", "maximum(-inf, own_middle(-a))", da="-own_middle(-a)")
    called = [op.name for op in c_rows._called(OPS["own_outer"])]
    assert called.index("own_inner") < called.index("own_middle") < len(called)
    assert {"maximum", "leaky_relu", "elu", "silu", "sigmoid", "gelu"} < {*called}
    program = record(lambda x, low: maximum(outer(x), low), 1.0, 1.0, backend="c")
    by_hand = record(lambda x: maximum(outer(x), -np.inf), 1.0, backend="c")
    for x in (-2.0, 0.5, 3.0):
        assert by_program(program, (x, -np.inf)) == eager(
            lambda *v: maximum(outer(v[0]), v[1]), (x, -np.inf)
        )
        values, slopes = by_hand.batch([x, x], reduce=None)
        value, slope = by_hand.value_and_grad(x)
        np.testing.assert_allclose([*values, *slopes], [value, value, slope, slope], rtol=1e-14)


def test_so_many_blocks_of_samples_are_kept_ready(monkeypatch):
    program = record(lambda w, x: w * x, 1.0, 1.0, backend="numpy")

    def run(count):
        assert program.batch(2.0, np.ones(count))[0] == 2.0 * count
        return [samples for (samples,), _ in program._made["numpy"]._kept]

    kept = [run(count) for count in range(1, 22)][-1]
    assert kept == [*range(6, 22)]  # the last sixteen
    assert run(6) == kept  # nothing is made anew
    monkeypatch.setattr(numpy_executor, "ROOM", 3 * 8 * 400)  # bytes; a sample takes 3 · 8
    assert run(100) == [*range(7, 22), 100]
    assert run(200) == [*range(8, 22), 100, 200]
    assert run(300) == [*range(17, 22), 100, 200, 300]
    assert run(50) == [300, 50]
    assert run(500) == [300, 50, 500]


# ---- the compiler -------------------------------------------------------------------------------


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """An empty cache, and nothing loaded or told of yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(c_compiler, "_loaded", {})
    monkeypatch.setattr(c_compiler, "_told", set())
    return tmp_path / "cache" / "autograd_lite"


@pytest.fixture
def own_temp(tmp_path, monkeypatch):
    """An empty folder for what is temporary."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


ADD = "double add(double a, double b) { return a + b; }"


@c
def test_what_is_compiled_is_kept_for_its_owner_alone(own_cache):
    c_compiler.load(ADD)
    assert stat.S_IMODE(own_cache.stat().st_mode) == 0o700
    assert sorted(p.suffix for p in own_cache.iterdir()) == [".sha256", ".so"]
    (library,) = own_cache.glob("*.so")
    before = library.stat().st_mtime_ns
    c_compiler._loaded.clear()
    c_compiler.load(ADD)
    assert library.stat().st_mtime_ns == before
    c_compiler.load(ADD.replace("+", "-"))
    assert len(list(own_cache.glob("*.so"))) == 2


@c
@pytest.mark.parametrize("damage", [b"", b"not a library"])
def test_what_has_changed_in_the_cache_is_not_loaded(own_cache, damage):
    text = ADD.replace("add", f"add{len(damage)}")
    c_compiler.load(text)
    (library,) = own_cache.glob("*.so")
    sound = library.read_bytes()
    library.unlink()  # a loaded library is not to be written to
    library.write_bytes(damage)
    c_compiler._loaded.clear()
    c_compiler.load(text)
    assert library.read_bytes() == sound


FULL = OSError(errno.ENOSPC, "No space left on device")
IN_USE = PermissionError(errno.EACCES, "in use by another process")


def fails(monkeypatch, error, owner, name, below=""):
    """A function of the system that fails for paths with ``below`` in them."""
    real = getattr(owner, name)

    def function(*arguments, **named):
        if below in " ".join(map(str, [*arguments, *named.values()])):
            raise error
        return real(*arguments, **named)

    monkeypatch.setattr(owner, name, function)


def open_to_others(cache):
    cache.mkdir(parents=True)
    cache.chmod(0o777)


@c
@pytest.mark.parametrize(
    "broken",
    [
        lambda patch, cache: fails(patch, FULL, Path, "write_bytes", str(cache)),
        lambda patch, cache: fails(patch, FULL, Path, "mkdir", str(cache)),
        lambda patch, cache: fails(patch, IN_USE, os, "replace"),
        lambda patch, cache: fails(patch, OSError(errno.EROFS, ""), os, "mkdir", f"{cache}/"),
        lambda patch, cache: patch.delenv("XDG_CACHE_HOME")
        or fails(patch, RuntimeError("no home"), Path, "home"),
        lambda patch, cache: open_to_others(cache),
        lambda patch, cache: cache.parent.write_text("a file"),
    ],
    ids=["full", "no folder", "in use", "read-only", "no home", "open to others", "a file"],
)
def test_what_cannot_be_kept_is_compiled_for_this_process_alone(
    own_cache, own_temp, monkeypatch, broken
):
    broken(monkeypatch, own_cache)
    for _ in range(2):
        c_compiler._loaded.clear()
        assert c_compiler.load(ADD).add
    assert not list(own_temp.iterdir())
    assert not own_cache.is_dir() or not list(own_cache.iterdir())


@c
@pytest.mark.parametrize("seal", [b"\xff\xfe", b"", b"0" * 64])
def test_a_seal_that_is_none_is_made_again(own_cache, seal):
    text = ADD.replace("add", f"add{len(seal)}_{seal.hex()}")
    c_compiler.load(text)
    (sealed,) = own_cache.glob("*.sha256")
    sound = sealed.read_bytes()
    sealed.write_bytes(seal)
    c_compiler._loaded.clear()
    assert c_compiler.load(text) and sealed.read_bytes() == sound


@c
def test_no_text_depends_on_the_locale(own_cache):
    code = """from autograd_lite import define, record
f = define("gr\\u00f6\\u00dfe", "a * a * k", da="2 * a * k", parameter="k")
print(record(lambda x: f(x, 2.0), 1.0, backend="c").batch([3.0]))"""
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        env=os.environ | ascii_only,
    )
    assert (done.stdout.split(), done.stderr) == ([b"(18.0,", b"array([12.]))"], b"")


def script(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


MAKES_NONSENSE = 'while [ "$1" != -o ]; do shift; done; echo nonsense > "$2"'


@pytest.mark.skipif(not shutil.which("sh"), reason="no shell here")
@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("echo 'a.c:1: error: no' >&2; exit 1", "failed: a.c:1: error: no"),
        ("exit 3", "failed: no message"),
        ("exit 0", "made nothing"),
        ("sleep 60 & sleep 60", "took more than 0.5 s"),
        (MAKES_NONSENSE, "cannot be loaded"),
        (None, "no C compiler: CC=/nowhere/cc"),
    ],
)
def test_numpy_stands_in_for_a_compiler_that_fails(own_cache, tmp_path, monkeypatch, what, message):
    monkeypatch.setattr(c_compiler, "TIME_LIMIT", 0.5)
    monkeypatch.setenv("CC", script(tmp_path, "cc", what) if what else "/nowhere/cc")
    start = time.monotonic()
    program = record(lambda w, x: sigmoid(w * x), 1.0, 1.0, backend="c")
    with pytest.warns(RuntimeWarning, match="using NumPy in place of C") as told:
        value, _ = program.value_and_grad(0.5, 0.25)
    assert len(told) == 1 and message in str(told[0].message)
    total, _ = program.batch(0.5, [0.25])  # is told of once
    value_again = record(lambda x: sigmoid(x), 1.0, backend="c")(0.125)
    assert value == total == value_again == pytest.approx(1 / (1 + np.exp(-0.125)), rel=1e-15)
    assert time.monotonic() - start < 10
    assert not list(own_cache.glob("tmp*")) if own_cache.exists() else True
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        big = record(whole_loss, np.full(44, 0.1))  # "auto" does not ask again
        big.value_and_grad(np.full(44, 0.2))


@pytest.mark.skipif(not shutil.which("sh"), reason="no shell here")
@pytest.mark.parametrize(
    "broken",
    [
        lambda patch: fails(patch, FULL, Path, "write_text"),
        lambda patch: fails(patch, FULL, Path, "read_bytes"),
        lambda patch: fails(patch, OSError(errno.EROFS, "Read-only"), os, "mkdir", "temp"),
        lambda patch: fails(patch, FileNotFoundError("no temp"), tempfile, "gettempdir"),
    ],
    ids=["full", "unreadable", "read-only", "no temporary folder"],
)
def test_numpy_stands_in_where_nothing_can_be_written(
    own_cache, own_temp, tmp_path, monkeypatch, broken
):
    monkeypatch.setenv("CC", script(tmp_path, "cc", MAKES_NONSENSE))
    with monkeypatch.context() as patch:
        broken(patch)
        program = record(lambda x: sin(x), 1.0, backend="c")
        with pytest.warns(RuntimeWarning, match="; using NumPy in place of C") as told:
            assert [program(0.0), program.batch([0.0])[0], copy.copy(program)(0.0)] == [0.0] * 3
        assert len(told) == 1 and "\n" not in str(told[0].message)
    assert not list(own_temp.iterdir())


def test_auto_needs_no_compiler(own_cache, monkeypatch):
    monkeypatch.setenv("CC", "/nowhere/cc")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = record(whole_loss, np.full(44, 0.1))
        program.value_and_grad(np.full(44, 0.2))
        program.batch(np.full((500, 44), 0.2))


@c
def test_a_second_process_finds_what_the_first_compiled(own_cache):
    code = (
        "from autograd_lite import record, exp; "
        "print(record(lambda x: exp(x), 1.0, backend='c').batch([0.0], gradient=False))"
    )
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        assert done.stdout.strip() == b"1.0" and not done.stderr
    assert len(list(own_cache.glob("*.so"))) == 1


@pytest.mark.parametrize("backend", ["python", "numpy", pytest.param("c", marks=c)])
def test_results_stay_when_the_program_runs_again(backend):
    program = record(lambda x: (x * x).sum(), np.ones(3), backend=backend)
    _, first = program.value_and_grad(np.ones(3))
    _, each = program.batch(np.ones((40, 3)), reduce=None)
    program.value_and_grad(np.zeros(3))
    program.batch(np.zeros((40, 3)), reduce=None)
    assert (first == 2.0).all() and (each == 2.0).all()

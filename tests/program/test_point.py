"""C generated for one point, and readers made for one layout, beside the engine and the specs."""

import collections
import copy
import gc
import math
import pickle
import platform
import random
import signal
import sys
import threading
import time
import warnings
import weakref
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from autograd_lite import (
    DomainError,
    GuardError,
    Value,
    atan2,
    derivative,
    exp,
    hessian,
    jacobian,
    log,
    record,
    sigmoid,
    sin,
)
from autograd_lite.module import Module
from autograd_lite.nn import MLP, Perceptron, TwoLayerNetwork, log_loss
from autograd_lite.ops import OPS
from autograd_lite.program import backends, c_compiler, models
from autograd_lite.program.c_point import PointBackend
from autograd_lite.program.codegen import PythonBackend
from autograd_lite.program.readers import AT_MOST
from tests.program.cases import (
    OTHER_IN_C,
    PARAMETERS,
    applied,
    arguments,
    bits,
    by_program,
    eager,
    in_table,
    same_or_near,
)

c = pytest.mark.compiler
ODD = (0.0, -0.0, 5e-324, -2.5e-310, 1e-160, 1.0, -1.0, 1e160, -1.7e308, math.inf, -math.inf)
ODD = (*ODD, math.nan, 0.5, 2.0, -3.0, 710.0, 1e16)


def slowly(program):
    """The same program without what was made for its layout."""
    twin = program.on(program.backend)
    twin._calls, twin._floats = [1, 1], lambda arguments: None
    return twin


def answered(program, numbers, gradient=1):
    """Whether the generated C has the answer itself."""
    return program._quick[gradient](tuple(numbers)) is not None


# ---- bits ----------------------------------------------------------------------------------------


@c
@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_operation_to_the_last_bit(op):
    draw = np.random.default_rng(len(op.name))
    near = [tuple(map(float, p)) for p in draw.normal(0, 2, (200, op.arity))]
    for n in PARAMETERS if op.parameter else [None]:
        more = () if n is None else (n,)
        points = near + [p[: op.arity] for p in arguments(op) if p[op.arity :] == more]
        points += [(x, y)[: op.arity] for x in ODD for y in ODD[: 1 if op.arity == 1 else None]]

        def f(*v, more=more):
            return applied(op, v, more)

        program = record(f, *[1.0] * op.arity, backend="c")
        table = in_table(program)
        for point in points:
            expected = eager(f, point)
            found = by_program(program, point)
            if DomainError in (expected[0], found[0]):  # of (−∞) ** 0.5 Python says nothing
                assert found == by_program(table, point)
                continue
            same_or_near(found, expected, op.name)
            told = expected[0] == "nan" or "nan" in expected[1]
            # 0 · ∞ is 0 in the chain rule, which the interpreter knows.
            assert answered(program, point) or told or not all(map(math.isfinite, point)), point


def drawn(random, size):
    """A function of three Values: any operations, so that domains are left now and then."""
    steps = [
        (random.choice(ROWS), random.randrange(99), random.randrange(99), random.random())
        for _ in range(size)
    ]

    def f(*leaves):
        made = [*leaves]
        for op, i, j, n in steps:
            x, y = made[i % len(made)], made[j % len(made)]
            y = 0.7 if n < 0.2 else y
            made.append(applied(op, [x, y][: op.arity], (2.0,) if op.parameter else ()))
        return sum(made[3:], made[-1])

    return f


ROWS = [op for op in OPS.values() if op.name not in OTHER_IN_C]
ROWS += 4 * [OPS[name] for name in ("add", "sub", "mul", "power", "sigmoid", "tanh", "relu")]


@c
def test_random_graphs_at_thousands_of_points_to_the_last_bit():
    draw, right, odd, answers = random.Random(3), 0, 0, 0
    for size in [1, 2, 3, 5, 8, 12, 20, 40, 60] * 3:
        f = drawn(draw, size)
        try:
            program = record(f, 0.4, 0.6, 0.9, backend="c")
        except DomainError:
            continue
        table = in_table(program)
        for k in range(150):
            point = [draw.gauss(0, 2) if draw.random() < 0.9 - k % 3 / 3 else draw.choice(ODD)
                     for _ in range(3)]  # fmt: skip
            expected, found = eager(f, point), by_program(program, point)
            if DomainError in (expected[0], found[0]):
                assert found == by_program(table, point)
                odd += 1
                continue
            assert found == expected, (size, point)
            assert bits(program(*point)) == expected[0]
            right += 1
            answers += answered(program, point)
    assert right > 1000 and odd > 200 and answers > 600, (right, odd, answers)


@c
def test_a_square_is_pow_and_no_product():
    """They differ in less than one of a thousand numbers."""
    draw = random.Random(0)
    points = [x for x in (draw.uniform(-3, 3) for _ in range(30_000)) if math.pow(x, 2.0) != x * x]
    program = record(lambda x: x**2, 1.0, backend="c")
    assert [program(x) for x in points] == [math.pow(x, 2.0) for x in points]
    assert points or platform.libc_ver()[0] != "glibc"


@pytest.mark.parametrize("backend", ["python", "numpy", pytest.param("c", marks=c)])
@pytest.mark.parametrize(
    ("f", "operations"),  # that are left in the Python of the value
    [
        (lambda x: x * 1.0, ""),
        (lambda x: 1.0 * x, ""),
        (lambda x: x / 1.0, ""),
        (lambda x: 1.0 / x, "/"),
        (lambda x: (1.0 * x) * x / 1.0 * 1.0, "*"),
        (lambda x: (x * 1.0) * (1.0 * x) + 1.0 * (x * x), "*+"),
        (lambda x: x * -1.0, "*"),
        (lambda x: 0.5 * x, "*"),
        (lambda x: x + 0.0, "+"),
    ],
)
def test_what_is_multiplied_by_one_is_itself(f, operations, backend):
    program = record(f, 2.0, backend=backend)
    source = program.source.partition("\n\n")[0]
    assert "".join(x for x in source if x in "*/+") == operations
    for x in ODD:
        if x:
            assert by_program(program, (x,)) == eager(f, (x,))


# ---- layouts -------------------------------------------------------------------------------------

Pair = collections.namedtuple("Pair", ["left", "right"])


class Own(list):
    pass


def total(x):
    """The sum of all numbers in it, each with its own weight."""
    flat, stack = [], [x]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            stack += part.values()
        elif isinstance(part, list | tuple | np.ndarray) and not isinstance(part, Value):
            stack += [*part]
        else:
            flat.append(part)
    return sum((exp(v * (0.1 * k)) for k, v in enumerate(flat, 1)), Value(0.0))


NUMBER = [1.5, 2, True, np.float64(0.3), np.float32(0.3), np.int64(3), np.bool_(True)]
NUMBER += [np.array(0.7), np.array(2), np.array([0.7]), Value(0.4), "1", None, 1j, 10**400]
NUMBER += [np.datetime64(3, "s"), [1.0], (), np.longdouble(0.3), b"", Own(), {"a": 1.0}]
ROW = [np.array([0.1, 0.2]), np.array([1, 2]), np.array([0.1, 0.2], dtype="f"), [0.1, 0.2], (1, 2)]
ROW += [np.arange(6.0)[::3], np.arange(4.0)[1::-2], np.array([0.1, 0.2], dtype=">f8")]
ROW += [np.array([True, False]), np.array([Value(0.3), 0.2]), np.array([0.3, "a"], dtype=object)]
ROW += [np.ones(3), np.ones((1, 2)), np.ones((2, 1)), np.ones(()), np.array(["a", "b"]), 1.0, None]
ROW += [np.array([1j, 2]), np.array([0.1, 0.2], dtype=np.longdouble), [Value(0.2), 0.4], [1, [2]]]
ROW += [np.ma.array([0.1, 0.2]), np.ma.array([0.1, 0.2], mask=[0, 1]), np.empty(0), [], "ab"]
ROW += [np.array([1, 2], dtype="M8[s]"), np.zeros(2, dtype=[("a", "f8")]), memoryview(np.ones(2))]
ROW += [np.array([0.1, 0.2], dtype=np.float16), np.ones(2).view(np.matrix), range(2)]
TABLE = [np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3)) / 7]
TABLE += [np.arange(6.0).reshape(3, 2).T, np.ones((2, 3), int), np.ones((2, 3), "f"), np.ones(6)]
TABLE += [np.ones((3, 2)), np.ones((1, 2, 3)), [[1, 2, 3], [4, 5, 6]]]
TABLE += [np.arange(12.0).reshape(4, 3)[::2]]
LIST = [[0.1, 0.2], (0.1, 0.2), [1, np.float64(2)], [np.float32(0.1), 2.0], [Value(0.1), 0.2]]
LIST += [np.array([0.1, 0.2]), Own([0.1, 0.2]), Pair(0.1, 0.2), [0.1], [0.1, 0.2, 0.3], "ab", 1.0]
LIST += [[0.1, None], [0.1, "2"], [0.1, 10**400], {0: 0.1, 1: 0.2}, [0.1, np.array(0.2)], [], None]
LIST += [[0.1, np.array([0.2])], range(2), [True, 0.2], {0.1, 0.2}, collections.deque([0.1, 0.2])]
DICT = [{"a": 0.1, "b": np.ones(2)}, {"b": np.ones(2), "a": 0.1}, {"a": 0.1}, [0.1, np.ones(2)]]
DICT += [
    {"a": 2, "b": [1.0, 2.0]},
    {"a": 0.1, "b": np.ones(2), "c": 1.0},
    {"a": np.ones(2), "b": 1},
]
DICT += [collections.OrderedDict(a=0.1, b=np.ones(2)), {"a": Value(0.1), "b": np.ones(2)}]
PAIR = [
    Pair(0.1, [0.2, 0.3]),
    (0.1, [0.2, 0.3]),
    [0.1, (0.2, 0.3)],
    Pair(0.1, np.ones(2)),
    Pair(1, 2),
]


@pytest.mark.parametrize("backend", ["python", pytest.param("c", marks=c)])
@pytest.mark.parametrize(
    ("example", "given"),
    [
        (1.0, NUMBER),
        (np.ones(2), ROW),
        (np.ones((2, 3)), TABLE),
        ([1.0, 1.0], LIST),
        ((1.0, 1.0), LIST),
        (Pair(1.0, 1.0), LIST),
        ({"a": 1.0, "b": np.ones(2)}, DICT),
        (Pair(1.0, [1.0, 1.0]), PAIR),
        ([], [[], (), None, {}, np.empty(0)]),
        (np.empty(0), [np.empty(0), [], np.ones(1)]),
    ],
    ids=["number", "row", "table", "list", "tuple", "pair", "dict", "nested", "no list", "no row"],
)  # fmt: skip
def test_every_layout_gives_what_it_gave_or_raises_what_it_raised(example, given, backend):
    for examples, place in (((example,), 0), ((1.0, example, 2.0), 1), ((example, np.ones(3)), 0)):
        program = record(lambda *x: total(x), *examples, backend=backend)
        slow, quick = slowly(program), 0
        outputs = record(lambda *x: [total(x), *x], *examples, backend=backend)
        for x in given:
            point = [*examples]
            point[place] = x
            for run, other in (
                (program.value_and_grad, slow.value_and_grad),
                (program, slow),
                (outputs, slowly(outputs)),
            ):
                assert outcome(run, point) == outcome(other, point), (example, x)
            if backend == "c":
                quick += answered(program, point)
            else:
                quick += program._floats(point) is not None
        assert quick, "what is made for the layout is never used"
        for wrong in (examples[:-1], (*examples, 1.0)):
            assert outcome(program.value_and_grad, wrong) == outcome(slow.value_and_grad, wrong)
    if backend == "c":
        assert program._quick[1] and not slow._quick[1]


def outcome(run, point):
    """The types and bits of a result, or the error's type and text."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return kinds(run(*point))
        except (ValueError, TypeError, ArithmeticError, Warning) as error:
            return type(error), str(error)


def kinds(x):
    if isinstance(x, dict):
        return dict, [(key, kinds(v)) for key, v in x.items()]
    if isinstance(x, list | tuple):
        return type(x), [*map(kinds, x)]
    if isinstance(x, np.ndarray):
        return x.dtype.char, x.shape, x.flags.writeable, [*map(bits, x.ravel().tolist())]
    return type(x), bits(x)


@c
@pytest.mark.parametrize(
    ("f", "example"),
    [
        (lambda x: [x], (2.0,)),
        (lambda x: np.array([x * x]), (2.0,)),
        (lambda x: (x, {"y": [x, x * x], "z": np.array([[x], [x]])}, 3.0), (2.0,)),
        (lambda x, y: Pair(x * y, [x, y]), (2.0, 3.0)),
        (lambda x, y: {}, (2.0, 3.0)),
        (lambda x: np.outer(x, x), (np.array([0.5, 2.0, -1.0]),)),
        (hessian(lambda x: (x[1:] ** 3 * x[:-1]).sum()), (np.array([0.5, 2.0, -1.0]),)),
        (jacobian(lambda x: x * x.sum()), (np.array([0.5, 2.0, -1.0]),)),
        (derivative(lambda x: exp(x) * sin(x), 3), (0.5,)),
        (lambda x: 7.0, (0.5,)),
    ],
)
def test_results_of_every_layout_come_out_of_c(f, example):
    program = record(f, *example, backend="c")
    python, point = slowly(program.on("python")), [0.75 * np.array(x)[()] for x in example]
    assert outcome(program, point) == outcome(python, point)
    assert answered(program, point, 0)
    found = [program(*point) for _ in range(3)]
    assert kinds(found[0]) == kinds(found[1]) == kinds(found[2])


@c
def test_gradients_of_several_arguments_in_the_order_of_wrt():
    def f(x, a, b, y):
        return (x * a.sum()) ** 2 * b[0] / (b[1] + y)

    given = 0.5, np.ones((2, 2)), [2.0, 3.0], 1.5
    for wrt in (None, 0, 1, 2, (3, 0), (1, 2, 0), (2,), ()):
        program = record(f, *given, wrt=wrt, backend="c")
        python = slowly(program.on("python"))
        assert outcome(program.value_and_grad, given) == outcome(python.value_and_grad, given)
        assert answered(program, given)


@c
def test_a_repeated_computation_counts_once():
    """The 10th derivative has 11,520 operations, 700 of them different."""
    program = record(derivative(lambda x: exp(x) * sin(x), 10), 0.5, backend="c")
    assert program.size > backends.GENERATED_AT_MOST
    for x in (-1.0, 0.3, 2.0):
        assert bits(program(x)) == bits(program.on("python")(x))
        assert answered(program, [x], 0)


@pytest.mark.parametrize("backend", ["python", pytest.param("c", marks=c)])
def test_layouts_of_many_parts_and_deep_ones(backend):
    many = [0.5] * (AT_MOST + 1)
    program = record(lambda x: x[0] * x[-1], many, backend=backend)
    start = time.monotonic()
    assert program(many) == 0.25 and program.value_and_grad(many)[1][0] == 0.5
    assert time.monotonic() - start < 5
    deep = 0.5
    for _ in range(300):
        deep = [deep]
    program = record(lambda x: x, deep, backend=backend)
    assert program(deep) == deep


# ---- models --------------------------------------------------------------------------------------


class Nested(Module):
    def __init__(self):
        self.layers = [Perceptron(2, seed=0), {"b": (Value(0.25),)}]
        self.table = np.array([[Value(0.5), Value(-0.5)]], dtype=object)
        self.rate, self.name, self.none = 0.1, "nested", None

    def __call__(self, x):
        first, second = self.table[0]
        return self.layers[0](x) * first + second * self.layers[1]["b"][0]


@dataclass
class Equal(Module):
    """Equal to any other with the same parameters."""

    w: Value
    more: list

    def __call__(self, x):
        return sum(self.more, self.w * x[0])


class OneOf(Module):
    """It says itself what its parameters are."""

    def __init__(self):
        self.w, self.v = Value(2.0), Value(3.0)
        self.which = SimpleNamespace(name="w")

    def named_parameters(self):
        return {self.which.name: getattr(self, self.which.name)}

    def __call__(self, x):
        return getattr(self, self.which.name) * x[0]


class SameName(Module):
    """Equal to any other."""

    def __init__(self, w):
        self.w = Value(w)

    def __eq__(self, other):
        return True

    __hash__ = None

    def __call__(self, x):
        return self.w * x[0]


class WithMapping(Module):
    """A mapping of a kind of its own."""

    def __init__(self):
        self.all = collections.OrderedDict(a=Value(1.0), b=Value(2.0))

    def __call__(self, x):
        return sum(self.all.values()) * x[0]


def replaced(name, make=lambda m: Value(0.75)):
    return lambda m: setattr(m, name, make(m))


def relabelled(m):
    m.w1, m.w2 = m.w2, m.w1
    m.w1.label, m.w2.label = "w2", "w1"


def other_order(m):
    vars(m)["w1"] = vars(m).pop("w1")


def equal_layers(m):
    m.layers = [*m.layers]  # equal to what was there, and another list
    return lambda m: m.layers.__setitem__(1, {"b": (Value(9.0),)})


def equal_module(m):
    m.inner = Equal(m.inner.w, m.inner.more)
    return lambda m: setattr(m.inner, "w", Value(5.0))


def own_parameters(m):
    chosen = SimpleNamespace(first=m.w1)
    m.parameters = lambda: [chosen.first, m.w2, m.b]
    return lambda m: setattr(chosen, "first", Value(8.0))


class WithEqual(Module):
    def __init__(self, inner=lambda: Equal(Value(0.5), [Value(0.25)])):
        self.inner = inner()

    def __call__(self, x):
        return self.inner(x)


@pytest.mark.parametrize("backend", ["python", "numpy", pytest.param("c", marks=c)])
@pytest.mark.parametrize(
    ("make", "change"),
    [
        (lambda: Perceptron(2, seed=1), replaced("w1")),
        (lambda: Perceptron(2, seed=1), lambda m: setattr(m.w1, "data", 7.0)),
        (lambda: Perceptron(2, seed=1), replaced("more")),  # added: one too many
        (lambda: Perceptron(2, seed=1), replaced("w2", lambda m: m.w1)),  # shared: one too few
        (lambda: Perceptron(2, seed=1), lambda m: delattr(m, "w2")),
        (lambda: Perceptron(2, seed=1), relabelled),
        (lambda: Perceptron(2, seed=1), other_order),
        (lambda: Perceptron(2, seed=1), lambda m: setattr(m, "w1", 0.5)),  # no longer a parameter
        (lambda: Perceptron(2, seed=1), lambda m: vars(m).update(w1=Value(3.0))),
        (lambda: Perceptron(2, seed=1), lambda m: setattr(m, "extra", {Value(1.0)})),  # a set
        (lambda: Perceptron(2, seed=1), own_parameters),
        (Nested, lambda m: setattr(m.layers[0], "b", Value(4.0))),
        (Nested, lambda m: m.layers.reverse()),
        (Nested, lambda m: m.layers.append(Value(1.0))),
        (Nested, lambda m: m.layers[1].update(b=(Value(2.0),))),
        (Nested, lambda m: m.layers[1].update(c=Value(2.0))),
        (Nested, lambda m: m.table.__setitem__((0, 1), Value(2.0))),
        (Nested, lambda m: setattr(m, "table", m.table[:, ::-1])),
        (Nested, lambda m: setattr(m, "rate", Value(0.1))),
        (Nested, lambda m: setattr(m, "rate", np.array([0.1, 0.2]))),
        (Nested, lambda m: setattr(m, "none", [])),
        (Nested, equal_layers),
        (WithEqual, equal_module),
        (lambda: WithEqual(lambda: SameName(0.5)), replaced("inner", lambda m: SameName(2.0))),
        (OneOf, lambda m: setattr(m.which, "name", "v")),
        (OneOf, replaced("w")),
        (WithMapping, lambda m: m.all.update(c=Value(3.0))),
    ],
)  # fmt: skip
def test_a_model_that_has_changed_is_read_anew(make, change, backend):
    model, x = make(), [0.5, -1.5]
    program = record(lambda m, x: m(x), model, x, wrt=0, backend=backend)
    for _ in range(4):
        program(model, x)
        program.value_and_grad(model, x)
    if backend == "c":
        assert answered(program, (model, x))
    for step in (change, lambda m: setattr(next(iter(m.parameters())), "data", 0.125)):
        while step is not None:
            step = step(model)
            for _ in range(4):  # the second look is at what is remembered of the first
                expected = outcome(afresh(program).value_and_grad, (model, x))
                assert outcome(program.value_and_grad, (model, x)) == expected
        if isinstance(expected[0], type) and issubclass(expected[0], Exception):
            break


def afresh(program):
    """A copy that remembers no model."""
    return slowly(pickle.loads(pickle.dumps(program)))


def test_two_models_in_turns_and_numbers_in_their_place():
    one, other, x = Perceptron(2, seed=1), Perceptron(2, seed=2), [0.5, -1.5]
    program = record(lambda m, x: m(x), one, x, wrt=0)
    for model in (one, other, one, one, other, other, other, one):
        assert program(model, x) == model(x).data
        assert program(model.state_dict(), x) == model(x).data
        assert program([p.data for p in model.parameters()], x) == model(x).data
    for wrong in (1.0, None, [1.0], np.ones(2), Perceptron(3), Value(1.0), {"w": 1.0}):
        assert outcome(program, (wrong, x)) == outcome(afresh(program), (wrong, x))
    assert program(one, x) == one(x).data


def test_a_model_is_not_looked_through_at_each_call(monkeypatch):
    model, x, calls = Nested(), [0.5, -1.5], []
    found = Nested.parameters
    monkeypatch.setattr(Module, "parameters", lambda m: calls.append(m) or found(m))
    for backend in ("python", "numpy"):
        program = record(lambda m, x: m(x), model, x, wrt=0, backend=backend)
        calls.clear()
        for _ in range(9):
            program.value_and_grad(model, x)
        assert len(calls) == 2


def test_a_model_that_changes_all_the_time_is_watched_no_longer(monkeypatch):
    model, looks = Perceptron(2, seed=1), []
    containers = Module._containers
    monkeypatch.setattr(Module, "_containers", lambda m: looks.append(m) or containers(m))
    program = record(lambda m, x: m(x), model, [0.5, -1.5], wrt=0)
    for k in range(40):
        model.w1 = Value(float(k))
        assert program(model, [0.5, -1.5]) == model([0.5, -1.5]).data
    assert len(looks) == models.WATCHED
    other = Perceptron(2, seed=2)
    for _ in range(9):
        assert program(other, [0.5, -1.5]) == other([0.5, -1.5]).data
    assert len(looks) == models.WATCHED + 1


@pytest.mark.parametrize("backend", ["python", pytest.param("c", marks=c)])
def test_a_model_of_many_parameters(backend, monkeypatch):
    monkeypatch.setattr(models, "AT_MOST", 50)
    for size in (2, 9):
        model, x = MLP(2, [size, 1], seed=1), [0.5, -1.5]
        program = record(lambda m, x: m(x) * 2, model, x, wrt=0, backend=backend)
        for k in range(4):
            model.layers[0].neurons[1].w[0] = Value(0.3 * k)
            root = model(x) * 2
            model.zero_grad()
            root.backward()
            value, slopes = program.value_and_grad(model, x)
            assert bits(value) == bits(root.data)
            assert [*map(bits, slopes)] == [bits(p.grad) for p in model.parameters()]


@pytest.mark.parametrize(("many", "looks"), [(4, 2), (models.KEPT + 1, 12)])
def test_several_models_in_turns_are_all_remembered(many, looks, monkeypatch):
    x, calls, found = [0.5, -1.5], [], Module.parameters
    several = [Perceptron(2, seed=k) for k in range(many)]
    program = record(lambda m, x: m(x), several[0], x, wrt=0)
    monkeypatch.setattr(Module, "parameters", lambda m: calls.append(m) or found(m))
    for turn in range(12):
        for model in several:
            assert program(model, x) == model(x).data
        if turn == 6:
            several[1].w1 = Value(3.0)
    assert calls.count(several[0]) == looks and calls.count(several[1]) == min(looks + 1, 12)


def test_a_program_that_has_seen_a_model_can_be_copied_and_pickled():
    model, x = Nested(), [0.5, -1.5]
    program = record(lambda m, x: m(x), model, x, wrt=0)
    for _ in range(3):
        program.value_and_grad(model, x)
    assert b"Nested" not in pickle.dumps(program)
    for twin in (copy.copy(program), copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        assert twin(model, x) == program(model, x)


# ---- together with others ------------------------------------------------------------------------


@c
def test_threads_do_not_share_numbers():
    net = TwoLayerNetwork(seed=1)
    arrays = record(lambda p, x: sigmoid((p * x).sum()) * p[0], np.ones(9), np.ones(9), backend="c")
    of_models = record(lambda n, x: log_loss(1, n(x)), net, [0.5, -1.0], wrt=0, backend="c")
    draw, wrong = np.random.default_rng(0), []
    jobs = []
    for _ in range(8):
        p, x, y = draw.normal(size=9), draw.normal(size=9), draw.normal(size=2).tolist()
        jobs.append((p, x, y, kinds(arrays.value_and_grad(p, x)), kinds(of_models(net, y))))

    def work(p, x, y, first, second):
        for _ in range(3000):
            if kinds(arrays.value_and_grad(p, x)) != first or kinds(of_models(net, y)) != second:
                wrong.append(p)

    threads = [threading.Thread(target=work, args=job) for job in jobs]
    switch = sys.getswitchinterval()
    try:
        sys.setswitchinterval(1e-6)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switch)
    assert not wrong


@c
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_a_call_that_ends_in_the_middle_leaves_nothing_behind():
    program = record(lambda p, x: (p * x).sum() * x[0], np.ones(9), np.ones(9), backend="c")
    points = np.random.default_rng(0).normal(size=(5, 2, 9))
    expected = [kinds(program.value_and_grad(*pair)) for pair in points]

    def inside(*_):
        """A call within a call, and then an end."""
        assert kinds(program.value_and_grad(*points[0])) == expected[0]
        raise KeyboardInterrupt

    before, ended = signal.signal(signal.SIGALRM, inside), 0
    try:
        for _ in range(200):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005)
                while True:
                    for pair, right in zip(points, expected, strict=True):
                        assert kinds(program.value_and_grad(*pair)) == right
            except KeyboardInterrupt:
                ended += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert ended == 200
    assert [kinds(program.value_and_grad(*pair)) for pair in points] == expected


NAMES = ["y0", "j1", "yn", "gamma", "main", "exp", "double", "m", "V", "K", "t3", "d3", "value"]
NAMES += ["both", "gradient", "f_1", "p_exp", "σ", "restrict", "nan", "__builtin_nan", "{t3}"]


@c
@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_ones_own_is_one_in_c(name):
    def f(x, y):
        z = exp(x) * y
        z.label = name
        return z * z

    program = record(f, Value(0.5, label=name), Value(2.0, label=name), backend="c")
    point = 0.25, -1.5
    assert by_program(program, point) == eager(f, point)
    assert answered(program, point)


@c
def test_what_the_c_says_does_not_depend_on_names():
    """So that all of them are compiled once."""

    def program(*names):
        return record(lambda x, y: exp(x) * y, *[Value(1.0, label=name) for name in names])

    one, other = (PointBackend(program(*names).tape).code.source for names in ("xy", ("y0", "j1")))
    assert one == other and "y0" not in one


@c
@pytest.mark.parametrize("backend", ["python", "c"])
def test_what_nobody_holds_goes_without_the_collector(backend):
    model = Perceptron(2, seed=1)
    gc.disable()
    try:
        program = record(lambda m, x: exp(m(x)), model, [0.5, -1.5], backend=backend)
        for _ in range(3):
            program.value_and_grad(model, [0.25, 1.0])
        made = [program, program.arguments.parts[0].memory._last[1]]
        made.append(program._quick[1] if backend == "c" else program._point()._made[True])
        held = [weakref.ref(each) for each in made]
        del program, made
        assert [each() for each in held] == [None] * 3
    finally:
        gc.enable()


# ---- "auto" --------------------------------------------------------------------------------------


@pytest.fixture
def soon(monkeypatch):
    """Compiled at the fifth call."""
    monkeypatch.setattr(backends, "COMPILE_AFTER", 5)
    monkeypatch.setattr(backends, "COMPILE_AFTER_EACH", 0)


@c
@pytest.mark.parametrize("many", [False, True])
def test_auto_begins_in_python_and_compiles_when_it_pays(soon, many):
    def f(x, y):
        for _ in range(60 * many):
            x = sigmoid(x * y + x)
        return log(x) * y**3

    program = record(f, 0.5, 2.0)
    for k in range(9):
        point = 0.5 + k, 2.0 - k
        assert (program._quick[1] is not None) == (k >= 5)
        assert by_program(program, point) == eager(f, point)
        assert type(program._point()) is not PointBackend
    assert program._quick[0] is None  # what is not called is not compiled
    assert isinstance(program._point(), PythonBackend) != many
    if not many:
        for run in (program.value_and_grad, program):
            with pytest.raises(DomainError, match=r"log\(a\) with a = -1.0 \('x'\)"):
                run(-1.0, 2.0)
    assert program.on("python")._quick == [None, None]


@c
def test_auto_does_not_change_a_bit(soon):
    """Where C's function is not Python's, Python stays."""
    for f in (lambda x, y: x.hypot(y), lambda x, y: x.asinh() * y, atan2):
        program = record(f, 0.5, 2.0)
        for k in range(20):
            point = 0.1 + k / 7, 0.3 + k / 3
            assert by_program(program, point) == eager(f, point)
        assert program._quick == [None, None]


@c
def test_branches_are_recorded_when_c_finds_them(soon, monkeypatch):
    def f(x):
        return x * x if x > 1 else x * 3

    program = record(f, 2.0, guards="record")
    only = record(f, 2.0, backend="c")
    for x in [2.0, 0.5, 3.0, 0.25] * 8:
        assert by_program(program, [x]) == eager(f, [x])
    assert program._quick[1] and len(program._others) == 1
    with monkeypatch.context() as patch:  # neither Python nor the guards' errors are asked again
        patch.setattr(PythonBackend, "value_and_grad", None)
        for x in (0.25, 7.0, -1.0):
            assert by_program(program, [x]) == eager(f, [x])
    assert only(3.0) == 9.0
    for run in (only, only.value_and_grad):
        with pytest.raises(GuardError, match=r"x = 0.5 > 1 is False"):
            run(0.5)
        with pytest.raises(GuardError, match=r"x = nan > 1"):
            run(math.nan)


def test_auto_needs_no_compiler_when_it_would_pay(soon, monkeypatch, tmp_path):
    monkeypatch.setattr(c_compiler, "_loaded", {})
    monkeypatch.setattr(c_compiler, "_told", set())
    monkeypatch.setenv("CC", "/nowhere/cc")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program = record(lambda x: exp(x) * x, 0.5)
        assert [program.value_and_grad(0.25) for _ in range(9)][8] == program.value_and_grad(0.25)
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    program = record(lambda x: exp(x) * x, 0.5)
    with pytest.warns(RuntimeWarning, match="failed.*using Python in place of C") as told:
        found = [kinds(program.value_and_grad(0.25)) for _ in range(9)]
    assert len(told) == 1 and found == [found[0]] * 9
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = record(lambda x: exp(x) * x * x, 0.5)
        for _ in range(9):
            again.value_and_grad(0.25)
    assert again._quick == [None, None]

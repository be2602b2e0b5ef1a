"""Recording, and running by generated Python: to the last bit what ``Value`` gives."""

import copy
import math
import pickle
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite
from autograd_lite import (
    DomainError,
    GuardError,
    HandmadeNodeError,
    RecordingError,
    StaleGraphError,
    Value,
    exp,
    grad,
    gradients,
    hessian,
    jacobian,
    log,
    maximum,
    record,
    scope,
    sigmoid,
    sin,
    tanh,
)
from autograd_lite.nn import MLP, Perceptron, TwoLayerNetwork, half_squared_error, log_loss
from autograd_lite.ops import OPS
from autograd_lite.optim import GradientDescent
from autograd_lite.program import Program
from autograd_lite.value import order
from tests.program.cases import (
    ZERO_TIMES_INFINITY,
    applied,
    arguments,
    bits,
    by_program,
    eager,
    graphs,
)

NUMBER = st.floats(-3, 3)
BACKENDS = ["python", "numpy", pytest.param("c", marks=pytest.mark.compiler)]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("f", "points"), ZERO_TIMES_INFINITY)
def test_zero_times_infinity_in_a_program(f, points, backend):
    program = record(f, *points[-1], backend=backend)
    for point in [*points, *points]:  # and back again
        leaves = [Value(x) for x in point]
        f(*leaves).backward()
        _, grads = program.value_and_grad(*point)
        np.testing.assert_allclose(grads, [v.grad for v in leaves], rtol=1e-15)


def test_a_gradient_recorded_at_a_tie_is_the_engines():
    with_slope = record(grad(lambda x: maximum(x * x, x)), 1.0)
    assert with_slope(1.0) == grad(lambda x: maximum(x * x, x))(1.0) == 1.5


# ---- the same bits ------------------------------------------------------------------------------


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_operation_in_python_to_the_last_bit(op):
    """Value, gradients, domain errors, infinities and NaN, at points recorded elsewhere."""
    by_parameter = {}
    for point in arguments(op):
        numbers, n = point[: op.arity], point[op.arity :]
        if n not in by_parameter:
            by_parameter[n] = record(
                lambda *v, n=n: applied(op, v, n), *[1.0] * op.arity, backend="python"
            )
        expected = eager(lambda *v, n=n: applied(op, v, n), numbers)
        named = [f"x{k}" for k in range(1, op.arity + 1)]
        if expected[0] is DomainError:  # a program knows its arguments' names
            leaves = [Value(x, label=k) for x, k in zip(numbers, named, strict=True)]
            with pytest.raises(DomainError) as caught:
                applied(op, leaves, n)
            expected = DomainError, str(caught.value)
        found = by_program(by_parameter[n], numbers)
        if op.arity == 1 and expected[0] is DomainError:
            found = found[0], found[1].replace("('x')", "('x1')")
        assert found == expected, point


@settings(max_examples=150, deadline=None)
@given(graphs(), st.tuples(NUMBER, NUMBER, NUMBER), st.tuples(NUMBER, NUMBER, NUMBER))
def test_random_graphs_own_to_the_last_bit(f, example, point):
    program = record(f, *example, backend="python")
    assert by_program(program, point) == eager(f, point)
    assert by_program(program, example) == eager(f, example)


@settings(max_examples=50, deadline=None)
@given(graphs(), st.tuples(NUMBER, NUMBER, NUMBER))
def test_a_graph_that_exists_gives_the_same_bits(f, point):
    leaves = [Value(x) for x in point]
    program = Program.from_graph(f(*leaves), inputs=leaves, backend="python")
    assert by_program(program, point) == eager(f, point)


def test_common_subexpressions_share_values_not_gradients():
    def f(x):
        return sigmoid(x * x) * sigmoid(x * x)

    program = record(f, 0.3, backend="python")
    assert program.source.split("def value_and_grad")[0].count("sigmoid") == 1
    for x in (0.3, 0.1, -2.7):
        assert by_program(program, (x,)) == eager(f, (x,))


def test_constants_are_folded_and_dead_nodes_dropped():
    def f(x):
        exp(x) * 7  # leads nowhere
        return x * (Value(2.0) * 3 + 1)

    program = record(f, 1.0)
    assert (program.size, program(5.0)) == (1, 35.0)


def test_no_gradient_is_minus_zero():
    x = Value(-1.0)
    y = x.relu() * -2.0
    y.backward()
    program = record(lambda x: x.relu() * -2.0, 1.0)
    assert bits(program.value_and_grad(-1.0)[1]) == bits(x.grad) == bits(0.0)


# ---- what can be recorded -----------------------------------------------------------------------


def weighted(settings):
    return settings["w"] @ np.array(settings["x"]) + settings["b"]


@pytest.mark.parametrize(
    ("f", "example", "point", "value", "gradient"),
    [
        (lambda x: x**3, (1.0,), (3.0,), 27.0, 27.0),
        (lambda x, y: x * y, (1, 2), (3, np.float32(4)), 12.0, [4.0, 3.0]),
        (lambda x: (x * x).sum(), (np.ones(2),), (np.array([3, 4]),), 25.0, [6.0, 8.0]),
        (lambda x: x[0] * x[1], ([1.0, 2.0],), ([3.0, 4.0],), 12.0, [4.0, 3.0]),
        (lambda x: x[0] * x[1], ([1.0, 2.0],), (np.array([3.0, 4.0]),), 12.0, [4.0, 3.0]),
        (lambda x, a: x * a.sum(), (1.0, np.ones(2)), (2.0, [3, 4]), 14.0, (7.0, [2.0, 2.0])),
        (
            weighted,
            ({"w": np.ones(2), "x": [0.0, 0.0], "b": 0.0},),
            ({"w": np.array([1.0, 2.0]), "x": [3.0, 4.0], "b": 5.0},),
            16.0,
            {"w": [3.0, 4.0], "x": [1.0, 2.0], "b": 1.0},
        ),
        (lambda x: x, (1.0,), (4.0,), 4.0, 1.0),
        (lambda x: 7.0, (1.0,), (4.0,), 7.0, 0.0),
        (lambda x: Value(1.0).maximum(x) + 2.0 * maximum(0.0, x), (2.0,), (-3.0,), 1.0, 0.0),
    ],
)
def test_arguments_of_every_kind(f, example, point, value, gradient):
    program = record(f, *example)
    found, slopes = program.value_and_grad(*point)
    assert (found, program(*point)) == (value, value)
    np.testing.assert_equal(slopes, gradient)


def test_a_model_is_an_argument_like_others():
    net, x, y = TwoLayerNetwork(seed=3), [0.4, -1.2], 1

    def loss(net, x):
        return log_loss(y, net(x))

    program = record(loss, net, x, wrt=0)
    other = TwoLayerNetwork(seed=4)
    root = loss(other, [2.0, 0.3])
    root.backward()
    value, slopes = program.value_and_grad(other, [2.0, 0.3])
    assert bits(value) == bits(root.data)
    assert [*map(bits, slopes)] == [bits(p.grad) for p in other.parameters()]
    for parameters in (other.state_dict(), np.array([p.data for p in other.parameters()])):
        assert program(parameters, [2.0, 0.3]) == value
    assert all(type(p) is Value for p in net.parameters())
    with pytest.raises(ValueError, match="recorded were"):
        program({"w": 1.0}, x)


def test_a_model_is_as_ever_for_other_threads_while_it_is_recorded():
    net, x = Perceptron(2, "sigmoid", seed=0), [1.0, 2.0]
    twin = Perceptron(2, "sigmoid", seed=0)
    inside, done = threading.Event(), threading.Event()

    def f(net, x):
        inside.set()
        assert done.wait(30)
        return half_squared_error(1, net(x))

    def trained(net):
        loss = half_squared_error(1, net(x))
        loss.backward()
        slopes = gradients(loss, net.parameters())
        copies = copy.copy(loss), copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))
        for twin in copies:
            assert twin.data == loss.data and len(order(twin)) == len(order(loss))
        before = net.w1.data, float(net.w1), net.w1.grad, bool(net.w1 > 0), net.w1.has_grad
        net.zero_grad()
        net.load_state_dict(net.state_dict())
        net.b.data = 0.5
        GradientDescent(net.parameters(), lr=0.1).step(lambda: net(x).backward())
        return loss.data, slopes, before, net.state_dict()

    with ThreadPoolExecutor(1) as pool:
        recorded = pool.submit(record, f, net, x, wrt=0)
        try:
            assert inside.wait(30)
            assert trained(net) == trained(twin)
        finally:
            done.set()
        program = recorded.result()
    assert program(net, x) == half_squared_error(1, twin(x)).data
    assert all(type(p) is Value for p in net.parameters())


@pytest.mark.parametrize("leaves_first", ["the first to begin", "the last to begin"])
def test_two_threads_may_record_one_model(leaves_first):
    """The recording that goes on when the other ends still sees how the function decides."""
    net = Perceptron(1, seed=0)
    begun, go_on = [threading.Event() for _ in range(2)], [threading.Event() for _ in range(2)]

    def recorded(k):
        def f(net, x):
            begun[k].set()
            assert go_on[k].wait(30)
            return net.w1 * x if net.w1 < 0 else net.b * x

        return record(f, net, 1.0)

    with ThreadPoolExecutor(2) as pool:
        running = []
        for k in range(2):
            running.append(pool.submit(recorded, k))
            assert begun[k].wait(30)
        programs = []
        for k in (0, 1) if leaves_first == "the first to begin" else (1, 0):
            go_on[k].set()
            programs.append(running[k].result(30))
            assert (type(net.w1) is Value) == (len(programs) == 2)
    state = net.state_dict()
    for program in programs:
        assert program(net, 2.0) == (net.w1 if net.w1 < 0 else net.b).data * 2
        with pytest.raises(GuardError):
            program({**state, "w1": -state["w1"]}, 2.0)


def test_numbers_in_the_place_of_a_model_are_not_put_into_it():
    net, x = Perceptron(1, seed=0), 2.0
    before, seen = net.state_dict(), []

    def f(m, x):
        seen.append([p._data for p in net.parameters()])
        return m.w1 * x if m.w1 < 0 else m.b - m.w1

    program = record(f, net, x, guards="record")
    assert program({"w1": -3.0, "b": 1.0}, x) == -6.0
    assert program({"w1": 3.0, "b": 1.0}, x) == -2.0
    assert len(seen) == 2
    assert all(numbers == [*before.values()] for numbers in seen)
    assert net.state_dict() == before


def test_several_outputs_keep_their_layout():
    program = record(lambda x, y: {"sum": x + y, "list": [x * y, np.array([x, y])]}, 1.0, 2.0)
    found = program(3.0, 4.0)
    assert found["sum"] == 7.0 and found["list"][0] == 12.0
    assert found["list"][1].tolist() == [3.0, 4.0]
    with pytest.raises(TypeError, match="4 outputs; record jacobian"):
        program.value_and_grad(1.0, 2.0)


def test_the_source_reads_like_the_notes():
    net = Perceptron(2, "sigmoid", seed=0)
    program = record(lambda net, x: half_squared_error(1, net(x)), net, [1.0, 2.0], wrt=0)
    lines = program.source.splitlines()
    assert "    z = w1 * x1 + w2 * x2 + b" in lines
    assert "    yhat = sigmoid(z)" in lines
    assert "    dz = dyhat * (yhat * (1.0 - yhat))" in lines


def with_label(x, y):
    z = sin(x)
    z.label = "z"
    return z + y


def with_guard(x, y):
    z = sin(x)
    return z + y if z < 5 else z


@pytest.mark.parametrize(
    ("f", "value", "gradient"),  # the values that get a name in the two functions; sin stands once
    [
        (lambda x, y: sin(x) + y, [], ["t2"]),  # ∂/∂x = cos(x): no need for sin(x)
        (lambda x, y: 2 * sin(x) + y, [], ["t3"]),
        (lambda x, y: sin(x) * y, [], ["t1", "t2"]),  # ∂/∂y = sin(x)
        (lambda x, y: sin(x) * 1 + y * 0, [], ["t4"]),
        (lambda x, y: sin(x).exp() + y, [], ["t2", "t3"]),  # exp′ is its result
        (lambda x, y: sin(x).tanh() * y, [], ["t2", "t3"]),
        (lambda x, y: sin(x) * sin(x) + y, ["t1"], ["t1", "t4"]),  # sin(x) is one value
        (lambda x, y: sin(x) + (sin(x) + y), ["t1"], ["t1", "t4"]),
        (lambda x, y: (sin(x) + y).relu(), [], ["t2", "t3"]),
        (lambda x, y: sin(x), [], ["t1"]),
        (lambda x, y: maximum(sin(x), y), [], ["t1", "t2"]),
        (lambda x, y: x.floor() + sin(y), [], ["t3"]),
        (with_label, ["z"], ["z", "t2"]),
        (with_guard, ["t1"], ["t1", "t2"]),
        (lambda x, y: [sin(x), y], [], None),
        (lambda x, y: [sin(x), sin(x) * y], ["t1"], None),
        (lambda x, y: [sin(x), sin(x)], ["t1"], None),
        (lambda x, y: ((((sin(x) + y) + y) + y) + y) + y, ["t5"], ["t5", "t6"]),  # at most 5 deep
        (lambda x, y: (((sin(x) + y) + y) + y) + y, ["t5"], ["t5"]),
        (lambda x, y: ((sin(x) + y) + y) + y, [], ["t4"]),
    ],
)
def test_what_is_used_twice_is_computed_once(f, value, gradient):
    program = record(f, 0.5, 0.25)
    for source, named in zip(program.source.split("\n\n"), (value, gradient), strict=False):
        assert source.count("sin(") == 1
        assert re.findall(r"^    (?!d)(\w+) = ", source, re.M) == named
    if gradient is None:
        assert program(1.5, -0.5) == [v.data for v in f(Value(1.5), Value(-0.5))]
    else:
        assert by_program(program, (1.5, -0.5)) == eager(f, (1.5, -0.5))


@pytest.mark.parametrize(
    ("f", "text"),  # what the value is written as, and what must not change its last bit
    [
        (lambda x, y: x + (y + 0.1), "x + (y + 0.1)"),
        (lambda x, y: (x + y) + 0.1, "x + y + 0.1"),
        (lambda x, y: x + (y - 0.1), "x + (y - 0.1)"),
        (lambda x, y: x - (y - 0.1), "x - (y - 0.1)"),
        (lambda x, y: x * (y * 0.1), "x * (y * 0.1)"),
        (lambda x, y: x / (y / 0.3), "x / (y / 0.3)"),
        (lambda x, y: -(x * y) + 1, "-(x * y) + 1.0"),
        (lambda x, y: (x + y) * -0.3, "(x + y) * (-0.3)"),
        (lambda x, y: (x + y) ** 3 - x, "pow(x + y, 3.0) - x"),
        (lambda x, y: 2.0**x * y, "pow(2.0, x) * y"),
        (lambda x, y: sigmoid(x) - y, "sigmoid(x) - y"),
    ],
)
def test_brackets_stand_where_they_are_needed(f, text):
    program = record(f, 0.5, 0.25)
    assert program.source.split("\n")[1] == f"    return {text}"
    for point in [(0.3, 0.7), (1e16, 1.1), (-1.7, 3.3)]:
        assert by_program(program, point) == eager(f, point)


@pytest.mark.parametrize(
    ("f", "lines"),  # of the backward pass
    [
        (lambda x, y: tanh(x - y), ["dt1 = 1.0 - t2 * t2", "dy = -dt1", "return (t2, (dt1, dy))"]),
        (lambda x, y: -(x - y), ["return (t2, (-1.0, 1.0))"]),
        (lambda x, y: x + y * 3, ["return (t2, (1.0, 3.0))"]),
        (
            lambda x, y: x - 3.0 * (x + y),
            ["dt1 = -3.0", "dx = 1.0 + dt1", "return (t3, (dx, dt1))"],
        ),
        (lambda x, y: x * x + y, ["dx = x + x", "return (t2, (dx, 1.0))"]),
    ],
)
def test_a_factor_of_one_is_not_written(f, lines):
    source = record(f, 0.5, 0.25).source.split("def value_and_grad")[1]
    assert re.findall(r"^    (d.*|return.*)", source, re.M) == lines


@pytest.mark.parametrize(
    "label", ["two words", "lambda", "exp", "1st", "x", "ﬁ", "fi", "→", "dx", "guard", "σ"]
)
def test_any_label_becomes_a_name(label):
    def f(x, y):
        z = x * y
        z.label = label
        return exp(z) * z

    program = record(f, Value(0.5, label=label), Value(2.0, label="x"), backend="python")
    assert by_program(program, (0.3, 0.7)) == eager(f, (0.3, 0.7))


def test_an_operation_of_ones_own_is_in_programs_at_once(ops_as_before):
    softsign = autograd_lite.define("own_softsign", "a / (1 + abs(a))", da="1 / (1 + abs(a)) ** 2")
    program = record(lambda x: softsign(x * 3), 1.0)
    assert by_program(program, (-0.7,)) == eager(lambda x: softsign(x * 3), (-0.7,))
    second = record(grad(grad(softsign)), 1.0)
    assert second(0.5) == pytest.approx(-2 / 1.5**3, rel=1e-14)


def test_scopes_and_labels_are_no_matter():
    def f(x):
        with scope("inner"):
            return MLP(1, [2, 1], seed=0)([x])

    assert record(f, 0.5)(0.25) == f(Value(0.25)).data


@pytest.mark.parametrize("backend", BACKENDS)
def test_tied_weights_have_one_gradient(backend):
    net = Perceptron(2, seed=0)
    net.w2 = net.w1
    net.zero_grad()
    root = half_squared_error(1.0, net([0.5, 2.0]))
    root.backward()
    program = record(lambda n, x: half_squared_error(1.0, n(x)), net, [1.0, 1.0], wrt=0)
    _, slopes = program.on(backend).value_and_grad(net, [0.5, 2.0])
    assert slopes.tolist() == [p.grad for p in net.parameters()]
    _, slopes = program.on(backend).batch(net, [[0.5, 2.0]])
    assert slopes.tolist() == pytest.approx([p.grad for p in net.parameters()], rel=1e-15)


def test_a_program_can_be_copied_and_pickled():
    program = record(lambda x: log(x) * x if x > 0 else x, 2.0)
    program(3.0)
    for twin in (copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        assert twin.value_and_grad(3.0) == program.value_and_grad(3.0)
        with pytest.raises(GuardError):
            twin(-1.0)


# ---- higher order -------------------------------------------------------------------------------


def rosenbrock(x):
    return sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_the_hessian_of_rosenbrocks_function_in_ten_variables():
    x = np.linspace(-1.2, 1.3, 10)
    program = record(hessian(rosenbrock), np.ones(10))
    assert (program(x) == hessian(rosenbrock)(x)).all()
    assert program(x).shape == (10, 10)
    assert (record(grad(rosenbrock), np.ones(10))(x) == grad(rosenbrock)(x)).all()


def test_derivatives_of_derivatives():
    def f(x, y):
        return tanh(x * y) + log(x) / y

    second = record(jacobian(grad(f)), 1.0, 2.0)
    assert (second(0.7, 1.9) == hessian(f)(0.7, 1.9)).all()
    slope = record(grad(lambda x: f(x, 3.0)), 1.0)
    assert slope.value_and_grad(0.6)[1] == pytest.approx(hessian(f)(0.6, 3.0)[0, 0], rel=1e-14)


def test_a_rule_in_pieces_is_guarded():
    program = record(grad(lambda x: x.relu()), 2.0)
    assert program(5.0) == 1.0
    with pytest.raises(GuardError, match=r"was (True|False) while recording"):
        program(-1.0)
    assert record(grad(lambda x: x.relu()), 2.0, guards="record")(-1.0) == 0.0


def test_a_rule_has_no_domain_errors():
    slope = record(grad(lambda x: x.sqrt()), 2.0)
    assert slope(0.0) == grad(lambda x: x.sqrt())(Value(0.0)).data == math.inf


# ---- guards -------------------------------------------------------------------------------------


def clipped(x):
    if x > 1:
        return 2 * x - 1
    return x * x


def test_a_comparison_while_recording_is_checked_in_every_run():
    program = record(clipped, 3.0)
    assert program.value_and_grad(2.0) == (3.0, 2.0)
    with pytest.raises(GuardError, match=r"x = 0.5 > 1 is False, but was True .*if x > 1:"):
        program(0.5)
    with pytest.raises(GuardError, match=r"x = nan > 1"):
        program.value_and_grad(math.nan)


def test_other_branches_are_recorded_if_asked_for():
    calls = []

    def f(x):
        calls.append(1)
        return clipped(x)

    program = record(f, 3.0, guards="record")
    assert [program(x) for x in (0.5, 3.0, 0.25, 2.0)] == [0.25, 5.0, 0.0625, 3.0]
    assert program.value_and_grad(0.5) == (0.25, 1.0)
    assert len(calls) == 2


@pytest.mark.parametrize(
    ("f", "example", "fine", "other"),
    [
        (lambda x, y: max(x, y) * 2, (1.0, 2.0), (3.0, 4.0), (4.0, 3.0)),
        (lambda x, y: sorted([x, y])[0] - y, (1.0, 2.0), (3.0, 4.0), (4.0, 3.0)),
        (lambda x, y: x if (x * y) ** 2 >= 1 else y, (1.0, 2.0), (3.0, 4.0), (0.1, 0.1)),
        (lambda x, y: log(x) if x > 0 else -x * y, (1.0, 2.0), (3.0, 4.0), (-1.0, 2.0)),
        (lambda x, y: x * y if Value(1.0) < x else x, (2.0, 2.0), (3.0, 4.0), (0.5, 2.0)),
    ],
)
def test_what_is_compared_is_guarded(f, example, fine, other):
    program = record(f, *example)
    assert program(*fine) == f(*map(Value, fine)).data
    with pytest.raises(GuardError):
        program(*other)
    assert record(f, *example, guards="record")(*other) == f(*map(Value, other)).data


def test_comparisons_of_constants_are_no_guards():
    program = record(lambda x: x * 2 if Value(2.0) * 3 > 1 else x, 1.0)
    assert not program.tape.guards


def test_a_guard_comes_before_a_domain_error():
    program = record(lambda x: log(x) if x * x > 1 else x, 2.0)
    with pytest.raises(GuardError):
        program(-0.5)
    with pytest.raises(DomainError, match=r"log\(a\) with a = -2.0 \('x'\)"):
        program(-2.0)


# ---- what cannot be recorded --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "names"),
    [
        (lambda x: x * x.data, ".data takes the number of x"),
        (lambda x: Value(math.sin(x)), "float()"),
        (lambda x: x * int(x), "int()"),
        (lambda x: x * round(x), "round()"),
        (lambda x: x * math.floor(x), "math.floor()"),
        (lambda x: x * math.ceil(x * 2), "math.ceil()"),
        (lambda x: exp(x) * (x * x).data, ".data takes the number of x · x"),
    ],
)
def test_numbers_that_leave_the_graph_are_reported(f, names):
    with pytest.raises(RecordingError) as caught:
        record(f, 0.5)
    assert names in str(caught.value)
    assert "test_program.py, line" in str(caught.value)


def test_a_first_order_gradient_leaves_the_graph():
    def f(x):
        (x * x).backward()
        return x.grad * x

    with pytest.raises(RecordingError, match=r"\.grad, after a backward"):
        record(f, 0.5)


def test_numbers_may_leave_if_allowed():
    program = record(lambda x: x * x.data, 3.0, allow_numbers=True)
    assert program(2.0) == 6.0


def test_printing_is_no_computing(capsys):
    record(lambda x: print(f"{x:.1f} {x}") or x * 2, 3.0)
    assert capsys.readouterr().out == "3.0 Tracer(data=3.0, label='x')\n"


def test_a_value_from_outside_is_reported():
    w = Value(2.0, label="w")
    with pytest.raises(RecordingError, match=r"f uses .*label='w'.*not among its arguments"):
        record(lambda x: w * x, 3.0)
    assert record(lambda x: Value(2.0) * x, 3.0)(5.0) == 10.0


def test_assigning_data_while_recording_is_reported():
    def f(x):
        x.data = 3.0
        return x

    with pytest.raises(RecordingError, match="cannot be assigned"):
        record(f, 1.0)


def test_a_failed_recording_leaves_everything_as_it_was():
    net = Perceptron(1, seed=0)
    with pytest.raises(ZeroDivisionError):
        record(lambda net, x: net([x]) * (1 / 0), net, 1.0)
    assert all(type(p) is Value for p in net.parameters())
    assert float(net.w1) == net.w1.data


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda p: p(1.0), TypeError, "takes 2 arguments, got 1"),
        (lambda p: p(1.0, [1.0]), ValueError, r"argument 1 has shape \(1,\); .* \(2,\)"),
        (lambda p: p([1.0], [1.0, 2.0]), TypeError, "argument 0"),
        (lambda p: p(np.ones(1), [1.0, 2.0]), ValueError, r"argument 0 has shape \(1,\)"),
        (lambda p: p("1", [1.0, 2.0]), TypeError, r"argument 0.*float\('1'\)"),
        (lambda p: p(1.0, np.array([1j, 2])), TypeError, "complex"),
        (lambda p: p(1.0, ["a", "b"]), TypeError, "argument 1: an array of <U1"),
        (lambda p: p(None, [1.0, 2.0]), TypeError, "argument 0"),
        (lambda p: record(lambda x: None, 1.0), TypeError, "lack a return"),
        (lambda p: record(lambda x: "a", 1.0), TypeError, "the result"),
        (lambda p: record(lambda x: x, "a"), TypeError, "argument"),
        (lambda p: record(lambda x: x, 1.0, backend="fortran"), ValueError, "'python', 'numpy'"),
        (lambda p: record(lambda x: x, 1.0, guards="no"), ValueError, "'raise' or 'record'"),
        (lambda p: record(lambda x: x, 1.0, wrt=1), ValueError, "wrt = 1"),
    ],
)
def test_errors_are_named(call, error, message):
    program = record(lambda x, a: x * a.sum(), 1.0, np.ones(2))
    with pytest.raises(error, match=message):
        call(program)


# ---- from a graph -------------------------------------------------------------------------------


def test_from_graph_takes_what_may_change_and_what_gradients_are_wanted_of():
    w, x, b = (Value(v, label=k) for v, k in ((2.0, "w"), (3.0, "x"), (1.0, "b")))
    y = w * x + b
    program = Program.from_graph(y, inputs=[w, x], wrt=[x])
    assert program.value_and_grad(5.0, 7.0) == (36.0, 5.0)
    everything = Program.from_graph(y)
    assert everything.value_and_grad(5.0, 7.0, 0.0)[1].tolist() == [7.0, 5.0, 1.0]
    with pytest.raises(ValueError, match="not among inputs"):
        Program.from_graph(y, inputs=[w], wrt=[b])
    with pytest.raises(ValueError, match="leaves"):
        Program.from_graph(y * 2, inputs=[y])


def test_from_graph_takes_models_and_single_values():
    net, x = Perceptron(2, seed=0), [Value(0.5), Value(2.0)]
    root = half_squared_error(1.0, net(x))
    root.backward()
    slopes = [p.grad for p in net.parameters()]
    for inputs, wrt in (([net], None), (net, net), ([net, x], net.parameters()), ([net, x], [net])):
        program = Program.from_graph(root, inputs=inputs, wrt=wrt)
        arguments = (net,) if len(program.arguments.parts) == 1 else (net, [0.5, 2.0])
        value, found = program.value_and_grad(*arguments)
        assert (value, found.tolist()) == (root.data, slopes)
    assert Program.from_graph(root, inputs=x[0], wrt=x[0]).value_and_grad(0.5)[1] == x[0].grad


def test_from_graph_sees_what_is_stale():
    w = Value(2.0)
    y = w * 3
    w.data = 5.0
    with pytest.raises(StaleGraphError):
        Program.from_graph(y, inputs=[w])


@pytest.mark.parametrize("make", [lambda x: Value(1.0, (x,), (2.0,)), lambda x: Value(1.0, (x,))])
def test_a_node_made_by_hand_has_no_row_to_run_again(make):
    x = Value(1.0)
    with pytest.raises(HandmadeNodeError):
        Program.from_graph(make(x) * 2, inputs=[x])


def test_a_long_chain_needs_no_recursion():
    def f(x):
        y = x
        for _ in range(2_500):
            y = y * 0.9999 + x
        return y

    program = record(f, 1.0, backend="python")
    assert by_program(program, (0.5,)) == eager(f, (0.5,))


def test_gradients_agree_with_the_engines_other_way():
    def f(x, y):
        return exp(x * y) / (x + y)

    leaves = Value(0.3), Value(0.8)
    expected = gradients(f(*leaves), leaves)
    assert record(f, 1.0, 1.0).value_and_grad(0.3, 0.8)[1].tolist() == expected


def test_an_input_is_given_once():
    net, a, b = Perceptron(1, seed=0), Value(3.0), Value(5.0)
    with pytest.raises(ValueError, match=r"label='w1'.*is given twice"):
        record(lambda one, other: one([1.0]) - 3 * other([1.0]), net, net)
    with pytest.raises(ValueError, match="is given twice"):
        record(lambda both: both[0]([1.0]) * both[1]([1.0]), [net, net])
    with pytest.raises(ValueError, match="is given twice"):
        Program.from_graph(a * b, inputs=[a, a])
    x = np.array([1.0, 2.0])
    assert record(lambda u, v: (u * v).sum(), x, x).value_and_grad(x, 2 * x)[1][0].tolist() == [
        2,
        4,
    ]


def test_gradients_come_in_the_order_of_wrt():
    a, b = Value(3.0), Value(5.0)
    programs = [
        record(lambda a, b: a * a * b, 1.0, 2.0, wrt=(1, 0)),
        Program.from_graph(a * a * b, inputs=[a, b], wrt=[b, a]),
    ]
    for program in programs:
        assert program.value_and_grad(3.0, 5.0)[1].tolist() == [9.0, 30.0]
    w = np.array([Value(1.0), Value(2.0)])
    with pytest.raises(ValueError, match="only a part of one of the inputs"):
        Program.from_graph((w * a).sum(), inputs=[w, a], wrt=[w[1]])
    for wrt in ("x", 0.5, [0.0]):
        with pytest.raises(TypeError, match="arguments are given by position"):
            record(lambda x: x, 1.0, wrt=wrt)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: copy.copy(x) * x, r"copy.copy\(\) takes the number of x out of the graph"),
        (lambda x: copy.deepcopy([x])[0] * x, r"copy.deepcopy\(\) takes the number of x"),
        (lambda x: x if x == 1.5 else x * x, "x == 1.5 compares a node .* 1.5 <= v <= 1.5"),
        (lambda x: x if x else x * x, "x has no truth value; compare it"),
    ],
)
def test_what_recording_cannot_follow(f, message):
    with pytest.raises(RecordingError, match=message):
        record(f, 1.5)


def test_copies_of_programs_keep_their_branches():
    def f(x):
        return 3 * x if x > 0 else x * x if x > -10 else -x

    program = record(f, 1.0, guards="record")
    assert program(-2.0) == 4.0
    for twin in (copy.copy(program), copy.deepcopy(program)):
        assert [twin(x) for x in (2.0, -2.0, -20.0)] == [6.0, 4.0, 20.0]
    kept = pickle.loads(pickle.dumps(program))
    assert [kept(x) for x in (2.0, -2.0)] == [6.0, 4.0]
    with pytest.raises(GuardError):
        kept(-20.0)

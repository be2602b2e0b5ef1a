"""Many samples at once: NumPy and C beside the engine, sample by sample."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite
from autograd_lite import DomainError, GuardError, Value, exp, log, record, sigmoid, tanh
from autograd_lite.nn import MLP, Perceptron, TwoLayerNetwork, log_loss
from autograd_lite.ops import OPS
from tests.program.cases import ZERO_TIMES_INFINITY, applied, arguments, bounded, graphs, within

C = pytest.param("c", marks=pytest.mark.compiler)
BACKENDS = ["numpy", C]
# Twenty samples: two full vectors of eight and a rest.
SAMPLES = np.random.default_rng(0).uniform(-2, 2, (20, 3))


def one_by_one(f, rows):
    """Values and gradients by the engine, a row for each sample."""
    values, grads = [], []
    for row in rows:
        leaves = [Value(x) for x in row]
        y = f(*leaves)
        y.backward()
        values.append(y.data)
        grads.append([v.grad for v in leaves])
    return np.array(values), np.array(grads)


def near(found, expected, rel=1e-13):
    np.testing.assert_allclose(found, expected, rtol=rel, atol=rel)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_operation_on_samples(op, backend):
    """At every point where it has a value: numbers, infinities and NaN alike."""
    groups = {}
    for point in arguments(op):
        try:
            op(*point)
        except DomainError:
            continue
        groups.setdefault(point[op.arity :], []).append(point[: op.arity])
    for n, rows in groups.items():
        f = lambda *v, n=n: applied(op, v, n)  # noqa: E731
        values, grads = one_by_one(f, rows)
        program = record(f, *[1.0] * op.arity, backend=backend)
        found, slopes = program.batch(*np.array(rows).T, reduce=None)
        near(found, values)
        near(slopes.reshape(len(rows), -1), grads)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("f", "points"), ZERO_TIMES_INFINITY)
def test_zero_times_infinity_in_a_batch(f, points, backend):
    """Among ordinary samples, towards each, towards sums, and a second time by what is kept."""
    program = record(f, *points[-1], backend=backend)
    a, b = np.array([points[k % 2 == 0] for k in range(20)]).T
    _, expected = one_by_one(f, np.array([a, b]).T)
    for _ in range(2):
        near(program.batch(a, b, reduce=None)[1], expected)
        near(program.batch(a, b)[1], expected)
        same = a == a[0]
        rows = expected[same]
        first, second = program.batch(a[same], b[0], reduce="sum")[1]
        near(first, rows[:, 0])
        near(second, rows[:, 1].sum())


@pytest.mark.parametrize("backend", BACKENDS)
def test_domain_errors_name_the_sample(backend):
    program = record(lambda x: log(x * 2), 1.0, backend=backend)
    x = np.linspace(1, 2, 20)
    x[13] = -0.5
    with pytest.raises(DomainError, match=r"sample 13: log\(a\) with a = -1.0"):
        program.batch(x)
    assert math.isnan(program.on(backend, check=False).batch(x)[0])
    x[13] = math.nan  # is no domain error
    assert np.isnan(program.batch(x, reduce=None)[0]).tolist() == [k == 13 for k in range(20)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_guards_name_the_sample(backend):
    program = record(lambda x: x * x if x > 0 else -x, 1.0, backend=backend)
    x = np.linspace(1, 2, 20)
    x[17] = -0.5
    with pytest.raises(GuardError, match=r"sample 17: x = -0.5 > 0"):
        program.batch(x)
    x[17] = math.nan
    with pytest.raises(GuardError, match="sample 17"):
        program.batch(x)


@settings(max_examples=40, deadline=None)
@given(graphs(), st.integers(1, 20))
def test_random_graphs_on_samples(f, count):
    rows = SAMPLES[:count] / 2
    program = record(f, 0.1, 0.2, 0.3, backend="numpy")
    values, slopes = program.batch(*rows.T, reduce=None)
    for row, value, towards in zip(rows, values, slopes, strict=True):
        assert within((value, towards), program, row)


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(1, 6), st.sampled_from([(0,), (1,), (0, 1), (0, 2), (1, 2)]))
def test_sums_towards_what_random_graphs_share(f, count, shared):
    rows = SAMPLES[:count] / 2
    rows[:, shared] = rows[0, shared]
    program = record(f, 0.1, 0.2, 0.3, backend="numpy")
    given = [rows[0, k] if k in shared else rows[:, k] for k in range(3)]
    value, slopes = program.batch(*given)
    expected, off = map(np.array, zip(*(bounded(program, row) for row in rows), strict=True))
    off *= 1 + count / 8  # the samples' terms may be added in any order
    for k, found in enumerate([value, *slopes]):
        if k and k - 1 not in shared:
            right, bound = expected[:, k], off[:, k]
        else:
            right, bound = expected[:, k].sum(), off[:, k].sum()
        fine = np.isfinite(right) & np.isfinite(bound)
        assert (abs(found - right) <= bound)[fine].all()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("f", "gradient"),
    [
        (lambda w, x: w, 4.0),
        (lambda w, x: w + w * x, 4.0 + 10.0),
        (lambda w, x: w * w + x * w + (w * x) * (x * w), 4 * 6.0 + 10.0 + 6.0 * 30.0),
        (lambda w, x: -w - x, -4.0),
        (lambda w, x: exp(x), 0.0),
        (lambda w, x: w**2 - 2 * w, 4 * 4.0),
    ],
)
def test_towards_what_samples_share(f, gradient, backend):
    program = record(f, 1.0, 1.0, wrt=0, backend=backend)
    x = np.array([1.0, 2.0, 3.0, 4.0])
    assert program.batch(3.0, x)[1] == gradient
    assert program.batch(3.0, x, reduce="mean")[1] == gradient / 4


def loss(net, x, y):
    z = net(x)
    return (1 - y * z).relu() + 0.01 * sum(p * p for p in net.parameters())


@pytest.fixture(scope="module")
def recorded():
    net = MLP(2, [4, 3, 1], seed=5)
    return net, record(loss, net, [0.1, 0.2], 1.0, wrt=(0, 1))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("reduce", ["sum", "mean", None])
def test_gradients_of_what_is_shared_and_of_what_varies(recorded, backend, reduce):
    net, program = recorded
    x, y = SAMPLES[:, :2], np.sign(SAMPLES[:, 2])
    value, (towards_net, towards_x) = program.on(backend).batch(net, x, y, reduce=reduce)
    values, by_net, by_x = [], [], []
    for row, target in zip(x, y, strict=True):
        net.zero_grad()
        inputs = [Value(v) for v in row]
        root = loss(net, inputs, target)
        root.backward()
        values.append(root.data)
        by_net.append([p.grad for p in net.parameters()])
        by_x.append([v.grad for v in inputs])
    values, by_net, by_x = map(np.array, (values, by_net, by_x))
    scale = 1 / len(x) if reduce == "mean" else 1.0
    near(value, values if reduce is None else values.sum() * scale)
    near(towards_net, by_net if reduce is None else by_net.sum(axis=0) * scale)
    near(np.array(towards_x).reshape(2, -1).T, by_x * scale)


@pytest.mark.parametrize("backend", BACKENDS)
def test_values_alone_and_several_outputs(backend):
    program = record(lambda w, x: [w * x, {"t": tanh(x), "w": exp(w)}], 2.0, 1.0, backend=backend)
    first, rest = program.batch(3.0, [1.0, 2.0], reduce=None, gradient=False)
    assert first.tolist() == [3.0, 6.0]
    near(rest["t"], np.tanh([1.0, 2.0]))
    near(rest["w"], np.exp([3.0, 3.0]))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("f", "example", "wrt", "batch", "value", "gradient"),
    [
        (lambda w, x: w * x, (1.0, 1.0), None, (2.0, [1.0, 3.0]), 8.0, (4.0, [2.0, 2.0])),
        (lambda w, x: w * x, (1.0, 1.0), 0, (2.0, [1.0, 3.0]), 8.0, 4.0),
        (lambda w, x: w + 0 * x, (1.0, 1.0), 0, (2.0, [1.0, 3.0]), 4.0, 2.0),
        (lambda w, x: w * 1, (1.0, 1.0), None, (2.0, [1.0, 3.0]), 4.0, (2.0, [0.0, 0.0])),
        (lambda w, x: x, (1.0, 1.0), None, (2.0, [1.0, 3.0]), 4.0, (0.0, [1.0, 1.0])),
        (lambda w, x: w, (1.0, 1.0), None, (2.0, [1.0, 3.0]), 4.0, (2.0, [0.0, 0.0])),
        (lambda w, x: -w, (1.0, 1.0), 0, (2.0, [1.0, 3.0]), -4.0, -2.0),
        (lambda w, x: Value(7.0), (1.0, 1.0), 0, (2.0, [1.0, 3.0]), 14.0, 0.0),
        (lambda x: (x * x).sum(), (np.ones(2),), None, (np.eye(2),), 2.0, [[2.0, 0.0], [0.0, 2.0]]),
        (lambda x: x[0] ** 3, ([1.0, 2.0],), None, ([[2.0, 1.0]],), 8.0, [[12.0], [0.0]]),
    ],
)
def test_layouts_of_batches(f, example, wrt, batch, value, gradient, backend):
    program = record(f, *example, wrt=wrt, backend=backend)
    found, slopes = program.batch(*batch)
    assert found == value
    if isinstance(gradient, tuple):
        for x, y in zip(slopes, gradient, strict=True):
            np.testing.assert_array_equal(x, y)
    else:
        np.testing.assert_array_equal(slopes, gradient)


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        ((2.0, 3.0), ValueError, "no argument has an axis of samples"),
        (([1.0, 2.0], [1.0, 2.0, 3.0]), ValueError, "arrays of 2 and of 3 samples"),
        ((1.0, np.ones((2, 2))), ValueError, r"argument 1 has shape \(2, 2\); .* \(\) or \(N,\)"),
        ((1.0,), TypeError, "takes 2 arguments, got 1"),
        ((1.0, ["a"]), TypeError, "array of <U1"),
    ],
)
def test_errors_of_batches(batch, error, message):
    program = record(lambda w, x: w * x, 1.0, 1.0)
    with pytest.raises(error, match=message):
        program.batch(*batch)
    with pytest.raises(ValueError, match="'sum', 'mean' or None"):
        program.batch(1.0, [1.0], reduce="max")


@pytest.mark.compiler
def test_an_operation_of_ones_own_on_samples(ops_as_before):
    own = autograd_lite.define(
        "own_own", "größe * a if a > 0 else sigmoid(a) ** 2", da="größe", parameter="größe"
    )
    x = np.linspace(-1, 1, 11)
    numpy, c = (
        record(lambda x: own(x, 3.0), 1.0, backend=backend).batch(x, reduce=None)
        for backend in ("numpy", "c")
    )
    expected = [own(float(v), 3.0) for v in x]
    for values, slopes in (numpy, c):
        near(values, expected)
        assert (slopes == 3.0).all()


@pytest.mark.compiler
def test_the_notes_network_on_ten_thousand_samples():
    net = TwoLayerNetwork(seed=2)
    x = np.random.default_rng(1).normal(size=(10_000, 2))
    program = record(lambda net, x: log_loss(1, net(x)), net, [0.5, -1.0], wrt=0)
    (a, da), (b, db) = (
        program.on(backend).batch(net, x, reduce="mean") for backend in ("numpy", "c")
    )
    assert a == pytest.approx(b, rel=1e-12)
    near(da, db, 1e-12)


@pytest.mark.compiler
def test_long_straight_code_in_pieces():
    """More statements than one piece holds; what crosses pieces goes through memory."""

    def f(w, x):
        y = x
        for k in range(200):
            y = sigmoid(w * y) + x * (k / 100)
        return y

    (values, _), (found, _) = (
        record(f, 0.5, 1.0, backend=backend).batch(0.7, SAMPLES[:, 0], reduce=None)
        for backend in ("numpy", "c")
    )
    near(found, values, 1e-12)
    near(
        record(f, 0.5, 1.0, wrt=0, backend="c").batch(0.7, SAMPLES[:, 0])[1],
        record(f, 0.5, 1.0, wrt=0, backend="numpy").batch(0.7, SAMPLES[:, 0])[1],
        1e-12,
    )


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("reduce", ["sum", "mean", None])
def test_samples_that_take_different_branches(backend, reduce):
    def f(net, x):
        z = net([x])
        return z * z if z > 0 else -3 * z

    net = MLP(1, [1], seed=1)
    x = np.linspace(-2, 2, 9)
    values, slopes = [], []
    for v in x:
        net.zero_grad()
        y = f(net, v)
        y.backward()
        values.append(y.data)
        slopes.append([p.grad for p in net.parameters()])
    scale = 1 / 9 if reduce == "mean" else 1.0
    program = record(f, net, 1.0, wrt=0, backend=backend, guards="record")
    for handed in (net, [p.data for p in net.parameters()]):
        found, towards = program.batch(handed, x, reduce=reduce)
        near(found, values if reduce is None else sum(values) * scale)
        near(towards, slopes if reduce is None else np.sum(slopes, axis=0) * scale)
    assert net.state_dict() == MLP(1, [1], seed=1).state_dict()


@pytest.mark.compiler
@pytest.mark.parametrize("reduce", ["sum", "mean", None])
def test_long_graphs_go_by_the_table(reduce):
    def f(w, x):
        y = x
        for _ in range(600):
            y = log(y * w + x)
        return y

    program = record(f, 1.5, 2.0, backend="c")
    x = np.linspace(1.5, 3.0, 7)
    value, slopes = program.batch(1.6, x, reduce=reduce)
    assert program.size == 1800 and "c" in program._made
    expected, others = program.on("numpy").batch(1.6, x, reduce=reduce)
    near(value, expected, 1e-10)
    for found, other in zip(slopes, others, strict=True):
        near(found, other, 1e-10)
    x[4] = -3.0
    with pytest.raises(DomainError, match="sample 4: log"):
        program.batch(1.6, x, reduce=reduce)


@pytest.mark.parametrize("backend", BACKENDS)
def test_batches_of_the_same_shapes_one_after_the_other(backend):
    """What is kept ready for a shape gives what the first batch of that shape gave."""
    program = record(lambda w, x, y: (log(x @ w) - y) ** 2, np.ones(2), np.ones(2), 1.0, wrt=(0, 2))
    program = program.on(backend)
    fresh = program.on("python" if backend == "numpy" else "numpy")
    draw = np.random.default_rng(3)
    for count in (5, 5, 17, 5, 1, *range(30, 42), 17):
        batch = draw.uniform(0.5, 1, 2), draw.uniform(1, 2, (count, 2)), draw.normal(size=count)
        for reduce in ("sum", "mean", None):
            value, slopes = program.batch(*batch, reduce=reduce)
            expected, others = fresh.batch(*batch, reduce=reduce)
            near(value, expected, 1e-12)
            for found, other in zip(slopes, others, strict=True):
                near(found, other, 1e-12)
    bad = batch[1].copy()
    bad[9] = -1.0
    with pytest.raises(DomainError, match="sample 9: log"):
        program.batch(batch[0], bad, batch[2])


@pytest.mark.compiler
def test_other_branches_are_found_in_batches_that_are_ready():
    def f(x):
        return x * x if x > 0 else -3 * x

    program = record(f, 1.0, backend="c", guards="record")
    for x in (np.ones(9), np.ones(9), np.linspace(-1, 1, 9), -np.ones(9)):
        value, slopes = program.batch(x)
        near(value, np.where(x > 0, x * x, -3 * x).sum())
        near(slopes, np.where(x > 0, 2 * x, -3.0))


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_of_any_kind_in_batches(backend):
    program = record(lambda w, x: (w * x).sum(), np.ones(2), np.ones(2), wrt=0, backend=backend)
    w, x = np.array([2.0, 3.0]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    kinds = ["f4", "f8", "i8", ">f8", "f2", object]
    forms = [x.astype(kind) for kind in kinds] + [np.asfortranarray(x), x[::-1][::-1], x.tolist()]
    for form in [*forms, *forms]:
        value, slopes = program.batch(w, form)
        assert value == 54.0 and slopes.tolist() == [9.0, 12.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_parameters_of_a_model_may_vary(backend):
    program = record(lambda net, x: net(x), Perceptron(2, seed=1), [0.5, -1.0], backend=backend)
    parameters = {"w1": np.array([1.0, 2.0, 3.0]), "w2": 0.5, "b": np.array([0.0, 0.0, 10.0])}
    values, (towards_net, _) = program.batch(parameters, [1.0, 2.0], reduce=None)
    assert values.tolist() == [2.0, 3.0, 14.0]
    assert towards_net.tolist() == 3 * [[1.0, 2.0, 1.0]]


@pytest.mark.parametrize("backend", BACKENDS)
def test_errors_of_samples_on_other_branches_name_the_sample(backend):
    program = record(
        lambda x, y: log(y) if x > 0 else y**0.5, 1.0, 1.0, guards="record", backend=backend
    )
    with pytest.raises(DomainError, match=r"sample 3: .* a = -7.0"):
        program.batch([1.0, 1.0, -1.0, -1.0], [1.0, 1.0, 1.0, -7.0])
    with pytest.raises(TypeError, match="2 outputs; reduce=None gives each sample's"):
        record(lambda x: [x, x * x], 1.0, backend=backend).batch([1.0, 2.0], gradient=False)

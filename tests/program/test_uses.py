"""``fit`` and ``minimize`` on programs: what they find is what they find on graphs."""

import numpy as np
import pytest

from autograd_lite import GuardError, RecordingError, Value, log, minimize, record, value
from autograd_lite.nn import (
    MLP,
    Perceptron,
    TwoLayerNetwork,
    half_squared_error,
    hinge_loss,
    log_loss,
    log_loss_from_logit,
    softmax_cross_entropy,
)
from autograd_lite.optim import SGD, Adam, GradientDescent, Newton
from autograd_lite.train import fit

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(30, 2))
CLASSES = [int(a > b) for a, b in X]
NUMBERS = X @ [2.0, -1.0] + 0.5
BACKENDS = ["python", "numpy", pytest.param("c", marks=pytest.mark.compiler), "auto"]


def trained(make, y, backend, optimizer=GradientDescent, **options):
    model = make()
    rule = optimizer(model.parameters(), lr=0.2)
    if "predict" in options:
        options["predict"] = model.logit
    history = fit(model, X, y, optimizer=rule, seed=0, backend=backend, **options)
    return history, [p.data for p in model.parameters()]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("make", "y", "options"),
    [
        (lambda: Perceptron(2, seed=1), NUMBERS, {"loss": half_squared_error}),
        (lambda: Perceptron(2, "sigmoid", seed=1), CLASSES, {"loss": log_loss}),
        (
            lambda: TwoLayerNetwork(seed=1),
            CLASSES,
            {"loss": log_loss_from_logit, "predict": "logit", "batch_size": 7},
        ),
        (
            lambda: MLP(2, [4, 3], seed=1),
            [0 if a > 1 else 1 if b > 0 else 2 for a, b in X],
            {"loss": softmax_cross_entropy},
        ),
        (
            lambda: Perceptron(2, seed=1),
            np.array(CLASSES) * 2 - 1,
            {"loss": hinge_loss},
        ),
        (
            lambda: MLP(2, [4, 1], seed=1),
            np.array(CLASSES) * 2 - 1,
            {"loss": lambda y, z: (1 - y * z).relu(), "reduction": "sum", "batch_size": 1},
        ),
        (
            lambda: Perceptron(2, seed=1),
            ["up" if c else "down" for c in CLASSES],
            {"loss": lambda y, z: half_squared_error(1.0 if y == "up" else -1.0, z)},
        ),
        (
            lambda: Perceptron(2, seed=1),
            NUMBERS,
            {"loss": lambda y, z: (y - z) ** 2 if y - z > 0 else 3 * (z - y), "optimizer": Adam},
        ),
    ],
)
def test_training_on_programs(make, y, options, backend):
    options = {"epochs": 6, "validation": (X[:5], y[:5]), **options}
    eager, expected = trained(make, y, None, **options)
    history, found = trained(make, y, backend, **options)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(history.loss, eager.loss, rtol=1e-10)
    np.testing.assert_allclose(history.validation, eager.validation, rtol=1e-10)


def test_no_graph_is_built_once_the_loss_is_recorded(monkeypatch):
    model = TwoLayerNetwork(seed=1)
    made = []

    def counted(*arguments):
        made.append(1)
        return log_loss(*arguments)

    rule = SGD(model.parameters(), lr=0.5)
    monkeypatch.setattr(value.Value, "backward", lambda self: pytest.fail("a graph was walked"))
    fit(model, X, CLASSES, loss=counted, optimizer=rule, epochs=20, backend="numpy")
    assert len(made) <= 3  # of any target in vain, then of 0 and of 1


def test_losses_take_their_target_as_an_argument():
    y, p = np.array([0.0, 1.0, 0.25]), np.array([0.2, 0.9, 0.6])
    expected = [log_loss(a, Value(b)).data for a, b in zip(y, p, strict=True)]
    program = record(log_loss, 0.5, 0.5)
    np.testing.assert_allclose(program.batch(y, p, reduce=None)[0], expected, rtol=1e-15)
    assert program.value_and_grad(0.25, 0.6)[1][0] == pytest.approx(np.log(0.4 / 0.6), rel=1e-15)
    with pytest.raises(GuardError, match=r"y = 1.5 <= 1"):
        program(1.5, 0.5)
    margin = record(hinge_loss, 1.0, 0.5)
    assert margin.batch(np.array([1.0, -1.0]), 0.5, reduce=None)[0].tolist() == [0.5, 1.5]
    with pytest.raises(ValueError, match="the target of a hinge loss"):
        hinge_loss(Value(0.5), 1.0)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("loss", "y"),
    [
        (lambda y, z: (y - z) ** 2 if y > 0 else 2 * (y - z) ** 2, NUMBERS),
        (
            lambda y, z: sum((a - z) ** 2 if a > 0 else 2 * (a - z) ** 2 for a in y),
            [[a, -a] for a in NUMBERS.tolist()],
        ),
    ],
)
def test_a_loss_may_branch_on_many_targets(loss, y, backend):
    def trained(backend):
        model, calls = Perceptron(2, seed=1), []
        rule = SGD(model.parameters(), lr=0.1)

        def counted(y, z):
            calls.append(1)
            return loss(y, z)

        fit(model, X, y, loss=counted, optimizer=rule, epochs=2, seed=0, backend=backend)
        return [p.data for p in model.parameters()], len(calls)

    expected, _ = trained(None)
    found, calls = trained(backend)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert calls <= 8  # not one for each of thirty targets


@pytest.mark.parametrize("first", [40.0, 1.0])
@pytest.mark.parametrize("backend", [None, *BACKENDS])
def test_a_saturated_sample_may_come_first(first, backend):
    """log_loss(1, 1.0) is 0, with a number for its target; with a Value it would need log(0)."""
    model = Perceptron(1, "sigmoid", seed=0)
    model.load_state_dict({"w1": 1.0, "b": 0.0})
    rule = SGD(model.parameters(), lr=0.1)
    history = fit(model, [[first], [2.0]], [1, 1], loss=log_loss, optimizer=rule, backend=backend)
    assert history.loss[-1] < history.loss[0] or first == 40.0


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        (hinge_loss, 3, "y = 3: the target of a hinge loss"),
        (softmax_cross_entropy, 7, "target = 7: it is an index below 3"),
        (log_loss, 1, r"log\(a\) with a = -\d"),
    ],
)
def test_errors_of_losses_are_as_ever(loss, y, message):
    model = MLP(1, [3] if loss is softmax_cross_entropy else [1], seed=1)
    for p in model.parameters():
        p.data = 1.0
    for backend in (None, "python"):
        rule = SGD(model.parameters(), lr=0.1)
        with pytest.raises(ValueError, match=message):
            fit(model, [[-5.0], [2.0]], [y, y], loss=loss, optimizer=rule, backend=backend)


def test_what_cannot_be_recorded_is_named():
    model = Perceptron(2, seed=1)
    rule = SGD(model.parameters(), lr=0.5)
    for loss, error in (
        (lambda y, z: z * z.data, RecordingError),
        (lambda y, z: log(z - 1e9), ValueError),
    ):
        with pytest.raises(error):
            fit(model, X, NUMBERS, loss=loss, optimizer=rule, backend="numpy")
    assert model.state_dict() == Perceptron(2, seed=1).state_dict()
    newton = Newton(model.parameters())
    with pytest.raises(ValueError, match="differentiates the graph itself"):
        fit(model, X, NUMBERS, loss=half_squared_error, optimizer=newton, backend="numpy")


def rosenbrock(x, y):
    return 100 * (y - x * x) ** 2 + (1 - x) ** 2


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("f", "x0", "options"),
    [
        (lambda x: (x - 3) ** 2, 0.0, {"lr": 0.1}),
        (rosenbrock, (-1.0, 1.0), {"method": "adam", "lr": 0.05}),
        (rosenbrock, (-1.0, 1.0), {"method": "nesterov", "lr": 0.001}),
        (lambda x: x * x, 1.0, {"method": "nesterov", "lr": 0.1}),
        (lambda x: (x * x * [1.0, 3.0]).sum(), np.array([1.0, 2.0]), {"method": "momentum"}),
        (lambda x: x * x if x > 1 else 2 * abs(x) - 1 + x * x * 0, 3.0, {"lr": 0.1}),
        (lambda x: log(x), 1.0, {"lr": 0.5}),
        (lambda x: log(x), -1.0, {"lr": 0.5}),
        (lambda x: 0.0 * x + 1.0, 1.0, {}),
        (rosenbrock, (-1.0, 1.0), {"method": "newton"}),
        (rosenbrock, [0.0, 1.0], {"method": "newton", "damping": "auto", "line_search": True}),
        (lambda x: (x**4 * [1.0, 3.0]).sum(), np.array([1.0, 2.0]), {"method": "newton"}),
        (lambda x: x * log(x), 0.1, {"method": "newton", "line_search": True}),
        (lambda x: x * 2.0, 0.1, {"method": "newton"}),
        (lambda x: x**4 if x > 1 else x * x, 3.0, {"method": "newton"}),
    ],
)
def test_minimizing_programs(f, x0, options, backend):
    calls = []

    def counted(*x):
        calls.append(1)
        return f(*x)

    options = {"max_steps": 60, **options}
    expected = minimize(f, x0, **options)
    found = minimize(counted, x0, backend=backend, **options)
    assert (found.stopped, found.nit, found.success) == (
        expected.stopped,
        expected.nit,
        expected.success,
    )
    np.testing.assert_allclose(found.path, expected.path, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(found.fun, expected.fun, rtol=1e-10)
    np.testing.assert_allclose(found.jac, expected.jac, rtol=1e-8, atol=1e-12)
    assert type(found.x) is type(expected.x) and len(calls) <= 3


def test_errors_of_minimize_are_as_ever():
    with pytest.raises(TypeError, match="f must return one number"):
        minimize(lambda x: [x, x], 1.0, backend="numpy")
    with pytest.raises(ValueError, match="backend = 'fortran'"):
        minimize(lambda x: x * x, 1.0, backend="fortran")

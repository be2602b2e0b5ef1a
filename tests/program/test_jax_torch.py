"""Programs on arrays of JAX and tensors of PyTorch, beside NumPy and their own gradients."""

import importlib.util
import math
import sys
import types

import numpy as np
import pytest

from autograd_lite import GuardError, record, sigmoid
from autograd_lite.nn import MLP
from autograd_lite.ops import OPS
from autograd_lite.program.jax_torch import LibraryBackend
from tests.program.cases import ZERO_TIMES_INFINITY, applied

torch = pytest.importorskip("torch") if importlib.util.find_spec("torch") else None
jax = pytest.importorskip("jax") if importlib.util.find_spec("jax") else None
if jax:
    jax.config.update("jax_enable_x64", True)

LIBRARIES = [
    pytest.param("torch", marks=pytest.mark.torch),
    pytest.param("jax", marks=pytest.mark.jax),
]
X = np.array([0.2, 0.4, 0.7, 0.9])


def made(library, x):
    if library == "torch":
        return torch.tensor(x, dtype=torch.float64)
    return jax.numpy.asarray(x)


@pytest.fixture
def numpy_as_jax(monkeypatch):
    """Runs a program's code for JAX on NumPy's arrays, where neither library is installed."""
    special = {name: np.vectorize(getattr(math, name)) for name in ("erf", "erfc")}
    modules = {"jax.numpy": {**vars(np), "pow": np.power}, "jax.scipy.special": special}
    for name, functions in modules.items():
        monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(**functions))

    def run(program, columns):
        with np.errstate(all="ignore"):
            backend = LibraryBackend("jax", program.tape, program.names)
            return backend.value_and_grad([np.asarray(x, dtype=float) for x in columns])

    return run


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_operation_in_code_for_arrays(op, numpy_as_jax):
    shift = 1.0 if op.name == "acosh" else 0.0
    points = [X + shift, X[::-1] * 2][: op.arity]
    n = (3.0,) if op.parameter else ()
    program = record(lambda *v: applied(op, v, n), *[1.0 + shift] * op.arity)
    values, slopes = program.batch(*points, reduce=None)
    found, grads = numpy_as_jax(program, points)
    near(found, values)
    near(np.array([np.broadcast_to(g, 4) for g in grads]).T.reshape(slopes.shape), slopes)


@pytest.mark.parametrize(("f", "points"), ZERO_TIMES_INFINITY)
def test_zero_times_infinity_in_code_for_arrays(f, points, numpy_as_jax):
    program = record(f, *points[-1])
    columns = np.array(points).T
    _, slopes = program.batch(*columns, reduce=None)
    _, grads = numpy_as_jax(program, columns)
    near(np.array([np.broadcast_to(g, 2) for g in grads]).T, slopes)


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_every_operation(op, library):
    shift = 1.0 if op.name == "acosh" else 0.0
    points = [X + shift, X[::-1] * 2][: op.arity]
    n = (3.0,) if op.parameter else ()
    program = record(lambda *v: applied(op, v, n), *[1.0 + shift] * op.arity)
    values, slopes = program.batch(*points, reduce=None)
    found, grads = program.value_and_grad(*(made(library, x) for x in points))
    near(found, values)
    if op.arity == 1:
        near(np.broadcast_to(np.asarray(grads), 4), slopes)
    else:
        near(np.broadcast_to(np.asarray(grads), (4, 2)), slopes)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("f", "points"), ZERO_TIMES_INFINITY)
def test_zero_times_infinity(f, points, library):
    program = record(f, *points[-1])
    columns = np.array(points).T
    _, slopes = program.batch(*columns, reduce=None)
    _, grads = program.value_and_grad(*(made(library, x) for x in columns))
    near(np.broadcast_to(np.asarray(grads), (2, 2)), slopes)


def network(parameters, x):
    net = MLP(2, [3, 1], seed=0)
    rest = iter(parameters)
    for layer in net.layers:
        for neuron in layer.neurons:
            neuron.w = [next(rest) for _ in neuron.w]
            neuron.b = next(rest)
    return sigmoid(net(x))


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_network_on_samples_and_parameters(library):
    w, x = np.random.default_rng(0).normal(size=13), np.random.default_rng(1).normal(size=(5, 2))
    program = record(network, w, x[0])
    values, (by_w, by_x) = program.batch(w, x, reduce=None)
    found, (dw, dx) = program.value_and_grad(made(library, w), made(library, x))
    near(found, values)
    near(dw, by_w)
    near(dx, by_x)
    near(program(made(library, w), made(library, x)), values)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("reduce", ["sum", "mean", None])
def test_a_batch_is_numpys(library, reduce):
    w, x = np.random.default_rng(0).normal(size=13), np.random.default_rng(1).normal(size=(5, 2))
    line = record(lambda a, b, c: a * b + c, 1.0, 1.0, 1.0)  # by numbers, of which one varies
    for program, given in [
        (record(network, w, x[0]), (w, x)),
        (record(network, w, x[0], wrt=0), (w, x)),
        (record(network, w, x[0], wrt=1), (np.tile(w, (5, 1)), x)),
        (line, (2.0, x[:, 0], -1.0)),
        (record(lambda a, b: 3 * a, 1.0, 1.0), (x[0, 0], x[:, 0])),  # does not depend on samples
    ]:
        value, slopes = program.batch(*given, reduce=reduce)
        found, grads = program.batch(*(made(library, each) for each in given), reduce=reduce)
        near(found, value)
        slopes, grads = (each if type(each) is tuple else (each,) for each in (slopes, grads))
        for g, expected in zip(grads, slopes, strict=True):
            near(g, expected)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_batch_of_two_outputs_on_two_axes(library):
    two = record(lambda w, x: [w * x, w + x], 1.0, 2.0)
    product, total = two.batch(3.0, made(library, X), reduce=None, gradient=False)
    near(product, 3 * X)
    near(total, 3 + X)
    square = record(lambda w, x: w * x * x, 1.0, 2.0, wrt=0)
    value, slope = square.batch(3.0, made(library, X.reshape(2, 2)), reduce="mean")
    near([value, slope], [3 * (X**2).mean(), (X**2).mean()])


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_batch_of_a_model(library):
    net, x = MLP(2, [3, 1], seed=0), np.random.default_rng(1).normal(size=(5, 2))
    program = record(lambda net, x: sigmoid(net(x)), net, x[0], wrt=0)
    value, slopes = program.batch(net, x)
    numbers = made(library, [v.data for v in net.parameters()])
    for model in (net, numbers):
        found, grads = program.batch(model, made(library, x))
        near(found, value)
        near(grads, slopes)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_batch_that_is_none(library):
    program = record(lambda w, x: w * x, 1.0, 2.0)
    one, three, four = made(library, 1.0), made(library, X[:3]), made(library, X)
    for given, said in [
        ((one, one), "no argument has an axis of samples; call the program instead"),
        ((three, four), "arrays of 3 and of 4 samples"),
        ((one, three[:0]), "a batch needs one sample at least"),
    ]:
        with pytest.raises(ValueError, match=said):
            program.batch(*given)


@pytest.mark.jax
def test_under_jit_and_vmap():
    w, x = np.random.default_rng(0).normal(size=13), np.random.default_rng(1).normal(size=(5, 2))
    program = record(network, w, x[0], wrt=0)
    each = jax.jit(jax.vmap(program.value_and_grad, in_axes=(None, 0)))
    values, slopes = each(jax.numpy.asarray(w), jax.numpy.asarray(x))
    expected, by_w = program.batch(w, x, reduce=None)
    near(values, expected)
    near(slopes, by_w)
    near(
        jax.grad(lambda w: program(w, jax.numpy.asarray(x)).sum())(jax.numpy.asarray(w)),
        by_w.sum(axis=0),
    )


@pytest.mark.torch
def test_tensors_carry_their_own_gradients():
    w = torch.tensor(np.random.default_rng(0).normal(size=13), requires_grad=True)
    x = torch.tensor([0.3, -0.4], dtype=torch.float64)
    program = record(network, np.zeros(13), np.zeros(2), wrt=0)
    value, slopes = program.value_and_grad(w, x)
    value.backward()
    near(slopes.detach(), w.grad)


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_cannot_be_checked_there_is_refused(library):
    program = record(lambda x: x * 2 if x > 0 else x, 1.0)
    with pytest.raises(GuardError, match=f"cannot be checked on arrays of {library}"):
        program(made(library, 1.0))
    with pytest.raises(ValueError, match=r"argument 0 has shape \(3,\)"):
        record(lambda x: x.sum(), np.ones(2))(made(library, np.ones(3)))

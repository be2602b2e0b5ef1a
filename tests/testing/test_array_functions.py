"""Arrays of Values on which np.maximum and its like are operations of the table."""

import sys
import threading

import numpy as np
import pytest

from autograd_lite import Value
from autograd_lite.testing.array_functions import ValueArray, arrays_hold_values

NUMBERS = np.array([-1.5, 0.25, 2.0])


def value_array(numbers=NUMBERS):
    array = np.empty(np.shape(numbers), dtype=object)
    array.ravel()[:] = [Value(x) for x in np.ravel(numbers)]
    return array.view(ValueArray)


def floats(x):
    return np.array([float(v) for v in np.ravel(x)]).reshape(np.shape(x))


@pytest.mark.parametrize(
    ("f", "operation"),
    [
        (lambda x: np.maximum(x, 0.5), "maximum"),
        (lambda x: np.maximum(0.5, x), "maximum"),
        (lambda x: np.minimum(x, x[::-1]), "minimum"),
        (lambda x: np.clip(x, -1, 1), "minimum"),
        (lambda x: x.clip(-1, 1), "minimum"),
        (lambda x: np.maximum(x[:, None], [0.0, 1.0]), "maximum"),
        (lambda x: np.maximum(2 * x, 0), "maximum"),
    ],
)
def test_choices_are_operations(f, operation):
    found = f(value_array())
    assert type(found) is ValueArray
    assert {v.op.name for v in found.flat} == {operation}
    np.testing.assert_array_equal(floats(found), f(NUMBERS))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.maximum.reduce(x),
        lambda x: np.maximum.accumulate(x),
        lambda x: np.max(x),
        lambda x: np.clip(x, None, 1),
        lambda x: np.where(x > 0, x, 0.0),
        lambda x: np.add.outer(x, x).T,
        lambda x: np.concatenate([x, x * x]),
        lambda x: np.sort(x),
        lambda x: x.sum(),
        lambda x: np.exp(x) / np.exp(x).sum(),
    ],
)
def test_all_else_is_numpys(f):
    np.testing.assert_allclose(floats(f(value_array())), f(NUMBERS), rtol=1e-15)


MATRIX = np.array([[0.5, -1.25, 2.0], [1.5, 0.75, -0.25]])


def filled(x):
    out = np.zeros((2, 3))
    for i in range(2):
        out[i] = 2 * x[i]
    return np.tanh(out)


def added(x):
    out = np.zeros_like(MATRIX)  # of floats, not of x
    np.add.at(out, ([0, 0, 1],), x[[0, 1, 1]])
    return out


def padded(x):
    out = np.empty((4, 5))
    out[:] = 0.5
    out[1:-1, 1:-1] = x
    return out


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.einsum("ij,kj->ik", x, MATRIX),
        lambda x: np.einsum("...ij,ij->j", x, x),
        lambda x: np.exp(np.pad(x, ((1, 0), (2, 1)))),
        lambda x: np.pad(x, 1, mode="edge"),
        lambda x: np.var(x, axis=0) + np.std(x, axis=0, ddof=1) + x.var(axis=0),
        lambda x: np.tensordot(x, MATRIX.T, axes=1),
        lambda x: np.logaddexp(x, 0.5),
        lambda x: np.exp(np.where(x > 0, x, 0)),
        lambda x: np.maximum(np.where(x > 0, x, 0.0), 0.1),
        lambda x: x[x > 0] ** 2,
        lambda x: np.linalg.norm(x, axis=1, keepdims=True) * x,
        lambda x: np.exp(np.concatenate([x, np.ones((2, 1))], axis=1)),
        lambda x: np.maximum(np.stack([x, -x]), 0.5),
        lambda x: np.fmax(x, 0.1) - np.fmin(x, 0.1),
        lambda x: np.clip(x, None, 1) + np.clip(x, 0, None),
        lambda x: np.where(np.isnan(x) | ~np.isfinite(x), 0, x),
        lambda x: np.hypot(x, 1.0) + np.arctan2(x, 2.0) + np.log1p(x * x),
        lambda x: x.astype(float) * x.astype(np.float32, copy=False),
        lambda x: np.array(x, dtype=float) * np.asarray(x, np.float64),
        lambda x: np.maximum(np.array([list(r) for r in x]), 0.0),
        lambda x: np.lib.stride_tricks.sliding_window_view(x, (2, 2)).sum(axis=(2, 3)),
        lambda x: np.take_along_axis(x, np.array([[2], [0]]), axis=1),
        lambda x: np.split(x, 3, axis=1)[1],
        lambda x: np.full((2, 3), 0.5) * x + np.ones_like(x) + np.full_like(x, 2.0),
        filled,
        added,
        padded,
    ],
)
def test_what_layers_are_written_with(f):
    x = value_array(MATRIX)
    with arrays_hold_values(f):
        found = f(x)
    assert type(found) is ValueArray and found.dtype == object
    assert any(isinstance(v, Value) for v in found.flat)
    np.testing.assert_allclose(floats(found), f(MATRIX), rtol=1e-14)


def test_only_the_users_modules_see_other_functions():
    before = np.zeros

    def f():
        assert np.zeros is not before and np.zeros(2).dtype == object
        assert np.zeros(2, dtype=int).dtype.kind == "i" and np.array([0.5]).dtype.kind == "f"
        assert np.random.rand(3).dtype == np.random.default_rng(0).random(3).dtype  # noqa: NPY002
        assert np.linalg.inv(np.array([[2.0]])).tolist() == [[0.5]]
        assert sys.modules["numpy"].zeros is before
        found = []
        thread = threading.Thread(target=lambda: found.append(np.zeros(2).dtype))
        thread.start()
        thread.join()
        assert found == [np.float64]
        raise KeyError

    with pytest.raises(KeyError), arrays_hold_values(f):
        f()
    assert np.zeros is before and np.zeros(2).dtype == float


def test_in_place():
    x = value_array()
    y = x.copy()
    before = y
    y += x
    y *= [1.0, 2.0, 3.0]
    assert y is before and type(y) is ValueArray
    np.maximum(y, 0, out=y)
    assert floats(y).tolist() == [0.0, 1.0, 12.0] and x[0].data == -1.5

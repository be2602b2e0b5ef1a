"""Arrays of Values on which np.maximum and its like are operations of the table."""

import numpy as np
import pytest

from autograd_lite import Value
from autograd_lite.testing.array_functions import ValueArray

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


def test_in_place():
    x = value_array()
    y = x.copy()
    before = y
    y += x
    y *= [1.0, 2.0, 3.0]
    assert y is before and type(y) is ValueArray
    np.maximum(y, 0, out=y)
    assert floats(y).tolist() == [0.0, 1.0, 12.0] and x[0].data == -1.5

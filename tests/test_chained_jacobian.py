"""The chain rule with all its indices: products of Jacobians against that of the composition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import (
    DomainError,
    Value,
    chained_jacobian,
    cos,
    derivative,
    exp,
    grad,
    jacobian,
    linalg,
    log,
    maximum,
    sin,
    tanh,
    total_derivative,
)

MANY = settings(derandomize=True, deadline=None, max_examples=60)
A = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]])


def near(x):
    return pytest.approx(np.array(x, dtype=float), rel=1e-13, abs=1e-13)


def bowl(x1, x2):
    return x1**2 + 2 * x2


COMPOSED = [  # f, g, the composition, the point, the shape of ∂f/∂x
    (sin, exp, lambda x: sin(exp(x)), (0.5,), ()),
    (lambda x: [x, x**2], exp, lambda x: [exp(x), exp(2 * x)], (0.5,), (2,)),
    (bowl, lambda s, t: [s * t, s + t**2], None, (1.5, 0.5), (2,)),
    (lambda x, y: [x * y], lambda t: [sin(t), cos(t)], None, (0.7,), (1,)),
    (sin, lambda s, t: s * t, lambda s, t: sin(s * t), (2.0, 0.3), (2,)),
    (sin, lambda s, t: [s * t], lambda s, t: sin(s * t), (2.0, 0.3), (2,)),  # a list of one
    (lambda u: u @ u, lambda x: A @ x, None, (np.array([1.0, -1.0, 2.0]),), (3,)),
    (lambda u: A @ u, lambda x: A.T @ x, None, (np.array([1.0, -1.0]),), (2, 2)),
    (lambda u: u[0], lambda x: A @ x, None, (np.ones(3),), (3,)),  # only one of two is used
    (linalg.inv, lambda X: X @ X.T, None, (A[:, :2],), (2, 2, 2, 2)),
    (linalg.det, lambda X: X @ X.T, None, (A,), (2, 3)),
    (lambda X: X @ A, lambda t: np.array([[t, t**2], [1.0, 3 * t]]), None, (2.0,), (2, 3)),
    (lambda X: X @ A, lambda t: [[t, t**2], [1.0, 3 * t]], None, (2.0,), (2, 3)),
    (lambda x, y: [x + y, 7.0], lambda x: [x, 2.0], None, (3.0,), (2,)),  # constants
]


@pytest.mark.parametrize(("f", "g", "composed", "point", "shape"), COMPOSED)
def test_the_product_is_the_jacobian_of_the_composition(f, g, composed, point, shape):
    got = chained_jacobian(f, g)(*point)
    composed = composed or (
        lambda *x: f(*y) if isinstance(y := g(*x), list) and np.ndim(y) == 1 else f(np.array(y))
    )
    assert got.shape == shape and got.dtype == float
    assert got == near(jacobian(composed)(*point))


def test_a_chain_of_four():
    got = chained_jacobian(sum, lambda u: tanh(u[0]) * u, lambda x: A @ x, lambda t: t * A[0])
    t = 0.1  # sum(tanh(14t)·(14t, 10t)) by t
    assert got(t) == near(14 * (1 - math.tanh(14 * t) ** 2) * 24 * t + math.tanh(14 * t) * 24)


def test_of_one_function_it_is_its_jacobian():
    assert chained_jacobian(bowl)(1.0, 2.0) == near([2, 2])


@MANY
@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_linear_maps_are_multiplied(m, n, p, seed):
    rng = np.random.default_rng(seed)
    B, C, x = rng.normal(size=(m, n)), rng.normal(size=(n, p)), rng.normal(size=p)
    assert chained_jacobian(lambda u: B @ u, lambda x: C @ x)(x) == near(B @ C)


def test_it_can_be_differentiated_again():
    # d²/dt² of sin²t + 2 cos t = 2 cos 2t − 2 cos t
    second = derivative(lambda t: total_derivative(bowl, sin, cos)(t))
    assert second(0.7) == near(2 * math.cos(1.4) - 2 * math.cos(0.7))
    t = Value(0.7, label="t")
    slope = total_derivative(bowl, sin, cos)(t)
    slope.backward()
    assert t.grad == near(2 * math.cos(1.4) - 2 * math.cos(0.7))
    assert jacobian(lambda s, t: chained_jacobian(bowl, lambda s, t: [s * t, s + t**2])(s, t))(
        1.5, 0.5
    ) == near([[0.5, 3], [3, 8.5]])  # f = s²t² + 2s + 2t²


def test_the_gradients_of_the_point_are_left_alone():
    t = Value(0.7)
    total_derivative(bowl, sin, cos)(t)
    assert not t.has_grad


@pytest.mark.parametrize(
    ("f", "inner", "t", "expected"),
    [
        (bowl, (sin, cos), (0.7,), -0.30298564448692195),  # 004, (5.50)
        (bowl, (lambda s, t: s * t, lambda s, t: s + t**2), (1.5, 0.5), [2.75, 4.25]),  # (5.53)
        (lambda t, x: t * x, (lambda t: t, exp), (1.0,), 2 * math.e),  # t itself: ∂f/∂t + …
        (exp, (sin,), (0.0,), 1),
        (lambda x, y: 7.0, (sin, cos), (0.7,), 0),
        (lambda x, y: x + 0 * y, (lambda t: 3.0, cos), (0.7,), 0),
        (maximum, (lambda t: t, lambda t: 2 - t), (1.0,), 0),  # a tie: ½ of each
    ],
)
def test_total_derivative(f, inner, t, expected):
    got = total_derivative(f, *inner)(*t)
    assert got == near(expected)
    assert isinstance(got, np.ndarray if np.ndim(expected) else float)
    assert got == near(grad(lambda *t: f(*(x(*t) for x in inner)))(*t))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: chained_jacobian(), TypeError, "a function is needed"),
        (lambda: total_derivative(bowl), TypeError, "functions x₁.t., … .* are missing"),
        (
            lambda: chained_jacobian(lambda x, y, z: x, lambda t: [t, t])(1.0),
            TypeError,
            r"function 1 takes \(x, y, z\), but function 2, inside it, gives 2 numbers",
        ),
        (
            lambda: chained_jacobian(sum, bowl, lambda x: A @ x)(np.ones(3)),
            TypeError,
            r"function 2 takes \(x1, x2\), but function 3, inside it, gives an array of shape \(2,",
        ),
        (
            lambda: chained_jacobian(lambda u: A @ u, lambda x: A @ x)(np.ones(3)),
            ValueError,
            "mismatch",  # NumPy's own
        ),
        (lambda: total_derivative(bowl, sin)(1.0), TypeError, "gives one number"),
        (lambda: total_derivative(log, sin)(0.0), DomainError, "log"),
    ],
)
def test_bad_input(call, error, text):
    with pytest.raises(error, match=text):
        call()

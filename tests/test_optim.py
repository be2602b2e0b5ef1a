"""Gradient descent: the iterates of the notes, and that nothing is half-updated."""

import math

import pytest

from autograd_lite import Value
from autograd_lite.nn import Perceptron, half_squared_error
from autograd_lite.optim import GradientDescent, NonFiniteGradientError


def descended(f, start, lr, steps):
    x = [Value(s) for s in start]
    rule = GradientDescent(x, lr=lr)
    path = [[v.data for v in x]]
    for _ in range(steps):
        rule.zero_grad()
        f(*x).backward()
        rule.step()
        path.append([v.data for v in x])
    return path


@pytest.mark.parametrize(
    ("f", "start", "lr", "iterates"),
    [
        (  # 000 §2.4, f = x² + y²
            lambda x, y: x**2 + y**2,
            [2, 3],
            0.1,
            [[2, 3], [1.6, 2.4], [1.28, 1.92], [1.024, 1.536]],
        ),
        (  # 003, p. 22: e^x − log x from 0.05
            lambda x: x.exp() - x.log(),
            [0.05],
            0.005,
            [[0.05], [0.14474364451811988], [0.1735087592998671], [0.19637839272461702]],
        ),
        (lambda x: x**2, [1.0], 1.1, [[1], [-1.2], [1.44], [-1.728]]),  # too large a rate
    ],
)
def test_iterates(f, start, lr, iterates):
    for ours, theirs in zip(descended(f, start, lr, 3), iterates, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_one_step_of_the_regression_perceptron():
    p = Perceptron(2)
    p.load_state_dict({"w1": 0.5, "w2": 0.25, "b": 0.1})
    half_squared_error(2, p([1.5, -2])).backward()
    GradientDescent(p.parameters(), lr=0.1).step()
    after = {"w1": 0.7475, "w2": -0.08, "b": 0.265}  # 003, p. 29
    assert p.state_dict() == pytest.approx(after, rel=1e-12)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_moves_nothing(bad):
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    a.grad, b.grad = 1.0, bad
    with pytest.raises(NonFiniteGradientError, match="the gradient of b is"):
        GradientDescent([a, b], lr=0.1).step()
    assert (a.data, b.data) == (1.0, 2.0)

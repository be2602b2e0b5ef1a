"""Losses and penalties: values and slopes by their closed forms, at the extremes too."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import DomainError, Value
from autograd_lite.nn import (
    Perceptron,
    absolute_error,
    half_mean_squared_error,
    half_squared_error,
    hinge_loss,
    l1_penalty,
    l2_penalty,
    log_loss,
    log_loss_from_logit,
    mean_squared_error,
    softmax_cross_entropy,
)
from tests.labelled import Series

MANY = settings(derandomize=True, deadline=None, max_examples=200)
MOST = 1e308
LOG2 = 0.6931471805599453


def near(x, rel=1e-13):
    return pytest.approx(x, rel=rel, abs=1e-300)


def with_slopes(loss, *numbers):
    """(loss, slopes) at the numbers."""
    leaves = [Value(x) for x in numbers]
    y = loss(leaves)
    assert isinstance(y, Value)
    y.backward()
    return y.data, [v.grad for v in leaves]


# ---- one prediction ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "y", "prediction", "value", "slope"),
    [
        (half_squared_error, 2, 0.35, 1.36125, -1.65),  # 003, p. 28
        (half_squared_error, 1, 0.5939145336149995, 0.0824527030045617, -0.4060854663850005),
        (half_squared_error, -1.5, -1.5, 0, 0),
        (half_squared_error, 0, 1e200, math.inf, 1e200),
        (half_squared_error, 0, -1e-200, 0, -1e-200),
        (absolute_error, 2, 0.35, 1.65, -1),
        (absolute_error, 2, 5, 3, 1),
        (absolute_error, 2, 2, 0, 0),  # the corner: 0 by convention
        (absolute_error, -MOST, 0.5e308, 1.5e308, 1),
        (hinge_loss, 1, 0.25, 0.75, -1),
        (hinge_loss, -1, 0.25, 1.25, 1),
        (hinge_loss, -1.0, -3, 0, 0),
        (hinge_loss, 1, 3, 0, 0),
        (hinge_loss, 1, 1, 0, 0),  # on the margin: relu′(0) = 0
        (hinge_loss, np.int64(1), -1e6, 1000001, -1),
        (log_loss, 1, 0.25, 2 * LOG2, -4),
        (log_loss, 0, 0.25, 0.2876820724517809, 4 / 3),
        (log_loss, 0.5, 0.25, 0.8369882167858358, -4 / 3),
        (log_loss, True, 0.5, LOG2, -2),
        (log_loss, 1, 1, 0, -1),
        (log_loss, 0, 0, 0, 1),
        (log_loss, 1, 1e-300, 690.7755278982137, -1e300),
        (log_loss, 0, 1 - 2.0**-53, 36.7368005696771, 2.0**53),
        (log_loss_from_logit, 1, 0, LOG2, -0.5),
        (log_loss_from_logit, 0, 0, LOG2, 0.5),
        (log_loss_from_logit, 0.5, 0, LOG2, 0),
        (log_loss_from_logit, 1, 1e6, 0, 0),
        (log_loss_from_logit, 0, 1e6, 1e6, 1),
        (log_loss_from_logit, 1, -1e6, 1e6, -1),
        (log_loss_from_logit, 0, -1e6, 0, 0),
        (log_loss_from_logit, 0.25, 1e6, 750000, 0.75),
        (log_loss_from_logit, 0.25, -1e6, 250000, -0.25),
        (log_loss_from_logit, 1, -MOST, MOST, -1),
        (log_loss_from_logit, 0, MOST, MOST, 1),
    ],
)
def test_a_loss_of_one_prediction(loss, y, prediction, value, slope):
    assert with_slopes(lambda v: loss(y, v[0]), prediction) == (near(value), [near(slope)])


@given(y=st.sampled_from([0.0, 1.0, 0.25, 0.9]), z=st.floats(-1e6, 1e6))
@MANY
def test_log_loss_of_a_logit_beside_mpmath(y, z):
    """Both are exact to the last digits, where σ(z) is 0 or 1 in floats too; the slope is σ − y."""
    with mpmath.workdps(400):
        exact = y * mpmath.log1p(mpmath.exp(-z)) + (1 - y) * mpmath.log1p(mpmath.exp(z))
        right, left = 1 / (1 + mpmath.exp(-z)), 1 / (1 + mpmath.exp(z))
        slope = -left if y == 1 else right if y == 0 else right - y
    value, (ours,) = with_slopes(lambda v: log_loss_from_logit(y, v[0]), z)
    assert value == near(float(exact), 1e-14)
    assert ours == pytest.approx(float(slope), rel=1e-13, abs=1e-16 if 0 < y < 1 else 1e-300)


@given(y=st.sampled_from([0.0, 1.0, 0.25, 0.9]), p=st.floats(1e-9, 1 - 1e-9))
@MANY
def test_log_loss_of_a_probability_beside_mpmath(y, p):
    """The slope is −y/p + (1 − y)/(1 − p): 003, p. 33.  1 − p is rounded, by 1.1e-16 at most."""
    with mpmath.workdps(50):
        q = mpmath.mpf(p)
        exact = -y * mpmath.log(q) - (1 - y) * mpmath.log(1 - q)
        parts = -y / q, (1 - y) / (1 - q)
    value, (slope,) = with_slopes(lambda v: log_loss(y, v[0]), p)
    lost = 1.2e-16 / (1 - p)
    assert value == pytest.approx(float(exact), rel=1e-13, abs=lost)
    largest = float(max(map(abs, parts)))
    assert slope == pytest.approx(float(sum(parts)), rel=1e-13, abs=(lost + 1e-15) * largest)


def test_a_prediction_may_be_a_number_and_a_target_a_value():
    assert half_squared_error(2, 0.35).data == near(1.36125)
    assert hinge_loss(1, 0.25).data == 0.75
    assert log_loss(1, 0.5).data == near(LOG2)
    assert with_slopes(lambda v: half_squared_error(*v), 2.0, 0.5) == (1.125, [1.5, -1.5])
    assert with_slopes(lambda v: absolute_error(*v), 2.0, 0.5) == (1.5, [1, -1])


# ---- several predictions -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "ys", "predictions", "value", "slopes"),
    [
        (mean_squared_error, [2, 5, 3], [2, 3, 4], 5 / 3, [0, -4 / 3, 2 / 3]),
        (mean_squared_error, [2], [0.5], 2.25, [-3]),
        (mean_squared_error, (2, 5, 3), [0, 0, 0], 38 / 3, [-4 / 3, -10 / 3, -2]),  # 003, p. 25
        (half_mean_squared_error, [2, 5, 3], [0, 0, 0], 19 / 3, [-2 / 3, -5 / 3, -1]),  # p. 27
        (half_mean_squared_error, np.array([2.0, 5.0]), [1, 1], 4.25, [-0.5, -2]),
    ],
)
def test_a_mean_of_losses(loss, ys, predictions, value, slopes):
    assert with_slopes(lambda v: loss(ys, v), *predictions) == (
        near(value),
        [near(s) for s in slopes],
    )


def test_the_cost_of_linear_regression():
    """003, p. 27: (m, b) = (0, 0) on (1, 2), (2, 5), (3, 3)."""
    m, b = Value(0.0), Value(0.0)
    cost = half_mean_squared_error([2, 5, 3], [m * x + b for x in (1, 2, 3)])
    cost.backward()
    assert (cost.data, m.grad, b.grad) == (near(19 / 3), near(-7), near(-10 / 3))


@pytest.mark.parametrize(
    ("target", "logits", "value", "slopes"),
    [
        (0, [1, 1], LOG2, [-0.5, 0.5]),
        (1, [0, 0, 0, 0], 2 * LOG2, [0.25, -0.75, 0.25, 0.25]),
        (2, [0, math.log(2), math.log(5)], 0.4700036292457356, [0.125, 0.25, -0.375]),
        (0, [7.0], 0, [0]),
        (0, [1000, 0], 0, [0, 0]),
        (1, [1000, 0], 1000, [1, -1]),
        (1, [1e6, -1e6], 2e6, [1, -1]),
        (0, [-1e6, -1e6], LOG2, [-0.5, 0.5]),
        (1, [MOST, MOST], LOG2, [0.5, -0.5]),
        (1, [MOST, 0], MOST, [1, -1]),
        (0, [MOST, -MOST], 0, [0, 0]),
    ],
)
def test_softmax_cross_entropy(target, logits, value, slopes):
    ours, gradient = with_slopes(lambda v: softmax_cross_entropy(target, v), *logits)
    assert ours == near(value)
    assert gradient == pytest.approx(slopes, rel=1e-13, abs=1e-16)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=6), st.data())
@MANY
def test_softmax_cross_entropy_beside_mpmath(logits, draw):
    """The slopes are softmax(z) − 1 at the target, softmax(z) elsewhere."""
    target = draw.draw(st.integers(0, len(logits) - 1))
    with mpmath.workdps(50):
        powers = [mpmath.exp(z) for z in logits]
        total = mpmath.fsum(powers)
        exact = mpmath.log(total / powers[target])
        expected = [float(p / total - (i == target)) for i, p in enumerate(powers)]
    value, slopes = with_slopes(lambda v: softmax_cross_entropy(target, v), *logits)
    assert value == pytest.approx(float(exact), rel=1e-13, abs=1e-15)
    assert slopes == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("logits", "target", "towards"), [([0, 0, 36], 0, 1), ([0, 0, 40], 1, 0), ([0, -5, 30], 1, 0)]
)
def test_slopes_of_improbable_classes_keep_their_digits(logits, target, towards):
    _, slopes = with_slopes(lambda v: softmax_cross_entropy(target, v), *map(float, logits))
    exact = math.exp(logits[towards]) / sum(map(math.exp, logits))
    assert slopes[towards] == pytest.approx(exact, rel=1e-13)


def test_two_classes_are_the_log_loss_of_the_difference():
    for z in (-30.0, -1.0, 0.0, 2.5):
        two = softmax_cross_entropy(0, [Value(z), Value(0.0)]).data
        assert two == pytest.approx(log_loss_from_logit(1, z).data, rel=1e-12)


# ---- penalties -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("penalty", "weight", "parameters", "value", "slopes"),
    [
        (l1_penalty, 0.1, [3, -4], 0.7, [0.1, -0.1]),
        (l1_penalty, 2, [0.0], 0, [0]),  # |θ|′(0) = 0
        (l2_penalty, 0.1, [3, -4], 2.5, [0.6, -0.8]),
        (l2_penalty, 0.5, [0.0, 2.0], 2, [0, 2]),  # with ½·λ: the slope λ·θ of weight decay
        (l2_penalty, 0.0, [1.0], 0, [0]),
    ],
)
def test_penalties(penalty, weight, parameters, value, slopes):
    ours = with_slopes(lambda v: penalty(iter(v), weight), *parameters)
    assert ours == (near(value), [near(s) for s in slopes])


def test_a_penalty_on_a_model():
    model = Perceptron(2)
    model.load_state_dict({"w1": 3.0, "w2": -4.0, "b": 1.0})
    loss = half_squared_error(2, model([1.0, 1.0])) + l2_penalty(model.parameters(), 0.5)
    loss.backward()
    assert loss.data == near(2 + 13)
    assert [p.grad for p in model.parameters()] == [near(g) for g in (-2 + 3, -2 - 4, -2 + 1)]


# ---- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: log_loss(1, Value(0.0, label="p")),
            DomainError,
            r"log\(a\) with a = 0\.0 \('p'\)",
        ),
        (lambda: log_loss(0, 1.0), DomainError, r"log\(a\) with a = 0\.0"),
        (lambda: log_loss(0.5, 1.0), DomainError, r"log\(a\) with a = 0\.0"),
        (lambda: log_loss(1, -0.1), DomainError, r"log\(a\) with a = -0\.1"),
        (lambda: log_loss(0, 1.5), DomainError, r"log\(a\) with a = -0\.5"),
        (lambda: log_loss(2, 0.5), ValueError, r"y = 2\.0: the target of a log loss is a number f"),
        (lambda: log_loss(-0.1, 0.5), ValueError, r"y = -0\.1"),
        (lambda: log_loss(math.nan, 0.5), ValueError, "y = nan"),
        (lambda: log_loss("1", 0.5), TypeError, r"y = '1': a target is one number here; write Val"),
        (lambda: half_squared_error([1], 0.5), TypeError, r"y = \[1\]: a target is one number"),
        (lambda: absolute_error(np.array([1.0]), 0.5), TypeError, r"y = array\(\[1.\]\): a target"),
        (lambda: hinge_loss({1}, 0.5), TypeError, r"y = \{1\}: a target is one number"),
        (lambda: mean_squared_error(["1"], [0.5]), TypeError, "y = '1': a target is one number"),
        (lambda: mean_squared_error({1}, [0.5]), TypeError, r"ys is \{1\} \(set\); give a list"),
        (lambda: mean_squared_error([1], {"a": 0.5}), TypeError, r"yhats is .* \(dict\); give a"),
        (lambda: mean_squared_error([1], Value(0.5)), TypeError, r"yhats is Value.*; give a list"),
        (
            lambda: softmax_cross_entropy(0, {1.0, 2.0}),
            TypeError,
            "logits is .* .set.; give a list",
        ),
        (lambda: l2_penalty({Value(1.0)}, 0.1), TypeError, "parameters is .* .set.; give a list"),
        (lambda: log_loss_from_logit(2, 0.5), ValueError, r"y = 2\.0"),
        (lambda: log_loss_from_logit(math.nan, 0.5), ValueError, "y = nan"),
        (lambda: hinge_loss(0, 0.5), ValueError, "y = 0: the target of a hinge loss is −1 or 1"),
        (lambda: hinge_loss(math.nan, 0.5), ValueError, "y = nan"),
        (lambda: mean_squared_error([1, 2], [Value(1.0)]), ValueError, "2 targets and 1 predictio"),
        (lambda: mean_squared_error([], []), ValueError, "0 targets and 0 predictions"),
        (lambda: half_mean_squared_error([1], []), ValueError, "1 targets and 0 predictions"),
        (lambda: softmax_cross_entropy(2, [1.0, 2.0]), ValueError, "target = 2: it is an index b"),
        (lambda: softmax_cross_entropy(-1, [1.0, 2.0]), ValueError, "target = -1"),
        (lambda: softmax_cross_entropy(0, []), ValueError, "target = 0: it is an index below 0"),
        (lambda: l1_penalty([], 0.1), ValueError, "a sum of no terms"),
        (lambda: l2_penalty(iter([]), 0.1), ValueError, "a sum of no terms"),
        (lambda: half_squared_error(1, "0.5"), TypeError, "a Value holds one number"),
        (lambda: half_squared_error(1, [0.5]), TypeError, "a Value holds one number"),
    ],
)
def test_what_has_no_loss_is_an_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("kind", [list, tuple, np.array, iter, Series])
def test_targets_and_predictions_are_taken_by_position(kind):
    assert mean_squared_error(kind([2, 5, 3]), kind([2.0, 3.0, 4.0])).data == 5 / 3
    assert softmax_cross_entropy(1, kind([0.0, 2.0])).data == near(math.log1p(math.exp(-2)))


@pytest.mark.parametrize("loss", [half_squared_error, absolute_error, log_loss_from_logit])
def test_nan_stays_nan(loss):
    assert math.isnan(loss(1, math.nan).data)

"""``fit`` beside a plain-float implementation of its own, and how a training ends."""

import importlib.util
import io
import math
import subprocess
import sys
import types
from functools import partial
from importlib.machinery import ModuleSpec

import numpy as np
import pytest

from autograd_lite import DomainError, Value
from autograd_lite.errors import NonFiniteGradientError
from autograd_lite.nn import (
    DeepNetwork,
    Module,
    Perceptron,
    half_squared_error,
    log_loss,
    log_loss_from_logit,
    mean_squared_error,
    softmax_cross_entropy,
)
from autograd_lite.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    Newton,
    RMSprop,
    minibatches,
)
from autograd_lite.train import History, accuracy, evaluate, fit
from tests.labelled import Frame, Series

# 003, p. 1: how often "ya" and "na" occur in a sentence, and whether it is a happy one
WORDS, MOOD = [[3, 0], [0, 2], [2, 1], [1, 3]], [1, 0, 1, 0]
LINE = [[1.0], [2.0], [3.0]], [2.0, 5.0, 3.0]  # 003, p. 25
SAMPLES = [[0.5, -1.0], [1.5, 2.0], [-0.7, 0.3], [2.0, -0.4], [0.1, 0.9], [-1.2, -0.8], [0.6, 0.6]]
TARGETS = [1, 0, 1, 1, 0, 0, 1]
SEARCHING = partial(Newton, damping="auto", line_search=True)
RULES = [GradientDescent, SGD, Momentum, Nesterov, Adagrad, RMSprop, Adadelta, Adam, Newton]


def near(x, rel=1e-12):
    return pytest.approx(x, rel=rel, abs=1e-15)


def perceptron(w, b=0.0, activation=None):
    made = Perceptron(len(w), activation)
    made.load_state_dict({**{f"w{i}": x for i, x in enumerate(w, 1)}, "b": b})
    return made


def numbers(model):
    return [p.data for p in model.parameters()]


def descended(model, X, y, lr=0.1, **options):
    """The history of a fit by gradient descent."""
    options = {"loss": half_squared_error, "shuffle": False, **options}
    return fit(model, X, y, optimizer=GradientDescent(model.parameters(), lr=lr), **options)


# ---- what is computed ----------------------------------------------------------------------------


def test_the_sentiment_table_of_the_notes():
    """003, p. 1: mean log loss, from 0, η = 0.1; the loss of an epoch is that before its step."""
    parameters = {
        1: [0.05, -0.05, 0.0],
        2: [0.09719237146198177, -0.09719003647723776, 7.783282480019773e-07],
        3: [0.14176075009724104, -0.14174177466638588, 6.329962508586033e-06],
        10: [0.3954529627249442, -0.39347183744089054, 0.0006670734272893104],
        100: [1.5191947799363414, -1.3656705211295868, 0.056297818262440194],
    }
    losses = {0: 0.6931471805599453, 1: 0.6445525039874901, 2: 0.6012562419706458}
    losses |= {3: 0.5626391270394725, 10: 0.3828624257493457, 100: 0.07928253906779682}
    model, seen = perceptron([0.0, 0.0], activation="sigmoid"), {}

    def remember(epoch, history):
        seen[epoch + 1] = numbers(model)

    history = descended(model, WORDS, MOOD, loss=log_loss, epochs=101, callback=remember)
    assert [history.loss[k] for k in losses] == near(list(losses.values()))
    for k, expected in parameters.items():
        assert seen[k] == pytest.approx(expected, rel=1e-11, abs=1e-15)
    assert (history.stopped, history.best, len(history.loss)) == ("epochs", 100, 101)
    assert str(history) == f"101 epochs (epochs): loss {0.07928253906779682:.6g}"


@pytest.mark.parametrize(
    ("batch_size", "reduction", "lr", "epochs", "after"),
    [
        (None, "mean", 0.05, 3, [0.7822777777777777, 0.382]),  # 002 (batch gradient descent)
        (1, "mean", 0.05, 1, [0.71325, 0.38275]),  # 002 (SGD)
        (1, "sum", 0.05, 1, [0.71325, 0.38275]),
        (2, "mean", 0.05, 1, [0.58875, 0.27125]),  # 002 (mini-batch SGD)
        (None, "mean", 0.1, 3, [1.1382222222222222, 0.576]),  # 003, p. 27
        (99, "sum", 0.02, 3, [0.882336, 0.433536]),  # 003, p. 25: E is twice the sum, η = 0.01
    ],
)
def test_linear_regression_of_the_notes(batch_size, reduction, lr, epochs, after):
    line = perceptron([0.0])
    descended(line, *LINE, lr=lr, batch_size=batch_size, reduction=reduction, epochs=epochs)
    assert numbers(line) == near(after)


def sigma(z):
    return 1 / (1 + math.exp(-z))


def plainly(w, b, batch_size, lr, epochs, mean):
    """(losses, parameters) of the classification perceptron, in plain floats."""
    w, losses, n = list(w), [], len(SAMPLES)
    for _ in range(epochs):
        total = 0.0
        for start in range(0, n, batch_size):
            batch = range(start, min(start + batch_size, n))
            wrong = {i: sigma(w[0] * SAMPLES[i][0] + w[1] * SAMPLES[i][1] + b) for i in batch}
            total += sum(-math.log(p if TARGETS[i] else 1 - p) for i, p in wrong.items())
            rate = lr / len(batch) if mean else lr
            wrong = {i: p - TARGETS[i] for i, p in wrong.items()}
            w = [w[j] - rate * sum(d * SAMPLES[i][j] for i, d in wrong.items()) for j in (0, 1)]
            b -= rate * sum(wrong.values())
        losses.append(total / n if mean else total)
    return losses, [*w, b]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])  # 7 samples: the last batch may be shorter
def test_three_epochs_beside_plain_floats(size, reduction):
    expected = plainly([0.4, 0.3], -0.1, size, 0.3, 3, reduction == "mean")
    model = perceptron([0.4, 0.3], -0.1, "sigmoid")
    options = {"batch_size": size, "reduction": reduction, "epochs": 3, "lr": 0.3}
    history = descended(model, SAMPLES, TARGETS, loss=log_loss, **options)
    assert (near(history.loss), near(numbers(model))) == expected
    same = perceptron([0.4, 0.3], -0.1, "sigmoid")
    options |= {"loss": log_loss_from_logit, "predict": same.logit}
    history = descended(same, SAMPLES, TARGETS, **options)
    assert (near(history.loss), near(numbers(same))) == expected


def test_newton_finds_the_line_in_one_step():
    line = perceptron([0.0])
    rule = Newton(line.parameters())
    history = fit(line, *LINE, loss=half_squared_error, optimizer=rule, epochs=2)
    assert numbers(line) == near([1 / 2, 7 / 3])
    assert history.loss == near([19 / 3, 25 / 36])
    assert rule.hessian == near(np.array([[14 / 3, 2], [2, 1]]))


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_trains_as_it_steps(rule):
    """Beside a loop of steps that is written out."""
    model, same = (perceptron([0.4, 0.3], -0.1, "sigmoid") for _ in range(2))
    options = {"damping": 1.0} if rule is Newton else {"lr": 0.1}
    made, by_hand = rule(model.parameters(), **options), rule(same.parameters(), **options)
    options = {"shuffle": False, "epochs": 2, "batch_size": 4}
    history = fit(model, SAMPLES, TARGETS, loss=log_loss, optimizer=made, **options)
    assert (len(history.loss), history.stopped, made.steps) == (2, "epochs", 4)

    def step(batch):
        def closure():
            by_hand.zero_grad()
            loss = sum(log_loss(TARGETS[i], same(SAMPLES[i])) for i in batch) / len(batch)
            if not by_hand.differentiates:
                loss.backward()
            return loss

        by_hand.step(closure)

    for _ in range(2):
        step(range(4))
        step(range(4, 7))
    assert numbers(model) == near(numbers(same))
    assert numbers(model) != near([0.4, 0.3, -0.1], 1e-6)


def test_samples_in_arrays_vectors_and_names():
    a, b = (perceptron([0.4, 0.3], -0.1, "sigmoid") for _ in range(2))
    first = descended(a, SAMPLES, TARGETS, loss=log_loss, epochs=2)
    second = descended(b, np.array(SAMPLES), np.array(TARGETS), loss=log_loss, epochs=2)
    assert first.loss == near(second.loss) and numbers(a) == near(numbers(b))
    net = DeepNetwork([2, 2], output=None, seed=1)
    vectors = [[1.0, 0.0] if t else [0.0, 1.0] for t in TARGETS]
    losses = descended(net, SAMPLES, vectors, loss=mean_squared_error, epochs=20).loss
    assert losses[-1] < losses[0]
    kinds = ["sad", "happy"]

    def loss_of_kind(kind, scores):
        return softmax_cross_entropy(kinds.index(kind), scores)

    named = [kinds[t] for t in TARGETS]
    losses = descended(net, SAMPLES, named, loss=loss_of_kind, epochs=20).loss
    assert losses[-1] < losses[0]


KINDS = {  # of samples, and of their targets
    "tuples": (lambda X: tuple(map(tuple, X)), tuple),
    "arrays": (np.array, np.array),
    "a frame and a series": (Frame, Series),
    "a list of series": (lambda X: [Series(x) for x in X], Series),
    "a series of lists": (lambda X: Series([np.array(x) for x in X]), list),
    "iterators": (lambda X: (iter(x) for x in X), iter),
    "values of a dict": (
        lambda X: dict(enumerate(X)).values(),
        lambda y: dict(enumerate(y)).values(),
    ),
}


@pytest.mark.parametrize("backend", [None, "python"])
@pytest.mark.parametrize("kind", KINDS)
def test_samples_are_taken_by_position(kind, backend):
    """What is trained on is what is checked, evaluated and counted, whatever its index."""
    X, y = KINDS[kind]
    models = [perceptron([0.4, 0.3], -0.1, "sigmoid") for _ in range(2)]
    options = {"loss": log_loss, "epochs": 3, "batch_size": 2, "backend": backend}
    plain = {"validation": (SAMPLES, TARGETS)}
    other = {"validation": (X(SAMPLES), y(TARGETS))}
    first = descended(models[0], SAMPLES, TARGETS, **options, **plain)
    second = descended(models[1], X(SAMPLES), y(TARGETS), **options, **other)
    assert (first.loss, first.validation) == (second.loss, second.validation)
    assert numbers(models[0]) == numbers(models[1])
    by_kind = evaluate(X(SAMPLES), y(TARGETS), loss=log_loss, predict=models[1])
    assert by_kind == evaluate(SAMPLES, TARGETS, loss=log_loss, predict=models[0])
    share = accuracy(SAMPLES, TARGETS, predict=models[0])
    assert accuracy(X(SAMPLES), y(TARGETS), predict=models[1]) == share


# ---- the order of the samples --------------------------------------------------------------------


def orders(**options):
    """In which order the samples came, epoch by epoch."""
    seen = []

    def loss(y, prediction):
        seen.append(y)
        return half_squared_error(0.0, prediction)

    descended(perceptron([0.1]), [[1.0]] * 20, range(20), loss=loss, epochs=3, **options)
    return [seen[:20], seen[20:40], seen[40:]]


def test_the_order_is_that_of_the_seed():
    once, again, other = (orders(shuffle=True, seed=s, batch_size=3) for s in (5, 5, 9))
    assert once == again
    assert once[0] not in once[1:] and once[0] not in other
    for order in once:
        assert sorted(order) == list(range(20)) != order
    assert orders(shuffle=False) == [list(range(20))] * 3


def test_the_same_seed_gives_the_same_model():
    models = [perceptron([0.4, 0.3], -0.1, "sigmoid") for _ in range(3)]
    for model, seed in zip(models, (1, 1, 2), strict=True):
        options = {"shuffle": True, "seed": seed, "batch_size": 2, "epochs": 5}
        descended(model, SAMPLES, TARGETS, loss=log_loss, **options)
    assert numbers(models[0]) == numbers(models[1]) != numbers(models[2])


# ---- how a training ends -------------------------------------------------------------------------
# One sample, x = 1 and y = 2, of ŷ = w + b from 0: with e = 2 − ŷ, a step is e ← e·(1 − 2η).


def test_an_early_stop_restores_what_was_best_on_other_samples():
    """ŷ = 2(1 − 0.8ᵏ) passes 1, where the validation loss is least, after three epochs."""
    model = perceptron([0.0])
    history = descended(
        model, [[1.0]], [2.0], epochs=50, patience=3, validation=([[1.0]] * 2, [1.0] * 2)
    )
    assert history.loss == near([0.5 * (2 * 0.8**k) ** 2 for k in range(6)])
    assert history.validation == near([0.5 * (1 - 2 * 0.8**k) ** 2 for k in range(1, 7)])
    assert (history.stopped, history.best) == ("no improvement", 2)
    assert numbers(model) == near([1 - 0.8**3] * 2)
    assert str(history).startswith("6 epochs (no improvement): loss 0.214748, validation 0.113151")


@pytest.mark.parametrize(("patience", "epochs"), [(None, 9), (20, 9)])
def test_without_patience_the_last_parameters_stay(patience, epochs):
    model = perceptron([0.0])
    options = {"patience": patience, "validation": ([[1.0]], [1.0])}
    history = descended(model, [[1.0]], [2.0], epochs=epochs, **options)
    assert (history.stopped, history.best, len(history.loss)) == ("epochs", 2, 9)
    assert numbers(model) == near([1 - 0.8**9] * 2)


def test_an_early_stop_restores_what_was_best_on_the_samples_themselves():
    """The third step leads far beyond: from e = ½ to −4.5; what was best is e = ½."""
    model = perceptron([0.0])
    rates = [0.25, 0.25, 5.0, 0.01, 0.01, 0.01, 0.01]
    history = descended(model, [[1.0]], [2.0], lr=lambda t: rates[t], epochs=7, patience=2)
    assert history.loss[:4] == near([2, 0.5, 0.125, 10.125])
    assert (history.stopped, history.best) == ("no improvement", 2)
    restored = evaluate([[1.0]], [2.0], loss=half_squared_error, predict=model)
    assert restored <= min(history.loss) * (1 + 1e-12)


@pytest.mark.parametrize("patience", [None, 1])
def test_the_callback_hears_of_every_epoch(patience):
    heard = []
    history = descended(
        perceptron([0.0]),
        *([[1.0]], [2.0]),
        epochs=6,
        patience=patience,
        validation=([[1.0]], [1.0]),
        callback=lambda epoch, history: heard.append((epoch, len(history.loss))),
    )
    assert heard == [(k, k + 1) for k in range(len(history.loss))]


def raising(error, at):
    def callback(epoch, history):
        if epoch == at:
            raise error

    return callback


@pytest.mark.parametrize(
    ("error", "stopped"), [(StopIteration, "callback"), (KeyboardInterrupt, "interrupted")]
)
def test_a_callback_may_end_the_training(error, stopped):
    model = perceptron([0.0])
    history = descended(model, [[1.0]], [2.0], callback=raising(error, 1))
    assert (history.stopped, len(history.loss)) == (stopped, 2)
    assert numbers(model) == near([1 - 0.8**2] * 2)
    with pytest.raises(RuntimeError, match="of the user's own"):
        descended(model, [[1.0]], [2.0], callback=raising(RuntimeError("of the user's own"), 1))


def interrupting(loss, at):
    """The loss; when it is called for the so-manieth time, Ctrl-C is pressed."""
    count = iter(range(1, at + 1))

    def interrupted(y, prediction):
        if next(count) == at:
            raise KeyboardInterrupt
        return loss(y, prediction)

    return interrupted


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("call", "steps", "epochs"), [(4, 0, 0), (5, 1, 0), (9, 2, 1), (13, 3, 1)])
def test_ctrl_c_keeps_the_parameters_of_the_last_full_step(rule, call, steps, epochs):
    """Batches of 4 and 3: losses 1-4, 5-7, 8-11, 12-14."""
    model, same = (perceptron([0.4, 0.3], -0.1, "sigmoid") for _ in range(2))
    made, beside = rule(model.parameters(), lr=0.1), rule(same.parameters(), lr=0.1)
    options = {"batch_size": 4, "shuffle": False, "epochs": 9}
    loss = interrupting(log_loss, call)
    history = fit(model, SAMPLES, TARGETS, loss=loss, optimizer=made, **options)
    assert (history.stopped, len(history.loss), made.steps) == ("interrupted", epochs, steps)
    for batch in list(minibatches(7, 4, shuffle=False)) * (steps > 0) * 2:
        if beside.steps < steps:
            part = [SAMPLES[i] for i in batch], [TARGETS[i] for i in batch]
            fit(same, *part, loss=log_loss, optimizer=beside, shuffle=False, epochs=1)
    assert numbers(model) == numbers(same)
    assert str(History(stopped="interrupted")) == "0 epochs (interrupted): no full epoch"


class Interrupted(Value):
    """A parameter at whose assignment, once, Ctrl-C is pressed."""

    armed = False

    @property
    def data(self):
        return Value.data.fget(self)

    @data.setter
    def data(self, x):
        Value.data.fset(self, x)
        if self.armed:
            self.armed = False
            raise KeyboardInterrupt


def test_ctrl_c_within_a_step_undoes_it():
    model = perceptron([0.4, 0.3], -0.1, "sigmoid")
    model.w2 = Interrupted(0.3)

    def arm(epoch, history):
        model.w2.armed = epoch == 1

    history = descended(model, SAMPLES, TARGETS, loss=log_loss, callback=arm)
    assert (history.stopped, len(history.loss)) == ("interrupted", 2)
    assert numbers(model) == near(plainly([0.4, 0.3], -0.1, 7, 0.1, 2, True)[1])


@pytest.mark.parametrize(
    ("rule", "every"), [(GradientDescent, 11), (Adam, 11), (Nesterov, 7), (SEARCHING, 7)]
)
def test_ctrl_c_at_any_line_leaves_the_parameters_of_one_step(rule, every):
    """Of training, of the rule, and where the best parameters are put back."""
    files = ("train.py", "rules.py", "newton.py", "module.py", "nn.py")

    def trained(k):
        model, count = perceptron([0.5, -0.25], 0.125), iter(range(1, 10**9))

        def trace(frame, event, argument):
            if not frame.f_code.co_filename.endswith(files):
                return None
            if event == "line" and next(count) == k:
                raise KeyboardInterrupt
            return trace

        made = rule(model.parameters(), lr=lambda t: 0.1 if t < 2 else 9.0)
        start, seen = numbers(model), []

        def remember(epoch, history):
            seen.append(numbers(model))

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            history = fit(
                *(model, SAMPLES[:2], [1.0, 2.0]),
                loss=half_squared_error,
                optimizer=made,
                patience=1,
                epochs=5,
                callback=remember,
            )
        except KeyboardInterrupt:
            history = None
        finally:
            sys.settrace(before)
        return [start, *seen], numbers(model), history, next(count)

    ways, last, history, lines = trained(0)
    assert last in ways and (rule is SEARCHING or history.stopped == "no improvement")
    stopped = []
    for k in range(1, lines, every):
        _, found, history, _ = trained(k)
        assert found in ways
        stopped.append(history and history.stopped)
    assert stopped.count("interrupted") > 10


# ---- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "y", "loss", "error", "message"),
    [
        ([[0.5], [-5.0]], [1, 1], log_loss, DomainError, r"log\(a\) with a = -\d"),
        ([[0.5], [1e200]], [1.0, 1.0], half_squared_error, NonFiniteGradientError, "w1 is inf"),
    ],
)
def test_a_step_that_fails_leaves_the_parameters_before_it(X, y, loss, error, message):
    model = perceptron([0.5], 0.25)
    with pytest.raises(error, match=message):
        descended(model, X, y, loss=loss, batch_size=1, epochs=1)
    after = perceptron([0.5], 0.25)
    descended(after, X[:1], y[:1], loss=loss, epochs=1)
    assert numbers(model) == numbers(after)


class Mute(Module):
    def __init__(self):
        self.w = Value(1.0)


@pytest.mark.parametrize(
    ("X", "y", "options", "error", "message"),
    [
        ([[1.0]], [1.0, 2.0], {}, ValueError, "1 samples and 2 targets; as many of each"),
        ([], [], {}, ValueError, "0 samples and 0 targets"),
        ([[1.0], [math.nan]], [1.0, 2.0], {}, ValueError, r"sample 1 is not finite: \[nan, 2\.0\]"),
        ([[math.inf]], [1.0], {}, ValueError, "sample 0 is not finite"),
        ([[1.0]], [-math.inf], {}, ValueError, "sample 0 is not finite"),
        ([[1.0]], [[0.5, math.nan]], {}, ValueError, "sample 0 is not finite"),
        (np.array([[1.0], [np.nan]]), [1, 2], {}, ValueError, "sample 1 is not finite"),
        ([[math.nan]], ["happy"], {}, ValueError, "sample 0 is not finite"),
        ([[1.0, 2.0]], [1.0], {}, ValueError, "takes 1 inputs, got 2"),
        ([["one"]], [1.0], {}, TypeError, "a Value holds one number"),
        ({1.0}, [1.0], {}, TypeError, r"X is \{1.0\} \(set\); give a list, such as"),
        ({0: [1.0]}, [1.0], {}, TypeError, r"X is \{0: \[1.0\]\} \(dict\); give a list"),
        ("1", [1.0], {}, TypeError, r"X is '1' \(str\); give a list"),
        (np.array([1.0]), [1.0], {}, TypeError, r"sample 0 is np.float64\(1.0\) \(float64\); give"),
        (3, [1.0], {}, TypeError, r"X is 3 \(int\); give a list"),
        ([[1.0]], {1.0}, {}, TypeError, r"y is \{1.0\} \(set\); give a list"),
        ([[1.0]], "1", {}, TypeError, r"y is '1' \(str\); give a list"),
        ([[1.0]], 1.0, {}, TypeError, r"y is 1.0 \(float\); give a list"),
        ([{1.0}], [1.0], {}, TypeError, r"sample 0 is \{1.0\} \(set\); give a list"),
        ([{"x": 1.0}], [1.0], {}, TypeError, r"sample 0 is .* \(dict\); give a list"),
        ([[1.0]], [{1.0}], {}, TypeError, r"target 0 is \{1.0\} \(set\); give a list"),
        (
            [[1.0], [1.0, 2.0]],
            [1, 2],
            {},
            ValueError,
            r"sample 1 has shape \(2,\), sample 0 has \(1",
        ),
        (
            [[[1.0], [1.0, 2.0]]],
            [1],
            {},
            ValueError,
            r"sample 0 is ragged: \[\[1.0\], \[1.0, 2.0\]\]",
        ),
        (
            [[1.0]] * 2,
            [1.0, [1.0]],
            {},
            ValueError,
            r"target 1 has shape \(1,\), target 0 has \(\)",
        ),
        ([[[1.0], [math.nan]]], [1], {}, ValueError, "sample 0 is not finite"),
        ([[1.0]], [[2.0]], {}, TypeError, r"y = \[2.0\]: .* one number here; take its"),
        (np.ma.masked_equal([[1.0]], 1.0), [1.0], {}, ValueError, "X has masked elements; leave"),
        ([[1.0]], [1.0], {"batch_size": 0}, ValueError, "size = 0"),
        ([[1.0]], [1.0], {"reduction": "average"}, ValueError, "reduction"),
        ([[1.0]], [1.0], {"validation": ([], [])}, ValueError, "0 samples and 0 targets"),
        ([[1.0]], [1.0], {"validation": ([[1.0]], [math.nan])}, ValueError, "sample 0 is not fin"),
    ],
)
def test_bad_samples_are_refused(X, y, options, error, message):
    model = perceptron([0.5], 0.25)
    with pytest.raises(error, match=message):
        descended(model, X, y, **options)
    assert numbers(model) == [0.5, 0.25]


@pytest.mark.parametrize(
    ("optimizer", "loss", "message"),
    [
        (GradientDescent, half_squared_error, "make a rule over the model"),
        ("adam", half_squared_error, "optimizer='adam': make a rule over the model"),
        (None, "log_loss", r"loss='log_loss': a function of \(y, yhat\)"),
    ],
)
def test_what_is_no_rule_and_no_loss(optimizer, loss, message):
    model = perceptron([0.5], 0.25)
    with pytest.raises(TypeError, match=message):
        fit(model, [[1.0]], [1.0], loss=loss, optimizer=optimizer or GradientDescent(model))


@pytest.mark.parametrize("backend", [None, "python", "numpy"])
@pytest.mark.parametrize(
    "X", [[["1"], ["2"]], np.array([["1"], ["2"]]), [[1.0], ["2"]], [[1j], [2]]]
)
def test_texts_are_no_numbers_whatever_runs(X, backend):
    model = perceptron([0.5], 0.25)
    with pytest.raises(TypeError, match=r"one number|real numbers|real number, not 'complex'"):
        descended(model, X, [1.0, 2.0], backend=backend)
    assert numbers(model) == [0.5, 0.25]


def test_a_model_without_a_prediction_or_without_its_parameters():
    mute, options = Mute(), {"loss": half_squared_error, "epochs": 1}
    rule = GradientDescent(mute.parameters(), lr=0.5)
    with pytest.raises(TypeError, match="cannot be called; say what gives a prediction: predict="):
        fit(mute, [[3.0]], [2.0], optimizer=rule, **options)
    fit(mute, [[3.0]], [2.0], optimizer=rule, predict=lambda x: mute.w * x[0], **options)
    assert mute.w.data == 1 - 0.5 * 3
    with pytest.raises(RuntimeError, match="no parameter has a gradient"):
        fit(perceptron([1.0]), [[1.0]], [2.0], optimizer=rule, **options)


def test_evaluate_is_a_mean():
    line = perceptron([0.5], 7 / 3)
    value = evaluate(*LINE, loss=half_squared_error, predict=line)
    assert type(value) is float and value == near(25 / 36)
    with pytest.raises(ValueError, match="3 samples and 2 targets"):
        evaluate(LINE[0], [1.0, 2.0], loss=half_squared_error, predict=line)


ACCURACIES = [  # predictions, targets, threshold, accuracy
    ([0.2, 0.7, 0.9, 0.4], [0, 1, 0, 1], 0.5, 0.5),
    ([0.5], [0], 0.5, 1.0),  # a draw is class 0
    ([-0.1, 3.0], [0, 1], 0.0, 1.0),  # logits
    ([np.float64(0.7), True], [1.0, np.int64(1)], 0.5, 1.0),
    ([[0.1, 0.7, 0.2], (3.0, 1.0, 2.0), np.array([0.0, 0.0, 1.0])], [1, 0, 0], 0.5, 2 / 3),
    ([[Value(1.0), Value(2.0)]], [1], 0.5, 1.0),
    ([[-5.0]], [0], 0.5, 1.0),
]


@pytest.mark.parametrize(("predictions", "targets", "threshold", "expected"), ACCURACIES)
def test_accuracy(predictions, targets, threshold, expected):
    X = [[float(k)] for k in range(len(targets))]
    found = accuracy(X, targets, predict=lambda x: predictions[int(x[0])], threshold=threshold)
    assert type(found) is float and found == expected


@pytest.mark.parametrize(
    ("prediction", "target", "text"),
    [
        (0.3, 0.3, r"target 0.3: a class is one of \[0, 1\]"),
        (0.3, 2, r"target 2: a class is one of \[0, 1\]"),
        (0.3, "happy", r"target 'happy'"),
        ([0.1, 0.2, 0.7], 3, r"one of \[0, 1, 2\]"),
        ([0.1, 0.9], -1, "target -1"),
        ([], 0, r"one of \[\]"),
        (math.nan, 0, "nan is not a number"),
        ([math.nan, 1.0], 1, "is not a number"),
    ],
)
def test_accuracy_of_what_is_no_class(prediction, target, text):
    with pytest.raises(ValueError, match=text):
        accuracy([[0.0]], [target], predict=lambda x: prediction)


def test_accuracy_of_a_network():
    net = Perceptron(1, "sigmoid")
    net.load_state_dict({"w1": 2.0, "b": -3.0})
    X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 1, 1, 1]
    assert accuracy(X, y, predict=net) == 0.75
    assert accuracy(X, y, predict=net.logit, threshold=0.0) == 0.75
    with pytest.raises(ValueError, match="4 samples and 1 targets"):
        accuracy(X, [1], predict=net)


# ---- progress ------------------------------------------------------------------------------------

TQDM = """
import sys
def tqdm(things, **options):
    for thing in things:
        sys.stderr.write(f"\\r{thing} {options['unit']}")
        yield thing
"""
TRAINING = """
import sys
from autograd_lite.nn import Perceptron, half_squared_error
from autograd_lite.optim import GradientDescent
from autograd_lite.train import fit
line = Perceptron(1, seed=0)
rule = GradientDescent(line.parameters(), lr=0.1)
options = {"loss": half_squared_error, "optimizer": rule, "epochs": 3}
print(len(fit(line, [[1], [2], [3]], [2, 5, 3], progress=%s, **options).loss))
"""


@pytest.mark.parametrize(
    ("progress", "written"),
    [
        (None, b""),
        (False, b""),
        (True, b"\r0 epoch\r1 epoch\r2 epoch"),
    ],
)
def test_no_carriage_return_where_there_is_no_terminal(tmp_path, progress, written):
    (tmp_path / "tqdm.py").write_text(TQDM)  # a bar that is plain to see
    (tmp_path / "training.py").write_text(TRAINING % progress)
    command = [sys.executable, "-X", "utf8", str(tmp_path / "training.py")]
    done = subprocess.run(command, capture_output=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"3", written)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("progress", "installed", "written"),
    [
        (None, True, "\r0 epoch\r1 epoch"),
        (True, True, "\r0 epoch\r1 epoch"),
        (False, True, ""),
        (None, False, ""),
        (False, False, ""),
    ],
)
def test_on_a_terminal_the_bar_is_shown_if_there_is_one(monkeypatch, progress, installed, written):
    bar = types.ModuleType("tqdm")
    bar.__spec__ = ModuleSpec("tqdm", None)
    exec(TQDM, vars(bar))
    monkeypatch.setitem(sys.modules, "tqdm", bar)
    if not installed:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    descended(perceptron([0.0]), *LINE, epochs=2, progress=progress)
    assert sys.stderr.getvalue() == written


def test_a_bar_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="progress=True needs tqdm: pip install tqdm"):
        descended(perceptron([0.0]), *LINE, progress=True)


def test_a_sample_is_a_sequence():
    p = Perceptron(1, seed=0)
    rule = GradientDescent(p.parameters(), lr=0.1)
    with pytest.raises(TypeError, match=r"sample 0 is 1 \(int\); give a list, such as \[x1"):
        fit(p, [1, 2], [1, 2], loss=half_squared_error, optimizer=rule)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("backend", [None, "python"])
def test_a_loss_may_come_in_a_0_d_array(reduction, backend):
    def loss(y, yhat):
        return np.where(y > 0, (yhat - y) ** 2, abs(yhat))  # one for each sign of the target

    def plain(y, yhat):
        return (yhat - y) ** 2 if y > 0 else abs(yhat)

    histories, numbers = [], []
    for each in (loss, plain):
        model = Perceptron(1, seed=0)
        rule = SGD(model.parameters(), lr=0.01)
        options = {"epochs": 3, "batch_size": 1, "reduction": reduction, "seed": 0}
        validation = [[2.0]], [1.0]
        history = fit(
            model,
            [[1.0], [2.0], [-1.0]],
            [1.0, 0.0, 3.0],
            loss=each,
            optimizer=rule,
            validation=validation,
            backend=backend,
            **options,
        )
        histories.append((history.loss, history.validation))
        numbers.append([p.data for p in model.parameters()])
    assert histories[0] == histories[1] and numbers[0] == numbers[1]


@pytest.mark.parametrize(
    "loss", [lambda y, p: (float(p) - y) ** 2, lambda y, p: Value(math.exp(p))]
)
def test_a_loss_that_leaves_the_graph_names_the_line(loss):
    model = Perceptron(1, seed=0)
    before = model.state_dict()
    told = (
        r"the loss does not depend on the parameters: it leaves the graph at test_train\.py, line"
    )
    with pytest.raises(TypeError, match=told):
        fit(model, [[1.0]], [1.0], loss=loss, optimizer=SGD(model.parameters(), lr=0.1))
    assert model.state_dict() == before

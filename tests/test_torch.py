"""The rules in PyTorch's form beside PyTorch's own: 50 steps on a function of five parameters."""

import importlib.util

import numpy as np
import pytest

from autograd_lite import Value
from autograd_lite.linalg import data
from autograd_lite.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    cosine,
    exponential_decay,
    step_decay,
    time_based,
    warm_up,
)

torch = pytest.importorskip("torch") if importlib.util.find_spec("torch") else None
pytestmark = pytest.mark.torch

START = (0.7, -1.1, 0.4, 1.3, -0.6)
STEPS = 50


def hills(a, b, c, d, e):
    """Not convex: on Values and on tensors alike."""
    waves = (2 * a).sin() * b.cos() + (c * d).tanh() * e
    return waves + (c**2 - 1) ** 2 + 0.1 * (a - d).exp() + 0.2 * (b**2 + d**2 + e**2)


def tensors():
    return [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]


def near(x):
    return pytest.approx(x, rel=1e-12, abs=1e-12)


def ours(make, f=hills):
    """Our iterates, and the rule that made them."""
    parameters = [Value(x) for x in START]
    rule = make(parameters)
    points = []

    def closure():
        rule.zero_grad()
        loss = f(*parameters)
        loss.backward()
        return loss

    for _ in range(STEPS):
        rule.step(closure)
        points.append(data(parameters))
    return np.array(points), rule


def theirs(make, rate=None, f=hills):
    """PyTorch's iterates, with a learning rate for each step by LambdaLR."""
    parameters = tensors()
    rule = make(parameters)
    schedule = torch.optim.lr_scheduler.LambdaLR(rule, rate) if rate else None
    points = []
    for _ in range(STEPS):
        rule.zero_grad()
        f(*parameters).backward()
        rule.step()
        if schedule:
            schedule.step()
        points.append([p.item() for p in parameters])
    return np.array(points)


def test_the_function_is_not_convex():
    h = torch.autograd.functional.hessian(hills, tuple(tensors()))
    eigenvalues = torch.linalg.eigvalsh(torch.tensor(h, dtype=torch.float64))
    assert eigenvalues[0] < -0.5 and eigenvalues[-1] > 0.5


FORM = {"variant": "torch"}


def form(rule):
    """The option that chooses PyTorch's form, where it differs from the notes'."""
    return FORM if rule.torch else {}


HALF = {"lr": 0.02, "momentum": 0.5, "weight_decay": 0.1, **FORM}
ROWS = [
    (GradientDescent, {"lr": 0.05}, "SGD", {}),
    (GradientDescent, {"lr": 0.05, "weight_decay": 0.1}, "SGD", {}),
    (SGD, {"lr": 0.05}, "SGD", {}),
    (Momentum, {"lr": 0.02}, "SGD", {"momentum": 0.9}),
    (Momentum, {"lr": 0.02, **FORM}, "SGD", {"momentum": 0.9}),
    (Momentum, HALF, "SGD", {}),
    (Nesterov, {"lr": 0.02, **FORM}, "SGD", {"momentum": 0.9, "nesterov": True}),
    (Nesterov, HALF, "SGD", {"nesterov": True}),
    (Adagrad, {"lr": 0.3, **FORM}, "Adagrad", {}),
    (Adagrad, {"lr": 0.3, "eps": 0.01, "weight_decay": 0.1, **FORM}, "Adagrad", {}),
    (Adagrad, {"lr": 0.3, "eps": 0.0}, "Adagrad", {}),
    (RMSprop, {"lr": 0.01, **FORM}, "RMSprop", {}),
    (RMSprop, {"lr": 0.01, "eps": 0.01, "weight_decay": 0.1, **FORM}, "RMSprop", {}),
    (RMSprop, {"lr": 0.01, "rho": 0.8, **FORM}, "RMSprop", {"alpha": 0.8}),
    (RMSprop, {"lr": 0.01, "eps": 0.0}, "RMSprop", {"alpha": 0.9}),
    (Adadelta, {}, "Adadelta", {}),
    (Adadelta, {"lr": 3.0, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}, "Adadelta", {}),
    (Adam, {"lr": 0.05}, "Adam", {}),
    (Adam, {}, "Adam", {}),
    (Adam, {"lr": 0.05, "betas": (0.8, 0.9), "eps": 0.01, "weight_decay": 0.1}, "Adam", {}),
]


@pytest.mark.parametrize(("rule", "options", "name", "extra"), ROWS)
def test_50_steps(rule, options, name, extra):
    """``extra``: defaults that differ, and what PyTorch calls by another name."""
    shared = {k: v for k, v in options.items() if k not in ("variant", "rho")}
    if name == "Adadelta" and "rho" in options:
        shared["rho"] = options["rho"]
    expected = theirs(lambda p: getattr(torch.optim, name)(p, **shared, **extra))
    points, _ = ours(lambda p: rule(p, **options))
    assert points == near(expected)
    assert abs(expected[-1] - START).max() > 0.04  # it did go somewhere


SCHEDULES = [time_based, exponential_decay, lambda lr, _: cosine(lr, 60, 0.1 * lr)]
SCHEDULES += [lambda lr, _: step_decay(lr, 0.5, 10), lambda lr, decay: warm_up(lr, 20)]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["time", "exponential", "cosine", "step", "up"])
@pytest.mark.parametrize(
    ("rule", "name", "extra"),
    [
        (GradientDescent, "SGD", {}),
        (Momentum, "SGD", {"momentum": 0.9}),
        (Nesterov, "SGD", {"momentum": 0.9, "nesterov": True}),
        (Adagrad, "Adagrad", {}),
        (RMSprop, "RMSprop", {}),
        (Adadelta, "Adadelta", {}),
        (Adam, "Adam", {}),
    ],
)
def test_50_steps_of_a_schedule(rule, name, extra, schedule):
    part = schedule(1.0, 0.1)
    expected = theirs(lambda p: getattr(torch.optim, name)(p, lr=0.02, **extra), part)
    points, _ = ours(lambda p: rule(p, lr=schedule(0.02, 0.1), **form(rule)))
    assert points == near(expected)


def test_the_notes_momentum_differs_under_a_schedule():
    """002, l. 367-368 (momentum): η inside v, so that a rate of long ago is still at work."""
    rate = time_based(0.02, 0.5)
    expected = theirs(lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9), time_based(1.0, 0.5))
    points, _ = ours(lambda p: Momentum(p, lr=rate))
    assert points[0] == near(expected[0])
    assert abs(points[1:] - expected[1:]).max(axis=1).min() > 1e-3


def test_what_torch_stores_for_nesterov_is_the_point_ahead():
    """002, l. 392 (Nesterov): θ in PyTorch is θ − γ·v in the notes."""
    parameters = [Value(x) for x in START]
    rule = Nesterov(parameters, lr=0.02)
    expected = theirs(lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9, nesterov=True))

    def closure():
        rule.zero_grad()
        hills(*parameters).backward()

    for point in expected:
        rule.step(closure)
        v = np.array([s["v"] for s in rule.state_dict()["state"]])
        assert data(parameters) - 0.9 * v == near(point)


def test_groups():
    def groups(p):
        return [{"params": p[:2]}, {"params": p[2:4], "lr": 0.01}, {"params": p[4:], "momentum": 0}]

    expected = theirs(lambda p: torch.optim.SGD(groups(p), lr=0.02, momentum=0.8))
    points, _ = ours(lambda p: Momentum(groups(p), lr=0.02, momentum=0.8, **FORM))
    assert points == near(expected)


@pytest.mark.parametrize(
    ("rule", "name", "extra"),
    [
        (Momentum, "SGD", {"momentum": 0.9}),
        (Adagrad, "Adagrad", {}),
        (Adam, "Adam", {}),
    ],
)
def test_a_parameter_without_a_gradient_stays_as_in_torch(rule, name, extra):
    def three(a, b, c, d, e):
        return hills(a, b, 1.0 * c, 0.5 + 0 * c, 0.5 + 0 * c)

    def make(p):
        return getattr(torch.optim, name)(p, lr=0.02, weight_decay=0.1, **extra)

    expected = theirs(make, f=three)
    points, _ = ours(lambda p: rule(p, lr=0.02, weight_decay=0.1, **form(rule)), three)
    assert points == near(expected)
    assert (points[:, 3:] == START[3:]).all()

"""Epochs in C beside steps in Python, to the last bit: numbers, states, losses, errors, Ctrl-C."""

import math
import random
from typing import ClassVar

import numpy as np
import pytest

from autograd_lite import Value, relu, train_c
from autograd_lite.errors import NonFiniteGradientError
from autograd_lite.nn import (
    Perceptron,
    TwoLayerNetwork,
    half_squared_error,
    log_loss,
    log_loss_from_logit,
)
from autograd_lite.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    Rule,
    cosine,
    explain,
    step_decay,
)
from autograd_lite.train import fit
from autograd_lite.train_c import EpochsInC

pytestmark = pytest.mark.compiler
draw = random.Random(5)
X = [[draw.gauss(0, 1), draw.gauss(0, 1)] for _ in range(37)]
Y = [int(a * b > 0) for a, b in X]


class Steps:
    """How many steps C took, and how many Python did; with ``off`` all are Python's."""

    def __init__(self, monkeypatch):
        self.c = self.python = 0
        self.off = False
        in_c, init = EpochsInC._in_c, EpochsInC.__init__

        def counted(own):
            if self.off:
                return False
            own.c.taken = 0
            try:
                return in_c(own)
            finally:
                self.c += own.c.taken

        def made(own, model, rule, programs, X, y, step, **options):
            def one(batch):
                self.python += 1
                return step(batch)

            init(own, model, rule, programs, X, y, one, **options)

        monkeypatch.setattr(EpochsInC, "_in_c", counted)
        monkeypatch.setattr(EpochsInC, "__init__", made)


@pytest.fixture
def steps(monkeypatch):
    return Steps(monkeypatch)


def trained(make, X=X, y=Y, *, loss=log_loss, network=TwoLayerNetwork, **options):
    """All that a training leaves behind, as text, which has every bit."""
    net = network(seed=1)
    rule = make(net)
    history = error = None
    try:
        options = {"epochs": 3, "seed": 7, **options}
        history = fit(net, X, y, loss=loss, optimizer=rule, backend="c", **options)
    except (ArithmeticError, ValueError) as found:
        error = f"{type(found).__name__}: {found}"
    grads = [p.grad if p.has_grad else None for p in (*net.parameters(), *rule.parameters)]
    table = explain(rule).to_json() if rule.steps else ""
    return [repr(x) for x in (net.state_dict(), rule.state_dict(), history, error, grads, table)]


def same(steps, make, *args, **options):
    """The training, which steps in Python give too; it checks that C took its part."""
    in_c = trained(make, *args, **options)
    steps.off, taken, steps.c = True, steps.c, 0
    in_python = trained(make, *args, **options)
    steps.off = False
    assert in_c == in_python and steps.c == 0
    return taken


def schedule(t):
    return 0.3 / (1 + 0.2 * t)


class Clipped(Rule):
    formula = "theta = theta - lr * minimum(maximum(g, -bound), bound)"
    defaults: ClassVar = {"bound": 0.05}


class Odd(Rule):
    """Names that are C's own, choices, functions, and t in a formula."""

    formula = """
        double = 0.9 * double + abs(g) ** 1.5
        y0 = sign(g) if t > 3 and g != 0 else tanh(g) * exp(-t) + pi
        long = sqrt(double + eps) / (1 + long ** 2)
        theta = theta - lr * y0 / (long + 1) ** 3 * log1p(t) * sigmoid(double)
    """
    defaults: ClassVar = {"eps": 1e-3}


RULES = {
    "gradient descent": lambda net: GradientDescent(net.parameters(), lr=0.3),
    "SGD": lambda net: SGD(net, lr=1),  # a whole number
    "momentum": lambda net: Momentum(net.parameters(), lr=0.1, momentum=0.8),
    "momentum, torch": lambda net: Momentum(net.parameters(), lr=0.1, variant="torch"),
    "Nesterov": lambda net: Nesterov(net.parameters(), lr=0.1),
    "Nesterov, torch": lambda net: Nesterov(net.parameters(), lr=0.1, variant="torch"),
    "Adagrad": lambda net: Adagrad(net.parameters(), lr=0.1),
    "Adagrad, torch": lambda net: Adagrad(net.parameters(), lr=0.1, variant="torch"),
    "RMSprop": lambda net: RMSprop(net.parameters(), lr=0.1),
    "RMSprop, torch": lambda net: RMSprop(net.parameters(), variant="torch"),
    "Adadelta": lambda net: Adadelta(net.parameters()),
    "Adam": lambda net: Adam(net.parameters(), lr=0.1),
    "Adam as printed": lambda net: Adam(net.parameters(), bias_correction=False),
    "decay": lambda net: Adam(net.parameters(), lr=np.float64(0.1), weight_decay=0.02),
    "schedule": lambda net: Momentum(net.parameters(), lr=schedule),
    "a schedule that ends at 0": lambda net: Adam(net.parameters(), lr=cosine(0.2, 7)),
    "groups": lambda net: Adam(
        [
            {"params": net.parameters()[:4], "lr": 0.2},
            {"params": net.parameters()[6:3:-1], "betas": (0.5, 0.9), "weight_decay": 0.1},
            {"params": [net.b, Value(3.0)], "lr": step_decay(0.5, 0.5, 2)},
        ],
        lr=0.05,
    ),
    "clipped": lambda net: Clipped(net.parameters(), lr=0.5),
    "odd": lambda net: Odd(net.parameters(), lr=0.2),
}
SIZES = {None: 1, 37: 1, 8: 5, 1: 37, 36: 2, 100: 1}  # and how many batches


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_to_the_last_bit(steps, rule):
    for k, (size, batches) in enumerate(SIZES.items()):
        options = {"batch_size": size, "reduction": ("mean", "sum")[k % 2], "shuffle": k % 3 > 0}
        loss = (log_loss, half_squared_error)[k % 2]  # one program for each class, or for all
        assert same(steps, RULES[rule], loss=loss, **options) == 3 * batches - 1

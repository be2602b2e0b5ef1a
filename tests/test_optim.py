"""The update rules: the notes' iterates, what a step leaves untouched, and how a search ends."""

import itertools
import json
import math
import re
import sys
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from autograd_lite import (
    DomainError,
    Value,
    cos,
    exp,
    grad,
    jacobian,
    log,
    maximum,
    relu,
    sqrt,
)
from autograd_lite import abs as absolute
from autograd_lite.errors import NonFiniteGradientError, SingularHessianError
from autograd_lite.linalg import data
from autograd_lite.nn import Perceptron, half_squared_error, log_loss_from_logit
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
    cosine,
    exponential_decay,
    least_squares,
    minibatches,
    minimize,
    step_decay,
    time_based,
    warm_up,
)
from tests.labelled import Frame, Series

MOST = sys.float_info.max
OMEGA = 0.5671432904097838  # e^x = 1/x
FIRST_ORDER = [GradientDescent, SGD, Momentum, Nesterov, Adagrad, RMSprop, Adadelta, Adam]
LINE = ((1.0, 2.0), (2.0, 5.0), (3.0, 3.0))  # 003, p. 25


def table(names, *rows):
    """Rows of a table; the last column, their source, is their name."""
    names_of_rows = [str(row[-1]).split(" at 0x")[0] for row in rows]
    return pytest.mark.parametrize(names, rows, ids=names_of_rows)


def near(x, rel=1e-12):
    return pytest.approx(np.array(x, dtype=float), rel=rel, abs=1e-14)


def ravine(x, y):
    return 0.5 * (x**2 + 25 * y**2)


def hard(x):
    return exp(x) - log(x)


def quartic(x, y):
    return x**4 + 0.8 * y**4 + 4 * x**2 + 2 * y**2 - x * y - 0.2 * x**2 * y


def well(x, y):
    return x**4 / 4 - x**2 / 2 + y**2 / 2


def leaves(*numbers):
    return [Value(x) for x in numbers]


def stepped(rule, f):
    """One step down f, with the closure that the rule asks for."""

    def closure():
        rule.zero_grad()
        loss = f(*rule.parameters)
        if not rule.differentiates:
            loss.backward()
        return loss

    return rule.step(closure)


def path(rule, f, steps):
    """The start and every iterate."""
    points = [data(rule.parameters)]
    for _ in range(steps):
        stepped(rule, f)
        points.append(data(rule.parameters))
    return np.array(points)


def remembered(rule):
    """What a step may change: numbers, and the rule's own state."""
    return [p.data for p in rule.parameters], rule.state_dict()


# ---- the tables of iterates ----------------------------------------------------------------------

DECAY = time_based(0.03, 0.5)
HALVED = step_decay(0.03, 0.5, every=1)


@table(
    ("rule", "options", "iterates", "states", "source"),
    (
        GradientDescent,
        {"lr": 0.03},
        [[0.97, 0.25], [0.9409, 0.0625], [0.912673, 0.015625]],
        {},
        "002 (gradient descent)",
    ),
    (
        GradientDescent,
        {"lr": DECAY},
        [[0.97, 0.25], [0.9506, 0.125], [0.936341, 0.078125]],
        {},
        "002 (time-based decay)",
    ),
    (
        Momentum,
        {"lr": 0.03},
        [[0.97, 0.25], [0.9139, -0.6125], [0.835993, -0.929375]],
        {"v": [[0.03, 0.75], [0.0561, 0.8625], [0.077907, 0.316875]]},
        "002 (momentum)",
    ),
    (
        Momentum,
        {"lr": 0.03, "variant": "torch"},
        [[0.97, 0.25], [0.9139, -0.6125], [0.835993, -0.929375]],
        {"v": [[1, 25], [1.87, 28.75], [2.5969, 10.5625]]},
        "PyTorch's momentum",
    ),
    (
        Momentum,
        {"lr": HALVED},
        [[0.97, 0.25], [0.92845, -0.51875], [0.884091625, -1.113359375]],
        {},
        "002 (momentum), rates 0.03, 0.015, 0.0075",
    ),
    (
        Momentum,
        {"lr": HALVED, "variant": "torch"},
        [[0.97, 0.25], [0.94195, -0.18125], [0.922262875, -0.341328125]],
        {},
        "PyTorch's momentum, rates 0.03, 0.015, 0.0075",
    ),
    (
        Nesterov,
        {"lr": 0.03},
        [[0.97, 0.25], [0.91471, -0.10625], [0.83900053, -0.10671875]],
        {"v": [[0.03, 0.75], [0.05529, 0.35625], [0.07570947, 0.00046875]]},
        "002 (Nesterov)",
    ),
    (
        Nesterov,
        {"lr": 0.03, "variant": "torch"},
        [[0.943, -0.425], [0.864949, -0.426875], [0.770862007, -0.107140625]],
        {"v": [[1, 25], [1.843, 11.875], [2.523649, 0.015625]]},
        "PyTorch's Nesterov",
    ),
    (
        Adagrad,
        {"lr": 0.5},
        [
            [0.5000000025, 0.500000000004],
            [0.276393204750021, 0.27639320225402103],
            [0.15639873806677995, 0.1563987360274801],
        ],
        {
            "G": [
                [1, 625],
                [1.2500000025, 781.2500000025],
                [1.326393206131987, 828.9957514101451],
            ]
        },
        "002 (Adagrad)",
    ),
    (
        Adagrad,
        {"lr": 0.5, "variant": "torch"},
        [
            [0.50000000005, 0.500000000002],
            [0.2763932023021325, 0.2763932022521055],
            [0.15639873606768326, 0.15639873602595086],
        ],
        {
            "G": [
                [1, 625],
                [1.25000000005, 781.25000000125],
                [1.3263932023288276, 828.9957514082333],
            ]
        },
        "PyTorch's Adagrad",
    ),
    (
        Adagrad,
        {"lr": 0.5, "eps": 1e-8, "variant": "torch"},
        [
            [0.500000005, 0.5000000002],
            [0.27639320746116663, 0.2763932024584669],
            [0.15639874037133578, 0.15639873619809697],
        ],
        {
            "G": [
                [1, 625],
                [1.250000005, 781.250000125],
                [1.3263932101306715, 828.9957516032794],
            ]
        },
        "PyTorch's Adagrad, ε = 1e-8",
    ),
    (
        RMSprop,
        {"lr": 0.05},
        [
            [0.8418861248972745, 0.8418861170042301],
            [0.7369376673654134, 0.7369376567662783],
            [0.6543589455482449, 0.6543589334942799],
        ],
        {
            "E": [
                [0.1, 62.5],
                [0.16087722472945495, 100.54826462527876],
                [0.19909721481470713, 124.4357575352617],
            ]
        },
        "002 (Adadelta, first version)",
    ),
    (
        RMSprop,
        {"lr": 0.05, "rho": 0.9, "variant": "torch"},
        [
            [0.8418861219915809, 0.841886117191581],
            [0.7369376640171499, 0.7369376570400068],
            [0.654358942158387, 0.6543589338222996],
        ],
        {
            "E": [
                [0.1, 62.5],
                [0.1608772242402023, 100.54826464499479],
                [0.19909721388088744, 124.43575757822121],
            ]
        },
        "PyTorch's RMSprop, γ = 0.9",
    ),
    (
        RMSprop,
        {"lr": 0.05, "variant": "torch"},
        [
            [0.500000049999995, 0.5000000019999999],
            [0.27549342470349897, 0.2754933745560102],
            [0.1548437264564961, 0.15484368464792966],
        ],
        {
            "E": [
                [0.01, 6.25],
                [0.012400000499999975, 7.7500000125],
                [0.0130349667655486, 8.146853758776613],
            ]
        },
        "PyTorch's RMSprop",
    ),
    (
        Adadelta,
        {},
        [
            [0.9968377381511013, 0.9968377223651298],
            [0.9935981984076517, 0.9935981660203655],
            [0.9903090828008376, 0.9903090333562766],
        ],
        {
            "E": [
                [0.1, 62.5],
                [0.18936854762022037, 118.35534029563124],
                [0.26915543084609145, 168.22213848600774],
            ],
            "D": [
                [9.99990000099999e-07, 9.999999840000003e-07],
                [1.9494527750289427e-06, 1.9494725166902547e-06],
                [2.8363356450248696e-06, 2.836364633218903e-06],
            ],
        },
        "002 (Adadelta), corrected; PyTorch's",
    ),
    (
        Adam,
        {"lr": 0.1, "bias_correction": False},
        [
            [0.6837723339831304, 0.683772237983162],
            [0.2702061690866702, 0.27020597597011264],
            [-0.16214120740030916, -0.16214146817729955],
        ],
        {
            "m": [
                [0.1, 2.5],
                [0.15837723339831306, 3.959430594957905],
                [0.16956012696714876, 4.239002475387396],
            ],
            "v": [
                [0.001, 0.625],
                [0.0014665446047207376, 0.9165902958978137],
                [0.0015380894339285113, 0.9613057490081416],
            ],
        },
        "002 (Adam), as printed",
    ),
    (
        Adam,
        {"lr": 0.1},
        [
            [0.900000001, 0.90000000004],
            [0.8004122297123374, 0.8004122277528906],
            [0.7015862745044142, 0.7015862715123157],
        ],
        {
            "m": [
                [0.1, 2.5],
                [0.1800000001, 4.5000000001],
                [0.24204122306123374, 6.051030569472227],
            ],
            "v": [
                [0.001, 0.625],
                [0.0018090000017999999, 1.130625000045],
                [0.0024478507392712754, 1.5299067090051706],
            ],
        },
        "002 (Adam), bias corrected; PyTorch's",
    ),
    (Newton, {}, [[0, 0]] * 3, {}, "002 (Newton)"),
)
def test_the_iterates_on_the_ravine(rule, options, iterates, states, source):
    made = rule(leaves(1, 1), **options)
    for k, expected in enumerate(iterates):
        stepped(made, ravine)
        assert data(made.parameters) == near(expected)
        for name, numbers in states.items():
            ours = [state[name] for state in made.state_dict()["state"]]
            assert ours == near(numbers[k]), name
    assert made.steps == 3


@table(
    ("rule", "options", "loss", "source"),
    (GradientDescent, {"lr": 0.03}, 2.5566054526433623e-06, "gradient descent"),
    (Momentum, {"lr": 0.03}, 3.071537157075977e-09, "momentum"),
    (Nesterov, {"lr": 0.03}, 7.083411244446969e-15, "Nesterov"),
    (Adagrad, {"lr": 0.5}, 6.505778138902442e-97, "Adagrad"),
    (RMSprop, {"lr": 0.05}, 0.00790890293872895, "RMSprop"),
    (Adadelta, {}, 1.426530533118817, "Adadelta"),
    (Adam, {"lr": 0.1}, 6.772889681276771e-10, "Adam"),
)
def test_the_loss_on_the_ravine_after_200_steps(rule, options, loss, source):
    """002 (which to choose): no ranking is meant."""
    assert ravine(*path(rule(leaves(1, 1), **options), ravine, 200)[-1]) == near(loss, 1e-10)


@table(
    ("f", "start", "lr", "iterates", "source"),
    (
        lambda x, y: x**2 + y**2,
        [2, 3],
        0.1,
        {1: [1.6, 2.4], 2: [1.28, 1.92], 3: [1.024, 1.536]}
        | {50: [2.8544953854119198e-05, 4.2817430781178795e-05]},
        "000 §2.4",
    ),
    (
        hard,
        [0.05],
        0.005,
        {1: [0.14474364451811988], 2: [0.1735087592998671], 3: [0.19637839272461702]}
        | {5: [0.2327250041382221], 10: [0.29675934456965974], 50: [0.4868886312614803]}
        | {100: [0.5451214640451186], 200: [0.5653102952041639], 500: [0.5671421705820746]},
        "003, p. 22",
    ),
    (hard, [0.05], 1e-5, {100: [0.0661721005540774]}, "000 §2.3, too small a rate"),
    (
        lambda x: x**2,
        [1],
        1.1,
        {1: [-1.2], 2: [1.44], 3: [-1.728], 10: [6.1917364224]},
        "000 §2.3, too large a rate",
    ),
    (lambda x: x**2, [1], 1.0, {1: [-1], 2: [1], 5: [-1]}, "000 §2.3, to and fro"),
    (lambda x: x**2, [1], 0.5, {1: [0], 2: [0]}, "000 §2.3, one step"),
    (lambda x: x**2, [1], 0.001, {100: [0.8185668046884278]}, "000 §2.3, slow"),
    (
        lambda x: x**2,
        [1],
        time_based(0.4, 0.5),
        {1: [0.2], 2: [0.09333333333333334], 3: [0.056]},
        "002 (η with an index)",
    ),
    (
        lambda x: x**4 - 4 * x**2 + x,
        [2],
        0.01,
        {1: [1.83], 2: [1.72126052], 3: [1.6449756188845635], 10: [1.4291168175027629]},
        "000 §2.3, local minima",
    ),
    (
        lambda m, b: sum((m * x + b - y) ** 2 for x, y in LINE),
        [0, 0],
        0.01,
        {1: [0.42, 0.2], 2: [0.6984, 0.3376], 3: [0.882336, 0.433536]}
        | {10: [1.2021960436749726, 0.6764085645120952]}
        | {100: [0.8777177012567315, 1.4746922159538696]}
        | {1000: [0.5005599066720117, 2.3320605338619695]},
        "003, p. 25, the sum",
    ),
    (
        lambda m, b: sum((m * x + b - y) ** 2 for x, y in LINE) / 6,
        [0, 0],
        0.1,
        {1: [0.7, 1 / 3], 2: [1.0066666666666666, 0.49333333333333335], 3: [1.1382222222222222]}
        | {3: [1.1382222222222222, 0.576]},
        "003, p. 27, the mean",
    ),
    (
        lambda x, y: 2 * x**2 - 2 * y**2,
        [1, 0.5],
        0.1,
        {1: [0.6, 0.7], 2: [0.36, 0.98], 3: [0.216, 1.372]},
        "002 (a saddle point)",
    ),
    (lambda x, y: 2 * x**2 - 2 * y**2, [1, 0], 0.1, {3: [0.216, 0]}, "002 (into a saddle point)"),
    (
        well,
        [0.3, 1],
        0.1,
        {1: [0.3273, 0.9], 2: [0.3565237892583, 0.81], 3: [0.3876444223819936, 0.729]}
        | {10: [0.6434753734742832, 0.3486784401], 300: [1.0, 1.873927703884794e-14]},
        "002 (past a saddle point)",
    ),
)
def test_gradient_descent(f, start, lr, iterates, source):
    ours = path(GradientDescent(leaves(*start), lr=lr), f, max(iterates))
    for k, expected in iterates.items():
        assert ours[k] == near(expected)


def test_one_step_of_the_regression_perceptron():
    p = Perceptron(2)
    p.load_state_dict({"w1": 0.5, "w2": 0.25, "b": 0.1})
    half_squared_error(2, p([1.5, -2])).backward()
    GradientDescent(p.parameters(), lr=0.1).step()
    after = {"w1": 0.7475, "w2": -0.08, "b": 0.265}  # 003, p. 29
    assert p.state_dict() == pytest.approx(after, rel=1e-12)


@table(
    ("batches", "mean", "iterates", "source"),
    ([[0], [2], [3]], True, [[0.985, 1], [0.985, 0.4], [0.985, 0.04]], "002 (SGD)"),
    (
        [[0, 2], [1, 3], [0, 3]],
        True,
        [[0.9925, 0.7], [0.97016875, 0.385], [0.962892484375, 0.21175]],
        "002 (mini-batch SGD), the mean",
    ),
    (
        [[0, 2], [1, 3], [0, 3]],
        False,
        [[0.985, 0.4], [0.940675, 0.04], [0.926564875, 0.004]],
        "002 (mini-batch SGD), the sum",
    ),
)
def test_stochastic_gradient_descent(batches, mean, iterates, source):
    samples = [lambda x, y: x**2 / 8, lambda x, y: 3 * x**2 / 8]
    samples += [lambda x, y: 5 * y**2, lambda x, y: 7.5 * y**2]
    rule = SGD(leaves(1, 1), lr=0.06)
    for batch, expected in zip(batches, iterates, strict=True):
        part = len(batch) if mean else 1
        stepped(rule, lambda x, y: sum(samples[i](x, y) for i in batch) / part)  # noqa: B023
        assert data(rule.parameters) == near(expected)


@table(
    ("rule", "lr", "iterates", "far", "crossings", "source"),
    (GradientDescent, 0.07, [[0.007, -0.75], [0.014, 0.5625]], 0.42, 60, "descent, 0.07"),
    (GradientDescent, 0.05, [[0.005, -0.25], [0.01, 0.0625]], 0.3, 60, "descent, 0.05"),
    (Momentum, 0.07, [[0.007, -0.75], [0.0203, -1.0125]], 3.571132116488946, 29, "momentum, 0.07"),
    (Momentum, 0.05, [[0.005, -0.25], [0.0145, -1.0625]], 2.5508086546349613, 24, "momentum, 0.05"),
    (Nesterov, 0.05, [[0.005, -0.25], [0.0145, 0.34375]], 2.5508086546349613, 60, "Nesterov, 0.05"),
)
def test_in_a_tunnel_momentum_goes_far_and_rarely_across(
    rule, lr, iterates, far, crossings, source
):
    """002 (momentum): f falls slowly to the right between high walls."""
    ours = path(rule(leaves(0, 1), lr=lr), lambda x, y: -0.1 * x + 12.5 * y**2, 60)
    assert ours[1:3] == near(iterates)
    assert ours[60, 0] == near(far)
    assert (ours[1:, 1] * ours[:-1, 1] < 0).sum() == crossings


@table(
    ("rule", "options", "steps", "source"),
    (GradientDescent, {"lr": 2 / 101}, 444, "gradient descent"),
    (Momentum, {"lr": (2 / 11) ** 2, "momentum": (9 / 11) ** 2}, 69, "momentum"),
)
def test_steps_along_a_steeper_ravine(rule, options, steps, source):
    """002 (momentum): until ½(x² + 100y²) is below 1e-6, each with its best rate."""
    ours = path(rule(leaves(1, 1), **options), lambda x, y: 0.5 * (x**2 + 100 * y**2), 500)
    losses = 0.5 * (ours[:, 0] ** 2 + 100 * ours[:, 1] ** 2)
    assert np.argmax(losses < 1e-6) == steps


def test_next_to_a_saddle_point_gradient_descent_stays_for_long():
    ours = path(GradientDescent(leaves(1, 1e-6), lr=0.1), lambda x, y: 2 * x**2 - 2 * y**2, 60)
    assert np.argmax(abs(ours[:, 1]) > 1) == 42  # 002 (difficulties of SGD)


def test_nesterov_asks_for_the_gradient_at_the_point_ahead():
    rule = Nesterov(leaves(1, 1), lr=0.03)
    seen = []

    def f(x, y):
        seen.append([x.data, y.data])
        return ravine(x, y)

    losses = [stepped(rule, f).data for _ in range(2)]
    assert seen == [near([1, 1]), near([0.943, -0.425])]  # θ − 0.9·v
    assert losses == near([13, 2.702437])


@table(
    ("lr", "first", "options"),
    (0.1, 0.1, {"betas": (0.5, 0.5)}),  # the first step is η, whatever the slope …
    (0.1, 0.1, {}),
    (0.1, 0.1 * 0.1 / math.sqrt(0.001), {"bias_correction": False}),  # … or 3.16 η
)
@pytest.mark.parametrize("slope", [1e-3, 1.0, -50.0])
def test_the_first_step_of_adam(lr, first, options, slope):
    x = Value(0.0)
    x.grad = slope
    Adam([x], lr=lr, eps=0.0, **options).step()
    assert x.data == near(-math.copysign(first, slope))


def test_adagrad_has_larger_rates_for_rare_features():
    """002 (difficulties of SGD): η / √G after ten slopes of 1, and after two."""
    frequent, rare = leaves(0, 0)
    rule = Adagrad([frequent, rare], lr=1.0, eps=0.0)
    for step in range(10):
        before = data([frequent, rare])
        rule.zero_grad()
        frequent.grad = 1.0
        if step in (4, 9):
            rare.grad = 1.0
        rule.step()
    assert before - data([frequent, rare]) == near([0.31622776601683794, 0.7071067811865476])


# ---- schedules and batches -----------------------------------------------------------------------


@table(
    ("schedule", "rates", "source"),
    (
        time_based(0.1, 0.5),
        {0: 0.1, 1: 0.06666666666666667, 2: 0.05, 10: 0.016666666666666666, 100: 0.1 / 51},
        "time-based",
    ),
    (step_decay(0.1, 0.5, 10), {0: 0.1, 9: 0.1, 10: 0.05, 19: 0.05, 25: 0.025}, "step"),
    (
        exponential_decay(0.1, 0.1),
        {0: 0.1, 1: 0.09048374180359596, 2: 0.08187307530779818, 10: 0.036787944117144235},
        "exponential",
    ),
    (
        cosine(0.1, 6),
        {0: 0.1, 1: 0.05 + 0.025 * math.sqrt(3), 2: 0.075, 3: 0.05, 4: 0.025, 6: 0, 7: 0, 60: 0},
        "cosine",
    ),
    (cosine(0.1, 4, 0.02), {0: 0.1, 2: 0.06, 4: 0.02, 5: 0.02, 99: 0.02}, "cosine to a minimum"),
    (warm_up(0.4, 4), {0: 0.1, 1: 0.2, 2: 0.3, 3: 0.4, 4: 0.4, 50: 0.4}, "warm-up"),
    (
        warm_up(time_based(0.3, 0.5), 3),
        {0: 0.1, 1: 0.2, 2: 0.3, 3: 0.3, 4: 0.2, 5: 0.15},
        "warm-up, then time-based",
    ),
)
def test_schedules(schedule, rates, source):
    assert [schedule(t) for t in rates] == near(list(rates.values()))


@table(
    ("lr", "steps", "x", "source"),
    (lambda t: 0.1 * (t + 1), 3, -0.6, "any callable"),
    (warm_up(0.4, 4), 4, -1.0, "warm-up"),
    (cosine(0.4, 4, 0.2), 6, -1.7, "cosine to a minimum, two steps beyond it"),
    (cosine(0.4, 2), 4, -0.6, "cosine, two steps beyond its end"),
)
def test_a_rule_takes_its_rate_from_the_schedule(lr, steps, x, source):
    """With slope 1 throughout, the way is the sum of the rates."""
    assert path(GradientDescent(leaves(0), lr=lr), lambda x: 1.0 * x, steps)[-1] == near([x])


@table(
    ("n", "size", "options", "batches"),
    (5, 2, {"shuffle": False}, [[0, 1], [2, 3], [4]]),
    (5, 2, {"shuffle": False, "drop_last": True}, [[0, 1], [2, 3]]),
    (4, 2, {"shuffle": False, "drop_last": True}, [[0, 1], [2, 3]]),
    (3, 9, {"shuffle": False}, [[0, 1, 2]]),
    (3, 9, {"shuffle": False, "drop_last": True}, []),
    (1, 1, {}, [[0]]),
)
def test_batches(n, size, options, batches):
    assert list(minibatches(n, size, **options)) == batches


@pytest.mark.parametrize(("n", "size"), [(100, 7), (100, 10), (64, 1)])
def test_shuffled_batches_hold_every_sample_once(n, size):
    once, again, other = (list(minibatches(n, size, seed=s)) for s in (1, 1, 2))
    assert once == again != other
    order = [i for batch in once for i in batch]
    assert sorted(order) == list(range(n)) != order
    assert [len(b) for b in once[:-1]] == [size] * (len(once) - 1)


# ---- parameters, groups, options -----------------------------------------------------------------


@table(
    ("given", "source"),
    (lambda p: p, "list"),
    (tuple, "tuple"),
    (iter, "iterator"),
    (lambda p: {"a": p[0], "b": p[1]}.values(), "view"),
    (lambda p: np.array(p, dtype=object), "array"),
    (lambda p: [{"params": iter(p[:1])}, {"params": p[1:]}], "groups"),
)
def test_parameters_in_any_iterable(given, source):
    p = leaves(1, 1)
    assert path(GradientDescent(given(p), lr=0.03), ravine, 1)[-1] == near([0.97, 0.25])
    assert data(p) == near([0.97, 0.25])


@table(
    ("rule", "options", "own", "after", "source"),
    (GradientDescent, {"lr": 0.03}, {"lr": 0.01}, [0.9409, 0.5625], "another rate"),
    (GradientDescent, {"lr": 0.03}, {"lr": DECAY}, [0.9409, 0.125], "a schedule"),
    (Momentum, {"lr": 0.03}, {"momentum": 0.0}, [0.9139, 0.0625], "another momentum"),
    (Nesterov, {"lr": 0.03}, {"variant": "torch"}, [0.91471, -0.426875], "another variant"),
    (Adam, {"lr": 0.1}, {"bias_correction": False}, [0.8004122297123374, 0.27020597597011264], "b"),
)
def test_groups_have_their_own_options(rule, options, own, after, source):
    x, y = leaves(1, 1)
    made = rule([{"params": [x]}, {"params": [y], **own}], **options)
    assert path(made, ravine, 2)[-1] == near(after)
    assert made.parameters == [x, y]


@table(
    ("rule", "options", "after", "source"),
    (GradientDescent, {}, [1.6, 1.6], "θ − η(g + λθ)"),
    (Momentum, {"momentum": 0.5}, [1.6, 1.6], "momentum"),
    (Nesterov, {"momentum": 0.5}, [1.6, 1.6], "Nesterov"),
    (Nesterov, {"momentum": 0.5, "variant": "torch"}, [1.4, 1.4], "PyTorch's Nesterov"),
    (Adagrad, {"eps": 9.0}, [2 - 0.1 * 4 / 5] * 2, "Adagrad"),
    (RMSprop, {"rho": 0.75, "eps": 5.0}, [2 - 0.1 * 4 / 3] * 2, "RMSprop"),
    (Adadelta, {"rho": 0.75, "eps": 5.0}, [2 - 0.1 * math.sqrt(5) * 4 / 3] * 2, "Adadelta"),
    (Adam, {"eps": 1.0}, [2 - 0.1 * 4 / 5] * 2, "Adam"),
)
def test_weight_decay_adds_its_gradient(rule, options, after, source):
    """g = 3 and λθ = 0.5 · 2, the slope of ½·λ·θ²: one step with the gradient 4."""
    decaying = rule(leaves(2), lr=0.1, weight_decay=0.5, **options)
    stepped(decaying, lambda x: 3 * x)
    penalised = rule(leaves(2), lr=0.1, **options)
    stepped(penalised, lambda x: 3 * x + 0.25 * x**2)
    assert [decaying.parameters[0].data, penalised.parameters[0].data] == near(after)


def two(rule, **options):
    return lambda: rule(leaves(1, 2), **options)


def grouped(rule, **own):
    return lambda: rule([{"params": leaves(1, 2), **own}])


TWICE = Value(1.0)


@table(
    ("made", "error", "message"),
    (two(GradientDescent, lr=0.0), ValueError, "lr = 0.0: it is a positive number or a schedule"),
    (two(SGD, lr=-0.1), ValueError, "lr = -0.1"),
    (two(Adam, lr=math.nan), ValueError, "lr = nan"),
    (two(Newton, lr=math.inf), ValueError, "lr = inf"),
    (two(Momentum, lr=np.float32("inf")), ValueError, "lr = .*inf"),
    (two(Momentum, momentum=1.0), ValueError, "momentum = 1.0: it is a number from 0 to below 1"),
    (two(Nesterov, momentum=-0.5), ValueError, "momentum = -0.5"),
    (two(RMSprop, rho=1.0), ValueError, "rho = 1.0"),
    (two(Adadelta, rho=math.nan), ValueError, "rho = nan"),
    (two(Adam, betas=(0.9, 1.0)), ValueError, r"betas = \(0.9, 1.0\): it is two numbers below 1"),
    (two(Adam, betas=(0.9, math.nan)), ValueError, "betas"),
    (two(Adam, betas=(0.9,)), ValueError, "betas"),
    (two(Adam, eps=-1e-8), ValueError, "eps = -1e-08: it is a number ≥ 0"),
    (two(Adagrad, eps=math.inf), ValueError, "eps = inf"),
    (two(Adagrad, weight_decay=-1.0), ValueError, "weight_decay = -1.0"),
    (two(Momentum, variant="keras"), ValueError, "variant = 'keras': it is 'notes' or 'torch'"),
    (two(Newton, damping=-1.0), ValueError, "damping = -1.0: it is a number ≥ 0, or 'auto'"),
    (two(Newton, damping=math.nan), ValueError, "damping = nan"),
    (two(Newton, damping=math.inf), ValueError, "damping = inf"),
    (grouped(GradientDescent, lr=-1.0), ValueError, "lr = -1.0"),
    (grouped(Adam, betas=(2.0, 0.9)), ValueError, "betas"),
    (grouped(Newton, damping=-1.0), ValueError, "damping = -1.0"),
    (grouped(Newton, weight_decay=0.1), TypeError, "Newton has no option weight_decay"),
    (grouped(GradientDescent, momentum=0.9), TypeError, "GradientDescent has no option momentum"),
    (two(GradientDescent, momentum=0.9), TypeError, "momentum"),
    (two(Newton, variant="torch"), TypeError, "variant"),
    (lambda: Adam([]), ValueError, "there are no parameters"),
    (lambda: Adam([{"params": []}]), ValueError, "there are no parameters"),
    (lambda: Adam([TWICE, Value(1.0), TWICE]), ValueError, "a parameter is given twice"),
    (lambda: Adam([{"params": [TWICE]}, {"params": [TWICE]}]), ValueError, "given twice"),
    (lambda: Adam([1.0]), TypeError, "a parameter is a Value, not 1.0"),
    (lambda: Adam(Perceptron(1).state_dict()), TypeError, r"parameters is .* \(dict\); give a li"),
    (lambda: Adam({Value(1.0)}), TypeError, r"parameters is .* \(set\); give a list"),
    (lambda: Adam([{"params": {Value(1.0)}}]), TypeError, r"params is .* \(set\); give a list"),
    (
        lambda: Newton([{"params": leaves(1)}, {"params": leaves(2)}]),
        ValueError,
        "Newton moves all parameters by one Hessian",
    ),
    (lambda: stepped(two(GradientDescent, lr=lambda t: math.nan)(), ravine), ValueError, "lr = na"),
    (lambda: stepped(two(Momentum, lr=lambda t: -0.1)(), ravine), ValueError, "lr = -0.1"),
    (lambda: list(minibatches(0, 1)), ValueError, "n = 0 and size = 1"),
    (lambda: list(minibatches(3, 0)), ValueError, "n = 3 and size = 0"),
)
def test_what_is_out_of_range_is_refused(made, error, message):
    with pytest.raises(error, match=message):
        made()


def test_a_rule_shows_its_options():
    assert repr(Momentum(leaves(1, 2), lr=0.1)) == (
        "Momentum(2 parameters, lr=0.1, momentum=0.9, weight_decay=0.0, variant='notes')"
    )


# ---- nothing is half-updated ---------------------------------------------------------------------

ALL_RULES = [*FIRST_ORDER, Newton]
TORCH = [Momentum, Nesterov, Adagrad, RMSprop]
FORMS = [(rule, {}) for rule in ALL_RULES] + [(rule, {"variant": "torch"}) for rule in TORCH]
each_form = pytest.mark.parametrize(
    ("rule", "options"), FORMS, ids=[f"{rule.__name__} {'torch' * bool(o)}" for rule, o in FORMS]
)


def started(rule, options, kind=Value):
    """A rule over three parameters that has made two steps."""
    made = rule([kind(1.0, label="a"), kind(2.0, label="b"), kind(0.5, label="c")], **options)
    for _ in range(2):
        stepped(made, lambda a, b, c: ravine(a, b) + c**4)
    return made


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@each_form
def test_a_gradient_that_is_not_finite_moves_nothing(rule, options, bad):
    made = started(rule, options)
    before = remembered(made)

    def closure():
        made.zero_grad()
        a, b, c = made.parameters
        loss = a**2 + bad * b + c
        if not made.differentiates:
            loss.backward()
        return loss

    with pytest.raises(NonFiniteGradientError, match="nothing was moved"):
        made.step(closure)
    assert remembered(made) == before


def test_the_parameter_with_the_bad_gradient_is_named():
    for label, shown in (("w", "w"), ("", "parameter 1")):
        a, b = Value(1.0), Value(2.0, label=label)
        a.grad, b.grad = 1.0, math.nan
        with pytest.raises(NonFiniteGradientError, match=f"the gradient of {shown} is nan"):
            GradientDescent([a, b]).step()


@pytest.mark.parametrize("rule", FIRST_ORDER)
def test_a_step_to_infinity_moves_nothing(rule):
    a, b = Value(1.0), Value(MOST, label="b")
    made = rule([{"params": [a]}, {"params": [b], "lr": 1e308}])
    before = remembered(made)

    def closure():
        a.grad, b.grad = 1.0, -1.0

    with pytest.raises(NonFiniteGradientError, match="the next value of b is inf"):
        made.step(closure)
    assert remembered(made) == before


@pytest.mark.parametrize("rule", [Adagrad, RMSprop, Adadelta, Adam])
def test_zero_divided_by_zero_moves_nothing(rule):
    made = rule(leaves(1, 2), eps=0.0)
    before = remembered(made)
    with pytest.raises(NonFiniteGradientError, match="the next value of parameter 1 is nan"):
        stepped(made, lambda x, y: x + 0 * y)
    assert remembered(made) == before


@pytest.mark.parametrize("variant", ["notes", "torch"])
@pytest.mark.parametrize("rule", [Adagrad, RMSprop, Adadelta, Adam])
def test_a_state_that_overflows_moves_nothing(rule, variant):
    """At g = 1e200 the sum of g² is infinite, but the next θ is not: θ − η / ∞ · g = θ."""
    made = rule(leaves(1, 2), variant=variant)
    stepped(made, lambda x, y: x**2 + y**2)
    before = remembered(made)
    with pytest.raises(NonFiniteGradientError, match="the state of parameter 1 is inf; nothing"):
        stepped(made, lambda x, y: x + 1e200 * y)
    assert remembered(made) == before


def test_a_newton_step_to_infinity_moves_nothing():
    made = Newton(leaves(1e300), lr=1e10)
    with pytest.raises(NonFiniteGradientError, match="the step leads to infinity; nothing was mov"):
        stepped(made, lambda x: (1e-150 * x) ** 2)
    assert made.parameters[0].data == 1e300


@pytest.mark.parametrize("error", [RuntimeError, DomainError, KeyboardInterrupt, SystemExit])
@each_form
def test_a_closure_that_raises_moves_nothing(rule, options, error):
    made = started(rule, options)
    before = remembered(made)

    def closure():
        for p in made.parameters:
            p.grad = 1e6
        raise error("half way")

    with pytest.raises(error, match="half way"):
        made.step(closure)
    assert remembered(made) == before


class Interrupted(Value):
    """A parameter; when it is armed, Ctrl-C is pressed as it is assigned."""

    armed = ""

    @property
    def data(self):
        return Value.data.fget(self)

    @data.setter
    def data(self, x):
        armed, self.armed = self.armed, ""
        if armed == "before":
            raise KeyboardInterrupt
        Value.data.fset(self, x)
        if armed == "after":
            raise KeyboardInterrupt


@pytest.mark.parametrize("which", [0, 1, 2])
@pytest.mark.parametrize("moment", ["before", "after"])
@each_form
def test_an_interrupted_step_moves_nothing(rule, options, moment, which):
    made, same = started(rule, options, Interrupted), started(rule, options)
    before = remembered(made)
    made.parameters[which].armed = moment
    with pytest.raises(KeyboardInterrupt):
        stepped(made, lambda a, b, c: ravine(a, b) + c**4)
    assert remembered(made) == before
    for again in (made, same):  # and the next step is as if nothing had been
        stepped(again, lambda a, b, c: ravine(a, b) + c**4)
    assert remembered(made) == remembered(same)


@pytest.mark.parametrize("rule", FIRST_ORDER)
def test_no_gradient_at_all_is_an_error(rule):
    made = rule(leaves(1, 2))
    before = remembered(made)
    with pytest.raises(RuntimeError, match=r"no parameter has a gradient; call loss\.backward\(\)"):
        made.step(lambda: None)
    assert remembered(made) == before


@pytest.mark.parametrize("rule", FIRST_ORDER)
def test_a_parameter_without_a_gradient_stays(rule):
    a, b = leaves(1, 2)
    made = rule([a, b])
    untouched = made.state_dict()["state"][1]
    stepped(made, lambda a, b: a**2)
    assert a.data < 1 and b.data == 2
    assert made.state_dict()["state"][1] == untouched
    made.zero_grad()
    assert not a.has_grad


def test_nesterov_and_newton_need_a_closure():
    for rule, message in ((Nesterov, "look-ahead point"), (Newton, "needs the loss itself")):
        with pytest.raises(TypeError, match=message):
            started(rule, {}).step()
    with pytest.raises(TypeError, match=r"the closure returns the loss as a Value, not 3\.0"):
        Newton(leaves(1)).step(lambda: 3.0)
    with pytest.raises(TypeError, match="the closure returns the loss as a Value, not None"):
        Newton(leaves(1)).step(lambda: None)


# ---- what a rule remembers -----------------------------------------------------------------------


@each_form
def test_a_rule_takes_up_where_it_was(rule, options):
    """Through JSON, with a schedule: the second half is that of a run without a break."""

    def made(*numbers):
        return rule(leaves(*numbers), lr=time_based(0.05, 0.5), **options)

    def f(x, y):
        return ravine(x, y) + 0.1 * x**4 * y**2

    whole, first = made(1, 1), made(1, 1)
    expected = path(whole, f, 8)
    middle = path(first, f, 3)[-1]
    saved = first.state_dict()
    kept = json.dumps(saved)
    second = made(*middle)
    second.load_state_dict(saved)
    assert (path(second, f, 5) == expected[3:]).all()
    assert remembered(second) == remembered(whole)
    assert json.dumps(saved) == kept  # neither half writes into what was saved
    third = made(*middle)
    third.load_state_dict(json.loads(kept))
    assert (path(third, f, 5) == expected[3:]).all()


def test_what_is_saved_is_a_copy():
    rule = Momentum(leaves(1), lr=0.1)
    saved = rule.state_dict()
    rule.load_state_dict(saved)
    rule.state_dict()["state"][0]["v"] = saved["state"][0]["v"] = 9.0
    assert rule.state_dict() == {"steps": 0, "state": [{"v": 0.0}]}


@table(
    ("state", "error", "source"),
    ({"steps": 3, "state": [{"v": 1.0}]}, ValueError, "one parameter"),
    ({"steps": 3, "state": [{"v": 1.0}] * 3}, ValueError, "three parameters"),
    ({"steps": 3, "state": [{"G": 1.0}] * 2}, ValueError, "another rule"),
    ({"steps": 3, "state": [{"v": 1.0}, {}]}, ValueError, "a number missing"),
    ({"steps": 3}, KeyError, "no state"),
    ({"state": [{"v": 1.0}] * 2}, (KeyError, ValueError), "no steps"),
    ({"steps": "many", "state": [{"v": 1.0}] * 2}, (TypeError, ValueError), "steps a word"),
    ({"steps": 3, "state": [{"v": "fast"}] * 2}, (TypeError, ValueError), "a word"),
    ({"steps": 3, "state": [{"v": None}] * 2}, (TypeError, ValueError), "nothing"),
)
def test_a_state_that_does_not_fit_changes_nothing(state, error, source):
    rule = Momentum(leaves(1, 1), lr=0.03)
    path(rule, ravine, 2)
    before = remembered(rule)
    with pytest.raises(error):
        rule.load_state_dict(state)
    assert remembered(rule) == before


# ---- Newton's method -----------------------------------------------------------------------------


def test_newton_in_two_dimensions():
    """000 §3.7 and 003, p. 52, from (4, 4); the notes' y⁴ has 0.8, their 2.56 is 2.58."""
    rule = Newton(leaves(4, 4))
    hessians = {
        0: [[198.4, -2.6], [-2.6, 157.6]],
        1: [[86.99795255502353, -2.0330954656716913], [-2.0330954656716913, 69.96308954414968]],
        2: [[37.753458522532235, -1.6369027656358575], [-1.6369027656358575, 30.92808634690741]],
        3: [[16.69437756519401, -1.3482356672031643], [-1.3482356672031643, 13.634996391908173]],
    }
    iterates = {
        1: [2.5827386641792285, 2.621288835830368],
        2: [1.5922569140896436, 1.6748161076576502],
        3: [0.8705891680079106, 1.0018210705961592],
        4: [0.335194310717441, 0.4939762284264713],
        5: [0.041235850143326334, 0.1254590349261596],
        6: [0.00019466378462615065, 0.0030102867235147117],
    }
    losses = {0: 528, 1: 112.42358968479604, 2: 24.957298125170738, 3: 5.395251619583402}
    for k in range(8):
        loss = stepped(rule, quartic).data
        if k in hessians:
            assert rule.hessian == near(hessians[k])
            assert loss == near(losses[k])
        if k + 1 in iterates:
            assert data(rule.parameters) == near(iterates[k + 1])
    assert abs(data(rule.parameters)).max() < 1e-15
    assert rule.kind == "positive definite"
    stepped(rule, quartic)
    assert rule.eigenvalues == near([3.76393202250021, 8.23606797749979])


@table(
    ("f", "iterates", "source"),
    (
        hard,
        [
            *(0.05, 0.09724764704478504, 0.1831766667839309, 0.32051968955024274),
            *(0.47729765238609506, 0.5578497670878261, 0.567059890228799, 0.5671432838411802),
            OMEGA,
        ],
        "003, p. 49, from 0.05",
    ),
    (
        hard,
        [
            *(2, 1.098179669096158, 0.5526822326177031, 0.5669388602197535),
            *(0.5671432509315752, 0.5671432904097824, OMEGA),
        ],
        "003, p. 49, from 2",
    ),
    (cos, [0.5, -0.04630248984379051, 3.31180213263868e-05], "002: to a maximum"),
    (lambda phi: hard(10 * phi), [0.05, 0.05621873008891325, 0.05671198190361408], "002 (units)"),
)
def test_newton_in_one_dimension(f, iterates, source):
    ours = path(Newton(leaves(iterates[0])), f, len(iterates) - 1)
    assert ours[:, 0] == near(iterates)


@table(
    ("rule", "x", "phi", "source"),
    (Newton, 0.5621873008891325, 0.5621873008891325, "Newton's steps are the same"),
    (GradientDescent, 0.5351278729299872, 4.012787292998719, "descent's are not"),
)
def test_units(rule, x, phi, source):
    """002 (units): the same function of x and of φ = x / 10, a step of each."""
    lr = {} if rule is Newton else {"lr": 0.1}
    assert path(rule(leaves(0.5), **lr), hard, 1)[-1] == near([x])
    ours = path(rule(leaves(0.05), **lr), lambda phi: hard(10 * phi), 1)[-1]
    assert 10 * ours == near([phi])


@table(
    ("f", "start", "kind", "eigenvalues"),
    (ravine, [1, 1], "positive definite", [1, 25]),
    (lambda x, y: 2 * x**2 - 2 * y**2, [1, 0.5], "indefinite", [-4, 4]),
    (lambda x, y: -ravine(x, y), [1, 1], "negative definite", [-25, -1]),
    (well, [0.3, 1], "indefinite", [-0.73, 1]),
    (cos, [0.5], "negative definite", [-0.8775825618903728]),
    (hard, [OMEGA], "positive definite", [4.872177597931833]),
)
def test_newton_tells_what_kind_of_point_it_is_at(f, start, kind, eigenvalues):
    rule = Newton(leaves(*start))
    stepped(rule, f)
    assert rule.kind == kind
    assert rule.eigenvalues == near(eigenvalues)


def test_newton_is_drawn_to_a_saddle_point_and_damping_leads_past_it():
    """002 (why not Newton): from (0.3, 1); the minima are at (±1, 0)."""
    ours = path(Newton(leaves(0.3, 1)), well, 5)
    assert ours[1:3] == near([[-0.07397260273972603, 0], [0.0008230593781538222, 0]])
    assert abs(ours[5]).max() < 1e-40
    rule = Newton(leaves(0.3, 1), damping="auto", line_search=True)
    assert path(rule, well, 30)[-1] == near([1, 0])


@table(
    ("f", "start", "source"),
    (lambda x, y: (x + y) ** 2, [1, 2], "a valley"),
    (lambda m, b: 0.5 * (2 * m + b - 5) ** 2, [0, 0], "002: one sample's Hessian"),
    (lambda x: 3 * x, [1], "a line"),
    (lambda x, y: x**2, [1, 2], "one parameter does not matter"),
    (lambda x: x**3, [0], "a flat point"),
)
def test_a_singular_hessian_is_reported(f, start, source):
    rule = Newton(leaves(*start))
    before = remembered(rule)
    with pytest.raises(SingularHessianError, match=r"the Hessian is singular.*nothing was moved"):
        stepped(rule, f)
    assert remembered(rule) == before
    assert rule.kind == "singular"


def test_where_there_is_no_curvature_at_all_damping_auto_has_no_step_either():
    rule = Newton(leaves(1), damping="auto")
    with pytest.raises(SingularHessianError):
        stepped(rule, lambda x: 3 * x)
    assert rule.parameters[0].data == 1


def test_two_samples_determine_a_newton_step():
    """002 (why not Newton): the Hessian of samples 1 and 2 has determinant 1."""
    rule = Newton(leaves(0, 0))
    stepped(rule, lambda m, b: sum(0.5 * (m * x + b - y) ** 2 for x, y in LINE[:2]))
    assert rule.hessian == near([[5, 3], [3, 2]])
    assert data(rule.parameters) == near([3, -1])  # through (1, 2) and (2, 5)


@table(
    ("f", "start", "options", "after"),
    (lambda x: x**2, [3], {"damping": 2.0}, [1.5]),
    (lambda x: x**2, [3], {"lr": 0.5}, [1.5]),
    (ravine, [1, 1], {"damping": 25.0}, [25 / 26, 0.5]),
    (ravine, [1, 1], {"damping": "auto"}, [0, 0]),  # none is needed
    (lambda x, y: 2 * x**2 - 2 * y**2, [1, 0.5], {"damping": "auto"}, [0, 1]),  # by |−4|
    (lambda x, y: x * y, [1, 2], {"damping": "auto"}, [-1, 1]),  # the eigenvalues are ±1
    (lambda x: -(x**2), [3], {"damping": "auto"}, [6]),
    (lambda x, y: (x + y) ** 2, [1, 2], {"damping": 1.0}, [-0.2, 0.8]),
    (lambda x: x - log(x), [3], {"line_search": True}, [1.5]),  # past −3 and 0, outside the domain
    (lambda x: sqrt(1 + x**2), [2], {}, [-8]),
    (lambda x: sqrt(1 + x**2), [2], {"line_search": True}, [-0.5]),  # past −8 and −3
)
def test_damping_and_line_search(f, start, options, after):
    assert path(Newton(leaves(*start), **options), f, 1)[-1] == near(after)


@table(
    ("f", "start"),
    (lambda x, y: 2 * x**2 - 2 * y**2, [1, 0.5]),
    (well, [0.3, 1]),
    (lambda x, y: -(x**2) - y**2, [1, 2]),
    (lambda x, y: (x + y) ** 2, [1, 2]),
    (lambda x, y: x * y, [1, 2]),
)
def test_damping_auto_goes_downhill_everywhere(f, start):
    rule = Newton(leaves(*start), damping="auto", line_search=True)
    before = stepped(rule, f).data
    assert f(*rule.parameters).data < before


@pytest.mark.parametrize("lr", [0.5, 1.0, 1.9, 3.0])
def test_with_a_line_search_the_loss_falls_at_any_rate(lr):
    rule = Newton(leaves(1), lr=lr, line_search=True)
    before = stepped(rule, lambda x: x**2).data
    assert rule.parameters[0].data ** 2 < before


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_line_search_that_is_broken_off_moves_nothing(error):
    rule = Newton(leaves(4, 4), line_search=True)
    before = remembered(rule)
    calls = []

    def closure():
        calls.append(data(rule.parameters))
        if len(calls) == 2:
            raise error
        return quartic(*rule.parameters)

    with pytest.raises(error):
        rule.step(closure)
    assert calls[1] == near([2.5827386641792285, 2.621288835830368])  # it was on its way
    assert remembered(rule) == before


@pytest.mark.parametrize("f", [lambda x: exp(1000 * x), lambda x: exp(500 * x) * 1e90])
def test_a_slope_or_hessian_that_is_not_finite_moves_nothing(f):
    rule = Newton(leaves(1))
    with pytest.raises(NonFiniteGradientError, match="not finite; nothing was moved"):
        stepped(rule, f)
    assert rule.parameters[0].data == 1


# ---- minimize ------------------------------------------------------------------------------------


def bowl(x, y):
    return x**2 + y**2


def valley(x, y):
    return (x + y) ** 2


AT_943 = 0.5671432903896342  # on e^x − log x, the first iterate with a slope below 1e-10


@table(
    ("f", "x0", "options", "stopped", "nit", "x", "message"),
    (hard, 0.05, {"lr": 0.005, "tolerance": 1e-10}, "converged", 943, AT_943, "no slope is above"),
    (hard, 0.05, {"method": "newton"}, "converged", 8, OMEGA, "no slope is above 1e-08"),
    (bowl, (2, 3), {"method": Newton}, "converged", 1, [0, 0], "no slope"),
    (bowl, (0, 0), {}, "converged", 0, [0, 0], "no slope"),
    (lambda x: Value(3.0), 1, {}, "converged", 0, 1, "no slope"),
    (lambda x: 3, 1, {}, "converged", 0, 1, "no slope"),
    (bowl, (2, 3), {"lr": 0.1, "max_steps": 3}, "step limit", 3, [1.024, 1.536], "above 1e-08"),
    (bowl, (2, 3), {"max_steps": 0}, "step limit", 0, [2, 3], "above 1e-08 still"),
    (hard, 0.05, {"lr": 0.5}, "domain error", 2, 9.524364451811987, "at step 2, x = -6835.03663"),
    (hard, 0.05, {"lr": 1.0}, "domain error", 2, 18.998728903623977, "at step 2, x = -178255557"),
    (hard, -1.0, {}, "domain error", 0, -1, r"at step 0, x = -1.0: log\(a\) with a = -1.0"),
    (lambda x: x**4, 10.0, {"lr": 1e200}, "diverged", 1, -4e203, "not finite"),
    (lambda x: x**2, MOST, {}, "diverged", 0, MOST, "not finite"),
    (lambda x: x**2, math.nan, {}, "diverged", 0, math.nan, "not finite"),
    (lambda x: -x, MOST, {"lr": 1e308}, "diverged", 0, MOST, "the next value of .* is inf"),
    (bowl, (2, 3), {"lr": 0.5, "tolerance": 0.0}, "converged", 1, [0, 0], "no slope is above 0"),
    (valley, (1, 2), {"method": "newton"}, "singular Hessian", 0, [1, 2], "Hessian is singular"),
)
def test_how_a_search_ends(f, x0, options, stopped, nit, x, message):
    found = minimize(f, x0, **options)
    assert (found.stopped, found.nit) == (stopped, nit)
    assert found.success == (stopped == "converged")
    assert found.x == pytest.approx(x, rel=1e-12, abs=1e-12, nan_ok=True)
    assert re.search(message, found.message)
    assert len(found.path) == nit + 1
    steps = "1 step" if nit == 1 else f"{nit} steps"
    assert str(found).startswith(f"{stopped} after {steps} at x = ")


def test_a_minimum_is_recorded_with_its_way():
    seen = []
    found = minimize(bowl, (2, 3), lr=0.1, max_steps=2, callback=lambda *at: seen.append(at))
    assert found.path == near([[2, 3], [1.6, 2.4], [1.28, 1.92]])  # 000 §2.4
    assert found.fun == near(5.3248)
    assert found.jac == near([2.56, 3.84])
    assert [k for k, _, _ in seen] == [0, 1, 2]
    assert [x for _, x, _ in seen] == [near([2, 3]), near([1.6, 2.4]), near([1.28, 1.92])]
    assert [y for *_, y in seen] == near([13, 8.32, 5.3248])


@table(
    ("f", "x0", "shape"),
    (lambda x: (x - 1) ** 2, 3.0, None),
    (lambda x: (x - 1) ** 2, 3, None),
    (lambda x: (x - 1) ** 2, np.float64(3), None),
    (lambda x: (x - 1) ** 2, [3.0], (1,)),
    (lambda x, y: (x - 1) ** 2 + (y - 1) ** 2, (3.0, 2), (2,)),
    (lambda v: ((v - 1) ** 2).sum(), np.array([3.0, 2.0, 0.0]), (3,)),
    (lambda m: ((m - 1) ** 2).sum(), np.array([[3.0, 2.0], [0.0, 5.0]]), (2, 2)),
    (lambda v: ((v - 1) ** 2).sum(), Series([3.0, 2.0, 0.0]), (3,)),
    (lambda m: ((m - 1) ** 2).sum(), Frame([[3.0, 2.0], [0.0, 5.0]]), (2, 2)),
    (lambda x, y: (x - 1) ** 2 + (y - 1) ** 2, range(2, 4), (2,)),
)
@pytest.mark.parametrize("method", ["gradientdescent", "newton", "bfgs"])
def test_the_answer_has_the_shape_of_the_question(f, x0, shape, method):
    found = minimize(f, x0, method=method, **({"lr": 0.5} if method == "gradientdescent" else {}))
    for ours, expected in ((found.x, 1.0), (found.jac, 0.0)):
        assert isinstance(ours, float) if shape is None else ours.shape == shape
        assert ours == pytest.approx(np.full(shape or (), expected), abs=1e-8)
    assert found.path.shape == (found.nit + 1, *(shape or ()))
    assert found.nit == 1 or method == "bfgs"
    assert found.stopped == "converged"


@table(
    ("method", "options"),
    ("gradientdescent", {"lr": 0.1}),
    ("Gradient Descent", {"lr": 0.1}),
    ("gradient_descent", {"lr": 0.1}),
    (SGD, {"lr": 0.1}),
    ("momentum", {"lr": 0.05, "momentum": 0.5}),
    ("nesterov", {"lr": 0.05}),
    ("nesterov", {"lr": 0.05, "variant": "torch"}),
    ("adagrad", {"lr": 1.0}),
    ("rmsprop", {"lr": time_based(0.1, 0.1)}),
    ("adadelta", {"eps": 1e-3}),
    ("adam", {"lr": 0.05, "betas": (0.8, 0.99)}),
    ("newton", {"line_search": True, "damping": "auto"}),
)
def test_every_method_finds_the_minimum(method, options):
    found = minimize(hard, 0.3, method=method, max_steps=5000, tolerance=1e-9, **options)
    assert found.stopped == "converged"
    assert found.x == pytest.approx(OMEGA, abs=1e-9)  # slope 1e-9, f″ = 4.9


def test_a_descent_that_follows_a_cosine_to_its_end():
    found = minimize(bowl, (2, 3), lr=cosine(0.3, 20), max_steps=30)
    assert found.stopped == "step limit"
    assert found.path[20:] == near([found.x] * 11)


@table(
    ("call", "error", "message"),
    (lambda: minimize(bowl, (1, 1), method="adamm"), ValueError, "method 'adamm': it is a rule, o"),
    (
        lambda: minimize(bowl, (1, 1), method=3),
        ValueError,
        "method 3: it is a rule, or one of bfgs",
    ),
    (lambda: minimize(bowl, (1, 1), method="bfgs", lr=0.1), TypeError, "bfgs has no option lr; ch"),
    (lambda: minimize(bowl, {1.0, 2.0}), TypeError, r"x0 is \{.*\} \(set\); give a list, such as"),
    (lambda: minimize(bowl, {"x": 1.0}), TypeError, r"x0 is \{'x': 1.0\} \(dict\); give a list"),
    (lambda: minimize(bowl, Value(1.0)), TypeError, "it is a Value already; use .* v.data"),
    (lambda: minimize(bowl, None), TypeError, "a Value holds one number"),
    (lambda: minimize(sum, np.array(["1"])), TypeError, r"write Value\(float\("),
    (lambda: minimize(sum, np.array([1j])), TypeError, "use its .real and .imag"),
    (lambda: minimize(bowl, "12"), TypeError, r"x0 is '12' \(str\); give a list, such as"),
    (lambda: minimize(bowl, [[1.0], [2.0, 3.0]]), TypeError, "a Value holds one number"),
    (lambda: minimize(bowl, np.ma.masked_equal([1.0, 2.0], 2.0)), ValueError, "x0 has masked elem"),
    (lambda: minimize(bowl, (1, 1), max_steps=-1), ValueError, "max_steps = -1"),
    (lambda: minimize(bowl, (1, 1), tolerance=-1e-9), ValueError, "tolerance = -1e-09"),
    (lambda: minimize(bowl, (1, 1), tolerance=math.nan), ValueError, "tolerance = nan"),
    (lambda: minimize(bowl, (1, 1), lr=-1), ValueError, "lr = -1"),
    (lambda: minimize(bowl, (1, 1), momentum=0.5), TypeError, "momentum"),
    (lambda: minimize(bowl, ()), ValueError, "no parameters"),
    (lambda: minimize(bowl, ("1", "2")), TypeError, "a Value holds one number"),
    (lambda: minimize(bowl, (1, 1, 1)), TypeError, "argument"),
    (lambda: minimize(lambda x: [x, x], 1.0), TypeError, "for a list of residuals: least_squares"),
    (lambda: minimize(lambda x: None, 1.0), TypeError, "f returned None"),
    (lambda: minimize(lambda x: "a", 1.0), TypeError, "a Value holds one number"),
)
def test_a_wrong_question_is_an_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


def raising(error, at):
    """A callback that raises at a step."""

    def callback(step, x, y):
        if step == at:
            raise error

    return callback


@pytest.mark.parametrize(
    ("error", "stopped"), [(StopIteration, "stopped"), (KeyboardInterrupt, "interrupted")]
)
def test_a_callback_may_end_the_search(error, stopped):
    found = minimize(bowl, (2, 3), lr=0.1, callback=raising(error, 2))
    assert (found.stopped, found.nit, found.success) == (stopped, 2, False)
    assert found.x == near([1.28, 1.92])
    assert (found.fun, *found.jac) == (near(5.3248), near(2.56), near(3.84))
    with pytest.raises(RuntimeError):
        minimize(bowl, (2, 3), callback=raising(RuntimeError, 2))


def called(f, at, error):
    """f, which raises when it is called for the so-manieth time."""
    count = iter(range(1, at + 1))

    def raising(*x):
        if next(count) == at:
            raise error
        return f(*x)

    return raising


@pytest.mark.parametrize(
    ("calls", "nit", "x", "fun", "jac"),
    [
        (4, 1, [1.6, 2.4], 8.32, [3.2, 4.8]),  # within the second step: at a known point
        (5, 2, [1.6, 2.4], 8.32, [3.2, 4.8]),  # at a point not yet evaluated
        (1, 0, [2, 3], math.nan, [math.nan, math.nan]),  # at the start
    ],
)
def test_a_search_that_is_interrupted_is_at_the_last_point_it_knows(calls, nit, x, fun, jac):
    found = minimize(called(bowl, calls, KeyboardInterrupt), (2, 3), lr=0.1)
    assert (found.stopped, found.nit) == ("interrupted", nit)
    assert found.x == near(x)
    known = pytest.approx([fun, *jac], rel=1e-12, nan_ok=True)
    assert [found.fun, *found.jac] == known


def test_a_search_that_left_the_domain_is_at_the_last_point_within():
    """e^x − log x at η = 0.5 steps to 9.5, then to −6835; value and slope are those at 9.5."""
    found = minimize(hard, 0.05, lr=0.5)
    assert found.path == near([0.05, 9.524364451811987, -6835.03663652874])
    assert [found.x, found.fun, found.jac] == near(
        [found.path[1], 13686.97314264881, 13689.122001961103]
    )


# ---- the default method --------------------------------------------------------------------------


def rosenbrock(*x):
    return sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def beale(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def powell(a, b, c, d):
    return (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4


def wood(a, b, c, d):
    far = 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1)
    return rosenbrock(a, b) + 90 * (d - c * c) ** 2 + (1 - c) ** 2 + far


def logistic(w, b):
    """The log loss of four samples that no line separates, as 003, p. 33."""
    return sum(log_loss_from_logit(y, w * x + b) for x, y in ((-1, 0), (0, 1), (1, 0), (2, 1)))


LOGIT = 0.9081842625600951  # 3σ(−3w/2) = σ(w/2), by mpmath
TURNED = np.linalg.qr(np.random.default_rng(0).normal(size=(10, 10)))[0]
ILL = TURNED @ np.diag(np.logspace(0, 6, 10)) @ TURNED.T  # condition 10⁶
MORE = "J. Moré, B. Garbow, K. Hillstrom, ACM TOMS 7 (1981)"


@table(
    ("f", "x0", "x", "within", "calls", "source"),
    (rosenbrock, (-1.2, 1.0), [1, 1], 1e-7, 100, MORE),
    (rosenbrock, (10.0, -50.0), [1, 1], 1e-7, 150, "far away"),
    (rosenbrock, [-1.2, 1.0] * 5, [1] * 10, 1e-7, 150, "in 10 dimensions"),
    (wood, (-3.0, -1.0, -3.0, -1.0), [1] * 4, 1e-7, 100, MORE),
    (beale, (1.0, 1.0), [3, 0.5], 1e-7, 40, MORE),
    (powell, (3.0, -1.0, 0.0, 1.0), [0] * 4, 2e-3, 150, "singular Hessian; " + MORE),
    (
        lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
        (0, 0),
        [3, 2],
        1e-7,
        40,
        "Himmelblau",
    ),
    (lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2, (0, 0), [1, 3], 1e-7, 40, "Booth"),
    (
        lambda x, y: (x - 1e6) ** 2 + (y - 2e-6) ** 2 + (x * y - 2) ** 2,
        (1, 1),
        [1e6, 2e-6],
        1e-7,
        80,
        "Brown, badly scaled; " + MORE,
    ),
    (lambda x: (x - 2) ** 4, 10.0, 2, 2e-3, 80, "a quartic"),
    (lambda v: 0.5 * (v @ (ILL @ v)), np.ones(10), [0] * 10, 1e-7, 200, "condition 10⁶"),
    (lambda v: ((v - 1) ** 2).sum(), np.arange(200.0), [1] * 200, 1e-7, 40, "200 parameters"),
    (
        lambda x, y: 1e6 + (x - 1) ** 2 + 10 * (y - 2) ** 2,
        (0, 0),
        [1, 2],
        1e-7,
        80,
        "f of 6 digits more",
    ),
    (logistic, (0, 0), [LOGIT, -LOGIT / 2], 1e-7, 40, "b = −w/2 by symmetry"),
    (hard, 0.05, OMEGA, 1e-7, 40, "e^x − log x, from beside its wall"),
    (lambda x: x - log(x), 1e-6, 1, 1e-7, 150, "from beside the wall"),
    (lambda x: x - log(x), 1e6, 1, 1e-7, 150, "past the wall"),
    (lambda x: absolute(x - 3), 0.0, 3, 0.0, 150, "a kink"),
    (lambda x: absolute(x - math.pi) + 5, 0.0, math.pi, 0.0, 150, "a kink at no short number"),
    (
        lambda x, y: absolute(x - 1) + absolute(y + math.pi),
        (5, 5),
        [1, -math.pi],
        0.0,
        300,
        "two kinks",
    ),
    (lambda x: relu(x), 2.0, 0, 2.0, 80, "a flat half"),
)
@pytest.mark.parametrize("backend", [None, "python"])
def test_the_default_finds_the_minimum(f, x0, x, within, calls, source, backend):
    count = itertools.count()

    def counted(*given):
        next(count)
        return f(*given)

    found = minimize(counted, x0, backend=backend)
    assert (found.stopped, found.success) == ("converged", True)
    assert np.abs(found.x - np.array(x)).max() <= within
    assert next(count) <= calls
    assert found.path[-1].tolist() == np.array(found.x).tolist()


@table(
    ("f", "x0", "stopped", "message", "source"),
    (lambda x: -x, 0.0, "diverged", "f falls without end along a straight line", "no minimum"),
    (lambda x: -x * x, 1.0, "diverged", "falls without end", "no minimum"),
    (lambda x: sqrt(x), 1.0, "no progress", "a kink, or its rounding", "lowest at its wall"),
    (
        lambda x, y: maximum(x * x + y * y, (x - 2) ** 2 + y * y) + absolute(y - 0.3),
        (5.0, 5.0),
        "no progress",
        "a kink, or its rounding",
        "a valley of two kinks: right, (1, 0.3), but no slope tells so",
    ),
    (lambda x: log(x), -1.0, "domain error", r"at step 0, x = -1.0: log\(a\)", "outside"),
)
def test_the_default_says_where_it_cannot_tell(f, x0, stopped, message, source):
    found = minimize(f, x0)
    assert (found.stopped, found.success) == (stopped, False)
    assert re.search(message, found.message)


def test_the_default_knows_when_f_is_lowest_to_its_rounding():
    """Misra1a of NIST: its sum of squares has no slope below 1e-8 that rounding lets one see."""
    x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1]
    y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47]
    x, y = [*x, 760.0], [*y, 81.78]

    def squares(a, b):
        return sum((a * (1 - exp(-b * u)) - v) ** 2 for u, v in zip(x, y, strict=True))

    found = minimize(squares, (250.0, 0.0005))
    assert (found.stopped, found.message) == (
        "converged",
        "a step changes f by no more than its rounding",
    )
    assert found.x == pytest.approx([2.3894212918e02, 5.5015643181e-04], rel=1e-9)


def test_a_learning_rate_asks_for_gradient_descent():
    by_name = minimize(bowl, (2, 3), method="gradientdescent", lr=0.1, max_steps=5)
    assert minimize(bowl, (2, 3), lr=0.1, max_steps=5).path.tolist() == by_name.path.tolist()


# ---- Ctrl-C anywhere -----------------------------------------------------------------------------


def interrupted_at(k, call):
    """What ``call`` returns if Ctrl-C is pressed at the k-th line of optim; whether it was."""
    count = itertools.count(1)

    def trace(frame, event, argument):
        if "optim" not in Path(frame.f_code.co_filename).parent.name:
            return None
        if event == "line" and next(count) == k:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        found = call()
    except KeyboardInterrupt:
        found = None  # before it began, or when it was done
    finally:
        sys.settrace(before)
    return found, next(count) > k


@pytest.mark.parametrize("method", ["bfgs", "adam", "newton"])
def test_ctrl_c_at_any_line_of_minimize_leaves_one_point(method):
    caught = 0
    for k in itertools.count(1, 7):
        call = partial(minimize, beale, (1.0, 1.0), method=method, max_steps=4)
        found, pressed = interrupted_at(k, call)
        if not pressed:
            break
        if found is not None and math.isfinite(found.fun):
            caught += found.stopped == "interrupted"
            assert found.x.tolist() in found.path.tolist()
            assert found.fun == float(beale(*found.x))
            assert found.jac.tolist() == grad(beale)(*found.x).tolist()
    assert caught > 10


def test_ctrl_c_at_any_line_of_least_squares_leaves_one_point():
    def residuals(a, b):
        return [10 * (b - a * a), 1 - a]

    caught = 0
    for k in itertools.count(1, 7):
        call = partial(least_squares, residuals, (-1.2, 1.0), max_steps=4)
        fit, pressed = interrupted_at(k, call)
        if not pressed:
            break
        if fit is not None:
            caught += fit.stopped == "interrupted"
            assert fit.fun.tolist() == [float(r) for r in residuals(*fit.x)]
            assert fit.jac.tolist() == jacobian(residuals)(*fit.x).tolist()
            assert fit.cost <= 12.1
    assert caught > 10


# ---- what an error advises helps -----------------------------------------------------------------


def one_step(rule, x, g, **options):
    p = Value(x)
    p.grad = g
    rule([p], **options).step()
    return p.data


@table(
    ("rule", "x", "g", "options", "message", "better"),
    *[
        (
            rule,
            1.0,
            g,
            {"eps": 0.0, "variant": variant},
            "eps = 0.0 is too small here: take a larger",
            {"eps": 1e-8},
        )
        for rule in (Adagrad, RMSprop, Adadelta, Adam)
        for variant in ("notes", "torch")
        for g in (0.0, 1e-200)
    ],
    (GradientDescent, 1.0, 1e200, {"lr": 1e200}, r"lr = 1e\+200 is too large", {"lr": 1e-3}),
    (Momentum, 1.0, 1e200, {"lr": 1e200}, r"lr = 1e\+200 is too large", {"lr": 1e-3}),
    (SGD, 1e300, 1.0, {"weight_decay": 1e10}, "weight_decay = 10000000000.0 is too large", {}),
)
def test_the_option_that_an_error_names_helps(rule, x, g, options, message, better):
    with pytest.raises(NonFiniteGradientError, match=f"nothing was moved. {message}"):
        one_step(rule, x, g, **options)
    rest = {"variant": options["variant"]} if "variant" in options else {}
    assert math.isfinite(one_step(rule, x, g, **rest, **better))


@table(
    ("rule", "x", "g", "message"),
    (
        Adam,
        1.0,
        1e200,
        r"Its gradient, 1e\+200, is too large to be squared or added up: scale the l",
    ),
    (GradientDescent, math.nan, 1.0, "It is nan before the step: give it a number"),
    (Adam, 1.0, math.nan, r"find_nonfinite\(loss\) names the node where it began$"),
)
def test_no_option_is_named_where_none_helps(rule, x, g, message):
    with pytest.raises(NonFiniteGradientError, match=f"nothing was moved. {message}"):
        one_step(rule, x, g)


def test_a_smaller_rate_is_named_where_steps_led_there():
    p = Value(1.0)
    rule = GradientDescent([p], lr=0.1)
    p.grad = 1.0
    rule.step()
    p.grad = math.inf
    with pytest.raises(NonFiniteGradientError, match="if the steps before led there, take a small"):
        rule.step()


@table(
    ("f", "x0", "message", "method", "options"),
    (valley, (1.0, 2.0), "damping='auto' takes a step all the same", "newton", {"damping": "auto"}),
    (
        lambda x, y: absolute(x + y),
        (1.0, 2.0),
        "only gradient descent leads on",
        "sgd",
        {"lr": 1.5},
    ),
)
def test_what_a_singular_hessian_advises_leads_on(f, x0, message, method, options):
    assert re.search(message, minimize(f, x0, method="newton").message)
    assert minimize(f, x0, method=method, max_steps=1, **options).nit == 1


# ---- least squares -------------------------------------------------------------------------------


def line_through(points):
    return lambda m, b: [m * x + b - y for x, y in points]


def solved_exactly(rows, y):
    """(solution, standard errors, Σ r²) of a linear problem, by the normal equations in ℚ."""
    rows, y = [[Fraction(v) for v in row] for row in rows], [Fraction(v) for v in y]
    n = len(rows[0])
    normal = [[sum(r[i] * r[j] for r in rows) for j in range(n)] for i in range(n)]
    right = [[sum(r[i] * v for r, v in zip(rows, y, strict=True))] for i in range(n)]
    m = [normal[i] + right[i] + [Fraction(i == j) for j in range(n)] for i in range(n)]
    for i in range(n):
        m[i] = [v / m[i][i] for v in m[i]]
        for k in range(n):
            if k != i:
                m[k] = [a - m[k][i] * b for a, b in zip(m[k], m[i], strict=True)]
    x = [row[n] for row in m]
    left = (sum(a * b for a, b in zip(r, x, strict=True)) - v for r, v in zip(rows, y, strict=True))
    squares = sum(v * v for v in left)
    variance = squares / (len(rows) - n)
    return x, [math.sqrt(variance * m[i][n + 1 + i]) for i in range(n)], squares


def test_the_line_of_the_notes():
    """003, p. 25-26: m = 1/2, b = 7/3, Σ r² = 25/6."""
    fit = least_squares(line_through(LINE), (0.0, 0.0))
    assert fit.x == near([1 / 2, 7 / 3], 1e-10)
    assert fit.cost == near(25 / 12)
    assert fit.fun == near([5 / 6, -5 / 3, 5 / 6], 1e-10)
    assert fit.jac == near([[1, 1], [2, 1], [3, 1]])
    assert fit.standard_errors == near([math.sqrt(25 / 12), math.sqrt(175 / 18)], 1e-10)
    assert (fit.success, fit.stopped) == (True, "converged")
    assert str(fit).startswith(f"converged after {fit.nit} steps: Σ r² = 4.166666667. ")


@pytest.mark.parametrize("seed", range(8))
def test_linear_problems_agree_with_exact_fractions(seed):
    draw = np.random.default_rng(seed)
    rows = draw.integers(-9, 10, (7, 3)) / 4
    y = draw.integers(-20, 21, 7) / 8
    x, errors, squares = solved_exactly(rows, y)
    fit = least_squares(lambda *p: list(rows @ np.array(p) - y), (1.0, 1.0, 1.0))
    assert fit.stopped == "converged"
    assert fit.x == near([float(v) for v in x], 1e-9)
    assert fit.standard_errors == near(errors, 1e-9)
    assert 2 * fit.cost == near(float(squares))


@table(
    ("points", "x", "source"),
    (((-1, 1), (0, -2), (1, 1)), [0, 0], "both parameters are 0"),
    (((-2, 4), (-1, 1), (1, 1), (2, 4.5)), [0.1, 2.625], "neither"),
    (((-2, 1), (-1, -1), (1, -1), (2, 1.0)), [0, 0], "both again"),
    (((-1, -1), (0, 0), (1, 1), (2, 2)), [1, 0], "through the origin"),
)
def test_a_parameter_that_is_zero_is_determined_all_the_same(points, x, source):
    """An error that is large beside the parameter tells nothing of a parameter that is 0."""
    fit = least_squares(line_through(points), (0.3, 0.7))
    assert fit.x == pytest.approx(x, abs=1e-9)
    assert (fit.stopped, fit.success) == ("converged", True)


@table(
    ("residuals", "x0", "x", "source"),
    (lambda a, b: [10 * (b - a * a), 1 - a], (-1.2, 1.0), [1, 1], "Rosenbrock's valley"),
    (
        lambda a, b: [a * exp(-b * x) - 2 * math.exp(-0.5 * x) for x in range(5)],
        (1.0, 1.0),
        [2, 0.5],
        "a decay without noise",
    ),
    (lambda x: [log(x) - 1], (100.0,), [math.e], "past a point outside the domain"),
    (lambda x: [x - 3, 2 * x - 6], (1e6,), [3], "from far away"),
    (lambda x: np.array([x - 3, x - 5], dtype=object), (0.0,), [4], "an array"),
    (lambda a, b: Series([a - 1, b - 2]), Series([0.0, 0.0]), [1, 2], "by position"),
    (lambda a, b: (p - k for k, p in enumerate((a, b), 1)), range(2), [1, 2], "gone through once"),
    (lambda x: [x - 3, 0.0], (1.0,), [3], "a residual that is a number"),
)
def test_fits(residuals, x0, x, source):
    fit = least_squares(residuals, x0)
    assert fit.stopped == "converged"
    assert fit.x == near(x, 1e-9)


def test_with_as_many_residuals_as_parameters_errors_are_unknown():
    fit = least_squares(lambda a, b: [a + b - 3, a - b - 1], (0.0, 0.0))
    assert fit.x == near([2, 1])
    assert np.isnan(fit.standard_errors).all()


@table(
    ("residuals", "x0", "stopped", "message", "source"),
    (
        lambda a, b: [a * x - y for x, y in LINE],
        (1.0, 1.0),
        "undetermined",
        r"do not use parameter 1; leave it out",
        "parameter 1 is not there",
    ),
    (
        lambda a, b: [exp(-b * x) * a - y for x, y in LINE],
        (1.0, 800.0),
        "undetermined",
        "try another start",
        "flat at the start",
    ),
    (
        lambda x: [abs(x) + 1, 0.0 * x],
        (1.0,),
        "no progress",
        "damping|no step",
        "a corner at the minimum",
    ),
)
def test_what_is_no_fit_is_no_success(residuals, x0, stopped, message, source):
    fit = least_squares(residuals, x0)
    assert (fit.stopped, fit.success) == (stopped, False)
    assert re.search(message, fit.message)


@table(
    ("steps", "nit"),
    (0, 0),
    (1, 1),
    (5, 5),
)
def test_the_step_limit(steps, nit):
    fit = least_squares(lambda a, b: [10 * (b - a * a), 1 - a], (-1.2, 1.0), max_steps=steps)
    assert (fit.stopped, fit.success, fit.nit) == ("step limit", False, nit)
    assert fit.cost <= 12.1  # that of the start


def test_a_fit_that_is_interrupted_keeps_the_best_point():
    plain = [least_squares(line_through(LINE), (0.0, 0.0), max_steps=k) for k in (0, 1)]
    fit = least_squares(called(line_through(LINE), 3, KeyboardInterrupt), (0.0, 0.0))
    assert (fit.stopped, fit.success) == ("interrupted", False)
    assert fit.x.tolist() == plain[1].x.tolist()
    assert fit.cost == plain[1].cost < plain[0].cost


def test_without_damping_a_step_that_is_too_long_is_not_the_end():
    """Gauss and Newton's step for arctan x = 0 from 10 leads to −138, and from there further."""
    fit = least_squares(called(lambda x: [x.atan()], 5000, RuntimeError), (10.0,), damping=0.0)
    assert fit.success == (abs(fit.x[0]) < 1e-9)
    assert fit.cost <= math.atan(10) ** 2 / 2


@table(
    ("call", "error", "message"),
    (
        lambda: least_squares(lambda a, b: [a + b], (1.0, 1.0)),
        ValueError,
        "1 residuals do not determine 2 parameters",
    ),
    (lambda: least_squares(lambda a: [], (1.0,)), ValueError, "0 residuals"),
    (lambda: least_squares(lambda a: [log(a)], (-1.0,)), DomainError, r"log\(a\) with a = -1"),
    (lambda: least_squares(lambda a: [exp(a)], (1e3,)), ValueError, r"not finite at x0 = \[1000"),
    (lambda: least_squares(lambda a: [a], (math.nan,)), ValueError, "not finite at x0"),
    (lambda: least_squares(lambda a: [a], ("1",)), TypeError, "a Value holds one number"),
    (lambda: least_squares(lambda a: [a], {1.0}), TypeError, r"x0 is \{1.0\} \(set\); give a list"),
    (
        lambda: least_squares(lambda a: {a}, (1.0,)),
        TypeError,
        "what the residuals return is .* .set",
    ),
    (lambda: least_squares(lambda a: a, (1.0,)), TypeError, "what the residuals return is Value"),
    (lambda: least_squares(lambda a: [None], (1.0,)), TypeError, "a Value holds one number"),
    (lambda: least_squares(lambda a: [a], (1.0,), damping=-1.0), ValueError, "damping"),
    (lambda: least_squares(lambda a: [a], (1.0,), damping=math.nan), ValueError, "damping"),
    (lambda: least_squares(lambda a: [a], (1.0,), tolerance=-1.0), ValueError, "tolerance"),
    (lambda: least_squares(lambda a: [a], (1.0,), max_steps=-1), ValueError, "max_steps"),
)
def test_a_wrong_fit_is_an_error(call, error, message):
    with pytest.raises(error, match=message):
        call()

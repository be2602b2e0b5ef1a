"""The update rules: their formulas and tables, the notes' iterates, what a step leaves alone."""

import json
import math
import pickle
import sys
from copy import deepcopy
from typing import ClassVar

import numpy as np
import pytest

from autograd_lite import (
    DomainError,
    Value,
    cos,
    exp,
    log,
    minimize,
    sqrt,
)
from autograd_lite.errors import NonFiniteGradientError, SingularHessianError
from autograd_lite.linalg import data
from autograd_lite.nn import Perceptron, TwoLayerNetwork, half_squared_error
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
    Rule,
    cosine,
    explain,
    exponential_decay,
    minibatches,
    step_decay,
    time_based,
    warm_up,
)

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


@pytest.mark.parametrize(
    ("rule", "options"),
    [(rule, {}) for rule in (Adagrad, RMSprop, Adadelta, Adam)]
    + [(rule, {"variant": "torch"}) for rule in (Adagrad, RMSprop)]
    + [(Adam, {"bias_correction": False})],
)
def test_a_state_that_overflows_moves_nothing(rule, options):
    """At g = 1e200 the sum of g² is infinite, but the next θ is not: θ − η / ∞ · g = θ."""
    made = rule(leaves(1, 2), **options)
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


# ---- the formulas --------------------------------------------------------------------------------

DECAYING_AVERAGE = "E ← γ · E + (1 − γ) · g^2\n"
MOMENTS = "m ← β₁ · m + (1 − β₁) · g\nv ← β₂ · v + (1 − β₂) · g^2\n"
UNBIASED = "m\u0302 ← m / (1 − β₁^t)\nv\u0302 ← v / (1 − β₂^t)\n"


@table(
    ("rule", "form", "formula", "source"),
    (GradientDescent, "formula", "θ ← θ − η · g", "002, l. 251"),
    (SGD, "formula", "θ ← θ − η · g", "002, l. 301"),
    (Momentum, "formula", "v ← γ · v + η · g\nθ ← θ − v", "002, l. 367"),
    (Momentum, "torch", "v ← γ · v + g\nθ ← θ − η · v", "PyTorch"),
    (Nesterov, "formula", "θ\u0303 ← θ − γ · v\nv ← γ · v + η · g\nθ ← θ − v", "002, l. 392"),
    (Nesterov, "torch", "v ← γ · v + g\nθ ← θ − η · (g + γ · v)", "PyTorch, nesterov=True"),
    (Adagrad, "formula", "G ← G + g^2\nθ ← θ − η / √(G + ε) · g", "002, l. 427"),
    (Adagrad, "torch", "G ← G + g^2\nθ ← θ − η / (√(G) + ε) · g", "PyTorch's Adagrad"),
    (RMSprop, "formula", DECAYING_AVERAGE + "θ ← θ − η / √(E + ε) · g", "002, l. 440"),
    (RMSprop, "torch", DECAYING_AVERAGE + "θ ← θ − η / (√(E) + ε) · g", "PyTorch's RMSprop"),
    (
        Adadelta,
        "formula",
        DECAYING_AVERAGE + "Δ ← −√(D + ε) / √(E + ε) · g\nD ← γ · D + (1 − γ) · Δ^2\nθ ← θ + η · Δ",
        "002, l. 456",
    ),
    (
        Adam,
        "formula",
        MOMENTS + UNBIASED + "θ ← θ − η / (√(v\u0302) + ε) · m\u0302",
        "002, l. 492",
    ),
    (Adam, "printed", MOMENTS + "θ ← θ − η / (√(v) + ε) · m", "002, l. 490"),
)
def test_the_formulas_of_the_notes(rule, form, formula, source):
    # How a printer brackets a quotient in a product is its own affair.
    told = str(rule.forms[form]).replace("(η / √(G + ε))", "η / √(G + ε)")
    assert told == formula


def test_no_rule_has_a_form_that_makes_no_difference():
    forms = {rule: {*rule.forms} for rule in FIRST_ORDER}
    both = {rule: {"formula", "torch"} for rule in (Momentum, Nesterov, Adagrad, RMSprop)}
    one = {rule: {"formula"} for rule in (GradientDescent, SGD, Adadelta)}
    assert forms == both | one | {Adam: {"formula", "printed"}}
    for rule in (GradientDescent, SGD, Adadelta, Adam, Newton):
        with pytest.raises(TypeError, match="unexpected keyword argument 'variant'"):
            rule(leaves(1), variant="torch")


@table(
    ("rule", "form", "text"),
    (
        Momentum,
        "formula",
        "function step(theta, g, s, o) {\n  s.v = o.momentum * s.v + o.lr * g;\n"
        "  theta = theta - s.v;\n  return theta;\n}",
    ),
    (
        Nesterov,
        "torch",
        "function step(theta, g, s, o) {\n  s.v = o.momentum * s.v + g;\n"
        "  theta = theta - o.lr * (g + o.momentum * s.v);\n  return theta;\n}",
    ),
    (
        Adam,
        "formula",
        "function step(theta, g, s, o) {\n  s.t = s.t + 1;\n"
        "  s.m = o.beta1 * s.m + (1 - o.beta1) * g;\n"
        "  s.v = o.beta2 * s.v + (1 - o.beta2) * (g * g);\n"
        "  let m_hat = s.m / (1 - Math.pow(o.beta1, s.t));\n"
        "  let v_hat = s.v / (1 - Math.pow(o.beta2, s.t));\n"
        "  theta = theta - o.lr / (Math.sqrt(v_hat) + o.eps) * m_hat;\n  return theta;\n}",
    ),
)
def test_the_step_in_javascript(rule, form, text):
    assert rule.forms[form].javascript("step") == text


def test_the_formula_in_latex():
    rows = Adam.forms["printed"].latex().split(" \\\\\n")
    assert rows[:2] == [
        r"m &\leftarrow \beta_1 \cdot m + (1 - \beta_1) \cdot g",
        r"v &\leftarrow \beta_2 \cdot v + (1 - \beta_2) \cdot g^{2}",
    ]
    assert rows[2] == r"\theta &\leftarrow \theta - \frac{\eta}{\sqrt{v} + \varepsilon} \cdot m"


class SignDescent(Rule):
    formula = "theta = theta - lr * sign(g)"


class Slowing(Rule):
    """Its own option, what it remembers, and the number of the step."""

    formula = "S = keep * S + g; theta = theta - lr / t * S"
    defaults: ClassVar = {"keep": 0.5}


class Ahead(Rule):
    formula = "ahead = theta - v; v = lr * g; theta = theta - v"


@table(
    ("rule", "options", "iterates"),
    (SignDescent, {"lr": 0.5}, [[0.5, 0.5], [0.0, 0.0], [0.0, 0.0]]),
    (Slowing, {"lr": 0.1}, [[0.9, -1.5], [0.83, -0.25]]),
    (Slowing, {"lr": 0.1, "keep": 0.0}, [[0.9, -1.5], [0.855, 0.375]]),
    (Ahead, {"lr": 0.02}, [[0.98, 0.5], [0.98 - 0.02 * 0.96, 0.5]]),
)
def test_a_rule_of_ones_own(rule, options, iterates):
    """On the ravine, whose slopes are x and 25y."""
    made = rule(leaves(1, 1), **options)
    assert path(made, ravine, len(iterates))[1:] == near(iterates)
    again = rule(made.parameters, **options)
    again.load_state_dict(json.loads(json.dumps(made.state_dict())))
    assert remembered(again) == remembered(made)
    assert minimize(ravine, (1, 1), method=rule, max_steps=len(iterates), **options).x == near(
        iterates[-1]
    )


def test_a_rule_of_ones_own_takes_groups_schedules_and_decay():
    x, y = leaves(2, 2)
    groups = [{"params": [x]}, {"params": [y], "keep": 0.25}]
    rule = Slowing(groups, lr=time_based(0.1, 1.0), weight_decay=0.5)
    ours = path(rule, lambda x, y: 3 * x + 3 * y, 2)
    first = 2 - 0.1 * 4
    assert ours[1] == near([first, first])
    g = 3 + 0.5 * first
    assert ours[2] == near([first - 0.05 / 2 * (k * 4 + g) for k in (0.5, 0.25)])


def written(formula, **more):
    return lambda: type("Mine", (Rule,), {"formula": formula, **more})


@table(
    ("made", "error", "message"),
    (written("theta"), ValueError, "Mine.formula: 'theta' is no statement such as"),
    (written("theta == g"), ValueError, "'theta == g' is no statement"),
    (written("2 = g"), ValueError, "'2 = g' is no statement"),
    (written("v = g"), ValueError, "no statement says what becomes of theta"),
    (written("g = 2 * g; theta = g"), ValueError, "g is given; call 'g = 2 . g' otherwise"),
    (written("theta = theta - sgn(g)"), ValueError, "unknown operation 'sgn'"),
    (written("theta = theta -"), ValueError, "Mine.formula: 'theta -' is not a formula"),
    (written("theta = g", torch="theta ="), ValueError, "Mine.torch: '' is not a formula"),
    (written("ahead = g; theta = g"), ValueError, "g is the gradient at ahead"),
    (
        lambda: written("theta = theta - mass * g")()(leaves(1)),
        TypeError,
        "Mine: the formula names mass; give it a number in defaults, or assign it",
    ),
    (lambda: SignDescent(leaves(1), keep=1), TypeError, "SignDescent has no option keep"),
    (lambda: SignDescent(leaves(1), variant="torch"), TypeError, "has no option variant"),
    (lambda: SignDescent(leaves(1), bias_correction=False), TypeError, "no option bias_corr"),
    (lambda: Slowing(leaves(1), keep=math.nan), ValueError, "keep = nan: it is a finite number"),
    (lambda: Ahead(leaves(1)).step(), TypeError, "Ahead's gradient is that of the look-ahead p"),
    (lambda: Rule(leaves(1), lr=0.1).step(lambda: None), RuntimeError, "no parameter has a grad"),
)
def test_what_is_no_rule(made, error, message):
    with pytest.raises(error, match=message):
        made()


def test_a_formula_that_cannot_be_computed_moves_nothing():
    made = written("theta = theta - lr * sqrt(g)")()(leaves(1))
    with pytest.raises(NonFiniteGradientError, match="the next value of parameter 0 is nan"):
        stepped(made, lambda x: -x)
    assert made.parameters[0].data == 1


def test_a_rule_that_took_steps_can_be_copied():
    for rule in (started(Adam, {}), started(Nesterov, {})):
        explain(rule)
        stepped(rule, lambda a, b, c: ravine(a, b) + c**4)
        for copied in (pickle.loads(pickle.dumps(rule)), deepcopy(rule)):
            assert remembered(copied) == remembered(rule)
            for r in (copied, started(type(rule), {})):
                stepped(r, lambda a, b, c: ravine(a, b) + c**4)


# ---- the tables of steps -------------------------------------------------------------------------

EACH = [(rule, {}) for rule in FIRST_ORDER]
EACH += [(rule, {"variant": "torch"}) for rule in (Momentum, Nesterov, Adagrad, RMSprop)]
EACH += [(Adam, {"bias_correction": False}), (Momentum, {"weight_decay": 0.3}), (Slowing, {})]


@pytest.mark.parametrize(("rule", "options"), EACH, ids=str)
def test_a_table_says_what_the_steps_did(rule, options):
    """To the last bit: θ, its change, and what is remembered, on a function of two parameters."""
    made = rule([Value(1.0, label="w"), Value(0.7)], **options)
    table = explain(made)
    assert len(table) == 0 and table.text() == "no step has been taken"
    iterates = path(made, lambda x, y: ravine(x, y) + x**4, 3)
    told = json.loads(table.to_json())
    assert [(t["step"], t["parameter"]) for t in told] == [
        (k, name) for k in (1, 2, 3) for name in ("w", "θ2")
    ]
    for t in told:
        values = {q["name"]: q["value"] for q in t["quantities"]}
        k, i = t["step"], ("w", "θ2").index(t["parameter"])
        assert values["theta"] == iterates[k, i]
        assert values["change"] == iterates[k, i] - iterates[k - 1, i]
        if k == 3:
            state = made.state_dict()["state"][i]
            assert state.items() - values.items() <= {("t", 3)}


@pytest.mark.parametrize(("rule", "options"), EACH, ids=str)
def test_what_a_table_equates_is_equal(rule, options):
    """The numbers as they are shown, computed again: = where they give the value, ≈ where not."""
    table = explain(rule, [1.0, -0.3, 2.5], start=1.0, lr=0.1, **options)
    rows = [row.strip("| ").split(" | ") for row in table.to_markdown().splitlines()[2:]]
    signs = set()
    for *_, numbers, value in (row for row in rows if row[-1][0] in "=≈"):
        text = numbers.replace("−", "-").replace("·", "*").replace("^", "**").replace("√", "sqrt")
        result = eval(text, {"sqrt": math.sqrt})
        right = float(value[2:].replace("−", "-"))
        assert (value[0] == "=") == math.isclose(result, right, rel_tol=1e-14, abs_tol=0)
        assert result == pytest.approx(right, rel=0.02, abs=1e-6)
        signs.add(value[0])
    assert "=" in signs


ADAM = """\
step     quantity                       with numbers                      value
   1  θ  g ← ∂J/∂θ                                                        1
         m ← β₁ · m + (1 − β₁) · g    = 0.9 · 0 + (1 − 0.9) · 1        =  0.1
         v ← β₂ · v + (1 − β₂) · g^2  = 0.999 · 0 + (1 − 0.999) · 1^2  =  0.001
         m̂ ← m / (1 − β₁^t)           = 0.1 / (1 − 0.9^1)              =  1
         v̂ ← v / (1 − β₂^t)           = 0.001 / (1 − 0.999^1)          =  1
         θ ← θ − η / (√(v̂) + ε) · m̂   = 1 − 0.1 / (√(1) + 1e-08) · 1   ≈  0.9
         Δθ                                                              −0.1"""
NESTEROV = """\
step         quantity                                    value
   2  theta  theta~ <- theta - gamma * v              -0.019
             = (-0.01) - 0.9 * 0.01
             g <- dJ/dtheta(theta~) + lambda * theta   0.495
             = 0.5 + 0.5 * (-0.01)
             v <- gamma * v + eta * g                  0.01395
             = 0.9 * 0.01 + 0.01 * 0.495
             theta <- theta - v                       -0.02395
             = (-0.01) - 0.01395
             dtheta                                   -0.01395"""


def test_the_table_of_adam():
    assert explain(Adam, [1.0], start=1.0, lr=0.1).text() == ADAM


def test_the_table_of_nesterov_shows_where_the_slope_is():
    """Where the lines would be too long, the numbers stand below the symbols."""
    table = explain(Nesterov, [1.0, 0.5], weight_decay=0.5)[1]
    assert table.text(encoding="ascii") == NESTEROV


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "gbk", "utf-8"])
def test_a_table_can_be_written_in_any_encoding(encoding):
    for rule in FIRST_ORDER:
        explain(rule, [1.0, -1e-30]).text(encoding=encoding).encode(encoding)


def test_a_rule_is_explained_from_its_last_step_on():
    rule = started(Momentum, {})
    table = explain(rule)
    assert [move.step for move in table.moves] == [2, 2, 2]
    stepped(rule, lambda a, b, c: ravine(a, b) + c)
    assert len(table) == 2 and explain(rule).text() == table.text()
    assert [move.name for move in table[-1].moves] == ["a", "b", "c"]
    assert len(table[:1]) == 1 and table[0].text() == table[:1].text()


@table(
    ("made", "error", "message"),
    (lambda: explain(started(Adam, {}), [1.0]), TypeError, "has its own gradients and options"),
    (lambda: explain(started(Adam, {}), lr=0.1), TypeError, "has its own gradients and options"),
    (lambda: explain(Newton, [1.0]), TypeError, "Newton differentiates the loss itself"),
    (lambda: explain(Adam, {1.0}), TypeError, r"gradients is \{1.0\} \(set\); give a list"),
    (lambda: explain(Adam, [math.nan]), NonFiniteGradientError, "the gradient of parameter 0"),
)
def test_what_cannot_be_explained(made, error, message):
    with pytest.raises(error, match=message):
        made()


def test_a_table_in_latex():
    text = explain(Momentum, [4.0], start=2.0, lr=0.1).to_latex()
    assert (
        r"1 & \text{$\theta$} & $g \leftarrow \frac{\partial J}{\partial\theta}$ &  & $4$" in text
    )
    assert r"$v \leftarrow \gamma \cdot v + \eta \cdot g$ & $0.9 \cdot 0 + 0.1 \cdot 4 =$" in text
    assert text.count(r"\\") == 5 and text.count("$") % 2 == 0


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
            {"eps": 0.0, **form},
            "eps = 0.0 is too small here: take a larger",
            {"eps": 1e-8},
        )
        for rule in (Adagrad, RMSprop, Adadelta, Adam)
        for form in ({}, {"variant": "torch"})
        for g in (0.0, 1e-200)
        if not form or rule in (Adagrad, RMSprop)
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


def test_a_rule_over_a_model():
    model = TwoLayerNetwork(seed=0)
    assert GradientDescent(model).parameters == model.parameters()

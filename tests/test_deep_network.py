"""``DeepNetwork``: the notes' chain of three layers, formula by formula, and wider networks."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest

from autograd_lite import DomainError, Value, order
from autograd_lite.linalg import data
from autograd_lite.nn import (
    DeepNetwork,
    TwoLayerNetwork,
    half_squared_error,
    log_loss,
    log_loss_from_logit,
)

X = 0.8
CHAIN = {"w1": 0.5, "b1": 0.1, "w2": -1.2, "b2": 0.3, "w3": 2.0, "b3": -0.4}
NODES = {"z1": 0.5, "a1": 0.6224593312018546, "z2": -0.4469511974422255, "a2": 0.39008589021104445}
NODES |= {"z3": 0.38017178042208893, "a3": 0.5939145336149995}
LOSSES = {"log": log_loss, "square": half_squared_error}
# at y = 1; computed at 60 digits
LOSS = {"log": 0.5210198527746468, "square": 0.0824527030045617}
SLOPES = {
    "log": {
        "w3": -0.1584082106565601,
        "b3": -0.40608546638500054,
        "w2": -0.12027831800376493,
        "b2": -0.1932308055717144,
        "w1": 0.04359355835621513,
        "b1": 0.05449194794526892,
        "x1": 0.02724597397263446,
    },
    "square": {
        "w3": -0.03820490181018383,
        "b3": -0.09793971730050065,
        "w2": -0.029008731998056977,
        "b2": -0.04660341735426545,
        "w1": 0.01051389703635129,
        "b1": 0.01314237129543911,
        "x1": 0.006571185647719555,
    },
}
WITHIN = {  # ∂L/∂z and ∂L/∂a along the chain
    "log": {"a3": -1.6837439453001202, "z3": -0.40608546638500054, "z2": -0.1932308055717144}
    | {"z1": 0.05449194794526892},
    "square": {"a3": -0.40608546638500054, "z3": -0.09793971730050065, "z2": -0.04660341735426545}
    | {"z1": 0.01314237129543911},
}
BOTH = pytest.mark.parametrize("kind", ["log", "square"])


def near(x, rel=1e-12):
    return pytest.approx(x, rel=rel, abs=1e-15)


def network(sizes, state, **options):
    made = DeepNetwork(sizes, **options)
    made.load_state_dict(state)
    return made


def labelled(root):
    """The nodes that have a name, by name."""
    return {v.label: v for v in order(root) if v.label}


def slopes(kind, state, x, y=1):
    """The engine's slopes of the chain's loss, by name."""
    loss = LOSSES[kind](y, network([1, 1, 1, 1], state)([x]))
    loss.backward()
    return {name: v.grad for name, v in labelled(loss).items()}


# ---- the chain of three layers: 003, pp. 42-43 ---------------------------------------------------


@BOTH
def test_the_chain_at_the_fixture(kind):
    net = network([1, 1, 1, 1], CHAIN)
    loss = LOSSES[kind](1, net([X]))
    loss.backward()
    nodes = labelled(loss)
    assert loss.data == near(LOSS[kind])
    assert {name: nodes[name].data for name in NODES} == near(NODES)
    assert {name: nodes[name].grad for name in SLOPES[kind]} == near(SLOPES[kind])
    assert {name: nodes[name].grad for name in WITHIN[kind]} == near(WITHIN[kind])
    assert {name: p.grad for name, p in net.named_parameters().items()} == near(
        {name: SLOPES[kind][name] for name in CHAIN}
    )


def test_the_chain_from_its_logit():
    net = network([1, 1, 1, 1], CHAIN)
    x = Value(X)
    loss = log_loss_from_logit(1, net.logit([x]))
    loss.backward()
    assert loss.data == near(LOSS["log"])
    ours = {name: p.grad for name, p in net.named_parameters().items()} | {"x1": x.grad}
    assert ours == near(SLOPES["log"])


def sigma(z):
    return 1 / (1 + math.exp(-z))


def factors(kind, p, x, y):
    """Each quotient of the notes' formulas, in plain floats: ``dz3/da2`` and so on."""
    a1 = sigma(p["w1"] * x + p["b1"])
    a2 = sigma(p["w2"] * a1 + p["b2"])
    a3 = sigma(p["w3"] * a2 + p["b3"])
    known = {"dL/da3": (a3 - y) / (a3 * (1 - a3)) if kind == "log" else a3 - y}
    known |= {"da3/dz3": a3 * (1 - a3), "dz3/dw3": a2, "dz3/db3": 1.0, "dz3/da2": p["w3"]}
    known |= {"da2/dz2": a2 * (1 - a2), "dz2/dw2": a1, "dz2/db2": 1.0, "dz2/da1": p["w2"]}
    known |= {"da1/dz1": a1 * (1 - a1), "dz1/dw1": x, "dz1/db1": 1.0, "dz1/dx1": p["w1"]}
    return known


def product(quotients, text):
    """The value of "dL/da3 · da3/dz3 …"; a quotient the wrong way round is a reciprocal."""
    known = {**quotients, "dz1/da1": 1 / quotients["da1/dz1"]}
    known |= {"dz2/da2": 1 / quotients["da2/dz2"], "dz3/da3": 1 / quotients["da3/dz3"]}
    known["dL/dz3"] = known["dL/db3"] = known["dL/da3"] * known["da3/dz3"]
    return math.prod(known[name] for name in text.split(" · "))


TO_Z3 = "dL/da3 · da3/dz3"
TO_Z2 = f"{TO_Z3} · dz3/da2 · da2/dz2"
TO_Z1 = f"{TO_Z2} · dz2/da1 · da1/dz1"
FORMULAS = {
    "w3": f"{TO_Z3} · dz3/dw3",
    "b3": f"{TO_Z3} · dz3/db3",
    "w2": f"{TO_Z2} · dz2/dw2",
    "b2": f"{TO_Z2} · dz2/db2",
    "w1": f"{TO_Z1} · dz1/dw1",
    "b1": f"{TO_Z1} · dz1/db1",
    "x1": f"{TO_Z1} · dz1/dx1",
}


@BOTH
def test_formulas_derived_by_hand_at_200_random_points(kind):
    draw = random.Random(7)
    for _ in range(200):
        state = {name: draw.uniform(-2, 2) for name in CHAIN}
        x, y = draw.uniform(-2, 2), draw.choice((0, 1))
        ours = slopes(kind, state, x, y)
        quotients = factors(kind, state, x, y)
        by_hand = {name: product(quotients, text) for name, text in FORMULAS.items()}
        assert {name: ours[name] for name in FORMULAS} == near(by_hand)


@pytest.mark.parametrize(
    ("name", "as_printed", "printed", "true"),
    [
        ("w3", "dz3/da3 · da3/dz3 · dL/da3", -1.6837439453001202, -0.1584082106565601),
        ("b3", "dL/db3 · da3/dz3 · dL/da3", 0.1649054060091234, -0.40608546638500054),
        (
            "b2",
            "dL/da3 · da3/dz3 · dz3/da2 · da2/dz2 · dz2/dw2",
            -0.12027831800376493,  # that is ∂L/∂w2
            -0.1932308055717144,
        ),
        (
            "w1",  # printed as dL/da1, which is 0.2319
            "dL/da3 · da3/dz3 · dz2/da2 · da2/dz2 · dz2/da1 · da1/dz1 · dz1/da1",
            0.48730255966200064,
            0.04359355835621513,
        ),
        (
            "b1",  # printed as dL/da1 too
            "dL/dz3 · da3/dz3 · dz2/da2 · da2/dz2 · dz2/da1 · da1/dz1 · dz1/da1",
            0.11752766076060078,
            0.05449194794526892,
        ),
    ],
)
def test_five_of_the_six_printed_formulas_are_wrong(name, as_printed, printed, true):
    """003, p. 42, with the log loss, at the fixture; its I and L⁽²⁾ are z.  dL/dw2 is right."""
    quotients = factors("log", CHAIN, X, 1)
    assert product(quotients, as_printed) == near(printed)
    assert product(quotients, FORMULAS[name]) == near(true)
    assert slopes("log", CHAIN, X)[name] == near(true)
    assert abs(printed - true) > 0.05
    assert abs(printed - 0.23187696668605728) > 0.05 and abs(true - 0.23187696668605728) > 0.05
    assert slopes("log", CHAIN, X)["a1"] == near(0.23187696668605728)


def test_one_step_against_the_slope_lowers_the_loss():
    net = network([1, 1, 1, 1], CHAIN)
    log_loss(1, net([X])).backward()
    for p in net.parameters():
        p.data -= 0.1 * p.grad
    assert log_loss(1, net([X])).data == near(0.49673929235585723)


# ---- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "names"),
    [
        ([1, 1, 1, 1], "w1 b1 w2 b2 w3 b3"),
        ([1, 1], "w1 b1"),
        ([2, 1], "w1_1_1 w1_2_1 b1_1"),
        ([1, 2, 1], "w1_1_1 b1_1 w1_1_2 b1_2 w2_1_1 w2_2_1 b2_1"),
        ([2, 1, 1], "w1_1_1 w1_2_1 b1_1 w2 b2"),
        ((2, 2), "w1_1_1 w1_2_1 b1_1 w1_1_2 w1_2_2 b1_2"),
    ],
)
def test_names_and_labels_of_parameters(sizes, names):
    net = DeepNetwork(sizes, seed=1)
    assert list(net.named_parameters()) == names.split()
    assert [p.label for p in net.parameters()] == names.split()
    assert repr(net) == f"DeepNetwork({list(sizes)})"


@pytest.mark.parametrize(
    ("sizes", "labels"),
    [
        ([1, 1, 1, 1], "a1 a2 a3 x1 z1 z2 z3"),
        ([2, 2, 1], "a1_1 a1_2 a2_1 x1 x2 z1_1 z1_2 z2_1"),
        ([2, 1, 1], "a1_1 a2 x1 x2 z1_1 z2"),
    ],
)
def test_labels_of_nodes(sizes, labels):
    net = DeepNetwork(sizes, seed=1)
    nodes = labelled(net([0.5] * sizes[0])).keys() - net.named_parameters().keys()
    assert sorted(nodes) == labels.split()


def test_weights_are_drawn_within_their_bounds():
    net = DeepNetwork([3, 12, 27, 1], seed=4)
    drawn = {1: [], 2: [], 3: []}
    for name, p in net.named_parameters().items():
        if name[0] == "b":
            assert p.data == 0
        else:
            drawn[int(name[1])].append(abs(p.data))
    assert [len(w) for w in drawn.values()] == [36, 324, 27]
    for weights, inputs in zip(drawn.values(), (3, 12, 27), strict=True):
        assert 0.8 * math.sqrt(3 / inputs) < max(weights) <= math.sqrt(3 / inputs)
    assert net.state_dict() == DeepNetwork([3, 12, 27, 1], seed=4).state_dict()
    assert net.state_dict() != DeepNetwork([3, 12, 27, 1], seed=5).state_dict()


# ---- wider networks ------------------------------------------------------------------------------

NOTES = {"w11": 0.1, "w21": -0.2, "b1": 0.05, "w12": 0.4, "w22": 0.3, "b2": -0.1}
NOTES |= {"w1": 0.7, "w2": -0.5, "b": 0.2}
TRUE = [-0.034809756699935794, 0.06961951339987159, -0.06961951339987159]  # 003, pp. 35-41
TRUE += [0.02517517087272634, -0.05035034174545268, 0.05035034174545268]
TRUE += [-0.23370860963120543, -0.1831474299208818, -0.40684420597619325]


def test_two_layers_are_the_two_layer_network():
    """003, pp. 35-41, at x = (0.5, −1), y = 1: the same parameters in the same order."""
    net, same = DeepNetwork([2, 2, 1]), TwoLayerNetwork()
    same.load_state_dict(NOTES)
    for p, number in zip(net.parameters(), NOTES.values(), strict=True):
        p.data = number
    loss = log_loss(1, net([0.5, -1.0]))
    loss.backward()
    assert loss.data == near(0.5222981926957981)
    assert [p.grad for p in net.parameters()] == near(TRUE)
    assert net([0.5, -1.0]).data == same([0.5, -1.0]).data


def arrays(net, sizes):
    """(W, b) of each layer, W[k, j] from unit j to unit k, read by name."""
    state = net.state_dict()
    made = []
    for layer, (n, m) in enumerate(pairwise(sizes), 1):
        w = [[state[f"w{layer}_{j + 1}_{k + 1}"] for j in range(n)] for k in range(m)]
        made.append((np.array(w), np.array([state[f"b{layer}_{k + 1}"] for k in range(m)])))
    return made


@pytest.mark.parametrize("sizes", [[3, 4, 2], [2, 3, 3, 2], [2, 5]])
def test_wider_networks_beside_arrays(sizes):
    """tanh, then the identity, ½ Σ (y − ŷ)²; backwards: δ⁽ˡ⁻¹⁾ = (W⁽ˡ⁾ᵀ·δ⁽ˡ⁾) ⊙ (1 − a²)."""
    draw = np.random.default_rng(len(sizes))
    net = DeepNetwork(sizes, activation="tanh", output=None, seed=3)
    for p in net.parameters():
        p.data += draw.normal() / 10
    x, y = draw.normal(size=sizes[0]), draw.normal(size=sizes[-1])
    layers, inputs = arrays(net, sizes), [Value(v) for v in x]
    a = [x]
    for w, b in layers[:-1]:
        a.append(np.tanh(w @ a[-1] + b))
    a.append(layers[-1][0] @ a[-1] + layers[-1][1])
    output = net(inputs)
    assert data(output) == near(a[-1])
    assert data(net.logit(x)) == near(a[-1])
    sum(half_squared_error(t, v) for t, v in zip(y, output, strict=True)).backward()
    delta, ours = a[-1] - y, net.named_parameters()
    for layer in range(len(layers), 0, -1):
        for k, d in enumerate(delta, 1):
            assert ours[f"b{layer}_{k}"].grad == near(d)
            for j, before in enumerate(a[layer - 1], 1):
                assert ours[f"w{layer}_{j}_{k}"].grad == near(d * before)
        delta = layers[layer - 1][0].T @ delta
        if layer > 1:
            delta = delta * (1 - a[layer - 1] ** 2)
    assert [v.grad for v in inputs] == near(delta)


@pytest.mark.parametrize(
    ("options", "output", "logit"),
    [
        ({}, sigma(0.5 * sigma(1.0) + 0.25), 0.5 * sigma(1.0) + 0.25),
        ({"output": None}, 0.5 * sigma(1.0) + 0.25, 0.5 * sigma(1.0) + 0.25),
        ({"activation": None}, sigma(0.75), 0.75),
        ({"activation": "relu", "output": "exp"}, math.exp(0.75), 0.75),
        ({"activation": lambda z: z * z, "output": lambda z: -z}, -0.75, 0.75),
    ],
)
def test_activations(options, output, logit):
    state = {"w1": 2.0, "b1": -1.0, "w2": 0.5, "b2": 0.25}
    net = network([1, 1, 1], state, **options)
    assert net([1.0]).data == near(output)
    assert net.logit([1.0]).data == near(logit)


def test_a_value_goes_in_as_it_is():
    net = network([1, 1, 1, 1], CHAIN)
    named, made = Value(X, label="dose"), Value(0.4) * 2
    assert labelled(net([named]))["dose"] is named
    loss = log_loss(1, net([made]))
    loss.backward()
    assert made.grad == near(SLOPES["log"]["x1"]) and made.label == ""


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: DeepNetwork([3]), ValueError, r"sizes = \[3\]: the number of inputs, then at lea"),
        (lambda: DeepNetwork([]), ValueError, r"sizes = \[\]"),
        (lambda: DeepNetwork([2, 0, 1]), ValueError, "a layer's size = 0: a whole number ≥ 1"),
        (lambda: DeepNetwork([2, -1]), ValueError, "a layer's size = -1"),
        (lambda: DeepNetwork([2.0, 1]), ValueError, r"a layer's size = 2\.0"),
        (lambda: DeepNetwork([1, 1], activation="sigmod"), ValueError, "activation 'sigmod': no o"),
        (lambda: DeepNetwork([1, 1], output="sigmod"), ValueError, "activation 'sigmod'"),
        (lambda: DeepNetwork([2, 1])([1.0]), ValueError, r"DeepNetwork\(\[2, 1\]\) takes 2 inputs"),
        (lambda: DeepNetwork([1, 1])([1.0, 2.0]), ValueError, "takes 1 inputs, got 2"),
        (lambda: DeepNetwork([1, 1])(["a"]), TypeError, "a Value holds one number"),
        (lambda: network([1, 1], {"w1": 1.0}), KeyError, r"missing \['b1'\]"),
        (
            lambda: network([1, 1], {"w1": 1.0, "b1": -1.0}, output="log")([0.5]),
            DomainError,
            r"log\(a\) with a = -0\.5 \('z1'\)",
        ),
    ],
)
def test_what_is_no_network_is_an_error(call, error, message):
    with pytest.raises(error, match=message):
        call()

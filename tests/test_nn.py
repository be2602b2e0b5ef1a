"""The networks and losses of the notes: values and slopes by the formulas derived by hand."""

import math
import random
from itertools import pairwise
from typing import get_type_hints

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import DomainError, Value, relu
from autograd_lite.linalg import data
from autograd_lite.nn import (
    MLP,
    DeepNetwork,
    Layer,
    Neuron,
    Perceptron,
    TwoLayerNetwork,
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
from autograd_lite.value import order
from tests.labelled import Frame, Series

WEIGHTS = {"w11": 0.1, "w21": -0.2, "b1": 0.05, "w12": 0.4, "w22": 0.3, "b2": -0.1}
WEIGHTS |= {"w1": 0.7, "w2": -0.5, "b": 0.2}
# 003, l. 800-875, at x = (0.5, −1); computed at 60 digits
NETWORK = {
    1: {
        "loss": 0.5222981926957981,
        "w11": -0.034809756699935794,
        "w21": 0.06961951339987159,
        "b1": -0.06961951339987159,
        "w12": 0.02517517087272634,
        "w22": -0.05035034174545268,
        "b2": 0.05035034174545268,
        "w1": -0.23370860963120543,
        "w2": -0.1831474299208818,
        "b": -0.40684420597619325,
    },
    0: {
        "loss": 0.8993249531201983,
        "w11": 0.05075065239182526,
        "w21": -0.10150130478365052,
        "b1": 0.10150130478365052,
        "w12": -0.03670397230523865,
        "w22": 0.0734079446104773,
        "b2": -0.0734079446104773,
        "w1": 0.34073390718045354,
        "w2": 0.2670185727666403,
        "b": 0.5931557940238068,
    },
}
LABELS = {"z1": 0.3, "a1": 0.574442516811659, "z2": -0.2, "a2": 0.4501660026875221}
LABELS |= {"z": 0.37702676042440025, "yhat": 0.5931557940238068}
MANY = settings(derandomize=True, deadline=None, max_examples=200)
MOST = 1e308
LOG2 = 0.6931471805599453


def close(x):
    return pytest.approx(x, rel=1e-12, abs=1e-15)


def perceptron(activation, w, b):
    made = Perceptron(len(w), activation)
    made.load_state_dict({**{f"w{i}": x for i, x in enumerate(w, 1)}, "b": b})
    return made


def network():
    made = TwoLayerNetwork()
    made.load_state_dict(WEIGHTS)
    return made


def sigma(z):
    return 1 / (1 + math.exp(-z))


def test_regression_perceptron_at_the_fixture():
    p = perceptron(None, [0.5, 0.25], 0.1)
    loss = half_squared_error(2, p([1.5, -2]))
    loss.backward()
    assert loss.data == close(1.36125)  # 003, l. 601
    assert [v.grad for v in p.parameters()] == close([-2.475, 3.3, -1.65])


@pytest.mark.parametrize(
    ("y", "loss", "grads"),
    [  # 003, l. 732
        (1, 0.8543552444685271, [-0.574442516811659, 1.148885033623318, -0.574442516811659]),
        (0, 0.5543552444685271, [0.425557483188341, -0.851114966376682, 0.425557483188341]),
    ],
)
def test_classification_perceptron_at_the_fixture(y, loss, grads):
    p = perceptron("sigmoid", [0.4, 0.3], -0.1)
    ours = log_loss(y, p([1, -2]))
    ours.backward()
    assert ours.data == close(loss)
    assert [v.grad for v in p.parameters()] == close(grads)
    p.zero_grad()
    stable = log_loss_from_logit(y, p.logit([1, -2]))
    stable.backward()
    assert stable.data == close(loss)
    assert [v.grad for v in p.parameters()] == close(grads)


@pytest.mark.parametrize("y", [1, 0])
def test_two_layer_network_at_the_fixture(y):
    net = network()
    loss = log_loss(y, net([0.5, -1]))
    loss.backward()
    grads = {name: p.grad for name, p in net.named_parameters().items()}
    assert {"loss": loss.data, **grads} == close(NETWORK[y])


def test_two_layer_network_names_its_nodes_as_the_notes_do():
    found = {v.label: v.data for v in order(network()([0.5, -1])) if v.label in LABELS}
    assert found == close(LABELS)
    assert list(network().named_parameters()) == list(WEIGHTS)


def test_formulas_derived_by_hand_at_200_random_points():
    draw = random.Random(3)
    net = TwoLayerNetwork()
    for _ in range(200):
        p = {name: draw.uniform(-2, 2) for name in WEIGHTS}
        x1, x2, y = draw.uniform(-2, 2), draw.uniform(-2, 2), draw.choice((0, 1))
        net.load_state_dict(p)
        net.zero_grad()
        log_loss(y, net([x1, x2])).backward()
        a1 = sigma(x1 * p["w11"] + x2 * p["w21"] + p["b1"])
        a2 = sigma(x1 * p["w12"] + x2 * p["w22"] + p["b2"])
        yhat = sigma(a1 * p["w1"] + a2 * p["w2"] + p["b"])
        d1 = -p["w1"] * a1 * (1 - a1) * (y - yhat)
        d2 = -p["w2"] * a2 * (1 - a2) * (y - yhat)
        by_hand = [x1 * d1, x2 * d1, d1, x1 * d2, x2 * d2, d2]
        by_hand += [-a1 * (y - yhat), -a2 * (y - yhat), -(y - yhat)]
        assert [v.grad for v in net.parameters()] == pytest.approx(by_hand, rel=1e-12, abs=1e-14)


def test_the_printed_updates_of_w12_and_w21_are_interchanged():
    """003, l. 845 prints x2·w1·a1(1 − a1)(y − ŷ) for w12; that is −∂L/∂w21."""
    net = network()
    log_loss(1, net([0.5, -1])).backward()
    a1, yhat = LABELS["a1"], LABELS["yhat"]
    printed = -(-1 * WEIGHTS["w1"] * a1 * (1 - a1) * (1 - yhat))
    assert printed == close(net.w21.grad)
    assert abs(printed - net.w12.grad) > 0.04


@pytest.mark.parametrize(
    ("y", "z", "loss", "slope"),
    [
        (1, 1e6, 0.0, 0.0),
        (0, 1e6, 1e6, 1.0),
        (1, -1e6, 1e6, -1.0),
        (0, -1e6, 0.0, 0.0),
        (1, 50.0, 1.9287498479639178e-22, -1.9287498479639178e-22),
        (0, 0.0, math.log(2), 0.5),
        (0.25, 1.0, 1.0632616875182228, 0.4810585786300049),
    ],
)
def test_log_loss_from_the_logit_is_finite_and_exact(y, z, loss, slope):
    z = Value(z)
    ours = log_loss_from_logit(y, z)
    ours.backward()
    assert ours.data == pytest.approx(loss, rel=1e-12)
    assert z.grad == pytest.approx(slope, rel=1e-12, abs=1e-30)


@pytest.mark.parametrize("y", [0, 0.25, 1])
def test_log_loss_of_the_probability_agrees(y):
    z = Value(0.7)
    assert log_loss(y, z.sigmoid()).data == pytest.approx(log_loss_from_logit(y, z).data, rel=1e-13)


def test_log_loss_at_a_certain_prediction():
    assert log_loss(1, 1.0).data == 0
    with pytest.raises(DomainError, match=r"log\(a\) with a = 0\.0 \('p'\).*logit"):
        log_loss(1, Value(0.0, label="p"))
    with pytest.raises(ValueError, match=r"y = 2\.0"):
        log_loss(2, 0.5)


def test_mlp_draws_its_weights_as_micrograd_does():
    random.seed(7)
    weights = [random.uniform(-1, 1) for _ in range(2 * 3 + 3)]
    random.seed(7)
    net = MLP(2, [3, 1])
    drawn = [p.data for layer in net.layers for n in layer.neurons for p in n.w]
    assert drawn == weights
    assert [p.data for p in net.parameters()].count(0.0) == 4
    assert len(net.parameters()) == 13
    assert [layer.neurons[0].nonlin for layer in net.layers] == [True, False]
    assert (
        repr(net) == "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], "
        "Layer of [LinearNeuron(3)]]"
    )


def test_neuron_and_layer():
    n = Neuron(2)
    n.w[0].data, n.w[1].data, n.b.data = 1.0, -2.0, 0.5
    assert n([3.0, 1.0]).data == 1.5
    assert n([0.0, 1.0]).data == 0.0
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    assert len(Layer(2, 3)([1.0, 2.0])) == 3
    with pytest.raises(ValueError, match="takes 2 inputs, got 3"):
        n([1.0, 2.0, 3.0])


def test_same_seed_same_network():
    for kind in (
        lambda s: MLP(2, [3, 1], seed=s),
        lambda s: TwoLayerNetwork(seed=s),
        lambda s: Perceptron(3, seed=s),
    ):
        assert kind(5).state_dict() == kind(5).state_dict() != kind(6).state_dict()


def test_wider_networks_activations_and_errors():
    net = DeepNetwork([3, 4, 1], activation="tanh", output=None, seed=1)
    assert len(net.parameters()) == 4 * (3 + 1) + 4 + 1
    assert net.w1_3_4.label == "w1_3_4"
    assert Perceptron(2, relu, seed=0)([1.0, 1.0]).op.name == "relu"
    with pytest.raises(ValueError, match="activation 'sigmod'"):
        Perceptron(2, "sigmod")
    with pytest.raises(ValueError, match="n_inputs = 0"):
        Perceptron(0)
    with pytest.raises(ValueError, match=r"TwoLayerNetwork\(\) takes 2 inputs, got 1"):
        network()([1.0])


def written(v, top=True):
    """The formula that a node was made by, down to what has a label."""
    if (v.label and not top) or not v.operands:
        return v.label or f"{v.data:g}"
    parts = [written(u, top=False) for u in v.operands]
    if v.op.name == "mul":
        return "*".join(f"({p})" if " " in p and "log" not in p else p for p in parts)
    signs = {"add": " + ", "sub": " - "}
    if v.op.name in signs:
        return signs[v.op.name].join(parts)
    return f"-{parts[0]}" if v.op.name == "neg" else f"{v.op.name}({', '.join(parts)})"


Y, YHAT = Value(1.0, label="y"), Value(0.25, label="yhat")


@pytest.mark.parametrize(
    ("make", "formulas"),
    [
        (
            lambda: Perceptron(2, "sigmoid")([0.5, -1.0]),
            {"z": "w1*x1 + w2*x2 + b", "yhat": "sigmoid(z)"},  # 003, l. 758
        ),
        (
            lambda: network()([0.5, -1.0]),
            {  # 003, l. 806-811
                "z1": "x1*w11 + x2*w21 + b1",
                "a1": "sigmoid(z1)",
                "z2": "x1*w12 + x2*w22 + b2",
                "a2": "sigmoid(z2)",
                "z": "a1*w1 + a2*w2 + b",
                "yhat": "sigmoid(z)",
            },
        ),
        (lambda: log_loss(Y, YHAT), {"": "-y*log(yhat) - (1 - y)*log(1 - yhat)"}),  # 003, l. 732
        (lambda: log_loss(Y, network()([0.5, -1.0])), {"": written(log_loss(Y, YHAT))}),
        (lambda: log_loss(1, YHAT), {"": "-log(yhat)"}),  # of a number: the term that is not 0
        (lambda: log_loss(0, YHAT), {"": "-log(1 - yhat)"}),
        (
            lambda: log_loss_from_logit(Y, Value(0.5, label="z")),
            {"": "y*softplus(-z) + (1 - y)*softplus(z)"},
        ),
    ],
)
def test_the_graph_is_the_formula_of_the_notes(make, formulas):
    root = make()
    found = {v.label: written(v) for v in order(root) if v.operands and (v.label or v is root)}
    assert found.items() >= formulas.items()


def test_the_whole_log_loss_has_a_slope_for_its_target():
    """∂L/∂y = log((1 − ŷ)/ŷ), ∂L/∂ŷ = −y/ŷ + (1 − y)/(1 − ŷ)."""
    loss, slopes = with_slopes(lambda v: log_loss(*v), 1.0, 0.25)
    assert (loss, slopes) == (near(2 * LOG2), [near(math.log(3)), near(-4)])
    loss, slopes = with_slopes(lambda v: log_loss(*v), 0.0, 0.25)
    assert (loss, slopes) == (near(-math.log(0.75)), [near(math.log(3)), near(4 / 3)])


def test_parameters_are_declared_for_editors_and_type_checkers():
    assert get_type_hints(TwoLayerNetwork) == dict.fromkeys(TwoLayerNetwork().state_dict(), Value)
    assert get_type_hints(Perceptron) == dict.fromkeys(Perceptron(2).state_dict(), Value)


@pytest.mark.parametrize(
    ("make", "parameters", "nodes"),
    [
        (lambda: Neuron(2), "w1 w2 b", "z a"),
        (lambda: Neuron(2, False), "w1 w2 b", "z"),
        (lambda: Layer(2, 2), "w1_1 w2_1 b1 w1_2 w2_2 b2", "z1 a1 z2 a2"),
        (lambda: Layer(2, 1, False), "w1_1 w2_1 b1", "z1"),
        (
            lambda: MLP(2, [2, 1]),
            "w1_1_1 w1_2_1 b1_1 w1_1_2 w1_2_2 b1_2 w2_1_1 w2_2_1 b2_1",
            "z1_1 a1_1 z1_2 a1_2 z2_1",
        ),
    ],
)
def test_labels_of_micrograds_networks(make, parameters, nodes):
    net = make()
    assert [p.label for p in net.parameters()] == parameters.split()
    out = net([0.5, -1.0])
    found = [v.label for each in (out if isinstance(out, list) else [out]) for v in order(each)]
    assert [label for label in found if label[:1] in ("z", "a")] == nodes.split()


@pytest.mark.parametrize(
    "model", [Perceptron(2, seed=0), TwoLayerNetwork(seed=0), DeepNetwork([2, 1]), MLP(2, [2, 1])]
)
def test_inputs_are_taken_by_position(model):
    expected = model([0.5, -1.0]).data
    for x in ((0.5, -1.0), np.array([0.5, -1.0]), Series([0.5, -1.0]), iter([0.5, -1.0])):
        assert model(x).data == expected
    for x in ({0.5, -1.0}, {"x1": 0.5, "x2": -1.0}, "ab"):
        with pytest.raises(TypeError, match=r"x is .* \((set|dict|str)\); give a list, such as"):
            model(x)
    with pytest.raises(TypeError, match=r"a Value holds one number|'a' in a formula"):
        model(Frame([["a", "b"], ["c", "d"]]))


# ---- the deep network ----------------------------------------------------------------------------

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


def deep_network(sizes, state, **options):
    made = DeepNetwork(sizes, **options)
    made.load_state_dict(state)
    return made


def labelled(root):
    """The nodes that have a name, by name."""
    return {v.label: v for v in order(root) if v.label}


def slopes(kind, state, x, y=1):
    """The engine's slopes of the chain's loss, by name."""
    loss = LOSSES[kind](y, deep_network([1, 1, 1, 1], state)([x]))
    loss.backward()
    return {name: v.grad for name, v in labelled(loss).items()}


# ---- the chain of three layers: 003, l. 882-895 -------------------------------------------------


@BOTH
def test_the_chain_at_the_fixture(kind):
    net = deep_network([1, 1, 1, 1], CHAIN)
    loss = LOSSES[kind](1, net([X]))
    loss.backward()
    nodes = labelled(loss)
    assert loss.data == close(LOSS[kind])
    assert {name: nodes[name].data for name in NODES} == close(NODES)
    assert {name: nodes[name].grad for name in SLOPES[kind]} == close(SLOPES[kind])
    assert {name: nodes[name].grad for name in WITHIN[kind]} == close(WITHIN[kind])
    assert {name: p.grad for name, p in net.named_parameters().items()} == close(
        {name: SLOPES[kind][name] for name in CHAIN}
    )


def test_the_chain_from_its_logit():
    net = deep_network([1, 1, 1, 1], CHAIN)
    x = Value(X)
    loss = log_loss_from_logit(1, net.logit([x]))
    loss.backward()
    assert loss.data == close(LOSS["log"])
    ours = {name: p.grad for name, p in net.named_parameters().items()} | {"x1": x.grad}
    assert ours == close(SLOPES["log"])


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
def test_formulas_of_the_chain_at_200_random_points(kind):
    draw = random.Random(7)
    for _ in range(200):
        state = {name: draw.uniform(-2, 2) for name in CHAIN}
        x, y = draw.uniform(-2, 2), draw.choice((0, 1))
        ours = slopes(kind, state, x, y)
        quotients = factors(kind, state, x, y)
        by_hand = {name: product(quotients, text) for name, text in FORMULAS.items()}
        assert {name: ours[name] for name in FORMULAS} == close(by_hand)


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
    """003, l. 885-895, with the log loss, at the fixture: I and L⁽²⁾ are z.  dL/dw2 is right."""
    quotients = factors("log", CHAIN, X, 1)
    assert product(quotients, as_printed) == close(printed)
    assert product(quotients, FORMULAS[name]) == close(true)
    assert slopes("log", CHAIN, X)[name] == close(true)
    assert abs(printed - true) > 0.05
    assert abs(printed - 0.23187696668605728) > 0.05 and abs(true - 0.23187696668605728) > 0.05
    assert slopes("log", CHAIN, X)["a1"] == close(0.23187696668605728)


def test_one_step_against_the_slope_lowers_the_loss():
    net = deep_network([1, 1, 1, 1], CHAIN)
    log_loss(1, net([X])).backward()
    for p in net.parameters():
        p.data -= 0.1 * p.grad
    assert log_loss(1, net([X])).data == close(0.49673929235585723)


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


def test_two_layers_are_the_two_layer_network():
    """003, l. 752-875, at x = (0.5, −1), y = 1: the same parameters in the same order."""
    net, same = DeepNetwork([2, 2, 1]), TwoLayerNetwork()
    same.load_state_dict(WEIGHTS)
    for p, number in zip(net.parameters(), WEIGHTS.values(), strict=True):
        p.data = number
    loss = log_loss(1, net([0.5, -1.0]))
    loss.backward()
    assert loss.data == close(0.5222981926957981)
    assert [p.grad for p in net.parameters()] == close(list(NETWORK[1].values())[1:])
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
    assert data(output) == close(a[-1])
    assert data(net.logit(x)) == close(a[-1])
    sum(half_squared_error(t, v) for t, v in zip(y, output, strict=True)).backward()
    delta, ours = a[-1] - y, net.named_parameters()
    for layer in range(len(layers), 0, -1):
        for k, d in enumerate(delta, 1):
            assert ours[f"b{layer}_{k}"].grad == close(d)
            for j, before in enumerate(a[layer - 1], 1):
                assert ours[f"w{layer}_{j}_{k}"].grad == close(d * before)
        delta = layers[layer - 1][0].T @ delta
        if layer > 1:
            delta = delta * (1 - a[layer - 1] ** 2)
    assert [v.grad for v in inputs] == close(delta)


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
    net = deep_network([1, 1, 1], state, **options)
    assert net([1.0]).data == close(output)
    assert net.logit([1.0]).data == close(logit)


def test_a_value_goes_in_as_it_is():
    net = deep_network([1, 1, 1, 1], CHAIN)
    named, made = Value(X, label="dose"), Value(0.4) * 2
    assert labelled(net([named]))["dose"] is named
    loss = log_loss(1, net([made]))
    loss.backward()
    assert made.grad == close(SLOPES["log"]["x1"]) and made.label == ""


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
        (lambda: deep_network([1, 1], {"w1": 1.0}), KeyError, r"missing \['b1'\]"),
        (
            lambda: deep_network([1, 1], {"w1": 1.0, "b1": -1.0}, output="log")([0.5]),
            DomainError,
            r"log\(a\) with a = -0\.5 \('z1'\)",
        ),
    ],
)
def test_what_is_no_network_is_an_error(call, error, message):
    with pytest.raises(error, match=message):
        call()


# ---- losses --------------------------------------------------------------------------------------


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
        (half_squared_error, 2, 0.35, 1.36125, -1.65),  # 003, l. 601
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
    """The slope is −y/p + (1 − y)/(1 − p): 003, l. 762.  1 − p is rounded, by 1.1e-16 at most."""
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
        (mean_squared_error, (2, 5, 3), [0, 0, 0], 38 / 3, [-4 / 3, -10 / 3, -2]),  # 003, l. 439
        (half_mean_squared_error, [2, 5, 3], [0, 0, 0], 19 / 3, [-2 / 3, -5 / 3, -1]),  # l. 574
        (half_mean_squared_error, np.array([2.0, 5.0]), [1, 1], 4.25, [-0.5, -2]),
    ],
)
def test_a_mean_of_losses(loss, ys, predictions, value, slopes):
    assert with_slopes(lambda v: loss(ys, v), *predictions) == (
        near(value),
        [near(s) for s in slopes],
    )


def test_the_cost_of_linear_regression():
    """003, l. 574: (m, b) = (0, 0) on (1, 2), (2, 5), (3, 3)."""
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

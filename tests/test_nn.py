"""The networks and losses of the notes: every gradient that was derived by hand, and their API."""

import math
import random
from collections import OrderedDict, deque

import numpy as np
import pytest

from autograd_lite import DomainError, Value, linalg, relu
from autograd_lite.nn import (
    MLP,
    DeepNetwork,
    Layer,
    Module,
    Neuron,
    Perceptron,
    TwoLayerNetwork,
    half_squared_error,
    log_loss,
    log_loss_from_logit,
)
from autograd_lite.optim import GradientDescent
from autograd_lite.train import fit
from tests.labelled import Frame, Series

CLOSE = {"rel": 1e-12, "abs": 1e-15}
WEIGHTS = {"w11": 0.1, "w21": -0.2, "b1": 0.05, "w12": 0.4, "w22": 0.3, "b2": -0.1}
WEIGHTS |= {"w1": 0.7, "w2": -0.5, "b": 0.2}
# 003, pp. 38-41, at x = (0.5, −1); computed at 60 digits
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
    assert loss.data == pytest.approx(1.36125, **CLOSE)  # 003, p. 28
    assert [v.grad for v in p.parameters()] == pytest.approx([-2.475, 3.3, -1.65], **CLOSE)


@pytest.mark.parametrize(
    ("y", "loss", "grads"),
    [  # 003, p. 33
        (1, 0.8543552444685271, [-0.574442516811659, 1.148885033623318, -0.574442516811659]),
        (0, 0.5543552444685271, [0.425557483188341, -0.851114966376682, 0.425557483188341]),
    ],
)
def test_classification_perceptron_at_the_fixture(y, loss, grads):
    p = perceptron("sigmoid", [0.4, 0.3], -0.1)
    ours = log_loss(y, p([1, -2]))
    ours.backward()
    assert ours.data == pytest.approx(loss, **CLOSE)
    assert [v.grad for v in p.parameters()] == pytest.approx(grads, **CLOSE)
    p.zero_grad()
    stable = log_loss_from_logit(y, p.logit([1, -2]))
    stable.backward()
    assert stable.data == pytest.approx(loss, **CLOSE)
    assert [v.grad for v in p.parameters()] == pytest.approx(grads, **CLOSE)


@pytest.mark.parametrize("y", [1, 0])
def test_two_layer_network_at_the_fixture(y):
    net = network()
    loss = log_loss(y, net([0.5, -1]))
    loss.backward()
    grads = {name: p.grad for name, p in net.named_parameters().items()}
    assert {"loss": loss.data, **grads} == pytest.approx(NETWORK[y], **CLOSE)


def test_two_layer_network_names_its_nodes_as_the_notes_do():
    from autograd_lite import order

    found = {v.label: v.data for v in order(network()([0.5, -1])) if v.label in LABELS}
    assert found == pytest.approx(LABELS, **CLOSE)
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
    """003, p. 40 prints x2·w1·a1(1 − a1)(y − ŷ) for w12; that is −∂L/∂w21."""
    net = network()
    log_loss(1, net([0.5, -1])).backward()
    a1, yhat = LABELS["a1"], LABELS["yhat"]
    printed = -(-1 * WEIGHTS["w1"] * a1 * (1 - a1) * (1 - yhat))
    assert printed == pytest.approx(net.w21.grad, **CLOSE)
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


def test_state_goes_in_whole_or_not_at_all():
    net = network()
    before = net.state_dict()
    with pytest.raises(KeyError, match=r"missing \['b'\], unknown \['c'\]"):
        net.load_state_dict({**{k: 1.0 for k in WEIGHTS if k != "b"}, "c": 1.0})
    with pytest.raises(TypeError):
        net.load_state_dict({**dict.fromkeys(WEIGHTS, 1.0), "b": "one"})
    assert net.state_dict() == before == WEIGHTS


def test_wider_networks_activations_and_errors():
    net = TwoLayerNetwork(3, 4, activation="tanh", output=None, seed=1)
    assert len(net.parameters()) == 4 * (3 + 1) + 4 + 1
    assert net.w34.label == "w34"
    assert Perceptron(2, relu, seed=0)([1.0, 1.0]).op.name == "relu"
    with pytest.raises(ValueError, match="activation 'sigmod'"):
        Perceptron(2, "sigmod")
    with pytest.raises(ValueError, match="n_hidden = 0"):
        TwoLayerNetwork(2, 0)
    with pytest.raises(ValueError, match="takes 2 inputs, got 1"):
        network()([1.0])


# ---- where parameters are found ------------------------------------------------------------------


def module(**attributes):
    """A module with these attributes."""
    made = Module()
    vars(made).update(attributes)
    return made


def family():
    """A parent and two children that know it and each other."""
    parent = module(children=[module(w=Value(1.0)), module(w=Value(2.0))], b=Value(3.0))
    first, second = parent.children
    first.parent = second.parent = parent
    second.before = first
    return parent


def deep(levels):
    """A list in a list in a list …"""
    inside = [Value(1.0)]
    for _ in range(levels):
        inside = [inside]
    return module(a=inside)


def overridden():
    class Frozen(Module):
        def __init__(self):
            self.w, self.fixed = Value(1.0), Value(2.0)

        def named_parameters(self):
            return {"w": self.w}

    return module(frozen=Frozen(), b=Value(3.0))


ONE, TWO = Value(1.0), Value(2.0)
HOLDERS = [  # what is made, its state, why
    (
        lambda: module(W=linalg.values([[1.0, 2.0], [3.0, 4.0]])),
        {"W.0.0": 1.0, "W.0.1": 2.0, "W.1.0": 3.0, "W.1.1": 4.0},
        "an array",
    ),
    (lambda: module(b=np.array(ONE, dtype=object)), {"b.0": 1.0}, "an array of no axes"),
    (lambda: module(W=np.array([ONE, 3.0, None], dtype=object)), {"W.0": 1.0}, "one of an array"),
    (lambda: module(a=[{"x": (module(w=ONE), TWO)}]), {"a.0.x.0.w": 1.0, "a.0.x.1": 2.0}, "nested"),
    (lambda: module(a=deque([ONE]), b=OrderedDict(z=TWO)), {"a.0": 1.0, "b.z": 2.0}, "further"),
    (lambda: module(a=ONE, b=ONE, c=[TWO, ONE]), {"a": 1.0, "c.0": 2.0}, "tied weights"),
    (lambda: module(a=(m := module(w=ONE)), b=m), {"a.w": 1.0}, "a tied module"),
    (family, {"children.0.w": 1.0, "children.1.w": 2.0, "b": 3.0}, "links to a parent"),
    (
        lambda: family().children[1],
        {"w": 2.0, "parent.children.0.w": 1.0, "parent.b": 3.0},
        "a child, whose parent it holds",
    ),
    (
        lambda: module(a=(box := [ONE]), b=(box.append(box), TWO)),
        {"a.0": 1.0, "b.1": 2.0},
        "a loop",
    ),
    (lambda: deep(3000), {"a" + ".0" * 3001: 1.0}, "deep"),
    (lambda: module(a=ONE, b=TWO, trained={ONE, TWO}), {"a": 1.0, "b": 2.0}, "a set of known ones"),
    (lambda: module(trained={TWO}, b=TWO), {"b": 2.0}, "known after the set"),
    (lambda: module(names={"a", "b"}, a=ONE), {"a": 1.0}, "a set of names"),
    (lambda: module(x="text", f=math.sin, n=3, X=np.eye(2), a=ONE), {"a": 1.0}, "what is none"),
    (overridden, {"frozen.w": 1.0, "b": 3.0}, "a module that says which are its own"),
    (module, {}, "nothing"),
]


@pytest.mark.parametrize(("make", "state", "why"), HOLDERS, ids=[row[-1] for row in HOLDERS])
def test_each_parameter_counts_once(make, state, why):
    made = make()
    assert made.state_dict() == state and list(made.state_dict()) == list(state)
    named = made.named_parameters()
    assert made.parameters() == list(named.values()) and len(set(named.values())) == len(state)
    assert repr(made) == f"Module({len(state)} parameters)"
    for p in made.parameters():
        p.grad = 1.0
    made.zero_grad()
    assert not any(p.has_grad for p in named.values())
    made.load_state_dict({name: x + 10 for name, x in state.items()})
    assert made.state_dict() == {name: x + 10 for name, x in state.items()}
    made.load_state_dict(state)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: module(a={Value(1.0)}), TypeError, "a is a set, whose order differs from run to"),
        (lambda: module(a=[frozenset({Value(1.0)})]), TypeError, "a.0 is a set, whose order"),
        (lambda: module(a={module(w=Value(1.0))}), TypeError, "a is a set, whose order"),
        (lambda: module(a={(1, (Value(1.0),))}), TypeError, "a is a set, whose order"),
        (
            lambda: module(d={1: Value(1.0), "1": Value(2.0)}),
            ValueError,
            "two parameters of Module",
        ),
    ],
)
def test_what_has_no_order_or_no_name_is_an_error(make, error, message):
    made = make()
    for call in (made.named_parameters, made.parameters, made.state_dict, made.zero_grad):
        with pytest.raises(error, match=message):
            call()


def test_a_state_that_names_a_tied_weight_twice_goes_in():
    """As it was saved while each name counted; two numbers for one weight do not."""
    made = module(a=Value(1.0), b=[Value(2.0)])
    made.c, made.d = made.a, module(inner=made.b)
    made.load_state_dict({"a": 5.0, "b.0": 6.0, "c": 5.0, "d.inner.0": 6.0})
    assert made.state_dict() == {"a": 5.0, "b.0": 6.0}
    for state, error, message in (
        ({"a": 5.0, "b.0": 6.0, "c": 7.0}, ValueError, "'a' and 'c' are one parameter here"),
        ({"b.0": 6.0, "c": 5.0}, KeyError, r"missing \['a'\], unknown \[\]"),
        ({"a": 5.0, "b.0": 6.0, "e": 5.0}, KeyError, r"missing \[\], unknown \['e'\]"),
    ):
        with pytest.raises(error, match=message):
            made.load_state_dict(state)
    assert made.state_dict() == {"a": 5.0, "b.0": 6.0}


TIED = [  # a network of the notes, two of its parameters
    (lambda: Perceptron(2, "sigmoid", seed=0), "w1", "w2"),
    (lambda: TwoLayerNetwork(seed=0), "w11", "w22"),
    (lambda: DeepNetwork([2, 2, 1], seed=0), "w1_1_1", "w1_2_2"),
]


@pytest.mark.parametrize(("make", "one", "other"), TIED)
def test_a_network_with_a_tied_weight_and_a_parent(make, one, other):
    """The slope of a tied weight is the sum of those of its places."""
    free, tied = make(), make()
    getattr(free, other).data = getattr(free, one).data
    setattr(tied, other, getattr(tied, one))
    tied.parent = module(child=tied, extra=Value(1.0))
    for net in (free, tied):
        log_loss(1, net([0.5, -1.0])).backward()
    both = getattr(free, one).grad + getattr(free, other).grad
    assert getattr(tied, one).grad == pytest.approx(both, **CLOSE)
    assert tied([0.5, -1.0]).data == free([0.5, -1.0]).data


@pytest.mark.parametrize("backend", [None, "python"])
def test_an_array_of_weights_is_trained(backend):
    """y = W·x for W = (2, −1), from three samples."""

    class Linear(Module):
        def __init__(self):
            self.W = linalg.values([0.0, 0.0])

        def __call__(self, x):
            return self.W @ np.array(x)

    model = Linear()
    rule = GradientDescent(model.parameters(), lr=0.3)
    X, y = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [2.0, -1.0, 1.0]
    fit(model, X, y, loss=half_squared_error, optimizer=rule, epochs=300, backend=backend)
    assert list(model.state_dict()) == ["W.0", "W.1"]
    assert linalg.data(model.W) == pytest.approx([2, -1], abs=1e-9)


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

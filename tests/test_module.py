"""``Module``: where parameters are found, and how their numbers are saved and loaded."""

import math
from collections import OrderedDict, deque

import numpy as np
import pytest

from autograd_lite import Value, linalg
from autograd_lite.nn import (
    DeepNetwork,
    Module,
    Perceptron,
    TwoLayerNetwork,
    half_squared_error,
    log_loss,
)
from autograd_lite.optim import GradientDescent
from autograd_lite.train import fit

WEIGHTS = {"w11": 0.1, "w21": -0.2, "b1": 0.05, "w12": 0.4, "w22": 0.3, "b2": -0.1}
WEIGHTS |= {"w1": 0.7, "w2": -0.5, "b": 0.2}


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


def test_state_goes_in_whole_or_not_at_all():
    net = TwoLayerNetwork()
    net.load_state_dict(WEIGHTS)
    before = net.state_dict()
    with pytest.raises(KeyError, match=r"missing \['b'\], unknown \['c'\]"):
        net.load_state_dict({**{k: 1.0 for k in WEIGHTS if k != "b"}, "c": 1.0})
    with pytest.raises(TypeError):
        net.load_state_dict({**dict.fromkeys(WEIGHTS, 1.0), "b": "one"})
    assert net.state_dict() == before == WEIGHTS


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
    assert getattr(tied, one).grad == pytest.approx(both, rel=1e-12, abs=1e-15)
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

"""Named parts of a graph: by ``with scope(...)``, and by the layers of ``nn``."""

import copy
import pickle

import pytest

from autograd_lite import Value, order, scope
from autograd_lite.nn import MLP, DeepNetwork, Perceptron, TwoLayerNetwork
from autograd_lite.scopes import OPEN, scopes_of


def paths(root):
    nodes = order(root)
    users = {v: [] for v in nodes}
    for v in nodes:
        for x in v.operands:
            users[x].append(v)
    found = scopes_of(nodes, users)
    return {v: "/".join(s.name for s in found[v]) for v in nodes}


def test_what_is_computed_inside_belongs_to_it():
    x = Value(2.0, label="x")
    before = x * 3
    with scope("outer"):
        a = before + 1
        with scope("inner"):
            b = a.exp()
        c = b * Value(5.0, label="w")
    y = c + x
    found = paths(y)
    w = c.operands[1]
    assert [found[v] for v in (x, before, a, b, c, w, y)] == [
        *("", "", "outer", "outer/inner", "outer", "outer", "")
    ]
    assert repr(b.scope) == "<scope outer / inner>"
    assert y.scope is None and not OPEN


def test_an_error_inside_closes_it():
    with pytest.raises(ZeroDivisionError), scope("s"):
        raise ZeroDivisionError
    assert not OPEN


@pytest.mark.parametrize("name", [3, None, b"s"])
def test_a_name_is_a_text(name):
    with pytest.raises(TypeError, match="a scope's name is a text"):
        scope(name)


def test_layers_and_neurons():
    loss = MLP(2, [2, 1], seed=0)([0.5, Value(1.0, label="x")]) ** 2
    found = paths(loss)
    counts = {}
    for path in found.values():
        counts[path] = counts.get(path, 0) + 1
    assert counts == {"layer 1/neuron 1": 9, "layer 1/neuron 2": 9, "layer 2": 7, "": 2}
    assert [v.label for v, path in found.items() if not path] == ["x", ""]


def test_each_call_is_a_part_of_its_own():
    net = Perceptron(1, "sigmoid", seed=0)
    first, second = net([1.0]), net([2.0])
    assert first.scope is not second.scope
    found = paths(first + second)
    assert found[net.w1] == ""  # shared by both
    assert found[first] == found[second] == "perceptron"


@pytest.mark.parametrize(
    ("net", "names"),
    [
        (TwoLayerNetwork(seed=0), {"layer 1/neuron 1", "layer 1/neuron 2", "layer 2"}),
        (DeepNetwork([2, 2, 1], seed=0), {"layer 1/neuron 1", "layer 1/neuron 2", "layer 2"}),
        (DeepNetwork([2, 1, 1], seed=0), {"layer 1", "layer 2"}),
    ],
    ids=lambda x: None if isinstance(x, set) else str(x),
)
def test_the_networks_of_the_notes(net, names):
    assert set(paths(net([0.5, -1.0])).values()) == names | {""}


def test_inside_a_scope_of_ones_own():
    x = Value(1.0, label="x")
    with scope("encoder"):
        doubled = x * 2
        y = Perceptron(1, seed=0)([doubled])
    found = paths(y)
    assert found[y] == "encoder/perceptron"
    assert found[doubled] == "encoder"


def test_copies_keep_their_scopes():
    y = MLP(2, [2, 1], seed=0)([0.5, 1.0])
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert sorted(paths(twin).values()) == sorted(paths(y).values())

"""Gradients and points in the notes' forms: vectors, intermediate results, graphs, nested dicts."""

import re
import sys

import numpy as np
import pytest

from autograd_lite import StaleGraphError, Value, log, maximum, relu, sigmoid, tanh
from autograd_lite.testing import check_grad
from tests.testing.rows import BROKEN, RIGHT, UNTESTED, WRONG, W, holds, log_loss, row, table

# ---- one vector ----------------------------------------------------------------------------------


def saddle(x, y):
    return x * x * y


VECTORS = (
    row("a list", saddle, lambda x, y: [2 * x * y, x * x]),
    row("a tuple", saddle, lambda x, y: (2 * x * y, x * x)),
    row("an array", saddle, lambda x, y: np.array([2 * x * y, x * x])),
    row("formulas", saddle, ["2*x*y", "x*x"]),
    row("formulas in wrt's order", saddle, ["x*x", "2*x*y"], wrt=["y", "x"]),
    row("the wrong way round", saddle, lambda x, y: [x * x, 2 * x * y], WRONG, "towards y, not x"),
    row("two arrays", lambda w, x: w @ x, lambda w, x: [x, w], shapes={"w": (2,), "x": (2,)}),
    row("one array", lambda w: w @ w, lambda w: [2 * w[0], 2 * w[1]], shapes={"w": (2,)}),
    row("lists of lists", lambda A: (A * A).sum(), lambda A: [[2 * a for a in r] for r in A],
        shapes={"A": (2, 2)}),
    row("called dx, grad_y", saddle, lambda x, y: {"dx": 2 * x * y, "grad_y": x * x}),
    row("called dx, dy, as text", saddle, {"dx": "2*x*y", "dy": "x"}, WRONG, "dsaddle/dy"),
)  # fmt: skip


@table(*VECTORS)
def test_a_gradient_as_one_vector(row):
    holds(row)


def test_one_array_is_not_taken_for_a_row_of_gradients():
    with pytest.raises(ValueError, match="wrt is needed"):
        check_grad(lambda w, x: w @ x, lambda w, x: x, shapes={"w": (2,), "x": (2,)})


# ---- intermediate results ------------------------------------------------------------------------


def units(X, W, y):
    z = X @ W
    h = np.maximum(z, 0)
    r = h - y
    return (r * r).sum()


def reused(u, v):
    p = u * v
    s = tanh(p) + p * p
    return s * p


UNITS = {"shapes": {"X": (3, 2), "W": (2, 2), "y": (3, 2)}}
YHAT = "-(y - yhat)/(yhat*(1-yhat))"

INNER = (
    row("yhat, z and b", log_loss, {"yhat": YHAT, "z": "yhat - y", "b": "yhat - y"}),
    row("ŷ", log_loss, {"ŷ": YHAT}),
    row("y_hat", log_loss, {"y_hat": YHAT}),
    row("dz", log_loss, {"dz": "yhat - y", "dw": "(yhat - y) * x"}),
    row("a flipped sign", log_loss, {"yhat": "(y - yhat)/(yhat*(1-yhat))"}, WRONG,
        "dlog_loss/dyhat is WRONG: the sign is flipped"),
    row("one of two", log_loss, {"yhat": YHAT, "z": "(yhat - y) * x"}, WRONG,
        "wrong: z right: yhat"),
    row("at a point", log_loss, {"z": "yhat - y"}, at={**W, "y": 0.3}),
    row("a printed number", log_loss, {"z": "0.294"}, RIGHT, at={**W, "y": 0.3}),
    row("another printed number", log_loss, {"z": "0.295"}, WRONG, at={**W, "y": 0.3}),
    row("all paths count", reused, {"p": "(1 - tanh(p)**2 + 2*p) * p + s"}),
    row("one path is not all", reused, {"p": "s"}, WRONG),
    row("arrays", units, {"h": lambda r: 2 * r, "z": lambda r, z: 2 * r * (z > 0)}, **UNITS),
    row("an array, ungated", units, {"z": lambda r: 2 * r}, WRONG, "towards h, not z|gate",
        **UNITS),
    row("wrt, one function", units, lambda r, z: (2 * r, 2 * r * (z > 0)), wrt=["h", "z"],
        **UNITS),
    row("many points", log_loss, {"z": "yhat - y"}, points=120),
    row("both sides of a kink", lambda w, x: inside(w * x), {"z": "2 * h if z > 0 else 0"}),
)  # fmt: skip


def inside(z):
    h = relu(z)
    return h * h


@table(*INNER)
def test_a_gradient_towards_an_intermediate_result(row):
    holds(row)


def test_a_name_that_is_nowhere_is_an_error_that_lists_those_that_are():
    with pytest.raises(ValueError, match=r"'q' is not an argument.*these are z, yhat"):
        check_grad(log_loss, {"q": "yhat - y"})


def test_the_engine_is_not_believed_about_an_intermediate_result():
    def f(w, x):
        z = w * x
        return z * float(z)

    for df, verdict in [("z", WRONG), ("2 * z", RIGHT)]:
        report = check_grad(f, {"z": df})
        assert report.verdict is verdict and report.evidence == "numeric", report
        assert check_grad(f, {"z": df}, strict=True).verdict is BROKEN


# ---- a graph that exists -------------------------------------------------------------------------


def neuron_loss(y=1.0, x=1.0):
    w, b = Value(0.4, label="w"), Value(-0.3, label="b")
    x, y = Value(x, label="x"), Value(y, label="y")
    z = w * x + b
    z.label = "z"
    yhat = sigmoid(z)
    yhat.label = "yhat"
    return -y * log(yhat) - (1 - y) * log(1 - yhat)


def branching(w=0.7):
    w = Value(w, label="w")
    return w * w if w > 0 else -w


def by_hand():
    w, x = Value(0.4, label="w"), Value(1.5, label="x")
    z = w * x
    t = Value(np.tanh(z.data), (z,), (1 - np.tanh(z.data) ** 2,))
    return t * w


def np_slope(w, x):
    return np.tanh(w * x) + w * x * (1 - np.tanh(w * x) ** 2)


GRAPHS = (
    row("formulas with names", neuron_loss(), {"w": "(yhat - y) * x", "b": "yhat - y"}),
    row("intermediate results", neuron_loss(), {"yhat": YHAT, "z": "yhat - y"}),
    row("a function", neuron_loss(), {"b": lambda w, b, x, y: 1 / (1 + np.exp(-w * x - b)) - y}),
    row("hidden by x = 1", neuron_loss(), {"w": "yhat - y"}, WRONG, "factor x is forgotten"),
    row("a flipped sign", neuron_loss(), {"b": "y - yhat"}, WRONG, "sign"),
    row("right for y = 1 only", neuron_loss(), {"b": "yhat - 1"}, UNTESTED, "y = 1 hides"),
    row("printed", neuron_loss(x=1.7), {"w": "-0.690"}, UNTESTED),
    row("printed, wrong", neuron_loss(x=1.7), {"w": "-0.691"}, WRONG),
    row("other numbers", neuron_loss(), {"w": "(yhat - y) * x"},
        at={"w": 0.9, "b": 0.2, "x": 1.7, "y": 0.3}),
    row("one branch of an if", branching(), {"w": "2 * w"}, RIGHT, "within 1 %"),
    row("its other branch", branching(-0.7), {"w": "0 - 1"}, RIGHT, "which way Python's if"),
    row("maximum, both sides", maximum(Value(0.3, label="u"), Value(0.1, label="v")) * 2,
        {"u": "2 if u > v else 0"}, UNTESTED, "other branch is untested"),
    row("made by hand", by_hand(), {"w": np_slope}, RIGHT, "own numbers only"),
    row("made by hand, wrong", by_hand(), {"w": lambda w, x: np.tanh(w * x)}, WRONG,
        "made by hand"),
)  # fmt: skip


@table(*GRAPHS)
def test_a_graph_that_exists(row):
    holds(row, seed=0)


def test_no_line_is_named_where_none_is_known():
    report = check_grad(neuron_loss(x=1.7), {"w": "yhat - y"}, seed=0)
    assert report.verdict is WRONG and not re.search("line", str(report))


def stale():
    root = neuron_loss()
    root.operands[0].operands[0].operands[0].data = 7.0  # y
    return root


@pytest.mark.parametrize(
    ("graph", "error", "words"),
    [
        (lambda: Value(1.0) * Value(2.0), ValueError, "no leaf of the graph has a label"),
        (lambda: Value(1.0, label="w") * Value(2.0, label="w"), ValueError, "two leaves.*'w'"),
        (stale, StaleGraphError, "do not follow"),
    ],
)
def test_a_graph_that_cannot_be_a_function(graph, error, words):
    with pytest.raises(error, match=words):
        check_grad(graph(), {"w": "1"})


# ---- parameters in dicts and lists ---------------------------------------------------------------


def network(params, x, y):
    h = np.tanh(x @ params["l1"]["W"] + params["l1"]["b"])
    r = h @ params["l2"]["W"] - y
    return (r * r).sum() / len(x)


def network_gradient(params, x, y):
    h = np.tanh(x @ params["l1"]["W"] + params["l1"]["b"])
    r = 2 * (h @ params["l2"]["W"] - y) / len(x)
    dz = r @ params["l2"]["W"].T * (1 - h * h)
    return {"l1": {"dW": x.T @ dz, "db": dz.sum(axis=0)}, "l2": {"W": h.T @ r}}


def network_slip(params, x, y):
    found = network_gradient(params, x, y)
    return {**found, "l1": {**found["l1"], "db": found["l1"]["db"] / len(x)}}


def logistic(parameters, X, Y):
    A = 1 / (1 + np.exp(-parameters["W1"] @ X - parameters["b1"]))
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / X.shape[1], {"A": A}


def logistic_gradient(parameters, cache, X, Y):
    dZ = (cache["A"] - Y) / X.shape[1]
    return {"dW1": dZ @ X.T, "db1": dZ.sum(axis=1, keepdims=True)}


def stacked(weights, x):
    first, second = weights
    return (np.tanh(x @ first) @ second).sum()


def stacked_gradient(weights, x):
    first, second = weights
    h, ones = np.tanh(x @ first), np.ones((len(x), second.shape[1]))
    return [x.T @ (ones @ second.T * (1 - h * h)), h.T @ ones]


RNG = np.random.default_rng(3)
SHAPES = {"params": {"l1": {"W": (2, 3), "b": (3,)}, "l2": {"W": (3, 2)}}, "x": (4, 2), "y": (4, 2)}
GIVEN = {
    "params": {
        "l1": {"W": RNG.random((2, 3)), "b": RNG.random(3)},
        "l2": {"W": RNG.random((3, 2))},
    },
    "x": RNG.random((4, 2)),
    "y": RNG.random((4, 2)),
}
NG = {"parameters": {"W1": (1, 2), "b1": (1, 1)}, "X": (2, 3), "Y": (1, 3)}
NESTED = (
    row("by shapes", network, network_gradient, shapes=SHAPES),
    row("at a point", network, network_gradient, at=GIVEN),
    row("under the argument's name", network, lambda params, x, y: {
        "params": network_gradient(params, x, y)}, shapes=SHAPES),
    row("with that of data", lambda params, x: params["a"] * params["b"] * x, lambda params, x: {
        "params": {"a": params["b"] * x, "b": params["a"] * x}, "x": params["a"] * params["b"]},
        at={"params": {"a": 0.3, "b": 1.7}, "x": 2.3}),
    row("some of them", network, lambda params, x, y: {
        "l2": network_gradient(params, x, y)["l2"]}, shapes=SHAPES),
    row("wrong", network, network_slip, WRONG, r"params\.l1\.b is WRONG: a factor 4",
        shapes=SHAPES),
    row("W1, b1 and a cache", logistic, logistic_gradient, shapes=NG, domain={"Y": {0, 1}}),
    row("a domain for all", logistic, logistic_gradient, shapes=NG,
        domain={"Y": {0, 1}, "parameters": (0, 1)}),
    row("functions by name", logistic, {"parameters": {"b1": lambda parameters, X, Y: [[
        float(np.mean(1 / (1 + np.exp(-parameters["W1"] @ X - parameters["b1"])) - Y))]]}},
        shapes=NG, domain={"Y": {0, 1}}),
    row("a list of arrays", stacked, stacked_gradient, at={
        "weights": [RNG.random((2, 3)), RNG.random((3, 2))], "x": RNG.random((4, 2))}),
    row("a list of shapes", stacked, stacked_gradient,
        shapes={"weights": [(2, 3), (3, 2)], "x": (4, 2)}),
)  # fmt: skip


@table(*NESTED)
def test_parameters_in_dicts_and_lists(row):
    holds(row)


# ---- what others make ----------------------------------------------------------------------------


class Tensor:
    """What this package sees of a tensor of PyTorch."""

    def __init__(self, array):
        self.array = np.asarray(array, dtype=np.float32)

    def detach(self):
        return self

    def cpu(self):
        return self

    def __array__(self, dtype=None, copy=None):
        return self.array.astype(dtype or self.array.dtype)


class Column:
    """What it sees of a column of a table."""

    def __init__(self, numbers):
        self.numbers = [float(x) for x in numbers]  # of PyTorch's tensors too

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numbers, dtype=dtype)


def line(w, x, y):
    return ((w * x - y) ** 2).mean()


@pytest.mark.parametrize("kind", [Tensor, Column, list, tuple])
def test_arrays_of_others(kind):
    at = {"w": 0.75, "x": kind([0.5, 1.25, -2.5]), "y": kind([1, 2, 4])}
    good = {"w": lambda w, x, y: Tensor((2 * (w * x - y) * x).mean())}
    report = check_grad(line, good, at=at, rel=1e-5)
    assert report.ok, report
    assert check_grad(line, {"w": lambda w, x, y: Column((w * x - y) * x)}, at=at).wrong == ("w",)


class Torch:
    """What this package asks of PyTorch; its tensors do not take Values."""

    class Counting(Tensor):
        """A tensor that only takes tensors."""

        def __init__(self, array):
            self.array = np.asarray(array, dtype=float)

        def dot(self, other):
            return Torch.Counting(self.array.dot(other.array))

        def __float__(self):
            return float(self.array)

    @staticmethod
    def tensor(x):
        return Torch.Counting(x)


def test_tensors_go_in_where_tensors_were_given(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", Torch)
    at = {"w": Torch.tensor([0.5, 1.25]), "x": Torch.tensor([0.3, -0.7])}
    seen = []

    def f(w, x):
        seen.append(type(w))
        return w.dot(x)

    report = check_grad(f, {"w": lambda w, x: Torch.tensor(x.array)}, at=at)
    assert Torch.Counting in seen and not report.wrong

"""The networks and losses of the notes, as the notes write them, and micrograd's networks.

>>> net = TwoLayerNetwork(seed=1)
>>> loss = log_loss(1, net([0.5, -1.0]))
>>> loss.backward()
>>> round(net.w11.grad, 4)                       # ∂L/∂w11
0.0005
>>> list(net.named_parameters())
['w11', 'w21', 'b1', 'w12', 'w22', 'b2', 'w1', 'w2', 'b']
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, pairwise
from typing import Any

import numpy as np

from .functions import function
from .module import Module
from .number import advice, in_order, number_of, short
from .scopes import enclose
from .terminal import printed
from .value import Value, as_value

# ``None`` is the identity; a name is one of the calculus table, such as "tanh".
Activation = str | Callable[[Value], Value] | None

log, logaddexp = function("log"), function("logaddexp")
sigmoid, softplus = function("sigmoid"), function("softplus")


# ---- the networks of the notes -------------------------------------------------------------------


def _weighted_sum(w: Sequence[Value], x: Sequence[Value], b: Value) -> Value:
    """w1·x1 + w2·x2 + … + wn·xn + b, in this order."""
    z = w[0] * x[0]
    for wi, xi in zip(w[1:], x[1:], strict=True):
        z = z + wi * xi
    return z + b


@printed
class Perceptron(Module):
    """One unit: z = w1·x1 + w2·x2 + … + wn·xn + b, ŷ = activation(z).

    The parameters are ``w1 … wn b``; the graph's nodes are labelled ``x1 … xn z yhat``.

    Args:
        n_inputs: n.
        activation: ``None`` for regression, ``"sigmoid"`` for classification, or any operation
            of the calculus table by name, or a callable.
        seed: the weights are drawn uniformly from [−1, 1], the same for the same seed; b is 0.

    Source: 000 §3.1, l. 479-565; 003, l. 597-798.

    >>> line = Perceptron(2)
    >>> line.load_state_dict({"w1": 0.5, "w2": 0.25, "b": 0.1})
    >>> line([1.5, -2.0]).data
    0.35
    """

    w1: Value
    w2: Value  # … and so on, up to wn
    b: Value

    def __init__(
        self, n_inputs: int, activation: Activation = None, *, seed: int | None = None
    ) -> None:
        _at_least_one(n_inputs, "n_inputs")
        draw = random.Random(seed)
        for i in range(1, n_inputs + 1):
            setattr(self, f"w{i}", _weight(f"w{i}", draw))
        self.b = _bias("b")
        self._names = tuple(self.named_parameters())
        self._activation, self._activation_name = _activation(activation), activation

    def __call__(self, x: Iterable[Any]) -> Value:
        """ŷ for one sample."""
        z = self.logit(x)
        yhat = _labelled(self._activation(z), "yhat")
        yhat.scope = z.scope
        return yhat

    def logit(self, x: Iterable[Any]) -> Value:
        """z for one sample: what the activation is applied to."""
        *w, b = (getattr(self, name) for name in self._names)
        x = _inputs(x, len(w), self)
        z = _labelled(_weighted_sum(w, x, b), "z")
        enclose("perceptron", x, [z])
        return z

    def __repr__(self) -> str:
        return f"Perceptron({len(self._names) - 1}, activation={self._activation_name!r})"


@printed
class TwoLayerNetwork(Module):
    """Two inputs, two hidden units, one output, each unit a sigmoid.

    ``w11`` leads from input 1 to hidden unit 1, ``w21`` from input 2 to hidden unit 1.  The graph's
    nodes are labelled ``x1 x2 z1 a1 z2 a2 z yhat``.  For other sizes and activations take
    ``DeepNetwork``.

    Args:
        seed: the weights are drawn uniformly from [−1, 1], the same for the same seed; biases 0.

    Source: 000 §3.2, l. 569; 003, l. 800-880.
    """

    w11: Value
    w21: Value
    b1: Value
    w12: Value
    w22: Value
    b2: Value
    w1: Value
    w2: Value
    b: Value

    def __init__(self, *, seed: int | None = None) -> None:
        draw = random.Random(seed)
        self.w11, self.w21, self.b1 = _weight("w11", draw), _weight("w21", draw), _bias("b1")
        self.w12, self.w22, self.b2 = _weight("w12", draw), _weight("w22", draw), _bias("b2")
        self.w1, self.w2, self.b = _weight("w1", draw), _weight("w2", draw), _bias("b")

    def __call__(self, x: Iterable[Any]) -> Value:
        """ŷ for one sample."""
        z = self.logit(x)
        yhat = sigmoid(z)
        yhat.label, yhat.scope = "yhat", z.scope
        return yhat

    def logit(self, x: Iterable[Any]) -> Value:
        """z for one sample: what the last sigmoid is applied to."""
        x1, x2 = _inputs(x, 2, self)
        w11, w21, b1 = self.w11, self.w21, self.b1
        w12, w22, b2 = self.w12, self.w22, self.b2
        w1, w2, b = self.w1, self.w2, self.b

        z1 = x1 * w11 + x2 * w21 + b1
        a1 = sigmoid(z1)
        z2 = x1 * w12 + x2 * w22 + b2
        a2 = sigmoid(z2)
        z = a1 * w1 + a2 * w2 + b

        z1.label, a1.label, z2.label, a2.label, z.label = "z1", "a1", "z2", "a2", "z"
        enclose("layer 1", [x1, x2], [a1, a2])
        enclose("layer 2", [a1, a2], [z])
        return z

    def __repr__(self) -> str:
        return "TwoLayerNetwork()"


@printed
class DeepNetwork(Module):
    """Layers of any number and size: z⁽ˡ⁾ = W⁽ˡ⁾·a⁽ˡ⁻¹⁾ + b⁽ˡ⁾, a⁽ˡ⁾ = activation(z⁽ˡ⁾), a⁽⁰⁾ = x.

    ``DeepNetwork([1, 1, 1, 1])`` is the notes' chain of three layers, with the parameters
    ``w1 b1 w2 b2 w3 b3`` and the nodes ``z1 a1 z2 a2 z3 a3``.  In a wider layer l, ``w{l}_{j}_{k}``
    leads from unit j to unit k, whose other names are ``b{l}_{k} z{l}_{k} a{l}_{k}``.

    Args:
        sizes: the number of inputs, then of units in each layer.
        activation: of the hidden layers, as in ``Perceptron``.
        output: of the last layer.
        seed: weights uniform in ±√(3 / inputs of the layer), the same for the same seed; biases 0.

    Source: 003, l. 882-895.

    >>> net = DeepNetwork([3, 4, 2], activation="tanh", output=None, seed=0)
    >>> len(net.parameters()), len(net([0.5, -1.0, 2.0]))
    (26, 2)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        *,
        activation: Activation = "sigmoid",
        output: Activation = "sigmoid",
        seed: int | None = None,
    ) -> None:
        if len(sizes) < 2:
            raise ValueError(f"sizes = {sizes!r}: the number of inputs, then at least one layer")
        for size in sizes:
            _at_least_one(size, "a layer's size")
        draw = random.Random(seed)
        for layer, (n, m) in enumerate(pairwise(sizes), 1):
            for k in range(1, m + 1):
                for j in range(1, n + 1):
                    name = f"w{layer}_{j}_{k}" if n * m > 1 else f"w{layer}"
                    setattr(self, name, _weight(name, draw, math.sqrt(3 / n)))
                name = f"b{layer}_{k}" if n * m > 1 else f"b{layer}"
                setattr(self, name, _bias(name))
        self._names = tuple(self.named_parameters())
        self._sizes = tuple(sizes)
        self._activation, self._output = _activation(activation), _activation(output)

    def __call__(self, x: Iterable[Any]) -> Any:
        """The last layer's a for one sample: a Value, or a list of them."""
        return self._forward(x)[1]

    def logit(self, x: Iterable[Any]) -> Any:
        """The last layer's z for one sample, before its activation: a Value, or a list of them."""
        return self._forward(x)[0]

    def _forward(self, x: Iterable[Any]) -> tuple[Any, Any]:
        parameters = (getattr(self, name) for name in self._names)
        z: list[Value] = []
        a = _inputs(x, self._sizes[0], self)
        for layer, (n, m) in enumerate(pairwise(self._sizes), 1):
            activation = self._output if layer == len(self._sizes) - 1 else self._activation
            before, z, a = a, [], []
            for k in range(1, m + 1):
                place = f"{layer}_{k}" if n * m > 1 else f"{layer}"
                *w, b = islice(parameters, n + 1)
                z.append(_labelled(_weighted_sum(before, w, b), f"z{place}"))
                a.append(_labelled(activation(z[-1]), f"a{place}"))
            enclose(f"layer {layer}", before, a)
        return (z[0], a[0]) if len(z) == 1 else (z, a)

    def __repr__(self) -> str:
        return f"DeepNetwork({list(self._sizes)})"


# ---- the networks of micrograd -------------------------------------------------------------------


@printed
class Neuron(Module):
    """relu(w · x + b), or w · x + b if not ``nonlin``; weights uniform in [−1, 1], b = 0.

    Args:
        nin: the number of inputs.
        nonlin: whether relu is applied.
        draw: what the weights are drawn from; by default ``random``'s global state.
        place: its number in its layer, or the layer's and its own, for the labels: from input j to
            neuron k of layer l leads ``w{l}_{j}_{k}``.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        draw: random.Random | None = None,
        place: tuple[int, ...] = (),
    ) -> None:
        before, own = place[:-1], place[-1:]
        self.w = [_weight("w" + _joined(*before, j, *own), draw) for j in range(1, nin + 1)]
        self.b = _bias("b" + _joined(*place))
        self.nonlin = nonlin
        self._z, self._a = "z" + _joined(*place), "a" + _joined(*place)  # the nodes' labels

    def __call__(self, x: Sequence[Any]) -> Value:
        """The neuron's output for one sample."""
        x = in_order(x, "x")
        if len(x) != len(self.w):
            raise ValueError(f"{self!r} takes {len(self.w)} inputs, got {len(x)}")
        z = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        if self.w:  # otherwise z is b
            z.label = self._z
        if not self.nonlin:
            return z
        a: Value = z.relu()
        a.label = self._a
        return a

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


@printed
class Layer(Module):
    """``nout`` neurons side by side; one output is a Value, several are a list.

    Args:
        nin: the number of inputs of each neuron.
        nout: the number of neurons.
        nonlin, draw: as in ``Neuron``.
        number: the layer's place in its network, for the labels and the frame in drawings.
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        nonlin: bool = True,
        *,
        draw: random.Random | None = None,
        number: int | None = None,
    ) -> None:
        place = () if number is None else (number,)
        self.neurons = [Neuron(nin, nonlin, draw=draw, place=(*place, k + 1)) for k in range(nout)]
        self.name = "layer" if number is None else f"layer {number}"  # of its frame in drawings

    def __call__(self, x: Sequence[Any]) -> Any:
        """The neurons' outputs for one sample."""
        x = in_order(x, "x")
        out = [neuron(x) for neuron in self.neurons]
        enclose(self.name, x, out)
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


@printed
class MLP(Module):
    """Layers of relu neurons, the last one linear, as in micrograd.

    Args:
        nin: the number of inputs.
        nouts: the number of neurons of each layer.
        seed: draw the weights from this seed instead of from ``random``'s global state.

    >>> net = MLP(3, [4, 1], seed=0)
    >>> net.layers[0].neurons[3].w[1].label          # layer 1, from input 2 to neuron 4
    'w1_2_4'
    """

    def __init__(self, nin: int, nouts: Sequence[int], *, seed: int | None = None) -> None:
        draw = None if seed is None else random.Random(seed)
        self.layers = [
            Layer(n, m, nonlin=i != len(nouts), draw=draw, number=i)
            for i, (n, m) in enumerate(pairwise([nin, *nouts]), 1)
        ]

    def __call__(self, x: Any) -> Any:
        """The network's output for one sample: a Value, or a list of them."""
        for layer in self.layers:
            x = layer([x] if isinstance(x, Value) or number_of(x) is not None else x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


# ---- losses: the target first, the prediction second ---------------------------------------------


def half_squared_error(y: Any, yhat: Any) -> Value:
    """½ (y − ŷ)², the notes' square loss.  Source: 000 §3.1.1, l. 483; 003, l. 601.

    >>> round(half_squared_error(2, Value(0.35)).data, 12)
    1.36125
    """
    return as_value(0.5 * (_target(y) - as_value(yhat)) ** 2)


def log_loss(y: Any, yhat: Any) -> Value:
    """−y·log(ŷ) − (1 − y)·log(1 − ŷ), of a target y in [0, 1] and a probability ŷ.

    With a Value for y this whole formula is the graph, and y is a node of it.  Of a number y = 0
    or 1 only the term that is not 0 is computed, which is shorter, and defined at ŷ = y.  Where ŷ
    is a sigmoid's, ``log_loss_from_logit`` keeps the digits that ŷ has lost.

    Raises:
        ValueError: y is outside [0, 1].
        DomainError: ŷ is not between 0 and 1, so that a logarithm does not exist.

    Source: 000 §3.1.2, l. 557; 003, l. 732.

    >>> y, yhat = Value(1, label="y"), Value(0.25, label="yhat")
    >>> log_loss(y, yhat).backward()
    >>> yhat.grad, round(y.grad, 6)      # −y/ŷ + (1 − y)/(1 − ŷ), log((1 − ŷ)/ŷ)
    (-4.0, 1.098612)
    """
    y, prediction = _probability(y), as_value(yhat)
    if not isinstance(y, Value) and y in (0, 1):
        return -log(prediction if y else 1 - prediction)
    loss: Value = -y * log(prediction) - (1 - y) * log(1 - prediction)
    return loss


def log_loss_from_logit(y: Any, z: Any) -> Value:
    """The log loss of y and σ(z): y·softplus(−z) + (1 − y)·softplus(z), for any finite z.

    As in ``log_loss``, the whole formula is the graph if y is a Value.

    >>> log_loss_from_logit(1, 1000.0).data, log_loss_from_logit(0, 1000.0).data
    (0.0, 1000.0)
    """
    y, logit = _probability(y), as_value(z)
    if not isinstance(y, Value) and y in (0, 1):
        return softplus(-logit if y else logit)
    loss: Value = y * softplus(-logit) + (1 - y) * softplus(logit)
    return loss


def mean_squared_error(ys: Sequence[Any], yhats: Sequence[Any]) -> Value:
    """1/n Σ (y − ŷ)².  Source: 000 §2.5, l. 460 (printed with several slips); 003, l. 574.

    >>> mean_squared_error([2, 5, 3], [Value(2.0), Value(3.0), Value(4.0)]).data
    1.6666666666666667
    """
    terms = [(_target(y) - as_value(yhat)) ** 2 for y, yhat in _pairs(ys, yhats)]
    return _sum(terms) / len(terms)


def half_mean_squared_error(ys: Sequence[Any], yhats: Sequence[Any]) -> Value:
    """1/(2n) Σ (y − ŷ)², the cost of linear regression.  Source: 000 §2.5, l. 460; 003, l. 574."""
    return 0.5 * mean_squared_error(ys, yhats)


def absolute_error(y: Any, yhat: Any) -> Value:
    """|y − ŷ|, whose slope at y = ŷ is 0 by convention."""
    loss: Value = abs(_target(y) - as_value(yhat))
    return loss


def hinge_loss(y: Any, score: Any) -> Value:
    """max(0, 1 − y·score), of a target y = −1 or 1.

    >>> hinge_loss(-1, Value(0.5)).data
    1.5
    """
    side = _target(y)
    if not 1 <= side * side <= 1:
        raise ValueError(f"y = {y!r}: the target of a hinge loss is −1 or 1")
    loss: Value = (1 - side * as_value(score)).relu()
    return loss


def softmax_cross_entropy(target: int, logits: Sequence[Any]) -> Value:
    """−log of softmax(logits)[target] = log Σ e^(zᵢ − z_target), without overflow.

    The sum is taken term by term with ``logaddexp``, so that small losses and small slopes keep
    their digits, and higher derivatives are right at equal scores too.

    Args:
        target: the index of the right class.
        logits: one score for each class; finite for scores up to 1e308.

    >>> round(softmax_cross_entropy(0, [Value(1.0), Value(1.0)]).data, 12)      # log 2
    0.69314718056
    >>> softmax_cross_entropy(0, [Value(50.0), Value(0.0), Value(0.0)]).data    # 2e⁻⁵⁰
    3.8574996959278356e-22
    """
    scores = [as_value(z) for z in in_order(logits, "logits")]
    if not 0 <= target < len(scores):
        raise ValueError(f"target = {target!r}: it is an index below {len(scores)}")
    right = scores[target]
    others = [z - right for k, z in enumerate(scores) if k != target]
    if not others:
        return right - right
    total: Value = softplus(others[0])
    for z in others[1:]:
        total = logaddexp(total, z)
    return total


def l1_penalty(parameters: Iterable[Value], weight: float) -> Value:
    """weight · Σ |θ|."""
    return weight * _sum([abs(p) for p in in_order(parameters, "parameters")])


def l2_penalty(parameters: Iterable[Value], weight: float) -> Value:
    """weight · Σ θ².

    >>> l2_penalty([Value(3.0), Value(4.0)], 0.1).data
    2.5
    """
    return weight * _sum([p**2 for p in in_order(parameters, "parameters")])


# ---- what the networks and losses above use ------------------------------------------------------


def _weight(label: str, draw: random.Random | None, bound: float = 1.0) -> Value:
    """A weight uniform in [−bound, bound]; ``draw=None`` is ``random``'s global state."""
    uniform = draw.uniform if draw else random.uniform
    return Value(uniform(-bound, bound), label=label)


def _bias(label: str) -> Value:
    return Value(0.0, label=label)


def _labelled(v: Value, label: str) -> Value:
    v.label = label
    return v


def _joined(*numbers: int) -> str:
    """(1, 2) as "1_2"."""
    return "_".join(map(str, numbers))


def _activation(activation: Activation) -> Callable[[Value], Value]:
    """The function that an activation stands for."""
    if activation is None:
        return lambda z: z
    if callable(activation):
        return activation
    try:
        return function(activation)
    except LookupError:
        raise ValueError(f"activation {activation!r}: no operation has that name") from None


def _inputs(x: Iterable[Any], count: int, network: Module) -> list[Value]:
    """The inputs as leaves labelled x1, x2, …; Values go in as they are."""
    values = [v if isinstance(v, Value) else Value(v) for v in in_order(x, "x")]
    if len(values) != count:
        raise ValueError(f"{network!r} takes {count} inputs, got {len(values)}")
    for i, v in enumerate(values, 1):
        if v.is_leaf and not v.label:
            v.label = f"x{i}"
    return values


def _at_least_one(n: int, name: str) -> None:
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"{name} = {n!r}: a whole number ≥ 1 is needed")


def _target(y: Any) -> Any:
    """A target that is one number, as a float unless it is a Value."""
    number = y if isinstance(y, Value) else number_of(y)
    if number is None:
        cure = "take its element, or a loss of several targets" if np.ndim(y) else advice(y)
        raise TypeError(f"y = {short(y)}: a target is one number here; {cure}")
    return number


def _probability(y: Any) -> Any:
    """A target from 0 to 1, as a float unless it is a Value."""
    y = _target(y)
    if not 0 <= y <= 1:
        raise ValueError(f"y = {y!r}: the target of a log loss is a number from 0 to 1")
    return y


def _pairs(ys: Sequence[Any], yhats: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The targets and predictions, two by two."""
    ys, yhats = in_order(ys, "ys"), in_order(yhats, "yhats")
    if len(ys) != len(yhats) or not len(ys):
        raise ValueError(f"{len(ys)} targets and {len(yhats)} predictions; as many of each, ≥ 1")
    return list(zip(ys, yhats, strict=True))


def _sum(terms: Sequence[Value]) -> Value:
    """The sum of at least one Value, without the 0 that ``sum`` begins with."""
    if not terms:
        raise ValueError("a sum of no terms has no graph; give at least one")
    first, *others = terms
    return sum(others, first)


__all__ = [
    "MLP",
    "DeepNetwork",
    "Layer",
    "Module",
    "Neuron",
    "Perceptron",
    "TwoLayerNetwork",
    "absolute_error",
    "half_mean_squared_error",
    "half_squared_error",
    "hinge_loss",
    "l1_penalty",
    "l2_penalty",
    "log_loss",
    "log_loss_from_logit",
    "mean_squared_error",
    "softmax_cross_entropy",
]

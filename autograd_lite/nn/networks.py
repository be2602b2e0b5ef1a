"""Neurons and networks of the notes, on the graph.

>>> from autograd_lite.nn import log_loss
>>> net = TwoLayerNetwork(seed=1)
>>> loss = log_loss(1, net([0.5, -1.0]))
>>> loss.backward()
>>> sorted(net.named_parameters())
['b', 'b1', 'b2', 'w1', 'w11', 'w12', 'w2', 'w21', 'w22']
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, repeat
from typing import Any

import numpy as np

from ..functions import function
from ..number import in_order, number_of, to_float
from ..scopes import enclose
from ..value import Value, put_grads

Activation = str | Callable[[Value], Value] | None


def _activation(activation: Activation) -> Callable[[Value], Value]:
    """A name of the calculus table, a callable, or ``None`` for the identity."""
    if activation is None:
        return lambda z: z
    if callable(activation):
        return activation
    try:
        return function(activation)
    except LookupError:
        raise ValueError(f"activation {activation!r}: no operation has that name") from None


def _inputs(x: Iterable[Any], count: int, who: str) -> list[Value]:
    """The inputs as leaves labelled x1, x2, …; Values go in as they are."""
    values = [v if isinstance(v, Value) else Value(v) for v in in_order(x, "x")]
    if len(values) != count:
        raise ValueError(f"{who} takes {count} inputs, got {len(values)}")
    for k, v in enumerate(values, 1):
        if v.is_leaf and not v.label:
            v.label = f"x{k}"
    return values


def _labelled(v: Value, label: str) -> Value:
    v.label = label
    return v


class Module:
    """Something with parameters: the Values in its attributes, in the order of assignment.

    They are found in lists, tuples, dicts, arrays of Values and further modules, nested to any
    depth.  Each counts once, under its first name: a weight that is tied to another is one
    parameter, and a link back to a parent leads nowhere new.  A set has no order that is the same
    in every process, so a parameter that stands only in a set is an error.

    >>> class Tied(Module):
    ...     def __init__(self):
    ...         self.W = np.array([[Value(1.0), Value(2.0)]], dtype=object)
    ...         self.again, self.layers = self.W[0, 0], [{"b": (Value(3.0),)}]
    >>> Tied().state_dict()
    {'W.0.0': 1.0, 'W.0.1': 2.0, 'layers.0.b.0': 3.0}
    """

    def named_parameters(self) -> dict[str, Value]:
        """The parameters by name: ``"w11"``, or ``"layers.0.neurons.1.b"`` further down.

        Raises:
            TypeError: a parameter stands in a set, and nowhere else.
            ValueError: two parameters have the same name, such as the keys 1 and "1" of a dict.
        """
        named: dict[str, Value] = {}
        for name, p in _found(self):
            if name in named:
                raise ValueError(f"two parameters of {type(self).__name__} are named {name!r}")
            named[name] = p
        return named

    def parameters(self) -> list[Value]:
        """The parameters, in the order of ``named_parameters``."""
        return list(self.named_parameters().values())

    def zero_grad(self) -> None:
        """Forget the parameters' gradients."""
        put_grads(self.parameters(), repeat(None))

    def state_dict(self) -> dict[str, float]:
        """The parameters' numbers by name."""
        return {name: p.data for name, p in self.named_parameters().items()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Take the parameters' numbers from ``state_dict``'s form.

        A tied parameter may be given under each of its names.

        Raises:
            KeyError: a name is missing or unknown.
            ValueError: a tied parameter is given two numbers.
            TypeError: an entry is no number.  Nothing has changed when it raises.
        """
        mine = self.named_parameters()
        if mine.keys() != state.keys():
            every = dict(_found(self, again=True))
            missing, unknown = mine.keys() - state.keys(), state.keys() - every.keys()
            if missing or unknown:
                raise KeyError(f"missing {sorted(missing)}, unknown {sorted(unknown)}")
            first = {p: name for name, p in mine.items()}
            for name in state.keys() - mine.keys():
                if state[name] != state[first[every[name]]]:
                    names = f"{first[every[name]]!r} and {name!r}"
                    raise ValueError(
                        f"{names} are one parameter here, but two numbers in the state"
                    )
        numbers = {name: to_float(state[name]) for name in mine}
        before = {name: p._data for name, p in mine.items()}
        try:
            for name, p in mine.items():
                p.data = numbers[name]
        except BaseException:  # a Ctrl-C in the middle
            for name, p in mine.items():
                p.data = before[name]
            raise

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters())} parameters)"


def _found(module: Module, again: bool = False) -> Iterator[tuple[str, Value]]:
    """The parameters of a module with their first names; with ``again``, with all their names."""
    seen: dict[int, Any] = {id(module): module}  # what was gone into, and the Values met
    sets: list[tuple[str, Any]] = []
    stack = [("", module, iter(vars(module).items()))]
    while stack:
        prefix, _, rest = stack[-1]
        for key, part in rest:
            name = f"{prefix}.{key}" if prefix else str(key)
            if id(part) in seen and not again:
                continue
            if isinstance(part, Value):
                seen[id(part)] = part
                yield name, part
            elif isinstance(part, set | frozenset):
                sets.append((name, part))
            elif (inside := _inside(part)) is not None:
                if again and any(part is above for _, above, _ in stack):
                    continue
                seen[id(part)] = part
                stack.append((name, part, iter(inside)))
                break
        else:
            stack.pop()
    for name, part in sets:
        if any(id(p) not in seen for p in _members(part)):
            raise TypeError(f"{name} is a set, whose order differs from run to run; use a list")


def _inside(thing: Any) -> Iterable[tuple[Any, Any]] | None:
    """What may hold parameters, by key; ``None`` of what holds none."""
    if isinstance(thing, Module):
        if type(thing).named_parameters is Module.named_parameters:
            return vars(thing).items()
        return thing.named_parameters().items()
    if isinstance(thing, Mapping):
        return thing.items()
    if isinstance(thing, np.ndarray):
        if thing.dtype != object:
            return None
        thing = np.atleast_1d(thing)
        return ((".".join(map(str, at)), thing[at]) for at in np.ndindex(thing.shape))
    return enumerate(thing) if isinstance(thing, list | tuple | deque) else None


def _members(of: Any) -> Iterator[Value]:
    """The Values in a set, and in what is in it."""
    seen, stack = set[int](), [of]
    while stack:
        part = stack.pop()
        if isinstance(part, Value):
            yield part
        elif id(part) not in seen:
            seen.add(id(part))
            if isinstance(part, set | frozenset):
                stack += part
            else:
                stack += [each for _, each in _inside(part) or ()]


class Neuron(Module):
    """relu(w · x + b), or w · x + b if not ``nonlin``; weights uniform in [−1, 1], b = 0."""

    def __init__(self, nin: int, nonlin: bool = True, *, draw: random.Random | None = None) -> None:
        uniform = draw.uniform if draw else random.uniform
        self.w = [Value(uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x: Sequence[Any]) -> Value:
        """The neuron's output for one sample."""
        x = in_order(x, "x")
        if len(x) != len(self.w):
            raise ValueError(f"{self!r} takes {len(self.w)} inputs, got {len(x)}")
        z = sum((wi * xi for wi, xi in zip(self.w, x, strict=True)), self.b)
        return z.relu() if self.nonlin else z

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """``nout`` neurons side by side; one output is a Value, several are a list."""

    def __init__(
        self, nin: int, nout: int, nonlin: bool = True, *, draw: random.Random | None = None
    ) -> None:
        self.neurons = [Neuron(nin, nonlin, draw=draw) for _ in range(nout)]
        self.name = "layer"  # of its frame in drawings

    def __call__(self, x: Sequence[Any]) -> Any:
        """The neurons' outputs for one sample."""
        x = in_order(x, "x")
        out = [neuron(x) for neuron in self.neurons]
        enclose(self.name, x, out)
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """Layers of relu neurons, the last one linear, as in micrograd.

    Args:
        nin: the number of inputs.
        nouts: the number of neurons of each layer.
        seed: draw the weights from this seed instead of from ``random``'s global state.
    """

    def __init__(self, nin: int, nouts: Sequence[int], *, seed: int | None = None) -> None:
        draw = None if seed is None else random.Random(seed)
        sizes = [nin, *nouts]
        self.layers = [
            Layer(sizes[i], sizes[i + 1], nonlin=i != len(nouts) - 1, draw=draw)
            for i in range(len(nouts))
        ]
        for i, layer in enumerate(self.layers, 1):
            layer.name = f"layer {i}"

    def __call__(self, x: Any) -> Any:
        """The network's output for one sample: a Value, or a list of them."""
        for layer in self.layers:
            x = layer([x] if isinstance(x, Value) or number_of(x) is not None else x)
        return x

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


class Perceptron(Module):
    """ŷ = activation(w1·x1 + … + wn·xn + b), with parameters ``w1 … wn b``.

    Args:
        n_inputs: n.
        activation: ``None`` for regression, ``"sigmoid"`` for classification, or any operation
            of the calculus table by name, or a callable.
        seed: the weights are drawn uniformly from [−1, 1], the same for the same seed; b is 0.

    Source: 000 §3.1, 003, pp. 30-37.
    """

    def __init__(
        self, n_inputs: int, activation: Activation = None, *, seed: int | None = None
    ) -> None:
        _at_least_one(n_inputs, "n_inputs")
        draw = random.Random(seed)
        self._activation, self._name = _activation(activation), activation
        for i in range(1, n_inputs + 1):
            setattr(self, f"w{i}", Value(draw.uniform(-1, 1), label=f"w{i}"))
        self.b = Value(0.0, label="b")
        self._own = tuple(self.named_parameters())

    def __call__(self, x: Iterable[Any]) -> Value:
        """ŷ for one sample; the graph's nodes are labelled x1 … xn, z and yhat."""
        return self._activated(self.logit(x))

    def logit(self, x: Iterable[Any]) -> Value:
        """z = w1·x1 + … + wn·xn + b, what the activation is applied to."""
        *w, b = _own_parameters(self)
        inputs = _inputs(x, len(w), repr(self))
        z = _labelled(_weighted_sum(w, inputs, b), "z")
        enclose("perceptron", inputs, [z])
        return z

    def _activated(self, z: Value) -> Value:
        return _output_of(self._activation, z)

    def __repr__(self) -> str:
        return f"Perceptron({len(self._own) - 1}, activation={self._name!r})"


def _own_parameters(model: Any) -> list[Value]:
    """The parameters that a network was made with, a tied one as often as it is used."""
    return [getattr(model, name) for name in model._own]


def _output_of(activation: Callable[[Value], Value], z: Value) -> Value:
    """ŷ = activation(z), in the scope of z."""
    yhat = _labelled(activation(z), "yhat")
    yhat.scope = z.scope
    return yhat


def _weighted_sum(w: Sequence[Value], x: Sequence[Value], b: Value) -> Value:
    """x1·w1 + … + xn·wn + b, in this order."""
    z = x[0] * w[0]
    for xi, wi in zip(x[1:], w[1:], strict=True):
        z = z + xi * wi
    return z + b


class TwoLayerNetwork(Module):
    """The notes' network: z1 = x1·w11 + x2·w21 + b1, a1 = σ(z1), …, ŷ = σ(a1·w1 + a2·w2 + b).

    ``w_jk`` leads from input j to hidden unit k.  Parameters: ``w11 w21 b1 w12 w22 b2 w1 w2 b``;
    the graph's nodes are labelled ``x1 x2 z1 a1 z2 a2 z yhat``.

    Args:
        n_inputs, n_hidden: 2 and 2 in the notes.
        activation, output: what is applied in the hidden layer and at the end.
        seed: the weights are drawn uniformly from [−1, 1], the same for the same seed; biases 0.

    Source: 000 §3.2, 003, pp. 38-41.
    """

    def __init__(
        self,
        n_inputs: int = 2,
        n_hidden: int = 2,
        *,
        activation: Activation = "sigmoid",
        output: Activation = "sigmoid",
        seed: int | None = None,
    ) -> None:
        _at_least_one(n_inputs, "n_inputs")
        _at_least_one(n_hidden, "n_hidden")
        draw = random.Random(seed)
        self._sizes = n_inputs, n_hidden
        self._activation, self._output = _activation(activation), _activation(output)
        between = "_" if max(n_inputs, n_hidden) > 9 else ""
        weights = [f"w{j}{between}{k}" for k in _upto(n_hidden) for j in _upto(n_inputs)]
        for k in _upto(n_hidden):
            for name in weights[(k - 1) * n_inputs : k * n_inputs]:
                setattr(self, name, Value(draw.uniform(-1, 1), label=name))
            setattr(self, f"b{k}", Value(0.0, label=f"b{k}"))
        for k in _upto(n_hidden):
            setattr(self, f"w{k}", Value(draw.uniform(-1, 1), label=f"w{k}"))
        self.b = Value(0.0, label="b")
        self._own = tuple(self.named_parameters())

    def __call__(self, x: Iterable[Any]) -> Value:
        """ŷ for one sample."""
        return self._activated(self.logit(x))

    def logit(self, x: Iterable[Any]) -> Value:
        """z for one sample: the network's output before the last activation."""
        n, hidden = self._sizes
        inputs = _inputs(x, n, repr(self))
        p = _own_parameters(self)
        a = []
        for k in range(hidden):
            *w, b = p[k * (n + 1) : (k + 1) * (n + 1)]
            z = _labelled(_weighted_sum(w, inputs, b), f"z{k + 1}")
            a.append(_labelled(self._activation(z), f"a{k + 1}"))
        enclose("layer 1", inputs, a)
        *w, b = p[hidden * (n + 1) :]
        z = _labelled(_weighted_sum(w, a, b), "z")
        enclose("layer 2", a, [z])
        return z

    def _activated(self, z: Value) -> Value:
        return _output_of(self._output, z)

    def __repr__(self) -> str:
        return "TwoLayerNetwork(n_inputs={}, n_hidden={})".format(*self._sizes)


class DeepNetwork(Module):
    """Layers of any number and size: z⁽ˡ⁾ = W⁽ˡ⁾·a⁽ˡ⁻¹⁾ + b⁽ˡ⁾, a⁽ˡ⁾ = activation(z⁽ˡ⁾), a⁽⁰⁾ = x.

    Args:
        sizes: the number of inputs, then of units in each layer: ``[1, 1, 1, 1]`` is the notes'
            chain of three layers, with parameters ``w1 b1 w2 b2 w3 b3``; in a wider layer l they
            are ``w{l}_{j}_{k}`` from unit j to unit k, and ``b{l}_{k}``.
        activation, output: what is applied in the hidden layers, and in the last one.
        seed: weights uniform in ±√(3 / inputs of the layer), the same for the same seed; biases 0.

    Nodes are labelled z1 a1 z2 … (z1_1 … in wider layers).  Source: 003, pp. 42-43.
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
        self._sizes = tuple(sizes)
        self._activation, self._output = _activation(activation), _activation(output)
        for layer, (n, m) in enumerate(pairwise(sizes), 1):
            for k in _upto(m):
                for j in _upto(n):
                    name = f"w{layer}" + (f"_{j}_{k}" if n * m > 1 else "")
                    bound = math.sqrt(3 / n)
                    setattr(self, name, Value(draw.uniform(-bound, bound), label=name))
                name = f"b{layer}" + (f"_{k}" if n * m > 1 else "")
                setattr(self, name, Value(0.0, label=name))
        self._own = tuple(self.named_parameters())

    def __call__(self, x: Iterable[Any]) -> Any:
        """The last layer's outputs for one sample: a Value, or a list of them."""
        return self._forward(x)[1]

    def logit(self, x: Iterable[Any]) -> Any:
        """The last layer's z for one sample, before its activation: a Value, or a list."""
        return self._forward(x)[0]

    def _forward(self, x: Iterable[Any]) -> tuple[Any, Any]:
        a = _inputs(x, self._sizes[0], repr(self))
        z: list[Value] = []
        rest = iter(_own_parameters(self))
        for layer, (n, m) in enumerate(pairwise(self._sizes), 1):
            last = layer == len(self._sizes) - 1
            function = self._output if last else self._activation
            place = [f"{layer}_{k}" if n * m > 1 else f"{layer}" for k in _upto(m)]
            before = a
            units = [[next(rest) for _ in range(n + 1)] for _ in range(m)]
            z = [_weighted_sum(w, a, b) for *w, b in units]
            z = [_labelled(v, f"z{p}") for v, p in zip(z, place, strict=True)]
            a = [_labelled(function(v), f"a{p}") for v, p in zip(z, place, strict=True)]
            enclose(f"layer {layer}", before, a)
        return (z[0], a[0]) if len(z) == 1 else (z, a)

    def __repr__(self) -> str:
        return f"DeepNetwork({list(self._sizes)})"


def _upto(n: int) -> range:
    return range(1, n + 1)


def _at_least_one(n: int, name: str) -> None:
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"{name} = {n!r}: a whole number ≥ 1 is needed")

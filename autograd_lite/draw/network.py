"""A module read as a network: units that weight, add and transform what they get, in layers.

The structure is read off what the module computes, so that a drawing shows what is connected, not
what the attributes look like.

>>> from ..nn import MLP
>>> [len(layer) for layer in network_of(MLP(3, [4, 1], seed=0)).layers]
[3, 4, 1]
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..labels import clean
from ..module import Module
from ..nn import MLP, DeepNetwork, Layer, Neuron, Perceptron, TwoLayerNetwork
from ..number import in_order, number_of, short, unwrapped
from ..value import Value, order

DRAWABLE = "Perceptron, TwoLayerNetwork, DeepNetwork, MLP, Layer, Neuron, and modules made of these"
TRIED = (0.5, 1.0, -1.0)  # inputs that show how a module is connected; their numbers are not drawn
_SUMS = ("add", "sub", "neg")


@dataclass(frozen=True)
class Edge:
    """A way into a unit: the source's value times the weight, or times ±1 if it has none."""

    source: int  # its place in ``Network.units``; −1 for a bias
    weight: Value | None
    sign: int = 1


@dataclass(frozen=True)
class Unit:
    """A circle: an input, or a function of a weighted sum.

    ``z`` is the sum and ``value`` what the unit passes on; they are the same without a function,
    and ``z`` is ``None`` for an input.
    """

    layer: int
    value: Value
    z: Value | None = None
    edges: tuple[Edge, ...] = ()
    biases: tuple[Edge, ...] = ()
    is_output: bool = False

    @property
    def function(self) -> str:
        """The name of the function from ``z`` to ``value``: "linear" if none, "f" if composed."""
        if self.value is self.z:
            return "linear"
        op, others = self.value.op, (x for x in self.value.operands if x is not self.z)
        is_one = self.z in self.value.operands and not any(x.operands for x in others)
        return str(op.name) if op and is_one else "f"


@dataclass(frozen=True)
class Network:
    """What is drawn of a module."""

    kind: str  # the module's class
    units: tuple[Unit, ...]  # sources first
    layers: tuple[tuple[int, ...], ...]  # places in ``units``
    names: dict[Value, str]  # of the parameters, as the module has them
    unused: int  # how many parameters are not in the picture
    has_sample: bool  # whether the units' values are those of a sample


def network_of(model: Module, sample: Any = None) -> Network:
    """Read a module as a network.

    Args:
        model: it is called once with the sample's numbers, or to see how it is connected.
        sample: one sample's numbers.

    Raises:
        TypeError: the module is no network of weighted sums, or how many inputs it takes cannot
            be told without a sample.
    """
    if sample is None:
        inputs, out = _tried(model)
    else:
        inputs, out = _called(model, _numbers(sample))
    outputs = list(_values(out))
    if not outputs:
        raise _refused(model, f"it gives {short(out)}, not a Value")
    return _Reader(model, inputs, outputs).network(sample is not None)


def _numbers(sample: Any) -> list[float]:
    """The inputs of one sample; a network with one input may be given a number alone."""
    one = number_of(sample) is not None or isinstance(sample, Value)
    try:
        given = [unwrapped(x) for x in ([sample] if one else in_order(sample, "sample"))]
    except TypeError:
        given = [None]
    found = [number_of(x.data if isinstance(x, Value) else x) for x in given]
    numbers = [x for x in found if x is not None]
    if len(numbers) < len(found):
        raise TypeError(
            f"sample={short(sample)}: give the inputs of one sample, in their order: [0.5, -1.0]; "
            'the many samples of a page are samples={"x": […]}'
        )
    return numbers


def _tried(model: Module) -> tuple[list[Value], Any]:
    """The inputs and outputs of a call with as many numbers as the module takes."""
    why = "none of its parts says how many"
    for count in dict.fromkeys(_counts(model)):
        for number in TRIED:
            try:
                return _called(model, [number] * count)
            except Exception as error:
                why = f"with {count}, {type(error).__name__}: {clean(str(error), 120)}"
    name = type(model).__name__
    raise TypeError(
        f"{name}: how many inputs it takes cannot be told ({why}); give it a sample: "
        f"sample=[0.5, …].  Drawn as networks are {DRAWABLE}; of others, draw the graph of a "
        "result: render(loss, path)"
    )


def _called(model: Module, numbers: Sequence[Any]) -> tuple[list[Value], Any]:
    inputs = [Value(x, label=f"x{i}") for i, x in enumerate(numbers, 1)]
    with _same_chance():
        return inputs, model(list(inputs))  # type: ignore[operator]


@contextmanager
def _same_chance() -> Iterator[None]:
    """Draw as if nothing had been drawn: a module's dropout leaves the random numbers alone."""
    kept, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(kept)
        np.random.set_state(numpys)  # noqa: NPY002


def _counts(model: Any) -> Iterator[int]:
    """How many inputs the module may take: those of itself, then those of its parts."""
    stack, seen = [model], set[int]()
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, Perceptron):
            yield len(part.parameters()) - 1
        elif isinstance(part, TwoLayerNetwork):
            yield 2
        elif isinstance(part, DeepNetwork):
            yield part._sizes[0]
        elif isinstance(part, Neuron):
            yield len(part.w)
        inside: Iterable[Any] = ()
        if isinstance(part, MLP | Layer):
            inside = (part.layers if isinstance(part, MLP) else part.neurons)[:1]
        elif isinstance(part, Module):
            inside = vars(part).values()
        elif isinstance(part, dict):
            inside = part.values()
        elif isinstance(part, list | tuple):
            inside = part
        stack += [x for x in reversed(list(inside)) if isinstance(x, Module | list | tuple | dict)]


def _values(out: Any) -> Iterator[Value]:
    """The Values in what a module gave, in order."""
    out = unwrapped(out)
    if isinstance(out, Value):
        yield out
    elif isinstance(out, list | tuple | np.ndarray):
        for part in out:
            yield from _values(part)
    elif isinstance(out, dict):
        yield from _values(list(out.values()))


def _refused(model: Module, why: str) -> TypeError:
    return TypeError(
        f"{type(model).__name__} cannot be drawn as a network: {why}.  Drawn so are {DRAWABLE}, "
        "whose units weight and add what they get; of others, draw the graph of a result: "
        "render(loss, path)"
    )


class _Reader:
    """Finds the units in the graph of a module's outputs.

    A Value that depends on the inputs has a ``base``: the input or the sum of which it is a
    function.  ``linear`` are the products with a parameter, and their sums.
    """

    def __init__(self, model: Module, inputs: Sequence[Value], outputs: Sequence[Value]) -> None:
        self.model, self.inputs, self.outputs = model, inputs, list(dict.fromkeys(outputs))
        self.names = {p: name for name, p in model.named_parameters().items()}
        seen: set[Value] = set()
        self.nodes = [v for out in self.outputs for v in order(out, seen)]
        self.place = {v: k for k, v in enumerate(self.nodes)}
        self.base: dict[Value, Value] = {x: x for x in inputs}
        self.linear: set[Value] = set()
        self.fixed: set[Value] = set()  # numbers that no parameter changes
        for v in self.nodes:
            self._classify(v)

    def _classify(self, v: Value) -> None:
        if v in self.base:
            return
        if not v.operands:
            if v.is_constant:
                self.fixed.add(v)
            return
        signals = [x for x in v.operands if x in self.base]
        if not signals:
            if all(x in self.fixed for x in v.operands):
                self.fixed.add(v)
            return
        name = v.op.name if v.op else ""
        bases = {self.base[x] for x in signals}
        is_learnt = any(x not in self.base and x not in self.fixed for x in v.operands)
        if (name == "mul" and is_learnt) or (name in _SUMS and (is_learnt or len(bases) > 1)):
            self.base[v] = v
            self.linear.add(v)
        elif not is_learnt and len(bases) == 1:
            self.base[v] = bases.pop()
        else:
            raise _refused(self.model, f"“{clean(name, 24)}” combines several of its values")

    def network(self, has_sample: bool) -> Network:
        """The units, layer by layer."""
        sums, wanted = self._wanted()
        rank = {p: k for k, p in enumerate(self.names)}
        layer = dict.fromkeys(self.inputs, 0)
        rows: list[list[Value]] = [list(self.inputs)]
        for v in sorted(wanted - layer.keys(), key=self.place.__getitem__):
            found = [layer[x] for x, _, _ in sums[v][0]]
            layer[v] = depth = 1 + max(found, default=0)
            rows += [[] for _ in range(depth + 1 - len(rows))]
            rows[depth].append(v)

        def by_parameters(v: Value) -> tuple[int, int]:  # neurons in the order of their weights
            terms, biases = sums[v]
            own = [rank[w] for _, w, _ in (*terms, *biases) if w in rank]
            return min(own, default=len(rank)), self.place[v]

        rows[1:] = [sorted(row, key=by_parameters) for row in rows[1:]]
        place = {v: k for k, v in enumerate(v for row in rows for v in row)}
        units = [Unit(0, x, is_output=x in self.outputs) for x in self.inputs]
        for v in (v for row in rows[1:] for v in row):
            terms, biases = sums[v]
            edges = tuple(Edge(place[x], w, sign) for x, w, sign in terms)
            own = tuple(Edge(-1, w, sign) for _, w, sign in biases)
            units.append(Unit(layer[v], v, self.base.get(v, v), edges, own, v in self.outputs))
        used = {e.weight for u in units for e in (*u.edges, *u.biases)}
        return Network(
            type(self.model).__name__,
            tuple(units),
            tuple(tuple(place[v] for v in row) for row in rows),
            self.names,
            sum(p not in used and p not in self.place for p in self.names),
            has_sample,
        )

    def _wanted(self) -> tuple[dict[Value, tuple[list[Any], list[Any]]], set[Value]]:
        """The terms and biases of each unit's sum, and all that units pass on."""
        sums: dict[Value, tuple[list[Any], list[Any]]] = {}
        waiting, wanted = list(self.outputs), set(self.outputs)
        while waiting:
            v = waiting.pop()
            base = self.base.get(v, v)  # an output may be a parameter
            if v is base and v in self.inputs:
                continue
            terms, biases = ([(base, None, 1)], []) if base in self.inputs else self._terms(base)
            sums[v] = terms, biases
            for source, _, _ in terms:
                if source not in wanted:
                    wanted.add(source)
                    waiting.append(source)
        return sums, wanted

    def _terms(self, z: Value) -> tuple[list[Any], list[Any]]:
        """The (source, weight, sign) of a sum's terms, and (None, weight, sign) of its biases."""
        terms: list[Any] = []
        biases: list[Any] = []
        stack = [(z, 1)]
        while stack:
            v, sign = stack.pop()
            if v not in self.base:
                if v not in self.fixed or v.data:  # not the 0 that a sum() begins with
                    biases.append((None, v, sign))
            elif v in self.linear and v.op.name == "mul":
                a, b = v.operands
                source, weight = (a, b) if a in self.base else (b, a)
                terms.append((source, weight, sign))
            elif v in self.linear or self._is_shifted(v):
                signs = {"add": (1, 1), "sub": (1, -1), "neg": (-1,)}[v.op.name]
                pairs = zip(v.operands, signs, strict=True)
                stack += reversed([(x, sign * own) for x, own in pairs])
            else:
                terms.append((v, None, sign))
        return terms, biases

    def _is_shifted(self, v: Value) -> bool:
        """Whether ``v`` is a linear Value plus numbers, such as the 0 that a sum() begins with."""
        while v not in self.linear:
            signals = [x for x in v.operands if x in self.base]
            if v in self.inputs or v.op.name not in _SUMS or len(signals) != 1:
                return False
            v = signals[0]
        return True

"""The styles in which forward and backward passes are written: how each is called.

A pair of functions with a cache; static methods with a context, as ``torch.autograd.Function``; an
object that keeps its state, its parameters and their gradients.
"""

from __future__ import annotations

import copy
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from .problem import is_gradient_of

OUTPUTS = ("output", "outputs", "out", "y", "a")  # where an object may leave its result
DEPTH = 4  # steps from an object to its numbers: net.blocks[0].params["W"]
Path = tuple[Any, ...]  # of attributes, keys and places in lists


class Functions:
    """A pair of functions: ``out, cache = forward(x, w)`` and ``backward(dout, cache)``."""

    def __init__(self, forward: Callable[..., Any], backward: Callable[..., Any] | None) -> None:
        self.forward, self.backward = forward, backward
        self.name: str = getattr(forward, "__name__", type(forward).__name__)
        if self.name == "forward" and "." in forward.__qualname__:
            self.name = forward.__qualname__.split(".")[-2]
        self.inputs = _signature(forward)
        self.parameters: dict[str, Any] = {}  # that it holds itself, by name
        self.tensors = False  # whether it takes tensors of PyTorch

    def run(self, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        """(what forward returns, what backward needs besides)."""
        result = self.forward(**values)
        return result if isinstance(result, tuple) else (result,), None

    def asked(self) -> dict[str, inspect.Parameter]:
        """The arguments of backward."""
        return {} if self.backward is None else _signature(self.backward)

    def back(self, items: Sequence[Any], state: Any, arguments: Sequence[Any]) -> Any:
        """What backward returns."""
        if self.backward is not None:
            return self.backward(*arguments)
        return items[-1](*arguments) if callable(items[-1]) else items[-1]


class Context:
    """What ``forward(ctx, …)`` and ``backward(ctx, …)`` share."""

    def __init__(self, count: int) -> None:
        self.needs_input_grad = (True,) * count
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep these as ``saved_tensors``."""
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Nothing: which outputs are differentiable is not asked here."""


class WithContext(Functions):
    """Static ``forward(ctx, x)`` and ``backward(ctx, dout)``, as ``torch.autograd.Function``."""

    def __init__(self, forward: Callable[..., Any], backward: Any, kind: Any = None) -> None:
        super().__init__(forward, backward)
        self.setup = None if "ctx" in self.inputs else getattr(kind, "setup_context", None)
        self.inputs.pop(next(iter(self.inputs)) if self.setup is None else "", None)
        self.name = kind.__name__ if kind is not None else self.name
        torch = sys.modules.get("torch")
        self.tensors = torch is not None and _is_kind(kind, torch.autograd.Function)

    def run(self, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        """Forward in a new context."""
        context = Context(len(values))
        inputs = list(values.values())
        if self.setup is None:
            result = self.forward(context, *inputs)
        else:
            result = self.forward(*inputs)
            self.setup(context, tuple(inputs), result)
        return result if isinstance(result, tuple) else (result,), context

    def asked(self) -> dict[str, inspect.Parameter]:
        """The arguments of backward after the context."""
        return dict([*super().asked().items()][1:])

    def back(self, items: Sequence[Any], state: Any, arguments: Sequence[Any]) -> Any:
        """What backward returns in the context of this forward pass."""
        return self.backward(state, *arguments)  # type: ignore[misc]


class Object(Functions):
    """An object that keeps its parameters, what forward computed, and the gradients.

    Each forward pass is that of a new copy, so that nothing is left of the last one.
    """

    def __init__(
        self, layer: Any, forward: str, backward: str, parameters: Mapping[str, str] | None
    ) -> None:
        super().__init__(getattr(layer, forward), getattr(layer, backward) if backward else None)
        self.layer, self.names = layer, (forward, backward)
        self.name = type(layer).__name__
        self.held = _numbers_in(layer)
        self.modules = {id(m): m for m in list(sys.modules.values())}  # of these no copy is made
        self.partner: dict[Path, Path | None] = {(n,): (d,) for n, d in (parameters or {}).items()}
        for path in self.partner:
            if path not in self.held:
                raise ValueError(f"parameters: {self.name} has no numbers in {path[0]!r}")
        self.given = parameters is not None
        self.choose()

    def choose(self) -> None:
        """The parameters are what has a gradient, under a name of its own."""
        self.parameters = {word_of(path): self.held[path] for path in self.partner}

    def run(self, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        """Forward of a copy that has these parameters."""
        layer = copy.deepcopy(self.layer, dict(self.modules))
        for path in self.partner:
            if word_of(path) in values:
                self._put(layer, path, values[word_of(path)])
        result = getattr(layer, self.names[0])(**{n: values[n] for n in values if n in self.inputs})
        if result is None:
            result = next((getattr(layer, n) for n in OUTPUTS if hasattr(layer, n)), None)
        return result if isinstance(result, tuple) else (result,), layer

    def back(self, items: Sequence[Any], state: Any, arguments: Sequence[Any]) -> Any:
        """What backward of that copy returns, and the gradients that it leaves in it."""
        if self.backward is None:
            return self._of_parameters(items[-1])
        result = getattr(state, self.names[1])(*arguments)
        found = _numbers_in(state)
        if not self.given:
            known = {p: _partner(p, found) or self.partner.get(p) for p in self.held}
            once = {id(self.held[p]): p for p, d in reversed(known.items()) if d is not None}
            self.partner |= {p: known[p] for p in self.held if once.get(id(self.held[p])) == p}
            self.choose()
        left = {
            word_of(p): found[d] for p, d in self.partner.items() if d is not None and d in found
        }
        if result is None:
            kept = {n: _partner((n,), found) for n in self.inputs}
            return left | {n: found[d] for n, d in kept.items() if d is not None}
        result = self._of_parameters(result)
        return Left(result, left) if left else result

    def _of_parameters(self, gradients: Any) -> Any:
        """A dict of gradients, those towards parameters of the object under their names."""
        if not isinstance(gradients, Mapping):
            return gradients
        words = {}
        for key in gradients:
            held = [p for p in self.held if p[-1] == key or is_gradient_of(str(key), str(p[-1]))]
            if key not in self.inputs and held:
                self.partner.setdefault(held[0], None)
                words[key] = word_of(held[0])
        self.choose()
        return {words.get(key, key): x for key, x in gradients.items()}

    def _put(self, layer: Any, path: Path, x: Any) -> None:
        """Set a parameter, wherever the object holds it."""
        for other, held in self.held.items():
            alias = held is self.held[path] and isinstance(held, np.ndarray)
            if other == path or alias:
                *way, last = other
                there = layer
                for step in way:
                    there = there[step] if isinstance(there, dict | list) else getattr(there, step)
                if isinstance(there, dict | list):
                    there[last] = x
                else:
                    setattr(there, last, x)


class Left:
    """What backward returned, and the gradients that it left in its object."""

    def __init__(self, result: Any, left: dict[str, Any]) -> None:
        self.result, self.left = result, left


def layer_of(forward: Any, backward: Any, parameters: Mapping[str, str] | None) -> Functions:
    """Which of the styles it is."""
    if inspect.isclass(forward) and backward is None and hasattr(forward, "forward"):
        if isinstance(inspect.getattr_static(forward, "forward"), staticmethod | classmethod):
            return WithContext(forward.forward, forward.backward, forward)
        forward = forward()
    owner = getattr(forward, "__self__", None)
    if inspect.ismethod(forward) and not inspect.isclass(owner):
        if backward is not None and owner is not getattr(backward, "__self__", None):
            raise TypeError("forward and backward are not methods of the same object")
        name = backward.__name__ if backward is not None else ""
        return Object(owner, forward.__name__, name, parameters)
    if backward is None and hasattr(forward, "backward"):
        name = "forward" if hasattr(forward, "forward") else "__call__"
        return Object(forward, name, "backward", parameters)
    if parameters is not None:
        raise TypeError("parameters= is for an object; a function has arguments")
    if not callable(forward) or not (backward is None or callable(backward)):
        raise TypeError(f"forward = {forward!r}, backward = {backward!r}: two functions are needed")
    if next(iter(_signature(forward)), "") == "ctx":
        return WithContext(forward, backward)
    return Functions(forward, backward)


def _is_kind(kind: Any, base: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, base)


def _signature(f: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(f).parameters)


def _numbers_in(x: Any, path: Path = ()) -> dict[Path, Any]:
    """The floats and arrays of floats that an object holds, by the way to them."""
    if len(path) > DEPTH or isinstance(x, ModuleType):
        return {}
    if isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f"):
        return {path: x} if path else {}
    if isinstance(x, dict):
        parts = x.items()
    elif isinstance(x, list):
        parts = dict(enumerate(x)).items()
    elif (hasattr(x, "__dict__") and not callable(x)) or (not path and hasattr(x, "__dict__")):
        parts = vars(x).items()
    else:
        return {}
    return {p: v for key, part in parts for p, v in _numbers_in(part, (*path, key)).items()}


def _partner(path: Path, found: Mapping[Path, Any]) -> Path | None:
    """Where the gradient towards a parameter is: ``dW`` for ``W``; ``None`` if nowhere."""
    *way, last = path
    if last in ("data", "value") and (*way, "grad") in found:
        return (*way, "grad")
    for other in found:
        *beside, name = other
        same = beside == way and is_gradient_of(str(name), str(last))
        # grads["W"] beside W or params["W"]
        apart = len(way) <= 1 == len(beside) and "grad" in str(beside[0]) and beside != way
        if same or (apart and (name == last or is_gradient_of(str(name), str(last)))):
            return other
    return None


def word_of(path: Path) -> str:
    """A parameter's name: ``W``, ``params_W``, ``layers_0_W``."""
    word = "_".join(str(step) for step in path if step not in ("params", "data", "value"))
    return word if word.isidentifier() else "_".join(map(str, path))

"""``assert_layer``: a forward and a backward pass as courses write them.

``backward`` is handed ``dout``, the derivatives of a loss towards the result of ``forward``.  Any
``dout`` will do: the loss is then Σ out · dout, one number, and what ``backward`` returns is its
gradient, so that ``check_grad`` can judge it.
"""

from __future__ import annotations

import copy
import functools
import inspect
import operator
import pickle
import random
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from types import ModuleType
from typing import Any

import numpy as np

from .asserts import accepted
from .check import check_grad
from .problem import array_of, by_parameter, is_gradient_of, plain, tensor_of
from .report import Report, Verdict
from .sampling import MODES, Sampler, seed_of

CACHE = re.compile(r"cache|ctx|context|saved|memo|stash|tape")
GRADIENT = re.compile(
    r"^d(?!ata|rop|im|il|ep|eb|type|t$)|^g$|^g_|grad|delta|diff|upstream|err", re.I
)
OUTPUTS = ("output", "outputs", "out", "y", "a")  # where an object may leave its result
DEPTH = 4  # steps from an object to its numbers: net.blocks[0].params["W"]
Path = tuple[Any, ...]  # of attributes, keys and places in lists
RANDOM = (
    "forward draws other random numbers at each call; draw them from np.random, whose state is "
    "held while a layer is checked, or from a generator that forward makes with a fixed seed, or "
    "hand the seed or the mask to forward as an argument"
)


def check_layer(
    forward: Any,
    backward: Callable[..., Any] | None = None,
    *,
    wrt: str | Sequence[str] | None = None,
    at: Any = None,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    parameters: Mapping[str, str] | None = None,
    rel: float = 1e-6,
    abs: float | None = None,
    points: int = 8,
    seed: Any = None,
    strict: bool = False,
) -> Report:
    """Whether the backward pass of a layer is right, and if not, why.

    Args:
        forward: a function that returns ``out``, or ``(out, cache)``, or several outputs and a
            cache; or an object with ``forward`` and ``backward``, or its methods; or a class with
            static ``forward(ctx, …)`` and ``backward(ctx, …)``.
        backward: a function of ``dout`` (of several, one for each output), ``cache``, ``out`` and
            arguments of forward, whatever it asks for by name.  It returns the gradients in
            the order of forward's arguments, one, or a dict.  Without it, forward returns
            ``(loss, gradients)``, or ``(out, backward)``.
        wrt: what the gradients are towards, where they are not one for each argument.
        at: numbers, arrays and options such as ``bn_param`` by argument; arguments that are left
            out are drawn.  Options, and arrays of ints, are handed on as they are.
        domain, shapes: as for ``check_grad``; ``domain={"y": {0, 1, 2}}`` draws classes.
        parameters: of an object, the attributes that hold parameters, and those that hold their
            gradients; by default they are found: ``W`` and ``dW``, ``params["W"]`` and
            ``grads["W"]``.
        rel, abs, points, seed, strict: see ``check_grad``.

    Returns:
        The report of ``check_grad`` for Σ out · dout.

    Raises:
        TypeError, ValueError: the call itself is wrong.  What the layer raises goes through.

    >>> def affine_forward(x, w, b):
    ...     return x @ w + b, (x, w)
    >>> def affine_backward(dout, cache):
    ...     x, w = cache
    ...     return dout @ w.T, x.T @ dout, dout.sum(axis=0)
    >>> shapes = {"x": (4, 3), "w": (3, 2), "b": (2,)}
    >>> print(check_layer(affine_forward, affine_backward, shapes=shapes, seed=0))
    the gradient of affine_forward is RIGHT at 8 points
      checked at 8 points, drawn (seed '0')
    """
    layer = _layer(forward, backward, parameters)
    plan = _Plan(layer, wrt, at, domain, shapes, seed)
    report = check_grad(
        plan.f(),
        plan.df(),
        wrt=plan.wrt,
        at=plan.given(points),
        domain=plan.domain,
        shapes=plan.shapes,
        rel=rel,
        abs=abs,
        points=points,
        seed=plan.seed,
        strict=strict,
    )
    if report.verdict is Verdict.NOT_DETERMINISTIC:
        report.notes = (RANDOM,)
    return report


def assert_layer(
    forward: Any,
    backward: Callable[..., Any] | None = None,
    *,
    wrt: str | Sequence[str] | None = None,
    at: Any = None,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    parameters: Mapping[str, str] | None = None,
    rel: float = 1e-6,
    abs: float | None = None,
    points: int = 8,
    seed: Any = None,
    strict: bool = False,
) -> Report:
    """Fail unless the backward pass of a layer is right; say why it is not.

    Args:
        forward, backward, wrt, at, domain, shapes, parameters, rel, abs, points, seed, strict: see
            ``check_layer``.

    Raises:
        GradientMismatch, GradientTestError: as ``assert_grad``.

    >>> class Tanh:
    ...     def forward(self, x):
    ...         self.out = np.tanh(x)
    ...         return self.out
    ...     def backward(self, dout):
    ...         return dout * (1 - self.out)
    >>> assert_layer(Tanh(), shapes={"x": (2, 3)})
    Traceback (most recent call last):
    ...
    autograd_lite.testing.asserts.GradientMismatch: dTanh/dx is WRONG: line 3, tanh(x): ...
    """
    __tracebackhide__ = True
    report = check_layer(
        forward,
        backward,
        wrt=wrt,
        at=at,
        domain=domain,
        shapes=shapes,
        parameters=parameters,
        rel=rel,
        abs=abs,
        points=points,
        seed=seed,
        strict=strict,
    )
    return accepted(report)


# ---- the styles ---------------------------------------------------------------------------------


class _Functions:
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


class _Context:
    """What ``forward(ctx, …)`` and ``backward(ctx, …)`` share."""

    def __init__(self, count: int) -> None:
        self.needs_input_grad = (True,) * count
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep these as ``saved_tensors``."""
        self.saved_tensors = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Nothing: which outputs are differentiable is not asked here."""


class _WithContext(_Functions):
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
        context = _Context(len(values))
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


class _Object(_Functions):
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
        self.parameters = {_word(path): self.held[path] for path in self.partner}

    def run(self, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        """Forward of a copy that has these parameters."""
        layer = copy.deepcopy(self.layer, dict(self.modules))
        for path in self.partner:
            if _word(path) in values:
                self._put(layer, path, values[_word(path)])
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
        left = {_word(p): found[d] for p, d in self.partner.items() if d is not None and d in found}
        if result is None:
            kept = {n: _partner((n,), found) for n in self.inputs}
            return left | {n: found[d] for n, d in kept.items() if d is not None}
        result = self._of_parameters(result)
        return _Left(result, left) if left else result

    def _of_parameters(self, gradients: Any) -> Any:
        """A dict of gradients, those towards parameters of the object under their names."""
        if not isinstance(gradients, Mapping):
            return gradients
        words = {}
        for key in gradients:
            held = [p for p in self.held if p[-1] == key or is_gradient_of(str(key), str(p[-1]))]
            if key not in self.inputs and held:
                self.partner.setdefault(held[0], None)
                words[key] = _word(held[0])
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


class _Left:
    """What backward returned, and the gradients that it left in its object."""

    def __init__(self, result: Any, left: dict[str, Any]) -> None:
        self.result, self.left = result, left


def _layer(forward: Any, backward: Any, parameters: Mapping[str, str] | None) -> _Functions:
    """Which of the styles it is."""
    if inspect.isclass(forward) and backward is None and hasattr(forward, "forward"):
        if isinstance(inspect.getattr_static(forward, "forward"), staticmethod | classmethod):
            return _WithContext(forward.forward, forward.backward, forward)
        forward = forward()
    owner = getattr(forward, "__self__", None)
    if inspect.ismethod(forward) and not inspect.isclass(owner):
        if backward is not None and owner is not getattr(backward, "__self__", None):
            raise TypeError("forward and backward are not methods of the same object")
        name = backward.__name__ if backward is not None else ""
        return _Object(owner, forward.__name__, name, parameters)
    if backward is None and hasattr(forward, "backward"):
        name = "forward" if hasattr(forward, "forward") else "__call__"
        return _Object(forward, name, "backward", parameters)
    if parameters is not None:
        raise TypeError("parameters= is for an object; a function has arguments")
    if not callable(forward) or not (backward is None or callable(backward)):
        raise TypeError(f"forward = {forward!r}, backward = {backward!r}: two functions are needed")
    if next(iter(_signature(forward)), "") == "ctx":
        return _WithContext(forward, backward)
    return _Functions(forward, backward)


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


def _word(path: Path) -> str:
    """A parameter's name: ``W``, ``params_W``, ``layers_0_W``."""
    word = "_".join(str(step) for step in path if step not in ("params", "data", "value"))
    return word if word.isidentifier() else "_".join(map(str, path))


# ---- from a layer to a function and its gradient ------------------------------------------------


class _Plan:
    """How a layer is called: what is drawn, what stays, and what backward is handed."""

    def __init__(
        self, layer: _Functions, wrt: Any, at: Any, domain: Any, shapes: Any, seed: Any
    ) -> None:
        self.layer = layer
        self.wrt: list[str] | None = [wrt] if isinstance(wrt, str) else wrt and list(wrt)
        self.domain, self.shapes = dict(domain or {}), dict(shapes or {})
        self.seed = seed_of(layer.name, seed)
        self.random = _random_state()
        self.draws = True  # whether the layer draws random numbers
        self.options: dict[str, Any] = {}
        self.at = self._points(at)
        ints = [n for n, where in self.domain.items() if self._may_be_whole(n, where)]
        refused: Exception | None = None
        for count in range(len(ints), -1, -1):  # classes by their numbers, or numbers like others
            for whole in combinations(ints, count):
                self.whole = set(whole)
                try:
                    return self._try()
                except (TypeError, ValueError, LookupError) as error:
                    refused = refused or error
        assert refused is not None
        raise refused

    def _try(self) -> None:
        """Both passes once: what backward is handed, and what it returns."""
        layer, values = self.layer, self._first()
        with self._same_random_numbers():
            items, state = self._run(copy.deepcopy(values))
            self.draws = pickle.dumps(_random_state()) != pickle.dumps(self.random)
        self._roles(items)
        shapes = {n: np.shape(array_of(items[k])) for k, n in enumerate(self.douts)}
        douts = {n: np.ones(shape) if shape else 1.0 for n, shape in shapes.items()}
        with self._same_random_numbers():
            result = self._backward(items, state, values | douts)
        found = self._named(result)
        if not found:
            raise TypeError(f"backward of {layer.name} gives no gradient; does it lack a return?")
        if self.wrt is None:
            self.wrt = [n for n in self.names() if n in found]
        for name, x in layer.parameters.items():
            self.shapes.setdefault(name, np.shape(x))
        self.shapes |= shapes

    def names(self) -> list[str]:
        """The arguments that are numbers: of forward, and the parameters of an object."""
        kind = inspect.Parameter
        free = [
            n
            for n, p in self.layer.inputs.items()
            if p.kind not in (kind.VAR_KEYWORD, kind.VAR_POSITIONAL)
            and n not in self.options
            and (p.default is kind.empty or n in self._mentioned())
        ]
        return [*free, *self.layer.parameters]

    def _mentioned(self) -> set[str]:
        return {*self.shapes, *self.domain, *(self.wrt or ()), *(n for p in self.at for n in p)}

    def _points(self, at: Any) -> list[dict[str, Any]]:
        """The numbers of ``at=``; its options are kept apart."""
        inputs = list(self.layer.inputs)
        if at is None:
            return []
        several = isinstance(at, list) and at and all(isinstance(p, Mapping) for p in at)
        if not several and not isinstance(at, Mapping | tuple):
            at = (at,)
        if isinstance(at, tuple):
            at = dict(zip(inputs, at, strict=False))
        known = {*inputs, *map(_word, getattr(self.layer, "held", {}))}
        out = []
        for point in [at] if isinstance(at, Mapping) else at:
            numbers = {}
            self.layer.tensors |= any(hasattr(x, "detach") for x in point.values())
            for name, x in point.items():
                if name not in known or (_is_option(x) and name not in (self.wrt or ())):
                    self.options[name] = x
                    continue
                numbers[name] = array_of(x)
                if self._may_be_whole(name, numbers[name]):
                    self.domain.setdefault(name, set(numbers[name].ravel().tolist()))
                self.shapes[name] = np.shape(numbers[name])
            out.append(numbers)
        return [numbers for numbers in out if numbers]

    def _may_be_whole(self, name: str, where: Any) -> bool:
        """Whether an argument is an array of classes by their numbers."""
        if name in (self.wrt or ()) or isinstance(where, tuple | str):
            return False
        held = np.asarray(list(where) if isinstance(where, set | frozenset | range) else where)
        return held.dtype.kind in "iu" and held.size > 0

    def _first(self) -> dict[str, Any]:
        """Arguments under which forward can be called."""
        tries = [self.shapes]
        inputs = [n for n in self.names() if n in self.layer.inputs]
        if len(inputs) == 1 and inputs[0] not in self.shapes:
            held = {n for x in getattr(self.layer, "held", {}).values() for n in np.shape(x)}
            lengths = sorted(held) or [4]
            guessed = [(3, n) for n in lengths] + [(n, 3) for n in lengths]
            tries = [{inputs[0]: shape, **self.shapes} for shape in guessed] + tries
        refused: Exception | None = None
        for shapes in tries:
            for mode in MODES:
                point = self._sampler(shapes, inputs, "first").draw(mode)
                given = self.at[0] if self.at else {}
                floats = {n: x if n in self.whole else plain(x) for n, x in given.items()}
                values = self.options | point | floats
                values = {n: values[n] for n in (*self.layer.inputs, *values) if n in values}
                try:
                    with self._same_random_numbers(), np.errstate(all="ignore"):
                        items, _ = self._run(copy.deepcopy(values))
                except (TypeError, ValueError, LookupError, ArithmeticError) as error:
                    refused = refused or error
                    continue
                if items[0] is None:
                    raise TypeError(f"{self.layer.name} returned None; does it lack a return?")
                self.shapes = dict(shapes)
                return values
        shown = ", ".join(f"{n} {self.shapes.get(n, 'a number')}" for n in inputs)
        raise TypeError(
            f"{self.layer.name} cannot be called with {shown} ({refused}): give shapes= or at="
        ) from refused

    def _sampler(self, shapes: Mapping[str, Any], names: Sequence[str], salt: str) -> Sampler:
        return Sampler(names, shapes, self.domain, f"{self.seed}{salt}", self.whole)

    def _roles(self, items: Sequence[Any]) -> None:
        """What each argument of backward is: a ``dout``, a part of the cache, or an argument."""
        kind = inspect.Parameter
        asked = self.layer.asked()
        several = [n for n, p in asked.items() if p.kind is kind.VAR_POSITIONAL]
        known = {*self.layer.inputs, *self.options}
        scalar = np.size(items[0]) == 1
        free = [
            n
            for n, p in asked.items()
            if n not in known
            and p.kind not in (kind.VAR_POSITIONAL, kind.VAR_KEYWORD)
            and (p.default is kind.empty or (GRADIENT.search(n) and not scalar))
        ]
        self.douts = [n for n in free if GRADIENT.search(n) and not CACHE.search(n)]
        if not self.douts:
            self.douts = [n for n in free if not CACHE.search(n)][:1]
        if isinstance(self.layer, _WithContext):
            self.douts = free
        if several:
            self.douts += [f"{several[0]}{k + 1}" for k in range(len(items) - len(self.douts))]
        elif self.layer.backward is None and callable(items[-1]):
            self.douts = [
                f"dout{k + 1}" if len(items) > 2 else "dout" for k in range(len(items) - 1)
            ]
        if not self.douts and not scalar:
            raise TypeError(
                f"backward takes no dout, and {self.layer.name} gives {np.shape(items[0])}, "
                "not one number"
            )
        if len(self.douts) > len(items):
            raise TypeError(f"backward takes {', '.join(self.douts)}; forward gives {len(items)}")
        self.count = max(1, len(self.douts))
        rest = list(items[self.count :])
        others = [n for n in free if n not in self.douts]
        kept = rest or not isinstance(self.layer, _Object)
        if len(others) == 1 and len(rest) != 1 and kept:
            self.cached = {others[0]: slice(self.count, None) if rest else 0}
        elif len(others) == len(rest) or not others:
            self.cached = {n: self.count + k for k, n in enumerate(others)}
        else:
            raise TypeError(
                f"backward takes {', '.join(others)}, which forward does not return: give it in at="
            )
        self.asked = [n for n in asked if n in {*free, *known}]
        self.asked += [n for n in self.douts if n not in self.asked]

    def _run(self, values: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        """Forward; what it returns, and what backward needs besides."""
        return self.layer.run(self._handed(values))

    def _handed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments, in tensors where the layer takes these."""
        return {n: tensor_of(x) if self.layer.tensors else x for n, x in values.items()}

    def _backward(self, items: Sequence[Any], state: Any, values: Mapping[str, Any]) -> Any:
        known = {n: items[place] for n, place in self.cached.items()} | self._handed(values)
        return self.layer.back(items, state, [known[n] for n in self.asked if n in known])

    def _named(self, result: Any) -> dict[str, Any]:
        """The gradients by name."""
        left: dict[str, Any] = {}
        if isinstance(result, _Left):
            result, left = result.result, result.left
        names = [n for n in self.names() if n not in self.whole and n not in left]
        if isinstance(result, Mapping):
            return left | {self._name_of(key): x for key, x in result.items() if x is not None}
        every = list(self.layer.inputs)
        if isinstance(result, list) and len(names) == 1 and len(result) != 1:
            result = (result,)
        if not isinstance(result, tuple | list):
            result = (result,)
        if self.wrt is not None and len(result) == len(self.wrt):
            names = self.wrt
        elif len(result) == len(every) and any(x is None for x in result):
            names = every
        elif isinstance(self.layer, _Object) and len(result) > len(names):
            names = [*names, *self._unnamed(len(result) - len(names))]
        elif isinstance(self.layer, _Object) and len(result) == 1:
            names = names[:1]
        if len(result) != len(names):
            one = "one gradient" if len(result) == 1 else f"{len(result)} gradients"
            raise ValueError(
                f"backward returns {one}; {self.layer.name} has the arguments {', '.join(names)}: "
                "give wrt=, in the order of the gradients, or return a dict"
            )
        return left | {n: x for n, x in zip(names, result, strict=True) if x is not None}

    def _unnamed(self, count: int) -> list[str]:
        """So many parameters of an object, whose gradients backward returns."""
        layer = self.layer
        assert isinstance(layer, _Object)
        arrays = [p for p, x in layer.held.items() if isinstance(x, np.ndarray)]
        if len(arrays) == count and not layer.given:
            layer.partner, layer.given = dict.fromkeys(arrays), True
            layer.choose()
            return list(layer.parameters)
        return []

    def _name_of(self, key: str) -> str:
        """The argument that a gradient is towards: ``W`` for ``dW``."""
        (name,) = by_parameter({key: None}, self.names())
        if name not in self.names():
            names = ", ".join(self.names())
            raise ValueError(f"backward returns {key!r}; the arguments are {names}")
        return name

    @contextmanager
    def _same_random_numbers(self) -> Iterator[None]:
        """``np.random`` and ``random`` as they were at first, so that a mask stays the same."""
        if not self.draws:
            yield
            return
        now = _random_state()
        _set_random_state(self.random)
        try:
            yield
        finally:
            _set_random_state(now)

    # ---- what check_grad is handed --------------------------------------------------------------

    def f(self) -> Callable[..., Any]:
        """Σ out · dout as a function of the arguments, the parameters and ``dout``."""

        def loss(**values: Any) -> Any:
            self._check_whole(values)
            with self._same_random_numbers():
                items, _ = self._run(self._arguments(values))
            if not self.douts:
                return items[0]
            products = (array_of(items[k]) * values[n] for k, n in enumerate(self.douts))
            return functools.reduce(operator.add, map(_total, products))

        loss.__name__ = self.layer.name
        loss.__wrapped__ = self.layer.forward  # type: ignore[attr-defined]
        kind = inspect.Parameter
        names = [*self.names(), *self.douts]
        loss.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [kind(n, kind.KEYWORD_ONLY) for n in names]
        )
        return loss

    def df(self) -> Callable[..., dict[str, Any]]:
        """What backward says, by name, right after a forward pass."""

        def gradient(**values: Any) -> dict[str, Any]:
            arguments = self._arguments(values)
            with self._same_random_numbers():
                items, state = self._run(copy.deepcopy(arguments))
                result = self._backward(items, state, values | arguments)
            return {n: array_of(x) for n, x in self._named(result).items()}

        return gradient

    def _arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What forward is called with, in its order."""
        known = copy.deepcopy(self.options) | {n: values[n] for n in self.names()}
        return {n: known[n] for n in (*self.layer.inputs, *known) if n in known}

    def _check_whole(self, values: Mapping[str, Any]) -> None:
        for name in self.whole:
            if np.asarray(values[name]).dtype.kind not in "iu":
                raise IndexError(f"{name} holds whole numbers")  # so that they are drawn as ints

    def given(self, count: int) -> list[dict[str, Any]] | None:
        """The points of ``at=``, with what it leaves out drawn."""
        if not self.at:
            return None
        names = [*self.names(), *self.douts]
        sampler = self._sampler(self.shapes, names, "given")
        missing = set(names) - set(self.douts) - set(self.at[0])
        points = self.at * count if missing and len(self.at) == 1 else self.at
        return [sampler.draw() | point for point in points]


def _random_state() -> tuple[Any, Any]:
    return np.random.get_state(), random.getstate()  # noqa: NPY002, what layers draw from


def _set_random_state(state: tuple[Any, Any]) -> None:
    np.random.set_state(state[0])  # noqa: NPY002
    random.setstate(state[1])


def _total(x: Any) -> Any:
    return x.sum() if isinstance(x, np.ndarray) else x


def _is_option(x: Any) -> bool:
    """Whether an argument is no number and no array of numbers."""
    if isinstance(x, bool | int | str | Mapping) or x is None:
        return True
    try:
        return np.asarray(array_of(x)).dtype.kind not in "fiu"
    except (TypeError, ValueError):
        return True

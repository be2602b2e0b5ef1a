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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import numpy as np

from .asserts import accepted
from .check import check_grad
from .layer_styles import Functions, Left, Object, WithContext, layer_of, word_of
from .problem import array_of, by_parameter, plain, tensor_of
from .report import Report, Verdict
from .sampling import MODES, Sampler, seed_of

CACHE = re.compile(r"cache|ctx|context|saved|memo|stash|tape")
GRADIENT = re.compile(
    r"^d(?!ata|rop|im|il|ep|eb|type|t$)|^g$|^g_|grad|delta|diff|upstream|err", re.I
)
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
    explain: bool | float = True,
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
        rel, abs, points, seed, strict, explain: see ``check_grad``.

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
    layer = layer_of(forward, backward, parameters)
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
        explain=explain,
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
    explain: bool | float = True,
) -> Report:
    """Fail unless the backward pass of a layer is right; say why it is not.

    Args:
        forward, backward, wrt, at, domain, shapes, parameters, rel, abs, points, seed, strict,
            explain: see ``check_layer``.

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
        explain=explain,
    )
    return accepted(report)


# ---- from a layer to a function and its gradient ------------------------------------------------


class _Plan:
    """How a layer is called: what is drawn, what stays, and what backward is handed."""

    def __init__(
        self, layer: Functions, wrt: Any, at: Any, domain: Any, shapes: Any, seed: Any
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
        known = {*inputs, *map(word_of, getattr(self.layer, "held", {}))}
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
                except (
                    TypeError,
                    ValueError,
                    LookupError,
                    ArithmeticError,
                    AttributeError,
                ) as error:
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
        if isinstance(self.layer, WithContext):
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
        kept = rest or not isinstance(self.layer, Object)
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
        if isinstance(result, Left):
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
        elif isinstance(self.layer, Object) and len(result) > len(names):
            names = [*names, *self._unnamed(len(result) - len(names))]
        elif isinstance(self.layer, Object) and len(result) == 1:
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
        assert isinstance(layer, Object)
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

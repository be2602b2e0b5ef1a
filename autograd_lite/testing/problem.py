"""The function and the gradient by hand: how they are called, and the numbers that they give."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ..expr import compiled
from ..functional import objects
from ..functions import function
from ..notation import Formula
from ..notation import names as names_in
from ..number import to_float
from ..ops import arities
from ..value import Value
from .array_functions import ValueArray, arrays_hold_values

Array = npt.NDArray[Any]
Point = dict[str, Any]  # an argument's name -> a float or an array of floats


class SeveralNumbersError(TypeError):
    """F returned an array where one number is needed."""


@dataclass(frozen=True)
class Component:
    """One number of the gradient: a scalar parameter, or one element of an array."""

    parameter: str
    index: tuple[int, ...] = ()

    def __str__(self) -> str:
        inside = ", ".join(map(str, self.index))
        return f"{self.parameter}[{inside}]" if self.index else self.parameter


class Problem:
    """A function of named arguments, and the gradient that someone derived by hand.

    ``df`` is a function, a formula as text, a number, or a dict of these by parameter.
    """

    def __init__(self, f: Callable[..., Any], df: Any, wrt: Any = None) -> None:
        if not callable(f):
            raise TypeError(f"f = {f!r}: a function of the parameters and the data is needed")
        self.f, self.df = f, df
        self.arguments, self.defaults, self.positional, self.variable = _arguments(f)
        if isinstance(wrt, str):
            wrt = [wrt]
        if isinstance(df, list | tuple) and len(df) == len(wrt or self.arguments) > 1:
            df = dict(zip(wrt or self.arguments, df, strict=True))
        if isinstance(df, Mapping):
            self.df = df = by_parameter(df, [*self.arguments, *self.defaults])
        if wrt is None and isinstance(df, Mapping):
            wrt = list(df)
        if wrt is None and len(self.arguments) == 1:
            wrt = self.arguments
        self._wrt: list[str] | None = None if wrt is None else list(wrt)
        known = (*self.arguments, *self.defaults)
        self.inner = [n for n in self._wrt or () if n not in known]  # results inside of f
        for name in [n for n in self.defaults if n in (self._wrt or ())]:
            self.defaults.remove(name)  # towards it the gradient is taken: it varies
            self.arguments.append(name)
        self.needs_values = False  # f calls the methods of Value
        self.tensors: set[str] = set()  # arguments that were given as tensors of PyTorch
        self.code: Any = None  # what ``tracing`` keeps of the functions that f calls
        self._takes: dict[int, tuple[Any, ...]] = {}  # the gradients by hand, and their arguments

    @property
    def name(self) -> str:
        """What f is called."""
        name: str = getattr(self.f, "__name__", type(self.f).__name__)
        return "f" if name == "<lambda>" else name

    @property
    def is_printed(self) -> bool:
        """Whether the gradient is plain numbers, which hold at one point only."""
        return _is_printed(self.df)

    def has_parameter(self, name: str) -> bool:
        """Whether the gradient is taken towards an argument, as far as that is known."""
        return self._wrt is not None and name in self._wrt

    @property
    def wrt(self) -> list[str]:
        """The parameters that the gradient is taken towards."""
        if self._wrt is None:
            raise ValueError(
                "wrt is needed: the gradient is one number, f has the arguments "
                f"{', '.join(self.arguments)}; write wrt={self.arguments[0]!r}, or return a dict"
            )
        return self._wrt

    @property
    def values(self) -> dict[str, Any]:
        """What f's arguments are by default."""
        signature = inspect.signature(self.f).parameters if self.defaults else {}
        return {n: signature[n].default for n in self.defaults}

    def completed(self, trace: Any) -> Any:
        """A run of f with all parameters among its leaves."""
        return trace

    def with_inner(self, point: Point, trace: Any) -> Point:
        """A point with the parameters that are inside of f."""
        return point

    def _keeps(self, point: Mapping[str, Any]) -> bool:
        """Whether f returns something besides its number, for the backward pass."""
        return self.loss(copied(point))[1] is not None

    # ---- the function -----------------------------------------------------------------------

    def loss(self, arguments: Mapping[str, Any]) -> tuple[Any, Any]:
        """(f, what it keeps for the backward pass) at these arguments."""
        arguments = self._as_given(arguments)
        first = [arguments[n] for n in self.positional if n in arguments]
        named = {n: x for n, x in arguments.items() if n not in self.positional}
        traced = any(isinstance(x, Value) or _is_object(x) for x in arguments.values())
        with arrays_hold_values(self.f) if traced else nullcontext():
            result = self.f(*first, **named)
        kept = None
        if isinstance(result, tuple) and result:
            result, *rest = result
            kept = rest[0] if len(rest) == 1 else tuple(rest)
        if isinstance(result, np.ndarray) and result.size == 1:
            result = result.reshape(-1)[0]
        if result is None:
            raise TypeError(f"{self.name} returned None; does it lack a return?")
        if isinstance(result, np.ndarray | list):
            raise SeveralNumbersError(
                f"{self.name} must return one number, not shape {np.shape(result)}; "
                "use assert_jacobian"
            )
        return result, kept

    def number(self, point: Point) -> float:
        """F as a plain number; NaN where it cannot be computed.  Values go in only if they must."""
        with np.errstate(all="ignore"):
            if not self.needs_values:
                try:
                    return float(self.loss(copied(point))[0])
                except (AttributeError, TypeError):
                    pass
                except (ArithmeticError, ValueError):
                    return math.nan
            try:
                y = float(self.loss(lifted(point)[0])[0])
            except (ArithmeticError, ValueError):
                y = math.nan
            self.needs_values = True  # and from now on at once
            return y

    def _as_given(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments, numbers in tensors where such were given."""
        return {n: tensor_of(x) if n in self.tensors else x for n, x in arguments.items()}

    # ---- the gradient by hand ---------------------------------------------------------------

    def hand(self, point: Point, named: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """The gradient by hand: parameter -> a float or an array.

        Args:
            point: where.
            named: gives the numbers of intermediate results, by name, for formulas as text.
        """
        with np.errstate(all="ignore"):
            return {n: _gradient(n, x) for n, x in self._hand(point, named).items()}

    def _hand(self, point: Point, named: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        df = self.df
        if isinstance(df, Mapping):
            return {
                n: self._one(df[n], n, point, named)
                for n in self.wrt
                if n in df or _missing(n, list(df))
            }
        result = self._one(df, self._wrt[0] if self._wrt else "", point, named)
        if isinstance(result, Mapping):
            result = by_parameter(result, self._wrt or self.arguments)
            if self._wrt is None:
                self._wrt = [n for n in result if n in self.arguments]
                if not self._wrt:
                    raise ValueError(f"df returned {list(result)}; f has {self.arguments}")
            return {n: result[n] for n in self.wrt if n in result or _missing(n, list(result))}
        if self._wrt is None:
            self._wrt = self._one_for_each(result, point)
        if isinstance(result, tuple | list) and len(self.wrt) == len(result) > 1:
            return dict(zip(self.wrt, result, strict=True))
        if len(self.wrt) == 1:
            return {self.wrt[0]: result}
        array = np.asarray(result)
        if array.shape == (len(self.wrt),):
            return dict(zip(self.wrt, array, strict=True))
        raise ValueError(f"df returned {result!r} for {len(self.wrt)} parameters; return a dict")

    def _one_for_each(self, result: Any, point: Point) -> list[str] | None:
        """The arguments that a row of gradients is towards; ``None`` where that is not clear.

        An array is a row where all arguments are numbers: else it may be one array's gradient.
        """
        numbers = [n for n in self.arguments if np.asarray(point[n]).dtype.kind == "f"]
        array = isinstance(result, np.ndarray) and not any(np.ndim(point[n]) for n in numbers)
        row = isinstance(result, tuple | list) or array
        return numbers if row and len(result) == len(numbers) else None

    def _one(self, df: Any, name: str, point: Point, named: Callable[[], Mapping[str, Any]]) -> Any:
        if isinstance(df, str):
            values = {n: plain(x) for n, x in self.values.items()}
            return _formula(name, df, {**values, **named(), **point})
        return self.called(df, point, named) if callable(df) else df

    def called(
        self,
        df: Callable[..., Any],
        point: Mapping[str, Any],
        named: Callable[[], Mapping[str, Any]] = dict,
    ) -> Any:
        """What a gradient by hand returns, called with what its arguments ask for."""
        if id(df) not in self._takes:  # a twentieth of a check, if it is looked up at each point
            self._takes[id(df)] = df, _arguments(df)
        names, defaults, positional, variable = self._takes[id(df)][1]
        known = self._as_given(copied(point))
        if variable == "named":  # **k takes all
            return df(**known)
        if variable:
            return df(*(known[n] for n in self.arguments))
        if set(names) <= set(known) and not positional:
            return df(**{n: known[n] for n in (*names, *defaults) if n in known})
        kept = [n for n in names if n not in known]
        if kept == ["cache"] or (len(kept) == 1 and len(names) == 1 and self._keeps(point)):
            known[kept[0]] = self.loss(copied(point))[1]
            return df(**{n: known[n] for n in names})
        known = {**named(), **known}
        unknown = [n for n in names if n not in known]
        if not unknown and not positional:
            return df(**{n: known[n] for n in names})
        if len(names) == len(self.arguments):  # by position, under names of its own
            return df(*(known[n] for n in self.arguments))
        raise TypeError(f"df takes {', '.join(unknown)}, which f does not have")


def by_parameter(gradients: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Gradients by the names of parameters, where they are called ``dW`` or ``grad_W``."""
    found = {}
    for key, x in gradients.items():
        near = [n for n in names if key not in names and is_gradient_of(str(key), n)]
        found[near[0] if near and near[0] not in gradients else key] = x
    return found


def is_gradient_of(name: str, parameter: str) -> bool:
    """Whether a name, such as ``dW``, ``grad_W``, ``W_grad`` or ``dL_dW``, is that of ∂/∂W."""
    name, parameter = (n.replace("_", "").lower() for n in (name, parameter))
    heads = ("d", "grad", "dld", "djd", "delta", "nabla")
    tails = ("grad", "gradient", "error", "delta")
    return name in {h + parameter for h in heads} | {parameter + t for t in tails}


def _gradient(name: str, x: Any) -> Any:
    """A gradient by hand as a float or an array of floats."""
    try:
        array = np.asarray(array_of(x), dtype=float)
    except (TypeError, ValueError):
        array = None
    if x is None or array is None:
        raise TypeError(f"the gradient towards {name} is {x!r}: numbers are needed")
    return array if array.ndim else float(array)


def _missing(name: str, given: Sequence[str]) -> bool:
    raise ValueError(f"the gradient lacks {name!r}; it has {', '.join(map(str, given))}")


def _arguments(f: Callable[..., Any]) -> tuple[list[str], list[str], list[str], str]:
    """The arguments that are needed, that have defaults, that have no keyword; and *a or **k."""
    kind = inspect.Parameter
    if hasattr(f, "argument_names"):  # of ours: names that are no identifiers
        return list(f.argument_names), [], [], ""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # a ufunc, say
        return ["x"], [], ["x"], ""
    kinds = {p.kind for p in parameters}
    variable = "named" if kind.VAR_KEYWORD in kinds else "*" * (kind.VAR_POSITIONAL in kinds)
    parameters = [p for p in parameters if p.kind not in (kind.VAR_KEYWORD, kind.VAR_POSITIONAL)]
    needed = [p.name for p in parameters if p.default is kind.empty]
    defaults = [p.name for p in parameters if p.default is not kind.empty]
    return (
        needed,
        defaults,
        [p.name for p in parameters if p.kind is kind.POSITIONAL_ONLY],
        variable,
    )


def _formula(where: str, text: str, numbers: Mapping[str, Any]) -> Any:
    """A formula as text at numbers, by the operations of the table; nothing is evaluated."""
    names, run = _read(f"d/d{where}", text, frozenset(numbers))
    return run(*(numbers[n] for n in names))


@cache
def _read(
    where: str, text: str, known: frozenset[str]
) -> tuple[tuple[str, ...], Callable[..., Any]]:
    """(the names that a formula uses, the formula as a function of them)."""
    formula = Formula(text, known | {"pi"}, arities(), where=where)
    used = tuple(sorted(names_in(formula) & known))
    space = {"pi": math.pi, "number": float}
    return used, compiled(formula, used, lambda name: space.get(name) or function(name))


def _is_printed(df: Any) -> bool:
    if isinstance(df, Mapping):
        return all(_is_printed(x) for x in df.values())
    return unit_of(df) is not None or (not callable(df) and not isinstance(df, str))


def unit_of(text: Any) -> float | None:
    """One in the last place of a printed number: 1e-4 for ``"-0.0289"``; ``None`` for a formula.

    A whole number, such as ``"-1"``, is a formula.
    """
    if not isinstance(text, str) or text.lstrip("+-−").isdigit():
        return None
    try:
        exponent = Decimal(text.replace("−", "-")).as_tuple().exponent
    except ArithmeticError:
        return None
    return 10.0**exponent if isinstance(exponent, int) and exponent < 300 else None


# ---- points -------------------------------------------------------------------------------------


def array_of(x: Any) -> Any:
    """A list, a tuple, a tensor or a column of a table as an array; anything else as it is."""
    if hasattr(x, "detach"):
        x = x.detach().cpu()
    return np.asarray(x) if isinstance(x, list | tuple) or hasattr(x, "__array__") else x


def _is_object(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == object


def tensor_of(x: Any) -> Any:
    """A float or an array of floats as a tensor of PyTorch; anything else as it is."""
    is_number = isinstance(x, float) or (isinstance(x, np.ndarray) and x.dtype.kind == "f")
    torch = sys.modules.get("torch")
    return torch.tensor(x) if is_number and torch is not None else x


def plain(x: Any) -> Any:
    """An argument as a float, an array of floats, or as it is if it holds no floats."""
    x = x if isinstance(x, np.number) else array_of(x)
    if isinstance(x, np.ndarray):
        array = np.array(x)
        if not array.ndim:
            return float(array)
        return array.astype(float) if array.dtype.kind in "fiu" else array
    return to_float(x) if isinstance(x, int | float | np.number) and x is not True else x


def copied(point: Mapping[str, Any]) -> Point:
    """The point with arrays of its own, so that nobody can change ours."""
    return {n: x.copy() if isinstance(x, np.ndarray) else x for n, x in point.items()}


def lifted(point: Point) -> tuple[dict[str, Any], dict[str, Any]]:
    """(the arguments as Values and arrays of Values, the same leaves by name)."""
    leaves: dict[str, Any] = {}
    for name, x in point.items():
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            parts = [Value(e) for e in x.flat]
            for part, index in zip(parts, np.ndindex(x.shape), strict=True):
                part.label = f"{name}[{', '.join(map(str, index))}]" if index else name
            leaves[name] = objects(parts, x.shape)
        else:
            leaves[name] = Value(x, label=name) if isinstance(x, float) else x
    arguments = {n: _to_hand_out(x) for n, x in leaves.items()}
    return arguments, leaves


def _to_hand_out(x: Any) -> Any:
    if not isinstance(x, np.ndarray):
        return x
    return x.copy().view(ValueArray) if _is_object(x) else x.copy()


def components_of(names: Iterable[str], point: Point) -> list[Component]:
    """Every number of the gradient towards these parameters."""
    found = []
    for name in names:
        if name not in point:
            raise ValueError(f"at: {name!r} is missing; the point has {', '.join(point)}")
        x = point[name]
        if isinstance(x, np.ndarray):
            found += [Component(name, index) for index in np.ndindex(x.shape)]
        else:
            found.append(Component(name))
    return found


def named(parts: Sequence[Component], chosen: Collection[int]) -> tuple[str, ...]:
    """The chosen components; a parameter all of which is chosen by its name alone."""
    partly = {p.parameter for c, p in enumerate(parts) if c not in chosen}
    names = (
        str(p) if p.parameter in partly else p.parameter
        for p in map(parts.__getitem__, sorted(chosen))
    )
    return tuple(dict.fromkeys(names))


def moved(point: Point, direction: Mapping[Component, float], s: float) -> Point:
    """The point, s times the direction further."""
    there = copied(point)
    for c, step in direction.items():
        if c.index:
            there[c.parameter][c.index] += s * step
        else:
            there[c.parameter] += s * step
    return there


def at_component(point: Point, c: Component) -> float:
    """The number of the point in a component's place."""
    x = point[c.parameter]
    return float(x[c.index]) if c.index else float(x)

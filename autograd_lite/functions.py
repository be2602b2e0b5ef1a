"""The operations as functions of floats, Values and arrays; ``define``: a row more.

>>> from autograd_lite import exp, log, maximum, define
>>> exp(0.0), exp(Value(0.0)).data
(1.0, 1.0)
>>> log(np.array([1.0, 10.0])).round(4).tolist()
[0.0, 2.3026]
>>> softsign = define("doc_softsign", "a / (1 + abs(a))", da="1 / (1 + abs(a)) ** 2")
>>> softsign(Value(-3.0))
Value(data=-0.75, op='doc_softsign(−3)')
"""

from __future__ import annotations

import sys
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from . import ops
from .higher import ALGEBRA, applied, on_values
from .methods import methods_of
from .number import to_float
from .ops import Op, find
from .terminal import printed
from .value import SPACE, Value

Array = npt.NDArray[Any]


@printed
class Function:
    """One operation of the table, to be called with Values, floats and NumPy arrays of either.

    Values give Values, floats give floats, arrays are taken element by element (two arrays
    broadcast): of floats they give floats, of Values an object array of Values.

    Raises:
        DomainError: an argument is outside the operation's domain.
        TypeError: an argument is neither a Value nor a number nor an array of them.
    """

    def __init__(self, op: Op) -> None:
        self.op = op
        self._count = -1 if op.parameter else op.arity  # of arguments that are all operands
        self.__name__ = self.__qualname__ = op.name
        self.__doc__ = f"{op.in_letters}, element by element."

    def __repr__(self) -> str:
        return f"<function {self.op.name}: {self.op.value}>"

    @overload
    def __call__(self, a: Value, /, *more: Any, **parameter: float) -> Value: ...
    @overload
    def __call__(self, a: float, b: Value, /, **parameter: float) -> Value: ...
    @overload
    def __call__(self, a: float, /, *more: float, **parameter: float) -> float: ...
    @overload
    def __call__(self, a: Array, /, *more: Any, **parameter: float) -> Array: ...
    @overload
    def __call__(self, a: float | Value, b: Array, /, **parameter: float) -> Array: ...
    def __call__(self, /, *x: Any, **parameter: float) -> Any:
        """The operation at Values, floats or arrays; see the class."""
        op = self.op
        if len(x) == self._count and not parameter:
            kind = type(x[0])
            if kind is type(x[-1]):  # the usual call, in a third of the time
                if kind is Value:
                    return getattr(x[0], op.name)(*x[1:])
                if kind is float:
                    return op(*x)
        numbers = self._parameter(x[op.arity :], parameter)
        x = x[: op.arity]
        if len(x) < op.arity:
            raise TypeError(f"{op.name} takes {', '.join(op.arguments)}; got {len(x)} of them")
        x = tuple(v.item() if isinstance(v, np.ndarray) and not v.ndim else v for v in x)
        if any(isinstance(v, np.ndarray) for v in x):
            x = tuple(v if isinstance(v, np.ndarray | Value) else to_float(v) for v in x)
            with np.errstate(all="ignore"):  # inf and NaN are answers here
                elements = np.frompyfunc(lambda *v: self._one(v, numbers), op.arity, 1)(*x)
            plain = not any(isinstance(v, Value) for v in elements.flat)
            return elements.astype(float) if plain else elements
        return self._one(x, numbers)

    def _one(self, x: tuple[Any, ...], numbers: tuple[float, ...]) -> Any:
        if any(isinstance(v, Value) for v in x):
            operands = tuple(v if isinstance(v, Value) else to_float(v) for v in x)
            return applied(self.op, operands, numbers)
        return self.op(*map(to_float, x), *numbers)

    def _parameter(self, given: tuple[Any, ...], named: dict[str, float]) -> tuple[float, ...]:
        op = self.op
        if len(given) + len(named) > bool(op.parameter) or not named.keys() <= {op.parameter}:
            extra = ", ".join([*map(repr, given), *named])
            raise TypeError(f"{op.name} takes {', '.join(op.arguments)}; got also {extra}")
        number = (*given, *named.values(), op.default)[0]
        if op.parameter and number is None:
            raise TypeError(f"{op.name} takes {', '.join(op.arguments)}; {op.parameter} is missing")
        return (to_float(number),) if op.parameter else ()


def check_name(name: str) -> None:
    """Raise ``ValueError`` if ``Value`` has something by that name already."""
    if hasattr(Value, name):
        raise ValueError(f"{name!r}: Value has that already; choose another name")


def install(op: Op, kind: type[Value] = Value) -> None:
    """Give ``kind`` the method of a row, and its operator; its results are of that kind."""
    base = kind is Value
    space = SPACE if base else SPACE | {"_Value": kind}
    method, reflected = methods_of(op, space, base=base)
    if base:
        ALGEBRA[op.name] = on_values(op)
    for name in (op.name, *op.aliases):
        setattr(kind, name, method)
    operator = _OPERATORS.get(op.name)
    if operator:
        setattr(kind, f"__{operator}__", method)
        if op.arity == 2:
            setattr(kind, f"__r{operator}__", reflected)


_OPERATORS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "truediv",
    "neg": "neg",
    "abs": "abs",
}


_MADE: dict[str, Function] = {}


def function(name: str) -> Function:
    """The function of an operation, by its name in the table.

    Raises:
        LookupError: the table has no such operation.
    """
    if name not in _MADE:
        _MADE[name] = Function(find(name))
    return _MADE[name]


def define(
    name: str,
    value: str,
    *,
    da: str,
    db: str | None = None,
    shown: str = "",
    domain: str = "",
    **more: Any,
) -> Function:
    """Add an operation to the calculus table, and everything that follows from a row.

    Args:
        name: its name; it becomes a method of ``Value`` and ``autograd_lite.<name>``.
        value: its value as text, in ``a``, ``b`` and the operations that exist.
        da, db: the local derivatives, as text that may also use the result ``y``.
        shown: how it is written in formulas, such as ``"σ({a})"``.
        domain: a condition on the operands, such as ``"a > 0"``.
        more: ``hint``, ``note``, ``parameter``, ``default``, ``aliases``; see ``ops.define``.

    Returns:
        The function; it takes Values, floats and arrays of either.

    Raises:
        ValueError: the name is taken, or a text is no formula; the table is as before.
    """
    for each in (name, *more.get("aliases", ())):
        check_name(each)
        if each in dir(sys.modules[__package__]):
            raise ValueError(f"{each!r}: {__package__} has that already; choose another name")
    row = ops.define(name, value, da=da, db=db, shown=shown, domain=domain, **more)
    install(row)
    return function(name)

"""The methods of ``Value``, made from the rows of the calculus table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .copying import restored
from .errors import DomainError
from .expr import fast_source
from .number import to_float
from .ops import (
    FAST,
    OPS,
    TROUBLE,
    Op,
)
from .scopes import OPEN, mark
from .value import ALGEBRA, METHODS, Value, operand

_DUNDERS = {"add": "__add__", "sub": "__sub__", "mul": "__mul__", "div": "__truediv__"}
_DUNDERS |= {"neg": "__neg__", "abs": "__abs__"}


def _method_source(op: Op, kind: type[Value]) -> str:
    """The method of one row: compute, record, return; the odd points are left to ``_rescue``.

    Where the second operand is of a subclass with a method of its own, that one is asked, as in
    Python's own operators.
    """
    b, n, second = op.arity == 2, op.parameter, "_q" if op.arity == 2 else "None"
    base = b and kind is Value
    default = "" if op.default is None else f"={op.default!r}"
    signature = "_p" + (", _q" if b else "") + (f", {n}{default}" if n else "")
    lines = [
        f"def method({signature}):",
        b and " if type(_q) is not _Value:",
        b and "  _q = _operand(_q)",
        b and "  if _q is NotImplemented: return _q",
        base and f"  if type(_q) is not _Value and type(_q).{op.name} is not method:",
        base and f"   return type(_q).{op.name}(_p, {', '.join(['_q', n] if n else ['_q'])})",
        n and f" if type({n}) is not float: {n} = _to_float({n})",
        " a = _p._data",
        b and " b = _q._data",
        " _out = _new(_Value)",
        " try:",
        f"  _out._data = y = {op.source}",
        f"  _out._da = {fast_source(op.derivatives[0])}",
        b and f"  _out._db = {fast_source(op.derivatives[1])}",
        " except _TROUBLE:",
        f"  _rescue(_out, _OP, _p, {second}, {n or 'None'})",
        " _out._rule = _OP",
        " _out._a = _p",
        f" _out._b = {second}",
        n and f" _out._n = {n}",
        " if _scopes: _mark(_out)",
        " return _out",
    ]
    if b:
        lines += [
            "def reflected(_p, _q):",
            " _q = _operand(_q)",
            " return _q if _q is NotImplemented else method(_q, _p)",
        ]
    return "\n".join(line for line in lines if line)


def _rescue(out: Value, op: Op, p: Value, q: Value | None, n: float | None) -> None:
    """Where Python raised: ``DomainError`` outside the domain, else IEEE 754's answers."""
    operands = (p,) if q is None else (p, q)
    arguments = tuple(x._data for x in operands) + (() if n is None else (n,))
    op.check(arguments, tuple(x.label for x in operands))
    _record_total(out, op, arguments)


def _record_total(out: Value, op: Op, arguments: tuple[float, ...]) -> None:
    out._data = op.total(*arguments)
    out._da, out._db = (*op.local(arguments, out._data), None)[:2]


def check_name(name: str) -> None:
    """Raise ``ValueError`` if ``Value`` has something by that name already."""
    if hasattr(Value, name):
        raise ValueError(f"{name!r}: Value has that already; choose another name")


def install(op: Op, kind: type[Value] = Value) -> None:
    """Give ``kind`` the method (and operator) of a row; its results are of that kind."""
    space = FAST | {"_Value": kind, "_new": object.__new__, "_operand": operand}
    space |= {"_OP": op, "_TROUBLE": TROUBLE, "_rescue": _rescue, "_to_float": to_float}
    space |= {"_scopes": OPEN, "_mark": mark}
    exec(_method_source(op, kind), space)
    method = space["method"]
    method.__doc__ = f"{op.in_letters} as one node."
    method.__name__, method.__qualname__ = op.name, f"{kind.__name__}.{op.name}"
    method.__module__ = __name__
    if kind is Value:
        METHODS[op.name] = method
        ALGEBRA[op.name] = _unchecked(op)
    for name in (op.name, *op.aliases):
        setattr(kind, name, method)
    if op.name in _DUNDERS:
        setattr(kind, _DUNDERS[op.name], method)
    if op.name in _DUNDERS and op.arity == 2:
        setattr(kind, _DUNDERS[op.name].replace("__", "__r", 1), space["reflected"])


def _unchecked(op: Op) -> Callable[..., Any]:
    """The operation as a rule uses it: no domain errors, and plain numbers stay plain."""
    method = METHODS[op.name]

    def apply(*x: Any) -> Any:
        x = op.filled(x)
        operands, parameter = x[: op.arity], x[op.arity :]
        if not any(isinstance(v, Value) for v in operands):
            return op.total(*x)
        operands = tuple(map(operand, operands))
        try:
            kind = type(operands[0])
            out = (method if kind is Value else getattr(kind, op.name))(*operands, *parameter)
        except DomainError:
            arguments = (*(v._data for v in operands), *parameter)
            kinds = [kind for kind in map(type, operands) if op.name in vars(kind)]
            kind = next((kind for kind in kinds if kind is not Value), Value)
            out = restored(kind, (op, 0.0, None, None, (*parameter, None)[0]), operands)
            _record_total(out, op, arguments)
        if type(out) is not Value:
            out.unchecked = True
        return out

    return apply


def _pow(a: Any, b: Any) -> Any:
    """``a ** b`` in a rule: a plain exponent or base is the operation's parameter."""
    if not isinstance(b, Value):
        return ALGEBRA["power"](a, b)
    return _both(a, b) if isinstance(a, Value) else ALGEBRA["exponential"](b, a)


for _row_of_table in OPS.values():
    install(_row_of_table)
_both, ALGEBRA["pow"] = ALGEBRA["pow"], _pow

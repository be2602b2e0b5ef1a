"""The method of an operation, written from its row: compute, keep the derivatives, remember.

>>> from autograd_lite.ops import OPS
>>> print(source(OPS["mul"]), end="")
def make(_OP):
    def method(_p, _q):
        if type(_q) is not _Value:
            _q = _operand(_q)
            if _q is NotImplemented: return _q
            if type(_q) is not _Value:
                if type(_q).mul is not method:
                    return type(_q).mul(_p, _q)
        a = _p._data
        b = _q._data
        _out = _new(_Value)
        try:
            _out._data = y = a * b
            _out._da = b
            _out._db = a
        except _TROUBLE:
            _rescue(_out, _OP, _p, _q, None)
        _out._rule = _OP
        _out._a = _p
        _out._b = _q
        if _scopes: _mark(_out)
        return _out
    def reflected(_p, _q):
        _q = _operand(_q)
        return _q if _q is NotImplemented else method(_q, _p)
    return method, reflected
"""

from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any

from .expr import Python
from .number import to_float
from .ops import FAST, TROUBLE, Op
from .scopes import OPEN, mark

METHODS: dict[str, Callable[..., Any]] = {}  # those of Value, by operation
REFLECTED: dict[str, Callable[..., Any]] = {}  # the same with a plain number on the left


def source(op: Op, *, base: bool = True) -> str:
    """The method of a row as Python: compute, keep the local derivatives, remember the operands.

    The odd points are left to ``_rescue``.  Where the second operand is of a subclass with a
    method of its own, that one is asked, as in Python's own operators.

    Args:
        op: the row.
        base: whether it is the method of Value itself.
    """
    two, n, second = op.arity == 2, op.parameter, "_q" if op.arity == 2 else "None"
    default = "" if op.default is None else f"={op.default!r}"
    signature = "_p" + (", _q" if two else "") + (f", {n}{default}" if n else "")
    ask = f"{op.name}(_p, _q{', ' + n if n else ''})"
    first, *others = (Python().text(rule.tree) for rule in op.derivatives)
    lines = [
        "def make(_OP):",
        f"    def method({signature}):",
        two and "        if type(_q) is not _Value:",
        two and "            _q = _operand(_q)",
        two and "            if _q is NotImplemented: return _q",
        two and base and "            if type(_q) is not _Value:",
        two and base and f"                if type(_q).{op.name} is not method:",
        two and base and f"                    return type(_q).{ask}",
        n and f"        if type({n}) is not float: {n} = _to_float({n})",
        "        a = _p._data",
        two and "        b = _q._data",
        "        _out = _new(_Value)",
        "        try:",
        f"            _out._data = y = {op.source}",
        f"            _out._da = {first}",
        *(f"            _out._db = {other}" for other in others),
        "        except _TROUBLE:",
        f"            _rescue(_out, _OP, _p, {second}, {n or 'None'})",
        "        _out._rule = _OP",
        "        _out._a = _p",
        f"        _out._b = {second}",
        n and f"        _out._n = {n}",
        "        if _scopes: _mark(_out)",
        "        return _out",
        "    def reflected(_p, _q):",
        "        _q = _operand(_q)",
        "        return _q if _q is NotImplemented else method(_q, _p)",
        "    return method, reflected",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def methods_of(op: Op, space: dict[str, Any], *, base: bool = True) -> tuple[Any, Any]:
    """The method of a row, and the same with its operands exchanged.

    Args:
        op: the row.
        space: the method's globals, which name the class of its results as ``_Value``, and as
            ``_operand`` how a number becomes one.
        base: whether they are the methods of Value itself.
    """
    space |= FAST | {"_new": object.__new__, "_to_float": to_float, "_rescue": _rescue}
    space |= {"_TROUBLE": TROUBLE, "_scopes": OPEN, "_mark": mark}
    text = source(op, base=base)
    file = f"{__file__}, {op.name}"  # a debugger shows it and steps through it
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    exec(compile(text, file, "exec"), space)
    method, reflected = space.pop("make")(op)
    method.__doc__ = f"{op.in_letters} as one node."
    method.__name__, method.__qualname__, method.__module__ = op.name, op.name, __name__
    if base:
        METHODS[op.name], REFLECTED[op.name] = method, reflected
    return method, reflected


def _rescue(out: Any, op: Op, p: Any, q: Any, n: float | None) -> None:
    """Where Python raised: ``DomainError`` outside the domain, else IEEE 754's answers."""
    operands = (p,) if q is None else (p, q)
    arguments = tuple(x._data for x in operands) + (() if n is None else (n,))
    op.check(arguments, tuple(x.label for x in operands))
    record_total(out, op, arguments)


def record_total(out: Any, op: Op, arguments: tuple[float, ...]) -> None:
    """Fill in a value and its local derivatives by IEEE 754's rules."""
    out._data = op.total(*arguments)
    out._da, out._db = (*op.local(arguments, out._data), None)[:2]

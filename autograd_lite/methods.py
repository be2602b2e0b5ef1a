"""The method of an operation, written from its row: compute, keep the derivatives, remember.

>>> from autograd_lite.ops import OPS
>>> print(source(OPS["mul"]).split("    def right")[0], end="")
def make(_OP, _RIGHT, _LEFT):
    def method(_p, _q):
        if type(_q) is not _Value:
            if type(_q) is float: return right(_p, _q)
            _q = _operand(_q)
            if _q is NotImplemented: return _q
            if type(_q) is float: return right(_p, _q)
            if type(_q) is not _Value and type(_q).mul is not method: return type(_q).mul(_p, _q)
        a = _p._data
        b = _q._data
        _out = _new(_Value)
        try:
            _out._data = y = a * b
            _out._da = b
            _out._db = a
        except _TROUBLE:
            _rescue(_out, _OP, (_p, _q), None)
        _out._rule = _OP
        _out._a = _p
        _out._b = _q
        _out._grad = None
        if _scopes: _mark(_out)
        return _out

``right`` is the same with a plain number as the second operand, ``left`` as the first.
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, ClassVar

from .expr import Python
from .number import to_float
from .ops import FAST, TROUBLE, Op
from .scopes import OPEN, mark

METHODS: dict[str, Callable[..., Any]] = {}  # those of Value, by operation
REFLECTED: dict[str, Any] = {}  # the same with a number on the left; None for one operand


@dataclass(frozen=True, eq=False)
class WithNumber:
    """Stands in the place of a row where one operand is a plain number.

    The node keeps the number as ``_n``, and that of its other operand as ``_db``, until someone
    asks for its operands: then the number becomes a node.  So a formula with numbers makes half
    the nodes, in a third of the time.
    """

    op: Op
    first: bool  # whether the number is the first operand
    handmade: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """That of the operation."""
        return self.op.name

    def __reduce__(self) -> tuple[Any, ...]:
        return with_number, (self.op, self.first)


_WITH_NUMBER: dict[tuple[str, bool], WithNumber] = {}


def with_number(op: Op, first: bool) -> WithNumber:
    """The operation with a plain number as its first or its second operand."""
    return _WITH_NUMBER.setdefault((op.name, first), WithNumber(op, first))


def source(op: Op, *, base: bool = True) -> str:
    """The method of a row as Python: compute, keep the local derivatives, remember the operands.

    The odd points are left to ``_rescue``.  Where the second operand is of a subclass with a
    method of its own, that one is asked, as in Python's own operators.

    Args:
        op: the row.
        base: whether it is the method of Value itself.
    """
    two, n = op.arity == 2, op.parameter
    more = f", {n}" if n else ""
    default = "" if not n or op.default is None else f"={op.default!r}"
    slopes = [Python().text(rule.tree) for rule in op.derivatives]
    # A node has one place for a number beside its operands: the parameter has it, if there is one.
    number = f"method(_p, _constant(_q){more})" if n else "right(_p, _q)"
    lines = [
        "def make(_OP, _RIGHT, _LEFT):",
        f"    def method(_p{', _q' if two else ''}{more}{default}):",
        two and "        if type(_q) is not _Value:",
        two and f"            if type(_q) is float: return {number}",
        two and "            _q = _operand(_q)",
        two and "            if _q is NotImplemented: return _q",
        two and f"            if type(_q) is float: return {number}",
        two
        and base
        and f"            if type(_q) is not _Value and type(_q).{op.name} is not "
        f"method: return type(_q).{op.name}(_p, _q{more})",
        n and f"        if type({n}) is not float: {n} = _to_float({n})",
        "        a = _p._data",
        two and "        b = _q._data",
        *_computed(op, slopes, "(_p, _q)" if two else "(_p,)"),
        "        _out._rule = _OP",
        "        _out._a = _p",
        f"        _out._b = {'_q' if two else 'None'}",
        n and f"        _out._n = {n}",
        *_END,
    ]
    if not two:
        lines += ["    return method, None"]
    elif n:
        lines += [
            f"    def reflected(_q, _p{more}{default}):",
            f"        return method(_constant(_p), _q{more})",
            "    return method, reflected",
        ]
    else:
        lines += [
            "    def right(_p, b):",
            "        a = _p._data",
            *_computed(op, slopes[:1], "(_p, b)", slopes[1:]),
            *_kept("_RIGHT", value="_p", other="a", number="b"),
            "    def left(_q, a):",
            "        b = _q._data",
            *_computed(op, slopes[1:], "(a, _q)", slopes[:1]),
            *_kept("_LEFT", value="_q", other="b", number="a"),
            "    def reflected(_q, _p):",
            "        if type(_p) is not float:",
            "            _p = _operand(_p)",
            "            if type(_p) is not float:",
            "                return _p if _p is NotImplemented else method(_p, _q)",
            "        return left(_q, _p)",
            "    return method, reflected",
        ]
    return "\n".join(line for line in lines if line) + "\n"


_END = ["        _out._grad = None", "        if _scopes: _mark(_out)", "        return _out"]


def _computed(op: Op, slopes: Sequence[str], operands: str, rest: Sequence[str] = ()) -> list[str]:
    """The lines for a value and its local derivatives.

    Args:
        op: the row.
        slopes: the derivatives that the node keeps.
        operands: Values and numbers, as ``_rescue`` takes them.
        rest: the others.  They are computed only to hear whether Python raises: the value alone
            does not tell of (−∞)^0.5 that it is outside the domain.
    """
    places = ("_da", "_db")[: len(slopes)]
    return [
        "        _out = _new(_Value)",
        "        try:",
        f"            _out._data = y = {op.source}",
        *(f"            _out.{place} = {s}" for place, s in zip(places, slopes, strict=True)),
        *(f"            {s}" for s in rest if op.raises),
        "        except _TROUBLE:",
        f"            _rescue(_out, _OP, {operands}, {op.parameter or None})",
    ]


def _kept(rule: str, *, value: str, other: str, number: str) -> list[str]:
    """The lines for what a node with a plain number remembers."""
    return [
        f"        _out._rule = {rule}",
        f"        _out._a = {value}",
        "        _out._b = None",
        f"        _out._db = {other}",
        f"        _out._n = {number}",
        *_END,
    ]


def methods_of(op: Op, space: dict[str, Any], *, base: bool = True) -> tuple[Any, Any]:
    """The method of a row, and the same with its operands exchanged.

    Args:
        op: the row.
        space: the method's globals, which name the class of its results as ``_Value``, as
            ``_operand`` what an operand is taken as, and as ``_constant`` how a number becomes one.
        base: whether they are the methods of Value itself.
    """
    space |= FAST | {"_new": object.__new__, "_to_float": to_float, "_rescue": _rescue}
    space |= {"_TROUBLE": TROUBLE, "_scopes": OPEN, "_mark": mark}
    text = source(op, base=base)
    file = f"{__file__}, {op.name}"  # a debugger shows it and steps through it
    linecache.cache[file] = len(text), None, text.splitlines(keepends=True), file
    exec(compile(text, file, "exec"), space)
    method, reflected = space.pop("make")(op, with_number(op, False), with_number(op, True))
    method.__doc__ = f"{op.in_letters} as one node."
    method.__name__, method.__qualname__, method.__module__ = op.name, op.name, __name__
    if base:
        METHODS[op.name], REFLECTED[op.name] = method, reflected
    return method, reflected


def _rescue(out: Any, op: Op, operands: tuple[Any, ...], n: float | None) -> None:
    """Where Python raised: ``DomainError`` outside the domain, else IEEE 754's answers."""
    numbers = (x if type(x) is float else x._data for x in operands)
    arguments = (*numbers, *(() if n is None else (n,)))
    op.check(arguments, tuple("" if type(x) is float else x.label for x in operands))
    record_total(out, op, arguments, [type(x) is not float for x in operands])


def record_total(
    out: Any, op: Op, arguments: tuple[float, ...], values: Sequence[bool] = (True, True)
) -> None:
    """Fill in a value and its local derivatives by IEEE 754's rules.

    Args:
        out: the node.
        op: the row.
        arguments: the operands' numbers, and the parameter.
        values: for each operand, whether it is a Value.
    """
    out._data = op.total(*arguments)
    slopes = op.local(arguments, out._data)
    out._da, out._db = (*compress(slopes, values), None)[:2]

"""``Value``: a number that remembers how it was made, and ``backward()``: the chain rule.

Read this file from top to bottom, with a row of ``ops.py`` beside it:

1. The operations: each computes, keeps its local derivatives and remembers its operands.  The
   formulas come from the operation's row in the calculus table.
2. ``Value``: the operations by name, and ``backward``.
3. ``order``: from the leaves to the result, each node once; every pass over a graph follows it.
4. The backward pass: from the result back, upstream gradient times local derivative.

>>> x = Value(3.0, label="x")
>>> y = x * x * x
>>> y.backward()
>>> x.grad                                # 3x² = 27
27.0
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Protocol, TypeVar, Union

import numpy as np

from .errors import CycleError, HandmadeNodeError
from .methods import METHODS, REFLECTED, WithNumber, methods_of
from .number import advice, check_value, number_of, short, to_float, unwrapped
from .ops import OPS, Op, chained
from .scopes import Scope
from .terminal import printed

Number = Union[float, "np.number[Any]", "Value"]
Node = TypeVar("Node", bound=Any)


ON_FLOAT: list[Callable[[Value], object]] = []  # told of every Value whose float() is taken


class CONSTANT:
    """Stands in the place of a row for a leaf that is a number in a formula."""

    handmade = False


# ---- the operations ------------------------------------------------------------------------------
#
# Every operation does the same: compute, keep the local derivatives, remember the operands.  What
# ``binary("mul")`` gives, here by hand, ``methods.py`` writes for each row of the table in ``ops``:
#
#     def mul(self, other):
#         out = Value(self.data * other.data)                # value:  a * b
#         out._da, out._db = other.data, self.data           # da: b,  db: a
#         out._rule, out._a, out._b, out._grad = OPS["mul"], self, other, None
#         return out


def unary(name: str) -> Callable[[Value], Value]:
    """The method of an operation with one operand."""
    return methods_of(OPS[name], SPACE)[0]  # type: ignore[no-any-return]


def binary(name: str) -> Callable[[Value, Number], Value]:
    """The method of an operation with two operands."""
    return methods_of(OPS[name], SPACE)[0]  # type: ignore[no-any-return]


def reflected(name: str) -> Callable[[Value, Number], Value]:
    """The same with a plain number on the left, as in ``2 - v``."""
    return REFLECTED[name]  # type: ignore[no-any-return]


def operand(x: Any) -> Any:
    """What ``x`` is as an operand: a Value as it is, a number as a float, or NotImplemented."""
    if isinstance(x, Value):
        return x
    number = number_of(x)
    if number is None:
        if x is None or isinstance(x, str | bytes | list | tuple | dict | set | complex):
            raise TypeError(f"{short(x)} in a formula of Values: {advice(x)}.")
        return NotImplemented  # an array, say: it takes the Value element by element
    return number


def constant(number: float) -> Value:
    """A leaf for a number that stands in a formula."""
    v: Value = object.__new__(Value)
    v._data, v._rule = number, CONSTANT
    v._grad = v._a = v._b = None
    return v


if TYPE_CHECKING:  # the methods that take a plain number

    class _Slope(Protocol):
        def __call__(self, slope: float = 0.01) -> Value: ...

    class _Alpha(Protocol):
        def __call__(self, alpha: float = 1.0) -> Value: ...

    class _Degree(Protocol):
        def __call__(self, n: float) -> Value: ...

    class _WithDegree:
        def __get__(self, v: Value | None, kind: type[Value]) -> _Degree: ...

    class _WithSlope:
        def __get__(self, v: Value | None, kind: type[Value]) -> _Slope: ...

    class _WithAlpha:
        def __get__(self, v: Value | None, kind: type[Value]) -> _Alpha: ...


SPACE: dict[str, Any] = {"_operand": operand, "_constant": constant}  # the methods' globals


# ---- the node ----------------------------------------------------------------------------------


@printed
class Value:
    """A number in a computation graph.

    Args:
        data: an int, a float, a NumPy scalar or a 0-d array; kept as a float.
        _children: for a node made by hand: the Values that it was made from.
        _op: for a node made by hand: the operation's name, or a sequence with one local
            derivative for each child.
        label: its name in drawings, tables and errors.

    Raises:
        TypeError: ``data`` is something else; the message says what to write instead.

    ``data``, ``grad`` and ``label`` may be assigned, and so may any further attribute.
    Equality and hash are by identity; ``<``, ``<=``, ``>``, ``>=`` compare ``data``.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> a * b
    Value(data=-6.0, op='a · b')
    >>> Value("2")
    Traceback (most recent call last):
    ...
    TypeError: Value('2'): a Value holds one number; write Value(float('2')).
    """

    # _rule: the row of the table; _a, _b: the operands; _da, _db: the local derivatives, kept
    # from the forward pass; _n: the row's parameter.  An operation sets what it needs, no more;
    # label and free attributes share the lazy __dict__.  Where an operand is a plain number, _a
    # is the other one, and _rule says so: see ``WithNumber``.
    __slots__ = ("__dict__", "_a", "_b", "_da", "_data", "_db", "_grad", "_n", "_rule")

    label: str = ""
    scope: Scope | None = None
    from_module: bool = False  # a parameter that a ``Module`` has found among its attributes
    sealed: bool = False  # an input of a scope: not drawn inside, though it leads there
    _a: Any
    _b: Any
    _da: Any
    _db: Any
    _n: float
    _data: float
    _grad: Any
    _rule: Any
    _make_by_hand: ClassVar[Callable[[Value, str, Any, Any], None]]  # by ``compat``, as is
    _backward: Any  # this property
    _order_by_hand: ClassVar[Callable[[Any, set[Any]], list[Any]]]  # this walk, by ``compat``
    _recorded: ClassVar[Callable[[Value], Callable[[int, Value], Value]]]  # by ``higher``

    def __init__(
        self,
        data: Number,
        _children: Iterable[Value] = (),
        _op: str | Sequence[float] = "",
        label: str = "",
        *,
        children: Iterable[Value] = (),
        local_grads: Sequence[float] = (),
    ) -> None:
        self._data = data if type(data) is float else to_float(data)
        self._grad = self._rule = self._a = self._b = None
        if label:
            self.label = label
        for given in (_children, children):
            if isinstance(given, Value):
                raise TypeError("the children of a node are a sequence of Values: write (v,)")
        _children = tuple(_children) or tuple(children)
        name = _op if isinstance(_op, str) else ""
        local_grads = local_grads if isinstance(_op, str) else _op
        if _children or len(local_grads):
            self._make_by_hand(name, _children, local_grads)
        elif name:
            self._make_by_hand(name, None, None)

    # ---- what it holds ----------------------------------------------------------------------

    @property
    def data(self) -> float:
        """The number.  Assigning one changes nothing in a pass already recorded."""
        return self._data

    @data.setter
    def data(self, data: float) -> None:
        self._data = to_float(data)

    @property
    def grad(self) -> Any:
        """∂root/∂self; 0.0 while not computed, a Value after ``backward(create_graph=True)``."""
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad if grad is None or isinstance(grad, Value) else to_float(grad)

    @property
    def has_grad(self) -> bool:
        """Whether a gradient was computed (or assigned) since the last ``zero_grad()``."""
        return self._grad is not None

    @property
    def op(self) -> Any:
        """The row of the calculus table that made it; ``None`` for a leaf."""
        if self._a is None:
            return None
        return self._rule.op if type(self._rule) is WithNumber else self._rule

    @property
    def parameter(self) -> float | None:
        """The op's plain-number parameter, such as the exponent of ``x ** 2``."""
        return None if type(self._rule) is WithNumber else getattr(self, "_n", None)

    @property
    def operands(self) -> tuple[Value, ...]:
        """The Values that it was made from, in the order in which they were written."""
        if type(self._rule) is WithNumber:
            _make_constant(self)
        a, b = self._a, self._b
        if a is None:
            return ()
        if type(a) is tuple:
            return a
        return (a,) if b is None else (a, b)

    @property
    def local_gradients(self) -> tuple[float, ...]:
        """∂self/∂operand for each operand, as they were at the forward pass."""
        if type(self._rule) is WithNumber:
            _make_constant(self)
        a, b = self._a, self._b
        if a is None:
            return ()
        if type(a) is tuple:
            if self._da is None and a:
                raise HandmadeNodeError(
                    f"{self!r} was made by hand without local gradients; "
                    "give them as Value(data, children, local_grads), or assign _backward"
                )
            return tuple(self._da or ())
        return (self._da,) if b is None else (self._da, self._db)

    @property
    def is_leaf(self) -> bool:
        """Whether it was given rather than computed."""
        return self._a is None or (type(self._a) is tuple and not self._a)

    @property
    def is_constant(self) -> bool:
        """Whether it is a leaf made from a number that stood in a formula."""
        return self._rule is CONSTANT

    def formula(self) -> str:
        """The operation that made it, with its operands' labels, or their numbers.

        >>> w = Value(2.0, label="w")
        >>> (w * 3).formula(), ((w * 3) ** 2).formula()
        ('w · 3', '6^2')
        """
        if isinstance(self.op, Op):
            names = (v.label or v._data for v in self.operands)
            return self.op.formula(*names, parameter=self.parameter)
        return self.op.shown if self.op else self.label or f"{self._data:.6g}"

    # ---- the operations: one row of the table each ---------------------------------------------

    add = __add__ = binary("add")

    def __radd__(self, other: Number) -> Value:
        if type(other) is int and other == 0:  # sum() begins so: 0 + v is v
            return self
        return REFLECTED["add"](self, other)  # type: ignore[no-any-return]

    sub = __sub__ = binary("sub")
    __rsub__ = reflected("sub")
    mul = __mul__ = binary("mul")
    __rmul__ = reflected("mul")
    div = __truediv__ = binary("div")
    __rtruediv__ = reflected("div")
    neg = __neg__ = unary("neg")
    power = binary("power")  # v ** n with a plain number n
    exponential = binary("exponential")  # n ** v
    pow = binary("pow")  # v ** w

    def __pow__(self, exponent: Number) -> Value:
        if isinstance(exponent, Value):
            return self.pow(exponent)
        n = operand(exponent)
        return n if n is NotImplemented else METHODS["power"](self, n)  # type: ignore[no-any-return]

    def __xor__(self, other: object) -> NoReturn:
        """Refuse ``x ^ 2``, which is no power in Python."""
        raise TypeError("^ is no power in Python; write x ** 2")

    __rxor__ = __xor__

    def __rpow__(self, base: Number) -> Value:
        n = operand(base)
        return n if n is NotImplemented else METHODS["exponential"](self, n)  # type: ignore[no-any-return]

    exp = unary("exp")
    exp2 = unary("exp2")
    expm1 = unary("expm1")
    log = unary("log")
    log1p = unary("log1p")
    log2 = unary("log2")
    log10 = unary("log10")
    sqrt = unary("sqrt")
    cbrt = unary("cbrt")
    nthroot: _WithDegree = unary("nthroot")  # type: ignore[assignment]
    square = unary("square")
    reciprocal = unary("reciprocal")
    sin = unary("sin")
    cos = unary("cos")
    tan = unary("tan")
    asin = arcsin = unary("asin")
    acos = arccos = unary("acos")
    atan = arctan = unary("atan")
    sinh = unary("sinh")
    cosh = unary("cosh")
    tanh = unary("tanh")
    hypot = binary("hypot")
    asinh = arcsinh = unary("asinh")
    acosh = arccosh = unary("acosh")
    atanh = arctanh = unary("atanh")
    atan2 = arctan2 = binary("atan2")
    erf = unary("erf")
    erfc = unary("erfc")
    abs = __abs__ = unary("abs")
    sign = unary("sign")
    step = unary("step")
    floor = unary("floor")
    maximum = binary("maximum")
    minimum = binary("minimum")
    relu = unary("relu")
    leaky_relu: _WithSlope = unary("leaky_relu")  # type: ignore[assignment]
    sigmoid = unary("sigmoid")
    softplus = unary("softplus")
    logaddexp = binary("logaddexp")
    elu: _WithAlpha = unary("elu")  # type: ignore[assignment]
    silu = unary("silu")
    gelu = unary("gelu")

    # ---- the chain rule ---------------------------------------------------------------------

    def backward(self, gradient: Number = 1.0, create_graph: bool = False) -> None:
        """Set ``grad`` of every Value below to ∂self/∂value, by the chain rule.

        Gradients of leaves add up over passes, those of interior nodes are fresh in each.

        Args:
            gradient: the upstream gradient to start from.
            create_graph: record the gradients too, so that they can be differentiated; every
                ``grad`` is then a Value.

        Raises:
            CycleError: nodes made by hand form a cycle.
            StaleGraphError: with ``create_graph``, a value no longer follows from its operands.

            HandmadeNodeError: a node made by hand does not say how to push its gradient.
            TieError: it is a second derivative, and the first holds by convention only.

        When it raises, Ctrl-C included, the leaves' gradients are as they were, and those
        between are as they were or not computed.
        Source: 003, l. 800-895 (back propagation).
        """
        if create_graph:
            seed = gradient if isinstance(gradient, Value) else Value(gradient)
            grads = pushed_back(order(self, constants=False), seed, record=True)
            sums = [
                v._grad + grad if v.is_leaf and v.has_grad else grad for v, grad in grads.items()
            ]
            put_grads(grads, sums)
            return
        run = _Pass(self, to_float(gradient))
        try:
            plain = run.visit()
            if not plain:
                run.visit_by_hand()
            if not plain or not run.push_all():
                run.push_carefully()
        except BaseException:
            run.undo()
            raise

    def zero_grad(self) -> None:
        """Forget the gradients of this Value and of all below it."""
        put_grads(order(self, constants=False), repeat(None))

    # ---- a number among numbers -------------------------------------------------------------

    def __pos__(self) -> Value:
        return self

    def __lt__(self, other: Number) -> bool:
        return self._compare(other, float.__lt__)

    def __le__(self, other: Number) -> bool:
        return self._compare(other, float.__le__)

    def __gt__(self, other: Number) -> bool:
        return self._compare(other, float.__gt__)

    def __ge__(self, other: Number) -> bool:
        return self._compare(other, float.__ge__)

    def _compare(self, other: Number, compare: Callable[[float, float], bool]) -> bool:
        number = other._data if isinstance(other, Value) else number_of(other)
        return NotImplemented if number is None else compare(self._data, number)

    def _decides(self) -> Any:
        """The number by which a rule in pieces chooses the piece that applies."""
        return self._data

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Value):
            return self is other
        if isinstance(other, int | float | np.number):
            raise TypeError(
                f"v == {other!r} compares a node with a number; write v.data == {other!r}"
            )
        return NotImplemented

    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a Value has no truth value; compare its number, as in `if v.data != 0` or `if v > 0`"
        )

    def __float__(self) -> float:
        for told in ON_FLOAT:
            told(self)
        return self._data

    def __int__(self) -> int:
        return int(self._data)

    __trunc__ = __int__

    def __round__(self, digits: int | None = None) -> float:
        return round(self._data, digits)

    def __floor__(self) -> int:
        return math.floor(self._data)

    def __ceil__(self) -> int:
        return math.ceil(self._data)

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        parts = [f"data={self._data!r}"]
        if self.has_grad and not self.is_constant:
            grad = self._grad
            parts.append(f"grad={grad._data if isinstance(grad, Value) else grad!r}")
        if self.label:
            parts.append(f"label={self.label!r}")
        if self._a is not None:
            parts.append(f"op={self.formula()!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    conjugate = __pos__  # what np.var asks of every number


SPACE["_Value"] = Value


def _make_constant(v: Value) -> None:
    """Make a node of the plain number among the operands of ``v``, as if it had been one.

    The number's local derivative is that of the forward pass, whose numbers ``v`` has kept.
    """
    x, other, number, rule = v._a, v._db, v._n, v._rule
    if type(rule) is not WithNumber:  # another thread has done it
        return
    c, then, method = constant(number), constant(other), METHODS[rule.op.name]
    again = method(c, then) if rule.first else method(then, c)
    if type(v._grad) is float:
        c._grad = 0.0 + flow(v, v._grad, again._da if rule.first else again._db)
    operands = (c, x) if rule.first else (x, c)
    names = ("_a", "_b", "_da", "_db", "_n", "_rule")
    new = map(setattr, repeat(v), names, (*operands, again._da, again._db, None, rule.op))
    set_all = deque[None](maxlen=0).extend
    if v._rule is rule:  # one call to C code: no other thread, and no Ctrl-C, comes in between
        set_all(new)


def as_value(x: Any) -> Value:
    """A number as a Value; a Value, or a 0-d array of one, as it is."""
    x = unwrapped(x)
    return x if isinstance(x, Value) else Value(x)


# ---- the order: every pass over a graph follows it ---------------------------------------------


def order(root: Node, seen: set[Node] | None = None, *, constants: bool = True) -> list[Node]:
    """The Values from the leaves to ``root``, operands before results, each once.

    Args:
        root: where the walk starts, a Value or a 0-d array of one; it is the last of the list.
        seen: Values to leave out, with all below them; those of the result are added to it.
        constants: whether every number in a formula is among them, as a node; else only those are
            that someone has asked for.

    Raises:
        TypeError: ``root`` is no Value.
        CycleError: nodes made by hand form a cycle.
    """
    root = unwrapped(root)
    check_value(root)
    seen = set() if seen is None else seen
    nodes: list[Node] = []
    path: list[Node] = []  # from the root down, not yet in nodes
    if root in seen:
        return nodes
    v = root
    while True:  # v has not been seen
        a, b = v._a, v._b
        if type(a) is tuple:
            seen.difference_update(nodes, path)
            return Value._order_by_hand(root, seen)
        if b is None and constants and type(v._rule) is WithNumber:
            a, b = v.operands
        seen.add(v)
        if a is not None and a not in seen:  # down, first operands first
            path.append(v)
            v = a
            continue
        if b is not None and b not in seen:
            path.append(v)
            v = b
            continue
        nodes.append(v)
        while path:  # up, until a second operand waits
            v = path.pop()
            b = v._b
            if b is not None and b not in seen:
                path.append(v)
                v = b
                break
            nodes.append(v)
        else:
            return nodes


def numbers_below(v: Value) -> tuple[float, ...]:
    """The numbers of the operands of ``v``, which was not made by hand."""
    rule = v._rule
    if type(rule) is WithNumber:
        a, number = v._a, v._n
        if v._rule is rule:  # else another thread has asked for the number's node meanwhile
            return (number, a._data) if rule.first else (a._data, number)
    a, b = v._a, v._b
    return (a._data,) if b is None else (a._data, b._data)


# ---- the backward pass -------------------------------------------------------------------------


class _Pass:
    """One backward pass on floats, which can be undone."""

    def __init__(self, root: Value, gradient: float) -> None:
        self.root, self.gradient = root, gradient
        self.zero = float("0")  # an object of its own in each pass
        self.nodes: list[Value] = []  # those that were computed, operands before results
        self.path: list[Value] = []  # those visited that are not in nodes yet
        self.leaves: list[tuple[Value, Any]] = []  # with their gradients before

    def visit(self) -> bool:
        """Walk as ``order`` does, and set every gradient to 0.

        That 0, an object of its own, tells which Values were visited.  Without a set, and without
        a second walk, ``backward`` takes a third less time.

        Returns:
            Whether it came to its end: it stops at a node made by hand.
        """
        zero, nodes, path, leaves = self.zero, self.nodes, self.path, self.leaves
        v = self.root
        while True:  # v has not been visited; it is noted before its gradient is lost
            a, b = v._a, v._b
            if a is None:
                leaves.append((v, v._grad))
                v._grad = zero
            elif type(a) is tuple:
                return False
            elif a._grad is not zero or (b is not None and b._grad is not zero):
                path.append(v)
                v._grad = zero
                v = a if a._grad is not zero else b  # down, first operands first
                continue
            else:
                nodes.append(v)
                v._grad = zero
            while path:  # up, until a second operand waits
                v = path[-1]
                b = v._b
                if b is not None and b._grad is not zero:
                    v = b
                    break
                nodes.append(v)
                path.pop()
            else:
                return True

    def visit_by_hand(self) -> None:
        """The same for a graph with nodes made by hand."""
        nodes = order(self.root)
        self._put_back_leaves()
        self.leaves = [(v, v._grad) for v in nodes if v.is_leaf]
        self.nodes = nodes

    def undo(self) -> None:
        """Forget the gradients of what was computed, and put back those of leaves."""
        self._put_back_leaves()
        computed = self.nodes + self.path
        with suppress(CycleError):  # all of them, not only those that the walk has come to
            computed = [v for v in order(self.root, constants=False) if not v.is_leaf]
        put_grads(computed, repeat(None))

    def _put_back_leaves(self) -> None:
        put_grads([v for v, _ in self.leaves], [before for _, before in self.leaves])

    def push_all(self) -> bool:
        """From the root to the leaves, each gradient times the local derivatives.

        Returns:
            Whether it stands.  Where a NaN came up it does not: 0 · ∞ may be among what was added.
        """
        zero = self.zero
        self._start(())
        for v in reversed(self.nodes):
            g = v._grad
            a, slope = v._a, v._da
            if slope == 1.0 and a._grad is zero:  # 0 + g · 1 is g, for that is never −0.0: one
                a._grad = g  # float for all below a sum, and a seventh less memory
            else:
                a._grad += g * slope
            b = v._b
            if b is not None:
                slope = v._db
                if slope == 1.0 and b._grad is zero:
                    b._grad = g
                else:
                    b._grad += g * slope
        return not math.isnan(sum(v._grad for v, _ in self.leaves))  # it goes down to some leaf

    def push_carefully(self) -> None:
        """The same with ``chained`` products, and with nodes made by hand."""
        self._start(self.nodes)
        for v in reversed(self.nodes):
            a = v._a
            if a is None:
                continue
            if type(a) is tuple:
                v._backward()
                continue
            g = v._grad
            a._grad += flow(v, g, v._da)
            b = v._b
            if b is not None:
                b._grad += flow(v, g, v._db)

    def _start(self, nodes: Iterable[Value]) -> None:
        """Set the gradients of nodes to 0, of leaves to what they were, and add the root's."""
        for v in nodes:
            v._grad = 0.0
        for v, before in self.leaves:
            v._grad = self.zero if before is None else before
        self.root._grad += self.gradient


def flow(v: Value, g: Any, local: float) -> Any:
    """What ``v`` pushes to an operand: upstream times local, where 0 · ∞ is 0.

    Raises:
        TieError: the slope of a recorded gradient holds by convention only; see ``higher``.
    """
    product = g * local
    if product == product or isinstance(g, Value):
        return product
    return v._rule.felt(v, g) if v._rule.handmade and v._rule.felt else chained(g, local)


def put_grads(values: Iterable[Value], grads: Iterable[Any]) -> None:
    """Set every ``grad``, in one call to C code, where no Ctrl-C can come between two of them."""
    deque(map(setattr, values, repeat("_grad"), grads), maxlen=0)


def pushed_back(
    nodes: Sequence[Value], seed: Any, *, record: bool = False, towards: set[Value] | None = None
) -> dict[Value, Any]:
    """The gradients of the last of ``nodes``, without touching anyone's ``grad``.

    Args:
        nodes: an ``order``.
        seed: the upstream gradient: a float, or with ``record`` a Value.
        record: compute on Values, by the rules of the table, so that the result has a graph.
        towards: push only towards these.

    Raises:
        StaleGraphError: with ``record``, a value no longer follows from its operands.
        HandmadeNodeError: a node made by hand has nothing to go by.
    """
    grads = {nodes[-1]: seed}
    for v in reversed(nodes):
        if v not in grads or v._a is None:
            continue
        g, recorded_flow = grads[v], v._recorded() if record else None
        a, slope, rule = v._a, v._da, v._rule  # the rule last, for the same reason
        with_number = type(rule) is WithNumber
        for i, x in [(rule.first, a)] if with_number else enumerate(v.operands):
            if x._rule is CONSTANT or (towards is not None and x not in towards):
                continue
            if recorded_flow:
                contribution = recorded_flow(i, g)
            elif type(a) is tuple:
                contribution = flow(v, g, v.local_gradients[i])
            else:
                contribution = flow(v, g, slope if with_number or i == 0 else v._db)
            grads[x] = grads[x] + contribution if x in grads else contribution
    return grads


def gradients(
    root: Value, inputs: Sequence[Value], *, gradient: Number = 1.0, create_graph: bool = False
) -> list[Any]:
    """∂root/∂input for each input, as floats or, with ``create_graph``, as Values.

    Unlike ``backward`` it leaves every ``grad`` as it is, and goes only where the inputs are.

    >>> x, y = Value(2.0), Value(3.0)
    >>> gradients(x * x * y, [x, y])
    [12.0, 4.0]
    """
    nodes = order(root, constants=False)
    if not isinstance(inputs, Iterable):
        raise TypeError(f"inputs = {short(inputs)}: a sequence of Values is needed; write [x]")
    inputs = list(inputs)
    for x in inputs:
        check_value(x)
    root, towards = nodes[-1], depending_on(inputs, nodes)
    seed: Any = gradient
    if not create_graph:
        seed = to_float(seed)
    elif not isinstance(seed, Value):
        seed = Value(seed)
    reached = root in towards
    grads = pushed_back(nodes, seed, record=create_graph, towards=towards) if reached else {}
    return [grads.get(x, Value(0.0) if create_graph else 0.0) for x in inputs]


def depending_on(inputs: Iterable[Value], nodes: Sequence[Value]) -> set[Value]:
    """The inputs, and those of ``nodes`` (an ``order``) that were computed from them."""
    found = set(inputs)
    for v in nodes:
        a, b = v._a, v._b  # a number is none of them
        if a in found or b in found or (type(a) is tuple and not found.isdisjoint(a)):
            found.add(v)
    return found

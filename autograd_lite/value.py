"""``Value``: a number that remembers how it was made; ``backward()``: the chain rule.

Every method that computes is made from a row of the calculus table in ``ops``; this file knows
how to record an operation, in which order to walk the record, and how to push gradients back.

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
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING, Any, NoReturn, Union

import numpy as np

from .copying import (
    Copied,
    Handmade,
)
from .errors import HandmadeNodeError, StaleGraphError, TieError
from .expr import compiled
from .number import advice, number_of, short, to_float, unwrapped
from .ops import (
    CONSTANTS,
    Op,
    chained,
)
from .scopes import Scope
from .walk import check_value
from .walk import order as order

Number = Union[float, "np.number[Any]", "Value"]


class CONSTANT:
    """Stands in the place of a row for a leaf that is a number in a formula."""

    handmade = False


# In the place of a row for a recorded gradient that holds by convention, beside which it jumps.
HELD = Handmade("held")
_new = object.__new__
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "relu": "ReLU"}
_SIGNS |= {"power": "**{n}", "exponential": "{n}**"}  # as micrograd writes them
METHODS: dict[str, Callable[..., Any]] = {}  # by operation; ``methods.install`` fills both
ALGEBRA: dict[str, Any] = {**CONSTANTS}  # the operations on Values and numbers
_RULES: dict[tuple[Op, int], Callable[..., Any]] = {}
# What a notebook shows of a Value besides its repr, by MIME type; ``draw`` puts pictures in.
DISPLAYS: dict[str, Callable[[Any], str | None]] = {}
ON_FLOAT: list[Callable[[Value], object]] = []  # told of every Value whose float() is taken


class Value(Copied):
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
    # from the forward pass; _n: the row's parameter.  An operation sets what it needs, no more:
    # _grad is unset until computed, and label and free attributes share the lazy __dict__.
    __slots__ = ("__dict__", "_a", "_b", "_da", "_data", "_db", "_grad", "_n", "_rule")

    label: str = ""
    scope: Scope | None = None
    sealed: bool = False  # an input of a scope: not drawn inside, though it leads there
    _a: Any
    _b: Any
    _da: Any
    _db: Any
    _n: float
    _data: float
    _grad: Any
    _rule: Any

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
            self._rule = Handmade(name)

    def _make_by_hand(self, op: str, children: Any, local_grads: Sequence[float] | None) -> None:
        for child in children:
            if not isinstance(child, Value):
                raise TypeError(f"a child of a node is a Value, not {child!r}")
        if local_grads is not None and len(local_grads):
            if len(local_grads) != len(children):
                raise ValueError(f"{len(children)} children, {len(local_grads)} local gradients")
            local_grads = tuple(map(to_float, local_grads))
        self._rule, self._a, self._b = Handmade(op), children, None
        self._da = local_grads or None

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
        grad = getattr(self, "_grad", None)
        return 0.0 if grad is None else grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad if grad is None or isinstance(grad, Value) else to_float(grad)

    @property
    def has_grad(self) -> bool:
        """Whether a gradient was computed (or assigned) since the last ``zero_grad()``."""
        return getattr(self, "_grad", None) is not None

    @property
    def op(self) -> Op | Handmade | None:
        """The row of the calculus table that made it; ``None`` for a leaf."""
        return None if self._a is None else self._rule

    @property
    def parameter(self) -> float | None:
        """The op's plain-number parameter, such as the exponent of ``x ** 2``."""
        return getattr(self, "_n", None)

    @property
    def operands(self) -> tuple[Value, ...]:
        """The Values that it was made from, in the order in which they were written."""
        a, b = self._a, self._b
        if a is None:
            return ()
        if type(a) is tuple:
            return a
        return (a,) if b is None else (a, b)

    @property
    def local_gradients(self) -> tuple[float, ...]:
        """∂self/∂operand for each operand, as they were at the forward pass."""
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
        return not self.operands

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
        Source: 003, pp. 38-43 (back propagation).
        """
        nodes = order(self)
        if create_graph:
            seed = gradient if isinstance(gradient, Value) else Value(gradient)
            grads = pushed_back(nodes, seed, record=True)
            sums = [
                v._grad + grad if v.is_leaf and v.has_grad else grad for v, grad in grads.items()
            ]
            put_grads(grads, sums)
            return
        gradient = to_float(gradient)
        ends = [v for v in nodes if v._a is None or v._a.__class__ is tuple]
        leaves = [(v, v._grad) for v in ends if not v._a]
        try:
            _start(nodes, leaves)
            self._grad += gradient
            by_hand = any(v._a is not None for v in ends)
            if by_hand or not _push_all(nodes):
                _start(nodes, leaves)
                self._grad += gradient
                _push_carefully(nodes)
        except BaseException:
            for v in nodes:
                v._grad = None
            for v, before in leaves:
                v._grad = before
            raise

    def zero_grad(self) -> None:
        """Forget the gradients of this Value and of all below it."""
        put_grads(order(self), repeat(None))

    @property
    def _backward(self) -> Callable[[], None]:
        """Push this node's gradient to its operands, once; may be assigned for a custom op."""
        custom: Callable[[], None] | None = self.__dict__.get("_custom_backward")
        if custom is not None or (type(self._a) is tuple and self._da is None):
            return custom or (lambda: _push(self, self.local_gradients))
        local_gradients = self.local_gradients  # of now: another _backward may be assigned later
        return lambda: _push(self, local_gradients)

    @_backward.setter
    def _backward(self, function: Callable[[], None]) -> None:
        if type(self._a) is not tuple:
            self._make_by_hand(self._op, self.operands, None)
        self._custom_backward = function

    # ---- micrograd's and microgpt's names ---------------------------------------------------

    @property
    def _prev(self) -> tuple[Value, ...]:
        return self.operands

    @property
    def _children(self) -> tuple[Value, ...]:
        return self.operands

    @property
    def _local_grads(self) -> tuple[float, ...]:
        return self.local_gradients

    @property
    def _op(self) -> str:
        name, n = getattr(self._rule, "name", ""), self.parameter
        n = int(n) if n is not None and n.is_integer() else n
        return _SIGNS.get(name, name).format(n=n)

    # ---- a number among numbers -------------------------------------------------------------

    if TYPE_CHECKING:  # made from the table below; written here for type checkers

        def __add__(self, other: Number) -> Value: ...
        def __radd__(self, other: Number) -> Value: ...
        def __sub__(self, other: Number) -> Value: ...
        def __rsub__(self, other: Number) -> Value: ...
        def __mul__(self, other: Number) -> Value: ...
        def __rmul__(self, other: Number) -> Value: ...
        def __truediv__(self, other: Number) -> Value: ...
        def __rtruediv__(self, other: Number) -> Value: ...
        def __neg__(self) -> Value: ...
        def __abs__(self) -> Value: ...
        def __getattr__(self, name: str) -> Any: ...

    def __pow__(self, exponent: Number) -> Value:
        if isinstance(exponent, Value):
            return self.pow(exponent)  # type: ignore[no-any-return]
        n = operand(exponent)
        y: Value = n if n is NotImplemented else METHODS["power"](self, n._data)
        return y

    def __rpow__(self, base: Number) -> Value:
        n = operand(base)
        y: Value = n if n is NotImplemented else METHODS["exponential"](self, n._data)
        return y

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

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the repr, and what ``DISPLAYS`` has for it."""
        shown = {kind: show(self) for kind, show in DISPLAYS.items()}
        return {"text/plain": repr(self)} | {k: text for k, text in shown.items() if text}

    conjugate = __pos__  # what np.var asks of every number


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
        if record and v._rule is not HELD:
            check_fresh(v)
        g = grads[v]
        for i, x in enumerate(v.operands):
            if x._rule is CONSTANT or (towards is not None and x not in towards):
                continue
            contribution = _recorded_flow(v, i, g) if record else flow(v, g, v.local_gradients[i])
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
    nodes = order(root)
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
    found.update(v for v in nodes if not found.isdisjoint(v.operands))
    return found


def _start(nodes: Sequence[Value], leaves: Sequence[tuple[Value, Any]]) -> None:
    """Set every gradient to 0, and those of the leaves to what they were before the pass."""
    for v in nodes:
        v._grad = 0.0
    for v, before in leaves:
        if before is not None:
            v._grad = before


def _push_all(nodes: Sequence[Value]) -> bool:
    """The backward pass on floats, over an ``order`` without nodes made by hand.

    Returns:
        Whether it stands.  Where a NaN came up it does not: 0 · ∞ may be among what was added.
    """
    total = 0.0
    for v in reversed(nodes):
        a = v._a
        if a is None:
            total += v._grad  # complete by now; NaN goes down to some leaf
            continue
        g = v._grad
        a._grad += g * v._da
        b = v._b
        if b is not None:
            b._grad += g * v._db
    return not math.isnan(total)


def _push_carefully(nodes: Sequence[Value]) -> None:
    """The same backward pass with ``chained`` products, and with nodes made by hand."""
    for v in reversed(nodes):
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


def _push(v: Value, local_gradients: Sequence[float]) -> None:
    """One node of the backward pass, by hand."""
    g = v.grad
    for x, local in zip(v.operands, local_gradients, strict=True):
        x.grad = x.grad + flow(v, g, local)


def flow(v: Value, g: Any, local: float) -> Any:
    """What ``v`` pushes to an operand.  Raises ``TieError`` where that is a convention's slope."""
    product = g * local
    if product == product or isinstance(g, Value):
        return product
    return _felt(v, g) if v._rule is HELD else chained(g, local)


def _recorded_flow(v: Value, position: int, g: Value) -> Value:
    """The same as a Value: what holds by convention only has no further derivative."""
    if v._rule is HELD:
        return Value(_felt(v, g._data))
    local = local_rule(v, position)
    plain = not isinstance(local, Value) or local._rule is CONSTANT
    slope = local._data if isinstance(local, Value) else float(local)
    if type(g) is type(v) is Value:  # else it is a program's, which would not know of other numbers
        product = g._data * slope
        in_pieces = " if " in v._rule.derivatives[position]
        if not product or product != product or in_pieces:
            product = chained(g._data, slope)
            if g._rule is CONSTANT and g._data == product == 0:  # nothing comes from above
                return g
            if in_pieces and _at_border(v, position):
                return _held(product, g, v)
            if product == 0 and (math.isinf(slope) or math.isinf(g._data)):
                return _held(0.0, operand(g if slope == 0 else local), v)
            if plain and product == slope == 0:
                return operand(0.0)  # type: ignore[no-any-return]
            if plain and slope != slope:
                return g * (v * slope)  # NaN has no derivative but NaN
    if plain and slope == 1:
        return g
    return g * local  # type: ignore[no-any-return]


def _held(number: float, factor: Value, v: Value) -> Value:
    """A product of ``factor`` and a slope of ``v`` that is known at this point only."""
    held = Value(number, (factor, v), (math.nan, math.nan))
    held._rule = HELD
    return held


def _felt(held: Value, g: float) -> float:
    """What flows back into ``_held``: 0, or ``TieError`` if the slope's change would be felt."""
    factor, v = held.operands
    if g == 0 and factor._data == 0:
        return 0.0
    raise TieError(
        f"a second derivative at {v.formula()}, where the first is a convention, is not known; "
        "move the point, or write it without: log(eᵃ + eᵇ) is logaddexp(a, b)"
    )


def _at_border(v: Value, position: int) -> bool:
    """Whether the slope of ``v`` is taken where a condition in its rule turns over."""
    numbers = (*(x._data for x in v.operands), *(() if v.parameter is None else (v.parameter,)))
    return row_of(v).border(position, numbers, v._data) is not None


def local_rule(v: Value, position: int) -> Any:
    """∂v/∂operand by the row's rule, evaluated on Values (a float where it is constant)."""
    op = row_of(v)
    arguments = (*v.operands, v._n) if op.parameter else v.operands
    key = op, position
    if key not in _RULES:
        names = (*op.arguments, "y")
        _RULES[key] = compiled(op.derivatives[position], names, ALGEBRA.__getitem__)
    return _RULES[key](*arguments, v)


def row_of(v: Value) -> Op:
    """The row of the table that made ``v``.  Raises ``HandmadeNodeError`` if none did."""
    if not isinstance(v._rule, Op):
        raise HandmadeNodeError(
            f"{v!r} was made by hand, so it has no rule to differentiate again; "
            "define it as an operation with autograd_lite.define(...)"
        )
    return v._rule


def check_fresh(v: Value) -> None:
    """Raise ``StaleGraphError`` unless the number of ``v`` follows from those of its operands."""
    op = row_of(v)
    numbers = [x._data for x in v.operands] + ([v._n] if op.parameter else [])
    now = op.total(*numbers)
    if now != v._data and not (math.isnan(now) and math.isnan(v._data)):
        raise StaleGraphError(
            f"{v!r} no longer follows from its operands, which give {now!r}; "
            "run the forward pass again after assigning .data"
        )


@dataclass(frozen=True)
class NonFinite:
    """What ``find_nonfinite`` found: a node whose value or gradient is NaN or infinite.

    Where a product of the backward pass is the first, ``node`` is the operation that pushed it,
    and ``upstream`` and ``local`` are its factors; else they are ``None``.
    """

    node: Value
    what: str  # "value" or "gradient"
    upstream: float | None = None
    local: float | None = None

    @property
    def operands(self) -> tuple[Value, ...]:
        """The Values that the node was made from."""
        return self.node.operands

    def __str__(self) -> str:
        made = ", ".join(map(repr, self.operands)) or "none: it is a leaf"
        name = self.node.formula()
        if self.upstream is not None and self.local is not None:
            product = chained(self.upstream, self.local)
            step = f"upstream {self.upstream} × local {self.local} = {product}"
            return f"the gradient pushed back by {name} is {step}; its operands: {made}"
        number = self.node.data if self.what == "value" else float(self.node.grad)
        return f"the {self.what} of {name} is {number}; its operands: {made}"


def find_nonfinite(root: Value) -> NonFinite | None:
    """The first NaN or infinity on the way from the leaves to ``root``, then back.

    Returns:
        The first node, in forward order, whose value is NaN or infinite; if there is none, the
        first operation, in backward order, that turned a finite gradient into NaN or infinity;
        then the first node where a sum did; if there is none either, ``None``.

    >>> x = Value(800.0, label="x")
    >>> print(find_nonfinite(x.exp() - x.exp()))
    the value of exp(x) is inf; its operands: Value(data=800.0, label='x')
    >>> y = (x - 800.0).sqrt() / 2
    >>> y.backward()
    >>> print(find_nonfinite(y))  # doctest: +ELLIPSIS
    the gradient pushed back by √(0) is upstream 0.5 × local inf = inf; its operands: Value(...)
    """
    nodes = order(root)
    for v in nodes:
        if not math.isfinite(v._data):
            return NonFinite(v, "value")
    for v in reversed(nodes):
        g = float(v.grad)
        if not math.isfinite(g):
            return NonFinite(v, "gradient")
        if type(v._a) is tuple and (v._da is None or "_custom_backward" in v.__dict__):
            continue  # made by hand: its products are its own
        for x, local in zip(v.operands, v.local_gradients, strict=True):
            if not math.isfinite(x.grad) and not math.isfinite(chained(g, local)):
                return NonFinite(v, "gradient", g, local)
    return None


def as_value(x: Any) -> Value:
    """A number as a Value; a Value, or a 0-d array of one, as it is."""
    x = unwrapped(x)
    return x if isinstance(x, Value) else Value(x)


def _deciding(x: Any) -> Any:
    """The number that a condition in a rule looks at."""
    return x._decides() if isinstance(x, Value) else float(x)


ALGEBRA["number"] = _deciding


def operand(x: Any) -> Any:
    """``x`` as an operand: a Value as it is, a number as a constant leaf, or NotImplemented."""
    if isinstance(x, Value):
        return x
    number = x if type(x) is float else number_of(x)
    if number is None:
        if x is None or isinstance(x, str | bytes | list | tuple | dict | set | complex):
            raise TypeError(f"{short(x)} in a formula of Values: {advice(x)}.")
        return NotImplemented  # an array, say: it takes the Value element by element
    v = _new(Value)
    v._data, v._rule = number, CONSTANT
    v._grad = v._a = v._b = None
    return v

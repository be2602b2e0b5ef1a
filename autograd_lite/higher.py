"""Derivatives of derivatives: the backward pass recorded as Values, by the rows' own rules.

``backward(create_graph=True)`` and ``gradients(..., create_graph=True)`` push gradients that are
Values, made by evaluating each row's derivative on the operands, so that they have graphs too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .compat import Handmade
from .errors import DomainError, HandmadeNodeError, StaleGraphError, TieError
from .expr import compiled
from .graph import restored
from .methods import METHODS, REFLECTED, WithNumber, record_total
from .ops import CONSTANTS, OPS, Op, chained
from .value import CONSTANT, Value, constant, numbers_below, operand

ALGEBRA: dict[str, Any] = {**CONSTANTS}  # the operations on Values and numbers, as rules use them
INSTEAD = {  # how a smooth function is written without the row
    "maximum": "log(eᵃ + eᵇ) is logaddexp(a, b)",
    "minimum": "−log(e⁻ᵃ + e⁻ᵇ) is −logaddexp(−a, −b)",
    "abs": "|a|² is a²",
    "relu": "softplus is smooth",
    "leaky_relu": "silu is smooth",
    "elu": "silu is smooth",
    "hypot": "its square is a² + b²",
}
_RULES: dict[tuple[Op, int], Callable[..., Any]] = {}


def _deciding(x: Any) -> Any:
    """The number that a condition in a rule looks at."""
    return x._decides() if isinstance(x, Value) else float(x)


def on_values(op: Op) -> Callable[..., Any]:
    """The operation as a rule uses it: no domain errors, and plain numbers stay plain."""
    method = METHODS[op.name]

    def apply(*x: Any) -> Any:
        x = op.filled(x)
        operands, parameter = x[: op.arity], x[op.arity :]
        if not any(isinstance(v, Value) for v in operands):
            return op.total(*x)
        operands = tuple(map(operand, operands))
        try:
            if type(operands[0]) is Value:
                out = method(*operands, *parameter)
            else:
                out = applied(op, operands, parameter)
        except DomainError:
            operands = tuple(map(_node, operands))
            arguments = (*(v._data for v in operands), *parameter)
            kinds = [kind for kind in map(type, operands) if op.name in vars(kind)]
            kind = next((kind for kind in kinds if kind is not Value), Value)
            out = restored(kind, (op, 0.0, None, None, (*parameter, None)[0]), operands)
            record_total(out, op, arguments)
        if type(out) is not Value:
            out.unchecked = True
        return out

    return apply


def applied(op: Op, operands: tuple[Any, ...], parameter: tuple[float, ...]) -> Any:
    """The operation on Values and floats, at least one of which is a Value."""
    first, *rest = operands
    if not isinstance(first, Value):
        if type(rest[0]) is Value:
            return REFLECTED[op.name](rest[0], first, *parameter)
        first = constant(first)
    return getattr(first, op.name)(*rest, *parameter)


def _pow(a: Any, b: Any) -> Any:
    """``a ** b`` in a rule: a plain exponent or base is the operation's parameter."""
    if not isinstance(b, Value):
        return ALGEBRA["power"](a, b)
    return _both(a, b) if isinstance(a, Value) else ALGEBRA["exponential"](b, a)


ALGEBRA |= {name: on_values(op) for name, op in OPS.items()} | {"number": _deciding}
_both, ALGEBRA["pow"] = ALGEBRA["pow"], _pow


def _recorded(v: Value) -> Callable[[int, Value], Value]:
    """How ``v`` pushes a gradient that is a Value to one of its operands."""
    if v._rule is HELD:
        return lambda _, g: Value(_felt(v, g._data))
    check_fresh(v)
    return lambda position, g: _flow(v, position, g)


def _flow(v: Value, position: int, g: Value) -> Value:
    """Upstream times local; what holds by convention only has no further derivative."""
    local = local_rule(v, position)
    plain = not isinstance(local, Value) or local._rule is CONSTANT
    slope = local._data if isinstance(local, Value) else float(local)
    if type(g) is type(v) is Value:  # else it is a program's, which would not know of other numbers
        product = g._data * slope
        in_pieces = v._rule.derivatives[position].in_pieces
        if not product or product != product or in_pieces:
            product = chained(g._data, slope)
            if g._rule is CONSTANT and g._data == product == 0:  # nothing comes from above
                return g
            if in_pieces and _at_border(v, position):
                return _held(product, g, v)
            if product == 0 and (math.isinf(slope) or math.isinf(g._data)):
                return _held(0.0, _node(g if slope == 0 else local), v)
            if plain and product == slope == 0:
                return constant(0.0)
            if plain and slope != slope:
                return g * (v * slope)  # NaN has no derivative but NaN
    if plain and slope == 1:
        return g
    return g * local  # type: ignore[no-any-return]


def _node(x: Any) -> Value:
    """A Value as it is, a float as a constant."""
    return x if isinstance(x, Value) else constant(x)


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
    instead = INSTEAD.get(row_of(v).name)
    raise TieError(
        f"a second derivative at {v.formula()}, where the first is a convention, is not known; "
        f"move the point, or write f without it{f': {instead}' if instead else ''}"
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
    row = v._rule.op if type(v._rule) is WithNumber else v._rule
    if not isinstance(row, Op):
        raise HandmadeNodeError(
            f"{v!r} was made by hand, so it has no rule to differentiate again; "
            "define it as an operation with autograd_lite.define(...)"
        )
    return row


def check_fresh(v: Value) -> None:
    """Raise ``StaleGraphError`` unless the number of ``v`` follows from those of its operands."""
    op = row_of(v)
    now = op.total(*numbers_below(v), *([v._n] if op.parameter else []))
    if now != v._data and not (math.isnan(now) and math.isnan(v._data)):
        raise StaleGraphError(
            f"{v!r} no longer follows from its operands, which give {now!r}; "
            "run the forward pass again after assigning .data"
        )


# In the place of a row for a recorded gradient that holds by convention, beside which it jumps.
HELD = Handmade("held", _felt)
Value._recorded = _recorded

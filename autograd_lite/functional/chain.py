"""The chain rule with all its indices: products of Jacobians, and the total derivative."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..value import Value
from .derivatives import Array, Point, as_output, objects, output_and_jacobian, plain


def chained_jacobian(*functions: Callable[..., Any]) -> Callable[..., Array]:
    """∂f/∂g · ∂g/∂x of f(g(x)), as a function of x: the Jacobians multiplied, the outermost left.

    Args:
        functions: f, g, … from the outermost to the innermost.  What g returns goes on to f: an
            array as one array, a list as several scalars, a number as one.

    Returns:
        A function of the point: f's output shape followed by the point's shape, as of
        ``jacobian(lambda x: f(g(x)))``.  All indices of what lies between are summed over: one
        for a vector, two for a matrix.

    Raises:
        TypeError: g returns more or fewer scalars than f takes.

    Source: 004, (5.48), (5.53).

    >>> f = lambda x1, x2: [x1**2 + 2 * x2]          # [ ]: ∂f/∂x is a row, 1 × 2
    >>> g = lambda s, t: [s * t, s + t**2]           # ∂x/∂(s, t) is 2 × 2
    >>> chained_jacobian(f, g)(1.5, 0.5)
    array([[2.75, 4.25]])
    """
    if not functions:
        raise TypeError("chained_jacobian: a function is needed, or several, the outermost first")

    def product(*x: Any) -> Array:
        *outer, inner = functions
        output, total = output_and_jacobian(inner, x)
        for place, f in reversed(list(enumerate(outer, start=1))):
            shape, x = np.shape(output), _handed_on(output, x)
            _check_takes(f, x, place)
            between = Point(x).shape
            total = total.reshape(between + total.shape[len(shape) :])  # a list of one is a scalar
            output, step = output_and_jacobian(f, x)
            total = np.asarray(np.tensordot(step, total, axes=len(between)))
        return total

    return product


def _handed_on(output: Any, x: Sequence[Any]) -> tuple[Any, ...]:
    """What a function returned at x, as the next one's arguments: Values only if one went in."""
    nested = any(isinstance(v, Value) for v in np.asarray(x, dtype=object).flat)
    array = np.asarray(output, dtype=object)
    numbers = [as_output(y) if nested else as_output(y).data for y in array.flat]
    if array.ndim > 1 or (array.ndim and isinstance(output, np.ndarray)):
        return (objects(numbers, array.shape),)
    return tuple(numbers)


def _check_takes(f: Callable[..., Any], x: Sequence[Any], place: int) -> None:
    """Raise ``TypeError`` if f takes another number of arguments than are handed on to it."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # one without a signature: it will tell itself
        return
    try:
        signature.bind(*x)
    except TypeError as error:
        many = f"{len(x)} numbers" if len(x) > 1 else "one number"
        given = f"an array of shape {x[0].shape}" if np.ndim(x[0]) else many
        raise TypeError(
            f"chained_jacobian: function {place} takes {signature}, but function {place + 1}, "
            f"inside it, gives {given}"
        ) from error


def total_derivative(f: Callable[..., Any], *inner: Callable[..., Any]) -> Callable[..., Any]:
    """df/dt of f(x₁(t), x₂(t), …): Σ ∂f/∂xᵢ · dxᵢ/dt, as a function of t.

    For several variables it is the row of [∂f/∂s, ∂f/∂t, …].  Where f depends on t itself too, t
    is one of the inner functions: ``lambda t: t``.

    Source: 004, (5.49)-(5.53).

    >>> from autograd_lite import sin, cos
    >>> df = total_derivative(lambda x1, x2: x1**2 + 2 * x2, sin, cos)
    >>> round(df(0.7), 12)                                       # 2 sin t (cos t − 1)
    -0.302985644487
    >>> total_derivative(lambda x1, x2: x1**2 + 2 * x2, lambda s, t: s * t, lambda s, t: s + t**2)(
    ...     1.5, 0.5)
    array([2.75, 4.25])
    """
    if not inner:
        raise TypeError("total_derivative: the functions x₁(t), … that f is given are missing")
    product = chained_jacobian(f, lambda *t: [x(*t) for x in inner])

    def at(*t: Any) -> Any:
        total = product(*t)
        return total if total.shape else plain(total.item())

    return at

"""Functions of functions: derivatives of every kind, approximations, and what a point is.

A point is given as several scalars, ``grad(f)(2.0, 3.0)``, or as one NumPy array,
``grad(f)(np.array([2.0, 3.0]))``; ``f`` is called in the same way, with Values in their place.
Plain numbers in give plain numbers out; where a Value goes in, Values come out, and they can be
differentiated again.  (A Value that ``f`` only uses inside does not go in: to differentiate
``derivative(f)(2.0)`` towards it, write ``derivative(f)(Value(2.0))``.)  The ``grad`` of no Value
is touched.

The derivative of a constant is 0.  Where a result does not depend on an argument because
``float()`` took its number out, as ``math.exp`` does, ``TypeError`` names the line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..number import to_float, unwrapped
from ..program.tracer import Recorder, recorded
from ..series import nth_derivative
from ..value import Value, as_value, gradients, order

Array = npt.NDArray[Any]
Scalar = Any  # a float, or a Value where Values went in


class Point:
    """Where a function is to be differentiated: the arguments, and a leaf for each number."""

    def __init__(self, arguments: Sequence[Any], *, record: bool = False) -> None:
        check_point(arguments)
        self.is_array = np.ndim(arguments[0]) > 0
        numbers = list(arguments[0].flat) if self.is_array else list(arguments)
        self.shape: tuple[int, ...] = arguments[0].shape if self.is_array else (len(numbers),)
        if not self.is_array and len(numbers) == 1:
            self.shape = ()
        self.nested = any(isinstance(x, Value) for x in numbers)
        self.record = record or self.nested
        # A Value goes in as 1·x: the function's own argument, even if f uses the same Value too.
        self.leaves = [1.0 * x if isinstance(x, Value) else Value(x) for x in numbers]

    def value_of(self, f: Callable[..., Any]) -> Value:
        """F at the point, as one Value."""
        return as_output(self.output_of(f), "; use jacobian(f)")

    def output_of(self, f: Callable[..., Any]) -> Any:
        """F at the point, as it is returned."""
        if not self.is_array:
            return f(*self.leaves)
        return f(objects(self.leaves, self.shape))

    def gradients(self, y: Value, *, record: bool) -> list[Any]:
        """∂y/∂leaf for every leaf."""
        return gradients(y, self.leaves, create_graph=record)

    def check_depends(
        self, f: Callable[..., Any], outputs: Sequence[Value], slopes: Sequence[Any]
    ) -> None:
        """``check_depends`` for a function of this point."""
        arguments = [self.leaves] if self.is_array else [[v] for v in self.leaves]
        check_depends(lambda: self.output_of(f), arguments, outputs, slopes)

    def shaped(self, numbers: Sequence[Any], before: tuple[int, ...] = ()) -> Any:
        """Numbers, one for each leaf (for each of ``before``), as the point is shaped."""
        shape = before + self.shape
        return objects(numbers, shape) if shape else numbers[0]

    def out(self, y: Value) -> Scalar:
        """``y`` as it is handed out: a Value where Values went in, else its number."""
        return y if self.nested else y.data


def as_output(y: Any, otherwise: str = "") -> Value:
    """What a function returned, as one Value; a 0-d array is the number that it holds.

    Raises:
        TypeError: it is no number; ``otherwise`` says what to do with several.
    """
    y = unwrapped(y)
    if y is None:
        raise TypeError("f returned None; does it lack a return?")
    if isinstance(y, np.ndarray | list | tuple):
        kind = f"shape {y.shape}" if isinstance(y, np.ndarray) else type(y).__name__
        raise TypeError(f"f must return one number here, not {kind}{otherwise}")
    return as_value(y)


def check_depends(
    run: Callable[[], object],
    arguments: Sequence[Sequence[Value]],
    outputs: Sequence[Value],
    slopes: Sequence[Any],
    says: str = "",
) -> None:
    """Raise ``TypeError`` if a derivative is 0 only because ``float()`` took a number out.

    That is so where no output depends on an argument, and f, which is then run once more, asks
    for the float of the argument or of what follows from it, as ``math.exp`` does.

    Args:
        run: calls f on the arguments.
        arguments: the leaves of each.
        outputs: what f returned.
        slopes: of all outputs towards all leaves, output after output.
        says: what does not depend on what, for the message.
    """
    width, end = sum(map(len, arguments)), 0
    for k, argument in enumerate(arguments, start=1):
        start, end = end, end + len(argument)
        rows = (slopes[i + start : i + end] for i in range(0, len(slopes), width or 1))
        if any(s._data if isinstance(s, Value) else s for row in rows for s in row):
            continue
        reached: set[Value] = set()
        for y in outputs:
            order(y, reached)
        if not reached.isdisjoint(argument):
            continue
        recorder = Recorder(allow_numbers=True)
        recorded(run, argument, recorder)
        places = [place for what, place in recorder.left if what == "float()"]
        if places:
            name = f"argument {k}" if len(arguments) > 1 else "x"
            raise TypeError(
                f"{says or 'f does not depend on ' + name}: it leaves the graph at {places[0]}, "
                "where float() takes its number; compute with the operations of autograd_lite, "
                "or write v.data if it is to be a constant"
            )


def objects(numbers: Sequence[Any], shape: tuple[int, ...]) -> Array:
    """An array of Values if there is one among them, of floats otherwise."""
    kind = object if any(isinstance(x, Value) for x in numbers) else float
    array = np.empty(len(numbers), dtype=kind)
    array[:] = numbers
    return array.reshape(shape)


def check_count(n: int, name: str, least: int) -> None:
    """Raise ``ValueError`` unless ``n`` is a whole number from ``least`` on."""
    if not isinstance(n, int | np.integer) or n < least:
        raise ValueError(f"{name} = {n!r}: a whole number ≥ {least} is needed")


def check_point(arguments: Sequence[Any]) -> None:
    """Raise ``TypeError`` unless the arguments are several scalars, or one NumPy array."""
    if not arguments:
        raise TypeError("a point is needed: several scalars or one NumPy array")
    for x in arguments:
        if isinstance(x, list | tuple):
            raise TypeError(f"a point as one array: write np.array({x!r})")
        if np.ndim(x) and len(arguments) > 1:
            raise TypeError("a point is several scalars or one NumPy array, not a mixture")


def plain_point(arguments: Sequence[Any]) -> tuple[Any, ...]:
    """The point in floats: an array as it is, scalars as Python's.  Raises ``TypeError``."""
    check_point(arguments)
    return tuple(x if np.ndim(x) else to_float(x) for x in arguments)


def plain(x: Any) -> Any:
    """A NumPy float as Python's."""
    return float(x) if isinstance(x, np.floating) else x


def check_one(arguments: Sequence[Any], who: str) -> None:
    """Raise ``TypeError`` unless the arguments are one scalar."""
    if len(arguments) != 1 or isinstance(arguments[0], list | tuple) or np.ndim(arguments[0]):
        raise TypeError(f"{who} takes a function of one variable, at one scalar")


def derivative(f: Callable[..., Any], n: int = 1) -> Callable[..., Scalar]:
    """The n-th derivative of a function of one variable, as a function.

    Args:
        f: takes one Value, returns one Value.
        n: how many times to differentiate, from 0.

    Source: 003, p. 46 (second derivative), 004, (5.7).

    >>> derivative(lambda x: x ** 3)(2.0), derivative(lambda x: x ** 3, n=2)(2.0)
    (12.0, 12.0)
    """
    check_count(n, "n", 0)

    def nth(*x: Any) -> Scalar:
        check_one(x, "derivative")
        point = Point(x)
        y = point.value_of(f)
        if n == 0:
            return point.out(y)
        if n > 1 and not point.nested:
            found = nth_derivative(y, point.leaves[0], n)
            point.check_depends(f, [y], [found])
            return found
        slopes = point.gradients(y, record=point.record)
        point.check_depends(f, [y], slopes)
        for _ in range(1, n):
            slopes = point.gradients(slopes[0], record=point.record)
        return slopes[0]

    return nth


def value_and_grad(f: Callable[..., Any]) -> Callable[..., tuple[Scalar, Any]]:
    """F and its gradient at a point, from one forward and one backward pass.

    Returns:
        A function of the point: (value, gradient); for one scalar the gradient is a scalar, for
        several an array of one entry each, for an array an array of its shape.
    """

    def both(*x: Any) -> tuple[Scalar, Any]:
        point = Point(x)
        y = point.value_of(f)
        slopes = point.gradients(y, record=point.record)
        point.check_depends(f, [y], slopes)
        return point.out(y), point.shaped(slopes)

    return both


def grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient of a function of several scalars or of one array, as a function.

    Source: 000 §2.2 (gradient), 003, p. 18.

    >>> grad(lambda x, y: x ** 2 + y ** 2)(2.0, 3.0)
    array([4., 6.])
    """
    return lambda *x: value_and_grad(f)(*x)[1]


def partial(f: Callable[..., Any], i: int | tuple[int, ...]) -> Callable[..., Scalar]:
    """∂f/∂(i-th argument), counted from 0; for an array, its i-th element or index tuple.

    >>> partial(lambda x, y: 3 * x ** 2 * y ** 3, 1)(1.0, 2.0)     # 9x²y²
    36.0
    """

    def ith(*x: Any) -> Scalar:
        slopes = np.atleast_1d(np.asarray(grad(f)(*x)))
        try:
            return slopes[i]
        except IndexError:
            raise IndexError(
                f"partial: no argument {i} at a point of shape {slopes.shape}"
            ) from None

    return lambda *x: plain(ith(*x))


def directional_derivative(f: Callable[..., Any], v: Any) -> Callable[..., Scalar]:
    """V · ∇f.  ``v`` is taken as it is: twice as long a v gives twice the derivative.

    Source: 002, directional derivative along v = (a, b).

    >>> directional_derivative(lambda x, y: x ** 2 + y ** 2, (3.0, 4.0))(1.0, 1.0)
    14.0
    """

    def along(*x: Any) -> Scalar:
        slopes = np.asarray(grad(f)(*x))
        direction = _direction(v)
        _same_shape("direction v", direction, slopes)
        return plain((direction * slopes).sum())

    return along


def _direction(v: Any) -> Array:
    """A vector of floats, or of Values where there is one among them."""
    given = np.asarray(v)
    numbers = [x if isinstance(x, Value) else to_float(x) for x in given.flat]
    return objects(numbers, given.shape)


def _same_shape(name: str, given: Array, point: Array) -> None:
    if given.shape != point.shape:
        raise ValueError(f"{name} has shape {given.shape}, the point {point.shape}")


def jacobian(f: Callable[..., Any]) -> Callable[..., Array]:
    """All ∂output/∂input: an array of f's output shape followed by the point's shape.

    Rows are outputs, as in 004, (5.53): for f: ℝⁿ → ℝᵐ it is m × n; for a matrix function of a
    matrix it has four indices, ∂f_ij/∂X_kl at [i, j, k, l].  Of one number it has the point's
    shape, as ``grad`` has, and is neither row nor column; of a list of one number it is the row
    that 004 calls the gradient.

    >>> jacobian(lambda x, y: [x * y, x + y])(2.0, 3.0)
    array([[3., 2.],
           [1., 1.]])
    >>> jacobian(lambda x, y: x * y)(2.0, 3.0), jacobian(lambda x, y: [x * y])(2.0, 3.0)
    (array([3., 2.]), array([[3., 2.]]))
    """
    return lambda *x: output_and_jacobian(f, x)[1]


def output_and_jacobian(f: Callable[..., Any], x: Sequence[Any]) -> tuple[Any, Array]:
    """What f returns at the point, as it is, and its Jacobian there."""
    point = Point(x)
    output = point.output_of(f)
    outputs = np.asarray(output, dtype=object)
    ys = [as_output(y) for y in outputs.flat]
    rows = [slope for y in ys for slope in point.gradients(y, record=point.record)]
    point.check_depends(f, ys, rows)
    return output, np.asarray(point.shaped(rows, outputs.shape))


def hessian(f: Callable[..., Any]) -> Callable[..., Array]:
    """All second partial derivatives: an array of the point's shape, twice.

    Source: 000 §3.5, 003, p. 47.

    >>> hessian(lambda x, y: 2 * x ** 2 + 3 * y ** 2 - x * y)(0.0, 0.0)
    array([[ 4., -1.],
           [-1.,  6.]])
    """

    def matrix(*x: Any) -> Array:
        point = Point(x, record=True)
        y = point.value_of(f)
        slopes, rows = slopes_and_hessian(y, point.leaves, record=point.nested)
        point.check_depends(f, [y], slopes)
        return np.asarray(point.shaped(rows, point.shape))

    return matrix


def slopes_and_hessian(
    y: Value, inputs: Sequence[Value], *, record: bool = False
) -> tuple[list[Value], list[Any]]:
    """∂y/∂input for each input, as Values, and all second derivatives, row after row."""
    slopes = gradients(y, inputs, create_graph=True)
    rows: list[Any] = []
    for slope in slopes:
        rows += gradients(slope, inputs, create_graph=record)
    return slopes, rows


def hvp(f: Callable[..., Any]) -> Callable[..., Any]:
    """The Hessian times a vector, without the Hessian: ``hvp(f)(point, …, v)``.

    The vector comes last and has the point's shape.  Source: Pearlmutter, "Fast exact
    multiplication by the Hessian", Neural Computation 6 (1994).

    >>> hvp(lambda x, y: x ** 2 * y)(1.0, 2.0, (1.0, 0.0))
    array([4., 2.])
    """

    def product(*x: Any) -> Any:
        *where, v = x
        point = Point(where, record=True)
        direction = _direction(v)
        _same_shape("v", direction, np.empty(point.shape))
        record = point.nested or direction.dtype == object
        y = point.value_of(f)
        slopes = point.gradients(y, record=True)
        point.check_depends(f, [y], slopes)
        along = sum((g * d for g, d in zip(slopes, direction.flat, strict=True)), Value(0.0))
        return point.shaped(point.gradients(along, record=record))

    return product


def difference_quotient(f: Callable[..., Any], x: float, h: float) -> float:
    """(f(x + h) − f(x)) / h, the slope of the secant; ``h`` may be negative, not 0.

    Source: 004, (5.3).

    >>> difference_quotient(lambda x: x ** 2, 3.0, 0.5)
    6.5
    """
    if h == 0:
        raise ValueError("difference_quotient: h = 0 gives 0/0; for the limit use derivative(f)")
    return (float(f(Value(x + h))) - float(f(Value(x)))) / h

"""Derivatives of Python functions: gradients, Jacobians, Hessians, the chain rule, Taylor models.

Two kinds of functions stand here, and the first line of each says which it is.  Those that
differentiate take ``f`` and give a function: ``derivative(f)(x)``, ``grad(f)(x, y)``.  Those that
describe f near one point take both at once: ``taylor(f, x0, n)``, ``curvature(f, x)``.

A point is several scalars, ``grad(f)(2.0, 3.0)``, or one NumPy array,
``grad(f)(np.array([2.0, 3.0]))``; ``f`` is called in the same way, with Values in their place.
Plain numbers in give plain numbers out.  If a Value goes in, Values come out, and they can be
differentiated again.  (A Value that ``f`` only uses inside does not go in: to differentiate
``derivative(f)(2.0)`` with respect to it, write ``derivative(f)(Value(2.0))``.)  No ``grad`` of
any Value is changed.

The derivative of a constant is 0.  If a result does not depend on an argument because ``float()``
took its number out of the graph, as ``math.exp`` does, ``TypeError`` names the line.
"""

from __future__ import annotations

import inspect
import math
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from .caller import place, user_frame
from .expr import ATOM, shown
from .labels import latex
from .notebook import bundle
from .number import to_float, unwrapped
from .series import coefficients, nth_derivative
from .terminal import printed, with_all_signs
from .value import ON_FLOAT, Value, as_value, gradients, order

Array = npt.NDArray[Any]
Scalar = Any  # a float, or a Value where Values went in
__all__ = [
    "LocalModel",
    "Polynomial",
    "chained_jacobian",
    "curvature",
    "derivative",
    "difference_quotient",
    "directional_derivative",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "linear_approximation",
    "partial",
    "quadratic_approximation",
    "reexpand",
    "tangent_plane",
    "taylor",
    "total_derivative",
    "value_and_grad",
]

# ---- from a function to its derivative -----------------------------------------------------------


def derivative(f: Callable[..., Any], n: int = 1) -> Callable[..., Scalar]:
    """``derivative(f, n)(x)``: the n-th derivative of a function of one variable, as a function.

    Args:
        f: takes one Value, returns one Value.
        n: how many times to differentiate, from 0.

    Source: 003, l. 961-971 (second derivative); 004, l. 58 (5.7).

    >>> derivative(lambda x: x ** 3)(2.0), derivative(lambda x: x ** 3, n=2)(2.0)
    (12.0, 12.0)
    """
    check_count(n, "n", 0)

    def nth(*x: Any) -> Scalar:
        check_one(x, "derivative")
        run = _Run(f, x)
        y = run.value()
        if n == 0:
            return run.out(y)
        if n > 1 and not run.nested:
            found = nth_derivative(y, run.leaves[0], n)
            run.check_depends([y], [found])
            return found
        (slope,) = run.slopes([y])
        for _ in range(1, n):
            (slope,) = gradients(slope, run.leaves, create_graph=True)
        return slope

    return nth


def value_and_grad(f: Callable[..., Any]) -> Callable[..., tuple[Scalar, Any]]:
    """``value_and_grad(f)(x, …)``: f and its gradient, from one forward and one backward pass.

    Returns:
        A function of the point: (value, gradient).  The gradient at one scalar is a scalar, at
        several an array with one entry each, at an array an array of its shape.
    """

    def both(*x: Any) -> tuple[Scalar, Any]:
        run = _Run(f, x)
        y = run.value()
        return run.out(y), run.shaped(run.slopes([y]))

    return both


def grad(f: Callable[..., Any]) -> Callable[..., Any]:
    """``grad(f)(x, …)``: the gradient of a function of several scalars or of one array.

    Source: 000 §2.2, l. 310; 003, l. 374-387 (gradient).

    >>> grad(lambda x, y: x ** 2 + y ** 2)(2.0, 3.0)
    array([4., 6.])
    """
    return lambda *x: value_and_grad(f)(*x)[1]


def partial(f: Callable[..., Any], i: int | tuple[int, ...]) -> Callable[..., Scalar]:
    """``partial(f, i)(x, …)``: ∂f/∂(i-th argument), from 0; of an array, an element or index tuple.

    >>> partial(lambda x, y: 3 * x ** 2 * y ** 3, 1)(1.0, 2.0)     # 9x²y²
    36.0
    """

    def ith(*x: Any) -> Scalar:
        slopes = np.atleast_1d(np.asarray(grad(f)(*x)))
        try:
            return plain(slopes[i])
        except IndexError:
            raise IndexError(
                f"partial: no argument {i} at a point of shape {slopes.shape}"
            ) from None

    return ith


def directional_derivative(f: Callable[..., Any], v: Any) -> Callable[..., Scalar]:
    """``directional_derivative(f, v)(x, …)``: v · ∇f.

    ``v`` is taken as it is: a v twice as long gives twice the derivative.
    Source: 002, l. 208-210 (directional derivative along v = (a, b)).

    >>> directional_derivative(lambda x, y: x ** 2 + y ** 2, (3.0, 4.0))(1.0, 1.0)
    14.0
    """

    def along(*x: Any) -> Scalar:
        slopes = np.asarray(grad(f)(*x))
        return plain((_direction(v, "direction v", slopes.shape) * slopes).sum())

    return along


def _direction(v: Any, name: str, shape: tuple[int, ...]) -> Array:
    """A vector of floats, or of Values if there is one among them, shaped as the point is."""
    given = np.asarray(v)
    numbers = [x if isinstance(x, Value) else to_float(x) for x in given.flat]
    if given.shape != shape:
        raise ValueError(f"{name} has shape {given.shape}, the point {shape}")
    return objects(numbers, shape)


def jacobian(f: Callable[..., Any]) -> Callable[..., Array]:
    """``jacobian(f)(x, …)``: all ∂output/∂input, shaped as f's output followed by the point.

    Rows are outputs, as in 004, l. 151 (5.53): for f: ℝⁿ → ℝᵐ it is m × n; for a matrix function
    of a matrix it has four indices, ∂f_ij/∂X_kl at [i, j, k, l].  Of one number it has the point's
    shape, as ``grad`` has, and is neither row nor column; of a list of one number it is the row
    that 004 calls the gradient.

    >>> jacobian(lambda x, y: [x * y, x + y])(2.0, 3.0)
    array([[3., 2.],
           [1., 1.]])
    >>> jacobian(lambda x, y: x * y)(2.0, 3.0), jacobian(lambda x, y: [x * y])(2.0, 3.0)
    (array([3., 2.]), array([[3., 2.]]))
    """
    return lambda *x: _run_and_jacobian(f, x)[1]


def _run_and_jacobian(f: Callable[..., Any], x: Sequence[Any]) -> tuple[_Run, Array]:
    run = _Run(f, x)
    outputs = np.asarray(run.output, dtype=object)
    rows = run.slopes([as_output(y) for y in outputs.flat])
    return run, np.asarray(run.shaped(rows, outputs.shape))


def hessian(f: Callable[..., Any]) -> Callable[..., Array]:
    """``hessian(f)(x, …)``: all second partial derivatives, an array of the point's shape, twice.

    Source: 000 §3.5, l. 701; 003, l. 986.

    >>> hessian(lambda x, y: 2 * x ** 2 + 3 * y ** 2 - x * y)(0.0, 0.0)
    array([[ 4., -1.],
           [-1.,  6.]])
    """

    def matrix(*x: Any) -> Array:
        run = _Run(f, x, record=True)
        y = run.value()
        slopes, rows = slopes_and_hessian(y, run.leaves, record=run.nested)
        run.check_depends([y], slopes)
        return np.asarray(run.shaped(rows, run.shape))

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
    """``hvp(f)(x, …, v)``: the Hessian times a vector, without computing the Hessian.

    The vector comes last and has the point's shape.  Source: Pearlmutter, "Fast exact
    multiplication by the Hessian", Neural Computation 6 (1994).

    >>> hvp(lambda x, y: x ** 2 * y)(1.0, 2.0, (1.0, 0.0))
    array([4., 2.])
    """

    def product(*x: Any) -> Any:
        *where, v = x
        run = _Run(f, where, record=True)
        direction = _direction(v, "v", run.shape)
        record = run.nested or direction.dtype == object
        slopes = run.slopes([run.value()])
        products = [g * d for g, d in zip(slopes, direction.flat, strict=True)]
        return run.shaped(gradients(sum(products, Value(0.0)), run.leaves, create_graph=record))

    return product


def chained_jacobian(*functions: Callable[..., Any]) -> Callable[..., Array]:
    """``chained_jacobian(f, g)(x, …)``: ∂f/∂g · ∂g/∂x of f(g(x)), the Jacobians multiplied.

    Args:
        functions: f, g, … from the outermost to the innermost.  What g returns goes on to f: an
            array as one array, a list as several scalars, a number as one.

    Returns:
        A function of the point: f's output shape followed by the point's shape, as of
        ``jacobian(lambda x: f(g(x)))``.  All indices of what lies between are summed over: one
        for a vector, two for a matrix.

    Raises:
        TypeError: g returns more or fewer scalars than f takes.

    Source: 004, l. 127 (5.48), l. 151 (5.53).

    >>> f = lambda x1, x2: [x1**2 + 2 * x2]          # [ ]: ∂f/∂x is a row, 1 × 2
    >>> g = lambda s, t: [s * t, s + t**2]           # ∂x/∂(s, t) is 2 × 2
    >>> chained_jacobian(f, g)(1.5, 0.5)
    array([[2.75, 4.25]])
    """
    if not functions:
        raise TypeError("chained_jacobian: a function is needed, or several, the outermost first")

    def product(*x: Any) -> Array:
        *outer, inner = functions
        run, total = _run_and_jacobian(inner, x)
        for position, f in reversed(list(enumerate(outer, start=1))):
            outputs, x = np.ndim(run.output), _handed_on(run.output, x)
            _check_takes(f, x, position)
            run, step = _run_and_jacobian(f, x)
            total = total.reshape(run.shape + total.shape[outputs:])  # a list of one is a scalar
            total = np.asarray(np.tensordot(step, total, axes=len(run.shape)))
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


def _check_takes(f: Callable[..., Any], x: Sequence[Any], position: int) -> None:
    """Raise ``TypeError`` if f takes another number of arguments than are handed on to it."""
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # a built-in without a signature: calling it will tell
        return
    try:
        signature.bind(*x)
    except TypeError as error:
        many = f"{len(x)} numbers" if len(x) > 1 else "one number"
        given = f"an array of shape {x[0].shape}" if np.ndim(x[0]) else many
        raise TypeError(
            f"chained_jacobian: function {position} takes {signature}, but function "
            f"{position + 1}, inside it, gives {given}"
        ) from error


def total_derivative(f: Callable[..., Any], *inner: Callable[..., Any]) -> Callable[..., Any]:
    """``total_derivative(f, x1, …)(t)``: df/dt of f(x₁(t), x₂(t), …), which is Σ ∂f/∂xᵢ · dxᵢ/dt.

    For several variables it is the row of [∂f/∂s, ∂f/∂t, …].  Where f depends on t itself too, t
    is one of the inner functions: ``lambda t: t``.

    Source: 004, l. 133-151 (5.49)-(5.53).

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


# ---- a function near one point -------------------------------------------------------------------


def difference_quotient(f: Callable[..., Any], x: float, h: float) -> float:
    """(f(x + h) − f(x)) / h at a point, the slope of the secant; ``h`` may be negative, not 0.

    Source: 004, l. 39 (5.3).

    >>> difference_quotient(lambda x: x ** 2, 3.0, 0.5)
    6.5
    """
    if h == 0:
        raise ValueError("difference_quotient: h = 0 gives 0/0; for the limit use derivative(f)")
    return (float(f(Value(x + h))) - float(f(Value(x)))) / h


def curvature(f: Callable[..., Any], x: Any) -> Scalar:
    """|f″| / (1 + f′²)^(3/2) at a point: one over the radius of the circle that fits best.

    It is |f″| where f′ = 0, and less elsewhere.
    Source: 000 §3.4, l. 636 (曲率), which calls f″ itself the curvature.

    >>> curvature(lambda x: x ** 2, 0.0), round(curvature(lambda x: x ** 2, 1.0), 6)
    (2.0, 0.178885)
    """
    slope, bend = derivative(f)(x), derivative(f, 2)(x)
    return abs(bend) / (1 + slope**2) ** 1.5


@printed
class Polynomial:
    """c0 + c1·(x − x0) + c2·(x − x0)² + …: call it, print it, or take its ``coefficients``."""

    def __init__(self, coefficients: Sequence[float], x0: float) -> None:
        self.coefficients = np.asarray(coefficients, dtype=float)
        self.x0 = float(x0)

    def __call__(self, x: Any) -> Any:
        """Its value at a number, a Value or an array."""
        t, total = x - self.x0, 0.0 * x
        for c in self.coefficients[::-1]:
            total = total * t + float(c)
        return total

    def __len__(self) -> int:
        return len(self.coefficients)

    def __getitem__(self, k: int) -> float:
        return float(self.coefficients[k])

    def __iter__(self) -> Iterator[float]:
        return map(float, self.coefficients)

    def __str__(self) -> str:
        base = f"(x − {shown(self.x0, 6).inside(ATOM)})" if self.x0 else "x"
        powers = ["", base, *(f"{base}^{k}" for k in range(2, len(self)))]
        return _signed_sum([(c, power) for c, power in zip(self, powers, strict=False) if c])

    def __repr__(self) -> str:
        return f"Polynomial({with_all_signs(self)})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return bundle(self, latex=_latex(self))


def _signed_sum(terms: Sequence[tuple[float, str]]) -> str:
    """``1 − 2·x + x^2`` from its coefficients and what they multiply."""
    text = ""
    for c, what in terms:
        sign = (" − " if c < 0 else " + ") if text else ("−" if c < 0 else "")
        size = f"{abs(c):.6g}"
        text += sign + (what if what and size == "1" else f"{size}·{what}" if what else size)
    return text or "0"


def _latex(formula: Any) -> str:
    """The text of a sum of powers as LaTeX: ``1e-05·x^2`` too."""
    told = re.sub(
        r"(?<=\d)e([+-]\d+)", lambda found: f"·10^({int(found[1])})", with_all_signs(formula)
    )
    return f"${latex(told)}$"


def taylor(f: Callable[..., Any], x0: float, n: int) -> Polynomial:
    """The Taylor polynomial of degree n about a point x0, of a function of one variable.

    Raises:
        ValueError: a derivative does not exist at x0, or is infinite.

    Source: 002, l. 182 (Taylor with Peano remainder); 004, l. 58 (5.7).

    >>> from autograd_lite import exp
    >>> p = taylor(exp, 0.0, 3)
    >>> print(p)
    1 + x + 0.5·x^2 + 0.166667·x^3
    >>> p(1.0), p.coefficients.tolist()
    (2.6666666666666665, [1.0, 1.0, 0.5, 0.16666666666666666])
    """
    check_count(n, "n", 0)
    check_one([x0], "taylor")
    run = _Run(f, [to_float(x0)])
    y = run.value()
    terms = coefficients(y, run.leaves[0], n)
    if n:
        run.check_depends([y], [any(terms[1:])])
    if (k := next((k for k, c in enumerate(terms) if not math.isfinite(c)), None)) is not None:
        what = "value" if k == 0 else f"derivative of order {k}"
        raise ValueError(f"no Taylor polynomial at {x0!r}: the {what} there is {terms[k] + 0.0}")
    return Polynomial(terms, run.leaves[0].data)


def reexpand(polynomial: Polynomial, x0: float = 0.0) -> Polynomial:
    """The same polynomial in powers of x − x0; for x0 = 0 multiplied out, in powers of x.

    Computed in fractions, so that each coefficient is rounded once, however large the terms are
    that cancel.  Raises ``ValueError`` if a coefficient is not finite.

    Source: 004, l. 82-91 (5.17b)-(5.18b).

    >>> p = taylor(lambda x: x ** 4, 1.0, 4)
    >>> print(p)
    1 + 4·(x − 1) + 6·(x − 1)^2 + 4·(x − 1)^3 + (x − 1)^4
    >>> print(reexpand(p))
    x^4
    """
    x0 = to_float(x0)
    for what in (x0, polynomial.x0, *polynomial):
        if not math.isfinite(what):
            raise ValueError(f"reexpand: {what} in {polynomial!r} about {x0}: no finite number")
    shift = Fraction(x0) - Fraction(polynomial.x0)
    c = [Fraction(x) for x in polynomial]
    for i in range(len(c)):  # divide by x − x0 again and again: the remainders
        for k in reversed(range(i, len(c) - 1)):
            c[k] += shift * c[k + 1]
    return Polynomial([_rounded(x) for x in c], x0)


def _rounded(x: Fraction) -> float:
    """The nearest float; ±inf beyond the largest."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


@printed
@dataclass(frozen=True)
class LocalModel:
    """f near a point: value + gradient · Δ (+ ½ Δᵀ H Δ); call it at another point."""

    point: Array
    value: float
    gradient: Array
    hessian: Array | None = None

    def __call__(self, *x: Any) -> Any:
        """Its value at several scalars, or at one array."""
        at = np.asarray(x[0] if len(x) == 1 else x)
        if at.shape != self.point.shape:
            raise ValueError(f"a point of shape {self.point.shape} is needed, got {at.shape}")
        delta = at.ravel() - self.point.ravel()
        total = self.value + (self.gradient.ravel() * delta).sum()
        if self.hessian is not None:
            total = total + 0.5 * (delta @ self.hessian.reshape(delta.size, -1) @ delta)
        return plain(total)

    def __str__(self) -> str:
        at, slopes = self.point.ravel(), self.gradient.ravel()
        names = ["x", "y", "z"][: at.size] if at.size < 4 else [f"x{i + 1}" for i in range(at.size)]
        base = [
            f"({x} − {shown(a, 6).inside(ATOM)})" if a else x
            for x, a in zip(names, at.tolist(), strict=True)
        ]
        terms = [(self.value, ""), *zip(slopes.tolist(), base, strict=True)]
        if self.hessian is not None:
            h = self.hessian.reshape(at.size, at.size)
            for i in range(at.size):
                terms.append((h[i, i] / 2, f"{base[i]}^2"))
                terms += [(h[i, j], f"{base[i]}·{base[j]}") for j in range(i + 1, at.size)]
        return _signed_sum([term for term in terms if term[0]])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return bundle(self, latex=_latex(self))


def linear_approximation(f: Callable[..., Any], *point: Any) -> LocalModel:
    """f(p) + ∇f(p) · (x − p) about a point p, of several scalars or of one array.

    Source: 002, l. 134 (linear approximation with o(Δ)).

    >>> print(linear_approximation(lambda x: x ** 2, 3.0))
    9 + 6·(x − 3)
    """
    point = plain_point(point)
    value, slopes = value_and_grad(f)(*point)
    at = point[0] if len(point) == 1 else point
    return LocalModel(np.asarray(at, dtype=float), value, np.asarray(slopes))


def quadratic_approximation(f: Callable[..., Any], *point: Any) -> LocalModel:
    """f(p) + ∇f(p) · Δ + ½ Δᵀ H(p) Δ with Δ = x − p about a point p, as ``linear_approximation``.

    Source: 002, l. 261 (second-order model of Newton's method, where f and J are one function).
    """
    model = linear_approximation(f, *point)
    return LocalModel(model.point, model.value, model.gradient, hessian(f)(*plain_point(point)))


def tangent_plane(f: Callable[..., Any], x0: float, y0: float) -> LocalModel:
    """The plane that touches the surface z = f(x, y) at a point (x0, y0).

    Source: 000 §2.2, l. 320; 003, l. 389-392 (tangent plane).

    >>> print(tangent_plane(lambda x, y: x ** 2 + y ** 2, 2.0, 3.0))
    13 + 4·(x − 2) + 6·(y − 3)
    """
    return linear_approximation(f, x0, y0)


# ---- points, and what f returns there ------------------------------------------------------------


class _Run:
    """f, called once at a point: its ``output``, and a leaf for each number of the point."""

    def __init__(
        self, f: Callable[..., Any], point: Sequence[Any], *, record: bool = False
    ) -> None:
        check_point(point)
        self.f = f
        self.is_array = np.ndim(point[0]) > 0
        numbers = list(point[0].flat) if self.is_array else list(point)
        self.shape: tuple[int, ...] = () if len(point) == 1 else (len(point),)
        if self.is_array:
            self.shape = point[0].shape
        self.nested = any(isinstance(x, Value) for x in numbers)
        self.record = record or self.nested
        # A Value goes in as 1·x: the function's own argument, even if f uses the same Value too.
        self.leaves = [1.0 * x if isinstance(x, Value) else Value(x) for x in numbers]
        self.output = self.again()

    def again(self) -> Any:
        """What f returns at the same leaves."""
        return self.f(objects(self.leaves, self.shape)) if self.is_array else self.f(*self.leaves)

    def value(self) -> Value:
        """The output as one Value.  Raises ``TypeError`` if it is anything else."""
        return as_output(self.output, "; use jacobian(f)")

    def slopes(self, outputs: Sequence[Value]) -> list[Any]:
        """∂output/∂leaf for every output and every leaf, row after row."""
        rows: list[Any] = []
        for y in outputs:
            rows += gradients(y, self.leaves, create_graph=self.record)
        self.check_depends(outputs, rows)
        return rows

    def check_depends(self, outputs: Sequence[Value], slopes: Sequence[Any]) -> None:
        """``check_depends`` for f at this point."""
        arguments = [self.leaves] if self.is_array else [[v] for v in self.leaves]
        check_depends(self.again, arguments, outputs, slopes)

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
    again: Callable[[], object],
    arguments: Sequence[Sequence[Value]],
    outputs: Sequence[Value],
    slopes: Sequence[Any],
    says: str = "",
) -> None:
    """Raise ``TypeError`` if a derivative is 0 only because ``float()`` took a number out.

    That is so if no output depends on an argument, and f, which is then run once more, takes the
    float of the argument or of what was computed from it, as ``math.exp`` does.

    Args:
        again: calls f on the arguments.
        arguments: the leaves of each.
        outputs: what f returned.
        slopes: of all outputs with respect to all leaves, output after output.
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
            order(y, reached, constants=False)
        if not reached.isdisjoint(argument):
            continue
        line = _where_float_is_taken(again, set(argument))
        if line:
            name = f"argument {k}" if len(arguments) > 1 else "x"
            raise TypeError(
                f"{says or 'f does not depend on ' + name}: it leaves the graph at {line}, "
                "where float() takes its number; compute with the operations of autograd_lite, "
                "or write v.data if it is to be a constant"
            )


def _where_float_is_taken(run: Callable[[], object], leaves: set[Value]) -> str:
    """The first line in which ``run`` takes the float of what depends on a leaf; "" if none."""
    lines: list[str] = []
    thread = threading.get_ident()

    def told(v: Value) -> None:
        if (
            not lines
            and threading.get_ident() == thread
            and not leaves.isdisjoint(order(v, constants=False))
        ):
            frame = user_frame()
            lines.append(place(frame.f_code.co_filename, frame.f_lineno))

    try:
        ON_FLOAT.append(told)
        run()
    finally:
        if told in ON_FLOAT:  # a Ctrl-C may come before
            ON_FLOAT.remove(told)
    return lines[0] if lines else ""


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


def check_point(point: Sequence[Any]) -> None:
    """Raise ``TypeError`` unless the arguments are several scalars, or one NumPy array."""
    if not point:
        raise TypeError("a point is needed: several scalars or one NumPy array")
    for x in point:
        if isinstance(x, list | tuple):
            raise TypeError(f"a point as one array: write np.array({x!r})")
        if np.ndim(x) and len(point) > 1:
            raise TypeError("a point is several scalars or one NumPy array, not a mixture")


def check_one(point: Sequence[Any], who: str) -> None:
    """Raise ``TypeError`` unless the arguments are one scalar."""
    if len(point) != 1 or isinstance(point[0], list | tuple) or np.ndim(point[0]):
        raise TypeError(f"{who} takes a function of one variable, at one scalar")


def plain_point(point: Sequence[Any]) -> tuple[Any, ...]:
    """The point in floats: an array as it is, scalars as Python's.  Raises ``TypeError``."""
    check_point(point)
    return tuple(x if np.ndim(x) else to_float(x) for x in point)


def plain(x: Any) -> Any:
    """A NumPy float as Python's."""
    return float(x) if isinstance(x, np.floating) else x

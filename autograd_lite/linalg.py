"""Linear algebra on NumPy arrays of Values: what NumPy itself cannot do on objects.

Sums, products, ``@``, ``.T`` and slices of object arrays work in NumPy as they are; what needs
LAPACK does not, and is here.  Plain float arrays are taken too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .engine import Value
from .number import to_float

Array = npt.NDArray[Any]


def values(numbers: Any, label: str = "") -> Array:
    """An object array of Values from numbers of any shape, labelled ``w11, w12, …`` if asked.

    >>> w = values([[1.0, 2.0], [3.0, 4.0]], "w")
    >>> w[0, 1]
    Value(data=2.0, label='w12')
    """
    plain = np.asarray(numbers, dtype=float)
    made = np.empty(plain.shape, dtype=object)
    separator = "," if max(plain.shape, default=0) > 9 else ""
    for index in np.ndindex(plain.shape):
        place = separator.join(str(i + 1) for i in index)
        made[index] = Value(plain[index], label=label + place if label else "")
    return made


def data(x: Any) -> Array:
    """The numbers of an array of Values (or of numbers), as a float array."""
    return _each(x, lambda v: v.data if isinstance(v, Value) else to_float(v))


def grads(x: Any) -> Array:
    """The gradients of an array of Values, as a float array; 0.0 where not computed."""
    return _each(x, lambda v: float(v.grad))


def _each(x: Any, what: Any) -> Array:
    array = np.asarray(x, dtype=object)
    return np.array([what(v) for v in array.flat], dtype=float).reshape(array.shape)


def trace(a: Any) -> Any:
    """The sum of the diagonal of a square matrix.

    Of an array with more indices it is taken over the first two, so that the trace of ∂f/∂X is
    ∂(tr f)/∂X, of X's shape.  Source: 004, (5.100).

    >>> trace([[2.0, 1.0], [-1.0, 3.0]])
    5.0
    """
    a = np.asarray(a)
    if a.ndim <= 2:
        a = _square(a, "trace")
        return _plain(sum(a.diagonal()[1:], a[0, 0]))
    if a.shape[0] != a.shape[1] or not a.size:
        raise ValueError(f"trace: the first two indices of shape {a.shape} differ, or it is empty")
    return sum((a[k, k] for k in range(1, len(a))), a[0, 0])


def dot(a: Any, b: Any) -> Any:
    """A · b of two vectors, or the matrix product.  Raises ``ValueError`` on shapes that differ."""
    a, b = np.asarray(a), np.asarray(b)
    if not (0 < a.ndim <= 2 and 0 < b.ndim <= 2) or a.shape[-1] != b.shape[0]:
        raise ValueError(f"dot: shapes {a.shape} and {b.shape} do not fit")
    return a @ b


def outer(a: Any, b: Any) -> Array:
    """The matrix of all products a[i] · b[j] of two vectors."""
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 1 or b.ndim != 1:
        raise ValueError(f"outer takes two vectors, not shapes {a.shape} and {b.shape}")
    return np.asarray(a[:, None] * b[None, :])


def det(a: Any) -> Any:
    """The determinant, by elimination with partial pivoting.

    Of a singular matrix it is computed without division (Bird, Information Processing Letters
    111, 2011), so that its gradient is right too.

    >>> det([[2.0, 1.0], [-1.0, 3.0]])
    7.0
    """
    a = _square(a, "det")
    try:
        upper, swaps = _eliminated(a, np.empty((len(a), 0)), "det")[::2]
    except np.linalg.LinAlgError:
        return _plain(_det_without_division(a))
    product = upper[0, 0]
    for k in range(1, len(a)):
        product = product * upper[k, k]
    return _plain(-product if swaps % 2 else product)


def solve(a: Any, b: Any) -> Array:
    """The x of a @ x = b, for a vector b or the columns of a matrix b.

    Raises:
        numpy.linalg.LinAlgError: ``a`` is singular; the message says in which column.
        ValueError: the shapes do not fit.

    >>> solve([[2.0, 1.0], [-1.0, 3.0]], [4.0, 5.0]).tolist()
    [1.0, 2.0]
    """
    a, b = _square(a, "solve"), np.asarray(b)
    if b.ndim not in (1, 2) or len(b) != len(a):
        raise ValueError(f"solve: shapes {a.shape} and {b.shape} do not fit")
    return _solved(a, b, "solve")


def _solved(a: Array, b: Array, who: str) -> Array:
    upper, x, _ = _eliminated(a, b.reshape(len(a), -1), who)
    for k in reversed(range(len(a))):
        for j in range(k + 1, len(a)):
            x[k] = x[k] - upper[k, j] * x[j]
        x[k] = x[k] / upper[k, k]
    return np.asarray(x.reshape(b.shape))


def inv(a: Any) -> Array:
    """The inverse of a square matrix.  Raises ``numpy.linalg.LinAlgError`` if it is singular."""
    a = _square(a, "inv")
    return _solved(a, np.eye(len(a)), "inv")


def _plain(x: Any) -> Any:
    return x if isinstance(x, Value) else float(x)


def _square(a: Any, who: str) -> Array:
    matrix: Array = np.asarray(a)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"{who} takes a square matrix, not shape {matrix.shape}")
    return matrix


def _eliminated(a: Array, b: Array, who: str) -> tuple[Array, Array, int]:
    """``a`` in upper triangular form, ``b`` changed alike, and how many rows were swapped."""
    kind = object if object in (a.dtype, b.dtype) else float
    u, x, swaps = a.astype(kind), b.astype(kind), 0
    size = abs(data(a))
    error = np.zeros(size.shape)  # a bound on the rounding error of each entry, divided by eps
    if not np.isfinite(size).all():
        raise ValueError(f"{who}: the matrix has an entry that is not finite")
    for k in range(len(u)):
        column = abs(data(u[k:, k]))
        pivot = k + int(column.argmax())
        if (column <= np.finfo(float).eps * error[k:, k]).all():
            raise np.linalg.LinAlgError(
                f"{who}: the matrix is singular (no pivot in column {k + 1} of {len(u)})"
            )
        if pivot != k:
            for rows in (u, x, error):
                rows[[k, pivot]] = rows[[pivot, k]]
            swaps += 1
        for i in range(k + 1, len(u)):
            factor = u[i, k] / u[k, k]
            u[i, k + 1 :] = u[i, k + 1 :] - factor * u[k, k + 1 :]
            x[i] = x[i] - factor * x[k]
            f, row = abs(float(factor)), abs(data(u[k, k + 1 :]))
            f_error = f + (error[i, k] + f * error[k, k]) / abs(float(u[k, k]))
            error[i, k + 1 :] += f * (error[k, k + 1 :] + row) + f_error * row
            error[i, k + 1 :] += abs(data(u[i, k + 1 :]))
    return u, x, swaps


def _det_without_division(a: Array) -> Any:
    x, n = a, len(a)
    for _ in range(n - 1):
        step = np.triu(x, 1).astype(object)
        below: Any = 0.0
        for i in reversed(range(n)):
            step[i, i] = -below
            below = below + x[i, i]
        x = step @ a
    return x[0, 0] if n % 2 else -x[0, 0]

"""Linear algebra on NumPy arrays of Values: what NumPy itself cannot do on objects.

Sums, products, ``@``, ``.T`` and slices of object arrays work in NumPy as they are; what needs
LAPACK does not, and is here.  Plain float arrays are taken too.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .number import to_float
from .value import Value

Array = npt.NDArray[Any]
EPS = float(np.finfo(float).eps)


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
    return _each(x, _number)


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else to_float(x)


def grads(x: Any) -> Array:
    """The gradients of an array of Values, as a float array; 0.0 where not computed."""
    return _each(x, lambda v: float(v.grad))


def _each(x: Any, what: Any) -> Array:
    array = np.asarray(x, dtype=object)
    return np.array([what(v) for v in array.flat], dtype=float).reshape(array.shape)


def trace(a: Any) -> Any:
    """The sum of the diagonal of a square matrix.

    Of an array with more indices it is taken over the first two, so that the trace of ∂f/∂X is
    ∂(tr f)/∂X, of X's shape.  Source: 004, l. 165 (5.100).

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

    A column without a pivot, up to rounding, goes last; what such columns leave is a small block
    of zeros up to rounding, and its determinant is computed without division (Bird, Information
    Processing Letters 111, 2011).  So the derivatives are right at singular matrices too.

    >>> det([[2.0, 1.0], [-1.0, 3.0]])
    7.0
    """
    a = _square(a, "det")
    upper, _, _, rank, swaps = _eliminated(a, np.empty((len(a), 0)), "det")
    factors = [upper[k, k] for k in range(rank)]
    if rank < len(a):
        factors.append(_det_without_division(upper[rank:, rank:]))
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return _plain(-product if swaps % 2 else product)


def solve(a: Any, b: Any) -> Array:
    """The x of a @ x = b, for a vector b or the columns of a matrix b.

    Raises:
        numpy.linalg.LinAlgError: ``a`` is singular, or would be if its entries changed by some
            units in their last place; scaling rows or columns makes no difference to that.
        ValueError: the shapes do not fit.

    >>> solve([[2.0, 1.0], [-1.0, 3.0]], [4.0, 5.0]).tolist()
    [1.0, 2.0]
    """
    a, b = _square(a, "solve"), np.asarray(b)
    if b.ndim not in (1, 2) or len(b) != len(a):
        raise ValueError(f"solve: shapes {a.shape} and {b.shape} do not fit")
    return _solved(a, b, "solve")


def _solved(a: Array, b: Array, who: str) -> Array:
    upper, x, columns, rank, _ = _eliminated(a, b.reshape(len(a), -1), who)
    n, condition = len(a), _condition(data(a)) if rank == len(a) else np.inf
    if condition * n * EPS > 0.25:
        why = f"no pivot in column {columns[-1] + 1} of {n}"
        if rank == n:
            why = f"condition number {condition:.1g} with rows and columns scaled"
        raise np.linalg.LinAlgError(f"{who}: the matrix is singular, up to rounding ({why})")
    for k in reversed(range(n)):
        for j in range(k + 1, n):
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


def _eliminated(a: Array, b: Array, who: str) -> tuple[Array, Array, list[int], int, int]:
    """``a`` in upper triangular form as far as there are pivots, and ``b`` changed alike.

    Rows are swapped for the largest pivot, in proportion to their scale.  A column that is 0 from
    the pivot's row down, up to rounding, goes to the end.

    Returns:
        (a, b, the order of the columns, the number of pivots, how many times two rows or two
        columns were swapped).
    """
    kind = object if object in (a.dtype, b.dtype) else float
    u, x, n = a.astype(kind), b.astype(kind), len(a)
    size = abs(data(a))  # of what each entry is the sum of: it is known to some eps of that
    if not np.isfinite(size).all():
        raise ValueError(f"{who}: the matrix has an entry that is not finite")
    scale = _or_one(size.max(axis=1))
    columns, rank, swaps, k = np.arange(n), n, 0, 0
    while k < rank:
        column = abs(data(u[k:, k]))
        if (column <= 4 * n * EPS * size[k:, k]).all():
            rank -= 1
            for matrix in (u, size, columns):
                matrix[..., [k, rank]] = matrix[..., [rank, k]]
            swaps += k != rank
            continue
        pivot = k + int((column / scale[k:]).argmax())
        for rows in (u, x, size, scale):
            rows[[k, pivot]] = rows[[pivot, k]]
        swaps += k != pivot
        for i in range(k + 1, n):
            factor = u[i, k] / u[k, k]
            u[i, k + 1 :] = u[i, k + 1 :] - factor * u[k, k + 1 :]
            x[i] = x[i] - factor * x[k]
            size[i, k + 1 :] += abs(_number(factor) * data(u[k, k + 1 :]))
        k += 1
    return u, x, columns.tolist(), rank, swaps


def _condition(a: Array) -> float:
    """How near to singular: the spectral radius of |a⁻¹|·|a|.

    A change of every entry by one part in this number, but for a factor of some n, makes the
    matrix singular; unlike other condition numbers, no scaling of rows or columns changes it.
    Source: Demmel, "The componentwise distance to the nearest singular matrix", SIAM J. Matrix
    Anal. Appl. 13 (1992).
    """
    a = a / _or_one(abs(a).max(axis=0))
    a = a / _or_one(abs(a).max(axis=1))[:, None]
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return np.inf
    return float(abs(np.linalg.eigvals(abs(inverse) @ abs(a))).max())


def _or_one(x: Array) -> Array:
    """``x``, with 1 for every 0: a scale to divide by."""
    return np.asarray(np.where(x > 0, x, 1.0))


def _det_without_division(a: Array) -> Any:
    x, n = a, len(a)
    for _ in range(n - 1):
        step = np.triu(x, 1).astype(a.dtype)
        below: Any = 0.0
        for i in reversed(range(n)):
            step[i, i] = -below
            below = below + x[i, i]
        x = step @ a
    return x[0, 0] if n % 2 else -x[0, 0]

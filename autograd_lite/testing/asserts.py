"""Assertions for tests, with or without pytest."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import GradientTestError
from ..functional import grad
from ..terminal import with_all_signs
from ..value import Value
from .check import check_grad
from .diagnose.search import Explanation
from .points import PointSource
from .problem import Problem, lifted
from .report import Report, Verdict

FAULTS = (Verdict.TRACE_BROKEN, Verdict.NOT_DETERMINISTIC, Verdict.INCONCLUSIVE)


class GradientMismatch(AssertionError):  # noqa: N818
    """The gradient is wrong; ``report`` says where and why."""

    def __init__(self, report: Report) -> None:
        super().__init__(with_all_signs(report))
        self.report = report

    def __str__(self) -> str:
        return str(self.report)


class _ScalarError(Exception):
    """F returned one number where several were asked for."""


class GradientWarning(UserWarning):
    """The gradient passed, but something was not seen or is a matter of convention."""


def assert_grad(
    f: Callable[..., Any] | Value,
    df: Any,
    *,
    wrt: str | Sequence[str] | None = None,
    at: Any = None,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    rel: float = 1e-6,
    abs: float | None = None,
    digits: int | None = None,
    points: int = 8,
    seed: Any = None,
    strict: bool = False,
    explain: bool | float = True,
) -> Report:
    """Fail unless a gradient derived by hand is right; say why it is not.

    Args:
        f, df, wrt, at, domain, shapes, rel, abs, digits, points, seed, strict, explain:
            see ``check_grad``.

    Returns:
        The report.

    Raises:
        GradientMismatch: the gradient is wrong, at a kink outside of the one-sided slopes, too.
        GradientTestError: the test cannot tell: f is not deterministic or not defined, its
            gradient drowns in rounding, or the engine contradicts the numbers of f and nothing
            shows why; with ``strict`` wherever f leaves the graph.

    Warns:
        GradientWarning: right, but something was not tested; or at a kink.

    >>> from autograd_lite import tanh
    >>> def f(w, x):
    ...     a = tanh(w * x)
    ...     return a
    >>> report = assert_grad(f, "(1 - a * a) * x", wrt="w")
    >>> assert_grad(f, "1 - a * a", wrt="w")
    Traceback (most recent call last):
    ...
    autograd_lite.testing.asserts.GradientMismatch: df/dw is WRONG: line 2, w · x in a: ...
    """
    __tracebackhide__ = True
    report = check_grad(
        f,
        df,
        wrt=wrt,
        at=at,
        domain=domain,
        shapes=shapes,
        rel=rel,
        abs=abs,
        digits=digits,
        points=points,
        seed=seed,
        strict=strict,
        explain=explain,
    )
    return accepted(report)


def accepted(report: Report) -> Report:
    """The report, if the gradient passes; else raises what ``assert_grad`` raises."""
    __tracebackhide__ = True
    if report.verdict in FAULTS:
        raise GradientTestError(report)
    if not report.ok:
        raise GradientMismatch(report)
    if report.verdict in (Verdict.UNTESTED, Verdict.KINK):
        warnings.warn(report.headline, GradientWarning, stacklevel=3)
    return report


def check_jacobian(
    f: Callable[..., Any],
    jacobian: Any,
    *,
    wrt: str | Sequence[str] | None = None,
    at: Any = None,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    rel: float = 1e-6,
    abs: float | None = None,
    digits: int | None = None,
    points: int = 8,
    seed: Any = None,
    strict: bool = False,
    explain: bool | float = True,
) -> list[Report]:
    """One report for each element of f.

    Args:
        f: returns a one-dimensional array or a list of numbers.
        jacobian: the matrix, or a function that returns it: a row for each element of f, of the
            shape of the parameter; a dict of such matrices where there are several parameters.
            Of one element and one parameter it may be a number.
        wrt, at, domain, shapes, rel, abs, digits, points, seed, strict, explain: see
            ``check_grad``.

    Raises:
        TypeError: f returns one number.
        ValueError: the matrix has more or fewer rows than f has elements.
    """
    first = Problem(_element(f, 0), _row(jacobian, 0), wrt)
    source = PointSource(first, domain, shapes, seed)
    given = source.several(at)
    try:
        tried = [source.given(p) for p in given] or source.drawn(1)
    except _ScalarError as error:
        raise TypeError(str(error)) from None
    if not tried:
        raise ValueError(f"{first.name} cannot be computed at any drawn point: give domain= or at=")
    reports = []
    count = len(f(**lifted(tried[0])[0]))
    for k in range(count):
        report = check_grad(
            _element(f, k),
            _row(jacobian, k, count),
            wrt=wrt,
            at=at,
            domain=domain,
            shapes=source.shapes,
            rel=rel,
            abs=abs,
            digits=digits,
            points=points,
            seed=seed,
            strict=strict,
            explain=explain,
        )
        report.name = f"{report.name}[{k}]"
        reports.append(report)
    if any(report.wrong for report in reports) and _is_transposed(reports):
        first_wrong = next(report for report in reports if report.wrong)
        words = "the matrix is transposed: a row for each element of f is needed"
        why = Explanation(words, "transposed", first_wrong.wrong)
        first_wrong.explanations = (why, *first_wrong.explanations)
    return reports


def _is_transposed(reports: Sequence[Report]) -> bool:
    """Whether the numbers are right, each in the other's place."""
    points = {row.point for row in reports[0].table}
    for report in reports:
        points &= {row.point for row in report.table}
    for point in points:
        rows = [[row for row in report.table if row.point == point] for report in reports]
        if any(len(row) != len(rows) for row in rows):
            return False
        yours = np.array([[x.yours for x in row] for row in rows])
        true = np.array([[x.true for x in row] for row in rows])
        if not np.allclose(yours, true.T, rtol=1e-6, atol=0):
            return False
    return bool(points)


def assert_jacobian(
    f: Callable[..., Any],
    jacobian: Any,
    *,
    wrt: str | Sequence[str] | None = None,
    at: Any = None,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    rel: float = 1e-6,
    abs: float | None = None,
    digits: int | None = None,
    points: int = 8,
    seed: Any = None,
    strict: bool = False,
    explain: bool | float = True,
) -> list[Report]:
    """Fail unless every row of a Jacobian matrix is right; see ``check_jacobian``.

    Raises:
        GradientMismatch, GradientTestError: as ``assert_grad``, for the first row that fails.

    >>> from autograd_lite import sin
    >>> import numpy as np
    >>> def f(x):
    ...     return np.array([x[0] * x[1], sin(x[0])])
    >>> def jacobian(x):
    ...     return np.array([[x[1], x[0]], [np.cos(x[0]), 0.0]])
    >>> [report.verdict.name for report in assert_jacobian(f, jacobian, shapes={"x": (2,)})]
    ['RIGHT', 'RIGHT']
    """
    __tracebackhide__ = True
    reports = check_jacobian(
        f,
        jacobian,
        wrt=wrt,
        at=at,
        domain=domain,
        shapes=shapes,
        rel=rel,
        abs=abs,
        digits=digits,
        points=points,
        seed=seed,
        strict=strict,
        explain=explain,
    )
    for report in sorted(reports, key=lambda r: r.verdict in FAULTS):
        accepted(report)
    return reports


def assert_hessian(
    f: Callable[..., Any],
    hessian: Any,
    *,
    wrt: str | Sequence[str] | None = None,
    at: Any = None,
    domain: Mapping[str, Any] | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    rel: float = 1e-6,
    abs: float | None = None,
    digits: int | None = None,
    points: int = 8,
    seed: Any = None,
    strict: bool = False,
    explain: bool | float = True,
) -> list[Report]:
    """Fail unless a Hessian is right: the Jacobian of the gradient that the engine gives.

    Args:
        f: a function of one array, or of scalars, that returns one number.
        hessian: the matrix, or a function that returns it: a row for each number that goes in;
            of one number f″, as it is or as a matrix of one row; of an array with more axes an
            array with its axes twice, as ``functional.hessian`` returns.
        wrt, at, domain, shapes, rel, abs, digits, points, seed, strict, explain: see
            ``check_grad``.

    Raises:
        GradientMismatch, GradientTestError: as ``assert_grad``, for the first row that fails.

    >>> import numpy as np
    >>> def f(x):
    ...     return x[0] ** 2 * x[1]
    >>> def hessian(x):
    ...     return np.array([[2 * x[1], 2 * x[0]], [2 * x[0], 0.0]])
    >>> len(assert_hessian(f, hessian, shapes={"x": (2,)}))
    2
    """
    __tracebackhide__ = True

    @functools.wraps(f)
    def slopes(*arguments: Any, **named: Any) -> Any:
        found = grad(f)(*arguments, *named.values())
        return np.array(found, dtype=object).ravel()

    if wrt is None and not isinstance(hessian, Mapping):
        wrt = Problem(f, {}).arguments
    return assert_jacobian(
        slopes,
        hessian,
        wrt=wrt,
        at=at,
        domain=domain,
        shapes=shapes,
        rel=rel,
        abs=abs,
        digits=digits,
        points=points,
        seed=seed,
        strict=strict,
        explain=explain,
    )


def _element(f: Callable[..., Any], k: int) -> Callable[..., Any]:
    @functools.wraps(f)
    def element(*arguments: Any, **named: Any) -> Any:
        y = f(*arguments, **named)
        if not isinstance(y, np.ndarray | list | tuple):
            name = getattr(f, "__name__", "f")
            raise _ScalarError(
                f"{name} must return an array or a list; for one number use assert_grad"
            )
        return y[k] if isinstance(y[k], Value) else float(y[k])

    return element


def _row(jacobian: Any, k: int, count: int | None = None) -> Any:
    """The k-th row of a matrix, of a dict of matrices, or of a function that returns either.

    Raises:
        ValueError: the matrix has not ``count`` rows.
    """
    if isinstance(jacobian, Mapping):
        return {name: _row(part, k, count) for name, part in jacobian.items()}
    if not callable(jacobian):
        matrix = np.atleast_1d(np.asarray(jacobian, dtype=float))
        if count is not None:
            axes = [i for i in range(1, matrix.ndim + 1) if math.prod(matrix.shape[:i]) == count]
            if not axes:
                raise ValueError(f"the matrix has {len(matrix)} rows, and f {count} elements")
            matrix = matrix.reshape(count, *matrix.shape[axes[0] :])
        row = matrix[k]
        return row if np.ndim(row) else float(row)

    @functools.wraps(jacobian)
    def row_of(*arguments: Any, **named: Any) -> Any:
        return _row(jacobian(*arguments, **named), k, count)

    return row_of

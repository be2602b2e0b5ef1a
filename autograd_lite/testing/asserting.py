"""Assertions for tests, with or without pytest."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import Value
from ..functional import grad
from .judging import check_grad
from .report import Report, Verdict

FAULTS = (Verdict.TRACE_BROKEN, Verdict.NOT_DETERMINISTIC, Verdict.INCONCLUSIVE)


class GradientMismatch(AssertionError):
    """The gradient is wrong; ``report`` says where and why."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


class GradientTestError(AssertionError):
    """The test cannot tell: f is at fault, or the points are; ``report`` says why."""

    def __init__(self, report: Report) -> None:
        super().__init__(str(report))
        self.report = report


class GradientWarning(UserWarning):
    """The gradient passed, but something was not seen or is a matter of convention."""


def assert_grad(f: Callable[..., Any], df: Any, **options: Any) -> Report:
    """Fail unless a gradient derived by hand is right; say why it is not.

    Args:
        f, df: see ``check_grad``, as all options.

    Returns:
        The report.

    Raises:
        GradientMismatch: the gradient is wrong, or at a kink outside the one-sided slopes.
        GradientTestError: the test cannot tell: f is not deterministic, leaves the graph, or its
            gradient drowns in rounding.

    Warns:
        GradientWarning: right, but something was not tested; or at a kink.

    >>> from autograd_lite import tanh
    >>> def f(w, x):
    ...     a = tanh(w * x)
    ...     return a
    >>> report = assert_grad(f, "(1 - a * a) * x", wrt="w")
    >>> assert_grad(f, "1 - a * a", wrt="w", seed=1)
    Traceback (most recent call last):
    ...
    autograd_lite.testing.asserting.GradientMismatch: df/dw is WRONG: line 2, w · x: ...
    """
    __tracebackhide__ = True
    return accepted(check_grad(f, df, **options))


def accepted(report: Report) -> Report:
    """The report, if the gradient passes; else what ``assert_grad`` raises."""
    __tracebackhide__ = True
    if report.verdict in FAULTS:
        raise GradientTestError(report)
    if not report.ok:
        raise GradientMismatch(report)
    if report.verdict in (Verdict.UNTESTED, Verdict.KINK):
        warnings.warn(report.headline, GradientWarning, stacklevel=3)
    return report


def check_jacobian(f: Callable[..., Any], jacobian: Any, **options: Any) -> list[Report]:
    """One report for each element of f, which returns an array or a list of numbers.

    Args:
        f: returns a one-dimensional array or a list.
        jacobian: returns the matrix: a row for each element of f, a column for each number that
            goes in; by parameter as a dict where there are several.
        options: those of ``check_grad``.
    """
    size = _size_of(f, options)

    def row(k: int) -> tuple[Callable[..., Any], Any]:
        import functools

        @functools.wraps(f)
        def one(*args: Any, **more: Any) -> Any:
            return np.ravel(np.asarray(_as_array(f(*args, **more)), dtype=object))[k]

        return one, _rows(jacobian, k)

    reports = []
    for k in range(size):
        one, part = row(k)
        report = check_grad(one, part, **options)
        report.name = f"{report.name}[{k}]"
        reports.append(report)
    return reports


def assert_jacobian(f: Callable[..., Any], jacobian: Any, **options: Any) -> list[Report]:
    """Fail unless every row of a Jacobian matrix is right; see ``check_jacobian``.

    >>> from autograd_lite import sin
    >>> import numpy as np
    >>> def f(x):
    ...     return np.array([x[0] * x[1], sin(x[0])])
    >>> reports = assert_jacobian(
    ...     f, lambda x: np.array([[x[1], x[0]], [np.cos(x[0]), 0.0]]), shapes={"x": (2,)})
    >>> [report.verdict.name for report in reports]
    ['RIGHT', 'RIGHT']
    """
    __tracebackhide__ = True
    reports = check_jacobian(f, jacobian, **options)
    for report in sorted(reports, key=lambda r: r.verdict in FAULTS):
        accepted(report)
    return reports


def assert_hessian(f: Callable[..., Any], hessian: Any, **options: Any) -> list[Report]:
    """Fail unless a Hessian is right: the Jacobian of the gradient that the engine gives.

    Args:
        f: a function of one array, or of scalars, that returns one number.
        hessian: returns the matrix.
        options: those of ``check_grad``.

    >>> import numpy as np
    >>> def f(x):
    ...     return x[0] ** 2 * x[1]
    >>> reports = assert_hessian(
    ...     f, lambda x: np.array([[2 * x[1], 2 * x[0]], [2 * x[0], 0.0]]), shapes={"x": (2,)})
    >>> len(reports)
    2
    """
    __tracebackhide__ = True
    import functools

    @functools.wraps(f)
    def slopes(*args: Any, **more: Any) -> Any:
        given = (*args, *more.values())
        lifted = tuple(_lift(x) for x in given)
        return grad(f)(*lifted)

    return assert_jacobian(slopes, hessian, **options)


def _lift(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return x
    return x


def _as_array(y: Any) -> Any:
    if isinstance(y, Value | float | int):
        raise TypeError("f returned one number; use assert_grad")
    return y


def _size_of(f: Callable[..., Any], options: dict[str, Any]) -> int:
    """How many numbers f returns."""
    from .judging import _Judge
    from .problem import Problem, lifted

    problem = Problem(f, {}, options.get("wrt"))
    judge = _Judge(
        problem, options.get("domain") or {}, options.get("shapes") or {}, 1e-6, None, None, 0
    )
    at = options.get("at")
    if at is not None:
        point = judge._given(at if hasattr(at, "keys") else at[0])
    else:
        point = judge._sampler("size").draw("unit")
    arguments, _ = lifted(point)
    return int(np.size(np.asarray(f(**arguments), dtype=object)))


def _rows(jacobian: Any, k: int) -> Any:
    def part(x: Any) -> Any:
        rows = np.asarray(x, dtype=float)
        return rows[k] if rows.ndim > 1 else rows.reshape(-1)[k]

    if not callable(jacobian):
        return (
            {n: part(x) for n, x in jacobian.items()}
            if isinstance(jacobian, dict)
            else part(jacobian)
        )
    import functools

    @functools.wraps(jacobian)
    def row(*args: Any, **more: Any) -> Any:
        found = jacobian(*args, **more)
        return {n: part(x) for n, x in found.items()} if isinstance(found, dict) else part(found)

    return row

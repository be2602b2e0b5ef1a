"""A function near a point: Taylor polynomials, tangent lines and planes, the quadratic model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..expr import atom
from ..number import to_float
from ..series import coefficients
from .derivatives import (
    Array,
    Point,
    check_count,
    check_one,
    hessian,
    plain,
    plain_point,
    value_and_grad,
)


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
        base = f"(x − {atom(self.x0)})" if self.x0 else "x"
        terms = [
            (float(c), "" if k == 0 else base if k == 1 else f"{base}^{k}")
            for k, c in enumerate(self.coefficients)
            if c != 0
        ]
        return _signed_sum(terms)

    def __repr__(self) -> str:
        return f"Polynomial({self})"


def _signed_sum(terms: Sequence[tuple[float, str]]) -> str:
    """``1 − 2·x + x^2`` from its coefficients and what they multiply."""
    text = ""
    for c, what in terms:
        sign = (" − " if c < 0 else " + ") if text else ("−" if c < 0 else "")
        size = f"{abs(c):.6g}"
        text += sign + (what if what and size == "1" else f"{size}·{what}" if what else size)
    return text or "0"


def taylor(f: Callable[..., Any], x0: float, n: int) -> Polynomial:
    """The Taylor polynomial of degree n of a function of one variable about x0.

    Source: 002 (Taylor with Peano remainder), 004, (5.7).

    >>> from autograd_lite import exp
    >>> p = taylor(exp, 0.0, 3)
    >>> print(p)
    1 + x + 0.5·x^2 + 0.166667·x^3
    >>> p(1.0), p.coefficients.tolist()
    (2.6666666666666665, [1.0, 1.0, 0.5, 0.16666666666666666])
    """
    check_count(n, "n", 0)
    check_one([x0], "taylor")
    point = Point([to_float(x0)])
    y = point.value_of(f)
    terms = coefficients(y, point.leaves[0], n)
    if n:
        point.check_depends(f, [y], [any(terms[1:])])
    return Polynomial(terms, point.leaves[0].data)


def reexpand(polynomial: Polynomial, x0: float = 0.0) -> Polynomial:
    """The same polynomial in powers of x − x0; multiplied out, that is in powers of x, for 0.

    Computed in fractions, so that each coefficient is rounded once, however large the terms are
    that cancel.  Raises ``ValueError`` if a coefficient is not finite.

    Source: 004, (5.17b)-(5.18b).

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
        base = [f"({x} − {atom(a)})" if a else x for x, a in zip(names, at.tolist(), strict=True)]
        terms = [(self.value, "")] if self.value else []
        terms += [(float(g), x) for g, x in zip(slopes, base, strict=True) if g]
        if self.hessian is not None:
            h = self.hessian.reshape(at.size, at.size)
            for i in range(at.size):
                terms += [(h[i, i] / 2, f"{base[i]}^2")] if h[i, i] else []
                pairs = ((h[i, j], f"{base[i]}·{base[j]}") for j in range(i + 1, at.size))
                terms += [pair for pair in pairs if pair[0]]
        return _signed_sum(terms)


def linear_approximation(f: Callable[..., Any], *point: Any) -> LocalModel:
    """f(p) + ∇f(p) · (x − p), for several scalars or one array.

    Source: 002 (linear approximation with o(Δ)).

    >>> print(linear_approximation(lambda x: x ** 2, 3.0))
    9 + 6·(x − 3)
    """
    point = plain_point(point)
    value, slopes = value_and_grad(f)(*point)
    at = point[0] if len(point) == 1 else point
    return LocalModel(np.asarray(at, dtype=float), value, np.asarray(slopes))


def quadratic_approximation(f: Callable[..., Any], *point: Any) -> LocalModel:
    """f(p) + ∇f(p) · Δ + ½ Δᵀ H(p) Δ with Δ = x − p, for several scalars or one array.

    Source: 002 (second-order model of Newton's method, where f and J are one function).
    """
    model = linear_approximation(f, *point)
    return LocalModel(model.point, model.value, model.gradient, hessian(f)(*point))


def tangent_plane(f: Callable[..., Any], x0: float, y0: float) -> LocalModel:
    """The plane that touches the surface z = f(x, y) at (x0, y0).

    Source: 000 §2.2 (tangent plane), 003, p. 16.

    >>> print(tangent_plane(lambda x, y: x ** 2 + y ** 2, 2.0, 3.0))
    13 + 4·(x − 2) + 6·(y − 3)
    """
    return linear_approximation(f, x0, y0)

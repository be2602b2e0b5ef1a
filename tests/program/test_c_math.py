"""exp, log and their kin on vectors in C, beside mpmath."""

import math

import mpmath
import numpy as np
import pytest

from autograd_lite import exp, expm1, log, log1p, record, tanh
from autograd_lite.functions import function
from autograd_lite.program import simd

pytestmark = pytest.mark.compiler
DRAW = np.random.default_rng(0)
NEAR = np.concatenate([DRAW.uniform(-5, 5, 1500), DRAW.normal(0, 1e-3, 300)])
HUGE = 10.0 ** DRAW.uniform(1, 308, 300)
TINY = 10.0 ** DRAW.uniform(-320, -1, 300)
ROWS = [  # function, where, units in the last place that it may be off
    (exp, [NEAR, TINY, DRAW.uniform(-745, 709.7, 1500), [709.78, -745.1, -708.5, 0.0]], 1.0),
    (expm1, [NEAR, TINY, -TINY, DRAW.uniform(-50, 709.7, 1500), [709.78]], 2.0),
    (log, [abs(NEAR), TINY, 1 + NEAR * 1e-3, 1 + NEAR * 1e-10, HUGE, [1.0, 5e-324]], 1.0),
    (log1p, [abs(NEAR), NEAR * 0.19, TINY, -TINY, HUGE, [1e-16 - 1, 1.7e308]], 2.0),
    (tanh, [NEAR, NEAR * 10, TINY, -TINY], 3.0),
]


def on_vectors(f, x):
    program = record(f, 0.5, backend="c").on("c", check=False)
    return program.batch(x, reduce=None, gradient=False)


# Where no function needs to be careful.
ORDINARY = {
    "exp": lambda x: abs(x) < 708,
    "expm1": lambda x: abs(x) < 708,
    "tanh": lambda x: abs(x) < 354,
    "log": lambda x: x >= 2.0**-1022,
    "log1p": lambda x: x > -1,
}


@pytest.mark.parametrize("careful", [False, True], ids=["ordinary", "careful"])
@pytest.mark.parametrize(("f", "where", "most"), ROWS, ids=lambda x: getattr(x, "__name__", ""))
def test_last_places(f, where, most, careful, monkeypatch):
    x, asked = np.concatenate(where), []
    load = simd.load
    monkeypatch.setattr(simd, "load", lambda *given: asked.append(given[1:]) or load(*given))
    x = np.append(x, 5e-324 if f is log else np.inf) if careful else x[ORDINARY[f.__name__](x)]
    found = on_vectors(f, x)
    assert any("-DCAREFUL" in flags for flags in asked) == careful
    if careful:
        x, found = x[:-1], found[:-1]
    exact = getattr(mpmath, f.__name__)
    with mpmath.workdps(40):
        for a, y in zip(x.tolist(), found.tolist(), strict=True):
            expected = exact(mpmath.mpf(a))
            assert abs(y - expected) <= most * math.ulp(float(expected)), a


SPECIAL = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 1e308, -1e308, 5e-324, 710.0, -746.0, -1.0])


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "tanh"])
def test_infinities_zeros_and_nan_are_numpys(name):
    x, found = SPECIAL, on_vectors(function(name), SPECIAL)
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    np.testing.assert_allclose(found, expected, rtol=1e-15, equal_nan=True)
    numbers = ~np.isnan(expected)
    assert (np.signbit(found) == np.signbit(expected))[numbers].all()

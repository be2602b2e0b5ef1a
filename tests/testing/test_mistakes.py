"""The corpus itself: right is right and wrong is wrong, by differences that know no calculus."""

import contextlib
import functools
import inspect
import random
import re
import zlib
from collections import Counter

import numpy as np
import pytest

from autograd_lite import Value, linalg
from tests.testing.mistakes import (
    CASES,
    FAMILIES,
    PROBLEMS,
    UNTRACED,
    cases,
    problems,
)
from tests.testing.mistakes.case import lacks, problem

POINTS = 24
ALL_CASES = CASES + cases(UNTRACED)


def name(case):
    return f"{case.function}: {case.name}"


every_case = pytest.mark.parametrize("case", ALL_CASES, ids=name)
every_problem = pytest.mark.parametrize("each", PROBLEMS, ids=lambda p: p.function)


def number(domain, rng):
    """A number of the domain, away from its ends."""
    if domain == "positive":
        return rng.uniform(0.3, 3)
    if isinstance(domain, set):
        return rng.choice(sorted(domain))
    low, high = domain
    return low + (high - low) * rng.uniform(0.06, 0.94)


def points(problem):
    """Seeded points at which a problem (or a case of it) is computed."""
    rng = random.Random(zlib.crc32(problem.function.encode()))
    for _ in range(POINTS):
        at = {}
        for parameter in inspect.signature(problem.f).parameters:
            domain, shape = problem.domain.get(parameter, (-2, 2)), problem.shapes.get(parameter)
            if shape is None:
                at[parameter] = number(domain, rng)
            else:
                whole = isinstance(domain, set) and parameter not in problem.wrt  # labels
                at[parameter] = np.array(
                    [number(domain, rng) for _ in range(int(np.prod(shape)))],
                    dtype=int if whole else float,
                ).reshape(shape)
        yield at


def moved(at, parameter, index, h):
    """``at`` with one number moved by h."""
    if not index:
        return {**at, parameter: at[parameter] + h}
    array = at[parameter].copy()
    array[index] += h
    return {**at, parameter: array}


def differences(f, at, parameter):
    """The gradient by central differences of three widths, extrapolated to width 0."""
    gradient = np.zeros(np.shape(at[parameter]))
    for index in np.ndindex(gradient.shape):
        widths = [h * max(1.0, abs(np.asarray(at[parameter])[index])) for h in (4e-4, 2e-4, 1e-4)]
        a, b, c = (
            (f(**moved(at, parameter, index, h)) - f(**moved(at, parameter, index, -h))) / (2 * h)
            for h in widths
        )
        first, second = b + (b - a) / 3, c + (c - b) / 3
        gradient[index] = second + (second - first) / 15
    return gradient


def by_hand(case, at):
    """What df returns, as a dict of arrays."""
    found = case.df(**{k: np.copy(v) if np.ndim(v) else v for k, v in at.items()})
    return found if isinstance(found, dict) else {case.wrt[0]: found}


def off(found, true, value):
    """The largest error relative to the true gradient, or to what rounding leaves of it."""
    scale = np.maximum(np.abs(true), 1e-3 * np.max(np.abs(true)))
    return float(np.max(np.abs(found - true) / (scale + 1e-6 * (1 + abs(value)))))


@functools.cache
def truth(f, parameter):
    """The gradient at the points of a problem, once for all of its cases."""
    each = next(c for c in (*ALL_CASES, *SQUARE.cases) if c.f is f)
    return [differences(f, at, parameter) for at in points(each)]


@every_case
def test_a_case_is_what_it_says(case):
    seen = Counter()
    for k, at in enumerate(points(case)):
        found, value = by_hand(case, at), float(case.f(**at))
        assert np.isfinite(value) and set(found) == set(case.wrt)
        for parameter in case.wrt:
            true = truth(case.f, parameter)[k]
            assert np.shape(found[parameter]) == true.shape, parameter
            error = off(np.asarray(found[parameter], dtype=float), true, value)
            if parameter in case.wrong:
                seen[parameter] += error > 1e-4
            else:
                assert error < max(1e-5, case.rel), (parameter, found[parameter], true)
    assert set(case.wrong) == {parameter for parameter, n in seen.items() if n}


LOOSE = [case for case in ALL_CASES if case.rel > 1e-6]


@pytest.mark.parametrize("case", LOOSE, ids=name)
def test_a_tolerance_is_needed(case):
    errors = [
        off(np.asarray(found[n], dtype=float), truth(case.f, n)[k], float(case.f(**at)))
        for k, at in enumerate(points(case))
        for found in [by_hand(case, at)]
        for n in case.wrt
    ]
    assert max(errors) > 1e-7


@every_problem
def test_f_takes_values(each):
    for at in list(points(each))[:3]:
        leaves = {
            k: (linalg.values(v) if v.dtype.kind == "f" else v)
            if np.ndim(v)
            else (Value(v) if k in each.wrt else v)
            for k, v in at.items()
        }
        loss = each.f(**leaves)
        assert isinstance(loss, Value) and loss.data == pytest.approx(each.f(**at), rel=1e-12)
        loss.backward()
        for parameter in each.wrt:
            leaf = leaves[parameter]
            engine = leaf.grad if isinstance(leaf, Value) else linalg.grads(leaf)
            assert off(engine, differences(each.f, at, parameter), loss.data) < 1e-5


SAYS_NOTHING = [  # an explanation has to name the place, or the number
    "no explanation found",
    "a path through some variable is missing: it was held constant",
    "one term or factor is wrong, but only where a condition holds",
    "you forgot a step of the chain rule; this meaning was assumed and determined",
    "every point differs by a factor of 7.3",
]


@every_case
def test_a_case_is_well_formed(case):
    parameters = set(inspect.signature(case.f).parameters)
    assert set(inspect.signature(case.df).parameters) == parameters
    assert set(case.wrt) | set(case.domain) | set(case.shapes) <= parameters
    assert case.wrt and set(case.wrong) <= set(case.wrt)
    assert case.right == (not case.wrong) and not (case.right and case.explained_by)
    for text in case.explained_by:
        for empty in SAYS_NOTHING:
            assert not re.search(text, empty, re.IGNORECASE), (text, empty)


LACKS = [  # an explanation, and whether it says that the mask is forgotten
    ("the factor mask is forgotten", True),
    ("line 3, h · mask in out: the path through mask is forgotten here", True),
    ("mask was held constant", True),
    ("computed without mask", True),
    ("line 3, h · mask in out: the sign is lost", False),
    ("line 3, h · mask in out: the path through h is forgotten here", False),
    ("unmasked is forgotten", False),
    ("mask stands where h belongs; a factor 2 is missing", False),
]


@pytest.mark.parametrize(("text", "says"), LACKS)
def test_what_is_lacking_is_named_itself(text, says):
    assert bool(re.search(lacks("mask"), text)) is says


REFEREE = [  # f, x, f'(x)
    (lambda x: np.sin(x), 0.7, np.cos(0.7)),
    (lambda x: np.exp(x), -1.5, np.exp(-1.5)),
    (lambda x: x**5, 1.3, 5 * 1.3**4),
    (lambda x: 1 / x, 0.05, -400.0),
    (lambda x: 3.0, 1.0, 0.0),
]


@pytest.mark.parametrize(("f", "x", "slope"), REFEREE)
def test_the_referee_knows_what_is_known(f, x, slope):
    assert float(differences(f, {"x": x}, "x")) == pytest.approx(slope, rel=1e-9, abs=1e-12)


SQUARE = problem("square", wrt="x", domain={"x": "positive"})(lambda x: x * x)
SQUARE.right("kept the exponent")(lambda x: 2 * x**2)
SQUARE.right("one part in ten thousand too large")(lambda x: 2.0002 * x)
SQUARE.wrong("sum of two equal terms", "x", "term")(lambda x: x + x)
SQUARE.wrong("one part in a million too large", "x", "term")(lambda x: 2.000002 * x)


@pytest.mark.parametrize("case", SQUARE.cases, ids=lambda c: c.name)
def test_a_case_that_is_not_what_it_says_is_refused(case):
    with pytest.raises(AssertionError):
        test_a_case_is_what_it_says(case)


def test_the_corpus_is_large_enough():
    every = [*PROBLEMS, *problems(UNTRACED)]
    assert len(every) == len({p.function for p in every}) >= 130
    assert len({name(case) for case in ALL_CASES}) == len(ALL_CASES) >= 660
    assert sum(case.right for case in CASES) >= 240
    assert sum(not case.right and not case.explained_by for case in CASES) >= 8
    assert len(LOOSE) >= 6
    for each in every:
        assert {case.right for case in each.cases} == {True, False}, each.function


@pytest.mark.parametrize("each", problems(UNTRACED), ids=lambda p: p.function)
def test_f_takes_no_values(each):
    at = next(points(each))
    leaves = {k: linalg.values(v) if np.ndim(v) else Value(v) for k, v in at.items()}
    loss = None
    with contextlib.suppress(Exception):
        loss = each.f(**leaves)
    assert not isinstance(loss, Value)


@pytest.mark.parametrize("family", FAMILIES + UNTRACED, ids=lambda m: m.__name__.rsplit(".", 1)[-1])
def test_a_family_is_short(family):
    assert len(inspect.getsource(family).splitlines()) <= 300

"""Points: within their domains, readable, the same for the same seed."""

import itertools
import math

import numpy as np
import pytest

from autograd_lite import log, maximum, relu, sqrt
from autograd_lite.testing import check_grad, grad_points
from autograd_lite.testing.branches import branches, one_sided
from autograd_lite.testing.points import PointSource
from autograd_lite.testing.problem import Problem
from autograd_lite.testing.sampling import SEED, Sampler, seed_of

DOMAINS = [  # domain, test
    ("positive", lambda x: x > 0),
    ("negative", lambda x: x < 0),
    ("unit", lambda x: 0 < x < 1),
    ("any", math.isfinite),
    ((2, 3), lambda x: 2 < x < 3),
    ((-1e-3, 1e-3), lambda x: -1e-3 < x < 1e-3),
    ((1e6, 1e6 + 1), lambda x: 1e6 < x < 1e6 + 1),
    ((-math.inf, -5), lambda x: x < -5),
    ((5, math.inf), lambda x: x > 5),
    ({0, 1}, lambda x: x in (0, 1)),
    ([2, 4, 8], lambda x: x in (2, 4, 8)),
    (range(3), lambda x: x in (0, 1, 2)),
]


def sampler(domain=None, shapes=None, seed="seed", names=("x",)):
    return Sampler(names, shapes or {}, domain or {}, seed)


@pytest.mark.parametrize(
    ("domain", "test"), DOMAINS, ids=lambda d: str(d) if not callable(d) else ""
)
@pytest.mark.parametrize("spread", [0.3, 1.0, 20.0])
def test_a_domain_is_kept(domain, test, spread):
    draw = sampler({"x": domain}, {"y": (3, 2)}, names=("x", "y"))
    for mode in ("signed", "positive", "unit"):
        for _ in range(60):
            point = draw.draw(mode, spread=spread)
            assert test(point["x"]) and point["y"].shape == (3, 2)


def test_every_element_of_a_set_is_drawn():
    draw = sampler({"x": {0, 1, 5}})
    assert {draw.draw()["x"] for _ in range(100)} == {0.0, 1.0, 5.0}


def test_numbers_are_short_and_away_from_what_hides():
    draw = sampler(names=("a", "b", "c"), shapes={"c": (4,)})
    signs = set()
    for _ in range(200):
        point = draw.draw()
        numbers = [point["a"], point["b"], *point["c"]]
        assert all(0.29 <= abs(x) <= 1.51 and abs(x) != 1 for x in numbers)
        assert all(len(f"{abs(x):g}") <= 5 for x in numbers)
        assert len(set(map(abs, numbers))) == len(numbers)
        signs |= set(np.sign(numbers))
    assert signs == {-1.0, 1.0}


def test_a_seed_draws_the_same_points_again():
    once, again, other = ([sampler(seed=s).draw()["x"] for _ in range(3)] for s in ("a", "a", "b"))
    assert once == again != other


def f(w, x):
    return w * x


def test_the_seed_is_the_tests_name(monkeypatch):
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/test_a.py::test_b[c d] (call)")
    assert seed_of("f") == "tests/test_a.py::test_b[c d]"
    assert seed_of("f", 3) == "3"
    monkeypatch.setenv(SEED, "17")
    assert seed_of("f") == "17:tests/test_a.py::test_b[c d]"
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert seed_of("f") == "17:f"
    monkeypatch.delenv(SEED)
    assert seed_of("f") == "f"


@pytest.mark.parametrize("seed", [0, 1, "two", 3.5])
def test_a_report_tells_its_seed(seed):
    one, same = (check_grad(f, {"w": "x"}, seed=seed) for _ in range(2))
    assert one.seed == str(seed) and one.table == same.table
    assert one.table != check_grad(f, {"w": "x"}, seed="another").table
    assert f"drawn (seed '{seed}')" in str(one)


@pytest.mark.parametrize("count", [1, 3, 8])
def test_as_many_points_as_are_wanted(count):
    report = check_grad(f, {"w": "x"}, points=count)
    assert len({row.point for row in report.table}) == count


def test_grad_points():
    points = grad_points(f, 5, domain={"x": "positive"})
    assert len({str(p) for p in points}) == 5 and all(p["x"] > 0 for p in points)
    assert points == grad_points(f, 5, domain={"x": "positive"})
    assert points != grad_points(f, 5, domain={"x": "positive"}, seed=1)
    with pytest.raises(ValueError, match="0 of 2 points: give domain="):
        grad_points(lambda t: log(t - 50), 2)


FINITE = {
    "log": lambda t: log(t),
    "√(1 − t²)": lambda t: sqrt(1 - t * t),
    "log t + log (1 − t)": lambda t: log(t) + log(1 - t),
    "1/(t − 0.5)": lambda t: 1 / (t - 0.5),
}


@pytest.mark.parametrize("g", FINITE.values(), ids=FINITE)
def test_points_are_where_f_is_finite(g):
    for point in grad_points(g, 8):
        assert math.isfinite(float(g(point["t"])))


def once(t):
    if t > 0.9:
        return t * t
    return t


BRANCHES = {  # functions, both of whose branches are visited
    "relu": lambda w, x: relu(w * x),
    "max": lambda w, x: maximum(w, x),
    "relu of relu": lambda w, x: relu(w * relu(x)),
    "if": lambda w, x: w * once(x),
    "clipped": lambda w, x: relu(1 - relu(1 - w * x)),
}


@pytest.mark.parametrize("g", BRANCHES.values(), ids=BRANCHES)
@pytest.mark.parametrize("seed", range(5))
def test_every_branch_is_visited(g, seed):
    places = PointSource(Problem(g, {"w": "x"}), seed=seed)
    found = places.more(8, "")
    found += places.other_branches(found)
    assert not one_sided(branches(here.trace for here in found))


def test_no_number_twice_in_a_point():
    point = grad_points(lambda a, b, c, d: a + b + c + d, 20)
    for p in point:
        assert all(abs(x) != abs(y) for x, y in itertools.combinations(p.values(), 2))

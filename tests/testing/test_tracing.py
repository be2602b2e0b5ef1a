"""One run of f, watched: names, lines, branches, and what leaves the graph."""

import math
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from autograd_lite import Value, relu, sigmoid, tanh
from autograd_lite.testing import check_grad, rounding
from autograd_lite.testing.diagnose.adjoints import Adjoints
from autograd_lite.testing.problem import Problem
from autograd_lite.testing.rounding import value_errors
from autograd_lite.testing.tracing import traced


def run(f, **point):
    """The trace of f at a point."""
    point = {n: np.array(x, float) if isinstance(x, list) else x for n, x in point.items()}
    return traced(Problem(f, {}), point)


def line_of(f, text):
    """The number of the line of f that holds a text."""
    with open(f.__code__.co_filename, encoding="utf-8") as source:
        lines = source.read().splitlines()
    first = f.__code__.co_firstlineno
    return next(n for n in range(first, len(lines) + 1) if text in lines[n - 1])


def neuron(w, b, x):
    z = w * x + b
    a = sigmoid(z)
    return a * 2


def test_names_are_those_of_the_locals():
    trace = run(neuron, w=0.4, b=-0.3, x=1.7)
    assert set(trace.groups) == {"w", "b", "x", "z", "a"}
    numbers = trace.numbers()
    assert numbers["z"] == pytest.approx(0.38) and numbers["x"] == 1.7
    assert numbers["a"] == pytest.approx(1 / (1 + math.exp(-0.38)))


@pytest.mark.parametrize(("name", "text"), [("z", "z = w"), ("a", "a = sig")])
def test_lines_are_those_of_the_source(name, text):
    trace = run(neuron, w=0.4, b=-0.3, x=1.7)
    made = trace.made[trace.groups[name]]
    assert made.line == line_of(neuron, text) and made.file == __file__


def helper(u):
    inner = u * u
    return inner + 1


def with_helper(u):
    return helper(u) * 3


def test_names_and_lines_of_a_helper():
    trace = run(with_helper, u=0.5)
    assert trace.made[trace.groups["inner"]].line == line_of(helper, "inner = ")


def loop(w, x):
    h = 0.0
    for t in range(3):
        h = tanh(w * h + x[t])
    return h


def test_a_name_that_is_used_again_is_numbered():
    trace = run(loop, w=0.4, x=[0.1, 0.2, 0.3])
    assert [n for n in trace.groups if n.startswith("h")] == ["h#1", "h#2", "h#3"]
    assert trace.groups["h#3"] is trace.root


def powers(w, x):
    for _ in range(3):
        x = x * w
    return x


def test_a_loop_of_one_operation_has_a_name_for_each_turn():
    trace = run(powers, w=0.4, x=0.5)
    assert [*trace.groups] == ["w", "x", "x#1", "x#2", "x#3"]


def batch(W, X):
    a = tanh(X @ W)
    rows = [r.sum() for r in a]
    return rows[0] * rows[1]


def test_arrays_have_names_and_their_elements_too():
    trace = run(batch, W=[[0.1, 0.2], [0.3, 0.4]], X=[[1.1, 1.2], [1.3, 1.4]])
    assert trace.groups["a"].shape == (2, 2) and trace.groups["rows"].shape == (2,)
    assert trace.names[trace.groups["a"][1, 0]] == "a[1, 0]"
    assert trace.names[trace.leaves["W"][0, 1]] == "W[0, 1]"
    assert np.allclose(trace.numbers()["a"], np.tanh([[0.47, 0.70], [0.55, 0.82]]))


def turns(W, h):
    for _ in range(3):
        h = h * W
        h = h + W
    return h.sum()


def test_the_elements_of_each_turn_are_its_own():
    trace = run(turns, W=[0.4, 0.3], h=[0.1, 0.2])
    assert [n for n in trace.groups if n.startswith("h")] == ["h", *(f"h#{k}" for k in range(1, 7))]
    for k in range(1, 7):
        line = line_of(turns, "h = h + W" if k % 2 == 0 else "h = h * W")
        assert {trace.made[v].line for v in trace.groups[f"h#{k}"]} == {line}
    assert trace.made[trace.root].line == line_of(turns, "return")


def test_runs_of_one_function_have_the_same_places():
    problem = Problem(turns, {"W": "W"})
    point = {"W": np.array([0.4, 0.3]), "h": np.array([0.1, 0.2])}
    one, other = traced(problem, point), traced(Problem(turns, {"W": "W"}), point)
    again = traced(problem, {**point, "h": np.array([0.5, 0.6])})
    places = [[t.made[v] for v in t.nodes if v in t.made] for t in (one, other, again)]
    assert places[0] == places[1] == places[2]
    assert len({m.site for m in places[0]}) == 3


def test_bounds_on_rounding_are_the_same_on_floats_and_on_arrays():
    draw = random.Random(2)
    for _ in range(50):
        W, X = ([[draw.uniform(-2, 2) for _ in "ab"] for _ in "cd"] for _ in "WX")
        trace = run(batch, W=W, X=X)
        arrays = rounding._value_errors(Adjoints([trace], []))[:, 0].tolist()
        assert list(value_errors(trace).values()) == arrays and max(arrays) > 0


def labelled(u, v):
    first = u * v
    first.label = "area"
    return first * first


def test_a_label_goes_before_a_local_name():
    assert "area" in run(labelled, u=0.4, v=0.3).numbers()


def choosing(w, x):
    if w * x > 0:
        return w
    return relu(w) * x


@pytest.mark.parametrize(("w", "result"), [(0.4, True), (-0.4, False)])
def test_comparisons_are_seen(w, result):
    trace = run(choosing, w=w, x=1.5)
    ((_, line, found),) = trace.choices
    assert found is result and line == line_of(choosing, "if w")
    assert not trace.ties


def test_a_tie_is_seen():
    assert run(choosing, w=0.0, x=1.5).ties == [line_of(choosing, "if w")]


def leaving(w):
    a = w * float(w)
    return a + w.data


def test_what_leaves_the_graph_is_seen():
    first = line_of(leaving, "a = w")
    assert run(leaving, w=0.4).reads == [
        f"line {first} takes float(v)",
        f"line {first + 1} takes v.data",
    ]
    assert not run(neuron, w=0.4, b=-0.3, x=1.7).reads


def constant(w):
    return 3.0


def test_a_constant_is_a_graph_too():
    trace = run(constant, w=0.4)
    assert isinstance(trace.root, Value) and trace.root.data == 3.0


class Profiler:
    """Another tool's profile function."""

    def __init__(self):
        self.calls = 0

    def __call__(self, frame, event, result):
        self.calls += 1


def failing(w):
    raise ZeroDivisionError


def test_another_profiler_is_put_back():
    mine, before = Profiler(), sys.getprofile()
    sys.setprofile(mine)
    try:
        run(neuron, w=0.4, b=-0.3, x=1.7)
        first = sys.getprofile()
        with pytest.raises(ZeroDivisionError):
            run(failing, w=0.4)
        second = sys.getprofile()
        check_grad(neuron, {"b": "2 * a * (1 - a)"})
        third = sys.getprofile()
    finally:
        sys.setprofile(before)
    assert first is mine and second is mine and third is mine and mine.calls > 0


def test_none_stays_none():
    before = sys.getprofile()
    check_grad(neuron, {"b": "2 * a * (1 - a)"})
    assert sys.getprofile() is before


def test_what_other_threads_do_is_not_traced():
    w = Value(1.0, label="shared")

    def elsewhere():
        return float(w * 2) + (w > 0)

    def seen(meanwhile):
        def loss(a, b):
            y = a * b
            meanwhile()
            return y * y if a > 0 else y

        trace = run(loss, a=2.0, b=3.0)
        return len(trace.made), len(trace.choices), len(trace.reads)

    assert seen(elsewhere) == (3, 2, 1)  # in f itself it is
    with ThreadPoolExecutor(1) as pool:
        assert seen(lambda: pool.submit(elsewhere).result(30)) == (2, 1, 0)
    assert not w.has_grad

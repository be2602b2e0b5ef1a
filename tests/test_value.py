"""The engine: what a graph records, in which order it is walked, and what ``backward`` leaves."""

import copy
import math
import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import (
    DomainError,
    HandmadeNodeError,
    StaleGraphError,
    Value,
    backward_steps,
    chain_rule,
    exp,
    gradients,
    hypot,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    sqrt,
)
from autograd_lite.graph import find_nonfinite
from autograd_lite.value import order

NAN, INF = math.nan, math.inf
ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]


def by_backward(y, inputs, **how):
    y.backward(**how)


def by_gradients(y, inputs, **how):
    gradients(y, inputs, **how)


def leaves(*numbers, labels="abcdef"):
    return [Value(n, label=label) for n, label in zip(numbers, labels, strict=False)]


# ---- re-entry: leaves accumulate, interior gradients are fresh -----------------------------------


def test_backward_twice_doubles_the_leaf_and_only_the_leaf():
    x = Value(3.0)
    h = x * x
    y = h * x
    y.backward()
    assert (x.grad, h.grad, y.grad) == (27.0, 3.0, 1.0)
    y.backward()
    assert (x.grad, h.grad, y.grad) == (54.0, 3.0, 1.0)  # 3x² twice; h and y afresh


@pytest.mark.parametrize("first", [0, 1])
def test_two_losses_that_share_an_interior_node_add_up(first):
    x = Value(0.5)
    h = x * x
    losses = [3 * h, h.exp()]
    losses[first].backward()
    losses[1 - first].backward()
    assert x.grad == pytest.approx(2 * 0.5 * (3 + math.exp(0.25)), rel=1e-15)
    assert h.grad == pytest.approx([math.exp(0.25), 3.0][first], rel=1e-15)  # of the last alone


def test_extending_the_graph_after_a_backward():
    x = Value(3.0)
    y = x * x
    y.backward()
    z = y * x
    z.backward()
    assert (x.grad, y.grad, z.grad) == (6.0 + 27.0, 3.0, 1.0)


def test_a_leaf_as_root_accumulates_too():
    x = Value(3.0)
    x.backward()
    x.backward(gradient=4.0)
    assert x.grad == 5.0


@pytest.mark.parametrize("create_graph", [False, True])
def test_zero_grad_clears_all_below_and_nothing_above(create_graph):
    x, w = Value(3.0), Value(2.0)
    h = x * w
    y = h * x
    y.backward(create_graph=create_graph)
    h.zero_grad()
    assert [v.has_grad for v in (x, w, h, y)] == [False, False, False, True]
    assert [v.grad for v in (x, w, h)] == [0.0, 0.0, 0.0]
    y.zero_grad()
    y.backward()
    assert (x.grad, w.grad, h.grad, y.grad) == (12.0, 9.0, 3.0, 1.0)  # once, not twice


def test_a_node_made_by_hand_is_no_leaf_when_passes_add_up():
    x = Value(2.0)
    h = Value(4.0, (x,), local_grads=(4.0,))
    y = h * 3
    y.backward()
    y.backward()
    assert (x.grad, h.grad) == (24.0, 3.0)
    assert h.local_gradients == (4.0,)


def test_an_infinite_gradient_is_told_with_its_number():
    x, y = Value(1.0, label="x"), Value(2.0)
    y.grad = math.inf  # assigned, so that no product was the first
    told = f"the gradient of {y.formula()} is inf; its operands: none: it is a leaf"
    assert str(find_nonfinite(y)) == told
    assert find_nonfinite(x) is None


def test_none_as_gradient_clears_one():
    x = Value(3.0)
    (x * x).backward()
    x.grad = None
    assert (x.has_grad, x.grad) == (False, 0.0)


def test_each_node_is_pushed_once_however_many_paths_lead_to_it():
    x = y = Value(1.0)
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


# ---- random graphs against dual numbers ----------------------------------------------------------

UNARY = {
    "neg": (operator.neg, lambda x, dx: (-x, -dx)),
    "sin": (Value.sin, lambda x, dx: (math.sin(x), math.cos(x) * dx)),
    "sigmoid": (
        Value.sigmoid,
        lambda x, dx: (1 / (1 + math.exp(-x)), math.exp(-x) / (1 + math.exp(-x)) ** 2 * dx),
    ),
    "square": (lambda v: v**2, lambda x, dx: (x * x, 2 * x * dx)),
    "minus": (lambda v: 1.5 - v, lambda x, dx: (1.5 - x, -dx)),
}
BINARY = {
    "add": (operator.add, lambda x, dx, y, dy: (x + y, dx + dy)),
    "sub": (operator.sub, lambda x, dx, y, dy: (x - y, dx - dy)),
    "mul": (lambda v, w: v.sin() * w, lambda x, dx, y, dy: (
        math.sin(x) * y, math.cos(x) * dx * y + math.sin(x) * dy)),
}  # fmt: skip
PROGRAMS = st.lists(
    st.tuples(st.sampled_from([*UNARY, *BINARY]), st.integers(0, 99), st.integers(0, 99)),
    min_size=1,
    max_size=14,
)


def recorded(program, numbers):
    """The same program on Values and, once for each input, on pairs (number, derivative)."""
    values = [Value(n) for n in numbers]
    tracks = [[(n, float(i == k)) for i, n in enumerate(numbers)] for k in range(len(numbers))]
    inputs = list(values)
    for name, i, j in program:
        i, j = i % len(values), j % len(values)
        if name in UNARY:
            values.append(UNARY[name][0](values[i]))
            for track in tracks:
                track.append(UNARY[name][1](*track[i]))
        else:
            values.append(BINARY[name][0](values[i], values[j]))
            for track in tracks:
                track.append(BINARY[name][1](*track[i], *track[j]))
    return inputs, values[-1], [track[-1] for track in tracks]


def depth_first(root):
    """The order that is promised, as everyone would write it down with recursion."""
    nodes = []

    def visit(v):
        if not any(v is w for w in nodes):
            for x in v.operands:
                visit(x)
            nodes.append(v)

    visit(root)
    return nodes


@settings(derandomize=True, deadline=None, max_examples=150)
@given(PROGRAMS, st.lists(st.floats(-1.5, 1.5), min_size=2, max_size=3))
def test_random_graphs(program, numbers):
    inputs, root, duals = recorded(program, numbers)
    assert root.data == pytest.approx(duals[0][0], rel=1e-12, abs=1e-12)
    assert list(map(id, order(root))) == list(map(id, depth_first(root)))
    expected = pytest.approx([d for _, d in duals], rel=1e-9, abs=1e-9)
    assert gradients(root, inputs) == expected
    assert [g.data for g in gradients(root, inputs, create_graph=True)] == expected
    assert not any(v.has_grad for v in inputs)
    root.backward()
    once = [v.grad for v in inputs]
    assert once == expected
    root.backward()
    assert [v.grad for v in inputs] == pytest.approx([2 * g for g in once], rel=1e-9, abs=1e-9)


# ---- a local derivative is that of the forward pass ----------------------------------------------


def edited(which):
    """y = (a·b)·sin(a) with the number of one node replaced after the forward pass."""
    a, b = leaves(2.0, 5.0)
    h = a * b
    h.label = "h"
    s = a.sin()
    s.label = "s"
    y = h * s
    y.label = "y"
    {"a": a, "b": b, "h": h, "y": y}[which].data = 100.0
    return a, b, y


EDITS = [("a", "[sh]"), ("b", "h"), ("h", "[hy]"), ("y", "y")]  # who is named as stale


@pytest.mark.parametrize("which", [edit for edit, _ in EDITS])
def test_editing_data_after_the_forward_pass_changes_nothing(which):
    a, b, y = edited(which)
    expected = [5 * math.sin(2) + 10 * math.cos(2), 2 * math.sin(2)]
    assert gradients(y, [a, b]) == pytest.approx(expected, rel=1e-15)
    y.backward()
    assert [a.grad, b.grad] == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(("which", "named"), EDITS)
@pytest.mark.parametrize("differentiate", [by_backward, by_gradients])
def test_create_graph_refuses_a_stale_graph_by_name(which, named, differentiate):
    a, b, y = edited(which)
    b.grad = 5.0
    with pytest.raises(StaleGraphError, match=f"label='{named}'"):
        differentiate(y, [a, b], create_graph=True)
    assert (a.has_grad, b.grad) == (False, 5.0)


def test_a_stale_node_without_a_label_is_named_by_its_formula():
    x = Value(2.0, label="x")
    y = 3 * x
    x.data = 7.0
    with pytest.raises(StaleGraphError, match=r"3 · x"):
        y.backward(create_graph=True)
    x.data = 2.0  # and when the number follows again, all is well
    y.backward(create_graph=True)
    assert x.grad.data == 3.0


def test_a_second_derivative_of_an_edited_graph_is_refused():
    x = Value(2.0, label="x")
    (slope,) = gradients(x**3, [x], create_graph=True)
    x.data = 5.0
    with pytest.raises(StaleGraphError):
        gradients(slope, [x], create_graph=True)
    assert gradients(slope, [x]) == [12.0]  # 6x at the x of the forward pass


def test_a_new_forward_pass_sees_the_edited_number():
    x = Value(2.0)
    f = operator.methodcaller("__pow__", 3)
    assert gradients(f(x), [x]) == [12.0]
    x.data = 3
    assert gradients(f(x), [x]) == [27.0]


def test_nan_is_not_stale():
    x = Value(NAN)
    y = x * x
    y.backward(create_graph=True)
    assert math.isnan(x.grad.data)


# ---- the upstream gradient -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed", [2.5, 3, True, np.float32(0.1), np.int64(-4), np.array(0.5), INF], ids=repr
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_an_upstream_gradient_scales_all(seed, create_graph):
    x = Value(3.0)
    y = x * x
    y.backward(gradient=seed, create_graph=create_graph)
    assert (float(x.grad), float(y.grad)) == (6.0 * float(seed), float(seed))
    assert type(x.grad) is (Value if create_graph else float)
    (g,) = gradients(y, [x], gradient=seed, create_graph=create_graph)
    assert type(g) is (Value if create_graph else float)
    assert float(g) == 6.0 * float(seed)


@pytest.mark.parametrize("seed", ["2", None, [1.0], 1j, np.ones(2)], ids=repr)
@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("differentiate", [by_backward, by_gradients])
def test_an_upstream_gradient_that_is_no_number(seed, create_graph, differentiate):
    x = Value(3.0)
    x.grad = 7.0
    y = x + 1
    with pytest.raises(TypeError, match=r"write|make|use"):
        differentiate(y, [x], gradient=seed, create_graph=create_graph)
    assert (x.grad, y.has_grad) == (7.0, False)


def test_an_upstream_gradient_may_be_a_value_to_differentiate_by():
    x, upstream = Value(3.0), Value(2.0)
    (g,) = gradients(x * x, [x], gradient=upstream, create_graph=True)
    assert g.data == 12.0
    assert gradients(g, [upstream, x]) == [6.0, 4.0]  # g = u·2x


# ---- create_graph --------------------------------------------------------------------------------

S = 1 / (1 + math.exp(-0.3))
L = 1 + math.log(1.5)
HIGHER = [
    (lambda x: x**3, 2.0, (12.0, 12.0, 6.0)),
    (lambda x: x * x * x, 2.0, (12.0, 12.0, 6.0)),
    (lambda x: x**2, 0.0, (0.0, 2.0, 0.0)),
    (lambda x: 1 / x, 2.0, (-1 / 4, 1 / 4, -3 / 8)),
    (lambda x: 3 - x, 2.0, (-1.0, 0.0, 0.0)),
    (lambda x: exp(2 * x), 0.5, (2 * math.e, 4 * math.e, 8 * math.e)),
    (lambda x: 2**x, 3.0, tuple(8 * math.log(2) ** k for k in (1, 2, 3))),
    (lambda x: log(x), 2.0, (1 / 2, -1 / 4, 1 / 4)),
    (lambda x: sin(x), 0.7, (math.cos(0.7), -math.sin(0.7), -math.cos(0.7))),
    (lambda x: sigmoid(x), 0.3, (
        S * (1 - S), S * (1 - S) * (1 - 2 * S), S * (1 - S) * (1 - 6 * S + 6 * S * S))),
    (lambda x: x**x, 1.5, tuple(1.5**1.5 * k for k in (
        L, L**2 + 1 / 1.5, L**3 + 3 * L / 1.5 - 1 / 1.5**2))),
    (lambda x: relu(x) * x, 2.0, (4.0, 2.0, 0.0)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "at", "expected"), HIGHER)
def test_three_derivatives_by_backward(f, at, expected):
    x = Value(at)
    y, found = f(x), []
    for _ in range(3):
        y.backward(create_graph=True)
        slope = x.grad
        found.append(slope.data)
        y.zero_grad()
        assert not x.has_grad
        y = slope + 0 * x  # the third derivative of a line is a number without a graph
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(("f", "at", "expected"), HIGHER)
def test_three_derivatives_by_gradients(f, at, expected):
    x = Value(at)
    y, found = f(x), []
    for _ in range(3):
        (y,) = gradients(y, [x], create_graph=True)
        assert type(y) is Value
        found.append(y.data)
    assert found == pytest.approx(expected, rel=1e-13, abs=1e-15)


def test_mixed_partials():
    a, b = leaves(2.0, 4.0)
    da, db = gradients(a / b, [a, b], create_graph=True)
    assert gradients(da, [a, b]) == [0.0, -1 / 16]
    assert gradients(db, [a, b]) == [-1 / 16, 2 * 2 / 64]


def test_create_graph_makes_every_gradient_a_value_and_leaves_accumulate():
    x = Value(3.0)
    h = x * x
    y = h * x
    y.backward(create_graph=True)
    assert [type(v.grad) for v in (x, h, y)] == [Value] * 3
    y.backward(create_graph=True)
    assert [v.grad.data for v in (x, h, y)] == [54.0, 3.0, 1.0]
    slope = x.grad
    y.zero_grad()
    assert gradients(slope, [x]) == [36.0]  # 2 · 6x
    slope.backward()
    assert x.grad == 36.0


@pytest.mark.parametrize("order_of_passes", [(False, True), (True, False)])
def test_passes_with_and_without_create_graph_add_up(order_of_passes):
    x = Value(3.0)
    y = x * x * x
    for create_graph in order_of_passes:
        y.backward(create_graph=create_graph)
    assert float(x.grad) == 54.0


def test_a_root_without_operands_has_gradient_one():
    x = Value(3.0)
    x.backward(create_graph=True)
    assert type(x.grad) is Value and x.grad.data == 1.0


# ---- gradients() ---------------------------------------------------------------------------------


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_leaves_every_grad_alone(create_graph):
    x, w, other = Value(3.0), Value(2.0), Value(9.0)
    h = x * w
    y = 2 * h + x
    x.grad, h.grad = 5.0, NAN
    before = [(v, v.has_grad, v.grad) for v in order(y)]
    found = gradients(y, [x, w, h, y, other, x], create_graph=create_graph)
    assert [float(g) for g in found] == [5.0, 6.0, 2.0, 1.0, 0.0, 5.0]
    assert {type(g) for g in found} == {Value if create_graph else float}
    assert [(v, v.has_grad, v.grad) for v in order(y)] == before  # NaN is the same object


def test_gradients_goes_only_where_the_inputs_are():
    x, w = Value(3.0), Value(2.0)
    unknown = Value(4.0, (w,), "by hand")
    y = x * x + unknown
    assert gradients(y, [x]) == [6.0]
    with pytest.raises(HandmadeNodeError):
        gradients(y, [w])


# ---- order ---------------------------------------------------------------------------------------


def test_order_is_operands_first_each_once_and_first_operands_first():
    a, b, c = leaves(1.0, 2.0, 3.0)
    p = a * b
    q = c - p
    y = q / p
    assert order(y) == [c, a, b, p, q, y]
    assert order(p) == [a, b, p]
    assert order(a) == [a]


def test_duplicates_keep_two_edges():
    x = Value(3.0)
    for f, slope in [
        (operator.add, 2.0),
        (operator.sub, 0.0),
        (operator.mul, 6.0),
        (operator.truediv, 0.0),
        (operator.pow, 27 * (1 + math.log(3))),
        (maximum, 1.0),
    ]:
        y = f(x, x)
        assert y.operands == (x, x)
        assert len(y.local_gradients) == 2
        assert order(y) == [x, y]
        assert gradients(y, [x]) == pytest.approx([slope], rel=1e-15)


def test_order_with_nodes_made_by_hand_is_the_same_walk():
    def graph(product):
        a, b, c = leaves(2.0, 3.0, 4.0)
        first = a.sin()
        p = product(first, b)
        return (c - p) / (p + first * b)

    by_hand = graph(lambda a, b: Value(a.data * b.data, (a, b), (b.data, a.data)))
    table = graph(operator.mul)
    assert list(map(id, order(by_hand))) == list(map(id, depth_first(by_hand)))
    assert [v.data for v in order(by_hand)] == [v.data for v in order(table)]


# ---- what the learner wrote is what the graph shows ----------------------------------------------

ONE_NODE = [  # formula, operation, operands, parameter, as written
    (lambda a, b: a + b, "add", "ab", None, "a + b"),
    (lambda a, b: a - b, "sub", "ab", None, "a − b"),
    (lambda a, b: b - a, "sub", "ba", None, "b − a"),
    (lambda a, b: a * b, "mul", "ab", None, "a · b"),
    (lambda a, b: a / b, "div", "ab", None, "a / b"),
    (lambda a, b: a**b, "pow", "ab", None, "a^b"),
    (lambda a, b: pow(b, a), "pow", "ba", None, "b^a"),
    (lambda a, b: a**2, "power", "a", 2.0, "a^2"),
    (lambda a, b: a**-1, "power", "a", -1.0, "a^(−1)"),
    (lambda a, b: a ** np.float32(0.5), "power", "a", 0.5, "a^0.5"),
    (lambda a, b: 2**b, "exponential", "b", 2.0, "2^b"),
    (lambda a, b: np.float64(2) ** b, "exponential", "b", 2.0, "2^b"),
    (lambda a, b: -a, "neg", "a", None, "−a"),
    (lambda a, b: abs(b), "abs", "b", None, "|b|"),
    (lambda a, b: exp(a), "exp", "a", None, "exp(a)"),
    (lambda a, b: a.log(), "log", "a", None, "log(a)"),
    (lambda a, b: sqrt(a), "sqrt", "a", None, "√(a)"),
    (lambda a, b: b.sigmoid(), "sigmoid", "b", None, "σ(b)"),
    (lambda a, b: b.tanh(), "tanh", "b", None, "tanh(b)"),
    (lambda a, b: maximum(b, a), "maximum", "ba", None, "max(b, a)"),
    (lambda a, b: hypot(a, b), "hypot", "ab", None, "hypot(a, b)"),
    (lambda a, b: 3 + a, "add", "3a", None, "3 + a"),
    (lambda a, b: 3 - a, "sub", "3a", None, "3 − a"),
    (lambda a, b: 3 * a, "mul", "3a", None, "3 · a"),
    (lambda a, b: 3 / a, "div", "3a", None, "3 / a"),
    (lambda a, b: np.int64(3) - a, "sub", "3a", None, "3 − a"),
    (lambda a, b: a - 3, "sub", "a3", None, "a − 3"),
    (lambda a, b: a / 3, "div", "a3", None, "a / 3"),
    (lambda a, b: a * -3, "mul", "a3", None, "a · (−3)"),
    (lambda a, b: maximum(a, 3), "maximum", "a3", None, "max(a, 3)"),
    (lambda a, b: minimum(3, a), "minimum", "3a", None, "min(3, a)"),
]


@pytest.mark.parametrize(("f", "op", "operands", "parameter", "written"), ONE_NODE)
def test_one_operation_is_one_node(f, op, operands, parameter, written):
    a, b = leaves(1.5, 2.5)
    y = f(a, b)
    assert (y.op.name, y.parameter, y.formula()) == (op, parameter, written)
    assert len(y.operands) == len(operands) == len(order(y)) - 1
    for v, name in zip(y.operands, operands, strict=True):
        if name == "3":  # a number in a formula
            assert v.is_constant and v.is_leaf and abs(v.data) == 3.0
        else:  # the very leaf
            assert v is {"a": a, "b": b}[name] and not v.is_constant


def test_what_is_and_is_not_a_leaf_or_a_constant():
    x, three = Value(2.0), Value(3)
    y = x * three + 3
    assert [(v.is_leaf, v.is_constant) for v in (x, three, y)] == [
        (True, False),
        (True, False),
        (False, False),
    ]
    assert [v.data for v in order(y) if v.is_constant] == [3.0]
    assert (x.op, x.operands, x.local_gradients, x.parameter) == (None, (), (), None)


def test_plus_is_the_value_itself():
    x = Value(2.0)
    assert +x is x


def test_arithmetic_is_python_s_to_the_last_bit():
    for f in (operator.add, operator.sub, operator.mul, operator.truediv):
        for i in range(1, 50):
            for j in range(1, 50):
                a, b = i / 7, j / 3
                assert f(Value(a), Value(b)).data == f(a, Value(b)).data == f(a, b)


@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (lambda: Value(2.5), "2.5"),
        (lambda: Value(2.5, label="w"), "w"),
        (lambda: Value(2.0) * -3, "2 · (−3)"),
        (lambda: (Value(2.0, label="w") * 3) ** 2, "6^2"),
        (lambda: -Value(-3.0), "−(−3)"),
        (lambda: Value(2.0, (Value(1.0),), "mine"), "mine"),
    ],
)
def test_formula_takes_labels_or_else_numbers(make, formula):
    assert make().formula() == formula


# ---- a gradient has three states -----------------------------------------------------------------


def test_a_gradient_is_not_computed_a_number_or_nan():
    x, w = Value(NAN), Value(0.0)
    assert (x.has_grad, x.grad, w.has_grad, w.grad) == (False, 0.0, False, 0.0)
    y = relu(x) + 0 * w
    assert not y.has_grad and y.grad == 0.0
    y.backward()
    assert math.isnan(x.grad) and x.has_grad
    assert (w.grad, w.has_grad) == (0.0, True)  # zero, and known to be
    y.zero_grad()
    assert not any(v.has_grad for v in order(y))
    assert (x.grad, w.grad) == (0.0, 0.0)
    x.grad = 0
    assert x.has_grad and type(x.grad) is float


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (lambda: Value(2), "Value(data=2.0)"),
        (lambda: Value(-0.1, label="w"), "Value(data=-0.1, label='w')"),
        (lambda: Value(2.0, label="a") * Value(-3.0, label="b"), "Value(data=-6.0, op='a · b')"),
        (lambda: pushed(Value(2.0)), "Value(data=2.0, grad=1.0)"),
        (lambda: pushed(Value(2.0), create_graph=True), "Value(data=2.0, grad=1.0)"),
        (lambda: pushed(Value(2.0) * 3), "Value(data=6.0, grad=1.0, op='2 · 3')"),
        (lambda: pushed(Value(2.0) * 3).operands[0], "Value(data=2.0, grad=3.0)"),
        (lambda: pushed(Value(2.0) * 3).operands[1], "Value(data=3.0)"),  # a constant
        (lambda: pushed(Value(2.0), gradient=NAN), "Value(data=2.0, grad=nan)"),
        (lambda: pushed(Value(2.0), gradient=0), "Value(data=2.0, grad=0.0)"),
        (lambda: cleared(Value(2.0)), "Value(data=2.0)"),
        (lambda: Value(INF), "Value(data=inf)"),
    ],
)
def test_repr_shows_what_is_known(make, shown):
    assert repr(make()) == str(make()) == f"{make()}" == shown


def pushed(v, **how):
    v.backward(**how)
    return v


def cleared(v):
    v.backward()
    v.zero_grad()
    return v


# ---- a pass that fails ---------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_failing_backward_restores_the_gradients_of_the_leaves(error):
    a, b, c = leaves(2.0, 3.0, 4.0)
    broken = Value(a.data * 2, (a,), "broken")

    def explode():
        a.grad += 1000.0
        raise error

    broken._backward = explode
    y = b * c + broken * b  # b and c are reached before the failure or after it
    z = broken * b + b * c
    a.grad, c.grad = 5.0, NAN
    for root in (y, z):
        with pytest.raises(error):
            root.backward()
        assert (a.grad, b.has_grad, b.grad) == (5.0, False, 0.0)
        assert math.isnan(c.grad)
        assert not any(v.has_grad for v in order(root) if not v.is_leaf)  # they are not computed
    broken._backward = lambda: setattr(a, "grad", a.grad + 2 * broken.grad)
    y.backward()
    assert (a.grad, b.grad) == (5.0 + 2 * 3.0, 4.0 + 4.0)  # and the next pass is right
    assert all(v.has_grad for v in order(y))
    broken._backward = explode
    with pytest.raises(error):  # where there were gradients of an earlier pass, too
        y.backward()
    assert (a.grad, b.grad) == (5.0 + 2 * 3.0, 4.0 + 4.0)
    assert not any(v.has_grad for v in order(y) if not v.is_leaf)


def test_a_failing_backward_keeps_recorded_gradients_of_leaves():
    a, b = leaves(2.0, 3.0)
    (a * b).backward(create_graph=True)
    recorded_gradients = a.grad, b.grad
    with pytest.raises(HandmadeNodeError):
        (a * Value(1.0, (b,), "unknown")).backward()
    assert (a.grad, b.grad) == recorded_gradients  # the same objects


# ---- find_nonfinite ------------------------------------------------------------------------------


def test_find_nonfinite_is_none_on_a_finite_graph():
    x = Value(2.0)
    y = (x * x).exp()
    assert find_nonfinite(y) is None
    y.backward()
    assert find_nonfinite(y) is None


@pytest.mark.parametrize(
    "rest",
    [
        lambda x, h: h - h,
        lambda x, h: -h,
        lambda x, h: 0 * h + x,
        lambda x, h: x.sin() + h.relu(),
        lambda x, h: (h - 1) / (h + 1),
    ],
)
def test_find_nonfinite_names_the_first_value_and_its_operands(rest):
    x = Value(800.0, label="logit")
    h = exp(x)
    root = rest(x, h)
    root.backward()  # gradients may be NaN or infinite too, but values come first
    found = find_nonfinite(root)
    assert (found.node, found.what, found.operands) == (h, "value", (x,))
    for part in ("value", "exp(logit)", "inf", repr(x)):
        assert part in str(found)


def test_find_nonfinite_in_a_leaf():
    x = Value(NAN, label="weight")
    found = find_nonfinite(x * 2)
    assert (found.node, found.what, found.operands) == (x, "value", ())
    assert "weight" in str(found)


def test_find_nonfinite_names_the_operation_that_pushed_it_back():
    x = Value(0.0, label="x")
    h = x * 2
    root = sqrt(h)
    y = 3 * root
    assert find_nonfinite(y) is None  # all values are finite
    y.backward()
    found = find_nonfinite(y)
    assert (found.node, found.what, found.operands) == (root, "gradient", (h,))
    assert (found.upstream, found.local) == (3.0, INF)
    assert str(found).startswith(
        "the gradient pushed back by √(0) is upstream 3.0 × local inf = inf;"
    )
    y.zero_grad()
    assert find_nonfinite(y) is None


def test_find_nonfinite_after_create_graph():
    x = Value(0.0, label="x")
    y = sqrt(x)
    y.backward(create_graph=True)
    found = find_nonfinite(y)
    assert (found.node, found.what, found.upstream, found.local) == (y, "gradient", 1.0, INF)


def test_find_nonfinite_names_an_operand_where_a_sum_overflows():
    x = Value(0.0, label="x")
    y = 1e308 * x + 1e308 * x
    y.backward()
    found = find_nonfinite(y)
    assert (found.node, found.what, found.upstream, found.local) == (x, "gradient", None, None)
    assert str(found) == "the gradient of x is inf; its operands: none: it is a leaf"


def test_find_nonfinite_names_a_local_derivative_that_is_nan():
    x, n = Value(-2.0, label="x"), Value(3.0, label="n")
    y = 2 * x**n
    y.backward()
    assert "pushed back by x^n is upstream 2.0 × local nan = nan" in str(find_nonfinite(y))


# ---- 0 · ∞ in the chain rule ---------------------------------------------------------------------

ZERO_TIMES_INFINITY = [  # function, point, gradient, source
    (lambda a, b: sqrt(a * a + b * b) ** 2, (0.0, 0.0), [0.0, 0.0], "|v|²: 0 from above"),
    (lambda a, b: sqrt(a * a + b * b), (0.0, 0.0), [0.0, 0.0], "|v|, as hypot has it: 0 below"),
    (
        lambda a, b: sqrt(((a - (a + b) / 2) ** 2 + (b - (a + b) / 2) ** 2) / 2),
        (3.0, 3.0),
        [0.0, 0.0],
        "the standard deviation of equal numbers",
    ),
    (lambda a, b: (sqrt(a) - 1).relu() + b, (0.0, 2.0), [0.0, 1.0], "behind a relu that is off"),
    (lambda a, b: a * sqrt(a) + b, (0.0, 2.0), [0.0, 1.0], "x√x: 3/2 √x"),
    (lambda a, b: a**b * (b - 3), (-2.0, 3.0), [0.0, NAN], "0 · NaN stays NaN"),
    (lambda a, b: 3 * sqrt(a) + b, (0.0, 2.0), [INF, 1.0], "√: the tangent is vertical"),
]
zero_times_infinity = pytest.mark.parametrize(
    ("f", "at", "slopes"),
    [row[:3] for row in ZERO_TIMES_INFINITY],
    ids=[r[3] for r in ZERO_TIMES_INFINITY],
)


def by_hand(f, at):
    """f, and its graph again of nodes made by hand."""
    x = [Value(v) for v in at]
    twins = dict(zip(x, map(Value, at), strict=True))
    for v in order(f(*x)):
        if v not in twins:
            operands = [twins[w] for w in v.operands]
            twins[v] = Value(v.data, operands, v.local_gradients) if operands else Value(v.data)
    return twins[v], [twins[v] for v in x]


@zero_times_infinity
def test_zero_times_infinity_in_the_chain_rule(f, at, slopes):
    x = [Value(v, label=label) for v, label in zip(at, "ab", strict=True)]
    y = f(*x)
    y.backward()
    found = {"backward": [v.grad for v in x]}
    y.zero_grad()
    y.backward(create_graph=True)
    found["create_graph"] = [v.grad.data for v in x]
    found["gradients"] = gradients(y, x)
    found["recorded gradients"] = [g.data for g in gradients(y, x, create_graph=True)]
    found["chain_rule"] = [chain_rule(y, v).value for v in x]
    found["paths"] = [sum(p.value for p in chain_rule(y, v).paths) for v in x]
    steps = [*backward_steps(y)]
    found["steps"] = [[s.after for s in steps if s.operand is v][-1] for v in x]
    root, leaves = by_hand(f, at)
    root.backward()
    found["by hand"] = [v.grad for v in leaves]
    for way, got in found.items():
        np.testing.assert_array_equal(got, slopes, err_msg=way)


def test_the_step_shows_zero_times_infinity():
    x = Value(0.0, label="x")
    assert "= 0 · ∞ = 0" in "\n".join(map(str, backward_steps(x * sqrt(x))))


def test_gradients_add_up_the_same_where_zero_meets_infinity():
    x = Value(0.0)
    for k in (1, 2):
        (x * sqrt(x) + 5 * x).backward()
        assert x.grad == 5.0 * k


# ---- numbers, not surprises: what is taken -------------------------------------------------------

TAKEN = [3, -2.5, True, np.float32(0.1), np.float64(0.1), np.int64(-7), np.uint8(200)]
TAKEN += [np.float16(0.1), np.bool_(True), np.array(0.25), np.array(7), INF, 2**53]


@pytest.mark.parametrize("x", TAKEN, ids=repr)
def test_what_a_value_takes_is_kept_as_a_float(x):
    v, w = Value(x), Value(0.0)
    w.data = w.grad = x
    for number in (v.data, w.data, w.grad):
        assert type(number) is float
        assert number == float(x)


@pytest.mark.parametrize("x", TAKEN, ids=repr)
def test_what_a_formula_takes(x):
    n = float(x)
    for f in (operator.add, operator.sub, operator.mul, operator.truediv):
        left, right = f(Value(2.0), x), f(x, Value(2.0))
        assert (left.data, right.data) == (f(2.0, n), f(n, 2.0))
        assert left.operands[1].is_constant and right.operands[0].is_constant
        assert type(left.operands[1].data) is type(right.operands[0].data) is float
    if abs(n) < 1000:
        assert (Value(2.0) ** x).parameter == n
        assert (Value(2.0) ** x).data == 2.0**n


REFUSED = [  # what, and the advice that is given
    ("2", r"float\('2'\)"),
    (None, "leave it out"),
    ([1.0, 2.0], "each element"),
    ((1.0,), "each element"),
    (1 + 2j, "real"),
    (np.complex128(1j), "real"),
    (np.complex64(1j), "real"),
]
ALSO_REFUSED = [
    (np.array([1.0, 2.0]), "each element"),
    (np.array([[1.0]]), "each element"),
    (np.array([]), "each element"),
    (object(), "float"),
    ({}, "float"),
]
ids = [repr(x)[:14] for x, _ in REFUSED]
all_ids = [repr(x)[:14] for x, _ in REFUSED + ALSO_REFUSED]


@pytest.mark.parametrize(("x", "advice"), REFUSED + ALSO_REFUSED, ids=all_ids)
def test_what_a_value_refuses_and_what_to_write_instead(x, advice):
    with pytest.raises(TypeError, match=advice):
        Value(x)
    v = Value(1.5)
    with pytest.raises(TypeError, match=advice):
        v.data = x
    assert v.data == 1.5
    v.grad = 2.5
    if x is not None:  # which stands for: not computed
        with pytest.raises(TypeError, match=advice):
            v.grad = x
    assert v.grad == 2.5


def test_a_value_of_a_value_is_refused():
    v = Value(1.0)
    with pytest.raises(TypeError, match=r"v\.data"):
        Value(v)
    with pytest.raises(TypeError, match=r"v\.data"):
        v.data = Value(2.0)
    assert v.data == 1.0


@pytest.mark.parametrize(("x", "advice"), REFUSED, ids=ids)
@pytest.mark.parametrize("f", ARITHMETIC)
def test_what_a_formula_refuses_and_what_to_write_instead(x, advice, f):
    v = Value(2.0)
    with pytest.raises(TypeError, match=advice):
        f(v, x)
    with pytest.raises(TypeError, match=advice):
        f(x, v)


@pytest.mark.parametrize("f", [*ARITHMETIC, operator.lt, operator.ge])
def test_an_unknown_object_gets_python_s_own_error(f):
    for pair in [(Value(2.0), object()), (object(), Value(2.0))]:
        with pytest.raises(TypeError, match=r"unsupported operand|not supported between"):
            f(*pair)


def test_an_unknown_object_may_answer_for_itself():
    class Unit:
        def __radd__(self, other):
            return "radd", other

        def __rpow__(self, other):
            return "rpow", other

        def __gt__(self, other):
            return "gt", other

    v, unit = Value(2.0), Unit()
    assert [v + unit, v**unit, v < unit] == [("radd", v), ("rpow", v), ("gt", v)]


@pytest.mark.parametrize("f", [operator.floordiv, operator.mod, divmod])
def test_what_has_no_derivative_row_is_a_type_error(f):
    with pytest.raises(TypeError, match="unsupported operand"):
        f(Value(5.0), 2)


# ---- comparison, equality, truth -----------------------------------------------------------------


@pytest.mark.parametrize("f", [operator.lt, operator.le, operator.gt, operator.ge])
@pytest.mark.parametrize("pair", [(1.0, 2.0), (2.0, 2.0), (2.0, 1.0), (NAN, 1.0), (1.0, NAN)])
def test_comparisons_look_at_the_data(f, pair):
    a, b = pair
    expected = f(a, b)
    assert f(Value(a), Value(b)) is expected
    kinds = (float, np.float64, np.float32, np.array)
    for kind in kinds if a == a and b == b else [float]:  # NumPy warns of comparing a NaN
        assert f(Value(a), kind(b)) == expected
        assert f(kind(a), Value(b)) == expected


def test_equality_and_hash_are_by_identity():
    v, w = Value(1.0), Value(1.0)
    assert v == v and not v == w and v != w and not v != v  # noqa: SIM201, SIM202
    assert len({v, w, v}) == 2
    assert {v: "v", w: "w"}[w] == "w"
    assert [w, v].index(v) == 1 and v not in [w]
    assert (v, w) == (v, w) and [v] != [w]
    assert [v == x for x in ("1.0", None, [1.0])] == [False] * 3
    before = hash(v)
    v.data, v.grad, v.label = 5.0, 1.0, "v"
    assert hash(v) == before


@pytest.mark.parametrize("x", [3, 3.0, True, np.float64(3), np.float32(3), np.int64(3)], ids=repr)
@pytest.mark.parametrize("f", [operator.eq, operator.ne])
def test_equality_with_a_number_says_what_to_write(x, f):
    for pair in [(Value(3.0), x), (x, Value(3.0))]:
        with pytest.raises(TypeError, match=r"v\.data =="):
            f(*pair)
    with pytest.raises(TypeError, match=r"v\.data =="):
        Value(3.0) in [x, 1.0]  # noqa: B015


@pytest.mark.parametrize(
    "condition",
    [bool, operator.not_, lambda v: v and 1, lambda v: 1 if v else 2, lambda v: any([v])],
)
@pytest.mark.parametrize("number", [0.0, 1.0])
def test_a_value_is_no_condition(condition, number):
    with pytest.raises(TypeError, match=r"v\.data"):
        condition(Value(number))


# ---- a number among Python's numbers -------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "number", "expected"),
    [
        (float, -2.5, -2.5),
        (int, -2.7, -2),
        (math.trunc, -2.7, -2),
        (math.floor, -2.7, -3),
        (math.ceil, -2.7, -2),
        (round, 2.5, 2),
        (round, 3.5, 4),
        (lambda v: round(v, 1), 2.34, 2.3),
        (lambda v: round(v, None), 2.34, 2),
        (lambda v: f"{v:.3f}", 2.0, "2.000"),
        (lambda v: f"{v:+10.2e}", 1234.5, " +1.23e+03"),
        (lambda v: "%.4f | %d" % (v, v), 2.7, "2.7000 | 2"),  # noqa: UP031
        (lambda v: format(v, "g"), 0.25, "0.25"),
    ],
)
def test_plain_numbers_and_text(f, number, expected):
    found = f(Value(number, label="v"))
    assert found == expected and type(found) is type(expected)


def test_the_built_ins_that_take_many():
    a, b, c = leaves(2.0, -1.0, 3.0)
    assert min(a, b, c) is b and max([a, b, c]) is c
    assert sorted([a, b, c]) == [b, a, c]
    assert sorted([a, b, c], reverse=True) == [c, a, b]
    total = sum([a, b, c])
    assert total.data == 4.0
    assert gradients(total, [a, b, c]) == [1.0, 1.0, 1.0]
    size = abs(b)
    assert (size.data, *gradients(size, [b])) == (1.0, -1.0)  # a node, not a number


def test_a_domain_error_names_the_operand_and_records_nothing():
    x = Value(-0.3, label="yhat")
    with pytest.raises(DomainError, match=r"-0\.3 \('yhat'\)"):
        log(x)
    with pytest.raises(ValueError):
        x / 0
    assert not x.has_grad


def test_free_attributes_and_labels():
    x = Value(2.0)
    y = x * 3
    for v in (x, y, y.operands[1]):
        assert v.label == ""
        assert not hasattr(v, "note")
        v.label, v.note = "name", [1]
        assert (v.label, v.note) == ("name", [1])
    assert copy.copy(y).note is y.note


def test_the_number_0_on_the_left_adds_no_node():
    a, b = Value(2.0, label="a"), Value(-0.0, label="b")
    assert 0 + a is a and sum([a]) is a and sum([a, b]).operands == (a, b)
    assert math.copysign(1, sum([b]).data) == -1  # 0 + (−0.0) is 0.0 among floats
    for zero in (0.0, np.float64(0), False, Value(0)):
        assert (zero + a).op.name == "add"
    for made in (a + 0, 1 + a, a.add(0)):
        assert made.op.name == "add" and made is not a
    with pytest.raises(TypeError):
        "0" + a


def test_a_sum_has_the_bits_of_the_additions():
    numbers = [0.1 * k - 1 / (k + 3) for k in range(50)]
    leaves, twins = ([Value(x) for x in numbers] for _ in range(2))
    total, other = sum(v * v for v in leaves), Value(0.0)
    for v in twins:
        other = other + v * v
    total.backward()
    other.backward()
    assert total.data == other.data
    assert [v.grad for v in leaves] == [v.grad for v in twins]


@pytest.mark.parametrize("power", [lambda x: x ^ 2, lambda x: 2 ^ x])
def test_a_caret_is_no_power(power):
    with pytest.raises(TypeError, match=r"write x \*\* 2"):
        power(Value(3.0))

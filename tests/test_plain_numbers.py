"""Numbers in formulas are kept as numbers until someone asks for their nodes."""

import copy
import gc
import math
import pickle
import random
import sys
import threading
import tracemalloc

import pytest

import autograd_lite
from autograd_lite import (
    CycleError,
    DomainError,
    StaleGraphError,
    Value,
    gradients,
    hessian,
    record,
)
from autograd_lite.draw import to_dot, to_svg
from autograd_lite.methods import WithNumber
from autograd_lite.ops import OPS, chained
from autograd_lite.program import Program
from autograd_lite.steps import backward_steps, forward_steps, to_json
from autograd_lite.value import CONSTANT, order

BINARY = [name for name, op in OPS.items() if op.arity == 2 and not op.parameter]
UNARY = [name for name, op in OPS.items() if op.arity == 1 and not op.parameter]
both_sides = pytest.mark.parametrize("number_first", [False, True])


def is_number_still(v):
    return type(v._rule) is WithNumber


def with_number(name, x, number, number_first):
    apply = getattr(autograd_lite, name)
    return apply(number, x) if number_first else apply(x, number)


# ---- the same as with a node ---------------------------------------------------------------------


@both_sides
@pytest.mark.parametrize("name", BINARY)
def test_every_operation_is_as_with_two_values(name, number_first):
    for number in (0.7, 3.0, -0.0, 0.0, -1.5, math.inf, -math.inf, math.nan, 1e308):
        for at in (1.3, 0.7, 0.0, -2.0, math.inf, -math.inf):
            x, c = Value(at, label="x"), Value(number)
            expected, y = (outcome(name, x, n, number_first) for n in (c, number))
            if isinstance(expected, str):  # it is outside the domain
                assert y == expected
                continue
            assert is_number_still(y)
            assert told(y) == told(expected)
            assert not is_number_still(y)
            assert y.operands[number_first] is x
            assert y.operands[not number_first].is_constant


def outcome(*formula):
    """A node, or the message of its DomainError."""
    try:
        return with_number(*formula)
    except DomainError as error:
        return str(error)


def told(v):
    """What a node says of itself, bit by bit."""
    numbers = [v.data, *v.local_gradients, *(x.data for x in v.operands)]
    return [*map(bits, numbers), v.op, v.parameter, v.formula(), v.is_leaf, repr(v)]


def bits(x):
    return "nan" if math.isnan(x) else x.hex()


@both_sides
def test_the_node_is_made_once(number_first):
    x = Value(2.0, label="x")
    y = 3 - x if number_first else x - 3
    c = y.operands[not number_first]
    assert c is y.operands[not number_first] is order(y)[0 if number_first else 1]
    assert (c.data, c.is_constant, c.is_leaf, c.op, c.has_grad) == (3.0, True, True, None, False)
    c.label = "three"
    assert y.formula() == ("three − x" if number_first else "x − three")
    y.backward()
    assert c.grad == (1.0 if number_first else -1.0)
    y.zero_grad()
    assert not c.has_grad


def test_a_node_that_is_made_late_has_its_gradient():
    x = Value(2.0)
    y = (x * 3) ** 2
    y.backward()
    assert y.operands[0].operands[1].grad == 24.0  # 2 · 3x · x
    y.backward(create_graph=True)
    assert isinstance(x.grad, Value)
    y.zero_grad()


def test_the_derivative_is_that_of_the_forward_pass():
    """Towards the number too: the data of both nodes may have changed since."""
    x = Value(2.0)
    for y, expected in (
        (x * 5, (5.0, 2.0)),
        (x / 4, (0.25, -0.125)),
        (8 / x, (0.5, -2.0)),
        (autograd_lite.maximum(x, 1), (1.0, 0.0)),
        (x.pow(3), (12.0, 8 * math.log(2))),
    ):
        x.data, y.data = 7.0, -1.0
        assert y.local_gradients == expected
        x.data = 2.0


def test_what_does_not_need_the_nodes_makes_none():
    x = Value(0.5, label="x")
    for use in (
        Value.backward,
        Value.zero_grad,
        copy.deepcopy,
        pickle.dumps,
        lambda y: gradients(y, [x]),
        lambda y: Program.from_graph(y, inputs=[x])(2.0),
        lambda y: y.is_leaf,
        lambda y: (y.op, y.parameter, y.data, y.grad),
    ):
        y = 2 - x
        for _ in range(3):
            y = 1.5 * (y + 1) / 3
        use(y)
        nodes = order(y, constants=False)
        assert len(nodes) == 11 and all(is_number_still(v) for v in nodes[1:])
    assert len(order(y)) == 21


def test_a_number_that_was_asked_for_is_part_of_every_graph():
    """It may be an input of a program, and an operand elsewhere, as any leaf."""
    x = Value(2.0)
    y = x * 3 + 1
    c = y.operands[0].operands[1]
    z = y * c  # (3x + 1) · 3, in which 3 is one leaf
    z.backward()
    assert (c.grad, x.grad) == (7.0 + 3 * 2.0, 9.0)
    program = Program.from_graph(z, inputs=[x, c])
    assert program(2.0, 5.0) == 55.0
    assert Program.from_graph(z, inputs=[x])(3.0) == 30.0
    c.data = 5.0
    with pytest.raises(StaleGraphError, match=r"which give 10\.0"):
        Program.from_graph(y, inputs=[x])


@pytest.mark.parametrize("asked", [False, True])
def test_drawings_steps_and_recordings_are_the_same(asked):
    def graph():
        x = Value(0.5, label="x")
        y = (2 - x) * 3 / (1 + x)
        if asked:
            order(y)
        y.backward()
        return x, y

    (x, y), (u, v) = graph(), node_by_node()
    assert to_svg(y) == to_svg(v) and to_dot(y) == to_dot(v) and to_json(y) == to_json(v)
    for steps in (forward_steps, backward_steps):
        assert [*map(str, steps(y))] == [*map(str, steps(v))]
    assert Program.from_graph(y, inputs=[x])(4.0) == Program.from_graph(v, inputs=[u])(4.0)


def node_by_node():
    x = Value(0.5, label="x")
    two, three, one = (Value(n) for n in (2.0, 3.0, 1.0))
    for c in (two, three, one):
        c._rule = CONSTANT
    y = (two - x) * three / (one + x)
    y.backward()
    return x, y


def test_higher_orders_and_recordings():
    assert hessian(lambda x: 3 * x * x / (2 - x))(1.0) == hessian(
        lambda x: Value(3.0) * x * x / (Value(2.0) - x)
    )(1.0)
    program = record(lambda x: 1 - 2 / (x + 1), 1.0)
    assert program.value_and_grad(3.0) == (0.5, 0.125)


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda y: pickle.loads(pickle.dumps(y))])
def test_twins_keep_their_numbers(twin):
    x = Value(2.0, label="x")
    y = (5 - x) * 3
    other = twin(y)
    assert all(map(is_number_still, order(other, constants=False)[1:]))
    assert [told(v) for v in order(other)] == [told(v) for v in order(y)]
    assert not set(order(y)) & set(order(other))
    c = y.operands[1]
    assert twin([c, y])[1].operands[1] is not c
    first, second = copy.deepcopy([c, y])
    assert second.operands[1] is first


def test_zero_on_the_left_is_nothing():
    v = Value(-0.0)
    assert 0 + v is v and (0.0 + v) is not v and bits((0.0 + v).data) == "0x0.0p+0"


def test_threads_that_ask_at_once_are_given_the_same_node():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(30):
            x = y = Value(1.0)
            for k in range(50):
                y = k - y * 0.5
            nodes, found, start = order(y, constants=False), [], threading.Barrier(3)

            def ask(nodes=nodes, found=found, start=start):
                start.wait()
                found.append([c for v in nodes for c in v.operands])

            def push(x=x, y=y, start=start):
                start.wait()
                assert gradients(y, [x]) == [0.5**50]

            threads = [threading.Thread(target=f) for f in (ask, ask, push)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            one, two = found
            assert len(one) == 200 and all(a is b for a, b in zip(one, two, strict=True))
    finally:
        sys.setswitchinterval(interval)


def memory(number, n=1000):
    """Bytes of a chain of sums, before and after its backward pass."""
    gc.collect()
    tracemalloc.start()
    try:
        y = Value(1.0)
        for _ in range(n):
            y = y + number
        before = tracemalloc.get_traced_memory()[0]
        y.backward()
        gc.collect()
        return before, tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_memory():
    before, after = min(memory(1e-9) for _ in range(3))  # the first fills what Python keeps
    assert before <= memory(Value(1e-9))[0]  # a node for the sum, none for the number
    assert after - before <= 1000  # one gradient for all of the chain, not 24 bytes each


# ---- backward, bit by bit ------------------------------------------------------------------------


def random_graph(draw):
    """Values, and numbers among them, as formulas have them; what fails is left out."""
    odd = (0.0, -0.0, 1.0, -1.0, 2.0, 1e-310, 1e308, math.inf, -math.inf, math.nan)

    def number():
        return draw.choice(odd) if draw.random() < 0.2 else draw.uniform(-2, 2)

    values = [Value(number()) for _ in range(3)]
    for _ in range(draw.randint(1, 30)):
        x, y = draw.choice(values[-8:]), draw.choice(values)
        kind = draw.random()
        try:
            if kind < 0.3:
                made = with_number(draw.choice(BINARY[:4]), x, number(), draw.random() < 0.5)
            elif kind < 0.4:
                made = with_number(draw.choice(BINARY), x, number(), draw.random() < 0.5)
            elif kind < 0.8:
                made = getattr(x, draw.choice(BINARY[:4]))(y)
            else:
                made = getattr(x, draw.choice(UNARY))()
        except DomainError:
            continue
        values.append(made)
    return values


def pushed_plainly(root, gradient):
    """The gradients by the chain rule, as the semantics have it: in a dict, each from 0 on."""
    nodes = order(root)
    for times in (lambda g, local: g * local, chained):
        grads = {v: v.grad if v.is_leaf else 0.0 for v in nodes}
        grads[root] += gradient
        for v in reversed(nodes):
            for x, local in zip(v.operands, v.local_gradients, strict=True):
                grads[x] += times(grads[v], local)
        if not any(math.isnan(g) for v, g in grads.items() if v.is_leaf):
            break
    return grads


def test_every_bit_is_that_of_the_plain_rule():
    for seed in range(2000):
        draw = random.Random(seed)
        values = random_graph(draw)
        root = values[-1]
        for v in values[:3]:
            v.grad = draw.choice((None, -0.0, 2.0))
        twins = copy.deepcopy(values)  # in which no number is a node
        gradient = draw.choice((1.0, -0.0, 0.0, -2.5))
        expected = [bits(g) for g in pushed_plainly(root, gradient).values()]
        root.backward(gradient)
        assert [bits(v.grad) for v in order(root)] == expected, seed
        twins[-1].backward(gradient)
        assert [bits(v.grad) for v in order(twins[-1])] == expected, seed


def test_gradients_of_a_pass_before_are_not_taken_for_visits():
    """0.0 that a leaf was given, or kept, is not the 0 of this pass."""
    x, w = Value(0.0), Value(0.0)
    y = x * w
    for _ in range(3):
        y.backward()
        assert (x.grad, w.grad, y.grad) == (0.0, 0.0, 1.0)
    x.grad = y.grad = 0.0
    y.backward(0.0)
    assert float("0") is not float("0")  # what the pass relies on
    assert (x.grad, w.grad, y.grad) == (0.0, 0.0, 0.0)


def test_a_node_by_hand_far_below_changes_nothing_above():
    leaf = Value(2.0)
    leaf.grad = 5.0
    node = Value(4.0, (leaf,), (4.0,))
    y = (node * leaf + 1) * node
    y.backward()
    assert leaf.grad == 5.0 + (2 * 4 * 2 + 1) * 4.0 + 4 * 4
    unknown = Value(3.0, (leaf,), "unknown")
    z = (leaf * 2 + 1) * (unknown * 3)
    before = leaf.grad
    with pytest.raises(autograd_lite.HandmadeNodeError):
        z.backward()
    assert leaf.grad == before
    assert not any(v.has_grad for v in order(z) if not v.is_leaf)


def test_a_cycle_behind_values_leaves_all_gradients():
    leaf, first = Value(1.0), Value(1.0)
    leaf.grad = 3.0
    y = (leaf * 2) * (first * 2)
    first.__init__(1.0, (y,), (1.0,))
    first.grad = 7.0
    with pytest.raises(CycleError):
        y.backward()
    assert (leaf.grad, first.grad) == (3.0, 7.0)
    assert not any(v.has_grad for v in (y, *y.operands))
    first.__init__(1.0)

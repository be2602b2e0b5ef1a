"""Ctrl-C before any instruction of the package: all is as it was before, or as it is after."""

import sys
from pathlib import Path

import pytest

import autograd_lite
from autograd_lite import Value, backward_steps
from autograd_lite.nn import MLP, Perceptron
from autograd_lite.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    Newton,
    RMSprop,
)
from autograd_lite.program import record
from autograd_lite.program import tracer as recording
from autograd_lite.value import order

HERE = str(Path(autograd_lite.__file__).parent)


def interrupted(act, k, inside=HERE):
    """Act, with a Ctrl-C before the k-th instruction of the package; whether it came to that."""
    left = k

    def trace(frame, event, _):
        nonlocal left
        if not frame.f_code.co_filename.startswith(inside):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            left -= 1
            if left == 0:
                raise KeyboardInterrupt  # this ends the tracing, too
        return trace

    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(outer)
    return False


def outcomes(make, inside=HERE):
    """What stands after a Ctrl-C at every instruction, and (before, after) of an undisturbed run.

    Args:
        make: gives (act, state): what to do, and what tells how things stand.
        inside: whose instructions: the package's, or those of one of its files.
    """
    found, hit = [], True
    while hit:
        act, state = make()
        before = state()
        hit = interrupted(act, len(found) + 1, inside)
        found.append(state())
    assert len(found) > 10  # it was traced at all
    return found, before, found[-1]


def number(grad):
    return grad.data if isinstance(grad, Value) else grad


def grads(nodes):
    return [number(v.grad) if v.has_grad else None for v in nodes]


# ---- gradients -----------------------------------------------------------------------------------


def product():
    x, y = Value(2.0, label="x"), Value(-3.0, label="y")
    x.grad = 5.0
    h = x * y
    return h * h + x


def again():
    root = product()
    root.backward(0.5)
    return root


def recorded_before():
    root = product()
    root.backward(create_graph=True)
    return root


def with_a_node_by_hand():
    root = product()
    node = Value(root.data, (root, root), (1.0, 0.5))
    custom = Value(node.data * 3, (node,), "times 3")
    custom._backward = lambda: setattr(node, "grad", node.grad + 3 * custom.grad)
    return custom * root


@pytest.mark.parametrize(
    ("graph", "how"),
    [
        (product, {}),
        (again, {"gradient": 2.0}),
        (recorded_before, {}),
        (with_a_node_by_hand, {}),
        (product, {"create_graph": True}),
        (again, {"create_graph": True}),
        (recorded_before, {"create_graph": True}),
    ],
)
def test_backward(graph, how):
    def make():
        root = graph()
        nodes = order(root)
        leaves = [v for v in nodes if v.is_leaf]
        between = [v for v in nodes if not v.is_leaf]
        return lambda: root.backward(**how), lambda: (grads(leaves), grads(between))

    found, before, after = outcomes(make)
    none = [None] * len(before[1])  # a gradient that is not computed
    assert before != after
    assert all(x in (before, (before[0], none), after) for x in found)
    assert found[0] == before
    if "create_graph" in how:  # it is computed aside
        assert all(x in (before, after) for x in found)


def test_asking_for_a_number_of_a_formula():
    def make():
        y = 3.0 - Value(2.0)
        y.backward()

        def state():
            return [getattr(x, "_data", x) for x in map(y.__getattribute__, y.__slots__[1:])]

        return lambda: y.operands, state

    found, before, after = outcomes(make)
    assert before != after
    assert all(x in (before, after) for x in found)


@pytest.mark.parametrize("graph", [again, recorded_before])
def test_zero_grad(graph):
    def make():
        root = graph()
        nodes = order(root)
        return root.zero_grad, lambda: grads(nodes)

    found, before, after = outcomes(make)
    assert not any(after) and any(before)
    assert all(x in (before, after) for x in found)


def pushed_model():
    model = MLP(1, [1, 1], seed=3)
    model([0.5]).backward()
    return model


@pytest.mark.parametrize(
    "of", [lambda model: model, lambda model: GradientDescent(model.parameters())]
)
def test_zero_grad_of_models_and_rules(of):
    def make():
        model = pushed_model()
        return of(model).zero_grad, lambda: grads(model.parameters())

    found, before, after = outcomes(make)
    assert not any(after) and any(before)
    assert all(x in (before, after) for x in found)


def test_steps_through_a_backward_of_ones_own_touch_no_gradient():
    def make():
        root = with_a_node_by_hand()
        root.backward()
        nodes = order(root)
        return lambda: list(backward_steps(root)), lambda: grads(nodes)

    found, before, _ = outcomes(make, HERE + "/steps/passes.py")
    assert all(x == before for x in found)


# ---- parameters ----------------------------------------------------------------------------------

TORCH = {"variant": "torch"}
FORMS = [(rule, {}) for rule in (GradientDescent, SGD, Momentum, Nesterov, Adagrad, RMSprop)]
FORMS += [
    (Adadelta, {}),
    (Adam, {"weight_decay": 0.1}),
    (Newton, {"lr": 0.5}),
    (Newton, {"damping": 0.5}),
]
FORMS += [(Newton, {"line_search": True, "lr": 3.0})]
FORMS += [(rule, TORCH) for rule in (Momentum, Nesterov, Adagrad, RMSprop)]
each_form = pytest.mark.parametrize(
    ("rule", "options"), FORMS, ids=[f"{rule.__name__} {options or ''}" for rule, options in FORMS]
)


def closure_of(rule):
    """The loss x² + 2y² and its derivatives, by hand: none of its instructions are the package's.

    It may be called at a point ahead, which is where its gradient is.
    """

    def closure():
        x, y = (p._data for p in rule.parameters)
        if isinstance(rule, Newton):
            return x * x + 2 * y * y, [2 * x, 4 * y], [[2.0, 0.0], [0.0, 4.0]]
        for p, slope in zip(rule.parameters, (2 * x, 4 * y), strict=True):
            p._grad = slope
        return x * x + 2 * y * y

    return closure


def started(rule, options):
    """A rule that has made a step, so that momentum leads somewhere."""
    made = rule([Value(1.0), Value(-2.0)], **options)
    made.step(closure_of(made))
    return made


def remembered(rule):
    return [p.data for p in rule.parameters], rule.state_dict()


@each_form
def test_a_step(rule, options):
    def make():
        made = started(rule, options)
        closure = closure_of(made)
        return lambda: made.step(closure), lambda: remembered(made)

    found, before, after = outcomes(make)
    assert before[0] != after[0] and before[1]["steps"] + 1 == after[1]["steps"]
    assert all(x in (before, after) for x in found)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@each_form
def test_a_closure_that_raises(rule, options, error):
    """At its first call, at Nesterov's point ahead, and on the way of a line search."""
    for calls in (1, 2):
        made = started(rule, options)
        before, closure, left = remembered(made), closure_of(made), [calls]

        def raising(closure=closure, left=left):
            loss = closure()
            left[0] -= 1
            if not left[0]:
                raise error
            return loss

        if calls == 2 and not options.get("line_search"):
            continue  # it is called once
        with pytest.raises(error):
            made.step(raising)
        assert remembered(made) == before


def test_newton_tells_of_one_hessian():
    def make():
        made = started(Newton, {})
        numbers = (0.0, [1.0, 1.0], [[-3.0, 0.0], [0.0, 5.0]])

        def told():
            return made.hessian.tolist(), made.eigenvalues.tolist(), made.kind

        return lambda: made.step(lambda: numbers), told

    found, before, after = outcomes(make)
    assert (before[2], after[2]) == ("positive definite", "indefinite")
    assert all(x in (before, after) for x in found)


def test_taking_up_a_state():
    def make():
        made = started(Adam, {})
        state = started(Adam, {"lr": 0.5, "betas": (0.5, 0.5)}).state_dict() | {"steps": 7}
        return lambda: made.load_state_dict(state), lambda: remembered(made)

    found, before, after = outcomes(make)
    assert before != after
    assert all(x in (before, after) for x in found)


def test_taking_up_parameters():
    def make():
        model = Perceptron(1, seed=1)
        return lambda: model.load_state_dict({"w1": 7.0, "b": 5.0}), model.state_dict

    found, before, after = outcomes(make)
    assert before != after
    assert all(x in (before, after) for x in found)


def test_recording_leaves_a_model_as_it_was():
    def make():
        model = Perceptron(1, seed=1)

        def state():
            assert recording.tracer(2.0).data == 2.0  # raises while something is being recorded
            return [(type(p), p._data, p.label) for p in model.parameters()]

        def stopped(m, x):
            assert all(type(p) is recording.Tracer for p in model.parameters())
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            record(stopped, model, [1.0])
        return lambda: record(lambda m, x: m(x), model, [1.0], backend="python"), state

    found, before, _ = outcomes(make, HERE + "/program/recorder.py")
    assert all(x == before for x in found)

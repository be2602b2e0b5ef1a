"""Both passes as data: the very numbers of ``backward()``, one step for each edge."""

import json
import math
import random
import re
from itertools import islice

import numpy as np
import pytest

import autograd_lite as al
from autograd_lite import StaleGraphError, Value, backward_steps, forward_steps, maximum
from autograd_lite.expr import read, shown
from autograd_lite.functions import function
from autograd_lite.graph import find_nonfinite
from autograd_lite.nn import TwoLayerNetwork, log_loss
from autograd_lite.ops import OPS
from autograd_lite.steps import all_steps, to_json
from autograd_lite.steps.symbols import sign_of_product, sign_of_sum
from autograd_lite.value import order


def random_graph(seed):
    draw = random.Random(seed)
    nodes = [Value(draw.uniform(0.5, 2)) for _ in range(4)]
    for _ in range(30):
        a, b = draw.choice(nodes), draw.choice(nodes)
        make = [a + b, a * b, a - b * 0.5, a.tanh(), maximum(a, b), a.sigmoid() ** 2, a / (b + 3)]
        nodes.append(draw.choice(make))
    return sum(nodes[-5:])


@pytest.mark.parametrize("seed", range(200))
def test_every_number_is_that_of_backward_to_the_last_bit(seed):
    root = random_graph(seed)
    totals, counts, indices = {}, {}, []
    for step in backward_steps(root, constants=True):
        assert step.before == totals.get(step.operand, 0.0)
        assert step.after == step.before + step.contribution
        assert step.contribution == step.upstream * step.local
        if step.node is not None:
            assert step.upstream == totals[step.node]
            assert step.node.operands[step.position] is step.operand
            counts[step.operand] = counts.get(step.operand, 0) + 1
            assert step.k == counts[step.operand]
            assert step.is_final == (step.k == step.n)
        totals[step.operand] = step.after
        indices.append(step.index)
    assert indices == list(range(1, len(indices) + 1))
    assert len(indices) == 1 + sum(len(v.operands) for v in order(root))
    assert not root.has_grad
    root.backward()
    for v, total in totals.items():
        assert v.grad == total


@pytest.mark.parametrize("seed", range(20))
def test_local_derivatives_agree_with_differences(seed):
    for step in islice(backward_steps(random_graph(seed)), 1, None):
        v, x, h = step.node, step.operand, 1e-6
        if v.op.name == "maximum":
            continue  # may be at a tie
        at = [w.data for w in v.operands] + ([v.parameter] if v.op.parameter else [])
        up, down = list(at), list(at)
        up[step.position] += h
        down[step.position] -= h
        slope = (v.op(*up) - v.op(*down)) / (2 * h)
        assert step.local == pytest.approx(slope, rel=1e-6, abs=1e-6), (v, x)


def test_one_step_for_each_edge_and_constants_only_if_asked():
    a = Value(3.0, label="a")
    y = a * a + 2
    assert [(s.index, s.op, s.position, s.after, s.k, s.n) for s in backward_steps(y)] == [
        (1, "seed", 0, 1.0, 1, 1),
        (2, "add", 0, 1.0, 1, 1),
        (3, "mul", 0, 3.0, 1, 2),
        (4, "mul", 1, 6.0, 2, 2),
    ]
    assert len(list(backward_steps(y, constants=True))) == 5


def test_both_passes_are_counted_through():
    a = Value(3.0, label="a")
    y = (a * a + 2).exp()
    assert [s.index for s in all_steps(y)] == list(range(1, 8 + 1))
    assert [type(s).__name__ for s in all_steps(y)] == ["ForwardStep"] * 3 + ["Step"] * 5
    assert [(s.name, s.formula, s.substituted(), s.value) for s in forward_steps(y)][:2] == [
        ("v1", "a · a", "3 · 3", 9.0),
        ("v2", "v1 + 2", "9 + 2", 11.0),
    ]


@pytest.mark.parametrize("root", [Value(2.0, label="x"), Value(2.0)])
def test_a_leaf_has_the_seed_alone(root):
    (step,) = all_steps(root)
    assert (step.index, step.op, step.after, step.from_name) == (1, "seed", 1.0, "")


def test_a_pass_may_be_paused_resumed_and_abandoned():
    root = random_graph(1)
    steps = backward_steps(root)
    first = list(islice(steps, 5))
    assert not any(v.has_grad for v in order(root))
    root.backward()  # in between
    rest = list(steps)
    assert [s.index for s in first + rest] == [s.index for s in backward_steps(root)]
    assert {s.operand: s.after for s in first + rest}[root.operands[0]] == root.operands[0].grad


def test_steps_are_of_the_forward_pass_but_formulas_with_numbers_refuse_a_stale_graph():
    a = Value(3.0, label="a")
    y = (a * a).relu()
    a.data = 5.0
    steps = list(backward_steps(y))
    assert steps[-1].after == 6.0  # 2a at the 3 of the forward pass
    assert steps[-1].formula == "a"
    for bad in (steps[-1].substituted, next(forward_steps(y)).substituted):
        with pytest.raises(StaleGraphError, match="run the forward pass again"):
            bad()


def test_nodes_made_by_hand():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    m = Value(12.0, (a, b, a), (6.0, 4.0, 6.0), "m")

    def push():
        a.grad += 5 * c.grad
        m.grad += 7 * c.grad

    c = Value(1.0, (m, a), "c")
    c._backward = push
    a.grad = 100.0
    steps = list(backward_steps(c))
    assert [(s.to_name, s.local, s.after) for s in steps[1:]] == [
        ("m", 7.0, 7.0),
        ("a", 5.0, 5.0),
        ("a", 6.0, 47.0),
        ("b", 4.0, 28.0),
        ("a", 6.0, 89.0),
    ]
    assert [s.formula for s in steps[1:]] == ["7", "5", "6", "4", "6"]
    assert (a.grad, m.has_grad) == (100.0, False)
    a.grad = None
    c.backward()
    assert (a.grad, b.grad) == (89.0, 28.0)


def test_a_backward_of_ones_own_over_a_fresh_result():
    a = Value(2.0, label="a")
    h = a * 3
    square = Value(h.data**2, (h,), "square")
    square._backward = lambda: setattr(h, "grad", h.grad + 2 * h.data * square.grad)
    assert [s.after for s in backward_steps(square)] == [1.0, 12.0, 36.0]
    assert not any(v.has_grad for v in (a, h, square))


@pytest.mark.parametrize(
    ("make", "formulas"),
    [
        (lambda z: z.sigmoid(), ["σ(z) · (1 − σ(z))"]),
        (lambda z: z.exp(), ["exp(z)"]),
        (lambda z: z.tanh(), ["1 − tanh(z) · tanh(z)"]),
        (lambda z: z**3, ["3 · z^2"]),
        (lambda z: z**2, ["2 · z"]),
        (lambda z: z**1, ["1"]),
        (lambda z: z**-1, ["−1 · z^(−2)"]),
        (lambda z: z**0.5, ["0.5 · z^(−0.5)"]),
        (lambda z: z / 4, ["1 / 4"]),
        (lambda z: z.relu(), ["1 if z > 0"]),
        (lambda z: (-z).relu(), ["0 if v1 ≤ 0", "−1"]),
        (lambda z: z.maximum(2), ["0 if z < 2"]),
        (lambda z: abs(z), ["1 if z > 0"]),
        (lambda z: Value(-2.0) * z, ["z", "v1"]),
    ],
)
def test_local_derivatives_are_written_out(make, formulas):
    steps = [*backward_steps(make(Value(0.5, label="z")))][1:]
    assert [s.formula for s in steps] == formulas


def test_a_label_stands_for_the_result():
    z = Value(0.7, label="z")
    a = z.sigmoid()
    a.label = "a1"
    step = [*backward_steps(a)][1]
    assert step.formula == "a1 · (1 − a1)"
    assert step.substituted() == "0.6682 · (1 − 0.6682)"
    assert step.sign() == "≈"
    assert str(step) == "2. ∂a1/∂z += ∂a1/∂a1 · a1 · (1 − a1) = 1 · 0.2217 = 0.2217"


# ---- the arithmetic that is shown is true -------------------------------------------------------

MATHS = {name: getattr(math, name) for name in dir(math)} | {"σ": lambda x: 1 / (1 + math.exp(-x))}
MATHS |= {"inf": math.inf, "log2": math.log2, "hypot": math.hypot}


def evaluated(text):
    """The number that a shown formula stands for, computed by Python."""
    text = text.split(" if ")[0]
    for sign, python in {"·": "*", "−": "-", "^": "**", "√": "sqrt", "π": "pi", "∞": "inf"}.items():
        text = text.replace(sign, python)
    return eval(text, MATHS)


@pytest.mark.parametrize("name", [name for name in OPS if not OPS[name].parameter])
@pytest.mark.parametrize("at", [(0.7013, 0.3307), (0.25, 0.5)])
def test_numbers_filled_in_give_the_number_shown_or_the_sign_says_so(name, at):
    at = [x + (1 if name == "acosh" else 0) for x in at]
    operands = [Value(x, label=label) for x, label in zip(at, "ab", strict=True)]
    v = function(name)(*operands[: OPS[name].arity])
    v.label = "y"
    for step in [*backward_steps(v)][1:]:
        text, local = step.substituted(), read(shown(step.local))
        assert evaluated(text) == pytest.approx(step.local, rel=2e-2, abs=1e-3)
        if step.sign() == "=":
            assert evaluated(text) == pytest.approx(local, rel=1e-13, abs=0)
        used = [x for x in operands if re.search(rf"\b{x.label}\b", step.formula)]
        assert all(shown(x.data) in text for x in used)
    (step,) = forward_steps(v)
    if step.sign() == "=" and name not in ("abs", "floor", "maximum", "minimum"):
        assert name in ("softplus", "silu", "gelu", "sign", "step", "relu", "square", "erf") or (
            evaluated(step.substituted()) == pytest.approx(read(shown(step.value)), rel=1e-13)
        )


@pytest.mark.parametrize(
    ("factors", "product", "sign"),
    [
        (["−0.1471", "2"], "−0.2943", "≈"),
        (["0.5", "0.1"], "0.05", "="),
        (["0.6682", "0.3318"], "0.2217", "≈"),
        (["∞", "2"], "∞", "="),
        (["∞", "0"], "0", "="),
        (["∞", "NaN"], "NaN", "="),
        (["1e+200", "1e+200"], "∞", "≈"),
        (["−0", "5"], "−0", "="),
    ],
)
def test_the_sign_of_a_product(factors, product, sign):
    assert sign_of_product(factors, product) == sign


@pytest.mark.parametrize(
    ("terms", "total", "sign"),
    [
        (["0.1", "0.2"], "0.3", "="),
        (["0.3333", "0.3333"], "0.6667", "≈"),
        (["1e+16", "1"], "1e+16", "≈"),
        (["∞", "−∞"], "NaN", "="),
    ],
)
def test_the_sign_of_a_sum(terms, total, sign):
    assert sign_of_sum(terms, total) == sign


@pytest.mark.parametrize("seed", range(30))
def test_products_and_totals_are_decimal_arithmetic(seed):
    from decimal import Decimal

    def number(text):
        return Decimal(text.strip("()").replace("−", "-"))

    for step in backward_steps(random_graph(seed)):
        left, sign, right = (
            step.product().rpartition(" = ")
            if " = " in step.product()
            else (step.product().rpartition(" ≈ "))
        )
        a, b = left.split(" · ")
        assert (number(a) * number(b) == number(right)) == (sign == " = ")
        line = step.total()
        left, sign, right = line.rpartition(" = ") if " = " in line else line.rpartition(" ≈ ")
        a, b = left.split(" + ")
        assert (number(a) + number(b) == number(right)) == (sign == " = ")


# ---- JSON ---------------------------------------------------------------------------------------


def test_json_has_every_digit_and_refers_by_id():
    loss = log_loss(1, TwoLayerNetwork(seed=0)([0.5, -1.0]))
    told = json.loads(to_json(loss, forward=True))
    nodes = order(loss)
    assert [n["value"] for n in told["nodes"]] == [v.data for v in nodes]
    assert told["root"] == f"n{len(nodes) - 1}"
    after = {s["operand"]: s["after"] for s in told["steps"] if s["phase"] == "backward"}
    loss.backward()
    assert after == {f"n{i}": v.grad for i, v in enumerate(nodes)}
    assert [s["index"] for s in told["steps"]] == list(range(1, len(told["steps"]) + 1))


def test_json_takes_what_json_does_not_know():
    y = Value(math.inf, label='"</script>\ud800') * 0.0
    told = json.loads(to_json(y), parse_constant=pytest.fail)
    assert told["nodes"][0]["value"] == "Infinity" and told["nodes"][2]["value"] == "NaN"
    assert told["steps"][1]["after"] == 0.0


def test_a_chain_of_5000_is_no_trouble():
    v = Value(1.0, label="x")
    for _ in range(5000):
        v = v * 1.0
    assert len(json.loads(to_json(v))["steps"]) == 5001


# ---- what is no Value ---------------------------------------------------------------------------

X = Value(2.0, label="x")
Y = X * X
TAKES_A_VALUE = {
    "explain": al.explain,
    "explain, forward": lambda v: al.explain(v, forward=True),
    "forward_steps": lambda v: list(forward_steps(v)),
    "backward_steps": lambda v: list(backward_steps(v)),
    "all_steps": lambda v: list(all_steps(v)),
    "backward_table": al.steps.backward_table,
    "chain_rule": lambda v: al.chain_rule(v, X),
    "chain_rule, leaf": lambda v: al.chain_rule(Y, v),
    "to_latex": al.steps.to_latex,
    "to_markdown": al.steps.to_markdown,
    "to_markdown, forward": lambda v: al.steps.to_markdown(v, forward=True),
    "to_json": to_json,
    "to_svg": al.draw.to_svg,
    "to_dot": al.draw.to_dot,
    "draw_dot": al.draw_dot,
    "stepper": al.stepper,
    "trace": al.trace,
    "render": lambda v: al.render(v, "nowhere/g.svg"),
    "render, html": lambda v: al.render(v, "nowhere/g.html"),
    "find_nonfinite": find_nonfinite,
    "gradients": lambda v: al.gradients(v, [X]),
    "gradients, inputs": lambda v: al.gradients(Y, [v]),
    "order": order,
    "from_graph": al.program.Program.from_graph,
}
DRAWS_MODULES = ("to_svg", "render")  # as networks: tests/draw/test_network.py
NO_VALUES = [  # what is given, the message's beginning, the way out
    (3.0, "3.0 is not a Value", "the result of a computation"),
    (np.float64(2.0), "np.float64(2.0)", "the result of a computation"),
    ("loss", "'loss' is not a Value", "the result of a computation"),
    (None, "None is not a Value", "does a function lack its return?"),
    ([1.0], "[1.0] is not a Value", "one Value of them, or their sum"),
    (np.ones(2), "array([1., 1.]) is not a Value", "one Value of them, or their sum"),
    (TwoLayerNetwork(), "TwoLayerNetwork(", "call it"),
    (Value, "<class ", "call it"),
    (lambda: Y, "<function ", "call it"),
]


@pytest.mark.parametrize("entry", TAKES_A_VALUE)
def test_what_is_no_value_is_told(entry):
    for given, told, way_out in NO_VALUES:
        if entry in DRAWS_MODULES and isinstance(given, TwoLayerNetwork):
            continue
        with pytest.raises(TypeError) as caught:
            TAKES_A_VALUE[entry](given)
        message = str(caught.value)
        if entry == "from_graph" and isinstance(given, list | np.ndarray):  # it takes several
            told, way_out = "1.0 is not a Value", "the result of a computation"
        assert told in message and way_out in message, (entry, given, message)
        assert "\n" not in message and len(message) < 200


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: al.gradients(Y, X), r"inputs = Value\(data=2.0.*write \[x\]"),
        (lambda: al.gradients(Y, 3.0), r"inputs = 3.0.*write \[x\]"),
        (lambda: al.gradients(Y, None), r"inputs = None.*write \[x\]"),
        (lambda: al.program.Program.from_graph(Y, inputs=3.0), r"inputs = 3.0.*write \[x\]"),
        (lambda: al.program.Program.from_graph(Y, inputs={"x": X}), r"inputs = \{'x'.*write \[x\]"),
        (lambda: al.program.Program.from_graph(Y, wrt=3.0), r"wrt = 3.0.*write \[x\]"),
        (lambda: al.draw.to_svg(Y, focus=3.0), r"3.0 is not a Value"),
        (
            lambda: al.draw.to_svg(Y, highlight=3.0),
            r"highlight takes Values and paths of chain_rule, not 3.0",
        ),
        (
            lambda: al.draw.to_svg(Y, highlight=[[X]]),
            r"highlight takes Values and paths of chain_rule, not \[Value",
        ),
    ],
)
def test_where_several_values_are_taken(call, message):
    with pytest.raises(TypeError, match=message):
        call()


def test_inputs_may_come_one_by_one():
    assert al.gradients(Y, (v for v in [X, X])) == [4.0, 4.0]

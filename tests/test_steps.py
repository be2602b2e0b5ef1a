"""The backward pass as steps: the very numbers of ``backward()``, and a table that can be read."""

import io
import random

import pytest

from autograd_lite import Value, backward_steps, backward_table, explain, maximum
from autograd_lite.nn import TwoLayerNetwork, log_loss


def random_graph(seed):
    draw = random.Random(seed)
    nodes = [Value(draw.uniform(0.5, 2)) for _ in range(4)]
    for _ in range(30):
        a, b = draw.choice(nodes), draw.choice(nodes)
        make = [a + b, a * b, a - b * 0.5, a.tanh(), maximum(a, b), a.sigmoid() ** 2]
        nodes.append(draw.choice(make))
    return sum(nodes[-5:])


@pytest.mark.parametrize("seed", range(50))
def test_last_total_of_every_value_is_its_gradient_to_the_last_bit(seed):
    root = random_graph(seed)
    totals = {}
    for step in backward_steps(root, constants=True):
        assert step.before == totals.get(step.operand, 0.0)
        assert step.after == step.before + step.contribution
        assert step.contribution == step.upstream * step.local
        totals[step.operand] = step.after
    assert not root.has_grad
    root.backward()
    for v, total in totals.items():
        assert v.grad == total


def test_one_step_for_each_edge_and_constants_only_if_asked():
    a = Value(3.0, label="a")
    y = a * a + 2
    assert [(s.index, s.op, s.position, s.after) for s in backward_steps(y)] == [
        (1, "seed", 0, 1.0),
        (2, "add", 0, 1.0),
        (3, "mul", 0, 3.0),
        (4, "mul", 1, 6.0),
    ]
    assert len(list(backward_steps(y, constants=True))) == 5


@pytest.mark.parametrize(
    ("make", "formulas"),
    [
        (lambda z: z.sigmoid(), ["σ(z) · (1 − σ(z))"]),
        (lambda z: z.exp(), ["exp(z)"]),
        (lambda z: z.tanh(), ["1 − tanh(z) · tanh(z)"]),
        (lambda z: z**3, ["3 · z^(3 − 1) if 3 else 0"]),
        (lambda z: z / 4, ["1 / 4"]),
        (lambda z: Value(-2.0) * z, ["z", "−2"]),
    ],
)
def test_local_derivatives_are_written_out(make, formulas):
    steps = [*backward_steps(make(Value(0.5, label="z")))][1:]
    assert [s.formula for s in steps] == formulas


def test_the_table():
    w, x = Value(0.5, label="w"), Value(2.0, label="x")
    p = (w * x - 0.3).sigmoid()
    p.label = "p"
    assert backward_table(p).splitlines() == [
        "step  from → to  upstream  local derivative            adds   total",
        "   1  p                    seed                           1       1",
        "   2  p → v2            1  p · (1 − p)       0.2217  0.2217  0.2217",
        "   3  v2 → v1      0.2217                         1  0.2217  0.2217",
        "   4  v1 → w       0.2217  x                      2  0.4434  0.4434",
        "   5  v1 → x       0.2217  w                    0.5  0.1109  0.1109",
    ]


def test_wide_characters_stay_aligned():
    w = Value(2.0, label="权重")
    y = w * Value(3.0, label="x")
    lines = backward_table(y).splitlines()
    assert lines[2].startswith("   2  v1 → 权重") and lines[3].startswith("   3  v1 → x    ")


def test_explain_prints_and_survives_an_ascii_terminal():
    net = TwoLayerNetwork(seed=0)
    loss = log_loss(1, net([0.5, -1.0]))
    out = io.StringIO()
    explain(loss, out)
    assert out.getvalue() == backward_table(loss) + "\n"
    raw = io.BytesIO()
    narrow = io.TextIOWrapper(raw, encoding="ascii")
    explain(loss, narrow)
    narrow.flush()
    assert b"yhat -> z" in raw.getvalue()
    assert max(map(len, raw.getvalue().splitlines())) <= 80

"""Other people's scripts: with only the import changed, the same numbers."""

import contextlib
import io
import re
import time
from pathlib import Path

import graphviz
import pytest

from autograd_lite import Value
from tests.compat import faster, reference

HERE = Path(__file__).parent


def run(script, engine):
    """The script's names after a run, with its Values from this engine."""
    text = (HERE / script).read_text(encoding="utf-8")
    if engine == "reference":
        text, count = re.subn(
            r"from autograd_lite\S* import", "from tests.compat.reference import", text
        )
        assert count
    space = {"__name__": "script"}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(text, script, "exec"), space)
    return space


@pytest.fixture(scope="module")
def ours():
    """(the losses of the small GPT with our Values, seconds a step, five samples)."""
    start = time.perf_counter()
    space = run("small_gpt.py", "autograd_lite")
    with contextlib.redirect_stdout(io.StringIO()) as told:
        losses = space["train"]()
    assert len(losses) == 20 == len(told.getvalue().splitlines())
    return losses, (time.perf_counter() - start) / 20, [space["sample"]() for _ in range(5)]


def test_a_small_gpt_has_the_losses_of_the_reference(ours):
    losses, _, samples = ours
    space = run("small_gpt.py", "reference")
    with contextlib.redirect_stdout(io.StringIO()):
        expected = space["train"]()
    assert losses == pytest.approx(expected, rel=1e-12)
    assert samples == [space["sample"]() for _ in range(5)]
    assert losses[-1] < losses[0] - 0.3


@pytest.mark.compiler
def test_recorded_documents_train_alike(ours):
    losses, slow, _ = ours
    again, fast, _ = faster.recorded()
    assert again == pytest.approx(losses, rel=1e-12)
    assert fast < slow / 20  # 200 to 400 times on a quiet machine: python -m tests.compat.faster


def test_the_moons_have_the_losses_of_the_reference():
    ours, theirs = (run("moons.py", engine) for engine in ("autograd_lite", "reference"))
    assert ours["number_of_parameters"] == theirs["number_of_parameters"] == 105
    for (a, right), (b, expected) in zip(ours["history"], theirs["history"], strict=True):
        assert a == pytest.approx(b, rel=1e-12) and right == expected
    assert (ours["Z"] == theirs["Z"]).all() and ours["Z"].any() and not ours["Z"].all()
    assert ours["batch_loss"].data == pytest.approx(theirs["batch_loss"].data, rel=1e-12)
    assert ours["history"][-1][0] < ours["history"][0][0]


# ---- a notebook's own drawing of a graph -----------------------------------------------------


def trace(root):
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def draw_dot(root, format="svg", rankdir="LR"):
    nodes, edges = trace(root)
    dot = graphviz.Digraph(format=format, graph_attr={"rankdir": rankdir})
    for n in nodes:
        label = "{ data %.4f | grad %.4f }" % (n.data, n.grad)
        dot.node(name=str(id(n)), label=label, shape="record")
        if n._op:
            dot.node(name=str(id(n)) + n._op, label=n._op)
            dot.edge(str(id(n)) + n._op, str(id(n)))
    for n1, n2 in edges:
        dot.edge(str(id(n1)), str(id(n2)) + n2._op)
    return dot


def test_a_drawing_made_from_the_names_of_micrograd():
    x = Value(1.0)
    y = (x * 2 + 1).relu()
    y.backward()
    source = draw_dot(y).source
    assert source.count("shape=record") == len(trace(y)[0]) == 6
    assert "data 3.0000 | grad 1.0000" in source and "data 1.0000 | grad 2.0000" in source


@pytest.mark.parametrize("name", ["Neuron", "Layer", "MLP"])
def test_networks_print_and_count_as_micrograd_s(name):
    from autograd_lite import nn

    arguments = {"Neuron": (2,), "Layer": (2, 3), "MLP": (2, [3, 1])}[name]
    ours, theirs = getattr(nn, name)(*arguments), getattr(reference, name)(*arguments)
    assert len(ours.parameters()) == len(theirs.parameters())

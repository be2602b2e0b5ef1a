"""The demos of the three jobs: step by step, drawing, checking."""

from xml.etree import ElementTree

import pytest

from tests.demos.running import check_text

OURS = {  # label: our numbers in its rows, from first to last
    "reused_variable": {"dy/da": [-15], "dy/db": [6]},
    "single_neuron": {
        "∂L/∂ŷ = −(y − ŷ)/(ŷ(1 − ŷ))": [-2.349858807576003],
        "∂L/∂w1 = −x1(y − ŷ)": [-0.574442516811659],
        "∂L/∂w2 = −x2(y − ŷ)": [1.148885033623318],
        "∂L/∂b = −(y − ŷ)": [-0.574442516811659],
    },
    "wrong_gradient": {},
    "single_layer": {
        "ŷ": [-0.55],
        "L = ½(y − ŷ)²": [1.20125],
        "∂L/∂ŷ = −(y − ŷ)": [-1.55],
        "∂L/∂w1 = −(y − ŷ)·x1": [-1.55],
        "∂L/∂w2 = −(y − ŷ)·x2": [-3.1],
        "∂L/∂w3 = −(y − ŷ)·x3": [1.55],
        "∂L/∂b = −(y − ŷ)·1": [-1.55],
        "w1 → w1 − α·∂L/∂w1": [0.255],
        "w2 → w2 − α·∂L/∂w2": [0.11],
        "w3 → w3 − α·∂L/∂w3": [0.145],
        "b → b − α·∂L/∂b": [0.205],
        "L after it": [0.1081125],
    },
}
SAID = {  # errata, verdicts and messages
    "wrong_gradient": [
        "The three formulas of the note: RIGHT",
        "a sign was lost\n  WRONG: w1; w2, b are right\n  the sign is flipped\n",
        "WRONG: w2; w1, b are right\n  this is the gradient towards w1, not w2\n",
        "WRONG: b; w1, w2 are right\n  an extra factor yhat · (1 − yhat)\n",
        "WRONG: w2; w1, b are right\n  a factor 2 is missing\n",
    ],
    "single_layer": ["∂L/∂yhat · ∂yhat/∂w2", "∂L/∂w2 = ∂L/∂ŷ · ∂ŷ/∂w2   (003, l. 639-653)"],
    "single_neuron": [
        "L = −y·log(ŷ) − (1 − y)·log(1 − ŷ)",
        "∂L/∂w1 = ∂L/∂ŷ · ∂ŷ/∂z · ∂z/∂w1   (003, l. 762-789)",
        "  ∂L/∂ŷ    = −(y − ŷ)/(ŷ·(1 − ŷ)) = -2.3498588076    -2.3498588076\n",
        "towards yhat, w1, w2, b: RIGHT",
        "L falls from 0.8544 to 0.2158",
    ],
}


@pytest.mark.parametrize("demo", OURS)
def test_demo(demos, demo):
    check_text(demos.printed(demo), OURS[demo], said=SAID.get(demo, ()), exact=True)


@pytest.mark.parametrize("demo", ["single_neuron", "two_layer_network", "three_layers"])
def test_what_is_printed_as_the_loss_is_drawn(demos, demo):
    """y is a node of the picture, and 1 − y, and both logarithms."""
    demos.run(demo)
    drawn = ElementTree.parse(demos.full / "out" / f"{demo}.svg")
    nodes = ["".join(node.itertext()) for node in drawn.iterfind(".//{*}g[@class='node']")]
    assert sum("log(" in node for node in nodes) == 2
    assert any("1 − y" in node for node in nodes) and any("= −y" in node for node in nodes)

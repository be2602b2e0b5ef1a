"""The demos of the three jobs: step by step, drawing, checking."""

import pytest

from tests.demos.running import check_text

OURS = {  # label: our numbers in its rows, from first to last
    "reused_variable": {"dy/da": [-15], "dy/db": [6]},
    "single_neuron": {
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
    "single_layer": ["∂L/∂yhat · ∂yhat/∂w2"],
}


@pytest.mark.parametrize("demo", OURS)
def test_demo(demos, demo):
    check_text(demos.printed(demo), OURS[demo], said=SAID.get(demo, ()), exact=True)

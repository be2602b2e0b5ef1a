"""The demos of note 003 that draw its lost figures run as a user runs them; their numbers."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.demos.test_demos_calculus import outputs, places, rows  # noqa: F401

DEMOS = Path(__file__).parents[2] / "demos"
E = 2.718281828459045
OURS = {  # label: our numbers in its rows, from first to last
    "velocity": {
        "Δx/Δt, Δt = 1": [17],
        "Δx/Δt, Δt = 0.1": [10.61],
        "Δx/Δt, Δt = 0.001": [10.006001],
        "its limit": [10],
        "dx/dt": [10],
        "x, distance": [4],
        "v = dx/dt, velocity": [10],
        "a = dv/dt": [12],
        "a = d²x/dt², acceleration": [12],
        "v": [0],
        "a": [4.898979485566356],  # 6·√(2/3)
    },
    "rules": {
        "7 at 3": [0],
        "3x + 5 at 2": [3],
        "x² at 3": [6],
        "x³ at 2": [12],
        "1/x at 2": [-0.25],
        "xⁿ, n = 5 at 1.5": [25.3125],
        "√x at 4": [0.25],
        "sin x at 0.7": [0.7648421872844884],
        "cos x at 0.7": [-0.644217687237691],
        "eˣ at 1": [E],
        "log x at 3": [1 / 3],
        "c·g: 5 sin x at 0.7": [3.824210936422442],
        "g + h: 2x + x² at 3": [8],
        "g·h: x·eˣ at 0.5": [2.4730819060501923],
        "g(h): e^(2x) at 0.5": [5.43656365691809],
        "f(g(h)): sin(e^(x²)) at 0.5": [0.36319491480172617],
        "n = 10": [2.5937424601],
        "n = 100": [2.7048138294215263],
        "n → ∞: e": [E],
    },
    "five_minima": {
        "A, a minimum: x": [1.0151442989605188],
        "B, a minimum: x": [2.0100877662914503],
        "C, a minimum: x": [3.005041362347665],
        "D, a minimum: x": [4],
        "E, a minimum: x": [4.994958637652335],
        "f′(x)": [0] * 5,
        "f(x)": [-0.10453987585, -0.60201688094, -0.90050409429, -1, -0.90050409429],
        "f′": [0],
        "from 0.7 to A: x": [1.0151442989605188],
        "from 3.20909 to C: x": [3.005041362347665],
        "from 3.62727 to D: x": [4],
        "from 5.3 to E: x": [4.994958637652335],
    },
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
    "three_layers": {  # the log loss, then ½(y − a3)²
        "L": [0.5210198527746468, 0.0824527030045617],
        "dL/dw3": [-0.1584082106565601, -0.03820490181018383],
        "dL/db3": [-0.40608546638500054, -0.09793971730050065],
        "dL/dw2": [-0.12027831800376493, -0.029008731998056977],
        "dL/db2": [-0.1932308055717144, -0.04660341735426545],
        "dL/dw1": [0.04359355835621513, 0.01051389703635129],
        "dL/db1": [0.05449194794526892, 0.01314237129543911],
        "L after 1": [0.4073770595],
        "L after 10": [0.1066357754],
        "L after 100": [0.01022090872],
    },
}
SAID = {
    "velocity": [
        "x = 4 + 10·(t − 2)",
        "d²x/dt² > 0, concave up (convex): minimum",
        "d²x/dt² < 0, concave down: maximum",
    ],
    "rules": ["f′ at 0.7 would be -3.221088"],
    "five_minima": ["D is the global minimum", "between D and E, a maximum", "f = -1.000000: D"],
    "single_layer": ["∂L/∂yhat · ∂yhat/∂w2"],
    "three_layers": [
        "∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂w3",
        "∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂a2 · ∂a2/∂z2 · ∂z2/∂b2",
        "≈ 0.04359",
        "picture: demos/out/three_layers.svg",
    ],
}
NO_CURVES = ["single_layer"]
CURVES = {"three_layers": "three_layers_training"}


@pytest.mark.parametrize("demo", OURS)
def test_demo(places, demo):  # noqa: F811
    text, bare = outputs(places, demo)
    assert ("no curves: matplotlib is not installed" in bare) is (demo not in NO_CURVES)
    if importlib.util.find_spec("matplotlib") or demo in NO_CURVES:
        name = CURVES.get(demo, demo)
        assert text.endswith(f"picture: demos/out/{name}.svg\n")
        assert "</svg>" in (places[0] / "out" / f"{name}.svg").read_text("utf-8")
    found = rows(bare)
    for label, expected in OURS[demo].items():
        ours = [number for _, number in found[label]]
        assert ours == pytest.approx(expected, rel=1e-8, abs=1e-12), label
    for words in SAID[demo]:
        assert words in bare


def test_what_is_printed_wrong_differs_and_all_else_agrees(places):  # noqa: F811
    printed = [
        (k, n, x) for k, pairs in rows(outputs(places, "rules")[1]).items() for n, x in pairs
    ]
    wrong = {k for k, n, x in printed if n and abs(float(n) - x) > 1e-8}
    assert wrong == {"n = 10", "n = 100"}
    assert sum(n is not None for _, n, _ in printed) == 19


@pytest.mark.parametrize("demo", OURS)
def test_a_demo_is_short_and_opens_with_its_question(demo):
    lines = (DEMOS / f"{demo}.py").read_text("utf-8").splitlines()
    assert len(lines) <= 60 and lines[0].startswith('"""') and "?" in lines[0]
    assert re.match("003", lines[2])

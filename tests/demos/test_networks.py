"""The demos of neurons and networks: the notes' numbers, and that training learns."""

import re
from xml.etree import ElementTree

import pytest

from tests.demos.running import check, rows

OURS = {  # label: our numbers in its rows, from first to last
    "perceptrons": {
        "ŷ": [0.35, -0.55, 0.425557483188341, 0.425557483188341],
        "L(y, ŷ)": [1.36125, 1.20125, 0.8543552444685271, 0.5543552444685271],
        "∂L/∂ŷ": [-1.65, -1.55, -2.349858807576003, 1.7408182206817178],
        "∂L/∂w1": [-2.475, -1.55, -0.574442516811659, 0.425557483188341],
        "∂L/∂w2": [3.3, -3.1, 1.148885033623318, -0.851114966376682],
        "∂L/∂w3": [1.55],
        "∂L/∂b": [-1.65, -1.55, -0.574442516811659, 0.425557483188341],
        "w1 after the step": [0.7475, 0.255, 0.6872212584058295, 0.18722125840582948],
        "w2 after the step": [-0.08, 0.11, -0.274442516811659, 0.725557483188341],
        "w3 after the step": [0.145],
        "b after the step": [0.265, 0.205, 0.18722125840582948, -0.3127787415941705],
        "dσ/dz at z = -0.3": [0.24445831169074586],
        "dσ/dz at z = 0.0": [0.25],
        "dσ/dz at z = 2.0": [0.10499358540350652],
    },
    "sigmoid": {
        "σ(-3)": [0.04742587317756678],
        "σ(2)": [0.8807970779778824],
        "σ′(2)": [0.10499358540350652],
        "σ(1 − σ) at 2": [0.10499358540350652],
        "σ(-1000)": [0],
        "log loss of y = 1 at z = −1000": [1000],
        "L": [0.8543552444685271],
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
EXACT = {  # the notes' column is computed from their formula
    "three_layers",
}
SAID = {  # errata, verdicts and messages
    "perceptrons": ["is 分类问题 (classification)", "dŷ/dy = ŷ(1 − ŷ) is dŷ/dz", "is −1 − 1."],
    "three_layers": [
        "∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂w3",
        "∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂a2 · ∂a2/∂z2 · ∂z2/∂b2",
        "≈ 0.04359",
        "picture: demos/out/three_layers_network.svg",
        "picture: demos/out/three_layers.svg",
    ],
    "sigmoid": ["picture: demos/out/perceptron_network.svg"],
}


@pytest.mark.parametrize("demo", OURS)
def test_demo(demos, demo):
    text = demos.printed(demo)
    found = rows(text)
    check(found, OURS[demo], exact=demo in EXACT)
    for words in SAID.get(demo, []):
        assert words in text


def test_an_autoencoder_comes_to_the_principal_components(demos):
    found = rows(demos.printed("autoencoder"))
    [(_, one), (_, two)] = found["by principal components, the least"]
    assert [one, two] == pytest.approx([0.2703755459, 0.041867928], rel=1e-9)
    trained = [number for _, number in found["after 60 epochs"]]
    assert one <= trained[0] < 1.01 * one and two <= trained[1] < 1.03 * two
    start = found["1 between: lost before training"] + found["2 between: lost before training"]
    assert min(number for _, number in start) > 1
    assert demos.printed("autoencoder").count("∂a1_1/∂w1_1_1") == 4  # a way through each output


def test_one_layer_does_not_learn_exclusive_or_and_two_do(demos):
    text = demos.printed("not_separable")
    assert "with the loss 0.693147" in text
    found = rows(text)
    one, two = ([pair[k][1] for label, pair in found.items() if "y =" in label] for k in (0, 1))
    assert one == pytest.approx([0.5] * 4, abs=1e-4)
    assert [round(yhat) for yhat in two] == [0, 1, 1, 0]
    assert found["after 250 steps"][0][1] == pytest.approx(0.6931471806)
    assert found["after 250 steps"][1][1] < 0.05


def test_two_layer_network(demos):
    text = demos.run("two_layer_network", PATH="")  # without Graphviz's dot
    rows = re.findall(r"∂L/∂(\w+) +=\s+(-?[\d.]+) .*=\s+(-?[\d.]+)\s+(-?\d+e[-+]\d+)\n", text)
    ours = {name: float(number) for name, number, _, _ in rows}
    by_hand = {"w11": -0.0348097567, "w21": 0.0696195134, "b1": -0.0696195134}
    by_hand |= {"w12": 0.0251751709, "w22": -0.0503503417, "b2": 0.0503503417}
    by_hand |= {"w1": -0.2337086096, "w2": -0.1831474299, "b": -0.406844206}
    assert ours == by_hand  # 003, l. 822-875, at x = (0.5, −1), y = 1
    assert all(abs(float(difference)) < 1e-15 for *_, difference in rows)
    assert "yhat = σ(z)" in text and "0.5931557940" in text
    assert "∂L/∂ŷ = −(y − ŷ)/(ŷ·(1 − ŷ)), pushed back: -1.6858977187" in text
    assert "towards yhat, w11, w21, b1, w12, w22, b2, w1, w2, b: RIGHT" in text
    titles = re.findall(r"^∂L/∂(\w+) = (∂L/∂ŷ · .*?)   \(003, l. \d+", text, re.MULTILINE)
    assert dict(titles) == {
        name: f"∂L/∂ŷ · ∂ŷ/∂z · {way}∂{last}/∂{name}"
        for way, last, names in (
            ("∂z/∂a1 · ∂a1/∂z1 · ", "z1", ("w11", "w21", "b1")),
            ("∂z/∂a2 · ∂a2/∂z2 · ", "z2", ("w12", "w22", "b2")),
            ("", "z", ("w1", "w2", "b")),
        )
        for name in names
    }
    factors = re.findall(r"^  ∂\S+ += \S.*? = (-?\d\.\d{10}) +(-?\d\.\d{10})$", text, re.MULTILINE)
    assert len(factors) == 6 * 6 + 3 * 4  # each factor, and their product
    assert all(by_hand == ours for by_hand, ours in factors)
    chain = re.search(r"∂L/∂w11 = .*\n.*chain_rule\n((?:  ∂.*\n)+)", text)[1]
    numbers = [float(line.split()[-1]) for line in chain.splitlines()]
    assert numbers == pytest.approx(  # ŷ = σ(0.7·σ(0.3) − 0.5·σ(−0.2) + 0.2) = 0.593156
        [-1 / 0.593155794, 0.593155794 * 0.406844206, 0.7, 0.2444583117, 0.5, -0.0348097567],
        rel=1e-8,
    )
    graph = ElementTree.parse(demos.full / "out" / "two_layer_network.svg")
    assert len(graph.findall(".//{*}g[@class='node']")) == 37  # of y, too
    network = ElementTree.parse(demos.full / "out" / "two_layer_as_circles.svg")
    assert len(network.findall(".//{*}g[@class='node']")) == 5
    assert "two_layer_network.html" in text
    page = (demos.full / "out" / "two_layer_network.html").read_text("utf-8")
    assert page.count("<tr data-step=") == 23 + 1 + 38  # forward, the seed, arrows not from 1
    losses = [float(x) for x in re.findall(r"mean log loss (\d\.\d+)", text)]
    assert len(losses) == 4 and losses == sorted(losses, reverse=True)
    assert losses[0] > 0.6 and losses[-1] < 0.123
    accuracy, majority = (float(x) for x in re.findall(r"([\d.]+)%", text))
    assert accuracy > 93 > majority


@pytest.mark.graphviz
def test_two_layer_network_draws_its_graph(demos):
    text = demos.run("two_layer_network")
    assert "two_layer_network.svg" in text
    graph = ElementTree.parse(demos.full / "out" / "two_layer_network.svg")
    assert len(graph.findall(".//{*}g[@class='edge']")) == 40

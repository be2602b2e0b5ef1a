"""Modules drawn as networks: what is connected, where it stands, and what lines and circles say."""

import math
import random
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest

import autograd_lite
from autograd_lite import Value, render
from autograd_lite.draw import displayed, to_svg
from autograd_lite.draw.network import network_of
from autograd_lite.draw.theme import LIGHT, theme_of
from autograd_lite.nn import (
    MLP,
    DeepNetwork,
    Layer,
    Module,
    Neuron,
    Perceptron,
    TwoLayerNetwork,
    log_loss,
)

SVG = "{http://www.w3.org/2000/svg}"
NOTES = {"w11": 0.1, "w21": -0.2, "b1": 0.05, "w12": 0.4, "w22": 0.3, "b2": -0.1}
NOTES |= {"w1": 0.7, "w2": -0.5, "b": 0.2}


class Stacked(Module):
    """A user's own: its parts are called the other way round than they are assigned."""

    def __init__(self):
        self.out, self.hidden = Neuron(3, nonlin=False), Layer(2, 3)

    def __call__(self, x):
        return self.out(self.hidden(x))


class Arrays(Module):
    """One that is written with arrays."""

    def __init__(self):
        self.W = np.array([[Value(0.1), Value(-0.4), Value(0.2)]] * 2, dtype=object)
        self.W[1] = [Value(1.0), Value(0.0), Value(-2.0)]
        self.b, self.spare = [Value(0.5), Value(-0.5)], Value(1.0)

    def __call__(self, x):
        return [(z + b).tanh() for z, b in zip(self.W @ np.array(x), self.b, strict=True)]


class Residual(Module):
    """With a way past a layer."""

    def __init__(self):
        self.first, self.second = Layer(2, 2), Layer(2, 2)

    def __call__(self, x):
        h = self.first(x)
        return [a + b for a, b in zip(h, self.second(h), strict=True)]


class Product(Module):
    """No network of weighted sums."""

    def __init__(self):
        self.p, self.q = Neuron(2), Neuron(2)

    def __call__(self, x):
        return self.p(x) * self.q(x)


class Dropout(Module):
    """One that draws random numbers."""

    def __init__(self):
        self.layer = Layer(2, 2)

    def __call__(self, x):
        random.random(), np.random.random()  # noqa: NPY002
        return self.layer(x)


def notes():
    net = TwoLayerNetwork()
    net.load_state_dict(NOTES)
    return net


def parsed(model, **options):
    return ET.fromstring(to_svg(model, **options))


def groups(root, kind):
    return [g for g in root.iter(f"{SVG}g") if g.get("class", "").split()[:1] == [kind]]


def told(g):
    return g.find(f"{SVG}title").text


def texts(g):
    return ["".join(t.itertext()) for t in g.iter(f"{SVG}text")]


def circles(root):
    """(x, y, r) of the units, in the order in which they stand in the file."""
    found = [g.find(f"{SVG}circle") for g in groups(root, "node")]
    return [tuple(float(c.get(key)) for key in ("cx", "cy", "r")) for c in found]


def strokes(root):
    """Tooltip: (sign, colour, width) of the lines."""
    found = {}
    for g in groups(root, "edge"):
        shape = g[1]
        sign = g.get("class").split()[1]
        found[told(g)] = sign, shape.get("stroke"), float(shape.get("stroke-width"))
    return found


# ---- what is connected --------------------------------------------------------------------------

STRUCTURES = [  # module, sample, units of each layer, the functions, lines
    (Perceptron(2), None, [2, 1], ["linear"], 2),
    (Perceptron(3, "sigmoid"), [1, 2, 3], [3, 1], ["sigmoid"], 3),
    (Perceptron(1, "tanh"), 2.0, [1, 1], ["tanh"], 1),
    (Perceptron(1, lambda z: z * z.sigmoid()), None, [1, 1], ["f"], 1),
    (TwoLayerNetwork(), None, [2, 2, 1], ["sigmoid", "sigmoid"], 6),
    (DeepNetwork([1, 1, 1, 1]), None, [1, 1, 1, 1], ["sigmoid"] * 3, 3),
    (DeepNetwork([3, 4, 2], activation="tanh", output=None), None, [3, 4, 2], None, 20),
    (DeepNetwork([2, 2, 1], activation=None, output=None), None, [2, 2, 1], ["linear"] * 2, 6),
    (MLP(3, [4, 4, 1]), None, [3, 4, 4, 1], ["relu", "relu", "linear"], 32),
    (Layer(3, 2), None, [3, 2], ["relu"], 6),
    (Neuron(3, nonlin=False), [1, 2, 3], [3, 1], ["linear"], 3),
    (Neuron(0), None, [0, 1], ["linear"], 0),
    (Stacked(), None, [2, 3, 1], ["relu", "linear"], 9),
    (Arrays(), [1, 2, 3], [3, 2], ["tanh"], 6),
    (Residual(), None, [2, 2, 2, 2], ["relu", "relu", "linear"], 12),
    (MLP(20, [64, 10]), None, [20, 64, 10], ["relu", "linear"], 20 * 64 + 640),
]


@pytest.mark.parametrize(("model", "sample", "sizes", "functions", "lines"), STRUCTURES)
def test_the_structure_is_that_of_the_computation(model, sample, sizes, functions, lines):
    network = network_of(model, sample)
    assert [len(layer) for layer in network.layers] == sizes
    if functions:
        units = network.units
        assert [units[layer[0]].function for layer in network.layers[1:]] == functions
    assert sum(len(unit.edges) for unit in network.units) == lines
    assert network.unused == (1 if isinstance(model, Arrays) else 0)
    weights = {e.weight for u in network.units for e in (*u.edges, *u.biases)} - {None}
    assert len(weights) == len(model.parameters()) - network.unused


def test_the_weights_lead_from_where_to_where_they_do():
    network = network_of(TwoLayerNetwork())
    _, _, h1, h2, out = network.units
    ends = {e.weight.label: (e.source, k) for k, u in enumerate(network.units) for e in u.edges}
    assert ends == {
        "w11": (0, 2), "w21": (1, 2), "w12": (0, 3), "w22": (1, 3), "w1": (2, 4), "w2": (3, 4)
    }  # fmt: skip
    assert [u.biases[0].weight.label for u in (h1, h2, out)] == ["b1", "b2", "b"]
    mlp = MLP(2, [3, 2], seed=0)
    for layer, neurons in zip(network_of(mlp).layers[1:], mlp.layers, strict=True):
        units = [network_of(mlp).units[k] for k in layer]
        own = [[e.weight for e in u.edges] for u in units]
        assert own == [neuron.w for neuron in neurons.neurons]  # in their order


def test_numbers_around_a_sum_are_no_units():
    class Scaled(Module):
        def __init__(self):
            self.w, self.b = [Value(2.0), Value(3.0)], Value(0.5)

        def __call__(self, x):
            z = sum(w * v for w, v in zip(self.w, x, strict=True)) - self.b  # 0 + …
            return 1 / (1 + (-z).exp())

    network = network_of(Scaled(), [1.0, -1.0])
    assert [len(layer) for layer in network.layers] == [2, 1]
    unit = network.units[2]
    assert unit.value.data == 1 / (1 + math.exp(1.5)) and unit.z.data == -1.5
    assert [e.sign for e in unit.biases] == [-1]
    assert "−b = −0.5" not in to_svg(Scaled(), sample=[1, -1])  # it has no label
    assert "−bias = −0.5, gradient — (b)" in to_svg(Scaled(), sample=[1, -1])


REFUSED = [  # what, sample, the message
    (Product(), None, "combines several"),
    (Product(), [1, 2], "combines several"),
    (Module(), None, "sample="),
    (Arrays(), None, "sample="),
    (Perceptron(2), ["a", 1], "inputs of one sample"),
    (Perceptron(2), [[1, 2]], "inputs of one sample"),
]


@pytest.mark.parametrize(("model", "sample", "message"), REFUSED)
def test_other_modules_are_refused_with_the_way_out(model, sample, message, tmp_path):
    with pytest.raises(TypeError, match=message) as error:
        render(model, tmp_path / "net.svg", sample=sample)
    assert "loss" in str(error.value) or "inputs" in message
    assert list(tmp_path.iterdir()) == []


def test_drawing_draws_no_random_numbers():
    model = Dropout()
    random.seed(5), np.random.seed(5)  # noqa: NPY002
    to_svg(model)
    drawn = random.random(), np.random.random()  # noqa: NPY002
    random.seed(5), np.random.seed(5)  # noqa: NPY002
    assert drawn == (random.random(), np.random.random())  # noqa: NPY002


# ---- lines and circles --------------------------------------------------------------------------


def test_lines_have_the_sign_and_the_width_of_their_weight():
    found = strokes(parsed(notes()))
    assert len(found) == 6
    for name, (sign, color, width) in found.items():
        weight = float(re.search("= (.*?),", name)[1].replace("−", "-"))
        assert sign == ("plus" if weight > 0 else "minus")
        assert color == (LIGHT.plus if weight > 0 else LIGHT.minus)
        assert width == pytest.approx(6 * abs(weight) / 0.7, abs=0.006)
    assert "x₂ → a₁: w₂₁ = −0.2, gradient —" in found


def test_gradients_in_place_of_weights():
    net = notes()
    with pytest.raises(ValueError, match="backward"):
        to_svg(net, show="gradients")
    log_loss(1, net([0.5, -1.0])).backward()
    found = strokes(parsed(net, show="gradients"))
    largest = max(abs(getattr(net, name).grad) for name in NOTES if name[0] == "w")
    for name, p in net.named_parameters().items():
        if name[0] == "w":
            sign, _, width = next(
                x for told, x in found.items() if f"= {p.data:g},".replace("-", "−") in told
            )
            assert sign == ("plus" if p.grad > 0 else "minus")
            assert width == pytest.approx(6 * abs(p.grad) / largest, abs=0.006)
    w1 = net.w1.grad
    net.w1.grad = math.nan
    net.w11.zero_grad()
    net.w2.grad = 0.0
    signs = {name[:7]: sign for name, (sign, *_) in strokes(parsed(net, show="gradients")).items()}
    assert signs["a₁ → ŷ:"] == "wild" and signs["x₁ → a₁"] == "none" and signs["a₂ → ŷ:"] == "zero"
    assert w1 < 0
    legend = texts(groups(parsed(net, show="gradients"), "legend")[0])
    assert {"0", "not computed", "NaN or ∞", "lines, by gradient:"} <= set(legend)


def test_a_sample_gives_the_activations():
    net, x = notes(), [0.5, -1.0]
    root = parsed(net, sample=x)
    lines = [texts(g) for g in groups(root, "node")]
    a1, a2 = (1 / (1 + math.exp(-z)) for z in (0.3, -0.2))
    yhat = net(x).data
    assert lines == [
        ["x1", "0.5"], ["x2", "−1"],
        ["a1", f"{a1:.4f}"], ["a2", f"{a2:.4f}"], ["ŷ", f"{yhat:.4f}"],
    ]  # fmt: skip
    assert told(groups(root, "node")[2]) == (
        "a₁ = sigmoid(z₁) = 0.5744, z₁ = 0.3, b₁ = 0.05, gradient —"
    )
    fills = [g.find(f"{SVG}circle").get("fill") for g in groups(root, "node")]
    assert fills[1] in LIGHT.below and {*fills[:1], *fills[2:]} <= {*LIGHT.above}
    assert to_svg(net, sample=np.array(x)) == to_svg(net, sample=[Value(0.5), Value(-1.0)])
    with pytest.raises(ValueError, match="takes 2 inputs, got 3"):
        to_svg(net, sample=[1, 2, 3])
    assert all(not p.has_grad for p in net.parameters())


def test_symbols_are_typeset():
    root = parsed(notes())
    names = [texts(g)[0] for g in groups(root, "node")]
    assert names == ["x1", "x2", "a1", "a2", "ŷ"]
    assert {t for g in groups(root, "label") for t in texts(g)} == {
        "w11 = 0.1", "w21 = −0.2", "w12 = 0.4", "w22 = 0.3", "w1 = 0.7", "w2 = −0.5"
    }  # fmt: skip
    assert len([t for t in root.iter(f"{SVG}tspan") if t.get("dy")]) > 10
    assert "w⁽¹⁾₂₃ = " in to_svg(MLP(3, [4, 1], seed=0))


def test_units_without_names_of_their_own_are_numbered():
    found = [texts(g)[0] for g in groups(parsed(Stacked()), "node")]
    assert found == ["x1", "x2", "a1", "a2", "a3", "z"]  # the labels that the graph has
    drawing = to_svg(Residual())  # both layers label theirs a1, a2, and the sums have no label
    found = [texts(g)[0] for g in groups(ET.fromstring(drawing), "node")]
    assert found == ["x1", "x2", *(f"a({c}){k}" for c in (1, 2, 3) for k in (1, 2))]
    assert "x₁ → a⁽¹⁾₂: w⁽¹⁾₁₂ = " in drawing and "(first.neurons.1.w.0)" in drawing
    assert "a⁽¹⁾₁ → a⁽³⁾₁: without a weight" in drawing


def test_numbers_that_are_not_finite_are_marked():
    net = notes()
    net.w12.data, net.b.data = math.inf, math.nan
    root = parsed(net, sample=[1.0, 2.0])
    assert {sign for sign, *_ in strokes(root).values()} == {"plus", "minus", "wild"}
    assert texts(groups(root, "node")[-1]) == ["ŷ", "NaN"]
    assert groups(root, "node")[-1].find(f"{SVG}circle").get("fill") == LIGHT.wild


@pytest.mark.parametrize("zero", [MLP(2, [2, 1], seed=0), Neuron(0), Layer(1, 1)])
def test_nothing_but_zeros(zero):
    for p in zero.parameters():
        p.data = 0.0
    assert {
        sign
        for sign, *_ in strokes(
            parsed(
                zero, sample=[0.0] * 2 if isinstance(zero, MLP) else [0.0] * isinstance(zero, Layer)
            )
        ).values()
    } <= {"zero"}


# ---- where --------------------------------------------------------------------------------------

SHAPES = [
    Perceptron(2), TwoLayerNetwork(seed=0), MLP(3, [4, 4, 1], seed=0), MLP(20, [64, 10], seed=0),
    MLP(8, [8, 8], seed=0), Residual(), Stacked(), DeepNetwork([1] * 6, seed=0), Layer(13, 1),
]  # fmt: skip


@pytest.mark.parametrize("model", SHAPES, ids=repr)
@pytest.mark.parametrize("has_sample", [False, True])
def test_layers_are_columns_and_nothing_overlaps(model, has_sample):
    sizes = [len(layer) for layer in network_of(model).layers]
    root = parsed(model, sample=[0.1 * k for k in range(sizes[0])] if has_sample else None)
    _, _, width, height = map(float, root.get("viewBox").split())
    columns = {}
    for x, y, r in circles(root):
        columns.setdefault(x, []).append((y, r))
        assert r <= x <= width - r and r <= y <= height - r
    assert len(columns) == len(sizes) and list(columns) == sorted(columns)
    middles = []
    for column in columns.values():
        ys = [y for y, _ in column]
        assert ys == sorted(ys)
        assert all(b - a >= 2 * column[0][1] + 6 for a, b in pairwise(ys))
        middles.append((ys[0] + ys[-1]) / 2)
    assert max(middles) - min(middles) < 0.02
    for (x1, x2), c in zip(pairwise(columns), columns.values(), strict=False):
        assert x2 - x1 >= 2 * c[0][1] + 60
    plates = [
        [float(g[0].get(key)) for key in ("x", "y", "width", "height")]
        for g in groups(root, "label")
    ]
    for k, (x, y, w, h) in enumerate(plates):
        assert not any(
            x < cx + r and cx - r < x + w and y < cy + r and cy - r < y + h
            for cx, cy, r in circles(root)
        )
        for x2, y2, w2, h2 in plates[:k]:
            assert not (x < x2 + w2 - 1 and x2 < x + w - 1 and y < y2 + h2 and y2 < y + h)


FOLDS = [  # sizes, max_neurons, circles of each layer, hidden
    ([20, 64, 10], 12, [6, 6, 10], [14, 58]),
    ([13, 1], 12, [6, 1], [7]),
    ([12, 1], 12, [12, 1], []),
    ([12, 5, 1], 3, [3, 3, 1], [9, 2]),
    ([9, 1], 2, [2, 1], [7]),
    ([20, 64, 10], 100, [20, 64, 10], []),
]


@pytest.mark.parametrize(("sizes", "most", "kept", "hidden"), FOLDS)
def test_large_layers_fold(sizes, most, kept, hidden):
    model = MLP(sizes[0], sizes[1:], seed=0)
    root = parsed(model, max_neurons=most)
    assert [len(groups(g, "node")) for g in groups(root, "layer")] == kept
    dots = groups(root, "more")
    assert [texts(g) for g in dots] == [[f"… {n:,} more"] for n in hidden]
    for g, layer in zip(dots, [g for g in groups(root, "layer") if groups(g, "more")], strict=True):
        *_, above, below = (float(n.find(f"{SVG}circle").get("cy")) for n in groups(layer, "node"))
        ys = [float(c.get("cy")) for c in g.iter(f"{SVG}circle")]
        assert above + 8 < min(ys) and max(ys) < below - 8
    assert len(strokes(root)) == sum(a * b for a, b in pairwise(kept))
    assert all(width <= 6 for _, _, width in strokes(root).values())
    sample = [0.1 * k for k in range(sizes[0])]
    with_sample = parsed(model, max_neurons=most, sample=sample)
    for g in groups(with_sample, "more"):
        assert "are not drawn; their values: from " in told(g)


def test_many_lines_fade():
    opacities = [
        float(g[1].get("stroke-opacity", 1))
        for g in groups(parsed(MLP(12, [12, 1], seed=0)), "edge")
    ]
    assert min(opacities) < 0.4 and max(opacities) > 0.95
    assert all(g[1].get("stroke-opacity") is None for g in groups(parsed(notes()), "edge"))


def test_the_legend_has_numbers():
    root = parsed(notes())
    legend = groups(root, "legend")[0]
    assert texts(legend) == ["lines, by weight:", "< 0", "> 0", "0.5", "0.1", "in circles: bias"]
    widths = [float(x.get("stroke-width")) for x in legend.iter(f"{SVG}line")]
    assert widths[2:] == [pytest.approx(6 * x / 0.7, abs=0.006) for x in (0.5, 0.1)]


# ---- as a file ----------------------------------------------------------------------------------


def test_the_same_bytes_and_ids_of_its_own():
    one, other = to_svg(notes()), to_svg(notes(), sample=[1, 2])
    assert one == to_svg(notes())
    ids = [set(re.findall(' id="(.*?)"', svg)) for svg in (one, other, to_svg(MLP(2, [2, 1])))]
    assert len(ids[0]) == len(re.findall(" id=", one)) and not ids[0] & ids[1]
    assert not ids[1] & ids[2]
    assert "<script" not in one and " on" not in re.sub(">[^<]*<", "", one)


def test_it_says_what_it_shows():
    root = parsed(notes())
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == "TwoLayerNetwork: 2 → 2 → 1"
    assert "a₁ → ŷ: w₁ = 0.7" in root.find(f"{SVG}desc").text
    assert "1 parameters that have no part" in to_svg(Arrays(), sample=[1, 2, 3])
    assert [texts(g)[0] for g in groups(root, "layer")] == ["2 inputs", "2 × sigmoid", "sigmoid"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_those_of_the_theme(theme):
    drawing = to_svg(MLP(20, [13, 2], seed=0), theme=theme, sample=[0.5] * 20)
    known = set(re.findall("#[0-9a-f]{6}", repr(theme_of(theme))))
    assert set(re.findall('(?:fill|stroke)="(#[0-9a-f]{6})"', drawing)) <= known
    assert '<rect class="background" width="' in drawing


def test_auto_follows_the_reader_and_transparent_has_plates():
    drawing = to_svg(notes(), theme="auto", sample=[1, 2])
    assert "prefers-color-scheme: dark" in drawing
    assert drawing.replace("prefers", "").count("<style>") == 1
    bare = to_svg(notes(), background="transparent")
    assert 'class="background"' not in bare
    assert bare.count('class="plate"') > to_svg(notes()).count('class="plate"')


@pytest.mark.parametrize("label", ["<&\"'>", "x" * 80, "权重", "\x00\n", "{x}", 'id="@'])
def test_any_label(label):
    net = Perceptron(2, seed=0)
    net.w1.label = label
    root = parsed(net, sample=[Value(1.0, label=label), 2.0])
    assert len(groups(root, "node")) == 3 and len(groups(root, "edge")) == 2


def test_options_of_others_are_refused(tmp_path):
    for options in ({"rankdir": "TB"}, {"engine": "dot"}, {"collapse": ["layer 1"]}):
        with pytest.raises(TypeError, match="a network's drawing has the options"):
            render(notes(), tmp_path / "net.svg", **options)
    for options in ({"sample": [1, 2]}, {"show": "gradients"}, {"max_neurons": 3}):
        for draw in (lambda v, o: to_svg(v, **o), lambda v, o: render(v, tmp_path / "a.svg", **o)):
            with pytest.raises(TypeError, match="only a network's drawing has it"):
                draw(Value(1.0) + 2, options)
    for suffix in ("html", "dot"):
        with pytest.raises(TypeError, match=r"a module, drawn as \.svg, \.png, \.pdf; .*call it"):
            render(notes(), tmp_path / f"net.{suffix}")
    for options in ({"show": "w"}, {"max_neurons": 1}, {"digits": 0}, {"theme": "blue"}):
        with pytest.raises(ValueError, match=next(iter(options))):
            to_svg(notes(), **options)
    assert list(tmp_path.iterdir()) == []


def test_one_sample_of_a_network_and_the_samples_of_a_page_are_told_apart(tmp_path):
    column = {"x1": [0.5, 2.0], "x2": [1.0, 3.0]}
    loss = notes()([1.0, 2.0])
    for root, options, told in (
        (notes(), {"sample": column}, r"inputs of one sample.*a page are samples=\{"),
        (notes(), {"sample": [[1, 2], [3, 4]]}, r"inputs of one sample.*a page are samples=\{"),
        (notes(), {"sample": "ab"}, r"inputs of one sample"),
        (notes(), {"samples": column}, r"only a page can train.* one sample: sample=\["),
        (loss, {"sample": [0.5, 1.0]}, r"only a network's drawing.* a page takes samples=\{"),
    ):
        with pytest.raises(TypeError, match=told):
            render(root, tmp_path / "net.svg", **options)
    assert list(tmp_path.iterdir()) == []


def test_render_writes_the_same(tmp_path):
    path = render(notes(), tmp_path / "net.svg", sample=[0.5, -1.0], digits=2)
    content = path.read_text("utf-8")
    assert content.partition("\n")[2] == to_svg(notes(), sample=[0.5, -1.0], digits=2)
    assert content.startswith("<?xml") and "0.57" in content and "0.574" not in content


def test_a_notebook_shows_the_network():
    shown = notes()._repr_mimebundle_()
    assert shown["text/plain"] == "TwoLayerNetwork()"
    assert shown["image/svg+xml"] == displayed(notes()) and "prefers-color" in displayed(notes())
    for other in (Product(), Module(), Arrays(), MLP(150, [150])):
        assert other._repr_mimebundle_() == {"text/plain": repr(other)}


def test_a_missing_converter_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("autograd_lite.draw.convert.BROWSERS", ("chromium",))
    with pytest.raises(autograd_lite.ConverterMissingError, match=r"write an \.svg"):
        render(notes(), tmp_path / "net.png")
    assert list(tmp_path.iterdir()) == []

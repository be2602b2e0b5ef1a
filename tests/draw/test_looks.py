"""How drawings look: names typeset, gradients as colours, paths marked, themes with contrast."""

import itertools
import math
import random
import re
import subprocess
import warnings
import xml.etree.ElementTree as ET
from dataclasses import asdict

import pytest

from autograd_lite import Value, chain_rule
from autograd_lite.draw import to_dot, to_svg
from autograd_lite.draw.picture import Look, picture_of
from autograd_lite.draw.shading import Scale
from autograd_lite.draw.svg import dressed
from autograd_lite.draw.theme import DARK, LIGHT, SCOPE, theme_of, variables
from autograd_lite.expr import Typeset, shown
from autograd_lite.labels import html_of, pieces, shortened, svg_of, text_of, typeset
from autograd_lite.nn import MLP, DeepNetwork, Layer, Neuron, Perceptron, TwoLayerNetwork, log_loss
from autograd_lite.steps import backward_table, to_latex
from autograd_lite.steps.passes import all_steps
from autograd_lite.steps.symbols import names_of
from autograd_lite.value import flow, order

SVG = "{http://www.w3.org/2000/svg}"


def groups(svg, kind):
    return [g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("class") == kind]


def lines(g):
    return ["".join(t.itertext()).replace("\xa0", " ") for t in g.iter(f"{SVG}text")]


def letters(marked):
    return "".join(text for _, text in pieces(marked))


def network():
    loss = log_loss(1, TwoLayerNetwork(seed=0)([0.5, -1.0]))
    loss.label = "L"
    loss.backward()
    return loss


def named(root, label):
    return next(v for v in order(root) if v.label == label)


# ---- names --------------------------------------------------------------------------------------

SYMBOLS = [  # label, Unicode, HTML, LaTeX
    ("w_{11}", "w₁₁", "w<sub>11</sub>", "w_{11}"),
    ("w11", "w₁₁", "w<sub>11</sub>", "w_{11}"),
    ("w_11", "w₁₁", "w<sub>11</sub>", "w_{11}"),
    ("w₁₁", "w₁₁", "w<sub>11</sub>", "w_{11}"),
    ("$w_{11}$", "w₁₁", "w<sub>11</sub>", "w_{11}"),
    (r"\hat y", "ŷ", "ŷ", r"\hat{y}"),
    (r"\hat{y}", "ŷ", "ŷ", r"\hat{y}"),
    ("yhat", "ŷ", "ŷ", r"\hat{y}"),
    ("y_hat", "ŷ", "ŷ", r"\hat{y}"),
    ("y_hat_1", "ŷ₁", "ŷ<sub>1</sub>", r"\hat{y}_{1}"),
    ("y1_hat", "ŷ₁", "ŷ<sub>1</sub>", r"\hat{y}_{1}"),
    (r"\hat{\theta}_1", "θ̂₁", "θ̂<sub>1</sub>", r"\hat{\theta}_{1}"),
    (r"\hat{y_1}", "ŷ₁", "ŷ<sub>1</sub>", r"\hat{y}_{1}"),
    (r"\hat{y}_{i}^{(2)}", "ŷ⁽²⁾ᵢ", "ŷ<sup>(2)</sup><sub>i</sub>", r"\hat{y}^{(2)}_{i}"),
    (r"\bar\theta", "θ̄", "θ̄", r"\bar{\theta}"),
    ("xbar", "x̄", "x̄", r"\bar{x}"),
    ("w_tilde", "w̃", "w̃", r"\tilde{w}"),
    ("z^{(2)}", "z⁽²⁾", "z<sup>(2)</sup>", "z^{(2)}"),
    ("z^(2)", "z⁽²⁾", "z<sup>(2)</sup>", "z^{(2)}"),
    ("w^{(l)}_{ij}", "w⁽ˡ⁾ᵢⱼ", "w<sup>(l)</sup><sub>ij</sub>", "w^{(l)}_{ij}"),
    ("w_{ij}^{(l)}", "w⁽ˡ⁾ᵢⱼ", "w<sup>(l)</sup><sub>ij</sub>", "w^{(l)}_{ij}"),
    ("w_{i,j}", "wᵢ,ⱼ", "w<sub>i,j</sub>", "w_{i,j}"),
    ("w1_2_4", "w⁽¹⁾₂₄", "w<sup>(1)</sup><sub>24</sub>", "w^{(1)}_{24}"),
    ("w1_2_14", "w⁽¹⁾₂,₁₄", "w<sup>(1)</sup><sub>2,14</sub>", "w^{(1)}_{2,14}"),
    ("b1_4", "b⁽¹⁾₄", "b<sup>(1)</sup><sub>4</sub>", "b^{(1)}_{4}"),
    ("w1_2", "w₁,₂", "w<sub>1,2</sub>", "w_{1,2}"),
    ("theta_1", "θ₁", "θ<sub>1</sub>", r"\theta_{1}"),
    ("alpha", "α", "α", r"\alpha"),
    (r"\alpha", "α", "α", r"\alpha"),
    ("Delta", "Δ", "Δ", r"\Delta"),
    ("σ2", "σ₂", "σ<sub>2</sub>", r"\sigma_{2}"),
    ("dW1", "dW₁", "dW<sub>1</sub>", "dW_{1}"),
    ("dtheta_1", "dθ₁", "dθ<sub>1</sub>", r"d\theta_{1}"),
    ("∂L", "∂L", "∂L", r"\partial L"),
    ("Δw1", "Δw₁", "Δw<sub>1</sub>", r"\Delta w_{1}"),
    ("∇L", "∇L", "∇L", r"\nabla L"),
    ("a^{[1]}_2", "a^{[1]}₂", "a<sup>[1]</sup><sub>2</sub>", "a^{[1]}_{2}"),
    ("x_{t-1}", "xₜ₋₁", "x<sub>t−1</sub>", "x_{t-1}"),
    ("x_max", "x_max", "x<sub>max</sub>", r"x_{\max}"),
    ("y_true", "y_true", "y<sub>true</sub>", r"y_{\mathrm{true}}"),
    ("y'", "y′", "y′", r"y^{\prime}"),
    ("W^T", "Wᵀ", "W<sup>T</sup>", "W^{T}"),
    ("x^2", "x²", "x<sup>2</sup>", "x^{2}"),
]
OTHERS = [
    "x + y",
    "user_name",
    "layer 1",
    "loss",
    "loss1",
    "that",
    "What",
    "xi",
    "f(x)",
    "a_dot_b",
    r"\hat yx",
    "2x",
    "dx",
]
OTHERS += [
    "-0",
    "_1",
    "x_",
    "x__1",
    "w_{1}_{2}",
    "权1",
    "x^(n + 1)",
    "",
    " ",
    "<b>&",
    "a b",
    "w[1]",
]


@pytest.mark.parametrize(("label", "text", "in_html", "in_latex"), SYMBOLS)
def test_symbols(label, text, in_html, in_latex):
    symbol = typeset(label)
    assert (symbol.text, symbol.html, symbol.latex) == (text, in_html, in_latex)
    drawn = ET.fromstring(f"<text>{symbol.svg}</text>")
    assert "".join(drawn.itertext()) == re.sub("<[^>]*>", "", in_html)
    assert len(drawn) == in_html.count("</")


@pytest.mark.parametrize("label", OTHERS)
def test_other_labels_stay_as_they_are(label):
    symbol = typeset(label)
    assert (symbol.is_symbol, symbol.text) == (False, label)
    assert ET.fromstring(f"<text>{symbol.svg}</text>").text in (label, None)


def test_a_label_cannot_bring_marks_of_its_own():
    assert typeset("w\ufdd011\ufdd2").text == "w�11�"


def test_indices_stand_low_and_what_follows_does_not():
    drawn = svg_of(typeset("z^(2)").marked + " = " + typeset("w_1").marked + " + 1")
    shifts = [float(x) for x in re.findall(r'dy="(.*?)"', drawn)]
    assert list(itertools.accumulate(shifts)) == pytest.approx([-4.2, 0, 3, 0])
    assert re.findall(r'font-size="(.*?)"', drawn) == ["9", "9"]
    strong = svg_of(" + 1", strong=typeset("w_1").marked)
    assert [float(x) for x in re.findall(r'dy="(.*?)"', strong)] == [3, -3]


def test_the_same_names_in_every_formula():
    w, x, b = Value(2.0, label="w_{11}"), Value(3.0, label=r"\hat x"), Value(1.0, label="theta_1")
    z = w * x
    z.label = "z^{(2)}"
    y = z + b
    svg = to_svg(y, engine="builtin")
    assert [lines(g)[0] for g in groups(svg, "node")] == [
        *("w11", "x̂", "z(2) = w11 · x̂", "θ1", "v1 = z(2) + θ1")
    ]
    tips = [g.find(f"{SVG}title").text for g in groups(svg, "node")]
    assert tips[2].startswith("z⁽²⁾ = w₁₁ · x̂, value 6") and tips[4].startswith("v₁ = z⁽²⁾ + θ₁")
    assert groups(svg, "edge")[0].find(f"{SVG}title").text == "∂z⁽²⁾/∂w₁₁ = x̂ = 3"
    assert "<B>z<SUP>(2)</SUP></B>&#160;=&#160;w<SUB>11</SUB>&#160;·&#160;x̂" in to_dot(y)
    assert r"z^{(2)} = w_{11} \cdot \hat{x}" in to_latex(y, forward=True)
    steps = list(all_steps(y, names=names_of(order(y), Typeset)))
    assert html_of(steps[0].formula) == "w<sub>11</sub> · x̂"
    assert text_of(steps[1].formula) == "z⁽²⁾ + θ₁"
    assert "z^{(2)} · " not in backward_table(y) and "→ z^{(2)}" in backward_table(y)  # as typed


def test_marks_in_any_order_are_read_alike():
    draw, signs = random.Random(5), "\ufdd0\ufdd1\ufdd2a1x ŷ\n"
    for _ in range(3000):
        text = "".join(draw.choices(signs, k=draw.randrange(9)))
        told = [
            text_of(f"\ufdd0{x}\ufdd2" if k == "sub" else f"\ufdd1{x}\ufdd2" if k else x)
            for k, x in pieces(text)
        ]
        assert text_of(text) == "".join(told)


@pytest.mark.parametrize("label", ["z^{(2)}", "w1_2_4", "y'", "x^2"])
def test_latex_has_no_power_of_a_power(label):
    written = to_latex(Value(2.0, label=label) ** 3, forward=True)
    assert rf"({typeset(label).latex})^{{3}}" in written
    assert "}^" not in written.replace(")^", "")


def test_symbols_are_no_formulas_and_need_no_brackets():
    for label, squared in [
        ("w_{-1}", "w_{-1}^2"),
        ("z^{(2)}", "z^{(2)}^2"),
        ("x^2", "(x^2)^2"),
        ("x-1", "(x-1)^2"),
    ]:
        assert next(all_steps(Value(2.0, label=label) ** 2)).formula == squared


LONG = [
    ("weights_of_the_first_layer_1", "weights_of_the_first_layer_2"),
    ("layer_1_weights_of_the_neurons", "layer_2_weights_of_the_neurons"),
    ("a_very_long_name_of_the_1st_of_many_weights", "a_very_long_name_of_the_2nd_of_many_weights"),
    ("x" * 40 + "1" + "x" * 40, "x" * 40 + "2" + "x" * 40),
]


@pytest.mark.parametrize("pair", LONG, ids=range(len(LONG)))
def test_long_names_that_differ_are_drawn_differently(pair):
    one, other = shortened(pair).values()
    assert one != other and max(len(one), len(other)) <= 24 and "…" in one
    y = Value(1.0, label=pair[0]) * Value(2.0, label=pair[1])
    heads = [lines(g)[0] for g in groups(to_svg(y, engine="builtin"), "node")]
    assert heads[:2] == [one, other]
    assert one in to_dot(y) and other in to_dot(y)


def test_long_names_are_cut_in_the_middle_in_tables():
    y = Value(1.0, label="the_weight_of_layer_1") * Value(2.0, label="the_weight_of_layer_2")
    told = backward_table(y)
    assert told.count("the_w…er_1") == told.count("the_w…er_2") >= 1


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: Perceptron(2)([1.0, 2.0]), {"w₁", "w₂", "b"}),
        (lambda: TwoLayerNetwork()([1.0, 2.0]), {"w₁₁", "w₂₁", "b₁", "w₁", "b"}),
        (lambda: DeepNetwork([2, 2, 1])([1.0, 2.0]), {"w⁽¹⁾₂₁", "b⁽¹⁾₂", "w⁽²⁾₁₁", "b⁽²⁾₁"}),
        (lambda: DeepNetwork([1, 1])([1.0]), {"w₁", "b₁"}),
        (lambda: MLP(2, [3, 1])([1.0, 2.0]), {"w⁽¹⁾₂₃", "b⁽¹⁾₃", "w⁽²⁾₃₁", "b⁽²⁾₁"}),
        (lambda: sum(Layer(2, 2)([1.0, 2.0])), {"w₁,₂", "b₂"}),
        (lambda: Neuron(2)([1.0, 2.0]), {"w₁", "w₂", "b"}),
    ],
)
def test_every_parameter_of_a_network_is_drawn_with_a_name_of_its_own(make, names):
    y = make()
    parameters = [v for v in order(y) if v.is_leaf and not v.is_constant]
    told = [typeset(v.label).text for v in parameters if v.label[:1] in "wb"]
    assert names <= set(told)
    assert len(told) == len(set(told)) and all(told)
    heads = {lines(g)[0] for g in groups(to_svg(y, engine="builtin", max_nodes=300), "node")}
    assert {letters(typeset(v.label).marked) for v in parameters} <= heads


# ---- gradients as colours -----------------------------------------------------------------------

SCALES = [  # numbers, bounds, the class of each
    ([0.5, -12.0, 3e-4, 0.0], ("0.01", "0.2"), [3, -3, 1, 0]),
    ([1.0, 1.0], ("0.1", "0.2"), [3, 3]),
    ([1e-300, -1e300], ("1e-100", "1e+100"), [1, -3]),
    ([5e-324], ("5e-324", "5e-324"), [3]),
    ([0.0, -0.0], (), [0, 0]),
    ([math.nan, math.inf, -2.0], ("0.2", "0.5"), [None, None, -3]),
]


@pytest.mark.parametrize(("numbers", "bounds", "parts"), SCALES)
def test_scale(numbers, bounds, parts):
    scale = Scale(numbers)
    assert scale.bounds == bounds
    assert [scale.part(x) if math.isfinite(x) else None for x in numbers] == parts
    assert scale.is_wild == (None in parts)


def signed():
    """y with gradients of both signs and of several powers, and some that are NaN or ∞."""
    a, b, c = Value(2.0, label="a"), Value(1e-6, label="b"), Value(-3.0, label="c")
    d = Value(5.0, label="d")
    y = a * b + c * d * 0.001
    y.label = "y"
    y.backward()
    return y


def shown_grad(g):
    text = next(x for x in lines(g) if x.startswith("grad")).removeprefix("grad ")
    return float(text.replace("−", "-").replace("∞", "inf"))


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_box_has_the_colour_of_the_sign_and_size_of_its_gradient(theme):
    y = signed()
    svg = to_svg(y, engine="builtin", color="gradient", theme="dark" if theme is DARK else "light")
    shades = [*reversed(theme.below), theme.box, *theme.above]
    found = []
    for g in groups(svg, "node"):
        if len(lines(g)) > 1:
            found.append((shown_grad(g), shades.index(g.find(f"{SVG}rect").get("fill")) - 3))
    assert all((part > 0) == (grad > 0) for grad, part in found)
    found.sort()
    assert [part for _, part in found] == sorted(part for _, part in found)
    assert {-2, 1, 3} <= {part for _, part in found}
    legend = lines(groups(svg, "legend")[0])
    assert legend[0] == "gradient:" and legend[4] == "0" and len(legend) == 8
    low, high = (float(x.removeprefix("≥ ")) for x in legend[-2:])
    for grad, part in found:
        assert abs(part) == (abs(grad) > 0) + (abs(grad) >= low) + (abs(grad) >= high)


@pytest.mark.parametrize("wild", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_hatched_outlined_and_told(wild):
    y = signed()
    y.operands[0].grad = wild
    svg = to_svg(y, engine="builtin", color="gradient")
    marked = [g for g in groups(svg, "node") if "wild" in g.find(f"{SVG}rect").get("class")]
    assert [lines(g)[2] for g in marked] == [f"grad {shown(wild)}"]
    rect = marked[0].find(f"{SVG}rect")
    assert (rect.get("fill"), rect.get("stroke")) == (LIGHT.wild, LIGHT.wild_line)
    assert len([p for p in marked[0].iter(f"{SVG}path") if p.get("class") == "hatch"]) == 2
    assert lines(groups(svg, "legend")[0])[-1] == "NaN or ∞"
    assert "wild" not in to_svg(y, engine="builtin")
    assert f'color="{LIGHT.wild_line}" fillcolor="{LIGHT.wild}"' in to_dot(y, color="gradient")


def test_arrows_show_what_they_add():
    y = signed()
    look = Look(arrows="gradient")
    picture = picture_of(y, look)
    told = {}
    for arrow in picture.arrows:
        v, i = arrow.edge
        x = v.operands[i]
        if x.is_constant:
            assert (arrow.color, arrow.width) == ("", 0)
            continue
        added = flow(v, v.grad, v.local_gradients[i])
        told[x] = told.get(x, 0.0) + added
        assert arrow.color == (LIGHT.plus if added > 0 else LIGHT.minus)
        assert re.search(r"; adds .* × .* [=≈] ", arrow.tooltip)
    assert told == {v: v.grad for v in order(y) if not v.is_constant and v is not y}
    by_size = sorted(
        (abs(flow(*e)), a.width) for a in picture.arrows if a.color for e in [pushed(a)]
    )
    assert [w for _, w in by_size] == sorted(w for _, w in by_size)
    assert {1.2, 4.4} <= {w for _, w in by_size}
    assert lines(groups(to_svg(y, engine="builtin", arrows="gradient"), "legend")[0])[:3] == [
        *("upstream × local:", "< 0", "> 0")
    ]
    plain = to_svg(signed(), engine="builtin")
    assert "legend" not in plain


def pushed(arrow):
    v, i = arrow.edge
    return v, v.grad, v.local_gradients[i]


@pytest.mark.parametrize("seed", [math.nan, math.inf])
def test_arrows_that_add_what_is_not_finite_are_dashed(seed):
    y = Value(1.0, label="a") * 2
    y.grad = seed
    svg = to_svg(y, engine="builtin", arrows="gradient")
    path = groups(svg, "edge")[0].find(f"{SVG}path")
    assert (path.get("stroke"), path.get("stroke-dasharray")) == (LIGHT.wild_line, "5 3")
    assert lines(groups(svg, "legend")[0])[-1] == "NaN or ∞"
    assert "style=dashed" in to_dot(y, arrows="gradient")


def test_arrows_without_gradients_stay_as_they_are():
    y = Value(1.0, label="a") * 2
    picture = picture_of(y, Look(arrows="gradient"))
    assert not any(a.color for a in picture.arrows) and not picture.legend


# ---- paths --------------------------------------------------------------------------------------


def on_path(root, chosen, **options):
    """The names of the boxes that are marked, and how many arrows."""
    picture = picture_of(root, Look(highlight=chosen, **options))
    boxes = [letters(b.lines[0].strong) for b in picture.boxes if "highlight" in b.marks]
    return sorted(boxes), sum("highlight" in a.marks for a in picture.arrows)


def test_a_path_is_marked_with_all_that_lies_on_it():
    loss = network()
    rule = chain_rule(loss, named(loss, "w11"))
    assert len(rule.paths) == 1  # its factors lead through nodes without a label
    names, arrows = on_path(loss, rule.paths[0])
    assert {"w11", "v1", "v3", "z1", "a1", "z", "L"} <= set(names)
    assert len(names) - 1 == arrows
    assert on_path(loss, rule) == on_path(loss, [rule.paths[0]]) == (names, arrows)


def test_several_paths_and_values_at_once():
    loss = network()
    x1 = chain_rule(loss, named(loss, "x1"))
    assert len(x1.paths) == 2
    both, first, second = (on_path(loss, c)[0] for c in (x1.paths, x1.paths[0], x1.paths[1]))
    assert set(both) == {*first, *second} and "a1" in first and "a2" in second
    more = on_path(loss, [x1.paths[0], named(loss, "b2")])[0]
    assert set(more) == {*first, "b2"}


def test_an_edge_beside_the_path_is_not_marked():
    w = Value(2.0, label="w")
    z = w * 3
    z.label = "z"
    y = z + w
    y.label = "y"
    through = next(p for p in chain_rule(y, w).paths if len(p.factors) == 2)
    assert on_path(y, through) == (["w", "y", "z"], 2)
    direct = next(p for p in chain_rule(y, w).paths if len(p.factors) == 1)
    assert on_path(y, direct) == (["w", "y"], 1)
    assert on_path(y, direct, repeat_leaves=True) == (["w", "y"], 1)  # one of the two copies
    assert on_path(y, [w, z, y]) == (["w", "y", "z"], 3)  # Values: every arrow between them


def test_more_ways_than_are_written_out_are_all_marked():
    x = Value(1.0, label="x")
    y = x.exp() + x.sin() + x.cos() + x.tanh() + x.sinh() + x.cosh()
    y.label = "y"
    (path,) = chain_rule(y, x, every_node=False).paths
    (factor,) = path.factors
    assert (factor.count, len(factor.ways)) == (6, 4)
    names, arrows = on_path(y, path)
    assert len(names) == len(order(y)) and arrows == 6 * 2 + 4


def test_a_path_through_what_is_folded():
    loss = network()
    path = chain_rule(loss, named(loss, "w11")).paths[0]
    names, arrows = on_path(loss, path, collapse=["layer 1"])
    assert "layer 1" in names and arrows == len(names) - 1
    names, arrows = on_path(loss, path, fold_sums=True)
    assert arrows == len(names) - 1
    names, arrows = on_path(loss, path, scopes="boxes")
    assert "neuron 1" in names and arrows == len(names) - 1


# ---- tooltips -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"gradients": False},
        {"formulas": False},
        {"digits": 2},
        {"digits": 17},
        {"fold_sums": True},
        {"collapse": ["layer 1"]},
        {"scopes": "boxes"},
    ],
    ids=str,
)
def test_a_tooltip_says_what_its_box_says(options):
    loss = network()
    for box in picture_of(loss, Look(**options)).boxes:
        said = [text_of(line.strong) + text_of(line.text) for line in box.lines]
        rest = box.tooltip.replace("gradient ", "grad ")
        for text in said:
            if box.kind == "constant" or text.startswith("Σ"):
                continue
            assert text in rest, (text, rest)
        numbers = re.findall(r"(?:value|grad) (\S+?)(?:[,;]|$)", rest)
        assert len(numbers) <= len(said)
        assert all(any(x in text for text in said) for x in numbers)
        assert ("grad " in rest) == any(line.kind == "grad" for line in box.lines)


# ---- themes -------------------------------------------------------------------------------------


def brightness(color):
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    light, dark = sorted((brightness(one), brightness(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def turned(svg):
    """An SVG with theme="auto", as one sees it who prefers it dark."""
    rules = re.findall(rf'\.{SCOPE} \[(\w+)="(.*?)"\] {{ \w+: (\S+) }}', svg)
    assert rules
    body = re.sub("<style>.*?</style>", "", svg)
    dark = {(what, one): other for what, one, other in rules}
    return re.sub(
        r'(fill|stroke)="(.*?)"',
        lambda m: f'{m[1]}="{dark.get((m[1], m[2]), m[2])}"',
        body,
    )


def drawings():
    loss, wild, sums = network(), signed(), MLP(2, [2, 1], seed=1)([0.5, -1.0])
    wild.operands[0].grad = math.nan
    wild.operands[1].operands[0].grad = math.inf
    sums.backward()
    path = chain_rule(loss, named(loss, "w11")).paths[0]
    yield loss, {"local_derivatives": True}
    yield loss, {"color": "gradient", "arrows": "gradient", "local_derivatives": True}
    yield loss, {"highlight": path, "scopes": "boxes"}
    yield loss, {"highlight": path, "color": "gradient"}
    yield loss, {"focus": named(loss, "a1"), "radius": 1, "highlight": path}
    yield wild, {"color": "gradient", "arrows": "gradient", "local_derivatives": True}
    yield sums, {"color": "gradient", "scopes": "boxes", "highlight": sums}
    yield loss, {"max_nodes": 10}


def measured(svg, hosts):
    """(least contrast of a text, of a line) against what is under it or beside it."""
    texts, strokes = [], []
    root = ET.fromstring(svg)
    under = [r.get("fill") for r in root.findall(f"{SVG}rect") if r.get("class") == "plate"]
    for note in root.findall(f"{SVG}text"):
        texts += [contrast(note.get("fill"), x) for x in under or hosts]
    for g in root.iter(f"{SVG}g"):
        kind = g.get("class")
        if kind == "graph":
            continue
        rects = g.findall(f"{SVG}rect")
        plates = [r.get("fill") for r in rects if r.get("class") == "plate"]
        box = rects[0].get("fill") if kind == "node" else None
        for text in g.iter(f"{SVG}text"):
            under = [box] if box else plates or hosts
            texts += [contrast(text.get("fill"), x) for x in under]
        for line in [*rects, *g.findall(f"{SVG}path")]:
            if line.get("stroke") is not None:
                inner = line.get("class") in ("inner", "hatch")
                outer = [box] if inner and box else plates if kind == "legend" else []
                strokes += [contrast(line.get("stroke"), x) for x in outer or hosts]
        tips = g.findall(f"{SVG}polygon")
        strokes += [contrast(tip.get("fill"), x) for tip in tips for x in hosts]
    return min(texts), min(strokes)


CASES = [
    ("light", None, [LIGHT.box]),
    ("dark", None, [DARK.box]),
    ("auto", None, [DARK.box]),
    ("light", "transparent", ["#ffffff", "#111111", "#1e1e1e"]),
    ("dark", "transparent", ["#ffffff", "#111111", "#1e1e1e"]),
    ("auto", "transparent", ["#ffffff", "#111111", "#1e1e1e"]),
    ("light", "#808080", ["#808080"]),
    ("light", "#888", ["#888888"]),
    ("dark", "#5a7d9a", ["#5a7d9a"]),
    ("auto", "#fffbe6", ["#fffbe6"]),
]


@pytest.mark.parametrize(("theme", "background", "hosts"), CASES)
def test_every_text_and_line_has_contrast(theme, background, hosts):
    for root, options in drawings():
        svg = to_svg(root, engine="builtin", theme=theme, background=background, **options)
        svg = turned(svg) if theme == "auto" else svg
        text, line = measured(svg, hosts)
        assert text >= 4.5 and line >= 3.0, (options, text, line)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_border_stands_out_from_its_own_box_too(theme):
    for root, options in drawings():
        for box in picture_of(
            root, Look(theme="dark" if theme is DARK else "light", **options)
        ).boxes:
            fill, line, *_ = dressed(box, theme)
            assert contrast(fill, line) >= 3.0, (options, fill, line)


@pytest.mark.parametrize("background", [None, "transparent"])
def test_auto_is_light_and_turns_dark(background):
    for root, options in drawings():
        light, dark, auto = (
            to_svg(root, engine="builtin", theme=theme, background=background, **options)
            for theme in ("light", "dark", "auto")
        )
        assert light != dark
        bare = re.sub(r"<style>.*</style>\n", "", auto).replace(f'class="{SCOPE}" ', "", 1)
        assert bare == light
        assert turned(auto).replace(f'class="{SCOPE}" ', "", 1).replace("\n\n", "\n") == dark


def test_the_rules_of_auto_touch_no_other_drawing():
    svg = to_svg(network(), engine="builtin", theme="auto", color="gradient")
    (style,) = re.findall("<style>(.*?)</style>", svg)
    rules = re.findall(r"([^{}]*)\{[^{}]*\}", style.partition("{")[2])
    assert len(rules) > 8
    assert all(rule.strip().startswith(f".{SCOPE} [") for rule in rules)
    assert SCOPE not in to_svg(network(), engine="builtin")


def test_drawings_in_a_notebook_have_ids_of_their_own(monkeypatch):
    monkeypatch.setenv("PATH", "")
    one, other = network(), signed()
    found = []
    for y in (one, other):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            svg = y._repr_mimebundle_()["image/svg+xml"]
        assert f'class="{SCOPE}"' in svg
        found.append(set(re.findall(r'\bid="(.*?)"', svg)))
    assert found[0] and not found[0] & found[1]


@pytest.mark.parametrize("anywhere", [False, True])
def test_a_light_colour_has_one_dark_colour(anywhere):
    """So that a rule can turn it, wherever it stands; only pages use the colour of pages."""
    pairs = {}
    light, dark = (asdict(theme_of(t, anywhere=anywhere)) for t in ("light", "dark"))
    for name, color in light.items():
        if name != "page":
            turned = [(color, dark[name])]
            if not isinstance(color, str):
                turned = zip(color, dark[name], strict=True)
            for one, other in turned:
                assert pairs.setdefault(one, other) == other, name


def test_colours_as_css_variables():
    told = variables("a { color: var(--ink); fill: var(--below-3); stroke: var(--wild-line) }")
    found = {
        name: pair for name, *pair in re.findall(r"--([\w-]+): light-dark\((.*?), (.*?)\);", told)
    }
    assert found == {
        "ink": [LIGHT.ink, DARK.ink],
        "wild-line": [LIGHT.wild_line, DARK.wild_line],
        "below-3": [LIGHT.below[2], DARK.below[2]],
    }
    assert "color-scheme: light dark;" in told


@pytest.mark.parametrize("theme", ["light", "dark", "auto", None])
def test_the_theme_of_a_dot_file(theme):
    colors = DARK if theme == "dark" else LIGHT
    source = to_dot(network(), theme=theme)
    used = set(re.findall("#[0-9a-f]{6}", source))
    known = {c for x in asdict(colors).values() for c in ([x] if isinstance(x, str) else x)}
    assert used <= known and f'bgcolor="{colors.box}"' in source


def test_a_theme_is_one_of_three():
    with pytest.raises(ValueError, match="theme='night': it is one of None, light, dark, auto"):
        to_svg(network(), theme="night")


# ---- dot ----------------------------------------------------------------------------------------


@pytest.mark.graphviz
@pytest.mark.parametrize("case", range(8))
def test_graphviz_shows_the_same_texts(case):
    root, options = list(drawings())[case]
    source = to_dot(root, **options).encode()
    done = subprocess.run(["dot", "-Tsvg"], input=source, capture_output=True, check=True)
    theirs, ours = done.stdout.decode(), to_svg(root, engine="builtin", **options)
    for kind in ("node", "edge", "cluster"):
        one, other = (
            {g.get("id"): "".join(lines(g)) for g in groups(svg, kind)} for svg in (theirs, ours)
        )
        assert one == other
    legend = groups(ours, "legend")
    if legend:
        graph = next(g for g in ET.fromstring(theirs).iter(f"{SVG}g") if g.get("class") == "graph")
        told = ["".join(t.itertext()).replace("\xa0", " ") for t in graph.findall(f"{SVG}text")]
        assert [x for x in told if x] == lines(legend[0])

"""Drawings: every operand an arrow, labels as typed, two layouts with one look, files whole."""

import inspect
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import graphviz
import pytest

from autograd_lite import GraphvizMissingError, Value, draw_dot, render, scope, stepper, trace
from autograd_lite.draw import Look, to_dot, to_svg
from autograd_lite.draw.theme import LIGHT
from autograd_lite.errors import DotFailedError
from autograd_lite.labels import is_clean, pieces, typeset
from autograd_lite.nn import MLP, TwoLayerNetwork, log_loss
from autograd_lite.steps import backward_table, to_json, to_latex, to_markdown
from autograd_lite.value import order

SVG = "{http://www.w3.org/2000/svg}"
ENGINES = ["builtin", pytest.param("dot", marks=pytest.mark.graphviz)]
LABELS = [
    "a:b",
    '<b>&"x|{}',
    "\\N",
    "\\",
    "\\n",
    "\\\\",
    "a -> b",
    "权重 1",
    "梯度下降",
    "a b",
    " ",
]
LABELS += [
    "</text><script>alert(1)</script>",
    "<script>alert(1)</script>",
    "&amp;",
    "&lt;",
    "&#65;",
]
LABELS += ["%3", "σ", "{", "}", "{|}", "|", "<", ">", "<x>", "<lambda> <map>", '"', "'", "''", "`"]
LABELS += ["two\nlines", "tab\there", "nul\x00", "\x1b[31m", "\ud800", "\udfff", "\ufffe", "\u2028"]
LABELS += ["é", "e\u0301", "👩‍👩‍👧", "🇨🇳", "שלום", "\u202eabc", "javascript:alert(1)", "n0", "e0"]
LABELS += ["onload=alert(1)", "]]>", "<!--", "--", "x" * 24, "x" * 25, "x" * 20_000, "graph", "-0"]


def groups(svg, kind):
    return [g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("class") == kind]


def lines(g):
    return ["".join(t.itertext()).replace("\xa0", " ") for t in g.iter(f"{SVG}text")]


def boxes(svg):
    """The lines of text in each box, by its id."""
    return {g.get("id"): lines(g) for g in groups(svg, "node")}


def network():
    loss = log_loss(1, TwoLayerNetwork(seed=0)([0.5, -1.0]))
    loss.label = "L"
    return loss


# ---- what is drawn ------------------------------------------------------------------------------


def test_trace_keeps_order_and_duplicates():
    a, b = Value(1.0), Value(2.0)
    y = a * b + a
    nodes, pairs = trace(y)
    assert nodes == [a, b, y.operands[0], y]
    assert pairs == [(a, nodes[2]), (b, nodes[2]), (nodes[2], y), (a, y)]
    assert len(trace(a + a)[1]) == 2


def test_draw_dot_is_a_digraph_and_needs_no_program(monkeypatch):
    monkeypatch.setenv("PATH", "")
    a = Value(1.0, label="a")
    picture = draw_dot(a + 2, format="png", rankdir="TB")
    assert isinstance(picture, graphviz.Digraph)
    assert picture.format == "png"
    assert "rankdir=TB" in picture.source
    assert picture.source == to_dot(a + 2, rankdir="TB")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_network_of_the_notes(engine):
    loss = network()
    before = boxes(to_svg(loss, engine=engine))
    assert all(text[-1] == "grad —" for text in before.values())
    assert not any("0.0000" in line for text in before.values() for line in text)
    loss.backward()
    svg = to_svg(loss, engine=engine)
    nodes, pairs = trace(loss)
    drawn = boxes(svg)
    assert len(drawn) == len(nodes) == 28
    assert len(groups(svg, "edge")) == len(pairs) == 29
    assert [lines(g) for g in groups(svg, "cluster")] == [
        ["layer 1"],
        ["layer 2"],
        ["neuron 1"],
        ["neuron 2"],
    ]
    for i, v in enumerate(nodes):
        head, value, gradient = drawn[f"n{i}"]
        assert head == drawn_as(v.label) if not v.operands else head.endswith(told(v, nodes))
        assert float(value.replace("−", "-")) == pytest.approx(v.data, rel=1e-3)
        assert float(gradient.split()[1].replace("−", "-")) == pytest.approx(v.grad, rel=1e-3)


def drawn_as(label):
    """The letters of a label in a drawing, whose indices are small: w11, but ŷ for yhat."""
    return "".join(text for _, text in pieces(typeset(label).marked))


def told(v, nodes):
    """The formula of a node, with v1, v2, … for what has no label."""
    unnamed = [x for x in nodes if not x.label]
    names = [drawn_as(x.label) or f"v{unnamed.index(x) + 1}" for x in v.operands]
    return f" = {v.op.formula(*names)}"


@pytest.mark.graphviz
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"local_derivatives": True, "color": "gradient"},
        {"scopes": "boxes", "rankdir": "TB"},
        {"scopes": "none", "fold_sums": True, "repeat_leaves": True},
        {"gradients": False, "formulas": False, "digits": 2},
    ],
    ids=str,
)
def test_both_layouts_have_the_same_ids_classes_and_texts(options):
    loss = network()
    loss.backward()
    found = []
    for engine in ("dot", "builtin"):
        root = ET.fromstring(to_svg(loss, engine=engine, **options))
        elements = [
            (e.tag, e.get("id"), e.get("class"), e.text, e.get("fill")) for e in root.iter()
        ]
        found.append(elements)
    assert found[0] == found[1]
    assert len(found[0]) > 30


@pytest.mark.parametrize(
    ("make", "formula", "arrows"),
    [
        (lambda a, b: a + a, "a + a", ["n0"] * 2),
        (lambda a, b: a * a, "a · a", ["n0"] * 2),
        (lambda a, b: a - b, "a − b", ["n0", "n1"]),
        (lambda a, b: b / a, "b / a", ["n0", "n1"]),
        (lambda a, b: a**b, "a^b", ["n0", "n1"]),
        (lambda a, b: a**2, "a^2", ["n0"]),
        (lambda a, b: 2**a, "2^a", ["n0"]),
        (lambda a, b: a.sigmoid(), "σ(a)", ["n0"]),
        (lambda a, b: a.maximum(b), "max(a, b)", ["n0", "n1"]),
    ],
)
def test_an_operation_is_one_box_with_an_arrow_for_each_operand(make, formula, arrows):
    y = make(Value(2.0, label="a"), Value(3.0, label="b"))
    svg = to_svg(y, engine="builtin", local_derivatives=True)
    drawn = boxes(svg)
    assert len(drawn) == len(set(arrows)) + 1
    assert list(drawn.values())[-1][0] == f"v1 = {formula.replace('^', '')}"
    raised = re.findall(r'dy="-[\d.]+" font-size="[\d.]+">(.*?)</tspan>', svg.split("</desc>")[-1])
    assert raised[:1] == formula.split("^")[1:]
    edges = groups(svg, "edge")
    assert [g.get("id") for g in edges] == [f"e{i}" for i in range(len(arrows))]
    paths = [g.find(f"{SVG}path").get("d") for g in edges]
    assert len(set(paths)) == len(arrows)  # also where two lead the same way
    shown = [float(lines(g)[0].replace("−", "-")) for g in edges]
    assert shown == pytest.approx(y.local_gradients, rel=1e-3)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (float("nan"), "NaN"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (-0.0, "0"),
        (0.0, "0"),
        (1e-12, "1e-12"),
        (1e-5, "1e-05"),
        (1.5e30, "1.5e+30"),
        (-0.40684, "−0.4068"),
        (5e-324, "4.941e-324"),
        (1e308, "1e+308"),
        (123456.0, "1.235e+05"),
    ],
)
def test_numbers_of_every_kind_are_readable(number, text):
    v = Value(number, label="v")
    v.grad = number
    assert boxes(to_svg(v, engine="builtin")) == {"n0": ["v", text, f"grad {text}"]}
    assert text in to_dot(v)


def test_a_constant_shows_its_number_alone():
    a = Value(3.0, label="a")
    y = a * 2
    y.backward()
    assert list(boxes(to_svg(y, engine="builtin")).values()) == [
        ["a", "3", "grad 2"],
        ["2"],
        ["v1 = a · 2", "6", "grad 1"],
    ]


def test_nodes_made_by_hand_are_drawn():
    v = Value(2.0, label="v")
    made = Value(1.0, (v,), "mine", "m")
    custom = Value(4.0, (made, made), "twice")
    custom._backward = lambda: None
    drawn = list(boxes(to_svg(custom, engine="builtin", local_derivatives=True)).values())
    assert [text[0] for text in drawn] == ["v", "m = mine(v)", "v1 = twice(m, m)"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("label", LABELS, ids=range(len(LABELS)))
def test_labels_are_drawn_as_typed(label, engine):
    y = Value(1.0, label=label) + 1
    svg = to_svg(y, engine=engine)
    expected = label.translate({10: "⏎", 9: "⇥"})
    expected = expected if len(expected) <= 24 else expected[:12] + "…" + expected[-11:]
    expected = re.sub("[\x00\x1b\ud800\udfff\ufffe\u2028\u202e]", "�", expected)
    drawn = boxes(svg)
    assert [*drawn] == ["n0", "n1", "n2"]
    assert drawn["n0"] == [expected, "1", "grad —"]
    tooltip = groups(svg, "node")[0].find(f"{SVG}title").text
    assert len(label) < 100 or label in tooltip  # shortened, but for the tooltip
    root = ET.fromstring(svg)
    assert {e.tag.removeprefix(SVG) for e in root.iter()} <= {
        *("svg", "title", "desc", "g", "rect", "path", "polygon", "text", "tspan")
    }
    names = {name for e in root.iter() for name in e.keys()}  # noqa: SIM118 - not a dict
    assert not [
        name for name in names if name.startswith("on") or "href" in name or name == "style"
    ]


@pytest.mark.graphviz
@pytest.mark.parametrize("label", LABELS, ids=range(len(LABELS)))
def test_labels_survive_graphviz(label):
    source = to_dot(Value(1.0, label=label) + 1)
    done = subprocess.run(
        ["dot", "-Tsvg"], input=source.encode("utf-8", "replace"), capture_output=True, check=True
    )
    drawn = boxes(done.stdout.decode())
    assert len(drawn) == 3
    expected = label.translate({10: "⏎", 9: "⇥"})
    expected = expected if len(expected) <= 24 else expected[:12] + "…" + expected[-11:]
    expected = re.sub("[\x00\x1b\ud800\udfff\ufffe\u2028\u202e]", "�", expected)
    assert "".join(drawn["n0"]).startswith(expected)  # n and 0 are two texts of Graphviz's
    assert b"<script" not in done.stdout


def hostile(labels):
    """A graph in which everything that takes a name has each of these."""
    y = Value(0.5)
    for label in labels:
        x = Value(1.0, label=label)
        with scope(str(label)):
            y = x + y * 2.0
        y = Value(3.0, (y, x), str(label), local_grads=(1.0, 1.0))  # made by hand
        y.label = label
    return y


HOSTILE = [*LABELS, 3, None, "\r\n", "\u0085", "\ufdd0", "\U0001ffff", "\ud83d", "\uffff"]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_output_bears_every_label(engine, tmp_path):
    own_scripts = stepper(Value(1.0) * 2, engine=engine).html.count("<script")
    for k in range(0, len(HOSTILE), 5):
        labels = HOSTILE[k : k + 5]
        y = hostile(labels)
        for scopes in ("frames", "boxes"):
            ET.fromstring(to_svg(y, engine=engine, scopes=scopes, local_derivatives=True).encode())
        page = stepper(y, engine=engine).html.encode().decode()
        ET.fromstring(re.search("<svg xmlns.*?</svg>", page, re.DOTALL)[0])
        assert page.count("<script") == own_scripts
        data = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]
        assert len(json.loads(data)["nodes"]) == len(order(y))
        for text in (to_dot(y), to_latex(y), to_markdown(y), backward_table(y)):
            assert is_clean(text.encode().decode().replace("\n", "").replace("\t", ""))
        assert render(y, tmp_path / "g.dot").read_text(encoding="utf-8") == to_dot(y)
        told = json.loads(to_json(y, forward=True).encode())["nodes"]
        assert {str(x) for x in labels if x} <= {node["label"] for node in told}


def test_a_page_bears_every_title():
    own_scripts = stepper(Value(1.0) * 2, engine="builtin").html.count("<script")
    for label in HOSTILE:
        page = stepper(Value(1.0) * 2, engine="builtin", title=str(label)).html
        assert is_clean(page.encode().decode().replace("\n", ""))
        assert page.count("<script") == own_scripts


# ---- options ------------------------------------------------------------------------------------


def test_gradients_formulas_and_digits():
    y = Value(2 / 3, label="x").sigmoid()
    assert list(boxes(to_svg(y, engine="builtin", gradients=False)).values()) == [
        ["x", "0.6667"],
        ["v1 = σ(x)", "0.6608"],
    ]
    short = list(boxes(to_svg(y, engine="builtin", formulas=False, digits=2)).values())
    assert short == [["x", "0.67", "grad —"], ["v1 = sigmoid", "0.66", "grad —"]]


def test_color_by_gradient_has_a_legend_and_leaves_unknown_ones_white():
    a, b = Value(3.0, label="a"), Value(0.0, label="b")
    y = a * 2 + b * 0
    svg = to_svg(y, engine="builtin", color="gradient")
    assert lines(groups(svg, "legend")[0]) == ["gradient:", "0"]
    assert len({g.find(f"{SVG}rect").get("fill") for g in groups(svg, "node")}) == 1
    y.backward()
    svg = to_svg(y, engine="builtin", color="gradient")
    fills = {g.get("id"): g.find(f"{SVG}rect").get("fill") for g in groups(svg, "node")}
    assert fills["n0"] != fills["n3"] == "#ffffff"  # ∂y/∂a = 2, ∂y/∂b = 0


def test_highlight_a_value_a_list_and_a_path():
    from autograd_lite import chain_rule

    loss = network()
    w11 = next(v for v in order(loss) if v.label == "w11")
    path = chain_rule(loss, w11, every_node=True).paths[0]

    def marked(**options):
        svg = to_svg(loss, engine="builtin", **options)
        kinds = [g.find(f"{SVG}rect").get("class") for g in groups(svg, "node")]
        edges = [g.find(f"{SVG}path") for g in groups(svg, "edge")]
        orange = sum(path.get("stroke") == LIGHT.marked for path in edges)
        return sum("highlight" in kind for kind in kinds), orange

    assert marked() == (0, 0)
    assert marked(highlight=w11) == (1, 0)
    assert marked(highlight=[w11, loss]) == (2, 0)
    assert marked(highlight=path) == (len(path.nodes), len(path.nodes) - 1)
    with pytest.raises(TypeError, match=r"highlight takes Values and paths .*, not 'w11'"):
        to_svg(loss, highlight=["w11"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rankdir": "up"}, "rankdir='up': it is one of LR, TB, RL, BT"),
        ({"scopes": "all"}, "scopes='all': it is one of None, frames, boxes, none"),
        ({"color": "red"}, "color='red': it is one of None, gradient"),
        ({"digits": 0}, "digits=0: a whole number from 1 to 17"),
        ({"engine": "neato"}, "engine='neato': it is one of auto, dot, builtin"),
        ({"background": 'red"/><script>'}, "background="),
        ({"radius": -1}, "radius=-1"),
        ({"max_nodes": 0}, "max_nodes=0: a whole number of boxes, or None"),
        ({"max_nodes": 2.5}, "max_nodes=2.5: a whole number of boxes, or None"),
        ({"focus": Value(1.0)}, "focus=.* is not in the graph"),
        ({"collapse": ["layer 9"]}, "no scope is named 'layer 9'; there are 'layer 1', 'layer 2'"),
    ],
)
def test_bad_options_name_themselves(options, message):
    with pytest.raises(ValueError, match=message):
        to_svg(network(), **options)


@pytest.mark.parametrize("draw", [draw_dot, to_dot, to_svg, render], ids=lambda f: f.__name__)
def test_the_options_are_those_of_look_and_have_its_defaults(draw):
    taken = inspect.signature(draw).parameters
    options = inspect.signature(Look).parameters
    own = {"root", "format", "path", "engine", "wrt", "samples", "show", "sample", "max_neurons"}
    assert [x for x in taken if x not in own] == [*options]
    for name, option in options.items():
        assert taken[name].default == option.default
        assert taken[name].annotation == option.annotation
        assert taken[name].kind is inspect.Parameter.KEYWORD_ONLY or name == "rankdir"


def test_every_option_reaches_the_picture(tmp_path):
    loss = network()
    loss.backward()
    a1 = next(v for v in order(loss) if v.label == "a1")
    options = {
        "rankdir": "TB",
        "gradients": False,
        "formulas": False,
        "digits": 2,
        "local_derivatives": True,
        "color": "gradient",
        "arrows": "gradient",
        "highlight": a1,
        "scopes": "none",
        "collapse": ["layer 1"],
        "repeat_leaves": True,
        "fold_sums": True,
        "focus": a1,
        "radius": 1,
        "max_nodes": 3,
        "background": "ivory",
        "theme": "dark",
    }
    assert [*options] == [*inspect.signature(Look).parameters]
    plain = to_svg(loss, engine="builtin"), to_dot(loss)
    for name, value in options.items():
        more = {"focus": a1} if name == "radius" else {}
        before = (to_svg(loss, engine="builtin", **more), to_dot(loss, **more)) if more else plain
        svg = to_svg(loss, engine="builtin", **{name: value}, **more)
        source = to_dot(loss, **{name: value}, **more)
        assert (svg != before[0], source != before[1]) == (True, True), name
        path = render(loss, tmp_path / "g.svg", engine="builtin", **{name: value}, **more)
        assert path.read_text(encoding="utf-8").endswith(svg)
        assert draw_dot(loss, **{name: value}, **more).source == source


def test_importing_needs_no_heavy_module():
    """Graphviz's package, and what only its pages and files would need."""
    heavy = ["graphviz", "xml.sax.saxutils", "urllib.request", "importlib.resources", "secrets"]
    script = f"import sys, autograd_lite; print([x for x in {heavy} if x in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_background():
    y = Value(1.0) + 1
    plain = to_svg(y, engine="builtin")
    assert re.search(rf'<rect class="background" [^>]*fill="{LIGHT.box}"/>', plain)
    assert 'fill="ivory"' in to_svg(y, engine="builtin", background="ivory")
    assert 'class="background"' not in to_svg(y, engine="builtin", background="transparent")


# ---- big graphs ---------------------------------------------------------------------------------


def chain(n):
    v = Value(1.0, label="x")
    for _ in range(n):
        v = v * 1.0
    return v


def note(svg):
    """The line under the drawing; it begins the description, too."""
    texts = [t for t in ET.fromstring(svg) if t.tag == f"{SVG}text"]
    found = "".join(texts[0].itertext()) if texts else ""
    assert not found or ET.fromstring(svg).find(f"{SVG}desc").text.startswith(f"{found}; ")
    return found


@pytest.mark.parametrize("n", [400, 5_000, 30_000])
def test_of_a_graph_too_large_what_is_near_the_result_is_drawn(n):
    y = chain(n)
    svg = to_svg(y, engine="builtin")
    assert len(boxes(svg)) <= 300
    assert {f"n{k}" for k in range(2 * n - 100, 2 * n + 1)} <= boxes(svg).keys()
    told = f"{2 * n + 1:,} nodes: only what is near the result is drawn (max_nodes=None draws all)"
    assert note(svg) == told
    for draw in (to_dot, draw_dot):
        assert told.replace(" ", "&#160;") in str(draw(y))


def two_layers():
    """2 layers of 20 neurons of 2 sums each, 500 nodes or so, and a few sums outside."""
    loss = MLP(4, [20, 20, 1], seed=1)([Value(0.1 * k, label=f"x{k}") for k in range(4)])
    loss.backward()
    return loss


def scattered():
    """400 nodes of which 198 are sums."""
    return sum([Value(float(k)) * 2 for k in range(3)], Value(1.0)) + sum(
        Value(float(k)) for k in range(200)
    )


FOLDED = [  # graph, options, how many boxes at most, what the note says
    (two_layers, {}, 300, "each sum and scope such as neuron 1 is one box"),
    (two_layers, {"max_nodes": 40}, 40, "each sum and scope such as layer 1 is one box"),
    (two_layers, {"max_nodes": 6}, 6, "only what is near the result is drawn"),
    (two_layers, {"max_nodes": 1}, 3, "only what is near the result is drawn"),
    (two_layers, {"max_nodes": 30, "scopes": "boxes"}, 30, "only what is near the result"),
    (two_layers, {"scopes": "frames"}, 300, "only what is near the result is drawn"),
    (two_layers, {"scopes": "none"}, 300, "only what is near the result is drawn"),
    (two_layers, {"collapse": ["layer 1", "layer 2"]}, 50, "sums of more than 12 terms are one"),
    (two_layers, {"max_nodes": None, "fold_sums": False}, None, ""),
    (two_layers, {"scopes": "boxes"}, 45, ""),
    (scattered, {"max_nodes": 220}, 220, "sums of more than 12 terms are one box"),
    (scattered, {"max_nodes": 220, "fold_sums": False}, 220, "only what is near the result"),
    (scattered, {"max_nodes": 220, "fold_sums": True}, 220, ""),
    (network, {"max_nodes": 20}, 20, "each sum and scope such as neuron 1 is one box"),
    (network, {"max_nodes": 5, "fold_sums": False}, 6, "only what is near the result"),
    (network, {}, 28, ""),
]


@pytest.mark.parametrize(("graph", "options", "most", "told"), FOLDED)
def test_detail_is_folded_by_itself_but_for_what_is_asked_for(graph, options, most, told):
    root = graph()
    svg = to_svg(root, engine="builtin", **options)
    assert told in note(svg) and bool(told) == bool(note(svg))
    drawn = boxes(svg)
    assert len(drawn) <= (most or len(order(root)))
    if most is None:
        assert len(drawn) == len(order(root))
    kinds = [g.find(f"{SVG}rect").get("class") for g in groups(svg, "node")]
    assert sum("root" in kind.split() for kind in kinds) == 1
    if options.get("scopes") in ("frames", "none"):
        assert not any("scope" in kind.split() for kind in kinds)


def test_a_parameter_that_is_used_everywhere_brings_nothing_near():
    x, u = Value(2.0, label="x"), Value(0.0)
    for _ in range(3000):
        u = u.tanh() + x * x
    svg = to_svg(u, engine="builtin")
    assert {f"n{k}" for k in range(len(order(u)) - 60, len(order(u)))} <= boxes(svg).keys()
    assert any("… 2,9" in text[0] for text in boxes(svg).values())  # the other uses of x


def test_a_focus_that_is_too_much_shrinks():
    loss = two_layers()
    z = next(v for v in order(loss) if v.label == "z2_5")
    svg = to_svg(loss, engine="builtin", focus=z, radius=50, max_nodes=60, scopes="none")
    assert len(boxes(svg)) <= 60 and "near the focus" in note(svg)
    assert any(text[0].startswith(f"{drawn_as('z2_5')} =") for text in boxes(svg).values())


def test_as_many_as_asked_for_are_drawn():
    y = chain(400)
    for most in (1000, None):
        assert len(boxes(to_svg(y, engine="builtin", max_nodes=most))) == 801


def test_scopes_as_boxes():
    loss = MLP(8, [16, 16, 1], seed=1)([0.1] * 8)
    loss.backward()
    drawn = boxes(to_svg(loss, engine="builtin", scopes="boxes"))
    assert len(drawn) == 33
    assert drawn == boxes(to_svg(loss, engine="builtin"))  # there would be 1,393
    heads = Counter(text[0] for text in drawn.values())
    assert heads["neuron 3: 34 nodes"] == 1 and heads["neuron 3: 50 nodes"] == 1
    assert heads["layer 3: 49 nodes"] == 1


def test_full_layers_lead_through_a_point_in_graphviz_language():
    loss = MLP(2, [16, 16, 1], seed=1)([Value(0.5, label="x1"), Value(-1.0, label="x2")])
    source = to_dot(loss, scopes="boxes")
    shown = [line for line in source.splitlines() if " -> " in line]
    assert len(shown) == 2 * 16 + (16 + 16) + 16  # and not 16 · 16
    assert source.count("shape=point") == 1


def test_a_collapsed_scope_with_several_outputs_says_how_many():
    loss = MLP(2, [16, 1], seed=1)([Value(0.5, label="x1"), Value(-1.0, label="x2")])

    def told(**options):
        svg = to_svg(loss, engine="builtin", collapse=["layer 1"], **options)
        g = next(g for g in groups(svg, "node") if g.get("id") == "b0")
        return lines(g), g.find(f"{SVG}title").text, g.find(f"{SVG}rect").get("fill")

    text, tooltip, _ = told()
    assert text[1:] == ["16 outputs"] and tooltip.endswith("; gradients —")
    loss.backward()
    outputs = [v for v in order(loss) if v.label.startswith("a1_")]
    assert len(outputs) == 16
    ends = [f(getattr(v, what) for v in outputs) for what in ("data", "grad") for f in (min, max)]
    written = [f"{x:.4g}".replace("-", "−") for x in ends]
    text, tooltip, fill = told(color="gradient")
    assert text == [f"layer 1: {16 * 8} nodes", "16 outputs"]
    assert tooltip == (
        f"layer 1: {16 * 8} nodes; 16 outputs; values {written[0]} … {written[1]}; "
        f"gradients {written[2]} … {written[3]}"
    )
    assert fill == told()[2]  # none of the 16 gradients is shown, nor shaded
    outputs[3].grad = float("nan")
    assert told()[1].endswith(", 1 NaN or ∞")


def test_collapse_by_name():
    loss = network()
    svg = to_svg(loss, engine="builtin", collapse=["layer 1"])
    drawn = boxes(svg)
    assert drawn["b0"] == ["layer 1: 16 nodes", "2 outputs"]
    assert [lines(g) for g in groups(svg, "cluster")] == [["layer 2"]]
    assert len(drawn) == 28 - 16 + 1


def test_sums_are_folded():
    x = [Value(float(i), label=f"x{i}") for i in range(5)]
    y = x[0] + x[1] + x[2] + (x[3] + x[4])
    y.label = "y"
    z = y * 2
    assert len(boxes(to_svg(z, engine="builtin"))) == 11
    drawn = boxes(to_svg(z, engine="builtin", fold_sums=True))
    assert len(drawn) == 8
    assert ["y = x0 + x1 + x2 + x3 + x4", "10", "grad —"] in drawn.values()
    total = sum(Value(float(i), label=f"a long label {i}") for i in range(20))
    told = [t[0] for t in boxes(to_svg(total, engine="builtin", fold_sums=True)).values()]
    assert told[-1] == "v19 = Σ of 20"
    for terms, folds in [(12, False), (13, True)]:  # by itself, if it is long
        total = sum(Value(float(i)) for i in range(terms))
        assert len(boxes(to_svg(total, engine="builtin"))) == terms + (1 if folds else terms - 1)
        assert len(boxes(to_svg(total, engine="builtin", fold_sums=False))) == 2 * terms - 1


def test_a_sum_that_is_used_twice_is_not_folded():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    s = a + b
    assert len(boxes(to_svg(s + s, engine="builtin", fold_sums=True))) == 4


def test_leaves_are_repeated():
    a = Value(1.0, label="a")
    y = a * a + a
    drawn = boxes(to_svg(y, engine="builtin", repeat_leaves=True))
    assert [*drawn] == ["n0", "n0-2", "n1", "n0-3", "n2"] or Counter(
        text[0] for text in drawn.values()
    )["a"] == 3
    assert len(drawn) == 5
    assert [*boxes(to_svg(a, engine="builtin", repeat_leaves=True))] == ["n0"]


def test_focus_shows_a_neighbourhood_and_says_what_is_beyond():
    loss = network()
    a1 = next(v for v in order(loss) if v.label == "a1")
    drawn = boxes(to_svg(loss, engine="builtin", focus=a1, radius=1))
    heads = [text[0] for text in drawn.values()]
    assert heads == ["z1 = v3 + b1", "a1 = σ(z1)", "v4 = a1 · w1", "… 2", "… 1", "… 1"]
    whole = boxes(to_svg(loss, engine="builtin", focus=a1, radius=30))
    assert len(whole) == 28


# ---- files and engines --------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["svg", "SVG", "html", "dot"])
def test_files_that_need_no_program(suffix, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = render(Value(2.0) ** 2, tmp_path / f"g.{suffix}")
    start = {"svg": "<?xml", "html": "<!DOCTYPE html>", "dot": "digraph"}[suffix.lower()]
    assert path.read_text(encoding="utf-8").startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [f"g.{suffix}"]


@pytest.mark.graphviz
@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_files_that_need_graphviz(suffix, start, tmp_path, monkeypatch):
    path = render(Value(2.0) ** 2, tmp_path / f"g.{suffix}")
    assert path.read_bytes().startswith(start)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GraphvizMissingError, match=r"(?s)apt.*brew.*winget.*conda.*\.svg"):
        render(Value(1.0), path)
    assert path.read_bytes().startswith(start)  # what was there still is


@pytest.mark.parametrize("mode", [None, 0o644], ids=["no dot", "one that may not be run"])
def test_without_dot_there_is_a_drawing_and_no_warning(mode, tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    if mode is not None:
        (tmp_path / "bin" / "dot").touch(mode)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    path = render(network(), tmp_path / "g.svg")
    assert len(boxes(path.read_text(encoding="utf-8"))) == 28
    with pytest.raises(GraphvizMissingError, match=r"(?s)apt.*brew.*winget.*conda"):
        render(Value(1.0), tmp_path / "h.svg", engine="dot")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bin", "g.svg"]


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for dot")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo broken >&2; exit 1", "dot failed: broken"),
        ("exit 0", "dot failed: it wrote nothing"),
        ("echo '{}'", "answer cannot be read"),
        ("echo '<svg/>'", "answer cannot be read"),
        ("exec sleep 60", "dot was stopped after 1 s"),
        ("sleep 60 & sleep 60", "dot was stopped after 1 s"),
    ],
)
def test_a_dot_that_fails_or_hangs(script, message, tmp_path, monkeypatch):
    fake = tmp_path / "bin" / "dot"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}/bin")
    monkeypatch.setattr("autograd_lite.draw.dot.TIMEOUT", 1)
    start = time.perf_counter()
    with pytest.warns(UserWarning, match=message) as caught:
        path = render(network(), tmp_path / "g.svg")
    assert time.perf_counter() - start < 3
    assert len(caught) == 1
    assert len(boxes(path.read_text(encoding="utf-8"))) == 28
    with pytest.raises(DotFailedError, match=message):
        render(network(), tmp_path / "h.svg", engine="dot")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bin", "g.svg"]


@pytest.fixture
def heard():
    """Ctrl-C is heard, as it is not in tests that a shell started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for dot")
@pytest.mark.parametrize(
    ("suffix", "engine"), [("svg", "auto"), ("svg", "dot"), ("html", "auto"), ("png", "auto")]
)
@pytest.mark.parametrize("then", ["exit 0", "exit 1", "sleep 60", "sleep 60 & sleep 60"])
def test_ctrl_c_while_dot_runs(then, suffix, engine, tmp_path, monkeypatch):
    fake = tmp_path / "bin" / "dot"
    fake.parent.mkdir()
    fake.write_text(
        f"#!/bin/sh\necho $$ > {tmp_path}/bin/pid\nsleep 0.05\nkill -INT $PPID\n{then}\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}/bin")
    start = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        render(network(), tmp_path / f"g.{suffix}", engine=engine)
    assert time.perf_counter() - start < 5
    assert [p.name for p in tmp_path.iterdir()] == ["bin"]
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "bin" / "pid").read_text()), 0)


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for dot")
@pytest.mark.parametrize(
    "script",
    [
        "yes broken | head -c 3000000 >&2; exit 1",
        "head -c 3000000 /dev/zero >&2; exit 1",
        "printf '\\n\\n broken \\033[31m\\n' >&2; exit 1",
    ],
)
def test_errors_of_dot_are_one_short_line(script, tmp_path, monkeypatch):
    fake = tmp_path / "dot"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    with pytest.raises(DotFailedError, match=r"^dot failed: (broken|�)") as caught:
        render(network(), tmp_path / "g.png")
    assert len(str(caught.value)) < 250 and is_clean(str(caught.value))


def unwritable(folder):
    (folder / "folder.svg").mkdir()
    (folder / "file").write_text("kept")


ROOT = hasattr(os, "geteuid") and os.geteuid() == 0  # who may write everywhere
BAD_PATHS = [  # path, the kind of error, what it says besides the path
    ("nodir/a.svg", FileNotFoundError, "the folder is not there; make it first"),
    ("nodir/deeper/a.html", FileNotFoundError, "the folder is not there; make it first"),
    ("file/a.dot", NotADirectoryError, "the folder is not there; make it first"),
    ("folder.svg", IsADirectoryError, "Is a directory"),
    ("g.jpeg", ValueError, "one of .svg, .html, .png, .pdf, .dot"),
    ("g", ValueError, "one of .svg"),
    (".svg", ValueError, "one of .svg"),
    ("", ValueError, "one of .svg"),
    (".", ValueError, "one of .svg"),
    ("..", ValueError, "one of .svg"),
    ("g.svg\n", ValueError, "one of .svg"),
    ("x" * 300 + ".svg", OSError, "too long"),
]


@pytest.mark.skipif(os.name == "nt", reason="the system's own words differ")
@pytest.mark.parametrize(("name", "error", "message"), BAD_PATHS, ids=range(len(BAD_PATHS)))
def test_a_path_that_cannot_be_written(name, error, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    unwritable(tmp_path)
    for path in [name, Path(name)] if name else [name]:
        with pytest.raises(error) as caught:
            render(Value(1.0), path, **({"engine": "builtin"} if name.endswith("svg") else {}))
        told = str(caught.value)
        assert message in told and "\n" not in told
        assert (repr(str(path)) if len(name) < 60 else name[:50]) in told
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.svg"]
    page = stepper(Value(1.0) * 2, engine="builtin")
    if issubclass(error, OSError) or not name:
        with pytest.raises(error, match=re.escape(repr(name))):
            page.save(name)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.svg"]


@pytest.mark.skipif(ROOT or os.name == "nt", reason="this user may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(PermissionError, match=re.escape(repr(str(tmp_path / "g.dot")))):
        render(Value(1.0), tmp_path / "g.dot")
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("path", [None, 3.0, b"g.svg", ["g.svg"]])
def test_a_path_is_text(path):
    with pytest.raises(TypeError):
        render(Value(1.0), path, engine="builtin")


def test_a_full_disk_leaves_what_was_there(tmp_path):
    resource = pytest.importorskip("resource")
    (tmp_path / "g.dot").write_text("before")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # as if there were no more room
    try:
        with pytest.raises(OSError, match=re.escape(repr(str(tmp_path / "g.dot")))):
            render(network(), tmp_path / "g.dot")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("g.dot", "before")]


@pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
def test_a_file_has_the_mode_of_any_other_and_the_umask_is_not_touched(tmp_path, monkeypatch):
    for umask in (0o022, 0o077, 0o002):
        before = os.umask(umask)
        try:
            with monkeypatch.context() as patch:
                patch.setattr(os, "umask", None)
                path = render(Value(1.0), tmp_path / "g.dot")
        finally:
            os.umask(before)
        assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_bad_suffix_and_missing_folder(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg, \.html, \.png, \.pdf, \.dot"):
        render(Value(1.0), tmp_path / "g.jpeg")
    with pytest.raises(FileNotFoundError):
        render(Value(1.0), tmp_path / "nowhere" / "g.dot")


def test_same_bytes_whatever_the_hash_seed():
    script = (
        "from autograd_lite.draw import *; from autograd_lite.nn import *\n"
        "l = log_loss(1, TwoLayerNetwork(seed=0)([0.5, -1.0])); l.backward()\n"
        "print(to_dot(l), to_svg(l, engine='builtin', color='gradient', fold_sums=True))\n"
        "print(stepper(l, engine='builtin').html, to_svg(l, engine='builtin', scopes='boxes'))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1


# ---- notebooks ----------------------------------------------------------------------------------


def test_a_notebook_shows_the_graph_and_the_text(monkeypatch):
    monkeypatch.setenv("PATH", "")
    y = Value(2.0, label="x") ** 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        shown = y._repr_mimebundle_()
    assert shown["text/plain"] == repr(y)
    assert len(boxes(shown["image/svg+xml"])) == 2
    assert len(boxes(chain(500)._repr_mimebundle_()["image/svg+xml"])) <= 300

"""The stepper's page as text: what is in it, and what can never be."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograd_lite import GraphTooLarge, Value, exp, maximum, relu, render, scope, sigmoid, stepper
from autograd_lite.draw.page import document, training
from autograd_lite.draw.page.part import part_of
from autograd_lite.draw.theme import variables
from autograd_lite.nn import MLP, TwoLayerNetwork, log_loss
from autograd_lite.steps import Step, all_steps
from autograd_lite.value import order


def neuron():
    """A sigmoid neuron with two inputs and its square loss: 15 values."""
    w1, x1, w2, x2, b, y = (
        Value(number, label=name)
        for number, name in zip(
            (0.7, 0.5, -0.5, -1.0, 0.2, 1.0), ("w1", "x1", "w2", "x2", "b", "y"), strict=True
        )
    )
    z = w1 * x1 + w2 * x2 + b
    z.label = "z"
    yhat = sigmoid(z)
    yhat.label = "yhat"
    loss = (y - yhat) ** 2 / 2
    loss.label = "L"
    return loss


def network():
    model = TwoLayerNetwork(seed=0)
    loss = log_loss(1, model([0.5, -1.0]))
    loss.label = "L"
    return loss


def reused():
    a = Value(3.0, label="a")
    return a * a + exp(a)


def kinks():
    """A graph with choices: relu, max, |x|."""
    x, w, b, t = (
        Value(number, label=name)
        for number, name in ((0.6, "x"), (-1.2, "w"), (0.3, "b"), (0.8, "t"))
    )
    loss = abs(maximum(relu(w * x + b), x) - t) + 0.1 * w * w
    loss.label = "L"
    return loss


def layered():
    """A multilayer perceptron of some 300 values."""
    loss = (MLP(4, [9, 4, 1], seed=1)([0.5, -1.0, 0.3, 0.2]) - 1.0) ** 2
    loss.label = "L"
    return loss


class Page(HTMLParser):
    """Every tag with its attributes, the texts of the table's rows, and the data."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self.scripts, self.inside = [], [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = tag
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append("")
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, text):
        if self.inside == "td":
            self.rows[-1][-1] += text
        if self.inside == "script":
            self.scripts[-1] += text


def page_of(root, **options):
    return stepper(root, engine="builtin", **options).html


def test_the_page_is_60_kilobytes_and_what_its_graph_needs():
    html, page = page_of(neuron()), Page(page_of(neuron()))
    needed = [html[html.index("<svg xmlns") : html.index("</svg>\n</div>")]]
    needed += [html[html.index("<tbody>") : html.index("</tbody>")], *page.scripts[:2]]
    rules = len(training.rules()) + len(json.dumps(training.described_rules()))
    size = len(html.encode()) - sum(len(x.encode()) for x in needed) + rules
    assert size <= 60_000 and len(html.encode()) <= 100_000


@pytest.mark.parametrize("make", [neuron, network, reused])
def test_every_step_is_a_row_of_the_table(make):
    root = make()
    rows = [row for row in Page(page_of(root)).rows if row]
    assert [int(row[0]) for row in rows] == [s.index for s in all_steps(root)]
    assert all(len(row) == 5 for row in rows)


def test_the_rows_hold_the_numbers_and_the_symbols():
    rows = [row[1:] for row in Page(page_of(reused())).rows if row]
    assert rows == [
        ["forward, 1 of 3: v1", "", "v1 = a · a = 3 · 3 = 9", ""],
        ["forward, 2 of 3: v2", "", "v2 = exp(a) = exp(3) ≈ 20.09", ""],
        ["forward, 3 of 3: v3", "", "v3 = v1 + v2 = 9 + 20.09 = 29.09", ""],
        ["backward, 1 of 6: the seed", "", "∂v3/∂v3 = 1", "∂v3/∂v3 = 1, final ✓"],
        [
            "backward, 2 of 6: from v3 to v1",
            "∂v3/∂v1 = 1",
            "∂v3/∂v3 × ∂v3/∂v1 = 1 × 1 = 1",
            "∂v3/∂v1 = 0 + 1 = 1 (1 of 1), final ✓",
        ],
        [
            "backward, 3 of 6: from v3 to v2",
            "∂v3/∂v2 = 1",
            "∂v3/∂v3 × ∂v3/∂v2 = 1 × 1 = 1",
            "∂v3/∂v2 = 0 + 1 = 1 (1 of 1), final ✓",
        ],
        [
            "backward, 4 of 6: from v2 to a",
            "∂v2/∂a = exp(a) = 20.09",
            "∂v3/∂v2 × ∂v2/∂a = 1 × 20.09 = 20.09",
            "∂v3/∂a = 0 + 20.09 = 20.09 (1 of 3), partial, more to come",
        ],
        [
            "backward, 5 of 6: from v1 to a",
            "∂v1/∂a = a = 3",
            "∂v3/∂v1 × ∂v1/∂a = 1 × 3 = 3",
            "∂v3/∂a = 20.09 + 3 = 23.09 (2 of 3), partial, more to come",
        ],
        [
            "backward, 6 of 6: from v1 to a",
            "∂v1/∂a = a = 3",
            "∂v3/∂v1 × ∂v1/∂a = 1 × 3 = 3",
            "∂v3/∂a = 23.09 + 3 = 26.09 (3 of 3), final ✓",
        ],
    ]


NASTY = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><a href="javascript:alert(1)">',
    "<!-- ]]> -->",
    "\u2028\u2029 \\ & < >",
    "\x00\x1b\ud800 名前 é 🎉",
    "x" * 20_000,
]


@pytest.mark.parametrize("label", NASTY, ids=range(len(NASTY)))
def test_no_label_becomes_markup(label):
    a = Value(2.0, label=label)
    with scope(label):
        root = a * a
    root.label = label
    plain = Value(2.0, label="a")
    with scope("s"):
        bare = plain * plain
    bare.label = "r"
    found, wanted = (Page(page_of(r, title=t)) for r, t in ((root, label), (bare, "t")))
    assert [tag for tag, _ in found.tags] == [tag for tag, _ in wanted.tags]
    assert [sorted(has) for _, has in found.tags] == [sorted(has) for _, has in wanted.tags]
    json.loads(found.scripts[0])
    assert len(found.scripts) == 4


@pytest.mark.parametrize("make", [neuron, network])
def test_nothing_is_fetched_and_nothing_runs_but_the_page_s_own_script(make):
    html = page_of(make())
    page = Page(html)
    policies = [has["content"] for tag, has in page.tags if "http-equiv" in has]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policies[0]
    for tag, has in page.tags:
        assert tag not in ("a", "img", "link", "iframe", "object", "use", "image")
        assert not [name for name in has if name.startswith("on") or "href" in name]
        assert "src" not in has and "style" not in has
    urls = set(re.findall(r"https?://[^\s\"']+", html)) - {"http://www.w3.org/2000/svg"}
    assert not urls


def test_the_same_bytes_whatever_the_hash_seed():
    code = (
        "import tests.draw.test_page as t; from autograd_lite import stepper\n"
        "import sys; sys.stdout.buffer.write(t.page_of(t.network()).encode())"
    )
    pages = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(pages) == 1 and b"<!DOCTYPE html>" in pages.pop()


def test_render_writes_the_same_page(tmp_path):
    loss = neuron()
    path = render(loss, tmp_path / "steps.html", engine="builtin")
    assert path.read_text(encoding="utf-8") == page_of(loss)
    saved = stepper(loss, engine="builtin").save(tmp_path / "other.html")
    assert saved.read_bytes() == path.read_bytes()


def test_stepping_changes_no_gradient():
    loss = neuron()
    page_of(loss)
    assert not loss.has_grad


def test_in_a_notebook_it_is_a_sandboxed_frame_with_the_table_as_text():
    shown = stepper(neuron(), engine="builtin")._repr_mimebundle_()
    page = Page(shown["text/html"])
    frame = dict(page.tags)["iframe"]
    assert frame["sandbox"] == "allow-scripts"
    assert frame["srcdoc"] == page_of(neuron())
    assert "yhat" in shown["text/plain"] and "yhat" in shown["text/html"].split("<pre")[1]
    assert max(map(len, shown["text/plain"].splitlines())) <= 80


# ---- graphs that are too large for a page --------------------------------------------------------


def chain(length):
    x = v = Value(0.99, label="x")
    for _ in range(length):
        v = v * x
    return v


@pytest.mark.parametrize(
    ("make", "boxes", "shown", "steps"),
    [
        (lambda: chain(600), 300, 168, 499),  # 166 products of 3 steps each, and the seed
        (lambda: chain(600), 30, 30, 85),
        (layered, 300, 294, 451),
        (layered, 50, 50, 82),
        (network, 1, 2, 3),  # the last operation is there in any case
        (network, 28, 28, 47),
    ],
)
def test_of_a_large_graph_the_part_near_the_result_is_shown(make, boxes, shown, steps):
    root = make()
    part = part_of(root, boxes=boxes, steps=500)
    assert len(order(part.root)) == len(part.twins) == shown
    assert len(list(all_steps(part.root))) == steps
    assert part.is_whole is (shown == part.total) and (part.root is root) is part.is_whole


@pytest.mark.parametrize(("boxes", "told"), [(20, True), (28, False)])
def test_a_page_says_that_it_is_a_part_and_how_to_see_others(boxes, told):
    page = stepper(network(), engine="builtin", max_nodes=boxes)
    assert (f"a part of L: {boxes} of its 28 Values" in page.html) is told
    assert page.text.startswith("This is a part of L") is told
    assert ("stepper(v)" in page.html) is ("focus=v" in page.html) is told


@pytest.mark.parametrize("boxes", [3, 20, 100, 200])
def test_in_a_part_every_final_gradient_is_that_of_the_whole(boxes):
    root = layered()
    part = part_of(root, boxes=boxes, steps=500)
    root.backward()
    whole = {twin: v for v, twin in part.twins.items()}
    steps = [s for s in all_steps(part.root) if isinstance(s, Step)]
    final = [s for s in steps if s.k == max(1, part.uses[s.operand])]
    assert all(s.after == whole[s.operand].grad for s in final)
    assert root in {whole[s.operand] for s in final}
    computed = [v for v in part.twins.values() if v.operands]
    assert all(v in {s.operand for s in final} or v is part.root for v in computed)
    assert len(part.twins) <= max(boxes, 3)


def test_a_leaf_that_is_used_outside_the_part_too_is_never_called_final():
    root = chain(600)
    data = json.loads(Page(stepper(root, engine="builtin", max_nodes=10).html).scripts[0])
    to_x = [s for s in data["steps"] if not s.get("forward") and s["n"] == 601]
    assert len(to_x) > 3 and not any(s["final"] for s in to_x)


def test_focus_shows_the_ways_to_the_result_and_what_is_near():
    root = network()
    z = next(v for v in order(root) if v.label == "z")
    names = {}
    for radius in (0, 1, 2):
        page = stepper(root, engine="builtin", focus=z, radius=radius)
        nodes = json.loads(Page(page.html).scripts[0])["nodes"]
        names[radius] = {node.get("name") for node in nodes if not node.get("constant")}
        assert {"z", "yhat", "L"} <= names[radius]
    assert names[0] < names[1] < names[2]
    assert "b" in names[1] and "w1" not in names[2] and "v4" in names[2]


def test_what_no_page_can_show_is_refused_with_a_way_out():
    root = chain(600)
    x = order(root)[0]
    with pytest.raises(GraphTooLarge, match=r"600 Values, more than fit .*stepper\(v\)"):
        stepper(root, focus=x)
    with pytest.raises(ValueError, match="is not in the graph"):
        stepper(root, focus=Value(1.0))
    with pytest.raises(ValueError, match='scopes="boxes"'):
        stepper(x * x, scopes="boxes")
    with pytest.raises(ValueError, match="theme='night': it is one of None, light, dark, auto"):
        stepper(x * x, theme="night")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"formulas": False}, None),
        ({"color": "gradient"}, None),
        ({"local_derivatives": True}, None),
        ({"rankdir": "TB", "digits": 3, "scopes": "none", "max_nodes": 5}, None),
        ({"highlight": "root"}, None),
        ({"focus": "root", "radius": 1}, None),
        ({"collapse": ["layer 1"]}, "collapse: steps lead through single operations"),
        ({"fold_sums": True}, "fold_sums: steps lead through single operations"),
        ({"repeat_leaves": True}, "repeat_leaves: steps add up"),
        ({"gradients": False}, "gradients: a page to step through is about"),
        ({"theme": "dark"}, None),
        ({"theme": "auto"}, None),
        ({"arrows": "gradient"}, "arrows: the arrows of a page are those of the step"),
        ({"background": "#eeeeee"}, "background: a page has the colours of its theme"),
    ],
)
def test_render_gives_a_page_every_option_that_it_has(tmp_path, options, told):
    root = network()
    options = {name: root if x == "root" else x for name, x in options.items()}
    if told:
        with pytest.raises(TypeError, match=f"^{told}"):
            render(root, tmp_path / "steps.html", engine="builtin", **options)
        assert not list(tmp_path.iterdir())
    else:
        assert render(root, tmp_path / "steps.html", engine="builtin", **options).exists()


# ---- colours, computed from the style sheet ------------------------------------------------------

STYLE = Path(document.__file__).with_name("page.css").read_text(encoding="utf-8")
STYLE = variables(STYLE) + STYLE
COLORS = {
    name: pair
    for name, *pair in re.findall(r"--([a-z0-9-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)
}
SHADES = [f"{side}-{k}" for side in ("below", "above") for k in (1, 2, 3)]
# what is read or must be seen, on what it may stand, the least ratio (WCAG 2.2)
CONTRASTS = [
    (("ink", "dim"), ("page", "panel", "box", "leaf", "glow"), 4.5),
    (("source", "local", "target", "final"), ("page", "panel", "box", "leaf", "glow"), 4.5),
    (("ink",), (*SHADES, "wild"), 4.5),
    (("line", "link", "frame", "ink", "source", "local", "target"), ("page", "panel", "box"), 3),
]


def luminance(color):
    parts = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    light = [x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_colour_has_contrast_on_all_that_it_may_stand_on(theme):
    ratios = {}
    for fronts, grounds, least in CONTRASTS:
        for front in fronts:
            for ground in grounds:
                a, b = (luminance(COLORS[name][theme]) for name in (front, ground))
                ratios[front, ground] = (max(a, b) + 0.05) / (min(a, b) + 0.05)
                assert ratios[front, ground] >= least, (front, ground)
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", STYLE)) - {"shade", "pen", "room"}
    used -= {"upstream", "contribution"}  # other names of source and target
    assert used <= set(COLORS), "a colour that is in no theme"
    told = re.sub(r"light-dark\(.*?\);", "", STYLE)
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", told), "a colour that stands outside the themes"


def test_its_repr_says_what_it_is():
    assert repr(stepper(reused())) == "<stepper of Forward and backward through v3: 9 steps>"

"""The stepper's page as text: what is in it, and what can never be."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from autograd_lite import GraphTooLarge, Value, exp, maximum, relu, render, scope, sigmoid, stepper
from autograd_lite.nn import MLP, TwoLayerNetwork, log_loss
from autograd_lite.steps import all_steps


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


def test_a_page_of_15_values_is_at_most_80_kilobytes():
    loss = neuron()
    assert len(page_of(loss).encode("utf-8")) <= 100_000


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
    assert "yhat" in shown["text/plain"] and "yhat" in shown["text/html"].split("<pre>")[1]
    assert max(map(len, shown["text/plain"].splitlines())) <= 80


def test_too_many_steps_or_boxes_are_refused_with_a_way_out():
    x = v = Value(0.1, label="x")
    for _ in range(600):
        v = v * x
    with pytest.raises(GraphTooLarge, match="max_nodes"):
        stepper(v)
    with pytest.raises(GraphTooLarge, match=r"steps .*step through a part"):
        stepper(v, max_nodes=10_000)
    with pytest.raises(ValueError, match='scopes="boxes"'):
        stepper(x * x, scopes="boxes")


def test_its_repr_says_what_it_is():
    assert repr(stepper(reused())) == "<stepper of Forward and backward through v3: 9 steps>"

"""Both passes as a picture for each step: the same layout, and what each step reads and changes."""

import os
import re
import sys
import xml.etree.ElementTree as ET

import pytest

from autograd_lite import Value, frames, scope
from autograd_lite.draw.theme import LIGHT
from autograd_lite.errors import GraphTooLarge, StaleGraphError
from autograd_lite.nn import TwoLayerNetwork, log_loss
from autograd_lite.steps.passes import ForwardStep, all_steps
from autograd_lite.value import order

SVG = "{http://www.w3.org/2000/svg}"


def network():
    loss = log_loss(1, TwoLayerNetwork(seed=0)([0.5, -1.0]))
    loss.label = "L"
    return loss


def square():
    """x is used twice, so that its gradient has two parts."""
    x = Value(3.0, label="x")
    y = x * x + 2
    y.label = "y"
    return y


def framed():
    with scope("inner"):
        x = Value(0.5, label="x")
        y = x.sigmoid() / 3
    return y.log()


def drawn(root, folder, **options):
    shown = frames(root, folder, engine="builtin", pdf=False, **options)
    return [ET.parse(path).getroot() for path in shown]


def groups(root, kind):
    return [g for g in root.iter(f"{SVG}g") if g.get("class") == kind]


def texts(g):
    return ["".join(t.itertext()).replace("\xa0", " ") for t in g.iter(f"{SVG}text")]


def rect(g):
    return next(r for r in g.iter(f"{SVG}rect"))


def highlighted(root):
    return [g for g in groups(root, "node") if "highlight" in rect(g).get("class").split()]


def layout(root):
    """All that has a place: sizes, boxes, arrows, texts."""
    boxes = [
        [rect(g).get(key) for key in ("x", "y", "width", "height")] for g in groups(root, "node")
    ]
    words = [(t.get("x"), t.get("y")) for g in groups(root, "node") for t in g.iter(f"{SVG}text")]
    ends = [g.find(f"{SVG}polygon").get("points").split()[0] for g in groups(root, "edge")]
    return root.get("viewBox"), boxes, words, ends


GRAPHS = [network, square, framed]


@pytest.mark.parametrize("make", GRAPHS)
def test_one_frame_for_each_step_of_the_same_layout(make, tmp_path):
    loss = make()
    steps = list(all_steps(loss))
    roots = drawn(loss, tmp_path / "a" / "b")
    assert len(roots) == len(steps) + 1
    assert all(layout(root) == layout(roots[0]) for root in roots)
    names = sorted(os.listdir(tmp_path / "a" / "b"))
    assert names == [f"step_{k:03}.svg" for k in range(len(steps) + 1)]


@pytest.mark.parametrize("make", GRAPHS)
def test_boxes_fill_with_values_then_with_gradients(make, tmp_path):
    loss = make()
    nodes = order(loss)
    count = {"ops": sum(bool(v.operands) for v in nodes)}
    count["open"] = sum(not v.is_constant for v in nodes)
    steps = list(all_steps(loss))
    finals = 0
    for k, root in enumerate(drawn(loss, tmp_path)):
        lines = [line for g in groups(root, "node") for line in texts(g)]
        assert lines.count("?") == max(count["ops"] - k, 0)
        finals += k > count["ops"] and steps[k - 1].is_final
        assert sum(line.endswith("✓") for line in lines) == finals
    assert finals == count["open"] and "grad —" not in lines
    loss.backward()
    for v, g in zip(nodes, groups(root, "node"), strict=True):
        if not v.is_constant:
            assert float(texts(g)[2][5:-2].replace("−", "-")) == pytest.approx(v.grad, rel=1e-3)
            assert g.find(f"{SVG}title").text.endswith(f"gradient {texts(g)[2][5:]}")


@pytest.mark.parametrize("make", GRAPHS)
def test_the_step_is_marked(make, tmp_path):
    loss = make()
    first, *rest = drawn(loss, tmp_path)
    assert not highlighted(first)
    place = {v: k for k, v in enumerate(order(loss))}  # boxes stand in this order
    for s, root in zip(all_steps(loss), rest, strict=True):
        if isinstance(s, ForwardStep):
            changed, boxes, arrows = s.node, {s.node, *s.node.operands}, len(s.node.operands)
        else:
            changed, boxes = s.operand, {s.operand, s.node} - {None}
            arrows = s.node is not None
        nodes = groups(root, "node")
        assert highlighted(root) == [nodes[k] for k in sorted(place[v] for v in boxes)]
        glowing = [g for g in nodes if rect(g).get("fill") == LIGHT.glow]
        assert glowing == [nodes[place[changed]]]
        thick = [
            g for g in groups(root, "edge") if g.find(f"{SVG}path").get("stroke") == LIGHT.marked
        ]
        assert len(thick) == arrows
        labels = [t for g in groups(root, "edge") for t in texts(g)]
        is_push = not isinstance(s, ForwardStep) and s.node is not None
        assert len(labels) == is_push and all(t.startswith("×") for t in labels)


def test_the_equation_of_the_step(tmp_path):
    roots = drawn(square(), tmp_path)
    told = [texts(groups(root, "equation")[0]) for root in roots]
    assert told[0] == ["step 0 of 6: the inputs and parameters", "", ""]
    assert told[1] == ["step 1 of 6, forward: v1", "v1 = x · x = 3 · 3 = 9", ""]
    assert told[3] == ["step 3 of 6, backward: the seed", "∂y/∂y = 1", ""]
    for k, total in ((1, "0 + 3 = 3"), (2, "3 + 3 = 6")):
        assert told[4 + k] == [
            f"step {4 + k} of 6, backward: from v1 to x",
            "∂v1/∂x = x = 3",
            f"∂y/∂x += ∂y/∂v1 · ∂v1/∂x = 1 · 3 = 3;   {k} of 2: {total}",
        ]
    assert roots[5].find(f"{SVG}title").text == "step 5 of 6, backward: from v₁ to x"
    assert "∂v₁/∂x" in roots[5].find(f"{SVG}desc").text and roots[5].get("role") == "img"
    below = float(groups(roots[5], "equation")[0][0].get("y"))
    assert below > max(float(rect(g).get("y")) for g in groups(roots[5], "node"))
    width = float(roots[0].get("viewBox").split()[2])
    assert width > 300  # the graph alone is narrower than its longest equation


def test_options(tmp_path):
    loss = network()
    dark = drawn(loss, tmp_path / "dark", theme="dark", start=2, stop=5)
    assert len(dark) == 3 and "step 2 of" in texts(groups(dark[0], "equation")[0])[0]
    assert sorted(os.listdir(tmp_path / "dark")) == [f"step_00{k}.svg" for k in (2, 3, 4)]
    assert dark[0].find(f"{SVG}rect").get("fill") == "#1b1f26"
    (auto,) = frames(loss, tmp_path / "auto", theme="auto", pdf=False, start=30, stop=31).paths
    content = auto.read_text("utf-8")
    assert content.count("<style>") == 1 and "prefers-color-scheme: dark" in content
    (bare,) = drawn(loss, tmp_path / "bare", background="transparent", stop=1)
    assert bare.find(f"{SVG}rect") is None
    upright, *_ = drawn(loss, tmp_path / "tb", rankdir="TB", stop=1, digits=2)
    width, height = map(float, upright.get("viewBox").split()[2:])
    assert width < height


REFUSED = [
    ({"start": 99}, ValueError, "the steps go from 0 to 6"),
    ({"start": 3, "stop": 3}, ValueError, "the steps go from 0 to 6"),
    ({"start": -1}, ValueError, "start=-1"),
    ({"stop": 2.5}, ValueError, "stop=2.5"),
    ({"scopes": "boxes"}, ValueError, "scopes"),
    ({"engine": "neato"}, ValueError, "engine"),
    ({"digits": 0}, ValueError, "digits"),
    ({"max_nodes": 2}, GraphTooLarge, "max_nodes"),
]


@pytest.mark.parametrize(("options", "error", "message"), REFUSED, ids=lambda x: str(x)[:30])
def test_what_is_refused_leaves_nothing(options, error, message, tmp_path):
    with pytest.raises(error, match=message):
        frames(square(), tmp_path / "new", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_stale_graph_is_refused(tmp_path):
    y = square().exp()
    y.operands[0].operands[0].operands[0].data = 5.0
    with pytest.raises(StaleGraphError):
        frames(y, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_other_files_stay_and_old_frames_are_named(tmp_path):
    for name in ("notes.txt", "step_090.svg", "step_000.svg", "steps.pdf"):
        (tmp_path / name).write_text("mine")
    shown = frames(square(), tmp_path, pdf=False)
    assert [(tmp_path / x).read_text() for x in ("notes.txt", "step_090.svg")] == ["mine"] * 2
    assert shown.note == "of an earlier call: step_090.svg … steps.pdf"
    assert len(os.listdir(tmp_path)) == 7 + 3
    (tmp_path / "file").write_text("mine")
    with pytest.raises(NotADirectoryError, match="is a file"):
        frames(square(), tmp_path / "file")


def test_nothing_is_half_written(tmp_path, monkeypatch):
    (tmp_path / "step_002.svg").write_text("old")
    real, calls = type(tmp_path).write_bytes, []

    def full(path, content):
        calls.append(path)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(type(tmp_path), "write_bytes", full)
    for folder in (tmp_path, tmp_path / "new" / "deep"):
        calls.clear()
        with pytest.raises(OSError, match="No space"):
            frames(square(), folder, pdf=False)
        assert [x.name for x in tmp_path.iterdir()] == ["step_002.svg"]
        assert (tmp_path / "step_002.svg").read_text() == "old"


def test_the_result_is_a_list_of_paths(tmp_path):
    shown = frames(square(), tmp_path / "slides", pdf=False)
    assert len(shown) == 7 and list(shown) == list(shown.paths)
    assert shown[0] == tmp_path / "slides" / "step_000.svg" and shown[-2:] == shown.paths[5:]
    assert shown.paths[3] in shown and shown.pdf is None and shown.note == ""
    told = f"<7 frames in {tmp_path / 'slides'}: step_000.svg … step_006.svg>"
    assert repr(shown) == told


def converter(folder, name, script):
    """A program of this name in a folder of its own."""
    folder.mkdir(exist_ok=True)
    path, code = folder / name, folder / f"{name}.py"
    code.write_text(f"import sys\n{script}", encoding="utf-8")
    # Python's own path may have a space in it, which a first line with #! cannot bear.
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{code}" "$@"\n', encoding="utf-8")
    path.chmod(0o755)


WORKING = """
out, files = sys.argv[sys.argv.index("-o") + 1], [x for x in sys.argv if x.endswith(".svg")]
open(out, "w").write(f"%PDF of {len(files)} " + "".join(open(x).read()[:5] for x in files))
"""
FAILING = "sys.stderr.write('first\\ncannot open display\\n'); sys.exit(1)\n"


@pytest.mark.skipif(os.name == "nt", reason="the programs are scripts with #!")
def test_a_pdf_where_a_converter_is(tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr("autograd_lite.draw.convert.BROWSERS", ("chromium",))
    shown = frames(square(), tmp_path / "none")
    assert shown.pdf is None and len(shown) == 7
    assert shown.note.startswith("no steps.pdf: no program here makes a .pdf; install rsvg-convert")
    assert repr(shown).endswith(f"; {shown.note}>") and "\n" not in repr(shown)
    converter(tools, "chromium", FAILING)
    shown = frames(square(), tmp_path / "failing")
    assert "chromium failed: cannot open display" in shown.note
    assert sorted(os.listdir(tmp_path / "failing")) == [f"step_00{k}.svg" for k in range(7)]
    converter(tools, "rsvg-convert", WORKING)
    shown = frames(square(), tmp_path / "working")
    assert shown.pdf == tmp_path / "working" / "steps.pdf" and shown.note == ""
    assert shown.pdf.read_text() == "%PDF of 7 " + "<?xml" * 7
    assert repr(shown).endswith("step_006.svg and steps.pdf>")
    assert not frames(square(), tmp_path / "none", pdf=False).note


@pytest.mark.browser
def test_a_browser_makes_a_page_of_each_frame(tmp_path):
    shown = frames(square(), tmp_path, start=2)
    content = shown.pdf.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) == len(shown) == 5

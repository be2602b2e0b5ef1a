"""Drawings: every operand an edge, labels as typed, files whole or not there."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import graphviz
import pytest

from autograd_lite import GraphvizMissingError, Value, draw_dot, render, to_dot, trace
from autograd_lite.nn import TwoLayerNetwork, log_loss

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ["a:b", '<b>&"x|{}', "\\N", "\\", "a -> b", "权重 1", "</text><script>x</script>", "a b"]
LABELS += ["&amp;", "%3", "σ", "{", "two\nlines", "tab\there", "nul\x00", "\ud800", "x" * 20_000]


def texts(path):
    """The lines of text of each node, by its id."""
    groups = ET.parse(path).getroot().iter(f"{SVG}g")
    nodes = {g.get("id"): g for g in groups if g.get("class") == "node"}
    return {name: [t.text or "" for t in g.iter(f"{SVG}text")] for name, g in nodes.items()}


def edges(path):
    groups = ET.parse(path).getroot().iter(f"{SVG}g")
    return [g for g in groups if g.get("class") == "edge"]


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
    with pytest.raises(ValueError, match="rankdir='up'"):
        draw_dot(a, rankdir="up")


@pytest.mark.graphviz
def test_the_network_of_the_notes(tmp_path):
    loss = log_loss(1, TwoLayerNetwork(seed=0)([0.5, -1.0]))
    loss.label = "L"
    before = render(loss, tmp_path / "before.svg")
    assert all("grad\xa0—" in lines for lines in texts(before).values())
    loss.backward()
    after = render(loss, tmp_path / "after.svg")
    nodes, pairs = trace(loss)
    drawn = texts(after)
    assert len(drawn) == len(nodes) == 28
    assert len(edges(after)) == len(pairs) == 29
    place = {v.label: f"n{i}" for i, v in enumerate(nodes)}
    for label in ["w11", "w21", "b1", "x1", "x2", "b"]:
        v = nodes[int(place[label][1:])]
        name, value, gradient = drawn[place[label]]
        assert name == label
        assert float(value.replace("−", "-")) == pytest.approx(v.data, rel=1e-3)
        assert float(gradient.split()[1].replace("−", "-")) == pytest.approx(v.grad, rel=1e-3)


@pytest.mark.graphviz
@pytest.mark.parametrize("label", LABELS, ids=range(len(LABELS)))
def test_labels_are_drawn_as_typed(label, tmp_path):
    path = render(Value(1.0, label=label) + 1, tmp_path / "g.svg")
    raw = path.read_text(encoding="utf-8")
    assert "<script" not in raw
    shown = "".join(texts(path)["n0"][:-2]).replace("\xa0", " ")
    expected = label.replace("\n", "⏎").replace("\t", "⇥")
    expected = expected.replace("\x00", "�").replace("\ud800", "�")
    expected = expected if len(expected) <= 40 else expected[:39] + "…"
    assert shown == expected


@pytest.mark.graphviz
@pytest.mark.parametrize(
    ("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF"), ("dot", b"dig")]
)
def test_the_suffix_says_how(suffix, start, tmp_path):
    path = render(Value(2.0) ** 2, tmp_path / f"g.{suffix}")
    assert path.read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [f"g.{suffix}"]


def test_without_dot_the_error_names_the_way_out_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    (tmp_path / "g.svg").write_text("old")
    with pytest.raises(GraphvizMissingError, match=r"(?s)apt.*brew.*winget.*conda"):
        render(Value(1.0), tmp_path / "g.svg")
    assert (tmp_path / "g.svg").read_text() == "old"
    assert render(Value(1.0), tmp_path / "g.dot").read_text().startswith("digraph")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g.dot", "g.svg"]


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for dot")
@pytest.mark.parametrize(
    ("script", "error", "message"),
    [
        ("echo broken >&2; exit 1", RuntimeError, "broken"),
        ("exit 0", RuntimeError, "dot failed"),
        ("sleep 60", RuntimeError, "stopped after"),
    ],
)
def test_a_dot_that_fails_or_hangs(script, error, message, tmp_path, monkeypatch):
    fake = tmp_path / "bin" / "dot"
    fake.parent.mkdir()
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("autograd_lite.draw.dot.TIMEOUT", 1)
    with pytest.raises(error, match=message):
        render(Value(1.0), tmp_path / "g.svg")
    assert not (tmp_path / "g.svg").exists()


def test_bad_suffix_and_missing_folder(tmp_path):
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.dot"):
        render(Value(1.0), tmp_path / "g.jpeg")
    with pytest.raises(FileNotFoundError):
        render(Value(1.0), tmp_path / "nowhere" / "g.dot")


def test_numbers_of_every_kind_and_handmade_nodes():
    v = Value(float("nan"), label="v")
    v.grad = float("-inf")
    source = to_dot(v * -0.0)
    assert "NaN" in source and "grad&#160;−∞" in source and "−0" in source
    made = Value(1.0, (v,), "mine", "m")
    assert "mine" in to_dot(made)


def test_same_bytes_whatever_the_hash_seed():
    script = (
        "from autograd_lite import to_dot; from autograd_lite.nn import *\n"
        "l = log_loss(1, TwoLayerNetwork(seed=0)([0.5, -1.0])); l.backward(); print(to_dot(l))"
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


def test_a_label_of_any_kind_is_drawn_as_text():
    source = to_dot(Value(1.0, label=3) * 2)
    assert "<B>3</B>" in source

"""The demos run as a user runs them, and their numbers are asserted."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

DEMOS = Path(__file__).parents[2] / "demos"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The demos in a folder of their own, so that what they write is theirs."""
    place = tmp_path_factory.mktemp("a folder") / "demos"
    shutil.copytree(DEMOS, place, ignore=shutil.ignore_patterns("out", "__pycache__"))
    return place


def run(folder, path=None):
    env = {**os.environ, "PYTHONIOENCODING": "utf-8"} | ({} if path is None else {"PATH": path})
    done = subprocess.run(
        [sys.executable, "two_layer_network.py"], cwd=folder, env=env, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_two_layer_network(folder):
    text = run(folder, path="")  # without Graphviz's dot
    rows = re.findall(r"∂L/∂(\w+) +=\s+(-?[\d.]+) .*=\s+(-?[\d.]+)\s+(-?\d+e[-+]\d+)\n", text)
    ours = {name: float(number) for name, number, _, _ in rows}
    by_hand = {"w11": -0.0348097567, "w21": 0.0696195134, "b1": -0.0696195134}
    by_hand |= {"w12": 0.0251751709, "w22": -0.0503503417, "b2": 0.0503503417}
    by_hand |= {"w1": -0.2337086096, "w2": -0.1831474299, "b": -0.406844206}
    assert ours == by_hand  # 003, pp. 38-41, at x = (0.5, −1), y = 1
    assert all(abs(float(difference)) < 1e-15 for *_, difference in rows)
    assert "yhat = σ(z)" in text and "0.5931557940" in text
    graph = ElementTree.parse(folder / "out" / "two_layer_network.svg")
    assert len(graph.findall(".//{*}g[@class='node']")) == 28
    assert "two_layer_network.html" in text
    page = (folder / "out" / "two_layer_network.html").read_text("utf-8")
    assert page.count("<tr data-step=") == 17 + 1 + 29  # forward, the seed, one for each arrow
    losses = [float(x) for x in re.findall(r"mean log loss (\d\.\d+)", text)]
    assert len(losses) == 4 and losses == sorted(losses, reverse=True)
    assert losses[0] > 0.6 and losses[-1] < 0.123
    accuracy, majority = (float(x) for x in re.findall(r"([\d.]+)%", text))
    assert accuracy > 93 > majority


@pytest.mark.graphviz
def test_two_layer_network_draws_its_graph(folder):
    text = run(folder)
    assert "two_layer_network.svg" in text
    graph = ElementTree.parse(folder / "out" / "two_layer_network.svg")
    assert len(graph.findall(".//{*}g[@class='edge']")) == 29

"""What terminals and notebooks show of every object: in any encoding, as HTML, as LaTeX."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from autograd_lite.terminal import encodable
from tests.every_object import EVIL, frames, objects

SCRIPT = Path(__file__).with_name("every_object.py")
ROOT = SCRIPT.parents[1]

# ---- terminals -----------------------------------------------------------------------------------

WRITTEN = [  # with all signs, in ASCII
    ("∂L/∂w₁₁ ≈ −2·σ(z)³", "dL/dw11 ~ -2*sigmoid(z)^3"),
    ("θ ← θ − η·∇J", "theta <- theta - eta*grad J"),
    ("ŷ ∈ ℝ, x⁽²⁾ᵀ, 10⁻¹²", "y_hat in R, x^(2)T, 10^-12"),
    ("Ω ω ½ ∛a √b |x| é", "Omega omega 1/2 cbrta sqrtb |x| e"),
    ("权 🙂 \ud800", "? ? ?"),
    ("plain", "plain"),
]


@pytest.mark.parametrize(("text", "plain"), WRITTEN)
def test_signs_in_ascii(text, plain):
    assert encodable(text, "ascii") == plain


KEPT = [("−权·σ", "gbk", "-权·σ"), ("−x²·½ é", "cp1252", "-x²·½ é"), ("−σ(权)", "utf-8", "−σ(权)")]


@pytest.mark.parametrize(("text", "encoding", "told"), KEPT)
def test_a_sign_that_the_encoding_has_stays(text, encoding, told):
    assert encodable(text, encoding) == told


@pytest.fixture(scope="module")
def printed():
    """What the script prints, by encoding."""
    encodings = ["utf-8", "ascii", "cp1252", "gbk"]
    running = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": f"{e}:strict", "PYTHONPATH": str(ROOT)},
        )
        for e in encodings
    ]
    told = {}
    for encoding, process in zip(encodings, running, strict=True):
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, encoding
        told[encoding] = out.decode(encoding).replace("\r\n", "\n")
    return told


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "gbk"])
def test_everything_prints_in_any_encoding(printed, encoding):
    lines, full = printed[encoding].splitlines(), printed["utf-8"].splitlines()
    assert len(lines) > 400
    heads = [line for line in full if line.startswith("----")]
    assert [line for line in lines if line.startswith("----")] == heads
    unknown = [line for line in lines if "?" in line and line not in full]
    assert unknown == [], "signs that have no ASCII"


def test_files_are_the_same_on_every_terminal(printed):
    assert len({told.splitlines()[-1] for told in printed.values()}) == 1


def test_utf_8_has_all_signs(printed):
    for sign in "∂−·σ≈²θβ₁←ŷ":
        assert sign in printed["utf-8"]


# ---- notebooks -----------------------------------------------------------------------------------

SHOWN = {  # what a notebook shows beside the text
    "text/html": {"chain_rule", "step table", "report, wrong", "report, right", "report, kink"}
    | {"program", "stepper", "minimum", "fit", "point", "point, domain", "stationary", "root"},
    "text/latex": {"chain_rule", "step table", "polynomial", "local model"},
    "image/svg+xml": {"value", "leaf", "network", "mlp"},
}


class Tags(HTMLParser):
    """The tags of a piece of HTML, each closed; and its text."""

    VOID = ("img", "br", "rect", "line", "path", "meta")

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.text = [], [], ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def shown():
    made = {**objects(), **objects_with_evil_labels()}
    return {n: x._repr_mimebundle_() for n, x in made.items() if hasattr(x, "_repr_mimebundle_")}


def objects_with_evil_labels():
    return {f"evil {name}": x for name, x in objects(EVIL).items()}


@pytest.mark.parametrize("kind", SHOWN)
def test_what_is_shown_beside_the_text(shown, kind):
    for name in SHOWN[kind]:
        assert shown[name][kind], name


def test_the_text_is_always_there(shown):
    made = objects()
    for name, told in shown.items():
        assert told["text/plain"].strip()
        if name in made and name != "stepper":
            assert told["text/plain"] == str(made[name])


def test_html_is_whole_and_has_no_script_and_no_colour(shown):
    for name, told in shown.items():
        if "text/html" not in told:
            continue
        page = Tags(told["text/html"])
        for tag, attrs in page.tags:
            assert tag not in ("script", "link", "style", "object"), name
            assert not [x for x in attrs if x.startswith("on")]
            styles = dict(x.split(":", 1) for x in attrs.get("style", "").split(";") if x)
            assert styles.get("color", "inherit") == "inherit", "dark and light differ"
            assert styles.get("background", "none") == "none"
            if tag == "iframe":
                assert attrs["sandbox"] == "allow-scripts"


def test_what_is_shown_has_what_was_computed(shown):
    chain = Tags(shown["chain_rule"]["text/html"])
    assert "∂L/∂w11" in chain.text.replace(" ", "") and ("sub", {}) in chain.tags
    assert r"\frac{\partial L}{\partial w_{11}}" in shown["chain_rule"]["text/latex"]
    assert "m ← β₁ · m + (1 − β₁) · g" in Tags(shown["step table"]["text/html"]).text
    assert "WRONG" in Tags(shown["report, wrong"]["text/html"]).text
    assert (
        shown["polynomial"]["text/latex"].startswith("$")
        and "^{2}" in (shown["polynomial"]["text/latex"])
    )
    assert "slope from the left−1".replace("−", "-") in Tags(shown["point"]["text/html"]).text


def test_latex_needs_no_command_of_ours(shown):
    told = shown["evil chain_rule"]["text/latex"]
    assert r"\letter" not in told and "权" in told
    assert told.count("{") - told.count(r"\{") == told.count("}") - told.count(r"\}")


def test_drawings_fit_their_cell_in_light_and_dark(shown):
    for name, told in shown.items():
        if svg := told.get("image/svg+xml"):
            root = ElementTree.fromstring(svg)
            assert root.get("style") == "max-width:100%;height:auto" and root.get("viewBox"), name
            assert "prefers-color-scheme: dark" in svg
            assert not re.search("<script|alert\\(1\\)</", svg)


def test_frames_show_pictures(tmp_path):
    made = frames(tmp_path / "a <b>")
    told = Tags(made._repr_mimebundle_()["text/html"])
    images = [attrs for tag, attrs in told.tags if tag == "img"]
    assert [x["alt"] for x in images][::2] == [made[0].name, made[-1].name]
    for image in images:
        assert image["src"].startswith("data:image/svg+xml;base64,") and len(image["src"]) > 1000
        assert image["style"] == "max-width:100%;height:auto"
    made[0].unlink()
    assert len(Tags(made._repr_mimebundle_()["text/html"]).tags) > 3


def test_a_list_of_steps_can_be_read():
    assert repr(objects()["backward step"]).startswith("<step 4. ∂L/∂")

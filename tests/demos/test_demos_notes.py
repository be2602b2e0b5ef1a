"""The demos of notes 000 and 002 that draw lost figures: their numbers; and the errata."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demos.test_demos_calculus import outputs, places, rows  # noqa: F401

ROOT = Path(__file__).parents[2]
E, GRADIENT = 2.718281828459045, 7.211102550927978
OURS = {  # label: our numbers in its rows, from first to last
    "inverse": {
        "1: g(f(2)) = 2": [2],
        "1: g(f(1)) = 1": [1],
        "2: b = f(2)": [4],
        "the point (b, a) on g: g(b)": [2, 1],
        "3: m = f′(2)": [4],
        "3: m = f′(1)": [E],
        "1/m": [0.25, 0.36787944117144233],
        "g′(b)": [0.25, 0.36787944117144233],
        "g(f(0.5))": [0.5],
        "g(f(-3))": [3],
    },
    "compound": {
        "n = 1": [2, 0.7182818284590452],
        "n = 10": [2.5937424601, 1.2453936835904524],
        "n = 100": [2.7048138294215263, 1.3467999037519143],
        "n = 1000": [2.7169239322358925, 1.357896223152778],
        "n → ∞": [E],
        "twice, n = 2": [2.25],
        "three times, n = 3": [2.3703703703703702],
        "every month, n = 12": [2.613035290224678],
        "every day, n = 365": [2.714567482021874],
        "all the time": [E],
        "(eˣ)′ at -1": [0.36787944117144233],
    },
    "corners": {
        "(f(0 + h) − f(0))/h, h = -0.001": [-1, -10, 100, 0.001],
        "(f(0 + h) − f(0))/h, h = 0.001": [1, 10, 100, 0.001],
        "(f(0 + h) − f(0))/h, h = 0.1": [1, 2.154434690031884, 4.641588833612779, 0.1],
        "(f(-1 + h) − f(-1))/h, h = -0.001": [-2000],
        "(f(-1 + h) − f(-1))/h, h = 0.001": [1],
    },
    "climb": {
        "Δh/Δt": [0.91],
        "ΔT/Δh": [-2.0867516514455775],
        "their product": [-1.8989440028154754, -1.8887782967307165],
        "ΔT/Δt": [-1.8989440028154754],
        "dh/dt": [0.9],
        "dT/dh": [-2.0986425519230183],
        "dT/dt": [-1.8887782967307165],
        "lim ΔT/Δt": [-1.8887782967307165],
    },
    "tiny_products": {
        "of 300 factors": [1e-300],
        "of 324 factors": [0],
        "of 1000 factors": [0],
        "of 1000 terms": [-2302.5850929940457],
        "slope of the product of 1000": [0],
        "slope of the sum of 1000 logs: 1000/p": [10000],
        "500 log 9.5": [1125.6458993032477],
        "0.5¹⁰⁷⁵": [0],
    },
    "bowl": {
        "∂f/∂x at (2, 3), y is a constant": [4],
        "∂f/∂y at (2, 3), x is a constant": [6],
        "slope of the slice f(x, 4) at x = 2": [4],
        "slope of the slice f(2, y) at y = 4": [8],
        "the plane at (2.1, 3.2)": [14.6],
        "f there": [14.65],
        "|∇f|, along ∇f/|∇f|": [GRADIENT],
        "along (1, 0)": [4],
        "along (0.6, 0.8)": [7.2],
        "along (3, 4)": [36],
        "along (-6, 4)": [0],
        "the slope along (1, 0)": [0],
        "the slope along (1, 1)": [0.5],
        "x after 3": [1.024],
        "y after 3": [1.536],
    },
    "approximation": {
        "c of the least Σ (c − income)²": [4],
        "that sum": [50],
        "its slope at the mean": [0],
        "the zero of its slope": [4],
        "by gradient descent": [4],
        "Δs/Δt on [1, 3]": [4],
        "at t = 2": [5],
        "s(2)": [4],
        "100 to 133.1 in 3 years: r": [0.1],
        "100 to 150 in 4 years: r": [0.10668191970032159],
        "the second after 2.5 years": [128.84187516294858],
        "the tangent at 4": [2.025],
        "√4.1": [2.024845673131659],
    },
    "limits": {
        "at x = 0.1": [0.9983341664682815, 1.0517091807564762],
        "limit as x → 0": [1, 1],
        "(eˣ − 1)/x in floats": [0],
        "expm1(x)/x": [1],
        "x² sin(1/x)": [-5.063656411097588e-05],
        "its limit as x → 0": [0],
        "x − sin x: log₂ f(2h)/f(h), h = 0.01": [2.9999783595615055],
        "x − sin x: as h → 0": [3],
        "eˣ − 1 − x: as h → 0": [2],
        "(x − sin x)/x²": [0],
        "(x − sin x)/x³": [1 / 6],
    },
    "tangent": {
        "Δ = 1": [19],
        "Δ = 0.01": [12.0601],
        "Δ → 0: f′(2)": [12],
        "line": [2.025],
        "parabola": [2.02484375],
        "df = f′(4)·dx, dx = 0.1": [0.025],
        "f(4.1) − f(4)": [0.024845673131658693],
        "remainder/Δ, Δ = 0.1": [-0.0015432686834130668],
        "order of the line's remainder": [2],
        # f′ = e^¼ − 4 and f″ = e^¼ + 16 at ¼
        "−f′/f″": [0.15713784942071084],
        "to the parabola's lowest point": [0.15713784942071084],
        "Newton's step": [0.15713784942071084],
    },
    "newton_root": {
        "x after 1": [1.5, 0.09724764704478504],
        "x after 2": [17 / 12, 0.1831766667839309],
        "x after 3": [577 / 408, 0.32051968955024274],
        "x after 8": [0.5671432904097838],
        "error after 3": [2.12390141475512e-06],
        "newton_root(g′), minimize(g): they differ by": [0],
    },
    "bends": {
        "f″(0)": [1, -1, 1, -1],
        "f′ < 0, f″ < 0: −eˣ: f′(0)": [-1],
        "f″, anywhere": [2],
        "curvature at 0": [2],
        "curvature at 1": [0.17888543819998318],
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
    "nesterov": {
        "y of θ − γv − η∇f(θ)": [-0.6125],
        "momentum's second step": [-0.6125],
        "y of θ − γv − η∇f(θ − γv)": [-0.10625],
        "Nesterov's second step": [-0.10625],
        "momentum": [3.071537157075977e-09],
    },
    "sgd": {
        "∂J/∂m of sample 2": [-10],
        "of their sum": [-21],
        "variance: one sample": [12.666666666666666],
        "variance: the mean of two": [3.1666666666666665],
        "all three (批): m": [0.35],
        "one (随机): m": [0.71325],
        "one (随机): b": [0.38275],
        "two, then one (小批量): m": [0.58875],
        "det H of sample 3": [0],
        "det H of all": [6],
    },
}
SAID = {  # errata and verdicts
    "inverse": ["Erratum (000): the slope 1/m needs m ≠ 0"],
    "corners": [
        "corner: slope -1 from the left, 1 from the right",
        "cusp: slope -inf from the left, inf from the right",
        "jump: slope -inf from the left, 1 from the right",
        "vertical tangent: slope inf from the left, inf from the right",
        "differentiable: slope 0 from the left, 0 from the right",
        "derivative() alone would say 1",
    ],
    "climb": ["T → v6"],
    "bowl": ["z = 13 + 4·(x − 2) + 6·(y − 3)"],
    "limits": ["between −1 and 1: no limit right of 0.0: f does not settle", "0 < |x* − a| < δ"],
    "newton_root": [
        "x² − 2 from 0: zero derivative after 0 steps",
        "x³ − 2x + 2 from 0: cycle after 2 steps",
        "∛x from 0.1: diverged",
        "until g′ = 0",
    ],
    "bends": ["x⁴   f″(0) = 0: inconclusive", "−x²  f″(0) = -2: maximum", "反之 (otherwise)"],
}


@pytest.mark.parametrize("demo", OURS)
def test_demo(places, demo):  # noqa: F811
    text, bare = outputs(places, demo)
    assert "no curves: matplotlib is not installed" in bare
    assert not list(places[1].glob(f"out/{demo}.svg"))
    if importlib.util.find_spec("matplotlib"):
        assert text.endswith(f"picture: demos/out/{demo}.svg\n")
        assert (places[0] / "out" / f"{demo}.svg").read_text("utf-8").rstrip().endswith("</svg>")
    found = rows(bare.split("edge by edge")[0])
    for label, expected in OURS[demo].items():
        ours = [number for _, number in found[label]]
        assert ours == pytest.approx(expected, rel=1e-8, abs=1e-12), label
    printed = [(k, n, x) for k, pairs in found.items() for n, x in pairs if n]
    for label, notes, ours in printed:  # none of these is misprinted; e is cut off, not rounded
        unit = 10.0 ** -len(notes.partition(".")[2])
        assert abs(ours - float(notes)) <= unit * (1 if label == "n → ∞" else 0.5), label
    for words in SAID.get(demo, []):
        assert words in bare


@pytest.mark.parametrize("demo", [*OURS, "errata"])
def test_a_demo_is_short_and_opens_with_its_question(demo):
    lines = (ROOT / "demos" / f"{demo}.py").read_text("utf-8").splitlines()
    assert len(lines) <= 60 and lines[0].startswith('"""') and "?" in lines[0]
    assert re.match(r"00[023]", lines[2])


def test_the_page_of_errata_is_what_the_demo_prints():
    done = subprocess.run(
        [sys.executable, "-X", "utf8", ROOT / "demos" / "errata.py"], capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    page = (ROOT / "docs" / "errata.md").read_text("utf-8")
    assert page == done.stdout.decode("utf-8").replace("\r\n", "\n"), "run `make errata`"
    assert len(re.findall(r"^\| S\d-\d{3} \|", page, re.MULTILINE)) >= 82

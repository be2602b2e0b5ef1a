"""The demos of note 004: their numbers, pictures and shape."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.demos.test_demos_calculus import outputs, places, rows  # noqa: F401

ROOT = Path(__file__).parents[2]
OURS = {  # label: our numbers in its rows, from first to last
    "secants": {
        "δx = 1": [211],
        "δx = 0.1": [88.4101],
        "df/dx": [80],
        "(5.5a) (f(x + h) − f(x))/h": [88.4101],
        "(5.5b) ((x + h)ⁿ − xⁿ)/h": [88.4101],
        "(5.5c) (Σ₀ C(n, i)·xⁿ⁻ⁱ·hⁱ − xⁿ)/h": [88.4101],
        "(5.6a) Σ₁ C(n, i)·xⁿ⁻ⁱ·hⁱ/h": [88.4101],
        "(5.6b) Σ₁ C(n, i)·xⁿ⁻ⁱ·hⁱ⁻¹": [88.4101],
        "(5.6c) C(n, 1)·xⁿ⁻¹ + Σ₂ …": [88.4101],
        "(5.5a) (f(x + h) − f(x))/h, h → 0": [80],
        "(5.6b) Σ₁ C(n, i)·xⁿ⁻ⁱ·hⁱ⁻¹, h → 0": [80],
        "(5.6d) n!/(1!(n − 1)!)·xⁿ⁻¹ = n·xⁿ⁻¹": [80],
        "Σ₂ …, → 0": [0],
    },
    "sin_cos": {
        "f⁽2⁾(0)": [-1],
        "f⁽4⁾(0)": [1],
        "T10(1)": [1.3817733134920636],
        "f(1)": [1.3817732906760363],
        "T0(-4)": [1],
        "T1(-4)": [-3],
        "T5(-4)": [1.8],
        "T10(-4)": [-0.024056437389770723],
        "f(-4)": [0.10315887444431633],
        "T5(4)": [5.533333333333333],
        "T10(4)": [-1.3475132275132276],
        "f(4)": [-1.4104461161715403],
        "Σ (−1)ᵏ x²ᵏ/(2k)!, k ≤ 3": [0.5402777777777777],
        "Σ (−1)ᵏ x²ᵏ⁺¹/(2k + 1)!, k ≤ 3": [0.841468253968254],
    },
    "quartic": {
        **{f"f⁽{k}⁾(1)": [x] for k, x in enumerate((1, 4, 12, 24, 24, 0, 0))},
        "of 1(x − 1)^0": [1],
        "of 4(x − 1)^1": [-4, 4],
        "of 6(x − 1)^2": [6, -12, 6],
        "of 4(x − 1)^3": [-4, 12, -12, 4],
        "of 1(x − 1)^4": [1, -4, 6, -4, 1],
        "their sum": [0, 0, 0, 0, 1],
        "T3(2)": [15],
        "T4(2)": [16],
        "T6(-0.5)": [0.0625],
        "T6(3)": [81],
    },
    "log_series": {
        "T40(1.5)": [0.4054651081081644],
        "T10(3)": [-64.82539682539682],
        "T20(3)": [-34359.708092114284],
        "log 3": [1.0986122886681098],
        "term 10 at 3": [-102.4],
        "term 20 at 2": [-0.05],
        "term 20 at 0": [-0.05],
        "|c40/c41|, n = 40": [1.025],
    },
    "total_derivative": {
        "∂f/∂x₁": [1.288435374475382],
        "dx₁/dt": [0.7648421872844884],
        "∂f/∂x₂": [2],
        "dx₂/dt": [-0.644217687237691],
        "df/dt": [-0.30298564448692195],
        "t = 0.7": [-0.30298564448692195],
        "t = 1.0": [-0.7736445427901113],
        "t = 2.0": [-2.575397348959292],
        "∂f/∂s": [2.75],
        "∂f/∂t": [4.25],
    },
    "shapes": {
        "∂f/∂x₁ = 2x₁x₂ + x₂³": [39],
        "∂f/∂x₂ = x₁² + 3x₁x₂²": [58],
        "∂f/∂x = 2(x + 2y³)": [8],
        "∂f/∂y = ½(x + 2y³)y²": [48],
    },
    "matrix_identities": {
        # (5.104), (5.105), (5.107), (5.108) for W symmetric, and twice for W not symmetric
        "(1,)": [3, 3, 1, 34, 47, 47],
        "(2,)": [1, 1, -9, -33, -32, -32],
        "(3,)": [-4, -4, -8],
        # (5.100), (5.101), (5.103), (5.106)
        "(1, 1)": [2, -42, -50 / 49, 2],
        "(1, 2)": [0, -14, -5 / 49, 0],
        "(2, 1)": [10, 14, -30 / 49, 4],
        "(2, 2)": [-8, -28, -3 / 49, 0],
        # (5.99), (5.102)
        "(1, 1, 1, 1)": [2, -96 / 343],
        "(1, 2, 2, 1)": [-5, 22 / 343],
        "(2, 1, 1, 1)": [7, -25 / 343],
        "(2, 2, 2, 2)": [-8, 4 / 343],
    },
    "regression_chain": {
        "∂L/∂θ₁": [-2],
        "∂L/∂θ₂": [-2],
        "θ₁, of the least squares": [7 / 3],
        "θ₂": [0.5],
        "∂L/∂θ₁ there": [0],
    },
    "density": {"−log likelihood, at the start": [2.0964020394]},
}
FALSE = {  # what stands in the notes' column and is false: a misprint, and (5.108) for W ≠ Wᵀ
    "∂f/∂y = ½(x + 2y³)y²": [2],
    "(1,)": [42],
    "(2,)": [-5],
}
SAID = {
    "secants": ["corner: slope -1 from the left, 1 from the right", "for i = 0 only"],
    "sin_cos": ["T₅ = 1 + x − 0.5·x^2 − 0.166667·x^3 + 0.0416667·x^4 + 0.00833333·x^5"],
    "quartic": [
        "T₆ in powers of x − 1: 1 + 4·(x − 1) + 6·(x − 1)^2 + 4·(x − 1)^3 + (x − 1)^4\n",
        "T₆(x) = x^4 = f(x)",
    ],
    "log_series": ["T₅ = (x − 1) − 0.5·(x − 1)^2 + 0.333333·(x − 1)^3"],
    "total_derivative": [
        "[[1.5, 2.0]] · [[0.5, 1.5], [1.0, 1.0]] = [[2.75, 4.25]]",
        "∂f/∂x1 · ∂x1/∂t + ∂f/∂x2 · ∂x2/∂t",
    ],
    "shapes": [
        "sin x: shape ()",
        "x₁²x₂ + x₁x₂³: shape (2,)",
        "[f]: shape (1, 2)\n[[39. 58.]]",
        "Ax by A: shape (2, 2, 3)",
        "XMX by X: shape (2, 2, 2, 2)",
        "as a row, (1, 2); 000, 002 and 003 as a column, (2, 1);",
    ],
    "regression_chain": ["∂L/∂e = 2eᵀ, 1 × 3:\n[[ 0.  4. -2.]]"],
}


@pytest.mark.parametrize("demo", OURS)
def test_demo(places, demo):  # noqa: F811
    text, bare = outputs(places, demo)
    if importlib.util.find_spec("matplotlib"):
        assert text.endswith(f"picture: demos/out/{demo}.svg\n")
        assert (places[0] / "out" / f"{demo}.svg").read_text("utf-8").rstrip().endswith("</svg>")
    found = rows(bare[re.search(r".*\n +notes +ours +difference", bare).start() :])
    for label, expected in OURS[demo].items():
        ours = [number for _, number in found[label]]
        assert ours == pytest.approx(expected, rel=1e-8, abs=1e-12), label
    for label, pairs in found.items():
        for notes, ours in pairs:
            if notes:
                close = ours == pytest.approx(float(notes), rel=1e-9, abs=1e-12)
                assert close != (float(notes) in FALSE.get(label, [])), label
    for words in SAID.get(demo, []):
        assert words in bare


def test_the_mixture_is_found(places):  # noqa: F811
    found = {label: pairs[0][1] for label, pairs in rows(outputs(places, "density")[1]).items()}
    assert found["found"] < 1.67 and found["its largest slope"] < 1e-3
    # 50 draws tell the mean of 30 of them with σ = ½ to 0.09, of 20 with σ = 1 to 0.22
    assert abs(found["μ₁ (drawn with −2)"] + 2) < 0.18 and abs(found["μ₂ (with 1)"] - 1) < 0.44
    assert 0.4 < found["weight of the first (0.6)"] < 0.8


@pytest.mark.parametrize("demo", OURS)
def test_a_demo_is_short_and_opens_with_its_question(demo):
    lines = (ROOT / "demos" / f"{demo}.py").read_text("utf-8").splitlines()
    assert len(lines) <= 60 and lines[0].startswith('"""') and "?" in lines[0]
    assert re.match(r"004\b", lines[2])

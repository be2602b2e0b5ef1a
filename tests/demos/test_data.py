"""The demos on data: their fits, beside known ones."""

import math

import pytest

from tests.demos.running import after, check_text, near, rows

OURS = {  # label: our numbers in its rows, from first to last
    "linear_regression": {
        "m²": [14],
        "b²": [3],
        "1": [38],
        "m·b": [12],
        "m": [-42],
        "b": [
            *[-20, 0.2, 0.3376, 1.4746922159538696, 2.3320605338619695],
            *[0.3333333333333333, 0.49333333333333335, 0.576],
        ],
        "m = 1/2": [0.5],
        "b = 7/3": [2.3333333333333335],
        "E(1/2, 7/3)": [4.166666666666667],
        "on E: m after 1": [0.42],
        "on E: m after 2": [0.6984],
        "on E: m after 100": [0.8777177012567315],
        "on E: m after 1000": [0.5005599066720117],
        "on L: m after 1": [0.7],
        "on L: m after 2": [1.0066666666666666],
        "on L: m after 3": [1.1382222222222222],
    },
    "sentiment": {
        "'Ya Ya Ya': Ya": [3],
        "'Na na': Ya": [0],
        "'Ya na Ya': Ya": [2],
        "'Na na Ya na': Ya": [1],
        "Na": [0, 2, 1, 3],
        "loss after 0": [0.6931471805599453],
        "loss after 1": [0.6445525039874901],
        "loss after 10": [0.3828624257493457],
        "loss after 100": [0.07928253906779682],
        "w1 after 1": [0.05],
        "w2 after 1": [-0.05],
        "w1 after 2": [0.09719237146198177],
        "w2 after 2": [-0.09719003647723776],
        "b after 2": [7.783282480019773e-07],
        "w1 after 100": [1.5191947799363414],
        "w2 after 100": [-1.3656705211295868],
        "b after 100": [0.056297818262440194],
        "ŷ of 'Ya Ya Ya'": [0.9901840493857407],
        "ŷ of 'Na na'": [0.0644621590880597],
        "ŷ of 'Ya na Ya'": [0.8492866222850702],
        "ŷ of 'Na na Ya na'": [0.07436332197805809],
    },
    "density": {"−log likelihood, at the start": [2.0964020394]},
}
NOTES = {  # label: what the notes print, where it is a number of more than one digit
    "linear_regression": {"m²": 10, "1": 38, "m·b": 12, "m": -92, "E(1/2, 7/3)": 4.167},
}
MISPRINTS = {  # (label, what the notes print)
    "linear_regression": {("m²", 10), ("m", -92)},
    "sentiment": {("'Na na': Ya", 2)},
}
EXACT = {  # the notes' column is computed from their formula
    "density",
}
SAID = {  # errata, verdicts and messages
    "linear_regression": [
        "10m², 92m, 2ab are 14m², 42m, 20b",
        "38 − 42·x − 20·y + 14·x^2 + 12·x·y + 3·y^2",
        "the 2m below L is 2n",
    ],
    "sentiment": ["'Na na' has no Ya", "Pa as Ya", "leads to w1 = 0.025"],
}


@pytest.mark.parametrize("demo", OURS)
def test_demo(demos, demo):
    check_text(
        demos.printed(demo),
        OURS[demo],
        misprints=MISPRINTS.get(demo, ()),
        notes=NOTES.get(demo),
        said=SAID.get(demo, ()),
        exact=demo in EXACT,
    )


def test_the_mixture_is_found(demos):
    found = {label: pairs[0][1] for label, pairs in rows(demos.printed("density")).items()}
    assert found["found"] < 1.67 and found["its largest slope"] < 1e-3
    # 50 draws tell the mean of 30 of them with σ = ½ to 0.09, of 20 with σ = 1 to 0.22
    assert abs(found["μ₁ (drawn with −2)"] + 2) < 0.18 and abs(found["μ₂ (with 1)"] - 1) < 0.44
    assert 0.4 < found["weight of the first (0.6)"] < 0.8


def test_breast_cancer(demos):
    text = demos.printed("breast_cancer")
    assert text.startswith("379 of 569 tumours, 6 features")
    accuracy, loss = after(text, "the perceptron")[0]
    majority, constant = after(text, "always benign")[0]
    assert accuracy > 95 and loss < 0.15
    assert majority == 68.4 and 0.6 < constant < 0.7


def test_iris(demos):
    text = demos.printed("iris")
    assert "DeepNetwork([4, 4, 3]) with 35 parameters, 100 of 150 flowers" in text
    table = [after(text, name)[-1] for name in ("setosa", "versicolor", "virginica")]
    right = sum(row[k] for k, row in enumerate(table))
    assert sum(map(sum, table)) == 50 and right >= 46 and table[0][1:] == [0, 0]
    assert after(text, "accuracy")[0][0] == 2 * right
    assert after(text, "(always setosa:") == [[30]]


def test_diabetes(demos):
    text = demos.printed("diabetes")
    # Known coefficients of these data, where every feature is scaled to length 1, not to √442.
    for name, known in (("bmi", 519.8459), ("s1", -792.1756), ("s5", 751.2737)):
        ours, theirs, _ = after(text, name)[0]
        assert ours == theirs == pytest.approx(known / math.sqrt(442), abs=1e-5)
    assert after(text, "b")[0][:2] == near(152.1334841629, 152.1334841629)
    assert after(text, "largest relative difference:")[0][0] < 1e-8
    assert after(text, "R² on the same rows, the explained share of the variance:") == [[0.5177]]
    assert "H is positive definite" in text
    assert "002 prints Δθ = H⁻¹·∇J, without the minus" in text

"""The demos of the optimizers and of the data run as a user runs them; their numbers hold."""

import importlib.util
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEMOS = Path(__file__).parents[2] / "demos"
NAMES = ["tunnel", "saddle", "optimizers", "sparse_features", "units", "newton_2d"]
NAMES += ["newton_saddle", "second_derivative", "breast_cancer", "iris", "diabetes"]
NUMBER = r"[-−]?\d+(?:\.\d+)?(?:e[-+]\d+)?"


def copied(tmp_path_factory):
    place = tmp_path_factory.mktemp("a folder") / "demos"
    shutil.copytree(DEMOS, place, ignore=shutil.ignore_patterns("out", "__pycache__"))
    return place


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The demos in a folder of their own, so that what they write is theirs."""
    return copied(tmp_path_factory)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The same where matplotlib cannot be imported."""
    place = copied(tmp_path_factory)
    (place / "matplotlib.py").write_text("raise ImportError('not here')\n", encoding="utf-8")
    return place


def run(folder, name):
    env = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, f"{name}.py"], cwd=folder, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().replace("\r\n", "\n")


def shown(folder, name):
    """What the demo prints; its picture, where there can be one, is there too."""
    text = run(folder, name)
    if importlib.util.find_spec("matplotlib"):
        assert f"picture: demos/out/{name}.svg" in text
        assert (folder / "out" / f"{name}.svg").read_text("utf-8").count("<path") > 10
    return text


def after(text, label):
    """The numbers behind a label, for each line that begins with it."""
    lines = re.findall(rf"^ *{re.escape(label)} +(.*)$", text, re.MULTILINE)
    return [[float(x) for x in re.findall(NUMBER, line)] for line in lines]


def near(*numbers):
    """To the ten digits that are printed."""
    return pytest.approx(list(numbers), rel=1e-9)


def test_tunnel(folder):
    text = shown(folder, "tunnel")
    assert after(text, "degrees from −∇f to the minimum") == [near(42.7093899573615)]
    expected = {  # sign changes, x after 60 steps, largest |y| of steps 50 to 60
        "η = 0.07, without momentum": (60, 0.42, 5.66321656426938e-07, 0.007),
        "η = 0.07, momentum 0.9": (29, 3.57113211648895, 0.0948095560960458, None),
        "η = 0.05, without momentum": (60, 0.3, 7.88860905221012e-31, 0.005),
        "η = 0.05, momentum 0.9": (24, 2.55080865463496, 0.0810343955579002, None),
        "η = 0.05, Nesterov 0.9": (60, 2.55080865463496, 9.47340881528886e-07, None),
    }
    for label, (changes, x, y, last) in expected.items():
        measured = after(text, label)
        assert measured[:3] == [near(changes), near(x), near(y)], label
        gain = (1 - 0.9**60) * 10 * float(label[4:8]) * 0.1
        assert measured[3] == near(last or gain), label
    assert "prints 测次数 for 的次数" in text


def test_saddle(folder):
    text = shown(folder, "saddle")
    assert after(text, "gradient descent, η = 0.1") == [[42]]
    steps = {"momentum, η = 0.1": 25, "Nesterov, η = 0.1": 21, "Adagrad, η = 0.5": 3}
    steps |= {"RMSprop, η = 0.05": 9, "Adadelta": 33, "Adam, η = 0.1": 11}
    assert {label: after(text, label) for label in steps} == {k: [[n]] for k, n in steps.items()}
    assert "Newton: never; converged after 1 step at x = [0. 0.]" in text
    assert after(text, "largest |y| of all rules in 200 steps") == [[0]]
    assert "a saddle: eigenvalues of the Hessian -4, 4" in text
    assert "eigenvalues of both signs are conclusive" in text


ITERATES = {  # rule: three x, three y
    "gradient descent": ((0.97, 0.9409, 0.912673), (0.25, 0.0625, 0.015625)),
    "η / (1 + t/2)": ((0.97, 0.9506, 0.936341), (0.25, 0.125, 0.078125)),
    "momentum": ((0.97, 0.9139, 0.835993), (0.25, -0.6125, -0.929375)),
    "η / 2ᵗ, notes": ((0.97, 0.92845, 0.884091625), (0.25, -0.51875, -1.113359375)),
    "η / 2ᵗ, torch": ((0.97, 0.94195, 0.922262875), (0.25, -0.18125, -0.341328125)),
    "Nesterov, notes": ((0.97, 0.91471, 0.83900053), (0.25, -0.10625, -0.10671875)),
    "Nesterov, torch": ((0.943, 0.864949, 0.770862007), (-0.425, -0.426875, -0.107140625)),
    "Adagrad, notes": (
        (0.5000000025, 0.276393204750021, 0.15639873806678),
        (0.500000000004, 0.276393202254021, 0.15639873602748),
    ),
    "Adagrad, torch": (
        (0.50000000005, 0.276393202302132, 0.156398736067683),
        (0.500000000002, 0.276393202252106, 0.156398736025951),
    ),
    "RMSprop, notes": (
        (0.841886124897275, 0.736937667365413, 0.654358945548245),
        (0.84188611700423, 0.736937656766278, 0.65435893349428),
    ),
    "RMSprop, torch": (
        (0.841886121991581, 0.73693766401715, 0.654358942158387),
        (0.841886117191581, 0.736937657040007, 0.6543589338223),
    ),
    "Adadelta, printed": ((1, 1, 1), (1, 1, 1)),
    "Adadelta": (
        (0.996837738151101, 0.993598198407652, 0.990309082800838),
        (0.99683772236513, 0.993598166020366, 0.990309033356277),
    ),
    "Adam, printed": (
        (0.68377233398313, 0.27020616908667, -0.162141207400309),
        (0.683772237983162, 0.270205975970113, -0.1621414681773),
    ),
    "Adam": (
        (0.900000001, 0.800412229712337, 0.701586274504414),
        (0.90000000004, 0.800412227752891, 0.701586271512316),
    ),
}
AFTER_200_STEPS = {
    "gradient descent": 2.55660545264336e-06,
    "momentum": 3.07153715707598e-09,
    "Nesterov, notes": 7.08341124444697e-15,
    "Adagrad, notes": 6.50577813890244e-97,
    "RMSprop, notes": 0.00790890293872895,
    "Adadelta": 1.42653053311882,
    "Adam": 6.77288968127677e-10,
}


def test_optimizers(folder):
    text = shown(folder, "optimizers")
    head, tail = text.split("f after 200 steps")
    rows = re.findall(r"^  (.{18})x(.*)\n {20}y(.*)$", head, re.MULTILINE)
    assert [label.strip() for label, _, _ in rows] == list(ITERATES)
    for label, *numbers in rows:
        pairs = zip(numbers, ITERATES[label.strip()], strict=True)
        assert all([float(s) for s in line.split()] == near(*xs) for line, xs in pairs), label
    for label, f in AFTER_200_STEPS.items():
        assert after(tail, label) == [pytest.approx([f], rel=1e-8)], label
    assert "√E[Δθ] without square and ε" in text and "3.16 η, not η" in text


def test_sparse_features(folder):
    text = shown(folder, "sparse_features")
    assert after(text, "frequent: in 10 of 10 samples") == [near(0.316227766016838)]
    assert after(text, "rare: in 2 of 10 samples") == [near(0.707106781186548)]
    assert after(text, "step 3") == [near(0.434144054995013)]
    descent, adagrad = after(text, "frequent weight")
    slow, fast = after(text, "rare weight")
    assert descent == [3] and slow == near(3 * (1 - (1 - 2 / 48) ** 20))
    assert adagrad == fast  # the same steps, however rare
    assert "每次更新" in text and "squared slopes" in text


def test_units(folder):
    text = shown(folder, "units")
    for k, x in ((1, 0.562187300889132), (2, 0.567119819036141)):
        assert after(text, f"x{k}")[0] == after(text, f"10φ{k}")[0] == near(x)
    assert after(text, "x1")[1] == near(0.535127872929987)
    assert after(text, "10φ1")[1] == near(4.01278729299872)
    assert after(text, "step in φ / step in x") == [near(100)]
    assert after(text, "the same ε = 1e-6")[0][0] > 0.05
    assert 1e-7 < after(text, "ε / 100")[0][0] < 2e-6
    assert after(text, "ε / 100 and f / 100")[0][0] < 1e-14
    assert "002 prints √E[Δθ] for √(E[Δθ²] + ε)" in text


def test_newton_2d(folder):
    text = shown(folder, "newton_2d")
    start, wrong, there, rounded = (
        [after(text, f"f_{what}")[k][:2] for what in ("x", "y", "xx", "xy", "yy")] for k in range(4)
    )
    assert [ours for _, ours in start] == near(277.6, 213.6, 198.4, -2.6, 157.6)
    assert [ours for _, ours in wrong] == near(277.6, 239.2, 198.4, -2.6, 176.8)
    exact = near(84.2456148888805, 64.2044122773058, 86.9979525550235, -2.03309546567169)
    assert [ours for _, ours in there[:4]] == exact
    assert there[4] == near(69.39, 69.9630895441497)
    assert [ours for _, ours in rounded] == near(84.010208, 64.1198496, 86.8288, -2.032, 69.89824)
    assert [notes for notes, _ in there] == [89.29, 63.9, 86.83, -2.032, 69.39]
    assert after(text, "x1")[0][:2] == near(2.56, 2.58273866417923)
    assert after(text, "y1")[0][:2] == near(2.62, 2.62128883583037)
    assert after(text, "x2")[0][:2] == near(1.59, 1.59225691408964)
    assert after(text, "y2")[0][:2] == near(1.67, 1.67481610765765)
    iterates = re.findall(rf"^  (\d) +({NUMBER}) +({NUMBER})   f = ", text, re.MULTILINE)
    found = {int(k): [float(x), float(y)] for k, x, y in iterates}
    assert len(found) == 9
    assert found[3] == near(0.870589168007911, 1.00182107059616)
    assert found[6] == near(0.000194663784626151, 0.00301028672351471)
    assert max(map(abs, found[8])) < 1e-15
    assert after(text, "steps")[0][:2] == [3, 8]
    for erratum in (
        "003 prints 0.9 y⁴ and f_yy = 10.8 y² + 4",
        "003 prints x1 = 2.56 for 2.58",
        "003 prints f_x = 89.29 for 84.25, f_y = 63.9 for 64.20, f_yy = 69.39 for 69.96",
        "003 leaves out '(2.58, 2.62) −'",
        "003 prints 3 steps to (1.75e-1, −2.05e-1): they are 8",
    ):
        assert erratum in text


def test_newton_saddle(folder):
    text = shown(folder, "newton_saddle")
    newton = re.findall(rf"^ +\d((?: +{NUMBER})+)   H was (.*)$", text, re.MULTILINE)
    points = [[float(x) for x in numbers.split()] for numbers, _ in newton]
    kinds = [kind for _, kind in newton]
    assert points[0] == pytest.approx([-0.073972602739726, 0], rel=1e-9, abs=1e-15)
    assert points[1] == pytest.approx([0.000823059378153822, 0], rel=1e-9, abs=1e-15)
    assert kinds[:4] == ["indefinite"] * 4
    assert kinds[4:12] == ["indefinite"] + ["positive definite"] * 7
    assert points[11] == pytest.approx([1, 0], abs=1e-9)
    assert points[12:14] == [near(-0.0463024898437905), near(3.31180213263868e-05)]
    assert kinds[12:] == ["negative definite"] * 4
    assert after(text, "gradient descent, η = 0.1") == [near(0.3273), near(1)]
    assert after(text, "Newton, damping='auto'")[1] == near(1)
    assert "002 prints 收到 for 受到" in text


def test_second_derivative(folder):
    text = shown(folder, "second_derivative")
    low, high = after(text, "λ1"), after(text, "λ2")
    assert [row[:2] for row in low] == [
        near(3.55, 3.58578643762691),
        near(-6.41, -6.41421356237309),
        [-4, -4],
    ]
    assert [row[:2] for row in high] == [
        near(6.447, 6.41421356237309),
        near(-3.59, -3.58578643762691),
        [4, 4],
    ]
    kinds = re.findall(r"at \(0, 0\): (\w+), H", text)
    assert kinds == ["minimum", "maximum", "saddle"]
    assert "minimum: eigenvalues of the Hessian 1.57736, 4.29038, 6.13226" in text
    assert "saddle: eigenvalues of the Hessian -2, 2, 2" in text
    assert text.count("inconclusive: ") == 3
    powers = [after(text.split("One variable")[1], p) for p in ("x²", "−x²", "x⁴", "−x⁴", "x³")]
    assert powers == [[[2]], [[-2]], [[0]], [[0]], [[0]]]
    for erratum in ("6.447 and 3.55", "2×2 array", "(4 − λ)(4 − λ)", "not conclude", "反之", "凹"):
        assert erratum in text, erratum


def test_breast_cancer(folder):
    text = shown(folder, "breast_cancer")
    assert text.startswith("379 of 569 tumours, 6 features")
    accuracy, loss = after(text, "the perceptron")[0]
    majority, constant = after(text, "always benign")[0]
    assert accuracy > 95 and loss < 0.15
    assert majority == 68.4 and 0.6 < constant < 0.7


def test_iris(folder):
    text = shown(folder, "iris")
    assert "DeepNetwork([4, 4, 3]) with 35 parameters, 100 of 150 flowers" in text
    table = [after(text, name)[-1] for name in ("setosa", "versicolor", "virginica")]
    right = sum(row[k] for k, row in enumerate(table))
    assert sum(map(sum, table)) == 50 and right >= 46 and table[0][1:] == [0, 0]
    assert after(text, "accuracy")[0][0] == 2 * right
    assert after(text, "(always setosa:") == [[30]]


def test_diabetes(folder):
    text = shown(folder, "diabetes")
    # Known coefficients of these data, where every feature is scaled to length 1, not to √442.
    for name, known in (("bmi", 519.8459), ("s1", -792.1756), ("s5", 751.2737)):
        ours, theirs, _ = after(text, name)[0]
        assert ours == theirs == pytest.approx(known / math.sqrt(442), abs=1e-5)
    assert after(text, "b")[0][:2] == near(152.1334841629, 152.1334841629)
    assert after(text, "largest relative difference:")[0][0] < 1e-8
    assert after(text, "R² on the same rows, the explained share of the variance:") == [[0.5177]]
    assert "H is positive definite" in text
    assert "002 prints Δθ = H⁻¹·∇J, without the minus" in text


@pytest.mark.parametrize("name", NAMES)
def test_runs_without_matplotlib(bare, name):
    assert "(no curves: matplotlib is not installed" in run(bare, name)
    assert not (bare / "out" / f"{name}.svg").exists()

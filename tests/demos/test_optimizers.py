"""The demos of the optimizers: iterates, and where they end."""

import re
from itertools import pairwise

import pytest

from tests.demos.running import NUMBER, after, check_text, near

OURS = {  # label: our numbers in its rows, from first to last
    "omega": {
        "f′(0.05)": [-18.948728903623977],
        "x₁ = x₀ − α f′(x₀)": [0.14474364451811988],
        "f′(0.1447)": [-5.7551572241407305],
        "f′(x₁)": [-5.753022956349439],
        "x₂ = x₁ − α f′(x₁)": [0.1735087592998671],
        "x after 943": [0.5671432904097838],
        "x after 1": [0.09724764704478504],
        "x after 2": [0.1831766667839309],
        "x after 3": [0.32051968955024274],
        "x after 7": [0.5671432838411802],
        "x after 8: Ω": [0.5671432904097838],
        "f(Ω)": [2.3303661247616807],
        "f″(Ω)": [4.872177597931833],
    },
    "sauna": {
        "∂T/∂x": [-0.1134],
        "∂T/∂y": [-0.0935],
        "x₁": [0.50567],
        "y₁": [0.604675],
        "T there": [73.62222222222222],
        "∂T/∂y at (6, 3)": [0],
        "∂T/∂y at (3, 4)": [0],
        "∂T/∂x at (0, 3)": [0],
        "∂T/∂x at (3, 0)": [0],
    },
    "learning_rate": {
        "α = 0.001, too small: x after 100": [0.8185668046884278],
        "α = 0.5, one step: x after 1": [0],
        "α = 1.0, swings for ever: x after 30": [1],
        "α = 1.3, too large: x after 10": [109.9511627776],
        "α = 1e-05: x after 100": [0.0661721005540774],
        "α = 0.005: x after 100": [0.5451214640451186],
        "α = 0.5: x after 2": [-6835.03663652874],
        "α = 1: x after 2": [-178255557.83048984],
        "η = 0.4 / (1 + 0.5 t): x after 1": [0.2],
        "η = 0.4 / (1 + 0.5 t): x after 2": [0.09333333333333334],
        "η = 0.4 / (1 + 0.5 t): x after 3": [0.056],
        "η = 0.1 / (1 + 0.5 t), at t = 10": [0.016666666666666666],
        "η = 0.1·0.5^⌊t/10⌋, at t = 10": [0.05],
        "η = 0.1·e^(−0.1 t), at t = 10": [0.036787944117144235],
    },
    "local_minima": {
        "x of the minimum near -1.5": [-1.4729976011140302],
        "x of the maximum near 0.0": [0.1260001925862561],
        "x of the minimum near 1.5": [1.346997408527774],
        "f(x)": [-5.444192066610897, 0.06274804737614482, -2.6185559807652474, -5.444192066610897],
        "f′(x)": [0, 0, 0],
        "f″(x)": [18.03666319465225, -7.809487417618716, 13.772824222966467],
    },
    "escape": {
        "all samples at once: x after 400 steps": [1.346997408527774],
        "one at a time: of 12 runs leave for the lower": [8],
        "with samples f ± 2x, an eighth of the noise": [0],
        "all samples, η = ½: 1 passes": [5 / 3],
        "all samples, η = ½: 20 passes": [10 / 3 / 2**20],
        "one at a time, η = 1/t: 1 passes": [0.7498147918782567],
        "one at a time, η = 1/t: 20 passes": [0.16593171286204866],
        "one at a time, η = 1/t: 80 passes": [0.0763535271651],
    },
    "hessian_storage": {
        "n = 5: bytes of ∇f": [40],
        "n = 40: bytes of ∇f": [320],
        "of H": [200, 800, 3200, 12800],
        "H not 0, of its numbers": [0.52, 0.28, 0.145, 0.07375],  # (3n − 2)/n²
        "a layer of 1000 × 1000: H, in GB": [8016.008008],
        "bytes of H·v": [320],
    },
    "newton_root": {
        "x after 1": [1.5, 0.09724764704478504],
        "x after 2": [17 / 12, 0.1831766667839309],
        "x after 3": [577 / 408, 0.32051968955024274],
        "x after 8": [0.5671432904097838],
        "error after 3": [2.12390141475512e-06],
        "newton_root(g′), minimize(g): they differ by": [0],
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
    "five_minima": {
        "A, a minimum: x": [1.0151442989605188],
        "B, a minimum: x": [2.0100877662914503],
        "C, a minimum: x": [3.005041362347665],
        "D, a minimum: x": [4],
        "E, a minimum: x": [4.994958637652335],
        "f′(x)": [0] * 5,
        "f(x)": [-0.10453987585, -0.60201688094, -0.90050409429, -1, -0.90050409429],
        "f′": [0],
        "from 0.7 to A: x": [1.0151442989605188],
        "from 3.20909 to C: x": [3.005041362347665],
        "from 3.62727 to D: x": [4],
        "from 5.3 to E: x": [4.994958637652335],
    },
}
NOTES = {  # label: what the notes print, where it is a number of more than one digit
    "omega": {
        "f′(0.05)": -18.9,
        "x₁ = x₀ − α f′(x₀)": 0.1447,
        "f′(0.1447)": -5.7552,
        "x₂ = x₁ − α f′(x₁)": 0.1735,
        "x after 943": 0.5671,
        "x after 8: Ω": 0.5671,
    },
    "sauna": {"∂T/∂x": -0.2134, "∂T/∂y": -0.0935, "x₁": 0.5057, "y₁": 0.6047},
}
MISPRINTS = {  # (label, what the notes print)
    "sauna": {("∂T/∂x", -0.2134)},
}
EXACT = {  # the notes' column is computed from their formula
    "five_minima",
}
SAID = {  # errata, verdicts and messages
    "omega": ["f = e^{−log(x)}, f′ = e^{−1/x} stand for", "need not be a minimum"],
    "sauna": [
        "−0.2134 is −0.1134",
        "T is printed with (3x − 12)",
        "its gradient would be (-0.2106, -0.1785)",
        "only −∇f is that of descent",
        "they solve one equation",
        "(4.0, 4.0) is minimum: eigenvalues of the Hessian 4.26667, 4.26667",
        "(6.0, 6.0) is saddle: eigenvalues of the Hessian -14.4, 14.4",
        "(0.0, 3.0) is inconclusive",
        "from the wall: converged after 0 steps",
    ],
    "learning_rate": [
        "0 < α < 2/f″ = 1.",
        "α = 0.5: domain error at step 2, x = -6835.03663652",
        "α = 1.0: domain error at step 2, x = -178255557.83",
    ],
    "local_minima": ["has E struck out"],
    "newton_root": [
        "x² − 2 from 0: zero derivative after 0 steps",
        "x³ − 2x + 2 from 0: cycle after 2 steps",
        "∛x from 0.1: diverged",
        "until g′ = 0",
    ],
    "five_minima": ["D is the global minimum", "between D and E, a maximum", "f = -1.000000: D"],
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


def tunnel(eta, momentum, ahead=False, steps=60):
    """(x, y) of f = −0.1x + 12.5y² by the rule of the note, written out."""
    x, y, v, w, path = 0.0, 1.0, 0.0, 0.0, [(0.0, 1.0)]
    for _ in range(steps):
        there = y - momentum * w if ahead else y
        v, w = momentum * v - 0.1 * eta, momentum * w + 25 * there * eta
        x, y = x - v, y - w
        path.append((x, y))
    return path


def test_tunnel(demos):
    text = demos.printed("tunnel")
    assert after(text, "degrees from −∇f to the minimum") == [near(42.7093899573615)]
    walks = {
        f"η = {eta}, {name}": tunnel(eta, momentum, ahead)
        for eta in (0.079, 0.05)
        for name, momentum, ahead in (
            ("without momentum", 0.0, False),
            ("momentum 0.9", 0.9, False),
            ("Nesterov 0.9", 0.9, True),
        )
        if (eta, ahead) != (0.079, True)
    }
    measured = {label: [x for [x] in after(text, label)] for label in walks}
    for label, path in walks.items():
        x, y = zip(*path, strict=True)
        changes = sum(a * b < 0 for a, b in pairwise(y))
        sideways = sum(abs(b - a) for a, b in pairwise(y))
        expected = [changes, x[-1], sideways, sideways / x[-1]]
        expected += [max(map(abs, y[50:])), x[-1] - x[-2]]
        assert measured[label] == pytest.approx(expected, rel=1e-8, abs=1e-12), label
    plain, heavy = (measured[f"η = 0.079, {kind}"] for kind in ("without momentum", "momentum 0.9"))
    r = 0.975
    assert plain[2] == pytest.approx((1 + r) * (1 - r**60) / (1 - r), rel=1e-9)  # 61.7
    assert heavy[0] < 0.6 * plain[0] and heavy[1] > 8 * plain[1]  # fewer turns, further on
    assert all(a < b for a, b in zip(heavy[2:5], plain[2:5], strict=True))  # less to the sides
    ways = [
        after(text, f"η = {eta}: sum of |Δy|, {kind}")
        for eta in (0.07, 0.079)
        for kind in ("without", "momentum")
    ]
    assert [round(x, 1) for [[x]] in ways] == [7.0, 21.3, 61.7, 23.7]  # where it turns, it says so
    assert "prints 测次数 for 的次数" in text


def test_printed_rules(demos):
    text = demos.printed("printed_rules")
    for line in (  # as the note prints them, l. 251-490
        "θₙ = θₙ₋₁ − ηₙ₋₁ ∇J(θₙ₋₁)",
        "vₜ = γ vₜ₋₁ + η ∇J(θ)",
        "vₜ = γ vₜ₋₁ + η ∇J(θ − γ vₜ₋₁)",
        "θₜ₊₁,ᵢ = θₜ,ᵢ − η / √(Gₜ,ᵢᵢ + ε) · gₜ,ᵢ",
        "E[g²]ₜ = γ E[g²]ₜ₋₁ + (1 − γ) gₜ²",
        "θₜ₊₁ = θₜ − √(E[Δθ]ₜ₋₁) / √(E[g²]ₜ + ε) · gₜ",
        "θₜ₊₁ = θₜ − η / (√vₜ + ε) · mₜ",
        "Δθ = HJ(θ₀)⁻¹ · ∇J(θ₀)",
    ):
        assert f"    {line}\n" in text
    changes = re.findall(r"^ +Δθ +(\S+)$", text, re.MULTILINE)
    changes = [float(x.replace("−", "-")) for x in changes]
    steps = list(zip(changes[::2], changes[1::2], strict=True))  # two of each rule
    by_hand = [  # J = θ² from 2, η = 0.1
        [-0.4, -0.32],
        [-0.4, -0.68],  # 0.9·0.4 + 0.1·3.2
        [-0.4, -0.608],  # 0.9·0.4 + 0.1·2·(1.6 − 0.36)
        [-0.1, -0.1 * 3.8 / (16 + 3.8**2) ** 0.5],
        [-(0.1**0.5), -0.1 * 3.3675 / (0.9 * 1.6 + 0.1 * 3.3675**2) ** 0.5],
        [0, 0],
        [-0.003162, -0.003242],
        [-(0.1**0.5), -0.4215],
        [-0.1, -0.09983],
        [2, 4],
        [-2, 0],
    ]
    assert len(steps) == len(by_hand)
    for ours, expected in zip(steps, by_hand, strict=True):
        assert ours == pytest.approx(expected, rel=2e-4)
    for words in (
        "so θ is 2 after 12 steps, and for ever",
        "then E[Δθ] = -0.0226 has no root",
        "the first step is 3.1623 η",
        "the printed sign θ = 4, 8, 16",
        "the 50th step is 0.1414 η",
    ):
        assert words in text


def test_saddle(demos):
    text = demos.printed("saddle")
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


def test_optimizers(demos):
    text = demos.printed("optimizers")
    head, tail = text.split("f after 200 steps")
    rows = re.findall(r"^  (.{18})x(.*)\n {20}y(.*)$", head, re.MULTILINE)
    assert [label.strip() for label, _, _ in rows] == list(ITERATES)
    for label, *numbers in rows:
        pairs = zip(numbers, ITERATES[label.strip()], strict=True)
        assert all([float(s) for s in line.split()] == near(*xs) for line, xs in pairs), label
    for label, f in AFTER_200_STEPS.items():
        assert after(tail, label) == [pytest.approx([f], rel=1e-8)], label
    assert "√E[Δθ] without square and ε" in text and "3.16 η, not η" in text


def test_sparse_features(demos):
    text = demos.printed("sparse_features")
    assert after(text, "frequent: in 10 of 10 samples") == [near(0.316227766016838)]
    assert after(text, "rare: in 2 of 10 samples") == [near(0.707106781186548)]
    assert after(text, "step 3") == [near(0.434144054995013)]
    descent, adagrad = after(text, "frequent weight")
    slow, fast = after(text, "rare weight")
    assert descent == [3] and slow == near(3 * (1 - (1 - 2 / 48) ** 20))
    assert adagrad == fast  # the same steps, however rare
    assert "每次更新" in text and "squared slopes" in text


def test_units(demos):
    text = demos.printed("units")
    for k, x in ((1, 0.562187300889132), (2, 0.567119819036141)):
        assert after(text, f"x{k}")[0] == after(text, f"10φ{k}")[0] == near(x)
    assert after(text, "x1")[1] == near(0.535127872929987)
    assert after(text, "10φ1")[1] == near(4.01278729299872)
    assert after(text, "step in φ / step in x") == [near(100)]
    assert after(text, "the same ε = 1e-6")[0][0] > 0.05
    assert 1e-7 < after(text, "ε / 100")[0][0] < 2e-6
    assert after(text, "ε / 100 and f / 100")[0][0] < 1e-14
    assert "002 prints √E[Δθ] for √(E[Δθ²] + ε)" in text


def test_newton_2d(demos):
    text = demos.printed("newton_2d")
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


def test_newton_saddle(demos):
    text = demos.printed("newton_saddle")
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

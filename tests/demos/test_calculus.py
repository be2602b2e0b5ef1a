"""The demos of calculus: their numbers are those of the notes, or verified."""

import re

import pytest

from tests.demos.running import after, check_text, near

E, GRADIENT = 2.718281828459045, 7.211102550927978
OURS = {  # label: our numbers in its rows, from first to last
    "square_loss": {
        "slope of the cost at x = the mean": [0, 0, 0],
        "x of the lowest cost": [2.5, 5, 3.3],
        "the lowest cost": [4.5, 42, 78.8],
        "slope of the cost at 0": [-10, -30, -33],
        "second derivative: 2n": [4, 6, 10],
        "x after step 1": [3],
        "x after step 2": [4.2],
        "x after step 3": [4.68],
    },
    "coin_toss": {
        "g′(0.7) = p⁶(1 − p)²(7 − 10p)": [0],
        "p where G′ = 0": [0.7],
        "g(p), in one order": [0.0022235661],
        "120 g(p), in any": [0.266827932],
        "−G(p)": [6.108643020548935],
        "ten times the mean log loss": [6.108643020548935],
        "f′ at p = 6.5": [3.8771542251716810284e290],
        "d/dp log |f| at p = 6.5": [-133.799000999001],
        "d/dp log |f| at p = 0.5": [-51.945864661654134],
        "product of 1000 g(p), p = 0.7": [0],
        "sum of 1000 log g(p), p = 0.7": [-6108.643020548935],
        "slope of the product of 1000 g(p), p = 0.5": [0],
        "slope of the sum of 1000 log g(p), p = 0.5": [8000],
    },
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
    "epsilon_delta": {
        "ε = 0.1: δ": [0.25, 0.0625, 0.005859375, 0.03125],
        "ε = 0.01: δ": [0.0625, 0.0078125, 0.000732421875, 0.00390625],
        "ε = 0.001: δ": [0.03125, 0.0009765625, 4.57763671875e-05, 0.00048828125],
    },
    "differentiable": {"along (1, 0)": [0], "along (0, 1)": [0], "along (1, 1)": [0.5]},
    "subgradients": {
        "from": [-1, -3, -1],
        "to": [1, -1, 1],
        "derivative()": [0, -2, 0],
        "η = 1/(1 + t): x after 2000": [2],
        "η = 0.3, fixed: the last ten, apart": [0.3],
    },
    "product_rules": {  # at x = 0.7, y = −0.4, by hand
        "(5.46) ∂(f·g)/∂x": [-0.38829622364],
        "(5.46) ∂(f·g)/∂y": [-0.19970748305],
        "(5.47) ∂(f + g)/∂x": [1.09406312509],
        "(5.47) ∂(f + g)/∂y": [1.64421768724],
        "(5.48) [1, 1] of ∂g/∂f·∂f/∂x": [-1.529351841],
        "(5.48) [2, 2] of ∂g/∂f·∂f/∂x": [-4.127505415],
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
    "bends": {
        "f″(0)": [1, -1, 1, -1],
        "f′ < 0, f″ < 0: −eˣ: f′(0)": [-1],
        "f″, anywhere": [2],
        "curvature at 0": [2],
        "curvature at 1": [0.17888543819998318],
    },
    "velocity": {
        "Δx/Δt, Δt = 1": [17],
        "Δx/Δt, Δt = 0.1": [10.61],
        "Δx/Δt, Δt = 0.001": [10.006001],
        "its limit": [10],
        "dx/dt": [10],
        "x, distance": [4],
        "v = dx/dt, velocity": [10],
        "a = dv/dt": [12],
        "a = d²x/dt², acceleration": [12],
        "v": [0],
        "a": [4.898979485566356],  # 6·√(2/3)
    },
    "rules": {
        "7 at 3": [0],
        "3x + 5 at 2": [3],
        "x² at 3": [6],
        "x³ at 2": [12],
        "1/x at 2": [-0.25],
        "xⁿ, n = 5 at 1.5": [25.3125],
        "√x at 4": [0.25],
        "sin x at 0.7": [0.7648421872844884],
        "cos x at 0.7": [-0.644217687237691],
        "eˣ at 1": [E],
        "log x at 3": [1 / 3],
        "c·g: 5 sin x at 0.7": [3.824210936422442],
        "g + h: 2x + x² at 3": [8],
        "g·h: x·eˣ at 0.5": [2.4730819060501923],
        "g(h): e^(2x) at 0.5": [5.43656365691809],
        "f(g(h)): sin(e^(x²)) at 0.5": [0.36319491480172617],
        "n = 10": [2.5937424601],
        "n = 100": [2.7048138294215263],
        "n → ∞: e": [E],
    },
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
}
NOTES = {  # label: what the notes print, where it is a number of more than one digit
    "coin_toss": {"p where G′ = 0": 0.7},
}
MISPRINTS = {  # (label, what the notes print)
    "compound": {("n → ∞", 2.71828182)},  # cut off, not rounded
    "rules": {("n = 10", 2.592), ("n = 100", 2.712), ("n → ∞: e", 2.71828182)},  # e is cut off
    "shapes": {("∂f/∂y = ½(x + 2y³)y²", 2)},
    "matrix_identities": {("(1,)", 42), ("(2,)", -5)},  # (5.108) for W ≠ Wᵀ
}
EXACT = {  # the notes' column is computed from their formula
    "secants",
    "sin_cos",
    "quartic",
    "log_series",
    "total_derivative",
    "shapes",
    "matrix_identities",
    "regression_chain",
    "rules",
    "velocity",
    "product_rules",
}
SAID = {  # errata, verdicts and messages
    "square_loss": ["must begin with 2x − 2a", "x = 4.8333", "cost is -1.0000"],
    "coin_toss": ["the chance of one order", "= -6.1086 is 0", "P⁷·3(1 − P)²", "is d/dp log |f|"],
    "inverse": ["Erratum (000): the slope 1/m needs m ≠ 0"],
    "corners": [
        "corner: slope -1 from the left, 1 from the right",
        "cusp: slope -inf from the left, inf from the right",
        "jump: slope -inf from the left, 1 from the right",
        "vertical tangent: slope inf from the left, inf from the right",
        "differentiable: slope 0 from the left, 0 from the right",
        "derivative() alone would say 1",
    ],
    "epsilon_delta": [
        "|f(x) − 1| < 0.01 where 0 < |x − 0| < 0.0625: at 2398 sampled points",
        "no δ for sin(1/x): no limit left of 0.0: f does not settle",
        "no δ for |x|/x: no limit at 0.0: -1.0 from the left, 1.0 from the right",
    ],
    "differentiable": [
        "|x² − 1|: not differentiable. By its graph, of which 4 quantities were watched.\n"
        "  at -1: corner: slope -2 from the left, 2 from the right\n  at 1: corner",
        "∛(x − 1)²: not differentiable. By its graph, of which 4 quantities were watched.\n"
        "  at 1: cusp",
        "x|x|: differentiable. By its graph",
        "of which 1 quantity was watched.\n  at 0: undefined",
        "|sin x|, from 0 to π: differentiable.",
        "x|y|: differentiable: partial derivatives (0, 0)",
        "√(x² + y²): no partial derivative",
        "x²y/(x² + y²), and 0 at 0: no tangent plane: partial derivatives (0, 0).",
    ],
    "subgradients": [
        "below f: True, and with 1.01: False\n  0 is one: True",
        "below f: True, and with -0.99: False\n  0 is one: False",
    ],
    "product_rules": [
        "chained_jacobian(outer, inner) is the product of both: True",
        "= g · 2 · x + f · cos(x)",
    ],
    "climb": ["T → v6"],
    "bowl": ["z = 13 + 4·(x − 2) + 6·(y − 3)"],
    "limits": ["between −1 and 1: no limit right of 0.0: f does not settle", "0 < |x* − a| < δ"],
    "bends": ["x⁴   f″(0) = 0: inconclusive", "−x²  f″(0) = -2: maximum", "反之 (otherwise)"],
    "velocity": [
        "x = 4 + 10·(t − 2)",
        "d²x/dt² > 0, concave up (convex): minimum",
        "d²x/dt² < 0, concave down: maximum",
    ],
    "rules": ["f′ at 0.7 would be -3.221088"],
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
def test_demo(demos, demo):
    check_text(
        demos.printed(demo),
        OURS[demo],
        misprints=MISPRINTS.get(demo, ()),
        notes=NOTES.get(demo),
        said=SAID.get(demo, ()),
        exact=demo in EXACT,
    )


def test_second_derivative(demos):
    text = demos.printed("second_derivative")
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

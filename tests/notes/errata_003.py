"""What is wrong in note 003 as printed, with witnesses, in the order of its lines."""

import math

import numpy as np

from autograd_lite import (
    chain_rule,
    derivative,
    exp,
    grad,
    gradients,
    hessian,
    linalg,
    log,
    minimize,
    sigmoid,
    sin,
)
from autograd_lite.analysis import classify_stationary_point, inverse_derivative, newton_root
from autograd_lite.functional import directional_derivative, partial
from autograd_lite.nn import half_squared_error, log_loss
from autograd_lite.value import order
from tests.notes.functions_003 import (
    WORDS,
    E,
    L,
    X,
    Y,
    bowl,
    by_rule,
    chain,
    classification,
    compound,
    dome,
    five_wells,
    g,
    hard,
    log_g,
    network,
    newton,
    quartic,
    saddle,
    sauna,
    sentiment,
    square,
    tilted,
    walk,
)
from tests.notes.rows import Erratum, raised


def after_a_step(words):
    """w_Ya, w_Na, b after a step on the sentences with these counts."""
    return list(sentiment(1, words)[0].state_dict().values())


def table_of_e(*printed):
    """Whether (1 + 1/n)ⁿ at n = 10 and 100 is what is printed, to three decimals."""
    return all(
        abs(derivative(compound, 0)(n) - p) <= 0.0005
        for n, p in zip((10, 100), printed, strict=True)
    )


def well(k):
    return newton_root(derivative(five_wells), k).root


def flat(f, x):
    return abs(derivative(f)(x)) < 1e-9


def sauna_printed(x, y):
    return 85 - 1 / 90 * x**2 * (3 * x - 12) * y**2 * (y - 6)


def e_printed(m, b):
    """E without the term 2ab, which has no a."""
    return 10 * m**2 + 3 * b**2 + 38 + 12 * m * b - 92 * m


def one_point(m, b):
    return half_squared_error(Y[0], m * X[0] + b)


def eliminated(constant):
    """The m of 28m + 12b = constant and 12m + 6b = 20."""
    return linalg.solve([[28.0, 12.0], [12.0, 6.0]], [constant, 20.0])[0]


def sigmoid_slope(exponent):
    """−1·(1 + e⁻ᶻ)^exponent·d(1 + e⁻ᶻ)/dz at ½."""
    return -1 * (1 + exp(-0.5)) ** exponent * derivative(lambda z: 1 + exp(-z))(0.5)


def labels(root):
    return {v.label for v in order(root)}


def nodes():
    """The nodes z1 … a3 of the three layers and their L by name, and the parameters."""
    net, _, loss = chain(log_loss)
    return {v.label: v for v in order(loss)}, net


def product(*pairs):
    """∂a/∂b · ∂c/∂d · … of the three layers, each factor as it stands."""
    found = nodes()[0]
    return math.prod(chain_rule(found[a], found[b]).value for a, b in pairs)


def slope(name):
    return chain(log_loss)[0].named_parameters()[name].grad


def eigenvalues(f):
    return classify_stationary_point(f, 0.0, 0.0).eigenvalues


def det_at(f, eigenvalue):
    """det(H − λI)."""
    return linalg.det(hessian(f)(0.0, 0.0) - eigenvalue * np.eye(2))


def walked_from(x, where):
    """x₂ by Newton's steps for eˣ − log x, taken with the derivatives at where(x)."""
    for _ in range(2):
        x -= derivative(hard)(where(x)) / derivative(hard, 2)(where(x))
    return x


def newton_part(*point):
    return linalg.solve(hessian(quartic)(*point), grad(quartic)(*point))


ERRATA = [
    Erratum(
        "S3-002",
        "w_Ya, w_Na, b after a step of training with these counts",
        "Pa, Na; Na na: 2, 2; Na na m na: 1, 3",
        "Ya, Na; Na na: 0, 2; Na na Ya na: 1, 3",
        lambda: (
            after_a_step([(3, 0), (2, 2), (2, 1), (1, 3)]),
            after_a_step(WORDS),
        ),
        "003 Models, l. 19",
        ((0.025, -0.05, 0), (0.05, -0.05, 0)),
    ),
    Erratum(
        "S3-017",
        "√′(9): 1 over the slope of x² at 9, and at 3, where x² is 9",
        "the derivative of g is 1 over the derivative of f",
        "g′(f(a)) = 1/f′(a): at two points",
        lambda: (1 / derivative(square)(9.0), inverse_derivative(square, x=3.0)),
        "003 Inverse function, l. 120",
        (0.05555555555555555, 0.16666666666666666),
    ),
    Erratum(
        "S3-021",
        "is it (1 + 1/n)ⁿ at 10 and 100, to three decimals?",
        "n/(1 + 1/n)ⁿ = 1/2 = 10/2592 = 100/2712 … ∞/e",
        "a table: 1: 2, 10: 2.594, 100: 2.705, ∞: e",
        lambda: (table_of_e(2.592, 2.712), table_of_e(2.594, 2.705)),
        "003 Euler, l. 136",
    ),
    Erratum(
        "S3-023",
        "does eˣ = x have a solution?  e^? = 3, ? = log 3?",
        "eˣ = X ⇒ log(X), with one letter for two numbers",
        "e^? = x ⇒ ? = log(x)",
        lambda: (
            minimize(lambda x: exp(x) - x, 1.0, method="newton").fun <= 0,
            abs(newton_root(lambda x: exp(x) - 3, 1.0).root - log(3.0)) < 1e-15,
        ),
        "003 Logarithm, l. 152",
    ),
    Erratum(
        "S3-025",
        "f = eˣ: the derivative by y of f⁻¹(g), in which there is no y; of f⁻¹(y) at 3",
        "d/dy f⁻¹(g) = 1/f′(f⁻¹(g))",
        "d/dy f⁻¹(y) = 1/f′(f⁻¹(y))",
        lambda: (
            partial(lambda y, g: log(g), 0)(3.0, 3.0),
            inverse_derivative(exp, y=3.0, near=1.0),
        ),
        "003 Logarithm, l. 168",
        (0, 0.3333333333333333),
    ),
    Erratum(
        "S3-026",
        "the derivative by y of log(g), and of log(y), at 2",
        "d/dy log(g) = 1/e^log(g) = 1/g",
        "d/dy log(y) = 1/e^log(y) = 1/y",
        lambda: (partial(lambda y, g: log(g), 0)(2.0, 2.0), derivative(log)(2.0)),
        "003 Logarithm, l. 173",
        (0, 0.5),
    ),
    Erratum(
        "S3-029",
        "c = 5, g = sin at 0.7, where cg′ is 3.82421: f′ for f = cg′, and for f = cg",
        "if f = cg′ then f′ = cg′ (f = cg is struck out)",
        "if f = cg then f′ = cg′",
        lambda: (
            derivative(lambda x: 5 * derivative(sin)(x))(0.7),
            derivative(lambda x: 5 * sin(x))(0.7),
        ),
        "003 Properties, l. 198",
        (-3.221088436188455, 3.824210936422442),
    ),
    Erratum(
        "S3-033",
        "(x·eˣ)′ at 0.5",
        "x·eˣ + (x·eˣ), a line between",
        "eˣ + x·eˣ, the last line",
        lambda: (
            2 * derivative(lambda x: x * exp(x), 0)(0.5),
            derivative(lambda x: x * exp(x))(0.5),
        ),
        "003 Properties, l. 221",
        (1.6487212707001282, 2.4730819060501923),
    ),
    Erratum(
        "S3-037",
        "a curve of five minima (x − 4)²/10 − cos 2πx: a slope at E that is not 0?  0 at all five?",
        "slope = 0 in A, B, C & D (and E is struck out); E is a local minimum",
        "slope = 0 at every minimum inside, E too",
        lambda: (
            not flat(five_wells, well(5)),
            all(
                flat(five_wells, well(k))
                and classify_stationary_point(five_wells, well(k)).kind == "minimum"
                for k in range(1, 6)
            ),
        ),
        "003 Optimisation, l. 248",
    ),
    Erratum(
        "S3-039",
        "the x of it for a, b, c = 1, 4, 10",
        "2x − a + 2x − 2b + 2x − 2c = 0",
        "2x − 2a + 2x − 2b + 2x − 2c = 0",
        lambda: (
            newton_root(lambda x: 2 * x - 1 + 2 * x - 2 * 4 + 2 * x - 2 * 10, 0.0).root,
            newton_root(lambda x: 2 * x - 2 * 1 + 2 * x - 2 * 4 + 2 * x - 2 * 10, 0.0).root,
        ),
        "003 Power lines, l. 293",
        (4.833333333333333, 5),
    ),
    Erratum(
        "S3-041",
        "g′(0.5)",
        "7P⁶(1 − P)³ + P⁷·3(1 − P)(−1) = P⁶/(1 − P)²/(7 − 10P)",
        "7P⁶(1 − P)³ + P⁷·3(1 − P)²(−1) = P⁶(1 − P)²(7 − 10P)",
        lambda: (7 * 0.5**6 * 0.5**3 + 0.5**7 * 3 * 0.5 * (-1), derivative(g)(0.5)),
        "003 Log loss, l. 314",
        (0.001953125, 0.0078125),
    ),
    Erratum(
        "S3-043",
        "at P = 0.7: log g, which is not 0, and its derivative",
        "log(P⁷(1 − P)³) = 0 ⇒ … ⇒ log(P) + 3 log(1 − P), the 7 struck out",
        "G(P) = log(P⁷(1 − P)³) = 7 log(P) + 3 log(1 − P); G′(P) = 0",
        lambda: (derivative(log_g, 0)(0.7), derivative(log_g)(0.7)),
        "003 Log loss, l. 324",
        (-6.108643020548935, 0),
    ),
    Erratum(
        "S3-047",
        "f = x² + y²: can it be computed at x = 2?  Is it 2x = 4?",
        "d/dx f(f(x, 4)) = 2x",
        "d/dx f(x, 4) = 2x",
        lambda: (
            raised(lambda: derivative(lambda x: bowl(bowl(x, 4.0)))(2.0)) == "nothing",
            derivative(lambda x: bowl(x, 4.0))(2.0) == 4,
        ),
        "003 Partial derivative, l. 357",
    ),
    Erratum(
        "S3-056",
        "∇T at (0.5, 0.6)",
        "85 − x²(3x − 12)y²(y − 6)/90",
        "85 − x²(x − 6)y²(y − 6)/90",
        lambda: (grad(sauna_printed)(0.5, 0.6), grad(sauna)(0.5, 0.6)),
        "003 Sauna, l. 421",
        ((-0.2106, -0.1785), (-0.1134, -0.0935)),
    ),
    Erratum(
        "S3-058",
        "∂T/∂x at (6, 3), on one of the four lines, and at (4, 4)",
        "find the minimum: x = 0, x = 6, y = 0, y = 4",
        "they solve ∂T/∂y = 0 alone; the minimum in the room is (4, 4), T = 3313/45",
        lambda: (partial(sauna, 0)(6.0, 3.0), partial(sauna, 0)(4.0, 4.0)),
        "003 Sauna, l. 437",
        (10.8, 0),
    ),
    Erratum(
        "S3-059",
        "E(m = 1, b = 0), a sum of squares",
        "E = 10m² + 3b² + 38 + 12mb − 92m − 2ab",
        "E = 14m² + 3b² + 38 + 12mb − 42m − 20b",
        lambda: (e_printed(1.0, 0.0), E(1.0, 0.0)),
        "003 Linear regression, l. 439",
        (-44, 10),
    ),
    Erratum(
        "S3-060",
        "dE/dm at m = 0, b = 0",
        "dE/dm = 28m + 12b − 92",
        "dE/dm = 28m + 12b − 42",
        lambda: (28 * 0 + 12 * 0 - 92, partial(E, 0)(0.0, 0.0)),
        "003 Linear regression, l. 441",
        (-92, -42),
    ),
    Erratum(
        "S3-061",
        "the m of both equations",
        "12b + 28m − 92 = 0, so that −4m + 2 = 0",
        "12b + 28m − 42 = 0, so that −4m + 2 = 0",
        lambda: (eliminated(92.0), eliminated(42.0)),
        "003 Linear regression, l. 449",
        (13, 0.5),
    ),
    Erratum(
        "S3-066",
        "f′(0.05), printed −18.9",
        "f = e^(−log x), f′ = e^(−1/x); f′(0.144J)",
        "f = eˣ − log x, f′ = eˣ − 1/x; f′(0.1447)",
        lambda: (exp(-1 / 0.05), derivative(hard)(0.05)),
        "003 Gradient descent, l. 491",
        (2.061153622438558e-09, -18.948728903623977),
    ),
    Erratum(
        "S3-067",
        "x² + y² at (2, 3): does it fall along ∇f?  Along −∇f?",
        "direction of gradient descent: ∇f, and once more: −∇f (the words are struck out)",
        "direction of greatest ascent: ∇f; of greatest descent: −∇f",
        lambda: tuple(
            directional_derivative(bowl, s * grad(bowl)(2.0, 3.0))(2.0, 3.0) < 0 for s in (1, -1)
        ),
        "003 Gradient descent, l. 509",
    ),
    Erratum(
        "S3-068",
        "x₁ from 0.5, printed 0.5057",
        "start: (0.5, 0.5); ∇f(0.5, 0.6) = (−0.2134, −0.0935); 3x − 72, 8y − 72",
        "start: (0.5, 0.6); ∇f(0.5, 0.6) = (−0.1134, −0.0935); 3x − 12, 3y − 12",
        lambda: (0.5 - 0.05 * -0.2134, walk(sauna, (0.5, 0.6), 0.05, 1)[1, 0]),
        "003 Gradient descent, l. 531",
        (0.51067, 0.50567),
    ),
    Erratum(
        "S3-070",
        "∂E/∂m at m = 1, b = 1: must m fall or grow?",
        "∇E = [28m + 72b − 92, 6b + 12m − 20]",
        "∇E = [28m + 12b − 42, 6b + 12m − 20]",
        lambda: (28 * 1 + 72 * 1 - 92, grad(E)(1.0, 1.0)[0]),
        "003 Regression by descent, l. 550",
        (8, -2),
    ),
    Erratum(
        "S3-072",
        "(m, b) from (0, 0) in one step, α = 0.1: by the loss of the first point, and by L",
        "[mₙ, bₙ] = [mₙ₋₁, bₙ₋₁] − α∇Lᵢ, n being the number of points too",
        "[m_k, b_k] = [m_{k−1}, b_{k−1}] − α∇L, of all n points",
        lambda: (walk(one_point, (0.0, 0.0), 0.1, 1)[1], walk(L, (0.0, 0.0), 0.1, 1)[1]),
        "003 Regression by descent, l. 578",
        ((0.2, 0.2), (0.7, 0.3333333333333333)),
    ),
    Erratum(
        "S3-083",
        "dσ/dz at ½",
        "−1(1 + e⁻ᶻ)^(−2 − 1)·d/dz(1 + e⁻ᶻ), z read as I and F, σ as δ, d and s",
        "−1(1 + e⁻ᶻ)^(−1 − 1)·d/dz(1 + e⁻ᶻ)",
        lambda: (sigmoid_slope(-2 - 1), sigmoid_slope(-1 - 1)),
        "003 Classification, l. 698",
        (0.14628025352695762, 0.2350037122015945),
    ),
    Erratum(
        "S3-084",
        "e(z) = eᶻ and σ(z) at ½, where 1/(1 + e⁻ᶻ) is 0.622459",
        "recall that e(z) = 1/(1 + e⁻ᶻ)",
        "recall that σ(z) = 1/(1 + e⁻ᶻ)",
        lambda: (exp(0.5), sigmoid(0.5)),
        "003 Classification, l. 722",
        (1.6487212707001282, 0.6224593312018546),
    ),
    Erratum(
        "S3-085",
        "the derivative of ŷ = σ(z) by the target y, and by z = −0.3",
        "dŷ/dy = ŷ(1 − ŷ)",
        "dŷ/dz = ŷ(1 − ŷ)",
        lambda: tuple(partial(lambda y, z: sigmoid(z), k)(1.0, -0.3) for k in (0, 1)),
        "003 Classification, l. 728",
        (0, 0.24445831169074586),
    ),
    Erratum(
        "S3-089",
        "L for y = 1 and ŷ = 0.425557…",
        "L(ŷ, ŷ) = −y ln(ŷ) − (1 − y) ln(1 − ŷ)",
        "L(y, ŷ) = −y ln(ŷ) − (1 − y) ln(1 − ŷ)",
        lambda: tuple(log_loss(y, 0.425557483188341).data for y in (0.425557483188341, 1)),
        "003 Classification, l. 760",
        (0.6820224894250294, 0.8543552444685271),
    ),
    Erratum(
        "S3-091",
        "the derivatives of y, which is given, and of ŷ by b, the perceptron's",
        "dy/db = ŷ(1 − ŷ)",
        "dŷ/db = ŷ(1 − ŷ)",
        lambda: (
            derivative(lambda b: 1.0)(-0.1),
            (lambda net, yhat, _: gradients(yhat, [net.b])[0])(*classification(1)),
        ),
        "003 Classification, l. 774",
        (0, 0.24445831169074586),
    ),
    Erratum(
        "S3-097",
        "w11 after a step, α = 0.5",
        "w11 − α − x1·w1·a1(1 − a1)(y − ŷ)",
        "w11 − α(−x1·w1·a1(1 − a1)(y − ŷ))",
        lambda: (0.1 - 0.5 + network()[0].w11.grad, network(1, 1)[0].w11.data),
        "003 Network, l. 831",
        (-0.43480975669993577, 0.11740487834996789),
    ),
    Erratum(
        "S3-098",
        "is it the name of a node of the network?",
        "∂g/∂z·∂L/∂g, g(1 − g)",
        "∂ŷ/∂z·∂L/∂ŷ, ŷ(1 − ŷ)",
        lambda: tuple(name in labels(network()[2]) for name in ("g", "yhat")),
        "003 Network, l. 833",
    ),
    Erratum(
        "S3-100",
        "w12 after a step, α = 0.5: by the rule for w21, and by its own",
        "w12 → w12 + α·x2·w1·a1(1 − a1)(y − ŷ)",
        "w21 → w21 + α·x2·w1·a1(1 − a1)(y − ŷ): w_jk leads from x_j to unit k",
        lambda: (
            by_rule("w12", lambda x2, w1, a1, **_: x2 * w1 * a1 * (1 - a1)),
            network(1, 1)[0].w12.data,
        ),
        "003 Network, l. 845",
        (0.3651902433000642, 0.38741241456363684),
    ),
    Erratum(
        "S3-102",
        "w21 after a step, α = 0.5: by the rule for w12, and by its own",
        "w21 → w21 + α·x1·w2·a2(1 − a2)(y − ŷ)",
        "w12 → w12 + α·x1·w2·a2(1 − a2)(y − ŷ)",
        lambda: (
            by_rule("w21", lambda x1, w2, a2, **_: x1 * w2 * a2 * (1 - a2)),
            network(1, 1)[0].w21.data,
        ),
        "003 Network, l. 849",
        (-0.21258758543636316, -0.23480975669993578),
    ),
    Erratum(
        "S3-105",
        "∂L/∂w1: with α = 0.5, the learning rate, and with a1",
        "α = αᵢ·ŷ(1 − ŷ)·… = −αᵢ(y − ŷ)",
        "∂L/∂wᵢ = aᵢ·ŷ(1 − ŷ)·… = −aᵢ(y − ŷ)",
        lambda: (0.5 * network()[0].b.grad, network()[0].w1.grad),
        "003 Network, l. 862",
        (-0.20342210298809663, -0.23370860963120543),
    ),
    Erratum(
        "S3-107",
        "dL/dw⁽³⁾ of the three layers; z⁽³⁾ comes before a⁽³⁾, so dz⁽³⁾/da⁽³⁾ is 0",
        "dL/dw⁽³⁾ = dz⁽³⁾/da⁽³⁾·da⁽³⁾/dz⁽³⁾·dL/da⁽³⁾, z read as I",
        "dL/dw⁽³⁾ = dz⁽³⁾/dw⁽³⁾·da⁽³⁾/dz⁽³⁾·dL/da⁽³⁾",
        lambda: (
            product(("z3", "a3"), ("a3", "z3"), ("L", "a3")),
            product(("z3", "w3"), ("a3", "z3"), ("L", "a3")),
        ),
        "003 Back propagation, l. 885",
        (0, -0.1584082106565601),
    ),
    Erratum(
        "S3-108",
        "dL/db⁽³⁾ of the three layers",
        "dL/db⁽³⁾ = dL/db⁽³⁾·da⁽³⁾/dz⁽³⁾·dL/da⁽³⁾, itself on both sides",
        "dL/db⁽³⁾ = dz⁽³⁾/db⁽³⁾·da⁽³⁾/dz⁽³⁾·dL/da⁽³⁾",
        lambda: (
            product(("L", "b3"), ("a3", "z3"), ("L", "a3")),
            product(("z3", "b3"), ("a3", "z3"), ("L", "a3")),
        ),
        "003 Back propagation, l. 887",
        (0.1649054060091234, -0.40608546638500054),
    ),
    Erratum(
        "S3-110",
        "dL/db⁽²⁾ of the three layers",
        "dL/db⁽²⁾ = dL/da⁽³⁾ … da⁽²⁾/dz⁽²⁾·dz⁽²⁾/dw⁽²⁾",
        "dL/db⁽²⁾ = dL/da⁽³⁾ … da⁽²⁾/dz⁽²⁾·dz⁽²⁾/db⁽²⁾",
        lambda: (
            product(("L", "a3"), ("a3", "z3"), ("z3", "a2"), ("a2", "z2"), ("z2", "w2")),
            product(("L", "a3"), ("a3", "z3"), ("z3", "a2"), ("a2", "z2"), ("z2", "b2")),
        ),
        "003 Back propagation, l. 891",
        (-0.12027831800376493, -0.1932308055717144),
    ),
    Erratum(
        "S3-111",
        "dL/dw⁽¹⁾ of the three layers; z⁽²⁾ comes before a⁽²⁾, so dz⁽²⁾/da⁽²⁾ is 0",
        "dL/da⁽¹⁾ = … dz⁽²⁾/da⁽²⁾·da⁽²⁾/dL⁽²⁾·dL⁽²⁾/da⁽¹⁾·da⁽¹⁾/dz⁽¹⁾·dz⁽¹⁾/da⁽¹⁾",
        "dL/dw⁽¹⁾ = … dz⁽³⁾/da⁽²⁾·da⁽²⁾/dz⁽²⁾·dz⁽²⁾/da⁽¹⁾·da⁽¹⁾/dz⁽¹⁾·dz⁽¹⁾/dw⁽¹⁾",
        lambda: tuple(
            product(("L", "a3"), ("a3", "z3"), (z, "a2"), ("a2", "z2"), ("z2", "a1"))
            * product(("a1", "z1"), ("z1", last))
            for z, last in (("z2", "a1"), ("z3", "w1"))
        ),
        "003 Back propagation, l. 893",
        (0, 0.04359355835621513),
    ),
    Erratum(
        "S3-112",
        "the first two factors, which must give dL/dz⁽³⁾",
        "dL/da⁽¹⁾ = dL/dz⁽³⁾·da⁽³⁾/dz⁽³⁾·dz⁽²⁾/da⁽²⁾ … dz⁽¹⁾/da⁽¹⁾",
        "dL/db⁽¹⁾ = dL/da⁽³⁾·da⁽³⁾/dz⁽³⁾·dz⁽³⁾/da⁽²⁾ … dz⁽¹⁾/db⁽¹⁾",
        lambda: (product(("L", "z3"), ("a3", "z3")), product(("L", "a3"), ("a3", "z3"))),
        "003 Back propagation, l. 895",
        (-0.09793971730050065, -0.40608546638500054),
    ),
    Erratum(
        "S3-115",
        "eˣ − log x from x₀ = 0.05: x₂ with x where it was, at 0.05, and with x at x₁",
        "x_{k+1} = x_k − (eˣ − 1/x)/(eˣ + 1/x²)",
        "x_{k+1} = x_k − (eˣₖ − 1/x_k)/(eˣₖ + 1/x_k²)",
        lambda: (
            walked_from(0.05, lambda x: 0.05),
            walked_from(0.05, lambda x: x),
        ),
        "003 Newton, l. 958",
        (0.1444952940895701, 0.1831766667839309),
    ),
    Erratum(
        "S3-119",
        "shapes of ∇f and of the second derivative, two variables",
        "second derivative: f″ and ∇f",
        "first derivative: f′ and ∇f; second derivative: f″ and H",
        lambda: (grad(tilted)(1.0, 1.0).shape, hessian(tilted)(1.0, 1.0).shape),
        "003 Hessian, l. 985",
        ((2,), (2, 2)),
    ),
    Erratum(
        "S3-121",
        "sum and product of both λ, which are the trace and the determinant of H",
        "det(H − I) = 12 − 10/1 + 23; λ₁ = 6.447, λ₂ = 3.55",
        "det(H − λI) = λ² − 10λ + 23; λ = 5 ± √2, that is 6.414 and 3.586",
        lambda: (
            (6.447 + 3.55, 6.447 * 3.55),
            (sum(eigenvalues(tilted)), math.prod(eigenvalues(tilted))),
        ),
        "003 Hessian, l. 1016",
        ((9.997, 22.88685), (10, 23)),
    ),
    Erratum(
        "S3-123",
        "shapes of what is printed and of ∇f",
        "∇f = [−4x, −y; −x, −6y]; eigenvalues of Hessian Mⁿ",
        "∇f = (−4x − y, −x − 6y); eigenvalues of the Hessian",
        lambda: (np.shape([[-4, -1], [-1, -6]]), grad(dome)(1.0, 1.0).shape),
        "003 Hessian, l. 1041",
        ((2, 2), (2,)),
    ),
    Erratum(
        "S3-124",
        "det(H − λI) at λ = 1",
        "det(H − I) = (−4 − 1)(−6 − 1) − … = 41² + 101 + 23",
        "det(H − λI) = (−4 − λ)(−6 − λ) − 1 = λ² + 10λ + 23; both λ < 0",
        lambda: (41**2 + 101 + 23, det_at(dome, 1.0)),
        "003 Hessian, l. 1047",
        (1805, 34),
    ),
    Erratum(
        "S3-125",
        "at λ = −4, one of the two",
        "det(H − I) = (4 − 1)(4 − 1), λ read as 1: (4 − λ)(4 − λ)",
        "det(H − λI) = (4 − λ)(−4 − λ)",
        lambda: ((4 - -4.0) * (4 - -4.0), det_at(saddle, -4.0)),
        "003 Hessian, l. 1061",
        (64, 0),
    ),
    Erratum(
        "S3-126",
        "2x² − 2y² at (0, 0)",
        "λ = −4, +4: we can not conclude anything",
        "a saddle, for certain: up along x, down along y",
        lambda: ("inconclusive", classify_stationary_point(saddle, 0.0, 0.0).kind),
        "003 Hessian, l. 1063",
        ("inconclusive", "saddle"),
    ),
    Erratum(
        "S3-128",
        "f_y(4, 4), printed 213.6",
        "f = x⁴ + 0.9y⁴ + 4x² + …",
        "f = x⁴ + 0.8y⁴ + 4x² + …",
        lambda: tuple(partial(lambda x, y, a=a: quartic(x, y, a), 1)(4.0, 4.0) for a in (0.9, 0.8)),
        "003 Newton 2, l. 1081",
        (239.2, 213.6),
    ),
    Erratum(
        "S3-130",
        "f_yy(4, 4), printed 157.6",
        "f_yy = 10.8y² + 4; H(0, 0) = [12x² + 8 − 0.4y, …]",
        "f_yy = 9.6y² + 4; H(x, y) = [12x² + 8 − 0.4y, …]",
        lambda: (10.8 * 4**2 + 4, hessian(quartic)(4.0, 4.0)[1, 1]),
        "003 Newton 2, l. 1093",
        (176.8, 157.6),
    ),
    Erratum(
        "S3-131",
        "is it the first step from (4, 4), to two decimals?",
        "(2.56, 2.62)",
        "(2.58, 2.62)",
        lambda: tuple(
            [round(c, 2) for c in newton(quartic, (4.0, 4.0), 1)[1]] == point
            for point in ([2.56, 2.62], [2.58, 2.62])
        ),
        "003 Newton 2, l. 1107",
    ),
    Erratum(
        "S3-132",
        "the second iterate from (2.58, 2.62) with these numbers, printed (1.59, 1.67)",
        "at (2.56, 2.62): ∇f = (89.29, 63.9), f_yy = 69.39",
        "at (2.58, 2.62): ∇f = (84.01, 64.12), f_yy = 69.90; unrounded (84.25, 64.20), 69.96",
        lambda: tuple(
            np.array([2.58, 2.62]) - linalg.solve([[86.83, -2.032], [-2.032, f_yy]], slopes)
            for f_yy, slopes in ((69.39, [89.29, 63.9]), (69.9, [84.01, 64.12]))
        ),
        "003 Newton 2, l. 1111",
        ((1.5293982748071195, 1.6683524613691896), (1.5903370419093188, 1.6739199552097244)),
    ),
    Erratum(
        "S3-133",
        "the second iterate, from (2.58, 2.62), printed (1.59, 1.67)",
        "H⁻¹·∇f",
        "(2.58, 2.62) − H⁻¹·∇f",
        lambda: (newton_part(2.58, 2.62), newton(quartic, (2.58, 2.62), 1)[1]),
        "003 Newton 2, l. 1113",
        ((0.9896795494664603, 0.9461021972014724), (1.5903204505335398, 1.6738978027985276)),
    ),
    Erratum(
        "S3-134",
        "are |x|, |y| < 1e-15 after 3 steps?  After 8?",
        "needed 3 steps: (1.75·10⁻¹, −2.05·10⁻¹)",
        "needed 8 steps: (4.16·10⁻¹⁷, −2.05·10⁻¹⁷); the third is (0.871, 1.002)",
        lambda: tuple(bool((abs(newton(quartic, (4.0, 4.0), 8)[k]) < 1e-15).all()) for k in (3, 8)),
        "003 Newton 2, l. 1118",
    ),
]

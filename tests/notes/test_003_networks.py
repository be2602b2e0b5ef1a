"""Note 003, "Calculus", as a table that runs: perceptrons, networks, back propagation.

The items S3-073 … S3-112, pages 28 to 43.  The numbers of the samples and weights are ours, the
note prints formulas only; what is expected of them was worked out to 60 digits, elsewhere.
"""

from functools import partial as with_

import numpy as np
import pytest

from autograd_lite import derivative, exp, gradients, sigmoid
from autograd_lite.nn import (
    Perceptron,
    half_squared_error,
    log_loss,
    log_loss_from_logit,
)
from autograd_lite.value import order
from tests.notes.functions_003 import (
    NETWORK,
    by_rule,
    chain,
    classification,
    factors,
    network,
    numbers,
    trained,
)
from tests.notes.rows import Reason, Row, check, names, raised, rows

Z = [-3.0, -1.0, -0.3, 0.0, 0.5, 2.0, 10.0]
SLOPES = [0.04517665973091213, 0.19661193324148185, 0.24445831169074586, 0.25]
SLOPES += [0.2350037122015945, 0.10499358540350652, 4.5395807735951673e-05]
LOSSES = log_loss, half_squared_error


def regression(steps=0, *, wide=False):
    """The perceptron for numbers, of two or three inputs, α = 0.1."""
    weights, x, y = ((0.5, 0.25, 0.1), (1.5, -2.0), 2)
    if wide:
        weights, x, y = ((0.1, -0.2, 0.3, 0.05), (1.0, 2.0, -1.0), 1)
    net = Perceptron(len(x))
    return trained(net, numbers(weights), x, y, half_squared_error, steps=steps, lr=0.1)


def slopes(made):
    return [p.grad for p in made[0].parameters()]


def weights(made):
    return list(made[0].state_dict().values())


def ends(made):
    """(ŷ, L)."""
    return made[1].data, made[2].data


def product_of(made, name):
    """∂L/∂name by the chain rule: its text, its factors, their product."""
    return factors(made[2], made[0].named_parameters()[name])


def of(name, y=1):
    """∂L/∂name of the network, and the number after a step."""
    return network(y)[0].named_parameters()[name].grad, network(y, 1)[0].state_dict()[name]


def of_output(net, yhat):
    """∂ŷ/∂weight for each."""
    return gradients(yhat, net.parameters())


def chained(name):
    """∂L/∂name of the three layers: the product in symbols, its value for either loss."""
    (text, _, log), (same, _, square) = [product_of(chain(loss), name) for loss in LOSSES]
    assert text == same
    return text, log, square


def alike():
    """Slopes of w12 and w21 where both hidden units have the same weights and x1 = x2."""
    same = NETWORK | {"w12": 0.1, "w22": -0.2, "b2": 0.05, "w2": 0.7}
    net = network(weights=same, x=(0.5, 0.5))[0]
    return net.w12.grad, net.w21.grad


def u(z):
    """1 + e⁻ᶻ."""
    return 1 + exp(-z)


def d(f):
    return derivative(f)


U = "(1 + e⁻ᶻ)"
LINES = {  # line of the note: what stands there, in words and to compute
    698: (f"−1·{U}^(−1−1)·d{U}/dz", lambda z: -1 * u(z) ** (-1 - 1) * d(u)(z)),
    700: (
        f"−1·{U}⁻²·(d(1)/dz + d(e⁻ᶻ)/dz)",
        lambda z: -1 * u(z) ** -2 * (d(lambda z: 1)(z) + d(lambda z: exp(-z))(z)),
    ),
    701: (
        f"−1·{U}⁻²·(0 + e⁻ᶻ·d(−z)/dz)",
        lambda z: -1 * u(z) ** -2 * (0 + exp(-z) * d(lambda z: -z)(z)),
    ),
    702: (f"−1·{U}⁻²·e⁻ᶻ·(−1)", lambda z: -1 * u(z) ** -2 * exp(-z) * (-1)),
    703: (f"{U}⁻²·e⁻ᶻ", lambda z: u(z) ** -2 * exp(-z)),
    704: (f"1/{U}²·e⁻ᶻ", lambda z: 1 / u(z) ** 2 * exp(-z)),
    707: (f"e⁻ᶻ/{U}²", lambda z: exp(-z) / u(z) ** 2),
    710: (f"(e⁻ᶻ + 1 − 1)/{U}²", lambda z: (exp(-z) + 1 - 1) / u(z) ** 2),
    711: (f"(1 + e⁻ᶻ − 1)/{U}²", lambda z: (1 + exp(-z) - 1) / u(z) ** 2),
    712: (f"(1 + e⁻ᶻ)/{U}² − 1/{U}²", lambda z: (1 + exp(-z)) / u(z) ** 2 - 1 / u(z) ** 2),
    715: (f"1/{U} − 1/{U}²", lambda z: 1 / u(z) - 1 / u(z) ** 2),
    717: (f"1/{U} − (1/{U})·(1/{U})", lambda z: 1 / u(z) - (1 / u(z)) * (1 / u(z))),
    720: (f"1/{U}·(1 − 1/{U})", lambda z: 1 / u(z) * (1 - 1 / u(z))),
    726: ("σ(z)(1 − σ(z))", lambda z: sigmoid(z) * (1 - sigmoid(z))),
}
AFTER_1 = [0.6872212584058295, -0.274442516811659, 0.18722125840582948]
AFTER_0 = [0.18722125840582948, 0.725557483188341, -0.3127787415941705]

# fmt: off
PERCEPTRONS = {
    "Regression with a perceptron": [
        Row("S3-073", "ŷ = w1·x1 + … + wn·xn + b, n = 3 and 2",
            lambda: [regression(wide=wide)[1].data for wide in (True, False)], [-0.55, 0.35],
            "003 Perceptron, l. 597"),
        Row("S3-074", "L = ½(y − ŷ)²",
            lambda: [regression(wide=wide)[2].data for wide in (True, False)], [1.20125, 1.36125],
            "003 Perceptron, l. 601"),
        Row("S3-075", "∂L/∂w1, …, ∂L/∂b, n = 3", lambda: slopes(regression(wide=True)),
            [-1.55, -3.1, 1.55, -1.55], "003 Perceptron, l. 615"),
        Row("S3-075", "w1, …, b after a step, α = 0.1", lambda: weights(regression(1, wide=True)),
            [0.255, 0.11, 0.145, 0.205], "003 Perceptron, l. 617"),
        Reason("S3-076", "The same page a second time."),
        Row("S3-077", "∂L/∂ŷ = −(y − ŷ)", lambda: regression()[1].grad, -1.65,
            "003 Perceptron, l. 659"),
        Row("S3-078", "∂L/∂b = −(y − ŷ)", lambda: regression()[0].b.grad, -1.65,
            "003 Perceptron, l. 651"),
        Row("S3-078", "as ∂L/∂ŷ · ∂ŷ/∂b", lambda: product_of(regression(), "b"),
            ("∂L/∂yhat · ∂yhat/∂b", [-1.65, 1], -1.65), "003 Perceptron, l. 651"),
        Row("S3-079", "∂L/∂w1 = −(y − ŷ)·x1", lambda: regression()[0].w1.grad, -2.475,
            "003 Perceptron, l. 653"),
        Row("S3-080", "∂L/∂w2 = −(y − ŷ)·x2", lambda: regression()[0].w2.grad, 3.3,
            "003 Perceptron, l. 657"),
        Row("S3-081", "w1, w2, b after a step, α = 0.1", lambda: weights(regression(1)),
            [0.7475, -0.08, 0.265], "003 Perceptron, l. 674"),
        Row("S3-081", "ŷ and L after it", lambda: ends(regression(1)), (1.54625, 0.10294453125),
            "003 Perceptron, l. 679"),
    ],
    "Classification: the sigmoid": [
        Row("S3-082", "σ at −3, −1, −0.3, 0, 0.5, 2, 10", lambda: [sigmoid(z) for z in Z],
            [0.04742587317756678, 0.2689414213699951, 0.425557483188341, 0.5, 0.6224593312018546,
                0.8807970779778824, 0.9999546021312976],
            "003 Classification, l. 690"),
        Row("S3-082", "(1 + e⁻ᶻ)⁻¹ there", lambda: [u(z) ** -1 for z in Z],
            [0.04742587317756678, 0.2689414213699951, 0.425557483188341, 0.5, 0.6224593312018546,
                0.8807970779778824, 0.9999546021312976],
            "003 Classification, l. 694"),
        Row("S3-083", "dσ/dz there", lambda: [derivative(sigmoid)(z) for z in Z], SLOPES,
            "003 Classification, l. 696"),
        *(Row("S3-083", text, lambda f=f: [f(z) for z in Z], SLOPES,
            f"003 Classification, l. {line}")
            for line, (text, f) in LINES.items() if line < 710),
        *(Row("S3-084", text, lambda f=f: [f(z) for z in Z], SLOPES,
            f"003 Classification, l. {line}", 1e-11)
            for line, (text, f) in LINES.items() if line >= 710),
        Row("S3-085", "dŷ/dz = ŷ(1 − ŷ) of the perceptron, z = −0.3",
            lambda: product_of(classification(1), "b")[1][1], 0.24445831169074586,
            "003 Classification, l. 728"),
    ],
    "Classification: the log loss": [
        Row("S3-086", "L(1, 0.9), L(1, 0.1), L(0, 0.1)",
            lambda: [log_loss(y, p).data for y, p in ((1, 0.9), (1, 0.1), (0, 0.1))],
            [0.10536051565782628, 2.302585092994046, 0.10536051565782628],
            "003 Classification, l. 732"),
        Row("S3-086", "of the perceptron, y = 1 and 0",
            lambda: [classification(y)[2].data for y in (1, 0)],
            [0.8543552444685271, 0.5543552444685271], "003 Classification, l. 732"),
        Row("S3-086", "of z = −0.3, without ŷ",
            lambda: [log_loss_from_logit(y, -0.3).data for y in (1, 0)],
            [0.8543552444685271, 0.5543552444685271], "003 Classification, l. 732"),
        Row("S3-086", "L(1, 0) is no number", lambda: raised(lambda: log_loss(1, 0.0)),
            "DomainError", "003 Classification, l. 732"),
        Row("S3-087", "y = 1: close, far, farther, farthest",
            lambda: [log_loss(1, p).data for p in (0.9, 0.5, 0.1, 0.01)],
            [0.10536051565782628, 0.6931471805599453, 2.302585092994046, 4.605170185988091],
            "003 Classification, l. 736"),
        Row("S3-087", "L falls all the way towards y = 1, and towards y = 0",
            lambda: [all(s * derivative(with_(log_loss, y))(p) < 0 for p in np.arange(1, 20) / 20)
                for y, s in ((1, 1), (0, -1))],
            [True, True], "003 Classification, l. 736"),
        Row("S3-088", "w1, w2, b after a step, α = 0.5, y = 1 and 0",
            lambda: [weights(classification(y, 1)) for y in (1, 0)], [AFTER_1, AFTER_0],
            "003 Classification, l. 744"),
        Row("S3-089", "dL/dŷ, y = 1 and 0", lambda: [classification(y)[1].grad for y in (1, 0)],
            [-2.349858807576003, 1.7408182206817178], "003 Classification, l. 752"),
        Row("S3-089", "dL/dw1, dL/dw2, dL/db as products, y = 1",
            lambda: [product_of(classification(1), name)[::2] for name in ("w1", "w2", "b")],
            [("∂L/∂yhat · ∂yhat/∂z · ∂z/∂w1", -0.574442516811659),
                ("∂L/∂yhat · ∂yhat/∂z · ∂z/∂w2", 1.148885033623318),
                ("∂L/∂yhat · ∂yhat/∂z · ∂z/∂b", -0.574442516811659)],
            "003 Classification, l. 752"),
        Row("S3-090", "dL/dŷ at ŷ = 0.425557…, y = 1 and 0",
            lambda: [derivative(with_(log_loss, y))(0.425557483188341) for y in (1, 0)],
            [-2.349858807576003, 1.7408182206817178], "003 Classification, l. 762"),
        Row("S3-090", "as −(y − ŷ)/(ŷ(1 − ŷ)): times dŷ/dz it is −(y − ŷ)",
            lambda: [classification(y)[1].grad * derivative(sigmoid)(-0.3) for y in (1, 0)],
            [-0.574442516811659, 0.425557483188341], "003 Classification, l. 766"),
        Row("S3-091", "dŷ/dw1, dŷ/dw2, dŷ/db",
            lambda: of_output(*classification(1)[:2]),
            [0.24445831169074586, -0.4889166233814917, 0.24445831169074586],
            "003 Classification, l. 770"),
        Row("S3-092", "−(y − ŷ)x1, −(y − ŷ)x2, −(y − ŷ): y = 1",
            lambda: slopes(classification(1)),
            [-0.574442516811659, 1.148885033623318, -0.574442516811659],
            "003 Classification, l. 785"),
        Row("S3-092", "y = 0", lambda: slopes(classification(0)),
            [0.425557483188341, -0.851114966376682, 0.425557483188341],
            "003 Classification, l. 785"),
        Row("S3-093", "ŷ and L after the step, y = 1", lambda: ends(classification(1, 1)),
            (0.8058595413783637, 0.21584581794158705), "003 Classification, l. 794"),
        Row("S3-093", "y = 0", lambda: ends(classification(0, 1)),
            (0.17126726067950848, 0.18785756506488016), "003 Classification, l. 794"),
    ],
}
NETWORKS = {
    "A neural network of depth 2": [
        Row("S3-094", "z1, a1, z2, a2, z, ŷ",
            lambda: [v.data for v in order(network()[1])
                if v.label in ("z1", "a1", "z2", "a2", "z", "yhat")],
            [0.3, 0.574442516811659, -0.2, 0.4501660026875221, 0.37702676042440025,
                0.5931557940238068],
            "003 Network, l. 806"),
        Row("S3-095", "L, y = 1 and 0", lambda: [network(y)[2].data for y in (1, 0)],
            [0.5222981926957981, 0.8993249531201983], "003 Network, l. 815"),
        Row("S3-096", "∂L/∂w11 as a product", lambda: product_of(network(), "w11"),
            ("∂L/∂yhat · ∂yhat/∂z · ∂z/∂a1 · ∂a1/∂z1 · ∂z1/∂w11",
                [-1.6858977187363768, 0.2413219980397941, 0.7, 0.24445831169074586, 0.5],
                -0.034809756699935794),
            "003 Network, l. 823"),
        Row("S3-096", "pushed back, y = 1 and 0", lambda: [network(y)[0].w11.grad for y in (1, 0)],
            [-0.034809756699935794, 0.05075065239182526], "003 Network, l. 824"),
        Row("S3-097", "w11 − α·∂L/∂w11, α = 0.5, y = 1 and 0",
            lambda: [of("w11", y)[1] for y in (1, 0)], [0.11740487834996789, 0.07462467380408737],
            "003 Network, l. 829"),
        Row("S3-098", "∂L/∂b1 as a product", lambda: product_of(network(), "b1"),
            ("∂L/∂yhat · ∂yhat/∂z · ∂z/∂a1 · ∂a1/∂z1 · ∂z1/∂b1",
                [-1.6858977187363768, 0.2413219980397941, 0.7, 0.24445831169074586, 1],
                -0.06961951339987159),
            "003 Network, l. 833"),
        Row("S3-098", "y = 0", lambda: of("b1", 0), (0.10150130478365052, -0.0007506523918252633),
            "003 Network, l. 837"),
        Row("S3-099", "w11 + α·x1·w1·a1(1 − a1)(y − ŷ), and by the step",
            lambda: (by_rule("w11", lambda x1, w1, a1, **_: x1 * w1 * a1 * (1 - a1)),
                of("w11")[1]),
            (0.11740487834996789,) * 2, "003 Network, l. 843"),
        Row("S3-100", "w21 + α·x2·w1·a1(1 − a1)(y − ŷ), and by the step",
            lambda: (by_rule("w21", lambda x2, w1, a1, **_: x2 * w1 * a1 * (1 - a1)),
                of("w21")[1]),
            (-0.23480975669993578,) * 2, "003 Network, l. 845"),
        Row("S3-100", "∂L/∂w21 and ∂L/∂w12 are not one", lambda: (of("w21")[0], of("w12")[0]),
            (0.06961951339987159, 0.02517517087272634), "003 Network, l. 845"),
        Row("S3-100", "they are where x1 = x2 and both hidden units are alike",
            alike, (-0.025291918520312155,) * 2, "003 Network, l. 845"),
        Row("S3-101", "b1 + α·w1·a1(1 − a1)(y − ŷ), and by the step",
            lambda: (by_rule("b1", lambda w1, a1, **_: w1 * a1 * (1 - a1)), of("b1")[1]),
            (0.08480975669993579,) * 2, "003 Network, l. 847"),
        Row("S3-102", "w12 + α·x1·w2·a2(1 − a2)(y − ŷ), and by the step",
            lambda: (by_rule("w12", lambda x1, w2, a2, **_: x1 * w2 * a2 * (1 - a2)),
                of("w12")[1]),
            (0.38741241456363684,) * 2, "003 Network, l. 849"),
        Row("S3-103", "w22 + α·x2·w2·a2(1 − a2)(y − ŷ), and by the step",
            lambda: (by_rule("w22", lambda x2, w2, a2, **_: x2 * w2 * a2 * (1 - a2)),
                of("w22")[1]),
            (0.32517517087272635,) * 2, "003 Network, l. 851"),
        Row("S3-103", "∂L/∂w22", lambda: of("w22")[0], -0.05035034174545268, "003 Network, l. 851"),
        Row("S3-104", "b2 + α·w2·a2(1 − a2)(y − ŷ), and by the step",
            lambda: (by_rule("b2", lambda w2, a2, **_: w2 * a2 * (1 - a2)), of("b2")[1]),
            (-0.12517517087272634,) * 2, "003 Network, l. 853"),
        Row("S3-104", "∂L/∂b2", lambda: of("b2")[0], 0.05035034174545268, "003 Network, l. 853"),
        Row("S3-105", "∂L/∂w1 as a product", lambda: product_of(network(), "w1"),
            ("∂L/∂yhat · ∂yhat/∂z · ∂z/∂w1",
                [-1.6858977187363768, 0.2413219980397941, 0.574442516811659],
                -0.23370860963120543),
            "003 Network, l. 860"),
        Row("S3-105", "−aᵢ(y − ŷ): ∂L/∂w1, ∂L/∂w2, y = 1 and 0",
            lambda: [(of("w1", y)[0], of("w2", y)[0]) for y in (1, 0)],
            [(-0.23370860963120543, -0.1831474299208818),
                (0.34073390718045354, 0.2670185727666403)],
            "003 Network, l. 864"),
        Row("S3-106", "w1 + α·a1(y − ŷ), w2 + α·a2(y − ŷ), b + α(y − ŷ)",
            lambda: [by_rule("w1", lambda a1, **_: a1), by_rule("w2", lambda a2, **_: a2),
                by_rule("b", lambda **_: 1)],
            [0.8168543048156027, -0.4084262850395591, 0.4034221029880966], "003 Network, l. 871"),
        Row("S3-106", "by the step", lambda: [of(name)[1] for name in ("w1", "w2", "b")],
            [0.8168543048156027, -0.4084262850395591, 0.4034221029880966], "003 Network, l. 871"),
        Row("S3-106", "∂L/∂b", lambda: of("b")[0], -0.40684420597619325, "003 Network, l. 875"),
        Row("S3-106", "all nine after a step, y = 0", lambda: weights(network(0, 1)),
            [0.07462467380408737, -0.14924934760817474, -0.0007506523918252633, 0.4183519861526193,
                0.26329602769476135, -0.06329602769476135, 0.5296330464097733,
                -0.6335092863833202, -0.09657789701190338],
            "003 Network, l. 877"),
        Row("S3-106", "L after a step, y = 0", lambda: network(0, 1)[2].data, 0.6418309497729728,
            "003 Network, l. 877"),
        Row("S3-106", "L after 0, 1, 2, 10, 100 steps, y = 1",
            lambda: [network(1, k)[2].data for k in (0, 1, 2, 10, 100)],
            [0.5222981926957981, 0.3998630915843212, 0.3177747428509744, 0.10575254277833909,
                0.00995121355604334],
            "003 Network, l. 877"),
    ],
    "Back propagation": [
        Row("S3-107", "dL/dw⁽³⁾, of the log loss and of ½(y − a)²", lambda: chained("w3"),
            ("∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂w3", -0.1584082106565601, -0.03820490181018383),
            "003 Back propagation, l. 885"),
        Row("S3-107", "its factors for the log loss: … · a3(1 − a3) · a2",
            lambda: product_of(chain(log_loss), "w3")[1],
            [-1.6837439453001202, 0.24118006037587714, 0.39008589021104445],
            "003 Back propagation, l. 885"),
        Row("S3-108", "dL/db⁽³⁾", lambda: chained("b3"),
            ("∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂b3", -0.40608546638500054, -0.09793971730050065),
            "003 Back propagation, l. 887"),
        Row("S3-109", "dL/dw⁽²⁾", lambda: chained("w2"),
            ("∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂a2 · ∂a2/∂z2 · ∂z2/∂w2", -0.12027831800376493,
                -0.029008731998056977),
            "003 Back propagation, l. 889"),
        Row("S3-110", "dL/db⁽²⁾", lambda: chained("b2"),
            ("∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂a2 · ∂a2/∂z2 · ∂z2/∂b2", -0.1932308055717144,
                -0.04660341735426545),
            "003 Back propagation, l. 891"),
        Row("S3-111", "dL/dw⁽¹⁾", lambda: chained("w1"),
            ("∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂a2 · ∂a2/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂w1",
                0.04359355835621513, 0.01051389703635129),
            "003 Back propagation, l. 893"),
        Row("S3-111", "its factors: … · a3(1 − a3) · w3 · a2(1 − a2) · w2 · a1(1 − a1) · x",
            lambda: product_of(chain(log_loss), "w1")[1],
            [-1.6837439453001202, 0.24118006037587714, 2, 0.23791888846930143, -1.2,
                0.2350037122015945, 0.8],
            "003 Back propagation, l. 893"),
        Row("S3-112", "dL/db⁽¹⁾", lambda: chained("b1"),
            ("∂L/∂a3 · ∂a3/∂z3 · ∂z3/∂a2 · ∂a2/∂z2 · ∂z2/∂a1 · ∂a1/∂z1 · ∂z1/∂b1",
                0.05449194794526892, 0.01314237129543911),
            "003 Back propagation, l. 895"),
        Row("S3-112", "the six, pushed back in one pass", lambda: slopes(chain(log_loss)),
            [0.04359355835621513, 0.05449194794526892, -0.12027831800376493, -0.1932308055717144,
                -0.1584082106565601, -0.40608546638500054],
            "003 Back propagation, l. 882"),
    ],
}
# fmt: on
TABLE = PERCEPTRONS | NETWORKS
ROWS = rows(TABLE)


@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_row(row):
    check(row)

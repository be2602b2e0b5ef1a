"""Many points by a program: the same verdicts, and what eight points do not see."""

import numpy as np
import pytest

from autograd_lite import exp, log, relu, sigmoid, softplus
from autograd_lite.nn import softmax_cross_entropy
from autograd_lite.testing import Verdict, check, check_grad
from autograd_lite.testing.points import PointSource


def neuron(w, b, x, y):
    z = w * x + b
    a = sigmoid(z)
    return -y * log(a) - (1 - y) * log(1 - a)


def net(W, x, y):
    h = np.tanh(W @ x)
    e = h - y
    return (e * e).sum()


def dnet(W, x, y):
    h = np.tanh(W @ x)
    return {"W": np.outer(2 * (h - y) * (1 - h * h), x)}


def huber(w, x):
    z = w * x
    return z * z if z < 0.9 else 1.8 * z - 0.81


def softmax(z, k):
    return softmax_cross_entropy(k, z)


def dsoftmax(z, k):
    p = np.exp(z) / np.exp(z).sum()
    p[k] -= 1
    return {"z": p}


def scaled(w, x, *, by=2.0):
    return by * w * x


ROWS = [
    (neuron, {"w": "(a - y) * x", "b": "a - y"}, {"domain": {"y": "unit"}}),
    (net, dnet, {"shapes": {"W": (2, 3), "x": (3,), "y": (2,)}}),
    (huber, {"w": lambda w, x: 2 * w * x * x if w * x < 0.9 else 1.8 * x}, {}),
    (huber, {"w": "2 * z * x if z < 0.9 else 1.8 * x"}, {}),
    (softmax, dsoftmax, {"shapes": {"z": (3,)}, "domain": {"k": {0, 1, 2}}}),
    (scaled, {"w": "2 * x"}, {}),
]


@pytest.fixture
def traces(monkeypatch):
    """How many points were traced together with the gradient by hand."""
    counted = []
    evaluate = PointSource.evaluate
    monkeypatch.setattr(
        PointSource, "evaluate", lambda self, p: counted.append(1) or evaluate(self, p)
    )
    return counted


@pytest.mark.parametrize(("f", "df", "options"), ROWS)
def test_what_is_right_is_right_at_all_points(f, df, options, traces):
    report = check_grad(f, df, points=300, seed=0, **options)
    assert report.verdict is Verdict.RIGHT, str(report)
    assert report.count >= 300 and report.by_program == 292
    assert f"{report.count} points" in report.headline and "of them by a program" in str(report)
    assert len(traces) < 80  # of them 40 near each branch's threshold


def test_what_is_wrong_at_one_point_in_a_hundred_is_found():
    def df(w, x):
        z = w * x
        return (2 * z if z < 0.9 else 1.9 if 1.3 < z < 1.36 else 1.8) * x

    with_few = check_grad(huber, df, wrt="w", seed=1)
    assert with_few.verdict is Verdict.RIGHT  # the reason why one asks for more
    report = check_grad(huber, df, wrt="w", seed=1, points=2000)
    assert report.verdict is Verdict.WRONG
    wrong = [row for row in report.table if row.status == "differs"]
    assert 1 <= len(wrong) <= 8
    assert all(row.yours / row.true == pytest.approx(1.9 / 1.8) for row in wrong)


def test_given_points_and_fewer_than_a_hundred_are_all_traced():
    at = [{"w": float(k)} for k in (*range(1, 9), *range(-100, 1))]
    report = check_grad(lambda w: relu(w) * 3, {"w": lambda w: 3.0 * (w > 0)}, at=at)
    assert report.verdict is Verdict.KINK and report.by_program == 0
    few, many = (check_grad(lambda w: w * w, "2 * w", points=n, seed=0) for n in (99, 100))
    assert (few.by_program, many.by_program) == (0, 92)


def logit_loss(w, x, y):
    z = w * x
    p = sigmoid(z)  # no part of the loss
    assert p is not None
    return y * softplus(-z) + (1 - y) * softplus(z)


def test_numbers_beside_the_graph_are_those_of_each_point():
    right = check_grad(logit_loss, {"w": "(p - y) * x"}, points=400, seed=1)
    assert right.verdict is Verdict.RIGHT and right.by_program == 392
    text = "(p - y) * x + (1e-3 if 0.3 < w < 0.32 else 0)"
    wrong = check_grad(logit_loss, {"w": text}, points=4000, seed=1)
    assert wrong.verdict is Verdict.WRONG


def test_errors_of_the_gradient_go_through():
    def df(w):
        if w > 1.2:
            raise ValueError("beyond 1.2")
        return 2 * w

    for points in (99, 200):
        with pytest.raises(ValueError, match=r"beyond 1\.2"):
            check_grad(lambda w: w * w, {"w": df}, points=points, seed=0)


def test_what_cannot_be_recorded_is_traced(traces):
    def broken(w):
        return w * float(w)

    report = check_grad(broken, "2 * w", points=120, seed=0)
    assert report.verdict is Verdict.RIGHT and len(traces) == 120
    assert report.evidence == "numeric" and report.count == len(report.points) >= 120


def steep(w):
    return exp(6 * w)


RARE = [  # f, the gradient, wrong at one point in a hundred: in what only a careful sweep sees
    ("by 100 tolerances", lambda w: w * w, lambda w: 2 * w * (1.0001 if 0.5 < w < 0.52 else 1)),
    ("not finite", lambda w: w * w, lambda w: np.nan if 0.5 < w < 0.52 else 2 * w),
    ("where it is small", steep,
     lambda w: 6 * np.exp(6 * w) * (1.001 if -1.32 < w < -1.3 else 1)),
    ("in the second of two", lambda w, b: w * w + b * b,
     lambda w, b: {"w": 2 * w, "b": 2 * b if not 0.5 < b < 0.52 else 3 * b}),
    ("in the last of three", lambda w: (w * w).sum(),
     lambda w: 2 * w * np.where((w[2] > 0.5) & (w[2] < 0.52), [1, 1, 2], 1)),
]  # fmt: skip


@pytest.mark.parametrize(("what", "f", "df"), RARE, ids=[each[0] for each in RARE])
def test_a_rare_mistake_is_found_wherever_it_is(what, f, df):
    options = {"shapes": {"w": (3,)}} if "three" in what else {}
    options |= {} if "two" in what else {"wrt": "w"}
    assert check_grad(f, df, seed=1, **options).verdict is Verdict.RIGHT
    report = check_grad(f, df, seed=1, points=1000, **options)
    assert report.verdict is Verdict.WRONG, str(report)


# ---- few points of a large function --------------------------------------------------------------


def test_of_a_large_function_fewer_points_are_drawn_and_the_report_says_so(monkeypatch):
    def drawn(df, **options):
        return check_grad(net, df, shapes={"W": (3, 2), "x": (2,), "y": (3,)}, seed=0, **options)

    said = "numbers: 3 points are drawn, not 8"
    report = drawn(dnet)
    assert report.verdict is Verdict.RIGHT and report.count == 8 and said not in str(report)
    monkeypatch.setattr(check, "LARGE", 20)
    report = drawn(dnet)
    assert report.verdict is Verdict.RIGHT and report.count == 3 and said in str(report)
    for points in (9, 2):
        report = drawn(dnet, points=points)
        assert report.count == points and "drawn, not" not in str(report)
    given = {"W": [[0.1, 0.2], [0.3, -0.4], [0.5, 0.7]], "x": [0.3, -0.8], "y": [0.1, 0.4, 0.9]}
    at = [{n: np.array(x) * k for n, x in given.items()} for k in (1.0, 1.1, 0.9, 0.8)]
    assert check_grad(net, dnet, at=at).count == 4
    report = drawn(lambda W, x, y: {"W": 2 * dnet(W, x, y)["W"]})
    assert report.verdict is Verdict.WRONG and report.explanations and said in str(report)

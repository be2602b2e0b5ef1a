"""Epochs in C beside steps in Python, to the last bit: numbers, states, losses, errors, Ctrl-C."""

import math
import random
import signal
import sys
import threading
import time
from typing import ClassVar

import numpy as np
import pytest

from autograd_lite import Value, log, sqrt, train_c
from autograd_lite.errors import CompilerError
from autograd_lite.nn import (
    DeepNetwork,
    Module,
    TwoLayerNetwork,
    half_squared_error,
    log_loss,
    mean_squared_error,
    softmax_cross_entropy,
)
from autograd_lite.optim import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    Rule,
    cosine,
    explain,
    minibatches,
    step_decay,
)
from autograd_lite.program import c_compiler
from autograd_lite.train import fit
from autograd_lite.train_c import EpochsInC

pytestmark = pytest.mark.compiler
draw = random.Random(5)
X = [[draw.gauss(0, 1), draw.gauss(0, 1)] for _ in range(37)]
Y = [int(a * b > 0) for a, b in X]


class Steps:
    """How many steps C took, and how many Python did; with ``off`` all are Python's."""

    def __init__(self, monkeypatch):
        self.c = self.python = 0
        self.off = False
        in_c, init = EpochsInC._in_c, EpochsInC.__init__

        def counted(own):
            if self.off:
                return False
            own.c.taken = 0
            try:
                return in_c(own)
            finally:
                self.c += own.c.taken

        def made(own, model, rule, programs, X, y, step, **options):
            def one(batch):
                self.python += 1
                return step(batch)

            init(own, model, rule, programs, X, y, one, **options)

        monkeypatch.setattr(EpochsInC, "_in_c", counted)
        monkeypatch.setattr(EpochsInC, "__init__", made)


@pytest.fixture
def steps(monkeypatch):
    return Steps(monkeypatch)


def descent(net):
    return GradientDescent(net.parameters(), lr=0.3)


def trained(make, X=X, y=Y, *, loss=log_loss, network=TwoLayerNetwork, watch=None, **options):
    """All that a training leaves behind, as text, which has every bit."""
    net = network(seed=1)
    rule = make(net)
    history = error = None
    if watch:
        options["callback"] = watch(net, rule)
    try:
        options = {"epochs": 3, "seed": 7, **options}
        history = fit(net, X, y, loss=loss, optimizer=rule, backend="c", **options)
    except (ArithmeticError, LookupError, ValueError) as found:
        error = f"{type(found).__name__}: {found}"
    grads = [p.grad if p.has_grad else None for p in (*net.parameters(), *rule.parameters)]
    table = explain(rule).to_json() if rule.steps else ""
    return [repr(x) for x in (net.state_dict(), rule.state_dict(), history, error, grads, table)]


def same(steps, make, *args, **options):
    """How many steps C and Python took in a training, which steps in Python alone give too."""
    steps.c = steps.python = 0
    in_c = trained(make, *args, **options)
    taken = steps.c, steps.python
    steps.off = True
    assert trained(make, *args, **options) == in_c
    steps.off = False
    return taken


def schedule(t):
    return 0.3 / (1 + 0.2 * t)


class Clipped(Rule):
    formula = "theta = theta - lr * minimum(maximum(g, -bound), bound)"
    defaults: ClassVar = {"bound": 0.05}


class Odd(Rule):
    """Names that are C's own, choices, functions, and t in a formula."""

    formula = """
        double = 0.9 * double + abs(g) ** 1.5
        y0 = sign(g) if t > 3 and g != 0 else tanh(g) * exp(-t) + pi
        long = sqrt(double + eps) / (1 + long ** 2)
        theta = theta - lr * y0 / (long + 1) ** 3 * log1p(t) * sigmoid(double)
    """
    defaults: ClassVar = {"eps": 1e-3}


RULES = {
    "gradient descent": lambda net: GradientDescent(net.parameters(), lr=0.3),
    "SGD": lambda net: SGD(net, lr=1),  # a whole number
    "momentum": lambda net: Momentum(net.parameters(), lr=0.1, momentum=0.8),
    "momentum, torch": lambda net: Momentum(net.parameters(), lr=0.1, variant="torch"),
    "Nesterov": lambda net: Nesterov(net.parameters(), lr=0.1),
    "Nesterov, torch": lambda net: Nesterov(net.parameters(), lr=0.1, variant="torch"),
    "Adagrad": lambda net: Adagrad(net.parameters(), lr=0.1),
    "Adagrad, torch": lambda net: Adagrad(net.parameters(), lr=0.1, variant="torch"),
    "RMSprop": lambda net: RMSprop(net.parameters(), lr=0.1),
    "RMSprop, torch": lambda net: RMSprop(net.parameters(), variant="torch"),
    "Adadelta": lambda net: Adadelta(net.parameters()),
    "Adam": lambda net: Adam(net.parameters(), lr=0.1),
    "Adam as printed": lambda net: Adam(net.parameters(), bias_correction=False),
    "decay": lambda net: Adam(net.parameters(), lr=np.float64(0.1), weight_decay=0.02),
    "schedule": lambda net: Momentum(net.parameters(), lr=schedule),
    "a schedule that ends at 0": lambda net: Adam(net.parameters(), lr=cosine(0.2, 7)),
    "groups": lambda net: Adam(
        [
            {"params": net.parameters()[:4], "lr": 0.2},
            {"params": net.parameters()[6:3:-1], "betas": (0.5, 0.9), "weight_decay": 0.1},
            {"params": [net.b, Value(3.0)], "lr": step_decay(0.5, 0.5, 2)},
        ],
        lr=0.05,
    ),
    "clipped": lambda net: Clipped(net.parameters(), lr=0.5),
    "odd": lambda net: Odd(net.parameters(), lr=0.2),
}
SIZES = {None: 1, 37: 1, 8: 5, 1: 37, 36: 2, 100: 1}  # and how many batches


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_to_the_last_bit(steps, rule):
    for k, (size, batches) in enumerate(SIZES.items()):
        options = {"batch_size": size, "reduction": ("mean", "sum")[k % 2], "shuffle": k % 3 > 0}
        loss = (log_loss, half_squared_error)[k % 2]  # one program for each class, or for all
        assert same(steps, RULES[rule], loss=loss, **options) == (3 * batches - 1, 1)


# ---- samples, targets and their order --------------------------------------------------------


class Shares(Module):
    """One weight in two places, and one that the loss does not depend on."""

    def __init__(self, seed):
        self.w, self.unused = Value(0.3 * seed), Value(1.0)
        self.again = [self.w, Value(0.1)]

    def __call__(self, x):
        return self.w * x[0] + self.again[0] * x[1] ** 2 + self.again[1]


THREE = [0 if a < -0.5 else 1 if a < 0.5 else 2 for a, _ in X]
NAMES = ["ya", "na", "yana"]


def deep(seed):
    return DeepNetwork([2, 3, 3], activation="tanh", output=None, seed=seed)


def of_name(name, scores):
    return softmax_cross_entropy(NAMES.index(name), scores)


SORTED = sorted(zip(Y, X, strict=True))
KINDS = {
    "arrays": (np.array(X), np.array(Y), {}),
    "whole numbers": ([[round(4 * a), round(b)] for a, b in X], Y, {"loss": half_squared_error}),
    "float32": (np.array(X, dtype=np.float32), Y, {}),
    "classes": (X, THREE, {"network": deep, "loss": softmax_cross_entropy}),
    "names": (X, [NAMES[k] for k in THREE], {"network": deep, "loss": of_name}),
    "a new class in the middle": ([x for _, x in SORTED], [y for y, _ in SORTED], {}),
    "vectors": (X, np.eye(3)[THREE], {"network": deep, "loss": mean_squared_error}),
    "shared": (X, Y, {"network": Shares, "loss": half_squared_error}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_samples(steps, kind):
    X, y, options = KINDS[kind]
    for size, shuffle in [(5, False), (4, True), (37, True)]:
        how = {"batch_size": size, "shuffle": shuffle, **options}
        in_c, in_python = same(steps, RULES["decay"], X, y, epochs=4, **how)
        assert in_c + in_python == 4 * -(-37 // size) and in_python <= 3


SEEDS = [0, 1, 77, -3, 2**31, 2**32 - 2, 2**32, 2**61, -(2**40), 2**62, 2**100, True]


def orders(monkeypatch, n, seed, shuffle=True):
    """The order of the samples in each of six epochs of a fit in C."""
    seen, loss_of = [], EpochsInC.loss_of

    def watched(own, epoch):
        total = loss_of(own, epoch)
        seen.append(own.order.tolist())
        return total

    with monkeypatch.context() as patch:
        patch.setattr(EpochsInC, "loss_of", watched)
        net = Shares(seed=1)
        options = {"loss": half_squared_error, "optimizer": descent(net), "epochs": 6}
        options |= {"seed": seed, "shuffle": shuffle, "patience": 9, "backend": "c"}
        fit(net, [[0.1, 0.2]] * n, [1.0] * n, **options)
    return seen


def test_the_order_is_that_of_minibatches(monkeypatch):
    for n in (1, 2, 3, 31, 32, 33, 64, 700, 70_000):
        for seed in SEEDS if n == 33 else SEEDS[1:7:5] if n < 1000 else SEEDS[2:3]:
            expected = [next(iter(minibatches(n, n, seed=seed + k))) for k in range(6)]
            assert orders(monkeypatch, n, seed) == expected
    assert orders(monkeypatch, 9, 5, shuffle=False) == [[*range(9)]] * 6
    drawn = orders(monkeypatch, 40, None)
    assert all(sorted(order) == [*range(40)] for order in drawn)
    assert len({*map(tuple, drawn)}) == 6  # a chance of 1e-46


# ---- what C leaves to Python -------------------------------------------------------------------


def branching(y, yhat):
    e = yhat - y
    return e * e if e < 0.45 else 2 * e - 0.2


def rooted(y, p):
    """Its slope where p is 0 is 0 · ∞, which is 0 here and NaN in C."""
    return sqrt(p * p) * 0.1 + (p - y) * (p - y)


class Plain(Module):
    def __init__(self, seed):
        self.w1, self.w2 = Value(0.5), Value(-0.25)

    def __call__(self, x):
        return self.w1 * x[0] + self.w2 * x[1]


class Divides(Rule):
    """At the tenth step Python divides by 0, and C would divide by ∞ next."""

    formula = "theta = theta - lr * g / (1 + 1 / (2 - floor(0.2 * t)))"


class Roots(Rule):
    """From the sixth step on there is no root; the row's formula has a value all the same."""

    formula = "theta = theta - lr * nthroot(5.5 - t, 4) * g"


def steep(t):
    return 1e-3 if t < 9 else 1e308


HUGE = [*X[:20], [1e200, 1.0], *X[20:]], [*Y, 1]
WORDS = {"loss": half_squared_error, "network": Plain, "batch_size": 3}
# The rule, samples, targets, options; what the error says; so many steps in Python at least.
HARD = {
    "a branch": (descent, X, Y, {"loss": branching}, "", 3),
    "0 · ∞": (descent, [*X, [0.0, 0.0]], [*Y, 1], {**WORDS, "loss": rooted}, "", 3),
    "an infinite gradient": (descent, *HUGE, WORDS, "gradient of parameter 0 is -inf", 1),
    "a parameter": (lambda net: Momentum(net, lr=steep), X, [99.0] * 37, WORDS, "next value", 1),
    "outside of log": (
        lambda net: GradientDescent(net, lr=0.5),
        *(X, Y),
        {**WORDS, "loss": lambda y, p: (y - p) * (y - p) - log(p + 2.4)},
        "DomainError",
        1,
    ),
    "0 / 0": (
        lambda net: RMSprop(net, rho=0.0, eps=0.0),
        *([*X, [0.0, 0.0]], [*Y, 0]),
        {**WORDS, "batch_size": 1},
        "eps = 0.0",
        2,
    ),
    "1 / 0 in between": (Divides, X, Y, WORDS, "next value", 1),
    "outside of a row's domain": (Roots, X, Y, WORDS, "next value", 1),
    "a schedule raises": (
        lambda net: Adam(net, lr=lambda t: ([0.1] * 7)[t]),
        *(X, Y),
        WORDS,
        "IndexError",
        1,
    ),
    "no schedule any more": (
        lambda net: Adam(net, lr=lambda t: 0.1 - 0.01 * t),
        *(X, Y),
        WORDS,
        "lr = ",
        1,
    ),
}


@pytest.mark.parametrize("case", HARD)
def test_what_c_cannot_do_python_does(steps, case):
    make, X, y, options, error, least = HARD[case]
    options = {"batch_size": 5, "shuffle": False, "epochs": 5, **options}
    in_c, in_python = same(steps, make, X, y, **options)
    assert in_c >= 3 and in_python >= least
    found = trained(make, X, y, **options)[3]
    assert error in found and (error or found == "None"), found
    same(steps, make, X, y, **{**options, "batch_size": 1, "shuffle": True})


# ---- what looks at the model between epochs, and what ends a training ----------------------------


def changing(net, rule):
    """A callback that changes what C has read before."""

    def callback(epoch, history):
        if epoch == 1:
            net.w11.data += 0.5
            rule.groups[0]["weight_decay"] = 0.01
        elif epoch == 2:
            rule.groups[0]["lr"] = 0.05
        elif epoch == 3:
            rule.load_state_dict({**rule.state_dict(), "steps": 100})

    return callback


def test_samples_that_a_callback_changes(steps):
    """As for data augmentation; the rows are the caller's own."""
    kinds = [lambda: [list(x) for x in X], lambda: np.array(X)]
    found = []
    for kind in kinds:
        for steps.off in (False, True):
            rows, targets = kind(), [*Y]

            def move(net, rule, rows=rows, targets=targets):
                def callback(epoch, history):
                    for x in rows:
                        x[0] *= 0.9

                return callback

            found.append(trained(descent, rows, targets, batch_size=9, watch=move))
    assert found[0] == found[1] == found[2] == found[3] and steps.c > 10


def explaining(net, rule):
    """From the second epoch on every step is noted."""
    return lambda epoch, history: explain(rule) if epoch == 1 else None


def stopping(net, rule):
    def callback(epoch, history):
        if epoch == 2:
            raise StopIteration

    return callback


HELD = [[0.3, -0.2], [1.0, 0.5]], [0, 1]
WATCHES = [
    {"validation": HELD},
    {"validation": HELD, "patience": 1, "epochs": 40},
    {"patience": 1, "epochs": 60},
    {"watch": stopping},
    {"watch": changing},
    {"watch": explaining},
    {"validation": HELD, "watch": changing, "patience": 3},
]


@pytest.mark.parametrize("options", WATCHES, ids=lambda x: ", ".join(x))
def test_what_looks_at_the_model_sees_what_steps_leave(steps, options):
    for size in (None, 5):
        make = RULES["schedule" if options.get("epochs") == 60 else "decay"]
        how = {"epochs": 6, "seed": 3, "batch_size": size, **options}
        in_c, in_python = same(steps, make, **how)
        if size is None and "watch" in options:
            assert in_c == in_python == 0  # it does not come to that
        else:
            assert in_c > 0 and (in_python == 1 or options["watch"] is explaining)


def test_epochs_are_done_ahead_in_one_call(monkeypatch):
    calls = []
    in_c = EpochsInC._in_c
    monkeypatch.setattr(EpochsInC, "_in_c", lambda own: calls.append(1) or in_c(own))
    monkeypatch.setattr(train_c, "AHEAD", 50)
    net = TwoLayerNetwork(seed=1)
    history = fit(net, X, Y, loss=log_loss, optimizer=descent(net), epochs=501, backend="c")
    assert len(history.loss) == 501 and len(calls) < 100
    assert history.best == history.loss.index(min(history.loss))


class Own(GradientDescent):
    def update(self, theta, g, s, o):
        return theta - o.lr * math.atan(g)


class Far(Rule):
    formula = "theta = theta - lr * g / hypot(1, g)"  # CPython's own hypot


class Deep(Rule):  # far too long if it is written out
    formula = f"theta = theta - lr * {'maximum(g, ' * 20}g{')' * 20}"


class Looks(Rule):
    formula = "ahead = theta - rate * v; v = lr * g + 0 * v; theta = theta - v"
    defaults: ClassVar = {"rate": 0.5}


def patched(net):
    rule = GradientDescent(net, lr=0.3)
    rule.update = lambda theta, g, s, o: theta - 0.1 * g
    return rule


def mixed(net):
    first, *rest = net.parameters()
    return Momentum([{"params": [first], "variant": "torch"}, {"params": rest}])


@pytest.mark.parametrize(
    ("make", "in_c"),
    [(Own, 0), (Far, 0), (Deep, 0), (patched, 0), (mixed, 0), (Looks, 14)],
)
def test_rules_that_are_not_printed_take_their_steps_in_python(steps, make, in_c):
    assert same(steps, make, batch_size=8) == (in_c, 15 - in_c)


def test_a_compiler_that_fails_leaves_all_to_python(steps, monkeypatch):
    expected = trained(descent)

    def failing(*_):
        raise CompilerError("it has no room")

    monkeypatch.setattr(train_c, "load", failing)
    steps.c = steps.python = 0
    assert trained(descent) == expected and (steps.c, steps.python) == (0, 3)
    monkeypatch.setenv("CC", "/nowhere/cc")
    monkeypatch.setattr(c_compiler, "_told", set())
    with pytest.warns(RuntimeWarning, match="no C compiler: CC=/nowhere/cc; using NumPy"):
        trained(descent)
    assert steps.c == 0


def test_auto_compiles_where_there_are_many_steps(steps):
    for epochs, c in ((50, 0), (10_000, 9_999)):
        nets = [TwoLayerNetwork(seed=1) for _ in range(2)]
        for net, backend in zip(nets, ("auto", "c" if c else "numpy"), strict=True):
            steps.c = 0
            options = {"optimizer": descent(net), "epochs": epochs, "backend": backend}
            fit(net, X, Y, loss=log_loss, shuffle=False, **options)
            assert steps.c == c
        assert nets[0].state_dict() == nets[1].state_dict()


def test_threads_train_side_by_side():
    expected = {seed: trained(RULES["Adam"], epochs=300, seed=seed) for seed in range(4)}
    found = {}

    def run(seed):
        found[seed] = trained(RULES["Adam"], epochs=300, seed=seed)

    threads = [threading.Thread(target=run, args=(seed,)) for seed in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


# ---- Ctrl-C --------------------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers")
def test_ctrl_c_is_heard_in_the_middle_of_a_long_training():
    def pressed(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, pressed)
    try:
        nets = [TwoLayerNetwork(seed=1) for _ in range(2)]
        options = {"loss": log_loss, "seed": 1, "backend": "c"}
        rule = Adam(nets[0])
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        start = time.perf_counter()
        history = fit(nets[0], X, Y, optimizer=rule, epochs=10**8, **options)
        assert time.perf_counter() - start < 5
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert history.stopped == "interrupted" and len(history.loss) == rule.steps > 10
    again = Adam(nets[1])
    same = fit(nets[1], X, Y, optimizer=again, epochs=rule.steps, **options)
    assert nets[0].state_dict() == nets[1].state_dict() and same.loss == history.loss
    assert rule.state_dict() == again.state_dict()


def test_ctrl_c_at_any_line_leaves_whole_steps():
    """The parameters, the rule's state and the history are those after so many steps."""
    files = ("train.py", "train_c.py", "update_rule.py")

    def trained(k, epochs=6):
        net, count = TwoLayerNetwork(seed=1), iter(range(1, 10**9))
        rule = Adam(net, lr=lambda t: 0.1 / (1 + t))

        def trace(frame, event, argument):
            if not frame.f_code.co_filename.endswith(files):
                return None
            if event == "line" and next(count) == k:
                raise KeyboardInterrupt
            return trace

        before, history = sys.gettrace(), None
        sys.settrace(trace)
        try:
            options = {"epochs": epochs, "batch_size": 13, "seed": 2, "backend": "c"}
            history = fit(net, X, Y, loss=half_squared_error, optimizer=rule, **options)
        except KeyboardInterrupt:
            pass  # before the first step
        finally:
            sys.settrace(before)
        return (net.state_dict(), rule.state_dict()), rule.steps, history, next(count)

    after = {0: trained(1)[0]}  # by epochs
    after |= {3 * epochs: trained(0, epochs)[0] for epochs in range(1, 7)}
    losses, lines = trained(0)[2].loss, trained(0)[3]
    heard = 0
    for k in range(1, lines, 31):
        found, taken, history, _ = trained(k)
        assert taken % 3 or found == after[taken]
        if history is not None:
            assert history.loss == losses[: len(history.loss)]
            assert taken // 3 - (taken % 3 == 0) <= len(history.loss) <= taken // 3
            heard += history.stopped == "interrupted"
    assert heard > 10

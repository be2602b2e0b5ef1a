"""Functions made for one layout of a batch: what they give is what the backend gives."""

import collections
import pickle
import threading

import numpy as np
import pytest

from autograd_lite import DomainError, Value, exp, log, record, sigmoid, tanh
from autograd_lite.nn import MLP
from autograd_lite.program import program as module

pytestmark = pytest.mark.compiler
DRAW = np.random.default_rng(5)


def same(found, expected):
    """To the last bit, and of the same types."""
    assert type(found) is type(expected)
    if isinstance(found, tuple | list):
        assert len(found) == len(expected)
        for x, y in zip(found, expected, strict=True):
            same(x, y)
    elif isinstance(found, dict):
        assert found.keys() == expected.keys()
        same([*found.values()], [*expected.values()])
    elif isinstance(found, np.ndarray):
        assert found.dtype == expected.dtype and found.shape == expected.shape
        assert found.tobytes() == expected.tobytes()
    else:
        assert repr(found) == repr(expected)


def total(x):
    return sum(v * k for k, v in enumerate(np.ravel(np.array(x, dtype=object)), 1))


def network(net, x, y):
    return (1 + -y * net(x)).relu()


NET = MLP(3, [5, 1], seed=1)
W = DRAW.normal(size=4)
Pair = collections.namedtuple("Pair", "a b")
# A function, the example, wrt, and arguments for a number of samples.
LAYOUTS = {
    "arrays": (lambda w, x, y: tanh(total(w * x)) * y, (W, W, 1.0), 0, (W, (4,), ())),
    "all": (lambda w, x, y: tanh(total(w * x)) * y, (W, W, 1.0), None, (W, (4,), ())),
    "a matrix": (
        lambda w, x: sigmoid(total(w @ x)),
        (np.ones((2, 3)), np.ones(3)),
        0,
        (DRAW.normal(size=(2, 3)), (3,)),
    ),
    "samples of matrices": (lambda w, x: total(w * x), (2.0, np.ones((2, 3))), 0, (1.5, (2, 3))),
    "numbers": (lambda w, v, x: exp(w * x) * v, (1.0, 2.0, 3.0), (1, 0), (0.3, 2, ())),
    "numbers and arrays": (
        lambda w, v, x: exp(w * x) * total(v),
        (1.0, W, 3.0),
        (0, 1),
        (0.3, W, ()),
    ),
    "a model": (network, (NET, np.ones(3), 1.0), 0, (NET, (3,), ())),
    "a model as an array": (network, (NET, np.ones(3), 1.0), 0, (DRAW.normal(size=26), (3,), ())),
    "a model and lists": (network, (NET, [1.0, 2.0, 3.0], 1.0), 0, (NET, (3,), "list")),
    "a pair": (lambda w, x: w.a * x + w.b, (Pair(1.0, 2.0), 1.0), 0, ([0.5, 0.25], ())),
    "a dict": (
        lambda w, x: w["a"] * x + w["b"],
        ({"a": 1.0, "b": 2.0}, 1.0),
        0,
        ({"a": 1, "b": 2}, ()),
    ),
    "of 1 to 7": (
        lambda w, a, b, c, d: w * total(a) + total(b) * total(c) * total(d),
        (1.0, np.ones(1), np.ones(2), np.ones(3), np.ones(7)),
        0,
        (2.0, (1,), (2,), (3,), (7,)),
    ),
}


def arguments(forms, count):
    """Arguments with an axis of so many samples."""
    made = []
    for form in forms:
        if isinstance(form, str):
            made.append(DRAW.normal(size=count).tolist())
        else:
            varies = isinstance(form, tuple)
            made.append(DRAW.normal(size=(count, *form)) if varies else form)
    return made


@pytest.mark.parametrize("reduce", ["sum", "mean", None])
@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name, reduce):
    f, example, wrt, forms = LAYOUTS[name]
    program = record(f, *example, wrt=wrt, backend="c")
    for count in (9, 1, 3, 8, 300, 9):
        given = arguments(forms, count)
        for gradient in (True, False) if reduce is None else (True,):
            once = program.on("c").batch(*given, reduce=reduce, gradient=gradient)
            same(program.batch(*given, reduce=reduce, gradient=gradient), once)
            kept = program._prepared.get((reduce, gradient), ())
            assert len(kept) == (name != "a dict")
            for _, ready in kept:
                same(ready(tuple(given)), once)


def test_arrays_of_every_kind():
    program = record(lambda w, x, y: total(w * x) * y, np.ones(2), np.ones(2), 1.0, wrt=0)
    program = program.on("c")
    w, x, y = np.array([3.0, 4.0]), DRAW.integers(-9, 9, (11, 2)) * 1.0, np.arange(11.0)
    expected = program.batch(w, x, y)
    ((_, ready),) = program._prepared["sum", True]
    odd = np.frombuffer(b"-" + x.tobytes(), dtype="f8", offset=1).reshape(x.shape)
    fixed = x.copy()
    fixed.flags.writeable = False
    wide = np.zeros((22, 4))
    wide[::2, ::2] = x
    kinds = ["f4", ">f8", "i4", "i8", "f2", "g"]
    forms = [x.astype(k) for k in kinds] + [np.asfortranarray(x), odd, fixed, wide[::2, ::2]]
    for form in [*forms, x[::-1].copy()[::-1]]:
        same(ready((w, form, y)), expected)
        same(ready((w.astype("f4"), form, y.tolist())), expected)
    same(ready((np.array([3.0, 0.0, 4.0, 0.0])[::2], x, y)), expected)
    others = [
        (w, x, y[:-1]), (w, x[:, :1], y), (w, x[:0], y[:0]), (w[:1], x, y), (w, x), (w, x, 1.0),
        (w, x * 1j, y), (w, x.astype(object), y), (w, x, [*y[:-1], "1"]), (w, x, [Value(1.0)] * 11),
        (w, np.ma.array(x), y), (w, x, y[:, None]), (w, x[0], y), (x, x, y),
    ]  # fmt: skip
    for given in others:
        assert ready(given) is None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ((np.ones(2), np.ones((3, 2)), np.ones(4)), "arrays of 3 and of 4 samples"),
        ((np.ones(2), np.ones((3, 1)), np.ones(3)), "argument 1 has shape"),
        ((np.ones(2), np.ones((0, 2)), np.ones(0)), "one sample at least"),
        ((np.ones(2), np.ones((3, 2))), "takes 3 arguments, got 2"),
        ((np.ones(2), np.ones((3, 2)), ["1", "2", "3"]), "real numbers"),
    ],
)
def test_errors_are_those_of_the_first_batch(given, error):
    program = record(lambda w, x, y: total(w * x) * y, np.ones(2), np.ones(2), 1.0, backend="c")
    for _ in range(2):
        with pytest.raises((TypeError, ValueError), match=error):
            program.batch(*given)
        program.batch(np.ones(2), np.ones((3, 2)), np.ones(3))


def test_models_that_change():
    net = MLP(2, [3, 1], seed=1)
    program = record(lambda net, x: net(x), net, [1.0, 2.0], wrt=0, backend="c")
    x = DRAW.normal(size=(20, 2))

    def check(model):
        same(program.batch(model, x), program.on("c").batch(model, x))

    for k in range(12):
        check(net)
        net.parameters()[k].data = float(k)
        check(net)
    net.layers[0], before = MLP(2, [3], seed=5).layers[0], net.layers[0]
    check(net)
    check(MLP(2, [3, 1], seed=7))
    net.layers[0] = before
    check(net)
    with pytest.raises(ValueError, match="shape"):
        program.batch(MLP(2, [4, 1], seed=1), x)


def test_results_are_fresh_and_arguments_stay():
    program = record(lambda w, x: total(w * x) ** 2, np.ones(2), np.ones(2), backend="c")
    w, x = np.array([1.0, 2.0]), DRAW.normal(size=(9, 2))
    copies = w.copy(), x.copy()
    one = program.batch(w, x)
    two, three = program.batch(w, x), program.batch(2 * w, x)
    same(two, one)
    two[1][0][:] = 7.0
    two[1][1][:] = 7.0
    same(program.batch(2 * w, x), three)
    same(program.batch(w, x), one)
    same((w, x), copies)


def test_few_samples_stay_with_numpy_under_auto():
    """Whatever came before, a batch of one size has the same bits."""
    f = record(lambda w, x: tanh(w * x) * exp(x), 1.0, 1.0, wrt=0)
    few, many = DRAW.normal(size=50), DRAW.normal(size=20_000)
    before = f.batch(0.3, few)
    f.batch(0.3, many)
    assert f._prepared
    same(f.batch(0.3, few), before)
    same(f.batch(0.3, few), f.on("numpy").batch(0.3, few))


def test_threads_do_not_share_memory():
    f, example, wrt, forms = LAYOUTS["a model as an array"]
    program = record(f, *example, wrt=wrt, backend="c")
    cases = []
    for k in range(6):
        w, x, y = arguments(forms, 80 + k)
        cases.append(((w * k, x, y), program.batch(w * k, x, y)))
    wrong = []

    def work(case):
        given, expected = case
        for _ in range(2000):
            value, slopes = program.batch(*given)
            if value != expected[0] or slopes.tobytes() != expected[1].tobytes():
                wrong.append(given)

    threads = [threading.Thread(target=work, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_domains_and_nan_are_left_to_the_backend():
    program = record(lambda w, x: w * log(x), 1.0, 1.0, wrt=0, backend="c")
    x = np.linspace(1, 2, 20)
    same(program.batch(2.0, x), program.batch(2.0, x))
    for wrong, at in ((-1.0, 13), (0.0, 19)):
        bad = x.copy()
        bad[at] = wrong
        with pytest.raises(DomainError, match=f"sample {at}: log"):
            program.batch(2.0, bad)
    bad[at] = np.nan
    assert np.isnan(program.batch(2.0, bad)[0])
    again = pickle.loads(pickle.dumps(program))
    same(again.batch(2.0, x), program.batch(2.0, x))


def test_so_many_layouts_are_kept():
    f = record(lambda *v: total(v), *[1.0] * 5, backend="c")
    for k in range(1, 2**5):
        given = [np.ones(3) if k >> i & 1 else 2.0 for i in range(5)]
        same(f.batch(*given), f.batch(*given))
    assert len(f._prepared["sum", True]) == module._LAYOUTS


def test_where_addresses_are_not_known(monkeypatch):
    monkeypatch.setattr(module, "addresses_are_known", lambda: False)
    f = record(lambda w, x: w * x, 1.0, 1.0, wrt=0, backend="c")
    assert [f.batch(2.0, np.ones(3)) for _ in range(2)] == [(6.0, 3.0)] * 2
    assert not f._prepared

"""Scripts written for micrograd or microgpt, and NumPy's arrays of Values, run as they are."""

import math
import pickle
import random

import mpmath
import numpy as np
import pytest

import autograd_lite
from autograd_lite import HandmadeNodeError, Value, gradients
from autograd_lite.value import order

# ---- micrograd: its two examples -----------------------------------------------------------------


def test_the_example_of_micrograd_s_readme():
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert (g.data, a.grad, b.grad) == (24.70408163265306, 138.83381924198252, 645.5772594752186)


def test_the_sanity_check_of_micrograd():
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    # z = 3x + 2 = −10, relu(z) = 0, so y = z² + zx + zx² and y′ = 6z + 3x + z + 3x² + 2zx
    assert (y.data, x.grad) == (-20.0, 46.0)


def test_the_neuron_of_the_lecture():
    x1, x2 = Value(2.0, label="x1"), Value(0.0, label="x2")
    w1, w2 = Value(-3.0, label="w1"), Value(1.0, label="w2")
    b = Value(6.8813735870195432, label="b")
    n = x1 * w1 + x2 * w2 + b
    n.label = "n"
    o = n.tanh()
    o.backward()
    # b = 6 + asinh(1): o = tanh(asinh(1)) = 1/√2, so o′ = 1 − o² = ½
    assert o.data == pytest.approx(1 / math.sqrt(2), rel=1e-15)
    found = [v.grad for v in (n, x1, w1, x2, w2, b)]
    assert found == pytest.approx([0.5, -1.5, 1.0, 0.5, 0.0, 0.5], rel=1e-14)


# ---- constructors and names ----------------------------------------------------------------------


def a_and_b():
    return Value(2.0, label="a"), Value(-3.0, label="b")


@pytest.mark.parametrize(
    "make",
    [
        lambda a, b: Value(5.0, (a, b), (10.0, 20.0)),
        lambda a, b: Value(5.0, [a, b], [10, 20]),
        lambda a, b: Value(5.0, (v for v in (a, b)), (np.float64(10), np.int64(20))),
        lambda a, b: Value(5.0, children=(a, b), local_grads=(10.0, 20.0)),
        lambda a, b: Value(data=5.0, children=[a, b], local_grads=[10.0, 20.0]),
        lambda a, b: Value(5.0, (a, b), "mine", local_grads=(10.0, 20.0)),
        lambda a, b: Value(5.0, _children=(a, b), _op="mine", local_grads=(10.0, 20.0)),
    ],
)
def test_a_node_with_local_gradients(make):
    a, b = a_and_b()
    y = make(a, b)
    assert (y.data, y._prev, y._children) == (5.0, (a, b), (a, b))
    assert y._local_grads == (10.0, 20.0)
    assert not y.is_leaf and y._op in ("", "mine")
    (2 * y).backward()
    (2 * y).backward()
    assert (a.grad, b.grad, y.grad) == (40.0, 80.0, 2.0)
    assert gradients(y * a, [a, b]) == [5.0 + 2 * 10.0, 2 * 20.0]


@pytest.mark.parametrize(
    ("make", "children", "op", "label"),
    [
        (lambda a, b: Value(5.0), (), "", ""),
        (lambda a, b: Value(5.0, label="y"), (), "", "y"),
        (lambda a, b: Value(5.0, (), "", "y"), (), "", "y"),
        (lambda a, b: Value(5.0, (a, b), "op"), ("a", "b"), "op", ""),
        (lambda a, b: Value(5.0, (a, b), "op", "y"), ("a", "b"), "op", "y"),
        (lambda a, b: Value(5.0, _children=(b,), _op="op", label="y"), ("b",), "op", "y"),
        (lambda a, b: Value(5.0, (a, a), "op"), ("a", "a"), "op", ""),
        (lambda a, b: Value(5.0, {a}, "op"), ("a",), "op", ""),
        (lambda a, b: Value(5.0, (), (), "y"), (), "", "y"),
    ],
)
def test_micrograd_s_constructor(make, children, op, label):
    y = make(*a_and_b())
    assert (tuple(v.label for v in y._prev), y._op, y.label) == (children, op, label)
    assert y.is_leaf is (not children)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (((1.0, 2.0),), ValueError, "1 children, 2 local"),
        (((),), HandmadeNodeError, "_backward"),
        (("op",), HandmadeNodeError, "local_grads"),
        ((("a",),), TypeError, r"float\('a'\)"),
        (((None,),), TypeError, "number"),
    ],
)
def test_what_a_node_by_hand_needs(arguments, error, message):
    a = Value(2.0)
    a.grad = 5.0
    with pytest.raises(error, match=message):
        (Value(1.0, (a,), *arguments) * a).backward()
    assert a.grad == 5.0


def test_a_leaf_with_the_name_of_an_operation_is_a_leaf():
    x = Value(3.0, (), "input", "x")
    y = x * x
    y.backward()
    y.backward()
    assert (x.grad, x._op, x.is_leaf) == (12.0, "input", True)


def test_a_leaf_with_the_name_of_an_operation_has_higher_derivatives():
    x = Value(3.0, (), "input", "x")
    (slope,) = gradients(x * x, [x], create_graph=True)
    assert gradients(slope, [x]) == [2.0]


def test_a_leaf_with_the_name_of_an_operation_keeps_its_identity_in_a_pickle():
    x = Value(3.0, (), "input", "x")
    y, (twin,) = pickle.loads(pickle.dumps((x * x, [x])))
    assert y.operands[0] is twin and twin.label == "x"


@pytest.mark.parametrize("child", [3.0, None, "a", [Value(1.0)]])
def test_a_child_is_a_value(child):
    with pytest.raises(TypeError, match="child"):
        Value(1.0, (Value(2.0), child), "op")


def test_local_gradients_without_children_are_refused():
    with pytest.raises(ValueError, match="0 children"):
        Value(1.0, (), (2.0,))


@pytest.mark.parametrize(
    ("f", "op"),
    [
        (lambda a, b: a, ""),
        (lambda a, b: a + b, "+"),
        (lambda a, b: a + 1, "+"),
        (lambda a, b: a * b, "*"),
        (lambda a, b: 2 * a, "*"),
        (lambda a, b: a**2, "**2"),
        (lambda a, b: a**-1, "**-1"),
        (lambda a, b: a**0.5, "**0.5"),
        (lambda a, b: a.relu(), "ReLU"),
        (lambda a, b: a.tanh(), "tanh"),
        (lambda a, b: a.exp(), "exp"),
        (lambda a, b: a - b, "-"),
        (lambda a, b: a / b, "/"),
        (lambda a, b: a**b, "**"),
        (lambda a, b: 2**b, "2**"),
    ],
)
def test_op_strings(f, op):
    assert f(*a_and_b())._op == op


def test_names_of_children_and_local_gradients():
    a, b = a_and_b()
    y = a * b
    assert list(y._prev) == list(y._children) == [a, b]
    assert y._local_grads == (-3.0, 2.0)
    assert (list(a._prev), a._children, a._local_grads) == ([], (), ())
    assert [len((a + a)._prev), (a + a)._local_grads] == [2, (1.0, 1.0)]


def test_what_may_be_written():
    a, b = a_and_b()
    y = a * b
    y.backward()
    for v in (a, y, (a * 3).operands[1]):
        v.data, v.grad, v.label = 7, np.float32(0.5), "seven"
        v.data -= 0.5 * v.grad
        v.grad += 1
        assert (v.data, v.grad, v.label) == (6.75, 1.5, "seven")
        v.group, v.history = "weights", [v.data]
        v.history.append(0)
        assert (v.group, v.history) == ("weights", [6.75, 0])
    assert not hasattr(b, "group")
    a.grad = 0
    assert a.grad == 0.0
    assert "{ %s | data %.4f | grad %.4f }" % (a.label, a.data, a.grad) == (  # noqa: UP031
        "{ seven | data 6.7500 | grad 0.0000 }"
    )


# ---- walking by hand -----------------------------------------------------------------------------


def micrograd_order(root):
    topo, visited = [], set()

    def build_topo(v):
        if v not in visited:
            visited.add(v)
            for child in v._prev:
                build_topo(child)
            topo.append(v)

    build_topo(root)
    return topo


def expression(a, b):
    h = (a * b + 3).tanh() / (b - a) ** 2
    return h * h + 2**b - a.exp() / h + h.relu() ** a


def node_by_node(root):
    root.grad = 1.0
    for node in reversed(micrograd_order(root)):
        node._backward()


def child_by_child(root):
    root.grad = 1
    for v in reversed(micrograd_order(root)):
        for child, local_grad in zip(v._children, v._local_grads, strict=True):
            child.grad += local_grad * v.grad


@pytest.mark.parametrize("walk", [node_by_node, child_by_child])
def test_a_walk_by_hand_is_backward(walk):
    def graph():
        a, b = Value(0.5), Value(1.25)
        return a, b, expression(a, b) + Value(a.data * b.data, (a, b), (b.data, a.data))

    a, b, by_hand = graph()
    *_, own = graph()
    walk(by_hand)
    own.backward()
    assert [v.grad for v in order(by_hand)] == [v.grad for v in order(own)]
    slopes = [
        float(mpmath.diff(lambda a, b: mp_expression(a, b) + a * b, (0.5, 1.25), n))
        for n in [(1, 0), (0, 1)]
    ]
    assert [a.grad, b.grad] == pytest.approx(slopes, rel=1e-11)


def mp_expression(a, b):
    h = mpmath.tanh(a * b + 3) / (b - a) ** 2
    return h * h + mpmath.mpf(2) ** b - mpmath.exp(a) / h + h**a


def test_one_node_by_hand_pushes_once_to_its_operands_only():
    x = Value(3.0)
    h = x * x
    y = h * 2
    y.grad = 5.0
    y._backward()
    assert (h.grad, x.grad) == (10.0, 0.0)
    y._backward()
    assert (h.grad, x.grad) == (20.0, 0.0)
    h._backward()
    assert x.grad == 120.0
    x._backward()  # of a leaf: nothing to do
    assert x.grad == 120.0


# ---- operations of one's own ---------------------------------------------------------------------


def my_sin(x):
    out = Value(math.sin(x.data), (x,), "sin")

    def _backward():
        x.grad += math.cos(x.data) * out.grad

    out._backward = _backward
    return out


def my_fused(*terms):
    """a·b + c, as one node of three children."""
    a, b, c = terms
    out = Value(a.data * b.data + c.data, terms, "fma")

    def _backward():
        a.grad += b.data * out.grad
        b.grad += a.data * out.grad
        c.grad += out.grad

    out._backward = _backward
    return out


@pytest.mark.parametrize("run", [Value.backward, node_by_node])
def test_custom_operations_in_the_middle_of_a_graph(run):
    def graph(sin, fused):
        x, w = Value(0.7), Value(-1.5)
        s = sin(x * w)
        return x, w, s, fused(s, x, w) * s + sin(s) + w

    x, w, s, y = graph(my_sin, my_fused)
    p, q, r, z = graph(Value.sin, lambda a, b, c: a * b + c)
    assert y.data == pytest.approx(z.data, rel=1e-15)
    run(y)
    z.backward()
    assert [x.grad, w.grad, s.grad] == pytest.approx([p.grad, q.grad, r.grad], rel=1e-14)
    assert (s._op, len(y._prev), type(s._prev)) == ("sin", 2, tuple)


def test_custom_operations_accumulate_in_leaves_and_are_fresh_inside():
    x = Value(0.7)
    s = my_sin(x)
    y = s * 3
    y.backward()
    y.backward()
    assert x.grad == pytest.approx(2 * 3 * math.cos(0.7), rel=1e-15)
    assert (s.grad, y.grad) == (3.0, 1.0)
    s.backward()
    assert x.grad == pytest.approx(7 * math.cos(0.7), rel=1e-15)


def test_a_custom_operation_with_many_children_and_duplicates():
    values = [Value(float(i)) for i in range(50)]
    out = Value(sum(v.data for v in values), values * 2, "sum")

    def _backward():
        for i, v in enumerate(values):
            v.grad += i * out.grad

    out._backward = _backward
    assert len(out._prev) == 100 and len(order(out)) == 51
    (out * 2).backward()
    assert [v.grad for v in values] == [2.0 * i for i in range(50)]


def test_reassigning_backward_on_a_node_of_the_table():
    x, w = Value(3.0), Value(2.0)
    h = x * w
    y = h * 5
    h._backward = lambda: setattr(x, "grad", x.grad - w.data * h.grad)  # gradient reversal
    assert (h.data, h._op, h._prev, h.is_leaf) == (6.0, "*", (x, w), False)
    for passes in (1, 2):
        y.backward()
        assert (x.grad, w.grad, h.grad) == (-10.0 * passes, 0.0, 5.0)
    y.zero_grad()
    node_by_node(y)
    assert x.grad == -10.0


@pytest.mark.parametrize(
    "make", [lambda x: x * 4, my_sin, lambda x: Value(1.0, (x,), (4.0,)), lambda x: x + x]
)
def test_wrapping_the_backward_that_was_there(make):
    x, calls = Value(3.0), []
    y = make(x)
    y.backward()
    expected = x.grad
    y.zero_grad()
    before = y._backward

    def logged():
        calls.append(y.grad)
        before()

    y._backward = logged
    (y * 2).backward()
    assert (calls, x.grad) == ([2.0], 2 * expected)


def test_a_backward_on_a_leaf_or_a_constant_is_called_and_accumulates():
    x, calls = Value(3.0), []
    y = x * 4
    constant = y.operands[1]
    x._backward = lambda: calls.append("x")
    y.backward()
    y.backward()
    assert (x.grad, calls, x.is_leaf) == (8.0, ["x", "x"], True)
    constant._backward = lambda: calls.append("4")
    y.backward()
    assert (x.grad, sorted(calls[2:])) == (12.0, ["4", "x"])


@pytest.mark.parametrize(
    "make",
    [
        my_sin,
        lambda x: Value(9.0, (x,), (6.0,)),
        lambda x: Value(9.0, (x,), "unknown"),
        lambda x: reassigned(x * x),
    ],
)
@pytest.mark.parametrize(
    "differentiate",
    [
        lambda y, x: y.backward(create_graph=True),
        lambda y, x: gradients(y, [x], create_graph=True),
    ],
)
def test_higher_order_through_a_node_by_hand_is_refused(make, differentiate):
    x = Value(3.0)
    x.grad = 5.0
    y = make(x) * x
    with pytest.raises(HandmadeNodeError, match="by hand"):
        differentiate(y, x)
    assert x.grad == 5.0


def reassigned(v):
    v._backward = lambda: None
    return v


def test_the_hessian_of_a_custom_operation_is_refused():
    with pytest.raises(HandmadeNodeError):
        autograd_lite.hessian(lambda x, y: my_sin(x) * y)(1.0, 2.0)


# ---- a small language model in the style of microgpt ---------------------------------------------

VOCABULARY, WIDTH, CONTEXT, STEPS = 4, 3, 3, 5
DOCUMENTS = [[0, 1, 2, 3], [0, 2, 1, 3], [0, 3, 2, 0], [0, 1, 1, 2], [0, 2, 3, 1], [0, 1, 2, 0]]
SHAPES = {
    "wte": (VOCABULARY, WIDTH),
    "wpe": (CONTEXT, WIDTH),
    "wq": (WIDTH, WIDTH),
    "wk": (WIDTH, WIDTH),
    "wv": (WIDTH, WIDTH),
    "wo": (WIDTH, WIDTH),
    "up": (WIDTH + 1, WIDTH),
    "down": (WIDTH, WIDTH + 1),
    "head": (VOCABULARY, WIDTH),
}
RATE, BETA1, BETA2, EPS = 0.05, 0.85, 0.99, 1e-8


def linear(x, w):
    return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]


def softmax(logits):
    largest = max(val.data for val in logits)
    exps = [(val - largest).exp() for val in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x):
    ms = sum(xi * xi for xi in x) / len(x)
    scale = (ms + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def gpt(state, token, position, keys, values):
    x = [t + p for t, p in zip(state["wte"][token], state["wpe"][position], strict=True)]
    x = rmsnorm(x)
    residual = x
    x = rmsnorm(x)
    q = linear(x, state["wq"])
    keys.append(linear(x, state["wk"]))
    values.append(linear(x, state["wv"]))
    scores = [sum(a * b for a, b in zip(q, k, strict=True)) / WIDTH**0.5 for k in keys]
    weights = softmax(scores)
    x = [sum(w * v[j] for w, v in zip(weights, values, strict=True)) for j in range(WIDTH)]
    x = [a + b for a, b in zip(linear(x, state["wo"]), residual, strict=True)]
    residual = x
    x = [xi.relu() for xi in linear(rmsnorm(x), state["up"])]
    x = [a + b for a, b in zip(linear(x, state["down"]), residual, strict=True)]
    return linear(x, state["head"])


def train_on_values(numbers):
    """Five steps of Adam; the loss of each step and after it, and all gradients after it."""
    draw = iter(numbers)
    state = {
        name: [[Value(next(draw)) for _ in range(n)] for _ in range(m)]
        for name, (m, n) in SHAPES.items()
    }
    params = [p for mat in state.values() for row in mat for p in row]
    m, v, losses = [0.0] * len(params), [0.0] * len(params), []
    for step in range(STEPS + 1):
        tokens = DOCUMENTS[step]
        keys, values, terms = [], [], []
        for position in range(CONTEXT):
            logits = gpt(state, tokens[position], position, keys, values)
            terms.append(-softmax(logits)[tokens[position + 1]].log())
        loss = (1 / CONTEXT) * sum(terms)
        loss.backward()
        losses.append(loss.data)
        if step == STEPS:
            return losses, [p.grad for p in params], [p.data for p in params]
        for i, p in enumerate(params):
            m[i] = BETA1 * m[i] + (1 - BETA1) * p.grad
            v[i] = BETA2 * v[i] + (1 - BETA2) * p.grad**2
            m_hat = m[i] / (1 - BETA1 ** (step + 1))
            v_hat = v[i] / (1 - BETA2 ** (step + 1))
            p.data -= RATE * (1 - step / STEPS) * m_hat / (v_hat**0.5 + EPS)
            p.grad = 0
    raise AssertionError


def mp_loss(flat, tokens):
    """The same model in mpmath's matrices, from its formulas."""
    w, start = {}, 0
    for name, (m, n) in SHAPES.items():
        w[name] = mpmath.matrix(m, n)
        for i in range(m):
            for j in range(n):
                w[name][i, j] = flat[start + i * n + j]
        start += m * n

    def unit(x):
        return x / mpmath.sqrt(mpmath.fdot(x, x) / len(x) + mpmath.mpf(1e-5))

    keys, values, total = [], [], mpmath.mpf(0)
    for position in range(CONTEXT):
        x = unit((w["wte"][tokens[position], :] + w["wpe"][position, :]).T)
        y = unit(x)
        keys.append(w["wk"] * y)
        values.append(w["wv"] * y)
        scores = [mpmath.fdot(w["wq"] * y, k) / mpmath.sqrt(WIDTH) for k in keys]
        z = mpmath.fsum(map(mpmath.exp, scores))
        mixed = mpmath.matrix(WIDTH, 1)
        for score, value in zip(scores, values, strict=True):
            mixed += value * (mpmath.exp(score) / z)
        x = x + w["wo"] * mixed
        x = x + w["down"] * (w["up"] * unit(x)).apply(lambda t: t if t > 0 else mpmath.mpf(0))
        logits = w["head"] * x
        total += mpmath.log(mpmath.fsum(map(mpmath.exp, logits))) - logits[tokens[position + 1]]
    return total / CONTEXT


def mp_gradient(flat, tokens):
    """Central differences, with digits to spare: the error is about h² = 1e-24."""
    h, found = mpmath.mpf("1e-12"), []
    for i in range(len(flat)):
        up, down = list(flat), list(flat)
        up[i] += h
        down[i] -= h
        found.append((mp_loss(up, tokens) - mp_loss(down, tokens)) / (2 * h))
    return found


def train_on_mpmath(numbers):
    theta = [mpmath.mpf(x) for x in numbers]
    m, v, losses = [mpmath.mpf(0)] * len(theta), [mpmath.mpf(0)] * len(theta), []
    for t in range(1, STEPS + 2):
        tokens = DOCUMENTS[t - 1]
        losses.append(mp_loss(theta, tokens))
        g = mp_gradient(theta, tokens)
        if t > STEPS:
            return losses, g, theta
        rate = RATE * (1 - mpmath.mpf(t - 1) / STEPS)
        m = [BETA1 * a + (1 - BETA1) * b for a, b in zip(m, g, strict=True)]
        v = [BETA2 * a + (1 - BETA2) * b * b for a, b in zip(v, g, strict=True)]
        theta = [
            x - rate * (a / (1 - BETA1**t)) / (mpmath.sqrt(b / (1 - BETA2**t)) + EPS)
            for x, a, b in zip(theta, m, v, strict=True)
        ]
    raise AssertionError


def test_a_small_language_model_trains_as_the_formulas_say():
    rng = random.Random(42)
    numbers = [rng.gauss(0, 0.5) for m, n in SHAPES.values() for _ in range(m * n)]
    losses, slopes, weights = train_on_values(numbers)
    with mpmath.workdps(40):
        mp_losses, mp_slopes, mp_weights = train_on_mpmath(numbers)
    assert losses == pytest.approx([float(x) for x in mp_losses], rel=1e-10)
    assert slopes == pytest.approx([float(x) for x in mp_slopes], rel=1e-8, abs=1e-13)
    assert weights == pytest.approx([float(x) for x in mp_weights], rel=1e-9, abs=1e-10)
    assert sum(g != 0 for g in slopes) > 60  # of 91


# ---- NumPy ---------------------------------------------------------------------------------------

A, B = 0.5, 0.75
R = math.hypot(A, B)


NUMPY = [  # formula in an array (a, b), value, ∂/∂a, ∂/∂b
    (lambda v: v.sum(), A + B, 1.0, 1.0),
    (lambda v: np.sum(v), A + B, 1.0, 1.0),
    (lambda v: v.mean(), (A + B) / 2, 0.5, 0.5),
    (lambda v: v.prod(), A * B, B, A),
    (lambda v: v @ v, A * A + B * B, 2 * A, 2 * B),
    (lambda v: v @ np.array([2.0, 3.0]), 2 * A + 3 * B, 2.0, 3.0),
    (lambda v: np.array([2.0, 3.0]) @ v, 2 * A + 3 * B, 2.0, 3.0),
    (lambda v: np.dot(v, [2, 3]), 2 * A + 3 * B, 2.0, 3.0),
    (lambda v: (np.array([[1.0, 2.0], [3.0, 4.0]]) @ v)[1], 3 * A + 4 * B, 3.0, 4.0),
    (lambda v: np.var(v), ((A - B) / 2) ** 2, (A - B) / 2, (B - A) / 2),
    (lambda v: np.std(v), (B - A) / 2, -0.5, 0.5),
    (lambda v: np.hypot(*v), R, A / R, B / R),
    (lambda v: np.hypot(v, v[::-1])[0], R, A / R, B / R),
    (lambda v: np.arctan2(*v), math.atan2(A, B), B / R**2, -A / R**2),
    (lambda v: (v * v[::-1])[0], A * B, B, A),
    (lambda v: (v / v[::-1])[0], A / B, 1 / B, -A / B**2),
    (lambda v: (v ** v[::-1])[0], A**B, B * A ** (B - 1), A**B * math.log(A)),
    (lambda v: (v - v[::-1])[1], B - A, -1.0, 1.0),
    (lambda v: np.linalg.norm(v), R, A / R, B / R),
]
ELEMENTWISE = [  # formula of one Value, value, derivative
    (np.exp, math.exp(A), math.exp(A)),
    (np.log, math.log(A), 1 / A),
    (np.tanh, math.tanh(A), 1 - math.tanh(A) ** 2),
    (np.sqrt, math.sqrt(A), 0.5 / math.sqrt(A)),
    (np.sin, math.sin(A), math.cos(A)),
    (np.cos, math.cos(A), -math.sin(A)),
    (np.arctan, math.atan(A), 1 / (1 + A * A)),
    (np.arcsin, math.asin(A), 1 / math.sqrt(1 - A * A)),
    (np.arccos, math.acos(A), -1 / math.sqrt(1 - A * A)),
    (np.sinh, math.sinh(A), math.cosh(A)),
    (np.arcsinh, math.asinh(A), 1 / math.sqrt(1 + A * A)),
    (np.arctanh, math.atanh(A), 1 / (1 - A * A)),
    (np.log1p, math.log1p(A), 1 / (1 + A)),
    (np.expm1, math.expm1(A), math.exp(A)),
    (np.log10, math.log10(A), 1 / (A * math.log(10))),
    (np.exp2, 2**A, 2**A * math.log(2)),
    (np.abs, A, 1.0),
    (np.negative, -A, -1.0),
    (np.square, A * A, 2 * A),
    (np.reciprocal, 1 / A, -1 / A**2),
    (lambda v: v**2, A * A, 2 * A),
    (lambda v: np.float64(2) * v, 2 * A, 2.0),
    (lambda v: v * np.float64(2), 2 * A, 2.0),
    (lambda v: np.float64(2) ** v, 2**A, 2**A * math.log(2)),
    (lambda v: v ** np.float64(2), A * A, 2 * A),
    (lambda v: np.float64(2) / v, 2 / A, -2 / A**2),
    (lambda v: np.float32(2) + v, 2 + A, 1.0),
    (lambda v: np.int64(3) - v, 3 - A, -1.0),
    (lambda v: np.array(3.0) * v, 3 * A, 3.0),
]


@pytest.mark.parametrize(("f", "value", "da", "db"), NUMPY)
def test_numpy_over_an_array_of_values(f, value, da, db):
    a, b = Value(A), Value(B)
    y = f(np.array([a, b]))
    assert type(y) is Value
    assert y.data == pytest.approx(value, rel=1e-14)
    y.backward()
    assert [a.grad, b.grad] == pytest.approx([da, db], rel=1e-14)


@pytest.mark.parametrize(("f", "value", "slope"), ELEMENTWISE)
def test_numpy_element_by_element(f, value, slope):
    v = Value(A)
    for y in (f(v), f(np.array([v, Value(B)]))[0], f(np.array([[v]])).item()):
        assert type(y) is Value
        assert y.data == pytest.approx(value, rel=1e-14)
        assert gradients(y, [v]) == pytest.approx([slope], rel=1e-14)
        assert gradients(y, [v], create_graph=True)[0].data == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize(
    ("f", "values", "slopes"),
    [
        (lambda v, x: x * v, [A, 2 * A], [1.0, 2.0]),
        (lambda v, x: v * x, [A, 2 * A], [1.0, 2.0]),
        (lambda v, x: x + v, [1 + A, 2 + A], [1.0, 1.0]),
        (lambda v, x: v - x, [A - 1, A - 2], [1.0, 1.0]),
        (lambda v, x: x - v, [1 - A, 2 - A], [-1.0, -1.0]),
        (lambda v, x: v / x, [A, A / 2], [1.0, 0.5]),
        (lambda v, x: x / v, [1 / A, 2 / A], [-1 / A**2, -2 / A**2]),
        (lambda v, x: v**x, [A, A * A], [1.0, 2 * A]),
        (lambda v, x: x**v, [1.0, 2**A], [0.0, 2**A * math.log(2)]),
    ],
)
def test_a_value_with_an_array_of_numbers(f, values, slopes):
    v = Value(A)
    y = f(v, np.array([1.0, 2.0]))
    assert y.shape == (2,) and y.dtype == object
    assert [e.data for e in y] == values
    assert [gradients(e, [v])[0] for e in y] == pytest.approx(slopes, rel=1e-15)


def test_matrix_products_of_values():
    a = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    b = np.array([[Value(5.0), Value(6.0)], [Value(7.0), Value(8.0)]])
    c = a @ b
    assert [[v.data for v in row] for row in c] == [[19.0, 22.0], [43.0, 50.0]]
    c.sum().backward()
    assert [[v.grad for v in row] for row in a] == [[11.0, 15.0], [11.0, 15.0]]  # rows of b, added
    assert [[v.grad for v in row] for row in b] == [[4.0, 4.0], [6.0, 6.0]]  # columns of a, added


def test_what_of_numpy_selects_instead_of_making_a_node():
    v, w = Value(1.0), Value(2.0)
    a, b = np.array([v, w]), np.array([w, v])
    assert list(np.maximum(a, b)) == [w, w]
    assert list(np.minimum(a, b)) == [v, v]
    assert a.max() is w and a.argmax() == 1 and list(np.sort(b)) == [v, w]
    made = autograd_lite.maximum(a, b)
    for y in made:
        assert y.op.name == "maximum" and y.data == 2.0
    made.sum().backward()
    assert (v.grad, w.grad) == (0.0, 2.0)
    tie = autograd_lite.maximum(v, Value(1.0))
    assert gradients(tie, [v]) == [0.5]


@pytest.mark.parametrize(
    ("detach", "number"),
    [
        (math.exp, math.exp(A)),
        (lambda v: math.hypot(v, 0), A),
        (lambda v: assigned(np.zeros(2), v)[0], A),
        (lambda v: np.array([v], dtype=float)[0], A),
        (lambda v: np.array([v]).astype(float)[0], A),
    ],
)
def test_what_detaches_silently(detach, number):
    """Python asks for the plain number, which ``float(v)`` must give, so none of these can raise.

    The result is a number without a graph.
    """
    found = detach(Value(A))
    assert isinstance(found, float)
    assert found == number


def assigned(array, v):
    array[0] = v
    return array

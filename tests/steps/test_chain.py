"""∂L/∂w as the sum over paths: counted by brute force, valued by ``backward()``, shown truly."""

import math
import random

import pytest

from autograd_lite import Value, chain_rule
from autograd_lite.labels import columns
from autograd_lite.nn import TwoLayerNetwork, log_loss
from autograd_lite.value import order


def paths_by_hand(v, leaf):
    """All paths, as tuples of (node, operand position)."""
    if v is leaf:
        return [()]
    return [((v, i), *rest) for i, x in enumerate(v.operands) for rest in paths_by_hand(x, leaf)]


def random_graph(seed, labels):
    draw = random.Random(seed)
    nodes = [Value(draw.uniform(0.5, 2), label=f"x{i}") for i in range(3)]
    for k in range(7):
        a, b = draw.choice(nodes[-3:]), draw.choice(nodes)
        v = draw.choice([a + b, a * b, a - b, a.tanh(), a * a])
        if draw.random() < labels:
            v.label = f"u{k}"
        nodes.append(v)
    return nodes[-1], nodes[0]


def assert_adds_up(rule):
    values = [p.value for p in rule.paths]
    size = sum(map(abs, values))
    assert abs(sum(values) - rule.value) <= 1e-12 * size


@pytest.mark.parametrize("seed", range(60))
def test_every_node_counts_every_path(seed):
    root, leaf = random_graph(seed, labels=0.5)
    rule = chain_rule(root, leaf, every_node=True, max_paths=10**6)
    by_hand = paths_by_hand(root, leaf)
    assert rule.count == len(rule.paths) == len(by_hand)
    found = [tuple(e for f in p.factors for way in f.ways for e in way) for p in rule.paths]
    assert found == by_hand
    root.backward()
    assert rule.value == (leaf.grad if by_hand else 0.0)
    assert_adds_up(rule)


@pytest.mark.parametrize("seed", range(60))
def test_past_unlabelled_nodes_the_value_is_the_same(seed):
    root, leaf = random_graph(seed, labels=0.6)
    rule = chain_rule(root, leaf, max_paths=10**6)
    full = chain_rule(root, leaf, every_node=True)
    assert rule.value == full.value
    assert len(rule.paths) <= full.count
    assert_adds_up(rule)
    stops = {v for p in rule.paths for v in p.nodes[1:-1]}
    assert (
        all(v.label for v in stops)
        or not any(v.label for v in order(root) if v.operands and v is not root)
        or len(rule.paths) == full.count
    )
    assert max(map(columns, str(rule).splitlines())) <= 80


def test_the_notes_network():
    net = TwoLayerNetwork()
    weights = {"w11": 0.1, "w21": -0.2, "b1": 0.05, "w12": 0.4, "w22": 0.3, "b2": -0.1}
    net.load_state_dict(weights | {"w1": 0.7, "w2": -0.5, "b": 0.2})
    loss = log_loss(1, net([0.5, -1.0]))
    loss.label = "L"
    assert str(chain_rule(loss, net.w11)).splitlines() == [
        "∂L/∂w11",
        "  = ∂L/∂yhat · ∂yhat/∂z · ∂z/∂a1 · ∂a1/∂z1 · ∂z1/∂w11",
        "  = (−1) · (1 / yhat) · yhat · (1 − yhat) · w1 · a1 · (1 − a1) · x1",
        "  ≈ −1.686 · 0.2413 · 0.7 · 0.2445 · 0.5",
        "  ≈ −0.03481",
    ]
    x1 = next(v for v in order(loss) if v.label == "x1")
    both = chain_rule(loss, x1)
    assert [str(p) for p in both.paths] == [
        "∂L/∂yhat · ∂yhat/∂z · ∂z/∂a1 · ∂a1/∂z1 · ∂z1/∂x1",
        "∂L/∂yhat · ∂yhat/∂z · ∂z/∂a2 · ∂a2/∂z2 · ∂z2/∂x1",
    ]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda a, b: a * a, "∂y/∂a\n  = a + a\n  = 2 + 2\n  = 4"),
        (lambda a, b: a * b, "∂y/∂a\n  = b\n  = −3"),
        (lambda a, b: b * b, "∂y/∂a = 0, for no path leads there"),
        (lambda a, b: a - a * b, None),
        (lambda a, b: a + (-a), None),
    ],
)
def test_small_ones(make, text):
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = make(a, b)
    y.label = "y"
    shown = str(chain_rule(y, a))
    assert text is None or shown.replace("dy/da", "∂y/∂a") == text
    assert "+ −" not in shown
    y.backward()
    assert chain_rule(y, a).value == a.grad


def test_a_direct_path_among_others_makes_it_a_total_derivative():
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b + b
    c.label = "c"
    assert str(chain_rule(c, b)).startswith("dc/db\n  = ∂c/∂v1 · ∂v1/∂b + ∂c/∂b\n")
    assert repr(chain_rule(c, b)) == "<dc/db = 3, 2 paths>"


def test_the_root_itself_and_a_node_between():
    a = Value(2.0, label="a")
    b = a * a
    b.label = "b"
    y = b * b
    y.label = "y"
    assert str(chain_rule(y, y)) == "∂y/∂y = 1"
    assert chain_rule(y, b).value == 8.0
    assert chain_rule(y, a).value == 32.0


def test_too_many_paths_are_counted():
    a = Value(1.0, label="a")
    y = a
    for _ in range(200):
        y = y + y
    rule = chain_rule(y, a, max_paths=2)
    assert rule.count == 2**200 and len(rule.paths) == 2
    assert f"… ({2**200 - 2:,} more paths)".replace(" ", "") in str(rule).replace("\n", "").replace(
        " ", ""
    )
    assert rule.value == 2.0**200
    with pytest.raises(ValueError, match="max_paths = 0"):
        chain_rule(y, a, max_paths=0)


def test_a_long_chain():
    v = x = Value(1.0, label="x")
    for _ in range(5000):
        v = v * 1.0
    assert len(chain_rule(v, x).paths[0].factors) == 5000
    v.label = x.label = "u"
    v.operands[0].label = "w"
    assert chain_rule(v, x).count == 1


@pytest.mark.parametrize(
    ("n", "middle", "every_node", "told", "lines"),
    [
        (20_000, None, None, "2^20000 paths", "(about 10^6021 more paths)"),
        (20_000, 10_000, None, "1 path", "(about 10^3010 more)"),
        (20_000, 10_000, True, "2^20000 paths", "(about 10^6021 more paths)"),
        (1023, None, None, "2^1023 paths", "(about 10^308 more paths)"),
        (1024, None, None, "2^1024 paths", "(about 10^308 more paths)"),
        (15_000, None, None, "2^15000 paths", "(about 10^4515 more paths)"),  # no str(int) there
        (60, None, None, "1,152,921,504,606,846,976 paths", "(1,152,921,504,606,846,974 more"),
    ],
)
def test_any_number_of_paths_is_told(n, middle, every_node, told, lines):
    y = a = Value(1.0, label="a")
    for k in range(n):
        y = y + y
        if k == middle:
            y.label = "m"
    rule = chain_rule(y, a, every_node=every_node, max_paths=2)
    slope = 2.0**n if n < 1024 else math.inf
    assert rule.value == slope and repr(rule).endswith(f", {told}>")
    assert every_node or middle or rule.count == 2**n
    if n < 2000 or (middle and not every_node):  # else the text has a line for each of the steps
        assert lines in " ".join(str(rule).split())


@pytest.mark.parametrize("bad", [3.0, None, "w", [1.0]])
def test_the_leaf_is_a_value(bad):
    with pytest.raises(TypeError, match="is not a Value, so it has no graph"):
        chain_rule(Value(1.0) * 2, bad)

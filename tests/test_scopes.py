"""Named parts of a graph: by ``with scope(...)``, and by the layers of ``nn``."""

import asyncio
import contextvars
import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograd_lite import Value, scope
from autograd_lite.nn import MLP, DeepNetwork, Perceptron, TwoLayerNetwork
from autograd_lite.scopes import OPEN, open_scope, scopes_of
from autograd_lite.value import order


def paths(root):
    nodes = order(root)
    users = {v: [] for v in nodes}
    for v in nodes:
        for x in v.operands:
            users[x].append(v)
    found = scopes_of(nodes, users)
    return {v: "/".join(s.name for s in found[v]) for v in nodes}


def test_what_is_computed_inside_belongs_to_it():
    x = Value(2.0, label="x")
    before = x * 3
    with scope("outer"):
        a = before + 1
        with scope("inner"):
            b = a.exp()
        c = b * Value(5.0, label="w")
    y = c + x
    found = paths(y)
    w = c.operands[1]
    assert [found[v] for v in (x, before, a, b, c, w, y)] == [
        *("", "", "outer", "outer/inner", "outer", "outer", "")
    ]
    assert repr(b.scope) == "<scope outer / inner>"
    assert y.scope is None and open_scope() is None and not OPEN


def test_an_error_inside_closes_it():
    with pytest.raises(ZeroDivisionError), scope("s"):
        raise ZeroDivisionError
    assert open_scope() is None and not OPEN


def marks(nodes):
    return {"/".join(s.name for s in v.scope.path) if v.scope else "" for v in nodes}


def computed(name, pause):
    """The scopes of ten nodes before, in and after a block of that name, others in between."""
    x = Value(1.0)
    pause()
    parts = [[x + 1], [], [], [], []]
    with scope(name):
        for _ in range(10):
            pause()
            parts[1].append(x * 2)
        with scope("inner"):
            pause()
            parts[2].append(x.exp())
        pause()
        parts[3].append(x - 1)
    pause()
    parts[4].append(x / 2)
    return [marks(part) for part in parts]


def expected_of(name):
    return [{""}, {name}, {f"{name}/inner"}, {name}, {""}]


def test_two_threads_each_have_their_own():
    turn = threading.Barrier(3, timeout=30)

    def plain():  # a thread without a block
        found = []
        for _ in range(14):
            turn.wait()
            found.append(Value(1.0) * 2)
        return marks(found), found[0].__dict__

    with ThreadPoolExecutor(3) as pool:
        a, b = (pool.submit(computed, name, turn.wait) for name in "AB")
        neither = pool.submit(plain)
    assert (a.result(), b.result()) == (expected_of("A"), expected_of("B"))
    assert neither.result() == ({""}, {})
    assert not OPEN


def test_two_tasks_each_have_their_own():
    async def part(name, together):
        with scope(name):
            await together.wait()
            first = Value(1.0) * 2
            await asyncio.sleep(0)
            return marks([first, Value(1.0) + 2])

    async def both():
        together = asyncio.Event()
        tasks = [asyncio.create_task(part(name, together)) for name in "AB"]
        with scope("around"):
            tasks.append(asyncio.create_task(part("C", together)))  # begun inside
            outlives = asyncio.create_task(part_without_block(together))
            inside = asyncio.to_thread(lambda: marks([Value(1.0) * 2]))
            inside = await inside
        await asyncio.sleep(0)
        with scope("another"):  # not the tasks' business
            together.set()
            return await asyncio.gather(*tasks, outlives), inside

    async def part_without_block(together):
        await together.wait()
        return marks([Value(1.0) * 2])

    found, inside = asyncio.run(both())
    assert found == [{"A"}, {"B"}, {"around/C"}, {""}]  # the last outlived the block it began in
    assert inside == {"around"}
    assert not OPEN


def test_a_block_in_a_generator_ends_with_it():
    def numbers():
        with scope("generator"):
            yield Value(1.0) * 2
            yield Value(1.0) * 3

    with scope("around"):
        made = numbers()
        found = [next(made)]
    found += [Value(1.0) * 2, *made, Value(1.0) * 2]
    assert [marks([v]) for v in found] == [
        *({"around/generator"}, {"around/generator"}, {"around/generator"}, {""})
    ]
    assert not OPEN


def test_a_scope_may_be_entered_again():
    s, x = scope("s"), Value(1.0)
    with s as first:
        a = x * 2
        with s as inside:
            b = x * 3
    with s as again:
        c = x * 4
    with scope("other"), s:
        d = x * 5
    assert first is again is s is not inside
    assert [marks([v]) for v in (a, b, c, d)] == [{"s"}, {"s/s"}, {"s"}, {"other/s"}]
    assert not OPEN


def test_threads_may_share_one_scope():
    s, turn = scope("s"), threading.Barrier(2, timeout=30)

    def work(around):
        with scope(around):
            turn.wait()
            with s:
                turn.wait()
                inside = Value(1.0) * 2
                turn.wait()
            return marks([inside]), marks([Value(1.0) * 2])

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, "AB")) == [({"A/s"}, {"A"}), ({"B/s"}, {"B"})]
    assert not OPEN

    def left(first):
        with s:
            turn.wait()
            if not first:
                turn.wait()
        found = Value(1.0) * 2
        if first:  # the other is in it still
            turn.wait()
        return marks([found])

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(left, (True, False))) == [{""}, {""}]
    assert not OPEN


@pytest.mark.parametrize("ended_before", [False, True])
def test_a_block_may_end_in_another_context_than_it_began_in(ended_before):
    """As that of an async generator which the event loop closes."""
    with scope("s"):
        within = contextvars.copy_context()
    s = scope("s")
    s.__enter__()
    (within if ended_before else contextvars.Context()).run(s.__exit__)
    assert not OPEN and open_scope() is None


@pytest.mark.parametrize("name", [3, None, b"s"])
def test_a_name_is_a_text(name):
    with pytest.raises(TypeError, match="a scope's name is a text"):
        scope(name)


def test_layers_and_neurons():
    loss = MLP(2, [2, 1], seed=0)([0.5, Value(1.0, label="x")]) ** 2
    found = paths(loss)
    counts = {}
    for path in found.values():
        counts[path] = counts.get(path, 0) + 1
    assert counts == {"layer 1/neuron 1": 9, "layer 1/neuron 2": 9, "layer 2": 7, "": 2}
    assert [v.label for v, path in found.items() if not path] == ["x", ""]


def test_each_call_is_a_part_of_its_own():
    net = Perceptron(1, "sigmoid", seed=0)
    first, second = net([1.0]), net([2.0])
    assert first.scope is not second.scope
    found = paths(first + second)
    assert found[net.w1] == ""  # shared by both
    assert found[first] == found[second] == "perceptron"


@pytest.mark.parametrize(
    ("net", "names"),
    [
        (TwoLayerNetwork(seed=0), {"layer 1/neuron 1", "layer 1/neuron 2", "layer 2"}),
        (DeepNetwork([2, 2, 1], seed=0), {"layer 1/neuron 1", "layer 1/neuron 2", "layer 2"}),
        (DeepNetwork([2, 1, 1], seed=0), {"layer 1", "layer 2"}),
    ],
    ids=lambda x: None if isinstance(x, set) else str(x),
)
def test_the_networks_of_the_notes(net, names):
    assert set(paths(net([0.5, -1.0])).values()) == names | {""}


def test_inside_a_scope_of_ones_own():
    x = Value(1.0, label="x")
    with scope("encoder"):
        doubled = x * 2
        y = Perceptron(1, seed=0)([doubled])
    found = paths(y)
    assert found[y] == "encoder/perceptron"
    assert found[doubled] == "encoder"


def test_copies_keep_their_scopes():
    y = MLP(2, [2, 1], seed=0)([0.5, 1.0])
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert sorted(paths(twin).values()) == sorted(paths(y).values())

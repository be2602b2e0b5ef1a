"""The benchmark's honesty: what it refuses, what it shows.  Nothing here is timed."""

import dataclasses
import json
import math
import os
import random
import re
import statistics
from pathlib import Path

import pytest

from tests.bench.__main__ import write_all
from tests.bench.chains import workload as chain
from tests.bench.goals import GOALS, reached
from tests.bench.harness import At, Contestant, Kept, Runner, Skipped, Workload, flat, measured
from tests.bench.machine import LIBRARIES
from tests.bench.plot import svg
from tests.bench.processes import Homes
from tests.bench.report import amount, cells, faster_peers, markdown, median, ratio, sentence
from tests.bench.workloads import WORKLOADS

DOCS = Path(__file__).parent.parent / "docs"
DATA = json.loads((DOCS / "performance.json").read_text(encoding="utf-8"))
PAGE = (DOCS / "performance.md").read_text(encoding="utf-8")


def returning(result):
    return lambda: lambda: result


def leaving():
    raise Skipped("there is no such library")


def race(*contestants, **more):
    made = tuple(Contestant(name, make) for name, make in contestants)
    return Workload("race", "a race", made, base=made[0].name, **more)


def rows(workload):
    found = measured(workload, repeats=5, least=0.0, budget=0.0)
    return {row.contestant: row for row in found}


# ---- the harness ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", [1.0 + 1e-6, math.nan, math.inf, [1.0, 1.0], [], -1.0], ids=lambda x: f"{x}"
)
def test_a_contestant_whose_result_differs_is_refused(wrong):
    found = rows(race(("right", returning(1.0)), ("wrong", returning(wrong))))
    assert len(found["right"].on) == len(found["right"].off) == 5
    assert found["wrong"].on == found["wrong"].off == []
    assert found["wrong"].reason.startswith("refused: the result differs by")


def test_a_result_that_comes_to_differ_while_it_is_timed_is_refused():
    counter = iter(range(10**6))
    drifting = ("drifting", lambda: lambda: float(next(counter) > 3))
    found = rows(race(("right", returning(0.0)), drifting))
    assert found["drifting"].on == [] and "refused" in found["drifting"].reason
    assert found["right"].on


def test_the_first_contestant_too_is_refused_where_the_result_is_known():
    found = rows(race(("wrong", returning(2.0)), ("right", returning(3.0)), expected=(3.0,)))
    assert found["wrong"].on == [] and found["right"].on


def test_last_bits_may_differ():
    found = rows(race(("a", returning([1e3, 1e-9])), ("b", returning([1e3 + 1e-8, 0.0]))))
    assert found["b"].on and 0 < found["b"].difference < 1e-9


def test_a_contestant_that_cannot_take_part_is_skipped_with_the_reason():
    found = rows(race(("absent", leaving), ("here", returning(1.0))))
    assert found["absent"].reason == "skipped: there is no such library"
    assert found["here"].on


def test_all_take_turns_each_repeat_from_another_one_on():
    calls = []
    named = [(name, lambda name=name: lambda: calls.append(name) or 0.0) for name in "abc"]
    rows(race(*named))
    timed = calls[3:-3]  # after the first runs, before the last comparison
    assert timed[:3] == list("abc")  # one run to see how long it takes
    assert "".join(timed[3::2]) == "abcbcacababcbca" and timed[3::2] == timed[4::2]


def test_the_collector_is_as_it_was_then_off(monkeypatch):
    import gc

    seen = []
    rows(race(("a", lambda: lambda: seen.append(gc.isenabled()) or 0.0)))
    assert gc.isenabled() and seen[2:-1].count(True) == seen[2:-1].count(False) == 5


def test_every_run_is_at_the_next_point_and_two_of_them_are_compared():
    seen = []
    points = [(1.0,), (2.0,), (3.0,)]
    moving = ("moving", lambda: At(lambda x: seen.append(x) or x, points))
    late = ("late", lambda: At(lambda x: x if x < 3 else -x, points))  # wrong at the last point
    short = ("short", lambda: lambda: 1.0)
    found = rows(race(moving, late, short))
    assert found["moving"].on and not found["late"].on and not found["short"].on
    assert found["late"].reason.startswith("refused")
    assert seen[:2] == [1.0, 3.0] == seen[-2:]  # set-up and compared; compared again
    assert seen[2:-2] == ([1.0, 2.0, 3.0] * 4)[:11]  # one run to see how long it takes, and ten


# Where a graph's memory is measured, there is but one.
FIXED = {"memory-before", "memory-after", "constants-memory"}
ALL_IN_C = {"training-1"}  # of those that are compared here


@pytest.mark.parametrize(
    "workload",
    [
        pytest.param(w, id=w.key, marks=[pytest.mark.compiler] if w.key in ALL_IN_C else [])
        for w in WORKLOADS.values()
        if w.key not in FIXED and not w.slow
    ],
)
def test_all_contestants_have_the_same_points_and_other_results_at_others(workload):
    count = set()
    for contestant in workload.contestants:
        if contestant.home not in ("autograd_lite", "numpy") or contestant.slow:
            continue
        try:
            runner = Runner(contestant)
        except Skipped:
            continue
        count.add(len(runner.points))
        half = len(runner.numbers) // 2
        assert workload.expected or runner.numbers[:half] != runner.numbers[half:], contestant.name
    assert len(count) == 1 and count != {1}


def test_a_quick_run_leaves_out_what_is_slow_and_says_so():
    slow = Contestant("slow", returning(1.0), slow=True)
    workload = dataclasses.replace(race(("a", returning(1.0))), contestants=(slow,))
    assert measured(workload, quick=True)[0].reason == "skipped: left out of a quick run"
    assert measured(workload, repeats=1, least=0.0, budget=0.0)[0].on


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=lambda w: w.key)
def test_the_versions_of_all_libraries_are_told(workload):
    homes = {c.home for c in workload.contestants} - {"closures_free"}
    assert homes <= set(LIBRARIES)
    assert workload.base in [c.name for c in workload.contestants]
    assert workload.ours in ["", *(c.name for c in workload.contestants)]


def test_numba_by_hand_is_numpy_by_hand():
    pytest.importorskip("numba")
    from tests.bench import notes, rosenbrock

    for numba, numpy in [
        (notes.numba_by_hand(notes.ONE), notes.numpy_by_hand(notes.ONE)),
        (rosenbrock.numba_by_hand(False), rosenbrock.numpy_by_hand(False)),
        (rosenbrock.numba_by_hand(True), rosenbrock.numpy_by_hand(True)),
    ]:
        found, expected = (Runner(Contestant("", make)).numbers for make in (numba, numpy))
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_memory_is_that_of_what_stays_alive():
    def keep():
        return Kept(0.0, bytearray(1_000_000))

    found = rows(race(("a", lambda: keep), ("b", returning(0.0)), bytes=True))
    assert found["a"].median(True) == pytest.approx(1_000_000, rel=0.01)
    assert found["b"].median(True) < 10_000


def test_flat():
    assert flat((1, [2.0, Kept(lambda: [3.0], None)], [[4]])) == [1.0, 2.0, 3.0, 4.0]


def test_each_library_has_a_process_of_its_own():
    light = [chain(1_000).named(name) for name in ("eager", "Value without closures")]
    race = dataclasses.replace(chain(1_000), contestants=tuple(light))
    with Homes(BENCH="here") as homes:
        found = measured(race, homes.start, repeats=5, least=0.0, budget=0.0)
        processes = {home: process for home, (process, _) in homes._processes.items()}
    assert set(processes) == {"autograd_lite", "closures_free"}
    assert not any(process.is_alive() for process in processes.values())
    assert all(len(row.on) == 5 for row in found)
    assert "BENCH" not in os.environ


def test_a_library_that_brings_its_process_down_is_skipped():
    workload = chain(1_000)
    with Homes() as homes:
        remote = homes.start(workload, workload.named("eager"))
        homes._processes["autograd_lite"][0].kill()
        with pytest.raises(Skipped, match="its process has died"):
            remote.result()


# ---- what is shown ----------------------------------------------------------------------------


def shown(title):
    """The rows of the table under a heading of the page, as lists of cells."""
    title = title[0].upper() + title[1:]
    section = re.split(rf"^## {re.escape(title)}$", PAGE, flags=re.MULTILINE)[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def quotient(row, base, which):
    return statistics.median(b / a for a, b in zip(row[which], base[which], strict=True))


@pytest.mark.parametrize("workload", DATA["workloads"], ids=lambda w: w["key"])
def test_every_row_of_the_json_is_a_row_of_its_table(workload):
    measured_rows = [row for row in DATA["rows"] if row["workload"] == workload["key"]]
    table = shown(workload["title"])
    assert [line[0] for line in table] == [row["contestant"] for row in measured_rows]
    base = next(row for row, line in zip(measured_rows, table, strict=True) if line[3] == "1×")
    for row, line in zip(measured_rows, table, strict=True):
        if not row["on"]:
            assert line[1] == row["reason"]
            continue
        assert line[1] == amount(median(row, True), workload)
        assert line[3] == ratio(quotient(row, base, "on"))
        if not workload["bytes"]:
            assert len(row["on"]) == len(row["off"]) >= 5
            assert line[2] == f"{amount(min(row['on']))} – {amount(max(row['on']))}"
            assert line[4] == amount(median(row, False))
            assert line[5] == ratio(quotient(row, base, "off"))


def test_the_json_is_of_the_workloads_and_contestants_that_there_are():
    assert [w["key"] for w in DATA["workloads"]] == list(WORKLOADS)
    there = [(w.key, c.name) for w in WORKLOADS.values() for c in w.contestants]
    assert [(row["workload"], row["contestant"]) for row in DATA["rows"]] == there
    assert not [row for row in DATA["rows"] if "refused" in row["reason"]]


def test_the_page_is_written_from_the_json(tmp_path):
    assert markdown(DATA, reached(DATA)) == PAGE
    pytest.importorskip("matplotlib")
    write_all(DATA, tmp_path)
    names = {"performance.json", "performance.md", "performance.svg"}
    assert {path.name for path in tmp_path.iterdir()} == names
    for name in ("performance.json", "performance.md"):
        assert (tmp_path / name).read_bytes() == (DOCS / name).read_bytes()


def test_the_plot_shows_every_contestant_of_its_workloads():
    pytest.importorskip("matplotlib")
    picture = svg(DATA)
    for row in DATA["rows"]:
        if row["workload"] in ("step", "gpt") and row["on"]:
            assert f">{row['contestant']}<" in picture
            assert f">{amount(median(row, False))}<" in picture


def test_a_row_slower_than_a_peer_is_shown_as_such():
    data = {
        "rows": [
            {"workload": "w", "contestant": c, "on": [t], "off": [t], "setup": 0, "reason": ""}
            for c, t in [("eager", 2.0), ("peer", 1.0)]
        ],
        "workloads": [
            {"key": "w", "title": "t", "base": "eager", "parts": 1, "part": "", "bytes": False}
        ],
    }
    assert faster_peers(data) == [("t", "eager", "peer", "2×")]
    assert [line[3] for line in cells(data, data["workloads"][0])] == ["1×", "2×"]


def table(times, **workload):
    """Measured rows of these times, and their workload."""
    rows = [
        {"workload": "w", "contestant": c, "on": [t], "off": [t], "setup": 0, "reason": ""}
        for c, t in times.items()
    ]
    facts = {"key": "w", "title": "t", "base": "", "parts": 1, "part": "", "bytes": False}
    return {"rows": rows, "workloads": [facts | workload]}


@pytest.mark.parametrize(
    ("times", "workload", "told"),
    [
        (
            {"eager": 2e-3, "program: C": 1e-6, "JAX jit": 1.2e-5, "C by hand": 1.3e-6},
            {"parts": 1000, "part": "node"},
            "program: C takes 1.00 ns per node, 12× as fast as JAX jit and 1.3× as fast as "
            "C by hand; eager takes 2.00 µs per node.",
        ),
        (  # the fastest of each kind
            {"program: C": 2e-6, "JAX jit": 1e-6, "CasADi": 3e-6, "C by hand": 2.05e-6},
            {},
            "program: C takes 2.00 µs, about as fast as C by hand; JAX jit is 2× as fast.",
        ),
        (
            {"program: C, no checks": 1e-6, "program: C": 2e-6, "C by hand": 1e-6},
            {},
            "program: C takes 2.00 µs; C by hand is 2× as fast.",
        ),
        ({"check_grad": 9e-3}, {}, "check_grad takes 9.00 ms."),
        (
            {"eager: building": 1.0, "eager: deepcopy": 3.0},
            {"ours": "eager: deepcopy"},
            "eager: deepcopy takes 3.00 s; eager: building is 3× as fast.",
        ),
        (
            {"eager": 1500.0, "micrograd": 6000.0, "PyTorch": 750.0},
            {"parts": 10, "part": "node", "bytes": True},
            "eager takes 150.0 B per node; PyTorch is 2× as small.",
        ),
        ({"JAX jit": 1.0}, {}, ""),
    ],
)
def test_the_sentence_that_opens_a_table(times, workload, told):
    data = table(times, **workload)
    assert sentence(data, data["workloads"][0]) == told


def test_the_sentence_is_true_of_whatever_was_measured():
    draw = random.Random(0)
    names = ["eager", "program: C", "program: NumPy", "JAX jit", "CasADi", "C by hand"]
    for _ in range(500):
        times = {name: 10 ** draw.uniform(-7, 0) for name in draw.sample(names, 4)}
        data = table(times)
        told = sentence(data, data["workloads"][0])
        ours = [name for name in times if name.startswith(("eager", "program"))]
        if not ours:
            assert told == ""
            continue
        best = min(ours, key=times.get)
        assert told.startswith(f"{best} takes {amount(times[best])}")
        for peer in times.keys() - ours:
            by, named = times[peer] / times[best], f" {peer}" in told
            faster = [p for p in times.keys() - ours if times[p] < times[peer]]
            assert named or [p for p in faster if ("hand" in p) == ("hand" in peer)]
            if f"as fast as {peer}" in told and f"about as fast as {peer}" not in told:
                assert f"{ratio(by)} as fast as {peer}" in told and by > 1
            if f"{peer} is " in told:
                assert f"{peer} is {ratio(times[best] / times[peer])} as fast" in told and by < 1


def test_every_aim_is_one_of_contestants_that_there_are():
    for goal in GOALS:
        names = [c.name for c in WORKLOADS[goal.workload].contestants]
        assert goal.ours in names and goal.peer in [*names, ""]


@pytest.mark.compiler
def test_c_by_hand_compiles():
    from tests.bench.rosenbrock import c_by_hand, eager

    by_hand, ours = (Runner(Contestant("", make)).numbers for make in (c_by_hand(False), eager))
    assert by_hand == pytest.approx(ours, rel=1e-12)

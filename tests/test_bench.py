"""The benchmark's honesty: what it refuses, what it shows.  Nothing here is timed."""

import dataclasses
import json
import math
import os
import re
import statistics
from pathlib import Path

import pytest

from tests.bench.__main__ import write_all
from tests.bench.chains import workload as chain
from tests.bench.goals import GOALS, reached
from tests.bench.harness import Contestant, Kept, Skipped, Workload, flat, measured
from tests.bench.plot import svg
from tests.bench.processes import Homes
from tests.bench.report import amount, cells, markdown, median, ratio
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
    assert timed[:6] == list("aabbcc")  # one run to see how long it takes, and one more
    assert "".join(timed[6::2]) == "abcbcacababcbca" and timed[6::2] == timed[7::2]


def test_the_collector_is_as_it_was_then_off(monkeypatch):
    import gc

    seen = []
    rows(race(("a", lambda: lambda: seen.append(gc.isenabled()) or 0.0)))
    assert gc.isenabled() and seen[3:-1].count(True) == seen[3:-1].count(False) == 5


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
    from tests.bench.report import faster_peers

    assert faster_peers(data) == [("t", "eager", "peer", "2×")]
    assert [line[3] for line in cells(data, data["workloads"][0])] == ["1×", "2×"]


def test_every_aim_is_one_of_contestants_that_there_are():
    for goal in GOALS:
        names = [c.name for c in WORKLOADS[goal.workload].contestants]
        assert goal.ours in names and goal.peer in [*names, ""]


@pytest.mark.compiler
def test_c_by_hand_compiles():
    from tests.bench.rosenbrock import c_by_hand, eager

    assert flat(c_by_hand(False)()()) == pytest.approx(flat(eager()()), rel=1e-12)

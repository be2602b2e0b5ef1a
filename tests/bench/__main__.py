"""Speed and memory beside what people would otherwise use, in one run: ``make bench``.

The whole run writes docs/performance.json, .md and .svg; ``--quick`` only prints.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from .goals import reached
from .harness import measured
from .machine import load, machine
from .plot import svg
from .processes import Homes
from .report import faster_peers, markdown, text
from .workloads import WORKLOADS

DOCS = Path(__file__).parents[2] / "docs"


def write(path, content):
    """Write beside and rename, so that a file is whole or as it was."""
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(content, encoding="utf-8", newline="\n")
    beside.replace(path)


def write_all(data, folder=DOCS):
    """The JSON, and what is made from it."""
    write(folder / "performance.json", json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    write(folder / "performance.md", markdown(data, reached(data)))
    write(folder / "performance.svg", svg(data))


def run(keys, repeats, **how):
    """Measure, printing each table as it is done; return all as plain data."""
    data = {"machine": machine(), "repeats": repeats, "workloads": [], "rows": []}
    print("; ".join(f"{name} {value}" for name, value in data["machine"].items()))
    print(f"medians of at least {repeats} repeats, contestants taking turns, one thread each")
    # A cache of compiled programs that is empty, so that set-up is compiling too.
    with tempfile.TemporaryDirectory() as cache, Homes(XDG_CACHE_HOME=cache) as homes:
        for key in keys:
            workload, before = WORKLOADS[key], load()
            rows = measured(workload, homes.start, repeats=repeats, **how)
            told = ("key", "title", "base", "ours", "parts", "part", "bytes", "note")
            facts = {name: getattr(workload, name) for name in told}
            data["workloads"].append(facts | {"load": before})
            data["rows"] += [row.as_json() for row in rows]
            print(text(data, data["workloads"][-1]), flush=True)
    return data


def main(arguments=None):
    """Print the tables, and write them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="workload", help=", ".join(WORKLOADS))
    parser.add_argument("--quick", action="store_true", help="fewer and smaller; nothing written")
    parser.add_argument("--report", action="store_true", help="write the documents from the JSON")
    given = parser.parse_args(arguments)
    if given.report:
        write_all(json.loads((DOCS / "performance.json").read_text(encoding="utf-8")))
        return 0
    unknown = set(given.workloads) - set(WORKLOADS)
    if unknown:
        parser.error(f"no workload {', '.join(sorted(unknown))}; there are {', '.join(WORKLOADS)}")
    whole = not given.quick and not given.workloads
    keys = given.workloads or [k for k, w in WORKLOADS.items() if whole or not w.slow]
    how = (
        {"repeats": 3, "least": 0.004, "budget": 0.5, "quick": True}
        if given.quick
        else {"repeats": 5, "budget": 4.0}
    )
    data = run(keys, **how)
    if given.quick and not given.workloads:
        print("\nleft out: " + ", ".join(k for k, w in WORKLOADS.items() if w.slow))
    print("\naims: at least or most, reached")
    for what, aim, found, right in reached(data):
        print(f"  {'yes' if right else 'NO ':3}  {aim:>8}  {found:>8}  {what}")
    print("\nwhere a peer is faster than all of ours")
    for workload, ours, peer, times in faster_peers(data):
        print(f"  {workload}: {peer} is {times} as fast as {ours}")
    if whole:
        write_all(data)
    refused = [row for row in data["rows"] if row["reason"].startswith("refused")]
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())

"""What was measured, as a table for the terminal and as docs/performance.md."""

import statistics

OURS = ("eager", "program", "own layout", "check_grad")
CLOSE = 0.05  # a ratio this near to 1 is told as none
HEADS = ("contestant", "time", "least to most", "ratio", "collector off", "ratio", "set-up")
INTRODUCTION = """\
# Performance

Written by `make bench` from [performance.json](performance.json): one run on one machine, where
ratios count and times do not. Each library runs in a process of its own, one at a time, on one
thread and in 64 bits. Contestants take turns. Every run is at another point, made beforehand.
`make bench PEERS=1` installs the newest of each library; the versions of this run stand below.

- *time* is the median of at least {repeats} repeats, with the garbage collector as a user has it;
  *least to most* are their extremes. Beside it stands the time with the collector off.
- *ratio*: how many times as fast as the contestant of the same table whose ratio is 1×; the median
  over the repeats, as the two of one repeat are measured soon after each other.
- *set-up* is what comes before the first result: importing, recording, compiling (nothing is kept
  from runs before), building arrays.
- Results are compared before and after: a contestant whose result differs is refused, and has no
  time. One that cannot take part is listed with the reason.
- *program: C* is a recorded [program](programs.md) on the backend `"c"`, and so on; a *program of a
  sample* is recorded from a single sample and run on all.
- Each table opens with what is made of its rows: our fastest beside the fastest library and the
  fastest written by hand, as a user has it, with the collector on.
"""


def median(row, collector):
    """The median of a row's repeats."""
    return statistics.median(row["on" if collector else "off"])


def amount(x, workload=None):
    """Seconds, or bytes of a workload that measures them, in three digits and a unit."""
    if workload and workload["bytes"]:
        return f"{x / workload['parts']:.1f} B per {workload['part']}"
    units = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
    unit = next((unit for unit, size in units.items() if x >= size), "ns")
    return f"{digits(x / units[unit])} {unit}"


def digits(x):
    """Three digits that count."""
    return f"{x:.0f}" if x >= 100 else f"{x:.1f}" if x >= 10 else f"{x:.2f}"


def ratio(x):
    """How many times as fast, in three digits."""
    return f"{x:,.0f}×" if x >= 100 else f"{x:.3g}×"


def times(row, base, collector):
    """How many times as fast as another row: the median over the repeats, each by itself.

    The two of one repeat were measured soon after each other, under about the same load.
    """
    mine, others = (each["on" if collector else "off"] for each in (row, base))
    return statistics.median(y / x for x, y in zip(mine, others, strict=True))


def rows_of(data, workload):
    return [row for row in data["rows"] if row["workload"] == workload["key"]]


def base_of(data, workload):
    """The row that ratios are against: that of the workload's base, or the first."""
    measured = [row for row in rows_of(data, workload) if row["on"]]
    named = [row for row in measured if row["contestant"] == workload["base"]]
    return (named or measured or [None])[0]


def cells(data, workload):
    """The table of a workload, each row as many cells as ``HEADS``."""
    base, found = base_of(data, workload), []
    for row in rows_of(data, workload):
        if not row["on"]:
            found.append([row["contestant"], row["reason"], *[""] * 5])
            continue
        on, off = median(row, True), median(row, False)
        spread = f"{amount(min(row['on']))} – {amount(max(row['on']))}"
        if workload["bytes"]:
            spread = ""
        found.append(
            [
                row["contestant"],
                amount(on, workload),
                spread,
                ratio(times(row, base, True)),
                "" if workload["bytes"] else amount(off),
                "" if workload["bytes"] else ratio(times(row, base, False)),
                "" if workload["bytes"] else amount(row["setup"]),
            ]
        )
    return found


def each_part(data, workload):
    """A line on the time of one operation, node or sample, or nothing."""
    if workload["parts"] == 1 or workload["bytes"]:
        return ""
    measured = [row for row in rows_of(data, workload) if row["on"]]
    shown = [
        f"{row['contestant']} {digits(median(row, True) / workload['parts'] * 1e9)}"
        for row in measured
    ]
    return f"ns per {workload['part']}: " + "; ".join(shown)


def faster_peers(data):
    """(workload, our fastest, peer, how many times as fast as that) where a peer is faster."""
    found = []
    for workload in data["workloads"]:
        measured = [row for row in rows_of(data, workload) if row["on"]]
        ours = [row for row in measured if row["contestant"].startswith(OURS)]
        if not ours:
            continue
        best = _fastest(ours)
        for row in measured:
            faster = times(row, best, True)
            if row not in ours and faster > 1:
                found.append(
                    (workload["title"], best["contestant"], row["contestant"], ratio(faster))
                )
    return found


def sentence(data, workload):
    """What a reader should take away, made of the measured rows; nothing without any of ours."""
    rows = [row for row in rows_of(data, workload) if row["on"]]
    ours = [row for row in rows if row["contestant"].startswith(OURS)]
    if not ours:
        return ""
    named = [row for row in ours if row["contestant"] == workload.get("ours")]
    checked = [row for row in ours if not row["contestant"].endswith("no checks")]
    best = (named or [_fastest(checked or ours)])[0]
    peers = [row for row in rows if row not in ours]
    by_hand = [row for row in peers if row["contestant"].endswith("by hand")]
    libraries = [row for row in peers if row not in by_hand]
    beside = [_fastest(group) for group in (libraries, by_hand) if group]
    beside = beside or [row for row in ours if row is not best]
    better, worse = [], []
    for row in beside:
        by, name = times(best, row, True), row["contestant"]
        if abs(by - 1) <= CLOSE:
            better.append(f"about {AS[workload['bytes']]} {name}")
        elif by > 1:
            better.append(f"{ratio(by)} {AS[workload['bytes']]} {name}")
        else:
            by = ratio(times(row, best, True))
            worse.append(f"{name} is {by} {AS[workload['bytes']].removesuffix(' as')}")
    said = [", ".join([_takes(best, workload), *[" and ".join(better)] * bool(better)]), *worse]
    eager = [row for row in ours if row["contestant"] == "eager" and row is not best]
    return "; ".join(said + [_takes(row, workload) for row in eager]) + "."


AS = {False: "as fast as", True: "as small as"}


def _fastest(rows):
    return min(rows, key=lambda row: median(row, True))


def _takes(row, workload):
    """What a run takes, or an operation, node or sample of it."""
    each = workload["parts"] > 1 and not workload["bytes"]
    found = amount(median(row, True) / (workload["parts"] if each else 1), workload)
    return f"{row['contestant']} takes {found}" + f" per {workload['part']}" * each


def text(data, workload):
    """The table of a workload for the terminal."""
    shown = [HEADS, *cells(data, workload)]
    widths = [max(len(line[k]) for line in shown if line[2] or k != 1) for k in range(len(HEADS))]
    lines = [f"\n{workload['title']}   (load {workload['load']})"]
    lines += [f"  {told}" for told in [sentence(data, workload)] if told]
    for line in shown:
        first, *others = zip(line, widths, strict=True)
        rest = "  ".join(f"{cell:>{width}}" for cell, width in others)
        lines.append(f"  {first[0]:{first[1]}}  {rest}".rstrip())
    return "\n".join([*lines, *(f"  {part}" for part in [each_part(data, workload)] if part)])


def table(heads, rows):
    """A table in Markdown; all columns but the first are aligned to the right."""
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def markdown(data, goals):
    """docs/performance.md.

    Args:
        data: what was measured.
        goals: the rows of the table of aims.
    """
    machine = "; ".join(f"{name} {value}" for name, value in data["machine"].items())
    loads = [w["load"] for w in data["workloads"] if w["load"] is not None]
    told = f" The load was {min(loads)} to {max(loads)} while it ran." if loads else ""
    parts = [
        INTRODUCTION.format(repeats=data["repeats"]),
        f"Machine: {machine}.{told}",
        "![Times of one run of the contestants, on a logarithmic scale](performance.svg)",
        "## Aims",
        table(
            ("aim", "at least or most", "reached", ""),
            [(*goal[:3], "yes" if goal[3] else "no") for goal in goals],
        ),
        "## Where a peer is faster than all of ours",
        table(
            ("workload", "our fastest", "peer", "how many times as fast, or as small"),
            faster_peers(data),
        ),
    ]
    for workload in data["workloads"]:
        title = workload["title"]
        parts += [f"## {title[0].upper()}{title[1:]}"]
        parts += [part[0].upper() + part[1:] for part in [sentence(data, workload)] if part]
        parts += [table(HEADS, cells(data, workload))]
        parts += [part + "." for part in [each_part(data, workload)] if part]
        parts += [workload["note"]] if workload["note"] else []
    return "\n\n".join(part.strip() for part in parts) + "\n"

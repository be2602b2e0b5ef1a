"""Contestants take turns at a workload: warmed up, compared, then timed.

A ``Workload`` is a task and its contestants.  The first contestant's result is the one that all
others must equal; one that differs is refused and gets no time.  Each repeat goes through all of
them, from another one on each time, with the garbage collector as it is and with it off.
"""

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy


class Skipped(Exception):  # noqa: N818
    """A contestant cannot take part; the reason."""


@dataclass(frozen=True)
class Contestant:
    """One way to do a task.

    Attributes:
        name: as the table shows it.
        make: sets up, and returns the function that is timed; what that returns is compared.
        home: the library, which has a process of its own.
    """

    name: str
    make: Callable[[], Callable[[], Any]]
    home: str = "autograd_lite"


@dataclass(frozen=True)
class Workload:
    """A task.

    Attributes:
        key: its name in the JSON.
        title: what is done.
        contestants: who does it; all are compared with the first.
        base: the contestant that ratios are against.
        expected: the result, where it is known beforehand.
        tolerance: the largest difference allowed, relative to the largest number of the result.
        parts: so many operations, nodes or samples are done in one run.
        part: what they are.
        bytes: whether memory is measured, not time.
        note: what a reader should know.
    """

    key: str
    title: str
    contestants: tuple[Contestant, ...]
    base: str
    expected: tuple[float, ...] = ()
    tolerance: float = 1e-9
    parts: int = 1
    part: str = ""
    bytes: bool = False
    note: str = ""

    def named(self, name):
        """The contestant of that name."""
        return next(c for c in self.contestants if c.name == name)


@dataclass
class Row:
    """What was measured of one contestant: seconds of one run, or bytes of it."""

    workload: str
    contestant: str
    setup: float = 0.0
    difference: float = 0.0
    on: list[float] = field(default_factory=list)  # the garbage collector as the user has it
    off: list[float] = field(default_factory=list)
    reason: str = ""  # why it was skipped or refused

    def median(self, collector):
        """The median of the repeats."""
        return statistics.median(self.on if collector else self.off)

    def as_json(self):
        """Plain data; the numbers to four digits."""
        data = asdict(self)
        for name in ("on", "off"):
            data[name] = [float(f"{x:.4g}") for x in data[name]]
        for name in ("setup", "difference"):
            data[name] = float(f"{data[name]:.3g}")
        return data


@dataclass
class Kept:
    """A result, and what shall stay alive while its memory is measured.

    A function in place of numbers gives them when they are compared, untimed.
    """

    numbers: Any
    alive: Any


class Runner:
    """A contestant that has been set up."""

    def __init__(self, contestant):
        start = time.perf_counter()
        self.run = contestant.make()
        self.numbers = flat(self.run())  # the first run, when some compile, counts as set-up
        self.setup = time.perf_counter() - start

    def result(self):
        """The numbers it computes, in one row."""
        return flat(self.run())

    def time(self, count, collector):
        """Seconds of one of ``count`` runs."""
        run, was = self.run, gc.isenabled()
        gc.collect()
        if not collector:
            gc.disable()
        try:
            start = time.perf_counter()
            for _ in range(count):
                run()
            return (time.perf_counter() - start) / count
        finally:
            if was:
                gc.enable()

    def bytes(self):
        """Bytes that are in use after a run, of those that it has asked for."""
        gc.collect()
        tracemalloc.start()
        try:
            kept = self.run()
            gc.collect()
            if isinstance(kept, Kept):
                kept.numbers = None
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()


def flat(result):
    """All numbers of a nested result, in order."""
    if isinstance(result, Kept):
        return flat(result.numbers() if callable(result.numbers) else result.numbers)
    if isinstance(result, list | tuple):
        return [x for part in result for x in flat(part)]
    if hasattr(result, "full"):  # CasADi
        result = result.full()
    if hasattr(result, "detach"):
        result = result.detach()
    return numpy.asarray(result, dtype=float).ravel().tolist()


def difference(numbers, right):
    """The largest difference of two results, relative to the largest number; NaN differs."""
    a, b = numpy.array(numbers), numpy.array(right)
    if a.shape != b.shape or not numpy.isfinite(a).all():
        return float("inf")
    return float(abs(a - b).max() / max(abs(b).max(), 1e-300))


def measured(workload, start=lambda workload, contestant: Runner(contestant), **how):
    """The rows of a workload.

    Args:
        workload: the task.
        start: sets up a contestant, here or in another process; raises ``Skipped``.
        how: see ``timed``.
    """
    rows = [Row(workload.key, c.name) for c in workload.contestants]
    running, right = [], list(workload.expected)
    for row, contestant in zip(rows, workload.contestants, strict=True):
        try:
            runner = start(workload, contestant)
        except Skipped as reason:
            row.reason = f"skipped: {reason}"
            continue
        right = right or runner.numbers
        row.setup = runner.setup
        if agrees(row, runner.numbers, right, workload.tolerance):
            running.append((row, runner))
    if workload.bytes:
        for row, runner in running:
            row.on = row.off = [float(runner.bytes())]
    else:
        timed(running, **how)
    for row, runner in running:
        if not agrees(row, runner.result(), right, workload.tolerance):
            row.on, row.off = [], []
    return rows


def agrees(row, numbers, right, tolerance):
    """Whether a result is right; if not, the row says why it is refused."""
    row.difference = max(row.difference, difference(numbers, right))
    if row.difference <= tolerance:
        return True
    row.reason = f"refused: the result differs by {row.difference:.1g}"
    return False


def timed(running, *, repeats=7, least=0.02, budget=6.0):
    """Fill the rows, in turns.

    Args:
        running: rows and their runners.
        repeats: so many at least, and up to three times as many within the budget.
        least: one measurement is as many runs as take so many seconds.
        budget: seconds, of one workload.
    """
    counts = []
    for _, runner in running:
        once = runner.time(1, True)
        many = runner.time(max(1, min(100, int(least / 4 / max(once, 1e-9)))), True)
        counts.append(max(1, round(least / max(many, 1e-9))))
    places = list(range(len(running)))
    start, done = time.perf_counter(), 0
    while done < repeats or (done < 3 * repeats and time.perf_counter() - start < budget):
        first = done % max(1, len(places))
        for place in places[first:] + places[:first]:
            row, runner = running[place]
            for collector in (True, False) if done % 2 else (False, True):
                (row.on if collector else row.off).append(runner.time(counts[place], collector))
        done += 1

"""Contestants take turns at a workload: warmed up, compared, then timed.

A ``Workload`` is a task and its contestants.  The first contestant's result is the one that all
others must equal; one that differs is refused and gets no time.  Each repeat goes through all of
them, from another one on each time, with the garbage collector as it is and with it off.  Every
run is at another point, since processors learn the branches of a repeated one.
"""

import gc
import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice
from typing import Any

import numpy


class Skipped(Exception):  # noqa: N818
    """A contestant cannot take part; the reason."""


@dataclass(frozen=True)
class At:
    """A function, and the arguments that it is run with in turn.

    The points are made beforehand, untimed, of what the library takes: its own arrays, numbers of
    its own kind, pointers.  All contestants of a workload have the same points in the same order.
    """

    run: Callable[..., Any]
    points: Sequence[tuple[Any, ...]]


@dataclass(frozen=True)
class Contestant:
    """One way to do a task.

    Attributes:
        name: as the table shows it.
        make: sets up, and returns what is timed: a function at points, or one without arguments
            where there is nothing to change; what it returns is compared.
        home: the library, which has a process of its own.
        slow: left out of a quick run.
    """

    name: str
    make: Callable[[], At | Callable[[], Any]]
    home: str = "autograd_lite"
    slow: bool = False


@dataclass(frozen=True)
class Workload:
    """A task.

    Attributes:
        key: its name in the JSON.
        title: what is done.
        contestants: who does it; all are compared with the first.
        base: the contestant that ratios are against.
        ours: the contestant that the table's first sentence is about; else our fastest.
        expected: the result, where it is known beforehand.
        tolerance: the largest difference allowed, relative to the largest number of the result.
        parts: so many operations, nodes or samples are done in one run.
        part: what they are.
        bytes: whether memory is measured, not time.
        note: what a reader should know.
        slow: left out of a quick run.
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
    ours: str = ""
    slow: bool = False

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
        made = contestant.make()
        made = made if isinstance(made, At) else At(made, [()])
        self.run, self.points, self._next = made.run, made.points, cycle(made.points)
        first = self.run(*self.points[0])  # when some compile: it counts as set-up
        self.setup = time.perf_counter() - start
        self.numbers = flat(first) + self._last()

    def result(self):
        """The numbers it computes at the first point and the last, in one row."""
        return flat(self.run(*self.points[0])) + self._last()

    def _last(self):
        return flat(self.run(*self.points[-1])) if len(self.points) > 1 else []

    def time(self, count, collector):
        """Seconds of one of ``count`` runs, each at the next point."""
        run, was = self.run, gc.isenabled()
        points = list(islice(self._next, count))
        gc.collect()
        if not collector:
            gc.disable()
        try:
            start = time.perf_counter()
            for point in points:
                run(*point)
            return (time.perf_counter() - start) / count
        finally:
            if was:
                gc.enable()

    def bytes(self):
        """Bytes that are in use after a run, of those that it has asked for."""
        gc.collect()
        tracemalloc.start()
        try:
            kept = self.run(*self.points[0])
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


def measured(workload, start=lambda workload, contestant: Runner(contestant), quick=False, **how):
    """The rows of a workload.

    Args:
        workload: the task.
        start: sets up a contestant, here or in another process; raises ``Skipped``.
        quick: leave out what is slow.
        how: see ``timed``.
    """
    rows = [Row(workload.key, c.name) for c in workload.contestants]
    running, right = [], []
    for row, contestant in zip(rows, workload.contestants, strict=True):
        try:
            if quick and contestant.slow:
                raise Skipped("left out of a quick run")
            runner = start(workload, contestant)
        except Skipped as reason:
            row.reason = f"skipped: {reason}"
            continue
        if workload.expected and not right:  # the same at every point
            right = [*workload.expected] * (len(runner.numbers) // len(workload.expected))
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
        more = min(100, int(least / 4 / max(once, 1e-9)))
        many = runner.time(more, True) if more > 1 else once
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

"""What was aimed at, and what a run reached: ratios of two contestants, or bytes."""

from dataclasses import dataclass

from .report import amount, median, ratio, times


@dataclass(frozen=True)
class Goal:
    """An aim: ``ours`` at least so many times as fast as ``peer``, or at most so many bytes."""

    workload: str
    ours: str
    peer: str
    least: float
    collector: bool = False
    text: str = ""
    setup: bool = False  # seconds of the set-up at most

    def reached(self, data):
        """(text, aim, what was reached, whether it was), or None without a measurement."""
        workload = next((w for w in data["workloads"] if w["key"] == self.workload), None)
        if workload is None:
            return None
        rows = {r["contestant"]: r for r in data["rows"] if r["workload"] == self.workload}
        if not self.peer:
            if not (row := rows[self.ours])["on"]:
                return None
            if self.setup:
                return (
                    self.text,
                    f"≤ {self.least:g} s",
                    amount(row["setup"]),
                    row["setup"] <= self.least,
                )
            size = median(row, True) / workload["parts"]
            return self.text, f"≤ {self.least:g} B", f"{size:.1f} B", size <= self.least
        ours, peer = rows[self.ours], rows[self.peer]
        if not ours["on"] or not peer["on"]:
            return None
        found = times(ours, peer, self.collector)
        text = self.text or f"{self.ours}, against {self.peer}"
        text += "" if self.collector else " (collector off)"
        return text, f"≥ {self.least:g}×", ratio(found), found >= self.least


TABLE, UNCHECKED = "replay: all, C table", "replay: all, C table, no checks"
SIMD, BATCH = "replay: a sample, SIMD C", "replay: a sample, NumPy batch"
LONG = "the same on 10,000 samples"
PLAIN = "Value without closures"
GOALS = [
    Goal("step", TABLE, "micrograd", 250),
    Goal("step", UNCHECKED, "micrograd", 250),
    Goal("step", TABLE, "PyTorch", 2),
    Goal("step", UNCHECKED, "PyTorch", 2),
    Goal("step", BATCH, "PyTorch", 0.8),
    Goal("step", SIMD, "NumPy by hand", 5),
    Goal("step", SIMD, "JAX jit", 5),
    Goal("step", SIMD, "CasADi", 20),
    Goal("step-10000", "replay: SIMD C", "NumPy by hand", 5, text=f"{LONG}, against NumPy by hand"),
    Goal("step-10000", "replay: SIMD C", "JAX jit", 5, text=f"{LONG}, against JAX jit"),
    Goal("step-10000", "replay: SIMD C", "CasADi", 20, text=f"{LONG}, against CasADi"),
    Goal(
        "forward",
        "replay: recording",
        "eager",
        0.333,
        True,
        "recording takes at most 3 times an eager forward pass",
    ),
    Goal("chain-samples", "replay: SIMD C", "", 3, text="compiling 1,000 operations", setup=True),
    Goal("step", "eager", "micrograd", 7, True, "eager, against micrograd"),
    Goal("step", "eager", PLAIN, 2, True, f"eager, against a {PLAIN}"),
    Goal("memory-before", "eager", "", 150, text="a node of an eager graph"),
    Goal("memory-after", "eager", "", 150, text="the same with its gradient"),
    Goal("memory-after", TABLE, "", 30, text="a node of a replay, C table"),
]


def reached(data):
    """The rows of the table of aims."""
    return [found for goal in GOALS if (found := goal.reached(data))]

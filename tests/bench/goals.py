"""What was aimed at, and what a run reached: ratios of two contestants, or bytes; collector on."""

from dataclasses import dataclass

from .report import amount, median, ratio, times


@dataclass(frozen=True)
class Goal:
    """An aim: ``ours`` at least so many times as fast as ``peer``, or at most so many bytes."""

    workload: str
    ours: str
    peer: str
    least: float
    what: str
    setup: bool = False  # seconds of the set-up at most

    def reached(self, data):
        """(what, aim, what was reached, whether it was), or None without a measurement."""
        workload = next((w for w in data["workloads"] if w["key"] == self.workload), None)
        if workload is None:
            return None
        rows = {r["contestant"]: r for r in data["rows"] if r["workload"] == self.workload}
        named = [name for name in (self.ours, self.peer) if name]
        if not all(name in rows and rows[name]["on"] for name in named):
            return None
        ours = rows[self.ours]
        if self.peer:
            found = times(ours, rows[self.peer], True)
            what = f"{self.what}: {self.ours}, against {self.peer}"
            return what, f"≥ {self.least:g}×", ratio(found), found >= self.least
        if self.setup:
            found, unit, said = ours["setup"], "s", amount(ours["setup"])
        else:
            found, unit = median(ours, True) / workload["parts"], "B"
            said = f"{found:.1f} B"
        return self.what, f"≤ {self.least:g} {unit}", said, found <= self.least


MLP = "micrograd's network on {} samples"
ONE, GPT = "2-2-1, one sample", "the small GPT"
NOTES = "2-2-1, 10,000 samples"
PLAIN, SAMPLE = "Value without closures", "program of a sample: C"
C, MODEL = "program: C", "program of a model: C"
ROSENBROCK = {
    "rosenbrock-gradient": "Rosenbrock's gradient",
    "rosenbrock-hessian": "Rosenbrock's Hessian",
}


def against(workload, what, ours, **peers):
    """Aims for one contestant beside several, as the user has the collector."""
    return [Goal(workload, ours, NAMES[k], least, what) for k, least in peers.items()]


NAMES = {
    "jax": "JAX jit",
    "arrays": "JAX jit, arrays",
    "numpy": "NumPy by hand",
    "c": "C by hand",
    "casadi": "CasADi",
    "torch": "PyTorch",
    "micrograd": "micrograd",
    "plain": PLAIN,
}
GOALS = [
    *against("step", MLP.format(100), C, micrograd=250, torch=10),
    *against("step", MLP.format(100), "program of a sample: NumPy", torch=0.8),
    *against("step", MLP.format(100), SAMPLE, jax=8, numpy=5, casadi=20),
    *against("step-10000", MLP.format("10,000"), SAMPLE, jax=4, numpy=8, casadi=20),
    *against("gpt", GPT, C, arrays=2, casadi=6),
    *against("notes-1", ONE, C, casadi=5, jax=5, c=0.3),
    *against("notes-1", ONE, MODEL, c=0.2),
    *against("notes-10000", NOTES, C, c=1.2, jax=2.5, numpy=2),
    *(
        goal
        for key, what in ROSENBROCK.items()
        for goal in against(key, what, C, casadi=5, jax=5, c=0.3)
    ),
    *against("higher", "the tenth derivative", C, jax=5),
    Goal("forward", "program: recording", "eager", 0.333, "recording, micrograd's network"),
    Goal("chain-samples", SAMPLE, "", 3, "compiling 1,000 operations", setup=True),
    *against("step", "micrograd's network", "eager", micrograd=9, plain=2.4),
    Goal("parts", "eager: backward alone", f"{PLAIN}: forward and backward", 6.5, "the same graph"),
    *against("constants", "a chain of y + 10⁻⁹", "eager", plain=2.9),
    Goal("constants-memory", "eager", "", 155, "an operation y + 10⁻⁹"),
    Goal("copying", "eager: deepcopy", "eager: building", 0.333, "a copy of a graph"),
    Goal("copying", "eager: pickle and back", "eager: building", 0.333, "a copy of a graph"),
    Goal("memory-before", "eager", "", 150, "a node of an eager graph"),
    Goal("memory-after", "eager", "", 150, "the same with its gradient"),
    Goal("memory-after", C, "", 4, "a node of a program, table in C"),
    Goal("checking", "check_grad", "central differences by hand", 0.0183, "nine parameters"),
    Goal("drawing", "own layout", "Graphviz's dot", 2, "drawing 1,393 values"),
    Goal("stepper", "own layout", "Graphviz's dot", 0.8, "a stepper through 15 values"),
]


def reached(data):
    """The rows of the table of aims."""
    return [found for goal in GOALS if (found := goal.reached(data))]

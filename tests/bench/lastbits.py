"""By how much backends differ from the engine, operation by operation: docs/programs.md's table.

``python -m tests.bench.lastbits``: at 4,000 random points, in units of 2⁻⁵² · max(1, |number|),
the largest difference of the value and of a gradient.
"""

import sys

import numpy as np

from autograd_lite import record
from autograd_lite.ops import OPS

POINTS = 4000


def points(op):
    """Random points inside the operation's domain."""
    draw = np.random.default_rng(0)
    x = [draw.normal(0, 2, POINTS) for _ in range(op.arity)]
    if op.name in ("asin", "acos", "atanh"):
        return [draw.uniform(-1, 1, POINTS)]
    if op.domain and op.name != "div":
        x[0] = abs(x[0]) + (1.0 if op.name == "acosh" else 0.01)
    return x


def apart(found, expected):
    """The largest difference."""
    scale = 2.0**-52 * np.maximum(1.0, abs(expected))
    return float((abs(found - expected) / scale).max(initial=0.0))


def differences(op):
    """Of value and gradient: by the table in C, NumPy on samples, C on samples."""
    n = (2.7,) if op.parameter else ()
    x = points(op)
    python = record(
        lambda *v: getattr(v[0], op.name)(*v[1:], *n), *[1.0] * op.arity, backend="python"
    )

    def one_by_one(program):
        found = [program.value_and_grad(*map(float, row)) for row in zip(*x, strict=True)]
        return np.array([v for v, _ in found]), np.array([np.atleast_1d(g) for _, g in found])

    def on_samples(program):
        value, slopes = program.batch(*x, reduce=None)
        return value, slopes.reshape(POINTS, -1)

    value, slopes = one_by_one(python)
    for v, g in (
        one_by_one(python.on("c")),
        on_samples(python.on("numpy")),
        on_samples(python.on("c")),
    ):
        yield apart(v, value)
        yield apart(g, slopes)


def main():
    """Print the operations that differ anywhere."""
    print(f"{'':14}{'table in C':>16}{'NumPy':>16}{'C on vectors':>16}")
    print(f"{'':14}" + f"{'value':>8}{'slope':>8}" * 3)
    for op in OPS.values():
        found = list(differences(op))
        if any(found):
            print(f"{op.name:14}" + "".join(f"{x:8.1f}" if x else f"{'–':>8}" for x in found))


if __name__ == "__main__":
    sys.exit(main())

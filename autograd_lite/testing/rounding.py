"""How far apart two correct formulas may be by rounding: bounds to first order, node by node."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ..analysis.extrapolation import EPS
from ..expr import shown
from ..ops import Op
from ..value import Value
from .diagnose.adjoints import Adjoints
from .problem import Component
from .tracing import Trace

Array = npt.NDArray[np.float64]


def gradient_error(trace: Trace, components: Sequence[Component]) -> Array:
    """A bound on the rounding error of each component of the gradient, at one point."""
    adjoints = Adjoints([trace], components)
    errors = _value_errors(adjoints)
    adjoint, error = np.zeros(len(errors)), np.zeros(len(errors))
    adjoint[-1] = 1.0
    with np.errstate(all="ignore"):
        for i in range(len(errors) - 1, -1, -1):
            for k, j in enumerate(adjoints.operands[i]):
                local = abs(adjoints.local[i, k][0])
                error[j] += error[i] * local + adjoint[i] * _local_error(adjoints, i, k, errors)
                adjoint[j] += adjoint[i] * local
    bound: Array = np.array([0.0 if i is None else error[i] for i in adjoints.leaf])
    bound[~np.isfinite(bound)] = 0.0
    return bound


def value_errors(trace: Trace) -> dict[Value, float]:
    """For each node of a run a bound on its rounding error."""
    return dict(zip(trace.nodes, _value_errors(Adjoints([trace], [])).tolist(), strict=True))


def value_error(trace: Trace) -> float:
    """A bound on the rounding error of f's value."""
    error = float(_value_errors(Adjoints([trace], []))[-1])
    return error if math.isfinite(error) else 0.0


def _value_errors(adjoints: Adjoints) -> Array:
    """For each node a bound on its rounding error."""
    values = adjoints.values[:, 0]
    errors = np.zeros(len(values))
    with np.errstate(all="ignore"):
        for i, operands in enumerate(adjoints.operands):
            errors[i] = EPS * abs(values[i]) * bool(operands)
            errors[i] += sum(
                abs(adjoints.local[i, k][0]) * errors[j] for k, j in enumerate(operands)
            )
    return errors


def _local_error(adjoints: Adjoints, i: int, k: int, errors: Array) -> float:
    """A bound on the error of one local derivative: its own rounding, and that of its operands."""
    op, local = adjoints.nodes[i].op, float(adjoints.local[i, k][0])
    error = EPS * max(abs(local), float(adjoints.terms(i, k)[0]))
    if isinstance(op, Op):
        inside = dict(zip(op.operands, adjoints.operands[i], strict=True)) | {"y": i}
        for x, m in inside.items():
            if errors[m]:
                other = {x: adjoints.values[m] + errors[m]}
                there = adjoints.evaluated(i, op.derivatives[k], other)
                error += abs(float(there[0]) - local)
    return error


def widest(trace: Trace) -> str:
    """Where the numbers are large: the largest operand of an exponential or the like."""
    worst, word = 0.0, "numbers are large"
    for v in trace.nodes:
        if isinstance(v.op, Op) and len(v.operands) == 1 and v.op.name != "neg":
            x = v.operands[0]
            if abs(x.data) > worst:
                worst, name = abs(x.data), trace.names.get(x, f"the operand of {v.op.name}")
                word = f"|{name}| = {shown(worst, 3)}"
    return word

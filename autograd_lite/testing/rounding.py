"""How far apart two correct formulas may be by rounding: bounds to first order, node by node."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analysis.extrapolation import EPS
from ..expr import shown
from ..ops import Op
from ..value import Value
from .diagnose.adjoints import Adjoints, Edge, sizes_of
from .problem import Component
from .tracing import Trace

Array = npt.NDArray[np.float64]


def gradient_error(trace: Trace, components: Sequence[Component]) -> Array:
    """A bound on the rounding error of each component of the gradient, at one point."""
    return gradient_errors([trace], components)[:, 0]


def gradient_errors(traces: Sequence[Trace], components: Sequence[Component]) -> Array:
    """Bounds on the rounding errors of the gradient: (components, runs of f)."""
    kinds: dict[Any, list[int]] = {}
    for k, trace in enumerate(traces):
        kinds.setdefault(trace.structure, []).append(k)
    out: Array = np.zeros((len(components), len(traces)))
    for ks in kinds.values():
        out[:, ks] = _gradient_errors(Adjoints([traces[k] for k in ks], components))
    return out


def value_errors(trace: Trace) -> dict[Value, float]:
    """For each node of a run a bound on its rounding error; as ``_value_errors``, on floats."""
    errors: dict[Value, float] = {}
    for v in trace.nodes:
        error = EPS * abs(v.data) if v.operands else 0.0
        for x, local in zip(v.operands, v.local_gradients, strict=True):
            error += abs(local) * errors[x]
        errors[v] = error
    return errors


def value_error(trace: Trace) -> float:
    """A bound on the rounding error of f's value."""
    error = value_errors(trace)[trace.nodes[-1]]
    return error if math.isfinite(error) else 0.0


def _gradient_errors(adjoints: Adjoints) -> Array:
    errors = _value_errors(adjoints)
    of_locals = _local_errors(adjoints, errors)
    adjoint, error = np.zeros(errors.shape), np.zeros(errors.shape)
    adjoint[-1] = 1.0
    with np.errstate(all="ignore"):
        for i in range(len(errors) - 1, -1, -1):
            for k, j in enumerate(adjoints.operands[i]):
                local = np.abs(adjoints.local[i, k])
                error[j] += error[i] * local + adjoint[i] * of_locals[i, k]
                adjoint[j] += adjoint[i] * local
    bound = adjoints.towards(error)
    bound[~np.isfinite(bound)] = 0.0
    return bound


def _value_errors(adjoints: Adjoints) -> Array:
    """For each node a bound on its rounding error: (nodes, points)."""
    errors: Array = EPS * np.abs(adjoints.values)
    with np.errstate(all="ignore"):
        for i, operands in enumerate(adjoints.operands):
            if not operands:
                errors[i] = 0.0
            for k, j in enumerate(operands):
                errors[i] += np.abs(adjoints.local[i, k]) * errors[j]
    return errors


def _local_errors(adjoints: Adjoints, errors: Array) -> dict[Edge, Array]:
    """Bounds on the errors of the local derivatives: their own rounding, that of their operands."""
    alike: dict[Any, list[int]] = {}
    for i, v in enumerate(adjoints.nodes):
        alike.setdefault((v.op, len(v.operands)), []).append(i)
    out: dict[Edge, Array] = {}
    with np.errstate(all="ignore"):
        for (op, arity), places in alike.items():
            for k in range(arity):
                local = np.array([adjoints.local[i, k] for i in places])
                error = EPS * np.abs(local)
                if isinstance(op, Op):
                    inside = adjoints.inside(places)
                    sizes = {x: np.abs(adjoints.values[nodes]) for x, nodes in inside.items()}
                    rule = op.derivatives[k]
                    terms = adjoints.at_all(places, sizes_of(rule), sizes)
                    error = np.maximum(error, EPS * np.abs(terms))
                    for x, nodes in inside.items():
                        other = {x: adjoints.values[nodes] + errors[nodes]}
                        there = adjoints.at_all(places, rule, other)
                        error += np.where(errors[nodes] > 0, np.abs(there - local), 0.0)
                out |= {(i, k): e for i, e in zip(places, error, strict=True)}
    return out


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

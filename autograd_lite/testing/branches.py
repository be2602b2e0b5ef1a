"""Branches of f: which ones the points took, and whether a point lies where one changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from ..notation import Compare, walk
from ..ops import Op
from ..value import Value
from .tracing import Trace

Branches = dict[Any, tuple[str, set[bool]]]  # where -> (what to say of it, the sides taken)


def branches(traces: Iterable[Trace]) -> Branches:
    """Every branch that makes a difference to the result of some run, as all runs took it."""
    out: Branches = {}
    mattered = set()
    for trace in traces:
        for site, line, result in trace.choices:
            text = f"the comparison in line {line} came out one way at all points"
            out.setdefault(site, (text, set()))[1].add(result)
            mattered.add(site)
        matter = _mattering(trace) if _piecewise(trace) else set()
        for v in _piecewise(trace):
            if all(x.is_constant or (x.is_leaf and not x.label) for x in v.operands):
                continue
            xs = [x.data for x in v.operands]
            side = xs[0] > (xs[1] if len(xs) > 1 else 0.0)
            made = trace.made.get(v)
            where = f" in line {made.line}" if made else ""
            word = "one branch" if len(xs) > 1 else "active" if side else "inactive"
            name = v.op.name if isinstance(v.op, Op) else ""
            text = f"{name}{where} was {'on ' if len(xs) > 1 else ''}{word} at all points: "
            key = (name, made.site if made else None)
            out.setdefault(key, (text + "its other branch is untested", set()))[1].add(side)
            if v in matter:
                mattered.add(key)
    return {key: found for key, found in out.items() if key in mattered}


def one_sided(found: Branches) -> list[str]:
    """What to say of the branches with a side that was never taken."""
    return list(dict.fromkeys(text for text, sides in found.values() if len(sides) == 1))


def margins(trace: Trace) -> dict[Any, float]:
    """How far each piecewise operation and comparison of a run is from its other side."""
    out: dict[Any, float] = dict(trace.margins)
    for v in _piecewise(trace):
        xs = [x.data for x in v.operands]
        made = trace.made.get(v)
        margin = xs[0] - (xs[1] if len(xs) > 1 else 0.0)
        key = (v.op, made.site if made else None)
        if key not in out or abs(margin) < abs(out[key]):
            out[key] = margin
    return out


def within_rounding(trace: Trace, bounds: Callable[[Trace], Mapping[Value, float]]) -> bool:
    """Whether a branch might have come out otherwise, but for rounding: 1 − 0.1 · 10 > 0.

    Args:
        trace: the run.
        bounds: gives, of each node, a bound on its rounding error.
    """
    sides = [
        (v.operands[0], v.operands[1] if len(v.operands) > 1 else 0.0) for v in _piecewise(trace)
    ]
    sides += trace.compared
    errors = bounds(trace) if sides else {}
    return any(
        abs(float(one) - float(other))
        <= 4 * sum(errors.get(x, 0.0) for x in (one, other) if isinstance(x, Value))
        for one, other in sides
    )


def _mattering(trace: Trace) -> set[Value]:
    """The nodes into whose results some gradient flows: behind y = 0 no branch is seen."""
    sums = trace.path_sums
    return {x for v in trace.nodes if sums.get(v) for x in v.operands} | {trace.root}


def _piecewise(trace: Trace) -> list[Value]:
    """The nodes whose local derivatives are chosen by a comparison; most graphs have none."""
    if trace.piecewise is None:
        trace.piecewise = [v for v in trace.nodes if _is_piecewise(v)]
    return trace.piecewise


def _is_piecewise(v: Value) -> bool:
    return isinstance(v.op, Op) and _has_branches(v.op)


@cache
def _has_branches(op: Op) -> bool:
    """Whether a local derivative is chosen by a comparison of sizes."""
    compared = [x for d in op.derivatives for x in walk(d.tree) if isinstance(x, Compare)]
    return any(sign[0] in "<>" for x in compared for sign in x.signs)


def at_a_switch(trace: Trace) -> bool:
    """Whether some operation of the run is where its derivative changes or is infinite."""
    if trace.ties:
        return True
    for v in trace.nodes:
        if not isinstance(v.op, Op):
            continue
        if not all(map(math.isfinite, v.local_gradients)):
            return True
        xs = [x.data for x in v.operands]
        if _is_piecewise(v) or v.op.name in ("sign", "step"):
            if xs[0] == (xs[1] if len(xs) > 1 else 0.0):
                return True
        elif (v.op.name == "floor" and xs[0] == v.data) or (
            v.op.name in ("hypot", "atan2") and not any(xs)
        ):
            return True
    return False

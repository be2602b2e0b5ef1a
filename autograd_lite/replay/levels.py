"""One large graph in NumPy: operations of one kind that do not wait for each other run together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..formula import array_source
from ..ops import Op
from . import careful
from .arrays import numpy_space
from .listing import Listing

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class _Edges:
    """Where the gradients of a group go, towards one of its operands."""

    position: int
    local: float | None  # the local derivative where it is the same everywhere
    lines: Array | None  # which of the group's lines, those towards one slot side by side; all
    slots: Array  # each once
    starts: Array | None  # where each slot's lines begin; None if each has but one

    def add(self, g: Array, terms: Array) -> None:
        """Add the lines' terms to the gradients."""
        terms = terms if self.lines is None else terms[self.lines]
        g[self.slots] += terms if self.starts is None else np.add.reduceat(terms, self.starts)


@dataclass(frozen=True)
class _Group:
    """Lines of one operation and one level."""

    op: Op
    arguments: tuple[Array, ...]  # the slots of the operands and of the parameter
    out: Array
    edges: tuple[_Edges, ...]


class LevelBackend:
    """One point at a time, by NumPy on the groups."""

    name = "numpy"

    def __init__(self, listing: Listing, names: Sequence[str] = (), check: bool = True) -> None:
        self.listing, self.check = listing, check
        self.groups = _groups(listing)
        space = numpy_space()
        self._run: dict[Op, tuple[Callable[..., Any], ...]] = {}
        for op in listing.rows:
            texts = [(op.value, ())] + [(text, ("y",)) for text in op.derivatives]
            self._run[op] = tuple(
                eval(f"lambda {', '.join((*op.arguments, *more))}: {array_source(text)}", space)
                for text, more in texts
            )
        self._inside = _domains(listing, space) if check else []

    def _forward(self, numbers: Sequence[float]) -> Array:
        listing = self.listing
        v = np.zeros(listing.base + listing.size)
        v[: listing.inputs] = numbers
        v[listing.inputs : listing.base] = listing.constants
        with np.errstate(all="ignore"):
            for group in self.groups:
                v[group.out] = self._run[group.op][0](*(v[x] for x in group.arguments))
        for g in listing.guards:
            careful.check_guard(listing, g, float(v[g.left]), float(v[g.right]))
        with np.errstate(all="ignore"):
            inside = all(f(*(v[x] for x in group.arguments)).all() for f, group in self._inside)
        if not inside:
            careful.check_domains(listing, v.tolist())
        return v

    def outputs(self, numbers: Sequence[float]) -> list[float]:
        """The outputs at one point."""
        v = self._forward(numbers)
        return [float(v[k]) for k in self.listing.outputs]

    def value_and_grad(self, numbers: Sequence[float]) -> tuple[float, Array]:
        """The output and its gradient at one point."""
        v = self._forward(numbers)
        g = np.zeros(len(v))
        root = self.listing.outputs[0]
        g[root] = 1.0
        with np.errstate(all="ignore"):
            for group in reversed(self.groups):
                if not group.edges:
                    continue
                arguments = [v[x] for x in group.arguments]
                up, y = g[group.out], v[group.out]
                for edges in group.edges:
                    if edges.local is None:
                        local = self._run[group.op][1 + edges.position](*arguments, y)
                        edges.add(g, up * local)
                    else:
                        edges.add(g, up if edges.local == 1 else up * edges.local)
        return float(v[root]), g[self.listing.wrt]


def _domains(listing: Listing, space: dict[str, Any]) -> list[tuple[Callable[..., Any], _Group]]:
    """For each operation with a domain, its condition and the lines to check."""
    rows = listing.code[listing.checked] >> 2
    found = []
    for k in np.unique(rows):
        op = listing.rows[int(k)]
        text = " | ".join(
            [
                f"({array_source(op.domain, condition=True)})",
                *(f"({x} != {x})" for x in op.arguments),
            ]
        )
        condition = eval(f"lambda {', '.join(op.arguments)}: {text}", space)
        found.append((condition, _group(listing, listing.checked[rows == k])))
    return found


def _groups(listing: Listing) -> list[_Group]:
    """The lines, level after level: a line is one level above the highest of its operands."""
    level = [0] * (listing.base + listing.size)
    base, rows = listing.base, listing.rows
    two = [op.arity == 2 for op in rows]
    columns = zip(listing.code.tolist(), listing.a.tolist(), listing.b.tolist(), strict=True)
    for k, (code, a, b) in enumerate(columns, base):
        below = level[a]
        if two[code >> 2] and level[b] > below:
            below = level[b]
        level[k] = below + 1
    keys = np.array(level[base:], dtype=np.int64) * len(rows) + (listing.code >> 2)
    by_key = np.argsort(keys, kind="stable")
    bounds = np.flatnonzero(np.diff(keys[by_key], prepend=-1, append=-1))
    return [_group(listing, by_key[i:j]) for i, j in pairwise(bounds)]


def _group(listing: Listing, lines: Array) -> _Group:
    op = listing.rows[int(listing.code[lines[0]]) >> 2]
    columns = [listing.a[lines].astype(np.intp)]
    if op.arity == 2:
        columns.append(listing.b[lines].astype(np.intp))
    if op.parameter:
        columns.append((listing.b if op.arity == 1 else listing.c)[lines].astype(np.intp))
    edges = []
    reached = lines < listing.reach
    for i in range(op.arity):
        which = np.flatnonzero(((listing.code[lines] >> i) & 1).astype(bool) & reached)
        if which.size:
            slots, starts, kept = columns[i][which], None, None
            if len(np.unique(slots)) < len(slots):
                kept = which[np.argsort(slots, kind="stable")]
                slots, starts = np.unique(columns[i][kept], return_index=True)
            elif len(which) < len(lines):
                kept = which
            edges.append(_Edges(i, _constant(op.derivatives[i]), kept, slots, starts))
    return _Group(op, tuple(columns), lines + listing.base, tuple(edges))


def _constant(text: str) -> float | None:
    """The number that a rule is, if it is one."""
    try:
        return float(text)
    except ValueError:
        return None

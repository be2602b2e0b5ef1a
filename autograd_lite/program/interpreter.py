"""The tape run line by line with every check: what the fast backends turn to when in doubt.

Each line is the table's own ``Op``, so domain errors, infinities and NaN are those of ``Value``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import GuardError
from ..expr import Python
from ..ops import FAST, TROUBLE, chained
from .codegen import CodeWriter
from .pytree import floats
from .tape import Compared, Tape
from .tracer import COMPARE, place

Numbers = Sequence[float]


def values(tape: Tape, numbers: Numbers, *, domains: bool = True) -> list[float]:
    """The number in every slot; with ``domains`` these are checked.

    Raises:
        GuardError: a comparison turns out otherwise than while recording.
        DomainError: an operation is outside its domain.
    """
    found = [*map(float, numbers), *tape.constants]
    for line in tape.lines:
        found.append(line.op.total(*(found[x] for x in line.arguments)))
    check(tape, found, domains=domains)
    return found


def check(tape: Tape, found: Sequence[float], *, domains: bool = True) -> None:
    """Raise the first error there is, given the number in every slot: of guards, of domains."""
    for g in tape.guards:
        check_guard(tape, g, found[g.left], found[g.right])
    for k in tape.checked.tolist() if domains else ():
        line = tape.lines[k]
        labels = [tape.labels.get(x, "") for x in line.operands]
        line.op.check(tuple(found[x] for x in line.arguments), (labels[0], labels[-1]))


def check_guard(tape: Tape, g: Compared, left: float, right: float) -> None:
    """Raise ``GuardError`` unless the comparison turns out as it did."""
    if bool(COMPARE[g.sign](left, right)) == g.held:
        return

    def named(slot: int, x: float) -> str:
        if tape.inputs <= slot < tape.base:
            return f"{x:g}"
        label = tape.labels.get(slot, "")
        return f"{label} = {x!r}" if label else repr(x)

    sides = f"{named(g.left, left)} {g.sign} {named(g.right, right)}"
    raise GuardError(
        f"{sides} is {not g.held}, but was {g.held} while recording "
        f"({place(g.file, g.line)}); the program is valid for that branch only. "
        'Record again, or record with guards="record"'
    )


def gradients(tape: Tape, found: Sequence[float]) -> list[float]:
    """The gradient of the one output towards each of ``wrt``, from the numbers in every slot."""
    grads = [0.0] * len(found)
    grads[tape.outputs[0]] = 1.0
    for line in reversed(tape.lines[: tape.reach]):
        if line.towards:
            arguments = tuple(found[x] for x in line.arguments)
            locals_ = line.op.local(arguments, found[line.slot])
            for i, x in enumerate(line.operands):
                if line.towards >> i & 1:
                    grads[x] += chained(grads[line.slot], locals_[i])
    return [grads[k] for k in tape.wrt]


def has_nan(grads: Any) -> bool:
    """Whether there may be a NaN in a row of gradients, and so 0 · ∞ in what they are sums of."""
    largest = np.maximum.reduce(grads, axis=None, initial=0.0)  # NaN if there is one
    return bool(largest != largest)


class PythonBackend:
    """One point at a time, by straight-line Python."""

    name = "python"
    reads = staticmethod(floats)

    def __init__(self, tape: Tape, names: Sequence[str], check: bool = True) -> None:
        self.tape, self.names, self.check = tape, names, check
        self._made: dict[bool, Callable[..., Any]] = {}

    def source(self, gradient: bool) -> str:
        """The source of ``program`` or of ``value_and_grad``."""
        name = "value_and_grad" if gradient else "program"
        return CodeWriter(self.tape, self.names, Python()).function(name, gradient)

    def _run(self, numbers: Numbers, gradient: bool) -> Any:
        if gradient not in self._made:
            space = {**FAST, "guard": self._failed}
            exec(self.source(gradient), space)
            self._made[gradient] = space["value_and_grad" if gradient else "program"]
        return self._made[gradient](*numbers)

    @staticmethod
    def _failed(k: int) -> None:
        raise _Doubt

    def outputs(self, numbers: Numbers) -> list[float]:
        """The outputs at one point."""
        try:
            out = self._run(numbers, False)
        except (*TROUBLE, _Doubt):
            found = values(self.tape, numbers, domains=self.check)
            return [found[k] for k in self.tape.outputs]
        return list(out) if isinstance(out, tuple) else [out]

    def value_and_grad(self, numbers: Numbers) -> tuple[float, list[float]]:
        """The output and its gradient at one point."""
        try:
            value, grads = self._run(numbers, True)
        except (*TROUBLE, _Doubt):
            found = values(self.tape, numbers, domains=self.check)
            value, grads = found[self.tape.outputs[0]], gradients(self.tape, found)
        else:
            if math.isnan(sum(grads)):  # ∞ − ∞ too, but then nothing changes
                grads = gradients(self.tape, values(self.tape, numbers, domains=False))
        # backward() starts from 0.0, so that no gradient is −0.0.
        return value, [g + 0.0 for g in grads]


class _Doubt(Exception):  # noqa: N818 – a turn of the road, never seen outside
    """A guard failed in the fast program; the careful run tells which."""

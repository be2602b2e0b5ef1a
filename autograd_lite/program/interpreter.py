"""Interpreting a tape line by line: every backend's answer where its own code met an odd point.

Each line is evaluated by the table's own row, so that domain errors, infinities and NaN are those
of ``Value``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..caller import place
from ..errors import GuardError
from ..ops import chained
from .tape import Compared, Tape
from .tracer import COMPARE


def values(tape: Tape, numbers: Sequence[float], *, domains: bool = True) -> list[float]:
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

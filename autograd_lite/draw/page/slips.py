"""The usual wrong rules, for the page to say which of them gives a reader's number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...expr import JavaScript
from ...notation import Call, Number, calls
from ...ops import OPS, Op
from ...rule_mutations import Mutation, mutations
from . import operations

MOST = 10  # of each local derivative


def slips_of(op: Op, position: int) -> list[Mutation]:
    """The likeliest wrong rules; those that hold for every operation, the page has by itself."""
    own = op.derivatives[position].tree
    general = (Number(0.0), Number(1.0), Call("neg", (own,)))
    return [m for m in mutations(op, position) if m.rule not in general][:MOST]


def called(ops: list[Op]) -> list[Op]:
    """The rows that the wrong rules call."""
    trees = (m.rule for op in ops for i in range(op.arity) for m in slips_of(op, i))
    return [
        OPS[name] for name in dict.fromkeys(x for tree in trees for x in calls(tree)) if name in OPS
    ]


def functions(ops: list[Op]) -> str:
    """The wrong rules as JavaScript: ``SLIPS.mul[0][k](a, b, y)``.

    >>> functions([OPS["exp"]]).splitlines()[1][:24]
    '  exp: [[(a, y) => 2 * y'
    """
    lines = ["const SLIPS = {"]
    for op in ops:
        each = (f"[{', '.join(_functions(op, i))}]" for i in range(op.arity))
        lines.append(f"  {op.name}: [{', '.join(each)}],")
    return "\n".join([*lines, "};"])


def _functions(op: Op, position: int) -> Iterator[str]:
    paper = JavaScript(operations.in_javascript, {op.parameter: "n"} if op.parameter else {})
    given = ", ".join([*op.operands, *(["n"] if op.parameter else []), "y"])
    for m in slips_of(op, position):
        yield f"({given}) => {paper.text(m.rule)}"


def described(ops: list[Op]) -> dict[str, list[list[operations.Template]]]:
    """What each wrong rule does, with blanks for the operands' names."""
    return {
        op.name: [[_what(op, m) for m in slips_of(op, i)] for i in range(op.arity)] for op in ops
    }


def _what(op: Op, m: Mutation) -> operations.Template:
    blanks: dict[str, Any] = {x: operations.Blank(k) for k, x in enumerate(op.operands)}
    blanks["y"] = operations.Blank(operations.RESULT)
    part = "" if m.part is None else operations.Typeset(OPS, blanks).write(m.part)
    return operations.template(m.what.format(**{x: str(b) for x, b in blanks.items()}, part=part))

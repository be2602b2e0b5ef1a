"""Straight-line source: one line of Python for each operation, forward, then backward.

The same lines are written for floats and for arrays; they differ in how a formula is read.
Labels become the names of variables, and ``dz`` is ∂output/∂z:

>>> from autograd_lite import record, tanh
>>> print(record(lambda w, x, b: tanh(w * x + b), 0.5, 2.0, -0.3).source)
def program(w, x, b):
    return tanh(w * x + b)
<BLANKLINE>
def value_and_grad(w, x, b):
    t3 = tanh(w * x + b)
    dt2 = 1.0 - t3 * t3
    dw = dt2 * x
    dx = dt2 * w
    return (t3, (dw, dx, dt2))
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from keyword import iskeyword

from ..expr import array_source, fast_source, names, settled
from ..ops import FAST, RESERVED, TOTAL, Op
from .pytree import readable
from .tape import Line, Listing

PRETTY = 3000  # above so many lines, brackets that are not needed stay
_DEPTH = 5  # so many operations at most are written into one line


@dataclass(frozen=True)
class Reading:
    """How formulas become source."""

    value: Callable[[Op], str]
    formula: Callable[[str], str]
    product: str = "{} * ({})"  # upstream times local


PYTHON = Reading(lambda op: op.source, fast_source)
ARRAYS = Reading(lambda op: array_source(op.value), array_source, "chained({}, {})")


class Straight:
    """The source of a listing.

    Args:
        listing: what to compute.
        given: names for the inputs.
        reading: how formulas become source.
    """

    def __init__(self, listing: Listing, given: Sequence[str], reading: Reading) -> None:
        self.listing, self.reading = listing, reading
        self.names = _named(listing, given)
        self.text: dict[int, str] = {}  # what stands for a slot's value
        self.body: list[str] = []
        for k, x in enumerate(listing.constants, listing.inputs):
            self.text[k] = f"({x!r})"

    def function(self, name: str, gradient: bool) -> str:
        """The source of the function: of the values, or of the value and the gradient."""
        listing = self.listing
        self.body = []
        self.text.update((k, self.names[k]) for k in range(listing.inputs))
        self._forward(self._uses(gradient))
        outputs = [self.text[listing.shared[k]] for k in listing.outputs]
        if gradient:
            grads = self._backward()
            slopes = [grads.get(k, "0.0") for k in listing.wrt]
            result = f"{outputs[0]}, ({', '.join(slopes)}{',' * (len(slopes) == 1)})"
        else:
            result = ", ".join(outputs) if outputs else "()"
        given = ", ".join(self.names[k] for k in range(listing.inputs))
        self._write(f"return {result}")
        lines = [f"def {name}({given}):", *self.body]
        return "\n    ".join(lines)

    def _uses(self, gradient: bool) -> Counter[int]:
        """How often each value is used; more than once is by its name."""
        listing, shared = self.listing, self.listing.shared
        uses: Counter[int] = Counter()
        for line in listing.lines:
            if shared[line.slot] == line.slot:
                uses.update(shared[x] for x in line.arguments)
            if gradient and line.slot < listing.base + listing.reach:
                for i in range(line.op.arity):
                    if line.towards >> i & 1:
                        used = _identifiers(self._local(line, i))
                        inside = zip((*line.op.arguments, "y"), (*line.arguments, line.slot))  # noqa: B905
                        uses.update({shared[x]: 2 for name, x in inside if name in used})
        for g in listing.guards:
            uses.update({shared[g.left]: 2, shared[g.right]: 2})
        uses.update({shared[k]: 1 + gradient for k in listing.outputs})
        return uses

    def _forward(self, uses: Counter[int]) -> None:
        listing, depth = self.listing, dict[int, int]()
        pending = list(range(len(listing.guards)))
        known = set(range(listing.base))
        self._guards(pending, known)
        for line in listing.lines:
            if listing.shared[line.slot] != line.slot:
                continue
            operands = [listing.shared[x] for x in line.arguments]
            value = self._value(line)
            deep = 1 + max(depth.get(x, 0) for x in operands)
            if uses[line.slot] == 1 and line.slot not in listing.labels and deep < _DEPTH:
                self.text[line.slot], depth[line.slot] = f"({value})", deep
            else:
                name = self.names[line.slot]
                self._write(f"{name} = {value}")
                self.text[line.slot] = name
                known.add(line.slot)
                self._guards(pending, known)

    def _write(self, statement: str) -> None:
        if self.listing.size <= PRETTY:
            statement = ast.unparse(ast.parse(statement))  # no bracket that is not needed
        self.body.append(statement)

    def _guards(self, pending: list[int], known: set[int]) -> None:
        for k in list(pending):
            g = self.listing.guards[k]
            left, right = (self.listing.shared[x] for x in (g.left, g.right))
            if left in known and right in known:
                pending.remove(k)
                left_text, right_text = self.text[left], self.text[right]
                test = f"{left_text} {g.sign} {right_text}"
                negated = f"not ({test})" if g.held else test
                self._write(f"if {negated}:\n    guard({k})")
                self.body[-1] = self.body[-1].replace("\n", "\n    ")

    def _value(self, line: Line) -> str:
        """The operation as it is written where its text is short, else as a call by its name."""
        text = self.reading.value(line.op)
        if not _is_short(text):
            text = f"{line.op.name}({', '.join(line.op.arguments)})"
        return self._filled(text, line)

    def _local(self, line: Line, position: int) -> str:
        return self.reading.formula(settled_text(self.listing, line, line.op.derivatives[position]))

    def _filled(self, text: str, line: Line) -> str:
        """A text of the row with the line's names and numbers in it."""
        slots = dict(zip((*line.op.arguments, "y"), (*line.arguments, line.slot), strict=True))

        def put(found: re.Match[str]) -> str:
            slot = slots.get(found[0])
            return found[0] if slot is None else self.text.get(self.listing.shared[slot], found[0])

        return re.sub(r"\b[^\W\d]\w*\b(?!\()", put, text)

    def _backward(self) -> dict[int, str]:
        """Write the backward pass; one term for each recorded edge, in ``backward()``'s order."""
        listing = self.listing
        grads = {listing.outputs[0]: "1.0"}
        for line in reversed(listing.lines[: listing.reach]):
            if not line.towards:
                continue
            g = grads[line.slot]
            for i, x in enumerate(line.operands):
                if not line.towards >> i & 1:
                    continue
                term = self._term(g, self._filled(self._local(line, i), line))
                name = "d" + self.names[x]
                if x in grads and grads[x] == name:
                    self._write(f"{name} += {term}")
                elif x in grads:
                    self._write(f"{name} = {grads[x]} + ({term})")
                elif _is_atom(term):
                    grads[x] = term
                    continue
                else:
                    self._write(f"{name} = {term}")
                grads[x] = name
        return grads

    def _term(self, g: str, local: str) -> str:
        """Upstream times local, which is exact where one of them is ±1."""
        if local in ("1.0", "-1.0"):
            return g if local == "1.0" else f"-{g}"
        return local if g == "1.0" else self.reading.product.format(g, local)


def _is_atom(text: str) -> bool:
    return text.isidentifier() or re.fullmatch(r"-?[\d.e+-]+", text) is not None


def settled_text(listing: Listing, line: Line, text: str) -> str:
    """A formula of the line's row, with the line's parameter filled in."""
    if line.parameter < 0:
        return text
    number = listing.constants[line.parameter - listing.inputs]
    return _settled(text, ((line.op.parameter, number),))


@cache
def _settled(text: str, known: tuple[tuple[str, float], ...]) -> str:
    space = {**TOTAL, **dict(known)}
    return settled(text, dict(known), lambda test: bool(eval(fast_source(test), space)))


@cache
def _identifiers(text: str) -> set[str]:
    return names(text)


@cache
def _is_short(text: str) -> bool:
    """Whether each name stands in it once and nothing in it is a choice."""
    found = [node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]
    return "where" not in found and " if " not in text and len(set(found)) == len(found)


def _named(listing: Listing, given: Sequence[str]) -> list[str]:
    """A name for every slot: its label, or t1, t2, …; none twice, none that means something."""
    taken = {*FAST} | RESERVED - {"a", "b", "y"}
    found: list[str] = []
    for k in range(listing.base + listing.size):
        wanted = given[k] if k < listing.inputs else listing.labels.get(k, "")
        name = readable(wanted) or f"t{max(k - listing.base + 1, 0)}"
        while name in taken or f"d{name}" in taken or iskeyword(name):
            name += "_"
        taken.update((name, f"d{name}"))
        found.append(name)
    return found

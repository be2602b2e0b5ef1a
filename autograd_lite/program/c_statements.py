"""A tape as statements of C: the forward pass and the backward pass of ``Value``, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from ..notation import Call, Compare, Expr, Name, Number, rebuilt
from .c_rows import TableInC, tag
from .codegen import ONE, filled, local_derivative, needs_no_name, product, with_parameter
from .tape import Line, Tape


class StatementsInC:
    """Writes the statements; ``PointCode`` and ``SimdCode`` say what differs for them.

    Args:
        tape: what to compute.
        inputs: the C of each input.
        check: whether to check domains.

    Attributes:
        statements: so far, with variables in braces: ``{t3}`` is the value in slot 3, ``{d3}`` the
            gradient towards it.  No name of the user's is among them.
    """

    def __init__(self, tape: Tape, inputs: Sequence[str], *, check: bool) -> None:
        self.tape, self.inputs, self.check = tape, inputs, check
        self.statements: list[str] = []
        self._printer = TableInC()

    def text(self, tree: Expr) -> str:
        """A formula in C."""
        return self._printer.text(tree)

    def changed(self, tree: Expr) -> Expr:
        """How a part of a row's formula is computed."""
        return tree

    def stop(self, condition: str, when: bool) -> None:
        """Write what is done when a condition turns out so."""
        raise NotImplementedError

    def added(self, slot: int, term: Expr) -> bool:
        """Whether a term of a gradient has gone somewhere else than into a variable."""
        return False

    def read(self, slot: int) -> Expr:
        """How a value is read: a number, or a name that is C's text."""
        tape = self.tape
        slot = tape.shared[slot]
        if slot < tape.inputs:
            return Name(self.inputs[slot])
        if slot < tape.base:
            return Number(tape.constants[slot - tape.inputs])
        return Name(f"{{t{slot}}}")

    def arguments(self, line: Line) -> str:
        """What the row's functions in C are called with."""
        return ", ".join(self.text(self.read(x)) for x in line.arguments)

    def filled(self, tree: Expr, line: Line) -> Expr:
        """A formula of the row with the line's values in it."""
        return filled(line, rebuilt(tree, self.changed), self.read)

    def forward(self) -> None:
        """Write the values, and what is checked."""
        tape = self.tape
        for line in tape.lines:
            arguments = self.arguments(line)
            if self.check and line.slot - tape.base in tape.domains:
                self.stop(f"in_{tag(line.op)}({arguments})", False)
            if tape.shared[line.slot] == line.slot:
                formula = self.filled(with_parameter(tape, line, line.op.value.tree), line)
                value = f"f_{tag(line.op)}({arguments})"
                if line.parameter >= 0:
                    value = self.text(formula)
                self.statements.append(f"{{t{line.slot}}} = {value};")
        for g in tape.guards:
            test = Compare((g.sign,), (self.read(g.left), self.read(g.right)))
            self.stop(self.text(test), not g.held)

    def backward(self) -> dict[int, Expr]:
        """Write the gradients; how those in variables are read, by slot."""
        tape = self.tape
        grads: dict[int, Expr] = {tape.outputs[0]: ONE}
        for line, i, x in tape.pushes():
            local = self.filled(local_derivative(tape, line, i), line)
            term = product(grads[line.slot], local)
            if self.added(x, term):
                continue
            if x not in grads and needs_no_name(term):
                grads[x] = term
                continue
            total = Call("add", (grads[x], term)) if x in grads else term
            grads[x] = Name(f"{{d{x}}}")
            self.statements.append(f"{{d{x}}} = {self.text(total)};")
        return grads

"""A tape as Python source: a statement for each operation, forward, then backward.

The same statements are written for floats and for arrays; they differ in the printer of formulas.
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

import math
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from keyword import iskeyword
from typing import Any

from ..expr import Printer, Python, compiled, simplified
from ..notation import Call, Compare, Expr, If, Name, Number, names, substituted, walk
from ..ops import FAST, RESERVED, TOTAL, TROUBLE, Op
from .interpreter import gradients, values
from .pytree import floats, readable
from .tape import Line, Tape

ONE, MINUS_ONE = Number(1.0), Call("neg", (Number(1.0),))
_DEPTH = 5  # so many operations at most are written into one statement
_SHORT = 8  # and each of them has so many parts at most


class _GuardFailed(Exception):  # noqa: N818 – never seen outside
    """A guard failed in the generated code; the interpreter says which."""


class PythonBackend:
    """One point at a time, by generated Python; by the interpreter where that raises or has NaN.

    Args:
        tape: what to compute.
        names: the inputs' names.
        check: whether to check domains; guards are always checked.
    """

    name = "python"
    reads = staticmethod(floats)

    def __init__(self, tape: Tape, names: Sequence[str], check: bool = True) -> None:
        self.tape, self.names, self.check = tape, names, check
        self._made: dict[bool, Callable[..., Any]] = {}

    def source(self, gradient: bool) -> str:
        """The source of ``program`` or of ``value_and_grad``."""
        name = "value_and_grad" if gradient else "program"
        return CodeWriter(self.tape, self.names, Python()).function(name, gradient)

    def _run(self, numbers: Sequence[float], gradient: bool) -> Any:
        if gradient not in self._made:
            space = {**FAST, "guard": self._failed}
            exec(self.source(gradient), space)
            # Taken out, so that the function and its globals are no cycle.
            self._made[gradient] = space.pop("value_and_grad" if gradient else "program")
        return self._made[gradient](*numbers)

    @staticmethod
    def _failed(k: int) -> None:
        raise _GuardFailed

    def outputs(self, numbers: Sequence[float]) -> list[float]:
        """The outputs at one point."""
        try:
            out = self._run(numbers, False)
        except (*TROUBLE, _GuardFailed):
            found = values(self.tape, numbers, domains=self.check)
            return [found[k] for k in self.tape.outputs]
        return list(out) if isinstance(out, tuple) else [out]

    def value_and_grad(self, numbers: Sequence[float]) -> tuple[float, list[float]]:
        """The output and its gradient at one point."""
        try:
            value, grads = self._run(numbers, True)
        except (*TROUBLE, _GuardFailed):
            found = values(self.tape, numbers, domains=self.check)
            value, grads = found[self.tape.outputs[0]], gradients(self.tape, found)
        else:
            if math.isnan(sum(grads)):  # ∞ − ∞ too, but then nothing changes
                grads = gradients(self.tape, values(self.tape, numbers, domains=False))
        # backward() starts from 0.0, so that no gradient is −0.0.
        return value, [g + 0.0 for g in grads]


class CodeWriter:
    """Writes a tape as functions of its inputs.

    Args:
        tape: what to compute.
        given: names for the inputs.
        printer: ``Python()`` for floats, ``NumPy()`` for arrays.
        product: the operation that multiplies an upstream gradient by a local derivative.
    """

    def __init__(
        self, tape: Tape, given: Sequence[str], printer: Printer, product: str = "mul"
    ) -> None:
        self.tape, self.printer, self.product = tape, printer, product
        self.names = _named(tape, given)
        self.read: dict[int, Expr] = {}  # how the value in a slot is written where it is used
        self.body: list[str] = []

    def function(self, name: str, gradient: bool) -> str:
        """The source of the function: of the values, or of the value and the gradient."""
        tape = self.tape
        self.body = []
        self.read = {k: Number(x) for k, x in enumerate(tape.constants, tape.inputs)}
        self.read.update((k, Name(self.names[k])) for k in range(tape.inputs))
        self._forward(self._uses(gradient))
        outputs = [self.printer.text(self.read[tape.shared[k]]) for k in tape.outputs]
        if gradient:
            grads = self._backward()
            slopes = [self.printer.text(grads.get(k, Number(0.0))) for k in tape.wrt]
            outputs.append(f"({', '.join(slopes)}{',' * (len(slopes) == 1)})")
        result = outputs[0] if len(outputs) == 1 else f"({', '.join(outputs)})"
        given = ", ".join(self.names[: tape.inputs])
        return "\n    ".join([f"def {name}({given}):", *self.body, f"return {result}"])

    def _uses(self, gradient: bool) -> Counter[int]:
        """How often each value is used; one that is used more than once gets a name.

        What a guard, a local derivative or the caller of ``value_and_grad`` needs counts twice.
        """
        tape, shared = self.tape, self.tape.shared
        uses: Counter[int] = Counter()
        for line in tape.lines:
            if shared[line.slot] == line.slot:
                uses.update(shared[x] for x in line.arguments)
            if gradient and line.slot < tape.base + tape.reach:
                for i in range(line.op.arity):
                    if line.towards >> i & 1:
                        used = names(local_derivative(tape, line, i))
                        uses.update({shared[slot]: 2 for x, slot in _slots(line) if x in used})
        for g in tape.guards:
            uses.update({shared[g.left]: 2, shared[g.right]: 2})
        for k in tape.outputs:
            uses[shared[k]] += 1 + gradient
        return uses

    def _forward(self, uses: Counter[int]) -> None:
        tape, depth = self.tape, dict[int, int]()
        pending = list(range(len(tape.guards)))
        known = set(range(tape.base))
        self._guards(pending, known)
        for line in tape.lines:
            if tape.shared[line.slot] != line.slot:
                continue
            value = filled(line, _called(line.op), self._value)
            deep = 1 + max(depth.get(tape.shared[x], 0) for x in line.arguments)
            if uses[line.slot] == 1 and line.slot not in tape.labels and deep < _DEPTH:
                self.read[line.slot], depth[line.slot] = value, deep
            else:
                name = self.names[line.slot]
                self.body.append(f"{name} = {self.printer.text(value)}")
                self.read[line.slot] = Name(name)
                known.add(line.slot)
                self._guards(pending, known)

    def _value(self, slot: int) -> Expr:
        return self.read[self.tape.shared[slot]]

    def _guards(self, pending: list[int], known: set[int]) -> None:
        """Write the guards whose two sides are known by now."""
        for k in list(pending):
            g = self.tape.guards[k]
            if {self.tape.shared[g.left], self.tape.shared[g.right]} <= known:
                pending.remove(k)
                test = Compare((g.sign,), (self._value(g.left), self._value(g.right)))
                negated = "not " if g.held else ""
                self.body.append(f"if {negated}{self.printer.condition(test)}:")
                self.body.append(f"    guard({k})")

    def _backward(self) -> dict[int, Expr]:
        """Write the backward pass; one term for each recorded edge, in ``backward()``'s order."""
        tape = self.tape
        grads: dict[int, Expr] = {tape.outputs[0]: ONE}
        for line, i, x in tape.pushes():
            local = filled(line, local_derivative(tape, line, i), self._value)
            term = product(grads[line.slot], local, self.product)
            name = Name("d" + self.names[x])
            if grads.get(x) == name:
                self.body.append(f"{name.name} += {self.printer.text(term)}")
            elif x not in grads and needs_no_name(term):
                grads[x] = term
                continue
            else:
                total = Call("add", (grads[x], term)) if x in grads else term
                self.body.append(f"{name.name} = {self.printer.text(total)}")
            grads[x] = name
        return grads


def _slots(line: Line) -> list[tuple[str, int]]:
    """The names in the formulas of a line's row, each with the slot where its number is."""
    return list(zip((*line.op.arguments, "y"), (*line.arguments, line.slot), strict=True))


def filled(line: Line, tree: Expr, read: Callable[[int], Expr]) -> Expr:
    """A formula of the line's row, with what stands for the line's numbers in place of names."""
    used = names(tree)
    return substituted(tree, {name: read(slot) for name, slot in _slots(line) if name in used})


def needs_no_name(term: Expr) -> bool:
    """Whether a gradient is read as it is, rather than computed and given a name."""
    return isinstance(term, Name | Number) or term == MINUS_ONE


def product(upstream: Expr, local: Expr, by: str = "mul") -> Expr:
    """Upstream gradient times local derivative, which is exact where one of them is ±1."""
    for one, other in ((local, upstream), (upstream, local)):
        if one == ONE:
            return other
        if one == MINUS_ONE:
            return ONE if other == MINUS_ONE else Call("neg", (other,))
    return Call(by, (upstream, local))


def local_derivative(tape: Tape, line: Line, position: int) -> Expr:
    """The rule for one operand of the line, with the line's parameter filled in."""
    return with_parameter(tape, line, line.op.derivatives[position].tree)


def with_parameter(tape: Tape, line: Line, tree: Expr) -> Expr:
    """A formula of the line's row, with the line's parameter filled in.

    Where a condition asks for nothing but the parameter, the piece that it chooses stays.
    """
    if line.parameter < 0:
        return tree
    number = tape.constants[line.parameter - tape.inputs]
    return _with(tree, line.op.parameter, number, math.copysign(1.0, number))


@cache
def _with(tree: Expr, name: str, number: float, sign: float) -> Expr:
    """See ``with_parameter``; the sign tells −0.0 from 0.0."""
    while isinstance(tree, If) and names(tree.test) <= {name}:
        holds = compiled(tree.test, (name,), TOTAL.__getitem__)
        tree = tree.then if holds(number) else tree.other
    return simplified(tree, {name: number})


@cache
def _called(op: Op) -> Expr:
    """The operation as its formula where that is short, else as a call by its name."""
    parts = [*walk(op.value.tree)]
    used = [x.name for x in parts if isinstance(x, Name)]
    once = len(set(used)) == len(used) and not any(isinstance(x, If) for x in parts)
    if once and len(parts) <= _SHORT and (op.domain is None or op.raises):
        return op.value.tree
    return Call(op.name, tuple(map(Name, op.arguments)))


def _named(tape: Tape, given: Sequence[str]) -> list[str]:
    """A name for every slot: its label, or t1, t2, …; none twice, none that means something."""
    taken = {*FAST} | RESERVED - {"a", "b", "y"}
    found: list[str] = []
    for k in range(tape.base + tape.size):
        wanted = given[k] if k < tape.inputs else tape.labels.get(k, "")
        name = readable(wanted) or f"t{max(k - tape.base + 1, 0)}"
        while name in taken or f"d{name}" in taken or iskeyword(name):
            name += "_"
        taken.update((name, f"d{name}"))
        found.append(name)
    return found

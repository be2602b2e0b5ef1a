"""One point of a small graph in C: code generated for one tape, without a loop or a table.

Values and gradients are those of ``Value`` to the last bit, as far as C's mathematical functions
are those that Python calls.  Where a domain or a guard is left, or NaN comes, the code says so,
and the interpreter computes the answer or the error.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..notation import Number
from .c_compiler import load
from .c_rows import functions, head
from .c_statements import StatementsInC
from .interpreter import gradients, values
from .pytree import Spec, array_row
from .readers import Layout, Reader, function, with_buffer
from .tape import Tape


class PointCode(StatementsInC):
    """Writes a tape as a C function of one row of numbers, ``m``: inputs first, then results.

    Args:
        tape: what to compute.
        gradient: whether to compute the gradient too.
        check: whether to check domains.

    Attributes:
        source: the C.  ``value(m)`` puts the outputs into ``m``, ``value_and_grad(m)`` the
            gradient; they return the output if it is one, else 0, or NaN where the interpreter
            must be asked.
        results: how many results are in ``m`` then.
    """

    def __init__(self, tape: Tape, *, gradient: bool, check: bool) -> None:
        super().__init__(tape, [f"m[{k}]" for k in range(tape.inputs)], check=check)
        self.forward()
        single = len(tape.outputs) == 1
        outputs = [self.text(self.read(k)) for k in tape.outputs]
        value = outputs[0] if single else "0.0"
        self.statements.append("if (!gradient) {")
        self._store(outputs)
        self.statements.append(f"return {value}; }}")
        if gradient:
            grads = self.backward()
            found = [self.text(grads.get(k, Number(0.0))) for k in tape.wrt]
            self._store([f"{text} + 0.0" for text in found])  # as in backward(), none is −0.0
            nan = f"for (int k = {tape.inputs}; k < {tape.inputs + len(found)}; k++)"
            self.statements.append(f"int nan = 0; {nan} nan |= m[k] != m[k];")
            self.stop("nan", True)
        self.results = len(outputs), len(tape.wrt)
        used = re.findall(r"\{(\w+)\}", "".join(self.statements))
        lines = [
            "static __attribute__((noinline)) double both(double *m, int gradient) {",
            f"V {', '.join(dict.fromkeys(used))};" if used else "",
            *self.statements,
            f"return {value};",
        ]
        self.source = "\n".join(
            [
                head(),
                functions(tape.rows),
                *(re.sub(r"\{(\w+)\}", r"\1", line) for line in lines),
                "}",
                "double value(double *m) { return both(m, 0); }",
                "double value_and_grad(double *m) { return both(m, 1); }",
            ]
        )

    def _store(self, texts: Sequence[str]) -> None:
        self.statements += [f"m[{k}] = {text};" for k, text in enumerate(texts, self.tape.inputs)]

    def stop(self, condition: str, when: bool) -> None:
        """Leave the rest to the interpreter."""
        self.statements.append(f'if ({"" if when else "!"}({condition})) return __builtin_nan("");')


class PointBackend:
    """One point at a time.

    Args:
        tape: what to compute.
        names: not used; the inputs' names.
        check: whether to check domains; guards are always checked.
        gradient: whether there will be a gradient.

    Raises:
        CompilerError: there is no compiler, or it failed.
    """

    name = "c"
    reads = staticmethod(array_row)

    def __init__(
        self, tape: Tape, names: Sequence[str] = (), check: bool = True, *, gradient: bool = True
    ) -> None:
        self.tape, self.check = tape, check
        self.code = PointCode(tape, gradient=gradient and len(tape.outputs) == 1, check=check)
        library = load(self.code.source, "-ffp-contract=off")
        # What takes less than a few µs keeps the lock of the interpreter: to give it away and take
        # it again is a tenth of a call.
        held = ctypes.PyDLL(library._name, handle=library._handle)
        self._runs = [held.value, held.value_and_grad]
        for run in self._runs:
            run.restype = ctypes.c_double

    def outputs(self, numbers: Any) -> list[float]:
        """The outputs at one point."""
        value, found = self._run(numbers, 0)
        if value != value:
            careful = values(self.tape, [*numbers], domains=self.check)
            return [careful[k] for k in self.tape.outputs]
        return found.tolist()  # type: ignore[no-any-return]

    def value_and_grad(self, numbers: Any) -> tuple[float, Any]:
        """The output and its gradient at one point."""
        value, found = self._run(numbers, 1)
        if value != value:
            careful = values(self.tape, [*numbers], domains=self.check)
            return careful[self.tape.outputs[0]], np.array(gradients(self.tape, careful))
        return value, found

    def _run(self, numbers: Any, gradient: int) -> tuple[float, Any]:
        inputs = self.tape.inputs
        row = np.zeros(inputs + self.code.results[gradient])
        row[:inputs] = numbers
        return self._runs[gradient](_pointer(row)), row[inputs:]

    def call(self, reader: Reader, results: Sequence[Spec], gradient: int) -> Callable[..., Any]:
        """A function of a program's arguments that reads, computes and lays out without detours.

        Args:
            reader: of the arguments.
            results: the outputs' layout, or that of the gradient's parts.
            gradient: whether it gives (value, gradient).

        Returns:
            what gives the result, or ``None`` where the arguments are laid out otherwise, or the
            interpreter must be asked.
        """
        layout = Layout(self.tape.inputs)
        result = layout.texts(results)
        if gradient:
            result = f"value, {result}"
        elif type(results[0]) is Spec and not results[0].shape:
            result = "value"
        views, reads = reader.writes()
        size = self.tape.inputs + self.code.results[gradient]

        def made() -> tuple[Any, ...]:
            row = np.zeros(size + 1)
            memory = memoryview(row.data)
            inputs = [memory[start : start + count] for _, start, count in views]
            return (memory, _pointer(row), *inputs, *layout.arrays(row))

        names = ["memory", "row", *(name for name, *_ in views), *layout.names]
        lines = [
            *reads,
            "value = run(row)",
            "if value != value: return None",
            *layout.lines,
            f"return {result}",
        ]
        within, space = with_buffer(made, names, lines)
        space |= reader.space | layout.space | {"run": self._runs[gradient]}
        return function([*reader.lines, *within], space)


def _pointer(row: Any) -> Any:
    """The row as C takes it; ctypes is quickest with an array of its own."""
    return (ctypes.c_double * len(row)).from_buffer(row)

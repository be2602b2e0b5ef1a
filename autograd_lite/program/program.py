"""``Program``: a recorded graph as a function of numbers, to be run many times.

>>> from autograd_lite import Program, Value, record, sigmoid
>>> program = record(lambda w, b: sigmoid(3 * w + b), 0.5, -1.0)
>>> value, slopes = program.value_and_grad(0.5, -1.0)
>>> round(value, 6), slopes.round(6).tolist()
(0.622459, [0.705011, 0.235004])
>>> round(program(0.1, 0.0), 6)
0.574443
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..number import check_value, short
from ..value import Value, as_value, order
from .interpreter import PythonBackend
from .pytree import Layout, Model, Parts, is_model, layout_of
from .runtime import Backend, Running
from .tape import listing_of


class Program(Running):
    """What ``record`` and ``Program.from_graph`` return.

    Attributes:
        source: straight-line Python that computes the value, and the value and gradient.
        backend: ``"auto"``, or the backend that was asked for.
        size: the number of operations.
    """

    @staticmethod
    def from_graph(
        loss: Any,
        *,
        inputs: Any = None,
        wrt: Any = None,
        backend: Backend = "auto",
    ) -> Program:
        """The program of a graph that exists already.

        Args:
            loss: a Value, or a list, tuple, dict or array of them.
            inputs: what may change, one for each argument of the program: a sequence of Values,
                arrays of Values, models …; by default every leaf that is no number in a formula.
            wrt: those of ``inputs`` towards which gradients are wanted, in the order wanted, or
                all the Values in them; by default all.
            backend: see ``record``.

        All other leaves are constants, with the numbers that they have now.  A graph does not
        tell of comparisons, or of numbers taken out of it, when it was made: where there were
        any, the program holds for that branch only and cannot know; ``record`` does.

        Raises:
            StaleGraphError: a value no longer follows from its operands.
            HandmadeNodeError: a node was made by hand, so there is no row to run again.
            ValueError: an input is no leaf, or one of ``wrt`` no input.

        >>> w, x = Value(2.0, label="w"), Value(3.0, label="x")
        >>> program = Program.from_graph(w * x + 1, inputs=[w])
        >>> program(10.0), program.value_and_grad(10.0)
        (31.0, (31.0, 3.0))
        """
        if not isinstance(loss, Mapping | list | tuple | np.ndarray):
            check_value(loss)
        result, outputs = layout_of(loss, "loss")
        for v in outputs:
            check_value(v)
        if inputs is None:
            seen = set[Value]()
            nodes = [v for root in outputs for v in order(root, seen)]
            inputs = [v for v in nodes if v.is_leaf and not v.is_constant]
        arguments, leaves = _leaves(inputs, "inputs")
        check_once(arguments, leaves)
        wanted = {v: k for k, v in enumerate(leaves if wrt is None else _leaves(wrt, "wrt")[1])}
        chosen, start = dict[int, int](), 0  # and where each comes in wrt
        for k, part in enumerate(arguments.parts):
            mine = leaves[start : start + part.size]
            start += part.size
            if mine and all(v in wanted for v in mine):
                chosen[k] = min(wanted.pop(v) for v in dict.fromkeys(mine))
        if wanted:
            v = next(iter(wanted))
            part_of = "only a part of one of the inputs" if v in leaves else "not among inputs"
            raise ValueError(f"wrt: {v!r} is {part_of}")
        names = [v.label or f"x{k}" for k, v in enumerate(leaves, 1)]
        order_of_wrt = sorted(chosen, key=chosen.__getitem__)
        slots = slots_of(arguments, order_of_wrt)
        listing = listing_of(outputs, leaves, slots, fresh=True)
        return Program(listing, arguments, result, names, order_of_wrt, backend=backend)

    @property
    def size(self) -> int:
        """The number of operations."""
        return self.listing.size

    @property
    def source(self) -> str:
        """Straight-line Python, with the labels as names: the value, then the gradient too."""
        python = PythonBackend(self.listing, self.names)
        single = type(self.result) is Layout and not self.result.shape
        return "\n\n".join(python.source(gradient) for gradient in (False, True)[: 1 + single])

    def compares(self, argument: int) -> bool:
        """Whether a guard looks at a number of this argument itself."""
        slots = {*slots_of(self.arguments, [argument])}
        return any(g.left in slots or g.right in slots for g in self.listing.guards)

    def on(self, backend: Backend, *, check: bool | None = None) -> Program:
        """The same program on another backend; ``check=False`` leaves out the domain checks."""
        check = self.check if check is None else check
        twin = Program(
            self.listing,
            self.arguments,
            self.result,
            self.names,
            self.wrt,
            backend=backend,
            again=self._again,
            check=check,
        )
        twin._others = [other.on(backend, check=check) for other in self._others]
        return twin

    def __copy__(self) -> Program:
        return self.on(self.backend)

    def __deepcopy__(self, memo: dict[int, Any]) -> Program:
        return self.on(self.backend)  # nothing in it is ever changed

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: all but what was compiled, and the function itself."""
        return {**vars(self), "_made": {}, "_ready": {}, "_again": None}

    def __repr__(self) -> str:
        listing = self.listing
        guards = f", {len(listing.guards)} guards" if listing.guards else ""
        return (
            f"<Program: {listing.inputs} inputs, {listing.size} operations, "
            f"{len(listing.outputs)} outputs{guards}, backend {self.backend!r}>"
        )


def check_once(layout: Layout, leaves: Sequence[Value]) -> None:
    """Raise ``ValueError`` if an input is given twice, as the graph knows it only by itself.

    Within one model a weight may be tied.
    """
    seen = set[Value]()

    def check(part: Layout, mine: Sequence[Value]) -> None:
        if isinstance(part, Parts):
            start = 0
            for inner in part.parts:
                check(inner, mine[start : start + inner.size])
                start += inner.size
            return
        every = dict.fromkeys(mine) if isinstance(part, Model) else mine
        for v in every:
            if v in seen:
                raise ValueError(f"{v!r} is given twice; hand over a copy of the model or Value")
            seen.add(v)

    check(layout, leaves)


def _leaves(given: Any, where: str) -> tuple[Parts, list[Value]]:
    """The layout and the leaves of what is given to ``from_graph``: one thing, or several."""
    single = isinstance(given, Value) or is_model(given)
    if not single and (not isinstance(given, Iterable) or isinstance(given, Mapping)):
        raise TypeError(f"{where} = {short(given)}: a sequence of Values is needed; write [x]")
    arguments, leaves = layout_of((given,) if single else tuple(given), where)
    for v in leaves:
        if not isinstance(v, Value) or not v.is_leaf:
            raise ValueError(f"{where} are leaves of the graph, not {v!r}")
    assert isinstance(arguments, Parts)
    return arguments, leaves


def outputs_of(y: Any) -> tuple[Layout, list[Value]]:
    """The layout of what a function returned, and its Values."""
    if y is None:
        raise TypeError("f returned None; does it lack a return?")
    layout, flat = layout_of(y, "the result")
    return layout, [as_value(v) for v in flat]


def slots_of(arguments: Parts, wrt: Sequence[int]) -> list[int]:
    """The inputs' slots of the arguments ``wrt``."""
    starts = [0]
    for part in arguments.parts:
        starts.append(starts[-1] + part.size)
    return [slot for k in wrt for slot in range(starts[k], starts[k + 1])]

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

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..engine import Value
from ..walk import order
from .backends import check_backend, many_backend, point_backend
from .batch import Reduce, Samples, pack, reduced
from .careful import GuardError, PythonBackend
from .foreign import ForeignBackend, elements, library_of
from .listing import Listing, listing_of
from .structure import Layout, Parts, Read, array_row, layout_of, plain

Backend = str
_VARIANTS = 64  # so many branches are kept of a program that records again


class Program:
    """What ``record`` and ``Program.from_graph`` return.

    Attributes:
        source: straight-line Python that computes the value, and the value and gradient.
        backend: ``"auto"``, or the backend that was asked for.
        size: the number of operations.
    """

    def __init__(
        self,
        listing: Listing,
        arguments: Parts,
        result: Layout,
        names: Sequence[str],
        wrt: Sequence[int],
        *,
        backend: Backend = "auto",
        again: Callable[..., Program] | None = None,
        check: bool = True,
    ) -> None:
        self.listing, self.arguments, self.result = listing, arguments, result
        self.names, self.wrt, self.backend, self.check = names, tuple(wrt), backend, check
        self._again = again
        self._others: list[Program] = []  # of other branches
        self._made: dict[Any, Any] = {}  # backends, when first asked for
        check_backend(backend)

    @staticmethod
    def from_graph(
        loss: Any,
        *,
        inputs: Sequence[Any] | None = None,
        wrt: Iterable[Any] | None = None,
        backend: Backend = "auto",
    ) -> Program:
        """The program of a graph that exists already.

        Args:
            loss: a Value, or a list, tuple, dict or array of them.
            inputs: what may change: Values, arrays of Values, models … one for each argument of
                the program; by default every leaf that is not a number in a formula.
            wrt: those of ``inputs`` towards which gradients are wanted; by default all.
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
        result, outputs = outputs_of(loss)
        if inputs is None:
            seen = set[Value]()
            nodes = [v for root in outputs for v in order(root, seen)]
            inputs = [v for v in nodes if v.is_leaf and not v.is_constant]
        arguments, leaves = layout_of(list(inputs), "inputs")
        for v in leaves:
            if not isinstance(v, Value) or not v.is_leaf:
                raise ValueError(f"inputs are leaves of the graph, not {v!r}")
        assert isinstance(arguments, Parts)
        if wrt is None:
            chosen_ = tuple(range(len(arguments.parts)))
        else:
            given = list(inputs)
            places = [next((k for k, x in enumerate(given) if x is w), None) for w in wrt]
            if None in places:
                missing = [w for w, k in zip(wrt, places, strict=False) if k is None]
                raise ValueError(f"wrt: {missing!r} is not among inputs")
            chosen_ = tuple(k for k in places if k is not None)
        named = [v.label for v in leaves]
        names = [name or f"x{k}" for k, name in enumerate(named, 1)]
        slots = slots_of(arguments, chosen_)
        listing = listing_of(outputs, leaves, slots, fresh=True)
        return Program(listing, arguments, result, names, chosen_, backend=backend)

    # ---- running ------------------------------------------------------------------------------

    def __call__(self, *arguments: Any) -> Any:
        """The value at other numbers, laid out as the function returned it.

        Args:
            arguments: as many as were recorded, laid out as they were.  Arrays of JAX and
                tensors of PyTorch may have further axes in front, and give such results.

        Raises:
            GuardError: a comparison turns out otherwise than while recording.
            DomainError: an operation is outside its domain.
            TypeError, ValueError: the arguments are laid out otherwise, or hold no numbers.
        """
        library = library_of(arguments)
        if library:
            foreign = self._foreign(library)
            outputs = foreign.outputs(self.flat(arguments, elements))
            return self.result.packed(outputs, foreign.pack)
        point = self._point()
        numbers = self.flat(arguments, point.reads)
        try:
            return self.result.packed(point.outputs(numbers), plain)
        except GuardError as error:
            return self._elsewhere(arguments, error, lambda other: other(*arguments))

    def value_and_grad(self, *arguments: Any) -> tuple[Any, Any]:
        """The value and its gradient.

        Returns:
            (value, gradient): the gradient towards one argument is laid out as it, towards
            several numbers it is an array, else a tuple with one part for each argument.

        Raises:
            TypeError: the program has several outputs; and as a call does.
        """
        self.check_single()
        library = library_of(arguments)
        if library:
            foreign = self._foreign(library)
            value, grads = foreign.value_and_grad(self.flat(arguments, elements))
            return value, self.shaped(grads, foreign.pack)
        value, grads = self._value_and_slopes(arguments)
        return value, self.shaped(grads)

    def _value_and_slopes(self, arguments: Sequence[Any]) -> tuple[float, Any]:
        """The value, and the gradient in one row."""
        point = self._point()
        numbers = self.flat(arguments, point.reads)
        try:
            value, grads = point.value_and_grad(numbers)
        except GuardError as error:
            return self._elsewhere(arguments, error, lambda p: p._value_and_slopes(arguments))  # type: ignore[no-any-return]
        return value, grads

    def batch(self, *arguments: Any, reduce: Reduce = "sum", gradient: bool = True) -> Any:
        """Many samples at once.

        Args:
            arguments: as in a call, or with an axis of samples before the others: for a number
                an array (N,), for an array of shape (2,) one of shape (N, 2).  Arguments without
                that axis, such as a model, are the same for all samples.
            reduce: ``"sum"`` or ``"mean"`` over the samples, or ``None`` for each by itself.
            gradient: whether to compute gradients too.

        Returns:
            (values, gradients), or without gradients the values.  Towards an argument with an
            axis of samples, gradients have it too; towards the others they are those of the sum
            or mean, or with ``reduce=None`` one for each sample.

        Raises:
            GuardError, DomainError: for the first sample where it is so, by its number.
            TypeError, ValueError: as a call does.

        >>> from autograd_lite import record
        >>> program = record(lambda w, x: (w * x) ** 2, 1.0, 1.0, wrt=0)
        >>> program.batch(3.0, [1.0, 2.0])
        (45.0, 30.0)
        >>> program.batch(3.0, [1.0, 2.0], reduce=None)
        (array([ 9., 36.]), array([ 6., 24.]))
        """
        if reduce not in ("sum", "mean", None):
            raise ValueError(f"reduce = {reduce!r}: it is 'sum', 'mean' or None")
        if gradient or reduce is not None:
            self.check_single()
        samples = Samples(arguments, self.arguments)
        backend = many_backend(
            self.backend,
            self.listing,
            samples,
            (reduce is None, gradient),
            self._made,
            self.names,
            self.check,
        )
        try:
            values, grads = backend.batch(samples, reduce, gradient)
        except GuardError:
            if self._again is None or not gradient:
                raise
            values, grads = self._one_by_one(samples, reduce)
        if not gradient:
            return self.result.packed(values, pack)
        value = values[0] if reduce is None else float(values[0])
        return value, self.shaped(grads, pack)

    def _one_by_one(self, samples: Samples, reduce: Reduce) -> tuple[Any, Any]:
        """Where the samples take different branches: each by the program of its own."""
        columns = samples.columns()
        found = []
        for k in range(samples.count):
            numbers = [float(x[k] if x.ndim else x) for x in columns]
            found.append(self._value_and_slopes(self.arguments.packed(numbers, plain)))
        values = np.array([value for value, _ in found])
        rows = np.array([grads for _, grads in found]).T
        moving = samples.varies
        grads = reduced(rows, [moving[k] for k in self.listing.wrt], samples.count, reduce)
        return [values if reduce is None else float(getattr(np, reduce)(values))], grads

    def flat(self, arguments: Sequence[Any], read: Read) -> Any:
        """The arguments as one row of numbers.  Raises if they are laid out otherwise."""
        parts = self.arguments.parts
        if len(arguments) != len(parts):
            raise TypeError(f"the program takes {len(parts)} arguments, got {len(arguments)}")
        found: list[Any] = []
        for k, (x, part) in enumerate(zip(arguments, parts, strict=True)):
            found += part.elements(x, read, f"argument {k}")
        if read is not array_row:
            return found
        return found[0] if len(found) == 1 else np.concatenate(found) if found else np.empty(0)

    def shaped(self, grads: Any, pack: Any = plain) -> Any:
        """Gradients, one for each slot in ``wrt``, laid out as ``value_and_grad`` tells."""
        parts = [self.arguments.parts[k] for k in self.wrt]
        if len(parts) > 1 and all(type(p) is Layout and not p.shape for p in parts):
            return pack(grads, (len(parts),))
        made, start = [], 0
        for part in parts:
            made.append(part.packed(grads[start : start + part.size], pack))
            start += part.size
        return made[0] if len(made) == 1 else tuple(made)

    def check_single(self) -> None:
        """Raise ``TypeError`` unless there is one output, a number."""
        if type(self.result) is not Layout or self.result.shape:
            raise TypeError(
                f"a gradient is that of one number, and the program has {self.result.size} "
                "outputs; record jacobian(f) instead"
            )

    def _point(self) -> Any:
        """The backend for one point."""
        if "point" not in self._made:
            backend = point_backend(self.backend, self.listing, self.names, self.check)
            self._made["point"] = backend
        return self._made["point"]

    def _foreign(self, library: str) -> ForeignBackend:
        """What runs on arrays of another library."""
        if library not in self._made:
            self._made[library] = ForeignBackend(library, self.listing, self.names)
        made: ForeignBackend = self._made[library]
        return made

    def _elsewhere(
        self, arguments: Sequence[Any], error: GuardError, run: Callable[[Program], Any]
    ) -> Any:
        """Run the program of the branch that these arguments take; record it if it is new."""
        if self._again is None:
            raise error
        for other in self._others:
            try:
                return run(other)
            except GuardError:
                continue
        if len(self._others) >= _VARIANTS:
            raise error
        self._others.append(self._again(*arguments).on(self.backend, check=self.check))
        return run(self._others[-1])

    # ---- what it is ---------------------------------------------------------------------------

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

    def __getstate__(self) -> dict[str, Any]:
        """What is copied and pickled: all but what was compiled, and the function itself."""
        return {**vars(self), "_made": {}, "_again": None}

    def __repr__(self) -> str:
        listing = self.listing
        guards = f", {len(listing.guards)} guards" if listing.guards else ""
        return (
            f"<Program: {listing.inputs} inputs, {listing.size} operations, "
            f"{len(listing.outputs)} outputs{guards}, backend {self.backend!r}>"
        )


def outputs_of(y: Any) -> tuple[Layout, list[Value]]:
    """The layout of what a function returned, and its Values."""
    if y is None:
        raise TypeError("f returned None; does it lack a return?")
    layout, flat = layout_of(y, "the result")
    return layout, [v if isinstance(v, Value) else Value(v) for v in flat]


def slots_of(arguments: Parts, wrt: Sequence[int]) -> list[int]:
    """The inputs' slots of the arguments ``wrt``."""
    starts = [0]
    for part in arguments.parts:
        starts.append(starts[-1] + part.size)
    return [slot for k in wrt for slot in range(starts[k], starts[k + 1])]

"""``Program``: a recorded graph as a function of numbers, which is run many times.

>>> from autograd_lite import Value, record, sigmoid
>>> from autograd_lite.program import Program
>>> program = record(lambda w, b: sigmoid(3 * w + b), 0.5, -1.0)
>>> value, slopes = program.value_and_grad(0.5, -1.0)
>>> round(value, 6), slopes.round(6).tolist()
(0.622459, [0.705011, 0.235004])
>>> round(program(0.1, 0.0), 6)
0.574443
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np

from ..errors import GuardError
from ..notebook import bundle, facts, pre
from ..number import check_value, short
from ..terminal import printed
from ..value import Value, as_value, order
from .backends import (
    batch_backend,
    check_backend,
    code_backend,
    compile_at,
    compiles_from,
    point_backend,
)
from .batch import Reduce, Samples, pack, reduced
from .codegen import PythonBackend
from .jax_torch import LibraryBackend, elements, library_of
from .models import is_model
from .prepared import addresses_are_known, layout, prepared
from .pytree import (
    ContainerSpec,
    ModelSpec,
    Read,
    Spec,
    array_row,
    floats,
    plain,
    spec_of,
)
from .readers import AT_MOST, Reader, written_out
from .simd import SimdBackend
from .tape import Tape, tape_of

Backend = str
_LAYOUTS = 8  # so many layouts of batches have a function of their own
_SHOWN = 200  # operations, up to which a notebook shows the source
_BRANCHES = 64  # a program that records again keeps so many branches


@printed
class Program:
    """A recorded graph as a function; ``record`` and ``Program.from_graph`` make it.

    Attributes:
        source: Python that computes the value, and the value and gradient.
        backend: ``"auto"``, or the backend that was asked for.
        size: the number of operations.
    """

    def __init__(
        self,
        tape: Tape,
        arguments: ContainerSpec,
        result: Spec,
        names: Sequence[str],
        wrt: Sequence[int],
        *,
        backend: Backend = "auto",
        again: Callable[..., Any] | None = None,
        check: bool = True,
    ) -> None:
        self.tape, self.arguments, self.result = tape, arguments, result
        self.names, self.wrt, self.backend, self.check = names, tuple(wrt), backend, check
        self._again = again
        self._others: list[Any] = []  # programs of other branches
        self._made: dict[Any, Any] = {}  # backends, made when first needed
        self._prepared: dict[Any, list[Any]] = {}  # for the last batches, by reduce and gradient
        self._quick: list[Any] = [None, None]  # compiled calls: of the value, and of the gradient
        self._calls = [0, 0]  # before there were such
        check_backend(backend)
        self._compile_at = compile_at(backend, tape.size)

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
        result, outputs = spec_of(loss, "loss")
        for v in outputs:
            check_value(v)
        if inputs is None:
            seen = set[Value]()
            nodes = [v for root in outputs for v in order(root, seen, constants=False)]
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
        tape = tape_of(outputs, leaves, slots, fresh=True)
        return Program(tape, arguments, result, names, order_of_wrt, backend=backend)

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
        quick = self._quick[0] or self._compiled(0)
        if quick is not None:
            found = quick(arguments)
            if found is None:
                found = self._other_branch(arguments, 0)
            if found is not None:
                return found
        library = library_of(arguments)
        if library:
            arrays = self._library(library)
            outputs = arrays.outputs(self.flat(arguments, elements))
            return self.result.packed(outputs, arrays.pack)
        point = self._point()
        numbers = self._numbers(arguments, point.reads)
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
        quick = self._quick[1] or self._compiled(1)
        if quick is not None:
            found = quick(arguments)
            if found is None:
                found = self._other_branch(arguments, 1)
            if found is not None:
                return found  # type: ignore[no-any-return]
        self.check_single()
        library = library_of(arguments)
        if library:
            arrays = self._library(library)
            value, grads = arrays.value_and_grad(self.flat(arguments, elements))
            return value, self.shaped(grads, arrays.pack)
        value, grads = self._value_and_slopes(arguments)
        return value, self.shaped(grads)

    def _value_and_slopes(self, arguments: Sequence[Any]) -> tuple[float, Any]:
        """The value, and the gradient in one row."""
        point = self._point()
        numbers = self._numbers(arguments, point.reads)
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
                that axis, such as a model, are the same for all samples.  Arrays of JAX and
                tensors of PyTorch give such results, also under ``jax.jit``.
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
        for _, ready in self._prepared.get((reduce, gradient), ()):
            found = ready(arguments)
            if found is not None:
                return found
        if reduce not in ("sum", "mean", None):
            raise ValueError(f"reduce = {reduce!r}: it is 'sum', 'mean' or None")
        if gradient:
            self.check_single()
        elif reduce is not None and not self._is_single:
            count = self.result.size
            raise TypeError(f"the program has {count} outputs; reduce=None gives each sample's")
        if library := library_of(arguments):
            arrays = self._library(library)
            values, grads = arrays.batch(self.flat(arguments, elements), reduce, gradient)
            if not gradient:
                return self.result.packed(values, arrays.pack_batch)
            return values[0], self.shaped(grads, arrays.pack_batch)
        samples = Samples(arguments, self.arguments)
        backend = self._batch_backend(samples, reduce is None, gradient)
        try:
            values, grads = backend.batch(samples, reduce, gradient)
        except GuardError:
            if not gradient or not (self._again or self._others):
                raise
            values, grads = self._one_by_one(samples, reduce)
        if isinstance(backend, SimdBackend):
            self._prepare(backend, samples, arguments, reduce, gradient)
        parts = self._parts if gradient else None
        return laid_out(self.result, parts, reduce, values, grads)

    def _batch_backend(self, samples: Samples, each: bool, gradient: bool) -> Any:
        """What runs such a batch, with results for each sample or summed."""
        wanted = each, gradient
        return batch_backend(
            self.backend, self.tape, samples, wanted, self._made, self.names, self.check
        )

    def simd(self, *arguments: Any) -> SimdBackend | None:
        """The C that gives sums and gradients of such a batch, unless something else does."""
        self.check_single()
        backend = self._batch_backend(Samples(arguments, self.arguments), False, True)
        return backend if isinstance(backend, SimdBackend) else None

    def _prepare(
        self,
        backend: SimdBackend,
        samples: Samples,
        arguments: Sequence[Any],
        reduce: Reduce,
        gradient: bool,
    ) -> None:
        """Make a function for the next batches with arguments laid out like these."""
        spec = layout(arguments, samples, self.arguments)
        if spec is None or not addresses_are_known():
            return
        kept = self._prepared.setdefault((reduce, gradient), [])
        if any(known == spec for known, _ in kept):
            return
        least = compiles_from(self.backend, self.tape)
        parts = self._parts if gradient else None
        rest = partial(laid_out, self.result, parts, reduce)  # without self: no cycle
        made = prepared(backend, spec, reduce, parts or (), rest, least)
        kept[:] = [(spec, made), *kept][:_LAYOUTS]

    def _one_by_one(self, samples: Samples, reduce: Reduce) -> tuple[Any, Any]:
        """Samples that take different branches: each by the program of its branch."""
        columns = samples.columns()
        found = []
        for k in range(samples.count):
            numbers = [float(x[k] if x.ndim else x) for x in columns]
            try:
                found.append(self._value_and_slopes(self.arguments.packed(numbers, plain)))
            except (GuardError, ValueError) as error:
                raise type(error)(f"sample {k}: {error}") from None
        values = np.array([value for value, _ in found])
        rows = np.array([grads for _, grads in found]).T
        moving = samples.varies
        grads = reduced(rows, [moving[k] for k in self.tape.wrt], samples.count, reduce)
        return [values if reduce is None else float(getattr(np, reduce)(values))], grads

    def _numbers(self, arguments: Sequence[Any], read: Read) -> Any:
        """The arguments as one row of numbers, by what was made for their layout if it can."""
        found = self._floats(arguments) if read is floats else None
        return self.flat(arguments, read) if found is None else found

    @cached_property
    def _floats(self) -> Callable[[Sequence[Any]], list[float] | None]:
        short = written_out(self.arguments) <= AT_MOST
        return Reader(self.arguments).floats() if short else lambda arguments: None

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
        """Gradients, one for each slot in ``wrt``, laid out as ``value_and_grad`` says."""
        return shaped(self._parts, grads, pack)

    @cached_property
    def _parts(self) -> list[Spec]:
        """How the gradient is laid out: as each of ``wrt``, or several numbers as an array."""
        parts = [self.arguments.parts[k] for k in self.wrt]
        numbers = len(parts) > 1 and all(type(p) is Spec and not p.shape for p in parts)
        return [Spec((len(parts),))] if numbers else parts

    def check_single(self) -> None:
        """Raise ``TypeError`` unless there is one output, a number."""
        if not self._is_single:
            raise TypeError(
                f"a gradient is that of one number, and the program has {self.result.size} "
                "outputs; record jacobian(f) instead"
            )

    @property
    def _is_single(self) -> bool:
        return type(self.result) is Spec and not self.result.shape

    def _point(self) -> Any:
        """The backend for one point."""
        if "point" not in self._made:
            backend = point_backend(self.backend, self.tape, self.names, self.check)
            self._made["point"] = backend
        return self._made["point"]

    def _compiled(self, gradient: int) -> Callable[[tuple[Any, ...]], Any] | None:
        """C for one point, with a reader of its own, if this is the call with which it pays."""
        calls = self._calls[gradient] = self._calls[gradient] + 1
        if calls != self._compile_at or (gradient and not self._is_single):
            return None
        if max(map(written_out, (self.arguments, self.result))) > AT_MOST:
            return None
        try:
            code = code_backend(self.backend, self.tape, self.check, bool(gradient), self._made)
            if code is not None:
                results = self._parts if gradient else [self.result]
                self._quick[gradient] = code.call(Reader(self.arguments), results, gradient)
        except BaseException:  # a Ctrl-C while it compiles: the next call tries again
            self._calls[gradient] = calls - 1
            raise
        return self._quick[gradient]  # type: ignore[no-any-return]

    def _other_branch(self, arguments: tuple[Any, ...], gradient: int) -> Any:
        """What the compiled code of another branch finds, if there is one whose guards hold."""
        for other in self._others:
            quick = other._quick[gradient] or other._compiled(gradient)
            found = None if quick is None else quick(arguments)
            if found is not None:
                return found
        return None

    def _library(self, library: str) -> LibraryBackend:
        """What runs on arrays of another library."""
        if library not in self._made:
            self._made[library] = LibraryBackend(library, self.tape, self.names)
        made: LibraryBackend = self._made[library]
        return made

    def _elsewhere(
        self, arguments: Sequence[Any], error: GuardError, run: Callable[[Any], Any]
    ) -> Any:
        """Run the program of the branch that these arguments take; record it if it is new."""
        for other in self._others:
            try:
                return run(other)
            except GuardError:
                continue
        if self._again is None or len(self._others) >= _BRANCHES:
            raise error
        self._others.append(self._again(*arguments).on(self.backend, check=self.check))
        return run(self._others[-1])

    @property
    def size(self) -> int:
        """The number of operations."""
        return self.tape.size

    @property
    def source(self) -> str:
        """CodeWriter-line Python, with the labels as names: the value, then the gradient too."""
        python = PythonBackend(self.tape, self.names)
        single = type(self.result) is Spec and not self.result.shape
        return "\n\n".join(python.source(gradient) for gradient in (False, True)[: 1 + single])

    def compares(self, argument: int) -> bool:
        """Whether a guard looks at a number of this argument itself."""
        slots = {*slots_of(self.arguments, [argument])}
        return any(g.left in slots or g.right in slots for g in self.tape.guards)

    def on(self, backend: Backend, *, check: bool | None = None) -> Program:
        """The same program on another backend; ``check=False`` leaves out the domain checks."""
        check = self.check if check is None else check
        twin = Program(
            self.tape,
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
        """Everything but compiled code, buffers and the recorded function."""
        kept = {key: x for key, x in vars(self).items() if key not in ("_floats", "_parts")}
        made = {"_made": {}, "_prepared": {}, "_quick": [None, None], "_calls": [0, 0]}
        return {**kept, **made, "_again": None}

    def __repr__(self) -> str:
        tape = self.tape
        guards = f", {len(tape.guards)} guards" if tape.guards else ""
        return (
            f"<Program: {tape.inputs} inputs, {tape.size} operations, "
            f"{len(tape.outputs)} outputs{guards}, backend {self.backend!r}>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        tape = self.tape
        told = facts(
            "Program",
            inputs=tape.inputs,
            operations=tape.size,
            outputs=len(tape.outputs),
            guards=len(tape.guards),
            backend=self.backend,
        )
        if tape.size <= _SHOWN:
            told += f"<details><summary>as Python</summary>{pre(self.source)}</details>"
        return bundle(self, html=told)


def shaped(parts: Sequence[Spec], grads: Any, pack: Any) -> Any:
    """Gradients laid out as one part, or as a tuple of several."""
    made, start = [], 0
    for part in parts:
        made.append(part.packed(grads[start : start + part.size], pack))
        start += part.size
    return made[0] if len(made) == 1 else tuple(made)


def laid_out(
    result: Spec, parts: Sequence[Spec] | None, reduce: Reduce, values: Any, grads: Any
) -> Any:
    """The result of a batch; ``parts`` are the gradient's, or ``None`` where none is wanted."""
    if parts is None:
        return result.packed(values, pack)
    value = values[0] if reduce is None else float(values[0])
    return value, shaped(parts, grads, pack)


def check_once(spec: Spec, leaves: Sequence[Value]) -> None:
    """Raise ``ValueError`` if an input is given twice, as the graph knows it only by itself.

    Within one model a weight may be tied.
    """
    seen = set[Value]()

    def check(part: Spec, mine: Sequence[Value]) -> None:
        if isinstance(part, ContainerSpec):
            start = 0
            for inner in part.parts:
                check(inner, mine[start : start + inner.size])
                start += inner.size
            return
        every = dict.fromkeys(mine) if isinstance(part, ModelSpec) else mine
        for v in every:
            if v in seen:
                raise ValueError(f"{v!r} is given twice; hand over a copy of the model or Value")
            seen.add(v)

    check(spec, leaves)


def _leaves(given: Any, where: str) -> tuple[ContainerSpec, list[Value]]:
    """The spec and the leaves of what is given to ``from_graph``: one thing, or several."""
    single = isinstance(given, Value) or is_model(given)
    if not single and (not isinstance(given, Iterable) or isinstance(given, Mapping)):
        raise TypeError(f"{where} = {short(given)}: a sequence of Values is needed; write [x]")
    arguments, leaves = spec_of((given,) if single else tuple(given), where)
    for v in leaves:
        if not isinstance(v, Value) or not v.is_leaf:
            raise ValueError(f"{where} are leaves of the graph, not {v!r}")
    assert isinstance(arguments, ContainerSpec)
    return arguments, leaves


def outputs_of(y: Any) -> tuple[Spec, list[Value]]:
    """The spec of what a function returned, and its Values."""
    if y is None:
        raise TypeError("f returned None; does it lack a return?")
    spec, flat = spec_of(y, "the result")
    return spec, [as_value(v) for v in flat]


def slots_of(arguments: ContainerSpec, wrt: Sequence[int]) -> list[int]:
    """The inputs' slots of the arguments ``wrt``."""
    starts = [0]
    for part in arguments.parts:
        starts.append(starts[-1] + part.size)
    return [slot for k in wrt for slot in range(starts[k], starts[k + 1])]

"""How a program is run: on one point, on many samples, on arrays of other libraries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..errors import GuardError
from .backends import check_backend, many_backend, point_backend
from .batch import Reduce, Samples, pack, reduced
from .jax_torch import ForeignBackend, elements, library_of
from .pytree import Layout, Parts, Read, array_row, plain
from .simd_runs import LanesBackend, Ready
from .tape import Listing

Backend = str
_SHAPES = 8  # batches of so many shapes are kept ready for
_VARIANTS = 64  # so many branches are kept of a program that records again


class Running:
    """What a ``Program`` does; see there."""

    def __init__(
        self,
        listing: Listing,
        arguments: Parts,
        result: Layout,
        names: Sequence[str],
        wrt: Sequence[int],
        *,
        backend: Backend = "auto",
        again: Callable[..., Any] | None = None,
        check: bool = True,
    ) -> None:
        self.listing, self.arguments, self.result = listing, arguments, result
        self.names, self.wrt, self.backend, self.check = names, tuple(wrt), backend, check
        self._again = again
        self._others: list[Any] = []  # of other branches
        self._made: dict[Any, Any] = {}  # backends, when first asked for
        self._ready: dict[Any, list[Ready]] = {}  # for batches like the last ones, by ``reduce``
        check_backend(backend)

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
        for ready in self._ready.get(reduce, ()) if gradient else ():
            try:
                found = ready.run(arguments)
            except GuardError:
                break  # the way round knows what to do
            if found is not None:
                return found
        if reduce not in ("sum", "mean", None):
            raise ValueError(f"reduce = {reduce!r}: it is 'sum', 'mean' or None")
        if gradient:
            self.check_single()
        elif reduce is not None and not self._is_single:
            count = self.result.size
            raise TypeError(f"the program has {count} outputs; reduce=None gives each sample's")
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
            if not gradient or not (self._again or self._others):
                raise
            values, grads = self._one_by_one(samples, reduce)
        if gradient and reduce is not None and isinstance(backend, LanesBackend):
            self._keep(backend, samples, arguments, reduce)
        if not gradient:
            return self.result.packed(values, pack)
        value = values[0] if reduce is None else float(values[0])
        return value, self.shaped(grads, pack)

    def _keep(
        self, backend: LanesBackend, samples: Samples, arguments: Sequence[Any], reduce: Reduce
    ) -> None:
        """Keep what was made for a batch, for the next one with arrays of the same shapes."""
        flat = all(
            type(x) is np.ndarray and x.ndim <= 2 and x.dtype.kind in "fiub" for x in arguments
        )
        if flat and len(arguments) == len(samples.chunks):
            kept = self._ready.setdefault(reduce, [])
            parts = [self.arguments.parts[k] for k in self.wrt]
            shape = parts[0].shape if len(parts) == 1 and not isinstance(parts[0], Parts) else None
            lay_out = partial(self.shaped, pack=pack)
            kept.insert(0, Ready(backend.room(samples), arguments, reduce, shape, lay_out))
            del kept[_SHAPES:]

    def _one_by_one(self, samples: Samples, reduce: Reduce) -> tuple[Any, Any]:
        """Where the samples take different branches: each by the program of its own."""
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
        if not self._is_single:
            raise TypeError(
                f"a gradient is that of one number, and the program has {self.result.size} "
                "outputs; record jacobian(f) instead"
            )

    @property
    def _is_single(self) -> bool:
        return type(self.result) is Layout and not self.result.shape

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
        self, arguments: Sequence[Any], error: GuardError, run: Callable[[Any], Any]
    ) -> Any:
        """Run the program of the branch that these arguments take; record it if it is new."""
        for other in self._others:
            try:
                return run(other)
            except GuardError:
                continue
        if self._again is None or len(self._others) >= _VARIANTS:
            raise error
        self._others.append(self._again(*arguments).on(self.backend, check=self.check))
        return run(self._others[-1])

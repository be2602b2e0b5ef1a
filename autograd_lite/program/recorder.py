"""``record``: trace a function once, on example arguments, into a ``Program``."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import index
from typing import Any

from ..errors import RecordingError
from ..value import Value
from .models import is_model
from .program import Backend, Program, check_once, outputs_of, slots_of
from .pytree import ContainerSpec, Spec, spec_of
from .tape import tape_of
from .tracer import (
    Recorder,
    held_elsewhere,
    recorded,
    tracer,
)


def record(
    f: Callable[..., Any],
    *example: Any,
    wrt: int | Sequence[int] | None = None,
    backend: Backend = "auto",
    guards: str = "raise",
    allow_numbers: bool = False,
) -> Program:
    """Run ``f`` once and keep what it computes as a program.

    Args:
        f: takes Values where the example has numbers; returns a Value, or a list, tuple, dict or
            array of them.
        example: its arguments: numbers, arrays, lists, tuples and dicts of them, models.  Their
            numbers decide only which way ``f`` goes where it compares.
        wrt: towards which arguments gradients are wanted, by position; by default all.
        backend: ``"python"``, ``"numpy"``, ``"c"``, or ``"auto"``: what suits the size, and C
            only where there is a compiler; small graphs begin in Python, and are compiled when
            they have been called 10,000 times.
        guards: what to do when a comparison turns out otherwise than while recording:
            ``"raise"`` a ``GuardError``, or ``"record"`` that branch too.
        allow_numbers: let ``f`` take numbers out of the graph, as for printing.

    ``f`` may be called a second time where it uses Values that are not among the arguments, to
    tell those that it makes, which are constants, from those that it brings with it.

    Raises:
        RecordingError: ``f`` computes on ``float(v)`` or ``v.data``, or on a Value from outside.
        DomainError: the example is outside the domain of an operation.
        TypeError: the example or the result holds something else than numbers.

    >>> from autograd_lite.nn import Perceptron, log_loss
    >>> model = Perceptron(2, "sigmoid", seed=0)
    >>> program = record(lambda m, x: log_loss(1, m(x)), model, [0.5, -1.0], wrt=0)
    >>> loss, slopes = program.value_and_grad(model, [2.0, 1.0])
    >>> round(loss, 6), slopes.round(6).tolist()
    (0.140222, [-0.26167, -0.130835, -0.130835])
    """
    if guards not in ("raise", "record"):
        raise ValueError(f"guards = {guards!r}: it is 'raise' or 'record'")
    arguments, given = spec_of(example, "argument")
    assert isinstance(arguments, ContainerSpec)
    parts = arguments.parts
    where = _positions(wrt, len(parts))
    names = _names(f, arguments, given)
    recorder = Recorder(allow_numbers)
    result, outputs, inputs = _run(f, example, arguments, given, names, recorder)
    check_once(arguments, inputs)
    slots = slots_of(arguments, where)
    captured: dict[Value, int] = {}
    tape = tape_of(outputs, inputs, slots, recorder.compared, captured=captured)
    suspects = held_elsewhere(captured)
    if suspects:
        others: dict[Value, int] = {}
        _, twins, leaves = _run(f, example, arguments, given, names, Recorder(allow_numbers))
        tape_of(twins, leaves, slots, captured=others)
        for v in [v for v in captured if v in suspects and v in others]:
            raise RecordingError(
                f"f uses {v!r}, which is not among its arguments and would stay as it is now; "
                "hand it over, as in record(f, model, x), or use its number, v.data"
            )

    def again(*arguments: Any) -> Program:
        given = map(_with_numbers, example, arguments)
        return record(f, *given, wrt=where, backend=backend, allow_numbers=allow_numbers)

    return Program(
        tape,
        arguments,
        result,
        names,
        where,
        backend=backend,
        again=again if guards == "record" else None,
    )


def _positions(wrt: int | Sequence[int] | None, count: int) -> tuple[int, ...]:
    """The arguments that ``wrt`` says, counted from the first."""
    if wrt is None:
        return tuple(range(count))
    try:
        every = [index(k) for k in (wrt if isinstance(wrt, Iterable) else [wrt])]
    except TypeError:
        message = f"wrt = {wrt!r}: arguments are given by position, as in wrt=0 or wrt=(0, 2)"
        raise TypeError(message) from None
    if not all(-count <= k < count for k in every):
        raise ValueError(f"wrt = {wrt!r}: there are {count} arguments")
    return tuple(k % count for k in every)


def _with_numbers(model: Any, x: Any) -> Any:
    """``x``, or where it holds a model's numbers, the model, or a copy if its own are others."""
    if not is_model(model) or is_model(x):
        return x
    numbers = [float(number) for number in (x.values() if isinstance(x, Mapping) else x)]
    if numbers == [p._data for p in model.parameters()]:
        return model
    twin = copy.deepcopy(model)
    for p, number in zip(twin.parameters(), numbers, strict=True):
        p._data = number
    return twin


def _run(
    f: Callable[..., Any],
    example: Sequence[Any],
    arguments: ContainerSpec,
    given: Sequence[Any],
    names: Sequence[str],
    recorder: Recorder,
) -> tuple[Spec, list[Value], list[Value]]:
    """Call ``f`` on Tracers: (spec of the result, its Values, the inputs)."""
    leaves: list[Value] = []
    passed: list[Any] = []
    start = 0
    for x, part in zip(example, arguments.parts, strict=True):
        mine = given[start : start + part.size]
        made, there = part.traced(x, mine, names[start : start + part.size], tracer)
        passed.append(made)
        leaves += there
        start += part.size
    result, outputs = recorded(lambda: outputs_of(f(*passed)), leaves, recorder)
    return result, outputs, leaves


def _names(f: Callable[..., Any], arguments: ContainerSpec, given: Sequence[Any]) -> list[str]:
    """A name for every input: its label, or the function's own name for the argument."""
    try:
        own = [
            p.name
            for p in inspect.signature(f).parameters.values()
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        own = []
    parts = arguments.parts
    own = own if len(own) == len(parts) else [f"x{k + 1}" for k in range(len(parts))]
    if len(parts) == 1 and own == ["x1"]:
        own = ["x"]
    found = [name for part, of in zip(parts, own, strict=True) for name in part.names(of)]
    labels = [v.label if isinstance(v, Value) else "" for v in given]
    return [label or name for label, name in zip(labels, found, strict=True)]

"""Mistakes that give the gradient of something else: another parameter, an intermediate result."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .case import Case
from .graph import Hypothesis

Array = npt.NDArray[np.float64]


def other_gradients(case: Case) -> Iterator[Hypothesis]:
    """Another parameter's gradient, a transposed one, or a derivative on the way."""
    for name, shape in case.shapes.items():
        if name in case.to_explain:
            yield from _rearranged(case, name, shape)
            yield from _of_another(case, name, shape)
            yield from _on_the_way(case, name, shape)


def _made(
    case: Case, key: tuple[Any, ...], kind: str, cost: float, text: str, numbers: Array
) -> Hypothesis:
    """A hypothesis about the gradient towards the parameter that ends the key."""
    predict = partial(case.filled, key[-1], numbers)
    whole = key[0] in ("adjoint", "value", "tangent")  # one mistake, in whichever parameters
    return Hypothesis(key, kind, cost, text, predict=predict, each=whole)


def _rearranged(case: Case, name: str, shape: tuple[int, ...]) -> Iterator[Hypothesis]:
    """The gradient towards a parameter in another order, or only a part of it."""
    block = case.true[case.blocks[name]].reshape(*shape, -1)
    what, every = f"the gradient towards {name}", f"every element of {name} has the"
    rows: list[tuple[Any, str, float, str, Array]] = []
    if len(shape) == 2 and shape[0] == shape[1] > 1:
        rows = [
            ("transposed", "transposed", 1.5, f"{what} is transposed", block.swapaxes(0, 1)),
            (
                *("alone", "diagonal", 3.0),
                f"{what} is there on the diagonal alone: elsewhere it is 0",
                block * np.eye(shape[0])[..., None],
            ),
        ]
    if len(shape) == 1 and shape[0] > 1:
        rows = [
            ("reversed", "order", 2.5, f"{what} stands in reverse order", block[::-1]),
            ("summed", "order", 3.0, f"{every} sum of the gradient", block.sum(0)),
            ("mean", "order", 3.0, f"{every} mean of the gradient", block.mean(0)),
        ]
        for k in range(shape[0] if shape[0] <= 32 else 0):
            text = f"{what} is there at {name}[{k}] alone: elsewhere it is 0"
            numbers = block * np.eye(shape[0])[k][:, None]
            rows.append((("alone", k), "diagonal", 3.4, text, numbers))
    for key, kind, cost, text, numbers in rows:
        yield _made(case, (key, name), kind, cost, text, numbers)


def _of_another(case: Case, name: str, shape: tuple[int, ...]) -> Iterator[Hypothesis]:
    """The gradient towards another parameter."""
    for other, its in case.shapes.items():
        theirs = case.true[case.blocks[other]].reshape(*its, -1)
        if other == name:
            continue
        if its == shape:
            for sign, word, cost in ((1, "", 2.0), (-1, " with the sign flipped", 3.2)):
                text = f"this is the gradient towards {other}, not {name}{word}"
                yield _made(
                    case,
                    ("other", other, sign, name),
                    "another gradient",
                    cost,
                    text,
                    sign * theirs,
                )
        elif len(shape) == 2 and its == shape[::-1]:
            text = f"this is the transposed gradient towards {other}, not {name}"
            key = ("other", other, "T", name)
            yield _made(case, key, "another gradient", 2.6, text, theirs.swapaxes(0, 1))


def _on_the_way(case: Case, name: str, shape: tuple[int, ...]) -> Iterator[Hypothesis]:
    """A derivative towards something between f and a parameter, or of it, or its value."""
    adjoints, tangents = case.adjoints, case.adjoints.tangents
    cs = case.blocks[name]
    own = {adjoints.leaf[c] for c in cs}

    def stopped(other: str, numbers: Array) -> Hypothesis:
        text = f"stopped early: this is the derivative towards {other}, without ∂{other}/∂{name}"
        return _made(case, ("adjoint", other, name), "stopped early", 3.6, text, numbers)

    for other, places in case.graph.in_part.items():
        if np.shape(places) == shape:
            yield stopped(other, np.where(places[..., None] < 0, 0.0, adjoints.adjoint[places]))
    for other, places in _stand_ins(case, name, shape):
        every = np.ravel(places)
        if own.intersection(every.tolist()):
            continue
        flows = tangents is None or tangents[every][:, cs].any()
        if flows and every[0] != len(adjoints.nodes) - 1:
            yield stopped(other, adjoints.adjoint[places])
        if np.ndim(places) and np.shape(places) != shape:
            continue
        text = f"{other} itself stands for the derivative towards {name}"
        yield _made(case, ("value", other, name), "value", 4.6, text, adjoints.values[places])
        if tangents is not None and flows:
            text = f"the outer derivative is forgotten: this is ∂{other}/∂{name}"
            numbers = tangents[np.resize(every, len(cs)), cs].reshape(*shape, -1)
            yield _made(case, ("tangent", other, name), "outer derivative", 3.6, text, numbers)


def _stand_ins(case: Case, name: str, shape: tuple[int, ...]) -> Iterator[tuple[str, Any]]:
    """(words, nodes) of named results whose numbers may fill a parameter's place."""
    adjoints, graph = case.adjoints, case.graph
    for other, places in graph.groups.items():
        if other == name:
            continue
        of = np.shape(places)
        if of == () or of == shape[len(shape) - len(of) :]:
            yield other, places
        elif len(of) == len(shape) + 1 and of[1:] == shape:
            for row in (0, of[0] - 1):
                yield f"{other}[{', '.join([str(row), *':' * len(shape)])}]", places[row]
        if not shape:
            for index, i in np.ndenumerate(places) if of else ():
                yield f"{other}[{', '.join(map(str, index))}]", int(i)
    root = len(adjoints.nodes) - 1
    if root not in adjoints.names and not shape:
        yield graph.word(root), root

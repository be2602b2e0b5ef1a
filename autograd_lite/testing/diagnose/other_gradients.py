"""Mistakes that give the gradient of something else: another parameter, an intermediate result."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from .case import Case
from .graph import Hypothesis

Array = npt.NDArray[np.float64]


def other_gradients(case: Case) -> Iterator[Hypothesis]:
    """Another parameter's gradient, a transposed one, or a derivative on the way."""

    def made(
        name: str, key: Any, kind: str, cost: float, text: str, numbers: Callable[[], Array]
    ) -> Hypothesis:
        predict = lambda: case.filled(name, numbers())  # noqa: E731
        return Hypothesis(key, kind, cost, lambda: text, predict=predict, each=key[-1] == name)

    for name, shape in case.shapes.items():
        if name not in case.to_explain:
            continue
        block = case.true[case.blocks[name]].reshape(*shape, -1)
        towards = f"the gradient towards {name}"
        if len(shape) == 2 and shape[0] == shape[1] > 1:
            yield made(name, ("transposed", name), "transposed", 1.5,
                       f"{towards} is transposed", lambda b=block: np.swapaxes(b, 0, 1))  # fmt: skip
            yield made(name, ("alone", name), "diagonal", 3.0,
                       f"{towards} is there on the diagonal alone: elsewhere it is 0",
                       lambda b=block, n=shape[0]: b * np.eye(n)[..., None])  # fmt: skip
        if len(shape) == 1 and shape[0] > 1:
            yield made(name, ("reversed", name), "order", 2.5,
                       f"{towards} stands in reverse order", lambda b=block: b[::-1])  # fmt: skip
            for k in range(shape[0] if shape[0] <= 32 else 0):
                yield made(name, ("alone", k, name), "diagonal", 3.4,
                           f"{towards} is there at {name}[{k}] alone: elsewhere it is 0",
                           lambda b=block, k=k: b * np.eye(len(b))[k][:, None])  # fmt: skip
            every = f"every element of {name} has the"
            yield made(name, ("summed", name), "order", 3.0,
                       f"{every} sum of the gradient", lambda b=block: b.sum(0))  # fmt: skip
            yield made(name, ("mean", name), "order", 3.0,
                       f"{every} mean of the gradient", lambda b=block: b.mean(0))  # fmt: skip
        for other, its in case.shapes.items():
            theirs = case.true[case.blocks[other]].reshape(*its, -1)
            if other != name and its == shape:
                for sign, word, cost in ((1, "", 2.0), (-1, " with the sign flipped", 3.2)):
                    yield made(name, ("other", name, other, sign), "another gradient", cost,
                               f"this is the gradient towards {other}, not {name}{word}",
                               lambda t=theirs, s=sign: s * t)  # fmt: skip
            elif other != name and len(shape) == 2 and its == shape[::-1]:
                yield made(name, ("other", name, other, "T"), "another gradient", 2.6,
                           f"this is the transposed gradient towards {other}, not {name}",
                           lambda t=theirs: np.swapaxes(t, 0, 1))  # fmt: skip
        yield from _on_the_way(case, name, shape, made)


def _on_the_way(
    case: Case, name: str, shape: tuple[int, ...], made: Callable[..., Hypothesis]
) -> Iterator[Hypothesis]:
    """A derivative towards something between f and a parameter, or of it, or its value."""
    adjoints, graph = case.adjoints, case.graph
    own = {adjoints.leaf[c] for c in case.blocks[name]}
    tangents = adjoints.tangents
    for other, places in graph.in_part.items():
        if np.shape(places) == shape:
            yield made(name, ("adjoint", other, name), "stopped early", 3.6,
                       f"stopped early: this is the derivative towards {other}, "
                       f"without ∂{other}/∂{name}",
                       lambda p=places: np.where(p[..., None] < 0, 0.0, adjoints.adjoint[p]))  # fmt: skip
    for other, places in _stand_ins(case, name, shape):
        every = np.asarray(places).ravel()
        if own.intersection(every.tolist()):
            continue
        cs = case.blocks[name]
        flows = tangents is None or tangents[every][:, cs].any()
        if flows and every[0] != len(adjoints.nodes) - 1:
            yield made(name, ("adjoint", other, name), "stopped early", 3.6,
                       f"stopped early: this is the derivative towards {other}, "
                       f"without ∂{other}/∂{name}",
                       lambda p=places: adjoints.adjoint[p])  # fmt: skip
        if np.ndim(places) and np.shape(places) != shape:
            continue
        yield made(name, ("value", other, name), "value", 4.6,
                   f"{other} itself stands for the derivative towards {name}",
                   lambda p=places: adjoints.values[p])  # fmt: skip
        if tangents is not None and flows:
            yield made(name, ("tangent", other, name), "outer derivative", 3.6,
                       f"the outer derivative is forgotten: this is ∂{other}/∂{name}",
                       lambda p=every, cs=cs: tangents[np.resize(p, len(cs)), cs].reshape(
                           *shape, -1))  # fmt: skip


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
            for row, word in ((0, "0"), (-1, str(of[0] - 1))):
                inside = ", ".join([word, *":" * len(shape)])
                yield f"{other}[{inside}]", places[row]
        if not shape and of:
            for index, i in np.ndenumerate(places):
                yield f"{other}[{', '.join(map(str, index))}]", int(i)
    root = len(adjoints.nodes) - 1
    if root not in adjoints.names and not shape:
        yield graph.word(root), root

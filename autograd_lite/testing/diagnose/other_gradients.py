"""Mistakes that give the gradient of something else: another parameter, an intermediate result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from .graph import Graph, Hypothesis

Array = npt.NDArray[np.float64]


def other_gradients(graph: Graph) -> Iterator[Hypothesis]:
    """Another parameter's gradient, a transposed one, or a derivative on the way."""
    adjoints = graph.adjoints
    true, components = adjoints.true, adjoints.components
    shape = true.shape
    blocks: dict[str, list[int]] = {}
    for c, part in enumerate(components):
        blocks.setdefault(part.parameter, []).append(c)
    shapes = {n: _shape([components[c].index for c in cs]) for n, cs in blocks.items()}
    # Of a large array only some elements are examined: it has no shape then.
    blocks = {n: cs for n, cs in blocks.items() if len(cs) == math.prod(shapes[n])}

    def filled(cs: Sequence[int], numbers: Array) -> Array:
        out = np.full(shape, np.nan)
        out[list(cs)] = numbers
        return out

    for name, cs in blocks.items():
        block = true[cs].reshape(*shapes[name], -1)
        if len(shapes[name]) == 2 and shapes[name][0] == shapes[name][1] > 1:
            turned = np.swapaxes(block, 0, 1).reshape(len(cs), -1)
            yield Hypothesis(
                ("transposed", name),
                "transposed",
                f"the gradient towards {name} is transposed",
                1.5,
                filled(cs, turned),
            )
        if len(shapes[name]) == 1 and len(cs) > 1:
            yield Hypothesis(
                ("reversed", name),
                "order",
                f"the gradient towards {name} stands in reverse order",
                2.5,
                filled(cs, true[cs][::-1]),
            )
            total = np.broadcast_to(true[cs].sum(0), (len(cs), adjoints.count))
            yield Hypothesis(
                ("summed", name),
                "order",
                f"every element of {name} has the sum of the gradient",
                3.0,
                filled(cs, total),
            )
            yield Hypothesis(
                ("mean", name),
                "order",
                f"every element of {name} has the mean of the gradient",
                3.0,
                filled(cs, total / len(cs)),
            )
        for other, theirs in blocks.items():
            if other != name and shapes[other] == shapes[name]:
                for sign, word, cost in ((1, "", 2.0), (-1, " with the sign flipped", 3.2)):
                    yield Hypothesis(
                        ("other", name, other, sign),
                        "another gradient",
                        f"this is the gradient towards {other}, not {name}{word}",
                        cost,
                        filled(cs, sign * true[theirs]),
                    )
            elif other != name and shapes[other] == shapes[name][::-1] and len(shapes[name]) == 2:
                turned = np.swapaxes(true[theirs].reshape(*shapes[other], -1), 0, 1)
                yield Hypothesis(
                    ("other", name, other, "T"),
                    "another gradient",
                    f"this is the transposed gradient towards {other}, not {name}",
                    2.6,
                    filled(cs, turned.reshape(len(cs), -1)),
                )
    if len(adjoints.nodes) * len(components) > 40_000:
        return
    yield from _diagonals(graph, blocks, shapes)
    root = len(adjoints.nodes) - 1
    for c, part in enumerate(components):
        tangent = adjoints.tangents(c)
        for i in adjoints.names.keys() | {root}:
            if tangent[i].any():
                word = graph.word(i, whole=True)
                text = f"{word} itself stands for the derivative towards {part.parameter}"
                key = ("value", word)
                yield Hypothesis(key, "value", text, 4.6, filled([c], adjoints.values[i]))
            if i == adjoints.leaf[c] or not tangent[i].any():
                continue
            word = graph.word(i)
            if i != root:
                yield Hypothesis(
                    ("adjoint", graph.word(i, whole=True)),
                    "stopped early",
                    f"stopped early: this is the derivative towards {word}, "
                    f"without ∂{word}/∂{part}",
                    3.6,
                    filled([c], adjoints.adjoint[i]),
                )
                yield Hypothesis(
                    ("tangent", graph.word(i, whole=True)),
                    "outer derivative",
                    f"the outer derivative is forgotten: this is ∂{word}/∂{part}",
                    3.6,
                    filled([c], tangent[i]),
                )


def _diagonals(
    graph: Graph, blocks: Mapping[str, list[int]], shapes: Mapping[str, tuple[int, ...]]
) -> Iterator[Hypothesis]:
    """Only the diagonal of the derivative of one array by another, as of softmax."""
    adjoints = graph.adjoints
    for name, cs in blocks.items():
        if len(cs) < 2:
            continue
        tangents = [adjoints.tangents(c) for c in cs]
        for other, places in adjoints.groups.items():
            if places is None or np.shape(places) != shapes[name] or np.min(places) < 0:
                continue
            predicted = np.full(adjoints.true.shape, np.nan)
            for c, tangent, i in zip(cs, tangents, np.ravel(places), strict=True):
                predicted[c] = adjoints.adjoint[i] * tangent[i]
            text = f"only the diagonal of ∂{other}/∂{name} is there: the cross terms are forgotten"
            yield Hypothesis(("diagonal", name, other), "diagonal", text, 3.3, predicted)


def _shape(indices: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(max(axis) + 1 for axis in zip(*indices, strict=True))

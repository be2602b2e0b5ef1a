"""Numbers and named quantities that a gradient may be off by, as a factor or a term."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ...expr import ATOM, label, shown
from ...ops import Op
from .graph import Graph

Array = npt.NDArray[np.float64]


# How a quantity q may be a factor: what it is called, and its numbers.
FACTORS: dict[str, Callable[[Array], Array]] = {
    "{q}": lambda q: q,
    "{q}²": lambda q: q * q,
    "(1 − {q})": lambda q: 1 - q,
    "(1 + {q})": lambda q: 1 + q,
    "{q} · (1 − {q})": lambda q: q * (1 - q),
    "(1 − {q}²)": lambda q: 1 - q * q,
    "√{q}": lambda q: np.sqrt(np.abs(q)),
}


def constants(graph: Graph, sizes: Mapping[str, int]) -> dict[float, str]:
    """Numbers that a gradient is off by, with their names: 2, n, π, ln 10, those in the code."""
    table: dict[float, str] = {}

    def add(number: float, name: str) -> None:
        for x, word in (
            (number, name),
            (1 / number if number else 0.0, f"1/{name}" if " " not in name else f"1/({name})"),
        ):
            if math.isfinite(x) and x and abs(x) != 1:
                table.setdefault(x, word)

    pairs = [word.partition("(")[2].rstrip(")") for word, n in sizes.items() if n == 2]
    add(2.0, f"2 (or {pairs[0]}: cannot tell which)" if pairs else "2")
    for word, n in sizes.items():
        add(float(n), word)
    for word, n in sizes.items():
        if n > 2:
            add(n - 1.0, f"({word.split(' ')[0]} − 1)")
            add(n / (n - 1), f"n/(n − 1) with n = {word}")
        add(n / 2.0, f"{n}/2, with {word}")
        for other, m in sizes.items():
            if n > m > 2:
                add(n / m, f"{n}/{m}, with {word} and {other}")
    for word, n in sizes.items():
        add(2.0 * n, f"2 · {word}")
    add(3.0, "3")
    add(4.0, "4")
    for i, v in enumerate(graph.adjoints.nodes):
        if (v.is_constant or (v.is_leaf and i not in graph.adjoints.names)) and v.data:
            add(abs(v.data), f"{shown(abs(v.data))} (a number in the code)")
            add(2 * abs(v.data), f"2 · {shown(abs(v.data))} (a number in the code)")
        elif v.parameter:
            add(abs(v.parameter), f"{shown(abs(v.parameter))} (an exponent in the code)")
    for number, word in (
        (math.log(10), "ln 10"),
        (math.log(2), "ln 2"),
        (math.pi, "π"),
        (180 / math.pi, "180/π"),
        (2 * math.pi, "2π"),
        (math.sqrt(2), "√2"),
        (math.sqrt(2 * math.pi), "√(2π)"),
        (math.e, "e"),
        (100.0, "100"),
    ):
        add(number, word)
    return table


def named_constant(x: float, table: Mapping[float, str], slack: float) -> str | None:
    """What a constant factor is: ``the sign is flipped``, ``a factor 2 too many`` …"""
    if abs(x + 1) <= slack:
        return "the sign is flipped"
    for number, word in table.items():
        for sign, more in ((1, ""), (-1, ", and the sign is flipped")):
            if abs(x - sign * number) <= slack * abs(number):
                if word.startswith("1/"):
                    missing = word[3:-1] if word.startswith("1/(") else word[2:]
                    return f"a factor {missing} is missing{more}"
                return f"a factor {word} too many{more}"
    return None


def quantities(graph: Graph, shape: tuple[int, ...], limit: int = 120) -> dict[str, Any]:
    """What may be a factor or a term of a parameter of this shape: word -> nodes.

    Results with a name whose shape goes with it, and their elements; of a single number also what
    has no name.
    """
    adjoints = graph.adjoints
    out: dict[str, Any] = {}
    for name, places in graph.groups.items():
        of = np.shape(places)
        if of == () or (shape and of == shape[len(shape) - len(of) :]):
            out[label(name).inside(ATOM)] = places
        elif shape and of == shape[: len(of)]:
            more = np.reshape(places, (*of, *(1,) * (len(shape) - len(of))))
            out[label(name).inside(ATOM)] = np.broadcast_to(more, shape)
        elif not shape:
            for index, i in np.ndenumerate(places):
                out[f"{name}[{', '.join(map(str, index))}]"] = int(i)
    for i, v in enumerate(adjoints.nodes):
        if len(out) >= limit or shape:
            break
        if i not in adjoints.names and not v.is_constant and isinstance(v.op, Op):
            out.setdefault(graph.word(i).inside(ATOM), i)
    return out


def forms(graph: Graph, word: str, places: Any) -> Iterator[tuple[str, str]]:
    """(what it is called, how it is made) of a quantity and its functions, if it has a name."""
    named = np.ndim(places) or int(places) in graph.adjoints.names
    for form in FACTORS if named else ("{q}",):
        yield form.format(q=word), form

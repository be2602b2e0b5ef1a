"""From a graph to a picture in a file, a notebook or a ``graphviz.Digraph``."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import graphviz

from ..errors import GraphTooLarge, GraphvizMissingError
from ..number import short
from ..value import Value, order
from . import dot, svg
from .files import write_whole
from .layouts import Engine, advised, layout_of
from .page import stepper
from .picture import Direction, Look, picture_of

FORMATS = ("svg", "html", "png", "pdf", "dot")


def trace(root: Value) -> tuple[list[Value], list[tuple[Value, Value]]]:
    """The nodes below ``root`` and the edges (operand, result), in a fixed order.

    An operand that is used twice has two edges.
    """
    nodes = order(root)
    return nodes, [(x, v) for v in nodes for x in v.operands]


def draw_dot(
    root: Value, format: str = "svg", rankdir: Direction = "LR", **look: Any
) -> graphviz.Digraph:
    """The graph below ``root`` as a ``graphviz.Digraph``, operands before results.

    Every box holds a Value: its label and operation, its number, its gradient (— before
    ``backward()``).  No program is needed until it is rendered.

    Args:
        root: the result.
        format: what ``Digraph.render`` writes.
        rankdir: "LR", "TB", "RL" or "BT".
        look: the other options of ``Look``.

    Raises:
        GraphTooLarge: more than ``max_nodes`` boxes.
    """
    return dot.digraph(picture_of(root, Look(rankdir=rankdir, **look)), format)


def to_dot(root: Value, rankdir: Direction = "LR", **look: Any) -> str:
    """The graph below ``root`` in Graphviz's language, with the options of ``Look``.

    It needs no program.
    """
    return str(draw_dot(root, rankdir=rankdir, **look).source)


def to_svg(root: Value, *, engine: Engine = "auto", **look: Any) -> str:
    """The graph below ``root`` as SVG, with the options of ``Look``.

    Args:
        root: the result.
        engine: who lays it out: ``"dot"`` (Graphviz), ``"builtin"``, or ``"auto"``: Graphviz if
            it is there and answers in time, else built in; with a warning where it failed.
        look: the options of ``Look``.

    Raises:
        GraphTooLarge: more than ``max_nodes`` boxes.
        GraphvizMissingError: with ``engine="dot"``, there is no ``dot``.
    """
    picture = picture_of(root, Look(**look))
    return svg.write(picture, layout_of(picture, engine))


def render(
    root: Value,
    path: str | os.PathLike[str],
    rankdir: Direction = "LR",
    *,
    engine: Engine = "auto",
    **look: Any,
) -> Path:
    """Draw the graph below ``root`` into a file; the suffix says how.

    Args:
        root: the result.
        path: ``.svg`` needs nothing else; ``.html`` is the pass step by step (see ``stepper``);
            ``.dot`` is Graphviz's language; ``.png`` and ``.pdf`` need Graphviz.
        rankdir: "LR" (left to right), "TB", "RL" or "BT".
        engine: who lays out an SVG: see ``to_svg``.
        look: the other options of ``Look``, such as ``local_derivatives=True``.

    Returns:
        The path of the file, which is whole or not there: it is written beside and renamed.

    Raises:
        ValueError: the suffix is none of these.
        OSError: the file cannot be written; the message names ``path``.
        GraphTooLarge: more than ``max_nodes`` boxes.
        GraphvizMissingError: ``dot`` is needed and not on this machine.
        DotFailedError: ``dot`` was needed, and failed or took too long.
    """
    given, path = os.fspath(path), Path(path)
    format = path.suffix.lower().lstrip(".")
    if format not in FORMATS:
        raise ValueError(f"{short(given)}: the file's suffix is one of .{', .'.join(FORMATS)}")
    if format == "svg":
        drawing = to_svg(root, engine=engine, rankdir=rankdir, **look)
        content = f'<?xml version="1.0" encoding="UTF-8"?>\n{drawing}'.encode()
    elif format == "html":
        content = stepper(root, engine=engine, rankdir=rankdir, **look).html.encode()
    else:
        source = to_dot(root, rankdir, **look)
        try:
            content = source.encode() if format == "dot" else dot.run(source, format)
        except GraphvizMissingError as error:
            raise advised(error) from None
    return write_whole(given, content)


def displayed(root: Value) -> str | None:
    """What a notebook shows of a Value: its graph, unless it is too large to read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return to_svg(root)
    except GraphTooLarge:
        return None

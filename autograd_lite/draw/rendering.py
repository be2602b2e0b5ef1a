"""From a graph to a picture in a file, a notebook or a ``graphviz.Digraph``."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zlib import crc32

from ..errors import GraphvizMissingError
from ..module import Module
from ..notebook import fitted
from ..number import short
from ..value import Value, order
from . import dot, svg
from .convert import drawn_as
from .files import write_whole
from .layouts import Engine, advised, layout_of
from .network_svg import Show, network_svg
from .page import stepper
from .picture import Direction, Look, Scopes, picture_of
from .theme import ThemeName

if TYPE_CHECKING:
    import graphviz

FORMATS = ("svg", "html", "png", "pdf", "dot")
PICTURES = ("svg", "png", "pdf")  # the formats of a network
LARGEST = 20_000  # parameters of a module that a notebook draws


def trace(root: Value) -> tuple[list[Value], list[tuple[Value, Value]]]:
    """The nodes below ``root`` and the edges (operand, result), in a fixed order.

    An operand that is used twice has two edges.
    """
    nodes = order(root)
    return nodes, [(x, v) for v in nodes for x in v.operands]


def draw_dot(
    root: Value,
    format: str = "svg",
    rankdir: Direction = "LR",
    *,
    gradients: bool = True,
    formulas: bool = True,
    digits: int = 4,
    local_derivatives: bool = False,
    color: Literal["gradient"] | None = None,
    arrows: Literal["gradient"] | None = None,
    highlight: Any = (),
    scopes: Scopes = None,
    collapse: Sequence[str] = (),
    repeat_leaves: bool = False,
    fold_sums: bool | None = None,
    focus: Value | None = None,
    radius: int = 2,
    max_nodes: int | None = 300,
    background: str | None = None,
    theme: ThemeName | None = None,
) -> graphviz.Digraph:
    """The graph below ``root`` as a ``graphviz.Digraph``, operands before results.

    Every box holds a Value: its label and operation, its number, its gradient (— before
    ``backward()``).  No program is needed until it is rendered.

    Args:
        root: the result.
        format: what ``Digraph.render`` writes.
        rankdir: "LR", "TB", "RL" or "BT"; this and the other options are explained at ``Look``.
    """
    return dot.digraph(picture_of(root, Look.of(locals())), format)


def to_dot(
    root: Value,
    rankdir: Direction = "LR",
    *,
    gradients: bool = True,
    formulas: bool = True,
    digits: int = 4,
    local_derivatives: bool = False,
    color: Literal["gradient"] | None = None,
    arrows: Literal["gradient"] | None = None,
    highlight: Any = (),
    scopes: Scopes = None,
    collapse: Sequence[str] = (),
    repeat_leaves: bool = False,
    fold_sums: bool | None = None,
    focus: Value | None = None,
    radius: int = 2,
    max_nodes: int | None = 300,
    background: str | None = None,
    theme: ThemeName | None = None,
) -> str:
    """The graph below ``root`` in Graphviz's language; it needs no program.

    The options are explained at ``Look``.
    """
    return str(dot.digraph(picture_of(root, Look.of(locals()))).source)


def to_svg(
    root: Value | Module,
    *,
    engine: Engine = "auto",
    rankdir: Direction = "LR",
    gradients: bool = True,
    formulas: bool = True,
    digits: int = 4,
    local_derivatives: bool = False,
    color: Literal["gradient"] | None = None,
    arrows: Literal["gradient"] | None = None,
    highlight: Any = (),
    scopes: Scopes = None,
    collapse: Sequence[str] = (),
    repeat_leaves: bool = False,
    fold_sums: bool | None = None,
    focus: Value | None = None,
    radius: int = 2,
    max_nodes: int | None = 300,
    background: str | None = None,
    theme: ThemeName | None = None,
    show: Show = "weights",
    sample: Any = None,
    max_neurons: int = 12,
) -> str:
    """The graph below ``root``, or a module as a network, as SVG.

    Args:
        root: the result, or a network of ``nn``, or a module made of such.
        engine: who lays it out: ``"dot"`` (Graphviz), ``"builtin"``, or ``"auto"``: Graphviz if
            it is there and answers in time, else built in; with a warning where it failed.
        rankdir: "LR", "TB", "RL" or "BT"; this and the other options are explained at ``Look``.
        show, sample, max_neurons: of a network: see ``render``.

    Raises:
        TypeError: an option that a network does not have, or that only a network has.
        GraphvizMissingError: with ``engine="dot"``, there is no ``dot``.
    """
    look = Look.of(locals())
    if isinstance(root, Module):
        return _network(root, look, engine, show, sample, max_neurons)
    _only_of_networks(show, sample, max_neurons)
    return _svg(root, look, engine)


def _svg(root: Value, look: Look, engine: Engine, *, apart: bool = False) -> str:
    """The drawing; ``apart``: with ids of its own, to stand beside others on a page."""
    picture = picture_of(root, look)
    told = "\n".join(box.tooltip for box in picture.boxes).encode("utf-8", "replace")
    prefix = f"g{crc32(told):08x}-" if apart else ""
    return svg.write(picture, layout_of(picture, engine), prefix=prefix)


def render(
    root: Value | Module,
    path: str | os.PathLike[str],
    rankdir: Direction = "LR",
    *,
    engine: Engine = "auto",
    gradients: bool = True,
    formulas: bool = True,
    digits: int = 4,
    local_derivatives: bool = False,
    color: Literal["gradient"] | None = None,
    arrows: Literal["gradient"] | None = None,
    highlight: Any = (),
    scopes: Scopes = None,
    collapse: Sequence[str] = (),
    repeat_leaves: bool = False,
    fold_sums: bool | None = None,
    focus: Value | None = None,
    radius: int = 2,
    max_nodes: int | None = 300,
    background: str | None = None,
    theme: ThemeName | None = None,
    wrt: Any = None,
    samples: Mapping[str, Sequence[float]] | None = None,
    show: Show = "weights",
    sample: Any = None,
    max_neurons: int = 12,
) -> Path:
    """Draw the graph below ``root``, or a module as a network, into a file; the suffix says how.

    Args:
        root: the result, or a network of ``nn``, or a module made of such.
        path: ``.svg`` needs nothing else; ``.html`` is the pass step by step (see ``stepper``);
            ``.dot`` is Graphviz's language; ``.png`` and ``.pdf`` need Graphviz.  A network is
            drawn as ``.svg``, and as ``.png`` or ``.pdf`` where a converter is.
        rankdir: "LR", "TB", "RL" or "BT"; this and the other options are explained at ``Look``.
        engine: who lays out an SVG: see ``to_svg``.
        wrt: for a page: what its training moves; see ``stepper``.
        samples: for a page: the numbers of many samples, by the leaves' labels, to train on:
            ``{"x": [0.5, 2.0], "y": [0, 1]}``; see ``stepper``.
        sample: for a network: the inputs of one sample, in their order: ``[0.5, -1.0]``; the
            circles then hold what each unit makes of it.
        show: the lines of a network are its ``"weights"``, or their ``"gradients"``.
        max_neurons: a network's layers of more than these are folded.

    Returns:
        The path of the file, which is whole or not there: it is written beside and renamed.

    Raises:
        ValueError: the suffix is none of these; or ``wrt`` or ``samples`` do not fit the graph.
        TypeError: an option that a page or a network does not have, or that only one of them has;
            or a module that cannot be drawn as a network, or not in a file of this kind.
        OSError: the file cannot be written; the message names ``path``.
        GraphvizMissingError: ``dot`` is needed and not on this machine.
        DotFailedError: ``dot`` was needed, and failed or took too long.
    """
    look = Look.of(locals())
    given, path = os.fspath(path), Path(path)
    suffix = path.suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        raise ValueError(f"{short(given)}: the file's suffix is one of .{', .'.join(FORMATS)}")
    for name, option in (("wrt", wrt), ("samples", samples)):
        if option is not None and suffix != "html":
            one = "; a network shows one sample: sample=[0.5, …]" if name == "samples" else ""
            told = f"{name}: only a page can train; write it to a file that ends in .html{one}"
            raise TypeError(told)
    if isinstance(root, Module):
        if suffix not in PICTURES:
            raise TypeError(
                f"{short(root)} is a module, drawn as .{', .'.join(PICTURES)}; "
                f".{suffix} is of the graph of a result: call it, render(net(x), path)"
            )
        drawing = _network(root, look, engine, show, sample, max_neurons)
        return write_whole(given, drawn_as(suffix, [drawing]))
    _only_of_networks(show, sample, max_neurons)
    if suffix == "svg":
        drawing = _svg(root, look, engine)
        content = drawn_as("svg", [drawing])
    elif suffix == "html":
        options = _of_a_page(look)
        page = stepper(root, engine=engine, wrt=wrt, samples=samples, **options)
        content = page.html.encode()
    else:
        source = str(dot.digraph(picture_of(root, look)).source)
        try:
            content = source.encode() if suffix == "dot" else dot.run(source, suffix)
        except GraphvizMissingError as error:
            raise advised(error) from None
    return write_whole(given, content)


_NOT_ON_A_PAGE = {  # option: why
    "gradients": "a page to step through is about the gradients",
    "arrows": 'the arrows of a page are those of the step; color="gradient" shades its boxes',
    "collapse": "steps lead through single operations; to see a part, use focus=v",
    "repeat_leaves": "steps add up the gradient of a leaf in its one box",
    "fold_sums": "steps lead through single operations; to see a part, use focus=v",
    "background": 'a page has the colours of its theme: theme="light" or "dark"',
}


def _network(
    root: Module, look: Look, engine: Engine, show: Show, sample: Any, max_neurons: int
) -> str:
    """A module as a network.  Raises ``TypeError`` for an option that a network does not have."""
    ours = {"digits", "background", "theme"}
    asked = [x.name for x in fields(Look) if getattr(look, x.name) != x.default]
    asked += ["engine"] if engine != "auto" else []
    if others := [name for name in asked if name not in ours]:
        had = ", ".join(sorted({*ours, "show", "sample", "max_neurons"}))
        raise TypeError(f"{others[0]}: a network's drawing has the options {had}")
    return network_svg(root, look, show=show, sample=sample, max_neurons=max_neurons)


def _only_of_networks(show: Show, sample: Any, max_neurons: int) -> None:
    for name, given, default in (
        ("show", show, "weights"),
        ("sample", sample, None),
        ("max_neurons", max_neurons, 12),
    ):
        if given is not default and given != default:
            other = '; a page takes samples={"x": […]}' if name == "sample" else ""
            raise TypeError(f"{name}: only a network's drawing has it: render(model, path){other}")


def _of_a_page(look: Look) -> dict[str, Any]:
    """The options that a page has; it writes local derivatives at the arrows in any case.

    Raises:
        TypeError: another one is asked for.
    """
    given = {x.name: getattr(look, x.name) for x in fields(Look)}
    del given["local_derivatives"]
    for option in fields(Look):
        if option.name in _NOT_ON_A_PAGE and given.pop(option.name) != option.default:
            raise TypeError(f"{option.name}: {_NOT_ON_A_PAGE[option.name]}")
    return given


def displayed(root: Value | Module) -> str | None:
    """What a notebook shows of a Value: its graph; of a module: the network, if it is one."""
    if isinstance(root, Module):
        return _network_displayed(root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fitted(_svg(root, Look(theme="auto"), "auto", apart=True))


def _network_displayed(model: Module) -> str | None:
    if type(model) is Module or len(model.parameters()) > LARGEST:
        return None
    try:
        return fitted(network_svg(model, Look(theme="auto")))
    except Exception:  # of a call of the user's own code, to see how it is connected
        return None

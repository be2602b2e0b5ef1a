"""Pictures in Graphviz's language, and Graphviz's program ``dot`` as one of the two layouts."""

from __future__ import annotations

import html
import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..errors import DotFailedError, GraphvizMissingError
from ..labels import clean, pieces
from . import fonts, svg
from .bundles import full_layers
from .layered import Layout
from .picture import Box, Frame, Picture
from .theme import Theme

if TYPE_CHECKING:
    import graphviz

TIMEOUT = 20.0  # seconds
MARGIN = 8  # points within a frame
SIMPLEX = 1000  # boxes from which on the search for straight lines is cut short
INSTALL = """Install Graphviz, which has the program:
    apt install graphviz          (Debian, Ubuntu)
    brew install graphviz         (macOS)
    winget install graphviz       (Windows)
    conda install graphviz        (anywhere)"""
DASHES = {"4 3": "dashed", "1 3": "dotted"}  # the dashes of an SVG in Graphviz's words


def run(source: str, format: str) -> bytes:
    """Run ``dot`` on a source and return what it writes.

    Raises:
        GraphvizMissingError: the program is not there or cannot be executed.
        DotFailedError: it failed, or took longer than ``TIMEOUT`` seconds.
    """
    given = source.encode("utf-8", "replace")
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            ["dot", f"-T{format}"], stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except OSError as error:
        raise GraphvizMissingError(f"cannot run Graphviz's dot ({error})") from None
    with process:
        try:
            out, errors = process.communicate(given, TIMEOUT)
        except subprocess.TimeoutExpired:
            _end(process)
            raise DotFailedError(f"dot was stopped after {TIMEOUT:g} s") from None
        except BaseException:
            _end(process)
            raise
    if process.returncode or not out:
        why = errors.strip()[:1000].decode(errors="replace") or "it wrote nothing"
        raise DotFailedError(f"dot failed: {clean(why.splitlines()[0], 200)}")
    return out


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and all that it started; a child left running would hold the pipes open."""
    with suppress(OSError):  # it may have ended by itself
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


# ---- as a source for Graphviz -------------------------------------------------------------------


def digraph(picture: Picture, format: str = "svg") -> graphviz.Digraph:
    """The picture as a ``graphviz.Digraph``, with all its texts."""
    drawn = _empty(picture, format)
    colors = picture.look.colors
    drawn.attr("node", style="rounded,filled", fontcolor=colors.ink, fontname="Helvetica")
    drawn.attr("node", shape="box", margin="0.09,0.03", fontsize=str(fonts.SIZE))
    drawn.attr("edge", fontname="Helvetica", fontsize="10", fontcolor=colors.local)

    def dress(inner: graphviz.Digraph, frame: Frame) -> None:
        title = (
            _plate(frame.title, colors) if picture.look.is_anywhere else f"<{_text(frame.title)}>"
        )
        inner.attr(label=title, id=frame.id, style="rounded", fontsize="11")
        inner.attr(color=colors.frame, fontcolor=colors.dim, fontname="Helvetica")

    def add(graph: graphviz.Digraph, i: int, box: Box) -> None:
        graph.node(box.id, _label(box, colors), **_look(box, colors))

    _nest(drawn, picture, add, dress)
    bundled = _add_hubs(drawn, picture, [box.id for box in picture.boxes])
    for arrow in picture.arrows:
        if (arrow.tail, arrow.head) in bundled and not arrow.marks:
            continue
        look = {"id": arrow.id, "edgetooltip": _plain(arrow.tooltip) or " "}
        if arrow.label:
            plate = _plate(arrow.label, colors)
            look |= {"label": plate, "labeltooltip": look["edgetooltip"]}
        color, pen = svg.drawn(arrow, colors)
        if color != colors.link:
            look |= {"color": color, "penwidth": f"{pen:g}"}
        if "wild" in arrow.marks:
            look["style"] = "dashed"
        tail, head = picture.boxes[arrow.tail].id, picture.boxes[arrow.head].id
        drawn.edge(tail, head, **look)
    if picture.legend or picture.note:
        _add_caption(drawn, picture)
    return drawn


def _add_hubs(
    drawn: graphviz.Digraph, picture: Picture, names: Sequence[str]
) -> dict[tuple[int, int], int]:
    """Lead the arrows between full layers through points; the point of each such arrow."""
    found: dict[tuple[int, int], int] = {}
    edges = [(arrow.tail, arrow.head) for arrow in picture.arrows]
    labelled = [bool(arrow.label) for arrow in picture.arrows]
    for k, (tails, heads) in enumerate(full_layers(edges, labelled)):
        drawn.node(f"h{k}", label="", shape="point", width="0.02", fixedsize="true")
        for tail in tails:
            drawn.edge(names[tail], f"h{k}", id=f"t{k}-{tail}", arrowhead="none")
        for head in heads:
            drawn.edge(f"h{k}", names[head], id=f"h{k}-{head}")
        found |= {(tail, head): k for tail in tails for head in heads}
    return found


def _empty(picture: Picture, format: str = "svg") -> graphviz.Digraph:
    import graphviz  # which takes as long to import as half of this package

    drawn = graphviz.Digraph(_plain(picture.title), format=format)
    look = picture.look
    drawn.attr(rankdir=look.rankdir, bgcolor=look.background or look.colors.box, nodesep="0.2")
    drawn.attr(ranksep="0.6" if look.local_derivatives else "0.4")
    if len(picture.boxes) >= SIMPLEX:
        drawn.attr(nslimit="1", nslimit1="1")
    drawn.attr("edge", color=look.colors.link, arrowsize="0.6")
    return drawn


def _nest(
    drawn: graphviz.Digraph,
    picture: Picture,
    add: Callable[[graphviz.Digraph, int, Box], None],
    dress: Callable[[graphviz.Digraph, Frame], None],
) -> None:
    """Put every box into the subgraph of the innermost frame around it."""
    within: list[int | None] = [None] * len(picture.boxes)
    for k, frame in enumerate(picture.frames):  # outer frames stand before inner ones
        for i in frame.members:
            within[i] = k

    def fill(graph: graphviz.Digraph, at: int | None) -> None:
        for i, box in enumerate(picture.boxes):
            if within[i] == at:
                add(graph, i, box)
        for k, frame in enumerate(picture.frames):
            if frame.parent == at:
                with graph.subgraph(name=f"cluster_{k}") as inner:
                    inner.attr(labeljust="l", margin=str(MARGIN))
                    dress(inner, frame)
                    fill(inner, k)

    fill(drawn, None)


def _look(box: Box, colors: Theme) -> dict[str, str]:
    fill, line, pen, dashes = svg.dressed(box, colors)
    look = {"id": box.id, "tooltip": _plain(box.tooltip), "fillcolor": fill, "color": line}
    if dashes:
        look["style"] = f"rounded,filled,{DASHES[dashes]}"
    if "wild" in box.marks:
        look["style"] = "rounded,filled,dashed"
    if box.kind == "scope":
        look["peripheries"] = "2"
    if pen != 1:
        look["penwidth"] = f"{pen:g}"
    return look


def _label(box: Box, colors: Theme) -> str:
    """What stands in a box, as one of Graphviz's HTML-like labels."""
    rows = ""
    for line in box.lines:
        strong = f"<B>{_text(line.strong)}</B>" if line.strong else ""
        text = strong + (_text(line.text) if line.text else "")
        color = {"grad": "" if box.fill else colors.grad, "note": colors.dim}.get(line.kind)
        text = f'<FONT COLOR="{color}">{text}</FONT>' if color else text
        rows += f"<TR><TD>{text}</TD></TR>"
    return f"<{_table(1)}{rows}</TABLE>>"


def _plate(text: str, colors: Theme) -> str:
    """A text outside of boxes on a ground of its own, apart from lines and from what is behind."""
    return f'<{_table(1)}<TR><TD BGCOLOR="{colors.box}">{_text(text)}</TD></TR></TABLE>>'


def _table(padding: int, spacing: int = 0) -> str:
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{spacing}" CELLPADDING="{padding}">'


def _text(text: str) -> str:
    """Text with its indices, inside an HTML-like label; dot loses some plain spaces."""
    told = ""
    for kind, piece in pieces(text or " "):
        plain = html.escape(_escaped(piece)).replace(" ", "&#160;")
        told += f"<{kind.upper()}>{plain}</{kind.upper()}>" if kind else plain
    return told


def _plain(text: str) -> str:
    """Text for an attribute; Graphviz takes no string of more than 16,384 bytes."""
    text = text if len(text) <= 2000 else text[:1999] + "…"
    return html.escape(_escaped(text), quote=False)


def _escaped(text: str) -> str:
    """Text without dot's escapes such as backslash-N, which stands for a node's name."""
    return text.replace("\\", "\\\\")


def _add_caption(drawn: graphviz.Digraph, picture: Picture) -> None:
    """The legend and the note, under the drawing."""
    colors, cells = picture.look.colors, ""
    for color, told in picture.legend:
        if color:
            cells += f'<TD BGCOLOR="{color}" BORDER="1" COLOR="{colors.line}" WIDTH="14"></TD>'
        cells += f'<TD BGCOLOR="{colors.box}"><FONT COLOR="{colors.ink}">{_text(told)}</FONT></TD>'
    note = ""
    if picture.note:
        told = f'<FONT COLOR="{colors.dim}">{_text(picture.note)}</FONT>'
        note = f'<TD BGCOLOR="{colors.box}">{told}</TD>'
    rows = "".join(
        f'<TR><TD ALIGN="LEFT">{_table(2, spacing=4)}<TR>{row}</TR></TABLE></TD></TR>'
        for row in (cells, note)
        if row
    )
    drawn.attr(label=f"<{_table(0)}{rows}</TABLE>>")
    drawn.attr(labelloc="b", labeljust="l", fontname="Helvetica", fontsize="10")


# ---- as a layout --------------------------------------------------------------------------------


def layout(picture: Picture) -> Layout:
    """The positions that ``dot`` gives the boxes, arrows, labels and frames of the picture.

    Raises:
        GraphvizMissingError, DotFailedError: as ``run``; or its answer cannot be read.
    """
    drawn, hubs = _skeleton(picture)
    answer = run(drawn.source, "json0")
    try:
        return _read(json.loads(answer), picture, hubs)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise DotFailedError(f"dot's answer cannot be read ({error!r})") from None


def _skeleton(picture: Picture) -> tuple[graphviz.Digraph, dict[tuple[int, int], int]]:
    """The picture without texts, empty boxes and labels of the right sizes; and its hubs."""
    drawn = _empty(picture)
    drawn.attr("node", shape="box", label="", fixedsize="true")

    def add(graph: graphviz.Digraph, i: int, box: Box) -> None:
        width, height = (f"{x / 72:.4f}" for x in box.size)
        graph.node(f"b{i}", width=width, height=height)

    def dress(inner: graphviz.Digraph, frame: Frame) -> None:
        inner.attr(label=_room((fonts.width(frame.title) + 8, fonts.LINE)))

    _nest(drawn, picture, add, dress)
    hubs = _add_hubs(drawn, picture, [f"b{i}" for i in range(len(picture.boxes))])
    for i, arrow in enumerate(picture.arrows):
        if (arrow.tail, arrow.head) not in hubs:
            label = {"label": _room(arrow.label_size)} if arrow.label_size else {}
            drawn.edge(f"b{arrow.tail}", f"b{arrow.head}", id=str(i), **label)
    return drawn, hubs


def _room(size: tuple[float, float]) -> str:
    width, height = (round(x) for x in size)
    cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"></TD>'
    return f"<{_table(0)}<TR>{cell}</TR></TABLE>>"


def _read(answer: Any, picture: Picture, hubs: Mapping[tuple[int, int], int]) -> Layout:
    left, bottom, right, top = map(float, answer["bb"].split(","))

    def point(text: str) -> tuple[float, float]:
        x, y = map(float, text.split(","))
        return x - left, top - y  # dot's y grows upwards

    objects = {thing["name"]: thing for thing in answer.get("objects", ())}
    centres = [point(objects[f"b{i}"]["pos"]) for i in range(len(picture.boxes))]
    frames = []
    for k in range(len(picture.frames)):
        x0, y0, x1, y1 = map(float, objects[f"cluster_{k}"]["bb"].split(","))
        frames.append((x0 - left, top - y1, x1 - x0, y1 - y0))
    edges = {edge["id"]: edge for edge in answer.get("edges", ())}
    curves, labels = [], []
    for i, arrow in enumerate(picture.arrows):
        way, hub = str(i), hubs.get((arrow.tail, arrow.head))
        if hub is None:
            points = list(_spline(edges[way]["pos"], point))
        else:
            way = f"t{hub}-{arrow.tail}"
            first, second = (
                list(_spline(edges[e]["pos"], point)) for e in (way, f"h{hub}-{arrow.head}")
            )
            points = [*first[:-1], point(objects[f"h{hub}"]["pos"]), *second[1:]]
        curves.append(points)
        labels.append(point(edges[way]["lp"]) if "lp" in edges[way] else None)
    return Layout(right - left, top - bottom, centres, curves, labels, frames)


def _spline(pos: str, point: Any) -> Iterator[tuple[float, float]]:
    """The control points of a curve, on to the tip of its arrow."""
    tip = None
    for part in pos.split(" "):
        if part.startswith("e,"):
            tip = point(part[2:])
        else:
            last = point(part)
            yield last
    if tip is not None:
        yield from (
            (last[0] + (tip[0] - last[0]) * k / 3, last[1] + (tip[1] - last[1]) * k / 3)
            for k in (1, 2)
        )
        yield tip

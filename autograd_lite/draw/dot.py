"""A graph of Values in Graphviz's language, and as SVG, PNG or PDF through its program ``dot``."""

from __future__ import annotations

import html
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Literal

import graphviz

from ..engine import Value
from ..number import shown
from ..walk import order

Direction = Literal["LR", "TB", "RL", "BT"]
FORMATS = ("svg", "png", "pdf", "dot")
TIMEOUT = 60  # seconds
INSTALL = """Install Graphviz, which has the program:
    apt install graphviz          (Debian, Ubuntu)
    brew install graphviz         (macOS)
    winget install graphviz       (Windows)
    conda install graphviz        (anywhere)
or write a .dot file instead: render(root, "graph.dot")"""


class GraphvizMissingError(RuntimeError):
    """Graphviz's ``dot`` is not on this machine, and a picture was asked for."""


def trace(root: Value) -> tuple[list[Value], list[tuple[Value, Value]]]:
    """The nodes below ``root`` and the edges (operand, result), in a fixed order.

    An operand that is used twice has two edges.
    """
    nodes = order(root)
    return nodes, [(x, v) for v in nodes for x in v.operands]


def draw_dot(root: Value, format: str = "svg", rankdir: Direction = "LR") -> graphviz.Digraph:
    """The graph below ``root`` as a ``graphviz.Digraph``, operands before results.

    Every box holds a Value: its label and operation, its number, its gradient (— before
    ``backward()``).  No program is needed until it is rendered.
    """
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"rankdir={rankdir!r}: it is one of LR, TB, RL, BT")
    picture = graphviz.Digraph("computation graph", format=format)
    picture.attr(rankdir=rankdir, bgcolor="white", nodesep="0.2", ranksep="0.35")
    picture.attr("node", shape="box", style="rounded,filled", fontname="Helvetica", fontsize="11")
    picture.attr(
        "node", margin="0.06,0.03", color="#8a8f98", fillcolor="white", fontcolor="#1f2328"
    )
    picture.attr("edge", color="#5f6368", arrowsize="0.6")
    nodes, edges = trace(root)
    place = {v: f"n{i}" for i, v in enumerate(nodes)}
    for v in nodes:
        look = {"id": place[v], "tooltip": _clean(_described(v), 200)}
        if v is root:
            look |= {"penwidth": "2", "color": "#00664b"}
        elif v.is_constant:
            look |= {"style": "rounded,dashed"}
        elif v.is_leaf:
            look |= {"fillcolor": "#e8f1fb", "color": "#0b5fa5"}
        picture.node(place[v], _box(v), **look)
    for i, (x, v) in enumerate(edges):
        picture.edge(place[x], place[v], id=f"e{i}")
    return picture


def to_dot(root: Value, rankdir: Direction = "LR") -> str:
    """The graph below ``root`` in Graphviz's language; it needs no program."""
    return str(draw_dot(root, rankdir=rankdir).source)


def render(root: Value, path: str | os.PathLike[str], rankdir: Direction = "LR") -> Path:
    """Draw the graph below ``root`` into a file; the suffix says how: svg, png, pdf or dot.

    Returns:
        The path of the file, which is whole or not there: it is written beside and renamed.

    Raises:
        ValueError: the suffix is none of these.
        GraphvizMissingError: ``dot`` is needed and not on this machine; ``.dot`` needs none.
        RuntimeError: ``dot`` failed, or took longer than a minute.
    """
    path = Path(path)
    format = path.suffix.lower().lstrip(".")
    if format not in FORMATS:
        raise ValueError(f"{str(path)!r}: the file's suffix is one of .{', .'.join(FORMATS)}")
    source = to_dot(root, rankdir)
    picture = source.encode() if format == "dot" else _run_dot(source, format)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=path.suffix, delete=False) as beside:
        beside.write(picture)
    try:
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(beside.name, 0o666 & ~umask)  # as open() would have made it
        os.replace(beside.name, path)
    except OSError:
        os.unlink(beside.name)
        raise
    return path


def _run_dot(source: str, format: str) -> bytes:
    command = ["dot", f"-T{format}"]
    try:
        done = subprocess.run(command, input=source.encode(), capture_output=True, timeout=TIMEOUT)
    except OSError as error:
        raise GraphvizMissingError(f"cannot run Graphviz's dot ({error}).\n{INSTALL}") from None
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"dot was stopped after {TIMEOUT} s; the graph is too large") from None
    if done.returncode or not done.stdout:
        raise RuntimeError(f"dot failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _box(v: Value) -> str:
    """What stands in a box, as one of Graphviz's HTML-like labels."""
    head = f"<B>{_text(v.label)}</B>" if v.label else ""
    if v.operands:
        formula = _text(_formula(v))
        head += f"&#160;=&#160;{formula}" if head else formula
    rows = [head, _text(shown(v.data))] if head else [_text(shown(v.data))]
    if not v.is_constant:
        rows.append(f'<FONT COLOR="#b34700">{_text("grad " + _gradient(v))}</FONT>')
    cells = "".join(f"<TR><TD>{row}</TD></TR>" for row in rows)
    table = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">'
    return f"<{table}{cells}</TABLE>>"


def _formula(v: Value) -> str:
    """The operation with its operands' labels; a ● for an operand without one."""
    op = v.op
    if op is None or op.handmade:
        return op.shown if op else ""
    names = (x.label or (shown(x.data) if x.is_constant else "●") for x in v.operands)
    return op.formula(*names, parameter=v.parameter)  # type: ignore[union-attr]


def _gradient(v: Value) -> str:
    return shown(float(v.grad)) if v.has_grad else "—"


def _described(v: Value) -> str:
    name = v.label or _formula(v) or "constant"
    return f"{name}: value {shown(v.data)}, gradient {_gradient(v)}"


_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def _clean(text: str, limit: int = 40) -> str:
    """Text that XML can bear, at most ``limit`` long, with Graphviz's backslashes doubled."""
    text = _UNPRINTABLE.sub("�", str(text).replace("\n", "⏎").replace("\t", "⇥"))
    return str(graphviz.escape(text if len(text) <= limit else text[: limit - 1] + "…"))


def _text(text: str) -> str:
    """Text as it is typed, inside an HTML-like label."""
    return html.escape(_clean(text)).replace(" ", "&#160;")  # dot loses some plain spaces

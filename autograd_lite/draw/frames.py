"""Both passes as pictures for slides: one SVG for each step, all of the same layout."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

from ..errors import ConverterMissingError, GraphTooLarge
from ..expr import PRODUCT, Typeset, shown
from ..labels import svg_of, text_of
from ..notebook import bundle, escaped
from ..number import short, unwrapped
from ..steps import ForwardStep, Step, all_steps
from ..steps.symbols import names_of, partial
from ..terminal import printed
from ..value import Value, order
from . import fonts, svg
from .convert import HEADER, drawn_as
from .files import write_together
from .layered import Layout
from .layouts import Engine, layout_of
from .picture import Box, Direction, Look, Picture, Scopes, picture_of, spoken
from .sheet import at_size, num, sheet, size_of
from .svg import MARGIN
from .theme import ThemeName

PDF = "steps.pdf"
PADDING = 14  # between a box's texts and its edges
TEXTS = 3  # lines under the graph
LARGEST = 24.0  # points, of their letters
_FEW = 3  # frames that a notebook shows
_OURS = re.compile(r"step_\d{3,}\.svg")


@printed
@dataclass(frozen=True, repr=False)
class Frames(Sequence[Path]):
    """The files that ``frames`` wrote: a sequence of their paths.

    ``pdf`` is that of all of them as pages, or ``None``; ``note`` says why there is none, and
    which files of an earlier call are still in the folder.
    """

    folder: Path
    paths: tuple[Path, ...]
    pdf: Path | None = None
    note: str = ""

    @overload
    def __getitem__(self, at: int) -> Path: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Path, ...]: ...
    def __getitem__(self, at: int | slice) -> Path | tuple[Path, ...]:
        return self.paths[at]

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        first, last = self.paths[0].name, self.paths[-1].name
        which = first if first == last else f"{first} … {last}"
        pdf = f" and {self.pdf.name}" if self.pdf else ""
        note = f"; {self.note}" if self.note else ""
        return f"<{len(self)} frames in {os.fspath(self.folder)}: {which}{pdf}{note}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        few = sorted({round(k * (len(self) - 1) / (_FEW - 1)) for k in range(_FEW)})
        told = f"<div>{escaped(self)}</div>"
        for path in (self.paths[k] for k in few):
            content = b64encode(path.read_bytes()).decode() if path.exists() else ""
            told += (
                f'<figure style="margin:4px 0"><figcaption>{escaped(path.name)}</figcaption>'
                f'<img alt="{escaped(path.name)}" src="data:image/svg+xml;base64,{content}" '
                'style="max-width:100%;height:auto"></figure>'
            )
        return bundle(self, html=told)


def frames(
    root: Value,
    folder: str | os.PathLike[str],
    *,
    rankdir: Direction = "LR",
    scopes: Scopes = "frames",
    digits: int = 4,
    engine: Engine = "auto",
    max_nodes: int = 300,
    theme: ThemeName | None = None,
    background: str | None = None,
    start: int = 0,
    stop: int | None = None,
    pdf: bool = True,
) -> Frames:
    """Write both passes from ``root`` as one SVG for each step, for slides.

    All have the same size and layout; boxes fill with values, then with gradients.  What a step
    reads and changes is marked, and its equation stands below the graph.

    Args:
        root: the result.
        folder: where ``step_000.svg``, the graph before the first step, and ``step_001.svg`` …
            go; it is made if it is not there, and other files in it stay as they are.
        rankdir: "LR" (left to right), "TB", "RL" or "BT".
        scopes: ``"frames"`` or ``"none"``.
        digits: significant digits.
        engine: who lays out the graph: see ``to_svg``.
        max_nodes: refuse to draw more boxes than this.
        theme: ``"light"``, ``"dark"`` or ``"auto"``; by default light.
        background: a colour such as ``"white"``, or ``"transparent"``; by default the theme's.
        start: the first step to draw.
        stop: the step to end before; by default all are drawn.
        pdf: write all of them as pages of ``steps.pdf`` too, where a program that can is found:
            rsvg-convert, or a browser such as Chromium.

    Returns:
        The paths, with ``pdf`` and a ``note`` if there is none.

    Raises:
        ValueError: there is no step from ``start`` to ``stop``; or an option is none of those.
        GraphTooLarge: more than ``max_nodes`` boxes.
        StaleGraphError: an operand's number was changed after the forward pass.
        OSError: the folder or a file cannot be written; then none of them is.

    >>> import tempfile
    >>> x = Value(0.5, label="x")
    >>> y = x * x
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in frames(y, folder, pdf=False)]
    ['step_000.svg', 'step_001.svg', 'step_002.svg', 'step_003.svg', 'step_004.svg']
    """
    if scopes == "boxes":
        raise ValueError('scopes="boxes": steps lead through boxes; use "frames" or "none"')
    look = Look(
        rankdir=rankdir,
        scopes=scopes,
        digits=digits,
        max_nodes=max_nodes,
        theme=theme,
        background=background,
        fold_sums=False,
    )
    drawing = _Drawing(unwrapped(root), look, engine)
    count = len(drawing.steps)
    for name, number in (("start", start), ("stop", stop)):
        if number is not None and (not isinstance(number, int) or number < 0):
            raise ValueError(f"{name}={number!r}: the number of a step, from 0 to {count}")
    chosen = range(count + 1)[start:stop]
    if not chosen:
        raise ValueError(f"start={start!r}, stop={stop!r}: the steps go from 0 to {count}")
    folder, given = Path(folder), os.fspath(folder)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{short(given)} is a file; give the name of a folder")
    drawings = drawing.drawings(chosen)
    contents = {f"step_{k:03}.svg": (HEADER + d).encode() for k, d in drawings.items()}
    notes = []
    if pdf:
        try:
            pages = list(drawings.values())
            contents[PDF] = drawn_as("pdf", pages)
        except ConverterMissingError as error:
            notes.append(f"no {PDF}: {error}")
    names = write_together(folder, contents)
    old = sorted(x.name for x in folder.iterdir() if _OURS.fullmatch(x.name) or x.name == PDF)
    if old := [name for name in old if name not in contents]:
        which = old[0] if len(old) == 1 else f"{old[0]} … {old[-1]}"
        notes.append(f"of an earlier call: {which}")
    written = [path for path in names if path.name != PDF]
    return Frames(
        folder, tuple(written), folder / PDF if PDF in contents else None, "; ".join(notes)
    )


class _Drawing:
    """What is the same in all frames, and how one differs from the one before."""

    def __init__(self, root: Value, look: Look, engine: Engine) -> None:
        self.root, self.look = root, look
        picture = picture_of(root, look)
        self.names = names_of(order(root), Typeset, look.digits)
        self.steps = list(all_steps(root, names=self.names))
        self.box = {box.values[0]: k for k, box in enumerate(picture.boxes) if box.values}
        if any(self._changed(s) not in self.box for s in self.steps):
            raise GraphTooLarge(
                f"{len(self.names):,} nodes are more than max_nodes={look.max_nodes}; draw the "
                "steps of a part: frames(v, folder) of a Value v on the way"
            )
        self.arrow = {a.edge: k for k, a in enumerate(picture.arrows) if a.edge}
        arrows = [replace(a, tooltip="") for a in picture.arrows]
        boxes = list(picture.boxes)
        for s in self.steps:  # room for all that will stand at an arrow and in a box
            if isinstance(s, Step):
                k = self.box[s.operand]
                least = max(boxes[k].size[0] - PADDING, fonts.width(self._gradient(s)))
                boxes[k] = replace(boxes[k], least=least)
                if s.node is not None:
                    k = self.arrow[s.node, s.position]
                    arrows[k] = replace(arrows[k], label=f"×{shown(s.local, look.digits)}")
        boxes = [replace(box, least=box.size[0] - PADDING) for box in boxes]
        self.widest = replace(picture, boxes=tuple(boxes), arrows=tuple(arrows))
        self.layout: Layout = layout_of(self.widest, engine)

    def _changed(self, s: ForwardStep | Step) -> Value:
        return s.node if isinstance(s, ForwardStep) else s.operand

    def _gradient(self, s: Step) -> str:
        state = "✓" if s.is_final else f"({s.k}/{s.n})"
        return f"grad {shown(s.after, self.look.digits)} {state}"

    # ---- frames -----------------------------------------------------------------------------

    def drawings(self, chosen: range) -> dict[int, str]:
        """The drawings of some steps, by number."""
        texts = {k: self._texts(k) for k in range(len(self.steps) + 1)}
        room = max(fonts.width(text) for told in texts.values() for text in told)
        told: dict[int, str] = {}
        boxes = [self._begun(box) for box in self.widest.boxes]
        for k in range(chosen[-1] + 1):
            s = self.steps[k - 1] if k else None
            if s is not None:
                place = self.box[self._changed(s)]
                boxes[place] = self._after(boxes[place], s)
            if k in chosen:
                told[k] = self._frame(self._marked(boxes, s), texts[k], room)
        return told

    def _begun(self, box: Box) -> Box:
        """A box before the first step."""
        v = box.values[0]
        value = shown(v.data, self.look.digits) if v.is_leaf else "?"
        return _with(box, value=value, grad="grad —")

    def _after(self, box: Box, s: ForwardStep | Step) -> Box:
        if isinstance(s, ForwardStep):
            return _with(box, value=shown(s.value, self.look.digits))
        return _with(box, grad=self._gradient(s))

    def _marked(self, boxes: Sequence[Box], s: ForwardStep | Step | None) -> Picture:
        """The picture with what the step reads, changes and passes marked."""
        read: list[Value] = []
        edges = []
        if isinstance(s, ForwardStep):
            read = list(s.node.operands)
            edges = [(s.node, i) for i in range(len(read))]
        elif s is not None and s.node is not None:
            read, edges = [s.node], [(s.node, s.position)]
        marked, drawn = list(boxes), [replace(a, label="") for a in self.widest.arrows]
        for v in read:
            k = self.box[v]
            marked[k] = replace(marked[k], marks=(*marked[k].marks, "highlight"))
        for edge in edges:
            k = self.arrow[edge]
            label = self.widest.arrows[k].label if isinstance(s, Step) else ""
            drawn[k] = replace(drawn[k], label=label, marks=("highlight",))
        if s is not None:
            k = self.box[self._changed(s)]
            marks = tuple(dict.fromkeys((*marked[k].marks, "highlight")))
            marked[k] = replace(marked[k], marks=marks, fill=self.look.colors.glow)
        return replace(self.widest, boxes=tuple(marked), arrows=tuple(drawn))

    def _frame(self, picture: Picture, texts: Sequence[str], room: float) -> str:
        """The drawing with the equation below it."""
        look, colors = self.look, self.look.colors
        plain = replace(look, theme="dark" if look.theme == "dark" else "light")
        inner = svg.write(replace(picture, look=plain), self.layout, root="@")
        wide, high = size_of(inner)
        # as large as slides need, and as all texts fit beside each other
        size = max(fonts.SIZE, min(LARGEST, wide / 70, fonts.SIZE * (wide - 2 * MARGIN) / room))
        line = size * 1.5
        width = max(wide, room * size / fonts.SIZE + 2 * MARGIN)
        height = high + TEXTS * line + MARGIN
        # the drawing's place within this one, known when it is drawn
        inner = inner.replace("@", at_size((width - wide) / 2, 0, wide, high), 1)
        parts = [inner.strip(), '<g class="equation">']
        for n, text in enumerate(texts):
            y = high + (n + 1) * line - 0.3 * size
            if text and look.is_anywhere:
                at = at_size(
                    MARGIN - 2, y - 1.1 * size, fonts.width(text) * size / fonts.SIZE + 4, line
                )
                parts.append(f'<rect class="plate" {at} rx="3" fill="{colors.box}"/>')
            parts.append(
                f'<text class="{"step" if n else "note"}" x="{num(MARGIN)}" y="{num(y)}" '
                f'font-size="{num(size)}" fill="{colors.ink if n else colors.dim}" '
                f'xml:space="preserve">{svg_of(text, size)}</text>'
            )
        told = "; ".join(text_of(text) for text in texts[1:] if text)
        return sheet((width, height), look, text_of(texts[0]), told, [*parts, "</g>"])

    # ---- in words ---------------------------------------------------------------------------

    def _texts(self, k: int) -> tuple[str, ...]:
        """What happens, the rule, the numbers: the lines under step k, with marks."""
        count = len(self.steps)
        if not k:
            return (f"step 0 of {count}: the inputs and parameters", "", "")
        s, digits = self.steps[k - 1], self.look.digits
        head = f"step {k} of {count}, "
        root = self.names[self.root]
        if isinstance(s, ForwardStep):
            value, numbers = shown(s.value, digits), s.substituted(digits)
            told = [s.name, s.formula, numbers] if numbers != s.formula else [s.name, s.formula]
            equation = " = ".join(told)
            if value != numbers:
                equation += f" {s.sign(digits)} {value}"
            return head + f"forward: {s.name}", equation, ""
        head += "backward: "
        grad = partial(root, s.to_name)
        if s.node is None:
            return head + "the seed", f"{grad} = 1", ""
        local, numbers = shown(s.local, digits), s.substituted(digits)
        edge = partial(s.from_name, s.to_name)
        rule = f"{edge} = {s.formula}"
        if numbers not in (s.formula, local):
            rule += f" = {numbers}"
        if s.formula != local:
            rule += f" {s.sign(digits)} {local}"
        up = partial(root, s.from_name).inside(PRODUCT)
        line = f"{grad} {'+=' if s.n > 1 else '='} {up} · {edge.inside(PRODUCT, right=True)}"
        line += f" = {s.product(digits)}"
        if s.n > 1:
            line += f";   {s.k} of {s.n}: {s.total(digits)}"
        return head + f"from {s.from_name} to {s.to_name}", rule, line


def _with(box: Box, **texts: str) -> Box:
    """The box with other texts in its lines of these kinds, and a tooltip that says the same."""
    if not any(line.kind == "grad" for line in box.lines):
        return box  # a constant
    lines = [replace(x, text=texts.get(x.kind, x.text)) for x in box.lines]
    head, *numbers = lines
    told = ", ".join([text_of(head.strong + head.text), *spoken(numbers)])
    return replace(box, lines=tuple(lines), tooltip=told)

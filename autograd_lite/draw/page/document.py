"""The stepper: one HTML page, without network, to go through both passes step by step."""

from __future__ import annotations

import binascii
import hashlib
import html
import json
import os
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import GraphTooLarge
from ...expr import shown
from ...labels import clean
from ...number import unwrapped
from ...steps import ForwardStep, Step, all_steps, backward_table
from ...steps.symbols import partial
from ...value import Value
from .. import fonts, svg
from ..files import write_whole
from ..layouts import Engine, layout_of
from ..picture import Arrow, Box, Direction, Look, Picture, Scopes, picture_of

MAX_STEPS = 500
SCRIPTS = ("steps.js",)  # in the order in which the page holds them
PREFIX = "g-"  # before the ids of the drawing, apart from those of the page


@dataclass(frozen=True)
class Stepper:
    """The page, as ``html``; in a notebook it shows itself in a frame of its own."""

    html: str
    text: str  # the same steps as a table
    title: str
    steps: int

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, whole or not at all."""
        return write_whole(path, self.html.encode("utf-8"))

    def __repr__(self) -> str:
        return f"<stepper of {self.title}: {self.steps} steps>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        frame = (
            f'<iframe sandbox="allow-scripts" srcdoc="{html.escape(self.html)}" '
            f'title="{html.escape(self.title)}" width="100%" height="680" '
            'style="border:0"></iframe>'
        )
        table = f"<details><summary>as text</summary><pre>{html.escape(self.text)}</pre></details>"
        return {"text/html": frame + table, "text/plain": self.text}


def stepper(
    root: Value,
    *,
    title: str = "",
    rankdir: Direction = "LR",
    scopes: Scopes = "frames",
    digits: int = 4,
    engine: Engine = "auto",
    max_nodes: int = 300,
) -> Stepper:
    """Both passes from ``root``, step by step, as one page that needs nothing else.

    Args:
        root: the result.
        title: the page's heading; by default it names the root.
        rankdir: "LR" (left to right), "TB", "RL" or "BT".
        scopes: ``"frames"`` or ``"none"``.
        digits: significant digits.
        engine: who lays out the graph: see ``to_svg``.
        max_nodes: refuse to draw more boxes than this.

    Raises:
        GraphTooLarge: more boxes than that, or more than 500 steps.
        StaleGraphError: an operand's number was changed after the forward pass.
    """
    if scopes == "boxes":
        raise ValueError('scopes="boxes": steps lead through boxes; use "frames" or "none"')
    look = Look(rankdir=rankdir, scopes=scopes, digits=digits, max_nodes=max_nodes)
    root = unwrapped(root)
    picture = picture_of(root, look)
    steps = list(all_steps(root))
    if len(steps) > MAX_STEPS:
        raise GraphTooLarge(
            f"{len(steps):,} steps are more than anyone goes through ({MAX_STEPS}); "
            "step through a part: stepper(v) of a Value v on the way"
        )
    page = _Page(root, picture, steps, digits)
    title = title or f"Forward and backward through {picture.names[root]}"
    return Stepper(page.html(title, engine), backward_table(root, digits=digits), title, len(steps))


class _Page:
    def __init__(
        self, root: Value, picture: Picture, steps: list[ForwardStep | Step], digits: int
    ) -> None:
        self.root, self.steps, self.digits = root, steps, digits
        self.name = picture.names[root]
        self.box = {box.values[0]: box for box in picture.boxes}
        boxes = tuple(replace(box, least=self._widest(box)) for box in picture.boxes)
        self.arrow = {a.edge: a for a in picture.arrows}
        arrows = tuple(replace(a, label=self._chip(a)) for a in picture.arrows)
        self.picture = replace(picture, boxes=boxes, arrows=arrows)

    def _chip(self, arrow: Arrow) -> str:
        """The local derivative as it rides on the arrow; none towards a constant."""
        assert arrow.edge is not None
        v, position = arrow.edge
        found = (
            s for s in self.steps if isinstance(s, Step) and s.node is v and s.position == position
        )
        return next((f"×{shown(s.local, self.digits)}" for s in found), "")

    def _widest(self, box: Box) -> float:
        """The widest text that the box will show."""
        v = box.values[0]
        told = [self._gradient(s) for s in self.steps if isinstance(s, Step) and s.operand is v]
        return max((fonts.width(text, bold=True) for text in told), default=0.0)

    def _gradient(self, s: Step) -> str:
        state = "✓" if s.is_final else f"({s.k}/{s.n})"
        return f"grad {shown(s.after, self.digits)} {state}"

    def html(self, title: str, engine: Engine) -> str:
        style, script = _file("page.css"), "".join(map(_file, SCRIPTS))
        policy = (
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
            "base-uri 'none'; form-action 'none'"
        )
        layout = layout_of(self.picture, engine)
        width, height = layout.width + 2 * svg.MARGIN, layout.height + 2 * svg.MARGIN
        drawing = svg.write(
            self.picture,
            layout,
            prefix=PREFIX,
            root=f'width="{width:.0f}" height="{height:.0f}" aria-hidden="true"',
            flows=True,
        )
        data = {"nodes": list(self._nodes()), "steps": [self._data(s) for s in self.steps]}
        named = html.escape(clean(title, 200))
        rows = "\n".join(map(self._row, self.steps))
        return _file("page.html").format(
            policy=policy,
            title=named,
            style=style,
            drawing=drawing,
            last=len(self.steps),
            rows=rows,
            data=_as_json(data),
            script=script,
        )

    def _nodes(self) -> Iterator[dict[str, Any]]:
        for v, box in self.box.items():
            told = {"id": PREFIX + box.id, "leaf": v.is_leaf, "grad": not v.is_constant}
            yield told | {"value": shown(v.data, self.digits)}

    # ---- one step ---------------------------------------------------------------------------

    def _data(self, s: ForwardStep | Step) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if isinstance(s, ForwardStep):
            edges = [(s.node, i) for i in range(len(s.node.operands))]
            told |= {"forward": True, "to": self._id(s.node), "value": shown(s.value, self.digits)}
            told["from"] = list(dict.fromkeys(map(self._id, s.node.operands)))
            return told | {"edges": [PREFIX + self.arrow[e].id for e in edges]}
        told |= {"to": self._id(s.operand), "shown": self._gradient(s), "final": s.is_final}
        if s.node is not None:
            told["from"] = [self._id(s.node)]
            told["edges"] = [PREFIX + self.arrow[s.node, s.position].id]
        return told

    def _id(self, v: Value) -> str:
        return PREFIX + self.box[v].id

    def _texts(self, s: ForwardStep | Step) -> tuple[str, str, str, str]:
        """(what happens, the rule, the equation, the total): what the table says of a step."""
        digits = self.digits
        forward = sum(isinstance(x, ForwardStep) for x in self.steps)
        if isinstance(s, ForwardStep):
            value = shown(s.value, digits)
            equation = f"{s.name} = {s.formula} = {s.substituted(digits)} {s.sign(digits)} {value}"
            if s.substituted(digits) in (s.formula, value):
                equation = f"{s.name} = {s.formula} = {value}"
            return f"forward, {s.index} of {forward}: {s.name}", "", equation, ""
        grad = partial(self.name, s.to_name)
        what = f"backward, {s.index - forward} of {len(self.steps) - forward}: "
        if s.node is None:
            return what + "the seed", "", f"{grad} = 1", f"{grad} = 1, final ✓"
        up, edge = partial(self.name, s.from_name), partial(s.from_name, s.to_name)
        local, numbers = shown(s.local, digits), s.substituted(digits)
        rule = f"{edge} = {s.formula}"
        if numbers not in (s.formula, local):
            rule += f" = {numbers}"
        if s.formula != local:
            rule += f" {s.sign(digits)} {local}"
        equation = f"{up} × {edge} = {s.product(digits).replace(' · ', ' × ', 1)}"
        state = "final ✓" if s.is_final else "partial, more to come"
        total = f"{grad} = {s.total(digits)} ({s.k} of {s.n}), {state}"
        return what + f"from {s.from_name} to {s.to_name}", rule, equation, total

    def _row(self, s: ForwardStep | Step) -> str:
        cells = "".join(f"<td>{html.escape(text)}</td>" for text in self._texts(s))
        return f'<tr data-step="{s.index}"><td>{s.index}</td>{cells}</tr>'


def _file(name: str) -> str:
    content = pkgutil.get_data(__package__, name)
    assert content is not None
    return content.decode()


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{binascii.b2a_base64(digest, newline=False).decode()}'"


def _as_json(data: Any) -> str:
    """JSON that can stand in a page: no tag can begin in it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

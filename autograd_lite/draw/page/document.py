"""The stepper: one HTML page, without network, to go through both passes step by step."""

from __future__ import annotations

import binascii
import hashlib
import html
import json
import os
import pkgutil
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from ...errors import DomainError
from ...expr import shown
from ...labels import Symbol, clean, typeset
from ...notebook import bundle, pre
from ...number import in_order, unwrapped
from ...ops import OPS, Op
from ...steps import ForwardStep, Step, all_steps, backward_table
from ...steps.symbols import partial
from ...terminal import printed
from ...value import Value, order
from .. import fonts, svg
from ..files import write_whole
from ..highlight import highlighted
from ..layouts import Engine, layout_of
from ..picture import Arrow, Box, Direction, Look, Picture, Scopes, picture_of
from ..theme import ThemeName, variables
from . import operations, slips, training
from .pack import bare, packed, squeezed
from .part import Part, part_of

MAX_STEPS = 500
SCRIPTS = (  # in the order in which the page holds them, in one function
    "page.js",
    "numbers.js",
    "graph.js",
    "texts.js",
    "dom.js",
    "picture.js",
    "shade.js",
    "live.js",
    "table.js",
    "learn.js",
    "train.js",
    "slips.js",
    "predict.js",
    "view.js",
    "present.js",
    "theme.js",
    "steps.js",
    "keys.js",
    "begin.js",
)
SPECIAL = {"erf": "erf.js", "erfc": "erf.js"}  # functions that JavaScript lacks
PREFIX = "g-"  # before the ids of the drawing, apart from those of the page


@printed
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
        table = f"<details><summary>as text</summary>{pre(self.text)}</details>"
        return bundle(self.text, html=frame + table)


def stepper(
    root: Value,
    *,
    title: str = "",
    rankdir: Direction = "LR",
    formulas: bool = True,
    scopes: Scopes = None,
    digits: int = 4,
    color: Literal["gradient"] | None = None,
    highlight: Any = (),
    focus: Value | None = None,
    radius: int = 2,
    max_nodes: int | None = 300,
    theme: ThemeName | None = None,
    wrt: Any = None,
    samples: Mapping[str, Sequence[float]] | None = None,
    engine: Engine = "auto",
) -> Stepper:
    """Both passes from ``root``, step by step, as one page that needs nothing else.

    Of a graph that has more boxes or steps than a page, the page shows the part that is nearest
    to the result, and says so: what is left out stands there as given numbers.

    Args:
        root: the result.
        title: the page's heading; by default it names the root.
        rankdir: "LR" (left to right), "TB", "RL" or "BT".
        formulas: write ``z = w · x`` into a box; else its operation's name alone.
        scopes: ``"frames"`` or ``"none"``.
        digits: significant digits.
        color: ``"gradient"``: shade the boxes by their gradients from the start.
        highlight: a Value, several, or a path of ``chain_rule``: drawn thick.
        focus: step through the ways from this Value to the result, and through what is at most
            ``radius`` arrows below it.
        radius: see ``focus``.
        max_nodes: the most boxes that are shown, or ``None``; there are never more than 500
            steps.
        theme: ``"light"``, ``"dark"``, or as the reader's system has it; a switch on the page
            changes it.
        wrt: what training on the page moves: leaves, as Values or by their labels, or a module;
            by default, the parameters of modules.  The reader may choose others.
        samples: numbers for leaves by their labels, one for each sample: ``{"x": [0.5, 2.0],
            "y": [0, 1]}``.  The page goes from sample to sample, and trains over all of them.
        engine: who lays out the graph: see ``to_svg``.

    Raises:
        GraphTooLarge: the ways from ``focus`` to the result are too many for a page.
        StaleGraphError: an operand's number was changed after the forward pass.
        ValueError: ``wrt`` or ``samples`` names no leaf, or numbers that do not fit.
    """
    if scopes == "boxes":
        raise ValueError('scopes="boxes": steps lead through boxes; use "frames" or "none"')
    if max_nodes is not None and max_nodes < 1:
        raise ValueError(f"max_nodes={max_nodes!r}: a page has at least one box")
    root = unwrapped(root)
    part = part_of(
        root, boxes=max_nodes or MAX_STEPS + 1, steps=MAX_STEPS, focus=focus, radius=radius
    )
    look = Look(
        rankdir=rankdir,
        formulas=formulas,
        scopes=scopes,
        digits=digits,
        color=color,
        highlight=highlight if part.is_whole else _seen(highlight, part),
        radius=radius,
        max_nodes=None,
        fold_sums=False,
        theme=theme,
    )
    picture = picture_of(part.root, replace(look, color=None, theme=None))  # a page has its own
    steps = [_of_whole(s, part) for s in all_steps(part.root)]
    page = _Page(part, picture, steps, look, wrt, samples)
    title = title or f"Forward and backward through {picture.names[part.root]}"
    text = backward_table(part.root, digits=digits)
    if not part.is_whole:
        text = f"{textwrap.fill(page.note, 80)}\n\n{text}"
    return Stepper(page.html(title, engine), text, title, len(steps))


def _seen(highlight: Any, part: Part) -> list[Value]:
    """What of the marked Values and paths is on the page."""
    found = highlighted(highlight)
    return [twin for v, twin in part.twins.items() if v in found.values or v in found.nodes]


def _of_whole(s: ForwardStep | Step, part: Part) -> ForwardStep | Step:
    """A step with the count of all contributions, those that the page does not show too."""
    return replace(s, n=max(1, part.uses[s.operand])) if isinstance(s, Step) else s


class _Page:
    def __init__(
        self,
        part: Part,
        picture: Picture,
        steps: list[ForwardStep | Step],
        look: Look,
        wrt: Any,
        samples: Any,
    ) -> None:
        self.part, self.root, self.steps = part, part.root, steps
        self.look, self.digits = look, look.digits
        nodes = self.nodes = order(self.root)
        self.fixed = training.fixed_leaves(nodes, part.uses)
        wrt = _twins(wrt, part)
        self.parameters = training.parameters_of(nodes, wrt, self.fixed)
        chosen = [] if wrt is None else self.parameters
        self.samples = training.samples_of(nodes, samples, chosen, self.fixed)
        self.parameters = [v for v in self.parameters if v not in self.samples]
        self.pushes = [s for s in steps if isinstance(s, Step)]
        self.push = {(s.node, s.position): s for s in self.pushes if s.node is not None}
        self.arrivals: dict[Value, list[Step]] = {v: [] for v in nodes}
        for s in self.pushes:
            self.arrivals[s.operand].append(s)
        self.name = picture.names[self.root]
        self.box = {box.values[0]: box for box in picture.boxes}
        boxes = tuple(replace(self._box(box), least=self._widest(box)) for box in picture.boxes)
        self.arrow = {a.edge: a for a in picture.arrows}
        arrows = tuple(replace(a, label=self._chip(a)) for a in picture.arrows)
        self.picture = replace(picture, boxes=boxes, arrows=arrows)

    def _box(self, box: Box) -> Box:
        """A box of the picture; a Value whose operands are not on the page is told apart."""
        if box.values[0] not in self.part.given:
            return box
        return replace(box, kind="stub", tooltip=f"{box.tooltip}; what it is made of is not shown")

    @property
    def note(self) -> str:
        """What the page leaves out, and how to see it; "" if nothing."""
        if self.part.is_whole:
            return ""
        return (
            f"This is a part of {self.name}: {len(self.box):,} of its {self.part.total:,} Values. "
            "A dotted border: given here, what it is made of is not shown. For other parts: "
            f"stepper(v) of a Value v on the way, or focus=v for the ways from v to {self.name}."
        )

    def _chip(self, arrow: Arrow) -> str:
        """The local derivative as it rides on the arrow; none towards a constant."""
        assert arrow.edge is not None
        found = self.push.get(arrow.edge)
        return f"×{shown(found.local, self.digits)}" if found else ""

    def _widest(self, box: Box) -> float:
        """The widest text that the box will show; other numbers have as many digits as any."""
        v = box.values[0]
        if v.is_constant:
            return 0.0
        told = [self._gradient(s) for s in self.arrivals[v]]
        usual = f"grad −0.{'8' * self.digits} ✓"
        return max(fonts.width(text, bold=True) for text in (usual, *told))

    def _gradient(self, s: Step) -> str:
        state = "✓" if s.is_final else f"({s.k}/{s.n})"
        return f"grad {shown(s.after, self.digits)} {state}"

    def html(self, title: str, engine: Engine) -> str:
        theme, style = self.look.theme, _style()
        functions, unpack, code = self._functions(), bare(_file("unpack.js")), _code()
        policy = (
            f"default-src 'none'; style-src {_hash(style)}; "
            f"script-src {' '.join(map(_hash, (functions, unpack, code)))}; "
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
        named = html.escape(clean(title, 200))
        rows = "\n".join(map(self._row, self.steps))
        return _file("page.html").format(
            policy=policy,
            title=named,
            theme=f' data-theme="{theme}"' if theme in ("light", "dark") else "",
            note=f'<p class="part">{html.escape(self.note)}</p>\n' if self.note else "",
            style=style,
            drawing=drawing,
            last=len(self.steps),
            rows=rows,
            data=_as_json(self._content()),
            functions=functions,
            packed=packed(code),
            unpack=unpack,
        )

    def _functions(self) -> str:
        """The operations of the graph and the update rules, as JavaScript."""
        used = self._ops()
        ops = operations.needed([*used, *slips.called(used)])
        special = operations.primitives(ops) & SPECIAL.keys()
        files = ["floats.js", *dict.fromkeys(SPECIAL[name] for name in sorted(special))]
        printed = [operations.functions(ops), slips.functions(used), training.rules()]
        return "\n".join(['"use strict";', *(bare(_file(name)) for name in files), *printed]) + "\n"

    # ---- what the script works on -----------------------------------------------------------

    def _content(self) -> dict[str, Any]:
        """The graph as recorded: nodes in their order, steps, formulas, domains; the rules."""
        nodes = self.nodes
        index = {v: i for i, v in enumerate(nodes)}
        forms: dict[Any, Any] = {}
        places: dict[Any, int] = {}
        told = []
        for v in nodes:
            form = operations.form_of(v)
            if form:
                forms.setdefault(*form)
                places.setdefault(form[0], len(places))
            told.append(self._node(v, index) | ({"form": places[form[0]]} if form else {}))
        return {
            "digits": self.digits,
            "shaded": self.look.color == "gradient",
            "nodes": told,
            "steps": [self._data(s, index) for s in self.steps],
            "forms": list(forms.values()),
            "domains": {op.name: operations.domain_of(op) for op in self._ops() if op.domain},
            "slips": slips.described(self._ops()),
            "parameters": [index[v] for v in self.parameters],
            "samples": [[index[v], numbers] for v, numbers in self.samples.items()],
            "rules": training.described_rules(),
            "symbols": training.symbols(),
        }

    def _ops(self) -> list[Op]:
        """The operations of the graph, in the order of the table."""
        used = {v.op for v in self.nodes}
        return [op for op in OPS.values() if op in used]

    def _node(self, v: Value, index: dict[Value, int]) -> dict[str, Any]:
        name = self.picture.names[v]
        told: dict[str, Any] = {"id": self._id(v), "value": operations.number(v.data)}
        if not v.is_constant or v.label:
            told |= {"name": name, "binds": name.binds, **_symbol(name)}
        if v.is_constant:
            told["constant"] = True
        if v in self.part.given:
            told["given"] = True
        if v in self.fixed:
            told["fixed"] = self.fixed[v]
        if v.label:
            told["label"] = repr(v.label)
        if v.operands:
            told["operands"] = [index[x] for x in v.operands]
        if isinstance(v.op, Op):
            told["locals"] = [operations.number(x) for x in v.local_gradients]
            if _is_outside(v, v.op):  # a recorded gradient, which takes IEEE 754's answers
                told["unchecked"] = True
        elif v.operands:
            told |= self._by_hand(v)
        return told

    def _by_hand(self, v: Value) -> dict[str, Any]:
        """What a node made by hand pushed; a backward of its own holds for this upstream only."""
        pushed = [self.push.get((v, i)) for i in range(len(v.operands))]
        local = [operations.number(s.local if s else 0.0) for s in pushed]
        if v.__dict__.get("_custom_backward") is None and "NaN" not in local:
            return {"locals": local}
        added = [operations.number(s.contribution if s else 0.0) for s in pushed]
        upstream = next((s.upstream for s in pushed if s), 0.0)
        recorded = {"upstream": operations.number(upstream), "contributions": added}
        return {"locals": local, "recorded": recorded}

    def _data(self, s: ForwardStep | Step, index: dict[Value, int]) -> dict[str, Any]:
        """A step: the boxes and arrows that it speaks of, and what they are in the graph."""
        if isinstance(s, ForwardStep):
            edges = [(s.node, i) for i in range(len(s.node.operands))]
            return {
                "forward": True,
                "node": index[s.node],
                "to": self._id(s.node),
                "from": list(dict.fromkeys(map(self._id, s.node.operands))),
                "edges": [PREFIX + self.arrow[e].id for e in edges],
            }
        told: dict[str, Any] = {"operand": index[s.operand], "to": self._id(s.operand)}
        told |= {"k": s.k, "n": s.n, "final": s.is_final}
        if s.node is not None:
            told |= {"node": index[s.node], "position": s.position, "from": [self._id(s.node)]}
            told["edges"] = [PREFIX + self.arrow[s.node, s.position].id]
        return told

    def _id(self, v: Value) -> str:
        return PREFIX + self.box[v].id

    def _texts(self, s: ForwardStep | Step) -> tuple[str, str, str, str]:
        """(what happens, the rule, the equation, the total): what the table says of a step."""
        digits = self.digits
        forward = len(self.steps) - len(self.pushes)
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


def _twins(wrt: Any, part: Part) -> Any:
    """What is to be trained, as it stands on the page."""
    if wrt is None or isinstance(wrt, str):
        return wrt
    if isinstance(wrt, Value):
        return part.twins.get(wrt, wrt)
    if hasattr(wrt, "parameters"):
        return [part.twins[p] for p in wrt.parameters() if p in part.twins]
    found = in_order(wrt, "wrt")
    return [part.twins.get(x, x) if isinstance(x, Value) else x for x in found]


def _is_outside(v: Value, op: Op) -> bool:
    """Whether it was computed in spite of its operation's domain."""
    arguments = [x.data for x in v.operands] + ([] if v.parameter is None else [v.parameter])
    try:
        op(*arguments)
    except DomainError:
        return True
    return False


def _symbol(name: str) -> dict[str, Any]:
    """How a name is typeset, where it is a symbol: [base, above, below]."""
    symbol = typeset(name)
    if symbol.text == name or not symbol.is_symbol:
        return {}
    return {"symbol": [Symbol(symbol.base, symbol.accent).text, symbol.sup, symbol.sub]}


@cache
def _code() -> str:
    """The page's script, the same on every page; without it the page is drawing and table."""
    files = "\n".join(bare(_file(name)) for name in SCRIPTS)
    return f'"use strict";\n(function () {{\n{files}}}());\n'


def _file(name: str) -> str:
    content = pkgutil.get_data(__package__, name)
    assert content is not None
    return content.decode()


@cache
def _style() -> str:
    style = _file("page.css")
    return squeezed(variables(style) + style)


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{binascii.b2a_base64(digest, newline=False).decode()}'"


def _as_json(data: Any) -> str:
    """JSON that can stand in a page: no tag can begin in it."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

"""What the page knows of the operations: functions in JavaScript, and formulas with blanks.

Both are printed from the rows of the calculus table.  A blank is the place of a name or a number
in a formula: it keeps how tightly its place binds, so that the page sets brackets as Python does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...expr import ATOM, JavaScript, Mathematics, Written, shown, simplified
from ...labels import clean
from ...notation import Call, Compare, Expr, If, Number, calls, names, walk
from ...ops import OPS, PRIMITIVES, Op
from ...value import Value

RESULT = -1  # the blank of the result; those of the operands are 0, 1 …
# Signs around blanks and fractions while a formula is printed; no printable text has them.
_BLANK, _FRACTION, _OVER, _END = "\ufde0", "\ufde1", "\ufde2", "\ufde3"
Template = list[Any]  # text, [blank, how tightly it binds, after a sign], {t: plain, n: …, d: …}


def number(x: float) -> float | str:
    """A number as JSON can bear it; the page's ``number`` reads the texts."""
    return x if math.isfinite(x) else shown(x)


# ---- functions ----------------------------------------------------------------------------------


def needed(ops: list[Op]) -> list[Op]:
    """The operations and those that their texts call, in the order of the table."""
    found, waiting = set(ops), list(ops)
    while waiting:
        for op in map(OPS.get, _called(waiting.pop())):
            if op is not None and op not in found:
                found.add(op)
                waiting.append(op)
    return [op for op in OPS.values() if op in found]


def primitives(ops: list[Op]) -> set[str]:
    """The functions that these operations take from the backend."""
    return {name for op in ops for name in _called(op, primitive=True)}


def _called(op: Op, *, primitive: bool = False) -> Iterator[str]:
    for formula in (op.value, *op.derivatives, *([op.domain] if op.domain else [])):
        yield from (name for name in calls(formula.tree) if (name in PRIMITIVES) == primitive)


def functions(ops: list[Op]) -> str:
    """The rows as JavaScript: ``ROWS.sigmoid.value(a)``, its local derivatives, its domain.

    >>> print(functions([OPS["relu"]]))
    const ROWS = {
      relu: {
        value: (a) => a <= 0 ? 0 : a,
        locals: [(a, y) => a <= 0 ? 0 : a > 0 ? 1 : NaN],
        pieces: [(a, y) => a <= 0 ? 0 : a > 0 ? 1 : 2],
      },
    };
    """
    lines = ["const ROWS = {"]
    for op in ops:
        paper = JavaScript(in_javascript, {op.parameter: "n"} if op.parameter else {})
        given = [*op.operands, *(["n"] if op.parameter else [])]
        call, slope = f"({', '.join(given)})", f"({', '.join([*given, 'y'])})"
        if op.default is not None:  # which a text that calls the row may leave out
            call = f"({', '.join([*op.operands, f'n = {paper.number(op.default)}'])})"
        local = [f"{slope} => {paper.text(rule.tree)}" for rule in op.derivatives]
        lines += [
            f"  {op.name}: {{",
            f"    value: {call} => {paper.text(op.value.tree)},",
            f"    locals: [{', '.join(local)}],",
        ]
        if any(rule.in_pieces for rule in op.derivatives):
            chosen = [f"{slope} => {paper.text(_choice(rule.tree))}" for rule in op.derivatives]
            lines.append(f"    pieces: [{', '.join(chosen)}],")
        if op.domain:
            lines.append(f"    domain: {call} => {paper.condition(op.domain.tree)},")
        lines.append("  },")
    return "\n".join([*lines, "};"])


def in_javascript(name: str) -> str:
    """What an operation or function is called in the page's script."""
    return f"FLOATS.{name}" if name in PRIMITIVES else f"ROWS.{name}.value"


def _pieces(tree: Expr, condition: Expr | None = None) -> list[tuple[Expr, Expr | None]]:
    """Every piece of a rule with the comparison that chooses it, as ``expr.chosen`` finds them."""
    if not isinstance(tree, If):
        return [(tree, condition)]
    told = any(isinstance(x, Compare) for x in walk(tree.test))
    return [*_pieces(tree.then, tree.test if told else None), *_pieces(tree.other)]


def _choice(tree: Expr, first: int = 0) -> Expr:
    """The same choices, with the pieces' numbers, from 0, in place of the pieces."""
    if not isinstance(tree, If):
        return Number(float(first))
    other = first + len(_pieces(tree.then))
    return If(tree.test, _choice(tree.then, first), _choice(tree.other, other))


# ---- formulas with blanks -----------------------------------------------------------------------


class Blank(Written):
    """The place of a name; how tightly it binds is known when it is put into a formula."""

    number: int

    def __new__(cls, number: int) -> Blank:
        """The blank of that number."""
        self: Any = super().__new__(cls, f"{_BLANK}{number},0,0{_BLANK}")
        self.number = number
        return self  # type: ignore[no-any-return]

    def inside(self, tight: int, *, right: bool = False) -> str:
        """The blank, with what its place asks of the name."""
        return f"{_BLANK}{self.number},{tight},{int(right)}{_BLANK}"


class Typeset(Mathematics):
    """Mathematics in which a fraction without another one in it is marked, to be built up."""

    def write(self, tree: Expr) -> Written:
        """A part of the formula."""
        plain = super().write(tree)
        if isinstance(tree, Call) and tree.name == "div" and len(tree.arguments) == 2:
            a, b = tree.arguments
            if "div" not in (*calls(a), *calls(b)):
                return _fraction(plain, self.write(a), self.write(b))
        return plain

    def template(self, template: Any, operands: Any) -> Written:
        """An operation filled in."""
        plain = super().template(template, operands)
        filled = [x for x in template.pieces if x != " "]
        if len(filled) == 3 and filled[1] == "/":
            a, b = (Written(x) if isinstance(x, str) else operands[x[0]] for x in filled[::2])
            return _fraction(plain, a, b)
        return plain


def _fraction(plain: Written, a: Written, b: Written) -> Written:
    """A marked fraction; a minus at its beginning stays before it, where brackets ask for it."""
    if _FRACTION in plain:
        return plain
    sign = "−" if plain.startswith("−") else ""
    text = f"{sign}{_FRACTION}{plain[len(sign) :]}{_OVER}{a[len(sign) :]}{_OVER}{b}{_END}"
    return Written(text, plain.binds)


def form_of(v: Value) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """(key, how the operation that made ``v`` is written), or ``None`` for a leaf."""
    if v.op is None:
        return None
    blanks = [Blank(k) for k in range(len(v.operands))]
    if not isinstance(v.op, Op):
        name = clean(v.op.shown)
        made = Written(f"{Typeset(OPS).label(name)}({', '.join(blanks)})")
        return ("", name, len(blanks)), {"row": None, "made": template(made), "called": True}
    op, n = v.op, v.parameter
    made = op.formula(*blanks, parameter=n, printer=Typeset)
    known: dict[str, float] = {} if n is None else {op.parameter: n}
    filled = dict(zip((*op.operands, "y"), (*blanks, Blank(RESULT)), strict=True)) | known
    paper = Typeset(OPS, filled)
    rules = [
        [template(paper.piece(simplified(x, known), test)) for x, test in _pieces(rule.tree)]
        for rule in op.derivatives
    ]
    told = {"row": op.name, "made": template(made), "called": made.binds == ATOM, "rules": rules}
    return (op.name, n), told | {"n": [] if n is None else [number(n)]}


def template(text: str) -> Template:
    """A printed formula as the page keeps it."""
    found: Template = []
    while text:
        cut = min((k for k in map(text.find, (_BLANK, _FRACTION)) if k >= 0), default=len(text))
        if cut:
            found.append(text[:cut])
        text = text[cut:]
        if text.startswith(_BLANK):
            _, blank, text = text.split(_BLANK, 2)
            found.append([int(x) for x in blank.split(",")])
        elif text:
            fraction, text = text[1:].split(_END, 1)
            plain, a, b = map(template, fraction.split(_OVER))
            found.append({"t": plain, "n": a, "d": b})
    return found


def domain_of(op: Op) -> dict[str, Any]:
    """What ``DomainError`` says of an operation, and where Python raises it."""
    assert op.domain is not None
    used = names(op.domain)
    return {
        "letters": op.in_letters,
        "arguments": [[x, k] for k, x in enumerate(op.arguments) if x in used],
        "needs": f"{op.name} needs {Mathematics(OPS).condition(op.domain.tree)}",
        "hint": f" {op.hint}" if op.hint else "",
        "raises": op.raises,
        "divides": "div" in calls(op.value.tree),
    }

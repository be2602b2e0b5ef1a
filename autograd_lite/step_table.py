"""The steps of an update rule as a table: each of its quantities in symbols and in numbers.

``optim.explain`` and ``minimize(…, history=True)`` return one.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .expr import LaTeX, Written, read, shown
from .labels import columns
from .notation import Formula, names
from .notebook import bundle, escaped, raised, table
from .ops import OPS
from .terminal import encoding_of, printed
from .text_table import json_number, laid_out, markdown
from .update_rule import Move, Statement, latex_symbol, symbol

WIDTH = 80  # columns of a line
CHANGE = Statement("change", Formula("theta - before", {"theta", "before"}))
_SLOPE = Formula("slope", {"slope"})
_DECAYED = Formula("slope + weight_decay * theta", {"slope", "weight_decay", "theta"})
_LATEX = {"change": r"\Delta\theta"}


class Line(NamedTuple):
    """One quantity of one step."""

    move: Move
    statement: Statement
    value: float
    known: dict[str, Any]  # the numbers that its formula names

    def name(self) -> str:
        """The quantity, as the notes write it."""
        return "Δθ" if self.statement is CHANGE else symbol(self.statement.name)

    def formula(self) -> str:
        """The right side in symbols; "" where there is none to tell."""
        if self.statement is CHANGE:
            return ""
        if self.statement.name == "theta" and self.move.form is None:
            return self.move.symbols
        return str(self.statement.text(self._symbols(symbol)))

    def latex(self) -> str:
        """The quantity and its right side as LaTeX."""
        name = _LATEX.get(self.statement.name) or latex_symbol(self.statement.name)
        if not (self.formula() and self.move.form):
            return name
        return rf"{name} \leftarrow {self.statement.latex(self._symbols(latex_symbol))}"

    def _symbols(self, write: Callable[[str], Written]) -> dict[str, Written]:
        """How the names of the right side are written; the slope is that at the point ahead."""
        used = {x: write(x) for x in names(self.statement.formula)}
        if "slope" in used and self.move.form and self.move.form.ahead:
            used["slope"] = Written(f"{write('slope')}({write('ahead')})")
        return used

    def numbers(self, digits: int) -> str:
        """The right side with its numbers filled in; "" where that says no more than the value."""
        formula = self.statement.formula
        if self.statement is CHANGE or formula is _SLOPE or not self.known:
            return ""
        filled = {x: shown(self.known[x], digits) for x in names(formula) & self.known.keys()}
        text = str(self.statement.text(filled))
        return "" if text == shown(self.value, digits) else text

    def sign(self, digits: int) -> str:
        """= where the numbers as they are shown give the value as it is shown, or ≈."""
        rounded = {x: read(shown(n, digits)) for x, n in self.known.items()}
        told, result = read(shown(self.value, digits)), self.statement.value(rounded)
        same = math.isclose(told, result, rel_tol=1e-14) or (told != told and result != result)
        return "=" if same else "≈"


@printed
class StepTable:
    """The steps of a rule, of each parameter in turn; ``table[-3:]`` has the last three.

    ``str`` writes signs that the terminal lacks in ASCII; ``text`` takes the encoding.
    """

    def __init__(self, moves: list[Move]) -> None:
        self.moves = moves

    def __len__(self) -> int:
        """How many steps there are."""
        return len(self._steps())

    def _steps(self) -> list[int]:
        return list(dict.fromkeys(move.step for move in self.moves))

    def __getitem__(self, k: int | slice) -> StepTable:
        """A table of some of the steps, or of one."""
        chosen = self._steps()[k]
        kept = {chosen} if isinstance(chosen, int) else {*chosen}
        return StepTable([move for move in self.moves if move.step in kept])

    def lines(self) -> Iterator[Line]:
        """Every quantity of every step, in the order in which they are computed."""
        for move in self.moves:
            known = dict(move.known)
            form = move.form
            decays = bool(known.get("weight_decay"))
            steps = [Statement("g", _DECAYED if decays else _SLOPE)]
            if form:
                ahead = [form.ahead] if form.ahead else []
                steps = ahead + steps + [s for s in form.statements if s is not form.ahead]
            else:
                steps += [Statement("theta", Formula("theta", {"theta"}))]
            for s in steps:
                used = {x: known[x] for x in sorted(names(s.formula)) if x in known}
                if form is None and s.name == "theta":
                    used, known["theta"] = {}, move.after
                else:
                    known[s.name] = s.value(known)
                yield Line(move, s, known[s.name], used)
            used = {"before": move.known["theta"], "theta": move.after}
            yield Line(move, CHANGE, CHANGE.value(used), used)

    def text(self, *, digits: int = 4, encoding: str = "utf-8") -> str:
        """The table for a terminal, in lines of at most 80 columns.

        Args:
            digits: significant digits.
            encoding: signs that it lacks are written in ASCII: θ as theta, ← as <-.
        """
        if not self.moves:
            return "no step has been taken"
        beside = self._text(digits, encoding, below=False)
        wide = max(map(columns, beside.splitlines())) > WIDTH
        return self._text(digits, encoding, below=True) if wide else beside

    def _text(self, digits: int, encoding: str, *, below: bool) -> str:
        rows = [("step", "", "quantity", "", "with numbers", "", "value")]
        under = [""]
        before: Move | None = None
        for line in self.lines():
            new, before = line.move is not before, line.move
            numbers, value = line.numbers(digits), shown(line.value, digits)
            left = f"{line.name()} ← {line.formula()}" if line.formula() else line.name()
            sign = line.sign(digits) if numbers else ""
            where = (str(line.move.step), line.move.name) if new else ("", "")
            if below:
                rows.append((*where, left, "", "", "", value))
                under.append(f"{sign} {numbers}" if numbers else "")
            else:
                rows.append((*where, left, "=" if numbers else "", numbers, sign, value))
                under.append("")
        if not any(numbers for _, _, _, _, numbers, _, _ in rows[1:]):
            rows[0] = (*rows[0][:4], "", *rows[0][5:])
        return laid_out(rows, under, "><f=<=.", 10**6, encoding)

    def __str__(self) -> str:
        return self.text(encoding=encoding_of(sys.stdout))

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        heads = ("step", "", "quantity", "with numbers", "", "value")
        rows = []
        before: Move | None = None
        for line in self.lines():
            new, before = line.move is not before, line.move
            where = (str(line.move.step), line.move.name) if new else ("", "")
            left = f"{line.name()} ← {line.formula()}" if line.formula() else line.name()
            numbers = line.numbers(4)
            sign = line.sign(4) if numbers else ""
            cells = map(escaped, (*where, left, numbers, sign, shown(line.value)))
            rows.append([*map(raised, cells)])
        told = table(rows, heads, "><<<<>")
        return bundle(self, html=told, latex=self.to_latex()) if rows else bundle(self)

    def to_markdown(self, *, digits: int = 4) -> str:
        """The table in Markdown."""
        heads = ("step", "parameter", "quantity", "with numbers", "value")
        rows = []
        for line in self.lines():
            left = f"{line.name()} ← {line.formula()}" if line.formula() else line.name()
            numbers, value = line.numbers(digits), shown(line.value, digits)
            end = f"{line.sign(digits)} {value}" if numbers else value
            rows.append((str(line.move.step), line.move.name, left, numbers, end))
        return markdown(heads, rows, ">lll>") + "\n"

    def to_latex(self, *, digits: int = 4) -> str:
        """The table as a ``longtable``; it needs the packages amsmath and longtable."""
        paper = LaTeX(OPS)
        rows = []
        before: Move | None = None
        for line in self.lines():
            new, before = line.move is not before, line.move
            left, numbers = line.latex(), ""
            if line.numbers(digits):
                filled = {x: paper.number(n, digits) for x, n in line.known.items()}
                sign = "=" if line.sign(digits) == "=" else r"\approx"
                numbers = f"${line.statement.latex(filled)} {sign}$"
            where = f"{line.move.step} & \\text{{{_plain(line.move.name)}}}" if new else "&"
            total = paper.number(line.value, digits)
            rows.append(rf"{where} & ${left}$ & {numbers} & ${total}$ \\")
        head = [r"\begin{longtable}{rllll}", r"step & & quantity & with numbers & value \\ \hline"]
        return "\n".join([*head, r"\endhead", *rows, r"\end{longtable}"]) + "\n"

    def to_json(self, *, indent: int | None = None) -> str:
        """The table as JSON, with all digits: a list with an element for each step and parameter.

        NaN and the infinities, which JSON does not know, are the texts "NaN", "Infinity" and
        "-Infinity".
        """
        told: list[dict[str, Any]] = []
        before: Move | None = None
        for line in self.lines():
            if line.move is not before:
                before = line.move
                told.append({"step": before.step, "parameter": before.name, "quantities": []})
            told[-1]["quantities"].append(
                {
                    "name": line.statement.name,
                    "symbol": line.name(),
                    "formula": line.formula(),
                    "numbers": {x: json_number(float(n)) for x, n in line.known.items()},
                    "value": json_number(line.value),
                }
            )
        return json.dumps(told, ensure_ascii=False, allow_nan=False, indent=indent)


def _plain(text: str) -> str:
    r"""A label as LaTeX's text; a letter that it may lack stands for itself in math mode.

    >>> _plain("w_1"), _plain("θ1")
    ('w\\_1', '$\\theta$1')
    """
    for sign in "\\{}_#$%&^~":
        text = text.replace(sign, "\\" + sign if sign in "{}_#$%&" else " ")
    return text.replace("θ", r"$\theta$")

"""Both passes as a LaTeX table that compiles."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..expr import ATOM, PRODUCT, SUM, LaTeX, Written
from ..ops import OPS
from ..value import Value, order
from .passes import ForwardStep, Step, all_steps, backward_steps
from .symbols import Names, in_numbers, in_symbols, local_in_symbols, names_of

_SIGNS = {"=": "=", "≈": r"\approx"}
_HEAD = r"""\documentclass{article}
\usepackage{amsmath,longtable}
\usepackage[margin=2cm,landscape]{geometry}
% A letter that the engine's font may lack, by its number where it cannot be set.
\newcommand{\letter}[2]{\ifdefined\Umathchar #2\else\texttt{U+#1}\fi}
\begin{document}
"""


def to_latex(root: Value, *, forward: bool = False, digits: int = 4, document: bool = True) -> str:
    r"""The backward pass as a LaTeX table.

    Args:
        root: where the gradient starts.
        forward: the forward pass first.
        digits: significant digits.
        document: a whole document that compiles; else the ``longtable`` alone, which needs the
            packages amsmath and longtable and the command ``\letter`` of the document's head.
    """
    nodes = order(root)
    names = names_of(nodes, LaTeX, digits)
    number = partial(LaTeX(OPS).number, digits=digits)
    rows = [
        _forward_row(s, names, number, digits)
        if isinstance(s, ForwardStep)
        else _backward_row(s, names, number, digits)
        for s in (all_steps(root) if forward else backward_steps(root))
    ]
    table = [r"\renewcommand{\arraystretch}{1.6}", r"\begin{longtable}{rlll}"]
    table += [r"step & formula & numbers & total \\ \hline", r"\endhead"]
    table += [row + r" \\" for row in rows] + [r"\end{longtable}"]
    text = "\n".join(table) + "\n"
    return f"{_HEAD}{text}\\end{{document}}\n" if document else text


def _forward_row(
    s: ForwardStep, names: Names, number: Callable[[float], Written], digits: int
) -> str:
    name, formula = names[s.node], in_symbols(s.node, names, LaTeX)
    filled, sign = in_numbers(s.node, digits, LaTeX), _SIGNS[s.sign(digits)]
    return f"{s.index} & ${name} = {formula} = {filled} {sign} {number(s.value)}$ & & "


def _backward_row(s: Step, names: Names, number: Callable[[float], Written], digits: int) -> str:
    root = next(reversed(names.values())).inside(ATOM)

    def slope(v: Value) -> str:
        return rf"\frac{{\partial {root}}}{{\partial {names[v].inside(ATOM)}}}"

    if s.node is None:
        return rf"{s.index} & ${slope(s.operand)} = 1$ & & $1$"
    rule = local_in_symbols(s.node, s.position, names, LaTeX)
    local = (rule or number(s.local)).inside(PRODUCT, right=True)
    sign, of = "=", ""
    if s.n > 1:
        sign, of = r"\mathrel{+}=", rf" \;({s.k} \text{{ of }} {s.n})"
    up, slot, added = number(s.upstream), number(s.local).inside(PRODUCT), number(s.contribution)
    product = rf"{up} \cdot {slot} {_SIGNS[s.product_sign(digits)]} {added}"
    total: str = number(s.after)
    if s.k > 1:
        total = f"{number(s.before)} + {added.inside(SUM)} {_SIGNS[s.total_sign(digits)]} {total}"
    formula = rf"{slope(s.operand)} {sign} {slope(s.node)} \cdot {local}"
    return f"{s.index} & ${formula}$ & ${product}$ & ${total}{of}$"

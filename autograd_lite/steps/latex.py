"""The steps as LaTeX."""

from __future__ import annotations

import re

from ..expr import shown
from ..value import Value
from .passes import Step, all_steps, atom_of_formula, backward_steps

_SIGNS = {"·": r"\cdot ", "−": "-", "×": r"\times ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne "}
_SIGNS |= {"≈": r"\approx ", "∞": r"\infty ", "π": r"\pi ", "σ": r"\sigma ", "α": r"\alpha "}
_SIGNS |= {"√": r"\surd ", "²": "^{2}", "⌊": r"\lfloor ", "⌋": r"\rfloor ", "∂": r"\partial "}
_SIGNS |= {"%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$", "{": r"\{", "}": r"\}", "_": r"\_"}
_SIGNS |= {"\\": r"\backslash ", "~": r"\sim ", "^": r"\hat{}", '"': "''"}
_KNOWN = {"yhat": r"\hat{y}", "if": r"\text{ if }"}
_NAME = re.compile(r"([a-zA-Z])(\d+(?:_\d+)*)")
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
    name = None
    rows = []
    for s in all_steps(root) if forward else backward_steps(root):
        if not isinstance(s, Step):
            made = f"{formula(s.name)} = {formula(s.formula)} = {formula(s.substituted(digits))}"
            rows.append(
                f"{s.index} & ${made} {formula(s.sign(digits))} {number(s.value, digits)}$ & & "
            )
            continue
        name = name or formula(s.to_name)
        grad = _partial(name, formula(s.to_name))
        if s.node is None:
            rows.append(rf"{s.index} & ${grad} = 1$ & & $1$")
            continue
        up = _partial(name, formula(s.from_name))
        local = formula(atom_of_formula(s.formula))
        total = number(s.after, digits) if s.k == 1 else formula(s.total(digits))
        of = rf" \;({s.k} \text{{ of }} {s.n})" if s.n > 1 else ""
        sign = r"\mathrel{+}=" if s.n > 1 else "="
        rows.append(
            rf"{s.index} & ${grad} {sign} {up} \cdot {local}$ & ${formula(s.product(digits))}$"
            rf" & ${total}{of}$"
        )
    table = [r"\renewcommand{\arraystretch}{1.6}", r"\begin{longtable}{rlll}"]
    table += [r"step & formula & numbers & total \\ \hline", r"\endhead"]
    table += [row + r" \\" for row in rows] + [r"\end{longtable}"]
    text = "\n".join(table) + "\n"
    return f"{_HEAD}{text}\\end{{document}}\n" if document else text


def _partial(of: str, by: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


def number(x: float, digits: int = 4) -> str:
    """A number as LaTeX: 1.5·10³⁰ rather than 1.5e+30."""
    return formula(shown(x, digits))


def formula(text: str) -> str:
    r"""A formula as people read it, as LaTeX for math mode.

    >>> formula("a1 · (1 − a1)"), formula("x^2")
    ('a_{1}\\cdot (1-a_{1})', 'x^{2}')
    """
    parts = []
    for token in _tokens(text):
        if token[0] == "^" and len(token) > 1:
            inner = token[2:-1] if token[1] == "(" else token[1:]
            parts.append(f"^{{{formula(inner)}}}")
        elif token[0] in "0123456789":
            mantissa, e, exponent = token.partition("e")
            parts.append(mantissa + (rf"\cdot 10^{{{int(exponent)}}}" if e else ""))
        elif token[0].isalpha() and token.isascii():
            parts.append(_word(token))
        elif token in _SIGNS:
            parts.append(_SIGNS[token])
        elif token != " ":
            parts.append(
                token if token.isascii() else rf"\text{{\letter{{{ord(token):04X}}}{{{token}}}}}"
            )
    return "".join(parts)


def _tokens(text: str) -> list[str]:
    """Words, numbers, powers with their exponent, and single signs."""
    found, i = [], 0
    word = re.compile(r"[A-Za-z][A-Za-z0-9_]*|\d+(?:\.\d+)?(?:e[+-]?\d+)?")
    while i < len(text):
        match = word.match(text, i)
        end = match.end() if match else i + 1
        if text[i] == "^" and text[i + 1 : i + 2] == "(":
            depth, end = 1, i + 2
            while depth and end < len(text):
                depth += (text[end] == "(") - (text[end] == ")")
                end += 1
        elif text[i] == "^" and (power := word.match(text, i + 1)):
            end = power.end()
        found.append(text[i:end])
        i = end
    return found


def _word(name: str) -> str:
    if name in _KNOWN:
        return _KNOWN[name]
    indexed = _NAME.fullmatch(name)
    if indexed:
        return f"{indexed[1]}_{{{indexed[2].replace('_', ',')}}}"
    return name if len(name) == 1 else r"\mathrm{" + name.replace("_", r"\_") + "}"

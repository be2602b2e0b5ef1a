"""What a terminal can show: signs that its encoding lacks are written in ASCII."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")

_ASCII = {
    "→": "->",
    "←": "<-",
    "·": "*",
    "⋅": "*",
    "×": "*",
    "∗": "*",
    "÷": "/",
    "∕": "/",
    "⁄": "/",
    "−": "-",
    "–": "-",
    "—": "-",
    "±": "+-",
    "∓": "-+",
    "⊕": "(+)",
    "≈": "~",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "∞": "inf",
    "√": "sqrt",
    "∛": "cbrt",
    "∂": "d",
    "Δθ": "dtheta",
    "Δ": "delta",
    "∇": "grad ",
    "Σ": "sum",
    "∑": "sum",
    "∏": "prod",
    "∈": "in",
    "σ": "sigmoid",
    "λ": "lambda",
    "Λ": "Lambda",
    "ε": "eps",
    "ϵ": "eps",
    "⌊": "floor(",
    "⌋": ")",
    "⌈": "ceil(",
    "⌉": ")",
    "⟨": "<",
    "⟩": ">",
    "′": "'",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "§": "section ",
    "✓": "ok",
    "─": "-",
    "├": "|",
    "└": "`",
    "\u0302": "_hat",
    "\u0304": "_bar",
    "\u0303": "~",
}
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ"
_SIGN = re.compile(rf"Δθ|[{_RAISED}]+|[^\x00-\x7f]")


def encodable(text: str, encoding: str) -> str:
    """``text`` with the signs that ``encoding`` lacks written in ASCII, and ? for letters.

    >>> print(encodable("∂L/∂ŵ₁ ≈ −2·σ(z)³", "ascii"))
    dL/dw_hat1 ~ -2*sigmoid(z)^3
    """
    if _has(encoding, text):
        return text
    return _SIGN.sub(lambda found: _written(found[0], encoding), text)


def printable(text: str) -> str:
    """``text`` as standard output can show it."""
    return encodable(text, encoding_of(sys.stdout))


def encoding_of(file: Any) -> str:
    """The encoding of a stream; UTF-8 for one that has none."""
    return getattr(file, "encoding", None) or "utf-8"


def printed(kind: type[T]) -> type[T]:
    """Decorate a class: its ``str`` and ``repr`` are such as standard output can show."""
    for name in ("__str__", "__repr__"):
        if name in vars(kind):
            setattr(kind, name, _printable(vars(kind)[name]))
    return kind


def _printable(method: Callable[[Any], str]) -> Callable[[Any], str]:
    @wraps(method)
    def printable_text(self: Any) -> str:
        return printable(method(self))

    return printable_text


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _written(sign: str, encoding: str) -> str:
    """A sign, or a power, as ``encoding`` can write it."""
    if _has(encoding, sign):
        return sign
    if sign in _ASCII:
        return _ASCII[sign]
    plain = "".join(_ASCII.get(c, c) for c in unicodedata.normalize("NFKD", sign))
    if plain != sign:  # an index, a letter with an accent
        plain = "".join(c for c in plain if not unicodedata.combining(c))
        return ("^" if sign[0] in _RAISED else "") + encodable(plain, encoding)
    name = unicodedata.name(sign, "").split()
    if name[:1] == ["GREEK"] and len(name) == 4:  # such as GREEK SMALL LETTER THETA
        return name[-1].lower() if name[1] == "SMALL" else name[-1].capitalize()
    return "?"


def with_all_signs(x: object) -> str:
    """``str(x)`` as it is where standard output has every sign: for files, pages and JSON."""
    method = type(x).__str__
    if method is object.__str__:
        method = type(x).__repr__
    written: Callable[[Any], str] = getattr(method, "__wrapped__", method)
    return written(x)

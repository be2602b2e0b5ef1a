"""Labels as they can be shown: any text a person may type, made printable, and how wide it is.

``typeset`` reads labels such as ``w_{11}``, ``yhat`` and ``z^(2)`` as symbols, and writes them as
Unicode, HTML, SVG and LaTeX; any other label stays as it is.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from os.path import commonprefix

# Controls, lone surrogates and non-characters, and the marks that would turn a line around.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_VISIBLE = {"\n": "⏎", "\t": "⇥", "\r": "␍"}


def clean(text: object, limit: int = 24) -> str:
    r"""``text`` on one line that any terminal and XML can bear, at most ``limit`` characters long.

    Long ones are cut in the middle: names differ at their ends as often as at their beginnings.

    >>> clean("two\nlines"), clean("nul\x00"), clean("weight_of_layer_12", 11)
    ('two⏎lines', 'nul�', 'weigh…er_12')
    """
    text = str(text)
    head, tail = limit // 2, (limit - 1) // 2
    short = text
    if len(text) > limit:
        short = _whole(text[:head]) + "…" + _begun(text[len(text) - tail :])
    return _UNPRINTABLE.sub(lambda found: _VISIBLE.get(found[0], "�"), short)


def shortened(labels: Iterable[str], limit: int = 24) -> dict[str, str]:
    """Each label, ``clean`` in the middle, or where it differs from others cut to the same text.

    >>> sorted(shortened(f"the_weight_{k}_of_unit_seven" for k in (1, 2)).values())
    ['the_weight_1…_unit_seven', 'the_weight_2…_unit_seven']
    >>> sorted(shortened(f"the_long_name_{k}_of_unit_seven" for k in (1, 2)).values())
    ['…name_1_of_unit_seven', '…name_2_of_unit_seven']
    """
    told = {label: clean(label, limit) for label in labels}
    alike: dict[str, list[str]] = {}
    for label, text in told.items():
        if len(label) > limit:
            alike.setdefault(text, []).append(label)
    for group in alike.values():
        if len(group) > 1:
            begin = max(len(commonprefix(group)) - limit // 4 + 1, 0)
            told |= {label: clean("…" + label[begin:], limit) for label in group}
    return told


def is_clean(text: str) -> bool:
    """Whether ``clean`` would leave the text as it is."""
    return not _UNPRINTABLE.search(text)


def _whole(text: str) -> str:
    """``text`` without a joiner at its end that would reach for what was cut off."""
    return text.rstrip("\u200d")


def _begun(text: str) -> str:
    """``text`` without what at its beginning would join what was cut off."""
    kept = 0
    while kept < len(text) and (_columns(text[kept]) == 0):
        kept += 1
    return text[kept:]


def columns(text: str) -> int:
    """How many columns a terminal gives it: East Asian characters take two, accents none.

    >>> columns("权重"), columns("w11")
    (4, 3)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(4096)
def _columns(c: str) -> int:
    if unicodedata.combining(c) or unicodedata.category(c) in ("Mn", "Me", "Cf"):
        return 0
    return 1 + (unicodedata.east_asian_width(c) in "WF")


def fitted(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, with an … in its middle where it was cut.

    >>> fitted("weight_of_layer_12", 10)
    'weigh…r_12'
    """
    if columns(text) <= width:
        return text
    tail = _kept(text[::-1], (width - 1) // 2)[::-1]
    head = _kept(text, width - 1 - columns(tail))
    return _whole(head) + "…" + _begun(tail)


def _kept(text: str, room: int) -> str:
    """As much of the beginning of ``text`` as has so many columns."""
    for k, c in enumerate(text):
        room -= _columns(c)
        if room < 0:
            return text[:k]
    return text


# ---- labels that are symbols --------------------------------------------------------------------

SMALL = 0.75  # the size of an index beside that of its letter
# Around an index and a power within a text; ``clean`` leaves none of them in a label.
_SUB, _SUP, _END = "\ufdd0", "\ufdd1", "\ufdd2"
_PIECES = re.compile(f"([{_SUB}{_SUP}])([^{_END}]*){_END}|[^{_SUB}{_SUP}]+")
_INDICES = re.compile(f"([{_SUB}{_SUP}])(?:([^{_END}]*){_END})?")

_NAMES = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
_NAMES += " upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
GREEK = dict(zip(_NAMES.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", strict=True))
_COMMANDS = {sign: f"\\{name}" for name, sign in GREEK.items()}
_COMMANDS |= {"ε": r"\varepsilon", "φ": r"\varphi", "∂": r"\partial", "∇": r"\nabla"}
_COMMANDS["′"] = r"\prime"
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}
_BEFORE = "dδ∂Δ∇"  # may stand before a letter: dW, ∂L
_WORDS = ("that", "what", "chat", "xi")  # are no t, w and c with a hat; xi is the i-th x as well

_BELOW = dict(zip("0123456789+=()", "₀₁₂₃₄₅₆₇₈₉₊₌₍₎", strict=True)) | {"−": "₋"}
_BELOW |= dict(zip("aehijklmnoprstuvx", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_ABOVE = dict(zip("0123456789+=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁼⁽⁾", strict=True)) | {"−": "⁻"}
_ABOVE |= dict(zip("abcdefghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_ABOVE |= dict(zip("ABDEGHIJKLMNOPRTUVW", "ᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ", strict=True))
_TYPED = {small: sign for signs in (_BELOW, _ABOVE) for sign, small in signs.items()}

_LETTER = rf"(?:\\?(?:{'|'.join(sorted(GREEK, key=len, reverse=True))})|[A-Za-zα-ωΑ-Ω])"
# Commands over something, which are read as if they stood behind it: \\hat{y} as y_hat.
_OVER = re.compile(
    rf"\\({'|'.join(ACCENTS)}) *(?:\{{((?:[^{{}}]|\{{[^{{}}]*\}})+)\}}|({_LETTER})(?![A-Za-z]))"
)
_HEAD = re.compile(_LETTER)
_TAIL = re.compile(
    rf"_?(?P<accent>{'|'.join(ACCENTS)})(?![a-z])(?<!dot(?=_[a-z]))"
    r"|_\{(?P<sub>[^{}]+)\}|_?(?P<places>\d+(?:_\d+)*)|_(?P<word>[A-Za-z]{1,5}\d*(?:_\d+)*)"
    rf"|(?P<below>[{''.join(_BELOW.values())}]+)"
    r"|\^(?:\{(?P<sup>[^{}]+)\}|(?P<layer>\(\w+\))|(?P<power>-?\d+|[A-Za-z*]))"
    rf"|(?P<above>[{''.join(_ABOVE.values())}]+)|(?P<prime>['′]+)"
)
_OF_A_LAYER = re.compile(r"(?P<base>w)(\d+)_(\d+)_(\d+)|(?P<other>[bza])(\d+)_(\d+)")


@dataclass(frozen=True)
class Symbol:
    """A label as it is printed; ``base`` alone is the whole label where it is no symbol."""

    base: str
    accent: str = ""  # "hat", "bar", "tilde", "dot" or "vec"
    sup: str = ""
    sub: str = ""
    is_symbol: bool = True

    @property
    def marked(self) -> str:
        """The label with marks around its indices, for ``text_of``, ``html_of`` and ``svg_of``."""
        base = self.base[:-1] + unicodedata.normalize(
            "NFC", self.base[-1:] + ACCENTS.get(self.accent, "")
        )
        raised = self.sup.rstrip("′")  # a prime is raised by itself
        sup = (f"{_SUP}{raised}{_END}" if raised else "") + self.sup[len(raised) :]
        return base + sup + (f"{_SUB}{self.sub}{_END}" if self.sub else "")

    @property
    def text(self) -> str:
        """In Unicode: ``"w₁₁"``, and ``"x_max"`` for an index that Unicode lacks."""
        return text_of(self.marked)

    @property
    def html(self) -> str:
        """In HTML, escaped: ``"w<sub>11</sub>"``."""
        return html_of(self.marked)

    @property
    def svg(self) -> str:
        """As the content of an SVG's ``<text>``, escaped."""
        return svg_of(self.marked)

    @property
    def latex(self) -> str:
        r"""For LaTeX's math mode: ``"w_{11}"``, ``r"\hat{y}"``."""
        if not self.is_symbol:
            return latex(self.base)
        base = "".join(f"{_COMMANDS[c]} " if c in _COMMANDS else c for c in self.base).strip()
        base = f"\\{self.accent}{{{base}}}" if self.accent else base
        raised = f"^{{{_latex_index(self.sup)}}}" if self.sup else ""
        return base + raised + (f"_{{{_latex_index(self.sub)}}}" if self.sub else "")


@lru_cache(4096)
def typeset(label: str) -> Symbol:
    r"""Read a label into its parts, to be printed as a symbol.

    A symbol is one letter, or the name of a Greek one, maybe with d, δ, ∂, Δ or ∇ before it; with a
    hat (or bar, tilde, dot, vec), an index and a power.  The networks of ``nn`` name their parts
    ``w1_2_4`` and ``b1_4``: in layer 1, from unit 2 to unit 4.

    Args:
        label: what a person typed; what cannot be printed is replaced, as by ``clean``.

    Returns:
        Its parts, with ``text`` (Unicode), ``html``, ``svg`` and ``latex``.

    >>> labels = ["w_{11}", "w11", r"\hat y", "y_hat", "z^{(2)}", "theta_1", "dW1", "w1_2_4"]
    >>> [typeset(x).text for x in labels]
    ['w₁₁', 'w₁₁', 'ŷ', 'ŷ', 'z⁽²⁾', 'θ₁', 'dW₁', 'w⁽¹⁾₂₄']
    >>> [typeset(x).text for x in ("x + y", "user_name", "layer 1", "x_max")]
    ['x + y', 'user_name', 'layer 1', 'x_max']
    >>> typeset("x_max").html, typeset("theta_1").latex
    ('x<sub>max</sub>', '\\theta_{1}')
    """
    label = clean(label, len(label))
    bare = label[1:-1] if len(label) > 2 and label[0] == label[-1] == "$" else label
    bare = _OVER.sub(r"\2\3_\1", bare)
    for before in ("", *_BEFORE):
        if bare.startswith(before) and (symbol := _symbol(bare, before)):
            return symbol
    return Symbol(label, is_symbol=False)


def _symbol(label: str, before: str = "") -> Symbol | None:
    """The label, whose letter stands after ``before``, as a symbol; ``None`` if it is none."""
    if found := _OF_A_LAYER.fullmatch(label):
        base = found["base"] or found["other"]
        layer, *places = (x for x in found.groups() if x and x.isdigit())
        comma = "" if all(len(x) == 1 for x in places) else ","
        return Symbol(base, sup=f"({layer})", sub=comma.join(places))
    head = _HEAD.match(label, len(before))
    if head is None or label.lower() in _WORDS:
        return None
    letter = head[0].removeprefix("\\")
    base, at = before + GREEK.get(letter, letter), head.end()
    parts = {"accent": "", "sub": "", "sup": ""}
    while at < len(label):
        tail = _TAIL.match(label, at)
        if tail is None or tail.lastgroup is None:
            return None
        kind, text = tail.lastgroup, tail[tail.lastgroup]
        if kind in ("places", "word"):
            kind, text = "sub", text.replace("_", ",")
        elif kind in ("below", "above"):
            kind, text = {"below": "sub", "above": "sup"}[kind], "".join(_TYPED[c] for c in text)
        elif kind == "prime":
            kind, text = "sup", text.replace("'", "′")
        elif kind in ("layer", "power"):
            kind = "sup"
        if parts[kind]:
            return None  # a second index, power or accent
        parts[kind] = text if kind == "accent" else _signs(text)
        at = tail.end()
    if before == "d" and not parts["sub"] and re.fullmatch("[a-z]", letter):
        return None  # do, db, …
    return Symbol(base, parts["accent"], parts["sup"], parts["sub"])


def _signs(index: str) -> str:
    """An index with its Greek letters and its minus."""
    named = re.sub(r"\\?([A-Za-z]+)", lambda found: GREEK.get(found[1], found[1]), index.strip())
    return named.replace("-", "−")


def pieces(marked: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of each piece of a text with marks; the kind is "", "sub" or "sup"."""
    for found in _PIECES.finditer(marked):
        if found[1]:
            yield ("sub" if found[1] == _SUB else "sup"), found[2]
        else:
            yield "", found[0]


def is_marked(text: str) -> bool:
    """Whether a text has marks; most have none, and are soon done with."""
    return _SUB in text or _SUP in text


def raised(formula: str) -> str:
    """A marked formula with its last power raised, where that is a number or a letter.

    >>> text_of(raised("x^2")), text_of(raised("(a + b)^(−3)")), text_of(raised("x^(a + 1)"))
    ('x²', '(a + b)⁻³', 'x^(a + 1)')
    """
    found = re.fullmatch(r"(.+)\^(?:([\w.]+)|\((−[\w.]+)\))", formula)
    if not found:
        return formula
    base = f"({found[1]})" if found[1].endswith(_END) and _SUP in found[1] else found[1]
    return f"{base}{_SUP}{found[2] or found[3]}{_END}"


def text_of(marked: str) -> str:
    """A text with marks in Unicode."""
    return _INDICES.sub(_index, marked)


def _index(found: re.Match[str]) -> str:
    sign, index = found.groups()
    return "" if index is None else _small(index, "sub" if sign == _SUB else "sup")


@lru_cache(maxsize=1000)  # a network has few indices and thousands of texts
def _small(index: str, kind: str) -> str:
    signs, sign = (_BELOW, "_") if kind == "sub" else (_ABOVE, "^")
    signs = signs | {",": ",", "*": "*"}
    if all(c in signs for c in index) and not re.search("[A-Za-z]{3}", index):
        return "".join(signs[c] for c in index)
    return f"{sign}{index}" if index.isalnum() else f"{sign}{{{index}}}"


def html_of(marked: str) -> str:
    """A text with marks in HTML, escaped."""
    return "".join(
        f"<{kind}>{html.escape(text)}</{kind}>" if kind else html.escape(text)
        for kind, text in pieces(marked)
    )


def svg_of(marked: str, size: float = 12, *, strong: str = "") -> str:
    """A text with marks as the content of an SVG's ``<text>`` of this size, escaped.

    ``strong`` is its bold beginning.
    """
    if not strong and not is_marked(marked):
        return html.escape(marked, quote=False)
    told, down = "", 0.0
    bold = [(*piece, ' font-weight="bold"') for piece in pieces(strong)]
    for kind, text, look in [*bold, *((*piece, "") for piece in pieces(marked))]:
        drop = {"": 0.0, "sub": 0.25, "sup": -0.35}[kind] * size
        look += f' dy="{round(drop - down, 2):g}"' if drop != down else ""
        look += f' font-size="{round(SMALL * size, 2):g}"' if kind else ""
        text = html.escape(text, quote=False)
        told += f"<tspan{look}>{text}</tspan>" if look else text
        down = drop
    return told


# ---- in LaTeX -----------------------------------------------------------------------------------

# Signs in labels and in the table, in LaTeX's math mode.
_LATEX = {"·": r"\cdot ", "×": r"\times ", "−": "-", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne "}
_LATEX |= {sign: f"{command} " for sign, command in _COMMANDS.items()}
_LATEX |= {"≈": r"\approx ", "∞": r"\infty ", "√": r"\surd ", "⌊": r"\lfloor ", "⌋": r"\rfloor "}
_LATEX |= {"⊕": r"\oplus ", "%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$", "{": r"\{", "}": r"\}"}
_LATEX |= {"_": r"\_", "\\": r"\backslash ", "~": r"\sim ", "^": r"\hat{}", '"': "''", "²": "^{2}"}
_FUNCTIONS = "exp log sin cos tan sinh cosh tanh max min".split()  # noqa: SIM905
_TOKENS = re.compile(
    r"(?P<word>[A-Za-z][A-Za-z0-9_]*)|(?P<power>\^(?:[A-Za-z0-9]+|\((?P<inner>[^()]*)\)))"
    r"|(?P<gap>(?<=\w) (?=\w))|(?P<rest>[^A-Za-z])"
)


def latex(text: str) -> str:
    r"""Any text for LaTeX's math mode, word by word: ``r"w_{11} + \hat{y}"`` for ``w11 + yhat``."""
    return "".join(map(_latex_token, _TOKENS.finditer(text))).replace("  ", " ")


def _latex_token(found: re.Match[str]) -> str:
    token = found[0]
    if found["power"]:
        return f"^{{{latex(found['inner'] or token[1:])}}}"
    if found["gap"]:
        return r"\ "
    if found["rest"]:
        letter = token if token.isascii() else rf"\text{{\letter{{{ord(token):04X}}}{{{token}}}}}"
        return _LATEX.get(token, letter)
    if token in _FUNCTIONS:
        return f"\\{token}"
    if len(token) == 1:
        return token
    symbol = typeset(token)
    return symbol.latex if symbol.is_symbol else r"\mathrm{" + token.replace("_", r"\_") + "}"


def _latex_index(index: str) -> str:
    """An index, with one or two letters as letters and longer words upright."""
    parts = re.split("(?<![A-Za-z])([A-Za-z]{1,2})(?![A-Za-z])", index)
    return "".join(part if k % 2 else latex(part) for k, part in enumerate(parts)).strip()

"""Scripts and styles as the page holds them: no comments, few spaces, short names.

The files stay as they are written; only what a browser does not need is left out of the page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import count, product
from string import ascii_letters

# Texts are whole; of a template, the text between its expressions.
_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<tick>`)"""
    r"""|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<space>\s+)"""
    r"""|(?P<name>[^\W\d]\w*|\$\w*)|(?P<number>(?:\d|\.\d)[\w.]*(?:(?<=e)[-+]\d+)?)"""
    r"""|(?P<sign>\.\.\.|=>|[^\w\s])""",
    re.DOTALL,
)
_PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[a-z]*")
_TEMPLATE = re.compile(r"(?:\\.|(?!\$\{)[^`\\])*", re.DOTALL)
# What stays as it is: words of the language, and what the browser has under these names.
_WORDS = "async await break case catch class const continue delete do else false finally for"
_WORDS += " function if in instanceof let new null of return static super switch this throw true"
_WORDS += " try typeof undefined var void while yield"
_WORDS += " Array BigInt BigUint64Array Boolean Date Error Event Float64Array Infinity"
_WORDS += " IntersectionObserver JSON Map Math NaN Number Object Option Promise ResizeObserver Set"
_WORDS += (
    " String addEventListener atob btoa cancelAnimationFrame clearInterval clearTimeout document"
)
_WORDS += " getComputedStyle getSelection history innerHeight innerWidth isFinite isNaN location"
_WORDS += " matchMedia navigator parseFloat performance removeEventListener requestAnimationFrame"
_WORDS += " requestIdleCallback scrollTo scrollX scrollY setInterval setTimeout window CSS DOMPoint"
KEPT = frozenset(_WORDS.split())

Token = tuple[str, str]  # its kind and its text


def squeezed(script: str) -> str:
    r"""JavaScript without comments and without spaces that part nothing, its names shortened.

    A name is given the same short one wherever it stands for a variable, never where it is a
    property's; so nothing changes but the names.

    >>> squeezed("// twice\nconst twice = (x, { by }) => {\n  return x.by * by;  // 2x\n};")
    'const a=(b,{by:c})=>{\nreturn a.by*b;\n};'
    """
    tokens = list(_placed(list(_tokens(script))))
    used = Counter(text for kind, text in tokens if kind in ("name", "shorthand"))
    short = dict(zip((x for x, _ in used.most_common()), _short_names(), strict=False))
    told: list[str] = []
    for kind, text in tokens:
        if kind == "name":
            text = short[text]
        elif kind == "shorthand":
            text = f"{text}:{short[text]}"
        if kind != "space":
            told.append(text)
        elif told and not told[-1].endswith("\n"):
            told.append("\n" if "\n" in text else " ")
    return _joined(told)


def _joined(told: list[str]) -> str:
    """The tokens with a space only where it parts two words or two equal signs."""
    parts = [""]
    for k, text in enumerate(told):
        if text == " ":
            before, after = parts[-1][-1:], told[k + 1][:1] if k + 1 < len(told) else ""
            if not (
                (_in_a_word(before) and _in_a_word(after)) or (before in "+-" and before == after)
            ):
                continue
        parts.append(text)
    return "".join(parts).lstrip()


def _in_a_word(c: str) -> bool:
    return c.isalnum() or c in "_$"


def _short_names() -> Iterator[str]:
    """a, b, … Z, aa, ab …, without the words of the language."""
    for size in count(1):
        for letters in product(ascii_letters, repeat=size):
            if (name := "".join(letters)) not in KEPT:
                yield name


def _tokens(script: str, at: int = 0, *, until: str = "") -> Iterator[Token]:
    """The script's tokens without its comments; the text of a template as it is."""
    before = ""  # the last token that is no space
    depth = 0
    while at < len(script):
        pattern = _PATTERN.match(script, at) if _begins(before) and script[at] == "/" else None
        if pattern and not script.startswith(("//", "/*"), at):
            before, at = "/", pattern.end()
            yield "text", pattern[0]
            continue
        found = _TOKEN.match(script, at)
        assert found is not None and found.lastgroup is not None
        kind, text, at = found.lastgroup, found[0], found.end()
        if kind == "tick":
            for part in _template(script, at):
                if isinstance(part, int):
                    at = part
                else:
                    yield part
            before = "`"
            continue
        depth += (text == "{") - (text == "}")
        if until and depth < 0:
            yield "end", str(at)
            return
        if kind == "comment":
            continue
        if kind != "space":
            before = text
        yield kind, text


def _begins(before: str) -> bool:
    """Whether a value may begin after this, so that / is no division."""
    return before in ("", "return", "typeof") or before in "(=,:!&|?[{};+-*<>~^" or before == "=>"


def _template(script: str, at: int) -> Iterator[Token | int]:
    """A template's texts and expressions, then where it ends."""
    text = "`"
    while True:
        found = _TEMPLATE.match(script, at)
        assert found is not None
        text, at = text + found[0], found.end()
        if script[at] == "`":
            yield "text", text + "`"
            yield at + 1
            return
        yield "text", text + "${"
        for kind, part in _tokens(script, at + 2, until="}"):
            if kind == "end":
                at = int(part)
            else:
                yield kind, part
        text = "}"


def _placed(tokens: list[Token]) -> Iterator[Token]:
    """The tokens, with names that are properties as they are, and a shorthand told apart."""
    bare = [(i, *token) for i, token in enumerate(tokens) if token[0] != "space"]
    kinds: dict[int, str] = {}
    open_ones: list[bool] = []  # of each open bracket, whether it is an object's brace
    for k, (i, kind, text) in enumerate(bare):
        before, after = bare[k - 1][2] if k else "", bare[k + 1][2] if k + 1 < len(bare) else ""
        if text in ("{", "[", "(") and kind == "sign":
            object_before = before in (
                "(",
                ",",
                "=",
                ":",
                "[",
                "?",
                "return",
                "const",
                "let",
                "|",
                "&",
            )
            open_ones.append(text == "{" and object_before)
        elif text in ("}", "]", ")") and kind == "sign":
            open_ones.pop()
        elif kind == "name":
            in_object = bool(open_ones) and open_ones[-1] and before in ("{", ",")
            if text in KEPT or before == "." or (in_object and after in (":", "(")):
                kinds[i] = "word"
            elif in_object and after in (",", "}", "="):
                kinds[i] = "shorthand"
    for i, (kind, text) in enumerate(tokens):
        yield kinds.get(i, kind), text


def squeezed_style(style: str) -> str:
    r"""A style sheet without comments and indentation.

    >>> squeezed_style("/* boxes */\n.node { fill: red;\n  rx: 2px; }\n")
    '.node{fill:red;rx:2px}\n'
    """
    bare = re.sub(r"/\*.*?\*/\s*", "", style, flags=re.DOTALL)
    bare = re.sub(r"\s*\n\s+", " ", bare)
    bare = re.sub(r"\s*([{};,])[ \t]*", r"\1", bare)
    return re.sub(r"(?<=[a-z]):[ \t]+", ":", bare).replace(";}", "}")

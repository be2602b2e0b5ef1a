"""Scripts and styles without what only their readers need, to keep the page small."""

from __future__ import annotations

import re

# What stays as it is: texts, templates, patterns after a sign that no division follows.
_TOKENS = re.compile(
    r"""(?P<kept>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`"""
    r"""|(?<=[(=,:!&|?\[])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/[a-z]*)"""
    r"""|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<space>\s+)""",
    re.DOTALL,
)


def squeezed(script: str) -> str:
    r"""JavaScript without comments and without spaces that part nothing; lines stay lines.

    >>> squeezed("// twice\nconst f = (x) => {\n  return x + x;  // 2x\n};")
    'const f=(x)=>{\nreturn x+x;\n};'
    """
    told, at = "", 0
    for found in _TOKENS.finditer(script):
        told += script[at : found.start()]
        at = found.end()
        if found["kept"]:
            told += found["kept"].strip()
        elif found["space"] and told and not told.endswith("\n"):
            told += _space(told[-1], found["space"], script[at : at + 1])
    return told + script[at:]


def _space(before: str, space: str, after: str) -> str:
    """What is left of the space between two characters."""
    if "\n" in space:
        return "\n"
    parted = before in "+-" and after == before
    return " " if parted or (_in_a_word(before) and _in_a_word(after)) else ""


def _in_a_word(c: str) -> bool:
    return c.isalnum() or c in "_$"


def squeezed_style(style: str) -> str:
    r"""A style sheet without comments and indentation.

    >>> squeezed_style("/* boxes */\n.node { fill: red;\n  rx: 2px; }\n")
    '.node{fill:red;rx:2px}\n'
    """
    bare = re.sub(r"/\*.*?\*/\s*", "", style, flags=re.DOTALL)
    bare = re.sub(r"\s*\n\s+", " ", bare)
    bare = re.sub(r"\s*([{};,])[ \t]*", r"\1", bare)
    return re.sub(r"(?<=[a-z]):[ \t]+", ":", bare).replace(";}", "}")

"""Scripts and styles as the page holds them: small, and in the browser as their files say."""

from __future__ import annotations

import binascii
import re
import zlib
from functools import cache


def bare(script: str) -> str:
    r"""A script without the lines that are comments, and without empty ones.

    >>> bare("// twice\nconst f = (x) =>\n\n  x + x;  // 2x\n")
    'const f = (x) =>\n  x + x;  // 2x\n'
    """
    return re.sub(r"^\s*(?://.*)?\n", "", script, flags=re.MULTILINE)


@cache
def packed(script: str) -> str:
    """A script as ``unpack.js`` takes it: deflated, in base 64."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = deflate.compress(script.encode()) + deflate.flush()
    return binascii.b2a_base64(content, newline=False).decode()


def squeezed(style: str) -> str:
    r"""A style sheet without comments and indentation.

    >>> squeezed("/* boxes */\n.node { fill: red;\n  rx: 2px; }\n")
    '.node{fill:red;rx:2px}\n'
    """
    style = re.sub(r"/\*.*?\*/\s*", "", style, flags=re.DOTALL)
    style = re.sub(r"\s*\n\s+", " ", style)
    style = re.sub(r"\s*([{};,])[ \t]*", r"\1", style)
    return re.sub(r"(?<=[a-z]):[ \t]+", ":", style).replace(";}", "}")

"""Write what the documentation shows: the README's example and picture, the reference.

``make docs`` runs it.  A test fails when the README and the code disagree.
"""

import contextlib
import io
import re
import sys
import tempfile
from pathlib import Path

from autograd_lite.expr import written
from autograd_lite.ops import OPS

sys.path.insert(0, str(Path(__file__).parent))
from reference import reference

ROOT = Path(__file__).parent.parent
EXAMPLE = re.compile(r"<!-- example -->\n```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
PICTURE = re.compile(r"`(render\(loss, .*?\))`:\n\n!\[.*?\]\((.*?)\)")


def operations():
    """The calculus table in Markdown, one line for each row."""
    lines = [
        "| operation | value | ∂/∂a | ∂/∂b | domain | at the odd points |",
        "|---|---|---|---|---|---|",
    ]
    for op in OPS.values():
        value = op.in_letters
        if value.startswith(f"{op.name}(") and op.value != f"{op.name}({', '.join(op.arguments)})":
            value += f" = {written(op.value, rows=OPS)}"
        slopes = [written(d, rows=OPS) for d in op.derivatives] + [""]
        domain = written(op.domain, rows=OPS) if op.domain else ""
        cells = [f"`{op.name}`", value, *slopes[:2], domain, op.note]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def printed(code):
    """What a piece of Python prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(code, {})
    return out.getvalue()


def readme(text):
    """The README with what its example prints written anew."""
    code, shown = EXAMPLE.search(text).groups()
    return text.replace(shown, printed(code))


def table_of_operations(text):
    """docs/operations.md with its table written anew."""
    return text[: text.index("| operation |")] + operations() + "\n"


def picture(text):
    """(its file, its content): what the command beside the README's picture draws."""
    command, name = PICTURE.search(text).groups()
    names = {}
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        exec(f"{EXAMPLE.search(text)[1]}\nfrom autograd_lite import render", names)
        drawn = eval(command.replace('"graph.svg"', repr(f"{folder}/graph.svg")), names)
        return ROOT / name, drawn.read_bytes()


def rewrite(path, change):
    """Write a file anew as ``change`` makes it of its text."""
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    rewrite(ROOT / "README.md", readme)
    rewrite(ROOT / "docs" / "operations.md", table_of_operations)
    (ROOT / "docs" / "api.md").write_text(reference(), encoding="utf-8", newline="\n")
    file, drawing = picture((ROOT / "README.md").read_text(encoding="utf-8"))
    file.write_bytes(drawing)

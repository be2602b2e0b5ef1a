"""Write what the documentation shows: the README's example, table of operations and picture.

``make docs`` runs it.  A test fails when the README and the code disagree.
"""

import contextlib
import io
import re
import tempfile
from pathlib import Path

from autograd_lite.expr import written
from autograd_lite.ops import OPS

ROOT = Path(__file__).parent.parent
START, END = "<!-- operations: written by make docs -->", "<!-- end of operations -->"
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
    """The README with its table of operations, and what its example prints, written anew."""
    code, shown = EXAMPLE.search(text).groups()
    text = text.replace(shown, printed(code))
    head, rest = text.split(START)
    return f"{head}{START}\n{operations()}\n{END}{rest.split(END)[1]}"


def picture(text):
    """(its file, its content): what the command beside the README's picture draws."""
    command, name = PICTURE.search(text).groups()
    names = {}
    with contextlib.redirect_stdout(io.StringIO()), tempfile.TemporaryDirectory() as folder:
        exec(f"{EXAMPLE.search(text)[1]}\nfrom autograd_lite import render", names)
        drawn = eval(command.replace('"graph.svg"', repr(f"{folder}/graph.svg")), names)
        return ROOT / name, drawn.read_bytes()


if __name__ == "__main__":
    path = ROOT / "README.md"
    path.write_text(readme(path.read_text(encoding="utf-8")), encoding="utf-8")
    file, drawing = picture(path.read_text(encoding="utf-8"))
    file.write_bytes(drawing)

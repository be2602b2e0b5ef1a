"""Run the notebooks in demos/notebooks/ and store what their cells give.

``python demos/notebooks.py`` writes the outputs anew; nothing but autograd_lite is needed.
A notebook is its own source: edit its cells here or in Jupyter, then run this.
"""

import ast
import contextlib
import io
import json
import os
import sys
import traceback
from pathlib import Path
from unittest import mock

FOLDER = Path(__file__).resolve().parent / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def notebooks():
    """The paths of all notebooks."""
    return sorted(FOLDER.glob("*.ipynb"))


def lines(text):
    return text.splitlines(keepends=True)


@mock.patch.dict(os.environ, PATH="")  # no dot is found: the same drawing on every machine
def built(notebook):
    """The notebook, every cell run in order, with the outputs that this gave."""
    space = {"__name__": "__main__"}
    cells, count = [], 0
    for k, cell in enumerate(notebook["cells"], 1):
        source = "".join(cell["source"])
        made = {"cell_type": cell["cell_type"], "id": f"cell-{k:02}", "metadata": {}}
        if cell["cell_type"] == "code":
            count += 1
            made |= {"execution_count": count, "outputs": run(source, space, count)}
        cells.append(made | {"source": lines(source)})
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def run(source, space, count):
    """The outputs of one cell, as Jupyter would have them."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, outputs, value = io.StringIO(), [], None
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(tree, f"cell {count}", "exec"), space)
            if last and not source.rstrip().endswith(";"):
                value = eval(compile(ast.Expression(last.value), f"cell {count}", "eval"), space)
        except Exception as error:
            raise RuntimeError(f"cell {count}:\n{traceback.format_exc()}") from error
    if printed.getvalue():
        outputs.append(
            {"name": "stdout", "output_type": "stream", "text": lines(printed.getvalue())}
        )
    if value is not None:
        outputs.append(
            {
                "data": {kind: lines(text) for kind, text in shown(value).items()},
                "execution_count": count,
                "metadata": {},
                "output_type": "execute_result",
            }
        )
    return outputs


def shown(value):
    """What Jupyter shows of a value."""
    told = value._repr_mimebundle_() if hasattr(value, "_repr_mimebundle_") else {}
    return {"text/plain": repr(value)} | told


def text_of(notebook):
    """The notebook's file."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    for path in notebooks():
        text = text_of(built(json.loads(path.read_text(encoding="utf-8"))))
        path.write_bytes(text.encode("utf-8"))
        print(f"wrote {path.name} ({len(text) // 1000} kB)", file=sys.stderr)

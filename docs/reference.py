"""The API reference in Markdown, from the signatures and docstrings: docs/api.md."""

import importlib
import inspect
import re
from enum import Enum
from pathlib import Path

import autograd_lite

ROOT = Path(__file__).parent.parent
HEAD = """# Reference

Every public name with its signature, by room; written by `make docs` from the docstrings, whose
examples the test suite runs. The operations (`sigmoid`, `log` …) stand in
[operations.md](operations.md);
names marked ★ come from `autograd_lite` itself, all others from the room.
"""
ROOMS = {
    "value": ("The node", ["Value", "gradients", "order"]),
    "scopes": ("Named parts of a graph", ["scope"]),
    "functions": ("Operations", ["define", "function", "Function"]),
    "graph": ("Graphs", ["find_nonfinite"]),
    "steps": ("Both passes, step by step", None),
    "draw": ("Pictures and the page", None),
    "testing": ("Checking gradients", None),
    "functional": ("Derivatives of functions", None),
    "analysis": ("What a function is like at a point", None),
    "linalg": ("Linear algebra on Values", None),
    "nn": ("Networks and losses", None),
    "optim": ("Update rules", None),
    "fitting": ("Minimising", None),
    "train": ("Training", None),
    "program": ("Record once, run many", None),
    "errors": ("Errors", None),
}


def names_of(room):
    """The public names of a room, classes last."""
    listed = getattr(room, "__all__", None) or [
        name
        for name, x in vars(room).items()
        if not name.startswith("_")
        and getattr(x, "__module__", None) == room.__name__
        and (inspect.isfunction(x) or inspect.isclass(x))
    ]
    found = [(name, getattr(room, name)) for name in listed]
    found = [
        (n, x)
        for n, x in found
        if callable(x)
        and (room.__name__.endswith("errors") or not is_error(x))
        and x.__module__.startswith(room.__name__)
    ]
    return sorted(found, key=lambda pair: (inspect.isclass(pair[1]), pair[0].lower()))


def is_error(x):
    """Whether it is an error, which has its place in the room of errors."""
    return inspect.isclass(x) and issubclass(x, autograd_lite.AutogradError)


def signature(name, x):
    """Its signature, on lines of at most 100 columns."""
    if inspect.isclass(x) and issubclass(x, Enum):
        return f"{name}: {', '.join(x.__members__)}"
    try:
        found = inspect.signature(x)
    except (TypeError, ValueError):
        return name
    text = f"{name}{found}".replace("autograd_lite.", "")
    text = re.sub(r"\b(?:collections\.abc|typing|os|pathlib|\w+(?:\.\w+)*)\.(?=[A-Z])", "", text)
    text = re.sub(r"'([A-Za-z][\w\[\]., |]*)'(?=[,)=\]]| =| \|)", r"\1", text)
    text = re.sub(r"-> '(.*)'$", r"-> \1", text)
    text = re.sub(r": '([^']*)'", r": \1", text)
    if len(text) <= 100:
        return text
    parts = split(text[len(name) + 1 : text.rindex(")")])
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + text[text.rindex(")") :]


def split(text):
    """A list of parameters at its outer commas."""
    parts, depth, start = [], 0, 0
    for k, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if c == "," and not depth:
            parts.append(text[start:k].strip())
            start = k + 1
    return [*parts, text[start:].strip()]


def described(x):
    """Its docstring in Markdown, without examples."""
    text = inspect.getdoc(x) or ""
    text = re.split(r"\n\s*>>> ", f"\n{text}")[0].strip()
    text = text.replace("``", "`")
    lines = []
    for line in text.splitlines():
        section = re.fullmatch(r"(Args|Returns|Raises|Warns|Yields|Attributes):", line)
        entry = re.fullmatch(r"    ([\w*, ]+): (.*)", line)
        if section:
            lines.append(f"\n*{section[1]}*\n")
        elif entry:
            names = ", ".join(f"`{n}`" for n in entry[1].split(", "))
            lines.append(f"- {names}: {entry[2]}")
        else:
            lines.append(f"  {line.strip()}" if line.startswith("     ") else line.strip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def members(kind):
    """What a class has to offer: (its name with parameters, its function or property)."""
    for name, x in vars(kind).items():
        f = x.fget if isinstance(x, property) else getattr(x, "__func__", x)
        public = not name.startswith("_") and inspect.isfunction(f) and f.__doc__
        if not public or f.__doc__.endswith(" as one node."):  # a row of the table
            continue
        if isinstance(x, property):
            yield f".{name}", f
        else:
            given = [p for p in inspect.signature(f).parameters if p not in ("self", "cls")]
            yield f".{name}({', '.join(given)})", f


def entry(name, x):
    """One name of the reference."""
    star = " ★" if getattr(autograd_lite, name, None) is x else ""
    lines = [f"### `{name}`{star}", f"```python\n{signature(name, x)}\n```", described(x)]
    if inspect.isclass(x) and not is_error(x):
        told = [
            f"- `{member}`: {described(f).split(chr(10) * 2)[0].replace(chr(10), ' ')}"
            for member, f in members(x)
        ]
        lines.append("\n".join(told))
    return "\n\n".join(line for line in lines if line)


def reference():
    """The whole document."""
    parts = [HEAD]
    for room, (title, listed) in ROOMS.items():
        module = importlib.import_module(f"autograd_lite.{room}")
        found = names_of(module) if listed is None else [(n, getattr(module, n)) for n in listed]
        parts.append(f"## {title}: `autograd_lite.{room}`")
        parts += [entry(name, x) for name, x in found]
    return "\n\n".join(part.strip() for part in parts) + "\n"


if __name__ == "__main__":
    print(reference())

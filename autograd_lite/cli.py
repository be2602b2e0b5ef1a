"""The command line: ``autograd-lite explain "z = w·x + b; σ(z)" w=0.5 x=2 b=-0.3``.

A command takes a text: statements ``name = formula`` separated by semicolons, the last of which is
the result, in the notation of docs/semantics.md; and numbers ``name=number`` for its names.  The
text is parsed, never evaluated as Python.

Exit status: 0 done, or right; 1 a gradient is wrong, or no minimum was found; 2 a usage error, or
it cannot be told.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import re
import runpy
import sys
import webbrowser
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from .analysis import is_differentiable
from .draw import render
from .draw.frames import frames
from .errors import AutogradError
from .expr import Written, compiled, shown, written
from .fitting import minimize
from .functional import taylor
from .functions import function
from .labels import columns
from .notation import CONSTANTS, Formula, Name, factors, free_names, identifier, names, substituted
from .number import short
from .ops import OPS, arities
from .steps import ChainRule, chain_rule, explain, to_json
from .steps.symbols import partial
from .terminal import encodable, encoding_of, printable, with_all_signs
from .testing import check_grad
from .testing.report import PointResult, Report, Verdict
from .text_table import json_number, laid_out
from .value import Value, gradients

DONE, WRONG, UNKNOWN = 0, 1, 2
PROGRAM = "autograd-lite"
FUNCTIONS = arities()


# Signs of a Chinese or Japanese keyboard, which are wide, as the plain ones.
WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: " "}


class UsageError(ValueError):
    """What was typed cannot be used; the message says why in a line."""


# ---- texts --------------------------------------------------------------------------------------


class Sheet:
    """A text of statements.

    Args:
        text: ``"z = w·x + b; a = σ(z)"``; the last statement is the result, called f where it has
            no name.
        given: numbers for its names.

    Raises:
        ValueError: the text is no such text, or a given name does not stand in it.

    >>> sheet = Sheet("z = w·x + b; a = σ(z)", {"w": 0.5, "x": 2.0, "b": -0.3})
    >>> sheet.free
    ('w', 'x', 'b')
    >>> sheet.graph()["a"]
    Value(data=0.6681877721681662, label='a', op='σ(z)')
    """

    def __init__(self, text: str, given: Mapping[str, float]) -> None:
        self.given = dict(given)
        self.statements: list[tuple[str, Formula]] = []
        free: dict[str, None] = {}
        statements = [x.strip() for x in re.split(r"[;\n]", _typed(text)) if x.strip()]
        if not statements:
            raise UsageError("the text has no formula; write one, such as 'w·x + b'")
        for k, statement in enumerate(statements):
            name, right = _assignment(statement)
            if not name and k < len(statements) - 1:
                raise UsageError(
                    f"{short(statement)}: a statement before the last is name = formula"
                )
            known = [*self.names, *self.given]
            if name in known or name in free:
                raise UsageError(f"{name} has a value already before {short(statement)}")
            free |= dict.fromkeys(free_names(right, FUNCTIONS, [*known, *free]))
            where = name or "text"
            formula = Formula(right, {*known, *free, *CONSTANTS}, FUNCTIONS, where=where)
            self.statements.append((name, formula))
        if not self.statements[-1][0]:
            taken = {*self.names, *self.given, *free}
            name = next(x for x in ("f", "L", "result", "the result") if x not in taken)
            self.statements[-1] = (name, self.statements[-1][1])
        used = {x for _, formula in self.statements for x in names(formula)}
        in_order = dict.fromkeys([*self.given, *free])
        self.free = tuple(x for x in in_order if x in used)
        if unused := [x for x in self.given if x not in used]:
            told = f"{unused[0]} does not stand in the text; it has {_list(self.free)}"
            products = ("·".join(factors(x, {*self.given})) for x in self.free)
            if product := next(filter(None, products), ""):
                told += f"; for a product write {product}"
            raise UsageError(told)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the statements, the result's last."""
        return tuple(name for name, _ in self.statements)

    def run(self, leaves: Mapping[str, Any]) -> dict[str, Any]:
        """Every number by its name, the result's last, at these leaves."""
        space = dict(leaves)
        for name, formula in self.statements:
            space[name] = value = _evaluated(formula, space)
            if isinstance(value, Value) and not value.label:
                value.label = name
        return space

    def graph(self) -> dict[str, Value]:
        """Every Value by its name, at the numbers given; the result is the last.

        Raises:
            ValueError: a name has no number.
        """
        if missing := [x for x in self.free if x not in self.given]:
            raise UsageError(
                f"no number for {_list(missing)}: add {' '.join(f'{x}=…' for x in missing)}"
            )
        space = self.run({x: Value(self.given[x], label=x) for x in self.free})
        return {name: v if isinstance(v, Value) else Value(v) for name, v in space.items()}

    def result(self) -> Value:
        """The last statement's Value, at the numbers given."""
        return list(self.graph().values())[-1]

    def function(self, *free: str) -> Any:
        """The result as a Python function of these names; the others have the numbers given."""

        def f(*arguments: Any, **named: Any) -> Any:
            leaves = {**self.given, **dict(zip(free, arguments, strict=False)), **named}
            return list(self.run(leaves).values())[-1]

        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        f.__signature__ = inspect.Signature([inspect.Parameter(x, kind) for x in free])  # type: ignore[attr-defined]
        f.__name__ = self.names[-1]
        return f


def _typed(text: str) -> str:
    """A text of the command line, with plain signs for wide ones, and read as UTF-8 if need be."""
    try:
        text.encode()
    except UnicodeEncodeError:  # bytes that the locale could not read
        text = os.fsencode(text).decode("utf-8", "replace")
    return text.translate(WIDE)


def _assignment(statement: str) -> tuple[str, str]:
    """(name, right side) of ``name = formula``; no name for a formula alone."""
    found = re.match(r"([^\W\d][\w{},\u0300-\u036f\u20d7⁽⁾]*)\s*=(?!=)", statement)
    if not found and (call := re.match(r"([^\W\d]\w*)\s*\([\w\s,]*\)\s*=(?!=)", statement)):
        rest = statement[call.end() :].strip()
        raise UsageError(f"{short(statement)}: a name alone stands before =: {call[1]} = {rest}")
    return (identifier(found[1]), statement[found.end() :]) if found else ("", statement)


def _evaluated(formula: Formula, space: Mapping[str, Any]) -> Any:
    """A formula at numbers or Values, by the operations of the table."""
    used = sorted(names(formula) & space.keys())
    places = tuple(f"v{k}" for k in range(len(used)))  # a name may be a word of Python's: λ
    tree = substituted(formula.tree, {x: Name(p) for x, p in zip(used, places, strict=True)})
    known: dict[str, Any] = {**CONSTANTS, "number": float}
    return compiled(tree, places, lambda x: known.get(x) or function(x))(*(space[x] for x in used))


def _number(text: str, where: str) -> float:
    """A number that was typed: ``0.5``, ``-1/3``, ``2π``."""
    text = _typed(text)
    if re.fullmatch(r"\s*[-−+]?\d+,\d+\s*", text):
        raise UsageError(f"{where}: write a decimal point: {text.strip().replace(',', '.')}")
    return float(_evaluated(Formula(text, CONSTANTS, FUNCTIONS, where=where), {}))


def _numbers(pairs: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    separate = [y for x in pairs for y in re.split(r"[,\s]+(?=[^\W\d]\w*\s*=)", _typed(x))]
    for pair in separate:
        name, sign, number = pair.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"{short(pair)}: numbers are given as name=number, such as w=0.5")
        plain = identifier(name.strip())
        if name.strip().startswith("-"):
            raise UsageError(f"{short(pair.strip())}: no dash stands before a name")
        if not number.strip():
            raise UsageError(f"{plain} has no number: write {plain}=0.5, without spaces")
        if plain in found:
            raise UsageError(f"{plain} is given twice")
        found[plain] = _number(number, plain)
    return found


def _unknown(what: str, name: str, known: Iterable[str], how: str) -> UsageError:
    """The error for a name that is none of these: with the nearest."""
    near = get_close_matches(name, list(known), 1, 0.5)
    return UsageError(f"{what}; {f'did you mean {near[0]}?' if near else how}")


def _list(words: Sequence[str]) -> str:
    return ", ".join(words) or "no names"


# ---- commands -----------------------------------------------------------------------------------


def _print(text: str) -> None:
    """Print with the signs that standard output can show."""
    print(printable(text))


def _print_json(content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=2)
    lost = printable(text) != text  # what the terminal lacks is escaped, not replaced
    print(json.dumps(content, indent=2) if lost else text)


def _sheet(o: argparse.Namespace) -> Sheet:
    return Sheet(o.text, _numbers(o.numbers))


def _explain(o: argparse.Namespace) -> int:
    root = _sheet(o).result()
    if o.json:
        _print_json(json.loads(to_json(root, forward=True)))
    else:
        explain(root, forward=True, digits=o.digits)
    return DONE


def _grad(o: argparse.Namespace) -> int:
    sheet = _sheet(o)
    graph = sheet.graph()
    root = list(graph.values())[-1]
    slopes = gradients(root, [graph[x] for x in sheet.free])
    name = sheet.names[-1]
    kink = _kink(sheet)
    if o.json:
        found = {x: json_number(s) for x, s in zip(sheet.free, slopes, strict=True)}
        content = {"name": name, "value": json_number(root.data), "gradient": found}
        _print_json(content | ({"kind": kink} if kink else {}))
        return DONE
    rows = [(name, "=", shown(root.data, o.digits))]
    rows += [
        (partial(Written(name), Written(x)), "=", shown(s, o.digits))
        for x, s in zip(sheet.free, slopes, strict=True)
    ]
    _print("\n".join(" ".join(row) for row in rows))
    if kink:
        _print(f"{name} is not differentiable here: {kink}")
    return DONE


def _kink(sheet: Sheet) -> str:
    """What kind of point it is, where the result has no derivative; "" where it has one."""
    if not sheet.free:
        return ""
    kind = is_differentiable(sheet.function(*sheet.free), *(sheet.given[x] for x in sheet.free))
    return "" if kind.kind in ("differentiable", "cannot tell") else str(kind)


def _draw(o: argparse.Namespace) -> int:
    graph = _sheet(o).graph()
    root = list(graph.values())[-1]
    if o.gradients:
        root.backward()
    path = render(
        root,
        o.output,
        o.rankdir,
        engine=o.engine,
        digits=o.digits,
        local_derivatives=o.local_derivatives,
        color="gradient" if o.shade else None,
        highlight=[_node(graph, x, "--highlight") for x in o.highlight],
        focus=_node(graph, o.focus, "--focus") if o.focus else None,
        repeat_leaves=o.repeat_leaves,
        max_nodes=o.max_nodes,
        background=o.background,
        theme=o.theme,
    )
    _wrote(path, o.json)
    return DONE


def _node(graph: Mapping[str, Value], name: str, option: str) -> Value:
    """A Value of the text by its name."""
    plain = identifier(_typed(name).strip())
    if plain not in graph:
        raise UsageError(f"{option} {name}: no such name; the text has {_list(list(graph))}")
    return graph[plain]


def _page(o: argparse.Namespace) -> int:
    samples = _samples(o.samples)
    given = {x: numbers[0] for x, numbers in samples.items()} | _numbers(o.numbers)
    sheet = Sheet(o.text, given)
    root = sheet.result()
    path = render(
        root,
        o.output,
        engine=o.engine,
        digits=o.digits,
        max_nodes=o.max_nodes,
        theme=o.theme,
        wrt=_names(o.wrt, sheet) if o.wrt else None,
        samples=samples or None,
    )
    _wrote(path, o.json)
    if o.open:
        webbrowser.open(path.resolve().as_uri())
    return DONE


def _samples(pairs: Sequence[str]) -> dict[str, list[float]]:
    """Numbers for names, one for each sample: from ``x=0.5,2.0``."""
    found: dict[str, list[float]] = {}
    for pair in pairs:
        name, sign, numbers = _typed(pair).partition("=")
        plain = identifier(name.strip())
        if not (sign and plain and numbers.strip()) or plain in found:
            raise UsageError(
                f"--samples {short(pair)}: a name and its numbers, once: x=0.5,2.0 y=0,1"
            )
        found[plain] = [_number(x, f"--samples {plain}") for x in numbers.split(",")]
    return found


def _names(text: str, sheet: Sheet) -> list[str]:
    """The names that ``--wrt`` has, separated by commas."""
    found = [identifier(x.strip()) for x in _typed(text).split(",") if x.strip()]
    if unknown := [x for x in found if x not in sheet.free]:
        raise UsageError(f"--wrt {unknown[0]}: the text has {_list(sheet.free)}")
    return found


def _frames(o: argparse.Namespace) -> int:
    root = _sheet(o).result()
    made = frames(
        root,
        o.output,
        rankdir=o.rankdir,
        digits=o.digits,
        engine=o.engine,
        max_nodes=o.max_nodes,
        theme=o.theme,
        background=o.background,
        start=o.start,
        stop=o.stop,
        pdf=o.pdf,
    )
    if o.json:
        paths = [str(path.resolve()) for path in made]
        _print_json({"paths": paths, "pdf": str(made.pdf.resolve()) if made.pdf else None})
    else:
        _print(f"wrote {repr(made)[1:-1]}")
    return DONE


def _wrote(path: Path, as_json: bool) -> None:
    size = path.stat().st_size
    if as_json:
        _print_json({"path": str(path.resolve()), "bytes": size})
    else:
        _print(f"wrote {path} ({size / 1000:.0f} kB)")


def _check(o: argparse.Namespace) -> int:
    sheet = _sheet(o)
    claims: dict[str, str] = {}
    for claim in o.claim:
        name, formula = _claimed(_typed(claim).strip(), sheet)
        if not name and len(sheet.free) == 1:
            name = sheet.free[0]
        if not name:
            raise UsageError(
                f"{short(claim)}: a claim is name=formula, for one of {_list(sheet.free)}"
            )
        if name not in sheet.free:
            raise UsageError(
                f"{short(claim)}: {name} does not stand in the text; it has {_list(sheet.free)}"
            )
        if name in claims:
            raise UsageError(f"there are two claims for {name}")
        claims[name] = formula.strip()
    point = dict(sheet.given) if set(sheet.free) <= sheet.given.keys() else None
    fixed = {} if point else sheet.given
    if both := [x for x in claims if x in fixed]:
        way_out = f"give numbers to all of {_list(sheet.free)}, or none to {both[0]}"
        raise UsageError(f"{both[0]} is held at a number, so it has no gradient; {way_out}")
    free = [x for x in sheet.free if x not in fixed]
    f = sheet.function(*free)
    report = check_grad(f, claims, at=point, points=o.points, seed=o.seed, explain=o.explain)
    if o.json:
        _print_json(_told(report))
    else:
        _print(str(report))
        if worst := _worst(report):
            _print(f"  worst at {worst}")
    if report.ok:
        return DONE
    return WRONG if report.verdict in (Verdict.WRONG, Verdict.KINK) else UNKNOWN


def _claimed(claim: str, sheet: Sheet) -> tuple[str, str]:
    """(name, formula) of ``x=2x``, ``∂f/∂x = 2x``, and of ``f' = 2x`` where one name is free."""
    if quotient := re.match(r"[d∂]\w*\s*/\s*[d∂]([^\W\d]\w*)\s*=(?!=)", claim):
        return identifier(quotient[1]), claim[quotient.end() :]
    if prime := re.match(r"[^\W\d]\w*\s*['′]\s*(\(\w+\)\s*)?=(?!=)", claim):
        return "", claim[prime.end() :]
    return _assignment(claim)


def _worst(report: Report) -> PointResult | None:
    """The point where a wrong gradient is off by most."""
    wrong = [p for p in report.points if p.wrong] if report.verdict is Verdict.WRONG else []
    return wrong[0] if wrong else None


def _told(report: Report) -> dict[str, Any]:
    """A report for JSON."""
    worst = _worst(report)
    return {
        "verdict": str(report.verdict),
        "ok": report.ok,
        "headline": report.headline,
        "evidence": report.evidence,
        "points": report.count,
        "wrong": list(report.wrong),
        "right": list(report.right),
        "explanations": [
            {"parameters": list(e.parameters), "text": e.text} for e in report.explanations
        ],
        "notes": list(report.notes),
        "worst": worst
        and {
            "at": {x: json_number(float(n)) for x, n in worst.arguments.items()},
            "wrong": list(worst.wrong),
            "error": json_number(float(worst.worst)),
        },
    }


def _chain_rule(o: argparse.Namespace) -> int:
    graph = _sheet(o).graph()
    found = chain_rule(list(graph.values())[-1], _node(graph, o.of, "--of"))
    if o.json:
        _print_json(_paths(found))
    else:
        _print(found.text(digits=o.digits))
    return DONE


def _paths(found: ChainRule) -> dict[str, Any]:
    def factor(f: Any) -> dict[str, Any]:
        return {"partial": f.partial, "formula": f.formula, "value": json_number(f.value)}

    paths = [
        {"factors": [*map(factor, p.factors)], "value": json_number(p.value)} for p in found.paths
    ]
    return {"name": found.name, "value": json_number(found.value), "paths": paths}


def _taylor(o: argparse.Namespace) -> int:
    sheet = _sheet(o)
    free = [x for x in sheet.free if x not in sheet.given]
    if len(free) != 1:
        raise UsageError(f"a Taylor series is in one name, and {_list(free)} have no number")
    polynomial = taylor(sheet.function(*free), _number(o.at, "--at"), o.order)
    if o.json:
        _print_json({"at": polynomial.x0, "coefficients": [*map(json_number, polynomial)]})
    else:
        _print(str(polynomial))
    return DONE


def _minimize(o: argparse.Namespace) -> int:
    sheet = _sheet(o)
    sheet.graph()  # a name without a number is told here
    moved = _names(o.wrt, sheet) if o.wrt else list(sheet.free)
    found = minimize(
        sheet.function(*moved),
        [sheet.given[x] for x in moved],
        method=o.method,
        lr=o.lr,
        max_steps=o.steps,
        history=o.explain,
    )
    at = dict(zip(moved, map(float, found.x), strict=True))
    if o.json:
        content = {"x": {n: json_number(x) for n, x in at.items()}, "value": json_number(found.fun)}
        _print_json(
            content
            | {"success": found.success, "steps": found.nit, "message": with_all_signs(found)}
        )
        return DONE if found.success or found.stopped == "step limit" else WRONG
    if o.explain:
        _print(f"{found.history}\n")
    _print("\n".join(f"{n} = {shown(x, o.digits)}" for n, x in at.items()))
    name = sheet.names[-1]
    _print(f"{name} = {shown(found.fun, o.digits)}, {found.stopped} after {found.nit} steps")
    if found.success and not found.nit:
        _print("the start is a stationary point already; it may be a maximum or a saddle")
    elif not found.success:
        _print(found.message)
    return DONE if found.success or found.stopped == "step limit" else WRONG


def _ops(o: argparse.Namespace) -> int:
    if unknown := [x for x in o.names if x not in OPS]:
        what = f"{unknown[0]}: no such operation"
        raise _unknown(what, unknown[0], OPS, f"{PROGRAM} ops lists them")
    rows = [OPS[x] for x in o.names or OPS]
    if o.json:
        _print_json(
            [
                {
                    "name": op.name,
                    "shown": op.shown,
                    "value": op.value,
                    "derivatives": dict(zip(op.operands, op.derivatives, strict=True)),
                    "domain": op.domain,
                    "note": op.note,
                }
                for op in rows
            ]
        )
        return DONE
    table = [("operation", "y", "∂y/∂a", "∂y/∂b", "domain")]
    for op in rows:
        slopes = [str(written(rule, {}, OPS)) for rule in op.derivatives]
        shown_as = op.shown.replace("{", "").replace("}", "")
        domain = str(written(op.domain, {}, OPS)) if op.domain else ""
        table.append((op.name, shown_as, slopes[0], (*slopes, "")[1], domain))
    _print(laid_out(table, [""] * len(table), "<<<<<", 200, encoding_of(sys.stdout)))
    return DONE


def _demos() -> dict[str, Path]:
    """The demos by name: those of an installed package, or of the repository."""
    here = Path(__file__).resolve().parent
    folder = next(
        (x for x in (here / "demos", here.parent / "demos") if x.is_dir()), here / "demos"
    )
    left_out = {"shared", "show", "run_all", "gallery", "errata"}
    return {x.stem: x for x in sorted(folder.glob("*/*.py")) if x.stem not in left_out}


def _demo(o: argparse.Namespace) -> int:
    demos = _demos()
    if o.name is None:
        told = {name: _title(path) for name, path in demos.items()}
        if o.json:
            _print_json(
                [{"name": n, "folder": demos[n].parent.name, "title": t} for n, t in told.items()]
            )
        else:
            rows = [(n, demos[n].parent.name, t) for n, t in told.items()]
            table = [("demo", "folder", ""), *rows]
            _print(laid_out(table, [""] * len(table), "<<<", 200, encoding_of(sys.stdout)))
        return DONE
    if o.name not in demos:
        raise _unknown(f"{o.name}: no such demo", o.name, demos, f"{PROGRAM} demo lists them")
    sys.path.insert(0, str(demos[o.name].parent))
    sys.argv = [o.name]
    runpy.run_path(str(demos[o.name]), run_name="__main__")
    return DONE


def _title(path: Path) -> str:
    found = re.match(r'"""(.*?)(?:\.\s|\.?"""|\n)', path.read_text(encoding="utf-8"))
    return found[1] if found else ""


# ---- the parser ---------------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line in place of the whole usage."""
        pattern = r"argument COMMAND: invalid choice: [\"'](.*)[\"'] \(choose from (.*)\)"
        if found := re.fullmatch(pattern, message, re.DOTALL):
            known, how = re.findall(r"[\w-]+", found[2]), f"{PROGRAM} --help lists them"
            raise _unknown(f"{short(found[1])}: no such command", found[1], known, how)
        if re.search(r"unrecognized arguments: .*--?\w+=", message):
            message += ": numbers have no dashes, as in x=2"
        raise UsageError(f"{message}; see {self.prog} --help")


def _whole(text: str) -> int:
    """A whole number that is not below 0."""
    if not re.fullmatch(r"\s*\d{1,9}\s*", text):
        raise argparse.ArgumentTypeError(f"{short(text.strip())}: a whole number from 0 is needed")
    return int(text)


def _most(text: str) -> int | None:
    return None if text.strip() == "none" else _whole(text)


def _seconds(text: str) -> bool | float:
    """How long to look for a mistake."""
    try:
        seconds = 0.0 if text.strip() == "none" else float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        what = f"{short(text.strip())}: seconds from 0, or none"
        raise argparse.ArgumentTypeError(what)
    return seconds or False


def _looks(sub: argparse.ArgumentParser, *, rankdir: bool = True, background: bool = True) -> None:
    """The options of what is drawn."""
    if rankdir:
        sub.add_argument(
            "--rankdir",
            choices=("LR", "TB", "RL", "BT"),
            default="LR",
            help="the way from leaves to result (LR)",
        )
    sub.add_argument("--theme", choices=("light", "dark", "auto"), help="the colours")
    if background:
        sub.add_argument("--background", metavar="COLOUR", help="such as white, or transparent")
    sub.add_argument(
        "--engine",
        choices=("auto", "dot", "builtin"),
        default="auto",
        help="who lays it out: Graphviz, or the layout built in (auto)",
    )
    sub.add_argument(
        "--max-nodes",
        type=_most,
        default=300,
        metavar="N",
        help="draw at most so many boxes, or none: all (300)",
    )


def _parser() -> argparse.ArgumentParser:
    version = sys.modules[__package__].__version__
    parser = _Parser(
        prog=PROGRAM,
        description="Derivatives of formulas, step by step.",
        epilog='A text is one formula, or several: "z = w·x + b; a = σ(z); −log(a)", written as in '
        "Python or as on paper. Numbers follow it: w=0.5 x=2 b=-0.3. Exit status: 0 done, or "
        "right; 1 a gradient is wrong, or no minimum was found; 2 a usage error, or it cannot be "
        "told.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {version}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(
        name: str, run: Any, about: str, *, text: bool = True, digits: bool = True
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        sub.add_argument("--json", action="store_true", help="print JSON")
        if text:
            sub.add_argument(
                "text", metavar="TEXT", help="a formula, or statements name = formula; …"
            )
            sub.add_argument(
                "numbers", metavar="NAME=NUMBER", nargs="*", help="numbers for its names"
            )
        if text and digits:
            sub.add_argument(
                "--digits",
                type=int,
                default=4,
                choices=range(1, 18),
                metavar="N",
                help="significant digits, 1 to 17 (4)",
            )
        return sub

    command("explain", _explain, "print the forward and the backward pass, step by step")
    command("grad", _grad, "print the value and the gradient")
    draw = command("draw", _draw, "draw the graph into a file: .svg, .html, .png, .pdf or .dot")
    draw.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="the file; its suffix says how"
    )
    _looks(draw)
    draw.add_argument(
        "--local-derivatives", action="store_true", help="write the local derivative at each arrow"
    )
    draw.add_argument("--shade", action="store_true", help="shade boxes by their gradient")
    draw.add_argument(
        "--no-gradients", dest="gradients", action="store_false", help="as before backward()"
    )
    draw.add_argument(
        "--highlight", action="append", default=[], metavar="NAME", help="draw it thick"
    )
    draw.add_argument("--focus", metavar="NAME", help="only the ways from it to the result")
    draw.add_argument("--repeat-leaves", action="store_true", help="a leaf beside each of its uses")
    page = command("page", _page, "write a page on which both passes can be tried, step by step")
    page.add_argument(
        "-o", "--output", default="page.html", metavar="FILE", help="the file (page.html)"
    )
    page.add_argument("--open", action="store_true", help="open it in a browser")
    _looks(page, rankdir=False, background=False)
    page.add_argument(
        "--wrt", metavar="NAMES", help="what training moves: names, separated by commas"
    )
    page.add_argument(
        "--samples",
        nargs="+",
        default=[],
        metavar="NAME=NUMBERS",
        help="what it is trained on: x=0.5,2.0 y=0,1",
    )
    slides = command("frames", _frames, "write both passes as one SVG for each step, for slides")
    slides.add_argument("-o", "--output", required=True, metavar="FOLDER", help="where they go")
    _looks(slides)
    slides.add_argument("--start", type=_whole, default=0, metavar="N", help="the first step (0)")
    slides.add_argument("--stop", type=_whole, metavar="N", help="the step to end before (all)")
    slides.add_argument("--no-pdf", dest="pdf", action="store_false", help="no steps.pdf")
    check = command(
        "check", _check, "judge a gradient derived by hand, and explain what is wrong", digits=False
    )
    check.add_argument(
        "--claim",
        action="append",
        required=True,
        metavar="NAME=FORMULA",
        help="the gradient towards a name; may be given several times",
    )
    check.add_argument("--seed", help="of the points that are drawn where names have no number")
    check.add_argument(
        "--points", type=_whole, default=8, metavar="N", help="how many points are drawn (8)"
    )
    check.add_argument(
        "--explain",
        type=_seconds,
        default=True,
        metavar="SECONDS",
        help="look for the mistake as long as this, or none (about 1)",
    )
    rule = command("chain-rule", _chain_rule, "write a derivative out as the sum over all paths")
    rule.add_argument("--of", required=True, metavar="NAME", help="by which name")
    series = command(
        "taylor",
        _taylor,
        "print the Taylor polynomial in the one name without a number",
        digits=False,
    )
    series.add_argument("--at", default="0", metavar="NUMBER", help="where (0)")
    series.add_argument(
        "--order", type=_whole, default=5, metavar="N", help="up to which power (5)"
    )
    least = command("minimize", _minimize, "find a minimum from the numbers given")
    least.add_argument(
        "--wrt", metavar="NAMES", help="the names to move, separated by commas (all)"
    )
    least.add_argument(
        "--method",
        help="bfgs, newton or an update rule such as adam (bfgs)",
    )
    least.add_argument("--lr", type=float, metavar="RATE", help="the learning rate of a rule")
    least.add_argument(
        "--steps", type=_whole, default=1000, metavar="N", help="at most so many (1000)"
    )
    least.add_argument(
        "--explain", action="store_true", help="print what the rule does in every step"
    )
    ops = command(
        "ops", _ops, "print the calculus table: every operation with its derivatives", text=False
    )
    ops.add_argument("names", metavar="NAME", nargs="*", help="only these")
    demo = command("demo", _demo, "list the demos, or run one", text=False)
    demo.add_argument("name", metavar="NAME", nargs="?", help="which")
    return parser


def _protected(argv: Sequence[str]) -> list[str]:
    """The arguments, with a space before a formula that begins with a minus."""
    option = re.compile(r"-h|-o|-o.*\.(svg|html|png|pdf|dot)|--.*|[^-].*|-?", re.DOTALL)
    return [x if option.fullmatch(x) else f" {x}" for x in argv]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the arguments; by default those of the process.

    Returns:
        The exit status: 0 done, or right; 1 a gradient is wrong, or no minimum was found; 2 a usage
        error, or it cannot be told.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    try:
        if argv[:1] == ["help"]:
            argv = [*argv[1:2], "--help"]
        o, rest = _parser().parse_known_args(_protected(argv))
        if rest and (not hasattr(o, "numbers") or any(x.startswith("-") for x in rest)):
            _parser().error(f"unrecognized arguments: {' '.join(rest)}")
        if rest:  # numbers after an option
            o.numbers = [*o.numbers, *rest]
        status: int = o.run(o)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        why = error.strerror or str(error)
        return _failed(f"{error.filename}: {why}" if error.filename else why)
    except (AutogradError, ValueError, ArithmeticError, TypeError, ImportError) as error:
        return _failed(str(error))


def _failed(why: str) -> int:
    encoding = encoding_of(sys.stderr)
    first, *place = why.split("\n")
    if len(place) == 2 and place[1].strip() == "^":  # the place in a formula
        text, at = place[0], len(place[1]) - 1
        before = text[: next((k for k in range(len(text)) if columns(text[:k]) >= at), len(text))]
        place[1] = " " * columns(encodable(before, encoding)) + "^"
    lines = [f"{PROGRAM}: {first}", *place]
    print(encodable("\n".join(lines), encoding), file=sys.stderr)
    return UNKNOWN

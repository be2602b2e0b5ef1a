"""The command line: ``autograd-lite explain "z = w·x + b; σ(z)" w=0.5 x=2 b=-0.3``.

A command takes a text: statements ``name = formula`` separated by semicolons, the last of which is
the result, in the notation of docs/semantics.md; and numbers ``name=number`` for its names.  The
text is parsed, never evaluated as Python.

Exit status: 0 done, or right; 1 a gradient is wrong; 2 a usage error, or it cannot be told.
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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .draw import render
from .errors import AutogradError
from .expr import Written, compiled, shown, written
from .fitting import minimize
from .functional import taylor
from .functions import function
from .notation import CONSTANTS, Formula, Name, free_names, identifier, names, substituted
from .number import short
from .ops import OPS
from .steps import ChainRule, chain_rule, explain, to_json
from .steps.symbols import partial
from .terminal import encodable, printable, with_all_signs
from .testing import check_grad
from .testing.report import Report, Verdict
from .text_table import json_number, laid_out
from .value import Value, gradients

DONE, WRONG, UNKNOWN = 0, 1, 2
PROGRAM = "autograd-lite"
FUNCTIONS = {name: {op.arity, len(op.arguments)} for name, op in OPS.items()}


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
        statements = [x.strip() for x in re.split(r"[;\n]", text) if x.strip()]
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
            raise UsageError(f"{unused[0]} does not stand in the text; it has {_list(self.free)}")

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


def _assignment(statement: str) -> tuple[str, str]:
    """(name, right side) of ``name = formula``; no name for a formula alone."""
    found = re.match(r"([^\W\d][\w{},\u0300-\u036f⁽⁾]*)\s*=(?!=)", statement)
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
    return float(_evaluated(Formula(text, CONSTANTS, FUNCTIONS, where=where), {}))


def _numbers(pairs: Sequence[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for pair in pairs:
        name, sign, number = pair.partition("=")
        if not sign or not name.strip():
            raise UsageError(f"{short(pair)}: numbers are given as name=number, such as w=0.5")
        plain = identifier(name.strip())
        if plain in found:
            raise UsageError(f"{plain} is given twice")
        found[plain] = _number(number, plain)
    return found


def _list(words: Sequence[str]) -> str:
    return ", ".join(words) or "no names"


# ---- commands -----------------------------------------------------------------------------------


def _print(text: str) -> None:
    """Print with the signs that standard output can show."""
    print(printable(text))


def _print_json(content: Any) -> None:
    _print(json.dumps(content, ensure_ascii=False, indent=2))


def _sheet(o: argparse.Namespace) -> Sheet:
    return Sheet(o.text, _numbers(o.numbers))


def _explain(o: argparse.Namespace) -> int:
    root = _sheet(o).result()
    if o.json:
        _print(to_json(root, forward=True, indent=2))
    else:
        explain(root, forward=True, digits=o.digits)
    return DONE


def _grad(o: argparse.Namespace) -> int:
    sheet = _sheet(o)
    graph = sheet.graph()
    root = list(graph.values())[-1]
    slopes = gradients(root, [graph[x] for x in sheet.free])
    name = sheet.names[-1]
    if o.json:
        found = {x: json_number(s) for x, s in zip(sheet.free, slopes, strict=True)}
        _print_json({"name": name, "value": json_number(root.data), "gradient": found})
        return DONE
    rows = [(name, "=", shown(root.data, o.digits))]
    rows += [
        (partial(Written(name), Written(x)), "=", shown(s, o.digits))
        for x, s in zip(sheet.free, slopes, strict=True)
    ]
    _print("\n".join(" ".join(row) for row in rows))
    return DONE


def _draw(o: argparse.Namespace) -> int:
    root = _sheet(o).result()
    root.backward()
    path = render(
        root,
        o.output,
        o.rankdir,
        digits=o.digits,
        local_derivatives=o.local_derivatives,
        color="gradient" if o.shade else None,
    )
    _wrote(path, o.json)
    return DONE


def _page(o: argparse.Namespace) -> int:
    path = render(_sheet(o).result(), o.output, digits=o.digits)
    _wrote(path, o.json)
    if o.open:
        webbrowser.open(path.resolve().as_uri())
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
        name, formula = _assignment(claim.strip())
        if not name and len(sheet.free) == 1:
            name = sheet.free[0]
        if not name:
            raise UsageError(
                f"{short(claim)}: a claim is name=formula, for one of {_list(sheet.free)}"
            )
        if name in claims:
            raise UsageError(f"there are two claims for {name}")
        claims[name] = formula.strip()
    point = dict(sheet.given) if set(sheet.free) <= sheet.given.keys() else None
    fixed = {} if point else sheet.given
    free = [x for x in sheet.free if x not in fixed]
    report = check_grad(sheet.function(*free), claims, at=point, seed=o.seed)
    if o.json:
        _print_json(_told(report))
    else:
        _print(str(report))
    return (
        DONE if report.ok else WRONG if report.verdict in (Verdict.WRONG, Verdict.KINK) else UNKNOWN
    )


def _told(report: Report) -> dict[str, Any]:
    """A report for JSON."""
    return {
        "verdict": str(report.verdict),
        "ok": report.ok,
        "wrong": list(report.wrong),
        "right": list(report.right),
        "explanations": [
            {"parameters": list(e.parameters), "text": e.text} for e in report.explanations
        ],
        "notes": list(report.notes),
    }


def _chain_rule(o: argparse.Namespace) -> int:
    graph = _sheet(o).graph()
    name = identifier(o.of)
    if name not in graph:
        raise UsageError(f"--of {o.of}: no such name; the text has {_list(list(graph))}")
    found = chain_rule(list(graph.values())[-1], graph[name])
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
    moved = [identifier(x) for x in o.wrt.split(",")] if o.wrt else list(sheet.free)
    if unknown := [x for x in moved if x not in sheet.free]:
        raise UsageError(f"--wrt {unknown[0]}: the text has {_list(sheet.free)}")
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
        return DONE
    if o.explain:
        _print(f"{found.history}\n")
    _print("\n".join(f"{n} = {shown(x, o.digits)}" for n, x in at.items()))
    _print(str(found))
    return DONE


def _ops(o: argparse.Namespace) -> int:
    if unknown := [x for x in o.names if x not in OPS]:
        raise UsageError(f"{unknown[0]}: no such operation; {PROGRAM} ops lists them")
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
    _print(laid_out(table, [""] * len(table), "<<<<<", 200, "utf-8"))
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
            _print(
                laid_out(
                    [("demo", "folder", ""), *rows], [""] * (len(rows) + 1), "<<<", 200, "utf-8"
                )
            )
        return DONE
    if o.name not in demos:
        raise UsageError(f"{o.name}: no such demo; {PROGRAM} demo lists them")
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
        raise UsageError(f"{message}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    version = sys.modules[__package__].__version__
    parser = _Parser(
        prog=PROGRAM,
        description="Derivatives of formulas, step by step.",
        epilog='A text is one formula, or several: "z = w·x + b; a = σ(z); −log(a)", written as in '
        "Python or as on paper. Numbers follow it: w=0.5 x=2 b=-0.3.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {version}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, run: Any, about: str, *, text: bool = True) -> argparse.ArgumentParser:
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
    draw.add_argument(
        "--rankdir",
        choices=("LR", "TB", "RL", "BT"),
        default="LR",
        help="the way from leaves to result (LR)",
    )
    draw.add_argument(
        "--local-derivatives", action="store_true", help="write the local derivative at each arrow"
    )
    draw.add_argument("--shade", action="store_true", help="shade boxes by their gradient")
    page = command("page", _page, "write a page on which both passes can be tried, step by step")
    page.add_argument(
        "-o", "--output", default="page.html", metavar="FILE", help="the file (page.html)"
    )
    page.add_argument("--open", action="store_true", help="open it in a browser")
    check = command("check", _check, "judge a gradient derived by hand, and explain what is wrong")
    check.add_argument(
        "--claim",
        action="append",
        required=True,
        metavar="NAME=FORMULA",
        help="the gradient towards a name; may be given several times",
    )
    check.add_argument(
        "--seed", type=int, help="of the points that are drawn where names have no number"
    )
    rule = command("chain-rule", _chain_rule, "write a derivative out as the sum over all paths")
    rule.add_argument("--of", required=True, metavar="NAME", help="by which name")
    series = command(
        "taylor", _taylor, "print the Taylor polynomial in the one name without a number"
    )
    series.add_argument("--at", default="0", metavar="NUMBER", help="where (0)")
    series.add_argument("--order", type=int, default=5, metavar="N", help="up to which power (5)")
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
        "--steps", type=int, default=1000, metavar="N", help="at most so many (1000)"
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
    return [f" {x}" if re.match(r"-[^-]", x) and not re.match(r"-[oh]", x) else x for x in argv]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the arguments; by default those of the process.

    Returns:
        The exit status: 0 done, or right; 1 a gradient is wrong; 2 a usage error, or cannot tell.
    """
    try:
        o = _parser().parse_args(_protected(sys.argv[1:] if argv is None else argv))
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
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    print(encodable(f"{PROGRAM}: {why}", encoding), file=sys.stderr)
    return UNKNOWN

"""How a local derivative goes wrong in practice: slips of the pen on the row's own text.

A slip is made from the rule's text, so an operation that a user defines has its slips too; a few
confusions of one rule with another stand in a table.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from ...expr import names
from ...ops import Op

# Rules that are mistaken for another's: operation -> (text, what was done).
CONFUSED: dict[tuple[str, int], list[tuple[str, str]]] = {
    ("sigmoid", 0): [("1 - y * y", "the rule of tanh")],
    ("tanh", 0): [("y * (1 - y)", "the rule of σ"), ("1 - y", "{y} stands for its square")],
    ("log", 0): [
        ("1 / (a * log(10))", "the rule of log10"),
        ("1 / (a * log(2))", "the rule of log2"),
    ],
    ("log10", 0): [("1 / a", "the rule of the natural log")],
    ("log2", 0): [("1 / a", "the rule of the natural log")],
    ("exp", 0): [("a * exp(a - 1)", "the power rule for an exponential")],
    ("power", 0): [("y * log(a)", "the rule of an exponential for a power")],
    ("pow", 0): [("y * log(a)", "the rule of an exponential for a power")],
    ("pow", 1): [("b * a ** (b - 1)", "the power rule for an exponential"), ("y", "no log")],
    ("exponential", 0): [("a * n ** (a - 1)", "the power rule for an exponential")],
    ("sin", 0): [("cos(a * pi / 180)", "degrees for radians")],
    ("cos", 0): [("-sin(a * pi / 180)", "degrees for radians")],
    ("sqrt", 0): [("1 / (2 * a)", "1 / (2a) for 1 / (2√a)"), ("y / 2", "√a / 2 for 1 / (2√a)")],
    ("softplus", 0): [("sigmoid(a) * (1 - sigmoid(a))", "the rule of σ"), ("exp(a)", "exp for σ")],
    ("mul", 0): [("1 - b", "1 − {b} stands where {b} belongs")],
    ("mul", 1): [("1 - a", "1 − {a} stands where {a} belongs")],
    ("div", 1): [("1 / b ** 2", "1 / b² for −a / b²"), ("-1 / b ** 2", "the numerator is dropped")],
    ("silu", 0): [("sigmoid(a)", "a term of the product rule is dropped: σ(a) alone")],
    ("gelu", 0): [
        ("0.5 * erfc(-a / sqrt(2))", "a term of the product rule is dropped: Φ(a) alone")
    ],
}


@dataclass(frozen=True)
class Slip:
    """A wrong local derivative: its text, what was done, and how far-fetched it is."""

    text: str
    what: str  # may name the factor as {factor}, to be written with the labels
    cost: float
    part: str = ""  # the text of the part that {factor} stands for


@cache
def slips(op: Op, position: int) -> tuple[Slip, ...]:
    """The usual wrong rules for one local derivative of an operation, the likeliest first."""
    right = op.derivatives[position]
    found: dict[str, Slip] = {}
    for slip in _all(op, position, right):
        text = _normal(slip.text)
        if text != _normal(right) and (text not in found or slip.cost < found[text].cost):
            found[text] = slip
    return tuple(sorted(found.values(), key=lambda s: s.cost))


def _normal(text: str) -> str:
    return ast.unparse(ast.parse(text, mode="eval"))


def _all(op: Op, position: int, right: str) -> Iterator[Slip]:
    tree = ast.parse(right, mode="eval").body
    yield Slip("0", "the term is dropped: it was held constant", 3.0)
    yield Slip("1", "the local derivative is forgotten", 2.85)
    minus = op.name == "div" and position == 1
    lost = "the minus of the quotient rule is lost" if minus else "the sign is lost"
    yield Slip(f"-({right})", lost, 2.4)
    yield Slip(f"2 * ({right})", "a factor 2 too many", 3.5)
    yield Slip(f"({right}) / 2", "a factor 2 is missing", 3.5)
    for text, what in CONFUSED.get((op.name, position), ()):
        yield Slip(text, what, 4.0)
    if any(isinstance(node, ast.Compare) for node in ast.walk(tree)):
        yield from _gates(tree)
        return
    if isinstance(tree, ast.IfExp):  # "… if n else 0": a guard at an odd point
        tree = tree.body
    yield from _factors(tree)
    yield from _exponents(tree)
    yield from _signs(tree)
    yield from _names(op, tree)
    if op.arity == 1 and not op.parameter:
        again = _substituted(right, {"y": f"({_substituted(op.value, {'a': 'y'})})", "a": "y"})
        yield Slip(again, "the rule is taken at {y}, not at {a}", 4.1)
        if "a" in names(right):
            yield Slip(_substituted(right, {"a": "(-a)"}), "the rule is taken at −{a}", 4.3)
    yield Slip("y", "the value stands for the derivative", 4.2)
    for x in op.operands:
        yield Slip(x, f"{{{x}}} itself stands for the derivative", 4.4)


def _gates(tree: ast.expr) -> Iterator[Slip]:
    """One branch everywhere, or the branches exchanged."""
    pieces: list[str] = []
    part: ast.expr = tree
    tests = []
    while isinstance(part, ast.IfExp):
        tests.append(ast.unparse(part.test))
        pieces.append(ast.unparse(part.body))
        part = part.orelse
    for piece in pieces:
        yield Slip(piece, f"the gate is forgotten: {piece} everywhere", 2.8)
    if len(pieces) > 1:
        first, second = pieces[:2]
        text = f"{second} if {tests[0]} else {first} if {tests[1]} else 0"
        yield Slip(text, "the branches are exchanged", 3.4)


def _factors(tree: ast.expr) -> Iterator[Slip]:
    """A factor dropped, inverted or squared, anywhere on the top line of products."""
    for path, node, divided in _products(tree):
        part = ast.unparse(node)
        if isinstance(node, ast.Constant) and node.value == 1:
            continue
        without = _replaced(tree, path, ast.Constant(1.0))
        number = isinstance(node, ast.Constant) or part == "n"
        what = (
            "the coefficient {factor} is forgotten"
            if number
            else "the factor {factor} is forgotten"
        )
        if divided:
            what = "the division by {factor} is forgotten"
        yield Slip(without, what, 2.8, part)
        inverse = ast.parse(f"1 / ({part})", mode="eval").body
        what = (
            "multiplied by {factor} in place of divided"
            if divided
            else "divided by {factor} in place of multiplied"
        )
        yield Slip(_replaced(tree, path, inverse), what, 4.6, part)
        squared = ast.parse(f"({part}) * ({part})", mode="eval").body
        yield Slip(_replaced(tree, path, squared), "the factor {factor} stands twice", 4.6, part)


Path = tuple[str, ...]


def _products(
    node: ast.expr, path: Path = (), divided: bool = False
) -> Iterator[tuple[Path, ast.expr, bool]]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield from _products(node.left, (*path, "left"), divided)
        flip = isinstance(node.op, ast.Div)
        yield from _products(node.right, (*path, "right"), divided != flip)
        if flip and isinstance(node.right, ast.BinOp):
            yield (*path, "right"), node.right, not divided
    elif isinstance(node, ast.UnaryOp):
        yield from _products(node.operand, (*path, "operand"), divided)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        yield path, node, divided
        yield from _products(node.left, (*path, "left"), divided)
    else:
        yield path, node, divided


def _replaced(tree: ast.expr, path: Path, by: ast.expr) -> str:
    """The text with the part at the end of a path replaced."""
    if not path:
        return ast.unparse(by)
    root = copy.deepcopy(tree)
    holder = root
    for name in path[:-1]:
        holder = getattr(holder, name)
    setattr(holder, path[-1], by)
    return ast.unparse(ast.fix_missing_locations(root))


def _everywhere(
    tree: ast.expr, change: Callable[[ast.expr], ast.expr | None]
) -> Iterator[tuple[str, ast.expr]]:
    """The text with one part changed, for each part that ``change`` has something for."""
    stack: list[tuple[Path, ast.expr]] = [((), tree)]
    while stack:
        path, node = stack.pop()
        other = change(node)
        if other is not None:
            yield _replaced(tree, path, other), node
        stack += [((*path, n), x) for n, x in ast.iter_fields(node) if isinstance(x, ast.expr)]


def _exponents(tree: ast.expr) -> Iterator[Slip]:
    def raised(node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            return ast.BinOp(
                node.left, ast.Pow(), ast.BinOp(node.right, ast.Add(), ast.Constant(1))
            )
        return None

    def lowered(node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            return ast.BinOp(
                node.left, ast.Pow(), ast.BinOp(node.right, ast.Sub(), ast.Constant(1))
            )
        return None

    for text, _ in _everywhere(tree, raised):
        yield Slip(text, "the exponent is not lowered", 3.6)
    for text, _ in _everywhere(tree, lowered):
        yield Slip(text, "the exponent is lowered twice", 4.0)


def _signs(tree: ast.expr) -> Iterator[Slip]:
    """A sign inside turned, or one of two terms dropped."""

    def turned(node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            sign = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
            return ast.BinOp(node.left, sign, node.right)
        return None

    def left(node: ast.expr) -> ast.expr | None:
        return (
            node.left
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)
            else None
        )

    def right(node: ast.expr) -> ast.expr | None:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            return (
                node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)
            )
        return None

    for text, node in _everywhere(tree, turned):
        yield Slip(text, "a sign inside {factor} is wrong", 3.2, ast.unparse(node))
    for side in (left, right):
        for text, node in _everywhere(tree, side):
            yield Slip(text, "a term of {factor} is dropped", 3.4, ast.unparse(node))


def _names(op: Op, tree: ast.expr) -> Iterator[Slip]:
    """One variable of the rule taken for another."""
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & {"a", "b", "y"}
    for old in sorted(used):
        for new in (*op.operands, "y"):
            if new != old:
                renamed = copy.deepcopy(tree)
                for node in ast.walk(renamed):
                    if isinstance(node, ast.Name) and node.id == old:
                        node.id = new
                yield Slip(ast.unparse(renamed), f"{{{new}}} stands where {{{old}}} belongs", 3.8)


def _substituted(text: str, by: dict[str, str]) -> str:
    """The text with names replaced, all at once."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.parse(by[node.id], mode="eval").body if node.id in by else node

    return ast.unparse(Put().visit(ast.parse(text, mode="eval")))

"""Wrong local derivatives: the usual mistakes made in a row's own rule, as changed trees.

The mistakes are made in the rule itself, so an operation that a user defines has them too; a few
confusions of one operation's rule with another's stand in a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeGuard

from .notation import Call, Compare, Expr, If, Name, Number, names, substituted, tree_of, walk
from .ops import Op

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


OPERATORS = ("add", "sub", "mul", "div", "pow", "neg")


@dataclass(frozen=True)
class Mutation:
    """A wrong local derivative."""

    rule: Expr
    what: str  # what was done; may hold {a}, {b}, {y} and {part}, to be written with the labels
    cost: float  # how far-fetched it is
    part: Expr | None = None  # the part of the rule that was changed
    effect: str = ""  # "dropped" or "sign lost", where the search has to know


@cache
def mutations(op: Op, position: int) -> tuple[Mutation, ...]:
    """The usual wrong rules for one local derivative of an operation, the likeliest first.

    >>> from autograd_lite.ops import OPS
    >>> [m.what for m in mutations(OPS["exp"], 0)[:2]]
    ['the sign is lost', 'the factor {part} is forgotten']
    """
    right = op.derivatives[position].tree
    found: dict[Expr, Mutation] = {}
    for mutation in _all(op, position, right):
        rule = mutation.rule
        if rule != right and (rule not in found or mutation.cost < found[rule].cost):
            found[rule] = mutation
    return tuple(sorted(found.values(), key=lambda m: m.cost))


def unguarded(rule: Expr) -> Expr:
    """A rule without the pieces that only guard an odd point.

    >>> from autograd_lite.ops import OPS
    >>> [unguarded(OPS[name].derivatives[0].tree) for name in ("sign", "hypot")]
    [Number(0.0), Call('div', (Name('a'), Name('y')))]
    """
    pieces, rest = [], rule
    while isinstance(rest, If):
        if "nan" not in names(rest.then) and not _compares(rest.test, "==", "!="):
            pieces.append((rest.then, rest.test))
        rest = rest.other
    if not pieces:
        return rest
    if not _compares(pieces[0][1], "<", "<=", ">", ">="):
        return pieces[0][0]
    last: Expr = rest
    if len(pieces) > 1:
        *pieces, (last, _) = pieces
    for then, test in reversed(pieces):
        last = If(test, then, last)
    return last


def _compares(test: Expr, *signs: str) -> bool:
    return any(sign in signs for x in walk(test) if isinstance(x, Compare) for sign in x.signs)


def _all(op: Op, position: int, right: Expr) -> Iterator[Mutation]:
    yield Mutation(Number(0.0), "the term is dropped: it was held constant", 3.0, effect="dropped")
    yield Mutation(Number(1.0), "the local derivative is forgotten", 2.85)
    minus = op.name == "div" and position == 1
    lost = "the minus of the quotient rule is lost" if minus else "the sign is lost"
    yield Mutation(Call("neg", (right,)), lost, 2.4, effect="sign lost")
    yield Mutation(Call("mul", (Number(2.0), right)), "a factor 2 too many", 3.5)
    yield Mutation(Call("div", (right, Number(2.0))), "a factor 2 is missing", 3.5)
    for text, what in CONFUSED.get((op.name, position), ()):
        yield Mutation(tree_of(text), what, 4.0)
    if any(isinstance(x, Compare) for x in walk(right)):
        yield from _branches(right)
        for x in (*op.operands, "y"):
            yield Mutation(Name(x), f"{{{x}}} itself stands for the gate", 4.4)
        return
    rule = unguarded(right)
    yield from _factors(op, rule)
    yield from _exponents(rule)
    yield from _signs(rule)
    yield from _names(op, rule)
    if op.arity == 1 and not op.parameter:
        again = substituted(op.value.tree, {"a": Name("y")})
        rule = substituted(right, {"y": again, "a": Name("y")})
        yield Mutation(rule, "the rule is taken at {y}, not at {a}", 4.1)
        if "a" in names(right):
            rule = substituted(right, {"a": Call("neg", (Name("a"),))})
            yield Mutation(rule, "the rule is taken at −{a}", 4.3)
    yield Mutation(Name("y"), "the value stands for the derivative", 4.2)
    for x in op.operands:
        cost = 5.2 if isinstance(rule, Number) else 4.4
        yield Mutation(Name(x), f"{{{x}}} itself stands for the derivative", cost)


def _branches(rule: Expr) -> Iterator[Mutation]:
    """One branch everywhere, or the branches exchanged."""
    pieces, tests = [], []
    while isinstance(rule, If):
        tests.append(rule.test)
        pieces.append(rule.then)
        rule = rule.other
    for piece in pieces:
        yield Mutation(piece, "the gate is forgotten: {part} everywhere", 2.8, piece)
    if len(pieces) > 1:
        exchanged = If(tests[0], pieces[1], If(tests[1], pieces[0], Number(0.0)))
        yield Mutation(exchanged, "the branches are exchanged", 3.4)


def _factors(op: Op, rule: Expr) -> Iterator[Mutation]:
    """A factor dropped, inverted or squared, anywhere on the top line of products."""
    for path, part, divided in _products(rule):
        if part == Number(1.0):
            continue
        coefficient = isinstance(part, Number) or (op.parameter and part == Name(op.parameter))
        if divided:
            what, inverted = "the division by {part}", "multiplied by {part} in place of divided"
        else:
            what = "the coefficient {part}" if coefficient else "the factor {part}"
            inverted = "divided by {part} in place of multiplied"
        yield Mutation(_put(rule, path, Number(1.0)), f"{what} is forgotten", 2.8, part)
        if part != Number(0.0):  # nobody divides by 0
            inverse = Call("div", (Number(1.0), part))
            yield Mutation(_put(rule, path, inverse), inverted, 4.6, part)
        square = Call("mul", (part, part))
        yield Mutation(_put(rule, path, square), "the factor {part} stands twice", 4.6, part)


Path = tuple[int, ...]  # which argument, at each operation from the top


def _products(
    tree: Expr, path: Path = (), divided: bool = False
) -> Iterator[tuple[Path, Expr, bool]]:
    """(where, factor, whether it is divided by) for the factors of a product."""
    name = tree.name if isinstance(tree, Call) else ""
    arguments = tree.arguments if isinstance(tree, Call) else ()
    if name in ("mul", "div"):
        yield from _products(arguments[0], (*path, 0), divided)
        below = divided != (name == "div")
        yield from _products(arguments[1], (*path, 1), below)
        if name == "div" and _is_operation(arguments[1]) and arguments[1].name != "neg":
            yield (*path, 1), arguments[1], not divided
    elif name == "neg":
        yield from _products(arguments[0], (*path, 0), divided)
    else:
        yield path, tree, divided
        if name == "pow":
            yield from _products(arguments[0], (*path, 0), divided)


def _is_operation(tree: Expr) -> TypeGuard[Call]:
    return isinstance(tree, Call) and tree.name in OPERATORS


def _put(tree: Expr, path: Path, part: Expr) -> Expr:
    """The tree with the part at the end of a path replaced."""
    if not path:
        return part
    assert isinstance(tree, Call)
    k, *rest = path
    arguments = list(tree.arguments)
    arguments[k] = _put(arguments[k], tuple(rest), part)
    return Call(tree.name, tuple(arguments))


def _everywhere(
    tree: Expr, operations: tuple[str, ...], change: Callable[[Call], Expr]
) -> Iterator[tuple[Expr, Expr]]:
    """(the tree with one of these operations changed, that operation), for each of them.

    What a function is taken of is left alone.
    """
    stack: list[tuple[Path, Expr]] = [((), tree)]
    while stack:
        path, part = stack.pop()
        if _is_operation(part):
            if part.name in operations:
                yield _put(tree, path, change(part)), part
            stack += [((*path, k), x) for k, x in enumerate(part.arguments)]


def _exponents(rule: Expr) -> Iterator[Mutation]:
    for sign, what, cost in (
        ("add", "the exponent is not lowered", 3.3),
        ("sub", "the exponent is lowered twice", 4.0),
    ):

        def changed(power: Call, sign: str = sign) -> Expr:
            base, exponent = power.arguments
            if sign == "add" and isinstance(exponent, Call) and exponent.name == "sub":
                return Call("pow", (base, exponent.arguments[0]))  # n for n − 1
            return Call("pow", (base, Call(sign, (exponent, Number(1.0)))))

        for tree, _ in _everywhere(rule, ("pow",), changed):
            yield Mutation(tree, what, cost)


def _signs(rule: Expr) -> Iterator[Mutation]:
    """A sign inside turned, or one of two terms dropped."""

    def turned(x: Call) -> Expr:
        return Call("sub" if x.name == "add" else "add", x.arguments)

    def left(x: Call) -> Expr:
        return x.arguments[0]

    def right(x: Call) -> Expr:
        return x.arguments[1] if x.name == "add" else Call("neg", (x.arguments[1],))

    for change, what, cost in (
        (turned, "a sign inside {part} is wrong", 3.2),
        (left, "a term of {part} is dropped", 3.4),
        (right, "a term of {part} is dropped", 3.4),
    ):
        for tree, part in _everywhere(rule, ("add", "sub"), change):
            yield Mutation(tree, what, cost, part)


def _names(op: Op, rule: Expr) -> Iterator[Mutation]:
    """One variable of the rule taken for another."""
    for old in sorted(names(rule) & {"a", "b", "y"}):
        for new in (*op.operands, "y"):
            if new != old:
                tree = substituted(rule, {old: Name(new)})
                yield Mutation(tree, f"{{{new}}} stands where {{{old}}} belongs", 3.8)

"""The chain rule for one leaf, written out: a sum over paths of products of local derivatives."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import islice
from typing import Any

from ..expr import ATOM, LaTeX, Mathematics, Typeset, Written, shown
from ..labels import columns, html_of
from ..notebook import bundle, raised, table
from ..number import check_value, counted
from ..ops import OPS, chained
from ..terminal import printed
from ..value import Value, depending_on, gradients, order
from .symbols import (
    Names,
    NamesOnDemand,
    Paper,
    local_in_symbols,
    names_of,
    partial,
    product,
    sign_of_product,
    sign_of_sum,
    total,
)

Edge = tuple[Value, int]  # a result, and which of its operands
WAYS = 4  # at most so many ways through unlabelled nodes are written out in one factor


@dataclass(frozen=True)
class Factor:
    """∂node/∂operand in a product: one edge, or all ways between them through unlabelled nodes."""

    node: Value
    operand: Value
    value: float
    ways: tuple[tuple[Edge, ...], ...]
    count: int  # of all ways; ``ways`` may have fewer
    names: Names
    printer: Paper = Mathematics

    @property
    def partial(self) -> Written:
        """``"∂z/∂w"``."""
        return _partial(self.names[self.node], self.names[self.operand], "∂", self.printer)

    def number(self, digits: int = 4) -> Written:
        """Its value, to so many digits."""
        return self.printer(OPS).number(self.value, digits)

    @property
    def formula(self) -> Written:
        """The local derivative as the table of operations has it."""
        terms = [self._product(way) for way in self.ways]
        if self.count > len(terms):
            terms.append(Written(f"… ({counted(self.count - len(terms))} more)"))
        return total(terms)

    def _product(self, way: Sequence[Edge]) -> Written:
        told = [
            local_in_symbols(v, i, self.names, self.printer)
            or self.printer(OPS).number(v.local_gradients[i])
            for v, i in way
        ]
        return product([x for x in told if x != "1"] or [Written("1")])


@printed
@dataclass(frozen=True)
class Path:
    """One way from the root down to the leaf, as a product."""

    factors: tuple[Factor, ...]

    @property
    def nodes(self) -> tuple[Value, ...]:
        """The Values on the way, the root first and the leaf last."""
        return (*(f.node for f in self.factors[:1]), *(f.operand for f in self.factors))

    @property
    def value(self) -> float:
        """The product of its factors."""
        return reduce(chained, (f.value for f in self.factors), 1.0)

    def __str__(self) -> str:
        return self.partials()

    def partials(self) -> Written:
        """The product of partial derivatives: ``"∂L/∂z · ∂z/∂w"``."""
        return product([f.partial for f in self.factors] or [Written("1")])

    def formulas(self) -> Written:
        """The product in formulas: ``"p · (1 − p) · x"``."""
        return product([f.formula for f in self.factors] or [Written("1")])

    def numbers(self, digits: int = 4, *, signed: bool = True) -> Written:
        """The product in numbers, with negative ones in brackets, but for the first if signed."""
        return product([f.number(digits) for f in self.factors], signed=signed)


@printed
@dataclass(frozen=True)
class ChainRule:
    """∂root/∂leaf as a sum over paths.  ``print`` it, or go through its ``paths``."""

    root: Value
    leaf: Value
    paths: tuple[Path, ...]
    count: int  # of all paths; ``paths`` may have fewer
    value: float  # ∂root/∂leaf, over all paths
    names: Names
    printer: Paper = Mathematics

    @property
    def name(self) -> str:
        """``"∂L/∂w11"``; ``"dL/dw11"`` where ∂L/∂w11 is the name of one path among several."""
        direct = any(len(p.factors) == 1 for p in self.paths) and self.count > 1
        d = "d" if direct else "∂"
        return _partial(self.names[self.root], self.names[self.leaf], d, self.printer)

    def text(self, *, digits: int = 4, width: int = 80) -> str:
        """The sum in partial derivatives, in formulas, in numbers, and its value."""
        lines = self._lines(digits)
        if len(lines) == 1 and len(lines[0][1]) == 1:
            why = "" if self.count else ", for no path leads there"
            return f"{self.name} = {lines[0][1][0]}{why}"
        wrapped = [x for sign, terms in lines for x in _wrapped(f"  {sign} ", terms, width)]
        return "\n".join([self.name, *wrapped])

    def _lines(self, digits: int) -> list[tuple[str, list[Written]]]:
        """(= or ≈, terms) of each line."""
        if not self.count or self.root is self.leaf:
            return [("=", [Written("1" if self.count else "0")])]
        more = self.count - len(self.paths)
        rest = [Written(f"… ({counted(more)} more paths)")] if more else []
        rows = [[p.partials() for p in self.paths], [p.formulas() for p in self.paths]]
        if all(len(p.factors) == 1 for p in self.paths):
            del rows[0]  # it would say ∂c/∂b = ∂c/∂b
        numbers = [p.numbers(digits, signed=not k) for k, p in enumerate(self.paths)]
        products = [self._number(p.value, digits) for p in self.paths]
        signs = ["="] * len(rows) + ["=" if all(map(_true, self._shown_factors(digits))) else "≈"]
        rows.append(numbers)
        if len(self.paths) > 1 or more:
            if products != numbers:
                rows.append(products)
                signs.append(self._product_sign(digits))
            added = [shown(p.value, digits) for p in self.paths]
            last = "=" if more else sign_of_sum(added, shown(self.value, digits))
        else:
            last = self._product_sign(digits)
        lines = [(sign, [*row, *rest]) for sign, row in zip(signs, rows, strict=True)]
        value = self._number(self.value, digits)
        return lines if rows[-1] == [value] else [*lines, (last, [value])]

    def _number(self, x: float, digits: int) -> Written:
        return self.printer(OPS).number(x, digits)

    def _by(self, printer: Paper) -> ChainRule:
        """The same, in what another printer writes."""
        names = NamesOnDemand(self.names, printer)
        paths = tuple(
            Path(tuple(replace(f, names=names, printer=printer) for f in p.factors))
            for p in self.paths
        )
        return replace(self, names=names, printer=printer, paths=paths)

    def to_latex(self, *, digits: int = 4) -> str:
        r"""The same as LaTeX for math mode, one line below the other.

        >>> w, x = Value(2.0, label="w11"), Value(3.0, label="x")
        >>> z = w * x
        >>> z.label = "z"
        >>> print(chain_rule(z, w).to_latex())
        \begin{aligned}
        \frac{\partial z}{\partial w_{11}} &= x \\
        &= 3
        \end{aligned}
        """
        told = self._by(LaTeX)
        rows = [f"{_AMPERSAND[sign]} {total(terms)}" for sign, terms in told._lines(digits)]
        body = f"{told.name} " + " \\\\\n".join(rows)
        body = re.sub(r"\\letter\{\w+\}\{(.)\}", r"\1", body)  # MathJax and XeTeX set any letter
        for sign, command in ((" · ", r" \cdot "), ("…", r"\ldots")):
            body = body.replace(sign, command)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        told = self._by(Typeset)
        rows = [("", sign, raised(html_of(total(terms)))) for sign, terms in told._lines(4)]
        rows[0] = (html_of(told.name), *rows[0][1:])
        return bundle(self, html=table(rows), latex=f"$$\n{self.to_latex()}\n$$")

    def _shown_factors(self, digits: int) -> Iterator[tuple[str, float]]:
        return ((shown(f.value, digits), f.value) for p in self.paths for f in p.factors)

    def _product_sign(self, digits: int) -> str:
        signs = (
            sign_of_product([shown(f.value, digits) for f in p.factors], shown(p.value, digits))
            for p in self.paths
        )
        return "=" if all(sign == "=" for sign in signs) else "≈"

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        paths = "1 path" if self.count == 1 else f"{counted(self.count)} paths"
        return f"<{self.name} = {shown(self.value)}, {paths}>"


def chain_rule(
    root: Value, leaf: Value, *, every_node: bool | None = None, max_paths: int = 12
) -> ChainRule:
    """∂root/∂leaf as the sum over paths of products of local derivatives.

    Args:
        root: what is differentiated.
        leaf: by which Value; any node will do.
        every_node: whether the paths are split at unlabelled nodes too; by default only if no
            labelled node lies between.
        max_paths: write out this many at most; the others are counted.

    Source: 003, l. 800-895.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> c = a * b + b
    >>> c.label = "c"
    >>> print(chain_rule(c, b))
    dc/db
      = ∂c/∂v1 · ∂v1/∂b + ∂c/∂b
      = 1 · a + 1
      = 1 · 2 + 1
      = 2 + 1
      = 3
    """
    if max_paths < 1:
        raise ValueError(f"max_paths = {max_paths!r}: at least one path is written out")
    nodes = order(root)
    root = nodes[-1]
    check_value(leaf)
    names = names_of(nodes if leaf in set(nodes) else [leaf, *nodes])
    towards = depending_on([leaf], nodes)
    if root not in towards:
        return ChainRule(root, leaf, (), 0, 0.0, names)
    stops = {v for v in towards if v.label and v.operands and v is not leaf} - {root}
    stops = stops & set(nodes)
    if every_node is None:
        every_node = not stops
    place = {v: i for i, v in enumerate(nodes)}
    named = towards if every_node else stops | {root, leaf}

    def below(v: Value) -> list[Factor]:
        if v is leaf:
            return []
        return _edges(v, towards, names) if every_node else _ways(v, named, towards, place, names)

    factors = {v: below(v) for v in reversed(nodes) if v in named}
    counts = {leaf: 1}
    for v in nodes:
        if v in factors and v is not leaf:
            counts[v] = sum(counts.get(f.operand, 0) for f in factors[v])
    paths = tuple(Path(p) for p in islice(_paths(root, leaf, factors.__getitem__), max_paths))
    return ChainRule(root, leaf, paths, counts[root], gradients(root, [leaf])[0], names)


def _edges(v: Value, towards: set[Value], names: Names) -> list[Factor]:
    """A factor for each edge down from ``v``."""
    return [
        Factor(v, x, local, (((v, i),),), 1, names)
        for i, (x, local) in enumerate(zip(v.operands, v.local_gradients, strict=True))
        if x in towards
    ]


def _ways(
    top: Value, named: set[Value], towards: set[Value], place: dict[Value, int], names: Names
) -> list[Factor]:
    """A factor for each of ``named`` that is reached from ``top`` through unnamed nodes only."""
    value, count = {top: 1.0}, {top: 1}
    ways: dict[Value, list[Any]] = {top: [()]}  # each as (the way to the node above, an edge)
    waiting = [(-place[top], id(top), top)]
    found = []
    while waiting:  # from the root down: all ways to a node are known when its turn comes
        *_, v = heapq.heappop(waiting)
        if v in named and v is not top:
            found.append((v, tuple(map(_unrolled, ways[v]))))
            continue
        for i, (x, local) in enumerate(zip(v.operands, v.local_gradients, strict=True)):
            if x not in towards:
                continue
            if x not in value:
                value[x], count[x], ways[x] = 0.0, 0, []
                heapq.heappush(waiting, (-place[x], id(x), x))
            value[x] += chained(value[v], local)
            count[x] += count[v]
            room = WAYS - len(ways[x])
            ways[x] += [(way, (v, i)) for way in ways[v][: max(room, 0)]]
        del ways[v]
    found.sort(key=lambda each: [i for _, i in each[1][0]])  # first operands first
    return [Factor(top, x, value[x], told, count[x], names) for x, told in found]


def _unrolled(way: Any) -> tuple[Edge, ...]:
    edges = []
    while way:
        way, edge = way
        edges.append(edge)
    return tuple(reversed(edges))


def _paths(
    root: Value, leaf: Value, below: Callable[[Value], list[Factor]]
) -> Iterator[tuple[Factor, ...]]:
    """The paths from ``root`` to ``leaf``, first operands first, one at a time."""
    if root is leaf:
        yield ()
        return
    path: list[Factor] = []
    waiting = [iter(below(root))]
    while waiting:
        factor = next(waiting[-1], None)
        if factor is None:
            waiting.pop()
            if path:
                path.pop()
            continue
        path.append(factor)
        if factor.operand is leaf:
            yield tuple(path)
            path.pop()
        else:
            waiting.append(iter(below(factor.operand)))


_AMPERSAND = {"=": "&=", "≈": r"&\approx"}


def _partial(of: Written, by: Written, d: str, printer: Paper) -> Written:
    """``∂z/∂w``, in LaTeX as a fraction."""
    if printer is not LaTeX:
        return partial(of, by, d)
    d = {"∂": r"\partial "}.get(d, d)
    return Written(rf"\frac{{{d}{of.inside(ATOM)}}}{{{d}{by.inside(ATOM)}}}", ATOM)


def _true(told: tuple[str, float]) -> bool:
    """Whether a number is shown with all its digits."""
    return sign_of_sum([told[0]], repr(told[1])) == "="


def _wrapped(head: str, terms: Sequence[Written], width: int) -> Iterator[str]:
    """The sum on as many lines as it needs, broken before a sign."""
    line, indent = head, " " * (len(head) + 2)
    for piece in re.split(r" (?=[+·] )", total(terms)):
        if columns(line) + columns(piece) > width and columns(line) > len(indent):
            yield line.rstrip()
            line = indent
        line += piece + " "
    yield line.rstrip()

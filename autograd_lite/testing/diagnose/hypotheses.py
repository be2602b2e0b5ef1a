"""What may have gone wrong, each with the gradient that it would give.

A hypothesis about a local derivative is a change of the graph's own backward pass, so one
mistake explains every parameter that it reaches.  The others compare the gradient as a whole:
with another parameter's, with a derivative on the way.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from ...ops import Op
from .adjoints import Edge
from .altered_operations import altered, of_products, replaced
from .graph import NOTHING, Graph, Hypothesis
from .other_gradients import other_gradients
from .rule_mutations import Slip, slips
from .wrong_variable import elementwise, swapped, taken_inside

Array = npt.NDArray[np.float64]


def hypotheses(graph: Graph, sizes: Mapping[str, int], *, simple: bool = False) -> list[Hypothesis]:
    """Everything that can be predicted without looking at the gradient in question."""
    found = [*other_gradients(graph)]
    changes = [*slipped(graph), *cut(graph)]
    if not simple:
        changes += [*swapped(graph), *altered(graph), *elementwise(graph)]
        changes += [*taken_inside(graph), *replaced(graph)]
        found += of_products(graph)
    predicted = graph.flows.predicted([c.change for c in changes if c.change is not None])
    return found + [
        Hypothesis(c.key, c.kind, c.text, c.cost, p, c.line, c.change)
        for c, p in zip(changes, predicted, strict=True)
    ]


def slipped(graph: Graph) -> Iterator[Hypothesis]:
    """A slip of the pen at every edge that one place in the code made, and at each edge alone."""
    flows = graph.flows
    for site, edges in graph.sites.items():
        i, k = edges[0]
        op = flows.nodes[i].op
        if not isinstance(op, Op):
            continue
        alone = len(edges) == 1
        twin = 2.0 * (len(set(flows.operands[i])) < len(flows.operands[i]))  # one half of x · x
        for slip in slips(op, k):
            change = {(e, k): flows.evaluated(e, slip.text) for e, _ in edges}
            if all(np.array_equal(change[e], flows.local[e]) for e in edges):
                continue
            text = _said(graph, i, k, slip, whole=not alone, places=len(edges))
            yield Hypothesis(
                ("slip", site, slip.text),
                "rule",
                text,
                slip.cost + twin,
                NOTHING,
                graph.lines.get(i, 0),
                change,
            )
            if alone or len(edges) > 64:
                continue
            for edge in edges:
                text = _said(graph, edge[0], k, slip, whole=False, places=1)
                yield Hypothesis(
                    ("slip", site, slip.text, edge),
                    "rule",
                    text,
                    slip.cost + 0.5 + twin,
                    NOTHING,
                    graph.lines.get(i, 0),
                    {edge: change[edge]},
                )


def _said(graph: Graph, i: int, k: int, slip: Slip, *, whole: bool, places: int) -> str:
    op = graph.flows.nodes[i].op
    assert isinstance(op, Op)
    operand, result = (graph.word(x, whole=whole) for x in (graph.flows.operands[i][k], i))
    used = graph.rule(i, slip.text, whole=whole)
    right = graph.rule(i, _unguarded(op, k), whole=whole)
    words: dict[str, str] = {
        n: graph.word(j, whole=whole)
        for n, j in zip(op.operands, graph.flows.operands[i], strict=True)
    }
    words |= {"y": result, "factor": graph.rule(i, slip.part, whole=whole) if slip.part else ""}
    what = slip.what.format(**words)
    every = f" (at all {places} places)" if places > 1 else ""
    if slip.text == "0":
        rule = {"mul": "product", "div": "quotient"}.get(op.name, "")
        both = graph.reached.issuperset(graph.flows.operands[i])
        term = f" (a term of the {rule} rule is dropped)" if rule and both else ""
        lost = f"the path through {operand} is forgotten here"
        return f"{graph.at(i, whole=whole)}: {lost}{term}{every}"
    named = f"∂{result}/∂{operand}" if " " not in result + operand else "its local derivative"
    return f"{graph.at(i, whole=whole)}: {what}; {named} is {right}, not {used}{every}"


def _unguarded(op: Op, k: int) -> str:
    """The rule without its guards at odd points: ``0 if a <= 0 else 1`` for relu."""
    part: ast.expr = ast.parse(op.derivatives[k], mode="eval").body
    pieces: list[tuple[str, str]] = []
    while isinstance(part, ast.IfExp):
        pieces.append((ast.unparse(part.body), ast.unparse(part.test)))
        part = part.orelse
    pieces = [(body, test) for body, test in pieces if "nan" not in body and "==" not in test]
    if not pieces:
        return ast.unparse(part)
    if len(pieces) == 1 and not re.search("[<>]", pieces[0][1]):
        return pieces[0][0]
    if len(pieces) == 1:
        return f"{pieces[0][0]} if {pieces[0][1]} else {ast.unparse(part)}"
    *first, (last, _) = pieces
    return "".join(f"{body} if {test} else " for body, test in first) + last


def cut(graph: Graph) -> Iterator[Hypothesis]:
    """A named result held constant: every path through it is lost."""
    flows = graph.flows
    leaves = {i for i in flows.leaf if i is not None}
    uses: dict[int, list[Edge]] = {}
    for edges in graph.sites.values():
        for i, k in edges:
            uses.setdefault(flows.operands[i][k], []).append((i, k))
    zero = np.zeros(flows.count)
    for name, places in flows.groups.items():
        inside = [int(i) for i in np.ravel(places)] if places is not None else []
        inside = [i for i in inside if i in uses and i not in leaves]
        change = {edge: zero for i in inside for edge in uses[i]}
        if change:
            text = f"the path through {name} is forgotten: {name} was held constant"
            line = graph.lines.get(inside[0], 0)
            yield Hypothesis(("cut", name), "cut", text, 2.7, NOTHING, line, change)

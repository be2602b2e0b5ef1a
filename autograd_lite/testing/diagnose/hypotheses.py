"""All possible mistakes in a gradient, each with the gradient that it would give.

A hypothesis about a local derivative is a change of the graph's own backward pass, so one
mistake explains every parameter that it reaches.  The others compare the gradient as a whole:
with another parameter's, with a derivative on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ...ops import Op
from ...rule_mutations import Mutation, mutations
from .adjoints import Edge
from .altered_operations import altered, of_products
from .graph import NOTHING, Graph, Hypothesis
from .other_gradients import other_gradients
from .wrong_variable import elementwise, swapped, taken_inside

Array = npt.NDArray[np.float64]


def hypotheses(graph: Graph, sizes: Mapping[str, int], *, simple: bool = False) -> list[Hypothesis]:
    """Everything that can be predicted without looking at the gradient in question."""
    found = [*other_gradients(graph)]
    changes = [*mutated(graph), *cut(graph)]
    if not simple:
        changes += [*swapped(graph), *altered(graph), *elementwise(graph)]
        changes += [*taken_inside(graph)]
        found += of_products(graph)
    predicted = graph.adjoints.predicted([c.change for c in changes if c.change is not None])
    return found + [replace(h, predicted=p) for h, p in zip(changes, predicted, strict=True)]


def mutated(graph: Graph) -> Iterator[Hypothesis]:
    """A wrong rule at every edge that one place in the code made, and at each edge alone."""
    adjoints = graph.adjoints
    for site, edges in graph.sites.items():
        i, k = edges[0]
        op = adjoints.nodes[i].op
        if not isinstance(op, Op):
            continue
        alone = len(edges) == 1
        twin = 2.0 * (len(set(adjoints.operands[i])) < len(adjoints.operands[i]))  # half of x · x
        line = graph.lines.get(i, 0)
        for m in mutations(op, k):
            change = {(e, k): adjoints.evaluated(e, m.rule) for e, _ in edges}
            if all(np.array_equal(change[e], adjoints.local[e]) for e in edges):
                continue
            text = _text(graph, i, k, m, whole=not alone, places=len(edges))
            key, cost = ("mutation", site, m.rule), m.cost + twin
            yield Hypothesis(key, "rule", text, cost, NOTHING, line, change, m.effect)
            if alone or len(edges) > 64:
                continue
            effect = "" if m.effect == "dropped" else m.effect
            for edge in edges:
                text = _text(graph, edge[0], k, m, whole=False, places=1)
                here = {edge: change[edge]}
                yield Hypothesis(
                    (*key, edge), "rule", text, cost + 0.5, NOTHING, line, here, effect
                )


def _text(graph: Graph, i: int, k: int, m: Mutation, *, whole: bool, places: int) -> str:
    """What is said of a wrong rule at an edge."""
    op = graph.adjoints.nodes[i].op
    assert isinstance(op, Op)
    operand, result = (graph.word(x, whole=whole) for x in (graph.adjoints.operands[i][k], i))
    where = graph.at(i, whole=whole)
    every = f" (at all {places} places)" if places > 1 else ""
    if m.effect == "dropped":
        rule = {"mul": "product", "div": "quotient"}.get(op.name, "")
        both = graph.reached.issuperset(graph.adjoints.operands[i])
        term = f" (a term of the {rule} rule is dropped)" if rule and both else ""
        return f"{where}: the path through {operand} is forgotten here{term}{every}"
    used = graph.rule(i, m.rule, whole=whole)
    right = graph.rule(i, op.derivatives[k].tree, whole=whole)
    part = "" if m.part is None else graph.rule(i, m.part, whole=whole, part=True)
    what = m.what.format(**graph.operand_words(i, whole=whole), y=result, part=part)
    named = f"∂{result}/∂{operand}" if " " not in result + operand else "its local derivative"
    return f"{where}: {what}; {named} is {right}, not {used}{every}"


def cut(graph: Graph) -> Iterator[Hypothesis]:
    """A named result held constant: every path through it is lost."""
    adjoints = graph.adjoints
    leaves = {i for i in adjoints.leaf if i is not None}
    uses: dict[int, list[Edge]] = {}
    for edges in graph.sites.values():
        for i, k in edges:
            uses.setdefault(adjoints.operands[i][k], []).append((i, k))
    zero = np.zeros(adjoints.count)
    for name, places in adjoints.groups.items():
        inside = [int(i) for i in np.ravel(places)] if places is not None else []
        inside = [i for i in inside if i in uses and i not in leaves]
        change = {edge: zero for i in inside for edge in uses[i]}
        if change:
            text = f"the path through {name} is forgotten: {name} was held constant"
            line = graph.lines.get(inside[0], 0)
            yield Hypothesis(("cut", name), "cut", text, 2.7, NOTHING, line, change)

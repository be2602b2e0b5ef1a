"""All possible mistakes in a gradient, each with the gradient that it would give.

A hypothesis about a local derivative is a change of the graph's own backward pass, so one
mistake explains every parameter that it reaches.  The others compare the gradient as a whole:
with another parameter's, with a derivative on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...ops import Op
from ...rule_mutations import Mutation, mutations
from .adjoints import Change, Edge
from .altered_operations import altered, of_derivatives
from .arrays import arrays, written_out
from .case import Case
from .graph import Graph, Hypothesis, bare
from .other_gradients import other_gradients
from .wrong_variable import elementwise, swapped, taken_inside


def plain(case: Case) -> Iterator[Hypothesis]:
    """The simplest mistakes: another gradient, a usual wrong rule, a path that is forgotten."""
    yield from other_gradients(case)
    yield from mutated(case.graph)
    yield from cut(case.graph)
    yield from overwritten(case.graph)


def further(case: Case) -> Iterator[Hypothesis]:
    """What is read wrong: variables, indices, operations, whole arrays; rules of two functions."""
    graph = case.graph
    yield from swapped(graph)
    yield from altered(graph)
    yield from elementwise(graph)
    yield from taken_inside(graph)
    yield from of_derivatives(graph)
    yield from written_out(graph)
    yield from arrays(case)


def mutated(graph: Graph) -> Iterator[Hypothesis]:
    """A wrong rule at every edge that one place in the code made."""
    adjoints = graph.adjoints
    for site, edges in graph.sites.items():
        i, k = edges[0]
        op = adjoints.nodes[i].op
        if not isinstance(op, Op):
            continue
        # Half of x · x; and what has a name, or goes into something that has, is said first.
        twin = 2.0 * (op.name != "pow" and len({*adjoints.operands[i]}) < len(adjoints.operands[i]))
        twin += 0.15 * (adjoints.operands[i][k] not in adjoints.names) if len(edges) == 1 else 0
        for m in mutations(op, k):
            turned = 0.1 * (op.name == "sub" and m.effect == "sign lost")  # y − p for p − y
            yield _mutated(graph, ("mutation", site, m.rule), edges, m, m.cost + twin - turned)


def mutated_in_part(graph: Graph) -> Iterator[Hypothesis]:
    """A wrong rule at some of the edges that one place made: in one turn of a loop, or at one."""
    for site, edges in graph.sites.items():
        i, k = edges[0]
        op = graph.adjoints.nodes[i].op
        if len(edges) == 1 or not isinstance(op, Op):
            continue
        parts: dict[str, list[Edge]] = {}
        for e, _ in edges:
            group = graph.group_of.get(e) or graph.group_of.get(graph.adjoints.operands[e][k])
            parts.setdefault(group[0] if group else "", []).append((e, k))
        for m in mutations(op, k):
            key = ("mutation", site, m.rule)
            if len(parts) > 1:
                for name, some in parts.items():
                    if len(some) > 1 and name:
                        yield _mutated(graph, (*key, name), some, m, m.cost + 0.3)
            if len(edges) <= 64:
                for place, edge in enumerate(edges):
                    yield _mutated(graph, (*key, place), [edge], m, m.cost + 0.5)


def _mutated(
    graph: Graph, key: tuple[object, ...], edges: list[Edge], m: Mutation, cost: float
) -> Hypothesis:
    adjoints = graph.adjoints
    i, k = edges[0]

    def change() -> Change:
        numbers = adjoints.at_all([e for e, _ in edges], m.rule)
        return dict(zip(edges, numbers, strict=True))

    def text() -> str:
        return _text(graph, i, k, m, whole=len(edges) > 1, places=len(edges))

    effect = "" if m.effect == "dropped" and len(key) > 3 else m.effect
    line = graph.lines.get(i, 0)
    return Hypothesis(key, "rule", cost, text, line, change, effect=effect, sort=m.what)


def _text(graph: Graph, i: int, k: int, m: Mutation, *, whole: bool, places: int) -> str:
    """What is said of a wrong rule at an edge."""
    adjoints = graph.adjoints
    op = adjoints.nodes[i].op
    assert isinstance(op, Op)
    operand, result = (graph.word(x, whole=whole) for x in (adjoints.operands[i][k], i))
    where = graph.at(i, whole=whole)
    every = f" (at all {places} places)" if places > 1 else ""
    if m.effect == "dropped":
        if op.name == "pow":
            kept, lost = ("exponent", "base") if k == 0 else ("base", "exponent")
            rule = "an exponential" if k == 0 else "a power"
            return (
                f"{where}: the path through the {lost} {operand} is forgotten here: the rule of "
                f"{rule} alone, as if only the {kept} varied{every}"
            )
        word = {"mul": "product", "div": "quotient"}.get(op.name, "")
        both = graph.reached.issuperset(adjoints.operands[i])
        term = f" (a term of the {word} rule is dropped)" if word and both else ""
        return f"{where}: the path through {operand} is forgotten here{term}{every}"
    used = graph.rule(i, m.rule, whole=whole)
    right = graph.rule(i, op.derivatives[k].tree, whole=whole)
    part = "" if m.part is None else graph.rule(i, m.part, whole=whole, part=True)
    words = graph.operand_words(i, whole=whole)
    what = m.what.format(**words, y=result, part=part)
    if m.effect == "sign lost" and op.name == "sub" and k == 1:
        turned = f"{words['b']} − {words['a']}"
        what = f"the sign is lost, as if it were {turned}"
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
    for name, places in graph.groups.items():
        inside = [i for i in np.ravel(places).tolist() if i in uses and i not in leaves]
        if inside:
            change: Change = {edge: zero for i in inside for edge in uses[i]}
            text = f"the path through {name} is forgotten: {name} was held constant"
            line = graph.lines.get(inside[0], 0)
            yield Hypothesis(
                ("cut", name), "cut", 2.7, text, line, partial(dict, change), sort="cut"
            )


def overwritten(graph: Graph) -> Iterator[Hypothesis]:
    """Of the paths from one place to an element, the last alone: ``=`` where ``+=`` is meant."""
    adjoints = graph.adjoints
    zero = np.zeros(adjoints.count)
    together: dict[Any, list[Edge]] = {}
    for i, k in (edge for edges in graph.sites.values() for edge in edges):
        made = adjoints.made.get(i)  # a layer's own lines need not use what they pick
        together.setdefault((made and made.site, adjoints.nodes[i].op, k), []).append((i, k))
    for site, edges in together.items():
        last = {adjoints.operands[i][k]: (i, k) for i, k in edges}
        lost = [(i, k) for i, k in edges if last[adjoints.operands[i][k]] != (i, k)]
        names = {bare(adjoints.names.get(adjoints.operands[i][k], "")) for i, k in lost}
        (name, *others) = names or {""}
        if not name or others:
            continue
        i = lost[0][0]
        text = (
            f"{graph.at(i, whole=True)}: where an element of {name} is used several times, only "
            "the last use counts: its paths have to be added up (np.add.at, +=)"
        )
        change = dict.fromkeys(lost, zero)
        line = graph.lines.get(i, 0)
        yield Hypothesis(
            ("last", site), "rule", 2.75, text, line, partial(dict, change), sort="last"
        )

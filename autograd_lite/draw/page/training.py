"""What the page trains with: parameters, samples, the notes' update rules, as texts and numbers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from ...labels import clean
from ...notation import names
from ...number import in_order, number_of, short
from ...ops import OPS, Op
from ...optim import Adadelta, Adagrad, Adam, GradientDescent, Momentum, Nesterov, RMSprop
from ...update_rule import Form, Rule, symbol
from ...value import Value
from . import operations

RULES: dict[str, tuple[type[Rule], str]] = {  # as the page calls them: the rule, which form
    "gradient descent": (GradientDescent, "formula"),
    "momentum": (Momentum, "formula"),
    "Nesterov (PyTorch's form)": (Nesterov, "torch"),
    "Adagrad": (Adagrad, "formula"),
    "RMSprop": (RMSprop, "formula"),
    "Adadelta": (Adadelta, "formula"),
    "Adam": (Adam, "formula"),
}


# ---- the rules ----------------------------------------------------------------------------------


def rules() -> str:
    """The rules as JavaScript: of each statement its name and its right side, of what is known.

    >>> print(rules().splitlines()[2])
      "momentum": [["v", (k) => k.momentum * k.v + k.lr * k.g], ["theta", (k) => k.theta - k.v]],
    """
    lines = ["const RULES = {"]
    for name, (rule, which) in RULES.items():
        each = [
            f'["{s.name}", (k) => {s.javascript({x: f"k.{x}" for x in names(s.formula)})}]'
            for s in rule.forms[which].statements
        ]
        lines.append(f'  "{name}": [{", ".join(each)}],')
    return "\n".join([*lines, "};"])


def described_rules() -> list[dict[str, Any]]:
    """How each rule is written, its options and what it remembers at first."""
    return [_described(name, rule, rule.forms[which]) for name, (rule, which) in RULES.items()]


def _described(name: str, rule: type[Rule], form: Form) -> dict[str, Any]:
    given = {"variant": "torch"} if form is rule.forms.get("torch") else {}
    made = rule([Value(0.0)], **given)
    options = vars(made._options(made.groups[0]))
    lines = []
    for s in form.statements:
        used = sorted(names(s.formula))
        blanks = {x: operations.Blank(k) for k, x in enumerate(used)}
        text = operations.template(operations.Typeset(OPS, blanks).write(s.formula.tree))
        lines.append({"name": symbol(s.name), "names": used, "right": text})
    return {
        "name": name,
        "options": {x: options[x] for x in ("lr", *sorted(form.options - {"lr"}))},
        "state": [*form.state],
        "counts": form.counts,
        "lines": lines,
    }


def symbols() -> dict[str, str]:
    """How the notes write the names in the rules."""
    forms = [rule.forms[which] for rule, which in RULES.values()]
    used = {x for form in forms for s in form.statements for x in (s.name, *names(s.formula))}
    return {x: symbol(x) for x in sorted(used)}


# ---- the graph's leaves -------------------------------------------------------------------------


def fixed_leaves(nodes: list[Value], uses: Mapping[Value, int]) -> dict[Value, str]:
    """The leaves whose numbers cannot be changed on the page, each with the reason.

    Args:
        nodes: the graph on the page.
        uses: how often each Value is used in the whole graph, of which the page may be a part.
    """
    by_hand: dict[Value, Value] = {}
    for v in reversed(nodes):
        made = v if v.operands and not isinstance(v.op, Op) else by_hand.get(v)
        if made is not None:
            by_hand |= {x: made for x in v.operands if x not in by_hand}
    found = {
        v: f"leads to {clean(made.label or made.op.shown)}, made by hand: its rule is not known"
        for v, made in by_hand.items()
        if v.is_leaf and made.op is not None
    }
    here = Counter(x for v in nodes for x in v.operands)
    hidden = (v for v in nodes if v.is_leaf and uses.get(v, 0) > here[v])
    return found | dict.fromkeys(hidden, "is used in what this page does not show")


def parameters_of(nodes: list[Value], wrt: Any, fixed: Mapping[Value, str]) -> list[Value]:
    """The leaves that training moves: those that are given, or those that a module has.

    Raises:
        ValueError: one is no leaf of the graph, or cannot be moved.
    """
    if wrt is None:
        return [v for v in nodes if v.is_leaf and v.from_module and v not in fixed]
    given = [wrt] if isinstance(wrt, Value | str) else in_order(wrt, "wrt")
    found = [_leaf(nodes, x, "wrt", fixed) for x in given]
    return list(dict.fromkeys(found))


def samples_of(
    nodes: list[Value], samples: Any, parameters: list[Value], fixed: Mapping[Value, str]
) -> dict[Value, list[float]]:
    """The numbers of each leaf that the samples name.

    Raises:
        ValueError: a name is none of one leaf, or its numbers are none, or not as many as others'.
    """
    if samples is None:
        return {}
    if not hasattr(samples, "keys") or not hasattr(samples, "__getitem__") or not len(samples):
        how = 'give the numbers by the leaves\' labels, such as {"x": [0.5, 1.0], "y": [0, 1]}'
        raise ValueError(f"samples={short(samples)}: {how}")
    found: dict[Value, list[float]] = {}
    first = ""
    for name in samples.keys():  # noqa: SIM118 - a DataFrame has keys too
        v = _leaf(nodes, name, "samples", fixed)
        if v in parameters:
            raise ValueError(f"samples: {short(name)} is a parameter; samples are given, not moved")
        column = _numbers(samples[name], name)
        first = first or name
        count = len(found[next(iter(found))]) if found else len(column)
        if len(column) != count:
            raise ValueError(
                f"samples: {short(name)} has {len(column):,} numbers and {short(first)} "
                f"{count:,}; give each leaf one number a sample"
            )
        found[v] = column
    return found


def _numbers(column: Any, name: object) -> list[float]:
    try:
        given = list(in_order(column, f"samples[{short(name)}]"))
    except TypeError:
        raise ValueError(f"samples: {short(name)} is {short(column)}; give a list") from None
    if not given:
        raise ValueError(f"samples: {short(name)} has no numbers")
    numbers = []
    for k, x in enumerate(given):
        found = None if isinstance(x, Value) else number_of(x)
        if found is None or not math.isfinite(found):
            raise ValueError(f"samples: {short(name)}[{k}] = {short(x)} is no finite number")
        numbers.append(found)
    return numbers


def _leaf(nodes: list[Value], given: Any, where: str, fixed: Mapping[Value, str]) -> Value:
    """The leaf that is meant by a Value or its label."""
    if isinstance(given, Value):
        if given not in set(nodes):
            raise ValueError(f"{where}: {short(given)} is not in the graph")
        named = [given]
    else:
        named = [v for v in nodes if v.label and v.label == given]
    told = short(given.label or given if isinstance(given, Value) else given)
    leaves = [v for v in named if v.is_leaf]
    if not leaves and named:
        raise ValueError(f"{where}: {told} is computed, not a leaf; name what it is computed from")
    if not leaves:
        labels = _listed(v.label for v in nodes if v.is_leaf and v.label)
        how = f"where a plain number stands, write Value(1.0, label={told})"
        raise ValueError(f"{where}: no leaf is labelled {told}; {labels}; {how}")
    if len(leaves) > 1:
        raise ValueError(f"{where}: {len(leaves)} leaves are labelled {told}; give each its own")
    if leaves[0] in fixed:
        raise ValueError(f"{where}: {told} {fixed[leaves[0]]}")
    return leaves[0]


def _listed(labels: Iterable[str]) -> str:
    found = [repr(clean(x)) for x in dict.fromkeys(labels)]
    if not found:
        return "the leaves have no labels: write Value(1.0, label='x')"
    more = f" and {len(found) - 12:,} more" if len(found) > 12 else ""
    return f"the labels are {', '.join(found[:12])}{more}"

"""The forward and the backward pass as data: one step for each operation, one for each edge.

>>> from autograd_lite import Value
>>> z = Value(0.7, label="z")
>>> a = z.sigmoid()
>>> a.label = "a"
>>> for step in all_steps(a):
...     print(step)
1. a = σ(z) = σ(0.7) ≈ 0.6682
2. ∂a/∂a = 1
3. ∂a/∂z += ∂a/∂a · a · (1 − a) = 1 · 0.2217 = 0.2217
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat

from ..expr import PRODUCT, SUM, Written, shown
from ..terminal import printed
from ..value import Value, flow, order, put_grads
from . import symbols
from .symbols import Names, names_of, partial


@printed
@dataclass(frozen=True)
class ForwardStep:
    """One operation of the forward pass."""

    index: int  # from 1
    node: Value  # the result
    value: float
    names: Names = field(repr=False, compare=False)

    @property
    def op(self) -> str:
        """The operation's name."""
        return self.node.op.name if self.node.op else ""

    @property
    def name(self) -> Written:
        """The result's label, or v1, v2, …"""
        return self.names[self.node]

    @property
    def formula(self) -> Written:
        """The operation with its operands' names: ``"σ(z)"``."""
        return symbols.in_symbols(self.node, self.names)

    def substituted(self, digits: int = 4) -> Written:
        """The operation with its operands' numbers: ``"σ(0.7)"``."""
        return symbols.in_numbers(self.node, digits)

    def sign(self, digits: int = 4) -> str:
        """The sign "=" if the numbers as shown give the value as shown, or "≈"."""
        return symbols.sign_of_value(self.node, digits)

    def __repr__(self) -> str:
        return f"<step {self}>"

    def __str__(self) -> str:
        line = f"{self.index}. {self.name} = {self.formula} = {self.substituted()}"
        return f"{line} {self.sign()} {shown(self.value)}"


@printed
@dataclass(frozen=True)
class Step:
    """One push of the backward pass: upstream × local = contribution; before + it = after.

    The first step of a pass is the seed: its ``node`` is ``None`` and its operand is the root.
    """

    index: int  # from 1
    node: Value | None  # the result whose gradient is pushed
    position: int  # which operand, from 0
    operand: Value  # the one that receives
    upstream: float
    local: float
    contribution: float
    before: float
    after: float
    k: int = 1  # this is the k-th …
    n: int = 1  # … of n contributions to the operand
    names: Names = field(default_factory=dict, repr=False, compare=False)

    @property
    def op(self) -> str:
        """The name of the operation on this edge; ``"seed"`` for the first step."""
        return "seed" if self.node is None or self.node.op is None else self.node.op.name

    @property
    def from_name(self) -> Written:
        """The name of the result that the gradient comes from; "" for the seed."""
        return Written("") if self.node is None else self.names[self.node]

    @property
    def to_name(self) -> Written:
        """The name of the operand that receives it."""
        return self.names[self.operand]

    @property
    def is_final(self) -> bool:
        """Whether the operand's gradient is complete after this step."""
        return self.k == self.n

    @property
    def formula(self) -> Written:
        """The local derivative as the table has it, with names; its number if no rule is known.

        >>> z = Value(0.7, label="z")
        >>> list(backward_steps(z.sigmoid()))[1].formula
        'σ(z) · (1 − σ(z))'
        """
        if self.node is None:
            return shown(self.local)
        known = symbols.local_in_symbols(self.node, self.position, self.names)
        return known or shown(self.local)

    def substituted(self, digits: int = 4) -> Written:
        """The local derivative with the numbers filled in, as they are shown to ``digits``.

        Raises:
            StaleGraphError: an operand's number was changed after the forward pass.
        """
        if self.node is None:
            return shown(self.local, digits)
        known = symbols.local_in_numbers(self.node, self.position, digits)
        return known or shown(self.local, digits)

    def sign(self, digits: int = 4) -> str:
        """The sign "=" if ``substituted`` gives ``local`` as shown, or "≈"."""
        if self.node is None:
            return "="
        return symbols.sign_of_local(self.node, self.position, self.local, digits)

    def product(self, digits: int = 4) -> str:
        """upstream · local = contribution in numbers, with "≈" where those shown need it."""
        up, local, result = (
            shown(x, digits) for x in (self.upstream, self.local, self.contribution)
        )
        return f"{up} · {local.inside(PRODUCT)} {self.product_sign(digits)} {result}"

    def product_sign(self, digits: int = 4) -> str:
        """The sign "=" if the numbers as shown multiply to the contribution as shown, or "≈"."""
        factors = [shown(x, digits) for x in (self.upstream, self.local)]
        return symbols.sign_of_product(factors, shown(self.contribution, digits))

    def total(self, digits: int = 4) -> str:
        """before + contribution = after in numbers, with "≈" where those shown need it."""
        before, added, after = (
            shown(x, digits) for x in (self.before, self.contribution, self.after)
        )
        return f"{before} + {added.inside(SUM)} {self.total_sign(digits)} {after}"

    def total_sign(self, digits: int = 4) -> str:
        """The sign "=" if the numbers as shown add up to the total as shown, or "≈"."""
        terms = [shown(x, digits) for x in (self.before, self.contribution)]
        return symbols.sign_of_sum(terms, shown(self.after, digits))

    def __repr__(self) -> str:
        return f"<step {self}>"

    def __str__(self) -> str:
        root = next(reversed(self.names.values()), Written(""))
        towards = f"{self.index}. {partial(root, self.to_name)}"
        if self.node is None:
            return f"{towards} = {shown(self.after)}"
        local = self.formula.inside(PRODUCT, right=True)
        line = f"{towards} += {partial(root, self.from_name)} · {local} = {self.product()}"
        return line + (f" ({self.k} of {self.n}: {self.total()})" if self.n > 1 else "")


def forward_steps(root: Value, *, names: Names | None = None) -> Iterator[ForwardStep]:
    """Yield the forward pass that made ``root``, operation by operation.

    Args:
        root: the result.
        names: what the nodes are called in the steps' texts; by default ``names_of`` them.
    """
    nodes = order(root)
    names = names or names_of(nodes)
    for index, v in enumerate((v for v in nodes if v.operands), 1):
        yield ForwardStep(index, v, v.data, names)


def backward_steps(
    root: Value, *, constants: bool = False, start: int = 1, names: Names | None = None
) -> Iterator[Step]:
    """Yield the backward pass from ``root``, edge by edge, in the order of ``backward()``.

    Args:
        root: where the gradient starts, with 1.
        constants: also the steps towards numbers that stood in a formula.
        start: the first step's index.
        names: what the nodes are called in the steps' texts; by default ``names_of`` them.

    The ``after`` of the last step towards a Value is the gradient that ``backward()`` gives a
    Value whose gradient was cleared, to the last bit.  No ``grad`` is touched, so a pass may be
    paused, resumed and abandoned.

    Raises:
        CycleError: nodes made by hand form a cycle.
        HandmadeNodeError: a node made by hand does not say how to push its gradient.
    """
    nodes = order(root)
    names = names or names_of(nodes)
    awaited = Counter(x for v in nodes for x in v.operands)
    arrived: Counter[Value] = Counter()
    grads = dict.fromkeys(nodes, 0.0)
    grads[nodes[-1]] = 1.0
    yield Step(start, None, 0, nodes[-1], 1.0, 1.0, 1.0, 0.0, 1.0, names=names)
    index = start
    for v in reversed(nodes):
        for i, (x, local, contribution) in enumerate(_pushes(v, grads[v])):
            before = grads[x]
            grads[x] = after = before + contribution
            arrived[x] += 1
            if constants or not x.is_constant:
                index += 1
                kn = arrived[x], awaited[x]
                yield Step(index, v, i, x, grads[v], local, contribution, before, after, *kn, names)


def _pushes(v: Value, g: float) -> Iterator[tuple[Value, float, float]]:
    """(operand, local derivative, contribution) for each operand of ``v``."""
    if "_custom_backward" in v.__dict__:
        yield from _by_hand(v, g)
        return
    for x, local in zip(v.operands, v.local_gradients, strict=True):
        yield x, local, flow(v, g, local)


def _by_hand(v: Value, g: float) -> Iterator[tuple[Value, float, float]]:
    """What a ``_backward`` that was assigned adds to each operand; all gradients put back."""
    touched = (v, *v.operands)
    kept = [getattr(w, "_grad", None) for w in touched]
    try:
        put_grads(touched, repeat(0.0))
        v._grad = g
        v._backward()
        added = {x: float(x.grad) for x in v.operands}
        put_grads(touched, kept)
    except BaseException:
        put_grads(touched, kept)
        raise
    for x in v.operands:  # a repeated operand has its whole contribution in its first place
        contribution = added.pop(x, 0.0)
        yield x, contribution / g if g else 0.0, contribution


def all_steps(
    root: Value, *, constants: bool = False, names: Names | None = None
) -> Iterator[ForwardStep | Step]:
    """Both passes, counted through: step 1 is the first forward step."""
    index = 0
    for step in forward_steps(root, names=names):
        index = step.index
        yield step
    yield from backward_steps(root, constants=constants, start=index + 1, names=names)

"""Losses of the notes, and penalties on parameters, as Values.

The target comes first, the prediction second.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..functions import function
from ..number import advice, in_order, number_of, short
from ..value import Value, as_value

log, logaddexp, softplus = (function(name) for name in ("log", "logaddexp", "softplus"))


def half_squared_error(y: Any, yhat: Any) -> Value:
    """½ (y − ŷ)², the notes' square loss.  Source: 000 §3.1.1, 003 (regression with a perceptron).

    >>> round(half_squared_error(2, Value(0.35)).data, 12)
    1.36125
    """
    return as_value(0.5 * (_one(y) - as_value(yhat)) ** 2)


def log_loss(y: Any, p: Any) -> Value:
    """−y·log(p) − (1 − y)·log(1 − p), of a target y in [0, 1] and a probability p.

    For a number y = 0 or 1 only the term that counts is written; for a Value y both are.  Where
    p comes out of a sigmoid, ``log_loss_from_logit`` keeps the digits that p has lost.

    Raises:
        ValueError: y is outside [0, 1].
        DomainError: p is 0 or 1 (or beyond) on the wrong side.

    Source: 000 §3.1.2, 003 (classification).
    """
    y, chance = target_of(y), as_value(p)
    if not isinstance(y, Value) and y in (0, 1):
        return -log(chance if y else 1 - chance)
    loss: Value = -y * log(chance) - (1 - y) * log(1 - chance)
    return loss


def log_loss_from_logit(y: Any, z: Any) -> Value:
    """The log loss of y and σ(z), computed from z: exact and finite however large |z| is.

    y·softplus(−z) + (1 − y)·softplus(z).

    >>> log_loss_from_logit(1, 1000.0).data, log_loss_from_logit(0, 1000.0).data
    (0.0, 1000.0)
    """
    y, logit = target_of(y), as_value(z)
    if not isinstance(y, Value) and y in (0, 1):
        return softplus(-logit if y else logit)
    loss: Value = y * softplus(-logit) + (1 - y) * softplus(logit)
    return loss


def mean_squared_error(ys: Sequence[Any], yhats: Sequence[Any]) -> Value:
    """1/n Σ (y − ŷ)².  Source: 000 §2.5 (printed with several slips), 003.

    >>> mean_squared_error([2, 5, 3], [Value(2.0), Value(3.0), Value(4.0)]).data
    1.6666666666666667
    """
    terms = [(_one(y) - as_value(yhat)) ** 2 for y, yhat in _pairs(ys, yhats)]
    return _sum(terms) / len(terms)


def half_mean_squared_error(ys: Sequence[Any], yhats: Sequence[Any]) -> Value:
    """1/(2n) Σ (y − ŷ)², the cost of linear regression.  Source: 000 §2.5, 003."""
    return 0.5 * mean_squared_error(ys, yhats)


def absolute_error(y: Any, yhat: Any) -> Value:
    """|y − ŷ|; its slope at y = ŷ is taken as 0."""
    loss: Value = abs(_one(y) - as_value(yhat))
    return loss


def hinge_loss(y: Any, score: Any) -> Value:
    """max(0, 1 − y·score), of a target y = −1 or 1.

    >>> hinge_loss(-1, Value(0.5)).data
    1.5
    """
    side = _one(y)
    if not 1 <= side * side <= 1:
        raise ValueError(f"y = {y!r}: the target of a hinge loss is −1 or 1")
    loss: Value = (1 - side * as_value(score)).relu()
    return loss


def softmax_cross_entropy(target: int, logits: Sequence[Any]) -> Value:
    """−log of softmax(logits)[target] = log Σ e^(zᵢ − z_target), without overflow.

    The sum is taken term by term, by ``logaddexp``: a small loss and a small slope keep their
    digits, no number is looked at, and higher derivatives are right at equal scores too.

    Args:
        target: the index of the right class.
        logits: one score for each class; finite for scores up to 1e308.

    >>> round(softmax_cross_entropy(0, [Value(1.0), Value(1.0)]).data, 12)      # log 2
    0.69314718056
    >>> softmax_cross_entropy(0, [Value(50.0), Value(0.0), Value(0.0)]).data    # 2e⁻⁵⁰
    3.8574996959278356e-22
    """
    scores = [as_value(z) for z in in_order(logits, "logits")]
    if not 0 <= target < len(scores):
        raise ValueError(f"target = {target!r}: it is an index below {len(scores)}")
    right = scores[target]
    others = [z - right for k, z in enumerate(scores) if k != target]
    if not others:
        return right - right
    total: Value = softplus(others[0])
    for z in others[1:]:
        total = logaddexp(total, z)
    return total


def l1_penalty(parameters: Iterable[Value], weight: float) -> Value:
    """weight · Σ |θ|."""
    return weight * _sum([abs(p) for p in in_order(parameters, "parameters")])


def l2_penalty(parameters: Iterable[Value], weight: float) -> Value:
    """weight · Σ θ².

    >>> l2_penalty([Value(3.0), Value(4.0)], 0.1).data
    2.5
    """
    return weight * _sum([p**2 for p in in_order(parameters, "parameters")])


def _pairs(ys: Sequence[Any], yhats: Sequence[Any]) -> list[tuple[Any, Any]]:
    ys, yhats = in_order(ys, "ys"), in_order(yhats, "yhats")
    if len(ys) != len(yhats) or not len(ys):
        raise ValueError(f"{len(ys)} targets and {len(yhats)} predictions; as many of each, ≥ 1")
    return list(zip(ys, yhats, strict=True))


def _sum(terms: Sequence[Value]) -> Value:
    """The sum of at least one Value, without the 0 that ``sum`` begins with."""
    if not terms:
        raise ValueError("a sum of no terms has no graph; give at least one")
    first, *others = terms
    return sum(others, first)


def target_of(y: Any) -> Any:
    """A target in [0, 1], as a float unless it is a Value."""
    y = _one(y)
    if not 0 <= y <= 1:
        raise ValueError(f"y = {y!r}: the target of a log loss is a number from 0 to 1")
    return y


def _one(y: Any) -> Any:
    """A target that is one number, as a float unless it is a Value."""
    number = y if isinstance(y, Value) else number_of(y)
    if number is None:
        cure = "take its element, or a loss of several targets" if np.ndim(y) else advice(y)
        raise TypeError(f"y = {short(y)}: a target is one number here; {cure}")
    return number

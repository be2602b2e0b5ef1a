"""Learning rates that change: functions of the step (from 0), and the order of the samples."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

Schedule = Callable[[int], float]


def time_based(lr: float, decay: float) -> Schedule:
    """η₀ / (1 + decay · t).

    >>> [time_based(0.03, 0.5)(t) for t in range(3)]
    [0.03, 0.02, 0.015]
    """
    return lambda t: lr / (1 + decay * t)


def step_decay(lr: float, factor: float, every: int) -> Schedule:
    """η₀ · factor^⌊t / every⌋.

    >>> [step_decay(1.0, 0.5, every=2)(t) for t in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    return lambda t: lr * factor ** (t // every)


def exponential_decay(lr: float, rate: float) -> Schedule:
    """η₀ · e^(−rate · t)."""
    return lambda t: lr * math.exp(-rate * t)


def cosine(lr: float, steps: int, minimum: float = 0.0) -> Schedule:
    """From η₀ to ``minimum`` along half a cosine in so many steps, then ``minimum``.

    Source: Loshchilov and Hutter, arXiv:1608.03983.

    >>> [round(cosine(1.0, 4, 0.1)(t), 4) for t in (0, 2, 4, 9)]
    [1.0, 0.55, 0.1, 0.1]
    """
    span = (lr - minimum) / 2
    return lambda t: minimum + span * (1 + math.cos(math.pi * min(t / steps, 1.0)))


def warm_up(after: float | Schedule, steps: int) -> Schedule:
    """Rise in equal parts to where ``after`` begins, then follow it.

    >>> [warm_up(0.4, 4)(t) for t in range(6)]
    [0.1, 0.2, 0.30000000000000004, 0.4, 0.4, 0.4]
    """
    follow = after if callable(after) else lambda t: after
    return lambda t: follow(0) * (t + 1) / steps if t < steps else follow(t - steps)


def minibatches(
    n: int, size: int, *, shuffle: bool = True, seed: int | None = None, drop_last: bool = False
) -> Iterator[list[int]]:
    """The indices 0 … n − 1 in batches, each once: one epoch of mini-batch SGD.

    Args:
        n: how many samples there are.
        size: how many make a batch; the last one is shorter where they do not come out even.
        shuffle: in random order.
        seed: the same seed gives the same order.
        drop_last: leave a shorter last batch out.

    Source: 002 (mini-batch SGD).

    >>> list(minibatches(5, 2, shuffle=False))
    [[0, 1], [2, 3], [4]]
    """
    if n < 1 or size < 1:
        raise ValueError(f"minibatches: n = {n!r} and size = {size!r} are whole numbers ≥ 1")
    order = list(range(n))
    if shuffle:
        random.Random(seed).shuffle(order)
    for start in range(0, n - (size - 1 if drop_last else 0), size):
        yield order[start : start + size]

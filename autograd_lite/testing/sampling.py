"""Random points: short decimals away from 0 and ±1, where no mistake hides."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from .problem import Point

SEED = "AUTOGRAD_LITE_GRAD_SEED"  # of the environment, set by --grad-seed
MODES = ("signed", "positive", "unit")
DOMAINS = {"positive": (0.0, math.inf), "negative": (-math.inf, 0.0), "any": (-math.inf, math.inf)}
DOMAINS["unit"] = (0.0, 1.0)
ONE_HOT = "one-hot"  # 1 at one place of each row, 0 elsewhere


def seed_of(name: str, seed: Any = None) -> str:
    """The seed of the points: the one that is given, else the running test's name, else f's."""
    if seed is not None:
        return str(seed)
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rsplit(" ", 1)[0]
    return f"{os.environ[SEED]}:{test or name}" if os.environ.get(SEED) else test or name


def check_domain(domain: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise ``ValueError`` unless every entry says where a known argument may be."""
    for name, where in domain.items():
        if name not in known:
            raise ValueError(f"domain: {name!r} is not an argument of f, which has {[*known]}")
        if isinstance(where, str) and where not in (*DOMAINS, ONE_HOT):
            words = ", ".join((*DOMAINS, ONE_HOT))
            raise ValueError(f"domain[{name!r}] = {where!r}: one of {words}")
        if isinstance(where, tuple):
            if len(where) != 2 or not where[0] < where[1]:
                raise ValueError(f"domain[{name!r}] = {where!r}: (lowest, highest), in this order")
        elif not isinstance(where, str | set | frozenset | list | range) or not len(where):
            raise ValueError(f"domain[{name!r}] = {where!r}: an interval, a set, or a word")


class Sampler:
    """Draws points; the same seed draws the same points.

    Args:
        names: the arguments that are drawn.
        shapes: of the arguments that are arrays.
        domain: where an argument may be: ``(lowest, highest)``, a set, or a word of ``DOMAINS``.
        seed: any text.
        whole: arguments that are ints, such as a class by its number.
    """

    def __init__(
        self,
        names: Collection[str],
        shapes: Mapping[str, tuple[int, ...]],
        domain: Mapping[str, Any],
        seed: str,
        whole: Collection[str] = (),
    ) -> None:
        self.names, self.shapes, self.domain, self.whole = names, shapes, domain, whole
        self.random = random.Random(seed)
        self.used: set[float] = set()

    def draw(self, mode: str = "signed", *, spread: float = 1.0) -> Point:
        """A point; where an argument has no domain, the mode says which numbers are tried."""
        self.used = {0.0, 1.0}
        return {n: self._shaped(n, mode, spread) for n in self.names}

    def _shaped(self, name: str, mode: str, spread: float) -> Any:
        kind = int if name in self.whole else float
        if name not in self.shapes:
            return kind(self._number(name, mode, spread))
        shape = self.shapes[name]
        if self.domain.get(name) == ONE_HOT:
            places = self.random.choices(range(shape[-1]), k=math.prod(shape[:-1]))
            return np.eye(shape[-1])[places].reshape(shape)
        numbers = [self._number(name, mode, spread) for _ in range(math.prod(shape))]
        return np.array(numbers, dtype=kind).reshape(shape)

    def _number(self, name: str, mode: str, spread: float) -> float:
        where = self.domain.get(name, mode)
        if isinstance(where, set | frozenset | list | range):
            return float(self.random.choice(sorted(where)))
        if where == ONE_HOT:
            raise ValueError(f"domain[{name!r}] = {ONE_HOT!r}: an array is needed, give shapes=")
        if where == "signed":
            where = "any"
        low, high = DOMAINS[where] if isinstance(where, str) else where
        for digits in (2, 2, 2, 3, 4, 6):
            x = round(self._within(low, high, spread), digits)
            if low < x < high and abs(x) not in self.used:
                break
        else:
            x = self._within(low, high, spread)
        self.used.add(abs(x))
        return x

    def _within(self, low: float, high: float, spread: float) -> float:
        size = self.random.uniform(0.3, 1.5) * spread
        if math.isinf(low) and math.isinf(high):
            return size if self.random.random() < 0.5 else -size
        if math.isinf(high):
            return low + size
        if math.isinf(low):
            return high - size
        return self.random.uniform(low + 0.05 * (high - low), high - 0.05 * (high - low))

"""Numbers of either sign as colours and widths: three classes below 0 and three above, by powers.

>>> scale = Scale([0.5, -12.0, 3e-4, 0.0])
>>> [scale.part(x) for x in (-12.0, -0.1, 0.0, 3e-4, 0.5)]
[-3, -2, 0, 1, 3]
>>> scale.bounds
('0.01', '0.2')
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from ..expr import shown
from .theme import Theme

LEAST = 2.5  # the least quotient of two bounds, which rounding keeps apart
WIDTHS = (1.2, 2.6, 4.4)  # points, of arrows


class Scale:
    """Classes of numbers by sign and by size, on a logarithmic scale from their least to largest.

    Args:
        numbers: what is to be shown; NaN and the infinities have no class.
    """

    def __init__(self, numbers: Iterable[float]) -> None:
        self.numbers = tuple(numbers)
        sizes = [abs(x) for x in self.numbers if x and math.isfinite(x)]
        self.bounds: tuple[str, ...] = ()  # as they are told, the lower one first
        self._bounds: tuple[float, ...] = ()
        if sizes:
            least, largest = math.log10(min(sizes)), math.log10(max(sizes))
            step = max((largest - least) / 3, math.log10(LEAST))
            found = [round_power(largest - 2 * step), round_power(largest - step)]
            self._bounds = tuple(x or min(sizes) for x in found)  # 0 below all floats
            self.bounds = tuple(shown(x, 1) for x in self._bounds)

    def part(self, x: float) -> int:
        """The class of a finite number: −3 … 3, and 0 for 0."""
        if not x:
            return 0
        return int(math.copysign(1 + sum(abs(x) >= b for b in self._bounds), x))

    @property
    def is_wild(self) -> bool:
        """Whether a number is NaN or infinite."""
        return not all(map(math.isfinite, self.numbers))


def fill(scale: Scale, x: float, theme: Theme) -> str:
    """The colour of a box for its gradient."""
    if not math.isfinite(x):
        return theme.wild
    return (theme.box, *theme.above, *reversed(theme.below))[scale.part(x)]


def stroke(scale: Scale, x: float, theme: Theme) -> tuple[str, float]:
    """The colour and the width of an arrow for what it adds to a gradient."""
    if not math.isfinite(x):
        return theme.wild_line, WIDTHS[1]
    color = theme.plus if x > 0 else theme.minus if x < 0 else theme.link
    return color, WIDTHS[max(abs(scale.part(x)) - 1, 0)]


def legend_of_boxes(scale: Scale, theme: Theme) -> list[tuple[str, str]]:
    """(colour, what it says) for the shades of boxes."""
    low, high = scale.bounds or ("", "")
    below = [f"≤ −{high}", f"≤ −{low}", "< 0"] if scale.bounds else []
    above = ["> 0", f"≥ {low}", f"≥ {high}"] if scale.bounds else []
    told = [*zip(reversed(theme.below), below, strict=False), (theme.box, "0")]
    told += zip(theme.above, above, strict=False)
    told = [("", "gradient:"), *told]
    return [*told, (theme.wild, "NaN or ∞")] if scale.is_wild else told


def legend_of_arrows(scale: Scale, theme: Theme) -> list[tuple[str, str]]:
    """(colour, what it says) for the colours and widths of arrows."""
    if not scale.numbers:
        return []
    told = [("", "upstream × local:"), (theme.minus, "< 0"), (theme.plus, "> 0")]
    if scale.bounds:
        low, high = scale.bounds
        told.append(("", f"thicker from {low}, thickest from {high}"))
    return [*told, (theme.wild_line, "NaN or ∞")] if scale.is_wild else told


def round_power(power: float) -> float:
    """The largest of … 0.1, 0.2, 0.5, 1, 2, 5, 10 … that is at most 10^power."""
    whole = math.floor(power)
    first = max((x for x in (1, 2, 5) if x <= 10 ** (power - whole) * (1 + 1e-9)), default=1)
    return float(f"{first}e{whole}")

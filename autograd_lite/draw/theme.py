"""The colours of drawings and pages, light and dark, in one place.

Every text has at least 4.5:1 against what is under it, every line 3:1 (WCAG 2.2); negative and
positive are blue and orange, which no kind of colour vision confuses.

>>> theme_of("dark").ink
'#e9ebee'
>>> print(variables("body { color: var(--ink) }"), end="")
:root { color-scheme: light dark; --ink: light-dark(#1f2328, #e9ebee); }
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Literal

ThemeName = Literal["light", "dark", "auto"]
NAMES = ("light", "dark", "auto")
SCOPE = "autograd-lite-auto"  # the class of a drawing that follows its reader's preference


@dataclass(frozen=True)
class Theme:
    """One set of colours, by what they are for."""

    page: str  # behind everything
    box: str  # behind a drawing, and in its boxes
    panel: str  # in a scope's box
    leaf: str  # in the box of an input or parameter
    glow: str  # in the box that a step changes
    wild: str  # in the box of a gradient that is NaN or ∞
    ink: str  # text
    dim: str  # text that matters less
    grad: str  # the text of a gradient
    local: str  # the text of a local derivative
    line: str  # around a box
    source: str  # around an input's or parameter's box
    target: str  # around a highlighted box
    final: str  # around the result's box
    wild_line: str
    link: str  # an arrow
    frame: str
    marked: str  # a highlighted arrow
    minus: str  # an arrow that adds a number below 0
    plus: str
    below: tuple[str, str, str]  # in the box of a gradient below 0, from small to large
    above: tuple[str, str, str]


LIGHT = Theme(
    page="#ffffff", box="#ffffff", panel="#f6f7f9", leaf="#e8f1fb", glow="#fff1e6", wild="#f9d6ec",
    ink="#1f2328", dim="#5f6368", grad="#a84300", local="#0b5fa5",
    line="#4f565f", source="#0b5fa5", target="#a33f00", final="#00563f", wild_line="#8f1f6b",
    link="#5f6368", frame="#80868f", marked="#a33f00", minus="#2167ac", plus="#b35806",
    below=("#dbeaf7", "#b3d3ee", "#84b9e3"), above=("#fde8d3", "#fbcd9f", "#f3a963"),
)  # fmt: skip
DARK = Theme(
    page="#14171c", box="#1b1f26", panel="#242932", leaf="#1b2a3a", glow="#33271a", wild="#4a1c3a",
    ink="#e9ebee", dim="#a8adb5", grad="#ffa657", local="#79b8ff",
    line="#b4bac3", source="#79b8ff", target="#ffa657", final="#5fd3a8", wild_line="#f08ccb",
    link="#a8adb5", frame="#7d848f", marked="#ffa657", minus="#79b8ff", plus="#ffa657",
    below=("#1a2f45", "#1d466d", "#215e96"), above=("#40291a", "#63380f", "#80460d"),
)  # fmt: skip
# Lines that have 3:1 on white and on black alike, for a background that nobody knows.
_ANYWHERE = dict.fromkeys(("line", "link", "frame"), "#7a7f87")
_ANYWHERE |= {"source": "#3b82c4", "minus": "#3b82c4", "final": "#1f8f68", "wild_line": "#c2569b"}
_ANYWHERE |= dict.fromkeys(("target", "marked", "plus"), "#c8641a")


def theme_of(name: ThemeName, *, anywhere: bool = False) -> Theme:
    """The colours of a theme; of "auto" the light ones, which ``style`` turns dark.

    Args:
        name: "light", "dark" or "auto".
        anywhere: whether the background is not the theme's own.
    """
    theme = DARK if name == "dark" else LIGHT
    return replace(theme, **_ANYWHERE) if anywhere else theme  # type: ignore[arg-type]


@lru_cache(64)
def seen_on(theme: Theme, ground: str) -> Theme:
    """The colours with lines that have 3:1 on ``ground``, a colour as ``#rrggbb``, and on plates.

    >>> seen_on(LIGHT, "#808080").link, seen_on(LIGHT, "#ffffff").link == LIGHT.link
    ('#343639', True)
    """

    def ratio(color: str) -> float:
        return min(3.0, contrast(color, ground), contrast(color, theme.box))

    seen = {}
    for name in _ANYWHERE:
        color = getattr(theme, name)
        mixed = [_mixed(color, end, k / 20) for k in range(21) for end in ("#000000", "#ffffff")]
        seen[name] = max(mixed, key=ratio)  # the first of those that are seen
    return replace(theme, **seen)  # type: ignore[arg-type]


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, from 1 to 21, after WCAG 2.2."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    parts = (x / 255 for x in bytes.fromhex(color[1:]))
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(color: str, end: str, part: float) -> str:
    pairs = zip(bytes.fromhex(color[1:]), bytes.fromhex(end[1:]), strict=True)
    return "#" + "".join(f"{round(x + part * (y - x)):02x}" for x, y in pairs)


def style(drawing: str, *, anywhere: bool = False) -> str:
    """The ``<style>`` that turns a light drawing of the class ``SCOPE`` dark where one prefers it.

    It has a rule for every colour that stands in the drawing, and touches no other drawing.
    """
    light, dark = theme_of("light", anywhere=anywhere), theme_of("dark", anywhere=anywhere)
    turned = dict(zip(_colors(light), _colors(dark), strict=True))  # white is that of boxes
    rules = [
        f'.{SCOPE} [{what}="{one}"] {{ {what}: {other} }}'
        for one, other in turned.items()
        for what in ("fill", "stroke")
        if one != other and f'{what}="{one}"' in drawing
    ]
    return f"<style>@media (prefers-color-scheme: dark) {{ {' '.join(rules)} }}</style>"


def variables(style: str) -> str:
    """The colours that a style sheet uses, as CSS variables, ``--page``, ``--below-1``, …"""
    light, dark = (list(_named(theme)) for theme in (LIGHT, DARK))
    told = (
        f"--{name}: light-dark({one}, {other});"
        for (name, one), (_, other) in zip(light, dark, strict=True)
        if f"var(--{name})" in style
    )
    return f":root {{ color-scheme: light dark; {' '.join(told)} }}\n"


def _named(theme: Theme) -> Iterator[tuple[str, str]]:
    for name, color in asdict(theme).items():
        name = name.replace("_", "-")
        if isinstance(color, str):
            yield name, color
        else:
            yield from ((f"{name}-{k}", each) for k, each in enumerate(color, 1))


def _colors(theme: Theme) -> Iterator[str]:
    for color in asdict(theme).values():
        yield from (color,) if isinstance(color, str) else color

"""The choice between the two layouts: Graphviz's ``dot``, and the one built in."""

from __future__ import annotations

import warnings
from typing import Literal

from ..errors import DotFailedError, GraphvizMissingError
from . import dot, fonts
from .dot import INSTALL
from .layered import Group, Layout, layered
from .picture import Picture

Engine = Literal["auto", "dot", "builtin"]


def layout_of(picture: Picture, engine: Engine = "auto") -> Layout:
    """Where the parts of the picture go.

    Args:
        picture: what to draw.
        engine: ``"dot"`` (Graphviz), ``"builtin"``, or ``"auto"``: Graphviz if it is there and
            answers in time, else the one built in; with a warning where ``dot`` failed.

    Raises:
        GraphvizMissingError, DotFailedError: with ``engine="dot"``.
    """
    if engine not in ("auto", "dot", "builtin"):
        raise ValueError(f"engine={engine!r}: it is one of auto, dot, builtin")
    if engine != "builtin":
        try:
            return dot.layout(picture)
        except (GraphvizMissingError, DotFailedError) as error:
            if engine == "dot":
                raise advised(error) from None
            if isinstance(error, DotFailedError):  # not to have it is no fault
                warnings.warn(f"{error}; drawn with the built-in layout", stacklevel=4)
    return layered(
        [box.size for box in picture.boxes],
        [(arrow.tail, arrow.head) for arrow in picture.arrows],
        rankdir=picture.look.rankdir,
        label_sizes=[arrow.label_size for arrow in picture.arrows],
        groups=[
            Group(f.members, f.parent, fonts.LINE + 2.0, fonts.width(f.title) + 16)
            for f in picture.frames
        ],
    )


def advised(error: RuntimeError) -> RuntimeError:
    """The error with the ways out of it."""
    if isinstance(error, GraphvizMissingError):
        return GraphvizMissingError(
            f"{error}.\n{INSTALL}\nor write an .svg or .html file, which needs no program"
        )
    return error

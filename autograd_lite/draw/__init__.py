"""Drawing computation graphs: as SVG, in Graphviz's language, as a page to step through."""

from ..errors import DotFailedError, GraphTooLarge, GraphvizMissingError
from .page import Stepper, stepper
from .picture import Look
from .rendering import displayed, draw_dot, render, to_dot, to_svg, trace

__all__ = [
    "DotFailedError",
    "GraphTooLarge",
    "GraphvizMissingError",
    "Look",
    "Stepper",
    "displayed",
    "draw_dot",
    "render",
    "stepper",
    "to_dot",
    "to_svg",
    "trace",
]

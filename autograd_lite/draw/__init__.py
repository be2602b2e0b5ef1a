"""Drawing graphs as SVG, in Graphviz's language, as a page or as frames; modules as networks."""

from ..errors import ConverterMissingError, DotFailedError, GraphTooLarge, GraphvizMissingError
from .frames import Frames, frames
from .page import Stepper, stepper
from .picture import Look
from .rendering import displayed, draw_dot, render, to_dot, to_svg, trace

__all__ = [
    "ConverterMissingError",
    "DotFailedError",
    "Frames",
    "GraphTooLarge",
    "GraphvizMissingError",
    "Look",
    "Stepper",
    "displayed",
    "draw_dot",
    "frames",
    "render",
    "stepper",
    "to_dot",
    "to_svg",
    "trace",
]

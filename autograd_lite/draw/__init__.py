"""Drawing computation graphs with Graphviz."""

from .dot import GraphvizMissingError, draw_dot, render, to_dot, trace

__all__ = ["GraphvizMissingError", "draw_dot", "render", "to_dot", "trace"]

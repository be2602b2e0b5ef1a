"""Drawing computation graphs with Graphviz."""

from .dot import GraphvizMissing, draw_dot, render, to_dot, trace

__all__ = ["GraphvizMissing", "draw_dot", "render", "to_dot", "trace"]

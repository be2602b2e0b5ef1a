"""The forward and the backward pass as data, and as tables for people."""

from .chain import ChainRule, Path, chain_rule
from .latex import to_latex
from .passes import ForwardStep, Step, all_steps, backward_steps, forward_steps
from .tables import backward_table, explain, forward_table, to_json, to_markdown

__all__ = [
    "ChainRule",
    "ForwardStep",
    "Path",
    "Step",
    "all_steps",
    "backward_steps",
    "backward_table",
    "chain_rule",
    "explain",
    "forward_steps",
    "forward_table",
    "to_json",
    "to_latex",
    "to_markdown",
]

"""All kinds of cases, by name."""

from __future__ import annotations

from . import calculus_kinds, engine_kinds, program_kinds, use_kinds
from .harness import Case

KINDS: dict[str, Case] = {
    "operations": engine_kinds.operations,
    "graphs": engine_kinds.graphs,
    "series": engine_kinds.series,
    "steps": engine_kinds.steps,
    "programs": program_kinds.programs,
    "limits": calculus_kinds.limits,
    "differentiability": calculus_kinds.differentiability,
    "checks": use_kinds.checks,
    "optimizers": use_kinds.optimizers,
    "formulas": use_kinds.formulas,
    "drawings": use_kinds.drawings,
}

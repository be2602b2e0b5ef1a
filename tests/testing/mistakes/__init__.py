"""Gradients that people derived by hand, right and wrong: CASES, of Case."""

from tests.testing.mistakes import (
    branches,
    distances,
    formulas,
    likelihoods,
    matrices,
    networks,
    normalisation,
    perceptrons,
    sequences,
    softmax,
)
from tests.testing.mistakes.case import Case, Problem

FAMILIES = (
    *(perceptrons, networks, softmax, normalisation, sequences),
    *(likelihoods, branches, matrices, distances, formulas),
)
PROBLEMS = [p for family in FAMILIES for p in vars(family).values() if isinstance(p, Problem)]
CASES: list[Case] = [case for problem in PROBLEMS for case in problem.cases]

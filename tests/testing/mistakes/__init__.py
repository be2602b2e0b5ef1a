"""Gradients that people derived by hand, right and wrong: CASES, of Case."""

from tests.testing.mistakes import (
    attention,
    branches,
    classifiers,
    control,
    convolutions,
    distances,
    embeddings,
    formulas,
    gates,
    layers,
    likelihoods,
    matrices,
    networks,
    normalisation,
    norms,
    penalties,
    perceptrons,
    physics,
    policies,
    powers,
    recurrent,
    recursions,
    sequences,
    softmax,
    statistics,
    tables,
    untraced,
)
from tests.testing.mistakes.case import Case, Problem

FAMILIES = (
    *(perceptrons, networks, softmax, normalisation, sequences),
    *(likelihoods, branches, matrices, distances, formulas),
    *(layers, attention, recurrent, gates, convolutions, embeddings, norms),
    *(statistics, physics, policies, control, penalties, powers),
    *(recursions, tables, classifiers),
)
UNTRACED = (untraced,)  # f cannot take Values: judged by numbers alone


def problems(families: tuple[object, ...]) -> list[Problem]:
    """The problems of some families."""
    return [p for family in families for p in vars(family).values() if isinstance(p, Problem)]


def cases(families: tuple[object, ...]) -> list[Case]:
    """The cases of some families."""
    return [case for problem in problems(families) for case in problem.cases]


PROBLEMS, CASES = problems(FAMILIES), cases(FAMILIES)

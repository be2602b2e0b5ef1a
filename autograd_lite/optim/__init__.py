"""Update rules of the notes, learning-rate schedules, Newton's method, and ``minimize``."""

from ..errors import NonFiniteGradientError, SingularHessianError
from .fitting import Fit, least_squares
from .minimizing import Minimum, minimize
from .newton import (
    Newton,
)
from .rules import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    RMSprop,
    Rule,
)
from .schedules import cosine, exponential_decay, minibatches, step_decay, time_based, warm_up

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "Fit",
    "GradientDescent",
    "Minimum",
    "Momentum",
    "Nesterov",
    "Newton",
    "NonFiniteGradientError",
    "RMSprop",
    "Rule",
    "SingularHessianError",
    "cosine",
    "exponential_decay",
    "least_squares",
    "minibatches",
    "minimize",
    "step_decay",
    "time_based",
    "warm_up",
]

"""autograd_lite: a minimal scalar reverse-mode automatic differentiation engine.

>>> from autograd_lite import Value, sigmoid
>>> x = Value(0.5, label="x")
>>> y = sigmoid(3 * x)
>>> y.backward()
>>> round(x.grad, 6)
0.447439
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import (
    AutogradError,
    CompilerError,
    ConverterMissingError,
    CycleError,
    DomainError,
    DotFailedError,
    GradientTestError,
    GraphTooLarge,
    GraphvizMissingError,
    GuardError,
    HandmadeNodeError,
    LimitError,
    NonFiniteGradientError,
    RecordingError,
    SingularHessianError,
    StaleGraphError,
    TieError,
)
from .functions import define, function
from .graph import find_nonfinite as _  # noqa: F401 - copies and pickles of Values
from .notebook import bundle as _bundle
from .ops import OPS as _OPS
from .scopes import scope
from .value import Value, gradients

if TYPE_CHECKING:
    from . import analysis, draw, fitting, functional, linalg, nn, optim, program, steps, train
    from .draw import draw_dot, render, stepper, trace
    from .draw.frames import frames
    from .fitting import least_squares, minimize
    from .functional import derivative, grad, hessian, jacobian, taylor, value_and_grad
    from .program import record
    from .steps import backward_steps, chain_rule, explain, forward_steps

# What is loaded when it is first asked for: an import of the package reads the engine only.
_ROOMS = {
    "analysis": "",
    "draw": "draw_dot frames render stepper trace",
    "fitting": "least_squares minimize",
    "functional": "derivative grad hessian jacobian taylor value_and_grad",
    "linalg": "",
    "nn": "",
    "optim": "",
    "program": "record",
    "steps": "backward_steps chain_rule explain forward_steps",
    "testing": "",
    "train": "",
}
_LATER = {name: room for room, names in _ROOMS.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = [
    "AutogradError",
    "CompilerError",
    "ConverterMissingError",
    "CycleError",
    "DomainError",
    "DotFailedError",
    "GradientTestError",
    "GraphTooLarge",
    "GraphvizMissingError",
    "GuardError",
    "HandmadeNodeError",
    "LimitError",
    "NonFiniteGradientError",
    "RecordingError",
    "SingularHessianError",
    "StaleGraphError",
    "TieError",
    "Value",
    "analysis",
    "backward_steps",
    "chain_rule",
    "define",
    "derivative",
    "draw",
    "draw_dot",
    "explain",
    "fitting",
    "forward_steps",
    "frames",
    "functional",
    "grad",
    "gradients",
    "hessian",
    "jacobian",
    "least_squares",
    "linalg",
    "minimize",
    "nn",
    "optim",
    "program",
    "record",
    "render",
    "scope",
    "stepper",
    "steps",
    "taylor",
    "trace",
    "train",
    "value_and_grad",
]
__all__ += [name for name in _OPS if name not in ("abs", "pow")]  # a star hides no built-in


def __getattr__(name: str) -> Any:
    """The operations of the calculus table, those defined later too, and what is loaded later."""
    if name in _OPS:
        return function(name)
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name in _LATER:
        found = globals()[name] = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_OPS, *_ROOMS, *_LATER})


def _mimebundle(v: Value, include: Any = None, exclude: Any = None) -> dict[str, str]:
    """What a notebook shows of a Value: its repr and its graph."""
    drawing = import_module(f"{__name__}.draw").displayed(v)
    return _bundle(v, svg=drawing)


Value._repr_mimebundle_ = _mimebundle  # type: ignore[attr-defined]

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
from .functions import Function, define, function
from .graph import find_nonfinite
from .ops import OPS
from .scopes import scope
from .value import Value, gradients, order

if TYPE_CHECKING:
    from . import linalg, nn, optim, train
    from .analysis import (
        classify_point,
        classify_stationary_point,
        inverse_derivative,
        is_differentiable,
        limit,
        newton_root,
        order_of,
    )
    from .draw import draw_dot, render, stepper, to_dot, to_svg, trace
    from .fitting import least_squares, minimize
    from .functional import (
        chained_jacobian,
        curvature,
        derivative,
        difference_quotient,
        directional_derivative,
        grad,
        hessian,
        hvp,
        jacobian,
        linear_approximation,
        partial,
        quadratic_approximation,
        reexpand,
        tangent_plane,
        taylor,
        total_derivative,
        value_and_grad,
    )
    from .program import Program, record
    from .steps import (
        Step,
        backward_steps,
        backward_table,
        chain_rule,
        explain,
        forward_steps,
        to_json,
        to_latex,
        to_markdown,
    )

# What is loaded when it is first asked for: an import of the package reads the engine only.
_ROOMS = {
    "analysis": """classify_point classify_stationary_point inverse_derivative is_differentiable
        limit newton_root order_of""",
    "draw": "draw_dot render stepper to_dot to_svg trace",
    "fitting": "least_squares minimize",
    "functional": """chained_jacobian curvature derivative difference_quotient
        directional_derivative grad hessian hvp jacobian linear_approximation partial
        quadratic_approximation reexpand tangent_plane taylor total_derivative value_and_grad""",
    "linalg": "",
    "nn": "",
    "optim": "",
    "program": "Program record",
    "steps": """Step backward_steps backward_table chain_rule explain forward_steps to_json to_latex
        to_markdown""",
    "testing": "",
    "train": "",
}
_LATER = {name: room for room, names in _ROOMS.items() for name in names.split()}

__version__ = "0.1.0"
__all__ = [
    "OPS",
    "AutogradError",
    "CompilerError",
    "CycleError",
    "DomainError",
    "DotFailedError",
    "Function",
    "GradientTestError",
    "GraphTooLarge",
    "GraphvizMissingError",
    "GuardError",
    "HandmadeNodeError",
    "LimitError",
    "NonFiniteGradientError",
    "Program",
    "RecordingError",
    "SingularHessianError",
    "StaleGraphError",
    "Step",
    "TieError",
    "Value",
    "backward_steps",
    "backward_table",
    "chain_rule",
    "chained_jacobian",
    "classify_point",
    "classify_stationary_point",
    "curvature",
    "define",
    "derivative",
    "difference_quotient",
    "directional_derivative",
    "draw_dot",
    "explain",
    "find_nonfinite",
    "forward_steps",
    "grad",
    "gradients",
    "hessian",
    "hvp",
    "inverse_derivative",
    "is_differentiable",
    "jacobian",
    "least_squares",
    "limit",
    "linalg",
    "linear_approximation",
    "minimize",
    "newton_root",
    "nn",
    "optim",
    "order",
    "order_of",
    "partial",
    "quadratic_approximation",
    "record",
    "reexpand",
    "render",
    "scope",
    "stepper",
    "tangent_plane",
    "taylor",
    "to_dot",
    "to_json",
    "to_latex",
    "to_markdown",
    "to_svg",
    "total_derivative",
    "trace",
    "train",
    "value_and_grad",
]
__all__ += [name for name in OPS if name not in ("abs", "pow")]  # a star hides no built-in


def __getattr__(name: str) -> Any:
    """The operations of the calculus table, those defined later too, and what is loaded later."""
    if name in OPS:
        return function(name)
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name in _LATER:
        found = globals()[name] = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *OPS, *_ROOMS, *_LATER})


def _mimebundle(v: Value, include: Any = None, exclude: Any = None) -> dict[str, str]:
    """What a notebook shows of a Value: its repr, and its graph unless that is too large."""
    drawing = import_module(f"{__name__}.draw").displayed(v)
    return {"text/plain": repr(v)} | ({"image/svg+xml": drawing} if drawing else {})


Value._repr_mimebundle_ = _mimebundle  # type: ignore[attr-defined]

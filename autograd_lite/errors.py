"""The errors of the package: each is an ``AutogradError`` and of the built-in class that fits.

AutogradError
├── DomainError(ValueError)
├── TieError(ValueError)
├── StaleGraphError(RuntimeError)
├── CycleError(ValueError)
├── HandmadeNodeError(TypeError)
├── LimitError(ArithmeticError)
├── NonFiniteGradientError(ArithmeticError)
├── SingularHessianError(ArithmeticError)
├── GuardError(RuntimeError)
├── RecordingError(TypeError)
├── CompilerError(RuntimeError)
├── GraphTooLarge(ValueError)
├── GraphvizMissingError(RuntimeError)
├── DotFailedError(RuntimeError)
├── ConverterMissingError(RuntimeError)
└── GradientTestError(AssertionError)
"""

from __future__ import annotations

from typing import Any

from .terminal import printable, with_all_signs


class AutogradError(Exception):
    """What every error of this package is."""

    def __str__(self) -> str:
        return printable(super().__str__())


class DomainError(AutogradError, ValueError):
    """An operation was asked for a value outside its domain, such as the log of 0."""


class TieError(AutogradError, ValueError):
    """A second derivative was asked for where the first one has a value by convention only."""


class StaleGraphError(AutogradError, RuntimeError):
    """A node's ``data`` no longer follows from its operands, and a rule was to be evaluated."""


class CycleError(AutogradError, ValueError):
    """A node made by hand is its own ancestor, so there is no order to walk."""


class HandmadeNodeError(AutogradError, TypeError):
    """A node made by hand has no row in the calculus table, and one was needed."""


class LimitError(AutogradError, ArithmeticError):
    """There is no limit, or none that can be told; ``left`` and ``right`` where these exist."""

    def __init__(self, text: str, left: float | None = None, right: float | None = None) -> None:
        super().__init__(text)
        self.left, self.right = left, right


class NonFiniteGradientError(AutogradError, ArithmeticError):
    """A gradient, or what a step would make of a parameter, is NaN or infinite."""


class SingularHessianError(AutogradError, ArithmeticError):
    """The Hessian has no inverse here, so there is no Newton step; nothing was moved."""


class GuardError(AutogradError, RuntimeError):
    """A comparison that was made while recording turns out otherwise for other numbers."""


class RecordingError(AutogradError, TypeError):
    """A function cannot be recorded: it computes on numbers that have left the graph."""


class CompilerError(AutogradError, RuntimeError):
    """There is no C compiler, or it failed, or took too long."""


class GraphTooLarge(AutogradError, ValueError):  # noqa: N818 - people ask for it by name
    """A page to step through would have more boxes or steps than anyone goes through."""


class GraphvizMissingError(AutogradError, RuntimeError):
    """Graphviz's ``dot`` is not on this machine, and was asked for."""


class DotFailedError(AutogradError, RuntimeError):
    """Graphviz's ``dot`` ran, and took too long or gave nothing that can be used."""


class ConverterMissingError(AutogradError, RuntimeError):
    """No program on this machine makes a PDF or PNG of an SVG."""


class GradientTestError(AutogradError, AssertionError):
    """The test cannot tell: f is at fault, or the points are; ``report`` says why."""

    def __init__(self, report: Any) -> None:
        super().__init__(with_all_signs(report))
        self.report = report

"""The stepper: one HTML page, without network, to go through both passes step by step."""

from .document import Stepper, stepper

__all__ = ["Stepper", "stepper"]

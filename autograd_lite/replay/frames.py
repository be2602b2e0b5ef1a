"""The user's line, from inside of this package."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

_HERE = str(Path(__file__).parent.parent)


def user_frame() -> FrameType:
    """The innermost frame that is not of this package; the innermost if there is none."""
    found = frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(_HERE) and name != "<string>":
            return frame
        frame = frame.f_back  # type: ignore[assignment]
    return found

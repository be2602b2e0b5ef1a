"""The user's line, from inside of this package."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FrameType

import numpy as np

LIBRARIES = tuple(str(Path(p).parent) + os.sep for p in (Path(__file__).parent, np.__file__))


def user_frame() -> FrameType:
    """The innermost frame of neither this package nor NumPy; the innermost if there is none."""
    found = frame = sys._getframe(1)
    while frame is not None:
        made = frame.f_code.co_filename == "<string>" and "__name__" not in frame.f_globals
        if not made and not frame.f_code.co_filename.startswith(LIBRARIES):
            return frame
        frame = frame.f_back  # type: ignore[assignment]
    return found

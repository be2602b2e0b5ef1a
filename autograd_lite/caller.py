"""The user's own line of code, found from inside this package: for errors, notes and warnings."""

from __future__ import annotations

import linecache
import os
import sys
from pathlib import Path
from types import FrameType

import numpy as np

LIBRARIES = tuple(str(Path(p).parent) + os.sep for p in (__file__, np.__file__))


def user_frame() -> FrameType:
    """The innermost frame of neither this package nor NumPy; the innermost if there is none."""
    found = frame = sys._getframe(1)
    while frame is not None:
        made = frame.f_code.co_filename == "<string>" and "__name__" not in frame.f_globals
        if not made and not frame.f_code.co_filename.startswith(LIBRARIES):
            return frame
        frame = frame.f_back  # type: ignore[assignment]
    return found


def place(file: str, line: int) -> str:
    """A line of source as it is told: ``demo.py, line 12: if x > 0:``."""
    text = linecache.getline(file, line).strip()
    return f"{Path(file).name}, line {line}" + (f": {text}" if text else "")

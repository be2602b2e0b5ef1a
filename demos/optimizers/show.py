"""What the demos of this folder import: the helpers of ../shared.py, wherever Python is started."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from shared import DATA, OUT, draw_array, pyplot, save, table

__all__ = ["DATA", "OUT", "draw_array", "pyplot", "save", "table"]

"""What the demos of this folder import: the helpers of ../shared.py, wherever Python is started."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

from shared import DATA, OUT, derivation, draw, draw_array, pyplot, save, table, written

__all__ = ["DATA", "OUT", "derivation", "draw", "draw_array", "pyplot", "save", "table", "written"]

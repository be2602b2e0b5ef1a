"""Where f leaves the graph, and what to write instead."""

from __future__ import annotations

import builtins
import dis
import linecache
import os
import re
import sysconfig
from collections.abc import Iterable
from types import CodeType, FrameType, TracebackType
from typing import Any

import numpy as np

from .. import linalg
from ..caller import LIBRARIES
from ..ops import OPS

STANDARD = sysconfig.get_paths()["stdlib"] + os.sep
INSTALLED = "site-packages" + os.sep
STORES = dis.opmap["STORE_SUBSCR"]
FOREIGN = ("math", "numpy", "scipy", "torch")
OUR_NAMES = {"expit": "sigmoid", "fabs": "abs", "heaviside": "step"}  # where they differ
NOT_OF_OBJECTS = ("logaddexp", "heaviside")  # NumPy's other functions call the methods of Values
FLOATS = "an array of floats"
EQUALS = re.compile(r"== (?:np\.\w+\()?(-?[\d.e+-]+)\)? compares a node with a number")
OF_OBJECTS = "make it with dtype=object, or build it by np.array([...])"


def number_taken(frame: FrameType, how: str) -> str:
    """How a line of f took the number of a Value, and what to write there instead.

    Args:
        frame: of the function that took it.
        how: "float(v)" or "v.data".
    """
    if frame.f_code.co_code[frame.f_lasti] == STORES:
        return f"line {frame.f_lineno} stores a Value in {FLOATS}"
    calls = _calls(frame, frame.f_lineno) if how == "float(v)" else []
    return f"line {frame.f_lineno} takes {how}" + (f" for {', '.join(calls)}" if calls else "")


def way_out(reads: Iterable[str]) -> str:
    """Where f leaves the graph, as far as that was seen, and what to do about it."""
    places = [*dict.fromkeys(reads)]
    if not places:
        return "f leaves the graph somewhere (float(v), math.*, a custom rule)"
    text = f"{', '.join(places[:3])}, which is no part of the graph"
    return text + (f": {OF_OBJECTS}" if FLOATS in text else "")


def where_it_failed(error: BaseException) -> str:
    """Which line of f does not run on Values, and what to write there instead."""
    frame, line = _users(error.__traceback__)
    text = f"{type(error).__name__}: {error}"[:120]
    where = f"line {line} " if line else ""
    if "output from dtype('O')" in text:
        return way_out([f"{where}adds Values to {FLOATS}"])
    if number := EQUALS.search(text):  # f gets floats and arrays too, which have no data of ours
        x = float(number[1])
        near = f"abs(y {'+' if x < 0 else '-'} {abs(x):g}) < {0.5 if x.is_integer() else 1e-9:g}"
        words = f"compares a Value: for y == {x:g} write {near}"
        return f"{where}{words}, of numbers, Values and arrays of both"
    calls = _calls(frame, line) if frame is not None else []
    return where + (f"calls {', '.join(calls)}" if calls else f"does not take Values: {text}")


def is_library(code: CodeType) -> bool:
    """Whether code was installed: it is no part of what the user wrote for this check."""
    return code.co_filename.startswith((*LIBRARIES, STANDARD)) or INSTALLED in code.co_filename


def _users(traceback: TracebackType | None) -> tuple[FrameType | None, int]:
    """The innermost frame of the user's code, and its line."""
    found: tuple[FrameType | None, int] = None, 0
    while traceback is not None:
        if not is_library(traceback.tb_frame.f_code):
            found = traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next
    return found


def _calls(frame: FrameType, line: int) -> list[str]:
    """What a line calls that takes floats only: ``np.linalg.inv (write autograd_lite…)``."""
    text = linecache.getline(frame.f_code.co_filename, line)
    names = {**vars(builtins), **frame.f_globals, **frame.f_locals}
    found = []
    for word in dict.fromkeys(re.findall(r"[A-Za-z_][\w.]*(?=\()", text)):
        first, *rest = word.split(".")
        called: Any = names.get(first)
        for name in rest:
            called = getattr(called, name, None)
        ours = _ours(called, word) if _is_foreign(called) else None
        if ours is not None:
            found.append(f"{word}" + (f" (write {ours})" if ours else ""))
    return found


def _is_foreign(called: Any) -> bool:
    module = getattr(called, "__module__", None) or "numpy"
    return callable(called) and (
        isinstance(called, np.ufunc) or str(module).split(".")[0] in FOREIGN
    )


def _ours(called: Any, word: str) -> str | None:
    """Our name of a function of floats; "" if there is none, ``None`` if it takes Values."""
    name = getattr(called, "__name__", word.rsplit(".", 1)[-1])
    is_numpy = getattr(np, name, None) is called
    if is_numpy and name not in NOT_OF_OBJECTS:
        return None
    if "linalg" in f"{getattr(called, '__module__', '')} {word}" and hasattr(linalg, name):
        return f"autograd_lite.linalg.{name}"
    name = OUR_NAMES.get(name, name)
    return f"autograd_lite.{name}" if name in OPS and name not in ("pow", "power") else ""

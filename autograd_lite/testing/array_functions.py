"""Arrays of Values on which NumPy's functions are operations of the table.

Of plain object arrays ``np.maximum`` compares the elements and picks one of them; the branch that
was not taken would then leave nothing in the graph.  ``np.exp`` of an array that holds a plain
number among Values fails, and an array of floats, such as ``np.zeros`` makes, holds no Values.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import sysconfig
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..caller import LIBRARIES
from ..functions import function
from ..ops import OPS
from ..value import Value

_ARITHMETIC = ("add", "sub", "mul", "div", "neg", "pow")  # NumPy's own are Value's operators
_maximum, _minimum = function("maximum"), function("minimum")


def _clip(x: Any, low: Any = None, high: Any = None) -> Any:
    x = x if low is None else _maximum(x, low)
    return x if high is None else _minimum(x, high)


def _of_numbers(test: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A test of the numbers of an array, such as ``np.isnan``."""
    return lambda x: test(np.asarray([float(v) for v in x.flat]).reshape(x.shape))


_OPERATIONS: dict[str, Any] = {"clip": _clip, "fmax": _maximum, "fmin": _minimum}
_OPERATIONS |= {n.__name__: _of_numbers(n) for n in (np.isnan, np.isinf, np.isfinite)}
_OPERATIONS |= {
    name: function(op.name)
    for op in OPS.values()
    if op.name not in _ARITHMETIC
    for name in (op.name, *op.aliases)
}


class ValueArray(np.ndarray):
    """An array of Values as f receives it; whatever NumPy computes from it is one, too."""

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        given = [_plain(x) for x in inputs]
        operation = None
        if method == "__call__" and any(np.asarray(x).dtype == object for x in given):
            operation = _OPERATIONS.get(ufunc.__name__)
        if out is not None:
            options["out"] = tuple(map(_plain, out))
        if operation is not None and not options:
            found = operation(*(np.asarray(x) if isinstance(x, list) else x for x in given))
        else:
            found = getattr(ufunc, method)(*given, **options)
        if out is not None:
            return out[0]
        return _holding(found)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        """Whatever a function of NumPy's gives, as arrays of Values."""
        found = super().__array_function__(function, types, arguments, options)
        if isinstance(found, list | tuple) and type(found) in (list, tuple):
            return type(found)(_holding(x) for x in found)
        return _holding(found)

    def astype(self, dtype: Any, *arguments: Any, **options: Any) -> Any:
        """As NumPy's; of Values no floats are made, which would leave the graph."""
        if _is_float(dtype) and any(isinstance(v, Value) for v in self.flat):
            return self.copy()
        return super().astype(dtype, *arguments, **options)


def _plain(x: Any) -> Any:
    return x.view(np.ndarray) if isinstance(x, ValueArray) else x


def _holding(x: Any) -> Any:
    return x.view(ValueArray) if isinstance(x, np.ndarray) else x


def _is_float(dtype: Any) -> bool:
    return dtype is None or np.dtype(dtype).kind == "f"


# ---- arrays that f makes ------------------------------------------------------------------------

_EMPTY = ("zeros", "ones", "empty", "full", "zeros_like", "ones_like", "empty_like", "full_like")
_COPIES = ("array", "asarray", "ascontiguousarray")
_INSTALLED = (*LIBRARIES, *(sysconfig.get_path(n) + os.sep for n in ("stdlib", "purelib")))
_LOCK = threading.RLock()


@contextmanager
def arrays_hold_values(f: Callable[..., Any]) -> Iterator[None]:
    """While f runs on Values, what it makes by ``np.zeros`` and its like can hold them.

    Convolutions and recurrent networks write their results into such arrays.  The user's modules
    see other functions by these names; NumPy itself, and C code that calls it, see its own.
    """
    with _LOCK:
        instead = _instead(threading.get_ident())
        replaced = [
            (space, name, space[name])
            for space, name in _places(f)
            if id(space.get(name)) in instead
        ]
        try:
            for space, name, x in replaced:
                space[name] = instead[id(x)]
            yield
        finally:
            for space, name, x in replaced:
                space[name] = x


@functools.lru_cache(maxsize=8)
def _instead(thread: int) -> dict[int, Any]:
    """What stands for NumPy and its functions in a thread, by their ids."""
    ours = {n: _made(getattr(np, n), thread, copies=n in _COPIES) for n in (*_EMPTY, *_COPIES)}
    return {id(getattr(np, n)): made for n, made in ours.items()} | {id(np): _NumPy(ours)}


def _places(f: Callable[..., Any]) -> list[tuple[dict[str, Any], str]]:
    """Where the user's modules have NumPy or one of its functions, as (global names, name).

    A check runs f hundreds of times, and a project has hundreds of modules: they are looked
    through again only when there are other names.
    """
    own = getattr(inspect.unwrap(f), "__globals__", None) or {}
    state = (id(own), len(own), len(sys.modules), len(vars(sys.modules["__main__"])))
    if state not in _KNOWN:
        if len(_KNOWN) > 100:
            _KNOWN.clear()
        known = {id(np), *(id(getattr(np, n)) for n in (*_EMPTY, *_COPIES))}
        found = [(s, n) for s in _namespaces(own) for n, x in s.items() if id(x) in known]
        _KNOWN[state] = own, found  # own is kept, so that its id stays its own
    return _KNOWN[state][1]


_KNOWN: dict[tuple[int, ...], tuple[dict[str, Any], list[tuple[dict[str, Any], str]]]] = {}


def _namespaces(own: dict[str, Any]) -> list[dict[str, Any]]:
    """The global names of the user's modules, and those that f sees."""
    found = [
        vars(module)
        for module in list(sys.modules.values())
        if not (getattr(module, "__file__", None) or _INSTALLED[0]).startswith(_INSTALLED)
    ]
    found += [vars(sys.modules["__main__"]), own]
    return [*{id(space): space for space in found}.values()]


class _NumPy(types.ModuleType):
    """NumPy, but for some of its functions."""

    def __init__(self, functions: Mapping[str, Any]) -> None:
        super().__init__("numpy")
        vars(self).update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def _made(make: Callable[..., Any], thread: int, *, copies: bool) -> Callable[..., Any]:
    """A function that makes arrays, for f: what would be floats may hold Values."""

    @functools.wraps(make)
    def made(*arguments: Any, **options: Any) -> Any:
        if threading.get_ident() != thread:
            return make(*arguments, **options)
        if copies:
            found = make(*arguments[:1], **{n: x for n, x in options.items() if n != "dtype"})
            if any(isinstance(v, Value) for v in found.flat):
                return found.view(ValueArray)
            return make(*arguments, **options)
        found = make(*arguments, **options)
        if found.dtype.kind == "f":
            found = found.astype(object)
        return found.view(ValueArray) if found.dtype == object else found

    return made

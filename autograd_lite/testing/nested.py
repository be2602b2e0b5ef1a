"""Parameters in dicts and lists: each array in ``params["l1"]["W"]`` is an argument of its own."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from .problem import Problem, by_parameter

Tree = Any  # a dict or a list of trees; or a leaf: an array, a number, a shape


class Call(NamedTuple):
    """The arguments of ``check_grad`` that parameters in dicts change."""

    f: Any
    df: Any
    wrt: Any
    at: Any
    domain: Any
    shapes: Any


def flattened(call: Call) -> Call:
    """The same call with every array an argument of its own, ``params.l1.W``.

    The structure is that of ``at=`` or ``shapes=``; if none of these holds dicts, all stays.
    """
    first = call.at[0] if isinstance(call.at, list) and call.at else call.at
    example = {**(call.shapes or {}), **(first if isinstance(first, Mapping) else {})}
    trees = {n: x for n, x in example.items() if _is_tree(x)}
    return _Flattening(call, trees).call() if trees and callable(call.f) else call


class _Flattening:
    """One call whose arguments hold several arrays each."""

    def __init__(self, old: Call, trees: dict[str, Tree]) -> None:
        self.old, self.trees = old, trees
        self.problem = Problem(old.f, {})
        self.names = {n: list(_leaves(x, n)) for n, x in trees.items()}

    def call(self) -> Call:
        """The call with flat arguments."""
        old = self.old

        @functools.wraps(old.f)
        def f(**values: Any) -> Any:
            return old.f(**self.nested(values))

        others = [n for n in self.problem.arguments if n not in self.trees]
        words = [word for n in self.trees for word in self.names[n]]
        f.argument_names = [*words, *others]  # type: ignore[attr-defined]
        wrt = [old.wrt] if isinstance(old.wrt, str) else old.wrt
        wrt = wrt and [word for n in wrt for word in self.names.get(n, [n])]
        at = [*map(self.flat, old.at)] if isinstance(old.at, list) else self.flat(old.at)
        df = self.by_hand(old.df) if callable(old.df) else self.gradients(old.df)
        return Call(f, df, wrt, at, self.flat(old.domain), self.flat(old.shapes))

    def nested(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as f takes them."""
        words = {word for names in self.names.values() for word in names}
        whole = {n: x for n, x in values.items() if n not in words}
        for n, tree in self.trees.items():
            whole[n] = _rebuilt(tree, iter([values[word] for word in self.names[n]]))
        return whole

    def flat(self, values: Any) -> Any:
        """What is said of arguments, said of each array; of a whole tree it holds for all."""
        if not isinstance(values, Mapping):
            return values
        out: dict[str, Any] = {}
        for n, x in values.items():
            whole = n in self.trees and _parts(x) is None
            out |= dict.fromkeys(self.names[n], x) if whole else dict(_items(x, n, n in self.trees))
        return out

    def by_hand(self, df: Callable[..., Any]) -> Callable[..., Any]:
        """A gradient by hand as a function of the flat arguments."""

        def gradient(**values: Any) -> Any:
            return self.gradients(self.problem.called(df, copy.deepcopy(self.nested(values))))

        return gradient

    def gradients(self, found: Any) -> Any:
        """What df gives, like one of the trees or one for each parameter, by flat names."""
        known = [*self.problem.arguments, *self.trees]
        if isinstance(found, Mapping):
            found = by_parameter(found, known)
        if not isinstance(found, Mapping) or not set(found) & set(known):
            wrt = [self.old.wrt] if isinstance(self.old.wrt, str) else self.old.wrt
            wrt = list(wrt or self.trees)
            found = dict(zip(wrt, [found] if len(wrt) == 1 else found, strict=True))
        out: dict[str, Any] = {}
        for n, x in found.items():
            out |= _items(_like(self.trees[n], x) if n in self.trees else x, n, n in self.trees)
        return {n: self.by_hand_one(n, x) if callable(x) else x for n, x in out.items()}

    def by_hand_one(self, name: str, df: Callable[..., Any]) -> Callable[..., Any]:
        """One array's gradient by hand as a function of the flat arguments."""
        return lambda **values: self.problem.called(df, copy.deepcopy(self.nested(values)))


def _parts(x: Tree) -> list[tuple[Any, Tree]] | None:
    """What a dict holds, or a list of arrays, dicts or shapes; ``None`` of a leaf."""
    if isinstance(x, Mapping):
        return list(x.items())
    held = isinstance(x, list) and any(
        isinstance(e, Mapping | tuple) or (hasattr(e, "shape") and np.ndim(e)) for e in x
    )
    return list(enumerate(x)) if held else None


def _is_tree(x: Any) -> bool:
    """Whether it holds arrays, numbers or shapes, and nothing else."""
    return _parts(x) is not None and all(
        (isinstance(leaf, int | float | list | tuple) and not isinstance(leaf, bool))
        or hasattr(leaf, "__array__")
        for leaf in _leaves(x, "").values()
    )


def _leaves(x: Tree, word: str) -> dict[str, Any]:
    """The leaves of a tree, by the way to them: ``params.l1.W``."""
    parts = _parts(x)
    if parts is None:
        return {word: x}
    return {w: leaf for key, part in parts for w, leaf in _leaves(part, f"{word}.{key}").items()}


def _items(x: Any, name: str, tree: bool) -> dict[str, Any]:
    return _leaves(x, name) if tree else {name: x}


def _rebuilt(tree: Tree, leaves: Iterator[Any]) -> Tree:
    """The same tree of other leaves, in order."""
    parts = _parts(tree)
    if parts is None:
        return next(leaves)
    made = {key: _rebuilt(part, leaves) for key, part in parts}
    return made if isinstance(tree, Mapping) else list(made.values())


def _like(tree: Tree, found: Tree) -> Tree:
    """Gradients under the names of their parameters: ``W`` for ``dW``."""
    if isinstance(tree, Mapping) and isinstance(found, Mapping):
        return {k: _like(tree.get(k), x) for k, x in by_parameter(found, [*tree]).items()}
    if isinstance(tree, list) and isinstance(found, list | tuple):
        return {k: _like(part, x) for k, (part, x) in enumerate(zip(tree, found, strict=True))}
    return found

"""``Module``: what has parameters, finds them by name, and saves and loads their numbers.

>>> class Line(Module):
...     def __init__(self):
...         self.m, self.b = Value(0.5), Value(2.0)
...     def __call__(self, x):
...         return self.m * x + self.b
>>> Line().named_parameters()
{'m': Value(data=0.5), 'b': Value(data=2.0)}
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from itertools import repeat
from typing import Any

import numpy as np

from .notebook import bundle
from .number import to_float
from .terminal import printed
from .value import Value, put_grads


@printed
class Module:
    """Base class of networks: its parameters are the Values in its attributes.

    They are found in lists, tuples, dicts, arrays of Values and further modules, nested to any
    depth, in the order of assignment.  Each counts once, under its first name: tied weights are
    one parameter, and a link back to a parent module adds none.  The order of a set differs from
    process to process, so a parameter that is only in a set is an error.

    >>> class Tied(Module):
    ...     def __init__(self):
    ...         self.W = np.array([[Value(1.0), Value(2.0)]], dtype=object)
    ...         self.again, self.layers = self.W[0, 0], [{"b": (Value(3.0),)}]
    >>> Tied().state_dict()
    {'W.0.0': 1.0, 'W.0.1': 2.0, 'layers.0.b.0': 3.0}
    """

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        _mark(_members(value, modules=False))  # modules have marked theirs

    def named_parameters(self) -> dict[str, Value]:
        """The parameters by name: ``"w11"``, or ``"layers.0.neurons.1.b"`` if nested.

        Raises:
            TypeError: a parameter is in a set, and nowhere else.
            ValueError: two parameters have the same name, such as the keys 1 and "1" of a dict.
        """
        named: dict[str, Value] = {}
        for name, p in _found(self):
            if name in named:
                raise ValueError(f"two parameters of {type(self).__name__} are named {name!r}")
            named[name] = p
        _mark(named.values())
        return named

    def parameters(self) -> list[Value]:
        """The parameters, in the order of ``named_parameters``."""
        return list(self.named_parameters().values())

    def zero_grad(self) -> None:
        """Set the parameters' gradients back to "not computed"."""
        put_grads(self.parameters(), repeat(None))

    def state_dict(self) -> dict[str, float]:
        """The parameters' numbers by name, to be saved."""
        return {name: p.data for name, p in self.named_parameters().items()}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set the parameters to the numbers of a ``state_dict``: all of them, or none.

        Tied parameters may be given under each of their names.

        Raises:
            KeyError: a name is missing or unknown.
            ValueError: tied parameters are given different numbers.
            TypeError: an entry is no number.
        """
        mine = self.named_parameters()
        if mine.keys() != state.keys():
            every = dict(_found(self, again=True))
            missing, unknown = mine.keys() - state.keys(), state.keys() - every.keys()
            if missing or unknown:
                raise KeyError(f"missing {sorted(missing)}, unknown {sorted(unknown)}")
            first = {p: name for name, p in mine.items()}
            for name in state.keys() - mine.keys():
                if state[name] != state[first[every[name]]]:
                    names = f"{first[every[name]]!r} and {name!r}"
                    raise ValueError(
                        f"{names} are one parameter here, but two numbers in the state"
                    )
        numbers = {name: to_float(state[name]) for name in mine}
        before = {name: p._data for name, p in mine.items()}
        try:
            for name, p in mine.items():
                p.data = numbers[name]
        except BaseException:  # a Ctrl-C in the middle
            for name, p in mine.items():
                p.data = before[name]
            raise

    def _containers(self) -> list[tuple[str, Any, list[Any]]] | None:
        """What decides which parameters it has.

        Returns:
            (how what it holds is read, the container, what it holds now) for each container in
            it: as long as each holds the very same things, ``parameters()`` gives the same.
            ``None`` if one of them, or a module, tells its parameters in a way of its own.
        """
        found: list[tuple[str, Any, list[Any]]] = []
        own = {"parameters", "named_parameters"}
        seen, stack = set[int](), [self]
        while stack:
            part: Any = stack.pop()
            if id(part) in seen or isinstance(part, Value):
                continue
            seen.add(id(part))
            if isinstance(part, Module):
                theirs = any(getattr(type(part), x) is not getattr(Module, x) for x in own)
                if theirs or not own.isdisjoint(vars(part)):
                    return None
                how, inside = "{}.__dict__.values()", [*vars(part).values()]
            elif type(part) is dict:
                how, inside = "{}.values()", [*part.values()]
            elif type(part) in (list, tuple):
                how, inside = "{}", [*part]
            elif isinstance(part, np.ndarray):
                if part.dtype != object:
                    continue
                how, inside = "{}.ravel().tolist()", part.ravel().tolist()
            elif _inside(part) is not None or isinstance(part, set | frozenset):
                return None
            else:
                continue
            found.append((how, part, inside))
            stack += inside
        return found

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters())} parameters)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the repr, and a drawing if it can be drawn as a network."""
        drawing = import_module(f"{__package__}.draw").displayed(self)
        return bundle(self, svg=drawing or "")


def _found(module: Module, again: bool = False) -> Iterator[tuple[str, Value]]:
    """The parameters of a module by their first name, or with ``again`` by each of their names."""
    seen: dict[int, Any] = {id(module): module}  # by id: the containers entered, the Values met
    sets: list[tuple[str, Any]] = []
    stack = [("", module, iter(vars(module).items()))]
    while stack:
        prefix, _, rest = stack[-1]
        for key, part in rest:
            name = f"{prefix}.{key}" if prefix else str(key)
            if id(part) in seen and not again:
                continue
            if isinstance(part, Value):
                seen[id(part)] = part
                yield name, part
            elif isinstance(part, set | frozenset):
                sets.append((name, part))
            elif (inside := _inside(part)) is not None:
                if again and any(part is above for _, above, _ in stack):
                    continue
                seen[id(part)] = part
                stack.append((name, part, iter(inside)))
                break
        else:
            stack.pop()
    for name, part in sets:
        if any(id(p) not in seen for p in _members(part)):
            raise TypeError(f"{name} is a set, whose order differs from run to run; use a list")


def _inside(thing: Any) -> Iterable[tuple[Any, Any]] | None:
    """The elements of a container by key; ``None`` if it is no container of parameters."""
    if isinstance(thing, Module):
        if type(thing).named_parameters is Module.named_parameters:
            return vars(thing).items()
        return thing.named_parameters().items()
    if isinstance(thing, Mapping):
        return thing.items()
    if isinstance(thing, np.ndarray):
        if thing.dtype != object:
            return None
        thing = np.atleast_1d(thing)
        return ((".".join(map(str, at)), thing[at]) for at in np.ndindex(thing.shape))
    return enumerate(thing) if isinstance(thing, list | tuple | deque) else None


def _mark(parameters: Iterable[Value]) -> None:
    """Let the parameters be known as such to whoever meets them in a graph."""
    for p in parameters:
        p.from_module = True


def _members(of: Any, *, modules: bool = True) -> Iterator[Value]:
    """The Values in what was given, at any depth, or only as far as there are no modules."""
    seen, stack = set[int](), [of]
    while stack:
        part = stack.pop()
        if isinstance(part, Value):
            yield part
        elif id(part) not in seen and (modules or not isinstance(part, Module)):
            seen.add(id(part))
            if isinstance(part, set | frozenset):
                stack += part
            else:
                stack += [each for _, each in _inside(part) or ()]

"""Models among the arguments: the parameters of those that came last are remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..value import Value

AT_MOST = 20_000  # things in a model; to begin to watch more takes long
KEPT = 8  # models at most
WATCHED = 8  # times one after the other; what is another each time is better looked through


def is_model(x: Any) -> bool:
    """Whether it has parameters, by name, as ``nn.Module`` does."""
    return callable(getattr(x, "named_parameters", None)) and not isinstance(x, Value)


class _Known(NamedTuple):
    """A model that came, whether it is as it was then, its parameters, how often it was watched."""

    model: Any
    as_before: Callable[[], bool]
    parameters: Sequence[Value]
    times: int


class Memory:
    """The parameters of the models that came last, as long as each holds what it held then.

    ``parameters()`` looks through the whole model, which takes longer than a small program; that
    each thing in it is the same as before is seen in a thirtieth of the time.
    """

    def __init__(self) -> None:
        self._last = _Known(None, _never, (), 0)
        self._known: dict[int, _Known] = {}  # by id; it keeps the models, so that ids stay theirs

    def parameters(self, model: Any) -> Sequence[Value]:
        """The model's parameters.  Raises ``TypeError`` if it is none."""
        last, as_before, found, times = self._last
        if model is not last:
            last, as_before, found, times = known = self._known.get(id(model), self._last)
            self._last = known
        if model is last and as_before():
            return found
        if not is_model(model):
            raise TypeError(f"a {type(model).__name__} has no parameters")
        as_before = _never
        if model is not last:
            times = 0  # one that comes only once is not watched
        elif times < WATCHED:
            as_before, times = _watched(model) or _never, times + 1
        found = tuple(model.parameters())  # what changed while it was looked at is seen next time
        self._last = _Known(model, as_before, found, times)
        if len(self._known) >= KEPT:
            self._known = {}
        self._known[id(model)] = self._last
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return Memory, ()  # a copy or a pickle begins anew


def _never() -> bool:
    return False


def _watched(model: Any) -> Callable[[], bool] | None:
    """A function that says whether each container in the model holds the very same things."""
    look = getattr(type(model), "_containers", None)
    containers = look and look(model)
    if not containers or sum(len(inside) for _, _, inside in containers) > AT_MOST:
        return None
    space: dict[str, Any] = {}
    lines = []
    for k, (how, container, inside) in enumerate(containers):
        names = [f"x{i}" for i in range(len(inside))]
        space[f"c{k}"] = container
        space.update((f"c{k}_{x}", thing) for x, thing in zip(names, inside, strict=True))
        lines.append(f"[{', '.join(names)}] = {how.format(f'c{k}')}")
        if names:
            lines.append(f"if {' or '.join(f'{x} is not c{k}_{x}' for x in names)}: return False")
    body = "\n        ".join(lines)
    # More or fewer things than before are a ValueError.
    source = f"def as_before():\n    try:\n        {body}\n        return True"
    exec(f"{source}\n    except ValueError:\n        return False", space)
    made: Callable[[], bool] = space.pop("as_before")  # no cycle for the collector
    return made

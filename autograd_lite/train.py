"""``fit``: where model, loss and update rule meet.

>>> from autograd_lite.nn import Perceptron, half_squared_error
>>> from autograd_lite.optim import GradientDescent
>>> line = Perceptron(1, seed=0)
>>> rule = GradientDescent(line.parameters(), lr=0.3)
>>> history = fit(line, [[1], [2], [3]], [2, 5, 3], loss=half_squared_error, optimizer=rule,
...               epochs=500)
>>> round(line.w1.data, 6), round(line.b.data, 6), history.stopped
(0.5, 2.333333, 'epochs')
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np

from .fitting import objective
from .nn import Module
from .number import in_order, number_of, short
from .optim import Rule, minibatches
from .program import Program, check_backend, compiles_batches, record
from .terminal import printed
from .train_c import EpochsInC
from .value import Value, as_value, put_grads

Loss = Callable[[Any, Any], Value]
# A list, tuple, array, Series, DataFrame (its rows), or an iterable in order.
Samples = Any
LONG = 10_000  # steps, which take a second with NumPy, as long as compiling; 300 samples are one
FEW = 16  # up to so many different targets each get a program of their own


@printed
@dataclass
class History:
    """The loss of every epoch, and why training stopped."""

    loss: list[float] = field(default_factory=list)  # mean (or sum) over the epoch's samples
    validation: list[float] = field(default_factory=list)
    stopped: str = "epochs"  # or "no improvement", "interrupted"
    best: int = -1  # the epoch of the lowest validation loss, or of the lowest loss

    def __str__(self) -> str:
        last = f", validation {self.validation[-1]:.6g}" if self.validation else ""
        loss = f"loss {self.loss[-1]:.6g}" if self.loss else "no full epoch"
        return f"{len(self.loss)} epochs ({self.stopped}): {loss}{last}"


def fit(
    model: Module,
    X: Samples,
    y: Samples,
    *,
    loss: Loss,
    optimizer: Rule,
    epochs: int = 100,
    batch_size: int | None = None,
    reduction: Literal["mean", "sum"] = "mean",
    predict: Callable[[Any], Any] | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    validation: tuple[Samples, Samples] | None = None,
    patience: int | None = None,
    progress: bool | None = None,
    callback: Callable[[int, History], object] | None = None,
    backend: str | None = None,
) -> History:
    """Train a model on samples.

    Args:
        model: called with one sample.
        X, y: the samples and their targets, as many of each: lists, tuples, arrays, Series or
            DataFrames (taken by position, whatever their index), or generators.
        loss: takes a target and a prediction, such as ``nn.log_loss``.
        optimizer: a rule over the model's parameters.
        epochs: how often to go over all samples.
        batch_size: samples for each step; by default all of them.
        reduction: whether a step's loss is the mean or the sum over its samples.
        predict: computes the prediction, such as ``model.logit``; by default the model.
        shuffle, seed: the order of the samples within each epoch.
        validation: held-out (X, y), whose mean loss is recorded after each epoch.
        patience: stop after so many epochs without a lower (validation) loss, and restore the
            parameters of the best epoch.
        progress: a progress bar (tqdm); by default on a terminal where tqdm is installed.
        callback: called with (epoch, history) after each; it may raise ``StopIteration``.
        backend: record the loss of one sample once, and run the program on each batch instead of
            building a graph: ``"numpy"``, ``"c"``, ``"python"`` or ``"auto"``; see ``record``.
            Not for a rule that differentiates the graph itself.  ``"c"`` takes many steps in one
            call, with the same numbers; ``"auto"`` is ``"c"`` from about 10,000 steps on.

    Returns:
        The history.  After Ctrl-C the parameters are those of the last complete step.

    Raises:
        TypeError: X, y or a sample is a set, a dict, a string or a number.
        ValueError: X and y do not fit, samples are not alike, or a number is not finite.
        NonFiniteGradientError, DomainError: a step failed; the parameters are those before it.
        TypeError: the loss depends on no parameter, because ``float()`` took a number out.
    """
    X, y = _samples(X, y)
    if validation is not None:
        validation = _samples(*validation)
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction = {reduction!r}: it is 'mean' or 'sum'")
    predict = model if predict is None and callable(model) else predict
    if predict is None:
        raise TypeError(f"{model!r} cannot be called; say what gives a prediction: predict=...")
    size = len(X) if batch_size is None else batch_size
    if not isinstance(optimizer, Rule):
        told = "optim.Adam(model.parameters(), lr=0.01)"
        raise TypeError(f"optimizer={short(optimizer)}: make a rule over the model, such as {told}")
    if not callable(loss):
        raise TypeError(f"loss={short(loss)}: a function of (y, yhat), such as nn.log_loss")
    if backend is not None and optimizer.differentiates:
        raise ValueError(f"{optimizer!r} differentiates the graph itself; leave out backend")
    batches = epochs * -(-len(X) // max(size, 1))
    long = batches + epochs * len(X) / 300 >= LONG
    recorded = None if backend is None else _Recorded(model, loss, predict, backend, long)
    history, kept = History(), model.state_dict()
    at: tuple[int, list[float]] = (-1, [])  # the rule's steps and the parameters before the last

    def batch_loss(indices: Sequence[int]) -> Value:
        losses = [as_value(loss(y[i], predict(X[i]))) for i in indices]
        total = sum(losses[1:], losses[0])
        return total / len(losses) if reduction == "mean" else total

    def one_step(indices: Sequence[int]) -> float:
        def run() -> Value:
            assert recorded is not None
            return recorded.step([X[i] for i in indices], [y[i] for i in indices], reduction)

        nonlocal at
        at = optimizer.steps, [p.data for p in optimizer.parameters]
        says = "the loss does not depend on the parameters"
        graph = partial(batch_loss, indices)
        return float(optimizer.step(objective(optimizer, graph, run if recorded else None, says)))

    def one_epoch(epoch: int) -> float:
        total, order = 0.0, None if seed is None else seed + epoch
        for indices in minibatches(len(X), size, shuffle=shuffle, seed=order):
            weight = len(indices) / len(X) if reduction == "mean" else 1.0
            total += weight * one_step(indices)
        return total

    def end_epoch(total: float) -> bool:
        """Note its loss; whether it is the best so far."""
        history.loss.append(total)
        if validation is not None:
            history.validation.append(
                recorded.mean(*validation) if recorded else _mean_loss(*validation, loss, predict)
            )
        watched = history.validation or history.loss
        better = history.best < 0 or watched[-1] < watched[history.best]
        if better:
            history.best = len(history.loss) - 1
        return better

    in_c = None
    # Between the steps of one batch an epoch, a callback leaves nothing for C to do at once.
    one_by_one = callback is not None and size >= len(X)
    if recorded is not None and backend in ("auto", "c") and not one_by_one:
        in_c = EpochsInC(
            *(model, optimizer, recorded.programs, X, y, one_step),
            size=size,
            mean=reduction == "mean",
            shuffle=shuffle,
            seed=seed,
            epochs=epochs,
            watched=validation is not None or patience is not None or callback is not None,
            touched=callback is not None,
        )
    try:
        for epoch in _shown(range(epochs), progress):
            before = model.state_dict() if patience is not None else {}
            better = end_epoch(one_epoch(epoch) if in_c is None else in_c.loss_of(epoch))
            if better and patience is not None:
                # An epoch's loss is that of the parameters with which it began.
                kept = before if validation is None else model.state_dict()
            if callback is not None:
                callback(epoch, history)
            if patience is not None and epoch - history.best >= patience:
                history.stopped = "no improvement"
                model.load_state_dict(kept)
                break
    except KeyboardInterrupt:
        history.stopped = "interrupted"
        if optimizer.steps == at[0]:  # within a step, which may look elsewhere
            for p, x in zip(optimizer.parameters, at[1], strict=True):
                p.data = x
        for total in in_c.rest(len(history.loss)) if in_c is not None else []:
            end_epoch(total)
    except StopIteration:
        history.stopped = "callback"
    return history


class _Recorded:
    """The loss of one sample as a program: one for all targets, or one for each if it branches."""

    def __init__(
        self, model: Module, loss: Loss, predict: Callable[[Any], Any], backend: str, long: bool
    ) -> None:
        check_backend(backend)
        self.model, self.loss, self.predict, self.backend = model, loss, predict, backend
        self.long = long  # whether compiling is worth its while
        self.programs: dict[Any, Program] = {}
        self.by_target = False

    def step(self, X: Sequence[Any], y: Sequence[Any], reduction: str) -> Value:
        """The batch's loss; the parameters' gradients are set."""
        total, slopes = 0.0, np.zeros(len(self.model.parameters()))
        for program, arguments in self._parts(X, y):
            value, more = program.batch(self.model, *arguments)
            total, slopes = total + value, slopes + more
        scale = 1 / len(X) if reduction == "mean" else 1.0
        put_grads(self.model.parameters(), (slopes * scale).tolist())
        return Value(total * scale)

    def mean(self, X: Sequence[Any], y: Sequence[Any]) -> float:
        """The mean loss over samples."""
        parts = self._parts(X, y)
        return float(sum(program.batch(self.model, *each)[0] for program, each in parts)) / len(X)

    def _parts(self, X: Sequence[Any], y: Sequence[Any]) -> list[tuple[Program, list[Any]]]:
        """Programs, and what each is to run on besides the model."""
        if not self.by_target and not self.programs:
            try:
                general = self._record(X[0], y[0])
                self.by_target = general.compares(2) and _are_few(y)
            except (TypeError, ValueError):  # the loss needs the target as a plain number, or class
                self.by_target = True
            if not self.by_target:
                self.programs[None] = general
        if not self.by_target:
            return [(self.programs[None], [np.array(X), np.array(y)])]
        rows: dict[Any, list[Any]] = {}
        for x, target in zip(X, y, strict=True):
            rows.setdefault(target, []).append(x)
        for target, found in rows.items():
            if target not in self.programs:
                self.programs[target] = self._record(found[0], target, known=True)
        return [(self.programs[t], [np.array(of)]) for t, of in rows.items()]

    def _record(self, x: Any, target: Any, known: bool = False) -> Program:
        def of_one(model: Any, x: Any, y: Any = target) -> Value:
            return self.loss(y, self.predict(x))

        example = [[*map(float, x)]] if known else [[*map(float, x)], target]
        program = record(of_one, self.model, *example, wrt=0, backend=self.backend, guards="record")
        if self.backend == "auto" and self.long and compiles_batches(program.tape):
            return program.on("c")
        return program


def _are_few(targets: Sequence[Any]) -> bool:
    """Whether there are few enough different targets for a program each."""
    with suppress(TypeError):
        return len({*targets}) <= FEW
    return False


def evaluate(X: Samples, y: Samples, *, loss: Loss, predict: Callable[[Any], Any]) -> float:
    """The mean loss over samples, as a plain number."""
    return _mean_loss(*_samples(X, y), loss, predict)


def _mean_loss(X: Samples, y: Samples, loss: Loss, predict: Callable[[Any], Any]) -> float:
    return sum(float(loss(t, predict(x))) for x, t in zip(X, y, strict=True)) / len(X)


def accuracy(
    X: Samples,
    y: Samples,
    *,
    predict: Callable[[Any], Any],
    threshold: float = 0.5,
) -> float:
    """The fraction of samples whose class is predicted correctly.

    Args:
        X, y: the samples and their classes: 0 or 1, or 0, 1, 2 … for a prediction of several.
        predict: returns one number, class 1 if it is above ``threshold``, or a sequence of scores,
            one for each class, of which the largest is the prediction.
        threshold: for predictions of one number; 0 for logits.

    Raises:
        ValueError: a target is no class, a prediction is NaN, or X and y differ in length.

    >>> accuracy([[0.2], [0.7], [0.9]], [0, 0, 1], predict=lambda x: x[0])
    0.6666666666666666
    """
    X, y = _samples(X, y)
    right = [_class(predict(x), t, threshold) == t for x, t in zip(X, y, strict=True)]
    return right.count(True) / len(X)


def _class(prediction: Any, target: Any, threshold: float) -> int:
    """The predicted class.

    Raises:
        ValueError: the target is no class, or the prediction is NaN.
    """
    one = np.ndim(prediction) == 0
    scores = [float(prediction)] if one else [float(z) for z in prediction]
    classes = 2 if one else len(scores)
    if target not in range(classes):
        raise ValueError(f"target {target!r}: a class is one of {[*range(classes)]}")
    if any(map(math.isnan, scores)):
        raise ValueError(f"the prediction {prediction!r} is not a number")
    return int(scores[0] > threshold) if one else scores.index(max(scores))


def _samples(X: Samples, y: Samples) -> tuple[list[Any], list[Any]]:
    """The samples and their targets in lists, by position.

    Raises:
        TypeError, ValueError: they are not in order, not alike, not as many, or not finite.
    """
    X, y = in_order(X, "X"), in_order(y, "y")
    samples, targets = [*X], [*y]
    if not {*map(type, samples)} <= {list, tuple}:
        samples = [in_order(x, f"sample {i}") for i, x in enumerate(samples)]
    if not {*map(type, targets)} <= {int, float}:
        targets = [
            in_order(t, f"target {i}") if _has_elements(t) else t for i, t in enumerate(targets)
        ]
    if len(samples) != len(targets) or not samples:
        counts = f"{len(samples)} samples and {len(targets)} targets"
        raise ValueError(f"{counts}; as many of each, at least one")
    if _are_finite(samples) and _are_finite(targets):
        return samples, targets
    kept: dict[str, Any] = {}
    for i, pair in enumerate(zip(samples, targets, strict=True)):
        numbers: list[Any] = []
        for name, one in zip(("sample", "target"), pair, strict=True):
            try:
                array = np.array(one, dtype=object)
                np.shape(one)
            except ValueError:
                raise ValueError(f"{name} {i} is ragged: {short(one)}") from None
            if array.shape != kept.setdefault(name, array.shape):
                shapes = f"{name} {i} has shape {array.shape}, {name} 0 has {kept[name]}"
                raise ValueError(f"{shapes}; all are alike")
            numbers += array.ravel().tolist()
        if not all(map(_is_finite, numbers)):
            raise ValueError(f"sample {i} is not finite: {numbers}")
    return samples, targets


def _are_finite(rows: list[Any]) -> bool:
    """Whether all are alike and hold finite numbers; where not, one by one says which is wrong.

    One by one takes longer than a hundred epochs in C.
    """
    try:
        array = np.array(rows)
    except ValueError:  # they are not alike
        return False
    return array.dtype.kind in "fiub" and bool(np.isfinite(array).all())


def _has_elements(target: Any) -> bool:
    """Whether it is a vector, rather than a number or a class's name."""
    single = isinstance(target, str | bytes) or number_of(target) is not None
    return isinstance(target, Iterable) and not single


def _is_finite(x: Any) -> bool:
    try:
        return math.isfinite(x)
    except TypeError:
        return True  # a class's name; whoever computes with it reports what is no number


def _shown(epochs: range, progress: bool | None) -> Iterable[int]:
    """The epochs, with a progress bar if wanted and possible."""
    if not (sys.stderr.isatty() if progress is None else progress):
        return epochs
    if importlib.util.find_spec("tqdm") is None:
        if progress:
            raise ImportError("progress=True needs tqdm: pip install tqdm")
        return epochs
    from tqdm import tqdm

    bar: Iterable[int] = tqdm(epochs, unit="epoch")
    return bar

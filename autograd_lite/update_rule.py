"""What every update rule has in common: a formula as text, options, a state, whole steps.

A rule's text is parsed once, when its class is made; from the trees come the Python step, the
JavaScript step, the formula in symbols and in LaTeX, and the tables of ``optim.explain``.

>>> form = Form("v = momentum * v + lr * g; theta = theta - v")
>>> print(form)
v ← γ · v + η · g
θ ← θ − v
>>> form.state, sorted(form.options)
(('v',), ['lr', 'momentum'])
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple

from .errors import NonFiniteGradientError
from .expr import JavaScript, LaTeX, Mathematics, Python, Written
from .labels import clean
from .notation import CONSTANTS, Call, Expr, Formula, Name, Number, names, rebuilt
from .number import in_order, number_of, to_float
from .ops import FAST, OPS
from .terminal import printed
from .value import Value, put_grads

Rate = float | Callable[[int], float]  # a number, or a schedule: step (from 0) → number

# ---- the formula --------------------------------------------------------------------------------

# How the notes write a name, in text and in LaTeX.
SYMBOLS: dict[str, tuple[str, str]] = {
    "theta": ("θ", r"\theta"),
    "ahead": ("θ\u0303", r"\tilde{\theta}"),
    "slope": ("∂J/∂θ", r"\frac{\partial J}{\partial\theta}"),
    "lr": ("η", r"\eta"),
    "momentum": ("γ", r"\gamma"),
    "rho": ("γ", r"\gamma"),
    "beta1": ("β₁", r"\beta_1"),
    "beta2": ("β₂", r"\beta_2"),
    "eps": ("ε", r"\varepsilon"),
    "weight_decay": ("λ", r"\lambda"),
    "delta": ("Δ", r"\Delta"),
    "m_hat": ("m\u0302", r"\hat{m}"),
    "v_hat": ("v\u0302", r"\hat{v}"),
}
GIVEN = {"theta", "g", "t"}  # known before the first statement
_JAVASCRIPT = {"maximum": "Math.max", "minimum": "Math.min"}


def symbol(name: str) -> Written:
    """How the notes write a name."""
    return Written(SYMBOLS[name][0] if name in SYMBOLS else name)


def latex_symbol(name: str) -> Written:
    """How the notes write a name, as LaTeX."""
    if name in SYMBOLS:
        return Written(SYMBOLS[name][1])
    if indexed := re.fullmatch(r"([A-Za-z])(\d+)", name):
        return Written(f"{indexed[1]}_{{{indexed[2]}}}")
    return Written(name if len(name) == 1 else r"\mathrm{" + name.replace("_", r"\_") + "}")


class Statement(NamedTuple):
    """``name = formula``."""

    name: str
    formula: Formula

    @property
    def tree(self) -> Expr:
        """The formula as it is computed: x ** 2 is x * x."""
        return _multiplied(self.formula.tree)

    def value(self, known: Mapping[str, Any]) -> float:
        """What it computes; NaN where it cannot be computed."""
        try:
            return float(eval(Python().text(self.tree), {**FAST, **known}))
        except (ArithmeticError, ValueError):
            return math.nan

    def text(self, filled: Mapping[str, Written]) -> Written:
        """The right side, with what is filled in for its names."""
        return Mathematics(OPS, filled).write(self.formula.tree)

    def javascript(self, places: Mapping[str, str]) -> str:
        """The right side as JavaScript, its names standing where ``places`` says."""
        return JavaScript(lambda x: _JAVASCRIPT.get(x, f"Math.{x}"), places).text(self.tree)

    def latex(self, filled: Mapping[str, Written]) -> Written:
        """The right side as LaTeX."""
        return LaTeX(OPS, filled).write(self.formula.tree)


@printed
class Form:
    """The text of an update rule, with its trees.

    Args:
        text: statements ``name = formula``, one a line or separated by semicolons.  ``theta`` is
            the parameter, which one of them assigns, ``g`` its gradient, ``t`` the number of the
            step, from 1.  What is read before it is assigned is remembered from step to step, and
            0 at first; what is never assigned is an option.  Where ``ahead`` is assigned, g is the
            gradient there.
        where: what to call it in a message.
        counts: count the steps even where no statement names ``t``: another form does.

    Raises:
        ValueError: a statement is none, or none says what becomes of ``theta``.

    >>> Form("theta = theta - lr * sgn(g)")
    Traceback (most recent call last):
    ...
    ValueError: formula: unknown operation 'sgn'; did you mean sign?
      theta - lr * sgn(g)
                   ^
    """

    def __init__(self, text: str, where: str = "formula", *, counts: bool = False) -> None:
        self.text, self.where = text, where
        functions = {name: {len(op.arguments)} for name, op in OPS.items()}
        self.statements: list[Statement] = []
        read: list[str] = []  # before it is assigned, or never assigned
        for line in filter(None, map(str.strip, re.split(r"[;\n]", text))):
            name, sign, right = (x.strip() for x in line.partition("="))
            if not sign or not name.isidentifier() or right.startswith("="):
                raise ValueError(f"{where}: {line!r} is no statement such as 'v = momentum * v'")
            if name in ("g", "t") or name in CONSTANTS:
                raise ValueError(f"{where}: {name} is given; call {line!r} otherwise")
            variables = {*re.findall(r"[^\W\d]\w*\b(?!\s*\()", right)} - functions.keys()
            formula = Formula(right, variables, functions, where=where)
            known = {*GIVEN, *CONSTANTS, *read, *(s.name for s in self.statements)}
            read += sorted(names(formula) - known, key=right.find)
            self.statements.append(Statement(name, formula))
        assigned = [s.name for s in self.statements]
        if "theta" not in assigned:
            raise ValueError(f"{where}: no statement says what becomes of theta in {text!r}")
        used = set().union(*(names(s.formula) for s in self.statements))
        self.state = tuple(x for x in read if x in assigned)
        self.options = frozenset(read) - frozenset(assigned)
        self.counts = counts or "t" in used
        self.ahead = next((s for s in self.statements if s.name == "ahead"), None)
        if self.ahead and "g" in names(self.ahead.formula):
            raise ValueError(f"{where}: g is the gradient at ahead, which cannot depend on g")
        self.source = self._python()
        space: dict[str, Any] = {}
        exec(self.source, FAST | {"__builtins__": {"float": float}}, space)
        self.update: Callable[[float, float, Any, Any], float] = space["update"]
        self.point: Callable[[float, Any, Any], float] = space["point"]

    def _names(self) -> dict[str, str]:
        """Where a name of the formula stands in a program: the state, an option, or a local."""
        told = {x: f"s.{x}" for x in self.state} | {x: f"o.{x}" for x in self.options}
        return told | ({"t": "s.t"} if self.counts else {})

    def _python(self) -> str:
        """The step as Python: θ after it, of θ, g, the state and the options."""
        paper = _Named(self._names())
        told = {s.name: f"{paper.name(s.name)} = {paper.text(s.tree)}" for s in self.statements}
        lines = ["s.t = s.t + 1"] if self.counts else []
        lines += [line for name, line in told.items() if name != "ahead"]
        ahead = told.get("ahead", "ahead = theta")
        return "\n    ".join(
            ["def update(theta, g, s, o):", *lines, "return float(theta)"]
        ) + "\n    ".join(["\ndef point(theta, s, o):", ahead, "return float(ahead)"])

    def javascript(self, name: str = "update") -> str:
        """The step as a JavaScript function; ``s`` is the state, changed in place.

        >>> print(Form("v = momentum * v + lr * g; theta = theta - v").javascript("momentum"))
        function momentum(theta, g, s, o) {
          s.v = o.momentum * s.v + o.lr * g;
          theta = theta - s.v;
          return theta;
        }
        """
        places = self._names()
        lines = ["  s.t = s.t + 1;"] if self.counts else []
        known = {"theta", *places}
        for s in self.statements:
            if s is self.ahead:
                continue
            new = "" if s.name in known else "let "
            known.add(s.name)
            lines.append(f"  {new}{places.get(s.name, s.name)} = {s.javascript(places)};")
        return "\n".join([f"function {name}(theta, g, s, o) {{", *lines, "  return theta;", "}"])

    def latex(self) -> str:
        """The statements as LaTeX, one a line, for an environment such as ``align``."""
        rows = []
        for s in self.statements:
            filled = {x: latex_symbol(x) for x in names(s.formula)}
            rows.append(rf"{latex_symbol(s.name)} &\leftarrow {s.latex(filled)}")
        return " \\\\\n".join(rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return _form, (self.text, self.where, self.counts)

    def __str__(self) -> str:
        rows = []
        for s in self.statements:
            rows.append(f"{symbol(s.name)} ← {s.text({x: symbol(x) for x in names(s.formula)})}")
        return "\n".join(rows)


def _form(text: str, where: str, counts: bool) -> Form:
    return Form(text, where, counts=counts)


class _Named(Python):
    """Python in which names stand elsewhere: ``o.lr`` for ``lr``."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self.places = places

    def name(self, name: str) -> Written:
        return Written(self.places.get(name, name))


def _multiplied(tree: Expr) -> Expr:
    """The tree with x ** 2 as x * x: exact to the last bit, and infinite where it overflows."""

    def change(x: Expr) -> Expr:
        square = isinstance(x, Call) and x.name == "pow" and x.arguments[1] == Number(2.0)
        if square and isinstance(x, Call) and isinstance(x.arguments[0], Name):
            return Call("mul", (x.arguments[0], x.arguments[0]))
        return x

    return rebuilt(tree, change)


# ---- the rule -----------------------------------------------------------------------------------


class Move(NamedTuple):
    """What a step did to one parameter."""

    step: int  # from 1
    name: str
    form: Form | None
    symbols: str  # the step in symbols, where there is no formula
    known: dict[str, Any]  # slope, theta, t, the state before, the options
    after: float


@printed
class Rule:
    """An update rule; a rule of one's own is a class with a formula.

    Args:
        parameters: the Values to move, in order; or groups, each a mapping with
            ``"params"`` and options of its own: ``[{"params": w}, {"params": b, "lr": 0.1}]``.
        lr: the learning rate η: a positive number, or a schedule that gives one for each step.
        weight_decay: adds this times θ to the gradient, the gradient of ½·decay·θ².
        options: what else the formula names; ``defaults`` has a number for each.

    Raises:
        ValueError: no parameters, one given twice, or an option out of its range.
        TypeError: a parameter is not a Value, or an option is unknown or missing.

    All parameters are moved together or, where anything raises, none is.

    >>> class Heavy(Rule):
    ...     formula = "v = mass * v - lr * g; theta = theta + v"
    ...     defaults = {"mass": 0.5}
    >>> x = Value(3.0)
    >>> rule = Heavy([x], lr=0.1)
    >>> for _ in range(2):
    ...     rule.zero_grad()
    ...     (x ** 2).backward()
    ...     rule.step()
    >>> round(x.data, 12), rule.state_dict()["steps"]
    (1.62, 2)
    """

    formula: ClassVar[str] = ""  # the notes', or one's own: see ``Form``
    torch: ClassVar[str] = ""  # PyTorch's, where it differs: variant="torch"
    printed: ClassVar[str] = ""  # the notes' as printed, where practice differs: Adam's
    symbols: ClassVar[str] = ""  # how θ moves, for a rule that no formula for one parameter tells
    source: ClassVar[str] = ""
    defaults: ClassVar[Mapping[str, Any]] = {}  # options of the formula
    forms: ClassVar[dict[str, Form]] = {}
    start: ClassVar[dict[str, float]] = {}  # what is remembered of each parameter, at first
    differentiates = False  # whether ``step``'s closure is to leave ``backward()`` to the rule

    def __init_subclass__(cls) -> None:
        """Parse the formulas."""
        super().__init_subclass__()
        if "formula" in vars(cls):
            texts = {x: vars(cls).get(x, "") for x in ("formula", "torch", "printed")}
            counts = any(re.search(r"\bt\b", text) for text in texts.values())
            cls.forms = {
                name: Form(text, f"{cls.__name__}.{name}", counts=counts)
                for name, text in texts.items()
                if text
            }
            if "start" not in vars(cls):
                remembered = [x for form in cls.forms.values() for x in form.state]
                cls.start = dict.fromkeys(remembered, 0.0) | ({"t": 0} if counts else {})

    def __init__(self, parameters: Iterable[Any], **options: Any) -> None:
        self.steps = 0
        self.groups: list[dict[str, Any]] = []
        self.noted: list[Move] | None = None  # every step, once ``optim.explain`` has been asked
        self._last: list[Any] = []
        if self.forms:
            for name, x in {"lr": 0.01, **self.defaults, "weight_decay": 0.0}.items():
                options.setdefault(name, x)
            self._check_names(options)
        if callable(every := getattr(parameters, "parameters", None)):  # a model
            parameters = every()
        given = list(in_order(parameters, "parameters"))
        for group in given if given and isinstance(given[0], Mapping) else [{"params": given}]:
            self._add(group, options)
        if not self.parameters:
            raise ValueError("there are no parameters to move")
        if len(set(self.parameters)) < len(self.parameters):
            raise ValueError("a parameter is given twice; it would move twice")
        self._state = {p: SimpleNamespace(**self.start) for p in self.parameters}

    def _check_names(self, options: Mapping[str, Any]) -> None:
        """Raise unless the options are those that the formulas name."""
        used = {"lr", "weight_decay"}.union(*(form.options for form in self.forms.values()))
        used |= {"variant"} if "torch" in self.forms else set()
        used |= {"bias_correction"} if "printed" in self.forms else set()
        given = {*options} - {"betas"} | ({"beta1", "beta2"} if "betas" in options else set())
        if given - used:
            unknown = ", ".join(sorted(given - used))
            raise TypeError(f"{type(self).__name__} has no option {unknown}")
        if missing := used - given - {"variant", "bias_correction"}:
            named = ", ".join(sorted(missing))
            way_out = "give it a number in defaults, or assign it"
            raise TypeError(f"{type(self).__name__}: the formula names {named}; {way_out}")

    def _add(self, group: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        params = list(in_order(group["params"], "params"))
        own = {k: v for k, v in group.items() if k != "params"}
        if not own.keys() <= options.keys():
            unknown = ", ".join(own.keys() - options.keys())
            raise TypeError(f"{type(self).__name__} has no option {unknown}")
        for p in params:
            if not isinstance(p, Value):
                raise TypeError(f"a parameter is a Value, not {p!r}")
        made = {"params": params, **options, **own}
        _check_options(made)
        self.groups.append(made)

    @property
    def parameters(self) -> list[Value]:
        """All parameters, group after group."""
        return [p for group in self.groups for p in group["params"]]

    def zero_grad(self) -> None:
        """Forget the parameters' gradients."""
        put_grads(self.parameters, repeat(None))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter once.

        Args:
            closure: clears the gradients, computes the loss, calls ``backward()`` and returns the
                loss; without one, the gradients are taken as they stand.

        Returns:
            What the closure returned.

        Raises:
            NonFiniteGradientError: a gradient, or a parameter after the step, is NaN or infinite.
            RuntimeError: no parameter has a gradient.
            TypeError: there is no closure, and the rule wants the gradient at a point ahead.

        A parameter without a gradient stays where it is.
        """
        groups = [(group["params"], self._options(group)) for group in self.groups]
        if any(o.form and o.form.ahead for _, o in groups):
            loss = self._looked_ahead(groups, closure)
        else:
            loss = None if closure is None else closure()
        moves = []
        for params, o in groups:
            for p in params:
                if p.has_grad:
                    s = SimpleNamespace(**vars(self._state[p]))
                    slope = float(p.grad)
                    self._check_finite(p, slope, "gradient", None)
                    theta = self._next(p, s, o)
                    self._check_finite(p, theta, "next value", o)
                    for x in vars(s).values():
                        self._check_finite(p, x, "state", o)
                    moves.append((p, theta, s, slope, o))
        if not moves:
            raise RuntimeError("no parameter has a gradient; call loss.backward() before step()")
        self._commit(moves)
        return loss

    def _looked_ahead(self, groups: list[tuple[Any, Any]], closure: Any) -> Any:
        """The closure's loss, and the gradients, at the point ahead."""
        if closure is None:
            raise TypeError(
                f"{type(self).__name__}'s gradient is that of the look-ahead point: call "
                "step(closure), where the closure computes the loss and its gradient"
                + ("; or choose variant='torch'" if "torch" in self.forms else "")
            )

        def ahead_of_them() -> Any:
            for params, o in groups:
                for p in params if o.form and o.form.ahead else ():
                    p.data = o.form.point(p.data, self._state[p], o)
            return closure()

        return away(self.parameters, ahead_of_them)

    def _commit(
        self,
        moves: list[tuple[Value, float, Any, float, Any]],
        steps: int = 1,
        last: list[tuple[Value, float, Any]] | None = None,
    ) -> None:
        """Assign what steps computed: (parameter, θ, state, ∂J/∂θ, options) of each.

        Where there were several, ``last`` is (parameter, θ, state) before the last of them.
        """
        before, taken = [(p, p.data, self._state[p]) for p, *_ in moves], self.steps
        try:
            for p, theta, s, _, _ in moves:
                p.data, self._state[p] = theta, s
            self.steps = taken + steps
        except BaseException:  # a Ctrl-C in the middle
            for p, theta, s in before:
                p.data, self._state[p] = theta, s
            self.steps = taken
            raise
        self._last = [last or before, moves, taken + steps]
        if self.noted is not None:
            self.noted += self._moves()

    def note(self) -> list[Move]:
        """The last step, if there was one, and every step from the first call on."""
        if self.noted is None:
            self.noted = self._moves()
        return self.noted

    def _moves(self) -> list[Move]:
        """What the last step did."""
        if not self._last:
            return []
        before, moves, step = self._last
        found = []
        for (p, theta, old), (_, after, _, slope, o) in zip(before, moves, strict=True):
            numbers = {k: number_of(v) for k, v in vars(o).items()}
            known = {k: x for k, x in numbers.items() if x is not None}
            known |= {**vars(old), "theta": theta, "slope": slope}
            if "t" in known:
                known["t"] += 1
            found.append(Move(step, self._name(p), o.form, self.symbols, known, after))
        return found

    def _name(self, p: Value) -> str:
        """What tables call a parameter: its label, or θ1, θ2 …"""
        k = self.parameters.index(p) + 1
        return clean(p.label) or ("θ" if len(self.parameters) == 1 else f"θ{k}")

    def _next(self, p: Value, s: Any, o: Any) -> float:
        try:
            return self.update(p.data, float(p.grad) + o.weight_decay * p.data, s, o)
        except (ArithmeticError, ValueError):  # 0/0 with eps = 0, or an overflow
            return math.nan

    def update(self, theta: float, g: float, s: Any, o: Any) -> float:
        """The parameter after one step; ``s`` is its state, changed in place, ``o`` the options."""
        if o.form is None:
            raise NotImplementedError(f"{type(self).__name__} has no formula")
        return float(o.form.update(theta, g, s, o))

    def _options(self, group: Mapping[str, Any]) -> SimpleNamespace:
        """A group's options for one step, with the form of the formula that they choose."""
        lr = group["lr"](self.steps) if callable(group["lr"]) else group["lr"]
        o = SimpleNamespace(**{**group, "lr": lr})
        if lr != 0 or not callable(group["lr"]):  # a schedule may end at 0
            _check_options(vars(o))
        if "betas" in group:
            o.beta1, o.beta2 = group["betas"]
        name = "torch" if group.get("variant") == "torch" else "formula"
        name = name if group.get("bias_correction", True) else "printed"
        o.form = self.forms.get(name)
        return o

    def _check_finite(self, p: Value, x: float, what: str, o: Any) -> None:
        if not math.isfinite(x):
            name = p.label or f"parameter {self.parameters.index(p)}"
            cure = "find_nonfinite(loss) names the node where it began"
            if o is not None:
                cure = self._cure(p, o)
            elif self.steps:
                cure += "; if the steps before led there, take a smaller lr"
            raise NonFiniteGradientError(f"the {what} of {name} is {x}; nothing was moved. {cure}")

    def _cure(self, p: Value, o: Any) -> str:
        """The option that would make the step finite, each tried out."""
        if not math.isfinite(p.data):
            return f"It is {p.data} before the step: give it a number"
        for option, x, advice in _CURES:
            if option in vars(o):
                s = SimpleNamespace(**vars(self._state[p]))
                theta = self._next(p, s, SimpleNamespace(**{**vars(o), option: x}))
                if all(map(math.isfinite, (theta, *vars(s).values()))):
                    return advice.format(vars(o)[option])
        return f"Its gradient, {p.grad:.3g}, is too large to be squared or added up: scale the loss"

    def state_dict(self) -> dict[str, Any]:
        """What the rule remembers, in plain numbers: steps, and the state of each parameter."""
        return {"steps": self.steps, "state": [dict(vars(self._state[p])) for p in self.parameters]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up where ``state_dict`` was made.

        Raises:
            ValueError: it was made for another rule or number of parameters; nothing changes.
        """
        states = [SimpleNamespace(**s) for s in state["state"]]
        if [vars(s).keys() for s in states] != [self.start.keys() for _ in self.parameters]:
            raise ValueError(f"this state does not fit {self!r}")
        for s in states:
            vars(s).update({name: to_float(x) for name, x in vars(s).items()})
        steps, loaded = int(state["steps"]), dict(zip(self.parameters, states, strict=True))
        vars(self).update(_state=loaded, steps=steps)  # one call: no Ctrl-C comes between

    def __repr__(self) -> str:
        options = {k: v for k, v in self.groups[0].items() if k != "params"}
        shown = ", ".join(f"{k}={v!r}" for k, v in options.items())
        return f"{type(self).__name__}({len(self.parameters)} parameters, {shown})"


def away(parameters: Sequence[Value], run: Callable[[], Any]) -> Any:
    """What ``run`` returns, which may move the parameters: they are back when it ends or raises."""
    before = [p.data for p in parameters]

    def back() -> None:
        for p, theta in zip(parameters, before, strict=True):
            p.data = theta

    try:
        result = run()
        back()
    except BaseException:  # a Ctrl-C on the way back, too
        back()
        raise
    return result


_RANGES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "lr": (lambda x: callable(x) or x > 0, "a positive number or a schedule"),
    "momentum": (lambda x: 0 <= x < 1, "a number from 0 to below 1"),
    "rho": (lambda x: 0 <= x < 1, "a number from 0 to below 1"),
    "betas": (lambda x: len(x) == 2 and all(0 <= b < 1 for b in x), "two numbers below 1"),
    "eps": (lambda x: x >= 0, "a number ≥ 0"),
    "weight_decay": (lambda x: x >= 0, "a number ≥ 0"),
    "damping": (lambda x: x == "auto" or x >= 0, "a number ≥ 0, or 'auto'"),
    "variant": (lambda x: x in ("notes", "torch"), "'notes' or 'torch'"),
}


_CURES = (  # options, what to try in their places, and what to say if that helps
    ("eps", 1e-8, "eps = {!r} is too small here: take a larger one, such as 1e-8"),
    ("weight_decay", 0.0, "weight_decay = {!r} is too large here: take a smaller one"),
    ("lr", 1e-300, "lr = {!r} is too large here: take a smaller one"),
)


def _check_options(options: Mapping[str, Any]) -> None:
    for name, x in options.items():
        if name == "params":
            continue
        fits, what = _RANGES.get(name, (lambda x: True, "a finite number"))
        try:
            fine = fits(x) and (not hasattr(x, "__float__") or math.isfinite(x))
        except TypeError:
            raise TypeError(f"{name} = {x!r}: it is {what}") from None
        if not fine:
            raise ValueError(f"{name} = {x!r}: it is {what}")

"""Checks, optimizers, formulas and drawings."""

from __future__ import annotations

import math
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np

from autograd_lite import Value, define, minimize
from autograd_lite.draw import to_dot, to_svg
from autograd_lite.expr import written
from autograd_lite.fitting import METHODS
from autograd_lite.ops import OPS
from autograd_lite.testing import Verdict, check_grad
from autograd_lite.value import order
from tests.conftest import definitions_kept
from tests.draw.test_draw import LABELS, boxes, groups
from tests.test_ops import NAMES, TABLE, mp, python

from .graphs import UNIT, Graph, drawn
from .harness import Find, Undecided

# ---- check_grad ---------------------------------------------------------------------------------

MUTATIONS = {
    "a sign": lambda g: -g,
    "a factor 2": lambda g: 2 * g,
    "a factor 1.01": lambda g: 1.01 * g,
    "a term": lambda g: g + 0.5,
    "nothing but 0": lambda g: 0.0 * g,
}


def forward(graph: Graph, x: tuple[float, ...], towards: int) -> float:
    """One slope by the table's rules on floats, forward."""
    made = [*map(float, x), *graph.numbers]
    slopes = [float(i == towards) for i in range(len(made))]
    for row, places in graph.steps:
        op, at = OPS[row.name], (*(made[i] for i in places), *row.n)
        made.append(op(*at))
        local = op.local(at, made[-1])
        slopes.append(sum(s * slopes[i] for s, i in zip(local, places, strict=True)))
    return slopes[-1]


def checks(rng: random.Random) -> Find | None:
    """A right gradient is not refused; a mutated one is not accepted."""
    graph = drawn(rng, most=5, size=1e3)

    def f(u: Any, v: Any, w: Any) -> Any:
        return graph(*(x if isinstance(x, Value) else Value(x) for x in (u, v, w)))

    def slope(i: int) -> Any:
        return lambda u, v, w: forward(graph, (u, v, w), i)

    at = dict(zip("uvw", graph.leaves, strict=True))
    right = {name: slope(i) for i, name in enumerate("uvw")}
    slopes = {name: g(**at) for name, g in right.items()}
    if not all(map(math.isfinite, slopes.values())):
        raise Undecided("no finite slope")
    report = check_grad(f, right, at=at, seed=0)
    if report.verdict is Verdict.WRONG:
        return Find(f"check_grad, the right gradient of {graph}", "RIGHT", report)
    kind = rng.choice(list(MUTATIONS))
    seen = [k for k, g in slopes.items() if abs(MUTATIONS[kind](g) - g) > 1e-3 * abs(g)]
    if not seen:
        raise Undecided("the mutation changes nothing")
    which = rng.choice(seen)
    wrong = right | {which: lambda u, v, w: MUTATIONS[kind](right[which](u, v, w))}
    report = check_grad(f, wrong, at=at, seed=0)
    if report.ok and report.verdict is not Verdict.UNTESTED:
        return Find(f"check_grad, ∂/∂{which} with {kind} of {graph}", "WRONG", report.verdict)
    return None


# ---- optimizers: the formulas in 50 digits ------------------------------------------------------


def moved(name: str, torch: bool, theta: Any, gs: list[Any], o: dict[str, Any]) -> Any:
    """θ after one step for each gradient, written from the papers' formulas."""
    lr, decay = o["lr"], o.get("weight_decay", 0)
    eps = o.get("eps", 0)
    v = G = E = D = m = mp.mpf(0)
    for t, g in enumerate(gs, 1):
        g = g + decay * theta
        if name == "gradientdescent":
            step = lr * g
        elif name in ("momentum", "nesterov"):
            v = o["momentum"] * v + (g if torch else lr * g)
            step = lr * v if torch else v
            if name == "nesterov" and torch:
                step = lr * (g + o["momentum"] * v)
        elif name == "adagrad":
            G += g * g
            step = lr * g / ((mp.sqrt(G) + eps) if torch else mp.sqrt(G + eps))
        elif name == "rmsprop":
            E = o["rho"] * E + (1 - o["rho"]) * g**2
            step = lr * g / ((mp.sqrt(E) + eps) if torch else mp.sqrt(E + eps))
        elif name == "adadelta":
            E = o["rho"] * E + (1 - o["rho"]) * g**2
            delta = mp.sqrt((D + eps) / (E + eps)) * g
            D = o["rho"] * D + (1 - o["rho"]) * delta**2
            step = lr * delta
        else:
            b1, b2 = o["betas"]
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            step = lr * (m / (1 - b1**t)) / (mp.sqrt(v / (1 - b2**t)) + eps)
        theta -= step
    return theta


def optimizers(rng: random.Random) -> Find | None:
    return one_rule(rng) if rng.random() < 0.6 else minimum(rng)


def one_rule(rng: random.Random) -> Find | None:
    """A few steps of a rule on one parameter; no gradient changes sign, so that nothing cancels."""
    name = rng.choice(
        ["gradientdescent", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam"]
    )
    torch = rng.random() < 0.5
    beta = lambda: rng.choice([0.0, 0.5, 0.9, 0.99, 0.999, rng.random()])  # noqa: E731
    options: dict[str, Any] = {"lr": 10 ** rng.uniform(-5, 0)}
    options["weight_decay"] = rng.choice([0.0, 0.01, 0.3])
    if name in ("momentum", "nesterov"):
        options["momentum"] = beta()
    if name in ("rmsprop", "adadelta"):
        options["rho"] = beta()
    if name == "adam":
        options["betas"] = (beta(), beta())
    if name in ("adagrad", "rmsprop", "adadelta", "adam"):
        options["eps"] = 10 ** rng.uniform(-12, -2)
    side, theta = rng.choice([-1, 1]), 10 ** rng.uniform(-3, 3)
    gs = [side * 10 ** rng.uniform(-6, 4) for _ in range(rng.randint(1, 4))]
    p = Value(side * theta)
    form = {"variant": "torch"} if torch and METHODS[name].torch else {}
    rule = METHODS[name]([p], **options, **form)
    size = abs(p.data)
    for g in gs:

        def closure(g: float = g) -> Value:
            p.grad = g
            return p

        before = p.data
        rule.step(closure)
        size += abs(p.data) + abs(p.data - before)
    exactly = {
        k: tuple(map(mp.mpf, v)) if isinstance(v, tuple) else mp.mpf(v) for k, v in options.items()
    }
    want = moved(name, torch, mp.mpf(side * theta), [mp.mpf(g) for g in gs], exactly)
    # 1 − βᵗ loses as many digits as 1 / (1 − β) has; decay·θ follows θ, which may cross 0.
    edge = max([1 / (1 - b) for b in options.get("betas", ())], default=1.0)
    bound = 40 * UNIT * len(gs) * edge * size
    if abs(p.data - want) <= bound:
        return None
    case = f"{name}, {'torch' if torch else 'notes'}, θ = {side * theta!r}, g = {gs}, {options}"
    return Find(case, f"{mp.nstr(want, 20)} ± {bound:.2g}", p.data)


def minimum(rng: random.Random) -> Find | None:
    """What ``minimize`` says of a quadratic is so."""
    n = rng.randint(1, 3)
    scale = [10 ** rng.uniform(-1, 1) for _ in range(n)]
    centre = [round(rng.uniform(-3, 3), 2) for _ in range(n)]
    start = [round(rng.uniform(-5, 5), 2) for _ in range(n)]
    method, most = rng.choice(list(METHODS)), rng.choice([0, 3, 100])
    options: dict[str, Any] = (
        {} if method in ("newton", "bfgs") else {"lr": 10 ** rng.uniform(-3, 0)}
    )
    backend = rng.choice([None, None, "python"])

    def f(*x: Any) -> Any:
        return sum(a * (v - c) ** 2 for a, v, c in zip(scale, x, centre, strict=True))

    found = minimize(f, start, method=method, max_steps=most, backend=backend, **options)
    told = f"minimize {scale}, {centre} from {start}, {method} {options}, {most} steps, {backend}"
    slopes = [2 * a * (v - c) for a, v, c in zip(scale, found.x, centre, strict=True)]
    value = f(*map(float, found.x))
    near = [abs(g) <= 1e-8 * (1 + 1e-9) + 1e-14 * a for g, a in zip(slopes, scale, strict=True)]
    claims = {
        "success is converged": found.success == (found.stopped == "converged"),
        "converged where the slopes are small": not found.success or all(near),
        "the step limit is none sooner": found.stopped != "step limit" or found.nit == most,
        "not all slopes small at the step limit": found.stopped != "step limit"
        or not all(
            abs(g) <= 1e-8 * (1 - 1e-9) - 1e-14 * a for g, a in zip(slopes, scale, strict=True)
        ),
        "fun is f(x)": found.fun == value or math.isclose(found.fun, value, rel_tol=1e-12),
        "jac is the gradient": np.allclose(found.jac, slopes, rtol=1e-12, atol=1e-12),
        "the path starts at x0": found.path[0].tolist() == start,
        "a row for each iterate": len(found.path) == found.nit + 1,
        "the path ends at x": found.stopped == "diverged" or (found.path[-1] == found.x).all(),
    }
    broken = [claim for claim, holds in claims.items() if not holds]
    return Find(told, broken[0], found) if broken else None


# ---- formulas -----------------------------------------------------------------------------------

UNARY = {row.name: row for row in TABLE if not row.n and OPS[row.name].arity == 1}


def text(rng: random.Random, depth: int) -> str:
    """A formula in a and b, fully bracketed."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(["a", "b", "2", "3", "0.5", "pi"])
    inner = [text(rng, depth - 1) for _ in range(2)]
    forms = ["({} + {})", "({} - {})", "({} * {})", "({} / {})", "(-{})", "({} ** 2)"]
    forms += ["hypot({}, {})", "(a if {} < {} else b)", "({} if a >= 0 and b != 0 else {})"]
    forms += [f"{name}({{}})" for name in UNARY if name != "floor"]
    return rng.choice(forms).format(*inner)


def formulas(rng: random.Random) -> Find | None:
    return printed(rng) if rng.random() < 0.6 else defined(rng)


def printed(rng: random.Random) -> Find | None:
    """A formula as it is printed gives the number that it gives."""
    source = text(rng, rng.randint(1, 4))
    paper = written(source, rows=OPS)
    if re.search(r"\|[^|]*\|[^|]*\|", paper):
        raise Undecided("absolute values may be read in two ways")
    at = {"a": mp.mpf(round(rng.uniform(-3, 3), 2)), "b": mp.mpf(round(rng.uniform(-3, 3), 2))}
    try:
        want = exactly(source, at)
    except (ArithmeticError, ValueError, TypeError):
        raise Undecided("outside the domain") from None
    if isinstance(want, mp.mpc) or not mp.isfinite(want) or abs(want) > 1e20:
        raise Undecided("no real number")
    got = exactly(python(paper), at)
    size = max(1, abs(want))
    if abs(want - got) <= 1e-25 * size:
        return None
    for other in (mp.pi * (1 - mp.mpf("1e-40")), mp.pi * (1 + mp.mpf("1e-40"))):
        if abs(exactly(source, {**at, "pi": other}) - want) > 1e-25 * size:
            raise Undecided("on a jump, as step(tan(π))")
    return Find(f"{source} printed as {paper} at {at}", want, got)


def exactly(source: str, at: dict[str, Any]) -> Any:
    """A text's number in 50 digits, its own numbers included."""
    names = NAMES | {name: bounded(NAMES[name]) for name in (*UNARY, "sigma")}
    return eval(re.sub(r"(?<![\w.])\d+(\.\d+)?", r"mpf('\g<0>')", source), names | at)


def bounded(f: Any) -> Any:
    """``f`` where mpmath has an end: exp(exp(100)) it would compute to 10⁴³ digits."""

    def found(*x: Any) -> Any:
        if any(abs(v) > 1e6 for v in x):
            raise OverflowError("out of bounds")
        return f(*x)

    return found


def defined(rng: random.Random) -> Find | None:
    """A row composed of two others, with the chain rule as its derivative: as the two, nested."""
    outer, inner = (OPS[rng.choice(list(UNARY))] for _ in range(2))
    x = round(rng.uniform(-3, 3), 2)
    y = f"{inner.name}(a)"
    within = put(outer.derivatives[0], {"a": y, "y": "y"})
    below = put(inner.derivatives[0], {"a": "a", "y": y})
    with definitions_kept():
        row = define("fuzzed", f"{outer.name}({y})", da=f"({within}) * ({below})")
        leaf, other = Value(x), Value(x)
        try:
            nested = getattr(getattr(leaf, inner.name)(), outer.name)()
        except ValueError:
            raise Undecided("outside the domain") from None
        one = row(other)
        nested.backward()
        one.backward()
        bound = 1e-12 * abs(leaf.grad)
        same = one.data == nested.data or (math.isnan(one.data) and math.isnan(nested.data))
        case = f"define {outer.name}({y}), da = ({within}) * ({below}), at {x}"
        if not same:
            return Find(case, nested.data, one.data)
        if not math.isfinite(leaf.grad):
            raise Undecided("no finite slope")
        if math.isnan(outer.local((inner(x),), one.data)[0] * inner.local((x,), inner(x))[0]):
            raise Undecided("0 · ∞ is 0 for the chain rule, NaN in a row's text")
        return None if abs(other.grad - leaf.grad) <= bound else Find(case, leaf.grad, other.grad)


def put(source: str, names: dict[str, str]) -> str:
    """The formula with other texts in the place of names."""
    return re.sub(r"\b(a|y)\b", lambda found: f"({names[found[0]]})", source)


# ---- drawings -----------------------------------------------------------------------------------


def drawings(rng: random.Random) -> Find | None:
    """SVG is XML, draws every Value once, at numbers; Graphviz reads what is written for it."""
    graph = drawn(rng, most=25)
    leaves = [Value(x) for x in graph.leaves]
    y = graph(*leaves)
    nodes = order(y)
    for v in nodes:
        if rng.random() < 0.4:
            v.label = rng.choice(LABELS)
    if rng.random() < 0.5:
        y.backward()
    look: dict[str, Any] = {"rankdir": rng.choice(["LR", "TB", "RL", "BT"])}
    look |= {k: True for k in ("local_derivatives",) if rng.random() < 0.5}
    told = f"{look}, labels {[v.label for v in nodes]} of {graph}"
    svg = to_svg(y, engine="builtin", **look)
    drawn_boxes, arrows = boxes(svg), groups(svg, "edge")
    if len(drawn_boxes) != len(nodes):
        return Find(f"boxes, {told}", len(nodes), len(drawn_boxes))
    if len(arrows) != sum(len(v.operands) for v in nodes):
        return Find(f"arrows, {told}", sum(len(v.operands) for v in nodes), len(arrows))
    for element in ET.fromstring(svg).iter():
        for key in ("x", "y", "width", "height", "d", "points", "viewBox", "transform"):
            if re.search(r"nan|inf|[0-9]e", element.get(key, "")):
                return Find(f"{key}, {told}", "numbers", element.get(key))
    if shutil.which("dot"):
        source = to_dot(y, **look).encode("utf-8", "replace")
        done = subprocess.run(["dot", "-Tcanon"], input=source, capture_output=True, timeout=60)
        if done.returncode or done.stderr:
            return Find(f"dot, {told}", "no complaint", done.stderr.decode(errors="replace"))
    return None

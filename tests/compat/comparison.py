"""What this engine and others do with the same few questions, as a Markdown table.

Run: python -m tests.compat.comparison  (engines that are not installed are left out)
"""

import importlib
import importlib.metadata
import sys


class MissingError(Exception):
    """The engine has nothing for this question."""


def counted(last, before):
    """How many nodes lead to the last one."""
    seen, waiting = {}, [last]
    while waiting:
        v = waiting.pop()
        if id(v) not in seen:
            seen[id(v)] = v  # kept, so that its id stays its own
            waiting += before(v)
    return len(seen)


class Ours:
    """This library."""

    package = "autograd_lite"

    def __init__(self):
        import autograd_lite

        self.module = autograd_lite

    def leaf(self, x):
        return self.module.Value(x)

    def exp(self, v):
        return v.exp()

    def log(self, v):
        return v.log()

    def grad(self, y, x):
        y.backward()
        return x.grad

    def second(self, f, x):
        return self.module.derivative(f, 2)(x)

    def nodes(self, y):
        return counted(y, lambda v: v._prev)

    def number(self, y):
        return y.data

    def explained(self, y):
        return len(list(self.module.backward_steps(y)))


class Micrograd(Ours):
    """micrograd 0.1.0."""

    package = "micrograd"

    def __init__(self):
        self.module = importlib.import_module("micrograd.engine")

    def second(self, f, x):
        raise MissingError("no: a gradient is a plain number")

    def explained(self, y):
        raise MissingError("no")


class Torch:
    """PyTorch, scalars as 0-d tensors."""

    package = "torch"

    def __init__(self):
        self.module = importlib.import_module("torch")

    def leaf(self, x):
        return self.module.tensor(float(x), dtype=self.module.float64, requires_grad=True)

    def exp(self, v):
        return v.exp()

    def log(self, v):
        return v.log()

    def grad(self, y, x):
        y.backward()
        return float(x.grad)

    def second(self, f, x):
        v = self.leaf(x)
        (slope,) = self.module.autograd.grad(f(v), v, create_graph=True)
        return float(self.module.autograd.grad(slope, v)[0])

    def nodes(self, y):
        return counted(y.grad_fn, lambda v: [before for before, _ in v.next_functions if before])

    def number(self, y):
        return float(y)

    def explained(self, y):
        raise MissingError("no")


class Autograd:
    """HIPS autograd: functions of floats and arrays."""

    package = "autograd"

    def __init__(self):
        self.module = importlib.import_module("autograd")
        self.numpy = importlib.import_module("autograd.numpy")

    def exp(self, v):
        return self.numpy.exp(v)

    def log(self, v):
        return self.numpy.log(v)

    def of(self, f, x):
        return float(self.module.grad(f)(x))

    def second(self, f, x):
        return float(self.module.grad(self.module.grad(f))(x))

    def nodes(self, y):
        raise MissingError("no graph of Values")

    def value(self, f, x):
        return float(f(x))

    def explained(self, y):
        raise MissingError("no")


class Jax(Autograd):
    """JAX, in 64 bits."""

    package = "jax"

    def __init__(self):
        self.module = importlib.import_module("jax")
        self.module.config.update("jax_enable_x64", True)
        self.numpy = importlib.import_module("jax.numpy")


def derivative(engine, f, x):
    if hasattr(engine, "of"):
        return engine.of(f, x)
    leaf = engine.leaf(x)
    return engine.grad(f(leaf), leaf)


def value(engine, f, x):
    return engine.value(f, x) if hasattr(engine, "value") else engine.number(f(engine.leaf(x)))


def graph(engine, f, x):
    if not hasattr(engine, "leaf"):
        raise MissingError("no graph of Values")
    return f(engine.leaf(x))


def chain(v):
    for _ in range(20_000):
        v = v + 1.0
    return v


QUESTIONS = [  # what is asked, how
    ("d/dx x·exp(x) at 1", lambda e: f"{derivative(e, lambda x: x * e.exp(x), 1.0):.6f}"),
    ("d²/dx² x³ at 2", lambda e: f"{e.second(lambda x: x * x * x, 2.0):g}"),
    ("d/dx of a chain of 20,000 additions", lambda e: f"{derivative(e, chain, 1.0):g}"),
    ("nodes of (x − 1) / x", lambda e: f"{e.nodes(graph(e, lambda x: (x - 1.0) / x, 2.0))}"),
    ("log(0)", lambda e: f"{value(e, e.log, 0.0):g}"),
    ("d/dx √(x²) at 0, as (x·x)^½", lambda e: f"{derivative(e, lambda x: (x * x) ** 0.5, 0.0):g}"),
    ("d/dx exp(x) at 1000", lambda e: f"{derivative(e, e.exp, 1000.0):g}"),
    (
        "steps of backward for x·x + x",
        lambda e: f"{e.explained(graph(e, lambda x: x * x + x, 3.0))}",
    ),
]


def answer(engine, question):
    """What came of a question, in a few words."""
    try:
        found = question(engine)
    except MissingError as missing:
        return str(missing)
    except AttributeError as error:
        return f"no: {error}"
    except RecursionError:
        return "RecursionError"
    except Exception as error:
        return f"{type(error).__name__}: {str(error).split(';')[0]}"[:60]
    return found.replace("-", "−").replace("inf", "∞")


def table():
    """The answers, a row for each question and a column for each engine that is installed."""
    engines = []
    for kind in (Ours, Micrograd, Autograd, Torch, Jax):
        try:
            engines.append(kind())
        except ImportError:
            print(f"{kind.package} is not installed", file=sys.stderr)
    versions = [f"{e.package} {importlib.metadata.version(e.package)}" for e in engines]
    lines = ["| | " + " | ".join(versions) + " |", "|---" * (len(engines) + 1) + "|"]
    for text, question in QUESTIONS:
        answers = [answer(e, question).replace("|", "\\|") for e in engines]
        lines.append(f"| {text} | " + " | ".join(answers) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())

"""How far ``check_grad`` can be trusted, over the corpus: ``python -m tests.bench.testing``.

Every gradient of the corpus is checked at drawn points.  An explanation counts as right if it, or
another wording of it, says what was done; one of a mistake that nobody could name counts as false.
Beside it, where they are installed: the checkers of PyTorch, JAX and SciPy with their defaults, at
one drawn point and at eight; how many of the wrong gradients each accepts, and how many right ones
it refuses.
"""

import importlib
import re
import statistics
import time

import numpy as np

from autograd_lite.testing import Verdict, grad_points
from tests.testing.corpus import ACCEPTED, judged
from tests.testing.mistakes import CASES

SMALL = 10  # numbers in a gradient
POINTS = 8


def size(case):
    """How many numbers the gradient has."""
    return sum(int(np.prod(case.shapes.get(n, ()))) for n in case.wrt)


def explained_rightly(case, report):
    """Whether the first explanation, in one of its wordings, says what was done."""
    first = report.explanations[:1]
    said = [words for e in first for words in (e.text, *e.also)]
    return any(re.search(p, words, re.IGNORECASE) for p in case.explained_by for words in said)


def ours(cases, seed=0):
    """(case, report, seconds of the processor) of every check."""
    found = []
    for case in cases:
        start = time.process_time()
        report = judged(case, seed)
        found.append((case, report, time.process_time() - start))
    return found


def accuracy(found):
    """The rows of the table: (what, how many, of how many)."""
    right = [(c, r) for c, r, _ in found if c.right]
    wrong = [(c, r) for c, r, _ in found if not c.right]
    named = [(c, r) for c, r in wrong if c.explained_by]
    silent = [(c, r) for c, r in wrong if not c.explained_by]
    told = [(c, r) for c, r in named if r.explanations]
    loud = [(c, r) for c, r in silent if r.explanations]
    false = [(c, r) for c, r in told if not explained_rightly(c, r)] + loud
    exact = [r for c, r in wrong if {w.split("[")[0] for w in r.wrong} == set(c.wrong)]
    return [
        ("right gradients accepted", sum(r.verdict in ACCEPTED for _, r in right), len(right)),
        ("wrong gradients found", sum(r.verdict is Verdict.WRONG for _, r in wrong), len(wrong)),
        ("of these, with just the wrong parameters", len(exact), len(wrong)),
        ("first explanation right", sum(explained_rightly(c, r) for c, r in told), len(named)),
        ("silence where no mistake has a name", len(silent) - len(loud), len(silent)),
        ("false explanations", len(false), len(wrong)),
    ]


def times(found):
    """(what, median ms, worst ms, how many) of the checks."""
    right = [(c, 1e3 * t) for c, _, t in found if c.right]
    wrong = [1e3 * t for c, _, t in found if not c.right]
    small = [t for c, t in right if size(c) <= SMALL]
    rows = [
        (f"a right gradient of {SMALL} numbers or fewer", small),
        ("a right gradient", [t for _, t in right]),
        ("a wrong gradient, with its explanation", wrong),
    ]
    return [(what, statistics.median(t), max(t), len(t)) for what, t in rows]


# ---- peers --------------------------------------------------------------------------------------


class Flat:
    """A case as a function of one vector, at one point."""

    def __init__(self, case, point):
        self.case, self.point = case, point
        self.x = np.concatenate([np.ravel(self.point[n]) for n in case.wrt])

    def at(self, x):
        """The arguments of f."""
        point, k = dict(self.point), 0
        for name in self.case.wrt:
            shape = np.shape(point[name])
            n = int(np.prod(shape))
            part = np.array(x[k : k + n], dtype=float).reshape(shape)
            point[name], k = (part if shape else float(part)), k + n
        return point

    def f(self, x):
        """The value."""
        return float(self.case.f(**self.at(x)))

    def df(self, x):
        """The gradient by hand."""
        found = self.case.df(**self.at(x))
        found = found if isinstance(found, dict) else {self.case.wrt[0]: found}
        return np.concatenate([np.ravel(np.asarray(found[n], float)) for n in self.case.wrt])


def by_scipy(flat):
    """``check_grad`` returns the norm of the error; 1e-6 is what its documentation compares to."""
    optimize = importlib.import_module("scipy.optimize")
    return optimize.check_grad(flat.f, flat.df, flat.x) < 1e-6


def by_torch(flat):
    """``gradcheck`` of a Function whose backward is the gradient by hand."""
    torch = importlib.import_module("torch")

    class ByHand(torch.autograd.Function):
        @staticmethod
        def forward(context, x):
            context.save_for_backward(x)
            return torch.tensor(flat.f(x.detach().numpy()), dtype=torch.float64)

        @staticmethod
        def backward(context, g):
            (x,) = context.saved_tensors
            return g * torch.tensor(flat.df(x.detach().numpy()))

    x = torch.tensor(flat.x, dtype=torch.float64, requires_grad=True)
    return torch.autograd.gradcheck(ByHand.apply, (x,), raise_exception=False)


def by_jax(flat):
    """``check_grads`` of a function with a custom derivative, in double precision."""
    jax = importlib.import_module("jax")
    check = importlib.import_module("jax.test_util").check_grads
    jax.config.update("jax_enable_x64", True)
    number = jax.ShapeDtypeStruct((), np.float64)
    vector = jax.ShapeDtypeStruct(flat.x.shape, np.float64)

    @jax.custom_vjp
    def f(x):
        return jax.pure_callback(lambda x: np.float64(flat.f(np.asarray(x))), number, x)

    def backward(x, g):
        return (g * jax.pure_callback(lambda x: flat.df(np.asarray(x)), vector, x),)

    f.defvjp(lambda x: (f(x), x), backward)
    try:
        check(f, (flat.x,), order=1, modes=("rev",))
    except AssertionError:
        return False
    finally:
        jax.clear_caches()
    return True


PEERS = {
    "torch.autograd.gradcheck": ("torch", by_torch),
    "jax.test_util.check_grads": ("jax", by_jax),
    "scipy.optimize.check_grad < 1e-6": ("scipy", by_scipy),
}


def verdicts(check, cases):
    """(wrong gradients accepted at one point, at eight, right ones refused at eight)."""
    once = always = refused = 0
    for case in cases:
        points = grad_points(case.f, POINTS, domain=case.domain, shapes=case.shapes)
        passes = (bool(check(Flat(case, point))) for point in points)
        first = next(passes)
        ever = first and all(passes)
        once += first and not case.right
        always += ever and not case.right
        refused += not ever and case.right
    return once, always, refused


def main():
    """Print the tables, as Markdown."""
    found = ours(CASES)
    functions = len({case.function for case in CASES})
    print(f"| {len(CASES)} gradients of {functions} functions | | of |\n|---|---:|---:|")
    for what, n, of in accuracy(found):
        print(f"| {what} | {n} | {of} |")
    print("\n| processor time of a check | median | worst | checks |\n|---|---:|---:|---:|")
    for what, median, worst, n in times(found):
        print(f"| {what} | {median:.0f} ms | {worst:.0f} ms | {n} |")
    wrong = sum(not case.right for case in CASES)
    rows = {what: n for what, n, _ in accuracy(found)}
    right = len(CASES) - wrong
    head = (
        f"wrong accepted, of {wrong}, at 1 point | at {POINTS} points | right refused, of {right}"
    )
    print(f"\n| checker | {head} |\n|---|---:|---:|---:|")
    missed, refused = (
        wrong - rows["wrong gradients found"],
        right - rows["right gradients accepted"],
    )
    print(f"| `check_grad` | | {missed} | {refused} |")
    lacking = []
    for title, (module, check) in PEERS.items():
        try:
            importlib.import_module(module)
        except ImportError:
            lacking.append(title)
            continue
        once, always, refused = verdicts(check, CASES)
        print(f"| `{title}` | {once} | {always} | {refused} |", flush=True)
    for title in lacking:
        print(f"\n{title}: not installed")


if __name__ == "__main__":
    main()

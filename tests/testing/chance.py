"""How often chance is given as a reason: ``python -m tests.testing.chance 1000``.

Gradients of the corpus' functions are made wrong at random, in ways that have no name: by a factor
of no meaning, a power, a wave, a mixture.  Every explanation of one is printed: it is there by
chance.
"""

import random
import sys
import zlib

import numpy as np

from autograd_lite.testing import Verdict, check_grad
from tests.testing.mistakes import CASES

RIGHT = [case for case in CASES if case.right]


def factor(rng):
    """A number without a name."""
    return rng.choice((-1, 1)) * rng.uniform(0.3, 3.0)


def wave(rng, point):
    """A smooth function of the arguments, without a name."""
    numbers = np.concatenate([np.ravel(np.asarray(x, dtype=float)) for x in point.values()])
    weights = np.array([rng.uniform(-1, 1) for _ in numbers])
    return np.sin(weights @ numbers + rng.uniform(-2, 2))


def one_of(rng, g):
    """A mask that is 1 at one element."""
    mask = np.zeros(np.size(g))
    mask[rng.randrange(np.size(g))] = 1.0
    return mask.reshape(np.shape(g))


def each(rng, g):
    """A number for each element."""
    return np.array([factor(rng) for _ in range(np.size(g))]).reshape(np.shape(g))


KINDS = {  # (rng, gradient of one parameter, point, gradients of all) -> a wrong one
    "constant": lambda rng, g, point, all_: factor(rng) * g,
    "power": lambda rng, g, point, all_: np.sign(g) * np.abs(g) ** rng.uniform(0.5, 1.6),
    "added constant": lambda rng, g, point, all_: g + factor(rng),
    "added wave": lambda rng, g, point, all_: g + factor(rng) * wave(rng, point),
    "wave": lambda rng, g, point, all_: g * (1 + factor(rng) * wave(rng, point)),
    "only a wave": lambda rng, g, point, all_: g * 0 + wave(rng, point) * each(rng, g),
    "each its own": lambda rng, g, point, all_: g * each(rng, g),
    "one element": lambda rng, g, point, all_: g * (1 + factor(rng) * one_of(rng, g)),
    "added to one": lambda rng, g, point, all_: g + wave(rng, point) * one_of(rng, g),
    "mixed": lambda rng, g, point, all_: factor(rng) * g + sum(
        factor(rng) * np.mean(x) for x in all_.values()
    ),
    "bent": lambda rng, g, point, all_: np.sin(factor(rng) * g) + factor(rng) * g,
    "shared": lambda rng, g, point, all_: g + factor(rng) * np.mean(g) ** 2,
}  # fmt: skip


def wrong(case, kind, seed):
    """A gradient of the case made wrong; the same numbers at the same point."""

    def df(**point):
        found = case.df(**{k: np.copy(x) if np.ndim(x) else x for k, x in point.items()})
        found = found if isinstance(found, dict) else {case.wrt[0]: found}
        found = {n: np.asarray(x, dtype=float) for n, x in found.items()}
        rng = random.Random(seed)
        some = [n for n in found if rng.random() < 0.6] or [rng.choice([*found])]
        return found | {n: KINDS[kind](rng, found[n], point, found) for n in some}

    return df


def explained(count, seed=0):
    """(how many were wrong, what was said of which) of so many random wrong gradients."""
    tried, said = 0, []
    for k in range(count):
        rng = random.Random(zlib.crc32(f"{seed} {k}".encode()))
        case, kind = rng.choice(RIGHT), rng.choice([*KINDS])
        df = wrong(case, kind, f"{seed} {k}")
        options = {"wrt": list(case.wrt), "domain": case.domain, "shapes": case.shapes}
        report = check_grad(case.f, df, seed=k, **options)
        if report.verdict is Verdict.WRONG:
            tried += 1
            said += [(case.function, kind, e.parameters, e.text) for e in report.explanations]
    return tried, said


def main():
    """Print the explanations, and how many there are."""
    tried, said = explained(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    for row in said:
        print(*row, sep=" | ")
    print(f"{len(said)} explanations of {tried} wrong gradients that have none")


if __name__ == "__main__":
    main()

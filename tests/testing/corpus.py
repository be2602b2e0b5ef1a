"""The corpus over many seeds: ``python -m tests.testing.corpus 40``.

``make test`` judges every second of the right ones and every sixth of the wrong ones, at one seed;
this all of them, at as many as you like, and exits with 1 if a verdict is wrong.
"""

import re
import sys
import time
from collections import Counter

from autograd_lite.testing import Verdict, check_grad
from tests.testing.mistakes import CASES, UNTRACED, cases

ACCEPTED = (Verdict.RIGHT, Verdict.UNTESTED)


def options(case):
    """How a case is checked."""
    tolerance = {"rel": case.rel, "abs": case.abs}
    return {"wrt": list(case.wrt), "domain": case.domain, "shapes": case.shapes, **tolerance}


def judged(case, seed):
    """The report of a case."""
    return check_grad(case.f, case.df, seed=seed, **options(case))


def is_right(case, report):
    """Whether the verdict is what it has to be, of all parameters."""
    if case.right:
        return report.verdict in ACCEPTED
    named = {w.split("[")[0] for w in report.wrong}
    return report.verdict is Verdict.WRONG and named == set(case.wrong)


def said(report):
    """All wordings of all explanations."""
    return [words for e in report.explanations for words in (e.text, *e.also)]


def is_named(case, report):
    """Whether an explanation is one of those that are true."""
    words = said(report)
    return any(re.search(p, w, re.IGNORECASE) for p in case.explained_by for w in words)


def main():
    """Print the figures, and each case that is misjudged or has an explanation of no pattern."""
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    figures, failed = Counter(), 0
    for seed in seeds:
        start = time.process_time()
        for case in CASES + cases(UNTRACED):
            report = judged(case, seed)
            ok = is_right(case, report)
            failed += not ok
            figures[
                ("right, accepted" if ok else "right, REFUSED")
                if case.right
                else ("wrong, found" if ok else "wrong, MISSED")
            ] += 1
            if case.right:
                continue
            figures["nameable"] += bool(case.explained_by)
            figures["named"] += is_named(case, report)
            false = bool(said(report)) and not is_named(case, report)
            figures["explained by no pattern"] += false
            if false or not ok:
                print(seed, case.function, case.name, report.headline, said(report), sep=" | ")
        print(f"seed {seed}: {time.process_time() - start:.0f} s", dict(figures), flush=True)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())

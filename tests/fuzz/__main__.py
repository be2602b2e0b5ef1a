"""``make fuzz``: cases that no one has seen before, for some minutes."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile

from .harness import Undecided, fuzz, ran
from .kinds import KINDS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, help="by default a new one for each run")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), metavar="NAME")
    parser.add_argument("--case", metavar="KIND:SEED", help="run one case again")
    o = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        os.environ["XDG_CACHE_HOME"] = cache  # what is compiled here is not needed again
        if o.case:
            kind, _, seed = o.case.partition(":")
            try:
                find = ran(KINDS[kind], seed)
            except Undecided as why:
                print(f"undecided: {why}")
                return 0
            print(find or "nothing found")
            return 1 if find else 0
        seed = random.SystemRandom().randrange(10**6) if o.seed is None else o.seed
        print(f"seed {seed}, {o.minutes:g} minutes: {', '.join(o.only)}", flush=True)
        kinds = {name: KINDS[name] for name in o.only}
        found = fuzz(kinds, 60 * o.minutes, seed, lambda text: print(text, flush=True))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

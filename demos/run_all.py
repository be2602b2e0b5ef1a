"""Run the demos one after another: a line for each, its output and pictures in demos/out/."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from show import OUT

OWN_TARGET = {"nist", "two_layer_network"}  # make nist; and make demo, before all others
NO_DEMO = {"show", "run_all", "gallery"}


def scripts():
    """All demos but those with a target of their own."""
    return sorted(p for p in OUT.parent.glob("*.py") if p.stem not in NO_DEMO | OWN_TARGET)


def run(script):
    """(seconds, exit status, output, errors) of one demo."""
    start = time.perf_counter()
    command = [sys.executable, "-X", "utf8", script.name]
    done = subprocess.run(command, cwd=script.parent, capture_output=True)
    texts = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
    return time.perf_counter() - start, done.returncode, *texts


def run_all(scripts):
    """Run them, a few at a time; how many failed."""
    OUT.mkdir(exist_ok=True)
    failures = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for script, (seconds, status, text, errors) in zip(
            scripts, pool.map(run, scripts), strict=True
        ):
            (OUT / f"{script.stem}.txt").write_text(text, encoding="utf-8")
            pictures = [
                line.split("/")[-1]
                for line in text.splitlines()
                if line.endswith((".svg", ".html"))
            ]
            question = script.read_text(encoding="utf-8").split('"""')[1].split("?")[0]
            how = "FAILED" if status else f"{seconds:4.1f} s"
            print(f"  {script.stem:18} {how:>6}  {question}?")
            print(
                f"  {'':26} → demos/out/{', '.join([f'{script.stem}.txt', *pictures])}", flush=True
            )
            if status:
                failures += 1
                print(errors)
    return failures


if __name__ == "__main__":
    sys.exit(min(run_all(scripts()), 1))

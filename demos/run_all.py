"""Run the demos one after another: a line for each, its output and pictures in demos/out/."""

import contextlib
import io
import multiprocessing
import os
import runpy
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor

from show import OUT

OWN_TARGET = {"nist", "two_layer_network"}  # make nist; and make demo, before all others
NO_DEMO = {"show", "run_all", "gallery"}


def scripts():
    """All demos but those with a target of their own."""
    return sorted(p for p in OUT.parent.glob("*.py") if p.stem not in NO_DEMO | OWN_TARGET)


def run(script):
    """(seconds, exit status, output with errors) of one demo, in this process."""
    start = time.perf_counter()
    sys.argv = [script.name]
    os.chdir(script.parent)
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    status = 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            runpy.run_path(str(script), run_name="__main__")
        except SystemExit as end:
            status = end.code
            if isinstance(status, str):
                print(status)
        except Exception:
            status = 1
            traceback.print_exc()
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    output.flush()
    return time.perf_counter() - start, status, output.buffer.getvalue().decode("utf-8")


def run_all(scripts):
    """Run them, a few at a time; how many failed."""
    OUT.mkdir(exist_ok=True)
    failures = 0
    # Fresh processes, each for many demos: most of a demo's time would go into importing.
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        for script, (seconds, status, text) in zip(scripts, pool.map(run, scripts), strict=True):
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
                print(text)
    return failures


if __name__ == "__main__":
    sys.exit(min(run_all(scripts()), 1))

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

from shared import OUT

FOLDERS = "calculus", "optimizers", "networks", "data", "jobs"
OWN_TARGET = {"nist", "two_layer_network"}  # make nist; and make demo, before all others


def scripts():
    """The demos of each folder, but those with a target of their own; and the list of errata."""
    left_out = OWN_TARGET | {"show"}
    found = [
        path
        for folder in FOLDERS
        for path in sorted((OUT.parent / folder).glob("*.py"))
        if path.stem not in left_out
    ]
    return [*found, OUT.parent / "errata.py"]


def run(script):
    """(seconds, exit status, output with errors) of one demo, in this process."""
    start = time.perf_counter()
    sys.argv = [script.name]
    sys.path[0] = str(script.parent)  # as Python itself does for a script
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
        folder = None
        for script, (seconds, status, text) in zip(scripts, pool.map(run, scripts), strict=True):
            if script.parent != folder:
                folder = script.parent
                print(f"\n{folder.relative_to(OUT.parent.parent).as_posix()}/")
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

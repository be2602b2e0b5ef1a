"""Run the demos one after another: a line for each, its output and pictures in demos/out/."""

import subprocess
import sys
import time

from show import OUT

OWN_TARGET = {"nist", "two_layer_network"}  # make nist; and make demo, before all others


def main():
    """Run them; the exit status says whether all went well."""
    OUT.mkdir(exist_ok=True)
    here, failed = OUT.parent, []
    scripts = sorted(p for p in here.glob("*.py") if p.stem not in OWN_TARGET | {"show", "run_all"})
    for script in scripts:
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-X", "utf8", script.name], cwd=here, capture_output=True
        )
        text = done.stdout.decode("utf-8")
        (OUT / f"{script.stem}.txt").write_text(text, encoding="utf-8")
        pictures = [line.split("/")[-1] for line in text.splitlines() if line.endswith(".svg")]
        how = f"{time.perf_counter() - start:4.1f} s" if done.returncode == 0 else "FAILED"
        question = script.read_text(encoding="utf-8").split('"""')[1].splitlines()[0]
        print(f"  {script.stem:18} {how:>6}  {question.split('?')[0]}?", flush=True)
        print(f"  {'':26} → demos/out/{', '.join([f'{script.stem}.txt', *pictures])}", flush=True)
        if done.returncode:
            print(done.stderr.decode("utf-8", "replace"))
            failed.append(script.stem)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""The machine and the versions that a table was measured with."""

import os
import platform
import subprocess
from contextlib import suppress
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

from autograd_lite.program.c_compiler import compiler

LIBRARIES = (
    "autograd_lite",
    "numpy",
    "micrograd",
    "casadi",
    "autograd",
    "torch",
    "jax",
    "numba",
    "graphviz",
)


def machine():
    """What a reader needs to know, by name."""
    facts = {
        "measured on": datetime.now(timezone.utc).date().isoformat(),
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "C compiler": _first_line([*compiler(), "--version"]) if compiler() else "none",
        "Graphviz": _first_line(["dot", "-V"]),
    }
    for name in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            facts[name] = metadata.version(name)
    return facts


def load():
    """How many processes have wanted to run in the last minute."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None


def _processor():
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def _first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return "none"
    return ((done.stdout + done.stderr).strip().splitlines() or ["unknown"])[0]

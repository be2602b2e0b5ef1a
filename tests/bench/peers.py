"""The other libraries, each optional, and C written by hand."""

import ctypes
import functools
import importlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy

from autograd_lite.program.c_compiler import compiler

from .harness import Skipped

FLAGS = ("-O3", "-march=native", "-ffast-math", "-fPIC")


def library(name):
    """A module that need not be installed."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Skipped(f"not installed ({error})") from None


def torch():
    """PyTorch with one thread and 64 bits."""
    module = library("torch")
    module.set_num_threads(1)
    module.set_default_dtype(module.float64)
    return module


def jax():
    """JAX; its settings are in the environment of its process."""
    return library("jax")


def njit():
    """The decorator of Numba that compiles as by_hand.c is: for this processor, freely rounding."""
    return library("numba").njit(cache=False, fastmath=True, error_model="numpy")


@functools.cache
def by_hand():
    """The functions of by_hand.c."""
    if not compiler():
        raise Skipped("no C compiler")
    folder = Path(tempfile.mkdtemp(prefix="autograd_lite-bench-"))
    try:
        source, made, target = Path(__file__).with_name("by_hand.c"), folder / "o", folder / "so"
        # Linked without -ffast-math, which would make the whole process round tiny numbers to 0.
        for arguments in (
            [*FLAGS, "-c", str(source), "-o", str(made)],
            ["-shared", str(made), "-o", str(target), "-lm"],
        ):
            command = [*compiler(), *arguments]
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
            if done.returncode:
                raise Skipped(f"the C compiler failed: {done.stderr.strip().splitlines()[:1]}")
        return ctypes.CDLL(str(target))
    finally:
        shutil.rmtree(folder)


def pointer(array):
    """Where the numbers of an array are, for C."""
    assert array.dtype == numpy.float64 and array.flags.c_contiguous
    return array.ctypes.data_as(ctypes.c_void_p)  # which keeps the array alive


def needs_c():
    """Skip where a program cannot be compiled."""
    if not compiler():
        raise Skipped("no C compiler")

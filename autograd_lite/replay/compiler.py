"""The system's C compiler: found, run with a time limit, and its output kept for the next time.

What was compiled is kept in the user's cache directory, which nobody else may write to, under the
hash of everything it was made from; it is written beside and renamed, and loaded only if it is
still what was written.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import signal
import stat
import subprocess
import tempfile
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path

from .frames import user_frame

TIME_LIMIT = 60.0  # seconds for one compilation
_FLAGS = ("-O2", "-shared", "-fPIC", "-fno-math-errno", "-fno-builtin", "-w")
_loaded: dict[str, ctypes.CDLL] = {}
_told: set[str] = set()


class CompilerError(RuntimeError):
    """There is no C compiler, or it failed, or took too long."""


@cache
def _command(name: str | None, path: str | None) -> tuple[str, ...]:
    for each in [name] if name else ["cc", "gcc", "clang"]:
        command = each.split()
        found = shutil.which(command[0], path=path) if command else None
        if found:
            return (found, *command[1:])
    return ()


def compiler() -> tuple[str, ...]:
    """The command that compiles C: ``$CC``, or cc, gcc, clang; empty if there is none."""
    return _command(os.environ.get("CC"), os.environ.get("PATH"))


def available() -> bool:
    """Whether there is a compiler, as far as is known without running it."""
    return bool(compiler()) and " ".join(compiler()) not in _told


def tell(error: CompilerError) -> None:
    """Warn, once for each compiler, that NumPy is used in place of C."""
    command = " ".join(compiler())
    if command not in _told:
        _told.add(command)
        frame = user_frame()
        warnings.warn_explicit(
            f"{error}; using NumPy in place of C",
            RuntimeWarning,
            frame.f_code.co_filename,
            frame.f_lineno,
            registry=frame.f_globals.setdefault("__warningregistry__", {}),
        )


def load(source: str, *flags: str) -> ctypes.CDLL:
    """The library compiled from C source, from the cache if it is there.

    Raises:
        CompilerError: there is no compiler, or it failed, or took more than ``TIME_LIMIT``.
    """
    command = compiler()
    if not command:
        wanted = os.environ.get("CC")
        raise CompilerError(f"no C compiler: CC={wanted}" if wanted else "no C compiler (cc)")
    made_from = "\n".join([*command, *_FLAGS, *flags, _machine(), source])
    key = hashlib.sha256(made_from.encode()).hexdigest()
    if key not in _loaded:
        if not available():  # it has failed once, and may take its time to fail again
            raise CompilerError(f"the C compiler {command[0]} has failed before")
        folder = cache_folder()
        library, seal = folder / f"{key}.so", folder / f"{key}.sha256"
        if not _intact(library, seal):
            _compile(command, flags, source, library, seal)
        try:
            _loaded[key] = ctypes.CDLL(str(library))
        except OSError as error:
            raise CompilerError(f"what {command[0]} made cannot be loaded: {error}") from None
    return _loaded[key]


def cache_folder() -> Path:
    """Where compiled programs are kept; a folder of this process alone if the usual one is unsafe.

    It is ``autograd_lite`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.
    """
    given = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(given) if given else Path.home() / ".cache") / "autograd_lite"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
        if stat.S_ISDIR(found.st_mode) and mine and not found.st_mode & 0o022:
            return folder
    except OSError:
        pass
    return _own_folder()


@cache
def _own_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="autograd_lite-"))  # made so that only its owner may enter


def _intact(library: Path, seal: Path) -> bool:
    try:
        return seal.read_text() == hashlib.sha256(library.read_bytes()).hexdigest()
    except OSError:
        return False


def _compile(
    command: tuple[str, ...], flags: tuple[str, ...], source: str, library: Path, seal: Path
) -> None:
    with tempfile.TemporaryDirectory(dir=library.parent) as beside:
        text, made, sealed = (Path(beside, name) for name in ("a.c", "a.so", "seal"))
        text.write_text(source)
        _run([*command, *_FLAGS, *flags, "-o", str(made), str(text), "-lm"])
        try:
            sealed.write_text(hashlib.sha256(made.read_bytes()).hexdigest())
        except OSError:
            raise CompilerError(f"{command[0]} ended without error but made nothing") from None
        with suppress(OSError):
            seal.unlink()  # no seal may stand beside another library, not for a moment
        os.replace(made, library)
        os.replace(sealed, seal)


def _run(command: list[str]) -> None:
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise CompilerError(f"the C compiler {command[0]} cannot be run: {error}") from None
    with process:
        try:
            _, errors = process.communicate(timeout=TIME_LIMIT)
        except BaseException as error:
            process.kill()
            with suppress(OSError, AttributeError):  # no such thing as groups on Windows
                os.killpg(process.pid, signal.SIGKILL)  # what it has started, too
            if isinstance(error, subprocess.TimeoutExpired):
                raise CompilerError(
                    f"the C compiler {command[0]} took more than {TIME_LIMIT:g} s"
                ) from None
            raise
    if process.returncode:
        first = (errors.decode(errors="replace").strip().splitlines() or ["no message"])[0]
        raise CompilerError(f"the C compiler {command[0]} failed: {first}")


@cache
def _machine() -> str:
    """What ``-march=native`` depends on."""
    found = [platform.machine(), platform.processor(), platform.system(), platform.release()]
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        found += sorted({x for x in lines if x.startswith(("model name", "flags", "Features"))})
    return "\n".join(found)

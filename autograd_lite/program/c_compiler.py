"""The system's C compiler: found, run with a time limit, and its output kept for the next time.

What was compiled is kept in the user's cache directory, which nobody else may write to, under the
hash of everything it was made from; it is written beside and renamed, and loaded only if it is
still what was written.  Where it cannot be kept, it is for this process alone.
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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from ..caller import user_frame
from ..errors import CompilerError

TIME_LIMIT = 60.0  # seconds for one compilation
_FLAGS = ("-O2", "-shared", "-fPIC", "-fno-math-errno", "-fno-builtin", "-w")
_loaded: dict[str, ctypes.CDLL] = {}
_told: set[str] = set()


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


def tell(error: CompilerError, instead: str = "NumPy") -> None:
    """Warn, once for each compiler, of what is used in place of C."""
    command = " ".join(compiler())
    if command not in _told:
        _told.add(command)
        frame = user_frame()
        warnings.warn_explicit(
            f"{error}; using {instead} in place of C",
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
    key = hashlib.sha256(made_from.encode(errors="surrogateescape")).hexdigest()
    if key not in _loaded:
        if not available():  # it has failed once, and may take its time to fail again
            raise CompilerError(f"the C compiler {command[0]} has failed before")
        folder = cache_folder()
        library = folder and _intact(folder / f"{key}.so")
        try:
            _loaded[key] = _opened(library) if library else _made(command, flags, source, key)
        except OSError as error:
            raise CompilerError(f"what {command[0]} makes cannot be written: {error}") from None
    return _loaded[key]


def cache_folder() -> Path | None:
    """Where compiled programs are kept; ``None`` if there is no such folder or it is unsafe.

    It is ``autograd_lite`` in ``$XDG_CACHE_HOME`` or ``~/.cache``.
    """
    given = os.environ.get("XDG_CACHE_HOME")
    try:
        folder = (Path(given) if given else Path.home() / ".cache") / "autograd_lite"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except (OSError, RuntimeError):  # no home is a RuntimeError
        return None
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return folder if stat.S_ISDIR(found.st_mode) and mine and not found.st_mode & 0o022 else None


def _intact(library: Path) -> Path | None:
    """The library, if it is still what was written."""
    try:
        sealed = library.with_suffix(".sha256").read_bytes()
        return library if sealed == _seal(library.read_bytes()) else None
    except OSError:
        return None


def _seal(library: bytes) -> bytes:
    return hashlib.sha256(library).hexdigest().encode()


def _opened(library: Path) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(library))
    except OSError as error:
        raise CompilerError(f"the compiled library cannot be loaded: {error}") from None


def _made(command: tuple[str, ...], flags: tuple[str, ...], source: str, key: str) -> ctypes.CDLL:
    """The library, compiled and loaded; kept in the cache folder if it can be."""
    with _beside() as folder:
        text, made = folder / "a.c", folder / "a.so"
        text.write_text(source, encoding="utf-8")  # names of operations are any letters
        _run([*command, *_FLAGS, *flags, "-o", str(made), str(text), "-lm"])
        if not made.exists():
            raise CompilerError(f"{command[0]} ended without error but made nothing")
        return _opened(_kept(made.read_bytes(), key) or made)


def _kept(library: bytes, key: str) -> Path | None:
    """Where the library is kept from now on; ``None`` if the disk is full, read-only …"""
    folder = cache_folder()
    if folder is None:
        return None
    kept = folder / f"{key}.so"
    try:
        with _beside(folder) as beside:
            for name, content in ((kept.name, library), (f"{key}.sha256", _seal(library))):
                (beside / name).write_bytes(content)
            for name in (kept.name, f"{key}.sha256"):
                os.replace(beside / name, folder / name)
    except OSError:
        return None
    return kept


@contextmanager
def _beside(parent: Path | None = None) -> Iterator[Path]:
    """A folder for a while; what is in use there, as on Windows, is no error."""
    with tempfile.TemporaryDirectory(
        prefix="autograd_lite-", dir=parent, ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)


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
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
        found += sorted({x for x in lines if x.startswith(("model name", "flags", "Features"))})
    return "\n".join(found)

"""Write files all or nothing: beside their places first, then renamed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file beside its place, then rename it; what was there stays if that fails.

    Raises:
        OSError: of the kind that Python has for it (``FileNotFoundError``, ``PermissionError`` …),
            about ``path``; nothing is left behind.
    """
    given = os.fspath(path)
    path = Path(path)
    if not path.name:
        raise ValueError(f"{given!r}: a file's name is needed")
    beside = path.with_name(f".{os.urandom(8).hex()}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        file = os.open(beside, flags, 0o666)  # the kernel takes the umask off
        try:
            with open(file, "wb") as opened:
                opened.write(content)
            os.replace(beside, path)
        except BaseException:
            os.unlink(beside)
            raise
    except OSError as error:
        why = error.strerror or str(error)
        if not os.path.isdir(path.parent):
            why = "the folder is not there; make it first"
        raise OSError(error.errno, why, given) from None
    return path


def write_together(folder: Path, contents: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder, which is made if it is not there; all of them, or none.

    Raises:
        OSError: about the folder or a file; nothing is left behind.
    """
    made = [x for x in (folder, *folder.parents) if not x.exists()]  # the innermost first
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=folder))
        try:
            for name, content in contents.items():
                (beside / name).write_bytes(content)
            for name in contents:
                os.replace(beside / name, folder / name)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except BaseException as error:
        for path in made:
            with suppress(OSError):
                path.rmdir()
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror or str(error), os.fspath(folder)) from None
        raise
    return [folder / name for name in contents]

"""Files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file beside its place, then rename it; what was there stays if that fails."""
    path = Path(path)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=path.suffix, delete=False) as beside:
        beside.write(content)
    try:
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(beside.name, 0o666 & ~umask)  # as open() would have made it
        os.replace(beside.name, path)
    except OSError:
        os.unlink(beside.name)
        raise
    return path

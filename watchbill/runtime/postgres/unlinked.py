"""Opens files in folders that another uid may write to, without being led away by a link or a pipe put there.

We may be root while the server's account owns these folders. Whoever broke into the
server must not be able to make root read, cut or fill a file of his choice.
"""

import os
from pathlib import Path

_SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_unlinked(path: Path, flags: int) -> int:
    """`os.open` that raises `OSError` when `path` is a symbolic link; files it creates are 0600."""
    return os.open(path, flags | _SAFELY, 0o600)


def read_unlinked(path: Path, *, limit: int = 4096) -> str:
    """The first `limit` bytes as text."""
    descriptor = open_unlinked(path, os.O_RDONLY)
    try:
        return os.read(descriptor, limit).decode(errors="replace")
    finally:
        os.close(descriptor)

"""The server's log: a file we open for it, the end of which explains a failed start, and which never fills the disk."""

import os
from pathlib import Path

from watchbill.runtime.postgres.unlinked import open_unlinked

BOUND = 4 * 1024 * 1024
"""Bytes. The file and its one predecessor together stay below about twice this."""

_TAIL_LINES = 15


class ServerLog:
    """`<data_dir>/postgres.log`, and `postgres.log.1` for what was moved out of it.

    The server writes through a descriptor in append mode, so the file can be cut under
    it at any time. PostgreSQL's own rotation would cost one more process and is bounded
    by time, not by size.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> int:
        """A descriptor to append to, for a child; the caller closes its copy."""
        return open_unlinked(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def size(self) -> int:
        try:
            return self._path.lstat().st_size
        except FileNotFoundError:
            return 0

    def keep_small(self, bound: int = BOUND) -> None:
        """Moves a log larger than `bound` bytes to `postgres.log.1`. Lines written in that instant may be lost."""
        if self.size() <= bound:
            return
        with os.fdopen(open_unlinked(self._path, os.O_RDWR), "r+b") as log:
            log.seek(-bound, os.SEEK_END)
            recent = log.read()
            former = self._path.with_name(self._path.name + ".1")
            with os.fdopen(open_unlinked(former, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as kept:
                kept.write(recent)
            log.truncate(0)

    def tail(self, since: int = 0) -> str:
        """The last lines, but nothing older than byte `since`."""
        try:
            with os.fdopen(open_unlinked(self._path, os.O_RDONLY), "rb") as log:
                end = log.seek(0, os.SEEK_END)
                log.seek(max(end - 16_384, since if since <= end else 0))
                lines = log.read().decode(errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return "\n".join(lines[-_TAIL_LINES:])

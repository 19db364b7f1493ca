"""One owner per data folder: a lock the kernel drops when its owner dies, with the owner's name in it."""

import fcntl
import itertools
import json
import os
import shlex
import socket
import sys
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from watchbill.runtime.postgres.errors import PostgresError
from watchbill.runtime.postgres.unlinked import open_unlinked


@dataclass(frozen=True)
class Owner:
    """Who holds the lock, as it wrote about itself."""

    pid: int
    host: str
    since: str
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since} ({self.command})"


class OwnerLock:
    """An flock on `<data_dir>/lock`. It cannot go stale: it lives in the process, not in the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        _every_lock.add(self)

    def take(self) -> None:
        """Raises `PostgresError` naming the holder when somebody else has it."""
        descriptor = open_unlinked(self._path, os.O_RDWR | os.O_CREAT)
        if not try_lock(descriptor):
            holder = _read(descriptor)
            os.close(descriptor)
            raise PostgresError(
                f"The data folder {self._path.parent} is in use by {holder or 'another process'}.",
                remedy=f"Stop that process first{f' (kill {holder.pid})' if holder else ''}, or give this one a data "
                "folder of its own. To run a command next to it, use the CLI: it connects to the running database.",
            )
        _write(descriptor)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            # Emptied first, so that nobody is told about an owner who left.
            os.ftruncate(self._descriptor, 0)
            self.forget()

    def forget(self) -> None:
        """Closes our copy and leaves the lock itself with whoever else holds one: for a forked child."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def try_lock(descriptor: int) -> bool:
    """Whether the flock is ours now, or was already; it lasts until every copy of `descriptor` is closed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(descriptor: int) -> Owner | None:
    try:
        told = json.loads(os.pread(descriptor, 4096, 0))
        return Owner(int(told["pid"]), str(told["host"]), str(told["since"]), str(told["command"]))
    except (ValueError, KeyError, TypeError):
        return None  # the holder has it for microseconds and has not written yet


def _write(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    # When the kernel cut the file is when we took the lock; only people read it, nothing is decided by it.
    since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
    told = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": since.isoformat(timespec="seconds"),
        "command": shlex.join(_without_options(sys.orig_argv))[:1000],
    }
    os.pwrite(descriptor, json.dumps(told).encode() + b"\n", 0)


def _without_options(words: list[str]) -> list[str]:
    """Which program it is, without what was said to it: an option may be a password."""
    return list(itertools.takewhile(lambda word: not word.startswith("--"), words))


_every_lock: "weakref.WeakSet[OwnerLock]" = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_every_lock):
        lock.forget()


# An flock belongs to the open file, which a fork shares: a worker that outlives its
# killed parent would keep the folder locked. Children that exec are covered by O_CLOEXEC.
os.register_at_fork(after_in_child=_forget_all)

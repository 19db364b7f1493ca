"""Looks at a server that already runs in a cluster folder, and ends one that outlived its owner."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from watchbill.runtime.postgres.errors import PostgresError
from watchbill.runtime.postgres.lock import try_lock
from watchbill.runtime.postgres.unlinked import open_unlinked, read_unlinked

_PID_FILE = "postmaster.pid"
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class PidFile:
    """What a postmaster tells about itself: line 1 is its pid, line 8 how far it is."""

    pid: int
    ready: bool


def read_pid_file(cluster: Path) -> PidFile | None:
    try:
        lines = read_unlinked(cluster / _PID_FILE).splitlines()
    except FileNotFoundError:
        return None
    try:
        return PidFile(pid=int(lines[0]), ready=len(lines) >= 8 and lines[7].strip() == "ready")
    except (IndexError, ValueError):
        return None  # being written this moment


def is_server_of(pid: int, cluster: Path) -> bool:
    """Whether `pid` is a PostgreSQL process of `cluster`. Pids are reused, so a number in a file proves nothing.

    It must be a `postgres`, run as the owner of the folder, and stand in that folder.
    Folders are compared by inode, because a server on a stage knows its folder by
    another path. Where /proc does not tell us the folder (root without CAP_SYS_PTRACE,
    as in most containers), a postmaster with that owner and the pid of the pid file has
    to do; its children are not recognised then, and follow it by themselves.
    """
    process = Path("/proc") / str(pid)
    try:
        home = cluster.stat()
        if process.stat().st_uid != home.st_uid:
            return False
        command = (process / "cmdline").read_bytes().split(b"\0")
        if not os.path.basename(command[0]).startswith(b"postgres"):
            return False
        try:
            stands = (process / "cwd").stat()
        except PermissionError:
            told = read_pid_file(cluster)
            return told is not None and told.pid == pid and b"-D" in command
        return (stands.st_dev, stands.st_ino) == (home.st_dev, home.st_ino)
    except OSError:
        return False  # it ended while we looked, or there is no such folder


def servers_of(cluster: Path) -> Iterator[int]:
    """Every process of a server in `cluster`: the postmaster, and children that outlive a killed one for a moment."""
    for entry in os.listdir("/proc"):
        if entry.isdigit() and is_server_of(int(entry), cluster):
            yield int(entry)


@contextmanager
def claimed(data_dir: Path, *, deadline: float) -> Iterator[int]:
    """Waits until no PostgreSQL process works in `data_dir`, and yields a descriptor for the next ones to inherit.

    It holds an flock on `<data_dir>/running`, which lasts as long as any process has a
    copy. So it tells of a server whose owner was killed, of the children of a killed
    postmaster, and of a `postgres --single` that a killed initdb left at work: also where
    /proc does not show whose they are, and in the moment before there is a pid file.

    A server that is shutting down is given 40 % of the time, then told to quit, then
    killed. PostgreSQL survives that; two servers in one folder it would not. `deadline`
    is on the monotonic clock; the owner's lock must be ours.
    """
    cluster = data_dir / "postgres"
    begun = time.monotonic()
    claim = open_unlinked(data_dir / "running", os.O_RDWR | os.O_CREAT)
    try:
        for share, order in ((0.4, None), (0.6, signal.SIGQUIT), (0.8, signal.SIGKILL)):
            if order is not None:
                send(cluster, order)
            if _gone_by(cluster, claim, begun + (deadline - begun) * share):
                break
        else:
            raise _still_there(data_dir)
        # PostgreSQL only asks whether some process has this number, and it may be a stranger's by now.
        (cluster / _PID_FILE).unlink(missing_ok=True)
        yield claim
    finally:
        os.close(claim)


def send(cluster: Path, order: signal.Signals) -> None:
    """Signals every process of the server in `cluster`, and no other."""
    for pid in servers_of(cluster):
        try:
            os.kill(pid, order)
        except ProcessLookupError:
            continue


def _gone_by(cluster: Path, claim: int, moment: float) -> bool:
    """A server that somebody started by hand has no copy of `claim`; it is seen by its pid file."""
    while not try_lock(claim) or ((cluster / _PID_FILE).exists() and any(True for _ in servers_of(cluster))):
        if time.monotonic() >= moment:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _still_there(data_dir: Path) -> PostgresError:
    found = ", ".join(str(pid) for pid in servers_of(data_dir / "postgres"))
    return PostgresError(
        f"Earlier database processes are still at work in {data_dir}{f' (process {found})' if found else ''}, and do "
        "not end, not even by kill -9.",
        remedy=f"The disk under them probably hangs: look at dmesg. See who they are (fuser {data_dir / 'running'}), "
        "end them, then start again.",
    )

"""The embedded PostgreSQL as the rest of Watchbill sees it: start, stop, where it is reached, whether it lives."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

from watchbill.runtime.postgres.account import Account, server_account
from watchbill.runtime.postgres.binaries import Binaries, find_binaries
from watchbill.runtime.postgres.cluster import check_version, found_cluster
from watchbill.runtime.postgres.errors import PostgresError
from watchbill.runtime.postgres.launch import Launcher
from watchbill.runtime.postgres.lock import OwnerLock
from watchbill.runtime.postgres.log import ServerLog
from watchbill.runtime.postgres.postmaster import claimed, is_server_of, read_pid_file, send
from watchbill.runtime.postgres.sockets import (
    DATABASE,
    find_socket_folder,
    make_socket_folder,
    remove_short_folder,
    url_for,
)
from watchbill.runtime.postgres.tuning import settings_with
from watchbill.runtime.postgres.wal import SPARE_SEGMENTS

_POLL_SECONDS = 0.005

_DEATH_SIGNAL = signal.SIGINT
"""What the server gets when we are killed: a fast shutdown. It ends every session at once, like SIGQUIT, and then
writes a checkpoint, so that the next start is a warm one. Should that checkpoint hang, the next owner escalates."""


class EmbeddedPostgres:
    """A PostgreSQL in `data_dir` that lives and dies with this process.

    Only the process that called `start` may use the other methods; a forked child uses
    `url_of`. `changes` are settings laid over `tuning.SETTINGS`; `spare_segments` of 16 MB are
    laid out on first use (0 keeps a throw-away database small).
    """

    def __init__(
        self, data_dir: Path, *, changes: Mapping[str, str] | None = None, spare_segments: int = SPARE_SEGMENTS
    ) -> None:
        self._data_dir = Path(data_dir).resolve()
        self._cluster = self._data_dir / "postgres"
        self._settings = settings_with(changes or {})
        self._spare_segments = spare_segments
        self._lock = OwnerLock(self._data_dir / "lock")
        self._log = ServerLog(self._data_dir / "postgres.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._account: Account | None = None
        self._owner = 0
        self._url: str | None = None

    def start(self, *, timeout: float = 30) -> None:
        """Returns when the database answers queries: after initdb on first use, after crash recovery if there was one.

        Waits for a server whose owner was killed. `timeout`: seconds, for all of it.
        Raises `PostgresError`, and then neither a server nor the lock is left behind.
        """
        _refuse_wrong_caller()
        if self.alive():
            raise PostgresError(
                f"The embedded PostgreSQL in {self._data_dir} has been started already.",
                remedy="Start it once, and hand its url to whoever needs it.",
            )
        deadline = time.monotonic() + timeout
        self._owner = os.getpid()
        try:
            self._take_folder()
            self._start_server(deadline)
        except OSError as error:
            self._give_up()
            raise _explained(error, self._data_dir) from error
        except BaseException:
            self._give_up()
            raise

    def stop(self, *, timeout: float = 8) -> None:
        """Ends the server, also with clients connected; does nothing if it does not run. `timeout`: seconds, > 0.

        First a fast shutdown; when most of the time is up an immediate one, then a kill: both
        lose nothing that was committed and make the next start a recovery.
        """
        if self._process is None or self._owner != os.getpid():
            return  # a forked child that winds down must not take its parent's database with it
        begun = time.monotonic()
        for share, order in ((0.6, signal.SIGINT), (0.8, signal.SIGQUIT), (1.0, signal.SIGKILL)):
            self._process.send_signal(order)
            if order is signal.SIGKILL:
                send(self._cluster, order)  # its children would notice by themselves, but not while they are busy
            try:
                self._process.wait(max(0.0, begun + timeout * share - time.monotonic()))
                break
            except subprocess.TimeoutExpired:
                continue
        else:
            raise PostgresError(
                f"The database server in {self._data_dir} (process {self._process.pid}) does not end.",
                remedy="Not even by kill -9; the disk under it probably hangs: look at dmesg.",
                log_tail=self._log.tail(),
            )
        self._let_go()

    @property
    def url(self) -> str:
        """A libpq URL over the unix socket. Raises `PostgresError` before `start`."""
        if self._url is None:
            raise _not_running(self._data_dir)
        return self._url

    def alive(self) -> bool:
        """Whether the server process runs. Cheap; ask every few seconds, it also keeps the log within its bound."""
        if self._process is None or self._process.poll() is not None:
            return False
        self._log.keep_small()
        return True

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _take_folder(self) -> None:
        if self._process is not None:
            return  # our server died and we start another; the lock has been ours all the time
        if self._data_dir.exists() and not self._data_dir.is_dir():
            raise PostgresError(
                f"{self._data_dir} is not a directory, so no database can be kept in it.",
                remedy="Name another data folder, or move that file away.",
            )
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.take()

    def _start_server(self, deadline: float) -> None:
        launcher = Launcher(find_binaries(), self._data_dir)
        account = self._account = server_account(self._cluster)
        self._log.keep_small()
        if self._cluster.exists():
            check_version(self._cluster)
        with claimed(self._data_dir, deadline=deadline) as claim:
            if not self._cluster.exists():
                found_cluster(
                    self._cluster,
                    launcher=launcher,
                    account=account,
                    log=self._log,
                    claim=claim,
                    spare_segments=self._spare_segments,
                    deadline=deadline,
                )
            sockets = make_socket_folder(self._data_dir, account)
            begun = self._log.size()
            self._process = launcher.launch(
                self._command,
                account=account,
                folders={"cluster": self._cluster, "socket": sockets},
                death_signal=_DEATH_SIGNAL,
                log=self._log,
                keep=(claim,),
            )
        self._wait_until_ready(deadline, log_from=begun)
        _create_database(sockets, deadline)
        self._url = url_for(sockets)

    def _command(self, binaries: Binaries, folders: dict[str, Path]) -> list[str]:
        """Settings go on the command line: nothing is written, as root, into a folder that another uid owns."""
        quoted = '"' + str(folders["socket"]).replace('"', '""') + '"'
        where = {"listen_addresses": "", "unix_socket_directories": quoted, "unix_socket_permissions": "0700"}
        command = [str(binaries.postgres), "-D", str(folders["cluster"])]
        for name, value in {**self._settings, **where}.items():
            command += ["-c", f"{name}={value}"]
        return command

    def _wait_until_ready(self, deadline: float, *, log_from: int) -> None:
        """Asks the pid file, not the server: each refused connection would be a line in the log during a recovery."""
        process = self._process
        assert process is not None
        while True:
            told = read_pid_file(self._cluster)
            if told is not None and told.pid == process.pid and told.ready:
                return
            if process.poll() is not None:
                raise PostgresError(
                    f"The database server in {self._data_dir} ended while it started (exit code {process.returncode}).",
                    remedy="The log tells why; a full disk or a damaged file are the usual reasons.",
                    log_tail=self._log.tail(log_from),
                )
            if time.monotonic() >= deadline:
                raise PostgresError(
                    f"The database server in {self._data_dir} did not become ready in time.",
                    remedy="After a crash it replays its log, which takes longer on a slow disk: start again with a "
                    "longer time-out.",
                    log_tail=self._log.tail(log_from),
                )
            time.sleep(_POLL_SECONDS)

    def _give_up(self) -> None:
        if self._process is None:
            self._lock.release()
        else:
            self.stop()

    def _let_go(self) -> None:
        assert self._account is not None
        remove_short_folder(self._data_dir, self._account.uid)
        self._process = self._url = None
        self._lock.release()


def _refuse_wrong_caller() -> None:
    if sys.platform != "linux":
        raise PostgresError(
            "The embedded PostgreSQL runs on Linux only: what ties it to this process is a feature of that kernel.",
            remedy="Run a PostgreSQL of your own and give Watchbill its URL.",
        )
    if threading.current_thread() is not threading.main_thread():
        raise PostgresError(
            "The embedded PostgreSQL was asked to start from a thread other than the main one.",
            remedy="Call start() on the main thread: the kernel stops the server when the thread that started it ends, "
            "not only when the process does.",
        )


def url_of(data_dir: Path) -> str:
    """How another process reaches the database that runs in `data_dir`. Raises `PostgresError` if none does."""
    data_dir = Path(data_dir).resolve()
    cluster = data_dir / "postgres"
    try:
        told = read_pid_file(cluster)
        if told is None or not told.ready or not is_server_of(told.pid, cluster):
            raise _not_running(data_dir)
        folder = find_socket_folder(data_dir, cluster.stat().st_uid)
    except OSError as error:
        raise _explained(error, data_dir) from error
    if folder is None:
        raise _not_running(data_dir)
    return url_for(folder)


def _create_database(sockets: Path, deadline: float) -> None:
    left = max(2, int(deadline - time.monotonic()))
    try:
        with psycopg.connect(url_for(sockets, database="postgres"), autocommit=True, connect_timeout=left) as session:
            known = session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.Error as error:
        raise PostgresError(
            f"The database server listens in {sockets} but does not answer: {error}",
            remedy="See postgres.log in the data folder.",
        ) from error


def _not_running(data_dir: Path) -> PostgresError:
    return PostgresError(
        f"No database runs in {data_dir}.",
        remedy="Start Watchbill with this data folder (watchbill serve), or name the folder it does use.",
    )


def _explained(error: OSError, data_dir: Path) -> PostgresError:
    """A sentence for the errors of the file system that people really meet."""
    remedies = {
        errno.EACCES: "Run Watchbill as the user who owns that folder, or name one that this user may write to.",
        errno.EROFS: "That file system is mounted read-only. Remount it for writing, or name another data folder.",
        errno.ENOSPC: "The disk is full. Make room, then start again; nothing that was committed is lost.",
        errno.EDQUOT: "The disk quota is used up. Make room, then start again.",
    }
    remedies[errno.EPERM] = remedies[errno.EACCES]
    where = error.filename or data_dir
    return PostgresError(
        f"The data folder {data_dir} cannot be used: {where}: {error.strerror or error}.",
        remedy=remedies.get(error.errno or 0, "Check that folder and its file system."),
    )

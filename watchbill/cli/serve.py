"""`watchbill serve`: one process tree. This process holds the embedded PostgreSQL and starts the node anew if it dies."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from types import FrameType

import msgspec
import structlog

from watchbill.runtime import logs
from watchbill.runtime.deathsignal import PARENT, die_with_parent
from watchbill.runtime.postgres import EmbeddedPostgres, PostgresError
from watchbill.runtime.postgres.lock import OwnerLock
from watchbill.settings import BadSetting, Settings, remember

NODE_STOPS_WITHIN = 7.5  # seconds; with the database's own stop it stays under ten
CANNOT_RUN = 78
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
ADDRESS_FREE_WITHIN = 1.5
RECOVERY_AT_MOST = 3600.0  # seconds; to stop it and begin again would take for ever
STEADY_AFTER = 60.0  # seconds a node must have lived for its death to count as the first again

log = structlog.get_logger()


class Supervisor:
    """Keeps one node running until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._postgres: EmbeddedPostgres | None = None
        self._starting = False
        self._stopping = False
        self._start_again_at = 0.0
        self._start_pause = FIRST_PAUSE

    def run(self) -> int:
        """Blocks until SIGTERM or SIGINT; answers the exit status. Raises PostgresError."""
        logs.configure(self._settings.log_level, self._settings.log_format)
        die_with_parent()  # only where `demo` has started us
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        _check_address(self._settings.host, self._settings.port)
        with ExitStack() as held:
            url = self._settings.database_url
            if url:
                self._hold_folder(held)
            else:
                postgres = EmbeddedPostgres(self._settings.data_dir)
                held.callback(postgres.stop)
                self._starting = True
                postgres.start(timeout=RECOVERY_AT_MOST)
                self._starting = False
                self._postgres, url = postgres, postgres.url
            remember(self._settings)
            return self._keep_running(url)

    def _hold_folder(self, held: ExitStack) -> None:
        """One owner for the folder also where the database is elsewhere; the embedded one sees to it by itself."""
        try:
            self._settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            raise BadSetting(f"data_dir {self._settings.data_dir} cannot be made: {fault.strerror}.") from None
        lock = OwnerLock(self._settings.data_dir / "lock")
        lock.take()
        held.callback(lock.release)

    def _keep_running(self, url: str) -> int:
        pause = FIRST_PAUSE
        while not self._stopping:
            began = time.monotonic()
            self._look_after_postgres()
            url = self._url_now(url)
            status = self._wait(self._start(url), url)
            if self._told_to_stop():
                return 0 if status in (0, -signal.SIGTERM) else 1
            if status == CANNOT_RUN:
                return 1
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY_AFTER else min(pause * 2, LONGEST_PAUSE)
            log.error("node_ended", how=_words(status), next="It is started again.")
            self._sleep(pause)
        return 0

    def _start(self, url: str) -> "subprocess.Popen[bytes]":
        ours = {name: str(value) for name, value in msgspec.structs.asdict(self._settings).items()}
        ours["database_url"] = url
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WATCHBILL_")}
        environment |= {f"WATCHBILL_{name.upper()}": value for name, value in ours.items() if value != ""}
        environment[PARENT] = str(os.getpid())
        return subprocess.Popen(
            [sys.executable, "-m", "watchbill.cli.node"],
            env=environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal comes to us alone; we stop the node in its order
        )

    def _wait(self, node: "subprocess.Popen[bytes]", url: str) -> int:
        while not self._stopping:
            try:
                return node.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                self._look_after_postgres()
                if self._url_now(url) != url:
                    break  # its socket lies elsewhere now; a node that is started anew finds it
        node.send_signal(signal.SIGTERM)
        try:
            return node.wait(timeout=NODE_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            node.kill()
            return node.wait()

    def _look_after_postgres(self) -> None:
        """A server that was killed is started again; the node waits for it, and its events get 503 meanwhile. One that
        cannot be started (a full disk) is tried again, for ever: whoever makes room need not know that we were here."""
        if self._postgres is None or self._postgres.alive() or time.monotonic() < self._start_again_at:
            return
        log.error("postgres_ended", next="It is started again.")
        try:
            self._postgres.start()
            self._start_pause = FIRST_PAUSE
        except PostgresError as fault:
            self._start_pause = min(self._start_pause * 2, LONGEST_PAUSE)
            self._start_again_at = time.monotonic() + self._start_pause
            log.error("postgres_cannot_be_started", error=str(fault), next="It is tried again.")

    def _url_now(self, url: str) -> str:
        return self._postgres.url if self._postgres is not None and self._postgres.alive() else url

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)

    def _told_to_stop(self) -> bool:
        return self._stopping

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True
        if self._starting:  # a crash recovery may take long, and must not hold up a stop
            self._starting = False
            raise SystemExit(0)


def _check_address(host: str, port: int) -> None:
    """Raises BadSetting when this machine cannot listen there. A node that was just killed may need a moment to go."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as fault:
        raise BadSetting(f"host is {host!r}, which is no address of this machine: {fault}.") from None
    until = time.monotonic() + ADDRESS_FREE_WITHIN
    while True:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
                return
            except OSError as fault:
                if time.monotonic() > until:
                    raise BadSetting(
                        f"port {port} of {host} cannot be used: {fault.strerror}. Choose another with --port, "
                        "or stop what listens there."
                    ) from None
        time.sleep(0.05)


def _words(status: int) -> str:
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"

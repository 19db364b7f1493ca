"""A real `watchbill serve` as a child of this process: started, waited for, stopped, whatever happens."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from watchbill.cli.desk.sending import NotSent, post
from watchbill.runtime.deathsignal import PARENT
from watchbill.runtime.postgres.lock import OwnerLock

HOST = "127.0.0.1"
READY_WITHIN = 40.0  # seconds
STOPS_WITHIN = 12.0
TAIL = 200  # lines


class HouseFell(Exception):
    """Watchbill did not start, or ended by itself. The message is for people."""


class Broken(Exception):
    """A hop of the story did not happen, or not in time."""


class House:
    """`data_dir`: made when missing. `port`: 0 for any free one. `settings`: more `WATCHBILL_…` for the node.
    `printed`: gets each line that the node prints, which is what the console channel tells."""

    def __init__(self, data_dir: Path, port: int, settings: Mapping[str, str], printed: Callable[[str], None]) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "demo.log"
        self.port = port or _free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._settings = settings
        self._printed = printed
        self._process: subprocess.Popen[str] | None = None
        self._log_from = 0

    def __enter__(self) -> Self:
        """Starts it. Raises HouseFell when the port or the folder is taken, PostgresError when it cannot be used."""
        _refuse_taken_port(self.port)
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = OwnerLock(self.data_dir / "lock")  # asked first, because only it knows who holds the folder
        lock.take()
        lock.release()
        ours = {"data_dir": str(self.data_dir), "host": HOST, "port": str(self.port), **self._settings}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WATCHBILL_")}
        environment |= {f"WATCHBILL_{name.upper()}": value for name, value in ours.items()}
        environment[PARENT] = str(os.getpid())
        if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
            environment["FORCE_COLOR"] = "1"
        with self.log.open("a") as log:
            self._log_from = log.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "watchbill", "serve"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # a Ctrl-C comes to us alone; we stop it in its order
            )
        threading.Thread(target=self._read, args=(self._process,), name="printed", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait_until_ready(self) -> None:
        """Returns when the node says that it can work. Raises HouseFell."""
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            if self.ended():
                raise HouseFell("Watchbill ended while it started.")
            try:
                if post(self.url + "/readyz", b"", method="GET").status == 200:
                    return
            except NotSent:
                pass
            time.sleep(0.02)
        raise HouseFell(f"Watchbill was not ready within {READY_WITHIN:.0f} s.")

    def ended(self) -> bool:
        """Whether it is no longer running."""
        return self._process is None or self._process.poll() is not None

    def wait(self, seconds: float) -> bool:
        """Waits so long at most; answers whether it has ended."""
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self) -> None:
        """Ends it: politely, and then not. PostgreSQL and the node go with it in either case."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def log_tail(self) -> str:
        """The last lines that this run wrote into its log."""
        with self.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._log_from)
            return "".join(log.readlines()[-TAIL:])

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._printed(line.rstrip("\n"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise HouseFell(f"Port {port} is only for root. Take another: watchbill demo --port 0") from None
        except OSError:
            raise HouseFell(
                f"Something listens on port {port} of {HOST} already. Take another: watchbill demo --port 0 finds one."
            ) from None

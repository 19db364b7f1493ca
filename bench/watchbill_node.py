"""A real `watchbill serve` with its embedded PostgreSQL: started, filled, asked and stopped."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg

from bench.programs import Child, answers, free_port, start, stop, wait_for_answer, wait_until
from watchbill.runtime.postgres import url_of

STEADY = 0.3  # seconds; far longer than a batch takes
Reading = TypeVar("Reading")

# Pages that a lane would take up now. What is held back for a person's pace is not among them.
BUSY = "SELECT EXISTS (SELECT FROM page WHERE state = 'leased' OR (state = 'due' AND due_at <= app_now()))"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for one bench. The account of the embedded server may pass through it."""
    with tempfile.TemporaryDirectory(prefix="watchbill-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


class Node:
    """One `serve`. `settings`: of watchbill.settings, by name. What is not said is as it is installed, but loopback and
    the provider's port are allowed, or nothing could be sent."""

    def __init__(self, folder: Path, *, provider_port: int, settings: Mapping[str, object] | None = None) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._log = folder / "watchbill.log"
        self._settings = {"allow_loopback": "true", "allow_ports": provider_port, **(settings or {})}
        self._child: Child | None = None
        self.port = free_port()

    @property
    def pid(self) -> int:
        """Of the process at the root of the tree."""
        assert self._child is not None, "the node is not running"
        return self._child.pid

    def start(self) -> float:
        """Starts it; answers the seconds until /readyz said 200. The first start makes the database."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WATCHBILL_")}
        environment |= {f"WATCHBILL_{name.upper()}": str(value) for name, value in self._settings.items()}
        command = [sys.executable, "-m", "watchbill", "serve", "--data-dir", str(self._data), "--port", str(self.port)]
        began = time.monotonic()
        self._child = start(command, log=self._log, environment=environment)
        wait_for_answer(self._child, port=self.port, path="/readyz", log=self._log)
        return time.monotonic() - began

    def stop(self) -> None:
        """Stops it and all that it started."""
        if self._child is not None:
            stop(self._child)
            self._child = None

    def ready(self) -> bool:
        """Whether it says that it is."""
        return answers(self.port, "/readyz")

    @property
    def database_url(self) -> str:
        """libpq URL of its database."""
        return url_of(self._data)

    def connect(self) -> psycopg.Connection[Any]:
        """A connection to its database that commits each statement."""
        return psycopg.connect(self.database_url, autocommit=True)

    def drain(self, link: psycopg.Connection[Any], *, within: float = 120.0) -> float:
        """Waits until every page that may be sent now has been; answers the seconds that took."""
        return wait_until(lambda: not ask(link, BUSY), what="Pages are still being sent", within=within)


@contextmanager
def node(folder: Path, *, provider_port: int, settings: Mapping[str, object] | None = None) -> Iterator[Node]:
    """A running node, until the end of the block."""
    made = Node(folder, provider_port=provider_port, settings=settings)
    try:
        made.start()
        yield made
    finally:
        made.stop()


def settled(read: Callable[[], Reading]) -> Reading:
    """What `read` answers once it has stopped changing: requests that were on their way when a load stopped are in."""
    last = read()
    while True:
        time.sleep(STEADY)
        now = read()
        if now == last:
            return now
        last = now


def ask(link: psycopg.Connection[Any], query: str, parameters: Mapping[str, object] | None = None) -> Any:
    """The one value that a query answers."""
    row = link.execute(query.encode(), parameters).fetchone()
    assert row is not None, "the query answers one row"
    return row[0]

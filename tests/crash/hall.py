"""Where the stories are told, one after the other: a database, a pool and an event loop that outlive the nodes."""

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, TypeVar

import psycopg
from django.db import connection as django_connection
from psycopg.rows import dict_row

from tests.crash.connections import HASTE, PATIENCE, CountedDatabase, tear
from tests.crash.house import House
from tests.crash.points import Course, Died

T = TypeVar("T")

SHRINK_EVERY = 400  # stories; deleted rows make an index slow to read before the server comes to sweep them up
OTHERS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
STILL_THERE = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%b)"


class Hall:
    """`link`: the tests' own connection, not counted. `course`: the way of the node that lives now. `calm`: what comes
    of each scenario when nobody dies, as far as that was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.course = Course()
        self.calm: dict[str, Any] = {}
        self._home = TemporaryDirectory(prefix="watchbill-crash-")
        self._stories = 0
        self._behind: list[int] = []
        self.open()
        self._house = House(self.link)
        self.edited = True

    def open(self, known: frozenset[int] | None = None) -> None:
        """Connects, with an event loop of its own. `known`: waits first until nobody else is in the database."""
        self.link = psycopg.connect(self.url, autocommit=True, prepare_threshold=1, options=HASTE)
        if known is not None:
            _until(lambda: self.others() <= known)
        self._runner = asyncio.Runner()
        self._runner.get_loop().set_exception_handler(_of_the_living)
        self.database = CountedDatabase(self.url, lambda: self.course)
        self.run(self.database.open())

    def close(self) -> None:
        """Leaves nothing open, so that the process may be forked."""
        self.course = Course()
        self.run(self.database.close())
        self._runner.close()
        self.link.close()
        django_connection.close()

    @property
    def spool(self) -> Path:
        """The folder in which nodes keep what they cannot hand in. It outlives them."""
        return Path(self._home.name) / "spool"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs it to its end, or to the death of the node."""
        return self._runner.run(work)

    def keep(self) -> None:
        """Makes what is configured now the beginning of every story."""
        self._house.keep(self.link)

    def restore(self) -> None:
        """Fresh rows."""
        _forget_files(self.spool)
        shutil.rmtree(self.spool, ignore_errors=True)
        self._stories += 1
        self._house.restore(self.link, edited=self.edited, shrink=self._stories % SHRINK_EVERY == 0)
        self.edited = False

    def set_clock(self, at: datetime) -> None:
        """Sets the database's clock."""
        self.link.execute("UPDATE test_clock SET at = %b", [at])

    def cut(self) -> None:
        """The node dies: its connections end without a word."""
        self._behind = self.database.cut()
        django = django_connection.connection
        if django is not None and not django.closed:
            self._behind.append(tear(django))

    def bury(self) -> None:
        """Waits until the server has noticed the death: what the dead node held is free."""
        _forget_files(self.spool)
        django_connection.close()
        _until(lambda: self.link.execute(STILL_THERE, [self._behind]).fetchone() == (0,))

    def others(self) -> frozenset[int]:
        """The numbers of the server's processes that serve others in this database."""
        return frozenset(process for (process,) in self.link.execute(OTHERS).fetchall())

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table, oldest first."""
        with self.link.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(ALL[table]).fetchall()


ALL = {
    "incident": "SELECT * FROM incident ORDER BY id",
    "alert": "SELECT * FROM alert ORDER BY id",
    "page": "SELECT * FROM page ORDER BY id",
    "journal": "SELECT * FROM journal ORDER BY id",
    "notice": "SELECT * FROM notice ORDER BY id",
}


def _until(true: Callable[[], bool]) -> None:
    """Asks the server again and again; it takes it a moment to notice that somebody is gone."""
    until = monotonic() + PATIENCE
    while not true():
        if monotonic() > until:
            raise TimeoutError("The server still serves a node that is dead.")


def _of_the_living(loop: asyncio.AbstractEventLoop, told: dict[str, Any]) -> None:
    """Says what a task came to that nobody asked, but not that it was of a node that died."""
    if not isinstance(told.get("exception"), Died):
        loop.default_exception_handler(told)


def _forget_files(folder: Path) -> None:
    """Closes what dead nodes of this process have left open there, as their end would have."""
    for name in os.listdir("/proc/self/fd"):
        try:
            path = os.readlink(f"/proc/self/fd/{name}")
        except OSError:  # the one that lists them
            continue
        if path.startswith(f"{folder}/"):
            os.close(int(name))
